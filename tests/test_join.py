"""Two ids of one learner become one: nothing of either is lost, and what counts is said."""

import io
import json
import shutil
from datetime import datetime

import pytest
from nbgrader.api import Gradebook as Database
from test_nbgrader import make_class

from course.chapter import Chapter
from course.errors import CourseError
from grading.__main__ import main
from grading.commands import join
from grading.commands.grade_class import grade_class
from grading.engine.cache import STANDING
from grading.gradebook import moving
from grading.gradebook.facade import Gradebook
from grading.gradebook.students import Student
from grading.platforms import ledger
from grading.platforms.roster import Roster

SLUG, OTHER = "introduction", "transform"
WRITTEN = f"written_{SLUG}"
OLD, NEW = "ada@example.org", "alove"
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]


def hand_in(root, student, slug=SLUG, written="Because.", number=0, at="", answers=True):
    folder = root / "submitted" / student / slug
    folder.mkdir(parents=True, exist_ok=True)
    right = make_class.right(Chapter(slug), number) if answers else {}
    made = make_class.with_answers(slug, right, written=written) if answers else make_class.with_answers(slug, {})
    (folder / "exercise.ipynb").write_text(json.dumps(made))
    if at:
        (folder / "timestamp.txt").write_text(f"{at} UTC")


def database(root, url=None):
    return Database(url or f"sqlite:///{root}/gradebook.db", "batchnorm")


def give(root, student, score=None, comment=None, slug=SLUG, url=None):
    """What a person gives for the written answer."""
    with database(root, url) as book:
        cell = f"written_{slug}"
        grade = book.find_grade(cell, "exercise", slug, student)
        if score is not None:
            grade.manual_score, grade.needs_manual_grade = score, False
        if comment:
            book.find_comment(cell, "exercise", slug, student).manual_comment = comment
        book.db.commit()


