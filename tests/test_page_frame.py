"""Around the text of a page: minutes, citation, dates, links to the repository, terms, notebooks elsewhere."""

import html
import http.server
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import nbformat
import pytest
import yaml

from course.errors import CourseError
from course.notebooks import bundle
from publishing.__main__ import main
from publishing.output.notebooks_branch import learner_folder
from publishing.sphinx import repository, terms
from publishing.sphinx.page_frame import citation, format_minutes, last_changes
from publishing.sphinx.repository import Repository

ROOT = Path(__file__).parent.parent
GITHUB = {"url": "https://github.com/someone/course.git", "branch": "main"}

GLOSSARY = """# Words

```{glossary}
batch
  The $m$ xylophones that come {term}`together <mean>`.

mean
  The middle.

gradient check
  Comparing.

gradient
  The derivatives.
```
"""
PAGE = """# A batch in a heading

The Batch Normalization of *batches*, which means `batch` and $batch$. About 7 minutes.

## Second & <third>

The batch again; [a gradient](https://example.org/) in a link. The means, **mean**, a gradient check, gradients.

### Deeper

:::{quiz} Is a gradient a question?
- [x] a gradient :: yes
- [ ] no :: no
:::
"""


def build(folder, settings=None, page=PAGE):
    """What Sphinx says of a small book, and its page."""
    (folder / "index.md").write_text(page + "\n```{toctree}\nwords\n```\n")
    (folder / "words.md").write_text(GLOSSARY)
    (folder / "conf.py").write_text(
        "extensions = ['myst_parser', 'publishing.sphinx.directives', 'publishing.sphinx.activities', "
        "'publishing.sphinx.page_frame', 'publishing.sphinx.terms']\n"
        f"myst_enable_extensions = ['colon_fence', 'dollarmath']\ncourse_repository = {settings or {}!r}\n"
    )
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", ".", "out"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)
    made = folder / "out" / "index.html"
    return run.stderr, made.read_text() if made.is_file() else ""


def links(page):
    """The addresses of a page's links by their text."""
    found = re.findall(r'<a[^>]* href="([^"]+)"[^>]*>(.*?)</a>', page, re.DOTALL)
    return {html.unescape(re.sub(r"<[^>]+>", "", text)): html.unescape(address) for address, text in found}


# ---------------------------------------------------------------- the repository's address


def test_without_an_address_there_is_no_link_to_a_repository(tmp_path):
    told, page = build(tmp_path)
    assert told == ""
    assert '<p class="page-minutes">About 7 min</p>' in page
    assert "Cite this page" in page
    for absent in ("Report", "Edit", "Repository", "Colab", "Binder", "Last changed", "section-links"):
        assert absent not in page


def test_with_an_address_a_page_and_its_sections_can_be_reported_and_edited(tmp_path):
    told, page = build(tmp_path, GITHUB)
    assert told == ""
    found = links(page)
    assert found["Edit this page"] == "https://github.com/someone/course/edit/main/index.md"
    assert found["Report a mistake"].startswith("https://github.com/someone/course/issues/new?title=A%20batch%20in")
    line = PAGE.splitlines().index("## Second & <third>") + 1
    section = ": Second & <third>"
    lines = f"https://github.com/someone/course/blob/main/index.md?plain=1#L{line}"
    assert found[f"Edit this section{section}"] == lines
    assert "Second%20%26%20%3Cthird%3E" in found[f"Report a mistake here{section}"]
    assert page.count('class="section-links"') == 1  # none for the page's heading, nor for what is deeper
    index = (tmp_path / "out" / "searchindex.js").read_text()
    assert "report" not in index


def test_an_unknown_host_stops_no_build_and_links_the_repository_alone(tmp_path):
    told, page = build(tmp_path, {"url": "https://git.example.edu/ml/course"})
    assert told == ""
    assert links(page)["Repository"] == "https://git.example.edu/ml/course"
    for absent in ("Report", "Edit", "section-links"):
        assert absent not in page


def test_a_mistaken_setting_stops_the_build_with_one_line(tmp_path):
    told, page = build(tmp_path, {"url": "course"})
    assert "url 'course' is no address such as" in told
    assert "Traceback" not in told
    assert page == ""


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"url": "github.com/a/b"}, "no address such as"),
        ({"url": "https://github.com/"}, "no address such as"),
        ({"url": "https://h.example/a/b", "kind": "svn"}, "kind 'svn' is unknown; there are github, gitlab, forgejo"),
        ({"link": "https://github.com/a/b"}, "'link' is no setting"),
    ],
)
def test_settings_are_checked(settings, message):
    with pytest.raises(CourseError, match=re.escape(message)) as raised:
        repository.read(settings)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("settings", [None, {}, {"url": ""}, {"url": None, "branch": "main"}])
def test_no_address_is_no_repository(settings):
    assert repository.read(settings) is None


