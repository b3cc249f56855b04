"""Exercise pages run in place: what a learner can do there, in a real browser with the site's own Python.

The site is served from a folder below the server's root, by a server that sets no special header. One file, because
its tests share one open browser and one built site.
"""

import inspect
import json
import re

import matplotlib as mpl
import nbformat
import pytest
from conftest import ROOT
from exercise_pages import CONTRAST, KEPT, LOAD
from typing_keys import PRINTABLE, delete_all, shown, type_text

from course.chapter import Chapter, load, slugs
from course.notebooks import bundle, companion_files, notebook, released
from grading.engine.grade import grade, submission_key
from grading.handin.rebuild import rebuild
from grading.sandbox.warm import Sandbox
from publishing.assets import front_end, pyodide
from publishing.sphinx import exercise_cells

make_class = load(ROOT / "examples" / "make_class.py")
TRANSFORM = Chapter("transform")
WRONG = next(v for v in TRANSFORM.misconceptions("batchnorm_forward") if v.slug == "ddof")
CODE = [cell for cell in notebook(TRANSFORM.page, "transform").cells if cell.cell_type == "code"]
FIRST = CODE[1].id  # the transform page's worked sibling, after the setup
PLOT, DRAWS = next((cell.id, cell.source) for cell in CODE if "plt." in cell.source)
CALLS = 1 + DRAWS[: DRAWS.index("batchnorm_forward(")].count("\n")  # the line that calls what the learner writes


def answer(chapter, exercise):
    """The reference of an exercise as a learner could write it, with what it needs of its module."""
    source = inspect.getsource(chapter.solutions)
    for other in chapter.exercises.values():
        source = source.replace(inspect.getsource(other), "")
    helpers = re.sub(r'^""".*?"""', "", source, count=1, flags=re.DOTALL).strip()
    return f"{helpers}\n\n\n{inspect.getsource(chapter.exercises[exercise])}"


def wrong_answer():
    return make_class.as_answer(WRONG, load(ROOT / "tests" / "misconceptions" / "transform.py"))


# ---------------------------------------------------------------- what the page tells the script


@pytest.mark.slow
def test_each_cell_of_a_page_says_which_cell_of_the_notebook_it_is(site):
    for slug in slugs():
        text = (site / "book" / slug / "exercise.html").read_text()
        cells = [
            cell
            for cell in notebook(Chapter(slug).page, slug).cells
            if cell.cell_type == "code" or "nbgrader" in cell.metadata
        ]
        assert re.findall(r'data-cell="([^"]+)"', text) == [cell.id for cell in cells]
        kinds = re.findall(r'data-kind="([^"]+)"', text)
        assert kinds[0] == "setup"
        assert kinds[-1] == "written"
        assert kinds.count("solution") == kinds.count("check") == len(Chapter(slug).exercises)
        assert re.findall(r'data-kind="check" data-function="([^"]+)"', text) == list(Chapter(slug).exercises)


@pytest.mark.slow
def test_only_exercise_pages_load_the_script_and_what_they_need_lies_there(site):
    script = json.loads((site / "_static" / front_end.MANIFEST).read_text())["page.js"]
    loading = {path for path in site.rglob("*.html") if script in path.read_text()}
    assert loading == {site / "book" / slug / "exercise.html" for slug in slugs()}
    for slug in slugs():
        for name, content in bundle(slug).items():
            assert (site / "notebooks" / slug / name).read_bytes() == content


@pytest.mark.slow
def test_the_page_names_the_size_of_the_real_files(site):
    page = (site / "book" / "transform" / "exercise.html").read_text()
    told = int(re.search(r'data-bytes="(\d+)"', page)[1])
    static = site / "_static" / "pyodide"
    files = [*(static / name for name in pyodide.CORE.files), *static.glob("numpy-*.whl")]
    files += [site / "notebooks" / "transform" / name for name in ("check.py", "check.json", "check_search.py")]
    assert told == sum(path.stat().st_size for path in files)
    assert f"({told / 1e6:.0f} MB, once; the first plot 6 MB more)" in page


# ---------------------------------------------------------------- in a browser


pytestmark = pytest.mark.xdist_group("runner")


