"""`make preview`: an author saves a file, and the page in the browser is the new one, with the new check."""

import json
import os
import random
import re
import subprocess
import sys
import threading

import pytest
from conftest import copy_repository
from exercise_pages import OPTIONS, Exercise
from playwright.sync_api import expect

from course.answer_keys import answer_key_at_once, answer_key_bytes
from course.chapter import ROOT, Chapter
from course.errors import CourseError
from publishing.output import preview

EXERCISE = "introduction/normalize"
PAIRS = r"the pairs of mistakes in \d+\.\d s more: the next load of the page has them\n"
RIGHT = "def normalize(x, eps=1e-5):\n    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)"


class Preview(Exercise):
    """The page that the command serves; it keeps a connection open, so its network is never idle."""

    def __init__(self, browser, address):
        self.slug, self.below, self.foreign, self.complaints = EXERCISE.partition("/")[0], address, [], []
        self.context = browser.new_context(**OPTIONS)
        self.page = self.context.new_page()
        self.page.on("request", self.see)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(f"{address}/book/{self.slug}/exercise.html")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A copy of the repository, with what the site loads and what is known of the keys."""
    copy = copy_repository(tmp_path_factory.mktemp("preview") / "course")
    (copy / "_build").mkdir()
    for name in ("vendor", "keys"):
        (copy / "_build" / name).symlink_to(ROOT / "_build" / name)
    return copy


@pytest.fixture(scope="module")
def told(course):
    """The command as it runs, and what it has printed so far."""
    process = subprocess.Popen(
        [sys.executable, "-m", "publishing", "preview", EXERCISE, "--port", "0"],
        cwd=course,
        env={**os.environ, "PYTHONPATH": str(course)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines = [process.stdout.readline()]
    reader = threading.Thread(target=lambda: lines.extend(process.stdout), daemon=True)
    reader.start()
    assert lines[0].startswith("http://127.0.0.1:"), lines[0] + "".join(lines[1:])
    yield lines
    process.terminate()
    process.wait()
    reader.join()
    process.stdout.close()


@pytest.fixture
def here(browser, told):
    page = Preview(browser, told[0].partition("/book/")[0])
    yield page
    page.close()


def save(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.slow
@pytest.mark.xdist_group("preview")
class TestAnAuthor:
    def test_sees_what_was_saved_without_a_key_pressed(self, course, told, here):
        assert told[0].strip().endswith("/book/introduction/exercise.html#cell-normalize (stop with Ctrl+C)")
        file = course / "book/introduction/exercise.md"
        save(file, "\n## ", "\nA sentence with a formula, $\\sqrt{\\sigma^2 + 7}$, that was saved.\n\n## ")
        said = here.page.get_by_text("that was saved.")
        expect(said).to_be_visible()
        expect(said.locator(".katex")).to_be_visible()
        save(file, "that was saved.", "that was saved twice.")
        expect(here.page.get_by_text("that was saved twice.")).to_be_visible()
        assert [line for line in told if re.fullmatch(r"book/introduction/exercise.md: built in \d+\.\d s\n", line)]

    def test_checks_with_the_test_that_was_saved(self, course, told, here):
        file = course / "tests/hidden/introduction.py"
        label = re.search(r'def test_normalize__\w+\(learner, rng\):\n    """(.*)"""', file.read_text())[1]
        renamed = f"property {random.randrange(10**9)} that was renamed"  # of which no key is known
        with here.page.expect_event("load"):
            save(file, f'"""{label}"""', f'"""{renamed}"""')
        here.cell("normalize").scroll_into_view_if_needed()
        editor = here.cell("normalize").locator(".cm-content")
        while not editor.count():  # it comes with the first thing that one does once the page's script runs
            here.page.keyboard.press("Shift")
            here.page.mouse.move(random.randint(300, 600), 300)
            here.page.wait_for_timeout(200)
        here.type("normalize", RIGHT)
        here.press("normalize", "Check my answer")
        here.cell("normalize").get_by_text(re.compile(r"^\d+ properties hold")).click()
        expect(here.page.get_by_text(renamed)).to_be_visible()
        while not any(re.fullmatch(PAIRS, line) for line in told):
            here.page.wait_for_timeout(200)
        said = [line for line in told if line.startswith(("tests/hidden/introduction.py: built in", "the pairs"))]
        assert [line[:9] for line in said] == ["tests/hid", "the pairs"]  # the page has not waited for them

    def test_is_told_of_a_file_that_is_half_written_until_it_is_whole(self, course, told, here):
        file = course / "tests/misconceptions/introduction.py"
        whole = file.read_text()
        file.write_text(whole + "\ndef normalize__half(x\n")
        expect(here.page.locator("#preview-problem")).to_contain_text("introduction.py")
        file.write_text(whole)
        expect(here.page.locator("#preview-problem")).to_have_count(0)
        assert not here.foreign
        assert not here.complaints


def test_the_key_that_is_there_at_once_lacks_pairs_alone_and_only_where_they_are_not_known(monkeypatch):
    chapter = Chapter("introduction")
    whole = answer_key_bytes(chapter)
    assert answer_key_at_once(chapter) == whole
    monkeypatch.setattr("course.answer_keys.is_cached", lambda slug, exercise, kind: exercise != "normalize")
    wanted = json.loads(whole)
    assert wanted["normalize"]["pairs"] != []
    wanted["normalize"]["pairs"] = []
    assert json.loads(answer_key_at_once(chapter)) == wanted


def test_a_mistyped_exercise_is_one_line():
    for exercise in ("", "introduction", "introduction/no", "no/normalize"):
        with pytest.raises(CourseError, match="expected EXERCISE=chapter/name") as told:
            preview.preview(exercise, 0, print)
        assert "\n" not in str(told.value)
