"""Keeps what was collected: the files under nbgrader's names, and the platform's names for the way back."""

import filecmp
import json
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from grading.handin import attempts
from grading.handin.submission import DATE, NAME
from grading.platforms.known import PlatformFile
from grading.platforms.names import Collected, Collection


@dataclass(frozen=True)
class Origin:
    """Where a student's hand-in came from; what is not known is empty.

    Attributes
    ----------
    student : str
        The student's id in nbgrader.
    platform, id, name, email : str
        The platform, and the learner as it knows them.
    label : str
        The part of the downloaded path that says whose file it is.
    file : str
        What the learner called the file.
    at : str
        When it was handed in, as ISO 8601 in UTC.
    late : bool
        Whether the platform says that it was late.
    """

    student: str
    platform: str
    id: str
    name: str
    email: str
    label: str
    file: str
    at: str = ""
    late: bool = False


def origins(collection: Collection) -> list[Origin]:
    """The origin of each learner's hand-in in a download."""
    return [
        Origin(
            one.student, one.who.platform, one.who.id, one.who.name, one.who.email, one.label, one.files[0].file,
            one.at.isoformat(" ") if one.at else "", one.late,
        )
        for one in collection.learners
    ]  # fmt: skip


def _path(root: Path, slug: str) -> Path:
    return root / "downloaded" / slug / "collected.json"


def keep(root: Path, slug: str, found: list[Origin]) -> Path:
    """Add origins to the ledger of a chapter and return its path. A student who is not in this download stays."""
    path = _path(root, slug)
    known = {one.student: one for one in look_up(root, slug)} | {one.student: one for one in found}
    _write(path, list(known.values()))
    return path


def _write(path: Path, known: list[Origin]) -> None:
    """Write a ledger as a whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = json.dumps([asdict(one) for one in sorted(known, key=lambda one: one.student)], ensure_ascii=False, indent=1)
    part = path.with_suffix(".part")
    part.write_text(made, encoding="utf-8")
    part.replace(path)


def look_up(root: Path, slug: str) -> list[Origin]:
    """The origins in the ledger of a chapter; empty where nothing was collected."""
    path = _path(root, slug)
    if not path.is_file():
        return []
    return [Origin(**one) for one in json.loads(path.read_text(encoding="utf-8"))]


def traces(root: Path, student: str) -> list[Path]:
    """The files and folders of a student's between a platform and nbgrader, but for ledgers and whole downloads.

    In `upload/` each file of a chapter counts for which the student handed in: the files hold the whole class, and are
    made again in a moment.
    """
    downloads = root / "downloaded"
    kept = [path for path in downloads.glob("*/extracted/*") if path.name == student]
    own = re.compile(rf"{re.escape(student)}-\d+({re.escape(attempts.GIVEN)})?")
    for kind in (attempts.REPLACED, attempts.OLD):
        kept += [path for path in downloads.glob(f"*/{kind}/*") if own.fullmatch(path.name)]
    kinds = ("submitted", "autograded", "feedback")
    chapters = {path.name for kind in kinds for path in (root / kind / student).glob("*")}
    uploads = [path for path in (root / "upload").glob("*/*") if path.parent.name in chapters]
    return sorted([*kept, *uploads])


def lines(root: Path, student: str) -> list[Path]:
    """The ledgers that name a student."""
    found = sorted((root / "downloaded").glob("*/collected.json"))
    return [path for path in found if any(one.student == student for one in look_up(root, path.parent.name))]


def forget(root: Path, student: str) -> None:
    """Delete a student from all ledgers."""
    for path in (root / "downloaded").glob("*/collected.json"):
        known = look_up(root, path.parent.name)
        left = [one for one in known if one.student != student]
        if len(left) < len(known):
            _write(path, left)


def rename(root: Path, old: str, new: str, counts: Mapping[str, str]) -> None:
    """Give a student's lines to another one in all ledgers; of two lines `counts` says by chapter which stays."""
    for path in lines(root, old):
        slug = path.parent.name
        known = {one.student: one for one in look_up(root, slug)}
        mine = known.pop(old)
        if new not in known or counts.get(slug) == old:
            known[new] = replace(mine, student=new)
        _write(path, list(known.values()))


def lay_out(collection: Collection, folder_of: Callable[[str], Path], aside: Path) -> None:
    """Put what counts into a folder for each student.

    Parameters
    ----------
    collection : Collection
        What `names.collect` has found.
    folder_of : callable
        The folder for a student's id. The notebook becomes `exercise.ipynb` in it, and what may belong to it goes there
        too; without one all files do. A folder with the same files stays as it is.
    aside : Path
        A folder with other files is moved there, and never deleted. Earlier attempts in the download go there, too.
    """
    for one in collection.learners:
        folder = folder_of(one.student)
        files = _named(one)
        same = all((folder / name).is_file() and filecmp.cmp(path, folder / name, False) for name, path in files)
        if not same and folder.exists():
            _move(folder, aside / one.student)
        folder.mkdir(parents=True, exist_ok=True)
        for name, path in files:
            if not (folder / name).exists():
                shutil.copy2(path, folder / name)
        for handed in sorted(one.earlier, key=lambda file: (file.attempt, file.time)):
            _keep_attempt(handed, folder, aside / one.student)
        if one.at:
            (folder / DATE).write_text(f"{one.at:%Y-%m-%d %H:%M:%S} UTC")


def _keep_attempt(handed: PlatformFile, folder: Path, aside: Path) -> None:
    """Keep an earlier attempt beside those that were replaced, unless its notebook is kept already."""
    own = re.compile(rf"{re.escape(aside.name)}-\d+")
    kept = [path / NAME for path in aside.parent.glob("*") if own.fullmatch(path.name)]
    if any(path.is_file() and filecmp.cmp(handed.path, path, False) for path in (folder / NAME, *kept)):
        return
    there = attempts.free(aside)
    there.mkdir(parents=True)
    shutil.copy2(handed.path, there / NAME)
    if handed.at:
        (there / DATE).write_text(f"{handed.at:%Y-%m-%d %H:%M:%S} UTC")


def _named(one: Collected) -> list[tuple[str, Path]]:
    """The name that each file gets for nbgrader. Of the learner's name for the notebook only the ending is kept."""
    names: dict[str, Path] = {}
    files = one.files
    if one.notebook is not None:
        ending = one.notebook.path.name.lower()
        strange = next((e for e in (".ipynb.txt", ".ipynb.json") if ending.endswith(e)), ".ipynb")
        names[NAME.removesuffix(".ipynb") + strange] = one.notebook.path
        files = one.beside
    for handed in files:
        names.setdefault(Path(handed.file).name or handed.path.name, handed.path)
    return list(names.items())


def _move(folder: Path, to: Path) -> None:
    there = attempts.free(to)
    there.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(folder, there)
