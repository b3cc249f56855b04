"""The feedback of a class: each learner has their page, whatever another one wrote, and who has none is named."""

import csv
import shutil
from datetime import datetime

import nbformat
import pytest
from bs4 import BeautifulSoup
from hand_ins import SLUG, hand_in
from nbgrader.api import Gradebook as Database
from test_nbgrader import make_class, nbgrader
from test_pages import AS_WRITTEN, HOSTILE, PNG

from course.chapter import Chapter
from course.kit.diagnosis import Finding, heading
from course.notebooks import released
from grading.commands.grade_class import grade_class
from grading.engine.verdict import Detail, ExerciseVerdict, Line, Verdict
from grading.gradebook.card import card
from grading.gradebook.dates import parse_utc
from grading.gradebook.facade import Gradebook
from grading.gradebook.preprocessors import show
from grading.gradebook.renderer import RENDERER

HONEST = ("ada", "ben")


def page(root, student):
    return root / "feedback" / student / SLUG / "exercise.html"


def graded(root, student):
    return root / "autograded" / student / SLUG / "exercise.ipynb"


def edited(root, student, change):
    """Change a graded notebook on disk; nbgrader makes it read-only."""
    notebook = nbformat.read(graded(root, student), as_version=4)
    change(notebook)
    graded(root, student).unlink()
    nbformat.write(notebook, graded(root, student))


def with_picture(notebook):
    cell = next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == f"written_{SLUG}")
    cell.source += "\n\n![mine](attachment:mine.png) ![gone](attachment:gone.png) ![](/logout)"
    cell["attachments"] = {"mine.png": {"image/png": PNG}}


@pytest.fixture(scope="module")
def term(tmp_path_factory):
    """Two honest learners and a hostile one, graded."""
    root = tmp_path_factory.mktemp("class")
    for k, student in enumerate((*HONEST, "mallory")):
        hand_in(root, student, make_class.right(Chapter(SLUG), k))
    path = root / "submitted" / "mallory" / SLUG / "exercise.ipynb"
    made = nbformat.read(path, as_version=4)
    hostile = [HOSTILE[name] for name in ("bold", "bold", "bold", "environments", "brackets")]
    made.cells += [nbformat.v4.new_markdown_cell(f"{k}{text}") for k, text in enumerate(hostile * 5)]
    nbformat.write(made, path)
    assert [one.points for one in grade_class(root, SLUG)] == [19, 19, 19]
    edited(root, "ada", with_picture)
    return root


@pytest.mark.slow
@pytest.mark.xdist_group("feedback")
class TestAClass:
    def test_has_its_pages_byte_for_byte_as_without_the_hostile_one(self, term, tmp_path):
        root = shutil.copytree(term, tmp_path / "class")
        assert Gradebook(root).feedback(SLUG) == {}
        with_them = {student: page(root, student).read_bytes() for student in HONEST}
        assert AS_WRITTEN in page(root, "mallory").read_text()
        assert "19 of 22 points" in page(root, "mallory").read_text()
        shutil.rmtree(root / "autograded" / "mallory")
        RENDERER.close()
        RENDERER._known.clear()
        assert Gradebook(root).feedback(SLUG) == {}
        assert {student: page(root, student).read_bytes() for student in HONEST} == with_them

    def test_shows_a_picture_and_tells_of_one_that_is_missing(self, term, tmp_path):
        root = shutil.copytree(term, tmp_path / "class")
        shutil.rmtree(root / "autograded" / "mallory")
        assert Gradebook(root).feedback(SLUG) == {}
        made = page(root, "ada").read_text()
        assert f'<img src="data:image/png;base64,{PNG}" alt="mine">' in made
        assert "(The picture attachment:gone.png is missing in the notebook.)" in made
        assert "(The picture /logout is not shown: it is elsewhere.)" in made

    def test_whose_page_can_not_be_made_is_named_and_stops_no_one(self, term, tmp_path):
        root = shutil.copytree(term, tmp_path / "class")
        shutil.rmtree(root / "autograded" / "mallory")
        graded(root, "ada").unlink()
        graded(root, "ada").write_text("{")
        failed = Gradebook(root).feedback(SLUG)
        assert list(failed) == ["ada"]
        assert len(failed["ada"].splitlines()) == 1
        assert page(root, "ben").is_file()
        assert not page(root, "ada").is_file()
        shutil.rmtree(root / "feedback")
        run = nbgrader(root, "generate_feedback", SLUG, check=False)
        assert run.returncode != 0
        assert f"processing assignment '{SLUG}' for student 'ada'" in run.stderr
        assert page(root, "ben").is_file()


@pytest.mark.slow
def test_a_table_of_grades_has_each_value_in_its_column(tmp_path):
    """nbgrader's own export writes a comma in a name as one more column."""
    names = {"1": ("King, Jr.", 'Martin "Luther"'), "2": ("=HYPERLINK(1)", "x\ny"), "-3": ("Zoë", "")}
    (tmp_path / "source" / SLUG).mkdir(parents=True)
    with Database(f"sqlite:///{tmp_path / 'gradebook.db'}", "batchnorm") as book:
        book.add_assignment(SLUG, duedate="2026-11-01 10:00:00 +0100")
        for student, (last, first) in names.items():
            book.add_student(student, last_name=last, first_name=first)
    nbgrader(tmp_path, "export")  # into the course's folder, wherever the command is given
    with (tmp_path / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert {key: (row["last_name"], row["first_name"]) for key, row in rows.items()} == {
        "1": ("King, Jr.", 'Martin "Luther"'), "2": ("'=HYPERLINK(1)", "x\ny"), "-3": ("Zoë", ""),
    }  # fmt: skip
    assert all(row["score"] == "0.0" and row["assignment"] == SLUG and None not in row for row in rows.values())
    nbgrader(tmp_path, "export", "--student", "1,2", "--to", str(tmp_path / "some.csv"))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own `add_submission` gives it
def test_a_release_that_can_not_be_replaced_stays(tmp_path):
    """nbgrader deletes the old one, and then refuses to make one with other cells, because somebody is graded."""
    book = Gradebook(tmp_path)
    book.release(SLUG)
    with Database(book.db_url, "batchnorm") as database:
        database.add_student("ada")
        database.add_submission(SLUG, "ada")
    folder = tmp_path / "release" / SLUG
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    source = tmp_path / "source" / SLUG / "exercise.ipynb"
    made = nbformat.read(source, as_version=4)
    made.cells.pop(next(k for k, c in enumerate(made.cells) if c.metadata.get("nbgrader", {}).get("grade")))
    nbformat.write(made, source)
    result = book.api.generate_assignment(SLUG)
    assert not result["success"]
    assert "Cannot add or remove cells" in result["log"]
    assert "the one that learners have stays" in result["log"]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".release-")]


