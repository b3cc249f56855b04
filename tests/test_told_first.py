"""What a learner is told first, for answers that strangers wrote: the sentence on top of the table.

The answers are in `fixtures/told_first.txt`, each with what is told, in this order.
"""

import contextlib
import io
import json
import linecache
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from crashes import NUMBERS

from course.answer_keys import answer_key_bytes
from course.chapter import Chapter
from course.kit import check
from course.kit.diagnosis import heading
from course.kit.table import Printed

CASES = [
    part.partition("\n")
    for part in (Path(__file__).parent / "fixtures" / "told_first.txt").read_text().split("=== ")[1:]
]


@cache
def key(slug):
    return json.loads(answer_key_bytes(Chapter(slug)))


def answer(source, name):
    """A function or class of a cell, compiled as a notebook compiles one."""
    file = f"<ipython-input-{next(NUMBERS)}-told>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    names = {"__name__": "__main__", "np": np}
    exec(compile(source, file, "exec"), names)
    return names[name]


@pytest.mark.parametrize(("head", "_", "text"), CASES, ids=[f"{k} {case[0]}" for k, case in enumerate(CASES)])
def test_what_is_told_first(head, _, text, capsys):
    slug, name = head.split()
    source, *wanted = text.rstrip("\n").split("\n=> ")
    learner = answer(source, name)
    report = check.compare(name, learner, key(slug))
    findings = report.findings
    if report.wants_line:
        findings = [*check.line_of(name, learner, key(slug), 20.0), *findings]
    told = [f"{heading(f)} {f.text}" for f in findings] + [f"in a row: {row.text}" for row in report.rows]
    places = [next((k for k, line in enumerate(told) if line.startswith(start)), None) for start in wanted]
    assert None not in places, "\n".join(told)
    assert places == sorted(places)
    if not wanted[0].startswith("in a row"):
        assert places[0] == 0, "\n".join(told)
    assert capsys.readouterr().out == ""


def test_a_check_prints_the_first_lines_that_an_answer_prints(capsys):
    source = (
        "def batchnorm_inference(x, gamma, beta, running_mean, running_var, eps=1e-5):\n"
        "    y = gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta\n"
        "    for k in range(5):\n        print('step', k)\n    return y\n"
    )
    report = check.compare("batchnorm_inference", answer(source, "batchnorm_inference"), key("inference"))
    assert report.passed
    first, *_, last = lines = report.printed.splitlines()
    assert first == "step 0"
    assert len(lines) == Printed.LINES + 1
    properties = key("inference")["batchnorm_inference"]["properties"]
    calls = sum(step.get("do") == "call" for p in properties for step in p["steps"])
    assert last == f"[and {5 * calls - Printed.LINES} more lines while the check called your code]"
    assert capsys.readouterr().out == ""


def test_what_is_printed_stays_small_and_whole():
    kept = Printed()
    with contextlib.redirect_stdout(kept):
        print("one", end="")
    assert kept.text == "one\n"
    with contextlib.redirect_stdout(kept):
        print("x" * 10**6)
    assert len(kept.text) <= Printed.CHARACTERS + 4
    assert kept.text.endswith("xxx...\n")
    assert Printed().text == ""
    assert isinstance(kept, io.TextIOBase)
