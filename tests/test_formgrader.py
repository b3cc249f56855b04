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

from course.chapter import ROOT
from course.notebooks import bundle, write
from grading.gradebook.facade import Gradebook

BIN = Path(sys.executable).parent
SLUG = "transform"
SCRIPT = '<script>document.title = "mine"</script><img src=x onerror="alert(1)">'


class Server:
    """A Jupyter server with formgrader, started as an instructor starts it, on a course's folder."""

    def __init__(self, root):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.log = (root / "server.log").open("w")
        self.process = subprocess.Popen(
            [
                BIN / "jupyter", "server", "--allow-root", "--no-browser", f"--ServerApp.port={port}",
                "--ServerApp.port_retries=0", "--ServerApp.token=t", f"--ServerApp.root_dir={root}",
            ],
            cwd=ROOT,
            env={
                **os.environ,
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
        xsrf = next((c.value for c in self.cookies if c.name == "_xsrf"), "")
        headers = {"X-XSRFToken": xsrf, "Authorization": "token t"}
        request = urllib.request.Request(self.url + path, data=data, headers=headers)
        with self.open(request, timeout=180) as reply:
            return reply.read().decode()

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
    for student in ("dana", "jan"):
        folder = root / "submitted" / student / SLUG
        folder.mkdir(parents=True)
        (folder / students[student][0]).write_bytes(students[student][1])
    folder = root / "submitted" / "mallory" / SLUG
    folder.mkdir(parents=True)
    show = f"from IPython.display import HTML, display\ndisplay(HTML({SCRIPT!r}))"
    made = make_class.with_answers(SLUG, {"batchnorm_forward": show}, written=f"My answer {SCRIPT}")
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
        assert 8 < found["score"] < 16
        assert found["max_score"] == 19

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


def page(server, student):
    """The page of a student's graded notebook."""
    found = json.loads(server.get(f"/formgrader/api/submission/{SLUG}/{student}"))
    notebooks = json.loads(server.get(f"/formgrader/api/submitted_notebooks/{SLUG}/exercise"))
    number = next(n["id"] for n in notebooks if n["student"] == student)
    assert found["autograded"]
    return server.get(f"/formgrader/submissions/{number}/?index=0")
