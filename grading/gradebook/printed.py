"""Prints feedback pages as PDF, each by a Chromium of its own that reaches nothing but the page.

A page holds what a learner wrote. It has been sanitized, and its own policy forbids scripts and requests. Chromium
gets it in a sandbox all the same: no network, nothing of the disk but the programs and a folder with the page, and
limits of time and memory. A page that reaches a limit costs one PDF.
"""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from course.errors import CourseError
from grading.gradebook.pages import TEMPLATES
from grading.sandbox.one_program import confined, folder_inside, not_started

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
#: Seconds on the clock for a page, and seconds of CPU time for each process. An honest page takes 1 or 2.
SECONDS, CPU_SECONDS = 120, 60
#: Bytes of memory for each of Chromium's processes, and of the PDF.
MEMORY, MAX_PDF = 2 * 2**30, 100 * 2**20
#: Stands before all else in a printed page, and holds beside the page's own policy.
POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; style-src '
    "'unsafe-inline'; form-action 'none'; base-uri 'none'\">"
)
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_FOLDED = re.compile(r"<details\b", re.IGNORECASE)


def check() -> str:
    """The path of this machine's Chromium, after it has printed an empty page.

    Raises
    ------
    CourseError
        There is none, or it can't print here; the message has one line.
    """
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise CourseError("PDFs are printed by Chromium, and none was found on PATH: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        if reason := _print(program, "<html><head></head></html>", "", Path(folder) / "empty.pdf"):
            raise CourseError(f"{program} can't print PDFs here: {reason}")
    return program


def print_pages(pages: Mapping[str, Path], to: Path) -> tuple[dict[str, Path], dict[str, str]]:
    """Print the feedback pages of some students.

    Parameters
    ----------
    pages : mapping of str to Path
        By student the page, which is HTML.
    to : Path
        The folder for the PDFs.

    Returns
    -------
    made : dict of str to Path
        By student the PDF.
    failed : dict of str to str
        By student why there is none, in one line.

    Raises
    ------
    CourseError
        As for `check`.
    """
    program = check()
    made = {student: to / f"{k}.pdf" for k, student in enumerate(pages)}

    def one(student: str) -> str | None:
        page = pages[student]
        try:
            text = page.read_text(encoding="utf-8")
            return _print(program, text, f"{page.parent.name}, {student}", made[student])
        except (OSError, UnicodeDecodeError) as error:
            return f"the page can't be printed: {error}"

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        reasons = dict(zip(pages, threads.map(one, pages), strict=True))
    failed = {student: reason for student, reason in reasons.items() if reason}
    return {student: path for student, path in made.items() if student not in failed}, failed


def for_paper(page: str, footer: str) -> str:
    """A page to be printed: all that is folded stands open, and each sheet has its number and a footer."""
    # In a sanitized page this text begins an element wherever it stands.
    page = _FOLDED.sub("<details open", page)
    left = f"@page {{ @bottom-left {{ content: {_string(footer)}; font: 8pt sans-serif }} }}"
    style = f"<style>\n{(TEMPLATES / 'paper.css.j2').read_text()}{left}\n</style>"
    page = page.replace("</head>", f"{style}</head>", 1)
    head = _HEAD.search(page)
    return page[: head.end()] + POLICY + page[head.end() :] if head else POLICY + page


def _string(text: str) -> str:
    """A text as a string of CSS, in which nothing can end the string or the style."""
    return '"' + "".join(c if c.isalnum() or c in " ,._-" else f"\\{ord(c):x} " for c in text) + '"'


def _print(program: str, page: str, footer: str, to: Path) -> str | None:
    """Print a page to a file; why that failed, None where it did not."""
    with tempfile.TemporaryDirectory() as folder:
        shared = Path(folder)
        (shared / "page.html").write_text(for_paper(page, footer), encoding="utf-8")
        limits = f'ulimit -t {CPU_SECONDS}; ulimit -d {MEMORY // 1024}; ulimit -f {MAX_PDF // 512}; exec "$@"'
        process = subprocess.Popen(
            ["sh", "-c", limits, "sh", *_command(program, shared)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            text=True,
            errors="replace",
        )
        try:
            _, told = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            return f"printing it took more than {SECONDS:g} s"
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)  # its namespace ends, and all processes in it
                process.communicate()
        made = shared / "page.pdf"
        if process.returncode or made.is_symlink() or not made.is_file() or made.read_bytes()[:5] != b"%PDF-":
            return not_started(told) or f"Chromium ended without a PDF (status {process.returncode})"
        shutil.move(made, to)
    return None


def _command(program: str, shared: Path) -> list[str]:
    """The command line that prints `page.html` of a folder to `page.pdf` beside it."""
    here = folder_inside(shared)
    chromium = [
        program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:9", f"--user-data-dir={here}/profile",
        "--no-pdf-header-footer", f"--print-to-pdf={here}/page.pdf", f"file://{here}/page.html",
    ]  # fmt: skip
    return confined(chromium, shared)
