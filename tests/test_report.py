"""The report on a class: what stands in it, for whom it reads well, and that nothing a learner wrote works in it."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from course.chapter import ROOT, Chapter, slugs
from course.kit.diagnosis import Finding
from grading import places
from grading.commands import report
from grading.commands.grade_class import Graded
from grading.engine.verdict import ExerciseVerdict, Line, Verdict
from grading.gradebook.facade import Gradebook
from grading.gradebook.students import Student
from grading.places import Place, headings, sections, site_from

SLUG = "transform"
MOST = {
    "batchnorm_forward": 5.0,
    "identity_parameters": 3.0,
    "batchnorm2d_forward": 4.0,
    "linear_bn_relu": 4.0,
    "change_units": 3.0,
}


def graded(student, mistakes=(), points=None, refused="", limits=(), problem="", notes=()):
    """A result in which each of `mistakes`, pairs of exercise and misconception, costs one point."""
    if problem:
        return Graded(student, 0.0, 22.0, None, problem)
    if refused:
        return Graded(student, 0.0, 22.0, Verdict(refused=refused))
    exercises = {}
    for name, most in MOST.items():
        wrong = [slug for exercise, slug in mistakes if exercise == name]
        lines = [Line("right", True, True, 1.0)]
        for _ in wrong:  # a mistake shows in several properties, and counts once
            lines += 2 * [Line("wrong", False, True, 1.0, "is wrong", state="failed")]
        findings = [Finding("mistake", f"Mind the {slug}.", [1], slug) for slug in wrong]
        exercises[name] = ExerciseVerdict(name, most - len(wrong), most, lines, findings)
    total = sum(e.points for e in exercises.values())
    return Graded(
        student, total if points is None else points, 22.0, Verdict(exercises, notes=list(notes)), "", False, limits
    )


@pytest.fixture
def results():
    return [
        graded("ada"),
        graded("ben", [("batchnorm_forward", "eps_on_std")]),
        graded("chidi", [("batchnorm_forward", "eps_on_std"), ("linear_bn_relu", "relu_first")]),
        graded("dana", limits=("linear_bn_relu: stopped after 10 s",), notes=["cell 3: came twice"]),
        graded("emil", refused="the notebook breaks off after 2000 bytes"),
        graded("farah", problem="no pidfd came"),
    ]


@pytest.fixture
def page(results):
    return report.page(SLUG, results, sections(SLUG, "https://example.org"))


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_mistakes_are_counted_once_a_student_the_frequent_ones_first(results):
    found = report.mistakes(results)
    assert [(m.exercise, m.name, m.students, m.lost) for m in found] == [
        ("batchnorm_forward", "eps_on_std", ["ben", "chidi"], 2.0),
        ("linear_bn_relu", "relu_first", ["chidi"], 1.0),
    ]
    assert found[0].hint == "Mind the eps_on_std."


class TestThePage:
    def test_is_well_formed_and_needs_nothing_else(self, page):
        ET.fromstring(re.sub(r"<meta [^>]*>", "", page.removeprefix("<!DOCTYPE html>\n")))
        for what in ("<script", "src=", "<link", "@import", "url("):
            assert what not in page

    def test_reads_on_a_phone_in_light_and_in_dark(self, page):
        assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page
        assert "prefers-color-scheme: dark" in page
        assert not re.search(r"(?<!max-)width: *\d+(px|rem)", page)

    def test_says_what_its_pictures_show(self, page):
        assert "Number of students by points. 15.4 to 17.6 points: 1; 17.6 to 19.8 points: 3<" in page
        pictures = re.findall(r'<(?:svg|div)[^>]*role="img"[^>]*>', page)
        assert len(pictures) == 1 + 5 + 3  # points, exercises, mistakes, one of them on top too
        assert all("aria-label" in picture for picture in pictures)

    def test_names_mistakes_with_their_hint_and_place(self, page):
        assert "<strong>eps on std</strong>" in page
        assert "2 of 4 students, 2 points lost. Mind the eps_on_std." in page
        assert '<div class="small">ben, chidi</div>' in page
        assert '"https://example.org/book/transform/lesson.html#transform-layer">The layer in three lines</a>' in page

    def test_tells_who_could_not_be_read_or_graded_and_who_ran_into_a_limit(self, page):
        assert "<li>emil: the notebook breaks off after 2000 bytes</li>" in page
        assert "<li>farah: no pidfd came</li>" in page
        assert "<li>dana: linear_bn_relu: stopped after 10 s</li>" in page
        assert "6 hand-ins, 4 graded, 1 could not be read" in page

    def test_begins_with_what_to_teach_next_and_shows_how_somebody_wrote_it(self, results):
        made = report.page(SLUG, results, sections(SLUG), code=lambda student, exercise: f"<{student} {exercise}>")
        next_, rest = made.split("<h2>Points</h2>")
        assert "Teach this next" in next_
        assert "<summary>How ben wrote it</summary><pre>&lt;ben batchnorm_forward&gt;</pre>" in next_
        assert "relu first" not in next_
        assert "relu first" in rest

    def test_maps_learners_and_exercises(self, page):
        rows = re.findall(r'<tr><th scope="row">(\w+)</th><td>([\d.]+)</td>(.*?)</tr>', page, re.DOTALL)
        assert [(student, points) for student, points, _ in rows] == [
            ("chidi", "17"), ("ben", "18"), ("ada", "19"), ("dana", "19"),
        ]  # fmt: skip
        assert re.findall(r'class="(\w+)"', rows[0][2]) == ["part", "all", "all", "part", "all"]
        assert "<td>2</td><td><code>batchnorm_forward</code></td><td>wrong</td>" in page  # a row of failing properties

    def test_lists_what_failed_and_has_no_name(self, results):
        assert report.unnamed(results) == []
        olga = graded("olga", [("batchnorm_forward", "x")])
        olga.verdict.exercises["batchnorm_forward"].findings.clear()
        made = report.page(SLUG, [*results, olga], sections(SLUG))
        assert "python -m grading replay transform olga batchnorm_forward" in made

    def test_says_who_handed_nothing_in_and_who_was_late(self, results, tmp_path):
        results[1] = replace(results[1], points=16.0, late=2.5)
        book = Gradebook(tmp_path)
        book.enrol(Student(name) for name in ("ada", "ben", "zoe", "emil", "farah", "chidi", "dana"))
        absent = report.absent(book, results)
        made = report.page(SLUG, results, sections(SLUG), absent)
        assert re.search(r"<h2>Handed nothing in</h2>\s*<ul>\s*<li>zoe</li>\s*</ul>", made)
        assert "<li>ben: 2.5 points off</li>" in made
        report.write(tmp_path, SLUG, results, absent)
        ben = rows(tmp_path / "reports" / f"{SLUG}.csv")[1]
        assert (ben["by tests"], ben["by a person"], ben["off for lateness"]) == ("18.0", "0.5", "2.5")

    def test_shows_the_code_that_was_graded(self, results, tmp_path):
        folder = tmp_path / "autograded" / "ben" / SLUG
        folder.mkdir(parents=True)
        cells = [{"id": "other", "source": "no"}, {"id": "batchnorm_forward", "source": ["def f():\n", "    <b>"]}]
        (folder / "exercise.ipynb").write_text(json.dumps({"cells": cells}))
        report.write(tmp_path, SLUG, results)
        assert "<pre>def f():\n    &lt;b&gt;</pre>" in (tmp_path / "reports" / f"{SLUG}.html").read_text()

    def test_its_averages_are_of_the_same_people(self, page):
        averages = re.findall(r'<div class="small">([\d.]+) of \d+ points on average; all points: (\d), none: 0', page)
        assert [full for _, full in averages] == ["2", "4", "4", "3", "4"]  # of the four that could be read
        total = float(re.search(r"those graded have ([\d.]+) on average", page)[1])
        assert total == pytest.approx(sum(float(average) for average, _ in averages), abs=0.02) == 18.25

    def test_nothing_of_a_learners_is_markup(self):
        evil = "<script>alert(1)</script><img src=x>{{ 7 * 7 }}"
        results = [
            graded(evil, refused=evil),
            graded("ben", [("batchnorm_forward", evil)], limits=(evil,)),
            graded("kim", problem=evil),
        ]
        place = Place(evil, "exercise.html", "https://example.org/" + evil)
        made = report.page(SLUG, results, {"batchnorm_forward": place})
        assert "<script" not in made
        assert "<img" not in made
        assert "49" not in made
        # The name, three reasons; a mistake and its hint, on top and in the list; a heading and an address for the
        # exercise and for each of the two.
        assert made.count("&lt;script&gt;") == made.count("{{ 7 * 7 }}") == 4 + 2 * 2 + 3 * 2

    def test_of_nobody_it_is_a_page_all_the_same(self):
        assert "1 hand-ins, none graded, 0 could not be read." in report.page(
            SLUG, [graded("kim", problem="no disk")], {}
        )


class TestTheTables:
    def test_have_a_row_for_each_student(self, results, tmp_path):
        _, students, _ = report.write(tmp_path, SLUG, results)
        found = {row["student"]: row for row in rows(students)}
        assert list(found) == ["ada", "ben", "chidi", "dana", "emil", "farah"]
        assert found["ben"]["points"] == "18.0"
        assert found["ben"]["batchnorm_forward"] == "4.0"
        assert found["chidi"]["mistakes"] == "batchnorm_forward: eps_on_std; linear_bn_relu: relu_first"
        assert found["dana"]["limits"] == "linear_bn_relu: stopped after 10 s"
        assert found["dana"]["remarks"] == "cell 3: came twice"
        assert found["emil"]["not read"].startswith("the notebook breaks off")
        assert {found["emil"][name] for name in ("points", *MOST)} == {"0.0"}
        assert (found["farah"]["points"], found["farah"]["not graded"]) == ("", "no pidfd came")

    def test_and_for_each_mistake(self, results, tmp_path):
        found = rows(report.write(tmp_path, SLUG, results)[2])
        assert [(row["mistake"], row["students"], row["who"]) for row in found] == [
            ("eps_on_std", "2", "ben; chidi"),
            ("relu_first", "1", "chidi"),
        ]
        assert found[0]["place"].endswith("book/transform/lesson.html#transform-layer")

    def test_are_quoted(self):
        text = report.table([['a, "b"', "two\nlines"]])
        assert text == '"a, ""b""","two\nlines"\r\n'
        assert list(csv.reader(io.StringIO(text))) == [['a, "b"', "two\nlines"]]

    @pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
    def test_hold_no_formula(self, sign):
        (row,) = csv.reader(io.StringIO(report.table([[f"{sign}HYPERLINK(1)", -1.5, "a=b"]]), newline=""))
        assert row == [f"'{sign}HYPERLINK(1)", "-1.5", "a=b"]


