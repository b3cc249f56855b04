"""Completes Moodle's offline grading worksheet: the cells with grades and comments change, and no other byte.

Moodle reads back what it wrote (`mod/assign/feedback/offline/importgradeslib.php`). It finds columns by their names in
the teacher's language, participants by the number at the end of "Participant 12345", and reads grades with the decimal
sign of that language. We know few of these languages. So columns are found by what stands in them, and grades are
written as the worksheet writes numbers.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from course.errors import CourseError

#: Names of the column with grades: `gradenoun` of Moodle's language packs, which was `grade` before Moodle 4.1 and
#: mostly the same word. They are compared without case.
GRADE = {
    "grade", "bewertung", "note", "calificación", "valutazione", "cijfer", "avaliação", "nota", "qualificació",
    "оценка", "betyg", "not", "βαθμός", "評点", "成绩", "성적", "оцінка", "الدرجة", "kalifikazioa", "cualificación",
    "notă", "ocena", "známka", "karakter", "arviointi", "arvosana",
}  # fmt: skip
#: Names of the column with comments (`pluginname` of `assignfeedback_comments`), without case. It holds HTML.
COMMENT = {"feedback comments", "feedback als kommentar"}
#: What the column "Grade can be changed" says, in the languages of `GRADE` (`yes` and `no` of Moodle's language packs).
YES = {
    "yes", "ja", "oui", "sí", "si", "sì", "sim", "да", "evet", "ναι", "はい", "是", "예", "так", "نعم", "bai", "da",
    "tak", "ano", "áno", "igen", "kyllä",
}  # fmt: skip
NO = {
    "no", "nein", "non", "nee", "não", "нет", "nej", "nei", "hayır", "όχι", "いいえ", "否", "아니오", "아니요", "ні",
    "لا", "ez", "nu", "nie", "ne", "nem", "ei",
}  # fmt: skip
#: Moodle's word for a participant (`hiddenuser`) and a number: "Participant 12345", or "Teilnehmer/in12345" without a
#: space.
_PARTICIPANT = re.compile(r"[^\d,;]*[^\d\s,;]\s?(\d+)")
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
_EMPTY = ("", "-")


@dataclass(frozen=True)
class _Cell:
    """One field of the file: where its bytes begin and end, with quotes, and the text in it."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Completed:
    """A worksheet with grades in it.

    Attributes
    ----------
    data : bytes
        The content of the file.
    written : dict of str to str
        By participant's number the new grade, as it was written; only those whose cell was changed.
    kept : dict of str to str
        By participant's number the grade that was there already and stays, where another one was to be written.
    comments : int
        How many comments are new or changed.
    locked : dict of str to str
        By participant's number the grade that stands there, of those whose grade Moodle says can't be changed, because
        it is locked or overridden in its gradebook. Their rows stay as they are.
    """

    data: bytes
    written: dict[str, str]
    kept: dict[str, str]
    comments: int = 0
    locked: dict[str, str] = field(default_factory=dict)


