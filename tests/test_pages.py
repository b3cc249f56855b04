"""Pages made of what learners wrote: shown as it was meant, asking nobody for anything, and made within a budget.

Nothing here opens a gradebook: the pages are made of notebooks. `test_feedback.py` makes those of a class.
"""

import base64
import os
import re
import signal
import time
from pathlib import Path

import nbformat
import pytest
from conftest import wait_until
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from traitlets.config import Config

from course.chapter import ROOT
from course.errors import MachineError
from grading.gradebook import renderer
from grading.gradebook.configuration import configure
from grading.gradebook.feedback import FeedbackPage
from grading.gradebook.formgrader import GraderPage
from grading.gradebook.markup import code, markdown, output, sanitized
from grading.gradebook.renderer import PageBudget, Renderer

PNG = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
        "0000000c49444154789c63f8cfc000000301010018dd8db00000000049454e44ae426082"
    )
).decode()
AS_WRITTEN = "Shown as it was written"


def shown(text, pictures=None):
    return markdown(text, pictures or {})


class TestMarkdown:
    @pytest.mark.parametrize(
        ("written", "html"),
        [
            ("If a<b then x; if c>d it is the same", "If a&lt;b then x; if c&gt;d it is the same"),
            ("if a<b and c>d it is", "if a&lt;b and c&gt;d it is"),
            ("`a<b & c`", "<code>a&lt;b &amp; c</code>"),
            ("AT&T, 3 < 5 & x", "AT&amp;T, 3 &lt; 5 &amp; x"),
            ("an <unknown> tag", "an &lt;unknown&gt; tag"),
            ("two<br>lines, x<sub>i</sub>", "two<br>lines, x<sub>i</sub>"),
            ("- [x] done\n- [ ] open", "<li>☑ done</li>\n<li>☐ open</li>"),
            ("~~no~~ **yes**", "<del>no</del> <strong>yes</strong>"),
            (
                "[lesson](https://example.org/?a=1&b=2)",
                '<a href="https://example.org/?a=1&amp;b=2" rel="noopener noref',
            ),
            ("| a |\n|--:|\n| 1 |", '<td style="text-align:right;">1</td>'),
            ("```python\nfor x in y: pass\n```", '<span class="k">for</span>'),
        ],
    )
    def test_is_shown_as_it_was_meant(self, written, html):
        assert html in shown(written)

    def test_an_aligned_formula_has_no_word_of_html_in_it(self):
        made = shown("$$\\begin{aligned} \\mu &= 1 \\\\ \\sigma &< 2 \\end{aligned}$$ and $a<b$ & so")
        assert made.count("<math") == 2
        assert made.count("<mtr>") == 2
        text = re.sub("<[^>]*>", "", made)
        assert "amp;=" not in text
        assert "σ&lt;2" in text
        assert "a&lt;b" in text

    def test_code_reads_in_the_order_in_which_it_runs(self):
        assert "x = 1  # \\u202e2 = y" in re.sub("<[^>]*>", "", code("x = 1  # \u202e2 = y", "ipython3"))

    def test_an_output_has_its_colours_and_no_other_sequence(self):
        made = output("\x1b[31mred\x1b[0m <b>\n10%\r50%\r100%\n\x1b]0;title\x07")
        assert made == '<span class="ansi-red-fg">red</span> &lt;b&gt;\n100%\n\\x1b]0;title\\x07'