UNKNOWN = """def batchnorm_forward(x, gamma, beta, eps=1e-5):
    m = len(x)
    mean = x.sum(axis=0) / m
    var = ((x - mean) ** 2).sum(axis=0) / (m + 1)
    inv_std = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)
"""


@pytest.mark.slow
def test_the_line_of_a_slip_that_nobody_knows_is_found_after_the_table(exercise):
    here = exercise()
    here.type("batchnorm_forward", UNKNOWN)
    here.press("batchnorm_forward", "Check my answer")
    told = here.wait("batchnorm_forward", "look at line 4$")
    assert "Look here: line 4, var = ((x - mean) ** 2).sum(axis=0) / (m + 1): look at the" in told
    assert "properties hold" in told
    # The search is no run: the next one does not wait for it, and ends it.
    here.press("batchnorm_forward", "Check my answer")
    here.wait("batchnorm_forward", "Looking for the line$")
    assert here.run("batchnorm_forward") == ""


@pytest.mark.slow
def test_a_wrong_answer_gets_its_hint_and_a_right_one_passes(exercise):
    here = exercise()
    here.page.evaluate(
        "document.addEventListener('course:stored', (e) => (window.told = window.told || []).push(e.detail.key))"
    )
    here.type("batchnorm_forward", wrong_answer())
    here.press("batchnorm_forward", "Check my answer")
    table = here.wait("batchnorm_forward", "did not pass yet")
    assert f"Looks like: {WRONG.hint}" in table
    assert "Traceback" not in table
    assert here.cell("batchnorm_forward").locator("table.check [aria-label='does not hold']").count() >= 1
    assert here.kept("tried:batchnorm_forward")
    assert not here.kept("solved:batchnorm_forward")

    here.type("batchnorm_forward", answer(TRANSFORM, "batchnorm_forward"))
    here.press("batchnorm_forward", "Check my answer")
    table = here.wait("batchnorm_forward", "^Your check passed$")
    assert "All 10 properties hold on these inputs." in table
    assert "Looks like" not in table
    assert here.kept("solved:batchnorm_forward")
    assert {"tried:batchnorm_forward", "solved:batchnorm_forward"} <= set(here.page.evaluate("window.told"))

    # A plot needs only what the learner wrote.
    said = here.run(PLOT)
    assert said == ""  # no greeting of Matplotlib's
    plot = here.cell(PLOT).locator("img")
    assert plot.get_attribute("alt") == (
        "Plot drawn by this cell: its output over value of the moved example; "
        "with the example that is moved, another example"
    )
    assert plot.evaluate("image => image.complete && image.naturalWidth") > 300

    here.open()
    assert here.kept("code:transform:batchnorm_forward") == answer(TRANSFORM, "batchnorm_forward")
    assert here.text("batchnorm_forward").rstrip() == answer(TRANSFORM, "batchnorm_forward").rstrip()
    here.wait("batchnorm_forward", "^Your check passed on ")


@pytest.mark.slow
def test_clicks_before_python_is_ready_are_queued_and_told_how_far_it_is(exercise):
    here = exercise()
    assert "Python is not loaded yet" in here.page.locator(".runner-live").inner_text()
    said = re.search(r"\((\d+) MB, once", here.page.locator(".runner-live").text_content())[1]
    assert int(said) <= 18
    held = []  # from this machine the bytes come faster than one can look
    here.context.route("**/*.wasm", lambda route: held.append(route))
    here.press(FIRST, "Run")
    here.press("identity_parameters", "Check my answer")
    here.press(PLOT, "Run")
    loading = here.cell(FIRST).locator(".runner-loading", has_text=re.compile(rf"^Loading Python: \d+ of {said} MB$"))
    loading.wait_for()
    assert here.cell(FIRST).locator("progress").is_visible()
    for route in held:
        route.continue_()
    here.context.unroute("**/*.wasm")
    assert "[ 4. 20.]" in here.wait(FIRST, "^Done in")
    assert "raise NotImplementedError() is still there" in here.wait("identity_parameters", "did not pass yet")
    here.wait("setup", "^Run by itself$")
    told = here.wait(PLOT, f"^NameError in line {CALLS}$")
    assert "batchnorm_forward is defined in a cell of “1. The transform”, which has not run yet." in told
    here.cell(PLOT).get_by_role("button", name="Run that cell and this").click()
    told = here.wait(PLOT, f"^NotImplementedError in line {CALLS}$")
    assert "batchnorm_forward is not written yet: its line raise NotImplementedError() is still there." in told
    assert not here.cell(PLOT).get_by_text("Traceback (most recent call last)").is_visible()  # folded


