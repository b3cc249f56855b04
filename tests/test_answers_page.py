"""The page on which written answers are marked: by keyboard alone in a browser, and closed to every other page."""

import asyncio
import http.client
import http.server
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from conftest import wait_until
from written_answers import ANSWERS, NAMES, SLUG, WRITTEN, copy_of, database, given, hand_in, make

from course.chapter import ROOT
from grading.commands.answers import Marking, View
from grading.commands.answers_server import serve
from grading.commands.grade_class import grade_class
from grading.gradebook.facade import Gradebook

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]

HOSTILE = """<script>document.title = "mine"</script><img src=x onerror="document.title = 'mine'">

![](http://a.example/x.png) <form action="/x"><button>b</button></form> <b id="told" class="given">bold</b>
"""
SETTLED = "answers.length > 0 && answers.every((a) => a.read && !a.dirty && !a.sending)"


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    root = tmp_path_factory.mktemp("answers") / "class"
    make(root, ANSWERS | {"gita": HOSTILE})
    return root


@pytest.fixture
def root(graded, tmp_path):
    return copy_of(graded, tmp_path / "class")


@contextmanager
def served(root, **view):
    """The page's address, while a thread of this process serves it."""
    loop, found, ready = asyncio.new_event_loop(), [], threading.Event()

    def started(address):
        found.append(address)
        ready.set()

    task = loop.create_task(serve(Marking(Gradebook(root), SLUG, View(**view)), 0, started))

    def run():
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            pass
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert ready.wait(60)
        yield found[0]
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(60)


