"""The visible check: what a learner runs in the notebook, in Colab or in the browser.

It needs NumPy alone and holds no answers, only numbers: `check.json` beside it carries, for fixed inputs,
what the reference returns and a fingerprint of what each known mistake returns. The same judges
(`close`, `same_dtype`, ...) decide in the hidden tests; there the inputs are drawn afresh for each submission.
"""

import contextlib
import importlib
import inspect
import itertools
import json
import logging
import warnings
from pathlib import Path

import numpy as np

from course.kit.diagnosis import FAILED, Evidence, Finding, Mistake, diagnose, smallest_case_last
from course.kit.play import Adapter, play
from course.kit.smallest import smallest_case
from course.kit.table import Printed, Report, Row
from course.kit.two_mistakes import matching
from course.kit.values import Problem, decode, guarded, shown

# The first plot of a session would otherwise greet a learner with a warning about fonts.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)


def standard(name, function):
    """A function of this term's as the course's pages call it, for the cells that only look."""
    return Adapter.of(function, _read_key()[name].get("term"))


def _read_key():
    """The answer key beside the check."""
    path = Path(__file__).with_name("check.json")
    if not path.is_file():
        raise FileNotFoundError(f"{path.name} should lie beside check.py: download the exercise's files again")
    return json.loads(path.read_text(encoding="utf-8"))


LATER: list = []  # the page's own way to look for the line, after the table is shown


class NotYet(AssertionError):  # noqa: N818
    """Some property does not hold yet; the table says which and why."""

    def _render_traceback_(self):
        return [str(self)]


def _names(entry):
    """What parts of a result are called, by path: as its docstring does, or as the first judge does."""
    names: dict = {}
    for step in (step for p in entry["properties"] for step in p["steps"]):
        named = step.get("judge") in ("close", "same_dtype") and "what" in step["given"]
        if named and "result" in step["actual"]:
            path, what = tuple(step["actual"]["path"]), step["given"]["what"]
            names.setdefault(path, what)
    return names | _parts(entry)


def _parts(entry):
    """What the parts of a result are called in the docstring, by path."""
    return {(k,): name for k, name in enumerate(entry["parts"])}


def evidence(entry, learner):
    """Play all properties of an exercise with the learner's function or class.

    Returns
    -------
    list of Evidence
    """
    names = _names(entry)
    found = []
    for p in entry["properties"]:
        judged = p.get("judged", False)
        wanted = () if judged else p["trace"]
        played = play(p["steps"], learner, judged, wanted, names, entry.get("parameters"))
        done = [f"{step['do']} {step['name']}" for step in p["steps"] if "do" in step]
        found.append(
            Evidence(
                label=p["label"],
                problem=played.problem,
                names=done,
                trace=played.trace,
                wanted=p["trace"],
                judged=judged,
                consequence=p.get("consequence", False),
                after=p.get("after", []),
                crash=played.crash,
                comparisons=played.comparisons,
                written=played.written,
            )
        )
    return found


def _singles(entry):
    """The known mistakes of a key."""
    return [
        Mistake((str(k),), (hint,), traces.__getitem__)
        for k, (hint, traces) in enumerate(zip(entry["hints"], entry["mistakes"], strict=True))
    ]


def _pairs(entry, properties):
    """The two mistakes that together return what the answer returns, where just one pair does."""
    reference, traces = [p["trace"] for p in entry["properties"]], [p.trace for p in properties]
    found = matching(entry["pairs"], reference, entry["mistakes"], traces)
    if len(found) != 1:
        return []
    return [Mistake(tuple(map(str, found[0])), tuple(entry["hints"][k] for k in found[0]), traces.__getitem__)]


def _smallest(name, entry, learner):
    """A finding on the smallest call whose result is wrong."""
    cases = [
        ({k: decode(v, None) for k, v in case["given"].items()}, decode(case["wanted"], None))
        for case in entry["smallest"]
    ]
    with np.errstate(all="ignore"):
        text = guarded(lambda: smallest_case(name, learner, cases, _parts(entry)), lambda _: "")
    return [Finding("example", text)] if text else []


