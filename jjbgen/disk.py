"""Files by the thousand: each written at once or not at all, with the system calls that it takes and no others.

`tempfile` and `pathlib` take five times as long as the calls themselves, and that is felt with 20,000 files.
"""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import count

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


def _mode(path: str) -> int:
    try:
        return os.stat(path).st_mode & 0o777
    except FileNotFoundError:
        return 0o644


def data(path: str) -> bytes | None:
    """What a file holds; None if there is none."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def is_link(path: str) -> bool:
    """Whether there is a link."""
    return os.path.islink(path)
