"""Tagging a release: the tag binds a version to a commit, once and for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jjbgen import version
from jjbgen.errors import Pos, Problem, VersionError, what_and_hint
from jjbgen.history import GitError, Repository, Tag
from jjbgen.release import GO_FILES, in_words, names_of, place_of
from jjbgen.remote import Remote, keep_tag, tag_object
from jjbgen.rules import Rules, tagger
from jjbgen.version import Version
from jjbgen.versionfiles import SOURCES, reading


@dataclass(frozen=True, slots=True)
class Tagged:
    """What `jjbgen version tag` came to."""

    tag: str
    commit: str
    created: bool
    pushed: bool


def tag(repository: Repository, rules: Rules, *, push: bool) -> Tagged:
    """Tag HEAD with its version. The same tag on the same commit is fine; on another one it raises VersionError.

    With `push` the remote decides: after pushing, its tag is looked up, whoever made it. When two builds race,
    the second takes over the tag of the first.
    """
    head = repository.commit("HEAD", (*SOURCES, *GO_FILES))
    current = reading(head.read)
    place = place_of(current)
    if current.version is None:
        raise VersionError([Problem(place, "version", *what_and_hint(current.fault))])
    if not version.is_finalized(current.version):
        hint = f"only a release gets a tag; the next one is {version.following(current.version)}"
        raise VersionError([Problem(place, "version", f"{current.version} is not finalized", hint)])
    names = names_of(head, rules)
    name = names.name(current.version)
    here = [each for each in repository.tags() if each.name in names.names(current.version)]
    _refuse_others(here, head.id, place, current.version)
    exists = name in {each.name for each in here}
    remote = Remote(repository) if push else None
    message = f"Release {current.version}"
    target = f"refs/tags/{name}" if exists else tag_object(repository, name, head.id, message, tagger(rules))
    if remote:
        _push(remote, name, target, head.id, Problem(place, "version", f"{current.version} is released already"))
    elif not exists:
        keep_tag(repository, name, target)
    return Tagged(name, head.id, not exists, push)


def _refuse_others(tags: Sequence[Tag], commit: str, place: Pos, current: Version) -> None:
    for each in tags:
        if each.commit != commit:
            what = f"{current} is released already, by {in_words(each)}"
            raise VersionError(
                [Problem(place, "version", what, f"choose a higher one, like {version.following(current)}")]
            )


def _push(remote: Remote, name: str, target: str, commit: str, taken: Problem) -> None:
    """Push a tag that is not this clone's yet: what a run leaves here that is killed now would look like a release."""
    said = remote.push(target, name)
    found = remote.commit_of(name)
    if found is None:
        raise GitError(said or f"the remote {remote.name} does not show the tag {name} that was pushed")
    remote.adopt(name)
    if found != commit:
        what = f"{taken.what}, by {in_words(Tag(name, found))} of {remote.name}"
        raise VersionError([Problem(taken.pos, taken.field, what, "the next release needs a higher version")])
