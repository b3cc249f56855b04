"""Half of the points for an answer that is one slip from right, graded in the real sandbox."""

import json

import pytest
from test_nbgrader import make_class

from course.errors import CourseError, MachineError
from course.notebooks import companion_files
from grading.commands import replay, report
from grading.commands.grade_class import Graded, Options, grade_class
from grading.commands.regrade import preview
from grading.engine import alone, session
from grading.engine import grade as engine
from grading.engine.grade import grade
from grading.engine.session import Session
from grading.engine.verdict import Detail, Rules, Verdict
from grading.gradebook import facade
from grading.gradebook.message import as_html, as_text, findings
from grading.gradebook.preprocessors import Grade
from grading.sandbox.warm import Sandbox

SLUG = "introduction"
KEY = b"k" * 32
RIGHT = """\
def normalize(x, eps=1e-5):
    mean = x.mean(axis=0)
    return (x - mean) / np.sqrt(x.var(axis=0) + eps)
"""
SLIP = RIGHT.replace("x - mean", "x + mean")
WRONG = RIGHT.replace("x - mean", "x").replace("var(axis=0)", "var()")
TOLD = "half of the points. Line 3, `return (x + mean) / np.sqrt(x.var(axis=0) + eps)`: look at the sign."
BASE = "def batch_statistics(x):\n    return x.mean(axis=0), x.var(axis=0, ddof=1)\n"


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(files=companion_files(SLUG)) as sandbox:
        yield sandbox


def graded(sandbox, answer, name="normalize", **others):
    notebook = make_class.with_answers(SLUG, {**others, name: answer})
    return grade(SLUG, notebook, KEY, sandbox, (name,)).exercises[name]


@pytest.fixture
def searched(monkeypatch):
    """Which exercises were searched for one slip."""
    seen, real = [], Session.slips

    def slips(self, name):
        seen.append(name)
        return real(self, name)

    monkeypatch.setattr(Session, "slips", slips)
    return seen


@pytest.fixture(scope="module")
def slipped(sandbox):
    notebook = make_class.with_answers(SLUG, {"normalize": SLIP})
    return notebook, grade(SLUG, notebook, KEY, sandbox, ("normalize",))


def test_one_slip_earns_half_and_is_told(slipped, sandbox):
    notebook, verdict = slipped
    (found,) = verdict.exercises.values()
    assert (found.points, found.max_points, found.by_tests) == (2, 4, 0)
    assert ("One slip from right:", TOLD) in findings(found, Detail.HINTS)
    assert f"One slip from right: {TOLD}" in as_text(found)
    assert "One slip from right:" in as_html(found)
    assert ("One slip from right:", f"{TOLD} (return (x - mean) / np.sqrt(x.var(axis=0) + eps))") in findings(
        found, Detail.EDITS
    )
    assert as_text(found, Detail.SCORE) == "normalize: 2 of 4 points"
    assert Verdict.from_json(json.loads(verdict.text)) == verdict
    assert grade(SLUG, notebook, KEY, sandbox, ("normalize",)).exercises == verdict.exercises


class TestSettings:
    def test_without_the_rule_the_same_is_told_and_the_tests_alone_count(self, slipped):
        _, verdict = slipped
        (found,) = verdict.counted(Rules(one_slip=False)).exercises.values()
        assert found.points == 0
        assert ("One slip from right:", TOLD.removeprefix("half of the points. L").join(["l", ""])) in findings(
            found, Detail.HINTS
        )

    def test_all_or_nothing_leaves_nothing_of_a_part(self, sandbox, slipped):
        part = graded(sandbox, BASE, "batch_statistics")
        assert 0 < part.points < part.max_points
        none = part.counted(Rules(all_or_nothing=True))
        assert none.points == 0
        assert "In this course: all of an exercise's properties or no points" in as_text(none)
        right = graded(sandbox, RIGHT)
        assert right.counted(Rules(all_or_nothing=True)) == right
        assert slipped[1].counted(Rules(all_or_nothing=True)).points == 0

    def test_the_preprocessor_has_them(self, slipped):
        notebook, verdict = slipped
        for setting, points in (({}, 2), ({"one_slip": False}, 0), ({"all_or_nothing": True}, 0)):
            resources = {"nbgrader": {"assignment": SLUG, "student": "ada"}, "verdict": verdict}
            _, resources = Grade(**setting).preprocess(notebook, resources)
            assert resources["verdict"].points == points

    def test_names_of_settings_are_kept_with_what_was_written(self):
        assert Rules().names == ()
        assert Rules(False, False, True).names == ("each by itself", "no half for one slip", "all or nothing")


