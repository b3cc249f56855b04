"""What an exercise page keeps of what is written there: room, tabs, courses, releases, and files of others."""

import json
import re

import pytest
from exercise_pages import KEPT, Exercise
from playwright.sync_api import expect
from test_runner import FIRST, answer
from typing_keys import type_text

from course.chapter import Chapter
from publishing.output.serving import CHROMIUM_ARGUMENTS, chromium, serve

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("runner")]

TRANSFORM = Chapter("transform")
STUB, WRITTEN = "batchnorm_forward", "written_transform"
#: Fills the storage of the site's host up to the last character.
FILL = """() => {
  let piece = "x".repeat(1 << 20);
  for (let k = 0; piece; ) {
    try { localStorage.setItem(`filled:${k}`, piece); k += 1; } catch { piece = piece.slice(piece.length / 2 + 0.5); }
  }
}"""
EMPTY = "Object.keys(localStorage).filter((k) => k.startsWith('filled:')).forEach((k) => localStorage.removeItem(k))"


def notices(here, name):
    return here.cell(name).locator(".runner-notice")


def end(here, name):
    """Put the cursor at the end of a cell's text."""
    here.cell(name).locator(".cm-content, textarea").click()
    here.page.keyboard.press("Control+End")


def tab(browser, below, other):
    """One more tab of a browser."""
    return Exercise(browser, below, other.slug, context=other.context)


# ---------------------------------------------------------------- a browser without room


def test_a_browser_without_room_says_so_at_the_cell_until_there_is_room_again(exercise):
    here = exercise()
    here.page.evaluate(FILL)
    for name in (FIRST, WRITTEN):
        end(here, name)
        here.page.keyboard.press("1")
        notice = notices(here, name)
        expect(notice).to_contain_text("This browser has no room left for this site, so what stands here is not kept.")
        with here.page.expect_download() as download:
            notice.get_by_role("button", name="Download my notebook").click()
        assert download.value.suggested_filename == "exercise.ipynb", name
        end(here, name)
        here.page.keyboard.press("2")
        expect(notice).to_have_count(1)
    here.page.evaluate(EMPTY)
    for name in (FIRST, WRITTEN):
        end(here, name)
        here.page.keyboard.press("3")
        expect(notices(here, name)).to_have_count(0)
    assert here.code(FIRST).endswith("123")
    assert here.kept(f"text:transform:{WRITTEN}") == "123"


def test_a_browser_that_refuses_to_keep_says_so_at_the_first_key(browser, below):
    here = Exercise(browser, below, "transform", storage=False)
    end(here, FIRST)
    expect(notices(here, FIRST)).to_have_count(0)
    here.page.keyboard.press("1")
    expect(notices(here, FIRST)).to_contain_text("This browser keeps nothing for this site")
    with here.page.expect_download() as download:
        notices(here, FIRST).get_by_role("button", name="Download my notebook").click()
    assert "1" in json.dumps(json.loads(download.value.path().read_text())["cells"])
    here.close()  # what it complained of are the theme's scripts, which want to keep the colours


def test_an_answer_to_a_question_that_is_not_kept_says_so(browser, address):
    page = browser.new_page()
    page.goto(f"{address}/book/transform/lesson.html")
    page.evaluate(FILL)
    quiz = page.locator("fieldset.quiz").first
    quiz.locator("label").first.click()
    expect(quiz.locator(".not-kept")).to_contain_text("no room left")
    page.evaluate(EMPTY)
    quiz.locator("label").nth(1).click()
    expect(quiz.locator(".not-kept")).to_have_count(0)
    page.reload()
    assert quiz.locator("input").nth(1).is_checked()
    page.close()


# ---------------------------------------------------------------- two tabs, and the Back button


def test_another_tabs_text_is_shown_and_not_written_back(exercise, browser, below):
    here = exercise()
    there = tab(browser, below, here)
    for page in (here.page, there.page):
        page.evaluate("addEventListener('storage', ({ key }) => (window.told = window.told ?? []).push(key))")
    end(here, FIRST)
    here.page.keyboard.type("\n# mine")
    expect(there.cell(FIRST).locator(".cm-content")).to_contain_text("# mine")
    assert there.text(FIRST) == here.text(FIRST)
    type_text(here.cell(WRITTEN).locator("textarea"), "In words.")
    expect(there.cell(WRITTEN).locator("textarea")).to_have_value("In words.")
    assert len(there.page.evaluate("window.told")) > 10
    assert here.page.evaluate("window.told") is None
    assert there.complaints == []


