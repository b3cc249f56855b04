"""Exercise pages run in place: what the page tells the browser's script, and the script's bundle.

Each code cell of an exercise page is wrapped in an element that says which cell of the notebook it is
(`data-cell`), of which kind (`data-kind`), and for which function. The script, in `publishing/browser/`, makes
editors of them and starts Python at the first click; without it the page is as it was. The bundle is made by
esbuild from pinned npm packages (`publishing/browser/package-lock.json`) and is not in git.
"""

import hashlib
import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from docutils import nodes
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

from course.chapter import Chapter, slugs
from course.errors import VendorError
from course.notebooks import CHECK, bundle, notebook
from publishing.assets import lite, pyodide, vendor
from publishing.sphinx.directives import element
from publishing.sphinx.downloads import FOLDER

SOURCES = Path(__file__).parents[1] / "browser"
SCRIPT, STYLE = "runner/page.js", "runner/runner.css"
PASTE = re.compile(r"# Paste your (\w+) of the chapter `(\w+)`")
LOADED = ("numpy",)  # with the first click; the rest when a cell imports it


# ---------------------------------------------------------------- the page tells which cell is which


def describe(cell: NotebookNode) -> dict[str, str]:
    """What the script needs to know of a cell: its id in the notebook, its kind, and its function if it has one.

    The kinds: `setup` runs by itself before any other; a `solution` is a stub to fill in; a `check` calls
    `check(...)` for a function; into `paste` goes a function of another chapter; `written` is answered in words;
    all else is to `explore`.
    """
    graded = cell.metadata.get("nbgrader", {})
    told = {"data-cell": cell.id, "class": "runnable", "id": f"cell-{cell.id}"}
    if cell.cell_type != "code":
        return {**told, "data-kind": "written"}
    if paste := PASTE.match(cell.source):
        return {**told, "data-kind": "paste", "data-function": paste[1], "data-from": paste[2]}
    if graded.get("solution"):
        return {**told, "data-kind": "solution", "data-function": cell.id}
    if graded.get("grade") and (tested := CHECK.search(cell.source)):
        return {**told, "data-kind": "check", "data-function": tested[1]}
    if "setup" in cell.metadata.get("tags", []):
        return {**told, "data-kind": "setup"}
    return {**told, "data-kind": "explore"}


def mark_cells(app: Sphinx, doctree: nodes.document) -> None:
    """Wrap the cells of an exercise page in what `describe` says of them."""
    slug = _slug(app.env.docname)
    if not slug:
        return
    cells = notebook(Chapter(slug).page, slug).cells
    code = [node for node in doctree.findall(nodes.container) if node.get("nb_element") == "cell_code"]
    wanted = [cell for cell in cells if cell.cell_type == "code"]
    shown = [node.next_node(nodes.literal_block).astext().strip("\n") for node in code]
    if shown != [cell.source for cell in wanted]:
        raise ExtensionError(f"book/{slug}/exercise.md: the page's code cells are not the notebook's", modname=__name__)
    pairs = list(zip(code, wanted, strict=True))
    for cell in cells:
        if cell.cell_type == "markdown" and "nbgrader" in cell.metadata:
            pairs.append((_paragraph(doctree, cell.source.strip("*"), slug), cell))
    for node, cell in pairs:
        wrapper = element("", **describe(cell))
        node.replace_self(wrapper)
        wrapper += node


def _paragraph(doctree: nodes.document, text: str, slug: str) -> nodes.paragraph:
    """The one paragraph that is the place for a written answer."""
    found = [node for node in doctree.findall(nodes.paragraph) if node.astext() == text]
    if len(found) != 1:
        raise ExtensionError(f"book/{slug}/exercise.md: {text!r} should be one paragraph of the page", modname=__name__)
    return found[0]


def _slug(page: str) -> str | None:
    slug = Path(page).parent.name
    return slug if page == f"book/{slug}/exercise" and slug in slugs() else None


