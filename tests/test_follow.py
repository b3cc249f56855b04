"""A mistake is paid for once: exercises that call an earlier function, graded in the real sandbox."""

import json

import numpy as np
import pytest
from test_nbgrader import make_class

from course.chapter import Chapter, slugs
from course.examination.examine import run_test
from course.examination.learner import InProcess, Learner, Step
from grading.commands import replay, report
from grading.commands.grade_class import Graded, Options, grade_class
from grading.commands.regrade import preview
from grading.engine.answered import answer
from grading.engine.follow import as_this_term, earlier
from grading.engine.grade import grade
from grading.engine.session import Session
from grading.engine.verdict import Detail, Rules, Verdict
from grading.gradebook import facade
from grading.gradebook.message import as_html, as_text, findings
from grading.gradebook.preprocessors import Grade
from grading.sandbox.warm import Sandbox

SLUG = "introduction"
KEY = b"k" * 32
WRONG = """\
def batch_statistics(x):
    mean = x.mean(axis=0)
    return mean, ((x - mean) ** 2).sum(axis=0) / (len(x) - 1)
"""
RIGHT = "def batch_statistics(x):\n    return x.mean(axis=0), x.var(axis=0)\n"
BUILT_ON_IT = """\
def normalize(x, eps=1e-5):
    mean, var = batch_statistics(x)
    return (x - mean) / np.sqrt(var + eps)
"""
NO_EPSILON = BUILT_ON_IT.replace("var + eps", "var")
ONE_SIDED = """\
def numerical_gradient(f, x, dy, h=1e-5):
    dx = np.empty_like(x)
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = h
        dx[index] = ((f(x + step) - f(x)) * dy).sum() / h
    return dx
"""


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def examined_again(monkeypatch):
    """Which functions were answered, for each examination that was tried with answers."""
    seen, real = [], Session.answering

    def answering(self, functions):
        seen.append(list(functions))
        return real(self, functions)

    monkeypatch.setattr(Session, "answering", answering)
    monkeypatch.setattr("grading.engine.grade.one_slip", lambda found, *_: found)  # which has tests of its own
    return seen


def graded(sandbox, answers, *only, slug=SLUG):
    return grade(slug, make_class.with_answers(slug, answers), KEY, sandbox, only).exercises


@pytest.fixture(scope="module")
def carried(sandbox):
    """A right `normalize` that calls a `batch_statistics` with 1/(m - 1)."""
    notebook = make_class.with_answers(SLUG, {"batch_statistics": WRONG, "normalize": BUILT_ON_IT})
    return notebook, grade(SLUG, notebook, KEY, sandbox, ("batch_statistics", "normalize"))


def test_a_right_function_on_a_wrong_one_has_its_points_and_is_told_why(carried):
    _, verdict = carried
    base, built = verdict.exercises["batch_statistics"], verdict.exercises["normalize"]
    assert 0 < base.points < 1
    assert list(base.mistakes) == ["ddof"]
    assert (built.points, built.max_points, built.alone, built.mistakes) == (4, 4, 0, {})
    told = "right, given your `batch_statistics`: with a right one in its place, every property holds"
    assert findings(built, Detail.HINTS) == [("Carried forward:", told)]
    assert as_text(built).count("(right, given your `batch_statistics`)") == len(built.lines)
    assert "right, given your <code>batch_statistics</code>" in as_html(built)
    assert Verdict.from_json(json.loads(verdict.text)) == verdict


def test_grading_it_again_says_the_same_whatever_else_is_graded(sandbox, carried):
    notebook, verdict = carried
    assert grade(SLUG, notebook, KEY, sandbox, ("normalize",)).exercises["normalize"] == verdict.exercises["normalize"]


@pytest.fixture(scope="module")
def with_its_own(sandbox):
    """The same with a mistake in `normalize`, too."""
    notebook = make_class.with_answers(SLUG, {"batch_statistics": WRONG, "normalize": NO_EPSILON})
    return grade(SLUG, notebook, KEY, sandbox, ("batch_statistics", "normalize"))


