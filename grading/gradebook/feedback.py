"""A learner's feedback page: nbgrader's own, as one file that needs no network and runs no script.

nbconvert's template loads MathJax from a CDN. Here formulas are MathML, which every browser of today shows by itself.
"""

import html
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from jinja2 import pass_context
from latex2mathml.converter import convert_to_element
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

#: What a formula may have; a link or a handler of a learner's making is not among it.
ATTRIBUTES = {
    "accent", "accentunder", "columnalign", "columnlines", "columnspacing", "display", "displaystyle", "depth", "fence",
    "form", "frame", "height", "linethickness", "lspace", "mathcolor", "mathsize", "mathvariant", "maxsize", "minsize",
    "movablelimits", "notation", "rowlines", "rowspacing", "rspace", "scriptlevel", "separator", "stretchy",
    "symmetric", "voffset", "width", "xmlns",
}  # fmt: skip


def mathml(tex: str, display: str = "inline") -> str:
    """A formula as MathML; where it can't be read, its TeX as code.

    Parameters
    ----------
    tex : str
        Without the dollars, as it stands in the notebook.
    display : str
        "inline" or "block".
    """
    try:
        if len(tex) > MAX_TEX:
            raise ValueError("no formula is so long")
        made = convert_to_element(tex, display=display)
        for node in made.iter():
            # The converter leaves entities in its texts, to be written as they are; so would a learner's be.
            node.text, node.tail = (html.unescape(text) if text else text for text in (node.text, node.tail))
            for name in set(node.attrib) - ATTRIBUTES:
                del node.attrib[name]
        return ElementTree.tostring(made, encoding="unicode")
    except Exception:  # it raises whatever its parser stumbles over
        return f"<code>{html.escape(tex)}</code>"


MAX_TEX = 5_000  # letters; a learner writes these too
TEMPLATES = Path(__file__).parent / "templates"

#: Bootstrap's font of icons lies beside its style sheet, from where a page on its own can't load it.
_ICONS = re.compile(r"@font-face\{font-family:'Glyphicons Halflings'[^}]*\}")


class _Renderer(IPythonRenderer):
    """Markdown with its formulas as MathML. What is inside one was escaped by the sanitizer before."""

    def block_math(self, body: str) -> str:
        return f"<p>{mathml(html.unescape(body), 'block')}</p>\n"

    def multiline_math(self, text: str) -> str:
        return mathml(html.unescape(text).strip("$"), "block")

    def latex_environment(self, name: str, body: str) -> str:
        return mathml(html.unescape(rf"\begin{{{name}}}{body}\end{{{name}}}"), "block")

    def inline_math(self, body: str) -> str:
        return mathml(html.unescape(body))


class FeedbackPage(HTMLExporter):
    """nbgrader's feedback page by the template in `templates/learner`, which `plugin.configure` names."""

    def from_notebook_node(self, *args: Any, **kw: Any) -> tuple[str, dict[str, Any]]:  # type: ignore[override]
        page, resources = super().from_notebook_node(*args, **kw)
        return _ICONS.sub("", page, count=1), resources

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        cell = context.get("cell", {})
        renderer = _Renderer(
            escape=False,
            attachments=cell.get("attachments", {}),
            embed_images=self.embed_images,
            path="",
            anchor_link_text=self.anchor_link_text,
            exclude_anchor_links=self.exclude_anchor_links,
            **self.lexer_options,
        )
        return MarkdownWithMath(renderer=renderer).render(source)
