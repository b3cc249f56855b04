"""Every page in a real browser: silent, self-contained, accessible in light and dark, narrow, usable by keyboard.

One browser goes through all pages in a loop. Accessibility is what axe-core finds (https://github.com/dequelabs/axe-core),
which npm brings for these tests alone.
"""

from pathlib import Path

import pytest

from publishing.assets import vendor

ROOT = Path(__file__).parent.parent
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("quality")]

AXE = """
async (rules) => {
  const options = rules ? {runOnly: {type: 'rule', values: rules}} : {};
  const {violations} = await axe.run(document, {...options, resultTypes: ['violations']});
  return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')}: ${n.html.slice(0, 160)}`));
}
"""
THEMED = ["color-contrast", "link-in-text-block"]  # what another colour scheme can break


@pytest.fixture(scope="session")
def axe():
    return vendor.ensure_cached(ROOT / "_build" / "vendor", (vendor.AXE,)) / "axe" / "axe.min.js"


@pytest.fixture
def tab(browser):
    """A page of the browser that keeps what it complained of and what it asked of other hosts."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(f"{page.url}: {error}"))
    page.on("console", lambda m: m.type in {"error", "warning"} and page.complaints.append(f"{page.url}: {m.text}"))
    page.on("response", lambda r: r.status >= 400 and page.complaints.append(f"{r.url}: {r.status}"))
    yield page
    context.close()


def names(site):
    """The course's pages. The first `index.html` only leads on to the start page; JupyterLite is another's program."""
    found = sorted(str(path.relative_to(site)) for path in site.rglob("*.html"))
    return [name for name in found if not name.startswith(("_static/", "lite/")) and name != "index.html"]


def test_every_page_is_silent_self_contained_accessible_and_narrow(tab, address, site, axe):
    wrong, foreign = [], []
    tab.on("request", lambda r: r.url.startswith((address, "data:", "blob:")) or foreign.append(r.url))
    for name in names(site):
        tab.set_viewport_size({"width": 1280, "height": 900})
        tab.emulate_media(color_scheme="light", reduced_motion="reduce")
        tab.goto(f"{address}/{name}")
        tab.wait_for_load_state("networkidle")
        tab.add_style_tag(content=STILL)
        tab.add_script_tag(path=axe)
        wrong += [f"{name}: {violation}" for violation in tab.evaluate(AXE, None)]
        assert tab.evaluate("document.documentElement.scrollWidth") <= 1280, name
        tab.emulate_media(color_scheme="dark", reduced_motion="reduce")
        tab.wait_for_function("document.documentElement.dataset.theme === 'dark'")
        wrong += [f"{name} (dark): {violation}" for violation in tab.evaluate(AXE, THEMED)]
        tab.set_viewport_size({"width": 360, "height": 740})
        if (width := tab.evaluate("document.documentElement.scrollWidth")) > 360:
            wrong.append(f"{name}: {width} px wide at 360")
    assert wrong == []
    assert foreign == []
    assert tab.complaints == []


STILL = "*, ::before, ::after { transition: none !important }"  # what is looked at is the end, not the way there
INTERACTIVE = """
() => {
  const shown = (e) => e.checkVisibility({visibilityProperty: true, opacityProperty: false}) && !e.closest('[inert]');
  const groups = new Set();
  const look = (e) => {
    const s = getComputedStyle(e.closest('.cm-editor') ?? e);  // an editor's frame shows the focus
    const outline = [s.outlineStyle, s.outlineWidth, s.outlineColor];
    return [...outline, s.boxShadow, s.borderColor, s.backgroundColor, s.textDecoration].join();
  };
  window.waiting = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')]
    .filter((e) => e.tabIndex >= 0 && !e.disabled && shown(e))
    .filter((e) => e.type !== 'radio' || (!groups.has(e.name) && groups.add(e.name)));
  window.looks = new Map([...document.querySelectorAll('*')].filter((e) => e.tabIndex >= 0).map((e) => [e, look(e)]));
  window.look = look;
  return waiting.length;
}
"""
VISITED = """
() => {
  const e = document.activeElement;
  const first = e.type === 'radio' ? document.querySelector(`[type=radio][name="${e.name}"]`) : e;
  window.waiting = waiting.filter((w) => w !== first);
  const seen = e === document.body || !looks.has(e) || look(e) !== looks.get(e)
    || (e.nextElementSibling && e.classList.contains('visually-hidden'));  // its label shows the focus
  return {editor: !!e.closest('.cm-editor'), unseen: seen ? null : e.outerHTML.slice(0, 160)};
}
"""


@pytest.mark.parametrize(
    "name",
    [
        "book/index.html",
        "book/progress.html",
        "book/transform/lesson.html",
        "book/introduction/exercise.html",
        "book/bugs.html",
        "book/glossary.html",
        "search.html",
    ],
)
def test_the_tab_key_visits_everything_and_the_focus_is_seen(tab, address, name):
    tab.emulate_media(reduced_motion="reduce")
    tab.goto(f"{address}/{name}")
    tab.wait_for_load_state("networkidle")
    if name.endswith("exercise.html"):  # editors come with the first thing that one does
        tab.mouse.move(400, 300)
        tab.locator(".cm-editor").first.wait_for()
    tab.add_style_tag(content=STILL)
    tab.evaluate("document.activeElement.blur()")  # the search page begins in its field
    count = tab.evaluate(INTERACTIVE)
    assert count > 20
    unseen = []
    for _ in range(count + 60):
        tab.keyboard.press("Tab")
        # An editor is told a moment later, and the one before it as well.
        tab.wait_for_function("document.activeElement.closest('.cm-editor')?.matches('.cm-focused') ?? true")
        state = tab.evaluate(VISITED)
        if state["unseen"]:
            unseen.append(state["unseen"])
        if state["editor"]:
            tab.keyboard.press("Escape")  # in an editor, Tab indents; Escape gives it back
    missed = tab.evaluate("waiting.map((e) => e.outerHTML.slice(0, 160))")
    assert missed == []
    assert unseen == []


def test_the_search_shows_whole_words_of_a_page(tab, address):
    tab.goto(f"{address}/search.html?q=skewness")
    lines = tab.locator("#search-results p.context")
    lines.first.wait_for()
    assert any("skewness" in line for line in lines.all_inner_texts())
    words = [f"{kind}{number}" for number in range(100, 200) for kind in ("word", "next")]
    page = "".join(f"<p>{word}</p>" for word in words)
    told = tab.evaluate(
        "page => Search.makeSearchSummary(page, new Set(['word150']), '').textContent",
        f'<div role="main"><div><div>{page}</div></div></div>',
    )
    first, *found, last = told.split()
    assert first == last == "…"
    assert "word150" in found
    assert set(found) < set(words)


def test_search_contents_and_theme_work_by_keyboard(tab, address):
    tab.goto(f"{address}/book/glossary.html")
    tab.wait_for_load_state("networkidle")
    tab.keyboard.press("Control+k")
    dialog = tab.locator("dialog#pst-search-dialog")
    assert dialog.locator("input[type=search]").evaluate("e => e === document.activeElement")
    tab.keyboard.press("Escape")
    assert not dialog.is_visible()
    tab.keyboard.press("Control+k")
    tab.keyboard.type("skewness")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/search.html?q=skewness*")
    results = tab.locator("#search-results ul.search li a")
    results.first.wait_for()
    assert any("transform/lesson.html" in (link.get_attribute("href") or "") for link in results.all())

    switch = tab.locator("button.theme-switch-button:visible").first
    switch.focus()
    themes = set()
    for _ in range(3):
        tab.keyboard.press("Enter")
        tab.wait_for_function("document.activeElement.matches('.theme-switch-button')")
        themes.add(tab.evaluate("document.documentElement.dataset.mode"))
    assert themes == {"auto", "light", "dark"}

    sidebar = tab.locator("#pst-primary-sidebar")
    assert sidebar.is_visible()
    tab.locator("button.primary-toggle:visible").focus()
    tab.keyboard.press("Enter")
    tab.wait_for_function("!document.querySelector('#pst-primary-sidebar').checkVisibility({visibilityProperty: true})")
    tab.set_viewport_size({"width": 360, "height": 740})
    tab.reload()
    tab.wait_for_load_state("networkidle")
    toggle = tab.locator("button.primary-toggle:visible")
    toggle.focus()
    tab.keyboard.press("Enter")
    contents = tab.locator("#pst-primary-sidebar-modal")
    contents.get_by_role("link", name="Glossary").wait_for()
    tab.keyboard.press("Escape")
    contents.wait_for(state="hidden")


def test_questions_and_progress_work_by_keyboard(tab, address):
    tab.goto(f"{address}/book/transform/lesson.html")
    for box in ("fieldset.quiz", "fieldset.prediction"):
        tab.locator(f"{box} input").first.focus()
        tab.keyboard.press("ArrowDown")
        assert tab.locator(f"{box} input").nth(1).is_checked()
    tab.goto(f"{address}/book/progress.html")
    tab.locator("#progress-save").focus()
    with tab.expect_download() as download:
        tab.keyboard.press("Enter")
    tab.locator("#progress-said", has_text="saved").wait_for()
    with tab.expect_file_chooser() as chooser:
        tab.locator("#progress-file").press("Space")
    chooser.value.set_files(download.value.path())
    tab.locator("#progress-said", has_text="nothing in it is newer").wait_for()
    assert tab.complaints == []


def use(tab, base):
    """Go through what scripts do with addresses: figures, marks in the contents, progress, search."""
    tab.goto(f"{base}/index.html")
    tab.wait_for_load_state("networkidle")
    tab.get_by_role("link", name="The transform").first.click()
    tab.wait_for_url("**/book/transform/lesson.html")
    tab.locator("figure.moving").first.scroll_into_view_if_needed()  # its program is loaded when it comes near
    tab.locator("figure.moving.moves svg").first.wait_for()
    tab.locator("fieldset.quiz label").first.click()
    assert tab.locator("nav.bd-links .current .progress-mark").count() == 1
    tab.get_by_role("link", name="Your progress").first.click()
    tab.locator(".progress-chapter", has_text="1 of 8").wait_for()
    tab.locator(".progress-chapter").get_by_role("link", name="The transform", exact=True).click()
    tab.wait_for_url("**/book/transform/lesson.html")


def test_the_site_works_from_a_sub_path(tab, below):
    use(tab, below)
    assert tab.locator("fieldset.quiz input").first.is_checked()
    assert tab.complaints == []


def test_the_site_can_be_read_from_the_disk(tab, site):
    use(tab, site.as_uri())
    assert tab.complaints == []
