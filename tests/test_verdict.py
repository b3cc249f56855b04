"""The way to a verdict on an answer, the verdict, and where it leads, as a person meets them."""

import json
import re

import pytest
from exercise_pages import CONTRAST, KEPT
from playwright.sync_api import expect
from test_kept import end, notices, read
from test_runner import FIRST, TRANSFORM, answer
from typing_keys import type_text

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("runner")]

BASE, LAYER, NEXT, WRITTEN = "batchnorm_forward", "linear_bn_relu", "identity_parameters", "written_transform"
CHECK = "Check my answer"
LAYERED = """def linear_bn_relu(x, W, gamma, beta, eps=1e-5):
    return np.maximum(helped(x @ W, gamma, beta, eps), 0)

def helped(*given):
    return batchnorm_forward(*given)[0]
"""
SHORT = "def batchnorm_forward(x, gamma, beta, eps=1e-5):\n    return x, None"


def of(texts):
    """What is kept of the transform page where these texts have been written."""
    return {f"{KEPT}code:transform:{name}": text for name, text in texts.items()}


def way(here):
    return here.page.locator(".runner-way")


def verdict(here, name):
    return here.cell(name).locator(".runner-verdict")


def focused(here):
    return here.page.evaluate("document.activeElement.closest('[data-cell]')?.dataset.cell")


# ---------------------------------------------------------------- what a check runs


def test_a_check_runs_the_cells_that_the_answer_needs_and_no_other(exercise):
    key = exercise().cell(FIRST).get_attribute("data-key")
    here = exercise(kept=of({BASE: answer(TRANSFORM, BASE), LAYER: LAYERED, key: "1 / 0"}))
    here.press(LAYER, CHECK)
    here.wait(LAYER, "^Your check passed$")
    here.wait(BASE, "^Run for linear_bn_relu$")
    assert here.cell(BASE).locator(".runner-output").inner_text() == ""
    expect(here.cell(FIRST).locator(".runner-status")).to_be_empty()
    here.type(BASE, SHORT)  # it is run again, since it has changed
    here.press(LAYER, CHECK)
    here.wait(LAYER, "did not pass yet")


def test_a_function_that_is_not_written_yet_is_named_and_one_that_fails(exercise):
    here = exercise(kept=of({LAYER: LAYERED}))
    here.press(LAYER, CHECK)
    here.wait(LAYER, "^Not checked: batchnorm_forward is not written yet; your answer calls it$")
    assert not here.kept(f"tried:{LAYER}")
    here.cell(LAYER).locator(".runner-advice a").click()
    expect(here.cell(BASE).locator(".cm-content")).to_be_focused()
    here.type(BASE, f"{SHORT}\n\n1 / 0")
    here.press(LAYER, CHECK)
    told = here.wait(LAYER, "^Not checked: batchnorm_forward, .* does not run: ZeroDivisionError in line 4$")
    assert "division by zero" in told


def test_a_needed_function_that_came_from_a_file_is_not_run(exercise):
    here = exercise(kept=of({LAYER: LAYERED}))
    here.page.goto(f"{here.below}/book/progress.html")
    read(here.page, {f"code:transform:{BASE}": f"print('the' + ' file ran')\n{answer(TRANSFORM, BASE)}"})
    here.open()
    here.press(LAYER, CHECK)
    here.wait(LAYER, "^Not checked: batchnorm_forward, which your answer calls, comes from a file$")
    assert here.page.get_by_text("the file ran", exact=True).count() == 0
    assert here.run(BASE).strip() == "the file ran"
    here.press(LAYER, CHECK)
    here.wait(LAYER, "^Your check passed$")


def test_a_check_that_a_cell_has_overwritten_counts_for_nothing(exercise):
    here = exercise()
    here.run(
        FIRST,
        "import builtins\nimport check as module\ncheck = print\nmodule.check = module.compare = print\n"
        "class Report:\n    passed = True\nmodule.Report = Report\nmodule.MARKS = {}\n"
        "builtins.all = lambda *_: True\njson = np = None",
    )
    here.type(BASE, f"import numpy as np\n{SHORT}")
    here.press(BASE, CHECK)
    here.wait(BASE, "^Your check did not pass yet")
    assert not here.kept(f"solved:{BASE}")


def test_an_earlier_function_is_not_taken_for_the_answer(exercise):
    here = exercise(kept=of({BASE: answer(TRANSFORM, BASE)}))
    here.run(BASE)
    here.type(BASE, "def batchnorm(x):\n    return x")
    here.press(BASE, CHECK)
    here.wait(BASE, "this cell does not define batchnorm_forward$")
    assert not here.kept(f"solved:{BASE}")


