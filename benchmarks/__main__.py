"""`python -m benchmarks`: every benchmark, or the one that is named."""

import argparse
import sys
from collections.abc import Callable

from benchmarks import grading, others, search, site

# Each `main` prints what it measures; the first line of its docstring is the verb's help.
VERBS: dict[str, Callable[[], None]] = {
    "others": others.main,
    "grading": grading.main,
    "site": site.main,
    "search": search.main,
    "views": site.views,
}


def main(arguments: list[str] | None = None) -> int:
    """Run the named benchmark, or all. Returns 0; wrong usage exits with 2."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", help="one of them (all)")
    for name, run in VERBS.items():
        verbs.add_parser(name, help=(run.__doc__ or name).splitlines()[0].rstrip("."))
    chosen = parser.parse_args(arguments).verb
    for name, run in VERBS.items():
        if name == chosen or (chosen is None and run is not site.views):  # `site` has its sums
            run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
