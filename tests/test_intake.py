"""What learners really send, and what it becomes: a clean notebook, or one reason in one line."""

import json
import os
import random
import stat
from pathlib import Path

import nbformat
import pytest
from notebook_files import ANSWER, a_notebook, as_bytes, put

from course.errors import IntakeError, MachineError
from grading.handin.find import find_notebook
from grading.handin.intake import clean, read_notebook
from grading.handin.json_size import MAX_DEPTH
from grading.handin.rebuild import rebuild


def sources(notebook: nbformat.NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells]


def notes(notebook: nbformat.NotebookNode) -> list[str]:
    return notebook.metadata.batchnorm.notes


def refusal(data: bytes, **settings: int) -> str:
    """The reason why bytes are refused, which is one line that says what was wanted."""
    with pytest.raises(IntakeError) as caught:
        read_notebook(data, **settings)
    reason = str(caught.value)
    assert len(reason.splitlines()) == 1
    assert len(reason) < 300
    assert "wanted" in reason
    return reason


def test_a_file_exchanged_for_a_pipe_after_the_look_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "exercise.ipynb")
    put(tmp_path, "file")
    monkeypatch.setattr(Path, "lstat", lambda path: os.stat(tmp_path / "file"))
    with pytest.raises(IntakeError, match="not a file"):
        read_notebook(tmp_path / "exercise.ipynb")


def test_a_machine_that_fails_is_not_the_learners_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> int:
        raise OSError(5, "Input/output error")

    put(tmp_path, "exercise.ipynb")
    monkeypatch.setattr(os, "open", broken)
    with pytest.raises(MachineError, match="Input/output error"):
        read_notebook(tmp_path / "exercise.ipynb")


def test_nor_is_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    put(tmp_path, "exercise.ipynb")
    monkeypatch.setattr(os, "open", denied)
    with pytest.raises(MachineError, match="may not be read; give the grader the right"):
        read_notebook(tmp_path / "exercise.ipynb")


# --- Reading it ----------------------------------------------------------------------------------------


def test_only_type_text_id_and_grade_id_come_through() -> None:
    notebook = read_notebook(as_bytes(a_notebook()))
    assert notebook.metadata == {"batchnorm": {"notes": []}}
    assert notebook.cells == [
        {"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# Title"},
        {
            "cell_type": "code",
            "id": "f",
            "metadata": {"nbgrader": {"grade_id": "f"}},
            "source": ANSWER,
            "execution_count": None,
            "outputs": [],
        },
        {
            "cell_type": "code",
            "id": "own",
            "metadata": {},
            "source": "f(2)",
            "execution_count": None,
            "outputs": [],
        },
    ]
    nbformat.validate(notebook)


def test_a_path_and_its_bytes_give_the_same(tmp_path: Path) -> None:
    put(tmp_path, "exercise.ipynb")
    assert read_notebook(tmp_path / "exercise.ipynb") == read_notebook(as_bytes(a_notebook()))


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_every_unicode_encoding_is_read_with_or_without_a_mark(codec: str) -> None:
    data = json.dumps(a_notebook(), ensure_ascii=False).encode(codec)
    notebook = read_notebook(data)
    assert sources(notebook)[1] == ANSWER
    assert notes(notebook) == []


def test_latin_1_is_the_last_resort_and_noted() -> None:
    notebook = read_notebook(json.dumps(a_notebook(), ensure_ascii=False).replace("→", "-").encode("latin-1"))
    assert sources(notebook)[1] == ANSWER.replace("→", "-")
    assert "not valid UTF-8" in notes(notebook)[0]


def test_nuls_and_marks_around_the_json_do_no_harm() -> None:
    assert read_notebook("\ufeff\ufeff".encode() + as_bytes(a_notebook()) + b"\r\n\0\0")


