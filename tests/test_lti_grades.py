"""Grades to a learning platform by LTI: what is sent to whom, what is sent again, and what a refusal stops.

The platform is played by `a_platform`: it checks signature, scopes and each score as the specification has them, and is
neither Moodle nor Canvas.
"""

import json
import shutil
import socket
import time

import pytest
from a_platform import GRADES, SCOPES, platform
from conftest import free_port
from hand_ins import command, mixed_class

from grading.__main__ import main
from grading.gradebook.facade import Gradebook
from grading.gradebook.students import Student
from grading.platforms import lti, lti_key, sent

SLUG, MOST = "introduction", 16.0
SUBS = {"ada": "sub-1", "ben": "sub-2", "dana": "sub-3", "jan": "sub-4"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("lti"),
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),
]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Two right notebooks, one with mistakes and one that can't be read; a person has read ben's written answer."""
    root = tmp_path_factory.mktemp("lti") / "class"
    for student in SUBS:
        folder = root / "submitted" / student / SLUG
        folder.mkdir(parents=True)
        (folder / "exercise.ipynb").write_bytes(mixed_class(SLUG)[student])
    run = command(root, "grade", SLUG)
    assert "jan: the notebook breaks off" in run.stdout
    by_hand(root, "ben", 2.5)
    return root


def by_hand(root, student, points):
    """What a person gives for the written answer, as formgrader writes it."""
    with Gradebook(root)._database() as db:
        grade = db.find_grade(f"written_{SLUG}", "exercise", SLUG, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        db.db.commit()


@pytest.fixture
def theirs():
    with platform() as theirs:
        theirs.users = {sub: {} for sub in SUBS.values()}
        yield theirs


class Course:
    """A course's folder, what the hub has kept, and the command."""

    def __init__(self, folder, theirs, graded):
        self.root, self.launches, self.theirs = folder / "class", folder / "launches", theirs
        shutil.copytree(graded, self.root)
        self.launches.mkdir()
        for student, sub in SUBS.items():
            self.came(student, sub)
        self.key, self.settings = folder / "key.pem", folder / "lti.toml"
        lti_key.make(self.key)
        theirs.tool_key = lti_key.read(self.key).private.public_key()
        self.set(token_url=f"{theirs.url}/token")

    def came(self, user, sub, **more):
        endpoint = {"scope": SCOPES, "lineitems": self.theirs.url + self.theirs.lineitems}
        told = {"user": user, "sub": sub, "context": "course-7", "title": "BN", "endpoint": endpoint, **more}
        (self.launches / f"{sub}-{told['context']}.json").write_text(json.dumps(told))

    def set(self, **more):
        told = {
            "issuer": self.theirs.url, "client_id": self.theirs.client_id, "launches": str(self.launches),
            "key": str(self.key), **more,
        }  # fmt: skip
        self.settings.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in told.items()))

    def lti(self, *more):
        return main(["lti", SLUG, "--root", str(self.root), "--settings", str(self.settings), *more])


@pytest.fixture
def course(tmp_path, theirs, graded):
    return Course(tmp_path, theirs, graded)


def by_student(scores):
    return {name: one for name, sub in SUBS.items() for one in scores if one["userId"] == sub}


