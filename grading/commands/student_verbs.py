"""The verbs about the people of a class: `roster`, `extend`, `join` and `forget`."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from course.errors import CourseError
from grading.terminal import say, visible

Options = Callable[[argparse.ArgumentParser], None]


def add(verb: Callable[..., argparse.ArgumentParser], chapter: Options, root: Options, gradebook: Options) -> None:
    """Add the verbs to the command; `chapter`, `root` and `gradebook` add what many verbs take."""
    made = verb("roster", _roster, "put a class list into the gradebook, from a platform's CSV file too")
    made.add_argument("csv", metavar="FILE.csv", type=Path)
    made.add_argument(
        "--column",
        metavar="FIELD=NAME",
        action="append",
        default=[],
        help="the file's name for id, last_name, first_name, email or lms_user_id, where it is not known",
    )
    root(made)
    gradebook(made)
    made = verb("extend", _extend, "give one learner another due date")
    made.add_argument("student", metavar="STUDENT")
    chapter(made)
    made.add_argument("until", metavar="DATE", help='such as "2026-11-08 23:59 +0100" (UTC without a zone), or none')
    root(made)
    gradebook(made)
    made = verb("join", _join, "make one of two ids that a learner has: list what there is of both, and join it")
    for name, told in (("OLD", "the id that goes"), ("NEW", "the id that stays")):
        made.add_argument(name.lower(), metavar=name, help=told)
    made.add_argument("--yes", action="store_true", help="join without asking")
    root(made)
    gradebook(made)
    made = verb("forget", _forget, "list all that is kept of a learner, and delete it when told so")
    made.add_argument("student", metavar="STUDENT")
    made.add_argument("--yes", action="store_true", help="delete without asking")
    root(made)
    gradebook(made)


def _roster(options: argparse.Namespace) -> int:
    from grading.platforms import roster, same_person

    read = roster.read(options.csv, dict(text.partition("=")[::2] for text in options.column))
    from grading.gradebook.facade import Gradebook

    book = Gradebook(options.root, options.db)
    new = {one.id for one in read.students} - {one.id for one in book.students()}
    book.enrol(read.students)
    one_person = same_person.lines(options.root, book.students(), {one.id for one in read.students})
    say(*read.notes, *one_person, f"{len(read.students)} students, {len(new)} of them new: {book.place}")
    return 0 if read.complete else 1


def _extend(options: argparse.Namespace) -> int:
    from grading.handin.dates import parse_date

    until = None if options.until == "none" else parse_date(options.until)
    if until is None and options.until != "none":
        raise CourseError(f'{options.until!r} is no date; wanted one like "2026-11-08 23:59 +0100", or none')
    from grading.gradebook.facade import Gradebook

    due, for_all = Gradebook(options.root, options.db).extend(options.slug, options.student, until)
    more = f"; {for_all:%Y-%m-%d %H:%M} UTC for everybody else" if due != for_all else ", as for everybody else"
    say(f"{options.student}: {options.slug} is due {due:%Y-%m-%d %H:%M} UTC{more}")
    return 0


def _join(options: argparse.Namespace) -> int:
    from grading.commands import join

    return 0 if join.run(options.root, options.old, options.new, options.db, options.yes) else 1


def _forget(options: argparse.Namespace) -> int:
    from grading.commands.forget import forget, traces

    found = traces(options.root, options.student, options.db)
    say(*found.lines())
    if not options.yes:
        say(f"delete all of this for good? type {options.student} to say yes: ", end="")
        if sys.stdin.readline().strip() not in (options.student, visible(options.student)):
            say("nothing is deleted")
            return 1
    left = forget(options.root, found, options.db)
    if left:
        say(f"{options.student} is not forgotten yet; there is left:", *left)
        return 1
    say(f"{options.student} is forgotten; copies made elsewhere (exports, backups) are yours to find")
    return 0
