"""The picture of the transform: what it shows is what NumPy computes, by keyboard, pointer and finger."""

import json

import numpy as np
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.slow
PAGE = "book/transform/lesson.html"


class Drawn:
    """The picture on its page, and the numbers that it shows."""

    def __init__(self, page, address):
        self.page = page
        page.goto(f"{address}/{PAGE}")
        self.figure = page.locator("figure.picture[data-picture=transform]")
        self.figure.scroll_into_view_if_needed()
        self.figure.locator(".transform-picture").wait_for()
        self.data = json.loads(self.figure.locator("script").text_content())
        self.x = np.array(self.data["x"])
        self.said = self.figure.get_by_role("status")

    def numbers(self, side):
        """The cells of a table, and the two lines of numbers below it; side 0 is x, side 1 is x̂."""
        texts = self.figure.locator("svg").nth(side).locator(".transform-number").all_text_contents()
        shown = [float(text.replace("−", "-").replace(",", "")) for text in texts[: 3 * 8 + 6]]
        return np.reshape(shown[:24], (8, 3)), np.reshape(shown[24:], (2, 3))

    def cell(self, name, patient):
        return self.figure.get_by_role("slider", name=f"{name} of patient {patient}", exact=True)

    def agrees(self):
        x, (mean, var) = self.numbers(0)
        np.testing.assert_allclose(x, self.x, rtol=1e-9)
        np.testing.assert_allclose(mean, self.x.mean(axis=0), rtol=2e-3)
        np.testing.assert_allclose(var, self.x.var(axis=0), rtol=5e-3)
        x_hat, (zeros, ones) = self.numbers(1)
        np.testing.assert_allclose(x_hat, (self.x - self.x.mean(axis=0)) / self.x.std(axis=0), atol=0.0051)
        assert (zeros == 0).all()
        assert (ones == 1).all()


@pytest.fixture
def drawn(browser, address):
    context = browser.new_context(has_touch=True)
    yield Drawn(context.new_page(), address)
    context.close()


def test_a_key_moves_one_number_and_the_normalized_values_of_its_column(drawn):
    drawn.agrees()
    before, _ = drawn.numbers(1)
    drawn.cell("age", 1).focus()
    drawn.page.keyboard.press("PageUp")
    drawn.page.keyboard.press("ArrowRight")
    drawn.x[0, 0] += 11
    drawn.agrees()
    after, _ = drawn.numbers(1)
    assert (after[:, 0] != before[:, 0]).all()
    assert (after[:, 1:] == before[:, 1:]).all()
    expect(drawn.said).to_contain_text("The mean and the variance of the age column have changed")


def test_a_pointer_and_a_finger_drag_a_number_to_the_end_of_its_track(drawn):
    box = drawn.cell("income", 5).bounding_box()
    middle = box["y"] + box["height"] / 2
    drawn.page.mouse.move(box["x"] + box["width"] / 2, middle)
    drawn.page.mouse.down()
    drawn.page.mouse.move(box["x"] - 20, middle, steps=4)
    drawn.page.mouse.up()
    drawn.x[4, 1] = drawn.data["columns"][1]["low"]
    drawn.agrees()
    box = drawn.cell("temperature", 2).bounding_box()
    y = box["y"] + box["height"] / 2
    finger = drawn.page.context.new_cdp_session(drawn.page)
    for kind, x in [("touchStart", 20), ("touchMove", 30), ("touchMove", 120), ("touchEnd", None)]:
        points = [] if x is None else [{"x": box["x"] + x, "y": y}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    drawn.x[1, 2] = drawn.data["columns"][2]["high"]
    drawn.agrees()


def test_a_doubled_column_has_the_same_normalized_values(drawn):
    before, _ = drawn.numbers(1)
    drawn.cell("income", 1).focus()
    drawn.figure.get_by_role("button", name="Double the income column").click()
    drawn.x[:, 1] *= 2
    drawn.agrees()
    after, _ = drawn.numbers(1)
    assert (after == before).all()
    expect(drawn.said).to_contain_text("x̂ is the same as before")
    drawn.figure.get_by_role("button", name="Start again").click()
    drawn.x[:, 1] /= 2
    drawn.agrees()


def test_the_other_divisor_and_the_other_axis(drawn):
    figure = drawn.figure
    figure.get_by_label("m − 1", exact=True).check()
    expect(figure.get_by_text("var = x.var(axis=0, ddof=1)")).to_be_visible()
    _, (_, var) = drawn.numbers(0)
    np.testing.assert_allclose(var, drawn.x.var(axis=0, ddof=1), rtol=5e-3)
    _, (_, ones) = drawn.numbers(1)
    assert (ones == 7 / 8).all()
    figure.get_by_label("m", exact=True).check()
    figure.get_by_label("1", exact=True).check()
    expect(figure.get_by_text("mean = x.mean(axis=1)")).to_be_visible()
    expect(drawn.said).to_contain_text("all patients look alike")
    x_hat, _ = drawn.numbers(1)
    rows = (drawn.x - drawn.x.mean(axis=1, keepdims=True)) / drawn.x.std(axis=1, keepdims=True)
    np.testing.assert_allclose(x_hat, rows, atol=0.0051)
    mean = float(figure.locator("svg").first.get_by_text("row 1:").first.text_content().split()[2].replace(",", ""))
    assert abs(mean - drawn.x[0].mean()) < 1
