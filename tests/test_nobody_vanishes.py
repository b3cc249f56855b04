"""A law over all platforms: every row and every file of what comes in ends in a grade or in a line with its reason.

The downloads are made up: learners, attempts and odd files are drawn, and named as each platform names them.
"""

import csv
import io
import random
import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from downloads import MOODLE_WORKSHEET, SLUG, at, blackboard_text, moodle_zip, zipped
from hand_ins import mixed_class

from course.errors import CourseError
from grading.commands import moodle
from grading.commands.grade_class import Options, grade_class, summary
from grading.gradebook.facade import Gradebook
from grading.gradebook.students import Student
from grading.handin.files import shown
from grading.platforms import archive, ledger, roster
from grading.platforms.names import collect, fit
from grading.platforms.recognize import PATTERNS
from grading.platforms.roster import Roster

PEOPLE = [
    ("ada", "Ada", "Lovelace"), ("zoe_m", "Zoë", "Müller-O'Neil"), ("ben.a", "Ben", "A."), ("s1234", "山田", "太郎"),
    ("dana", "Dana Maria", "von Ek"), ("emil", "Emil", "Ng"), ("f_f_f", "Farah", "Öz"),
]  # fmt: skip
FIRST = datetime(2026, 11, 1, 10, tzinfo=UTC)
#: Platforms that tell when something was handed in.
TELL_TIMES = {"blackboard", "brightspace", "sakai", "gradescope"}


class Class:
    """A class that hands in on one platform, drawn from a seed.

    Attributes
    ----------
    entries : list
        What lies in the zip file.
    last : dict of int to bytes or None
        By number of the learner the notebook that counts; None where there is none.
    ids : dict of int to str
        The platform's id of each learner.
    """

    def __init__(self, platform, seed, content=lambda drawn, text: text.encode()):
        self.platform, self._draw = platform, random.Random(f"{platform} {seed}")
        draw = self._draw
        self.entries, self.last, self.ids, self.times = [], {}, {}, {}
        self._metadata, self._has_sid = [], [draw.random() < 0.7 for _ in PEOPLE]
        for k in draw.sample(range(len(PEOPLE)), draw.randint(2, len(PEOPLE))):
            count = draw.randint(1, 3) if platform not in ("moodle", "ilias", "plain") else 1
            self.last[k] = self.times[k] = None
            attempts = sorted(draw.sample(range(200), count))
            for n, hours in enumerate(attempts):
                when = FIRST + timedelta(hours=hours, minutes=k)
                # Each but the last may lack a notebook.
                if with_notebook := (n == len(attempts) - 1 and k) or draw.random() < 0.8:
                    self.last[k], self.times[k] = content(draw, f"{k} {n}"), when
                odd = [(name, b"%PDF") for name in ("report.pdf", "data.csv", "no ending") if draw.random() < 0.2]
                if not with_notebook and not odd:
                    odd = [("notes.pdf", b"%PDF")]
                files = [("exercise.ipynb", self.last[k])] if with_notebook else []
                getattr(self, f"_{platform}")(k, n, when, files + odd)
                if self.times[k] is None:
                    self.times[k] = when
        if platform == "gradescope":
            self.entries.append(("e/submission_metadata.yml", "".join(self._metadata)))
        self.nobodys = [name for name in ("grades.csv", "exercise.ipynb", "index.html") if draw.random() < 0.3]
        self.entries += [(name, b"?") for name in self.nobodys]
        draw.shuffle(self.entries)

    def _add(self, name, content, when):
        self.entries.append((at(name, *when.timetuple()[:6]), content))

    def _moodle(self, k, n, when, files):
        _, first, last = PEOPLE[k]
        self.ids[k] = str(1000 + k)
        for name, content in files:
            self._add(f"{first} {last}_{1000 + k}_assignsubmission_file_/{name}", content, when)

    def _canvas(self, k, n, when, files):
        _, first, last = PEOPLE[k]
        self.ids[k] = str(100 + k)
        sortable = "".join(c for c in f"{last}{first}".lower() if c.isalnum())
        for m, (name, content) in enumerate(files):
            again = name.replace(".ipynb", f"-{n}.ipynb") if n else name
            self._add(f"{sortable}_{100 + k}_{5000 + 100 * k + 10 * n + m}_{again}", content, when)

    def _blackboard(self, k, n, when, files):
        who, first, last = PEOPLE[k]
        self.ids[k] = who
        label = f"Week 1_{who}_attempt_{when:%Y-%m-%d-%H-%M-%S}"
        self._add(f"{label}.txt", blackboard_text(f"{first} {last}", who, self._draw.choice(["Name", "Naam"])), when)
        for name, content in files:
            self._add(f"{label}_{name}", content, when)

    def _brightspace(self, k, n, when, files):
        _, first, last = PEOPLE[k]
        self.ids[k] = str(119940 + k)
        label = f"{119940 + k}-3298 - {first} {last} - {when:%b} {when.day}, {when:%Y} {int(f'{when:%I%M}')} {when:%p}"
        for name, content in files:
            self._add(f"{label}{self._draw.choice(['/', ' - '])}{name}", content, when)

    def _sakai(self, k, n, when, files):
        """A zip file has a learner's last attempt; an instructor puts several zip files there."""
        who, first, last = PEOPLE[k]
        self.ids[k] = who
        folder = f"zip {n}/Week 1/{last}, {first}({who})"
        self._add(
            f"{folder}/timestamp.txt",
            self._draw.choice([f"{when:%Y-%m-%dT%H:%M:%SZ}", f"{when:%Y%m%d%H%M%S}000"]),
            when,
        )
        for name, content in files:
            self._add(f"{folder}/Submission attachment(s)/{name}", content, when)

    def _ilias(self, k, n, when, files):
        who, first, last = PEOPLE[k]
        self.ids[k] = who
        folder = f"Week 1/Abgaben/{last}_{first}_{who}_{300 + k}"
        for name, content in files:
            self._add(f"{folder}/{name}", content, when)
        if files[0][0] == "exercise.ipynb" and self._draw.random() < 0.5:
            again = self._draw.choice(["exercise (2).ipynb", "Late Submission - exercise (2).ipynb"])
            later = when + timedelta(seconds=self._draw.choice([0, 3600]))
            self._add(f"{folder}/{again}", self.last[k] + b" ", later)
            self.last[k] += b" "

    def _gradescope(self, k, n, when, files):
        who, first, last = PEOPLE[k]
        self.ids[k] = who if self._has_sid[k] else f"{who}@example.org"
        number = self._draw.choice([1000, 9000]) + 10 * k + n
        sid = f"    :sid: '{who}'\n" if self._has_sid[k] else ""
        self._metadata.append(
            f'submission_{number}:\n  :submitters:\n  - :name: "{first} {last}"\n{sid}'
            f"    :email: {who}@example.org\n  :created_at: {when:%Y-%m-%d %H:%M:%S}.000000000 Z\n"
        )
        for name, content in files:
            self._add(f"e/submission_{number}/{name}", content, when)

    def _plain(self, k, n, when, files):
        who = PEOPLE[k][0]
        self.ids[k] = who
        for name, content in files:
            self._add(f"{who}/{name}", content, when)

    def students(self, leave_out=()):
        """A class list without some."""
        return [Student(w, f, last, f"{w}@example.org") for k, (w, f, last) in enumerate(PEOPLE) if k not in leave_out]


