"""Runs `python -m grading grade` many times, each time with a failure at another of its writes.

As a program this is a server: for each line of JSON on its input it forks a process, in which the command runs, and
tells in a line of JSON what became of it. So nbgrader is imported once. Nothing is graded: the verdicts are those of an
earlier run. All that the command does after that, and writes, is real.
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
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).parent.parent
#: How a run is cut off: before a write, or when the write has begun (a file is open and empty, say).
MODES = ("interrupted before", "interrupted in", "killed before", "killed in")
#: Audit events of Python's that change a file, and which of their arguments are paths.
CHANGES = {
    "os.rename": (0, 1),
    "os.link": (0, 1),
    "os.remove": (0,),
    "os.rmdir": (0,),
    "os.mkdir": (0,),
    "os.chmod": (0,),
    "os.truncate": (0,),
    "os.utime": (0,),
}


class Writes:
    """Counts this process's writes below a folder, and makes one of them fail.

    Attributes
    ----------
    kinds : list of str
        What each write was: an audit event of Python's, or "commit".
    """

    def __init__(self, folder, at, fail):
        self.kinds = []
        self._folder, self._at, self._fail = f"{folder}/", at, fail
        self._busy = False

    def listen(self):
        from sqlalchemy import Engine, event

        sys.addaudithook(self._hear)
        event.listen(Engine, "commit", lambda connection: self._count("commit"))

    def _hear(self, name, arguments):
        if self._busy or threading.current_thread() is not threading.main_thread():
            return
        if name == "open":
            path, mode, flags = arguments
            changes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) if mode is None else set(mode) & set("wax+")
            paths = [path] if changes else []
        else:
            paths = [arguments[k] for k in CHANGES.get(name, ())]
        if any(self._is_below(path) for path in paths):
            self._count(name)

    def _is_below(self, path):
        if isinstance(path, int):
            return False
        # A name alone is one of `shutil.rmtree`, which holds its folder open.
        return os.path.abspath(os.fsdecode(path)).startswith(self._folder) or os.sep not in os.fsdecode(path)

    def _count(self, kind):
        self.kinds.append(kind)
        if len(self.kinds) - 1 == self._at:
            self._busy = True
            self._fail()
            self._busy = False


def interrupt(*_):
    sys.setprofile(None)
    raise KeyboardInterrupt


def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def soon(fail):
    """A function that makes `fail` be called with the next thing that Python does."""

    def wait(frame, event, argument):
        if frame.f_code.co_filename != __file__:
            fail()

    return lambda: sys.setprofile(wait)


def lock(url, how):
    """A function that takes a lock of the gradebook in another connection, for as long as this process lives."""

    def take():
        other = sqlite3.connect(url.removeprefix("sqlite:///").partition("?")[0], timeout=0.1)
        for command in how:
            other.execute(command)
        KEPT.append(other)

    return take


KEPT = []
LOCKS = {"read": ["BEGIN", "SELECT * FROM student"], "write": ["BEGIN IMMEDIATE"], "all": ["BEGIN EXCLUSIVE"]}


class NoSandbox:
    """Stands for the sandbox, in which nothing runs here."""

    def __init__(self, **_):
        pass

    __enter__ = start = lambda self: self

    def __exit__(self, *_):
        pass

    def kill(self):
        pass


def run(asked, told):
    """Run the command as it was asked for, in this forked process, and write the kinds of its writes to a file."""
    from grading.__main__ import main
    from grading.engine import pool
    from grading.engine.verdict import Verdict

    known = {
        path.stem: Verdict.from_json(json.loads(path.read_text())["verdict"])
        for path in Path(asked["verdicts"]).glob("*.json")
    }
    pool.Sandbox = NoSandbox
    pool.grade = lambda slug, notebook, key, sandbox, only: known[key.hex()]
    if "file_bytes" in asked:
        resource.setrlimit(resource.RLIMIT_FSIZE, (asked["file_bytes"], resource.RLIM_INFINITY))
    mode = asked.get("mode", MODES[0])
    url = f"sqlite:///{asked['root']}/gradebook.db?timeout=0.2"
    fails = {
        "interrupted before": interrupt,
        "interrupted in": soon(interrupt),
        "killed before": kill,
        "killed in": soon(kill),
        **{f"{how} lock": lock(url, LOCKS[how]) for how in LOCKS},
    }
    writes = Writes(asked["root"], asked.get("at"), fails[mode])
    writes.listen()
    arguments = ["grade", asked["slug"], "--root", asked["root"], *asked.get("options", [])]
    if mode.endswith("lock"):
        arguments += ["--db", url]
    try:
        return main(arguments)
    finally:
        sys.setprofile(None)
        Path(told).write_text(json.dumps(writes.kinds))


def serve(root, slug):
    import grading.commands.report  # noqa: F401
    from grading.commands.grade_class import look_up
    from grading.engine.digest import verdict_digests

    # What each run would load and compute anew: a class is looked at once.
    verdict_digests(slug)
    look_up(Path(root), slug)
    for line in sys.stdin:
        asked = json.loads(line)
        with tempfile.TemporaryDirectory() as folder:
            pid = os.fork()
            if pid == 0:
                status = 99
                with contextlib.suppress(SystemExit):
                    for descriptor, name in ((1, "out"), (2, "err")):
                        os.dup2(os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CREAT), descriptor)
                    try:
                        status = run(asked, f"{folder}/kinds")
                    except BaseException:
                        import traceback

                        traceback.print_exc()
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(status)
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            found = {name: Path(folder, name).read_text() for name in ("out", "err")}
            kinds = Path(folder, "kinds")
            found["kinds"] = json.loads(kinds.read_text()) if kinds.exists() else []
        print(json.dumps({"status": code, **found}), flush=True)


class Server:
    """This module as a program; a context manager.

    Parameters
    ----------
    root : Path
        The folder of a class that is graded, of which nothing is changed.
    slug : str
        The chapter.
    """

    def __init__(self, root, slug):
        self._arguments = [str(root), slug]

    def __enter__(self):
        self._process = subprocess.Popen(
            [sys.executable, __file__, *self._arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def run(self, **asked):
        """Run the command once; return its exit status, what it printed and the kinds of its writes."""
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())


def copied(root, to):
    """A copy of a class's folder, with the times of its files."""
    return Path(shutil.copytree(root, to, symlinks=True))


if __name__ == "__main__":
    serve(*sys.argv[1:])
