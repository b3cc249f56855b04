"""Stop interrupts a run and keeps what ran before; a run that no interrupt reaches ends with its Python."""

import pytest
from exercise_pages import Exercise
from test_runner import FIRST, PLOT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("runner")]

LOOP = "print('begun')\nwhile True:\n    pass"
ALWAYS = "print('begun')\nsum(range(10**15))"  # it is counted where Python looks for no interrupt
ENDED = "what ran before is gone, your text is not"


@pytest.fixture
def here(browser, below):
    made = Exercise(browser, below, "transform")
    yield made
    assert made.complaints == []
    made.close()


def begin(here, code):
    here.type(PLOT, code)
    here.press(PLOT, "Run")
    here.cell(PLOT).get_by_text("begun", exact=True).wait_for()


def test_a_stopped_run_leaves_the_names_as_they_were(here):
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


def test_a_run_is_stopped_at_a_second_visit_too(browser, below):
    """The service worker answers then."""
    here = Exercise(browser, below, "transform", service_workers="allow")
    here.page.wait_for_function("navigator.serviceWorker.controller !== null")
    here.open()
    begin(here, LOOP)
    here.press(PLOT, "Stop")
    here.wait(PLOT, "^Stopped in line [23]$")
    assert here.complaints == []
    here.close()


def test_a_check_is_stopped_and_can_be_asked_again(here):
    here.type("identity_parameters", "def identity_parameters(x, eps=1e-5):\n    while True:\n        pass")
    here.press("identity_parameters", "Check my answer")
    here.cell("identity_parameters").locator(".runner-status", has_text="Running").wait_for()
    here.press("identity_parameters", "Stop")
    here.wait("identity_parameters", "^Stopped")
    right = "def identity_parameters(x, eps=1e-5):\n    return np.sqrt(x.var(axis=0) + eps), x.mean(axis=0)"
    here.type("identity_parameters", right)
    here.press("identity_parameters", "Check my answer")
    here.wait("identity_parameters", "^Your check passed$")


def test_a_run_that_no_interrupt_reaches_is_ended_with_its_python(here):
    here.run(FIRST, "kept = 41")
    begin(here, ALWAYS)
    here.press(PLOT, "Stop")
    here.cell(PLOT).get_by_text("Stopping. Stop again ends Python", exact=True).wait_for()
    assert ENDED in here.wait(PLOT, "^Stopped$")
    here.wait(FIRST, "its results are gone$")
    assert here.run(PLOT, "1 + 1").strip() == "2"


def test_stop_ends_python_at_once_where_it_is_pressed_again(here):
    begin(here, ALWAYS)
    never = "(...given) => given[1] < 5000 && setTimeout(...given)"  # the patience with a run doesn't end
    here.page.evaluate(f"{{ const {{ setTimeout }} = window; window.setTimeout = {never} }}")
    here.press(PLOT, "Stop")
    here.press(PLOT, "Stop")
    assert ENDED in here.wait(PLOT, "^Stopped$")


def test_where_a_server_forbids_what_an_interrupt_needs_runs_go_on_and_stop_ends_python(here):
    def serve(route):
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, "content-security-policy": "connect-src 'self'"})

    here.context.route("**/worker-*.js", serve)
    assert here.run(PLOT, "import time\nfor _ in range(10):\n    time.sleep(0.1)\n6 * 7").strip() == "42"
    begin(here, LOOP)
    here.press(PLOT, "Stop")
    assert ENDED in here.wait(PLOT, "^Stopped$")
    assert all("Content Security Policy" in text for text in here.complaints)  # the browser's own words
    here.complaints.clear()
