"""What comes and goes by nbgrader's exchange."""

import glob
from pathlib import Path

from nbgrader.exchange.default import ExchangeReleaseFeedback

from grading.handin import submission


class ReleaseFeedback(ExchangeReleaseFeedback):
    """Gives back through the exchange what came through it; nbgrader would stop at the first that came otherwise."""

    def copy_files(self) -> None:
        excluded = {name for name in self.coursedir.student_id_exclude.split(",") if name}
        for page in map(Path, sorted(glob.glob(self.src_path))):
            student = page.parent.name
            if not all((page / name).is_file() for name in (submission.SECRET, submission.DATE)):
                self.log.warning("%s: not handed in by the exchange; the feedback stays in %s", student, page)
                excluded.add(student)
        self.coursedir.student_id_exclude = ",".join(sorted(excluded))
        super().copy_files()
