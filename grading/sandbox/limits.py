"""How much time, memory and room a learner's process may take."""

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """The limits of one learner's process; sizes in bytes, times in seconds as `grading.sandbox.clock` measures them.

    Without namespaces (in a sandbox of the kind "none") the number of processes, all files together and the memory of
    all processes together have no limit, and what a request leaves running goes on.

    Attributes
    ----------
    call_seconds : float
        One call, and one reading or setting of an attribute.
    cell_seconds : float
        One cell.
    exercise_seconds : float
        All requests of one exercise together. `Child` does not know it: `Session.begin_exercise` in `grading.engine`
        starts this time, and `Session.request` ends it.
    notebook_seconds : float
        All cells of one process together.
    cpu_seconds : int
        Processor time of one process, that of its threads between requests included.
    memory_bytes : int
        The address space that one process may add to what it had when it was forked; of that it may fill what it has
        not used yet, some 60 MB. It also bounds the memory of all processes together: `inside/watch.py` adds it up four
        times a second, and ends a child above the limit. Memory that belongs to no process is denied
        (`inside/syscalls.py`). Where the grader was handed a part of the cgroup tree, the kernel counts, too.
    processes : int
        Processes and threads together.
    file_bytes : int
        One file.
    tmpfs_bytes : int
        All files together; the home, /tmp and /dev/shm share this room.
    open_files : int
        Open files of one process.
    output_bytes : int
        What one cell may print and display, in characters; and once more as much, in bytes, for what is written to
        descriptors 1 and 2 past Python. The rest is cut.
    reply_bytes : int
        The arrays in one message, in either direction.
    exercise_numbers : int
        What all results of one exercise together may hold, as `wire.Room` counts it: they are kept until the exercise
        is examined. `Session.begin_exercise` starts this count. The limit of one result is `wire.room_for_result`.
    callbacks, callback_numbers : int
        How often one call may call the functions back that it got as arguments, and how many numbers it may pass to
        them in all.
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
    reply_bytes: int = 8 * MIB
    exercise_numbers: int = 2_500_000
    callbacks: int = 10_000
    callback_numbers: int = 200_000
