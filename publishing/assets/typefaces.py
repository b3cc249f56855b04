"""The two typefaces of the site: a serif for the text, a sans for figures, captions, tables and controls.

Both are cut to the characters that the site's pages show, and to the weights that its style sheet asks for. They may be
used and changed freely under the SIL Open Font License, but a changed one must bear another name: here they are called
"Course Text" and "Course Figures".

A page asks for them at its top, and they are there in time for its first lines over all but slow lines. Where they are
late, that page keeps a font of the reader's system, so that no line breaks elsewhere while somebody reads it, and the
next page has ours. Fonts with the widths of Times and Arial are nearly everywhere; each is enlarged to the width of
ours, and given our height of a line.
"""

import io
import logging
import tempfile
from pathlib import Path
from typing import NamedTuple

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

from publishing.assets import npm

FOLDER = "typefaces"
STYLE = f"{FOLDER}/typefaces.css"
ALWAYS = {chr(code) for code in range(32, 127)} | set("\u00a0–—‘’“”…·×−")  # what scripts of a page may show
KEPT = 3  # sets that stay in the cache
FEATURES = ("kern", "liga", "ccmp", "mark", "tnum")
#: How often each letter comes in a hundred of English text, the space among them.
LETTERS = {
    " ": 18, "e": 10, "t": 7, "a": 7, "o": 6, "i": 6, "n": 6, "s": 5, "h": 5, "r": 5, "d": 3, "l": 3, "c": 2, "u": 2,
    "m": 2, "w": 2, "f": 2, "g": 2, "y": 2, "p": 2, "b": 1, "v": 1, "k": 1,
}  # fmt: skip


class Face(NamedTuple):
    """One style of a typeface."""

    family: str
    package: str
    file: str
    style: str  # as CSS calls it
    weights: tuple[int, int]  # the lightest and the boldest


class Stand(NamedTuple):
    """A font of readers' systems that stands in for one of ours."""

    family: str
    names: tuple[str, ...]  # fonts of the same widths
    style: str
    weight: int
    width: float  # of an average letter, by LETTERS, in parts of the font's size


FACES = (
    Face("Course Text", "source-serif-4", "source-serif-4-latin-wght-normal", "normal", (400, 600)),
    Face("Course Text", "source-serif-4", "source-serif-4-latin-wght-italic", "italic", (400, 400)),
    Face("Course Figures", "source-sans-3", "source-sans-3-latin-wght-normal", "normal", (400, 650)),
)
STANDS = (
    Stand("Course Text", ("Times New Roman", "Liberation Serif", "Tinos"), "normal", 400, 0.4016),
    Stand("Course Text", ("Times New Roman Bold", "Liberation Serif Bold", "Tinos Bold"), "normal", 600, 0.4272),
    Stand("Course Text", ("Times New Roman Italic", "Liberation Serif Italic", "Tinos Italic"), "italic", 400, 0.4028),
    Stand("Course Figures", ("Arial", "Liberation Sans", "Arimo"), "normal", 400, 0.4424),
    Stand("Course Figures", ("Arial Bold", "Liberation Sans Bold", "Arimo Bold"), "normal", 650, 0.4785),
)


def make(cache: Path, characters: set[str]) -> dict[str, bytes]:
    """The style sheet that declares the typefaces, and the fonts, by their paths below the site's `_static/`.

    Parameters
    ----------
    cache : Path
        The folder of `npm.ensure_installed`.
    characters : set of str
        What the pages show.

    Raises
    ------
    VendorError
        If npm is missing or fails.
    """
    shown = characters | ALWAYS
    ready = (
        cache
        / f"{FOLDER}-{npm.digest(npm.locked().encode(), Path(__file__).read_bytes(), repr(sorted(shown)).encode())}"
    )
    if not ready.is_dir():
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            filled = Path(scratch) / "filled"
            filled.mkdir()
            for name, content in _made(npm.ensure_installed(cache), shown).items():
                (filled / name).write_bytes(content)
            npm.rename_into_place(filled, ready)
        npm.keep_newest(cache, f"{FOLDER}-*", KEPT)
    return {f"{FOLDER}/{path.name}": path.read_bytes() for path in sorted(ready.iterdir())}


def _made(installed: Path, characters: set[str]) -> dict[str, bytes]:
    """The files by name."""
    modules = installed / "node_modules" / "@fontsource-variable"
    made, rules, licenses = {}, [], {}
    for face in FACES:
        font = _cut(modules / face.package / "files" / f"{face.file}.woff2", face, characters)
        content = _packed(font)
        name = f"{face.family.lower().replace(' ', '-')}-{face.style}-{npm.digest(content)}.woff2"
        made[name] = content
        light, bold = face.weights
        weights = f"{light} {bold}" if light < bold else f"{light}"
        rules.append(
            f'@font-face{{font-family:"{face.family}";font-style:{face.style};font-weight:{weights};'
            f'font-display:optional;src:url({name}) format("woff2")}}'
        )
        for stand in STANDS:
            if (stand.family, stand.style) == (face.family, face.style) and light <= stand.weight <= bold:
                rules.append(_in_place_of(font, stand))
        licenses[face.package] = (modules / face.package / "LICENSE").read_text(encoding="utf-8")
    made["LICENSES.txt"] = "\n\n".join(f"{name}\n\n{text}" for name, text in licenses.items()).encode()
    made[Path(STYLE).name] = "\n".join(rules).encode()
    return made


def width(font: TTFont, weight: int) -> float:
    """The width of an average letter, in parts of the font's size."""
    if "fvar" in font:
        font = instancer.instantiateVariableFont(font, {"wght": weight})
    glyphs, widths = font.getBestCmap(), font["hmtx"]
    total = sum(count * widths[glyphs[ord(letter)]][0] for letter, count in LETTERS.items())
    return total / sum(LETTERS.values()) / font["head"].unitsPerEm


def _in_place_of(font: TTFont, stand: Stand) -> str:
    size = width(font, stand.weight) / stand.width
    em = font["head"].unitsPerEm * size
    line = font["hhea"]
    return (
        f'@font-face{{font-family:"{stand.family} Until Then";font-style:{stand.style};font-weight:{stand.weight};'
        f"src:{','.join(f'local({name!r})' for name in stand.names)};size-adjust:{size:.2%};"
        f"ascent-override:{line.ascent / em:.2%};descent-override:{-line.descent / em:.2%};line-gap-override:0%}}"
    )


def _cut(path: Path, face: Face, characters: set[str]) -> TTFont:
    """A font with these characters and the weights of a face."""
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    font = TTFont(path, recalcTimestamp=False)
    options = subset.Options(hinting=False, layout_features=list(FEATURES), name_IDs=[0, 13, 14])
    cut = subset.Subsetter(options)
    cut.populate(unicodes=[ord(character) for character in characters])
    cut.subset(font)
    light, bold = face.weights
    font = instancer.instantiateVariableFont(font, {"wght": (light, bold) if light < bold else light})
    for number, text in ((1, face.family), (4, f"{face.family} {face.style}"), (6, face.family.replace(" ", ""))):
        font["name"].setName(text, number, 3, 1, 0x409)
    return font


def _packed(font: TTFont) -> bytes:
    font.flavor = "woff2"
    made = io.BytesIO()
    font.save(made)
    return made.getvalue()
