"""A learner who leaves is found nowhere afterwards, and the others' work is as it was."""

import shutil
import subprocess
import sys

import pytest
import sqlalchemy
from conftest import free_port
from test_nbgrader import make_class, nbgrader
from test_report import graded

from course.chapter import ROOT, Chapter
from course.errors import CourseError
from grading.__main__ import main
from grading.commands import replay, report, similar, similar_page
from grading.commands.forget import forget, traces
from grading.commands.grade_class import grade_class
from grading.engine.verdict import ExerciseVerdict
from grading.gradebook import facade
from grading.places import sections
from grading.platforms import ledger
from grading.terminal import visible

SLUG = "transform"
WHO = "zelda-quartz"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("forget"),
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),
]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Three learners, one of whom shares a notebook's text with another, graded and given back; with reports."""
    root = tmp_path_factory.mktemp("class")
    for student, number, first in (("ada", 0, ""), ("ben", 1, ""), (WHO, 2, "zeldas_own = 1")):
        made = make_class.with_answers(SLUG, make_class.right(Chapter(SLUG), number))
        if first:
            made.cells.insert(1, make_class.nbformat.v4.new_code_cell(first))
        for slug, notebook in ((SLUG, made), ("introduction", make_class.with_answers("introduction", {}))):
            folder = root / "submitted" / student / slug
            folder.mkdir(parents=True)
            (folder / "exercise.ipynb").write_text(make_class.nbformat.writes(notebook))
    for slug in (SLUG, "introduction"):
        run = command(root, "grade", slug, "--feedback")
        assert run.returncode == 0, run.stderr
    nbgrader(root, "db", "student", "add", WHO, "--last-name", "Quartz", "--first-name", "Zelda")
    with gradebook(root) as book:
        book.find_comment(f"written_{SLUG}", "exercise", SLUG, WHO).manual_comment = "Dear Zelda, well put."
        book.find_grade(f"written_{SLUG}", "exercise", SLUG, "ada").manual_score = 2.0
        book.db.commit()
    assert command(root, "similar", SLUG).returncode == 0
    (root / "reports" / f"{SLUG}-similar.html").write_text(f"a page that names {WHO}")
    return root


def command(root, *arguments, said=""):
    return subprocess.run(
        [sys.executable, "-m", "grading", *arguments, "--root", root],
        cwd=ROOT,
        input=said,
        capture_output=True,
        text=True,
        check=False,
    )


def gradebook(root):
    from nbgrader.api import Gradebook

    return Gradebook(f"sqlite:///{root / 'gradebook.db'}", "batchnorm")


def everything(root):
    return {p: p.read_bytes() for p in root.rglob("*") if p.is_file()}


def naming(root):
    """Files and folders that say who it was, in their name or anywhere in their bytes."""
    words = (WHO.encode(), b"Zelda", b"Quartz", b"zeldas_own")
    return [p for p in root.rglob("*") if WHO in p.name or (p.is_file() and any(w in p.read_bytes() for w in words))]


def test_nothing_is_deleted_before_yes_is_said(root):
    before = everything(root)
    assert naming(root)
    run = command(root, "forget", WHO, said="yes\n")
    assert run.returncode == 1
    assert run.stdout.endswith("nothing is deleted\n")
    assert everything(root) == before
    for line in (
        *(f"folder     {root / kind / WHO}" for kind in ("submitted", "autograded", "feedback")),
        f"gradebook  3 rows of {WHO}: scores, comments, name",
        *(f"report     {root / 'reports' / name}: made again" for name in (f"{SLUG}.csv", f"{SLUG}-similar.html")),
    ):
        assert line in run.stdout
    # Of the two chapters: the empty notebook of the other one is also the others', and stays.
    assert run.stdout.count("verdict    ") == 3  # by its content, and by the student in both chapters


