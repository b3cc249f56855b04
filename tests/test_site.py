"""The site as it is built: without a warning, from its own files alone, and with no secret in it.

Building takes half a minute when the lessons have to run, and a few seconds when their results are cached.
"""

import html
import json
import re
import zipfile
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from publishing.assets import front_end, icons, npm
from publishing.sphinx import lessons
from publishing.sphinx.extension import RUN_WITH, patch_accessibility, run_again_where_the_tools_changed

ROOT = Path(__file__).parent.parent

#: Whatever a browser fetches by itself: a script, style, font, image, frame, or the like of another host.
LOADED = re.compile(
    r"<(?:script|img|iframe|source|embed|audio|video|track)\b[^>]*?\bsrc\s*=\s*[\"']?(?P<src>[^\"'\s>]+)"
    r"|<link\b(?![^>]*\brel=[\"'](?:canonical|search|author|index|next|prev))[^>]*?\bhref=[\"']?(?P<href>[^\"'\s>]+)"
    r"|\burl\(\s*[\"']?(?P<url>[^\"')]+)"
    r"|@import\s+[\"'](?P<imported>[^\"']+)",
    re.IGNORECASE,
)


def other_hosts(text):
    """What a page or a style sheet would load from elsewhere."""
    found = [next(filter(None, match.groups())) for match in LOADED.finditer(text)]
    return [address for address in found if re.match(r"(?:[a-z]+:)?//", address.strip(), re.IGNORECASE)]


@pytest.fixture(scope="session")
def pages(site):
    """The text of every page; the themes' templates among the static files are none."""
    return {path: path.read_text() for path in site.rglob("*.html") if "_static" not in path.parts}


@pytest.mark.parametrize(
    "text",
    [
        '<script async src="https://cdn.example/mathjax.js"></script>',
        '<link rel="stylesheet" href="//fonts.example/css">',
        '<link href="https://fonts.example/css" rel="preload">',
        "<img alt='' src=http://example/a.png>",
        "@font-face { src: url('https://fonts.example/a.woff2') }",
        '@import "https://fonts.example/css";',
    ],
)
def test_the_search_for_other_hosts_finds_them(text):
    assert other_hosts(text)


@pytest.mark.parametrize(
    "text",
    [
        '<a href="https://arxiv.org/abs/1502.03167">paper</a>',
        '<script src="../_static/a.js"></script><link rel="stylesheet" href="_static/a.css">',
        '<img src="data:image/svg+xml;base64,AAAA">',
        '<link rel="canonical" href="https://example/book">',
    ],
)
def test_the_search_for_other_hosts_leaves_links_alone(text):
    assert not other_hosts(text)


@pytest.mark.slow
def test_every_page_of_the_contents_is_built(site):
    listed = re.findall(r"(?:root|file): *(\S+)", (ROOT / "_toc.yml").read_text())
    assert listed
    for name in listed:
        assert (site / f"{name}.html").is_file()


@pytest.mark.slow
def test_no_page_or_style_loads_anything_from_another_host(site, pages):
    styles = {path: path.read_text() for path in site.rglob("*.css")}
    loaded = {str(path.relative_to(site)): other_hosts(text) for path, text in (pages | styles).items()}
    assert {path: found for path, found in loaded.items() if found} == {}


def test_no_own_script_names_another_host():
    for path in npm.BROWSER.rglob("*.js"):
        text = path.read_text().replace('"http://www.w3.org/2000/svg"', "")  # a name, which no browser asks for
        assert not re.search(r"(?:https?:)?//[a-z0-9-]+\.[a-z]", text), path


@pytest.mark.slow
def test_vega_is_served_by_the_site(site, pages):
    lesson = pages[site / "book" / "transform" / "lesson.html"]
    moving = front(site)["moving.js"]
    assert moving in lesson
    assert (site / "_static" / moving).is_file()
    addresses = set(re.findall(r'"(vega[a-z.-]*\.js)"', (site / "_static" / moving).read_text()))
    assert len(addresses) == 3
    assert all((site / "_static" / "vega" / address).is_file() for address in addresses)


