"""Finds out whose a downloaded file is and which attempt counts, by the names that learning platforms give files."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path, PurePosixPath
from typing import Any

from course.errors import CourseError
from grading.handin.files import shown
from grading.handin.find import name_rank, without_copy_mark
from grading.handin.pictures import is_picture
from grading.handin.submission import NAME
from grading.platforms import told
from grading.platforms.recognize import (
    BLACKBOARD,
    BRIGHTSPACE,
    CANVAS,
    GRADESCOPE,
    METADATA,
    PATTERNS,
    PLAIN,
    Label,
    matched,
    recognized,
)

_CANVAS_AGAIN = re.compile(r"-\d+(?=\.ipynb\b|$)")
#: What is said of a notebook that a plain folder holds under the name that everybody's has.
_OF_NOBODY = (
    "whose it is can't be told from its name; left out. A file that was downloaded alone has the learner's own name "
    "for it: put it into a folder that is named by the student's id, or download all submissions together"
)


@dataclass(frozen=True)
class Who:
    """A learner as a platform knows them; what it does not tell is empty.

    Attributes
    ----------
    platform : str
        One of `PATTERNS`, or `PLAIN`.
    id : str
        The platform's own id of the learner.
    name, email : str
        As the platform writes them.
    sid : str
        The university's id of the student, which Gradescope tells.
    """

    platform: str
    id: str
    name: str = ""
    email: str = ""
    sid: str = ""


@dataclass(frozen=True)
class PlatformFile:
    """One file of one learner.

    Attributes
    ----------
    who : Who
        Whose it is.
    path : Path
        Where it lies on this disk.
    label : str
        The part of its path that says whose it is, as the platform wrote it.
    file : str
        What the learner called it.
    attempt : pair of float and str
        Files of one attempt have the same pair, and the last attempt has the greatest.
    at : datetime or None
        When it was handed in, in UTC, where the platform says so.
    late : bool
        Whether the platform says that it was late.
    time : float
        The time of the file in the archive, in seconds; for Canvas the file's number, which grows with time.
    """

    who: Who
    path: Path
    label: str
    file: str
    attempt: tuple[float, str]
    at: datetime | None = None
    late: bool = False
    time: float = 0.0


@dataclass(frozen=True)
class Collected:
    """What counts of one learner.

    Attributes
    ----------
    student : str
        The student's id in nbgrader.
    who : Who
        The learner as the platform knows them.
    label : str
        The part of the path that says whose it is.
    files : tuple of PlatformFile
        The notebook or, without one, all files.
    at, late
        When it was handed in, and whether the platform says that it was late.
    others : tuple of str
        The files that do not count.
    beside : tuple of PlatformFile
        What was handed in together with the notebook and may belong to it: pictures, and notebooks of other names.
        Which of the notebooks counts is seen when they are read.
    """

    student: str
    who: Who
    label: str
    files: tuple[PlatformFile, ...]
    at: datetime | None
    late: bool
    others: tuple[str, ...] = ()
    beside: tuple[PlatformFile, ...] = ()

    @property
    def notebook(self) -> PlatformFile | None:
        """The notebook that counts, or None."""
        return self.files[0] if len(self.files) == 1 and name_rank(self.files[0].file, "") else None


@dataclass
class Collection:
    """What counts of each learner in a download, and what the instructor should know, a line each."""

    learners: list[Collected] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def collect(
    folder: Path,
    slug: str,
    student_of: Callable[[Who], str | None] = lambda who: None,
    zone: tzinfo = UTC,
    platform: str = "",
    listed: bool = False,
) -> Collection:
    """Find out whose each file is that `archive.unpack` has unpacked, and which attempt counts.

    Parameters
    ----------
    folder : Path
        One or several downloads of one platform, or a plain folder with `STUDENT/exercise.ipynb` or `STUDENT.ipynb`.
    slug : str
        The chapter.
    student_of : callable
        Takes a `Who` and returns the student's id, or None where nobody on the roster is meant.
    zone : tzinfo
        The zone of times in the platform's names. Blackboard writes its server's time.
    platform : str
        Which platform it is, where the instructor has said so: one of `PATTERNS`, or `PLAIN`. Otherwise the whole
        download tells, as `recognized` says.
    listed : bool
        Whether there is a class list: a learner who is not on it is then named.

    Returns
    -------
    Collection
        Each learner is in it once. The last attempt with a notebook counts. Attempts are sorted by the time in the
        name or in the metadata; where there is none, by the time of the file in the archive or by its number.

    Raises
    ------
    CourseError
        Gradescope's metadata can't be read, or there is no such platform.
    """
    made = Collection()
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    if platform not in ("", PLAIN, *PATTERNS):
        raise CourseError(f"there is no platform {platform!r}; there are {', '.join([*PATTERNS, PLAIN])}")
    tops = {path.parent for path in paths if path.name == METADATA}
    tops = {top for top in tops if not any(other in top.parents for other in tops)}
    named = {kind: matched(folder, paths, kind, tops) for kind in PATTERNS}
    kind = platform or recognized(folder, paths, named, made.notes)
    if kind == PLAIN:
        files, unknown = _plain(folder, paths, slug)
    else:
        metadata = {top: told.gradescope_metadata(top / METADATA) for top in tops} if kind == GRADESCOPE else {}
        files = _known(folder, paths, kind, named[kind], zone, metadata, made.notes)
        ours = {top / METADATA for top in metadata}
        unknown = [path for path in paths if path not in named[kind] and path not in ours]
    for path in unknown:
        alone = kind == PLAIN and name_rank(path.name, slug) is not None
        why = _OF_NOBODY if alone else "whose it is can't be told from its name; left out"
        made.notes.append(f"{shown(str(path.relative_to(folder)))}: {why}")
    by_learner: dict[tuple[str, str], list[PlatformFile]] = defaultdict(list)
    for one in files:
        by_learner[one.who.platform, one.who.id].append(one)
    ids = _students([handed[0].who for handed in by_learner.values()], student_of, made.notes, listed)
    for key, handed in by_learner.items():
        if key in ids:
            made.learners.append(_choose(ids[key], handed, slug, folder))
    made.learners.sort(key=lambda one: one.student)
    made.notes += [f"{c.student}: {shown(name)} does not count" for c in made.learners for name in c.others]
    return made


# ---- whose file it is


def _known(
    folder: Path, paths: list[Path], kind: str, named: dict[Path, Label], zone: tzinfo,
    metadata: dict[Path, Any], notes: list[str],
) -> list[PlatformFile]:  # fmt: skip
    """The files that have the names of the platform that the download is from."""
    names = told.blackboard_names(paths) if kind == BLACKBOARD else {}
    files: list[PlatformFile] = []
    for path, (depth, match) in named.items():
        files += _files_of(path, folder, kind, depth, match, zone, metadata, names, notes)
    if kind != BLACKBOARD:
        return files
    # Blackboard's own .txt file counts only where nothing else tells that the learner has handed in.
    others = {one.who.id for one in files if one.file != ".txt"}
    return [one for one in files if one.file != ".txt" or one.who.id not in others]


def _files_of(
    path: Path, folder: Path, kind: str, depth: int, match: re.Match[str], zone: tzinfo,
    metadata: dict[Path, Any], names: dict[str, tuple[str, str]], notes: list[str],
) -> Iterator[PlatformFile]:  # fmt: skip
    """What a platform's name tells of a file: one file, or one for each member of a group."""
    parts = PurePosixPath(path.relative_to(folder).as_posix()).parts
    part = parts[depth]
    got = {name: value or "" for name, value in match.groupdict().items()}
    below = "/".join(parts[depth + 1 :])
    file = "/".join(filter(None, (got.get("file"), below))) or got.get("ending", "")
    one = PlatformFile(
        Who(kind, got["id"], got.get("name", "")),
        path, part, file, (0.0, "/".join(parts[:depth])), time=path.stat().st_mtime,
    )  # fmt: skip
    if kind == BLACKBOARD:
        at = told.blackboard_time(got["at"], zone)
        who = Who(kind, *names.get(part.partition("_attempt_")[0], (got["id"],)))
        yield replace(one, who=who, at=at, attempt=(at.timestamp() if at else 0.0, got["at"]))
    elif kind == BRIGHTSPACE:
        at = told.brightspace_time(got["at"], zone)
        yield replace(one, at=at, attempt=(at.timestamp() if at else one.time, got["at"]))
    elif kind == CANVAS:
        # The number of a file grows with time. Canvas adds "-2" to a name that was handed in before, which is not part
        # of the learner's name for it.
        file = _CANVAS_AGAIN.sub("", file, count=1)
        yield replace(one, file=file, late=bool(got["late"]), attempt=(0.0, ""), time=float(got["fileid"]))
    elif kind == GRADESCOPE:
        yield from _submitters(one, metadata[folder.joinpath(*parts[:depth])], notes)
    else:
        yield one