# ---------------------------------------------------------------- the verdict


def test_a_verdict_has_its_banner_on_top_then_what_fails_and_what_holds_is_folded(exercise):
    here = exercise()
    here.type(BASE, "def batchnorm_forward(x, gamma, beta, eps=1e-5):\n    mean = x.mean(axis=0)\n    return meen")
    here.press(BASE, CHECK)
    here.wait(BASE, "^Your check did not pass yet$")
    banner = verdict(here, BASE).locator(":scope > *").first
    expect(banner).to_contain_text(re.compile(r"^Not solved yet\. \d+ of 10 properties hold"))
    expect(banner).to_contain_text("Your code stops here:")
    line = banner.get_by_role("button", name="Go to line 3 of your code")
    lesson = banner.get_by_role("link", name="The layer in three lines")
    assert lesson.evaluate("link => link.href") == f"{here.below}/book/transform/lesson.html#transform-layer"
    marked = here.cell(BASE).locator(".cm-line.runner-marked")
    expect(marked).to_have_text("    return meen")
    expect(here.cell(BASE).locator(".cm-gutterElement.runner-marked")).to_have_text("3")
    line.click()
    assert focused(here) == BASE
    here.page.keyboard.type("# ")  # the cursor stands in that line, and a change takes the mark away
    expect(marked).to_have_count(0)
    assert here.text(BASE).endswith("\n    # return meen")

    here.type(BASE, f"{answer(TRANSFORM, BASE).rstrip()}[::-1]")
    here.press(BASE, CHECK)
    here.wait(BASE, "^Your check did not pass yet")
    here.type(BASE, answer(TRANSFORM, BASE).replace("eps)", "1e-5)"))
    here.press(BASE, CHECK)
    here.wait(BASE, "^Your check did not pass yet")
    parts = verdict(here, BASE).locator(":scope > *")
    assert parts.evaluate_all("all => all.map((e) => e.tagName)") == ["DIV", "TABLE", "DETAILS"]
    failing = parts.nth(1).locator("td [role=img]").evaluate_all("all => all.map((e) => e.ariaLabel)")
    assert failing
    assert "holds" not in failing
    held = verdict(here, BASE).locator("details")
    expect(held.locator("table")).to_be_hidden()
    held.locator("summary").click()
    rows = held.locator("tr")
    expect(held.locator("summary")).to_have_text(f"{rows.count()} properties hold")
    expect(rows.first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_verdict_is_grey_while_the_text_is_another_one(exercise, scheme):
    here = exercise(color_scheme=scheme)
    here.type(BASE, SHORT)
    here.press(BASE, CHECK)
    said = "Your check did not pass yet"
    here.wait(BASE, f"^{said}")
    expect(here.cell(BASE).locator(".runner-status")).not_to_contain_text("Looking")
    said = here.cell(BASE).locator(".runner-status").inner_text()
    shown = verdict(here, BASE)
    here.cell(BASE).locator(".cm-content").click()
    here.page.keyboard.press("Control+End")
    here.page.keyboard.press("#")
    here.wait(BASE, "^Edited since the check$")
    expect(shown).to_contain_text("Edited since: this verdict is about the text as it was.")
    colours = {shown.locator(part).first.evaluate("e => getComputedStyle(e).color") for part in ("strong", "td", "p")}
    assert len(colours) == 1
    for part in ("strong", "td", "p", "a"):
        assert shown.locator(part).first.evaluate(CONTRAST) >= 4.5, part
    here.page.keyboard.press("Backspace")
    expect(here.cell(BASE).locator(".runner-status")).to_have_text(said)
    expect(shown).not_to_contain_text("Edited since")


def test_an_error_is_told_once_with_pythons_own_suggestion(exercise):
    here = exercise()
    told = here.run(FIRST, "x = np.ones(3)\nprint(np.meen(x))", "^AttributeError in line 2$")
    assert "has no attribute 'meen'. Did you mean: 'mean'?" in told
    assert "AttributeError" not in told
    assert told.count("meen") == 1
    expect(here.cell(FIRST).locator(".cm-line.runner-marked")).to_have_text("print(np.meen(x))")
    here.cell(FIRST).get_by_role("button", name="Go to line 2").click()
    assert focused(here) == FIRST
    assert "Did you mean: 'largest'?" in here.run(FIRST, "largest = 1\nlargset", "^NameError in line 2$")


def test_an_exercise_has_one_button_to_check_and_its_check_cell_is_folded(exercise):
    here = exercise()
    assert here.page.get_by_role("button", name=CHECK).count() == len(TRANSFORM.exercises)
    folded = here.cell(f"test_{BASE}")
    call = folded.locator("pre")
    expect(call).to_be_hidden()
    folded.get_by_text("The check of this exercise: check(batchnorm_forward)").click()
    expect(call).to_be_visible()
    assert call.inner_text().strip() == 'check("batchnorm_forward", batchnorm_forward)'


# ---------------------------------------------------------------- where it leads


def test_the_page_leads_to_the_first_exercise_and_then_on(exercise):
    here = exercise()
    jump = here.page.get_by_role("link", name="Jump to exercise 1")
    jump.focus()
    here.page.keyboard.press("Enter")
    expect(here.cell(BASE).locator(".cm-content")).to_be_focused()
    expect(here.cell(BASE).locator(".cm-content")).to_be_in_viewport()
    here.type(BASE, answer(TRANSFORM, BASE))
    expect(way(here)).to_have_text("Continue: batchnorm_forward, 0 of 5 solved")
    here.press(BASE, CHECK)
    here.wait(BASE, "^Your check passed$")
    banner = verdict(here, BASE)
    expect(banner).to_contain_text("Solved. All 10 properties hold on these inputs.")
    expect(way(here)).to_have_text("Continue: identity_parameters, 1 of 5 solved")
    banner.get_by_role("link", name="Next: identity_parameters").click()
    expect(here.cell(NEXT).locator(".cm-content")).to_be_focused()
    here.open()
    expect(way(here)).to_have_text("Continue: identity_parameters, 1 of 5 solved")
    way(here).get_by_role("link").click()
    expect(here.cell(NEXT).locator(".cm-content")).to_be_focused()


def test_after_the_last_exercise_comes_the_question_and_then_the_next_chapter(exercise):
    here = exercise(kept={f"{KEPT}solved:{name}": "2026-01-02T03:04:05Z" for name in TRANSFORM.exercises})
    expect(way(here)).to_have_text("All 5 solved. Next: the question in your own words")
    way(here).get_by_role("link").click()
    area = here.cell(WRITTEN).locator("textarea")
    expect(area).to_be_focused()
    type_text(area, "In words.")
    expect(way(here)).to_have_text("All 5 solved. Next: The gradients")
    assert way(here).locator("a").evaluate("link => link.href") == f"{here.below}/book/backprop/lesson.html"


# ---------------------------------------------------------------- the last version that passed


def test_the_last_version_that_passed_is_compared_and_brought_back(exercise):
    right = answer(TRANSFORM, BASE).rstrip()
    here = exercise()
    button = here.cell(BASE).get_by_role("button", name="Last version that passed")
    here.type(BASE, right)
    expect(button).to_have_count(0)
    here.press(BASE, CHECK)
    here.wait(BASE, "^Your check passed$")
    assert here.kept(f"passed:{BASE}") == right
    expect(button).to_have_attribute("aria-disabled", "true")
    end(here, BASE)
    here.page.keyboard.type(" + 1")
    here.open()
    here.wait(BASE, "^Your check passed on .*; edited since$")
    button.click()
    notice = notices(here, BASE)
    expect(notice).to_contain_text("What differs from the version that passed on ")
    last = right.splitlines()[-1]
    assert re.search(rf"- {re.escape(last)} \+ 1\n+\+ {re.escape(last)}", notice.inner_text())
    notice.get_by_role("button", name="Bring that version back").click()
    expect(notice).to_have_count(0)
    assert here.text(BASE) == here.code(BASE) == right
    here.page.keyboard.press("Control+z")
    assert here.text(BASE) == f"{right} + 1"


def test_a_version_that_passed_and_came_from_a_file_waits_for_its_owner(exercise):
    here = exercise()
    here.page.goto(f"{here.below}/book/progress.html")
    code = f"print('the' + ' file ran')\n{SHORT}"
    assert "1 thing was new" in read(here.page, {f"passed:{BASE}": code})
    with here.page.expect_download() as download:
        here.page.locator("#progress-save").click()
    saved = json.loads(download.value.path().read_text())["entries"]
    assert saved[f"passed:{BASE}"]["value"] == code
    here.open()
    here.press(BASE, "Last version that passed")
    notices(here, BASE).get_by_role("button", name="Bring that version back").click()
    expect(notices(here, BASE)).to_contain_text("This text comes from the file")
    here.page.get_by_role("button", name="Run all cells").click()
    here.wait(BASE, "^Not run: its text comes from a file")
