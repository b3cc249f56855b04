"""Unpacks what an instructor downloaded; each entry is looked at before a byte of it is read.

Learners named and made what an archive holds, so nothing in it is believed. An entry that would leave the folder, is a
link, is encrypted, comes twice or unpacks to too much is refused with a reason in one line; the others are unpacked.
"""

import calendar
import contextlib
import io
import os
import re
import shutil
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from course.errors import CourseError
from grading.handin.files import shown

#: The largest file that is unpacked, in bytes. `intake.MAX_BYTES` is less: there a notebook is refused with a reason.
MAX_FILE = 100_000_000
MAX_TOTAL = 4_000_000_000
MAX_ENTRIES = 50_000
MAX_DIRECTORY = 8_000_000  # bytes of a zip file's list of entries
#: A file of more than RATIO_FROM bytes is refused where it is packed tighter than 1:MAX_RATIO. A notebook with figures
#: is packed about 1:2, one without 1:20; DEFLATE could reach 1:1032.
MAX_RATIO, RATIO_FROM = 200, 1_000_000
#: How deep zips are unpacked: a learner's own zip may lie in the platform's zip, and that one in another.
MAX_NESTED = 3
MAX_NAME = 255  # bytes of one part of a path, as file systems have it

_JUNK = {"__macosx", "thumbs.db", "desktop.ini"}


@dataclass
class _Unpacking:
    """What one call of `unpack` has used of the limits, and a line for each entry that it has refused."""

    bytes: int = 0
    entries: int = 0
    refused: list[str] = field(default_factory=list)


class _RefusedError(Exception):
    """An entry is not unpacked; the message says why."""


def unpack(source: Path, target: Path) -> list[str]:
    """Unpack a zip file, or copy a folder. Zip files in it, and in zip files, become folders.

    Parameters
    ----------
    source : Path
        A zip file or a folder.
    target : Path
        An empty folder, which is made where it is not there. Files get the time that the archive gives them, read as
        UTC.

    Returns
    -------
    list of str
        A line for each entry that was refused, with its name and the reason. System files (`__MACOSX`, names that begin
        with a dot) are left out without a line.

    Raises
    ------
    CourseError
        The source is neither a zip file nor a folder.
    """
    run = _Unpacking()
    target.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        _copy_folder(source, target, run)
    elif source.is_file():
        _unpack_zip(source, target, source.name, 1, run)
        if run.entries == 0 and run.refused:
            raise CourseError(run.refused[0])
    else:
        raise CourseError(f"{source} is not there; wanted the zip file that the platform gave, or a folder")
    return run.refused


def _copy_folder(source: Path, target: Path, run: _Unpacking) -> None:
    for path, name in _files(source):
        try:
            if not stat.S_ISREG(path.lstat().st_mode):
                raise _RefusedError("is a link or a device, not a file")
            if _is_zip(path.name):
                _unpack_zip(path, target / name.with_name(path.stem), path.name, 1, run)
                continue
            to = _place(str(name), target, run)
            if to is not None:
                with path.open("rb") as file:
                    _write(file, to, path.stat().st_size, run)
                os.utime(to, (path.stat().st_mtime,) * 2)
        except (_RefusedError, OSError) as error:
            run.refused.append(f"{shown(str(name))}: {error}")


def _files(folder: Path) -> Iterator[tuple[Path, PurePosixPath]]:
    """All entries below a folder that are no folders, sorted, each with its relative path; links are not followed."""
    for here, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted([*names, *(n for n in folders if (Path(here) / n).is_symlink())]):
            path = Path(here) / name
            yield path, PurePosixPath(path.relative_to(folder).as_posix())


class _Source(io.FileIO):
    """A zip file of which no large piece is read at once.

    `zipfile` reads the whole list of entries at once, and makes of each an object that takes ten times as much memory.
    """

    def read(self, size: int | None = -1, /) -> Any:
        size = -1 if size is None else size
        if size > MAX_DIRECTORY or (size < 0 and os.fstat(self.fileno()).st_size - self.tell() > MAX_DIRECTORY):
            raise _RefusedError(f"has a list of entries of more than {MAX_DIRECTORY / 1e6:.3g} MB")
        return super().read(size)


def _unpack_zip(source: Path, target: Path, title: str, depth: int, run: _Unpacking) -> None:
    try:
        with _Source(source) as file, zipfile.ZipFile(file) as archive:
            for info in archive.infolist():
                run.entries += 1
                if run.entries > MAX_ENTRIES:
                    raise _RefusedError(f"has more than {MAX_ENTRIES} entries; the rest was not read")
                _unpack_entry(archive, info, target, title, depth, run)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
        run.refused.append(f"{shown(title)}: is not a readable zip file ({error}); download it again")
    except _RefusedError as error:
        run.refused.append(f"{shown(title)}: {error}")


