"""What an exercise page tells the script that runs its cells in the browser.

Each code cell of an exercise page is wrapped in an element that says which cell of the notebook it is
(`data-cell`), its kind (`data-kind`), and for which function it is. The script, in `publishing/browser/exercise/`,
turns the cells into editors and starts Python when somebody begins to write. Without JavaScript the page shows them as
text.
"""

import hashlib
import re
from functools import cache as once
from pathlib import Path
from typing import Any

from docutils import nodes
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from course.chapter import Chapter, slugs
from course.errors import VendorError
from course.notebooks import CHECK, bundle, notebook
from publishing.assets import front_end, lite, pyodide, service_worker
from publishing.sphinx.directives import element
from publishing.sphinx.downloads import FOLDER

PASTE = re.compile(r"# Paste your (\w+) of the chapter `(\w+)`")
WITHOUT_EDITOR = ("setup", "check")  # kinds of cells that the script does not let a learner change
LOADED = ("numpy",)  # with Python; other packages are loaded when a cell imports them
#: What a cell shows as HTML stands in a frame (`exercise/frame.js`). It can go nowhere: only `srcdoc` fills a frame.
NO_FRAMES = """<meta http-equiv="Content-Security-Policy" content="frame-src 'none'; object-src 'none'">\n"""


# ---------------------------------------------------------------- the page tells which cell is which


def describe(cell: NotebookNode) -> dict[str, str]:
    """A cell's HTML attributes for the script: its id in the notebook, its kind, and its function if it has one.

    The kinds: `setup` is run before any other cell; a `solution` is a stub to fill in; a `check` calls
    `check(...)` for a function; a `paste` is for a function of another chapter; a `written` question is answered in
    words; every other cell is to `explore`.

    `data-starter` is a digest of the cell's text: what a learner wrote for another text was written for an earlier
    version of the cell.
    """
    graded = cell.metadata.get("nbgrader", {})
    common = {
        "data-cell": cell.id,
        "data-starter": digest(cell.source),
        "class": "runnable",
        "id": f"cell-{cell.id}",
    }
    if cell.cell_type != "code":
        return {**common, "data-kind": "written"}
    if paste := PASTE.match(cell.source):
        return {**common, "data-kind": "paste", "data-function": paste[1], "data-from": paste[2]}
    if graded.get("solution"):
        return {**common, "data-kind": "solution", "data-function": cell.id}
    if graded.get("grade") and (tested := CHECK.search(cell.source)):
        return {**common, "data-kind": "check", "data-function": tested[1]}
    if "setup" in cell.metadata.get("tags", []):
        return {**common, "data-kind": "setup"}
    return {**common, "data-kind": "explore"}


def digest(source: str) -> str:
    """The first 12 hex digits of the SHA-256 of a cell's text."""
    return hashlib.sha256(source.encode()).hexdigest()[:12]


def described(cells: list[NotebookNode]) -> list[tuple[NotebookNode, dict[str, str]]]:
    """The cells of a notebook that the script deals with, each with its attributes.

    `data-key` names what a learner writes there. Cells to explore are counted: their id follows from their text, so
    a corrected cell has another one.
    """
    found, explored = [], 0
    for cell in cells:
        if cell.cell_type != "code" and "nbgrader" not in cell.metadata:
            continue
        attributes = describe(cell)
        explored += attributes["data-kind"] == "explore"
        key = f"explore-{explored}" if attributes["data-kind"] == "explore" else cell.id
        found.append((cell, {**attributes, "data-key": key}))
    return found


def kept_keys(slug: str) -> list[str]:
    """What the browser's store calls the texts of an exercise page.

    Cells to explore have an earlier name too. Each exercise has a scratch cell, which `scratch.js` adds to the page.
    """
    keys = []
    for cell, attributes in described(notebook(Chapter(slug).page, slug).cells):
        if attributes["data-kind"] == "written":
            keys.append(f"text:{slug}:{cell.id}")
        elif attributes["data-kind"] not in WITHOUT_EDITOR:
            keys += [f"code:{slug}:{name}" for name in dict.fromkeys((attributes["data-key"], cell.id))]
        if attributes["data-kind"] == "check":
            keys.append(f"code:{slug}:scratch-{attributes['data-function']}")
    return keys


