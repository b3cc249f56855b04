"""Finds the notebook in a hand-in's folder by names, depths and times; no file is opened for that."""

import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePath
from typing import Any

from course.errors import IntakeError
from grading.handin.files import kind_of, reasons_for_errors, shown

#: The most entries of a submission's folder that are looked at: an honest folder has far fewer.
MAX_ENTRIES = 2_000
#: How many folders down the notebook is looked for, where an unpacked archive may have put it.
MAX_FOLDERS_DOWN = 3

_NOTEBOOK_NAME = re.compile(r"(?P<stem>.*)\.ipynb(?:\s*\((?P<late>\d+)\))?(?P<extra>\.txt|\.json)?", re.S)
_COPY_MARKS = (
    re.compile(r"\s*\((\d+)\)$"),  # browsers, Windows
    re.compile(r"\s*-\s*copy\s*\((\d+)\)$"),  # Windows, the second copy
    re.compile(r"[-_\s]*copy[-_\s]*(\d*)$"),  # JupyterLab, macOS, Windows
)


def find_notebook(folder: Path, slug: str, name: str = "exercise", but: Path | None = None) -> Path:
    """The one notebook that a submission's folder means.

    Parameters
    ----------
    folder : Path
        `submitted/STUDENT/SLUG`.
    slug : str
        The assignment. A notebook of that name is taken where none has the released name.
    name : str
        The released notebook's name without `.ipynb`.
    but : Path, optional
        A file that is passed over, as if it were not there.

    Returns
    -------
    Path
        The first of `candidates`, which describes the order.

    Raises
    ------
    IntakeError
        There is no notebook, or only links, devices or pipes with a notebook's name.
    MachineError
        The machine failed to list the folder, or may not.
    """
    found, refused, others = _look_through(folder, slug, name, but)
    if found:
        return found[0]
    wanted = f"wanted {name}.ipynb: save the notebook and hand that file in"
    if refused:
        raise IntakeError(f"{shown(refused[0].name)} is {kind_of(refused[0])}, not a file; {wanted}")
    if others:
        names = ", ".join(shown(path.name) for path in others[:3])
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        raise IntakeError(f"there is no notebook, only {names}{more}; {wanted}")
    raise IntakeError(f"the folder is empty; {wanted}")


def candidates(folder: Path, slug: str, name: str = "exercise", but: Path | None = None) -> list[Path]:
    """All notebooks in a submission's folder, the one that counts first.

    Notebooks are sorted by these rules, the first of which weighs most:

    1. A notebook in the folder itself comes before one in a folder below.
    2. One that ends in `.ipynb` comes before `.ipynb.txt` and `.ipynb.json`.
    3. The exact name comes first; then the same name in other case, spacing or Unicode form; then copies of it
       ("exercise (1)", "exercise-Copy1", "Copy of exercise"); then a name that begins with it; then the slug; then any
       other.
    4. Among equals the highest number of a copy comes first, then the newest file, then the first in the alphabet.

    Hidden files and folders, `__MACOSX`, links, devices and pipes are left out. A hard link counts as a file, because
    nothing tells the two apart.

    Parameters
    ----------
    folder, slug, name, but
        As for `find_notebook`.

    Returns
    -------
    list of Path
        Empty where there is no notebook.

    Raises
    ------
    IntakeError
        There is no such folder, or the path is a link or a file.
    MachineError
        The machine failed to list the folder, or may not.
    """
    return _look_through(folder, slug, name, but)[0]


def _look_through(folder: Path, slug: str, name: str, but: Path | None) -> tuple[list[Path], list[Path], list[Path]]:
    """Three lists: the notebooks, best first; what has a notebook's name and is no file; all other files."""
    found: list[tuple[Any, Path]] = []
    refused: list[Path] = []
    others: list[Path] = []
    with reasons_for_errors(folder):
        if not stat.S_ISDIR(folder.lstat().st_mode):
            raise IntakeError(f"{shown(folder.name)} is {kind_of(folder)}, not a folder; hand a folder in")
        for path, depth in walk(folder):
            if path == but:
                continue
            match = _NOTEBOOK_NAME.fullmatch(_plain(path.name))
            status = path.lstat()
            if match is None:
                others.append(path)
            elif not stat.S_ISREG(status.st_mode):
                refused.append(path)
            else:
                rank = _rank(path.name, match, slug, name)
                found.append(((depth, *rank, -status.st_mtime_ns, path.name), path))
    return [path for _, path in sorted(found)], sorted(refused), sorted(others)


