"""Python of an exercise page starts while one is still writing, says how far it is, and says where it cannot start."""

import re

import pytest
from exercise_pages import Exercise
from playwright.sync_api import expect
from test_runner import FIRST

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("runner")]

STATES = ["Loading Python", "Starting Python", "Loading NumPy", "Python is ready"]
#: Writes down what the page tells those who hear it, and what the first cell shows of the loading.
LISTEN = """([top, cell]) => {
  window.heard = []; window.seen = [];
  const follow = (element, list) => new MutationObserver(() => list.push(element.textContent))
    .observe(element, { childList: true, characterData: true, subtree: true });
  follow(top, window.heard); follow(cell, window.seen);
}"""


def top(here):
    return here.page.locator(".runner-live .runner-status")


def listen(here, name):
    places = [top(here).element_handle(), here.cell(name).locator(".runner-loading").element_handle()]
    here.page.evaluate(LISTEN, places)


def test_python_starts_at_the_first_touch_of_an_editor_and_each_state_is_told_once(exercise):
    here = exercise()
    expect(top(here)).to_have_text("Python is not loaded yet")
    listen(here, FIRST)
    here.cell(FIRST).locator(".cm-content").click()
    expect(top(here)).to_have_text("Python is ready")
    assert here.page.evaluate("window.heard") == STATES
    assert top(here).get_attribute("role") == "status"
    assert here.cell(FIRST).locator(".runner-loading").get_attribute("aria-hidden") == "true"
    seen = here.page.evaluate("window.seen")
    assert any(re.fullmatch(r"Loading Python: \d+ of \d+ MB", text) for text in seen)
    assert not [text for text in seen if text.startswith(("Starting", "Loading NumPy")) and re.search(r"\d", text)]
    assert seen[-1] == ""
    here.page.keyboard.press("Shift+Enter")
    here.wait(FIRST, "^Done in")


def test_a_plot_says_that_matplotlib_is_loaded(exercise):
    here = exercise()
    here.run(FIRST, "1")
    listen(here, FIRST)
    here.run(FIRST, "import matplotlib")
    assert here.page.evaluate("window.heard") == ["Loading Matplotlib", "Python is ready"]


def test_a_browser_that_saves_data_loads_python_only_at_run(exercise, browser, below):
    context = browser.new_context()
    context.add_init_script("Object.defineProperty(navigator, 'connection', { value: { saveData: true } })")
    here = Exercise(browser, below, "transform", context=context)
    here.cell(FIRST).locator(".cm-content").click()
    here.page.keyboard.type("x")
    assert here.page.workers == []
    expect(top(here)).to_have_text("Python is not loaded yet")
    here.run(FIRST, "6 * 7")
    here.close()


def test_a_wasm_file_that_is_served_as_any_bytes_is_run_all_the_same(exercise):
    here = exercise()

    def serve(route):
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, "content-type": "application/octet-stream"})

    here.context.route("**/*.wasm", serve)
    assert here.run(FIRST, "6 * 7").strip() == "42"


def test_a_server_that_forbids_webassembly_is_named(exercise):
    here = exercise()
    policy = {"content-security-policy": "script-src 'self'"}

    def serve(route):
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, **policy})

    here.context.route("**/worker-*.js", serve)
    told = here.run(FIRST, status="^Python could not be started$")
    assert "This browser, or the server of this site, does not let WebAssembly run." in told
    assert here.cell(FIRST).get_by_role("button", name="Download my notebook").is_visible()
    assert all("Content Security Policy" in text for text in here.complaints)  # the browser's own words
    here.complaints.clear()


def test_a_start_that_stands_still_ends_with_the_cure_and_can_be_tried_again(exercise):
    here = exercise()
    here.page.clock.install()
    here.context.route("**/*.wasm", lambda route: None)  # never answered
    here.cell(FIRST).locator(".cm-content").click()
    here.cell(FIRST).locator(".runner-loading", has_text=re.compile(r"^Loading Python: \d+ of \d+ MB$")).wait_for()
    here.page.clock.fast_forward(61_000)
    told = here.wait(FIRST, "^Python could not be started$")
    assert "for a minute, nothing more has come. Load the page again" in told
    here.context.unroute("**/*.wasm")
    here.cell(FIRST).get_by_role("button", name="Try again").click()
    expect(top(here)).to_have_text("Python is ready")
    assert here.cell(FIRST).locator(".runner-output").inner_text() == ""


def test_a_slow_machine_has_more_than_a_minute_to_start_what_it_has_loaded(exercise):
    here = exercise()
    here.page.clock.install()
    held = []
    here.context.route("**/numpy*.whl", lambda route: held.append(route))  # as if Python took long to come so far
    here.cell(FIRST).locator(".cm-content").click()
    while not held:
        here.page.wait_for_timeout(100)
    here.page.clock.fast_forward(200_000)
    expect(top(here)).to_have_text("Starting Python")
    held[0].continue_()
    expect(top(here)).to_have_text("Python is ready")


def test_a_page_that_was_opened_as_a_file_says_what_a_learner_can_do(browser, site):
    page = browser.new_page()
    page.goto((site / "book" / "transform" / "exercise.html").as_uri())
    told = page.locator(".runner-live")
    expect(told).to_contain_text("open the page at the site’s address, or take the notebook")
    assert "make" not in told.inner_text()
    page.close()


def test_after_stop_the_next_python_starts_by_itself(exercise):
    here = exercise()
    here.run(FIRST)
    here.type(FIRST, "print('begun')\nsum(range(10**15))")  # which no interrupt reaches
    here.press(FIRST, "Run")
    here.cell(FIRST).get_by_text("begun", exact=True).wait_for()
    listen(here, FIRST)
    here.press(FIRST, "Stop")
    here.wait(FIRST, "^Stopped$")
    expect(top(here)).to_have_text("Python is ready")
    assert here.page.evaluate("window.heard") == ["Python is not running", *STATES]
