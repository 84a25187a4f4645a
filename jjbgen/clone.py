"""A component's checkout as it lies on the disk: its files, its remotes and branches.

It is read, and nothing of it is run: no hook, and no program that its git settings name. Its files come from anyone
and may be anything; what cannot be used is told in a note. Paths are relative to the checkout.
"""

from __future__ import annotations

import configparser
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from jjbgen.errors import ExitCode, JjbgenError
from jjbgen.gitrun import GitError
from jjbgen.history import Repository, WorkingTree
from jjbgen.versionfiles import SOURCES

MAX_FILES = 50_000
MAX_FOUND = 30
"""How many files are looked at, and how many of a kind are taken; more are somebody's test data."""

_FOREIGN = frozenset(("vendor", "node_modules", "third_party", "testdata", ".venv", "venv", ".tox", "bower_components"))
"""Folders of other people's code that came along."""

# A git clone may come from anyone too: nothing of its settings is started, and nothing is fetched.
_NO_PROGRAMS = ("-c", "core.fsmonitor=false")
_NO_TRANSPORT = {"GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1"}


class NoCheckoutError(JjbgenError):
    """There is no folder to look at."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that a checkout shows."""

    seen: str
    """Where: a file, or a part of git."""
    guess: bool = False
    """Whether it only may be so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote(Finding):
    """A place that the component comes from: a host's name and a path on it, without `.git`."""

    name: str
    host: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch(Finding):
    """A branch of a remote, or of the clone itself when `remote` is empty."""

    name: str
    remote: str
    default: bool
    """Whether the HEAD of the remote, or of the clone itself, leads to it."""
    changed: int
    """When its last commit was made, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Note:
    """What was left out, or cannot be told, and why."""

    seen: str
    text: str


@dataclass
class Clone:
    """The files of a folder, and what git knows about it; a `Tree` of `versionfiles`."""

    top: Path
    files: tuple[str, ...] = ()
    """Regular files, sorted: those that git has or would take, or all where git knows nothing of the folder."""
    remotes: tuple[Remote, ...] = ()
    branches: tuple[Branch, ...] = ()
    notes: list[Note] = field(default_factory=list)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset((*self.files, *SOURCES))

    def read(self, path: str) -> str | None:
        """The text of a file; None when there is none. Raises ValueError (`what; hint`) for what is no text."""
        if path not in self._known:
            return None
        try:
            return WorkingTree(self.top).as_is(path)
        except OSError as error:
            raise ValueError(f"cannot be read: {error.strerror}") from None
        except RuntimeError:  # what a circle of links is before Python 3.13
            raise ValueError("cannot be read: it is a link to itself") from None

    def text(self, path: str) -> str:
        """The same; there being none, or no text, counts as empty, and the latter is noted."""
        try:
            return self.read(path) or ""
        except ValueError as error:
            self.note(path, str(error))
            return ""

    def note(self, seen: str, text: str) -> None:
        """Note what is left out, once."""
        note = Note(seen, text)
        if note not in self.notes:
            self.notes.append(note)

    def few(self, paths: Iterable[str], what: str) -> list[str]:
        """The first of them; that there are more is noted."""
        found = list(paths)
        if len(found) > MAX_FOUND:
            self.note(found[MAX_FOUND], f"is one of {len(found)} {what}, and only the first {MAX_FOUND} are looked at")
        return found[:MAX_FOUND]


def is_own(path: str) -> bool:
    """Whether a file is not below a folder of other people's code."""
    return not _FOREIGN & set(PurePosixPath(path).parts[:-1])


def read(folder: Path) -> Clone:
    """Look at a folder; raises NoCheckoutError when there is none."""
    if not folder.is_dir():
        raise NoCheckoutError(f"{folder}: no such folder; name a checkout of the component")
    clone = Clone(folder.resolve())
    git = _Git(clone.top)
    listed = git.files()
    if listed is None:
        clone.note(".git", "is not here, or git does not read it: remotes and branches are unknown")
        listed = list(islice(_walked(clone.top), MAX_FILES + 1))
    else:
        clone.remotes = tuple(islice(git.remotes(), MAX_FOUND))
        clone.branches = tuple(git.branches(clone.remotes))
    if len(listed) > MAX_FILES:
        clone.note(".", f"has more than {MAX_FILES} files, and the others are not looked at")
    # To programs a name that begins with a dash is an option.
    options = [path for path in listed if path.startswith("-")]
    if options:
        clone.note(options[0], "begins with a dash; such files and folders are not looked at")
    usable = (path for path in listed[:MAX_FILES] if not path.startswith("-") and _is_file(clone.top / path))
    clone.files = tuple(sorted(usable))
    clone.remotes += tuple(_gitreview(clone))
    return clone


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (OSError, ValueError):
        return False


