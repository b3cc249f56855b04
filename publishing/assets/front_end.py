"""The site's own scripts and styles: esbuild makes them from `publishing/browser/`, with a content hash in each name.

One manifest, `_static/front/manifest.json`, maps names to files: `course.js` to `front/course-HASH.js`.
"""

import json
import tempfile
from functools import cache as once
from pathlib import Path

from course.errors import VendorError
from publishing.assets import npm

FOLDER = "front"
MANIFEST = f"{FOLDER}/manifest.json"
#: What a page or another script loads; each imports the modules that it needs. Each becomes a classic script, because a
#: page may be opened as a file, and from files browsers load no modules.
ENTRIES = (
    "reading/begin.js",
    "reading/copy.js",
    "reading/course.css",
    "reading/course.js",
    "reading/exhibits.js",
    "reading/formulas.js",
    "reading/moving.js",
    "reading/pictures.js",
    "reading/progress.js",
    "reading/search.js",
    "reading/terms.js",
    "reading/video.js",
    "exercise/editor.js",
    "exercise/page.js",
    "exercise/runner.css",
    "exercise/service_worker.js",
    "exercise/worker.js",
    "pictures/shared/pictures.css",
)
KEPT = 3  # builds that stay in the cache


def entries(sources: Path = npm.BROWSER) -> list[str]:
    """All of these, and each picture's script and style (`lab.picture` names a picture as its files are named).

    Raises
    ------
    VendorError
        If two have the same name.
    """
    pictures = sorted(
        p.relative_to(sources).as_posix() for kind in ("js", "css") for p in sources.glob(f"pictures/*.{kind}")
    )
    found = [*ENTRIES, *pictures]
    if len({Path(path).name for path in found}) < len(found):
        raise VendorError(f"two scripts of {sources.name}/ have one name: {', '.join(found)}")
    return found


def ensure_cached(cache: Path, sources: Path = npm.BROWSER) -> Path:
    """A folder below `cache` for Sphinx's `html_static_path`, with the scripts and styles; built unless cached.

    Raises
    ------
    VendorError
        If npm is missing or cannot install the packages of the lock file, or if esbuild finds a mistake. Nothing
        half-made is left.
    """
    inputs = sorted(
        path
        for kind in ("*.js", "*.css", "*.py", "*.mplstyle", "*.json")
        for path in sources.rglob(kind)
        if not {"tests", "node_modules"} & set(path.relative_to(sources).parts)
    )
    parts = [part for path in inputs for part in (str(path.relative_to(sources)).encode(), path.read_bytes())]
    ready = cache / f"front-{npm.digest(repr(ENTRIES).encode(), *parts)}"
    if ready.is_dir():
        return ready
    with npm.workplace(cache, sources) as work, tempfile.TemporaryDirectory(dir=cache) as scratch:
        filled = Path(scratch).resolve() / "filled"
        metafile = work / "built.json"
        npm.run("build", [*entries(sources), f"--outdir={filled / FOLDER}", f"--metafile={metafile}"], work)
        built = json.loads(metafile.read_text())["outputs"]
        names = {Path(made["entryPoint"]).name: f"{FOLDER}/{Path(path).name}" for path, made in built.items()}
        (filled / MANIFEST).write_text(json.dumps(dict(sorted(names.items())), indent=1))
        used = {path for made in built.values() for path in made["inputs"] if "node_modules/" in path}
        (filled / FOLDER / "LICENSES.txt").write_text(_licenses(work, used))
        npm.rename_into_place(filled, ready)
    npm.keep_newest(cache, "front-*", KEPT)
    return ready


@once
def manifest(cache: Path) -> dict[str, str]:
    """The path of each script and style below the site's `_static/`, by the file name of its source."""
    return json.loads((ensure_cached(cache) / MANIFEST).read_text())


def lint(cache: Path, sources: Path = npm.BROWSER) -> None:
    """Check the scripts with tsc (types) and eslint (its recommended rules).

    Raises
    ------
    VendorError
        If they find something; it is the message.
    """
    with npm.workplace(cache, sources) as work:
        npm.run("lint", [], work, whole=True)


def _licenses(work: Path, used: set[str]) -> str:
    """The license texts of the packages whose files were built in."""
    packages = set()
    for path in used:
        before, _, inside = path.rpartition("node_modules/")
        packages.add(f"{before}node_modules/{'/'.join(inside.split('/')[: 2 if inside.startswith('@') else 1])}")
    found = sorted(path for package in packages for path in (work / package).glob("LICEN[SC]E*"))
    return "\n\n".join(f"{str(path.parent).rpartition('node_modules/')[2]}\n\n{path.read_text()}" for path in found)
