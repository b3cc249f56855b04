"""How heavy the pages are, how soon Python answers in them, and how long a build takes.

Bytes are counted by a server of our own, which compresses text with gzip, as static servers do. Times depend on the
machine; a ratio of two times from one run depends on it less.
"""

import gzip
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, ClassVar

from course.chapter import ROOT, slugs
from course.errors import CourseError
from course.notebooks import bundle
from publishing.assets import lite
from publishing.output.serving import CHROMIUM_ARGUMENTS, Quiet, chromium, serve

SITE = ROOT / "_build" / "html"
TIMES = 3
AIMS = {"cold": 3.0, "warm": 2.0}  # seconds to NumPy's first result
LOOP_AIMS = {"first plot": 3.0, "key to verdict": 1.0, "Stop to verdict": 3.0}  # seconds
TYPING = 30  # seconds in which somebody types before the first verdict
RATIO = 3.0  # JupyterLite's time to the first result over the page's
VIEW = {"lesson": 200, "exercise": 300}  # kB compressed, for the first view
WHOLE = 1000  # kB compressed, for the whole page
SHIFT = 0.02  # how much may jump, as browsers measure it
#: Adds up what jumps without the reader having done something.
COUNT_SHIFTS = """
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) shifted += entry.value;
  }).observe({type: "layout-shift", buffered: true});
"""
#: Adds up for how long the page could not answer: what each task takes over 50 ms.
COUNT_LONG_TASKS = """
  window.blocked = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) blocked += entry.duration - 50;
  }).observe({type: "longtask", buffered: true});
"""
COMPRESSED = (".html", ".css", ".js", ".mjs", ".json", ".svg", ".txt", ".py", ".ipynb", ".wasm")
WAIT = 600_000  # ms


@cache
def _packed(path: Path, date: float) -> bytes:
    return gzip.compress(path.read_bytes(), 6)


class Counting(Quiet):
    """Sends text compressed, and counts the bytes that it sends for each file."""

    sent: ClassVar[dict[str, list[int]]] = {}  # path -> bytes raw, bytes as sent

    def do_GET(self) -> None:  # noqa: N802
        """Send a file; browsers may cache it, but have to ask whether it has changed."""
        path = Path(self.translate_path(self.path))
        if path.is_dir() or not path.is_file():
            super().do_GET()
            return
        raw = path.stat().st_size
        tag = f'"{path.stat().st_mtime_ns:x}-{raw:x}"'
        if self.headers.get("If-None-Match") == tag:
            self.send_response(HTTPStatus.NOT_MODIFIED)
            self.end_headers()
            return
        zipped = path.suffix in COMPRESSED and "gzip" in self.headers.get("Accept-Encoding", "")
        content = _packed(path, path.stat().st_mtime) if zipped else path.read_bytes()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", tag)
        self.send_header("Cache-Control", "no-cache")
        if zipped:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        with suppress(ConnectionError):  # the page was left meanwhile
            self.wfile.write(content)
        self.sent[self.path.partition("?")[0]] = [raw, len(content)]


#: How the files of a view are told apart in the table.
KINDS = {
    "page": r"\.html$|/$",
    "styles": r"\.css$",
    "scripts": r"\.m?js$",
    "fonts": r"\.woff2?$",
    "drawings": r"\.(?:svg|png)$",
}


