"""The shape of the repository: what may import what, what is named where, and how long a file may be."""

import subprocess
import sys
from pathlib import Path

from course.chapter import ROOT


def test_imports_run_downwards_and_each_foreign_system_has_one_door():
    """The contracts are in `pyproject.toml`: the three floors, and the doors to nbgrader, Sphinx, Dask and jupytext."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
