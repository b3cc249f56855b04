"""Moodle's offline grading worksheet, completed: the cells with grades change, and not one byte else.

Moodle reads back what it wrote (`mod/assign/feedback/offline/importgradeslib.php`): by the names of the columns in the
teacher's language, by the number at the end of "Participant 12345", and grades with the decimal sign of that language.
So the columns are found by what stands in them, and grades are written as the worksheet writes numbers.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from course.errors import CourseError

#: `gradenoun` of Moodle's language packs; before Moodle 4.1 `grade`, mostly the same word. Compared without case.
GRADE = {
    "grade", "bewertung", "note", "calificación", "valutazione", "cijfer", "avaliação", "nota", "qualificació",
    "оценка", "betyg", "not", "βαθμός", "評点", "成绩", "성적", "оцінка", "الدرجة", "kalifikazioa", "cualificación",
    "notă", "ocena", "známka", "karakter", "arviointi", "arvosana",
}  # fmt: skip
#: `hiddenuser` and a number: "Participant 12345", in other languages "Teilnehmer/in12345", without a space.
_PARTICIPANT = re.compile(r"[^\d,;]*[^\d\s,;]\s?(\d+)")
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
_EMPTY = ("", "-")


@dataclass(frozen=True)
class _Cell:
    """One field: where its bytes are, quotes included, and what it says."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Completed:
    """A worksheet with grades in it.

    Attributes
    ----------
    data : bytes
        The file.
    written : dict of str to str
        The new grade of each participant's number whose cell was changed.
    kept : dict of str to str
        The grade that was there already, where another one would have been written.
    absent : list of str
        Participants' numbers that are not on the sheet.
    """

    data: bytes
    written: dict[str, str]
    kept: dict[str, str]
    absent: list[str]