def test_a_mistake_of_its_own_is_named_and_the_other_one_is_not(with_its_own):
    base, built = with_its_own.exercises.values()
    assert list(base.mistakes) == ["ddof"]
    assert list(built.mistakes) == ["eps_missing"]
    assert built.alone == 0
    assert 2 < built.points < 4
    heading, told = findings(built, Detail.HINTS)[-1]
    assert heading == "Carried forward:"
    assert told.startswith("the rows that say so are right, given your `batch_statistics`")
    assert [bool(line.given) for line in built.lines] == [line.holds for line in built.lines]


class TestWithoutFollowThrough:
    def test_each_exercise_has_the_points_of_its_own_and_the_same_is_told(self, carried):
        notebook, verdict = carried
        resources = {"nbgrader": {"assignment": SLUG, "student": "ada"}, "verdict": verdict}
        made, resources = Grade(follow_through=False).preprocess(notebook, resources)
        built = resources["verdict"].exercises["normalize"]
        assert (built.points, resources["verdict"].points) == (0, verdict.exercises["batch_statistics"].points)
        (shown,) = next(cell.outputs for cell in made.cells if cell.id == "test_normalize")
        assert shown.data["text/plain"].startswith("normalize: 0 of 4 points\n  Carried forward: right, given your")
        assert "(right, given your `batch_statistics`, which does not count here)" in shown.data["text/plain"]

    def test_it_is_a_setting(self, carried):
        _, verdict = carried
        assert Grade().follow_through
        assert verdict.counted(Rules()) is verdict


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")
def test_the_setting_holds_for_the_gradebook_the_list_of_changes_and_a_replay(carried, tmp_path, monkeypatch):
    notebook, _ = carried
    root = tmp_path / "class"
    folder = root / "submitted" / "ada" / SLUG
    folder.mkdir(parents=True)
    (folder / "exercise.ipynb").write_text(json.dumps(notebook))
    monkeypatch.setattr(facade, "ROOT", tmp_path)

    def graded_with(setting):
        (tmp_path / "nbgrader_config.py").write_text(
            "from pathlib import Path\nfrom grading.gradebook.configuration import configure\n"
            f"c = get_config()\nconfigure(c, Path({str(root)!r}))\nc.Grade.follow_through = {setting}\n"
        )
        before = [str(change) for change in preview(root, SLUG, Options()).changes] if setting is False else []
        (result,) = grade_class(root, SLUG)
        assert preview(root, SLUG, Options()).changes == []
        assert facade.Gradebook(root).scores(SLUG) == {"ada": pytest.approx(result.points)}
        (again,) = replay.replay(root, SLUG, "ada", "normalize")
        assert again.same
        assert again.verdict.points == result.verdict.exercises["normalize"].points
        assert any("Carried forward: right, given your `batch_statistics`" in line for line in replay.lines(again))
        return result.points, before

    points, _ = graded_with(True)
    fewer, listed = graded_with(False)
    assert fewer == pytest.approx(points - 4)
    assert listed == ["ada: normalize 4 -> 0"]


@pytest.mark.parametrize(
    ("answers", "tried"),
    [
        ({"batch_statistics": RIGHT, "normalize": BUILT_ON_IT}, []),
        ({"batch_statistics": WRONG, "normalize": "def normalize(x, eps=1e-5):\n    return x - x.mean(axis=0)\n"}, []),
        # It is tried here, and ends where no result is another one.
        ({"batch_statistics": RIGHT, "normalize": NO_EPSILON}, [["batch_statistics"]]),
    ],
    ids=["right", "calls no other", "calls a right one"],
)
def test_what_is_right_or_wrong_by_itself_is_examined_once(sandbox, examined_again, answers, tried):
    found = graded(sandbox, answers, "batch_statistics", "normalize")
    assert examined_again == tried
    assert found["normalize"].alone is None
    assert "Carried forward" not in as_text(found["normalize"])


