"""Notebooks graded many at a time: by threads that drive warm processes here, or by a Dask cluster.

Both call one stateless function, `engine.grade_bytes`.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Self

from course.chapter import Chapter
from course.errors import CourseError, MachineError
from course.variant import STANDARD, TermVariant
from grading.engine import grade as engine
from grading.sandbox.warm import Sandbox


@dataclass(frozen=True)
class Job:
    """A notebook to grade, rebuilt, as JSON, and its key; and whose it is, which does not travel.

    `only` names the exercises to examine, where not all of them are.
    """

    owner: Any
    notebook: bytes
    key: bytes = b""
    only: tuple[str, ...] = ()


Submit = Callable[[Job], Future[bytes]]


class Pool:
    """Grades notebooks of one chapter; a context manager, started by the first job.

    Parameters
    ----------
    slug : str
        The chapter.
    workers : int, optional
        How many at a time on this machine; the number of cores unless told.
    scheduler : str, optional
        The address of a Dask cluster, which then does the work.
    term : TermVariant
        The term's variant.
    """

    def __init__(
        self, slug: str, workers: int | None = None, scheduler: str | None = None, term: TermVariant = STANDARD
    ):
        self._slug, self._term = slug, term
        self._workers, self._scheduler = workers or os.cpu_count() or 1, scheduler
        self._started: tuple[Executor, Submit, int] | None = None
        self._undo = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        if self._started is not None and self._scheduler is None:
            self._started[0].shutdown(cancel_futures=True)
        self._undo.__exit__(*error)

    def verdicts(self, jobs: Iterable[Job | tuple[Any, Any]]) -> Iterator[tuple[Any, bytes | CourseError | Any]]:
        """Owner and verdict of each job as they come, or the error for which there is none.

        A pair among the jobs is passed through. Jobs are taken as they can be worked on.

        Raises
        ------
        CourseError
            Where nobody can be graded at all.
        """
        waiting: dict[Future[bytes], Any] = {}
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
    def _ended(waiting: dict[Future[bytes], Any]) -> Iterator[tuple[Any, bytes | CourseError]]:
        for future in wait(waiting, return_when=FIRST_COMPLETED).done:
            owner = waiting.pop(future)
            try:
                yield owner, future.result()
            except CourseError as error:
                yield owner, error
            except Exception as error:  # a worker that can't be reached, or a mistake of ours: one notebook's trouble
                yield owner, MachineError(f"the grading failed: {type(error).__name__}: {error}")

    def _start(self) -> tuple[Submit, int]:
        if self._started is None:
            self._started = self._here() if self._scheduler is None else self._there(self._scheduler)
        return self._started[1:]

    def _here(self) -> tuple[Executor, Submit, int]:
        slug = self._slug
        sandbox = self._undo.enter_context(Sandbox(files=engine.companion_files(slug, self._term)))
        engine.retry_machine_failures(
            lambda: sandbox.start().kill()
        )  # a machine that can't says so before anybody is graded
        pool = ThreadPoolExecutor(self._workers, thread_name_prefix="grading")

        def submit(job: Job) -> Future[bytes]:
            return pool.submit(engine.grade_bytes, slug, job.notebook, job.key, sandbox, job.only)

        return pool, submit, self._workers

    def _there(self, address: str) -> tuple[Executor, Submit, int]:
        try:
            from grading.engine import cluster
        except ImportError as error:
            raise CourseError(f"grading on a cluster needs Dask: pip install distributed ({error})") from error
        slug, wanted = self._slug, Chapter(self._slug).digest
        executor, width = self._undo.enter_context(cluster.executor(address, slug, self._term))

        def submit(job: Job) -> Future[bytes]:
            return executor.submit(cluster.grade_there, slug, job.notebook, job.key, wanted, job.only)

        return executor, submit, width