class TestSending:
    def test_it_lists_and_sends_nothing_unless_told_to(self, course, theirs, capsys):
        assert course.lti() == 1  # jan has no grade
        said = capsys.readouterr().out
        assert said.splitlines() == [
            "ada   13 of 16    PendingManual  new",
            "ben   15.5 of 16  FullyGraded    new",
            "dana  8.66 of 16  PendingManual  new",
            "jan: what was handed in can't be read; no grade is sent",
            "written answers that wait for you in formgrader and count 0 until then: 2 (ada, dana)",
            "3 grades to send; 0 as sent before",
            "nothing is sent; the same command with --write does it",
        ]
        assert theirs.asked == [] == theirs.columns
        assert not (course.root / "lti").exists()

    def test_each_learner_gets_their_score_with_the_card_as_comment(self, course, theirs, capsys):
        assert course.lti("--write") == 1
        said = capsys.readouterr().out
        assert said.endswith(f"3 of 3 grades sent to {theirs.url}\n")
        assert theirs.columns == [
            {
                "id": f"{theirs.url}/course-7/lineitems/1?type=2", "label": "Exercise: the statistics of a batch",
                "scoreMaximum": MOST, "resourceId": SLUG, "tag": "batchnorm",
            }
        ]  # fmt: skip
        scores = by_student(theirs.scores)
        told = {
            name: (one["scoreGiven"], one["scoreMaximum"], one["activityProgress"], one["gradingProgress"])
            for name, one in scores.items()
        }
        assert told == {
            "ada": (13.0, MOST, "Completed", "PendingManual"),
            "ben": (15.5, MOST, "Completed", "FullyGraded"),
            "dana": (8.66, MOST, "Completed", "PendingManual"),
        }
        assert "13 of 16 points; your written answer is still to be read by a person" in scores["ada"]["comment"]
        assert "still to be read" not in scores["ben"]["comment"]
        assert "1.5 of 3" in scores["dana"]["comment"]
        assert "m - 1" in scores["dana"]["comment"]  # the mistake's hint

    def test_only_what_has_changed_is_sent_again(self, course, theirs, capsys):
        course.lti("--write")
        by_hand(course.root, "ada", 3.0)
        capsys.readouterr()
        course.lti()
        said = capsys.readouterr().out
        assert "ada  16 of 16  FullyGraded  was 13 of 16\n" in said
        assert "1 grade to send; 2 as sent before" in said
        course.lti("--write")
        assert [one["userId"] for one in theirs.scores[3:]] == ["sub-1"]
        assert len(theirs.columns) == 1
        course.lti("--write")
        assert len(theirs.scores) == 4
        assert "0 of 0 grades sent" in capsys.readouterr().out

    def test_what_a_person_gave_0_for_is_graded_and_sent_again(self, course, theirs, capsys):
        course.lti("--write")
        by_hand(course.root, "ada", 0.0)
        capsys.readouterr()
        course.lti("--write")
        assert "ada  13 of 16  FullyGraded  was PendingManual\n" in capsys.readouterr().out
        assert theirs.scores[3]["gradingProgress"] == "FullyGraded"

    def test_one_refusal_names_the_learner_and_stops_nobody(self, course, theirs, capsys):
        theirs.refuses = {"sub-1": 422}
        assert course.lti("--write") == 1
        said = capsys.readouterr().out
        assert "ada: the platform refused the grade: 422" in said
        assert "2 of 3 grades sent" in said
        assert [one["userId"] for one in theirs.scores] == ["sub-2", "sub-3"]
        theirs.refuses = {}
        course.lti("--write")
        assert [one["userId"] for one in theirs.scores] == ["sub-2", "sub-3", "sub-1"]

    def test_a_platform_that_is_busy_is_given_the_time_that_it_asks_for(self, course, theirs, capsys, monkeypatch):
        waited = []
        monkeypatch.setattr(time, "sleep", waited.append)
        theirs.busy = [(429, "7"), (503, ""), (429, "0")]
        course.lti("--write")
        assert "3 of 3 grades sent" in capsys.readouterr().out
        assert [one["userId"] for one in theirs.scores] == ["sub-1", "sub-2", "sub-3"]
        assert waited[0] == 7
        assert all(0 <= seconds <= 8 for seconds in waited)
        assert len(waited) == 3

    def test_one_that_stays_busy_ends_the_run_and_is_sent_the_rest_later(self, course, theirs, capsys, monkeypatch):
        waited, taken = [], theirs.taken
        monkeypatch.setattr(time, "sleep", waited.append)

        def busy_after(score):
            theirs.busy = [(429, "200")] * 20
            return taken(score)

        theirs.taken = busy_after
        assert course.lti("--write") == 1
        line = capsys.readouterr().err
        assert "takes no more requests for now (429 Too Many Requests); 1 of 3 grades are sent" in line
        assert sum(waited) == lti.PATIENCE
        theirs.busy, theirs.taken = [], taken
        course.lti("--write")
        assert [one["userId"] for one in theirs.scores] == ["sub-1", "sub-2", "sub-3"]

    def test_one_that_is_too_busy_to_give_a_token_is_not_taken_for_one_that_refuses(
        self, course, theirs, capsys, monkeypatch
    ):
        monkeypatch.setattr(time, "sleep", lambda seconds: None)
        theirs.token = lambda asked: (429, {})
        course.lti("--write")
        line = capsys.readouterr().err
        assert "takes no more requests for now (429 Too Many Requests)" in line
        assert "public key" not in line

    def test_a_run_that_was_cut_off_sends_the_rest(self, course, theirs, capsys):
        course.lti("--write")
        (path,) = (course.root / "lti").iterdir()
        path.write_text(path.read_text()[:-30])  # within the last line, of dana
        course.lti("--write")
        course.lti("--write")
        assert [one["userId"] for one in theirs.scores] == ["sub-1", "sub-2", "sub-3", "sub-3"]

    def test_a_token_that_has_ended_is_asked_for_again(self, course, theirs):
        taken = theirs.taken

        def end_after(score):
            theirs.tokens.clear()
            return taken(score)

        theirs.taken = end_after
        course.lti("--write")
        assert len(theirs.scores) == 3

    def test_it_asks_for_no_scope_that_it_does_not_need(self, course, theirs):
        course.lti("--write")
        assert sorted(theirs.tokens.values()) == sorted(SCOPES)


