"""Examine one exercise: run its hidden tests on the learner's code. The tests run in the trusted process.

One file, though a long one: an outcome, what it counts for and what is told of it lie together.
"""

import copy
import hashlib
import hmac
import json
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from course.chapter import ROOT, Answer, Chapter, HiddenTest
from course.disk_cache import cached_on_disk
from course.errors import (
    ChildDied,
    CourseError,
    LearnerError,
    MachineError,
    ProcessError,
    TestError,
    TimeLimit,
    WireError,
)
from course.examination.expect import Failed
from course.examination.learner import (
    InProcess,
    Learner,
    Step,
    parameters,
    part_names,
    raised_name,
    recording,
)
from course.examination.traces import comparisons, outcome_of, results_of, same_results, trace_of
from course.freshness import cached_until_changed
from course.kit.crash import Crash, crash_of, learners
from course.kit.diagnosis import HELD, Diagnosis, Evidence, Finding, Mistake, diagnose
from course.kit.play import hidden_method, no_member, not_written
from course.kit.smallest import result_of, smallest_case
from course.kit.values import Problem


@dataclass(frozen=True)
class Slip:
    """The one slip of an answer that is right but for it.

    Attributes
    ----------
    line : int
        Where it is, in the answer's cell.
    text : str
        What the learner is told of it: the line, and what to look at.
    edit : str
        The statement as it would be right; of a loop or a branch the part that is other.
    alone : bool
        Whether the answer with the edit is right with the learner's own earlier functions, too.
    """

    line: int
    text: str
    edit: str
    alone: bool = True


@dataclass
class Outcome:
    """The result of one hidden test."""

    test: HiddenTest
    problem: Problem | None = None
    ended: str | None = None  # why the learner's process is gone; None while it runs
    record: list = field(default_factory=list)
    state: str = HELD
    counts: bool = True

    @property
    def holds(self) -> bool:
        return self.problem is None


@dataclass
class Examination:
    """The results of all hidden tests of one exercise, and the share of its points that they give."""

    exercise: str
    outcomes: list[Outcome]
    findings: list[Finding] = field(default_factory=list)
    wants_line: bool = False  # whether nothing is named, so that the line is worth a search
    slip: Slip | None = None  # the one small edit that makes all properties hold, where one was looked for

    @property
    def share(self) -> float:
        total = sum(o.test.weight for o in self.outcomes)
        earned = sum(o.test.weight for o in self.outcomes if o.holds and o.counts)
        return earned / total if total else 0.0

    @property
    def misconceptions(self) -> list[str]:
        """The names of the known mistakes in the answer."""
        return [f.mistake for f in self.findings if f.mistake]


class Pair(Protocol):
    """An answer with two known mistakes."""

    @property
    def slugs(self) -> tuple[str, str]: ...
    @property
    def hints(self) -> tuple[str, str]: ...
    @property
    def implementation(self) -> Callable: ...


Pairs = Callable[[Chapter, str], Iterable[Pair]]


def no_pairs(chapter: Chapter, exercise: str) -> tuple[()]:
    return ()


class Run(Protocol):
    """Runs one hidden test with a new learner, perhaps more than once."""

    def __call__(self, test: HiddenTest, learner: Callable[[], Learner], seed: int) -> Outcome: ...


def run_once(test: HiddenTest, learner: Callable[[], Learner], seed: int) -> Outcome:
    """Run one hidden test, as `run_test` does."""
    return run_test(test, learner(), seed)


def seed(key: bytes, exercise: str, case: str) -> int:
    """The seed of one test for the submission with this key: a regrade gets the same one, and nobody can guess it."""
    message = b"\0".join((exercise.encode(), case.encode()))
    return int.from_bytes(hmac.new(key, message, hashlib.sha256).digest()[:8], "big")