def front(site):
    """Where the site has each of its scripts and styles, below `_static/`."""
    return json.loads((site / "_static" / front_end.MANIFEST).read_text())


@pytest.mark.slow
def test_a_page_loads_the_scripts_that_it_needs(site, pages):
    needed = {
        "glossary": {"copy.js", "course.css", "course.js", "formulas.js"},
        "progress": {"copy.js", "course.css", "course.js", "progress.js"},
        "introduction/lesson": {
            *("copy.js", "course.css", "course.js", "formulas.js", "terms.js", "video.js"),
            *("introduction.css", "pictures.css", "pictures.js"),
        },
        "transform/lesson": {
            *("copy.js", "course.css", "course.js", "formulas.js", "terms.js", "moving.js"),
            *("transform.css", "pictures.css", "pictures.js"),
        },
    }
    for page, wanted in needed.items():
        loaded = re.findall(r'(?:src|href)="[./]*/_static/(front/[^"?]+)', pages[site / "book" / f"{page}.html"])
        assert set(loaded) == {front(site)[name] for name in wanted}, page


@pytest.mark.slow
def test_every_script_has_one_address_which_its_content_names(site):
    there = {path for path in (site / "_static" / "front").iterdir() if path.suffix in {".js", ".css"}}
    assert there == {site / "_static" / path for path in front(site).values()}
    assert all(re.fullmatch(r"[a-z_-]+-[A-Z0-9]{8}\.(js|css)", path.name) for path in there)


@pytest.mark.slow
def test_no_page_loads_the_icons_script_and_only_the_search_page_the_index(site, pages):
    assert {path for path, text in pages.items() if "fontawesome.js" in text} == set()
    shown = {
        name for text in pages.values() for name in re.findall(r'class="[^"]*\bfas?(?:-solid)? fa-([a-z-]+)', text)
    }
    assert shown
    assert shown <= set(icons.NAMES)
    searching = {path for path, text in pages.items() if "searchindex.js" in text}
    assert searching == {site / "search.html"}


@pytest.mark.slow
def test_every_image_has_an_alternative_text(pages):
    for path, text in pages.items():
        for image in re.findall(r"<img\b[^>]*>", text):
            alternative = re.search(r'\balt="([^"]*)"', image)
            assert alternative, f"{path}: {image[:200]}"
            assert re.match(r"(?!\.\./|_images|_static)\S", alternative[1]), f"{path}: {image[:200]}"


@pytest.mark.slow
def test_every_id_of_a_page_is_its_own(pages):
    for path, text in pages.items():
        ids = re.findall(r'<(?:input|fieldset|section)\b[^>]*\bid="([^"]+)"', text)
        assert len(ids) == len(set(ids)), path


@pytest.mark.slow
def test_sources_are_not_published(site):
    assert not (site / "_sources").exists()
    found = {path for path in site.rglob("*.ipynb") if path.name != "jupyter-lite.ipynb"}  # JupyterLite's settings
    released = {site / "notebooks", site / "lite" / "files"}
    assert {path.parent.parent for path in found} == released


@pytest.mark.slow
def test_no_reference_stands_in_the_site(site):
    """Whole lines of code of the reference package; other secrets have tests of their own."""
    secret = set()
    for module in (ROOT / "solutions").glob("*.py"):
        code = re.sub(r'"""(?s:.*?)"""', "", module.read_text())
        lines = (line.strip() for line in code.splitlines())
        secret |= {line for line in lines if len(line) > 30 and not line.startswith(("import ", "from ", "def ", "#"))}
    for path in site.rglob("*"):
        if path.suffix in {".html", ".js", ".txt", ".json", ".py"}:
            text = html.unescape(re.sub(r"<[^>]+>", "", path.read_text(errors="replace")))
            shown = {line for line in secret if line in text}
            assert not shown, f"{path.relative_to(site)} shows {sorted(shown)}"


