"""Whose a downloaded file is and when it was handed in, by each platform's way to name files."""

import re
from datetime import UTC, datetime

import pytest
from downloads import DOWNLOADS, SLUG, UNKNOWN, at, blackboard_text, content, sorted_out, zipped

from course.errors import CourseError
from grading.gradebook.students import Student
from grading.handin.files import shown
from grading.platforms import archive, ledger
from grading.platforms.names import collect, fit
from grading.platforms.roster import Roster


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
        assert (
            "ada: 'Week 1_ada_attempt_2026-10-31-23-00-00_exercise.ipynb' does not count; "
            "'Week 1_ada_attempt_2026-11-01-10-00-00_exercise.ipynb' does"
        ) in found.notes

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

    def test_two_attempts_are_one_learner_where_brightspace_and_sakai_tell_the_time(self, tmp_path):
        label = "1234-5678 - Ada Lovelace - Nov 8, 2026"
        entries = [(f"{label} 1159 PM - exercise.ipynb", b"last"), (f"{label} 109 AM - exercise.ipynb", b"first")]
        entries.append(("1235-5678 - Ben A. - Nov 8, 2026 11:59 PM - exercise.ipynb", b"ben"))
        found = sorted_out(tmp_path, entries)
        assert [(c.student, c.notebook.path.read_bytes(), c.at) for c in found.learners] == [
            ("1234", b"last", datetime(2026, 11, 8, 23, 59, tzinfo=UTC)),
            ("1235", b"ben", datetime(2026, 11, 8, 23, 59, tzinfo=UTC)),
        ]
        names = [shown(f"{label} {time} - exercise.ipynb") for time in ("109 AM", "1159 PM")]
        assert found.notes == [f"1234: {names[0]} does not count; {names[1]} does"]
        (tmp_path / "sakai").mkdir()
        entries, _ = DOWNLOADS["sakai"]
        found = sorted_out(tmp_path / "sakai", entries)
        ada = next(one for one in found.learners if one.student == "ada")
        assert (ada.at, ada.who.name) == (datetime(2026, 11, 3, 15, 15, 0, 123000, tzinfo=UTC), "Lovelace, Ada")
        assert "3 files are Sakai's own (times, texts, comments) and no hand-in" in found.notes

    @pytest.mark.parametrize(
        ("first", "second", "counts"),
        [
            (("exercise.ipynb", 12), ("exercise (2).ipynb", 12), 2),
            (("exercise (2).ipynb", 12), ("exercise.ipynb", 13), 2),
            (("exercise.ipynb", 12), ("Late Submission - exercise (2).ipynb", 12), 2),
            (("Verspätete Abgabe - exercise.ipynb", 12), ("exercise (2).ipynb", 11), 1),
        ],
    )
    def test_of_ilias_files_the_later_counts_and_with_equal_times_the_higher_number(
        self, tmp_path, first, second, counts
    ):
        folder = "Week 1/Abgaben/Muller_Zoe_zoe_m_12345/"
        entries = [(at(folder + name, 2026, 11, 1, hour, 0, 0), name.encode()) for name, hour in (first, second)]
        entries.append(("Week 1/Abgaben/Lovelace_Ada_ada_12346/exercise.ipynb", b"ada"))
        found = sorted_out(tmp_path, entries, student_of=Roster([Student("z1", "Zoë", "Müller")]))
        [zoe] = [one for one in found.learners if one.student == "z1"]
        assert zoe.notebook.path.read_bytes() == (first, second)[counts - 1][0].encode()
        assert zoe.late == (" - " in (first, second)[counts - 1][0])

    def test_a_learner_without_a_notebook_keeps_their_files(self, tmp_path):
        found = sorted_out(tmp_path, [("Ada_1_assignsubmission_file_/report.pdf", b"%PDF")])
        ledger.lay_out(found, tmp_path.joinpath, tmp_path / "old")
        assert content(tmp_path / "1") == {"report.pdf": b"%PDF"}

    def test_metadata_that_is_no_yaml_is_one_line(self, tmp_path):
        entries = [("e/submission_metadata.yml", ":a: [\n\tx"), ("e/submission_1/exercise.ipynb", b"")]
        with pytest.raises(CourseError, match=r"submission_metadata\.yml can't be read") as told:
            sorted_out(tmp_path, entries)
        assert "\n" not in str(told.value)

    def test_who_wrote_text_and_no_file_stays(self, tmp_path):
        entries = [("W_ben_m_attempt_2026-11-01-09-00-00.txt", blackboard_text("Ben Müller", "ben_m", "Naam"))]
        [ben] = sorted_out(tmp_path, [*DOWNLOADS["blackboard"][0], *entries]).learners[1:2]
        assert (ben.student, ben.who.name, ben.notebook) == ("ben_m", "Ben Müller", None)

    def test_who_is_not_on_the_class_list_is_named(self, tmp_path):
        entries = DOWNLOADS["blackboard"][0]
        roster = Roster([Student("alove", "Ada", "Lovelace")])
        found = sorted_out(tmp_path, entries, student_of=roster, listed=True)
        assert "Zoë Müller (zoe_m): is not on the roster; collected as the student zoe_m" in found.notes
        assert not [note for note in found.notes if "alove" in note and "roster" in note]

    @pytest.mark.parametrize("platform", DOWNLOADS)
    def test_every_file_counts_or_has_a_line(self, tmp_path, platform):
        """The counts add up, whatever the platform: nobody and nothing vanishes."""
        entries, _ = DOWNLOADS[platform]
        found = sorted_out(tmp_path, entries)
        unpacked = tmp_path / "unpacked"
        counted = {str(f.path.relative_to(unpacked)) for one in found.learners for f in (*one.files, *one.beside)}
        others = {name for one in found.learners for name in one.others}
        files = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
        left = {name for name in files - counted if not any(shown(name) in note for note in found.notes)}
        told = re.search(r"^(\d+) files? (?:is|are) \w+'s own", "\n".join(found.notes), re.M)
        assert len(left) == (int(told[1]) if told else 0), left
        assert others <= files - counted

    def test_an_id_becomes_a_folders_name(self):
        assert fit("ada@example.org") == "ada@example.org"
        assert fit("../José  [x]/*?") == "José-x"
        assert fit("...") == "nameless"


