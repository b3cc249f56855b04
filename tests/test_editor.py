"""The editors of an exercise page under fingers: keys, folds, completion, names, scratch cells, touch.

One file, because its tests share one open browser and one built site.
"""

import json

import nbformat
import pytest
from exercise_pages import CONTRAST, FOLD
from playwright.sync_api import expect
from test_runner import FIRST, PLOT
from typing_keys import shown, type_text

from course.notebooks import released

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("runner")]

STUB = "batchnorm_forward"
SCRATCH = f"scratch-{STUB}"
FOCUSED = "document.activeElement.closest('[data-cell]')?.dataset.cell"
MARKER = "# YOUR CODE HERE"


def editor(here, name):
    return here.cell(name).locator(".cm-content")


def focus(here, name):
    """Come into an editor by Tab, from the button that stands before it or after it."""
    here.cell(name).locator(".runner-buttons button").first.focus()
    here.page.keyboard.press("Shift+Tab")
    expect(editor(here, name)).to_be_focused()


def started(here):
    """Python has started and is idle."""
    here.run("setup", status="^Done in")


# ---------------------------------------------------------------- marks


def test_the_line_of_an_error_is_marked_in_text_and_gutter_until_the_text_changes(exercise):
    here = exercise()
    here.run(FIRST, "a = 0\nb = 1\n\nb / a", "^ZeroDivisionError in line 4$")
    marked = here.cell(FIRST).locator(".runner-marked")
    expect(marked).to_have_text(["4", "b / a"])
    gutter = here.cell(FIRST).locator(".cm-gutterElement.runner-marked")
    assert gutter.evaluate("e => getComputedStyle(e, '::before').content") == '"➤"'  # not by colour alone
    here.page.keyboard.press("Tab")
    editor(here, FIRST).click()
    here.page.keyboard.press("Control+End")
    expect(marked).to_have_count(2)
    here.page.keyboard.type(" ")
    expect(marked).to_have_count(0)
    here.run(FIRST, "b / a", "^ZeroDivisionError in line 1$")
    expect(marked).to_have_count(2)
    here.press(FIRST, "Run")
    here.wait(FIRST, "^ZeroDivisionError in line 1$")
    expect(marked).to_have_count(2)


# ---------------------------------------------------------------- keys


def test_keys_run_go_on_and_check(exercise):
    here = exercise()
    keyboard = here.page.keyboard
    here.type(FIRST, "print(6 * 7)")
    keyboard.press("Control+Enter")
    assert here.wait(FIRST, "^Done in").strip() == "42"
    assert here.page.evaluate(FOCUSED) == FIRST
    here.type(FIRST, "print(6 * 8)")
    keyboard.press("Shift+Enter")
    expect(editor(here, STUB)).to_be_focused()
    assert "48" in here.wait(FIRST, "^Done in")
    assert here.text(FIRST) == "print(6 * 8)"  # no key has put anything there
    keyboard.press("Control+Shift+Enter")
    assert "raise NotImplementedError() is still there" in here.wait(STUB, "did not pass yet")
    keyboard.press("Shift+Enter")
    here.wait(STUB, "^Done in")
    expect(editor(here, PLOT)).to_be_focused()  # the check has no editor, and the scratch cell is folded
    before = here.text(PLOT)
    keyboard.press("Control+Shift+Enter")  # nothing to check here
    assert here.text(PLOT) == before


def test_search_and_moving_lines(exercise):
    here = exercise()
    keyboard = here.page.keyboard
    here.type(FIRST, "one = 1\ntwo = one\nthree = one")
    keyboard.press("Control+Home")
    keyboard.press("Alt+ArrowDown")
    assert shown(editor(here, FIRST)) == "two = one\none = 1\nthree = one"
    keyboard.press("Alt+ArrowUp")
    keyboard.press("Control+f")
    field = here.cell(FIRST).get_by_role("textbox", name="Find")
    expect(field).to_be_focused()
    keyboard.type("one")
    expect(here.cell(FIRST).locator(".cm-searchMatch")).to_have_count(3)
    assert here.cell(FIRST).locator(".cm-searchMatch").first.evaluate(CONTRAST) >= 4.5
    keyboard.press("Enter")
    keyboard.press("Enter")
    keyboard.press("Escape")
    expect(editor(here, FIRST)).to_be_focused()
    keyboard.press("Tab")  # Escape closed the search, so Tab does not leave the editor
    expect(editor(here, FIRST)).to_be_focused()
    keyboard.press("Shift+Tab")
    keyboard.type("1")  # in place of the match that was found
    assert here.code(FIRST) == "one = 1\ntwo = 1\nthree = one"


