"""Makes a learner's feedback page: nbgrader's, as one file that needs no network and runs no script.

nbconvert's template would load MathJax from a CDN. Here formulas are MathML, which today's browsers show by themselves.
"""

import re
from pathlib import Path
from typing import Any

from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import MarkdownWithMath
from nbformat import NotebookNode

from course.chapter import slugs
from course.freshness import cached_until_changed
from course.notebooks import released
from grading.gradebook.mathml import FormulaRenderer, strictly
from grading.handin.submission import OURS

TEMPLATES = Path(__file__).parent / "templates"

#: The part of Bootstrap's style sheet that names its font of icons. A single page can't load that font, so it is cut.
_ICONS = re.compile(r"@font-face\{font-family:'Glyphicons Halflings'[^}]*\}")


@cached_until_changed
def _check_released(slug: str) -> None:
    """Raise where the notebook of a chapter, as it is released, has a formula that can't be shown."""
    for cell in released(slug).cells:
        if cell.cell_type == "markdown":
            strictly(cell.source)


def _with_notes(nb: NotebookNode) -> NotebookNode:
    """The notebook with what was irregular about the hand-in on top, as text: the learner is to know that too."""
    notes = nb.metadata.get(OURS, {}).get("notes", [])
    if not notes:
        return nb
    # Notes have no line breaks, so none can end the block.
    text = "\n".join(["About the file that you handed in:", "", "~~~text", *notes, "~~~"])
    cell = NotebookNode(cell_type="markdown", id="notes-on-the-hand-in", metadata=NotebookNode(), source=text)
    return NotebookNode({**nb, "cells": [cell, *nb.cells]})


class FeedbackPage(HTMLExporter):
    """nbgrader's feedback page, made with the template `templates/learner` that `configuration.configure` chooses.

    Raises
    ------
    CourseError
        The course's own text has a formula that can't be shown.
    """

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: Any = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        slug = (resources or {}).get("nbgrader", {}).get("assignment")
        if slug in slugs():
            _check_released(slug)
            nb = _with_notes(nb)
        page, resources = super().from_notebook_node(nb, resources=resources, **kw)
        return _ICONS.sub("", page, count=1), resources

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        cell = context.get("cell", {})
        renderer = FormulaRenderer(
            escape=False,
            attachments=cell.get("attachments", {}),
            embed_images=self.embed_images,
            path="",
            anchor_link_text=self.anchor_link_text,
            exclude_anchor_links=self.exclude_anchor_links,
            **self.lexer_options,
        )
        return MarkdownWithMath(renderer=renderer).render(source)
