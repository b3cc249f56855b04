"""Keeps the release that learners have, where nbgrader deletes it before it finds that it can't make another one.

It can't once somebody is graded and the new page has other cells. Hand-ins are graded by the release, so it must stay.
"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from nbgrader.converters import GenerateAssignment

_stock = GenerateAssignment.convert_notebooks


def install() -> None:
    """Have nbgrader keep the old release where there is no new one, by the command and by formgrader's button."""
    GenerateAssignment.convert_notebooks = _convert_notebooks  # type: ignore[method-assign]


def _convert_notebooks(self: Any) -> None:
    made = Path(self._format_dest(self.coursedir.assignment_id, "."))
    if not made.is_dir():
        _stock(self)
        return
    with tempfile.TemporaryDirectory(dir=self.coursedir.root, prefix=".release-") as folder:
        kept = shutil.copytree(made, Path(folder) / "kept")
        try:
            _stock(self)
        except BaseException:
            if made.exists():
                shutil.rmtree(made)
            made.parent.mkdir(parents=True, exist_ok=True)
            os.replace(kept, made)
            self.log.error(
                "%s: there is no new release; the one that learners have stays", self.coursedir.assignment_id
            )
            raise