def test_neither_the_exercise_itself_nor_a_later_one_is_answered(sandbox, examined_again):
    """Whoever calls these gets what stands there."""
    other = BUILT_ON_IT.replace("    return", "    covariate_shift(x, x)\n    return")
    itself = "def covariate_shift(before, after, eps=1e-5):\n    return covariate_shift.__wrapped__(before, after)\n"
    base = "def batch_statistics(x):\n    return normalize(x).mean(axis=0), covariate_shift(x, x)\n"
    found = graded(sandbox, {"batch_statistics": base, "normalize": other, "covariate_shift": itself})
    assert not any(e.points for e in found.values())
    assert examined_again == [["batch_statistics"]]
    notebook = make_class.with_answers(SLUG, {"covariate_shift": BUILT_ON_IT})
    assert earlier(Chapter(SLUG), "covariate_shift", notebook) == ["batch_statistics", "normalize"]


def test_a_helper_of_the_learners_may_call_it_and_a_missing_function_is_answered_too(sandbox):
    helper = "def root(x, eps):\n    return np.sqrt(batch_statistics(x)[1] + eps)\n"
    answer = f"{helper}\ndef normalize(x, eps=1e-5):\n    return (x - x.mean(axis=0)) / root(x, eps)\n"
    built = graded(sandbox, {"batch_statistics": "x = (", "normalize": answer}, "normalize")["normalize"]
    assert (built.points, built.alone) == (4, 0.0)


def test_only_those_functions_are_named_that_are_wrong(sandbox):
    shift = """\
def covariate_shift(before, after, eps=1e-5):
    (mean, var), _ = batch_statistics(before), normalize(before, eps)
    return float(np.mean(np.abs(batch_statistics(after)[0] - mean) / np.sqrt(var + eps)))
"""
    right = "def normalize(x, eps=1e-5):\n    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)\n"
    answers = {"batch_statistics": WRONG, "normalize": right, "covariate_shift": shift}
    built = graded(sandbox, answers, "covariate_shift")["covariate_shift"]
    assert built.points == built.max_points
    assert {line.given for line in built.lines} == {"`batch_statistics`"}


@pytest.mark.parametrize("function", ["f", "lambda z: f(z)"])
def test_a_function_that_takes_functions_is_answered_over_the_wire(sandbox, function):
    built_on_it = f"""\
def gradient_error(f, x, dy, dx, h=1e-5):
    n = numerical_gradient({function}, x, dy, h)
    return (np.abs(dx - n) / np.maximum(np.abs(dx) + np.abs(n), 1e-8)).max()
"""
    answers = {"numerical_gradient": ONE_SIDED, "gradient_error": built_on_it}
    built = graded(sandbox, answers, "gradient_error", slug="backprop")["gradient_error"]
    assert built.points == built.max_points > built.alone


def test_functions_that_call_each_other_without_end_are_the_learners_own_problem(sandbox):
    built_on_it = """\
def gradient_error(f, x, dy, dx, h=1e-5):
    def again(z):
        return numerical_gradient(again, z, dy, h)
    return numerical_gradient(again, x, dy, h)
"""
    answers = {
        "numerical_gradient": "def numerical_gradient(f, x, dy, h):\n    return x\n",
        "gradient_error": built_on_it,
    }
    built = graded(sandbox, answers, "gradient_error", slug="backprop")["gradient_error"]
    assert built.points == 0
    assert "too deep" in built.lines[0].problem


def test_calls_that_are_too_large_are_the_learners_own_problem(sandbox):
    wide = BUILT_ON_IT.replace("    mean", "    batch_statistics(np.zeros((2, 1500)))\n    mean")
    built = graded(sandbox, {"batch_statistics": WRONG, "normalize": wide}, "normalize")["normalize"]
    assert built.points == 0
    assert "batch_statistics was called with too large arrays: (2, 1500)" in built.lines[0].problem