def _unpack_entry(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, title: str, depth: int, run: _Unpacking
) -> None:
    name = _name(info)
    try:
        _check(info)
        to = _place(name, target, run)
        if to is None or info.is_dir():
            return
        if _is_zip(to.name):
            if depth >= MAX_NESTED:
                raise _RefusedError(f"is a zip in a zip more than {MAX_NESTED} deep")
            with archive.open(info) as file:
                _write(file, to, info.file_size, run)
            inner = to.with_suffix("")
            _unpack_zip(to, inner, name, depth + 1, run)
            if inner.is_dir():
                to.unlink()
            return
        with archive.open(info) as file:
            _write(file, to, info.file_size, run)
        os.utime(to, (_time(info),) * 2)
    except _RefusedError as error:
        run.refused.append(f"{shown(name)} in {shown(title)}: {error}")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        run.refused.append(f"{shown(name)} in {shown(title)}: can't be unpacked ({error})")


def _check(info: zipfile.ZipInfo) -> None:
    """Raise `_RefusedError` where what the archive says of an entry is enough to refuse it."""
    mode = info.external_attr >> 16
    if stat.S_ISLNK(mode):
        raise _RefusedError("is a link, not a file")
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _RefusedError("is a device or a pipe, not a file")
    if info.flag_bits & 0x1:
        raise _RefusedError("is encrypted; wanted it without a password")
    if info.file_size > MAX_FILE:
        raise _RefusedError(f"is larger than {MAX_FILE / 1e6:.3g} MB when unpacked")
    if info.file_size > RATIO_FROM and info.file_size > MAX_RATIO * max(info.compress_size, 1):
        raise _RefusedError(f"is packed tighter than 1:{MAX_RATIO}, as only archive bombs are")


def _name(info: zipfile.ZipInfo) -> str:
    """An entry's path, with `/`. Names without the flag for UTF-8 are UTF-8 on macOS, and code page 437 elsewhere."""
    name = info.orig_filename
    if not info.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def _place(name: str, target: Path, run: _Unpacking) -> Path | None:
    """Where a file is written; None for a system's own files. Raises `_RefusedError` for a path that is not allowed."""
    parts = [part.strip() for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        raise _RefusedError("has an absolute path")
    if ".." in parts:
        raise _RefusedError("has a path that leaves the folder")
    if any(not part.isprintable() or part in ("", ".") for part in parts):
        raise _RefusedError("has a name with control characters")
    if any(len(part.encode("utf-8", "replace")) > MAX_NAME for part in parts) or len(parts) > 40:
        raise _RefusedError("has a name that no file system takes")
    if not parts or any(part.startswith(".") or part.casefold() in _JUNK for part in parts):
        return None
    return target.joinpath(*parts)


def _write(file: IO[bytes], to: Path, size: int, run: _Unpacking) -> None:
    """Write a file up to the limits. `size` is what the archive announces, which may be false."""
    if size > MAX_FILE:
        raise _RefusedError(f"is larger than {MAX_FILE / 1e6:.3g} MB")
    if run.bytes + size > MAX_TOTAL:
        raise _RefusedError(f"would make more than {MAX_TOTAL / 1e9:.3g} GB in all")
    to.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    try:
        with to.open("xb") as out:
            while chunk := file.read(1 << 20):
                written += len(chunk)
                if written > MAX_FILE:
                    raise _RefusedError(f"is larger than {MAX_FILE / 1e6:.3g} MB when unpacked")
                out.write(chunk)
    except FileExistsError:
        raise _RefusedError("comes twice; the first one counts") from None
    except BaseException:
        to.unlink(missing_ok=True)
        raise
    run.bytes += written


def _time(info: zipfile.ZipInfo) -> float:
    """An entry's time in seconds. It has no zone and is read as UTC, which is enough to say which attempt is later."""
    try:
        return float(calendar.timegm((*info.date_time, 0, 0, 0)))
    except (ValueError, OverflowError):
        return 0.0


def _is_zip(name: str) -> bool:
    return name.lower().endswith(".zip")


def pack(files: dict[str, Path], target: Path) -> None:
    """Write a zip file with UTF-8 names. One that is there already is replaced when the new one is whole.

    Parameters
    ----------
    files : dict of str to Path
        The files to pack, by their paths in the archive.
    target : Path
        The zip file.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(target.name + ".part")
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in files.items():
            archive.write(path, name)
    shutil.move(temporary, target)
