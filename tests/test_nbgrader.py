"""The course through nbgrader itself: release, autograde, feedback, on real notebooks of a made-up class.

The tests of a class run `nbgrader` as an instructor does, from the repository's root, on a folder of their own.
"""

import csv
import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from course.chapter import ROOT, Chapter, slugs
from course.notebooks import notebook

BIN = Path(sys.executable).parent


def load_class_maker():
    spec = importlib.util.spec_from_file_location("make_class", ROOT / "examples" / "make_class.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_class"] = module
    spec.loader.exec_module(module)
    return module


make_class = load_class_maker()


def nbgrader(root, *arguments, check=True):
    """Run a command of nbgrader's on a course's folder, from the repository's root."""
    run = subprocess.run(
        [BIN / "nbgrader", *arguments],
        cwd=ROOT,
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "BATCHNORM_CLASS": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    if check:
        assert run.returncode == 0, run.stdout + run.stderr
    return run


def prepare(root, slug):
    run = subprocess.run(
        [sys.executable, "-m", "publishing", "notebooks", slug, "--root", root, "--out", root / "out"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    nbgrader(root, "generate_assignment", slug)


def scores(root):
    nbgrader(root, "export", "--to", str(root / "grades.csv"))
    with (root / "grades.csv").open() as file:
        return {(row["student_id"], row["assignment"]): float(row["score"] or 0) for row in csv.DictReader(file)}


def message(root, student, slug, exercise):
    graded = nbformat.read(root / "autograded" / student / slug / "exercise.ipynb", 4)
    cell = next(c for c in graded.cells if c.id == f"test_{exercise}")
    return cell.outputs[0]["data"]["text/plain"]


@pytest.fixture(scope="module")
def term(tmp_path_factory):
    """The chapter transform: released, handed in by a class, graded, and given back, by nbgrader's commands."""
    root = tmp_path_factory.mktemp("class")
    prepare(root, "transform")
    make_class.write_class(root, "transform")
    log = nbgrader(root, "autograde", "transform")
    nbgrader(root, "generate_feedback", "transform")
    return root, scores(root), log.stdout + log.stderr


@pytest.mark.slow
@pytest.mark.xdist_group("term")
class TestTheClassOfTransform:
    # 19 points are graded by tests, 3 by a person.
    @pytest.mark.parametrize(
        ("student", "points"),
        [
            ("ada", 19), ("ben", 19), ("chidi", 19), ("farah", 5), ("gita", 0), ("hugo", 14), ("jan", 0), ("kim", 0),
        ],
    )  # fmt: skip
    def test_grades(self, term, student, points):
        assert term[1][student, "transform"] == points

    def test_subtle_mistakes_cost_a_part(self, term):
        assert 8 < term[1]["dana", "transform"] < 19
        assert 16 < term[1]["emil", "transform"] < 19

    def test_an_endless_loop_costs_its_exercise_alone(self, term):
        root, points, _ = term
        assert points["iris", "transform"] == 16
        assert "took too long" in message(root, "iris", "transform", "change_units")

    def test_a_syntax_error_costs_its_exercise_alone(self, term):
        text = message(term[0], "hugo", "transform", "batchnorm_forward")
        assert "SyntaxError" in text
        assert "0 of 5 points" in text

    def test_the_message_names_the_mistake(self, term):
        root = term[0]
        for exercise in Chapter("transform").exercises:
            hints = {m.hint for m in Chapter("transform").misconceptions(exercise)}
            text = message(root, "dana", "transform", exercise)
            assert any(f"Looks like: {hint}" in text for hint in hints), text
            assert "Looks like" not in message(root, "ben", "transform", exercise)

    def test_a_stub_is_told_as_one(self, term):
        assert "not written yet" in message(term[0], "gita", "transform", "batchnorm_forward")

    def test_a_forged_pass_earns_nothing_and_is_noted(self, term):
        root, _, log = term
        text = message(root, "kim", "transform", "batchnorm_forward")
        assert text.startswith("batchnorm_forward: 0 of 5 points")
        assert "kim: test_batchnorm_forward: was changed; the released text is graded" in log

    def test_what_cannot_be_read_has_its_reason_and_an_entry(self, term):
        root, _, log = term
        assert "jan: the notebook breaks off" in log
        graded = nbformat.read(root / "autograded" / "jan" / "transform" / "exercise.ipynb", 4)
        assert "could not be read" in graded.cells[0].source

    def test_the_written_question_waits_for_a_person(self, term):
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{term[0] / 'gradebook.db'}") as gradebook:
            answered = gradebook.find_grade("written_transform", "exercise", "transform", "ada")
            assert answered.needs_manual_grade
            untouched = gradebook.find_grade("written_transform", "exercise", "transform", "gita")
            assert not untouched.needs_manual_grade
            assert untouched.score == 0

    def test_feedback_holds_the_messages_and_no_script_of_a_learner(self, term):
        root = term[0]
        page = (root / "feedback" / "dana" / "transform" / "exercise.html").read_text()
        assert "Looks like:" in page
        assert "does not hold" in page
        for secret in ("expect.close", "reference.batchnorm_forward", "def test_"):
            assert secret not in page

    def test_grading_again_gives_the_same_points(self, term):
        root, points, _ = term
        for path in (root / "cache").rglob("*.json"):
            path.unlink()
        nbgrader(root, "autograde", "transform", "--force", "--student", "dana")
        assert scores(root)["dana", "transform"] == points["dana", "transform"]

    def test_a_manual_score_survives_a_regrade(self, term):
        from nbgrader.api import Gradebook

        root = term[0]
        url = f"sqlite:///{root / 'gradebook.db'}"
        with Gradebook(url) as gradebook:
            gradebook.find_grade("written_transform", "exercise", "transform", "ben").manual_score = 2.0
            gradebook.find_comment("written_transform", "exercise", "transform", "ben").manual_comment = "Well put."
            gradebook.db.commit()
        nbgrader(root, "autograde", "transform", "--force", "--student", "ben")
        with Gradebook(url) as gradebook:
            assert gradebook.find_grade("written_transform", "exercise", "transform", "ben").manual_score == 2.0
            comment = gradebook.find_comment("written_transform", "exercise", "transform", "ben")
            assert comment.manual_comment == "Well put."


@pytest.mark.slow
@pytest.mark.parametrize("slug", slugs())
def test_the_release_equals_the_page_cell_by_cell(slug, tmp_path):
    prepare(tmp_path, slug)
    release = nbformat.read(tmp_path / "release" / slug / "exercise.ipynb", 4)
    page = notebook(Chapter(slug).page, slug)
    assert [(c.cell_type, c.source, c.id) for c in release.cells] == [(c.cell_type, c.source, c.id) for c in page.cells]
    for ours, theirs in zip(page.cells, release.cells, strict=True):
        mine = ours.metadata.get("nbgrader", {})
        assert {k: theirs.metadata.get("nbgrader", {}).get(k) for k in mine} == mine
    assert {p.name for p in (tmp_path / "release" / slug).iterdir()} == {
        p.name for p in (tmp_path / "source" / slug).iterdir()
    }


@pytest.mark.slow
@pytest.mark.parametrize("slug", slugs())
def test_the_reference_gets_full_marks_and_an_empty_one_nothing(slug, tmp_path):
    import inspect

    from grading.commands.grade_class import grade_class

    module_source = {name: inspect.getsource(value) for name, value in Chapter(slug).exercises.items()}
    helpers = helpers_of(slug)
    first = next(iter(module_source))
    answers = {**module_source, first: "\n\n".join([helpers, module_source[first]])}
    for student, texts in (("ada", answers), ("gita", {})):
        folder = tmp_path / "submitted" / student / slug
        folder.mkdir(parents=True)
        (folder / "exercise.ipynb").write_text(nbformat.writes(make_class.with_answers(slug, texts)))
    results = {g.student: g for g in grade_class(tmp_path, slug)}
    most = sum(
        c.metadata.nbgrader.points
        for c in notebook(Chapter(slug).page, slug).cells
        if c.metadata.get("nbgrader", {}).get("grade_id", "").startswith("test_")
    )
    assert results["ada"].problem == ""
    assert results["ada"].points == most, results["ada"].verdict
    assert results["gita"].points == 0


def helpers_of(slug):
    """What the reference module has besides its exercises: imports, constants, private functions."""
    import inspect

    source = inspect.getsource(Chapter(slug).solutions)
    for value in Chapter(slug).exercises.values():
        source = source.replace(inspect.getsource(value), "")
    return re.sub(r'^""".*?"""', "", source, count=1, flags=re.DOTALL).strip()


@pytest.mark.slow
def test_the_example_class_is_graded_by_our_own_command_too(tmp_path):
    """`python -m grading grade` gives everybody what `nbgrader autograde` gives, and says so, a line each."""
    make_class.write_class(tmp_path, "introduction" if "introduction" in slugs() else "transform", make_class.QUICK)
    slug = next(iter((tmp_path / "submitted" / "ada").iterdir())).name
    nobody = tmp_path / "submitted" / "nora" / slug
    nobody.mkdir(parents=True)
    (nobody / "report.pdf").write_bytes(b"%PDF-1.7")
    run = subprocess.run(
        [sys.executable, "-m", "grading", "grade", slug, "--root", tmp_path],
        cwd=ROOT,
        env={**os.environ, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    lines = {line.split()[0]: line for line in run.stdout.splitlines() if " of " in line}
    assert {"ada", "kim", "nora"} <= set(lines)
    assert "nora: there is no notebook, only 'report.pdf'" in run.stdout
    assert (tmp_path / "autograded" / "nora" / slug / "exercise.ipynb").is_file()
    cached = json.loads(next((tmp_path / "cache" / slug).glob("*.json")).read_text())
    assert set(cached["verdict"]) == {"exercises", "refused", "notes", "outputs", "versions"}
    assert set(cached["digests"]) == set(Chapter(slug).exercises)


def test_wrong_usage_is_one_line(tmp_path):
    run = subprocess.run(
        [sys.executable, "-m", "grading", "grade", "nonsense", "--root", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr.startswith("there is no chapter 'nonsense'; there are ")
    assert len(run.stderr.splitlines()) == 1
