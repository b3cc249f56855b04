"""Feedback as PDF: what the page shows is on paper, and a stranger's page reaches nothing but its sheets."""

import base64
import http.server
import io
import re
import shutil
import threading
import zipfile

import matplotlib.pyplot as plt
import nbformat
import pypdf
import pytest
from bs4 import BeautifulSoup
from hand_ins import SLUG, command, hand_in, mixed_class
from test_feedback import edited, page
from test_nbgrader import make_class

from course.chapter import Chapter
from course.errors import CourseError
from grading.commands import moodle
from grading.commands.grade_class import Options, grade_class
from grading.gradebook import printed
from grading.gradebook.facade import Gradebook
from grading.platforms import giveback

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("printed")]
TOO_MUCH = "<b>x</b> " * 1_000_000


def drawing():
    made = io.BytesIO()
    figure, axes = plt.subplots(figsize=(2, 1))
    axes.plot([0, 1], [1, 0])
    figure.savefig(made, format="png")
    plt.close(figure)
    return base64.b64encode(made.getvalue()).decode()


def with_picture(notebook):
    notebook.cells.append(nbformat.v4.new_markdown_cell("![mine](attachment:mine.png)"))
    notebook.cells[-1]["attachments"] = {"mine.png": {"image/png": drawing()}}


@pytest.fixture(scope="module")
def term(tmp_path_factory):
    """Ada, whose page has a picture of hers, and Dana, who has made mistakes, with their pages."""
    root = tmp_path_factory.mktemp("printed")
    hand_in(root, "ada", make_class.right(Chapter(SLUG), 0))
    folder = root / "submitted" / "dana" / SLUG
    folder.mkdir(parents=True)
    (folder / "exercise.ipynb").write_bytes(mixed_class(SLUG)["dana"])
    grade_class(root, SLUG)
    edited(root, "ada", with_picture)
    assert Gradebook(root).feedback(SLUG) == {}
    return root


def packed(path):
    with zipfile.ZipFile(path) as made:
        return {name: made.read(name) for name in made.namelist()}


def sheets(data):
    return [sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(data)).pages]


def words(text):
    """The letters and digits of a text: a PDF breaks lines, and has ligatures, where it likes."""
    return re.sub(r"[\W_]+", "", text.replace("ﬁ", "fi").replace("ﬂ", "fl").replace("ﬀ", "ff").replace("ﬃ", "ffi"))


