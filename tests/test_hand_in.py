"""A hand-in's folder as it becomes a notebook to grade: which file counts, its pictures, its date, and what fails."""

import base64
import errno
import json
import os
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from small_release import QUESTION, F, G, graded, insert, of, release, submission

from course.errors import MachineError
from grading.handin import pictures
from grading.handin.dates import parse_date
from grading.handin.submission import MARK, HandIn, prepare

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels"
JPEG = b"\xff\xd8\xff\xe0" + b"photo"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


def put(folder: Path, notebook: NotebookNode | bytes, name: str = "exercise.ipynb", time: float = 0) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(notebook if isinstance(notebook, bytes) else nbformat.writes(notebook).encode())
    if time:
        os.utime(path, (time, time))


def handed_in(folder: Path) -> HandIn:
    hand_in = prepare(folder, "ada", "foundations", release())
    nbformat.validate(hand_in.notebook)
    assert all(note.isprintable() for note in [hand_in.refusal, *hand_in.notes])
    assert hand_in.notebook.metadata.batchnorm == {"refused": hand_in.refusal, "notes": list(hand_in.notes)}
    return hand_in


# --- Which notebook counts -----------------------------------------------------------------------------


@pytest.mark.parametrize("copy", ["exercise-Copy1.ipynb", "exercise (1).ipynb", "mine.ipynb", "work/exercise.ipynb"])
def test_a_copy_with_answers_counts_before_the_untouched_notebook(tmp_path: Path, copy: str) -> None:
    put(tmp_path, release(), time=2000)
    put(tmp_path, submission(f=F), copy, time=1000)
    hand_in = handed_in(tmp_path)
    assert of(hand_in.notebook, "f").source == F
    [line] = hand_in.notes
    assert line == f"'{Path(copy).name}' is graded; 'exercise.ipynb' has no answers"


def test_a_written_answer_is_an_answer(tmp_path: Path) -> None:
    put(tmp_path, release())
    put(tmp_path, submission(written_fg="Because."), "exercise-Copy1.ipynb")
    assert of(handed_in(tmp_path).notebook, "written_fg").source == "Because."


@pytest.mark.parametrize(("later", "name"), [(1000, "exercise.ipynb"), (3000, "exercise-Copy1.ipynb")])
def test_of_two_copies_with_answers_the_later_counts(tmp_path: Path, later: float, name: str) -> None:
    put(tmp_path, submission(f=F), time=2000)
    put(tmp_path, submission(f=F + "  # again"), "exercise-Copy1.ipynb", time=later)
    hand_in = handed_in(tmp_path)
    assert ("again" in of(hand_in.notebook, "f").source) == (later > 2000)
    assert hand_in.notes[0].startswith(f"'{name}' is graded; there are answers in ")


def test_of_two_copies_with_answers_and_one_time_the_name_decides(tmp_path: Path) -> None:
    put(tmp_path, submission(f=F), time=2000)
    put(tmp_path, submission(f=F + "  # again"), "exercise-Copy1.ipynb", time=2001)
    assert of(handed_in(tmp_path).notebook, "f").source == F


def test_a_copy_with_answers_counts_before_a_file_that_is_no_notebook(tmp_path: Path) -> None:
    put(tmp_path, b'{"cells": [')
    put(tmp_path, submission(f=F), "exercise (1).ipynb")
    hand_in = handed_in(tmp_path)
    assert of(hand_in.notebook, "f").source == F
    assert hand_in.notes[0].startswith("'exercise (1).ipynb' is graded; 'exercise.ipynb' can't be read: the notebook")


def test_an_untouched_copy_is_no_answer_to_a_file_that_is_no_notebook(tmp_path: Path) -> None:
    put(tmp_path, b'{"cells": [')
    put(tmp_path, release(), "exercise (1).ipynb")
    assert "breaks off" in handed_in(tmp_path).refusal


def test_an_untouched_copy_beside_an_answer_is_not_worth_a_word(tmp_path: Path) -> None:
    put(tmp_path, submission(f=F))
    put(tmp_path, release(), "exercise-Copy1.ipynb")
    assert handed_in(tmp_path).notes == ()


def test_what_was_made_for_nbgrader_is_no_notebook_of_the_learners(tmp_path: Path) -> None:
    put(tmp_path, release(), "exercise (1).ipynb")
    for _ in range(2):
        assert handed_in(tmp_path).notes == ()
    put(tmp_path, submission(f=F), "exercise (2).ipynb")
    for _ in range(2):
        hand_in = handed_in(tmp_path)
        assert of(hand_in.notebook, "f").source == F
    assert (tmp_path / MARK).is_file()


def test_no_reason_is_believed_that_a_learner_wrote(tmp_path: Path) -> None:
    put(tmp_path, json.dumps({"refused": "[log in](https://example.org)"}).encode())
    assert handed_in(tmp_path).refusal.startswith("the file is JSON without a notebook's cells")


