"""LTI without a platform: which of its people each student is, and the key with which the course signs."""

import json
import os

import pytest

from course.errors import CourseError
from grading.__main__ import main
from grading.gradebook.students import Student
from grading.platforms import launches, lti_key
from grading.platforms.launches import Launch


class TestWhoIsWho:
    def match(self, students, *came):
        found, lines = launches.match(students, came)
        return {name: one.sub for name, one in found.items()}, lines

    def test_by_the_account_on_the_hub(self):
        found, lines = self.match([Student("ada")], Launch("Ada", "1"), Launch("ben", "2"))
        assert (found, lines) == ({"ada": "1"}, [])

    def test_by_the_email_and_by_the_number_on_the_class_list(self):
        students = [Student("a7", email="Ada@example.org"), Student("b8", lms_user_id="2")]
        found, lines = self.match(students, Launch("ada", "1", "ada@example.org"), Launch("ben", "2"))
        assert (found, lines) == ({"a7": "1", "b8": "2"}, [])

    def test_who_never_came_is_named(self):
        found, (line,) = self.match([Student("ada"), Student("ben")], Launch("ada", "1"))
        assert found == {"ada": "1"}
        assert line.startswith("ben: has not come from the platform")

    def test_where_account_and_email_are_two_people_nothing_is_sent_until_the_class_list_says(self):
        came = [Launch("ada", "1"), Launch("ada2", "2", "ada@example.org")]
        found, (line,) = self.match([Student("ada", email="ada@example.org")], *came)
        assert found == {}
        assert line.startswith("ada: may be 1 (account ada) or 2 (account ada2, ada@example.org)")
        found, lines = self.match([Student("ada", email="ada@example.org", lms_user_id="2")], *came)
        assert (found, lines) == ({"ada": "2"}, [])

    def test_two_students_who_are_one_person_are_named_and_get_nothing(self):
        students = [Student("ada"), Student("ada@example.org", email="ada@example.org"), Student("ben")]
        found, (line,) = self.match(students, Launch("ada", "1", "ada@example.org"), Launch("ben", "2"))
        assert found == {"ben": "2"}
        assert line.startswith("ada and ada@example.org are both 1")


class TestKey:
    def test_it_is_made_for_its_owner_alone_and_never_over_another(self, tmp_path, capsys):
        path = tmp_path / "key.pem"
        mask = os.umask(0)
        try:
            assert main(["lti-key", str(path)]) == 0
        finally:
            os.umask(mask)
        assert path.stat().st_mode & 0o777 == 0o600
        private, printed = path.read_text(), capsys.readouterr().out
        assert "-----BEGIN PUBLIC KEY-----" in printed
        assert "PRIVATE" not in printed
        jwk = json.loads(printed.splitlines()[-1])
        assert jwk.keys() == {"kty", "n", "e", "kid", "alg", "use"}
        assert jwk["kid"] == lti_key.read(path).kid
        assert main(["lti-key", str(path)]) == 0
        assert path.read_text() == private
        assert "is there already" in capsys.readouterr().out

    def test_a_key_shows_nothing_of_itself(self, tmp_path):
        lti_key.make(tmp_path / "key.pem")
        assert repr(lti_key.read(tmp_path / "key.pem")) == "Key()"

    def test_where_it_can_not_be_made(self, tmp_path):
        with pytest.raises(CourseError, match="can't be written: No such file"):
            lti_key.make(tmp_path / "nowhere" / "key.pem")
