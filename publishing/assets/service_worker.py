"""The service worker of the finished site, which keeps the course in the reader's browser for visits without a network.

It is `publishing/browser/exercise/service_worker.js` with a list of the site's files before it, each with a digest.
The digest of the list is the release. Pages register it for `book/` and for the search page, since the pages in `lite/`
have a service worker of their own. The script in which Python runs stands in `book/` too: what a worker loads goes to
the service worker of the folder that the worker's script comes from.
"""

import hashlib
import json
import re
import shutil
from pathlib import Path

from publishing.assets import front_end, pyodide

FOLDER = "book"
SCRIPT = "service-worker.js"
PAGES = "book/**/*.html"
SEARCH = "search.html"
RELEASE = re.compile(r'(?<=data-release=")[^"]*(?=")')  # of an exercise page
#: What pages load without naming it.
UNNAMED = (
    SEARCH,
    "searchindex.js",
    "_static/vega/*.js",
    "notebooks/*/*.py",
    "notebooks/*/*.json",
    "notebooks/*/*.ipynb",
)
#: A file's name, in a page, a style sheet or a script.
NAMED = re.compile(r"[\w.-]+\.(?:js|mjs|css|json|svg|png|gif|jpg|webp|woff2)\b")
NAMING = (PAGES, SEARCH, "_static/**/*.css", "_static/front/*.js", "_static/front/*.css")


def put(site: Path) -> str:
    """Give a finished site its service worker, and its exercise pages the release; returns the release.

    It has to come last: a page that changes afterwards is not kept by any browser.
    """
    static = site / "_static"
    made: dict[str, str] = json.loads((static / front_end.MANIFEST).read_text())
    worker = static / made["worker.js"]
    for earlier in (site / FOLDER).glob("worker-*.js"):
        earlier.unlink()
    shutil.copyfile(worker, site / FOLDER / worker.name)
    for page in site.glob(PAGES):
        _tell(page, "")
    release = _digest(json.dumps(listed(site)).encode())
    for page in site.glob(PAGES):
        _tell(page, release)
    course = json.dumps({"release": release, "files": listed(site)}, separators=(",", ":"))
    script = (static / made["service_worker.js"]).read_text(encoding="utf-8")
    (site / SCRIPT).write_text(f"self.course={course};\n{script}", encoding="utf-8")
    return release


def refresh(site: Path) -> None:
    """Do so again, where a page of a site has changed that has a service worker."""
    if (site / SCRIPT).is_file():
        put(site)


def listed(site: Path) -> dict[str, str]:
    """The files that make up the course in a browser, each with its digest; paths are relative to the site."""
    texts = [path.read_text(encoding="utf-8") for pattern in NAMING for path in site.glob(pattern)]
    named = set(NAMED.findall("\n".join(texts)))
    found = [path for folder in ("_static", "_images") for path in (site / folder).rglob("*") if path.name in named]
    found += [path for pattern in (PAGES, f"{FOLDER}/worker-*.js", *UNNAMED) for path in site.glob(pattern)]
    found += _python(site / "_static" / "pyodide")
    files = {path.relative_to(site).as_posix(): path for path in found if path.is_file()}
    return {name: _digest(path.read_bytes()) for name, path in sorted(files.items())}


def _python(folder: Path) -> list[Path]:
    """What exercise pages load of Python; nothing where a CDN has it."""
    if not (folder / pyodide.LOCK).is_file():
        return []
    lock = json.loads((folder / pyodide.LOCK).read_text())
    packages = [entry["file_name"] for entry in pyodide.needed(lock, pyodide.PACKAGES).values()]
    return [folder / name for name in (*pyodide.CORE.files, *packages) if name != "pyodide.js"]


def _tell(page: Path, release: str) -> None:
    text = page.read_text(encoding="utf-8")
    told = RELEASE.sub(release, text)
    if told != text:
        page.write_text(told, encoding="utf-8")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
