"""Hand-ins of made-up classes, and the command that grades them."""

import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import nbformat
from test_nbgrader import make_class

from course.chapter import ROOT, Chapter

#: The chapter that classes of right answers hand in, and the points that its tests give.
SLUG, FULL = "transform", 19


def hand_in(root, student, answers, first=""):
    """A hand-in with these answers, and before them a cell of the learner's own."""
    made = make_class.with_answers(SLUG, answers)
    if first:
        made.cells.insert(1, nbformat.v4.new_code_cell(first))
    folder = root / "submitted" / student / SLUG
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "exercise.ipynb").write_text(nbformat.writes(made))


def a_class(root, size, first=""):
    """Right answers, all different."""
    for k in range(size):
        hand_in(root, f"student{k}", make_class.right(Chapter(SLUG), k), f"{first}\nnumber = {k}")


def points(results):
    return {g.student: g.points for g in results}


@cache
def mixed_class(slug):
    """The notebooks of a class of all sorts, by name: ada's is right, dana's has mistakes, jan's breaks off."""
    with tempfile.TemporaryDirectory() as folder:
        make_class.write_class(Path(folder), slug)
        return {path.parent.parent.name: path.read_bytes() for path in Path(folder).glob(f"submitted/*/{slug}/*.ipynb")}


def command(root, verb, *arguments):
    """`python -m grading VERB ... --root ROOT`, which may fail and never with a traceback."""
    run = subprocess.run(
        [sys.executable, "-m", "grading", verb, *map(str, arguments), "--root", str(root)],
        cwd=ROOT,
        env={**os.environ, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not run.stderr.count("Traceback"), run.stderr
    return run
