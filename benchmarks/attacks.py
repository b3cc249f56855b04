"""The points that hostile and faulty hand-ins get from this course and from stock nbgrader, side by side.

    python -m benchmarks.attacks [PATTERN] [--table FILE]

Each hand-in of `tests/attacks.py` is graded twice: in one class by `grading.commands.grade_class`, and by stock
nbgrader from a source notebook whose test cells hold plain asserts, in a course folder of its own. Stock nbgrader runs
a hand-in with the rights of whoever grades, so here it runs in a jail (bubblewrap), as an ordinary user.
"""

import argparse
import contextlib
import copy
import inspect
import os
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from unittest import mock

import nbformat
import numpy as np
from nbformat import NotebookNode
from tqdm import tqdm

from course.chapter import ROOT, Chapter, load
from course.errors import CourseError
from course.notebooks import companion_files, released
from grading.commands.grade_class import grade_class
from grading.sandbox.bwrap import SANDBOX_ID
from grading.sandbox.limits import MIB, Limits
from grading.sandbox.warm import Sandbox

BIN = Path(sys.executable).parent
STUDENT, NEXT = "mallory", "zoe"
#: Small, so that the table takes minutes; an attack that exceeds a small limit exceeds a large one, too.
LIMITS = Limits(
    call_seconds=1,
    cell_seconds=2,
    exercise_seconds=2,
    notebook_seconds=10,
    memory_bytes=512 * MIB,
    output_bytes=100_000,
)
STOCK_CELL_SECONDS = 5  # `Execute.timeout`; nbgrader's default is 30
STOCK_SECONDS = 60  # for all of a notebook
JAIL_BYTES = 400 * MIB
JAIL_ID = SANDBOX_ID + 1  # not the sandbox's user, because the number of processes is limited for each user

# The test cells of an instructor who follows nbgrader's documentation: asserts on numbers.
ASSERTS = {
    "batchnorm_forward": """\
x = np.array([[1.0, 3.0], [2.0, 7.0], [6.0, -1.0]])
gamma, beta = np.array([2.0, -1.0]), np.array([10.0, 0.5])
expected = {0}
y, (x_hat, kept, inv_std) = batchnorm_forward(x, gamma, beta, 0.5)
np.testing.assert_allclose(y, expected)
np.testing.assert_allclose(gamma * x_hat + beta, expected)
assert y.shape == (3, 2)
assert np.allclose(y.mean(axis=0), beta)
""",
    "identity_parameters": """\
x = np.array([[1.0, 3.0], [2.0, 7.0], [6.0, -1.0]])
expected = {0}
gamma, beta = identity_parameters(x, 0.5)
np.testing.assert_allclose(gamma, expected[0])
np.testing.assert_allclose(beta, expected[1])
assert gamma.shape == (2,)
""",
    "batchnorm2d_forward": """\
x = np.arange(24.0).reshape(2, 3, 2, 2) ** 1.5
gamma, beta = np.array([2.0, -1.0, 0.5]), np.array([10.0, 0.5, -3.0])
expected = {0}
y = batchnorm2d_forward(x, gamma, beta, 0.5)
np.testing.assert_allclose(y, expected)
assert y.shape == (2, 3, 2, 2)
assert np.allclose(y.mean(axis=(0, 2, 3)), beta)
""",
    "linear_bn_relu": """\
x, W = np.array([[1.0, 3.0], [2.0, 7.0], [6.0, -1.0]]), np.array([[1.0, -2.0, 0.5], [0.3, 1.0, -1.0]])
gamma, beta = np.array([2.0, -1.0, 0.5]), np.array([0.5, 0.5, -0.1])
expected = {0}
y = linear_bn_relu(x, W, gamma, beta, 0.5)
np.testing.assert_allclose(y, expected)
assert y.shape == (3, 3)
assert (y >= 0).all()
""",
}
# Copies the course into the jail, grades, and copies the gradebook to /out, with a folder for each graded student.
INSIDE = """\
cp -a /in/. /tmp/course/ 2> /dev/null
cd /tmp/course
nbgrader autograde transform --student "$1"
code=$?
cp gradebook.db /out/
for student in autograded/*; do mkdir -p "/out/$student"; done
exit $code
"""


@dataclass(frozen=True)
class Stock:
    """The result of stock nbgrader for a hand-in: points of 16, or what happened instead of grading."""

    points: float | None
    instead: str = ""

    def __str__(self) -> str:
        return self.instead if self.points is None else f"{self.points:g}"


def stock_source() -> NotebookNode:
    """The chapter as a plain nbgrader source: the reference between nbgrader's marks, asserts in the test cells."""
    made, references = copy.deepcopy(released("transform")), Chapter("transform").exercises
    for cell in made.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if name in references:
            cell.source = f"### BEGIN SOLUTION\n{inspect.getsource(references[name])}### END SOLUTION"
        elif name.removeprefix("test_") in ASSERTS:
            cell.source = _with_numbers(ASSERTS[name.removeprefix("test_")], {"np": np, **references})
    return made