class TestColumns:
    def other(self, theirs, number, **more):
        theirs.columns.append(
            {"id": f"{theirs.url}{theirs.lineitems}/{number}?type=2", "label": f"Week {number}"} | more
        )

    @pytest.mark.parametrize("filters", [True, False])
    def test_a_column_that_is_there_is_found_on_any_page(self, course, theirs, capsys, filters):
        theirs.page, theirs.filters = 2, filters
        for number in range(1, 6):
            self.other(theirs, number, resourceId="transform", scoreMaximum=19)
        self.other(theirs, 6, resourceId=SLUG, scoreMaximum=100)
        course.lti("--write")
        assert len(theirs.columns) == 6
        assert f"POST {theirs.lineitems}/6/scores" in theirs.asked
        assert "the platform scales the grades: 16 points here are 100 there" in capsys.readouterr().out

    def test_of_two_columns_none_is_guessed(self, course, theirs, capsys):
        for number in (1, 2):
            self.other(theirs, number, resourceId=SLUG)
        assert course.lti("--write") == 1
        assert "the platform has 2 columns for introduction" in capsys.readouterr().err
        assert theirs.scores == []
        course.lti("--write", "--line-item", theirs.columns[1]["id"])
        assert theirs.asked[-1] == f"POST {theirs.lineitems}/2/scores"
        assert len(theirs.scores) == 3

    def test_where_the_column_was_deleted_everything_is_sent_again(self, course, theirs, capsys):
        course.lti("--write")
        theirs.columns[0]["resourceId"] = "deleted"
        capsys.readouterr()
        course.lti("--write")
        assert "another column than before; 3 grades more to send" in capsys.readouterr().out
        assert len(theirs.scores) == 6

    @pytest.mark.parametrize(
        ("endpoint", "told"),
        [
            ({}, "no right to send grades"),
            ({"scope": [f"{GRADES}scope/score"]}, "--line-item URL"),
            (
                {"scope": [f"{GRADES}scope/score", f"{GRADES}scope/lineitem.readonly"], "lineitems": ""},
                "--line-item URL",
            ),
        ],
    )
    def test_a_right_that_is_lacking_is_named(self, course, theirs, capsys, endpoint, told):
        for student, sub in SUBS.items():
            course.came(student, sub, endpoint=endpoint)
        assert course.lti("--write") == 1
        assert told in capsys.readouterr().err
        assert theirs.asked == []

    def test_a_token_goes_to_no_other_address(self, course, theirs, capsys):
        listed = theirs.listed
        theirs.listed = lambda query: (*listed(query)[:2], {"Link": '<https://elsewhere.example.org/x>; rel="next"'})
        assert course.lti("--write") == 1
        assert "its list goes on at another address" in capsys.readouterr().err

    def test_nor_to_one_without_tls(self, course, theirs, capsys):
        endpoint = {"scope": SCOPES, "lineitems": "http://lms.example.org/lineitems"}
        for student, sub in SUBS.items():
            course.came(student, sub, endpoint=endpoint)
        assert course.lti("--write") == 1
        assert "wanted an address that begins with https://" in capsys.readouterr().err