def given(root, student, slug=SLUG, url=None):
    with database(root, url) as book:
        grade = book.find_grade(f"written_{slug}", "exercise", slug, student)
        comment = book.find_comment(f"written_{slug}", "exercise", slug, student)
        return grade.manual_score, bool(grade.needs_manual_grade), comment.manual_comment


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Ada handed in the introduction under both ids, a second chapter under the old one; a person has graded."""
    root = tmp_path_factory.mktemp("class")
    hand_in(root, OLD, at="2026-11-01 10:00:00", written="Because of the scale.")
    hand_in(root, NEW, at="2026-11-03 10:00:00", written="Because of the shift.", number=1)
    hand_in(root, OLD, OTHER)
    hand_in(root, "ben")
    hand_in(root, "ben", OTHER)
    for slug in (SLUG, OTHER):
        grade_class(root, slug)
    book = Gradebook(root)
    book.enrol([Student(NEW, "Ada", "King"), Student(OLD, "Ada", "Lovelace", OLD)])
    give(root, OLD, 2.0, "Well put.")
    give(root, NEW, comment="See me.")
    give(root, OLD, 3.0, "Good.", OTHER)
    with database(root) as db:
        db.update_or_create_assignment(SLUG, duedate="2026-11-02 00:00:00 UTC")
    book.extend(SLUG, OLD, datetime(2026, 11, 5))
    ledger.keep(root, OTHER, [ledger.Origin(OLD, "canvas", "101", "lovelaceada", "", "lovelaceada_101_5_x.ipynb", "x")])
    earlier = root / "downloaded" / SLUG / "old" / f"{OLD}-1"
    earlier.mkdir(parents=True)
    (earlier / "exercise.ipynb").write_text("{}")
    assert main(["report", OTHER, "--root", str(root)]) == 0
    return root


@pytest.fixture
def root(made, tmp_path):
    root = shutil.copytree(made, tmp_path / "class")
    return root


def traces_of(root, student):
    """Files and folders whose name or content has an id."""
    return [
        path for path in root.rglob("*")
        if student in path.name or (path.is_file() and student.encode() in path.read_bytes())
    ]  # fmt: skip


def test_it_lists_and_asks_and_changes_nothing_before_yes(root, monkeypatch, capsys):
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*") if path.is_file() and path.suffix != ".db"}
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
    assert main(["join", OLD, NEW, "--root", str(root)]) == 1
    told = capsys.readouterr().out
    assert told.endswith("make one of the two? type alove to say yes: nothing is joined\n")
    for line in (
        f"name       {OLD} is Ada Lovelace and {NEW} is Ada King: is that one person?",
        f"both       {SLUG}: what {NEW} handed in counts, it came later, at 2026-11-03 10:00 UTC; ",
        f"; that of {OLD} goes to {root}/downloaded/{SLUG}/old/{NEW}-1",
        f"folder     {root}/submitted/{OLD}/{OTHER} -> {root}/submitted/{NEW}/{OTHER}",
        f"gradebook  2 hand-ins of {OLD}, 2 answers graded or commented by hand: go to {NEW}",
        f"gradebook  {SLUG}: what a person gave {OLD} comes along where {NEW} has none",
        f"ledger     {root}/downloaded/{OTHER}/collected.json: the line of {OLD}",
        f"report     {root}/reports/{OTHER}.csv: made again",
    ):
        assert line in told, told
    assert {path: path.stat().st_mtime_ns for path in before} == before


def checked(root, url=None):
    """Everything is the new id's, and nothing is lost."""
    book = Gradebook(root, url)
    assert {one.id for one in book.students()} == {NEW, "ben"}
    [ada] = [one for one in book.students() if one.id == NEW]
    assert (ada.last_name, ada.email, ada.lms_user_id) == ("King", OLD, "101")
    assert given(root, NEW, OTHER, url) == (3.0, False, "Good.")
    # The answer that was graded is another one, so a person is to look again.
    assert given(root, NEW, SLUG, url) == (2.0, True, "See me.\n\nWell put.")
    with database(root, url) as db:
        assert db.find_submission(SLUG, NEW).extension.days == 3
    assert {p.name for p in (root / "submitted" / NEW).iterdir()} == {SLUG, OTHER}
    assert {p.name for p in (root / "submitted").iterdir()} == {NEW, "ben"}
    kept = root / "downloaded" / SLUG / "old"
    assert "scale" in (kept / f"{NEW}-1" / "exercise.ipynb").read_text()
    assert "shift" in (root / "submitted" / NEW / SLUG / "exercise.ipynb").read_text()
    assert (kept / f"{NEW}-1" / ".autograded" / "exercise.ipynb").is_file()
    assert (kept / f"{NEW}-2" / "exercise.ipynb").read_text() == "{}"
    assert json.loads((kept / f"{NEW}-1.given.json").read_text())["given"][WRITTEN]["manual_score"] == 2.0
    [origin] = ledger.look_up(root, OTHER)
    assert (origin.student, origin.id) == (NEW, "101")
    assert Roster(book.students())(ledger_who()) == NEW
    for slug in (SLUG, OTHER):
        assert {p.name for p in (root / "cache" / slug / STANDING).iterdir()} == {NEW, "ben"}
        results = {one.student: one for one in grade_class(root, slug, options(url))}
        assert results.keys() == {NEW, "ben"}
        assert results[NEW].known
        assert results[NEW].before == results[NEW].points
    assert given(root, NEW, SLUG, url) == (2.0, True, "See me.\n\nWell put.")
    left = {p.relative_to(root).parts[0] for p in traces_of(root, OLD) if not p.name.endswith(".db")}
    assert left <= {"downloaded"}  # in what was given for the hand-in that does not count, by whom it was


def options(url):
    from grading.commands.grade_class import Options

    return Options(db_url=url)


def ledger_who():
    from grading.platforms.names import Who

    return Who("canvas", "101", "lovelaceada")


def test_all_of_it_is_the_new_ids_then(root, capsys):
    assert main(["join", OLD, NEW, "--yes", "--root", str(root)]) == 0
    assert f"{OLD} is {NEW} now" in capsys.readouterr().out
    checked(root)
    assert OLD not in (root / "reports" / f"{OTHER}.csv").read_text()
    assert NEW in (root / "reports" / f"{OTHER}.csv").read_text()
    assert main(["join", OLD, NEW, "--yes", "--root", str(root)]) == 1
    assert capsys.readouterr().err == f"nothing of {OLD!r} is kept in {root}\n"


def test_a_server_s_gradebook_is_joined_too(root, postgres):
    moving.copy(Gradebook(root), Gradebook(root, postgres))
    (root / "gradebook.db").unlink()
    join.join(root, join.plan(root, OLD, NEW, postgres), postgres)
    checked(root, postgres)


