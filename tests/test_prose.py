"""The rules of English: each has a sentence that breaks it and one that does not; quotations and code pass."""

import pytest

from publishing import prose
from publishing.page_text import blocks

LONG = "The layer takes the mean of every feature over the batch and " + "then it goes on " * 5 + "to the end."
LONGER = LONG[:-1] + " and further and further and further and further and further."

BREAKS = [
    ("lesson", LONG, "long sentence"),
    ("page", LONGER, "long sentence"),
    ("page", "$$\ny = x\n$$\n\nIt is the identity.", "it after a formula"),
    ("page", "$$\ny = x\n$$ (label)\n\nThat means less.", "it after a formula"),
    ("page", "Counted are only mistakes.", "order"),
    ("page", "The mean is taken anew.", "word"),
    ("page", "This is, of course, so.", "word"),
    ("page", "- an item, hence a reason", "word"),
    ("page", "| a cell | it is mended |", "word"),
    ("page", "Longer code is folded.", "word"),
    ("page", "An unbiased variance.", "word"),
    ("page", ":::{quiz} Which color?\n- [x] red :: it simply is.\n- [ ] blue :: no.\n:::", "spelling"),
    ("page", "The normalised values.", "spelling"),
    ("page", "Its behavior, and its neighbor's.", "spelling"),
    ("page", "We analyze the center.", "spelling"),
]
PASSES = [
    ("lesson", "The layer takes the mean of every feature over the batch. Then it divides."),
    ("page", LONG),
    ("page", LONGER.replace(" and further", "; it went further", 1)),
    ("page", "$$\ny = x\n$$\n\nThis formula is the identity."),
    ("page", "$$\ny = x\n$$\n\nThe layer is the identity. It is linear."),
    ("page", "The count has only mistakes. It needed is one thing."),
    ("page", "He wrote that it was \"simply mended\"."),
    ("page", "```python\ncolor = 'normalised anew'\n```"),
    ("page", "`color` is an argument of `normalise`."),
    ("page", "Oxford spelling: normalize, analyse, colour, exercise, otherwise, precise, a raised surprise."),
    ("page", "The very array that went in."),
]  # fmt: skip


def page(tmp_path, kind, text):
    path = tmp_path / f"{kind}.md"
    path.write_text(f"---\nkernelspec: {{name: python3}}\n---\n\n# A title\n\n{text}\n")
    return path


@pytest.mark.parametrize(("kind", "text", "rule"), BREAKS)
def test_a_sentence_that_breaks_a_rule_is_found_with_its_line(tmp_path, kind, text, rule):
    path = page(tmp_path, kind, text)
    found = [finding for finding in prose.check(path) if finding.rule == rule]
    assert found
    assert str(found[0]).startswith(f"{path}:{found[0].line}: {rule}: ")
    lines = path.read_text().splitlines()
    assert lines[found[0].line - 1] in text.splitlines()


@pytest.mark.parametrize(("kind", "text"), PASSES)
def test_a_sentence_that_keeps_the_rules_passes(tmp_path, kind, text):
    assert prose.check(page(tmp_path, kind, text)) == []


def test_a_core_ends_where_it_says(tmp_path):
    path = page(tmp_path, "lesson", f"Short.\n\n:::{{core-ends}}\n:::\n\n## More\n\n{LONG}")
    assert prose.check(path) == []
    assert [block.core for block in blocks(path)] == [True, True, False, False]


def test_a_term_is_explained_before_a_core_uses_it(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    early = page(first, "lesson", 'The dropout rate. The "mask" is quoted.\n\n*Dropout* sets values to 0.')
    late = page(second, "lesson", "Dropout again, and a mask.\n\n:::{core-ends}\n:::\n\nPadding comes late.")
    found = list(prose.unexplained_terms([early, late], ["dropout", "mask", "padding"]))
    assert [(finding.page, finding.message.split("'")[1]) for finding in found] == [(early, "dropout"), (late, "mask")]


def test_the_glossary_and_the_contents_are_read():
    assert {"folding", "condition number", "upstream gradient"} <= set(prose.glossary())
    assert "batch" not in prose.glossary()  # the course asks for it before it begins
    names = [path.parent.name for path in prose.contents() if path.name == "lesson.md"]
    assert names == ["introduction", "transform", "backprop", "inference", "recurrent", "tradeoffs", "project"]
    assert all(path.is_file() for path in prose.contents())


def test_the_pages_beside_the_lessons_keep_the_rules():
    pages = [path for path in prose.contents() if path.name != "lesson.md"]
    assert [str(finding) for path in pages for finding in prose.check(path)] == []
