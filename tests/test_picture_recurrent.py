"""The picture of `recurrent`: its numbers are those of NumPy, and it goes by keys, by pointer and by itself."""

import re

import numpy as np
import pytest
from conftest import wait_until
from pictures import data_of

from book import lab

PAGE = "/book/recurrent/lesson.html"


@pytest.fixture
def open_picture(browser, address):
    """Opens the page and waits for the picture; no script may complain."""
    contexts, complaints = [], []

    def opened(width=1280, **options):
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}, **options))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address + PAGE)
        page.locator("figure.picture").scroll_into_view_if_needed()
        page.wait_for_selector("figure.picture.drawn")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def told(page):
    return page.locator(".picture-told").inner_text()


def thickness(page):
    """Half the height of the thread at the first step at which it is drawn, and that step's place."""
    x, y = re.findall(r"[\d.]+", page.locator("path.thread").get_attribute("d"))[:2]
    return 52 - float(y), float(x)


def left(data, gamma, spread, masked):
    """What is left at the first state of the gradient at the last, by the course's own automatic differentiation."""
    lengths, noise = np.array(data["lengths"]), np.array(data["noise"]) / 10
    noise = noise.reshape(len(noise), len(lengths), data["units"])
    start = lab.as_var(np.tanh(gamma * np.array(data["start"]).reshape(noise[0].shape) / 10))
    h = start
    for t, z in enumerate(noise):
        going = (lengths > t)[:, None]
        used = going if masked else np.full_like(going, fill_value=True)
        u = np.where(going, 1 + spread * z, 0.0) + h
        mean = lab.sum(u * used, 0, keepdims=True) / used.sum()
        var = lab.sum((u - mean) ** 2 * used, 0, keepdims=True) / used.sum()
        h = lab.tanh(gamma * (u - mean) / lab.sqrt(var + 1e-5)) * used + h * ~used
    upstream = noise[0] * (lengths == len(noise))[:, None]
    (found,) = lab.gradients(h, [start], upstream)
    return np.linalg.norm(found) / np.linalg.norm(upstream)


def as_told(value):
    if value >= 0.01:
        return f"{value:.2g}"
    return "10⁻" + str(round(-np.log10(value))).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


def test_its_numbers_are_those_of_numpy(open_picture):
    page = open_picture()
    data = data_of(page.locator("figure.picture"))
    mask = page.get_by_label("leave the padding out")
    spread = page.get_by_role("slider", name="spread of the inputs")
    for key, value in (("Home", 0.01), ("End", 1.0)):
        spread.press(key)
        for masked in (True, False):
            mask.set_checked(masked)
            assert told(page).endswith(f"and {as_told(left(data, 0.1, value, masked))} at the start.")


def test_keys_go_through_time_and_the_thread_thins(open_picture):
    page = open_picture()
    whole = thickness(page)
    assert whole[0] > 3
    time = page.get_by_role("slider", name="time step")
    time.press("PageDown")
    time.press("ArrowLeft")
    assert time.get_attribute("aria-valuenow") == "29"
    assert told(page).startswith("At step 29, 6 of 20 sequences have ended. ")
    assert "real entries" not in told(page)
    page.get_by_label("leave the padding out").uncheck()
    assert "of the real entries: " in told(page)  # the padding has moved the mean
    assert thickness(page)[1] > whole[1] + 100  # the thread ends on its way
    page.get_by_label("leave the padding out").check()
    page.get_by_role("slider", name="spread of the inputs").press("End")
    assert thickness(page)[1] > whole[1] + 100
    time.press("Home")
    assert time.get_attribute("aria-valuenow") == "1"


def test_a_pointer_drags_time_on_a_narrow_page(open_picture):
    page = open_picture(width=360)
    time = page.get_by_role("slider", name="time step")
    time.scroll_into_view_if_needed()
    box = time.locator("circle").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 100, y, steps=4)
    page.mouse.up()
    assert 20 < int(time.get_attribute("aria-valuenow")) < 32
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_time_runs_back_only_when_asked(open_picture):
    page = open_picture()
    time = page.get_by_role("slider", name="time step")
    page.wait_for_timeout(300)
    assert time.get_attribute("aria-valuenow") == "40"
    page.get_by_role("button", name="Go back through time").click()
    wait_until(lambda: int(time.get_attribute("aria-valuenow")) < 38, seconds=20)
    page.get_by_role("button", name="Pause").click()
    stopped = time.get_attribute("aria-valuenow")
    page.wait_for_timeout(300)
    assert time.get_attribute("aria-valuenow") == stopped
