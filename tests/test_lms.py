"""An instructor's term: what learning platforms give is collected, graded, and goes back as they take it.

The zip files are made here, each with its platform's names and one trick of learners' or attackers' more.
"""

import csv
import io
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import warnings
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from xml.etree import ElementTree

import pytest
from test_nbgrader import make_class, nbgrader

from course.chapter import ROOT
from course.errors import CourseError
from course.notebooks import notebook
from grading.commands import moodle
from grading.commands.grade_class import Options, grade_class
from grading.gradebook import feedback
from grading.gradebook.facade import Gradebook, Result
from grading.gradebook.mathml import mathml, strictly
from grading.gradebook.penalties import PenaltyPerDay
from grading.gradebook.students import Student
from grading.platforms import archive, giveback, ledger, roster
from grading.platforms.names import Who, collect, fit
from grading.platforms.roster import Roster
from grading.platforms.tables import table
from grading.platforms.worksheet import Worksheet

SLUG = "introduction"
NOTEBOOK = b'{"cells": []}'
MATHML = {"m": "http://www.w3.org/1998/Math/MathML"}


def zipped(path, entries):
    """A zip file with entries by name, or as `ZipInfo` with content."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that come twice
        for name, content in entries:
            made.writestr(name, content)
    return path


def at(name, *time):
    """An entry with a time."""
    info = zipfile.ZipInfo(name, date_time=time or (2026, 10, 1, 12, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def unpacked(tmp_path, entries):
    """What is unpacked, by name, and what is refused."""
    refused = archive.unpack(zipped(tmp_path / "class.zip", entries), tmp_path / "unpacked")
    return _content(tmp_path / "unpacked"), refused


def _content(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def sorted_out(tmp_path, entries, **how):
    archive.unpack(zipped(tmp_path / "class.zip", entries), tmp_path / "unpacked")
    return collect(tmp_path / "unpacked", SLUG, **how)


def link(name, target):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info, target


def encrypted(path, name):
    """Set the flag of encryption of one entry, in its own header and in the directory's."""
    data = bytearray(path.read_bytes())
    for mark, flags, where in ((b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)):
        start = 0
        while (start := data.find(mark, start)) >= 0:
            if data[start + where : start + where + len(name)] == name.encode():
                data[start + flags] |= 1
            start += 4
    path.write_bytes(data)
    return path