def walk(folder: Path) -> Iterator[tuple[Path, int]]:
    """All entries below a folder that are no folders, each with its depth; a link is such an entry and not followed.

    Hidden entries and `__MACOSX` are left out, and what is beyond `MAX_ENTRIES` or `MAX_FOLDERS_DOWN`.
    """
    folders, seen = [(folder, 0)], 0
    while folders:
        here, depth = folders.pop(0)
        with os.scandir(here) as entries:
            listed = sorted(islice(entries, MAX_ENTRIES - seen), key=lambda entry: entry.name)
        seen += len(listed)
        for entry in listed:
            if entry.name.startswith(".") or entry.name == "__MACOSX":
                continue
            if not entry.is_dir(follow_symlinks=False):
                yield Path(entry.path), depth
            elif depth < MAX_FOLDERS_DOWN:
                folders.append((Path(entry.path), depth + 1))


def name_rank(file_name: str, slug: str, name: str = "exercise") -> tuple[int, int, int] | None:
    """How well a file's name fits the released one, in the order of `candidates`.

    Parameters
    ----------
    file_name : str
        A name or a path, of which the last part counts.
    slug, name : str
        As for `find_notebook`.

    Returns
    -------
    tuple of three ints, or None
        The best name has the least tuple; None where the name is no notebook's. The first number is 1 for an ending
        like `.ipynb.txt`, else 0. The second is 0 to 2 for the released name and its copies, 3 for a name that begins
        with it, 4 for the slug and 5 for any other. The third is minus the number of a copy.
    """
    match = _NOTEBOOK_NAME.fullmatch(_plain(PurePath(file_name).name))
    return _rank(PurePath(file_name).name, match, slug, name) if match else None


def without_copy_mark(file_name: str) -> tuple[str, int | None]:
    """The name without its ending and without the mark of a copy, and the copy's number: `Ada (1).ipynb` is ("Ada", 1).

    The number is None where there is no such mark. A name that is no notebook's comes back whole, with None.
    """
    match = _NOTEBOOK_NAME.fullmatch(_plain(file_name))
    if match is None:
        return file_name, None
    stem, number = _without_copy_mark(match["stem"], match["late"])
    found = re.search(re.escape(stem), file_name, re.I) if stem else None
    return (found[0] if found else stem), number


def _rank(file_name: str, match: re.Match[str], slug: str, name: str) -> tuple[int, int, int]:
    """What `name_rank` returns, for a name that `_NOTEBOOK_NAME` has matched."""
    ending = 1 if match["extra"] else 0
    if file_name == f"{name}.ipynb":
        return ending, 0, 0
    stem, number = _without_copy_mark(match["stem"], match["late"])
    wanted = _plain(name)
    if stem == wanted:
        return ending, 1 if number is None else 2, -(number or 0)
    if stem.startswith(wanted):
        return ending, 3, -(number or 0)
    return ending, 4 if stem == _plain(slug) else 5, -(number or 0)


def _without_copy_mark(stem: str, late: str | None) -> tuple[str, int | None]:
    """Split a plain stem: `exercise-copy2` is ("exercise", 2). `late` is a number that stood behind the ending."""
    number = int(late[:9]) if late else None
    if stem.startswith("copy of "):  # Colab, Google Drive
        stem, number = stem.removeprefix("copy of "), number or 1
    for mark in _COPY_MARKS:
        if match := mark.search(stem):
            # JupyterLab's first copy has a number, Windows's and macOS's has none.
            return stem[: match.start()].strip(), int(match[1][:9] or 1)
    return stem.strip(), number


def _plain(name: str) -> str:
    """A name in lower case, in Unicode's form NFKC, with single spaces: names that look the same become equal."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
