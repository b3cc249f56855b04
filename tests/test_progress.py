"""What a reader's browser keeps: answers and what is solved, from one device to the next, and on paper."""

import json
import re
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from docutils import nodes
from docutils.utils import new_document
from typing_keys import PRINTABLE, type_text

from course.chapter import slugs
from course.notebooks import stubs
from publishing.sphinx.activities import minutes
from publishing.sphinx.directives import element

LESSON, PROGRESS = "book/transform/lesson.html", "book/progress.html"
slow = pytest.mark.slow


@pytest.fixture
def context(browser):
    made = browser.new_context()
    yield made
    made.close()


@pytest.fixture
def page(context):
    made = context.new_page()
    made.on("pageerror", lambda error: pytest.fail(f"{made.url}: {error}"))
    return made


P = "batchnorm@/|:"  # what the keys of this site begin with


def kept(page):
    """All that the site keeps in this browser, the times of writing too."""
    return page.evaluate("Object.fromEntries(Object.entries(localStorage).filter(([k]) => k.startsWith('batchnorm')))")


#: As the store of the page does it: the text, its time, a word to the page's scripts.
WRITE = """(all) => {
  for (const [key, value] of Object.entries(all)) {
    if (value === null) localStorage.removeItem(`batchnorm@/|:${key}`);
    else localStorage.setItem(`batchnorm@/|:${key}`, value);
    if (key !== "name") localStorage.setItem(`batchnorm@/|:when:${key}`, new Date().toISOString());
    document.dispatchEvent(new CustomEvent("course:stored", {detail: {key}}));
  }
}"""


def keep(page, **entries):
    page.evaluate(WRITE, entries)


def said(page):
    return page.locator("#progress-said").inner_text()


def give(page, text):
    page.set_input_files("#progress-file", {"name": "f.json", "mimeType": "application/json", "buffer": text.encode()})
    page.wait_for_function("document.querySelector('#progress-said').textContent !== ''")


# ---------------------------------------------------------------- what there is to do


def document(*children):
    made = new_document("page")
    section = nodes.section("", nodes.title("", "A page"))
    section += children
    made += section
    return made


def paragraph(text):
    return nodes.paragraph("", text)


def exercise(text):
    return nodes.section("", nodes.title("", "1. A function"), paragraph(text))


def test_minutes_are_what_the_page_says_and_else_counted_by_words():
    outcomes = element("", tag="div", **{"class": "outcomes"})
    outcomes["minutes"] = 45
    steps = [
        exercise("Difficulty: ●○○, about 20 minutes."),
        exercise("Difficulty: ●●●, about 35 minutes. In the lesson: a section with a title that is a whole sentence."),
    ]
    assert minutes(document(outcomes, paragraph("About 9 minutes."))) == 45
    assert minutes(document(paragraph("You write it. About 90 minutes. You need NumPy."), *steps)) == 90
    assert minutes(document(*steps, exercise("About 10 minutes for this step, " + 20 * "in which much is said "))) == 55
    assert minutes(document(paragraph(600 * "word "))) == 3
    table = nodes.table("", nodes.entry("", paragraph(600 * "word ")), classes=["properties"])
    assert minutes(document(table, paragraph(200 * "word "))) == 1
    assert minutes(document(paragraph("short"))) == 1


@slow
def test_the_contents_file_lists_what_the_pages_hold(site):
    course = json.loads((site / "_static" / "course.json").read_text())
    pages = {page["page"]: page for part in course["parts"] for page in part["pages"]}
    for slug in slugs():
        assert pages[f"book/{slug}/exercise"]["functions"] == list(stubs(slug))
    for name, page in pages.items():
        text = (site / f"{name}.html").read_text()
        assert page["predictions"] == re.findall(r'<fieldset class="prediction" data-prediction="([^"]+)"', text)
        quizzes = {}
        for quiz in re.findall(r'<fieldset class="quiz".*?</fieldset>', text, re.DOTALL):
            reasons = re.findall(r'class="why (right|wrong)"', quiz)
            quizzes[re.search(r'id="([^"]+)"', quiz)[1]] = 1 + reasons.index("right")
        assert page["quizzes"] == quizzes
    assert sum(len(page["quizzes"]) for page in pages.values()) > 50
    listed = re.findall(r"- file: *(\S+)", (Path(__file__).parent.parent / "_toc.yml").read_text())
    assert list(pages) == listed
    script = (site / "_static" / "contents.js").read_text()
    assert json.loads(script.removeprefix("const courseContents = ").rstrip(";\n")) == course