@pytest.mark.parametrize("minor", range(6))
def test_every_minor_of_format_4_is_read(minor: int) -> None:
    document = a_notebook() | {"nbformat_minor": minor}
    if minor < 5:
        for cell in document["cells"]:
            del cell["id"]
    assert sources(read_notebook(as_bytes(document)))[1] == ANSWER


def test_format_3_is_upgraded() -> None:
    cells = [
        {"cell_type": "heading", "level": 2, "source": ["Title"], "metadata": {}},
        {
            "cell_type": "code",
            "input": ANSWER.splitlines(keepends=True),
            "language": "python",
            "outputs": [{}],
        },
        {"cell_type": "html", "source": "<b>x</b>"},
        {"cell_type": "heading", "level": 10**9, "source": "Deep"},
    ]
    document = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {},
        "worksheets": [{"cells": cells[:2]}, 7, {"cells": cells[2:]}],
    }
    notebook = read_notebook(as_bytes(document))
    assert sources(notebook) == ["## Title", ANSWER, "<b>x</b>", "# Deep"]
    assert [cell.cell_type for cell in notebook.cells] == ["markdown", "code", "markdown", "markdown"]


def test_colabs_and_vs_codes_ids_in_the_metadata_count() -> None:
    document = a_notebook()
    for cell in document["cells"]:
        cell["metadata"] |= {
            "id": cell.pop("id"),
            "colab": {"base_uri": "x"},
            "vscode": {"languageId": "python"},
        }
    document["metadata"] |= {
        "colab": {"provenance": []},
        "accelerator": "GPU",
        "language_info": {"name": "x"},
    }
    assert [cell.id for cell in read_notebook(as_bytes(document)).cells] == ["title", "f", "own"]


def test_source_may_be_a_list_a_string_or_missing() -> None:
    document = a_notebook()
    document["cells"][0]["source"] = ["a\r\n", 5, "b\r", "c"]
    document["cells"][1]["source"] = "a\r\nb"
    del document["cells"][2]["source"], document["cells"][2]["metadata"]
    assert sources(read_notebook(as_bytes(document))) == ["a\nb\nc", "a\nb", ""]


def test_repeated_and_missing_ids_stay_as_evidence() -> None:
    document = a_notebook()
    del document["cells"][0]["id"]
    document["cells"][2]["id"] = "f"
    assert [cell.get("id") for cell in read_notebook(as_bytes(document)).cells] == [None, "f", "f"]


def test_a_grade_id_that_is_no_string_is_dropped() -> None:
    document = a_notebook()
    document["cells"][1]["metadata"]["nbgrader"]["grade_id"] = {"f": 1}
    document["cells"][2]["metadata"]["nbgrader"] = "f"
    assert all(cell.metadata == {} for cell in read_notebook(as_bytes(document)).cells)


def test_cells_that_are_none_are_dropped_with_a_note() -> None:
    document = a_notebook()
    document["cells"] += [None, "x", [], {"cell_type": "widget", "source": "x"}, {"cell_type": ["code"]}, {}]
    notebook = read_notebook(as_bytes(document))
    assert len(notebook.cells) == 3
    assert notes(notebook) == ["6 of 9 cells are not notebook cells and were left out"]


def test_nan_control_characters_and_repeated_keys_in_the_json_do_no_harm() -> None:
    text = json.dumps(a_notebook() | {"x": float("nan"), "y": float("-inf")})
    text = '{"nbformat": 4, "cells": 3,' + text[1:].replace("f(2)", "f(\t2)")
    assert sources(read_notebook(text.encode()))[2] == "f(\t2)"


def test_half_a_character_can_be_written_again() -> None:
    document = a_notebook()
    document["cells"][2]["source"] = "\ud800 \ud83d\ude00 \udc80"
    source = sources(read_notebook(as_bytes(document)))[2]
    assert source == "\ufffd \U0001f600 \ufffd"


def test_metadata_can_not_forge_the_graders_own() -> None:
    document = a_notebook()
    document["metadata"]["batchnorm"] = {"notes": ["full marks"]}
    document["cells"][2]["metadata"]["batchnorm"] = {"added": False}
    notebook = read_notebook(as_bytes(document))
    assert notes(notebook) == []
    assert notebook.cells[2].metadata == {}


