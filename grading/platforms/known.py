"""The files of a download that has a platform's names: whose each is, and what its name and the platform tell of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path, PurePosixPath
from typing import Any

from grading.handin.choose import SAME_TIME_SECONDS
from grading.handin.find import name_rank, without_copy_mark
from grading.platforms import told
from grading.platforms.recognize import BLACKBOARD, BRIGHTSPACE, CANVAS, GRADESCOPE, ILIAS, METADATA, SAKAI, Label

CANVAS_AGAIN = re.compile(r"-\d+(?=\.ipynb\b|$)")
#: What a platform itself puts beside the files of a learner: Blackboard a text, Sakai times, comments and feedback.
_OWN = {
    BLACKBOARD: re.compile(r"\.txt"),
    SAKAI: re.compile(r"timestamp\.txt|comments\.txt|feedbackText\.html|Feedback Attachment\(s\)[/_].*", re.S),
}
#: The folder in a learner's folder of Sakai's in which the files are, or what stands for it in the name.
_SAKAIS_FOLDER = re.compile(r"Submission attachment\(s\)[/_]")


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


def known_files(
    folder: Path, paths: list[Path], kind: str, named: dict[Path, Label], zone: tzinfo,
    metadata: dict[Path, Any], notes: list[str],
) -> list[PlatformFile]:  # fmt: skip
    """The files that have the names of the platform that the download is from."""
    names = told.blackboard_names(paths) if kind == BLACKBOARD else {}
    files: list[PlatformFile] = []
    for path, (depth, match) in named.items():
        files += _files_of(path, folder, kind, depth, match, zone, metadata, names, notes)
    if kind == ILIAS:
        files = list(_in_turn(files))
    if kind not in _OWN:
        return files
    # A platform's own files count only where nothing else tells that the learner has handed in.
    others = {one.who.id for one in files if not _OWN[kind].fullmatch(one.file)}
    return [one for one in files if not _OWN[kind].fullmatch(one.file) or one.who.id not in others]


def _in_turn(files: list[PlatformFile]) -> Iterator[PlatformFile]:
    """ILIAS's files with their attempts: a learner's folder has them all, each in its last version.

    By the times of its notebooks the last one counts; where these are alike, by the numbers that ILIAS gives to a name
    that comes again. All other files belong to the last one.
    """
    for learner in {one.who.id for one in files}:
        own = [one for one in files if one.who.id == learner]
        notebooks = [one for one in own if name_rank(one.file, "")]
        times = [one.time for one in notebooks]
        by_time = bool(times) and max(times) - min(times) > SAME_TIME_SECONDS
        turn = {
            one.path: one.time if by_time else float(without_copy_mark(PurePosixPath(one.file).name)[1] or 1)
            for one in notebooks
        }
        last = max(turn.values(), default=0.0)
        yield from (replace(one, attempt=(turn.get(one.path, last), "")) for one in own)


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
        file = CANVAS_AGAIN.sub("", file, count=1)
        yield replace(one, file=file, late=bool(got["late"]), attempt=(0.0, ""), time=float(got["fileid"]))
    elif kind == SAKAI:
        at = told.sakai_time(folder.joinpath(*parts[: depth + 1]))
        file = _SAKAIS_FOLDER.sub("", file, count=1)
        yield replace(one, file=file, at=at, attempt=(at.timestamp() if at else 0.0, one.attempt[1]))
    elif kind == ILIAS:
        file, late = told.without_late(file)
        yield replace(one, file=file, late=late)
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