def patched(body):
    """A page's body after `patch_accessibility`."""
    context = {"body": body}
    patch_accessibility(None, "page", "page.html", context, None)
    return context["body"]


def test_a_formula_stays_with_the_stops_and_brackets_that_touch_it():
    x, y = (f'<span class="math notranslate nohighlight">\\({tex}\\)</span>' for tex in ("x", "y"))
    assert patched(f"<p>so ({x}). Or {y} ,</p>") == f'<p>so <span class="unbroken">({x}).</span> Or {y} ,</p>'


def test_a_number_stays_with_its_percent_sign_and_a_mean_with_its_spread():
    assert patched("<p>95.4 %, 2.41 ± 0.10</p>") == "<p>95.4\u00a0%, 2.41\u00a0±\u00a00.10</p>"
    kept = '<pre>5 % <b>2 ± 1</b></pre><code>7 % 3</code><input value="5 %">'
    assert patched(kept) == kept


def test_a_shape_of_one_axis_has_no_gap():
    assert "\\((m{,})\\)" in patched('<p><span class="math">\\((m,)\\)</span></p>')


def test_heads_of_a_table_of_results_have_names():
    head = patched('<th scope="row"><span class="math">\\(\\gamma\\)</span></th><th scope="col"></th>')
    assert head.endswith('</span><span class="visually-hidden">gamma</span></th><td></td>')


def test_a_head_of_mathematics_has_a_name_inside_its_paragraph():
    head = patched('<th class="head"><p><span class="math">\\(\\gamma,\\ \\beta\\)</span></p></th>')
    assert head.endswith('</span><span class="visually-hidden">gamma, beta</span></p></th>')


def test_runs_with_other_tools_are_forgotten(tmp_path):
    (tmp_path / "book").mkdir()
    for name in RUN_WITH:
        (tmp_path / name).write_text("as it was")
    cache, pages = tmp_path / "_build" / ".jupyter_cache", tmp_path / "environment.pickle"
    app = SimpleNamespace(confdir=tmp_path, doctreedir=tmp_path)

    def kept():
        cache.mkdir(parents=True, exist_ok=True)
        pages.touch()
        run_again_where_the_tools_changed(app, None)
        return cache.is_dir(), pages.is_file()

    assert [kept(), kept()] == [(False, False), (True, True)]
    for name in RUN_WITH:
        (tmp_path / name).write_text("as it is")
        assert [kept(), kept()] == [(False, False), (True, True)]


def test_a_lesson_is_run_ahead_in_its_own_folder(tmp_path):
    cell = nbformat.v4.new_code_cell("from pathlib import Path\nprint(Path.cwd())")
    python = {"kernelspec": {"name": "python3", "display_name": "Python"}}
    ran, seconds = lessons.run(nbformat.v4.new_notebook(cells=[cell], metadata=python), tmp_path, 60)
    assert ran.cells[0].outputs[0].text.strip() == str(tmp_path)
    assert seconds > 0
    assert list(tmp_path.iterdir()) == []  # no sockets either


# ---------------------------------------------------------------- in a browser


