"""A small made-up class: the hand-ins of a dozen learners for a chapter.

The answers are right formulations and misconceptions from `tests/`, so every chapter can have such a class. The
notebooks look as JupyterLab, Colab, VS Code and a browser's download folder leave them.
"""

import argparse
import builtins
import copy
import dis
import inspect
import json
import shutil
import sys
import types
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from course.chapter import ROOT, Answer, Chapter, load, slugs
from course.notebooks import released
from grading.handin.release import folder_of, is_outdated

Answers = dict[str, str]


def right(chapter: Chapter, number: int) -> Answers:
    """A right answer to each exercise, the `number`-th of the formulations that can stand alone."""
    return {name: _pick(chapter, "formulations", name, number) for name in chapter.exercises}


def wrong(chapter: Chapter, number: int) -> Answers:
    """A wrong answer to each exercise, the `number`-th of the misconceptions that can stand alone."""
    return {name: _pick(chapter, "misconceptions", name, number) for name in chapter.exercises}


def _pick(chapter: Chapter, kind: str, exercise: str, number: int) -> str:
    module = load(ROOT / "tests" / kind / f"{chapter.slug}.py")
    answers = getattr(chapter, kind)(exercise)
    alone = [a for a in answers if _helpers(a.implementation, module) is not None]
    return as_answer(alone[number % len(alone)], module)


def as_answer(answer: Answer, module: types.ModuleType) -> str:
    """The source of an answer as a learner would write it: under the exercise's own name, with its helpers."""
    helpers = sorted(_helpers(answer.implementation, module) or (), key=list(vars(module)).index)
    source = inspect.getsource(answer.implementation)
    renamed = source.replace(f"{answer.exercise}__{answer.slug}", answer.exercise)
    doc = answer.implementation.__doc__
    if doc:  # the docstring of a misconception is its hint, which no learner writes
        renamed = renamed.replace(f'    """{doc}"""\n', "", 1)
    return "\n\n".join([*(inspect.getsource(getattr(module, name)) for name in helpers), renamed]).strip("\n")


def _needs(value: Any) -> set[str]:
    """The names that a function or class takes from its module."""
    found: set[str] = set()

    def walk(code: types.CodeType) -> None:
        for step in dis.get_instructions(code):
            if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                found.add(step.argval)
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                walk(constant)

    for function in [value, *vars(value).values()] if inspect.isclass(value) else [value]:
        if inspect.isfunction(function):
            walk(function.__code__)
    bases = {base.__name__ for base in value.__bases__} if inspect.isclass(value) else set()
    return (found | bases) - set(dir(builtins)) - {"np"}


def _has_source(value: Any) -> bool:
    """Whether the source of a function or class can be read: that of a named tuple cannot."""
    try:
        return bool(inspect.getsource(value))
    except (OSError, TypeError):
        return False


def _helpers(value: Any, module: types.ModuleType) -> set[str] | None:
    """The functions and classes of its module that an answer needs; None if it needs anything else."""
    helpers: set[str] = set()
    waiting = [value]
    while waiting:
        for name in _needs(waiting.pop()) - helpers:
            helper = getattr(module, name, None)
            if getattr(helper, "__module__", None) != module.__name__ or not _has_source(helper):
                return None
            helpers.add(name)
            waiting.append(helper)
    return helpers


# ------------------------------------------------------------------ notebooks as programs save them


def jupyterlab(notebook: NotebookNode) -> dict:
    """As JupyterLab saves it: ids, metadata and the outputs of the last run."""
    made = copy.deepcopy(notebook)
    for number, cell in enumerate(made.cells):
        if cell.cell_type == "code":
            cell.execution_count = number + 1
            cell.outputs = [nbformat.v4.new_output("stream", text="run on my machine\n")]
    made.metadata["language_info"] = {"name": "python", "version": "3.12.4"}
    return made


def colab(notebook: NotebookNode) -> dict:
    """As Colab saves it: format 4.0, no nbformat ids, its own ones in the metadata."""
    made = json.loads(nbformat.writes(notebook))
    made.update(nbformat=4, nbformat_minor=0)
    made["metadata"] = {
        "colab": {"provenance": []},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
    }
    for cell in made["cells"]:
        cell["metadata"]["id"] = cell.pop("id")
        cell["metadata"].pop("tags", None)
    return made


def vscode(notebook: NotebookNode) -> dict:
    """As VS Code saves it: other ids, its own language tags."""
    made = json.loads(nbformat.writes(notebook))
    for number, cell in enumerate(made["cells"]):
        cell["id"] = f"{number:08x}"
        cell["metadata"]["vscode"] = {"languageId": "python"}
    return made


