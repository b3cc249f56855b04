"""Builds one exercise page alone, again and again in one process, for an author who wants to see it at once.

The site takes minutes, because its lessons run and all of its pages are finished together. Here the page is the only
one: what it links to on other pages is text, there is no search, no JupyterLite and no service worker.
"""

import sys
from pathlib import Path
from shutil import copyfile
from typing import Any

from jupyter_book.config import get_final_config
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from course.answer_keys import answer_key_at_once
from course.chapter import ROOT, Chapter
from course.notebooks import bundle
from course.notebooks import write as write_files
from publishing.assets import front_end, service_worker
from publishing.sphinx import downloads, extension, styles

#: What the page says of other pages, which are not there.
OF_OTHERS = ["ref.ref", "myst.xref_missing", "toc.not_readable", "toc.not_included"]
#: What is done to the whole site when it is built.
OF_THE_SITE = (downloads.write, extension.add_service_worker)


def build(slug: str, to: Path) -> None:
    """Build the exercise page of a chapter as a site of one page; warnings go to standard error.

    Parameters
    ----------
    slug : str
        The chapter.
    to : Path
        The site's folder. What an earlier build has left there is used.
    """
    page = f"book/{slug}/exercise"
    contents = to.with_name("toc.yml")
    contents.parent.mkdir(parents=True, exist_ok=True)
    contents.write_text(f"format: jb-book\nroot: {page}\n")
    overrides = {"external_toc_path": str(contents), "latex_individualpages": False}
    config, _ = get_final_config(user_yaml=ROOT / "_config.yml", sourcedir=ROOT, cli_config=overrides)
    # The style sheet for formulas and the typefaces of the first build stay; all others are shown whole.
    config["shorten_styles"] = not (to / "_static" / styles.FORMULAS).is_file()
    config |= {"include_patterns": [f"{page}.md"], "suppress_warnings": OF_OTHERS}
    with patch_docutils(None), docutils_namespace():
        app = Sphinx(
            srcdir=str(ROOT),
            confdir=None,
            outdir=str(to),
            doctreedir=str(to.with_name(".doctrees")),
            buildername="html",
            confoverrides=config,
            status=None,
            warning=sys.stderr,
        )
        _leave_out(app, OF_THE_SITE)
        app.build(False, [])
    cache = ROOT / "_build" / "vendor"
    worker = to / "_static" / front_end.manifest(cache)["worker.js"]
    copyfile(worker, to / service_worker.FOLDER / worker.name)


def write_companions(slug: str, to: Path) -> None:
    """Write the notebook, the check and its key to where the page loads them from."""
    write_files(bundle(slug), to / downloads.FOLDER / slug)


def write_key_at_once(slug: str, to: Path) -> None:
    """Write the check's key alone, as far as it can be had within seconds."""
    write_files({"check.json": answer_key_at_once(Chapter(slug))}, to / downloads.FOLDER / slug)


def _leave_out(app: Sphinx, handlers: tuple[Any, ...]) -> None:
    for listener in list(app.events.listeners["build-finished"]):
        if listener.handler in handlers:
            app.disconnect(listener.id)
