"""formgrader, nbgrader's web pages: its buttons use our engine, and its pages run no script of a learner's."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
from test_pages import PNG

from course.chapter import ROOT
from course.notebooks import bundle, write
from grading.gradebook.facade import Gradebook

BIN = Path(sys.executable).parent
SLUG = "transform"
SCRIPT = '<script>document.title = "mine"</script><img src=x onerror="alert(1)">'
WRITTEN = f"""My answer {SCRIPT}

![](/logout) <img src=/logout> ![](//a.example/x.png)
<iframe src=/logout></iframe> <video src=/logout></video>

$$\\begin{{aligned}} \\mu &= 1 \\\\ \\sigma &< 2 \\end{{aligned}}$$

If a<b then `x<y & z`; if c>d it is the same. [out](/logout)

![mine](attachment:mine.png) ![gone](attachment:gone.png)
"""


class Server:
    """A Jupyter server with formgrader, started as an instructor starts it from a clone, on a course's folder."""

    def __init__(self, root, clone=ROOT):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.root = root
        self.url = f"http://127.0.0.1:{port}"
        self.log = (root / "server.log").open("w")
        self.process = subprocess.Popen(
            [
                BIN / "jupyter", "server", "--allow-root", "--no-browser", f"--ServerApp.port={port}",
                "--ServerApp.port_retries=0", "--ServerApp.token=t", f"--ServerApp.root_dir={root}",
            ],
            cwd=clone,
            env={
                **os.environ,
                "PYTHONPATH": str(clone),
                "PATH": f"{BIN}:{os.environ['PATH']}",
                "BATCHNORM_CLASS": str(root),
                "JUPYTER_RUNTIME_DIR": str(root / "runtime"),
            },
            stdout=self.log,
            stderr=self.log,
        )  # fmt: skip
        self.cookies = CookieJar()
        self.open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies)).open

    def wait(self):
        for _ in range(120):
            try:
                return self.get(f"/formgrader/manage_submissions/{SLUG}?token=t")
            except urllib.error.URLError:
                time.sleep(0.5)
        raise AssertionError("the server did not start")

    def get(self, path, data=None):
        with self.reply(path, data) as reply:
            return reply.read().decode()

    def reply(self, path, data=None):
        xsrf = next((c.value for c in self.cookies if c.name == "_xsrf"), "")
        headers = {"X-XSRFToken": xsrf, "Authorization": "token t"}
        request = urllib.request.Request(self.url + path, data=data, headers=headers)
        return self.open(request, timeout=180)

    def post(self, path):
        return json.loads(self.get(path, data=b""))

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        self.log.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    from test_nbgrader import make_class

    root = tmp_path_factory.mktemp("formgrader")
    students = {name: (file, content) for name, file, content in make_class.hand_ins(SLUG)}
    for student in ("ada", "dana", "jan"):
        folder = root / "submitted" / student / SLUG
        folder.mkdir(parents=True)
        (folder / students[student][0]).write_bytes(students[student][1])
    folder = root / "submitted" / "mallory" / SLUG
    folder.mkdir(parents=True)
    show = f"from IPython.display import HTML, display\ndisplay(HTML({SCRIPT!r}))"
    made = make_class.with_answers(SLUG, {"batchnorm_forward": show}, written=WRITTEN)
    (folder / "exercise.ipynb").write_text(json.dumps(made))
    write(bundle(SLUG), root / "source" / SLUG)
    Gradebook(root).release(SLUG)
    running = Server(root)
    try:
        running.wait()
        yield running
    finally:
        running.stop()


