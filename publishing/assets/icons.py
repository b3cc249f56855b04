"""The icons of the theme that the site shows, as a font of a few kilobytes instead of FontAwesome's 1400 icons."""

import hashlib
import re
from pathlib import Path

import pydata_sphinx_theme
from fontTools import subset
from fontTools.ttLib import TTFont

STATIC = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static"
FONT = STATIC / "vendor" / "fontawesome" / "webfonts" / "fa-solid-900.ttf"
STYLE = "icons/icons.css"  # a fixed name: Sphinx adds a checksum to the address
NAMES = (
    "angle-down",
    "angle-left",
    "angle-right",
    "arrow-up",
    "bars",
    "chevron-down",
    "chevron-right",
    "circle-half-stroke",
    "expand",
    "list",
    "magnifying-glass",
    "moon",
    "sun",
)


def code_points() -> set[int]:
    """The code points of these icons, and of those in the theme's own CSS rules, both read from its style sheet."""
    style = (STATIC / "styles" / "pydata-sphinx-theme.css").read_text()
    named = {name: re.search(rf'\.fa-{name}:before[^{{}}]*\{{content:"\\([0-9a-f]+)"', style) for name in NAMES}
    drawn = re.findall(r'--pst-icon-[a-z-]+:"(.)"', style)  # of boxes and links
    return {int(match[1], 16) for match in named.values() if match} | {ord(character) for character in drawn}


def ensure_cached(cache: Path) -> Path:
    """A folder for Sphinx's `html_static_path` with the font and its style sheet; made unless cached."""
    codes = sorted(code_points())
    made_from = FONT.read_bytes() + Path(__file__).read_bytes() + repr(codes).encode()
    ready = cache / f"icons-{hashlib.sha256(made_from).hexdigest()[:12]}"
    target = ready / STYLE
    if not target.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        font = TTFont(FONT)
        cut = subset.Subsetter(subset.Options(hinting=False))
        cut.populate(unicodes=codes)
        cut.subset(font)
        font.flavor = "woff2"
        font.save(target.with_name("icons.woff2"))
        shown = ",".join(f"U+{code:x}" for code in codes)
        # For these characters this font wins over the theme's own, which is declared earlier.
        target.write_text(
            '@font-face{font-family:"Font Awesome 6 Free";font-style:normal;font-weight:900;font-display:block;'
            f'src:url(icons.woff2) format("woff2");unicode-range:{shown}}}\n'
        )
    return ready