def run_test(test: HiddenTest, learner: Learner, seed: int) -> Outcome:
    """Run one hidden test.

    Returns
    -------
    Outcome
        With a problem if the property does not hold, whatever the reason.

    Raises
    ------
    CourseError
        If the grader or the machine fails, not the learner.
    """
    outcome = Outcome(test, record=learner.record)
    try:
        with recording(learner), np.errstate(all="ignore"):
            test.run(learner, np.random.default_rng(seed))
    except Failed as failure:
        outcome.problem = failure.problem
    except (LearnerError, NotImplementedError, AttributeError) as error:
        steps = [s for s in learner.record if isinstance(s, Step)]
        outcome.problem = _lacking(steps) or _raised(error, steps[-1].name if steps else "")
    except TimeLimit as error:
        outcome.problem = Problem(f"took too long: {error}. Look for a loop that does not end")
        outcome.ended = str(error)
    except ChildDied as error:
        outcome.problem = Problem(f"the process that ran your code has ended: {error}")
        outcome.ended = str(error)
    except WireError as error:
        outcome.problem = Problem(f"the result could not be read: {error}")
        outcome.ended = str(error)
    except CourseError:
        raise
    except MemoryError as error:  # what the learner's process sends is small, so this is no fault of the learner's
        raise MachineError("the grader has run out of memory") from error
    except OSError as error:  # of a file that the test reads: what the learner's code raises is a LearnerError
        raise MachineError(f"the hidden test cannot read or write a file: {error}") from error
    except Exception as error:
        outcome.problem = _unusable(error)
    return outcome


def _unusable(error: Exception) -> Problem:
    """The test cannot use what the learner returned. `_raise_if_reference_fails` finds out if the test is at fault."""
    return Problem(f"the result could not be used ({type(error).__name__}: {error})")


PUBLIC_SEED = 2015  # of the visible checks, unlike the seeds from which grading draws its inputs
KNOWN_SEEDS = (PUBLIC_SEED, 0, 1, 2)
FIRST_SEEDS = 2  # where a wrong answer gets one verdict for so many of them, it is not asked for the others
NOT_WRITTEN = "not written yet: "


def is_written(problem: Problem | None) -> bool:
    """Whether the code that a property needs is there at all."""
    return problem is None or not problem.text.startswith(NOT_WRITTEN)


def _lacking(steps: list[Step]) -> Problem | None:
    """What is wrong where the last step asked for a method or an attribute that the object does not have."""
    if not steps or steps[-1].on is None or steps[-1].raised not in ("AttributeError", "TypeError"):
        return None
    last, error = steps[-1], steps[-1].error
    crash = error.crash if isinstance(error, LearnerError) else crash_of(error, _is_answers)
    if crash is not None and crash.line is not None:
        return None
    if last.raised == "TypeError":
        return hidden_method(last.name, crash.message if crash else "") if last.do == "method" else None
    return Problem(no_member(last.on, last.name))


def _raised(error: Exception, wanted: str) -> Problem:
    """The problem of a test that the learner's code has ended; `wanted` is the function that was called last."""
    if raised_name(error) == "NotImplementedError":
        crash = error.crash if isinstance(error, LearnerError) else crash_of(error, _is_answers)
        return Problem(not_written(crash.function if crash else "", wanted))
    if not isinstance(error, LearnerError):
        return _unusable(error)
    if error.name == "NameError" and not error.traceback:
        return Problem(error.message)
    lines = error.traceback.strip().splitlines()
    return Problem(f"raised {error.name}: {error.message}", "\n".join(lines[-12:]))


def examine_exercise(
    chapter: Chapter,
    exercise: str,
    learner: Callable[[], Learner],
    seeds: Callable[[str], int],
    pairs: Pairs = no_pairs,
    run: Run = run_once,
) -> Examination:
    """Run all hidden tests of one exercise, and name the mistake if one fails.

    Parameters
    ----------
    chapter : Chapter
        The chapter.
    exercise : str
        The exercise.
    learner : callable
        Called without arguments before each test; returns a `Learner` with an empty record, in a new process if the
        process of the test before has ended.
    seeds : callable
        Called with the name of a property; returns the seed of its test.
    pairs : callable
        Called with the chapter and the exercise, where no single mistake explains the answer; returns answers with two
        known mistakes each, with the names and the hints of both. `course.two_mistakes.pairs.pairs` makes them.
    run : callable
        Runs one hidden test.

    Raises
    ------
    TestError
        If a hidden test fails for the reference: nobody is graded by a broken test.
    """
    outcomes = run_tests(chapter, exercise, learner, seeds, run)
    examination = Examination(exercise, outcomes)
    if any(not o.holds for o in outcomes):
        found = diagnosed(chapter, exercise, outcomes, seeds, pairs)
        examination.findings, examination.wants_line = found.findings, found.wants_line
        for o, state in zip(outcomes, found.states, strict=True):
            o.state = state
        if found.wants_line and not found.findings:
            examination.findings = _smallest_case(chapter, exercise, learner())
    return examination


