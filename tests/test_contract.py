"""The contract of every exercise. Exercises are discovered, so a new chapter gets these tests by itself."""

import inspect
import json
import re
from functools import cache

import numpy as np
import pytest
from undiagnosed import counting, outcomes

from course.answer_keys import answer_key_bytes
from course.chapter import ROOT, Chapter, load, slugs
from course.errors import CourseError
from course.examination.examine import examine_exercise
from course.examination.learner import InProcess, Learner, part_names
from course.kit.check import compare
from course.kit.play import play
from course.mutations import false_alarms, missed_mistakes, mutations
from course.notebooks import stubs

EXERCISES = [(slug, name) for slug in slugs() for name in Chapter(slug).exercises]
MISCONCEPTIONS = [(slug, name, wrong.slug) for slug, name in EXERCISES for wrong in Chapter(slug).misconceptions(name)]
FORMULATIONS = [(slug, name, right.slug) for slug, name in EXERCISES for right in Chapter(slug).formulations(name)]


def seeds(slug, exercise):
    """Three seeds; one where mistakes are told apart by verdicts, which do not depend on the seed."""
    return (1,) if any(t.judged for t in Chapter(slug).hidden_tests(exercise)) else (1, 2, 3)


def graded(slug, exercise, implementation, seed=1):
    """Examine an implementation of one exercise; all other exercises are stubs."""
    chapter = Chapter(slug)
    names = {} if implementation is None else {exercise: implementation}
    stubs = dict.fromkeys(chapter.exercises, stub)
    return examine_exercise(
        chapter,
        exercise,
        lambda: Learner(InProcess({**stubs, **names})),
        lambda case: seed * 1000 + sum(map(ord, case)),
    )


def stub(*args, **kwargs):
    raise NotImplementedError()


def answer(slug, exercise, kind, name):
    return next(found for found in getattr(Chapter(slug), kind)(exercise) if found.slug == name)


@pytest.mark.parametrize(("slug", "exercise"), EXERCISES)
def test_the_reference_gets_full_marks(slug, exercise):
    for seed in seeds(slug, exercise):
        result = graded(slug, exercise, Chapter(slug).exercises[exercise], seed)
        assert result.share == 1.0, [o.problem for o in result.outcomes]


@pytest.mark.parametrize(("slug", "exercise"), EXERCISES)
def test_the_stub_gets_nothing(slug, exercise):
    result = graded(slug, exercise, None)
    assert result.share == 0.0
    assert all("not written yet" in o.problem.text for o in result.outcomes)
    assert not result.findings


def junk():
    """Answers that anybody can give without thinking: none of them may earn a point."""

    def raises(*args, **kwargs):
        raise ValueError("no")

    def like(shape_of, fill):
        return fill(np.shape(shape_of)) if np.ndim(shape_of) else float(np.sum(fill((1,))))

    random = np.random.default_rng(0)
    fills = {
        "zeros": np.zeros,
        "ones": np.ones,
        "random": random.standard_normal,
    }

    def shaped(reference, fill):
        def fake(value):
            if isinstance(value, (tuple, list)):
                return tuple(fake(part) for part in value)
            return like(value, fill) if isinstance(value, (np.ndarray, float, np.generic)) else value

        return lambda *args, **kwargs: fake(reference(*args, **kwargs))

    yield "raises ValueError", lambda reference: raises
    yield "first argument", lambda reference: lambda *args, **kwargs: args[0]
    yield "all arguments", lambda reference: lambda *args, **kwargs: args
    yield "last argument", lambda reference: lambda *args, **kwargs: args[-1]
    yield "None", lambda reference: lambda *args, **kwargs: None
    yield "zero", lambda reference: lambda *args, **kwargs: 0.0
    yield "empty", lambda reference: lambda *args, **kwargs: ()
    for name, fill in fills.items():
        yield f"{name} of the right shape", lambda reference, fill=fill: shaped(reference, fill)


@pytest.mark.parametrize(("slug", "exercise"), EXERCISES)
def test_an_answer_without_thought_earns_nothing(slug, exercise):
    reference = Chapter(slug).exercises[exercise]
    for name, make in junk():
        if inspect.isclass(reference) and "shape" in name:
            continue  # a class returns an object, not numbers
        assert counting(outcomes(slug, exercise, make(reference))) == [], name


@pytest.mark.parametrize(("slug", "exercise", "wrong"), MISCONCEPTIONS)
def test_each_misconception_fails_and_is_named(slug, exercise, wrong):
    mistake = answer(slug, exercise, "misconceptions", wrong)
    for seed in seeds(slug, exercise):
        result = graded(slug, exercise, mistake.implementation, seed)
        failed = [o for o in result.outcomes if not o.holds]
        assert failed, "no hidden test fails"
        assert result.share < 1.0
        assert result.misconceptions == [wrong]
        assert [f.text for f in result.findings if f.mistake] == [mistake.hint]


