"""Packs what goes back to learners and to the platform: feedback as each platform wants it uploaded, and grades."""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course.chapter import slugs
from course.errors import CourseError
from course.notebooks import released
from grading.gradebook import printed
from grading.gradebook.facade import Gradebook
from grading.gradebook.results import Result
from grading.gradebook.students import Student
from grading.platforms import archive, canvas, ledger
from grading.platforms.ledger import Origin
from grading.platforms.recognize import CANVAS, MOODLE, PATTERNS, PLAIN
from grading.tables import table

PLATFORMS = (MOODLE, CANVAS, PLAIN)
PAGE = "exercise.html"
#: What a learner gets: the page, the page printed as PDF, or the two.
FORMS = HTML, PDF, BOTH = ("html", "pdf", "both")


@dataclass(frozen=True)
class GivenBack:
    """A file that was written, how many learners are in it, and what the instructor should know, a line each.

    It is not complete where a page could not be printed.
    """

    path: Path
    learners: int
    notes: list[str]
    complete: bool = True


def feedback(
    root: Path, slug: str, platform: str, to: Path | None = None, only: set[str] | None = None, form: str = HTML
) -> GivenBack:
    """Pack the feedback pages of a chapter for a platform.

    Parameters
    ----------
    root : Path
        The course's folder.
    slug : str
        The chapter.
    platform : str
        "moodle": for "Upload multiple feedback files in a zip", which wants a folder for each learner, named as in
        Moodle's download. "canvas": for "Upload Submissions", which wants the names of Canvas's download, because they
        hold its ids. "plain": a folder for each student.
    to : Path, optional
        The zip file; `ROOT/upload/SLUG/feedback-PLATFORM.zip` unless told.
    only : set of str, optional
        The ids of these students; all of them unless told.
    form : str, optional
        One of `FORMS`. Where a page can't be printed, it is packed itself, and a note says why.

    Raises
    ------
    CourseError
        There is no such chapter, or no feedback page that could go to the platform; or Chromium is needed and missing.
    """
    _check(slug)
    origins = {one.student: one for one in ledger.look_up(root, slug)}
    files, notes = {}, []
    for page in sorted((root / "feedback").glob(f"*/{slug}/{PAGE}")):
        student = page.parent.parent.name
        if only is not None and student not in only:
            continue
        name = f"{student}/{slug}.html" if platform == PLAIN else _name(platform, origins.get(student))
        if name is None:
            notes.append(f"{student}: was not collected from {platform.capitalize()}; their feedback is left out")
        else:
            files[name] = page
    submitters = {folder.parent.name for folder in (root / "submitted").glob(f"*/{slug}")}
    have = {page.parent.parent.name for page in files.values()}
    lacking = (submitters if only is None else only) - have - {note.partition(":")[0] for note in notes}
    notes += [f"{student}: has no feedback yet" for student in sorted(lacking)]
    if not files and not lacking and notes:
        raise CourseError(f"nobody's hand-in for {slug} was collected from {platform.capitalize()}; try --for plain")
    if not files:
        raise CourseError(
            f"there is no feedback on {slug} yet; make it with python -m grading grade {slug} --root {root} --feedback"
        )
    to = to or root / "upload" / slug / f"feedback-{platform}.zip"
    with tempfile.TemporaryDirectory() as scratch:
        failed = {} if form == HTML else _print(files, form, Path(scratch))
        archive.pack(files, to)
    notes += [f"{student}: has no PDF but the page itself: {reason}" for student, reason in failed.items()]
    return GivenBack(to, len(have), notes, complete=not failed)


def _print(files: dict[str, Path], form: str, scratch: Path) -> dict[str, str]:
    """Print pages that are to be packed, and put the PDFs in their place or beside them; who has none, and why."""
    names = {page.parent.parent.name: name for name, page in files.items()}
    made, failed = printed.print_pages({student: files[name] for student, name in names.items()}, scratch)
    for student, path in made.items():
        name = names[student]
        files[name.removesuffix(".html") + ".pdf"] = path
        if form == PDF:
            del files[name]
    return failed


def _name(platform: str, origin: Origin | None) -> str | None:
    """The path of a page in the platform's zip; None where the hand-in did not come from this platform."""
    if origin is None or origin.platform != platform:
        return None
    if platform == CANVAS:
        return re.sub(r"\.(ipynb|zip)\b.*$", "", origin.label, flags=re.S | re.I) + ".html"
    match = PATTERNS[MOODLE].fullmatch(origin.label)
    flat = match is not None and match["file"]
    return f"{origin.label.removesuffix(match['file'])}{PAGE}" if match and flat else f"{origin.label}/{PAGE}"


