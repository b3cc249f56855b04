"""Ids that look like one person's: with one email, one number of a platform's, or one full name."""

import shlex
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

from course.chapter import slugs
from grading.gradebook.students import Student
from grading.platforms import ledger
from grading.platforms.names import fit
from grading.platforms.roster import plain, split_name


def lines(root: Path, students: Iterable[Student], listed: Collection[str] = ()) -> list[str]:
    """What to say of ids that look like one person's, with the command that joins them: a line for each id too many.

    Two learners of one name who have an email each are two.

    Parameters
    ----------
    root : Path
        The course's folder. What was collected tells names and emails, too.
    students : iterable of Student
        The class as the gradebook has it.
    listed : collection of str
        The ids of a class list, which stay before others.
    """
    people, numbers = _known(root, students)
    alike: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in people.values():
        if one.email:
            alike["the same email", one.email.casefold()].add(one.id)
        for number in filter(None, (one.id, one.lms_user_id)):
            alike["the same number on the platform", number.casefold()].add(one.id)
        if one.first_name and one.last_name:
            alike["the same name", plain(one.first_name + one.last_name)].add(one.id)
    said: dict[tuple[str, str], str] = {}
    for (why, _), ids in sorted(alike.items()):
        stays, *others = sorted(ids, key=lambda who: (who not in listed, "@" in who, who in numbers, who))
        for other in others:
            emails = {people[who].email.casefold() for who in (stays, other)}
            if why != "the same name" or len(emails) == 1 or "" in emails:
                command = f"python -m grading join {shlex.quote(other)} {shlex.quote(stays)}"
                said.setdefault(
                    (other, stays), f"{other} and {stays} look like one person, with {why}: {command} makes one of them"
                )
    return [said[pair] for pair in sorted(said)]


def _known(root: Path, students: Iterable[Student]) -> tuple[dict[str, Student], set[str]]:
    """Everybody by id, by the gradebook and where it tells nothing by what was collected; and the platforms' ids."""
    people, numbers = {one.id: one for one in students}, set()
    for slug in slugs():
        for origin in ledger.look_up(root, slug):
            one = people.get(origin.student, Student(origin.student))
            numbers.add(fit(origin.id))
            first, last = split_name(origin.name)
            if not (one.first_name or one.last_name):
                one = replace(one, first_name=first, last_name=last)
            people[one.id] = replace(one, email=one.email or origin.email)
    return people, numbers
