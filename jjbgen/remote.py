"""Tags of releases, here and on the remote; and what a shallow clone lacks, fetched from there."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from jjbgen.gitrun import GitError
from jjbgen.history import Repository
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
        self._fetch()
        for depth in _STEPS:
            if enough() or not self._git.is_shallow():
                return
            self._fetch(f"--deepen={depth}")
        if not enough():
            self.complete()

    def complete(self) -> None:
        """Fetch all that a shallow clone lacks."""
        self._fetch(*(("--unshallow",) if self._git.is_shallow() else ()))

    def _fetch(self, *words: str) -> None:
        # All branches: a clone of one does not have the others in its settings. The remote's tags are the right ones.
        refs = (f"+refs/heads/*:refs/remotes/{self.name}/*", "+refs/tags/*:refs/tags/*")
        flags = ("--quiet", "--no-tags", "--no-prune", "--recurse-submodules=no")
        self._git.run("fetch", *flags, *words, self.name, *refs)

    def push(self, target: str, tag: str) -> str:
        """Push the object `target` as a tag; returns what git said, which is empty when all is well.

        The remote decides in the end, see `commits_of`.
        """
        try:
            # Whatever else a person's settings push along, this is about one tag.
            words = ("-c", "push.pushOption=", "push", "--quiet", "--no-follow-tags", "--recurse-submodules=no")
            self._git.run(*words, self.name, f"{target}:refs/tags/{tag}")
        except GitError as error:
            return str(error)
        return ""

    def commits_of(self, tags: Iterable[str]) -> dict[str, str]:
        """The commits that tags of the remote lead to, by tag; those that it has."""
        refs = {f"refs/tags/{tag}": tag for tag in tags}
        asked = [name for ref in refs for name in (ref, f"{ref}^{{}}")]
        listed = self._git.run("ls-remote", "--quiet", self.name, *asked).split("\n")
        found = {path: target for target, _, path in (line.partition("\t") for line in listed)}
        return {tag: found.get(f"{ref}^{{}}", found[ref]) for ref, tag in refs.items() if ref in found}

    def adopt(self, tag: str) -> None:
        """Take over the remote's tag in the place of this clone's."""
        ref = f"refs/tags/{tag}"
        self._git.run("fetch", "--quiet", "--force", "--no-tags", self.name, f"{ref}:{ref}")


def tag_object(repository: Repository, name: str, commit: str, message: str, tagger: tuple[str, str] | None) -> str:
    """Make the object of an annotated tag, to which nothing leads yet; returns its id.

    `tagger` (name, address) is who makes it, by default whom git knows.
    """
    ident = _ident(repository, tagger) or _ident(repository, IDENTITY)
    text = f"object {commit}\ntype commit\ntag {name}\ntagger {ident}\n\n{message}\n"
    return repository.run("mktag", stdin=text.encode()).strip()


def _ident(repository: Repository, who: tuple[str, str] | None) -> str | None:
    """Name, address and time, as git writes them; None when it does not know who it is."""
    environment = {"GIT_COMMITTER_NAME": who[0], "GIT_COMMITTER_EMAIL": who[1]} if who else {}
    done = repository.done("var", "GIT_COMMITTER_IDENT", environment=environment)
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else None


def keep_tag(repository: Repository, name: str, target: str) -> None:
    """Let a tag of this clone lead to an object; raises GitError when there is one of that name already."""
    repository.run("update-ref", f"refs/tags/{name}", target, "0" * len(target))
