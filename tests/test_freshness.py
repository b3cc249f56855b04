"""A process that lives for days sees that a chapter's files have changed; of a changed program it says so."""

import subprocess
import sys

import pytest

from course.chapter import ROOT, load
from course.errors import CourseError

SCRIPT = """
import os, sys
from pathlib import Path
root = Path(sys.argv[1])
sys.path.insert(0, str(root))
from course.chapter import ROOT, Chapter
from course.errors import CourseError
from course.freshness import refresh
from course.notebooks import released
assert ROOT == root, ROOT

def change(path, old, new):
    file = root / path
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    os.utime(file, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns + 1_000_000_000))

chapter = Chapter("introduction")
label = lambda: chapter.hidden_tests("normalize")[0].label
before, page = label(), released("introduction").cells[0].source
assert not refresh()
change("tests/hidden/introduction.py", before[:25], "Changed" + before[:25])
assert label() == before  # still the one that was loaded
assert refresh()
assert label() != before and label().startswith("Changed"), label()
assert "normalized" not in chapter.exercises
change("solutions/introduction.py", "def normalize(", "def normalized(x): return x\\n\\n\\ndef normalize(")
assert "normalized" not in chapter.exercises
assert refresh() and "normalized" in chapter.exercises
change("book/introduction/exercise.md", page.splitlines()[0], page.splitlines()[0] + " anew")
assert refresh() and released("introduction").cells[0].source != page
assert not refresh()
change("course/kit/check.py", '\"\"\"', '\"\"\" ')
try:
    refresh()
except CourseError as error:
    print(error)
"""


def test_tests_references_and_pages_are_loaded_anew_and_a_changed_program_is_said(tmp_path):
    tests = ("tests/hidden", "tests/misconceptions", "tests/smallest")
    for folder in ("course", "grading", "solutions", *tests, "book/introduction"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path.suffix in {".py", ".md", ".j2"}:
                to = tmp_path / path.relative_to(ROOT)
                to.parent.mkdir(parents=True, exist_ok=True)
                to.write_bytes(path.read_bytes())
    command = [sys.executable, "-c", SCRIPT, str(tmp_path)]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout == "the grader's own files have changed since this process started: start it again\n"


def test_old_names_of_the_plug_in_work_and_say_the_new_one():
    import grading.plugin
    from grading.gradebook.configuration import configure
    from grading.gradebook.penalties import PenaltyPerDay

    with pytest.warns(FutureWarning, match=r"grading\.gradebook\.configuration\.configure"):
        assert grading.plugin.configure is configure
    with pytest.warns(FutureWarning, match=r"grading\.gradebook\.penalties\.PenaltyPerDay"):
        assert grading.plugin.PenaltyPerDay is PenaltyPerDay
    for name in grading.plugin.MOVED:
        with pytest.warns(FutureWarning):
            getattr(grading.plugin, name)
    with pytest.raises(AttributeError):
        grading.plugin.nothing  # noqa: B018


def test_a_file_that_is_half_written_is_named_with_its_line(tmp_path):
    path = tmp_path / "hidden" / "transform.py"
    path.parent.mkdir()
    path.write_text("from course.examination.expect import *\n\ndef values(learner,")
    with pytest.raises(CourseError, match=r"transform\.py, line 3: '\(' was never closed"):
        load(path)
