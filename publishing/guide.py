"""What the instructors' guide takes from the course itself, so that it cannot drift: a table of what is graded.

    :::{properties} transform
    :::

becomes the table of a chapter's exercises: each property in the words that a learner reads, its share of the
exercise's points, and whether the notebook's own check looks at it too.
"""

from typing import ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from grading.course import ROOT, Chapter, HiddenTest, slugs
from publishing.notebooks import notebook

HEAD = ("Exercise", "Property", "Share", "In the notebook's check")


def rows(slug: str) -> list[tuple[str, str, str, str]]:
    """The cells of the table, in the order of `HEAD`; an exercise's name stands in its first row.

    Parameters
    ----------
    slug : str
        The chapter.
    """
    chapter = Chapter(slug)
    cells = notebook(chapter.page, slug).cells
    points = {c.id.removeprefix("test_"): c.metadata.nbgrader.points for c in cells if c.id.startswith("test_")}
    found = []
    for name in chapter.exercises:
        tests = chapter.hidden_tests(name)
        total = sum(test.weight for test in tests)
        first = f"{name}, {points[name]:g} points, {len(chapter.misconceptions(name))} known mistakes"
        for test in tests:
            found.append((first, _words(test), f"{test.weight / total:.0%}", "no" if test.private else "yes"))
            first = ""
    return found


def _words(test: HiddenTest) -> str:
    return test.label if test.after is None else f"{test.label} (counts only with: {test.after.replace('_', ' ')})"


class Properties(SphinxDirective):
    """The table of what is graded in a chapter."""

    required_arguments: ClassVar[int] = 1

    def run(self) -> list[nodes.Node]:
        slug = self.arguments[0]
        if slug not in slugs():
            raise self.error(f"properties: there is no chapter {slug!r}; there are {', '.join(slugs())}")
        for folder in ("tests/hidden", "tests/misconceptions"):
            self.env.note_dependency(str(ROOT / folder / f"{slug}.py"))
        group = nodes.tgroup("", *(nodes.colspec(colwidth=width) for width in (24, 50, 8, 12)), cols=len(HEAD))
        group += nodes.thead("", self._row(HEAD))
        group += nodes.tbody("", *(self._row(row) for row in rows(slug)))
        return [nodes.table("", group, classes=["properties"])]

    @staticmethod
    def _row(cells: tuple[str, ...]) -> nodes.row:
        made = nodes.row()
        for text in cells:
            made += nodes.entry("", nodes.paragraph("", text))
        return made


def setup(app: Sphinx) -> None:
    """Make it known to Sphinx."""
    app.add_directive("properties", Properties)
