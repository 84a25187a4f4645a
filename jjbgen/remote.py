"""Tags of releases, here and on the remote; and what a shallow clone lacks, fetched from there."""

from __future__ import annotations

from collections.abc import Callable

from jjbgen.history import GitError, Repository
from jjbgen.rules import IDENTITY

_STEPS = (50, 500, 5_000)
"""How many commits a shallow clone is deepened by, at first; after that it is completed."""


class Remote:
    """The remote that a checkout was cloned from."""

    def __init__(self, repository: Repository) -> None:
        """Take `origin`, or the only remote there is; raises GitError when that is not clear."""
        names = repository.run("remote").split()
        if "origin" not in names and len(names) != 1:
            what = "there are several remotes, and none is called origin" if names else "this checkout has no remote"
            raise GitError(what)
        self.name = "origin" if "origin" in names else names[0]
        self._git = repository

    def fetch(self, enough: Callable[[], bool]) -> None:
        """Fetch branches and tags, and deepen a shallow clone until it has `enough`, or everything."""
        self._git.run("fetch", "--quiet", "--tags", self.name)
        for depth in _STEPS:
            if enough() or not self._git.is_shallow():
                return
            self._git.run("fetch", "--quiet", "--tags", f"--deepen={depth}", self.name)
        if not enough() and self._git.is_shallow():
            self._git.run("fetch", "--quiet", "--tags", "--unshallow", self.name)

    def push(self, tag: str) -> str:
        """Push a tag; returns what git said, which is empty when all is well. The remote decides, see `commit_of`."""
        ref = f"refs/tags/{tag}"
        try:
            self._git.run("push", "--quiet", self.name, f"{ref}:{ref}")
        except GitError as error:
            return str(error)
        return ""

    def commit_of(self, tag: str) -> str | None:
        """The commit that the remote's tag leads to; None when the remote has no such tag."""
        ref = f"refs/tags/{tag}"
        listed = self._git.run("ls-remote", "--quiet", self.name, ref, f"{ref}^{{}}").split("\n")
        found = {path: target for target, _, path in (line.partition("\t") for line in listed)}
        return found.get(f"{ref}^{{}}", found.get(ref))

    def adopt(self, tag: str) -> None:
        """Take over the remote's tag in the place of this clone's."""
        ref = f"refs/tags/{tag}"
        self._git.run("fetch", "--quiet", "--force", "--no-tags", self.name, f"{ref}:{ref}")


def create_tag(repository: Repository, name: str, commit: str, message: str, tagger: tuple[str, str] | None) -> None:
    """Make an annotated tag; `tagger` (name, address) is who makes it, by default whom git knows."""
    known = repository.done("var", "GIT_COMMITTER_IDENT").returncode == 0
    identity = tagger or (None if known else IDENTITY)
    settings = ["-c", f"user.name={identity[0]}", "-c", f"user.email={identity[1]}"] if identity else []
    repository.run(*settings, "tag", "--annotate", f"--message={message}", name, commit)
