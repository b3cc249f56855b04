"""The instructor's pages on what comes after the first grading: their commands run, their figures are the program's."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from grading import similar
from grading.course import ROOT

PAGES = ROOT / "book" / "instructors"


def commands(page):
    return [
        line
        for block in re.findall(r"^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
        for line in block.splitlines()
    ]


@pytest.mark.slow
@pytest.mark.xdist_group("pages")
@pytest.mark.parametrize("name", ["after", "integrity", "data"])
def test_every_command_on_the_page_runs_and_prints_what_it_says(name):
    page, said = (PAGES / f"{name}.md").read_text(), ""
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for line in commands(page):
        run = subprocess.run(shlex.split(line), cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        assert run.returncode == 0, line + run.stderr
        said += run.stdout
    for line in (
        "11 hand-ins, 0 of them examined again; 0 learners change",
        "nothing is written; the same command with --write does it, from the cache",
        "10 hand-ins, 45 pairs, 0 of them to look at",
        "too little code of their own to tell: 9 of 10",
        "dana is forgotten; copies made elsewhere (exports, backups) are yours to find",
    ):
        assert (line in page) == (line in said), line


def test_the_figures_of_similarity_are_the_programs():
    page = (PAGES / "integrity.md").read_text()
    assert f"fewer than {similar.FLOOR:g} rare fingerprints" in page
    assert f"from {similar.SHARE:.0%} of the".replace("%", " %") in page
