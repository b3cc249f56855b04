"""Answers that look like an answer: nobody earns a point without the thing itself.

A law is obeyed, too, by what has no effect at all, and a test can be told by its sizes or its place: these answers try.
"""

import copy
import inspect
from functools import cache

import numpy as np
import pytest
from undiagnosed import counting, outcomes

from course.chapter import Chapter, slugs
from course.examination.examine import PUBLIC_SEED

EXERCISES = [(slug, name) for slug in slugs() for name in Chapter(slug).exercises]
FUNCTIONS = [(slug, name) for slug, name in EXERCISES if not inspect.isclass(Chapter(slug).exercises[name])]
CLASSES = [one for one in EXERCISES if one not in FUNCTIONS and one[0] != "project"]


# ------------------------------------------------------------------ the public case by heart


def numbers(values):
    """The numbers among some arguments, in order."""
    for value in values:
        if isinstance(value, (tuple, list)):
            yield from numbers(value)
        elif isinstance(value, (np.ndarray, np.generic, float, int)):
            yield np.asarray(value)


def content(args, kwargs):
    return [(a.shape, a.tobytes()) for a in numbers(args)], sorted(kwargs.items())


def sizes(args, kwargs):
    return [a.shape for a in numbers(args)], sorted(kwargs)


class ByHeart:
    """Gives what was right for the visible check: for the same numbers, the same sizes, or the same number of calls."""

    def __init__(self, slug, exercise):
        self.calls = []
        self.reference = Chapter(slug).exercises[exercise]
        outcomes(slug, exercise, self.record, PUBLIC_SEED)

    def record(self, *args, **kwargs):
        given = content(args, kwargs), sizes(args, kwargs)
        try:
            result = self.reference(*args, **kwargs)
        except ValueError as error:
            result = error
        self.calls.append((*given, copy.deepcopy(result)))
        return self.give(result)

    def give(self, result):
        if isinstance(result, ValueError):
            raise result
        return copy.deepcopy(result)

    def by_content(self, *args, **kwargs):
        return self.give(next((r for known, _, r in self.calls if known == content(args, kwargs)), None))

    def by_sizes(self, *args, **kwargs):
        return self.give(next((r for _, known, r in self.calls if known == sizes(args, kwargs)), None))

    def by_order(self, *args, **kwargs):
        self.count = getattr(self, "count", -1) + 1
        return self.give(self.calls[self.count % len(self.calls)][2])


@pytest.mark.parametrize("way", ["by_content", "by_sizes", "by_order"])
@pytest.mark.parametrize(("slug", "exercise"), FUNCTIONS)
def test_the_public_case_by_heart_earns_nothing(slug, exercise, way):
    known = ByHeart(slug, exercise)
    assert known.calls
    assert counting(outcomes(slug, exercise, getattr(known, way))) == []


# ------------------------------------------------------------------ one part of the result is no answer

RANDOM = np.random.default_rng(0)
FILLS = {
    "random": lambda v: RANDOM.standard_normal(v.shape).astype(v.dtype),
    "zeros": np.zeros_like,
    "ones": np.ones_like,
    "NaN": lambda v: np.full_like(v, np.nan) if v.dtype.kind == "f" else v,
}


def paths(result, path=()):
    """Where in a result its numbers are."""
    if isinstance(result, (tuple, list)):
        return [found for k, part in enumerate(result) for found in paths(part, (*path, k))]
    return [path] if isinstance(result, (np.ndarray, float)) else []


def replaced(result, path, fill):
    if path:
        return tuple(replaced(part, path[1:], fill) if k == path[0] else part for k, part in enumerate(result))
    return fill(np.asarray(result)) if isinstance(result, np.ndarray) else float(fill(np.asarray(result)))


def spoilt(reference, path, fill):
    def answer(*args, **kwargs):
        result = reference(*args, **kwargs)
        return replaced(result, path, fill) if path in paths(result) else result

    return answer


@cache
def parts(slug, exercise):
    return sorted({path for *_, result in ByHeart(slug, exercise).calls for path in paths(result)})


@pytest.mark.parametrize(("slug", "exercise"), FUNCTIONS)
def test_a_property_that_random_numbers_break_is_not_kept_by_zeros(slug, exercise):
    """All else is right: so what holds for zeros and not for random numbers holds because nothing is there."""
    reference = Chapter(slug).exercises[exercise]
    for path in parts(slug, exercise):
        found = {
            name: set(counting(outcomes(slug, exercise, spoilt(reference, path, fill)))) for name, fill in FILLS.items()
        }
        for name in ("zeros", "ones", "NaN"):
            assert not found[name] - found["random"], (path, name)


# ------------------------------------------------------------------ classes that do nothing


def idle(reference, answer):
    """A class with the attributes and methods of a layer, and a call that computes nothing."""

    class Idle:
        def __init__(self, *args, **kwargs):
            self.__dict__.update(vars(reference(*args, **kwargs)))

        def __call__(self, x, *args):
            return answer(self, x)

        def train(self):
            self.training = True

        def eval(self):
            self.training = False

    return Idle


@pytest.mark.parametrize(
    "answer",
    [lambda layer, x: x.copy(), lambda layer, x: np.zeros_like(x), lambda layer, x: layer.gamma * x + layer.beta],
    ids=["x as it came", "zeros", "scale and shift alone"],
)
@pytest.mark.parametrize(("slug", "exercise"), CLASSES)
def test_a_layer_that_computes_nothing_earns_nothing(slug, exercise, answer):
    found = outcomes(slug, exercise, idle(Chapter(slug).exercises[exercise], answer))
    assert counting(found) == []


def test_a_row_past_the_last_counts_only_where_training_moves_a_row():
    reference = Chapter("recurrent").exercises["TimestepBatchNorm"]

    class NeverMoves(reference):
        def __call__(self, x, t):
            kept = self.running_mean.copy(), self.running_var.copy()
            y = super().__call__(x, t)
            self.running_mean, self.running_var = kept
            return y

    assert "late_training" not in counting(outcomes("recurrent", "TimestepBatchNorm", NeverMoves))
