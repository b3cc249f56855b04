"""The editors of an exercise page are not part of its first view: they come when a reader does something."""

import json
import re

import pytest
from exercise_pages import KEPT
from playwright.sync_api import expect

#: The page does not load the editor by itself after a while.
PATIENT = "const set = setTimeout; window.setTimeout = (act, ms, ...rest) => (ms === 3000 ? 0 : set(act, ms, ...rest));"

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("runner")]


@pytest.fixture
def fresh(browser, below):
    """Opens an exercise page on which nobody has done anything, and lists the scripts that it has asked for."""
    contexts = []

    def open_page(path="", kept=None, patient=True, **options):
        context = browser.new_context(viewport={"width": 1280, "height": 900}, service_workers="block", **options)
        contexts.append(context)
        page = context.new_page()
        if patient:
            page.add_init_script(PATIENT)
        if kept:
            page.add_init_script(f"for (const [k, v] of Object.entries({json.dumps(kept)})) localStorage.setItem(k, v)")
        asked = []
        page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
        page.goto(f"{below}/book/transform/exercise.html{path}")
        page.wait_for_load_state("networkidle")
        return page, lambda: [name for name in asked if name.startswith("editor-")]

    yield open_page
    for context in contexts:
        context.close()


FIRST = "#cell-batchnorm_forward"


@pytest.mark.parametrize("sign", ["mouse", "key", "wheel", "waiting"])
def test_the_editor_comes_at_the_first_thing_that_a_reader_does(fresh, sign):
    page, asked = fresh(patient=sign != "waiting")
    assert not asked()
    assert page.locator(f"{FIRST} pre").is_visible()
    if sign == "mouse":
        page.mouse.move(200, 200)
    elif sign == "key":
        page.keyboard.press("Tab")
    elif sign == "wheel":
        page.mouse.wheel(0, 50)
    page.locator(f"{FIRST} .cm-content").wait_for()
    assert len(asked()) == 1
    assert not page.locator(f"{FIRST} .cell_input").is_visible()


def test_who_comes_by_a_link_to_an_exercise_has_the_editor_at_once(fresh):
    page, asked = fresh(FIRST)
    page.locator(f"{FIRST} .cm-content").wait_for()
    assert asked()
    assert page.locator(FIRST).evaluate("cell => cell.getBoundingClientRect().top < innerHeight")


def distance_from_the_top(page, selector):
    return page.locator(selector).evaluate("it => it.getBoundingClientRect().top")


@pytest.mark.parametrize("held_back", [False, True])
def test_a_link_within_the_page_leads_where_it_says_though_the_editors_come_with_it(fresh, held_back):
    """Editors are shorter than the code that stood in their place; the link is the first thing that a reader uses."""
    page, _ = fresh()
    if held_back:
        page.route("**/editor-*.js", lambda route: (page.wait_for_timeout(1500), route.continue_()))
    page.locator("#pst-secondary-sidebar a[href='#in-its-place']").click()
    page.locator(f"{FIRST} .cm-content").wait_for(state="attached")
    page.wait_for_timeout(1000)  # a page that scrolls by itself has come to rest
    assert 0 <= distance_from_the_top(page, "#in-its-place") < 200


def test_what_a_reader_looks_at_stays_where_it_is_when_the_editors_come(fresh):
    page, _ = fresh()
    held = []
    page.route("**/editor-*.js", lambda route: held.append(route))
    last = page.locator("[data-cell][data-kind=solution]").last
    selector = "#" + last.get_attribute("id")
    page.mouse.move(640, 500)
    page.mouse.wheel(0, distance_from_the_top(page, selector) - 200)
    page.wait_for_timeout(500)
    before = distance_from_the_top(page, selector)
    assert 100 < before < 300
    held[0].continue_()
    page.locator(f"{FIRST} .cm-content").wait_for(state="attached")
    page.wait_for_timeout(500)
    assert abs(distance_from_the_top(page, selector) - before) < 2


def arrives_with_what_was_typed(page, held):
    """Let the editor's script come; "ab" was typed before it was there, and goes on there."""
    assert held
    held[0].continue_()
    content = page.locator(f"{FIRST} .cm-content")
    content.wait_for()
    expect(content).to_be_focused()
    expect(content).to_contain_text("ab")


def test_a_key_that_is_pressed_before_the_editor_is_there_is_not_lost(fresh):
    """The line is slow: the first click goes to the code as it stands in the page, and the cursor follows it."""
    page, _ = fresh()
    held = []
    page.route("**/editor-*.js", lambda route: held.append(route))
    page.locator(f"{FIRST} pre").click()
    page.keyboard.type("ab")
    page.wait_for_timeout(200)
    arrives_with_what_was_typed(page, held)


def test_tab_reaches_the_code_before_the_editor_is_there(fresh):
    page, _ = fresh()
    held = []
    page.route("**/editor-*.js", lambda route: held.append(route))
    code = page.locator(FIRST).get_by_role("textbox")
    for _ in range(200):
        page.keyboard.press("Tab")
        if code.evaluate("code => code === document.activeElement"):
            break
    expect(code).to_be_focused()
    expect(code).to_have_attribute("aria-label", re.compile("^Python code: batchnorm_forward"))
    page.keyboard.type("ab")
    arrives_with_what_was_typed(page, held)


def test_what_is_kept_is_shown_before_the_editor_is_there(fresh):
    page, asked = fresh(kept={f"{KEPT}code:transform:batchnorm_forward": "mine = 1"})
    assert not asked()
    assert page.locator(f"{FIRST} pre").inner_text() == "mine = 1"
    page.mouse.move(200, 200)
    content = page.locator(f"{FIRST} .cm-content")
    content.wait_for()
    assert content.inner_text().strip() == "mine = 1"


def test_what_is_typed_elsewhere_before_the_editor_is_there_stays_there(fresh):
    page, _ = fresh()
    held = []
    page.route("**/editor-*.js", lambda route: held.append(route))
    page.locator(f"{FIRST} pre").click()
    page.keyboard.type("ab")
    answer = page.get_by_label("Your answer in words")
    answer.click()
    page.keyboard.type("The mean.")
    expect(answer).to_have_value("The mean.")
    assert held
    held[0].continue_()
    content = page.locator(f"{FIRST} .cm-content")
    content.wait_for()
    expect(content).to_contain_text("ab")
    expect(content).not_to_contain_text("mean.")
    expect(answer).to_be_focused()
