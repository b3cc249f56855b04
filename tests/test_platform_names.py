"""Whose a downloaded file is and when it was handed in, by each platform's way to name files."""

from datetime import UTC, datetime

import pytest
from downloads import DOWNLOADS, SLUG, UNKNOWN, at, content, sorted_out, zipped

from course.errors import CourseError
from grading.platforms import archive, ledger
from grading.platforms.names import collect, fit


class TestNames:
    @pytest.mark.parametrize("platform", DOWNLOADS)
    def test_each_learners_last_notebook_counts(self, tmp_path, platform):
        entries, expected = DOWNLOADS[platform]
        found = sorted_out(tmp_path, entries)
        assert {one.student: one.notebook.path.read_bytes() for one in found.learners} == expected
        assert {one.who.platform for one in found.learners} == {platform}

    @pytest.mark.parametrize(("platform", "name"), UNKNOWN.items())
    def test_what_has_no_known_name_is_listed(self, tmp_path, platform, name):
        found = sorted_out(tmp_path, DOWNLOADS[platform][0])
        assert [note for note in found.notes if "can't be told" in note and name in note]

    def test_other_attempts_are_listed(self, tmp_path):
        found = sorted_out(tmp_path, DOWNLOADS["blackboard"][0])
        assert "ada: 'Week 1_ada_attempt_2026-10-31-23-00-00_exercise.ipynb' does not count" in found.notes

    def test_times_come_from_the_name_or_the_metadata(self, tmp_path):
        from zoneinfo import ZoneInfo

        found = sorted_out(tmp_path, DOWNLOADS["blackboard"][0], zone=ZoneInfo("Europe/Berlin"))
        assert found.learners[0].at == datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
        (tmp_path / "other").mkdir()
        found = sorted_out(tmp_path / "other", DOWNLOADS["gradescope"][0])
        assert found.learners[0].at == datetime(2026, 10, 3, 9, 0, tzinfo=UTC)

    def test_of_two_downloads_the_later_time_in_the_archive_counts(self, tmp_path):
        name = "Ada_1_assignsubmission_file_/exercise.ipynb"
        (tmp_path / "archive").mkdir()
        zipped(tmp_path / "archive" / "b.zip", [(at(name, 2026, 10, 1, 0, 0, 0), b"older")])
        zipped(tmp_path / "archive" / "a.zip", [(at(name, 2026, 10, 2, 0, 0, 0), b"newer")])
        archive.unpack(tmp_path / "archive", tmp_path / "unpacked")
        [ada] = collect(tmp_path / "unpacked", SLUG).learners
        assert ada.notebook.path.read_bytes() == b"newer"
        assert len(ada.others) == 1

    def test_a_learner_without_a_notebook_keeps_their_files(self, tmp_path):
        found = sorted_out(tmp_path, [("Ada_1_assignsubmission_file_/report.pdf", b"%PDF")])
        ledger.lay_out(found, tmp_path.joinpath, tmp_path / "old")
        assert content(tmp_path / "1") == {"report.pdf": b"%PDF"}

    def test_metadata_that_is_no_yaml_is_one_line(self, tmp_path):
        entries = [("e/submission_metadata.yml", ":a: [\n\tx"), ("e/submission_1/exercise.ipynb", b"")]
        with pytest.raises(CourseError, match=r"submission_metadata\.yml can't be read") as told:
            sorted_out(tmp_path, entries)
        assert "\n" not in str(told.value)

    def test_an_id_becomes_a_folders_name(self):
        assert fit("ada@example.org") == "ada@example.org"
        assert fit("../José  [x]/*?") == "José-x"
        assert fit("...") == "nameless"
