"""`python -m grading`: grade a class, look at it, give it back."""

import argparse
import sys
from pathlib import Path

from grading.classroom import grade_class, summary
from grading.course import ROOT, slugs
from grading.errors import CourseError
from grading.mutations import false_alarms, mutations, print_mutations, print_seeds
from grading.plugin import Gradebook


def main(arguments: list[str] | None = None) -> int:
    """Run one verb.

    Returns
    -------
    int
        0 when the class is complete, 1 where somebody could not be graded or with one line on a mistake, 2 on wrong
        usage.
    """
    parser = argparse.ArgumentParser(prog="python -m grading", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    grade = verbs.add_parser("grade", help="grade what a class handed in for a chapter")
    grade.add_argument("slug", metavar="CHAPTER")
    grade.add_argument("--root", type=Path, default=ROOT / "class", help="the course's folder (class/)")
    grade.add_argument("--student", help="this one only")
    grade.add_argument("--workers", type=int, help="how many at a time (the number of cores)")
    grade.add_argument("--force", action="store_true", help="grade again what is graded and unchanged")
    grade.add_argument("--feedback", action="store_true", help="make the feedback pages too")
    table = verbs.add_parser("mutations", help="what the tests make of every misconception and right formulation")
    table.add_argument("slugs", metavar="CHAPTER", nargs="*", help="some chapters (all)")
    seeds = verbs.add_parser("seeds", help="look for false alarms over many sets of inputs")
    seeds.add_argument("slug", metavar="CHAPTER")
    seeds.add_argument("--seeds", type=int, default=1000, help="how many sets of inputs (1000)")
    seeds.add_argument("--first", type=int, default=0, help="the number of the first one (0)")
    options = parser.parse_args(arguments)
    if options.verb in ("mutations", "seeds"):
        chosen = options.slugs or slugs() if options.verb == "mutations" else [options.slug]
        if unknown := set(chosen) - set(slugs()):
            parser.error(f"no such chapter: {', '.join(sorted(unknown))}; there are {', '.join(slugs())}")
        if options.verb == "mutations":
            return 0 if print_mutations(mutations(chosen), print) else 1
        return 0 if print_seeds(false_alarms(options.slug, options.seeds, options.first), print) else 1
    try:
        results = list(grade_class(options.root, options.slug, options.student, options.workers, options.force))
        if options.feedback:
            Gradebook(options.root).feedback(options.slug)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1
    complete = summary(results, print)
    print(f"\ngradebook: {options.root / 'gradebook.db'}")
    print(f"graded notebooks: {options.root / 'autograded'}")
    if options.feedback:
        print(f"feedback: {options.root / 'feedback'}")
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
