"""What a public course costs: many hand-ins written to PostgreSQL, and some examined on a cluster that changes.

First N hand-ins whose verdicts are known are written: contents of the made-up class, handed in by N learners. The run's
time and memory are read from outside, each time another thousand is written. Then M hand-ins, all different, are
examined on a Dask cluster of four worker processes, one of which is killed on the way while another joins. After each
part everybody's points are compared with those that the content earned when it was graded alone. From these figures
and the CPU seconds of a hand-in of each chapter follows what 1,000, 10,000 and 100,000 learners need.

On a machine that others use CPU seconds are more reliable than the wall clock, and so the judgement is by them.
"""

import itertools
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
from sqlalchemy import create_engine, text

from benchmarks.dask_cluster import Cluster
from benchmarks.grading import SLUG, adopt_orphans, cpu_seconds, judge
from benchmarks.needs import Measured, needs
from benchmarks.postgres import server
from course.chapter import ROOT, Chapter, slugs
from course.notebooks import companion_files, released
from examples import make_class
from grading.commands.grade_class import look_up
from grading.engine.grade import grade
from grading.handin.rebuild import rebuild
from grading.sandbox.warm import Sandbox

WRITTEN, EXAMINED = 2_000, 50
WORKERS = 4
STRAIGHT = 1.2  # times the CPU of the first thousand that the last may take
LINE = 65  # bytes that the run adds to its list of what it has written, for each hand-in
# Of the made-up class: a loop without end takes a minute, and a file that breaks off can't be made different.
SLOW, BROKEN = "iris", "jan"

Content = tuple[str, bytes]  # the file's name and what is in it


def main(hand_ins: int = WRITTEN, examined: int = EXAMINED) -> None:
    """What a public course costs: PostgreSQL, a cluster, and the arithmetic for 1,000 to 100,000 learners.

    Parameters
    ----------
    hand_ins : int
        How many are written.
    examined : int
        How many are examined.

    Raises
    ------
    SystemExit
        A run fails, or somebody's points are not right.
    """
    adopt_orphans()
    (ROOT / "_build").mkdir(exist_ok=True)
    found = Measured()
    with tempfile.TemporaryDirectory(prefix="scale-", dir=ROOT / "_build") as folder:
        known = _known(Path(folder) / "known")
        _write(Path(folder), known, hand_ins, found)
        _examine(Path(folder), known, examined, found)
    _chapters(found)
    print(needs(found))


# ---- the hand-ins


@dataclass(frozen=True)
class Known:
    """The made-up class, graded alone: contents, their points, and the folder that has the verdicts."""

    root: Path
    contents: dict[str, Content]
    points: dict[str, float]


def _known(root: Path) -> Known:
    contents = {student: (name, content) for student, name, content in make_class.hand_ins(SLUG)}
    for student, content in contents.items():
        _hand_in(root, student, content)
    _run(root)
    return Known(root, contents, {one.student: one.points for one in look_up(root, SLUG)})


def _hand_in(root: Path, student: str, content: Content) -> None:
    folder = root / "submitted" / student / SLUG
    folder.mkdir(parents=True)
    (folder / content[0]).write_bytes(content[1])