def mark_cells(app: Sphinx, doctree: nodes.document) -> None:
    """Wrap each cell of an exercise page in an element with the attributes of `describe`."""
    slug = _slug(app.env.docname)
    if not slug:
        return
    cells = notebook(Chapter(slug).page, slug).cells
    code = [node for node in doctree.findall(nodes.container) if node.get("nb_element") == "cell_code"]
    wanted = [cell for cell in cells if cell.cell_type == "code"]
    shown = [node.next_node(nodes.literal_block).astext().strip("\n") for node in code]
    if shown != [cell.source for cell in wanted]:
        raise ExtensionError(f"book/{slug}/exercise.md: the page's code cells are not the notebook's", modname=__name__)
    places = dict(zip((cell.id for cell in wanted), code, strict=True))
    for cell, attributes in described(cells):
        node = places.get(cell.id) or _paragraph(doctree, cell.source.strip("*"), slug)
        wrapper = element("", **attributes)
        node.replace_self(wrapper)
        wrapper += node


def _paragraph(doctree: nodes.document, text: str, slug: str) -> nodes.paragraph:
    """The paragraph with this text, which is the place for a written answer."""
    found = [node for node in doctree.findall(nodes.paragraph) if node.astext() == text]
    if len(found) != 1:
        raise ExtensionError(f"book/{slug}/exercise.md: {text!r} should be one paragraph of the page", modname=__name__)
    return found[0]


def _slug(page: str) -> str | None:
    slug = Path(page).parent.name
    return slug if page == f"book/{slug}/exercise" and slug in slugs() else None


def add_runner(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object) -> None:
    """Put below the heading of an exercise page what the script needs, and how many bytes a click will load."""
    slug = _slug(pagename)
    if not slug or app.builder.format != "html":
        return
    cache = Path(app.confdir) / "_build" / "vendor"
    front = front_end.manifest(cache)
    app.add_css_file(front["runner.css"])
    app.add_js_file(front["page.js"], defer="defer")
    companions = {name: len(content) for name, content in bundle(slug).items() if name != "exercise.ipynb"}
    sizes = _download_sizes(cache, app.config.pyodide_source)
    first, plot = (sizes[0] + sum(companions.values()), sizes[1]) if sizes else (0, 0)
    own = app.config.pyodide_source == "site"
    pathto = context["pathto"]
    data = {
        "slug": slug,
        "worker": pathto(f"{service_worker.FOLDER}/{Path(front['worker.js']).name}", 1),
        "editor": pathto(f"_static/{front['editor.js']}", 1),
        "service": pathto(service_worker.SCRIPT, 1),
        "release": "",  # written when the site is finished
        "pyodide": pathto("_static/pyodide/", 1) if own else pyodide.CDN,
        "packages": " ".join(LOADED),
        "folder": pathto(f"{FOLDER}/{slug}/", 1),
        "files": " ".join(companions),
        "bytes": str(first),  # 0 if unknown
        "exercises": pathto("book/", 1),
    }
    attributes = "".join(f' data-{name}="{value}"' for name, value in data.items())
    amount = f"{_megabytes(first)}, once; the first plot {_megabytes(plot)} more" if sizes else "once"
    source = "" if own else f" from {pyodide.CDN.split('/')[2]}"
    note = (
        "<p>The cells of this page run right here; there is nothing to install. When you begin to write, Python and "
        f"NumPy are loaded into your browser{source} ({amount}). A later visit finds them in its cache. "
        "<b>Check my answer</b> below your code runs it and shows which properties it has. "
        "What you write is kept in this browser.</p>"
        '<p class="runner-keys">By keyboard: <kbd>Shift</kbd>+<kbd>Enter</kbd> runs a cell and goes to the next one; '
        "in an editor <kbd>Tab</kbd> indents, and <kbd>Esc</kbd>, then <kbd>Tab</kbd> leaves it. "
        "<kbd>?</kbd> lists all keys.</p>"
    )
    without = (
        "<noscript><style>.runner-live { display: none; }</style>"
        "<p>With JavaScript switched on, the cells of this page run right here. "
        "Without it, take the notebook.</p></noscript>"
    )
    bar = f'<div class="runner"{attributes}><div class="runner-live pst-js-only">{note}</div>{without}</div>'
    context["body"] = context["body"].replace("</h1>", f"</h1>\n{bar}", 1)
    context["metatags"] = context.get("metatags", "") + NO_FRAMES


@once
def _download_sizes(folder: Path, source: str) -> tuple[int, int] | None:
    """The bytes of the first start and of the first plot; None if only the CDN has the files."""
    try:
        # The same packages as `publishing.sphinx.extension` serves.
        files = pyodide.ensure_cached(folder, pyodide.PACKAGES + lite.PACKAGES)
    except VendorError:
        if source == "site":
            raise
        return None
    core, first = pyodide.sizes(files, LOADED)
    return core + first, pyodide.sizes(files, pyodide.PACKAGES)[1] - first


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB"


def setup(app: Sphinx) -> None:
    """`publishing.sphinx.extension` calls this."""
    app.connect("doctree-read", mark_cells)
    app.connect("html-page-context", add_runner)
