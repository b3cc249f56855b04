"""A learner's file: its bytes, its name in one line, its kind in words, and why it can't be read."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from course.errors import IntakeError, MachineError


def shown(name: str) -> str:
    """A file's name, quoted, as one short printable line.

    The name may hold any bytes: those that are no UTF-8 and all control characters become question marks, and a name of
    more than 60 characters is cut.
    """
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    text = "".join(character if character.isprintable() else "?" for character in text)
    return repr(text if len(text) <= 60 else text[:57] + "...")


def kind_of(path: Path) -> str:
    """What lies at a path, in words for the learner ("a file", "a pipe"); a link is called a link and not followed."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return "gone"
    kinds = {
        stat.S_IFLNK: "a link",
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
        stat.S_IFREG: "a file",
    }
    return kinds.get(stat.S_IFMT(mode), "something else")


@contextmanager
def reasons_for_errors(path: Path) -> Iterator[None]:
    """Turn an `OSError` of this block into an error of the project.

    Raises
    ------
    IntakeError
        The path is not there.
    MachineError
        The machine failed, or the grader may not read the path: that is no reason to lose points.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise IntakeError(f"{shown(path.name)} is not there; wanted a notebook: hand it in") from error
    except PermissionError as error:
        raise MachineError(f"{shown(path.name)} may not be read; give the grader the right to") from error
    except OSError as error:
        raise MachineError(f"{shown(path.name)} could not be read: {error.strerror}") from error


def read_bytes(path: Path, most: int) -> bytes:
    """The bytes of an ordinary file, at most one more than `most`; nothing else is opened.

    Raises
    ------
    IntakeError
        The path is not there, or is a link, a pipe, a device or a folder.
    MachineError
        The machine failed to read the file, or may not.
    """
    wanted = "hand the file itself in"
    with reasons_for_errors(path):
        if not stat.S_ISREG(path.lstat().st_mode):
            raise IntakeError(f"{shown(path.name)} is {kind_of(path)}, not a file; {wanted}")
        # The file may have been exchanged since it was looked at. So no link is followed, no pipe is waited for, and
        # what was opened is looked at again.
        flags = os.O_RDONLY
        for flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"):
            flags |= getattr(os, flag, 0)
        with open(os.open(path, flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise IntakeError(f"{shown(path.name)} is not a file; {wanted}")
            return file.read(most + 1)
