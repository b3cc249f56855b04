"""Whatever a learner's function or class returns, the visible check shows its table and says what came.

One file, because all its tests draw from one catalogue of odd values.
"""

import datetime
import inspect
import json
import warnings
from collections import namedtuple
from functools import cache
from html.parser import HTMLParser

import numpy as np
import pytest

from course.answer_keys import answer_key_bytes
from course.chapter import Chapter, slugs
from course.errors import LearnerError
from course.examination.examine import run_test
from course.examination.learner import InProcess, Learner, LearnerObject
from course.kit.check import compare
from course.kit.diagnosis import Finding
from course.kit.play import Adapter
from course.kit.table import Report, Row
from course.kit.values import Problem, alike, changed, describe, fingerprint, type_name
from grading.engine import session  # noqa: F401 (it says how a handle is described)
from grading.sandbox.wire import GRADER_HOOKS, Decoder, Encoder, Handle

EXERCISES = [(slug, name) for slug in slugs() for name in Chapter(slug).exercises]


def reference(slug, name):
    return Chapter(slug).exercises[name]


FUNCTIONS = [(slug, name) for slug, name in EXERCISES if not inspect.isclass(reference(slug, name))]
CLASSES = [(slug, name) for slug, name in EXERCISES if inspect.isclass(reference(slug, name))]


@cache
def key(slug):
    return json.loads(answer_key_bytes(Chapter(slug)))


# ------------------------------------------------------------------ values that nobody asked for


class Sabotage(BaseException):
    """Not an Exception, and its message can't be read."""

    def __str__(self):
        raise RuntimeError("no message")

    __repr__ = __str__


def sabotage(*args, **kwargs):
    raise Sabotage


class Hostile:
    """Raises whatever is done with it."""

    __array__ = __eq__ = __len__ = __iter__ = __deepcopy__ = __repr__ = __str__ = __format__ = sabotage
    __hash__ = __bool__ = __float__ = __getitem__ = __getattr__ = __reduce_ex__ = __array_ufunc__ = sabotage
    __class__ = property(sabotage)


class HostileTuple(tuple):
    __len__ = __iter__ = __getitem__ = __eq__ = __hash__ = __deepcopy__ = __repr__ = sabotage


class HostileDict(dict):
    __len__ = __iter__ = __getitem__ = keys = values = items = __deepcopy__ = __repr__ = sabotage


class NamelessType(type):
    __name__ = property(sabotage)
    __hash__ = __eq__ = sabotage


class Nameless(metaclass=NamelessType):
    pass


class Liar:
    """Says that it is an array."""

    __class__ = np.ndarray


class Tensor:
    """Much like one of torch: it has numbers, a shape and arithmetic, and is no array."""

    shape, dtype, ndim = (3,), "torch.float32", 1

    def __array__(self, *args, **kwargs):
        raise TypeError("can't convert cuda:0 device type tensor to numpy")

    def sum(self, *args, **kwargs):
        return np.float64(0)

    __mul__ = __sub__ = __add__ = __abs__ = lambda self, *other: self


class Subclass(np.ndarray):
    pass


def itself():
    a = []
    a.append(a)
    return a


def holds_itself():
    a = np.empty(1, dtype=object)
    a[0] = a
    return a


def hostile_array():
    a = np.empty(2, dtype=object)
    a[0] = a[1] = Hostile()
    return a


def nested(depth):
    a = []
    for _ in range(depth):
        a = [a]
    return a


def shared(depth):
    a = []
    for _ in range(depth):
        a = [a, a]
    return a


async def coroutine():
    return 1.0


def no_longer_awaited():
    made = coroutine()
    made.close()  # else Python warns that nobody awaited it
    return made


def matrix():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.matrix([[1.0, 2.0]])