def test_a_key_in_the_hidden_tabs_box_leaves_what_the_other_tab_wrote(exercise, browser, below):
    here = exercise()
    there = tab(browser, below, here)
    for name, box in ((FIRST, ".cm-content"), (WRITTEN, "textarea")):
        end(there, name)  # the focus stays there while somebody writes in the other tab
        start = there.text(name) if name == FIRST else ""
        here.page.bring_to_front()
        end(here, name)
        here.page.keyboard.type("a whole paragraph")
        wanted = f"{start}a whole paragraph!"
        there.page.bring_to_front()
        there.page.wait_for_function(
            "(area) => (area.value ?? area.innerText).includes('a whole paragraph')",
            arg=there.cell(name).locator(box).element_handle(),
        )
        there.page.keyboard.press("Control+End")
        there.page.keyboard.press("!")
        if name == FIRST:
            assert there.text(name) == there.code(name) == wanted
        else:
            assert there.cell(name).locator(box).input_value() == there.kept(f"text:transform:{name}") == wanted


def test_a_cursor_stays_where_it_is_while_another_tab_writes(exercise, browser, below):
    here = exercise()
    there = tab(browser, below, here)
    type_text(here.cell(WRITTEN).locator("textarea"), "one two")
    area = there.cell(WRITTEN).locator("textarea")
    expect(area).to_have_value("one two")
    area.click()
    for key in ("Control+Home", "ArrowRight", "ArrowRight", "ArrowRight"):
        there.page.keyboard.press(key)
    here.page.keyboard.type(" three")
    expect(area).to_have_value("one two three")
    there.page.keyboard.press(",")
    expect(area).to_have_value("one, two three")


def test_the_back_button_shows_what_was_read_from_a_file_meanwhile(browser, below):
    """With the browser's memory of pages, which Playwright switches off."""
    fresh = browser.browser_type.launch(
        executable_path=chromium(), args=CHROMIUM_ARGUMENTS, ignore_default_args=["--disable-back-forward-cache"]
    )
    here = Exercise(fresh, below, "transform")
    # Python would start with the first key, and a page whose Python is loading does not sleep.
    here.page.add_init_script("Object.defineProperty(navigator, 'connection', { value: { saveData: true } })")
    here.open()
    here.page.evaluate("addEventListener('pageshow', ({ persisted }) => (window.back = persisted))")
    end(here, FIRST)
    here.page.keyboard.press("1")
    key = f"code:transform:{here.cell(FIRST).get_attribute('data-key')}"
    here.page.get_by_role("link", name="Your progress").first.click()
    texts = {key: "from_the_file = 1", f"text:transform:{WRITTEN}": "From the file."}
    read(here.page, texts, when="2099-01-01T00:00:00Z")  # which counts as now
    here.page.go_back(wait_until="commit")  # a page that has slept is not loaded again
    expect(here.cell(FIRST).locator(".cm-content")).to_have_text("from_the_file = 1")
    assert here.page.evaluate("window.back") is True
    expect(here.cell(WRITTEN).locator("textarea")).to_have_value("From the file.")
    expect(notices(here, FIRST)).to_contain_text("This text comes from the file")
    end(here, FIRST)
    here.page.keyboard.press("2")
    assert here.code(FIRST) == "from_the_file = 12"
    fresh.close()


@pytest.mark.parametrize(
    "event",
    [
        "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))",
        "document.dispatchEvent(new Event('visibilitychange'))",
    ],
)
def test_a_page_that_slept_and_was_told_of_nothing_reads_the_store_again(exercise, event):
    here = exercise()
    key = f"{KEPT}code:transform:{here.cell(FIRST).get_attribute('data-key')}"
    here.page.evaluate("([key, event]) => { localStorage.setItem(key, 'theirs = 1'); eval(event); }", [key, event])
    expect(here.cell(FIRST).locator(".cm-content")).to_have_text("theirs = 1")


