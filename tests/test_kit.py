"""The kit as learners get it, and how tests set what is theirs."""

import json
import subprocess
import sys

import numpy as np
import pytest

from course import kit_file as joining
from course.chapter import Chapter, slugs
from course.errors import CourseError
from course.kit.assign import assign
from course.notebooks import bundle

ANSWER = """
import numpy as np
from check import check

def batch_statistics(x):
    mean = x.mean(axis=0)
    return mean, ((x + mean) ** 2).mean(axis=0)

check("batch_statistics", batch_statistics)
"""


@pytest.mark.slow
def test_a_learner_with_the_files_and_numpy_gets_the_whole_diagnosis(tmp_path):
    for name, content in bundle("introduction").items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "answer.py").write_text(ANSWER)
    run = subprocess.run(
        [sys.executable, "-E", "-W", "error", "answer.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "NotYet" in run.stderr
    assert "Look here: line 7, `return mean, ((x + mean) ** 2).mean(axis=0)`: look at the" in run.stdout, run.stderr
    assert "course" not in {name for name in run.stdout.split() if name.startswith("course.")}


@pytest.mark.parametrize("slug", slugs())
def test_the_file_stands_alone(slug):
    text = bundle(slug)["check.py"].decode()
    assert "from course" not in text
    assert ("def settles(" in text) == any(
        test.judged for name in Chapter(slug).exercises for test in Chapter(slug).hidden_tests(name)
    )
    names: dict = {"__name__": "check", "__file__": "check.py"}
    exec(compile(text, "check.py", "exec"), names)
    assert {"check", "standard", "tell_line"} <= names.keys()
    json.loads(bundle(slug)["check.json"])


def test_private_names_of_two_modules_do_not_meet(tmp_path, monkeypatch):
    (tmp_path / "a.py").write_text("_x = 1\n\n\ndef first():\n    return _x\n")
    (tmp_path / "check.py").write_text(
        "from course.kit.a import first\n\n_x = 2\n\n\ndef second(thing):\n    return _x, thing._x\n"
    )
    monkeypatch.setattr(joining, "KIT", tmp_path)
    monkeypatch.setattr(joining, "MODULES", ("a", "check"))
    names: dict = {}
    exec(joining.joined(), names)
    assert names["first"]() == 1
    assert names["second"](type("Thing", (), {"_x": 3})) == (2, 3)
    (tmp_path / "check.py").write_text("def first():\n    pass\n")
    with pytest.raises(CourseError, match=r"first is defined in a\.py and in check\.py"):
        joining.joined()


# ------------------------------------------------------------------ setting what is a learner's


class Layer:
    """Keeps its rows as views of one array, as some learners do."""

    def __init__(self):
        self.gamma = np.ones((2, 3))
        self.rows = list(self.gamma)


def test_an_array_is_written_into_the_objects_own():
    layer, value = Layer(), np.arange(6.0).reshape(2, 3)
    assign(layer, "gamma", value)
    np.testing.assert_array_equal(layer.rows[1], [3.0, 4.0, 5.0])
    layer.gamma[0, 0] = 9
    assert value[0, 0] == 0, "the caller's array is another one"


def test_a_dict_of_arrays_is_written_into_where_all_agree():
    layer = Layer()
    layer.params = {"gamma": layer.gamma, "beta": np.zeros(2)}
    assign(layer, "params", {"gamma": np.full((2, 3), 7.0), "beta": np.ones(2)})
    assert layer.rows[0].tolist() == [7.0] * 3
    kept = layer.params["beta"]
    assign(layer, "params", {"gamma": np.full((2, 3), 8.0), "beta": np.ones(3)})
    assert layer.rows[0].tolist() == [7.0] * 3
    assert kept.tolist() == [1.0, 1.0]
    assert layer.params["beta"].shape == (3,)


@pytest.mark.parametrize("value", [np.ones(3), np.ones((2, 3), np.float32), None, 2.0, [1]])
def test_what_does_not_fit_is_set_as_it_is(value):
    layer = Layer()
    assign(layer, "gamma", value)
    assert layer.gamma is not value or value is None or isinstance(value, float)
    np.testing.assert_array_equal(layer.gamma, value)
    assign(layer, "never_seen", value)
    np.testing.assert_array_equal(layer.never_seen, value)


def test_a_property_that_gives_a_copy_is_set():
    class Shy:
        @property
        def gamma(self):
            return getattr(self, "kept", np.ones(3)).copy()

        @gamma.setter
        def gamma(self, value):
            self.kept = value

    layer = Shy()
    assign(layer, "gamma", np.full(3, 5.0))
    assert layer.gamma.tolist() == [5.0] * 3


def test_an_array_that_can_not_be_written_is_replaced():
    layer = Layer()
    layer.gamma.flags.writeable = False
    assign(layer, "gamma", np.zeros((2, 3)))
    assert layer.gamma.sum() == 0
