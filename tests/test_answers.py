"""Written answers are marked in nbgrader's gradebook itself: points, rubric items, groups, shares, and no names."""

import json
import random
import sqlite3

import pytest
from written_answers import SLUG, UNITS, WRITTEN, copy_of, database, give, given, hand_in, make, page, shown

from course.chapter import slugs
from course.errors import CourseError
from grading.commands.alike import NEAR, groups, plain
from grading.commands.answers import Marking
from grading.commands.grade_class import Options, grade_class
from grading.gradebook import moving
from grading.gradebook import rubric as rubrics
from grading.gradebook.answers import AnswerBook, questions
from grading.gradebook.facade import Gradebook

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    root = tmp_path_factory.mktemp("answers") / "class"
    make(root)
    return root


@pytest.fixture
def root(graded, tmp_path):
    return copy_of(graded, tmp_path / "class")


# ---- what there is


@pytest.mark.parametrize("slug", slugs())
def test_a_rubric_begins_with_what_the_question_names(slug, tmp_path):
    for question in questions(tmp_path, slug):
        assert question.text.startswith("#")
        proposed = rubrics.proposed(question.text)
        assert sum(item.now.points for item in proposed.items) in (0, question.most)
        assert bool(proposed.items) == ("Full points:" in question.text)


def test_all_answers_stand_one_after_another_with_what_is_to_do(root):
    marking = page(root)
    assert {name: one["state"] for name, one in shown(marking).items()} == {
        **dict.fromkeys(("ada", "ben", "chidi", "dana", "emil"), "new"),
        "farah": "empty",
    }
    give(marking, "ada", 2.0)
    hand_in(root, "ada", "On second thoughts: the units.")
    grade_class(root, SLUG)
    assert shown(marking)["ada"]["state"] == "changed"
    assert marking.summary() == "introduction: 6 answers: 4 new, 1 changed since they were graded, 1 not written"
    give(marking, "ada", 2.0)  # a person has looked, and the points stand
    grade_class(root, SLUG, Options(force=True))
    assert shown(marking)["ada"]["state"] == "graded"
    key = shown(marking)["ada"]["key"]
    assert "On second thoughts" in marking.texts([key])[key]


# ---- points and comments


def test_items_add_to_the_score_within_bounds_and_to_nbgraders_comment(root):
    marking = page(root)
    assert marking.overview()["items"][0]["text"] == "what was averaged"
    marking.change_item(None, "names no unit", "-0,5", None)
    give(marking, "ada", 0.0, [1, 4])
    give(marking, "ben", 3.0, [4], "Nearly.")
    give(marking, "chidi", 3.0, [1])  # no more than all points
    give(marking, "dana", 0.0, [4])  # no less than none
    assert given(root) == {
        "ada": (0.5, 0.5, False, "* what was averaged (+1)\n* names no unit (−0.5)"),
        "ben": (2.5, 2.5, False, "* names no unit (−0.5)\n\nNearly."),
        "chidi": (3.0, 3.0, False, "* what was averaged (+1)"),
        "dana": (0.0, 0.0, False, "* names no unit (−0.5)"),
        "emil": (None, 0.0, True, None),
        "farah": (None, 0.0, False, None),
    }
    assert (
        shown(marking)["ben"] | {"items": [4], "comment": "Nearly.", "base": 3.0, "points": 2.5}
        == shown(marking)["ben"]
    )
    book = Gradebook(root)
    before = book.scores(SLUG)
    book.feedback(SLUG)
    feedback = (root / "feedback/ben" / SLUG / "exercise.html").read_text()
    assert "<li>names no unit (−0.5)</li>" in feedback
    assert "Nearly." in feedback
    grade_class(root, SLUG, Options(force=True))
    assert book.scores(SLUG) == before
    give(marking, "ben", None)
    assert given(root)["ben"] == (None, 0.0, True, None)


