"""`python -m grading`: grade a class, look at it, give it back."""

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from course.chapter import ROOT, slugs
from course.errors import CourseError
from grading.commands import lti_verbs, marking_verbs, student_verbs
from grading.sandbox.bwrap import KIND, KINDS
from grading.terminal import say

# Each verb imports what it needs when it runs: nbgrader alone takes seconds, and a mistake in the command is told
# at once.
if TYPE_CHECKING:
    from grading.commands.grade_class import Options
    from grading.platforms.giveback import GivenBack

PLATFORMS = ("plain", "moodle", "canvas")
FORMS = ("html", "pdf", "both")


def main(arguments: list[str] | None = None) -> int:
    """Run one verb.

    Returns
    -------
    int
        0 when the class is complete, 1 where somebody could not be graded or with one line on a mistake, 2 on wrong
        usage, 130 where it was interrupted.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if unknown := {one.partition("/")[0] for one in getattr(options, "slugs", ())} - set(slugs()):
        parser.error(f"no such chapter: {', '.join(sorted(unknown))}; there are {', '.join(slugs())}")
    try:
        if getattr(options, "slug", None) not in (None, *slugs()):  # told before a verb imports nbgrader
            raise CourseError(f"there is no chapter {options.slug!r}; there are {', '.join(slugs())}")
        return options.run(options)
    except CourseError as error:
        say(error, to=sys.stderr)
        return 1
    except OSError as error:  # the disk is full, say
        say(f"the machine failed: {error}", to=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("interrupted; what is graded is kept, and the same command goes on from there", to=sys.stderr)
        return 130


# ---- the verbs and what they take


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m grading", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)

    def verb(name: str, run: Callable[[argparse.Namespace], int], told: str) -> argparse.ArgumentParser:
        made = verbs.add_parser(name, help=told)
        made.set_defaults(run=run)
        return made

    made = verb("grade", _grade, "grade what a class handed in for a chapter")
    _chapter(made)
    _who_and_how(made)
    made = verb("regrade", _regrade, "list whose points a changed test changes; with --write change them")
    _chapter(made)
    made.add_argument("--write", action="store_true", help="write the gradebook, after the list")
    _who_and_how(made)

    made = verb("replay", _replay, "grade one learner again from the recorded seeds, and show the numbers")
    _chapter(made)
    made.add_argument("student", metavar="STUDENT")
    made.add_argument("exercise", metavar="FUNCTION", nargs="?", help="this one only")
    made.add_argument("--html", type=Path, metavar="FILE", help="a page to show, instead")
    _root(made)
    made = verb("similar", _similar, "hand-ins more alike than the exercise explains: a hint, not a verdict")
    _chapter(made)
    _root(made)
    made = verb("report", _report, "what a class got, and which mistakes it makes")
    _chapter(made)
    _root(made)
    _gradebook(made)
    marking_verbs.add(verb, _chapter, _root, _gradebook)
    student_verbs.add(verb, _chapter, _root, _gradebook)

    made = verb("moodle", _moodle, "from Moodle's submissions and worksheet to feedback.zip and grades")
    _chapter(made)
    made.add_argument("submissions", metavar="SUBMISSIONS.zip", type=Path, help='"Download all submissions"')
    made.add_argument("worksheet", metavar="WORKSHEET.csv", type=Path, help='"Download grading worksheet"')
    made.add_argument("--to", metavar="DIR", type=Path, help="where the two go (ROOT/upload/CHAPTER)")
    made.add_argument("--grade-column", metavar="NAME", help="the worksheet's column of grades, if it is not found")
    made.add_argument("--comment-column", metavar="NAME", help="its column of comments, if it is not found")
    made.add_argument(
        "--replace",
        metavar="STUDENT",
        nargs="*",
        help="write over grades that the worksheet has already: everybody's, or those of some students or participants",
    )
    _form(made)
    _how(made)
    made = verb("feedback", _feedback, "pack the feedback pages as a platform takes them")
    _chapter(made)
    made.add_argument("--for", dest="platform", choices=PLATFORMS, default="plain", help="(plain)")
    made.add_argument("--to", metavar="FILE.zip", type=Path, help="(ROOT/upload/CHAPTER/feedback-PLATFORM.zip)")
    _form(made)
    _root(made)
    made = verb("grades", _grades, "write grades as CSV; Moodle's are written by the verb moodle")
    _chapter(made)
    made.add_argument("--for", dest="platform", choices=("canvas", "plain"), default="plain", help="(plain)")
    made.add_argument("--to", metavar="FILE.csv", type=Path, help="(ROOT/upload/CHAPTER/grades-PLATFORM.csv)")
    made.add_argument("--assignment", metavar="NAME", help="its name in Canvas (the chapter's)")
    made.add_argument(
        "--gradebook", metavar="EXPORT.csv", type=Path, help="Canvas's own export, to fill the assignment's column"
    )
    made.add_argument(
        "--decimal-comma", action="store_true", help="plain, for an Excel that writes 1,5: semicolons and commas"
    )
    _root(made)
    _gradebook(made)
    lti_verbs.add(verb, _chapter, _root, _gradebook)
    made = verb("copy-gradebook", _copy_gradebook, "copy the gradebook, with all that was given by hand, to another")
    made.add_argument("to", metavar="URL", help="of an empty database, such as postgresql://course@localhost/course")
    _root(made)
    _gradebook(made)

    made = verb("mutations", _mutations, "what the tests make of every misconception and right formulation")
    some = "chapters, or exercises such as transform/batchnorm_forward"
    made.add_argument("slugs", metavar="CHAPTER[/EXERCISE]", nargs="*", help=f"some {some} (all)")
    made.add_argument("--slips", type=int, metavar="N", help="what N random slips in a line of right answers earn")
    made = verb("seeds", _seeds, "look for false alarms over many sets of inputs")
    made.add_argument("slugs", metavar="CHAPTER[/EXERCISE]", nargs=1)
    made.add_argument("--wrong", action="store_true", help="for mistakes that are not found or not named, instead")
    made.add_argument("--seeds", type=int, default=1000, help="how many sets of inputs (1000)")
    made.add_argument("--first", type=int, default=0, help="the number of the first one (0)")
    made.add_argument("--only", metavar="ANSWER", help="one answer alone: reference, a formulation or a misconception")
    made = verb("diagnosis", _diagnosis, "how well wrong answers are explained, in the page and when grading")
    made.add_argument("slugs", metavar="CHAPTER[/EXERCISE]", nargs="*", help=f"some {some} (all but the project)")
    made.add_argument("--every", metavar="N", type=int, default=1, help="each N-th answer only (1)")
    made.add_argument("--show", action="store_true", help="also list the answers of which nothing right is told")
    return parser


def _chapter(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("slug", metavar="CHAPTER")


def _root(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--root", type=Path, default=ROOT / "class", help="the course's folder (class/)")


def _form(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--as", dest="form", choices=FORMS, default="html", help="learners' pages, or PDFs of them (html)"
    )


def _gradebook(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--db",
        metavar="URL",
        help="the gradebook, say postgresql:///course (the configured one, else ROOT/gradebook.db)",
    )


def _who_and_how(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--student", help="this one only")
    verb.add_argument("--feedback", action="store_true", help="make the feedback pages too")
    _how(verb)


def _how(verb: argparse.ArgumentParser) -> None:
    """What the verbs that grade take."""
    _root(verb)
    verb.add_argument("--workers", type=int, help="how many at a time (the number of cores)")
    verb.add_argument("--scheduler", metavar="ADDRESS", help="a Dask cluster that grades (grading/engine/cluster.py)")
    _gradebook(verb)
    verb.add_argument("--force", action="store_true", help="grade again what is graded and unchanged")
    verb.add_argument("--detail", choices=("score", "hints", "inputs", "edits"), help="what learners are told (hints)")
    verb.add_argument(
        "--sandbox",
        choices=KINDS,
        default=os.environ.get(KIND, KINDS[0]),
        help="none: learners' code runs as you, with all that you can read and write; for a container of its own only",
    )


def _options(options: argparse.Namespace) -> "Options":
    from grading.commands.grade_class import Options
    from grading.engine.verdict import Detail

    os.environ[KIND] = options.sandbox  # nbgrader's own commands, which grade_class calls, read it there
    if options.sandbox == "none":
        say(
            "no sandbox: learners' code can read and write all that you can, the answers too. Do this only in a "
            "container that holds nothing else of value",
            to=sys.stderr,
        )
    return Options(
        student=getattr(options, "student", None),
        workers=options.workers,
        scheduler=options.scheduler,
        db_url=options.db,
        force=options.force,
        detail=Detail(options.detail) if options.detail else None,
    )


# ---- what they do


def _grade(options: argparse.Namespace, again: bool = False) -> int:
    from grading.commands import report
    from grading.commands.grade_class import grade_class, look_up, summary
    from grading.gradebook.facade import Gradebook

    root, slug = options.root, options.slug
    results = grade_class(root, slug, replace(_options(options), again=again))
    complete = summary(results, say)
    whole = look_up(root, slug, options.db) if options.student else results
    book = Gradebook(root, options.db)
    written = report.write(root, slug, whole, report.absent(book, whole))
    say("", f"gradebook: {book.place}")
    say(f"graded notebooks: {root / 'autograded'}")
    say(f"report: {', '.join(map(str, written))}")
    if options.feedback:
        failed = book.feedback(slug)
        for student, reason in failed.items():
            say(f"{student}: no feedback page: {reason}")
        say(f"feedback: {root / 'feedback'}")
        complete = complete and not failed
    return 0 if complete else 1


def _regrade(options: argparse.Namespace) -> int:
    from grading.commands.regrade import preview

    found = preview(options.root, options.slug, _options(options))
    for line in found.lines():
        say(line)
    if options.write:
        say()
        options.force = False  # what was examined for the list is in the cache
        return _grade(options, again=True)
    say("nothing is written; the same command with --write does it, from the cache")
    return 1 if found.problems else 0


def _replay(options: argparse.Namespace) -> int:
    from grading.commands import replay

    found = replay.replay(options.root, options.slug, options.student, options.exercise)
    if options.html:
        options.html.write_text(replay.page(options.slug, found), encoding="utf-8")
        say(options.html)
    for each in found:
        told = [f"{each.verdict.exercise}: {replay.state(each)}"] if options.html else replay.lines(each)
        say(*told)
    return 0


def _similar(options: argparse.Namespace) -> int:
    from grading.commands import similar, similar_page

    found = similar.similar(options.root, options.slug)
    say(*similar_page.lines(found), f"page: {similar_page.write(options.root, found)}")
    return 0


def _report(options: argparse.Namespace) -> int:
    from grading.commands import report
    from grading.commands.grade_class import look_up
    from grading.gradebook.facade import Gradebook

    root, slug = options.root, options.slug
    results = look_up(root, slug, options.db)
    say(*report.write(root, slug, results, report.absent(Gradebook(root, options.db), results)))
    return 0


def _moodle(options: argparse.Namespace) -> int:
    from grading.commands import moodle

    replace = None if options.replace is None else tuple(options.replace)
    files = moodle.Files(
        options.submissions, options.worksheet, options.to, options.grade_column, replace, options.comment_column,
        options.form,
    )  # fmt: skip
    return 0 if moodle.run(options.root, options.slug, files, _options(options), say) else 1


def _feedback(options: argparse.Namespace) -> int:
    from grading.platforms import giveback

    return _told(giveback.feedback(options.root, options.slug, options.platform, options.to, form=options.form))


def _grades(options: argparse.Namespace) -> int:
    from grading.platforms import giveback

    root, slug = options.root, options.slug
    if options.gradebook and options.platform != "canvas":
        raise CourseError("--gradebook is Canvas's export: it goes with --for canvas")
    if options.decimal_comma and options.platform != "plain":
        raise CourseError("--decimal-comma is for a spreadsheet: it goes with --for plain")
    more = {"gradebook": options.gradebook, "decimal_comma": options.decimal_comma}
    return _told(giveback.grades(root, slug, options.platform, options.to, options.db, options.assignment, **more))


def _told(made: "GivenBack") -> int:
    say(*made.notes, f"{made.path}: {made.learners} learners")
    return 0 if made.complete else 1


def _copy_gradebook(options: argparse.Namespace) -> int:
    from grading.gradebook import moving
    from grading.gradebook.facade import Gradebook

    source, target = Gradebook(options.root, options.db), Gradebook(options.root, options.to)
    rows = moving.copy(source, target)
    say(
        f"{rows.get('student', 0)} students and {moving.by_hand(target)} grades and comments given by hand are in "
        f"{target.place} now",
        f"{source.place} is as it was; name the new one with --db or in nbgrader_config.py (c.CourseDirectory.db_url)",
    )
    return 0


def _mutations(options: argparse.Namespace) -> int:
    from course.mutations import mutations, print_mutations
    from course.random_slips import print_slips
    from course.random_slips import slips as drawn

    if options.slips:
        print_slips(drawn(options.slugs or [s for s in slugs() if s != "project"], options.slips), _say_all)
        return 0
    return 0 if print_mutations(mutations(options.slugs or slugs()), _say_all) else 1


def _diagnosis(options: argparse.Namespace) -> int:
    from course.chapter import slugs
    from course.diagnosis_table import print_table, table

    chosen = options.slugs or [slug for slug in slugs() if slug != "project"]
    return 0 if print_table(table(chosen, every=options.every), _say_all, options.show) else 1


def _seeds(options: argparse.Namespace) -> int:
    from course.mutations import false_alarms, missed_mistakes, print_seeds

    look = missed_mistakes if options.wrong else false_alarms
    seen = look(options.slugs[0], options.seeds, options.first, options.only)
    return 0 if print_seeds(seen, _say_all, options.wrong) else 1


def _say_all(text: str) -> None:
    """Print a text of the course's own, which may have several lines."""
    say(*text.split("\n"))


if __name__ == "__main__":
    sys.exit(main())
