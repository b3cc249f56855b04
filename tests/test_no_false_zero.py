"""A class of honest answers, graded while something fails: nobody loses a point, or what a person gave.

Each test makes one step of the walk of a hand-in (docs/architecture.md) fail. After it everybody has full marks, or is
named as not graded with a reason; the gradebook and the graded notebooks are as they were, or whole; the next run of the
same command gives everybody full marks; and a third one finds nothing to do.
"""

import json
import shutil

import pytest
from cut_off import MODES, Server, copied
from nbgrader.api import Gradebook
from test_nbgrader import make_class

from course.chapter import Chapter
from course.notebooks import released
from grading.commands.grade_class import grade_class

SLUG = "introduction"
STUDENTS = ("ada", "ben", "chidi")
FULL = sum(c.metadata.nbgrader.points for c in released(SLUG).cells if c.id.startswith("test_"))
BY_HAND, COMMENT = 2.0, "Well put."

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("no false zero"),
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),  # nbgrader's own queries
]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class of three with full marks, of whom a person has given ben points and a comment."""
    root = tmp_path_factory.mktemp("graded")
    for k, student in enumerate(STUDENTS):
        made = make_class.with_answers(SLUG, make_class.right(Chapter(SLUG), k), written=f"Because {k}.")
        folder = root / "submitted" / student / SLUG
        folder.mkdir(parents=True)
        (folder / "exercise.ipynb").write_text(json.dumps(made))
    assert {g.student: g.points for g in grade_class(root, SLUG)} == dict.fromkeys(STUDENTS, FULL)
    with gradebook(root) as book:
        book.find_grade(f"written_{SLUG}", "exercise", SLUG, "ben").manual_score = BY_HAND
        book.find_comment(f"written_{SLUG}", "exercise", SLUG, "ben").manual_comment = COMMENT
        book.db.commit()
    return root


@pytest.fixture(scope="module")
def not_graded(graded, tmp_path_factory):
    """The same class before anybody was graded."""
    root = tmp_path_factory.mktemp("class")
    shutil.copytree(graded / "submitted", root / "submitted")
    shutil.copy(graded / "secret", root)
    return root


def gradebook(root):
    return Gradebook(f"sqlite:///{root}/gradebook.db", "batchnorm")


def in_gradebook(root):
    """The points by tests of each student whom the gradebook has, and what a person gave ben."""
    if not (root / "gradebook.db").is_file():
        return {}, None
    with gradebook(root) as book:
        if SLUG not in {assignment.name for assignment in book.assignments}:
            return {}, None
        points = {
            one.student_id: sum(g.auto_score or 0.0 for g in one.notebooks[0].grades)
            for one in book.assignment_submissions(SLUG)
        }
        if "ben" not in points:
            return points, None
        grade = book.find_grade(f"written_{SLUG}", "exercise", SLUG, "ben")
        comment = book.find_comment(f"written_{SLUG}", "exercise", SLUG, "ben")
        return points, (grade.manual_score, comment.manual_comment)


def graded_notebooks(root):
    """The time of each graded notebook; each of them is whole, and tells full marks."""
    found = {}
    for student in STUDENTS:
        path = root / "autograded" / student / SLUG / "exercise.ipynb"
        if path.exists():
            told = json.dumps(json.loads(path.read_text()))
            assert all(f"{name}: {n:g} of {n:g} points" in told for name, n in exercises().items()), student
            assert {p.name for p in path.parent.iterdir()} >= {"check.py", "check.json"}
            found[student] = path.stat().st_mtime_ns
    return found


def exercises():
    return {
        c.id.removeprefix("test_"): c.metadata.nbgrader.points for c in released(SLUG).cells if c.id.startswith("test_")
    }


def check_nobody_lost(root, before):
    """Whoever has points has them all; whoever had some before has them still, and their graded notebooks."""
    points, by_hand = in_gradebook(root)
    assert set(points.values()) <= {FULL}
    if before == "graded":
        assert set(points) == set(STUDENTS)
        assert by_hand == (BY_HAND, COMMENT)
        assert set(graded_notebooks(root)) == set(STUDENTS)
    else:
        graded_notebooks(root)


def check_the_next_runs(root, before, grade):
    """The same command once more grades everybody, and then there is nothing to do; `grade` returns status and text."""
    status, out = grade()
    assert status == 0, out
    check_nobody_lost(root, before)
    assert set(in_gradebook(root)[0]) == set(STUDENTS)
    times = graded_notebooks(root)
    assert set(times) == set(STUDENTS)
    status, out = grade()
    assert status == 0, out
    assert "3 hand-ins, 3 of them graded before; 0 scores changed" in out
    assert graded_notebooks(root) == times
    left = [p.name for p in root.iterdir() if p.name.startswith(".")]
    assert left == []


# ---- cut off at every write


@pytest.fixture(scope="module")
def server(graded):
    with Server(graded, SLUG) as server:
        yield server


@pytest.fixture(scope="module")
def writes(server, graded, not_graded, tmp_path_factory):
    """The kinds of the writes of an undisturbed run, from each state."""
    found = {}
    for before, root in (("graded", graded), ("not graded", not_graded)):
        own = copied(root, tmp_path_factory.mktemp("undisturbed") / "class")
        ran = server.run(**asked(own, graded, before))
        assert ran["status"] == 0, ran
        check_nobody_lost(own, "graded" if before == "graded" else "not graded")
        found[before] = ran["kinds"]
    return found


def asked(root, graded, before, **more):
    options = ["--force"] if before == "graded" else []
    return {"root": str(root), "slug": SLUG, "verdicts": str(graded / "cache" / SLUG), "options": options, **more}


SHARES = 6


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("before", ["graded", "not graded"])
def test_cut_off_at_a_write(server, graded, not_graded, writes, tmp_path, before, mode, share):
    """Six writes for each mode, spread over all; no two modes meet the same ones."""
    at = round((share + MODES.index(mode) / len(MODES)) / SHARES * (len(writes[before]) - 1))
    root = copied(graded if before == "graded" else not_graded, tmp_path / "class")
    cut_off(server, root, graded, before, mode, at)


def cut_off(server, root, graded, before, mode, at):
    ran = server.run(**asked(root, graded, before, mode=mode, at=at))
    assert ran["status"] == (130 if mode.startswith("interrupted") else -9), ran
    assert "Traceback" not in ran["err"], ran
    check_nobody_lost(root, before)
    check_the_next_runs(root, before, again(server, root, graded))


def again(server, root, graded):
    """A function that runs the command once more, with nothing that fails."""

    def grade():
        ran = server.run(**asked(root, graded, "not graded"))
        return ran["status"], ran["out"] + ran["err"]

    return grade