@pytest.mark.parametrize("moves", range(12))
def test_a_run_that_is_cut_off_is_finished_by_the_next(root, moves, monkeypatch):
    """It ends after so many moves of folders, the gradebook being changed already."""
    done = []
    rename = type(root).rename

    def cut_off(self, target):
        if len(done) == moves:
            raise KeyboardInterrupt
        done.append(self)
        return rename(self, target)

    monkeypatch.setattr(type(root), "rename", cut_off)
    try:
        join.join(root, join.plan(root, OLD, NEW))
        ended = True
    except KeyboardInterrupt:
        ended = False
    monkeypatch.undo()
    if not ended:
        assert {one.id for one in Gradebook(root).students()} == {NEW, "ben"}
        join.join(root, join.plan(root, OLD, NEW))
    files = [p for p in (root / "downloaded" / SLUG / "old").rglob("exercise.ipynb")]
    assert sorted("scale" in p.read_text() for p in files if p.parent.name != ".autograded") == [False, True]
    assert not list(root.glob(f"*/{OLD}"))
    assert given(root, NEW) == (2.0, True, "See me.\n\nWell put.")
    results = {one.student: one for one in grade_class(root, SLUG)}
    assert results[NEW].known
    assert results[NEW].before == results[NEW].points


def test_a_gradebook_that_is_down_leaves_everything(root, monkeypatch):
    made = join.plan(root, OLD, NEW)
    before = sorted(root.rglob("*"))

    def down(*_, **__):
        raise CourseError("the gradebook can't be used")

    monkeypatch.setattr(join.joining, "join", down)
    with pytest.raises(CourseError):
        join.join(root, made)
    assert [p for p in sorted(root.rglob("*")) if p.suffix != ".json"] == [p for p in before if p.suffix != ".json"]


@pytest.mark.parametrize(
    ("old", "new", "counts", "why"),
    [
        ({"at": "2026-11-04 10:00"}, {"at": "2026-11-03 10:00"}, OLD, "it came later"),
        ({"at": "2026-11-03 10:00"}, {"at": "2026-11-03 10:00"}, NEW, "at the same time"),
        ({}, {"at": "2026-11-03 10:00", "answers": False}, OLD, "has no answers"),
    ],
)
def test_which_hand_in_counts(tmp_path, old, new, counts, why):
    hand_in(tmp_path, OLD, **old, written="old")
    hand_in(tmp_path, NEW, **new, written="new")
    made = join.plan(tmp_path, OLD, NEW)
    [both] = made.both
    assert both.counts == counts
    assert why in both.why
    text = (tmp_path / "submitted" / counts / SLUG / "exercise.ipynb").read_bytes()
    other = (tmp_path / "submitted" / (OLD if counts == NEW else NEW) / SLUG / "exercise.ipynb").read_bytes()
    join.join(tmp_path, made)
    assert (tmp_path / "submitted" / NEW / SLUG / "exercise.ipynb").read_bytes() == text
    assert (both.aside / "exercise.ipynb").read_bytes() == other


def test_an_ungraded_hand_in_that_counts_keeps_what_was_given_to_the_other(tmp_path):
    hand_in(tmp_path, OLD, written="graded")
    grade_class(tmp_path, SLUG)
    give(tmp_path, OLD, 2.0, "Well put.")
    with database(tmp_path) as db:
        db.update_or_create_assignment(SLUG, duedate="2026-11-02 00:00:00 UTC")
    Gradebook(tmp_path).enrol([Student(NEW, "Ada")])
    Gradebook(tmp_path).extend(SLUG, NEW, datetime(2026, 11, 6))  # a row without points
    hand_in(tmp_path, NEW, written="later", at="2026-11-04 10:00")
    (tmp_path / "submitted" / OLD / SLUG / "timestamp.txt").write_text("2026-11-01 10:00 UTC")
    join.join(tmp_path, join.plan(tmp_path, OLD, NEW))
    assert given(tmp_path, NEW) == (2.0, False, "Well put.")
    grade_class(tmp_path, SLUG)
    assert given(tmp_path, NEW) == (2.0, True, "Well put.")  # of another answer


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [("nobody", NEW, "nothing of 'nobody' is kept"), (OLD, "nobody", "nothing of 'nobody' is kept"),
     (OLD, OLD, "is one id; wanted two"), ("..", NEW, "is not a student")],
)  # fmt: skip
def test_what_can_not_be_joined_is_one_line(made, old, new, told, capsys):
    assert main(["join", "--yes", "--root", str(made), "--", old, new]) == 1
    err = capsys.readouterr().err
    assert told in err
    assert err.count("\n") == 1
