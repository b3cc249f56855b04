"""Moodle's grading worksheet: grades go into their cells, and no other byte changes."""

import csv
import io
import re

import pytest
from downloads import MOODLE_WORKSHEET

from course.errors import CourseError
from grading.platforms.worksheet import Worksheet

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
            (MOODLE_WORKSHEET, "utf-8", ("grading\",,20.00", "grading\",12.35,20.00")),
            (MOODLE_WORKSHEET.replace("\r\n", "\n"), "utf-8", ("grading\",,20.00", "grading\",12.35,20.00")),
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

    def test_a_grade_that_is_there_is_replaced_when_told(self, tmp_path):
        done = sheet(tmp_path, GERMAN).complete({"1002": 9.0}, replace={"1002"})
        assert done.data == GERMAN.replace(";7,00;", ";9,00;").encode()

    def test_only_the_named_grades_are_replaced(self, tmp_path):
        done = sheet(tmp_path, GERMAN.replace(";;20", ";3,00;20")).complete(
            {"1001": 8.0, "1002": 9.0}, replace={"1001"}
        )
        assert (done.written, done.kept) == ({"1001": "8,00"}, {"1002": "7,00"})

    def test_a_grade_that_is_the_same_is_left_alone(self, tmp_path):
        done = sheet(tmp_path, UNHEARD_OF).complete({"1002": 7.0})
        assert (done.data, done.written, done.kept) == (UNHEARD_OF.encode(), {}, {})

    def test_an_empty_last_row_stays_as_it_is(self, tmp_path):
        text = GERMAN + ";;;;;\n"
        done = sheet(tmp_path, text).complete({"1001": 12.0})
        assert done.data == text.replace("Abgegeben;;20,00", "Abgegeben;12,00;20,00").encode()

    def test_a_row_with_fewer_fields_is_named(self, tmp_path):
        with pytest.raises(
            CourseError, match="the row that begins with 'Teilnehmer/in1003' has 2 fields and the header 6"
        ):
            sheet(tmp_path, GERMAN + 'Teilnehmer/in1003;"Ben"\n')

    def test_several_grades_go_each_to_their_row(self, tmp_path):
        done = sheet(tmp_path, MOODLE_WORKSHEET).complete(
            {"1001": 12.5, "1002": 9.0, "1003": 10.25}, replace={"1001", "1002", "1003"}
        )
        rows = list(csv.reader(io.StringIO(done.data.decode("utf-8-sig"), newline="")))
        assert [row[4] for row in rows] == ["Grade", "12.50", "9.00", "10.25"]
        assert len(done.data) == len(MOODLE_WORKSHEET.encode()) + 5 + 5  # the second has as many letters as before

    def test_a_mark_before_a_quoted_name_and_letters_of_no_code_are_no_hindrance(self, tmp_path):
        text = b'\xef\xbb\xbf"Identifier, or ID",Name,Grade\nParticipant 1,\x81\xe9,\n'
        (tmp_path / "sheet.csv").write_bytes(text)
        done = Worksheet(tmp_path / "sheet.csv").complete({"1": 2.0})
        assert done.data == text.replace(b"\xe9,", b"\xe9,2.00")

    def test_comments_go_where_none_are_or_where_an_earlier_one_of_ours_is(self, tmp_path):
        lines = ["Week 1: 12 of 20 points.", 'a<b: 3 of 4, "so"']
        told = '"Week 1: 12 of 20 points.<br>\na&lt;b: 3 of 4, &quot;so&quot;"'
        made = sheet(tmp_path, MOODLE_WORKSHEET)
        done = made.complete({"1001": 12.0}, comments={"1001": lines, "1002": lines})
        assert done.comments == 1  # the first has one by a person
        expected = MOODLE_WORKSHEET.replace('grading",,20.00', 'grading",12.00,20.00', 1)
        expected = expected.replace("7.00,20.00,Yes,-,-,\r\n", f"7.00,20.00,Yes,-,-,{told}\r\n", 1)
        assert done.data == expected.encode()
        again = sheet(tmp_path, expected)
        assert again.complete({}, comments={"1002": lines}).comments == 0
        later = again.complete({}, comments={"1002": ["Week 1: 13 of 20 points."]})
        assert later.data == expected.replace(told, '"Week 1: 13 of 20 points."', 1).encode()

    def test_a_column_of_comments_can_be_named_and_keeps_the_encoding(self, tmp_path):
        text = GERMAN.replace('(Bewertung)"\n', '(Bewertung)";Kommentar\n').replace(";-\n", ";-;\n")
        done = sheet(tmp_path, text, "cp1252", comment_column="kommentar").complete({}, comments={"1002": ["Größe: 1"]})
        assert done.data == text.replace("7,00;20,00;-;", "7,00;20,00;-;Größe: 1").encode("cp1252")
        assert sheet(tmp_path, text).complete({}, comments={"1002": ["a: 1"]}).comments == 0
        with pytest.raises(CourseError, match="has no column 'x'"):
            sheet(tmp_path, text, comment_column="x")

    @pytest.mark.parametrize(
        ("text", "yes", "no", "there"),
        [
            (MOODLE_WORKSHEET, ",20.00,Yes,", ",20.00,No,", "7.00"),
            (MOODLE_WORKSHEET.replace("No submission", "x"), "7.00,20.00,Yes,", "-,20.00,No,", "-"),
            (GERMAN.replace("20,00;", "20,00;Ja;").replace("Bestwertung;", "Bestwertung;Änderbar;"),
             ";7,00;20,00;Ja", ";7,00;20,00;Nein", "7,00"),
        ],
    )  # fmt: skip
    def test_a_row_that_can_not_be_changed_stays_as_it_is(self, tmp_path, text, yes, no, there):
        before, row = text[: text.index("1002")], text[text.index("1002") :]
        assert yes in row
        locked = before + row.replace(yes, no, 1)
        done = sheet(tmp_path, locked).complete({"1001": 12.0, "1002": 9.0}, {"1002"}, {"1002": ["Week 1: 9"]})
        assert done.locked == {"1002": there}
        assert list(done.written) == ["1001"]
        assert done.kept == {}
        assert done.comments == 0
        assert done.data.decode().endswith(locked[locked.index("1002") :])
        free = sheet(tmp_path, text).complete({"1002": 9.0}, {"1002"})
        assert (free.locked, list(free.written)) == ({}, ["1002"])

    def test_a_scale_is_known_before_there_are_grades(self, tmp_path):
        """Moodle writes the words of the scale where it writes the highest grade otherwise, a line each."""
        text = (
            'Identifier,"Full name",Status,Grade,Scale,"Grade can be changed","Last modified (grade)"\r\n'
            '"Participant 1",Ada,Submitted,,"Not yet\nPass\nDistinction",Yes,-\r\n'
            '"Participant 2",Ben,Submitted,,"Not yet\nPass\nDistinction",Yes,-\r\n'
        )
        for written in (text, text.replace('Submitted,,"', 'Submitted,Pass,"', 1)):
            with pytest.raises(CourseError, match=r"'Grade' holds words \(Not yet, Pass, Distinction\); an assignment"):
                sheet(tmp_path, written)

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
            ("PK\x03\x04", "not a CSV file"),
        ],
    )
    def test_what_is_none_is_refused_in_one_line(self, tmp_path, text, reason):
        with pytest.raises(CourseError, match=re.escape(reason)) as told:
            sheet(tmp_path, text)
        assert "\n" not in str(told.value)
