"""Takes out of the site's style sheets what no page uses, when the site is built.

The theme's style sheet alone has 400 kB of rules, nine tenths of them for icons and components that the course lacks.
A browser waits for the style sheets before it shows a page.
"""

import re
import shutil
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from publishing.assets import front_end, katex, npm, typefaces
from publishing.assets.vendor import VendorError
from publishing.sphinx import formulas, images

FORMULAS = "formulas/formulas.css"
LINK = re.compile(r'(?P<before>href="[^"]*_static/)(?P<name>[^"?]+\.css)(?:\?[^"]*)?"')
ASK = '<link rel="preload" as="font" type="font/woff2" crossorigin'
ASKED = re.compile(rf"{ASK} [^>]*>\n")
#: Before the page is shown: the theme's own script sets the colours late, and with them the borders of boxes.
THEME = (
    'if (document.documentElement.dataset.theme === "auto") document.documentElement.dataset.theme = '
    'matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";'
)
#: The fonts inside the style sheet are unpacked before the first formula is laid out, which moves when they come later.
FONTS = 'document.fonts.forEach((face) => face.family.includes("KaTeX") && face.load());'
NOT_OURS = {"pyodide", "vega"}  # scripts that use no style sheet of the site


def finish(app: Sphinx, error: Exception | None) -> None:
    """Finish the written pages: sizes of drawings, formulas, and style sheets with what pages and scripts use."""
    if error is not None or app.builder.format != "html":
        return
    cache = Path(app.confdir) / "_build" / "vendor"
    static = Path(app.outdir) / "_static"
    before = formulas.written(app)
    try:
        sized = {path: images.sized(text, Path(app.outdir)) for path, text in before.items()}
        pages = formulas.typeset(cache, sized)
        for path, text in pages.items():
            if text != before[path]:
                path.write_text(text, encoding="utf-8")
        versions = shorten(cache, static, pages)
    except VendorError as problem:
        raise ExtensionError(str(problem), modname=__name__) from None
    fonts = [path.relative_to(static).as_posix() for path in (static / typefaces.FOLDER).glob("*.woff2")]
    for path, text in pages.items():
        ahead = ask_for_fonts(text, sorted(fonts))
        path.write_text(LINK.sub(lambda link: _versioned(link, versions), ahead), encoding="utf-8")


def ask_for_fonts(page: str, names: list[str]) -> str:
    """A page that asks for the fonts below `_static/` while its style sheets are still on their way."""
    page = ASKED.sub("", page)  # a page of an earlier build
    sheets = [link for link in LINK.finditer(page) if link["name"] == typefaces.STYLE]
    if not sheets:
        return page
    links = "".join(f'{ASK} {sheets[0]["before"]}{name}" />\n' for name in names)
    first = page.index("<link")
    return f"{page[:first]}{links}{page[first:]}"


def shorten(cache: Path, static: Path, pages: dict[Path, str]) -> dict[str, str]:
    """Shorten the style sheets below `static`, and return a digest of each."""
    fresh = static / FORMULAS
    shutil.rmtree(fresh.parent, ignore_errors=True)
    fresh.parent.mkdir(parents=True)
    fresh.write_text(katex.rules(cache), encoding="utf-8")
    linked = {link["name"] for text in pages.values() for link in LINK.finditer(text)} - {typefaces.STYLE}
    # Our own have their content's hash in their names, and hold little that is unused.
    names = sorted(name for name in linked if not name.startswith(f"{front_end.FOLDER}/"))
    scripts = [path for path in static.rglob("*.js") if not NOT_OURS & set(path.relative_to(static).parts)]
    paths = {"styles": [str(static / name) for name in names], "users": [str(path) for path in (*pages, *scripts)]}
    shorter = dict(zip(names, npm.node("purge.js", paths, cache), strict=True))
    if FORMULAS in shorter:
        declared, files = katex.fonts(cache, shorter[FORMULAS], *formulas.characters(pages))
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
    app.add_css_file(FORMULAS, priority=700)
    app.add_css_file(typefaces.STYLE, priority=700)
    app.add_js_file(None, body=THEME)
    app.add_js_file(None, body=FONTS)
    app.connect("build-finished", finish, priority=900)  # the theme writes a style sheet at this time, too
