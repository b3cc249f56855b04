"""Takes out of the site's style sheets what no page uses, when the site is built.

The theme's style sheet alone has 400 kB of rules, nine tenths of them for icons and components that the course lacks.
A browser waits for the style sheets before it shows a page.
"""

import json
import re
import shutil
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from publishing.assets import front_end, katex, npm, typefaces
from publishing.assets.vendor import VendorError
from publishing.sphinx import formulas, highlighting, images, scripts

FORMULAS = "formulas/formulas.css"
PYGMENTS = "pygments.css"
LINK = re.compile(r'(?P<before>href="[^"]*_static/)(?P<name>[^"?]+\.css)(?:\?[^"]*)?"')
#: A script, because a page that was opened as a file may not ask ahead, and the browser would complain.
ASK = (
    '<script data-fonts>if (location.protocol !== "file:") for (const href of %s) document.head.append('
    'Object.assign(document.createElement("link"), '
    '{ rel: "preload", as: "font", type: "font/woff2", crossOrigin: "anonymous", href }));</script>\n'
)
ASKED = re.compile(r"<script data-fonts>.*</script>\n")
#: Before the page is shown: the theme's own script sets the colours late, and with them the borders of boxes.
THEME = (
    'if (document.documentElement.dataset.theme === "auto") document.documentElement.dataset.theme = '
    'matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";'
)
#: The fonts inside the style sheet are unpacked before the first formula is laid out, which moves when they come later.
FONTS = (
    "document.fonts.forEach((face) => /KaTeX_(Main normal|Math italic|Size. normal) (400|normal)/"
    ".test(`${face.family} ${face.style} ${face.weight}`) && face.load());"
)
NOT_OURS = {"pyodide", "vega"}  # scripts that use no style sheet of the site
#: Scripts of ours that make no element which the theme could style; the editor has a style of its own.
NO_ELEMENTS = re.compile(r"(?:editor|worker|service_worker)-\w+\.js$")


def finish(app: Sphinx, error: Exception | None) -> None:
    """Finish the written pages: drawings, formulas, code, and scripts and style sheets with what is used."""
    if error is not None or app.builder.format != "html":
        return
    cache = Path(app.confdir) / "_build" / "vendor"
    static = Path(app.outdir) / "_static"
    before = formulas.written(app)
    try:
        pages = formulas.typeset(cache, images.finish(before, Path(app.outdir)))
        pages = scripts.finish(cache, highlighting.finish(pages, (static / PYGMENTS).read_text()), static)
        for path, text in pages.items():
            if text != before[path]:
                path.write_text(text, encoding="utf-8")
        versions = shorten(cache, static, pages) if app.config.shorten_styles else {}
    except VendorError as problem:
        raise ExtensionError(str(problem), modname=__name__) from None
    for path, text in pages.items():
        fonts = [*(static / typefaces.FOLDER).glob("*.woff2"), *_special(static, text)]
        ahead = ask_for_fonts(text, sorted(font.relative_to(static).as_posix() for font in fonts))
        path.write_text(LINK.sub(lambda link: _versioned(link, versions), ahead), encoding="utf-8")


def _special(static: Path, page: str) -> list[Path]:
    """The fonts that the page's formulas need besides those inside the style sheet."""
    names = [name for name, letters in katex.SPECIAL.items() if letters.search(page)]
    return [path for name in names for path in (static / FORMULAS).parent.glob(f"{name}-*")]


def ask_for_fonts(page: str, names: list[str]) -> str:
    """A page that asks for the fonts below `_static/` while its style sheets are still on their way."""
    page = ASKED.sub("", page)  # a page of an earlier build
    sheets = [link for link in LINK.finditer(page) if link["name"] == typefaces.STYLE]
    if not sheets:
        return page
    static = sheets[0]["before"].removeprefix('href="')
    first = page.index("<link")
    return page[:first] + ASK % json.dumps([static + name for name in names]) + page[first:]


def shorten(cache: Path, static: Path, pages: dict[Path, str]) -> dict[str, str]:
    """Shorten the style sheets below `static`, and return a digest of each."""
    fresh = static / FORMULAS
    shutil.rmtree(fresh.parent, ignore_errors=True)
    fresh.parent.mkdir(parents=True)
    fresh.write_text(katex.rules(cache), encoding="utf-8")
    linked = {link["name"] for text in pages.values() for link in LINK.finditer(text)} - {typefaces.STYLE}
    # Our own have their content's hash in their names, and hold little that is unused.
    names = sorted(name for name in linked if not name.startswith(f"{front_end.FOLDER}/"))
    loaded = [
        path
        for path in static.rglob("*.js")
        if not NOT_OURS & set(path.relative_to(static).parts) and not NO_ELEMENTS.match(path.name)
    ]
    paths = {
        "styles": [str(static / name) for name in names],
        "kept": [str(path) for path in (static / front_end.FOLDER).glob("*.css")],
        "users": [str(path) for path in (*pages, *loaded)],
    }
    shorter = dict(zip(names, npm.node("purge.js", paths, cache), strict=True))
    if FORMULAS in shorter:
        declared, files = katex.fonts(cache, shorter[FORMULAS], formulas.characters(pages))
        shorter[FORMULAS] = declared + shorter[FORMULAS]
        for name, content in files.items():
            (fresh.parent / name).write_bytes(content)
    for name, text in shorter.items():
        (static / name).write_text(text, encoding="utf-8")
    written = {name: text.encode() for name, text in shorter.items()}
    shutil.rmtree(static / typefaces.FOLDER, ignore_errors=True)
    for name, content in typefaces.make(cache, set().union(*pages.values())).items():
        (static / name).parent.mkdir(exist_ok=True)
        (static / name).write_bytes(content)
        written[name] = content
    return {name: npm.digest(content) for name, content in written.items() if name.endswith(".css")}


def _versioned(link: re.Match[str], versions: dict[str, str]) -> str:
    """A link to a style sheet with its digest, so that no browser keeps the one of an earlier build."""
    version = versions.get(link["name"])
    return f'{link["before"]}{link["name"]}?v={version}"' if version else link[0]


def setup(app: Sphinx) -> None:
    """`publishing.sphinx.extension` calls this."""
    app.add_config_value("shorten_styles", True, "", bool)
    app.add_css_file(FORMULAS, priority=700)
    app.add_css_file(typefaces.STYLE, priority=700)
    app.add_js_file(None, body=THEME)
    app.add_js_file(None, body=FONTS)
    app.connect("build-finished", finish, priority=900)  # the theme writes a style sheet at this time, too
