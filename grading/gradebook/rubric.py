"""Rubric items of a written question: remembered in the course's folder, and written into nbgrader's comments.

An item that an answer has is a line of its comment in the gradebook, such as "* names the batch statistics (+1)". So
formgrader, feedback pages and copies of the gradebook have it, and no second list says who has which item.
"""

import contextlib
import fcntl
import json
import math
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from course.errors import CourseError
from grading.terminal import visible

FOLDER = "rubrics"
MOST_TEXT = 300  # characters of an item
MOST_POINTS = 100.0
MOST_ITEMS = 99  # of a question
#: How the questions of the pages say what full points are given for.
_FULL_POINTS = re.compile(r"^.*?Full points: (.+)$", re.MULTILINE)
_PART = re.compile(r"(?:^|,)\s*(?:and\s+)?(.+?)\s*\((\d+(?:\.\d+)?)\)")


@dataclass(frozen=True)
class Version:
    """What an item says, and the points that it gives or takes."""

    text: str
    points: float

    @property
    def line(self) -> str:
        """The item as a line of a comment, which is Markdown in a feedback page."""
        sign = "+" if self.points > 0 else "−"
        return f"* {self.text} ({sign}{abs(self.points):g})" if self.points else f"* {self.text}"


@dataclass(frozen=True)
class Item:
    """An item of a rubric.

    Attributes
    ----------
    id : int
        Its number, which it keeps.
    now : Version
        What it says.
    earlier : tuple of Version
        What it said before; comments that a change did not reach are known by these.
    """

    id: int
    now: Version
    earlier: tuple[Version, ...] = ()


@dataclass(frozen=True)
class Given:
    """What a comment holds: items, each as it was given, and what was written beside them."""

    items: dict[int, Version] = field(default_factory=dict)
    text: str = ""

    @property
    def points(self) -> float:
        return sum(version.points for version in self.items.values())


@dataclass(frozen=True)
class Rubric:
    """The items of one question.

    Attributes
    ----------
    bases : dict of str to float
        By the id of a grade in the gradebook the points from which its items are counted, where the score alone does
        not tell them: three items of −1 from 3 and from 0 both end at 0.
    """

    items: tuple[Item, ...] = ()
    bases: dict[str, float] = field(default_factory=dict)

    def find(self, number: Any) -> Item:
        """The item of this number; raises CourseError where there is none."""
        for item in self.items:
            if item.id == number:
                return item
        raise CourseError("this rubric item is not there any more; load the page again")

    def read(self, comment: str) -> Given:
        """The items in a comment, by the lines that are theirs, and the rest of it."""
        lines = {version.line: (item.id, version) for item in self.items for version in (*item.earlier, item.now)}
        found: dict[int, Version] = {}
        rest = []
        for line in comment.splitlines():
            number, version = lines.get(line.strip(), (0, None))
            if version is not None and number not in found:
                found[number] = version
            else:
                rest.append(line)
        return Given(found, "\n".join(rest).strip())

    def comment(self, given: Given) -> str:
        """The comment of an answer: a line for each item, in the rubric's order, and what else was written."""
        lines = [given.items[item.id].line for item in self.items if item.id in given.items]
        own = {version.line for item in self.items for version in (*item.earlier, item.now)}
        text = "\n".join(line for line in given.text.splitlines() if line.strip() not in own).strip()
        return "\n\n".join(part for part in ("\n".join(lines), text) if part)

    def base(self, grade: str, score: float, given: Given, most: float) -> float:
        """The points from which the items of a graded answer are counted.

        Nothing or full marks, as far as the score agrees with that; else what somebody gave elsewhere.
        """
        for base in (self.bases.get(grade), 0.0, most):
            if base is not None and bounded(base + given.points, most) == round(score, 6):
                return base
        return round(score - given.points, 6)


def bounded(points: float, most: float) -> float:
    """Points that an answer can have: from nothing to the most there is."""
    return round(min(max(points, 0.0), most), 6) + 0.0


