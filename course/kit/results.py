"""What kind of result came where another one was wanted: told once, and before its numbers are looked at.

The properties are the `Evidence` of `course.kit.diagnosis`.
"""

import re
from collections.abc import Sequence

import numpy as np

from course.kit.judges import close, fitted
from course.kit.relations import Comparison, is_rounded
from course.kit.values import alike, guarded, is_print


def kind_of_result(properties: list, failed: list[int], parts: Sequence[str]) -> list[str]:
    """What came instead of the wanted kind of result, where all properties got the same wrong kind."""
    texts = [properties[k].problem.text for k in failed]
    came = {re.sub(r"\d+", "0", text.partition("; got ")[2]) for text in texts}
    if len(came) == 1 and not any(kind == "" or kind.startswith("shape") for kind in came):
        return [texts[0] + _alone(properties[failed[0]], parts)]
    shapes = all(re.search(r"expected (shape|a single number).*; got (shape|a single number)", text) for text in texts)
    if shapes and all(_right_but_for_axes(c) for k in failed for c in properties[k].comparisons):
        return [f"{texts[0]}. The numbers are right."]
    # Some properties look at the first part alone, however many there are.
    counts = [text for text in texts if re.match(r"Expected a tuple of \d+ .*; got ", text)]
    if counts and all(_other_count(properties[k]) for k in failed):
        return [counts[0] + _alone(properties[failed[0]], parts)]
    return []


def _right_but_for_axes(c: Comparison) -> bool:
    """Whether what came holds, or would in the wanted shape, with axes of length 1 put in or left out."""

    def fits():
        wanted = np.asarray(c.wanted)
        return close(fitted(c.actual, wanted.shape), wanted) is None

    return c.holds or guarded(fits, lambda _: False)


def _other_count(p) -> bool:
    """Whether a result has not as many parts as the wanted one."""
    prints = [
        (o[0], w[0])
        for o, w in zip(p.trace, p.wanted, strict=False)
        if not isinstance(o, str) and not isinstance(w, str)
    ]
    several = [(came, wanted) for came, wanted in prints if isinstance(wanted, list) and not is_print(wanted)]
    return any(not isinstance(came, list) or is_print(came) or len(came) != len(wanted) for came, wanted in several)


def _alone(p, parts: Sequence[str]) -> str:
    """Which part it is, where one part came in place of all."""
    for outcome, wanted in zip(p.trace, p.wanted, strict=False):
        if isinstance(outcome, str) or isinstance(wanted, str) or is_print(wanted[0]) or len(wanted[0]) != len(parts):
            continue
        same = [name for name, part in zip(parts, wanted[0], strict=True) if alike(outcome[0], part)]
        return f". It is {same[0]} alone." if len(same) == 1 else ""
    return ""


def lost_digits(properties: list, failed: list[int]) -> list[str]:
    """A dtype with fewer digits than the wanted one, where nothing is wrong that the lost digits do not explain."""
    texts = [
        p.problem.text for p in properties if p.problem and re.search(r"float64; got float(16|32)$", p.problem.text)
    ]
    wrong = [c for k in failed for c in properties[k].comparisons if not c.holds]
    if texts and all(map(is_rounded, wrong)):
        return [texts[0]]
    return []
