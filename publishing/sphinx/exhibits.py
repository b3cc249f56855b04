"""The directives of the museum of bugs: the line to find, and what is shown only once the reader asks for it.

Where the mistake is, in the code cell directly above. Readers click the line that they suspect; without JavaScript the
explanation is folded. The argument has the numbers of the guilty lines, counted from 1::

    :::{guilty-line} 2 3
    The mean and the variance depend on `x`.
    :::

A step that is folded, from here to the next step or to the end of the section::

    :::{folded-step} The test that shows it
    :::

For the author of scripts: `details.guilty-line[data-lines="2 3"]` stands directly after its cell; a step is
`details.step`.
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from publishing.sphinx.directives import CourseDirective, element, elements

logger = logging.getLogger(__name__)


class GuiltyLine(CourseDirective):
    """The explanation of a mistake in the code above, with the numbers of the lines that hold it."""

    def run(self) -> list[nodes.Node]:
        lines = self.arguments[0].split()
        if not all(line.isdecimal() for line in lines):
            raise self.error(f"guilty-line: expected numbers of lines, got {self.arguments[0]!r}")
        summary = element("", nodes.Text("Where is the mistake?"), tag="summary")
        html = {"class": "hint guilty-line", "data-lines": " ".join(lines)}
        return [element("", summary, *self.parsed(), tag="details", **html)]


class Step(CourseDirective):
    """A part of a section that stays folded until the reader asks for it."""

    has_content = False

    def run(self) -> list[nodes.Node]:
        summary = self.inline(self.arguments[0], "summary")
        return [element("", summary, tag="details", **{"class": "hint step"})]


def fold_steps(app: Sphinx, doctree: nodes.document) -> None:
    """Move what follows a step into it, and hold that each guilty line is one of the cell above."""
    steps = elements(doctree, "details", "step")
    for step in steps:
        parent = step.parent
        following = parent.children[parent.index(step) + 1 :]
        for node in following:
            if isinstance(node, (nodes.section, nodes.target)) or node in steps:
                break
            parent.remove(node)
            step += node
    for guilty in elements(doctree, "details", "guilty-line"):
        above = guilty.parent.children[max(0, guilty.parent.index(guilty) - 1)]
        code = above.next_node(nodes.literal_block) if isinstance(above, nodes.container) else None
        length = len(code.astext().rstrip().splitlines()) if code is not None else 0
        if any(not 0 < int(line) <= length for line in guilty["html"]["data-lines"].split()):
            logger.warning("guilty-line: the code cell directly above has %d lines", length, location=guilty)


def setup(app: Sphinx) -> None:
    """`publishing.sphinx.extension` calls this."""
    app.connect("doctree-read", fold_steps)
    app.add_directive("guilty-line", GuiltyLine)
    app.add_directive("folded-step", Step)