def _walked(top: Path) -> Iterator[str]:
    """Every file below a folder, without following links."""
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in sorted(names):
            yield (Path(folder) / name).relative_to(top).as_posix()


class _Git:
    """What git says about a folder; nothing when that is not the top of a checkout."""

    def __init__(self, top: Path) -> None:
        self.repository = Repository(top)
        # A folder inside of another checkout has nothing to do with it, and a clone may claim to be elsewhere.
        shown = self._said("rev-parse", "--show-toplevel")
        self.is_here = shown is not None and Path(shown.removesuffix("\n")).resolve() == top

    def _said(self, *words: str) -> str | None:
        try:
            done = self.repository.done(*_NO_PROGRAMS, *words, environment=_NO_TRANSPORT)
        except GitError:
            return None
        return os.fsdecode(done.stdout) if done.returncode == 0 else None

    def files(self) -> list[str] | None:
        if not self.is_here:
            return None
        listed = self._said("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        return None if listed is None else sorted(set(listed.split("\0")) - {""})

    def remotes(self) -> Iterator[Remote]:
        settings = self._said("config", "--local", "--null", "--get-regexp", r"^remote\..*\.url$") or ""
        for entry in settings.split("\0"):
            key, _, url = entry.partition("\n")
            name = key.removeprefix("remote.").removesuffix(".url")
            if place := located(url):
                yield Remote(seen=f"git remote {name}", name=name, host=place[0], path=place[1])

    def branches(self, remotes: Iterable[Remote]) -> Iterator[Branch]:
        layout = "--format=%(refname)%00%(committerdate:unix)%00%(symref)"
        listed = self._said("for-each-ref", layout, "refs/heads", "refs/remotes") or ""
        rows = [line.split("\0") for line in listed.split("\n") if line]
        heads = {target for _, _, target in rows}
        heads.add((self._said("symbolic-ref", "--quiet", "HEAD") or "").strip())
        # A remote's name may hold slashes, and begin another one's.
        prefixes = {f"refs/remotes/{remote.name}/": remote.name for remote in remotes}
        prefixes = {"refs/heads/": "", **dict(sorted(prefixes.items(), reverse=True))}
        for ref, changed, target in rows:
            prefix = next((prefix for prefix in prefixes if ref.startswith(prefix)), None)
            if prefix and not target:
                remote, name = prefixes[prefix], ref.removeprefix(prefix)
                seen = f"git remote {remote}" if remote else "git"
                yield Branch(seen=seen, name=name, remote=remote, default=ref in heads, changed=int(changed or 0))


def located(url: str) -> tuple[str, str] | None:
    """Host and path of a remote, from `https://…`, `ssh://…` or `user@host:path`; None for a folder and the like."""
    try:
        parts = urlsplit(url)
        host, path = parts.hostname, parts.path
    except ValueError:
        return None
    if parts.scheme not in ("http", "https", "ssh", "git", "git+ssh"):
        found = re.fullmatch(r"(?:[^@/:]+@)?([A-Za-z0-9.-]{2,}):(?!//|:)(.+)", url)
        host, path = (found[1].lower(), found[2]) if found else (None, "")
    path = path.strip("/").removesuffix(".git")
    return (host, path) if host and path else None


def _gitreview(clone: Clone) -> Iterator[Remote]:
    """The Gerrit project that `git review` pushes to, which a clone of a mirror has too."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(clone.text(".gitreview"))
    except configparser.Error:
        return
    values = {key: parser.get("gerrit", key, fallback="").strip() for key in ("host", "project")}
    if place := located(f"ssh://{values['host']}/{values['project']}"):
        yield Remote(seen=".gitreview", name=".gitreview", host=place[0], path=place[1])
