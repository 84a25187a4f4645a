"""Running git: the only module that starts a process.

It runs git's plumbing. GitPython was measured and left out: importing it takes 70 ms, half of what the gate may
take in all.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from jjbgen.errors import ExitCode, JjbgenError, without_secrets

MAX_BYTES = 1024 * 1024
"""Larger files are not read: no file that holds a version is."""


_GIT = ("git", "-c", "core.fsmonitor=false")
"""A checkout's own settings may name a program that git would start to watch its files."""


class GitError(JjbgenError):
    """Git cannot do it; the message is git's, without passwords."""


class NoCommitError(JjbgenError):
    """A revision that does not exist here."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Object:
    """An object of git: its id, type, and as many of its bytes as tell whether it is too large."""

    id: str
    type: str
    data: bytes


class GitRunner:
    """Runs git in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *words: str, allowed: Sequence[int] = (0,), stdin: bytes = b"") -> str:
        """What `git words…` prints; raises GitError when it ends with another code than `allowed`."""
        done = self.done(*words, stdin=stdin)
        if done.returncode not in allowed:
            raise GitError(_message(words, done.stderr))
        return os.fsdecode(done.stdout)

    def done(
        self, *words: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """How `git words…` ended, and what it printed; `environment` is added to that of this process."""
        try:
            return subprocess.run(
                [*_GIT, *words],
                cwd=self.folder,
                env={**_environment(), **(environment or {})},
                input=stdin,
                capture_output=True,
                check=False,
            )
        except FileNotFoundError as error:
            raise _no_folder_or_git(self.folder, error) from None

    def objects(self, names: Iterable[str]) -> Iterator[Object | None]:
        """The objects that names (`<revision>`, `<revision>:<path>`) lead to, in their order, by one process."""
        import tempfile

        with tempfile.TemporaryFile() as wanted:
            # Files and not pipes: git reads, writes and complains at once, and nobody may wait for the other.
            wanted.writelines(_line(name) for name in names)
            wanted.seek(0)
            with tempfile.TemporaryFile() as said:
                yield from self._batch(wanted, said)

    def _batch(self, wanted: IO[bytes], said: IO[bytes]) -> Iterator[Object | None]:
        words = ["git", "cat-file", "--batch"]
        try:
            git = subprocess.Popen(
                words,
                cwd=self.folder,
                env=_environment(),
                stdin=wanted,
                stdout=subprocess.PIPE,
                stderr=said,
            )
        except (FileNotFoundError, NotADirectoryError) as error:
            raise _no_folder_or_git(self.folder, error) from None
        with git:
            if git.stdout is None:
                raise AssertionError("it is a pipe")
            while header := git.stdout.readline():
                yield _object(header, git.stdout)
        if git.returncode:
            said.seek(0)
            raise GitError(_message(words[1:], said.read()))


def _environment() -> dict[str, str]:
    ours = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
    # What `__main__` says to pydantic is nothing to say to hooks.
    return {**{name: value for name, value in os.environ.items() if name != "PYDANTIC_DISABLE_PLUGINS"}, **ours}


def _no_folder_or_git(folder: Path, error: OSError) -> GitError:
    return GitError(f"{folder}: no such folder" if not folder.is_dir() else f"git: {error.strerror}")


def _message(words: Sequence[str], stderr: bytes) -> str:
    command = next(word for word in words if re.fullmatch(r"[a-z][a-z-]+", word))
    lines = [line for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    text = "; ".join(line.removeprefix("fatal: ").removeprefix("error: ") for line in lines[:3])
    return f"git {command}: {without_secrets(text) or 'failed'}"


def _line(name: str) -> bytes:
    if "\n" in name:
        raise NoCommitError(f"{name!r} is not a name in git")
    return os.fsencode(name) + b"\n"


def _object(header: bytes, stream: IO[bytes]) -> Object | None:
    """The next answer of `git cat-file --batch`; of large objects only as much as shows that they are."""
    words = header.split()
    if len(words) != 3 or not words[2].isdigit() or words[1] not in (b"blob", b"commit", b"tree", b"tag"):
        return None
    size = int(words[2])
    data = stream.read(min(size, MAX_BYTES + 1))
    left = size + 1 - len(data)
    while left > 0:
        left -= len(stream.read(min(left, MAX_BYTES)))
    return Object(words[0].decode("ascii"), words[1].decode("ascii"), data)
