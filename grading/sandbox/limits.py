"""How much a learner's process may take."""

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """The limits of one learner's process; times in seconds of wall clock, sizes in bytes.

    Attributes
    ----------
    call_seconds : float
        one call, and one reading or setting of an attribute.
    cell_seconds : float
        one cell.
    exercise_seconds : float
        the calls of one exercise together; the examiner asks for it with
        `Child.within(limits.exercise_seconds)`.
    notebook_seconds : float
        all cells of one process together.
    cpu_seconds : int
        processor time of one process, threads that run between requests included.
    memory_bytes : int
        address space that one process may take beyond what the warm process has; and about what all
        processes together may have in memory, looked at four times a second.
    processes : int
        processes and threads together.
    file_bytes : int
        one file.
    tmpfs_bytes : int
        all files together (home, /tmp and /dev/shm share it).
    open_files : int
        open files of one process.
    output_bytes : int
        what one cell may print and display; the rest is cut while it is read.
    reply_bytes : int
        arrays in one message, either way.
    callbacks : int
        how often one call may call the functions back that it got as arguments.
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
