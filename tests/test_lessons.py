"""The lessons as readers get them: whole by their plan, with figures that move, and a museum whose tests bite."""

import html
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest

from publishing.sphinx import lessons

BOOK = Path(__file__).parent.parent / "book"
CHAPTERS = ["introduction", "transform", "backprop", "inference", "recurrent", "tradeoffs", "project"]
EXHIBITS = 13


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_lesson_has_every_part_in_its_order(chapter):
    text = (BOOK / chapter / "lesson.md").read_text()
    parts = [
        "\n# ",
        "\n:::{outcomes} ",
        "\n## ",  # the scene
        "\n:::{prediction} ",
        "\n## Before you go on",
        "\n## Check your understanding",
        "\n## In three sentences",
        "\n:::{core-ends}",
        "\n:::{further} ",
        "\n## How certain is this?",
        "\n## Sources",
    ]
    places = [text.find(part) for part in parts]
    missing = [part.strip() for part, place in zip(parts, places, strict=True) if place < 0]
    assert not missing
    assert places == sorted(places)
    assert "\n## In PyTorch, Keras, JAX" in text
    if chapter == "recurrent":
        assert "\n## A refresher" in text
    assert text.count("\n:::{prediction} ") == text.count("\n:::{prediction-result} ")
    assert len(re.findall(r"^:::\{quiz\} \d+\. ", text, re.MULTILINE)) >= 5
    core = text[: text.index("\n:::{core-ends}")]
    assert 3 <= len(re.findall(r"^:::\{quiz\} \d+\. ", core, re.MULTILINE)) <= 6


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_section_after_the_core_is_set_apart(chapter):
    text = (BOOK / chapter / "lesson.md").read_text()
    after = text[text.index("\n:::{core-ends}") :]
    sections = re.split(r"^## ", after, flags=re.MULTILINE)[1:]
    plain = [section.split("\n")[0] for section in sections if "\n:::{further} " not in section]
    assert plain == ["How certain is this?", "Sources"]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_lesson_has_its_picture(chapter, site):
    page = (site / "book" / chapter / "lesson.html").read_text()
    figure = re.search(
        rf'<figure class="picture" data-picture="{chapter}" data-script="([^"]+)".*?</figure>', page, re.DOTALL
    )
    assert (site / "book" / chapter / figure[1]).is_file()
    assert len(html.unescape(re.search(r'<img [^>]*class="picture-still" alt="([^"]*)"', figure[0])[1])) > 100
    assert len(re.search(r"<figcaption>(.*?)</figcaption>", figure[0], re.DOTALL)[1]) > 20


def test_nothing_is_said_of_a_framework_that_was_not_run():
    for chapter in CHAPTERS:
        text = (BOOK / chapter / "lesson.md").read_text()
        assert not re.search(r"none of (it|them) was run|nothing was run|not run for this page", text), chapter


def moving_figures(site):
    for page in sorted(site.rglob("book/**/*.html")):
        for figure in re.findall(r'<figure class="moving">.*?</figure>', page.read_text(), re.DOTALL):
            yield page, figure


def test_figures_move_and_also_stand_still(site):
    found = list(moving_figures(site))
    assert len(found) >= 4
    for page, figure in found:
        alt = re.search(r'<img [^>]*class="moving-still" alt="([^"]*)" src="([^"]+\.svg)"', figure)
        caption = re.search(r"<figcaption>(.*?)</figcaption>", figure, re.DOTALL)
        assert alt, page
        assert caption, page
        assert len(html.unescape(alt[1])) > 100, (page, alt[1])
        assert len(caption[1]) > 20, (page, caption[1])
        assert (page.parent / alt[2]).is_file(), (page, alt[2])
        script = re.search(r'data-from="([^"]+)"', figure)
        data = (page.parent / script[1]).read_text() if script else figure
        sliders = re.findall(r'"bind": \{[^}]*"name": "([^"]+)"', data) or re.findall(
            r'"input": "(?:range|radio)"', data
        )
        assert sliders, f"{page}: nothing to move, or a slider without a name"


def test_each_exhibit_of_the_museum_shows_its_bug_and_its_cure(site):
    page = (site / "book" / "bugs.html").read_text()
    sections = re.split(r"<h2>", page)[1:]
    exhibits = [section for section in sections if re.match(r"\d+\. ", section)]
    assert len(exhibits) == EXHIBITS
    for section in exhibits:
        title = re.match(r"[^<]*", section)[0]
        folded = re.findall(r'<details class="hint (guilty-line" data-lines="[\d ]+"|step")>', section)
        assert [kind.partition('"')[0] for kind in folded] == ["guilty-line", "step", "step"], title
        test, seen = section.index("<strong>A test"), section.index("<strong>Seen in")
        steps = [found.start() for found in re.finditer(r'<details class="hint step">', section)]
        assert steps[0] < test < steps[1] < seen, title
        assert "<strong>Symptom.</strong>" in section, title
        assert re.search(r"<strong>A test(?: of the test)?\.</strong>", section), title
        assert re.search(r"<strong>Seen in</strong>.*?https://github\.com/", section, re.DOTALL), title
        printed = html.unescape(re.sub(r"<[^>]+>", "", section))
        if title.startswith("2. "):  # a table: only the random loss accepts the right one alone
            verdicts = re.findall(
                r"^(right|all zeros|three times dx|no variance path|constant stats) +(\w.*)$",
                printed,
                re.MULTILINE,
            )
            assert [row.split()[2] for _, row in verdicts] == ["ok"] + 4 * ["caught"]
        else:
            assert re.search(r"^broken +FAILS: ", printed, re.MULTILINE), title
            assert re.search(r"^fixed +passes", printed, re.MULTILINE), title
        assert not re.search(r"^fixed +FAILS", printed, re.MULTILINE), title


COMPUTES = """
import numpy as np, threadpoolctl
print(np.show_config(mode="dicts")["SIMD Extensions"]["found"])
print([library.get("architecture") for library in threadpoolctl.threadpool_info()])
"""


def test_the_numbers_of_a_page_are_not_those_of_one_machine(monkeypatch):
    for name in ("NPY_DISABLE_CPU_FEATURES", "OPENBLAS_CORETYPE"):
        monkeypatch.setenv(name, "")  # what is set here is put back after the test
        monkeypatch.delenv(name)
    lessons.round_alike()
    command = [sys.executable, "-W", "error", "-c", COMPUTES]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if platform.machine() == "x86_64":
        assert "AVX512" not in found
        assert "X86_V4" not in found
        assert "'Haswell'" in found
    else:
        assert "OPENBLAS_CORETYPE" not in os.environ
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Zen")
    lessons.round_alike()
    assert os.environ["OPENBLAS_CORETYPE"] == "Zen"
