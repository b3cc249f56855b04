"""The visible answer key of a chapter: `check.json`, numbers for `check.py` to compare with.

The file is computed from the hidden tests. Each test is run once against the reference, with a public seed, and what
was recorded becomes JSON: the calls, their arguments, their results, and what the test demanded of these. The tests are
then run against each misconception, too; the file has only fingerprints of what a misconception returned.
"""

import json
import warnings
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from typing import Any

import numpy as np

from course.chapter import Chapter, HiddenTest
from course.disk_cache import cached_on_disk, is_cached
from course.examination.examine import (
    PUBLIC_SEED,
    known_verdicts,
    run_test,
    smallest,
    verdict,
    verdicts_on_disk,
)
from course.examination.learner import Demand, InProcess, Learner, LearnerObject, Step, arrays, parameters, part_names
from course.examination.traces import trace_of
from course.kit.diagnosis import same_trace
from course.kit.values import Probe, encode
from course.two_mistakes.page_pairs import page_pairs


class Untraceable(Exception):  # noqa: N818
    """A hidden test uses a value that JSON cannot hold, for example one that the test computed itself or a function."""


def answer_key(chapter: Chapter) -> dict:
    """The key of all exercises of a chapter, as JSON data."""
    return {exercise: _exercise_key(chapter, exercise) for exercise in chapter.exercises}


def answer_key_bytes(chapter: Chapter) -> bytes:
    """The bytes of the file `check.json`; the part of each exercise is computed once and cached on disk."""
    return _joined({name: _cached_key(chapter, name) for name in chapter.exercises})


def answer_key_at_once(chapter: Chapter) -> bytes:
    """The same for an author who waits: a part that is not in the cache comes without pairs of mistakes.

    They are most of the work, and without them the check tells two mistakes at once as an unknown one.
    """
    known = {name for name in chapter.exercises if is_cached(chapter.slug, name, "key")}
    return _joined(
        {
            name: _cached_key(chapter, name) if name in known else _text(chapter, name, pairs=False)
            for name in chapter.exercises
        }
    )


def is_known(chapter: Chapter) -> bool:
    """Whether all parts of the chapter's key are in the cache."""
    return all(is_cached(chapter.slug, name, "key") for name in chapter.exercises)


def _joined(parts: dict[str, str]) -> bytes:
    return f"{{{','.join(f'{json.dumps(name)}:{part}' for name, part in parts.items())}}}".encode()


def _cached_key(chapter: Chapter, exercise: str) -> str:
    return cached_on_disk(chapter.slug, exercise, "key", lambda: _text(chapter, exercise))


def _text(chapter: Chapter, exercise: str, pairs: bool = True) -> str:
    with np.errstate(all="ignore"), warnings.catch_warnings():  # a network with a mistake may blow up
        warnings.simplefilter("ignore")
        return json.dumps(_exercise_key(chapter, exercise, pairs), separators=(",", ":"), allow_nan=False)


def make_ahead(slugs: Iterable[str]) -> Iterator[str]:
    """Fill the disk cache with what checks and grading look up, on all processors.

    Parameters
    ----------
    slugs : iterable of str
        The chapters.

    Yields
    ------
    str
        CHAPTER/EXERCISE, as soon as all of that exercise is in the cache.
    """
    names = [(slug, name) for slug in slugs for name in Chapter(slug).exercises]
    left = {one: [t.property for t in Chapter(one[0]).hidden_tests(one[1]) if t.judged] for one in names}
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        # Judged properties take longest by far, so they go first; the key of their exercise needs their verdicts.
        waiting: dict[Future, tuple[str, str]] = {
            pool.submit(_make_verdicts, *one, name): one for one, judged in left.items() for name in judged
        }
        waiting |= {pool.submit(_make_key, *one): one for one, judged in left.items() if not judged}
        while waiting:
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                one = waiting.pop(future)
                made = future.result()
                if made is None:
                    yield "/".join(one)
                    continue
                left[one].remove(made)
                if not left[one]:
                    waiting[pool.submit(_make_key, *one)] = one


def _make_key(slug: str, exercise: str) -> None:
    _cached_key(Chapter(slug), exercise)


def _make_verdicts(slug: str, exercise: str, name: str) -> str:
    """Fill the disk cache with the verdicts of one judged property, and return its name."""
    test = next(test for test in Chapter(slug).hidden_tests(exercise) if test.property == name)
    verdicts_on_disk(Chapter(slug), test)
    return name


