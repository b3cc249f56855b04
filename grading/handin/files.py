"""How files that learners sent are spoken of: a name in one line, a kind in words, an error as a reason."""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from course.errors import IntakeError, MachineError


def shown(name: str) -> str:
    """A file's name as one short printable line, whatever bytes it has on disk."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    text = "".join(character if character.isprintable() else "?" for character in text)
    return repr(text if len(text) <= 60 else text[:57] + "...")


def kind_of(path: Path) -> str:
    """What a path is, in words that a learner understands; a link is a link, whatever it leads to."""
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
    """Turns an OSError into the learner's reason where it is theirs, into the machine's where not."""
    try:
        yield
    except FileNotFoundError as error:
        raise IntakeError(f"{shown(path.name)} is not there; wanted a notebook: hand it in") from error
    except PermissionError as error:
        raise IntakeError(f"{shown(path.name)} may not be read; give the grader the right to") from error
    except OSError as error:
        raise MachineError(f"{shown(path.name)} could not be read: {error.strerror}") from error
