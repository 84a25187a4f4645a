"""Git, as the version rules need it: commits and their files, tags, the way from one commit to another.

As few processes as possible, none for each commit: a gate that publishes needs two.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from jjbgen.errors import JjbgenError
from jjbgen.gitrun import MAX_BYTES, GitRunner, NoCommitError, Object
from jjbgen.versionfiles import SOURCES

_REVISION = re.compile(r"[^-\s\x00-\x1f\x7f:^~?*\[\\][^\s\x00-\x1f\x7f:\\]{0,250}")
_IS_A_LINK = "is a link; put the file itself here"


class ShallowError(JjbgenError):
    """A shallow clone lacks what is asked for."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag and the commit that it leads to."""

    name: str
    commit: str
    annotated: bool = True


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

    top: Path

    def read(self, path: str) -> str | None:
        """The text of a file; None when there is none. Raises ValueError (`what; hint`) for what is no text.

        With the line ends that git keeps: on a machine where it writes CR LF into the checkout, LF.
        """
        text = self.as_is(path)
        if text is not None and "\r\n" in text:
            kept = GitRunner(self.top).run("ls-files", "--eol", "--", f":(literal){path}")
            return text.replace("\r\n", "\n") if kept.startswith("i/lf") else text
        return text

    def as_is(self, path: str) -> str | None:
        """The text of a file with the line ends that it has on disk."""
        target = self.top / path
        if not Path(os.path.normpath(target)).is_relative_to(self.top):
            raise ValueError("is outside of the checkout")
        self._refuse_link(path, target)
        if not target.is_file():
            return None
        if target.stat().st_size > MAX_BYTES:
            raise ValueError(f"is larger than {MAX_BYTES // 1024} KiB")
        return _decoded(target.read_bytes())

    def _refuse_link(self, path: str, target: Path) -> None:
        """A link to another file of the checkout is fine, but git knows the version only by the file that has it."""
        if target.is_symlink() and path in SOURCES:
            raise ValueError(_IS_A_LINK)
        top, end = self.top.resolve(), target.resolve()
        if not end.is_relative_to(top) or end.is_relative_to(top / ".git"):
            raise ValueError("is a link out of the checkout; put the file itself here")

    @cached_property
    def files(self) -> tuple[str, ...]:
        """The paths of all files that git tracks or would add, without links, sorted."""
        words = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        listed = {path: self.top / path for path in GitRunner(self.top).run(*words).split("\0") if path}
        return tuple(sorted(path for path, file in listed.items() if file.is_file() and not file.is_symlink()))


def _decoded(data: bytes | None) -> str | None:
    if data is None:
        return None
    if len(data) > MAX_BYTES:
        raise ValueError(f"is larger than {MAX_BYTES // 1024} KiB")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8; save it in UTF-8") from None


class Repository(GitRunner):
    """A clone of a component's repository: a checkout, a worktree of one, or a bare one."""

    def commits(
        self, revisions: Sequence[str], paths: Sequence[str] = (), *, links: bool = True
    ) -> list[Commit | None]:
        """The commits that revisions name, with some of their files, read by one process; None for what is not here.

        Without `links` no commit's tree is read, and a symbolic link passes for a file that holds its target.
        """
        for revision in revisions:
            if not _REVISION.fullmatch(revision):
                raise NoCommitError(f"{revision!r} is not a revision")
        wanted = ("^{commit}", "^{tree}" if links else "^{commit}", *(f":{path}" for path in paths))
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
        return Commit(self, head.id, parents, known, _links(tree) if tree.type == "tree" else frozenset())

    def commit(self, revision: str, paths: Sequence[str] = ()) -> Commit:
        """The commit that a revision names; raises NoCommitError when there is none."""
        (found,) = self.commits([revision], paths)
        if found is None:
            raise NoCommitError(f"there is no commit {revision!r} here")
        return found

    def tags(self, merged: str | None = None) -> list[Tag]:
        """All tags that lead to a commit, by name; with `merged`, to this commit or one before it."""
        layout = "%(refname:strip=2)%00%(objecttype)%00%(objectname)%00%(*objecttype)%00%(*objectname)"
        only = [f"--merged={merged}"] if merged else []
        result: list[Tag] = []
        nested: dict[str, str] = {}
        for line in self.run("for-each-ref", f"--format={layout}", *only, "refs/tags").split("\n")[:-1]:
            name, kind, target, peeled_kind, peeled = line.split("\0")
            if "commit" in (kind, peeled_kind):
                result.append(Tag(name, peeled or target, annotated=kind == "tag"))
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
        return WorkingTree(Path(top))

    def upstream(self) -> str | None:
        """What the checked-out branch is to be merged into, as far as the clone knows: `refs/remotes/origin/main`."""
        for name in ("@{upstream}", "refs/remotes/origin/HEAD"):
            found = self.done("rev-parse", "--verify", "--quiet", "--symbolic-full-name", name)
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