def _exercise_key(chapter: Chapter, exercise: str, pairs: bool = True) -> dict:
    properties, visible = [], []
    tests = chapter.hidden_tests(exercise)
    for test in tests:
        if test.private:
            continue
        learner = Learner(InProcess(chapter.exercises))
        outcome = run_test(test, learner, PUBLIC_SEED)
        if outcome.problem:
            raise AssertionError(f"{exercise}__{test.property} fails for the reference: {outcome.problem}")
        try:
            marks = {mark: True for mark in ("judged", "consequence") if getattr(test, mark)}
            properties.append({"label": test.label, "steps": steps(learner.record), **marks})
        except Untraceable:
            continue
        properties[-1]["trace"] = [verdict(outcome)] if test.judged else trace_of(learner.record)
        visible.append(test)
    for p, test in zip(properties, visible, strict=True):
        if after := [k for k, other in enumerate(visible) if other.property in test.after + test.rests]:
            p["after"] = after
    wrongs = chapter.misconceptions(exercise)
    verdicts = known_verdicts(chapter, exercise)
    traces = [
        _traces(
            {**chapter.exercises, exercise: wrong.implementation},
            visible,
            properties,
            {name: said[wrong.slug][0] for name, said in verdicts.items()},
        )
        for wrong in wrongs
    ]
    return {
        "properties": properties,
        "parameters": parameters(exercise, chapter.exercises[exercise]),
        "parts": list(part_names(chapter.exercises[exercise]).values()),
        "hints": [wrong.hint for wrong in wrongs],
        "mistakes": traces,
        "pairs": _pairs(chapter, exercise, visible, properties, traces) if pairs else [],
        "smallest": [
            {"given": {name: encode(value) for name, value in given.items()}, "wanted": encode(wanted)}
            for given, wanted in smallest(chapter, exercise)
        ],
        "hidden": len(tests) - len(properties),
    }


def _pairs(
    chapter: Chapter, exercise: str, visible: list[HiddenTest], properties: list[dict], traces: list
) -> list[list]:
    def whole(some: list[list | None]) -> list[list]:
        return [p["trace"] if trace is None else trace for p, trace in zip(properties, some, strict=True)]

    def traces_of(implementation: Any) -> list[list]:
        return whole(_traces({**chapter.exercises, exercise: implementation}, visible, properties, {}))

    return page_pairs(chapter, exercise, whole([None] * len(properties)), list(map(whole, traces)), traces_of)


def _traces(
    names: dict[str, Any], visible: list[HiddenTest], properties: list[dict], verdicts: dict[str, str]
) -> list[list | None]:
    """What a wrong answer returns in each property, of a judged one its verdict; None where it is the reference's."""
    found: list[list | None] = []
    for test, p in zip(visible, properties, strict=True):
        if test.judged:
            observed = [verdicts[test.property]]
            found.append(None if observed == ["holds"] else observed)
        else:
            learner = Learner(InProcess(names), lenient=True)  # to its end, whatever demand fails on the way
            run_test(test, learner, PUBLIC_SEED)
            observed = trace_of(learner.record)
            found.append(None if same_trace(observed, p["trace"]) else observed)
    return found


def steps(record: list[Step | Demand]) -> list[dict]:
    """The record of one test as JSON data: steps for `check.py` to repeat, and demands on their results.

    Raises
    ------
    Untraceable
        If a demand or an argument is neither a plain value nor a result of an earlier step.
    """
    entries: list[dict] = []
    known: dict[
        int, dict
    ] = {}  # which step a value comes from, by its `id`, which stays unique since the record keeps all values alive
    number, latest = 0, None
    for entry in record:
        if isinstance(entry, Demand):
            given = {name: _value(value, known) for name, value in entry.given.items()}
            # All values that are True are one object, so it is taken for what the step just before has returned.
            just = isinstance(entry.actual, bool) and entry.actual is latest
            actual = {"result": number - 1, "path": []} if just else _reference(entry.actual, known)
            entries.append({"judge": entry.judge, "actual": actual, "given": given})
            continue
        before = dict(zip(map(id, arrays(_arguments(entry))), entry.before, strict=True))
        data: dict = {
            "do": entry.do,
            "name": entry.name,
            "args": [_value(v, known, before) for v in entry.args],
            "kwargs": {name: _value(v, known, before) for name, v in entry.kwargs.items()},
        }
        if entry.on is not None:
            data["on"] = _reference(entry.on, known)
        if entry.expected_error:
            data["raises"] = entry.expected_error
        entries.append(data)
        for i, argument in enumerate(_arguments(entry)):
            if isinstance(argument, (np.ndarray, list, tuple)) and id(argument) not in known:
                _register(known, argument, {"argument": number, "path": [i]})
        _register(known, entry.result, {"result": number, "path": []})
        number, latest = number + 1, entry.result
    return entries


def _arguments(step: Step) -> tuple:
    return (*step.args, *step.kwargs.values())


def _register(known: dict[int, dict], value: Any, reference: dict) -> None:
    if isinstance(value, (np.ndarray, np.generic, float, tuple, list, LearnerObject)):
        known[id(value)] = reference
    if isinstance(value, (tuple, list)):
        for k, part in enumerate(value):
            _register(known, part, {**reference, "path": [*reference["path"], k]})


def _reference(value: Any, known: dict[int, dict]) -> dict | list:
    if id(value) in known:
        return known[id(value)]
    if isinstance(value, tuple):  # the test took a result apart and made a tuple of the parts
        return {"tuple": [_reference(part, known) for part in value]}
    raise Untraceable(type(value).__name__)


def _value(value: Any, known: dict[int, dict], before: dict[int, np.ndarray] | None = None) -> Any:
    """A value as JSON data: a reference if it is the result of an earlier step, else its content before the call."""
    if "result" in known.get(id(value), {}):
        return known[id(value)]
    value = (before or {}).get(id(value), value)
    if isinstance(value, tuple):
        return {"tuple": [_value(part, known, before) for part in value]}
    if isinstance(value, list) and not all(isinstance(v, (int, float, str)) for v in value):
        return [_value(part, known, before) for part in value]
    if callable(value) and not isinstance(value, Probe):
        raise Untraceable("a function")
    try:
        return encode(value)
    except TypeError as error:
        raise Untraceable(str(error)) from error
