"""The git branch with the notebooks that Colab and Binder open.

Each notebook has an additional first cell. Colab opens a notebook without its companion files, so this cell fetches the
files that are missing. If all are there, as in Binder, it does nothing and needs no network.
"""

from pathlib import Path

import nbformat

from course.chapter import ROOT
from course.notebooks import bundle
from publishing.sphinx.repository import Repository

FETCH = """\
# Fetches what belongs beside this notebook, where it is missing (in Colab). With the files there it does nothing.
from pathlib import Path
from urllib.request import urlopen

for name in {names}:
    if not Path(name).exists():
        Path(name).write_bytes(urlopen("{folder}/" + name).read())
"""


def learner_folder(slug: str, repository: Repository) -> dict[str, bytes]:
    """The files of a chapter on this branch, by file name."""
    files = bundle(slug)
    made = nbformat.reads(files["exercise.ipynb"].decode(), as_version=4)
    companions = sorted(set(files) - {"exercise.ipynb"})
    source = FETCH.format(names=companions, folder=repository.raw(slug))
    made.cells.insert(0, nbformat.v4.new_code_cell(source.rstrip(), id="fetch"))
    return files | {"exercise.ipynb": nbformat.writes(made).encode() + b"\n"}


def binder() -> dict[str, bytes]:
    """The files of the folder `.binder` at the branch's root, from which Binder makes the environment."""
    return {"requirements.txt": (Path(ROOT) / ".binder" / "requirements.txt").read_bytes()}
