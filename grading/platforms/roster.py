"""Reads class lists, and finds the student whom a platform means.

`nbgrader db student import` takes a CSV file with its own column names, in UTF-8 without a byte order mark, with
commas. Files of platforms and of Excel have other names and marks; `read` takes them all.
"""

import csv
import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from course.errors import CourseError
from grading.gradebook.students import Student
from grading.platforms.names import Who, fit
from grading.platforms.recognize import ILIAS

#: What nbgrader keeps of a student, and what the exports of platforms and of universities call it (Moodle's
#: participants in some languages, Canvas's and Blackboard's gradebook, Gradescope's roster), compared without case,
#: spaces and signs.
COLUMNS = {
    "id": (
        "id", "studentid", "idnumber", "sisuserid", "sisid", "sid", "username", "sisloginid",
        "idnummer", "matrikelnummer", "matrikel", "matrikelnr", "anmeldename", "benutzername",
        "numérodidentification", "numéroétudiant", "númerodeid", "númerodeidentificación", "codiceidentificativo",
        "matricola", "númerodeidentificação", "studentnummer", "studienummer", "gebruikersnaam",
    ),
    "last_name": (
        "lastname", "surname", "familyname", "nachname", "familienname", "nomdefamille", "apellido", "apellidos",
        "cognome", "apelido", "sobrenome", "achternaam", "efternavn", "efternamn", "etternavn", "sukunimi",
    ),
    "first_name": (
        "firstname", "givenname", "vorname", "prénom", "nombre", "nome", "voornaam", "fornavn", "förnamn", "etunimi",
    ),
    "email": (
        "email", "emailaddress", "emailadresse", "mail", "mailadresse", "adressedecourriel", "courriel",
        "direccióndecorreo", "correo", "correoelectrónico", "indirizzoemail", "endereçodeemail", "emailadres", "epost",
    ),
    "lms_user_id": ("lmsuserid", "canvasuserid", "userid"),
}  # fmt: skip
_WHOLE_NAME = ("name", "fullname", "student", "studentname", "vollständigername", "nomcomplet", "nombrecompleto")
#: How the header of Canvas's file begins, as its settings are.
_CANVAS = (["student", "id"], ["lastname", "firstname", "id"])
#: How the rows of Canvas's file begin that are about no student: the points and the test student.
_NOBODY = ("pointspossible", "studenttest")
#: What Canvas writes below the assignments whose grades are hidden, in a row that is otherwise empty.
_HIDDEN = re.compile(r"(muted|manual posting.*)?", re.IGNORECASE)


@dataclass(frozen=True)
class ClassList:
    """What stands in a class list.

    Attributes
    ----------
    students : list of Student
    notes : list of str
        What the instructor should know of a row, a line each.
    complete : bool
        Whether each row that is about somebody is in `students`.
    """

    students: list[Student]
    notes: list[str]
    complete: bool


