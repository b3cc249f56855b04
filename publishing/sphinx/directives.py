"""The directives that lessons use besides plain MyST: outcomes, predictions, quizzes, hints, Further parts.

They become static HTML that works by keyboard, without an account and without JavaScript. Their text may hold
`code`, *emphasis*, links, citations and $mathematics$. A mistake in a directive stops the build with an error that
names its line. Fence directives with colons: Markdown allows no `code` in the first line of a fence of backticks.
The build warns of a directive that Markdown did not recognize.

Outcomes: the first thing of a lesson, with the minutes of its core and of the whole page::

    :::{outcomes} 20 80
    - write the transform in NumPy (`batchnorm_forward`)
    - say why a bias before it does nothing (question 3)
    :::

Prediction: a bet, which readers make before they read on. Its name is unique in the book; `[x]` marks what comes out.
Later on the same page, `prediction-result` says whether the reader was right, and explains::

    :::{prediction} You double every entry of $x$. What happens to $y$?
    :name: doubling
    - [ ] It doubles.
    - [x] It stays as it was.
    - [ ] It halves.
    :::

    :::{prediction-result} doubling
    It stays as it was, up to `eps`.
    :::

Core and Further: `core-ends` closes what everybody reads; it leads to the exercises and lists what follows. Each
section after it that one can leave out begins with `further`, its minutes, and a line on what it adds::

    :::{core-ends}
    :::

    ## The two places of m/(m - 1)

    :::{further} 10
    Why the stored variance of PyTorch is not the one that it normalizes with. Exercise 2 needs it.
    :::

Quiz: one question, one right answer, marked `[x]`; every answer, right or wrong, has its reason after `::`.
A long line may go on in the next ones, indented::

    :::{quiz} What is the mean of each column of `y`?
    - [x] `beta` :: because the shift is added last.
    - [ ] 0 :: that is the mean of `x_hat`; the shift is still to come.
    :::

Hint: folded text. (Exercise pages are plain Markdown and write `<details><summary>` themselves.)::

    :::{hint} Which axis holds the examples?
    The mean of a feature runs over the rows.
    :::

Figures need no directive of ours. A static one is the output of a code cell whose head gives it its texts::

    ```{code-cell} ipython3
    ---
    tags: [hide-input]
    mystnb:
      image: {alt: "What one sees, for those who do not see it."}
      figure: {name: transform-epsilon-figure, caption: "What it shows; seeds; spread."}
    ---
    fig, ax = plt.subplots()
    ```

A figure that moves is the last value of a cell, `lab.moving_figure(chart, alt=..., caption=..., still=fig)`; a picture
to drag or to step through, `lab.picture("NAME", data, alt=..., caption=..., still=fig)`, is drawn by
`publishing/browser/pictures/NAME.js`. A table of results is `lab.table(head, rows, caption=...)`.

For the author of scripts: a quiz is `fieldset.quiz`, its id made from its text. A prediction is
`fieldset.prediction[data-prediction=NAME]` with radio buttons `#prediction-NAME-INDEX`, and each result holds
`p.prediction-chosen[data-prediction=NAME]`.
"""

import hashlib
import re
from pathlib import PurePosixPath
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)

NAME = re.compile(r"[a-z][a-z0-9-]*")
UNREAD_DIRECTIVE = re.compile(r"(`{3,}|:{3,})\{[a-z][a-z-]*\}")
SPOKEN = (
    (r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r" \1 over \2 "),
    (r"\\sqrt\s*\{([^{}]*)\}", r" root of \1 "),
    (r"\\(hat|bar|tilde|overline)\s*\{?(\\?\w+)\}?", r" \2 \1 "),
    (r"\\(?:text|mathrm|operatorname|mathbf)\s*\{([^{}]*)\}", r" \1 "),
    (r"\\(?:left|right|,|;|:|!|quad|qquad|big[lr]?|Big[lr]?)(?![a-zA-Z])|\\ ", " "),
    (r"\^", " to the power "),
    (r"_", " sub "),
    (r"\\([a-zA-Z]+)", r" \1 "),
    (r"[{}\\]", " "),
)
ITEM = re.compile(r"- (?:\[(?P<mark>[ x])\] )?(?P<text>\S.*)", re.DOTALL)


