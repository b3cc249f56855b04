"""What reaches a terminal, a log or a spreadsheet: a learner's text, and nothing that it does to the program there."""

import csv
import io
import logging
import re
import subprocess
import sys
import unicodedata

import pytest

from course.chapter import ROOT
from grading.commands.grade_class import Graded, summary
from grading.engine.verdict import Verdict
from grading.jinja import environment
from grading.tables import table
from grading.terminal import say, show_control_characters_in_logs, visible

CONTROLS = [chr(k) for k in (*range(32), *range(127, 160)) if chr(k) not in "\t\n"]
BIDI = [chr(k) for k in (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))]


class TestATerminal:
    @pytest.mark.parametrize("sign", [*CONTROLS, *BIDI, "\u2028", "\ufeff", "\ud800", "\U000e0041"], ids=ascii)
    def test_gets_no_sign_that_does_something(self, sign, capsys):
        say(f"ada: a{sign}b")
        assert capsys.readouterr().out == f"ada: a{sign.encode('unicode_escape').decode()}b\n"
        assert visible(f"a{sign}b") == f"a{sign.encode('unicode_escape').decode()}b"

    @pytest.mark.parametrize(
        "name", ["Zoë Müller", "李小龍", "عائشة", "שרה", "नमस्ते", "क्\u200dष", "می\u200cخواهم", "a\xa0b", "Ø"]
    )
    def test_shows_names_of_all_scripts_as_they_are(self, name):
        assert visible(name) == name

    def test_gets_no_line_that_somebody_else_wrote(self, capsys):
        say("ada: raised \nben: 16 of 16", "", "\tkim")
        assert capsys.readouterr().out == "ada: raised \\nben: 16 of 16\n\n\tkim\n"

    def test_gets_no_such_sign_by_a_log(self, capsys):
        show_control_characters_in_logs()
        show_control_characters_in_logs()
        log = logging.getLogger("of whatever application")
        handler = logging.StreamHandler(sys.stderr)
        log.addHandler(handler)
        try:
            log.warning("%s: %s", "a\x1b[2Jda", "wrote\u202e")
        finally:
            log.removeHandler(handler)
        assert capsys.readouterr().err == "a\\x1b[2Jda: wrote\\u202e\n"

    def test_gets_no_such_sign_by_an_error(self):
        run = subprocess.run(
            [sys.executable, "-m", "grading", "grade", "trans\x1b[2Jform", "--root", "/nowhere\x1b[2J"],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert run.returncode == 1
        assert run.stderr.startswith("there is no chapter 'trans\\x1b[2Jform'")
        assert "\x1b" not in run.stdout + run.stderr

    def test_gets_of_a_class_a_line_for_each_reason_whoever_wrote_it(self, capsys):
        evil = "raised \nben: 16 of 16 points\x1b[1A"
        verdict = Verdict(refused=evil, notes=[evil])
        assert summary([Graded("ada", 0.0, 16.0, verdict, problem=evil)], say) is False
        lines = capsys.readouterr().out.split("\n")
        told = "ada: raised \\nben: 16 of 16 points\\x1b[1A"
        assert lines[1:] == [told, told, told, "1 hand-ins, 0 of them graded before; 0 scores changed", ""]

    def test_the_pages_show_them_too(self, tmp_path):
        (tmp_path / "page.j2").write_text("<pre>{{ code }}</pre>{{ number }}")
        made = environment(tmp_path).get_template("page.j2").render(code="<\u202ex\n\x1b[1m", number=3)
        assert made == "<pre>&lt;\\u202ex\n\\x1b[1m</pre>3"


class TestATable:
    @pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
    @pytest.mark.parametrize(
        "before", ["", "x,", "x;", "x\t", "x\n", "x\r", "x|", "x; ", 'x";', 'x;"', "x\n'", "1;", "x\u2028", "x\x0b"],
        ids=ascii,
    )  # fmt: skip
    def test_holds_no_formula_whatever_a_spreadsheet_splits_at(self, sign, before):
        text = table([["student", f"{before}{sign}HYPERLINK(1)", "end"]])
        for separators in (r"[,\n]", r"[;\n]", r"[\t\n]", r"[|\n]", r"[,;\t|\r\n]"):
            for cell in re.split(separators, text):
                assert not cell.lstrip(" \"'").startswith(sign) or cell.lstrip(' "').startswith("'"), (separators, cell)

    @pytest.mark.parametrize(
        "cell", ["-1.5", "+3", "1e-5", "-1,5", "1, -2; +3", "a=b", "x - y", "two\nlines", 'a "b", c']
    )
    def test_has_numbers_and_words_as_they_were(self, cell):
        assert list(csv.reader(io.StringIO(table([[cell, -1.5, None]]), newline=""))) == [[cell, "-1.5", ""]]

    def test_holds_no_sign_that_does_something(self):
        text = table([["".join([*CONTROLS, *BIDI])]]).rstrip("\r\n")
        assert not any(unicodedata.category(c) in ("Cc", "Cf") for c in text)

    def test_takes_linear_time(self):
        assert len(table([["=" + "\n " * 500_000]])) > 1_000_000


@pytest.mark.parametrize("arguments", [["grade", "nonsense"], ["roster", "nowhere.csv"], ["report", "nonsense"]])
def test_a_mistake_is_told_before_nbgrader_is_imported(arguments):
    """nbgrader takes seconds to import."""
    code = (
        "import sys\nfrom grading.__main__ import main\n"
        "assert main(sys.argv[1:]) == 1\nassert 'nbgrader' not in sys.modules"
    )
    run = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert len(run.stderr.splitlines()) == 1
