"""Tagging a release: the tag binds a version to a commit, once and for all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jjbgen import version
from jjbgen.errors import Pos, Problem, VersionError
from jjbgen.gitrun import GitError
from jjbgen.history import Repository, Tag
from jjbgen.release import known, place_of
from jjbgen.releases import GO_FILES, in_words, names_of, taken_by
from jjbgen.remote import Remote, keep_tag, tag_object
from jjbgen.rules import Rules, tagger
from jjbgen.version import TagNames, Version
from jjbgen.versionfiles import SOURCES, reading


@dataclass(frozen=True, slots=True)
class Tagged:
    """What `jjbgen version tag` came to."""

    tag: str
    commit: str
    created: bool
    pushed: bool


def tag(repository: Repository, rules: Rules, revision: str = "HEAD", *, push: bool) -> Tagged:
    """Tag a commit with its version. The same tag on the same commit is fine; on another one it raises VersionError.

    With `push` the remote decides: after pushing, its tag is looked up, whoever made it. When two builds race,
    the second takes over the tag of the first.
    """
    head = repository.commit(revision, (*SOURCES, *GO_FILES))
    current = known(reading(head.read))
    release, place = current.known(), place_of(current)
    if not version.is_finalized(release):
        hint = f"only a release gets a tag; the next one is {version.following(release)}"
        raise VersionError([Problem(place, "version", f"{release} is not finalized", hint)])
    names = names_of(head, rules)
    tags = repository.tags()
    taken = taken_by(repository, names, release, head.id, tags)
    if taken:
        raise _released(place, release, in_words(taken))
    own = next((each for each in tags if each.name == names.name(release)), None)
    judged = frozenset((each.name, each.commit) for each in tags)
    made = _Made(repository, names, release, head.id, place, judged)
    if push:
        made.push(rules, own)
    elif own is None:
        keep_tag(repository, names.name(release), made.object(rules))
    return Tagged(names.name(release), head.id, own is None, push)


def _released(place: Pos, release: Version, by: str) -> VersionError:
    hint = f"choose a higher one, like {version.following(release)}"
    return VersionError([Problem(place, "version", f"{release} is released already, by {by}", hint)])


@dataclass(frozen=True, slots=True)
class _Made:
    """A tag in the making."""

    repository: Repository
    names: TagNames
    release: Version
    commit: str
    place: Pos
    judged: frozenset[tuple[str, str]]
    """Names and commits of the tags that are known here: those of other commits are none of this release."""

    def object(self, rules: Rules) -> str:
        """The annotated tag's object."""
        message = f"Release {self.release}"
        return tag_object(self.repository, self.names.name(self.release), self.commit, message, tagger(rules))

    def push(self, rules: Rules, own: Tag | None) -> None:
        """Push it. It becomes a tag of this clone last: what a killed run leaves here would look like a release."""
        remote = Remote(self.repository)
        name = self.names.name(self.release)
        self._refuse_others(remote, remote.commits_of(self.names.names(self.release)))
        said = remote.push(f"refs/tags/{name}" if own and own.annotated else self.object(rules), name)
        found = remote.commits_of(self.names.names(self.release))
        if name not in found:
            raise GitError(said or f"the remote {remote.name} does not show the tag {name} that was pushed")
        remote.adopt(name)
        self._refuse_others(remote, found)

    def _refuse_others(self, remote: Remote, found: Mapping[str, str]) -> None:
        for name, commit in found.items():
            if commit != self.commit and (name, commit) not in self.judged:
                raise _released(self.place, self.release, f"{in_words(Tag(name, commit))} of {remote.name}")
