"""Search a public folder for the course's answers and hidden tests, which must not be public.

What counts as a leak: a name of a hidden test or a misconception, or a piece of code (three lines in a row, or a
whole shorter body) of `solutions/` or of `tests/` (hidden, misconceptions, formulations, bases, slips). Signatures,
docstrings, hint texts and numbers are public, and so is a single line of NumPy.
"""

import ast
import gzip
import html
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from course.chapter import ROOT

SECRET = ("solutions", "tests/hidden", "tests/misconceptions", "tests/formulations", "tests/bases", "tests/slips")
WINDOW = 3  # lines in a row
SHORT = 35  # characters; a body of fewer than WINDOW lines is one piece if it is at least this long


@dataclass(frozen=True)
class Leak:
    """A place in a public file where something secret stands, the secret's own file, and its text."""

    place: str
    secret: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text.splitlines()[0]!r} is of {self.secret}"


@cache
def secrets() -> tuple[dict[str, str], dict[str, str]]:
    """Secret names, and secret pieces of code in the form that `normalize` gives; each with the file it comes from."""
    names: dict[str, str] = {}
    pieces: dict[str, str] = {}
    for folder in SECRET:
        for path in sorted((ROOT / folder).glob("*.py")):
            where = f"{folder}/{path.name}"
            tree = ast.parse(path.read_text())
            for node in ast.walk(tree):
                if not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                    continue
                if "__" in node.name.strip("_"):
                    names[node.name] = where
                if isinstance(node, ast.FunctionDef):
                    pieces.update(dict.fromkeys(_windows(node), where))
    shipped = "\n".join(normalize(path.read_text()) for path in sorted((ROOT / "course" / "kit").glob("*.py")))
    return names, {piece: where for piece, where in pieces.items() if piece not in shipped}


def _windows(function: ast.FunctionDef) -> Iterator[str]:
    """The pieces of a function's body, without docstring and comments."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    lines = [line for statement in body for line in normalize(ast.unparse(statement)).splitlines()]
    if len(lines) < WINDOW:
        whole = "\n".join(lines)
        if len(whole) >= SHORT:
            yield whole
        return
    for k in range(len(lines) - WINDOW + 1):
        window = "\n".join(lines[k : k + WINDOW])
        if len(window) >= 2 * SHORT:
            yield window


def normalize(text: str) -> str:
    """Code without what publishing may change: spaces, quotes, comments, brackets and empty lines are removed."""
    lines = []
    for line in text.splitlines():
        bare = re.sub(r"(?<=\s)#\s.*|^#.*", "", line)
        bare = re.sub(r"[\s'\"()\\]|\b\.0\b", "", bare)
        if bare:
            lines.append(bare)
    return "\n".join(lines)


def _texts(place: str, content: bytes) -> Iterator[tuple[str, str]]:
    """The texts in a file, each with its place: an archive's members, JSON's strings, HTML with and without tags."""
    if content[:2] == b"\x1f\x8b":
        yield from _texts(f"{place}!", gzip.decompress(content))
        return
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield from _texts(f"{place}!{name}", archive.read(name))
        return
    text = content.decode("utf-8", "replace")
    yield place, text
    if re.search(r"<(?:pre|span|code|p)\b", text):
        yield place, html.unescape(re.sub(r"<[^<>]*>", "", text))
    if text.lstrip()[:1] in "{[":
        try:
            yield place, "\n".join(_strings(json.loads(text)))
        except (ValueError, RecursionError):
            return


def _strings(data: object) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, list):
        if all(isinstance(part, str) for part in data):
            yield "".join(data)  # a notebook's source, line by line
        else:
            for part in data:
                yield from _strings(part)
    elif isinstance(data, dict):
        for key, value in data.items():
            yield str(key)
            yield from _strings(value)


def search(folder: Path) -> list[Leak]:
    """What a folder (or file) holds of the course's secrets.

    Parameters
    ----------
    folder : Path
        What is or will be public.

    Returns
    -------
    list of Leak
        In each file, the first leak from each secret file; empty if nothing leaks.
    """
    names, pieces = secrets()
    words = re.compile(r"\w+__\w+")
    # For speed, a piece of three lines is looked for only in texts that have its middle line.
    keyed = [(piece.split("\n")[1] if piece.count("\n") == WINDOW - 1 else None, piece) for piece in pieces]
    leaks: dict[tuple[str, str], Leak] = {}
    for path in sorted([folder] if folder.is_file() else folder.rglob("*")):
        if not path.is_file():
            continue
        for place, text in _texts(str(path), path.read_bytes()):
            for word in set(words.findall(text)) & names.keys():
                leaks.setdefault((place, names[word]), Leak(place, names[word], word))
            flat = normalize(text)
            lines = set(flat.split("\n"))
            for middle, piece in keyed:
                if (middle is None or middle in lines) and piece in flat:
                    leaks.setdefault((place, pieces[piece]), Leak(place, pieces[piece], piece))
    return list(leaks.values())
