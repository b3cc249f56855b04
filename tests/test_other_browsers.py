"""The main ways through the site in Debian's Firefox and in WebKit, by keys and clicks."""

import json

import pytest
from other_browsers import Firefox, WebKit
from test_by_keyboard import ANSWERS

pytestmark = pytest.mark.slow
NAME = "batchnorm_forward"


@pytest.fixture(
    params=[pytest.param(one, marks=pytest.mark.xdist_group(one.name), id=one.name) for one in (Firefox, WebKit)]
)
def other(request, tmp_path):
    made = request.param(tmp_path)
    yield made
    made.close()


def test_the_main_ways_through_the_site(other, address):
    other.open(f"{address}/book/transform/lesson.html")
    other.wait("document.querySelector('.katex-html')")
    # a figure computes when it comes near
    other.run("document.querySelector('figure.moving').scrollIntoView()")
    other.wait("document.querySelector('figure.moving.moves svg')")
    # a question, by keyboard, and its mark in the contents
    other.run("document.querySelector('fieldset.quiz input').focus()")
    other.press("Space", "ArrowDown")
    assert other.run("document.querySelector('fieldset.quiz input:checked').value") == "2"
    reasons = "[...document.querySelectorAll('fieldset.quiz .why')].filter((e) => e.checkVisibility())"
    assert other.run(f"{reasons}.length") == 1
    other.wait("document.querySelector('nav.bd-links .current .progress-mark')")
    # a term, by pointer and Escape
    other.point("a.term")
    other.wait("document.querySelector('.term-tip').checkVisibility()")
    other.press("Escape")
    assert not other.run("document.querySelector('.term-tip').checkVisibility()")
    # the theme
    before = other.run("document.documentElement.dataset.mode")
    other.run("[...document.querySelectorAll('.theme-switch-button')].find((e) => e.checkVisibility()).click()")
    other.wait(f"document.documentElement.dataset.mode !== {json.dumps(before)}")
    # what was answered is still there, and on the page of progress
    other.open(f"{address}/book/progress.html")
    other.wait("document.querySelector('#progress').textContent.includes('1 of 8')")
    other.open(f"{address}/book/transform/lesson.html")
    assert other.run("document.querySelector('fieldset.quiz input:checked').value") == "2"
    # the search
    other.open(f"{address}/search.html?q=skewness")
    other.wait("document.querySelector('#search-results ul.search li a')")
    assert not other.errors
    hosts = {url for url in other.requests if not url.startswith((address, "data:", "blob:"))}
    assert hosts == set()


def test_a_figure_that_is_drawn_above_the_view_moves_no_text(other, address):
    other.open(f"{address}/book/backprop/lesson.html")
    figure = "document.querySelector('figure.moving')"
    height = f"{figure}.offsetHeight"
    top = "seen.getBoundingClientRect().top"
    scroll = f"scrollTo({{top: scrollY + {figure}.getBoundingClientRect().bottom + 200, behavior: 'instant'}})"
    seen = "window.seen = document.elementFromPoint(innerWidth / 2, innerHeight / 2)"
    before, still = other.run(f"({scroll}, {seen}, [{top}, {height}])")
    other.wait(f"{height} > {still + 50}")
    assert other.comes(f"Math.abs({top} - {before}) < 2", 5000)  # when the change is on the screen


def test_a_line_that_comes_at_the_head_of_the_page_moves_nothing_in_view(other, address):
    cell = f"document.querySelector('[data-cell={NAME}]')"
    head = "document.querySelector('.runner-kept').innerText"
    top = f"{cell}.querySelector('[aria-label^=Run]').getBoundingClientRect().top"
    other.open(f"{address}/book/transform/exercise.html")
    other.wait("document.querySelector('.runner-way a')")
    other.click(".runner-way a")
    other.wait(f"{cell}.querySelector('.cm-content')")
    other.click(f"[data-cell={NAME}] .cm-content")  # in the middle of the window; Python starts
    before, said = other.run(f"[{top}, {head}]")
    other.wait(f"{head}.includes('whole course')")
    assert said == ""
    assert other.comes(f"Math.abs({top} - {before}) < 2", 5000)  # when the change is on the screen