def run_tests(
    chapter: Chapter,
    exercise: str,
    learner: Callable[[], Learner],
    seeds: Callable[[str], int],
    run: Run = run_once,
) -> list[Outcome]:
    """Run all hidden tests of one exercise, without a look at what is wrong; as `examine_exercise` does."""
    outcomes = []
    for test in chapter.hidden_tests(exercise):
        outcomes.append(run(test, learner, seeds(test.property)))
        if outcomes[-1].problem and is_written(outcomes[-1].problem):
            _raise_if_reference_fails(chapter, test, seeds(test.property))
    _call_again(outcomes, learner, seeds, run)
    held = {o.test.property for o in outcomes if o.holds}
    for o in outcomes:
        o.counts = held.issuperset(o.test.after)
    return outcomes


def _call_again(outcomes: list[Outcome], learner: Callable[[], Learner], seeds: Callable[[str], int], run: Run) -> None:
    """Run the first property that holds once more, after all others, to find code that keeps state between calls."""
    first = next((o for o in outcomes if o.holds and not o.test.judged and not o.test.private), None)
    if first is None:
        return
    again = run(first.test, learner, seeds(first.test.property))
    if again.problem or not same_results(results_of(again.record), results_of(first.record)):
        first.problem = Problem(
            "the same calls gave different results when they were repeated after other calls: "
            "does your code keep something between calls (a global variable, a default argument that is changed)?"
        )


def _raise_if_reference_fails(chapter: Chapter, test: HiddenTest, seed: int) -> None:
    reference = run_test(test, Learner(InProcess(chapter.exercises)), seed)
    if reference.problem:
        raise TestError(
            f"hidden test {test.exercise}__{test.property} fails for the reference (seed {seed}): "
            f"{reference.problem.text}"
        )


def diagnosed(
    chapter: Chapter, exercise: str, outcomes: list[Outcome], seeds: Callable[[str], int], pairs: Pairs
) -> Diagnosis:
    """What there is to tell of an answer: `course.kit.diagnosis` with the inputs of this examination."""

    @cache
    def run(name: str, k: int) -> Outcome:
        """The outcome of test `k` for a wrong answer, or for the reference, whose name is empty."""
        names = {**chapter.exercises, **({exercise: wrongs[name].implementation} if name else {})}
        test = outcomes[k].test
        return run_test(test, Learner(InProcess(names)), seeds(test.property))

    def trace(name: str, k: int) -> list | None:
        if outcomes[k].test.judged:
            return known_verdicts(chapter, exercise)[outcomes[k].test.property][name]
        return trace_of(run(name, k).record)

    wrongs = {wrong.slug: wrong for wrong in chapter.misconceptions(exercise)}
    names = parameters(exercise, chapter.exercises[exercise])
    properties = []
    for k, o in enumerate(outcomes):
        right = [] if o.test.judged else run("", k).record
        properties.append(_evidence(o, ["holds"] if o.test.judged else trace_of(right), names))
        # A test ends where it fails; what it would have done belongs to it, as in the page, where it goes on.
        properties[-1].names += _names(right)[len(properties[-1].names) :]
        properties[-1].after = [
            j for j, other in enumerate(outcomes) if other.test.property in o.test.after + o.test.rests
        ]
    singles = [Mistake((slug,), (wrong.hint,), partial(trace, slug)) for slug, wrong in wrongs.items()]

    def two_at_once() -> Iterator[Mistake]:
        for pair in pairs(chapter, exercise):
            names = {**chapter.exercises, exercise: pair.implementation}

            @cache
            def pair_trace(k: int, names: dict = names) -> list:
                test = outcomes[k].test
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # whatever a wrong answer does to a batch of one row
                    return trace_of(run_test(test, Learner(InProcess(names)), seeds(test.property)).record)

            yield Mistake(pair.slugs, pair.hints, pair_trace)

    others = [name for name in chapter.exercises if name != exercise]
    parts = [*part_names(chapter.exercises[exercise]).values()]
    return diagnose(properties, singles, two_at_once(), others, parts)


