"""The start page and the look: a picture to drag, one button, chapters, typefaces of the site's own."""

import json
import re
from types import SimpleNamespace

import numpy as np
import pytest

from course.answer_keys import answer_key_bytes
from course.chapter import ROOT, Chapter, slugs
from course.kit.check import compare
from publishing.assets import typefaces
from publishing.sphinx import start_page

KEPT = "batchnorm@/|:"  # what the keys begin with where the fixture `address` serves the site
CACHE = ROOT / "_build" / "vendor"
TIME = "2026-01-0{}T12:00:00.000Z"


@pytest.fixture
def open_start(browser, address):
    """Opens the start page in a browser of its own; it may ask no other host, and complain of nothing."""
    opened = []

    def open_page(kept=(), width=1280, **options):
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        entries = {KEPT + key: value for key, value in dict(kept).items()}
        context.add_init_script(
            f"for (const [k, v] of Object.entries({json.dumps(entries)})) localStorage.setItem(k, v)"
        )
        page = context.new_page()
        page.foreign, page.complaints, page.fetched = [], [], []
        page.on("request", lambda r: r.url.startswith((address, "data:", "blob:")) or page.foreign.append(r.url))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("console", lambda m: m.type in {"error", "warning"} and page.complaints.append(m.text))
        page.on("response", lambda response: page.fetched.append(response))
        page.goto(f"{address}/book/index.html")
        page.wait_for_load_state("networkidle")
        opened.append(page)
        return page

    yield open_page
    for page in opened:
        assert page.foreign == []
        assert page.complaints == []
        page.context.close()


# ---------------------------------------------------------------- the picture


def numbers(page):
    """The mean and the standard deviation of x, of x_hat and of y, as the picture writes them."""
    lines = page.locator(".start-numbers").all_text_contents()
    return [tuple(float(n.replace("−", "-")) for n in re.findall(r"[−\d.]+\d", line)) for line in lines]


def centre(part):
    box = part.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.slow
def test_a_point_that_is_dragged_moves_the_batch_and_not_the_normalized_moments(open_start):
    page = open_start()
    (mean, spread), *_ = numbers(page)
    point = page.locator('[data-example="12"]')
    point.scroll_into_view_if_needed()
    x, y = centre(point)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 300, y, steps=5)
    page.mouse.up()
    assert centre(point)[0] == pytest.approx(x - 300, abs=3)
    moved, hat, out = numbers(page)
    assert moved[0] < mean - 0.3
    assert moved[1] != spread
    assert hat == (0.0, 1.0)
    assert out == (2.0, 1.5)
    assert "x̂ still has 0 and 1.00" in page.locator(".picture-told").inner_text()


@pytest.mark.slow
def test_the_picture_is_moved_by_keys_and_computes_what_numpy_does(open_start):
    page = open_start()
    given = json.loads(page.locator('figure[data-picture="start"] script').text_content())
    x = np.array(given["x"])
    point = page.locator('[data-example="1"]')
    point.focus()
    for key in ("ArrowLeft", "ArrowLeft", "PageUp"):
        page.keyboard.press(key)
    x[0] += 8 * 0.5
    assert float(point.get_attribute("aria-valuenow")) == x[0]
    assert numbers(page)[0] == pytest.approx((x.mean(), x.std()), abs=0.006)
    page.locator('[data-knob="β"]').focus()
    page.keyboard.press("ArrowRight")
    page.locator('[data-knob="γ"]').focus()
    page.keyboard.press("Home")
    assert numbers(page)[1:] == [(0.0, 1.0), (2.1, 2.0)]
    assert "its order is reversed" in page.locator(".picture-told").inner_text()
    page.get_by_role("button", name="Start again").click()
    x = np.array(given["x"])
    assert numbers(page)[0] == pytest.approx((x.mean(), x.std()), abs=0.006)


@pytest.mark.slow
def test_a_finger_drags_a_point_and_does_not_select_or_scroll(open_start):
    page = open_start(width=360, has_touch=True, is_mobile=True)
    point = page.locator('[data-example="1"]')
    point.scroll_into_view_if_needed()
    x, y = centre(point)
    before = page.evaluate("scrollY")
    touch = page.context.new_cdp_session(page)
    for kind, to in (("touchStart", x), ("touchMove", x + 40), ("touchMove", x + 80)):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": to, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_function(
        "([x]) => document.querySelector('[data-example=\"1\"]').getBoundingClientRect().x > x", arg=[x]
    )
    assert page.evaluate("scrollY") == before
    assert page.evaluate("document.documentElement.scrollWidth") == 360


# ---------------------------------------------------------------- the button, and what is solved


