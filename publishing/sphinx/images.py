"""Writes the size of each drawing into the pages, so that a page keeps its place and nothing jumps when it arrives."""

import re
from pathlib import Path

IMAGE = re.compile(r'<img (?![^>]*\bwidth=)(?P<rest>[^>]*\bsrc="[^"]*(?P<name>_images/[^"?]+\.svg)"[^>]*>)')
SIZE = re.compile(r'<svg\b[^>]*?\b(width|height)="([\d.]+)(pt|px)?"[^>]*?\b(width|height)="([\d.]+)(pt|px)?"')
PIXELS = {"pt": 4 / 3, "px": 1, None: 1}


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
    return f'<img width="{size["width"]:.0f}" height="{size["height"]:.0f}" {image["rest"]}'