#: Ways to have a page ask somebody for something, or do something, when it is only looked at.
LOADS = [
    "![](/logout)", "![](//a.example/x.png)", "![](http://a.example/x.png)",
    "![x][y]\n\n[y]: /logout", "![](logout.png)",
    "<img src=/logout>", "<img srcset='/logout 1x'>", "<IMG SRC='&#47;logout'>",
    "<img src='data:image/svg+xml,<svg/>'>",
    "<img src='data:text/html;base64,AAAA'>", "![](data:image/svg+xml;base64,AAAA)",
    "<picture><source srcset=/logout></picture>", "<video src=/logout poster=/logout></video>",
    "<audio src=/logout autoplay></audio>", "<link rel=stylesheet href=/logout>", "<iframe src=/logout></iframe>",
    "<iframe srcdoc='<script>x</script>'></iframe>", "<object data=/logout></object>", "<embed src=/logout>",
    "<form action=/logout><button>a</button></form>", "<meta http-equiv=refresh content='0;url=/logout'>",
    "<base href=//a.example>", "<p style='background: url(/logout)'>x</p>", "<table background=/logout></table>",
    "<td style='padding: url(/logout)'>", "<style>@import '/logout'</style>", "<script src=/logout></script>",
    "<svg><image href=/logout /><use href=/logout /></svg>", "<math><mi href=/logout>x</mi></math>",
    "$\\href{/logout}{x}$", "$\\includegraphics{/logout}$", "<p onmouseover=fetch('/logout')>x</p>",
    "<a href='javascript:fetch(1)'>x</a>", "[x](javascript:fetch%281%29)",
    "[x](data:text/html,<script>)", "[x](/logout)",
    "<a href=/logout ping=/logout>x</a>", "<input type=image src=/logout>", "<details ontoggle=fetch(1) open>",
    "<button class='btn full-credit'>x</button>", "<input class=score id=written_transform>",
    "<span class='btn mark-graded' id=written_transform>x</span>", "# written_transform",
]  # fmt: skip
ALLOWED = re.compile(
    r"</?(a|abbr|b|blockquote|br|caption|code|dd|del|details|div|dl|dt|em|h[1-6]|hr|i|kbd|li|ol|p|pre|s|small|span|strong"
    r"|sub|summary|sup|table|tbody|td|th|thead|tr|ul|math|m[a-z]+)"
    r'( (rel|title|role|aria-label)="[^"<]*"| href="(https?://|mailto:|#)[^"<]*"| style="[^"()]*"| class="[\w ]*"'
    r'| (xmlns|display|mathcolor|fence|stretchy)="[\w:/.]*")*\s*/?>'
)


@pytest.mark.parametrize("written", LOADS)
@pytest.mark.parametrize("render", [shown, sanitized])
def test_nothing_is_loaded_and_nothing_done_by_looking(written, render):
    made = render(written)
    for tag in re.findall(r"<[^>]*>", made):
        assert ALLOWED.fullmatch(tag), tag
    assert 'class="btn' not in made
    assert " id=" not in re.sub("&lt;.*?&gt;", "", made)


ATTACHED = {
    "a b.png": ("image/png", PNG),
    "evil.svg": ("image/svg+xml", PNG),
    "odd.png": ("image/png", '"><script>'),
}


class TestPictures:
    @pytest.mark.parametrize(
        "written", ["![alt](attachment:a%20b.png)", '<img src="attachment:a b.png" alt="alt">', "![alt](<a b.png>)"]
    )
    def test_of_the_notebook_are_in_the_page(self, written):
        assert f'<img src="data:image/png;base64,{PNG}" alt="alt">' in shown(written, ATTACHED)

    def test_that_stand_in_the_text_are_too(self):
        assert f'src="data:image/png;base64,{PNG}"' in shown(f"![x](data:image/png;base64,{PNG})")

    @pytest.mark.parametrize("name", ["gone.png", "evil.svg", "odd.png"])
    def test_that_are_missing_or_none_are_told(self, name):
        made = shown(f"before ![x](attachment:{name}) after", ATTACHED)
        assert made == f"<p>before (The picture attachment:{name} is missing in the notebook.) after</p>\n"

    def test_beside_the_notebook_are_in_the_page_and_links_are_not_followed(self, tmp_path):
        (tmp_path / "plot.png").write_bytes(base64.b64decode(PNG))
        (tmp_path / "secret.png").symlink_to(tmp_path / "plot.png")
        page = page_of(new_markdown_cell("![a](plot.png) ![b](secret.png) ![c](../plot.png)"), path=tmp_path)
        assert page.count(f'src="data:image/png;base64,{PNG}"') == 1
        assert page.count("is not shown: it is elsewhere") == 2


# ---- whole pages


def page_of(*cells, kind=FeedbackPage, path=ROOT):
    config = Config()
    configure(config, ROOT / "class")
    about = {"assignment": "another", "notebook": "n", "score": 1, "max_score": 2, "late_penalty": 0}
    resources = {"nbgrader": about, "metadata": {"path": str(path)}, "base_url": "", "index": 0, "total": 1}
    return kind(config=config).from_notebook_node(new_notebook(cells=list(cells)), resources)[0]


def tags(page):
    return re.findall(
        r"<(?:img|iframe|script|svg|object|embed|video|link|form|input)\b[^>]*>", page.partition("<body>")[2]
    )


