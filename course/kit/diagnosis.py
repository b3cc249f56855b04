"""The diagnosis of a wrong answer: evidence in, findings out, the same for the visible check and for grading.

The evidence is what each property's calls returned, beside what the reference returned. A finding is something true to
tell: where the code stops, which known mistakes return just these numbers, how the numbers are related to the right
ones. Silence is better than a false word, so a mistake is named only where it agrees with the answer in everything
that it touches, and where the named mistakes explain all that is wrong.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, tee

import numpy as np

from course.kit.crash import Crash
from course.kit.explain import explained
from course.kit.relations import Comparison, is_rounded, relations
from course.kit.results import kind_of_result, lost_digits
from course.kit.values import Problem, alike, guarded, is_print

HELD, FAILED, NOT_REACHED, NOT_WRITTEN = "held", "failed", "not reached", "not written"


# By state: in text, as a sign, and in words for who does not see the sign.
MARKS = {
    HELD: ("ok", "✓", "holds"),
    FAILED: ("MISS", "✗", "does not hold"),
    NOT_REACHED: ("-", "–", "not reached"),
    NOT_WRITTEN: ("-", "–", "not written"),
}
WHY_NOT_REACHED = "not reached: what this needs does not work yet"


@dataclass
class Evidence:
    """What is known of one property.

    Attributes
    ----------
    label : str
        What the property says.
    problem : Problem or None
        Why it does not hold.
    names : list of str
        For each step what was done: "call batchnorm_forward", "get running_mean".
    trace, wanted : list
        The outcome of each step, the learner's and the reference's: a fingerprint and the changed arguments, or
        "raised Name: message". Of a judged property the one string that the judges said.
    judged, consequence : bool
        See the marks of hidden tests.
    after : list of int
        The properties on which this one rests.
    crash : Crash or None
        Where the learner's code raised, if it did.
    comparisons : list of Comparison
        The parts of results that were compared with wanted ones.
    written : bool
        Whether the code that the property needs is there at all.
    """

    label: str
    problem: Problem | None
    names: list[str]
    trace: list
    wanted: list
    judged: bool = False
    consequence: bool = False
    after: list[int] = field(default_factory=list)
    crash: Crash | None = None
    comparisons: list[Comparison] = field(default_factory=list)
    written: bool = True


@dataclass(frozen=True)
class Mistake:
    """A known mistake, or two of them in one answer: names, hints, and what it returns.

    `trace(k)` is the trace of property number `k`, of a judged property the list of what its judges may say; None
    stands for the reference's own.
    """

    names: tuple[str, ...]
    hints: tuple[str, ...]
    trace: Callable[[int], list | None]


@dataclass
class Finding:
    """One true thing to tell.

    Attributes
    ----------
    kind : str
        "crash", "mistake", "result", "relation", "line", "example" or "warning".
    text : str
        What is told.
    rows : list of int
        The properties that it explains.
    mistake : str
        The name of a known mistake; empty for other kinds.
    line : int or None
        The line of the learner's code, where one is known.
    edit : str
        How that line would be right; told only where a course's setting says so.
    """

    kind: str
    text: str
    rows: list[int] = field(default_factory=list)
    mistake: str = ""
    line: int | None = None
    edit: str = ""


HEADINGS = {
    "crash": "Your code stops here:",
    "mistake": "Looks like:",
    "line": "Look here:",
    "example": "Smallest case:",
    "warning": "Before you hand in:",
}


def heading(finding: Finding) -> str:
    """The words before a finding's text."""
    return HEADINGS.get(finding.kind, "Seen:")


def smallest_case_last(findings: list[Finding]) -> list[Finding]:
    """The findings with the smallest case last, which is for those who find nothing by the others."""
    return sorted(findings, key=lambda finding: finding.kind == "example")


@dataclass
class Diagnosis:
    """The state of each property and what was found, the most telling first."""

    states: list[str]
    findings: list[Finding]

    @property
    def wants_line(self) -> bool:
        """Whether nothing is told of the first thing that is wrong but what relation its numbers have."""
        if FAILED not in self.states:
            return False
        first = self.states.index(FAILED)
        told = [f for f in self.findings if f.kind in ("crash", "mistake", "result")]
        return not any(f.kind != "crash" or first in f.rows for f in told)


