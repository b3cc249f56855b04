"""The message of a test cell: what a learner is told, as a terminal and as a page show it."""

import pytest

from course.kit.diagnosis import FAILED, NOT_REACHED, Finding
from grading.engine.verdict import Detail, ExerciseVerdict, Line
from grading.gradebook.markup import sanitized
from grading.gradebook.message import as_html, as_text

EVIL = "<script>alert('1')</script>{{ 7 * 7 }}"
VERDICT = ExerciseVerdict(
    "batchnorm_forward",
    2.5,
    5.0,
    [
        Line("y is right", True, True, 1.0),
        Line("the cache is right", True, False, 1.0),
        Line("eps is under the root", False, True, 1.0, "y differs", "expected 2; got 1", FAILED),
        Line("dtypes stay", False, True, 1.0, "y differs too", "", FAILED),
        Line("the cache is packed", False, True, 1.0, "y differs too", "", NOT_REACHED),
    ],
    [
        Finding("mistake", "Look at `eps`, not at <b>.", [2, 3], "eps_on_std"),
        Finding("line", "line 3: look at the divisor", [2], line=3, edit="x / 2"),
    ],
)


def test_is_one_line_of_html_with_each_hint_once():
    mark = '<tr><td role="img" aria-label="{}" style="vertical-align: top; padding: 4px">{}</td>'
    label = '<td style="text-align: left; padding: 4px">{}</td></tr>'
    small = '<br><small style="white-space: pre-wrap">{}</small>'
    holds, fails = mark.format("holds", "✓"), mark.format("does not hold", "✗")
    assert as_html(VERDICT, Detail.INPUTS) == (
        "<p><strong>2.5 of 5 points</strong></p>"
        "<blockquote><strong>Looks like:</strong> Look at <code>eps</code>, not at &lt;b&gt;.</blockquote>"
        "<blockquote><strong>Look here:</strong> line 3: look at the divisor</blockquote>"
        '<table class="verdict"><caption><code>batchnorm_forward</code></caption>'
        + holds + label.format("y is right")
        + holds + label.format("the cache is right (counts only if the properties that it rests on hold)")
        + fails + label.format(
            "eps is under the root" + small.format("y differs") + small.format("expected 2; got 1")
        )
        + fails + label.format("dtypes stay" + small.format("y differs too"))
        + mark.format("not reached", "–")
        + label.format("the cache is packed" + small.format("not reached: what this needs does not work yet"))
        + "</table>"
    )  # fmt: skip


@pytest.mark.parametrize("told", [as_html, as_text])
def test_says_as_much_as_it_is_told_to(told):
    score, hints, inputs, edits = (told(VERDICT, detail) for detail in Detail)
    assert "2.5 of 5 points" in score
    assert "eps" not in score
    assert "y differs" in hints
    assert "expected 2; got 1" not in hints
    assert "expected 2; got 1" in inputs
    assert "x / 2" not in score + hints + inputs
    assert "line 3: look at the divisor (x / 2)" in edits


@pytest.mark.parametrize("detail", Detail)
def test_all_of_it_passes_the_sanitizer(detail):
    made = as_html(VERDICT, detail)
    # The sanitizer ends a style with a semicolon, and adds what HTML lets an author leave out.
    known = sanitized(made).replace(';"', '"').replace("<tbody>", "").replace("</tbody>", "")
    assert known == made


def test_nothing_of_a_learners_is_markup():
    lines = [Line(EVIL, False, True, 1.0, EVIL, EVIL, FAILED), Line("y is right", True, True, 1.0)]
    made = as_html(ExerciseVerdict(EVIL, 0.0, 5.0, lines, [Finding("mistake", EVIL)]), Detail.INPUTS)
    for page in (made, sanitized(made)):
        assert "<script" not in page
        assert "49" not in page
        # The exercise, the label, the problem, the numbers, the hint.
        assert page.count("&lt;script&gt;alert(") == page.count("{{ 7 * 7 }}") == 5
