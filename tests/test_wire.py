"""The wire carries numbers and their containers exactly, and refuses everything else by one named error."""

import collections
import contextlib
import json
import math

import numpy as np
import pytest

from grading.sandbox import wire

MANY = 1 << 20


def reader(data):
    """A `read` that gives the bytes of `data`, and never more than there are."""
    view = memoryview(data)

    def read(count):
        nonlocal view
        taken, view = bytes(view[:count]), view[count:]
        assert len(taken) == count, "read past the end of the frame"
        return taken

    return read


def there(value, other=None):
    """`value` after a journey over the wire."""
    encoder = wire.Encoder(MANY, other)
    frame = encoder.frame({"id": "1", "value": encoder.encode(value)})
    message, decoder = wire.read_frame(reader(frame), MANY, wire.GRADER_HOOKS)
    return decoder.decode(message["value"])


def frame(header, blob=b""):
    """The frame of a header and a blob that need not fit each other."""
    data = header if isinstance(header, bytes) else json.dumps(header).encode()
    return wire.LENGTHS.pack(len(data), len(blob)) + data + blob


def decode(value, arrays=(), blob=b""):
    message, decoder = wire.read_frame(
        reader(frame({"value": value, "arrays": list(arrays)}, blob)), MANY, wire.GRADER_HOOKS
    )
    return decoder.decode(message["value"])


@pytest.mark.parametrize("value", [None, True, 0, -(2**200), 1.5, -0.0, math.inf, "", "γ \n \0", (), [], {}])
def test_plain_values_arrive_as_they_are(value):
    assert there(value) == value
    assert type(there(value)) is type(value)
    assert repr(there(value)) == repr(value)


def test_nan_arrives():
    assert math.isnan(there(float("nan")))


def test_containers_keep_their_kind():
    value = {"a": [1, (2, [3.0])], "": ({"b": None},)}
    assert there(value) == value


@pytest.mark.parametrize("dtype", wire.DTYPES)
def test_arrays_and_scalars_of_every_dtype(dtype):
    array = np.array([[0, 1, 1], [1, 0, 1]], dtype)
    assert there(array).dtype == array.dtype
    np.testing.assert_array_equal(there(array), array)
    scalar = array[0, 1]
    assert type(there(scalar)) is type(scalar)
    assert there(scalar) == scalar


@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (1,) * 8])
def test_unusual_shapes(shape):
    assert there(np.ones(shape)).shape == shape


def test_layout_and_byte_order_change_nothing_but_themselves():
    array = np.arange(6.0).reshape(2, 3)
    for same in (np.asfortranarray(array), array.astype(">f8"), array[:, ::-1][:, ::-1]):
        np.testing.assert_array_equal(there(same), array)
        assert there(same).dtype == np.dtype("float64")


def test_what_arrives_can_be_written_to_and_is_nobody_elses():
    first, second = there((np.zeros(2), np.zeros(2)))
    first[0] = 1
    assert second[0] == 0


def test_one_array_twice_arrives_as_one():
    array = np.zeros(2)
    first, second = there((array, array))
    assert first is second


@pytest.mark.parametrize(
    "value",
    [
        np.array([object()]),
        np.array([1j]),
        np.array(["a"]),
        np.array([1], "M8[s]"),
        np.zeros(1, "i4,i4"),
        np.ma.masked_array([1.0]),
        np.zeros(1, np.longdouble),
        np.zeros((1,) * 9),
        1j,
        {1: 2},
        {1, 2},
        b"bytes",
        len,
        2**2000,
        "x" * (wire.MAX_TEXT + 1),
        [0] * wire.MAX_NODES,
        np.zeros(MANY),
        np.broadcast_to(np.zeros(1), (1 << 40,)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_that_do_not_travel(value):
    with pytest.raises(wire.WireError):
        there(value)


def test_a_subclass_of_ndarray_does_not_travel():
    class Always(np.ndarray):
        def __eq__(self, other):
            return True

    with pytest.raises(wire.WireError):
        there(np.zeros(2).view(Always))


def test_no_depth_hurts():
    value = []
    for _ in range(10_000):
        value = [value]
    with pytest.raises(wire.WireError):
        there(value)
    cycle = []
    cycle.append(cycle)
    with pytest.raises(wire.WireError):
        there(cycle)


def test_a_handle_is_good_for_nothing():
    handle = there(object(), lambda value: {"handle": [7, type(value).__name__]})
    assert (handle.number, handle.type_name) == (7, "object")
    for use in (
        bool,
        len,
        iter,
        float,
        int,
        hash,
        np.asarray,
        lambda h: h == h,
        lambda h: h != 1,
        lambda h: h < 1,
        lambda h: h[0],
    ):
        with pytest.raises(TypeError):
            use(handle)
    with pytest.raises(TypeError):
        np.testing.assert_allclose(handle, 0)


def test_a_named_tuple_is_a_tuple_that_knows_where_it_comes_from():
    Cache = collections.namedtuple("Cache", "x scale")
    encoder = wire.Encoder(MANY, lambda value: {"kept": [3, encoder.items(value)]})
    data = encoder.frame({"value": encoder.encode(Cache(1, 2.0))})
    message, decoder = wire.read_frame(reader(data), MANY, wire.GRADER_HOOKS)
    kept = decoder.decode(message["value"])
    assert kept == (1, 2.0)
    assert kept.number == 3


def test_half_surrogates_do_not_reach_a_file():
    assert there("a\ud800b") == "a?b"


HOSTILE = {
    "not json": b"{",
    "not utf-8": b"\xff\xfe\xfd",
    "no object": b"[]",
    "deep": b"[" * 100_000,
    "long number": b'{"value": ' + b"9" * 10_000 + b', "arrays": []}',
    "no arrays": {"value": 1},
    "arrays of another form": {"value": 1, "arrays": {"0": 1}},
    "a spec of another form": {"value": 1, "arrays": [["float64"]]},
    "object dtype": {"value": 1, "arrays": [["object", [1]]]},
    "structured dtype": {"value": 1, "arrays": [[["a", "<f8"], [1]]]},
    "string dtype": {"value": 1, "arrays": [["<U8", [1]]]},
    "byte order": {"value": 1, "arrays": [[">f8", [1]]]},
    "negative axis": {"value": 1, "arrays": [["float64", [-1]]]},
    "negative axes": {"value": 1, "arrays": [["float64", [-1, -1]]]},
    "axis that is no integer": {"value": 1, "arrays": [["float64", [1.0]]]},
    "axis that is a truth value": {"value": 1, "arrays": [["float64", [True]]]},
    "huge axis": {"value": 1, "arrays": [["float64", [10**12]]]},
    "product that overflows": {"value": 1, "arrays": [["float64", [2**31] * 8]]},
    "empty and huge": {"value": 1, "arrays": [["float64", [0, *[2**31] * 7]]]},
    "nine axes": {"value": 1, "arrays": [["float64", [1] * 9]]},
    "shape too short for its bytes": {"value": 1, "arrays": []},
}


@pytest.mark.parametrize("header", HOSTILE.values(), ids=HOSTILE)
def test_hostile_headers(header):
    with pytest.raises(wire.WireError):
        wire.read_frame(reader(frame(header, b"12345678")), MANY, wire.GRADER_HOOKS)


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"array": 0, "scalar": 0},
        {"array": 1},
        {"array": -1},
        {"array": True},
        {"array": "0"},
        {"array": [0]},
        {"scalar": 0},
        {"tuple": 1},
        {"tuple": {"a": 1}},
        {"list": "ab"},
        {"dict": {"a": 1}},
        {"dict": [["a"]]},
        {"dict": [[1, 2]]},
        {"dict": [[None, 2]]},
        {"handle": 1},
        {"handle": ["1", "x"]},
        {"handle": [-1, "x"]},
        {"handle": [1, "x" * 1000]},
        {"kept": 1},
        {"kept": [1, 1]},
        {"kept": ["a", []]},
        {"callback": 0},
        {"pickle": "gASV"},
        [1, 2],
        {"list": [[1]]},
        2**2000,
    ],
    ids=str,
)
def test_hostile_values(value):
    with pytest.raises(wire.WireError):
        decode(value, [["float64", [1]]], bytes(8))


