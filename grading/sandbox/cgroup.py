"""Gives each child a memory cgroup of its own, where this process was given a part of the cgroup tree (version 2).

The kernel then counts all memory of a child, its own for the child included, at once and to the page. A part of the
tree is only used where somebody has handed it over, as `systemd-run --scope -p Delegate=yes` does: a program must not
change groups that another one manages. Without one, the limits and the count of `inside/` hold alone.
"""

import contextlib
import os
import secrets
import threading
import time
from pathlib import Path

MIB = 1 << 20
GRADER = "grader"  # the group for all other processes: a group has processes or groups, never both
# A child may have so much beyond its limit: what it finds mapped already, page tables, buffers of sockets. A process
# that is alone meets the limit of its address space first, and gets an exception that says more than an end.
SPARE_BYTES = 192 * MIB
END_SECONDS, TRIES = 5.0, 5

_setting_up = threading.Lock()


class Group:
    """The cgroup of one child.

    Parameters
    ----------
    parent : Path
        What `delegated` has returned.
    most : int
        The bytes that all processes in it may take together; `SPARE_BYTES` come on top.
    """

    def __init__(self, parent: Path, most: int) -> None:
        self._folder = parent / f"learner-{secrets.token_hex(8)}"
        self._folder.mkdir()
        try:
            (self._folder / "memory.max").write_text(str(most + SPARE_BYTES))
            (self._folder / "memory.oom.group").write_text("1")
            with contextlib.suppress(OSError):  # a kernel that does not account for swap
                (self._folder / "memory.swap.max").write_text("0")
        except OSError:
            self.remove()
            raise

    def add(self, pid: int) -> None:
        """Move a process into the group; what it starts will be in it, too."""
        (self._folder / "cgroup.procs").write_text(str(pid))

    def killed(self) -> bool:
        """Return whether the kernel has killed processes of the group because of its limit."""
        with contextlib.suppress(OSError, ValueError):
            lines = (line.split() for line in (self._folder / "memory.events").read_text().splitlines())
            events = {name: int(number) for name, number in lines}
            # The second counts those too that the kernel killed because the whole machine was out of memory.
            return events.get("oom", 0) > 0 and events.get("oom_kill", 0) > 0
        return False

    def remove(self) -> None:
        """Remove the group, whose processes have ended. May be called twice."""
        end = time.monotonic() + END_SECONDS
        while self._folder.exists() and time.monotonic() < end:
            with contextlib.suppress(OSError):  # the kernel still works on the last process's end
                self._folder.rmdir()
                return
            time.sleep(0.01)


def delegated(root: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> Path | None:
    """Return the group in which this process may make groups with a limit of memory; None where it has none.

    At the first call this process, and all others of its group, move into a group below it.

    Parameters
    ----------
    root : Path
        Where the cgroup tree is mounted.
    own : Path
        The file with this process's groups.
    """
    with _setting_up, contextlib.suppress(OSError, ValueError):
        path = next((line[3:] for line in own.read_text().splitlines() if line.startswith("0::")), None)
        if path is None:
            return None
        folder = root / path.lstrip("/")
        if folder.name == GRADER and _is_delegated(folder.parent):
            return folder.parent
        if not _is_delegated(folder) or "memory" not in (folder / "cgroup.controllers").read_text().split():
            return None
        (folder / GRADER).mkdir(exist_ok=True)
        for _ in range(TRIES):  # each may start others meanwhile
            for process in (folder / "cgroup.procs").read_text().split():
                with contextlib.suppress(ProcessLookupError):
                    (folder / GRADER / "cgroup.procs").write_text(process)
        (folder / "cgroup.subtree_control").write_text("+memory")
        with contextlib.suppress(OSError):  # then each child has the same share of the processors, too
            (folder / "cgroup.subtree_control").write_text("+cpu")
        return folder
    return None


def _is_delegated(folder: Path) -> bool:
    """Return whether somebody has handed this group over: systemd says so in an extended attribute."""
    for name in ("user.delegate", "trusted.delegate"):
        with contextlib.suppress(OSError):
            return os.getxattr(folder, name) == b"1" and os.access(folder / "cgroup.procs", os.W_OK)
    return False