def diagnose(
    properties: list[Evidence],
    singles: list[Mistake],
    pairs: Iterable[Mistake],
    known: Sequence[str] = (),
    parts: Sequence[str] = (),
) -> Diagnosis:
    """Find out what there is to tell of an answer.

    Parameters
    ----------
    properties : list of Evidence
        All properties of an exercise.
    singles : list of Mistake
        The known mistakes, the subtle ones first.
    pairs : iterable of Mistake
        Two at a time; it is gone through only where no single one explains everything.
    known : sequence of str
        The names of the notebook's other exercises.
    parts : sequence of str
        What the parts of a result are called.
    """
    states = _states(properties)
    failed = [k for k, p in enumerate(properties) if p.problem is not None and p.written]
    if not failed:
        return Diagnosis(states, [])
    crashes = _crashes(properties, known)
    now, later = tee(pairs)
    mistakes = _mistakes(properties, singles, now)
    if any(failed[0] in crash.rows for crash in crashes):
        return Diagnosis(states, [*crashes, *mistakes])
    if mistakes:
        return Diagnosis(states, [*mistakes, *crashes])
    # What is wrong first raises nothing: it is looked at by itself, and comes before what raises later.
    calm = [_unasked(p) if p.problem and p.crash else p for p in properties]
    found = _mistakes(calm, singles, later) if crashes else []
    return Diagnosis(states, [*(found or _of_results(calm, states, parts)), *crashes])


def _unasked(p: Evidence) -> Evidence:
    """A property that says nothing for or against a mistake."""
    return replace(p, problem=None, consequence=True, comparisons=[])


def _of_results(properties: list[Evidence], states: list[str], parts: Sequence[str]) -> list[Finding]:
    """What there is to tell of results where no mistake is known: their kind, or what relation their numbers have."""
    failed = [k for k, p in enumerate(properties) if p.problem is not None and p.written]
    if not failed:
        return []
    kind = kind_of_result(properties, failed, parts) or lost_digits(properties, failed)
    if kind:
        return [Finding("result", text, failed) for text in kind]
    seen = [p.comparisons if state in (HELD, FAILED) else [] for p, state in zip(properties, states, strict=True)]
    found = guarded(lambda: relations(seen), lambda _: [])  # whatever kind of array came
    return [Finding("relation", text, rows) for text, rows in found]


# ------------------------------------------------------------------ states and crashes


def _states(properties: list[Evidence]) -> list[str]:
    states = []
    seen: set[tuple] = set()
    for p in properties:
        place = p.crash and (p.crash.name, p.crash.line, p.crash.text)
        if p.problem is None:
            states.append(HELD)
        elif not p.written:
            states.append(NOT_WRITTEN)
        else:
            # Of a crash that ends every property the first row tells; the others have not been tested at all.
            states.append(NOT_REACHED if place in seen else FAILED)
        if place:
            seen.add(place)
    for k, p in enumerate(properties):
        if states[k] == FAILED and not _is_fresh(p) and any(states[j] in (FAILED, NOT_REACHED) for j in p.after):
            states[k] = NOT_REACHED
    return states


def _is_fresh(p: Evidence) -> bool:
    """Whether a property looks at a new object alone: what its methods do wrong is no reason why it fails."""
    kinds = {name.split()[0] for name in p.names}
    return "get" in kinds and kinds <= {"call", "get"}


def _crashes(properties: list[Evidence], known) -> list[Finding]:
    """A finding for each place where the code raised, the first place first."""
    found: dict[tuple, Finding] = {}
    for k, p in enumerate(properties):
        if p.crash is None or p.problem is None or not p.written:
            continue
        if any(properties[j].problem is not None for j in p.after):  # it may follow from what fails there
            continue
        place = p.crash.name, p.crash.line, p.crash.text
        if place not in found:
            line = p.crash.line if p.crash.caller is None else p.crash.caller
            found[place] = Finding("crash", explained(p.crash, known=known), line=line)
        found[place].rows.append(k)
    return list(found.values())


