"""Other courses' checks as `benchmarks/others.py` has them: they accept what is right; the table is counted anew."""

import numpy as np
import pytest

from benchmarks import __main__ as verbs
from benchmarks import others
from benchmarks.courses import demand
from course.chapter import Chapter, slugs
from course.mutations import stub

REFERENCES = {name: value for slug in slugs() for name, value in Chapter(slug).exercises.items()}
CHECKS = [
    pytest.param(exercise, check, id=f"{course}-{check.__name__}")
    for exercise, courses in others.checks().items()
    for course, functions in courses.items()
    for check in functions
]


@pytest.mark.parametrize(("exercise", "check"), CHECKS)
def test_each_check_accepts_the_reference_and_refuses_a_stub(exercise, check):
    assert others.accepts([check], REFERENCES[exercise]), "the reference is refused"
    assert not others.accepts([check], stub)
    assert check.__doc__, "a check says what it compares"


def test_each_course_has_checks_and_a_source():
    found = {course for courses in others.checks().values() for course in courses}
    assert found == set(others.COURSES)
    assert all("github.com" in course.SOURCE and "@" in course.SOURCE for course in others.COURSES.values())


def wrong(exercise, slug):
    chapter = next(Chapter(s) for s in slugs() if exercise in Chapter(s).exercises)
    return next(m.implementation for m in chapter.misconceptions(exercise) if m.slug == slug)


def test_what_the_checks_are_known_for():
    """Findings that were made by reading the sources: the translation shows them too."""
    # Statistics per image fulfil a check of means and standard deviations per channel; a gradient check finds them out.
    instance = wrong("batchnorm2d_forward", "instance")
    assert others.accepts([others.cs231n.batchnorm2d_forward__statistics], instance)
    assert not others.accepts([others.cs231n.batchnorm2d_forward__gradient], instance)
    # Momentum on the wrong side does not show after 50 batches of one distribution.
    reversed_ = wrong("update_running_statistics", "momentum_on_the_old")
    assert others.accepts(others.checks()["update_running_statistics"]["cs231n"], reversed_)
    assert not others.accepts(others.checks()["update_running_statistics"]["cmu10714"], reversed_)
    # Nobody's running variance is looked at in ARENA, and nobody's gradient of gamma in this copy of 11-785.
    assert others.accepts(
        others.checks()["update_running_statistics"]["arena"], wrong("update_running_statistics", "biased_variance")
    )
    assert others.accepts(
        others.checks()["batchnorm_backward"]["cmu11785"], wrong("batchnorm_backward", "averaged_parameters")
    )


def test_a_check_that_compares_with_nan_refuses():
    with pytest.raises(AssertionError):
        demand(np.nan <= 1, "NaN")
    nan = lambda x, gamma, beta, eps=1e-5: np.full(x.shape, np.nan)  # noqa: E731
    for functions in others.checks()["batchnorm2d_forward"].values():
        assert not others.accepts(functions, nan)


def test_the_table_is_counted(monkeypatch):
    def everything(f):
        """Accepts."""

    def nothing(f):
        """Refuses."""
        raise ValueError

    printed = others.deepml.batchnorm2d_forward__printed
    found = {"cs231n": [everything], "arena": [everything, nothing], "deepml": [printed]}
    monkeypatch.setattr(others, "checks", lambda: {"batchnorm2d_forward": found})
    [row] = others.rows()
    chapter = Chapter("transform")
    all_wrong = [m.slug for m in chapter.misconceptions("batchnorm2d_forward")]
    assert row.misconceptions == row.through["cs231n"] == all_wrong
    assert row.through["arena"] == []
    assert row.through["visible"] == row.through["hidden"] == []
    assert row.refused["cs231n"] == row.refused["visible"] == row.refused["hidden"] == []
    assert row.refused["arena"] == ["reference", *(f.slug for f in chapter.formulations("batchnorm2d_forward"))]
    let_through = [
        m.slug for m in chapter.misconceptions("batchnorm2d_forward") if others.accepts([printed], m.implementation)
    ]
    assert row.through["deepml"] == let_through
    assert set(all_wrong) - set(row.numbers) == {"in_place", "in_place_and_back", "float64_inside"}
    text = others.report([row])
    n = len(all_wrong)
    assert f"| `batchnorm2d_forward` | {n} | {n} | – | – | 0 | – | {len(let_through)} | 0 | 0 |" in text
    assert f"| of these, with wrong numbers | {n - 3} | {n - 3} of {n - 3} | – | – | 0 of {n - 3} | –" in text


def test_a_verb_runs_one_benchmark(monkeypatch, capsys):
    monkeypatch.setattr(verbs, "VERBS", {"one": lambda: print("first"), "two": lambda: print("second")})
    assert verbs.main(["two"]) == 0
    assert capsys.readouterr().out == "second\n"
    assert verbs.main([]) == 0
    assert capsys.readouterr().out == "first\nsecond\n"
    with pytest.raises(SystemExit) as wrong_usage:
        verbs.main(["three"])
    assert wrong_usage.value.code == 2