class TestTrouble:
    """One line each, and nothing secret in it."""

    def trouble(self, course, capsys):
        assert course.lti("--write") == 1
        printed = capsys.readouterr()
        (line,) = printed.err.splitlines()
        assert "Bearer" not in printed.out + printed.err
        assert "eyJ" not in printed.out + printed.err  # how a signed statement begins
        assert "Traceback" not in printed.err
        return line

    def test_nobody_answers(self, course, capsys):
        port = free_port()
        course.set(token_url=f"http://127.0.0.1:{port}/token")
        assert self.trouble(course, capsys).startswith(f"127.0.0.1:{port} can't be reached: ")

    def test_it_answers_too_late(self, course, capsys, monkeypatch):
        monkeypatch.setattr(lti, "SECONDS", 0.2)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            course.set(token_url=f"http://127.0.0.1:{silent.getsockname()[1]}/token")
            assert "it does not answer in time" in self.trouble(course, capsys)

    def test_the_platform_goes_away_on_the_way(self, course, theirs, capsys):
        taken = theirs.taken
        theirs.taken = lambda score: None if theirs.scores else taken(score)
        line = self.trouble(course, capsys)
        assert line.startswith(f"{theirs.url.removeprefix('http://')} can't be reached: ")
        assert line.endswith("1 of 3 grades are sent, the same command sends the rest")
        theirs.taken = taken
        course.lti("--write")
        assert [one["userId"] for one in theirs.scores] == ["sub-1", "sub-2", "sub-3"]

    def test_another_key_than_the_platform_knows(self, course, theirs, capsys):
        """The platform repeats the statement in its answer, which is not printed."""
        course.key.unlink()
        lti_key.make(course.key)
        assert "gives no token (400 Bad Request)" in self.trouble(course, capsys)
        assert theirs.scores == []

    def test_another_client(self, course, theirs, capsys):
        course.set(token_url=f"{theirs.url}/token", client_id="somebody")
        assert "gives no token" in self.trouble(course, capsys)

    @pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
    def test_a_key_that_others_may_use(self, course, theirs, capsys, mode):
        course.key.chmod(mode)
        assert f"(its mode is {mode:04o}): chmod 600" in self.trouble(course, capsys)
        assert theirs.asked == []

    def test_a_file_that_is_no_key(self, course, capsys):
        course.key.write_text("secret words")
        line = self.trouble(course, capsys)
        assert "holds no RSA key" in line
        assert "secret words" not in line

    def test_no_key_at_all(self, course, capsys):
        course.key.unlink()
        assert "can't be read: No such file" in self.trouble(course, capsys)

    def test_settings_that_lack_something(self, course, capsys):
        course.settings.write_text('issuer = "https://lms.example.org"\n')
        assert "lacks client_id, token_url, launches, key" in self.trouble(course, capsys)

    def test_a_token_is_not_asked_for_without_tls(self, course, capsys):
        course.set(token_url="http://lms.example.org/token")
        assert "wanted an address that begins with https://" in self.trouble(course, capsys)

    def test_the_client_follows_no_redirect(self):
        with lti.new_client() as client:
            assert not client.follow_redirects


class TestCourses:
    def test_of_two_courses_the_settings_say_which(self, course, theirs, capsys):
        course.came("ada", "sub-1", context="course-8", title="Another")
        assert course.lti() == 1
        assert 'from 2 courses: "course-7" (BN), "course-8" (Another); say which' in capsys.readouterr().err
        course.set(token_url=f"{theirs.url}/token", context="course-7")
        course.lti()
        assert "3 grades to send" in capsys.readouterr().out

    def test_before_anybody_came(self, course, capsys):
        for path in course.launches.iterdir():
            path.unlink()
        assert course.lti() == 1
        assert "nobody has come from the platform to the hub yet" in capsys.readouterr().err


class TestWhatIsKept:
    def test_a_learner_who_is_forgotten_is_in_no_list_of_what_was_sent(self, course, capsys):
        course.lti("--write")
        (path,) = (course.root / "lti").iterdir()
        assert sent.lines(course.root, "ada") == [path]
        assert main(["forget", "ada", "--yes", "--root", str(course.root)]) == 0
        assert f"ledger     {path}: the line of ada" in capsys.readouterr().out
        assert [one["student"] for one in map(json.loads, path.read_text().splitlines())] == ["ben", "dana"]

    def test_who_is_joined_has_what_was_sent_under_the_new_id(self, course, theirs, capsys):
        course.lti("--write")
        Gradebook(course.root).enrol([Student("lovelace", lms_user_id="sub-1")])
        assert main(["join", "ada", "lovelace", "--yes", "--root", str(course.root)]) == 0
        assert sent.look_up(course.root, SLUG)["sub-1"]["student"] == "lovelace"
        course.lti("--write")
        assert len(theirs.scores) == 3
