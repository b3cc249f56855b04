"""A whole class: read, grade in parallel, and put into nbgrader's gradebook by one writer."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tqdm import tqdm

from course.chapter import slugs
from course.errors import CourseError
from grading.commands.written import Standing, WrittenLog
from grading.engine.cache import Cache
from grading.engine.grade import course_secret, submission_key
from grading.engine.pool import Job, Pool
from grading.engine.verdict import Detail, Line, Rules, Verdict
from grading.engine.versions import versions_differ
from grading.gradebook import moving
from grading.gradebook.best import Chooser
from grading.gradebook.best import prepared as best_prepared
from grading.gradebook.facade import Gradebook
from grading.gradebook.results import Result
from grading.handin import submission
from grading.handin.release import Release, given_out, is_outdated
from grading.handin.submission import HandIn
from grading.terminal import say


@dataclass(frozen=True)
class Graded:
    """One student's result as the gradebook has it."""

    student: str
    points: float
    max_points: float
    verdict: Verdict | None  # without outputs and numbers
    problem: str = ""  # of the machine: not graded
    known: bool = False  # the verdict was there already
    limits: tuple[str, ...] = ()  # where cells and calls did not come to an end
    before: float | None = None  # the points before this run, where there were any
    late: float = 0.0  # points that are off because the hand-in was late
    earlier: bool = False  # the verdict is of tests that have changed since


@dataclass(frozen=True)
class Options:
    """How a class is graded.

    Attributes
    ----------
    student : str, optional
        This one only.
    workers : int, optional
        How many submissions are graded at a time on this machine; the number of cores unless told.
    scheduler : str, optional
        The address of a Dask cluster that grades instead of this machine.
    db_url : str, optional
        Where the gradebook is; in the course's folder unless told.
    force : bool
        Grade again what is graded and unchanged.
    again : bool
        Give those who have a grade the verdict of today's tests. Otherwise what the gradebook has of an unchanged
        hand-in stands.
    detail : Detail, optional
        How much learners are told; as `nbgrader_config.py` says unless told.
    """

    student: str | None = None
    workers: int | None = None
    scheduler: str | None = None
    db_url: str | None = None
    force: bool = False
    again: bool = False
    detail: Detail | None = None


def students(root: Path, slug: str) -> list[str]:
    """Who handed something in: the folders `submitted/STUDENT/SLUG`."""
    submitted = root / "submitted"
    names = os.listdir(submitted) if submitted.is_dir() else []
    return sorted(name for name in names if _is_folder(submitted / name / slug))


def _is_folder(path: Path) -> bool:
    """Whether there is a folder, or what can't be looked at: that is found out when it is read, and said."""
    try:
        return path.is_dir()
    except OSError:
        return True


def grade_class(root: Path, slug: str, options: Options = Options()) -> list[Graded]:
    """Grade what a class handed in for one chapter, and put it into the gradebook.

    What an earlier run, even one that was cut off, has graded and written is neither graded nor written again. That
    holds where tests have changed since, too: only `again` and `force` change a grade.

    Parameters
    ----------
    root : Path
        The course's folder.
    slug : str
        The chapter.
    options : Options

    Returns
    -------
    list of Graded
        In the order of the students' names.

    Raises
    ------
    CourseError
        Where there is no such chapter, nothing was handed in, or nobody can be graded at all.
    """
    names = students_to_grade(root, slug, options.student)
    book = Gradebook(root, options.db_url, options.detail)
    book.release(slug)
    if is_outdated(root, slug):
        say(f"{slug}: its page has changed since the release; hand-ins are graded by the release", to=sys.stderr)
    for warning in (versions_differ(), moving.left_behind(book)):
        if warning:
            say(warning, to=sys.stderr)
    before, result, kept = book.scores(slug), _Results(book.rules), Cache(root / "cache")
    release = given_out(root, slug)
    results: dict[str, Graded] = {}
    with WrittenLog(root, slug, _settings(book, slug)) as written:
        standing = None if options.again or options.force else Standing(root, slug, before, written)
        best = Chooser(root, slug, book, release) if book.best else None
        for hand_in, verdict, problem, known in grade_hand_ins(root, slug, names, options, standing, best):
            name = hand_in.student
            if verdict is not None and not hand_in.refusal and not (standing and name in standing.found):
                # Before it is written: a run that is cut off here is finished by the next one.
                kept.stand(slug, name, key_of(root, hand_in), verdict)
            if verdict is not None and (options.force or name not in before or not written.has(hand_in, verdict)):
                problem = book.write(hand_in, verdict, release)
                if not problem:
                    written.add(hand_in, verdict)
            earlier = standing is not None and name in standing.earlier
            results[name] = replace(result(hand_in, verdict, problem, known), earlier=earlier)
    try:
        after, most = {one.student: one for one in book.results(slug)}, book.max_score(slug)
    except CourseError as error:  # it is locked by now: nobody is told points that were not looked up
        return [replace(results[name], verdict=None, problem=results[name].problem or str(error)) for name in names]
    return [_with_points(results[name], after.get(name), most, before.get(name)) for name in names]


