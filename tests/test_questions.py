"""The questions that a person grades: one in each notebook, two on the instructor's page, with points that add up."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

from course.chapter import ROOT, slugs
from course.notebooks import notebook
from publishing.output import pdf
from solutions import backprop, inference, introduction, recurrent, tradeoffs, transform

PAGE = (ROOT / "book/instructors/questions.md").read_text().replace("\N{NO-BREAK SPACE}", " ")
#: A chapter's name, as the site's contents have it.
HEADINGS = {Path(part.pages[0]).parent.name: part.caption for part in pdf.parts()}


def section(slug):
    return re.search(rf"^## {HEADINGS[slug]}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)[1]


def earned(text):
    """The points that a rubric gives: (1), (2), (either: 1)."""
    return sum(int(n) for n in re.findall(r"\((?:[a-z]+: )?(\d)\)", text))


@pytest.mark.parametrize("slug", slugs())
class TestAChapter:
    def test_has_one_manual_cell_whose_rubric_gives_its_points(self, slug):
        cells = notebook(ROOT / "book" / slug / "exercise.md", slug).cells
        names = [c.metadata.get("nbgrader", {}).get("grade_id", "") for c in cells]
        (k,) = [k for k, name in enumerate(names) if name.startswith("written_")]
        graded = cells[k].metadata.nbgrader
        assert names[k] == f"written_{slug}"
        assert (cells[k].cell_type, graded.grade, graded.solution, graded.locked) == ("markdown", True, True, False)
        assert earned(cells[k - 1].source) == graded.points == 3

    def test_and_two_more_questions_with_all_that_a_grader_needs(self, slug):
        questions = re.split(r"^\*\*\d\. ", section(slug), flags=re.MULTILINE)[1:]
        assert len(questions) == 2
        for question in questions:
            assert earned(question.split("- *Often said:*")[0]) == 3
            for part in ("- *Points:*", "- *Often said:*", "Ask:", "- *Out loud:*"):
                assert part in question


def test_the_page_says_that_it_is_public():
    assert "**This page is public, and so are its answers.**" in PAGE


def normal(*values):
    return introduction.normalize(np.array(values, dtype=float)[:, None], eps=0)[:, 0]


def fold(b):
    w, out = inference.fold_into_linear(
        np.array([[2.0]]), np.array([float(b)]), *(np.array([v]) for v in (3.0, -1.0, 5.0, 4.0)), eps=0
    )
    return float(w[0, 0]), float(out[0])


def dx(x, dy):
    _, cache = transform.batchnorm_forward(np.array(x, dtype=float)[:, None], np.ones(1), np.zeros(1), eps=0)
    return backprop.batchnorm_backward(np.array(dy, dtype=float)[:, None], cache)[0][:, 0]


def undone(x):
    return transform.batchnorm_forward(np.array(x, dtype=float)[:, None], np.ones(1), np.full(1, 2.0), eps=0)[0][:, 0]


def padded(*mask):
    x, mask = np.array([2.0, 4, 0, 0])[:, None, None], np.array(mask, dtype=bool)[:, None]
    return tuple(float(v[0]) for v in recurrent.masked_batch_statistics(x, mask))


def rate(norm):
    return float(tradeoffs.effective_learning_rate(0.1, np.array([[0.6 * norm], [0.8 * norm]]))[0])


@pytest.mark.parametrize(
    ("slug", "said", "true"),
    [
        ("introduction", "about 10.8", round(14 / 1.3, 1) == 10.8),
        ("introduction", "from 0.447 to −0.516", np.allclose([normal(2, 4, 6, 8)[2], normal(2, 4, 6, 80)[2]],
                                                             [0.447, -0.516], atol=5e-4)),
        ("transform", "(1 and 2.)", np.allclose(undone([1, 3]), [1, 3])),
        ("transform", "(1 and 3: the mean is β", np.allclose(undone([1, 7]), [1, 3])),
        ("transform", "$N\\cdot H\\cdot W=2048$", 8 * 16 * 16 == 2048),
        ("transform", "(4096 values; the twelve", 4 * 32 * 32 == 4096),
        ("backprop", "(0.204, −0.408, 0.204)", np.allclose(dx([0, 1, 2], [1, 0, 0]),
                                                           [0.204, -0.408, 0.204], atol=5e-4)),
        ("backprop", "(Zero, whatever x and dy are", np.allclose(dx([3, 7], [1, -5]), 0)),
        ("inference", "(1.9.)", math.isclose(0.9 * 1 + 0.1 * 10, 1.9)),
        ("inference", "(9.9.)", math.isclose(0.1 * 9 + 0.9 * 10, 9.9)),
        ("inference", "(44: 0.9 to the power 44.)", 0.9**44 < 0.01 < 0.9**43),
        ("inference", "(3 and −7; test with x = 4: 5 both ways.)", fold(1) == (3, -7) and 3 * 4 - 7 == 5),
        ("inference", "(b′, to −5.5.)", fold(2) == (3, -5.5)),
        ("recurrent", "(1.5 and 2.75.)", padded(1, 1, 1, 1) == (1.5, 2.75)),
        ("recurrent", "(3 and 1.)", padded(1, 1, 0, 0) == (3, 1)),
        ("recurrent", "(About 1.604.)", round(float(normal(1, 2, 3, 6)[3]), 3) == 1.604),
        ("tradeoffs", "(0.001.)", math.isclose(rate(10), 0.001)),
        ("tradeoffs", "(0.004.)", math.isclose(rate(5), 0.004)),
        ("tradeoffs", "(196.)", 4 * 7 * 7 == 196),
        ("tradeoffs", "(1568.)", 8 * 4 * 7 * 7 == 1568),
        ("project", "about log 10, 2.303", round(math.log(10), 3) == 2.303),
        ("project", "(log 26, 3.258.)", round(math.log(26), 3) == 3.258),
        ("project", "(0.693.)", round(math.log(2), 3) == 0.693),
    ],
)  # fmt: skip
def test_the_numbers_on_the_page_are_right(slug, said, true):
    assert said in section(slug)
    assert true


def test_which_losses_are_blind():
    """What the page says of losses, on a batch of six, with γ = 1 and β = 0."""
    x = np.random.default_rng(3).normal(2, 3, 6)
    y = normal(*x)
    size = {"sum": np.ones(6), "square": 2 * y, "fourth": 4 * y**3, "one": np.eye(6)[0]}
    found = {name: float(np.abs(dx(x, dy)).max()) for name, dy in size.items()}
    assert found["sum"] < 1e-12
    assert found["square"] < 1e-12
    assert found["fourth"] > 0.01
    assert found["one"] > 0.01
    assert math.isclose(float(2 * y @ y), 12)  # the gradient of γ by the square
    assert math.isclose(float((normal(*x[:3]) ** 4).sum()), 4.5)
    for few in (x[:2], x[:3]):
        assert np.abs(dx(few, 4 * normal(*few) ** 3)).max() < 1e-12
    assert np.abs(dx(x[:4], 4 * normal(*x[:4]) ** 3)).max() > 0.01
    assert np.abs(dx(x[:3], [1, 0, 0])).max() > 0.01
