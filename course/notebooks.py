"""From an exercise page to notebooks: the learner's, and nbgrader's source version.

The page holds stubs and no solutions, so there is nothing to strip. nbgrader's metadata of a cell follow from its
content: a stub is a solution cell named for its function, a cell that calls `check("NAME", ...)` is the test cell
`test_NAME` with the cell's points, a Markdown cell with points is the written question, and into a cell tagged `paste`
learners copy what they wrote in another chapter.
"""

import ast
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from course import answer_keys, digits
from course.chapter import Chapter
from course.errors import PageError
from course.freshness import cached_until_changed
from course.kit.values import read_python
from course.kit_file import SEARCH, joined, search
from course.variant import STANDARD, TermVariant

STUB = "# YOUR CODE HERE\nraise NotImplementedError()"
# By chapter, the files of its bundle that are generated.
GENERATED_FILES = {"project": digits.files}
LAWS = {"project": ("laws",)}  # what a chapter's check has beside the usual kit
REFERENCE = re.compile(r"\{ref\}`([^`<]+?) <[\w-]+>`")  # to a place on the site: "{ref}`The layer <transform-layer>`"
CHECK = re.compile(r'^check\("(\w+)", ', re.MULTILINE)


def notebook(page: Path, slug: str, term: Mapping[str, dict] | None = None) -> NotebookNode:
    """The notebook of an exercise page, clean and without outputs.

    Parameters
    ----------
    page : Path
        A MyST page, `book/SLUG/exercise.md`.
    slug : str
        The chapter; the written question is named for it.
    term : mapping, optional
        The exercises that this term changes, as `course.variant.TermVariant.of` returns them.

    Returns
    -------
    NotebookNode
        nbformat 4.5, with nbgrader's metadata; a graded cell's id is its grade_id.

    Raises
    ------
    PageError
        If a cell breaks the rules of a page.
    """
    read = jupytext.read(page, fmt="md:myst")
    cells = [_cell(c, slug, page) for c in read.cells]
    for cell in cells:
        for name, entry in (term or {}).items():
            cell.source = _for_term(cell, name, entry)
    _make_unique(cells)
    made = nbformat.v4.new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            **({"batchnorm": {"term": dict(term)}} if term else {}),
        },
    )
    _check_names(made, page)
    nbformat.validate(made)
    return made


def _cell(cell: NotebookNode, slug: str, page: Path) -> NotebookNode:
    source = cell.source.strip("\n")
    if cell.cell_type == "markdown":  # the site lies beside no notebook
        source = REFERENCE.sub(r"*\1*", source)
    tags = list(cell.metadata.get("tags", []))
    metadata: dict = {"tags": tags} if tags else {}
    points = cell.metadata.get("points")
    name = _stub_name(source, page) if cell.cell_type == "code" else None
    tested = CHECK.search(source) if cell.cell_type == "code" else None
    if name:
        graded = _nbgrader(name, solution=True)
    elif tested:
        if points is None:
            raise PageError(f"{page}: the check of {tested[1]} has no points; write `:points: 4` above it")
        graded = _nbgrader(f"test_{tested[1]}", points=float(points), locked=True)
    elif cell.cell_type == "markdown" and points is not None:
        graded = _nbgrader(f"written_{slug}", points=float(points), solution=True)
    elif "setup" in tags:
        graded = _nbgrader("setup", locked=True)
    elif "paste" in tags:
        graded = _nbgrader(f"paste_{slug}", solution=True)  # the learner's to fill, so it runs when grading
    else:
        graded = None
    if graded:
        metadata["nbgrader"] = {**graded, "cell_type": cell.cell_type}
        cell_id = graded["grade_id"]
    else:
        cell_id = "c-" + hashlib.sha256(source.encode()).hexdigest()[:12]
    new = nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
    return new(source, metadata=metadata, id=cell_id)


def _for_term(cell: NotebookNode, name: str, entry: dict) -> str:
    """The text of a cell with one function changed to this term's variant: in its stub, in prose, and in calls."""
    given, wanted = (f"{name}({', '.join(entry[key])}" for key in ("order", "arguments"))
    source = re.sub(re.escape(given) + r"\b", wanted, cell.source)
    if cell.cell_type == "code" and f"def {name}(" in source:
        head, quotes, doc = source.partition('"""')
        first, rest = doc.split("\n", 1)
        return f"{head}{quotes}{first}\n\n    {entry['note']}.\n{rest}"
    if cell.cell_type == "code" and "explore" in cell.metadata.get("tags", []) and f"{name}(" in source:
        called = re.sub(rf"\b{name}\(", f'standard("{name}", {name})(', cell.source)
        return called if "from check import standard" in called else f"from check import standard\n\n{called}"
    return source


