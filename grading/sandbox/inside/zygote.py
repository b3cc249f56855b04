"""Runs inside the sandbox: loads what learners need once, then forks a confined child for each notebook.

    python zygote.py CONTROL_FD SETTINGS

SETTINGS is JSON: the fields of `Limits`, `home` (the learner's home), `files` (a folder whose files appear in the
home), and `namespaces` (false for a sandbox of the kind "none"). When everything is loaded this process writes one line
of JSON to the control socket. A request on that socket is eight bytes, the seed of the global random generators, with
three file descriptors: the data socket, the status socket, and the pipe for descriptors 1 and 2.

A child is two more processes. This one forks a *keeper*, which makes the namespaces and forks *pid 1* in them, where
the learner's code runs. The keeper sends a pidfd of pid 1 to the grader on the status socket, watches over
the child until pid 1 ends, and then sends how it ended.
"""

import array
import contextlib
import ctypes
import gc
import json
import os
import random
import resource
import shutil
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NoReturn

HERE = Path(__file__).resolve().parent
# Behind bubblewrap all lies here; without it, `wire` and the kit's `crash` lie where the clone has them.
BESIDE = [str(folder) for folder in (HERE, HERE.parent, HERE.parent.parent.parent / "course" / "kit")]
sys.path[:0] = BESIDE
import numpy as np  # noqa: E402
from shell import Server, make_shell  # noqa: E402
from syscalls import check, install_filter, libc, seccomp_filter  # noqa: E402
from watch import Watch, private_bytes  # noqa: E402

del sys.path[: len(BESIDE)]

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x0002_0000, 0x0400_0000, 0x0800_0000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x1000_0000, 0x2000_0000, 0x4000_0000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND = 1, 2, 4, 8, 4096
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 24, 38
LEARNER_ID = 1000


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    arguments = [source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode()]
    check(libc.mount(*arguments), f"mount {kind} on {target}")


def new_namespaces(tmpfs_bytes: int, home: str) -> None:
    """Give this process namespaces of its own, and one private, bounded tmpfs for the home, /tmp and /dev/shm."""
    uid, gid = os.getuid(), os.getgid()
    flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS
    check(libc.unshare(flags), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{LEARNER_ID} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{LEARNER_ID} {gid} 1")
    mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, f"size={tmpfs_bytes},nr_inodes=4096,mode=700")
    for name, target in (
        ("home", home),
        ("shm", "/dev/shm"),
        ("tmp", "/tmp"),
    ):  # /tmp last: it covers the others
        os.mkdir(f"/tmp/{name}")
        mount(f"/tmp/{name}", target, "", MS_BIND)
    # Terminals are shared by number, so that one child could open another one's.
    mount("tmpfs", "/dev/pts", "tmpfs", MS_RDONLY, "size=4k")


def drop_privileges() -> None:
    """Give up every capability, and every way to get one back."""

    class Header(ctypes.Structure):
        _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]

    for capability in range(64):
        if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break
    nothing = (ctypes.c_uint32 * 6)()
    check(libc.capset(ctypes.byref(Header(0x2008_0522, 0)), ctypes.byref(nothing)), "capset")
    check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")


def set_limits(settings: dict[str, Any]) -> None:
    """Set the kernel's limits of this process, which all that it starts inherits."""
    bounds = {
        resource.RLIMIT_FSIZE: settings["file_bytes"],
        resource.RLIMIT_NOFILE: settings["open_files"],
        resource.RLIMIT_CPU: settings["cpu_seconds"],
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
    }
    if settings["namespaces"]:  # without them the other processes of this user would count too
        bounds[resource.RLIMIT_NPROC] = settings["processes"]
        bounds[resource.RLIMIT_MSGQUEUE] = 0
    if sys.platform == "linux":
        here = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        bounds[resource.RLIMIT_AS] = here + settings["memory_bytes"]
    for kind, bound in bounds.items():
        hard = resource.getrlimit(kind)[1]
        bound = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(kind, (bound, bound))


def confine(settings: dict[str, Any], home: str, out: int, keep_open: list[int], seed: int) -> None:
    """Confine this process, pid 1 of its namespace, so that a learner's code may run in it."""
    if sys.platform == "linux":
        Path("/proc/self/oom_score_adj").write_text("1000")  # when memory runs out the kernel kills learners first
    if settings["namespaces"]:
        # Read-only, or a learner's code could take back what was written above.
        mount("proc", "/proc", "proc", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)
        drop_privileges()
    else:
        os.setsid()
    os.chdir(home)
    for name in os.listdir(settings["files"]):
        os.symlink(f"{settings['files']}/{name}", f"{home}/{name}")
    os.environ.update(HOME=home, MPLCONFIGDIR=f"{home}/.matplotlib", IPYTHONDIR=f"{home}/.ipython")
    os.mkdir(f"{home}/.matplotlib")
    sys.path.insert(0, home)
    null = os.open(os.devnull, os.O_RDONLY)
    for descriptor, standard in ((null, 0), (out, 1), (out, 2)):
        os.dup2(descriptor, standard)
    for descriptor in keep_open:
        os.set_inheritable(descriptor, False)  # a program that a cell starts must not get it
    for descriptor in map(int, os.listdir("/dev/fd")):
        if descriptor > 2 and descriptor not in keep_open:
            with contextlib.suppress(OSError):  # the descriptor that listed the folder is closed already
                os.close(descriptor)
    np.random.seed(seed & 0xFFFF_FFFF)
    random.seed(seed)
    gc.enable()
    set_limits(settings)
    if settings["namespaces"]:
        os.setsid()
        if settings["filter"]:
            install_filter(settings["filter"])