def _with_numbers(test: str, names: dict) -> str:
    """A test cell, with the numbers that the reference returns filled in."""
    setting, _, rest = test.partition("expected = {0}\n")
    call = re.search(r"= (\w+\(.*\))\n", rest)
    assert call is not None
    exec(setting, names)
    value = eval(call[1], names)
    if "batchnorm_forward(" in call[1]:
        value = value[0]
    numbers = re.sub(r"\s+", " ", repr(np.asarray(value).tolist()))
    return test.format(f"np.array({numbers})")


class StockCourse:
    """A course of stock nbgrader with a released assignment; `grade` works on a copy of it.

    Parameters
    ----------
    folder : Path
        An empty folder.
    attacks : module
        `tests/attacks.py`.
    """

    def __init__(self, folder: Path, attacks: ModuleType):
        self.folder, self.attacks = folder, attacks
        self.template = folder / "template"
        source = self.template / "source" / "transform"
        source.mkdir(parents=True)
        nbformat.write(stock_source(), source / "exercise.ipynb")
        for name, content in companion_files("transform").items():
            (source / name).write_bytes(content)
        (self.template / "nbgrader_config.py").write_text(
            "c = get_config()\nc.CourseDirectory.course_id = 'stock'\n"
            f"c.Execute.timeout = {STOCK_CELL_SECONDS}\nc.ClearSolutions.enforce_metadata = False\n"
        )
        (self.template / "secret").write_text("0123456789abcdef\n")
        run = subprocess.run(
            [BIN / "nbgrader", "generate_assignment", "transform"],
            cwd=self.template,
            env=_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode != 0:
            raise RuntimeError(run.stdout + run.stderr)

    def grade(self, attack: object) -> Stock:
        """Grade one hand-in alone; if that fails, again with another student's after it, to see if nbgrader goes on."""
        with tempfile.TemporaryDirectory(dir=self.folder) as made:
            course, out = Path(made) / "course", Path(made) / "out"
            shutil.copytree(self.template, course)
            out.mkdir()
            for student, notebook in (("ada", self.attacks.page()), (NEXT, self.attacks.page())):
                folder = course / "submitted" / student / "transform"
                folder.mkdir(parents=True)
                self.attacks.put(folder, notebook)
            self.attacks.write_one(course, attack, STUDENT)
            _give_away(Path(made))
            code = _in_jail(course, out, STUDENT)
            if code is None:
                return Stock(None, f"no end in {STOCK_SECONDS} s")
            if code == 0 and (out / "autograded" / STUDENT).is_dir():
                return Stock(_points(out / "gradebook.db"))
            # The next student is called zoe, because stock nbgrader grades in alphabetical order.
            code = _in_jail(course, out, f"[{STUDENT[0]}{NEXT[0]}]*")
            if code is not None and (out / "autograded" / NEXT).is_dir():
                return Stock(None, "not graded")
            if _in_jail(course, out, NEXT) != 0:
                raise CourseError("stock nbgrader grades nobody here: is the machine out of memory, or of processes?")
            return Stock(None, "aborts the batch")


def _environment() -> dict[str, str]:
    return {"PATH": f"{BIN}:/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8", "JUPYTER_CONFIG_DIR": "/nowhere"}


def _give_away(folder: Path) -> None:
    """Make the jail's user the owner of a folder and all that is in it."""
    if os.geteuid() == 0:
        for here, folders, files in os.walk(folder):
            for name in [here, *(os.path.join(here, n) for n in [*folders, *files])]:
                os.chown(name, JAIL_ID, JAIL_ID, follow_symlinks=False)


def _in_jail(course: Path, out: Path, students: str) -> int | None:
    """Run stock nbgrader on some students in a copy of a course; its exit status, or None if it did not end."""
    # The jail's user cannot read /root: its folders are bound below /mnt first, and from there to their own paths.
    hidden = [path for path in (Path(sys.base_prefix), ROOT) if path.is_relative_to("/root")]
    outer: list[str] = []
    inner = [
        "bwrap",
        "--unshare-all",
        "--die-with-parent",
        "--new-session",
        "--ro-bind",
        "/",
        "/",
        "--dev",
        "/dev",
        "--proc",
        "/proc",
        "--tmpfs",
        "/mnt",
    ]
    inner += f"--size {JAIL_BYTES} --tmpfs /tmp --dir /tmp/course".split()
    inner += ["--bind", str(out), "/mnt/out", "--ro-bind", str(course), "/mnt/in", "--clearenv"]
    if os.geteuid() == 0:
        outer = ["bwrap", "--die-with-parent", "--dev-bind", "/", "/", "--tmpfs", "/mnt"]
        inner += ["--tmpfs", "/root"]
        for number, path in enumerate(hidden):
            outer += ["--ro-bind", str(path), f"/mnt/{number}"]
            inner += ["--ro-bind", f"/mnt/{number}", str(path)]
        outer += f"setpriv --reuid={JAIL_ID} --regid={JAIL_ID} --clear-groups".split()
    outer += f"prlimit --nproc=200 --as={3 << 30} --fsize={200 * MIB} --core=0".split()
    for name, value in _environment().items():
        inner += ["--setenv", name, value]
    script = INSIDE.replace("/in/", "/mnt/in/").replace("/out/", "/mnt/out/")
    command = [*outer, *inner, "sh", "-c", script, "sh", students]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, process_group=0
    ) as jail:
        try:
            return jail.wait(STOCK_SECONDS)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(jail.pid, signal.SIGKILL)  # ends bubblewrap, and with it every process inside
            return None


