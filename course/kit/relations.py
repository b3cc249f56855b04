"""How the numbers that came are related to the wanted ones, where no known mistake explains them.

A relation is told only where it holds for every part of that name that is wrong, and where one coincidence could not
have made it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from course.kit.judges import same_but_for_ones
from course.kit.values import guarded, is_numeric, is_real, listed

NEAR = 1e-4  # relative


@dataclass
class Comparison:
    """One part of a result beside the wanted part.

    Attributes
    ----------
    what : str
        What the part is called: "dx".
    actual, wanted
        What came and what was wanted.
    holds : bool
        Whether they agree.
    arguments : dict
        The call's arguments by name, as far as the names are known; by number otherwise.
    """

    what: str
    actual: object
    wanted: object
    holds: bool
    arguments: dict = field(default_factory=dict)


def relations(rows: list[list[Comparison]]) -> list[tuple[str, list[int]]]:
    """For each part that is wrong, the relation of its numbers to the wanted ones, in a sentence.

    Parameters
    ----------
    rows : list of list of Comparison
        The comparisons of each property.

    Returns
    -------
    list of tuple
        The sentence, and the numbers of the properties in which that part is wrong.
    """
    found = []
    parts: dict[str, list[tuple[int, Comparison]]] = {}
    for k, row in enumerate(rows):
        for c in row:
            parts.setdefault(c.what, []).append((k, c))
    for what, seen in parts.items():
        wrong = [c for _, c in seen if not c.holds]
        told = [*_ways(what, wrong), *_where(what, wrong, [c for _, c in seen if c.holds])][:1] if wrong else []
        found += [(text, sorted({k for k, c in seen if not c.holds})) for text in told]
    if found and (right := [what for what, seen in parts.items() if all(c.holds for _, c in seen)]):
        text, at = found[0]
        found[0] = f"{text} {listed(right)} {'is' if len(right) == 1 else 'are'} right.", at
    return found


def _pair(c: Comparison) -> tuple[np.ndarray, np.ndarray] | None:
    """Both as arrays of float64, where they are finite numbers and the wanted ones are not all 0."""
    if not is_numeric(c.actual) or not is_numeric(c.wanted):
        return None
    a, w = np.asarray(c.actual), np.asarray(c.wanted)
    if not is_real(a.dtype) or not is_real(w.dtype):
        return None
    a, w = a.astype(np.float64), w.astype(np.float64)
    return (a, w) if np.isfinite(a).all() and np.isfinite(w).all() and np.abs(w).max(initial=0) > 0 else None


def _near(a, b) -> bool:
    return a.shape == b.shape and bool(_agree(a, b).all())


def _agree(a, b) -> np.ndarray:
    """Which entries are near, beside their own size and a bit of the largest."""
    return np.abs(a - b) <= NEAR * (np.abs(b) + 1e-2 * np.abs(b).max(initial=0.0))


def _ways(what: str, wrong: list[Comparison]) -> Iterator[str]:
    """Sentences about what all wrong parts have in common with the wanted ones, the simple ones first."""
    pairs = [_pair(c) for c in wrong]
    if any(pair is None for pair in pairs):
        return
    both = [pair for pair in pairs if pair is not None]
    entries = sum(w.size for _, w in both)
    if (len(both) < 2 and entries < 3) or any(_near(a, w) for a, w in both):
        return
    if len(both) < 2 and np.ptp(both[0][1]) <= NEAR * np.abs(both[0][1]).max():
        return  # of equal numbers every relation holds

    def all_of(test: Callable) -> bool:
        return all(test(a, w, c) for (a, w), c in zip(both, wrong, strict=True))

    if all_of(lambda a, w, _: a.ndim == w.ndim == 2 and len(w) > 1 and a.shape == w.T.shape and _near(a, w.T)):
        yield f"{what} is transposed: its rows should be its columns."
    if all_of(lambda a, w, _: a.ndim > w.ndim and same_but_for_ones(a.shape, w.shape)):
        wanted = f"shape {both[0][1].shape} is wanted" if both[0][1].ndim else "a single number is wanted"
        right = [_near(a.reshape(w.shape), w) for a, w in both]
        numbers = " The numbers are right." if all(right) else "" if any(right) else " The numbers are wrong, too."
        yield f"{what} has shape {both[0][0].shape}, where {wanted}.{numbers}"
    if not all_of(lambda a, w, _: a.shape == w.shape):
        return
    if all_of(lambda a, w, _: not a.any()):
        yield f"{what} is 0 everywhere."
        return
    if all_of(lambda a, w, _: w.ndim > 0 and len(w) > 1 and not _near(w, w[-1:] + 0 * w) and _near(a, w[-1:] + 0 * w)):
        one = "row" if both[0][0].ndim > 1 else "entry"
        yield f"Each {one} of {what} is what the last {one} should be: is one array changed, and stored at each step?"
        return
    if bounds := _bounds(both):
        yield f"{what} is the right answer, cut off at {' and '.join(f'{bound:.6g}' for bound in bounds)}."
        return
    if all_of(lambda a, w, _: _near(a, -w)):
        yield f"{what} has the right size and the wrong sign."
        return
    for word in _factors(wrong[0]):
        if all_of(lambda a, w, c, word=word: word in _factors(c) and _near(a, _factors(c)[word] * w)):
            yield f"{what} is the right answer times {word}, everywhere."
            return
    for name in _vectors(wrong[0]):
        for power, word in ((1, name), (-1, f"1/{name}")):

            def scaled(a, w, c, name=name, power=power):
                v = _vectors(c).get(name)
                return v is not None and (v != 0).all() and np.ptp(v) > 0 and _near(a, w * v**power)

            if all_of(scaled):
                yield f"{what} is the right answer times {word}, feature by feature."
                return
    if all_of(lambda a, w, _: a.ndim >= 1 and a.size > 1 and _near(a - w, np.full(w.shape, (a - w).flat[0]))):
        yield f"{what} is off by the same number everywhere."
        return
    for name in _vectors(wrong[0]):
        for sign in (1, -1):

            def shifted(a, w, c, name=name, sign=sign):
                v = _vectors(c).get(name)
                return v is not None and np.abs(v).max() > 0 and _near(a - w, np.broadcast_to(sign * v, w.shape))

            if all_of(shifted):
                yield f"{what} is too {'large' if sign > 0 else 'small'} by {name}, feature by feature."
                return
    if all_of(lambda a, w, _: a.ndim == 2 and len(a) > 2 and _near(a - w, np.broadcast_to((a - w)[0], w.shape))):
        yield f"{what} is off by one number for each feature, the same in all rows."
        return
    if all_of(lambda a, w, _: a.ndim == 2 and len(a) > 2 and (w != 0).all() and _same_ratio(a / w)):
        yield f"{what} is off by one factor for each feature, the same in all rows."
        return
    if all_of(lambda a, w, _: a.ndim >= 1 and len(a) > 2 and _near(a[1:], w[:-1])):
        yield f"{what} comes one step late: each entry is what the entry before it should be."
        return
    if all_of(lambda a, w, _: a.ndim >= 1 and len(a) > 2 and _near(a[:-1], w[1:])):
        yield f"{what} comes one step early: each entry is what the entry after it should be."
        return
    if all_of(lambda a, w, _: a.ndim >= 1 and len(a) > 2 and _near(a[::-1], w)):
        yield f"{what} is upside down: the last entry comes first."
        return
    for word, at in (("first", 0), ("last", -1)):

        def only(a, w, _, at=at):
            if a.ndim < 1 or len(a) < 3:
                return False
            rest = np.delete(np.arange(len(a)), at)
            return _near(a[rest], w[rest]) and not _near(a[at : at + 1 or None], w[at : at + 1 or None])

        if all_of(only):
            yield f"{what} is right except for its {word} {'row' if both[0][0].ndim > 1 else 'entry'}."
            return


def _bounds(both: list[tuple[np.ndarray, np.ndarray]]) -> list[float]:
    """Where what came is cut off, below, above or on both sides alike, if that is all that is wrong.

    It takes two entries to tell.
    """
    found: list[float] = []
    for a, w in both:
        wrong = ~_agree(a, w)
        if wrong.all():
            return []  # one number in place of all is no limit
        came, wanted = a[wrong], w[wrong]
        if not (((came == a.max()) & (came < wanted)) | ((came == a.min()) & (came > wanted))).all():
            return []
        found += came.tolist()
    alike = len(found) > 1 and np.ptp(np.abs(found)) <= NEAR * abs(found[0])
    return sorted({min(found), max(found)}) if alike else []


FLOAT32_DIGITS = 1e-5  # relative to the largest number of an array, with room for a few steps of rounding


def is_rounded(c: Comparison) -> bool:
    """Whether what came is what was wanted, but for the last digits of float32."""

    def is_near():
        a, w = np.asarray(c.actual, np.float64), np.asarray(c.wanted, np.float64)
        return a.shape == w.shape and bool(np.abs(a - w).max(initial=0) <= FLOAT32_DIGITS * np.abs(w).max(initial=0))

    return guarded(is_near, lambda _: False)  # whatever kind of thing came


def _mostly_wrong(c: Comparison) -> bool:
    """Whether most entries are not the wanted ones."""
    pair = _pair(c)
    if pair is None or pair[0].shape != pair[1].shape:
        return False
    a, w = pair
    return bool((~_agree(a, w)).mean() > 0.5)


def _same_ratio(ratio: np.ndarray) -> bool:
    return _near(ratio, np.broadcast_to(ratio[0], ratio.shape)) and np.ptp(ratio[0]) > 0


def _sizes(c: Comparison) -> dict[str, int]:
    """The sizes that formulas divide by, by their names in the book: of the call's first array."""
    first = next((a for a in c.arguments.values() if isinstance(a, np.ndarray) and a.ndim >= 2), None)
    if first is None:
        return {}
    if first.ndim == 4:
        N, C, H, W = first.shape
        return {"N": N, "C": C, "H W": H * W, "N H W": N * H * W, "C H W": C * H * W}
    if first.ndim == 2:
        m, d = first.shape
        return {"m": m, "d": d}
    return {}


