"""What leaves this machine: the PDF, the zip, the published folder, and the workflows that make them."""

import json
import os
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pypdf
import pytest
import yaml

from course.chapter import Chapter, slugs
from course.errors import CourseError
from publishing.assets import front_end, service_worker
from publishing.output import package_site, pdf
from publishing.output.serving import serve

ROOT = Path(__file__).parent.parent


@pytest.fixture
def small(tmp_path):
    """A made-up site of one page, and its PDF."""
    site = tmp_path / "html"
    (site / "book").mkdir(parents=True)
    (site / "index.html").write_text("<p>on</p>")
    (site / "book" / "index.html").write_text("<h1>Home</h1><article><h1>Home</h1><p>Text.</p></article>")
    printed = tmp_path / "book.pdf"
    printed.write_bytes(b"%PDF")
    return site, printed


def test_the_published_folder_holds_site_pdf_and_zip_and_links_them(small, tmp_path):
    site, printed = small
    to = tmp_path / "public"
    for _ in range(2):  # the second time in the place of the first
        package_site.publish(site, printed, to)
    home = (to / "book" / "index.html").read_text()
    for name in re.findall(r'href="\.\./([^"]+)"', home):
        assert (to / name).is_file()
    assert re.search(r'<article><h1>Home</h1>\s*<p class="take-along">.*<p class="take-along">', home, re.DOTALL)
    assert {".nojekyll", "index.html", package_site.PDF, package_site.ZIP} <= {path.name for path in to.iterdir()}
    with zipfile.ZipFile(to / package_site.ZIP) as archive:
        names = {name.removeprefix("batch-normalization/") for name in archive.namelist()}
        packed = archive.read("batch-normalization/book/index.html").decode()
    assert names == {"READ-ME.txt", ".nojekyll", "index.html", "book/index.html", package_site.PDF}
    assert package_site.ZIP not in packed  # a zip can't hold itself
    assert package_site.PDF in packed
    assert (site / "book" / "index.html").read_text().count("take-along") == 0


def test_the_service_worker_knows_the_pages_as_they_are_published_and_packed(small, tmp_path):
    site, printed = small
    front = site / "_static" / "front"
    front.mkdir(parents=True)
    made = {"worker.js": "front/worker-A.js", "service_worker.js": "front/service_worker-A.js"}
    for name in made.values():
        (front.parent / name).touch()
    (site / "_static" / front_end.MANIFEST).write_text(json.dumps(made))
    service_worker.put(site)
    to = tmp_path / "public"
    package_site.publish(site, printed, to)
    with zipfile.ZipFile(to / package_site.ZIP) as archive:
        archive.extractall(tmp_path)
    for folder in (to, tmp_path / Path(package_site.ZIP).stem):
        course = (folder / service_worker.SCRIPT).read_text().splitlines()[0]
        files = json.loads(course.removeprefix("self.course=").removesuffix(";"))["files"]
        assert files == service_worker.listed(folder)
        assert set(files) == {"book/index.html", "book/worker-A.js"}


def test_a_folder_with_an_answer_is_not_published(small, tmp_path):
    site, printed = small
    package_site.publish(site, printed, tmp_path / "public")
    answer = (ROOT / "solutions" / "transform.py").read_text()
    (site / "book" / "notes.html").write_text(f"<pre>{answer}</pre>")
    with pytest.raises(CourseError, match=r"nothing was published: book/notes\.html") as raised:
        package_site.publish(site, printed, tmp_path / "public")
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "public" / "book" / "notes.html").exists()
    assert (tmp_path / "public" / package_site.ZIP).is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["book.pdf", "html", "public"]