@pytest.mark.slow
def test_what_no_interrupt_reaches_is_stopped_and_the_text_stays(exercise):
    here = exercise()
    here.run(FIRST)
    loop = "print('begun')\nsum(range(10**15))"
    here.type(PLOT, loop)
    here.press(PLOT, "Run")
    here.press("identity_parameters", "Run")  # waits behind it
    here.cell(PLOT).get_by_text("begun", exact=True).wait_for()
    here.press(PLOT, "Stop")
    assert "what ran before is gone, your text is not" in here.wait(PLOT, "^Stopped$")
    here.wait("identity_parameters", "^Not run: Python was stopped before$")
    here.wait(FIRST, "its results are gone$")
    assert here.text(PLOT) == loop
    assert here.code(PLOT) == loop
    here.cell(PLOT).get_by_role("button", name="Run all above").click()
    assert "[ 4. 20.]" in here.wait(FIRST, "^Done in")
    assert here.run(PLOT, "scaled.shape").strip() == "(3, 2)"


def test_plots_have_the_style_of_the_lessons(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "book")
    import lab

    style = mpl.rc_params_from_file(ROOT / "publishing/browser/exercise/plots.mplstyle", use_default_template=False)
    with mpl.rc_context():
        mpl.rcdefaults()
        plain = dict(mpl.rcParams)
        lab.use_course_style()
        lessons = {key: value for key, value in mpl.rcParams.items() if value != plain[key]}
    # The page draws no SVG, and a learner's own `plt.tight_layout()` would warn of another layout.
    for key in ("svg.hashsalt", "figure.constrained_layout.use"):
        del lessons[key]
    assert lessons.keys() == style.keys()
    for key, value in style.items():
        assert mpl.colors.same_color(value, lessons[key]) if "color" in key else value == lessons[key], key


PIXEL = """image => { const paint = document.createElement("canvas").getContext("2d"); paint.drawImage(image, 0, 0);
    return [...paint.getImageData(1, 1, 1, 1).data]; }"""


@pytest.mark.slow
def test_a_plot_is_seen_on_a_dark_page_and_may_have_a_ground_of_its_own(exercise):
    here = exercise(color_scheme="dark")
    picture = here.cell(PLOT).locator("img")
    here.run(PLOT, "import matplotlib.pyplot as plt\nplt.plot([1, 2]);")
    assert picture.evaluate(PIXEL)[3] == 0
    assert picture.evaluate("image => getComputedStyle(image).backgroundColor") == "rgba(0, 0, 0, 0)"
    here.run(PLOT, "plt.figure(facecolor='yellow')\nplt.plot([1, 2]);")
    assert picture.evaluate(PIXEL) == [255, 255, 0, 255]


@pytest.mark.slow
def test_a_plot_finds_the_typefaces_of_its_words_and_formulas(exercise):
    """Those that no page needs are left out of what is loaded; a glyph that is missing is told below the cell."""
    here = exercise()
    formula = r"$\hat{x}=\frac{x-\mu}{\sqrt{\sigma^2}},\ \mathbb{R}\odot\nabla\mathcal{L}\ \mathbf{W}\mathtt{t}$"
    code = f'import matplotlib.pyplot as plt\nplt.title(r"{formula}")\nplt.xlabel("mono", family="monospace");'
    assert here.run(PLOT, code).strip() == ""
    assert here.cell(PLOT).locator("img").count() == 1


