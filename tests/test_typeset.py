"""Formulas of the site: typeset when it is built, drawn in their own fonts, read by screen readers, copied as LaTeX."""

import base64
import html
import json
import re
from pathlib import Path

import pytest
from sphinx.errors import ExtensionError

from course.chapter import ROOT, slugs
from publishing.assets import katex
from publishing.sphinx import formulas, highlighting, images, scripts, styles

CACHE = ROOT / "_build" / "vendor"
MATHML = re.compile(r'<span class="katex-mathml">.*?</math></span>', re.DOTALL)
LATEX = re.compile(r"\\(?:[a-zA-Z]{2,}|[()\[\]])")
SHIFTS = """
  window.moved = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      if (!entry.hadRecentInput)
        moved.push([entry.value, entry.sources.map(({node}) => node?.outerHTML?.slice(0, 120))]);
  }).observe({type: "layout-shift", buffered: true});
"""


def inline(tex):
    return f'<span class="math notranslate nohighlight">\\({html.escape(tex)}\\)</span>'


def displayed(tex, number=""):
    return f'<div class="math notranslate nohighlight" id="equation-a">\n{number}\\[{html.escape(tex)}\\]</div>'


def seen(page):
    """A page's text without what only screen readers and copying get."""
    return html.unescape(re.sub(r"<[^>]*>", "", MATHML.sub("", page)))


# ---------------------------------------------------------------- of a page


def test_formulas_are_typeset_in_lines_and_on_their_own(tmp_path):
    number = '<span class="eqno">(1)<a class="headerlink" href="#equation-a" title="Link">#</a></span>'
    page = f"<p>so {inline('a < b')}, and</p>{displayed('x^2', number)}<template>{inline('c')}</template>"
    page += displayed("d")
    made = formulas.typeset(CACHE, {tmp_path: page})[tmp_path]
    assert made.count('class="katex"') == made.count("<math") == 4
    assert made.count('class="katex-display"') == 2
    assert re.sub(r"\s", "", seen(made)) == "soa<b,and(1)#x2cd"
    assert formulas.typeset(CACHE, {tmp_path: made}) == {tmp_path: made}  # in a build that writes other pages alone


def test_a_formula_that_can_not_be_read_stops_the_build_and_is_named(tmp_path):
    pages = {tmp_path / "a.html": inline(r"\alpha"), tmp_path / "b.html": inline(r"\alhpa") + displayed(r"\frac{1}")}
    with pytest.raises(ExtensionError) as raised:
        formulas.typeset(CACHE, pages)
    lines = str(raised.value).splitlines()
    assert [re.search(r"(\w\.html): the formula (.*?): ", line).groups() for line in lines] == [
        ("b.html", r"\alhpa"),
        ("b.html", r"\frac{1}"),
    ]


def test_what_the_parser_of_latex_lets_pass_is_refused_too(tmp_path):
    with pytest.raises(ExtensionError, match="é"):
        formulas.typeset(CACHE, {tmp_path: inline("é")})  # KaTeX's fonts have it in text alone


def test_fonts_hold_what_is_used_and_the_common_ones_stand_in_the_style_sheet():
    rules = katex.rules(CACHE)
    assert "@font-face" not in rules
    few, files = katex.fonts(CACHE, rules, katex.Letters(set("x∑"), set("xβ"), set("R")))
    assert {face for face in katex.EMBEDDED if f"{face}-" not in "".join(files)} == set(katex.EMBEDDED)
    assert few.count("src:url(data:font/woff2;base64,") == 4  # Size3 and Size4 are of brackets
    assert all(f"url({name})" in few for name in files)
    many, _ = katex.fonts(CACHE, rules, katex.Letters(set("∑") | set(map(chr, range(33, 127))), set("xβ"), set("R")))
    assert len(many) > 1.5 * len(few)
    none = katex.Letters(set("x"), set(), set())
    assert "KaTeX_Main" not in katex.fonts(CACHE, rules.replace("KaTeX_Main", ""), none)[0]


