"""What is known of a crash: the learner's line and its variables, and no code of theirs runs to find them out."""

import json
import linecache
import threading
import types
import warnings
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from crashes import CELLS, SETUP, crash, raised

import course.kit
from course.chapter import Chapter
from course.errors import TimeLimit
from course.examination.examine import examine_exercise
from course.examination.learner import InProcess, Learner
from course.kit.crash import Crash, crash_of, described, learners
from course.kit.explain import explained
from course.kit.play import play
from course.kit.values import Probe


def test_a_crash_is_plain_data():
    found = crash("def scale(x, gamma):\n    y = 2\n    return gamma * x[0]\nscale(np.ones((2, 4)), np.ones(3))")
    assert found == Crash(
        name="ValueError",
        message="operands could not be broadcast together with shapes (3,) (4,)",
        line=3,
        text="return gamma * x[0]",
        function="scale",
        names={"gamma": "shape (3,)", "x": "shape (2, 4)"},
        part="gamma * x[0]",
    )
    assert Crash.read(json.loads(json.dumps(asdict(found)))) == found


def test_what_variables_were():
    class Odd:
        def __repr__(self):
            raise RuntimeError

    values = [np.ones((2, 3)), np.arange(3), np.float64(0.5), 3, True, None, (1, 2), [], {"a": 1}, {0.5: 1}, "words"]
    values += [len, np.mean, np.add, Odd, Odd(), np, (k for k in ""), range(4), 1 << 99_999]
    assert [described(value) for value in values] == [
        "shape (2, 3)",
        "shape (3,) of int64",
        "0.5",
        "3",
        "True",
        "None",
        "a tuple of 2",
        "a list of 0",
        "a dict with 'a'",
        "a dict of 1",
        "a string",
        *["a function"] * 3,
        "a class",
        "an object of type Odd",
        "",
        "a generator",
        "a range of 4",
        "a large number",
    ]


def test_at_most_eight_variables_those_of_the_failed_part_first():
    names = "abcdefghij"
    line = f"s = ({' + '.join(names)}) * (i / (j - 10))"
    found = crash(line, **{name: k + 1 for k, name in enumerate(names)})
    assert list(found.names) == ["i", "j", "a", "b", "c", "d", "e", "f"]
    assert found.names["j"] == "10"


def test_a_variable_of_a_lambda_is_not_the_one_outside():
    assert crash("x = 3\nf = lambda x: x\ny = [x / 0 for x in (1.5,)], f(x)").names.get("x") in ("1.5", None)
    assert "x" not in crash("x = 3\ny = (lambda x: x)(1) / 0, 1").names


def test_items_and_attributes():
    source = "def f(p, box, k):\n    return p['W'] + box.gamma + p['t'][k] + box.gamma.T\nf({'W': W, 't': t}, box, 1)"
    box = types.SimpleNamespace(gamma=np.ones(4))
    found = crash(source, W=np.ones(3), t=[1, None], box=box)
    assert found.names["p['W']"] == "shape (3,)"
    assert found.names["box.gamma"] == "shape (4,)"
    assert found.names["p['t'][k]"] == "None"


def test_what_a_property_returns_is_not_known():
    setup = "import numpy as np\nclass Layer:\n    gamma = property(lambda self: None)\nlayer = Layer()"
    found = crash("layer.__dict__['gamma'] = np.ones(3)\n1 / 0, layer.gamma", setup=setup)
    assert found.names == {"layer": "an object of type Layer"}


def test_an_exception_that_hides_its_traceback():
    hides = "class E(Exception):\n    __traceback__ = property(lambda self: None)\nx = 3\nraise E(x)"
    assert (crash(hides).line, crash(hides).names) == (4, {"E": "a class", "x": "3"})


def test_the_last_line_that_is_the_learners_in_whatever_called_it():
    found = crash(
        "def f(g):\n    return np.apply_along_axis(g, 0, np.ones((2, 2)))\nf(lambda column: column + np.ones(3))"
    )
    assert (found.line, found.function, found.text) == (3, "", "f(lambda column: column + np.ones(3))")
    assert found.names == {"column": "shape (2,)", "f": "a function"}
    probe = Probe("tanh", np.ones((2, 2)))
    found = crash("def slope(f, x):\n    return f(x)\nslope(f, np.ones(3))", f=probe)
    assert (found.line, found.text) == (2, "return f(x)")
    assert explained(found).startswith("line 2, `return f(x)`: this matrix product does not fit: ")


