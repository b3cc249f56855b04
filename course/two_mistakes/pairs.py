"""Two mistakes of one exercise at once: which pairs there are, with their implementations and hints.

`combine` makes the implementations out of the catalogue. A pair is kept if it is told apart from all else that
is known: from the reference, from each single mistake, from each other pair. Which are kept is computed once and
cached on disk.
"""

import inspect
import itertools
import json
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from course.chapter import Answer, Chapter, HiddenTest
from course.disk_cache import cached_on_disk
from course.examination.examine import PUBLIC_SEED, run_test
from course.examination.learner import Demand, InProcess, Learner, Step
from course.freshness import cached_until_changed
from course.two_mistakes.combine import Combiner, Merged, text_of
from course.two_mistakes.tree_merge import Conflict

#: Of an exercise the first mistakes, which are the subtle ones, are combined. Of all of them there would be more than a
#: thousand pairs, which take longer to make than all other answer keys; and what ruins everything hides other mistakes.
MOST = 24
NEAR = 1e-6  # relative to the largest number of an array


@dataclass(frozen=True)
class Pair:
    """Two mistakes of one exercise at once."""

    slugs: tuple[str, str]
    implementation: Callable
    hints: tuple[str, str]


@dataclass
class Choice:
    """What became of the thinkable pairs of one exercise."""

    exercise: str
    mistakes: int
    kept: list[tuple[str, str, str]] = field(default_factory=list)  # the slugs, and the source of a merged function
    exclusive: int = 0  # both answer one question, each in another way
    conflicts: list[tuple[str, str]] = field(default_factory=list)  # could not be combined
    swallowed: int = 0  # does what one of the two does alone, or what is right
    like_another: int = 0  # does what some other single mistake does
    ambiguous: int = 0  # does what another pair does
    effects: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)  # whose normal form does something else
    seconds: float = 0.0

    @property
    def coverage(self) -> float:
        """The share of the pairs that could be made, of those that are not known to be none."""
        made = len(self.kept) + self.like_another + self.ambiguous
        wanted = made + len(self.conflicts)
        return made / wanted if wanted else 1.0


@cached_until_changed
def pairs(chapter: Chapter, exercise: str) -> list[Pair]:
    """All pairs of mistakes of an exercise that nothing else is like, in the order of the catalogue.

    Empty for an exercise with a `judged` property (the project): there the numbers are the learner's own.
    """
    choice = choice_of(chapter, exercise)
    combiner = Combiner(chapter, exercise)
    combiner.effects.update(choice.effects)
    known = {wrong.slug: wrong for wrong in combiner.wrongs}
    found = []
    for first, second, text in choice.kept:
        a, b = known[first], known[second]
        implementation = Merged(text, combiner.names) if text else next(combiner.combined(a, b))
        found.append(Pair((first, second), implementation, (a.hint, b.hint)))
    return found


def choice_of(chapter: Chapter, exercise: str) -> Choice:
    """What became of the thinkable pairs, out of the cache if it is there."""

    def make() -> str:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # whatever a wrong answer does to a batch of one row
            return json.dumps(asdict(choose(chapter, exercise)))

    return Choice(**json.loads(cached_on_disk(chapter.slug, exercise, "pairs", make)))


def choose(chapter: Chapter, exercise: str) -> Choice:
    """Try all pairs of an exercise, and keep those that nothing else is like."""
    start = time.perf_counter()
    tests = chapter.hidden_tests(exercise)
    combiner = Combiner(chapter, exercise)
    choice = Choice(exercise, len(combiner.wrongs))
    if any(test.judged for test in tests):
        return choice

    def look(implementation: Callable) -> list[Seen]:
        names = {**chapter.exercises, exercise: implementation}
        return [seen(test, names) for test in tests]

    right = look(chapter.exercises[exercise])
    single = {w.slug: look(w.implementation) for w in combiner.wrongs}
    if not inspect.isclass(chapter.exercises[exercise]):
        combiner.effects = {slug for slug, found in single.items() if _only_effect(found, right)}
    choice.effects = sorted(combiner.effects)
    for slug, made in list(combiner.trees.items()):
        if not _same(_looked(look, made, combiner), single[slug]):
            del combiner.trees[slug]
            choice.unreadable.append(slug)
    tried: list[tuple[tuple[str, str, str], list[Seen]]] = []
    for a, b in itertools.combinations(combiner.wrongs[:MOST], 2):
        kept = _first_kept(combiner, a, b, look, right, single, choice)
        if kept:
            tried.append(kept)
    alike: dict[tuple, list[tuple]] = defaultdict(list)
    for pair, found in tried:
        alike[tuple(s.steps for s in found)].append((pair, found))
    for pair, found in tried:
        group = alike[tuple(s.steps for s in found)]
        if any(other != pair and _same(found, theirs) for other, theirs in group):
            choice.ambiguous += 1  # the two say different things, so neither is said
        else:
            choice.kept.append(pair)
    choice.seconds = round(time.perf_counter() - start, 1)
    return choice


def _looked(look: Callable, made: tuple, combiner: Combiner) -> list["Seen"]:
    try:
        return look(Merged(text_of(made), combiner.names).compiled())
    except Conflict:
        return []


