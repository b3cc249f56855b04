"""Turns formulas into MathML, which browsers show by themselves, so that a feedback page has to load nothing."""

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

#: The attributes that a formula may have. Links and event handlers, which a learner could write, are not among them.
ATTRIBUTES = {
    "accent", "accentunder", "columnalign", "columnlines", "columnspacing", "display", "displaystyle", "depth", "fence",
    "form", "frame", "height", "linethickness", "lspace", "mathcolor", "mathsize", "mathvariant", "maxsize", "minsize",
    "movablelimits", "notation", "rowlines", "rowspacing", "rspace", "scriptlevel", "separator", "stretchy",
    "symmetric", "voffset", "width", "xmlns",
}  # fmt: skip


def mathml(tex: str, display: str = "inline") -> str:
    """A formula as MathML.

    Parameters
    ----------
    tex : str
        The formula as it stands in the notebook, without the dollars.
    display : str
        "inline" or "block".

    Returns
    -------
    str
        A `math` element; where the formula can't be read, its TeX in a `code` element.
    """
    try:
        return _converted(tex, display)
    except Exception:  # the converter raises whatever its parser stumbles over
        return f"<code>{html.escape(tex)}</code>"


def _converted(tex: str, display: str) -> str:
    """A formula as MathML. It raises any exception of the converter's, and ValueError where TeX would be left over."""
    if len(tex) > MAX_TEX or _GROWS.search(tex):
        raise ValueError("it is too long, or would become so")
    tex = _ENVIRONMENT.sub(lambda found: rf"\{found[1]}{{{_TABLES[found[3]]}}}", tex)
    made = convert_to_element(tex, display=display)
    nodes = list(made.iter())
    for node in nodes:
        text = node.text or ""
        if text.startswith("\\") and (symbol := convert_symbol(text)):  # the converter leaves these after \bigl
            text = f"&#x{symbol};"
        if "linebreak" in node.attrib or _LEFT_OVER.search(_WRITTEN.sub("", text)):
            raise ValueError(rf"it has an unknown command, or a \\ or & outside of a table, or $ in a text: {text}")
        # The converter writes some letters as entities. A learner can write entities too, so all become letters here,
        # which are escaped like any other text.
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
    """Correct what the converter sets in another way than TeX, or with elements that browsers no longer support."""
    if node.tag == "mtable":
        _space_rows(node)
    elif node.tag == "mrow" and not len(node):
        node.tag = "mi"  # in `{}-x` the braces make the minus a sign between terms, but browsers ignore an empty row
    elif node.tag == "mrow" and len(node) == 1 and node[0].tag == "mo":
        node[0].attrib.update(lspace="0", rspace="0")  # a sign in braces has no space: `{-}1` and `1{,}000`
    elif node.tag == "mo" and node.text in _LETTERS:
        node.tag = "mi"
    elif node.tag == "menclose" and node.get("notation") == "box":
        node.tag = "mrow"
        node.set("style", "border: 1px solid; padding: 3px")
    elif node.tag == "mo" and node.text == "‖" and not {"stretchy", "minsize"} & set(node.attrib):
        node.set("stretchy", "false")  # it grows only with \left and \right, where the converter sets this itself
    elif node.tag in _LIMITS and (node[0].text in _WITH_LIMITS or "movablelimits" in node[0].attrib):
        node.tag = _LIMITS[node.tag]  # the style now decides whether the limits stand below or beside the sign
        node[0].set("movablelimits", "true")
    elif node.tag in _LIMITS and "minsize" in node[0].attrib:
        bracket = node[0]  # the bracket of \bigr)^2 grows only in a row of its own
        node[0] = ElementTree.Element("mstyle")
        node[0].append(bracket)
    if (style := node.get("mathvariant", "normal")) != "normal" and node.text:
        node.text = "".join(_in_style(letter, style) for letter in node.text)
    if node.tag == "mtd":
        _fill_styles(node)


def _space_rows(table: ElementTree.Element) -> None:
    r"""Turn `\\[0.6em]` into room below a row; the converter leaves the brackets in the first cell of the next row."""
    for above, row in itertools.pairwise(list(table)):
        head = [node.text or "" for node in row[0]]
        if head[:1] != ["["] or "]" not in head:
            continue
        end = head.index("]")
        if room := _LENGTH.fullmatch("".join(head[1:end])):
            del row[0][: end + 1]
            for cell in above:  # a negative room, which TeX allows, becomes none
                cell.set("style", f"padding-bottom: max(0em, .5ex + {room[0]})")
    if len(table) and not any(map(len, table[-1])):
        table.remove(table[-1])  # the last row ended in \\, after which the converter sees an empty one


