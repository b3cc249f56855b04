"""Who sees whom when written answers are marked: shares that do not overlap, and no names in blind marking."""

import json
import re
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from written_answers import ANSWERS, NAMES, SLUG, copy_of, give, given, hand_in, make, page, shown

from course.chapter import ROOT
from course.errors import CourseError
from grading.__main__ import main
from grading.commands import answers_server
from grading.commands.answers import HIDDEN, parse_part
from grading.commands.grade_class import grade_class
from grading.gradebook import facade
from grading.gradebook import rubric as rubrics

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    root = tmp_path_factory.mktemp("answers") / "class"
    make(root)
    return root


@pytest.fixture
def root(graded, tmp_path):
    return copy_of(graded, tmp_path / "class")


def test_shares_do_not_overlap_and_stay_whoever_else_hands_in(root):
    def share(part):
        return set(shown(page(root, part=part)))

    shares = [share((k, 3)) for k in (1, 2, 3)]
    assert set.union(*shares) == set(ANSWERS)
    assert sum(map(len, shares)) == len(ANSWERS)
    hand_in(root, "gita", "Late.")
    grade_class(root, SLUG)
    for part, before in zip((1, 2, 3), shares, strict=True):
        assert share((part, 3)) - {"gita"} == before
    sizes = [sum(page(root, part=(k, 3))._mine(f"student{n}") for n in range(300)) for k in (1, 2, 3)]
    assert sum(sizes) == 300
    assert min(sizes) > 60
    assert parse_part("2/3") == (2, 3)
    for wrong in ("3/2", "0/2", "2", "a/b", "1/0"):
        with pytest.raises(CourseError, match="no part"):
            parse_part(wrong)


def test_blind_marking_has_no_name_and_no_order_that_tells_one(root):
    hand_in(root, "emil", "Yours, Emil Quistgaard, EMIL, emil@school.example; normalize is not hidden.")
    grade_class(root, SLUG)
    named, blind = page(root), page(root, blind=True)
    give(named, "emil", 1.0, [1])
    overview = blind.overview()
    texts = blind.texts([one["key"] for one in overview["answers"]])
    listed = blind.change_item(1, "another", 2, None)
    told = json.dumps([overview, texts, blind.summary(), listed]).casefold()
    names = {*ANSWERS, *(name for pair in NAMES.values() for name in pair)}
    words = set(re.findall(r"[a-z0-9]+", told))  # a key's digits may be anything
    assert {name for name in names if name.casefold() in words} == set()
    assert f"Yours, {HIDDEN}, {HIDDEN}, {HIDDEN}; normalize is not hidden." in str(texts)
    again = page(root, blind=True).overview()
    assert again == overview
    order = [one["key"] for one in overview["answers"]]
    by_name = [one["key"] for one in named.overview()["answers"]]
    assert sorted(order) == sorted(by_name)
    assert order != by_name
    assert listed["who"][0]["who"] == next(one["who"] for one in overview["answers"] if one["items"])


def test_a_name_in_a_comment_is_hidden_and_stays_in_the_gradebook(root):
    give(page(root), "ada", 0.0, comment="Dear Adaeze, why?")
    blind = page(root, blind=True)
    (now,) = (one for one in blind.overview()["answers"] if one["comment"])
    assert now["comment"] == f"Dear {HIDDEN}, why?"
    blind.save({"base": 0, "items": [1], "comment": now["comment"]}, {now["key"]: now["version"]})
    assert given(root)["ada"][3] == "* what was averaged (+1)\n\nDear Adaeze, why?"


def command(arguments):
    """Run a verb in a thread of its own: a browser of other tests may have an event loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(main, arguments).result()


def test_the_command_takes_blind_marking_from_the_configuration(root, tmp_path, monkeypatch, capsys):
    views = []

    async def serve(marking, port, started):
        views.append((marking.overview()["answers"][0]["who"].startswith("Learner "), port))
        started("http://127.0.0.1:1/t/")

    monkeypatch.setattr(answers_server, "serve", serve)
    monkeypatch.setattr(facade, "ROOT", tmp_path)
    config = (ROOT / "nbgrader_config.py").read_text()
    assert "c.Answers.blind = False" in config
    for setting, option, blind in (
        (False, [], False), (True, [], True), (True, ["--no-blind"], False), (False, ["--blind"], True),
    ):  # fmt: skip
        (tmp_path / "nbgrader_config.py").write_text(config.replace("blind = False", f"blind = {setting}"))
        assert command(["answers", SLUG, "--root", str(root), "--port", "5", *option]) == 0
        assert views.pop() == (blind, 5)
    assert "open http://127.0.0.1:1/t/" in capsys.readouterr().out
    assert command(["answers", SLUG, "--root", str(root), "--part", "4/3"]) == 1
    assert "no part" in capsys.readouterr().err


def test_a_port_that_is_taken_is_one_line(root, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert command(["answers", SLUG, "--root", str(root), "--port", str(taken.getsockname()[1])]) == 1
    assert "name another one with --port" in capsys.readouterr().err


def test_the_rubrics_file_names_nobody(root):
    marking = page(root)
    give(marking, list(ANSWERS), 1.25, [1], "A comment.")
    kept = rubrics.path_of(root, SLUG).read_text().casefold()
    assert "averaged" in kept
    assert not [name for name in (*ANSWERS, "okafor") if name in kept]
