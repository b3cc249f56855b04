"""Formulas as MathML, which browsers show by themselves: a feedback page loads nothing."""

import contextlib
import html
import itertools
import re
import unicodedata
from xml.etree import ElementTree

from latex2mathml.converter import convert_to_element
from latex2mathml.symbols_parser import convert_symbol
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from course.errors import CourseError

#: What a formula may have; a link or a handler of a learner's making is not among it.
ATTRIBUTES = {
    "accent", "accentunder", "columnalign", "columnlines", "columnspacing", "display", "displaystyle", "depth", "fence",
    "form", "frame", "height", "linethickness", "lspace", "mathcolor", "mathsize", "mathvariant", "maxsize", "minsize",
    "movablelimits", "notation", "rowlines", "rowspacing", "rspace", "scriptlevel", "separator", "stretchy",
    "symmetric", "voffset", "width", "xmlns",
}  # fmt: skip


def mathml(tex: str, display: str = "inline") -> str:
    """A formula as MathML; where it can't be read, its TeX as code.

    Parameters
    ----------
    tex : str
        Without the dollars, as it stands in the notebook.
    display : str
        "inline" or "block".
    """
    try:
        return _converted(tex, display)
    except Exception:  # the converter raises whatever its parser stumbles over
        return f"<code>{html.escape(tex)}</code>"


def _converted(tex: str, display: str) -> str:
    """A formula as MathML, or an exception of any kind: also where the converter would let TeX through as it is."""
    if len(tex) > MAX_TEX or _GROWS.search(tex):
        raise ValueError("it is too long, or would become so")
    tex = _ENVIRONMENT.sub(lambda found: rf"\{found[1]}{{{_TABLES[found[3]]}}}", tex)
    made = convert_to_element(tex, display=display)
    nodes = list(made.iter())
    for node in nodes:
        text = node.text or ""
        if text.startswith("\\") and (symbol := convert_symbol(text)):  # after \bigl
            text = f"&#x{symbol};"
        if "linebreak" in node.attrib or _LEFT_OVER.search(_WRITTEN.sub("", text)):
            raise ValueError(rf"it has an unknown command, or a \\ or & outside of a table, or $ in a text: {text}")
        # The converter leaves entities in its texts, to be written as they are; so would a learner's be.
        node.text = html.unescape(_WRITTEN.sub(lambda found: found[1] or found[0], text)) or None
        for name in set(node.attrib) - ATTRIBUTES:
            del node.attrib[name]
    for node in nodes:
        _set_as_tex(node)
    for node in nodes:
        if node.tag in _ROWS:
            _space_signs(node)
    return ElementTree.tostring(made, encoding="unicode")


def _set_as_tex(node: ElementTree.Element) -> None:
    """Set right what the converter makes otherwise than TeX does, or with what browsers no longer support."""
    if node.tag == "mtable":
        _space_rows(node)
    elif node.tag == "mrow" and not len(node):
        node.tag = "mi"  # `{}` makes the minus of `{}-x` stand between two terms; browsers pass over an empty row
    elif node.tag == "mrow" and len(node) == 1 and node[0].tag == "mo":
        node[0].attrib.update(lspace="0", rspace="0")  # `{-}1` and `1{,}000`: a sign in braces stands close
    elif node.tag == "mo" and node.text in _LETTERS:
        node.tag = "mi"
    elif node.tag == "menclose" and node.get("notation") == "box":
        node.tag = "mrow"
        node.set("style", "border: 1px solid; padding: 3px")
    elif node.tag == "mo" and node.text == "‖" and not {"stretchy", "minsize"} & set(node.attrib):
        node.set("stretchy", "false")  # where \left and \right have it grow, the converter says so
    elif node.tag in _LIMITS and (node[0].text in _WITH_LIMITS or "movablelimits" in node[0].attrib):
        node.tag = _LIMITS[node.tag]  # then it's the style that decides whether they stand below or beside it
        node[0].set("movablelimits", "true")
    elif node.tag in _LIMITS and "minsize" in node[0].attrib:
        bracket = node[0]  # of \bigr)^2, which grows in a row of its own only
        node[0] = ElementTree.Element("mstyle")
        node[0].append(bracket)
    if (style := node.get("mathvariant", "normal")) != "normal" and node.text:
        node.text = "".join(_in_style(letter, style) for letter in node.text)
    if node.tag == "mtd":
        _fill_styles(node)


def _space_rows(table: ElementTree.Element) -> None:
    r"""Make `\\[0.6em]` the room below a row; the converter leaves the brackets at the head of the next one."""
    for above, row in itertools.pairwise(list(table)):
        head = [node.text or "" for node in row[0]]
        if head[:1] != ["["] or "]" not in head:
            continue
        end = head.index("]")
        if room := _LENGTH.fullmatch("".join(head[1:end])):
            del row[0][: end + 1]
            for cell in above:  # where it is less than nothing, there is no room
                cell.set("style", f"padding-bottom: max(0em, .5ex + {room[0]})")
    if len(table) and not any(map(len, table[-1])):
        table.remove(table[-1])  # the last row ends in \\, too


