"""The kit as learners get it: the file `check.py`, made of the modules of `course/kit`.

A learner carries one file about beside the notebook; an author finds each part in a module of its own. The search for
the line of a mistake is a second file, since it is as long as all the rest and most checks never load it.
"""

import ast
import io
import tokenize
from pathlib import Path

from course.errors import CourseError
from course.kit.values import read_python

KIT = Path(__file__).parent / "kit"
# In the order in which they need each other.
MODULES = (
    "values",
    "plain",
    "assign",
    "judges",
    "crash",
    "explain",
    "relations",
    "results",
    "diagnosis",
    "two_mistakes",
    "play",
    "smallest",
    "table",
    "check",
)
SEARCH = "check_search.py"
INTRODUCTION = '''"""The visible check: what a learner runs in the notebook, in Colab or in the browser.

It needs NumPy alone and holds no answers. Grading has a file of its own, so a change here changes nothing there.
"""
'''


def joined(*more: str) -> bytes:
    """The file `check.py`: the modules of the kit, with `more` of them before the last one.

    Raises
    ------
    CourseError
        Two modules define one public name, which can't be told apart in one file.
    """
    seen: dict[str, str] = {}
    texts = [INTRODUCTION]
    for name in [*MODULES[:-1], *more, MODULES[-1]]:
        source = (KIT / f"{name}.py").read_text(encoding="utf-8")
        defined = _defined(source)
        clashes = defined & seen.keys()
        if public := sorted(word for word in clashes if not word.startswith("_") and not word.isupper()):
            raise CourseError(f"course/kit: {public[0]} is defined in {seen[public[0]]}.py and in {name}.py")
        seen |= dict.fromkeys(defined, name)
        text = _renamed(_without_own_imports(source), {word: f"{word}_{name}" for word in clashes})
        texts.append(f"# {'-' * 66} {name}\n\n{text}")
    return "\n\n".join(texts).encode()


def search() -> bytes:
    """The file that lies beside `check.py`: the search for the line."""
    return (KIT / "search.py").read_bytes()


def _defined(source: str) -> set[str]:
    """The names that a module defines at its top."""
    found = set()
    for node in read_python(source).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        parts = [part for target in targets for part in getattr(target, "elts", [target])]
        found |= {part.id for part in parts if isinstance(part, ast.Name)}
    return found


def _without_own_imports(source: str) -> str:
    """A module's text without its docstring and without what it imports from the kit."""
    lines = source.splitlines(keepends=True)
    for k, node in enumerate(read_python(source).body):
        docstring = k == 0 and isinstance(node, ast.Expr)
        ours = isinstance(node, ast.ImportFrom) and (node.module or "").startswith("course.kit")
        if docstring or ours:
            lines[node.lineno - 1 : node.end_lineno] = [""] * ((node.end_lineno or node.lineno) - node.lineno + 1)
    return "".join(lines).strip() + "\n"


def _renamed(source: str, names: dict[str, str]) -> str:
    """A module's text in which private names and constants of its own are called otherwise; attributes are not."""
    if not names:
        return source
    lines = source.splitlines(keepends=True)
    before = ""
    places = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NAME and token.string in names and before != ".":
            places.append((*token.start, token.string))
        before = token.string
    for row, column, word in reversed(places):
        line = lines[row - 1]
        lines[row - 1] = line[:column] + names[word] + line[column + len(word) :]
    return "".join(lines)
