"""What learners ask to be graded again: a paragraph that begins with "Regrade request:", or a file `regrade.txt`.

Whatever stands there is text, and nothing of it is run or rendered.
"""

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode

from course.chapter import Chapter
from course.errors import CourseError
from grading.commands.grade_class import students_to_grade
from grading.handin.files import read_bytes, shown
from grading.handin.find import candidates, walk
from grading.handin.intake import read_notebook
from grading.handin.release import given_out
from grading.places import headings

FILES = ("regrade.txt", "regrade.md")
MOST_BYTES, MOST_CHARACTERS, MOST_NOTEBOOKS, MOST_REQUESTS = 100_000, 2_000, 5, 10
#: What may stand before the words and around them: a heading, a comment, a quotation, bold print.
_START = re.compile(r"[ \t>#*_]{0,20}regrade[ -]request\b[ \t*_]{0,10}[:：][ \t*_]{0,10}", re.IGNORECASE)


@dataclass(frozen=True)
class Request:
    """What a learner asks.

    Attributes
    ----------
    exercises : tuple of str
        Those that the text names, by function or by number.
    written : bool
        Whether it names the written question.
    where : str
        The file, and the cell's number.
    """

    student: str
    text: str
    where: str
    exercises: tuple[str, ...] = ()
    written: bool = False


@dataclass
class Found:
    """The requests of a class, and whose hand-in could not be looked through, with the reason, a line each."""

    slug: str
    looked: int = 0
    requests: list[Request] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def find(root: Path, slug: str) -> Found:
    """Look for requests in all hand-ins of a chapter; raises CourseError where nothing was handed in."""
    found = Found(slug)
    for student in students_to_grade(root, slug, None):
        found.looked += 1
        seen: set[str] = set()
        try:
            for where, text in _texts(root, slug, student, found.left_out):
                plain = " ".join(text.split())
                if plain and plain not in seen and len(seen) < MOST_REQUESTS:
                    seen.add(plain)
                    found.requests.append(Request(student, _cut(text), where, *_named(slug, text)))
        except CourseError as error:
            found.left_out.append(f"{student}: not looked through: {error}")
    return found


def _texts(root: Path, slug: str, student: str, left_out: list[str]) -> Iterator[tuple[str, str]]:
    """Where a request stands in a hand-in, and its text."""
    folder = root / "submitted" / student / slug
    for path in candidates(folder, slug)[:MOST_NOTEBOOKS]:
        try:
            notebook = read_notebook(path)
        except CourseError as error:
            left_out.append(f"{student}: {shown(path.name)} not looked through: {error}")
            continue
        released = {text for cell in given_out(root, slug).notebook.cells for text in _of_cell(cell)}
        for number, cell in enumerate(notebook.cells, 1):
            for text in _of_cell(cell):
                if text not in released:
                    yield f"{shown(path.name)}, cell {number}", text
    for path, _ in walk(folder):
        if path.name.lower() in FILES:
            data = read_bytes(path, MOST_BYTES)
            text = data.decode("utf-8-sig", "replace")
            yield shown(path.name), _START.sub("", text.strip(), count=1) if _START.match(text.strip()) else text


def _of_cell(cell: NotebookNode) -> Iterator[str]:
    return paragraphs(cell.source, cell.cell_type == "code")


def paragraphs(source: str, is_code: bool = False) -> Iterator[str]:
    """The requests in a cell: a whole cell that begins with one, else each paragraph, in code each comment."""
    if not is_code and (start := _START.match(source.lstrip())):
        yield source.lstrip()[start.end() :].strip()
        return
    lines: list[str] | None = None
    for line in [*source.split("\n"), ""]:
        if lines is not None and (not line.strip() or (is_code and not line.lstrip().startswith("#"))):
            yield "\n".join(lines).strip()
            lines = None
        if start := _START.match(line):
            if not is_code or line.lstrip().startswith("#"):
                if lines is not None:
                    yield "\n".join(lines).strip()
                lines = [line[start.end() :]]
        elif lines is not None:
            lines.append(line.lstrip(" \t#") if is_code else line)


def _cut(text: str) -> str:
    text = text.strip()
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]} … ({len(text)} characters)"


def _named(slug: str, text: str) -> tuple[tuple[str, ...], bool]:
    """The exercises that a text names, and whether it names the written question."""
    words = {word.casefold() for word in re.findall(r"\w+", text)}
    numbers = set(re.findall(r"(?:exercise|task|part|question|aufgabe)\s+(\d{1,2})\b", text, re.IGNORECASE))
    titles = headings(slug)
    named = tuple(
        name
        for name in Chapter(slug).exercises
        if name.casefold() in words or titles.get(name, "").partition(".")[0] in numbers
    )
    return named, bool(
        re.search(r"\bwritten\b|\bin your own words\b", text, re.IGNORECASE)
    ) or f"written_{slug}" in words


def lines(found: Found, root: str = "") -> Iterator[str]:
    """The list as it is printed; `root` is the course's folder, where the commands have to name one."""
    where = f" --root {shlex.quote(root)}" if root else ""
    for request in found.requests:
        about = ", ".join([*request.exercises, *(["the written answer"] if request.written else [])])
        yield f"{request.student}: {about or 'no exercise named'} ({request.where})"
        yield from (f"  {line}" for line in request.text.split("\n"))
        yield from (f"  {command}" for command in _commands(found.slug, request, where))
    yield from found.left_out
    who = len({request.student for request in found.requests})
    yield f"{len(found.requests)} requests of {who} learners; {found.looked} hand-ins looked through"


def _commands(slug: str, request: Request, where: str) -> Iterable[str]:
    """What answers a request."""
    student = shlex.quote(request.student)
    if request.student.startswith("-"):
        where, student = f"{where} --", student
    if request.written:
        yield f"python -m grading answers {slug}{where.removesuffix(' --')}"
    if request.exercises or not request.written:
        for name in request.exercises or ("",):
            yield f"python -m grading replay{where} {slug} {student} {name}".rstrip()