#: By name: what makes the value, and what the table says of it (one of these).
ODD = {
    "None": (lambda: None, "None (is a `return` missing?)"),
    "Ellipsis": (lambda: ..., "an object of type ellipsis"),
    "dict": (lambda: {"y": 1, "cache": 2}, "a dict with the keys 'y' and 'cache'"),
    "empty dict": (dict, "an empty dict"),
    "dict by numbers": (lambda: {0: np.ones(3), 1: np.ones(3)}, "a dict with 2 keys, not all of them strings"),
    "dict of many": (lambda: {f"k{i}": i for i in range(9)}, "'k3' and 5 more"),
    "hostile dict": (lambda: HostileDict(a=1), "an object of type HostileDict"),
    "list": (lambda: [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "a list of 6 numbers"),
    "list of five": (lambda: [1.0] * 5, "a list of 5 numbers"),
    "tuple of five": (lambda: (np.ones(3),) * 5, "a tuple of 5 arrays"),
    "list of arrays": (lambda: [np.ones(2)] * 7, "a list of 7 arrays"),
    "list of lists": (lambda: [[1.0, 2.0]] * 7, "a list of 7 lists"),
    "ragged list": (lambda: [[1.0], [1.0, 2.0], 3.0] * 2, "a list of 6 values of several kinds"),
    "tuple of odd parts": (lambda: ({}, "a", None, object()), "a tuple of 4 (a dict, a string, None and an object)"),
    "empty list": (list, "an empty list"),
    "list with itself in it": (itself, "a list of 1 list"),
    "deep list": (lambda: nested(5_000), "a list of 1 list"),
    "list of the same lists": (lambda: shared(60), "a list of 2 lists"),
    "hostile tuple": (lambda: HostileTuple((1.0, 2.0)), "an object of type HostileTuple", "got a single number"),
    "set": (lambda: {1.0}, "a set"),
    "string": (lambda: "y", "a string"),
    "half a surrogate": (lambda: {"\ud800<b>": 1}, "a dict with the key '?<b>'"),
    "bytes": (lambda: b"y", "bytes"),
    "generator": (lambda: (i for i in range(3)), "a generator, which has computed nothing yet"),
    "iterator": (lambda: map(abs, [1]), "an object of type map"),
    "coroutine": (no_longer_awaited, "a coroutine (write `def`, not `async def`)"),
    "function": (lambda: sabotage, "a function (are the parentheses of a call missing?)"),
    "class": (lambda: Tensor, "the class Tensor itself, not an object of it"),
    "module": (lambda: np, "the module numpy"),
    "exception": (lambda: ValueError("x"), "an exception of type ValueError: raise it instead of returning it"),
    "exception without words": (Sabotage, "an exception of type Sabotage"),
    "hostile object": (Hostile, "an object of type Hostile", "raised Sabotage"),
    "object of a class without name": (Nameless, "an object of type unknown"),
    "liar": (Liar, "an object of type Liar"),
    "tensor": (Tensor, "an object of type Tensor"),
    "complex": (lambda: 1j, "a complex number"),
    "long integer": (lambda: 10**400, "an integer of more than 64 bits", "got a number", "got a single number"),
    "nan": (lambda: float("nan"), "NaN", "a number", "single number", "not in its range"),
    "inf": (lambda: -np.inf, "infinite", "a number", "single number", "not in its range"),
    "datetime": (datetime.datetime.now, "an object of type datetime"),
    "array of words": (lambda: np.array(["a", "b"]), "dtype <U1", "got shape (2,)"),
    "array of objects": (hostile_array, "dtype object", "got shape (2,)"),
    "array of records": (lambda: np.zeros(2, dtype=[("a", "f8")]), "dtype [('a', '<f8')]", "got shape (2,)"),
    "array of dates": (lambda: np.zeros(2, "M8[D]"), "dtype datetime64[D]", "got shape (2,)"),
    "complex array": (lambda: np.ones(2) * 1j, "dtype complex128", "got shape (2,)"),
    "record": (lambda: np.zeros(2, dtype=[("a", "f8")])[0], "a value of dtype", "got a single number"),
    "array of nothing": (lambda: np.ones((0, 3)), "shape (0, 3)", "shape (3, 0)"),
    "array of one": (lambda: np.array(7.5), "an array of shape ()", "a single number", "got 7.5"),
    "many axes": (lambda: np.ones((1,) * 32), "shape (1, 1"),
    "masked array": (lambda: np.ma.masked_array([1.0, 2.0], [True, False]), "a MaskedArray instead of a plain array"),
    "matrix": (matrix, "shape (1, 2)", "got an array", "got [1, 2]"),
    "subclass": (lambda: np.full(3, 7.0).view(Subclass), "shape (3,)", "got an array", "got [7"),
}
odd_values = pytest.mark.parametrize("odd", ODD)


class Page(HTMLParser):
    """The text of a page, and its tags."""

    def __init__(self, source):
        super().__init__()
        self.text, self.tags = "", set()
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)

    def handle_data(self, data):
        self.text += data


def test_code_in_a_sentence_is_code_on_the_page():
    found = [Finding("line", "line 3, `a < b`: look at the order", [0], line=3)]
    rows = [Row("`y` is <right>", "failed", Problem("`y` differs"))]
    page = Report("f", rows, found, hidden=0)._repr_html_()
    assert "line 3, <code>a &lt; b</code>: look at the order" in page
    assert "<code>y</code> is &lt;right&gt;<br><small><code>y</code> differs</small>" in page


