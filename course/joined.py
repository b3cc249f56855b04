"""The kit as learners get it: one file, `check.py`, made of the modules of `course/kit`.

A learner carries one file about beside the notebook; an author finds each part in a module of its own.
"""

import ast
from pathlib import Path

from course.errors import CourseError

KIT = Path(__file__).parent / "kit"
MODULES = ("values", "judges", "play", "check")  # in the order in which they need each other
INTRODUCTION = '''"""The visible check: what a learner runs in the notebook, in Colab or in the browser.

It needs NumPy alone and holds no answers. Change nothing here: grading uses a file of its own.
"""
'''


def joined(*more: str) -> bytes:
    """The file `check.py`: the modules of the kit, with `more` of them before the last one.

    Raises
    ------
    CourseError
        Two modules define one name, which would be overwritten in one file.
    """
    names = [*MODULES[:-1], *more, MODULES[-1]]
    seen: dict[str, str] = {}
    texts = [INTRODUCTION]
    for name in names:
        source = (KIT / f"{name}.py").read_text(encoding="utf-8")
        for node in ast.parse(source).body:
            defined = getattr(node, "name", None)
            if defined in seen:
                raise CourseError(f"course/kit: {defined} is defined in {seen[defined]}.py and in {name}.py")
            if defined:
                seen[defined] = name
        texts.append(f"# {'-' * 66} {name}\n\n{_without_own_imports(source)}")
    return "\n\n".join(texts).encode()


def _without_own_imports(source: str) -> str:
    """A module's text without its docstring and without what it imports from the kit."""
    lines = source.splitlines(keepends=True)
    for k, node in enumerate(ast.parse(source).body):
        docstring = k == 0 and isinstance(node, ast.Expr)
        ours = isinstance(node, ast.ImportFrom) and (node.module or "").startswith("course.kit")
        if docstring or ours:
            lines[node.lineno - 1 : node.end_lineno] = [""] * ((node.end_lineno or node.lineno) - node.lineno + 1)
    return "".join(lines).strip() + "\n"