@pytest.mark.slow
def test_what_a_cell_writes_and_where_it_fails(exercise):
    here = exercise()
    # A traceback begins at the learner's own line, not in what runs the cell.
    code = "def half(x):\n    return x / np.zeros((2, 3))\n\nhalf(np.ones((4, 5)))"
    told = here.run(FIRST, code, "^ValueError in line 4$")
    trace = here.cell(FIRST).locator(".runner-error pre").inner_text().splitlines()
    assert trace[1].strip() == 'File "cell 2", line 4, in <module>'
    assert trace[2].strip() == "half(np.ones((4, 5)))"
    assert "runtime.py" not in told
    assert "pyodide" not in told
    assert "line 1\n" in here.run(FIRST, "x = (1,", "^SyntaxError in line 1$")
    assert "input() cannot wait for an answer on this page" in here.run(FIRST, "input('?')", "^RuntimeError in line 1")
    # Long output is cut, wherever it comes from.
    told = here.run(FIRST, "for i in range(10**5):\n    print(i)")
    assert told.endswith("this cell wrote more than 20,000 characters.")
    assert 20_000 <= len(told) < 21_000
    assert here.run(FIRST, "'y' * 50_000").endswith("this cell wrote more than 20,000 characters.")
    # A warning is shown, each time; the last value too; names of another cell are there.
    for _ in range(2):
        told = here.run(FIRST, "import warnings\nkept = np.arange(1)\nwarnings.warn('mind the shape')\nkept")
        assert "cell 2:3: UserWarning: mind the shape" in told
        assert "array([0])" in told
    assert here.run(PLOT, "print(kept.shape)").strip() == "(1,)"
    assert "No module named 'scipy'" in here.run(PLOT, "import scipy", "^ModuleNotFoundError in line 1$")


@pytest.mark.slow
def test_all_of_it_works_by_keyboard(exercise):
    here = exercise()
    keyboard, focused = here.page.keyboard, "document.activeElement"
    here.page.locator(".runner-live button").last.focus()
    for _ in range(20):
        keyboard.press("Tab")
        if here.page.evaluate(f"{focused}.closest('[data-cell]')?.dataset.cell") == FIRST:
            break
    assert here.page.evaluate(f"{focused}.classList.contains('cm-content')")
    assert here.page.evaluate(f"{focused}.ariaLabel") == "Python code: cell 2. Escape, then Tab leaves it."
    keyboard.press("Control+a")
    keyboard.type("if True:\nprint(6 * 7)")  # the editor indents
    keyboard.press("Control+Enter")
    assert here.wait(FIRST, "^Done in").strip() == "42"
    keyboard.press("Control+Home")
    keyboard.press("Tab")
    assert here.page.evaluate(f"{focused}.classList.contains('cm-content')")  # Tab indents
    keyboard.press("Shift+Tab")
    assert here.text(FIRST) == "if True:\n    print(6 * 7)"
    keyboard.press("Escape")
    here.page.wait_for_timeout(2500)  # longer than CodeMirror's own two seconds
    keyboard.press("Tab")
    assert here.page.evaluate(f"{focused}.innerText") == "Run"
    keyboard.press("Tab")
    keyboard.press("Tab")
    assert here.page.evaluate(f"{focused}.innerText") == "Start over"
    keyboard.press("Enter")
    assert here.text(FIRST).startswith("def max_scale(x):")
    keyboard.press("Tab")
    assert here.page.evaluate(f"{focused}.innerText") == "Undo"
    keyboard.press("Space")
    assert here.text(FIRST).endswith("print(6 * 7)")


#: What stands in an empty editor after one key. CodeMirror closes these; every other character stands alone.
CLOSED = {"(": "()", "[": "[]", "{": "{}", '"': '""', "'": "''"}
WITHOUT_EDITOR = {"setup", "check"}


def kinds():
    """Of each kind of cell in which one types: the first page that has one, and the cell."""
    found = {}
    for slug in slugs():
        for cell in notebook(Chapter(slug).page, slug).cells:
            if cell.cell_type == "code" or "nbgrader" in cell.metadata:
                found.setdefault(exercise_cells.describe(cell)["data-kind"], (slug, cell.id))
    return {kind: place for kind, place in found.items() if kind not in WITHOUT_EDITOR}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["solution", "explore", "paste"])
