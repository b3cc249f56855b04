"""A term, start to finish: release, collect, grade, look, correct by hand, feed back, regrade, export.

nbgrader's own commands and exchange, formgrader in a real browser, three students with folders of their own. (On one
machine all of them are one user; nbgrader says so once a hand-in, and takes them by the names they give.)
"""

import csv
import json
import os
import re
import subprocess
import sys

import nbformat
import pytest
from playwright.sync_api import expect
from test_formgrader import Server
from test_nbgrader import BIN, make_class, nbgrader, prepare
from typing_keys import type_text

from course.chapter import ROOT, Chapter

SLUG, COURSE = "transform", "batchnorm"
COMMENT = "Good: now say it for a test batch too."


class Term:
    """A course's folder, an exchange, and students who have nothing but nbgrader's commands."""

    def __init__(self, root):
        self.root, self.exchange = root / "class", root / "exchange"
        self.homes = root / "homes"
        self.exchange.mkdir()
        self.exchange.chmod(0o777)
        self.class_says = ""

    def instructor(self, *arguments):
        return nbgrader(self.root, *arguments, f"--Exchange.root={self.exchange}")

    def student(self, name, *arguments):
        home = self.homes / name
        home.mkdir(parents=True, exist_ok=True)
        run = subprocess.run(
            [
                BIN / "nbgrader", *arguments, "--course", COURSE, f"--student={name}",
                f"--Exchange.root={self.exchange}", f"--Exchange.cache={home / 'cache'}",
            ],
            cwd=home,
            env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "JUPYTER_CONFIG_DIR": str(home / "config")},
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        assert run.returncode == 0, run.stdout + run.stderr
        return home

    def hand_in(self, name, answers, written=""):
        """Write into the notebook that was fetched, and submit it."""
        home = self.homes / name
        path = home / SLUG / "exercise.ipynb"
        made = nbformat.read(path, 4)
        for cell in made.cells:
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
            cell.source = answers.get(grade_id, cell.source)
            if written and grade_id == f"written_{SLUG}":
                cell.source = written
        nbformat.write(made, path)
        self.student(name, "submit", SLUG)

    def grade(self, *arguments):
        run = subprocess.run(
            [sys.executable, "-m", "grading", "grade", SLUG, "--root", self.root, *arguments],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    def grades(self):
        out = self.root / "grades.csv"
        self.instructor("export", f"--to={out}")
        with out.open(newline="") as file:
            return {row["student_id"]: row for row in csv.DictReader(file) if row["assignment"] == SLUG}


@pytest.fixture(scope="module")
def term(tmp_path_factory):
    return Term(tmp_path_factory.mktemp("term"))


@pytest.mark.slow
@pytest.mark.xdist_group("term")
class TestTerm:
    """The tests are the term's steps; each goes on where the one before it ended."""

    def test_release(self, term):
        prepare(term.root, SLUG)
        term.instructor("release_assignment", SLUG)
        released = nbformat.read(term.exchange / COURSE / "outbound" / SLUG / "exercise.ipynb", 4)
        stubs = [c.source for c in released.cells if c.source.endswith("raise NotImplementedError()")]
        assert len(stubs) == len(Chapter(SLUG).exercises)

    def test_students_fetch_and_hand_in(self, term):
        chapter = Chapter(SLUG)
        for name in ("ada", "ben", "chidi"):
            home = term.student(name, "fetch_assignment", SLUG)
            assert {"exercise.ipynb", "check.py", "check.json"} <= {p.name for p in (home / SLUG).iterdir()}
        term.hand_in("ada", make_class.right(chapter, 0), "Because beta is added last.")
        slip = next(w for w in chapter.misconceptions("batchnorm_forward") if w.slug == "eps_on_std")
        module = sys.modules[slip.implementation.__module__]
        wrong = {**make_class.right(chapter, 1), "batchnorm_forward": make_class.as_answer(slip, module)}
        term.hand_in("ben", wrong, "I do not know.")
        assert len(os.listdir(term.exchange / COURSE / "inbound")) == 2
        assert not (term.root / "submitted").exists()

    def test_collect(self, term):
        term.instructor("collect", SLUG)
        assert {p.name for p in (term.root / "submitted").iterdir()} == {"ada", "ben"}
        assert (term.root / "submitted/ada" / SLUG / "timestamp.txt").is_file()

    def test_grade(self, term):
        said = term.grade()
        assert re.search(r"^ada +19\.00 of 22$", said, re.MULTILINE)
        assert re.search(r"^ben +(\d+\.\d+) of 22 +batchnorm_forward: eps on std$", said, re.MULTILINE)
        assert "2 hand-ins, 0 of them graded before; 0 scores changed" in said
        term.class_says = said
        report = (term.root / "reports" / f"{SLUG}.html").read_text()
        assert "Epsilon was added to the standard deviation" in report

    def test_look_and_correct_by_hand_in_formgrader(self, term, browser):
        server = Server(term.root)
        try:
            server.wait()
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            page.set_default_timeout(60_000)
            self.correct(page, server.url)
            page.close()
        finally:
            server.stop()
        assert COMMENT in (term.root / f"feedback/ben/{SLUG}/exercise.html").read_text()
        assert not (term.root / "feedback/ada").exists()
        grades = term.grades()
        assert float(grades["ben"]["score"]) == self.points(term, "ben") + 2
        assert float(grades["ada"]["score"]) == 19

    def correct(self, page, url):
        page.goto(f"{url}/formgrader/?token=t")
        page.get_by_role("link", name=SLUG, exact=True).first.wait_for()  # the list of assignments
        page.goto(f"{url}/formgrader/manage_submissions/{SLUG}")
        for name in ("ada", "ben"):
            expect(page.get_by_role("gridcell", name=name, exact=True)).to_be_visible()
        expect(page.get_by_role("gridcell", name="needs manual grading").first).to_be_visible()
        page.goto(f"{url}/formgrader/gradebook/{SLUG}/exercise")
        page.get_by_role("link", name="Submission #2").wait_for()
        # formgrader hides names; ben's is the one with the message.
        for number in ("#1", "#2"):
            page.goto(f"{url}/formgrader/gradebook/{SLUG}/exercise")
            page.get_by_role("link", name=f"Submission {number}").click()
            page.locator(".nbgrader_cell").first.wait_for()
            if page.get_by_text("Epsilon was added to the standard deviation").count():
                break
        expect(page.get_by_text("Epsilon was added to the standard deviation").first).to_be_visible()
        answer = page.locator(".nbgrader_cell", has=page.get_by_text("I do not know.")).last
        for field, kind, text in (("input.score", "grade", "2"), ("textarea.comment", "comment", COMMENT)):
            type_text(answer.locator(field), text)
            with page.expect_response(
                lambda r, kind=kind: r.ok and r.request.method == "PUT" and f"/api/{kind}/" in r.url
            ):
                answer.locator(field).press("Tab")  # it saves by itself
        page.reload()
        expect(page.locator("textarea.comment").last).to_have_value(COMMENT)  # fetched after the page has come
        # The feedback of one student, by its button.
        page.goto(f"{url}/formgrader/manage_submissions/{SLUG}")
        row = page.get_by_role("row", name="ben")
        row.locator(".generate-feedback a").click()
        page.get_by_text("Successfully generated feedback").wait_for()

    def points(self, term, name):
        found = re.search(rf"^{name} +(\d+\.\d+) of", term.class_says, re.MULTILINE)
        return float(found[1])

    def test_feedback_reaches_the_student(self, term):
        term.instructor("generate_feedback", SLUG)
        by_mail = term.root / "feedback" / "aaron" / SLUG
        by_mail.mkdir(parents=True)
        (by_mail / "exercise.html").write_text("aaron's")
        said = term.instructor("release_feedback", SLUG).stderr
        assert "aaron: not handed in by the exchange; the feedback stays in" in said
        home = term.student("ben", "fetch_feedback", SLUG)
        (page,) = (home / SLUG / "feedback").rglob("*.html")
        told = page.read_text()
        assert COMMENT in told
        assert "Epsilon was added to the standard deviation" in told
        hidden = (ROOT / f"tests/hidden/{SLUG}.py").read_text()
        for line in (line.strip() for line in hidden.splitlines()):
            assert len(line) < 40 or line not in told

    def test_a_later_hand_in_is_graded_and_the_change_is_said(self, term):
        before = self.points(term, "ben")
        term.hand_in("ben", make_class.right(Chapter(SLUG), 1))
        term.student("chidi", "submit", SLUG)  # a stub
        term.instructor("collect", SLUG, "--update")
        said = term.grade()
        assert f"ben: {before + 2:g} -> 21 points" in said, said  # the two given by hand are still there
        assert re.search(r"^chidi +0\.00 of 22$", said, re.MULTILINE)
        assert "1 of them graded before" in said

    def test_what_a_person_gave_is_still_there_and_to_be_looked_at_again(self, term):
        grades = term.grades()
        assert float(grades["ben"]["score"]) == 21
        term.instructor("generate_feedback", SLUG, "--force")
        assert COMMENT in (term.root / f"feedback/ben/{SLUG}/exercise.html").read_text()

    def test_export(self, term):
        grades = term.grades()
        assert {name: float(row["score"]) for name, row in grades.items()} == {"ada": 19, "ben": 21, "chidi": 0}
        assert {float(row["max_score"]) for row in grades.values()} == {22}
        assert json.loads((term.homes / "ada" / SLUG / "check.json").read_text())