def _in_style(letter: str, style: str) -> str:
    """The mathematical letter of Unicode for a letter in a style; browsers show no other bold or blackboard letters."""
    name = re.sub("^(LATIN|GREEK) (CAPITAL|SMALL) LETTER ", r"\2 ", unicodedata.name(letter, ""))
    style = style.replace("-italic", " italic").upper()
    for one in (f"MATHEMATICAL {style} {name}", f"{style} {name}"):
        with contextlib.suppress(KeyError):
            return unicodedata.lookup(one)
    return letter


def _fill_styles(cell: ElementTree.Element) -> None:
    r"""Move what follows \textstyle in a cell into its element; the converter leaves it behind that element."""
    for place in reversed(range(len(cell))):
        if cell[place].tag == "mstyle" and not len(cell[place]):
            cell[place].extend(cell[place + 1 :])
            del cell[place + 1 :]


def _space_signs(row: ElementTree.Element) -> None:
    """Set TeX's spaces: some beside a name like tanh, none after the minus of `(-x`, which has no term before it."""
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
    """The innermost element to which the indexes and accents of an element belong."""
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


#: Commands by which a short formula can become a very long one.
_GROWS = re.compile(r"\\(def|newcommand|newenvironment|DeclareMathOperator|sideset)(?![a-zA-Z])")

#: Environments that the converter does not know, or would number, and the one that is taken in place of each.
_TABLES = {"align": "align*", "aligned": "align*", "gather": "displaylines", "gather*": "displaylines",
           "gathered": "displaylines"}  # fmt: skip
_ENVIRONMENT = re.compile(rf"\\((begin)|end)\s*\{{({'|'.join(map(re.escape, _TABLES))})\}}(?(2)(?:\[[tcb]\])?)")

_WRITTEN = re.compile(r"&#x[0-9A-Fa-f]+;|\\([#$%&_{} ])")  # an entity, or a sign that TeX wants with a backslash
_LEFT_OVER = re.compile(r"[\\&$]")
_LENGTH = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:em|ex|pt|pc|mm|cm|in)")
_LETTERS = {"∂", "∇", "∞"}
_WITH_LIMITS = {"∑", "∏", "max", "min", "sup", "inf", "lim"}
_LIMITS = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}
_SCRIPTED = {*_LIMITS, *_LIMITS.values()}
_ROWS = {"math", "mrow", "mtd", "mstyle", "msqrt", "mpadded", "mphantom", "menclose"}
_NAME = re.compile(r"[^\W\d_]{2,}(\s[^\W\d_]+)?")
_CLOSE = {"|", "‖", "/", "."}  # signs without a space on either side
_THIN = "0.167em"

MAX_TEX = 5_000  # characters of a formula; a learner's may have any length


class FormulaRenderer(IPythonRenderer):
    """Renders Markdown with formulas as MathML."""

    def formula(self, tex: str, display: str) -> str:
        return mathml(tex, display)

    def block_math(self, body: str) -> str:
        return self.formula(body, "block")  # the parser makes a paragraph of its own for it

    def multiline_math(self, text: str) -> str:
        return self.formula(text.strip("$"), "block")

    def latex_environment(self, name: str, body: str) -> str:
        return self.formula(rf"\begin{{{name}}}{body}\end{{{name}}}", "block")

    def inline_math(self, body: str) -> str:
        return self.formula(body, "inline")


class _Strict(FormulaRenderer):
    """Renders the course's own text, in which a formula that can't be shown is an error."""

    def formula(self, tex: str, display: str) -> str:
        try:
            return _converted(tex, display)
        except Exception as error:  # the converter's, of any kind
            raise CourseError(f"no feedback page can show the formula {' '.join(tex.split())}: {error!r}") from error


def strictly(markdown: str) -> str:
    """A Markdown text of the course as HTML.

    Raises
    ------
    CourseError
        The text has a formula that can't be shown as MathML. A learner's would be shown as its TeX.
    """
    return str(MarkdownWithMath(renderer=_Strict(escape=False)).render(markdown))
