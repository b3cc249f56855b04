"""Finds out whether a verdict was given by the files that are on disk, for the cache knows tests by their files."""

from collections.abc import Iterable

from course.chapter import ROOT
from course.errors import CourseError
from course.freshness import CONTENT, PROGRAM, _stamps, _State

#: The folders on whose files all verdicts depend; those on one chapter depend on files with its name, too.
JUDGES = tuple(f"{ROOT}/{folder}/" for folder in ("course", "grading/engine", "grading/sandbox", "solutions"))


def check_unchanged(slug: str) -> None:
    """Make sure that what judges a chapter is, on disk, what this process has loaded.

    Otherwise a verdict of the old tests would be kept as one of the new tests, for good.

    Raises
    ------
    CourseError
        A file has changed meanwhile: a test, an answer or the reference of the chapter, or the program.
    """

    def of_judges(stamps: Iterable[tuple[str, int, int]]) -> set[tuple[str, int, int]]:
        return {stamp for stamp in stamps if stamp[0].startswith(JUDGES) or stamp[0].endswith(f"/{slug}.py")}

    if of_judges(_stamps(PROGRAM + CONTENT)) != of_judges(_State.program + _State.content):
        raise CourseError(f"the tests of {slug} or the grader have changed since this process started: grade again")