def adds_up(found, folder):
    """Every file counts, goes along, or has a line; the platform's own are counted in one."""
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    counted = {str(f.path.relative_to(folder)) for one in found.learners for f in (*one.files, *one.beside)}
    named = {name for name in files - counted if any(shown(name) in note for note in found.notes)}
    told = re.search(r"^(\d+) files? (?:is|are) \w+'s own", "\n".join(found.notes), re.MULTILINE)
    assert len(files) == len(counted) + len(named) + (int(told[1]) if told else 0), files - counted - named


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("platform", [*PATTERNS, "plain"])
def test_every_learner_and_every_file_ends_in_a_hand_in_or_a_line(tmp_path, platform, seed):
    drawn = Class(platform, seed)
    absent = random.Random(seed)
    missing = [k for k in sorted(drawn.last) if absent.random() < 0.2]
    archive.unpack(zipped(tmp_path / "submissions.zip", drawn.entries), tmp_path / "unpacked")
    known = drawn.students(missing)
    found = collect(tmp_path / "unpacked", SLUG, Roster(known), platform=platform, listed=True)
    expected = {PEOPLE[k][0] if k not in missing else fit(drawn.ids[k]): k for k in drawn.last}
    assert [one.student for one in found.learners] == sorted(expected), found.notes
    for one in found.learners:
        k = expected[one.student]
        assert (one.notebook.path.read_bytes() if one.notebook else None) == drawn.last[k], one
        if platform in TELL_TIMES and one.notebook:
            assert one.at.replace(second=0) == drawn.times[k]
        off = any("is not on the roster" in note and note.endswith(f" {one.student}") for note in found.notes)
        assert off == (k in missing)
    for name in drawn.nobodys:
        assert any(shown(name) in note for note in found.notes)
    adds_up(found, tmp_path / "unpacked")


