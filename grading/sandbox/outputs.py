"""Makes the outputs of a learner's cell anew, of checked parts, because a learner's process may send anything."""

from typing import Any

from course.errors import WireError
from grading.sandbox import wire

MIME_TYPES = {"text/plain", "text/html", "text/latex", "text/markdown"} | {
    f"image/{kind}" for kind in ("png", "jpeg", "svg+xml")
}
MAX_OUTPUTS = 1_000  # of one cell


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
        ename, evalue = wire.text(part.get("ename"), 200), wire.text(part.get("evalue"), 20_000)
        traceback = [wire.text(line, 20_000) for line in lines]
        return {"output_type": kind, "ename": ename, "evalue": evalue, "traceback": traceback}
    if kind not in ("display_data", "execute_result") or not isinstance(part.get("data"), dict):
        raise WireError("an output of no known form")
    bundle = part["data"].items()
    data = {key: wire.text(value, wire.MAX_HEADER) for key, value in bundle if key in MIME_TYPES}
    output: dict[str, Any] = {"output_type": kind, "data": data, "metadata": {}}
    if kind == "execute_result":
        count = part.get("execution_count")
        output["execution_count"] = count if type(count) is int and 0 <= count < 1 << 31 else None
    return output