@pytest.mark.slow
@pytest.mark.xdist_group("formgrader")
class TestFormgrader:
    def test_its_button_grades_with_our_engine(self, server):
        reply = server.post(f"/formgrader/api/submission/{SLUG}/dana/autograde")
        assert reply["success"], reply
        found = json.loads(server.get(f"/formgrader/api/submission/{SLUG}/dana"))
        assert 8 < found["score"] < 19
        assert found["max_score"] == 22

    def test_what_cannot_be_read_appears_with_its_reason(self, server):
        reply = server.post(f"/formgrader/api/submission/{SLUG}/jan/autograde")
        assert reply["success"], reply
        assert "the notebook breaks off" in page(server, "jan")

    def test_a_submission_shows_the_messages(self, server):
        server.post(f"/formgrader/api/submission/{SLUG}/dana/autograde")
        assert "Epsilon was added to the standard deviation" in page(server, "dana")

    def test_pages_run_no_script_of_a_learner(self, server):
        server.post(f"/formgrader/api/submission/{SLUG}/mallory/autograde")
        shown = page(server, "mallory")
        assert "My answer" in shown
        assert 'document.title = "mine"</script>' not in shown
        assert not re.search(r"<img[^>]*onerror", shown)

    def test_a_page_is_looked_at_without_asking_anybody_for_anything(self, server, browser):
        number = graded_by_us(server, "mallory")
        tab = browser.new_context(extra_http_headers={"Authorization": "token t"}).new_page()
        asked, told = [], []
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
        tab.on("pageerror", lambda error: told.append(str(error)))
        tab.goto(f"{server.url}/formgrader/submissions/{number}/")
        tab.wait_for_load_state("networkidle")
        own = f"{server.url}/formgrader/"
        assert [url for url in asked if not url.startswith((own, "data:"))] == []
        assert not any("logout" in url for url in asked)
        assert told == []
        words = tab.locator("body").inner_text()
        assert "If a<b then x<y & z; if c>d it is the same." in words
        assert "(The picture /logout is not shown: it is elsewhere.)" in words
        assert "(The picture attachment:gone.png is missing in the notebook.)" in words
        assert "amp;" not in words
        assert tab.locator("mtr").count() >= 2
        assert tab.evaluate("document.querySelector('img[alt=mine]').naturalWidth") == 1
        assert tab.locator("a", has_text="out").evaluate_all("links => links.map(a => a.getAttribute('href'))") == [
            None
        ]
        tab.context.close()

    def test_points_are_given_on_it(self, server, browser):
        number = graded_by_us(server, "mallory")
        tab = browser.new_context(extra_http_headers={"Authorization": "token t"}).new_page()
        tab.goto(f"{server.url}/formgrader/submissions/{number}/")
        tab.wait_for_load_state("networkidle")
        field = tab.locator(f"#written_{SLUG}")
        tab.wait_for_function("formgrader.loaded && document.activeElement.classList.contains('tabbable')")
        for what, text in ((field, "2.5"), (tab.locator(f"#written_{SLUG}-comment"), "Well put.")):
            what.click()
            what.press("Control+a")
            what.press_sequentially(text)
            with tab.expect_response(lambda reply: reply.request.method == "PUT"):
                what.blur()
        grades = json.loads(server.get(f"/formgrader/api/grades?submission_id={number}"))
        assert next(one["manual_score"] for one in grades if one["name"] == f"written_{SLUG}") == 2.5
        comments = json.loads(server.get(f"/formgrader/api/comments?submission_id={number}"))
        assert next(one["manual_comment"] for one in comments if one["name"] == f"written_{SLUG}") == "Well put."
        tab.context.close()

    def test_a_page_that_would_cost_hours_is_shown_as_text(self, server):
        graded_by_us(server, "ada", [cell("<b>" * 20_000), cell("\\begin{a}" * 11_000)] * 3)
        shown = page(server, "ada")
        assert shown.count("Shown as it was written") >= 2
        assert f'id="written_{SLUG}"' in shown

    def test_what_lies_beside_a_graded_notebook_runs_no_script(self, server):
        number = graded_by_us(server, "ada")
        (server.root / "autograded" / "ada" / SLUG / "x.html").write_text(SCRIPT)
        reply = server.reply(f"/formgrader/submissions/{number}/x.html")
        assert "sandbox" in reply.headers["Content-Security-Policy"].split("; ")


def cell(text):
    return {"cell_type": "markdown", "id": f"c{len(text)}", "metadata": {}, "source": text}


def graded_by_us(server, student, more=()):
    """Grade a hand-in, put pictures and more cells into the graded notebook, and tell the number of its page."""
    reply = server.post(f"/formgrader/api/submission/{SLUG}/{student}/autograde")
    assert reply["success"], reply
    path = server.root / "autograded" / student / SLUG / "exercise.ipynb"
    notebook = json.loads(path.read_text())
    written = next(
        c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == f"written_{SLUG}"
    )
    written["attachments"] = {"mine.png": {"image/png": PNG}}
    notebook["cells"] += [{**one, "id": f"{one['id']}-{k}"} for k, one in enumerate(more)]
    path.unlink()
    path.write_text(json.dumps(notebook))
    return submission(server, student)


def page(server, student):
    """The page of a student's graded notebook."""
    found = json.loads(server.get(f"/formgrader/api/submission/{SLUG}/{student}"))
    assert found["autograded"]
    return server.get(f"/formgrader/submissions/{submission(server, student)}/?index=0")


def submission(server, student):
    """The number by which formgrader knows a student's notebook."""
    notebooks = json.loads(server.get(f"/formgrader/api/submitted_notebooks/{SLUG}/exercise"))
    return next(n["id"] for n in notebooks if n["student"] == student)
