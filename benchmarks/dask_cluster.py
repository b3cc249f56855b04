"""A Dask cluster on this machine, each worker a process of its own, one of which can be killed."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

import psutil

from benchmarks.postgres import free_port

PATIENCE = 30  # seconds in which a process has to end that was asked to


class Cluster:
    """A scheduler and workers; a context manager that starts them and ends them.

    Parameters
    ----------
    folder : Path
        Where they may write.
    workers : int
        How many there are at first.

    Attributes
    ----------
    address : str
        The scheduler's.
    killed, added : bool
        Whether one was killed, and one added.
    memory : float
        The most MB that a worker and its sandbox together had when it was looked at, shared memory divided up.
    """

    def __init__(self, folder: Path, workers: int):
        self._count = workers
        self.address = f"tcp://127.0.0.1:{free_port()}"
        self._folder = folder / "cluster"
        self._folder.mkdir()
        self._log = (self._folder / "log").open("w")
        self._workers: list[subprocess.Popen] = []
        self.killed = self.added = False
        self.memory, self._looked = 0.0, 0.0
        port = self.address.rpartition(":")[2]
        self._scheduler = self._dask("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard")

    def _dask(self, *arguments: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "dask", *arguments]
        return subprocess.Popen(command, cwd=self._folder, stdout=self._log, stderr=subprocess.STDOUT)

    def _worker(self) -> None:
        one = self._dask("worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard")
        self._workers.append(one)

    def __enter__(self) -> Self:
        for _ in range(self._count):
            self._worker()
        return self

    def kill(self) -> None:
        """Kill a worker, without a warning."""
        self._workers[0].send_signal(signal.SIGKILL)
        self.killed = True

    def add(self) -> None:
        """Start another worker."""
        self._worker()
        self.added = True

    def look(self) -> None:
        """Note how much memory the workers have, at most once a second."""
        if time.monotonic() - self._looked < 1:
            return
        for worker in self._workers:
            used = 0
            try:
                whole = psutil.Process(worker.pid)
                for process in [whole, *whole.children(recursive=True)]:
                    used += process.memory_full_info().pss
            except psutil.Error:  # it has just ended
                continue
            self.memory = max(self.memory, used / 1e6)
        self._looked = time.monotonic()

    def __exit__(self, *_: Any) -> None:
        for process in (*self._workers, self._scheduler):
            process.terminate()
        for process in (*self._workers, self._scheduler):
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:  # a Dask worker whose loop has been closed may wait for itself for ever
                process.kill()
                process.wait()
        self._log.close()
