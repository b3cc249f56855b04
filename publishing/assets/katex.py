"""KaTeX: formulas as HTML with MathML inside, and the style sheet and fonts that show them.

The fonts are cut to the characters that the site's formulas use. Those that nearly every formula needs are inside the
style sheet, so that no formula is shown in another font first and moves the text when its own arrives.
"""

import base64
import io
import logging
import re
from pathlib import Path
from typing import NamedTuple

from fontTools import subset
from fontTools.ttLib import TTFont

from publishing.assets import npm

FACE = re.compile(r"@font-face\{[^}]*?src:url\(fonts/(KaTeX_[\w-]+)\.woff2\)[^}]*\}")
EMBEDDED = ("KaTeX_Main-Regular", "KaTeX_Math-Italic", *(f"KaTeX_Size{k}-Regular" for k in (1, 2, 3, 4)))
ITALIC = "KaTeX_Math-Italic"
#: By font, the marks of the letters that need it.
SPECIAL = {
    "KaTeX_Main-Bold": re.compile(r'<span class="[^"]*\b(?:mathbf|textbf)\b'),
    "KaTeX_AMS-Regular": re.compile(r'<span class="[^"]*\b(?:mathbb|amsrm)\b'),
}


class Formula(NamedTuple):
    """A formula in LaTeX, and whether it has a line of its own."""

    tex: str
    displayed: bool


class Letters(NamedTuple):
    """What formulas show: upright, in italics, and in bold and other alphabets."""

    upright: set[str]
    italic: set[str]
    special: set[str]


def typeset(cache: Path, formulas: list[Formula]) -> dict[Formula, dict[str, str]]:
    """Each formula's `html`, or the `error` with which KaTeX refuses it.

    Raises
    ------
    VendorError
        If npm or Node.js is missing or fails.
    """
    made = npm.node("typeset.js", formulas, cache) if formulas else []
    return dict(zip(formulas, made, strict=True))


def rules(cache: Path) -> str:
    """KaTeX's style sheet without its fonts."""
    return FACE.sub("", _style(cache))


def fonts(cache: Path, style: str, letters: Letters) -> tuple[str, dict[str, bytes]]:
    """The fonts that a style sheet names, with these characters alone.

    Parameters
    ----------
    cache : Path
        The folder of `npm.ensure_installed`.
    style : str
        The rules that are in use.
    letters : Letters
        What formulas show. The fonts that are not embedded have `special` alone.

    Returns
    -------
    str
        CSS that declares the fonts.
    dict of str to bytes
        By file name, those that are not inside this CSS; they belong beside it.
    """
    declared, files = [], {}
    for face in FACE.finditer(_style(cache)):
        name = face[1]
        if name.partition("-")[0] not in style:
            continue
        shown = letters.italic if name == ITALIC else letters.upright if name in EMBEDDED else letters.special
        content = _cut(_dist(cache) / "fonts" / f"{name}.ttf", shown)
        if content is None:
            continue
        if name in EMBEDDED:
            source = f"data:font/woff2;base64,{base64.b64encode(content).decode()}"
        else:
            source = f"{name}-{npm.digest(content)}.woff2"
            files[source] = content
        declared.append(re.sub(r"src:[^}]*", f'src:url({source}) format("woff2")', face[0]))
    return "".join(declared), files


def _cut(path: Path, characters: set[str]) -> bytes | None:
    """A font with these characters; None if it has none of them."""
    logging.getLogger("fontTools").setLevel(logging.ERROR)  # it warns that these fonts bear the date 0
    font = TTFont(path, recalcTimestamp=False)
    codes = set(map(ord, characters - {" "})) & set(font.getBestCmap())
    if not codes:
        return None
    cut = subset.Subsetter(subset.Options(hinting=False))
    cut.populate(unicodes=codes)
    cut.subset(font)
    font.flavor = "woff2"
    made = io.BytesIO()
    font.save(made)
    return made.getvalue()


def _dist(cache: Path) -> Path:
    return npm.ensure_installed(cache) / "node_modules" / "katex" / "dist"


def _style(cache: Path) -> str:
    return (_dist(cache) / "katex.min.css").read_text(encoding="utf-8")
