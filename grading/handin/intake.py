"""Reads what a learner really sends: a clean notebook comes out, or one reason in one line.

Nothing here runs or trusts what came in. A file is looked at before it is opened, and read once, up to a limit. Only
the type, text and identity of its cells are copied out, by code that takes any bytes.
"""

import json
import os
import re
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from nbformat import NotebookNode
from nbformat.v4.convert import upgrade_cell

from course.errors import IntakeError
from grading.handin.files import kind_of, reasons_for_errors, shown

#: A notebook with its figures has 1 or 2 MB. Each worker holds what it reads in memory several times over.
MAX_BYTES = 20_000_000
#: The JSON of a notebook is about ten levels deep, that of an interactive figure in its outputs somewhat more.
MAX_DEPTH = 200
#: The most lists and objects that are parsed: an empty one has two bytes in the file and about a hundred in memory.
MAX_LISTS = 1_000_000

_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.S)
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}
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
        re.compile(r"#!|# -\*-|# %%|\s*(?:import|from|def|class|print)\b|#.*\n+\s*(?:import|from|def)\b"),
        "a Python script",
    ),
)
_Member = TypeVar("_Member")


# --- The file ------------------------------------------------------------------------------------------


def _read_file(path: Path, max_bytes: int) -> bytes:
    """The bytes of an ordinary file, at most one more than `max_bytes`; nothing else is opened."""
    wanted = "hand the notebook itself in"
    with reasons_for_errors(path):
        if not stat.S_ISREG(path.lstat().st_mode):
            raise IntakeError(f"{shown(path.name)} is {kind_of(path)}, not a file; {wanted}")
        # The file may have been exchanged since it was looked at. So no link is followed, no pipe is waited for, and
        # what was opened is looked at again.
        flags = os.O_RDONLY
        for flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"):
            flags |= getattr(os, flag, 0)
        with open(os.open(path, flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise IntakeError(f"{shown(path.name)} is not a file; {wanted}")
            return file.read(max_bytes + 1)


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
    data = source if isinstance(source, bytes) else _read_file(Path(source), max_bytes)
    if len(data) > max_bytes:
        raise IntakeError(
            f"the file is larger than {max_bytes / 1e6:.3g} MB; wanted a notebook without large figures: "
            "clear all outputs, save, hand it in again"
        )
    if not data.strip(b"\0 \t\r\n"):
        came = f"{len(data)} bytes of nothing" if data else "an empty file (0 bytes)"
        raise IntakeError(f"{came}; wanted a notebook: save it, look at the file's size, hand it in again")
    text, notes = _decode(data)
    notebook = clean(_parse(data, text))
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


def _parse(data: bytes, text: str) -> Any:
    """The JSON in a text; `data`, the bytes of it, are for the reason where it is none."""
    _check_nesting(text)
    try:
        return json.loads(text, strict=False)
    except json.JSONDecodeError as error:
        raise IntakeError(_why_not_json(data, text, error)) from None
    except (ValueError, RecursionError):  # a number of more than 4,300 digits
        raise IntakeError(
            "its JSON holds what no notebook holds; wanted a notebook: open it in Jupyter, save, hand it in again"
        ) from None


def _check_nesting(text: str) -> None:
    """Refuse a text whose brackets (outside of strings) would cost the parser its stack or all memory."""
    depth = lists = 0
    cure = "wanted a notebook: clear all outputs, save, hand it in again"
    for token in _STRING_OR_BRACKET.finditer(text):
        step = _STEP.get(token[0][0], 0)
        depth += step
        lists += step > 0
        if depth > MAX_DEPTH:
            raise IntakeError(f"its JSON is more than {MAX_DEPTH} levels deep; {cure}")
        if lists > MAX_LISTS:
            raise IntakeError(f"its JSON has more than {MAX_LISTS} lists and objects; {cure}")


def _why_not_json(data: bytes, text: str, error: json.JSONDecodeError) -> str:
    """The reason for the learner where a file is no JSON: what it looks like, or where it breaks off."""
    wanted = "wanted a notebook (.ipynb): save it in Jupyter, hand that file in"
    look = _look(data, text)
    if look is not None:
        return f"the file is {look}; {wanted}"
    broken_off = error.pos >= len(text) - 1 or error.msg.startswith("Unterminated string")
    if text.startswith("{") and broken_off:
        return f"the notebook breaks off after {len(data)} bytes; wanted the whole file: hand it in again"
    if text.startswith("{"):
        return f"the notebook's JSON is broken at line {error.lineno}, column {error.colno}; {wanted}"
    return f"the file is not JSON; {wanted}"


def _look(data: bytes, text: str) -> str | None:
    """What a file that is no JSON looks like, by its first bytes; None where these are of no known kind."""
    for start, look in _BINARY_LOOKS:
        if data.startswith(start):
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
        whose lines end in a line feed, without lone surrogates), its `id` where it had one (Colab and VS Code keep it
        in the metadata) and `metadata.nbgrader.grade_id` where that is a string. Ids stay as they came, also malformed
        or repeated ones: they tell from which released cell a cell comes, and `rebuild.rebuild` gives valid ones.
        `metadata.batchnorm.notes` lists what was left out, a line each.

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
    cells = [_clean_cell(cell) for cell in raw_cells]
    kept = [cell for cell in cells if cell is not None]
    if not kept:
        raise IntakeError("the notebook has no cells; wanted your answers: save the notebook, hand it in again")
    notes = []
    if dropped := len(cells) - len(kept):
        notes.append(f"{dropped} of {len(cells)} cells are no notebook cells and were left out")
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


def _clean_cell(raw: Any) -> NotebookNode | None:
    """What is kept of one cell; None where it is no cell."""
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
        cell.metadata.nbgrader = NotebookNode(grade_id=_clean_text(grade_id))
    if cell_id := _member(raw, "id", str) or _member(metadata, "id", str):
        cell.id = _clean_text(cell_id)
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
    if isinstance(source, str):
        return _clean_text(source)
    lines: Iterable[Any] = source if isinstance(source, list) else ()
    return _clean_text("".join(line for line in lines if isinstance(line, str)))


def _clean_text(text: str) -> str:
    """Text that can be written as UTF-8, with one kind of line end."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    # An escape of JSON can spell half a character (a lone surrogate), which no encoding can write.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