def test_the_links_of_each_kind_of_host():
    github = repository.read(GITHUB)
    gitlab = repository.read({"url": "https://gitlab.example/a/b/c", "kind": "gitlab", "branch": "dev"})
    forgejo = repository.read({"url": "https://codeberg.org/a/b/"})
    page = "transform/exercise.ipynb"
    assert github.raw(page) == f"https://raw.githubusercontent.com/someone/course/notebooks/{page}"
    assert github.colab(page) == f"https://colab.research.google.com/github/someone/course/blob/notebooks/{page}"
    assert github.binder(page) == (
        "https://mybinder.org/v2/gh/someone/course/notebooks?labpath=transform%2Fexercise.ipynb"
    )
    assert gitlab.edit("book/a b.md") == "https://gitlab.example/a/b/c/-/edit/dev/book/a%20b.md"
    assert gitlab.colab(page) is None
    assert forgejo.lines("book/a.md", 7) == "https://codeberg.org/a/b/src/branch/main/book/a.md?display=source#L7"
    assert forgejo.raw("x") == "https://codeberg.org/a/b/raw/branch/notebooks/x"
    assert forgejo.binder(page).startswith("https://mybinder.org/v2/git/https%3A%2F%2Fcodeberg.org%2Fa%2Fb/notebooks?")


# ---------------------------------------------------------------- dates and citations


def test_the_date_of_the_last_change_is_git_s(tmp_path):
    (tmp_path / "a.md").write_text("a")
    assert last_changes(tmp_path) == {}  # no git here, as in a zip
    repo = tmp_path / "repo"
    repo.mkdir()
    identity = {
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@b",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@b",
    }

    def git(*arguments, date="2020-05-06T12:00:00Z"):
        dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        subprocess.run(
            ["git", *arguments], cwd=repo, check=True, capture_output=True, env=os.environ | identity | dates
        )

    git("init", "-q")
    (repo / "sub").mkdir()
    for name, year in [("a.md", 2019), ("a.md", 2020), ("sub/ä b.md", 2021)]:
        (repo / name).write_text(f"{name} of {year}")
        git("add", name)
        git("commit", "-qm", name, date=f"{year}-05-06T12:00:00Z")
    (repo / "new.md").write_text("not committed")
    assert last_changes(repo) == {"a.md": "2020-05-06", "sub/ä b.md": "2021-05-06"}
    assert last_changes(repo / "sub") == {"ä b.md": "2021-05-06"}
    git("clone", "-q", "--depth", "1", repo.as_uri(), str(tmp_path / "cut"))
    assert last_changes(tmp_path / "cut") == {}  # it would be the date of the cut


def test_a_citation_says_what_citation_cff_says():
    course = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    words, bibtex = citation("Mean & 100% of {x}_i", "book/transform/lesson", "https://example.org/a.html")
    for text in (words, bibtex):
        assert course["authors"][0]["name"] in text
        assert str(course["date-released"])[:4] in text
        assert f"Version {course['version']}" in text
        assert "https://example.org/a.html" in text
    assert bibtex.startswith("@misc{batchnorm-course-transform-lesson,\n")
    assert r"title = {Mean \& 100\% of \{x\}\_i}" in bibtex
    bare = re.sub(r"\\[{}]", "", bibtex)
    assert bare.count("{") == bare.count("}")
    assert "url" not in citation("A", "b")[1]


@pytest.mark.parametrize(("minutes", "shown"), [(7, "7 min"), (60, "1 h"), (150, "2 h 30 min")])
def test_minutes_are_said_in_hours(minutes, shown):
    assert format_minutes(minutes) == shown


# ---------------------------------------------------------------- terms of the glossary


def test_the_first_use_of_a_term_in_running_text_is_explained(tmp_path):
    told, page = build(tmp_path)
    assert told == ""
    marked = re.findall(r'<a class="term reference internal" href="([^"]+)">(.*?)</a><template>(.*?)</template>', page)
    assert [(address, re.sub("<.*?>", "", word)) for address, word, _ in marked] == [
        ("words.html#term-batch", "batches"),  # not the heading, the name of the layer, `code` or $mathematics$
        ("words.html#term-mean", "means"),  # not "which means", nor the bold one
        ("words.html#term-gradient-check", "gradient check"),  # the longer of two
        ("words.html#term-gradient", "gradients"),  # not the one in the link
    ]
    assert 'class="math' in marked[0][2]
    assert "<a" not in marked[0][2]
    assert "together" in marked[0][2]
    assert "<template>" not in (tmp_path / "out" / "words.html").read_text()
    assert page.count("<template>") == 4
    index = json.loads((tmp_path / "out" / "searchindex.js").read_text()[len("Search.setIndex(") : -1])
    where = index["terms"]["xylophon"]
    assert index["docnames"][where] == "words"  # a definition is found in the glossary, not on every page


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("how the scores spread", None),
        ("the spread of it", "spread"),
        ("zero padding included", None),
        ("with the padding", "padding"),
    ],
)
def test_a_word_of_everyday_is_no_term(text, found):
    told = terms._search(text, 0, ["spread", "padding"])
    assert (told and told[0]) == found


def test_a_title_that_asks_needs_no_stop():
    assert "Are you ready? In: " in citation("Are you ready?", "book/ready")[0]
    assert "The transform. In: " in citation("The transform", "book/transform/lesson")[0]