# --- Refusing it ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", b"\0" * 4096, b" \n"])
def test_nothing_is_refused_with_its_size(data: bytes) -> None:
    assert f"{len(data)} bytes" in refusal(data)


def test_forty_megabytes_of_pictures_are_refused_without_reading_all(tmp_path: Path) -> None:
    document = a_notebook()
    document["cells"][1]["outputs"][0]["data"]["image/png"] = "A" * 40_000_000
    assert "larger than 20 MB" in refusal(as_bytes(document))
    with open(tmp_path / "exercise.ipynb", "wb") as file:
        file.truncate(10**12)  # a hole: reading it whole would take all memory
    with pytest.raises(IntakeError, match="larger than 20 MB"):
        read_notebook(tmp_path / "exercise.ipynb")


def test_the_limit_of_size_is_a_setting() -> None:
    data = as_bytes(a_notebook())
    assert read_notebook(data, max_bytes=len(data))
    assert "larger than" in refusal(data, max_bytes=len(data) - 1)


def test_a_notebook_cut_anywhere_is_said_to_break_off() -> None:
    data = as_bytes(a_notebook())
    for end in range(1, len(data), 7):
        assert f"breaks off after {end} bytes" in refusal(data[:end])


@pytest.mark.parametrize("deep", ["[" * 100_000, '{"a":' * 100_000, "[" * 300 + "]" * 300])
def test_deep_json_is_refused_whole_or_cut(deep: str) -> None:
    assert f"more than {MAX_DEPTH} levels deep" in refusal(deep.encode())
    assert "levels deep" in refusal(('{"cells": ' + deep).encode())


def test_lists_that_would_fill_the_memory_are_refused() -> None:
    assert "more than 1000000 lists" in refusal(b'{"cells": [' + b"{}," * 1_000_000 + b"{}]}")


def test_brackets_in_a_text_are_not_deep() -> None:
    document = a_notebook()
    document["cells"][2]["source"] = '"' + "[" * 1000 + '\\"'
    assert read_notebook(as_bytes(document))


