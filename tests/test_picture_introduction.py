"""The introduction's pictures: two networks that train in the page and can be shaken, and a slope that is trusted."""

import re

import pytest

TOLD = re.compile(
    r"After (\d+) steps the loss is ([\d.]+) without normalization and ([\d.]+) with it"
    r".*layer 3 moved by ([\d.]+) and ([\d.]+) standard deviations"
)


@pytest.fixture
def figures(browser, address):
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{address}/book/introduction/lesson.html")
    found = page.locator("figure.picture[data-picture=introduction]")
    found.first.scroll_into_view_if_needed()
    found.first.locator(".picture-drawing").first.wait_for()
    yield found
    page.close()
    assert errors == []


def press(figure, name, times=1):
    """Press a button by keyboard."""
    button = figure.get_by_role("button", name=name)
    button.focus()
    for _ in range(times):
        button.press("Enter")


def told(figure):
    """Step, both losses, and how far the last hidden layer of both networks moved."""
    return [float(number) for number in TOLD.search(figure.locator(".picture-told").inner_text()).groups()]


def medians(figure):
    """Where the dots are: 30 of the plain network, then 30 of the normalized one."""
    return figure.locator("circle").evaluate_all("dots => dots.map((dot) => Number(dot.getAttribute('cx')))")


@pytest.mark.slow
def test_a_shaken_network_moves_more_than_the_plain_one_and_learns_all_the_same(figures):
    training = figures.first
    press(training, "Shake the layers")
    press(training, "Ten steps", 30)
    step, plain, shaken, plain_moved, shaken_moved = told(training)
    assert step == 300
    assert plain < 1.5
    assert shaken < 0.5 * plain
    assert shaken_moved > max(0.5, plain_moved)
    press(training, "Stop shaking")
    press(training, "Start again")
    press(training, "Ten steps", 30)
    _, plain_again, calm, _, calm_moved = told(training)
    assert plain_again == plain
    assert calm < shaken
    assert calm_moved < 0.2
    assert training.get_by_text("the run before").is_visible()


@pytest.mark.slow
def test_shaking_scatters_the_normalized_units_and_leaves_the_plain_ones(figures):
    training = figures.first
    before = medians(training)
    press(training, "Shake the layers")
    after = medians(training)
    assert len(before) == len(after) == 60
    assert before[:30] == after[:30]
    assert all(was != now for was, now in zip(before[30:], after[30:], strict=True))


@pytest.mark.slow
def test_training_runs_until_it_is_paused(figures):
    training = figures.first
    calm = training.locator("path.introduction-calm")
    training.get_by_role("button", name="Train").click()
    training.page.wait_for_function("(path) => path.getAttribute('d')?.length > 60", arg=calm.element_handle())
    training.get_by_role("button", name="Pause").click()
    stopped = calm.get_attribute("d")
    training.page.wait_for_timeout(300)
    assert calm.get_attribute("d") == stopped
    press(training, "Ten steps")
    assert calm.get_attribute("d") != stopped


@pytest.mark.slow
def test_a_step_is_dragged_and_moved_by_keys_and_both_networks_take_it(figures):
    slopes = figures.nth(1)
    slopes.scroll_into_view_if_needed()
    plain, normal = slopes.get_by_role("slider").all()
    words = slopes.locator(".picture-told")
    plain.focus()
    plain.press("End")
    assert normal.get_attribute("aria-valuenow") == "1"
    rises = re.search(r"Without normalization the loss rises by ([\d.]+)", words.inner_text())
    falls = re.search(r"With normalization the loss falls by ([\d.]+)", words.inner_text())
    assert float(rises[1]) > 3
    assert float(falls[1]) > 0.4
    plain.press("ArrowLeft")
    assert "η = 0.98" in words.inner_text()
    box = normal.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse = slopes.page.mouse
    mouse.move(*middle)
    mouse.down()
    mouse.move(middle[0] - 150, middle[1], steps=5)
    mouse.up()
    assert 0.2 < float(plain.get_attribute("aria-valuenow")) < 0.8
    said = words.inner_text()
    slopes.get_by_label("0 steps", exact=True).check()
    assert words.inner_text() != said
