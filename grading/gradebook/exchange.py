"""Releases feedback through nbgrader's exchange."""

import glob
from pathlib import Path

from nbgrader.exchange.default import ExchangeReleaseFeedback

from grading.handin import submission


class ReleaseFeedback(ExchangeReleaseFeedback):
    """Gives feedback back through the exchange, to those whose hand-in came through it.

    nbgrader's own class would stop with an error at the first hand-in that came in another way.
    """

    def copy_files(self) -> None:
        excluded = {name for name in self.coursedir.student_id_exclude.split(",") if name}
        for page in map(Path, sorted(glob.glob(self.src_path))):
            student = page.parent.name
            if not all((page / name).is_file() for name in (submission.SECRET, submission.DATE)):
                self.log.warning("%s: not handed in by the exchange; the feedback stays in %s", student, page)
                excluded.add(student)
        self.coursedir.student_id_exclude = ",".join(sorted(excluded))
        super().copy_files()
