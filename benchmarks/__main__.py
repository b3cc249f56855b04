"""`python -m benchmarks`: every benchmark, or the one that is named."""

import argparse
import sys
from collections.abc import Callable

from benchmarks import grading, others, scale, search, site

# Each `main` prints what it measures; the first line of its docstring is the verb's help.
VERBS: dict[str, Callable[..., None]] = {
    "others": others.main,
    "grading": grading.main,
    "site": site.main,
    "search": search.main,
    "views": site.views,
    "scale": scale.main,
}
ASKED_FOR = ("views", "scale")  # by name alone: `site` has the sums of `views`, and `scale` fills a disk


def main(arguments: list[str] | None = None) -> int:
    """Run the named benchmark, or all. Returns 0; wrong usage exits with 2."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", help="one of them (all)")
    for name, run in VERBS.items():
        verb = verbs.add_parser(name, help=(run.__doc__ or name).splitlines()[0].rstrip("."))
        if run is scale.main:
            verb.add_argument("--hand-ins", type=int, default=scale.WRITTEN, help=f"written ({scale.WRITTEN})")
            verb.add_argument("--examined", type=int, default=scale.EXAMINED, help=f"examined ({scale.EXAMINED})")
    options = vars(parser.parse_args(arguments))
    chosen = options.pop("verb")
    for name, run in VERBS.items():
        if name == chosen or (chosen is None and name not in ASKED_FOR):
            run(**options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
