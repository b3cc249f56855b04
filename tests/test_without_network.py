"""After one visit an exercise page works without a network, and no reader gets anything of an earlier release."""

import functools
import http.server
import os
import re
import shutil
import threading
import time
from pathlib import Path

import pytest
from conftest import wait_until
from exercise_pages import KEPT, Exercise
from playwright.sync_api import expect
from test_runner import FIRST, PLOT, TRANSFORM, answer

from publishing.assets import service_worker
from publishing.output.serving import Quiet

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("runner")]

SECOND = "Of the second release."
WHOLE = "works without a network"
LINKED = re.compile(r'<(?:link|script|img|source)\b[^>]*?\b(?:href|src)="([^"?#:]+\.(?:css|js|png|svg|woff2))[?#"]')
#: The caches of the site, and how many files each has.
CACHES = """async () => Object.fromEntries(await Promise.all((await caches.keys()).map(
    async (name) => [name, (await (await caches.open(name)).keys()).length])))"""

#: How many of the files that the page has loaded are not kept yet.
MISSING = """async () => {
    const opened = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
    const kept = (await Promise.all(opened.map((cache) => cache.keys()))).flat().map(({ url }) => url);
    const loaded = [location.href, ...performance.getEntriesByType("resource").map(({ name }) => name)];
    const files = loaded.map((name) => new URL(name)).map(({ origin, pathname }) => origin + pathname);
    return files.filter((file) => !kept.includes(file) && !file.endsWith("service-worker.js")).length;
}"""

INSTALLING = "navigator.serviceWorker.getRegistration().then((it) => it.installing !== null)"


class Host:
    """A server of a folder, which can be cut off and come back at the same address with another folder."""

    port = 0

    def __init__(self, root):
        self.root = root

    def __enter__(self):
        handler = functools.partial(Quiet, directory=str(self.root))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.cut()

    def cut(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.thread.join()
            self.server = None

    @property
    def below(self):
        return f"http://127.0.0.1:{self.port}/_build/html"


def copied(site, root):
    """A copy of the site in which pages may be changed. What nobody changes has the same file, to be quick."""
    site = site.resolve()

    def copy(source, to):
        changes = Path(source).relative_to(site).as_posix().startswith(("book/", service_worker.SCRIPT))
        (shutil.copyfile if changes else os.link)(source, to)

    made = root / "_build" / "html"
    shutil.copytree(site, made, copy_function=copy, ignore=shutil.ignore_patterns("lite"))
    return made


@pytest.fixture
def host(site, tmp_path):
    copied(site, tmp_path)
    with Host(tmp_path) as host:
        yield host


@pytest.fixture
def visit(browser, host):
    """Open the exercise page in a browser that takes service workers."""
    opened = []

    def open_page(**options):
        opened.append(Exercise(browser, host.below, "transform", service_workers="allow", **options))
        return opened[-1]

    yield open_page
    for page in opened:
        page.close()


def line(here):
    return here.page.locator(".runner-kept")


def release(page):
    """Another release, in which an exercise page says something else."""
    before = '<p class="download-notebook">'
    page.write_text(page.read_text().replace(before, f"<p>{SECOND}</p>{before}"))
    return service_worker.put(page.parents[2])


def visit_until(here, condition):
    """Each visit looks for a new release. On a busy machine one may look while the look before it has not ended."""
    for _ in range(8):
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if condition():
                return
            time.sleep(0.2)
        here.open()
    pytest.fail("eight visits have not shown it")


def caches(here):
    return here.page.evaluate(f"({CACHES})()")


def test_after_one_visit_the_course_works_without_a_network(visit, host):
    here = visit(kept={f"{KEPT}code:transform:batchnorm_forward": answer(TRANSFORM, "batchnorm_forward")})
    here.cell("batchnorm_forward").locator(".cm-content").click()
    expect(line(here)).to_contain_text(WHOLE)
    host.cut()
    here.page.reload()
    here.press("batchnorm_forward", "Check my answer")
    here.wait("batchnorm_forward", "^Your check passed$")
    here.run(PLOT)
    assert here.cell(PLOT).locator("img").count() == 1
    expect(line(here)).to_contain_text(WHOLE)
    # A page that was never opened, with its formulas, its styles and its scripts.
    failed = []
    here.page.on("requestfailed", lambda request: failed.append(request.url))
    here.page.goto(f"{host.below}/book/transform/lesson.html")
    here.page.wait_for_load_state("networkidle")
    assert here.page.locator(".katex").locator("visible=true").count() > 10
    # The search, with a line of each page that it finds.
    here.page.keyboard.press("Control+k")
    here.page.keyboard.type("skewness")
    here.page.keyboard.press("Enter")
    expect(here.page.locator("#search-results p.context").first).to_contain_text("skewness", ignore_case=True)
    here.page.wait_for_load_state("networkidle")
    assert failed == []


def test_a_page_that_was_only_read_opens_without_a_network_and_says_that_python_is_not_there(visit, host):
    here = visit()
    wait_until(lambda: here.page.evaluate(f"({MISSING})()") == 0, seconds=60)
    host.cut()
    here.page.reload()
    assert "Python could not be started" in here.run(FIRST, status="^Python could not be started$")


def test_a_new_release_is_there_at_the_next_visit_and_takes_the_place_of_the_old_one(visit, host):
    here = visit()
    here.type(FIRST, "mine = 1")
    expect(line(here)).to_contain_text(WHOLE)
    (before,) = caches(here)
    page = host.root / "_build" / "html" / "book" / "transform" / "exercise.html"
    second = release(page)
    # Not all of it is there yet: a reader sees what is, and what is kept stays as it was.
    new = page.read_text()
    page.write_text(new + "half")
    there = visit(context=here.context)
    expect(there.page.get_by_text(SECOND)).to_be_visible()
    visit_until(there, lambda: len(caches(there)) == 2)
    wait_until(lambda: not there.page.evaluate(INSTALLING))
    assert caches(there)[before] > 100
    # Now all of it is there.
    page.write_text(new)
    there.open()
    visit_until(there, lambda: [name.rpartition(":")[2] for name in caches(there)] == [second])
    expect(line(here)).to_contain_text("A new version of the course is there. What you wrote is kept.")
    assert line(there).get_by_role("button").count() == 0
    host.cut()
    here.page.get_by_role("button", name="Load the new version").click()
    expect(here.page.get_by_text(SECOND)).to_be_visible()
    assert here.text(FIRST) == "mine = 1"
    here.run(FIRST)


def test_a_browser_that_refuses_service_workers_shows_the_same_page(browser, host):
    context = browser.new_context(service_workers="allow")
    context.add_init_script(
        "Object.defineProperty(navigator, 'serviceWorker', { get() { throw new DOMException('', 'SecurityError') } })"
    )
    here = Exercise(browser, host.below, "transform", context=context)
    assert here.run(FIRST, "6 * 7").strip() == "42"
    assert line(here).inner_text() == ""
    assert here.complaints == []
    here.close()


def test_what_each_page_loads_is_in_the_list(site):
    listed = set(service_worker.listed(site))
    for page in site.glob("book/**/*.html"):
        for name in LINKED.findall(page.read_text()):
            path = (page.parent / name).resolve().relative_to(site.resolve()).as_posix()
            assert path in listed, (page, name)
    assert not [name for name in listed if name.startswith(("lite/", "tests/")) or name.endswith((".map", ".ttf"))]
