"""The folder with Python for the browser: the right files, from whichever source answers, or a clear refusal."""

import csv
import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest

from publishing.assets import pyodide, slim, vendor
from publishing.assets.pyodide import PackageFile

CACHE = Path(__file__).parent.parent / "_build" / "vendor"

A = PackageFile("a.whl", hashlib.sha256(b"a").hexdigest())
B = PackageFile("b.whl", hashlib.sha256(b"b").hexdigest())


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """A CDN and a PyPI in two folders of this machine, both empty."""
    cdn, index = tmp_path / "cdn", tmp_path / "index"
    cdn.mkdir()
    index.mkdir()
    monkeypatch.setattr(pyodide, "CDN", cdn.as_uri() + "/")
    monkeypatch.setattr(pyodide, "MIRROR", "made-up==1")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    return cdn, index


def mirror(index, **files):
    """A wheel as pip accepts it, with these files where the mirror has Pyodide's."""
    with zipfile.ZipFile(index / "made_up-1-py3-none-any.whl", "w") as wheel:
        for name, content in files.items():
            wheel.writestr(f"{pyodide.MIRROR_FOLDER}{name}.whl", content)
        wheel.writestr("made_up-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: made-up\nVersion: 1\n")
        wheel.writestr("made_up-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("made_up-1.dist-info/RECORD", "")


def names(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_dependencies_come_from_the_lock_whatever_the_spelling():
    packages = {
        name: {"depends": depends}
        for name, depends in {"top": ["Mid_dle"], "mid-dle": ["base", "top"], "base": [], "other": []}.items()
    }
    assert list(pyodide.needed({"packages": packages}, ["TOP"])) == ["base", "mid-dle", "top"]
    with pytest.raises(vendor.VendorError, match="has no package 'absent'"):
        pyodide.needed({"packages": packages}, ["absent"])


def test_the_cdn_is_asked_first_and_alone_when_it_has_everything(tmp_path, sources):
    cdn, _ = sources
    (cdn / "a.whl").write_bytes(b"a")
    store = pyodide._ensure_files(tmp_path / "store", [A])
    assert (store / "a.whl").read_bytes() == b"a"


def test_what_the_cdn_lacks_comes_from_the_mirror(tmp_path, sources):
    cdn, index = sources
    (cdn / "a.whl").write_bytes(b"a")
    mirror(index, b=b"b")
    assert names(pyodide._ensure_files(tmp_path / "store", [A, B])) == ["a.whl", "b.whl"]


def test_another_hash_is_refused_from_either_source(tmp_path, sources):
    cdn, index = sources
    (cdn / "a.whl").write_bytes(b"a")
    (cdn / "b.whl").write_bytes(b"changed on the way")
    mirror(index, b=b"changed at the source")
    with pytest.raises(vendor.VendorError) as raised:
        pyodide._ensure_files(tmp_path / "store", [A, B])
    told = str(raised.value)
    assert told.startswith("could not get b.whl: ")
    assert told.count("b.whl has SHA-256") == 2
    assert "\n" not in told
    assert names(tmp_path / "store") == ["a.whl"]


def test_when_no_source_answers_one_line_says_what_is_missing_and_what_to_do(tmp_path, sources):
    with pytest.raises(vendor.VendorError) as raised:
        pyodide._ensure_files(tmp_path / "store", [A, B])
    told = str(raised.value)
    assert told.startswith(f"could not get a.whl and 1 more: {pyodide.CDN} did not answer")
    assert "`pip download made-up==1` failed" in told
    assert told.endswith("or set `pyodide_source: cdn` in _config.yml")
    assert "\n" not in told


def test_a_folder_that_cannot_be_filled_is_not_left_half_full(tmp_path, sources):
    with pytest.raises(vendor.VendorError, match=r"could not get .* and 10 more"):
        pyodide.ensure_cached(tmp_path / "cache")
    assert not list((tmp_path / "cache").glob("pyodide-*/pyodide"))
    assert names(tmp_path / "cache" / "pyodide-packages") == []
    assert not list((tmp_path / "cache").glob("tmp*"))


def test_a_package_without_what_is_unused_is_the_same_whenever_it_is_made(tmp_path):
    def wheel(date):
        made = tmp_path / "made.whl"
        files = {"p/a.py": "x = 1", "p/big.ttf": "0" * 99, "p-1.dist-info/RECORD": "p/a.py,,\np/big.ttf,,\n"}
        with zipfile.ZipFile(made, "w") as whole:
            for name, content in files.items():
                whole.writestr(zipfile.ZipInfo(name, date), content)
        return slim.without(made.read_bytes(), ("*.ttf",))

    small = wheel((2020, 1, 1, 0, 0, 0))
    assert small == wheel((2024, 5, 6, 7, 8, 10))
    with zipfile.ZipFile(io.BytesIO(small)) as read:
        assert read.namelist() == ["p/a.py", "p-1.dist-info/RECORD"]
        assert read.read("p/a.py") == b"x = 1"
        assert read.read("p-1.dist-info/RECORD") == b"p/a.py,,\n"


@pytest.mark.slow
def test_every_file_is_pyodides_own_or_a_smaller_one_with_its_hash_in_the_lock(monkeypatch):
    folder = pyodide.ensure_cached(CACHE)
    official = json.loads((vendor.ensure_cached(CACHE, (pyodide.CORE,)) / pyodide.LOCK).read_text())["packages"]
    served = json.loads((folder / pyodide.LOCK).read_text())["packages"]
    assert {"numpy", "matplotlib", "pillow", "kiwisolver"} <= set(served)
    assert set(names(folder)) == set(pyodide.CORE.files) | {entry["file_name"] for entry in served.values()}
    for name, entry in served.items():
        found = hashlib.sha256((folder / entry["file_name"]).read_bytes()).hexdigest()
        assert found == entry["sha256"], name
        assert (found == official[name]["sha256"]) == (name not in slim.UNUSED), name
    assert {"fonttools", "pytz"} & set(served) == set()
    for name in slim.UNUSED:
        with zipfile.ZipFile(folder / served[name]["file_name"]) as wheel:
            assert wheel.testzip() is None
            record = wheel.read(next(path for path in wheel.namelist() if path.endswith(".dist-info/RECORD"))).decode()
            assert {line[0] for line in csv.reader(record.splitlines())} == set(wheel.namelist())
        assert served[name]["file_name"] != official[name]["file_name"]  # which browsers may keep for a year
        plain = CACHE / "pyodide-packages" / official[name]["file_name"]
        assert (folder / served[name]["file_name"]).stat().st_size < 0.92 * plain.stat().st_size
    monkeypatch.setattr(pyodide, "_ensure_files", lambda *_: pytest.fail("asked for files again"))
    assert pyodide.ensure_cached(CACHE) == folder
