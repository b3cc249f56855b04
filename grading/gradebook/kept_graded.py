"""Keeps what was graded before, where `nbgrader autograde` deletes it before it finds that it can't grade anew.

It can't where the machine fails, or Ctrl-C ends it. The gradebook has the old points then, and a person wants to see
for what. Our own command needs none of this (`writer.py`).
"""

import os
import shutil
from pathlib import Path
from typing import Any

from nbgrader.converters import Autograde

#: Copies lie here, in the course's folder, until a hand-in is graded.
BEFORE = ".autograded-before"

_stock_init, _stock_done = Autograde.init_destination, Autograde.set_permissions
_stock_convert = Autograde.convert_notebooks


def install() -> None:
    """Have nbgrader keep the old files where there are no new ones, by the command and by formgrader's button."""
    Autograde.init_destination = _init_destination  # type: ignore[method-assign]
    Autograde.set_permissions = _set_permissions  # type: ignore[method-assign]
    Autograde.convert_notebooks = _convert_notebooks  # type: ignore[method-assign]


def _is_stock(self: Any) -> bool:
    """Whether nbgrader's own command runs, and not our writer, which writes elsewhere first."""
    return self._output_directory == self.coursedir.autograded_directory


def _places(self: Any, assignment: str, student: str) -> tuple[Path, Path]:
    """Where a hand-in's graded files are, and where their copy is."""
    return Path(self._format_dest(assignment, student)), Path(self.coursedir.root) / BEFORE / student / assignment


def _init_destination(self: Any, assignment: str, student: str) -> bool:
    """Replaces nbgrader's step that deletes the old files; it is told whether to grade."""
    graded, copy = _places(self, assignment, student)
    if graded.is_dir() and _is_stock(self):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(graded, copy, symlinks=True)
    wanted = _stock_init(self, assignment, student)
    if not wanted:
        _drop(copy)
    return wanted


def _set_permissions(self: Any, assignment: str, student: str) -> None:
    """Replaces nbgrader's last step with a hand-in."""
    _stock_done(self, assignment, student)
    _drop(_places(self, assignment, student)[1])


def _convert_notebooks(self: Any) -> None:
    """Replaces nbgrader's way through all hand-ins. Copies that are left are of those that failed."""
    try:
        _stock_convert(self)
    finally:
        kept = Path(self.coursedir.root) / BEFORE
        for copy in sorted(kept.glob(f"*/{self.coursedir.assignment_id}")) if _is_stock(self) else []:
            graded, _ = _places(self, copy.name, copy.parent.name)
            if not graded.exists():
                graded.parent.mkdir(parents=True, exist_ok=True)
                os.replace(copy, graded)
                self.log.error("%s: not graded; what was graded before stays", copy.parent.name)
            _drop(copy)


def _drop(copy: Path) -> None:
    """Delete a copy, and the folders above it that are empty then."""
    shutil.rmtree(copy, ignore_errors=True)
    for folder in (copy.parent, copy.parent.parent):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