class TestAnArchive:
    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("../../escaped.ipynb", "has a path that leaves the folder"),
            ("a/../../escaped.ipynb", "has a path that leaves the folder"),
            ("a\\..\\..\\escaped.ipynb", "has a path that leaves the folder"),
            ("/etc/escaped.ipynb", "has an absolute path"),
            ("\\escaped.ipynb", "has an absolute path"),
            ("C:\\escaped.ipynb", "has an absolute path"),
            ("esc\x1baped.ipynb", "has a name with control characters"),
            ("e" * 300 + ".ipynb", "has a name that no file system takes"),
        ],
    )
    def test_a_path_that_goes_elsewhere_is_refused_and_the_others_come(self, tmp_path, name, reason):
        files, refused = unpacked(tmp_path, [("ada.ipynb", b"1"), (name, b"2"), ("ben.ipynb", b"3")])
        assert files == {"ada.ipynb": b"1", "ben.ipynb": b"3"}
        assert len(refused) == 1
        assert refused[0].endswith(reason)
        assert len(refused[0].splitlines()) == 1
        assert not list(tmp_path.parent.glob("**/escaped*"))

    def test_a_link_is_refused(self, tmp_path):
        files, refused = unpacked(tmp_path, [link("secret.ipynb", "/etc/passwd"), ("ada.ipynb", b"1")])
        assert files == {"ada.ipynb": b"1"}
        assert refused == ["'secret.ipynb' in 'class.zip': is a link, not a file"]

    def test_a_bomb_is_refused(self, tmp_path):
        files, refused = unpacked(tmp_path, [("bomb.ipynb", b"0" * 20_000_000), ("ada.ipynb", b"1")])
        assert files == {"ada.ipynb": b"1"}
        assert refused == ["'bomb.ipynb' in 'class.zip': is packed tighter than 1:200, as only archive bombs are"]

    def test_a_bomb_in_a_learners_own_zip_is_refused_too(self, tmp_path):
        inner = zipped(tmp_path / "inner.zip", [("bomb.ipynb", b"0" * 20_000_000), ("exercise.ipynb", b"1")])
        files, refused = unpacked(tmp_path, [("Ada_1_assignsubmission_file_/work.zip", inner.read_bytes())])
        assert files == {"Ada_1_assignsubmission_file_/work/exercise.ipynb": b"1"}
        assert "'bomb.ipynb'" in refused[0]

    def test_zips_in_zips_end(self, tmp_path):
        content = zipped(tmp_path / "0.zip", [("exercise.ipynb", b"1")]).read_bytes()
        for number in range(1, 6):
            content = zipped(tmp_path / f"{number}.zip", [("again.zip", content)]).read_bytes()
        files, refused = unpacked(tmp_path, [("ada.zip", content)])
        assert list(files) == ["ada/again.zip"]  # it is handed in, and is no notebook
        assert refused[0].endswith("is a zip in a zip more than 3 deep")

    @pytest.mark.parametrize(
        ("limit", "value", "reason"),
        [
            ("MAX_ENTRIES", 2, "'class.zip': has more than 2 entries; the rest was not read"),
            ("MAX_FILE", 5, "'c.ipynb' in 'class.zip': is larger than 5e-06 MB when unpacked"),
            ("MAX_TOTAL", 7, "'c.ipynb' in 'class.zip': would make more than 7e-09 GB in all"),
        ],
    )
    def test_there_are_limits(self, tmp_path, monkeypatch, limit, value, reason):
        monkeypatch.setattr(archive, limit, value)
        files, refused = unpacked(tmp_path, [("a.ipynb", b"1"), ("b.ipynb", b"2"), ("c.ipynb", b"333333")])
        assert files == {"a.ipynb": b"1", "b.ipynb": b"2"}
        assert refused == [reason]

    def test_an_encrypted_entry_is_refused(self, tmp_path):
        path = zipped(tmp_path / "class.zip", [("secret.ipynb", b"1"), ("ada.ipynb", b"2")])
        refused = archive.unpack(encrypted(path, "secret.ipynb"), tmp_path / "unpacked")
        assert _content(tmp_path / "unpacked") == {"ada.ipynb": b"2"}
        assert refused == ["'secret.ipynb' in 'class.zip': is encrypted; wanted it without a password"]

    def test_of_two_entries_with_one_name_the_first_counts(self, tmp_path):
        files, refused = unpacked(tmp_path, [("ada.ipynb", b"1"), ("ada.ipynb", b"2"), ("ben.ipynb", b"3")])
        assert files == {"ada.ipynb": b"1", "ben.ipynb": b"3"}
        assert refused == ["'ada.ipynb' in 'class.zip': comes twice; the first one counts"]

    def test_damage_costs_its_entry_alone(self, tmp_path):
        path = zipped(tmp_path / "class.zip", [("ada.ipynb", os.urandom(5000)), ("ben.ipynb", b"3")])
        data = bytearray(path.read_bytes())
        data[2000] ^= 0xFF
        path.write_bytes(data)
        refused = archive.unpack(path, tmp_path / "unpacked")
        assert _content(tmp_path / "unpacked") == {"ben.ipynb": b"3"}
        assert "'ada.ipynb' in 'class.zip': can't be unpacked" in refused[0]

    def test_what_systems_leave_behind_is_left_out(self, tmp_path):
        junk = [
            *("__MACOSX/ada/exercise.ipynb", "ada/._exercise.ipynb", ".DS_Store"),
            "ada/.ipynb_checkpoints/exercise-checkpoint.ipynb",
        ]
        files, refused = unpacked(tmp_path, [*((name, b"x") for name in junk), ("ada/exercise.ipynb", b"1")])
        assert (list(files), refused) == (["ada/exercise.ipynb"], [])

    def test_a_name_in_utf_8_without_the_flag_is_read(self, tmp_path):
        path = zipped(tmp_path / "class.zip", [("Zo\u00eb.ipynb", b"1")])
        data = path.read_bytes()
        for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            start = data.index(mark) + flags
            data = data[:start] + b"\0\0" + data[start + 2 :]
        path.write_bytes(data)
        archive.unpack(path, tmp_path / "unpacked")
        assert list(_content(tmp_path / "unpacked")) == ["Zo\u00eb.ipynb"]

    def test_no_zip_is_one_line(self, tmp_path):
        (tmp_path / "class.zip").write_text("<html>Please log in</html>")
        with pytest.raises(CourseError, match="is no readable zip file"):
            archive.unpack(tmp_path / "class.zip", tmp_path / "unpacked")


METADATA = """\
submission_900:
  :submitters:
  - :name: Ada Lovelace
    :sid: 'a100'
    :email: ada@example.org
  :created_at: 2026-10-02 09:00:00.000000000 Z
  :score: !ruby/object:BigDecimal 18:0.0
submission_800:
  :submitters:
  - :name: Ada Lovelace
    :sid: 'a100'
    :email: ada@example.org
  :created_at: 2026-10-03 09:00:00.000000000 Z
submission_901:
  :submitters:
  - :name: Ben Müller
    :sid: 'b200'
    :email: ben@example.org
  - :name: Chidi Anagonye
    :sid: 'c300'
    :email: chidi@example.org
  :created_at: 2026-10-01 09:00:00.000000000 Z
"""


def moodle_zip(path, notebooks):
    """Moodle's "Download all submissions": by participant's number the name and the notebook."""
    return zipped(path, [(f"{n}_{k}_assignsubmission_file_/exercise.ipynb", nb) for k, (n, nb) in notebooks.items()])


def blackboard_text(name, user):
    return (
        f"Name: {name} ({user})\r\nAssignment: Week 1\r\nDate Submitted: Sunday, 1 November 2026 10:00:00 o'clock\r\n"
    )


