"""`python -m publishing notebooks`: make the notebooks from the pages."""

import argparse
import sys
from pathlib import Path

from grading.course import ROOT, slugs
from grading.errors import CourseError
from publishing.notebooks import bundle, write


def main(arguments: list[str] | None = None) -> int:
    """Run one verb; 0 when done, 1 with one line on a mistake, 2 on wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m publishing", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    notebooks = verbs.add_parser("notebooks", help="write what learners get, and nbgrader's source version")
    notebooks.add_argument("--root", type=Path, default=ROOT / "class", help="the course's folder (class/)")
    notebooks.add_argument(
        "--out", type=Path, default=ROOT / "_build" / "notebooks", help="where learners' folders go"
    )
    options = parser.parse_args(arguments)
    try:
        for slug in slugs():
            files = bundle(slug)
            write(files, options.root / "source" / slug)
            write(files, options.out / slug)
            print(f"{slug}: {', '.join(files)}")
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"learners' folders: {options.out}\nnbgrader's source:  {options.root / 'source'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