PLAIN_CLASS = {f"{name}/exercise.ipynb": name.encode() for name in ("ada", "ben", "chidi")}
LOOK_ALIKES = {
    "moodle": "Ada_4711_assignsubmission_file_exercise.ipynb",
    "canvas": "ben_4711_1_exercise.ipynb",
    "blackboard": "Week 1_ada_attempt_2026-11-01-10-00-00_exercise.ipynb",
    "brightspace": "4711-9 - Ada - Nov 3, 2026 415 PM/exercise.ipynb",
    "sakai": "Lovelace, Ada(4711)/exercise.ipynb",
    "ilias": "Lovelace_Ada_ada_4711/exercise.ipynb",
    "gradescope": "submission_4711/exercise.ipynb",
}


class TestWhichPlatform:
    """A platform is recognized by the whole download, or said by the instructor, never by one name."""

    @pytest.mark.parametrize("platform", LOOK_ALIKES)
    @pytest.mark.parametrize("where", ["", "zoe/", "class/"])
    def test_one_name_in_a_plain_folder_tells_nothing(self, tmp_path, platform, where):
        entries = {("class/" if where == "class/" else "") + name: text for name, text in PLAIN_CLASS.items()}
        entries[where + LOOK_ALIKES[platform]] = b"like"
        if platform == "gradescope":
            entries[where + "submission_metadata.yml"] = b"\tnot YAML: [at all"
        found = sorted_out(tmp_path, list(entries.items()))
        assert {one.who.platform for one in found.learners} == {"plain"}
        known = {one.student: one.notebook.path.read_bytes() for one in found.learners}
        assert {name: known[name] for name in ("ada", "ben", "chidi")} == {
            n: n.encode() for n in ("ada", "ben", "chidi")
        }
        assert len(known) == 4
        assert b"like" in known.values()
        assert "4711" not in known
        [line] = [note for note in found.notes if "too few to tell" in note]
        assert f"1 of 4 files have names as {platform} gives them" in line

    @pytest.mark.parametrize("platform", DOWNLOADS)
    @pytest.mark.parametrize("other", LOOK_ALIKES)
    def test_one_name_of_another_platform_in_a_download_tells_nothing(self, tmp_path, platform, other):
        entries, expected = DOWNLOADS[platform]
        if other == platform:
            return
        below = {"moodle": "Ada Lovelace_1001_assignsubmission_file_/", "plain": "class 7/Ada Lovelace/"}.get(
            platform, ""
        )
        found = sorted_out(tmp_path, [*entries, (f"{below}old/{LOOK_ALIKES[other]}", b"like")])
        assert {one.student: one.notebook.path.read_bytes() for one in found.learners} == expected
        assert {one.who.platform for one in found.learners} == {platform}

    @pytest.mark.parametrize(
        "names",
        [
            ["week_3_1_exercise.ipynb"],
            ["week_3_1_exercise.ipynb", "week_3_2_exercise.ipynb"],
            ["ada/week_3_1_exercise.ipynb", "ben/week_3_1_exercise.ipynb"],
            ["ada/week_3_1_exercise.ipynb", "ben/week_4_2_exercise.ipynb"],
            ["a_1_1_x.ipynb", "b_2_1_x.ipynb"],
        ],
    )
    def test_canvas_takes_two_learners_in_one_folder_and_a_number_for_each_file(self, tmp_path, names):
        found = sorted_out(tmp_path, [(name, b"{}") for name in names])
        assert {one.who.platform for one in found.learners} == {"plain"}
        assert len(found.learners) == len(names)

    @pytest.mark.parametrize("zip_name", ["submissions.zip", "submissions (1).zip", "submissions-2.zip"])
    def test_canvas_takes_one_learner_out_of_a_zip_file_that_it_has_named(self, tmp_path, zip_name):
        """Where a single learner has handed in, or the zip file of all is asked for again after a late one."""
        entries = [("lovelaceada_200_5000_exercise-2.ipynb", b"ada"), ("lovelaceada_200_5001_plot.png", b"PNG")]
        (tmp_path / "archive").mkdir()
        zipped(tmp_path / "archive" / zip_name, entries)
        archive.unpack(tmp_path / "archive", tmp_path / "unpacked")
        found = collect(tmp_path / "unpacked", SLUG)
        [ada] = found.learners
        assert (ada.who.platform, ada.student, ada.notebook.file) == ("canvas", "200", "exercise.ipynb")
        assert found.notes == []

    @pytest.mark.parametrize("name", ["exercise.ipynb", "exercise-2.ipynb", "exercise (1).ipynb", f"{SLUG}-1.ipynb"])
    def test_a_file_that_was_downloaded_alone_is_nobodys_and_one_line_says_what_to_do(self, tmp_path, name):
        """Canvas's SpeedGrader gives the learner's own file, with "-2" where it was handed in again."""
        found = sorted_out(tmp_path, [(name, b"work"), ("ada-2.ipynb", b"ada")])
        assert [one.student for one in found.learners] == ["ada-2"]
        [line] = found.notes
        assert line.startswith(f"'{name}': whose it is can't be told from its name; left out. ")
        assert "put it into a folder that is named by the student's id" in line

    @pytest.mark.parametrize(("platform", "name"), LOOK_ALIKES.items())
    def test_the_instructor_may_say_which_it_is(self, tmp_path, platform, name):
        entries = [*PLAIN_CLASS.items(), (name, b"like")]
        if platform == "gradescope":
            entries.append(("submission_metadata.yml", b"{}"))
        found = sorted_out(tmp_path, entries, platform=platform)
        assert [one.who.platform for one in found.learners] == [platform]
        assert len([note for note in found.notes if "can't be told" in note]) == 3
        (tmp_path / "again").mkdir()
        found = sorted_out(
            tmp_path / "again", [("lovelaceada_1_2_x.ipynb", b""), ("ben_3_4_x.ipynb", b"")], platform="plain"
        )
        assert {one.student for one in found.learners} == {"lovelaceada_1_2_x", "ben_3_4_x"}
        with pytest.raises(CourseError, match="there is no platform 'canvass'; there are moodle, "):
            collect(tmp_path, SLUG, platform="canvass")


