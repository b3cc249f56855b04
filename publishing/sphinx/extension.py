"""The entry point of our Sphinx extension, which `_config.yml` names as `publishing.sphinx.extension`.

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

from publishing.assets import front_end, icons, lite, pyodide, service_worker, vendor
from publishing.sphinx import (
    activities,
    directives,
    downloads,
    exercise_cells,
    exhibits,
    formulas,
    graded_tables,
    lessons,
    page_frame,
    pictures,
    results,
    start_page,
    styles,
    terms,
)


def serve_own_libraries(app: Sphinx, config: Config) -> None:
    """Put our scripts, Vega and, unless `pyodide_source` is `cdn`, Pyodide among the site's static files."""
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


#: What the code of lessons imports. Cached outputs are void when one of these files changes.
RUN_WITH = ("book/lab.py", "requirements.txt")


def run_again_where_the_tools_changed(app: Sphinx, config: Config) -> None:
    """Empty the execution cache if `lab.py` or a package has changed: the cache ignores imported modules."""
    cache = Path(app.confdir) / "_build" / ".jupyter_cache"
    mark = cache.with_name(".jupyter_cache.of")
    now = hashlib.sha256(b"".join((Path(app.confdir) / name).read_bytes() for name in RUN_WITH)).hexdigest()
    if mark.is_file() and mark.read_text() == now:
        return
    shutil.rmtree(cache, ignore_errors=True)
    (Path(app.doctreedir) / "environment.pickle").unlink(missing_ok=True)  # Sphinx reads, and runs, every page again
    cache.parent.mkdir(exist_ok=True)
    mark.write_text(now)


def remove_earlier_files(app: Sphinx, error: Exception | None) -> None:
    """Sphinx copies static files and deletes none: what an earlier build named for other contents goes."""
    if error is not None or app.builder.format != "html":
        return
    cache = Path(app.confdir) / "_build" / "vendor"
    built = [front_end.ensure_cached(cache) / front_end.FOLDER]
    if app.config.pyodide_source == "site":
        built.append(pyodide.ensure_cached(cache, pyodide.PACKAGES + lite.PACKAGES))
    for folder in built:
        for path in (Path(app.outdir) / "_static" / folder.name).glob("*"):
            if not (folder / path.name).is_file():
                path.unlink()


def add_service_worker(app: Sphinx, error: Exception | None) -> None:
    """Last of all, the service worker, which knows the digest of every file."""
    if error is None and app.builder.format == "html":
        service_worker.put(Path(app.outdir))


#: By script, the markup that a page needs it for.
WHERE_USED = {
    "begin.js": 'id="begin"',
    "copy.js": 'class="highlight"',
    "exhibits.js": 'class="hint guilty-line"',
    "formulas.js": 'class="math ',
    "moving.js": 'class="moving"',
    "pictures.js": 'class="picture"',
    "progress.js": 'id="progress"',
    "terms.js": "<template>",
    "video.js": '<a class="video"',
}