def _settings(book: Gradebook, slug: str) -> tuple[str, ...]:
    """What the gradebook's rows and the graded notebooks depend on beside hand-in and verdict."""
    return (book.db_url, book.detail, book.late_rule(slug), *book.rules.names, *(["best"] if book.best else []))


def _with_points(graded: Graded, found: Result | None, most: float, before: float | None = None) -> Graded:
    """A result with what the gradebook has: nothing where it does not know the student."""
    total, late = (found.total, found.late_penalty) if found else (0.0, 0.0)
    return replace(graded, points=total, max_points=most, before=before, late=late)


def look_up(root: Path, slug: str, db_url: str | None = None) -> list[Graded]:
    """What is known of a class without grading anybody: verdicts that are kept, points of the gradebook.

    Raises
    ------
    CourseError
        Where there is no such chapter, or it was never graded.
    """
    names, book = students_to_grade(root, slug, None), Gradebook(root, db_url)
    before = book.scores(slug)
    if not (root / "release" / slug).is_dir() or not before:
        raise CourseError(f"{slug} is not graded yet: python -m grading grade {slug} --root {root}")
    there = {one.student: one for one in book.results(slug)}
    most, kept, result = book.max_score(slug), Cache(root / "cache"), _Results(book.rules)
    results = []
    hand_ins = _counting(root, slug, names, kept) if book.best else prepared(root, slug, names)
    for hand_in, problem in tqdm(hand_ins, slug, len(names), unit="notebook", disable=None):
        verdict = None
        if not problem:
            refused = Verdict(refused=hand_in.refusal) if hand_in.refusal else None
            key = key_of(root, hand_in)
            stood = kept.standing(slug, hand_in.student, key)[0] if hand_in.student in before else None
            verdict = refused or stood or kept.find(slug, key)
            problem = "" if verdict is not None else "not graded yet, or graded by another version of the course"
        name = hand_in.student
        found = result(hand_in, verdict, problem, known=True)
        results.append(_with_points(found, there.get(name), most))
    return results


def _counting(root: Path, slug: str, names: list[str], kept: Cache) -> Iterator[tuple[HandIn, str]]:
    """What `prepared` gives, where the best attempt counts: the one whose verdict the gradebook has."""
    release = given_out(root, slug)
    for last, problem in prepared(root, slug, names):
        made = [] if problem else best_prepared(root, slug, last.student, release)
        stood = (one for one in made if kept.standing(slug, one.student, key_of(root, one))[0])
        yield next(stood, last), problem


def students_to_grade(root: Path, slug: str, student: str | None) -> list[str]:
    """Whose work there is to grade: everybody's, or one student's.

    Raises
    ------
    CourseError
        Where there is no such chapter, or no hand-in.
    """
    if slug not in slugs():
        raise CourseError(f"there is no chapter {slug!r}; there are {', '.join(slugs())}")
    names = [name for name in students(root, slug) if student in (None, name)]
    if not names:
        wanted = root / "submitted" / (student or "STUDENT") / slug / submission.NAME
        raise CourseError(f"nothing to grade: wanted {wanted}; hand-ins go there")
    return names


def prepare(root: Path, slug: str, student: str, release: Release | None = None) -> HandIn:
    """Read what a student handed in and rebuild it from the release; what cannot be read is refused, and no error."""
    folder = root / "submitted" / student / slug
    return submission.prepare(folder, student, slug, (release or given_out(root, slug)).notebook)


def prepared(root: Path, slug: str, names: Iterable[str]) -> Iterator[tuple[HandIn, str]]:
    """Each student's hand-in, and why it could not be read; empty where it could.

    Whatever goes wrong with one hand-in, the machine's failures and mistakes of ours, is that one's alone. A hand-in
    that could not be read has the release for a notebook.
    """
    release = given_out(root, slug)
    for name in names:
        try:
            hand_in = prepare(root, slug, name, release)  # the same for all, though another be made meanwhile
        except CourseError as error:
            yield HandIn(name, slug, release.notebook), str(error)
        except Exception as error:
            yield HandIn(name, slug, release.notebook), f"could not be read: {type(error).__name__}: {error}"
        else:
            yield hand_in, ""


def key_of(root: Path, hand_in: HandIn) -> bytes:
    """What stands for a hand-in where verdicts are kept."""
    return submission_key(course_secret(root), hand_in.notebook)