def compare(name, learner, key):
    """The `Report` of a learner's function or class against the key of its exercise."""
    printed = Printed()
    with contextlib.redirect_stdout(printed):
        report = _compared(name, learner, key)
    report.printed = printed.text
    for finding in report.findings if printed.text else ():
        if finding.kind == "result" and "got None" in finding.text:
            finding.text += ". Your code prints something: `print` shows a value, and only `return` hands it back."
    return report


def _compared(name, learner, key):
    entry = key[name]
    term = entry.get("term", {})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DeprecationWarning)
        properties = evidence(entry, Adapter.of(learner, term))
    stubs = {p.problem.text for p in properties if not p.written}
    if stubs and not any(p.written for p in properties):
        rows = [Row("you have written it", FAILED, Problem(min(stubs)))]
        return Report(name, rows, [], 0)
    others = [n for n in key if n != name]
    found = diagnose(properties, _singles(entry), _pairs(entry, properties), others, entry["parts"])
    if found.wants_line and not found.findings:
        found.findings += _smallest(name, entry, Adapter.of(learner, term))
    found.findings += _deprecated(caught)
    rows = [Row(p.label, state, p.problem) for p, state in zip(properties, found.states, strict=True)]
    return Report(name, rows, found.findings, entry["hidden"], term.get("note", ""), found.wants_line)


def _deprecated(caught):
    """A finding for what works here and may not where it is graded; other warnings are shown as usual."""
    told = []
    for warning in caught:
        if issubclass(warning.category, DeprecationWarning):
            told.append(shown(str(warning.message), 200))
        else:
            warnings.showwarning(warning.message, warning.category, warning.filename, warning.lineno)
    end = "Newer versions of Python or NumPy may refuse this, and grading may use one."
    return [
        Finding("warning", f"NumPy {np.__version__} or Python itself warns: {text} {end}")
        for text in dict.fromkeys(told[:100])
    ]


def namespace_of(learner):
    """The globals of a function, or of a class's methods."""
    if inspect.isclass(learner):
        return next((v.__globals__ for v in vars(learner).values() if inspect.isfunction(v)), {})
    return getattr(inspect.unwrap(learner), "__globals__", {})


def line_of(name, learner, key, seconds=2.0, budget=4000):
    """What `looking` finds, at once."""
    return search_module().ended(looking(name, learner, key, seconds, budget))


def search_module():
    """The search for the line, which is loaded when it is wanted."""
    return importlib.import_module("course.kit.search" if __package__ else "check_search")


def looking(name, learner, key, seconds=2.0, budget=4000):
    """Findings that point to a line of the learner's code, where a small edit there makes the properties hold.

    Parameters
    ----------
    name : str
        The exercise.
    learner : callable
        The learner's function or class; without its source nothing is found.
    key : dict
        The answer key.
    seconds : float
        Of processor time, after which the search ends.
    budget : int
        How many edits are tried at most.

    Yields
    ------
    None
        After each edit that is tried, so that the caller can do other things between, or close the generator.

    Returns
    -------
    list of Finding
        One for each line; none where no edit makes more hold than before.
    """
    search = search_module()
    moved = _other_order(name, learner, key[name])
    if moved:
        return moved
    judged = _judge(name, learner, key)
    if judged is None:
        return []
    text, judge = judged
    found = yield from search.steps(text, learner.__name__, namespace_of(learner), judge, budget, seconds)
    if found is None:
        return []
    lines = text.splitlines()
    findings = []
    for line, group in itertools.groupby(found.places, lambda place: place.line):  # they are sorted by line
        places = list(group)
        kinds = " and at ".join(dict.fromkeys(place.kind for place in places))
        # Where an edit makes more hold and not all, its line is likely to be wrong, and its kind is a guess.
        what = f"look at {kinds}." if found.whole else "look at this line first."
        told = f"line {line}, `{shown(lines[line - 1].strip(), 80)}`: {what}"
        findings.append(Finding("line", told, line=line, edit=" and ".join(place.shown for place in places)))
    return findings


