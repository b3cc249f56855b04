"""Makes a learner's feedback page: nbgrader's, as one file that needs no network and runs no script.

nbconvert's template would load MathJax from a CDN. Here formulas are MathML, which today's browsers show by themselves.
"""

import re
from typing import Any

from nbformat import NotebookNode
from nbgrader.converters import GenerateFeedback
from nbgrader.converters.base import NbGraderException

from course.chapter import slugs
from course.errors import CourseError
from course.freshness import cached_until_changed
from course.notebooks import released
from grading.gradebook.mathml import strictly
from grading.gradebook.pages import NotebookPage
from grading.handin.submission import OURS

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


class FeedbackPage(NotebookPage):
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


class PagesOfAClass(GenerateFeedback):
    """nbgrader's `generate_feedback` for a whole class, which keeps for whom no page could be made.

    Attributes
    ----------
    failed : dict of str to str
        By student the reason, in one line. All others have their pages.
    """

    def __init__(self, **kw: Any):
        super().__init__(**kw)
        self.failed: dict[str, str] = {}

    def convert_single_notebook(self, notebook_filename: str) -> None:
        """Make a page, and keep why that fails. nbgrader logs the error, and goes on with the next student."""
        try:
            super().convert_single_notebook(notebook_filename)
        except Exception as error:
            student = self.init_single_notebook_resources(notebook_filename)["nbgrader"]["student"]
            reason = str(error).strip().partition("\n")[0]
            self.failed[student] = reason if isinstance(error, CourseError) else f"{type(error).__name__}: {reason}"
            raise

    def start(self) -> None:
        """Make the pages; raises nbgrader's exception only where that was not for one student's page."""
        try:
            super().start()
        except NbGraderException:
            if not self.failed:
                raise