def table(name, learner, key, *words):
    """The table that a learner sees: it does not pass, can be printed and shown, and says one of these words."""
    report = compare(name, learner, key)
    assert not report.passed, report
    text, page = repr(report), Page(report._repr_html_())
    text.encode()  # a terminal can show it
    assert page.tags <= {"table", "caption", "code", "tr", "td", "br", "small", "strong", "p", "blockquote"}, (
        "a text was not escaped"
    )
    told = [*(row.text for row in report.rows if row.text), *(f.text for f in report.findings)]
    for problem in told:
        assert problem in text
        assert problem.replace("`", "") in page.text.replace("`", "")  # code stands without its backticks
        assert "could not be used" not in problem
    assert any(word in problem for word in words for problem in told), (name, text)
    return report


def tried(odd):
    """The functions to try a value with: fewer where it takes long to find out that it has too many parts."""
    return FUNCTIONS[::5] if odd in ("list of the same lists", "deep list") else FUNCTIONS


@odd_values
def test_a_function_may_return_anything(odd):
    make, *words = ODD[odd]
    for slug, name in tried(odd):
        table(name, lambda *args, **kwargs: make(), key(slug), *words)


@odd_values
def test_a_part_of_a_right_result_may_be_anything(odd):
    make, *words = ODD[odd]
    for slug, name in tried(odd):
        for k in range(parts(slug, name)):
            table(name, with_part(reference(slug, name), k, make), key(slug), *words)


def with_part(right, k, make):
    return lambda *args, **kwargs: replaced(right(*args, **kwargs), k, make())


def replaced(result, k, part):
    return (*result[:k], part, *result[k + 1 :])


@cache
def parts(slug, name):
    """How many parts the result has, 0 where it is no tuple."""
    seen = []

    def watched(*args, **kwargs):
        seen.append(reference(slug, name)(*args, **kwargs))
        return seen[-1]

    assert compare(name, watched, key(slug)).passed
    return len(seen[0]) if isinstance(seen[0], tuple) else 0


def test_one_part_more_is_seen_as_the_hidden_tests_see_it():
    for slug, name in FUNCTIONS:
        if n := parts(slug, name):
            more = with_part(reference(slug, name), n, lambda: None)
            table(name, more, key(slug), f"a tuple of {n + 1}")


def test_a_function_may_return_any_nest_of_these():
    rng = np.random.default_rng(0)
    makers = [make for odd, (make, *_) in ODD.items() if odd not in ("deep list", "list of the same lists")]

    def nest(depth):
        kind = rng.choice(["leaf", "tuple", "list", "dict"]) if depth else "leaf"
        if kind == "leaf":
            return makers[rng.integers(len(makers))]()
        parts = [nest(depth - 1) for _ in range(rng.integers(7))]
        return {"tuple": tuple, "list": list, "dict": lambda p: dict(enumerate(p))}[kind](parts)

    for _ in range(40):
        for slug, name in FUNCTIONS[:: rng.integers(1, 6)]:
            table(name, lambda *args, **kwargs: nest(3), key(slug), "got ", "raised ", "NaN", "infinite")


# ------------------------------------------------------------------ classes


def attributes(slug, name):
    """The attributes that the check reads; of a network the laws do."""
    steps = [step for p in key(slug)[name]["properties"] for step in p["steps"] if step.get("do") in ("get", "set")]
    return {step["name"] for step in steps} or {"params"}


def methods(slug, name):
    return {n for n, f in vars(reference(slug, name)).items() if inspect.isfunction(f) and n != "__init__"} - {
        n for n in vars(reference(slug, name)) if n.startswith("_") and n != "__call__"
    }


def short(slug, name):
    """The key, without the laws of a network that train it for long before they look at anything."""
    entry = key(slug)[name]
    quick = {"has_parameters", "alone", "starts", "agrees", "gradients"}
    kept = [k for k, p in enumerate(entry["properties"]) if all(s.get("judge", "starts") in quick for s in p["steps"])]
    if name != "Network":
        return key(slug)
    mistakes = [[traces[k] for k in kept] for traces in entry["mistakes"]]
    properties = [{**entry["properties"][k], "after": []} for k in kept]
    return {name: {**entry, "properties": properties, "mistakes": mistakes}}


@odd_values
def test_a_class_may_make_anything(odd):
    make, *words = ODD[odd]
    for slug, name in CLASSES:
        table(name, lambda *args, **kwargs: make(), short(slug, name), *words, "raised ")