def test_an_exercise_is_solved_by_keys(other, address):
    page = f"{address}/book/transform/exercise.html"
    cell = f"document.querySelector('[data-cell={NAME}]')"
    status = f"{cell}.querySelector('.runner-status').innerText"
    verdict = f"{cell}.querySelector('.runner-output').innerText"

    def write(*lines):
        other.click(f"[data-cell={NAME}] .cm-content")
        other.chord("Control+a")
        other.press("Backspace")
        other.type(*lines)

    def check():
        other.chord("Control+Shift+Enter")
        other.wait(f"/check passed|not pass/.test({status})")
        return other.run(verdict)

    other.open(page)
    other.wait("document.querySelector('.runner-way a')")
    other.point(".runner-way a")  # editors come with the first thing that one does
    other.wait(f"{cell}.querySelector('.cm-content')")
    other.click(".runner-way a")
    other.wait(f"document.activeElement.closest('[data-cell]') === {cell} && {cell}.querySelector('.cm-content')")
    header, right = f"def {NAME}(x, gamma, beta, eps=1e-5):", ANSWERS[NAME]
    other.type(*(line.replace("(centred**2).mean(axis=0)", "x.var(axis=0, ddof=1)") for line in right))
    told = check()
    assert "divided by m - 1" in told, (told, other.run(f"{cell}.querySelector('.cm-content').innerText"))
    # a loop is interrupted, then the whole again
    write("while True:", "pass")
    other.chord("Control+Enter")
    other.wait(f"/Running/.test({status})")
    other.click(f"[data-cell={NAME}] [aria-label^=Stop]")
    other.wait(f"/Stopped in line/.test({status})")
    assert "What ran before is kept" in other.run(verdict)
    write(header, *right)
    check()
    assert "passed" in other.run(status)
    # an answer in words; all of it is there on return
    other.click("[aria-label='Your answer in words']")
    other.type("The mean / is taken away.")
    other.open(page)
    other.press("Shift")
    other.wait(f"{cell}.querySelector('.cm-content')?.innerText.includes('inv_std = 1 / np.sqrt((centred**2)')")
    assert (
        other.run("document.querySelector(\"[aria-label='Your answer in words']\").value")
        == "The mean / is taken away."
    )
    other.wait("document.querySelector('nav.bd-links .current .progress-mark')")
    assert not other.errors
    assert [url for url in other.requests if not url.startswith((address, "data:", "blob:"))] == []


@pytest.mark.xdist_group(Firefox.name)
def test_an_exercise_is_solved_on_a_phone_in_firefox(tmp_path, address):
    other = Firefox(tmp_path, phone=True)
    cell = f"document.querySelector('[data-cell={NAME}]')"
    keys = f"[data-cell={NAME}] .runner-touch-keys"
    text = f"{cell}.querySelector('.cm-content').innerText"
    try:
        other.open(f"{address}/book/transform/exercise.html")
        other.wait("document.querySelector('.runner-way a')")
        other.tap(".runner-way a")
        other.wait(f"{cell}.querySelector('.cm-content')")
        other.tap(f"[data-cell={NAME}] .cm-content")
        other.chord("Control+a")
        other.press("Backspace")
        header, *lines = f"def {NAME}(x, gamma, beta, eps=1e-5):", *ANSWERS[NAME]
        for number, line in enumerate([header, *lines]):
            if number:
                other.press("Enter")
            for position, piece in enumerate(line.split("/")):  # touch keyboards hide it
                if position:
                    other.tap(f"{keys} button:nth-of-type({3 + '()[]_=:/*.,'.index('/')})")
                other.press(*piece)
        assert other.run(text).count("/") == "".join(lines).count("/") > 0
        other.tap(f"[data-cell={NAME}] .runner-check")
        other.wait(f"/check passed/.test({cell}.querySelector('.runner-status').innerText)")
        assert other.run("document.documentElement.scrollWidth") <= 360
        buttons = "[...document.querySelectorAll('.runner-buttons button, .runner-touch-keys button')]"
        small = ".filter((one) => one.checkVisibility() && one.offsetHeight < 44).map((one) => one.innerText)"
        assert other.run(buttons + small) == []
        assert not other.errors
    finally:
        other.close()