def _factors(c: Comparison) -> dict[str, float]:
    """The factors that mistakes leave in or out, by what to call them."""
    found: dict[str, float] = {"2": 2.0, "1/2": 0.5}
    for name, size in _sizes(c).items():
        bracket = f"({name})" if " " in name else name
        found |= {bracket: float(size), f"1/{bracket}": 1 / size}
        if name in ("m", "N H W") and size > 2:
            ratio = (size - 1) / size
            for word, value in (("({0} - 1)/{0}", ratio), ("{0}/({0} - 1)", 1 / ratio)):
                found |= {word.format(name): value, f"the root of {word.format(name)}": value**0.5}
    for name, value in c.arguments.items():
        if type(value) is float and value not in (0.0, 1.0) and isinstance(name, str):
            found |= {name: value, f"1/{name}": 1 / value, f"(1 - {name})": 1 - value}
    return {word: factor for word, factor in found.items() if abs(factor - 1) > 1e-2}


def _vectors(c: Comparison) -> dict[str, np.ndarray]:
    """What one feature has one number of: arguments of one axis, and the deviation of the first array."""
    wanted = np.asarray(c.wanted)
    if wanted.ndim < 1:
        return {}
    d = wanted.shape[-1]
    found = {}
    for name, value in _plain(c.arguments):
        if value.shape == (d,) and np.isfinite(value).all():
            found[name] = value.astype(np.float64)
    first = next((a for _, a in _plain(c.arguments) if a.ndim == 2 and a.shape[1] == d), None)
    if first is not None and len(first) > 1:
        found["the standard deviation"] = first.std(axis=0)
    return found