class TestAClass:
    def test_gets_pdfs_with_the_card_all_parts_and_numbers(self, term):
        run = command(term, "feedback", SLUG, "--as", "pdf")
        assert run.returncode == 0, run.stderr
        made = packed(term / "upload" / SLUG / "feedback-plain.zip")
        assert sorted(made) == [f"ada/{SLUG}.pdf", f"dana/{SLUG}.pdf"]
        found = sheets(made[f"dana/{SLUG}.pdf"])
        for k, sheet in enumerate(found):
            assert f"{k + 1} / {len(found)}" in sheet
            assert f"{SLUG}, dana" in sheet
        whole = BeautifulSoup(page(term, "dana").read_text(), "html.parser")
        told = words(" ".join(re.sub(rf"(\d+ / {len(found)})?{SLUG}, dana", "", sheet) for sheet in found))
        card = [*whole.select(".card h1, .card p, .card td, .card th")]
        assert len(card) > 10
        for part in card:
            assert words(part.text) in told, part
        folded = [p for p in whole.select("details.released p, details.released li") if not p.find("math")]
        assert len(folded) > 10
        for part in folded:
            assert words(part.text) in told, part
        assert "σ" in told or "𝜎" in told  # of a formula

    def test_pictures_are_pictures(self, term):
        giveback.feedback(term, SLUG, giveback.PLAIN, form=giveback.PDF)
        made = packed(term / "upload" / SLUG / "feedback-plain.zip")
        pictures = {
            student: [
                image.image.size
                for sheet in pypdf.PdfReader(io.BytesIO(made[f"{student}/{SLUG}.pdf"])).pages
                for image in sheet.images
            ]
            for student in ("ada", "dana")
        }
        assert (200, 100) in pictures["ada"]
        assert (200, 100) not in pictures["dana"]

    def test_nothing_of_a_line_is_cut_off_and_nothing_is_made_small(self, term, tmp_path):
        long = " ".join(f"word{k}" for k in range(200))
        text = page(term, "dana").read_text().replace("</body>", f"<pre>{long} {'y' * 500}</pre></body>")
        (tmp_path / SLUG).mkdir()
        (tmp_path / SLUG / "exercise.html").write_text(text)
        made, failed = printed.print_pages({"dana": tmp_path / SLUG / "exercise.html"}, tmp_path)
        assert not failed
        found = pypdf.PdfReader(made["dana"]).pages
        box, sizes = found[0].mediabox, []
        for sheet in found:
            sheet.extract_text(visitor_text=lambda text, cm, tm, font, size: sizes.append((text, size * tm[0] * cm[0])))
        assert (round(box.width), round(box.height)) == (595, 842)
        assert words(long) in words("".join(sheet.extract_text() for sheet in found[-2:]))
        assert sum(sheet.extract_text().count("y") for sheet in found[-2:]) >= 500
        assert min(size for text, size in sizes if "word" in text) > 6

    def test_or_both_under_moodles_names(self, term, tmp_path, monkeypatch):
        origin = "Ada L_7_assignsubmission_file_"
        monkeypatch.setattr(giveback, "_name", lambda platform, _: f"{origin}/exercise.html")
        made = giveback.feedback(term, SLUG, giveback.MOODLE, tmp_path / "f.zip", {"ada"}, giveback.BOTH)
        assert (made.learners, made.complete) == (1, True)
        assert sorted(packed(tmp_path / "f.zip")) == [f"{origin}/exercise.html", f"{origin}/exercise.pdf"]

    def test_a_page_that_can_not_be_printed_names_its_learner_and_stops_no_one(self, term, tmp_path, monkeypatch):
        root = shutil.copytree(term, tmp_path / "class")
        text = page(root, "dana").read_text().replace("</body>", f"{TOO_MUCH}</body>")
        page(root, "dana").write_text(text)
        monkeypatch.setattr(printed, "SECONDS", 30)
        made = giveback.feedback(root, SLUG, giveback.PLAIN, form=giveback.PDF)
        assert made.notes == ["dana: has no PDF but the page itself: printing it took more than 30 s"]
        assert (made.learners, made.complete) == (2, False)
        assert sorted(packed(made.path)) == [f"ada/{SLUG}.pdf", f"dana/{SLUG}.html"]

    @pytest.mark.parametrize("verb", ["feedback", "moodle"])
    def test_without_chromium_one_line_says_so_before_anything_else(self, term, tmp_path, monkeypatch, verb):
        monkeypatch.setattr(printed, "PROGRAMS", ("no-such-chromium",))
        (tmp_path / "sheet.csv").write_text("Identifier,Grade\nParticipant 1,\n")
        files = moodle.Files(tmp_path / "none.zip", tmp_path / "sheet.csv", form=giveback.PDF)
        verbs = {
            "feedback": lambda: giveback.feedback(term, SLUG, giveback.PLAIN, form=giveback.PDF),
            "moodle": lambda: moodle.run(term, SLUG, files, Options(), print),
        }
        with pytest.raises(CourseError) as told:
            verbs[verb]()
        assert str(told.value) == "PDFs are printed by Chromium, and none was found on PATH: apt-get install chromium"
        assert giveback.feedback(term, SLUG, giveback.PLAIN, tmp_path / "html.zip").complete  # which does not need it

    def test_a_chromium_that_can_not_print_is_one_line(self, term, monkeypatch):
        monkeypatch.setattr(printed, "MEMORY", 50 * 2**20)
        with pytest.raises(CourseError, match=r"chromium can't print PDFs here: Chromium ended without a PDF .*\d+\)$"):
            giveback.feedback(term, SLUG, giveback.PLAIN, form=giveback.PDF)


class TestAStrangersPage:
    """What a learner wrote is sanitized before it is in a page. Here the sanitizer has let everything through."""

    @pytest.fixture
    def asked(self):
        """A server on this machine, and what it was asked for."""
        paths = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                paths.append(self.path)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever).start()
            yield f"http://127.0.0.1:{server.server_port}", paths
            server.shutdown()

    def printed(self, tmp_path, body, footer="f"):
        text = f"<html><head></head><body><p>honest</p>{body}</body></html>"
        assert printed._print(printed.check(), text, footer, tmp_path / "made.pdf") is None
        [sheet] = sheets((tmp_path / "made.pdf").read_bytes())
        assert "honest" in sheet
        return sheet

    def test_runs_no_script(self, tmp_path):
        assert "written" not in self.printed(tmp_path, "<script>document.body.append('writ' + 'ten')</script>")

    def test_asks_nobody_even_where_its_policy_allows_it(self, tmp_path, monkeypatch, asked):
        address, paths = asked
        monkeypatch.setattr(printed, "POLICY", "")
        body = f'<img src="{address}/picture"><link rel="stylesheet" href="{address}/style"><iframe src="{address}/a">'
        self.printed(tmp_path, f"{body}</iframe><script src='{address}/script'></script>")
        assert paths == []

    def test_sees_nothing_of_the_disk(self, tmp_path, monkeypatch):
        monkeypatch.setattr(printed, "POLICY", "")
        (tmp_path / "secret.html").write_text("the answers")
        frames = [f'<iframe src="file://{path}"></iframe>' for path in (tmp_path / "secret.html", printed.__file__)]
        told = self.printed(tmp_path, "".join(frames))
        assert "answers" not in told
        assert "import" not in told

    def test_a_name_ends_neither_the_footer_nor_the_style(self, tmp_path):
        footer = 'x" } </style><p>injected</p> \\ ü'
        told = self.printed(tmp_path, "", footer)
        assert footer in told.replace("\n", "")

    def test_the_environment_that_knows_passwords_stays_outside(self, tmp_path):
        command = printed._command("/usr/bin/chromium", tmp_path)
        assert "--clearenv" in command
        assert "--unshare-all" in command
