"""How fast a class is graded, compared with stock nbgrader in the same run on the same machine.

The class has 40 or more different hand-ins of `transform`, right and wrong ones. Stock nbgrader gets the same
notebooks, with plain assert cells instead of the hidden tests. CPU seconds are those of all processes that are started,
Jupyter's kernels and sandboxes included; they and the ratios are more reliable than the wall clock.

Why our own CPU time is above its aim: of some 290 ms for a further notebook of this class, of which every second one is
wrong, the look for one slip takes 120 (the table below prints it). Profiles give about 35 to nbgrader (two passes, each
with copies, a validation and JSON, and twenty queries), and the rest to the hidden tests and the diagnosis (drawing,
sending and comparing for 50 calls), to reading and rebuilding, and to the learner's process.
"""

import contextlib
import ctypes
import itertools
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import nbformat
from nbformat import NotebookNode
from tqdm import tqdm

from course.chapter import ROOT, Answer, Chapter, load
from course.notebooks import companion_files, released
from examples import make_class
from grading.engine import grade as engine
from grading.engine.grade import grade
from grading.engine.session import Session
from grading.handin.rebuild import rebuild
from grading.sandbox.warm import Sandbox

SLUG = "transform"
SIZE = 40
SIZES = (100, 1_000, 10_000)
# Times stock nbgrader, the same in parallel, own CPU for a notebook in percent of stock's, MB of a learner's process,
# CPU with the search for the line beside CPU without it, and the same of the look for one slip.
AIMS = {"plain": 4.0, "parallel": 20.0, "own": 3.0, "memory": 120.0, "search": 1.3, "slips": 2.0}
CURVE_SECONDS = 1800.0  # a longer run is made with fewer submissions

#: What a teacher who uses plain nbgrader would write.
ASSERTS = {
    "batchnorm_forward": """\
x = np.array([[1.0, 3.0], [2.0, 7.0], [4.0, -1.0]])
y, (x_hat, g, inv_std) = batchnorm_forward(x, np.array([2.0, -1.0]), np.array([10.0, 0.5]), 1e-3)
want = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-3)
np.testing.assert_allclose(x_hat, want)
np.testing.assert_allclose(y, np.array([2.0, -1.0]) * want + np.array([10.0, 0.5]))
np.testing.assert_allclose(inv_std, 1 / np.sqrt(x.var(axis=0) + 1e-3))""",
    "identity_parameters": """\
x = np.array([[1.0, 3.0], [2.0, 7.0], [4.0, -1.0]])
gamma, beta = identity_parameters(x, 1e-3)
np.testing.assert_allclose(gamma, np.sqrt(x.var(axis=0) + 1e-3))
np.testing.assert_allclose(beta, x.mean(axis=0))""",
    "batchnorm2d_forward": """\
x = np.random.default_rng(1).normal(2.0, 3.0, size=(2, 3, 4, 5))
y = batchnorm2d_forward(x, np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 2.0]), 1e-3)
y = y[0] if isinstance(y, tuple) else y
mean, var = x.mean(axis=(0, 2, 3), keepdims=True), x.var(axis=(0, 2, 3), keepdims=True)
shape = (1, 3, 1, 1)
want = (x - mean) / np.sqrt(var + 1e-3) * np.arange(1.0, 4.0).reshape(shape) + np.arange(3.0).reshape(shape)
np.testing.assert_allclose(y, want)""",
    "linear_bn_relu": """\
rng = np.random.default_rng(2)
x, W, gamma, beta = rng.normal(size=(6, 3)), rng.normal(size=(3, 4)), np.full(4, 1.5), np.full(4, 0.25)
y = linear_bn_relu(x, W, gamma, beta, 1e-3)
y = y[0] if isinstance(y, tuple) else y
z = x @ W
np.testing.assert_allclose(y, np.maximum(gamma * (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + 1e-3) + beta, 0))""",
}


@dataclass(frozen=True)
class Spent:
    """Seconds per notebook that a run took; `cpu` is that of all its processes together."""

    wall: float
    cpu: float