@pytest.mark.parametrize("kind", [FeedbackPage, GraderPage])
class TestAPage:
    def test_shows_of_an_output_its_text_and_pictures(self, kind):
        evil = '"><script>alert(1)</script><svg onload=alert(1)>'
        data = {
            "text/html": f"<b>bold</b>{evil}", "image/svg+xml": evil, "application/javascript": "alert(1)",
            "text/latex": evil, "text/markdown": evil, "application/vnd.jupyter.widget-view+json": {"a": evil},
            "image/png": evil, "text/plain": evil,
        }  # fmt: skip
        for present in data:
            metadata = {"isolated": True, "width": "1 onerror=alert(1)", present: {"isolated": True, "width": evil}}
            made = new_output("display_data", {present: data[present]}, metadata=metadata)
            cell = new_code_cell("x", outputs=[made], metadata={"tags": [evil], "alt": evil})
            own = tags(page_of(new_code_cell("x"), kind=kind))
            found = [tag for tag in tags(page_of(cell, kind=kind)) if tag not in own]
            assert all(
                re.fullmatch(r'<img src="data:image/png;base64,[^"<]*"\s+alt="a figure[\w ]*"\s*>', t) for t in found
            )

    def test_takes_no_cells_name_for_markup(self, kind):
        evil = '"><script>alert(1)</script>'
        about = {"grade_id": evil, "grade": True, "solution": True, "points": 1, "score": 1, "comment": evil}
        assert "alert(1)</script>" not in page_of(new_code_cell("x", metadata={"nbgrader": about}), kind=kind)

    def test_asks_nobody_for_pictures(self, kind):
        policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page_of(kind=kind))[1]
        assert "img-src data:;" in policy
        for what in ("form-action", "base-uri"):
            assert f"{what} 'none'" in policy


def test_formgraders_page_takes_no_name_for_markup():
    config = Config()
    configure(config, ROOT / "class")
    evil = "<script>alert(1)</script>"
    about = {"student": evil, "last_name": evil, "first_name": evil, "base_url": "", "index": 0, "total": 1}
    assert evil not in GraderPage(config=config).from_notebook_node(new_notebook(), about)[0]


# ---- the budget

#: Texts on which a parser of Markdown, HTML, formulas or code takes more than linear time, or that are only large.
HOSTILE = {
    "bold": "<b>" * 20_000,
    "environments": "\\begin{a}" * 11_000,
    "brackets": "[" * 100_000,
    "links": "[a](" * 25_000,
    "quotes": "> " * 50_000 + "a",
    "lists": "- " * 50_000 + "a",
    "stairs": "\n".join(" " * k + "- a" for k in range(430)),
    "emphasis": "*a **a " * 14_000,
    "underscores": "_a __a " * 14_000,
    "code-spans": "".join("`" * k + "a" for k in range(440)),
    "dollars": "$a $$a " * 14_000,
    "latex-brackets": "\\\\[a \\\\(a " * 10_000,
    "formulas": "$\\frac{a}{b}$ " * 7_000,
    "table": "|a" * 3_000 + "\n" + "|-" * 3_000 + "\n" + ("|a" * 300 + "\n") * 100,
    "angles": "<" * 100_000,
    "tags": "<a " * 33_000,
    "comments": "<!--" * 25_000,
    "entities": "&#x1d400;" * 11_000,
    "attributes": "<p " + "a='b' " * 16_000 + ">",
    "styles": '<small style="padding: 1px">' * 3_500,
    "spaces": "a" + " " * 99_000 + "b",
    "files": "[a](files/" * 10_000,
    "definitions": "a\n: b\n" * 16_000,
    "references": "[a]: b\n" * 14_000,
    "fences": "~~~\n```\n" * 12_000,
    "perl": "```perl\n" + "m{" * 45_000 + "\n```",
    "rst": "```rst\n" + ".. a::\n" * 14_000 + "\n```",
    "large": "<i>a</i>" * 400_000,
}


