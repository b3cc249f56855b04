"""What people hear who use a screen reader: the accessibility tree that Chromium gives to it, read as text."""

import re

import pytest
from exercise_pages import KEPT
from test_runner import FIRST, wrong_answer

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("runner")]

NOT_SAID = {"none", "generic", "InlineTextBox"}
PRIVATE = re.compile("[\ue000-\uf8ff]")  # letters of icon fonts, which no voice can say
#: A cell of a table of the check, and what a property is said to be.
SAID = re.compile(r"^image '(holds|does not hold|not reached)'$")


class Heard:
    """A node of the tree, without those that are not said."""

    def __init__(self, nodes, number):
        self.raw = nodes[number]
        self.role = self.raw["role"]["value"]
        self.name = self.raw.get("name", {}).get("value", "")
        self.told = {one["name"]: one["value"].get("value") for one in self.raw.get("properties", [])}
        self.parts = [part for child in self.raw.get("childIds", []) for part in heard(nodes, child)]

    def all(self, role=None):
        found = [self] if role in {None, self.role} else []
        return found + [one for part in self.parts for one in part.all(role)]

    def one(self, role, name):
        (found,) = [part for part in self.all(role) if part.name == name]
        return found

    @property
    def text(self):
        """All that is said of it, in order."""
        return self.name if self.role == "StaticText" else "".join(part.text for part in self.parts)


def heard(nodes, number):
    if number not in nodes:
        return []
    node = nodes[number]
    if node["ignored"] or node["role"]["value"] in NOT_SAID:
        return [part for child in node.get("childIds", []) for part in heard(nodes, child)]
    return [Heard(nodes, number)]


def listen(page):
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    (root,) = heard({node["nodeId"]: node for node in nodes}, nodes[0]["nodeId"])
    assert not [part for part in root.all() if PRIVATE.search(part.name) and part.role != "StaticText"]
    return root


def test_an_editor_and_a_verdict_are_told_in_words(exercise):
    name = "batchnorm_forward"
    here = exercise(kept={f"{KEPT}code:transform:{name}": wrong_answer()})
    here.press(name, "Check my answer")
    here.wait(name, "did not pass yet$")
    page = listen(here.page)
    editor = page.one("textbox", f"Python code: {name}. Escape, then Tab leaves it.")
    assert editor.told["multiline"]
    assert editor.told["focusable"]
    assert f"def {name}(" in editor.raw["value"]["value"]
    # Each button says to which cell it belongs.
    buttons = [one.name for one in page.all("button") if one.name.endswith(f": {name}")]
    assert buttons == [f"{label}: {name}" for label in ("Run", "Stop", "Check my answer", "Start over")]
    # Two lines are spoken by themselves: how it went, and what was found.
    verdict = page.one("status", f"Verdict on {name}")
    assert verdict.told["live"] == "polite"
    assert re.match(r"Not solved yet\. \d of 10 properties hold", verdict.text)
    assert "Looks like: The variance was divided by m - 1." in verdict.text
    assert [
        one for one in page.all("status") if one.text == "Your check did not pass yet" and one.told["live"] == "polite"
    ]
    # Each property is a row of two cells; what became of it comes first, in words.
    output = page.one("group", f"Output of {name}")
    table = output.one("table", name)
    rows = [row.all("cell") for row in table.all("row")]
    assert all(len(cells) == 2 for cells in rows)
    said = [cells[0].one("image", cells[0].name).name for cells in rows]
    assert set(said) == {"does not hold", "not reached"}
    assert rows[0][1].text.startswith("y is gamma * x_hat + beta")
    assert output.one("DisclosureTriangle", "3 properties hold").told["expanded"] is False
    here.cell(name).get_by_text("3 properties hold").click()
    held = listen(here.page).one("group", f"Output of {name}").all("table")[1]
    assert {image.name for image in held.all("image")} == {"holds"}


def test_the_line_of_an_error_is_a_button_that_says_where_it_goes(exercise):
    here = exercise()
    here.run(FIRST, "x = 1\nx / 0", "^ZeroDivisionError in line 2$")
    output = listen(here.page).one("group", "Output of cell 2")
    assert output.text.startswith("division by zero")
    assert [one.name for one in output.all("button")] == ["Go to line 2 of cell 2"]


def test_formulas_are_read_as_mathematics_and_only_once(browser, below):
    page = browser.new_page(service_workers="block")
    page.goto(f"{below}/book/transform/lesson.html")
    tree = listen(page)
    shown = page.locator(".katex").locator("visible=true").count()
    formulas = tree.all("MathMLMath")
    assert len(formulas) >= shown > 100
    for formula in formulas:
        assert formula.text.strip()
        assert "\\" not in formula.text  # no LaTeX is spelled out
    fraction = next(one for one in tree.all("MathMLFraction") if one.text == "1𝑚")
    assert [part.role for part in fraction.parts] == ["MathMLNumber", "MathMLIdentifier"]
    # What KaTeX lays out for the eye says nothing: the same letters would follow once more.
    around = next(one for one in tree.all("paragraph") if one.all("MathMLMath") and "variance" in one.text)
    assert all(part.role in {"StaticText", "MathMLMath", "strong", "emphasis", "code", "link"} for part in around.parts)
    page.close()