@pytest.mark.parametrize("slug", slugs())
def test_every_exercise_names_its_section_of_the_lesson(slug):
    found = sections(slug, "https://example.org")
    lesson = (ROOT / "book" / slug / "lesson.md").read_text()
    assert list(found) == list(headings(slug)) == list(Chapter(slug).exercises)
    for name, place in found.items():
        page, label = place.address.split("#")
        assert page == f"https://example.org/book/{slug}/lesson.html", f"{name} names no section of the lesson"
        assert f"\n({label})=\n## {place.heading}\n" in lesson


@pytest.mark.parametrize("slug", slugs())
def test_an_exercise_that_names_none_has_its_place_as_sphinx_names_it(slug, monkeypatch):
    from docutils.nodes import make_id

    monkeypatch.setattr(places, "IN_THE_LESSON", re.compile("(?!)"))
    for place in sections(slug, "https://example.org").values():
        assert place.address == f"https://example.org/book/{slug}/exercise.html#{make_id(place.heading)}"


class TestALink:
    """It works for whoever gets the report, or there is none."""

    @pytest.fixture
    def course(self, tmp_path):
        """A course with a built site."""
        (tmp_path / "course/_build/html").mkdir(parents=True)
        (tmp_path / "course/_config.yml").write_text("html: {baseurl: ''}")
        return tmp_path / "course"

    def test_goes_to_where_the_site_is_published(self, course, tmp_path):
        (course / "_config.yml").write_text("html: {baseurl: 'https://example.org/bn/'}")
        assert site_from(tmp_path / "elsewhere", course) == "https://example.org/bn"

    def test_else_to_the_site_in_the_same_folder_however_that_is_called(self, course):
        assert site_from(course / "class/reports", course) == "../../_build/html"

    def test_else_nowhere(self, course, tmp_path):
        assert site_from(tmp_path / "elsewhere", course) == ""
        (course / "_build/html").rmdir()
        assert site_from(course / "class/reports", course) == ""

    def test_names_no_file_of_this_machine(self, results, tmp_path):
        for path in report.write(tmp_path, SLUG, results):
            assert str(ROOT) not in path.read_text()
            assert "file:" not in path.read_text()
        made = report.page(SLUG, results, sections(SLUG))
        assert "<code>batchnorm_forward</code> (The layer in three lines)" in made
        assert "<a" not in made
