"""The libraries that the site serves unchanged, copied from the npm tree (`publishing.assets.npm`).

Vega, Vega-Lite and Vega-Embed draw the figures that move. The site serves its own copy of each, so that a page loads
nothing from another host.
"""

import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

from course.errors import VendorError
from publishing.assets import npm


class Package(NamedTuple):
    """One npm package, and the files of it that are copied."""

    name: str
    files: dict[str, str]  # path in the package, or a folder ending in "/" -> path under the target


PACKAGES = tuple(
    Package(name, {"LICENSE": f"vega/LICENSE-{name}", f"build/{name}.min.js": f"vega/{name}.min.js"})
    for name in ("vega", "vega-lite", "vega-embed")
)

#: For the project's own tests; the site does not serve it.
AXE = Package("axe-core", {"LICENSE": "axe/LICENSE", "axe.min.js": "axe/axe.min.js"})


def ensure_cached(cache: Path, packages: tuple[Package, ...] = PACKAGES) -> Path:
    """The folder below `cache` that holds the packages' files; filled unless cached.

    Parameters
    ----------
    cache : Path
        A folder that git ignores. Its child is named for the lock file and the copied files.
    packages : tuple of Package
        The packages to copy from.

    Returns
    -------
    Path
        A folder for Sphinx's `html_static_path`.

    Raises
    ------
    VendorError
        If npm is missing or fails, or if a package lacks a file.
    """
    ready = cache / f"vendor-{npm.digest(npm.locked().encode(), repr(packages).encode())}"
    if ready.is_dir():
        return ready
    modules = npm.ensure_installed(cache) / "node_modules"
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        filled = Path(scratch) / "filled"
        for package in packages:
            for wanted, place in package.files.items():
                _copy(modules / package.name, wanted, filled / place)
        npm.rename_into_place(filled, ready)
    return ready


def _copy(package: Path, wanted: str, to: Path) -> None:
    """Copy one file of a package, or one folder."""
    source = package / wanted
    if not source.exists():
        raise VendorError(f"{package.name} has no {wanted}")
    to.parent.mkdir(parents=True, exist_ok=True)
    (shutil.copytree if source.is_dir() else shutil.copyfile)(source, to)
