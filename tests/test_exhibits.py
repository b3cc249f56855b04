"""The museum of bugs in a browser: a reader finds the guilty line by mouse or keys; the test and the fix come later."""

import pytest
from docutils import nodes

from publishing.sphinx import exhibits
from publishing.sphinx.directives import element

pytestmark = pytest.mark.slow


def details(kind, **html):
    return element("", tag="details", **{"class": f"hint {kind}", **html})


def test_a_step_takes_what_follows_up_to_the_next_step():
    section = nodes.section()
    parts = [nodes.paragraph("", text) for text in "abcd"]
    first, second = details("step"), details("step")
    section += [parts[0], first, parts[1], parts[2], second, parts[3]]
    document = nodes.document(None, None)
    document += section
    exhibits.fold_steps(None, document)
    assert section.children == [parts[0], first, second]
    assert (first.children, second.children) == (parts[1:3], parts[3:])


@pytest.mark.parametrize(("lines", "wrong"), [("2", False), ("1 3", False), ("4", True), ("0", True)])
def test_a_guilty_line_is_one_of_the_cell_above(lines, wrong, monkeypatch):
    told = []
    monkeypatch.setattr(exhibits.logger, "warning", lambda *text, **where: told.append(text))
    section = nodes.section()
    cell = nodes.container("", nodes.literal_block("", "one\ntwo\nthree\n"))
    section += [cell, details("guilty-line", **{"data-lines": lines})]
    document = nodes.document(None, None)
    document += section
    exhibits.fold_steps(None, document)
    assert bool(told) is wrong


@pytest.fixture
def museum(browser, address):
    def open_page(**options):
        context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)
        page = context.new_page()
        page.goto(f"{address}/book/bugs.html")
        opened.append((context, page))
        return page

    opened = []
    yield open_page
    for context, _ in opened:
        context.close()


def exhibit(page, number=1):
    return page.locator("section").filter(has=page.locator(f"h2:text-matches('^{number}\\\\. ')")).last


def is_open(found):
    return found.evaluate("details => details.open")


def test_a_click_on_the_guilty_line_opens_the_explanation_and_nothing_else(museum):
    first = exhibit(museum())
    explanation, (test, fix) = first.locator("details.guilty-line"), first.locator("details.step").all()
    told = first.get_by_role("status")
    first.get_by_role("button", name="Line 1:").click()
    assert "not in line 1" in told.inner_text()
    assert not is_open(explanation)
    first.get_by_role("button", name="Line 3:").click()
    assert told.inner_text() == "Yes: lines 2 and 3."
    assert is_open(explanation)
    assert first.locator(".exhibit-lines .guilty").count() == 2
    assert first.locator(".exhibit-lines button").count() == 0  # the code can be marked and copied now
    assert not is_open(test)
    assert not is_open(fix)


def test_the_lines_are_one_stop_for_the_tab_key_and_arrows_go_through_them(museum):
    page = museum()
    fourth = exhibit(page, 4)
    lines = fourth.locator(".exhibit-lines button")
    assert lines.evaluate_all("lines => lines.map((line) => line.tabIndex)") == [0, -1, -1]
    lines.first.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert "not in line 1" in fourth.get_by_role("status").inner_text()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    assert fourth.get_by_role("status").inner_text() == "Yes: line 3."
    assert page.evaluate("document.activeElement.textContent") == "Where is the mistake?"


def test_each_line_to_click_lies_on_its_line_of_code(museum):
    page = museum()
    for number in (1, 6, 13):
        place = exhibit(page, number)
        place.scroll_into_view_if_needed()
        high = place.locator("pre.exhibit").first.evaluate(
            """(pre) => {
                const rows = [...pre.querySelector('.exhibit-lines').children];
                const walk = document.createTreeWalker(pre, NodeFilter.SHOW_TEXT);
                const tops = [];
                let line = 0;
                for (let text = walk.nextNode(); text; text = walk.nextNode())
                    for (let k = 0; k < text.data.length; k += 1) {
                        if (text.data[k] === '\\n') { line += 1; continue; }
                        const range = document.createRange();
                        range.setStart(text, k);
                        range.setEnd(text, k + 1);
                        const { top, bottom } = range.getBoundingClientRect();
                        tops[line] ??= (top + bottom) / 2;
                    }
                return rows.map((row, k) => {
                    const { top, bottom } = row.getBoundingClientRect();
                    return tops[k] === undefined || (top < tops[k] && tops[k] < bottom);
                });
            }"""
        )
        assert len(high) >= 3
        assert all(high), number


def test_without_a_script_the_explanation_is_folded(museum):
    page = museum(java_script_enabled=False)
    first = exhibit(page)
    assert first.locator("summary").first.inner_text() == "Where is the mistake?"
    hidden = first.get_by_text("cuts the history of the mean")
    assert not hidden.is_visible()
    first.locator("details.guilty-line summary").click()
    assert hidden.is_visible()