def _points(gradebook: Path) -> float:
    """A student's points from the test cells, as nbgrader counts them: a score by hand replaces the automatic one."""
    with contextlib.closing(sqlite3.connect(f"file:{gradebook}?mode=ro", uri=True)) as db:
        rows = db.execute(
            "select sum(coalesce(grade.manual_score, grade.auto_score, 0)) from grade "
            "join base_cell on base_cell.id = grade.cell_id "
            "join submitted_notebook on submitted_notebook.id = grade.notebook_id "
            "join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id "
            "where submitted_assignment.student_id = ? and base_cell.name like 'test_%'",
            (STUDENT,),
        )
        return float(next(rows)[0] or 0)


def ours(attacks: ModuleType, chosen: list, root: Path) -> dict[str, float]:
    """The points of each hand-in, graded as one class by this course."""
    attacks.write_ada(root)
    for attack in chosen:
        attacks.write_one(root, attack)
    limits = (LIMITS, *Sandbox.__init__.__defaults__[1:])  # type: ignore[index]
    with mock.patch.object(Sandbox.__init__, "__defaults__", limits), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {graded.student: graded.points for graded in grade_class(root, "transform")}


def main(arguments: list[str] | None = None) -> int:
    """Print the table and its totals. Returns 1 if this course gives a point too many or too few, else 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attacks", description=__doc__.split("\n\n")[0])
    parser.add_argument("pattern", nargs="?", default="", help="only those whose name or category matches")
    parser.add_argument("--table", type=Path, help="write the table to this file too")
    options = parser.parse_args(arguments)
    attacks = load(ROOT / "tests" / "attacks.py")
    chosen = [a for a in attacks.ATTACKS if re.search(options.pattern, f"{a.category} {a.name}")]
    lines = [f"{'':54}{'must get':>9}{'ours':>7}  stock nbgrader"]
    rows: list[tuple[object, float, Stock]] = []
    with tempfile.TemporaryDirectory(prefix="attacks-", dir="/var/tmp") as made:
        os.chmod(made, 0o755)
        points = ours(attacks, chosen, Path(made) / "ours")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        course = StockCourse(Path(made), attacks)
        category = ""
        for attack in tqdm(chosen, desc="stock nbgrader", unit="notebook", disable=None):
            if attack.category != category:
                category = attack.category
                lines += ["", category]
            stock = course.grade(attack)
            rows.append((attack, points[attack.name], stock))
            lines.append(f"  {attack.name:52}{attack.points:9g}{points[attack.name]:7g}  {stock}")
            tqdm.write(lines[-1])
    lines += ["", *totals(rows), f"ours:  the process that judges took at most {peak:.0f} MB"]
    print("\n".join(lines))
    if options.table:
        options.table.write_text("\n".join(lines) + "\n")
    return 0 if all(mine == attack.points for attack, mine, _ in rows) else 1  # type: ignore[attr-defined]


def totals(rows: list) -> list[str]:
    """The totals of the table, in a few lines."""
    scored = [(attack, stock.points) for attack, _, stock in rows if stock.points is not None]
    too_much = [attack.name for attack, points in scored if points > attack.points]
    too_little = [attack.name for attack, points in scored if points < attack.points]
    instead = Counter(stock.instead for _, _, stock in rows if stock.points is None)
    unread = [attack.name for attack, _, stock in rows if stock.points is None and attack.points]
    mine_too_much = sum(mine > attack.points for attack, mine, _ in rows)
    mine_too_little = sum(mine < attack.points for attack, mine, _ in rows)
    reasons = ", ".join(f"{count} {word}" for word, count in instead.most_common())
    return [
        f"{len(rows)} hand-ins",
        f"ours:  {mine_too_much} get more points than they must, {mine_too_little} fewer, all are graded",
        f"stock: {len(too_much)} get more points than they must, {len(too_little)} fewer; "
        f"{sum(instead.values())} are not graded at all ({reasons}), of which {len(unread)} deserve points",
        f"(limits: ours {LIMITS.call_seconds:g} s a call, "
        f"stock {STOCK_CELL_SECONDS} s a cell and {STOCK_SECONDS} s a notebook)",
    ]


if __name__ == "__main__":
    sys.exit(main())