def test_the_list_of_keys(exercise):
    here = exercise()
    keyboard, dialog = here.page.keyboard, here.page.get_by_role("dialog", name="Keys in an editor")
    here.page.locator(".bd-article h1").click()
    keyboard.type("?")
    expect(dialog).to_be_visible()
    for key in ("Ctrl+Enter", "Shift+Enter", "Ctrl+Shift+Enter", "Ctrl+Space", "Ctrl+F"):
        expect(dialog).to_contain_text(key)
    keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    button = here.page.get_by_role("button", name="Keys", exact=True)
    button.click()
    expect(dialog).to_be_visible()
    keyboard.press("Escape")
    expect(button).to_be_focused()
    here.type(FIRST, "x = '?'")
    type_text(here.cell("written_transform").locator("textarea"), "Why?")
    expect(dialog).to_be_hidden()


# ---------------------------------------------------------------- the docstring


def test_the_docstring_of_a_stub_is_folded_and_opens_at_a_click_and_by_a_key(exercise):
    here = exercise()
    fold, keyboard = here.cell(STUB).locator(FOLD), here.page.keyboard
    editor(here, STUB).scroll_into_view_if_needed()
    starter = here.cell(STUB).locator("pre").first.text_content().strip("\n")
    expect(fold).to_have_text("… 28 more lines")
    assert fold.get_attribute("aria-label") == "Show 28 more lines of this docstring"
    lines = shown(editor(here, STUB)).splitlines()
    assert lines[1].startswith('    """Normalize each feature')
    assert lines[3:] == [f"    {MARKER}", "    raise NotImplementedError()"]
    fold.click()
    expect(fold).to_have_count(0)
    assert here.text(STUB) == starter
    focus(here, STUB)
    keyboard.press("Control+.")
    expect(fold).to_have_count(1)
    keyboard.press("Control+.")
    expect(fold).to_have_count(0)
    keyboard.press("Control+.")
    expect(fold).to_have_count(1)


def test_typing_in_a_fresh_stub_takes_the_place_of_the_placeholder_and_of_nothing_else(exercise):
    here = exercise()
    keyboard = here.page.keyboard
    focus(here, STUB)
    assert here.page.evaluate("getSelection().toString()").split() == [
        *MARKER.split(),
        "raise",
        "NotImplementedError()",
    ]
    keyboard.type("m = 1\nreturn m")
    kept = here.code(STUB)
    assert kept.endswith('"""\n    m = 1\n    return m')
    assert kept.startswith("def batchnorm_forward(x, gamma, beta, eps=1e-5):\n")
    assert "gamma * x_hat + beta." in kept  # what is folded
    expect(here.cell(STUB).locator(FOLD)).to_have_count(1)  # an edit elsewhere leaves it folded
    here.open()
    expect(here.cell(STUB).locator(FOLD)).to_have_count(1)
    focus(here, STUB)  # now there is no placeholder, so nothing is selected
    keyboard.type("#")
    assert here.code(STUB) == f"#{kept}"


def test_cursor_and_selection_go_over_a_fold(exercise):
    here = exercise()
    here.context.grant_permissions(["clipboard-read", "clipboard-write"])
    keyboard, fold = here.page.keyboard, here.cell(STUB).locator(FOLD)
    starter = here.cell(STUB).locator("pre").first.text_content().strip("\n")
    focus(here, STUB)
    keyboard.press("Control+Home")
    for _ in range(4):
        keyboard.press("ArrowDown")
    expect(fold).to_have_count(1)
    keyboard.press("Home")
    keyboard.type("a")  # in the second row below the fold
    assert here.code(STUB) == starter.replace("    raise", "    araise")
    keyboard.press("Backspace")
    for _ in range(4):
        keyboard.press("ArrowUp")
    keyboard.press("ArrowDown")
    keyboard.press("End")
    for _ in range(2):
        keyboard.press("ArrowRight")  # to the fold, and over it
    expect(fold).to_have_count(1)
    keyboard.type("!")
    assert here.code(STUB) == starter.replace('    """\n    #', '    !"""\n    #')
    keyboard.press("Control+z")
    keyboard.press("ArrowLeft")
    keyboard.press("ArrowLeft")
    keyboard.type("?")
    assert here.code(STUB) == starter.replace("shift it.", "shift it.?")
    keyboard.press("Control+z")
    assert here.code(STUB) is None
    keyboard.press("Control+a")
    keyboard.press("Control+c")
    expect(fold).to_have_count(1)
    assert here.page.evaluate("navigator.clipboard.readText()") == starter
    # What is deleted at the fold's end is a line break; what is deleted in the fold opens it.
    keyboard.press("Control+Home")
    keyboard.press("ArrowDown")
    keyboard.press("End")
    keyboard.press("Delete")
    assert here.code(STUB) == starter.replace("shift it.\n", "shift it.")
    expect(fold).to_have_count(1)
    keyboard.press("Delete")
    expect(fold).to_have_count(0)


