"""Makes a learner's feedback page: nbgrader's, as one file that needs no network and runs no script.

nbconvert's template would load MathJax from a CDN. Here formulas are MathML, which today's browsers show by themselves.
"""

import re
import textwrap
from html import escape
from typing import Any

from nbformat import NotebookNode
from nbgrader.converters import GenerateFeedback
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import GetGrades as Stock
from nbgrader.preprocessors import NbGraderPreprocessor

from course.chapter import slugs
from course.errors import CourseError
from course.freshness import cached_until_changed
from course.notebooks import released
from grading.gradebook.card import card
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


@cached_until_changed
def _released_texts(slug: str) -> dict[str, str]:
    """By the id of each cell with text of a chapter's notebook its first words, as text in HTML."""
    found = {}
    for cell in released(slug).cells:
        if cell.cell_type == "markdown":
            first = next((line for line in cell.source.splitlines() if re.search(r"\w", line)), "Text")
            found[cell.id] = escape(textwrap.shorten(re.sub(r"[#*`$\\]", "", first).strip(), 70, placeholder=" …"))
    return found


def _with_notes(nb: NotebookNode) -> NotebookNode:
    """The notebook with what was irregular about the hand-in on top, as text: the learner is to know that too."""
    notes = nb.metadata.get(OURS, {}).get("notes", [])
    if not notes:
        return nb
    # Notes have no line breaks, so none can end the block.
    text = "\n".join(["About the file that you handed in:", "", "~~~text", *notes, "~~~"])
    cell = NotebookNode(cell_type="markdown", id="notes-on-the-hand-in", metadata=NotebookNode(), source=text)
    return NotebookNode({**nb, "cells": [cell, *nb.cells]})


class GetGrades(Stock):
    """nbgrader's, which also writes into a cell whether its answer waits for a person.

    It has nbgrader's name, so that a section of the configuration holds for both.
    """

    def _get_score(self, cell: NotebookNode, resources: Any) -> None:
        super()._get_score(cell, resources)
        grade = self.gradebook.find_grade(
            cell.metadata.nbgrader.grade_id, self.notebook_id, self.assignment_id, self.student_id
        )
        cell.metadata.nbgrader.waits = bool(grade.needs_manual_grade) and grade.manual_score is None


class AddCard(NbGraderPreprocessor):
    """Makes the card of a page of ours, for its template, when the grades are in the notebook."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        about = resources["nbgrader"]
        if about["assignment"] in slugs():
            resources["card"] = card(nb, about)
            resources["released"] = _released_texts(about["assignment"])
        return nb, resources


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
