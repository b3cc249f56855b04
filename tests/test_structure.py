"""The shape of the repository: what may import what, what is named where, and how long a file may be."""

import ast
import re
import subprocess
import sys
from pathlib import Path

from course.chapter import ROOT

FOLDERS = ("course", "grading", "publishing", "solutions", "book", "benchmarks", "examples", "tests")
MOST_LINES = 420
REASON = "One file"  # how a longer one begins to say, in its first lines, why it is one
FIRST_LINES = 15


def tracked(*folders, endings=(".py", ".js", ".css")):
    """The files below some folders that git knows and that are there, by their paths from the root."""
    command = ["git", "ls-files", "-z", "--", *folders]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = [name for name in listed.split("\0") if name.endswith(endings) and (ROOT / name).is_file()]
    assert names
    return names


def test_imports_run_downwards_and_each_foreign_system_has_one_door():
    """The contracts are in `pyproject.toml`: the three floors, and the doors to nbgrader, Sphinx, Dask and jupytext."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_programs_that_confine_are_named_in_the_sandbox_alone():
    """These are programs, so no contract on imports sees them. The module `grading.sandbox.bwrap` may be imported."""
    naming = {
        name
        for name in tracked("course", "grading", "publishing")
        if re.search(r"(?<!sandbox\.)\b(bwrap|setpriv)\b", (ROOT / name).read_text(encoding="utf-8"))
    }
    assert "grading/sandbox/bwrap.py" in naming
    assert {name for name in naming if not name.startswith("grading/sandbox/")} == set()


#: What would write past the one filter for terminals and the one writer of tables; the modules that may.
WRITERS = {
    "print": "grading/terminal.py",
    "sys.stdout": "grading/terminal.py",
    "sys.stderr": "",
    "sys.__stdout__": "",
    "sys.__stderr__": "",
    "csv.writer": "grading/tables.py",
    "csv.DictWriter": "grading/tables.py",
}


def test_what_a_learner_wrote_reaches_terminals_and_tables_by_one_way_each():
    """Under another name it would be missed, so these two modules are imported whole."""
    past = set()
    for name in tracked("grading"):
        if not name.endswith(".py") or name.startswith("grading/sandbox/inside/"):
            continue  # that runs beside the learner's own code, whose output is read by the grader
        tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
        told = {id(word.value) for call in ast.walk(tree) if isinstance(call, ast.Call) for word in call.keywords
                if word.arg == "to"}  # fmt: skip
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module in ("csv", "sys", "builtins"):
                past.add(f"{name}:{node.lineno}: from {node.module} import")
            if isinstance(node, (ast.Name, ast.Attribute)) and (written := ast.unparse(node)) in WRITERS:
                as_argument = written == "sys.stderr" and id(node) in told  # say(..., to=sys.stderr)
                if name != WRITERS[written] and not as_argument:
                    past.add(f"{name}:{node.lineno}: {written}")
    assert past == set()


def test_a_long_file_says_at_its_top_why_it_is_one():
    silent = {}
    for name in tracked(*FOLDERS):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        if len(lines) > MOST_LINES and REASON not in "\n".join(lines[:FIRST_LINES]):
            silent[name] = len(lines)
    assert silent == {}, f"split these by idea, or say in the first lines why each is one: {REASON} ..."


def test_the_command_offers_the_platforms_that_feedback_can_be_packed_for():
    """They stand twice: the command is parsed without importing nbgrader, which takes seconds."""
    from grading.__main__ import PLATFORMS
    from grading.platforms import giveback

    assert set(PLATFORMS) == set(giveback.PLATFORMS)


def test_no_module_defines_a_name_twice():
    """The second would be what the first one's callers call, and no linter says so where both are used."""
    twice = []
    for name in tracked(*FOLDERS, endings=(".py",)):
        tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
        defined = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        twice += [f"{name}: {each}" for each in sorted({one for one in defined if defined.count(one) > 1})]
    assert twice == []
