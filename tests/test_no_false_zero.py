"""A class of honest answers, graded while something fails: nobody loses a point, or what a person gave.

Each test makes one step of the walk of a hand-in (docs/architecture.md) fail. After it everybody has full marks, or is
named as not graded with a reason; the gradebook and the graded notebooks are as they were, or whole; the next run of
the same command gives everybody full marks; and a third one finds nothing to do.

One file, because all failures are tried on one class, which is graded once.
"""

import contextlib
import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from itertools import count, cycle
from pathlib import Path

import pytest
from cut_off import LOCKS, MODES, Server, copied
from nbgrader.api import Gradebook
from sandboxed import BrokenSocket, no_forks
from test_nbgrader import make_class

from course.chapter import ROOT, Chapter
from course.errors import MachineError
from course.notebooks import released
from grading.__main__ import main
from grading.commands.grade_class import grade_class
from grading.engine import grade as engine
from grading.gradebook import facade, writer
from grading.gradebook.preprocessors import Grade
from grading.sandbox.child import Child
from grading.sandbox.connection import Connection
from grading.sandbox.warm import Sandbox

SLUG = "introduction"
STUDENTS = ("ada", "ben", "chidi")
FULL = sum(c.metadata.nbgrader.points for c in released(SLUG).cells if c.id.startswith("test_"))
BY_HAND, COMMENT = 2.0, "Well put."

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("no false zero"),
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),  # nbgrader's own queries
]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class of three with full marks, of whom a person has given ben points and a comment."""
    root = tmp_path_factory.mktemp("graded")
    for k, student in enumerate(STUDENTS):
        made = make_class.with_answers(SLUG, make_class.right(Chapter(SLUG), k), written=f"Because {k}.")
        folder = root / "submitted" / student / SLUG
        folder.mkdir(parents=True)
        (folder / "exercise.ipynb").write_text(json.dumps(made))
    assert {g.student: g.points for g in grade_class(root, SLUG)} == dict.fromkeys(STUDENTS, FULL)
    with gradebook(root) as book:
        book.find_grade(f"written_{SLUG}", "exercise", SLUG, "ben").manual_score = BY_HAND
        book.find_comment(f"written_{SLUG}", "exercise", SLUG, "ben").manual_comment = COMMENT
        book.db.commit()
    return root


@pytest.fixture(scope="module")
def not_graded(graded, tmp_path_factory):
    """The same class before anybody was graded."""
    root = tmp_path_factory.mktemp("class")
    shutil.copytree(graded / "submitted", root / "submitted")
    shutil.copy(graded / "secret", root)
    return root


def gradebook(root):
    return Gradebook(f"sqlite:///{root}/gradebook.db", "batchnorm")


def in_gradebook(root):
    """The points by tests of each student whom the gradebook has, and what a person gave ben."""
    if not (root / "gradebook.db").is_file():
        return {}, None
    with gradebook(root) as book:
        if SLUG not in {assignment.name for assignment in book.assignments}:
            return {}, None
        points = {
            one.student_id: sum(g.auto_score or 0.0 for g in one.notebooks[0].grades)
            for one in book.assignment_submissions(SLUG)
        }
        if "ben" not in points:
            return points, None
        grade = book.find_grade(f"written_{SLUG}", "exercise", SLUG, "ben")
        comment = book.find_comment(f"written_{SLUG}", "exercise", SLUG, "ben")
        return points, (grade.manual_score, comment.manual_comment)


def graded_notebooks(root):
    """The time of each graded notebook; each of them is whole, and tells full marks."""
    found = {}
    for student in STUDENTS:
        path = root / "autograded" / student / SLUG / "exercise.ipynb"
        if path.exists():
            told = json.dumps(json.loads(path.read_text()))
            assert all(f"{name}: {n:g} of {n:g} points" in told for name, n in exercises().items()), student
            assert {p.name for p in path.parent.iterdir()} >= {"check.py", "check.json"}
            found[student] = path.stat().st_mtime_ns
    return found


def exercises():
    return {
        c.id.removeprefix("test_"): c.metadata.nbgrader.points for c in released(SLUG).cells if c.id.startswith("test_")
    }


def check_nobody_lost(root, before):
    """Whoever has points has them all; whoever had some before has them still, and their graded notebooks."""
    points, by_hand = in_gradebook(root)
    assert set(points.values()) <= {FULL}
    if before == "graded":
        assert set(points) == set(STUDENTS)
        assert by_hand == (BY_HAND, COMMENT)
        assert set(graded_notebooks(root)) == set(STUDENTS)
    else:
        graded_notebooks(root)


def check_the_next_runs(root, before, grade):
    """The same command once more grades everybody, and then there is nothing to do; `grade` returns status and text."""
    status, out = grade()
    assert status == 0, out
    check_nobody_lost(root, before)
    assert set(in_gradebook(root)[0]) == set(STUDENTS)
    with contextlib.closing(sqlite3.connect(root / "gradebook.db")) as file:  # what `nbgrader db upgrade` looks at
        assert len(file.execute("SELECT * FROM alembic_version").fetchall()) == 1
    times = graded_notebooks(root)
    assert set(times) == set(STUDENTS)
    status, out = grade()
    assert status == 0, out
    assert "3 hand-ins, 3 of them graded before; 0 scores changed" in out
    assert graded_notebooks(root) == times
    left = [p.name for p in root.iterdir() if p.name.startswith(".")]
    assert left == []


# ---- cut off at every write


@pytest.fixture(scope="module")
def server(graded):
    with Server(graded, SLUG) as server:
        yield server


@pytest.fixture(scope="module")
def writes(server, graded, not_graded, tmp_path_factory):
    """The kinds of the writes of an undisturbed run, from each state."""
    found = {}
    for before, root in (("graded", graded), ("not graded", not_graded)):
        own = copied(root, tmp_path_factory.mktemp("undisturbed") / "class")
        ran = server.run(**asked(own, graded, before))
        assert ran["status"] == 0, ran
        check_nobody_lost(own, "graded" if before == "graded" else "not graded")
        found[before] = ran["kinds"]
    return found


def asked(root, graded, before, **more):
    options = ["--force"] if before == "graded" else []
    return {"root": str(root), "slug": SLUG, "verdicts": str(graded / "cache" / SLUG), "options": options, **more}


SHARES = 4


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("before", ["graded", "not graded"])
def test_cut_off_at_a_write(server, graded, not_graded, writes, tmp_path, before, mode, share):
    """Some writes for each mode, spread over all; no two modes meet the same ones."""
    at = round((share + MODES.index(mode) / len(MODES)) / SHARES * (len(writes[before]) - 1))
    root = copied(graded if before == "graded" else not_graded, tmp_path / "class")
    cut_off(server, root, graded, before, mode, at)


def cut_off(server, root, graded, before, mode, at):
    ran = server.run(**asked(root, graded, before, mode=mode, at=at))
    assert ran["status"] == (130 if mode.startswith("interrupted") else -9), ran
    assert "Traceback" not in ran["err"], ran
    check_nobody_lost(root, before)
    (root / f".release-{SLUG}").mkdir(exist_ok=True)  # where the run was ended while it deleted this folder
    check_the_next_runs(root, before, again(server, root, graded))


def again(server, root, graded):
    """A function that runs the command once more, with nothing that fails."""

    def grade():
        ran = server.run(**asked(root, graded, "not graded"))
        return ran["status"], ran["out"] + ran["err"]

    return grade


def not_graded_by(out):
    """The reason for each student who is named as not graded; all others have their line with points."""
    lines, reasons = out.splitlines(), {}
    for student in STUDENTS:
        (line,) = (line for line in lines if line.startswith(f"{student} "))
        if "not graded" in line:
            reasons[student] = next(line for line in lines if line.startswith(f"{student}: "))
    return reasons


# ---- the disk and the gradebook


@contextlib.contextmanager
def small_disk(folder):
    """A disk of 8 MB at a folder, where this machine lets us make one."""
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", folder], check=False, stderr=-3)
    try:
        yield mounted.returncode == 0
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("kilobytes", [0, 60, 250])
@pytest.mark.parametrize("before", ["graded", "not graded"])
def test_a_full_disk(server, graded, not_graded, tmp_path, before, kilobytes):
    """The disk has room for some files; elsewhere no file may become larger than that."""
    with small_disk(tmp_path) as small:
        root = copied(graded if before == "graded" else not_graded, tmp_path / "class")
        filler, limit = tmp_path / "filler", {} if small else {"file_bytes": kilobytes * 1024}
        if small:
            found = os.statvfs(tmp_path)
            filler.write_bytes(bytes(found.f_bavail * found.f_frsize - kilobytes * 1024))
        ran = server.run(**asked(root, graded, before, **limit))
        assert ran["status"] == 1, ran
        assert "Traceback" not in ran["err"], ran
        check_nobody_lost(root, before)
        filler.unlink(missing_ok=True)
        check_the_next_runs(root, before, again(server, root, graded))


@pytest.mark.parametrize("how", LOCKS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.6, 0.75])
def test_a_locked_gradebook(server, graded, not_graded, writes, tmp_path, how, share):
    """Somebody else holds a lock of it from some write on, for longer than we wait."""
    root = copied(not_graded, tmp_path / "class")
    at = round(share * len(writes["not graded"]))
    ran = server.run(**asked(root, graded, "not graded", mode=f"{how} lock", at=at))
    assert ran["status"] == 1, ran
    assert "Traceback" not in ran["err"], ran
    assert "database is locked" in ran["out"] + ran["err"]
    if share > 0.4:  # the release is made
        assert all("database is locked" in reason for reason in not_graded_by(ran["out"]).values())
        assert not_graded_by(ran["out"])
    check_nobody_lost(root, "not graded")
    check_the_next_runs(root, "not graded", again(server, root, graded))


def test_a_gradebook_that_is_locked_all_the_time(server, graded, tmp_path):
    root = copied(graded, tmp_path / "class")
    ran = server.run(**asked(root, graded, "graded", mode="all lock", at=0))
    assert ran["status"] == 1
    assert ran["err"].endswith("can't be used: database is locked\n")
    check_nobody_lost(root, "graded")
    check_the_next_runs(root, "graded", again(server, root, graded))


# ---- what a crash may leave


def each_cached(change):
    return lambda root: [path.write_bytes(change(path.read_bytes())) for path in (root / "cache").rglob("*.json")]


def log(change):
    def changes(root):
        path = root / "cache" / SLUG / "written"
        path.write_bytes(change(path.read_bytes()))

    return changes


LEFT = {
    "verdicts cut short": each_cached(lambda data: data[: len(data) // 2]),
    "empty verdicts": each_cached(lambda data: b""),
    "verdicts of an older form": each_cached(lambda data: data.replace(b'"schema": 2', b'"schema": 1')),
    "verdicts that are no text": each_cached(lambda data: b"\xff\0" + data),
    "half a line in the log": log(lambda data: data[:100]),
    "a log that is no text": log(lambda data: data[:-5] + b"\xff\0\0\0"),
    "empty graded notebooks": lambda root: [
        (path.unlink(), path.write_bytes(b"")) for path in root.glob("autograded/ada/*/exercise.ipynb")
    ],
    "no release": lambda root: shutil.rmtree(root / "release" / SLUG),
    "a release without its notebook": lambda root: (root / "release" / SLUG / "exercise.ipynb").unlink(),
}


@pytest.mark.parametrize("left", LEFT)
def test_what_a_crash_may_leave(server, graded, tmp_path, left):
    root = copied(graded, tmp_path / "class")
    LEFT[left](root)
    check_the_next_runs(root, "graded", again(server, root, graded))


def test_an_empty_secret_grades_nobody(server, graded, tmp_path):
    root = copied(graded, tmp_path / "class")
    secret = (root / "secret").read_text()
    (root / "secret").write_text("")
    ran = server.run(**asked(root, graded, "graded"))
    assert ran["status"] == 1
    assert ran["err"].endswith("holds no secret: bring it back from a backup, or delete it and grade all anew\n")
    check_nobody_lost(root, "graded")
    (root / "secret").write_text(secret)
    check_the_next_runs(root, "graded", again(server, root, graded))


# ---- the sandbox


def at_call(patch, owner, name, numbers, instead):
    """Replace a function by `instead(real, *arguments)` in some of its calls; the list returned tells that one came."""
    real, calls, came = getattr(owner, name), count(1), []

    def function(*arguments, **options):
        if next(calls) not in numbers:
            return real(*arguments, **options)
        came.append(name)
        return instead(real, *arguments, **options)

    patch.setattr(owner, name, function)
    return came


def fork_refused(real, sandbox, *arguments):
    with no_forks(sandbox):
        return real(sandbox, *arguments)


def few_descriptors(real, *arguments):
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) + 2, before[1]))
    try:
        return real(*arguments)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def broken_socket(real, connection, *arguments):
    connection._data = BrokenSocket(connection._data)
    return real(connection, *arguments)


def killed(which, when):
    """A function that kills a process before, in or after a request, as if it came from outside."""

    def kill(child):
        about = Path(f"/proc/{child._status.pid}/status").read_text().split()
        pids = {"child": child._status.pid, "keeper": int(about[about.index("PPid:") + 1])}
        if which == "warm process":
            os.killpg(BOXES[-1]._process.pid, signal.SIGKILL)
        else:
            os.kill(pids[which], signal.SIGKILL)

    def instead(real, child, *arguments):
        if when == "before":
            kill(child)
        elif when == "while":
            send = child._connection.send
            child._connection.send = lambda *frame: (send(*frame), kill(child))
        found = real(child, *arguments)
        if when == "after":
            kill(child)
        return found

    return instead


BOXES = []


def remember(real, sandbox):
    BOXES.append(sandbox)
    return real(sandbox)


def clock_jumps(patch):
    real, hours = time.time, cycle([0, 3600, -3600])
    patch.setattr(time, "time", lambda: real() + next(hours))
    return ["time"]


SOME, EACH = (2, 40), range(2, 10_000)
FAILURES = {
    "the warm process' fork refused": lambda patch: at_call(patch, Sandbox, "_fork", (2, 3), fork_refused),
    "each fork refused": lambda patch: at_call(patch, Sandbox, "_fork", EACH, fork_refused),
    "descriptors used up in a fork": lambda patch: at_call(patch, Sandbox, "_fork", (2, 3), few_descriptors),
    "descriptors used up in each fork": lambda patch: at_call(patch, Sandbox, "_fork", EACH, few_descriptors),
    "descriptors used up in a write": lambda patch: at_call(patch, writer, "write", (1,), few_descriptors),
    "a reply that can't be read": lambda patch: at_call(patch, Connection, "read", (9, 60), broken_socket),
    "a request that can't be sent": lambda patch: at_call(patch, Connection, "send", SOME, broken_socket),
    **{
        f"a {which} killed {when} a request": lambda patch, which=which, when=when: at_call(
            patch, Child, "_ask", SOME, killed(which, when)
        )
        for which in ("warm process", "keeper", "child")
        for when in ("before", "while", "after")
    },
    "the clock jumps": clock_jumps,
}


@pytest.mark.parametrize("what", FAILURES)
def test_a_failure_while_a_class_is_graded(graded, tmp_path, monkeypatch, capsys, what):
    root = copied(graded, tmp_path / "class")

    def grade(*options):
        status = main(["grade", SLUG, "--root", str(root), "--workers", "1", *options])
        return status, "".join(capsys.readouterr())

    monkeypatch.setattr(engine, "PAUSE_SECONDS", 0.01)
    with monkeypatch.context() as patch:
        at_call(patch, Sandbox, "_boot", range(100), remember)
        came = FAILURES[what](patch)
        status, out = grade("--force")
    assert came
    reasons = not_graded_by(out)
    assert status == bool(reasons), out
    if "each" in what:
        assert set(reasons) == set(STUDENTS)
        words = "Resource temporarily unavailable" if "refused" in what else "Too many open files"
        assert all(words in reason for reason in reasons.values())
    elif "write" not in what:
        assert not reasons  # what fails once or twice is tried again
    check_nobody_lost(root, "graded")
    check_the_next_runs(root, "graded", grade)


# ---- files that are edited meanwhile


@pytest.fixture(scope="module")
def fork(tmp_path_factory):
    """A copy of the course, in which files may be changed."""
    fork = tmp_path_factory.mktemp("fork")
    for name in ("course", "grading", "publishing", "solutions", "tests", "book"):
        shutil.copytree(ROOT / name, fork / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    for name in ("nbgrader_config.py", "_config.yml"):
        shutil.copy(ROOT / name, fork)
    (fork / ".venv-learner").symlink_to(ROOT / ".venv-learner")
    return fork


#: The command, but that a file is edited as soon as the first verdict is kept.
EDITING = """
import sys
from grading.__main__ import main
from grading.engine.cache import Cache

