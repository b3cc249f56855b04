"""A class graded many at a time on one machine, into SQLite and PostgreSQL; and what happens when something breaks."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from conftest import wait_until
from hand_ins import FULL, SLUG, a_class, hand_in, points
from test_nbgrader import make_class, nbgrader

from course.chapter import ROOT, Chapter
from course.errors import MachineError
from course.notebooks import released
from grading.__main__ import main
from grading.commands.grade_class import Options, grade_class, look_up, summary
from grading.engine import grade as engine
from grading.engine import pool
from grading.engine.verdict import Detail
from grading.gradebook import facade
from grading.sandbox.warm import Sandbox

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("scale"),
    # nbgrader's own queries make SQLAlchemy warn.
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),
]


def told(results):
    lines = []
    summary(results, lines.append)
    return lines


def command(root, *options):
    return [sys.executable, "-m", "grading", "grade", SLUG, "--root", str(root), *options]


def graded(root, *options, **environment):
    return subprocess.run(
        command(root, *options),
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


# ---- again


@pytest.fixture(scope="class")
def root(tmp_path_factory):
    """A class of three that is graded."""
    root = tmp_path_factory.mktemp("class")
    a_class(root, 3)
    assert points(grade_class(root, SLUG)) == {f"student{k}": FULL for k in range(3)}
    return root


class TestASecondRun:
    def test_grades_and_writes_nothing_that_is_unchanged(self, root):
        pages = {p: p.stat().st_mtime_ns for p in root.glob("autograded/*/*/exercise.ipynb")}
        results = grade_class(root, SLUG)
        assert all(g.known for g in results)
        assert {p: p.stat().st_mtime_ns for p in pages} == pages
        assert told(results)[-1] == "3 hand-ins, 3 of them graded before; 0 scores changed"

    def test_says_which_points_have_changed(self, root):
        first = next(iter(Chapter(SLUG).exercises))
        hand_in(root, "student1", {first: make_class.right(Chapter(SLUG), 1)[first]})
        results = grade_class(root, SLUG)
        assert [g.student for g in results if not g.known] == ["student1"]
        assert f"student1: {FULL} -> 5 points" in told(results)
        a_class(root, 3)  # and back: what is known of a text is not what the gradebook has
        assert f"student1: 5 -> {FULL} points" in told(grade_class(root, SLUG))

    def test_so_does_nbgrader(self, root):
        first = next(iter(Chapter(SLUG).exercises))
        hand_in(root, "student2", {first: make_class.right(Chapter(SLUG), 2)[first]})
        log = nbgrader(root, "autograde", SLUG, "--force", "--student", "student2").stderr
        assert f"student2: 5 points by tests, were {FULL}" in log
        a_class(root, 3)
        assert f"student2: 5 -> {FULL} points" in told(grade_class(root, SLUG))

    def test_grades_everybody_when_forced(self, root):
        results = grade_class(root, SLUG, Options(force=True))
        assert not any(g.known for g in results)
        assert points(results) == {f"student{k}": FULL for k in range(3)}

    def test_writes_again_what_is_told_in_more_detail(self, root):
        page = root / "autograded" / "student0" / SLUG / "exercise.ipynb"
        before = page.stat().st_mtime_ns
        results = grade_class(root, SLUG, Options(detail=Detail.SCORE))
        assert all(g.known for g in results)
        assert page.stat().st_mtime_ns != before
        assert "MISS" not in page.read_text()
        assert "ok  " not in page.read_text()

    def test_what_is_known_can_be_looked_up(self, root):
        assert points(look_up(root, SLUG)) == points(grade_class(root, SLUG))


def test_a_run_that_is_killed_goes_on_where_it_was(tmp_path):
    a_class(tmp_path, 6, first="import time; time.sleep(0.5)")
    written = tmp_path / "cache" / SLUG / "written"
    run = subprocess.Popen(
        command(tmp_path, "--workers", "1"), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_until(lambda: written.is_file() and len(written.read_text().splitlines()) >= 2)
    run.kill()
    run.wait()
    kept = {p: p.stat().st_mtime_ns for p in (tmp_path / "cache" / SLUG).glob("*.json")}
    assert 2 <= len(kept) < 6
    again = graded(tmp_path)
    assert again.returncode == 0, again.stderr
    assert f"6 hand-ins, {len(kept)} of them graded before; 0 scores changed" in again.stdout
    assert {p: p.stat().st_mtime_ns for p in kept} == kept
    assert points(look_up(tmp_path, SLUG)) == {f"student{k}": FULL for k in range(6)}


# ---- a machine that fails


@pytest.fixture
def failing_bwrap(monkeypatch):
    """A bubblewrap that fails as often as the file beside it has lines; the folder with both."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    left, fake = folder / "failures", folder / "bwrap"
    fake.write_text(
        f"#!/bin/sh\nif [ -s {left} ]; then sed -i 1d {left}; echo 'bwrap: out of luck' >&2; exit 1; fi\n"
        f'exec {shutil.which("bwrap")} "$@"\n'
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setattr(engine, "PAUSE_SECONDS", 0.01)
    yield left
    shutil.rmtree(folder)


def test_a_failure_of_the_machine_is_tried_again(tmp_path, failing_bwrap):
    a_class(tmp_path, 2)
    failing_bwrap.write_text("once\ntwice\n")
    results = grade_class(tmp_path, SLUG)
    assert points(results) == {"student0": FULL, "student1": FULL}
    assert not any(g.problem for g in results)


def test_a_machine_that_keeps_failing_is_reported_and_scores_nobody(tmp_path, failing_bwrap):
    a_class(tmp_path, 2)
    grade_class(tmp_path, SLUG)
    failing_bwrap.write_text("again\n" * 20)
    with pytest.raises(MachineError, match="out of luck"):
        grade_class(tmp_path, SLUG, Options(force=True))
    assert points(look_up(tmp_path, SLUG)) == {"student0": FULL, "student1": FULL}


def test_a_failure_that_hits_one_is_his_alone_and_no_zero(tmp_path, monkeypatch):
    a_class(tmp_path, 3)
    tries, grade = [], engine._grade

    def fails_for_one(slug, rebuilt, *about):
        if any("number = 1" in cell.source for cell in rebuilt.cells):
            tries.append(1)
            raise MachineError("the disk is full")
        return grade(slug, rebuilt, *about)

    monkeypatch.setattr(engine, "_grade", fails_for_one)
    monkeypatch.setattr(engine, "PAUSE_SECONDS", 0.01)
    results = grade_class(tmp_path, SLUG)
    assert len(tries) == engine.TRIES
    assert [g.problem for g in results] == ["", "the disk is full", ""]
    assert [line for line in told(results) if "student1" in line] == [
        "student1        not graded",
        "student1: the disk is full",
    ]
    assert not (tmp_path / "autograded" / "student1").exists()
    monkeypatch.undo()
    assert points(grade_class(tmp_path, SLUG))["student1"] == FULL


def test_a_warm_process_that_dies_costs_a_retry(tmp_path):
    """Somebody, the kernel say, kills the sandbox while it grades."""
    a_class(tmp_path, 1, first="import time; time.sleep(1.5)")
    results = []
    sandboxes = []
    boot = Sandbox._boot

    def remember(self):
        sandboxes.append(self)
        return boot(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sandbox, "_boot", remember)
        patch.setattr(engine, "PAUSE_SECONDS", 0.01)
        run = threading.Thread(target=lambda: results.extend(grade_class(tmp_path, SLUG)))
        run.start()
        wait_until(lambda: sandboxes and sandboxes[0]._control is not None)
        time.sleep(0.7)
        os.killpg(sandboxes[0]._process.pid, signal.SIGKILL)
        run.join()
    assert points(results) == {"student0": FULL}
    assert len(sandboxes) == 2


def test_an_unforeseen_error_is_one_submissions(tmp_path):
    def raises(*_):
        raise RuntimeError("a mistake of ours")

    jobs = [pool.Job("ada", released(SLUG)), ("ben", "known")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "grade", raises)
        with pool.Pool(SLUG, {}, workers=1) as graders:
            found = dict(graders.verdicts(jobs))
    assert found["ben"] == "known"
    assert str(found["ada"]) == "the grading failed: RuntimeError: a mistake of ours"


# ---- where the gradebook is


def test_the_configuration_holds_for_our_command_and_its_gradebook_for_its_folder(tmp_path, monkeypatch):
    (tmp_path / "nbgrader_config.py").write_text(
        "from pathlib import Path\n"
        "from grading.gradebook.configuration import configure\n"
        "c = get_config()\n"
        f"configure(c, Path({str(tmp_path / 'class')!r}))\n"
        "c.CourseDirectory.db_url = 'sqlite:////elsewhere/grades.db'\n"
        "c.Grade.detail = 'score'\n"
    )
    monkeypatch.setattr(facade, "ROOT", tmp_path)
    its_own, another = facade.Gradebook(tmp_path / "class"), facade.Gradebook(tmp_path / "examples")
    assert its_own.db_url == "sqlite:////elsewhere/grades.db"
    assert another.db_url == f"sqlite:///{tmp_path}/examples/gradebook.db"
    assert its_own.detail == another.detail == "score"
    told = facade.Gradebook(tmp_path / "class", "sqlite:////told.db", Detail.INPUTS)
    assert (told.db_url, told.detail) == ("sqlite:////told.db", "inputs")


def test_the_command_says_where_the_configured_gradebook_is(tmp_path, monkeypatch, capsys):
    (tmp_path / "nbgrader_config.py").write_text(
        "from pathlib import Path\n"
        "from grading.gradebook.configuration import configure\n"
        "c = get_config()\n"
        f"configure(c, Path({str(tmp_path / 'class')!r}))\n"
        f"c.CourseDirectory.db_url = 'sqlite:///{tmp_path}/elsewhere.db'\n"
    )
    monkeypatch.setattr(facade, "ROOT", tmp_path)
    a_class(tmp_path / "class", 1)
    assert main(["grade", SLUG, "--root", str(tmp_path / "class")]) == 0
    assert f"\ngradebook: sqlite:///{tmp_path}/elsewhere.db\n" in capsys.readouterr().out
    assert (tmp_path / "elsewhere.db").is_file()
    assert not (tmp_path / "class" / "gradebook.db").exists()


# ---- PostgreSQL


def test_the_gradebook_can_be_in_postgresql(tmp_path, postgres):
    from nbgrader.api import Gradebook

    make_class.write_class(tmp_path, SLUG, make_class.QUICK)
    results = points(grade_class(tmp_path, SLUG, Options(db_url=postgres)))
    assert (results["ada"], results["farah"], results["jan"]) == (FULL, 5, 0)
    assert not (tmp_path / "gradebook.db").exists()
    with Gradebook(postgres, "batchnorm") as gradebook:
        found = gradebook.find_submission(SLUG, "dana")
        assert found.score == results["dana"]
        gradebook.find_grade(f"written_{SLUG}", "exercise", SLUG, "ada").manual_score = 2.0
        gradebook.db.commit()
    again = grade_class(tmp_path, SLUG, Options(db_url=postgres, force=True))
    assert points(again) == {**results, "ada": FULL + 2}
    # The verdicts are kept, but another gradebook has nothing of them yet.
    here = grade_class(tmp_path, SLUG)
    assert all(g.known for g in here if g.student != "jan")
    assert points(here) == results


def test_without_a_sandbox_only_when_told_so_and_with_a_word_of_warning(tmp_path):
    make_class.write_class(tmp_path, "introduction")
    for student in (tmp_path / "submitted").iterdir():
        if student.name not in ("ada", "dana"):
            shutil.rmtree(student)
    command = [sys.executable, "-m", "grading", "grade", "introduction", "--root", tmp_path, "--sandbox", "none"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert told.stderr.startswith("no sandbox: learners' code can read and write all that you can")
    assert "ada " in told.stdout