#: What a download holds; then of each learner the student's id, the notebook that counts, and what else is told.
DOWNLOADS = {
    "moodle": (
        [
            ("Ada Lovelace_1001_assignsubmission_file_/exercise (1).ipynb", b"ada"),
            ("Ada Lovelace_1001_assignsubmission_file_/notes.pdf", b"%PDF"),
            ("Ada Lovelace_1001_assignsubmission_onlinetext_/onlinetext.html", b"<p>"),
            ("Zoë Müller-O'Neil_1002_assignsubmission_file/my work/exercise.ipynb", b"zoe"),
            ("山田 太郎_1003_assignsubmission_file_exercise.ipynb", b"taro"),
            ("Participant_1004_assignsubmission_file_/exercise.ipynb.txt", b"blind"),
            ("grades.xlsx", b"PK"),
        ],
        {"1001": b"ada", "1002": b"zoe", "1003": b"taro", "1004": b"blind"},
    ),
    "canvas": (
        [
            ("lovelaceada_101_5001_exercise.ipynb", b"first"),
            ("lovelaceada_101_5009_exercise-2.ipynb", b"ada"),
            ("müllerzoë_LATE_102_5002_exercise (1).ipynb", b"zoe"),
            ("LATE_anon_aB3dE_5003_exercise.ipynb", b"anonymous"),
            ("nnamdio_104_5004_work_2.ipynb", b"other name"),
            ("somebody.ipynb", b"?"),
        ],
        {"101": b"ada", "102": b"zoe", "anon_aB3dE": b"anonymous", "104": b"other name"},
    ),
    "blackboard": (
        [
            ("Week 1_ada_attempt_2026-11-01-10-00-00_exercise.ipynb", b"ada"),
            ("Week 1_ada_attempt_2026-10-31-23-00-00_exercise.ipynb", b"first"),
            ("Week 1_ada_attempt_2026-11-01-10-00-00.txt", blackboard_text("Ada Lovelace", "ada")),
            ("Week 1_zoe_m_attempt_2026-11-01-09-00-00_exercise (2).ipynb", b"zoe"),
            ("Week 1_zoe_m_attempt_2026-11-01-09-00-00.txt", blackboard_text("Zoë Müller", "zoe_m")),
            ("readme.txt", b"?"),
        ],
        {"ada": b"ada", "zoe_m": b"zoe"},
    ),
    "gradescope": (
        [
            ("assignment_77_export/submission_metadata.yml", METADATA),
            ("assignment_77_export/submission_900/exercise.ipynb", b"first"),
            ("assignment_77_export/submission_800/exercise.ipynb", b"ada"),
            ("assignment_77_export/submission_901/deep/er/exercise.ipynb", b"group"),
            ("assignment_77_export/submission_902/exercise.ipynb", b"stranger"),
        ],
        {"a100": b"ada", "b200": b"group", "c300": b"group", "submission_902": b"stranger"},
    ),
    "plain": (
        [
            ("class 7/Ada Lovelace/exercise.ipynb", b"ada"),
            ("class 7/Ada Lovelace/data.csv", b"1"),
            ("class 7/zoë/work/transform-final.ipynb", b"zoe"),
            (at("class 7/ben.ipynb", 2026, 11, 2, 0, 0, 0), b"first"),
            (at("class 7/ben (1).ipynb", 2026, 11, 1, 0, 0, 0), b"ben"),
            ("class 7/exercise.ipynb", b"?"),
        ],
        {"Ada-Lovelace": b"ada", "zoë": b"zoe", "ben": b"ben"},
    ),
}
UNKNOWN = {"moodle": "grades.xlsx", "canvas": "somebody.ipynb", "blackboard": "readme.txt", "plain": "exercise.ipynb"}


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
        assert _content(tmp_path / "1") == {"report.pdf": b"%PDF"}

    def test_metadata_that_is_no_yaml_is_one_line(self, tmp_path):
        entries = [("e/submission_metadata.yml", ":a: [\n\tx"), ("e/submission_1/exercise.ipynb", b"")]
        with pytest.raises(CourseError, match=r"submission_metadata\.yml can't be read") as told:
            sorted_out(tmp_path, entries)
        assert "\n" not in str(told.value)

    def test_an_id_becomes_a_folders_name(self):
        assert fit("ada@example.org") == "ada@example.org"
        assert fit("../José  [x]/*?") == "José-x"
        assert fit("...") == "nameless"


CLASS = [
    Student("alove", "Ada", "Lovelace", "ada@example.org", "101"),
    Student("zmu", "Zoë", "Müller-O'Neil", "zoe@example.org"),
    Student("sam1", "Sam", "Smith", "sam1@example.org"),
    Student("sam2", "Sam", "Smith", "sam2@example.org"),
]


