"""A chapter's exercises, played by keyboard alone: no mouse, no focus that a script sets."""

import re

import pytest
from exercise_pages import KEPT
from playwright.sync_api import expect
from test_runner import wrong_answer

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("runner")]

ANSWERS = {
    "batchnorm_forward": [
        "centred = x - x.mean(axis=0)",
        "inv_std = 1 / np.sqrt((centred**2).mean(axis=0) + eps)",
        "x_hat = centred * inv_std",
        "return gamma * x_hat + beta, (x_hat, gamma, inv_std)",
    ],
    "identity_parameters": ["return np.sqrt(x.var(axis=0) + eps), x.mean(axis=0)"],
    "batchnorm2d_forward": [
        "over = (0, 2, 3)",
        "mean, var = x.mean(axis=over, keepdims=True), x.var(axis=over, keepdims=True)",
        "return gamma[:, None, None] * (x - mean) / np.sqrt(var + eps) + beta[:, None, None]",
    ],
    "linear_bn_relu": ["y, _ = batchnorm_forward(x @ W, gamma, beta, eps)", "return np.maximum(y, 0)"],
    "change_units": ["return gamma * np.sign(a), beta.copy(), eps * a**2"],
}
FOCUSED = """() => {
    const { activeElement: element } = document;
    return [element.closest("[data-cell]")?.dataset.cell, element.ariaLabel ?? element.innerText ?? ""];
}"""


def focused(here):
    """The cell in which the focus is, and what has it."""
    return here.page.evaluate(FOCUSED)


def tab_to(here, label):
    for _ in range(20):
        here.page.keyboard.press("Tab")
        if focused(here)[1].startswith(label):
            return
    pytest.fail(f"20 times Tab lead to no {label}")


def skip_the_contents(here):
    """The first link of a page leads over the contents of the course, which are long."""
    here.page.keyboard.press("Tab")
    here.page.keyboard.press("Enter")


def in_sight(place):
    height = place.page.viewport_size["height"]
    top, bottom = place.evaluate("it => [it.getBoundingClientRect().top, it.getBoundingClientRect().bottom]")
    return 48 <= top < bottom <= height  # the theme's bar covers 48


def test_a_chapter_is_played_by_keyboard(exercise):
    here = exercise()
    press = here.page.keyboard.press
    skip_the_contents(here)
    tab_to(here, "Jump to exercise 1")
    press("Enter")
    for name, lines in ANSWERS.items():
        here.page.wait_for_function(f"({FOCUSED})()[0] === '{name}'")
        cell = here.cell(name)
        # One sees the cell, and the end of what it asks for.
        expect(cell).to_be_in_viewport()
        assert cell.bounding_box()["y"] > 300
        for number, text in enumerate(lines):
            if number:
                press("Enter")
            here.page.keyboard.type(text)
        press("Control+Shift+Enter")
        here.wait(name, "^Your check passed$")
        assert in_sight(cell.locator(".runner-banner"))
        assert focused(here) == [name, f"Python code: {name}. Escape, then Tab leaves it."]
        press("Control+Alt+Enter")
    here.page.wait_for_function(f"({FOCUSED})()[1] === 'Your answer in words'")
    here.page.keyboard.type("The mean is taken away.")
    assert here.kept("text:transform:written_transform") == "The mean is taken away."


def test_tab_goes_past_an_editor_and_indents_after_another_key(exercise):
    here = exercise(kept={f"{KEPT}code:transform:batchnorm_forward": wrong_answer()})
    skip_the_contents(here)
    tab_to(here, "Keys")
    tab_to(here, "Python code: cell 2")
    tab_to(here, "Python code: batchnorm_forward")
    assert here.code("batchnorm_forward") == wrong_answer()
    here.page.keyboard.press("ArrowDown")
    here.page.keyboard.press("Tab")
    assert focused(here)[0] == "batchnorm_forward"
    assert re.search(r"^ {8}\w", here.code("batchnorm_forward"), re.MULTILINE)


def test_a_long_answer_does_not_hide_its_verdict_whose_line_a_key_finds(exercise):
    name = "batchnorm_forward"
    text = "\n".join(
        ["def batchnorm_forward(x, gamma, beta, eps=1e-5):", *["    # a thought"] * 60, "    return x / nothing"]
    )
    here = exercise(kept={f"{KEPT}code:transform:{name}": text})
    skip_the_contents(here)
    tab_to(here, "Continue")
    here.page.keyboard.press("Enter")
    here.page.wait_for_function(f"({FOCUSED})()[0] === '{name}'")
    here.page.keyboard.press("Control+Shift+Enter")
    here.wait(name, "did not pass yet")
    expect(here.cell(name).locator(".runner-line").first).to_be_in_viewport()
    here.page.keyboard.press("Control+Alt+Enter")
    expect(here.cell(name).locator(".cm-line.runner-marked")).to_be_in_viewport()
    assert focused(here)[0] == name
