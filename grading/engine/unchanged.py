"""Finds out whether a verdict was given by the files that are on disk, for the cache knows tests by their files."""

from course.chapter import ROOT
from course.errors import CourseError
from course.freshness import changed_files

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
    if any(path.startswith(JUDGES) or path.endswith(f"/{slug}.py") for path in changed_files()):
        raise CourseError(f"the tests of {slug} or the grader have changed since this process started: grade again")