def load_scripts_where_used(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Load the scripts for formulas, moving figures, videos, terms and progress only in pages with such a thing."""
    front = front_end.manifest(Path(app.confdir) / "_build" / "vendor")
    used = [script for script, mark in WHERE_USED.items() if mark in context.get("body", "")]
    if pagename == "search":
        used.append("search.js")
    for script in used:
        app.add_js_file(front[script], priority=900, defer="defer")  # after course.js


#: Markup of Sphinx and the theme that is a barrier to people with a screen reader, and what replaces it.
ACCESSIBILITY_PATCHES = {
    # Screen readers would read this label instead of the summary, which says what is folded.
    ' aria-label="Toggle hidden content"': "",
    # A list holds list items; this role is deprecated.
    'role="doc-biblioentry"': 'role="listitem"',
    # An empty cell is no heading of a column.
    '<th class="head"><p></p></th>': '<td class="head"></td>',
    '<th scope="col"></th>': "<td></td>",
}
#: A citation's title, which is shown and read out, ends with an address that nobody can follow there.
ADDRESS_IN_TITLE = re.compile(r'(?P<title>title="[^"]*\.) URL: https?://[^" ]*"')
MATHEMATICAL_HEAD = re.compile(
    r'(?P<cell><th (?:class="head|scope=")[^>]*>(?:<p>)?<span class="math[^>]*>\\\((?P<tex>[^<]*)\\\)</span>)'
    r"(?P<end>(?:</p>)?</th>)"
)
#: A formula in running text, with the brackets and stops that touch it: a line must not break between them.
INLINE_MATHEMATICS = re.compile(
    r'(?P<before>[(\[“‘]*)(?P<formula><span class="math[^>]*>\\\([^<]*\\\)</span>)(?P<after>[.,;:?!)\]”’…]*)'
)
#: What is no running text: code, scripts, and tags with their attributes.
NO_TEXT = re.compile(r"(<(pre|code|script|style|template)\b.*?</\2>|<[^>]*>)", re.DOTALL)
#: The space before a percent sign and around ±, where no line may break.
WITHIN_A_NUMBER = re.compile(r"(?<=\d) (?=[%±])|(?<=±) (?=\d)")


def patch_accessibility(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Patch the page's body; `course.js` patches what the theme writes around the body."""
    body = context.get("body", "")
    for markup, better in ACCESSIBILITY_PATCHES.items():
        body = body.replace(markup, better)
    body = re.sub(ADDRESS_IN_TITLE, r'\g<title>"', body)
    body = re.sub(INLINE_MATHEMATICS, _unbroken, body)
    body = _numbers_unbroken(body)
    context["body"] = re.sub(MATHEMATICAL_HEAD, _with_name, body)


def _unbroken(found: re.Match[str]) -> str:
    """A formula that stays on one line with its punctuation, and `(m,)` without TeX's space after the comma."""
    formula = found["formula"].replace(",)", "{,})")
    if found["before"] or found["after"]:
        return f'<span class="unbroken">{found["before"]}{formula}{found["after"]}</span>'
    return formula


def _numbers_unbroken(body: str) -> str:
    """Numbers that stay on one line with their percent sign, and a mean with its spread."""
    made, end = [], 0
    for other in NO_TEXT.finditer(body):
        made += [WITHIN_A_NUMBER.sub("\u00a0", body[end : other.start()]), other[0]]
        end = other.end()
    return "".join([*made, WITHIN_A_NUMBER.sub("\u00a0", body[end:])])


def _with_name(head: re.Match[str]) -> str:
    """A table heading with its mathematics also in words: browsers leave mathematics out of accessible names."""
    words = escape(directives.spoken(unescape(head["tex"])))
    return f'{head["cell"]}<span class="visually-hidden">{words}</span>{head["end"]}'


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything; Sphinx calls this."""
    directives.setup(app)
    activities.setup(app)
    downloads.setup(app)
    graded_tables.setup(app)
    exercise_cells.setup(app)
    exhibits.setup(app)
    page_frame.setup(app)
    pictures.setup(app)
    results.setup(app)
    start_page.setup(app)
    terms.setup(app)
    formulas.setup(app)
    styles.setup(app)
    lessons.round_alike()
    app.connect("env-before-read-docs", lessons.run_ahead)
    # Jupyter Book sets this for sphinx_comments, which `_config.yml` leaves out.
    app.add_config_value("comments_config", {}, "html")
    app.add_config_value("pyodide_source", "site", "html", ENUM("site", "cdn"))
    app.connect("config-inited", serve_own_libraries)
    app.connect("config-inited", run_again_where_the_tools_changed)
    app.connect("html-page-context", load_scripts_where_used)
    app.connect("build-finished", remove_earlier_files)
    app.connect("build-finished", add_service_worker, priority=950)  # after styles.py
    app.connect("html-page-context", patch_accessibility)
    # A new `env_version` makes Sphinx read every page again: raise it when the data kept of a page change.
    return {"version": "1", "env_version": 7, "parallel_read_safe": True, "parallel_write_safe": True}
