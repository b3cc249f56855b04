"""What was collected, kept for giving back: each learner's file under nbgrader's name, and their platform's."""

import filecmp
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from grading.handin.submission import DATE, NAME
from grading.platforms.names import Collected, Collection


@dataclass(frozen=True)
class Origin:
    """Where a student's hand-in came from."""

    student: str
    platform: str
    id: str  # the platform's
    name: str
    email: str
    label: str  # the part of the path that said whose it was
    file: str  # what the learner called it
    at: str = ""  # ISO, UTC
    late: bool = False


def origins(collection: Collection) -> list[Origin]:
    """One for each learner."""
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
    """Remember where hand-ins came from; who is not in this download stays as they were."""
    path = _path(root, slug)
    known = {one.student: one for one in look_up(root, slug)} | {one.student: one for one in found}
    path.parent.mkdir(parents=True, exist_ok=True)
    made = json.dumps([asdict(known[student]) for student in sorted(known)], ensure_ascii=False, indent=1)
    path.write_text(made, encoding="utf-8")
    return path


def look_up(root: Path, slug: str) -> list[Origin]:
    """What `keep` has kept; empty where nothing was collected."""
    path = _path(root, slug)
    if not path.is_file():
        return []
    return [Origin(**one) for one in json.loads(path.read_text(encoding="utf-8"))]


def traces(root: Path, student: str) -> list[Path]:
    """What is kept of a student between a platform and nbgrader, besides the ledgers' lines and whole downloads.

    Of `upload/` that is all of a chapter that the student handed in for: it is made again in a moment.
    """
    downloads, own = root / "downloaded", re.compile(rf"{re.escape(student)}-\d+")
    kept = [path for path in downloads.glob("*/extracted/*") if path.name == student]
    kept += [p for kind in ("replaced", "old") for p in downloads.glob(f"*/{kind}/*") if own.fullmatch(p.name)]
    kinds = ("submitted", "autograded", "feedback")
    chapters = {path.name for kind in kinds for path in (root / kind / student).glob("*")}
    uploads = [path for path in (root / "upload").glob("*/*") if path.parent.name in chapters]
    return sorted([*kept, *uploads])


def lines(root: Path, student: str) -> list[Path]:
    """The ledgers that have a line of a student's."""
    found = sorted((root / "downloaded").glob("*/collected.json"))
    return [path for path in found if any(one.student == student for one in look_up(root, path.parent.name))]


def forget(root: Path, student: str) -> None:
    """Leave a student out of the ledgers."""
    for path in (root / "downloaded").glob("*/collected.json"):
        known = json.loads(path.read_text(encoding="utf-8"))
        left = [one for one in known if one["student"] != student]
        if len(left) < len(known):
            path.write_text(json.dumps(left, ensure_ascii=False, indent=1), encoding="utf-8")


def lay_out(collection: Collection, folder_of: Callable[[str], Path], aside: Path) -> None:
    """Put what counts into a folder for each student: the notebook as `exercise.ipynb`, or whatever there is instead.

    What lies there and is the same stays; what differs is moved into the folder `aside`, never deleted.
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
        if one.at:
            (folder / DATE).write_text(f"{one.at:%Y-%m-%d %H:%M:%S} UTC")


def _named(one: Collected) -> list[tuple[str, Path]]:
    """Under which name each file goes to nbgrader: what a learner called it counts for the ending alone."""
    if one.notebook is not None:
        ending = one.notebook.path.name.lower()
        strange = next((e for e in (".ipynb.txt", ".ipynb.json") if ending.endswith(e)), ".ipynb")
        return [(NAME.removesuffix(".ipynb") + strange, one.notebook.path)]
    names: dict[str, Path] = {}
    for handed in one.files:
        names.setdefault(Path(handed.file).name or handed.path.name, handed.path)
    return list(names.items())


def _move(folder: Path, to: Path) -> None:
    number = 1
    while (there := to.with_name(f"{to.name}-{number}")).exists():
        number += 1
    there.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(folder, there)