# ---------------------------------------------------------------- in one browser


@slow
def test_answers_are_remembered_and_marked_in_the_contents(page, address):
    page.goto(f"{address}/{LESSON}")
    quiz = page.locator("fieldset.quiz").first
    quiz.locator("label").nth(1).click()
    page.locator("label[for=prediction-transform-tail-2]").click()
    mark = page.locator("nav.bd-links .current .progress-mark").first
    assert re.fullmatch(r" ?\(2 of \d+ answered\)", mark.locator(".visually-hidden").text_content())
    page.reload()
    assert quiz.locator("input").nth(1).is_checked()
    assert page.locator("#prediction-transform-tail-2").is_checked()
    assert mark.locator("[aria-hidden]").inner_text().startswith("2/")
    functions = list(stubs("transform"))
    keep(page, **{f"solved:{functions[0]}": "2026-01-02T03:04:05Z"})
    exercise = page.locator("nav.bd-links a[href='exercise.html']")
    assert exercise.locator(".visually-hidden").text_content() == f" (1 of {len(functions)} solved)"
    keep(page, **{f"solved:{name}": "2026-01-02T03:04:05Z" for name in functions})
    assert exercise.locator("[aria-hidden]").inner_text() == "✓"


@slow
def test_the_first_choice_that_stood_counts_and_arrow_keys_pass_over_answers(page, address):
    page.clock.install()
    page.goto(f"{address}/{LESSON}")
    page.clock.pause_at(datetime.now() + timedelta(hours=1))  # else a slow machine's own time counts, too
    quiz = page.locator("fieldset.quiz").first  # its second answer is right
    name = f"{P}first:book/transform/lesson:{quiz.get_attribute('id')}"
    quiz.locator("input").first.focus()
    for key in ("Space", "ArrowDown"):
        page.keyboard.press(key)
        page.clock.run_for(600)
        assert name not in kept(page)
    page.clock.run_for(600)
    assert kept(page)[name] == "2"
    page.keyboard.press("ArrowDown")
    other = page.locator("fieldset.quiz").nth(1)
    other.locator("label").nth(1).click()
    page.goto(f"{address}/{PROGRESS}")  # leaving commits what was chosen a moment ago
    assert kept(page)[name] == "2"
    chapter = page.locator(".progress-chapter", has_text="The transform").first
    assert "2 of 8 (0 right now, 1 right at the first choice)" in chapter.inner_text()


@slow
def test_the_browser_is_asked_once_to_keep_it(page, address):
    page.add_init_script(
        "navigator.storage.persist = () => { sessionStorage.asked += 'x'; return Promise.resolve(false) }"
    )
    page.goto(f"{address}/{LESSON}")
    assert page.evaluate("sessionStorage.asked") is None
    for choice in (1, 2):
        page.locator(f"label[for=prediction-transform-tail-{choice}]").click()
    page.reload()
    page.locator("label[for=prediction-transform-tail-1]").click()
    assert page.evaluate("sessionStorage.asked") == "undefinedx"


@slow
@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("navigator.storage.persisted = () => Promise.resolve(true)", "has promised to keep"),
        ("navigator.storage.persisted = () => Promise.resolve(false)", "has not promised to keep"),
        (
            "Object.defineProperty(navigator, 'userAgent', {get: () => 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) "
            "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15'})",
            "after seven days",
        ),
        ("Object.defineProperty(window, 'localStorage', {get() { throw new Error('denied') }})", "keeps nothing"),
    ],
)
def test_what_the_browser_promises_is_said(context, address, script, told):
    page = context.new_page()
    page.add_init_script(script)
    page.goto(f"{address}/{PROGRESS}")
    page.locator("#progress-storage", has_text=told).wait_for(timeout=5000)
    assert page.locator(".progress-chapter").count() > 5


# ---------------------------------------------------------------- from one device to another