def test_a_right_function_in_place_of_a_wrong_one_shows_the_slip(sandbox):
    """What the earlier function costs is charged there; without follow-through this is not one slip from right."""
    lines = ["mean, var = batch_statistics(x)", "return (x + mean) / np.sqrt(var + eps)"]
    built = "\n    ".join(["def normalize(x, eps=1e-5):", *lines]) + "\n"
    found = graded(sandbox, built, batch_statistics=BASE)
    assert (found.points, found.by_tests, found.slip.alone) == (2, 0, False)
    assert found.counted(Rules(follow_through=False)).points == 0


@pytest.mark.parametrize(
    ("answer", "points"),
    [
        (RIGHT, 4),
        ("def normalize(x, eps=1e-5):\n    raise NotImplementedError()\n", 0),
        ("def normalize(x, eps=1e-5):\n    raise NotImplementedError()\n" + RIGHT.partition("\n")[2], 0),
    ],
    ids=["right", "stub", "right below a line that raises"],
)
def test_what_is_right_or_not_written_is_not_looked_at(sandbox, searched, answer, points):
    found = graded(sandbox, answer)
    assert (found.points, found.slip, searched) == (points, None, [])


def test_what_runs_into_a_limit_is_not_looked_at(sandbox, searched):
    found = graded(sandbox, SLIP.replace("    mean =", "    while len(x) > 3:\n        x = x + 0\n    mean ="))
    assert (found.points, found.slip, searched) == (0, None, [])


def test_who_has_half_already_is_not_looked_at_and_keeps_it(sandbox, searched):
    no_copy = RIGHT.replace("    mean =", "    x = x.astype(np.float64)\n    mean =")
    found = graded(sandbox, no_copy)
    assert found.points > 2
    assert searched == []


@pytest.mark.parametrize(
    "answer",
    [
        "def normalize(x, eps=1e-5):\n    return x\n",
        "def normalize(x, eps=1e-5):\n    return np.zeros_like(x)\n",
        "def normalize(x, eps=1e-5):\n    return 0.0\n",
        WRONG,
        RIGHT.replace("    mean = x.mean(axis=0)\n", ""),
    ],
    ids=["the input", "zeros", "a constant", "two mistakes", "a line that is missing"],
)
def test_a_guess_a_constant_two_mistakes_and_a_missing_line_earn_no_half(sandbox, searched, answer):
    found = graded(sandbox, answer)
    assert (found.points, found.slip) == (0, None)
    assert searched == ["normalize"]


def forging(edits, answer):
    """An answer whose process says what it likes of the edits that make it right."""
    return f"import check\ncheck.tell_slips = lambda *_: {edits!r}\n\n{answer}"


WHOLE = "return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)"


@pytest.mark.parametrize(
    ("edits", "answer"),
    [
        ([[5, 5, "the axis", WHOLE]], "def normalize(x, eps=1e-5):\n    return x * eps\n"),
        ([[5, 5, "the axis", f"mean = x.mean(axis=0)\n    {WHOLE}"]], WRONG),
        ([[5, 5, "the axis", f"return eval({WHOLE[7:]!r})"]], "def normalize(x, eps=1e-5):\n    return x * eps\n"),
        ([[6, 6, "the axis", "return (x + mean) / np.sqrt(x.var(axis=0) - eps)"]], SLIP),
        ([[6, 6, "the axis"]], SLIP),
        ([[6, 6, "the axis", 7]], SLIP),
        ([[-1, 6, "the axis", WHOLE]], SLIP),
        ("forged", SLIP),
        ([[6, 6, "the axis", "x" * 100_000]], SLIP),
    ],
    ids=[
        "a whole line",
        "two lines",
        "code in a string",
        "a wrong one",
        "a part",
        "a number",
        "no line",
        "text",
        "long",
    ],
)
def test_a_forged_edit_earns_nothing(sandbox, edits, answer):
    found = graded(sandbox, forging(edits, answer))
    assert (found.points, found.slip) == (0, None)


def test_what_a_forged_search_can_have_is_the_edit_that_is_true(sandbox):
    edits = [[6, 6, "<b>", "return (x - mean) / np.sqrt(x.var(axis=0) + eps)"]]
    found = graded(sandbox, forging(edits, SLIP))
    assert found.points == 2
    assert "look at this line" in as_text(found)
    assert "<b>" not in as_text(found)


