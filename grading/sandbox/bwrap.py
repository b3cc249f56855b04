"""Writes bubblewrap's command line, which says what a learner's process sees, and explains why it does not start."""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

from course.chapter import ROOT
from course.errors import MachineError

HERE = Path(__file__).resolve().parent
KIT = ROOT / "course" / "kit"
INSIDE = ("zygote.py", "shell.py", "magics.py", "absent.py", "names.py", "syscalls.py", "watch.py")
HOME = "/home/learner"
KIND = "BATCHNORM_SANDBOX"  # the environment variable that says which kind of sandbox there is
KINDS = ("bwrap", "none")  # the first one is the default
# The user and group of the sandbox where the grader is root. The number lies just below systemd's range for dynamic
# users, so nobody else has it.
SANDBOX_ID = 61000
ENVIRONMENT = {
    "HOME": HOME,
    "PATH": "/venv/bin:/usr/bin",
    "LANG": "C.UTF-8",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "MPLCONFIGDIR": "/tmp/matplotlib",
    "IPYTHONDIR": "/tmp/ipython",
    **{f"{library}_NUM_THREADS": "1" for library in ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM")},
}


def bwrap_command(python: Path, files: Path) -> list[str]:
    """Return the command line that runs what is appended to it inside bubblewrap.

    Parameters
    ----------
    python : Path
        The learners' Python, `bin/python` of a virtual environment. Inside, the environment is /venv.
    files : Path
        The folder to show as /files.

    Returns
    -------
    list of str
        A root's command has two bwraps, the outer one of which only changes the user; any other user's has one.

    Raises
    ------
    MachineError
        The program bwrap is missing, or setpriv where the user is root; the Python does not run; or it lies below
        /tmp, which the sandbox covers.
    """
    for program, package in (
        ("bwrap", "bubblewrap"),
        *([("setpriv", "util-linux")] if os.geteuid() == 0 else []),
    ):
        if shutil.which(program) is None:
            raise MachineError(f"the program {program} is missing: apt-get install {package}")
    visible = [(files, "/files"), (python.parent.parent, "/venv")]
    visible += [(HERE / "inside" / name, f"/inside/{name}") for name in INSIDE]
    visible += [(HERE / "wire.py", "/inside/wire.py")]
    visible += [(KIT / name, f"/inside/{name}") for name in ("assign.py", "crash.py", "plain.py")]
    # The environment's python is a link to an absolute path in the folder of the interpreter that it was made from, so
    # that folder has to keep its path inside.
    visible += [(base, str(base)) for base in _bases(python) if not base.is_relative_to("/usr")]

    for _, target in visible:
        if Path(target).is_relative_to("/tmp"):
            raise MachineError(f"the learners' Python lies in {target}, which the sandbox hides: move it")

    outer: list[str] = []
    if os.geteuid() == 0:
        # An ordinary user's bwrap could not enter /root, where the clone may lie. Root's bwrap would cover parts of
        # /proc, and then the kernel refuses the children a /proc of their own. So an outer bwrap, run by root, shows
        # what is needed below /mnt to an ordinary user, who runs the real sandbox.
        outer = ["bwrap", "--die-with-parent", "--dev-bind", "/", "/", "--tmpfs", "/mnt"]
        for number, (source, _) in enumerate(visible):
            outer += ["--ro-bind", str(source), f"/mnt/{number}"]
        outer += ["setpriv", f"--reuid={SANDBOX_ID}", f"--regid={SANDBOX_ID}", "--clear-groups"]
        visible = [(Path(f"/mnt/{number}"), target) for number, (_, target) in enumerate(visible)]

    inner = [
        "bwrap",
        "--unshare-all",
        "--unshare-user",
        "--uid",
        "1000",
        "--gid",
        "1000",
        "--cap-drop",
        "ALL",
    ]
    inner += ["--die-with-parent", "--new-session", "--hostname", "sandbox", "--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        if os.path.islink(f"/{name}"):
            inner += ["--symlink", f"usr/{name}", f"/{name}"]
        elif os.path.isdir(f"/{name}"):
            inner += ["--ro-bind", f"/{name}", f"/{name}"]
    for name in ("/etc/ld.so.cache", "/etc/alternatives"):
        inner += ["--ro-bind-try", name, name]
    for source, target in visible:
        inner += ["--ro-bind", str(source), target]
    if any(ROOT.is_relative_to(shown) for shown in ("/usr", *(target for _, target in visible))):
        inner += ["--tmpfs", str(ROOT)]  # the clone lies in a folder that is shown, and would show the solutions
    inner += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--dir", HOME]
    # A mapping of /dev/zero would be memory that is in no count. /dev/full gives the same zeros and cannot be mapped.
    inner += ["--dev-bind", "/dev/full", "/dev/zero"]
    # Without these two a child could write to / and /dev, and the next one would find it.
    inner += ["--remount-ro", "/dev", "--remount-ro", "/", "--clearenv", "--chdir", HOME]
    for name, value in ENVIRONMENT.items():
        inner += ["--setenv", name, value]
    return [*outer, *inner]


def _bases(python: Path) -> list[Path]:
    """Return the folders of the interpreter that an environment was made from, by all paths that lead there.

    Raises
    ------
    MachineError
        The environment's Python does not run.
    """
    code = "import sys; print(sys.base_prefix, sys.base_exec_prefix, sys.prefix, sep='\\n')"
    run = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise MachineError(f"the learners' Python {python} does not run: {run.stderr.strip()[-500:]}")
    prefix, exec_prefix, own = map(Path, run.stdout.splitlines())
    bases = {prefix, exec_prefix, prefix.resolve(), python.resolve().parent.parent} - {own}
    return sorted(bases)


def explain(said: str) -> str:
    """Return why the sandbox did not start, and the command that helps.

    Parameters
    ----------
    said : str
        What bwrap or Python wrote to its standard error.
    """
    last = " / ".join(said.strip().splitlines()[-3:]) or "it said nothing"
    forbidden = ("new namespace", "uid map", "RTM_NEWADDR", "Operation not permitted", "Permission denied")
    if "bwrap:" not in said or not any(words in said for words in forbidden):
        return f"the sandbox's warm process did not start: {last}"
    cures = {
        "kernel/apparmor_restrict_unprivileged_userns": (
            "1",
            "kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        "kernel/unprivileged_userns_clone": ("0", "kernel.unprivileged_userns_clone=1"),
        "user/max_user_namespaces": ("0", "user.max_user_namespaces=15000"),
    }
    for name, (bad, cure) in cures.items():
        with contextlib.suppress(OSError):
            if Path("/proc/sys", name).read_text().strip() == bad:
                return f"this machine forbids user namespaces ({last}): sudo sysctl -w {cure}"
    return (
        f"this machine forbids user namespaces ({last}): in a container, start it with "
        "`docker run --security-opt seccomp=unconfined --security-opt systempaths=unconfined ...`"
    )