class element(nodes.General, nodes.Inline, nodes.TextElement):
    """An HTML element, which docutils lacks: a tag, attributes, and children that are ordinary nodes."""

    def __init__(self, rawsource: str = "", *children: nodes.Node, tag: str = "div", **html: str) -> None:
        # docutils allows links in text elements only. This skips TextElement's own `__init__`, which wants a `text`.
        nodes.Element.__init__(self, rawsource, *children, tag=tag, html=html)


def _visit(translator: Any, node: element) -> None:
    html = "".join(f' {name}="{translator.attval(value)}"' for name, value in node["html"].items())
    translator.body.append(f"<{node['tag']}{html}>")


def _depart(translator: Any, node: element) -> None:
    if node["tag"] != "input":  # the only tag we use that has no end tag
        translator.body.append(f"</{node['tag']}>")


def _pass(translator: Any, node: element) -> None:
    """Write nothing: other builders write the children alone."""


def elements(node: nodes.Element, tag: str, kind: str) -> list[element]:
    """The elements of a tag and a class in a page, or in a part of it."""
    return [e for e in node.findall(element) if e["tag"] == tag and kind in e["html"].get("class", "").split()]


def format_minutes(minutes: int) -> str:
    """A time for readers: 90 becomes "1 h 30 min"."""
    hours, rest = divmod(minutes, 60)
    return " ".join([f"{hours} h"] * bool(hours) + [f"{rest} min"] * bool(rest))


class CourseDirective(SphinxDirective):
    """What our directives share: an argument on one line, items, and content that is parsed as a page is."""

    has_content = True
    required_arguments = 1
    final_argument_whitespace = True

    def inline(self, text: str, tag: str = "span", **html: str) -> element:
        children, messages = self.state.inline_text(text, self.lineno)
        return element("", *children, *messages, tag=tag, **html)

    def items(self) -> list[tuple[str | None, str]]:
        """The list in the directive: each item's mark and its text on one line."""
        items: list[str] = []
        for line in self.content:
            if line.startswith("- "):
                items.append(line)
            elif line.startswith(" ") and items:
                items[-1] += " " + line.strip()
            elif line.strip():
                raise self.error(f"{self.name}: expected '- an answer' and got {line!r}")
        matches = [ITEM.fullmatch(item.strip()) for item in items]
        found = [(match["mark"], match["text"]) for match in matches if match]
        if len(found) < len(items):
            raise self.error(f"{self.name}: an item is empty")
        return found

    def parsed(self) -> list[nodes.Node]:
        holder = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, holder)
        return holder.children


def spoken(tex: str) -> str:
    """TeX in words for screen readers, precise enough to tell one answer from another."""
    for pattern, words in SPOKEN:
        tex = re.sub(pattern, words, tex)
    return re.sub(r" ([,.;:])", r"\1", " ".join(tex.split()))


def _radio(group: str, index: int, label: element, *after: nodes.Node) -> element:
    """One answer: a radio button, its label, and what appears when it is chosen.

    Browsers leave mathematics out of a button's accessible name, so a label with mathematics is also given in words.
    """
    html = {"type": "radio", "name": group, "id": f"{group}-{index}", "value": str(index), "autocomplete": "off"}
    if label.next_node(nodes.math) is not None:
        html["aria-label"] = "".join(
            spoken(leaf.astext()) if isinstance(leaf.parent, nodes.math) else leaf.astext()
            for leaf in label.findall(nodes.Text)
        )
    button = element(tag="input", **html)
    return element("", button, label, *after, **{"class": "answer"})