def test_hostile_depth_and_numbers_of_parts():
    deep = 0
    for _ in range(50):
        deep = {"list": [deep]}
    for value in (deep, {"list": [0] * (wire.MAX_NODES + 1)}):
        with pytest.raises(wire.WireError):
            decode(value)


SHARED = [np.ones((100, 100))] * 250


@pytest.mark.parametrize(
    ("value", "numbers"),
    [
        (SHARED, 1 + 250 * 10_001),
        (np.zeros(9, np.int8), 10),
        ([0.5, None, "ab", {"key": 1}], 1 + 1 + 1 + 3 + (1 + 3 + 1)),
        ((np.float32(1), ()), 1 + 2 + 1),
    ],
    ids=["one array many times", "small numbers", "parts", "scalars"],
)
def test_a_value_holds_as_much_as_a_judge_meets(value, numbers):
    """Both sides count alike, so that the process that sends a large result can say so and live."""
    encoder = wire.Encoder(MANY)
    data = encoder.frame({"value": encoder.encode(value)})
    message, decoder = wire.read_frame(reader(data), MANY, wire.GRADER_HOOKS)
    decoder.decode(message["value"])
    assert encoder.room.taken == decoder.room.taken == numbers
    for most, refused in ((numbers, False), (numbers - 1, True)):
        message, decoder = wire.read_frame(reader(data), MANY, wire.GRADER_HOOKS)
        decoder.room = wire.Room(most)
        for code, given in (
            (wire.Encoder(MANY, room=wire.Room(most)).encode, value),
            (decoder.decode, message["value"]),
        ):
            refusal = pytest.raises(wire.WireError, match=f"it holds more than {most} numbers")
            with refusal if refused else contextlib.nullcontext():
                code(given)


def test_a_header_of_many_brackets_is_refused_before_it_is_read():
    data = b"[" + b"[]," * wire.MAX_BRACKETS + b"0]"
    assert len(data) < wire.MAX_HEADER
    with pytest.raises(wire.WireError, match="too many parts"):
        wire.read_frame(reader(frame(data)), MANY, wire.GRADER_HOOKS)


def test_a_truth_value_is_0_or_1():
    with pytest.raises(wire.WireError):
        decode({"array": 0}, [["bool", [2]]], b"\x01\x02")


@pytest.mark.parametrize("lengths", [(2**32 - 1, 0), (10, MANY + 1), (wire.MAX_HEADER + 1, 0)])
def test_lengths_are_checked_before_anything_is_read(lengths):
    with pytest.raises(wire.WireError):
        wire.read_frame(reader(wire.LENGTHS.pack(*lengths)), MANY, wire.GRADER_HOOKS)


def test_random_bytes_make_no_other_error():
    rng = np.random.default_rng(0)
    encoder = wire.Encoder(MANY)
    good = bytearray(encoder.frame({"value": encoder.encode({"a": (np.zeros(3), [1.5, "b"])})}))
    for _ in range(2_000):
        bad = bytearray(good)
        for place in rng.integers(8, len(bad), 3):
            bad[place] = rng.integers(256)
        try:
            message, decoder = wire.read_frame(reader(bad), MANY, wire.GRADER_HOOKS)
            decoder.decode(message.get("value"))
        except wire.WireError:
            pass
