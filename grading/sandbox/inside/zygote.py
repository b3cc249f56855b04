"""Runs inside the sandbox: loads what learners need once, then forks a confined child for each notebook.

    python zygote.py CONTROL_FD SETTINGS

SETTINGS is JSON: the fields of `Limits`, `home` (the learner's home), `files` (a folder whose files appear in the
home), and `namespaces` (false for a sandbox of the kind "none"). When everything is loaded this process writes one line
of JSON to the control socket. A request on that socket is eight bytes, the seed of the global random generators, with
three file descriptors: the data socket, the status socket, and the pipe for descriptors 1 and 2.

A child is two more processes. This one forks a *keeper*, which makes the namespaces and forks *pid 1* in them, where
the learner's code runs. The keeper sends a pidfd of pid 1 to the grader on the status socket, waits for the end of pid
1 and then sends how it ended.
"""

import array
import contextlib
import ctypes
import gc
import json
import os
import platform
import random
import resource
import select
import shutil
import signal
import socket
import struct
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

del sys.path[: len(BESIDE)]

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x0002_0000, 0x0400_0000, 0x0800_0000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x1000_0000, 0x2000_0000, 0x4000_0000
ANY_NAMESPACE = 0x7E02_0000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND = 1, 2, 4, 8, 4096
PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 22, 24, 38
LEARNER_ID = 1000
WATCH_SECONDS = 0.25

# System calls that no exercise needs and that reach far into the kernel; numbers for x86_64 and aarch64.
DENIED = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "process_madvise": (440, 440),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),  # keyrings are shared by all children
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "memfd_secret": (447, 447),
    "personality": (135, 92),
    "syslog": (103, 116),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
}
ARCHITECTURES = {"x86_64": (0, 0xC000_003E, 56, 41), "aarch64": (1, 0xC000_00B7, 220, 198)}
EPERM, ENOSYS, EAFNOSUPPORT = 1, 38, 97

libc = ctypes.CDLL(None, use_errno=True)


def check(result: int, what: str) -> None:
    """Raise the C library's last error as an OSError where a call has failed."""
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    arguments = [source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode()]
    check(libc.mount(*arguments), f"mount {kind} on {target}")


def seccomp_filter() -> bytes | None:
    """Return a BPF program that denies the calls in DENIED, new namespaces, and sockets of rare families.

    It is None on a machine whose numbers of system calls are not known here.
    """
    if platform.machine() not in ARCHITECTURES:
        return None
    column, audit, clone, socket_ = ARCHITECTURES[platform.machine()]
    load, equal, at_least, any_bit, leave = 0x20, 0x15, 0x35, 0x45, 0x06
    number, architecture, first_argument = 0, 4, 16  # offsets in struct seccomp_data
    allow, kill, fail = 0x7FFF_0000, 0x8000_0000, 0x0005_0000
    program = [
        (load, 0, 0, architecture),
        (equal, 1, 0, audit),
        (leave, 0, 0, kill),
        (load, 0, 0, number),
        (at_least, 0, 1, 0x4000_0000),  # the x32 calls of x86_64
        (leave, 0, 0, fail | EPERM),
    ]
    for denied in DENIED.values():
        program += [(equal, 0, 1, denied[column]), (leave, 0, 0, fail | EPERM)]
    program += [
        # The flags of clone3 lie in memory, where a filter can't look. Without it the C library takes clone.
        (equal, 0, 1, 435),
        (leave, 0, 0, fail | ENOSYS),
        (equal, 0, 4, clone),
        (load, 0, 0, first_argument),
        (any_bit, 0, 1, ANY_NAMESPACE),
        (leave, 0, 0, fail | EPERM),
        (load, 0, 0, number),
        # AF_VSOCK reaches the host of a virtual machine whatever the network namespace, and the kernel's code for
        # AF_ALG and other families is known for holes.
        (equal, 0, 6, socket_),
        (load, 0, 0, first_argument),
        (equal, 3, 0, socket.AF_UNIX),
        (equal, 2, 0, socket.AF_INET),
        (equal, 1, 0, socket.AF_INET6),
        (leave, 0, 0, fail | EAFNOSUPPORT),
        (load, 0, 0, number),
        (leave, 0, 0, allow),
    ]
    return b"".join(struct.pack("HBBI", *line) for line in program)


def install_filter(program: bytes) -> None:
    """Put a filter of system calls into force, for this process and all that it starts."""

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("lines", ctypes.c_char_p)]

    pointer = ctypes.byref(Program(len(program) // 8, program))
    check(libc.prctl(PR_SET_SECCOMP, 2, pointer, 0, 0), "seccomp")


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
        Path("/proc/self/oom_score_adj").write_text("1000")  # when memory runs out the kernel kills learners first
    for kind, bound in bounds.items():
        hard = resource.getrlimit(kind)[1]
        bound = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(kind, (bound, bound))


def confine(settings: dict[str, Any], home: str, out: int, keep_open: list[int], seed: int) -> None:
    """Confine this process, pid 1 of its namespace, so that a learner's code may run in it."""
    if settings["namespaces"]:
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
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


def private_bytes(process: str) -> int:
    """Return the bytes of a process's pages that belong to no file, those that a fork shares included."""
    with contextlib.suppress(OSError):
        _, resident, shared, *_ = map(int, Path(f"/proc/{process}/statm").read_text().split())
        return (resident - shared) * resource.getpagesize()
    return 0


def watch_memory(pidfd: int, base: int, most: int) -> bool:
    """Wait for the end of pid 1, and kill it when all processes of its namespace take too much memory together.

    The kernel's limit bounds each process, and a learner's code can start many. /proc is the child's here, because pid
    1 has mounted it in a mount namespace that this process shares.

    Parameters
    ----------
    pidfd : int
        Of pid 1.
    base : int
        The bytes that each process shares with the warm process, if it was forked only.
    most : int
        How many bytes the processes may take together beyond that.

    Returns
    -------
    bool
        Whether pid 1 was killed.
    """
    while not select.select([pidfd], [], [], WATCH_SECONDS)[0]:
        if os.path.exists("/proc/self"):
            continue  # pid 1 has not mounted its /proc yet: this process is not in it
        processes = filter(str.isdigit, os.listdir("/proc"))
        if sum(max(0, private_bytes(process) - base) for process in processes) > most:
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
            return True
    return False


def keep(settings: dict[str, Any], shell: Any, descriptors: list[int], seed: int) -> None:
    """Be a keeper: make the namespaces, fork pid 1 in them, and tell the grader of it and of its end."""
    data, status, out = (
        socket.socket(fileno=descriptors[0]),
        socket.socket(fileno=descriptors[1]),
        descriptors[2],
    )
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
        over = settings["namespaces"] and watch_memory(pidfds[0], base, settings["memory_bytes"])
        _, code, usage = os.wait4(pid, 0)
        if not settings["namespaces"]:
            shutil.rmtree(home, ignore_errors=True)
        end = {"status": code, "memory": over, "user": usage.ru_utime, "system": usage.ru_stime}
        status.sendall(json.dumps({**end, "rss": usage.ru_maxrss * 1024}).encode() + b"\n")
    except Exception as error:
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
        if os.fork() == 0:
            control.close()
            keep(settings, shell, list(descriptors), int.from_bytes(message, "big"))
            os._exit(0)
        for descriptor in descriptors:
            os.close(descriptor)


if __name__ == "__main__":
    main()
