"""What a late hand-in loses: the rule, and its way through nbgrader and our own writer."""

import json

import pytest
from downloads import SLUG
from hand_ins import mixed_class

from grading.commands.grade_class import grade_class
from grading.gradebook.facade import Gradebook, Result
from grading.gradebook.penalties import PenaltyPerDay


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


@pytest.mark.slow
def test_late_hand_ins_lose_points_in_our_writer_too(tmp_path, monkeypatch):
    from nbgrader.api import Gradebook as Database

    for student, time in (("ada", "2026-11-01 12:00:00 UTC"), ("ben", "2026-11-03 13:00:00 UTC"), ("chidi", "")):
        folder = tmp_path / "submitted" / student / SLUG
        folder.mkdir(parents=True)
        (folder / "exercise.ipynb").write_bytes(mixed_class(SLUG)["ada"])
        if time:
            (folder / "timestamp.txt").write_text(time)
    before = {one.student: one.points for one in grade_class(tmp_path, SLUG)}
    assert before == {"ada": 10, "ben": 10, "chidi": 10}

    with Database(f"sqlite:///{tmp_path / 'gradebook.db'}", "batchnorm") as gradebook:
        gradebook.update_or_create_assignment(SLUG, duedate="2026-11-01 13:00:00 UTC")
    config = Gradebook.__init__

    def per_day(self, *args, **kw):
        config(self, *args, **kw)
        self.config.AssignLatePenalties.plugin_class = "grading.gradebook.penalties.PenaltyPerDay"
        self.config.PenaltyPerDay.share = 0.1
        self.api.update_config(self.config)

    monkeypatch.setattr(Gradebook, "__init__", per_day)
    after = {one.student: one.points for one in grade_class(tmp_path, SLUG)}
    assert after == {"ada": 10, "ben": 8, "chidi": 10}
    [ada, ben, chidi] = Gradebook(tmp_path).results(SLUG)
    assert (ada.late_penalty, ben.late_penalty, chidi.late_penalty) == (0, 2, 0)
    assert json.loads(json.dumps(ben.total)) == 8