def test_where_no_line_of_the_learners_ran():
    def called():
        return (lambda x: x)(1, 2)  # the call is not the learner's

    try:
        called()
    except TypeError as error:
        found = crash_of(error, lambda filename: False)
    assert (found.line, found.text, found.names) == (None, "", {})
    assert explained(found) == "`<lambda>` takes 1 argument by position; 2 were given."


@pytest.mark.parametrize(
    ("filename", "own"),
    [
        ("/tmp/ipykernel_31/2508.py", True),
        ("<ipython-input-3-0123456789ab>", True),
        ("<cell 3>", True),
        ("Cell 3", True),
        ("/home/me/course/helpers.py", True),
        ("/home/me/course/check.py", False),
        (json.__file__, False),
        (np.lib.__file__, False),
        (pytest.__file__, False),
        ("/lib/python3.12/site-packages/scipy/stats.py", False),
        ("<frozen importlib._bootstrap>", False),
        ("<string>", False),
    ],
)
def test_whose_a_file_is(filename, own):
    assert learners(filename) is own


def test_no_file_of_the_kit_is_a_learners():
    ours = [*Path(course.kit.__file__).parent.glob("*.py"), "/home/me/check_search.py"]
    assert not any(learners(str(path)) for path in ours)


# ------------------------------------------------------------------ whatever is raised

EVIL = """
class Evil(type):
    def __getattribute__(cls, name): calls.append(name); raise SystemExit
    def __hash__(cls): calls.append("hash"); raise SystemExit
    def __eq__(cls, other): calls.append("eq"); raise SystemExit
class Bad(metaclass=Evil):
    def __repr__(self): calls.append("repr"); raise SystemExit
    __str__ = __len__ = __hash__ = __bool__ = __iter__ = __dir__ = __repr__
    def __getattribute__(self, name): calls.append(name); raise SystemExit
    def __getattr__(self, name): calls.append(name); raise SystemExit
    def __eq__(self, other): calls.append("=="); raise SystemExit
class Sly:
    @property
    def __class__(self): calls.append("class"); return np.ndarray
    @property
    def __dict__(self): calls.append("dict"); return {}
    @property
    def gamma(self): calls.append("gamma"); return 1
    def __dir__(self): calls.append("dir"); return []
class MyList(list):
    def __len__(self): calls.append("len"); raise SystemExit
class MyDict(dict):
    def __getitem__(self, key): calls.append("item"); raise SystemExit
class MyArray(np.ndarray):
    @property
    def shape(self): calls.append("shape"); raise SystemExit
bad, sly, my, ours, array = Bad(), Sly(), MyList([1]), MyDict(a=1), np.ones(3).view(MyArray)
class Key:
    def __hash__(self): return hash("a")
    def __eq__(self, other): calls.append("=="); return True
keys = {Key(): 1}
calls.clear()
"""


@pytest.mark.parametrize(
    "line",
    [
        "1 / 0, bad, sly, my, ours, array, keys, Bad, Sly",
        "1 / 0, bad.gamma, sly.gamma, sly.other, my[0], ours['a'], array.shape, keys['a'], array[0]",
        "(lambda self: gama)(bad)",
        "(lambda self: gama)(sly)",
        "(lambda self: gamma)(sly)",
    ],
)
def test_no_code_of_the_learners_runs_to_describe_variables(line):
    calls = []
    found = crash(line, setup=f"import numpy as np\n{EVIL}", calls=calls)
    assert found.line == 1
    assert explained(found)
    assert calls == []


def test_an_attribute_that_is_missing_is_looked_for_without_the_object():
    calls = []
    found = crash("sly.gama", setup=f"import numpy as np\n{EVIL}", calls=calls)
    assert found.suggestion == "gamma"
    assert calls == []