class TestTheRoster:
    @pytest.mark.parametrize(
        ("who", "student"),
        [
            (Who("canvas", "101", "somebodyelse"), "alove"),
            (Who("canvas", "555", "müllero'neilzoë"), "zmu"),
            (Who("canvas", "555", "mülleroneilzoë"), "zmu"),
            (Who("gradescope", "x", "A. L.", "ADA@example.org"), "alove"),
            (Who("gradescope", "x", "", "", "zmu"), "zmu"),
            (Who("moodle", "101", "Zoë Müller-O'Neil"), "zmu"),
            (Who("moodle", "7", "Group 3-Zoë Müller-O'Neil"), "zmu"),
            (Who("moodle", "101", "Participant"), None),
            (Who("moodle", "8", "Sam Smith"), None),
            (Who("moodle", "8", "Sam Smith", "sam2@example.org"), "sam2"),
            (Who("plain", "alove", "alove"), "alove"),
        ],
    )
    def test_finds_who_is_meant(self, who, student):
        assert Roster(CLASS)(who) == student

    def test_two_learners_are_never_one_student(self, tmp_path):
        entries = [(f"Ada Lovelace_{k}_assignsubmission_file_/exercise.ipynb", b"%d" % k) for k in (1, 2)]
        found = sorted_out(tmp_path, entries, student_of=Roster(CLASS))
        assert [one.student for one in found.learners] == ["1", "2"]
        assert [note for note in found.notes if "alove on the roster fits another one too" in note]

    @pytest.mark.parametrize(
        "text",
        [
            "id,first_name,last_name,email\nalove,Ada,Lovelace,ada@example.org\n",
            "\ufeffID number;First name;Surname;Email address\r\nalove;Ada;Lovelace;ada@example.org\r\n",
            'Student,ID,SIS Login ID,Section,Week 1\n    Points Possible,,,,13\n"Lovelace, Ada",101,alove,S1,3\n',
        ],
    )
    def test_reads_class_lists(self, tmp_path, text):
        (tmp_path / "class.csv").write_text(text, encoding="utf-8", newline="")
        [ada] = roster.read(tmp_path / "class.csv")
        assert (ada.id, ada.first_name, ada.last_name) == ("alove", "Ada", "Lovelace")

    @pytest.mark.parametrize("text", ["", "colour\nred\n", "id\na\na\n"])
    def test_refuses_what_is_none_in_one_line(self, tmp_path, text):
        (tmp_path / "class.csv").write_text(text)
        with pytest.raises(CourseError) as told:
            roster.read(tmp_path / "class.csv")
        assert "\n" not in str(told.value)


ENGLISH = (
    "\ufeffIdentifier,\"Full name\",\"Email address\",Status,Grade,\"Maximum Grade\",\"Grade can be changed\","
    "\"Last modified (submission)\",\"Last modified (grade)\",\"Feedback comments\"\r\n"
    "\"Participant 1001\",\"Lovelace, Ada\",ada@example.org,\"Submitted for grading\",,20.00,Yes,"
    "\"Sunday, 1 November 2026, 10:00 AM\",-,\"=1+1, \"\"so\"\"\r\nit goes\"\r\n"
    "\"Participant 1002\",\"Zoë Müller\",zoe@example.org,\"Submitted for grading\",7.00,20.00,Yes,-,-,\r\n"
    "\"Participant 1003\",\"Nobody\",no@example.org,\"No submission\",,20.00,Yes,-,-,\r\n"
)  # fmt: skip
GERMAN = (
    "ID;\"Vollständiger Name\";Status;Bewertung;Bestwertung;\"Zuletzt geändert (Bewertung)\"\n"
    "Teilnehmer/in1001;\"Ada Lovelace\";Abgegeben;;20,00;-\n"
    "Teilnehmer/in1002;\"Zoë Müller\";Abgegeben;7,00;20,00;-\n"
)  # fmt: skip
UNHEARD_OF = (
    "Okuri,Amaina,Obubonero,Obwingi,Okuhinduka\nOmuntu 1001,Ada,,20,-\nOmuntu 1002,Zoë,7,20,-\n"
)  # fmt: skip


def sheet(tmp_path, text, encoding="utf-8", **how):
    path = tmp_path / "Grades-Week 1.csv"
    path.write_bytes(text.encode(encoding))
    return Worksheet(path, **how)


