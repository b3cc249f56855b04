"""Exports grades as nbgrader does, in a table that is quoted: nbgrader's own breaks at a comma in a name."""

import os
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import CsvExportPlugin

from grading.tables import table

HEADER = [
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email",
    "raw_score", "late_submission_penalty", "score", "max_score",
]  # fmt: skip


class QuotedExport(CsvExportPlugin):
    """nbgrader's table of grades, with the same options and columns, in which a name may hold anything."""

    def export(self, gradebook: Gradebook) -> None:
        """Write a row for each student and assignment; who handed nothing in has 0."""
        rows: list[list[Any]] = [HEADER]
        for assignment in gradebook.assignments:
            if self.assignment and assignment.name not in map(str, self.assignment):
                continue
            for student in gradebook.students:
                if not self.student or student.id in map(str, self.student):
                    rows.append(_row(gradebook, assignment, student))
        # nbgrader would write it to wherever the command was given.
        target = Path(self.to) if self.to else Path(self.parent.coursedir.root) / "grades.csv"
        self.log.info("Exporting grades to %s", os.path.relpath(target))
        target.write_text(table(rows), encoding="utf-8", newline="")


def _row(gradebook: Gradebook, assignment: Any, student: Any) -> list[str]:
    timestamp, raw, penalty = None, 0.0, 0.0
    try:
        handed_in = gradebook.find_submission(assignment.name, student.id)
    except MissingEntry:
        pass
    else:
        timestamp, raw, penalty = handed_in.timestamp, handed_in.score, handed_in.late_submission_penalty
    row = [
        assignment.name, assignment.duedate, timestamp, student.id, student.last_name, student.first_name,
        student.email, raw, penalty, max(0.0, raw - penalty), assignment.max_score,
    ]  # fmt: skip
    return ["" if value is None else str(value) for value in row]
