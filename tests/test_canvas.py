"""Canvas's gradebook as Canvas exports it, filled, and imported by Canvas's own rules (`gradebook_importer.rb`)."""

import csv
import io
import re

import pytest

from course.errors import CourseError
from grading.gradebook.students import Student
from grading.platforms import roster
from grading.platforms.canvas import Export

CLASS = [
    Student("u1", "Ada", "Lovelace", "ada@example.org", "101"),
    Student("bmu", "Ben", "Müller"),
    Student("u3", "Chidi", "Anagonye"),
    Student("dana@example.org", "", "", "dana@example.org"),
    Student("u5", "Emil", "Noether"),
]
GRADES = {"u1": 12.345, "bmu": 13.0, "u3": 0.0, "dana@example.org": 6.5}
#: As `gradebook_exporter.rb` writes it: hidden grades, points, students, the test student; columns for reading only.
EXPORT = """\
Student,ID,SIS User ID,SIS Login ID,Section,Notes,Week 0 (1233),Week 1 (1234),Assignments Current Score,Final Score
,,,,,,,Manual Posting,,
    Points Possible,,,,,,5.00,20.00,(read only),(read only)
"Lovelace, Ada",101,u1,alove,S1 and S2,quick,4.00,,80.00,40.00
"Müller, Ben",102,,bmu,S1,,5.00,,100.00,50.00
"Anagonye, Chidi",103,,,S1,,,3.00,,
"O'Neil, Dana",104,x4,dana@example.org,S1,,,,,
"Noether, Emil",105,u5,emil,S1,,,,,
"Student, Test",999,,f3a9,S1,,,,,
"""


def export(tmp_path, text=EXPORT, encoding="utf-8"):
    (tmp_path / "export.csv").write_bytes(text.encode(encoding))
    return Export(tmp_path / "export.csv")


def fill(made, assignment="Week 1", grades=GRADES, most=20.0, numbers={}):  # noqa: B006 - it is read only
    return made.fill(assignment, grades, most, CLASS, numbers)


def imported(text):
    """What an import sets: points possible, and by Canvas's number the grade, None where it deletes one."""
    separator = max(",;", key=text.partition("\n")[0].count)
    header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    assert header[0] in ("Student", "LastName")
    section = header.index("Section")
    [assignment] = header[section + 1 :]
    points, grades = None, {}
    for row in rows:
        assert len(row) == len(header)
        cell = row[section + 1]
        value = re.sub(r",(\d+)$", r".\1", cell) if re.fullmatch(r"-?[0-9.,]+%?", cell) else cell
        if "Points Possible" in row[0]:
            points = float(value)
        else:
            grades[row[header.index("ID")]] = float(value) if value else None
    return assignment, points, grades


