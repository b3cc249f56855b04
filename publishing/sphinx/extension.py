"""Our one Sphinx extension, named `publishing.sphinx.extension` in `_config.yml`.

It gives lessons their directives (`publishing.sphinx.directives` tells an author how to write them), and the site its
scripts and styles (`publishing.assets.front_end`) and its own copy of the libraries that run in the browser
(`publishing.assets.vendor`).
"""

import hashlib
import re
import shutil
from html import escape, unescape
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import ENUM, Config
from sphinx.errors import ExtensionError

from publishing.assets import front_end, icons, lite, pyodide, vendor
from publishing.sphinx import (
    activities,
    directives,
    downloads,
    exercise_cells,
    graded_tables,
    lessons,
    page_frame,
    terms,
)


def serve_own_libraries(app: Sphinx, config: Config) -> None:
    """Put our scripts, MathJax, Vega and, unless `pyodide_source` is `cdn`, Pyodide among the site's static files."""
    cache = Path(app.confdir) / "_build" / "vendor"
    try:
        folders = [front_end.ensure_cached(cache), vendor.ensure_cached(cache), icons.ensure_cached(cache)]
        if config.pyodide_source == "site":
            folders.append(pyodide.ensure_cached(cache, pyodide.PACKAGES + lite.PACKAGES).parent)
    except vendor.VendorError as error:
        raise ExtensionError(str(error), modname=__name__) from None
    config.html_static_path += map(str, folders)
    app.add_css_file(icons.STYLE)
    front = front_end.manifest(cache)
    app.add_css_file(front["course.css"], priority=800)  # after the theme's and the extensions' own
    app.add_js_file(front["course.js"], priority=800, defer="defer")  # after contents.js


#: What the lessons' code runs with: where it changes, what is kept of their runs is of no use.
RUN_WITH = ("book/lab.py", "requirements.txt")


def run_again_where_the_tools_changed(app: Sphinx, config: Config) -> None:
    """Forget the runs that were made with another `lab.py` or other packages; a cache knows a page's text alone."""
    cache = Path(app.confdir) / "_build" / ".jupyter_cache"
    mark = cache.with_name(".jupyter_cache.of")
    now = hashlib.sha256(b"".join((Path(app.confdir) / name).read_bytes() for name in RUN_WITH)).hexdigest()
    if mark.is_file() and mark.read_text() == now:
        return
    shutil.rmtree(cache, ignore_errors=True)
    (Path(app.doctreedir) / "environment.pickle").unlink(missing_ok=True)  # Sphinx reads, and runs, every page again
    cache.parent.mkdir(exist_ok=True)
    mark.write_text(now)


#: What stands in a page that needs the script.
WHERE_USED = {
    "moving.js": 'class="moving"',
    "progress.js": 'id="progress"',
    "terms.js": "<template>",
    "video.js": '<a class="video"',
}


def load_scripts_where_used(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Only a page with a figure that moves, a video, a term, or the reader's progress loads the script for it."""
    front = front_end.manifest(Path(app.confdir) / "_build" / "vendor")
    for script, mark in WHERE_USED.items():
        if mark in context.get("body", ""):
            app.add_js_file(front[script], priority=900, defer="defer")  # after course.js


#: What Sphinx and the theme write that people with a screen reader stumble over: a pattern and what it becomes.
ACCESSIBILITY_PATCHES = {
    # The label would hide the text of the summary, which says what is folded.
    ' aria-label="Toggle hidden content"': "",
    # A list holds list items; this role is deprecated.
    'role="doc-biblioentry"': 'role="listitem"',
    # An empty cell heads nothing.
    '<th class="head"><p></p></th>': '<td class="head"></td>',
}
MATHEMATICAL_HEAD = re.compile(
    r'(?P<cell><th class="head[^>]*><p><span class="math[^>]*>\\\((?P<tex>[^<]*)\\\)</span>)</p></th>'
)
#: A formula in running text, with the brackets and stops that touch it: a line must not break between them.
INLINE_MATHEMATICS = re.compile(
    r'(?P<before>[(\[“‘]*)(?P<formula><span class="math[^>]*>\\\([^<]*\\\)</span>)(?P<after>[.,;:?!)\]”’…]*)'
)


def patch_accessibility(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Mend the page's body; what the theme writes around it, `course.js` mends."""
    body = context.get("body", "")
    for written, better in ACCESSIBILITY_PATCHES.items():
        body = body.replace(written, better)
    body = re.sub(INLINE_MATHEMATICS, _whole, body)
    context["body"] = re.sub(MATHEMATICAL_HEAD, _named, body)


def _whole(found: re.Match[str]) -> str:
    """A formula with what touches it; and `(m,)` without the space that TeX sets after a comma."""
    formula = found["formula"].replace(",)", "{,})")
    if found["before"] or found["after"]:
        return f'<span class="unbroken">{found["before"]}{formula}{found["after"]}</span>'
    return formula


def _named(head: re.Match[str]) -> str:
    """Browsers leave mathematics out of a name: a table's head of mathematics alone would have none."""
    words = escape(directives.spoken(unescape(head["tex"])))
    return f'{head["cell"]}<span class="visually-hidden">{words}</span></p></th>'


def setup(app: Sphinx) -> dict[str, Any]:
    """Sphinx calls this."""
    directives.setup(app)
    activities.setup(app)
    downloads.setup(app)
    graded_tables.setup(app)
    exercise_cells.setup(app)
    page_frame.setup(app)
    terms.setup(app)
    app.connect("env-before-read-docs", lessons.run_ahead)
    # Jupyter Book sets this for sphinx_comments, which `_config.yml` leaves out.
    app.add_config_value("comments_config", {}, "html")
    app.add_config_value("pyodide_source", "site", "html", ENUM("site", "cdn"))
    app.connect("config-inited", serve_own_libraries)
    app.connect("config-inited", run_again_where_the_tools_changed)
    app.connect("html-page-context", load_scripts_where_used)
    app.connect("html-page-context", patch_accessibility)
    # Another number makes Sphinx read every page anew: raise it when what is kept of a page changes.
    return {"version": "1", "env_version": 5, "parallel_read_safe": True, "parallel_write_safe": True}