def _other_order(name, learner, entry):
    """A finding where a function has the arguments of the exercise in another order."""
    if not inspect.isfunction(learner) or entry.get("term"):
        return []
    wanted, line = entry["parameters"][name], learner.__code__.co_firstlineno
    came = [*inspect.signature(learner).parameters]
    if came == wanted or sorted(came) != sorted(wanted):
        return []
    order = ", ".join(wanted)
    told = f"line {line}, `def {name}({', '.join(came)})`: the arguments come in the order {order}."
    return [Finding("line", told, line=line, edit=f"def {name}({order}):")]


def _judge(name, learner, key):
    """The text of an answer's cell, and what says which properties another version of it has; None without a text."""
    search = search_module()
    entry, where = key[name], search.source_of(learner)
    if where is None or any(p.get("judged") for p in entry["properties"]):  # a law trains a network for each look
        return None
    names, term = _names(entry), entry.get("term", {})

    def held(p, answer):
        played = play(p["steps"], answer, False, p["trace"], names, entry.get("parameters"), brief=True)
        return 1.0 if played.problem is None else 0.9 * search.share(played.trace, p["trace"])

    answer = Adapter.of(learner, term)
    # Those that fail come first, so that most edits are judged by one property.
    properties = sorted(entry["properties"], key=lambda p: held(p, answer) == 1.0)

    def judge(function):
        yield from (held(p, Adapter.of(function, term)) for p in properties)

    return where[0], judge


def slips(name, learner, key, most=3):
    """Edits of the learner's code, each of which alone makes every property hold that the check looks at.

    Parameters
    ----------
    name, learner, key
        As for `looking`.
    most : int
        How many edits are returned at most.

    Returns
    -------
    list of list
        Of each edit the line where its statement begins, the line that is changed, what there is to look at, and the
        statement as it would be right. They do not depend on the machine's speed.
    """
    judged = _judge(name, learner, key)
    if judged is None:
        return []
    found = search_module().single(judged[0], learner.__name__, namespace_of(learner), judged[1])
    told: dict = {}
    for edit in found:
        if edit.in_one_statement:  # the first of those that come to the same
            told.setdefault((edit.statement.lineno, edit.shown), [edit.line, edit.kind])
    return [[statement, *place, text] for (statement, text), place in told.items()][:most]


def tell_line(name, learner, seconds):
    """For the grader, in the learner's process: of each line its number, what is told, how it would be right."""
    return [[f.line, f.text, f.edit] for f in line_of(name, learner, _read_key(), seconds)]


def tell_slips(name, learner):
    """For the grader, in the learner's process: what `slips` finds."""
    return slips(name, learner, _read_key())


def check(name, learner):
    """Show which properties of exercise `name` the learner's function or class has.

    Parameters
    ----------
    name : str
        The exercise's name, for example "batchnorm_forward".
    learner : callable
        Your function or class.

    Raises
    ------
    NotYet
        When some property does not hold; the table says which.
    """
    key = _read_key()
    if name not in key:
        raise KeyError(f"{name!r} is not an exercise of this notebook; it has {', '.join(key)}")
    report = compare(name, learner, key)
    if report.wants_line and not LATER:
        report.findings = smallest_case_last([*report.findings, *line_of(name, learner, key)])
    try:
        from IPython.display import display as show
    except ImportError:
        show = print  # type: ignore[assignment]
    print(report.printed, end="")
    show(report)
    if report.wants_line and LATER:
        LATER[-1](lambda: looking(name, learner, key))
    if not report.passed:
        raise NotYet(report.footer)
