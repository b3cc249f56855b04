"""What the grader prints and logs: a learner's control characters are shown, and never reach the terminal.

An escape sequence could rewrite lines that stand on the screen already, and an override of the writing direction shows
code in another order than the one it runs in. Names, file names, messages of exceptions and printed text may hold both.
"""

import logging
import sys
import unicodedata
from typing import TextIO

#: Characters that are written out: control and format characters, halves of pairs, private and unassigned ones, and the
#: separators of lines and paragraphs that are no line feed.
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
#: Two of them join or part letters within words of several scripts, and do nothing else.
_JOINERS = "\u200c\u200d"


def visible(text: str, keep: str = "\n\t") -> str:
    r"""A text whose control characters are written out, an escape as `\x1b` and a line break that is not kept as `\n`.

    Parameters
    ----------
    text : str
        Anything, say of a learner's.
    keep : str
        The control characters that stay as they are.
    """
    if text.isprintable():
        return text
    return "".join(c if c in keep or c in _JOINERS or not _is_hidden(c) else _written_out(c) for c in text)


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN


def _written_out(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def say(*lines: object, end: str = "\n", to: TextIO | None = None) -> None:
    """Print lines. Each argument is one: a line break in it is written out, so nobody's text can pass for another line.

    Parameters
    ----------
    lines
        What is printed, as `str` gives it; nothing for an empty line.
    end : str
        What stands after the last line; a prompt has nothing there.
    to : text stream, optional
        Standard output unless told.
    """
    print(*(visible(str(line), keep="\t") for line in lines), sep="\n", end=end, file=to or sys.stdout, flush=True)


class _VisibleRecord(logging.LogRecord):
    """A line of a log without control characters. Tracebacks are logged too, so line breaks stay."""

    def getMessage(self) -> str:  # noqa: N802 (the name is the standard library's)
        return visible(super().getMessage())


def show_control_characters_in_logs() -> None:
    """Write out control characters in all that this process logs from now on, by whichever logger. May be called twice.

    nbgrader logs through the logger of whatever application runs it, so a filter on one logger would miss the others.
    """
    logging.setLogRecordFactory(_VisibleRecord)
