"""Where the course treats an exercise: the section of the lesson, or the heading that it stands under."""

import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import yaml

from course.chapter import ROOT, Chapter

IN_THE_LESSON = re.compile(r"In the lesson: \{ref\}`([^`<]+?) <([\w-]+)>`")


@dataclass(frozen=True)
class Place:
    """Where the course treats an exercise.

    Attributes
    ----------
    heading : str
        The section's title.
    path : str
        The place in the site.
    site : str
        Where the site is, for a link: an address or a relative path; nothing where that is not known.
    """

    heading: str
    path: str
    site: str = ""

    @property
    def address(self) -> str:
        return f"{self.site}/{self.path}" if self.site else ""


def site_from(folder: Path, course: Path = ROOT) -> str:
    """Where a page in `folder` finds the course's site.

    Its published address, where `_config.yml` has one (`html: baseurl`). Else the site that is built in the course's
    own folder, by a relative path: that works wherever the folder is moved as a whole. A folder elsewhere gets
    nothing, for a link to this machine's files works for nobody else.
    """
    config = yaml.safe_load((course / "_config.yml").read_text(encoding="utf-8"))
    if published := (config.get("html") or {}).get("baseurl"):
        return published.rstrip("/")
    built = course / "_build" / "html"
    if built.is_dir() and folder.absolute().is_relative_to(course):
        return Path(os.path.relpath(built, folder)).as_posix()
    return ""


def sections(slug: str, site: str = "") -> dict[str, Place]:
    """The section of the lesson that each exercise names; where one names none, its own place in the exercise page."""
    found = {}
    for name, (heading, text) in _parts(slug).items():
        named = IN_THE_LESSON.search(text)
        own = Place(heading, f"book/{slug}/exercise.html#{anchor(heading)}", site)
        found[name] = Place(named[1], f"book/{slug}/lesson.html#{named[2]}", site) if named else own
    return found


def headings(slug: str) -> dict[str, str]:
    """What each exercise stands under in its page."""
    return {name: heading for name, (heading, _) in _parts(slug).items()}


def _parts(slug: str) -> dict[str, tuple[str, str]]:
    """For each exercise the heading of its part of the page, and the part."""
    _, *parts = re.split(r"^##+ ", Chapter(slug).page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = {}
    for part in parts:
        for name in re.findall(r"^(?:def|class) (\w+)", part, re.MULTILINE):
            found[name] = (part.partition("\n")[0].strip(), part)
    return {name: part for name, part in found.items() if name in Chapter(slug).exercises}


def anchor(heading: str) -> str:
    """The id that Sphinx gives a heading."""
    plain = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode().lower()
    return re.sub(r"^[^a-z]+|-+$", "", re.sub(r"[^a-z0-9]+", "-", " ".join(plain.split())))


def title(slug: str) -> str:
    """The title of a chapter's exercise page."""
    found = re.search(r"^# (.+)$", Chapter(slug).page.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1].strip() if found else slug