def _learners(known: Known, leave_out: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Ids without end, of the kinds that platforms give, each with the learner of the made-up class that it copies."""
    kinds = ("{:07}", "u{:06}", "ana.maria.{}", "Zoë-{}", "{}_łukasz", "mail{}@example.org")
    copied = itertools.cycle(name for name in known.contents if name not in leave_out)
    for number, who in zip(itertools.count(), copied, strict=False):
        yield kinds[number % len(kinds)].format(number), who


def _command(root: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "grading", "grade", SLUG, "--root", str(root), *options]


def _run(root: Path, *options: str, watch: Callable[[psutil.Process], None] = lambda process: None) -> None:
    """Grade a class; what it costs is seen by `watch`, which is called again and again with the process."""
    with (root / "log").open("w+") as log:
        run = subprocess.Popen(_command(root, *options), cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
        process = psutil.Process(run.pid)
        while run.poll() is None:
            watch(process)
            time.sleep(0.05)
        if run.returncode:
            log.seek(0)
            raise SystemExit(log.read()[-3000:])


def _check(root: Path, copied: dict[str, str], known: Known, url: str | None = None) -> None:
    """Compare everybody's points with those that the same content had alone."""
    found = {one.student: one.points for one in look_up(root, SLUG, url)}
    wrong = {name: (found.get(name), known.points[who]) for name, who in copied.items()
             if found.get(name) != known.points[who]}  # fmt: skip
    if wrong or len(found) != len(copied):
        raise SystemExit(f"{len(wrong)} of {len(copied)} have other points than alone: {list(wrong.items())[:5]}")
    print(f"Everybody's points are those that the same answers had alone: {len(copied):,} of {len(copied):,}.")


# ---- written to PostgreSQL


def _write(folder: Path, known: Known, count: int, found: Measured) -> None:
    print(f"\n{count:,} hand-ins of {SLUG} whose verdicts are known, written to PostgreSQL (with fsync)\n", flush=True)
    root = folder / "written"
    shutil.copytree(known.root / "cache", root / "cache", ignore=shutil.ignore_patterns("written", "standing"))
    shutil.copytree(known.root / "release", root / "release")
    shutil.copy(known.root / "secret", root / "secret")
    copied = dict(itertools.islice(_learners(known), count))
    for student, who in copied.items():
        _hand_in(root, student, known.contents[who])
    with server(settings="") as url:
        empty, run = _database_bytes(url), _Thousands(root / "cache" / SLUG / "written", count)
        _run(root, "--db", url, watch=run.look)
        found.database = (_database_bytes(url) - empty) / count
        _check(root, copied, known, url)
    found.files = _bytes(root) / count
    found.write = sum(run.cpu) / sum(run.sizes)
    found.write_wall = sum(run.wall) / sum(run.sizes)
    found.memory, found.more = run.memory[0], (run.peak - run.memory[0]) / max(1, len(run.memory) - 1)
    print(f"The process had {run.peak:.0f} MB at its peak, the report included: {found.more:.1f} more a thousand.")
    if len(run.cpu) > 1:
        worst = max(run.cpu[1:]) / run.cpu[0]
        judge("the dearest thousand after the first, in CPU", worst, STRAIGHT, at_least=False, unit=" times the first")
    shutil.rmtree(root)


class _Thousands:
    """Reads from outside what each thousand took: seconds, CPU of the process and of the database, memory in MB."""

    def __init__(self, written: Path, count: int):
        self._written, self._step = written, min(1_000, count)
        self.wall: list[float] = []
        self.cpu: list[float] = []
        self.memory: list[float] = []
        self.sizes: list[int] = []
        self.peak = 0.0  # of all of the run
        self._mark: tuple[float, float, int] | None = None
        print(f"{'written':>10}{'seconds':>10}{'CPU s':>10}{'MB':>10}", flush=True)

    def look(self, process: psutil.Process) -> None:
        self.peak = max(self.peak, _peak(process))
        done = self._written.stat().st_size // LINE if self._written.exists() else 0
        if self._mark is None:
            if done:
                self._mark = (time.monotonic(), _with_database(process), done)
        elif done - self._mark[2] >= self._step - 1:
            now = (time.monotonic(), _with_database(process), done)
            self.wall.append(now[0] - self._mark[0])
            self.cpu.append(now[1] - self._mark[1])
            self.sizes.append(done - self._mark[2])
            self.memory.append(_peak(process))
            print(f"{done:10,}{self.wall[-1]:10.1f}{self.cpu[-1]:10.1f}{self.memory[-1]:10.0f}", flush=True)
            self._mark = now


def _with_database(process: psutil.Process) -> float:
    """CPU seconds of a process with its children, and of all backends of PostgreSQL that are there."""
    own = process.cpu_times()
    spent = own.user + own.system + own.children_user + own.children_system
    for other in psutil.process_iter(["name", "cpu_times"]):
        if other.info["name"] == "postgres" and other.info["cpu_times"]:
            spent += other.info["cpu_times"].user + other.info["cpu_times"].system
    return spent


def _peak(process: psutil.Process) -> float:
    """The most memory in MB that a process has had so far."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    # A process that has just ended has none.
    return max((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), default=0) / 1e3


def _database_bytes(url: str) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        size = int(connection.execute(text("select pg_database_size(current_database())")).scalar_one())
    engine.dispose()
    return size


def _bytes(folder: Path) -> int:
    """What the files below a folder take of the disk."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


# ---- examined on a cluster


def _different(content: Content, number: int) -> Content:
    """The same answers with a cell of its own, so that nobody's verdict is known from another's."""
    made = json.loads(content[1].decode("utf-8-sig"))
    cell = nbformat.v4.new_code_cell(f"hand_in = {number}", id=f"own{number}")
    if made["nbformat_minor"] < 5:
        del cell["id"]
    cell.source = [cell.source]
    made["cells"].insert(1, cell)
    return "exercise.ipynb", json.dumps(made).encode()


def _examine(folder: Path, known: Known, count: int, found: Measured) -> None:
    print(f"\n{count:,} hand-ins, all different, examined by {WORKERS} worker processes; one is killed, one is added\n")
    root = folder / "examined"
    shutil.copytree(known.root / "release", root / "release")
    copied = dict(itertools.islice(_learners(known, (SLOW, BROKEN)), count))
    for number, (student, who) in enumerate(copied.items()):
        _hand_in(root, student, _different(known.contents[who], number))
    before, begin = cpu_seconds(), time.monotonic()
    with Cluster(folder, WORKERS) as cluster:
        verdicts = root / "cache" / SLUG

        def watch(process: psutil.Process) -> None:
            done = len(list(verdicts.glob("*.json")))
            cluster.look()
            if done >= count // 3 and not cluster.killed:
                cluster.kill()
                print(f"one worker was killed after {done:,} verdicts", flush=True)
            if done >= 2 * count // 3 and cluster.killed and not cluster.added:
                cluster.add()
                print(f"one worker was added after {done:,} verdicts", flush=True)

        _run(root, "--scheduler", cluster.address, watch=watch)
        wall, found.worker = time.monotonic() - begin, cluster.memory
        if not cluster.added:
            raise SystemExit("the run was over before a worker was killed and another added: examine more")
    time.sleep(1)  # for sandboxes that are just ending
    spent = cpu_seconds() - before
    print(
        f"{wall:.0f} s, {1e3 * wall / count:.0f} ms a hand-in; CPU {spent / count:.2f} s a hand-in, all starts included"
    )
    print(f"A worker with its sandbox had {found.worker:.0f} MB at most.")
    _check(root, copied, known)


# ---- by chapter, and what follows


def _chapters(found: Measured) -> None:
    print(
        "\nCPU seconds of a hand-in, by chapter: two right and two wrong ones of each, one after the other\n",
        flush=True,
    )
    for slug in slugs():
        chapter = Chapter(slug)
        answers = [*(make_class.right(chapter, k) for k in (0, 1)), *(make_class.wrong(chapter, k) for k in (0, 1))]
        notebooks = [rebuild(released(slug), make_class.with_answers(slug, one)).notebook for one in answers]
        with Sandbox(files=companion_files(slug)) as sandbox:
            sandbox.start().kill()
            grade(slug, notebooks[0], bytes(32), sandbox)  # what is read once is read now
            before = _cpu_here()
            for number, notebook in enumerate(notebooks):
                grade(slug, notebook, bytes([number + 1]) * 32, sandbox)
        time.sleep(0.5)
        found.examine[slug] = (_cpu_here() - before) / len(notebooks)
        print(f"{slug:16}{found.examine[slug]:8.2f}", flush=True)


def _cpu_here() -> float:
    return cpu_seconds() + time.process_time()
