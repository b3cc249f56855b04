"""The messages between the grader and a learner's process: JSON and raw array bytes, nothing that executes.

Both sides use this file. It is mounted into the sandbox, so it imports NumPy and the standard library alone. A frame is

    length of the header, length of the blobs (two big-endian uint32) | header (JSON) | blobs

and the header's `arrays` lists `[dtype, shape]` of each blob, in order. A value that JSON has (None, bool, int, float,
str) is written as such. Any other value is an object with one key:

- `{"array": k}` and `{"scalar": k}` are the array and the NumPy scalar in blob number k;
- `{"tuple": [...]}`, `{"list": [...]}` and `{"dict": [[key, value], ...]}` hold values;
- `{"handle": [number, type name]}` is an object that stays in the learner's process;
- `{"kept": [number, [...]]}` is a named tuple of the learner's;
- `{"callback": number}` is a function of the grader's.

The grader believes nothing that it reads: it checks every length before it takes memory for it, and whatever is not
exactly as described here is a `WireError`. What a value holds is measured as the judges will meet it: an array that is
in a list 250 times counts 250 times, and an entry counts as one number whatever its dtype.
"""

import json
import math
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

import numpy as np

try:
    from course.errors import WireError
except ModuleNotFoundError:  # in the sandbox, where nothing of the course lies

    class WireError(Exception):  # type: ignore[no-redef]
        """What came, or should be sent, is no message."""


LENGTHS = struct.Struct("!II")
MAX_HEADER = 8 << 20  # bytes of JSON
MAX_DEPTH = 16
MAX_NODES = 20_000  # values in one message, containers included
MAX_TEXT = 1 << 20  # characters of one string
MAX_BRACKETS = MAX_TEXT + 5 * MAX_NODES  # in a header: what is printed has brackets, too
#: A result may hold a few numbers, as many as the project's largest network has, and so many times as many as the
#: arguments.
FEW_NUMBERS, TIMES_LARGER = 12_000, 20
MAX_INT_BITS = 1024
MAX_AXES = 8
DTYPES = {
    name: np.dtype(name)
    for name in ("bool", *(f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)))
} | {f"float{bits}": np.dtype(f"float{bits}") for bits in (16, 32, 64)}

Hooks = Mapping[str, Callable[[Any], Any]]


class Handle:
    """Stands for an object that stays in the learner's process.

    It can be passed back as an argument, and can do nothing else. A test that takes it for a number, an array or a
    truth value gets a `TypeError`, so that it can't pass by mistake.
    """

    __slots__ = ("number", "type_name")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, number: int, type_name: str) -> None:
        self.number = number
        self.type_name = type_name

    def __repr__(self) -> str:
        return f"<a {self.type_name} in the learner's process>"

    def _refuse(self, *_: object) -> NoReturn:
        raise TypeError(f"{self!r} has no value here: wanted an array, a number or a tuple of these")

    __bool__ = __len__ = __iter__ = __float__ = __int__ = __index__ = __array__ = __getitem__ = _refuse
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = _refuse  # type: ignore[assignment]


class KeptTuple(tuple):
    """A named tuple of the learner's. Here it is a tuple; passed back, it is the learner's own object again."""

    number: int


class Room:
    """How many numbers some values may hold together: entries of arrays, characters, and one for each value.

    Parameters
    ----------
    most : int
        So many.
    what : str
        The beginning of what is said when they are more.
    """

    def __init__(self, most: int = 1 << 62, what: str = "it holds") -> None:
        self._most, self._what = most, what
        self.taken = 0

    def take(self, numbers: int) -> None:
        """Count some numbers. Raises `WireError` where they are too many with all that were counted before."""
        self.taken += numbers
        if self.taken > self._most:
            raise WireError(f"{self._what} more than {self._most} numbers")


def room_for_result(arguments: Room) -> Room:
    """The room for the result of a call whose arguments have taken theirs.

    Judges work with results and arguments together, and what they broadcast may be as large as the product of two
    results. So the room is close to what a right result takes.
    """
    return Room(FEW_NUMBERS + TIMES_LARGER * arguments.taken)