def test_the_glossary_is_in_alphabetical_order():
    terms = re.findall(r"^(\w.*)\n  ", (ROOT / "book/glossary.md").read_text(), re.MULTILINE)
    assert len(terms) > 40
    assert terms == sorted(terms, key=str.casefold)


def test_an_author_s_own_term_is_explained_and_counts(tmp_path):
    _, page = build(tmp_path, page="# A page\n\nSee {term}`mean`. Then the mean. And {term}`mean`.\n")
    assert page.count("<template>") == 1
    assert re.search(
        r"See <a class=\"[^\"]*term[^\"]*\"[^>]*>.*?</a><template>The middle\.</template>\. Then the mean", page
    )


@pytest.fixture
def lesson(browser, address):
    context = browser.new_context(has_touch=True, viewport={"width": 360, "height": 700})
    page = context.new_page()
    page.goto(f"{address}/book/transform/lesson.html")
    page.wait_for_load_state("networkidle")
    yield page
    context.close()


@pytest.mark.slow
def test_a_term_is_explained_by_pointer_keyboard_and_touch(lesson):
    tips = lesson.locator(".term-tip:visible")
    link = lesson.locator("a.term", has_text="variance")
    assert link.count() == 1
    tip = lesson.locator("#" + link.get_attribute("aria-describedby"))
    assert tip.get_attribute("role") == "tooltip"
    assert tips.count() == 0
    link.focus()
    tip.locator(".katex-html").first.wait_for()
    box = tip.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    assert "squared deviations" in tip.inner_text()
    lesson.keyboard.press("Escape")
    assert tips.count() == 0
    assert link.evaluate("e => e === document.activeElement")
    lesson.locator("article h2").first.click()
    link.hover()
    assert tips.count() == 1
    tip.hover()  # it stays while the pointer is on it
    assert tips.count() == 1
    lesson.mouse.move(0, 0)
    assert tips.count() == 0
    link.tap()
    assert tips.count() == 1
    lesson.locator("article h2").first.tap()
    assert tips.count() == 0
    link.tap()
    assert lesson.url.endswith("lesson.html")
    link.tap()
    lesson.wait_for_url("**/glossary.html#term-variance")


@pytest.mark.slow
def test_a_citation_is_copied_by_its_button(lesson):
    lesson.locator("details.cite summary").focus()
    lesson.keyboard.press("Enter")
    lesson.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = lesson.locator("details.cite button.copybtn").last
    assert button.get_attribute("aria-label") == "Copy the code"
    button.click()
    lesson.locator("details.cite button.copybtn.success").wait_for()
    copied = lesson.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("@misc{batchnorm-course-transform-lesson,")
    assert copied.endswith("}")


# ---------------------------------------------------------------- notebooks on other machines


@pytest.fixture
def host(tmp_path):
    """A repository's host on this machine, with what `learner_folder` makes of a chapter."""
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(tmp_path / "host"))

        def log_message(self, *_):
            asked.append(self.path)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        where = Repository(f"http://127.0.0.1:{server.server_port}/a/b", kind="gitlab")
        folder = tmp_path / "host" / "a" / "b" / "-" / "raw" / "notebooks" / "introduction"
        folder.mkdir(parents=True)
        files = learner_folder("introduction", where)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        yield files, asked
        server.shutdown()


def test_the_first_cell_fetches_what_is_missing_and_nothing_else(tmp_path, host, monkeypatch):
    files, asked = host
    cells = nbformat.reads(files["exercise.ipynb"].decode(), as_version=4).cells
    plain = nbformat.reads(bundle("introduction")["exercise.ipynb"].decode(), as_version=4).cells
    assert cells[1:] == plain
    folder = tmp_path / "colab"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "check.json").write_bytes(b"mine")
    exec(cells[0].source, {})
    assert sorted(p.name for p in folder.iterdir()) == sorted(set(files) - {"exercise.ipynb"})
    assert (folder / "check.py").read_bytes() == files["check.py"]
    assert (folder / "check.json").read_bytes() == b"mine"
    assert asked == [f"/a/b/-/raw/notebooks/introduction/{name}" for name in ("check.py", "check_search.py")]
    exec(cells[0].source, {})
    assert len(asked) == 2  # all are there: no network


def test_the_branch_of_notebooks_needs_an_address(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(repository, "configured", lambda: None)
    assert main(["online", "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        "no address of the repository: write it into _config.yml, at course_repository\n"
    )
    assert not list(tmp_path.iterdir())


def test_the_branch_of_notebooks_has_every_chapter_and_what_binder_installs(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(repository, "configured", lambda: repository.read(GITHUB))
    assert main(["online", "--out", str(tmp_path)]) == 0
    made = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    chapters = [path.parent.name for path in (ROOT / "book").glob("*/exercise.md")]
    assert {f"{slug}/exercise.ipynb" for slug in chapters} < made
    assert "numpy" in (tmp_path / ".binder" / "requirements.txt").read_text()
    assert "branch 'notebooks' of https://github.com/someone/course" in capsys.readouterr().out
