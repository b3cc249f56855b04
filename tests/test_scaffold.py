"""`make new` lays out an exercise that passes the contract as it stands, so that an author starts from green."""

import re
import shutil
import subprocess
import sys

import pytest

from course.chapter import ROOT
from course.errors import CourseError
from course.scaffold import lay_out


@pytest.mark.parametrize(
    "name", ["", "transform", "transform/", "transform/two words", "transform/a__b", "a/class", "../x/y"]
)
def test_a_name_that_is_none_is_refused_in_one_line(name, tmp_path):
    with pytest.raises(CourseError, match="expected EXERCISE=chapter/name"):
        lay_out(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_taken_name_is_refused(tmp_path):
    shutil.copytree(ROOT / "solutions", tmp_path / "solutions")
    with pytest.raises(CourseError, match="there already"):
        lay_out("transform/batchnorm_forward", tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("exercise", ["transform/column_means", "brandnew/column_means"])
def test_a_new_exercise_passes_the_contract_as_it_is_laid_out(exercise, tmp_path):
    copy = tmp_path / "course"
    ignore = shutil.ignore_patterns(".git", ".venv*", "_build", "class", "__pycache__", "*.egg-info", "fixtures")
    shutil.copytree(ROOT, copy, ignore=ignore)
    slug, name = exercise.split("/")
    if slug == "transform":  # the written question stays the last cell: new exercises may follow it
        assert lay_out(exercise, copy)
    else:
        lay_out(exercise, copy)
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "tests/test_contract.py",
            "-k",
            f"{slug} and {name}",
        ],
        cwd=copy,
        env={"PYTHONPATH": str(copy), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:]
    assert " passed" in run.stdout


@pytest.mark.xdist_group("together")
@pytest.mark.parametrize("k", range(4))
def test_tests_of_one_group_run_in_one_process(k, testrun_uid, worker_id, tmp_path_factory):
    """Some releases of pytest and pytest-xdist do not: then fixtures are made twice, and steps run out of order."""
    if worker_id == "master":
        return
    seen = tmp_path_factory.getbasetemp().parent / "together"
    seen.mkdir(exist_ok=True)
    (seen / worker_id).touch()
    assert len(list(seen.iterdir())) == 1


def test_contributing_and_the_architecture_name_files_that_are_there():
    for page in ("CONTRIBUTING.md", "docs/architecture.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        named = set(re.findall(r"`((?:course|grading|publishing|solutions|examples|benchmarks|docs)/[\w./]+)`", text))
        assert len(named) > 10
        assert [path for path in sorted(named) if not (ROOT / path).exists()] == []
