"""Students' ids and folders with characters that mean something in a pattern, like `[br]ack` or `what?`.

nbgrader takes the paths that it has found for patterns once more. Of the folder `[br]ack` it would find no notebook, or
those of `back` and `rack`, and copy every file beside the notebook, which it should ignore. `install`, which
`configuration.py` calls, replaces two of its functions.
"""

import glob
import os
from typing import Any

import nbgrader.utils
from nbgrader.converters.base import BaseConverter

_stock_init_notebooks = BaseConverter.init_notebooks


def install() -> None:
    """Let nbgrader take what it has found literally. May be called twice."""
    nbgrader.utils.is_ignored = _is_ignored
    BaseConverter.init_notebooks = _init_notebooks  # type: ignore[method-assign]


def _is_ignored(filename: str, ignore_globs: list[str] | None = None) -> bool:
    """Replaces `nbgrader.utils.is_ignored`: whether a file's name fits one of some patterns."""
    folder = glob.escape(os.path.dirname(filename))
    return any(filename in glob.glob(os.path.join(folder, pattern)) for pattern in ignore_globs or ())


def _init_notebooks(self: Any) -> None:
    """Replaces `BaseConverter.init_notebooks`, which stays the way to the message where nothing is found."""
    folders = self.coursedir
    one = self._format_source(folders.assignment_id, folders.student_id)
    pattern = os.path.join(glob.escape(folders.root), os.path.relpath(one, folders.root))
    self.assignments, self.notebooks = {}, []
    for found in [one] if os.path.isdir(one) else glob.glob(pattern):
        notebooks = glob.glob(os.path.join(glob.escape(found), f"{folders.notebook_id}.ipynb"))
        if notebooks:
            self.assignments[found] = notebooks
        else:
            self.log.warning("No notebooks were found in '%s'", found)
    if not self.assignments:
        _stock_init_notebooks(self)
