"""How long the lessons are: `python -m publishing cores` prints the words and minutes of each core and each whole page.

Words are counted without code, formulas, captions and quizzes. The minutes that a page states stand beside those of
reading alone: the rest is for predictions, pictures and thinking.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from publishing.page_text import CODE, FORMULA, blocks
from publishing.prose import contents, words

PER_MINUTE = 200  # words that are read in a minute
LONGEST = 1250  # words of a core; more belong to a Further part
LEFT_OUT = {"quiz", "caption"}
STATED = re.compile(r"^:{3,}\{outcomes\} (\d+)(?: (\d+))?\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Length:
    """The words of a lesson's core and of its whole page, and the minutes that the page states for both."""

    chapter: str
    core: int
    whole: int
    stated_core: int | None
    stated_whole: int | None


def length(page: Path) -> Length:
    """Measure one lesson. Without `:::{core-ends}` all of the page is its core."""
    counted = [(block.core, _words(block.plain)) for block in blocks(page) if block.kind not in LEFT_OUT]
    stated = STATED.search(page.read_text(encoding="utf-8"))
    minutes = [int(number) for number in stated.groups() if number] if stated else []
    return Length(
        page.parent.name,
        sum(count for core, count in counted if core),
        sum(count for _, count in counted),
        minutes[0] if len(minutes) == 2 else None,
        minutes[-1] if minutes else None,
    )


def _words(text: str) -> int:
    return words(re.sub(f"[{FORMULA}{CODE}]", "", text))


def minutes(count: int) -> int:
    """The minutes that it takes to read so many words."""
    return -(-count // PER_MINUTE)


def table(pages: Iterable[Path] | None = None) -> str:
    """A line for each lesson, and one for all of them."""
    lessons = [length(page) for page in pages or contents() if page.name == "lesson.md"]
    total = Length(
        "all",
        sum(lesson.core for lesson in lessons),
        sum(lesson.whole for lesson in lessons),
        sum(lesson.stated_core or 0 for lesson in lessons) or None,
        sum(lesson.stated_whole or 0 for lesson in lessons) or None,
    )
    head = [
        f"{'':14}{'core':>23}{'whole page':>25}",
        f"{'lesson':14}{'words':>7}{'reads in':>9}{'says':>7}{'words':>9}{'reads in':>9}{'says':>7}",
    ]
    return "\n".join(head + [_line(lesson) for lesson in [*lessons, total]])


def _line(lesson: Length) -> str:
    parts = [f"{lesson.chapter:14}"]
    for count, stated, width in ((lesson.core, lesson.stated_core, 7), (lesson.whole, lesson.stated_whole, 9)):
        says = "–" if stated is None else f"{stated} min"
        parts.append(f"{count:>{width}}{f'{minutes(count)} min':>9}{says:>8}")
    return "".join(parts)
