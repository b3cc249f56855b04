"""A recorded verdict made again: the same bytes, and numbers that are those of the grading."""

import json
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from test_nbgrader import make_class

from course.chapter import ROOT, Chapter
from course.errors import CourseError
from course.kit.diagnosis import Finding
from grading.commands import replay
from grading.commands.grade_class import grade_class
from grading.engine import grade as engine
from grading.engine.cache import Cache
from grading.engine.verdict import ExerciseVerdict
from publishing.output.leaks import search

SLUG = "transform"
OWN = """\
# <script>alert("look")</script>
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    "A wrong answer of the learner's own: the largest value for the spread."
    spread = np.abs(x).max(axis=0)
    out = x / spread * gamma + beta
    return out, (out, gamma, spread)
"""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("replay"),
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),
]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A graded class: the made-up one, and a learner with a mistake of their own."""
    root = tmp_path_factory.mktemp("class")
    make_class.write_class(root, SLUG)
    for student in ("ben", "chidi", "iris", "kim"):
        shutil.rmtree(root / "submitted" / student)
    folder = root / "submitted" / "olga" / SLUG
    folder.mkdir(parents=True)
    notebook = make_class.with_answers(SLUG, {"batchnorm_forward": OWN})
    (folder / "exercise.ipynb").write_text(make_class.nbformat.writes(notebook))
    grade_class(root, SLUG)
    return root


def command(root, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "grading", "replay", SLUG, *arguments, "--root", root],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def recorded(root, student):
    """The file of the verdict that the gradebook has."""
    notebook = replay.graded_notebook(root, SLUG, student)
    key = engine.submission_key(engine.course_secret(root), notebook)
    return root / "cache" / SLUG / "standing" / student / f"{key.hex()}.json"


def numbers(text):
    """The array that `shown` has written."""
    shape = tuple(int(n) for n in re.search(r"\(([\d, ]*)\)", text)[1].replace(" ", "").split(",") if n)
    return np.array([float(n) for n in re.findall(r"-?[\d.]+(?:e[-+]\d+)?", text.split("\n", 1)[1])]).reshape(shape)


@pytest.mark.parametrize("student", ["ada", "dana", "gita", "olga"])
def test_the_verdict_is_the_recorded_one_to_the_byte(root, student):
    kept = json.loads(recorded(root, student).read_bytes())["verdict"]["exercises"]
    found = replay.replay(root, SLUG, student)
    assert [r.verdict.exercise for r in found] == list(kept)
    for r in found:
        assert r.same is True
        assert r.current
        assert json.dumps(replay.asdict(r.verdict)) == json.dumps(kept[r.verdict.exercise])


def test_the_numbers_shown_are_those_of_the_mistake_and_of_the_reference(root):
    """What is printed, put into the wrong and the right function, gives what is printed."""
    chapter = Chapter(SLUG)
    (found,) = replay.replay(root, SLUG, "dana", "batchnorm_forward")
    wrong = next(m for m in chapter.misconceptions("batchnorm_forward") if m.slug == "eps_on_std")
    epsilon = next(p for p in found.properties if p.label.startswith("eps is added"))
    assert found.verdict.mistakes == {"eps_on_std": wrong.hint}
    (call,) = epsilon.calls
    given = dict(call.given)
    arguments = [numbers(given[name]) for name in ("x", "gamma", "beta")]
    # The inputs are printed with six digits; wrong and right are further apart than that can make them.
    for text, function in ((call.came, wrong.implementation), (call.wanted, chapter.exercises["batchnorm_forward"])):
        y = numbers(re.search(r"\[0\] (float64 .*?\]\])", text, re.DOTALL)[1])
        np.testing.assert_allclose(y, function(*arguments, float(given.get("eps", 1e-5)))[0], rtol=1e-2, atol=1e-2)
    # And it is the place that the record speaks of.
    row, column = map(int, re.search(r"\[(\d+), (\d+)\]", epsilon.detail).groups())
    wanted, came = map(float, re.findall(r"(?:expected|got) (-?[\d.]+)", epsilon.detail))
    assert came == pytest.approx(
        numbers(re.search(r"\[0\] (float64 .*?\]\])", call.came, re.DOTALL)[1])[row, column], rel=1e-5, abs=1e-6
    )
    assert wanted == pytest.approx(
        numbers(re.search(r"\[0\] (float64 .*?\]\])", call.wanted, re.DOTALL)[1])[row, column], rel=1e-5, abs=1e-6
    )


def test_a_new_process_says_the_same(root):
    run = command(root, "dana", "identity_parameters")
    assert run.returncode == 0, run.stderr
    first, *rest = run.stdout.splitlines()
    assert re.match(r"dana, identity_parameters: [\d.]+ of 3 points; the verdict is the recorded one", first)
    assert any(line.startswith("  Looks like: ") and line.endswith('("eps ignored")') for line in rest)
    assert "linear_bn_relu" not in run.stdout
    (again,) = replay.replay(root, SLUG, "dana", "identity_parameters")
    assert run.stdout.rstrip("\n") == "\n".join(replay.lines(again))


def test_the_page_holds_no_test_and_nothing_that_runs(root, tmp_path):
    file = tmp_path / "olga.html"
    run = command(root, "olga", "--html", str(file))
    assert run.returncode == 0, run.stderr
    page = file.read_text()
    for what in ("<script", "src=", "<link", "@import", "url("):
        assert what not in page
    assert "&lt;script&gt;alert" in page  # the learner's code can be read
    assert "y is gamma * x_hat + beta, with one mean" in page
    assert not list(search(tmp_path))
    assert "batchnorm_forward: the verdict is the recorded one, byte for byte" in run.stdout


def test_nothing_of_a_learners_is_markup_in_the_page():
    evil = "<script>alert(1)</script>{{ 7 * 7 }}"
    call = replay.Call(evil, [(evil, evil)], evil, evil)
    lost = replay.Property(evil, 1.0, evil, evil, [call])
    verdict = ExerciseVerdict(evil, 0.0, 1.0, [], [Finding("mistake", evil, mistake=evil)])
    made = replay.page(SLUG, [replay.Replay(evil, verdict, True, True, evil, [lost])])
    assert "<script" not in made
    assert "49" not in made
    # The title twice, the exercise, its code; the property, its problem, its detail, the mistake and its hint;
    # the call and its four values.
    assert made.count("&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 * 7 }}") == 2 + 2 + 5 + 5


def test_a_record_that_is_another_one_is_told(root):
    path = recorded(root, "hugo")
    whole = path.read_text()
    data = json.loads(whole)
    data["verdict"]["exercises"]["batchnorm_forward"]["points"] = 1.0
    path.write_text(json.dumps(data))
    told = {r.verdict.exercise: r.same for r in replay.replay(root, SLUG, "hugo")}
    assert told.pop("batchnorm_forward") is False
    assert all(told.values())
    path.unlink()
    (found,) = replay.replay(root, SLUG, "hugo", "batchnorm_forward")
    assert found.same is True  # by what is kept of the hand-in, as in a class of an earlier version
    kept = root / "cache" / SLUG / path.name
    other = kept.read_text()
    kept.unlink()
    (found,) = replay.replay(root, SLUG, "hugo", "batchnorm_forward")
    assert found.same is None
    assert Cache(root / "cache").recorded(SLUG, bytes.fromhex(path.stem)) is None
    path.write_text(whole)
    kept.write_text(other)


def test_a_record_of_other_tests_is_told_as_one(root):
    path = recorded(root, "farah")
    whole = path.read_text()
    data = json.loads(whole)
    data["digests"]["batchnorm_forward"] = "of other tests"
    data["verdict"]["exercises"]["batchnorm_forward"]["points"] = 4.0
    path.write_text(json.dumps(data))
    (found,) = replay.replay(root, SLUG, "farah", "batchnorm_forward")
    assert not found.current
    assert replay.state(found).startswith("the tests, the reference or the program have changed")
    path.write_text(whole)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nobody",), "nobody is not graded in transform: wanted"),
        (("ada", "batch_norm"), "transform has no exercise 'batch_norm'; it has batchnorm_forward, "),
        (("jan",), "jan's hand-in could not be read, so nothing was graded: the notebook breaks off"),
    ],
)
def test_what_is_not_there_is_one_line(root, arguments, message):
    with pytest.raises(CourseError, match=re.escape(message)):
        replay.replay(root, SLUG, *arguments)


class TestAValueShown:
    def test_small_ones_are_whole_and_large_ones_in_a_line(self):
        assert replay.shown(np.array([[1.0, 2.5]])) == "float64 (1, 2)\n[[1.  2.5]]"
        told = replay.shown(np.arange(1000.0).reshape(10, 100))
        assert told == "float64 (10, 100), from 0 to 999, mean 499.5; it begins [0. 1. 2. 3. 4. 5. ...]"

    def test_parts_stand_below_each_other(self):
        assert replay.shown((np.zeros(1), 2)) == "a tuple of 2\n  [0] float64 (1,)\n      [0.]\n  [1] 2"
