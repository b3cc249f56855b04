"""What surrounds a page's text: its minutes below the heading; at its end, how to cite, report and edit it.

The links need the repository's address (`repository.py`), and the date of the last change needs git's history.
Without these, the links or the date are left out.
"""

import re
import subprocess
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

from course.chapter import ROOT
from course.errors import CourseError
from publishing.sphinx import activities, repository
from publishing.sphinx.directives import format_minutes

SPECIAL = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


class markup(nodes.General, nodes.Inline, nodes.Element):
    """HTML that the search does not index, since it is no text of the page."""


@cache
def last_changes(folder: Path) -> dict[str, str]:
    """The date of the last commit of each file below a folder, as YYYY-MM-DD: one call of git for all pages.

    Empty where git doesn't know when each file changed: in a zip, or in a clone that was cut short.
    """
    if _git(folder, "rev-parse", "--is-shallow-repository").strip() != "false":
        return {}
    # Each commit, the newest first: a line with its date, then a line for each file. A merge has no lines for files.
    parts = ("--format=%x09%cs", "--name-only", "--no-renames", "--relative")
    log = _git(folder, "-c", "core.quotePath=off", "log", *parts)
    dates: dict[str, str] = {}
    date = ""
    for line in log.splitlines():
        if line.startswith("\t"):
            date = line[1:]
        elif line:
            dates.setdefault(line, date)
    return dates


def _git(folder: Path, *arguments: str) -> str:
    """The output of a git command; empty if there is no git, no repository or no commit."""
    try:
        run = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return run.stdout if run.returncode == 0 else ""


def latex(text: str) -> str:
    """A text with LaTeX's special characters escaped, for BibTeX."""
    return re.sub(r"[\\~^&%$#_{}]", lambda found: SPECIAL.get(found[0], "\\" + found[0]), text)


def citation(title: str, page: str, address: str = "") -> tuple[str, str]:
    """How to cite a page, as a sentence and as BibTeX, from CITATION.cff."""
    course = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    authors = [a.get("name") or f"{a['given-names']} {a['family-names']}" for a in course["authors"]]
    year = str(course["date-released"])[:4]
    version = course["version"]
    stop = "" if title.endswith(("?", "!")) else "."
    words = f"{', '.join(authors)} ({year}). {title}{stop} In: {course['title']}. Version {version}."
    words += f" {address}" * bool(address)
    fields = {
        "author": " and ".join(f"{{{latex(author)}}}" for author in authors),
        "title": latex(title),
        "howpublished": f"In: {latex(course['title'])}",
        "year": year,
        "note": f"Version {version}",
        **({"url": address} if address else {}),
    }
    key = re.sub(r"[^a-z0-9]+", "-", f"batchnorm-course-{page.removeprefix('book/')}".lower())
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return words, f"@misc{{{key},\n{lines}\n}}"


def add_page_frame(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object) -> None:
    """Put the minutes below a page's heading, and the rest at its end."""
    page = activities.page(app.env, pagename)
    if not page:
        return
    where: repository.Repository | None = app.config.course_repository_read
    source = str(app.env.doc2path(pagename, base=False))
    about = []
    if date := last_changes(Path(app.srcdir)).get(source):
        about.append(f'Last changed <time datetime="{date}">{date}</time>')
    if where:
        body = f"Page: {pagename}\n\nWhat is wrong, and what would be right:\n"
        ends = {
            "Report a mistake": where.report(f"{page['title']}: ", body),
            "Edit this page": where.edit(source),
            "Repository": where.url,
        }
        about += [f'<a href="{escape(link)}">{text}</a>' for text, link in ends.items() if link]
    base = app.config.html_baseurl
    address = base.rstrip("/") + f"/{pagename}.html" if base else ""
    boxes = "".join(
        f'<div class="highlight"><pre>{escape(text)}</pre></div>\n'
        for text in citation(page["title"], pagename, address)
    )
    foot = f"<p>{' · '.join(about)}</p>\n" * bool(about)
    foot += f'<details class="cite"><summary>Cite this page</summary>\n{boxes}</details>'
    # A lesson says it in its outcomes.
    head = "" if "core" in page else f'<p class="page-minutes">About {format_minutes(page["minutes"])}</p>'
    if where and page["functions"]:
        notebook = f"{Path(pagename).parent.name}/exercise.ipynb"
        services = {"Open in Colab": where.colab(notebook), "Open in Binder": where.binder(notebook)}
        links = [f'<a href="{escape(link)}">{text}</a>' for text, link in services.items() if link]
        head += f'\n<p class="page-doors">{" · ".join(links)}</p>' * bool(links)
    body = context["body"].replace("</h1>", f"</h1>\n{head}", 1)
    context["body"] = f'{body}\n<footer class="page-foot">\n{foot}\n</footer>\n'


def link_sections(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put links to report and to edit a section at the end of each section of a page."""
    where: repository.Repository | None = app.config.course_repository_read
    if not where or app.builder.format != "html":
        return
    source = str(app.env.doc2path(docname, base=False))
    for section in doctree.findall(nodes.section):
        title = section.next_node(nodes.title)
        if not isinstance(section.parent, nodes.section) or section.parent.parent is not doctree or title is None:
            continue  # only sections right below the page's heading get links
        name = title.astext()
        body = f"Page: {docname}\nSection: {name}\n\nWhat is wrong, and what would be right:\n"
        links = {
            "Report a mistake here": where.report(f"{activities.page(app.env, docname)['title']}, {name}: ", body),
            "Edit this section": where.lines(source, title.line or section.line or 1),
        }
        html = " · ".join(
            f'<a href="{escape(link)}">{text}<span class="visually-hidden">: {escape(name)}</span></a>'
            for text, link in links.items()
            if link
        )
        if html:
            section += markup("", html=f'<p class="section-links">{html}</p>\n')


def read_repository(app: Sphinx, config: Config) -> None:
    """Check the repository's settings before anything is built."""
    try:
        config.course_repository_read = repository.read(config.course_repository)  # type: ignore[attr-defined]
    except CourseError as error:
        raise ConfigError(str(error)) from None


def _visit(translator: Any, node: markup) -> None:
    translator.body.append(node["html"])
    raise nodes.SkipNode


def _skip(translator: Any, node: markup) -> None:
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """`publishing.sphinx.extension` calls this."""
    app.add_config_value("course_repository", {}, "html")
    app.add_node(markup, html=(_visit, None), latex=(_skip, None), text=(_skip, None))
    app.connect("config-inited", read_repository)
    app.connect("doctree-resolved", link_sections)
    app.connect("html-page-context", add_page_frame)