class TestTheWorksheet:
    @pytest.mark.parametrize(
        ("text", "encoding", "change"),
        [
            (ENGLISH, "utf-8", ("grading\",,20.00", "grading\",12.35,20.00")),
            (ENGLISH.replace("\r\n", "\n"), "utf-8", ("grading\",,20.00", "grading\",12.35,20.00")),
            (GERMAN, "utf-8", ("Abgegeben;;20,00", "Abgegeben;12,35;20,00")),
            (GERMAN, "cp1252", ("Abgegeben;;20,00", "Abgegeben;12,35;20,00")),
            (GERMAN.replace("20,00", '"20,00"').replace("7,00", '"7,00"').replace(";", ","), "utf-8",
             ('Abgegeben,,"20,00"', 'Abgegeben,"12,35","20,00"')),
            (UNHEARD_OF, "utf-8", ("Ada,,20", "Ada,12.35,20")),
            (UNHEARD_OF.rstrip("\n"), "utf-8", ("Ada,,20", "Ada,12.35,20")),
            (GERMAN.replace(";", "\t"), "utf-8", ("Abgegeben\t\t20,00", "Abgegeben\t12,35\t20,00")),
        ],
    )  # fmt: skip
    def test_one_cell_changes_and_no_other_byte(self, tmp_path, text, encoding, change):
        done = sheet(tmp_path, text, encoding).complete({"1001": 12.345000001, "1002": 9.0, "9": 1.0})
        assert done.data == text.replace(*change, 1).encode(encoding)
        assert done.written.keys() == {"1001"}
        assert list(done.kept) == ["1002"]
        assert done.absent == ["9"]

    def test_a_grade_that_is_there_is_replaced_when_told(self, tmp_path):
        done = sheet(tmp_path, GERMAN).complete({"1002": 9.0}, replace=True)
        assert done.data == GERMAN.replace(";7,00;", ";9,00;").encode()

    def test_a_grade_that_is_the_same_is_left_alone(self, tmp_path):
        done = sheet(tmp_path, UNHEARD_OF).complete({"1002": 7.0})
        assert (done.data, done.written, done.kept) == (UNHEARD_OF.encode(), {}, {})

    def test_several_grades_go_each_to_their_row(self, tmp_path):
        done = sheet(tmp_path, ENGLISH).complete({"1001": 12.5, "1002": 9.0, "1003": 10.25}, replace=True)
        rows = list(csv.reader(io.StringIO(done.data.decode("utf-8-sig"), newline="")))
        assert [row[4] for row in rows] == ["Grade", "12.50", "9.00", "10.25"]
        assert len(done.data) == len(ENGLISH.encode()) + 5 + 5  # the second has as many letters as before

    def test_a_mark_before_a_quoted_name_and_letters_of_no_code_are_no_hindrance(self, tmp_path):
        text = b'\xef\xbb\xbf"Identifier, or ID",Name,Grade\nParticipant 1,\x81\xe9,\n'
        (tmp_path / "sheet.csv").write_bytes(text)
        done = Worksheet(tmp_path / "sheet.csv").complete({"1": 2.0})
        assert done.data == text.replace(b"\xe9,", b"\xe9,2.00")

    def test_it_says_the_highest_grade(self, tmp_path):
        assert sheet(tmp_path, GERMAN).most == 20

    def test_the_column_can_be_named(self, tmp_path):
        text = "Identifier,Grade,Project,Max\nParticipant 1,3,,5\n"
        done = sheet(tmp_path, text, grade_column="Project").complete({"1": 4.0})
        assert done.data == b"Identifier,Grade,Project,Max\nParticipant 1,3,4.00,5\n"

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("Identifier,Mark\nParticipant 1,\n", "add --grade-column NAME, one of 'Identifier', 'Mark'"),
            ("Name,Grade\nAda,\n", "no column of identifiers"),
            ("Identifier,Grade\nParticipant 1,Satisfactory\n", "a scale can't be graded by points"),
            ("Identifier,Grade\n", "no participants"),
            ('Identifier,Grade\nParticipant 1,"3"x\n', "malformed"),
            ("PK\x03\x04", "no CSV file"),
        ],
    )
    def test_what_is_none_is_refused_in_one_line(self, tmp_path, text, reason):
        with pytest.raises(CourseError, match=re.escape(reason)) as told:
            sheet(tmp_path, text)
        assert "\n" not in str(told.value)


