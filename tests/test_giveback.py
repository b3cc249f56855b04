"""What goes back to platforms: cells that no spreadsheet runs, and feedback under the names that each takes."""

import csv
import io

import pytest

from grading.platforms import giveback, ledger
from grading.tables import table


class TestWhatGoesOut:
    @pytest.mark.parametrize("cell", ["=1+1", "+cmd|' /C calc'!A0", "-1+2", "@SUM(A1)"])
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
