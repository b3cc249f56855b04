"""nbgrader's own tests of `nbgrader autograde`, run with this course plugged in: nbgrader stays nbgrader.

    python tests/test_conformance.py      all of them, and what differs from stock, with the reason

Their assignments are another course's, so they are graded by their own asserts, in the sandbox. The plug-in comes in
as an instructor could install it for all courses: by a configuration in `JUPYTER_CONFIG_DIR`.
"""

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from course.errors import CourseError, MachineError
from grading.engine import alone
from grading.engine import grade as engine
from grading.gradebook import foreign
from grading.sandbox.warm import Sandbox

TESTS = "nbgrader.tests.apps.test_nbgrader_autograde"
CONFIG = """\
from pathlib import Path
from grading.gradebook.configuration import configure
configure(get_config(), Path.cwd())
"""
# What must differ, with the reason; the stock result is "passed".
DIFFERENCES = {
    "test_side_effects": "a learner's cells write a file beside the graded notebook in stock; here it stays in the "
    "sandbox and goes with it",
}
# Grades, notebooks that time out, late penalties, hidden tests, --no-execute, files beside, kernels: about a minute.
SOME = [
    "test_grade",
    "test_showtraceback_exploit",
    "test_grade_overwrite_files_subdirs",
    "test_late_submission_penalty_zero",
    "test_incorrect_source_kernelspec",
    "test_no_execute",
    "test_infinite_loop",
    "test_grade_with_validating_envvar",
]


def run(folder: Path, names: list[str]) -> tuple[dict[str, str], str]:
    """Run nbgrader's tests, all of them or those named, with the plug-in.

    Parameters
    ----------
    folder : Path
        An empty folder.
    names : list of str

    Returns
    -------
    tuple of dict and str
        "passed", "failed" or "skipped" by test, and what pytest said.
    """
    (folder / "config").mkdir()
    (folder / "config" / "nbgrader_config.py").write_text(CONFIG)
    result = folder / "result.xml"
    chosen = [f"{TESTS}::TestNbGraderAutograde::{name}" for name in names] or [TESTS]
    command = [sys.executable, "-m", "pytest", "--pyargs", *chosen, "-c", os.devnull, "--rootdir", folder, "-q"]
    ran = subprocess.run(
        [*command, "-p", "no:cacheprovider", "-W", "ignore", f"--junitxml={result}"],
        cwd=folder,
        env={
            **{k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "BATCHNORM"))},
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if not result.is_file():
        return {}, ran.stdout + ran.stderr
    outcomes = {case.get("name", ""): _outcome(case) for case in ElementTree.parse(result).iter("testcase")}
    return outcomes, ran.stdout + ran.stderr


def _outcome(case: ElementTree.Element) -> str:
    kinds = {part.tag for part in case}
    return "failed" if kinds & {"failure", "error"} else "skipped" if "skipped" in kinds else "passed"


LATE = {"ename": "Late", "evalue": "", "traceback": ["late"]}


@pytest.fixture(scope="module")
def box():
    with Sandbox(foreign.LIMITS) as box:
        yield box


def ran(box, folder, *cells, seconds=5.0):
    """A notebook of another course's after its run; the last cell is a test."""
    made = new_notebook(cells=[new_code_cell(text) for text in cells])
    made.cells[-1].metadata.nbgrader = NotebookNode(grade=True, points=1, grade_id="t")
    return made, foreign.run(made, folder, box, seconds, LATE)


class Starts:
    """A sandbox that notes whether this process graded nothing else when it was asked for a child.

    Before the second child something is done.
    """

    def __init__(self, box, then):
        self.limits, self.alone = box.limits, []
        self._box, self._then = box, then

    def start(self):
        if self.alone:
            self._then()
        self.alone.append(alone.TURNS._alone)
        return self._box.start()


class Fails(Starts):
    """A sandbox on a machine that can't make the first child."""

    def __init__(self, box):
        super().__init__(box, lambda: None)

    def start(self):
        child = super().start()
        if len(self.alone) == 1:
            child.kill()
            raise MachineError("no more processes")
        return child


def kinds(cell):
    return [output.get("name", output.output_type) for output in cell.outputs]