class TestDates:
    @pytest.mark.parametrize(
        "text",
        [
            "2026-11-01 11:00:00 +0100", "2026-11-01 11:00:00 +01:00", "2026-11-01 11:00 +0100", "2026-11-01 10:00 UTC",
            "2026-11-01 11:00:00+01:00", "2026-11-01T11:00:00+0100", "2026-11-01 04:30:00 -0530", "2026-11-01 10:00:00",
            "2026-11-01 11:00:00 Europe/Berlin",
        ],
    )  # fmt: skip
    def test_are_read_with_their_zone(self, text):
        assert parse_utc(text) == datetime(2026, 11, 1, 10)

    def test_are_read_so_by_nbgrader_too(self, tmp_path):
        from nbgrader import coursedir, utils
        from traitlets.config import Config

        from grading.gradebook.configuration import configure

        configure(Config(), tmp_path)
        assert utils.parse_utc is coursedir.parse_utc is parse_utc

    def test_that_are_none_are_none(self):
        assert parse_utc(None) is None
        with pytest.raises(ValueError, match="soon"):
            parse_utc("soon")


@pytest.mark.slow
def test_the_card_says_what_was_found_and_what_waits(tmp_path):
    wrong = make_class.wrong(Chapter(SLUG), 0)
    name = "batchnorm_forward" if "batchnorm_forward" in wrong else next(iter(wrong))
    answers = {**make_class.right(Chapter(SLUG), 0), name: wrong[name]}
    for student, written in (("ada", "Because of <b>this</b>."), ("ben", "")):
        folder = tmp_path / "submitted" / student / SLUG
        folder.mkdir(parents=True)
        nbformat.write(make_class.with_answers(SLUG, answers, written), folder / "exercise.ipynb")
    results = {one.student: one for one in grade_class(tmp_path, SLUG)}
    assert Gradebook(tmp_path).feedback(SLUG) == {}
    made = {student: page(tmp_path, student).read_text() for student in HONEST}
    found = {student: BeautifulSoup(text, "html.parser") for student, text in made.items()}
    for student in HONEST:
        top = found[student].select_one(".card")
        assert found[student].select_one(".container").find(True) == top
        points = f"{results[student].points:g} of {results[student].max_points:g} points"
        assert top.select_one(".card-points").text.startswith(points)
        row = next(row for row in top.select("tbody tr") if row.code and row.code.text == name)
        finding = results[student].verdict.exercises[name].findings[0]
        assert row.td.find_next("td").strong.text == heading(finding)
        assert finding.text.replace("`", "")[:40] in row.text
        assert found[student].find(attrs={"name": row.a["href"][1:]})  # the place that it leads to
        assert len(top.select("tbody tr.held")) == len(answers) - 1
        folded = [one.summary.text for one in found[student].select("details.released")]
        assert len(folded) == sum(
            c.cell_type == "markdown" and "nbgrader" not in c.metadata for c in released(SLUG).cells
        )
        assert all(text.strip() for text in folded)
    assert "; your written answer is still to be read by a person" in found["ada"].select_one(".card-points").text
    assert len(found["ada"].select(".card tr.waits")) == 1
    assert "to be read" not in found["ben"].select_one(".card-points").text  # there is no answer of ben's
    with Database(f"sqlite:///{tmp_path / 'gradebook.db'}", "batchnorm") as book:
        grade = book.find_grade(f"written_{SLUG}", "exercise", SLUG, "ada")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        book.db.commit()
    assert Gradebook(tmp_path).feedback(SLUG) == {}
    top = BeautifulSoup(page(tmp_path, "ada").read_text(), "html.parser").select_one(".card")
    assert not top.select("tr.waits")
    assert f"{results['ada'].points + 1.5:g} of" in top.select_one(".card-points").text


def test_the_card_tells_no_more_than_the_course_does():
    notebook = released(SLUG)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.metadata.nbgrader |= {"score": 1.0, "points": 2.0}
    found = Finding("mistake", "the <i>axis</i> was wrong", mistake="axis")
    name = next(iter(Chapter(SLUG).exercises))
    lines = [Line("it is right", False, True, 1.0, "no")]
    verdict = Verdict({name: ExerciseVerdict(name, 1.0, 2.0, lines, [found])})
    about = {"assignment": SLUG, "score": 1.0, "max_score": 2.0, "late_penalty": 0.5}
    show(notebook, verdict, Detail.SCORE)
    assert "axis" not in card(notebook, about)
    assert "see the table" not in card(notebook, about)  # there is none
    show(notebook, verdict, Detail.HINTS)
    made = card(notebook, about)
    assert "the &lt;i&gt;axis&lt;/i&gt; was wrong" in made
    assert "0.5 points were taken off because the hand-in was late" in made