def _submitters(one: PlatformFile, metadata: dict[str, Any], notes: list[str]) -> Iterator[PlatformFile]:
    """One file for each submitter of a file of Gradescope's, because a group hands in together."""
    about = metadata.get(one.label)
    about = about if isinstance(about, dict) else {}
    at = about.get(":created_at")
    at = at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC) if isinstance(at, datetime) else None
    attempt = (at.timestamp() if at else 0.0, one.who.id.zfill(20))
    submitters = [s for s in about.get(":submitters") or [] if isinstance(s, dict)]
    for said in submitters:
        name, sid, email = (str(said.get(key) or "") for key in (":name", ":sid", ":email"))
        who = Who(GRADESCOPE, sid or email or name or one.label, name, email, sid)
        yield replace(one, who=who, at=at, attempt=attempt)
    if not submitters:
        line = f"{one.label} is not in {METADATA}: it is collected under that name"
        notes += [line] if line not in notes else []
        yield replace(one, who=Who(GRADESCOPE, one.label), at=at, attempt=attempt)


def _plain(folder: Path, paths: list[Path], slug: str) -> tuple[list[PlatformFile], list[Path]]:
    """The files in a plain folder, and the paths that name nobody.

    Whose a file is tells its outermost folder, or its name where it lies in none: `STUDENT/…/exercise.ipynb` or
    `STUDENT.ipynb`. Folders in which all files lie are left out of this.
    """
    split = {path: PurePosixPath(path.relative_to(folder).as_posix()).parts for path in paths}
    notebooks = [path for path in paths if name_rank(path.name, slug)]

    def owner(parts: tuple[str, ...]) -> str | None:
        return parts[0] if len(parts) > 1 or _named(parts[0], slug) else None

    while notebooks and len({parts[0] for parts in split.values()}) == 1:
        owners = {owner(split[path][1:] or (".",)) for path in notebooks}
        # The one folder is the class's, or it is the only learner's. It is the class's where at least two learners'
        # folders or files lie below it, or where each notebook below it names somebody.
        if any(len(parts) == 1 for parts in split.values()) or (None in owners and len(owners) < 3):
            break
        split = {path: parts[1:] for path, parts in split.items()}
    files, unknown = [], []
    for path, parts in split.items():
        time = path.stat().st_mtime
        if len(parts) > 1:
            who = Who(PLAIN, parts[0], parts[0])
            files.append(PlatformFile(who, path, parts[0], "/".join(parts[1:]), (0.0, ""), time=time))
        elif _named(parts[0], slug):
            stem, number = without_copy_mark(parts[0])
            files.append(
                PlatformFile(Who(PLAIN, stem, stem), path, stem, "exercise.ipynb", (float(number or 0), ""), time=time)
            )
        else:
            unknown.append(path)
    return files, unknown


