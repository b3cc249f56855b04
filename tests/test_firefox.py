"""The main ways through the site in Debian's Firefox, by keys and clicks.

Playwright can't drive a distribution's Firefox. No other driver is needed: Firefox itself speaks WebDriver BiDi
(https://w3c.github.io/webdriver-bidi/), which is JSON over a WebSocket. The client for that comes with Jupyter.
"""

import itertools
import json
import re
import shutil
import subprocess
import threading

import pytest
import websocket
from test_by_keyboard import ANSWERS

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("firefox")]
PREFERENCES = {
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.normandy.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "extensions.update.enabled": False,
    "services.settings.server": "",
}
NAME = "batchnorm_forward"
SPECIAL = {
    "Control": "\ue009",
    "Shift": "\ue008",
    "Backspace": "\ue003",
    "Tab": "\ue004",
    "Enter": "\ue007",
    "Space": " ",
    "ArrowDown": "\ue015",
    "Escape": "\ue00c",
}


class Firefox:
    """One headless Firefox with one tab."""

    def __init__(self, profile):
        lines = "".join(f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in PREFERENCES.items())
        (profile / "user.js").write_text(lines)
        command = [
            FIREFOX,
            "--headless",
            "--no-remote",
            "data:text/html,",  # without an address, the focus would be in the address bar
            "--profile",
            str(profile),
            "--remote-debugging-port=0",
        ]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        told = next((line for line in self.process.stderr if "BiDi listening on" in line), "")
        place = re.search(r"ws://\S+", told)[0] + "/session"
        self.socket = websocket.create_connection(place, timeout=60, suppress_origin=True)
        threading.Thread(target=self.process.stderr.read, daemon=True).start()  # a full pipe would stop it
        self.ids, self.errors, self.requests = itertools.count(1), [], []
        self.send("session.new", capabilities={})
        self.send("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])
        self.tab = self.send("browsingContext.getTree")["contexts"][0]["context"]

    def send(self, method, **parameters):
        number = next(self.ids)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("type") == "event":
                self.heard(message["method"], message["params"])
            elif message.get("id") == number:
                assert message["type"] == "success", message
                return message["result"]

    def heard(self, event, told):
        if event == "network.beforeRequestSent":
            self.requests.append(told["request"]["url"])
        elif told["level"] == "error":
            self.errors.append(told["text"])

    def open(self, address):
        self.send("browsingContext.navigate", context=self.tab, url=address, wait="complete")

    def run(self, expression):
        """The value of an expression in the page, which may be a promise; as JSON."""
        source = f"(async () => JSON.stringify(await ({expression})) ?? 'null')()"
        target = {"context": self.tab}
        result = self.send("script.evaluate", expression=source, target=target, awaitPromise=True)
        assert result["type"] == "success", result
        return json.loads(result["result"]["value"])

    def wait(self, condition):
        self.run(f"new Promise((go) => {{ const look = () => ({condition}) ? go() : setTimeout(look, 50); look(); }})")

    def _keys(self, *actions):
        made = [{"type": kind, "value": SPECIAL.get(name, name)} for kind, name in actions]
        keys = {"type": "key", "id": "keys", "actions": made}
        self.send("input.performActions", context=self.tab, actions=[keys])

    def press(self, *names):
        """One key after the other."""
        self._keys(*((kind, name) for name in names for kind in ("keyDown", "keyUp")))

    def chord(self, text):
        """Keys that are held together, such as Control+a."""
        names = text.split("+")
        self._keys(*(("keyDown", name) for name in names), *(("keyUp", name) for name in reversed(names)))

    def type(self, *lines):
        for number, line in enumerate(lines):
            self.press(*(["Enter"] if number else []), *line)

    def click(self, selector):
        self._mouse(selector, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0})

    def point(self, selector):
        """Move the mouse onto an element."""
        self._mouse(selector)

    def _mouse(self, selector, *then):
        found = f"document.querySelector({json.dumps(selector)})"
        self.run(f"{found}.scrollIntoView({{block: 'center', behavior: 'instant'}})")
        box = self.run(f"{found}.getClientRects()[0].toJSON()")
        place = {name: int(box[name] + box[size] / 2) for name, size in {"x": "width", "y": "height"}.items()}
        mouse = {"type": "pointer", "id": "mouse", "actions": [{"type": "pointerMove", **place}, *then]}
        self.send("input.performActions", context=self.tab, actions=[mouse])

    def close(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait(30)
        self.process.stderr.close()


@pytest.fixture
def firefox(tmp_path):
    assert FIREFOX, "Firefox is missing: publishing/system.sh installs it"
    made = Firefox(tmp_path)
    yield made
    made.close()


def test_the_main_ways_through_the_site(firefox, address):
    firefox.open(f"{address}/book/transform/lesson.html")
    firefox.wait("document.querySelector('.katex-html')")
    # a figure computes when it comes near
    firefox.run("document.querySelector('figure.moving').scrollIntoView()")
    firefox.wait("document.querySelector('figure.moving.moves svg')")
    # a question, by keyboard, and its mark in the contents
    firefox.run("document.querySelector('fieldset.quiz input').focus()")
    firefox.press("Space", "ArrowDown")
    assert firefox.run("document.querySelector('fieldset.quiz input:checked').value") == "2"
    reasons = "[...document.querySelectorAll('fieldset.quiz .why')].filter((e) => e.checkVisibility())"
    assert firefox.run(f"{reasons}.length") == 1
    firefox.wait("document.querySelector('nav.bd-links .current .progress-mark')")
    # a term, by pointer and Escape
    firefox.point("a.term")
    firefox.wait("document.querySelector('.term-tip').checkVisibility()")
    firefox.press("Escape")
    assert not firefox.run("document.querySelector('.term-tip').checkVisibility()")
    # the theme
    before = firefox.run("document.documentElement.dataset.mode")
    firefox.run("[...document.querySelectorAll('.theme-switch-button')].find((e) => e.checkVisibility()).click()")
    firefox.wait(f"document.documentElement.dataset.mode !== {json.dumps(before)}")
    # what was answered is still there, and on the page of progress
    firefox.open(f"{address}/book/progress.html")
    firefox.wait("document.querySelector('#progress').textContent.includes('1 of 8')")
    firefox.open(f"{address}/book/transform/lesson.html")
    assert firefox.run("document.querySelector('fieldset.quiz input:checked').value") == "2"
    # the search
    firefox.open(f"{address}/search.html?q=skewness")
    firefox.wait("document.querySelector('#search-results ul.search li a')")
    assert firefox.errors == []
    hosts = {url for url in firefox.requests if not url.startswith((address, "data:", "blob:"))}
    assert hosts == set()


def test_an_exercise_is_solved_by_keys(firefox, address):
    page = f"{address}/book/transform/exercise.html"
    cell = f"document.querySelector('[data-cell={NAME}]')"
    status = f"{cell}.querySelector('.runner-status').innerText"
    verdict = f"{cell}.querySelector('.runner-output').innerText"

    def check():
        firefox.chord("Control+Shift+Enter")
        firefox.wait(f"/check passed|not pass/.test({status})")
        return firefox.run(verdict)

    firefox.open(page)
    firefox.wait("document.querySelector('.runner-way a')")
    firefox.point(".runner-way a")  # editors come with the first thing that one does
    firefox.wait(f"{cell}.querySelector('.cm-content')")
    firefox.click(".runner-way a")
    firefox.wait(f"document.activeElement.closest('[data-cell]') === {cell} && {cell}.querySelector('.cm-content')")
    right = ANSWERS[NAME]
    firefox.type(*(line.replace("(centred**2).mean(axis=0)", "x.var(axis=0, ddof=1)") for line in right))
    told = check()
    assert "divided by m - 1" in told, (told, firefox.run(f"{cell}.querySelector('.cm-content').innerText"))
    # the whole again, after Python was stopped
    firefox.chord("Control+a")
    firefox.press("Backspace")
    firefox.type("while True:", "pass")
    firefox.chord("Control+Enter")
    firefox.wait(f"/Running/.test({status})")
    firefox.click(f"[data-cell={NAME}] [aria-label^=Stop]")
    firefox.wait(f"/[Ss]topped/.test({status})")
    firefox.click(f"[data-cell={NAME}] .cm-content")
    firefox.chord("Control+a")
    firefox.press("Backspace")
    firefox.type(f"def {NAME}(x, gamma, beta, eps=1e-5):", *right)
    check()
    assert "passed" in firefox.run(status)
    # an answer in words; all of it is there on return
    firefox.click("[aria-label='Your answer in words']")
    firefox.type("The mean / is taken away.")
    firefox.open(page)
    firefox.press("Shift")
    firefox.wait(f"{cell}.querySelector('.cm-content')?.innerText.includes('inv_std = 1 / np.sqrt((centred**2)')")
    assert (
        firefox.run("document.querySelector(\"[aria-label='Your answer in words']\").value")
        == "The mean / is taken away."
    )
    firefox.wait("document.querySelector('nav.bd-links .current .progress-mark')")
    assert set(firefox.errors) <= {"uncaught exception: undefined"}  # said of a worker that is ended while it runs
    assert [url for url in firefox.requests if not url.startswith((address, "data:", "blob:"))] == []
