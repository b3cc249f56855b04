"""Runs inside the sandbox: what becomes of the import of a module that only a front end has.

`from google.colab import drive` or `import piplite` at the head of a cell works where the learner has written it, and
says nothing about the answer below it. So where there is no such module, the import is passed over, with a note among
the cell's outputs, and its names stand for something that does nothing. An import in a `try` or an `if` stays as it is:
that code asks whether the module is there.
"""

import ast
import importlib.util
from collections.abc import Callable, Iterator
from typing import Any, Self

#: Modules of Colab, Kaggle, Jupyter's front ends and the browser, with all that lies below them.
FRONT_ENDS = (
    *("google.colab", "kaggle_datasets", "kaggle_secrets", "kaggle_web_client"),
    *("ipympl", "ipywidgets", "jupyter_black", "jupyterlab", "jupyterthemes", "nb_black", "notebook"),
    *("js", "micropip", "piplite", "pyodide", "pyodide_http", "pyodide_js", "pyodide_kernel"),
)


class Nothing:
    """Stands for a thing of a front end's: whatever is asked of it does nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # Python and IPython ask for these, to find out what this is
            raise AttributeError(name)
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return args[0] if len(args) == 1 and callable(args[0]) else self  # as a decorator it leaves the function alone

    def __getitem__(self, key: object) -> Self:
        return self

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __bool__(self) -> bool:
        return False

    def __await__(self) -> Iterator[Any]:
        yield from ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...


class PassOver(ast.NodeTransformer):
    """Takes the imports of absent front ends out of a cell, and binds their names.

    Parameters
    ----------
    bind : callable
        Takes a name of the cell, and what it stands for.
    note : callable
        Takes the note for the learner.
    """

    def __init__(self, bind: Callable[[str, Any], None], note: Callable[[str], None]) -> None:
        self._bind, self._note = bind, note

    def visit_Module(self, tree: ast.Module) -> ast.Module:
        """Go through the statements of the cell itself, and not into any of them."""
        tree.body = [kept for statement in tree.body if (kept := self._kept(statement)) is not None]
        return tree

    def _kept(self, statement: ast.stmt) -> ast.stmt | None:
        if isinstance(statement, ast.ImportFrom) and not statement.level and _is_absent(statement.module or ""):
            self._pass_over(statement.module or "", [alias.asname or alias.name for alias in statement.names])
            return None
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                if _is_absent(alias.name):
                    self._pass_over(alias.name, [alias.asname or alias.name.partition(".")[0]])
            statement.names = [alias for alias in statement.names if not _is_absent(alias.name)]
            return statement if statement.names else None
        return statement

    def _pass_over(self, module: str, names: list[str]) -> None:
        for name in names:
            if name.isidentifier():  # and no star
                self._bind(name, Nothing())
        self._note(f"[{module} needs a front end; when grading its import was passed over]\n")


def _is_absent(module: str) -> bool:
    """Whether a module is a front end's, and there is none here."""
    if not any(module == known or module.startswith(f"{known}.") for known in FRONT_ENDS):
        return False
    try:
        return importlib.util.find_spec(module) is None
    except (ImportError, ValueError):  # what it lies in is absent
        return True