class TestWhatGoesOut:
    @pytest.mark.parametrize("cell", ["=1+1", "+cmd|' /C calc'!A0", "-1+2", "@SUM(A1)", "\t=1", "\r=1"])
    def test_no_cell_is_a_formula(self, cell):
        [[written]] = csv.reader(io.StringIO(table([[cell]]), newline=""))
        assert written == f"'{cell}"

    @pytest.mark.parametrize("cell", [-3.5, "-3.5", "-3,5", "+4", "-1e-5", 'say "a, b"', "Zoë", ""])
    def test_numbers_and_words_stay_as_they_are(self, cell):
        [[written]] = csv.reader(io.StringIO(table([[cell]]), newline=""))
        assert written == str(cell)

    @pytest.mark.parametrize(
        ("label", "name"),
        [
            ("Ada L_1_assignsubmission_file_", "Ada L_1_assignsubmission_file_/exercise.html"),
            ("Ada L_1_assignsubmission_file", "Ada L_1_assignsubmission_file/exercise.html"),
            ("Ada L_1_assignsubmission_file_a.ipynb", "Ada L_1_assignsubmission_file_exercise.html"),
        ],
    )
    def test_feedback_finds_its_way_in_moodle(self, label, name):
        """As `is_valid_filename_for_import` reads a name: four parts, the second a number, the plug-in's name last."""
        made = giveback._name("moodle", ledger.Origin("1", "moodle", "1", "Ada L", "", label, ""))
        assert made == name
        part = made.split("/")[0].split("_", 4)
        assert part[1:4] == ["1", "assignsubmission", "file"]

    def test_feedback_finds_its_way_in_canvas(self):
        """As `infer_comment_context_from_filename` reads a name: the first two numbers between underscores."""
        origin = ledger.Origin("7", "canvas", "7", "lovelaceada", "", "lovelaceada_LATE_7_5001_exercise-2.ipynb", "")
        made = giveback._name("canvas", origin)
        assert made == "lovelaceada_LATE_7_5001_exercise-2.html"
        assert [part for part in made.split("_") if part.isdigit()][:2] == ["7", "5001"]

    @pytest.mark.parametrize(
        "tex",
        [
            r"\text{<script>alert(1)</script>}",
            r"\text{&lt;img src=x onerror=alert(1)&gt;}",
            r"\href{javascript:alert(1)}{x}",
            '\\color{red" onclick="alert(1)}{x}',
            r"\frac{<b>}{&#60;script&#62;}",
            "{" * 3000,
            "x" * 6000,
            r"\begin{aligned}" * 300,
            r"\begin{aligned}x" * 150 + r"\end{aligned}" * 150,
            r"\sideset{_1}{^2}{" * 30 + "x" + "}" * 30,  # twice as long with each
            rf"\newcommand{{\a}}[1]{{{'#1' * 1000}}}\a{{{'x' * 2500}}}",
        ],
    )
    def test_a_formula_is_text_whatever_a_learner_writes(self, tex):
        began = process_time()
        made = mathml(tex)
        assert process_time() - began < 2
        root = ElementTree.fromstring(made)
        assert root.tag in ("code", "{http://www.w3.org/1998/Math/MathML}math")
        for node in root.iter():
            assert node.tag == "code" or node.tag.startswith("{http://www.w3.org/1998/Math/MathML}m")
            assert not any(name.startswith("on") or "href" in name for name in node.attrib)

    def test_a_formula_is_mathml(self):
        made = mathml(r"\hat{x} = \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}}", "block")
        assert "<mfrac>" in made
        assert 'display="block"' in made

    def test_a_table_of_formulas_has_its_columns_and_the_room_between_its_rows(self):
        made = mathml(
            r"\begin{aligned} \mu &= 1 \\[0.6em] \sigma^2 &= \begin{pmatrix} 2 \\ 3 \end{pmatrix} \end{aligned}"
        )
        outer, inner = ElementTree.fromstring(made).iterfind(".//m:mtable", MATHML)
        assert [[cell.get("columnalign") for cell in row] for row in outer] == [["right", "left"]] * 2
        assert ["padding-bottom" in cell.get("style", "") for row in outer for cell in row] == [
            True,
            True,
            False,
            False,
        ]
        assert ["".join(row.itertext()) for row in outer] == ["μ=1", "σ2=(23)"]
        assert len(inner) == 2

    @pytest.mark.parametrize(
        ("tex", "shown"),
        [
            (r"\bigl\lVert x\bigr\rVert", "‖x‖"),
            (r"\mathbf 1 + \mathbb E", "𝟏+𝔼"),
            (r"\text{50\% of f\_g}", "50% of f_g"),
            (r"a \& b", "a&b"),
            (r"\begin{cases} x \\[2ex] -y \end{cases}", "{x−y"),
        ],
    )
    def test_what_the_converter_does_not_know_is_shown_too(self, tex, shown):
        assert "".join(ElementTree.fromstring(mathml(tex)).itertext()).replace("\xa0", " ") == shown

    def test_signs_and_names_stand_as_in_tex(self):
        root = ElementTree.fromstring(mathml(r"a - (-b) + {-}1, 2\tanh z, \tanh(z)"))
        signs = [
            (node.get("form"), node.get("lspace")) for node in root.iter(f"{{{MATHML['m']}}}mo") if node.text == "−"
        ]
        names = [(node.get("lspace"), node.get("rspace")) for node in root.iter() if node.text == "tanh"]
        assert signs == [(None, None), ("prefix", None), (None, "0")]
        assert names == [("0.167em", "0.167em"), ("0", "0")]

    @pytest.mark.parametrize(
        "tex", [r"\foo + 1", "a & b", r"x = 1 \\ y = 2", r"x \\[0.6em] y", r"\begin{aligned} a", r"\text{costs $x$}"]
    )
    def test_a_learners_formula_that_can_not_be_read_is_its_tex(self, tex):
        assert ElementTree.fromstring(mathml(tex)).text == tex
        with pytest.raises(CourseError, match=re.escape(f"the formula {tex}")):
            strictly(f"Of the course:\n\n$${tex}$$")

    @pytest.mark.parametrize(
        "page", sorted((ROOT / "book").rglob("*.md")), ids=lambda page: page.parent.name + page.stem
    )
    def test_each_formula_of_the_course_can_be_shown(self, page):
        text = page.read_text()
        if page.name == "exercise.md":
            cells = notebook(page, page.parent.name).cells
            text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        shown = strictly(text)
        formulas = [ElementTree.fromstring(found) for found in re.findall(r"<math.*?</math>", shown, re.DOTALL)]
        words = "\n".join("".join(formula.itertext()) for formula in formulas)
        assert not re.search(r"[&\\$]|\[-?[\d.]+(em|ex|pt)", words)
        tables = re.findall(r"\\begin\{(?:aligned|pmatrix)\}", text)
        assert sum(len(list(formula.iterfind(".//m:mtable", MATHML))) for formula in formulas) == len(tables)
        rooms = re.findall(r"\\\\\[[\d.]+em\]", text)
        rows = [row for formula in formulas for row in formula.iterfind(".//m:mtr", MATHML)]
        assert sum("padding-bottom" in row[0].get("style", "") for row in rows) == len(rooms)

    def test_no_feedback_is_made_of_a_notebook_with_a_formula_that_can_not_be_shown(self, tmp_path, monkeypatch):
        page = tmp_path / "exercise.md"
        page.write_text((ROOT / "book" / SLUG / "exercise.md").read_text().replace(r"\varepsilon", r"\vaerpsilon", 1))
        broken = notebook(page, SLUG)
        monkeypatch.setattr(feedback, "released", lambda slug: broken)
        monkeypatch.setattr(feedback, "_check_released", feedback._check_released.__wrapped__)
        with pytest.raises(CourseError, match=r"the formula .*\\vaerpsilon"):
            feedback.FeedbackPage().from_notebook_node(notebook(page, SLUG), {"nbgrader": {"assignment": SLUG}})


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


def test_three_modules_import_nbgrader_and_no_other():
    found = {
        str(path.relative_to(ROOT))
        for folder in ("grading", "publishing", "solutions")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"^\s*(import|from) nbgrader\b", path.read_text(), re.M)
    }
    assert found == {
        "grading/gradebook/facade.py",
        "grading/gradebook/shared_engine.py",
        "grading/platforms/zipcollect.py",
    }