@contextmanager
def opened() -> Iterator[tuple[Any, str]]:
    """A browser, and the address of the site."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver, serve(SITE, Counting) as address:
        browser = driver.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGUMENTS)
        yield browser, address
        browser.close()


# ---------------------------------------------------------------- bytes


def first_view(browser: Any, address: str, name: str) -> dict[str, list[int]]:
    """The files that a browser without cache gets for a page until it asks for no more, each with its bytes.

    The reader has done nothing yet: no key, no move of the mouse, no step down the page.
    """
    Counting.sent.clear()
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto(f"{address}/{name}.html")
        page.wait_for_load_state("networkidle")
        return dict(Counting.sent)


def pages() -> list[str]:
    """The start page, and each lesson and exercise page."""
    return ["book/index", *(f"book/{slug}/{kind}" for kind in VIEW for slug in slugs())]


def aim(name: str) -> int:
    """How many kB the first view of a page may weigh."""
    return VIEW.get(name.rpartition("/")[2], min(VIEW.values()))


def print_views(browser: Any, address: str) -> None:
    """Print a line for each page: what its first view consists of."""
    print("Bytes of a first view, kB compressed\n")
    print(f"{'':24}" + "".join(f"{kind:>10}" for kind in KINDS) + f"{'all':>10}{'aim':>6}")
    for name in pages():
        view = first_view(browser, address, name)
        parts = [sum(sent for path, (_, sent) in view.items() if re.search(kind, path)) for kind in KINDS.values()]
        total = sum(sent for _, sent in view.values())
        line = "".join(f"{part / 1000:10.1f}" for part in (*parts, total))
        print(f"{name:24}{line}{aim(name):6}" + "  over" * (total > aim(name) * 1000), flush=True)


def weights(browser: Any, address: str, name: str) -> tuple[dict[str, list[int]], dict[str, list[int]], float, float]:
    """The files that a browser without cache gets for a page, each with its bytes: for the first view, and for all.

    The numbers after them are how much the page jumped until it was read to its end, and for how many ms it was blocked
    by long tasks meanwhile.
    """
    Counting.sent.clear()
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.add_init_script(COUNT_SHIFTS + COUNT_LONG_TASKS)
    page.goto(f"{address}/{name}.html")
    page.wait_for_load_state("networkidle")
    view = dict(Counting.sent)
    page.evaluate(
        "async () => { for (let y = 0; y < document.documentElement.scrollHeight; y += 600) {"
        " window.scrollTo(0, y); await new Promise((done) => setTimeout(done, 60)); } }"
    )
    page.wait_for_load_state("networkidle")
    shifted, blocked = page.evaluate("[shifted, blocked]")
    page.context.close()
    return view, dict(Counting.sent), shifted, blocked


def print_weights(browser: Any, address: str) -> None:
    """Print a line for each lesson and exercise page, and the largest files of the heaviest one."""
    aims = ", ".join(f"{kind} {aim}" for kind, aim in VIEW.items())
    print(f"Bytes of a page, kB; aims, compressed: first view: {aims}; read to the end: {WHOLE}. Shift: {SHIFT}\n")
    print(f"{'':28}{'first view':>22}{'to the end':>22}{'layout':>9}{'long':>9}")
    print(f"{'':28}{'raw':>11}{'gzip':>11}{'raw':>11}{'gzip':>11}{'shift':>9}{'tasks, ms':>11}")
    heaviest: tuple[int, str, dict[str, list[int]]] = (0, "", {})
    for name in pages():
        view, whole, shifted, blocked = weights(browser, address, name)
        figures = [sum(pair[k] for pair in part.values()) for part in (view, whole) for k in (0, 1)]
        over = figures[1] > aim(name) * 1000 or figures[3] > WHOLE * 1000 or shifted > SHIFT
        line = "".join(f"{figure / 1000:11.0f}" for figure in figures)
        print(f"{name:28}{line}{shifted:9.3f}{blocked:11.0f}" + "  over" * over)
        heaviest = max(heaviest, (figures[3], name, whole))
    print(f"\n{heaviest[1]} is sent, kB compressed:")
    for path, (raw, sent) in sorted(heaviest[2].items(), key=lambda item: -item[1][1])[:12]:
        print(f"{sent / 1000:8.0f} of {raw / 1000:6.0f}  {path}")


# ---------------------------------------------------------------- time to the first result


def first_result(browser, address: str, slug: str = "transform") -> dict[str, dict[str, float]]:
    """Seconds from the click to a result of NumPy's, and from the next click to the first plot, cold and warm.

    Parameters
    ----------
    browser
        From `opened`; each call has a profile of its own.
    address : str
        The site's, from `opened`.
    slug : str
        The chapter whose page is opened.

    Returns
    -------
    dict
        `{"cold": {"numpy": seconds, "plot": seconds}, "warm": ...}`.
    """
    context = browser.new_context()
    context.set_default_timeout(180_000)
    found = {}
    for visit in ("cold", "warm"):
        page = context.new_page()
        page.goto(f"{address}/book/{slug}/exercise.html")
        page.wait_for_load_state("networkidle")
        cell = page.locator('[data-kind="explore"]').first
        took = {
            "numpy": _run(page, cell, "np.arange(3).sum()", ".runner-out"),
            "plot": _run(page, cell, "import matplotlib.pyplot as plt\nplt.plot(np.arange(3))\nplt.show()", "img"),
        }
        found[visit] = took
        page.close()
    context.close()
    return found


def _run(page, cell, code: str, shown: str) -> float:
    """Seconds from a click on Run until the cell shows its output."""
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(code)
    began = time.perf_counter()
    cell.get_by_role("button", name="Run:").click()
    cell.locator(f".runner-output {shown}").wait_for()
    return time.perf_counter() - began


def loop_times(browser: Any, address: str) -> dict[str, float]:
    """Seconds that somebody waits who types an answer for half a minute: for the verdict, and for one after Stop.

    Returns
    -------
    dict
        `{"key to verdict": seconds, "Stop to verdict": seconds}`: from the key that checks, and from the click on Stop
        of a loop that does not end, to the next verdict, on an answer that is pasted then.
    """
    answer = "def batch_statistics(x):\nreturn x.mean(axis=0), x.var(axis=0)"  # the editor indents
    context = browser.new_context()
    context.set_default_timeout(180_000)
    page = context.new_page()
    page.goto(f"{address}/book/introduction/exercise.html")
    page.wait_for_load_state("networkidle")
    cell = page.locator("[data-cell=batch_statistics]")
    status = cell.locator(".runner-status")

    def write(code: str, seconds: float) -> None:
        cell.locator(".cm-content").click()
        page.keyboard.press("Control+a")
        page.keyboard.type(code, delay=1000 * seconds / len(code))

    def check() -> None:
        page.keyboard.press("Control+Shift+Enter")
        status.filter(has_text="check passed").wait_for()

    write(answer, TYPING)
    began = time.perf_counter()
    check()
    took = {"key to verdict": time.perf_counter() - began}
    write("while True:\npass", 1)
    page.keyboard.press("Control+Enter")
    status.filter(has_text="Running").wait_for()
    began = time.perf_counter()
    cell.get_by_role("button", name="Stop:").click()
    status.filter(has_text="Stopped").wait_for()
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(answer.replace("return", "    return"))  # from a clipboard: the waiting alone counts
    check()
    took["Stop to verdict"] = time.perf_counter() - began
    context.close()
    return took


def in_jupyterlite(browser: Any, address: str, slug: str = "transform") -> dict[str, float]:
    """Seconds from the click on the link to the same result in the full notebook, cold and warm."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(WAIT)
    found = {}
    for visit in ("cold", "warm"):
        page = context.new_page()
        page.goto(f"{address}/book/{slug}/exercise.html")
        page.wait_for_load_state("networkidle")
        began = time.perf_counter()
        page.get_by_role("link", name="full notebook").click()
        cell = page.locator(".jp-CodeCell").first
        cell.locator(".cm-content").click()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text("import numpy as np\nnp.arange(3).sum()")
        page.keyboard.press("Shift+Enter")
        cell.locator(".jp-OutputArea-output").get_by_text("3").wait_for()
        found[visit] = time.perf_counter() - began
        page.close()
    context.close()
    return found


