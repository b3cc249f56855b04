"""Take the pictures of the README and the instructors' guide: `.venv/bin/python docs/pictures.py`, after `make`."""

from playwright.sync_api import Browser, Page, sync_playwright

from course.chapter import ROOT
from publishing.output.serving import CHROMIUM_ARGUMENTS, chromium, serve

#: A mistake that many make: epsilon on the standard deviation.
WRONG = """\
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    x_hat = (x - x.mean(axis=0)) / (x.std(axis=0) + eps)
    return gamma * x_hat + beta, (x_hat, gamma, 1 / (x.std(axis=0) + eps))
"""
RIGHT = WRONG.replace("(x.std(axis=0) + eps)", "np.sqrt(x.var(axis=0) + eps)")


def main() -> None:
    """Take all pictures."""
    with serve(ROOT / "_build" / "html") as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(120_000)
        page.goto(f"{site}/book/index.html")
        take(page, "docs/start.png")
        page.goto(f"{site}/book/tradeoffs/lesson.html")
        take(page, "docs/lesson.png", "figure.picture[data-picture=tradeoffs-block]")
        exercise(page, site)
        page.goto(f"{site}/book/progress.html")
        take(page, "docs/progress.png")
        page.goto((ROOT / "_build/class/feedback/dana/transform/exercise.html").as_uri())
        take(page, "docs/feedback.png", "table.verdict")
        report(browser)
        browser.close()


def report(browser: Browser) -> None:
    """The report on the example class down to its second mistake, narrow enough to be readable on a phone."""
    for theme, name in (("light", "report.png"), ("dark", "report-dark.png")):
        page = browser.new_page(viewport={"width": 500, "height": 800}, device_scale_factor=2, color_scheme=theme)
        page.goto((ROOT / "_build/class/reports/transform.html").as_uri())
        end = page.locator("h2:has-text('Mistakes') ~ ul > li").nth(1).evaluate("e => e.getBoundingClientRect().bottom")
        clip = {"x": 0, "y": 0, "width": 500, "height": end}
        page.screenshot(path=ROOT / "book/instructors" / name, full_page=True, clip=clip)
        page.close()


def exercise(page: Page, site: str) -> None:
    """Check a right answer in the page, then a wrong one, and take a picture of the wrong one."""
    page.goto(f"{site}/book/transform/exercise.html")
    cell = page.locator('[data-cell="batchnorm_forward"]')
    for answer, message in ((RIGHT, "Your check passed"), (WRONG, "Your check did not pass yet")):
        cell.locator(".cm-content").fill(answer)
        cell.get_by_role("button", name="Check my answer").click()
        cell.get_by_text(message).wait_for()
    take(page, "docs/exercise.png", '[data-cell="batchnorm_forward"]', above=40)


def take(page: Page, name: str, element: str | None = None, above: int = 330) -> None:
    """Take a picture of the window, with an element `above` pixels below the upper edge."""
    page.wait_for_timeout(2000)
    if element:
        page.locator(element).first.evaluate(
            "(e, above) => window.scrollTo(0, e.getBoundingClientRect().top + scrollY - above)", above
        )
        page.wait_for_timeout(500)
    page.screenshot(path=ROOT / name)


if __name__ == "__main__":
    main()
