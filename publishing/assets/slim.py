"""Pyodide's packages without what no page uses: four of Matplotlib's seven megabytes are typefaces and sample data.

A package is made smaller after its hash has been checked. The lock then has the hash of what is served, and a name of
its own for it: browsers may keep a file of Pyodide's name for a year.
"""

import hashlib
import io
import zipfile
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

#: Files that go, by package. In a pattern `*` stands for slashes too.
UNUSED: dict[str, tuple[str, ...]] = {
    "matplotlib": (
        "matplotlib/mpl-data/fonts/afm/*",  # for PostScript and PDF
        "matplotlib/mpl-data/fonts/pdfcorefonts/*",
        "matplotlib/mpl-data/fonts/ttf/DejaVuSerif*",
        "matplotlib/mpl-data/fonts/ttf/DejaVuSansMono-*",
        "matplotlib/mpl-data/fonts/ttf/Humor*",
        "matplotlib/mpl-data/fonts/ttf/STIXGeneral?*.ttf",
        "matplotlib/mpl-data/images/*",  # of windows' buttons
        "matplotlib/mpl-data/sample_data/*",
        "matplotlib/backends/web_backend/*",
        "*.pyi",
    ),
    "numpy": ("numpy/f2py/*", "numpy/_core/include/*", "numpy/_core/lib/*", "numpy/random/lib/*", "*.pyi", "*.pxd"),
}
#: Packages that Matplotlib names and that nothing here imports: for typefaces in PDF, and for dates with time zones.
UNNEEDED = {"matplotlib": ("fonttools", "pytz")}
DATE = (1980, 1, 1, 0, 0, 0)  # the same content has the same hash, whenever it is made


def depends(lock: dict[str, Any]) -> dict[str, Any]:
    """Pyodide's lock without the packages that nothing needs."""
    packages = {
        name: {**entry, "depends": [other for other in entry["depends"] if other not in UNNEEDED.get(name, ())]}
        for name, entry in lock["packages"].items()
    }
    return {**lock, "packages": packages}


def make_smaller(folder: Path, entries: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Write the packages of `UNUSED` anew in a folder; returns the entries of a lock with their new names and hashes.

    Parameters
    ----------
    folder : Path
        It holds each entry's file, as its hash wants it.
    entries : dict
        Of the lock, by package.
    """
    made = dict(entries)
    for name in UNUSED.keys() & entries.keys():
        path = folder / entries[name]["file_name"]
        content = without(path.read_bytes(), UNUSED[name])
        path.unlink()
        digest = hashlib.sha256(content).hexdigest()
        project, version, tags = path.name.split("-", 2)
        path = path.with_name(f"{project}-{version}-0{digest[:8]}-{tags}")  # a build number, which begins with a digit
        path.write_bytes(content)
        made[name] = {**entries[name], "file_name": path.name, "sha256": digest}
    return made


def without(wheel: bytes, unused: tuple[str, ...]) -> bytes:
    """A wheel without the files whose names are like one of these patterns, nor their lines in its `RECORD`."""

    def goes(name: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in unused)

    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(wheel)) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for file in old.infolist():
            if goes(file.filename):
                continue
            content = old.read(file)
            if file.filename.endswith(".dist-info/RECORD"):
                lines = content.decode().splitlines(keepends=True)
                content = "".join(line for line in lines if not goes(line.split(",")[0].strip('"'))).encode()
            kept = zipfile.ZipInfo(file.filename, DATE)
            kept.external_attr, kept.compress_type = file.external_attr, zipfile.ZIP_DEFLATED
            new.writestr(kept, content, compresslevel=9)
    return result.getvalue()