# The class itself computes with its attribute: NumPy would make an array of 2**60 entries.
@pytest.mark.parametrize("odd", [odd for odd in ODD if odd != "list of the same lists"])
def test_an_attribute_may_be_anything(odd):
    make, *words = ODD[odd]
    for slug, name in CLASSES:
        for attribute in attributes(slug, name):
            wrong = type(name, (reference(slug, name),), {attribute: property(lambda self: make(), lambda *_: None)})
            table(name, wrong, short(slug, name), *words, "raised ", "not reached")


@odd_values
def test_a_method_may_return_anything(odd):
    make, *words = ODD[odd]
    for slug, name in CLASSES:
        wrong = {n: lambda *args, **kwargs: make() for n in methods(slug, name)}
        table(name, type(name, (reference(slug, name),), wrong), short(slug, name), *words)


# ------------------------------------------------------------------ what is raised


class LoudError(Exception):
    """Its message is a page of its own, with half a surrogate."""

    def __str__(self):
        return "<script>\ud800" + "x" * 10_000


RAISED = {
    "SystemExit": (SystemExit(3), "raised SystemExit: 3"),
    "GeneratorExit": (GeneratorExit(), "raised GeneratorExit"),
    "StopIteration": (StopIteration(), "raised StopIteration"),
    "no message": (Sabotage(), "raised Sabotage: its message could not be read"),
    "a long message": (LoudError(), "raised LoudError: <script>?xxx"),
    "RecursionError": (RecursionError("too deep"), "raised RecursionError: too deep"),
}


@pytest.mark.parametrize("kind", RAISED)
def test_anything_may_be_raised(kind):
    error, words = RAISED[kind]

    def raises(*args, **kwargs):
        raise error

    for slug, name in EXERCISES:
        report = table(name, raises, short(slug, name), words)
        assert len(repr(report)) < 30_000
    for slug, name in CLASSES:
        for attribute in attributes(slug, name):
            wrong = type(name, (reference(slug, name),), {attribute: property(raises, lambda *_: None)})
            table(name, wrong, short(slug, name), words)


def test_who_stops_it_is_obeyed():
    def stopped(*args, **kwargs):
        raise KeyboardInterrupt

    for slug, name in EXERCISES:
        with pytest.raises(KeyboardInterrupt):
            compare(name, stopped, key(slug))


# ------------------------------------------------------------------ what is done with the arguments


@pytest.mark.parametrize("left", [[], [sabotage], [itself()]])
def test_a_list_that_was_passed_may_be_changed(left):
    right = reference("inference", "population_statistics")

    def changes(batches):
        result = right(batches)
        batches[:] = [Hostile() if part is sabotage else part for part in left]
        return result

    told = "changed a list that it was given", "was changed by the call", "raised Sabotage"
    table("population_statistics", changes, key("inference"), *told)


@odd_values
def test_a_function_of_another_layout_may_return_anything(odd):
    make, *words = ODD[odd]
    entry = {"order": ["x", "gamma", "beta"], "arguments": ["x", "gamma", "beta"], "features_first": ["x", "result"]}
    entries = {"batchnorm_forward": {**key("transform")["batchnorm_forward"], "term": entry}}
    table("batchnorm_forward", lambda *args, **kwargs: make(), entries, *words)
    assert isinstance(Adapter.of(sabotage, entry), Adapter)


# ------------------------------------------------------------------ in words, in numbers


def test_the_table_names_the_parts_that_were_wanted():
    y = "Expected a tuple of 2 (y, cache); got a dict with the keys 'y' and 'cache'"
    table("batchnorm_forward", lambda *a, **k: {"y": 1, "cache": 2}, key("transform"), y)
    cache = "cache: expected a tuple of 3 (x_hat, gamma, inv_std); got a list of 2 arrays"
    table("batchnorm_forward", with_cache([np.ones(2)] * 2), key("transform"), cache)


def with_cache(cache):
    return with_part(reference("transform", "batchnorm_forward"), 1, lambda: cache)


def test_a_named_tuple_is_a_tuple():
    pair = namedtuple("pair", "mean var")
    right = reference("introduction", "batch_statistics")
    assert compare("batch_statistics", lambda *args: pair(*right(*args)), key("introduction")).passed


def test_an_array_with_itself_in_it_is_described():
    # No exercise is tried with it: NumPy's own arithmetic ends the process.
    assert describe(holds_itself()) == "an array of shape (1,) and dtype object"
    assert fingerprint(holds_itself()) == "unreadable"


@odd_values
def test_no_hint_for_what_can_not_be_read(odd):
    """An odd value is like no result that is known, but what the fingerprint always took for an object."""
    made = fingerprint(ODD[odd][0]())
    json.dumps(made)
    assert not alike(made, fingerprint(np.arange(3.0)))
    assert not alike(made, fingerprint((np.ones(3), 1.0)))