def test_every_character_can_be_typed_into_an_editor(exercise, kind):
    assert set(kinds()) == {"solution", "explore", "paste", "written"}
    slug, name = kinds()[kind]
    here = exercise(slug)
    editor = here.cell(name).locator(".cm-content")
    editor.click()
    stands = {}
    for character in PRINTABLE:
        delete_all(here.page.keyboard)
        here.page.keyboard.type(character)
        stands[character] = shown(editor)
    assert stands == {character: CLOSED.get(character, character) for character in PRINTABLE}
    # The closing character goes over the one that CodeMirror put there, and the next key stands behind it.
    for both in CLOSED.values():
        delete_all(here.page.keyboard)
        here.page.keyboard.type(f"{both}/")
        assert shown(editor) == f"{both}/"
    # Some sites turn pages by the arrows.
    here.page.evaluate("DOCUMENTATION_OPTIONS.NAVIGATION_WITH_KEYS = true")
    delete_all(here.page.keyboard)
    for key in ("a", "b", "ArrowLeft", "/", "ArrowRight", "c", "Escape", "?", "Home", "<", "End", ">"):
        here.page.keyboard.press(key)
    assert shown(editor) == here.code(name) == "<a/bc?>"
    assert here.page.url.endswith(f"/book/{slug}/exercise.html")


@pytest.mark.slow
def test_every_character_can_be_typed_as_a_written_answer(exercise):
    slug, name = kinds()["written"]
    here = exercise(slug)
    here.page.evaluate("DOCUMENTATION_OPTIONS.NAVIGATION_WITH_KEYS = true")
    area = here.cell(name).locator("textarea")
    type_text(area, PRINTABLE)
    for key in ("ArrowLeft", "1", "Escape", "ArrowRight", "/"):
        here.page.keyboard.press(key)
    assert area.input_value() == here.kept(f"text:{slug}:{name}") == f"{PRINTABLE[:-1]}1{PRINTABLE[-1]}/"


@pytest.mark.slow
def test_the_page_can_be_started_over_and_that_taken_back(exercise):
    here = exercise()
    buttons = here.page.locator(".runner-live")
    here.type("batchnorm_forward", "mine = 1")
    type_text(here.cell("written_transform").locator("textarea"), "Because the mean is taken away.")
    assert here.kept("text:transform:written_transform") == "Because the mean is taken away."
    buttons.get_by_role("button", name="Start the page over").click()
    assert "Take back what you wrote in 2 cells?" in buttons.inner_text()
    buttons.get_by_role("button", name="No", exact=True).click()
    assert here.text("batchnorm_forward") == "mine = 1"
    buttons.get_by_role("button", name="Start the page over").click()
    buttons.get_by_role("button", name="Yes, start over").click()
    assert here.text("batchnorm_forward").startswith("def batchnorm_forward")
    assert here.kept("code:transform:batchnorm_forward") is None
    assert here.kept("text:transform:written_transform") is None
    buttons.get_by_role("button", name="Undo").click()
    assert here.text("batchnorm_forward") == "mine = 1"
    assert here.kept("text:transform:written_transform") == "Because the mean is taken away."


@pytest.mark.slow
def test_the_downloaded_notebook_is_graded_like_any_other(exercise, tmp_path):
    here = exercise()
    here.type("batchnorm_forward", answer(TRANSFORM, "batchnorm_forward"))
    here.type("linear_bn_relu", answer(TRANSFORM, "linear_bn_relu"))
    here.type(FIRST, "print('tried')")
    type_text(here.cell("written_transform").locator("textarea"), "In *my* words: $\\beta$.")
    with here.page.expect_download() as download:
        here.page.get_by_role("button", name="Download my notebook").click()
    assert download.value.suggested_filename == "exercise.ipynb"
    mine = nbformat.read(download.value.path(), as_version=4)
    nbformat.validate(mine)
    changed = {"batchnorm_forward", "linear_bn_relu", FIRST, "written_transform"}
    for cell, was in zip(mine.cells, released("transform").cells, strict=True):
        assert (cell.id, cell.metadata) == (was.id, was.metadata)
        assert (cell.source != was.source) == (cell.id in changed)
    made = rebuild(released("transform"), mine)
    assert next(c for c in made.notebook.cells if c.id == "written_transform").source == "In *my* words: $\\beta$."
    with Sandbox(files=companion_files("transform")) as box:
        verdict = grade("transform", made.notebook, submission_key(b"a secret of a test", made.notebook), box)
    points = {name: (one.points, one.max_points) for name, one in verdict.exercises.items()}
    assert points["batchnorm_forward"] == (5, 5)
    assert points["linear_bn_relu"] == (4, 4)
    assert points["identity_parameters"][0] == 0


