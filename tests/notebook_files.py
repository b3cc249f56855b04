"""A small notebook with an answer, as plain JSON, as bytes, and as files of any name."""

import json
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

ANSWER = "def f(x):\n    return x * 2  # doppelt, ½ → ü"


def a_notebook() -> dict:
    """A notebook with an answer, figures and metadata, as plain JSON."""
    cells = [
        new_markdown_cell("# Title", id="title", attachments={"a.png": {"image/png": "AAAA"}}),
        new_code_cell(
            ANSWER,
            id="f",
            metadata={
                "nbgrader": {"grade_id": "f", "points": 100, "solution": True},
                "tags": ["skip-execution"],
            },
            outputs=[new_output("display_data", {"image/png": "iVBORw0KGgo=", "text/html": "<script>1</script>"})],
            execution_count=3,
        ),
        new_code_cell("f(2)", id="own"),
    ]
    return json.loads(
        nbformat.writes(new_notebook(cells=cells, metadata={"kernelspec": {"name": "julia", "display_name": "J"}}))
    )


def as_bytes(document: object) -> bytes:
    return json.dumps(document).encode()


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(as_bytes(a_notebook()))
