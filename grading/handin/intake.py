"""Reads what a learner really sends: a clean notebook comes out, or one reason in one line.

Nothing here runs or trusts what came in. A file is looked at before it is opened, and read once, up to a limit. Only
the type, text and identity of its cells are copied out, by code that takes any bytes.
"""

import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from nbformat import NotebookNode
from nbformat.v4.convert import upgrade_cell

from course.errors import IntakeError
from grading.handin.files import read_bytes
from grading.handin.json_size import check_size
from grading.handin.pictures import kept_attachments

#: A notebook with its figures has 1 or 2 MB. Each worker holds what it reads in memory several times over.
MAX_BYTES = 20_000_000
# No honest answer comes near these limits. What is beyond them is left out, and a note says so.
MAX_CELLS = 2_000  # cells that are looked at
MAX_SOURCE = 100_000  # characters of one cell, and of all pieces of one solution together
MAX_NAME = 200  # characters of a cell's id

_SOMETHING = re.compile(rb"[^\0 \t\r\n]")
_HALF_A_CHARACTER = re.compile("[\ud800-\udfff]")
_CODECS_BY_MARK = (  # UTF-32 comes first, because its mark begins with that of UTF-16
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
)
_BINARY_LOOKS = (
    (b"PK\x03\x04", "a zip archive or an Office document"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\x7fELF", "a program"),
)
_TEXT_LOOKS = (
    (re.compile(r"<<<<<<< |.*^<<<<<<< ", re.S | re.M), "a notebook with the marks of a git conflict"),
    (re.compile(r"\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.I | re.S), "a web page"),
    (re.compile(r"\s*<"), "XML"),
    (re.compile(r"\{\\rtf"), "a word processor's text (RTF)"),
    (re.compile(r"version https://git-lfs"), "a Git LFS pointer in place of the file"),
    (
        re.compile(r"#!|# -\*-|# %%|\s*(?:import|from|def|class|print)\b|#[^\n]*\n\s*(?:import|from|def)\b"),
        "a Python script",
    ),
)
_Member = TypeVar("_Member")


# --- The bytes -----------------------------------------------------------------------------------------


def read_notebook(source: bytes | str | os.PathLike[str], max_bytes: int = MAX_BYTES) -> NotebookNode:
    """A clean notebook from any file or bytes.

    Parameters
    ----------
    source : bytes, or a path
        What was handed in. Bytes are the content of a file.
    max_bytes : int
        A longer file is refused, also where figures make it long: only who reads the whole file can tell them from
        text.

    Returns
    -------
    NotebookNode
        As `clean` returns it.

    Raises
    ------
    IntakeError
        The file can't be graded. The message is one line: what came, what was wanted, what to do.
    MachineError
        The machine failed to read the file. This is never raised for bytes.

    Notes
    -----
    The text may be UTF-8, UTF-16 or UTF-32, with or without a byte order mark; what is none of them is read as
    Latin-1, with a note. The JSON may hold NaN, control characters, and a key twice, of which the last one counts.
    """
    data = source if isinstance(source, bytes) else read_bytes(Path(source), max_bytes)
    if len(data) > max_bytes:
        raise IntakeError(
            f"the file is larger than {max_bytes / 1e6:.3g} MB; wanted a notebook without large figures: "
            "clear all outputs, save, hand it in again"
        )
    if not _SOMETHING.search(data):
        came = f"{len(data)} bytes of nothing" if data else "an empty file (0 bytes)"
        raise IntakeError(f"{came}; wanted a notebook: save it, look at the file's size, hand it in again")
    size, start = len(data), data[:16]
    text, notes = _decode(data)
    del data  # the text may take four times as much
    document = _parse(text, size, start)
    del text
    notebook = clean(document)
    notebook.metadata.batchnorm.notes[:0] = notes
    return notebook


def _decode(data: bytes) -> tuple[str, list[str]]:
    """The text of a file, and a note where its encoding is broken."""
    codec = next((codec for mark, codec in _CODECS_BY_MARK if data.startswith(mark)), None)
    if codec is None:
        codec = json.detect_encoding(data)
    try:
        return data.decode(codec).strip("\ufeff\0 \t\r\n"), []
    except UnicodeDecodeError:
        # Python's syntax and the structure of a notebook are ASCII, which Latin-1 reads alike.
        fallback = "latin-1" if codec.startswith("utf-8") else codec
        text = data.decode(fallback, errors="replace").strip("\ufeff\0 \t\r\n")
        return text, [f"the file is not valid {codec.upper()}: letters outside ASCII may be wrong"]


def _parse(text: str, size: int, start: bytes) -> Any:
    """The JSON in a text; the size and the first bytes of the file are for the reason where it is none."""
    check_size(text)
    try:
        return json.loads(text, strict=False)
    except json.JSONDecodeError as error:
        raise IntakeError(_why_not_json(text, size, start, error)) from None
    except (ValueError, RecursionError):  # a number of more than 4,300 digits
        raise IntakeError(
            "its JSON has parts that no notebook has; wanted a notebook: open it in Jupyter, save, hand it in again"
        ) from None


def _why_not_json(text: str, size: int, start: bytes, error: json.JSONDecodeError) -> str:
    """The reason for the learner where a file is no JSON: what it looks like, or where it breaks off."""
    wanted = "wanted a notebook (.ipynb): save it in Jupyter, hand that file in"
    look = _look(start, text)
    if look is not None:
        return f"the file is {look}; {wanted}"
    broken_off = error.pos >= len(text) - 1 or error.msg.startswith("Unterminated string")
    if text.startswith("{") and broken_off:
        return f"the notebook breaks off after {size} bytes; wanted the whole file: hand it in again"
    if text.startswith("{"):
        return f"the notebook's JSON is broken at line {error.lineno}, column {error.colno}; {wanted}"
    return f"the file is not JSON; {wanted}"


def _look(start: bytes, text: str) -> str | None:
    """What a file that is no JSON looks like, by its first bytes; None where these are of no known kind."""
    for signature, look in _BINARY_LOOKS:
        if start.startswith(signature):
            return look
    for pattern, look in _TEXT_LOOKS:
        if pattern.match(text[:100_000]):
            return look
    return None


# --- The notebook --------------------------------------------------------------------------------------


def clean(document: Any) -> NotebookNode:
    """Copy the cells' types, texts and names out of a submission, and nothing else.

    Parameters
    ----------
    document : any value of JSON
        A parsed notebook of format 3 to 4.5, written by Jupyter, Colab, VS Code, JupyterLite or others.

    Returns
    -------
    NotebookNode
        A notebook of format 4.5. Each cell has its `cell_type` (code, markdown or raw), its `source` (one string,
        whose lines end in a line feed, without lone surrogates; of one that is far too long a part that still is), its
        `id` where it had one (Colab and VS Code keep it in the metadata), `metadata.nbgrader.grade_id` where that is a
        string, and the pictures of its `attachments` that `pictures.kept_attachments` keeps. Ids stay as they came,
        also malformed or repeated ones: they tell from which released cell a cell comes, and `rebuild.rebuild` gives
        valid ones. `metadata.batchnorm.notes` lists what was left out, a line each.

    Raises
    ------
    IntakeError
        The value is no notebook of these formats, or has no cell.
    """
    wanted = "wanted a notebook of format 3 to 4.5: open it in Jupyter, save, hand it in again"
    if not isinstance(document, Mapping):
        raise IntakeError(f"the file is JSON but a {type(document).__name__}, not a notebook; {wanted}")
    major = document.get("nbformat")
    if isinstance(major, int) and major not in (3, 4):
        raise IntakeError(f"the notebook has format {str(major)[:9]}; {wanted}")
    raw_cells = _raw_cells(document)
    if raw_cells is None:
        raise IntakeError(f"the file is JSON without a notebook's cells; {wanted}")
    notes: list[str] = []
    cells = [_clean_cell(cell, number, notes) for number, cell in enumerate(raw_cells[:MAX_CELLS], 1)]
    kept = [cell for cell in cells if cell is not None]
    if not kept:
        raise IntakeError("the notebook has no cells; wanted your answers: save the notebook, hand it in again")
    if dropped := len(cells) - len(kept):
        notes.insert(0, f"{dropped} of {len(cells)} cells are not notebook cells and were left out")
    if len(raw_cells) > MAX_CELLS:
        notes.insert(0, f"{len(raw_cells)} cells: only the first {MAX_CELLS} count")
    metadata = {"batchnorm": {"notes": notes}}
    return NotebookNode(nbformat=4, nbformat_minor=5, metadata=_node(metadata), cells=kept)


def _raw_cells(document: Mapping[str, Any]) -> list[Any] | None:
    """The list of cells of format 4, or of all worksheets of format 3; None where there is neither."""
    if isinstance(cells := document.get("cells"), list):
        return cells
    if not isinstance(worksheets := document.get("worksheets"), list):
        return None
    sheets = [sheet.get("cells") for sheet in worksheets if isinstance(sheet, Mapping)]
    return [cell for sheet in sheets if isinstance(sheet, list) for cell in sheet]


def _clean_cell(raw: Any, number: int, notes: list[str]) -> NotebookNode | None:
    """What is kept of one cell, the `number`-th; None where it is no cell. Pictures that are left out are noted."""
    if not isinstance(raw, Mapping):
        return None
    kind = raw.get("cell_type")
    if kind not in ("code", "markdown", "raw", "heading", "html"):
        return None
    # Format 3 keeps code in `input`. nbformat upgrades the cell, which is reduced first to what can't make it fail.
    text = _text(raw.get("source", raw.get("input")))
    level = raw.get("level")
    old = _node({"cell_type": kind, "source": text, "input": text, "outputs": [], "metadata": {}})
    old.level = level if isinstance(level, int) and 1 <= level <= 6 else 1
    new = upgrade_cell(old)
    cell = NotebookNode(cell_type=new.cell_type, metadata=NotebookNode(), source=new.source)
    if cell.cell_type == "code":
        cell.update(execution_count=None, outputs=[])
    metadata = _member(raw, "metadata", dict) or {}
    nbgrader = _member(metadata, "nbgrader", dict) or {}
    if grade_id := _member(nbgrader, "grade_id", str):
        cell.metadata.nbgrader = NotebookNode(grade_id=_clean_text(grade_id[:MAX_NAME]))
    if cell_id := _member(raw, "id", str) or _member(metadata, "id", str):
        cell.id = _clean_text(cell_id[:MAX_NAME])
    if cell.cell_type != "code" and (attached := _member(raw, "attachments", dict)):
        pictures, reasons = kept_attachments(attached, cell.source)
        notes += [f"cell {number}: {reason}" for reason in reasons]
        if pictures:
            cell.attachments = _node(pictures)
    return cell


def _node(content: dict[str, Any]) -> NotebookNode:
    """A NotebookNode whose dictionaries are such nodes too."""
    node = NotebookNode()
    node.update(content)
    return node


def _member(mapping: Mapping[str, Any], key: str, kind: type[_Member]) -> _Member | None:
    """The value of a key where it is of this type, else None."""
    value = mapping.get(key)
    return value if isinstance(value, kind) else None


def _text(source: Any) -> str:
    """The text of a cell's `source`, which is a string or a list of lines; anything else counts as no text."""
    lines: Iterable[Any] = source if isinstance(source, list) else [source]
    text = "".join(line for line in lines if isinstance(line, str))
    # Two characters can become one. So of a text that is too long enough is left to see that.
    return _clean_text(text[: 2 * MAX_SOURCE + 2])


def _clean_text(text: str) -> str:
    """Text that can be written as UTF-8, with one kind of line end."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not _HALF_A_CHARACTER.search(text):
        return text
    # An escape of JSON can spell half a character (a lone surrogate), which no encoding can write.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
