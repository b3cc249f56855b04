"""From what Moodle gave to what Moodle takes: submissions and grading worksheet in, feedback and worksheet out."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from course.chapter import slugs
from course.errors import CourseError
from grading.commands import report
from grading.commands.grade_class import Options, grade_class, summary
from grading.gradebook import printed
from grading.gradebook.card import as_lines, read_graded
from grading.gradebook.facade import Gradebook
from grading.gradebook.results import Result
from grading.gradebook.students import Student
from grading.platforms import archive, giveback, ledger, names, same_person
from grading.platforms.names import Collection, Who
from grading.platforms.recognize import MOODLE
from grading.platforms.roster import Roster, split_name
from grading.platforms.worksheet import Worksheet


@dataclass(frozen=True)
class Files:
    """What comes in, and where it goes.

    Attributes
    ----------
    submissions : Path
        Moodle's zip file ("Download all submissions"), or the folder that it was unpacked to.
    worksheet : Path
        The offline grading worksheet of the same assignment.
    to : Path, optional
        Where `feedback.zip` and the worksheet go; `ROOT/upload/SLUG` unless told.
    grade_column : str, optional
        The worksheet's column of grades, where it is not found.
    comment_column : str, optional
        The worksheet's column of comments, where it is not found.
    replace : tuple of str, optional
        Write over grades that are in the worksheet already: of these students or participants' numbers, or of
        everybody where it is empty. None keeps them all.
    form : str
        What learners get, one of `giveback.FORMS`.
    """

    submissions: Path
    worksheet: Path
    to: Path | None = None
    grade_column: str | None = None
    replace: tuple[str, ...] | None = None
    comment_column: str | None = None
    form: str = giveback.HTML


def run(root: Path, slug: str, files: Files, options: Options, say: Callable[[str], None]) -> bool:
    """Collect, grade, and write `feedback.zip` and the completed worksheet, both to be uploaded as they are.

    The same command again, say after the written answers are graded in formgrader, grades only what has changed.

    Parameters
    ----------
    root : Path
        The course's folder.
    slug : str
        The chapter.
    files : Files
    options : Options
        How the class is graded.
    say : callable
        Takes the report, a line each.

    Returns
    -------
    bool
        Whether everybody in the zip file was graded, has a feedback page, and is on the worksheet.
    """
    if slug not in slugs():
        raise CourseError(f"there is no chapter {slug!r}; there are {', '.join(slugs())}")
    sheet = Worksheet(files.worksheet, files.grade_column, files.comment_column)
    if files.form != giveback.HTML:
        printed.check()  # before a class is graded
    book = Gradebook(root, options.db_url, options.detail)
    number_of = _collect(root, slug, files.submissions, sheet, book, say)
    replace = _to_replace(files.replace, number_of, sheet)
    whole = grade_class(root, slug, options)
    graded = [one for one in whole if one.student in number_of]
    complete = summary(graded, say)
    to = files.to or root / "upload" / slug
    there = {one.student for one in graded if not one.problem}
    refused = {one.student for one in graded if one.verdict is not None and one.verdict.refused}
    found = [one for one in book.results(slug) if one.student in there]
    unread = {one.student for one in found if one.student in refused and not one.total}  # nobody gave points by hand
    results = [one for one in found if one.student not in unread]
    most = book.max_score(slug)
    scale = 1.0 if sheet.most is None else sheet.most / most
    grades = {number_of[one.student]: scale * one.total for one in results}
    comments = {number_of[one.student]: lines for one in results if (lines := _comment(root, slug, one))}
    done = sheet.complete(grades, replace, comments)
    target = to / files.worksheet.name
    if target.resolve() == files.worksheet.resolve():
        target = target.with_stem(target.stem + "-graded")
    to.mkdir(parents=True, exist_ok=True)
    target.write_bytes(done.data)  # before the pages, so that the grades are there whatever becomes of these

    packed, lacking = _feedback(root, slug, book, set(number_of), to / "feedback.zip", files.form)
    for line in [*lacking, *(packed.notes if packed else ()), *giveback.waiting(results)]:
        say(line)
    if scale != 1:
        say(f"grades are scaled: {most:g} points here are {sheet.most:g} in Moodle")
    for student in sorted(unread):
        say(f"Participant {number_of[student]}: what was handed in can't be read; no grade was written")
    for number, grade in done.kept.items():
        say(f"Participant {number}: keeps the grade {grade} that the worksheet had (--replace writes over it)")
    for number, grade in done.locked.items():
        has = f"keeps {grade}" if grade.strip("-") else "gets no grade"
        say(f"Participant {number}: {has}: Moodle says that the grade can't be changed (locked or overridden there)")
    submitters, listed = set(number_of.values()), set(sheet.participants)
    for number in sorted(submitters - listed, key=int):
        say(f"Participant {number}: is in the zip file and not on the worksheet; no grade was written")
    for number in sorted(listed - submitters, key=int):
        say(f"Participant {number}: is on the worksheet and not in the zip file: nothing handed in")
    written = report.write(root, slug, whole, report.absent(book, whole))
    say(f"report: {', '.join(map(str, written))}")
    if packed:
        kind = "feedback pages" if files.form == giveback.HTML else "learners' feedback, as PDF"
        say(f"{packed.path}: {packed.learners} {kind} (Upload multiple feedback files in a zip)")
    more = f" and {_counted(done.comments, 'comment')}" if done.comments else ""
    say(f"{target}: {_counted(len(done.written), 'grade')}{more} (Upload grading worksheet)")
    return complete and submitters <= listed and not lacking and (packed is None or packed.complete)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _comment(root: Path, slug: str, result: Result) -> list[str]:
    """The card of the feedback page as lines of text; none where the graded notebook is not there."""
    graded = read_graded(root, slug, result.student)
    return as_lines(graded, slug, result) if graded is not None else []


def _to_replace(named: tuple[str, ...] | None, number_of: dict[str, str], sheet: Worksheet) -> set[str]:
    """The participants' numbers whose grades may be written over.

    Raises
    ------
    CourseError
        One of the names is neither a student's who handed in nor a participant's.
    """
    if named is None:
        return set()
    numbers = {number_of.get(name, name) for name in named} or set(sheet.participants)
    if unknown := sorted(numbers - set(sheet.participants)):
        raise CourseError(
            f"--replace: {', '.join(unknown)}: there is no such student in the zip file, and no such participant on "
            "the worksheet"
        )
    return numbers


def _feedback(
    root: Path, slug: str, book: Gradebook, students: set[str], to: Path, form: str
) -> tuple[giveback.GivenBack | None, list[str]]:
    """Make and pack the feedback pages: what was packed, None where nothing could be, and who has none, a line each."""
    lacking: list[str] = []
    try:
        lacking = [f"{student}: no feedback page: {reason}" for student, reason in book.feedback(slug).items()]
        return giveback.feedback(root, slug, MOODLE, to, students, form), lacking
    except CourseError as error:
        return None, [*lacking, f"no feedback: {error}"]


def _collect(
    root: Path, slug: str, source: Path, sheet: Worksheet, book: Gradebook, say: Callable[[str], None]
) -> dict[str, str]:
    """Put the hand-ins into the course's folder; the participant's number of each student."""
    roster, participants = Roster(book.students()), sheet.participants

    def student_of(who: Who) -> str | None:
        """By the roster, else by the email on the worksheet: Moodle's number is another one in each assignment."""
        row = participants.get(who.id, [])
        emails = [text for text in row if "@" in text]
        for email in [*emails, ""]:
            if found := roster(Who(who.platform, who.id, who.name, email)):
                return found
        return names.fit(emails[0]) if emails else None

    with tempfile.TemporaryDirectory() as folder:
        unpacked = Path(folder) / "unpacked"
        refused = archive.unpack(source, unpacked)
        found = names.collect(unpacked, slug, student_of, platform=MOODLE)
        for line in [*refused, *found.notes]:
            say(line)
        found.learners = [one for one in found.learners if one.who.platform == MOODLE]
        if not found.learners:
            raise CourseError(
                f'{source} has no folder like "Ada Lovelace_12345_assignsubmission_file_"; wanted what Moodle\'s '
                '"Download all submissions" gives'
            )
        ledger.lay_out(found, lambda student: root / "submitted" / student / slug, root / "downloaded" / slug / "old")
    ledger.keep(root, slug, ledger.origins(found))
    book.enrol(_known(found, participants))
    for line in same_person.lines(root, book.students()):
        say(line)
    return {one.student: one.who.id for one in found.learners}


def _known(found: Collection, participants: dict[str, list[str]]) -> list[Student]:
    """What the worksheet tells of the learners; a blind one tells nothing."""
    students = []
    for one in found.learners:
        row = participants.get(one.who.id, [])
        email = next((text for text in row if "@" in text), "")
        named = any(text and text == one.who.name for text in row)
        first, last = split_name(one.who.name) if named else ("", "")
        students.append(Student(one.student, first, last, email))
    return students
