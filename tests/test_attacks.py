"""Hostile and faulty hand-ins, all in one class: each gets what it must, is told why, and harms nobody."""

import os
import re
import warnings
from pathlib import Path

import attacks
import pytest
from attacks import ATTACKS, CANARY, SLUG

from course.chapter import ROOT
from course.notebooks import released
from grading.commands.grade_class import grade_class
from grading.gradebook.facade import Gradebook
from grading.handin import submission
from grading.sandbox.limits import MIB, Limits
from grading.sandbox.warm import Sandbox

LIMITS = Limits(
    call_seconds=1.5,
    cell_seconds=2,
    exercise_seconds=3,
    notebook_seconds=12,
    memory_bytes=512 * MIB,
    output_bytes=100_000,
)
FORGERIES = [a.name for a in ATTACKS if a.category in ("forging", "reading")]
BESIDE = {"exercise.ipynb", "check.py", "check.json", "check_search.py", "timestamp.txt"}


@pytest.fixture(scope="module")
def term(tmp_path_factory):
    """The class and its results, by student; a secret that nobody may see lies in its folder."""
    root = tmp_path_factory.mktemp("attacked")
    attacks.write_class(root)
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of nbgrader's
        patch.setattr(Sandbox.__init__, "__defaults__", (LIMITS, *Sandbox.__init__.__defaults__[1:]))
        results = {graded.student: graded for graded in grade_class(root, SLUG)}
    return root, results


pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("attacks")]


def test_there_are_enough_of_each_kind():
    kinds = {category: [a for a in ATTACKS if a.category == category] for category in {a.category for a in ATTACKS}}
    assert set(kinds) == {"forging", "reading", "writing", "exhausting", "structure", "honest"}
    assert len(ATTACKS) == len({a.name for a in ATTACKS}) >= 80
    assert all(len(some) >= 10 for some in kinds.values())


@pytest.mark.parametrize("one", ATTACKS, ids=lambda one: one.name)
def test_it_gets_what_it_must_and_is_told_why(term, one):
    root, results = term
    graded = results[one.name]
    said = attacks.told(root, graded)
    assert graded.problem == ""
    assert graded.points == one.points, said
    assert one.is_said(said), said


def test_everybody_has_an_entry(term):
    root, results = term
    assert set(results) == {"ada", *(a.name for a in ATTACKS)}
    assert set(Gradebook(root).scores(SLUG)) == set(results)
    assert all((root / "autograded" / student / SLUG / "exercise.ipynb").is_file() for student in results)


def test_formgrader_lists_everybody(term):
    root, results = term
    listed = {row["student"]: row for row in Gradebook(root).api.get_submissions(SLUG)}
    assert set(listed) == set(results)
    assert all(row["autograded"] for row in listed.values())


def test_the_victim_has_full_marks_and_nobodys_words(term):
    root, results = term
    assert results["ada"].points == attacks.ALL
    assert (root / "submitted" / "ada" / SLUG / "exercise.ipynb").read_bytes() == attacks.saved(attacks.page())


def test_of_a_hand_in_nothing_is_graded_but_the_notebook(term):
    root, results = term
    for student in results:
        found = list((root / "autograded" / student / SLUG).iterdir())
        assert {path.name for path in found} <= BESIDE, student
        assert not any(path.is_symlink() for path in found)
        assert "raise SystemExit" not in (root / "autograded" / student / SLUG / "check.py").read_text()


def test_no_notebook_grows_without_bound(term):
    root, results = term
    sizes = {s: (root / "autograded" / s / SLUG / "exercise.ipynb").stat().st_size for s in results}
    assert max(sizes.values()) < 2_000_000, max(sizes, key=sizes.get)


def test_nothing_was_written_anywhere(term):
    root, _ = term
    left = [path for path in root.rglob(f"*{CANARY}*")]
    for folder in ("/", "/etc", "/usr/lib", "/var/tmp", "/tmp", "/dev", "/dev/shm", "/run", "~", "~/.config", ROOT):
        left += list(Path(folder).expanduser().glob(f"*{CANARY}*"))
    for environment in (".venv", ".venv-learner"):
        for path in (ROOT / environment).rglob("*custom*.py"):
            left += [path] if CANARY in path.read_text() else []
        left += list((ROOT / environment).rglob("zz.pth"))
    assert left == []
    assert CANARY not in "".join((ROOT / f"{k}/transform.py").read_text() for k in ("solutions", "tests/hidden"))


def test_no_process_is_left(term):
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            command = Path("/proc", process, "cmdline").read_bytes()
        except OSError:
            continue  # it has ended
        assert CANARY.encode() not in command


def test_feedback_is_given_whatever_the_date(term):
    root, _ = term
    assert Gradebook(root).api.generate_feedback(SLUG, "a-timestamp-that-is-none")["success"]


@pytest.mark.parametrize("student", ["scripts-for-the-instructor", "notes-in-markdown"])
def test_feedback_runs_no_script_of_a_learner(term, student):
    root, _ = term
    assert Gradebook(root).api.generate_feedback(SLUG, student)["success"]
    page = (root / "feedback" / student / SLUG / "exercise.html").read_text()
    assert "My notes" in page or "shown" in page
    assert not re.search(r"<script[^>]*>[^<]*steal\(|<img[^>]*onerror|(href|src)=.?\s*javascript", page)


def test_what_is_handed_in_later_counts(tmp_path):
    """nbgrader's name is given to a copy of a renamed notebook, or to the reason; neither outlives a new hand-in."""
    (tmp_path / "report.pdf").touch()
    hand_in = submission.prepare(tmp_path, "ada", SLUG, released(SLUG))
    assert hand_in.refusal.startswith("there is no notebook, only 'report.pdf'")
    made = tmp_path / submission.NAME
    for text in ("first", "second"):
        (tmp_path / "exercise (1).ipynb").write_text(text)
        assert submission.normalize(tmp_path, SLUG).read_text() == text
    (tmp_path / "exercise (2).ipynb").write_text("third")
    assert submission.normalize(tmp_path, SLUG).read_text() == "third"
    made.write_text("by its right name")
    assert submission.normalize(tmp_path, SLUG).read_text() == "by its right name"


@pytest.mark.parametrize(
    "mark", [lambda p: p.symlink_to("victim"), os.mkfifo, lambda p: p.mkdir(), lambda p: p.write_text("x")]
)
def test_a_mark_of_a_learners_does_nothing(tmp_path, mark):
    (tmp_path / "victim").write_text("whole")
    (tmp_path / "exercise (1).ipynb").write_text("mine")
    mark(tmp_path / submission.MARK)
    for _ in range(2):
        assert submission.normalize(tmp_path, SLUG).read_text() == "mine"
    assert (tmp_path / "victim").read_text() == "whole"
