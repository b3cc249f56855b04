"""The verbs by which people mark: `answers` and `requests`."""

import argparse
from collections.abc import Callable

from course.chapter import ROOT
from grading.terminal import say


def add(verb: Callable[..., argparse.ArgumentParser], *shared: Callable[[argparse.ArgumentParser], None]) -> None:
    """Add the verbs to the command; `shared` add what all of them take."""
    made = verb("answers", _answers, "mark written answers by keyboard, on a page beside formgrader")
    for options in shared:
        options(made)
    made.add_argument("--port", type=int, default=0, metavar="N", help="of 127.0.0.1 (one that is free)")
    made.add_argument(
        "--blind",
        action=argparse.BooleanOptionalAction,
        help="no names, in a shuffled order (c.Answers.blind, else no)",
    )
    made.add_argument("--part", metavar="K/N", help="one of N fixed shares of the learners, such as 2/3")
    made.add_argument("--question", metavar="NAME", help="where a chapter has several (the first)")
    made = verb("requests", _requests, "list what learners ask to be graded again, and how to answer it")
    for options in shared[:-1]:  # it reads no gradebook
        options(made)


def _answers(options: argparse.Namespace) -> int:
    from grading.commands.answers import View, parse_part

    part = parse_part(options.part)
    import asyncio

    from grading.commands.answers import Marking
    from grading.commands.answers_server import serve
    from grading.gradebook.facade import Gradebook

    book = Gradebook(options.root, options.db)
    blind = bool(book.config.Answers.get("blind", False)) if options.blind is None else options.blind
    marking = Marking(book, options.slug, View(blind, part), options.question)

    def started(address: str) -> None:
        say(marking.summary(), f"gradebook: {book.place}", f"open {address}", "stop with Ctrl+C; each change is saved")

    try:
        asyncio.run(serve(marking, options.port, started))
    except KeyboardInterrupt:
        say("", f"stopped; {marking.summary()}")
    return 0


def _requests(options: argparse.Namespace) -> int:
    from grading.commands import regrade_requests

    found = regrade_requests.find(options.root, options.slug)
    say(*regrade_requests.lines(found, "" if options.root == ROOT / "class" else str(options.root)))
    return 0