def test_then_nothing_names_them_and_the_others_are_as_they_were(root, tmp_path):
    shutil.copytree(root, tmp_path / "class")
    root = tmp_path / "class"
    others = {p: c for p, c in everything(root).items() if {"ada", "ben"} & set(p.parts)}
    run = command(root, "forget", WHO, said=f"{WHO}\n")
    assert run.returncode == 0, run.stderr
    assert naming(root) == []
    assert {p: p.read_bytes() for p in others} == others
    assert (root / "reports" / f"{SLUG}.csv").is_file()
    assert "ada" in (root / "reports" / f"{SLUG}.csv").read_text()
    with gradebook(root) as book:
        assert {s.id for s in book.students} == {"ada", "ben"}
        assert book.find_grade(f"written_{SLUG}", "exercise", SLUG, "ada").manual_score == 2.0
    results = grade_class(root, SLUG)
    assert all(g.known for g in results)
    assert [g.before == g.points for g in results] == [True, True]
    with pytest.raises(CourseError, match="nothing of 'zelda-quartz' is kept in "):
        traces(root, WHO)


@pytest.mark.parametrize("name", ["..", ".", "", "../class", "/etc", "nobody"])
def test_who_is_no_student_is_one_line_and_nothing_is_touched(root, name):
    before = everything(root)
    run = command(root, "forget", name, "--yes")
    assert run.returncode == 1
    assert len(run.stderr.splitlines()) == 1
    assert everything(root) == before


def test_a_verdict_stays_whose_hand_in_was_put_away(root, tmp_path):
    before = traces(root, WHO).verdicts
    shutil.copytree(root, tmp_path / "class")
    shutil.rmtree(tmp_path / "class" / "submitted" / "ada")
    assert [p.name for p in traces(tmp_path / "class", WHO).verdicts] == [p.name for p in before]


# ---- which gradebook


def config(folder, monkeypatch, root, db_url):
    """A configuration that names the gradebook of a course's folder."""
    (folder / "nbgrader_config.py").write_text(
        "from pathlib import Path\n"
        "from grading.gradebook.configuration import configure\n"
        "c = get_config()\n"
        "c.CourseDirectory.course_id = 'batchnorm'\n"
        f"configure(c, Path({str(root)!r}))\n"
        f"c.CourseDirectory.db_url = {db_url!r}\n"
    )
    monkeypatch.setattr(facade, "ROOT", folder)


def hand_in(root, *students, slug="introduction"):
    for student in students:
        folder = root / "submitted" / student / slug
        folder.mkdir(parents=True)
        (folder / "exercise.ipynb").write_text(make_class.nbformat.writes(make_class.with_answers(slug, {})))


def test_the_gradebook_that_is_configured_forgets_too(tmp_path, monkeypatch, postgres, capsys):
    root = tmp_path / "class"
    config(tmp_path, monkeypatch, root, postgres)
    hand_in(root, "ada", WHO)
    grade_class(root, "introduction")
    book = facade.Gradebook(root)
    assert (book.db_url, book.rows(WHO)) == (postgres, 2)
    # A server that keeps the row whatever it is told.
    engine = sqlalchemy.create_engine(postgres)
    with engine.begin() as server:
        server.execute(sqlalchemy.text("CREATE RULE keep AS ON DELETE TO student DO INSTEAD NOTHING"))
    assert main(["forget", WHO, "--yes", "--root", str(root)]) == 1
    told = capsys.readouterr().out
    assert f"gradebook  2 rows of {WHO}: scores, comments, name\n" in told
    assert told.endswith(f"{WHO} is not forgotten yet; there is left:\n1 rows in the gradebook\n")
    with engine.begin() as server:
        server.execute(sqlalchemy.text("DROP RULE keep ON student"))
    assert main(["forget", WHO, "--yes", "--root", str(root)]) == 0
    assert f"{WHO} is forgotten" in capsys.readouterr().out
    with engine.begin() as server:
        for table, column in (("student", "id"), ("submitted_assignment", "student_id")):
            assert list(server.execute(sqlalchemy.text(f"SELECT {column} FROM {table}"))) == [("ada",)]
    engine.dispose()
    assert not (root / "gradebook.db").exists()


