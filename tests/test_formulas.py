"""Formulas in feedback pages, as MathML: a learner's are text whatever they hold, the course's are all shown."""

import re
from time import process_time
from xml.etree import ElementTree

import pytest
from downloads import SLUG

from course.chapter import ROOT
from course.errors import CourseError
from course.notebooks import notebook
from grading.gradebook import feedback
from grading.gradebook.mathml import mathml, strictly

MATHML = {"m": "http://www.w3.org/1998/Math/MathML"}


class TestFormulas:
    @pytest.mark.parametrize(
        "tex",
        [
            r"\text{<script>alert(1)</script>}",
            r"\text{&lt;img src=x onerror=alert(1)&gt;}",
            r"\href{javascript:alert(1)}{x}",
            '\\color{red" onclick="alert(1)}{x}',
            r"\frac{<b>}{&#60;script&#62;}",
            "{" * 3000,
            "x" * 6000,
            r"\begin{aligned}" * 300,
            r"\begin{aligned}x" * 150 + r"\end{aligned}" * 150,
            r"\sideset{_1}{^2}{" * 30 + "x" + "}" * 30,  # twice as long with each
            rf"\newcommand{{\a}}[1]{{{'#1' * 1000}}}\a{{{'x' * 2500}}}",
        ],
    )
    def test_a_formula_is_text_whatever_a_learner_writes(self, tex):
        began = process_time()
        made = mathml(tex)
        assert process_time() - began < 2
        root = ElementTree.fromstring(made)
        assert root.tag in ("code", "{http://www.w3.org/1998/Math/MathML}math")
        for node in root.iter():
            assert node.tag == "code" or node.tag.startswith("{http://www.w3.org/1998/Math/MathML}m")
            assert not any(name.startswith("on") or "href" in name for name in node.attrib)

    def test_a_formula_is_mathml(self):
        made = mathml(r"\hat{x} = \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}}", "block")
        assert "<mfrac>" in made
        assert 'display="block"' in made

    def test_a_table_of_formulas_has_its_columns_and_the_room_between_its_rows(self):
        made = mathml(
            r"\begin{aligned} \mu &= 1 \\[0.6em] \sigma^2 &= \begin{pmatrix} 2 \\ 3 \end{pmatrix} \end{aligned}"
        )
        outer, inner = ElementTree.fromstring(made).iterfind(".//m:mtable", MATHML)
        assert [[cell.get("columnalign") for cell in row] for row in outer] == [["right", "left"]] * 2
        assert ["padding-bottom" in cell.get("style", "") for row in outer for cell in row] == [
            True,
            True,
            False,
            False,
        ]
        assert ["".join(row.itertext()) for row in outer] == ["μ=1", "σ2=(23)"]
        assert len(inner) == 2

    @pytest.mark.parametrize(
        ("tex", "shown"),
        [
            (r"\bigl\lVert x\bigr\rVert", "‖x‖"),
            (r"\mathbf 1 + \mathbb E", "𝟏+𝔼"),
            (r"\text{50\% of f\_g}", "50% of f_g"),
            (r"a \& b", "a&b"),
            (r"\begin{cases} x \\[2ex] -y \end{cases}", "{x−y"),
        ],
    )
    def test_what_the_converter_does_not_know_is_shown_too(self, tex, shown):
        assert "".join(ElementTree.fromstring(mathml(tex)).itertext()).replace("\xa0", " ") == shown

    def test_signs_and_names_stand_as_in_tex(self):
        root = ElementTree.fromstring(mathml(r"a - (-b) + {-}1, 2\tanh z, \tanh(z)"))
        signs = [
            (node.get("form"), node.get("lspace")) for node in root.iter(f"{{{MATHML['m']}}}mo") if node.text == "−"
        ]
        names = [(node.get("lspace"), node.get("rspace")) for node in root.iter() if node.text == "tanh"]
        assert signs == [(None, None), ("prefix", None), (None, "0")]
        assert names == [("0.167em", "0.167em"), ("0", "0")]

    @pytest.mark.parametrize(
        "tex", [r"\foo + 1", "a & b", r"x = 1 \\ y = 2", r"x \\[0.6em] y", r"\begin{aligned} a", r"\text{costs $x$}"]
    )
    def test_a_learners_formula_that_can_not_be_read_is_its_tex(self, tex):
        assert ElementTree.fromstring(mathml(tex)).text == tex
        with pytest.raises(CourseError, match=re.escape(f"the formula {tex}")):
            strictly(f"Of the course:\n\n$${tex}$$")

    @pytest.mark.parametrize(
        "page", sorted((ROOT / "book").rglob("*.md")), ids=lambda page: page.parent.name + page.stem
    )
    def test_each_formula_of_the_course_can_be_shown(self, page):
        text = page.read_text()
        if page.name == "exercise.md":
            cells = notebook(page, page.parent.name).cells
            text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        shown = strictly(text)
        formulas = [ElementTree.fromstring(found) for found in re.findall(r"<math.*?</math>", shown, re.DOTALL)]
        words = "\n".join("".join(formula.itertext()) for formula in formulas)
        assert not re.search(r"[&\\$]|\[-?[\d.]+(em|ex|pt)", words)
        tables = re.findall(r"\\begin\{(?:aligned|pmatrix)\}", text)
        assert sum(len(list(formula.iterfind(".//m:mtable", MATHML))) for formula in formulas) == len(tables)
        rooms = re.findall(r"\\\\\[[\d.]+em\]", text)
        rows = [row for formula in formulas for row in formula.iterfind(".//m:mtr", MATHML)]
        assert sum("padding-bottom" in row[0].get("style", "") for row in rows) == len(rooms)

    def test_no_feedback_is_made_of_a_notebook_with_a_formula_that_can_not_be_shown(self, tmp_path, monkeypatch):
        page = tmp_path / "exercise.md"
        page.write_text((ROOT / "book" / SLUG / "exercise.md").read_text().replace(r"\varepsilon", r"\vaerpsilon", 1))
        broken = notebook(page, SLUG)
        monkeypatch.setattr(feedback, "released", lambda slug: broken)
        monkeypatch.setattr(feedback, "_check_released", feedback._check_released.__wrapped__)
        with pytest.raises(CourseError, match=r"the formula .*\\vaerpsilon"):
            feedback.FeedbackPage().from_notebook_node(notebook(page, SLUG), {"nbgrader": {"assignment": SLUG}})