def smallest(chapter: Chapter, exercise: str) -> list[tuple[dict[str, Any], Any]]:
    """The small calls of an exercise with what the reference returns."""
    reference = chapter.exercises[exercise]
    return [(given, result_of(reference, copy.deepcopy(given))) for given in chapter.smallest(exercise)]


def _smallest_case(chapter: Chapter, exercise: str, learner: Learner) -> list[Finding]:
    cases = smallest(chapter, exercise)
    try:
        with np.errstate(all="ignore"):
            names = part_names(chapter.exercises[exercise])
            text = smallest_case(exercise, getattr(learner, exercise), cases, names, lambda thing: thing.raw)
    except ProcessError:
        return []
    except CourseError:
        raise
    except Exception:  # what came can't be shown, whatever it is
        return []
    return [Finding("example", text)] if text else []


def _evidence(outcome: Outcome, wanted: list, names: dict[str, list[str]]) -> Evidence:
    steps = [s for s in outcome.record if isinstance(s, Step)]
    return Evidence(
        label=outcome.test.label,
        problem=outcome.problem,
        names=_names(outcome.record),
        trace=[verdict(outcome)] if outcome.test.judged else trace_of(outcome.record),
        wanted=wanted,
        judged=outcome.test.judged,
        consequence=outcome.test.consequence,
        crash=_crash(steps) if outcome.problem else None,
        comparisons=comparisons(outcome.record, names),
        written=is_written(outcome.problem),
    )


def _names(record: list) -> list[str]:
    return [f"{s.do} {s.name}" for s in record if isinstance(s, Step)]


def _crash(steps: list[Step]) -> Crash | None:
    """Where the learner's code raised in the last step, which no demand wanted."""
    error = steps[-1].error if steps else None
    if error is None or steps[-1].raised == steps[-1].expected_error or _lacking(steps):
        return None
    if isinstance(error, CourseError):  # a limit that was met, or a process that has died, has no line
        return error.crash if isinstance(error, LearnerError) else None
    return crash_of(error, _is_answers)


def _is_answers(filename: str) -> bool:
    """Whether a file is that of an answer in this process, and none of those that call it."""
    return learners(filename) and not Path(filename).is_relative_to(ROOT / "tests" / "hidden")


def verdict(outcome: Outcome) -> str:
    """The result of a test without numbers, so that one mistake gets one verdict whatever the learner chose freely."""
    if outcome.problem is None:
        return "holds"
    last = next((s for s in reversed(outcome.record) if isinstance(s, Step) and s.raised), None)
    return outcome_of(last) if last is not None else outcome.problem.text


@cached_until_changed
def known_verdicts(chapter: Chapter, exercise: str) -> dict[str, dict[str, list[str]]]:
    """The verdicts of an exercise's judged properties on each of its wrong answers, for a few seeds.

    The verdicts hardly depend on the seed, so a few fixed seeds do instead of the submission's own, and the verdicts
    are computed once and cached on disk, property by property. Most are the same for the first two seeds.

    Returns
    -------
    dict
        By property, then by the wrong answer's name, the different verdicts, that for the public seed first.
    """
    return {test.property: verdicts_on_disk(chapter, test) for test in chapter.hidden_tests(exercise) if test.judged}


def verdicts_on_disk(chapter: Chapter, test: HiddenTest) -> dict[str, list[str]]:
    """The verdicts of one judged property, out of the cache if they are there."""

    def one(wrong: Answer) -> list[str]:
        names = {**chapter.exercises, test.exercise: wrong.implementation}
        said: list[str] = []
        for k, seed in enumerate(KNOWN_SEEDS):
            if k == FIRST_SEEDS and len(set(said)) == 1:
                break
            said.append(verdict(run_test(test, Learner(InProcess(names)), seed)))
        return list(dict.fromkeys(said))

    def make() -> str:
        with np.errstate(all="ignore"):  # a network with a mistake may blow up
            return json.dumps({wrong.slug: one(wrong) for wrong in chapter.misconceptions(test.exercise)})

    return json.loads(cached_on_disk(chapter.slug, test.exercise, f"verdicts-{test.property}", make))
