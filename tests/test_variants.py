"""A term's variant: the same hidden tests, another order of arguments and another layout."""

import inspect
import os
import re
import subprocess
import sys

import nbformat
import numpy as np
import pytest
from test_nbgrader import make_class

from course.chapter import ROOT, Chapter, slugs
from course.errors import CourseError
from course.examination.examine import examine_exercise, run_test
from course.examination.learner import InProcess, Learner
from course.kit.play import Adapter
from course.notebooks import bundle
from course.variant import STANDARD, Adapted, term_of
from grading.commands import replay
from grading.commands.grade_class import grade_class

SLUG = "transform"
VARIANT = """\
[transform.batchnorm_forward]
arguments = ["gamma", "beta", "x"]
features_first = ["x", "result"]

[transform.identity_parameters]
features_first = ["x"]

[transform.linear_bn_relu]
arguments = ["W", "x", "beta", "gamma"]
"""
RIGHT = {
    "batchnorm_forward": """\
def batchnorm_forward(gamma, beta, x, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    inv_std = 1 / np.sqrt(x.var(axis=1) + eps)
    x_hat = (x - mean) * inv_std[:, None]
    return gamma[:, None] * x_hat + beta[:, None], (x_hat, gamma, inv_std)
""",
    "identity_parameters": """\
def identity_parameters(x, eps=1e-5):
    return np.sqrt(x.var(axis=1) + eps), x.mean(axis=1)
""",
    "batchnorm2d_forward": make_class.right(Chapter(SLUG), 0)["batchnorm2d_forward"],
    "linear_bn_relu": """\
def linear_bn_relu(W, x, beta, gamma, eps=1e-5):
    u = x @ W
    return np.maximum(gamma * (u - u.mean(axis=0)) / np.sqrt(u.var(axis=0) + eps) + beta, 0)
""",
    "change_units": make_class.right(Chapter(SLUG), 0)["change_units"],
}
NOTE = (
    "This term it is batchnorm_forward(gamma, beta, x, eps=1e-05), "
    "with features first, (d, m) for (m, d): x, the result"
)


def declared(folder, text=VARIANT):
    (folder / "variant.toml").write_text(text)
    return term_of(folder)


class TestAnAdapter:
    @pytest.fixture
    def calls(self):
        return []

    @pytest.fixture
    def adapter(self, calls):
        def f(b, a, *rest, **named):
            calls.append((b, a, rest, named))
            return a, (b, 3)

        return Adapter(f, ["a", "b"], ["b", "a"], [])

    @pytest.mark.parametrize(
        ("args", "kwargs", "came"),
        [
            ((1, 2), {}, (2, 1, (), {})),
            ((1, 2, 9), {}, (2, 1, (9,), {})),
            ((1, 2), {"eps": 9}, (2, 1, (), {"eps": 9})),
            ((1,), {"b": 2}, None),
            ((), {"a": 1, "b": 2}, None),
        ],
    )
    def test_brings_arguments_into_this_terms_order(self, adapter, calls, args, kwargs, came):
        assert adapter(*args, **kwargs) == (1, (2, 3))
        assert came is None or calls == [came]

    def test_exchanges_the_axes_of_what_is_named_tuples_included(self):
        seen = []

        def f(x, v, w):
            seen.append((x.shape, v.shape, w[0].shape))
            return x + 1, (v, w[0])

        x, v, w = np.arange(6.0).reshape(2, 3), np.zeros(4), (np.zeros((5, 6)), 1)
        adapter = Adapter(f, ["x", "v", "w"], ["x", "v", "w"], ["x", "w", "result"])
        result = adapter(x, v, w)
        assert seen == [((3, 2), (4,), (6, 5))]
        np.testing.assert_array_equal(result[0], x + 1)
        assert result[1][1].shape == (5, 6)

    def test_what_is_done_in_place_is_done_to_the_callers_array(self):
        def f(x):
            x -= x.mean(axis=1, keepdims=True)
            raise ValueError("after it")

        x = np.array([[1.0, 3, 5], [2, 7, 0]])
        with pytest.raises(ValueError, match="after it"):
            Adapter(f, ["x"], ["x"], ["x"])(x)
        np.testing.assert_allclose(x, [[-0.5, -2, 2.5], [0.5, 2, -2.5]])

    def test_of_nothing_declared_is_the_function_itself(self):
        assert Adapter.of(len, None) is len


