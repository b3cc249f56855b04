"""Downloads of the small made-up class as learning platforms give them, to try collecting and giving back.

With them comes what a hub would keep of these learners when they come from a platform by LTI.

python examples/make_downloads.py --to _build/lms introduction
"""

import argparse
import csv
import json
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from make_class import write_class

NAMES = {"ada": "Ada Lovelace", "ben": "Ben Müller", "chidi": "Chidi Anagonye", "dana": "Dana O'Neil"}
PLATFORMS: dict[str, Callable[[str, int], str]] = {
    "moodle": lambda student, number: f"{NAMES[student]}_{1000 + number}_assignsubmission_file_/exercise.ipynb",
    "canvas": lambda student, number: f"{_sortable(student)}_{200 + number}_{5000 + number}_exercise.ipynb",
    "blackboard": lambda student, number: f"Week 1_{student}_attempt_2026-11-0{number + 1}-10-00-00_exercise.ipynb",
    "gradescope": lambda student, number: f"assignment_7_export/submission_{700 + number}/exercise.ipynb",
}


def _sortable(student: str) -> str:
    first, last = NAMES[student].split()
    return "".join(c for c in f"{last}{first}".lower() if c.isalnum())


def make(to: Path, slug: str) -> list[Path]:
    """Write a zip file for each platform, the tables of Moodle and Canvas, a class list and LTI's settings."""
    to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        write_class(Path(folder), slug)
        notebooks = {
            student: next((Path(folder) / "submitted" / student / slug).glob("*.ipynb*")).read_bytes()
            for student in NAMES
        }
    made = []
    for platform, name in PLATFORMS.items():
        made.append(to / f"{platform}.zip")
        with zipfile.ZipFile(made[-1], "w", zipfile.ZIP_DEFLATED) as archive:
            for number, (student, notebook) in enumerate(notebooks.items()):
                archive.writestr(name(student, number), notebook)
            if platform == "gradescope":
                archive.writestr("assignment_7_export/submission_metadata.yml", _metadata())
    made += [_worksheet(to / "worksheet.csv"), _canvas(to / "canvas-gradebook.csv"), _class_list(to / "class.csv")]
    made.append(_lti(to / "lti.toml"))
    return made


def _metadata() -> str:
    return "".join(
        f"submission_{700 + number}:\n  :submitters:\n  - :name: {name}\n    :sid: {student}\n"
        f"    :email: {student}@example.org\n  :created_at: 2026-11-0{number + 1} 10:00:00.000000000 Z\n"
        for number, (student, name) in enumerate(NAMES.items())
    )


def _worksheet(path: Path) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(
            [
                *("Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade"),
                *("Grade can be changed", "Last modified (submission)", "Last modified (grade)", "Feedback comments"),
            ]
        )
        people = {**NAMES, "nora": "Nora Noether"}
        for number, (student, name) in enumerate(people.items()):
            row = [f"Participant {1000 + number}", name, f"{student}@example.org", "Submitted for grading"]
            rows.writerow([*row, "", "100.00", "Yes", "-", "-", ""])
    return path


def _canvas(path: Path) -> Path:
    """Canvas's gradebook as Canvas exports it, with an assignment that is to be graded."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        who = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
        rows.writerow([*who, "Week 1 (1234)", "Final Score"])
        rows.writerow([*[""] * 5, "Manual Posting", ""])
        rows.writerow(["    Points Possible", *[""] * 4, "100.00", "(read only)"])
        for number, (student, name) in enumerate(NAMES.items()):
            first, last = name.split()
            rows.writerow([f"{last}, {first}", 200 + number, student, f"{student}@example.org", "S1", "", ""])
        rows.writerow(["Student, Test", 999, "", "f3a9", "S1", "", ""])
    return path


def _class_list(path: Path) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "first_name", "last_name", "email", "lms_user_id"])
        for number, (student, name) in enumerate(NAMES.items()):
            rows.writerow([student, *name.split(), f"{student}@example.org", 200 + number])
    return path


def _lti(path: Path) -> Path:
    """The settings that the guide has one copy, with folders of this example, and a launch of each learner."""
    launches, key = path.parent / "launches", path.parent / "lti-key.pem"
    text = (Path(__file__).parent / "lti" / path.name).read_text(encoding="utf-8")
    text = text.replace('"/srv/lti/launches"', json.dumps(str(launches)))
    path.write_text(text.replace('"/home/teacher/lti-key.pem"', json.dumps(str(key))), encoding="utf-8")
    launches.mkdir(exist_ok=True)
    scopes = [f"https://purl.imsglobal.org/spec/lti-ags/scope/{name}" for name in ("lineitem", "score")]
    endpoint = {"scope": scopes, "lineitems": "https://moodle.example.org/mod/lti/services.php/7/lineitems"}
    for number, student in enumerate(NAMES):
        told = {"user": student, "sub": str(200 + number), "context": "7", "title": "Week 1", "endpoint": endpoint}
        (launches / f"{student}.json").write_text(json.dumps(told), encoding="utf-8")
    return path


def main() -> int:
    """Write the downloads and print their paths."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("slug", metavar="CHAPTER")
    parser.add_argument("--to", type=Path, required=True)
    options = parser.parse_args()
    print(*make(options.to, options.slug), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
