"""Pairs of hand-ins: a copy is listed however it is dressed up, independent work is not."""

import itertools
import random
import re
import time
import xml.etree.ElementTree as ET

import pytest
from test_nbgrader import make_class

from course.chapter import ROOT, Chapter, load, slugs
from course.errors import CourseError
from course.notebooks import released
from grading.commands import similar, similar_page
from grading.handin.rebuild import rebuild

SLUG = "transform"

ODD = """\
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    # hm, down the tabletop, one drawer after another
    m, d = x.shape
    totals = np.zeros(d, dtype=x.dtype)
    squares = np.zeros(d, dtype=x.dtype)
    for row in range(m):
        totals = totals + x[row] / m
    for row in range(m):
        squares = squares + (x[row] - totals) * (x[row] - totals) / m
    roots = (squares + eps) ** 0.5
    hats = np.stack([(x[row] - totals) / roots for row in range(m)])
    out = np.stack([gamma * hats[row] + beta for row in range(m)])
    return out, (hats, gamma, 1 / roots)
"""
DRESSED_UP = """\
def batchnorm_forward(data, g, b, eps=1e-5):
    '''My own version of the transform.'''
    n, k = data.shape
    s2 = np.zeros(k, dtype=data.dtype)
    mu = np.zeros(k, dtype=data.dtype)  # the means
    for i in range(n):
        mu = mu + data[i] / n
    # now how far they are from it
    for i in range(n):
        s2 = s2 + (data[i] - mu) * (data[i] - mu) / n
    sd = (s2 + eps) ** 0.5
    z = np.stack([(data[i] - mu) / sd for i in range(n)])
    inverse = 1 / sd
    y = np.stack([g * z[i] + b for i in range(n)])
    return y, (z, g, inverse)
"""


@pytest.fixture(scope="module")
def known():
    return similar.explained(SLUG)


@pytest.fixture(scope="module")
def public():
    """What counts for nothing, without the right formulations: then these are a class of strangers' own answers."""
    texts = [path.read_text() for path in (ROOT / "solutions").glob("*.py")]
    pages = "\n".join(path.read_text() for path in (ROOT / "book").rglob("*.md"))
    texts += re.findall(r"^```[^\n]*\n(?::[^\n]*\n)*(.*?)^```", pages, re.MULTILINE | re.DOTALL)
    prints = {p for source in texts for p in similar.fingerprints(source)}
    return prints, {word for source in texts for word in similar.words(source)}


def works(slug, answers):
    return [
        similar.work(student, rebuild(released(slug), make_class.with_answers(slug, given)).notebook)
        for student, given in answers.items()
    ]


def formulations(slug):
    """As many whole sets of right answers as there are without an answer in two of them."""
    chapter, module = Chapter(slug), load(ROOT / "tests" / "formulations" / f"{slug}.py")
    alone = [
        [v for v in chapter.formulations(e) if make_class._helpers(v.implementation, module) is not None]
        for e in chapter.exercises
    ]
    return {f"student{k}": make_class.right(chapter, k) for k in range(min(map(len, alone)))}


@pytest.mark.parametrize("slug", slugs())
def test_of_independent_work_no_pair_is_listed(slug, public):
    """Every right formulation is one learner's; nothing explains them but the pages and the reference."""
    answers = formulations(slug)
    found = similar.compare(slug, works(slug, answers), public)
    assert len(answers) >= 3
    assert not found.too_short  # there was something to compare
    assert found.pairs == []


def test_nor_where_many_give_the_same_right_answer(known):
    answers = {f"student{k}": make_class.right(Chapter(SLUG), k % 3) for k in range(12)}
    found = similar.compare(SLUG, works(SLUG, answers), known)
    assert found.pairs == []
    assert len(found.too_short) == 12


