"""How much a learner's process may take."""

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """The limits of one learner's process; times in seconds of wall clock, sizes in bytes.

    Attributes:
        call_seconds: one call, and one reading or setting of an attribute.
        cell_seconds: one cell.
        exercise_seconds: the calls of one exercise together; the examiner asks for it with
            `Child.within(limits.exercise_seconds)`.
        notebook_seconds: all cells of one process together.
        cpu_seconds: processor time of one process, threads that run between requests included.
        memory_bytes: address space that one process may take beyond what the warm process has.
        processes: processes and threads together.
        file_bytes: one file.
        tmpfs_bytes: all files together (home, /tmp and /dev/shm share it).
        open_files: open files of one process.
        output_bytes: what one cell may print and display; the rest is cut while it is read.
        reply_bytes: arrays in one message, either way.
        callbacks: how often one call may call the functions back that it got as arguments.
    """

    call_seconds: float = 10
    cell_seconds: float = 30
    exercise_seconds: float = 60
    notebook_seconds: float = 180
    cpu_seconds: int = 300
    memory_bytes: int = 1024 * MIB
    processes: int = 32
    file_bytes: int = 16 * MIB
    tmpfs_bytes: int = 32 * MIB
    open_files: int = 256
    output_bytes: int = 1 * MIB
    reply_bytes: int = 64 * MIB
    callbacks: int = 10_000
