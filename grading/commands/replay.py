"""A recorded verdict made again from its seeds, with the numbers: for a learner who asks why, and for an appeal.

The notebook is the graded one, as nbgrader keeps it; the seeds follow from it and the course's secret. So what is
shown is what was graded, in whichever process and on whichever day.
"""

import inspect
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from nbformat import NotebookNode

from course.chapter import Chapter
from course.errors import CourseError
from course.examination.examine import Outcome, run_test, seed
from course.examination.learner import Demand, InProcess, Learner, LearnerObject, Step
from course.examination.traces import same_value
from grading.commands.page import render
from grading.engine import grade as engine
from grading.engine.cache import Cache
from grading.engine.verdict import ExerciseVerdict, Verdict, heading, of_examination
from grading.gradebook.facade import Gradebook
from grading.gradebook.preprocessors import OURS
from grading.handin import submission
from grading.handin.release import given_out
from grading.sandbox.warm import Sandbox

SMALL = 40  # entries that are printed; a larger array is summarized
STEPS = 12  # calls that are shown of one property


@dataclass(frozen=True)
class Call:
    """One call as it is shown: what was given, what came, and what came from the reference."""

    name: str
    given: list[tuple[str, str]]
    came: str
    wanted: str = ""  # nothing where the two are alike


@dataclass(frozen=True)
class Property:
    """One property that does not hold."""

    label: str
    weight: float
    problem: str
    detail: str
    calls: list[Call] = field(default_factory=list)
    earlier: int = 0  # calls before these, whose results passed


@dataclass(frozen=True)
class Replay:
    """One exercise of one learner's, graded again.

    Attributes
    ----------
    verdict : ExerciseVerdict
        What came now.
    same : bool or None
        Whether it is, byte for byte, the recorded verdict; None where none is kept.
    current : bool
        Whether the tests and the reference are still those of the record.
    """

    student: str
    verdict: ExerciseVerdict
    same: bool | None
    current: bool
    code: str
    properties: list[Property]


def graded_notebook(root: Path, slug: str, student: str) -> NotebookNode:
    """The notebook of a student as it was graded last.

    Raises
    ------
    CourseError
        Where there is none, or it was refused.
    """
    path = root / "autograded" / student / slug / submission.NAME
    if slug not in {p.parent.name for p in Chapter(slug).page.parent.parent.glob("*/exercise.md")}:
        raise CourseError(f"there is no chapter {slug!r}")
    if not path.is_file():
        raise CourseError(f"{student} is not graded in {slug}: wanted {path}; python -m grading grade {slug} makes it")
    found = nbformat.read(path, as_version=4)
    refused = found.metadata.get(OURS, {}).get("refused")
    if refused:
        raise CourseError(f"{student}'s hand-in could not be read, so nothing was graded: {refused}")
    return found


def replay(root: Path, slug: str, student: str, exercise: str | None = None) -> list[Replay]:
    """Grade a graded notebook again, on the very same inputs.

    Parameters
    ----------
    root : Path
        The course's folder.
    slug, student : str
        Whose work in which chapter.
    exercise : str, optional
        This one only.

    Raises
    ------
    CourseError
        Where there is no such chapter, exercise or graded notebook.
    """
    notebook, chapter = graded_notebook(root, slug, student), Chapter(slug)
    if exercise is not None and exercise not in chapter.exercises:
        raise CourseError(f"{slug} has no exercise {exercise!r}; it has {', '.join(chapter.exercises)}")
    key, kept = engine.submission_key(engine.course_secret(root), notebook), Cache(root / "cache")
    recorded, stale = kept.standing(slug, student, key)
    if recorded is None:
        recorded, stale = kept.recorded(slug, key), kept.stale(slug, key)
    rules = Gradebook(root).rules
    found = []
    with Sandbox(files=given_out(root, slug).files) as sandbox, engine.running(notebook, key, sandbox) as session:
        for name in [exercise] if exercise else chapter.exercises:
            examination = engine.examine_in_session(slug, name, session, key, notebook)
            verdict = of_examination(examination, engine.max_points(notebook, name))
            before = recorded.exercises.get(name) if recorded else None
            found.append(
                Replay(
                    student,
                    Verdict({name: verdict}).counted(rules).exercises[name],
                    None if before is None else _bytes(before) == _bytes(verdict),
                    name not in stale,
                    next(c.source for c in notebook.cells if c.id == name),
                    [_property(chapter, o, seed(key, name, o.test.property)) for o in examination.outcomes if _lost(o)],
                )
            )
    return found