def _named(file: str, slug: str) -> bool:
    """Whether a file may be named after a learner: a notebook with another name than the released one and the slug.

    Canvas adds "-2" to the released name, too, where a learner has handed in again.
    """
    while (again := _CANVAS_AGAIN.sub("", file, count=1)) != file:
        file = again
    fits = name_rank(file, slug)
    return fits is not None and fits[1] in (3, 5)


def _students(
    learners: list[Who], student_of: Callable[[Who], str | None], notes: list[str], listed: bool
) -> dict[tuple[str, str], str]:  # fmt: skip
    """The student's id of each learner: the roster's, or the platform's as `fit` writes it. No id is given twice."""
    found = {(who.platform, who.id): student_of(who) for who in learners}
    shared = defaultdict(list)
    for key, student in found.items():
        shared[student].append(key)
    ids: dict[tuple[str, str], str] = {}
    taken: dict[str, str] = {}
    for who in learners:
        key = (who.platform, who.id)
        student = found[key]
        if student is not None and len(shared[student]) > 1:
            notes.append(f"{who.name or who.id} ({who.id}): {student} on the roster fits another one too; not matched")
            student = None
        elif student is None and listed:
            notes.append(
                f"{who.name or who.id} ({who.id}): is not on the roster; collected as the student {fit(who.id)}"
            )
        student = student or fit(who.id)
        if student.casefold() in taken:
            notes.append(
                f"{who.name or who.id} ({who.id}): {taken[student.casefold()]} would be their student id too; left "
                "out: give each an id of their own on the roster"
            )
            continue
        taken[student.casefold()] = student
        ids[key] = student
    return ids


def fit(text: str) -> str:
    """A text as a student's id that nbgrader and every file system accept: letters, digits and `_ . @ -`."""
    return re.sub(r"[^\w.@]+", "-", text).strip("-.") or "nameless"


# ---- which attempt counts


def _choose(student: str, handed: list[PlatformFile], slug: str, folder: Path) -> Collected:
    """Choose what counts of all files of one learner: the best notebook of the last attempt that has one."""
    attempts: dict[tuple[float, str], list[PlatformFile]] = defaultdict(list)
    for one in handed:
        attempts[one.attempt].append(one)
    newest = sorted(
        attempts.values(), key=lambda files: (files[0].attempt[0], max(one.time for one in files), files[0].attempt[1])
    )[::-1]
    notebooks = ([one for one in files if name_rank(one.file, slug)] for files in newest)
    last = next((files for files in notebooks if files), None)
    beside: dict[str, PlatformFile] = {}
    if last is None:
        files = newest[0]
    else:
        depth = {one: one.file.count("/") for one in last}
        ranked = sorted(last, key=lambda one: (depth[one], name_rank(one.file, slug), -one.time, one.file))
        files = ranked[:1]
        names = {NAME, PurePosixPath(files[0].file).name}
        for one in [*ranked, *(one for one in attempts[files[0].attempt] if is_picture(one.file))]:
            if (name := PurePosixPath(one.file).name) not in names:
                names.add(name)
                beside[name] = one
    counted = [*files, *beside.values()]
    others = tuple(str(one.path.relative_to(folder)) for one in handed if one not in counted)
    first = files[0]
    label = next((one.label for one in files if "_assignsubmission_file" in one.label), first.label)
    return Collected(student, first.who, label, tuple(files), first.at, first.late, others, tuple(beside.values()))