def _lacks_digits(p: Evidence) -> bool:
    """Whether plain numbers are wrong in their last digits alone."""
    wrong = [c for c in p.comparisons if not c.holds and type(c.actual) in (float, np.float64, np.ndarray)]
    return any(map(is_rounded, wrong))


# ------------------------------------------------------------------ known mistakes


def leaves(trace: list) -> dict[tuple, object]:
    """The parts of a trace by place: number of the step, then the path of the part in its result.

    What a step raised, and which arguments it changed, are parts too.
    """
    found: dict[tuple, object] = {}
    for step, outcome in enumerate(trace):
        if isinstance(outcome, str):
            found[step, "raised"] = outcome
            continue
        print_, changed = outcome
        found[step, "changed"] = list(changed)
        _add_leaves(found, (step,), print_)
    return found


def _add_leaves(found: dict, place: tuple, print_) -> None:
    if isinstance(print_, str) or is_print(print_):
        found[place] = print_
        return
    found[(*place, "parts")] = len(print_)
    for k, part in enumerate(print_):
        _add_leaves(found, (*place, k), part)


def same_leaf(a, b) -> bool:
    """Whether two parts of traces are the same. "raised Name" alone is known only to have failed by that name."""
    if isinstance(a, str) and isinstance(b, str) and a.startswith("raised ") and b.startswith("raised "):
        return a == b or a == b.split(":")[0] or b == a.split(":")[0]
    return alike(a, b)


def same_trace(a: list, b: list) -> bool:
    """Whether two traces are of the same results."""
    one, other = leaves(a), leaves(b)
    return one.keys() == other.keys() and all(same_leaf(leaf, other[place]) for place, leaf in one.items())


class _Row:
    """One property while mistakes are compared with it: the places where the learner's trace is not the reference's."""

    def __init__(self, p: Evidence):
        self.evidence = p
        if p.judged:
            self.mine, self.wanted = {("judged",): p.trace[0]}, {("judged",): "holds"}
        else:
            self.mine, self.wanted = leaves(p.trace), _upto(leaves(p.wanted), len(p.trace))
        self.wrong = {place for place in self.mine.keys() | self.wanted.keys() if not self._same(self.mine, place)}

    def _same(self, other: dict, place: tuple) -> bool:
        return place in other and place in self.wanted and same_leaf(other[place], self.wanted[place])

    def kind(self, place: tuple) -> tuple:
        """What a place is a part of, whatever the step: the function or method and the path."""
        if self.evidence.judged:
            return "judged", self.evidence.label
        return self.evidence.names[place[0]], *place[1:]

    def of(self, mistake: Mistake, k: int) -> tuple[dict, set]:
        """The parts that a mistake returns here, and the places where they are not the reference's."""
        trace = mistake.trace(k)
        if trace is None:
            return self.wanted, set()
        if self.evidence.judged:
            said = self.mine[("judged",)]
            verdict = said if said in trace else trace[0]
            return {("judged",): verdict}, set() if verdict == "holds" else {("judged",)}
        its = _upto(leaves(trace), len(self.evidence.trace))
        return its, {place for place in its.keys() | self.wanted.keys() if not self._same(its, place)}


def _upto(found: dict, steps: int) -> dict:
    """The parts of the first steps: a hidden test goes no further than its first demand that fails."""
    return {place: leaf for place, leaf in found.items() if place[0] < steps}


