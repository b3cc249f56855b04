"""What platforms tell of a hand-in beside its name: times, Blackboard's and Sakai's texts, Gradescope's metadata."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

import yaml

from course.errors import CourseError
from grading.platforms.recognize import BLACKBOARD, PATTERNS

#: "Name: Ada Lovelace (ada)", in the language of the server.
_NAME = re.compile(r"^[^\n:]{1,40}: *(?P<name>.+?) *\((?P<id>[^()\n]+)\) *\r?$", re.M)
_MAX_BYTES = 20_000_000
SAKAIS_TIME = "timestamp.txt"
#: ILIAS's words for a late file (`exc_late_submission`), as they are and in ASCII.
ILIAS_LATE = {"late submission", "verspätete abgabe", "verspaetete abgabe", "verspatete abgabe"}
_BLACKBOARD_TIME = "%Y-%m-%d-%H-%M-%S"
_BRIGHTSPACE_TIMES = [
    f"{day} {hour}"
    for day in ("%b %d, %Y", "%B %d, %Y", "%d %b, %Y", "%d %B, %Y", "%d %b %Y", "%d %B %Y")
    for hour in ("%I:%M %p", "%H:%M")
]


def blackboard_time(text: str, zone: tzinfo) -> datetime | None:
    """A time in a name of Blackboard's, in UTC; None where it is none."""
    return _time(text, [_BLACKBOARD_TIME], zone)


def brightspace_time(text: str, zone: tzinfo) -> datetime | None:
    """`Nov 3, 2026 415 PM` or `3 November, 2026 1615`, in UTC; None where the month is not in English."""
    return _time(re.sub(r"[:_.]?(\d\d)(?= [AP]M$|$)", r":\1", text), _BRIGHTSPACE_TIMES, zone)


def sakai_time(folder: Path) -> datetime | None:
    """The time in Sakai's `timestamp.txt`, in UTC: `2026-11-03T15:15:00.123Z`, in older ones `20261103151500123`."""
    path = folder / SAKAIS_TIME
    if not path.is_file() or path.stat().st_size > 100:
        return None
    text = path.read_text(encoding="utf-8-sig", errors="replace").strip()
    if re.fullmatch(r"\d{17}", text):
        return _time(text[:14], ["%Y%m%d%H%M%S"], UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)


def without_late(file: str) -> tuple[str, bool]:
    """A file of ILIAS's without the words that it puts before the name of a late one, and whether it had them."""
    folder, slash, name = file.rpartition("/")
    words, dash, rest = name.partition(" - ")
    is_late = bool(dash) and words.casefold() in ILIAS_LATE
    return f"{folder}{slash}{rest if is_late else name}", is_late


def _time(text: str, formats: Iterable[str], zone: tzinfo) -> datetime | None:
    for one in formats:
        try:
            return datetime.strptime(text, one).replace(tzinfo=zone).astimezone(UTC)
        except ValueError:
            continue
    return None


def blackboard_names(paths: Iterable[Path]) -> dict[str, tuple[str, str]]:
    """By the beginning of Blackboard's file names the learner's id and name, read from the .txt file beside them.

    The name of the file alone is not enough, since an id may have underscores in it.
    """
    found = {}
    for path in paths:
        match = PATTERNS[BLACKBOARD].fullmatch(path.name)
        if match and match["ending"] == ".txt" and path.stat().st_size < 1_000_000:
            beginning = path.name.partition("_attempt_")[0]
            for said in _NAME.finditer(path.read_text(encoding="utf-8-sig", errors="replace")):
                if beginning.endswith(f"_{said['id'].strip()}"):
                    found[beginning] = said["id"].strip(), said["name"]
                    break
    return found


class _Yaml(yaml.SafeLoader):
    """Reads plain values of YAML; where it names an object of Ruby's, the value becomes None."""


_Yaml.add_multi_constructor("!", lambda loader, suffix, node: None)  # type: ignore[no-untyped-call]


def gradescope_metadata(path: Path) -> dict[str, Any]:
    """What Gradescope's `submission_metadata.yml` holds, by the submission's folder.

    Raises
    ------
    CourseError
        The file is too large, or no YAML.
    """
    if path.stat().st_size > _MAX_BYTES:
        raise CourseError(f"{path.name} is larger than {_MAX_BYTES / 1e6:.3g} MB; wanted Gradescope's export")
    try:
        said = yaml.load(path.read_bytes(), _Yaml)
    except (yaml.YAMLError, UnicodeError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise CourseError(f"{path.name} can't be read ({reason}); export the submissions again") from None
    return said if isinstance(said, dict) else {}
