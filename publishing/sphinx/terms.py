"""Explain each term of the glossary where a page first uses it.

The first occurrence of each term in running text becomes a link to the glossary, followed by a `<template>` with the
definition, from which `terms.js` makes a tooltip. A `{term}` that an author wrote counts as an occurrence. Headings,
links, code, mathematics, questions, captions, folded summaries and the glossary itself are left alone.
"""

import re
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from publishing.sphinx.directives import element

#: Words that are terms only after one of these words: elsewhere they are everyday English ("which means").
ONLY_AFTER = {
    "mean": {"the", "a", "its", "batch", "whose", "sample", "running", "row's", "feature's"},
    "moment": {"first", "second", "third", "fourth", "central"},
    "feature": {"a", "each", "every", "per", "the", "of", "one", "its", "for"},
    "mask": {"a", "the"},
    "spread": {"a", "the", "its", "their", "no", "of", "same", "with", "one", "more", "less", "this", "that", "small"},
}
#: Words after which a term means something else: zero padding of an image is no padding of a sequence.
NEVER_AFTER = {"padding": {"zero"}}
#: "Batch Normalization" is one name, so its first word is not explained as "batch".
NOT_BEFORE = r"(?![\w-]|\s+(?:[Rr]e)?[Nn]orm(?:\b|ali[sz]))"
LEFT_ALONE = (
    nodes.title,
    nodes.reference,
    nodes.literal,
    nodes.literal_block,
    nodes.math,
    nodes.math_block,
    nodes.raw,
    nodes.caption,
    nodes.strong,
    nodes.term,
    nodes.citation,
    nodes.footnote,
    addnodes.pending_xref,
)
LEFT_ALONE_TAGS = {"fieldset", "summary", "label", "legend", "a", "button"}


class explanation(nodes.General, nodes.Inline, nodes.Element):
    """A definition as a `<template>`. Its nodes are in an attribute, so that the search does not index them here."""


class ExplainTerms(SphinxPostTransform):
    """Marks the first occurrence of each term on a page."""

    default_priority = 200  # after references are resolved
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Mark the terms of a page before it is written."""
        glossary = _glossary(self.app)
        here = self.env.docname
        if not glossary or any(home == here for home, _, _ in glossary.values()):
            return
        self.unseen = dict(glossary)
        ids = {f"{home}#{identifier}": name for name, (home, identifier, _) in glossary.items()}
        for node in list(self.document.findall(lambda n: isinstance(n, (nodes.Text, nodes.reference)))):
            if isinstance(node, nodes.reference):
                name = next((n for end, n in ids.items() if _leads_to(node.get("refuri", ""), end)), None)
                if name in self.unseen and not _is_left_alone(node.parent):
                    node["classes"].append("term")
                    node.parent.insert(node.parent.index(node) + 1, self._definition(self.unseen.pop(name)))
            elif not _is_left_alone(node.parent):
                parts = list(self._parts(node.astext()))
                if len(parts) > 1:
                    node.parent.replace(node, parts)

    def _parts(self, text: str) -> Any:
        """The nodes of a text: plain text, and each term seen for the first time as a link with its definition."""
        end = 0
        while self.unseen and (found := _search(text, end, self.unseen)):
            name, start, stop = found
            home, identifier, children = self.unseen.pop(name)
            address = f"{self.app.builder.get_relative_uri(self.env.docname, home)}#{identifier}"
            if start > end:
                yield nodes.Text(text[end:start])
            word = nodes.inline("", text[start:stop])
            yield nodes.reference("", "", word, internal=True, refuri=address, classes=["term"])
            yield self._definition((home, identifier, children))
            end = stop
        if end < len(text):
            yield nodes.Text(text[end:])

    def _definition(self, entry: tuple[str, str, list[nodes.Node]]) -> explanation:
        return explanation("", content=entry[2])


def _leads_to(address: str, end: str) -> bool:
    page, _, identifier = end.partition("#")
    return address.endswith(f"#{identifier}") and page.rsplit("/", 1)[-1] in address


def _is_left_alone(node: nodes.Node | None) -> bool:
    while node is not None:
        if isinstance(node, LEFT_ALONE) or (isinstance(node, element) and node["tag"] in LEFT_ALONE_TAGS):
            return True
        if isinstance(node, nodes.Element) and {"cell_output", "cell_input"} & set(node.get("classes", [])):
            return True
        node = node.parent
    return False


def _search(text: str, position: int, names: Any) -> tuple[str, int, int] | None:
    """The first of these terms in a text: its name, where it begins and where it ends. A longer term wins."""
    spelt = {_spelling(name): name for name in names}
    longest_first = sorted(spelt, key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w-])(?:{'|'.join(f'({s})(?:e?s)?' for s in longest_first)}){NOT_BEFORE}")
    for found in pattern.finditer(text, position):
        name = spelt[longest_first[found.lastindex - 1]]  # type: ignore[operator]
        before = re.search(r"([\w'’-]+)\s+$", text[: found.start()])
        word = before[1].lower().replace("’", "'") if before else ""
        if word not in NEVER_AFTER.get(name, ()) and (name not in ONLY_AFTER or word in ONLY_AFTER[name]):
            return name, found.start(), found.end()
    return None


def _spelling(name: str) -> str:
    """A pattern for a term in a text, where its first letter may be a capital."""
    first = f"[{name[0]}{name[0].upper()}]" if name[0].islower() else re.escape(name[0])
    return first + r"\s+".join(map(re.escape, name[1:].split(" ")))


def _glossary(app: Sphinx) -> dict[str, tuple[str, str, list[nodes.Node]]]:
    """Each term with its page, its id there, and the nodes of its definition; computed once for a build."""
    kept = vars(app.builder)
    if "course_terms" not in kept:
        found = {}
        objects = app.env.get_domain("std").objects  # type: ignore[attr-defined]
        homes = {name: place for (kind, name), place in objects.items() if kind == "term"}
        trees = {home: app.env.get_doctree(home) for home, _ in homes.values()}
        for name, (home, identifier) in homes.items():
            for item in trees[home].findall(nodes.definition_list_item):
                if identifier in item.next_node(nodes.term)["ids"]:
                    found[name] = (home, identifier, _plain(item.next_node(nodes.paragraph)))
        kept["course_terms"] = found
    return kept["course_terms"]


def _plain(paragraph: nodes.paragraph) -> list[nodes.Node]:
    """A definition without links, which a tooltip can't hold: terms stay as plain text, citations are left out."""
    children: list[nodes.Node] = []
    for child in paragraph.children:
        if isinstance(child, addnodes.pending_xref):
            if child["refdomain"] != "cite":
                children.append(nodes.Text(child.astext()))
            elif children and isinstance(children[-1], nodes.Text):
                children[-1] = nodes.Text(children[-1].astext().rstrip())
        else:
            children.append(child.deepcopy())
    return children


def _visit(translator: Any, node: explanation) -> None:
    translator.body.append("<template>")
    for child in node["content"]:
        child.walkabout(translator)
    translator.body.append("</template>")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """`publishing.sphinx.extension` calls this."""
    app.add_node(explanation, html=(_visit, None))
    app.add_post_transform(ExplainTerms)
