"""Grades many notebooks at a time: threads drive processes on this machine, or a Dask cluster does the work.

Both call one function without state: threads call `grade`, a cluster's workers `grade_bytes`, which does the same with
bytes.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Self

from nbformat import NotebookNode

from course.errors import CourseError, MachineError
from grading.engine.digest import verdict_digests
from grading.engine.grade import grade, retry_machine_failures
from grading.engine.verdict import Verdict
from grading.sandbox.warm import Sandbox


@dataclass(frozen=True)
class Job:
    """A notebook to grade.

    Attributes
    ----------
    owner : any value
        Whose notebook it is; it comes back with the verdict, and does not travel to a cluster.
    notebook : NotebookNode
        The rebuilt notebook.
    key : bytes
        Its `submission_key`.
    only : tuple of str
        The exercises to examine; all of them where it is empty.
    """

    owner: Any
    notebook: NotebookNode
    key: bytes = b""
    only: tuple[str, ...] = ()


Submit = Callable[[Job], Future]


class Pool:
    """Grades notebooks of one chapter; a context manager. The first job starts the sandbox or the cluster's workers.

    Parameters
    ----------
    slug : str
        The chapter.
    files : mapping of str to bytes
        The files that lie beside its notebook, by name.
    workers : int, optional
        How many notebooks are graded at a time on this machine; as many as it has cores unless told.
    scheduler : str, optional
        The address of a Dask cluster's scheduler; then the cluster does the work.
    """

    def __init__(self, slug: str, files: Mapping[str, bytes], workers: int | None = None, scheduler: str | None = None):
        self._slug, self._files = slug, files
        self._workers, self._scheduler = workers or os.cpu_count() or 1, scheduler
        self._started: tuple[Executor, Submit, int] | None = None
        self._undo = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        if self._started is not None and self._scheduler is None:
            self._started[0].shutdown(cancel_futures=True)
        self._undo.__exit__(*error)

    def verdicts(self, jobs: Iterable[Job | tuple[Any, Any]]) -> Iterator[tuple[Any, Verdict | CourseError | Any]]:
        """Yield the owner and the verdict of each job, in the order in which they end.

        Parameters
        ----------
        jobs : iterable of Job or pair
            Jobs are taken from it only as they can be worked on. A pair of an owner and what is known already is passed
            through.

        Yields
        ------
        pair
            The owner, and the verdict or the `CourseError` because of which there is none.

        Raises
        ------
        CourseError
            Nobody can be graded at all.
        """
        waiting: dict[Future, Any] = {}
        for job in jobs:
            if not isinstance(job, Job):
                yield job
                continue
            submit, width = self._start()
            waiting[submit(job)] = job.owner
            while len(waiting) >= 4 * width:
                yield from self._ended(waiting)
        while waiting:
            yield from self._ended(waiting)

    @staticmethod
    def _ended(waiting: dict[Future, Any]) -> Iterator[tuple[Any, Verdict | CourseError]]:
        for future in wait(waiting, return_when=FIRST_COMPLETED).done:
            owner = waiting.pop(future)
            try:
                found = future.result()
                yield owner, found if isinstance(found, Verdict) else Verdict.from_json(json.loads(found))
            except CourseError as error:
                yield owner, error
            except Exception as error:  # an unreachable worker or a bug of ours costs this notebook alone
                yield owner, MachineError(f"the grading failed: {type(error).__name__}: {error}")

    def _start(self) -> tuple[Submit, int]:
        if self._started is None:
            self._started = self._here() if self._scheduler is None else self._there(self._scheduler)
        return self._started[1:]

    def _here(self) -> tuple[Executor, Submit, int]:
        slug = self._slug
        sandbox = self._undo.enter_context(Sandbox(files=self._files))
        retry_machine_failures(lambda: sandbox.start().kill())  # a machine that can't grade fails here, at once
        pool = ThreadPoolExecutor(self._workers, thread_name_prefix="grading")

        def submit(job: Job) -> Future:
            return pool.submit(grade, slug, job.notebook, job.key, sandbox, job.only)

        return pool, submit, self._workers

    def _there(self, address: str) -> tuple[Executor, Submit, int]:
        try:
            from grading.engine import cluster
        except ImportError as error:
            raise CourseError(f"grading on a cluster needs Dask: pip install distributed ({error})") from error
        slug, wanted = self._slug, verdict_digests(self._slug)
        executor, width = self._undo.enter_context(cluster.executor(address, slug, self._files))

        def submit(job: Job) -> Future:
            notebook = json.dumps(job.notebook).encode()
            return executor.submit(cluster.grade_there, slug, notebook, job.key, wanted, job.only)

        return executor, submit, width
