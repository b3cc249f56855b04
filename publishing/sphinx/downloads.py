"""The notebooks on the site: each exercise page links its notebook as a zip and in JupyterLite.

The site has the same files unpacked too: Python in the page reads the companion files there, and "Download my notebook"
puts the learner's text into the notebook.
"""

import io
import zipfile
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from course.chapter import slugs
from course.errors import VendorError
from course.notebooks import bundle
from course.notebooks import write as write_files
from publishing.assets import lite

FOLDER = "notebooks"
EARLIEST = (1980, 1, 1, 0, 0, 0)  # one date for all files, so that the same content gives the same zip


def zipped(slug: str) -> bytes:
    """A chapter's learner's folder as a zip; the same content gives the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in bundle(slug).items():
            archive.writestr(zipfile.ZipInfo(f"{slug}/{name}", EARLIEST), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def link(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object) -> None:
    """Put the links below the heading of an exercise page."""
    slug = Path(pagename).parent.name
    if pagename != f"book/{slug}/exercise" or slug not in slugs():
        return
    download = context["pathto"](f"{FOLDER}/{slug}.zip", 1)
    notebook = context["pathto"](lite.address(slug), 1)
    line = (
        f'<p class="download-notebook"><a href="{notebook}">Open this exercise as a full notebook</a> in your browser '
        "(it loads 40 MB the first time and keeps what you save in this browser only), or "
        f'<a href="{download}" download>download it as a notebook</a> '
        "(a zip: unpack it, open <code>exercise.ipynb</code> in Jupyter; it needs NumPy and Matplotlib).</p>"
    )
    context["body"] = context["body"].replace("</h1>", f"</h1>\n{line}", 1)


def write(app: Sphinx, error: Exception | None) -> None:
    """Write the zips, their files and JupyterLite into the finished site."""
    if error is None and app.builder.format == "html":
        try:
            built = lite.ensure_cached(Path(app.confdir) / "_build" / "vendor", slugs(), app.config.pyodide_source)
        except VendorError as problem:
            raise ExtensionError(str(problem), modname=__name__) from None
        lite.put(built, Path(app.outdir))
        folder = Path(app.outdir) / FOLDER
        folder.mkdir(exist_ok=True)
        for slug in slugs():
            (folder / f"{slug}.zip").write_bytes(zipped(slug))
            write_files(bundle(slug), folder / slug)


def setup(app: Sphinx) -> None:
    """`publishing.sphinx.extension` calls this."""
    app.connect("html-page-context", link)
    app.connect("build-finished", write)
