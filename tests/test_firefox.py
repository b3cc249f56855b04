"""The main ways through the site in Firefox: FIREFOX=firefox-esr pytest tests/test_firefox.py

Playwright can't drive a distribution's Firefox. No other driver is needed: Firefox itself speaks WebDriver BiDi
(https://w3c.github.io/webdriver-bidi/), which is JSON over a WebSocket. The client for that comes with Jupyter.
"""

import itertools
import json
import os
import re
import shutil
import subprocess
import threading

import pytest

FIREFOX = shutil.which(os.environ.get("FIREFOX", ""))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("firefox"),
    pytest.mark.skipif(not FIREFOX, reason="asked for with FIREFOX=firefox-esr"),
]
PREFERENCES = {
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.normandy.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "extensions.update.enabled": False,
    "services.settings.server": "",
}
SPECIAL = {"Tab": "\ue004", "Enter": "\ue007", "Space": " ", "ArrowDown": "\ue015", "Escape": "\ue00c"}


class Firefox:
    """One headless Firefox with one tab."""

    def __init__(self, profile):
        websocket = pytest.importorskip("websocket")
        lines = "".join(f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in PREFERENCES.items())
        (profile / "user.js").write_text(lines)
        command = [FIREFOX, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port=0"]
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

    def press(self, *names):
        actions = [{"type": kind, "value": SPECIAL.get(name, name)} for name in names for kind in ("keyDown", "keyUp")]
        keys = {"type": "key", "id": "keys", "actions": actions}
        self.send("input.performActions", context=self.tab, actions=[keys])

    def point(self, selector):
        """Move the mouse onto an element."""
        found = f"document.querySelector({json.dumps(selector)})"
        self.run(f"{found}.scrollIntoView({{block: 'center', behavior: 'instant'}})")
        box = self.run(f"{found}.getClientRects()[0].toJSON()")
        place = {name: int(box[name] + box[size] / 2) for name, size in {"x": "width", "y": "height"}.items()}
        mouse = {"type": "pointer", "id": "mouse", "actions": [{"type": "pointerMove", **place}]}
        self.send("input.performActions", context=self.tab, actions=[mouse])

    def close(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait(30)
        self.process.stderr.close()


@pytest.fixture
def firefox(tmp_path):
    made = Firefox(tmp_path)
    yield made
    made.close()


def test_the_main_ways_through_the_site(firefox, address):
    firefox.open(f"{address}/book/transform/lesson.html")
    firefox.wait("document.querySelector('.katex-html') && document.querySelector('figure.moving.moves svg')")
    # a question, by keyboard, and its mark in the contents
    firefox.run("document.querySelector('fieldset.quiz input').focus()")
    firefox.press("Space", "ArrowDown")
    assert firefox.run("document.querySelector('fieldset.quiz input:checked').value") == "2"
    reasons = "[...document.querySelectorAll('fieldset.quiz .why')].filter((e) => e.checkVisibility())"
    assert firefox.run(f"{reasons}.length") == 1
    firefox.wait("document.querySelector('nav.bd-links .current .progress-mark')")
    # a term, by pointer and Escape (a headless Firefox has no focus, so no focus events)
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
