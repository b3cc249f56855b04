"""An exercise page in a browser, and what one does there: type, press buttons, wait for what is told."""

import json
import re

from playwright.sync_api import expect
from typing_keys import shown, type_code

FOLD = ".cm-foldPlaceholder"  # what stands for a folded docstring
LOAD = 90_000  # ms; a busy machine starts Python slowly
expect.set_options(timeout=LOAD)
KEPT = "batchnorm@/_build/html/|:"  # what the keys of the site begin with where the fixture `below` serves it

#: Without a service worker unless a test is about it: it keeps 40 MB, and what it answers no `route` sees.
OPTIONS = {"viewport": {"width": 1280, "height": 900}, "service_workers": "block"}

#: The contrast of a text with what lies behind it, as WCAG defines it.
CONTRAST = """element => {
  const paint = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const behind = [];
  for (let e = element; e; e = e.parentElement) behind.unshift(getComputedStyle(e).backgroundColor);
  const over = (colours) => {
    paint.fillStyle = "white"; paint.fillRect(0, 0, 1, 1);
    for (const colour of colours) { paint.fillStyle = colour; paint.fillRect(0, 0, 1, 1); }
    return [...paint.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => rgb.map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const [a, b] = [over(behind), over([...behind, getComputedStyle(element).color])].map(light).sort();
  return (b + 0.05) / (a + 0.05);
}"""


class Exercise:
    """An exercise page in a browser of its own that has kept nothing yet, unless told; or in one more tab of one."""

    def __init__(self, browser, below, slug, kept=None, context=None, storage=True, **options):
        self.below, self.slug, self.scripts = below, slug, options.get("java_script_enabled", True)
        self.complaints, self.foreign = [], []
        self.context = context or browser.new_context(**{**OPTIONS, **options})
        self.context.set_default_timeout(LOAD)
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self.hear)
        self.page.on("request", self.see)
        if not storage:
            self.page.add_init_script(
                "const denied = () => { throw new DOMException('denied', 'SecurityError') };"
                "Object.defineProperty(window, 'localStorage', { get: denied })"
            )
        if kept:
            texts = json.dumps(kept)
            self.page.add_init_script(
                f"if (window === top) for (const [k, v] of Object.entries({texts})) "
                "localStorage.getItem(k) ?? localStorage.setItem(k, v)"
            )
        self.open()

    def open(self):
        self.page.goto(f"{self.below}/book/{self.slug}/exercise.html")
        self.page.wait_for_load_state("networkidle")
        if self.scripts:
            self.page.mouse.move(400, 300)  # editors come with the first thing that one does
            self.page.locator(".cm-content").first.wait_for(state="attached")

    def hear(self, message):
        if message.type in {"error", "warning"} and "blocked by Playwright" not in message.text:
            self.complaints.append(f"{message.text} {message.location}")

    def see(self, request):
        if not request.url.startswith((self.below, "data:", f"blob:{self.below[:16]}")):
            self.foreign.append(request.url)

    def cell(self, name):
        return self.page.locator(f'[data-cell="{name}"]')

    def text(self, name):
        """What stands in an editor; CodeMirror draws only the lines near the screen, so that one is made high."""
        size = self.page.viewport_size
        self.page.set_viewport_size({**size, "height": 4000})
        self.cell(name).scroll_into_view_if_needed()
        self.cell(name).locator(".cm-content").wait_for(state="attached")  # after a reload it comes at the next move
        while self.cell(name).locator(FOLD).count():
            self.cell(name).locator(FOLD).first.click()
        expect(self.cell(name).locator(".cm-gap")).to_have_count(0)  # what is not drawn is a gap
        text = shown(self.cell(name))
        self.page.set_viewport_size(size)
        return text

    def type(self, name, text):
        type_code(self.cell(name).locator(".cm-content"), text)

    def press(self, name, label):
        self.cell(name).locator(".runner-buttons").get_by_role("button", name=label).click()

    def wait(self, name, status):
        """Wait for a cell's status, and give its output."""
        self.cell(name).locator(".runner-status", has_text=re.compile(status)).wait_for()
        return self.cell(name).locator(".runner-output").inner_text()

    def run(self, name, text=None, status="^Done in"):
        if text is not None:
            self.type(name, text)
        self.press(name, "Run")
        return self.wait(name, status)

    def kept(self, key):
        return self.page.evaluate("(key) => localStorage.getItem(key)", KEPT + key)

    def code(self, name):
        """What is kept of a code cell."""
        return self.kept(f"code:{self.slug}:{self.cell(name).get_attribute('data-key')}")

    def close(self):
        self.context.close()