def _bytes(verdict: ExerciseVerdict) -> bytes:
    return json.dumps(asdict(verdict)).encode()


def _lost(outcome: Outcome) -> bool:
    return not outcome.holds or not outcome.counts


def _property(chapter: Chapter, o: Outcome, number: int) -> Property:
    """A failed property with the calls that it failed on, beside those of the reference."""
    calls, earlier = [], 0
    if not o.holds:
        reference = Learner(InProcess(chapter.exercises))
        run_test(o.test, reference, number)
        steps = [entry for entry in o.record if isinstance(entry, Step)]
        earlier = _passed(o.record)
        wanted = [entry for entry in reference.record if isinstance(entry, Step)]
        window = range(earlier, len(steps))[-STEPS:]
        earlier = window.start if window else len(steps)
        calls = [_call(steps[k], wanted[k] if k < len(wanted) else None, chapter.exercises) for k in window]
    problem = o.problem.text if o.problem else "holds, but counts only if the properties that it rests on hold"
    detail = o.problem.detail if o.problem else ""
    return Property(o.test.label, o.test.weight, problem, detail, calls, earlier)


def _passed(record: list[Step | Demand]) -> int:
    """How many calls were looked at and passed; none, where an object lives through all of them."""
    if any(isinstance(entry, Step) and entry.on is not None for entry in record):
        return 0
    done = passed = 0
    for entry in record:
        if isinstance(entry, Step):
            done += 1
        elif not entry.failed:
            passed = done
    # A demand that fails can be the second one on the same result.
    return min(passed, done - 1) if done else 0


def _call(step: Step, wanted: Step | None, reference: dict[str, Callable]) -> Call:
    before = iter(step.before)
    known = list(inspect.signature(reference[step.name]).parameters) if step.name in reference else []
    names = known[: len(step.args)] or [f"argument {k + 1}" for k in range(len(step.args))]
    given = [(name, shown(_as_given(v, before))) for name, v in zip(names, step.args, strict=True)]
    given += [(name, shown(_as_given(v, before))) for name, v in step.kwargs.items()]
    came = f"raised {step.raised}" if step.raised else shown(step.result)
    right = ""
    if wanted is not None and not (step.raised == wanted.raised and same_value(step.result, wanted.result)):
        right = f"raised {wanted.raised}" if wanted.raised else shown(wanted.result)
    changed = [k for k in step.changed() if wanted is None or k not in wanted.changed()]
    if changed:
        came += f"\nand the call changed array {', '.join(str(k + 1) for k in changed)} of the arguments"
    return Call(step.name, given, came, right)


def _as_given(value: Any, before: Iterator[np.ndarray]) -> Any:
    """An argument as it was at the call, whatever has been done to its arrays since."""
    if isinstance(value, np.ndarray):
        return next(before)
    if isinstance(value, (list, tuple)):
        parts = [_as_given(part, before) for part in value]
        return tuple(parts) if isinstance(value, tuple) else parts
    return value