def _plain(arguments: dict) -> Iterator[tuple[str, np.ndarray]]:
    for name, value in arguments.items():
        inside = value if isinstance(value, (tuple, list)) else [value]
        for k, part in enumerate(inside):
            if type(part) is np.ndarray and is_real(part.dtype):
                yield (f"{name}[{k}]" if part is not value else str(name)), part


def _where(what: str, wrong: list[Comparison], right: list[Comparison]) -> Iterator[str]:
    """Sentences about where a part is right and where it is not."""
    if not right or not wrong or not all(map(_mostly_wrong, wrong)):  # a few entries may be chance
        return
    if all("eps" in c.arguments for c in wrong) and not any("eps" in c.arguments for c in right):
        yield f"{what} is right with the default eps, but wrong with any other eps that was tried."
    shapes = [
        [np.shape(next((a for _, a in _plain(c.arguments) if a.ndim >= 2), ())) for c in group]
        for group in (right, wrong)
    ]
    if not all(shape for group in shapes for shape in group):
        return
    good, bad = shapes
    if all(shape[0] == 2 for shape in good) and all(shape[0] > 2 for shape in bad):
        yield f"{what} is right for two examples, but wrong for more."
    if all(len(set(shape)) < len(shape) for shape in good) and all(len(set(shape)) == len(shape) for shape in bad):
        yield f"{what} is right only where two sizes of the array happen to be equal."
