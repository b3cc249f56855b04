"""Fills an assignment's column of Canvas's gradebook, from the file that Canvas exports to one that it imports.

The file has a header, perhaps a row that says which grades are hidden, a row of the points that are possible, and a row
for each student, the test student last. Which columns tell who a student is depends on Canvas's settings: `Student` or
`LastName` and `FirstName`, with or without `SIS User ID`, `Integration ID` and `Root Account`; `Section` is the last.
What is imported has these columns and the one assignment, for the students who have a grade here: Canvas takes an empty
cell for "delete the grade", and an old one for "set it back".
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from course.errors import CourseError
from grading.gradebook.students import Student
from grading.platforms.names import Who
from grading.platforms.recognize import CANVAS
from grading.platforms.roster import Roster, decoded, is_nobody
from grading.tables import table

_READ_ONLY = re.compile(r"read\s+only", re.IGNORECASE)
_TITLE = re.compile(r"(.*\S)\s*\(\d+\)")  # Canvas writes an assignment's number behind its title
_NUMBER = re.compile(r"-?\d+([.,]\d+)?")
#: What Canvas writes where a student has no grade and is to have none.
_NONE = {"EX": "is excused in Canvas", "N/A": "is not given this assignment in Canvas"}


@dataclass(frozen=True)
class Filled:
    """What is to be imported.

    Attributes
    ----------
    text : str
        The file.
    written : int
        How many grades are in it.
    scale : float
        What the grades were multiplied by: Canvas's highest grade over the one here.
    notes : list of str
        Who has no grade in it or another one in Canvas, and why, a line each.
    complete : bool
        Whether each grade here is in it or stays out by Canvas's own word.
    """

    text: str
    written: int
    scale: float
    notes: list[str]
    complete: bool


class Export:
    """Canvas's gradebook as Canvas exports it.

    Parameters
    ----------
    path : Path
        The CSV file, with commas or semicolons, decimal points or commas, with or without a byte order mark.

    Raises
    ------
    CourseError
        The file can't be read, or is no such export.
    """

    def __init__(self, path: Path):
        try:
            text = decoded(path.read_bytes())
        except OSError as error:
            raise CourseError(f"{path} can't be read: {error.strerror}") from None
        first = text.partition("\n")[0]
        self._separator = max(",;", key=first.count)
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=self._separator)
        header = next(lines, [])
        self._path = path
        self._header = [title.strip() for title in header]
        if "Section" not in self._header or "ID" not in self._header:
            raise CourseError(
                f"{path} has no columns 'ID' and 'Section'; wanted the gradebook as Canvas exports it (Export, Export "
                "Entire Gradebook)"
            )
        self._who = self._header.index("Section") + 1  # how many columns tell who somebody is
        width = len(self._header)
        rows = [[*row, *[""] * (width - len(row))] for row in lines if any(cell.strip() for cell in row)]
        self._points = next((row for row in rows if row[0].strip() == "Points Possible"), None)
        self._rows = [row for row in rows if not is_nobody(row, self._header)]

    def fill(
        self,
        assignment: str,
        grades: Mapping[str, float],
        most: float,
        students: Iterable[Student],
        numbers: Mapping[str, str],
    ) -> Filled:
        """The assignment's column with these grades, for Canvas's import.

        Parameters
        ----------
        assignment : str
            The title of the assignment, with Canvas's number behind it or without.
        grades : mapping of str to float
            The points by student.
        most : float
            The most points there are here. Where Canvas has others, grades are scaled.
        students : iterable of Student
            The class as the gradebook has it.
        numbers : mapping of str to str
            Canvas's number of those students whose hand-ins came from Canvas.

        Raises
        ------
        CourseError
            There is no such assignment, more than one, or Canvas does not let its grades be imported.
        """
        k = self._column(assignment)
        possible = self._points[k].strip() if self._points else ""
        scale = _value(possible) / most if _NUMBER.fullmatch(possible) and _value(possible) and most else 1.0
        cells = [cell for row in [*self._rows, self._points or []] for cell in row[self._who :]]
        comma = any("," in cell for cell in cells if _NUMBER.fullmatch(cell.strip()))
        who = self._header[: self._who]
        first = ["    Points Possible", *[""] * (self._who - 1)]
        made: list[list[str]] = [[*who, self._header[k]], [*first, possible]]
        find, by_number = Roster(students), {number: student for student, number in numbers.items()}
        notes, found, left_out = [], set(), set()
        for row in self._rows:
            student = self._student(row, find, by_number)
            name = " ".join(row[: self._header.index("ID")]).strip() or row[0]
            if student is None or student not in grades:
                notes.append(f"{name}: is in Canvas's gradebook and has no grade here")
                continue
            if student in found:
                notes.append(f"{name}: is {student} here, as another row is; no grade was written to this one")
                continue
            found.add(student)
            there, grade = row[k].strip(), scale * grades[student]
            if there in _NONE:
                left_out.add(student)
                notes.append(f"{student}: {_NONE[there]} ({there}); no grade was written")
                continue
            if _NUMBER.fullmatch(there) and abs(_value(there) - grade) >= 0.005:
                notes.append(f"{student}: has {there} in Canvas, which becomes {grade:.2f}")
            made.append([*row[: self._who], f"{grade:.2f}".replace(".", "," if comma else ".")])
        lacking = sorted(set(grades) - found)
        notes += [
            f"{student}: is graded here and not in Canvas's gradebook; no grade was written" for student in lacking
        ]
        return Filled(table(made, self._separator), len(made) - 2, scale, notes, not lacking)

    def _column(self, assignment: str) -> int:
        """The index of an assignment's column."""
        open_ones = {
            k: title
            for k, title in enumerate(self._header)
            if k >= self._who and title and not (self._points and _READ_ONLY.search(self._points[k]))
        }
        wanted = assignment.casefold()
        found = [k for k, title in open_ones.items() if title.casefold() == wanted] or [
            k for k, title in open_ones.items() if (m := _TITLE.fullmatch(title)) and m[1].casefold() == wanted
        ]
        if len(found) != 1:
            there = ", ".join(map(repr, open_ones.values())) or "none"
            many = "more than one assignment" if found else "no assignment"
            raise CourseError(f"{self._path} has {many} {assignment!r}; name one with --assignment: {there}")
        return found[0]

    def _student(self, row: list[str], find: Roster, by_number: Mapping[str, str]) -> str | None:
        """The id of the student whom a row is about, or None."""
        told = dict(zip(self._header[: self._who], map(str.strip, row), strict=False))
        number, login = told["ID"], told.get("SIS Login ID", "")
        name = told.get("Student") or f"{told.get('LastName', '')}, {told.get('FirstName', '')}"
        if number in by_number:
            return by_number[number]
        tries = [
            Who(CANVAS, number, "", "", told.get("SIS User ID", "")),
            Who(CANVAS, "", "", login, login),
            Who(CANVAS, "", name),
        ]
        return next((student for who in tries if (student := find(who))), None)


def _value(text: str) -> float:
    return float(text.strip().replace(",", "."))