class TestWhatIsTakenAlong:
    def test_pictures_and_other_notebooks_of_the_attempt_go_along(self, tmp_path):
        folder = "Ada_1_assignsubmission_file_"
        entries = [
            (f"{folder}/exercise.ipynb", b"stub"),
            (f"{folder}/exercise-Copy1.ipynb", b"worked"),
            (f"{folder}/img/plot.png", b"picture"),
            (f"{folder}/report.pdf", b"%PDF"),
            (f"{folder}/timestamp.txt", b"2020-01-01"),
        ]
        found = sorted_out(tmp_path, entries)
        ledger.lay_out(found, tmp_path.joinpath, tmp_path / "old")
        expected = {"exercise.ipynb": b"stub", "exercise-Copy1.ipynb": b"worked", "plot.png": b"picture"}
        assert content(tmp_path / "1") == expected
        [ada] = found.learners
        assert sorted(name.rpartition("/")[2] for name in ada.others) == ["report.pdf", "timestamp.txt"]

    def test_nothing_takes_the_name_of_the_notebook_that_counts(self, tmp_path):
        entries = [
            ("Ada_1_assignsubmission_file_/a.ipynb", b"a"),
            ("Ada_1_assignsubmission_file_/b/exercise.ipynb", b"b"),
        ]
        found = sorted_out(tmp_path, entries)
        ledger.lay_out(found, tmp_path.joinpath, tmp_path / "old")
        assert content(tmp_path / "1") == {"exercise.ipynb": b"a"}
        assert len(found.learners[0].others) == 1