@pytest.mark.parametrize(("slug", "exercise"), EXERCISES)
def test_a_subtle_slip_costs_only_a_part(slug, exercise):
    wrongs = Chapter(slug).misconceptions(exercise)
    assert any(counting(outcomes(slug, exercise, m.implementation)) for m in wrongs), "every mistake costs everything"


@pytest.mark.parametrize(("slug", "exercise", "right"), FORMULATIONS)
def test_right_formulations_get_full_marks_and_no_hint(slug, exercise, right):
    implementation = answer(slug, exercise, "formulations", right).implementation
    for seed in seeds(slug, exercise):
        result = graded(slug, exercise, implementation, seed)
        assert result.share == 1.0, [(o.test.property, o.problem) for o in result.outcomes if o.problem]
        assert not result.findings


@pytest.mark.parametrize(("slug", "exercise"), EXERCISES)
def test_the_exercise_is_complete(slug, exercise):
    chapter = Chapter(slug)
    wrong, right = chapter.misconceptions(exercise), chapter.formulations(exercise)
    assert len(wrong) >= 3
    assert len(right) >= 2
    assert chapter.hidden_tests(exercise)
    properties = [t.property for t in chapter.hidden_tests(exercise)]
    assert all(set(t.after) <= set(properties) for t in chapter.hidden_tests(exercise))
    assert all(inspect.getdoc(t.run) for t in chapter.hidden_tests(exercise))
    assert all(len(m.hint) > 20 for m in wrong), "a hint is the docstring of the misconception"
    assert len({m.hint for m in wrong}) == len(wrong), "two mistakes share one hint"
    assert len({m.slug for m in wrong + right}) == len(wrong + right)
    if len(part_names(chapter.exercises[exercise])) > 1:  # the other part may have a mistake of its own
        praised = [m.slug for m in wrong if re.search(r"\b(is right|has epsilon|is in the cache)\b[^.]*, but", m.hint)]
        assert not praised, "a hint says of another part that it is right"


@pytest.mark.parametrize("folder", ["hidden", "misconceptions", "formulations"])
@pytest.mark.parametrize("slug", slugs())
def test_no_stray_definition(slug, folder):
    names = Chapter(slug).exercises
    for name, value in vars(load(ROOT / "tests" / folder / f"{slug}.py")).items():
        if "__" in name.strip("_") and callable(value):
            assert name.removeprefix("test_").split("__")[0] in names, f"{folder}/{slug}.py: {name}"


def test_no_stray_file():
    expected = {f"{slug}.py" for slug in slugs()}
    for folder in ("solutions", "tests/hidden", "tests/misconceptions", "tests/formulations"):
        found = {p.name for p in (ROOT / folder).glob("*.py")} - {"__init__.py"}
        assert found == expected, folder


REPEATED = [
    (slug, name)
    for slug, name in EXERCISES
    if any(not t.judged and not t.private for t in Chapter(slug).hidden_tests(name))
]


@pytest.mark.parametrize(("slug", "exercise"), REPEATED)
def test_a_function_that_keeps_state_between_calls_is_found(slug, exercise):
    """It is right at each call but the last, which repeats an earlier one."""
    reference = Chapter(slug).exercises[exercise]
    calls: list[int] = []
    last = 10**9

    def stateful(*args, **kwargs):
        calls.append(1)
        return reference(*args, **kwargs) if len(calls) < last else None

    assert graded(slug, exercise, stateful).share == 1.0
    last = len(calls)
    calls.clear()
    result = graded(slug, exercise, stateful)
    assert result.share < 1.0
    assert any("repeated after other calls" in o.problem.text for o in result.outcomes if o.problem)


# ------------------------------------------------------------------ the page and the visible check


@pytest.mark.parametrize("slug", slugs())
def test_stub_and_reference_have_one_signature_and_one_docstring(slug):
    references = Chapter(slug).exercises
    assert list(stubs(slug)) == list(references), "the page and solutions/ have the same exercises, in the same order"
    for name, source in stubs(slug).items():
        space: dict = {"np": np}
        exec(source, space)
        assert inspect.getdoc(space[name]) == inspect.getdoc(references[name]), name
        if inspect.isclass(references[name]):
            public = public_methods(references[name])
            assert list(public_methods(space[name])) == list(public), name
            for method, function in public.items():
                stubbed = getattr(space[name], method)
                assert inspect.signature(stubbed) == inspect.signature(function), f"{name}.{method}"
                assert inspect.getdoc(stubbed) == inspect.getdoc(function), f"{name}.{method}"
        else:
            assert inspect.signature(space[name]) == inspect.signature(references[name]), name


