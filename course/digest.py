"""Digests of what a verdict depends on; the code of the site and of the gradebook is no part of them.

The digest of an exercise covers its hidden tests, reference, wrong answers and small inputs, the code of `course/` that
examines it, and the versions of Python and NumPy. The grader adds what else a verdict depends on: the grading engine
and the learner's packages. What is computed once and kept on disk depends on less code.
"""

import ast
import hashlib
import platform
import re
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path

from course.chapter import ROOT, Chapter
from course.freshness import cached_until_changed
from course.kit.values import read_python

# By chapter, one file in each; right answers count because pairs of mistakes are merged around them.
FOLDERS = (
    "solutions",
    "tests/hidden",
    "tests/misconceptions",
    "tests/smallest",
    "tests/bases",
    "tests/formulations",
)


@cached_until_changed
def exercise_digests(slug: str) -> dict[str, str]:
    """For each exercise of a chapter, a hex digest of all that its examination depends on but the learner's answer.

    The tests, wrong answers and reference of another exercise are left out, unless those of this exercise name them.
    """
    # The kit and the notebook's files run in the learner's process, where they look for the line of a mistake.
    kit = {f"course.kit.{path.stem}" for path in (ROOT / "course" / "kit").glob("*.py")}
    return _digests(slug, {"course.two_mistakes.pairs", "course.examination.slip", "course.notebooks", *kit})


@cached_until_changed
def key_digests(slug: str) -> dict[str, str]:
    """The same, of what `course.answer_keys` computes: without the modules that it does not import."""
    return _digests(slug, {"course.answer_keys"})


def _digests(slug: str, modules: set[str]) -> dict[str, str]:
    paths = [ROOT / folder / f"{slug}.py" for folder in FOLDERS]
    texts = [path.read_text() for path in paths if path.is_file()]
    common = hashlib.sha256(repr((platform.python_version(), version("numpy"))).encode())
    common.update(digest_of_files(files_of(modules.union(*map(_imported, texts)))))
    found = {}
    for exercise in Chapter(slug).exercises:
        digest = common.copy()
        digest.update(exercise.encode())
        for text in needed(exercise, texts):
            digest.update(text.encode())
        for text in texts:  # the whole reference of each chapter that is imported
            for other in re.findall(r"^from solutions\.(\w+) import|^import solutions\.(\w+)", text, re.MULTILINE):
                digest.update((ROOT / "solutions" / f"{''.join(other)}.py").read_bytes())
        found[exercise] = digest.hexdigest()
    return found


def files_of(modules: set[str]) -> set[Path]:
    """The files of some modules, and of all modules of `course/` that they import, directly or not."""
    found: set[Path] = set()
    left = list(modules)
    while left:
        name = left.pop()
        if name != "course" and not name.startswith("course."):
            continue
        left += [name.rpartition(".")[0]]  # a package is imported before its modules
        path = ROOT / name.replace(".", "/")
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.is_file() and file not in found:
                found.add(file)
                left += _imported(file.read_text())
    return found


@cache
def _imported(text: str) -> frozenset[str]:
    """The modules that a text imports, at its top or in a function; names imported from one may be modules too."""
    found = set()
    for node in ast.walk(read_python(text)):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return frozenset(found)


def digest_of_files(paths: Iterable[Path]) -> bytes:
    """A digest of some files: of their paths from the project's root, and of their contents."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.digest()


def needed(exercise: str, texts: list[str]) -> list[str]:
    """The statements of some modules that an exercise depends on: its own definitions and all that these name.

    A definition that is named by a needed definition is needed, too.

    Parameters
    ----------
    exercise : str
        Its own definitions are those called EXERCISE, test_EXERCISE__PROPERTY and EXERCISE__MISTAKE.
    texts : list of str
        The source of the modules.

    Returns
    -------
    list of str
        The needed definitions, and all imports and other statements, in the order of the modules; comments between
        them are left out.

    Notes
    -----
    A string that is a name counts as naming it, as in `getattr(reference, "batch_statistics")`.
    """
    statements = [statement for text in texts for statement in _statements(text)]
    own = re.compile(rf"(test_)?{exercise}(__\w+)?")
    wanted = {name for defined, _, _ in statements for name in defined if own.fullmatch(name)}
    grown = True
    while grown:
        before = len(wanted)
        for defined, named, _ in statements:
            if not defined or defined & wanted:
                wanted |= named
        grown = len(wanted) > before
    return [text for defined, _, text in statements if not defined or defined & wanted]


@cache  # each exercise of a chapter asks for the same modules
def _statements(text: str) -> list[tuple[set[str], set[str], str]]:
    """For each statement of a module: the names that it defines, the names that it has, and its text."""
    found, lines = [], text.splitlines()
    for node in read_python(text).body:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        found.append((_defined(node), _named(node), "\n".join(lines[first - 1 : node.end_lineno])))
    return found


def _defined(node: ast.stmt) -> set[str]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}


def _named(node: ast.stmt) -> set[str]:
    found = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            found.add(part.id)
        elif isinstance(part, ast.Attribute):
            found.add(part.attr)
        elif isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value.isidentifier():
            found.add(part.value)
    return found
