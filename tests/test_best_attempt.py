"""The best instead of the last attempt, where a course is set so."""

import json
import shutil

import pytest
from downloads import SLUG, at, zipped
from hand_ins import mixed_class
from nbgrader.api import Gradebook as Database

from grading.__main__ import main
from grading.commands.grade_class import Options, grade_class, look_up
from grading.commands.regrade import preview
from grading.engine.cache import Cache
from grading.gradebook import facade
from grading.gradebook.facade import Gradebook
from grading.handin import attempts
from grading.platforms import archive, ledger
from grading.platforms.names import collect

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]
FULL, HALF, NOTHING = "ada", "dana", "gita"  # in `mixed_class`


def notebook(kind):
    return mixed_class(SLUG)[kind]


def hand_in(root, student, kind, time="", name="exercise.ipynb"):
    folder = root / "submitted" / student / SLUG
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(notebook(kind))
    if time:
        (folder / "timestamp.txt").write_text(f"{time} UTC")


def replaced(root, student, kind, time="", number=1, where="old"):
    """A hand-in that another one has replaced."""
    folder = root / "downloaded" / SLUG / where / f"{student}-{number}"
    folder.mkdir(parents=True)
    (folder / "exercise.ipynb").write_bytes(notebook(kind))
    if time:
        (folder / "timestamp.txt").write_text(f"{time} UTC")


@pytest.fixture
def best(tmp_path, monkeypatch):
    """A course in which the best attempt counts, and a late day costs a tenth."""
    settings = tmp_path / "settings"
    settings.mkdir()

    def write(attempt="best"):
        text = (facade.ROOT / "nbgrader_config.py").read_text() if not (settings / "stock").exists() else ""
        if text:
            (settings / "stock").write_text(text)
        text = (settings / "stock").read_text().replace('c.Grade.attempt = "last"', f"c.Grade.attempt = {attempt!r}")
        text = text.replace("# c.AssignLatePenalties", "c.AssignLatePenalties").replace(
            "# c.PenaltyPerDay.share", "c.PenaltyPerDay.share"
        )
        (settings / "nbgrader_config.py").write_text(
            text.replace('Path(__file__).parent / "class"', repr(str(tmp_path / "class")))
        )

    write()
    monkeypatch.setattr(facade, "ROOT", settings)
    return write


def points(results):
    return {one.student: one.points for one in results}


def notes(results, student):
    return next(one.verdict.notes for one in results if one.student == student)


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "class"
    hand_in(root, "ada", HALF)  # had all points before
    replaced(root, "ada", FULL)
    hand_in(root, "ben", FULL)  # is better than before
    replaced(root, "ben", HALF, where="replaced")
    hand_in(root, "chidi", NOTHING)  # two copies in a folder
    hand_in(root, "chidi", HALF, name="exercise (1).ipynb")
    hand_in(root, "dana", HALF)  # only one attempt
    return root


def test_the_attempt_with_the_most_points_counts_and_is_named(root, best, capsys):
    results = grade_class(root, SLUG)
    half = points(results)["dana"]
    assert points(results) == {"ada": 13, "ben": 13, "chidi": half, "dana": half}
    assert notes(results, "ada") == [
        f"of 2 attempts the best counts, 'ada-1' with 13 points by tests; what was handed in last has {half:g}"
    ]
    assert notes(results, "ben") == [
        f"of 2 attempts the best counts, what was handed in last with 13 points by tests; 'ben-1' has {half:g}"
    ]
    assert notes(results, "dana") == []
    assert [one.points for one in look_up(root, SLUG)] == [one.points for one in results]
    assert [one.verdict.points for one in look_up(root, SLUG)] == [one.verdict.points for one in results]
    # The graded notebook and so the feedback are of the attempt that counts, and say so.
    graded = json.loads((root / "autograded/ada" / SLUG / "exercise.ipynb").read_text())
    assert any("best counts" in note for note in graded["metadata"]["batchnorm"]["notes"])
    again = grade_class(root, SLUG)
    assert all(one.known for one in again)
    assert points(again) == points(results)
    assert preview(root, SLUG, Options()).changes == []


def test_the_last_counts_unless_it_is_set(root, best):
    best("last")
    results = grade_class(root, SLUG)
    half = points(results)["dana"]
    assert points(results) == {"ada": half, "ben": 13, "chidi": half, "dana": half}
    best("best")
    assert points(grade_class(root, SLUG))["ada"] == 13
    best("last")
    assert points(grade_class(root, SLUG))["ada"] == half