SENTENCES = (
    "Averaging within one image mixes channels whose brightness has nothing in common, and so the scale that comes out "
    "belongs to no channel at all; I drew both histograms on paper, and the left one was hopelessly wide."
)
OWN_WORDS = (
    "The bias moves every value and also the mean by one amount, so nothing of it is left after the subtraction.",
    "Whatever constant W x + b adds is taken away again when the batch mean is subtracted; beta does the work.",
    "Because b shifts the mean by b too. The difference is the same with b and without, so beta is what one needs.",
    "The output does not depend on it: it cancels. Its work is done by the learned shift.",
)


def written(slug, texts):
    made = (make_class.with_answers(slug, {}, written=text) for text in texts)
    return [similar.work(f"student{k}", rebuild(released(slug), one).notebook) for k, one in enumerate(made)]


def test_a_copied_written_answer_is_listed_whatever_its_case_and_points(known):
    copied = SENTENCES.upper().replace(",", " -").replace("ON PAPER", "on a sheet")
    found = similar.compare(SLUG, written(SLUG, [*OWN_WORDS, SENTENCES, copied]), known)
    assert [(p.one, p.other) for p in found.pairs] == [("student4", "student5")]
    assert re.match(r"student4 and student5: written answers \(written_transform \d\d%\)", str(found.pairs[0]))
    assert "hopelessly wide" in similar_page.page(found)
    assert similar.compare(SLUG, written(SLUG, OWN_WORDS), known).pairs == []
    assert found.too_short  # nobody has code of their own here


def test_a_quotation_from_the_course_makes_no_pair(known):
    page = (ROOT / "book" / SLUG / "lesson.md").read_text()
    quoted = max((part for part in page.split("\n\n") if part[:1].isalpha()), key=len)
    assert len(quoted.split()) > 30
    assert similar.compare(SLUG, written(SLUG, [quoted, quoted, *OWN_WORDS]), known).pairs == []


def test_own_words_hide_no_copied_code(known):
    answers = {"a": ODD, "b": DRESSED_UP}
    made = [make_class.with_answers(SLUG, {"batchnorm_forward": code}, written=f"{OWN_WORDS[k]} " + " ".join(
        f"{name}{n}" for n in range(200))) for k, (name, code) in enumerate(answers.items())]  # fmt: skip
    works = [similar.work(f"s{k}", rebuild(released(SLUG), one).notebook) for k, one in enumerate(made)]
    (pair,) = similar.compare(SLUG, works, known).pairs
    assert pair.share >= similar.SHARE
    assert list(pair.exercises) == ["batchnorm_forward"]


def test_nor_the_same_mistake(known):
    answers = {f"student{k}": make_class.wrong(Chapter(SLUG), k % 2) for k in range(6)}
    assert similar.compare(SLUG, works(SLUG, answers), known).pairs == []


@pytest.fixture(scope="module")
def found(known):
    answers = {f"student{k}": make_class.right(Chapter(SLUG), k) for k in range(12)}
    answers["student3"] = {**answers["student3"], "batchnorm_forward": ODD}
    answers["student8"] = {**answers["student8"], "batchnorm_forward": DRESSED_UP}
    return similar.compare(SLUG, works(SLUG, answers), known)


