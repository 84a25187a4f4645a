"""Git, as the version rules need it: commits and their files, tags, the way from one commit to another.

The only module that runs git. It runs git's plumbing, as few processes as possible: the gate needs two.
GitPython was measured and left out: importing it takes 70 ms, half of what the gate may take in all.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO

from jjbgen.errors import ExitCode, JjbgenError, without_secrets

MAX_BYTES = 1024 * 1024
"""Larger files are not read: no file that holds a version is."""

_REVISION = re.compile(r"[^-\s\x00-\x1f\x7f:^~?*\[\\][^\s\x00-\x1f\x7f:\\]{0,250}")


_IS_A_LINK = "is a link; put the file itself here"


class GitError(JjbgenError):
    """Git cannot do it; the message is git's, without passwords."""


class NoCommitError(JjbgenError):
    """A revision that does not exist here."""

    exit_code = ExitCode.USAGE


class ShallowError(JjbgenError):
    """A shallow clone lacks what is asked for."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag and the commit that it leads to."""

    name: str
    commit: str


@dataclass(frozen=True)
class Commit:
    """A commit, and the files of it that were asked for."""

    repository: Repository
    id: str
    parents: tuple[str, ...]
    _known: Mapping[str, bytes | None] = field(default_factory=dict, repr=False)
    _links: frozenset[str] = frozenset()
    """What is a symbolic link at the top, where a version is looked for: its text is the name of another file."""

    def read(self, path: str) -> str | None:
        """The text of a file; None when there is none. Raises ValueError (`what; hint`) for what is no text."""
        if path in self._links:
            raise ValueError(_IS_A_LINK)
        if path in self._known:
            return _decoded(self._known[path])
        (found,) = self.repository.objects([f"{self.id}:{path}"])
        return _decoded(None if found is None or found.type != "blob" else found.data)

    @cached_property
    def files(self) -> tuple[str, ...]:
        """The paths of all files, sorted."""
        listed = self.repository.run("ls-tree", "-r", "-z", "--full-tree", self.id).split("\0")
        modes = (line.partition("\t") for line in listed if line)
        return tuple(sorted(path for mode, _, path in modes if mode.startswith("100") and "\n" not in path))


@dataclass(frozen=True)
class WorkingTree:
    """The files of a checkout as they are on disk, also those that are not committed yet."""

    repository: Repository
    top: Path

    def read(self, path: str) -> str | None:
        """The text of a file; None when there is none. Raises ValueError (`what; hint`) for what is no text."""
        target = self.top / path
        inside = Path(os.path.normpath(target)).is_relative_to(self.top)
        if not inside or target.is_symlink() or not target.resolve().is_relative_to(self.top.resolve()):
            raise ValueError(_IS_A_LINK if inside else "is outside of the checkout")
        if not target.is_file():
            return None
        if target.stat().st_size > MAX_BYTES:
            raise ValueError(f"is larger than {MAX_BYTES // 1024} KiB")
        return _decoded(target.read_bytes())

    @cached_property
    def files(self) -> tuple[str, ...]:
        """The paths of all files that git tracks or would add, sorted."""
        words = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        listed = GitRunner(self.top).run(*words).split("\0")
        return tuple(sorted(path for path in set(listed) if path and (self.top / path).is_file()))


def _decoded(data: bytes | None) -> str | None:
    if data is None:
        return None
    if len(data) > MAX_BYTES:
        raise ValueError(f"is larger than {MAX_BYTES // 1024} KiB")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8; save it in UTF-8") from None


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
                ["git", *words],
                cwd=self.folder,
                env={**_environment(), **(environment or {})},
                input=stdin,
                capture_output=True,
                check=False,
            )
        except FileNotFoundError as error:
            raise _no_folder_or_git(self.folder, error) from None


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}


def _no_folder_or_git(folder: Path, error: OSError) -> GitError:
    return GitError(f"{folder}: no such folder" if not folder.is_dir() else f"git: {error.strerror}")


