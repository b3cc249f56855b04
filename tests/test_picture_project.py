"""The picture of the project lesson: six checks as alarms, by mouse and by keyboard."""

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def view(browser, address):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{address}/book/project/lesson.html")
    page.locator("figure.picture[data-picture=project]").scroll_into_view_if_needed()
    page.wait_for_selector("figure.picture.drawn")
    yield page.locator("figure.picture[data-picture=project] .picture-view")
    context.close()


def ringing(view):
    return view.locator(".alarm").evaluate_all("alarms => alarms.map((a) => a.classList.contains('rings'))")


def test_a_planted_bug_rings_its_own_alarms(view):
    told = view.get_by_role("status")
    view.get_by_role("button", name="Run all six").click()
    assert ringing(view) == [False] * 6
    assert told.inner_text() == "All six have run, and no alarm rings."
    view.get_by_label("statistics taken as constants on the way back").check()
    assert view.locator(".alarm-result").all_inner_texts() == ["run"] * 6
    assert told.inner_text().startswith("Planted: statistics taken as constants")
    view.get_by_role("button", name="Run all six").click()
    assert ringing(view) == [False, False, True, False, False, False]
    assert told.inner_text() == "All six have run: only slope rings."


def test_one_check_at_a_time_by_keyboard_tells_what_it_measured(view):
    page = view.page
    view.get_by_label("nothing: the right program").focus()
    for _ in range(4):
        page.keyboard.press("ArrowDown")  # to the batch in predict
    alone = view.get_by_role("button", name="5. alone")
    alone.focus()
    page.keyboard.press("Enter")
    assert ringing(view) == [False] * 4 + [True, False]
    told = view.get_by_role("status").inner_text()
    assert told.startswith("Check 5, alone: measured ")
    assert told.endswith("% of labels, allowed none. It rings in 5 of 5 runs.")


def test_a_hidden_bug_is_found_from_its_alarms(view):
    view.get_by_role("button", name="Hide a bug from me").click()
    assert view.locator("input:checked").count() == 0
    view.get_by_role("button", name="Run all six").click()
    heard = []
    for label in view.locator(".alarm-bugs label").all():
        label.click()
        heard.append(view.get_by_role("status").inner_text())
        if heard[-1].startswith("Yes: "):
            break
    assert heard[0].startswith("No: with that bug, ")  # the right program rings nowhere
    assert all(text.startswith("No") for text in heard[:-1])
    assert heard[-1].startswith("Yes: ")
