"""The pictures of the lesson on advantages and disadvantages: a dial for two networks, and a block of numbers."""

import re
from statistics import fmean

import pytest
from pictures import data_of

pytestmark = pytest.mark.slow


@pytest.fixture
def lesson(browser, below):
    page = browser.new_page(viewport={"width": 1100, "height": 900})
    mistakes = []
    page.on("pageerror", lambda mistake: mistakes.append(mistake))
    page.goto(f"{below}/book/tradeoffs/lesson.html")
    yield page
    page.close()
    assert mistakes == []


def drawn(page, name):
    figure = page.locator(f'figure.picture[data-picture="{name}"]')
    figure.evaluate("figure => figure.scrollIntoView({block: 'center'})")
    page.locator(f'figure.picture.drawn[data-picture="{name}"]').wait_for()
    return figure


def told(figure):
    return figure.locator(".picture-told").inner_text()


def end_of(data, network, rate):
    return fmean(loss / 100 for start in data["runs"][network] for loss in start[rate][-10:])


def test_keys_turn_the_dial_of_both_networks(lesson):
    figure = drawn(lesson, "tradeoffs")
    data = data_of(figure)
    dial = figure.get_by_role("slider", name="learning rate η")
    assert dial.get_attribute("aria-valuetext") == "0.003"
    dial.focus()
    for _ in range(3):
        lesson.keyboard.press("ArrowRight")
    assert dial.get_attribute("aria-valuetext") == "0.1"
    with_, without = end_of(data, "with", 3), end_of(data, "without", 3)
    assert told(figure).endswith(f"ends at {with_:.2f} with Batch Normalization and at {without:.2f} without.")
    assert with_ < 0.6 < 1 < without
    assert figure.locator("svg").first.locator("circle").count() == 2 + 2 * 4  # the dial, and what was tried
    figure.get_by_role("button", name="Show all rates").click()
    assert figure.locator("svg").first.locator("circle").count() == 2 + 2 * 8
    assert dial.get_attribute("aria-valuetext") == "0.1"


def test_a_pointer_drags_the_dial_to_the_nearest_rate(lesson):
    figure = drawn(lesson, "tradeoffs")
    dial = figure.get_by_role("slider", name="learning rate η")
    box = dial.locator("circle").last.bounding_box()
    ticks = {t.text_content(): t.bounding_box() for t in figure.locator("svg").first.locator("text.muted").all()}
    lesson.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    lesson.mouse.down()
    lesson.mouse.move(ticks["1"]["x"] + 8, box["y"] + 20, steps=5)
    lesson.mouse.up()
    assert dial.get_attribute("aria-valuetext") == "1"
    assert re.match(r"At η = 1 the loss ends at 0\.19 ", told(figure))
    course = figure.locator("svg").nth(1)
    assert "η = 1" in course.text_content()
    lines = [path.get_attribute("d") for path in course.locator("g path").all()]
    assert len(lines) == 2 * (5 + 1)  # five starts and their mean
    assert all(len(re.findall(r"[ML]-?[\d.]+,-?[\d.]+", d)) == 60 for d in lines)


COUNTS = {
    "Batch": "each mean is over 36 numbers of 4 images; 6 means in all.",
    "Layer": "each mean is over 54 numbers of one image; 4 means in all.",
    "Instance": "each mean is over 9 numbers of one image; 24 means in all.",
    "Group": "each mean is over 27 numbers of one image; 8 means in all.",
}


def test_each_normalization_shows_which_numbers_share_a_mean(lesson):
    figure = drawn(lesson, "tradeoffs-block")
    for kind, counted in COUNTS.items():
        figure.get_by_label(kind, exact=True).check()
        assert told(figure) == f"{kind}: {counted}"
        sharing = figure.locator('[role="gridcell"][aria-label$="shares the mean"]').count()
        assert 9 * sharing == int(re.search(r"over (\d+)", counted)[1])
    figure.get_by_label("Batch", exact=True).check()
    slider = figure.get_by_role("slider", name=re.compile("Images"))
    slider.focus()
    lesson.keyboard.press("Home")
    assert told(figure) == "Batch: each mean is over 9 numbers of one image; 6 means in all."


def test_companions_move_a_number_under_batch_normalization_alone(lesson):
    figure = drawn(lesson, "tradeoffs-block")
    data = data_of(figure)
    x_hat = figure.locator(".picture-formula strong")
    numbers = [n for image in data["pool"][:4] for n in image[2]]
    mean = fmean(numbers)
    spread = fmean((n - mean) ** 2 for n in numbers) ** 0.5
    assert x_hat.inner_text().replace("−", "-") == f"{(data['pool'][1][2][4] - mean) / spread:.2f}"
    other = figure.get_by_role("button", name="Other companions")
    before = x_hat.inner_text()
    other.click()
    assert x_hat.inner_text() != before
    assert told(figure).startswith(f"x̂ went from {before} to {x_hat.inner_text()}.")
    figure.get_by_label("Layer", exact=True).check()
    before = x_hat.inner_text()
    other.click()
    assert x_hat.inner_text() == before
    assert told(figure).startswith(f"x̂ stays {before}: no other image counts.")


def test_a_cell_is_marked_by_arrows_and_by_a_click(lesson):
    figure = drawn(lesson, "tradeoffs-block")
    figure.get_by_role("gridcell", name=re.compile("image 2, channel 3, marked")).focus()
    lesson.keyboard.press("ArrowRight")
    lesson.keyboard.press("ArrowUp")
    marked = figure.locator('[role="gridcell"][aria-selected="true"]')
    assert marked.count() == 1
    assert marked.get_attribute("aria-label").startswith("image 1, channel 4, marked")
    assert marked.evaluate("cell => cell === document.activeElement")
    figure.get_by_role("gridcell", name=re.compile("image 3, channel 6")).click()
    assert marked.get_attribute("aria-label").startswith("image 3, channel 6, marked")
