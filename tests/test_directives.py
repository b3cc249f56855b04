"""What authors of lessons write: directives, and their mistakes."""

import re
import subprocess
import sys

import pytest

PAGE = """# A page

:::{{prediction}} Is it so?
:name: so
- [ ] yes
- [x] no
:::

{directive}
"""


def build_page(folder, directive):
    """What Sphinx says, and the body of the page, of one page with our directives."""
    (folder / "index.md").write_text(PAGE.format(directive=directive))
    (folder / "conf.py").write_text(
        "extensions = ['myst_parser', 'publishing.sphinx.directives']\n"
        "myst_enable_extensions = ['colon_fence', 'dollarmath']\n"
    )
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", ".", "out"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    page = folder / "out" / "index.html"
    return run.returncode, run.stderr, page.read_text() if page.is_file() else ""


def test_a_quiz_becomes_radio_buttons_with_a_reason_for_every_answer(tmp_path):
    wrong, right = "- [ ] 0 :: that is\n  `x_hat`.", "- [x] $\\beta$ :: it is added last."
    status, told, page = build_page(tmp_path, f":::{{quiz}} What is `y` for $x=0$?\n{wrong}\n{right}\n:::")
    assert (status, told) == (0, "")
    assert len(re.findall(r'type="radio" name="quiz-[0-9a-f]{8}"', page)) == 2
    assert re.search(r'class="why wrong"><strong>No: .*?that is <code', page, re.DOTALL)
    assert re.search(r'class="why right"><strong>Yes: .*?it is added last', page, re.DOTALL)


def test_a_result_shows_what_was_predicted(tmp_path):
    status, told, page = build_page(tmp_path, ":::{prediction-result} so\nIt is.\n:::")
    assert (status, told) == (0, "")
    assert "body:has(#prediction-so-2:checked) .chosen-so-2" in page
    assert re.search(r'class="choice wrong chosen-so-1"><strong>You said something else: </strong><span>yes', page)
    assert re.search(r'class="choice right chosen-so-2"><strong>You were right: </strong><span>no', page)


def test_a_lesson_has_a_core_that_ends_and_further_parts(tmp_path):
    core = ":::{outcomes} 20 80\n- all\n:::\n\n## In three sentences\n\nOne.\n\n:::{core-ends}\n:::\n"
    parts = [f"## Part {k}\n\n:::{{further}} 1{k}\nIt adds *{k}*.\n:::\n\nMore.\n" for k in (1, 2)]
    status, told, page = build_page(tmp_path, "\n".join([core, *parts]))
    assert (status, told) == (0, "")
    assert re.search(r'<strong>20 min for the core</strong> · 1 h 20 min .*?<a href="#in-three-sentences">', page)
    end = re.search(r'<div class="core-ends">(.*?)</div>', page, re.DOTALL)[1]
    for k in (1, 2):
        section = re.search(rf'<section class="further" id="part-{k}">(.*?)</section>', page, re.DOTALL)
        assert f"Further · 1{k} min" in section[1]
        assert re.search(rf'href="#part-{k}">Part {k}</a> \(1{k} min\): *It adds <em>{k}</em>', end)


def test_an_answer_with_mathematics_has_a_name_in_words(tmp_path):
    wrong, right = "- [ ] $\\frac{1}{m}\\hat{x}_i$ :: no", "- [x] the `m` of $\\sqrt{m-1}$ :: yes"
    _, _, page = build_page(tmp_path, f":::{{quiz}} Which?\n{wrong}\n{right}\n:::")
    assert re.findall(r'aria-label="([^"]*)"', page)[:2] == ["1 over m x hat sub i", "the m of root of m-1"]


@pytest.mark.parametrize(
    ("directive", "message"),
    [
        (":::{quiz} Why?\n- [x] a :: b\n- [x] c :: d\n:::", "mark one answer"),
        (":::{quiz} Why?\n- [x] a\n- [ ] c :: d\n:::", "needs its reason"),
        (":::{quiz} Why?\nBecause.\n:::", "expected '- an answer'"),
        (":::{prediction} Why?\n- [x] a\n- [ ] b\n:::", "give it a ':name:'"),
        (":::{prediction} Why?\n:name: why\n- a\n- b\n:::", "mark what comes out"),
        (":::{prediction-result} other\nNo.\n:::", "no prediction named 'other'"),
        (":::{outcomes} 80\n- all\n:::", "expected minutes"),
        (":::{outcomes} 80 20\n- all\n:::", "takes no longer than the page"),
        ("## A part\n\n:::{further} long\nWhy.\n:::", "expected minutes"),
        ("## A part\n\n:::{further} 10\n- Why.\n:::", "expected one paragraph"),
        ("## A part\n\nFirst.\n\n:::{further} 10\nWhy.\n:::", "directly below the heading"),
        ("```{quiz} What is `y`?\n- [x] a :: b\n```", "was not read as a directive"),
    ],
)
def test_a_mistake_of_the_author_stops_the_build_and_is_named(tmp_path, directive, message):
    status, told, _ = build_page(tmp_path, directive)
    assert status != 0
    assert message in told
