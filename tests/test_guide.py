"""The instructors' guide, executed: every ```sh block of its pages, and what it says that the command prints.

A copy of the repository is made for it, so that its `class/` is a folder of the test's. A ```text block after a
command is what it prints: three dots stand for anything, on a line of their own for any lines. What can't be run here
(a container, another machine) the guide writes as ```console.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import copy_repository
from docutils import nodes

from course.chapter import ROOT, Chapter, slugs
from publishing.sphinx import graded_tables

PAGES = sorted(path.stem for path in (ROOT / "book/instructors").glob("*.md"))
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BIN = Path(sys.executable).parent
FIRST = "term"  # it makes the class that others use


def blocks(page):
    """The commands of a page, each with what it is said to print, or nothing."""
    found = []
    for match in BLOCK.finditer((ROOT / "book/instructors" / f"{page}.md").read_text()):
        kind, content = match.groups()
        if kind == "sh":
            found += [[line.split("  # ")[0].strip(), ""] for line in content.splitlines() if line.strip()]
        elif found:
            found[-1][1] += content
    return found


def pattern(told):
    """A regular expression for what a command prints, by the guide."""
    lines = (
        r"(?:.*\n)*?" if line.strip() == "..." else re.escape(line.rstrip()).replace(r"\.\.\.", ".*") + r"\s*\n"
        for line in told.splitlines()
    )
    return re.compile("".join(lines))


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The repository as it is, in a folder of the test's."""
    return copy_repository(tmp_path_factory.mktemp("guide") / "course")


def run(copy, command):
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("BATCHNORM_")},
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "PYTHONPATH": str(copy),
        "JUPYTER_CONFIG_DIR": str(copy / "no-config"),
        "COLUMNS": "200",
    }
    ran = subprocess.run(
        ["sh", "-ec", command], cwd=copy, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL, text=True, check=False,
    )  # fmt: skip
    return ran.returncode, ran.stdout


@pytest.mark.slow
@pytest.mark.xdist_group("guide")
class TestGuide:
    def test_every_command_does_what_the_guide_says(self, copy):
        """One test, since each page goes on where another has left the class."""
        wrong = []
        for page in [FIRST, *(page for page in PAGES if page != FIRST)]:
            for command, told in blocks(page):
                status, printed = run(copy, command)
                if status:
                    wrong.append(f"{page}: `{command}` failed\n{printed[-1500:]}")
                elif told and not pattern(told).search(printed):
                    wrong.append(f"{page}: `{command}` printed\n{printed[-3000:]}\n--- the guide says\n{told}")
        assert not wrong, "\n\n".join(wrong)


def test_the_guide_has_commands_and_tells_what_most_of_them_print():
    found = blocks(FIRST)
    assert len(found) >= 8
    assert sum(bool(told) for _, told in found) >= len(found) / 2


def test_what_is_graded_is_listed_for_every_chapter():
    page = (ROOT / "book/instructors/graded.md").read_text()
    assert sorted(re.findall(r"^:::\{properties\} (\w+)$", page, re.MULTILINE)) == slugs()


@pytest.mark.parametrize("slug", slugs())
def test_the_weights_of_an_exercise_are_whole_and_the_rare_property_outside_the_check_is_marked(slug):
    chapter = Chapter(slug)
    found = list(graded_tables.tables(slug))
    for name, (title, table) in zip(chapter.exercises, found, strict=True):
        tests = chapter.hidden_tests(name)
        assert re.fullmatch(rf"{name}: \d+ points, [1-9]\d* known mistakes", title.astext())
        rows = [[cell.astext() for cell in row.findall(nodes.entry)] for row in table.findall(nodes.row)][1:]
        weights = [re.fullmatch(r"([\d.]+) of ([\d.]+)", weight).groups() for _, weight in rows]
        assert {float(total) for _, total in weights} == {sum(float(weight) for weight, _ in weights)}
        marked = [words.endswith("(not in the notebook's check)") for words, _ in rows]
        assert marked == [test.private for test in tests]
        assert "`" not in table.astext()
        codes = [code.astext() for code in table.findall(nodes.literal)]
        assert codes == [code for test in tests for code in re.findall(r"`(.+?)`", test.label)]


def test_three_dots_stand_for_anything_and_nothing_else_does():
    assert pattern("ada  16 of ...\n...\nend\n").search("x\nada  16 of 19\na\nb\nend\n")
    assert not pattern("ada  16 of ...\nend\n").search("ada  16 of 19\na\nend\n")
    assert not pattern("a.c\n").search("abc\n")