@pytest.mark.slow
def test_a_function_of_another_chapter_is_brought(exercise):
    pasted = next(cell.id for cell in notebook(Chapter("backprop").page, "backprop").cells if "# Paste" in cell.source)
    here = exercise("backprop")
    here.press(pasted, "Bring my batchnorm_forward")
    told = here.cell(pasted).locator(".runner-advice")
    assert "This browser has no batchnorm_forward of yours" in told.inner_text()
    there = told.locator("a").evaluate("link => link.href")
    assert there == f"{here.below}/book/transform/exercise.html#cell-batchnorm_forward"
    text = answer(TRANSFORM, "batchnorm_forward")
    there = exercise("backprop", kept={f"{KEPT}code:transform:batchnorm_forward": text})
    there.press(pasted, "Bring my batchnorm_forward")
    there.wait(pasted, "^Done in")
    assert there.text(pasted).rstrip() == text.rstrip()


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_screen_holds_it_and_what_is_written_can_be_read(exercise, scheme):
    here = exercise(viewport={"width": 360, "height": 800}, color_scheme=scheme)
    here.press("batchnorm_forward", "Check my answer")
    here.wait("batchnorm_forward", "did not pass yet")
    here.run(FIRST, "1 / 0", "^ZeroDivisionError")
    assert here.page.evaluate("document.documentElement.scrollWidth") <= 360
    parts = [
        ".runner-live p",
        ".runner-status",
        ".runner-buttons button:not([aria-disabled=true])",
        ".runner-error strong",
    ]
    parts += [".runner-error pre", "table.check td", *[f".tok-{kind}" for kind in ("keyword", "string", "number")]]
    for part in parts:
        assert here.page.locator(part).first.evaluate(CONTRAST) >= 4.5, part


@pytest.mark.slow
def test_without_javascript_the_page_is_plain_and_says_so(exercise):
    here = exercise(java_script_enabled=False)
    assert here.page.locator(".runner button").count() == 0
    assert "With JavaScript switched on" in here.page.locator(".runner").inner_text()
    assert not here.page.locator(".runner-live").is_visible()
    assert here.cell("batchnorm_forward").locator("pre").is_visible()


@pytest.mark.slow
@pytest.mark.parametrize("slug", slugs())
def test_every_cell_of_every_page_runs_and_the_reference_passes_each_check(exercise, slug):
    chapter = Chapter(slug)
    kept = {f"{KEPT}code:{slug}:{name}": answer(chapter, name) for name in chapter.exercises}
    here = exercise(slug, kept=kept)
    here.context.set_default_timeout(4 * LOAD)
    here.page.get_by_role("button", name="Run all cells").click()
    for name in chapter.exercises:
        here.press(name, "Check my answer")
    for name in chapter.exercises:
        here.wait(name, "^Your check passed$")
    for cell in notebook(chapter.page, slug).cells:
        kind = here.cell(cell.id).get_attribute("data-kind") if cell.cell_type == "code" else None
        if kind in {"solution", "explore", "paste", "setup"}:
            status = here.cell(cell.id).locator(".runner-status")
            status.filter(has_text=re.compile("^(Done in|Your check|Run by|.*Error|Python ended)")).wait_for()
            said = status.inner_text()
            told = here.cell(cell.id).locator(".runner-output").inner_text()
            assert said.startswith(("Done in", "Your check passed", "Run by itself")), (cell.id, said, told)
            assert here.cell(cell.id).locator(".runner-err").count() == 0, (cell.id, told)
            if "plt.show()" in cell.source:
                assert here.cell(cell.id).locator("img").count() >= 1, cell.id