class TestTheGradebook:
    def test_goes_round(self, tmp_path):
        done = fill(export(tmp_path))
        assert imported(done.text) == ("Week 1 (1234)", 20.0, {"101": 12.35, "102": 13.0, "103": 0.0, "104": 6.5})
        assert done.written == 4
        assert done.complete
        assert done.notes == [
            "u3: has 3.00 in Canvas, which becomes 0.00",
            "Noether, Emil: is in Canvas's gradebook and has no grade here",
        ]
        assert '"Lovelace, Ada",101,u1,alove,S1 and S2,12.35' in done.text
        assert "Test" not in done.text

    def test_with_first_and_last_names_other_ids_and_a_german_canvas(self, tmp_path):
        text = (
            "LastName;FirstName;ID;SIS User ID;SIS Login ID;Integration ID;Root Account;Section;Week 1 (1234)\n"
            "    Points Possible;;;;;;;;20,00\n"
            "Lovelace;Ada;101;u1;alove;;uni.example.org;S1;\nMüller;Ben;102;;bmu;;uni.example.org;S1;7,50\n"
            "Student;Test;999;;f3a9;;;S1;\n"
        )
        grades = {"u1": 12.345, "bmu": 7.5}
        done = fill(export(tmp_path, text, "utf-8-sig"), grades=grades)
        assert imported(done.text) == ("Week 1 (1234)", 20.0, {"101": 12.35, "102": 7.5})
        assert "Lovelace;Ada;101;u1;alove;;uni.example.org;S1;12,35" in done.text
        assert done.notes == []

    def test_grades_are_scaled_to_canvas_points_which_stay(self, tmp_path):
        done = fill(export(tmp_path), most=13.0)
        assert done.scale == 20 / 13
        assert imported(done.text)[1:] == (20.0, {"101": 18.99, "102": 20.0, "103": 0.0, "104": 10.0})

    def test_excused_and_not_assigned_stay_so(self, tmp_path):
        text = EXPORT.replace("4.00,,80", "4.00,EX,80").replace("5.00,,100", "5.00,N/A,100")
        done = fill(export(tmp_path, text))
        assert set(imported(done.text)[2]) == {"103", "104"}
        assert "u1: is excused in Canvas (EX); no grade was written" in done.notes
        assert "bmu: is not given this assignment in Canvas (N/A); no grade was written" in done.notes

    def test_by_the_number_of_a_hand_in(self, tmp_path):
        text = EXPORT.replace(",102,,bmu", ",102,,somebody").replace("Müller, Ben", "B. M.")
        assert "102" not in imported(fill(export(tmp_path, text)).text)[2]
        assert imported(fill(export(tmp_path, text), numbers={"bmu": "102"}).text)[2]["102"] == 13.0

    def test_by_the_universitys_id_where_name_and_number_are_others(self, tmp_path):
        done = fill(export(tmp_path, EXPORT.replace("Noether, Emil", "E. N.")), grades={"u5": 4.0})
        assert imported(done.text)[2] == {"105": 4.0}

    def test_who_is_not_in_it_is_named(self, tmp_path):
        done = fill(export(tmp_path), grades={**GRADES, "nora": 3.0})
        assert "nora: is graded here and not in Canvas's gradebook; no grade was written" in done.notes
        assert not done.complete

    @pytest.mark.parametrize(
        ("text", "assignment", "reason"),
        [
            (EXPORT, "Week 9", "no assignment 'Week 9'; name one with --assignment: 'Notes', 'Week 0 (1233)', 'Week 1"),
            (EXPORT, "Final Score", "no assignment 'Final Score'"),
            (EXPORT.replace("Week 0", "Week 1"), "Week 1", "more than one assignment 'Week 1'"),
            ("Student,Name\nx,y\n", "Week 1", "no columns 'ID' and 'Section'"),
        ],
    )
    def test_what_can_not_be_filled_is_one_line(self, tmp_path, text, assignment, reason):
        with pytest.raises(CourseError) as told:
            fill(export(tmp_path, text), assignment)
        assert reason in str(told.value)
        assert "\n" not in str(told.value)

    def test_one_of_two_is_named_with_its_number(self, tmp_path):
        text = EXPORT.replace("Week 0", "Week 1")
        assert imported(fill(export(tmp_path, text), "Week 1 (1233)").text)[0] == "Week 1 (1233)"


class TestItsClassList:
    def test_hidden_grades_and_the_test_student_are_nobody(self, tmp_path):
        export(tmp_path)
        read = roster.read(tmp_path / "export.csv")
        assert [(one.id, one.lms_user_id) for one in read.students] == [
            ("u1", "101"), ("bmu", "102"), ("103", "103"), ("x4", "104"), ("u5", "105"),
        ]  # fmt: skip
        assert read.complete
        assert not [note for note in read.notes if note.startswith("line 2")]

    def test_first_and_last_names_are_read_and_the_number_is_no_id(self, tmp_path):
        text = (
            "LastName;FirstName;ID;SIS User ID;SIS Login ID;Section;Week 1 (1234)\n;;;;;;Manual Posting\n"
            "    Points Possible;;;;;;20,00\nLovelace;Ada;101;u1;alove;S1;\nStudent;Test;999;;f3a9;S1;\n"
        )
        export(tmp_path, text, "utf-8-sig")
        read = roster.read(tmp_path / "export.csv")
        assert read.students == [Student("u1", "Ada", "Lovelace", "", "101")]
        assert read.complete
        assert read.notes == []