def read(path: Path, columns: Mapping[str, str] | None = None) -> ClassList:
    """The students in a CSV file.

    A row without an id is known by what else it has: in Canvas's file by the login and then by Canvas's own number, in
    any file by the email.

    Parameters
    ----------
    path : Path
        A file with commas, semicolons or tabs, in an encoding that `decoded` knows, with nbgrader's column names or a
        platform's, in any order.
    columns : mapping of str to str, optional
        The file's own names for some of `COLUMNS`, where they are not known.

    Raises
    ------
    CourseError
        The file can't be read, has no column with an id, has no student, or has an id twice.
    """
    try:
        text = decoded(path.read_bytes())
    except OSError as error:
        raise CourseError(f"{path} can't be read: {error.strerror}") from None
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    titles = next(reader, [])
    header = [plain(title) for title in titles]
    where = {field: _column(header, names) for field, names in COLUMNS.items()}
    for field, name in (columns or {}).items():
        if field not in COLUMNS:
            raise CourseError(f"there is no column {field!r} to be set; there are {', '.join(COLUMNS)}")
        if plain(name) not in header:
            raise CourseError(f"{path} has no column {name!r}; it has {', '.join(map(repr, titles))}")
        where[field] = header.index(plain(name))
    tries = [where["id"]]
    if (header[:2] in _CANVAS or header[:3] in _CANVAS) and "id" not in (columns or {}):
        # In Canvas's file "ID" is Canvas's own number, not the university's.
        where["lms_user_id"] = header.index("id")
        tries = [header.index(name) for name in ("sisuserid", "sisloginid", "id") if name in header]
    ids = [k for k in [*tries, where["email"]] if k is not None]
    if not ids:
        raise CourseError(
            f"{path} has no column that is known to hold ids or emails; it has {', '.join(map(repr, titles))}. "
            "Say which one does: --column id=NAME"
        )
    whole = _column(header, _WHOLE_NAME)
    found: dict[str, Student] = {}
    notes, complete = [], True
    for row in reader:
        cells = [cell.strip() for cell in row]
        if is_nobody(cells, titles):
            continue
        got = {name: cells[k] if k is not None and k < len(cells) else "" for name, k in where.items()}
        if whole is not None and whole < len(cells) and not (got["first_name"] or got["last_name"]):
            got["first_name"], got["last_name"] = split_name(cells[whole])
        name = " ".join(filter(None, (got["first_name"], got["last_name"])))
        line = f"line {reader.line_num}, {name or repr(cells[0])}"
        k = next((k for k in ids if k < len(cells) and cells[k]), None)
        if k is None:
            notes.append(f"{line}: has no {titles[ids[0]]!r}, so no student is made of this row")
            complete = False
            continue
        got["id"] = fit(cells[k])
        if k != ids[0]:
            notes.append(f"{line}: has no {titles[ids[0]]!r}; the id is {got['id']}, from {titles[k]!r}")
        if got["id"] in found:
            raise CourseError(f"{path}, {line}: the id {got['id']!r} comes twice; every student needs their own")
        found[got["id"]] = Student(**got)
    if not found:
        raise CourseError(f"{path} names no student: {notes[0] if notes else 'there is no row below its header'}")
    return ClassList(list(found.values()), notes, complete)


def is_nobody(row: list[str], titles: list[str]) -> bool:
    """Whether a row of a file with these titles is empty, or Canvas's and about no student."""
    cells = [cell.strip() for cell in row]
    if all(_HIDDEN.fullmatch(cell) for cell in cells):
        return True
    first = plain("".join(cells[:2])) if [plain(title) for title in titles[:2]] == _CANVAS[1][:2] else plain(cells[0])
    return first in _NOBODY


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


def plain(text: str) -> str:
    """The letters and digits of a text, in lower case. Canvas's file names have no more than these of a name."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in text if c.isalnum() or unicodedata.combining(c))


def _without_marks(text: str) -> str:
    """The same without accents and dots, as ILIAS writes folders' names."""
    return "".join(c for c in unicodedata.normalize("NFKD", plain(text)) if not unicodedata.combining(c))


class Roster:
    """Finds the student whom a platform means: by an id, by the email, or by a name that only one student has."""

    def __init__(self, students: Iterable[Student]):
        self._found: dict[str, dict[str, set[str]]] = {
            name: defaultdict(set) for name in ("lms_user_id", "id", "email", "name", "ascii")
        }
        for one in students:
            for field in fields(one):
                if field.name in self._found and getattr(one, field.name):
                    self._found[field.name][getattr(one, field.name).casefold()].add(one.id)
            for name in (one.first_name + one.last_name, one.last_name + one.first_name):
                if one.first_name or one.last_name:
                    self._found["name"][plain(name)].add(one.id)
                    self._found["ascii"][_without_marks(name)].add(one.id)

    def __call__(self, who: Who) -> str | None:
        """The id of the student who is meant, or None."""
        # Moodle's number belongs to one assignment, so it is no id of a person.
        own = "" if who.platform == "moodle" else who.id
        tries = [
            ("lms_user_id", own), ("id", who.sid), ("id", own), ("email", who.email), ("email", own),
            *(("name", plain(name)) for name in _names(who.name)),
            ("ascii", _without_marks(who.name) if who.platform == ILIAS else ""),
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