def _mistakes(properties: list[Evidence], singles: list[Mistake], pairs: Iterable[Mistake]) -> list[Finding]:
    rows = {k: _Row(p) for k, p in enumerate(properties) if not p.consequence and p.written}
    failing = sorted((k for k in rows if properties[k].problem is not None), key=lambda k: len(properties[k].trace))
    if not failing:
        return []
    # Where the numbers are right, it is another fault, unless they are right but for digits that no trace tells.
    if not any(row.wrong for row in rows.values()) and not any(_lacks_digits(properties[k]) for k in failing):
        return []
    order = [*failing, *(k for k in rows if k not in failing)]
    found = (m for m in singles if _explains_all(m, rows, order))
    whole = next(found, None)
    # Where all traces are the reference's, a mistake that these inputs do not show has the same ones.
    if not any(row.wrong for row in rows.values()) and next(found, None) is not None:
        return []
    # Two mistakes that crash with the same message as the answer prove nothing: numbers have to agree.
    places = [at for row in rows.values() for at in row.wrong if at in row.mine and "raised" not in at]
    minds = any(p.problem is not None and "was changed by" in p.problem.text for p in properties)
    if whole is None and not minds and any("changed" not in at for at in places):
        # What an answer did to the last bits of its arguments is no part of a mistake where no property minds.
        whole = next((m for m in singles if _explains_all(m, rows, order, more_changed=True)), None)
    # Where the rest raises, a single number may agree by chance.
    crashed = any("raised" in at for row in rows.values() for at in row.wrong if at in row.mine)
    if whole is None and len(places) > crashed:
        both = [m for m in pairs if _explains_all(m, rows, order)]
        whole = both[0] if len(both) == 1 else None  # which of several pairs it is nobody knows
    chosen = [whole] if whole is not None else _two_apart(singles, rows, order)
    failed = [k for k, p in enumerate(properties) if p.problem is not None and p.written]
    return [
        Finding("mistake", hint, failed if whole is not None else [k for k in failed if k in touched], name)
        for m in chosen
        for touched in [_touched(m, rows)]
        for name, hint in zip(m.names, m.hints, strict=True)
    ]


def _explains_all(mistake: Mistake, rows: dict[int, _Row], order: list[int], more_changed: bool = False) -> bool:
    """Whether a mistake returns what the answer returns, which may change more arguments where `more_changed`."""

    def agree(at: tuple, mine, its) -> bool:
        return set(its) <= set(mine) if more_changed and "changed" in at else same_leaf(its, mine)

    for k in order:
        its, mine = rows[k].of(mistake, k)[0], rows[k].mine
        if its.keys() != mine.keys() or not all(agree(at, leaf, its[at]) for at, leaf in mine.items()):
            return False
    return True


def _touched(mistake: Mistake, rows: dict[int, _Row]) -> set[int]:
    return {k for k, row in rows.items() if row.of(mistake, k)[1]}


def _two_apart(singles: list[Mistake], rows: dict[int, _Row], order: list[int]) -> list[Mistake]:
    """Two mistakes in different parts of the results that explain together all that is wrong; or none."""
    wrong = {(k, place) for k, row in rows.items() for place in row.wrong}
    found: list[tuple[Mistake, set]] = []
    for mistake in singles:
        places = _agreed_places(mistake, rows, order)
        if places:
            found.append((mistake, places))
    ways = [[a, b] for (a, here), (b, there) in combinations(found, 2) if here | there == wrong and not here & there]
    # Where several ways explain it, what all of them have in common is known, and no more.
    return [mistake for mistake in (ways[0] if ways else []) if all(mistake in way for way in ways)]


def _agreed_places(mistake: Mistake, rows: dict[int, _Row], order: list[int]) -> set[tuple]:
    """The places that a mistake explains; none unless the answer agrees with it wherever its kinds of parts stand."""

    def agree(row: _Row, its: dict, place: tuple) -> bool:
        return place in its and place in row.mine and same_leaf(its[place], row.mine[place])

    traces = {}
    for k in order:
        its, places = rows[k].of(mistake, k)
        if not all(place in rows[k].wrong and agree(rows[k], its, place) for place in places):
            return set()
        traces[k] = its, places
    kinds = {rows[k].kind(place) for k, (_, places) in traces.items() for place in places}
    for k, (its, _) in traces.items():
        row = rows[k]
        if not all(agree(row, its, place) for place in row.mine.keys() | its.keys() if row.kind(place) in kinds):
            return set()
    return {(k, place) for k, (_, places) in traces.items() for place in places}
