"""What a lesson's cell shows: its result first, and below it, folded behind a small link, the code that made it."""

from typing import Any

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform


class CodeBelowItsResult(SphinxPostTransform):
    """Moves the folded code of a cell tagged `hide-input` below the cell's output."""

    default_priority = 300  # after myst-nb has folded it
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        for folded in list(self.document.findall(HideCodeCellNode)):
            cell = folded.parent
            if not isinstance(cell, nodes.container) or "tag_hide-input" not in cell["classes"]:
                continue
            cell.remove(folded)
            cell.append(folded)
            folded["classes"] = ["code-link"]
            shows = len(cell) > 1
            folded["prompt_show"] = "code" if shows else "the code that the next results need"
            folded["prompt_hide"] = "hide the code"


def setup(app: Sphinx) -> None:
    """`publishing.sphinx.extension` calls this."""
    app.add_post_transform(CodeBelowItsResult)
