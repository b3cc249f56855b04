"""The pictures of the README: a lesson page and feedback. After `make`: `.venv/bin/python docs/pictures.py`."""

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--allow-file-access-from-files"]
SHOTS = {
    "lesson": ("_build/html/book/tradeoffs/lesson.html", "figure.moving"),
    "feedback": ("_build/class/feedback/dana/transform/exercise.html", "table.verdict"),
}


def main() -> None:
    """Take each picture around the element that matters."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        for name, (path, element) in SHOTS.items():
            page.goto((ROOT / path).as_uri())
            page.wait_for_timeout(2000)
            page.locator(element).first.evaluate(
                "e => window.scrollTo(0, e.getBoundingClientRect().top + scrollY - 330)"
            )
            page.wait_for_timeout(500)
            page.screenshot(path=ROOT / "docs" / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
