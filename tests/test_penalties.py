"""What a late hand-in loses: the rule, and its way through nbgrader and our own writer."""

import json
from datetime import datetime

import pytest
from downloads import SLUG
from hand_ins import mixed_class
from nbgrader.api import Gradebook as Database

from grading.__main__ import main
from grading.commands.grade_class import grade_class
from grading.gradebook.facade import Gradebook
from grading.gradebook.penalties import PenaltyPerDay
from grading.gradebook.results import Result
from grading.gradebook.students import Student

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own queries


class TestLateHandIns:
    @pytest.mark.parametrize(
        ("hours", "penalty"), [(1, 1.0), (24, 1.0), (24.1, 2.0), (49, 3.0), (24 * 30, 10.0)]
    )  # fmt: skip
    def test_a_day_begun_costs_its_share(self, hours, penalty):
        assert PenaltyPerDay().late_submission_penalty("ada", 10.0, 3600 * hours) == pytest.approx(penalty)

    def test_there_is_grace_and_an_end(self):
        rule = PenaltyPerDay(share=0.2, grace_hours=2, most=0.5)
        assert rule.late_submission_penalty("ada", 10.0, 7200) is None
        assert rule.late_submission_penalty("ada", 10.0, 7201) == pytest.approx(2.0)
        assert rule.late_submission_penalty("ada", 10.0, 86400 * 9) == pytest.approx(5.0)

    def test_a_total_is_never_below_nothing(self):
        assert Result("ada", {"test_a": 3.0, "test_b": -1.0}, 5.0).total == 0


@pytest.fixture
def per_day(monkeypatch):
    """The setting by which a late hand-in loses a tenth for each day begun."""
    config = Gradebook.__init__

    def configured(self, *args, **kw):
        config(self, *args, **kw)
        self.config.AssignLatePenalties.plugin_class = "grading.gradebook.penalties.PenaltyPerDay"
        self.config.PenaltyPerDay.share = 0.1
        self.api.update_config(self.config)

    return lambda: monkeypatch.setattr(Gradebook, "__init__", configured)


def hand_in_with_times(root):
    for student, time in (("ada", "2026-11-01 12:00:00 UTC"), ("ben", "2026-11-03 13:00:00 UTC"), ("chidi", "")):
        folder = root / "submitted" / student / SLUG
        folder.mkdir(parents=True)
        (folder / "exercise.ipynb").write_bytes(mixed_class(SLUG)["ada"])
        if time:
            (folder / "timestamp.txt").write_text(time)


def due(root):
    with Database(f"sqlite:///{root / 'gradebook.db'}", "batchnorm") as gradebook:
        gradebook.update_or_create_assignment(SLUG, duedate="2026-11-01 13:00:00 UTC")


@pytest.mark.slow
def test_late_hand_ins_lose_points_in_our_writer_too(tmp_path, per_day):
    hand_in_with_times(tmp_path)
    before = {one.student: one.points for one in grade_class(tmp_path, SLUG)}
    assert before == {"ada": 13, "ben": 13, "chidi": 13}
    due(tmp_path)
    per_day()
    after = {one.student: one.points for one in grade_class(tmp_path, SLUG)}
    assert after == {"ada": 13, "ben": 10.4, "chidi": 13}
    [ada, ben, chidi] = Gradebook(tmp_path).results(SLUG)
    assert (ada.late_penalty, ben.late_penalty, chidi.late_penalty) == pytest.approx((0, 2.6, 0))
    assert json.loads(json.dumps(ben.total)) == 10.4


@pytest.mark.slow
def test_one_learner_can_have_more_time(tmp_path, per_day, capsys):
    def extend(student, until):
        status = main(["extend", student, SLUG, until, "--root", str(tmp_path)])
        return status, "".join(capsys.readouterr()).strip()

    hand_in_with_times(tmp_path)
    per_day()
    grade_class(tmp_path, SLUG)
    status, told = extend("ben", "2026-11-04")
    assert (status, told.partition(":")[0]) == (1, f"{SLUG} has no due date to extend")
    due(tmp_path)
    assert extend("ben", "2026-11-03 12:30 +0100") == (
        0, f"ben: {SLUG} is due 2026-11-03 11:30 UTC; 2026-11-01 13:00 UTC for everybody else",
    )  # fmt: skip
    assert {one.student: one.points for one in grade_class(tmp_path, SLUG)}["ben"] == 11.7  # one day late, not three
    extend("ben", "2026-11-03 13:00")
    assert {one.student: one.points for one in grade_class(tmp_path, SLUG)}["ben"] == 13
    assert extend("ben", "none") == (0, f"ben: {SLUG} is due 2026-11-01 13:00 UTC, as for everybody else")
    assert {one.student: one.points for one in grade_class(tmp_path, SLUG)}["ben"] == 10.4
    for student, until, told in (
        ("nobody", "2026-11-04", "the gradebook has no student 'nobody'"),
        ("ben", "next week", "'next week' is no date"),
        ("ben", "2026-10-31", f"{SLUG} is due 2026-11-01 13:00 UTC for everybody"),
    ):
        assert extend(student, until)[0] == 1
        assert extend(student, until)[1].startswith(told)


@pytest.mark.slow
def test_more_time_before_anything_is_handed_in(tmp_path, per_day):
    hand_in_with_times(tmp_path)
    grade_class(tmp_path, SLUG)
    due(tmp_path)
    per_day()
    book = Gradebook(tmp_path)
    book.enrol([Student("dana", "Dana")])
    book.extend(SLUG, "dana", datetime(2026, 11, 5))
    assert [one.student for one in book.results(SLUG)] == ["ada", "ben", "chidi"]
    folder = tmp_path / "submitted" / "dana" / SLUG
    folder.mkdir(parents=True)
    (folder / "exercise.ipynb").write_bytes(mixed_class(SLUG)["ada"])
    (folder / "timestamp.txt").write_text("2026-11-04 13:00:00 UTC")
    assert {one.student: one.points for one in grade_class(tmp_path, SLUG)}["dana"] == 13
