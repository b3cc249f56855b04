"""The course as one PDF, printed by Chromium from the built site: title, contents with page numbers, every page.

All pages are put into one document (`publishing/browser/print/pdf.js`), so that references between pages stay links,
and pages are numbered throughout. The numbers of the contents are known only once the book is printed. They are then
written into the contents, which are printed again alone and take the place of the first ones. The outline is added
last: Chromium's own would have each heading twice.
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
TIMEOUT = 300_000  # ms; the whole book is one document
#: Imports a module from its text, and calls what it exports.
BIND = """async ([source, argument]) => {
    const address = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
    return (await import(address)).default(argument);
}"""
#: Leaves the title and the contents, with the page numbers.
NUMBER = """(numbers) => {
    document.querySelectorAll(".book-page").forEach((page) => page.remove());
    for (const [id, number] of Object.entries(numbers))
        document.querySelector(`[data-page-of='${id}']`).textContent = number;
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
        from pypdf.generic import NameObject
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
        _print(page, final, config["title"])
        numbers = _page_numbers(PdfReader(final), pages)
        page.evaluate(NUMBER, numbers)
        contents = Path(scratch) / "contents.pdf"
        _print(page, contents, config["title"])
        browser.close()
        printed = PdfWriter(clone_from=final)
        before = printed.pages[: min(numbers.values()) - 1]
        after = PdfReader(contents).pages
        if [_words(page) for page in before] != [_words(page) for page in after]:
            raise CourseError("the contents moved when their page numbers were put in; print the book again")
        for old, new in zip(before, after, strict=True):
            for key in ("/Contents", "/Resources"):
                old[NameObject(key)] = new.raw_get(key).clone(printed)
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
    page.goto(f"{address}/{book['parts'][0]['pages'][0]}.html", wait_until="load")
    page.add_style_tag(path=PRINT / "pdf.css")
    return page, page.evaluate(BIND, [(PRINT / "pdf.js").read_text(), {**book, "root": f"{address}/"}])


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


def _words(page: Any) -> list[str]:
    """The words of a page of the contents, without numbers of pages."""
    return [word for word in page.extract_text().split() if not word.isdigit()]