def test_points_follow_from_base_and_items_whatever_was_pressed_before(root):
    marking, rng = page(root), random.Random(0)
    for text, points in (("all wrong", -3), ("half wrong", -1.5), ("all of it", 3)):
        marking.change_item(None, text, points, None)
    worth = {item["id"]: item["points"] for item in marking.overview()["items"]}
    for _ in range(60):
        base, items = rng.choice([0.0, 3.0, 1.25]), sorted(rng.sample(sorted(worth), rng.randint(0, 4)))
        give(marking, "ada", base, items)
        now = shown(marking)["ada"]
        assert (now["base"], now["items"]) == (base, items)
        assert given(root)["ada"][0] == min(max(base + sum(worth[n] for n in items), 0.0), 3.0)


def test_what_formgrader_has_given_is_shown_and_stays(root):
    with database(root) as book:
        grade = book.find_grade(WRITTEN, "exercise", SLUG, "ada")
        grade.manual_score, grade.needs_manual_grade = 1.25, False
        book.find_comment(WRITTEN, "exercise", SLUG, "ada").manual_comment = "By formgrader."
        book.db.commit()
    marking = page(root)
    now = shown(marking)["ada"]
    assert (now["base"], now["comment"], now["state"]) == (1.25, "By formgrader.", "graded")
    give(marking, "ada", now["base"], [1], now["comment"])
    assert given(root)["ada"] == (2.25, 2.25, False, "* what was averaged (+1)\n\nBy formgrader.")


def test_a_stale_write_is_refused_and_nothing_else_is_lost(root):
    one, other = page(root), page(root)
    seen = {a["key"]: a["version"] for name, a in shown(one).items() if name in ("ada", "ben")}
    give(other, "ada", 1.0, comment="Mine.")
    reply = one.save({"base": 3.0, "items": [], "comment": ""}, seen)
    assert reply["refused"] == [shown(one)["ada"]["key"]]
    assert given(root)["ada"] == (1.0, 1.0, False, "Mine.")
    assert given(root)["ben"][0] == 3.0
    again = one.save(
        {"base": 3.0, "items": [], "comment": ""}, {k: v for k, v in seen.items() if k not in reply["refused"]}
    )
    assert again["refused"] == []  # the reply to a first try was lost: it is saved already


def test_a_write_between_look_and_save_is_refused_too(root, monkeypatch):
    """Another process writes after the version was compared and before the gradebook is locked."""
    marking, stock = page(root), AnswerBook.write
    other = page(root)

    def late(self, changes):
        monkeypatch.setattr(AnswerBook, "write", stock)
        give(other, "ada", 1.0)
        return stock(self, changes)

    seen = {shown(marking)["ada"]["key"]: shown(marking)["ada"]["version"]}
    monkeypatch.setattr(AnswerBook, "write", late)
    monkeypatch.setattr(rubrics.fcntl, "flock", lambda *_: None)  # it has not our lock: formgrader, say
    assert marking.save({"base": 3.0, "items": [], "comment": ""}, seen)["refused"]
    assert given(root)["ada"][0] == 1.0


def test_a_locked_gradebook_is_said_and_nothing_is_half_written(root):
    marking = page(root)
    give(marking, "ada", 1.0)
    before, kept = given(root), rubrics.path_of(root, SLUG).read_text()
    holder = sqlite3.connect(root / "gradebook.db")
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(CourseError, match="database is locked"):
        give(marking, ["ada", "ben"], 2.0, [1])
    consent = marking.change_item(1, "what was averaged", "2", None)
    assert consent == {"changed": 0}  # nobody has it
    holder.rollback()
    holder.close()
    assert given(root) == before
    assert json.loads(rubrics.path_of(root, SLUG).read_text())[WRITTEN]["bases"] == json.loads(kept)[WRITTEN]["bases"]
    give(marking, ["ada", "ben"], 0.0, [1])
    assert given(root)["ben"][0] == 2.0


