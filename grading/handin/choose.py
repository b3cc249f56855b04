"""Which of several notebooks in a hand-in's folder counts: one with answers before one without, then the later."""

from pathlib import Path

from nbformat import NotebookNode

from course.errors import IntakeError
from grading.handin.files import shown
from grading.handin.find import name_rank
from grading.handin.intake import MAX_BYTES, read_notebook
from grading.handin.rebuild import Rebuilt, rebuild

#: Files whose times differ by no more were copied together, and their times tell nothing.
SAME_TIME_SECONDS = 10.0


def choose(paths: list[Path], released: NotebookNode) -> tuple[Rebuilt, list[str]]:
    """Read and rebuild the notebook that counts.

    A notebook in which some answer is written counts before one without. Of those that have the released name or that
    of a copy, the later one counts; else the order of `paths` does.

    Parameters
    ----------
    paths : list of Path
        All notebooks of a hand-in, in the order of `find.candidates`. They are read until that has been 20 MB.
    released : NotebookNode
        The notebook that the class was given.

    Returns
    -------
    pair
        The rebuilt notebook; and a line that says which one it is, where more than one could be meant.

    Raises
    ------
    IntakeError
        The first can't be read, and there are no answers in another; the message is the reason.
    MachineError
        The machine failed to read a file, or may not.
    """
    first, *others = paths
    made: dict[Path, Rebuilt] = {}
    refused: dict[Path, IntakeError] = {}
    left = MAX_BYTES
    for path in paths:
        size = path.lstat().st_size if others else 0
        if path is first or size <= left:
            left -= size
            try:
                made[path] = rebuild(released, read_notebook(path))
            except IntakeError as error:
                refused[path] = error
    answered = [path for path in paths if path in made and made[path].written]
    if not answered and first in refused:
        raise refused[first]
    best = answered[0] if answered else first
    for path in answered:
        if _are_copies(best, path) and path.stat().st_mtime > best.stat().st_mtime + SAME_TIME_SECONDS:
            best = path
    notes = []
    if len(answered) > 1:
        rest = ", ".join(shown(path.name) for path in answered if path != best)
        notes = [f"{shown(best.name)} is graded; there are answers in {rest} too"]
    elif best != first:
        why = f"can't be read: {refused[first]}" if first in refused else "has no answers"
        notes = [f"{shown(best.name)} is graded; {shown(first.name)} {why}"]
    return made[best], notes


def _are_copies(one: Path, other: Path) -> bool:
    """Whether two notebooks of one folder both have the released name or that of a copy of it."""
    ranks = [name_rank(path.name, "") for path in (one, other)]
    return one.parent == other.parent and all(rank is not None and rank[:2] <= (0, 2) for rank in ranks)