@pytest.mark.slow
def test_a_new_reader_begins_and_nothing_is_solved(open_start):
    page = open_start()
    button = page.locator("#begin")
    assert button.inner_text() == "Begin: 30 minutes"
    for slug in slugs():
        shown = page.locator(f'[data-chapter="{slug}"]').inner_text()
        assert shown == f"0 of {len(Chapter(slug).exercises)} solved"
    button.click()
    page.wait_for_url("**/book/introduction/lesson.html")


@pytest.mark.slow
def test_a_reader_goes_on_where_the_last_work_was(open_start):
    first, second = list(Chapter("inference").exercises)[:2]
    kept = {
        f"solved:{first}": TIME.format(2),
        "solved:batch_statistics": TIME.format(1),
        f"code:inference:{second}": "x = 1",
    }
    page = open_start({**kept, f"when:code:inference:{second}": TIME.format(3)})
    button = page.locator("#begin")
    assert button.inner_text() == "Continue: test time, exercise 2"
    count = page.locator('[data-chapter="inference"]')
    assert count.inner_text() == f"1 of {len(Chapter('inference').exercises)} solved"
    button.click()
    page.wait_for_url(f"**/book/inference/exercise.html#cell-{second}")


@pytest.mark.slow
def test_without_javascript_the_button_leads_to_the_first_lesson_and_the_picture_stands_still(open_start):
    page = open_start(java_script_enabled=False)
    assert page.locator(".picture-still").is_visible()
    page.locator("#begin").click()
    page.wait_for_url("**/book/introduction/lesson.html")


@pytest.mark.slow
def test_every_link_of_the_page_leads_somewhere(site):
    page = (site / "book" / "index.html").read_text()
    article = page[page.index("<article") : page.index("</article>")]
    for link in re.findall(r'href="([^":]+)"', article):
        path, _, anchor = link.partition("#")
        target = site / "book" / path if path else site / "book" / "index.html"
        assert target.is_file(), link
        assert not anchor or f'id="{anchor}"' in target.read_text(), link


# ---------------------------------------------------------------- what it says


def test_the_check_says_of_the_wrong_line_what_the_page_says():
    page = (ROOT / "book" / "index.md").read_text()
    line = re.search(r"<pre><code>(.*?)</code></pre>", page)[1]
    said = re.search(r"<strong>Looks like:</strong> (.*?)</p>", page)[1]

    def wrong(x, gamma, beta, eps=1e-5):
        places = {"x": x}
        exec(line, places)
        inv_std = 1 / np.sqrt(places["var"] + eps)
        x_hat = (x - x.mean(axis=0)) * inv_std
        return gamma * x_hat + beta, (x_hat, gamma, inv_std)

    report = compare("batchnorm_forward", wrong, json.loads(answer_key_bytes(Chapter("transform"))))
    assert report.hints == [said]


def test_times_are_those_of_the_chapters_pages():
    pages = {"book/transform/lesson": {"minutes": 80, "core": 20}, "book/transform/exercise": {"minutes": 90}}
    env = SimpleNamespace(course_pages=pages)
    assert start_page.times(env, "times", "transform") == "3 h"
    assert start_page.times(env, "core", "transform") == start_page.times(env, "core", "all") == "20 min"
    assert start_page.times(env, "times", "backprop") == ""  # in a build of other pages alone
    assert start_page.hours(50) == "50 min"


# ---------------------------------------------------------------- typefaces


def test_typefaces_are_cut_bear_a_name_of_their_own_and_have_a_stand_in():
    made = typefaces.make(CACHE, {"é"})
    style = made[typefaces.STYLE].decode()
    fonts = {name: content for name, content in made.items() if name.endswith(".woff2")}
    assert len(fonts) == len(typefaces.FACES) == style.count("font-display:optional")
    assert sum(map(len, fonts.values())) < 60_000
    assert style.count("size-adjust") == len(typefaces.STANDS)
    assert all(name.partition("/")[2] in style for name in fonts)
    assert "Source" not in style
    assert "SIL Open Font License" in made[f"{typefaces.FOLDER}/LICENSES.txt"].decode()


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 360])
def test_the_page_is_set_in_the_sites_own_typefaces(open_start, address, width):
    page = open_start(width=width)
    page.evaluate("document.fonts.ready")
    loaded = page.evaluate("[...document.fonts].filter((face) => face.status === 'loaded').map((face) => face.family)")
    assert {"Course Text", "Course Figures"} <= {family.strip('"') for family in loaded}
    fonts = [r for r in page.fetched if r.request.resource_type == "font"]
    assert all(r.url.startswith(f"{address}/_static/") for r in fonts)
    assert sum(len(r.body()) for r in fonts) < 70_000
    assert page.evaluate("document.documentElement.scrollWidth") == width
