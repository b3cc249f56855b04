"""What learning platforms give, made here: zip files with each platform's names, and a worksheet of Moodle's."""

import warnings
import zipfile

from grading.platforms import archive
from grading.platforms.names import collect

SLUG = "introduction"


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


def content(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def sorted_out(tmp_path, entries, **how):
    archive.unpack(zipped(tmp_path / "class.zip", entries), tmp_path / "unpacked")
    return collect(tmp_path / "unpacked", SLUG, **how)


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


def blackboard_text(name, user, word="Name"):
    return (
        f"{word}: {name} ({user})\r\nAssignment: Week 1 (again)\r\n"
        "Date Submitted: Sunday, 1 November 2026 10:00:00 o'clock\r\n"
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
            ("Week 1_zoe_m_attempt_2026-11-01-09-00-00.txt", blackboard_text("Zoë Müller", "zoe_m", "Naam")),
            ("readme.txt", b"?"),
        ],
        {"ada": b"ada", "zoe_m": b"zoe"},
    ),
    "brightspace": (
        [
            ("Week 1/119941-329811 - Ada Lovelace - Nov 3, 2026 415 PM/exercise.ipynb", b"ada"),
            ("Week 1/119941-329811 - Ada Lovelace - Nov 3, 2026 1137 AM/exercise.ipynb", b"first"),
            ("Week 1/119942-329811 - Zoë Müller-O'Neil - 3 November, 2026 1615/my work/exercise (1).ipynb", b"zoe"),
            ("Week 1/119943-329811 - Ben - A. - Nov 4, 2026 900 AM - exercise.ipynb", b"ben"),
            ("Week 1/index.html", b"<table>"),
        ],
        {"119941": b"ada", "119942": b"zoe", "119943": b"ben"},
    ),
    "sakai": (
        [
            ("Week 1, part (a)/grades.csv", b"Week 1"),
            ("Week 1, part (a)/Lovelace, Ada(ada)/timestamp.txt", b"2026-11-03T15:15:00.123Z"),
            ("Week 1, part (a)/Lovelace, Ada(ada)/Submission attachment(s)/exercise.ipynb", b"ada"),
            ("Week 1, part (a)/Lovelace, Ada(ada)/Lovelace, Ada(ada)_submissionText.html", b"<p>"),
            ("Week 1, part (a)/Lovelace, Ada(ada)/Feedback Attachment(s)/exercise.ipynb", b"commented"),
            ("earlier/Week 1, part (a)/Lovelace, Ada(ada)/timestamp.txt", b"20261101100000000"),
            ("earlier/Week 1, part (a)/Lovelace, Ada(ada)/Submission attachment(s)/exercise.ipynb", b"first"),
            ("Week 1, part (a)/Müller-O'Neil, Zoë(zoe_m)/Submission attachment(s)/exercise (1).ipynb", b"zoe"),
            ("Week 1, part (a)/A., Ben(b@example.org)_Submission attachment(s)_exercise.ipynb", b"ben"),
        ],
        {"ada": b"ada", "zoe_m": b"zoe", "b@example.org": b"ben"},
    ),
    "ilias": (
        [
            ("Week 1/Abgaben/Lovelace_Ada_ada_12345/exercise.ipynb", b"first"),
            ("Week 1/Abgaben/Lovelace_Ada_ada_12345/exercise (2).ipynb", b"ada"),
            ("Week 1/Abgaben/Lovelace_Ada_ada_12345/plot.png", b"PNG"),
            ("Week 1/Abgaben/Muller_Zoe Maria_zoe_m_12346/Late Submission - exercise.ipynb", b"zoe"),
            ("Week 1/Abgaben/Team 7/A_Ben_ben.a_12347/exercise.ipynb", b"ben"),
            ("Week 1/status.xlsx", b"PK"),
        ],
        {"ada": b"ada", "zoe_m": b"zoe", "ben.a": b"ben"},
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
UNKNOWN = {
    "moodle": "grades.xlsx",
    "canvas": "somebody.ipynb",
    "blackboard": "readme.txt",
    "brightspace": "index.html",
    "sakai": "grades.csv",
    "ilias": "status.xlsx",
    "plain": "exercise.ipynb",
}
MOODLE_WORKSHEET = (
    "\ufeffIdentifier,\"Full name\",\"Email address\",Status,Grade,\"Maximum Grade\",\"Grade can be changed\","
    "\"Last modified (submission)\",\"Last modified (grade)\",\"Feedback comments\"\r\n"
    "\"Participant 1001\",\"Lovelace, Ada\",ada@example.org,\"Submitted for grading\",,20.00,Yes,"
    "\"Sunday, 1 November 2026, 10:00 AM\",-,\"=1+1, \"\"so\"\"\r\nit goes\"\r\n"
    "\"Participant 1002\",\"Zoë Müller\",zoe@example.org,\"Submitted for grading\",7.00,20.00,Yes,-,-,\r\n"
    "\"Participant 1003\",\"Nobody\",no@example.org,\"No submission\",,20.00,Yes,-,-,\r\n"
)  # fmt: skip