@pytest.mark.parametrize(
    "source",
    [
        "class E(Exception):\n    def __str__(self): raise SystemExit\nraise E",
        "class E(Exception):\n    def __str__(self): return 1\nraise E",
        "class E(Exception):\n    def __str__(self): return str(self)\nraise E",
        "class E(BaseException):\n    def __str__(self): raise KeyboardInterrupt\nraise E",
        "class E(Exception):\n    def __str__(self): return '\\ud800\\x1b[2J\\0' * 100_000\nraise E",
        "class E(Exception):\n    __traceback__ = __class__ = property(lambda self: 1 / 0)\nraise E",
        "class M(type):\n    __name__ = property(lambda cls: 1 / 0)\nclass E(Exception, metaclass=M): pass\nraise E",
        "class E(Exception): pass\nE.__name__ = '\\udfff' * 9_999\nraise E",
        "class E(str):\n    def __getattribute__(self, name): raise SystemExit\nraise KeyError(E('a'))",
        "raise ExceptionGroup('several', [ValueError(1), TypeError(2)])",
        "raise BaseExceptionGroup('several', [ExceptionGroup('inner', [KeyError()]), KeyboardInterrupt()])",
        "error = ValueError()\nerror.__context__ = error.__cause__ = KeyError()\nraise error",
        "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise KeyError('a') from error",
        "error = NameError('x')\nerror.name = error\nraise error",
        "raise NameError(name='x')",
        "raise AttributeError(name='x', obj=[])",
        "raise AttributeError(name=3, obj=3)",
        "raise SyntaxError('no', ('<ipython-input-9>', 10**30, -4, 'text', 1, 2))",
        "raise SyntaxError(('a', 1))",
        "eval('1 +')",
        "exec('1 / 0')",
        "def f(): return f()\nf()",
        "def f(n): return g(n + 1)\ndef g(n): return f(n + 1)\nf(0)",
        "def f():\n    yield 1\n    yield 1 / 0\nlist(f())",
        "def f():\n    yield 1\nf().throw(ValueError('thrown'))",
        "class A:\n    x = 1 / 0",
        "class M(type):\n    @classmethod\n    def __prepare__(cls, *_): return D()\nclass D(dict):\n"
        "    def __contains__(self, key): raise SystemExit\nclass A(metaclass=M):\n    x = 1 / y",
        "async def f(): return 1 / 0\nf().send(None)",
        "sorted([3, 1], key=lambda v: v / 0)",
        "np.vectorize(lambda v: v.x)(np.ones(3))",
        "raise SystemExit",
        "raise KeyboardInterrupt",
        "raise GeneratorExit",
        "assert False",
        "x = " + "(" * 50 + "1 / 0" + ")" * 50,
        "x = 1 / 0; s = '" + "long " * 5_000 + "'",
        "x = [\n" + "1,\n" * 2_000 + "1 / 0]",
        "é = 'ü' * 3; ß = np.ones(3) * np.ones(2)",
        "lone = '\\ud800'; {}[lone]",
    ],
)
def test_whatever_is_raised_is_told(source):
    error = raised(source)
    found = crash_of(error)
    said = explained(found, "f", ("g",))
    assert found.name
    assert said.isprintable()
    assert len(said) <= 800
    said.encode()
    assert Crash.read(json.loads(json.dumps(asdict(found)))) == found


def test_a_line_that_is_gone():
    error = raised("def f(x, gamma):\n    return gamma * x\nf(np.ones((4, 5)), np.ones(4))")
    linecache.clearcache()
    found = crash_of(error)
    assert (found.line, found.text, found.names) == (2, "", {})
    assert explained(found) == "line 2: shapes (4,) and (4, 5) do not line up from the right."


def test_a_line_that_changed_since():
    error = raised("def f(x, gamma):\n    return gamma * x\nf(np.ones((4, 5)), np.ones(4))")
    name = error.__traceback__.tb_next.tb_frame.f_code.co_filename
    linecache.cache[name] = (1, None, ["def f(\n", "\n", ")) 1 +\n"], name)
    assert explained(crash_of(error)).startswith("line 2")


def test_an_interpreter_without_columns(monkeypatch):
    error = raised("def f(x, gamma):\n    return gamma * x\nf(np.ones((4, 5)), np.ones(4))")
    monkeypatch.setattr("course.kit.crash._position", lambda step: (2, None, None, None))
    assert explained(crash_of(error)) == (
        "line 2, `return gamma * x`: shapes (4,) and (4, 5) do not line up from the right. "
        "gamma has shape (4,), x (4, 5)."
    )


def test_an_exception_of_another_thread():
    caught = []

    def work():
        caught.append(raised("1 / 0"))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert crash_of(caught[0]).text == "1 / 0"


GOOD = Crash("ValueError", "no", 3, "f(x)", "f", {"x": "3"}, "y", "f(x)")


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "ValueError",
        {**asdict(GOOD), "name": None},
        {**asdict(GOOD), "message": ["no"]},
        {**asdict(GOOD), "line": "3"},
        {**asdict(GOOD), "line": True},
        {**asdict(GOOD), "line": 0},
        {**asdict(GOOD), "line": 1 << 40},
        {**asdict(GOOD), "names": [["x", "3"]]},
        {**asdict(GOOD), "names": {"x": 3}},
    ],
)
def test_what_is_no_crash_is_none(data):
    assert Crash.read(data) is None


