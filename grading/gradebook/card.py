"""The card on top of a feedback page: each exercise with its points, what was found, and where to go on.

It says the same as the messages below, in one look. What waits for a person is said to wait, and is not 0.
"""

from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from grading.handin.submission import OURS
from grading.jinja import environment
from grading.places import headings, sections, site_from, title

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
    told = nb.metadata.get(OURS, {}).get("findings", {})
    places, titles = sections(slug, _published()), headings(slug)
    rows, waiting = [], []
    for cell in nb.cells:
        graded = cell.metadata.get("nbgrader", {})
        if not graded.get("grade"):
            continue
        name = graded["grade_id"].removeprefix(TEST)
        score, most = float(graded.get("score") or 0.0), float(graded.get("points") or 0.0)
        by_hand = not graded["grade_id"].startswith(TEST)
        if by_hand and graded.get("waits"):
            waiting.append(name)
        place = places.get(name)
        rows.append(
            {
                "anchor": graded["grade_id"],
                "heading": titles.get(name, "Your written answer"),
                "name": "" if by_hand else name,
                "score": "" if name in waiting else f"{round(score, 2):g}",
                "most": f"{most:g}",
                "state": "waits" if name in waiting else "held" if score >= most else "part" if score else "failed",
                "told": told.get(name, [])[:1],
                "table": name in told,  # not where nothing was examined, or where points alone are told
                "again": f"{place.site}/book/{slug}/exercise.html#cell-{name}" if place and place.site else "",
                "lesson": place if place and place.site else None,
            }
        )
    return _CARD.render(
        title=title(slug),
        points=f"{round(float(about['score']), 2):g} of {float(about['max_score']):g}",
        waiting=len(waiting),
        late=f"{round(float(about.get('late_penalty') or 0.0), 2):g}",
        rows=rows,
    )


def _published() -> str:
    """The site's address on the web, or nothing: a page that goes to a learner can't link to files of this machine."""
    return site_from(Path("/"))
