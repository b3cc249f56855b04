"""What a text of JSON will take in memory when it is parsed, counted before it is parsed.

A hand-in of 20 MB can become gigabytes of lists, numbers and pieces of strings. So what would cost memory is counted
first, chunk by chunk, with operations that take linear time and little room. Nothing here depends on how fast or how
busy the machine is: the same file is refused everywhere, or nowhere.
"""

import sys
from itertools import accumulate

from course.errors import IntakeError

#: The JSON of a notebook is about ten levels deep, that of an interactive figure in its outputs somewhat more.
MAX_DEPTH = 200
#: The most lists and objects that are parsed.
MAX_LISTS = 1_000_000
#: The most memory that the text and what is parsed from it may take together, in bytes, as `_Count.memory` reckons it.
MAX_MEMORY = 270_000_000

_CHUNK = 1 << 16  # characters
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS = bytes(set(range(256)) - set(_STEP))

# Bytes that Python 3.11 takes for each of these, rounded up.
_LIST, _OBJECT = 96, 72
_VALUE = 40  # a number, and its place in a list
_KEY = 170  # its places in an object and in the parser's memory of keys, both of which grow by doubling
_STRING = 72


def check_size(text: str) -> None:
    r"""Refuse a text that would cost the parser its stack or too much memory.

    Parameters
    ----------
    text : str
        What may be JSON. Where it is none, it is counted up to the place at which a parser would stop, and on.

    Raises
    ------
    IntakeError
        The text has too many levels, too many lists and objects, or too much of everything together.

    Notes
    -----
    Without escapes, quotation marks say what is in a string. So escapes are removed first: pairs of backslashes from
    the left, which leaves `\"` for a quotation mark inside of a string alone.
    """
    count = _Count(text)
    for start in range(0, len(text), _CHUNK):
        count.add(text[start : start + _CHUNK].encode("latin-1", "replace"))
        count.check()


class _Count:
    """What was counted so far in a text, and where the last chunk has ended."""

    def __init__(self, text: str) -> None:
        self._memory = 5 * sys.getsizeof(text) // 2  # the text, and a string that is made of it piece by piece
        self._lists = self._depth = self._deepest = 0
        self._inside = self._escaped = False  # in a string; right after a backslash

    def add(self, chunk: bytes) -> None:
        """Count a chunk of the text, in which all characters outside ASCII have become others outside ASCII or `?`."""
        if self._escaped:
            chunk = chunk[1:]
        self._escaped = (len(chunk) - len(chunk.rstrip(b"\\"))) % 2 == 1
        if self._escaped:
            chunk = chunk[:-1]
        pieces = chunk.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')
        code = b"".join(pieces[self._inside :: 2])
        self._memory += _STRING * (len(pieces) // 2)
        self._inside ^= len(pieces) % 2 == 0
        opened, objects, keys = code.count(b"["), code.count(b"{"), code.count(b":")
        self._lists += opened + objects
        self._memory += _LIST * opened + _OBJECT * objects + _KEY * keys + _VALUE * (keys + code.count(b","))
        if not opened + objects:
            self._depth -= code.count(b"]") + code.count(b"}")
        elif self._lists <= MAX_LISTS:
            depths = list(accumulate(map(_STEP.__getitem__, code.translate(None, _NO_BRACKETS)), initial=self._depth))
            self._depth, self._deepest = depths[-1], max(self._deepest, *depths)

    def check(self) -> None:
        """Raise IntakeError where a limit is passed."""
        cure = "wanted a notebook: clear all outputs, save, hand it in again"
        if self._deepest > MAX_DEPTH:
            raise IntakeError(f"its JSON is more than {MAX_DEPTH} levels deep; {cure}")
        if self._lists > MAX_LISTS:
            raise IntakeError(f"its JSON has more than {MAX_LISTS} lists and objects; {cure}")
        if self._memory > MAX_MEMORY:
            raise IntakeError(f"its JSON would take more than {MAX_MEMORY / 1e6:.3g} MB of memory; {cure}")