class Encoder:
    """Turns the values of one message into JSON and blobs.

    Parameters
    ----------
    max_bytes : int
        The most bytes that all arrays together may have.
    other : callable, optional
        Gets each object that is no value of the wire's, and returns the JSON for it. Without `other` such an object is
        refused.
    room : Room, optional
        What the values may hold together; anything unless told.
    """

    def __init__(self, max_bytes: int, other: Callable[[Any], Any] | None = None, room: Room | None = None) -> None:
        self.room = room or Room()
        self.arrays: list[np.ndarray] = []  # in the order of their numbers on the wire
        self._numbers: dict[int, int] = {}  # id of an array: its number; an array passed twice arrives as one
        self._other = other
        self._left = max_bytes
        self._nodes = 0
        self._depth = 0

    def encode(self, value: Any) -> Any:
        """Return `value` as JSON and remember its arrays.

        Raises
        ------
        WireError
            The value is too deep or too large, has too many parts, or is of a kind that does not travel.
        """
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise WireError(f"the value has more than {MAX_NODES} parts")
        self.room.take(1)
        kind = type(value)
        if value is None or kind is bool or kind is float:
            return value
        if kind is int:
            if value.bit_length() > MAX_INT_BITS:
                raise WireError(f"an integer of {value.bit_length()} bits, at most {MAX_INT_BITS}")
            return value
        if kind is str:
            if len(value) > MAX_TEXT:
                raise WireError(f"a string of {len(value)} characters, at most {MAX_TEXT}")
            self.room.take(len(value))
            return value
        if kind is np.ndarray and value.dtype.name in DTYPES and value.ndim <= MAX_AXES:
            return {"array": self._array(value)}
        if isinstance(value, np.generic) and value.dtype.name in DTYPES:
            return {"scalar": self._array(np.asarray(value))}
        if kind is tuple:
            return {"tuple": self.items(value)}
        if kind is list:
            return {"list": self.items(value)}
        if kind is dict and all(type(key) is str for key in value):
            self.room.take(sum(map(len, value)))
            return {"dict": [[key, item] for key, item in zip(value, self.items(value.values()), strict=True)]}
        if self._other is None:
            raise WireError(f"a {kind.__name__} does not travel over the wire")
        return self._other(value)

    def items(self, values: Any) -> list[Any]:
        """Return the JSON of each of some values, one level deeper. It raises what `encode` raises."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise WireError(f"the value is nested deeper than {MAX_DEPTH} levels")
        encoded = [self.encode(value) for value in values]
        self._depth -= 1
        return encoded

    def _array(self, array: np.ndarray) -> int:
        try:
            self.room.take(array.size)
        except WireError as error:
            raise WireError(f"{error}; an array in it has the shape {array.shape}") from None
        if id(array) not in self._numbers:
            self._left -= array.nbytes
            if self._left < 0:
                raise WireError(f"too many bytes in arrays: one of shape {array.shape} does not fit")
            self._numbers[id(array)] = len(self.arrays)
            self.arrays.append(array)
        return self._numbers[id(array)]

    def frame(self, message: dict[str, Any]) -> bytes:
        """Return the frame for a message: its values are what `encode` returned, its blobs the arrays remembered."""
        blobs = [array.astype(DTYPES[array.dtype.name], copy=False).tobytes() for array in self.arrays]
        arrays = [[array.dtype.name, list(array.shape)] for array in self.arrays]
        header = json.dumps({**message, "arrays": arrays}, separators=(",", ":")).encode()
        if len(header) > MAX_HEADER:
            raise WireError(f"a header of {len(header)} bytes, at most {MAX_HEADER}")
        return b"".join([LENGTHS.pack(len(header), sum(map(len, blobs))), header, *blobs])


class Decoder:
    """Turns the JSON and blobs of one message back into values.

    Parameters
    ----------
    arrays : list of ndarray
        What the message's blobs hold.
    hooks : mapping of str to callable
        For the keys "handle", "kept" and "callback" a function that makes the value from the body of the object. A key
        without a hook is refused.

    Attributes
    ----------
    room : Room
        What all values may hold together. Who reads what a stranger sends puts a small one here first.
    """

    def __init__(self, arrays: list[np.ndarray], hooks: Hooks) -> None:
        self.arrays = arrays
        self.room = Room()
        self._hooks = hooks
        self._nodes = 0

    def decode(self, part: Any, depth: int = 0) -> Any:
        """Return the value that `part` of the header stands for.

        Raises
        ------
        WireError
            The part is not exactly what `Encoder.encode` makes.
        """
        self._nodes += 1
        if self._nodes > MAX_NODES or depth > MAX_DEPTH:
            raise WireError("a value too deep or of too many parts")
        self.room.take(1)
        if part is None or isinstance(part, bool | float):
            return part
        if isinstance(part, int):
            if part.bit_length() > MAX_INT_BITS:
                raise WireError(f"an integer of {part.bit_length()} bits")
            return part
        if isinstance(part, str):
            self.room.take(len(part))
            return text(part)
        if not isinstance(part, dict) or len(part) != 1:
            raise WireError("a value of no known form")
        ((tag, body),) = part.items()
        if tag in ("array", "scalar"):
            return self._array(body, tag)
        if tag == "tuple":
            return tuple(self.items(body, depth))
        if tag == "list":
            return list(self.items(body, depth))
        if tag == "dict":
            return dict(self._pairs(body, depth))
        if tag == "kept" and tag in self._hooks:
            number, items = pair(body)
            return self._hooks[tag]((number, tuple(self.items(items, depth))))
        if tag in self._hooks:
            return self._hooks[tag](body)
        raise WireError("a value of no known form")

    def items(self, body: Any, depth: int = 0) -> Iterator[Any]:
        """Yield the values that the JSON list `body` stands for. It raises what `decode` raises."""
        if not isinstance(body, list):
            raise WireError("wanted a list of values")
        return (self.decode(item, depth + 1) for item in body)

    def _pairs(self, body: Any, depth: int) -> Iterator[tuple[str, Any]]:
        if not isinstance(body, list):
            raise WireError("wanted a list of pairs")
        for item in body:
            key, value = pair(item)
            if not isinstance(key, str):
                raise WireError("a key that is no string")
            self.room.take(len(key))
            yield text(key), self.decode(value, depth + 1)

    def _array(self, number: Any, tag: str) -> Any:
        if type(number) is not int or not 0 <= number < len(self.arrays):
            raise WireError("no such array")
        array = self.arrays[number]
        self.room.take(array.size)
        if tag == "array":
            return array
        if array.shape:
            raise WireError("a scalar with axes")
        return array[()]


def pair(body: Any) -> tuple[Any, Any]:
    """Return the two parts of a JSON list of two; raises `WireError` for anything else."""
    if not isinstance(body, list) or len(body) != 2:
        raise WireError("wanted a pair")
    return body[0], body[1]


def text(part: Any, most: int = MAX_TEXT) -> str:
    """Return a string of at most `most` characters, with lone surrogates replaced so that any file can hold it.

    Raises
    ------
    WireError
        It is no string, or a longer one.
    """
    if not isinstance(part, str) or len(part) > most:
        raise WireError(f"wanted a string of at most {most} characters")
    return part.encode("utf-8", "replace").decode()


def to_handle(body: Any) -> Handle:
    """Return the `Handle` for the `[number, type name]` in a header; this is the grader's hook for "handle"."""
    number, type_name = pair(body)
    if type(number) is not int or not 0 <= number < 1 << 32:
        raise WireError("a handle without a number")
    return Handle(number, text(type_name, 200))


