"""The course on a JupyterHub: a teacher and a learner, two Unix users, and nbgrader's exchange between them.

The learner logs in with a password in a real browser, and fetches, submits and fetches the feedback by the buttons of
JupyterLab's Assignment List. The teacher types the guide's commands into a terminal of the account's own server. The
hub's REST API starts both servers, each as its user.
"""

import os
import re
import shutil
import sys

import pytest
from a_hub import Hub
from conftest import copy_repository, wait_until
from playwright.sync_api import expect
from test_nbgrader import make_class
from typing_keys import type_code, type_text

from course.chapter import ROOT, Chapter
from course.notebooks import released
from grading.engine.grade import max_points

SLUG, COURSE = "transform", "batchnorm"
MISTAKE = "Epsilon was added to the standard deviation"
LOAD = 120_000  # ms; a busy machine starts JupyterLab slowly

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("hub"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can make two users and start a server as each of them"),
    pytest.mark.skipif(shutil.which("useradd") is None, reason="there is no useradd to make the two users with"),
]


def answers():
    """One function with a known mistake, one that is right; the other two stay stubs."""
    chapter = Chapter(SLUG)
    slip = next(w for w in chapter.misconceptions("batchnorm_forward") if w.slug == "eps_on_std")
    wrong = make_class.as_answer(slip, sys.modules[slip.implementation.__module__])
    return {"batchnorm_forward": wrong, "identity_parameters": make_class.right(chapter, 0)["identity_parameters"]}


class Learner:
    """A learner's browser."""

    def __init__(self, browser, hub):
        self.hub, self.user = hub, hub.learner
        self.page = browser.new_page(viewport={"width": 1400, "height": 1000})
        self.page.set_default_timeout(LOAD)

    def log_in(self):
        self.page.goto(self.hub.url)
        type_text(self.page.locator("#username_input"), self.user.name)
        type_text(self.page.locator("#password_input"), self.user.password)
        self.page.locator("#login_submit").click()
        self.page.locator(".lm-MenuBar-itemLabel", has_text="Nbgrader").wait_for()

    def open_assignment_list(self):
        self.page.locator(".lm-MenuBar-itemLabel", has_text="Nbgrader").click()
        self.page.locator(".lm-Menu-itemLabel", has_text="Assignment List").click()
        self.page.locator("#released_assignments_list").wait_for()

    def row(self, state):
        """The row of the chapter in one of the three lists: released, fetched or submitted."""
        return self.page.locator(f"#{state}_assignments_list > .list_item", has_text=SLUG).first

    def open_notebook(self):
        """Open the notebook from the Assignment List, in a tab of JupyterLab's, and run its first cell."""
        self.row("fetched").get_by_role("button", name=SLUG).click()
        self.row("fetched").get_by_text("exercise", exact=True).click()
        self.page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()  # before that nothing is run
        self.page.locator(".jp-Notebook .jp-CodeCell").first.locator(".cm-content").click()
        self.page.keyboard.press("Shift+Enter")
        first = self.page.locator(".jp-CodeCell", has_text="import numpy")
        first.get_by_text(re.compile(r"^\[\d+\]:")).first.wait_for()

    def show_assignment_list(self):
        self.page.get_by_role("tab", name="Assignments").click()


def write(page, name, answer):
    """Type an answer into its cell, run it, and run the check below it; what the check says."""
    stub = page.locator(".jp-CodeCell", has_text=f"def {name}")
    for _ in range(40):  # the notebook shows what is near the selected cell
        if stub.count():
            break
        page.keyboard.press("Shift+Enter")
        page.wait_for_timeout(300)
    stub.locator(".cm-content").click()
    cell = page.locator(".jp-CodeCell.jp-mod-selected")  # its text will be another
    type_code(cell.locator(".cm-content"), answer)
    page.keyboard.press("Shift+Enter")
    check = page.locator(".jp-CodeCell", has_text=f'check("{name}"')
    check.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    check.locator(".jp-OutputArea table").wait_for()
    return check.inner_text()


@pytest.fixture(scope="module")
def hub():
    hub = Hub(COURSE)
    try:
        course = copy_repository(hub.teacher.home / "course")
        keys = ROOT / "_build" / "keys"
        if keys.is_dir():
            shutil.copytree(keys, course / "_build" / "keys")
        settings = hub.teacher.home / ".jupyter"
        settings.mkdir()
        # As the guide has them.
        (settings / "nbgrader_config.py").write_text(f'load_subconfig("{course}/nbgrader_config.py")\n')
        (settings / "jupyter_server_config.py").write_text(f'c.ServerApp.root_dir = "{course}"\n')
        with (hub.teacher.home / ".bash_profile").open("a") as profile:
            profile.write("export PYTHONPATH=~/course\ncd ~/course\n")  # the environment is that of another clone
        hub.teacher.owns(hub.teacher.home)
        hub.start(hub.teacher)
        hub.start(hub.learner)
        yield hub
    finally:
        hub.close()