class TestACopy:
    def test_is_listed_with_names_changed_statements_moved_and_other_comments(self, found):
        (pair,) = found.pairs
        assert (pair.one, pair.other) == ("student3", "student8")
        share, weight = pair.exercises["batchnorm_forward"]
        assert share >= 0.7
        assert weight >= similar.FLOOR

    def test_is_told_with_its_place_and_never_as_a_verdict(self, found):
        first, *rest = similar_page.lines(found)
        assert re.match(r"1\. student3 and student8: \d+% of the rare code \(batchnorm_forward \d+%\)", first)
        assert "12 hand-ins, 66 pairs, 1 of them to look at" in rest
        assert rest[-1].startswith("a hint and never a verdict")
        assert similar_page.HINT.split(".")[0] in similar_page.page(found)

    def test_the_page_is_well_formed_marks_what_both_have_and_needs_nothing_else(self, found):
        page = similar_page.page(found)
        ET.fromstring(re.sub(r"<meta [^>]*>", "", page.removeprefix("<!DOCTYPE html>\n")))
        for what in ("<script", "src=", "<link", "@import", "url("):
            assert what not in page
        assert "<mark>        squares = squares + (x[row] - totals) * (x[row] - totals) / m</mark>" in page
        assert "<mark>        s2 = s2 + (data[i] - mu) * (data[i] - mu) / n</mark>" in page
        assert "<mark>    # now how far" not in page

    def test_nothing_of_a_learners_is_markup_in_the_page(self, known):
        evil = "<script>alert(1)</script>{{ 7 * 7 }}"
        own = f"\n# {evil} an odd remark\n"
        answers = {f"student{k}": make_class.right(Chapter(SLUG), k) for k in range(8)}
        answers |= {f"{k} {evil}": {"batchnorm_forward": source + own} for k, source in enumerate((ODD, DRESSED_UP))}
        page = similar_page.page(similar.compare(SLUG, works(SLUG, answers), known))
        assert "<script" not in page
        assert "49" not in page
        # Names: in the heading and in the line below it, and over each cell. The remark: in that line, in the list
        # of rare words, and in both cells.
        cells = page.count("<h3>")
        assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 * 7 }}") == 2 * (2 + cells) + 4

    def test_of_what_the_whole_class_has_is_none(self, known):
        """The same odd answer from everybody, say from a lecture: nobody copied from anybody."""
        answers = {f"student{k}": {"batchnorm_forward": ODD} for k in range(20)}
        assert similar.compare(SLUG, works(SLUG, answers), known).pairs == []

    def test_of_odd_words_is_listed_too(self, known):
        """Common code, and comments that two people hardly come upon."""
        answers = {f"student{k}": make_class.right(Chapter(SLUG), k) for k in range(20)}
        for k in (2, 6):
            odd = "# watchout: epsilonn sits underneath the rooof\n# (asked my uncle Rupert about this one)\n"
            answers[f"student{k}"] = {**answers[f"student{k}"]}
            answers[f"student{k}"]["identity_parameters"] += f"\n{odd}rupertian = thirdmoment = None\n"
        (pair,) = similar.compare(SLUG, works(SLUG, answers), known).pairs
        assert (pair.one, pair.other) == ("student2", "student6")
        assert "rupertian" in pair.words
        assert any("rooof" in word for word in pair.words)


class TestWhatIsCompared:
    def test_names_are_none_of_it_but_what_they_call_is(self):
        a, b, c = (
            similar.fingerprints(f"{u} = x.{f}(axis=0)\n{v} = x - {u} * 2 + {u}\n")
            for u, v, f in (("mean", "off", "mean"), ("q", "zz", "mean"), ("q", "zz", "var"))
        )
        assert a.keys() == b.keys() != c.keys()

    def test_comments_docstrings_and_line_breaks_are_none(self):
        plain = "def f(x):\n    y = x - x.mean(axis=0)\n    return y / y.std(axis=0)\n"
        dressed = 'def f(x):\n    """Doc\n    string."""\n\n    y = (x - # why\n         x.mean(axis=0))\n'
        assert [t.text for t in similar.tokens(plain)][:16] != []
        assert "Doc" not in "".join(t.text for t in similar.tokens(dressed))
        assert similar.fingerprints(plain).keys() == similar.fingerprints(plain.replace("\n", "  # note\n")).keys()

    def test_a_stretch_of_gram_plus_window_less_one_is_always_found(self):
        """The guarantee of winnowing, on random streams of tokens."""
        draw = random.Random(1)
        for _ in range(50):
            shared = [str(draw.randrange(100)) for _ in range(similar.GRAM + similar.WINDOW - 1)]
            streams = []
            for _ in range(2):
                around = [[str(draw.randrange(100, 999)) for _ in range(draw.randrange(5, 40))] for _ in range(2)]
                streams.append(similar.fingerprints(" + ".join([*around[0], *shared, *around[1]])))
            assert streams[0].keys() & streams[1].keys()

    def test_code_that_does_not_parse_is_read_as_far_as_it_goes(self):
        assert [t.text for t in similar.tokens("y = x.mean(\n'''")][:3] == ["y", "=", "x"]
        assert similar.fingerprints("") == {}
        assert similar.words("a_name = '''") == {"a_name"}


