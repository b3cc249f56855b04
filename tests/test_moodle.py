"""A term with Moodle and without help: one command from the downloads to what Moodle takes back."""

import csv
import io
import shutil
import zipfile

import pytest
from downloads import MOODLE_WORKSHEET, SLUG, moodle_zip
from hand_ins import command, mixed_class

from course.chapter import Chapter
from course.errors import CourseError
from grading.commands import moodle
from grading.commands.grade_class import Options
from grading.gradebook.facade import Gradebook
from grading.gradebook.feedback import FeedbackPage
from grading.gradebook.students import Student


@pytest.fixture(scope="module")
def term(tmp_path_factory):
    """A Moodle assignment from download to upload, by the one command."""
    folder = tmp_path_factory.mktemp("moodle")
    root = folder / "class"
    submissions = moodle_zip(
        folder / "submissions.zip",
        {
            "1001": ("Lovelace, Ada", mixed_class(SLUG)["ada"]),
            "1002": ("Zoë Müller", mixed_class(SLUG)["dana"]),
            "1004": ("Participant", mixed_class(SLUG)["jan"]),
        },
    )
    with zipfile.ZipFile(submissions, "a") as more:
        more.writestr("../escaped_1_assignsubmission_file_/exercise.ipynb", b"x")
    worksheet = folder / "Grades.csv"
    worksheet.write_bytes(MOODLE_WORKSHEET.encode())
    run = command(root, "moodle", SLUG, submissions, worksheet)
    return folder, root, run


