"""The search for the line ends a candidate that takes too long, and none that waits for a processor."""

import signal
import time

from test_search import judged_by, searched

from course.kit import search
from course.kit.search import find


def test_a_candidate_that_hangs_in_one_call_is_stopped_by_the_alarm(monkeypatch):
    monkeypatch.setattr(search, "ALARM", 0.05)
    before = signal.getsignal(signal.SIGALRM)

    def wait(x):
        while x > 0:
            pass
        return x

    # With the sign lost, the function that is called never returns.
    found = searched(
        "def f(x, y):\n    return wait(-x) * y\n", "def f(x, y):\n    return -x + y\n", (1.0, 2.0), wait=wait
    )
    assert [(p.line, p.kind) for p in found.places] == [(2, search.OPERATOR)]
    assert signal.getsignal(signal.SIGALRM) == before


def test_a_candidate_that_waits_for_a_processor_has_its_time(monkeypatch):
    """Waiting is done here by sleeping: neither takes time of the processor."""
    monkeypatch.setattr(search, "ALARM", 0.05)
    judge = judged_by(lambda x: 2 * x, (1.0,), (2.0,))

    def slow(answer):
        time.sleep(0.1)
        yield from judge(answer)

    found = find("def f(x):\n    return 3 * x\n", "f", {}, slow, budget=30)
    assert [(p.line, p.kind) for p in found.places] == [(2, search.NUMBER)]


def test_a_candidate_that_only_waits_is_stopped_too(monkeypatch):
    monkeypatch.setattr(search, "ALARM", 0.05)

    def wait(x):
        time.sleep(600 * (x > 0))
        return x

    # With the sign lost, the function that is called sleeps.
    found = searched(
        "def f(x, y):\n    return wait(-x) * y\n", "def f(x, y):\n    return -x + y\n", (1.0, 2.0), wait=wait
    )
    assert [(p.line, p.kind) for p in found.places] == [(2, search.OPERATOR)]
    assert signal.getsignal(signal.SIGPROF) == signal.getsignal(signal.SIGALRM) == signal.SIG_DFL
