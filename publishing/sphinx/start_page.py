"""The start page shows each chapter's drawing and says how long the chapter takes, by the chapters' own pages.

The page has `<span data-times="transform"></span>` for a chapter, `data-core="transform"` for its core alone, and
`data-core="all"` for all cores. `<span data-drawing="transform"></span>` becomes `book/drawings/transform.svg`: it
stands in the page itself, since only so does it take the page's colours.
"""

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from course.chapter import slugs
from publishing.sphinx import activities
from publishing.sphinx.directives import format_minutes

PLACE = re.compile(r'(<span data-(?P<what>times|core)="(?P<slug>[a-z]+)">)(?=</span>)')

DRAWING = re.compile(r'<span data-drawing="(?P<name>[a-z]+)"></span>')


def hours(minutes: int) -> str:
    """A time for readers who plan: in halves of an hour from an hour on."""
    return format_minutes(minutes) if minutes < 60 else f"{round(minutes / 30) / 2:g} h"


def times(env: BuildEnvironment, what: str, slug: str) -> str:
    """The words for one place of the page; empty in a build without the chapter's pages."""
    if what == "core":
        cores = [
            activities.page(env, f"book/{name}/lesson").get("core", 0) for name in slugs() if slug in {name, "all"}
        ]
        return format_minutes(sum(cores))
    whole = sum(activities.page(env, f"book/{slug}/{kind}").get("minutes", 0) for kind in ("lesson", "exercise"))
    return hours(whole) if whole else ""


def fill(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object) -> None:
    """Put the drawings and the times into their places."""
    drawings = Path(app.srcdir) / "book" / "drawings"
    body = DRAWING.sub(lambda place: (drawings / f"{place['name']}.svg").read_text("utf-8"), context.get("body", ""))
    context["body"] = PLACE.sub(lambda place: place[1] + times(app.env, place["what"], place["slug"]), body)


def setup(app: Sphinx) -> None:
    """`publishing.sphinx.extension` calls this."""
    app.connect("html-page-context", fill)