def test_a_folder_with_other_things_is_left_alone(small, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years")
    with pytest.raises(CourseError, match="not published from here"):
        package_site.publish(*small, tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.tex").read_text() == "years"


def test_what_is_missing_or_old_is_named(small, tmp_path):
    site, printed = small
    os.utime(printed, (1, 1))
    with pytest.raises(CourseError, match="older than the site"):
        package_site.publish(site, printed, tmp_path / "public")
    with pytest.raises(CourseError, match="build it first"):
        package_site.offline(tmp_path / "absent", tmp_path / "a.zip")
    with pytest.raises(CourseError, match=r"book/index\.html is not there; build the site first"):
        pdf.make(tmp_path / "absent", tmp_path / "a.pdf")


# ---------------------------------------------------------------- the workflows


@pytest.mark.parametrize("name", ["pages", "tests"])
def test_a_workflow_can_be_read_and_runs_what_is_there(name):
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text())
    assert True in workflow  # YAML 1.1 reads the key `on` as a truth value
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    run = [line for step in steps for line in step.get("run", "").splitlines()]
    for line in run:
        if line.startswith("make "):
            assert line.split()[1] in targets, line
        elif not line.startswith("sudo "):
            assert os.access(ROOT / line.split()[0], os.X_OK), line
    assert any(line.startswith(("make publish", ".ci/run")) for line in run)
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"]) for step in steps if "uses" in step)


def test_the_pages_workflow_uploads_the_folder_that_it_publishes():
    steps = yaml.safe_load((ROOT / ".github" / "workflows" / "pages.yml").read_text())["jobs"]["build"]["steps"]
    folder = next(step["with"]["path"] for step in steps if "upload-pages-artifact" in step.get("uses", ""))
    assert f"make publish PUBLIC={folder}" in [step.get("run") for step in steps]


# ---------------------------------------------------------------- the real site


@pytest.fixture(scope="module")
def printed(site, tmp_path_factory):
    """The PDF of the whole course."""
    target = tmp_path_factory.mktemp("pdf") / "book.pdf"
    command = [sys.executable, "-m", "publishing", "pdf", "--site", str(site), "--to", str(target)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert [path.name for path in target.parent.iterdir()] == ["book.pdf"]
    read = pypdf.PdfReader(target)
    assert run.stdout == f"{target}: {len(read.pages)} pages\n"
    return target, read


def headings(site):
    """The title of each page of the book, in order."""
    for part in pdf.parts():
        for name in part.pages:
            text = re.search(
                r'<h1>((?:(?!</h1>).)*)<a class="headerlink"', (site / f"{name}.html").read_text(), re.DOTALL
            )[1]
            yield re.sub(r"<[^>]+>", "", text).strip()


@pytest.mark.slow
@pytest.mark.xdist_group("published")
def test_the_outline_and_the_contents_have_every_page_in_order_with_its_number(site, printed):
    _, read = printed
    titles = list(headings(site))
    assert len(titles) > 20
    top = [one for one in read.outline if not isinstance(one, list)]
    below = [one for group in read.outline if isinstance(group, list) for one in group]
    assert [one.title for one in top] == ["Contents", *(part.caption or titles[0] for part in pdf.parts())]
    assert [one.title for one in below] == titles[1:]
    starts = [read.get_destination_page_number(one) for one in (*top[:2], *below)]
    assert starts == sorted(set(starts))
    contents = "\n".join(page.extract_text() for page in read.pages[1 : starts[1]])
    places = re.findall(r"^(?:.*\D)?(\d+)$", contents, re.MULTILINE)
    numbers = [str(start + 1) for start in starts[1:]]
    # Printed in this order; among them stands the footer's own.
    found = iter(places)
    assert all(number in found for number in numbers), contents
    for title, start in zip(titles, starts[1:], strict=True):
        assert title.split(":")[0].split()[0] in read.pages[start].extract_text()


@pytest.mark.slow
@pytest.mark.xdist_group("published")
def test_footers_count_through_formulas_are_set_and_answers_can_be_read(printed):
    _, read = printed
    texts = [page.extract_text() for page in read.pages]
    assert 120 < len(texts) < 500
    for number, text in enumerate(texts, start=1):
        lines = text.split("\n")
        assert any(re.fullmatch(rf"(?:Batch Normalization)?\s*{number}", line.strip()) for line in lines), number
    whole = "\n".join(texts)
    assert not re.search(r"\\(?:frac|sum|gamma|beta|mu|sigma|hat|epsilon|begin|left|odot|partial)\b", whole)
    assert whole.count("Yes: ") > 40
    assert whole.count("# YOUR CODE HERE") >= sum(len(Chapter(slug).exercises) for slug in slugs())
    assert whole.casefold().count("what came out") > 5  # its label is in capitals
    for hidden in ("Start the page over", "Show code cell", "Search the course", "Skip to main content"):
        assert hidden not in whole


@pytest.mark.slow
@pytest.mark.xdist_group("published")
def test_typefaces_that_come_late_are_in_the_printed_book_from_the_start(site, below, browser):
    book = {"title": "A book", "subtitle": "", "parts": [{"caption": "", "pages": ["book/faq"]}]}
    heights = []
    for late in (0, 1.5):
        context = browser.new_context(viewport={"width": 720, "height": 1000})
        context.route("**/typefaces/*.woff2", lambda route, _request, late=late: (time.sleep(late), route.continue_()))
        page, _ = pdf.bind(context, below, book)
        heights.append(page.evaluate("document.querySelector('main').offsetHeight"))
        context.close()
    assert len(set(heights)) == 1, heights


MOVING = """
import sys
from pathlib import Path
from publishing.output import pdf
calls, plain = [], pdf._print
def moved(page, *rest):
    calls.append(1)
    if len(calls) == 2:
        page.evaluate("where => document.querySelector('.book-contents').style[where] = '3000px'", sys.argv[3])
    plain(page, *rest)
pdf._print = moved
pdf.parts = lambda: [pdf.Part("", ["book/faq", "book/glossary"])]
pdf.make(Path(sys.argv[1]), Path(sys.argv[2]))
print(len(calls))
"""


def moving(site, target, where):
    command = [sys.executable, "-c", MOVING, str(site), str(target), where]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.xdist_group("published")
def test_the_contents_name_the_pages_as_they_were_printed_and_can_be_read_aloud(site, tmp_path):
    target = tmp_path / "moving.pdf"
    run = moving(site, target, "outlineOffset")  # moves nothing
    assert (run.returncode, run.stdout) == (0, "2\n"), run.stderr
    read = pypdf.PdfReader(target)
    starts = [read.get_destination_page_number(entry) + 1 for entry in read.outline[1:]]
    assert len(starts) == 2
    contents = "\n".join(page.extract_text() for page in read.pages[1 : starts[0] - 1])
    assert [str(start) for start in starts] == re.findall(r"^(?!Batch Norm).*\b(\d+)$", contents, re.MULTILINE), (
        contents
    )
    # A stream that is written into the page itself can be read by pypdf, and by nothing else.
    assert isinstance(read.pages[1].raw_get("/Contents"), pypdf.generic.IndirectObject)
    tree = read.trailer["/Root"]["/StructTreeRoot"]["/ParentTree"]
    tagged = dict(zip(tree["/Nums"][::2], tree["/Nums"][1::2], strict=True))[read.pages[1]["/StructParents"]]
    marks = re.findall(rb"/MCID (\d+)", read.pages[1].get_contents().get_data())
    assert [int(mark) for mark in marks] == list(range(len(tagged.get_object())))


@pytest.mark.slow
@pytest.mark.xdist_group("published")
def test_contents_that_moved_are_not_put_into_the_book(site, tmp_path):
    run = moving(site, tmp_path / "moving.pdf", "paddingTop")
    assert run.returncode == 1
    assert "the contents moved when their page numbers were put in; print the book again" in run.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.xdist_group("published")
def test_the_published_site_works_below_a_folder(site, printed, browser, tmp_path_factory):
    target, _ = printed
    above = tmp_path_factory.mktemp("published")
    package_site.publish(site, target, above / "course")
    with serve(above) as address:
        page = browser.new_page()
        failed, foreign, complaints = [], [], []
        page.on("response", lambda r: failed.append(r.url) if r.status >= 400 else None)
        page.on("request", lambda r: foreign.append(r.url) if not r.url.startswith((address, "data:")) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        for name in ("index", "book/index", "book/transform/lesson", "book/transform/exercise"):
            page.goto(f"{address}/course/{name}.html")
            page.wait_for_load_state("networkidle")
            assert page.locator("article h1").count() == 1
        page.goto(f"{address}/course/book/index.html")
        with page.expect_download() as download:
            page.get_by_role("link", name="the site as a zip").click()
        assert zipfile.is_zipfile(download.value.path())
        link = page.get_by_role("link", name="the course as a PDF").get_attribute("href")
        assert page.request.get(f"{address}/course/book/{link}").body()[:5] == b"%PDF-"
        page.close()
    assert (failed, foreign, complaints) == ([], [], [])


@pytest.mark.slow
@pytest.mark.xdist_group("published")
def test_the_zip_can_be_read_as_files_and_served(site, browser, tmp_path):
    count = package_site.offline(site, tmp_path / "course.zip")
    with zipfile.ZipFile(tmp_path / "course.zip") as archive:
        assert len(archive.namelist()) == count
        archive.extractall(tmp_path)
    folder = tmp_path / "course"
    page = browser.new_page()
    told, foreign = [], []
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("console", lambda m: told.append(f"{page.url}: {m.text}") if m.type in {"error", "warning"} else None)
    page.on("request", lambda r: foreign.append(r.url) if not r.url.startswith(("file:", "data:")) else None)
    for lesson in sorted(folder.glob("book/*/lesson.html")):
        page.goto(lesson.as_uri(), wait_until="load")
        page.locator(".katex-html").filter(visible=True).first.wait_for()
        for figure in page.locator("figure.moving").all():
            figure.scroll_into_view_if_needed()
            figure.locator(".moving-view svg").wait_for()
    page.goto((folder / "book" / "transform" / "exercise.html").as_uri())
    page.get_by_text("from a file browsers run no Python").wait_for()
    assert (told, foreign) == ([], [])
    # A file may not read another: the search finds the pages, and shows no lines of them.
    page.goto(f"{(folder / 'search.html').as_uri()}?q=epsilon")
    page.locator("#search-results li a").first.wait_for()
    assert foreign == []
    page.close()
    with serve(folder) as address:
        assert browser.new_page().goto(f"{address}/book/transform/exercise.html").ok
