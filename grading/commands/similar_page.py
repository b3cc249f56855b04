"""Pairs of hand-ins as they are told: the list that is printed, and the page that shows both side by side."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grading.commands.page import render
from grading.commands.similar import Found, Pair

HINT = (
    "A hint and never a verdict. Two people who learned from the same lesson write alike, work that was allowed "
    "together is alike, and a shared source outside the class looks the same. Ask both about their code before you "
    "think anything of it. Nothing of this is in the gradebook, and no points depend on it."
)


def lines(found: Found) -> Iterator[str]:
    """The list as it is printed."""
    yield from (f"{k}. {pair}" for k, pair in enumerate(found.pairs, 1))
    yield from _facts(found)
    yield from found.left_out
    yield "a hint and never a verdict: ask both about their code; nothing is written to the gradebook"


def _facts(found: Found) -> Iterator[str]:
    compared = len(found.works)
    yield f"{compared} hand-ins, {compared * (compared - 1) // 2} pairs, {len(found.pairs)} of them to look at"
    if found.too_short:
        yield f"too little code of their own to tell: {len(found.too_short)} of {compared}"
    if found.left_out:
        yield f"not compared: {len(found.left_out)}"


def page(found: Found) -> str:
    """The pairs side by side, what both have marked."""
    return render(
        "similar",
        title=f"{found.slug}: hand-ins that are alike",
        hint=HINT,
        facts=[fact[0].upper() + fact[1:] for fact in _facts(found)],
        pairs=[
            {
                "one": pair.one,
                "other": pair.other,
                "told": str(pair),
                "words": pair.words[:20],
                "cells": list(_cells(found, pair)),
            }
            for pair in found.pairs
        ],
    )


def _cells(found: Found, pair: Pair) -> Iterator[dict[str, Any]]:
    """The cells of a pair that agree in something, or all of them where rare words made the pair."""
    works = found.works[pair.one], found.works[pair.other]
    a, b = works
    for name in sorted(a.cells.keys() & b.cells.keys()):
        common = {p for p in a.prints[name].keys() & b.prints[name].keys() if found.weights.get(p, 0.0) > 0.5}
        if common or pair.words:
            yield {
                "name": name or "own cells",
                "sides": [(w.student, _marked(w.cells[name], w.prints[name], common)) for w in works],
            }


def _marked(source: str, prints: dict[int, list[tuple[int, int]]], common: set[int]) -> list[tuple[str, bool]]:
    """The lines of some code, and whether both have them; empty lines and comments are not marked."""
    marked = {line for p in common for first, last in prints[p] for line in range(first, last + 1)}
    return [
        (line, k in marked and not line.lstrip().startswith("#") and bool(line.strip()))
        for k, line in enumerate(source.splitlines(), 1)
    ]


def write(root: Path, found: Found) -> Path:
    """Write the page beside the reports."""
    path = root / "reports" / f"{found.slug}-similar.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(found), encoding="utf-8")
    return path
