"""The site's own scripts and styles: `publishing/browser/`, made by esbuild into files named for their content.

Pages and scripts find them through one manifest, `_static/front/manifest.json`: `course.js` is `front/course-HASH.js`.
"""

import json
import tempfile
from functools import cache as once
from pathlib import Path

from publishing.assets import npm

FOLDER = "front"
MANIFEST = f"{FOLDER}/manifest.json"
#: What a page or another script loads; each imports the modules that it needs. A page may be opened as a file, and
#: browsers load no module from there: so each becomes a classic script.
ENTRIES = (
    "reading/course.css",
    "reading/course.js",
    "reading/moving.js",
    "reading/progress.js",
    "reading/terms.js",
    "reading/video.js",
    "exercise/page.js",
    "exercise/runner.css",
    "exercise/worker.js",
)
KEPT = 3  # builds in the cache


def ensure_cached(cache: Path, sources: Path = npm.BROWSER) -> Path:
    """A folder below `cache` for Sphinx's `html_static_path`, with the scripts and styles; made the first time.

    Raises
    ------
    VendorError
        If npm is missing, cannot install the packages of the lock file, or esbuild finds a mistake. Nothing half-made
        is left.
    """
    made_of = sorted(
        path
        for kind in ("*.js", "*.css", "*.py", "*.json")
        for path in sources.rglob(kind)
        if not {"tests", "node_modules"} & set(path.relative_to(sources).parts)
    )
    parts = [part for path in made_of for part in (str(path.relative_to(sources)).encode(), path.read_bytes())]
    ready = cache / f"front-{npm.digest(repr(ENTRIES).encode(), *parts)}"
    if ready.is_dir():
        return ready
    with npm.workplace(cache, sources) as work, tempfile.TemporaryDirectory(dir=cache) as scratch:
        filled = Path(scratch).resolve() / "filled"
        told = work / "built.json"
        npm.run("build", [*ENTRIES, f"--outdir={filled / FOLDER}", f"--metafile={told}"], work)
        built = json.loads(told.read_text())["outputs"]
        names = {Path(made["entryPoint"]).name: f"{FOLDER}/{Path(path).name}" for path, made in built.items()}
        (filled / MANIFEST).write_text(json.dumps(dict(sorted(names.items())), indent=1))
        used = {path for made in built.values() for path in made["inputs"] if "node_modules/" in path}
        (filled / FOLDER / "LICENSES.txt").write_text(_licenses(work, used))
        npm.rename_into_place(filled, ready)
    npm.keep_newest(cache, "front-*", KEPT)
    return ready


@once
def manifest(cache: Path) -> dict[str, str]:
    """Where the site has each script and style, below `_static/`: by the name of its source."""
    return json.loads((ensure_cached(cache) / MANIFEST).read_text())


def lint(cache: Path, sources: Path = npm.BROWSER) -> None:
    """Have tsc check the types, and eslint what it recommends.

    Raises
    ------
    VendorError
        With what they found.
    """
    with npm.workplace(cache, sources) as work:
        npm.run("lint", [], work, whole=True)


def _licenses(work: Path, used: set[str]) -> str:
    """The licenses of the packages whose code is in what was built."""
    packages = set()
    for path in used:
        before, _, inside = path.rpartition("node_modules/")
        packages.add(f"{before}node_modules/{'/'.join(inside.split('/')[: 2 if inside.startswith('@') else 1])}")
    found = sorted(path for package in packages for path in (work / package).glob("LICEN[SC]E*"))
    return "\n\n".join(f"{str(path.parent).rpartition('node_modules/')[2]}\n\n{path.read_text()}" for path in found)
