"""Runs the notebooks of other courses, whose tests are ordinary cells with asserts, in the sandbox.

nbgrader itself reads their points off the outputs of the test cells. These cells run in the learner's process, so a
learner can forge a pass, as in nbgrader without us; the sandbox only sees to it that nothing else comes to harm.

What meets a limit, or meets a machine that fails, is run once more, as our own notebooks are: a whole notebook, because
its cells share one process.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from nbformat import NotebookNode

from course.errors import ChildDied, CourseError, TimeLimit, WireError
from grading.engine.alone import TURNS, Turn
from grading.engine.grade import retry_machine_failures
from grading.engine.session import met_limit, ran_out_of_memory
from grading.sandbox.child import Child
from grading.sandbox.limits import Limits
from grading.sandbox.outputs import NotebookRoom
from grading.sandbox.warm import Sandbox

#: nbgrader limits the time of each cell and not of the notebook, so the notebook gets an hour. A file travels in
#: one message.
LIMITS = Limits(notebook_seconds=3600, cpu_seconds=3600, reply_bytes=Limits.file_bytes)

# This runs before the first cell. `_put` writes a file that lies beside the notebook. `_begin` sets the variable by
# which nbgrader tells code that it grades, and has figures rendered, because people grade them.
PREPARE = """\
def _put(path, content):
    import os, pathlib
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    pathlib.Path(path).write_bytes(content.tobytes())
def _begin():
    import os
    from matplotlib_inline.config import InlineBackend
    os.environ["NBGRADER_EXECUTION"] = "autograde"
    InlineBackend.instance().figure_formats = {"png"}
    ip = get_ipython()
    for name in ("_put", "_begin"):
        ip.user_ns.pop(name)
    ip.execution_count = 1
"""


def run(
    notebook: NotebookNode, folder: Path, sandbox: Sandbox, seconds: float | None, late: Mapping[str, Any]
) -> list[str]:
    """Run all cells in order, in one process, and put their outputs into the notebook.

    Where a cell has met a limit of time or memory, all of them run once more while this process grades nothing else,
    and that counts.

    Parameters
    ----------
    notebook : NotebookNode
        Changed in place.
    folder : Path
        The notebook's folder. Its files, but for links and notebooks, are copied into the sandbox. What the cells
        write stays there.
    sandbox : Sandbox
        One that was made with `LIMITS`.
    seconds : float or None
        The limit of a cell; where it is None, `limits.cell_seconds`.
    late : mapping
        `ename`, `evalue` and `traceback` of the error for a cell that takes longer.

    Returns
    -------
    list of str
        Which cells did not come to their end, and why, a line each.

    Raises
    ------
    CourseError
        The notebook wants another language than Python, its files are too large for the sandbox, or the machine failed
        or may have failed, so that nothing is known about the learner's work.
    """
    _wants_python(notebook)

    def run_believably() -> list[str]:
        with Turn(TURNS) as turn:
            notes, met = _run_cells(notebook, folder, sandbox, seconds, late)
            if met and turn.go_alone():
                notes, met = _run_cells(notebook, folder, sandbox, seconds, late)
            turn.check_proven(met)
            return notes

    return retry_machine_failures(run_believably)


def _run_cells(
    notebook: NotebookNode, folder: Path, sandbox: Sandbox, seconds: float | None, late: Mapping[str, Any]
) -> tuple[list[str], list[bool]]:
    """Run all cells once. Return the notes, and for each limit that was met whether nobody else can be to blame."""
    notes: list[str] = []
    met: list[bool] = []
    count = 0
    room = NotebookRoom(sandbox.limits.output_bytes)
    with sandbox.start() as child:
        _prepare(child, folder, sandbox.limits)
        for place, cell in enumerate(notebook.cells, 1):
            if cell.cell_type != "code" or not cell.source.strip() or _is_skipped(cell):
                continue
            count += 1
            cell.execution_count = count
            found, note = _run_cell(child, cell.source, seconds, late, met)
            # A test cell may show its points, and these are read off its outputs.
            kept = found if cell.metadata.get("nbgrader", {}).get("grade") else room.kept(found)
            cell.outputs = [_node(output) for output in kept]
            if note:
                notes.append(f"cell {place}: {note}")
    return notes, met


def _wants_python(notebook: NotebookNode) -> None:
    kernel = notebook.metadata.get("kernelspec", {})
    language = str(kernel.get("language") or kernel.get("name") or "python")
    if not language.lower().startswith("python"):
        raise CourseError(f"the notebook wants a kernel for {language!r}, but the sandbox runs only Python")


def _is_skipped(cell: NotebookNode) -> bool:
    """Whether a cell has the tag `skip-execution` and is no test.

    A learner can set this tag, and nbgrader gives a test cell without an output its points. So tests always run.
    """
    return "skip-execution" in cell.metadata.get("tags", []) and not cell.metadata.get("nbgrader", {}).get("grade")


def _prepare(child: Child, folder: Path, limits: Limits) -> None:
    child.run_cell(PREPARE)
    left = limits.tmpfs_bytes // 2
    for path in _beside(folder):
        left -= path.stat().st_size
        if left < 0 or path.stat().st_size > limits.file_bytes:
            raise CourseError(f"the files beside the notebook in {folder} are too large for the sandbox")
        child.call("_put", str(path.relative_to(folder)), np.frombuffer(path.read_bytes(), np.uint8))
    child.call("_begin")


def _beside(folder: Path) -> Iterator[Path]:
    for here, _, names in os.walk(folder):
        for name in sorted(names):
            path = Path(here, name)
            if path.is_file() and not path.is_symlink() and path.suffix != ".ipynb":
                yield path


def _run_cell(
    child: Child, source: str, seconds: float | None, late: Mapping[str, Any], met: list[bool]
) -> tuple[list[dict[str, Any]], str]:
    """The outputs of a cell, and why it did not come to its end. A cell that failed always has an error among them."""
    try:
        result = child.run_cell(source, seconds=seconds)
    except TimeLimit as error:
        met.append(child.had_its_time)
        return [*error.outputs, {"output_type": "error", **late}], str(error)
    except (ChildDied, WireError) as error:
        if met_limit(error):
            met.append(True)
        return [_error("ProcessEnded", str(error))], str(error)
    outputs = result.outputs
    if ran_out_of_memory(outputs):
        met.append(True)
    if not result.ok and not any(output["output_type"] == "error" for output in outputs):
        outputs.append(_error("Error", "the cell failed, and the error was hidden"))
    return outputs, ""


def _error(name: str, message: str) -> dict[str, Any]:
    return {"output_type": "error", "ename": name, "evalue": message, "traceback": [f"{name}: {message}"]}


def _node(output: dict[str, Any]) -> NotebookNode:
    node = NotebookNode(output)
    for key in ("data", "metadata"):
        if key in node:
            node[key] = NotebookNode(node[key])
    return node
