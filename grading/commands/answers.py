"""Marks written answers: what the page beside formgrader shows of a question, and what its keys do.

Everything lands in nbgrader's gradebook at once. What is kept besides is the rubric, in the course's folder.
"""

import hashlib
import hmac
import re
from base64 import b32encode
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from course.errors import CourseError
from grading.commands.alike import groups
from grading.engine.grade import course_secret
from grading.gradebook import rubric as rubrics
from grading.gradebook.answers import Answer, AnswerBook, Change, Question, questions
from grading.gradebook.facade import Gradebook
from grading.gradebook.renderer import PageBudget
from grading.gradebook.rubric import Given, Rubric, bounded

HIDDEN = "▒▒▒"  # in the place of a learner's name in an answer
MOST_COMMENT = 10_000  # characters


@dataclass(frozen=True)
class View:
    """Which answers a grader sees, and how.

    Attributes
    ----------
    blind : bool
        Whether learners have no names, and stand in no order that tells any.
    part : pair of int, optional
        (2, 3) for the second of three shares. A learner is in the same one whoever else hands in.
    """

    blind: bool = False
    part: tuple[int, int] | None = None


def parse_part(text: str | None) -> tuple[int, int] | None:
    """What `--part 2/3` says; raises CourseError where it says nothing."""
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,3})/(\d{1,3})", text)
    part = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= part[0] <= part[1]:
        raise CourseError(f"{text!r} is no part; wanted one such as 2/3, the second of three")
    return part


