"""Grading on a Dask cluster: the only module that imports Dask.

Any cluster will do; the command takes the address of its scheduler. A job sends one notebook and gets one verdict, both
as bytes, under a key that only the course can make from the notebook. The course's secret does not travel, and no name
of a learner's but one that they wrote into their notebook. Nothing of the class lies on the workers, and no file
system is shared. Each worker needs the course as it is here, with bubblewrap and both environments: a clone at the
same commit after `make setup`, whose Python runs the worker::

    .venv/bin/dask scheduler --port 8786                   # one machine
    .venv/bin/dask worker tcp://SCHEDULER:8786 --nthreads 2      # every other
    python -m grading grade transform --scheduler tcp://SCHEDULER:8786

A worker with another version of the course or of NumPy says so and grades nothing. A worker that dies costs a retry.

The jobs carry what learners wrote, and whoever reaches the scheduler can run code on the workers. So on a network that
others use, encrypt and authenticate: Dask reads the certificates from its own configuration, which is the same on all
machines (`~/.config/dask/distributed.yaml`), and the addresses then begin with `tls://`::

    distributed:
      comm:
        require-encryption: true
        tls:
          ca-file: /etc/course/ca.pem
          scheduler: {cert: /etc/course/me.pem, key: /etc/course/me.key}
          worker:    {cert: /etc/course/me.pem, key: /etc/course/me.key}
          client:    {cert: /etc/course/me.pem, key: /etc/course/me.key}
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from typing import Any

from distributed import Client, KilledWorker, Worker, WorkerPlugin, get_worker

from course.errors import CourseError, MachineError
from grading.engine.digest import verdict_digests
from grading.engine.grade import grade_bytes
from grading.engine.unchanged import check_unchanged
from grading.sandbox.warm import Sandbox

WAIT_SECONDS = 30
RETRIES = 2  # how often a job that failed on one worker is given to another

#: Dask's error for a job that has killed every worker that it was given to.
Killed = KilledWorker


class WarmSandbox(WorkerPlugin):
    """Gives each worker a sandbox of one chapter, started when the plug-in is registered or the worker joins."""

    def __init__(self, slug: str, files: Mapping[str, bytes]):
        self.slug, self.files = slug, dict(files)
        self.name = _name(slug)
        self.sandbox: Sandbox | None = None

    def setup(self, worker: Worker) -> None:
        self.sandbox = Sandbox(files=self.files)
        with suppress(MachineError):  # each job will say what is wrong
            self.sandbox.start().kill()

    def teardown(self, worker: Worker) -> None:
        if self.sandbox is not None:
            self.sandbox.close()


def _name(slug: str) -> str:
    return f"sandbox of {slug}"


def grade_there(slug: str, notebook: bytes, key: bytes, wanted: dict[str, str], only: tuple[str, ...] = ()) -> bytes:
    """Grade one notebook on a worker, in the worker's own warm sandbox.

    Parameters
    ----------
    slug, notebook, key, only
        As for `grade_bytes`.
    wanted : dict of str to str
        `verdict_digests(slug)` of the machine that asks.

    Returns
    -------
    bytes
        The verdict, as `grade_bytes` returns it.

    Raises
    ------
    CourseError
        The worker's course has other digests, or its files have changed meanwhile; and what `grade` raises.
    """
    worker: Any = get_worker()
    if verdict_digests(slug) != wanted:
        raise CourseError(f"the worker {worker.address} has another version of the course, Python or NumPy")
    verdict = grade_bytes(slug, notebook, key, worker.plugins[_name(slug)].sandbox, only)
    check_unchanged(slug)
    return verdict


@contextmanager
def executor(address: str, slug: str, files: Mapping[str, bytes]) -> Iterator[tuple[Executor, int]]:
    """The cluster as an executor for `grade_there`, and the number of jobs that it works on at a time.

    Parameters
    ----------
    address : str
        Of the scheduler, say `tcp://10.0.0.1:8786`.
    slug : str
        The chapter.
    files : mapping of str to bytes
        The files that lie beside its notebook, by name.

    Raises
    ------
    CourseError
        There is no scheduler at the address, or it has no worker.
    """
    try:
        client = Client(address, timeout=WAIT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise CourseError(f"no Dask scheduler answers at {address}: {error}") from error
    with client:
        try:
            client.wait_for_workers(1, timeout=WAIT_SECONDS)
        except TimeoutError as error:
            raise CourseError(f"the Dask cluster at {address} has no worker") from error
        client.register_plugin(WarmSandbox(slug, files))
        width = sum(client.nthreads().values())
        try:
            yield client.get_executor(retries=RETRIES, pure=False), width
        finally:
            client.unregister_worker_plugin(_name(slug))
