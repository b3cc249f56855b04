"""Typesets the formulas of all pages when the site is built, so that a page loads no script for them.

Sphinx writes a formula into a page as LaTeX, in the form that it has for MathJax. When all pages are written, one run
of KaTeX typesets what is still LaTeX in them. For readers KaTeX lays out HTML; for screen readers, and for copying, the
same formula is there as MathML with its LaTeX.
"""

import re
from html import unescape
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.ext import mathjax

from publishing.assets import katex
from publishing.assets.katex import Formula

#: A formula that is still LaTeX. A numbered one has its number before it.
WRITTEN = re.compile(
    r'(<(?P<tag>span|div) class="math\b[^>]*>(?:\s*<span class="eqno">[^<]*(?:<a [^>]*>[^<]*</a>)?</span>)?)'
    r"\s*(?:\\[(\[])?(?P<tex>[^<]*[^<\s])\s*(?=</(?P=tag)>)"
)
#: What MathML needs in XML alone, and what KaTeX leaves empty, of which Firefox complains.
NOT_IN_HTML = re.compile(
    r' (?:xmlns="http://www\.w3\.org/1998/Math/MathML"|encoding="application/x-tex"|columnspacing="")'
)
DELIMITER = re.compile(r"\\[)\]]$")
#: What KaTeX lays out, with the text up to the next tag of another kind.
SHOWN = re.compile(r'<span class="katex-html"(?:[^<]|</?(?:span|svg|path|line)\b)*')
#: Letters in italics, which are in a font of their own.
ITALIC = re.compile(r'<span class="[^"]*\bmathnormal\b[^>]*>([^<]+)<')
#: Letters of a font that is neither this nor the upright one.
SPECIAL = re.compile(
    r'<span class="[^"]*\b(?:math(?!normal|rm)[a-z]+|text(?!rm)[a-z]+|boldsymbol|amsrm)\b[^"]*">([^<]+)<'
)


def typeset(cache: Path, pages: dict[Path, str]) -> dict[Path, str]:
    """Typeset the formulas of pages.

    Parameters
    ----------
    cache : Path
        The folder of `npm.ensure_installed`.
    pages : dict of Path to str
        The HTML of each page.

    Returns
    -------
    dict of Path to str
        The same pages without LaTeX.

    Raises
    ------
    ExtensionError
        If KaTeX refuses a formula; each is named with its page.
    VendorError
        If npm or Node.js is missing or fails.
    """
    found = {_formula(match): name for name, text in pages.items() for match in WRITTEN.finditer(text)}
    made = katex.typeset(cache, list(found))
    refused = [f"{found[f]}: the formula {f.tex}: {m['error']}" for f, m in made.items() if "error" in m]
    if refused:
        raise ExtensionError("\n".join(refused), modname=__name__)
    shown = {formula: NOT_IN_HTML.sub("", each["html"]) for formula, each in made.items()}
    return {name: WRITTEN.sub(lambda match: match[1] + shown[_formula(match)], text) for name, text in pages.items()}


def _formula(match: re.Match[str]) -> Formula:
    return Formula(unescape(DELIMITER.sub("", match["tex"])).strip(), match["tag"] == "div")


def characters(pages: dict[Path, str]) -> katex.Letters:
    """What the formulas of all pages show."""
    shown = "".join(formula for text in pages.values() for formula in SHOWN.findall(text))

    def plain(html: str) -> set[str]:
        return set(unescape(re.sub(r"<[^>]*>?", "", html)))

    upright = re.sub(ITALIC, "<", shown)
    return katex.Letters(plain(upright), plain("".join(ITALIC.findall(shown))), plain("".join(SPECIAL.findall(shown))))


def written(app: Sphinx) -> dict[Path, str]:
    """The pages that Sphinx has written, by path."""
    names = [*app.env.found_docs, "genindex", "search"]
    paths = [Path(app.builder.get_outfilename(name)) for name in sorted(names)]  # type: ignore[attr-defined]
    return {path: path.read_text(encoding="utf-8") for path in paths if path.is_file()}


def setup(app: Sphinx) -> None:
    """`publishing.sphinx.extension` calls this."""
    # With a renderer of another name than its own, Sphinx does not put MathJax into the pages.
    app.add_html_math_renderer("katex", (mathjax.html_visit_math, None), (mathjax.html_visit_displaymath, None))
