"""Debian's Firefox and WebKit, driven by keys and clicks; both without a library, as neither needs one.

Playwright can't drive a distribution's browsers. Firefox itself speaks WebDriver BiDi
(https://w3c.github.io/webdriver-bidi/), which is JSON over a WebSocket, and the client for that comes with Jupyter.
WebKit's driver speaks WebDriver (https://w3c.github.io/webdriver/), JSON over HTTP; its browser needs a display.
"""

import itertools
import json
import os
import re
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import websocket

from benchmarks.postgres import free_port

PATIENCE = 180_000  # ms
STANDS = 200  # ms
# Firefox says it of a formula of which a part has come; `test_typeset` looks at the whole formulas.
HALF_COME = "Invalid markup: Incorrect number of children for <"
PREFERENCES = {
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.normandy.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "extensions.update.enabled": False,
    "services.settings.server": "",
}
PHONE = {  # a finger is all that points, as on a telephone
    "dom.w3c_touch_events.enabled": 1,
    "ui.primaryPointerCapabilities": 1,
    "ui.allPointerCapabilities": 1,
}
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


class Driven:
    """A browser with one tab. A browser of its own kind says how to `open`, how to `run` and how to `perform`."""

    def wait(self, condition):
        """Until a condition holds in the page: Python may have to start before that, on a machine with other work."""
        held = self.comes(condition, PATIENCE)
        assert held, (condition, self.run("[document.activeElement.outerHTML.slice(0, 200), document.body.innerText]"))

    def comes(self, condition, milliseconds):
        """Whether a condition holds in the page within some time."""
        return self.run(
            f"""new Promise((go) => {{
                const end = Date.now() + {milliseconds};
                const look = () => {{
                    if (({condition}) || Date.now() > end) go(Date.now() <= end); else setTimeout(look, 50);
                }};
                look();
            }})"""
        )

    def _keys(self, *actions):
        made = [{"type": kind, "value": SPECIAL.get(name, name)} for kind, name in actions]
        self.perform({"type": "key", "id": "keys", "actions": made})

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

    def tap(self, selector):
        """As `click`, with a finger."""
        self._mouse(selector, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}, kind="touch")

    def _mouse(self, selector, *then, kind="mouse"):
        found = f"document.querySelector({json.dumps(selector)})"
        self.run(f"{found}.scrollIntoView({{block: 'center', behavior: 'instant'}})")
        # A page that moves after a key or a click is clicked beside what was meant: a person waits until it stands.
        box = self.run(
            f"""new Promise((go) => {{
                let last = "", since = Date.now();
                const look = () => {{
                    const box = JSON.stringify({found}.getClientRects()[0]);
                    if (box !== last) [last, since] = [box, Date.now()];
                    if (Date.now() - since > {STANDS}) go(JSON.parse(box)); else setTimeout(look, 20);
                }};
                look();
            }})"""
        )
        place = {name: int(box[name] + box[size] / 2) for name, size in {"x": "width", "y": "height"}.items()}
        actions = [{"type": "pointerMove", **place}, *then]
        self.perform({"type": "pointer", "id": kind, "parameters": {"pointerType": kind}, "actions": actions})


class Firefox(Driven):
    """A headless Firefox."""

    name = "firefox"

    def __init__(self, profile, phone=False):
        preferences = PREFERENCES | (PHONE if phone else {})
        lines = "".join(f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in preferences.items())
        (profile / "user.js").write_text(lines)
        command = [
            program("firefox-esr", "firefox"),
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
        self.socket = websocket.create_connection(place, timeout=2 * PATIENCE / 1000, suppress_origin=True)
        threading.Thread(target=self.process.stderr.read, daemon=True).start()  # a full pipe would stop it
        self.ids, self.errors, self.requests = itertools.count(1), [], []
        self.send("session.new", capabilities={})
        self.send("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])
        self.tab = self.send("browsingContext.getTree")["contexts"][0]["context"]
        if phone:
            frame = {"width": 360, "height": 740}
            self.send("browsingContext.setViewport", context=self.tab, viewport=frame, devicePixelRatio=2)

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
        elif told["level"] == "error" and not told["text"].startswith(HALF_COME):
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

    def perform(self, actions):
        self.send("input.performActions", context=self.tab, actions=[actions])

    def close(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait(30)
        self.process.stderr.close()


class WebKit(Driven):
    """WebKit for GTK in a window of its own."""

    name = "webkit"
    errors = None  # its driver tells none

    def __init__(self, profile):
        browser = next(Path("/usr/lib").glob("*/webkit2gtk-*/MiniBrowser"), None)
        assert browser, "WebKit's MiniBrowser is missing: publishing/system.sh installs it"
        reading, writing = os.pipe()
        screen = [program("Xvfb"), "-displayfd", str(writing), "-screen", "0", "1280x1000x24", "-nolisten", "tcp"]
        self.screen = subprocess.Popen(screen, pass_fds=[writing], stderr=subprocess.DEVNULL)
        os.close(writing)
        with open(reading) as told:
            display = f":{told.readline().strip()}"
        port = free_port()
        environment = {**os.environ, "DISPLAY": display, "XDG_RUNTIME_DIR": str(profile)}
        self.driver = subprocess.Popen(
            [program("WebKitWebDriver"), f"--port={port}"], env=environment, stderr=subprocess.DEVNULL
        )
        self.at = f"http://127.0.0.1:{port}"
        self._until_it_answers()
        options = {"binary": str(browser), "args": ["--automation"]}
        made = self.send("POST", "/session", capabilities={"alwaysMatch": {"webkitgtk:browserOptions": options}})
        self.at += f"/session/{made['sessionId']}"
        self.send("POST", "/timeouts", script=2 * PATIENCE, pageLoad=2 * PATIENCE)
        self.send("POST", "/window/rect", width=1280, height=960)

    def _until_it_answers(self):
        while True:
            try:
                return self.send("GET", "/status")
            except urllib.error.URLError:
                assert self.driver.poll() is None, "WebKit's driver has ended"
                time.sleep(0.1)

    def send(self, method, path, **parameters):
        content = json.dumps(parameters).encode() if method == "POST" else None
        asked = urllib.request.Request(self.at + path, content, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(asked, timeout=3 * PATIENCE / 1000) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from None

    def open(self, address):
        self.send("POST", "/url", url=address)

    def run(self, expression):
        """The value of an expression in the page, which may be a promise; as JSON."""
        source = f"return (async () => JSON.stringify(await ({expression})) ?? 'null')()"
        return json.loads(self.send("POST", "/execute/sync", script=source, args=[]))

    def perform(self, actions):
        self.send("POST", "/actions", actions=[actions])

    @property
    def requests(self):
        """What the page that is open has asked for."""
        return self.run("performance.getEntriesByType('resource').map(({ name }) => name)")

    def close(self):
        self.send("DELETE", "")
        for process in (self.driver, self.screen):
            process.terminate()
            process.wait(30)


def program(*names):
    """The path of the first of these programs that is there."""
    found = next(filter(None, map(shutil.which, names)), None)
    assert found, f"{names[0]} is missing: publishing/system.sh installs it"
    return found