def test_a_later_attempt_is_better_or_changes_nothing(root, best):
    grade_class(root, SLUG)
    shutil.move(root / "submitted/dana" / SLUG, root / "downloaded" / SLUG / "old/dana-1")
    hand_in(root, "dana", NOTHING)
    results = grade_class(root, SLUG)
    assert [one.before == one.points for one in results] == [True] * 4
    hand_in(root, "dana", FULL)
    results = grade_class(root, SLUG)
    assert points(results)["dana"] == 13
    assert next(one.verdict.points for one in look_up(root, SLUG) if one.student == "dana") == 13
    hand_in(root, "dana", NOTHING)
    assert points(grade_class(root, SLUG))["dana"] < 13  # the notebook with all points is nowhere any more


def test_lateness_is_that_of_the_attempt_that_counts_and_is_part_of_the_choice(root, best):
    shutil.rmtree(root / "submitted/ben")
    shutil.rmtree(root / "downloaded" / SLUG / "old" / "ada-1")
    replaced(root, "ada", HALF, "2026-11-01 10:00:00")
    hand_in(root, "ada", FULL, "2026-11-03 10:00:00")  # two days late
    grade_class(root, SLUG)
    with Database(f"sqlite:///{root}/gradebook.db", "batchnorm") as book:
        book.update_or_create_assignment(SLUG, duedate="2026-11-01 12:00:00 UTC")
    results = grade_class(root, SLUG)
    half = points(results)["dana"]
    assert half < 10.4
    assert points(results)["ada"] == 10.4
    [ada] = [one for one in Gradebook(root).results(SLUG) if one.student == "ada"]
    assert ada.late_penalty == pytest.approx(2.6)
    assert any("2026-11-03 10:00 UTC) with 10.4 points" in note for note in notes(results, "ada"))
    # In time the earlier one is worth more than the later one with all points, nine days late.
    (root / "submitted/ada" / SLUG / "timestamp.txt").write_text("2026-11-10 10:00:00 UTC")
    results = grade_class(root, SLUG)
    assert points(results)["ada"] == half
    book = Gradebook(root)
    book.api.autograde(SLUG, "ada", force=True)
    assert Gradebook(root).scores(SLUG)["ada"] == half
    assert any("'ada-1' (2026-11-01 10:00 UTC) with" in note for note in notes(results, "ada"))


def test_changed_tests_change_no_grade_of_those_who_have_one(root, best, monkeypatch):
    grade_class(root, SLUG)
    from grading.engine import cache

    stock = cache.verdict_digests
    monkeypatch.setattr(cache, "verdict_digests", lambda slug: {n: d + "x" for n, d in stock(slug).items()})
    monkeypatch.setattr(Cache, "keep", lambda *a: pytest.fail("something was examined"))
    results = grade_class(root, SLUG)
    assert all(one.known and one.earlier for one in results)
    assert [one.before == one.points for one in results] == [True] * 4


def test_earlier_attempts_in_a_download_are_kept_and_may_count(tmp_path, best):
    label = "Week 1_ada_attempt_2026-11-0{}-10-00-00_exercise.ipynb"
    source = zipped(
        tmp_path / "class.zip",
        [(at(label.format(day)), notebook(kind)) for day, kind in ((1, FULL), (2, HALF), (3, NOTHING))],
    )
    root = tmp_path / "class"
    for k in range(2):
        archive.unpack(source, tmp_path / str(k))
        found = collect(tmp_path / str(k), SLUG, platform="blackboard")
        ledger.lay_out(found, lambda who: root / "submitted" / who / SLUG, root / "downloaded" / SLUG / "old")
    kept = attempts.earlier(root, SLUG, "ada")
    assert [(path / "exercise.ipynb").read_bytes() for path in kept] == [notebook(HALF), notebook(FULL)]
    assert (kept[1] / "timestamp.txt").read_text() == "2026-11-01 10:00:00 UTC"
    [ada] = grade_class(root, SLUG)
    assert ada.points == 13
    assert "'ada-1' (2026-11-01 10:00 UTC) with 13 points" in ada.verdict.notes[0]
    assert main(["forget", "ada", "--yes", "--root", str(root)]) == 0
    assert attempts.earlier(root, SLUG, "ada") == []


def test_nbgraders_own_autograde_takes_the_best_too(root, best):
    book = Gradebook(root)
    book.release(SLUG)
    for student in ("ada", "ben", "chidi", "dana"):
        assert book.api.autograde(SLUG, student)["success"]
    half = Gradebook(root).scores(SLUG)["dana"]
    assert Gradebook(root).scores(SLUG) == {"ada": 13, "ben": 13, "chidi": half, "dana": half}
    results = grade_class(root, SLUG)
    assert [one.before == one.points for one in results] == [True] * 4
