"""Zip files of learners and attackers: what is unpacked, and what is refused without harm to the others."""

import os
import stat
import zipfile

import pytest
from downloads import content, zipped

from course.errors import CourseError
from grading.platforms import archive


def unpacked(tmp_path, entries):
    """What is unpacked, by name, and what is refused."""
    refused = archive.unpack(zipped(tmp_path / "class.zip", entries), tmp_path / "unpacked")
    return content(tmp_path / "unpacked"), refused


def link(name, target):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info, target


def encrypted(path, name):
    """Set the flag of encryption of one entry, in its own header and in the directory's."""
    data = bytearray(path.read_bytes())
    for mark, flags, where in ((b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)):
        start = 0
        while (start := data.find(mark, start)) >= 0:
            if data[start + where : start + where + len(name)] == name.encode():
                data[start + flags] |= 1
            start += 4
    path.write_bytes(data)
    return path


class TestAnArchive:
    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("../../escaped.ipynb", "has a path that leaves the folder"),
            ("a/../../escaped.ipynb", "has a path that leaves the folder"),
            ("a\\..\\..\\escaped.ipynb", "has a path that leaves the folder"),
            ("/etc/escaped.ipynb", "has an absolute path"),
            ("\\escaped.ipynb", "has an absolute path"),
            ("C:\\escaped.ipynb", "has an absolute path"),
            ("esc\x1baped.ipynb", "has a name with control characters"),
            ("e" * 300 + ".ipynb", "has a name that no file system takes"),
        ],
    )
    def test_a_path_that_goes_elsewhere_is_refused_and_the_others_come(self, tmp_path, name, reason):
        files, refused = unpacked(tmp_path, [("ada.ipynb", b"1"), (name, b"2"), ("ben.ipynb", b"3")])
        assert files == {"ada.ipynb": b"1", "ben.ipynb": b"3"}
        assert len(refused) == 1
        assert refused[0].endswith(reason)
        assert len(refused[0].splitlines()) == 1
        assert not list(tmp_path.parent.glob("**/escaped*"))

    def test_a_link_is_refused(self, tmp_path):
        files, refused = unpacked(tmp_path, [link("secret.ipynb", "/etc/passwd"), ("ada.ipynb", b"1")])
        assert files == {"ada.ipynb": b"1"}
        assert refused == ["'secret.ipynb' in 'class.zip': is a link, not a file"]

    def test_a_bomb_is_refused(self, tmp_path):
        files, refused = unpacked(tmp_path, [("bomb.ipynb", b"0" * 20_000_000), ("ada.ipynb", b"1")])
        assert files == {"ada.ipynb": b"1"}
        assert refused == ["'bomb.ipynb' in 'class.zip': is packed tighter than 1:200, as only archive bombs are"]

    def test_a_bomb_in_a_learners_own_zip_is_refused_too(self, tmp_path):
        inner = zipped(tmp_path / "inner.zip", [("bomb.ipynb", b"0" * 20_000_000), ("exercise.ipynb", b"1")])
        files, refused = unpacked(tmp_path, [("Ada_1_assignsubmission_file_/work.zip", inner.read_bytes())])
        assert files == {"Ada_1_assignsubmission_file_/work/exercise.ipynb": b"1"}
        assert "'bomb.ipynb'" in refused[0]

    def test_zips_in_zips_end(self, tmp_path):
        content = zipped(tmp_path / "0.zip", [("exercise.ipynb", b"1")]).read_bytes()
        for number in range(1, 6):
            content = zipped(tmp_path / f"{number}.zip", [("again.zip", content)]).read_bytes()
        files, refused = unpacked(tmp_path, [("ada.zip", content)])
        assert list(files) == ["ada/again.zip"]  # it is handed in, and is no notebook
        assert refused[0].endswith("is a zip in a zip more than 3 deep")

    @pytest.mark.parametrize(
        ("limit", "value", "reason"),
        [
            ("MAX_ENTRIES", 2, "'class.zip': has more than 2 entries; the rest was not read"),
            ("MAX_FILE", 5, "'c.ipynb' in 'class.zip': is larger than 5e-06 MB when unpacked"),
            ("MAX_TOTAL", 7, "'c.ipynb' in 'class.zip': would make more than 7e-09 GB in all"),
        ],
    )
    def test_there_are_limits(self, tmp_path, monkeypatch, limit, value, reason):
        monkeypatch.setattr(archive, limit, value)
        files, refused = unpacked(tmp_path, [("a.ipynb", b"1"), ("b.ipynb", b"2"), ("c.ipynb", b"333333")])
        assert files == {"a.ipynb": b"1", "b.ipynb": b"2"}
        assert refused == [reason]

    def test_an_encrypted_entry_is_refused(self, tmp_path):
        path = zipped(tmp_path / "class.zip", [("secret.ipynb", b"1"), ("ada.ipynb", b"2")])
        refused = archive.unpack(encrypted(path, "secret.ipynb"), tmp_path / "unpacked")
        assert content(tmp_path / "unpacked") == {"ada.ipynb": b"2"}
        assert refused == ["'secret.ipynb' in 'class.zip': is encrypted; wanted it without a password"]

    def test_of_two_entries_with_one_name_the_first_counts(self, tmp_path):
        files, refused = unpacked(tmp_path, [("ada.ipynb", b"1"), ("ada.ipynb", b"2"), ("ben.ipynb", b"3")])
        assert files == {"ada.ipynb": b"1", "ben.ipynb": b"3"}
        assert refused == ["'ada.ipynb' in 'class.zip': comes twice; the first one counts"]

    def test_damage_costs_its_entry_alone(self, tmp_path):
        path = zipped(tmp_path / "class.zip", [("ada.ipynb", os.urandom(5000)), ("ben.ipynb", b"3")])
        data = bytearray(path.read_bytes())
        data[2000] ^= 0xFF
        path.write_bytes(data)
        refused = archive.unpack(path, tmp_path / "unpacked")
        assert content(tmp_path / "unpacked") == {"ben.ipynb": b"3"}
        assert "'ada.ipynb' in 'class.zip': can't be unpacked" in refused[0]

    def test_what_systems_leave_behind_is_left_out(self, tmp_path):
        junk = [
            *("__MACOSX/ada/exercise.ipynb", "ada/._exercise.ipynb", ".DS_Store"),
            "ada/.ipynb_checkpoints/exercise-checkpoint.ipynb",
        ]
        files, refused = unpacked(tmp_path, [*((name, b"x") for name in junk), ("ada/exercise.ipynb", b"1")])
        assert (list(files), refused) == (["ada/exercise.ipynb"], [])

    def test_a_name_in_utf_8_without_the_flag_is_read(self, tmp_path):
        path = zipped(tmp_path / "class.zip", [("Zo\u00eb.ipynb", b"1")])
        data = path.read_bytes()
        for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            start = data.index(mark) + flags
            data = data[:start] + b"\0\0" + data[start + 2 :]
        path.write_bytes(data)
        archive.unpack(path, tmp_path / "unpacked")
        assert list(content(tmp_path / "unpacked")) == ["Zo\u00eb.ipynb"]

    def test_no_zip_is_one_line(self, tmp_path):
        (tmp_path / "class.zip").write_text("<html>Please log in</html>")
        with pytest.raises(CourseError, match="is not a readable zip file"):
            archive.unpack(tmp_path / "class.zip", tmp_path / "unpacked")


def test_a_list_of_entries_that_would_fill_the_memory_is_refused(tmp_path):
    """200,000 entries of 47 bytes each, of which `zipfile` would make objects of 100 MB and more."""
    entry = b"PK\x01\x02" + bytes(24) + (1).to_bytes(2, "little") + bytes(16) + b"a"
    listed = entry * 200_000
    end = b"PK\x05\x06" + bytes(4) + b"\xff\xff\xff\xff" + len(listed).to_bytes(4, "little") + bytes(6)
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "a.zip").write_bytes(listed + end)
    zipped(tmp_path / "class" / "b.zip", [("exercise.ipynb", b"kept")])
    refused = archive.unpack(tmp_path / "class", tmp_path / "unpacked")
    assert refused == ["'a.zip': has a list of entries of more than 8 MB"]
    assert content(tmp_path / "unpacked") == {"b/exercise.ipynb": b"kept"}