# ---- with nbgrader, and with the sandbox


def downloaded(root, entries):
    folder = root / "downloaded" / SLUG / "archive"
    folder.mkdir(parents=True)
    return zipped(folder / "class.zip", entries)


@pytest.mark.slow
@pytest.mark.parametrize("platform", DOWNLOADS)
def test_nbgraders_own_zip_collect_takes_each_platform(tmp_path, platform):
    entries, expected = DOWNLOADS[platform]
    downloaded(tmp_path, [*entries, ("../escaped.ipynb", b"x")])
    run = nbgrader(tmp_path, "zip_collect", SLUG)
    folders = {path.parent.name: path for path in (tmp_path / "submitted").glob(f"*/{SLUG}")}
    notebooks = {
        student: next(path for path in folder.iterdir() if path.name.startswith("exercise.ipynb")).read_bytes()
        for student, folder in folders.items()
    }
    assert notebooks == expected
    log = run.stdout + run.stderr
    assert "'../escaped.ipynb' in 'class.zip': has a path that leaves the folder" in log
    if platform in UNKNOWN:
        assert re.search(rf"{re.escape(UNKNOWN[platform])}': whose it is can't be told", log)
    if platform == "blackboard":
        assert (folders["ada"] / "timestamp.txt").read_text() == "2026-11-01 10:00:00"


@pytest.mark.slow
def test_zip_collect_knows_the_class(tmp_path):
    (tmp_path / "class.csv").write_text(
        "\ufeffUsername;First name;Surname;Email\nalove;Ada;Lovelace;ada@example.org\n", encoding="utf-8"
    )
    run = command(tmp_path, "roster", tmp_path / "class.csv")
    assert run.stdout.startswith("1 students, 1 of them new")
    downloaded(tmp_path, DOWNLOADS["moodle"][0])
    nbgrader(tmp_path, "zip_collect", SLUG)
    assert {path.name for path in (tmp_path / "submitted").iterdir()} == {"alove", "1002", "1003", "1004"}
    [ada] = [one for one in ledger.look_up(tmp_path, SLUG) if one.student == "alove"]
    assert (ada.platform, ada.id, ada.label) == ("moodle", "1001", "Ada Lovelace_1001_assignsubmission_file_")