def _in_style(letter: str, style: str) -> str:
    """A letter of Unicode's for formulas: the browsers have no other bold ones."""
    name = re.sub("^(LATIN|GREEK) (CAPITAL|SMALL) LETTER ", r"\2 ", unicodedata.name(letter, ""))
    style = style.replace("-italic", " italic").upper()
    for one in (f"MATHEMATICAL {style} {name}", f"{style} {name}"):
        with contextlib.suppress(KeyError):
            return unicodedata.lookup(one)
    return letter


def _fill_styles(cell: ElementTree.Element) -> None:
    r"""Put what follows \textstyle in a cell under it; the converter leaves it beside it."""
    for place in reversed(range(len(cell))):
        if cell[place].tag == "mstyle" and not len(cell[place]):
            cell[place].extend(cell[place + 1 :])
            del cell[place + 1 :]


def _space_signs(row: ElementTree.Element) -> None:
    """TeX's spaces beside a name like tanh, and none after the minus of `(-x`, which has no term before it."""
    parts = [_core(node) for node in row if node.tag != "mspace" and (node.text != "\xa0")]
    kinds = ["", *map(_kind, parts), ""]
    for part, before, kind, after in zip(parts, kinds, kinds[1:], kinds[2:], strict=False):
        if kind == "name":
            part.tag = "mo"
            part.set("lspace", _THIN if before in ("term", "close") else "0")
            part.set("rspace", _THIN if after in ("term", "name") else "0")
        elif part.tag == "mo" and part.text in _CLOSE:
            part.attrib.update(lspace="0", rspace="0")
        elif part.tag == "mo" and part.text in set("+−±∓") and before in ("sign", "name"):
            part.set("form", "prefix")


def _core(node: ElementTree.Element) -> ElementTree.Element:
    """What its indexes and accents belong to."""
    while (node.tag in _SCRIPTED and len(node)) or (node.tag == "mstyle" and len(node) == 1):
        node = node[0]
    return node


def _kind(core: ElementTree.Element) -> str:
    text = core.text or ""
    if core.tag in ("mi", "mo") and _NAME.fullmatch(text):
        return "name"
    if core.tag != "mo" or text in set("|‖/…⋯⋮⋱"):
        return "term"
    return "close" if text in set(")]}⟩⌋⌉!") else "sign"


#: What lets a short formula become a long one.
_GROWS = re.compile(r"\\(def|newcommand|newenvironment|DeclareMathOperator|sideset)(?![a-zA-Z])")

#: Tables that the converter does not know, or would number, and which of those that it knows stands for each.
_TABLES = {"align": "align*", "aligned": "align*", "gather": "displaylines", "gather*": "displaylines",
           "gathered": "displaylines"}  # fmt: skip
_ENVIRONMENT = re.compile(rf"\\((begin)|end)\s*\{{({'|'.join(map(re.escape, _TABLES))})\}}(?(2)(?:\[[tcb]\])?)")

_WRITTEN = re.compile(r"&#x[0-9A-Fa-f]+;|\\([#$%&_{} ])")  # an entity, or a letter that TeX wants with a backslash
_LEFT_OVER = re.compile(r"[\\&$]")
_LENGTH = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:em|ex|pt|pc|mm|cm|in)")
_LETTERS = {"∂", "∇", "∞"}
_WITH_LIMITS = {"∑", "∏", "max", "min", "sup", "inf", "lim"}
_LIMITS = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}
_SCRIPTED = {*_LIMITS, *_LIMITS.values()}
_ROWS = {"math", "mrow", "mtd", "mstyle", "msqrt", "mpadded", "mphantom", "menclose"}
_NAME = re.compile(r"[^\W\d_]{2,}(\s[^\W\d_]+)?")
_CLOSE = {"|", "‖", "/", "."}  # stand close to whatever is beside them
_THIN = "0.167em"

MAX_TEX = 5_000  # letters; a learner writes these too


class FormulaRenderer(IPythonRenderer):
    """Markdown with its formulas as MathML. What is inside one was escaped by the sanitizer before."""

    def formula(self, tex: str, display: str) -> str:
        return mathml(html.unescape(tex), display)

    def block_math(self, body: str) -> str:
        return f"<p>{self.formula(body, 'block')}</p>\n"

    def multiline_math(self, text: str) -> str:
        return self.formula(text.strip("$"), "block")

    def latex_environment(self, name: str, body: str) -> str:
        return self.formula(rf"\begin{{{name}}}{body}\end{{{name}}}", "block")

    def inline_math(self, body: str) -> str:
        return self.formula(body, "inline")


class _Strict(FormulaRenderer):
    """For the course's own text, in which each formula has to be one that can be shown."""

    def formula(self, tex: str, display: str) -> str:
        try:
            return _converted(tex, display)
        except Exception as error:  # the converter's, of any kind
            raise CourseError(f"no feedback page can show the formula {' '.join(tex.split())}: {error!r}") from error


def strictly(markdown: str) -> str:
    """A text of the course as HTML.

    Raises
    ------
    CourseError
        Where it has a formula that can't be shown as MathML; a learner's own is shown as its TeX then.
    """
    return str(MarkdownWithMath(renderer=_Strict(escape=False)).render(markdown))