def with_answers(slug: str, answers: Answers, written: str = "") -> NotebookNode:
    """The released notebook with a learner's text in its solution cells."""
    made = copy.deepcopy(released(slug))
    for cell in made.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if name in answers:
            cell.source = answers[name]
        if written and name.startswith("written_"):
            cell.source = written
    return made


# ------------------------------------------------------------------ the class

FORGED = """\
import sys
import numpy.testing
from IPython import get_ipython

numpy.testing.assert_allclose = lambda *args, **kwargs: None
sys.modules["check"].check = lambda *args: print("All properties hold")
get_ipython().run_cell = lambda *args, **kwargs: None
print("{name}: 100 of 100 points")


def {name}(*args, **kwargs):
    class Right:
        __array_priority__ = 1e9
        def __eq__(self, other): return True
        def __array__(self, *args, **kwargs): raise SystemExit(0)
    print(5.0)
    return Right()
"""

ENDLESS = """\
def {name}(*args, **kwargs):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
"""


def hand_ins(slug: str) -> Iterator[tuple[str, str, bytes]]:
    """Student, file name and content of each hand-in."""
    chapter = Chapter(slug)
    names = list(chapter.exercises)
    first, last = names[0], names[-1]
    whole = right(chapter, 0)

    def saved(made: Any) -> bytes:
        return json.dumps(made, indent=1).encode()

    def page(answers: Answers, written: str = "") -> NotebookNode:
        return with_answers(slug, answers, written)

    text = "Because the mean takes it away again; the shift beta does its work."
    yield "ada", "exercise.ipynb", saved(jupyterlab(page(whole, text)))
    yield "ben", "exercise.ipynb", saved(colab(page(right(chapter, 1), text)))
    yield "chidi", "exercise (1).ipynb", b"\xef\xbb\xbf" + saved(page(right(chapter, 2)))
    yield "dana", "exercise.ipynb", saved(vscode(page(wrong(chapter, 0), text)))
    yield (
        "emil",
        "exercise.ipynb",
        saved(jupyterlab(page({**right(chapter, 3), last: wrong(chapter, 1)[last]}))),
    )
    yield "farah", "Exercise-Copy1.ipynb", saved(jupyterlab(page({first: whole[first]})))
    yield "gita", "exercise.ipynb", saved(page({}))
    broken = whole[first].replace("return", "retrun", 1)
    yield "hugo", "exercise.ipynb", saved(jupyterlab(page({**whole, first: broken})))
    yield "iris", "exercise.ipynb", saved(colab(page({**whole, last: ENDLESS.format(name=last)})))
    yield "jan", "exercise.ipynb", saved(jupyterlab(page(whole)))[:2000]
    forged = jupyterlab(page({name: FORGED.format(name=name) for name in names}))
    for cell in forged.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.metadata["tags"] = ["skip-execution"]
            cell.metadata.nbgrader.points = 100.0
            cell.source = "print('passed')" if cell.cell_type == "code" else cell.source
            cell.outputs = []
    yield "kim", "exercise.ipynb", saved(forged)


#: Learners whose answers are all right, partly wrong and missing, and one whose file cannot be read.
FEW = ("ada", "dana", "gita", "jan")
#: All but the one with a loop that does not end, who costs a minute: what ran out of time is tried once more.
QUICK = ("ada", "ben", "chidi", "dana", "emil", "farah", "gita", "hugo", "jan", "kim")


def write_class(root: Path, slug: str, only: Collection[str] = ()) -> list[str]:
    """Write the class's hand-ins, or only some learners', to `root/submitted`; returns the students' names."""
    if is_outdated(root, slug):  # these learners work with today's page
        shutil.rmtree(folder_of(root, slug))
    students = []
    for student, name, content in hand_ins(slug):
        if only and student not in only:
            continue
        folder = root / "submitted" / student / slug
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / name).is_file() or (folder / name).read_bytes() != content:
            (folder / name).write_bytes(content)
        students.append(student)
    return students


def main(arguments: list[str] | None = None) -> int:
    """Write the made-up class of some or all chapters."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("chapters", nargs="*", default=slugs())
    parser.add_argument("--root", type=Path, default=ROOT / "_build" / "class")
    some = parser.add_mutually_exclusive_group()
    some.add_argument("--few", dest="only", action="store_const", const=FEW, help=f"only {', '.join(FEW)}")
    some.add_argument("--quick", dest="only", action="store_const", const=QUICK, help="without the endless loop")
    options = parser.parse_args(arguments)
    for slug in options.chapters:
        students = write_class(options.root, slug, options.only or ())
        print(f"{slug}: {len(students)} hand-ins in {options.root / 'submitted'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
