"""What the grader says about a learner's file: its name in one line, its kind in words, and why it can't be read."""

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
        The path is not there or may not be read, which the learner or the instructor can change.
    MachineError
        The machine failed in another way, for which the learner must not lose points.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise IntakeError(f"{shown(path.name)} is not there; wanted a notebook: hand it in") from error
    except PermissionError as error:
        raise IntakeError(f"{shown(path.name)} may not be read; give the grader the right to") from error
    except OSError as error:
        raise MachineError(f"{shown(path.name)} could not be read: {error.strerror}") from error
