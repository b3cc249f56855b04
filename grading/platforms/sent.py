"""Keeps which scores a learning platform has taken, so that only what has changed is sent again."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = "lti"


def _path(root: Path, slug: str) -> Path:
    return root / FOLDER / f"{slug}.jsonl"


def _lines(path: Path) -> list[dict[str, Any]]:
    """The lines in the order in which they were written. One that was cut off is left out: its score is sent again."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    found = []
    for line in text.splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return [one for one in found if isinstance(one, dict) and {"student", "column", "score"} <= one.keys()]


def look_up(root: Path, slug: str) -> dict[str, dict[str, Any]]:
    """What the platform has of each of its people: the line of `keep`, by the platform's id."""
    return {one["score"]["userId"]: one for one in _lines(_path(root, slug))}


def keep(root: Path, slug: str, student: str, column: str, score: Mapping[str, Any]) -> None:
    """Add a score that was taken. A line is added at a time, so that a run that is cut off has kept what it sent."""
    path = _path(root, slug)
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps({"student": student, "column": column, "score": score}) + "\n"
    with path.open("a+b") as file:
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            line = line if file.read(1) == b"\n" else f"\n{line}"  # the last run was cut off within a line
        file.write(line.encode())


def lines(root: Path, student: str) -> list[Path]:
    """The files that name a student."""
    found = sorted((root / FOLDER).glob("*.jsonl"))
    return [path for path in found if any(one["student"] == student for one in _lines(path))]


def forget(root: Path, student: str) -> None:
    """Delete a student from all files."""
    for path in lines(root, student):
        _write(path, [one for one in _lines(path) if one["student"] != student])


def rename(root: Path, old: str, new: str) -> None:
    """Give a student's lines to another one; the platform's id, by which they are found, stays."""
    for path in lines(root, old):
        _write(path, [{**one, "student": new} if one["student"] == old else one for one in _lines(path)])


def _write(path: Path, found: list[dict[str, Any]]) -> None:
    part = path.with_suffix(".part")
    part.write_text("".join(json.dumps(one) + "\n" for one in found), encoding="utf-8")
    os.replace(part, path)