def _nbgrader(grade_id: str, points: float | None = None, solution: bool = False, locked: bool = False) -> dict:
    graded = points is not None
    data = {
        "schema_version": 3,
        "grade_id": grade_id,
        "grade": graded,
        "solution": solution,
        "locked": locked,
        "task": False,
    }
    return {**data, "points": points} if graded else data


def _stub_name(source: str, page: Path) -> str | None:
    """The function or class that a stub cell is for, or None where the cell is no stub."""
    if "YOUR CODE HERE" not in source:
        return None
    body = read_python(source).body
    ends = re.sub(r"^[ \t]+", "", source, flags=re.MULTILINE).endswith(STUB)
    if len(body) != 1 or not isinstance(body[0], (ast.FunctionDef, ast.ClassDef)) or not ends:
        raise PageError(
            f"{page}: a stub cell holds one function or class and ends in `# YOUR CODE HERE` and "
            f"`raise NotImplementedError()`; this one begins with {source.splitlines()[0]!r}"
        )
    return body[0].name


def _make_unique(cells: list[NotebookNode]) -> None:
    seen: dict[str, int] = {}
    for cell in cells:
        seen[cell.id] = seen.get(cell.id, 0) + 1
        if seen[cell.id] > 1:
            cell.id += f"-{seen[cell.id]}"


def _check_names(made: NotebookNode, page: Path) -> None:
    graded = [c.metadata.nbgrader.grade_id for c in made.cells if "nbgrader" in c.metadata]
    doubled = sorted({name for name in graded if graded.count(name) > 1})
    if doubled:
        raise PageError(f"{page}: {', '.join(doubled)} is there twice; an exercise has one stub and one check")
    stubs = {c.metadata.nbgrader.grade_id for c in made.cells if _is_stub(c)}
    tests = {name.removeprefix("test_") for name in graded if name.startswith("test_")}
    if stubs != tests:
        raise PageError(f"{page}: {', '.join(sorted(stubs ^ tests))} lacks its stub or its check")


def _is_stub(cell: NotebookNode) -> bool:
    graded = cell.metadata.get("nbgrader", {})
    own = bool(graded.get("solution")) and not graded.get("grade_id", "").startswith("paste_")
    return cell.cell_type == "code" and own


def bundle(slug: str, term: TermVariant = STANDARD) -> dict[str, bytes]:
    """What a learner gets for a chapter in a term, by file name: the notebook and its companion files.

    The files of `book/SLUG/data/` are part of it, and those that are generated: `GENERATED_FILES`.
    """
    chapter = Chapter(slug)
    data = sorted((chapter.page.parent / "data").glob("*"))
    return {
        "exercise.ipynb": nbformat.writes(notebook(chapter.page, slug, term.of(slug))).encode() + b"\n",
        "check.py": joined(*LAWS.get(slug, ())),
        "check.json": _key(chapter, term),
        SEARCH: search(),
        **{path.name: path.read_bytes() for path in data},
        **(GENERATED_FILES[slug]() if slug in GENERATED_FILES else {}),
    }


@cached_until_changed
def released(slug: str, term: TermVariant = STANDARD) -> NotebookNode:
    """The notebook of a chapter, from its page of today. It is cached: callers must not change it."""
    return notebook(Chapter(slug).page, slug, term.of(slug))


@cached_until_changed
def companion_files(slug: str, term: TermVariant = STANDARD) -> dict[str, bytes]:
    """The files next to the notebook, by name: the visible check, its key, data. Callers must not change the dict."""
    return {name: content for name, content in bundle(slug, term).items() if not name.endswith(".ipynb")}


def _key(chapter: Chapter, term: TermVariant) -> bytes:
    key = answer_keys.answer_key_bytes(chapter)
    if not term.of(chapter.slug):
        return key
    entries = json.loads(key)
    for name, entry in term.of(chapter.slug).items():
        entries[name]["term"] = entry
    return json.dumps(entries, separators=(",", ":")).encode()


def write(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files into a folder; a file that has the same content already is left alone and keeps its date."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            path.write_bytes(content)


def stubs(slug: str) -> dict[str, str]:
    """The source of each stub of a chapter's page, by the name of its function or class."""
    made = notebook(Chapter(slug).page, slug)
    return {c.metadata.nbgrader.grade_id: c.source for c in made.cells if _is_stub(c)}