def test_marks_in_the_contents_are_left_alone_while_one_types(exercise, browser, below):
    here = exercise(kept={f"{KEPT}solved:{STUB}": "2026-01-02T03:04:05Z"})
    there = tab(browser, below, here)
    assert here.page.locator("nav.bd-links .progress-mark").count() >= 1
    watch = """new MutationObserver((all) => (window.changes = (window.changes ?? 0) + all.length))
        .observe(document.querySelector("nav.bd-links"), { childList: true, subtree: true })"""
    for page in (here.page, there.page):
        page.evaluate(watch)
    end(here, FIRST)
    here.page.keyboard.type("12345")
    expect(there.cell(FIRST).locator(".cm-content")).to_contain_text("12345")
    assert [page.evaluate("window.changes ?? 0") for page in (here.page, there.page)] == [0, 0]
    here.press("identity_parameters", "Check my answer")
    here.wait("identity_parameters", "did not pass yet")
    assert here.page.evaluate("window.changes") > 0
    there.page.wait_for_function("window.changes > 0")


# ---------------------------------------------------------------- two courses at one host


def test_two_courses_at_one_host_do_not_meet_and_each_takes_the_first_editions_keys(browser, site, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).symlink_to(site)
    with serve(tmp_path) as host:
        one = Exercise(browser, f"{host}/one", "transform", kept={f"batchnorm:code:transform:{FIRST}": "old = 1"})
        assert one.text(FIRST) == "old = 1"  # under the name that the cell had then
        end(one, FIRST)
        one.page.keyboard.press("2")
        two = Exercise(browser, f"{host}/two", "transform", context=one.context)
        assert two.text(FIRST) == "old = 1"
        end(two, FIRST)
        two.page.keyboard.press("3")
        two.cell(STUB).locator(".cm-content").click()
        two.page.keyboard.press("Control+End")
        two.page.keyboard.press("4")
        one.open()
        assert one.text(FIRST) == "old = 12"
        assert not one.text(STUB).endswith("4")
        one.close()


# ---------------------------------------------------------------- a new release


def release(here, *changes):
    """From now on the host serves a page in which some texts are others."""

    def corrected(route):
        body = route.fetch().text()
        for before, after in changes:
            assert before in body
            body = body.replace(before, after)
        route.fulfill(body=body, content_type="text/html")

    here.context.route("**/transform/exercise.html", corrected)


@pytest.mark.parametrize("name", [STUB, FIRST])
def test_a_new_release_asks_which_text_is_wanted(exercise, name):
    here = exercise()
    here.type(name, "mine = 1\n# YOUR CODE HERE\nmine = 2")
    digest = here.cell(name).get_attribute("data-starter")
    if name == FIRST:  # a cell to explore is called by its text
        changes = [(f'data-cell="{FIRST}"', 'data-cell="c-corrected"'), ("max_scale", "max_scaled")]
    else:
        changes = [("YOUR CODE HERE", "WRITE HERE")]
    release(here, *changes, (digest, "0" * 12))
    here.open()
    name = "c-corrected" if name == FIRST else name
    notice = notices(here, name)
    expect(notice).to_contain_text("has changed since you wrote here. You see your own text.")
    assert here.text(name).startswith("mine = 1")
    notice.get_by_role("button", name="See the difference").click()
    difference = notice.locator(".runner-difference")
    assert "- mine = 1" in difference.inner_text()
    assert re.search(r"^\+ .*(WRITE HERE|max_scaled)", difference.inner_text(), re.MULTILINE)

    end(here, name)  # typing on settles nothing
    here.page.keyboard.press("3")
    here.open()
    notice.get_by_role("button", name="Take the new one").click()
    expect(notice).to_have_count(0)
    assert re.search("WRITE HERE|max_scaled", here.text(name))
    here.cell(name).get_by_role("button", name="Undo").click()
    assert here.text(name).endswith("mine = 23")
    expect(notice).to_have_count(0)


