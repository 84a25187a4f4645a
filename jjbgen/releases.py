"""Which releases a component has: its git tags, told from the tags of others."""

from __future__ import annotations

from collections.abc import Sequence

from jjbgen.history import Repository, ShallowError, Tag
from jjbgen.rules import Rules
from jjbgen.version import TagNames, Version
from jjbgen.versionfiles import SOURCES, Tree, reading

GO_FILES = ("go.mod", "Gopkg.toml")
"""What makes a project a Go module, whose tags begin with `v`."""

FETCH = "run it again with --fetch, or clone with the whole history"


def names_of(tree: Tree, rules: Rules) -> TagNames:
    """How the git tags of a component are named."""
    if rules.tag_prefix is not None:
        return TagNames(rules.tag_prefix)
    return TagNames("v" if any(_exists(tree, name) for name in GO_FILES) else "")


def _exists(tree: Tree, path: str) -> bool:
    try:
        return tree.read(path) is not None
    except ValueError:
        return True


def in_words(tag: Tag) -> str:
    """A tag as messages name it."""
    return f"the tag {tag.name} on commit {tag.commit[:12]}"


def higher(names: TagNames, tags: Sequence[Tag], above: Version) -> list[Tag]:
    """The tags that name a release higher than `above`."""
    return [tag for tag in tags if (release := names.release(tag.name)) is not None and release > above]


def highest_release(
    repository: Repository, names: TagNames, commit: str, tags: Sequence[Tag], above: Version
) -> Version | None:
    """The highest release among `commit` and those before it; None when none is higher than `above`.

    Raises ShallowError when one may be hidden behind the end of a shallow clone.
    """
    if not higher(names, tags, above):
        return None
    found = releases(repository, names, higher(names, repository.tags(merged=commit), above))
    if not found and repository.is_shallow():
        raise ShallowError(f"this shallow clone does not show which releases came before; {FETCH}")
    return max(found, default=None)


def releases(repository: Repository, names: TagNames, tags: Sequence[Tag]) -> list[Version]:
    """The releases of a component that tags name.

    A tag whose commit has another version in its files is none of them: umbrella tags name the version of a
    whole system (field study, §3; omec-project/amf has four).
    """
    named = [(tag, release) for tag in tags if (release := names.release(tag.name)) is not None]
    commits = repository.commits([tag.commit for tag, _ in named], SOURCES, links=False) if named else []
    return [
        release
        for (_, release), tagged in zip(named, commits, strict=True)
        if tagged is not None and reading(tagged.read).version in (None, release)
    ]


def taken_by(
    repository: Repository, names: TagNames, version: Version, commit: str | None, tags: Sequence[Tag]
) -> Tag | None:
    """The tag by which another commit than `commit` has released `version`; None when it is free.

    The tag that the release would get stands in its way whatever it is; one of the other form does when it is a
    release of the component.
    """
    of_version = names.names(version)
    others = [tag for tag in tags if tag.name in of_version and tag.commit != commit]
    in_the_way = [tag for tag in others if tag.name == names.name(version)]
    return next(
        (tag for tag in (*in_the_way, *others) if tag in in_the_way or releases(repository, names, [tag])), None
    )