class Worksheet:
    """A worksheet as Moodle gave it.

    Parameters
    ----------
    path : Path
        A CSV file with commas, semicolons or tabs, in UTF-8 with or without a byte order mark, or in an encoding with
        one byte for each letter.
    grade_column : str, optional
        The name of the column with grades, for a worksheet in which it can't be found.
    comment_column : str, optional
        The name of the column with comments, where it has none of those that are known.

    Attributes
    ----------
    header : list of str
        The names of the columns.

    Raises
    ------
    CourseError
        The file is no such worksheet. The message says what was looked for.
    """

    def __init__(self, path: Path, grade_column: str | None = None, comment_column: str | None = None):
        try:
            self._data = path.read_bytes()
        except OSError as error:
            raise CourseError(f"{path} can't be read: {error.strerror}") from None
        if self._data.startswith((b"\xff\xfe", b"\xfe\xff", b"PK")):
            raise CourseError(
                f"{path} is not a CSV file in UTF-8; wanted the worksheet as Moodle gave it, not saved again"
            )
        self._path = path
        first, *rows = _cells(self._data)
        self.header = [cell.text.strip().lstrip("\ufeff") for cell in first]
        self._rows = [row for row in rows if any(cell.text.strip() for cell in row)]
        if not self._rows:
            raise CourseError(f"{path} has no participants; wanted Moodle's offline grading worksheet")
        for row in self._rows:
            if len(row) != len(self.header):
                raise CourseError(
                    f"{path}: the row that begins with {row[0].text.strip()!r} has {len(row)} fields and the header "
                    f"{len(self.header)}; wanted the worksheet as Moodle gave it, not saved again"
                )
        self._id = self._find_id()
        self._most, self._grade = self._find_grades(grade_column)
        self._comment = self._find_comments(comment_column)
        self._changeable = self._find_changeable()

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
        """The indexes of the column with the highest grade, or None, and of the column with grades.

        The highest grade stands right behind the grade and is the same number in all rows.
        """
        columns = [self._column(number) for number in range(len(self.header))]

        def constant(number: int) -> bool:
            return number < len(columns) and len(set(columns[number])) == 1 and _is_number(columns[number][0])

        def grades(number: int) -> bool:
            return all(text in _EMPTY or _is_number(text) for text in columns[number])

        folded = [title.casefold() for title in self.header]
        if name is not None:
            found = [self._named(name)]
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
        # With a scale its words stand behind the grade, a line each, in the place of the highest grade.
        beside = set(columns[grade + 1]) if grade + 1 < len(columns) else set()
        scale = ", ".join(beside.pop().splitlines()) if len(beside) == 1 and "\n" in min(beside) else ""
        if scale or not grades(grade):
            raise CourseError(
                f"{self._path}: {self.header[grade]!r} holds words{f' ({scale})' if scale else ''}; "
                "an assignment with a scale can't be graded by points: let it have points in Moodle"
            )
        return (grade + 1 if constant(grade + 1) else None), grade

    def _find_comments(self, name: str | None) -> int | None:
        """The index of the column with comments; None where there is none."""
        if name is not None:
            return self._named(name)
        return next((k for k, title in enumerate(self.header) if title.casefold() in COMMENT), None)

    def _find_changeable(self) -> int | None:
        """The index of the column that says whether a grade can be changed; None where there is none.

        It stands behind the grades, and all of it is yes or no.
        """
        for number in range(self._grade + 1, len(self.header)):
            if {text.casefold() for text in self._column(number)} <= YES | NO:
                return number
        return None

    def _named(self, name: str) -> int:
        folded = [title.casefold() for title in self.header]
        if name.casefold() not in folded:
            raise CourseError(f"{self._path} has no column {name!r}; it has {', '.join(map(repr, self.header))}")
        return folded.index(name.casefold())

    @property
    def most(self) -> float | None:
        """The highest grade in Moodle, or None where the worksheet does not say it."""
        return None if self._most is None else _value(self._rows[0][self._most].text)

    @property
    def participants(self) -> dict[str, list[str]]:
        """By participant's number the texts of the whole row."""
        return {self._number(row): [cell.text.strip() for cell in row] for row in self._rows}

    def _number(self, row: list[_Cell]) -> str:
        match = _PARTICIPANT.fullmatch(row[self._id].text.strip())
        assert match is not None  # _find_id has made sure of it
        return match[1]

    def complete(
        self, grades: Mapping[str, float], replace: Collection[str] = (), comments: Mapping[str, list[str]] = {}
    ) -> Completed:
        """Write grades and comments into the sheet.

        Parameters
        ----------
        grades : mapping of str to float
            By participant's number the grade in Moodle's points. It is written with two decimals.
        replace : collection of str
            The participants' numbers whose grades are replaced where there are some already.
        comments : mapping of str to list of str
            By participant's number the lines of the comment, as plain text. A comment that is there already is replaced
            only where it begins as this one does, up to the first colon: then it is an earlier one of these.
        """
        new: dict[_Cell, str] = {}
        written, kept, locked, count = {}, {}, {}, 0
        for row in self._rows:
            number, cell = self._number(row), row[self._grade]
            if self._changeable is not None and row[self._changeable].text.strip().casefold() in NO:
                if number in grades:
                    locked[number] = cell.text.strip()
                continue
            if self._comment is not None and number in comments:
                comment, before = "<br>\n".join(map(escape, comments[number])), row[self._comment]
                is_ours = before.text.strip().startswith(comment.partition(":")[0] + ":")
                if (before.text.strip() in _EMPTY or is_ours) and before.text != comment:
                    new[before] = comment
                    count += 1
            if number not in grades:
                continue
            text = f"{grades[number]:.2f}".replace(".", "," if self._decimal_comma() else ".")
            there = cell.text.strip()
            if there not in _EMPTY and _value(there) == _value(text):
                continue
            if there not in _EMPTY and number not in replace:
                kept[number] = there
                continue
            new[cell] = written[number] = text
        data = bytearray(self._data)
        for cell, text in sorted(new.items(), key=lambda one: -one[0].start):
            data[cell.start : cell.end] = self._field(cell, text)
        return Completed(bytes(data), written, kept, count, locked)

    def _field(self, cell: _Cell, text: str) -> bytes:
        """A text as the bytes of a field, quoted where the cell was or where it has to be, in the file's encoding."""
        quoted = self._data[cell.start : cell.start + 1] == b'"' or self._separator.decode() in text
        if quoted or any(sign in text for sign in '"\n'):
            text = '"' + text.replace('"', '""') + '"'
        try:
            self._data.decode("utf-8")
        except UnicodeDecodeError:
            return text.encode("cp1252", "replace")
        return text.encode()

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
    """The separator of columns: the comma, semicolon or tab that is most frequent in the header."""
    first = data.partition(b"\n")[0]
    return max((b",", b";", b"\t"), key=first.count)


def _cells(data: bytes) -> list[list[_Cell]]:
    """The fields of each row, with the places of their bytes.

    Quotes, separators and line ends are ASCII in each encoding that is read here, so the bytes are split as they are.
    """
    text = data.decode("latin-1")  # this gives one letter for each byte
    separator = _separator(data).decode()
    pattern = re.compile(rf'[ ]*"(?:[^"]|"")*"[ ]*|[^{re.escape(separator)}\r\n]*')
    rows: list[list[_Cell]] = [[]]
    at = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    while True:
        match = pattern.match(text, at)
        assert match is not None  # the pattern matches an empty field too
        rows[-1].append(_Cell(at, match.end(), _field_text(data[at : match.end()])))
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


def _field_text(raw: bytes) -> str:
    """The text in the bytes of one field, without its quotes."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    text = text.strip(" ")
    return text[1:-1].replace('""', '"') if text.startswith('"') and text.endswith('"') and len(text) > 1 else text