def test_letters_are_counted_for_the_font_in_which_they_are_shown(tmp_path):
    page = formulas.typeset(CACHE, {tmp_path: inline(r"x_1 = \mathbf{R} + \mathrm{mean}")})
    upright, italic, special = formulas.characters(page)
    assert italic == {"x"}
    assert set("1=+mean") <= upright
    assert "x" not in upright
    assert special == {"R"}


def test_figures_have_their_stills_and_long_data_in_files_and_drawings_wait(tmp_path):
    metadata = b"\n <metadata><rdf:RDF>Matplotlib</rdf:RDF></metadata>"
    drawn = b'<svg width="40" height="20"><path d="M 1.234567 2 L 0.1 3.999999e-05" style="width: 1.234567"/></svg>'
    data = json.dumps({"markup": "<b>x<\\/b>", "rows": list(range(1000))})
    inside = f'<script type="application/json">{data}</script><figcaption>C</figcaption></figure>'
    coded = base64.b64encode(drawn.replace(b"<path", metadata + b"<path")).decode()
    still = f'<img class="picture-still" alt="A" src="data:image/svg+xml;base64,{coded}">'
    page = tmp_path / "book" / "a" / "lesson.html"
    stale = tmp_path / "_images" / "figure-0.js"
    stale.parent.mkdir()
    stale.write_text("")
    texts = {page: f'<figure class="picture" data-picture="p"><div></div>{still}{inside}'}
    made = images.finish(texts, tmp_path)[page]
    assert not stale.exists()
    name = re.search(r'src="../../(_images/figure-\w+\.svg)"', made)[1]
    assert (tmp_path / name).read_bytes() == drawn.replace(b"1.234567 2", b"1.23 2").replace(b"3.999999", b"3.99")
    assert 'loading="lazy" width="40" height="20" class="picture-still"' in made
    key, script = re.search(r'data-key="(\w+)" data-from="../../(_images/figure-\w+\.js)"></script><fig', made).groups()
    assert (tmp_path / script).read_text() == f'(window.figureData??={{}})["{key}"]={data};\n'
    assert images.finish({page: made}, tmp_path) == {page: made}  # a page that was not written again
    short = texts[page].replace(data, "[1]")
    assert '<script type="application/json">[1]</script>' in images.finish({page: short}, tmp_path)[page]


def test_marks_of_code_that_change_nothing_are_left_out(tmp_path):
    style = "\n".join(
        f'html[data-theme="{theme}"] .highlight {rule}'
        for theme, name in (("light", "#000"), ("dark", "#fff"))
        for rule in (
            f"{{ background: #eee; color: {name} }}",
            f".n {{ color: {name} }} /* Name */",
            ".k { color: #00f }",
        )
    )
    code = '<div class="highlight"><pre><span></span><span class="k">if</span> <span class="n">x</span></pre>'
    math = '<span class="n">x</span>'
    made = highlighting.finish({tmp_path: code + math}, style)[tmp_path]
    assert made == '<div class="highlight"><pre><span></span><span class="k">if</span> x</pre>' + math


def test_scripts_that_do_nothing_on_a_page_are_left_out_and_the_others_shortened(tmp_path):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "bootstrap.js").write_text("")
    (tmp_path / "a.js").write_text("/*\n * :copyright: by A.\n */\nconst shared = { one: 1 }; // a comment\n")
    load = "".join(
        f'<script src="_static/{name}?v=1"></script>' for name in ("a.js", "design-tabs.js", "copybutton.js")
    )
    pages = scripts.finish(CACHE, {Path("a"): load, Path("b"): f'<p data-sync-id="1">{load}'}, tmp_path)
    assert re.findall(r"_static/([\w.-]+)", pages[Path("a")]) == ["a.js"]
    assert re.findall(r"_static/([\w.-]+)", pages[Path("b")]) == ["a.js", "design-tabs.js"]
    assert not (tmp_path / "scripts" / "bootstrap.js").exists()
    short = (tmp_path / "a.js").read_text()
    assert "copyright" in short
    assert "const shared={one:1}" in short
    assert "comment" not in short