# ---------------------------------------------------------------- completion and signatures


def options(here, name):
    return here.cell(name).get_by_role("option")


def test_names_are_completed_from_the_live_namespace(exercise):
    here = exercise()
    keyboard = here.page.keyboard
    started(here)
    here.run(FIRST, "table = np.ones((4, 3))")
    keyboard.press("Tab")
    here.type(FIRST, "np.lins")
    expect(options(here, FIRST).first).to_have_text("linspace")
    keyboard.press("Tab")
    assert shown(editor(here, FIRST)) == "np.linspace"
    keyboard.type("\ntab")
    expect(options(here, FIRST)).to_have_count(0)  # a plain name opens no list
    keyboard.press("Control+Space")
    expect(options(here, FIRST).first).to_have_text("table(4, 3) float64")
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    keyboard.type(".me")
    expect(options(here, FIRST).first).to_have_text("mean")
    keyboard.press("Escape")
    expect(options(here, FIRST)).to_have_count(0)
    keyboard.press("Tab")  # Escape closed the list, so Tab is as before
    expect(editor(here, FIRST)).to_be_focused()
    assert here.code(FIRST) == "np.linspace\n    table.me"


def test_enter_makes_a_new_line_though_a_list_is_open(exercise):
    here = exercise()
    started(here)
    here.type(FIRST, "np.e")
    expect(options(here, FIRST).first).to_be_visible()
    here.page.keyboard.press("Enter")
    here.page.keyboard.type("1")
    assert here.code(FIRST) == "np.e\n1"
    here.page.keyboard.type("\n# np.")
    here.page.keyboard.type("\nnp.")
    expect(options(here, FIRST).first).to_be_visible()  # after the comment, in which there was none
    assert here.code(FIRST) == "np.e\n1\n# np.\nnp."


def test_without_python_the_names_of_the_text_are_there(exercise):
    here = exercise()
    here.type(FIRST, "largest = 1\nlar")
    here.page.keyboard.press("Control+Space")
    expect(options(here, FIRST)).to_have_text(["largest"])
    here.page.keyboard.press("Tab")
    assert here.code(FIRST) == "largest = 1\nlargest"


def test_what_a_function_takes_is_shown_above_the_line(exercise):
    here = exercise()
    keyboard = here.page.keyboard
    tip = here.cell(FIRST).locator(".runner-signature")
    started(here)
    here.run(FIRST, 'def half(x, times=1):\n    """Halve x."""\n    return x / 2 ** times')
    editor(here, FIRST).click()
    keyboard.press("Control+a")
    keyboard.type("\n\n\nhalf(")  # the bracket is closed by itself
    expect(tip).to_have_text("half(x, times=1)Halve x.")
    line = here.cell(FIRST).locator(".cm-line").last.bounding_box()
    box = tip.bounding_box()
    assert box["y"] + box["height"] <= line["y"] + 3  # of the space between lines
    keyboard.type("1, ")
    expect(tip).to_be_visible()
    keyboard.type("np.zeros(")
    expect(tip).to_contain_text("zeros(shape, dtype=float")
    keyboard.type("3)")
    keyboard.press("Control+Shift+Space")
    expect(tip).to_contain_text("half(x, times=1)")
    keyboard.press("Escape")
    expect(tip).to_have_count(0)
    keyboard.press("Control+Shift+Space")
    expect(tip).to_be_visible()
    keyboard.type(")")
    expect(tip).to_have_count(0)
    assert here.code(FIRST) == "\n\n\nhalf(1, np.zeros(3))"


# ---------------------------------------------------------------- the names that a run has left


def rows(here, name):
    return [row.locator("th, td").all_inner_texts() for row in here.cell(name).locator(".runner-names tbody tr").all()]


NASTY = """class Odd:
    def __repr__(self):
        print("printed")
        while True:
            pass
    @property
    def size(self):
        while True:
            pass

odd = Odd()
x = np.arange(6.0).reshape(2, 3) / 7
mask = x > 0.5
words = ["a"] * 1000
big = 10 ** 5000
x.T[0] = 5
markup = "<img src=x onerror=window.ran=1>"
_ = [hidden for hidden in range(3)]"""