@pytest.mark.slow
@pytest.mark.xdist_group("lms")
class TestMoodleWithoutHelp:
    def test_the_worksheet_is_completed(self, term):
        _, root, run = term
        most = Gradebook(root).max_score(SLUG)
        points = {one.student: one.total for one in Gradebook(root).results(SLUG)}
        assert points["ada@example.org"] > points["zoe@example.org"] > 0 == points["1004"]
        grade = f"{20 * points['ada@example.org'] / most:.2f}"
        done = (root / "upload" / SLUG / "Grades.csv").read_bytes()
        graded = MOODLE_WORKSHEET.replace('grading",,20.00', f'grading",{grade},20.00', 1)
        before, after = graded.split("7.00,20.00,Yes,-,-,", 1)
        assert done.startswith(f"{before}7.00,20.00,Yes,-,-,".encode()), run.stdout
        assert done.endswith(after.encode())  # no other byte has changed but Zoë's comment

    def test_the_column_of_comments_has_the_card(self, term):
        _, root, run = term
        rows = csv.DictReader(io.StringIO((root / "upload" / SLUG / "Grades.csv").read_text(encoding="utf-8-sig")))
        told = {row["Identifier"]: row["Feedback comments"] for row in rows}
        assert told["Participant 1001"].startswith('=1+1, "so"')  # a person's stays
        assert told["Participant 1003"] == ""
        result = next(one for one in Gradebook(root).results(SLUG) if one.student == "zoe@example.org")
        first, *lines = told["Participant 1002"].split("<br>\n")
        assert f": {result.total:g} of {Gradebook(root).max_score(SLUG):g} points" in first
        assert any("(batch_statistics): " in line and "Looks like:" in line for line in lines), lines
        assert any("One slip from right:" in line for line in lines), lines
        assert "1 grade and 1 comment (" in run.stdout

    def test_the_feedback_is_where_moodle_looks(self, term):
        _, root, _ = term
        with zipfile.ZipFile(root / "upload" / SLUG / "feedback.zip") as made:
            assert sorted(made.namelist()) == [
                "Lovelace, Ada_1001_assignsubmission_file_/exercise.html",
                "Participant_1004_assignsubmission_file_/exercise.html",
                "Zoë Müller_1002_assignsubmission_file_/exercise.html",
            ]
            assert b"Looks like:" in made.read("Zoë Müller_1002_assignsubmission_file_/exercise.html")

    def test_everything_that_does_not_fit_is_told(self, term):
        _, _, run = term
        for line in (
            "'../escaped_1_assignsubmission_file_/exercise.ipynb' in 'submissions.zip': has a path that leaves the "
            "folder",
            "1004: the notebook breaks off",
            "Participant 1002: keeps the grade 7.00 that the worksheet had (--replace writes over it)",
            "Participant 1004: is in the zip file and not on the worksheet; no grade was written",
            "Participant 1004: what was handed in can't be read; no grade was written",
            "Participant 1003: is on the worksheet and not in the zip file: nothing handed in",
            "grades are scaled: 16 points here are 20 in Moodle",
        ):
            assert line in run.stdout, run.stdout + run.stderr
        assert run.returncode == 1

    def test_the_gradebook_knows_their_names(self, term):
        _, root, _ = term
        [ada] = [one for one in Gradebook(root).students() if one.id == "ada@example.org"]
        assert (ada.first_name, ada.last_name) == ("Ada", "Lovelace")

    def test_two_ids_of_one_person_are_told(self, term, tmp_path):
        folder, _, _ = term
        root = shutil.copytree(term[1], tmp_path / "class")
        Gradebook(root).enrol([Student("alove", "Ada", "Lovelace")])
        said = []
        files = moodle.Files(folder / "submissions.zip", folder / "Grades.csv", tmp_path)
        with pytest.raises(CourseError, match="more"):
            moodle.run(root, SLUG, files, Options(student="more"), said.append)
        [line] = [line for line in said if "look like one person" in line]
        assert line.endswith("python -m grading join ada@example.org alove makes one of them")

    def test_again_and_with_a_manual_grade(self, term):
        from nbgrader.api import Gradebook as Database

        folder, root, _ = term
        with Database(f"sqlite:///{root / 'gradebook.db'}", "batchnorm") as gradebook:
            written = next(
                grade
                for grade in gradebook.find_submission(SLUG, "ada@example.org").notebooks[0].grades
                if grade.name.startswith("written_")
            )
            written.manual_score, written.needs_manual_grade = 3.0, False
            gradebook.db.commit()
        run = command(root, "moodle", SLUG, folder / "submissions.zip", folder / "Grades.csv", "--replace")
        assert "3 hand-ins, 2 of them graded before; 0 scores changed" in run.stdout
        rows = list(csv.reader(io.StringIO((root / "upload" / SLUG / "Grades.csv").read_text("utf-8-sig"))))
        assert rows[1][4] == "20.00"
        assert not (root / "downloaded" / SLUG / "old").exists()

    def test_a_new_hand_in_is_graded_and_the_old_one_kept(self, term, tmp_path):
        folder, root, _ = term
        later = moodle_zip(tmp_path / "later.zip", {"1002": ("Zoë Müller", mixed_class(SLUG)["ada"])})
        files = moodle.Files(later, folder / "Grades.csv", tmp_path, replace=())
        said = []
        assert moodle.run(root, SLUG, files, Options(), said.append)
        rows = list(csv.reader(io.StringIO((tmp_path / "Grades.csv").read_text("utf-8-sig"))))
        assert rows[2][4] == f"{20 * 13 / 16:.2f}"
        assert (root / "downloaded" / SLUG / "old" / "zoe@example.org-1" / "exercise.ipynb").is_file()

    def test_a_page_that_can_not_be_made_is_named_and_the_grades_are_written(self, term, tmp_path, monkeypatch):
        folder, _, _ = term
        root = shutil.copytree(term[1], tmp_path / "class")
        made = FeedbackPage.from_notebook_node
        whole = moodle.Files(folder / "submissions.zip", folder / "Grades.csv", tmp_path / "whole")
        moodle.run(root, SLUG, whole, Options(), [].append)

        def broken(self, nb, resources=None, **kw):
            if resources["nbgrader"]["student"] == "zoe@example.org":
                raise ValueError("no such picture\nada: has no page")
            return made(self, nb, resources=resources, **kw)

        monkeypatch.setattr(FeedbackPage, "from_notebook_node", broken)
        files = moodle.Files(folder / "submissions.zip", folder / "Grades.csv", tmp_path)
        said = []
        assert not moodle.run(root, SLUG, files, Options(), said.append)
        assert "zoe@example.org: no feedback page: ValueError: no such picture" in said
        assert (tmp_path / "Grades.csv").read_bytes() == (tmp_path / "whole" / "Grades.csv").read_bytes()
        with zipfile.ZipFile(tmp_path / "feedback.zip") as packed:
            assert sorted(name.partition("_")[0] for name in packed.namelist()) == ["Lovelace, Ada", "Participant"]

        def none_at_all(self, nb, resources=None, **kw):
            raise ValueError("no page")

        monkeypatch.setattr(FeedbackPage, "from_notebook_node", none_at_all)
        (tmp_path / "Grades.csv").unlink()
        assert not moodle.run(root, SLUG, files, Options(), said.append)
        assert (tmp_path / "Grades.csv").is_file()

    def test_whose_grade_is_replaced_can_be_named(self, term, tmp_path):
        folder, root, _ = term

        def graded(*named):
            files = moodle.Files(folder / "submissions.zip", folder / "Grades.csv", tmp_path, replace=named)
            moodle.run(root, SLUG, files, Options(), [].append)
            return [row[4] for row in csv.reader(io.StringIO((tmp_path / "Grades.csv").read_text("utf-8-sig")))][1:3]

        assert graded("ada@example.org")[1] == "7.00"
        assert graded("zoe@example.org") == graded("1002") == graded()
        assert graded("zoe@example.org")[1] != "7.00"
        with pytest.raises(CourseError, match="--replace: zoe: there is no such student in the zip file"):
            graded("zoe")

    def test_grades_for_others(self, term):
        _, root, _ = term
        assert command(root, "grades", SLUG).returncode == 0
        data = (root / "upload" / SLUG / "grades-plain.csv").read_bytes()
        assert data.startswith(b"\xef\xbb\xbf")
        rows = {row["student"]: row for row in csv.DictReader(io.StringIO(data.decode("utf-8-sig")))}
        ada = rows["ada@example.org"]
        exercises = Chapter(SLUG).exercises
        assert float(ada["total"]) == sum(float(ada[name]) for name in (*exercises, f"written_{SLUG}"))
        assert ada["last_name"] == "Lovelace"

    def test_grades_for_a_german_excel(self, term):
        _, root, _ = term
        run = command(root, "grades", SLUG, "--decimal-comma")
        assert run.returncode == 0
        data = (root / "upload" / SLUG / "grades-plain.csv").read_bytes()
        assert data.startswith(b"\xef\xbb\xbfstudent;last_name;")
        german = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))
        command(root, "grades", SLUG)
        plain = list(csv.DictReader(io.StringIO((root / "upload" / SLUG / "grades-plain.csv").read_text("utf-8-sig"))))
        assert [row["total"] for row in german] == [row["total"].replace(".", ",") for row in plain]
        assert any("," in row["total"] for row in german)
        assert [row["student"] for row in german] == [row["student"] for row in plain]

    def test_who_handed_nothing_in_is_named_with_the_grades(self, term, tmp_path):
        root = shutil.copytree(term[1], tmp_path / "class")
        Gradebook(root).enrol([Student("nora", "Nora", "Noether")])
        run = command(root, "grades", SLUG)
        assert "nora: is on the class list and has no grade, so no row" in run.stdout
        assert run.returncode == 0

    def test_grades_into_canvas_own_file(self, term, tmp_path):
        _, root, _ = term
        (tmp_path / "export.csv").write_text(
            "Student,ID,SIS Login ID,Section,Week 1 (7)\n    Points Possible,,,,16\n"
            '"Lovelace, Ada",101,ada@example.org,S1,\n"Noether, Nora",102,nora,S1,\n'
        )
        run = command(
            root, "grades", SLUG, "--for", "canvas", "--gradebook", tmp_path / "export.csv", "--assignment", "Week 1"
        )
        rows = list(csv.reader(io.StringIO((root / "upload" / SLUG / "grades-canvas.csv").read_text())))
        points = {one.student: one.total for one in Gradebook(root).results(SLUG)}
        assert rows[2:] == [["Lovelace, Ada", "101", "ada@example.org", "S1", f"{points['ada@example.org']:.2f}"]]
        assert "Noether, Nora: is in Canvas's gradebook and has no grade here" in run.stdout
        assert "zoe@example.org: is graded here and not in Canvas's gradebook; no grade was written" in run.stdout
        assert "grades-canvas.csv: 1 learners" in run.stdout
        assert run.returncode == 1
        assert "goes with --for canvas" in command(root, "grades", SLUG, "--gradebook", tmp_path / "export.csv").stderr

    def test_who_is_forgotten_is_in_none_of_it(self, term, tmp_path):
        root = shutil.copytree(term[1], tmp_path / "class")
        assert "zoe@example.org" in (root / "downloaded" / SLUG / "collected.json").read_text()
        run = command(root, "forget", "zoe@example.org", "--yes")
        assert run.returncode == 0, run.stderr
        for path in root.rglob("*"):
            assert "zoe@example.org" not in path.name
            assert path.is_dir() or b"zoe@example.org" not in path.read_bytes(), path
        assert "ada@example.org" in (root / "downloaded" / SLUG / "collected.json").read_text()
        assert not list((root / "upload" / SLUG).iterdir())

    def test_the_page_asks_nobody_for_anything_and_shows_its_formulas(self, term, browser):
        _, root, _ = term
        page_file = root / "feedback" / "ada@example.org" / SLUG / "exercise.html"
        page = browser.new_page()
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(page_file.as_uri())
        page.wait_for_load_state("networkidle")
        for text in page.locator("details.released > summary").all():
            text.click()
        formula = page.locator("math").first.bounding_box()
        scripts = page.locator("script").count()
        dollars = page.locator("body").first.inner_text().count("$")
        table = page.locator("mtable").first
        ends = table.locator("mtd:first-child > :last-child").evaluate_all(
            "all => all.map(x => x.getBoundingClientRect().right)"
        )
        starts = table.locator("mtd:first-child > :first-child").evaluate_all(
            "all => all.map(x => x.getBoundingClientRect().x)"
        )
        page.close()
        assert [url for url in asked if not url.startswith("data:")] == [page_file.as_uri()]
        assert scripts == 0
        assert dollars == 0
        assert formula["width"] > 5
        assert ends == pytest.approx([ends[0]] * 2, abs=0.5)  # what is left of the = is set right, whatever its width
        assert abs(starts[0] - starts[1]) > 3
