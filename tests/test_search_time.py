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


SIGN = "def f(x, y):\n    total = 0.0\n    for one in (x, y, x):\n        total = total - one\n    return total\n"


def added(x, y):
    return 2 * x + y


def single(judged=None):
    judged = judged or judged_by(added, (1.0, 2.0), (5.0, -1.0))
    return [(edit.line, edit.shown) for edit in search.single(SIGN, "f", {}, judged)]


def test_single_edits_are_the_same_however_slow_the_machine_is(monkeypatch):
    clock = iter(range(0, 10**9, 1000))
    monkeypatch.setattr(search.time, "process_time", lambda: next(clock))
    assert single()[0] == (4, "total = total + one")
    assert find(SIGN, "f", {}, judged_by(added, (1.0, 2.0), (5.0, -1.0))) is None  # which has its seconds


def test_single_edits_are_bounded_in_number_and_in_turns_of_loops(monkeypatch):
    asked = []

    def judge(answer):
        asked.append(answer)
        yield answer(1.0, 2.0) == "never"

    assert single(judge) == []
    in_all = len(asked)
    monkeypatch.setattr(search, "SINGLE_TURNS", 10)
    asked.clear()
    assert single(judge) == []
    assert len(asked) <= 5 < in_all
    monkeypatch.setattr(search, "SINGLE_TURNS", 1_000_000)
    monkeypatch.setattr(search, "SINGLE_EDITS", 8)
    asked.clear()
    assert single(judge) == []
    assert len(asked) == 8 < in_all


def test_edits_of_more_than_one_statement_are_told_apart():
    source = "def f(x):\n    x -= x.mean(axis=0)\n    return x.std(axis=0)\n"
    for edit in search.edits(source, "f"):
        lines = search.ast.unparse(edit.tree).splitlines()
        if edit.in_one_statement:
            assert len(lines) == 3
