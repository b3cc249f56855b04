"""The branch of notebooks: what Colab and Binder open, which no other file of the repository is.

Its notebooks begin with one cell more than the others. Colab opens a notebook without the files that lie beside it;
the cell fetches those that are missing, and does nothing, and needs no network, where all are there.
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


def online(slug: str, repository: Repository) -> dict[str, bytes]:
    """A chapter's learner's folder for the branch of notebooks, by file name."""
    files = bundle(slug)
    made = nbformat.reads(files["exercise.ipynb"].decode(), as_version=4)
    beside = sorted(set(files) - {"exercise.ipynb"})
    source = FETCH.format(names=beside, folder=repository.raw(slug))
    made.cells.insert(0, nbformat.v4.new_code_cell(source.rstrip(), id="fetch"))
    return files | {"exercise.ipynb": nbformat.writes(made).encode() + b"\n"}


def binder() -> dict[str, bytes]:
    """What Binder reads at the branch's root."""
    return {"requirements.txt": (Path(ROOT) / ".binder" / "requirements.txt").read_bytes()}
