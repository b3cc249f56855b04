"""The notebooks on the site: each exercise page links a zip with the notebook and what belongs beside it.

The same files lie there unpacked too, for Python in the page and for the notebook with the learner's text in it.
"""

import io
import zipfile
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from grading.course import slugs
from publishing.notebooks import bundle
from publishing.notebooks import write as write_files

FOLDER = "notebooks"
EARLIEST = (1980, 1, 1, 0, 0, 0)  # one date for all, so that the same notebook is the same file


def zipped(slug: str) -> bytes:
    """A chapter's learner's folder as a zip; the same content gives the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in bundle(slug).items():
            archive.writestr(zipfile.ZipInfo(f"{slug}/{name}", EARLIEST), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def link(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object) -> None:
    """Put the link below the heading of an exercise page."""
    slug = Path(pagename).parent.name
    if pagename != f"book/{slug}/exercise" or slug not in slugs():
        return
    address = context["pathto"](f"{FOLDER}/{slug}.zip", 1)
    line = (
        f'<p class="download-notebook"><a href="{address}" download>Download this exercise as a notebook</a> '
        "(a zip: unpack it, open <code>exercise.ipynb</code> in Jupyter; it needs NumPy and Matplotlib).</p>"
    )
    context["body"] = context["body"].replace("</h1>", f"</h1>\n{line}", 1)


def write(app: Sphinx, error: Exception | None) -> None:
    """Write the zips and their files into the finished site."""
    if error is None and app.builder.format == "html":
        folder = Path(app.outdir) / FOLDER
        folder.mkdir(exist_ok=True)
        for slug in slugs():
            (folder / f"{slug}.zip").write_bytes(zipped(slug))
            write_files(bundle(slug), folder / slug)


def setup(app: Sphinx) -> None:
    """`publishing.site` calls this."""
    app.connect("html-page-context", link)
    app.connect("build-finished", write)