@slow
def test_progress_goes_to_another_device_in_one_file(browser, page, address):
    page.goto(f"{address}/{LESSON}")
    page.locator("fieldset.quiz label").first.click()
    page.locator("label[for=prediction-transform-tail-2]").click()
    keep(
        page,
        **{
            "solved:batchnorm_forward": "2026-11-01T10:00:00Z",
            "code:transform:batchnorm_forward": "def batchnorm_forward(x):\n    return 'π \"quoted\"'\n",
            "name": "Ada",
        },
    )
    page.goto(f"{address}/{PROGRESS}")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save to a file").click()
    assert re.fullmatch(r"batch-normalization-progress-\d{4}-\d\d-\d\d\.json", download.value.suggested_filename)
    text = Path(download.value.path()).read_text()
    assert json.loads(text)["version"] == 1
    before = kept(page)
    other = browser.new_context()
    laptop = other.new_page()
    laptop.goto(f"{address}/{PROGRESS}")
    give(laptop, text)
    assert "things were new and taken over" in said(laptop)
    private = {f"{P}name", f"{P}asked"}  # the name stays where it was typed
    there = {key: value for key, value in kept(laptop).items() if not key.startswith(f"{P}origin:")}
    assert there == {key: value for key, value in before.items() if key not in private}
    assert laptop.locator("#progress").inner_text() == page.locator("#progress").inner_text()
    laptop.goto(f"{address}/{LESSON}")
    assert laptop.locator("#prediction-transform-tail-2").is_checked()
    other.close()


def saved(**entries):
    entries = {key: {"value": value, "when": when} for key, (value, when) in entries.items()}
    return json.dumps({"course": "batchnorm", "version": 1, "entries": entries})


CODE = "code:transform:"
QUIZ = "first:book/transform/lesson:"


def transform_quizzes(site):
    course = json.loads((site / "_static" / "course.json").read_text())
    pages = {page["page"]: page for part in course["parts"] for page in part["pages"]}
    return list(pages["book/transform/lesson"]["quizzes"])


@slow
def test_of_two_devices_the_newer_wins_and_the_older_first_choice(page, address, site):
    page.goto(f"{address}/{PROGRESS}")
    old, new = "2020-01-01T00:00:00Z", "2096-01-01T00:00:00Z"
    a, b, c, gone = (f"{CODE}{name}" for name in [*stubs("transform"), "explore-1"][:4])
    one, two = (f"{QUIZ}{quiz}" for quiz in transform_quizzes(site)[:2])
    prediction = "prediction:transform-tail"
    keep(page, **{a: "mine", b: "mine", prediction: "1", one: "1", two: "1"})
    keep(page, **{gone: "mine"})
    keep(page, **{gone: None})
    theirs = {
        a: ("theirs", old),
        b: ("theirs", new),
        c: ("theirs", old),
        gone: ("theirs", old),  # deleted here after it was written there
        prediction: (None, new),  # deleted there
        one: ("2", old),
        two: ("2", new),
    }
    before = time.time()
    for count in ("4 things were new", "nothing in it is newer"):  # twice is as good as once
        give(page, saved(**theirs))
        assert count in said(page)
        now = {key.removeprefix(P): value for key, value in kept(page).items()}
        page.evaluate("document.querySelector('#progress-said').textContent = ''")
        texts = {key: value for key, value in now.items() if key.split(":")[0] in ("code", "prediction", "first")}
        assert texts == {a: "mine", b: "theirs", c: "theirs", one: "2", two: "1"}
        # A time in the future is the time of reading: what is written later is newer.
        assert before - 1 <= datetime.fromisoformat(now[f"when:{b}"]).timestamp() <= time.time() + 1
        assert json.loads(now[f"origin:{b}"])["file"] == "f.json"


@slow
def test_a_broken_or_foreign_file_gets_one_line_and_changes_nothing(page, address):
    page.goto(f"{address}/{PROGRESS}")
    keep(page, **{"solved:batchnorm_forward": "2026-11-01T10:00:00Z"})
    before = kept(page)
    new, good = "2026-11-02T00:00:00Z", ("2", "2026-11-02T00:00:00Z")
    known, solved = "prediction:transform-tail", "solved:linear_bn_relu"
    code = [f"{CODE}{name}" for name in (*stubs("transform"), "explore-1", "explore-2")]
    whole = saved(**{known: good})
    files = {
        "": "broken",
        whole[:-9]: "broken",
        "PK\x03\x04": "broken",
        "[]": "not a file saved on this page",
        "null": "not a file saved on this page",
        '{"nbformat": 4, "cells": []}': "not a file saved on this page",
        '{"course": "batchnorm", "entries": {}}': "version is missing",
        whole.replace('"version": 1', '"version": 2'): "newer version",
        '{"course": "batchnorm", "version": 1, "entries": []}': "no entries",
        f'{{"course": "batchnorm", "version": 1, "entries": {{"{known}": null}}}}': f'entry "{known}" is broken',
        saved(**{known: good, solved: ("yes", new)}): f'entry "{solved}" is broken',
        saved(**{known: ("<b>", new)}): "is broken",
        saved(**{known: good, code[0]: ("x", "tomorrow")}): "is broken",
        saved(**{known: good, code[0]: (3, new)}): "is broken",
        saved(**{f"{CODE}{k}": ("x", new) for k in range(5001)}): "5,001 entries; at most 5,000 are read",
        " " * 8_000_001: "too large",
    }
    for text, reason in files.items():
        give(page, text)
        assert reason in said(page), text[:100]
        assert said(page).endswith("Nothing was changed.")
        assert "\n" not in said(page)
        assert kept(page) == before, text[:100]
        page.evaluate("document.querySelector('#progress-said').textContent = ''")
    page.evaluate("localStorage.setItem('filled', 'x'.repeat(5_200_000))")
    give(page, saved(**{name: ("x" * 90_000, new) for name in code}))
    assert "no room" in said(page)
    assert kept(page) == before


