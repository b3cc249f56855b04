"""The running text of a page of `book/`: its paragraphs, items, cells and captions, each with its line.

Code, formulas, labels and options are left out. A formula, a citation and `code` inside a sentence become one stand-in
each, so that sentences stay whole.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

FENCE = re.compile(r"(?P<marks>`{3,}|:{3,})(?:\{(?P<name>[\w-]+)\})?(?P<argument>.*)")
#: Directives whose first line is not prose: minutes, a name, a title.
NO_PROSE = {"outcomes", "further", "core-ends", "prediction-result", "tab-item", "tab-set", "figure", "image"}
CAPTION = re.compile(r"""\s*(?:caption|alt): ["'](?P<text>.*)["']$""")
#: What stands for a formula and for code.
FORMULA = "\N{MATHEMATICAL ITALIC SMALL X}"
CODE = "\N{MATHEMATICAL MONOSPACE SMALL X}"
INLINE = (
    (re.compile(r"\$[^$]+\$"), FORMULA),
    (re.compile(r"\{cite:[a-z]+\}`[^`]*`"), "Author"),
    (re.compile(r"\{term\}`([^`<]*?)(?:\s*<[^`]*>)?`"), r"\1"),
    (re.compile(r"\{(?:glue:)?[a-z]+\}`[^`]*`"), CODE),
    (re.compile(r"(`+)(?!`).+?\1"), CODE),
    (re.compile(r"!\[[^\]]*\]\([^)]*\)"), ""),
    (re.compile(r"\[([^\]]*)\]\([^)\s]*\)"), r"\1"),
    (re.compile(r"</?[a-zA-Z][^>]*>"), ""),
)


@dataclass(frozen=True)
class Block:
    """A paragraph, an item, a cell of a table or a caption, without its markup."""

    text: str  # as it stands, with its line breaks
    line: int  # of the page, where it begins
    kind: str  # "paragraph", "item", "cell", "heading", "caption", "quiz", "term"
    core: bool  # in a lesson's core
    after_formula: bool = False  # a displayed formula stands directly above

    @cached_property
    def plain(self) -> str:
        """The text without inline markup. Its line breaks are kept."""
        text = self.text
        for pattern, stand_in in INLINE:
            text = pattern.sub(stand_in, text)
        return re.sub(r"(?<![\w*])\*{1,2}(?=\S)|(?<=\S)\*{1,2}(?![\w*])", "", text)


def blocks(page: Path) -> list[Block]:
    """All running text of a page. What comes before `:::{core-ends}` is a lesson's core."""
    lines = page.read_text(encoding="utf-8").splitlines()
    return list(_read(lines, core="lesson" in page.name))


def _read(lines: list[str], core: bool) -> Iterator[Block]:
    paragraph: list[str] = []
    start, kind, after_formula = 0, "paragraph", False
    fences: list[tuple[str, str]] = []  # the marks and names of the open colon fences
    closed = ""  # what ends the code, the formula or the head that we are in
    fenced_kind = ""

    def flush() -> Iterator[Block]:
        nonlocal paragraph, after_formula
        if paragraph:
            yield from _parts("\n".join(paragraph), start, fenced_kind or kind, core, after_formula)
            paragraph, after_formula = [], False

    for number, line in enumerate(lines, start=1):
        bare = line.strip()
        if closed:
            if bare == closed or (closed == "$$" and (bare.endswith("$$") or bare.startswith("$$"))):
                after_formula = closed.startswith(("$$", "\\end"))
                closed = ""
            elif closed.startswith("`") and (match := CAPTION.match(line)):
                yield Block(match["text"], number, "caption", core)
            continue
        if number == 1 and bare == "---":
            closed = "---"
            continue
        fence = FENCE.match(bare)
        if fence and (fence["name"] or fence["marks"].startswith("`") or not fence["argument"]):
            yield from flush()
            name, argument = fence["name"] or "", fence["argument"].strip()
            if fence["marks"].startswith("`") and fenced_kind == "term":
                fenced_kind = ""  # the end of the glossary
                continue
            if fence["marks"].startswith("`"):
                fenced_kind = "term" if name == "glossary" else ""
                closed = "" if name == "glossary" else fence["marks"]
                continue
            if not name:
                if fences:
                    fences.pop()
            else:
                if name == "core-ends":
                    core = False
                fences.append((fence["marks"], name))
                if argument and name not in NO_PROSE:
                    quiz = "quiz" if name in {"quiz", "prediction"} else "paragraph"
                    yield Block(re.sub(r"^\d+\. ", "", argument), number, quiz, core)
            fenced_kind = "quiz" if any(n in {"quiz", "prediction"} for _, n in fences) else ""
            after_formula = False
            continue
        if bare == "$$" or (bare.startswith("$$") and bare.count("$$") == 1) or bare.startswith(r"\begin{"):
            yield from flush()
            closed = "$$" if bare.startswith("$$") else r"\end" + bare[len(r"\begin") :].split("}")[0] + "}"
            continue
        if bare.startswith("$$"):  # a displayed formula in one line
            yield from flush()
            after_formula = True
            continue
        if not bare:
            yield from flush()
            continue
        if re.match(r"\([\w-]+\)=$|%|:[\w-]+:(\s|$)|<|\+\+\+$|-{3,}$|>", bare):
            yield from flush()
            if not bare.startswith(("%", "(")):
                after_formula = False
            continue
        if bare.startswith("|"):
            yield from flush()
            after_formula = False
            for cell in re.split(r"(?<!\\)\|", bare.strip("|")):
                if re.search(r"[a-zA-Z]", cell):
                    yield Block(cell.strip(), number, "cell", core)
            continue
        if heading := re.match(r"#{1,6} (.*)", bare):
            yield from flush()
            after_formula = False
            yield Block(heading[1], number, "heading", core)
            continue
        if item := re.match(r"\s*(?:[-*+]|\d+\.) (?:\[[ x]\] )?(.*)", line):
            yield from flush()
            paragraph, start, kind, after_formula = [item[1]], number, "item", False
            continue
        if fenced_kind == "term" and not line.startswith(" "):
            continue
        if not paragraph:
            start, kind = number, "paragraph"
        paragraph.append(bare)
    yield from flush()


def _parts(text: str, line: int, kind: str, core: bool, after_formula: bool) -> Iterator[Block]:
    """An answer of a quiz and its reason are two sentences."""
    for part in text.split(" :: "):
        yield Block(part, line, kind, core, after_formula)
        line += part.count("\n")
