"""`python -m grading`: grade a class, look at it, give it back."""

import argparse
import os
import sys
from pathlib import Path

import grading.lean  # noqa: F401 (it works by being imported before all others)
from course.chapter import ROOT, slugs
from course.errors import CourseError
from course.examination.mutations import false_alarms, missed_mistakes, mutations, print_mutations, print_seeds
from grading.commands import moodle, replay, report, similar
from grading.commands.forget import forget, traces
from grading.commands.grade_class import Options, grade_class, look_up, summary
from grading.commands.regrade import preview
from grading.engine.verdict import Detail
from grading.gradebook.facade import Gradebook
from grading.platforms import giveback, roster
from grading.sandbox.bwrap import KIND


def main(arguments: list[str] | None = None) -> int:
    """Run one verb.

    Returns
    -------
    int
        0 when the class is complete, 1 where somebody could not be graded or with one line on a mistake, 2 on wrong
        usage, 130 where it was interrupted.
    """
    parser = argparse.ArgumentParser(prog="python -m grading", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    grade = verbs.add_parser("grade", help="grade what a class handed in for a chapter")
    regrade = verbs.add_parser("regrade", help="list whose points a changed test changes; with --write change them")
    regrade.add_argument("--write", action="store_true", help="write the gradebook, after the list")
    for verb in (grade, regrade):
        verb.add_argument("slug", metavar="CHAPTER")
        verb.add_argument("--student", help="this one only")
        verb.add_argument("--feedback", action="store_true", help="make the feedback pages too")
        _how(verb)
    again = verbs.add_parser("replay", help="grade one learner again from the recorded seeds, and show the numbers")
    again.add_argument("slug", metavar="CHAPTER")
    again.add_argument("student", metavar="STUDENT")
    again.add_argument("exercise", metavar="FUNCTION", nargs="?", help="this one only")
    again.add_argument("--root", type=Path, default=ROOT / "class", help="the course's folder (class/)")
    again.add_argument("--html", type=Path, metavar="FILE", help="a page to show, instead")
    alike = verbs.add_parser("similar", help="hand-ins more alike than the exercise explains: a hint, no verdict")
    alike.add_argument("slug", metavar="CHAPTER")
    alike.add_argument("--root", type=Path, default=ROOT / "class", help="the course's folder (class/)")
    gone = verbs.add_parser("forget", help="list all that is kept of a learner, and delete it when told so")
    gone.add_argument("student", metavar="STUDENT")
    gone.add_argument("--root", type=Path, default=ROOT / "class", help="the course's folder (class/)")
    gone.add_argument("--db", metavar="URL", help="the gradebook (ROOT/gradebook.db)")
    gone.add_argument("--yes", action="store_true", help="delete without asking")
    platform = verbs.add_parser("moodle", help="from Moodle's submissions and worksheet to feedback.zip and grades")
    platform.add_argument("slug", metavar="CHAPTER")
    platform.add_argument("submissions", metavar="SUBMISSIONS.zip", type=Path, help='"Download all submissions"')
    platform.add_argument("worksheet", metavar="WORKSHEET.csv", type=Path, help='"Download grading worksheet"')
    platform.add_argument("--to", metavar="DIR", type=Path, help="where the two go (ROOT/upload/CHAPTER)")
    platform.add_argument("--grade-column", metavar="NAME", help="the worksheet's column of grades, if it is not found")
    platform.add_argument("--replace", action="store_true", help="write over grades that the worksheet has already")
    _how(platform)
    pack = verbs.add_parser("feedback", help="pack the feedback pages as a platform takes them")
    pack.add_argument("slug", metavar="CHAPTER")
    pack.add_argument("--for", dest="platform", choices=giveback.PLATFORMS, default="plain", help="(plain)")
    pack.add_argument("--to", metavar="FILE.zip", type=Path, help="(ROOT/upload/CHAPTER/feedback-PLATFORM.zip)")
    csv = verbs.add_parser("grades", help="write grades as CSV; Moodle's are written by the verb moodle")
    csv.add_argument("slug", metavar="CHAPTER")
    csv.add_argument("--for", dest="platform", choices=("canvas", "plain"), default="plain", help="(plain)")
    csv.add_argument("--to", metavar="FILE.csv", type=Path, help="(ROOT/upload/CHAPTER/grades-PLATFORM.csv)")
    csv.add_argument("--assignment", metavar="NAME", help="its name in Canvas (the chapter's)")
    enrol = verbs.add_parser("roster", help="put a class list into the gradebook, from a platform's CSV file too")
    enrol.add_argument("csv", metavar="FILE.csv", type=Path)
    for verb in (pack, csv, enrol):
        verb.add_argument("--root", type=Path, default=ROOT / "class", help="the course's folder (class/)")
    for verb in (csv, enrol):
        verb.add_argument("--db", metavar="URL", help="the gradebook (ROOT/gradebook.db)")
    told = verbs.add_parser("report", help="what a class got, and which mistakes it makes")
    told.add_argument("slug", metavar="CHAPTER")
    told.add_argument("--root", type=Path, default=ROOT / "class", help="the course's folder (class/)")
    told.add_argument("--db", metavar="URL", help="the gradebook (ROOT/gradebook.db)")
    table = verbs.add_parser("mutations", help="what the tests make of every misconception and right formulation")
    table.add_argument("slugs", metavar="CHAPTER", nargs="*", help="some chapters (all)")
    seeds = verbs.add_parser("seeds", help="look for false alarms over many sets of inputs")
    seeds.add_argument("--wrong", action="store_true", help="for mistakes that are not found or not named, instead")
    seeds.add_argument("slug", metavar="CHAPTER")
    seeds.add_argument("--seeds", type=int, default=1000, help="how many sets of inputs (1000)")
    seeds.add_argument("--first", type=int, default=0, help="the number of the first one (0)")
    seeds.add_argument("--only", metavar="ANSWER", help="one answer alone: reference, a formulation or a misconception")
    options = parser.parse_args(arguments)
    if options.verb in ("mutations", "seeds"):
        chosen = options.slugs or slugs() if options.verb == "mutations" else [options.slug]
        if unknown := set(chosen) - set(slugs()):
            parser.error(f"no such chapter: {', '.join(sorted(unknown))}; there are {', '.join(slugs())}")
    try:
        if options.verb == "mutations":
            return 0 if print_mutations(mutations(chosen), print) else 1
        if options.verb == "seeds":
            look = missed_mistakes if options.wrong else false_alarms
            seen = look(options.slug, options.seeds, options.first, options.only)
            return 0 if print_seeds(seen, print, options.wrong) else 1
        if options.verb == "report":
            print(*report.write(options.root, options.slug, look_up(options.root, options.slug, options.db)), sep="\n")
            return 0
        if options.verb == "similar":
            found = similar.similar(options.root, options.slug)
            print(*similar.lines(found), f"page: {similar.write(options.root, found)}", sep="\n")
            return 0
        if options.verb == "forget":
            return _forget(options)
        if options.verb == "roster":
            return _roster(options)
        if options.verb == "feedback":
            return _written(giveback.feedback(options.root, options.slug, options.platform, options.to))
        if options.verb == "grades":
            root, slug = options.root, options.slug
            return _written(giveback.grades(root, slug, options.platform, options.to, options.db, options.assignment))
        if options.verb == "moodle":
            return _moodle(options)
        if options.verb == "replay":
            return _replay(options)
        return _regrade(options) if options.verb == "regrade" else _grade(options)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; what is graded is kept, and the same command goes on from there", file=sys.stderr)
        return 130


def _regrade(options: argparse.Namespace) -> int:
    found = preview(options.root, options.slug, _options(options, options.student))
    for line in found.lines():
        print(line)
    if options.write:
        print()
        options.force = False  # what was examined for the list is in the cache
        return _grade(options)
    print("nothing is written; the same command with --write does it, from the cache")
    return 1 if found.problems else 0


def _forget(options: argparse.Namespace) -> int:
    found = traces(options.root, options.student, options.db)
    print(*found.lines(), sep="\n")
    if not options.yes:
        print(f"delete all of this for good? type {options.student} to say yes: ", end="", flush=True)
        if sys.stdin.readline().strip() != options.student:
            print("nothing is deleted")
            return 1
    forget(options.root, found, options.db)
    print(f"{options.student} is forgotten; copies made elsewhere (exports, backups) are yours to find")
    return 0


def _replay(options: argparse.Namespace) -> int:
    found = replay.replay(options.root, options.slug, options.student, options.exercise)
    if options.html:
        options.html.write_text(replay.page(options.slug, found), encoding="utf-8")
        print(options.html)
    for each in found:
        told = [f"{each.verdict.exercise}: {replay.state(each)}"] if options.html else replay.lines(each)
        print(*told, sep="\n")
    return 0


def _how(verb: argparse.ArgumentParser) -> None:
    """What the verbs that grade take."""
    verb.add_argument("--root", type=Path, default=ROOT / "class", help="the course's folder (class/)")
    verb.add_argument("--workers", type=int, help="how many at a time (the number of cores)")
    verb.add_argument("--scheduler", metavar="ADDRESS", help="a Dask cluster that grades (grading/engine/cluster.py)")
    verb.add_argument("--db", metavar="URL", help="the gradebook, say postgresql:///course (ROOT/gradebook.db)")
    verb.add_argument("--force", action="store_true", help="grade again what is graded and unchanged")
    verb.add_argument("--detail", type=Detail, choices=list(Detail), help="what learners are told (hints)")
    verb.add_argument(
        "--sandbox",
        choices=("bwrap", "none"),
        default=os.environ.get(KIND, "bwrap"),
        help="none: learners' code runs as you, with all that you can read and write; for a container of its own only",
    )


def _options(options: argparse.Namespace, student: str | None = None) -> Options:
    os.environ[KIND] = options.sandbox  # nbgrader's own commands, which grade_class calls, read it there
    if options.sandbox == "none":
        print(
            "no sandbox: learners' code can read and write all that you can, the answers too. Do this in a container "
            "only that holds nothing else of worth",
            file=sys.stderr,
        )
    return Options(student, options.workers, options.scheduler, options.db, options.force, options.detail)


def _moodle(options: argparse.Namespace) -> int:
    files = moodle.Files(
        options.submissions, options.worksheet, options.to, options.grade_column, options.replace
    )  # fmt: skip
    return 0 if moodle.run(options.root, options.slug, files, _options(options), print) else 1


def _written(made: giveback.GivenBack) -> int:
    print(*made.notes, f"{made.path}: {made.learners} learners", sep="\n")
    return 0


def _roster(options: argparse.Namespace) -> int:
    students = roster.read(options.csv)
    book = Gradebook(options.root, options.db)
    new = {one.id for one in students} - {one.id for one in book.students()}
    book.enrol(students)
    print(f"{len(students)} students, {len(new)} of them new: {book.db_url}")
    return 0


def _grade(options: argparse.Namespace) -> int:
    root, slug = options.root, options.slug
    results = grade_class(root, slug, _options(options, options.student))
    complete = summary(results, print)
    whole = look_up(root, slug, options.db) if options.student else results
    written = report.write(root, slug, whole)
    print(f"\ngradebook: {options.db or root / 'gradebook.db'}")
    print(f"graded notebooks: {root / 'autograded'}")
    print(f"report: {', '.join(map(str, written))}")
    if options.feedback:
        Gradebook(root, options.db).feedback(slug)
        print(f"feedback: {root / 'feedback'}")
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