def grades(
    root: Path,
    slug: str,
    platform: str,
    to: Path | None = None,
    db_url: str | None = None,
    assignment: str | None = None,
    gradebook: Path | None = None,
    decimal_comma: bool = False,
) -> GivenBack:
    """Write the grades of a chapter as CSV. Moodle's grades are written by `moodle.run`, into Moodle's own worksheet.

    Parameters
    ----------
    root, slug
        As for `feedback`.
    platform : str
        "canvas": the columns that Canvas's gradebook imports, without a byte order mark. "plain": a column for each
        exercise, with the mark, because without it Excel does not read the file as UTF-8.
    to : Path, optional
        The file; `ROOT/upload/SLUG/grades-PLATFORM.csv` unless told.
    db_url : str, optional
        The gradebook's address, as for `Gradebook`.
    assignment : str, optional
        The assignment's name in Canvas; the chapter's unless told. Canvas makes a new one where it has none of that
        name.
    gradebook : Path, optional
        Canvas's gradebook as Canvas has exported it, whose columns and students the file then has.
    decimal_comma : bool, optional
        For "plain": semicolons between columns and commas in numbers, as Excel wants them in German and most languages
        of Europe.

    Raises
    ------
    CourseError
        There is no such chapter, or it is not graded yet; or Canvas's file is none, or lacks the assignment.
    """
    _check(slug)
    book = Gradebook(root, db_url)
    results = book.results(slug)
    if not results:
        raise CourseError(f"{slug} is not graded yet: python -m grading grade {slug} --root {root}")
    students = {student.id: student for student in book.students()}
    notes, complete, written = waiting(results), True, len(results)
    if platform == CANVAS:
        origins = {one.student: one for one in ledger.look_up(root, slug) if one.platform == CANVAS}
        most = book.max_score(slug)
        if gradebook is None:
            text = table(_canvas(results, students, origins, assignment or slug, most))
        else:
            points, numbers = {one.student: one.total for one in results}, {s: one.id for s, one in origins.items()}
            filled = canvas.Export(gradebook).fill(assignment or slug, points, most, students.values(), numbers)
            text, complete, written = filled.text, filled.complete, filled.written
            if filled.scale != 1:
                notes.append(f"grades are scaled: {most:g} points here are {filled.scale * most:g} in Canvas")
            notes += filled.notes
    else:
        rows = _plain(results, students, slug)
        text = table(map(_with_commas, rows), ";") if decimal_comma else table(rows)
        absent = sorted(students.keys() - {one.student for one in results})
        notes += [f"{student}: is on the class list and has no grade, so no row" for student in absent]
    to = to or root / "upload" / slug / f"grades-{platform}.csv"
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(text, encoding="utf-8" if platform == CANVAS else "utf-8-sig", newline="")
    return GivenBack(to, written, notes, complete)


def _with_commas(row: list[Any]) -> list[Any]:
    return [str(cell).replace(".", ",") if isinstance(cell, float) else cell for cell in row]


def waiting(results: list[Result]) -> list[str]:
    """Whose answers a person has still to grade, or to look at again: a line each; empty where there are none."""
    return [
        *_some([one.student for one in results if one.waiting], "wait for you in formgrader and count 0 until then"),
        *_some(
            [one.student for one in results if one.again],
            "have changed since you graded them; your points count until you give others in formgrader",
        ),
    ]


def _some(names: list[str], told: str) -> Iterator[str]:
    """What is told of the written answers of some students, with the first names; nothing where there are none."""
    if names:
        some = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        yield f"written answers that {told}: {len(names)} ({some})"


def _check(slug: str) -> None:
    if slug not in slugs():
        raise CourseError(f"there is no chapter {slug!r}; there are {', '.join(slugs())}")


def _canvas(
    results: list[Result], students: dict[str, Student], origins: dict[str, Origin], assignment: str, most: float
) -> Iterator[list[Any]]:
    """Rows for Canvas, whose `gradebook_importer.rb` wants Student, ID and Section first, and finds students by ID."""
    yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", assignment]
    yield ["    Points Possible", "", "", "", "", most]
    for one in results:
        student = students.get(one.student, Student(one.student))
        origin = origins.get(one.student)
        number = origin.id if origin else student.lms_user_id
        name = ", ".join(filter(None, (student.last_name, student.first_name))) or (origin.name if origin else "")
        other = student.id if student.id != number else ""  # one of the two, and Canvas tries both
        yield [name or one.student, number, other, other, "", round(one.total, 2)]


def _plain(results: list[Result], students: dict[str, Student], slug: str) -> Iterator[list[Any]]:
    most = {
        about["grade_id"]: about.get("points", 0)
        for cell in released(slug).cells
        if (about := cell.metadata.get("nbgrader", {})).get("grade")
    }
    cells = list(results[0].cells)
    yield [
        "student", "last_name", "first_name", "email",
        *(cell.removeprefix("test_") for cell in cells), "late_penalty", "total", "max", "waits_for_a_person",
    ]  # fmt: skip
    for one in results:
        student = students.get(one.student, Student(one.student))
        yield [
            student.id, student.last_name, student.first_name, student.email,
            *(round(one.cells[cell], 2) for cell in cells),
            round(one.late_penalty, 2), round(one.total, 2), sum(most.values()),
            "yes" if one.waiting or one.again else "",
        ]  # fmt: skip