def _first_kept(
    combiner: Combiner,
    a: Answer,
    b: Answer,
    look: Callable,
    right: list["Seen"],
    single: dict[str, list["Seen"]],
    choice: Choice,
) -> tuple[tuple[str, str, str], list["Seen"]] | None:
    """The first implementation that is told apart from each single mistake, or None: then it is counted why."""
    what = ""
    try:
        for implementation in combiner.combined(a, b):
            found = look(implementation)
            if not any(s.failed for s in found) or any(
                _same(found, other) for other in (right, single[a.slug], single[b.slug])
            ):
                what = what or "swallowed"
            elif any(_same(found, other) for other in single.values()):
                what = what or "like_another"
            else:
                return (a.slug, b.slug, implementation.text if isinstance(implementation, Merged) else ""), found
    except Conflict as conflict:
        if conflict.exclusive:
            choice.exclusive += 1
        else:
            choice.conflicts.append((a.slug, b.slug))
        return None
    setattr(choice, what, getattr(choice, what) + 1)
    return None


# ------------------------------------------------------------------ what an implementation does


@dataclass
class Seen:
    """What an implementation did in one hidden test, in a form that is quick to compare."""

    failed: bool
    steps: tuple  # step by step all but the numbers: the error, which arguments were changed, shapes and dtypes
    numbers: np.ndarray  # of each array two weighted sums and the largest, shape (arrays, 3)

    def same(self, other: "Seen") -> bool:
        """Whether two runs of a test gave the same."""
        return (
            self.failed == other.failed and self.steps == other.steps and bool(_near(self.numbers, other.numbers).all())
        )


def _near(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.abs(a - b) <= NEAR * np.maximum(a[:, 2:], b[:, 2:])


def seen(test: HiddenTest, names: dict[str, Any], seed: int = PUBLIC_SEED) -> Seen:
    """Run a hidden test to its end, whatever fails on the way, and look at all that came."""
    learner = Learner(InProcess(names), lenient=True)
    outcome = run_test(test, learner, seed)
    failed = outcome.problem is not None or any(isinstance(r, Demand) and r.failed for r in learner.record)
    steps: list[tuple] = []
    numbers: list[tuple] = []
    for step in learner.record:
        if isinstance(step, Step):
            steps.append((step.raised, tuple(step.changed()), _look(step.result, numbers), len(numbers)))
    return Seen(failed, tuple(steps), np.array(numbers).reshape(-1, 3))


def _look(value: Any, numbers: list[tuple]) -> Any:
    """The shape of a value; its numbers go to `numbers`."""
    if isinstance(value, (tuple, list)):
        return tuple(_look(part, numbers) for part in value)
    a = np.asarray(value) if isinstance(value, (np.ndarray, np.generic, bool, int, float)) else np.asarray("")
    if a.dtype.kind not in "fiub":
        return "no numbers"
    flat = a.astype(np.float64).ravel()
    bad = ~np.isfinite(flat)
    flat = np.where(bad, 0.0, flat)
    k = np.arange(flat.size)
    numbers.append((flat @ np.cos(k + 1.0), flat @ np.sin(k * k + 1.0), np.abs(flat).max(initial=0.0)))
    return a.shape, str(a.dtype) if a.ndim else "", int(bad.sum())


def _same(found: list[Seen], other: list[Seen]) -> bool:
    return len(found) == len(other) and all(p.same(q) for p, q in zip(found, other, strict=True))


def _only_effect(found: list[Seen], right: list[Seen]) -> bool:
    """Whether a mistake returns what is right and only changes its arguments."""
    firsts = [_first_difference(p, q) for p, q in zip(found, right, strict=True)]
    return "changed" in firsts and "result" not in firsts


def _first_difference(found: Seen, right: Seen) -> str:
    """What the first step that differs differs in: "changed" for the arguments alone, "result", or nothing."""
    done = 0
    for (raised, changed, shape, end), other in zip(found.steps, right.steps, strict=False):
        if (raised, shape, end) != (other[0], *other[2:]):
            return "result"
        if not _near(found.numbers[done:end], right.numbers[done:end]).all():
            return "result"
        if changed != other[1]:
            return "changed"
        done = end
    return ""


# ------------------------------------------------------------------ the table

HEAD = ("exercise", "mistakes", "pairs", "made", "swallowed", "exclusive", "like one", "ambiguous", "conflicts", "s")


def print_pairs(slugs: Iterable[str], write: Callable[[str], Any]) -> None:
    """Print for each exercise what became of its pairs.

    Pairs: kept. Made: the share that could be made of those that are not known to be none. Swallowed: does what one of
    the two does alone. Exclusive: two answers to one question. Like one, ambiguous: does what another mistake, or
    another pair, does. Conflicts: could not be combined.
    """
    write(f"{HEAD[0]:32}" + "".join(f"{name:>11}" for name in HEAD[1:]))
    for slug in slugs:
        chapter = Chapter(slug)
        for exercise in chapter.exercises:
            c = choice_of(chapter, exercise)
            cells = (c.mistakes, len(c.kept), f"{c.coverage:.0%}", c.swallowed, c.exclusive, c.like_another,
                     c.ambiguous, len(c.conflicts), c.seconds)  # fmt: skip
            write(f"{exercise:32}" + "".join(f"{cell:>11}" for cell in cells))
            for slug_ in c.unreadable:
                write(f"  {slug_} could not be brought into normal form")


if __name__ == "__main__":
    import sys

    from course.chapter import slugs as all_slugs

    print_pairs(sys.argv[1:] or all_slugs(), lambda text: print(text, flush=True))
