"""Confines one of the machine's own programs that reads what a stranger wrote: no network, no files but one folder."""

import os
from pathlib import Path

from grading.sandbox.bwrap import KIND, KINDS, explain

INSIDE = "/page"  # where the folder is seen
SCRATCH = 512 * 2**20  # bytes of temporary files
SHOWN = ("/etc/fonts", "/etc/alternatives", "/etc/ld.so.cache", "/etc/chromium", "/etc/chromium.d", "/opt")


def folder_inside(shared: Path) -> str:
    """The path by which the program has to name the folder: another one, unless the sandbox is switched off."""
    return INSIDE if os.environ.get(KIND, KINDS[0]) == KINDS[0] else str(shared)


def confined(command: list[str], shared: Path) -> list[str]:
    """The command line that runs a command with nothing to see but programs, fonts and the folder `shared`.

    Its folder `profile` and /tmp are of bounded size and go when the program ends, with all that it has started.
    """
    if folder_inside(shared) != INSIDE:
        return command
    bwrap = [
        "bwrap", "--unshare-all", "--unshare-user", "--uid", "1000", "--gid", "1000", "--cap-drop", "ALL",
        "--die-with-parent", "--new-session", "--ro-bind", "/usr", "/usr",
    ]  # fmt: skip
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        if os.path.islink(f"/{name}"):
            bwrap += ["--symlink", f"usr/{name}", f"/{name}"]
        elif os.path.isdir(f"/{name}"):
            bwrap += ["--ro-bind", f"/{name}", f"/{name}"]
    for name in SHOWN:
        bwrap += ["--ro-bind-try", name, name]
    bwrap += ["--proc", "/proc", "--dev", "/dev", "--size", str(SCRATCH), "--tmpfs", "/tmp"]
    bwrap += ["--bind", str(shared), INSIDE, "--size", str(SCRATCH), "--tmpfs", f"{INSIDE}/profile", "--clearenv"]
    bwrap += ["--setenv", "PATH", "/usr/bin:/bin", "--setenv", "HOME", "/tmp", "--setenv", "LANG", "C.UTF-8"]
    return [*bwrap, "--chdir", "/tmp", *command]


def not_started(told: str) -> str | None:
    """Why the sandbox did not start, by what was written to standard error; None where it did."""
    return explain(told) if "bwrap:" in told else None
