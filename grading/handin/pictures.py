"""The pictures of a learner's answers: pasted into a cell, or files beside the notebook to which a text refers.

Both end as attachments of their cell, so that a page shows them without asking anybody for a file. Pictures of kinds
that can run no script are taken along, up to the limits below. SVG is not among them.
"""

import base64
import binascii
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from nbformat import NotebookNode

from course.errors import CourseError
from grading.handin.files import read_bytes, shown
from grading.handin.find import walk

MAX_PICTURES = 20  # of one hand-in
MAX_PICTURE_BYTES = 5_000_000
MAX_TOTAL_BYTES = 10_000_000  # of all pictures of one hand-in; a page holds them as text, which is a third longer
ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".webp")

_KINDS = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF.{4}WEBP", re.S), "image/webp"),
)
_TARGET = re.compile(r"\]\( ?<?([^)\s>]{1,300})")
_ATTACHED = re.compile(r"\( ?<?attachment:([^)\s>]{1,300})")
_REACH = 300  # characters of a picture's description, which stands before its target


def is_picture(name: str) -> bool:
    """Whether a file's name is that of a picture that may be taken along."""
    return name.lower().endswith(ENDINGS)


def _kind(data: bytes) -> str | None:
    """The MIME type of a picture by its first bytes, whatever it is called; None where it is none that is kept."""
    return next((kind for start, kind in _KINDS if start.match(data)), None)


def kept_attachments(attached: dict[str, Any], text: str) -> tuple[dict[str, dict[str, str]], list[str]]:
    """The pictures among a submitted cell's attachments, and why others are left out, a line each.

    Parameters
    ----------
    attached : dict
        Any JSON. In a notebook of format 4: by name an object with base64 by MIME type.
    text : str
        The cell's text. A picture to which it does not refer is left out without a word.

    Returns
    -------
    pair
        Attachments of format 4, with base64 in its canonical form under the MIME type of the bytes themselves; and the
        reasons.
    """
    kept: dict[str, dict[str, str]] = {}
    reasons: list[str] = []
    for name in dict.fromkeys(_ATTACHED.findall(text)):
        forms = attached.get(name, attached.get(unquote(name)))
        if forms is None:
            continue
        if len(kept) + len(reasons) == MAX_PICTURES:
            reasons.append(f"more than {MAX_PICTURES} pictures; the others are left out")
            break
        try:
            data = _decoded(forms)
            kept[name] = {_checked(data): base64.b64encode(data).decode()}
        except CourseError as error:
            reasons.append(f"the picture {shown(name)} is left out: it {error}")
    return kept, reasons


def _decoded(forms: Any) -> bytes:
    """The bytes of an attachment, in the first form that is text."""
    for text in forms.values() if isinstance(forms, dict) else ():
        text = "".join(part for part in text if isinstance(part, str)) if isinstance(text, list) else text
        if isinstance(text, str):
            if len(text) > 2 * MAX_PICTURE_BYTES:
                raise CourseError(f"is larger than {MAX_PICTURE_BYTES / 1e6:.3g} MB")
            try:
                return base64.b64decode(text.encode("ascii", "ignore"))
            except binascii.Error:
                break
    raise CourseError("can't be read")


def _checked(data: bytes) -> str:
    """The MIME type of a picture.

    Raises
    ------
    CourseError
        The picture is too large or of another kind; the message goes on after "it".
    """
    if len(data) > MAX_PICTURE_BYTES:
        raise CourseError(f"is larger than {MAX_PICTURE_BYTES / 1e6:.3g} MB")
    kind = _kind(data)
    if kind is None:
        raise CourseError("is not a PNG, JPEG, GIF or WebP")
    return kind