def test_a_style_sheet_loses_what_no_page_and_no_script_uses(tmp_path):
    static = tmp_path / "_static"
    (static / "front").mkdir(parents=True)
    (static / "theme.css").write_text(
        ".used{color:red;--no:1;--only-by-no:2}.by-script{color:red}.unused{color:red}@media print{.gone{top:0}}"
        ".used:after{--no:var(--only-by-no);--yes:1;top:var(--yes);left:var(--own)}:root{--by-front:1}.in-text{top:0}"
    )
    (static / "front" / "own.css").write_text(".unused{color:var(--by-front)}")
    (static / "page.js").write_text("document.body.classList.add('by-script')")
    page = tmp_path / "page.html"
    page.write_text(
        '<link href="_static/theme.css?digest=1"><link href="_static/front/own.css">'
        '<p class="used" title="in-text">in-text</p>'
        f'<link href="_static/{styles.FORMULAS}">'
    )
    versions = styles.shorten(CACHE, static, {page: page.read_text()})
    short = (static / "theme.css").read_text()
    assert short.strip() == (
        ".used,.by-script{color:red}.used:after{--yes:1;top:var(--yes);left:var(--own)}:root{--by-front:1}"
    )
    assert (static / "front" / "own.css").read_text() == ".unused{color:var(--by-front)}"
    assert ".katex" not in (static / styles.FORMULAS).read_text()  # no page has a formula
    assert set(versions) == {"theme.css", styles.FORMULAS, styles.typefaces.STYLE}


def test_a_drawing_has_its_size_in_the_page(tmp_path):
    (tmp_path / "_images").mkdir()
    (tmp_path / "_images" / "a.svg").write_text('<?xml?><svg xmlns="x" width="30.2pt" height="15pt" viewBox="0 0 1 1">')
    (tmp_path / "_images" / "b.svg").write_text('<svg height="15" width="20">')
    (tmp_path / "_images" / "c.svg").write_text('<svg viewBox="0 0 1 1">')
    others = '<img src="_images/c.svg"><img src="_images/gone.svg"><img width="1" src="_images/a.svg"><img src="a.png">'
    page = f'<img alt="A" src="../_images/a.svg" /><img src="_images/b.svg">{others}'
    made = images.sized(page, tmp_path)
    a, b = (
        '<img loading="lazy" width="40" height="20" alt="A" src="../_images/a.svg" />',
        '<img loading="lazy" width="20" height="15" src="_images/b.svg">',
    )
    assert made == f"{a}{b}{others}"
    assert images.sized(made, tmp_path) == made


# ---------------------------------------------------------------- of the site


@pytest.mark.slow
def test_no_page_has_latex_to_be_read_and_none_loads_a_script_for_it(site):
    count = 0
    for path in site.glob("book/**/*.html"):
        text = path.read_text()
        assert not formulas.WRITTEN.search(text), path
        assert "mathjax" not in text.lower(), path
        count += text.count('class="katex"')
        prose = re.sub(r"<(script|pre|code|style)\b.*?</\1>", "", text, flags=re.DOTALL)
        assert not LATEX.findall(seen(prose)), path
    assert count > 1500
    assert not list((site / "_static").glob("mathjax*"))


@pytest.mark.slow
def test_each_part_of_a_formula_has_the_children_that_its_kind_needs(site, tab):
    counted = tab.evaluate(
        """(pages) => {
          const needed = {mfrac: 2, mroot: 2, msub: 2, msup: 2, munder: 2, mover: 2, msubsup: 3, munderover: 3};
          const counts = {};
          for (const page of pages)
            for (const part of new DOMParser().parseFromString(page, "text/html").querySelectorAll("math *")) {
              if (!(part.localName in needed)) continue;
              const kind = part.children.length === needed[part.localName] ? part.localName : part.outerHTML;
              counts[kind] = (counts[kind] ?? 0) + 1;
            }
          return counts;
        }""",
        [path.read_text() for path in site.glob("**/*.html")],
    )
    assert set(counted) == {"mfrac", "msub", "msup", "munder", "mover", "msubsup", "munderover"}
    assert sum(counted.values()) > 2000