def add_runner(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object) -> None:
    """Below the heading of an exercise page: what the script needs, and what a click will load."""
    slug = _slug(pagename)
    if not slug or app.builder.format != "html":
        return
    app.add_css_file(STYLE)
    app.add_js_file(SCRIPT, defer="defer")
    beside = {name: len(content) for name, content in bundle(slug).items() if name != "exercise.ipynb"}
    weights = _weights(Path(app.confdir) / "_build" / "vendor", app.config.pyodide_source)
    first, plot = (weights[0] + sum(beside.values()), weights[1]) if weights else (0, 0)
    own = app.config.pyodide_source == "site"
    pathto = context["pathto"]
    data = {
        "slug": slug,
        "pyodide": pathto("_static/pyodide/", 1) if own else pyodide.CDN,
        "packages": " ".join(LOADED),
        "folder": pathto(f"{FOLDER}/{slug}/", 1),
        "files": " ".join(beside),
        "bytes": str(first),  # 0: nobody knows
        "exercises": pathto("book/", 1),
    }
    attributes = "".join(f' data-{name}="{value}"' for name, value in data.items())
    amount = f"{_megabytes(first)}, once; the first plot {_megabytes(plot)} more" if weights else "once"
    whence = "" if own else f" from {pyodide.CDN.split('/')[2]}"
    note = (
        f"<p>The cells of this page run right here; there is nothing to install. The first <b>Run</b> loads Python and "
        f"NumPy into your browser{whence} ({amount}). A later visit finds them in its cache. "
        "What you write is kept in this browser.</p>"
        '<p class="runner-keys">By keyboard: <kbd>Shift</kbd>+<kbd>Enter</kbd> runs a cell; in an editor '
        "<kbd>Tab</kbd> indents, and <kbd>Esc</kbd>, then <kbd>Tab</kbd> leaves it.</p>"
    )
    without = (
        "<noscript><p>With JavaScript switched on, the cells of this page run right here. "
        "Without it, take the notebook.</p></noscript>"
    )
    bar = f'<div class="runner"{attributes}><div class="runner-live" hidden>{note}</div>{without}</div>'
    context["body"] = context["body"].replace("</h1>", f"</h1>\n{bar}", 1)


@cache
def _weights(folder: Path, source: str) -> tuple[int, int] | None:
    """Bytes of the first start and of the first plot; None where the CDN has the files and this machine cannot."""
    try:
        files = pyodide.ensure_cached(
            folder, pyodide.PACKAGES + lite.PACKAGES
        )  # as `publishing.sphinx.extension` serves it
    except VendorError:
        if source == "site":
            raise
        return None
    core, first = pyodide.sizes(files, LOADED)
    return core + first, pyodide.sizes(files, pyodide.PACKAGES)[1] - first


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB"


# ---------------------------------------------------------------- the bundle


def build(folder: Path) -> Path:
    """A folder below this one with the page's script, worker and style, made the first time.

    Raises
    ------
    VendorError
        If npm is missing, cannot fetch the packages of the lock file, or esbuild finds a mistake.
    """
    sources = sorted(path for path in SOURCES.iterdir() if path.is_file())
    ready = folder / f"runner-{_digest(sources)}"
    if ready.is_dir():
        return ready
    modules = _install(folder).resolve()  # npm works in another folder
    with tempfile.TemporaryDirectory(dir=modules) as scratch:
        work, filled = Path(scratch) / "sources", Path(scratch) / "filled"
        work.mkdir()
        for path in sources:
            shutil.copyfile(path, work / path.name)
        _npm(["run", "build", "--", f"--outdir={filled / 'runner'}"], work)
        shutil.copyfile(SOURCES / "runner.css", filled / STYLE)
        (filled / "runner" / "LICENSES.txt").write_text(_licenses(modules / "node_modules"))
        vendor.rename_into_place(filled, ready)
    return ready


def _install(folder: Path) -> Path:
    """A folder with the `node_modules` of the lock file."""
    lists = [SOURCES / name for name in ("package.json", "package-lock.json")]
    ready = folder / f"npm-{_digest(lists)}"
    if not ready.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            filled = Path(scratch) / "filled"
            filled.mkdir()
            for path in lists:
                shutil.copyfile(path, filled / path.name)
            _npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"], filled)
            vendor.rename_into_place(filled, ready)
    return ready


def _licenses(modules: Path) -> str:
    """The licenses of the packages that are in the bundle."""
    found = sorted(path for path in modules.glob("**/LICENSE*") if "esbuild" not in path.parts)
    return "\n\n".join(f"{path.parent.relative_to(modules)}\n\n{path.read_text()}" for path in found)


def _npm(arguments: list[str], folder: Path) -> None:
    command = [vendor.npm(), "--loglevel=error", *arguments]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if run.returncode:
        lines = [line.strip() for line in (run.stderr or run.stdout).splitlines() if line.strip()]
        raise VendorError(f"`npm {arguments[0]}` of {SOURCES} failed: {'; '.join(lines[:3]) or 'no message'}")


def _digest(paths: list[Path]) -> str:
    return hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in paths)).hexdigest()[:12]


def serve(app: Sphinx, config: Config) -> None:
    """Put the bundle among the site's static files."""
    try:
        config.html_static_path.append(str(build(Path(app.confdir) / "_build" / "vendor")))
    except VendorError as error:
        raise ExtensionError(str(error), modname=__name__) from None


def setup(app: Sphinx) -> None:
    """`publishing.sphinx.extension` calls this."""
    app.connect("config-inited", serve)
    app.connect("doctree-read", mark_cells)
    app.connect("html-page-context", add_runner)
