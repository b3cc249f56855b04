"""The two forms in which the site leaves this machine: the folder to publish, and one zip to read offline."""

import shutil
import tempfile
import zipfile
from pathlib import Path

from course.errors import CourseError
from publishing.assets import service_worker
from publishing.output.leaks import search
from publishing.sphinx.downloads import EARLIEST

PDF, ZIP = "batch-normalization.pdf", "batch-normalization.zip"
HOME = "book/index.html"
PACKED = {".whl", ".zip", ".woff", ".woff2", ".png", ".gz"}  # compressed already
READ_ME = """\
To read: open index.html in a browser.

To run the exercises too, the pages have to come from a web server. In this folder:

    python -m http.server --bind 127.0.0.1

and open http://127.0.0.1:8000/ in the browser. No network is needed.
"""


def offline(site: Path, target: Path) -> int:
    """Pack the site into one zip with everything in it, and return the number of files.

    Raises
    ------
    CourseError
        If there is no built site.
    """
    _built(site)
    folder = target.stem
    files = sorted(path for path in site.rglob("*") if path.is_file() and path != target)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    with zipfile.ZipFile(part, "w") as archive:
        archive.writestr(zipfile.ZipInfo(f"{folder}/READ-ME.txt", EARLIEST), READ_ME, zipfile.ZIP_DEFLATED)
        for path in files:
            entry = zipfile.ZipInfo(f"{folder}/{path.relative_to(site).as_posix()}", EARLIEST)
            method = zipfile.ZIP_STORED if path.suffix in PACKED else zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes(), method)
    part.replace(target)
    return len(files) + 1


def publish(site: Path, pdf: Path, to: Path) -> None:
    """Make the folder to publish: the site, with the PDF and the zip linked on its first page.

    Parameters
    ----------
    site, pdf : Path
        The built site and what `publishing.output.pdf` printed of it.
    to : Path
        The folder. What was published there before is replaced; a folder with other files is refused.

    Raises
    ------
    CourseError
        If something is missing, if the folder holds something else, or if an answer or a hidden test would be
        published; then the folder is as it was.
    """
    _built(site)
    if not pdf.is_file():
        raise CourseError(f"{pdf} is not there; print it first (make pdf)")
    if pdf.stat().st_mtime < (site / HOME).stat().st_mtime:
        raise CourseError(f"{pdf} is older than the site; print it again (make pdf)")
    if to.exists() and not (to.is_dir() and (not any(to.iterdir()) or (to / ".nojekyll").is_file())):
        raise CourseError(f"{to} holds something that was not published from here; name an empty or new folder")
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to.parent) as scratch:
        folder = Path(scratch) / "public"
        shutil.copytree(site, folder)
        shutil.copyfile(pdf, folder / PDF)
        (folder / ".nojekyll").touch()  # or GitHub Pages would leave out the folders with an underscore
        _link(folder, f'To print or to read without a network: <a href="../{PDF}">the course as a PDF</a>')
        service_worker.refresh(folder)
        if leaks := search(folder):
            more = f" and {len(leaks) - 1} more" if leaks[1:] else ""
            raise CourseError(f"nothing was published: {str(leaks[0]).removeprefix(f'{folder}/')}{more}")
        offline(folder, folder / ZIP)  # of what was just searched
        _link(folder, f'To have it all on your machine: <a href="../{ZIP}" download>the site as a zip</a>')
        service_worker.refresh(folder)
        if to.exists():
            shutil.rmtree(to)
        folder.rename(to)
    to.chmod(0o755)  # any server may read it


def _link(folder: Path, line: str) -> None:
    home = folder / HOME
    text = home.read_text()
    end = text.find("</h1>", text.find("<article"))  # the theme has another heading before it, for print
    if end < 0:
        raise CourseError(f"{home} has no heading to put a link below")
    home.write_text(f'{text[:end]}</h1>\n<p class="take-along">{line}.</p>{text[end + len("</h1>") :]}')


def _built(site: Path) -> None:
    if not (site / HOME).is_file():
        raise CourseError(f"{site} holds no site; build it first (make site)")