def test_a_gradebook_that_is_named_and_not_there_is_one_line_and_nothing_is_deleted(tmp_path, monkeypatch, capsys):
    root = tmp_path / "class"
    hand_in(root, WHO)
    before = everything(tmp_path)
    missing = tmp_path / "elsewhere.db"
    server = f"postgresql://course:secret@127.0.0.1:{free_port()}/course"
    for db_url, reason in (
        (f"sqlite:///{missing}", f"the gradebook sqlite:///{missing} does not exist"),
        (server, f"the gradebook {server.replace('secret', '***')} can't be used: connection to server at"),
        ("nonsense", "the gradebook can't be used: SQLAlchemy cannot read its address"),
    ):
        assert main(["forget", WHO, "--yes", "--root", str(root), "--db", db_url]) == 1
        told = capsys.readouterr()
        assert (told.out, told.err.count("\n")) == ("", 1)
        assert told.err.startswith(reason)
        assert everything(tmp_path) == before
    config(tmp_path, monkeypatch, root, server)
    assert main(["forget", WHO, "--yes", "--root", str(root)]) == 1
    assert "can't be used" in capsys.readouterr().err
    assert (root / "submitted" / WHO).is_dir()


def test_to_look_makes_no_gradebook_and_no_folder(tmp_path):
    hand_in(tmp_path, WHO)
    assert traces(tmp_path, WHO).rows == 0
    assert [p.name for p in tmp_path.iterdir()] == ["submitted"]
    with pytest.raises(CourseError, match="nothing of 'zelda-quartz' is kept"):
        traces(tmp_path / "clas", WHO)
    assert not (tmp_path / "clas").exists()


def test_who_was_graded_into_another_gradebook_is_not_forgotten_without_it(root, tmp_path):
    shutil.copytree(root, tmp_path / "class")
    other = f"sqlite:///{shutil.move(tmp_path / 'class' / 'gradebook.db', tmp_path / 'other.db')}"
    run = command(tmp_path / "class", "forget", WHO, "--yes")
    assert run.returncode == 1
    assert f"/class/gradebook.db has nothing of {WHO}, who was graded: if another gradebook has, name it" in run.stdout
    assert "is forgotten" not in run.stdout
    run = command(tmp_path / "class", "forget", WHO, "--yes", "--db", other)
    assert run.returncode == 0
    assert naming(tmp_path) == []


@pytest.mark.parametrize("folder", [".autograded", ".autograded-before"])
def test_what_a_killed_run_has_left_goes(tmp_path, folder):
    left = tmp_path / folder / WHO / SLUG
    left.mkdir(parents=True)
    (left / "exercise.ipynb").write_text("{}")
    found = traces(tmp_path, WHO)
    assert found.folders == [left.parent]
    assert forget(tmp_path, found) == []
    assert not left.exists()


def test_a_line_among_what_was_collected_is_a_trace(tmp_path):
    origins = [ledger.Origin(name, "moodle", "1", name, "", "", "") for name in ("ben", "benjamin")]
    path = ledger.keep(tmp_path, SLUG, origins)
    found = traces(tmp_path, "ben")
    assert found.ledgers == [path]
    assert forget(tmp_path, found) == []
    assert ledger.look_up(tmp_path, SLUG) == origins[1:]


# ---- who stands in a report

NAMES = [
    "an", "ben", "benjamin", "o'neil", "a&b", "mary ann", "j.r.", "<b>", "17", "-dash", "=sum", "x;=y",
    "\x1b[2J", "\u202ezoe",
]  # fmt: skip
NO_NAMES = ["a", "hand-ins", "b", "o", "neil", "o&#x27;neil", "a&amp;b", "mary", "ann", "j.r", "jxr.", "dash"]


def a_replay(root, student):
    found = replay.Replay(student, ExerciseVerdict("f", 1, 1, []), True, True, "def f(): pass", [])
    path = root / "reports" / "page.html"
    path.write_text(replay.page(SLUG, [found]))
    return path