class Quiz(CourseDirective):
    """A question with one right answer; choosing an answer shows its reason."""

    def run(self) -> list[nodes.Node]:
        answers = self.items()
        if [mark for mark, _ in answers].count("x") != 1 or any(mark is None for mark, _ in answers):
            raise self.error("quiz: mark one answer '- [x]' and every other '- [ ]'")
        # The id is a hash of the text, so that an answer kept by a browser is never shown for a changed question.
        group = "quiz-" + hashlib.sha256("\n".join([self.arguments[0], *self.content]).encode()).hexdigest()[:8]
        seen = self.env.temp_data.setdefault("course_quizzes", set())
        if group in seen:
            raise self.error("quiz: the same question with the same answers stands above on this page")
        seen.add(group)
        rows = []
        for index, (mark, text) in enumerate(answers, start=1):
            answer, separator, reason = text.partition(" :: ")
            if not separator or not reason.strip():
                raise self.error(f"quiz: the answer {answer!r} needs its reason after ' :: '")
            right = mark == "x"
            verdict = element("", nodes.Text("Yes: " if right else "No: "), tag="strong")
            why = element("", verdict, self.inline(reason), **{"class": "why right" if right else "why wrong"})
            rows.append(_radio(group, index, self.inline(answer, "label", **{"for": f"{group}-{index}"}), why))
        question = self.inline(self.arguments[0], "legend")
        return [element("", question, *rows, tag="fieldset", **{"class": "quiz"}, id=group)]


class Prediction(CourseDirective):
    """A bet: a question that the reader answers before reading on."""

    option_spec: ClassVar = {"name": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        name = self.options.get("name", "")
        if not NAME.fullmatch(name):
            raise self.error("prediction: give it a ':name:' of small letters, digits and hyphens")
        choices = self.items()
        if len(choices) < 2:
            raise self.error("prediction: offer at least two choices")
        if [mark for mark, _ in choices].count("x") != 1 or any(mark is None for mark, _ in choices):
            raise self.error("prediction: mark what comes out '- [x]' and every other choice '- [ ]'")
        self.env.temp_data.setdefault("course_predictions", {})[name] = choices
        group = f"prediction-{name}"
        rows = [
            _radio(group, index, self.inline(text, "label", **{"for": f"{group}-{index}"}))
            for index, (_, text) in enumerate(choices, start=1)
        ]
        question = self.inline(self.arguments[0], "legend")
        note = element(
            "", nodes.Text("Choose before you read on. The page will come back to it."), tag="p", **{"class": "note"}
        )
        html = {"class": "prediction", "data-prediction": name, "id": group}
        return [element("", question, *rows, note, tag="fieldset", **html)]


class PredictionResult(CourseDirective):
    """What came out, and whether the reader had said so; for that, style rules look at the radio buttons above."""

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0].strip()
        choices = self.env.temp_data.get("course_predictions", {}).get(name)
        if choices is None:
            raise self.error(f"prediction-result: no prediction named {name!r} stands above it on this page")
        mine = element("", tag="p", **{"class": "prediction-chosen", "data-prediction": name})
        for index, (mark, text) in enumerate(choices, start=1):
            words = "You were right: " if mark == "x" else "You said something else: "
            judged = element("", nodes.Text(words), tag="strong")
            kind = "right" if mark == "x" else "wrong"
            mine += element(
                "", judged, self.inline(text), tag="span", **{"class": f"choice {kind} chosen-{name}-{index}"}
            )
        rules = ",".join(
            f"body:has(#prediction-{name}-{k}:checked) .chosen-{name}-{k}" for k in range(1, len(choices) + 1)
        )
        line = f"body:has([name=prediction-{name}]:checked) .prediction-chosen[data-prediction={name}]"
        style = nodes.raw("", f"<style>{rules}{{display:inline}}{line}{{display:block}}</style>", format="html")
        title = element("", nodes.Text("What came out"), tag="p", **{"class": "title"})
        html = {"class": "prediction-result", "role": "note"}
        return [style, element("", title, mine, *self.parsed(), **html)]


class Hint(CourseDirective):
    """Text that stays folded until the reader asks for it."""

    def run(self) -> list[nodes.Node]:
        summary = self.inline(self.arguments[0], "summary")
        return [element("", summary, *self.parsed(), tag="details", **{"class": "hint"})]