def public_methods(cls):
    return {
        n: f
        for n, f in vars(cls).items()
        if inspect.isfunction(f) and (not n.startswith("_") or n in ("__init__", "__call__"))
    }


@cache
def key(slug):
    return json.loads(answer_key_bytes(Chapter(slug)))


@pytest.mark.parametrize(("slug", "exercise"), EXERCISES)
def test_the_visible_check_accepts_what_is_right(slug, exercise):
    chapter = Chapter(slug)
    rights = [chapter.exercises[exercise], *(f.implementation for f in chapter.formulations(exercise))]
    for right in rights:
        report = compare(exercise, right, key(slug))
        assert report.passed, report
        assert not report.findings
    assert len(report.rows) >= 2, "a visible check has at least two properties"
    assert not compare(exercise, stub, key(slug)).passed


@pytest.mark.parametrize(("slug", "exercise", "wrong"), MISCONCEPTIONS)
def test_the_visible_check_names_the_mistake(slug, exercise, wrong):
    mistake = answer(slug, exercise, "misconceptions", wrong)
    entry = key(slug)[exercise]
    traces = entry["mistakes"][entry["hints"].index(mistake.hint)]
    if not any(traces) and entry["hidden"]:
        return  # only a hidden property sees it
    report = compare(exercise, mistake.as_handed_in, key(slug))
    assert not report.passed
    assert report.hints == [mistake.hint], report


@pytest.mark.parametrize(("slug", "exercise"), [(s, e) for s, e in EXERCISES if e != "Network"])
def test_a_brief_look_sees_what_a_long_one_sees(slug, exercise):
    """The search for the line judges in brief."""
    for wrong in Chapter(slug).misconceptions(exercise)[:12]:
        for p in key(slug)[exercise]["properties"]:
            long, brief = (play(p["steps"], wrong.implementation, wanted=p["trace"], brief=b) for b in (False, True))
            assert (long.problem is None) == (brief.problem is None), (wrong.slug, p["label"])
            assert [t for t in long.trace if isinstance(t, list)] == [t for t in brief.trace if isinstance(t, list)]
            assert not brief.comparisons


def no_constant(name):
    raise AssertionError(f"{name} is no JSON")


def as_javascript_writes(number):
    return int(float(number)) if float(number).is_integer() else float(number)


@pytest.mark.parametrize(("slug", "exercise"), EXERCISES)
def test_the_check_is_the_same_where_javascript_has_read_and_written_its_key(slug, exercise):
    """JupyterLite does; JavaScript reads no NaN, and writes 1.0 as 1."""
    chapter = Chapter(slug)
    text = answer_key_bytes(chapter).decode()
    written = json.loads(text, parse_constant=no_constant, parse_float=as_javascript_writes)
    wrongs = chapter.misconceptions(exercise)[: 1 if slug == "project" else 8]  # each trains many networks there
    for wrong in [None, *wrongs]:
        implementation = chapter.exercises[exercise] if wrong is None else wrong.as_handed_in
        assert str(compare(exercise, implementation, written)) == str(compare(exercise, implementation, key(slug)))


@pytest.mark.parametrize(("answer", "run"), [("reference", 65), ("modules", 87)])
def test_a_network_that_is_right_is_so_where_six_draws_give_all_rows_one_label(answer, run):
    """Two of the inputs with which it was said to give all rows one label, whatever the parameters."""
    assert false_alarms("project", seeds=1, first=run, only=answer, progress=False).alarms == []


def test_many_seeds_can_be_looked_at_with_one_answer_alone():
    found = false_alarms("transform", seeds=2, first=7, only="reference", progress=False)
    assert (found.examinations, found.alarms) == (2 * len(Chapter("transform").exercises), [])
    wrong = missed_mistakes("transform", seeds=2, only="eps_on_std", progress=False)
    assert 0 < wrong.examinations <= 2 * len(Chapter("transform").exercises)
    assert wrong.alarms == []
    for look in (false_alarms, missed_mistakes):
        with pytest.raises(CourseError, match="'unheard'"):
            look("transform", 1, only="unheard")
        with pytest.raises(CourseError, match="transform has no exercise 'batch'; it has batchnorm_forward"):
            look("transform/batch", 1)


def test_one_exercise_alone_can_be_looked_at():
    name = "transform/identity_parameters"
    chapter = Chapter("transform")
    (row,) = mutations([name], progress=False)
    assert (row.exercise, row.killed) == ("identity_parameters", len(chapter.misconceptions("identity_parameters")))
    assert false_alarms(name, 1, progress=False).examinations == 1 + len(chapter.formulations("identity_parameters"))
    assert missed_mistakes(name, 1, progress=False).examinations == row.misconceptions