def take_along(notebook: NotebookNode, folder: Path) -> list[str]:
    """Attach the picture files to which a rebuilt notebook's answers refer, and keep all pictures within the limits.

    Parameters
    ----------
    notebook : NotebookNode
        What `rebuild` has made. Its Markdown cells that are the learner's are changed in place: a picture that is found
        becomes an attachment, and the text refers to that.
    folder : Path
        What the student handed in. The files are looked for in it and below.

    Returns
    -------
    list of str
        What was left out, a line each.
    """
    files: list[tuple[str, Path]] | None = None
    reasons: list[str] = []
    left, count = MAX_TOTAL_BYTES, 0
    for cell in filter(_is_answer, notebook.cells):
        for target in dict.fromkeys(_targets(cell.source)):
            if files is None:
                files = [(path.relative_to(folder).as_posix(), path) for path in _picture_files(folder)]
            try:
                _attach(cell, target, files)
            except CourseError as error:
                reasons.append(f"the picture {shown(target)} is left out: it {error}")
        for name, forms in list(cell.get("attachments", {}).items()):
            size = sum(map(len, forms.values())) * 3 // 4
            if count == MAX_PICTURES or size > left:
                del cell.attachments[name]
                limits = f"{MAX_PICTURES} pictures and {MAX_TOTAL_BYTES / 1e6:.3g} MB of them"
                reasons.append(f"the picture {shown(name)} is left out: a hand-in may have {limits}")
                continue
            count, left = count + 1, left - size
    more = len(reasons) - MAX_PICTURES
    return [*reasons[:MAX_PICTURES], f"{more} more pictures are left out"] if more > 0 else reasons


def _is_answer(cell: NotebookNode) -> bool:
    """Whether a cell of a rebuilt notebook is text of the learner's."""
    mine = cell.metadata.get("nbgrader", {}).get("solution") or "batchnorm" in cell.metadata
    return cell.cell_type == "markdown" and bool(mine)


def _targets(text: str) -> Iterator[str]:
    """The files to which the pictures in a Markdown text refer, as they stand there; addresses are left out."""
    for match in _TARGET.finditer(text):
        target = match[1]
        line = text.rfind("\n", max(0, match.start() - _REACH), match.start())
        described = text.find("![", max(line, match.start() - _REACH, 0), match.start()) >= 0
        if described and is_picture(target) and ":" not in target:
            yield target


def _picture_files(folder: Path) -> list[Path]:
    return [path for path, _ in walk(folder) if is_picture(path.name) and stat.S_ISREG(path.lstat().st_mode)]


def _attach(cell: NotebookNode, target: str, files: list[tuple[str, Path]]) -> None:
    """Attach the file to which a cell's text refers as `target`, and let the text refer to the attachment.

    The notebook may have stood in a folder below. So the file may lie at that path below any folder.
    """
    wanted = unquote(target).removeprefix("./")
    path = next((path for name, path in files if f"/{name}".endswith(f"/{wanted}")), None)
    if path is None:
        raise CourseError("was not handed in")
    data = read_bytes(path, MAX_PICTURE_BYTES)
    picture = {_checked(data): base64.b64encode(data).decode()}
    attached = cell.setdefault("attachments", NotebookNode())
    label = _unused(re.sub(r"[^\w.-]+", "-", path.name), picture, attached)
    attached[label] = NotebookNode(picture)
    here = re.compile(rf"(\]\( ?<?){re.escape(target)}(?=[)\s>])")
    cell.source = here.sub(lambda match: f"{match[1]}attachment:{label}", cell.source)


def _unused(name: str, picture: dict[str, str], attached: Mapping[str, Any]) -> str:
    """The name for a picture among a cell's attachments: another one only where another picture has it already."""
    names = (name, *(f"{number}-{name}" for number in range(2, len(attached) + 3)))
    return next(label for label in names if attached.get(label, picture) == picture)


def merged(parts: Iterable[tuple[str, Mapping[str, Any]]], between: str) -> tuple[str, dict[str, Any]]:
    """One text made of several, and one set of attachments; of two pictures with one name the later is renamed.

    Parameters
    ----------
    parts : iterable of pairs
        The text and the attachments of each cell.
    between : str
        What stands between two texts.
    """
    texts: list[str] = []
    attached: dict[str, Any] = {}
    for text, pictures in parts:
        for name, picture in pictures.items():
            label = _unused(name, picture, attached)
            attached[label] = picture
            if label != name:
                text = text.replace(f"(attachment:{name})", f"(attachment:{label})")
        texts.append(text)
    return between.join(texts), attached