def test_an_answer_that_is_right_only_while_it_is_searched_earns_nothing(sandbox):
    hostile = """\
def normalize(x, eps=1e-5):
    import sys
    frame, looked_at = sys._getframe(), False
    while frame:
        looked_at, frame = looked_at or "check" in frame.f_code.co_filename, frame.f_back
    mean = x.mean(axis=0) * (1 if looked_at else 2)
    return (x + mean) / np.sqrt(x.var(axis=0) + eps)
"""
    found = graded(sandbox, hostile)
    assert (found.points, found.slip) == (0, None)


class TestTheMachine:
    def test_a_limit_that_a_slow_machine_meets_is_no_grade(self, sandbox, monkeypatch):
        def slips(self, name):
            self.met.append(False)  # it was met, and the process has not had the time
            return []

        monkeypatch.setattr(Session, "slips", slips)
        monkeypatch.setattr(alone.Turn, "go_alone", lambda self: False)
        with pytest.raises(CourseError, match="no time left to try it again alone"):
            graded(sandbox, SLIP)

    def test_a_search_that_met_a_limit_is_made_again_alone(self, sandbox, monkeypatch):
        real, limits = Session.slips, iter([0.0, 30.0])

        def slips(self, name):
            monkeypatch.setattr(session, "SLIP_SECONDS", next(limits))
            return real(self, name)

        monkeypatch.setattr(Session, "slips", slips)
        assert graded(sandbox, SLIP).points == 2

    def test_a_machine_that_fails_while_it_looks_is_tried_again_and_no_grade(self, sandbox, monkeypatch):
        tried = []

        def fails(self, cell, source):
            tried.append(cell)
            raise MachineError("no process")

        monkeypatch.setattr(Session, "edited", fails)
        monkeypatch.setattr(engine, "PAUSE_SECONDS", 0.0)
        with pytest.raises(MachineError):
            graded(sandbox, SLIP)
        assert tried == ["normalize"] * engine.TRIES


def test_the_search_does_not_hang_on_time(sandbox, monkeypatch):
    """What was enough once is enough on a slower machine: the learner's process counts edits."""
    slow = SLIP.replace("    mean =", "    import time; time.sleep(0.02)\n    mean =")
    assert graded(sandbox, slow).points == 2


def test_the_report_counts_the_mistake_once_and_a_slip_without_a_name_as_a_line(slipped, sandbox):
    def named(verdict):
        return [(m.name, m.lost) for m in report.mistakes([Graded("ada", verdict.points, 4.0, verdict)])]

    _, verdict = slipped
    assert named(verdict) == [("mean_added", 2)]
    odd = RIGHT.replace("var(axis=0)", "var(axis=0) + mean")
    found = graded(sandbox, odd)
    assert (found.points, found.mistakes) == (2, {})
    assert named(Verdict({"normalize": found})) == [("a line to look at", 2)]


def test_a_verdict_of_an_earlier_version_is_read(slipped):
    """It stands: a newer version of the course changes no grade by itself."""
    old = json.loads(slipped[1].text)
    del old["exercises"]["normalize"]["slip"], old["exercises"]["normalize"]["by_tests"]
    read = Verdict.from_json(old)
    assert (read.points, read.counted(Rules(one_slip=False)).points) == (2, 2)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")
def test_the_settings_hold_for_a_class_the_list_of_changes_and_a_replay(slipped, tmp_path, monkeypatch):
    notebook, _ = slipped
    root = tmp_path / "class"
    folder = root / "submitted" / "ada" / SLUG
    folder.mkdir(parents=True)
    (folder / "exercise.ipynb").write_text(json.dumps(notebook))
    monkeypatch.setattr(facade, "ROOT", tmp_path)

    def graded_with(setting):
        (tmp_path / "nbgrader_config.py").write_text(
            "from pathlib import Path\nfrom grading.gradebook.configuration import configure\n"
            f"c = get_config()\nconfigure(c, Path({str(root)!r}))\nc.Grade.one_slip = {setting}\n"
        )
        before = [str(change) for change in preview(root, SLUG, Options()).changes] if setting is False else []
        (result,) = grade_class(root, SLUG)
        assert preview(root, SLUG, Options()).changes == []
        assert facade.Gradebook(root).scores(SLUG) == {"ada": pytest.approx(result.points)}
        (again,) = replay.replay(root, SLUG, "ada", "normalize")
        assert again.same
        assert any("One slip from right:" in line for line in replay.lines(again))
        return result.points, before

    assert graded_with(True) == (2, [])
    assert graded_with(False) == (0, ["ada: normalize 2 -> 0  (mean added)"])