@pytest.mark.slow
def test_style_sheets_are_known_by_what_is_in_them(site):
    """The theme gives its own the number of its version, whatever the site has left of it."""
    page = (site / "book" / "transform" / "lesson.html").read_text()
    linked = {link["name"]: link[0] for link in styles.LINK.finditer(page)}
    assert {styles.FORMULAS, "styles/pydata-sphinx-theme.css"} <= set(linked)
    for name, link in linked.items():
        if not name.startswith("front/"):
            assert f"?v={styles.npm.digest((site / '_static' / name).read_bytes())}" in link


@pytest.fixture
def tab(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, permissions=["clipboard-read"])
    yield context.new_page()
    context.close()


@pytest.mark.slow
@pytest.mark.parametrize("slug", slugs())
def test_a_formula_is_drawn_in_its_own_fonts(tab, address, slug):
    tab.goto(f"{address}/book/{slug}/lesson.html")
    tab.evaluate("document.fonts.ready")
    tool = tab.context.new_cdp_session(tab)
    tool.send("DOM.enable")
    tool.send("CSS.enable")
    root = tool.send("DOM.getDocument")["root"]["nodeId"]
    # Leaves, since the tool looks no deeper; one of each look.
    leaves = tab.evaluate("""() => {
      const looks = new Map();
      for (const leaf of document.querySelectorAll(".katex-html span")) {
        const text = [...leaf.childNodes].filter((node) => node instanceof Text).map((node) => node.data).join("");
        if (text.replace(/[\\s\\u200b]/g, "")) looks.set(`${text} ${getComputedStyle(leaf).font}`, leaf);
      }
      [...looks.values()].forEach((leaf, k) => leaf.dataset.look = k);
      return looks.size;
    }""")
    assert leaves > 20
    others = {}
    for k in range(leaves):
        node = tool.send("DOM.querySelector", {"nodeId": root, "selector": f'[data-look="{k}"]'})["nodeId"]
        for font in tool.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]:
            if not (font["isCustomFont"] and font["familyName"].startswith("KaTeX")):
                others[tab.locator(f'[data-look="{k}"]').first.inner_text()] = font["familyName"]
    assert others == {}


@pytest.mark.slow
def test_a_screen_reader_gets_a_formula_once_and_as_mathematics(tab, address):
    tab.goto(f"{address}/book/transform/lesson.html")
    nodes = tab.context.new_cdp_session(tab).send("Accessibility.getFullAXTree")["nodes"]
    by_id = {node["nodeId"]: node for node in nodes}
    roots = [node for node in nodes if node["role"]["value"] == "MathMLMath"]
    shown = "[...document.querySelectorAll('article math')].filter((formula) => formula.checkVisibility()).length"
    assert len(roots) == tab.evaluate(shown) > 200

    def below(node):
        yield node
        for child in node.get("childIds", []):
            if child in by_id:
                yield from below(by_id[child])

    within = {part["nodeId"] for root in roots for part in below(root)}
    roles = {by_id[k]["role"]["value"] for k in within}
    assert {"MathMLFraction", "MathMLSub", "MathMLSquareRoot", "MathMLOver", "MathMLTable"} <= roles
    told = [node["name"]["value"] for node in nodes if node["role"]["value"] == "StaticText" and not node["ignored"]]
    assert not [text for text in told if LATEX.search(text)]
    greek = re.compile(r"[σγμ]")  # the text around writes these as formulas, too
    outside = [n["name"]["value"] for n in nodes if n["role"]["value"] == "StaticText" and n["nodeId"] not in within]
    assert not [text for text in outside if greek.search(text)]


