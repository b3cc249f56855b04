"""The hidden tests of one answer without a diagnosis, which would run each wrong answer of the exercise."""

from course.chapter import Chapter
from course.examination.examine import PUBLIC_SEED, Outcome, run_test
from course.examination.learner import InProcess, Learner


def outcomes(slug, exercise, implementation, seed=1):
    """The results of all hidden tests, and which of them count."""
    chapter, found = Chapter(slug), []
    for test in chapter.hidden_tests(exercise):
        seeded = seed if seed == PUBLIC_SEED else 1000 * seed + sum(map(ord, test.property))
        found.append(run_test(test, Learner(InProcess({exercise: implementation})), seeded))
    held = {o.test.property for o in found if o.holds}
    for o in found:
        o.counts = held.issuperset(o.test.after)
    return found


def counting(found: list[Outcome]) -> list[str]:
    """The properties that give points."""
    return [o.test.property for o in found if o.holds and o.counts]