# --- Pictures ------------------------------------------------------------------------------------------


def attached(**files: bytes) -> dict:
    return {f"{name}.png": {"image/png": base64.b64encode(data).decode()} for name, data in files.items()}


def with_pictures(text: str, pasted: dict) -> NotebookNode:
    made = submission(written_fg=text)
    of(made, "written_fg").attachments = pasted
    return made


def kept(notebook: NotebookNode) -> dict[str, tuple[str, bytes]]:
    """The pictures of all cells, by name their type and bytes."""
    found = {}
    for cell in notebook.cells:
        for name, forms in cell.get("attachments", {}).items():
            [(kind, text)] = forms.items()
            found[name] = kind, base64.b64decode(text)
    return found


def test_a_pasted_picture_is_kept_in_an_answer_and_in_an_added_cell(tmp_path: Path) -> None:
    made = with_pictures("![a](attachment:a.png)", attached(a=PNG))
    own = new_markdown_cell("![b](attachment:b.png)", attachments=attached(b=JPEG))
    put(tmp_path, insert(made, "plot", own))
    hand_in = handed_in(tmp_path)
    assert kept(hand_in.notebook) == {"a.png": ("image/png", PNG), "b.png": ("image/jpeg", JPEG)}
    assert of(hand_in.notebook, "written_fg").source == "![a](attachment:a.png)"
    assert hand_in.notes == ()


def test_a_picture_in_a_released_text_or_in_code_is_not(tmp_path: Path) -> None:
    made = submission(f=F, prose_f="![a](attachment:a.png)")
    for name in ("prose_f", "f"):
        of(made, name).attachments = attached(a=PNG)
    put(tmp_path, made)
    assert kept(handed_in(tmp_path).notebook) == {}


@pytest.mark.parametrize(
    ("forms", "why"),
    [
        ({"image/svg+xml": "<svg onload='alert(1)'/>"}, "it is not a PNG, JPEG, GIF or WebP"),
        ({"image/png": base64.b64encode(SVG).decode()}, "it is not a PNG, JPEG, GIF or WebP"),
        ({"text/html": "PHNjcmlwdD4="}, "it is not a PNG, JPEG, GIF or WebP"),
        ({"image/png": "AAAAA"}, "it can't be read"),
        ({"image/png": base64.b64encode(PNG + bytes(pictures.MAX_PICTURE_BYTES)).decode()}, "it is larger than 5 MB"),
        ({"image/png": [None, 3]}, "it is not a PNG, JPEG, GIF or WebP"),
        ({"image/png": 3}, "it can't be read"),
        ("text", "it can't be read"),
    ],
)
def test_a_picture_that_could_run_a_script_or_is_none_is_left_out_and_named(
    tmp_path: Path, forms: object, why: str
) -> None:
    document = json.loads(nbformat.writes(with_pictures("![a](attachment:a.png)", attached(a=PNG))))
    next(cell for cell in document["cells"] if cell["id"] == "written_fg")["attachments"] = {"a.png": forms}
    put(tmp_path, json.dumps(document).encode())
    hand_in = handed_in(tmp_path)
    assert kept(hand_in.notebook) == {}
    assert hand_in.notes == (f"cell 9: the picture 'a.png' is left out: {why}",)


def test_two_pictures_of_one_name_in_the_pieces_of_an_answer_stay_two(tmp_path: Path) -> None:
    made = with_pictures("![](attachment:a.png)", attached(a=PNG))
    piece = new_markdown_cell(
        "![](attachment:a.png)", id="x", metadata=graded("written_fg"), attachments=attached(a=JPEG)
    )
    put(tmp_path, insert(made, "written_fg", piece))
    cell = of(handed_in(tmp_path).notebook, "written_fg")
    assert cell.source == "![](attachment:a.png)\n\n![](attachment:2-a.png)"
    assert kept(NotebookNode(cells=[cell])) == {"a.png": ("image/png", PNG), "2-a.png": ("image/jpeg", JPEG)}


@pytest.mark.parametrize("place", ["my plot.png", "img/my plot.png", "unpacked/img/my plot.png"])
def test_a_picture_file_is_taken_along(tmp_path: Path, place: str) -> None:
    target = place.removeprefix("unpacked/").replace(" ", "%20")
    put(tmp_path, submission(written_fg=f'![see]({target} "title") and ![again]({target})'))
    put(tmp_path, PNG, place)
    hand_in = handed_in(tmp_path)
    text = of(hand_in.notebook, "written_fg").source
    assert text == '![see](attachment:my-plot.png "title") and ![again](attachment:my-plot.png)'
    assert kept(hand_in.notebook) == {"my-plot.png": ("image/png", PNG)}