def main() -> None:
    """How fast a class is graded, compared with stock nbgrader."""
    adopt_orphans()
    (ROOT / "_build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "_build") as folder:
        _speed(Path(folder))
        _search()
        _slips()
        _curve(Path(folder))


# ---- the class


def hand_ins(size: int, odd: int = 0) -> Iterator[tuple[str, NotebookNode]]:
    """Students and their hand-ins, all different: half of them right, half with mistakes.

    Every `odd`-th wrong answer is a slip that nobody has listed, of `tests/slips/`.
    """
    chapter = Chapter(SLUG)
    names = list(chapter.exercises)
    wrongs = itertools.count(1)
    for k in range(size):
        answers = make_class.right(chapter, k)
        if k % 2:
            wrong = make_class.wrong(chapter, k // 2)
            for name in names[: 1 + k // 2 % len(names)]:
                answers[name] = _slip(name, k) if odd and next(wrongs) % odd == 0 else wrong[name]
        made = make_class.with_answers(SLUG, answers)
        made.cells.insert(1, nbformat.v4.new_code_cell(f"hand_in = {k}", id=f"own{k}"))
        yield f"student{k:05}", made


def _slip(exercise: str, number: int) -> str:
    """The source of a slip to an exercise with one wrong line, under the exercise's name."""
    module = load(ROOT / "tests" / "slips" / f"{SLUG}.py")
    slips = [
        Answer(exercise, name.removeprefix(f"{exercise}__"), value, "")
        for name, value in vars(module).items()
        if name.startswith(f"{exercise}__") and (value.__doc__ or "").startswith("placed")
    ]
    return make_class.as_answer(slips[number % len(slips)], module)


def _write(root: Path, notebooks: Iterator[tuple[str, NotebookNode]], edit: Callable[[NotebookNode], None]) -> None:
    for student, made in notebooks:
        edit(made)
        folder = root / "submitted" / student / SLUG
        folder.mkdir(parents=True)
        (folder / "exercise.ipynb").write_text(nbformat.writes(made))


def with_asserts(made: NotebookNode) -> None:
    """Replace the visible checks of a notebook by a teacher's assert cells, for plain nbgrader."""
    for cell in made.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if name.startswith("test_"):
            cell.source = ASSERTS[name.removeprefix("test_")]
        elif name == "setup":
            cell.source = "import numpy as np"


# ---- measuring


def adopt_orphans() -> None:
    """Become the parent of processes that outlive theirs, so that their time is counted too."""
    if sys.platform == "linux":
        pr_set_child_subreaper = 36
        ctypes.CDLL(None).prctl(pr_set_child_subreaper, 1, 0, 0, 0)


def cpu_seconds() -> float:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measured(command: list[str], count: int, cwd: Path = ROOT, **environment: str) -> Spent:
    """Run a command that grades `count` notebooks; if it fails, the benchmark ends with its output."""
    begin, before = time.monotonic(), cpu_seconds()
    run = subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    wall = time.monotonic() - begin
    if run.returncode:
        raise SystemExit(f"{' '.join(command)}\n{run.stdout}{run.stderr}")
    time.sleep(0.5)  # for sandboxes that are just ending
    return Spent(wall / count, (cpu_seconds() - before) / count)


def _nbgrader(root: Path, *arguments: str) -> list[str]:
    return [str(Path(sys.executable).parent / "nbgrader"), *arguments, f"--CourseDirectory.root={root}"]


def _path() -> str:
    return f"{Path(sys.executable).parent}:{os.environ['PATH']}"


def _stock(root: Path, size: int, explore: bool) -> Spent:
    """Plain nbgrader, without our configuration, on the same class."""

    def edit(made: NotebookNode) -> None:
        with_asserts(made)
        if not explore:
            made.cells = [c for c in made.cells if "explore" not in c.metadata.get("tags", [])]

    _write(root, hand_ins(size), edit)
    source = root / "source" / SLUG
    source.mkdir(parents=True)
    page = nbformat.reads(nbformat.writes(released(SLUG)), 4)
    edit(page)
    (source / "exercise.ipynb").write_text(nbformat.writes(page))
    # It runs in the course's folder, which has no configuration of ours.
    subprocess.run(
        _nbgrader(root, "generate_assignment", SLUG),
        cwd=root,
        env={**os.environ, "PATH": _path()},
        check=True,
        capture_output=True,
    )
    return measured(_nbgrader(root, "autograde", SLUG), size, cwd=root, PATH=_path())


def _plain(root: Path, size: int) -> Spent:
    """This engine through `nbgrader autograde`."""
    _write(root, hand_ins(size), lambda made: None)
    environment = _release(root)
    return measured([str(Path(sys.executable).parent / "nbgrader"), "autograde", SLUG], size, **environment)


def _release(root: Path) -> dict[str, str]:
    """Release the assignment, which is not measured; returns the environment variables for grading."""
    environment = {"PATH": _path(), "BATCHNORM_CLASS": str(root)}
    for command in (
        [sys.executable, "-m", "publishing", "notebooks", SLUG, "--root", str(root), "--out", str(root / "out")],
        [str(Path(sys.executable).parent / "nbgrader"), "generate_assignment", SLUG],
    ):
        subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=True, capture_output=True)
    return environment


def _parallel(root: Path, size: int) -> Spent:
    """This engine in parallel, from the hand-ins to the gradebook and the report."""
    _write(root, hand_ins(size), lambda made: None)
    _release(root)
    return measured([sys.executable, "-m", "grading", "grade", SLUG, "--root", str(root)], size)


@dataclass(frozen=True)
class Cells:
    """The learners' processes: CPU seconds of their cells, and the largest memory in MB, all of it and unshared."""

    cpu: float
    shared: float
    own: float


def _cells(size: int) -> Cells:
    """Run the cells of `size` hand-ins in warm processes; the CPU time of a process that runs none is subtracted."""
    notebooks = [rebuild(released(SLUG), made).notebook for _, made in hand_ins(size)]
    empty = nbformat.v4.new_notebook()

    def spent(sandbox: Sandbox, notebook: NotebookNode) -> tuple[float, float, float]:
        with Session(sandbox, notebook) as session:
            child = session.child()
            own = _private(child._status._pidfd)
            child.kill()
        assert child.usage is not None
        return child.usage.user_seconds + child.usage.system_seconds, child.usage.max_rss_bytes / 1e6, own / 1e6

    with Sandbox(files=companion_files(SLUG)) as sandbox:
        sandbox.start().kill()
        nothing = [spent(sandbox, empty)[0] for _ in range(size)]
        found = [spent(sandbox, notebook) for notebook in notebooks]
    cpu = max(0.0, (sum(f[0] for f in found) - sum(nothing)) / size)
    return Cells(cpu, max(f[1] for f in found), max(f[2] for f in found))


def _private(pidfd: int) -> int:
    """Bytes of memory that a process shares with nobody."""
    text = Path(f"/proc/self/fdinfo/{pidfd}").read_text()
    pid = re.search(r"^Pid:\s+(\d+)", text, re.MULTILINE)
    assert pid is not None
    with contextlib.suppress(OSError):
        rolled = Path(f"/proc/{pid[1]}/smaps_rollup").read_text()
        return sum(1024 * int(kb) for kb in re.findall(r"^Private_\w+:\s+(\d+) kB", rolled, re.MULTILINE))
    return 0


# ---- what is printed


def _speed(folder: Path) -> None:
    load = os.getloadavg()[0]
    print(f"\nGrading {SIZE} hand-ins of {SLUG} on {os.cpu_count()} processors, of which others use {load:.1f}\n")
    cells = _cells(SIZE)
    rows: dict[str, tuple[str, Spent]] = {}
    bar = tqdm(
        [
            ("stock", "stock nbgrader autograde", lambda root: _stock(root, SIZE, True)),
            ("stock-", "the same, exploring cells left out", lambda root: _stock(root, SIZE, False)),
            ("plain", "this engine, nbgrader autograde", lambda root: _plain(root, SIZE)),
            ("parallel", "this engine, grading grade", lambda root: _parallel(root, SIZE)),
        ],
        disable=None,
    )
    for key, name, run in bar:
        (folder / key).mkdir()
        rows[key] = name, run(folder / key)
    base = rows["stock"][1]
    print(f"{'':36}{'notebooks/s':>12}{'wall':>9}{'CPU s each':>12}{'CPU':>9}")
    for name, spent in rows.values():
        wall, cpu = base.wall / spent.wall, base.cpu / spent.cpu
        print(f"{name:36}{1 / spent.wall:12.2f}{wall:8.1f}x{spent.cpu:12.3f}{cpu:8.1f}x")
    (folder / "one").mkdir()
    one = _parallel(folder / "one", 1).cpu
    total = rows["parallel"][1].cpu
    further = (SIZE * total - one) / (SIZE - 1) - cells.cpu
    print(
        f"\nOf the {total * 1e3:.0f} ms of CPU the learner's cells take {cells.cpu * 1e3:.0f}; ours are "
        f"{(total - cells.cpu) * 1e3:.0f}.\nA class of one takes {one:.1f} s (start of the command and of the sandbox "
        f"among them), each further notebook {further * 1e3:.0f} ms\nbeyond its cells: fork and namespaces, hidden "
        f"tests, diagnosis, gradebook.\n"
        f"A learner's process has {cells.shared:.0f} MB at most, {cells.own:.0f} MB of them its own.\n"
        "Stock runs every cell; this engine leaves out those for exploring, which nobody grades.\n"
    )
    judge("times stock, plain", base.wall / rows["plain"][1].wall, AIMS["plain"], at_least=True, unit="x")
    judge("times stock, in parallel", base.wall / rows["parallel"][1].wall, AIMS["parallel"], at_least=True, unit="x")
    own = "% of stock's"
    judge("own CPU, the start shared out", 100 * (total - cells.cpu) / base.cpu, AIMS["own"], at_least=False, unit=own)
    judge("own CPU per further notebook", 100 * further / base.cpu, AIMS["own"], at_least=False, unit=own)
    judge("memory of a learner's process", cells.shared, AIMS["memory"], at_least=False, unit=" MB")


def judge(what: str, value: float, aim: float, at_least: bool, unit: str) -> None:
    met = value >= aim if at_least else value <= aim
    words = "at least" if at_least else "at most"
    print(f"{'aim met:   ' if met else 'AIM MISSED:'} {what} {value:.1f}{unit}, wanted {words} {aim:g}{unit}")


def _search() -> None:
    """Print what the search for the line adds, which runs only where nothing is named."""
    print("\nThe same class examined with and without the search for the line, one hand-in after the other\n")
    for what, every in (("known mistakes alone", 0), ("one wrong answer in five is an odd slip", 5), ("all are", 1)):
        notebooks = [rebuild(released(SLUG), made).notebook for _, made in hand_ins(SIZE, every)]
        spent = {}
        _graded(notebooks[1:8])  # what is read once is read now
        for lines in (True, False):
            with mock.patch.object(Session, "line", Session.line if lines else lambda session, name: []):
                before = cpu_seconds() + time.process_time()
                _graded(notebooks)
                spent[lines] = cpu_seconds() + time.process_time() - before
        print(f"{what}: {spent[True] / SIZE * 1e3:.0f} ms of CPU each with it, {spent[False] / SIZE * 1e3:.0f} without")
        judge("CPU beside that without the search", spent[True] / spent[False], AIMS["search"], False, "x")


def _slips() -> None:
    """Print what the look for one slip adds, which runs where an exercise has earned less than half."""
    print("\nThe same class examined with and without the look for one slip, one hand-in after the other\n")
    notebooks = [rebuild(released(SLUG), made).notebook for _, made in hand_ins(SIZE)]
    spent = {}
    _graded(notebooks[1:8])  # what is read once is read now
    for looks in (True, False):
        with mock.patch.object(engine, "one_slip", engine.one_slip if looks else lambda found, *_: found):
            before = cpu_seconds() + time.process_time()
            _graded(notebooks)
            spent[looks] = cpu_seconds() + time.process_time() - before
    print(f"{spent[True] / SIZE * 1e3:.0f} ms of CPU each with it, {spent[False] / SIZE * 1e3:.0f} without")
    judge("CPU beside that without the look for one slip", spent[True] / spent[False], AIMS["slips"], False, "x")


def _graded(notebooks: list[NotebookNode]) -> None:
    with Sandbox(files=companion_files(SLUG)) as sandbox:
        for k, notebook in enumerate(notebooks):
            grade(SLUG, notebook, bytes([k]) * 32, sandbox)


def _curve(folder: Path) -> None:
    """Print time against class size. All verdicts are in the cache, so it measures the writer of the gradebook."""
    print("\nTime against class size; 40 contents drawn again and again, so the cache answers and the writer works\n")
    texts = [nbformat.writes(made) for _, made in hand_ins(SIZE)]
    print(f"{'hand-ins':>10}{'seconds':>10}{'ms each':>10}{'CPU ms each':>13}")
    each: list[Spent] = []
    size = 0
    for wanted in SIZES:
        before, size = size, wanted
        if each and each[-1].wall * wanted > CURVE_SECONDS:
            size = min(wanted, max(2 * before, int(CURVE_SECONDS / each[-1].wall)))
        root = folder / f"curve{wanted}"
        for k in range(size):
            place = root / "submitted" / f"student{k:05}" / SLUG
            place.mkdir(parents=True)
            (place / "exercise.ipynb").write_text(texts[k % SIZE])
        shutil.copytree(folder / "parallel" / "cache", root / "cache", ignore=shutil.ignore_patterns("written"))
        shutil.copy(folder / "parallel" / "secret", root / "secret")
        spent = measured([sys.executable, "-m", "grading", "grade", SLUG, "--root", str(root)], size)
        each.append(spent)
        note = "" if size == wanted else f"  (for {wanted:,}, which would take {spent.wall * wanted / 60:.0f} min)"
        print(f"{size:10,}{spent.wall * size:10.1f}{spent.wall * 1e3:10.1f}{spent.cpu * 1e3:13.1f}{note}")
        shutil.rmtree(root)
    bend = each[-1].cpu / each[-2].cpu
    straight = "straight" if 0.8 < bend < 1.25 else "BENT"
    print(f"\nThe last takes {bend:.2f} times as much CPU a hand-in as the one before it: {straight}.")


if __name__ == "__main__":
    main()