class TestAnotherCoursesNotebook:
    def test_its_cells_run_in_order_and_failures_are_outputs(self, box, tmp_path):
        made, notes = ran(box, tmp_path, "x = 1", "1 / 0", "print(x)\nx", "assert x == 1", "assert x == 2")
        assert [kinds(cell) for cell in made.cells] == [[], ["error"], ["stdout", "execute_result"], [], ["error"]]
        assert [cell.execution_count for cell in made.cells] == [1, 2, 3, 4, 5]
        assert notes == []
        nbformat.validate(made)

    def test_its_figures_are_there_for_those_who_grade_them(self, box, tmp_path):
        made, _ = ran(box, tmp_path, "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()")
        assert any("image/png" in output.get("data", {}) for output in made.cells[0].outputs)

    def test_it_finds_what_lies_beside_it_and_no_link(self, box, tmp_path):
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "a.csv").write_text("1,2\n")
        (tmp_path / "helper.py").write_text("def twice(x): return 2 * x\n")
        (tmp_path / "secret.txt").symlink_to("/etc/passwd")
        made, _ = ran(
            box, tmp_path, "import helper, os", "assert helper.twice(1) == 2 and open('data/a.csv').read() == '1,2\\n'",
            "assert os.environ['NBGRADER_EXECUTION'] == 'autograde' and not os.path.exists('secret.txt')",
        )  # fmt: skip
        assert [kinds(cell) for cell in made.cells] == [[], [], []]

    def test_a_late_cell_is_an_error_and_the_others_run(self, box, tmp_path):
        made, notes = ran(box, tmp_path, "while True: pass", "assert True", seconds=0.5)
        assert made.cells[0].outputs[-1].ename == "Late"
        assert kinds(made.cells[1]) == []
        assert notes == ["cell 1: stopped after 0.5 s"]

    @pytest.mark.parametrize("slow", ["time.sleep(60)", "x = bytearray(1 << 31)"], ids=["time", "memory"])
    def test_what_met_a_limit_runs_once_more_alone_before_it_is_believed(self, box, tmp_path, slow):
        """Here the limit is met the first time alone, as on a machine that is busy then and no more."""
        starts = Starts(box, lambda: (tmp_path / "again.txt").touch())
        made, notes = ran(
            starts, tmp_path, f"import os, time\nif not os.path.exists('again.txt'):\n    {slow}\nprint('done')",
            "assert True", seconds=0.5,
        )  # fmt: skip
        assert starts.alone == [False, True]
        assert [kinds(cell) for cell in made.cells] == [["stdout"], []]
        assert notes == []

    def test_without_time_to_be_alone_what_is_not_proven_is_not_graded(self, box, tmp_path, monkeypatch):
        monkeypatch.setattr(alone, "SPARE_SECONDS", -1e9)
        with pytest.raises(CourseError, match="grade it again"):
            ran(box, tmp_path, "import time\ntime.sleep(60)", "assert True", seconds=0.5)
        _, notes = ran(box, tmp_path, "while True: pass", "assert True", seconds=0.5)
        assert notes == ["cell 1: stopped after 0.5 s"]

    def test_a_machine_that_fails_once_costs_a_retry(self, box, tmp_path, monkeypatch):
        monkeypatch.setattr(engine, "PAUSE_SECONDS", 0.0)
        made, notes = ran(Fails(box), tmp_path, "print('done')", "assert True")
        assert [kinds(cell) for cell in made.cells] == [["stdout"], []]
        assert notes == []

    def test_a_process_that_ends_costs_what_comes_after(self, box, tmp_path):
        made, notes = ran(box, tmp_path, "import os\nos._exit(0)", "assert True")
        assert kinds(made.cells[1]) == ["error"]
        assert "ended itself with exit code 0" in notes[0]

    def test_a_hidden_error_is_an_error(self, box, tmp_path):
        hide = "import shell\nshell.Shell.showtraceback = lambda *a, **k: None"
        made, _ = ran(box, tmp_path, hide, "assert False")
        assert kinds(made.cells[1]) == ["error"]

    def test_no_tag_skips_a_test(self, box, tmp_path):
        made = new_notebook(cells=[new_code_cell("assert False"), new_code_cell("assert False")])
        for cell in made.cells:
            cell.metadata.tags = ["skip-execution"]
        made.cells[1].metadata.nbgrader = NotebookNode(grade=True, points=1, grade_id="t")
        foreign.run(made, tmp_path, box, 5, LATE)
        assert [kinds(cell) for cell in made.cells] == [[], ["error"]]

    def test_another_language_is_refused(self, box, tmp_path):
        made = new_notebook(metadata={"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}})
        with pytest.raises(CourseError, match="'R', but the sandbox runs only Python"):
            foreign.run(made, tmp_path, box, 5, LATE)


@pytest.mark.slow
def test_nbgraders_own_tests_pass(tmp_path):
    outcomes, said = run(tmp_path, SOME)
    assert outcomes == dict.fromkeys(SOME, "passed"), said


@pytest.mark.slow
def test_what_differs_is_what_is_listed(tmp_path):
    outcomes, said = run(tmp_path, list(DIFFERENCES))
    assert outcomes == dict.fromkeys(DIFFERENCES, "failed"), said


def main() -> int:
    """Run them all and print what differs; 1 where that is not what is listed."""
    with tempfile.TemporaryDirectory() as folder:
        outcomes, said = run(Path(folder), [])
    failed = [name for name, outcome in outcomes.items() if outcome == "failed"]
    if not outcomes or set(failed) != set(DIFFERENCES):
        print(said)
    counts = {kind: list(outcomes.values()).count(kind) for kind in ("passed", "failed", "skipped")}
    print(", ".join(f"{count} {kind}" for kind, count in counts.items()) + " (stock: 40 passed, 0 failed, 2 skipped)")
    for name in failed:
        print(f"{name}: {DIFFERENCES.get(name, 'NOT EXPECTED')}")
    return 0 if outcomes and set(failed) == set(DIFFERENCES) else 1


if __name__ == "__main__":
    sys.exit(main())