def test_mine_can_be_kept_and_a_pass_says_of_which_version_it_was(exercise):
    here = exercise()
    here.type(STUB, answer(TRANSFORM, STUB))
    here.press(STUB, "Check my answer")
    here.wait(STUB, "^Your check passed$")
    release(here, (here.cell(STUB).get_attribute("data-starter"), "0" * 12))
    here.open()
    here.cell(STUB).locator(".runner-status", has_text="in an earlier version of this exercise").wait_for()
    notices(here, STUB).get_by_role("button", name="Keep mine").click()
    expect(notices(here, STUB)).to_have_count(0)
    here.open()
    expect(notices(here, STUB)).to_have_count(0)
    assert here.text(STUB) == answer(TRANSFORM, STUB)


# ---------------------------------------------------------------- a file of somebody


def read(page, texts, name="of a <b>friend</b>.json", when="2026-01-02T03:04:05Z"):
    """Read a progress file on the progress page."""
    entries = {key: {"value": value, "when": when} for key, value in texts.items()}
    text = json.dumps({"course": "batchnorm", "version": 1, "entries": entries})
    page.set_input_files("#progress-file", {"name": name, "mimeType": "application/json", "buffer": text.encode()})
    page.locator("#progress-said", has_text="Read “").wait_for()
    return page.locator("#progress-said").inner_text()


def test_a_files_code_runs_only_when_its_owner_presses_run_at_it(exercise):
    here = exercise()
    key = here.cell(FIRST).get_attribute("data-key")
    here.page.goto(f"{here.below}/book/progress.html")
    code = "print('the' + ' file ran')"
    told = read(here.page, {f"code:transform:{key}": code, f"code:transform:{STUB}": code, "code:transform:odd": "x"})
    assert "2 things were new and taken over" in told
    assert "Left out: 1 entry for which this course has no place." in told
    here.open()
    for name in (FIRST, STUB):
        expect(notices(here, name)).to_contain_text("This text comes from the file “of a <b>friend</b>.json”")
    here.page.get_by_role("button", name="Run all cells").click()
    here.cell(FIRST).locator(".runner-status", has_text="Not run: its text comes from a file").wait_for()
    here.run("identity_parameters", "print('mine')")  # after all that was queued
    assert here.page.get_by_text("the file ran", exact=True).count() == 0
    assert here.run(FIRST).strip() == "the file ran"
    expect(notices(here, FIRST)).to_have_count(0)
    here.open()
    expect(notices(here, FIRST)).to_have_count(0)
    expect(notices(here, STUB)).to_have_count(1)


def test_a_function_that_came_from_a_file_is_brought_with_its_line_and_does_not_run(exercise):
    here = exercise("backprop")
    here.page.goto(f"{here.below}/book/progress.html")
    read(here.page, {f"code:transform:{STUB}": "print('the' + ' file ran')"})
    here.open()
    pasted = here.page.locator('[data-kind="paste"]').first.get_attribute("data-cell")
    here.press(pasted, f"Bring my {STUB}")
    expect(notices(here, pasted)).to_contain_text("This text comes from the file")
    stub = here.page.locator('[data-kind="solution"]').first.get_attribute("data-cell")
    here.run(stub, "1")  # after all that was queued
    assert here.page.get_by_text("the file ran", exact=True).count() == 0
    assert here.run(pasted).strip() == "the file ran"


def test_what_was_read_can_be_taken_back(exercise):
    here = exercise()
    here.type(FIRST, "mine = 1")
    key = f"code:transform:{here.cell(FIRST).get_attribute('data-key')}"
    here.page.goto(f"{here.below}/book/progress.html")
    read(here.page, {key: "theirs = 1", f"solved:{STUB}": "2099-01-01T00:00:00Z"}, when="2099-01-01T00:00:00Z")
    assert "2099" not in here.page.locator("#progress").inner_text()
    here.page.get_by_role("button", name="Take it back").click()
    assert here.page.locator("#progress-said").inner_text() == "2 things are as before."
    assert "✓" not in here.page.locator("#progress").inner_text()
    here.open()
    assert here.text(FIRST) == "mine = 1"
    expect(notices(here, FIRST)).to_have_count(0)