class Marking:
    """One question of a class, to be marked.

    Parameters
    ----------
    book : Gradebook
        The course's.
    slug : str
        The chapter.
    view : View
        Which answers.
    question : str, optional
        The grade_id of the question, where a chapter has several (the first).

    Raises
    ------
    CourseError
        There is no such question, or nobody is graded yet.
    """

    def __init__(self, book: Gradebook, slug: str, view: View = View(), question: str | None = None):
        asked = {one.name: one for one in questions(book.root, slug)}
        if question is None and asked:
            question = next(iter(asked))
        if question not in asked:
            there = f"; it has {', '.join(asked)}" if asked else ""
            raise CourseError(f"{slug} has no written question {question or ''}{there}")
        self.question: Question = asked[question]
        self.slug, self._view, self._root = slug, view, book.root
        self._secret = course_secret(book.root)
        self._book = AnswerBook(book, slug, self.question)
        self._html: dict[bytes, str] = {}
        self._alike: tuple[dict[str, str], dict[str, tuple[str, str]]] = ({}, {})
        if not book.exists() or not self._class():
            raise CourseError(f"nobody is graded in {slug} yet: python -m grading grade {slug}")

    # ---- who is who

    def _hash(self, *about: str) -> bytes:
        return hmac.new(self._secret, "\0".join(("answers", self.slug, *about)).encode(), hashlib.sha256).digest()

    def _key(self, student: str) -> str:
        """What the page calls an answer: it tells nobody who it is, and is the same each time."""
        return self._hash("key", student).hex()[:20]

    def _who(self, answer: Answer) -> str:
        if self._view.blind:
            return f"Learner {b32encode(self._hash('name', answer.student)).decode()[:5]}"
        name = " ".join(answer.names[:2]).strip()
        return f"{name} ({answer.student})" if name else answer.student

    def _mine(self, student: str) -> bool:
        if self._view.part is None:
            return True
        part, parts = self._view.part
        return int.from_bytes(self._hash("part", student)[:8], "big") % parts == part - 1

    # ---- what there is

    def _class(self) -> list[Answer]:
        return self._book.answers()

    def _rubric(self) -> Rubric:
        kept = rubrics.load(self._root, self.slug, self.question.name)
        return rubrics.proposed(self.question.text) if kept is None else kept

    def overview(self) -> dict[str, Any]:
        """The rubric and all answers of this view but for their texts, in the order in which they stand."""
        rubric, everybody = self._rubric(), self._class()
        mine = [a for a in everybody if self._mine(a.student)]
        shown = [a for a in mine if a.text is not None]
        alike = self._groups({self._key(a.student): a.text or "" for a in shown if a.written})
        told = [self._told(a, rubric, alike) for a in shown]
        order: dict[str, int] = {}  # of groups, by their first member
        told.sort(key=lambda one: (one["who"].casefold(), one["key"]))  # an invented name is a random one
        for one in told:
            order.setdefault(one["group"], len(order))
        told.sort(key=lambda one: (one["key"] not in alike, order[one["group"]], one["equal"]))
        lost = [a.student for a in mine if a.text is None]
        return {
            "answers": told,
            "items": self._items(rubric, everybody),
            "most": self.question.most,
            "lost": f"{len(lost)} without a graded notebook{'' if self._view.blind else ': ' + ', '.join(lost)}"
            if lost
            else "",
        }

    def _groups(self, texts: dict[str, str]) -> dict[str, tuple[str, str]]:
        """As `groups` has them; they are found once, because pages ask again and again."""
        if self._alike[0] != texts:
            self._alike = (texts, groups(texts))
        return self._alike[1]

    def _items(self, rubric: Rubric, everybody: Iterable[Answer]) -> list[dict[str, Any]]:
        uses = Counter(number for a in everybody for number in rubric.read(a.comment).items)
        return [
            {"id": i.id, "text": i.now.text, "points": i.now.points, "uses": uses[i.id]} for i in rubric.items
        ]  # fmt: skip

    def _told(self, a: Answer, rubric: Rubric, alike: dict[str, tuple[str, str]] | None = None) -> dict[str, Any]:
        key, given = self._key(a.student), rubric.read(a.comment)
        group, equal = (alike or {}).get(key, (key, key))
        most = self.question.most
        return {
            "key": key,
            "who": self._who(a),
            "state": a.state,
            "version": a.version,
            "points": a.manual,
            "extra": a.extra,
            "base": None if a.manual is None else rubric.base(a.grade, a.manual, given, most),
            "items": sorted(given.items),
            "old": sorted(n for n, version in given.items.items() if version != rubric.find(n).now),
            "comment": self._shown_comment(a, given.text),
            **({"group": group, "equal": equal} if alike is not None else {}),
        }

    def summary(self) -> str:
        """How many answers there are and what is to do, for a line on the terminal."""
        states = Counter(a.state for a in self._class() if self._mine(a.student) and a.text is not None)
        words = {"new": "new", "changed": "changed since they were graded", "graded": "graded", "empty": "not written"}
        told = ", ".join(f"{states[state]} {text}" for state, text in words.items() if states[state])
        return f"{self.slug}: {states.total()} answers: {told}"

    def _shown_comment(self, a: Answer, text: str) -> str:
        """What formgrader's comment says beside the items; it may call the learner by name."""
        return _hider(a)(text) if self._view.blind else text

    def question_html(self) -> str:
        """The question as it stands in the released notebook."""
        return PageBudget().markdown(self.question.text, self.question.pictures)

    def texts(self, keys: list[str]) -> dict[str, str]:
        """The answers of these keys as sanitized HTML, each with a budget of its own."""
        by_key = {self._key(a.student): a for a in self._class() if a.text is not None and self._mine(a.student)}
        return {key: self._page(by_key[key]) for key in keys if key in by_key}

    def _page(self, a: Answer) -> str:
        text, pictures = a.text or "", dict(a.pictures)
        if self._view.blind:
            hide = _hider(a)
            text, pictures = hide(text), {hide(name): picture for name, picture in pictures.items()}
        digest = hashlib.sha256(repr((text, pictures)).encode("utf-8", "surrogatepass")).digest()
        if digest not in self._html:
            self._html[digest] = PageBudget().markdown(text, pictures)
        return self._html[digest]

    # ---- what is given

    def save(self, wanted: dict[str, Any], seen: dict[str, str]) -> dict[str, Any]:
        """Give answers what is wanted.

        Parameters
        ----------
        wanted : dict
            `base`, the points to begin with (None takes the grade back); `items`, the numbers of those that apply;
            `comment`; and `looked`, whether a person has looked at it now.
        seen : dict of str to str
            The version of each answer that its grader saw, by key.

        Returns
        -------
        dict
            `answers`, as they are now; and `refused`, the keys of those that have another version by now.

        Raises
        ------
        CourseError
            What is wanted makes no sense, or the gradebook can't be written.
        """
        items, base, looked = self._wanted(wanted)
        with rubrics.changing(self._root, self.slug) as kept:
            rubric = kept.setdefault(self.question.name, rubrics.proposed(self.question.text))
            given = Given(rubrics.now(rubric, items), _text(wanted.get("comment")))
            everybody = {self._key(a.student): a for a in self._class()}
            if unknown := set(seen) - set(everybody):
                raise CourseError(f"{len(unknown)} of these answers are not there any more; load the page again")
            points = None if base is None else bounded(base + given.points, self.question.most)
            changes, refused = [], []
            for key, version in seen.items():
                a = everybody[key]
                before = rubric.read(a.comment).text
                unchanged = given.text == self._shown_comment(a, before)  # the page has it without a name, perhaps
                comment = rubric.comment(replace(given, text=before) if unchanged else given)
                if (a.manual, a.comment) == (points, comment) and a.needs != looked:
                    continue  # it has all of this, from a first try whose reply was lost
                if a.version != version or a.text is None:
                    refused.append(key)
                    continue
                changes.append(Change(a, points, comment, needs=not looked))
            bases = dict(rubric.bases)
            for change in changes:
                bases.pop(change.answer.grade, None)
                plain = replace(rubric, bases=bases)
                if (
                    base is not None
                    and plain.base(change.answer.grade, points or 0.0, given, self.question.most) != base
                ):
                    bases[change.answer.grade] = base
            kept[self.question.name] = rubric = replace(rubric, bases=bases)
            stale = self._book.write(changes)
            refused += [self._key(student) for student in stale]
        after = {key: a for a in self._class() if (key := self._key(a.student)) in seen}
        return {"answers": [self._told(a, rubric) for a in after.values()], "refused": refused}

    def _wanted(self, wanted: dict[str, Any]) -> tuple[list[int], float | None, bool]:
        base, items = wanted.get("base"), wanted.get("items")
        if base is not None and (isinstance(base, bool) or not isinstance(base, (int, float)) or not abs(base) < 1e6):
            raise CourseError("the points to begin with are no number")
        if not isinstance(items, list) or not all(isinstance(one, int) for one in items):
            raise CourseError("the items are no list of numbers")
        if base is None and items:
            raise CourseError("an answer without points has no rubric items")
        return items, None if base is None else float(base), wanted.get("looked") is not False

    # ---- the rubric

    def change_item(self, number: int | None, text: Any, points: Any, listed: str | None) -> dict[str, Any]:
        """Add an item (`number` None), or have one say something else for everybody who has it.

        Where that changes anybody, it is first listed: `who`, and `listed`, a text to be sent again as consent. The
        change is made where the list is still the same.
        """
        version = rubrics.version_of(text, points)
        return self._change(number, listed, lambda rubric: rubrics.with_item(rubric, version, number))

    def remove_item(self, number: int, listed: str | None) -> dict[str, Any]:
        """Take an item away from everybody, after the same list."""
        return self._change(number, listed, lambda rubric: rubrics.without_item(rubric, number))

    def _change(self, number: int | None, listed: str | None, change: Callable[[Rubric], Rubric]) -> dict[str, Any]:
        path = rubrics.path_of(self._root, self.slug)
        with rubrics.changing(self._root, self.slug) as kept:
            old = kept.setdefault(self.question.name, rubrics.proposed(self.question.text))
            new, most = change(old), self.question.most
            left = {item.id for item in new.items}
            changes, who, bases = [], [], dict(new.bases)
            for a in self._class() if number is not None else ():
                had = old.read(a.comment)
                if number not in had.items:
                    continue
                base = None if a.manual is None else old.base(a.grade, a.manual, had, most)
                has = replace(had, items=rubrics.now(new, [n for n in had.items if n in left]))
                points = None if base is None else bounded(base + has.points, most)
                if base is not None:
                    bases[a.grade] = base
                changes.append(Change(a, points, new.comment(has), a.needs))
                who.append({"who": self._who(a), "from": a.manual, "to": points})
            who.sort(key=lambda one: str(one["who"]).casefold())
            consent = hashlib.sha256(repr((who, [c.answer.version for c in changes])).encode()).hexdigest()[:16]
            if changes and listed != consent:
                return {"who": who, "listed": consent}
            before = dict(kept)
            kept[self.question.name] = replace(new, bases=bases)
            # The file first: should this process end in between, comments are still known by what the item said.
            rubrics.write(path, kept)
            try:
                if self._book.write(changes):
                    raise CourseError("somebody else has changed one of these answers just now; nothing is changed")
            except BaseException:
                kept.clear()
                kept.update(before)
                rubrics.write(path, kept)
                raise
        return {"changed": len(changes)}


def _text(comment: Any) -> str:
    text = str(comment or "").replace("\r\n", "\n").strip()
    if len(text) > MOST_COMMENT:
        raise CourseError(f"the comment has {len(text)} characters; at most {MOST_COMMENT} are kept")
    return text


def _hider(a: Answer) -> Callable[[str], str]:
    """Takes a learner's own names out of a text: the id in any case, the others as they are written."""
    words = [re.escape(name) for name in (" ".join(a.names[:2]), *a.names) if len(name) > 2]
    words.append(f"(?i:{re.escape(a.student)})")
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(sorted(words, key=len, reverse=True))})(?!\w)")
    return lambda text: pattern.sub(HIDDEN, text)
