"""A whole class: read, grade in parallel, and put into nbgrader's gradebook by one writer."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from grading import engine, submission
from grading.cache import Cache
from grading.course import slugs
from grading.errors import CourseError, IntakeError
from grading.plugin import Gradebook
from grading.rebuild import rebuild
from grading.sandbox import Sandbox
from grading.verdict import Verdict
from publishing.notebooks import bundle, write


@dataclass(frozen=True)
class Graded:
    """One student's result as the gradebook has it."""

    student: str
    points: float
    max_points: float
    verdict: Verdict | None
    problem: str = ""  # of the machine: not graded


def students(root: Path, slug: str) -> list[str]:
    """Who handed something in: the folders `submitted/STUDENT/SLUG`."""
    return sorted(folder.parent.name for folder in (root / "submitted").glob(f"*/{slug}") if folder.is_dir())


def grade_class(
    root: Path, slug: str, only: str | None = None, workers: int | None = None, force: bool = False
) -> Iterator[Graded]:
    """Grade what a class handed in for one chapter, and put it into the gradebook.

    Parameters
    ----------
    root : Path
        The course's folder.
    slug : str
        The chapter.
    only : str, optional
        One student.
    workers : int, optional
        How many submissions are graded at a time; the number of cores unless told.
    force : bool
        Grade again what is graded and unchanged.

    Yields
    ------
    Graded
        In the order of the students' names.

    Raises
    ------
    CourseError
        Where there is no such chapter or nothing was handed in.
    """
    if slug not in slugs():
        raise CourseError(f"there is no chapter {slug!r}; there are {', '.join(slugs())}")
    everyone = students(root, slug)
    chosen = [name for name in everyone if only in (None, name)]
    if not chosen:
        wanted = root / "submitted" / (only or "STUDENT") / slug / "exercise.ipynb"
        raise CourseError(f"nothing to grade: wanted {wanted}; hand-ins go there")
    book = Gradebook(root)
    write(bundle(slug), root / "source" / slug)
    book.release(slug)
    cache = Cache(root / "cache")
    if force:
        cache.forget(slug)
    verdicts = _verdicts(root, slug, chosen, workers or os.cpu_count() or 1, cache)
    for name in chosen:
        problem = book.autograde(slug, name)
        points, most = book.score(slug, name)
        yield Graded(name, points, most, verdicts.get(name), problem)


def _verdicts(root: Path, slug: str, names: list[str], workers: int, cache: Cache) -> dict[str, Verdict]:
    """Grade in parallel what is not in the cache; the gradebook's writer finds it there."""
    secret = engine.course_secret(root)
    verdicts: dict[str, Verdict] = {}
    with Sandbox(files=engine.beside(slug)) as sandbox, ThreadPoolExecutor(workers) as pool:

        def one(name: str) -> Verdict:
            folder = root / "submitted" / name / slug
            try:
                made = rebuild(engine.released(slug), submission.read(submission.normalise(folder, slug)))
            except IntakeError as error:
                return Verdict(refused=str(error))
            verdict = cache.graded(slug, made.notebook, secret, sandbox)
            return Verdict(verdict.exercises, "", [*made.notes, *verdict.notes], verdict.outputs)

        futures: dict[Future[Verdict], str] = {pool.submit(one, name): name for name in names}
        for future in tqdm(as_completed(futures), total=len(names), desc=slug, unit="notebook", disable=None):
            try:
                verdicts[futures[future]] = future.result()
            except CourseError:
                continue  # tried again by the writer, which reports it
    return verdicts


def summary(results: list[Graded], say: Callable[[str], None]) -> bool:
    """Say what came of a class, a line each; whether everybody was graded."""
    for g in results:
        say(f"{g.student:12} {g.points:6.2f} of {g.max_points:g}  {_mistakes(g)}".rstrip())
    for g in results:
        verdict = g.verdict or Verdict()
        for reason in [g.problem, verdict.refused, *verdict.notes]:
            if reason:
                say(f"{g.student}: {reason}")
    return not any(g.problem for g in results)


def _mistakes(graded: Graded) -> str:
    if graded.verdict is None:
        return ""
    named = (
        f"{e.exercise}: {slug.replace('_', ' ')}"
        for e in graded.verdict.exercises.values()
        for slug in dict.fromkeys(line.misconception for line in e.lines if line.misconception)
    )
    return "; ".join(named)