@pytest.mark.parametrize(
    ("data", "look"),
    [
        (b"PK\x03\x04\x14\0", "a zip archive"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"\xff\xd8\xff\xe0", "a picture"),
        (b"\x1f\x8b\x08", "a gzip archive"),
        (b"{\\rtf1\\ansi", "a word processor's text"),
        (b"\n<!DOCTYPE html><title>Log in</title>", "a web page"),
        (b"<!-- saved -->\n<html>", "a web page"),
        (b"<?xml version='1.0'?>", "XML"),
        (b"import numpy as np\n\ndef f(x):\n    return x", "a Python script"),
        (b"# Exercise 1\nimport numpy", "a Python script"),
        (b"# %% [markdown]\n", "a Python script"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"),
        (b'{\n "cells": [\n<<<<<<< HEAD\n  {},\n=======\n>>>>>>> x\n]}', "the marks of a git conflict"),
        (b"hello", "not JSON"),
        (b"\x00\x01\x02\x03", "not JSON"),
        (b'{"cells": [},\n{}, {}]}', "broken at line 1, column 12"),
        (b'{"cells": []} {"cells": []}', "broken at line 1"),
        (b'{"nbformat": 4, "cells": [' + b"9" * 5000 + b"]}", "has parts that no notebook has"),
        (b"[1, 2]", "a list, not a notebook"),
        (b'"text"', "a str, not a notebook"),
        (b"null", "a NoneType, not a notebook"),
        (b'{"url": "https://docs.google.com/x"}', "without a notebook's cells"),
        (b'{"cells": {}}', "without a notebook's cells"),
        (b'{"nbformat": 2, "worksheets": []}', "format 2"),
        (b'{"nbformat": 5, "cells": []}', "format 5"),
        (b'{"nbformat": 4, "cells": []}', "no cells"),
        (b'{"nbformat": 4, "cells": [1]}', "no cells"),
        (b'{"nbformat": 3, "worksheets": []}', "no cells"),
    ],
)
def test_what_is_no_notebook_is_named(data: bytes, look: str) -> None:
    assert look in refusal(data)


@pytest.mark.parametrize("value", [None, 3, "x", [], {}, {"cells": None}])
def test_clean_refuses_any_value_that_is_no_notebook(value: object) -> None:
    with pytest.raises(IntakeError):
        clean(value)


# --- Any bytes at all ----------------------------------------------------------------------------------
ODD_VALUES = [
    None,
    True,
    -1,
    10**30,
    1.5,
    float("nan"),
    "",
    "f",
    "\ud800",
    [],
    [[]],
    {},
    {"": {}},
    ["a", None],
]


def mutated_bytes(data: bytes, chance: random.Random) -> bytes:
    """Bytes with a few of them removed, repeated, overwritten or cut."""
    content = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        start = chance.randrange(len(content) + 1)
        end = min(len(content), start + chance.choice([0, 1, 1, 2, 5, 40]))
        content[start:end] = chance.choice(
            [
                b"",
                chance.randbytes(2),
                content[start:end] * 2,
                b'"',
                b"[",
                b"}",
                b"\\",
                b"\xef\xbb\xbf",
                b"\0",
            ]
        )
    return bytes(content)


def mutated_document(value: object, chance: random.Random) -> object:
    """JSON in which some values are exchanged, removed or repeated."""
    if chance.random() < 0.03:
        return chance.choice(ODD_VALUES)
    if isinstance(value, dict):
        return {k: mutated_document(v, chance) for k, v in value.items() if chance.random() > 0.03}
    if isinstance(value, list):
        kept = [mutated_document(v, chance) for v in value for _ in range(chance.choice([0, 1, 1, 1, 1, 2]))]
        return kept if chance.random() < 0.9 else chance.sample(kept, len(kept))
    return value


def mutants(count: int) -> list[bytes]:
    chance = random.Random(20240229)
    document = a_notebook()
    old = {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": "f = 1", "outputs": []}]}]}
    made = []
    for k in range(count):
        base = chance.choice([document, document, old])
        data = as_bytes(mutated_document(base, chance)) if k % 2 else as_bytes(base)
        if k % 4 == 3:
            data = data.decode().encode(chance.choice(["utf-16", "utf-32-le", "utf-8-sig"]))
        made.append(data if k % 4 == 1 else mutated_bytes(data, chance))
    return made


def notebook_or_reason(data: bytes) -> nbformat.NotebookNode | str:
    try:
        return read_notebook(data)
    except IntakeError as error:
        return str(error)


def test_no_mutation_of_a_notebook_raises_anything_but_a_reason() -> None:
    released = nbformat.reads(as_bytes(a_notebook()), as_version=4)
    accepted = refused = 0
    for data in mutants(4000):
        notebook = notebook_or_reason(data)
        if isinstance(notebook, str):
            assert notebook.isprintable()
            refused += 1
            continue
        accepted += 1
        result = rebuild(released, notebook)
        nbformat.validate(result.notebook)
        nbformat.writes(result.notebook).encode()
        assert all(note.isprintable() for note in result.notes)
    assert accepted > 500
    assert refused > 500


def test_the_submission_is_never_changed(tmp_path: Path) -> None:
    put(tmp_path, "exercise.ipynb")
    before = (tmp_path / "exercise.ipynb").stat()
    read_notebook(find_notebook(tmp_path, "foundations"))
    after = (tmp_path / "exercise.ipynb").stat()
    assert (before.st_mtime_ns, stat.S_IMODE(before.st_mode)) == (
        after.st_mtime_ns,
        stat.S_IMODE(after.st_mode),
    )
    assert list(tmp_path.iterdir()) == [tmp_path / "exercise.ipynb"]