def test_the_names_that_a_run_has_left_are_shown_on_demand(exercise):
    here = exercise()
    started(here)
    names = here.cell(FIRST).locator(".runner-names")
    expect(names).to_be_hidden()
    here.run(FIRST, NASTY)
    names.locator("summary").click()
    expect(names.locator("tbody tr").first).to_be_visible()
    found = {name: rest for name, *rest in rows(here, FIRST)}
    assert list(found) == ["Odd", "odd", "x", "mask", "words", "big", "markup", "_"]
    assert found["x"] == ["array, float64", "(2, 3)", "5, 0.1429, 0.2857, 5, 0.5714, 0.7143"]
    assert found["mask"][:2] == ["array, bool", "(2, 3)"]
    assert found["odd"] == ["Odd", "", "<Odd>"]
    assert found["words"][:2] == ["list", "1000 items"]
    assert found["big"][:1] == ["int"]
    assert found["markup"][2] == "'<img src=x onerror=window.ran=1>'"
    assert here.page.evaluate("window.ran") is None
    assert here.cell(FIRST).locator(".runner-output").inner_text() == ""  # nothing was printed
    here.run(FIRST, "x = np.ones(8, dtype=np.float32)")  # an open table follows
    expect(names.locator("tbody tr")).to_have_count(1)
    assert rows(here, FIRST) == [["x", "array, float32", "(8,)", "1, 1, 1, 1, 1, 1, …"]]
    here.run(FIRST, "import math\nprint(x[0])")
    expect(names).to_contain_text("This cell set no names.")


# ---------------------------------------------------------------- a scratch cell


def open_scratch(here):
    here.page.locator("details.runner-scratch", has=here.cell(SCRATCH)).locator("summary").first.click()


def test_a_scratch_cell_sees_the_names_of_the_page_and_leaves_none(exercise):
    here = exercise()
    here.run(FIRST, "kept = np.ones(3)")
    expect(here.cell(SCRATCH)).to_be_hidden()
    open_scratch(here)
    assert here.run(SCRATCH, "kept = kept + 1\nmine = kept.sum()\nprint(mine)").strip() == "6.0"
    names = here.cell(SCRATCH).locator(".runner-names")
    names.locator("summary").click()
    expect(names.locator("tbody tr")).to_have_count(2)
    assert here.run(FIRST, "print(kept)").strip() == "[1. 1. 1.]"
    told = here.run(FIRST, "mine", "^NameError in line 1$")
    assert "is defined in" not in told  # an answer must not come to need a scratch cell
    here.open()
    expect(here.cell(SCRATCH)).to_be_visible()  # what stands in it is kept
    assert here.text(SCRATCH).startswith("kept = kept + 1")


def test_scratch_cells_are_in_the_progress_file_and_not_in_the_notebook(exercise):
    here = exercise()
    keys = [cell.get_attribute("data-key") for cell in here.page.locator(".runnable[data-kind=explore]").all()]
    assert keys == [f"explore-{k + 1}" for k in range(len(keys))]
    titles = here.page.locator(".runnable[data-kind=explore] .runner-name").all_inner_texts()
    cells = [cell.id for cell in released("transform").cells if cell.cell_type == "code"]
    explored = [here.cell(name).get_attribute("data-kind") for name in cells]
    assert titles == [f"cell {k + 1}" for k, kind in enumerate(explored) if kind == "explore"]
    open_scratch(here)
    here.type(SCRATCH, "secret = 1")
    here.type(FIRST, "mine = 1")
    with here.page.expect_download() as download:
        here.page.get_by_role("button", name="Download my notebook").click()
    mine = nbformat.read(download.value.path(), as_version=4)
    given = nbformat.reads(
        here.page.request.get(f"{here.below}/notebooks/transform/exercise.ipynb").text(), as_version=4
    )
    assert [(c.id, c.metadata) for c in mine.cells] == [(c.id, c.metadata) for c in given.cells]
    assert "secret" not in json.dumps(mine)
    here.page.goto(f"{here.below}/book/progress.html")
    with here.page.expect_download() as download:
        here.page.get_by_role("button", name="Save to a file").click()
    saved = download.value.path()
    here.page.get_by_role("button", name="Forget").first.click()
    here.page.locator("#progress-sure button[value=yes]").click()
    here.page.set_input_files("#progress-file", saved)
    here.page.locator("#progress-said", has_text="Read “").wait_for()
    assert "Left out" not in here.page.locator("#progress-said").inner_text()
    here.open()
    assert here.text(SCRATCH) == "secret = 1"