def test_three_hundred_hand_ins_take_seconds(tmp_path, capsys):
    """The command's own function, on files; the figure is printed, and what it finds is the one copy there is."""
    draw, chapter = random.Random(7), Chapter(SLUG)
    names = [f"name{a}{b}" for a, b in itertools.product("abcdefgh", "stuvwxyz")]
    for k in range(300):
        answers = {e: make_class.right(chapter, draw.randrange(20))[e] for e in chapter.exercises}
        if k in (17, 230):
            answers["batchnorm_forward"] = ODD if k == 17 else DRESSED_UP
        own = "\n".join(f"{draw.choice(names)} = {draw.randrange(10**6)} * {draw.random()}" for _ in range(6))
        made = make_class.with_answers(SLUG, answers)
        made.cells.insert(1, make_class.nbformat.v4.new_code_cell(own))
        folder = tmp_path / "submitted" / f"student{k}" / SLUG
        folder.mkdir(parents=True)
        (folder / "exercise.ipynb").write_text(make_class.nbformat.writes(made))
    begin = time.perf_counter()
    found = similar.similar(tmp_path, SLUG)
    seconds = time.perf_counter() - begin
    with capsys.disabled():
        print(f"\n300 hand-ins, 44850 pairs: {seconds:.1f} s")
    assert [(p.one, p.other) for p in found.pairs] == [("student17", "student230")]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["submitted"]  # nothing is written but by `write`
    assert similar_page.write(tmp_path, found).name == "transform-similar.html"


def test_no_hand_in_is_one_line(tmp_path):
    with pytest.raises(CourseError, match="nothing to grade: wanted"):
        similar.similar(tmp_path, SLUG)


def test_the_figures_in_the_guide_are_the_programs():
    page = (ROOT / "book/instructors/integrity.md").read_text()
    assert f"fewer than {similar.FLOOR:g} rare fingerprints" in page
    assert f"it shares {similar.SHARE:.0%} of the".replace("%", " %") in page


DEEP = {
    "signs": "-" * 4000 + "1",
    "sums": "x = (0" + "\n+1" * 40_000 + "\n)",
    "brackets": "x = " + "(" * 190 + ")" * 190,
    "calls": "f" + "()" * 2400,
    "one long line": "x = " + "+1" * 50_000,
    "escapes": "'" + "\\'" * 90_000,
    "too much": "x = 1\n" * 40_000,
}


@pytest.mark.parametrize("kind", DEEP)
def test_hostile_code_stops_nobody(tmp_path, monkeypatch, known, kind):
    monkeypatch.setattr(similar, "explained", lambda slug: known)
    own = "my_own_step = 12345\n" + ODD
    for student, text in (("ada", own), ("ben", own), ("chidi", "pass"), ("mallory", DEEP[kind])):
        made = make_class.with_answers(SLUG, {"batchnorm_forward": own if text == own else "pass"})
        made.cells.insert(1, make_class.nbformat.v4.new_code_cell(text))
        folder = tmp_path / "submitted" / student / SLUG
        folder.mkdir(parents=True)
        (folder / "exercise.ipynb").write_text(make_class.nbformat.writes(made))
    found = similar.similar(tmp_path, SLUG)
    assert [(p.one, p.other) for p in found.pairs] == [("ada", "ben")]
    assert ("mallory" in found.works) == (found.left_out == [])
    assert all(line.startswith("mallory: ") and "not compared" in line for line in found.left_out)
    assert set(found.left_out) <= set(similar_page.lines(found))


def test_a_string_that_stands_alone_does_not_count_and_any_other_does():
    code = '"""Doc."""\nx = "a" "b"; "alone"\ndef f():\n    "doc"\n    "more" "doc"\n    return "z"\n'
    assert [t.text for t in similar.tokens(code)] == ["x", "=", "S", "S", "def", "f", "(", ")", ":", "return", "S"]