def be_pid_1(
    settings: dict[str, Any],
    shell: Any,
    data: socket.socket,
    status: socket.socket,
    out: int,
    home: str,
    seed: int,
) -> NoReturn:
    """Confine this process and answer the grader's requests; a failure to confine goes to the status socket."""
    try:
        confine(settings, home, out, [data.fileno(), status.fileno()], seed)
    except Exception as error:
        say_failure(status, error)
        os._exit(1)
    data.sendall(b"\0")  # the learner's code runs from here on, so this process gives up the status socket
    status.close()
    Server(shell, data, settings["reply_bytes"]).serve()
    os._exit(0)


def say_failure(status: socket.socket, error: Exception) -> None:
    """Tell the grader why there will be no child."""
    status.sendall(json.dumps({"failed": f"{type(error).__name__}: {error}"}).encode() + b"\n")


def keep(settings: dict[str, Any], shell: Any, descriptors: list[int], seed: int) -> None:
    """Be a keeper: make the namespaces, fork pid 1 in them, and tell the grader of it and of its end."""
    data, status, out = (
        socket.socket(fileno=descriptors[0]),
        socket.socket(fileno=descriptors[1]),
        descriptors[2],
    )
    pid = 0
    try:
        home = settings["home"]
        if settings["namespaces"]:
            new_namespaces(settings["tmpfs_bytes"], home)
        else:
            home = tempfile.mkdtemp(prefix="learner-")
        base = private_bytes("self")
        pid = os.fork()
        if pid == 0:
            be_pid_1(settings, shell, data, status, out, home, seed)
        data.close()
        os.close(out)
        pidfds = [os.pidfd_open(pid)] if hasattr(os, "pidfd_open") else []
        ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", pidfds))] if pidfds else []
        status.sendmsg([json.dumps({"pid": pid}).encode() + b"\n"], ancillary)
        why = {"why": ""}
        if settings["namespaces"]:
            why = Watch(pid, pidfds[0], status, base, settings["memory_bytes"]).until_the_end()
        _, code, usage = os.wait4(pid, 0)
        if not settings["namespaces"]:
            shutil.rmtree(home, ignore_errors=True)
        end = {"status": code, **why, "user": usage.ru_utime, "system": usage.ru_stime}
        status.sendall(json.dumps({**end, "rss": usage.ru_maxrss * 1024}).encode() + b"\n")
    except Exception as error:
        if pid:  # nobody would watch over it
            os.kill(pid, signal.SIGKILL)
        say_failure(status, error)


def reap() -> None:
    """Wait for the keepers that have ended, so that their processor time is added to this process's."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def main() -> None:
    """Load everything, say so, and fork a keeper for each request until the grader closes the control socket."""
    begin = time.perf_counter()
    control = socket.socket(fileno=int(sys.argv[1]))
    settings = json.loads(sys.argv[2])
    shell = make_shell(settings["output_bytes"])
    settings["filter"] = seccomp_filter() if settings["namespaces"] else None
    gc.collect()
    gc.freeze()  # a garbage collection in a child would write to every page, and so copy it
    threads = len(os.listdir("/proc/self/task")) if settings["namespaces"] else 1
    ready = {"seconds": time.perf_counter() - begin, "seccomp": settings["filter"] is not None}
    control.sendall(json.dumps({**ready, "threads": threads}).encode() + b"\n")
    while True:
        message, ancillary, _, _ = control.recvmsg(8, socket.CMSG_SPACE(12))
        reap()
        if not message:
            return
        descriptors = array.array("i")
        for _, _, sent in ancillary:
            descriptors.frombytes(sent)
        try:
            child = os.fork()
        except OSError as error:  # too many processes, say: that is this request's failure, and other children live on
            child = -1
            with contextlib.suppress(OSError), socket.socket(fileno=os.dup(descriptors[1])) as status:
                say_failure(status, error)
        if child == 0:
            control.close()
            keep(settings, shell, list(descriptors), int.from_bytes(message, "big"))
            os._exit(0)
        for descriptor in descriptors:
            os.close(descriptor)


if __name__ == "__main__":
    main()