def command(root, verb, *arguments):
    run = subprocess.run(
        [sys.executable, "-m", "grading", verb, *map(str, arguments), "--root", str(root)],
        cwd=ROOT,
        env={**os.environ, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not run.stderr.count("Traceback"), run.stderr
    return run


def answers(name):
    """A notebook of the made-up class: ada's is right, dana's has mistakes, jan's breaks off."""
    if not hasattr(answers, "known"):
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            make_class.write_class(Path(folder), SLUG)
            answers.known = {
                path.parent.parent.name: path.read_bytes() for path in Path(folder).glob(f"submitted/*/{SLUG}/*.ipynb")
            }
    return answers.known[name]


@pytest.fixture(scope="module")
def term(tmp_path_factory):
    """A Moodle assignment from download to upload, by the one command."""
    folder = tmp_path_factory.mktemp("moodle")
    root = folder / "class"
    submissions = moodle_zip(
        folder / "submissions.zip",
        {
            "1001": ("Lovelace, Ada", answers("ada")),
            "1002": ("Zoë Müller", answers("dana")),
            "1004": ("Participant", answers("jan")),
        },
    )
    with zipfile.ZipFile(submissions, "a") as more:
        more.writestr("../escaped_1_assignsubmission_file_/exercise.ipynb", b"x")
    worksheet = folder / "Grades.csv"
    worksheet.write_bytes(ENGLISH.encode())
    run = command(root, "moodle", SLUG, submissions, worksheet)
    return folder, root, run


@pytest.mark.slow
@pytest.mark.xdist_group("lms")
class TestMoodleWithoutHelp:
    def test_the_worksheet_is_completed(self, term):
        _, root, run = term
        most = Gradebook(root).max_score(SLUG)
        points = {one.student: one.total for one in Gradebook(root).results(SLUG)}
        assert points["ada@example.org"] > points["zoe@example.org"] > 0 == points["1004"]
        grade = f"{20 * points['ada@example.org'] / most:.2f}"
        done = (root / "upload" / SLUG / "Grades.csv").read_bytes()
        assert done == ENGLISH.replace('grading",,20.00', f'grading",{grade},20.00', 1).encode(), run.stdout

    def test_the_feedback_is_where_moodle_looks(self, term):
        _, root, _ = term
        with zipfile.ZipFile(root / "upload" / SLUG / "feedback.zip") as made:
            assert sorted(made.namelist()) == [
                "Lovelace, Ada_1001_assignsubmission_file_/exercise.html",
                "Participant_1004_assignsubmission_file_/exercise.html",
                "Zoë Müller_1002_assignsubmission_file_/exercise.html",
            ]
            assert b"Hint:" in made.read("Zoë Müller_1002_assignsubmission_file_/exercise.html")

    def test_everything_that_does_not_fit_is_told(self, term):
        _, _, run = term
        for line in (
            "'../escaped_1_assignsubmission_file_/exercise.ipynb' in 'submissions.zip': has a path that leaves the "
            "folder",
            "1004: the notebook breaks off",
            "Participant 1002: keeps the grade 7.00 that the worksheet had (--replace writes over it)",
            "Participant 1004: is in the zip file and not on the worksheet; no grade was written",
            "Participant 1003: is on the worksheet and not in the zip file: nothing handed in",
            "grades are scaled: 13 points here are 20 in Moodle",
        ):
            assert line in run.stdout, run.stdout + run.stderr
        assert run.returncode == 1

    def test_the_gradebook_knows_their_names(self, term):
        _, root, _ = term
        [ada] = [one for one in Gradebook(root).students() if one.id == "ada@example.org"]
        assert (ada.first_name, ada.last_name) == ("Ada", "Lovelace")

    def test_again_and_with_a_manual_grade(self, term):
        from nbgrader.api import Gradebook as Database

        folder, root, _ = term
        with Database(f"sqlite:///{root / 'gradebook.db'}", "batchnorm") as gradebook:
            written = next(
                grade
                for grade in gradebook.find_submission(SLUG, "ada@example.org").notebooks[0].grades
                if grade.name.startswith("written_")
            )
            written.manual_score, written.needs_manual_grade = 3.0, False
            gradebook.db.commit()
        run = command(root, "moodle", SLUG, folder / "submissions.zip", folder / "Grades.csv", "--replace")
        assert "3 hand-ins, 2 of them graded before; 0 scores changed" in run.stdout
        rows = list(csv.reader(io.StringIO((root / "upload" / SLUG / "Grades.csv").read_text("utf-8-sig"))))
        assert rows[1][4] == "20.00"
        assert not (root / "downloaded" / SLUG / "old").exists()

    def test_a_new_hand_in_is_graded_and_the_old_one_kept(self, term, tmp_path):
        folder, root, _ = term
        later = moodle_zip(tmp_path / "later.zip", {"1002": ("Zoë Müller", answers("ada"))})
        files = moodle.Files(later, folder / "Grades.csv", tmp_path, replace=True)
        said = []
        assert moodle.run(root, SLUG, files, Options(), said.append)
        rows = list(csv.reader(io.StringIO((tmp_path / "Grades.csv").read_text("utf-8-sig"))))
        assert rows[2][4] == f"{20 * 10 / 13:.2f}"
        assert (root / "downloaded" / SLUG / "old" / "zoe@example.org-1" / "exercise.ipynb").is_file()

    def test_grades_for_others(self, term):
        _, root, _ = term
        assert command(root, "grades", SLUG).returncode == 0
        data = (root / "upload" / SLUG / "grades-plain.csv").read_bytes()
        assert data.startswith(b"\xef\xbb\xbf")
        rows = {row["student"]: row for row in csv.DictReader(io.StringIO(data.decode("utf-8-sig")))}
        ada = rows["ada@example.org"]
        exercises = ("batch_statistics", "normalize", "covariate_shift")
        assert float(ada["total"]) == sum(float(ada[name]) for name in (*exercises, f"written_{SLUG}"))
        assert ada["last_name"] == "Lovelace"

    def test_who_is_forgotten_is_in_none_of_it(self, term, tmp_path):
        root = shutil.copytree(term[1], tmp_path / "class")
        assert "zoe@example.org" in (root / "downloaded" / SLUG / "collected.json").read_text()
        run = command(root, "forget", "zoe@example.org", "--yes")
        assert run.returncode == 0, run.stderr
        for path in root.rglob("*"):
            assert "zoe@example.org" not in path.name
            assert path.is_dir() or b"zoe@example.org" not in path.read_bytes(), path
        assert "ada@example.org" in (root / "downloaded" / SLUG / "collected.json").read_text()
        assert not list((root / "upload" / SLUG).iterdir())

    def test_the_page_asks_nobody_for_anything_and_shows_its_formulas(self, term, browser):
        _, root, _ = term
        page_file = root / "feedback" / "ada@example.org" / SLUG / "exercise.html"
        page = browser.new_page()
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(page_file.as_uri())
        page.wait_for_load_state("networkidle")
        formula = page.locator("math").first.bounding_box()
        scripts = page.locator("script").count()
        dollars = page.locator("body").first.inner_text().count("$")
        table = page.locator("mtable").first
        ends = table.locator("mtd:first-child > :last-child").evaluate_all(
            "all => all.map(x => x.getBoundingClientRect().right)"
        )
        starts = table.locator("mtd:first-child > :first-child").evaluate_all(
            "all => all.map(x => x.getBoundingClientRect().x)"
        )
        page.close()
        assert [url for url in asked if not url.startswith("data:")] == [page_file.as_uri()]
        assert scripts == 0
        assert dollars == 0
        assert formula["width"] > 5
        assert ends == pytest.approx([ends[0]] * 2, abs=0.5)  # what is left of the = is set right, whatever its width
        assert abs(starts[0] - starts[1]) > 3


@pytest.mark.slow
def test_late_hand_ins_lose_points_in_our_writer_too(tmp_path, monkeypatch):
    from nbgrader.api import Gradebook as Database

    for student, time in (("ada", "2026-11-01 12:00:00 UTC"), ("ben", "2026-11-03 13:00:00 UTC"), ("chidi", "")):
        folder = tmp_path / "submitted" / student / SLUG
        folder.mkdir(parents=True)
        (folder / "exercise.ipynb").write_bytes(answers("ada"))
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