# ---------------------------------------------------------------- a phone


def test_on_a_touch_screen_a_row_of_keys_types_what_python_needs(exercise):
    here = exercise(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True, device_scale_factor=2)
    row = here.cell(FIRST).get_by_role("toolbar", name="Keys for Python")
    expect(row).to_be_hidden()
    editor(here, FIRST).tap()
    here.page.keyboard.press("Control+a")
    here.page.keyboard.press("Backspace")
    expect(row).to_be_visible()
    for key in "()[]_=:/*.,":
        row.get_by_role("button", name=key, exact=True).tap()
        expect(editor(here, FIRST)).to_be_focused()
    assert here.code(FIRST) == "()[]_=:/*.,"
    row.get_by_role("button", name="Indent", exact=True).tap()
    assert here.code(FIRST) == "    ()[]_=:/*.,"
    row.get_by_role("button", name="Indent less").tap()
    here.page.keyboard.type("a")
    assert here.code(FIRST) == "()[]_=:/*.,a"
    box = row.bounding_box()
    assert box["y"] + box["height"] == 740
    assert all(button.bounding_box()["height"] >= 44 for button in row.get_by_role("button").all())
    assert here.page.evaluate("document.documentElement.scrollWidth") <= 360
    for size in (".cm-scroller", ".runner-written"):
        assert here.page.locator(size).first.evaluate("e => getComputedStyle(e).fontSize") == "16px"
    for button in here.page.locator(".runner-buttons button:visible").all():
        assert button.bounding_box()["height"] >= 44
    here.page.locator(".bd-article h1").tap()
    expect(row).to_be_hidden()


def test_with_a_mouse_there_is_no_row_of_keys(exercise):
    here = exercise()
    editor(here, FIRST).click()
    expect(here.cell(FIRST).locator(".runner-touch-keys")).to_be_hidden()


# ---------------------------------------------------------------- what a notebook would understand


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_command_of_notebooks_gets_a_kind_word(exercise, scheme):
    here = exercise(color_scheme=scheme)
    for line, words in {
        "%timeit np.ones(3)": "from timeit import timeit",
        "!pip install torch": "Nothing can be installed on this page",
        "np.mean?": "Here help(np.mean) prints it",
        "%matplotlib inline": "appear below the cell by themselves",
        "!ls": "has no shell",
    }.items():
        told = here.run(FIRST, f"x = 1\n{line}", "^Line 2 is a notebook's command$")
        assert words in told
        assert "SyntaxError" not in told
        expect(here.cell(FIRST).locator(".cm-line.runner-marked")).to_have_text([line])
    assert "SyntaxError" in here.run(FIRST, "x = (1", "^SyntaxError in line 1$")
    # What Python understands is no command, whatever it looks like.
    assert here.run(FIRST, "x = (7\n% 4)\nprint(x)").strip() == "3"


# ---------------------------------------------------------------- what an editor looks like


def test_indentation_has_guides(exercise):
    here = exercise()
    here.type(FIRST, "if True:\n    if True:\n        x = 1\n\n        y = 2\nz = 3")
    steps = "lines => lines.map((line) => getComputedStyle(line).getPropertyValue('--steps'))"
    assert here.cell(FIRST).locator(".cm-line").evaluate_all(steps) == ["", "1", "2", "2", "2", ""]
    guides = (
        here.cell(FIRST)
        .locator(".cm-line")
        .nth(2)
        .evaluate("line => [getComputedStyle(line).backgroundImage, getComputedStyle(line).backgroundSize]")
    )
    assert guides[0].startswith("repeating-linear-gradient(to right")


#: The layout shifts of a page, and whether a part of a cell moved.
OBSERVE = """() => {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries()) {
      const elements = sources.map(({ node }) => (node?.nodeType === 1 ? node : node?.parentElement));
      const cells = elements.map((element) => element?.closest(".runnable"));
      if (!hadRecentInput) window.shifts.push({ value, cell: cells.some(Boolean) });
    }
  }).observe({ type: "layout-shift", buffered: true });
}"""


@pytest.mark.parametrize("width", [1280, 360])
def test_editors_do_not_jump_when_they_come_into_view(exercise, width):
    here = exercise("project", viewport={"width": width, "height": 740})
    here.page.evaluate(OBSERVE)
    end = "scrollY + innerHeight >= document.documentElement.scrollHeight - 1"
    while not here.page.evaluate(end):
        here.page.mouse.wheel(0, 500)
        here.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    shifts = here.page.evaluate("window.shifts")
    assert sum(shift["value"] for shift in shifts if shift["cell"]) <= 0.02
