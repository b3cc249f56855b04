"""Drawings wait until a reader comes near them, and keep their place in the page until then, so that nothing jumps.

What a picture or a moving figure is drawn from, and its still, are parts of the output of a notebook's cell. In the
site they are files: the page would wait for them long before anybody comes to the figure. The data are a script,
because a page that was opened as a file may load nothing else; `publishing/browser/shared/figure_data.js` reads them.
"""

import base64
import re
from pathlib import Path

from publishing.assets import npm

STILL = re.compile(
    r'(?P<before><img class="(?:picture|moving)-still" [^>]*\bsrc=")data:image/svg\+xml;base64,(?P<data>[^"]*)"'
)
DATA = re.compile(
    r'(?P<figure><figure class="(?:picture|moving)"(?:(?!</figure>).)*?)'
    r'<script type="application/json">(?P<data>(?:[^<]|<(?!/)){1000,})</script>',
    re.DOTALL,
)
FILE = "_images/figure-{}"
WRITTEN = re.compile(r"_images/(figure-\w+\.\w+)")
#: Where Matplotlib writes coordinates, with six decimals of a point.
COORDINATES = re.compile(rb'(?<= (?:d|x|y)=")[^"]*(?=")|(?<= (?:x1|x2|y1|y2|cx|cy)=")[^"]*(?=")')
DECIMALS = re.compile(rb"(\.\d\d)\d+")
METADATA = re.compile(rb"\s*<metadata>.*?</metadata>", re.DOTALL)
IMAGE = re.compile(r'<img (?![^>]*\bwidth=)(?P<rest>[^>]*\bsrc="[^"]*(?P<name>_images/[^"?]+\.svg)"[^>]*>)')
SIZE = re.compile(r'<svg\b[^>]*?\b(width|height)="([\d.]+)(pt|px)?"[^>]*?\b(width|height)="([\d.]+)(pt|px)?"')
PIXELS = {"pt": 4 / 3, "px": 1, None: 1}


def finish(pages: dict[Path, str], site: Path) -> dict[Path, str]:
    """The pages with stills and data in files, and with the size of each drawing; earlier builds' files are deleted."""
    for drawing in (site / "_images").glob("*.svg"):
        drawing.write_bytes(lean(drawing.read_bytes()))
    made = {path: sized(take_out(text, path, site), site) for path, text in pages.items()}
    used = {name for text in made.values() for name in WRITTEN.findall(text)}
    for path in site.glob(FILE.format("*")):
        if path.name not in used:
            path.unlink()
    return made


def take_out(page: str, path: Path, site: Path) -> str:
    """A page whose figures have their stills, and their data where they are long, in files below `site`."""
    root = "../" * (len(path.relative_to(site).parts) - 1)

    def keep(content: bytes, name: str) -> str:
        target = site / FILE.format(name)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content)
        return f"{root}{FILE.format(name)}"

    def still(found: re.Match[str]) -> str:
        content = lean(base64.b64decode(found["data"]))
        return f'{found["before"]}{keep(content, f"{npm.digest(content)}.svg")}"'

    def data(found: re.Match[str]) -> str:
        key = npm.digest(found["data"].encode())
        address = keep(f'(window.figureData??={{}})["{key}"]={found["data"]};\n'.encode(), f"{key}.js")
        return f'{found["figure"]}<script type="application/json" data-key="{key}" data-from="{address}"></script>'

    return DATA.sub(data, STILL.sub(still, page))


def lean(drawing: bytes) -> bytes:
    """A drawing without metadata, whose coordinates are those of a hundredth of a point, which no screen shows."""
    return COORDINATES.sub(lambda numbers: DECIMALS.sub(rb"\1", numbers[0]), METADATA.sub(b"", drawing))


def sized(page: str, site: Path) -> str:
    """A page whose drawings have the width and height that their files state; style sheets may make them smaller."""
    return IMAGE.sub(lambda image: _sized(image, site), page)


def _sized(image: re.Match[str], site: Path) -> str:
    path = site / image["name"]
    found = SIZE.search(path.read_text(encoding="utf-8")[:5000]) if path.is_file() else None
    if found is None:
        return image[0]
    one, amount, unit, other, second, second_unit = found.groups()
    size = {one: float(amount) * PIXELS[unit], other: float(second) * PIXELS[second_unit]}
    return f'<img loading="lazy" width="{size["width"]:.0f}" height="{size["height"]:.0f}" {image["rest"]}'