def test_the_reference_gets_only_arrays_that_belong_together():
    transform = Chapter("transform")
    column, row = np.zeros((100, 1)), np.zeros(100)
    with pytest.raises(ValueError, match="takes arrays of other shapes"):
        answer(transform, "batchnorm_forward", (column, row, row), {})
    with pytest.raises(ValueError, match="takes arrays of other shapes"):
        answer(transform, "batchnorm_forward", (column[:, :, None], row, row[:, None]), {})
    with pytest.raises(ValueError, match="too large"):
        answer(Chapter("tradeoffs"), "hessian_condition_number", (np.zeros((1, 2000)),), {})
    with pytest.raises(TypeError):
        answer(transform, "batchnorm_forward", (column,), {"gama": row})


@pytest.mark.parametrize("slug", slugs())
def test_the_reference_answers_whatever_the_hidden_tests_ask(slug):
    """For other inputs than those from which it is known how arrays belong together."""
    chapter = Chapter(slug)
    for name, function in chapter.exercises.items():
        for test in chapter.hidden_tests(name) if not isinstance(function, type) else ():
            learner = Learner(InProcess({name: lambda *args, name=name, **kw: answer(chapter, name, args, kw)}))
            assert run_test(test, learner, 7).problem is None, test.label
            assert any(isinstance(step, Step) for step in learner.record)


def test_it_is_called_as_it_is_this_term():
    entry = {"order": ["x", "gamma", "beta"], "arguments": ["beta", "gamma", "x"], "features_first": ["x"]}
    transform, x = Chapter("transform"), np.arange(6.0).reshape(3, 2)
    gamma, beta = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    y, _ = as_this_term(transform, "batchnorm_forward", entry)(beta, gamma, x.T, eps=0.1)
    np.testing.assert_array_equal(y, transform.exercises["batchnorm_forward"](x, gamma, beta, 0.1)[0])


class TestTheReport:
    def test_counts_the_mistake_once(self, carried):
        _, verdict = carried
        (found,) = report.mistakes([Graded("ada", verdict.points, 11.0, verdict)])
        assert (found.exercise, found.name, found.carried) == ("batch_statistics", "ddof", 1)
        assert found.lost == pytest.approx(3 - verdict.points + 4)
        assert report.unnamed([Graded("ada", verdict.points, 11.0, verdict)]) == []

    def test_without_follow_through_it_has_cost_what_it_costs_later_too(self, carried):
        _, verdict = carried
        strict = verdict.counted(Rules(follow_through=False))
        (found,) = report.mistakes([Graded("ada", strict.points, 11.0, strict)])
        assert found.carried == 1
        assert found.lost == pytest.approx(7 - strict.points)

    def test_without_follow_through_a_mistake_of_its_own_costs_what_it_costs_with_it(self, with_its_own):
        strict = with_its_own.counted(Rules(follow_through=False))
        lost = {m.name: m.lost for m in report.mistakes([Graded("ada", strict.points, 11.0, strict)])}
        assert lost["eps_missing"] == pytest.approx(4 - with_its_own.exercises["normalize"].points, abs=0.01)
        assert sum(lost.values()) == pytest.approx(7 - strict.points)


def test_nothing_of_the_reference_is_in_the_learners_process(sandbox):
    look = """\
import inspect
def look(x):
    f = batch_statistics
    cells = [str(cell.cell_contents) for cell in f.__closure__ or ()]
    return [inspect.getsource(f), str(f.__code__.co_consts), str(cells), repr(f(x)[1])]
"""
    reference = Chapter(SLUG).exercises["batch_statistics"]
    with sandbox.start() as child:
        child.run_cell(f"import numpy as np\n{WRONG}{look}")
        child.answers = {"batch_statistics": reference}
        *texts, came = child.call("look", np.array([[1.0], [3.0]]))
        assert came == "array([1.])"  # of the variance with 1/m
        assert not [text for text in texts if ".var(" in text or ".mean(" in text or "solutions" in text]
        child.answers = {}
        assert child.call("batch_statistics", np.array([[1.0], [3.0]]))[1] == 2.0  # the learner's own is back
