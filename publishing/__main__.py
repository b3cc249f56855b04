"""`python -m publishing`: make notebooks from the pages, and check that nothing secret is public."""

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from course.answer_keys import make_ahead
from course.chapter import ROOT, Chapter, slugs
from course.errors import CourseError
from course.notebooks import bundle, write
from course.scaffold import lay_out
from course.variant import NAME, term_of
from publishing import cores, prose
from publishing.assets import front_end, pyodide
from publishing.output import notebooks_branch, package_site, pdf, preview
from publishing.output.leaks import search
from publishing.sphinx import repository


def main(arguments: list[str] | None = None) -> int:
    """Run one verb; 0 when done, 1 with one line on a mistake, 2 on wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m publishing", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    notebooks = verbs.add_parser("notebooks", help="write what learners get, and nbgrader's source version")
    notebooks.add_argument("chapters", nargs="*", metavar="CHAPTER", help="these only (all)")
    notebooks.add_argument("--root", type=Path, default=ROOT / "class", help="the course's folder (class/)")
    notebooks.add_argument("--out", type=Path, default=ROOT / "_build" / "notebooks", help="where learners' folders go")
    notebooks.add_argument("--variant", type=Path, metavar="FILE", help="this term's variant (ROOT/variant.toml)")
    verbs.add_parser("keys", help="compute ahead what the visible checks and the grader look up")
    leaks = verbs.add_parser("leaks", help="search public folders for answers and hidden tests")
    leaks.add_argument("folders", nargs="+", type=Path)
    python = verbs.add_parser("pyodide", help="fetch the Python that exercise pages run in the browser")
    python.add_argument("packages", nargs="*", default=pyodide.PACKAGES, metavar="PACKAGE", help="of Pyodide's own")
    python.add_argument(
        "--to", type=Path, default=ROOT / "_build" / "vendor", metavar="DIR", help="cache (_build/vendor)"
    )
    verbs.add_parser("lint", help="check the English of the pages, and the types and style of what runs in the browser")
    english = verbs.add_parser("prose", help="check the English of the pages by the course's own rules")
    english.add_argument("pages", nargs="*", type=Path, metavar="PAGE", help="these files only (all of book/)")
    verbs.add_parser("cores", help="print how many words and minutes each lesson's core and whole page have")
    branch = verbs.add_parser("online", help="write the git branch with the notebooks that Colab and Binder open")
    branch.add_argument("--out", type=Path, default=ROOT / "_build" / "online", help="where it goes (_build/online)")
    new = verbs.add_parser("new", help="lay out the blocks of a new exercise")
    new.add_argument("exercise", nargs="?", default="", metavar="CHAPTER/NAME")
    shown = verbs.add_parser("preview", help="serve one exercise's page, and build and reload it after each save")
    shown.add_argument("exercise", nargs="?", default="", metavar="CHAPTER/NAME")
    shown.add_argument("--port", type=int, default=8001, help="of this machine (8001)")
    site = argparse.ArgumentParser(add_help=False)
    site.add_argument("--site", type=Path, default=ROOT / "_build" / "html", help="the built site (_build/html)")
    printed = ROOT / "_build" / package_site.PDF
    for verb, help_text, default in (
        ("pdf", "print the site into one PDF", printed),
        ("offline", "pack the site into one zip", ROOT / "_build" / package_site.ZIP),
        ("publish", "make the folder to publish: site, PDF, zip; refuse what would give answers away", None),
    ):
        made = verbs.add_parser(verb, help=help_text, parents=[site])
        made.add_argument("--to", type=Path, default=default, required=default is None, help=f"where ({default})")
        if verb == "publish":
            made.add_argument("--pdf", type=Path, default=printed, help=f"the printed PDF ({printed})")
    options = parser.parse_args(arguments)
    try:
        if options.verb == "keys":
            return _keys()
        if options.verb == "leaks":
            return _leaks(options.folders)
        if options.verb == "pyodide":
            _pyodide(options.to, options.packages)
        elif options.verb == "lint":
            front_end.lint(ROOT / "_build" / "vendor")
            _prose([])
        elif options.verb == "prose":
            _prose(options.pages)
        elif options.verb == "cores":
            print(cores.table())
        elif options.verb == "online":
            _online(options.out)
        elif options.verb == "pdf":
            print(f"{options.to}: {pdf.make(options.site, options.to)} pages")
        elif options.verb == "offline":
            print(f"{options.to}: {package_site.offline(options.site, options.to)} files")
        elif options.verb == "publish":
            package_site.publish(options.site, options.pdf, options.to)
            print(f"{options.to} is ready to publish; docs/publishing.md says how")
        elif options.verb == "preview":
            preview.main(options.exercise, options.port)
        elif options.verb == "new":
            for path in lay_out(options.exercise):
                print(path.relative_to(ROOT))
            print(f"now fill them in; make try EXERCISE={options.exercise} runs the contract")
        else:
            _notebooks(options.chapters or slugs(), options.root, options.out, options.variant)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _keys() -> int:
    total = sum(len(Chapter(slug).exercises) for slug in slugs())
    for _ in tqdm(make_ahead(slugs()), desc="answer keys", total=total, unit="exercise", disable=None):
        pass
    return 0


def _notebooks(chapters: list[str], root: Path, out: Path, variant: Path | None) -> None:
    if variant is not None:
        if not variant.is_file():
            raise CourseError(f"{variant} is not there; name a file that declares a variant (see course/variant.py)")
        text = variant.read_bytes()  # grading reads it there too
        root.mkdir(parents=True, exist_ok=True)
        (root / NAME).write_bytes(text)
    term = term_of(root)
    for slug in chapters:
        if slug not in slugs():
            raise CourseError(f"there is no chapter {slug!r}; there are {', '.join(slugs())}")
        files = bundle(slug, term)
        write(files, root / "source" / slug)
        write(files, out / slug)
        print(f"{slug}: {', '.join(files)}")
        for entry in term.of(slug).values():
            print(f"  {entry['note']}")
    print(f"learners' folders: {out}\nnbgrader's source:  {root / 'source'}")


def _online(out: Path) -> None:
    where = repository.configured()
    if where is None:
        raise CourseError("no address of the repository: write it into _config.yml, at course_repository")
    for slug in slugs():
        write(notebooks_branch.learner_folder(slug, where), out / slug)
    write(notebooks_branch.binder(), out / ".binder")
    print(f"{out}: push this folder as the branch {where.notebooks_branch!r} of {where.url}")


def _prose(pages: list[Path]) -> None:
    for page in pages:
        if not page.is_file():
            raise CourseError(f"{page} is not there; name a page such as book/faq.md")
    if found := prose.lint(pages or None):
        for finding in found:
            print(finding)
        raise CourseError(f'{len(found)} passages break a rule of CONTRIBUTING.md, at "English"')


def _pyodide(cache: Path, packages: list[str]) -> None:
    folder = pyodide.ensure_cached(cache, packages)
    core, extra = pyodide.sizes(folder, packages)
    count = len(list(folder.glob("*"))) - len(pyodide.CORE.files)
    print(f"Pyodide {pyodide.VERSION}: {core / 1e6:.1f} MB, and {count} package files of {extra / 1e6:.1f} MB")
    print(folder)


def _leaks(folders: list[Path]) -> int:
    for folder in folders:
        if not folder.exists():
            raise CourseError(f"{folder} is not there; name a folder or file that is or will be public")
    found = [leak for folder in folders for leak in search(folder)]
    for leak in found:
        print(leak)
    print(f"{len(found)} leaks" if found else "no leak")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
