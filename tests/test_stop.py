"""Stop interrupts a run and keeps what ran before, where the service worker gives the page the headers for it.

What Stop does at a first visit, before there is a service worker, is in `test_runner.py`.
"""

import pytest
from exercise_pages import Exercise
from test_runner import FIRST, PLOT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("runner")]

LOOP = "print('begun')\nwhile True:\n    pass"


@pytest.fixture
def isolated(browser, below):
    """An exercise page at its second visit."""
    here = Exercise(browser, below, "transform", service_workers="allow")
    here.page.wait_for_function("navigator.serviceWorker.controller !== null")
    assert not here.page.evaluate("crossOriginIsolated")
    here.open()
    assert here.page.evaluate("crossOriginIsolated")
    yield here
    assert here.complaints == []
    here.close()


def begin(here, code):
    here.type(PLOT, code)
    here.press(PLOT, "Run")
    here.cell(PLOT).get_by_text("begun", exact=True).wait_for()


def test_a_stopped_run_leaves_the_names_as_they_were(isolated):
    here = isolated
    here.run(FIRST, "kept = 41")
    begin(here, LOOP)
    here.press("identity_parameters", "Run")  # waits behind it
    here.press(PLOT, "Stop")
    told = here.wait(PLOT, "^Stopped in line [23]$")
    assert "What ran before is kept, and so is your text." in told
    here.wait("identity_parameters", "^Not run: Python was stopped before$")
    here.wait(FIRST, "^Done in")
    # The next run isn't touched, nor is one that Stop came too late for.
    assert here.run(PLOT, "kept + 1").strip() == "42"
    assert here.run(PLOT, "import time\nfor _ in range(3):\n    time.sleep(0.1)\nkept + 2").strip() == "43"


def test_a_check_is_stopped_and_can_be_asked_again(isolated):
    here = isolated
    here.type("identity_parameters", "def identity_parameters(x, eps=1e-5):\n    while True:\n        pass")
    here.press("identity_parameters", "Check my answer")
    here.cell("identity_parameters").locator(".runner-status", has_text="Running").wait_for()
    here.press("identity_parameters", "Stop")
    here.wait("identity_parameters", "^Stopped")
    right = "def identity_parameters(x, eps=1e-5):\n    return np.sqrt(x.var(axis=0) + eps), x.mean(axis=0)"
    here.type("identity_parameters", right)
    here.press("identity_parameters", "Check my answer")
    here.wait("identity_parameters", "^Your check passed$")


def test_a_run_that_no_interrupt_reaches_is_ended_with_its_python(isolated):
    here = isolated
    here.run(FIRST, "kept = 41")
    begin(here, "print('begun')\nsum(range(10**15))")  # it is counted where Python looks for no interrupt
    here.press(PLOT, "Stop")
    assert "what ran before is gone, your text is not" in here.wait(PLOT, "^Stopped$")
    here.wait(FIRST, "its results are gone$")
    assert here.run(PLOT, "1 + 1").strip() == "2"


def test_a_page_with_these_headers_shows_what_a_cell_makes(isolated):
    here = isolated
    here.run(PLOT, "from IPython.display import HTML\nHTML('<b>bold</b>')")
    frame = here.cell(PLOT).locator("iframe.runner-frame")
    frame.wait_for()
    assert frame.content_frame.locator("b").inner_text() == "bold"
    here.run(PLOT, "import matplotlib.pyplot as plt\nplt.plot([1, 2])")
    here.cell(PLOT).locator(".runner-output img").wait_for()