def grade_hand_ins(
    root: Path,
    slug: str,
    names: list[str],
    options: Options,
    standing: Standing | None = None,
    best: Chooser | None = None,
) -> Iterator[tuple[HandIn, Verdict | None, str, bool]]:
    """Each hand-in as soon as it has a verdict, or a problem of the machine's; and whether it was known before.

    Verdicts go into the cache, and nowhere else. What `standing` returns for a hand-in is taken for its verdict. With
    `best` all attempts of a student are graded, and the one that counts is passed on. The verdicts of the others stand,
    too, for whoever has a grade.
    """
    if best is None:
        yield from _grade_each(root, slug, prepared(root, slug, names), len(names), options, standing)
        return
    kept, stood = Cache(root / "cache"), set()

    def standing_or_recorded(hand_in: HandIn, key: bytes) -> Verdict | None:
        verdict = standing(hand_in, key) if standing is not None else None
        if verdict is not None:
            stood.add(id(hand_in.notebook))
        elif standing is not None and hand_in.student in standing.graded:
            verdict = kept.recorded(slug, key)
        return verdict

    each = _grade_each(root, slug, best.prepared(names), len(names), options, standing_or_recorded)
    for graded in each:
        counts = best.add(*graded)
        if counts is None:
            continue
        hand_in = counts[0]
        if standing is not None and id(hand_in.notebook) not in stood:  # another attempt counts from now on
            standing.found.discard(hand_in.student)
            standing.earlier.discard(hand_in.student)
        yield counts


def _grade_each(
    root: Path,
    slug: str,
    hand_ins: Iterable[tuple[HandIn, str]],
    count: int,
    options: Options,
    standing: Callable[[HandIn, bytes], Verdict | None] | None,
) -> Iterator[tuple[HandIn, Verdict | None, str, bool]]:
    kept = Cache(root / "cache")

    def jobs() -> Iterator[Job | tuple[HandIn, Verdict | str]]:
        for hand_in, problem in hand_ins:
            if problem:
                yield hand_in, problem
                continue
            key = key_of(root, hand_in)
            if hand_in.refusal:
                yield hand_in, Verdict(refused=hand_in.refusal)
            elif standing is not None and (stood := standing(hand_in, key)) is not None:
                yield hand_in, stood
            elif not options.force and (known := kept.find(slug, key)) is not None:
                yield hand_in, known
            else:
                only = () if options.force else kept.stale(slug, key)
                yield Job((hand_in, key), hand_in.notebook, key, only)

    progress = tqdm(total=count, desc=slug, unit="notebook", disable=None, smoothing=0.05)
    files = given_out(root, slug).files
    with progress, Pool(slug, files, options.workers, options.scheduler) as pool:
        for owner, found in pool.verdicts(jobs()):
            if isinstance(owner, HandIn) and isinstance(found, str):
                yield owner, None, found, False
            elif isinstance(owner, HandIn):
                assert isinstance(found, Verdict)
                yield owner, found, "", not owner.refusal
            elif isinstance(found, CourseError):
                yield owner[0], None, str(found), False
            else:
                hand_in, key = owner
                try:
                    verdict, problem = kept.keep(slug, key, found), ""
                except CourseError as error:
                    verdict, problem = None, str(error)
                yield hand_in, verdict, problem, False
            progress.update()


class _Results:
    """Makes results without what one notebook alone needs, so that a class of ten thousand fits into memory."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._lines: dict[Line, Line] = {}

    def __call__(self, hand_in: HandIn, verdict: Verdict | None, problem: str, known: bool) -> Graded:
        if verdict is None:
            return Graded(hand_in.student, 0.0, 0.0, None, problem, known)
        exercises = {
            sys.intern(name): replace(found, exercise=sys.intern(name), lines=[self._once(x) for x in found.lines])
            for name, found in verdict.counted(self._rules).exercises.items()
        }
        ended = {e.exercise: line.ended for e in exercises.values() for line in reversed(e.lines) if line.ended}
        limits = (*verdict.notes, *(f"{name}: {reason}" for name, reason in ended.items()))
        slim = Verdict(exercises, verdict.refused, [*hand_in.notes, *verdict.notes])
        return Graded(hand_in.student, 0.0, 0.0, slim, problem, known, limits)

    def _once(self, line: Line) -> Line:
        line = replace(line, detail="")
        return self._lines.setdefault(line, line)


def summary(results: list[Graded], say: Callable[[str], None]) -> bool:
    """Say what came of a class, a line each; whether everybody was graded."""
    for g in results:
        points = "   not graded" if g.problem else f"{g.points:6.2f} of {g.max_points:g}"
        say(f"{g.student:12} {points}  {_mistakes(g)}".rstrip())
    for g in results:
        verdict = g.verdict or Verdict()
        for reason in [g.problem, verdict.refused, *verdict.notes]:
            if reason:
                say(f"{g.student}: {reason}")
    changed = [g for g in results if g.before is not None and round(g.before - g.points, 2)]
    for g in changed:
        say(f"{g.student}: {g.before:g} -> {g.points:g} points")
    if earlier := sum(g.earlier for g in results):
        grades = f"{earlier} grades come from earlier tests and stay"
        if earlier == 1:
            grades = "1 grade comes from earlier tests and stays"
        say(f"{grades} as before: regrade lists what today's tests would change, and regrade --write writes it")
    known = sum(g.known for g in results)
    say(f"{len(results)} hand-ins, {known} of them graded before; {len(changed)} scores changed")
    return not any(g.problem for g in results)


def _mistakes(graded: Graded) -> str:
    if graded.verdict is None:
        return ""
    named = (
        f"{e.exercise}: {slug.replace('_', ' ')}" for e in graded.verdict.exercises.values() for slug in e.mistakes
    )
    return "; ".join(named)