class Worksheet:
    """A worksheet as Moodle gave it.

    Parameters
    ----------
    path : Path
        A CSV file: commas, semicolons or tabs; UTF-8 with or without a mark, or one byte a letter.
    grade_column : str, optional
        The name of the column with grades, where it is not found.

    Raises
    ------
    CourseError
        It is no such worksheet, with what was looked for.
    """

    def __init__(self, path: Path, grade_column: str | None = None):
        try:
            self._data = path.read_bytes()
        except OSError as error:
            raise CourseError(f"{path} can't be read: {error.strerror}") from None
        if self._data.startswith((b"\xff\xfe", b"\xfe\xff", b"PK")):
            raise CourseError(
                f"{path} is no CSV file in UTF-8; wanted the worksheet as Moodle gave it, not saved again"
            )
        self._path = path
        self._rows = _cells(self._data)
        if len(self._rows) < 2:
            raise CourseError(f"{path} has no participants; wanted Moodle's offline grading worksheet")
        self.header = [cell.text.strip().lstrip("\ufeff") for cell in self._rows[0]]
        self._rows = [row for row in self._rows[1:] if len(row) == len(self.header)]
        self._id = self._find_id()
        self._most, self._grade = self._find_grades(grade_column)

    def _column(self, number: int) -> list[str]:
        return [row[number].text.strip() for row in self._rows]

    def _find_id(self) -> int:
        for number in range(len(self.header)):
            texts = self._column(number)
            if texts and all(_PARTICIPANT.fullmatch(text) for text in texts) and len(set(texts)) == len(texts):
                return number
        raise CourseError(
            f'{self._path} has no column of identifiers like "Participant 12345"; wanted Moodle\'s offline grading '
            "worksheet (Submissions, Actions, Download grading worksheet)"
        )

    def _find_grades(self, name: str | None) -> tuple[int | None, int]:
        """The columns of the highest grade, which stands behind the grade and is one number, and of the grade."""
        columns = [self._column(number) for number in range(len(self.header))]

        def constant(number: int) -> bool:
            return number < len(columns) and len(set(columns[number])) == 1 and _is_number(columns[number][0])

        def grades(number: int) -> bool:
            return all(text in _EMPTY or _is_number(text) for text in columns[number])

        folded = [title.casefold() for title in self.header]
        if name is not None:
            if name.casefold() not in folded:
                raise CourseError(f"{self._path} has no column {name!r}; it has {', '.join(map(repr, self.header))}")
            found = [folded.index(name.casefold())]
        else:
            found = [k for k, title in enumerate(folded) if title in GRADE] or [
                k for k in range(len(columns) - 1) if k != self._id and constant(k + 1) and grades(k)
            ]
        if len(found) != 1:
            raise CourseError(
                f"{self._path}: which column has the grades can't be told; add --grade-column NAME, one of "
                f"{', '.join(map(repr, self.header))}"
            )
        grade = found[0]
        if not grades(grade):
            raise CourseError(
                f"{self._path}: {self.header[grade]!r} holds words; an assignment with a scale can't be graded by "
                "points: let it have points in Moodle"
            )
        return (grade + 1 if constant(grade + 1) else None), grade

    @property
    def most(self) -> float | None:
        """Moodle's highest grade, where the worksheet says it."""
        return None if self._most is None else _value(self._rows[0][self._most].text)

    @property
    def participants(self) -> dict[str, list[str]]:
        """All that the worksheet says of each participant, by number."""
        return {self._number(row): [cell.text.strip() for cell in row] for row in self._rows}

    def _number(self, row: list[_Cell]) -> str:
        match = _PARTICIPANT.fullmatch(row[self._id].text.strip())
        assert match is not None  # looked at by _find_id
        return match[1]

    def complete(self, grades: Mapping[str, float], replace: bool = False) -> Completed:
        """Write grades into the sheet.

        Parameters
        ----------
        grades : mapping of str to float
            By participant's number, in Moodle's points.
        replace : bool
            Write over grades that are there too.
        """
        comma = self._decimal_comma()
        data, shift = bytearray(self._data), 0
        written, kept = {}, {}
        for row in self._rows:
            number, cell = self._number(row), row[self._grade]
            if number not in grades:
                continue
            text = f"{grades[number]:.2f}".replace(".", "," if comma else ".")
            there = cell.text.strip()
            if there not in _EMPTY and _value(there) == _value(text):
                continue
            if there not in _EMPTY and not replace:
                kept[number] = there
                continue
            quoted = self._data[cell.start : cell.start + 1] == b'"' or self._separator in text.encode()
            new = f'"{text}"'.encode() if quoted else text.encode()
            data[cell.start + shift : cell.end + shift] = new
            shift += len(new) - (cell.end - cell.start)
            written[number] = text
        return Completed(bytes(data), written, kept, sorted(set(grades) - set(self.participants), key=int))

    @property
    def _separator(self) -> bytes:
        return _separator(self._data)

    def _decimal_comma(self) -> bool:
        """Whether the worksheet writes 12,50 for 12.50."""
        columns = [self._grade] if self._most is None else [self._most, self._grade]
        texts = [text for number in columns for text in self._column(number)]
        return any("," in text for text in texts if _is_number(text))


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None


def _value(text: str) -> float:
    return float(text.strip().replace(",", "."))


def _separator(data: bytes) -> bytes:
    """What separates columns: the one that is most frequent in the header."""
    first = data.partition(b"\n")[0]
    return max((b",", b";", b"\t"), key=first.count)


def _cells(data: bytes) -> list[list[_Cell]]:
    """Split CSV by the bytes, which stay as they are; quotes, separators and line ends are ASCII in every code here."""
    text = data.decode("latin-1")  # one letter a byte
    separator = _separator(data).decode()
    field = re.compile(rf'[ ]*"(?:[^"]|"")*"[ ]*|[^{re.escape(separator)}\r\n]*')
    rows: list[list[_Cell]] = [[]]
    at = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    while True:
        match = field.match(text, at)
        assert match is not None  # it matches nothing at all
        rows[-1].append(_Cell(at, match.end(), _say(data[at : match.end()])))
        at = match.end()
        if at >= len(text):
            break
        ending = re.compile(r"\r\n|\r|\n").match(text, at)
        if ending and ending.end() == len(text):
            break
        if ending:
            rows.append([])
        elif text[at] != separator:  # something stands behind a closing quote
            raise CourseError(f"the worksheet is malformed at byte {at}; wanted it as Moodle gave it")
        at = ending.end() if ending else at + 1
    return rows


def _say(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    text = text.strip(" ")
    return text[1:-1].replace('""', '"') if text.startswith('"') and text.endswith('"') and len(text) > 1 else text