@pytest.mark.parametrize("seed", range(40))
def test_every_row_of_a_class_list_becomes_a_student_or_a_line(tmp_path, seed):
    draw = random.Random(seed)
    rows, blank = [], 0
    for who, first, last in PEOPLE:
        rows.append([who if draw.random() < 0.7 else "", first, last, f"{who}@x.org" if draw.random() < 0.6 else ""])
        if draw.random() < 0.3:
            rows.append(["", " ", "", ""])
            blank += 1
    text = io.StringIO()
    csv.writer(text, delimiter=draw.choice(",;\t")).writerows([["ID number", "First name", "Surname", "Email"], *rows])
    (tmp_path / "class.csv").write_text(text.getvalue(), encoding=draw.choice(["utf-8", "utf-8-sig", "utf-16"]))
    nameless = sum(not row[0] and not row[3] for row in rows) - blank
    if nameless == len(PEOPLE):
        with pytest.raises(CourseError):
            roster.read(tmp_path / "class.csv")
        return
    read = roster.read(tmp_path / "class.csv")
    assert len(read.students) + nameless + blank == len(rows)
    assert sum("no student is made of this row" in note for note in read.notes) == nameless
    assert read.complete == (nameless == 0)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")
def test_what_was_collected_ends_in_a_grade_or_a_reason(tmp_path):
    """All platforms' learners in one class, among them notebooks that break off and files that are none."""
    made = mixed_class(SLUG)

    def notebook(draw, text):
        return draw.choice([made["ada"], made["dana"], made["jan"], b"%PDF"])

    lacking = set()
    for platform in [*PATTERNS, "plain"]:
        drawn = Class(platform, "graded", notebook)
        archive.unpack(zipped(tmp_path / f"{platform}.zip", drawn.entries), tmp_path / platform)
        found = collect(tmp_path / platform, SLUG, Roster(drawn.students()), platform=platform, listed=True)
        ledger.lay_out(
            found, lambda who, p=platform: tmp_path / "class/submitted" / f"{p}-{who}" / SLUG, tmp_path / "old"
        )
        lacking |= {f"{platform}-{one.student}" for one in found.learners if one.notebook is None}
        assert len(found.learners) == len(drawn.last)
    said = []
    results = grade_class(tmp_path / "class", SLUG)
    summary(results, said.append)
    folders = {path.name for path in (tmp_path / "class/submitted").iterdir()}
    refused = {one.student for one in results if one.verdict.refused}
    assert {one.student for one in results} == folders
    assert lacking <= refused < folders
    for student in refused:
        assert any(line.startswith(f"{student}: ") for line in said)
    assert {one.student for one in Gradebook(tmp_path / "class").results(SLUG)} == folders


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")
def test_every_row_of_a_worksheet_gets_a_grade_or_a_line(tmp_path):
    made = mixed_class(SLUG)
    head = MOODLE_WORKSHEET.splitlines(keepends=True)[0]
    people = [
        ("2001", "Ada", made["ada"]), ("2002", "Ben", made["jan"]), ("2003", "Chidi", None),
        ("2004", "Dana", made["dana"]), ("2006", "Emil", made["ada"]), ("2005", "Not Listed", made["ada"]),
    ]  # fmt: skip
    line = '"Participant {}",{},{}@example.org,Submitted,{},20.00,{},-,-,\r\n'
    sheet = "".join(
        line.format(
            number, name, name, "3.00" if number == "2004" else "", "No" if number in ("2003", "2006") else "Yes"
        )
        for number, name, _ in people[:-1]
    )
    (tmp_path / "sheet.csv").write_bytes((head + sheet + ",,,,,,,,,\r\n").encode())
    source = moodle_zip(tmp_path / "m.zip", {n: (name, nb) for n, name, nb in people if nb is not None})
    said = []
    files = moodle.Files(source, tmp_path / "sheet.csv", tmp_path / "upload")
    assert not moodle.run(tmp_path / "class", SLUG, files, Options(), said.append)
    done = list(csv.reader(io.StringIO((tmp_path / "upload/sheet.csv").read_text("utf-8-sig"))))[1:6]
    ends = Counter()
    for row in done:
        number = row[0].removeprefix("Participant ")
        about = [text for text in said if text.startswith(f"Participant {number}: ")]
        ends["grade" if row[4] and not about else "line"] += 1
        assert bool(row[4]) or about, (row, said)
    assert ends == {"grade": 1, "line": 4}
    told = "Participant 2006: gets no grade: Moodle says that the grade can't be changed (locked or overridden there)"
    assert told in said
    assert "Participant 2005: is in the zip file and not on the worksheet; no grade was written" in said
