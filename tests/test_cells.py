"""What a cell defines: as Python finds it where the cell parses, and found in linear time where it does not."""

import ast
import time
from collections.abc import Iterable

import pytest

from grading.handin.cells import MAX_STATEMENTS, definitions, statements


@pytest.mark.parametrize(
    "hostile",
    [
        "'''\\\n" * 20_000,
        "\\'''\n" * 20_000,
        '"""\\"\n""' * 12_000,
        "'" * 99_999,
        '"\\' * 50_000,
        "f" * 100_000,
        "f\t" * 50_000,
        "f:" * 50_000,
        "def " * 25_000,
        "(" * 100_000,
        "async " * 16_000,
        "\n" * 100_000,
        " " * 100_000,
        "#\n" * 50_000,
        "f : " + " " * 99_000,
        ("f" + " " * 50 + ":" + " " * 50) * 900,
    ],
)
def test_no_text_takes_long_to_look_through(hostile: str) -> None:
    start = time.perf_counter()
    definitions(hostile, assigned=True)
    assert time.perf_counter() - start < 1


def by_ast(source: str) -> set[str]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name for node in ast.parse(source).body if isinstance(node, kinds)}


@pytest.mark.parametrize(
    "source",
    [
        "def f(x): pass",
        "async  def f(x): pass",
        "class f(object):\n    def g(self): pass",
        "@property\ndef f(x): pass\ndef g(): pass",
        "if True:\n    def f(): pass",
        "'''\ndef f(): pass\n'''\ndef g(): pass",
        'x = r"""\\"""\ndef h(): pass"""\ndef g(): pass',
        "x = 'it''s'; y = \"don't\"\ndef f(): pass",
        "# don't\ndef f(): pass",
        "x = '\\\ndef f(): pass'",
        "x = f'''{1}\ndef f(): pass'''",
        "default = 1\nclassic = 2\nf = 3",
        "x = '#'\ndef f(): pass  # '''\ndef g(): pass",
        "def é(): pass",
        "",
    ],
)
def test_definitions_are_what_python_finds(source: str) -> None:
    assert definitions(source) == by_ast(source)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("%%time\ndef f(): pass", {"f"}),
        ("%%capture out\ndef f(): pass", {"f"}),
        ("%%writefile x.py\ndef f(): pass", set()),
        ("%%bash\ndef f(): pass", set()),
        ("!echo don't\ndef f(): pass", {"f"}),
        ("def f(:\n  'x\ndef g(): pass", {"f", "g"}),
    ],
)
def test_definitions_are_found_where_python_does_not_parse(source: str, names: Iterable[str]) -> None:
    assert definitions(source) == set(names)


@pytest.mark.parametrize(
    "parts",
    [
        ["import numpy as np\n# why", "from check import check", "import math"],
        ["def f(x):\n    return 1", "@cache\n# twice\ndef g():\n    return [\n1,\n2]", "x = (\n1\n)"],
        ["if x:\n    y = 1\nelse:\n    y = 2", "try:\n    pass\nexcept A:\n    pass\nfinally:\n    pass"],
        ["a = 1 + \\\n2", "%matplotlib widget", "!ls"],
        ["x = '''\na\n'''", 'y = """\nb\n"""', "z = '#'"],
        ["%%time\nx = 1\ny = 2"],
        ["x = 'left open", "y = 1"],
        ["a\n" * (MAX_STATEMENTS + 1)],
        [],
    ],
)
def test_statements_are_told_apart(parts: list[str]) -> None:
    assert statements("\n".join(parts)) == parts