@pytest.mark.slow
def test_what_is_copied_is_latex(tab, address):
    tab.goto(f"{address}/book/transform/lesson.html")
    formula = tab.locator("#what-comes-out .katex-display").first
    formula.scroll_into_view_if_needed()
    above, below = (formula.locator(f"xpath=ancestor::div[1]/{to}-sibling::p[1]") for to in ("preceding", "following"))
    start, end = above.bounding_box(), below.bounding_box()
    tab.mouse.move(start["x"] + 1, start["y"] + 8)
    tab.mouse.down()
    tab.mouse.move(end["x"] + end["width"] - 1, end["y"] + end["height"] - 4, steps=5)
    tab.mouse.up()
    tab.keyboard.press("Control+c")
    copied = tab.evaluate("navigator.clipboard.readText()")
    lines = [line.strip() for line in copied.splitlines() if line.strip()]
    tex = " ".join(formula.locator("annotation").text_content().split())
    assert f"$${tex}$$" in [" ".join(line.split()) for line in re.findall(r"\$\$.*?\$\$", copied, re.DOTALL)]
    assert lines[0].split()[0] == above.inner_text().split()[0]  # what follows may be a formula
    assert all(f"${tex}$" in copied for tex in above.locator("annotation").all_text_contents())
    tips = tab.locator("article .term-tip").all_text_contents()
    assert tips
    assert not [tip for tip in tips if tip[:20] in copied]  # what a tooltip would say is hidden


@pytest.mark.slow
def test_on_a_phone_a_formula_that_is_too_wide_is_scrolled_by_keyboard(tab, address):
    tab.goto(f"{address}/book/backprop/lesson.html")
    tab.set_viewport_size({"width": 200, "height": 740})  # or a phone with larger letters
    wide = tab.locator(".katex-display[tabindex]")
    wide.first.wait_for()
    wide.first.focus()
    tab.keyboard.press("ArrowRight")
    tab.wait_for_function("document.activeElement.scrollLeft > 0")
    tab.set_viewport_size({"width": 1280, "height": 740})
    tab.wait_for_function("document.querySelectorAll('.katex-display[tabindex]').length === 0")


@pytest.mark.slow
def test_nothing_jumps_while_a_lesson_is_read(tab, address):
    """With MathJax and late typefaces the shifts of a page added up to 0.16 and more; `benchmarks site` prints them."""
    tab.add_init_script(SHIFTS)
    jumps = {}
    for slug in slugs():
        tab.goto(f"{address}/book/{slug}/lesson.html", wait_until="networkidle")
        height = tab.evaluate("document.documentElement.scrollHeight")
        tab.mouse.move(640, 400)
        for _ in range(height // 600):
            tab.mouse.wheel(0, 600)
            tab.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        tab.wait_for_load_state("networkidle")
        moved = tab.evaluate("moved")
        if sum(value for value, _ in moved) > 0.02:
            jumps[slug] = moved
    assert jumps == {}


@pytest.mark.slow
def test_a_line_that_the_search_shows_holds_a_formula_once(tab, address):
    tab.goto(f"{address}/book/index.html")
    tab.keyboard.press("Control+k")
    tab.keyboard.type("standardized")
    tab.keyboard.press("Enter")
    lines = tab.locator("#search-results p.context")
    lines.first.wait_for()
    tab.wait_for_load_state("networkidle")
    shown = " ".join(lines.all_inner_texts())
    assert re.search(r"[γβμσε]", shown)
    assert not LATEX.search(shown)
    assert not re.search(r"([γβμσε])\s*\1", shown)


def test_a_page_asks_for_its_fonts_once_wherever_it_lies():
    page = f'<head>\n<link href="../_static/{styles.typefaces.STYLE}"></head>'
    asked = styles.ask_for_fonts(page, ["typefaces/a.woff2", "typefaces/b.woff2"])
    assert '["../_static/typefaces/a.woff2", "../_static/typefaces/b.woff2"]' in asked
    assert asked.index("<script") < asked.index("<link")
    again = styles.ask_for_fonts(asked, ["typefaces/c.woff2"])
    assert re.findall(r"\w+\.woff2", again) == ["c.woff2"]
    assert styles.ask_for_fonts("<head></head>", ["a.woff2"]) == "<head></head>"