def to_kept(body: tuple[Any, tuple]) -> KeptTuple:
    """Return the `KeptTuple` for a number and items; this is the grader's hook for "kept"."""
    kept = KeptTuple(body[1])
    kept.number = to_handle([body[0], ""]).number
    return kept


GRADER_HOOKS: Hooks = {"handle": to_handle, "kept": to_kept}


def read_frame(read: Callable[[int], bytes], max_bytes: int, hooks: Hooks) -> tuple[dict[str, Any], Decoder]:
    """Read one frame.

    Parameters
    ----------
    read : callable
        Returns exactly as many bytes as it is asked for, or raises.
    max_bytes : int
        The most bytes that the blobs together may have.
    hooks : mapping
        As for `Decoder`.

    Returns
    -------
    tuple of dict and Decoder
        The header without `arrays`, and the decoder for the values in it.

    Raises
    ------
    WireError
        The bytes are no frame.
    """
    header_size, blob_size = LENGTHS.unpack(read(LENGTHS.size))
    if header_size > MAX_HEADER or blob_size > max_bytes:
        raise WireError(f"a frame of {header_size} + {blob_size} bytes, at most {MAX_HEADER} + {max_bytes}")
    header = read(header_size)
    if header.count(b"[") + header.count(b"{") > MAX_BRACKETS:  # each may become an object of 60 bytes
        raise WireError("a header of too many parts")
    try:
        message = json.loads(header)
    except (ValueError, RecursionError) as error:
        raise WireError("a header that is no JSON") from error
    if not isinstance(message, dict):
        raise WireError("a header that is no object")
    return message, Decoder(_arrays(message.pop("arrays", None), read(blob_size)), hooks)


def _arrays(specs: Any, blob: bytes) -> list[np.ndarray]:
    """Return the arrays in `blob`, each in memory of its own; raise `WireError` unless they fill it exactly."""
    if not isinstance(specs, list) or len(specs) > MAX_NODES:
        raise WireError("wanted a list of arrays")
    arrays, offset = [], 0
    for spec in specs:
        name, shape = pair(spec)
        if not isinstance(name, str) or name not in DTYPES:
            raise WireError("an array of another dtype than float16-64, (u)int8-64 and bool")
        if not isinstance(shape, list) or len(shape) > MAX_AXES:
            raise WireError(f"wanted a shape of at most {MAX_AXES} axes")
        if not all(type(length) is int and 0 <= length < 1 << 32 for length in shape):
            raise WireError("an axis without a length")
        dtype, count = DTYPES[name], math.prod(shape)
        if count * dtype.itemsize > len(blob) - offset:
            raise WireError("an array longer than its bytes")
        try:
            array = np.frombuffer(blob, dtype, count, offset).reshape(shape).copy()
        except ValueError as error:  # shapes like (0, 2**31, 2**31, 2**31)
            raise WireError("a shape that no array has") from error
        if name == "bool" and np.any(array.view(np.uint8) > 1):
            raise WireError("a truth value that is neither 0 nor 1")
        offset += array.nbytes
        arrays.append(array)
    if offset != len(blob):
        raise WireError("bytes that belong to no array")
    return arrays