def shown(value: Any) -> str:
    """A value in a few lines: small arrays whole, large ones by shape, range and mean."""
    if isinstance(value, np.ndarray) and value.ndim:
        head = f"{value.dtype} {value.shape}"
        if value.size <= SMALL:
            return f"{head}\n{np.array2string(value, precision=6, max_line_width=100)}"
        if value.dtype.kind not in "fiu":
            return head
        with np.errstate(all="ignore"):
            facts = f"from {value.min():.6g} to {value.max():.6g}, mean {value.mean():.6g}"
        first = np.array2string(value.reshape(-1)[:6], precision=6, max_line_width=100)
        return f"{head}, {facts}; it begins {first[:-1]} ...]"
    if isinstance(value, (np.generic, np.ndarray)):
        return f"{value.item()!r} ({value.dtype})"
    if isinstance(value, (tuple, list)):
        lines = [f"a {type(value).__name__} of {len(value)}"]
        for k, part in enumerate(value):
            lines += [f"  [{k}] {line}" if not i else f"      {line}" for i, line in enumerate(shown(part).split("\n"))]
        return "\n".join(lines)
    if isinstance(value, dict):
        return "\n".join(["a dict", *(f"  {name}: {shown(part)}" for name, part in value.items())])
    if isinstance(value, LearnerObject):
        return "an object"
    if value is None or isinstance(value, (bool, int, float, str)):
        return repr(value)
    return f"a {type(value).__name__}"


# ---- what is printed, and the page


def state(found: Replay) -> str:
    """How the verdict stands to the one on record, in a line."""
    if found.same:
        return "the verdict is the recorded one, byte for byte"
    if not found.current:
        return "the tests, the reference or the program have changed since it was recorded: regrade lists what follows"
    if found.same is None:
        return "no verdict of this notebook is kept (class/cache); this is what it gets now"
    return "the verdict differs from the recorded one: the code does not repeat itself (time, threads, random numbers)"


def lines(found: Replay) -> Iterator[str]:
    """An exercise as it is printed."""
    v = found.verdict
    yield f"{found.student}, {v.exercise}: {v.points:g} of {v.max_points:g} points; {state(found)}"
    yield from (f"  {line}" for told in _found(v) for line in told.splitlines())
    for p in found.properties:
        yield ""
        yield f"  MISS {p.label} (weight {p.weight:g})"
        yield from (f"       {line}" for told in _remarks(p) for line in told.splitlines())
        for call in p.calls:
            yield f"       {call.name}("
            for name, value in [*call.given, (") gave", call.came), ("wanted", call.wanted)]:
                if value:
                    first, *rest = value.split("\n")
                    yield f"         {name}: {first}"
                    yield from (f"           {line}" for line in rest)
    if not found.properties:
        yield "  every property holds"


def _found(verdict: ExerciseVerdict) -> Iterator[str]:
    """What the learner is told of the mistakes, with their names."""
    for f in verdict.findings:
        name = f' ("{f.mistake.replace("_", " ")}")' if f.mistake else ""
        yield f"{heading(f)} {f.text}{name}"


def _remarks(p: Property) -> Iterator[str]:
    yield p.problem
    yield from p.detail.splitlines()
    if p.earlier:
        yield f"{p.earlier} {'call' if p.earlier == 1 else 'calls'} before this passed"


def page(slug: str, replays: list[Replay]) -> str:
    """The replays of one learner as a page: no test's text is in it, and nothing that the learner wrote runs."""
    return render(
        "replay",
        title=f"{replays[0].student}, {slug}: what came and what was wanted",
        exercises=[
            {
                "name": found.verdict.exercise,
                "points": f"{found.verdict.points:g}",
                "max_points": f"{found.verdict.max_points:g}",
                "state": state(found).capitalize(),
                "findings": list(_found(found.verdict)),
                "code": found.code,
                "properties": [_on_page(p) for p in found.properties],
            }
            for found in replays
        ],
    )


def _on_page(p: Property) -> dict[str, Any]:
    calls = [(call.name, [*call.given, ("came", call.came), ("wanted", call.wanted)]) for call in p.calls]
    return {
        "label": p.label,
        "weight": f"{p.weight:g}",
        "remarks": list(_remarks(p)),
        "calls": [(name, [(heading, value) for heading, value in rows if value]) for name, rows in calls],
    }
