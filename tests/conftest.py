"""Fixtures that several test modules share."""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

# Before anything imports NumPy: with small matrices, several threads spend their time waiting for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from playwright.sync_api import sync_playwright

from benchmarks import postgres as server_of_postgresql
from benchmarks.postgres import free_port as free_port
from publishing.output.serving import CHROMIUM_ARGUMENTS, chromium, serve

# What several test modules import: its assertions tell what they compared, as a test's own do.
pytest.register_assert_rewrite("hand_ins", "sandboxed", "small_release")

ROOT = Path(__file__).parent.parent
BUILD = [str(Path(sys.executable).with_name("jupyter-book")), "build", ".", "-n", "-W", "--keep-going"]


def pytest_terminal_summary(terminalreporter):
    """Which files take the time, their fixtures included: a test alone may be short and have a thousand sisters."""
    spent, count = Counter(), Counter()
    for report in (one for some in terminalreporter.stats.values() for one in some if hasattr(one, "duration")):
        file = report.nodeid.partition("::")[0]
        spent[file] += report.duration
        count[file] += report.when == "call"
    if sum(spent.values()) > 600:
        terminalreporter.section("seconds by file")
        for file, seconds in spent.most_common(40):
            terminalreporter.write_line(f"{seconds:7.0f} {count[file]:5} {file}")


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder of the site, built from nothing; a build that warns fails every test that asks for it."""
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent  # one build for all workers
    log = shared / "site.log"
    with (shared / "site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not log.exists():
            command = [*BUILD, "--path-output", str(shared / "site")]
            run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
            log.write_text(f"{run.returncode}\n{run.stdout}{run.stderr}")
    status, _, output = log.read_text().partition("\n")
    assert status == "0", output[-4000:]
    return shared / "site" / "_build" / "html"


# ---------------------------------------------------------------- a browser


@pytest.fixture(scope="session")
def address(site):
    """The site, served on this machine."""
    with serve(site) as address:
        yield address


@pytest.fixture(scope="session")
def below(site):
    """The address of the site where it is not at the root of its server."""
    with serve(site.parents[1]) as address:
        yield f"{address}/_build/html"


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, shared by all tests of a worker, since Playwright can't be started twice in a process."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def exercise(browser, below):
    """Opens exercise pages; none may complain, or ask another host for anything."""
    from exercise_pages import Exercise

    opened = []

    def open_page(slug="transform", **options):
        opened.append(Exercise(browser, below, slug, **options))
        return opened[-1]

    yield open_page
    for page in opened:
        page.close()
        assert page.complaints == []
        assert page.foreign == []


# ---------------------------------------------------------------- other processes


def wait_until(condition, seconds=300):
    """Return when a condition holds; fail when it does not within some seconds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)


def copy_repository(folder):
    """The repository as it is, without what git leaves out, and with this one's environments, in a new folder."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    for name in (".venv", ".venv-learner"):
        (folder / name).symlink_to(ROOT / name)
    return folder


# ---------------------------------------------------------------- PostgreSQL


@pytest.fixture
def postgres():
    """A private server, run by an ordinary user; the URL of its database."""
    if server_of_postgresql.binaries() is None:
        pytest.skip("PostgreSQL is not installed: publishing/system.sh does it")
    with server_of_postgresql.server() as url:
        yield url


# ---------------------------------------------------------------- the sandbox


@pytest.fixture(scope="session")
def box():
    """A sandbox with the limits of `sandboxed.py`, which all tests of a worker share."""
    from sandboxed import FILES, LIMITS

    from grading.sandbox.warm import Sandbox

    with Sandbox(LIMITS, FILES) as box:
        yield box


@pytest.fixture
def child(box):
    """A learner's process of its own, ended after the test."""
    with box.start() as child:
        yield child