def test_a_strangers_crash_is_clipped_and_cleaned():
    huge = {**asdict(GOOD), "message": "a\x1b[2J\n\ud800" * 10_000, "names": {f"x{k}": "9" * 9_999 for k in range(99)}}
    found = Crash.read(huge)
    assert len(found.message) <= 500
    assert found.message.startswith("a\ufffd[2J ?a")
    assert len(found.names) == 8
    assert all(len(words) <= 120 for words in found.names.values())
    assert Crash.read({"name": "E"}) == Crash("E")


@pytest.fixture(scope="module")
def messages():
    """Every kind of message, with the exception's name, and some that no exception has."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [crash(cell, setup=SETUP) for cell, _ in CELLS]
    odd = ["shapes (9" + "9" * 480 + ",) and (3,) not aligned: 1 (dim 0) != 2 (dim 1)", "", "(" * 500]
    return {(each.name, each.message) for each in found} | {(each.name, message) for each in found for message in odd}


@pytest.mark.parametrize("names", [{}, {"a": "shape (0777,)"}, {"a": "shape (,)"}, {"a": "a tuple of 99999999999"}])
@pytest.mark.parametrize(
    "part", ["", "a * b", "a[", "a, b = a", "a(b)", "(" * 200, "a" * 200, "raise", "\0", "-" * 199]
)
def test_a_strangers_crash_is_told_whatever_it_says(messages, names, part):
    for name, message in messages:
        assert explained(Crash(name, message, 1, part, "f", names, "", part)).startswith("line 1")


def test_the_parts_of_a_crash_are_frozen():
    with pytest.raises(AttributeError):
        GOOD.line = 4
    assert replace(GOOD, line=4).line == 4


def test_a_crash_in_a_function_of_another_cell_is_told_with_the_line_that_led_there():
    helper = {"np": np}
    name = "<ipython-input-99-0123456789ab>"
    source = "def scaled(x, gamma):\n    return gamma * x\n"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(source, name, "exec"), helper)
    found = crash("\n\ny = scaled(np.ones((4, 5)), np.ones(4))", scaled=helper["scaled"])
    assert (found.caller, found.calls) == (3, "y = scaled(np.ones((4, 5)), np.ones(4))")
    assert (found.line, found.text, found.function) == (2, "return gamma * x", "scaled")
    assert Crash.read(json.loads(json.dumps(asdict(found)))) == found
    assert explained(found).startswith(
        "line 3, `y = scaled(np.ones((4, 5)), np.ones(4))`, leads to `scaled` in another cell, "
        "line 2, `return gamma * x`: shapes (4,) and (4, 5) do not line up from the right."
    )


def test_a_limit_that_was_met_is_not_a_crash_in_a_line_of_ours():
    class Slow(InProcess):
        def call(self, name, args, kwargs):
            raise TimeLimit(10.0, [])

    chapter = Chapter("introduction")
    found = examine_exercise(chapter, "normalize", lambda: Learner(Slow({})), lambda case: 1)
    assert [f.kind for f in found.findings] == []
    assert {o.problem.text.split(":")[0] for o in found.outcomes} == {"took too long"}


def test_a_crash_in_another_cell_at_its_top_names_no_function():
    found = replace(Crash("ZeroDivisionError", "division by zero"), line=2, text="f = 1 / 0", caller=3, calls="g()")
    assert explained(found).startswith("line 3, `g()`, leads to another cell, line 2, `f = 1 / 0`: ")


def test_what_a_learners_method_misses_is_told_with_its_line():
    """The attribute is missing in the object that is judged, but it is the learner's own line that asks for it."""

    class Network:
        @property
        def params(self):
            return self.weights

    steps = [
        {"do": "call", "name": "Network", "args": [], "kwargs": {}},
        {"judge": "in_float64", "actual": {"result": 0, "path": []}, "given": {}},
    ]
    played = play(steps, Network, judged=True)
    assert (played.crash.name, played.crash.text) == ("AttributeError", "return self.weights")
    played = play(steps, type("Network", (), {}), judged=True)
    assert played.crash is None
    assert "Expected an object with `params`" in played.problem.detail
