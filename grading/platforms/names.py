"""Finds out whose a downloaded file is and which attempt counts, by the names that learning platforms give files."""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path, PurePosixPath

from course.errors import CourseError
from grading.handin.files import shown
from grading.handin.find import name_rank, without_copy_mark
from grading.handin.pictures import is_picture
from grading.handin.submission import NAME
from grading.platforms import told
from grading.platforms.known import CANVAS_AGAIN, PlatformFile, Who, known_files
from grading.platforms.recognize import GRADESCOPE, METADATA, PATTERNS, PLAIN, matched, recognized

#: What is said of a notebook that a plain folder holds under the name that everybody's has.
_OF_NOBODY = (
    "whose it is can't be told from its name; left out. A file that was downloaded alone has the learner's own name "
    "for it: put it into a folder that is named by the student's id, or download all submissions together"
)


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
    earlier : tuple of PlatformFile
        Other notebooks of the learner, which are earlier attempts.
    """

    student: str
    who: Who
    label: str
    files: tuple[PlatformFile, ...]
    at: datetime | None
    late: bool
    others: tuple[str, ...] = ()
    beside: tuple[PlatformFile, ...] = ()
    earlier: tuple[PlatformFile, ...] = ()

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
        files = known_files(folder, paths, kind, named[kind], zone, metadata, made.notes)
        own = {top / METADATA for top in metadata} | (named[kind].keys() - {one.path for one in files})
        unknown = [path for path in paths if path not in named[kind] and path not in own]
        if own:
            many = f"{len(own)} files are" if len(own) > 1 else "1 file is"
            made.notes.append(f"{many} {kind.capitalize()}'s own (times, texts, comments) and no hand-in")
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
    made.notes += [_not_counted(c, name, folder) for c in made.learners for name in c.others]
    return made


# ---- whose file it is


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
    while (again := CANVAS_AGAIN.sub("", file, count=1)) != file:
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


def _not_counted(one: Collected, name: str, folder: Path) -> str:
    """What is said of a file that does not count; of a notebook also which one does."""
    line = f"{one.student}: {shown(name)} does not count"
    if one.notebook is None or name_rank(name, "") is None:
        return line
    return f"{line}; {shown(str(one.notebook.path.relative_to(folder)))} does"


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
    earlier = tuple(one for one in handed if one not in counted and name_rank(one.file, slug)) if last else ()
    beside_it = tuple(beside.values())
    return Collected(student, first.who, label, tuple(files), first.at, first.late, others, beside_it, earlier)