@pytest.mark.slow
def test_a_quiz_works_by_keyboard_and_without_javascript(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/book/transform/lesson.html")
    quiz = page.locator("fieldset.quiz").first
    assert quiz.locator(".why:visible").count() == 0
    quiz.locator("input").first.focus()
    page.keyboard.press("Space")
    assert quiz.locator(".why:visible").inner_text().startswith(("Yes:", "No:"))
    page.keyboard.press("ArrowDown")
    assert quiz.locator(".why:visible").count() == 1
    assert page.locator("figure.moving img.moving-still:visible").count() >= 1
    context.close()


@pytest.mark.slow
def test_a_prediction_is_shown_beside_the_result_and_kept(browser, address):
    context = browser.new_context()
    page = context.new_page()
    for _ in range(2):  # the second time it is already chosen
        page.goto(f"{address}/book/transform/lesson.html")
        chosen = page.locator(".prediction-chosen[data-prediction=transform-tail]")
        if not page.locator("#prediction-transform-tail-2").is_checked():
            assert not chosen.is_visible()
            page.locator("label[for=prediction-transform-tail-2]").click()
        assert "It stays exactly as long" in chosen.inner_text()
        assert "It gets shorter" not in chosen.inner_text()
    context.close()


@pytest.mark.slow
def test_a_moving_figure_moves_by_keyboard(browser, address):
    page = browser.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/book/transform/lesson.html")
    page.wait_for_load_state("networkidle")
    assert not any("vega" in url for url in asked)  # no such figure is near
    figure = page.locator("figure.moving", has_text="gamma below zero")
    figure.scroll_into_view_if_needed()
    before = figure.locator("svg").inner_html()
    figure.locator("input[name=beta]").focus()
    page.keyboard.press("ArrowRight")
    figure.get_by_text("mean 0.10").wait_for()
    assert figure.locator("svg").inner_html() != before
    assert not figure.locator("img.moving-still").is_visible()
    page.close()


SEEN = """(list) => {
    const box = document.querySelector(list), mark = [...box.querySelectorAll(".active")].at(-1);
    const [frame, place] = [box, mark].map((part) => part.getBoundingClientRect());
    return place.top >= frame.top && place.bottom <= Math.min(frame.bottom, innerHeight);
}"""


@pytest.mark.slow
def test_the_lists_beside_a_page_show_where_the_reader_is(browser, address):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/book/instructors/trouble.html")
    page.goto(f"{address}/book/ready.html")  # the theme scrolls the contents as they were
    assert page.evaluate(SEEN, "#pst-primary-sidebar")
    page.goto(f"{address}/book/faq.html")
    page.mouse.move(640, 450)
    for _ in range(page.evaluate("document.documentElement.scrollHeight") // 800 - 1):
        page.mouse.wheel(0, 800)
        page.wait_for_timeout(100)
    assert page.locator("#pst-secondary-sidebar").evaluate("box => box.scrollHeight > box.clientHeight")
    page.wait_for_function(SEEN, arg="#pst-secondary-sidebar")
    page.close()


@pytest.mark.slow
def test_a_video_loads_nothing_before_it_is_pressed_and_plays_by_keyboard(browser, address):
    page = browser.new_page()
    foreign = []
    page.on("request", lambda r: foreign.append(r.url) if not r.url.startswith((address, "data:")) else None)
    page.route(lambda url: not url.startswith(address), lambda route: route.abort())
    page.goto(f"{address}/book/introduction/lesson.html")
    page.wait_for_load_state("networkidle")
    link = page.locator("a.video")
    assert link.get_attribute("href").startswith("https://www.youtube.com/watch?v=")
    assert foreign == []
    link.focus()
    page.keyboard.press("Enter")
    frame = page.locator("iframe.video")
    assert frame.get_attribute("src").startswith("https://www.youtube-nocookie.com/embed/")
    assert frame.get_attribute("title")
    assert link.count() == 0
    assert page.url.startswith(address)
    page.close()


@pytest.mark.slow
def test_each_exercise_page_gives_its_notebook(site, pages):
    from course.chapter import slugs
    from course.notebooks import bundle

    for slug in slugs():
        page = site / "book" / slug / "exercise.html"
        address = re.search(r'<a href="([^"]+\.zip)" download', pages[page])[1]
        with zipfile.ZipFile(page.parent / address) as archive:
            names = {name.removeprefix(f"{slug}/") for name in archive.namelist()}
            assert names == set(bundle(slug))
            assert archive.read(f"{slug}/exercise.ipynb") == bundle(slug)["exercise.ipynb"]
