"""Who came from a learning platform to the hub, as `examples/lti/jupyterhub_lti.py` keeps it there."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from course.errors import CourseError
from grading.gradebook.students import Student


@dataclass(frozen=True)
class Launch:
    """One person of the platform, in one of its courses.

    Attributes
    ----------
    user : str
        Their account on the hub, by which nbgrader's exchange knows them.
    sub : str
        The platform's own id of them, by which it takes grades.
    email, context, title : str
        Their address, and the course's id and title at the platform; what is not known is empty.
    endpoint : dict
        What the platform says of its services of grades.
    """

    user: str
    sub: str
    email: str = ""
    context: str = ""
    title: str = ""
    endpoint: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.sub} (account {self.user}{', ' + self.email if self.email else ''})"


def read(folder: Path, context: str = "") -> list[Launch]:
    """The people of one course of the platform, the last to come at the end.

    Raises
    ------
    CourseError
        The folder or a file in it can't be read, nobody has come yet, or the people are of several courses and
        `context` says of none of them.
    """
    names = {each.name for each in fields(Launch)}
    found = []
    try:
        kept = [path for path in folder.iterdir() if path.suffix == ".json"]  # others are being written
        for path in sorted(kept, key=lambda path: (path.stat().st_mtime, path.name)):
            told = json.loads(path.read_text(encoding="utf-8"))
            found.append(Launch(**{name: told[name] for name in names if name in told}))
    except OSError as error:
        raise CourseError(f"the launches in {folder} can't be read: {error.strerror}") from None
    except (ValueError, TypeError):
        raise CourseError(f"{path} is no launch that the hub has kept; delete it, its learner comes again") from None
    courses = {one.context: one.title for one in found}
    if context:
        found = [one for one in found if one.context == context]
    elif len(courses) > 1:
        listed = ", ".join(f'"{id}" ({title})' for id, title in sorted(courses.items()))
        raise CourseError(f'learners come from {len(courses)} courses: {listed}; say which: context = "ID" in lti.toml')
    if not found:
        raise CourseError(f"nobody has come from the platform to the hub yet: {folder} has no launch of this course")
    return found


def match(students: Iterable[Student], launches: Iterable[Launch]) -> tuple[dict[str, Launch], list[str]]:
    """Whom of the platform's people each student is, and who can't be told, a line each.

    The platform's id on the class list decides. Else a student is whoever has the account of that name on the hub, or
    the same email; where these are two people it is nobody.
    """
    by: dict[str, dict[str, list[Launch]]] = {name: defaultdict(list) for name in ("sub", "user", "email")}
    for one in launches:
        by["sub"][one.sub].append(one)
        for name, value in (("user", one.user), ("email", one.email)):
            if value:
                by[name][value.casefold()].append(one)
    found, lines = {}, []
    claimed: dict[str, list[str]] = defaultdict(list)
    for student in students:
        fits = by["sub"].get(student.lms_user_id, []) if student.lms_user_id else []
        if not fits:
            same_email = by["email"].get(student.email.casefold(), []) if student.email else []
            fits = [*by["user"].get(student.id.casefold(), []), *same_email]
        people = {one.sub: one for one in fits}
        if not people:
            lines.append(
                f"{student.id}: has not come from the platform, whose id of them is not known; nothing is sent"
            )
        elif len(people) > 1:
            lines.append(
                f"{student.id}: may be {' or '.join(map(str, people.values()))}; nothing is sent until a class list "
                "has the right id as lms_user_id"
            )
        else:
            ((sub, found[student.id]),) = people.items()
            claimed[sub].append(student.id)
    for names in claimed.values():
        if len(names) > 1:
            lines.append(
                f"{' and '.join(names)} are both {found[names[0]]}; nothing is sent until python -m grading join "
                "makes one of them"
            )
            for name in names:
                del found[name]
    return found, lines
