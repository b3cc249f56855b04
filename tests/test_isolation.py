"""One hand-in that can't be read, for whatever reason, is named, is not graded, and stops no command for the others."""

import os
from pathlib import Path

import pytest

from course.errors import MachineError
from grading.commands import grade_class as commands
from grading.commands.grade_class import Graded, Options, grade_class, look_up, prepared, students, summary
from grading.commands.regrade import preview
from grading.commands.report import page
from grading.commands.similar import similar
from grading.gradebook.facade import Gradebook
from grading.handin import submission

SLUG = "introduction"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("isolation"),
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),
]


def hand_in(root: Path, student: str, content: bytes = b"{}") -> Path:
    folder = root / "submitted" / student / SLUG
    folder.mkdir(parents=True)
    (folder / "exercise.ipynb").write_bytes(content)
    return folder


@pytest.fixture
def root(tmp_path):
    """A class of three that need no sandbox, in which mallory's hand-in breaks the reader."""
    for student in ("ada", "mallory", "zoe"):
        hand_in(tmp_path, student)
    return tmp_path


@pytest.mark.parametrize(
    "error",
    [
        MachineError("'exercise.ipynb' may not be read"),
        MemoryError(),
        RecursionError("too deep"),
        OSError(5, "I/O error"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_command_names_one_that_cannot_be_read_and_goes_on(root, monkeypatch, error):
    real = submission.prepare

    def breaks(folder, student, *rest):
        if student == "mallory":
            raise error
        return real(folder, student, *rest)

    grade_class(root, SLUG)
    before = Gradebook(root).scores(SLUG)
    monkeypatch.setattr(submission, "prepare", breaks)
    reason = str(error) if isinstance(error, MachineError) else f"could not be read: {type(error).__name__}: {error}"

    graded = {one.student: one for one in grade_class(root, SLUG)}
    assert {name: one.problem for name, one in graded.items()} == {"ada": "", "mallory": reason, "zoe": ""}
    told: list[str] = []
    assert not summary(list(graded.values()), told.append)
    assert "mallory         not graded" in told
    assert f"mallory: {reason}" in told
    assert Gradebook(root).scores(SLUG) == before

    looked = {one.student: one for one in look_up(root, SLUG)}
    assert looked["mallory"].problem == reason
    assert looked["ada"].verdict is not None
    assert reason in page(SLUG, list(looked.values()), {}).replace("&#39;", "'")
    assert preview(root, SLUG, Options()).problems == [f"mallory: {reason}"]
    assert f"mallory: {reason}" in similar(root, SLUG).left_out


def test_a_folder_that_may_not_be_looked_at_is_somebodys(root, monkeypatch):
    real = os.stat

    def denied(path, *rest, **more):
        if "mallory" in str(path):
            raise PermissionError(13, "Permission denied")
        return real(path, *rest, **more)

    monkeypatch.setattr(os, "stat", denied)
    assert students(root, SLUG) == ["ada", "mallory", "zoe"]
    problems = {one.student: problem for one, problem in prepared(root, SLUG, ["ada", "mallory"])}
    assert problems["ada"] == ""
    assert "may not be read; give the grader the right to" in problems["mallory"]


def test_a_hand_in_that_is_not_written_has_no_points():
    verdict = commands.Verdict(refused="no notebook")
    failed = Graded("mallory", 0.0, 13.0, verdict, "IntegrityError: the database is locked")
    told: list[str] = []
    assert not summary([failed], told.append)
    assert told[0] == "mallory         not graded"
    assert "<td>0" not in page(SLUG, [failed], {})


ODD_NAMES = ["[br]ack", "back", "back\\slash", "what?", "a, b"]


def test_ids_are_taken_literally(tmp_path):
    """Also for files beside the notebook, which nbgrader would copy, were a folder's name taken for a pattern."""
    for name in ODD_NAMES:
        folder = hand_in(tmp_path, name)
        (folder / "check.py").symlink_to("/etc/passwd")
        os.mkfifo(folder / "pipe")
    (tmp_path / "submitted" / "back" / SLUG / "timestamp.txt").write_text("at noon, *I think*")
    results = grade_class(tmp_path, SLUG)
    assert {one.student: one.problem for one in results} == dict.fromkeys(ODD_NAMES, "")
    book = Gradebook(tmp_path)
    book.feedback(SLUG)
    for name in ODD_NAMES:
        graded = tmp_path / "autograded" / name / SLUG
        assert sorted(path.name for path in graded.iterdir()) == [
            *("check.json", "check.py", "check_search.py", "exercise.ipynb"),
        ]
        assert not (graded / "check.py").is_symlink()
        page = (tmp_path / "feedback" / name / SLUG / "exercise.html").read_text()
        # What is irregular about a hand-in is on the learner's own page, as text.
        assert ("About the file that you handed in" in page) == (name == "back")
        assert ("*I think*" in page) == (name == "back")
    again = book.api.autograde(SLUG, "[br]ack", force=True)
    assert again["success"], again["log"]
