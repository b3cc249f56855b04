"""`nbgrader zip_collect` for the downloads of learning platforms (`recognize` lists them), and for plain folders.

`nbgrader_config.py` names the two classes. They have to be derived from nbgrader's, so this is the one module outside
of `grading/gradebook/` that imports nbgrader. nbgrader's own plug-ins unpack whatever an archive says, and know names
by one regular expression; here `archive` unpacks and `names` knows the names. The extractor finds out whose each file
is and leaves `extracted/STUDENT/exercise.ipynb`, so that a group's one file can become several students'. The
collector then reads the student off that path.
"""

import tempfile
from pathlib import Path, PurePosixPath
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin
from traitlets import Unicode

from course.errors import CourseError
from grading.gradebook.facade import students
from grading.handin import submission
from grading.platforms import archive, ledger, names, same_person
from grading.platforms.roster import Roster


class Extractor(ExtractorPlugin):
    """Unpacks what lies in `downloaded/ASSIGNMENT/archive/`, and finds out whose it is and which attempt counts."""

    timezone = Unicode("UTC", help="The zone of the times in file names, say Europe/Berlin (Blackboard, D2L).").tag(
        config=True
    )
    platform = Unicode("", help="Which platform it is, where names don't tell: moodle, canvas, ..., plain.").tag(
        config=True
    )

    def extract(self, archive_path: str, extracted_path: str) -> None:
        app: Any = self.parent
        folders = app.coursedir
        slug, target = folders.assignment_id, Path(extracted_path)
        listed = students(folders.db_url, folders.course_id)
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            unpacked = Path(folder) / "unpacked"
            try:
                refused = archive.unpack(Path(archive_path), unpacked)
                zone = ZoneInfo(self.timezone)
                found = names.collect(unpacked, slug, Roster(listed), zone, self.platform, bool(listed))
            except (CourseError, ZoneInfoNotFoundError) as error:
                app.fail(str(error))
            for line in [*refused, *found.notes]:
                self.log.warning("%s", line)
            ledger.lay_out(found, target.joinpath, target.parent / "replaced")
        ledger.keep(Path(folders.root), slug, ledger.origins(found))
        for line in same_person.lines(Path(folders.root), listed):
            self.log.warning("%s", line)
        self.log.info("%d learners", len(found.learners))


class Collector(FileNameCollectorPlugin):
    """Reads the student, the file's name and the time off the paths and files that the extractor has left."""

    def collect(self, submitted_file: str) -> dict[str, str] | None:
        path = Path(submitted_file)
        app: Any = self.parent
        root = Path(app._format_collect_path(app.extracted_directory))
        student, *rest = PurePosixPath(path.relative_to(root).as_posix()).parts
        if not rest or rest == [submission.DATE]:
            return None
        info = {"student_id": student, "file_id": "/".join(rest)}
        date = submission.date(path.parent)
        return {**info, "timestamp": date} if date else info
