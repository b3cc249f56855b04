"""Tables of what is graded, for the instructors' guide; they are made from the hidden tests, so they stay true.

    :::{properties} transform
    :::

becomes a table for each exercise of the chapter: its properties in the words that a learner reads, each with its
weight. Properties that the notebook's own check leaves out are marked.
"""

import re
from collections.abc import Iterator
from typing import ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from course.chapter import ROOT, Chapter, HiddenTest, slugs
from course.notebooks import notebook


def tables(slug: str) -> Iterator[tuple[nodes.paragraph, nodes.table]]:
    """The tables of a chapter.

    Parameters
    ----------
    slug : str
        The chapter.

    Yields
    ------
    docutils.nodes.paragraph, docutils.nodes.table
        For each exercise: its name and points, and a table with a row for each property.
    """
    chapter = Chapter(slug)
    cells = notebook(chapter.page, slug).cells
    points = {c.id.removeprefix("test_"): c.metadata.nbgrader.points for c in cells if c.id.startswith("test_")}
    for name in chapter.exercises:
        tests = chapter.hidden_tests(name)
        total = sum(test.weight for test in tests)
        group = nodes.tgroup("", nodes.colspec(colwidth=84), nodes.colspec(colwidth=16), cols=2)
        group += nodes.thead("", _row("Property", "Weight"))
        group += nodes.tbody("", *(_row(_words(test), f"{test.weight:g} of {total:g}") for test in tests))
        known = len(chapter.misconceptions(name))
        title = nodes.strong("", "", *_inline(f"`{name}`: {points[name]:g} points, {known} known mistakes"))
        yield nodes.paragraph("", "", title), nodes.table("", group, classes=["colwidths-auto", "properties"])


def _words(test: HiddenTest) -> str:
    after = f" (counts only with: {', '.join(test.after).replace('_', ' ')})" if test.after else ""
    private = " (not in the notebook's check)" if test.private else ""
    return test.label + after + private


def _row(*cells: str) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *_inline(cell))) for cell in cells))


def _inline(text: str) -> list[nodes.Node]:
    """A text as nodes; what is between backticks becomes code."""
    parts = re.split(r"`(.+?)`", text)
    return [nodes.literal("", part) if k % 2 else nodes.Text(part) for k, part in enumerate(parts) if part]


class Properties(SphinxDirective):
    """The tables of what is graded in a chapter."""

    required_arguments: ClassVar[int] = 1

    def run(self) -> list[nodes.Node]:
        slug = self.arguments[0]
        if slug not in slugs():
            raise self.error(f"properties: there is no chapter {slug!r}; there are {', '.join(slugs())}")
        read = (ROOT / folder / f"{slug}.py" for folder in ("tests/hidden", "tests/misconceptions"))
        for path in (*read, __file__):
            self.env.note_dependency(str(path))
        return [node for pair in tables(slug) for node in pair]


def setup(app: Sphinx) -> None:
    """Register the directive; Sphinx's extension calls this."""
    app.add_directive("properties", Properties)
