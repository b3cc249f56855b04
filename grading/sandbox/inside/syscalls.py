"""The filter of system calls under which a learner's code runs, and the calls of the C library that it takes.

A system call is denied for one of two reasons: no exercise needs it and it reaches far into the kernel, or what it
takes is in no limit and in no count of memory.
"""

import ctypes
import mmap
import os
import platform
import socket
import struct

PR_SET_SECCOMP = 22
ANY_NAMESPACE = 0x7E02_0000

# System calls that no exercise needs; numbers for x86_64 and aarch64. These reach far into the kernel.
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
# These give memory that belongs to no process, so that neither a limit nor the keeper's count knows of it.
DENIED |= {
    "memfd_create": (319, 279),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    # A page that is spliced into a pipe or a socket stays in memory when nobody maps it any longer, and a huge page
    # stays whole.
    "vmsplice": (278, 75),
    "splice": (275, 76),
    "tee": (276, 77),
    "sendfile": (40, 71),
    "landlock_create_ruleset": (444, 444),
}
# A session has its own share of the processors (the kernel's autogroup); a learner has one session.
DENIED |= {"setsid": (112, 157)}
# The column of the tables, what the kernel calls the architecture, and the calls whose arguments are looked at.
ARCHITECTURES = {
    "x86_64": (0, 0xC000_003E, {"clone": 56, "socket": 41, "mmap": 9, "setsockopt": 54}),
    "aarch64": (1, 0xC000_00B7, {"clone": 220, "socket": 198, "mmap": 222, "setsockopt": 208}),
}
MAP_SHARED_ANONYMOUS = mmap.MAP_SHARED | mmap.MAP_ANONYMOUS
EPERM, ENOSYS, EAFNOSUPPORT = 1, 38, 97

libc = ctypes.CDLL(None, use_errno=True)


def check(result: int, what: str) -> None:
    """Raise the C library's last error as an OSError where a call has failed."""
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def seccomp_filter() -> bytes | None:
    """Return a BPF program that denies what this module's tables name, and some calls by their arguments.

    These are new namespaces, sockets of rare families, larger buffers of sockets, and memory that processes share
    without a file. The last two could not be counted: the pages of a shared mapping stay in memory while no process
    has them in use.

    Returns
    -------
    bytes or None
        None on a machine whose numbers of system calls are not known here.
    """
    if platform.machine() not in ARCHITECTURES:
        return None
    column, audit, calls = ARCHITECTURES[platform.machine()]
    load, equal, at_least, any_bit, leave, both = 0x20, 0x15, 0x35, 0x45, 0x06, 0x54
    number, architecture = 0, 4  # offsets in struct seccomp_data
    first, second, third, fourth = 16, 24, 32, 40  # the lower halves of the arguments
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
        (equal, 0, 4, calls["clone"]),
        (load, 0, 0, first),
        (any_bit, 0, 1, ANY_NAMESPACE),
        (leave, 0, 0, fail | EPERM),
        (load, 0, 0, number),
        # AF_VSOCK reaches the host of a virtual machine whatever the network namespace, and the kernel's code for
        # AF_ALG and other families is known for holes.
        (equal, 0, 6, calls["socket"]),
        (load, 0, 0, first),
        (equal, 3, 0, socket.AF_UNIX),
        (equal, 2, 0, socket.AF_INET),
        (equal, 1, 0, socket.AF_INET6),
        (leave, 0, 0, fail | EAFNOSUPPORT),
        (load, 0, 0, number),
        (equal, 0, 5, calls["mmap"]),
        (load, 0, 0, fourth),
        (both, 0, 0, MAP_SHARED_ANONYMOUS),
        (equal, 0, 1, MAP_SHARED_ANONYMOUS),
        (leave, 0, 0, fail | EPERM),
        (load, 0, 0, number),
        (equal, 0, 6, calls["setsockopt"]),
        (load, 0, 0, second),
        (equal, 0, 4, socket.SOL_SOCKET),
        (load, 0, 0, third),
        (equal, 1, 0, socket.SO_SNDBUF),
        (equal, 0, 1, socket.SO_RCVBUF),
        (leave, 0, 0, fail | EPERM),
        (leave, 0, 0, allow),
    ]
    return b"".join(struct.pack("HBBI", *line) for line in program)


def install_filter(program: bytes) -> None:
    """Put a filter of system calls into force, for this process and all that it starts."""

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("lines", ctypes.c_char_p)]

    pointer = ctypes.byref(Program(len(program) // 8, program))
    check(libc.prctl(PR_SET_SECCOMP, 2, pointer, 0, 0), "seccomp")
