"""A list of all activities, page by page: `_static/course.json`, and the same data as a script, `contents.js`.

    {"version": 1, "term": "",
     "parts": [{"title": "The transform",
                "pages": [{"page": "book/transform/lesson", "title": "The transform", "minutes": 60,
                           "predictions": ["transform-tail"], "quizzes": {"quiz-1a2b3c4d": 2}, "functions": []}]}]}

A lesson also has `core`, the minutes of its core. A quiz's number is its right answer, counted from 1. An exercise page
also has `starters`, a digest of each function's stub, and `cells`, what the browser's store calls the texts that can be
written there. Pages are in the order of the book's contents. The term is `course_term` of `_config.yml`: with another
one, the same address is another course to a reader's browser. Scripts of the site read `courseContents` from
`contents.js`, because a page that is opened as a file cannot fetch `course.json`.
"""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors import EnvironmentCollector
from sphinx.util import logging

from course.chapter import slugs
from course.notebooks import stubs
from publishing.sphinx import exercise_cells
from publishing.sphinx.directives import element, elements

logger = logging.getLogger(__name__)

WORDS_A_MINUTE = 200
STATED_MINUTES = re.compile(r"(?:\b[Aa]bout |\()(\d+) minutes")
LINE = (
    70  # characters; longer paragraphs don't count, but for those that begin with "Difficulty: ●○○, about 20 minutes."
)


class ActivityCollector(EnvironmentCollector):
    """Collects the activities of each page when Sphinx reads it."""

    def clear_doc(self, app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        """Forget a page that is deleted or will be read again."""
        _pages(env).pop(docname, None)

    def merge_other(self, app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
        """Take over what another process read."""
        _pages(env).update({name: page for name, page in _pages(other).items() if name in docnames})

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Collect the activities of a page that was read."""
        env = app.env
        slug = Path(env.docname).parent.name
        is_exercise = env.docname == f"book/{slug}/exercise" and slug in slugs()
        written = {name: exercise_cells.digest(source) for name, source in stubs(slug).items()} if is_exercise else {}
        _pages(env)[env.docname] = {
            "page": env.docname,
            "title": env.titles[env.docname].astext(),
            "minutes": minutes(doctree),
            **({"core": core} if (core := core_minutes(doctree)) else {}),
            "predictions": [e["html"]["data-prediction"] for e in elements(doctree, "fieldset", "prediction")],
            "quizzes": {quiz["html"]["id"]: _right(quiz) for quiz in elements(doctree, "fieldset", "quiz")},
            "functions": list(written),
            **({"starters": written, "cells": exercise_cells.kept_keys(slug)} if is_exercise else {}),
        }


def _pages(env: BuildEnvironment) -> dict[str, dict[str, Any]]:
    return vars(env).setdefault("course_pages", {})


def _right(quiz: element) -> int:
    """The number of the right answer."""
    reasons = elements(quiz, "div", "why")
    return 1 + next(k for k, reason in enumerate(reasons) if "right" in reason["html"]["class"].split())


def minutes(doctree: nodes.document) -> int:
    """The minutes that a page takes.

    They are what the page states: in its outcomes, in its introduction ("about 90 minutes"), or in its exercises and
    headings, which are added up. If it states nothing, they are computed from 200 words a minute. The tables of
    `{properties}` are not counted, because nobody reads them from top to bottom.
    """
    for outcomes in elements(doctree, "div", "outcomes"):
        return outcomes["minutes"]
    looked_up = {id(p) for t in doctree.findall(nodes.table) if "properties" in t["classes"] for p in t.findall()}
    parts = [part for part in doctree.findall(nodes.paragraph) if id(part) not in looked_up]
    for paragraph in parts:
        in_introduction = isinstance(paragraph.parent, nodes.section) and paragraph.parent.parent is doctree
        if in_introduction and (stated := STATED_MINUTES.search(paragraph.astext())):
            return int(stated[1])
    texts = [part.astext() for part in [*doctree.findall(nodes.title), *parts]]
    lines = [text for text in texts if len(text) < LINE or text.startswith("Difficulty:")]
    if numbers := [int(number) for line in lines for number in STATED_MINUTES.findall(line)]:
        return sum(numbers)
    words = len(re.findall(r"\w[\w'-]*", " ".join(part.astext() for part in parts)))
    return max(1, round(words / WORDS_A_MINUTE))


def core_minutes(doctree: nodes.document) -> int | None:
    """The minutes of a lesson's core, from its outcomes; None on a page that has no core."""
    return next((outcomes["core"] for outcomes in elements(doctree, "div", "outcomes")), None)


def page(env: BuildEnvironment, docname: str) -> dict[str, Any]:
    """The activities of one page; empty for a page that Sphinx makes itself, such as the search."""
    return _pages(env).get(docname, {})


def contents(env: BuildEnvironment, term: str = "") -> dict[str, Any]:
    """The activities of all pages, in the order of the book's contents."""
    pages = _pages(env)
    trees = env.external_site_map.root.subtrees  # type: ignore[attr-defined]
    parts = [{"title": tree.caption, "pages": [pages[n] for n in tree.files() if n in pages]} for tree in trees]
    return {"version": 1, "term": term, "parts": parts}


def write(app: Sphinx, env: BuildEnvironment) -> None:
    """Write both files, and warn if two predictions have one name: they would share a reader's answer."""
    names = Counter(name for found in _pages(env).values() for name in found["predictions"])
    for name in (name for name, count in names.items() if count > 1):
        logger.warning("prediction: the name %r is there twice; a name is unique in the book", name)
    if app.builder.format == "html" and hasattr(env, "external_site_map"):
        folder = Path(app.outdir) / "_static"
        folder.mkdir(parents=True, exist_ok=True)
        made = json.dumps(contents(env, app.config.course_term), ensure_ascii=False, separators=(",", ":"))
        (folder / "course.json").write_text(made, encoding="utf-8")
        (folder / "contents.js").write_text(f"const courseContents = {made};\n", encoding="utf-8")


def setup(app: Sphinx) -> None:
    """`publishing.sphinx.extension` calls this."""
    app.add_env_collector(ActivityCollector)
    app.add_config_value("course_term", "", "html", str)
    app.connect("env-updated", write)
    # Sphinx adds a checksum to the address. The name has no hash, because pages are known only when all have been read.
    app.add_js_file("contents.js", defer="defer")