class Page:
    """The page in a browser, of which everything that came is kept."""

    def __init__(self, browser, address, **options):
        self.replies, self.errors, self.foreign = [], [], []
        self.context = browser.new_context(viewport={"width": 1200, "height": 800}, **options)
        self.page = self.context.new_page()
        host = urlsplit(address).netloc
        self.page.on("request", lambda r: urlsplit(r.url).netloc in (host, "") or self.foreign.append(r.url))
        self.page.on("response", lambda r: self.replies.append(r))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("dialog", lambda dialog: dialog.accept())
        self.page.goto(address)
        self.settled()

    def settled(self):
        """Wait until all answers are there and all changes are saved."""
        wait_until(lambda: self.page.evaluate(SETTLED), 60)  # the page's policy lets no text be evaluated in it

    def keys(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def to(self, name):
        """Go to an answer by the keys alone, from the first one on."""
        self.keys(*["k"] * 10)
        for _ in range(10):
            if self.page.evaluate("current.who").rpartition("(")[2].rstrip(")") == name:
                return
            self.keys("j")
        pytest.fail(f"{name} was not reached")

    def told(self):
        return self.page.text_content("#told")

    def close(self):
        self.context.close()
        assert self.errors == []
        assert self.foreign == []


@pytest.fixture
def opened(browser):
    pages = []

    def open_page(address, **options):
        pages.append(Page(browser, address, **options))
        return pages[-1]

    yield open_page
    for page in pages:
        page.close()


# ---- by keyboard


def test_a_class_is_graded_by_keyboard_alone(root, opened):
    command = [sys.executable, "-m", "grading", "answers", SLUG, "--root", root]
    server = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    try:
        address = next(found[0] for line in server.stdout if (found := re.search(r"http://\S+", line)))
        page = opened(address)
        assert page.page.evaluate("document.activeElement.matches('article')")
        assert page.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.keys("i")  # a new item, which gets the fourth digit
        page.page.keyboard.type("-0.5")
        page.keys("Tab")
        page.page.keyboard.type("no unit is named")
        page.keys("Enter")
        page.page.wait_for_selector("#items li:nth-child(4)")
        page.to("ada")
        page.keys("1", "2", "4", "c")
        page.page.keyboard.type("Which features?")
        page.keys("Escape")
        page.settled()
        page.keys("g")  # ben is equal, chidi is near
        assert "to 2 more? 1 are equal" in page.page.text_content("#ask")
        page.keys("e")  # the equal one alone
        wait_until(lambda: given(root)["ben"][0] == 1.5, 30)
        page.to("chidi")
        page.keys("f", "4")
        page.to("dana")
        page.keys("1", "1", "0")  # on second thoughts nothing
        page.to("emil")
        page.keys("f", "u", "2", "2", "3")  # undone, put on, taken off
        page.settled()
        page.keys("n")
        assert page.page.evaluate("current.who") == "gita"  # the last one that waits
        page.keys("x", "1", "x")  # graded, and taken back
        page.settled()
        assert given(root) == {
            "ada": (1.5, 1.5, False, "* what was averaged (+1)\n* why units make it bad (+1)\n"
                    "* no unit is named (−0.5)\n\nWhich features?"),
            "ben": (1.5, 1.5, False, "* what was averaged (+1)\n* why units make it bad (+1)\n"
                    "* no unit is named (−0.5)\n\nWhich features?"),
            "chidi": (2.5, 2.5, False, "* no unit is named (−0.5)"),
            "dana": (0.0, 0.0, False, None),
            "emil": (1.0, 1.0, False, "* a way to notice it (+1)"),
            "farah": (None, 0.0, False, None),
            "gita": (None, 0.0, True, None),
        }  # fmt: skip
        page.keys("e", "4")  # another wording, for three
        page.page.keyboard.type("-1")
        page.keys("Enter")
        page.page.wait_for_selector("#ask li:nth-child(3)")
        assert "Adaeze Okafor (ada): 1.5 → 1" in page.page.text_content("#ask")
        assert given(root)["ada"][0] == 1.5
        page.keys("Enter")
        wait_until(lambda: [given(root)[name][0] for name in ("ada", "ben", "chidi")] == [1.0, 1.0, 2.0], 30)
    finally:
        server.send_signal(signal.SIGINT)
        rest = server.communicate(timeout=60)[0]
    assert "stopped; introduction: 7 answers: 1 new, 5 graded, 1 not written" in rest
    assert server.returncode == 0


def test_a_failure_to_save_is_said_and_made_good(root, opened):
    with served(root) as address:
        page = opened(address)
        page.to("ada")
        holder = sqlite3.connect(root / "gradebook.db")
        holder.execute("BEGIN IMMEDIATE")
        page.keys("f")
        page.page.wait_for_selector("#told .bad")
        assert "Not saved" in page.told()
        assert "locked" in page.told()
        assert "not saved" in page.page.text_content("article[aria-current] .state")
        page.keys("1")  # nothing is lost meanwhile
        wait_until(lambda: page.page.evaluate("current.failed && !current.sending"), 30)
        holder.rollback()
        holder.close()
        wait_until(lambda: given(root)["ada"][0] == 3.0, 30)
        page.settled()
        assert page.told() == "Everything is saved."
        assert given(root)["ada"] == (3.0, 3.0, False, "* what was averaged (+1)")


def test_two_pages_do_not_write_over_each_other(root, opened):
    with served(root) as address, served(root) as elsewhere:
        page, other = opened(address), opened(elsewhere)
        for one in (page, other):
            one.to("ada")
        other.keys("1", "c")
        other.page.keyboard.type("Mine.")
        other.keys("Escape")
        other.settled()
        page.keys("c")
        page.page.keyboard.type("Yours <b>")
        page.page.wait_for_selector("article.refused")  # what is written is saved while one writes
        page.page.keyboard.type(" and more")
        page.keys("Escape", "j", "k")
        page.settled()
        theirs = (1.0, 1.0, False, "* what was averaged (+1)\n\nMine.")
        assert given(root)["ada"] == theirs
        assert "You were writing: Yours <b> and more" in page.page.text_content("article.refused .refusal")
        assert page.page.text_content("article.refused .points") == "1 of 3"
        page.to("ben")
        other.to("ben")
        other.keys("0")
        other.settled()
        page.keys("f")
        page.page.wait_for_selector("article.refused[aria-current]")
        assert "You had given 3 points" in page.page.text_content("article[aria-current] .refusal")
        assert given(root)["ben"][0] == 0.0
        page.to("ada")
        page.keys("2")  # from what there is now
        page.settled()
        assert given(root)["ada"] == (2.0, 2.0, False, theirs[3].replace("\n\n", "\n* why units make it bad (+1)\n\n"))


# ---- closed to others


def ask(address, method="POST", path="api/overview", body="{}", **headers):
    found = urlsplit(address)
    sent = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    connection = http.client.HTTPConnection(found.hostname, found.port, timeout=60)
    connection.request(method, found.path + path, body=body if method == "POST" else None, headers=sent)
    reply = connection.getresponse()
    read = reply.read().decode()
    connection.close()
    return reply, read


def test_only_the_page_itself_gets_answers(root):
    with served(root) as address:
        reply, _ = ask(address, "GET", "")
        policy = reply.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "img-src data:;" in policy
        assert reply.headers["Referrer-Policy"] == "no-referrer"
        host = urlsplit(address).netloc
        assert host.startswith("127.0.0.1:")
        assert ask(address)[0].status == 200
        assert ask(address, Origin=f"http://{host}")[0].status == 200
        refused = [
            ask(address, Origin="http://a.example"), ask(address, Origin="null"), ask(address, Host="a.example"),
            ask(address, Host=f"a.example:{urlsplit(address).port}"), ask(address, Sec_Fetch_Site="cross-site"),
            ask(address, Sec_Fetch_Site="same-site"), ask(f"http://{host}/wrong-token/"),
            ask(f"http://{host}/wrong-token/", "GET", ""), ask(f"http://{host}/wrong-token/", "GET", "answers.js"),
        ]  # fmt: skip
        assert {reply.status for reply, _ in refused} == {403}
        assert not [text for _, text in refused if "ada" in text]
        assert ask(address, Content_Type="text/plain")[0].status == 415
        for body in ("[]", "{", '{"wanted": 3, "seen": {}}', '{"wanted": {}}'):
            assert ask(address, path="api/save", body=body)[0].status == 400
        assert ask(f"http://{host}/", "GET", "")[0].status == 404
        assert ask(address, "GET", "../../secret")[0].status == 404


CROSS_SITE = """<form id=f method=post action="{address}api/save" enctype="text/plain">
<input name='{start}' value='{end}'></form>
<script>
fetch("{address}api/save", {{ method: "POST", mode: "no-cors", body: '{whole}' }})
  .catch(() => 0)
  .then(() => fetch("{address}api/save",
    {{ method: "POST", headers: {{ "Content-Type": "application/json" }}, body: '{whole}' }}))
  .catch(() => 0)
  .then(() => f.submit());
</script>"""


def test_another_page_of_the_browser_can_not_post_grades_even_if_it_knows_the_token(root, browser):
    with served(root) as address:
        answer = next(a for a in json.loads(ask(address)[1])["answers"] if a["who"].endswith("(ada)"))
        whole = json.dumps(
            {"wanted": {"base": 3, "items": [], "comment": ""}, "seen": {answer["key"]: answer["version"]}}
        )
        start, end = whole[:-1] + ', "x": "', '"}'

        class Other(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                text = CROSS_SITE.format(address=address, start=start, end=end, whole=whole).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Other) as other:
            threading.Thread(target=other.serve_forever).start()
            page = browser.new_page()
            replies = []
            page.on("response", lambda reply: replies.append((reply.request.method, reply.status)))
            page.goto(f"http://127.0.0.1:{other.server_port}/")
            page.wait_for_url(f"{address}api/save")
            other.shutdown()
            page.close()
        assert ("POST", 403) in replies or ("POST", 415) in replies
        assert ("POST", 200) not in replies
        assert given(root)["ada"][0] is None
        assert ask(address, path="api/save", body=whole)[0].status == 200  # the very same, from the page itself
        assert given(root)["ada"][0] == 3.0


def test_what_a_learner_wrote_runs_nothing_and_asks_nobody(root, opened):
    with served(root) as address:
        page = opened(address)
        page.to("gita")
        shown = page.page.inner_html("article[aria-current] .markdown")
        assert "bold" in shown
        assert page.page.title() == "introduction: written answers"
        assert (
            page.page.locator("article[aria-current] .markdown").locator("script, img, form, [id], [class]").count()
            == 0
        )
        page.keys("f")  # the page's own parts are not taken for the learner's
        page.settled()
        assert given(root)["gita"][0] == 3.0


def test_no_reply_of_blind_marking_has_a_name(root, opened):
    with database(root) as book:
        grade = book.find_grade(WRITTEN, "exercise", SLUG, "emil")
        grade.manual_score, grade.needs_manual_grade = 1.0, False
        book.db.commit()
    hand_in(root, "dana", "Yours, dana.")
    grade_class(root, SLUG)
    with served(root, blind=True) as address:
        page = opened(address)
        page.keys("1", "j", "f", "g", "j", "e", "1")
        page.page.keyboard.type("2")
        page.keys("Enter", "Escape")
        page.settled()
        texts = [reply.text() + str(reply.all_headers()) + reply.url for reply in page.replies]
        assert len(texts) >= 8
        everything = "\n".join([*texts, page.page.content()])
        for name in (*ANSWERS, "gita", *(name for pair in NAMES.values() for name in pair), "school.example"):
            assert not re.search(rf"(?<![a-z0-9]){name}(?![a-z0-9])", everything, re.IGNORECASE), name
        order = page.page.evaluate("answers.map((a) => a.who)")
        assert len(set(order)) == len(order) == 7
        again = opened(address)
        assert again.page.evaluate("answers.map((a) => a.who)") == order


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_and_can_be_read(root, opened, width, scheme):
    with served(root) as address:
        page = opened(address, color_scheme=scheme)
        page.page.set_viewport_size({"width": width, "height": 740})
        assert page.page.evaluate("document.documentElement.scrollWidth") <= width
        back, text = page.page.evaluate(
            "(({ backgroundColor, color }) => [backgroundColor, color])(getComputedStyle(document.body))"
        )
        assert (sum(map(int, re.findall(r"\d+", back))) < 200) == (scheme == "dark")
        assert (sum(map(int, re.findall(r"\d+", text))) > 500) == (scheme == "dark")
        box = page.page.locator("#items .use").first.bounding_box()  # also without a keyboard
        assert box["y"] + box["height"] <= 740
        page.page.locator("#items .use").first.click()
        page.page.click("#help [data-key=c]")
        page.page.keyboard.type("Touched.")
        page.page.click("#help [data-key=j]")
        page.settled()
        assert [(points, comment) for points, _, _, comment in given(root).values() if comment] == [
            (1.0, "* what was averaged (+1)\n\nTouched.")
        ]
        for _ in range(6):
            card, panel = page.page.evaluate(
                "[current.card, document.querySelector('aside')].map((one) => one.getBoundingClientRect().toJSON())"
            )
            assert card["top"] < (panel["top"] if width == 360 else 740)
            page.keys("j")
