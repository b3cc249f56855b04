"""What the site costs a reader: the time from a click to Python's first result, on an exercise page.

A browser of its own, the site of `_build/html` served on this machine without special headers. Cold is a browser that
has seen nothing; warm is the same one on another visit. The wall clock counts, since that is what a reader waits for:
measure on a quiet machine, and look at the load that is printed with it.
"""

import functools
import http.server
import os
import shutil
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grading.course import ROOT

SITE = ROOT / "_build" / "html"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TIMES = 3
AIMS = {"cold": 10.0, "warm": 5.0}  # seconds


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a folder, served on this machine."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@contextmanager
def browser() -> Iterator:
    """Debian's Chromium, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        yield opened
        opened.close()


def first_result(chromium, address: str, slug: str = "transform") -> dict[str, dict[str, float]]:
    """Seconds from the click to a result of NumPy's, and from the next click to the first plot, cold and warm.

    Parameters
    ----------
    chromium
        From `browser`; each call has a profile of its own.
    address : str
        The site's, from `served`.
    slug : str
        The chapter whose page is opened.

    Returns
    -------
    dict
        `{"cold": {"numpy": seconds, "plot": seconds}, "warm": ...}`.
    """
    context = chromium.new_context()
    context.set_default_timeout(180_000)
    found = {}
    for visit in ("cold", "warm"):
        page = context.new_page()
        page.goto(f"{address}/book/{slug}/exercise.html", wait_until="networkidle")
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
    """Seconds from a click on Run to what the cell shows."""
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(code)
    began = time.perf_counter()
    cell.get_by_role("button", name="Run:").click()
    cell.locator(f".runner-output {shown}").wait_for()
    return time.perf_counter() - began


def main() -> None:
    """How long a reader waits for Python on an exercise page."""
    if not SITE.is_dir():
        raise SystemExit(f"{SITE} is not there; make site builds it")
    with served(SITE) as address, browser() as chromium:
        runs = [first_result(chromium, address) for _ in range(TIMES)]
    print(f"from the click to the result, {TIMES} times, median and range; load {os.getloadavg()[0]:.1f}")
    for visit, aim in AIMS.items():
        for what in ("numpy", "plot"):
            took = [run[visit][what] for run in runs]
            wanted = f"  (aim: {aim:g} s)" if what == "numpy" else "  (after that)"
            print(f"  {visit} {what:6} {statistics.median(took):5.1f} s  {min(took):.1f} to {max(took):.1f}{wanted}")


if __name__ == "__main__":
    main()
