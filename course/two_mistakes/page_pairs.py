"""Pairs of mistakes for the page: a few numbers instead of implementations, small enough for `check.json`.

Of a pair the page needs its traces alone. Where these are the reference's or those of one of the two mistakes, which
`check.json` has already, a digit says so. Elsewhere two numbers stand for the trace (`course.kit.two_mistakes`).
"""

from collections.abc import Callable
from typing import Any

from course.chapter import Chapter
from course.kit.two_mistakes import matching, summary
from course.kit.values import alike
from course.two_mistakes.pairs import pairs


def page_pairs(
    chapter: Chapter,
    exercise: str,
    reference: list[list],
    mistakes: list[list],
    traces_of: Callable[[Callable], list[list]],
) -> list[list]:
    """The pairs that the page can tell apart, as JSON data.

    Parameters
    ----------
    chapter, exercise
        Whose.
    reference : list of list
        The reference's trace of each visible property.
    mistakes : list of list
        The traces of each known mistake, in the catalogue's order.
    traces_of : callable
        Returns the traces of an implementation.

    Returns
    -------
    list of list
        For each pair the numbers of its two mistakes, then one cell for each property: 0 where its trace is the
        reference's, 1 or 2 where it is that of the first or the second mistake, else a list with numbers of its
        `summary`: both in the first such cell and one in the others, and all three where the shapes are not the
        reference's.
    """
    shapes = [summary(trace)[2] for trace in reference]
    number = {wrong.slug: k for k, wrong in enumerate(chapter.misconceptions(exercise))}
    rows, all_traces = [], []
    for pair in pairs(chapter, exercise):
        i, j = (number[slug] for slug in pair.slugs)
        traces = traces_of(pair.implementation)
        if any(all(map(alike, traces, known)) for known in (reference, *mistakes)):
            continue  # what tells them apart is private
        row: list[Any] = [i, j]
        for k, trace in enumerate(traces):
            known = (reference[k], mistakes[i][k], mistakes[j][k])
            same = next((n for n, other in enumerate(known) if alike(other, trace)), None)
            if same is not None:
                row.append(same)
            else:
                found = summary(trace)
                first = not any(isinstance(cell, list) for cell in row)
                row.append(found if found[2] != shapes[k] else found[:2] if first else found[:1])
        rows.append(row)
        all_traces.append(traces)
    # Of pairs that are like each other none is told, not even the one whose own numbers are its alone.
    found = [matching(rows, reference, mistakes, traces) for traces in all_traces]
    unclear = {pair for several in found if len(several) > 1 for pair in several}
    return [row for row in rows if (row[0], row[1]) not in unclear]