@pytest.fixture
def reports(tmp_path):
    """All that is ever written of a class that nobody can grade again: what it handed in is gone."""
    mistake = [("batchnorm_forward", "eps_on_std")]
    named = [graded(name, mistake) for name in NAMES[::-1]]
    report.write(tmp_path, SLUG, named)
    refused = [graded(name, refused=f"the file of {NO_NAMES[0]} breaks off: a, an and ben") for name in NAMES]
    page = report.page(SLUG, refused, sections(SLUG, "https://example.org"))
    (tmp_path / "reports" / f"{SLUG}.html").write_text(page)
    pairs = [similar.Pair(*NAMES[k : k + 2], 1, 20, {"f": (1, 20)}, ["an", "ann"], 3) for k in range(0, len(NAMES), 2)]
    works = {name: similar.Work(name, {}) for name in NAMES}
    similar_page.write(tmp_path, similar.Found(SLUG, works, pairs, [], {}))
    (tmp_path / "reports" / "notes.txt").write_text(" ".join(NAMES + NO_NAMES))
    (tmp_path / "reports" / "folder").mkdir()
    return tmp_path


@pytest.mark.parametrize("name", NAMES)
def test_who_stands_in_a_report_that_cannot_be_made_again_is_told_and_the_report_stays(reports, name, capsys):
    own = a_replay(reports, name)
    found = traces(reports, name)
    files = (f"{SLUG}-mistakes.csv", f"{SLUG}-similar.html", f"{SLUG}.csv", f"{SLUG}.html")
    assert found.stay == [reports / "reports" / file for file in files]
    assert (found.reports, found.pages) == ([], [own])
    before = everything(reports)
    assert main(["forget", "--yes", "--root", str(reports), "--", name]) == 1
    told = capsys.readouterr().out
    assert f"{found.stay[0]}: names {visible(name)}, can't be made again, stays; see to it" in told
    assert told.endswith(
        "\n".join([f"{visible(name)} is not forgotten yet; there is left:", *map(str, found.stay), ""])
    )
    del before[own]
    assert everything(reports) == before


@pytest.mark.parametrize("name", NO_NAMES)
def test_who_stands_in_no_report_is_looked_for_in_vain(reports, name):
    a_replay(reports, "ben")
    with pytest.raises(CourseError, match="nothing of"):
        traces(reports, name)


def test_reports_on_a_learner_alone_go(tmp_path):
    report.write(tmp_path, SLUG, [graded("zoe")])
    found = traces(tmp_path, "zoe")
    assert {p.name for p in found.pages} == {f"{SLUG}.html", f"{SLUG}.csv", f"{SLUG}-mistakes.csv"}
    assert forget(tmp_path, found) == []
    assert list((tmp_path / "reports").iterdir()) == []


def test_a_short_name_is_not_found_in_others_reports(root, tmp_path):
    root = shutil.copytree(root, tmp_path / "class")
    hand_in(root, "an")
    assert command(root, "grade", "introduction").returncode == 0
    a_replay(root, "ada").rename(root / "reports" / "ada.html")
    own = a_replay(root, "an")
    (root / "reports" / "notes.txt").write_text("what an instructor writes of an and all the hand-ins")
    again = [root / "reports" / f"introduction{ending}" for ending in ("-mistakes.csv", ".csv", ".html")]
    others = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in (root / "reports").iterdir() if p not in (own, *again)}
    assert len(others) == 6
    assert "4 hand-ins" in again[2].read_text()
    run = command(root, "forget", "an", "--yes")
    assert run.returncode == 0, run.stdout + run.stderr
    assert [p.name for p in others if not p.exists()] == []
    assert {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in others} == others
    assert f"report     {own}: on an alone\n" in run.stdout
    assert not own.exists()
    assert "3 hand-ins" in again[2].read_text()
    assert "\nan," not in again[1].read_text()
    assert f"\n{WHO}," in again[1].read_text()