@pytest.mark.slow
class TestABudget:
    @pytest.mark.parametrize("name", HOSTILE)
    def test_bounds_what_a_text_costs_and_the_rest_of_the_page_is_as_ever(self, name):
        honest = new_markdown_cell("Honest: $a<b$, **bold**.")
        began = time.process_time()
        page = page_of(new_markdown_cell(HOSTILE[name]), honest)
        assert time.process_time() - began < 5  # of the trusted process
        assert "Honest: <math" in page
        assert "<strong>bold</strong>" in page
        assert AS_WRITTEN in page or len(page) < 40 * len(HOSTILE[name]) + 400_000

    @pytest.mark.parametrize(
        "text",
        ["\x1b[1m" * 250_000, "a" * 500_000 + "\b" * 500_000, "a\r" * 500_000, "\x1b[" * 500_000, "<&>" * 300_000],
        ids=["bold", "backspaces", "returns", "escapes", "brackets"],
    )
    def test_bounds_what_an_output_costs(self, text):
        cell = new_code_cell("print(1)", outputs=[new_output("stream", text=text, name="stdout")])
        began = time.process_time()
        page = page_of(cell, new_markdown_cell("**bold**"))
        assert time.process_time() - began < 5
        assert "<strong>bold</strong>" in page

    def test_bounds_what_a_page_costs(self):
        made = Counting()
        budget = PageBudget(made)
        for k in range(300):
            assert AS_WRITTEN in budget.markdown(f"{k}" + "<b>" * 40_000, {})
        assert made.seconds <= 12
        assert "<strong>" not in budget.markdown("**no time is left**", {})
        assert made.asked <= 6

    def test_bounds_how_large_a_page_is(self):
        page = page_of(*(new_code_cell("x = 1 + 1\n" * 9_000) for _ in range(60)))
        assert len(page) < 10_000_000
        assert "more characters are in the notebook" in page
        assert page.count(AS_WRITTEN) > 30

    def test_counts_what_a_text_becomes(self, monkeypatch):
        monkeypatch.setattr(renderer, "MAX_MARKUP", 20_000)
        budget = PageBudget()
        assert AS_WRITTEN in budget.code("1 " * 2_000, "ipython3")  # 90 KB with colours
        assert "<strong>" in budget.markdown("**small**", {})


class Counting(Renderer):
    def __init__(self):
        super().__init__()
        self.asked, self.seconds = 0, 0.0

    def render(self, kind, **arguments):
        found = super().render(kind, **arguments)
        self.asked += 1
        self.seconds += found.seconds
        return found


@pytest.fixture
def own():
    made = Renderer()
    yield made
    made.close()


class TestTheRenderer:
    def test_that_was_killed_by_somebody_is_replaced_and_the_text_rendered(self, own):
        assert own.render("markdown", source="**a**", pictures={}).html == "<p><strong>a</strong></p>\n"
        os.kill(own._process.pid, signal.SIGKILL)
        wait_until(lambda: own._process.poll() is not None)
        assert own.render("markdown", source="**b**", pictures={}).html == "<p><strong>b</strong></p>\n"

    def test_that_was_interrupted_gives_nobody_anothers_page(self, own, monkeypatch):
        own.render("markdown", source="**a**", pictures={})

        def interrupt(self, seconds):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(renderer.Connection, "poll", interrupt)
            with pytest.raises(KeyboardInterrupt):
                own.render("markdown", source="**of one**", pictures={})
        assert (
            own.render("markdown", source="**of another**", pictures={}).html == "<p><strong>of another</strong></p>\n"
        )

    def test_that_ends_again_and_again_is_the_machines_failure(self, own, monkeypatch):
        monkeypatch.setattr(own, "_ask", lambda request: None)
        with pytest.raises(MachineError, match="ended twice"):
            own.render("markdown", source="**a**", pictures={})

    def test_that_does_not_start_is_the_machines_failure(self, own, monkeypatch):
        monkeypatch.setattr(renderer.sys, "executable", "/bin/false")
        with pytest.raises(MachineError, match="did not start"):
            own.render("markdown", source="**a**", pictures={})

    def test_has_no_more_memory_than_it_may_have(self, own, monkeypatch):
        found = own.render("output", text="a" * 1000)
        assert found.html
        limit = int(re.search(r"Max address space +(\d+)", Path(f"/proc/{own._process.pid}/limits").read_text())[1])
        assert limit < 2 * renderer.MEMORY

    def test_ends_with_the_program_that_started_it(self, own):
        own.render("output", text="a")
        process = own._process
        own.close()
        assert process.returncode == 0

    def test_gives_the_same_html_again(self, own):
        first = own.render("markdown", source="$a$ **b**", pictures={})
        assert own.render("markdown", source="$a$ **b**", pictures={}).html == first.html
        own.close()
        own._known.clear()
        assert own.render("markdown", source="$a$ **b**", pictures={}).html == first.html


def test_an_honest_page_does_not_depend_on_the_pages_before():
    honest = [new_markdown_cell("*a* $x<y$"), new_code_cell("def f(x): return x\n")]
    before = page_of(*honest)
    hostile = page_of(new_markdown_cell(HOSTILE["bold"]), *honest)
    assert AS_WRITTEN in hostile
    assert page_of(*honest) == before


def test_the_pages_need_no_setting_beside_their_own(tmp_path):
    nbformat.write(new_notebook(cells=[new_markdown_cell("a<b")]), tmp_path / "n.ipynb")
    config = Config()
    configure(config, tmp_path)
    made, _ = GraderPage(config=config).from_filename(
        str(tmp_path / "n.ipynb"), {"base_url": "", "index": 0, "total": 1}
    )
    assert "a&lt;b" in made
