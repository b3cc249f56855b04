"""Writes a hand-in and its verdict as `nbgrader autograde` does, and reads and runs nothing a second time."""

import contextlib
import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbgrader.apps import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.utils import temp_attrs

from grading.engine.verdict import Verdict
from grading.gradebook.preprocessors import lay_companion_files
from grading.handin.release import Release
from grading.handin.submission import NAME, HandIn

#: Graded hand-ins lie here, in the course's folder, until the gradebook has their points.
STAGED = ".autograded"


class OnePass(Autograde):
    """nbgrader's `autograde` for a hand-in that is prepared and graded: only its second pass, in memory.

    nbgrader, as it is configured, does all else: hooks, preprocessors, permissions, the rows in the gradebook. Its
    first pass would restore cells that learners have changed. Here each cell is the release's already.

    All files are written below `STAGED`, because nbgrader begins with the deletion of what was graded before.
    """

    @property
    def _output_directory(self) -> str:
        return STAGED

    def __init__(self, hand_in: HandIn, verdict: Verdict, release: Release, **kw: Any):
        super().__init__(**kw)
        self._hand_in, self._verdict, self._release = hand_in, verdict, release
        self.force = True

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Make the rows of the hand-in, with the time of the attempt that counts, which may be an earlier one."""
        self.coursedir.handed_in = self._hand_in.date
        super().init_assignment(assignment_id, student_id)

    def init_notebooks(self) -> None:
        """Name the hand-in's one notebook; nbgrader would look for files by a pattern."""
        folder = self._format_source(self._hand_in.slug, self._hand_in.student)
        self.assignments = {folder: [str(Path(folder) / NAME)]}
        self.notebooks: list[str] = []

    def convert_single_notebook(self, notebook_filename: str) -> None:
        """Send the hand-in through all preprocessors of the second pass, and write the notebook."""
        lay_companion_files(self, self._hand_in, self._release)
        self.exporter._preprocessors = []
        for kind in self.autograde_preprocessors:
            self.exporter.register_preprocessor(kind)
        resources = self.init_single_notebook_resources(notebook_filename)
        before = self.coursedir.format_path(
            self.coursedir.autograded_directory, self._hand_in.student, self._hand_in.slug
        )
        resources |= {
            "course_root": self.coursedir.root,
            "verdict": self._verdict,
            "graded_before": Path(before) / NAME,
        }
        output, resources = self.exporter.from_notebook_node(self._hand_in.notebook, resources=resources)
        self.write_single_notebook(output, resources)


class _Told(logging.Handler):
    """Keeps what nbgrader logs of one hand-in."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextlib.contextmanager
def staged(root: Path, hand_in: HandIn) -> Iterator[Path]:
    """A folder for the files of a graded hand-in, which `publish` puts into their place.

    Whatever ends the block, even the end of this process, `autograded/` has the files of before until then.
    """
    mine = root / STAGED / hand_in.student
    shutil.rmtree(mine, ignore_errors=True)  # a run that was killed may have left it
    try:
        yield mine / hand_in.slug
    finally:
        shutil.rmtree(mine, ignore_errors=True)
        with contextlib.suppress(OSError):  # another process, which grades another chapter, has something in it
            (root / STAGED).rmdir()


def publish(made: Path, target: Path) -> None:
    """Move the files of a graded hand-in to their place, the notebook last: at no time is it missing or incomplete."""
    target.mkdir(parents=True, exist_ok=True)
    names = {path.name for path in made.iterdir()}
    for old in target.iterdir():
        if old.is_dir() and not old.is_symlink():
            shutil.rmtree(old)
        elif old.name not in names:
            old.unlink()
    for name in sorted(names, key=lambda name: (name == NAME, name)):
        os.replace(made / name, target / name)


def write(api: NbGraderAPI, hand_in: HandIn, verdict: Verdict, release: Release) -> str | None:
    """Put a hand-in and its verdict into the gradebook, and its files below `STAGED`.

    Returns
    -------
    str or None
        What nbgrader logged where it failed; None where all is written. A KeyboardInterrupt is passed on.
    """
    told = _Told()
    with temp_attrs(api.coursedir, assignment_id=hand_in.slug, student_id=hand_in.student):
        app = OnePass(hand_in, verdict, release, coursedir=api.coursedir, parent=api)
        app.log.addHandler(told)
        try:
            app.start()
        except (SystemExit, Exception) as error:
            return "\n".join([*told.lines, f"{type(error).__name__}: {error}"])
        finally:
            app.log.removeHandler(told)
    return None
