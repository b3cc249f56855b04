"""nbgrader's own `zip_collect` with our plug-in: it takes each platform's downloads, and knows the class."""

import re

import pytest
from downloads import DOWNLOADS, SLUG, UNKNOWN, zipped
from hand_ins import command
from test_nbgrader import nbgrader

from grading.platforms import ledger


def downloaded(root, entries):
    folder = root / "downloaded" / SLUG / "archive"
    folder.mkdir(parents=True)
    return zipped(folder / "class.zip", entries)


@pytest.mark.slow
@pytest.mark.parametrize("platform", DOWNLOADS)
def test_nbgraders_own_zip_collect_takes_each_platform(tmp_path, platform):
    entries, expected = DOWNLOADS[platform]
    downloaded(tmp_path, [*entries, ("../escaped.ipynb", b"x")])
    run = nbgrader(tmp_path, "zip_collect", SLUG)
    folders = {path.parent.name: path for path in (tmp_path / "submitted").glob(f"*/{SLUG}")}
    notebooks = {
        student: next(path for path in folder.iterdir() if path.name.startswith("exercise.ipynb")).read_bytes()
        for student, folder in folders.items()
    }
    assert notebooks == expected
    log = run.stdout + run.stderr
    assert "'../escaped.ipynb' in 'class.zip': has a path that leaves the folder" in log
    if platform in UNKNOWN:
        assert re.search(rf"{re.escape(UNKNOWN[platform])}': whose it is can't be told", log)
    if platform == "blackboard":
        assert (folders["ada"] / "timestamp.txt").read_text() == "2026-11-01 10:00:00"


@pytest.mark.slow
def test_zip_collect_knows_the_class(tmp_path):
    (tmp_path / "class.csv").write_text(
        "\ufeffUsername;First name;Surname;Email\nalove;Ada;Lovelace;ada@example.org\n", encoding="utf-8"
    )
    run = command(tmp_path, "roster", tmp_path / "class.csv")
    assert run.stdout.startswith("1 students, 1 of them new")
    downloaded(tmp_path, DOWNLOADS["moodle"][0])
    nbgrader(tmp_path, "zip_collect", SLUG)
    assert {path.name for path in (tmp_path / "submitted").iterdir()} == {"alove", "1002", "1003", "1004"}
    [ada] = [one for one in ledger.look_up(tmp_path, SLUG) if one.student == "alove"]
    assert (ada.platform, ada.id, ada.label) == ("moodle", "1001", "Ada Lovelace_1001_assignsubmission_file_")
    # The class list comes later than a hand-in: each verb that reads either says so.
    (tmp_path / "later.csv").write_text("id,first_name,last_name\nzm,Zoë,Müller-O'Neil\n")
    run = command(tmp_path, "roster", tmp_path / "later.csv")
    told = "1002 and zm look like one person, with the same name: python -m grading join 1002 zm makes one of them"
    assert told in run.stdout
    (tmp_path / "downloaded" / SLUG / "archive" / "class.zip").unlink()
    zipped(tmp_path / "downloaded" / SLUG / "archive" / "class.zip", DOWNLOADS["moodle"][0][:1])
    run = nbgrader(tmp_path, "zip_collect", SLUG, "--force")
    assert told in run.stdout + run.stderr
