"""A small class that has handed in written answers, graded once and copied for each test."""

import json
import shutil

from nbgrader.api import Gradebook as Database
from test_nbgrader import make_class

from course.chapter import Chapter
from grading.commands.answers import Marking, View
from grading.commands.grade_class import grade_class
from grading.gradebook.facade import Gradebook
from grading.gradebook.students import Student

SLUG = "introduction"
WRITTEN = f"written_{SLUG}"
UNITS = "The mean was taken over the features, so metres and kilograms are mixed. The shape (m,) shows it."
ANSWERS = {
    "ada": UNITS,
    "ben": UNITS.upper().replace(".", " !"),
    "chidi": UNITS.replace("are mixed", "get mixed"),
    "dana": "I do not know, but $\\sigma^2$ is small.",
    "emil": "Each person gets a mean of height and weight, which has no unit.",
    "farah": "",
}
NAMES = {"ada": ("Adaeze", "Okafor"), "ben": ("Benedikt", "Wurzelbacher"), "emil": ("Emil", "Quistgaard")}


def hand_in(root, student, written):
    folder = root / "submitted" / student / SLUG
    folder.mkdir(parents=True, exist_ok=True)
    made = make_class.with_answers(SLUG, make_class.right(Chapter(SLUG), 0), written=written)
    (folder / "exercise.ipynb").write_text(json.dumps(made))


def make(root, answers=ANSWERS):
    root.mkdir(parents=True)
    (root / "secret").write_text("5e" * 32 + "\n")  # drawn, it orders six answers by their names once in 720 times
    for student, written in answers.items():
        hand_in(root, student, written)
    grade_class(root, SLUG)
    known = [Student(s, *names, f"{s}@school.example") for s, names in NAMES.items() if s in answers]
    Gradebook(root).enrol(known)


def copy_of(root, target):
    shutil.copytree(root, target)
    return target


def database(root):
    return Database(f"sqlite:///{root}/gradebook.db", "batchnorm")


def given(root):
    """What nbgrader's gradebook has for each answer: points by hand, the score, whether it waits, the comment."""
    with database(root) as book:
        found = {}
        for submission in book.assignment_submissions(SLUG):
            grade = book.find_grade(WRITTEN, "exercise", SLUG, submission.student.id)
            comment = book.find_comment(WRITTEN, "exercise", SLUG, submission.student.id)
            found[submission.student.id] = (
                grade.manual_score, grade.score, grade.needs_manual_grade, comment.manual_comment,
            )  # fmt: skip
        return found


def page(root, db=None, **view):
    return Marking(Gradebook(root, db), SLUG, View(**view))


def shown(marking):
    """What the page has of each answer, by what it calls the learner."""
    return {one["who"].rpartition("(")[2].rstrip(")"): one for one in marking.overview()["answers"]}


def give(marking, who, base=0.0, items=(), comment="", looked=True):
    answers = shown(marking)
    seen = {answers[name]["key"]: answers[name]["version"] for name in ([who] if isinstance(who, str) else who)}
    return marking.save({"base": base, "items": list(items), "comment": comment, "looked": looked}, seen)
