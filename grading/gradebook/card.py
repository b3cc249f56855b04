"""The card on top of a feedback page: each exercise with its points, what was found, and where to go on.

It says the same as the messages below, in one look. What waits for a person is said to wait, and is not 0.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from grading.engine.slip import KIND as SLIP
from grading.engine.verdict import HEADINGS
from grading.gradebook.results import Result
from grading.handin.submission import NAME, OURS
from grading.jinja import environment
from grading.places import headings, sections, site_from, title
from grading.terminal import visible

TEST = "test_"
_CARD = environment(Path(__file__).parent / "templates").get_template("card.html.j2")


def card(nb: NotebookNode, about: dict[str, Any]) -> str:
    """The card as HTML, with every text escaped.

    Parameters
    ----------
    nb : NotebookNode
        A graded notebook, in whose cells nbgrader's `GetGrades` has written score and points.
    about : dict
        nbgrader's `resources["nbgrader"]`: the chapter, and the sums for the whole notebook.
    """
    slug = about["assignment"]
    rows = _rows(nb, slug, {cell.grade_id: cell for cell in _graded(nb)})
    return _CARD.render(
        title=title(slug),
        points=f"{round(float(about['score']), 2):g} of {float(about['max_score']):g}",
        waiting=sum(row["state"] == "waits" for row in rows),
        late=f"{round(float(about.get('late_penalty') or 0.0), 2):g}",
        rows=rows,
    )


def read_graded(root: Path, slug: str, student: str) -> NotebookNode | None:
    """A student's graded notebook, or None where it is not there or can't be read."""
    try:
        return nbformat.read(root / "autograded" / student / slug / NAME, as_version=4)
    except (OSError, ValueError, nbformat.ValidationError):
        return None


def as_lines(nb: NotebookNode, slug: str, result: "Result") -> list[str]:
    """The card as lines of plain text, for a platform's column of comments.

    Parameters
    ----------
    nb : NotebookNode
        A graded notebook.
    slug : str
        The chapter.
    result : Result
        The learner's points in the gradebook.
    """
    given = {
        cell.grade_id: {
            "grade_id": cell.grade_id,
            "score": result.cells.get(cell.grade_id, 0.0),
            "points": cell.get("points", 0.0),
            "waits": result.waiting and not result.cells.get(cell.grade_id),
        }
        for cell in _graded(nb)
    }
    rows, most = _rows(nb, slug, given), sum(float(one["points"]) for one in given.values())
    first = f"{title(slug)}: {round(result.total, 2):g} of {most:g} points"
    if any(row["state"] == "waits" for row in rows):
        first += "; your written answer is still to be read by a person"
    if result.late_penalty:
        first += f". {round(result.late_penalty, 2):g} points were taken off because the hand-in was late"
    return [first + ".", *map(_line, rows)]


def _line(row: dict[str, Any]) -> str:
    called = row["heading"] + (f" ({row['name']})" if row["name"] else "")
    if row["state"] == "waits":
        return f"{called}: waits to be read, up to {row['most']}"
    told = "".join(f". {heading} {text}" for heading, text in row["told"]) if row["state"] != "held" else ""
    return visible(f"{called}: {row['score']} of {row['most']}{told}")


def _graded(nb: NotebookNode) -> list[Any]:
    """What nbgrader keeps of the cells that have points, in the notebook's order."""
    return [about for cell in nb.cells if (about := cell.metadata.get("nbgrader", {})).get("grade")]


def _rows(nb: NotebookNode, slug: str, given: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the card says of each graded cell; `given` has score, points and whether it waits, by the cell's name."""
    told = nb.metadata.get(OURS, {}).get("findings", {})
    places, titles = sections(slug, _published()), headings(slug)
    rows = []
    for graded in given.values():
        name = graded["grade_id"].removeprefix(TEST)
        score, most = float(graded.get("score") or 0.0), float(graded.get("points") or 0.0)
        by_hand = not graded["grade_id"].startswith(TEST)
        waits = by_hand and bool(graded.get("waits"))
        place = places.get(name)
        rows.append(
            {
                "anchor": graded["grade_id"],
                "heading": titles.get(name, "Your written answer"),
                "name": "" if by_hand else name,
                "score": "" if waits else f"{round(score, 2):g}",
                "most": f"{most:g}",
                "state": "waits" if waits else "held" if score >= most else "part" if score else "failed",
                "told": _first(told.get(name, [])),
                "table": name in told,  # not where nothing was examined, or where points alone are told
                "again": f"{place.site}/book/{slug}/exercise.html#cell-{name}" if place and place.site else "",
                "lesson": place if place and place.site else None,
            }
        )
    return rows


def _first(findings: list[Any]) -> list[Any]:
    """What was found first, and why there is half of the points nevertheless, where there is."""
    return [one for k, one in enumerate(findings) if k == 0 or one[0] == HEADINGS[SLIP]]


def _published() -> str:
    """The site's address on the web, or nothing: a page that goes to a learner can't link to files of this machine."""
    return site_from(Path("/"))
