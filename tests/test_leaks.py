"""Nothing of the answers and the hidden tests is public: not in the book, the site or a learner's files."""

import gzip
import html
import io
import json
import subprocess
import sys
import zipfile

import pytest

from course.chapter import ROOT, slugs
from course.notebooks import bundle, write
from publishing.output.leaks import normalize, search, secrets

ANSWER = """\
    over = (0, 2, 3)
    mean = x.mean(axis=over, keepdims=True)  # (1, C, 1, 1)
    var = x.var(axis=over, keepdims=True)
    x_hat = (x - mean) / np.sqrt(var + eps)
"""


def test_the_book_holds_nothing_secret():
    assert search(ROOT / "book") == []


@pytest.mark.parametrize("slug", slugs())
def test_a_learners_files_hold_nothing_secret(slug, tmp_path):
    write(bundle(slug), tmp_path)
    assert search(tmp_path) == []


@pytest.mark.slow
def test_the_built_site_holds_nothing_secret(site):
    assert search(site) == []


def planted():
    """The same answer as each part of a site would carry it."""
    notebook = {"cells": [{"cell_type": "code", "source": ANSWER.splitlines(keepends=True)}]}
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("deep/answers.py", ANSWER)
    highlighted = "".join(f"<span class='n'>{html.escape(word)}</span> " for word in ANSWER.split(" "))
    yield "page.html", f"<html><pre>{html.escape(ANSWER)}</pre></html>".encode()
    yield "highlighted.html", f"<html><pre>{highlighted}</pre></html>".encode()
    yield "_sources/page.md", f"# Page\n\n```python\n{ANSWER}```\n".encode()
    yield "notebook.ipynb", json.dumps(notebook).encode()
    yield "search.json", json.dumps({"docs": [ANSWER]}).encode()
    yield "download.zip", zipped.getvalue()
    yield "page.html.gz", gzip.compress(ANSWER.encode())
    yield "hidden/.copy", ANSWER.replace("    ", "\t").encode()
    yield "names.js", b'index = {"batchnorm_forward__eps_on_std": 1}'
    yield "tests.txt", b"test_batchnorm_forward__epsilon"
    yield "hidden.py", (ROOT / "tests" / "hidden" / "transform.py").read_bytes()
    yield "short.md", b"return np.sqrt(x.var(axis=0) + eps), x.mean(axis=0)"


@pytest.mark.parametrize(("name", "content"), list(planted()), ids=[name for name, _ in planted()])
def test_a_planted_leak_is_found(name, content, tmp_path):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    assert search(tmp_path), name


@pytest.mark.parametrize(
    "text",
    [
        "x_hat = (x - mean) / np.sqrt(var + eps)",  # a single line of NumPy
        "Epsilon was added to the standard deviation.",  # a hint
        'def batchnorm_forward(x, gamma, beta, eps=1e-5):\n    """Normalize each feature over the batch"""',
    ],
)
def test_what_is_public_is_no_leak(text, tmp_path):
    (tmp_path / "page.md").write_text(text)
    assert search(tmp_path) == []


def test_every_chapter_has_secrets_to_look_for():
    names, pieces = secrets()
    for slug in slugs():
        for folder in ("solutions", "tests/hidden", "tests/misconceptions", "tests/formulations"):
            assert f"{folder}/{slug}.py" in set(pieces.values()), f"{folder}/{slug}.py"
    assert len(names) > 50
    assert all(piece == normalize(piece) for piece in pieces)


def test_the_command_names_the_place_and_fails(tmp_path):
    (tmp_path / "page.md").write_text(ANSWER)
    run = subprocess.run(
        [sys.executable, "-m", "publishing", "leaks", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert "page.md" in run.stdout
    assert "solutions/transform.py" in run.stdout