@pytest.mark.parametrize(
    "text",
    ["![a](https://example.org/a.png)", "[a](a.png)", "![a](a.svg)", "`a.png`", "![a](//example.org/a.png)", QUESTION],
)
def test_what_is_no_picture_file_stays_as_it_is(tmp_path: Path, text: str) -> None:
    put(tmp_path, submission(f=F, written_fg=text))
    put(tmp_path, PNG, "a.png")
    put(tmp_path, SVG, "a.svg")
    hand_in = handed_in(tmp_path)
    assert of(hand_in.notebook, "written_fg").source == text
    assert kept(hand_in.notebook) == {}


def test_a_picture_file_that_is_a_link_or_missing_or_none_is_named(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(PNG)
    folder = tmp_path / "hand-in"
    put(folder, submission(written_fg="![](link.png) ![](gone.png) ![](../secret.png) ![](page.png)"))
    (folder / "link.png").symlink_to(secret)
    put(folder, SVG, "page.png")
    hand_in = handed_in(folder)
    assert kept(hand_in.notebook) == {}
    assert hand_in.notes == (
        "the picture 'link.png' is left out: it was not handed in",
        "the picture 'gone.png' is left out: it was not handed in",
        "the picture '../secret.png' is left out: it was not handed in",
        "the picture 'page.png' is left out: it is not a PNG, JPEG, GIF or WebP",
    )


def test_pictures_beyond_the_limits_are_left_out_and_named(tmp_path: Path) -> None:
    names = [f"{k}.png" for k in range(pictures.MAX_PICTURES + 2)]
    put(tmp_path, submission(written_fg=" ".join(f"![]({name})" for name in names)))
    for name in names:
        put(tmp_path, PNG, name)
    hand_in = handed_in(tmp_path)
    assert list(kept(hand_in.notebook)) == names[: pictures.MAX_PICTURES]
    assert len(hand_in.notes) == 2
    for name in names[:3]:
        put(tmp_path, PNG + bytes(4_000_000), name)
    hand_in = handed_in(tmp_path)
    assert "a hand-in may have 20 pictures and 10 MB of them" in hand_in.notes[0]
    assert sum(len(data) for _, data in kept(hand_in.notebook).values()) <= pictures.MAX_TOTAL_BYTES


# --- Dates ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-02 10:00:00.123456 UTC", "2026-11-02 10:00:00.123456"),
        ("2026-11-02 10:00:00 +0100", "2026-11-02 09:00:00"),
        ("2026-11-02T10:00:00Z", "2026-11-02 10:00:00"),
        ("2026-11-02", "2026-11-02 00:00:00"),
        ("2 November 2026, 10:00", "2026-11-02 10:00:00"),
        ("12", None),
        ("2026", None),
        ("November 2", None),
        ("10:00", None),
        ("2026-11-02 10:00 NOWHERE", None),
        ("2026-13-45", None),
        ("yesterday", None),
        ("9" * 500, None),
    ],
)
def test_a_date_is_read_whole_or_not_at_all(text: str, utc: str | None) -> None:
    found = parse_date(text)
    assert (None if found is None else str(found)) == utc


@pytest.mark.parametrize("text", ["", "  \n", "12", "last night", "\x1b[31m\0", "x" * 5000])
def test_a_timestamp_that_is_no_date_is_said_and_does_not_count(tmp_path: Path, text: str) -> None:
    put(tmp_path, submission(f=F))
    (tmp_path / "timestamp.txt").write_text(text)
    hand_in = handed_in(tmp_path)
    assert hand_in.date == ""
    [line] = hand_in.notes
    assert line.startswith("timestamp.txt has ")
    assert line.endswith(", which is not a date: it counts as handed in without one")


def test_a_timestamp_that_is_a_date_counts_without_a_word(tmp_path: Path) -> None:
    put(tmp_path, submission(f=F))
    assert (handed_in(tmp_path).date, handed_in(tmp_path).notes) == ("", ())
    (tmp_path / "timestamp.txt").write_text("2026-11-02 10:00:00 UTC\n")
    assert (handed_in(tmp_path).date, handed_in(tmp_path).notes) == ("2026-11-02 10:00:00 UTC", ())


# --- What fails ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [errno.EACCES, errno.EIO, errno.ESTALE, errno.EMFILE])
@pytest.mark.parametrize("call", ["scandir", "open", "stat"])
def test_a_folder_that_cannot_be_read_is_the_machines_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, call: str
) -> None:
    put(tmp_path, submission(f=F, g=G))
    put(tmp_path, submission(f=F), "exercise (1).ipynb")
    real = getattr(os, call)

    def broken(path: object, *rest: object, **more: object) -> object:
        if str(tmp_path) in str(path):
            raise OSError(code, os.strerror(code))
        return real(path, *rest, **more)

    monkeypatch.setattr(os, call, broken)
    with pytest.raises(MachineError, match=r"(may not|could not) be read"):
        prepare(tmp_path, "ada", "foundations", release())
