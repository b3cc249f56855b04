"""The course as one PDF, printed by Chromium from the built site: title, contents with page numbers, every page.

All pages are put into one document (`publishing/browser/print/pdf.js`), so that references between pages stay links,
fonts are embedded once, and pages are numbered throughout. The document is printed until the page numbers in the
contents are those of the pages: they are known only after the first time, and on a busy machine pages have moved
between two printings. The outline is added afterwards: Chromium's own would have each heading twice.
"""

import logging
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from course.chapter import ROOT
from course.errors import CourseError
from publishing.output.serving import CHROMIUM_ARGUMENTS, chromium, serve

PRINT = Path(__file__).parents[1] / "browser" / "print"
LEFT_OUT = {"book/progress"}  # it shows what one reader's browser keeps
PRINTINGS = 5
TIMEOUT = 300_000  # ms; the whole book is one document
#: Imports a module from its text, and calls what it exports.
BIND = """async ([source, argument]) => {
    const address = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
    return (await import(address)).default(argument);
}"""
FOOTER = """<div style="font: 8pt sans-serif; color: #555; width: 100%; margin: 0 18mm; display: flex;
justify-content: space-between"><span>{title}</span><span class="pageNumber"></span></div>"""


class Part(NamedTuple):
    """A part of the contents and its pages, by name."""

    caption: str
    pages: list[str]


def parts(root: Path = ROOT) -> list[Part]:
    """The parts of the book, in the order of `_toc.yml`, without the pages that are left out."""
    toc = yaml.safe_load((root / "_toc.yml").read_text())
    rest = [Part(part["caption"], [chapter["file"] for chapter in part["chapters"]]) for part in toc["parts"]]
    listed = [Part("", [toc["root"]]), *rest]
    kept = [Part(caption, [page for page in pages if page not in LEFT_OUT]) for caption, pages in listed]
    return [part for part in kept if part.pages]


def make(site: Path, target: Path) -> int:
    """Print the site into one PDF, and return its number of pages.

    Parameters
    ----------
    site : Path
        The built site, `_build/html`.
    target : Path
        The file; it appears only once it is complete.

    Raises
    ------
    CourseError
        If the site, one of its pages, Chromium or Playwright is missing.
    """
    try:
        from playwright.sync_api import sync_playwright
        from pypdf import PdfReader, PdfWriter
    except ImportError as error:
        raise CourseError(f"{error.name} is needed to print the PDF; `make setup` installs it") from None
    logging.getLogger("pypdf").setLevel(logging.ERROR)  # it warns that Chromium counts its objects wrong
    book = parts()
    for name in (name for part in book for name in part.pages):
        if not (site / f"{name}.html").is_file():
            raise CourseError(f"{site / name}.html is not there; build the site first (make site)")
    config = yaml.safe_load((ROOT / "_config.yml").read_text())
    argument = {
        "title": config["title"],
        "subtitle": f"A course to read, run and be graded in\n\nBy {config['author']}, {config['copyright']}\n"
        "Text: CC BY 4.0, code: MIT",
        "parts": [part._asdict() for part in book],
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        sync_playwright() as driver,
        serve(site) as address,
        tempfile.TemporaryDirectory(dir=target.parent) as scratch,
    ):
        browser = driver.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGUMENTS)
        page, pages = bind(
            browser.new_context(color_scheme="light", viewport={"width": 720, "height": 1000}), address, argument
        )
        final = Path(scratch) / "final.pdf"
        numbers: dict[str, int] = {}
        for _ in range(PRINTINGS):
            _print(page, final, config["title"])
            found = _page_numbers(PdfReader(final), pages)
            if found == numbers:
                break
            numbers = found
            page.evaluate(
                "(numbers) => { for (const [id, number] of Object.entries(numbers))"
                " document.querySelector(`[data-page-of='${id}']`).textContent = number; }",
                numbers,
            )
        else:
            raise CourseError(f"the page numbers still moved when the book was printed for the {PRINTINGS}th time")
        browser.close()
        printed = PdfWriter(clone_from=final)
        printed.add_outline_item(title="Contents", page_number=1)
        titles = iter(pages)
        for part in book:
            above = None
            for entry in (next(titles) for _ in part.pages):
                start = numbers[entry["id"]] - 1
                if part.caption and above is None:
                    above = printed.add_outline_item(title=part.caption, page_number=start)
                printed.add_outline_item(title=entry["title"], page_number=start, parent=above)
        printed.write(final)
        count = len(printed.pages)
        final.replace(target)
    return count


def bind(context: Any, address: str, book: dict[str, Any]) -> tuple[Any, list[dict[str, str]]]:
    """A browser's page that holds all pages of the book, ready to be printed, and their ids and titles in order."""
    page = context.new_page()
    page.set_default_timeout(TIMEOUT)
    page.route("**/typefaces/*.css*", _waited_for)
    page.goto(f"{address}/{book['parts'][0]['pages'][0]}.html", wait_until="load")
    page.add_style_tag(path=PRINT / "pdf.css")
    return page, page.evaluate(BIND, [(PRINT / "pdf.js").read_text(), {**book, "root": f"{address}/"}])


def _waited_for(route: Any) -> None:
    """Have the browser wait for typefaces: on a screen a late one is left out, and the lines of a book would move."""
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.text().replace("font-display:optional", "font-display:block"))


def _print(page: Any, target: Path, title: str) -> None:
    page.pdf(
        path=target,
        format="A4",
        margin={"top": "18mm", "bottom": "20mm", "left": "18mm", "right": "18mm"},
        display_header_footer=True,
        header_template="<span></span>",
        footer_template=FOOTER.format(title=title),
        print_background=True,
        tagged=True,  # so that screen readers know headings as headings
    )


def _page_numbers(printed: Any, pages: list[dict[str, str]]) -> dict[str, int]:
    """The page, counted from 1, on which each of the book's pages begins."""
    places = printed.named_destinations
    return {page["id"]: printed.get_destination_page_number(places["/" + page["id"]]) + 1 for page in pages}