def variants():
    """Every function of the course, its arguments the other way round, features first where that can be."""
    for slug in slugs():
        for name, function in Chapter(slug).exercises.items():
            if inspect.isfunction(function):
                yield pytest.param(slug, name, id=name)


TAKE_FUNCTIONS = ("numerical_gradient", "gradient_error", "cross_example_influence")


@pytest.mark.parametrize(("slug", "exercise"), list(variants()))
def test_every_function_can_be_another_one_and_its_tests_stay(slug, exercise, tmp_path):
    """The reference as this term has it passes its hidden tests; as the course has it, it does not."""
    chapter = Chapter(slug)
    parameters = inspect.signature(chapter.exercises[exercise]).parameters.values()
    order = [p.name for p in parameters if p.default is p.empty]
    first = [] if exercise in TAKE_FUNCTIONS else [*order, "result"]
    text = f"[{slug}.{exercise}]\narguments = {order[::-1]}\nfeatures_first = {first}\n"
    term = declared(tmp_path, text.replace("'", '"'))
    entry = term.of(slug)[exercise]

    def examined(implementation):
        target = Adapted(InProcess({exercise: implementation}), term.of(slug))
        return examine_exercise(chapter, exercise, lambda: Learner(target), lambda case: len(case))

    def as_this_term(function):
        """The inverse: what a learner would write, whose arguments come in this term's order and layout."""
        return Adapter(function, entry["arguments"], entry["order"], entry["features_first"])

    assert examined(as_this_term(chapter.exercises[exercise])).share == 1
    if len(order) > 1:
        assert examined(chapter.exercises[exercise]).share < 0.5
    for wrong in chapter.misconceptions(exercise):
        if wrong.slug == "in_place":
            found = examined(as_this_term(wrong.implementation))
            assert found.misconceptions == ["in_place"]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("term")
    (root / "autumn.toml").write_text(VARIANT)
    command = [sys.executable, "-m", "publishing", "notebooks", SLUG, "--root", root / "class"]
    run = subprocess.run(
        [*command, "--out", root / "out", "--variant", root / "autumn.toml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert f"  {NOTE}" in run.stdout.splitlines()
    return root


@pytest.fixture(scope="module")
def results(root):
    course = make_class.right(Chapter(SLUG), 0)
    released = nbformat.read(root / "out" / SLUG / "exercise.ipynb", 4)
    for student, answers in {"ada": RIGHT, "ben": course, "gita": {}}.items():
        for cell in released.cells:
            if (name := cell.metadata.get("nbgrader", {}).get("grade_id")) in course:
                cell.source = answers.get(name, cell.source)
        folder = root / "class" / "submitted" / student / SLUG
        folder.mkdir(parents=True)
        (folder / "exercise.ipynb").write_text(nbformat.writes(released))
        released = nbformat.read(root / "out" / SLUG / "exercise.ipynb", 4)
    return {g.student: g for g in grade_class(root / "class", SLUG)}


@pytest.mark.slow
@pytest.mark.xdist_group("variant")
@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")
class TestATerm:
    def test_the_notebook_has_this_terms_stub_and_says_so(self, root):
        cells = {c.id: c for c in nbformat.read(root / "out" / SLUG / "exercise.ipynb", 4).cells}
        stub = cells["batchnorm_forward"].source
        assert stub.startswith("def batchnorm_forward(gamma, beta, x, eps=1e-5):")
        assert f"\n\n    {NOTE}.\n\n    Parameters" in stub
        assert stub.endswith("    # YOUR CODE HERE\n    raise NotImplementedError()")
        compile(stub, "stub", "exec")
        assert any("**Write** `batchnorm_forward(gamma, beta, x, eps)`" in c.source for c in cells.values())
        assert "This term" not in cells["batchnorm2d_forward"].source

    def test_a_right_answer_to_it_gets_full_marks(self, results):
        assert results["ada"].points == 19

    def test_the_answer_of_another_term_fails_and_is_told_this_terms_order(self, root, results):
        verdict = results["ben"].verdict.exercises
        assert verdict["batchnorm2d_forward"].points == 4  # which is as it always was
        for name in ("batchnorm_forward", "identity_parameters", "linear_bn_relu"):
            assert verdict[name].points == 0
        page = (root / "class" / "autograded" / "ben" / SLUG / "exercise.ipynb").read_text()
        assert NOTE in page

    def test_an_untouched_stub_is_told_as_one_alone(self, results):
        lines = results["gita"].verdict.exercises["batchnorm_forward"].lines
        told = "not written yet: the line `raise NotImplementedError()` is still there"
        assert {line.problem for line in lines} == {told}

    def test_a_replay_is_of_this_term_too(self, root, results):
        for found in replay.replay(root / "class", SLUG, "ben"):
            assert found.same is True

    def test_the_visible_check_and_the_cells_that_look_work_as_well(self, root, results):
        """Every code cell of the notebook with the right answers, in a learner's Python."""
        made = nbformat.read(root / "class" / "submitted" / "ada" / SLUG / "exercise.ipynb", 4)
        code = [c.source for c in made.cells if c.cell_type == "code"]
        assert sum('standard("' in source for source in code) == 3
        run = learner(root, "\n\n".join(code))
        assert run.returncode == 0, run.stderr
        assert run.stdout.count("properties hold on these inputs") == 5

    def test_it_tells_this_terms_order_too(self, root):
        course = make_class.right(Chapter(SLUG), 0)["batchnorm_forward"]
        run = learner(
            root,
            f"import numpy as np\nfrom check import check\n{course}\ncheck('batchnorm_forward', batchnorm_forward)",
        )
        assert run.returncode != 0
        assert NOTE in run.stderr


def learner(root, code):
    return subprocess.run(
        [ROOT / ".venv-learner" / "bin" / "python", "-c", code],
        cwd=root / "out" / SLUG,
        env={**os.environ, "MPLBACKEND": "Agg", "MPLCONFIGDIR": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_file_nothing_is_another_one(tmp_path):
    assert term_of(tmp_path) is STANDARD
    assert bundle(SLUG, STANDARD) == bundle(SLUG)
    assert b"This term" not in bundle(SLUG)["exercise.ipynb"]


def test_the_fingerprint_of_a_term_is_its_own(tmp_path):
    from course.notebooks import released
    from grading.engine import grade as engine

    notebook = released(SLUG, declared(tmp_path))
    changed = nbformat.from_dict({**notebook, "metadata": {}})
    assert engine.fingerprint(notebook) != engine.fingerprint(changed)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[transform", "is no TOML"),
        ("[transforms.batchnorm_forward]", "there is no chapter 'transforms'; there are backprop, "),
        ("transform = 1", "there is no chapter 'transform'"),
        ("[inference.BatchNorm1d]", "wanted a function of the chapter: update_running_statistics, "),
        ("[transform.batchnorm_forward]\nargs = []", "wanted `arguments` and `features_first`"),
        ("[transform.batchnorm_forward]\narguments = ['x', 'beta']", "wanted each of ['x', 'gamma', 'beta'] once"),
        ("[transform.batchnorm_forward]\nfeatures_first = ['y']", "features_first names ['y']; there are ['x', "),
        ("[backprop.numerical_gradient]\nfeatures_first = ['x']", "a function among the arguments has a layout"),
    ],
)
def test_what_cannot_be_declared_is_one_line(tmp_path, text, message):
    with pytest.raises(CourseError, match=re.escape(message)) as error:
        declared(tmp_path, text)
    assert "\n" not in str(error.value).removeprefix(str(tmp_path))


def test_a_property_is_found_by_the_same_test_as_ever(tmp_path):
    """The hidden test itself is given to the adapter: it calls by position, by keyword and with defaults."""
    chapter, term = Chapter(SLUG), declared(tmp_path)
    names: dict = {}
    exec("import numpy as np\n" + "\n".join(RIGHT.values()), names)
    for exercise in chapter.exercises:
        for test in chapter.hidden_tests(exercise):
            target = Adapted(InProcess(names), term.of(SLUG))
            assert run_test(test, Learner(target), 5).problem is None, test.label
