"""Which file of a hand-in's folder is the notebook, and which is refused without being opened."""

import os
import socket
from pathlib import Path

import pytest
from notebook_files import put

from course.errors import IntakeError
from grading.handin.find import candidates, find_notebook
from grading.handin.intake import read_notebook


@pytest.mark.parametrize(
    "name",
    [
        "exercise.ipynb",
        "exercise (1).ipynb",
        "exercise(12).ipynb",
        "Exercise.IPYNB",
        "exercise-Copy1.ipynb",
        "exercise - Copy.ipynb",
        "Copy of exercise.ipynb",
        "exercise.ipynb.txt",
        "exercise.ipynb.json",
        "exercise.ipynb (1).txt",
        "  exercise .ipynb",
        "übung 1 – “final”.ipynb",
        "ｅｘｅｒｃｉｓｅ.ipynb",
        "foundations.ipynb",
        "unpacked/exercise.ipynb",
        "a\nb.ipynb",
    ],
)
def test_a_renamed_notebook_is_found(tmp_path: Path, name: str) -> None:
    put(tmp_path, name)
    assert find_notebook(tmp_path, "foundations") == tmp_path / name


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("exercise.ipynb", "exercise (1).ipynb"),
        ("exercise.ipynb", "Exercise.ipynb"),
        ("Exercise.ipynb", "exercise-Copy1.ipynb"),
        ("exercise (10).ipynb", "exercise (9).ipynb"),
        ("exercise-Copy2.ipynb", "exercise - Copy.ipynb"),
        ("exercise (1).ipynb", "exercise_final.ipynb"),
        ("exercise_final.ipynb", "foundations.ipynb"),
        ("foundations.ipynb", "another.ipynb"),
        ("another.ipynb", "exercise.ipynb.txt"),
        ("zzz.ipynb", "below/exercise.ipynb"),
    ],
)
def test_of_several_notebooks_the_rule_says_which(tmp_path: Path, better: str, worse: str) -> None:
    put(tmp_path, better, worse)
    os.utime(tmp_path / better, (1, 1))  # older, which must not matter here
    assert candidates(tmp_path, "foundations") == [tmp_path / better, tmp_path / worse]


def test_of_equal_names_the_newest_counts(tmp_path: Path) -> None:
    put(tmp_path, "a.ipynb", "b.ipynb", "c.ipynb")
    for name, time in (("a", 1), ("b", 3), ("c", 2)):
        os.utime(tmp_path / f"{name}.ipynb", (time, time))
    assert find_notebook(tmp_path, "foundations").name == "b.ipynb"


def test_checkpoints_and_what_a_mac_adds_are_no_notebooks(tmp_path: Path) -> None:
    put(
        tmp_path,
        ".ipynb_checkpoints/exercise-checkpoint.ipynb",
        "__MACOSX/exercise.ipynb",
        "._exercise.ipynb",
    )
    with pytest.raises(IntakeError, match="empty"):
        find_notebook(tmp_path, "foundations")


def test_a_folder_without_a_notebook_names_what_it_holds(tmp_path: Path) -> None:
    for name in ("exercise.zip", "exercise.py", "notes.pdf", "x.png"):
        (tmp_path / name).touch()
    with pytest.raises(IntakeError, match=r"no notebook, only 'exercise.py', .* and 1 more; wanted exercise.ipynb"):
        find_notebook(tmp_path, "foundations")


def test_no_folder_at_all_is_a_reason(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="is not there"):
        find_notebook(tmp_path / "foundations", "foundations")


def test_a_file_in_the_folders_place_is_a_reason(tmp_path: Path) -> None:
    put(tmp_path, "foundations")
    with pytest.raises(IntakeError, match="is a file, not a folder"):
        find_notebook(tmp_path / "foundations", "foundations")


def test_a_link_is_refused_and_a_file_beside_it_taken(tmp_path: Path) -> None:
    secret = tmp_path / "secret.ipynb"
    put(tmp_path, "secret.ipynb")
    folder = tmp_path / "foundations"
    folder.mkdir()
    (folder / "exercise.ipynb").symlink_to(secret)
    with pytest.raises(IntakeError, match="is a link"):
        find_notebook(folder, "foundations")
    with pytest.raises(IntakeError, match="is a link"):
        read_notebook(folder / "exercise.ipynb")
    put(folder, "exercise (1).ipynb")
    assert find_notebook(folder, "foundations").name == "exercise (1).ipynb"


def test_linked_folders_are_not_followed(tmp_path: Path) -> None:
    put(tmp_path / "others", "exercise.ipynb")
    (tmp_path / "foundations").mkdir()
    (tmp_path / "foundations" / "sub").symlink_to(tmp_path / "others")
    (tmp_path / "linked").symlink_to(tmp_path / "others")
    for folder in ("foundations", "linked"):
        with pytest.raises(IntakeError):
            find_notebook(tmp_path / folder, "foundations")


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "exercise.ipynb")
    with pytest.raises(IntakeError, match="is a pipe"):
        find_notebook(tmp_path, "foundations")
    with pytest.raises(IntakeError, match="is a pipe"):
        read_notebook(tmp_path / "exercise.ipynb")


def test_a_socket_and_a_device_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket is short
    with socket.socket(socket.AF_UNIX) as end:
        end.bind("exercise.ipynb")
        with pytest.raises(IntakeError, match="is a socket"):
            find_notebook(tmp_path, "foundations")
    with pytest.raises(IntakeError, match="is a device"):
        read_notebook("/dev/zero")


def test_a_name_with_control_characters_is_shown_in_one_line(tmp_path: Path) -> None:
    os.mkfifo(os.fsencode(tmp_path) + b"/a\n\x1b[31m\xff.ipynb")
    with pytest.raises(IntakeError) as caught:
        find_notebook(tmp_path, "foundations")
    assert str(caught.value).isprintable()
    str(caught.value).encode()
