"""The picture of test time: a label that depends on companions, until the statistics come from storage."""

import re

import numpy as np
import pytest
from pictures import data_of
from playwright.sync_api import expect

pytestmark = pytest.mark.slow
PAGE = "book/inference/lesson.html"


class Drawn:
    """The picture on its page, and the same network in NumPy, from the same data."""

    def __init__(self, page, address):
        self.page = page
        page.goto(f"{address}/{PAGE}")
        self.figure = page.locator("figure.picture[data-picture=inference]")
        self.figure.scroll_into_view_if_needed()
        self.figure.locator(".inference-strip").wait_for()
        self.said = self.figure.locator(".picture-told")
        data = data_of(self.figure)
        self.images = np.array([[int(pixel, 17) / 16 for pixel in digit] for digit in data["digits"]])
        self.memory, self.eps, self.unit = data["memory"], data["eps"], data["unit"]
        sizes = data["sizes"]
        self.params = {name: np.array(value) / 1000 for name, value in data["thousandths"].items()}
        for k in range(1, len(sizes)):
            self.params[f"W{k}"] = self.params[f"W{k}"].reshape(sizes[k - 1], sizes[k])

    def run(self, rows, stored=None):
        """How sure the network is of each digit for the first of the rows, and the statistics of its layers."""
        h, used = self.images[rows], []
        for k in (1, 2):
            h = h @ self.params[f"W{k}"]
            used.append(stored[k - 1] if stored else (h.mean(axis=0), h.var(axis=0)))
            mean, var = used[-1]
            x_hat = (h - mean) / np.sqrt(var + self.eps)
            h = np.maximum(0, self.params[f"gamma{k}"] * x_hat + self.params[f"beta{k}"])
        odds = np.exp((h @ self.params["W3"] + self.params["b3"])[0])
        return odds / odds.sum(), used

    def stored(self, batches):
        kept = [(np.zeros(32), np.ones(32))] * 2
        for rows in self.memory[:batches]:
            _, used = self.run(rows)
            m = len(rows)
            kept = [
                (0.9 * mean + 0.1 * new_mean, 0.9 * var + 0.1 * new_var * m / (m - 1))
                for (mean, var), (new_mean, new_var) in zip(kept, used, strict=True)
            ]
        return kept

    def says(self, shares):
        """The picture shows what NumPy computes."""
        called, sure = shares.argmax(), round(100 * shares.max())
        expect(self.said).to_contain_text(f"the digit is called {called}, {sure} % sure")
        expect(self.figure.locator(".inference-answer")).to_have_text(str(called))
        expect(self.figure.locator(".inference-label")).to_have_text(f"{sure} %")

    def number_line(self):
        """x̂, mean and standard deviation that the number line tells."""
        told = " ".join(self.figure.locator("svg text:text-matches('=')").all_text_contents())
        return [float(number) for number in re.findall(r"= (-?[\d.]+)", told.replace("−", "-"))]

    def companion(self, k):
        return self.figure.locator(".inference-companion").nth(k - 1)

    def press(self, name):
        self.figure.get_by_role("button", name=name, exact=True).click()

    def evaluate(self):
        self.figure.get_by_role("checkbox", name="eval()").check()


@pytest.fixture
def drawn(browser, address):
    page = browser.new_page()
    yield Drawn(page, address)
    page.close()


def test_one_companion_exchanged_by_a_key_flips_the_label(drawn):
    drawn.says(drawn.run(range(8))[0])
    expect(drawn.said).to_contain_text("called 3, 95 % sure")
    expect(drawn.companion(3)).to_have_accessible_name("Companion 3, the digit 8: swap it")
    drawn.companion(3).focus()
    drawn.page.keyboard.press("Enter")
    rows = [0, 1, 2, 8, 4, 5, 6, 7]
    shares, used = drawn.run(rows)
    drawn.says(shares)
    expect(drawn.said).to_contain_text("called 8, 91 % sure. It was called 3 before.")
    expect(drawn.companion(3)).to_have_accessible_name("Companion 3, the digit 3: swap it")
    mean, var = used[0][0][drawn.unit], used[0][1][drawn.unit]
    x = (drawn.images @ drawn.params["W1"])[0, drawn.unit]
    np.testing.assert_allclose(drawn.number_line(), [(x - mean) / np.sqrt(var), mean, np.sqrt(var)], atol=0.0051)


def test_alone_the_digit_is_lost(drawn):
    drawn.press("Send them away")
    drawn.says(drawn.run([0])[0])
    assert drawn.number_line()[0] == 0
    expect(drawn.said).to_contain_text("Alone")
    drawn.press("Bring them back")
    drawn.says(drawn.run(range(8))[0])


def test_with_stored_statistics_the_label_stands_still(drawn):
    def seven_deals():
        labels = set()
        for _ in range(7):
            drawn.press("Swap all")
            labels.add(drawn.figure.locator(".inference-answer").text_content())
        return labels

    assert seven_deals() == {"3", "8"}
    drawn.evaluate()
    assert seven_deals() == {"3"}
    drawn.press("Send them away")
    drawn.says(drawn.run([0], drawn.stored(60))[0])


def test_the_memory_warms_up(drawn):
    slider = drawn.figure.get_by_role("slider", name="batches seen")
    expect(slider).to_be_disabled()
    drawn.evaluate()
    slider.focus()
    drawn.page.keyboard.press("Home")
    drawn.says(drawn.run([0], drawn.stored(0))[0])
    assert drawn.number_line()[1:] == [0, 1]
    expect(drawn.said).to_contain_text("0 batches seen, 100 % of the start left")
    for _ in range(20):
        drawn.page.keyboard.press("ArrowRight")
    kept = drawn.stored(20)
    drawn.says(drawn.run([0], kept)[0])
    mean, var = kept[0][0][drawn.unit], kept[0][1][drawn.unit]
    np.testing.assert_allclose(drawn.number_line()[1:], [mean, np.sqrt(var)], atol=0.0051)
    expect(drawn.said).to_contain_text("20 batches seen, 12 % of the start left")
