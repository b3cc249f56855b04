"""Shapes of hand-ins of 20 MB that cost a reader much, each made when it is asked for; and what reading one costs.

`python tests/intake_shapes.py` prepares all of them as the grader does, each in a process that has done nothing else,
and prints a line of JSON for each: what that has cost. With names it prepares these only.
"""

import gc
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

SIZE = 20_000_000
SLUG = "transform"
NAMES = ("batchnorm_forward", "identity_parameters", "batchnorm2d_forward", "linear_bn_relu", "change_units")


def filled(before: bytes, part: bytes, after: bytes = b"") -> bytes:
    """As many parts between a beginning and an end as make 20 MB."""
    return before + part * ((SIZE - len(before) - len(after)) // len(part)) + after


def in_notebook(before: str, part: str, after: str) -> bytes:
    """A notebook with an answer, in whose metadata a value is made of many equal parts."""
    notebook = json.dumps(answered())[1:]
    return filled(f'{{"x": {before}'.encode(), part.encode(), f"{after}, {notebook}".encode())


def answered() -> nbformat.NotebookNode:
    answer = new_code_cell("def batchnorm_forward(x, gamma, beta, eps=1e-5):\n    return x", id="batchnorm_forward")
    return new_notebook(cells=[answer])


def sources(kind: Callable, *texts: str, **about: str) -> bytes:
    """A notebook of cells with these texts, the last of which is repeated; line ends are not escaped."""
    made = [json.dumps(kind(text, **about)).encode().replace(b"\\n", b"\n") for text in texts]
    head = b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [' + b"".join(c + b"," for c in made[:-1])
    return filled(head, made[-1] + b",", b'{"cell_type": "raw", "source": ""}]}')


def one_source(part: str, kind: str = "markdown") -> bytes:
    """A notebook with one cell whose text is made of equal parts, as they stand in the file."""
    head = f'{{"nbformat": 4, "cells": [{{"cell_type": "{kind}", "metadata": {{}}, "source": "'
    return filled(head.encode(), part.encode(), b'"}]}')


def keys(count: int) -> str:
    """Members of an object, each with a key of its own."""
    return ",".join(f'"{k:x}":1' for k in range(count))


def picture(size: int) -> dict[str, dict[str, str]]:
    """Attachments of one PNG, as far as its first bytes say."""
    return {"a.png": {"image/png": "iVBORw0KGgoA" + "AAAA" * (size // 3)}}


SHAPES: dict[str, Callable[[], bytes]] = {
    # What the parser makes of it
    "one long string": lambda: in_notebook('"', "a", '"'),
    "one long string and a letter outside the plane": lambda: in_notebook('"\U0001f600', "a", '"'),
    "pieces and a letter outside the plane": lambda: in_notebook('"\U0001f600', "abc\\n", '"'),
    "figures in base64 beside a letter outside the plane": lambda: in_notebook('["\U0001f600", "', "iVBO", '"]'),
    "a string left open": lambda: filled(b'{"cells": ["', b"a"),
    "line ends": lambda: in_notebook('"', "ab\\n", '"'),
    "escaped quotes": lambda: in_notebook('"', 'a\\"', '"'),
    "escaped backslashes": lambda: in_notebook('"', "\\\\", '"'),
    "escaped NULs": lambda: in_notebook('"', "\\u0000", '"'),
    "escaped letters": lambda: in_notebook('"', "ab\\u0100", '"'),
    "surrogate pairs": lambda: in_notebook('"', "\\ud83d\\ude00", '"'),
    "halves of pairs": lambda: one_source("\\ud83d"),
    "quotation marks": lambda: filled(b"{", b'"'),
    "empty strings": lambda: in_notebook("[", '"",', '""]'),
    "short strings": lambda: in_notebook("[", '"ab",', '""]'),
    "short strings outside Latin": lambda: in_notebook("[", '"→→",', '""]'),
    "empty lists": lambda: in_notebook("[", "[],", "[]]"),
    "lists of one": lambda: in_notebook("[", "[1],", "[]]"),
    "empty objects": lambda: in_notebook("[", "{},", "{}]"),
    "objects of one": lambda: in_notebook("[", '{"a":1},', "{}]"),
    "keys": lambda: ("{" + keys(1_800_000) + "}").encode(),
    "keys in the cells": lambda: (
        '{"cells":[{"cell_type":"code","source":"","metadata":{'
        + ",".join(f'"{k:x}":1' for k in range(1_700_000))
        + "}}]}"
    ).encode(),
    "some keys": lambda: ("{" + keys(500_000) + ',"x":"' + "a" * 14_000_000 + '"}').encode(),
    "some objects": lambda: ('[{"a":1.5}' + ',{"a":1.5}' * 500_000 + ',"' + "a" * 14_000_000 + '"]').encode(),
    "some lists": lambda: ("[[1.5]" + ",[1.5]" * 900_000 + ',"' + "a" * 14_000_000 + '"]').encode(),
    "some line ends": lambda: in_notebook('"', "abcdefgh\\n", '"'),
    "some line ends and a letter outside the plane": lambda: in_notebook('"\U0001f600', "abc" * 60 + "\\n", '"'),
    "some short strings": lambda: in_notebook("[", '"abcdef",', '""]'),
    "floats": lambda: in_notebook("[", "1.5,", "1]"),
    "ones": lambda: in_notebook("[", "1,", "1]"),
    "numbers": lambda: in_notebook("[", "999,", "1]"),
    "long numbers": lambda: in_notebook("[", "9" * 4299 + ",", "1]"),
    "one number": lambda: in_notebook("", "9", ""),
    "one fraction": lambda: in_notebook("0.", "1", ""),
    "depth": lambda: filled(b"", b"["),
    "depth of objects": lambda: filled(b"", b'{"a":'),
    "many deep lists": lambda: in_notebook("[", "[" * 150 + "]" * 150 + ",", "1]"),
    "closing brackets": lambda: filled(b"{", b"]"),
    "commas": lambda: filled(b"[", b","),
    "blanks": lambda: filled(b"{", b" "),
    "blanks and nothing": lambda: filled(b"", b" "),
    "NULs": lambda: filled(b"", b"\0", b"{"),
    "bytes of no encoding": lambda: filled(b'{"cells": ["', b"\xff\xfe", b'"]}'),
    "UTF-16": lambda: '{"cells": ["'.encode("utf-16") + ("→" * 9_000_000).encode("utf-16-le"),
    "UTF-32": lambda: '{"cells": ["'.encode("utf-32") + ("a" * 4_900_000).encode("utf-32-le"),
    # What it looks like
    "a script with blank lines": lambda: filled(b"#\n", b"\n", b"x"),
    "a comment of HTML": lambda: filled(b"<!--", b" ", b"x"),
    "conflict marks": lambda: filled(b"{\n", b"<<<<<<\n"),
    "a script": lambda: filled(b"", b"import numpy\n"),
    # What cells are made of it
    "empty cells": lambda: filled(b'{"cells":[', b'{"cell_type":"code"},', b"{}]}"),
    "cells that are none": lambda: filled(b'{"cells":[', b"1,", b"{}]}"),
    "worksheets": lambda: filled(b'{"nbformat":3,"worksheets":[', b'{"cells":[{}]},', b"{}]}"),
    "one text": lambda: one_source("a "),
    "one text outside Latin": lambda: one_source("→"),
    "one code": lambda: one_source("a ", "code"),
    "returns": lambda: one_source("\r\n"),
    "lines": lambda: filled(b'{"nbformat":4,"cells":[{"cell_type":"code","source":[', b'"ab",', b'""]}]}'),
    "an id": lambda: filled(b'{"nbformat":4,"cells":[{"cell_type":"code","source":"x","id":"', "→".encode(), b'"}]}'),
    "an attachment": lambda: filled(
        b'{"nbformat":4,"cells":[{"cell_type":"markdown","source":"![](attachment:a.png)","attachments":'
        b'{"a.png":{"image/png":"iVBORw0KGgoA',
        b"AAAA",
        b'"}}}]}',
    ),
    "attachments": lambda: sources(new_markdown_cell, "![](attachment:a.png)", attachments=picture(60_000)),
    "large attachments": lambda: sources(new_markdown_cell, "![](attachment:a.png)", attachments=picture(4_900_000)),
    # What rebuilding makes of them
    "long cells": lambda: sources(new_code_cell, "a " * 49_000),
    "long cells of strings": lambda: sources(new_code_cell, "'' " * 33_000),
    "long cells of escapes": lambda: sources(new_code_cell, "'" + "\\\n" * 49_000),
    "long cells of open strings": lambda: sources(new_code_cell, '"""' + "\\\\ " * 30_000),
    "long cells of names": lambda: sources(new_code_cell, "a=1\n" * 24_000),
    "long cells of comments": lambda: sources(new_code_cell, "#\n" * 49_000),
    "middle cells": lambda: sources(new_code_cell, "a = 1\n" * 1_700),
    "middle texts": lambda: sources(new_markdown_cell, "a b\n" * 2_400),
    "middle texts that refer to pictures": lambda: sources(new_markdown_cell, "![](a.png)" * 1_000),
    "middle texts of brackets": lambda: sources(new_markdown_cell, "![" * 5_000),
    "pieces of one answer": lambda: sources(new_code_cell, "a = 1\n" * 1_700, id="batchnorm_forward"),
    "pieces of one check cell": lambda: sources(new_code_cell, "a = 1\n" * 1_700, id="test_batchnorm_forward"),
    "pieces of one question": lambda: sources(new_markdown_cell, "a b\n" * 2_400, id="written_transform"),
    "changed cells of names": lambda: filled(
        b'{"nbformat": 4, "cells": ['
        + b",".join(
            json.dumps(new_code_cell("a\n" * 49_900, id=f"test_{name}")).encode().replace(b"\\n", b"\n")
            for name in NAMES
        ),
        b" ",
        b"]}",
    ),
    "long changed cells": lambda: sources(new_code_cell, "a=1\n" * 24_000, id="test_batchnorm_forward"),
}


def memory(name: str) -> int:
    """One of this process's figures in /proc, in bytes. (`ru_maxrss` would count what the parent had at the fork.)"""
    found = re.search(rf"^{name}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.M)
    assert found is not None
    return int(found[1]) * 1024


def cost(shape: str, released: nbformat.NotebookNode) -> dict:
    """What preparing a hand-in costs this process, in bytes over what it held and in seconds of processor time."""
    from grading.handin.submission import prepare

    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "exercise.ipynb"
        made.write_bytes(SHAPES[shape]())
        held = memory("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here on
        begin = time.process_time()
        hand_in = prepare(Path(folder), "mallory", SLUG, released)
        spent = time.process_time() - begin
        told = {"shape": shape, "size": made.stat().st_size, "peak": memory("VmHWM") - held, "seconds": spent}
        return {**told, "refusal": hand_in.refusal, "notes": hand_in.notes[:3]}


def main(shapes: list[str]) -> None:
    from course import notebooks

    released = notebooks.released(SLUG)
    gc.freeze()  # a collection in a child would write to, and so copy, all that the processes share
    for shape in shapes or SHAPES:
        sys.stdout.flush()
        if os.fork() == 0:
            print(json.dumps(cost(shape, released)), flush=True)
            os._exit(0)
        os.wait()


if __name__ == "__main__":
    main(sys.argv[1:])
