"""Reads class lists, and finds the student whom a platform means.

`nbgrader db student import` takes a CSV file with its own column names, in UTF-8 without a byte order mark, with
commas. Files of platforms and of Excel have other names and marks; `read` takes them all.
"""

import csv
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

from course.errors import CourseError
from grading.gradebook.students import Student
from grading.platforms.names import Who, fit

#: What nbgrader keeps of a student, and what the platforms' exports call it (Moodle's participants, Canvas's and
#: Blackboard's gradebook, Gradescope's roster), compared without case and spaces.
COLUMNS = {
    "id": ("id", "studentid", "idnumber", "sisuserid", "sisid", "sid", "username", "sisloginid"),
    "last_name": ("lastname", "surname", "familyname"),
    "first_name": ("firstname", "givenname"),
    "email": ("email", "emailaddress"),
    "lms_user_id": ("lmsuserid", "canvasuserid", "userid"),
}
_WHOLE_NAME = ("name", "fullname", "student", "studentname")


def read(path: Path) -> list[Student]:
    """The students in a CSV file.

    Parameters
    ----------
    path : Path
        A file with commas, semicolons or tabs, in an encoding that `decoded` knows, with nbgrader's column names or a
        platform's.

    Raises
    ------
    CourseError
        The file can't be read, has no column with an id, or has an id twice.
    """
    try:
        text = decoded(path.read_bytes())
    except OSError as error:
        raise CourseError(f"{path} can't be read: {error.strerror}") from None
    first = text.partition("\n")[0]
    rows = list(csv.reader(text.splitlines(), delimiter=max(",;\t", key=first.count)))
    header = [_plain(name) for name in rows[0]] if rows else []
    canvas = header[:2] == ["student", "id"]  # in Canvas's file "ID" is Canvas's own number, not the university's
    where = {field: _column(header, names) for field, names in COLUMNS.items()}
    if canvas:
        where["lms_user_id"] = 1
        where["id"] = next((_column(header, [n]) for n in ("sisuserid", "sisloginid") if n in header), 1)
    if where["id"] is None:
        where["id"] = where["email"]
    if where["id"] is None:
        raise CourseError(f"{path} has no column with an id; wanted one of {', '.join(COLUMNS['id'])}, email")
    whole = _column(header, _WHOLE_NAME)
    found: dict[str, Student] = {}
    for row in rows[1:]:
        got = {name: row[k].strip() if k is not None and k < len(row) else "" for name, k in where.items()}
        if whole is not None and whole < len(row) and not (got["first_name"] or got["last_name"]):
            got["first_name"], got["last_name"] = split_name(row[whole])
        if not got["id"]:
            continue  # Canvas's "Points Possible", empty lines
        got["id"] = fit(got["id"])
        if got["id"] in found:
            raise CourseError(f"{path}: the id {got['id']!r} comes twice; every student needs their own")
        found[got["id"]] = Student(**got)
    return list(found.values())


def decoded(data: bytes) -> str:
    """The text of a file that a spreadsheet wrote: UTF-8 with or without a mark, UTF-16 with one, else Windows-1252."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _column(header: list[str], names: Iterable[str]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def split_name(name: str) -> tuple[str, str]:
    """First and last name in `Lovelace, Ada` or `Ada Lovelace`."""
    last, comma, first = name.partition(",")
    if not comma:
        first, _, last = name.rpartition(" ")
    return first.strip(), last.strip()


def _plain(text: str) -> str:
    """The letters and digits of a text, in lower case. Canvas's file names have no more than these of a name."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in text if c.isalnum() or unicodedata.combining(c))


class Roster:
    """Finds the student whom a platform means: by an id, by the email, or by a name that only one student has."""

    def __init__(self, students: Iterable[Student]):
        self._found: dict[str, dict[str, set[str]]] = {
            name: defaultdict(set) for name in ("lms_user_id", "id", "email", "name")
        }
        for one in students:
            for field in fields(one):
                if field.name in self._found and getattr(one, field.name):
                    self._found[field.name][getattr(one, field.name).casefold()].add(one.id)
            for name in (one.first_name + one.last_name, one.last_name + one.first_name):
                if one.first_name or one.last_name:
                    self._found["name"][_plain(name)].add(one.id)

    def __call__(self, who: Who) -> str | None:
        """The id of the student who is meant, or None."""
        # Moodle's number belongs to one assignment, so it is no id of a person.
        own = "" if who.platform == "moodle" else who.id
        tries = [
            ("lms_user_id", own), ("id", who.sid), ("id", own), ("email", who.email), ("email", own),
            *(("name", _plain(name)) for name in _names(who.name)),
        ]  # fmt: skip
        for kind, value in tries:
            found = self._found[kind].get(value.casefold(), set()) if value else set()
            if len(found) == 1:
                return next(iter(found))
        return None


def _names(name: str) -> Iterable[str]:
    """A name, and what stands behind each of its hyphens, because Moodle writes `Group A-Ada Lovelace`."""
    yield name
    while "-" in name:
        name = name.partition("-")[2]
        yield name
