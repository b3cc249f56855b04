"""Makes a page of a notebook, for learners and for formgrader: what stands in it is text, and a page has a budget.

nbconvert's templates lay the page out. Whatever a learner wrote goes through `renderer.PageBudget` first. The page runs
no script of a learner's, asks nobody for a picture, and is made in some seconds, whatever the learner wrote.
"""

import base64
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from traitlets import List

from grading.gradebook.markup import PICTURES
from grading.gradebook.renderer import Html, PageBudget

TEMPLATES = Path(__file__).parent / "templates"
#: The kinds of output that are shown, the best first. The rest can hold scripts or links: SVG, JavaScript, widgets.
KINDS = ("text/html", "text/markdown", "image/png", "image/jpeg", "text/latex", "text/plain")
ENDINGS = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp"}
MAX_PICTURE = 5_000_000  # bytes of a picture that lies beside the notebook
#: nbgrader's templates write the name of a cell into the page as it stands.
_NAME = re.compile(r"[\w-]+")


class NotebookPage(HTMLExporter):
    """nbgrader's page of a notebook, whatever is in it."""

    # nbconvert's own preprocessors are of no use in these pages, and some take more than linear time on a long output.
    default_preprocessors: Any = List([])
    # With this nbconvert's templates leave scripts and widgets out, and send HTML through our filter `clean_html`.
    sanitize_html = True

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: Any = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        self._budget = PageBudget()
        language = nb.metadata.get("language_info", {})
        self._lexer = str(language.get("pygments_lexer", language.get("name", "ipython3")))
        # `HTMLExporter` itself would read the whole page once more, only to add what `_shown` and `markup` do already.
        return super(HTMLExporter, self).from_notebook_node(_shown(nb), self._init_resources(resources), **kw)

    def default_filters(self) -> Iterator[tuple[str, Any]]:
        yield from super().default_filters()
        yield "markdown2html", self.markdown2html
        yield "highlight_code", self._code
        yield "ansi2html", lambda text: self._budget.output(text)
        yield "clean_html", self._html
        yield "filter_data_type", lambda data: [kind for kind in KINDS if kind in data][:1]
        yield "strip_files_prefix", lambda text: text  # for links of 2013; it takes quadratic time

    @pass_context
    def markdown2html(self, context: Any, source: str) -> Html:
        path = context.get("resources", {}).get("metadata", {}).get("path", "")
        pictures = dict(_beside(Path(path), source)) if path else {}
        return self._budget.markdown(source, pictures | attached(context.get("cell", {})))

    def _code(self, source: str, metadata: Any = None) -> Html:
        return self._budget.code(source, self._lexer)

    def _html(self, text: Any) -> Html:
        return text if isinstance(text, Html) else self._budget.html(str(text))


def _shown(notebook: NotebookNode) -> NotebookNode:
    """A copy of a notebook that has of its metadata and outputs only what a page shows."""
    cells = [_shown_cell(NotebookNode(cell)) for cell in notebook.cells]
    return NotebookNode({**notebook, "cells": cells})


def _shown_cell(cell: NotebookNode) -> NotebookNode:
    about = cell.metadata.get("nbgrader", {})
    kept = {"nbgrader": about} if _NAME.fullmatch(str(about.get("grade_id", ""))) else {}
    cell.metadata = NotebookNode(kept)
    if cell.cell_type == "code":
        cell.execution_count = _count(cell.get("execution_count"))
        cell.outputs = [_shown_output(NotebookNode(output)) for output in cell.outputs]
    return cell


def _shown_output(output: NotebookNode) -> NotebookNode:
    if "data" in output:
        output.data = NotebookNode({kind: output.data[kind] for kind in KINDS if kind in output.data})
        output.metadata = NotebookNode({"alt": "a figure that the cell drew"})
    if "execution_count" in output:
        output.execution_count = _count(output.execution_count)
    return output


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) else None


def attached(cell: Any) -> dict[str, tuple[str, str]]:
    """The pictures in a cell, by name: type and content in base64."""
    found = {}
    for name, kinds in (cell.get("attachments") or {}).items():
        for kind in PICTURES:
            if kind in kinds:
                found[name] = (kind, "".join(str(kinds[kind]).split()))
                break
    return found


def _beside(folder: Path, source: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """The pictures beside a notebook that a text names. Links are not followed."""
    if not any(ending in source.lower() for ending in ENDINGS):
        return
    for path in sorted(folder.iterdir()):
        kind = ENDINGS.get(path.suffix.lower())
        if kind and (path.name in source or quote(path.name) in source):
            state = path.lstat()
            if stat.S_ISREG(state.st_mode) and state.st_size <= MAX_PICTURE:
                yield path.name, (kind, base64.b64encode(path.read_bytes()).decode())
