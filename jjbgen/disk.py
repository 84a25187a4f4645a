"""Files by the thousand: each written at once or not at all, with the system calls that it takes and no others.

`tempfile` and `pathlib` take five times as long as the calls themselves, and that is felt with 20,000 files.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Set
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from operator import attrgetter
from stat import S_ISLNK, S_ISREG

TEMPORARY = ".jjbgen-"
"""How the names of files begin that are being written; those that are found were left by an interrupted run."""

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_numbers = count()


def write(path: str, data: bytes) -> None:
    """Replace a file by one with `data`, or leave it as it was; its mode stays. Makes the folders around it."""
    folder = os.path.dirname(path)
    temporary = f"{folder}/{TEMPORARY}{os.getpid()}-{next(_numbers)}"
    try:
        handle = os.open(temporary, _NEW, 0o600)
    except FileNotFoundError:
        os.makedirs(folder, exist_ok=True)
        handle = os.open(temporary, _NEW, 0o600)
    except FileExistsError:
        # Of an interrupted run, whose process had the number of this one.
        os.unlink(temporary)
        handle = os.open(temporary, _NEW, 0o600)
    try:
        with open(handle, "wb", buffering=0) as file:
            file.write(data)
            os.fchmod(handle, _mode(path))
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def make_folder(path: str) -> bool:
    """Make a folder, and those around it, unless it is there; whether it was made."""
    try:
        os.mkdir(path)
    except FileExistsError:
        return False
    except FileNotFoundError:
        os.makedirs(path, exist_ok=True)
    return True


def _mode(path: str) -> int:
    try:
        return os.stat(path).st_mode & 0o777
    except FileNotFoundError:
        return 0o644


def data(path: str) -> bytes | None:
    """What a file holds; None if there is none."""
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read()
    except FileNotFoundError:
        return None


def data_of_file(path: str) -> bytes | None:
    """The same; None also for what is no file, a link for example."""
    try:
        return data(path) if S_ISREG(os.lstat(path).st_mode) else None
    except (FileNotFoundError, NotADirectoryError):
        return None


def data_below(top: str, path: str, most: int) -> bytes:
    """What a file below `top` holds. Raises ValueError for one elsewhere, or with more than `most` bytes; OSError."""
    found = _without_links(top, path)
    if found is None:
        path = os.path.realpath(path, strict=True)
        if not path.startswith(f"{os.path.realpath(top).rstrip('/')}/"):
            raise ValueError("is a link out of the config repo; put the file itself here")
        found = os.stat(path)
    if not S_ISREG(found.st_mode):
        raise ValueError("is not a file")
    if found.st_size > most:
        raise ValueError(f"is larger than {most // 1024} KiB")
    with open(path, "rb", buffering=0) as file:
        return file.read()


def _without_links(top: str, path: str) -> os.stat_result | None:
    """What there is at `path`, if it is plain to see that it lies below `top`: no link is on the way."""
    if not path.startswith(f"{top}/"):
        return None
    found, here = None, top
    for name in path[len(top) + 1 :].split("/"):
        here = f"{here}/{name}"
        found = os.lstat(here)
        if S_ISLNK(found.st_mode) or name in ("", ".", ".."):
            return None
    return found


def is_link(path: str) -> bool:
    """Whether there is a link."""
    return os.path.islink(path)


Stamp = tuple[int, int, int, int, int]
"""What changes when somebody writes a file: mode, size in bytes, the times of content and inode in ns, inode."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What is below a folder, by path."""

    files: dict[str, Stamp | None]
    """None for what is no file, a link for example."""
    folders: set[str]
    leftovers: list[str]
    """Of runs that were interrupted."""


def listing(folder: str) -> Listing:
    """What is below `folder`; nothing where there is none."""
    found = Listing({}, set(), [])
    pending = [""] if os.path.isdir(folder) else []
    while pending:
        here = pending.pop()
        with os.scandir(f"{folder}/{here}") as entries:
            for entry in entries:
                path = f"{here}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    found.folders.add(path)
                    pending.append(f"{path}/")
                elif not entry.name.startswith(TEMPORARY):
                    found.files[path] = _stamp(entry.stat(follow_symlinks=False))
                elif entry.is_file(follow_symlinks=False):
                    found.leftovers.append(path)
    return found


def stamps(folder: str, paths: Iterable[str]) -> dict[str, Stamp]:
    """Those of files below `folder`, by path; without those that are not there."""
    paths = list(paths)
    try:
        # Without a loop of Python it takes two thirds of the time.
        found = list(map(_stamp, map(os.lstat, [f"{folder}/{path}" for path in paths])))
    except (FileNotFoundError, NotADirectoryError):
        found = [_stamp_at(f"{folder}/{path}") for path in paths]
    return {path: stamp for path, stamp in zip(paths, found, strict=True) if stamp is not None}


def _stamp_at(path: str) -> Stamp | None:
    try:
        return _stamp(os.lstat(path))
    except (FileNotFoundError, NotADirectoryError):
        return None


def after_writing(folder: str, before: Listing, written: Iterable[str], removed: Set[str]) -> Listing:
    """The files below `folder` after these were written or removed, and nothing else has happened."""
    files = {path: stamp for path, stamp in before.files.items() if path not in removed}
    files |= {path: _stamp_at(f"{folder}/{path}") for path in written}
    return Listing(files, before.folders, before.leftovers)


def _stamp(stat: os.stat_result) -> Stamp | None:
    found: Stamp = _OF_STAT(stat)
    return found if S_ISREG(found[0]) else None


_OF_STAT = attrgetter("st_mode", "st_size", "st_mtime_ns", "st_ctime_ns", "st_ino")