@slow
def test_what_a_course_has_no_place_for_is_left_out_and_said(page, address):
    page.goto(f"{address}/{PROGRESS}")
    when = "2026-11-02T00:00:00Z"
    odd = {f"{CODE}{k}": ("x" * 1000, when) for k in range(4000)}
    odd |= {"theme": ("2", when), "when:solved:linear_bn_relu": (when, when), "name": ("Eve", when)}
    long, good = f"{CODE}linear_bn_relu", f"{CODE}batchnorm_forward"
    give(page, saved(**odd, **{long: ("x" * 100_001, when), good: ("x = 1", when)}))
    assert said(page) == (
        "Read “f.json”: 1 thing was new and taken over. Left out: 4003 entries for which this course has no place. "
        f"Left out: “{long}”, which has more than 100,000 characters. Take it back"
    )
    assert {key.removeprefix(P) for key in kept(page)} == {"adopted", good, f"when:{good}", f"origin:{good}"}


@slow
def test_everything_is_forgotten_only_when_the_reader_is_sure(page, address):
    page.goto(f"{address}/{PROGRESS}")
    keep(page, **{"solved:batchnorm_forward": "2026-11-01T10:00:00Z", "code:t:a": "x", "name": "Ada"})
    page.evaluate("localStorage.setItem('mode', 'dark')")
    before = kept(page)
    forget = page.get_by_role("button", name="Forget everything")
    forget.first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    assert kept(page) == before
    forget.first.click()
    page.keyboard.press("Enter")  # the harmless one has the focus
    assert not page.locator("dialog#progress-sure").is_visible()
    assert kept(page) == before
    forget.first.click()
    page.locator("dialog#progress-sure").get_by_role("button", name="Forget everything").click()
    page.locator("#progress-said", has_text="Everything is forgotten.").wait_for()
    assert kept(page) == {f"{P}adopted": "yes"}
    assert page.evaluate("localStorage.getItem('mode')") == "dark"
    assert "✓" not in page.locator("#progress").inner_text()


# ---------------------------------------------------------------- on paper


@slow
def test_every_character_can_be_typed_into_a_name(page, address):
    page.goto(f"{address}/{PROGRESS}")
    page.evaluate("DOCUMENTATION_OPTIONS.NAVIGATION_WITH_KEYS = true")  # some sites turn pages by the arrows
    name = page.locator("#progress-name")
    for part in (PRINTABLE[:48], PRINTABLE[48:]):  # a name has at most 80 characters
        type_text(name, part)
        for key in ("ArrowLeft", "1", "Escape", "ArrowRight", "/"):
            page.keyboard.press(key)
        assert name.input_value() == kept(page)[f"{P}name"] == f"{part[:-1]}1{part[-1]}/"


@slow
def test_the_printed_record_is_the_record_alone(page, address):
    page.goto(f"{address}/{PROGRESS}")
    keep(
        page,
        **{"solved:batchnorm_forward": "2026-11-01T12:00:00Z", "tried:batchnorm2d_forward": "2026-11-02T12:00:00Z"},
    )
    type_text(page.locator("#progress-name"), "Ada <b>Lovelace</b>")
    page.reload()
    assert page.locator("#progress-name").input_value() == "Ada <b>Lovelace</b>"
    page.emulate_media(media="print")
    shown = page.locator("body").inner_text()
    assert "Ada <b>Lovelace</b>" in shown
    row = page.locator("#progress-record tbody tr")
    assert row.count() == 1
    assert row.inner_text().split("\t") == ["batchnorm_forward", "The transform", "1 November 2026"]
    assert "Self-reported" in shown
    for other in ("Your progress", "Chapter by chapter", "Save to a file", "batchnorm2d_forward", "Previous", "Search"):
        assert other not in shown, other
