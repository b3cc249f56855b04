"""Makes the outputs of a learner's cell anew, of checked parts, because a learner's process may send anything."""

from dataclasses import dataclass
from typing import Any

from course.errors import WireError
from grading.sandbox import wire
from grading.sandbox.replies import listed

MIME_TYPES = {"text/plain", "text/html", "text/latex", "text/markdown"} | {
    f"image/{kind}" for kind in ("png", "jpeg", "svg+xml")
}
MAX_OUTPUTS = 1_000  # of one cell
MAX_ERROR = 20_000  # characters of one error
#: All cells of a notebook together may print so many times as much as one cell may, because figures are large.
NOTEBOOK_OUTPUTS = 8
LEFT_OUT = "[output left out: the notebook prints too much]\n"


@dataclass(frozen=True)
class CellResult:
    """What came of one cell: its outputs, as dictionaries of nbformat 4, and whether it ran without an exception."""

    outputs: list[dict[str, Any]]
    ok: bool


def checked_outputs(parts: Any, output_bytes: int) -> list[dict[str, Any]]:
    """Return the outputs of a cell, of which `output_bytes` is the limit, each as `checked_output` returns it.

    Raises
    ------
    WireError
        One of them is no output, or they are too many or too large.
    """
    parts = listed(parts)
    if len(parts) > MAX_OUTPUTS + output_bytes // 100:
        raise WireError("too many outputs")
    outputs = [checked_output(part) for part in parts]
    if sum(map(size, outputs)) > output_bytes + 100_000:  # the words where it was cut, and errors
        raise WireError("more output than a cell may have")
    return outputs


def checked_output(part: Any) -> dict[str, Any]:
    """Return an output as nbformat has it, made of the checked parts of one that a child sent.

    Raises
    ------
    WireError
        It is no output of a known form, or a text in it is too long.
    """
    kind = part.get("output_type") if isinstance(part, dict) else None
    if kind == "stream":
        name = "stderr" if part.get("name") == "stderr" else "stdout"
        return {"output_type": kind, "name": name, "text": wire.text(part.get("text"), wire.MAX_HEADER)}
    if kind == "error":
        lines = part.get("traceback")
        if not isinstance(lines, list):
            raise WireError("an error without traceback")
        error = {"output_type": kind, "ename": wire.text(part.get("ename"), 200)}
        error |= {"evalue": wire.text(part.get("evalue"), MAX_ERROR), "traceback": []}
        room = MAX_ERROR - size(error)
        for line in lines:
            room -= len(wire.text(line, MAX_ERROR)) + 1
            if room < 0:
                raise WireError(f"an error of more than {MAX_ERROR} characters")
            error["traceback"].append(wire.text(line, MAX_ERROR))
        return error
    if kind not in ("display_data", "execute_result") or not isinstance(part.get("data"), dict):
        raise WireError("an output of no known form")
    bundle = part["data"].items()
    data = {key: wire.text(value, wire.MAX_HEADER) for key, value in bundle if key in MIME_TYPES}
    output: dict[str, Any] = {"output_type": kind, "data": data, "metadata": {}}
    if kind == "execute_result":
        count = part.get("execution_count")
        output["execution_count"] = count if type(count) is int and 0 <= count < 1 << 31 else None
    return output


def size(output: dict[str, Any]) -> int:
    """How many characters an output has, as `checked_output` returns it."""
    texts = [output.get("text", ""), output.get("evalue", ""), *output.get("traceback", [])]
    return sum(map(len, texts)) + sum(map(len, output.get("data", {}).values()))


class NotebookRoom:
    """Bounds the outputs of all cells of a notebook together; `output_bytes` is the limit of one cell."""

    def __init__(self, output_bytes: int) -> None:
        self._left = NOTEBOOK_OUTPUTS * output_bytes

    def kept(self, outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """A cell's outputs; where there is no room for them, only its last error, cut to a line."""
        taken = sum(map(size, outputs))
        if taken <= self._left:
            self._left -= taken
            return outputs
        errors = [_cut(output) for output in outputs if output["output_type"] == "error"]
        return [{"output_type": "stream", "name": "stdout", "text": LEFT_OUT}, *errors[-1:]]


def _cut(error: dict[str, Any]) -> dict[str, Any]:
    return {**error, "evalue": error["evalue"][:200], "traceback": [line[:400] for line in error["traceback"][-1:]]}