def test_fingerprints_are_what_they_were():
    """The keys that learners have already were made with these."""
    x = np.arange(6.0).reshape(2, 3) - 2
    plain = [[2, 3], 0, float(f"{x.ravel() @ np.cos(np.arange(6) + 1.0):.9g}")]
    assert fingerprint(x)[:3] == plain
    assert fingerprint((x, [1, None], iter([]))) == [fingerprint(x), [fingerprint(1), "no numbers"], "no numbers"]
    assert fingerprint(np.array([np.nan, 1.0]))[:2] == [[2], 1]
    assert fingerprint(True) == [[], 0, 0.540302306, 0.841470985, 1.0]


def test_an_error_that_is_returned_is_not_like_nothing_that_is_returned():
    known = fingerprint(None)
    for value in (ValueError("no rows"), {}, {"dx": 1.0}, "words", (k for k in ()), len):
        assert fingerprint(value) != known
        assert "no rows" not in fingerprint(value)
    assert fingerprint(object()) == known  # a method like train() may return its object, or nothing


def test_a_list_that_lost_a_part_is_not_like_one_whose_arrays_were_changed():
    rows = [np.ones(2), np.zeros(3)]
    assert changed(rows, rows) == []
    assert changed(rows, [np.ones(2), np.ones(3)]) == [1]
    assert changed(rows, []) == [-1, 0, 1]
    assert changed(rows, [*rows, np.ones(1)]) == [-1]


# ------------------------------------------------------------------ the same judges in grading


def over_the_wire(value):
    """What of a value comes to the grader; `WireError` where nothing does."""
    encoder = Encoder(1 << 20, lambda thing: {"handle": [0, type_name(thing)]})
    try:
        return Decoder(encoder.arrays, GRADER_HOOKS).decode(encoder.encode(value))
    except Sabotage:
        raise LearnerError("Sabotage", "", "") from None  # as the learner's process tells it


@odd_values
def test_grading_gives_no_points_for_what_is_odd(odd):
    make = ODD[odd][0]
    for slug, name in (
        ("transform", "batchnorm_forward"),
        ("introduction", "normalize"),
        ("backprop", "gradient_error"),
    ):
        names = {name: lambda *args, **kwargs: over_the_wire(make())}
        outcomes = [run_test(t, Learner(InProcess(names)), seed=1) for t in Chapter(slug).hidden_tests(name)]
        held = {o.test.property for o in outcomes if o.holds}
        assert not [o.test.property for o in outcomes if o.holds and held.issuperset(o.test.after)], name
        assert not any("LearnerObject" in o.problem.text for o in outcomes if o.problem)


def test_an_object_in_the_sandbox_is_described_as_the_visible_check_does():
    def made(kind):
        return LearnerObject(Learner(InProcess({})), Handle(1, kind))

    thing = made("Layer")
    assert describe(thing) == "an object of type Layer"
    assert describe(made("generator")) == describe(k for k in ())
    assert describe(made("function")) == describe(len)
    assert describe(made("ValueError")) == describe(ValueError("one row"))
    assert describe(made("UnicodeDecodeError")) == "an exception of type UnicodeDecodeError"
    assert describe((thing, np.ones(2))) == "a tuple of 2 (an object and an array)"


# ------------------------------------------------------------------ numbers of another kind


def masked_nowhere(a):
    return np.ma.masked_array(a, np.zeros(a.shape, bool))


OTHER_KINDS = {
    "subclass": lambda a: a.view(Subclass),
    "matrix": lambda a: np.matrix(a) if a.ndim == 2 else a,
    "masked array": masked_nowhere,
    "long double": lambda a: a.astype(np.longdouble) if a.dtype == np.float64 else a,
}


def turned(value, kind):
    if type(value) is tuple:
        return tuple(turned(part, kind) for part in value)
    return OTHER_KINDS[kind](value) if isinstance(value, np.ndarray) else value


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_right_numbers_of_another_kind_are_right(kind):
    """Grading says the same: what leaves the sandbox is made plain by the same function."""
    for name in ("batchnorm_forward", "batchnorm2d_forward"):
        right = reference("transform", name)
        report = compare(name, lambda *args, right=right, **more: turned(right(*args, **more), kind), key("transform"))
        assert report.passed, report


def test_what_is_masked_is_no_number():
    def masked(*args, **more):
        y = reference("transform", "batchnorm2d_forward")(*args, **more)
        return np.ma.masked_array(y, y == y.max())

    table("batchnorm2d_forward", masked, key("transform"), "a MaskedArray instead of a plain array")
