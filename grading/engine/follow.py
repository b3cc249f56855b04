"""Follows a learner's mistake through: an exercise that calls an earlier one is not paid for twice.

Where an exercise fails, it is examined again with the reference in the place of the notebook's earlier functions. Only
those before it are answered, never the exercise itself, so that nobody gets an answer from the reference that is asked
for. No code goes to the learner's process: a call comes over the wire, as that of a callable argument does, and is
answered here, within the bounds of `answered`.
"""

import copy
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from nbformat import NotebookNode

from course.chapter import Chapter
from course.errors import ProcessError
from course.examination.examine import Examination, Outcome, run_test
from course.examination.learner import Learner, Target
from course.examination.traces import results_of, same_results, same_value
from course.kit.diagnosis import Finding
from course.kit.play import Adapter
from grading.engine.answered import answer
from grading.engine.session import InSandbox, Session, is_run
from grading.sandbox.wire import Handle

KIND = "given"  # of the finding that says what was replaced
FEW = 3  # calls of a test that are kept, to find out which of the learner's functions is wrong


@dataclass
class Followed(Examination):
    """An examination in which some functions that the answer calls were answered by the reference.

    Attributes
    ----------
    given : tuple of str
        The names of these functions, as far as the learner's own return something else.
    alone : Examination or None
        What was found before, with the learner's own functions.
    """

    given: tuple[str, ...] = ()
    alone: Examination | None = None

    def gained(self) -> list[bool]:
        """For each property whether it counts only because of the functions that were answered."""
        before = self.alone.outcomes if self.alone else self.outcomes
        return [_earns(o) and not _earns(b) for o, b in zip(self.outcomes, before, strict=True)]


def _earns(outcome: Outcome) -> bool:
    return outcome.holds and outcome.counts


def follow_through(
    alone: Examination,
    chapter: Chapter,
    session: Session,
    rebuilt: NotebookNode,
    term: Mapping[str, dict],
    target: Target,
    seeds: Callable[[str], int],
    examined: Callable[[Callable[[], Learner]], Examination],
) -> Examination:
    """Examine an exercise that fails once more, where it calls earlier ones; what holds then counts.

    Parameters
    ----------
    alone : Examination
        What was found with the learner's own functions.
    chapter : Chapter
        The chapter.
    session : Session
        The submission, whose cells have run.
    rebuilt : NotebookNode
        Its notebook.
    term : mapping of str to dict
        This term's variant: a learner calls the functions as they are this term.
    target : Target
        Where the hidden tests find the learner's functions.
    seeds : callable
        As for `examine_exercise`.
    examined : callable
        Examines the exercise, with what returns a `Learner`.

    Returns
    -------
    Examination
        A `Followed` one where the functions make a difference and cost nothing; else `alone`.
    """
    if all(map(_earns, alone.outcomes)):
        return alone
    right = right_functions(chapter, alone.exercise, rebuilt, term)
    if not right:
        return alone
    calls = _Calls()
    functions = {name: partial(calls.answer, name, function) for name, function in right.items()}

    def learner() -> Learner:
        calls.next_test()
        return Learner(target)

    with session.answering(functions):
        if not _differs(alone, learner, seeds):
            return alone
        again = examined(learner)
    if again.share < alone.share:
        return alone
    wrong = calls.wrong(session)
    found = Followed(again.exercise, again.outcomes, again.findings, again.wants_line, given=wrong, alone=alone)
    found.findings = [*again.findings, _told(found)]
    return found


def right_functions(
    chapter: Chapter, exercise: str, rebuilt: NotebookNode, term: Mapping[str, dict]
) -> dict[str, Callable[..., Any]]:
    """By name what answers the calls of the functions before an exercise, as they are this term."""
    return {name: as_this_term(chapter, name, term.get(name)) for name in earlier(chapter, exercise, rebuilt)}


def earlier(chapter: Chapter, exercise: str, rebuilt: NotebookNode) -> list[str]:
    """The functions before an exercise that its cell names, or a cell of the learner's with helpers.

    A name in a comment is one too many and costs a little time. None is missed that the answer can call by its name.
    """
    names = list(chapter.exercises)
    before = [name for name in names[: names.index(exercise)] if inspect.isfunction(chapter.exercises[name])]
    others = set(names) - {exercise}
    text = "\n".join(cell.source for cell in rebuilt.cells if is_run(cell) and cell.id not in others)
    words = set(re.findall(r"\w+", text))
    return [name for name in before if name in words]


def as_this_term(chapter: Chapter, name: str, entry: dict | None) -> Callable[..., Any]:
    """The reference of a function, within bounds, to be called as the function is this term."""

    def standard(*args: Any, **kwargs: Any) -> Any:
        return answer(chapter, name, args, kwargs)

    if entry is None:
        return standard
    return Adapter(standard, entry["arguments"], entry["order"], entry["features_first"])


def _differs(alone: Examination, learner: Callable[[], Learner], seeds: Callable[[str], int]) -> bool:
    """Whether a property that fails gets other results now; where none does, all has been found."""
    for outcome in alone.outcomes:
        if not outcome.holds:
            now = run_test(outcome.test, learner(), seeds(outcome.test.property))
            if now.holds or not same_results(results_of(now.record), results_of(outcome.record)):
                return True
            if now.ended:
                return False
    return False


@dataclass
class _Calls:
    """Answers calls, and keeps the first ones of each test with what was answered."""

    kept: dict[str, list[tuple[tuple, dict[str, Any], Any]]] = field(default_factory=dict)
    called: list[str] = field(default_factory=list)
    _left: dict[str, int] = field(default_factory=dict)

    def next_test(self) -> None:
        """Keep calls again."""
        self._left = {}

    def answer(self, name: str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """What the function returns; `name` is the learner's name for it."""
        if name not in self.called:
            self.called.append(name)
        value = function(*args, **kwargs)  # it leaves its arguments as they are
        self._left[name] = self._left.get(name, FEW) - 1
        if self._left[name] >= 0 and not any(map(callable, (*args, *kwargs.values()))):
            self.kept.setdefault(name, []).append((args, kwargs, value))
        return value

    def wrong(self, session: Session) -> tuple[str, ...]:
        """Which of the learner's own functions return something else; all that were called where that is not seen."""
        target = InSandbox(session)
        wrong = [name for name in self.called if any(_other(target, name, *call) for call in self.kept.get(name, []))]
        return tuple(wrong or self.called)


def _other(target: InSandbox, name: str, args: tuple, kwargs: dict[str, Any], wanted: Any) -> bool:
    try:
        came = target.call(name, copy.deepcopy(args), copy.deepcopy(kwargs))
    except ProcessError:
        return True
    return isinstance(came, Handle) or not same_value(came, wanted)


def listed(names: tuple[str, ...]) -> str:
    """Names of functions as they stand in a sentence."""
    quoted = [f"`{name}`" for name in names]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if quoted[1:] else quoted)


def _told(found: Followed) -> Finding:
    """What was replaced, and what came of it."""
    yours = listed(found.given)
    right, its = ("right ones", "their") if found.given[1:] else ("a right one", "its")
    gained = found.gained()
    rows = [k for k, row in enumerate(gained) if row]
    if all(map(_earns, found.outcomes)):
        text = f"right, given your {yours}: with {right} in {its} place, every property holds"
    elif rows:
        text = (
            f"the rows that say so are right, given your {yours}: they hold with {right} in {its} place. "
            "What else is wrong is this function's own"
        )
    else:
        text = f"this was examined with {right} in place of your {yours}, so what is wrong here is this function's own"
    return Finding(KIND, text, rows)
