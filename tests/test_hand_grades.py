"""What a person has given stays, and is asked for again only where that answer has changed."""

import json
from datetime import datetime

import pytest
from nbgrader.api import Gradebook as Database
from test_nbgrader import make_class, nbgrader

from course.chapter import Chapter
from grading.__main__ import main
from grading.commands.grade_class import Options, grade_class
from grading.gradebook import moving
from grading.gradebook.facade import Gradebook
from grading.platforms import giveback

SLUG = "introduction"
WRITTEN, TEST = f"written_{SLUG}", "test_normalize"
STUDENTS = ("ada", "ben", "chidi")

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]


def hand_in(root, student, written, number=0):
    folder = root / "submitted" / student / SLUG
    folder.mkdir(parents=True, exist_ok=True)
    made = make_class.with_answers(SLUG, make_class.right(Chapter(SLUG), number), written=written)
    (folder / "exercise.ipynb").write_text(json.dumps(made))


@pytest.fixture
def root(tmp_path):
    """A class of three; a person has graded two written answers, and given ben other points for a function."""
    for student in STUDENTS:
        hand_in(tmp_path, student, f"Because of {student}.")
    grade_class(tmp_path, SLUG)
    with database(tmp_path) as book:
        for student in ("ada", "ben"):
            grade = book.find_grade(WRITTEN, "exercise", SLUG, student)
            grade.manual_score, grade.needs_manual_grade = 2.0, False
        grade = book.find_grade(TEST, "exercise", SLUG, "ben")
        grade.manual_score, grade.needs_manual_grade = 1.0, False
        book.db.commit()
    return tmp_path


def database(root):
    return Database(f"sqlite:///{root}/gradebook.db", "batchnorm")


def asked(root):
    """What a person has to look at."""
    with database(root) as book:
        return {
            (student, name)
            for student in STUDENTS
            for name in (WRITTEN, TEST)
            if book.find_grade(name, "exercise", SLUG, student).needs_manual_grade
        }


CHIDI = {("chidi", WRITTEN)}  # nobody has graded that one


def test_another_due_date_asks_for_no_grade_again(root):
    before = Gradebook(root).scores(SLUG)
    with database(root) as book:
        book.find_assignment(SLUG).duedate = datetime(2099, 1, 1)
        book.db.commit()
    grade_class(root, SLUG)
    assert asked(root) == CHIDI
    assert Gradebook(root).scores(SLUG) == before
    told = giveback.waiting(Gradebook(root).results(SLUG))
    assert told == ["written answers that wait for you in formgrader and count 0 until then: 1 (chidi)"]


@pytest.mark.parametrize("how", ["our command", "nbgrader"])
def test_only_the_answer_that_changed_is_asked_for_again(root, how):
    def again():
        if how == "our command":
            grade_class(root, SLUG, Options(force=True))
        else:
            nbgrader(root, "autograde", SLUG, "--force")

    again()
    assert asked(root) == CHIDI
    hand_in(root, "ada", "Because of ada, on second thoughts.")
    hand_in(root, "ben", "Because of ben.", number=1)  # another way to write the functions
    for _ in range(2):  # it stays asked for until a person looks
        again()
        assert asked(root) == CHIDI | {("ada", WRITTEN), ("ben", TEST)}
    told = giveback.waiting(Gradebook(root).results(SLUG))[1]
    assert told == (
        "written answers that have changed since you graded them; your points count until you give others in "
        "formgrader: 2 (ada, ben)"
    )
    with database(root) as book:
        assert book.find_grade(WRITTEN, "exercise", SLUG, "ada").score == 2.0


def test_another_database_gets_all_of_it_by_a_command(root, capsys):
    elsewhere = f"sqlite:///{root}/elsewhere.db"

    def command(*arguments):
        status = main([*arguments, "--root", str(root)])
        return status, "".join(capsys.readouterr())

    before = Gradebook(root).results(SLUG)
    # Grading into another one leaves what a person gave, and says so.
    status, told = command("grade", SLUG, "--db", f"sqlite:///{root}/third.db")
    assert status == 0
    assert (
        f"3 grades and comments given by hand are in {root}/gradebook.db and not in sqlite:///{root}/third.db" in told
    )
    status, told = command("copy-gradebook", elsewhere)
    assert (status, told.splitlines()[0]) == (
        0,
        f"3 students and 3 grades and comments given by hand are in {elsewhere} now",
    )
    assert Gradebook(root, elsewhere).results(SLUG) == before
    status, told = command("grade", SLUG, "--db", elsewhere, "--force")
    assert "given by hand" not in told
    assert Gradebook(root, elsewhere).results(SLUG) == before
    for to, why in ((elsewhere, "has students already"), (f"sqlite:///{root}/gradebook.db", "wanted another database")):
        status, told = command("copy-gradebook", to)
        assert status == 1
        assert why in told


def test_a_server_takes_the_gradebook(root, postgres):
    moving.copy(Gradebook(root), Gradebook(root, postgres))
    assert Gradebook(root, postgres).results(SLUG) == Gradebook(root).results(SLUG)
    assert moving.by_hand(Gradebook(root, postgres)) == 3
