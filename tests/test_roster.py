"""Which student of the class list a platform means, and class lists as platforms write them."""

import pytest
from downloads import sorted_out

from course.errors import CourseError
from grading.gradebook.students import Student
from grading.platforms import ledger, roster, same_person
from grading.platforms.names import Who
from grading.platforms.roster import Roster

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
            "E-Mail-Adresse;Nachname;Vorname;Matrikelnummer\nada@example.org;Lovelace;Ada;alove\n",
            'Student,ID,SIS Login ID,Section,Week 1\n    Points Possible,,,,13\n"Lovelace, Ada",101,alove,S1,3\n',
        ],
    )
    def test_reads_class_lists(self, tmp_path, text):
        (tmp_path / "class.csv").write_text(text, encoding="utf-8", newline="")
        read = roster.read(tmp_path / "class.csv")
        [ada] = read.students
        assert (ada.id, ada.first_name, ada.last_name) == ("alove", "Ada", "Lovelace")
        assert not read.notes
        assert read.complete

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
    def test_reads_what_a_german_excel_has_saved(self, tmp_path, encoding):
        text = "Matrikelnummer;Nachname;Vorname;Punkte\r\n007;Müller-Größe;Zoë;12,5\r\n;;;\r\n"
        (tmp_path / "class.csv").write_bytes(text.encode(encoding))
        read = roster.read(tmp_path / "class.csv")
        assert read.students == [Student("007", "Zoë", "Müller-Größe")]
        assert read.complete

    def test_nobody_vanishes_for_want_of_an_id(self, tmp_path):
        text = (
            "ID number,First name,Surname,Email address\nalove,Ada,Lovelace,ada@example.org\n"
            ",Ben,Müller,ben@example.org\n,,,\n,Chidi,Anagonye,\n"
        )
        (tmp_path / "class.csv").write_text(text)
        read = roster.read(tmp_path / "class.csv")
        assert [one.id for one in read.students] == ["alove", "ben@example.org"]
        assert read.notes == [
            "line 3, Ben Müller: has no 'ID number'; the id is ben@example.org, from 'Email address'",
            "line 5, Chidi Anagonye: has no 'ID number', so no student is made of this row",
        ]
        assert not read.complete

    def test_canvas_rows_without_the_universitys_id_are_known_by_the_login_or_the_number(self, tmp_path):
        text = (
            "Student,ID,SIS User ID,SIS Login ID,Section,Week 1\n    Points Possible,,,,,13\n"
            '"Lovelace, Ada",101,u1,alove,S1,3\n"Müller, Ben",102,,bmu,S1,\n"Anagonye, Chidi",103,,,S1,\n'
            '"Student, Test",999,,,S1,\n'
        )
        (tmp_path / "class.csv").write_text(text)
        read = roster.read(tmp_path / "class.csv")
        assert [(one.id, one.lms_user_id) for one in read.students] == [("u1", "101"), ("bmu", "102"), ("103", "103")]
        assert len(read.notes) == 2
        assert read.complete

    def test_a_column_can_be_named(self, tmp_path):
        (tmp_path / "class.csv").write_text("Name;Ausweis\nAda Lovelace;alove\n")
        with pytest.raises(CourseError, match=r"it has 'Name', 'Ausweis'\. Say which one does: --column id=NAME"):
            roster.read(tmp_path / "class.csv")
        [ada] = roster.read(tmp_path / "class.csv", {"id": "ausweis"}).students
        assert (ada.id, ada.last_name) == ("alove", "Lovelace")
        with pytest.raises(CourseError, match="has no column 'Nummer'"):
            roster.read(tmp_path / "class.csv", {"id": "Nummer"})
        with pytest.raises(CourseError, match="there is no column 'points' to be set"):
            roster.read(tmp_path / "class.csv", {"points": "Name"})

    @pytest.mark.parametrize("text", ["", "colour\nred\n", "id\na\na\n", "id,name\n", "id,name\n,Ada\n"])
    def test_refuses_what_is_none_in_one_line(self, tmp_path, text):
        (tmp_path / "class.csv").write_text(text)
        with pytest.raises(CourseError) as told:
            roster.read(tmp_path / "class.csv")
        assert "\n" not in str(told.value)


class TestIdsOfOnePerson:
    @pytest.mark.parametrize(
        ("one", "other", "why"),
        [
            (
                Student("ada@example.org", "", "", "ada@example.org"),
                Student("u1", "A", "L", "ADA@example.org"),
                "email",
            ),
            (Student("101"), Student("u1", "Ada", "Lovelace", lms_user_id="101"), "number on the platform"),
            (Student("zoe_m", "Zoë", "Müller"), Student("u1", "Zoë", "Müller", "z@example.org"), "name"),
            (Student("sam1", "Sam", "Smith", "a@example.org"), Student("sam2", "Sam", "Smith", "b@example.org"), ""),
            (Student("1001", "", "Participant"), Student("1002", "", "Participant"), ""),
            (Student("a", "Ada"), Student("b", "Ada"), ""),
        ],
    )
    def test_two_ids_that_look_like_one_person_are_told_with_the_command(self, tmp_path, one, other, why):
        told = same_person.lines(tmp_path, [one, other, Student("ben", "Ben", "A.", "ben@example.org")], {"u1"})
        ids = f"{one.id} and {other.id}"
        command = f"python -m grading join {one.id} {other.id}"
        assert told == (
            [f"{ids} look like one person, with the same {why}: {command} makes one of them"] if why else []
        )

    def test_what_was_collected_tells_names_too(self, tmp_path):
        origin = ledger.Origin("zoe_m", "blackboard", "zoe_m", "Zoë Müller", "", "", "")
        ledger.keep(tmp_path, "transform", [origin])
        [line] = same_person.lines(tmp_path, [Student("u 1", "Zoë", "Müller")], {"u 1"})
        assert line.endswith(": python -m grading join zoe_m 'u 1' makes one of them")