@pytest.mark.parametrize(
    "wanted",
    [
        {"base": "3", "items": []}, {"base": True, "items": []}, {"base": float("nan"), "items": []},
        {"base": 0, "items": [99]}, {"base": 0, "items": "1"}, {"base": None, "items": [1]},
        {"base": 0, "items": [], "comment": "x" * 10_001},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(root, wanted):
    marking = page(root)
    with pytest.raises(CourseError):
        marking.save(wanted, {shown(marking)["ada"]["key"]: shown(marking)["ada"]["version"]})
    assert given(root)["ada"][0] is None


# ---- the rubric


def test_a_changed_item_changes_everybody_who_has_it_after_a_list(root):
    marking = page(root)
    give(marking, "ada", 0.0, [1, 2])
    give(marking, "ben", 3.0, [1], "Good.")
    give(marking, "chidi", 0.0, [2])
    before = given(root)
    asked = marking.change_item(1, "says what was averaged", "0.5", None)
    assert asked["who"] == [
        {"who": "Adaeze Okafor (ada)", "from": 2.0, "to": 1.5},
        {"who": "Benedikt Wurzelbacher (ben)", "from": 3.0, "to": 3.0},
    ]
    assert given(root) == before
    give(marking, "chidi", 0.0, [1])  # the list is another one by now
    again = marking.change_item(1, "says what was averaged", "0.5", asked["listed"])
    assert [one["who"] for one in again["who"]][-1] == "chidi"
    assert marking.change_item(1, "says what was averaged", "0.5", again["listed"]) == {"changed": 3}
    assert given(root) == before | {
        "ada": (1.5, 1.5, False, "* says what was averaged (+0.5)\n* why units make it bad (+1)"),
        "ben": (3.0, 3.0, False, "* says what was averaged (+0.5)\n\nGood."),
        "chidi": (0.5, 0.5, False, "* says what was averaged (+0.5)"),
    }
    asked = marking.remove_item(2, None)
    assert marking.remove_item(2, asked["listed"]) == {"changed": 1}
    assert given(root)["ada"] == (0.5, 0.5, False, "* says what was averaged (+0.5)")


def test_an_item_is_known_by_what_it_said_where_a_change_was_cut_off(root, monkeypatch):
    marking = page(root)
    give(marking, "ada", 0.0, [1])
    listed = marking.change_item(1, "another text", 2, None)["listed"]

    def fails(self, changes):
        raise CourseError("the gradebook is gone")

    stock = AnswerBook.write
    monkeypatch.setattr(AnswerBook, "write", fails)
    with pytest.raises(CourseError, match="is gone"):
        marking.change_item(1, "another text", 2, listed)
    monkeypatch.setattr(AnswerBook, "write", stock)
    assert marking.overview()["items"][0]["text"] == "what was averaged"  # the file is as it was
    with rubrics.changing(root, SLUG) as kept:  # killed between file and gradebook
        kept[WRITTEN] = rubrics.with_item(kept[WRITTEN], rubrics.Version("another text", 2.0), 1)
    now = shown(marking)["ada"]
    assert (now["items"], now["old"], now["base"], now["points"]) == ([1], [1], 0.0, 1.0)
    give(marking, "ada", 0.0, [1])
    assert given(root)["ada"] == (2.0, 2.0, False, "* another text (+2)")


@pytest.mark.parametrize(("text", "points"), [("", 1), ("x" * 301, 1), ("a", "many"), ("a", "nan"), ("a", 101)])
def test_an_item_needs_a_text_and_points(root, text, points):
    with pytest.raises(CourseError):
        page(root).change_item(None, text, points, None)


def test_two_items_are_never_worded_alike_and_a_broken_file_is_named(root):
    marking = page(root)
    with pytest.raises(CourseError, match="already"):
        marking.change_item(None, " what  was averaged", "1", None)
    path = rubrics.path_of(root, SLUG)
    path.parent.mkdir(exist_ok=True)
    path.write_text('{"written_introduction": 3}')
    with pytest.raises(CourseError, match="holds no rubrics"):
        marking.overview()


# ---- alike


def test_answers_are_alike_where_they_say_the_same_and_near_where_hardly_anything_differs(root):
    found = groups({
        "a": "The mean, over the features!", "b": "the MEAN over  the features", "c": "Something else altogether.",
        "d": "≠", "e": "=", "f": "The means over the features",
    })  # fmt: skip
    assert found["a"] == found["b"]
    assert found["f"][0] == found["a"][0]
    assert found["f"][1] != found["a"][1]
    assert len({found[name][0] for name in "acde"}) == 4
    now = shown(page(root))
    assert now["ada"]["equal"] == now["ben"]["equal"] != now["chidi"]["equal"]
    assert now["ada"]["group"] == now["chidi"]["group"] != now["dana"]["group"]
    order = [one["group"] for one in page(root).overview()["answers"]]
    assert order == sorted(order, key=order.index)  # those of a group stand together


def test_answers_stand_with_the_first_one_that_is_near_and_with_no_other():
    """Compared pair by pair, on texts that are changed in some letters each."""
    rng, texts = random.Random(3), {}
    for k in range(60):
        start = "".join(rng.choice("abcde   ") for _ in range(rng.randint(3, 60)))
        for m in range(4):
            letters = [rng.choice("abcde ") if rng.random() < 0.05 * m else letter for letter in start]
            texts[f"{k:02}{m}"] = "".join(letters)
    found, near, far = groups(texts), 0, 0
    first = {group for group, _ in found.values()}
    runs = {name: {p[i : i + 3] for i in range(len(p) - 2)} or {p} for name in texts for p in [plain(texts[name])]}
    for name, (group, _) in found.items():
        share = {one: 2 * len(runs[name] & runs[one]) / (len(runs[name]) + len(runs[one])) for one in first}
        assert share[group] >= NEAR
        near += group != name
        if group == name:
            assert all(share[one] < NEAR for one in first - {name})
            far += 1
    assert min(near, far) > 40


# ---- what can go wrong


def test_nobody_is_graded_yet(tmp_path):
    with pytest.raises(CourseError, match="nobody is graded"):
        page(tmp_path)
    with pytest.raises(CourseError, match="it has written_introduction"):
        Marking(Gradebook(tmp_path), SLUG, question="written_other")


def test_a_hostile_answer_is_text_or_sanitized(root):
    hand_in(root, "dana", '<script>x</script><img src=/logout><form action="/x"><b onclick="x()">bold</b> a<b')
    grade_class(root, SLUG)
    marking = page(root)
    key = shown(marking)["dana"]["key"]
    html = marking.texts([key, "nobody"])
    assert list(html) == [key]
    assert not [bad for bad in ("<script", "<img", "<form", "onclick=", '/logout"') if bad in html[key]]
    assert "<b>bold</b>" in html[key]
    assert UNITS[:30] in str(marking.texts([shown(marking)["ada"]["key"]]))


def test_a_server_takes_all_of_it(root, postgres):
    moving.copy(Gradebook(root), Gradebook(root, postgres))
    one, other = page(root, db=postgres), page(root, db=postgres)
    seen = {shown(one)["ada"]["key"]: shown(one)["ada"]["version"]}
    give(other, ["ada", "ben"], 0.0, [1, 2], "Both.")
    assert one.save({"base": 3.0, "items": [], "comment": ""}, seen)["refused"]
    listed = one.change_item(2, "units", -1, None)["listed"]
    assert one.change_item(2, "units", -1, listed) == {"changed": 2}
    now = shown(one)["ben"]
    assert (now["points"], now["items"], now["comment"], now["state"]) == (0.0, [1, 2], "Both.", "graded")
    assert given(root)["ada"][0] is None  # the other gradebook is untouched