def version_of(text: Any, points: Any) -> Version:
    """What an item is to say; raises CourseError where it can't be that."""
    plain = visible(" ".join(str(text).split()), keep="")
    if not plain or len(plain) > MOST_TEXT:
        raise CourseError(f"a rubric item needs a text of 1 to {MOST_TEXT} characters")
    try:
        number = float(str(points).strip().replace(",", ".").replace("−", "-"))
    except ValueError:
        number = math.nan
    if not abs(number) <= MOST_POINTS:
        raise CourseError(f"{visible(str(points)[:40])!r} is not a number of points; wanted one such as 1 or -0.5")
    return Version(plain, round(number, 3) + 0.0)


def proposed(question: str) -> Rubric:
    """The items that a question's own text names: "Full points: what was averaged (1), a way to notice it (1)."."""
    found = _FULL_POINTS.search(question)
    parts = _PART.findall(found[1]) if found else []
    return Rubric(tuple(Item(k, version_of(text, points)) for k, (text, points) in enumerate(parts, 1)))


# ---- the file


def path_of(root: Path, slug: str) -> Path:
    """Where the rubrics of a chapter are kept."""
    return root / FOLDER / f"{slug}.json"


def load(root: Path, slug: str, question: str) -> Rubric | None:
    """The rubric of a question; None where none is kept yet.

    Raises
    ------
    CourseError
        The file is there and holds something else.
    """
    return _read(path_of(root, slug)).get(question)


@contextlib.contextmanager
def changing(root: Path, slug: str) -> Iterator[dict[str, Rubric]]:
    """The rubrics of a chapter, by question, to be changed in place; the block's end writes them where they differ.

    Other processes wait meanwhile. Where the block raises, the file stays as it was.
    """
    path = path_of(root, slug)
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        rubrics = _read(path)
        before = dict(rubrics)
        yield rubrics
        if rubrics != before:
            write(path, rubrics)


def write(path: Path, rubrics: dict[str, Rubric]) -> None:
    """Replace the file at once, so that nobody ever reads half of it."""
    text = json.dumps({name: asdict(rubric) for name, rubric in rubrics.items()}, indent=1, ensure_ascii=False)
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, Rubric]:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return {
            name: Rubric(tuple(map(_item, one["items"])), {k: float(v) for k, v in one["bases"].items()})
            for name, one in kept.items()
        }
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise CourseError(f"{path} holds no rubrics ({type(error).__name__}); mend it or move it away") from error


def _item(kept: dict[str, Any]) -> Item:
    return Item(int(kept["id"]), _version(kept["now"]), tuple(map(_version, kept["earlier"])))


def _version(kept: dict[str, Any]) -> Version:
    return Version(str(kept["text"]), float(kept["points"]))


# ---- changes


def with_item(rubric: Rubric, version: Version, number: int | None) -> Rubric:
    """The rubric with a new item, or with another version of one of its items; raises where two would be alike."""
    if any(version.line in (v.line for v in (*item.earlier, item.now)) for item in rubric.items if item.id != number):
        raise CourseError(
            f"another rubric item says, or said, {version.line[2:]!r} already; word one of them otherwise"
        )
    if number is None:
        if len(rubric.items) >= MOST_ITEMS:
            raise CourseError(f"a question has at most {MOST_ITEMS} rubric items")
        new = max((item.id for item in rubric.items), default=0) + 1
        return replace(rubric, items=(*rubric.items, Item(new, version)))
    old = rubric.find(number)
    earlier = tuple(v for v in dict.fromkeys((*old.earlier, old.now)) if v != version)
    changed = replace(old, now=version, earlier=earlier)
    return replace(rubric, items=tuple(changed if item is old else item for item in rubric.items))


def without_item(rubric: Rubric, number: int) -> Rubric:
    """The rubric without an item."""
    gone = rubric.find(number)
    return replace(rubric, items=tuple(item for item in rubric.items if item is not gone))


def now(rubric: Rubric, numbers: Iterable[int]) -> dict[int, Version]:
    """Items as they are today, by number; raises CourseError where there is none."""
    return {number: rubric.find(number).now for number in numbers}
