"""Which student of the class list a platform means, and class lists as platforms write them."""

import pytest
from downloads import sorted_out

from course.errors import CourseError
from grading.gradebook.students import Student
from grading.platforms import roster
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
