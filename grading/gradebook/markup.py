"""Turns what a learner wrote into HTML that can be shown: it is rendered first, and the result is sanitized.

The other way round, a sanitizer would take `a<b` for a tag, and `&` in a formula for an entity. These functions may
take any time and memory on a hostile text, so they run in a process with limits (`renderer_process.py`) alone.
"""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import unquote

from bleach.css_sanitizer import CSSSanitizer
from bleach.html5lib_shim import Filter
from bleach.sanitizer import Cleaner
from nbconvert.filters.ansi import ansi2html
from nbconvert.filters.highlight import Highlight2HTML
from nbconvert.filters.markdown_mistune import MarkdownWithMath
from pygments.token import STANDARD_TYPES

from grading.gradebook.mathml import FormulaRenderer
from grading.terminal import visible

TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "details", "div", "dl", "dt", "em"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "kbd", "li", "ol", "p", "pre", "s", "small", "span"),
    *("strong", "sub", "summary", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
STYLES = ["text-align", "white-space", "vertical-align", "padding"]
#: The classes by which Pygments colours code, and that of our tables. With another one a learner could use the page's
#: own style sheet, or be taken by formgrader's program for one of its buttons.
CLASSES = {*STANDARD_TYPES.values(), "highlight", "verdict"}
#: What each attribute may hold, by tag. An `id` is not among them: formgrader finds its fields by theirs.
ATTRIBUTES = {
    "a": {"href": re.compile(r"(https?://|mailto:|#).*", re.S | re.I), "title": re.compile(r".*", re.S)},
    "abbr": {"title": re.compile(r".*", re.S)},
    "img": {
        "src": re.compile(r".*", re.S),  # `_Finish` looks at it
        "alt": re.compile(r".*", re.S),
        "width": re.compile(r"\d{1,4}"),
        "height": re.compile(r"\d{1,4}"),
    },
    "ol": {"start": re.compile(r"\d{1,9}")},
    "td": {"role": re.compile("img"), "aria-label": re.compile(r"[\w ]*")},
}
#: The types of pictures that a page may show. SVG is not among them, because it can hold links and scripts.
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_DATA = re.compile(rf"data:({'|'.join(PICTURES)});base64,[A-Za-z0-9+/=]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/=]+")
_STYLE = re.compile(r"[a-z0-9 :;.,%-]*")

MAX_DEPTH = 100  # elements within each other; browsers draw no more than some hundred, and slowly


class TooDeep(ValueError):  # noqa: N818
    """Elements stand within each other to a depth that no honest text has."""


def _is_allowed(tag: str, name: str, value: str) -> bool:
    if name == "class":
        return CLASSES.issuperset(value.split())
    if name == "style":
        return tag in ("td", "th", "small") and _STYLE.fullmatch(value) is not None
    pattern = ATTRIBUTES.get(tag, {}).get(name)
    return pattern is not None and pattern.fullmatch(value) is not None


# ---- Markdown

#: The number of a formula stands between these while the text around it is sanitized. Both are characters for private
#: use, which `visible` has written out wherever a learner's text held them.
_OPEN, _CLOSE = "\ue000", "\ue001"
_FORMULA = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
#: A tag in a line of text, as it is written to be one. In "if a<b and c>d" there is none.
_TAG = re.compile(
    r"""</[a-z][a-z0-9-]*\s*>|<[a-z][a-z0-9-]*(\s+[a-z:-]+\s*=\s*("[^"]*"|'[^']*'|[^\s"'<>]+))*\s*/?>""", re.I
)


class _Renderer(FormulaRenderer):
    """Renders Markdown, and keeps each formula aside, because MathML would not pass the sanitizer.

    Attributes
    ----------
    formulas : list of pairs of str
        TeX and MathML of each formula.
    """

    def __init__(self) -> None:
        super().__init__(escape=False, allow_harmful_protocols=True, exclude_anchor_links=True)
        self.formulas: list[tuple[str, str]] = []

    def formula(self, tex: str, display: str) -> str:
        self.formulas.append((tex, super().formula(tex, display)))
        return f"{_OPEN}{len(self.formulas) - 1}{_CLOSE}"

    def inline_html(self, html: str) -> str:
        if html.startswith("<!--") or _TAG.fullmatch(html):
            return html
        return self.escape_html(html)

    def _embed_image_or_attachment(self, src: str) -> str:
        return src  # `_Finish` does it, where a missing one is no error

    def task(self, text: str, checked: bool = False) -> str:
        box = "☑ " if checked else "☐ "
        return f"<li>{text.replace('<p>', '<p>' + box, 1) if text.startswith('<p>') else box + text}</li>\n"


def markdown(source: str, pictures: Mapping[str, tuple[str, str]]) -> str:
    """Markdown as HTML.

    Parameters
    ----------
    source : str
        The text of a cell.
    pictures : mapping of str to pair of str
        The pictures that belong to the cell, each by its name: its type and its content in base64.
    """
    renderer = _Renderer()
    parser = MarkdownWithMath(renderer=renderer)
    renderer.register("task_list_item", lambda self, text, checked=False: self.task(text, checked))
    text = visible(source.replace("\r\n", "\n"))  # it writes out characters for private use too
    return sanitized(parser.render(text), pictures, renderer.formulas)


# ---- the sanitizer


def sanitized(
    markup: str, pictures: Mapping[str, tuple[str, str]] | None = None, formulas: list[tuple[str, str]] | None = None
) -> str:
    """HTML with the tags and attributes of the lists above; other tags become text.

    Parameters
    ----------
    markup : str
        Anything.
    pictures : mapping, optional
        As for `markdown`.
    formulas : list of pairs of str, optional
        TeX and MathML of the formulas whose numbers stand in the text.

    Raises
    ------
    TooDeep
        Elements stand too deep within each other.
    """
    formulas = formulas or []
    cleaner = Cleaner(
        tags=TAGS,
        attributes=_is_allowed,
        protocols={"http", "https", "mailto", "attachment", "data"},
        css_sanitizer=CSSSanitizer(allowed_css_properties=STYLES),
        filters=[partial(_Finish, pictures=pictures or {}, formulas=formulas)],
    )
    return _PLACE.sub(lambda found: formulas[int(found[1])][1], cleaner.clean(markup))


#: What `_Finish` writes where a formula goes. A learner can't: the sanitizer drops this attribute, and writes the angle
#: brackets of texts and of attributes as entities.
_PLACE = re.compile(r'<span data-formula="(\d+)"></span>')


class _Finish(Filter):
    """Goes through the elements that have passed: pictures come from the notebook alone, and links tell no address."""

    def __init__(self, source: Any, pictures: Mapping[str, tuple[str, str]], formulas: list[tuple[str, str]]):
        super().__init__(source)
        self._pictures = pictures
        self._formulas = formulas

    def __iter__(self) -> Iterator[dict[str, Any]]:
        depth = 0
        for token in super().__iter__():
            kind, name = token["type"], token.get("name")
            depth += (kind == "StartTag") - (kind == "EndTag")
            if depth > MAX_DEPTH:
                raise TooDeep(f"more than {MAX_DEPTH} elements are nested within each other")
            if kind in ("StartTag", "EmptyTag"):
                self._with_tex(token["data"])
            if kind == "Characters":
                yield from self._with_places(token["data"])
            elif name == "img" and kind != "EndTag":
                yield self._picture(token)
            else:
                if kind == "StartTag" and (None, "href") in token["data"]:
                    token["data"][None, "rel"] = "noopener noreferrer"
                yield token

    def _with_tex(self, attributes: dict[Any, str]) -> None:
        for key, value in attributes.items():
            attributes[key] = _FORMULA.sub(lambda found: html.escape(self._formulas[int(found[1])][0]), value)

    def _with_places(self, text: str) -> Iterator[dict[str, Any]]:
        for k, part in enumerate(_FORMULA.split(text)):
            if k % 2:
                yield {"type": "StartTag", "name": "span", "namespace": None, "data": {(None, "data-formula"): part}}
                yield {"type": "EndTag", "name": "span", "namespace": None}
            elif part:
                yield {"type": "Characters", "data": part}

    def _picture(self, token: dict[str, Any]) -> dict[str, Any]:
        """The picture with its content in it; where there is none, words that say so."""
        data = token["data"]
        source = html.unescape(data.get((None, "src"), ""))
        found = source if _DATA.fullmatch(source) else self._found(source.removeprefix("attachment:"))
        if found is None:
            name = source if len(source) <= 200 else source[:200] + "…"
            why = "is missing in the notebook" if source.startswith("attachment:") else "is not shown: it is elsewhere"
            return {"type": "Characters", "data": html.escape(f"(The picture {name} {why}.)")}
        data[None, "src"] = found
        data.setdefault((None, "alt"), "a picture of the learner's")
        return token

    def _found(self, name: str) -> str | None:
        for known in (name, unquote(name)):
            if known in self._pictures:
                kind, content = self._pictures[known]
                if kind in PICTURES and _BASE64.fullmatch(content):
                    return f"data:{kind};base64,{content}"
        return None


# ---- code and output


def code(source: str, lexer: str) -> str:
    """Code as HTML with the colours of Pygments, which calls the code's language `lexer`."""
    return Highlight2HTML(pygments_lexer=lexer)(visible(source.replace("\r\n", "\n")))


def output(text: str) -> str:
    """What a cell printed, as HTML with its colours, for a `pre`. Behind a carriage return a line begins anew."""
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return visible(ansi2html("\n".join(lines)))


RENDERERS: dict[str, Callable[..., str]] = {
    "markdown": markdown, "html": sanitized, "code": code, "output": output,
}  # fmt: skip
