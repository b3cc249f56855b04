"""A learner who leaves is found nowhere afterwards, and the others' work is as it was."""

import shutil
import subprocess
import sys

import pytest
from test_nbgrader import make_class, nbgrader

from course.chapter import ROOT, Chapter
from course.errors import CourseError
from grading.commands.forget import traces
from grading.commands.grade_class import grade_class

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
    assert run.stdout.count("verdict    ") == 1


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