class Outcomes(CourseDirective):
    """What the reader can do after the lesson, and the minutes of its core and of the whole page."""

    def run(self) -> list[nodes.Node]:
        try:
            core, whole = (int(number) for number in self.arguments[0].split())
        except ValueError:
            raise self.error(f"outcomes: expected minutes of the core and of all, got {self.arguments[0]!r}") from None
        if not 0 < core <= whole:
            raise self.error(f"outcomes: the core takes no longer than the page, got {core} and {whole} minutes")
        link = element("", nodes.Text("In three sentences"), tag="a", href="#in-three-sentences")
        times = [element("", nodes.Text(f"{format_minutes(core)} for the core"), tag="strong")]
        if whole > core:
            times.append(nodes.Text(f" · {format_minutes(whole)} with everything"))
        line = element("", *times, nodes.Text(" · "), link, tag="p", **{"class": "title"})
        summary = element("", nodes.Text("After this page you can …"), tag="summary")
        folded = element("", summary, *self.parsed(), tag="details")
        made = element("", line, folded, **{"class": "outcomes"})
        made["core"], made["minutes"] = core, whole
        return [made]


class Further(CourseDirective):
    """The first thing of a section that is not needed for the rest: its minutes, and a line on what it adds."""

    def run(self) -> list[nodes.Node]:
        try:
            minutes = int(self.arguments[0])
        except ValueError:
            raise self.error(f"further: expected minutes, got {self.arguments[0]!r}") from None
        lines = self.parsed()
        if len(lines) != 1 or not isinstance(lines[0], nodes.paragraph):
            raise self.error("further: expected one paragraph on what this part adds")
        label = element("", nodes.Text(f"Further · {format_minutes(minutes)}"), tag="span", **{"class": "label"})
        made = element("", label, nodes.Text(" "), *lines[0].children, tag="p", **{"class": "further"})
        made["minutes"] = minutes
        return [made]


class CoreEnds(SphinxDirective):
    """The end of a lesson's core: leads to the exercises, and lists the Further parts below."""

    has_content = False

    def run(self) -> list[nodes.Node]:
        return [element("", **{"class": "core-ends"})]


def set_further_parts_apart(app: Sphinx, doctree: nodes.document) -> None:
    """Give each section that begins with `further` its class, and list them all where the core ends."""
    parts = []
    for line in elements(doctree, "p", "further"):
        section = line.parent
        if not isinstance(section, nodes.section) or section.index(line) != 1:
            logger.warning("further: it stands directly below the heading of its part", location=line)
            continue
        section["classes"].append("further")
        parts.append((section, line))
    exercises = str(PurePosixPath(app.env.docname).with_name("exercise"))
    for end in elements(doctree, "div", "core-ends"):
        stop = nodes.paragraph("", "", nodes.strong("", "The core ends here."))
        if exercises in app.env.found_docs:
            stop += nodes.Text(" You can go on to ")
            stop += nodes.reference("", "the exercises", internal=True, refuri="exercise.html")
            stop += nodes.Text(", or read on." if parts else ".")
        end += stop
        if parts:
            items = nodes.bullet_list()
            for section, line in parts:
                title = nodes.reference(
                    "", "", *section[0].deepcopy().children, internal=True, refuri=f"#{section['ids'][0]}"
                )
                rest = [child.deepcopy() for child in line.children[1:]]
                minutes = nodes.Text(f" ({format_minutes(line['minutes'])}):")
                items += nodes.list_item("", nodes.paragraph("", "", title, minutes, *rest))
            end += items


def warn_of_unread_directives(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of a directive that ended up as text of the page; nobody would notice it otherwise."""
    for text in doctree.findall(nodes.Text):
        if found := UNREAD_DIRECTIVE.search(text):
            logger.warning(
                "%s was not read as a directive (fence it with colons, and close the one before it)",
                found.group(),
                location=text.parent,
            )


def setup(app: Sphinx) -> None:
    """Register the directives; Sphinx's extension calls this."""
    app.connect("doctree-read", warn_of_unread_directives)
    app.connect("doctree-read", set_further_parts_apart)
    app.add_node(element, html=(_visit, _depart), latex=(_pass, _pass), text=(_pass, _pass))
    app.add_directive("outcomes", Outcomes)
    app.add_directive("further", Further)
    app.add_directive("core-ends", CoreEnds)
    app.add_directive("prediction", Prediction)
    app.add_directive("prediction-result", PredictionResult)
    app.add_directive("quiz", Quiz)
    app.add_directive("hint", Hint, override=True)  # docutils has an admonition of this name