def _message(words: Sequence[str], stderr: bytes) -> str:
    command = next(word for word in words if re.fullmatch(r"[a-z][a-z-]+", word))
    lines = [line for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    text = "; ".join(line.removeprefix("fatal: ").removeprefix("error: ") for line in lines[:3])
    return f"git {command}: {without_secrets(text) or 'failed'}"


class Repository(GitRunner):
    """A clone of a component's repository: a checkout, a worktree of one, or a bare one."""

    def commits(self, revisions: Sequence[str], paths: Sequence[str] = ()) -> list[Commit | None]:
        """The commits that revisions name, with some of their files, read by one process; None for what is not here."""
        for revision in revisions:
            if not _REVISION.fullmatch(revision):
                raise NoCommitError(f"{revision!r} is not a revision")
        wanted = ("^{commit}", "^{tree}", *(f":{path}" for path in paths))
        found = list(self.objects(f"{revision}{rest}" for revision in revisions for rest in wanted))
        return [self._commit(found[at : at + len(wanted)], paths) for at in range(0, len(found), len(wanted))]

    def _commit(self, found: Sequence[Object | None], paths: Sequence[str]) -> Commit | None:
        head, tree, *files = found
        if head is None or tree is None or head.type != "commit":
            return None
        headers = head.data.partition(b"\n\n")[0].split(b"\n")
        parents = tuple(line[7:].decode("ascii") for line in headers if line.startswith(b"parent "))
        known = {
            path: file.data if file and file.type == "blob" else None for path, file in zip(paths, files, strict=True)
        }
        return Commit(self, head.id, parents, known, _links(tree))

    def commit(self, revision: str, paths: Sequence[str] = ()) -> Commit:
        """The commit that a revision names; raises NoCommitError when there is none."""
        (found,) = self.commits([revision], paths)
        if found is None:
            raise NoCommitError(f"there is no commit {revision!r} here")
        return found

    def objects(self, names: Iterable[str]) -> Iterator[Object | None]:
        """The objects that names (`<revision>`, `<revision>:<path>`) lead to, in their order, by one process."""
        import tempfile

        with tempfile.TemporaryFile() as wanted:
            # A file and not a pipe: git writes while it reads, and neither may wait for the other.
            wanted.writelines(_line(name) for name in names)
            wanted.seek(0)
            yield from self._batch(wanted)

    def _batch(self, wanted: IO[bytes]) -> Iterator[Object | None]:
        words = ["git", "cat-file", "--batch"]
        try:
            git = subprocess.Popen(
                words,
                cwd=self.folder,
                env=_environment(),
                stdin=wanted,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        except (FileNotFoundError, NotADirectoryError) as error:
            raise _no_folder_or_git(self.folder, error) from None
        with git:
            if git.stdout is None or git.stderr is None:
                raise AssertionError("both are pipes")
            while header := git.stdout.readline():
                yield _object(header, git.stdout)
            problem = git.stderr.read()
        if git.returncode:
            raise GitError(_message(words[1:], problem))

    def tags(self, merged: str | None = None) -> list[Tag]:
        """All tags that lead to a commit, by name; with `merged`, to this commit or one before it."""
        layout = "%(refname:strip=2)%00%(objecttype)%00%(objectname)%00%(*objecttype)%00%(*objectname)"
        only = [f"--merged={merged}"] if merged else []
        result: list[Tag] = []
        nested: dict[str, str] = {}
        for line in self.run("for-each-ref", f"--format={layout}", *only, "refs/tags").split("\n")[:-1]:
            name, kind, target, peeled_kind, peeled = line.split("\0")
            if "commit" in (kind, peeled_kind):
                result.append(Tag(name, peeled or target))
            elif peeled_kind == "tag":
                nested[name] = f"{peeled}^{{commit}}"
        found = zip(nested, self.objects(nested.values()) if nested else (), strict=True)
        result += [Tag(name, commit.id) for name, commit in found if commit is not None]
        return sorted(result, key=lambda tag: tag.name)

    def fork(self, one: str, other: str) -> str | None:
        """The commit that two commits have in common; None when there is none here."""
        return self.run("merge-base", one, other, allowed=(0, 1)).strip() or None

    def line(self, commit: str, length: int | None = None) -> list[str]:
        """The ids of the first-parent line that ends with `commit`, oldest first; only the last `length` of them."""
        limit = [f"--max-count={length}"] if length else []
        return self.run("rev-list", "--first-parent", *limit, commit).split()[::-1]

    def changed(self, since: str, *, added: bool = True) -> list[str]:
        """Paths of the working tree that differ from the commit `since`; with `added` also what git does not track."""
        words = ("diff", "-z", "--name-only", "--no-renames", "--no-relative", "--no-ext-diff", since, "--")
        listed = self.run(*words)
        if added:
            listed += self.run("ls-files", "-z", "--others", "--exclude-standard", "--full-name", ":/")
        return sorted({path for path in listed.split("\0") if path})

    def is_shallow(self) -> bool:
        """Whether the history ends somewhere on the way."""
        return self.run("rev-parse", "--is-shallow-repository").strip() == "true"

    def working_tree(self) -> WorkingTree:
        """The files of the checkout; raises GitError in a bare repository."""
        top = self.run("rev-parse", "--show-toplevel").removesuffix("\n")
        return WorkingTree(self, Path(top))

    def upstream(self) -> str | None:
        """What the checked-out branch is to be merged into, as far as the clone knows: `origin/main`."""
        for name in ("@{upstream}", "refs/remotes/origin/HEAD"):
            found = self.done("rev-parse", "--verify", "--quiet", "--abbrev-ref", name)
            if found.returncode == 0:
                return os.fsdecode(found.stdout).strip()
        return None

    def branch(self) -> str | None:
        """The checked-out branch; None when HEAD is detached."""
        return self.run("symbolic-ref", "--quiet", "--short", "HEAD", allowed=(0, 1)).strip() or None


def _links(tree: Object) -> frozenset[str]:
    """The names of the symbolic links in a tree: entries of mode, name, NUL, and an id as long as the hash."""
    found, at = [], 0
    while (end := tree.data.find(b"\0", at)) >= 0:
        mode, _, name = tree.data[at:end].partition(b" ")
        if mode == b"120000":
            found.append(os.fsdecode(name))
        at = end + 1 + len(tree.id) // 2
    return frozenset(found)


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
