"""One engine per database: which state gradebooks share, and which they must not share."""

import pytest
from nbgrader.api import Gradebook, MissingEntry
from sqlalchemy import event

from grading.gradebook import shared_engine

# nbgrader's own queries make SQLAlchemy warn.
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")


@pytest.fixture
def url(tmp_path, monkeypatch):
    shared_engine.install()
    monkeypatch.setattr("nbgrader.api.get_alembic_version", lambda: "5")  # it runs a program, which takes a second
    return f"sqlite:///{tmp_path / 'gradebook.db'}"


def test_an_engine_is_shared_and_a_session_is_not(url):
    with Gradebook(url) as one, Gradebook(url) as other:
        assert one.engine is other.engine
        assert one.db is not other.db
        one.add_student("ada")
        assert other.find_student("ada").id == "ada"


def test_a_closed_gradebook_leaves_no_connection_open(url):
    with Gradebook(url) as gradebook:
        gradebook.add_student("ada")
    assert gradebook.engine.pool.checkedout() == 0


def test_each_course_is_made_once(url):
    with Gradebook(url, "one"):
        pass
    with Gradebook(url, "other") as gradebook:
        assert {c.id for c in gradebook.db.query(type(gradebook.check_course("one"))).all()} == {"one", "other"}


def test_a_file_that_is_gone_is_a_new_gradebook(url, tmp_path):
    with Gradebook(url) as gradebook:
        gradebook.add_student("ada")
    (tmp_path / "gradebook.db").unlink()
    with Gradebook(url) as gradebook:
        assert gradebook.students == []
    (tmp_path / "gradebook.db").write_bytes(b"")
    with Gradebook(url) as gradebook:
        assert gradebook.students == []


def test_a_transaction_is_one_commit(url):
    with Gradebook(url) as gradebook:
        commits = []
        event.listen(gradebook.engine, "commit", commits.append)
    with shared_engine.one_transaction(url):
        for name in ("ada", "ben"):
            with Gradebook(url) as gradebook:
                gradebook.add_student(name)
        with Gradebook(url) as gradebook:
            assert [s.id for s in gradebook.students] == ["ada", "ben"]
        assert commits == []
    assert len(commits) == 1
    with Gradebook(url) as gradebook:
        assert len(gradebook.students) == 2


def test_a_transaction_that_fails_leaves_nothing(url):
    def fail():
        with shared_engine.one_transaction(url), Gradebook(url) as gradebook:
            gradebook.add_student("ada")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with shared_engine.one_transaction(url) as session, Gradebook(url) as gradebook:
        gradebook.add_student("ben")
        session.rollback()
    with Gradebook(url) as gradebook, pytest.raises(MissingEntry):
        gradebook.find_student("ada")
    with Gradebook(url) as gradebook:
        assert gradebook.students == []


def test_sums_of_points_are_read_anew_within_a_transaction(url):
    with Gradebook(url) as gradebook:
        gradebook.add_assignment("a")
        gradebook.add_notebook("n", "a")
        gradebook.add_grade_cell("g", "n", "a", max_score=4, cell_type="code")
        gradebook.add_student("ada")
    with shared_engine.one_transaction(url):
        with Gradebook(url) as gradebook:
            submission = gradebook.add_submission("a", "ada")
            assert submission.score == 0
        with Gradebook(url) as gradebook:
            gradebook.find_grade("g", "n", "a", "ada").auto_score = 3.0
            gradebook.db.commit()
        with Gradebook(url) as gradebook:
            assert gradebook.find_submission("a", "ada").score == 3


def test_what_is_one_submissions_is_found_without_reading_the_class(url):
    """Each query that nbgrader makes for a submission goes by the submission's keys, not by those of the class."""
    asked = []
    with Gradebook(url) as gradebook:
        gradebook.add_assignment("a")
        gradebook.add_notebook("n", "a")
        gradebook.add_grade_cell("g", "n", "a", max_score=4, cell_type="code")
        gradebook.add_solution_cell("s", "n", "a")
        gradebook.add_student("ada")
        gradebook.add_submission("a", "ada")
        event.listen(gradebook.engine, "before_cursor_execute", lambda *told: asked.append(told[2:4]))
        assert gradebook.find_grade("g", "n", "a", "ada").notebook.score == 0
        gradebook.find_comment("s", "n", "a", "ada")
        assert len(gradebook.find_submission("a", "ada").notebooks) == 1
        plans = [
            step
            for query, values in list(asked)
            for *_, step in gradebook.db.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values)
            if step.split()[1] in ("grade", "comment", "submitted_notebook", "submitted_assignment")
        ]
    assert len(plans) > 8
    whose = {  # the same words name the class's in another table
        "grade": ("(notebook_id=?)", "(id=?)"),
        "comment": ("(notebook_id=?)", "(id=?)"),
        "submitted_notebook": ("(assignment_id=?)", "(id=?)"),
        "submitted_assignment": ("(assignment_id=? AND student_id=?)", "(id=?)"),
    }
    assert not [step for step in plans if not step.endswith(whose[step.split()[1]])]
