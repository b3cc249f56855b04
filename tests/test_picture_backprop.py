"""The picture of the gradients: nine steps along a graph, paths to cut, an upstream gradient to change."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

LAWS = re.compile(r"([−\d.]+) [✓✗]")


@pytest.fixture
def picture(browser, address):
    page = browser.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(error))
    page.goto(f"{address}/book/backprop/lesson.html")
    figure = page.locator('figure.picture[data-picture="backprop"]')
    figure.scroll_into_view_if_needed()
    expect(figure).to_have_class(re.compile("drawn"))
    yield figure
    page.close()
    assert errors == []


def walk(picture):
    for _ in range(9):
        picture.get_by_role("button", name="Next").click()


def results(picture):
    return picture.locator(".backprop-result").all_text_contents()


def sums(picture):
    return LAWS.findall(picture.locator(".backprop-sums").inner_text())


def test_nine_steps_back_by_keyboard(picture):
    assert results(picture) == [""] * 9
    assert sums(picture) == []
    press = picture.get_by_role("button", name="Next")
    press.focus()
    press.press("Enter")
    press.press("ArrowRight")
    assert results(picture)[:3] == ["1", "−0.46", ""]
    expect(picture.get_by_role("status")).to_contain_text("Step 2.")
    press.press("ArrowLeft")
    assert results(picture)[:3] == ["1", "", ""]
    for _ in range(8):
        press.press("Space")
    assert results(picture)[3:] == [
        "(0, 0.93, 0)",
        "−2",
        "0.10",
        "(−0.13, 0.86, 0.20)",
        "−0.93",
        "(−0.44, 0.55, −0.11)",
    ]
    expect(press).to_have_attribute("aria-disabled", "true")
    assert sums(picture) == ["0", "0"]
    picture.get_by_role("button", name=re.compile("^4 ")).click()
    assert results(picture)[4:] == [""] * 5


def test_a_cut_path_breaks_its_own_law_alone(picture):
    walk(picture)
    mean, variance = (picture.get_by_role("switch", name=f"through the {name}") for name in ("mean", "variance"))
    mean.click()
    assert sums(picture) == ["0.93", "0"]
    expect(picture.get_by_role("status")).to_contain_text("The sum of dx is 0.93")
    mean.press("Enter")  # mended
    assert sums(picture) == ["0", "0"]
    variance.press("Space")
    expect(variance).to_have_attribute("aria-checked", "true")
    assert sums(picture) == ["0", "−0.43"]


def test_the_upstream_gradient_is_changed_by_keys_and_by_dragging(picture):
    walk(picture)
    first, second, third = picture.get_by_role("slider").all()
    for grip in (first, third):
        grip.focus()
        grip.press("PageUp")
    assert results(picture)[-1] == "(0, 0, 0)"  # of (1, 1, 1) nothing is left
    box = second.bounding_box()
    mouse = picture.page.mouse
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    mouse.down()
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 - 30, steps=4)
    mouse.up()
    assert float(second.get_attribute("aria-valuenow")) > 1
    x = [float(v.replace("−", "-")) for v in results(picture)[-1].strip("()").split(", ")]
    assert x[0] / x[2] == pytest.approx(4, abs=0.4)  # along (−4, 5, −1), as every gradient of this batch
    assert sums(picture) == ["0", "0"]


def test_played_it_walks_by_itself_and_stops_at_the_end(picture):
    for _ in range(8):
        picture.get_by_role("button", name="Next").click()
    press = picture.locator(".picture-controls button").last
    press.click()
    expect(press).to_have_text("⏸ Pause")
    expect(press).to_have_text("▶ Play", timeout=30_000)
    assert results(picture)[-1] == "(−0.44, 0.55, −0.11)"