def print_first_results(browser: Any, address: str) -> None:
    """Print times in the page and in JupyterLite: cold is a browser without cache, warm the same one again."""
    runs = [first_result(browser, address) for _ in range(TIMES)]
    print(f"\nFrom the click to the result, {TIMES} times, median and range; load {os.getloadavg()[0]:.1f}\n")
    for visit, aim in AIMS.items():
        for what in ("numpy", "plot"):
            wanted = f"aim: {aim:g} s" if what == "numpy" else f"after that; aim: {LOOP_AIMS['first plot']:g} s"
            _print_times(f"{visit} {what}", [run[visit][what] for run in runs], wanted)
    loops = [loop_times(browser, address) for _ in range(TIMES)]
    for what in loops[0]:
        _print_times(what, [run[what] for run in loops], f"aim: {LOOP_AIMS[what]:g} s")
    slow = in_jupyterlite(browser, address)
    print(f"\nThe same in JupyterLite, once; aim: {RATIO:g} times as long or more; load {os.getloadavg()[0]:.1f}\n")
    for visit, took in slow.items():
        fast = statistics.median(run[visit]["numpy"] for run in runs)
        print(f"  {visit + ' numpy':16} {took:5.1f} s  {took / fast:.1f} times as long")


def _print_times(what: str, took: list[float], wanted: str) -> None:
    print(f"  {what:16} {statistics.median(took):5.1f} s  {min(took):.1f} to {max(took):.1f}  ({wanted})", flush=True)


# ---------------------------------------------------------------- the build


def print_builds() -> None:
    """Print the seconds of a build of a fresh copy, which runs every lesson, of a second build, and after one edit."""
    print("\nSeconds of a build (what comes from npm and PyPI, and the answer keys, are there already)\n")
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "copy"
        tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
        for name in filter(None, tracked.split("\0")):
            if (ROOT / name).is_file():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, copy / name)
        (copy / "_build").mkdir()
        (copy / "_build" / "vendor").symlink_to(ROOT / "_build" / "vendor")
        book = [str(Path(sys.executable).with_name("jupyter-book")), "build", ".", "-n", "-W", "--keep-going", "-q"]
        for label, page in (("everything", None), ("nothing changed", None), ("one page changed", "book/faq.md")):
            if page:
                with (copy / page).open("a") as file:
                    file.write("\nOne more line.\n")
            start = time.perf_counter()
            subprocess.run(book, cwd=copy, check=True, capture_output=True)
            print(f"{label:18}{time.perf_counter() - start:7.1f}", flush=True)
        start = time.perf_counter()
        lite.ensure_cached(Path(scratch) / "vendor", slugs(), "site")
        print(f"{'JupyterLite alone':18}{time.perf_counter() - start:7.1f}  (only when a notebook changed)")


def _demand_site() -> None:
    if not (SITE / "index.html").is_file():
        raise CourseError(f"{SITE} holds no site; build it first (make site)")


def views() -> None:
    """The first view of each page, by kind of file."""
    _demand_site()
    with opened() as (browser, address):
        print_views(browser, address)


def main() -> None:
    """The site: bytes of its pages, time to the first result, time of a build."""
    _demand_site()
    for slug in slugs():
        bundle(slug)  # the answer keys
    print_builds()
    with opened() as (browser, address):
        print_weights(browser, address)
        print_first_results(browser, address)


if __name__ == "__main__":
    main()