def keep(self, *arguments, real=Cache.keep):
    found = real(self, *arguments)
    with open(sys.argv[1], "a") as file:
        file.write("\\n")
    return found

Cache.keep = keep
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize("path", [f"book/{SLUG}/exercise.md", f"tests/hidden/{SLUG}.py"])
def test_a_file_edited_meanwhile(fork, graded, tmp_path, path):
    root = copied(graded, tmp_path / "class")

    def run(*command):
        done = subprocess.run(
            [sys.executable, *command, "grade", SLUG, "--root", root, "--workers", "1"],
            cwd=fork, env={**os.environ, "PYTHONPATH": str(fork)},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout

    each_cached(lambda data: b"")(root)
    status, out = run("-c", EDITING, fork / path)
    reasons = not_graded_by(out)
    assert status == bool(reasons), out
    # A page counts for nobody who has a release. What judges must be what the verdict is kept for.
    assert set(reasons) == (set() if path.startswith("book") else {"ben", "chidi"})
    for reason in reasons.values():
        assert f"the tests of {SLUG} or the grader have changed since this process started: grade again" in reason
    check_nobody_lost(root, "graded")
    check_the_next_runs(root, "graded", lambda: run("-m", "grading"))


# ---- nbgrader's own command


@pytest.mark.parametrize("error", [MachineError("the sandbox cannot make a child"), KeyboardInterrupt()])
def test_nbgraders_command_that_fails_leaves_what_was_graded(graded, tmp_path, monkeypatch, error):
    """`nbgrader autograde`, and formgrader's button: nbgrader deletes a graded notebook before it grades anew."""
    root = copied(graded, tmp_path / "class")
    book, before = facade.Gradebook(root), graded_notebooks(root)

    def fail(*_):
        raise error

    monkeypatch.setattr(Grade, "_graded", fail)
    told = book.api.autograde(SLUG, "ben", force=True)
    assert not told["success"]
    assert "ben: not graded; what was graded before stays" in told["log"]
    check_nobody_lost(root, "graded")
    assert graded_notebooks(root) == before
    monkeypatch.undo()
    assert book.api.autograde(SLUG, "ben", force=True)["success"]
    assert graded_notebooks(root) != before
    check_nobody_lost(root, "graded")
    assert [p.name for p in root.iterdir() if p.name.startswith(".")] == []