@pytest.fixture(scope="module")
def learner(hub, browser):
    learner = Learner(browser, hub)
    yield learner
    learner.page.close()


class TestHub:
    """The tests are the round's steps; each goes on where the one before it ended."""

    def test_each_server_belongs_to_its_user(self, hub):
        assert hub.type(hub.learner, "id -un").split()[-1] == hub.learner.name
        assert hub.type(hub.teacher, "id -un").split()[-1] == hub.teacher.name
        with pytest.raises(AssertionError, match="Permission denied"):
            hub.type(hub.learner, f"touch {hub.teacher.home}/mine")

    def test_the_teacher_releases(self, hub):
        hub.type(
            hub.teacher,
            f"python -m publishing notebooks {SLUG}",
            f"nbgrader generate_assignment {SLUG}",
            f"nbgrader release_assignment {SLUG}",
        )
        assert (hub.exchange / COURSE / "outbound" / SLUG / "exercise.ipynb").owner() == hub.teacher.name

    def test_the_learner_logs_in_and_fetches(self, hub, learner):
        learner.log_in()
        learner.open_assignment_list()
        learner.row("released").get_by_role("button", name="Fetch").click()
        expect(learner.row("fetched")).to_be_visible()
        fetched = hub.learner.home / SLUG
        assert {"exercise.ipynb", "check.py", "check.json"} <= {path.name for path in fetched.iterdir()}
        assert (fetched / "exercise.ipynb").owner() == hub.learner.name

    def test_the_learner_writes_checks_and_submits(self, hub, learner):
        learner.open_notebook()
        told = {name: write(learner.page, name, answer) for name, answer in answers().items()}
        assert MISTAKE in told["batchnorm_forward"]
        assert "✗" not in told["identity_parameters"]
        learner.page.keyboard.press("Control+s")
        path = hub.learner.home / SLUG / "exercise.ipynb"
        wait_until(lambda: all(answer.split("\n")[-1].strip() in path.read_text() for answer in answers().values()))
        learner.show_assignment_list()
        learner.row("fetched").get_by_role("button", name="Submit").click()
        expect(learner.row("submitted")).to_be_visible()
        (inbound,) = (hub.exchange / COURSE / "inbound").iterdir()
        assert inbound.name.startswith(f"{hub.learner.name}+{SLUG}+")
        assert inbound.owner() == hub.learner.name

    def test_the_teacher_collects_grades_and_releases_the_feedback(self, hub):
        said = hub.type(hub.teacher, f"nbgrader collect {SLUG}")
        assert "1 submission" in said
        assert "does not match" not in said  # nbgrader compares the learner's name with the owner of the files
        graded = hub.type(hub.teacher, f"python -m grading grade {SLUG}")
        row = re.search(
            rf"^{hub.learner.name} +([\d.]+) of 22 +batchnorm_forward: eps on std\s*$", graded, re.MULTILINE
        )
        assert row, graded
        page = released(SLUG)
        wrong, right = (max_points(page, name) for name in answers())
        assert right + wrong / 2 <= float(row[1]) < right + wrong
        hub.points = row[1]
        hub.type(hub.teacher, f"nbgrader generate_feedback {SLUG}", f"nbgrader release_feedback {SLUG}")

    def test_formgrader_shows_the_class_through_the_hub(self, hub):
        listed = hub.api("GET", f"/formgrader/api/submissions/{SLUG}", server=hub.teacher, below="")
        assert [(one["student"], round(one["score"], 2)) for one in listed] == [(hub.learner.name, float(hub.points))]

    def test_the_learner_fetches_the_feedback_and_reads_it(self, hub, learner):
        learner.page.locator("#refresh_assignments_list").click()
        learner.row("submitted").get_by_text("(feedback available to fetch)").wait_for()
        learner.row("submitted").get_by_role("button", name="Fetch Feedback").click()
        learner.row("submitted").get_by_text("(view feedback)").click()  # shows its folder
        learner.page.locator(".jp-DirListing-item", has_text="exercise.html").dblclick()
        page = learner.page.frame_locator(".jp-HTMLViewer iframe")
        expect(page.locator("body")).to_contain_text(f"{hub.points} of 22 points", timeout=LOAD)
        expect(page.get_by_text(MISTAKE).first).to_be_visible()
        (fetched,) = (hub.learner.home / SLUG / "feedback").glob("*/exercise.html")
        assert fetched.owner() == hub.learner.name
