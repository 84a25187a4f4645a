"""The version rules of a project: what its settings choose, and how a pipeline says that to `jjbgen version`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Policy = Literal["version", "digest", "any"]
"""What a parent image has to be named by: a tag with a version (or a digest), a digest, or anything."""

POLICIES: tuple[Policy, ...] = ("version", "digest", "any")

_TAGGER = re.compile(r"[^<>\s\x00-\x1f\x7f](?:[^<>\x00-\x1f\x7f]*[^<>\s\x00-\x1f\x7f])? <[^<>@\s]+@[^<>@\s]+>")


@dataclass(frozen=True, slots=True)
class ChartPlace:
    """A chart of the component: its folder, and the repository that it is pushed to."""

    path: str
    repository: str | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that `jjbgen version` can be told; the defaults hold for a checkout nobody says more about."""

    tag_prefix: str | None = None
    """Of git tags; None means `v` for Go modules and nothing for others."""
    release_to_release: bool = False
    """Whether a finalized version may stay until the next release."""
    predecessor: bool = False
    """Whether a version's predecessor has to be released."""
    linked: tuple[str, ...] = ()
    """Files that have to say the same version."""
    no_snapshots: tuple[str, ...] = ()
    """Files in which a finalized version must not depend on unfinished ones."""
    parents: Policy = "version"
    """What parent images of a finalized version have to be named by."""
    allowed_parents: tuple[str, ...] = ()
    """Parent images that are fine as they are."""
    dockerfiles: tuple[str, ...] = ()
    """The Dockerfiles to look at; none means all of the checkout."""
    image_tags: tuple[str, ...] = ()
    """Tags that images get beside their version."""
    charts: tuple[ChartPlace, ...] = ()
    """The charts to look at; none means all of the checkout."""
    tagger: str | None = None
    """Who makes tags: `Name <address>`."""


def check_tagger(value: str) -> str:
    """The text itself; raises ValueError (`what; hint`) unless it is `Name <address>`."""
    if not _TAGGER.fullmatch(value):
        raise ValueError(f"{value!r} is not who makes tags; write it like 'Jenkins <jenkins@example.org>'")
    return value


def options(rules: Rules, command: str) -> tuple[str, ...]:
    """The words that tell `jjbgen version <command>` these rules; what is a default is left out."""
    return tuple(word for field in USED_BY[command] for word in _WORDS[field](rules))


IDENTITY = ("jjbgen", "jjbgen@localhost")
"""Who makes a tag or a commit where neither settings nor git know anybody: an agent needs no configuration."""


def tagger(rules: Rules) -> tuple[str, str] | None:
    """Name and address of who makes tags; None when the rules do not say."""
    if rules.tagger is None:
        return None
    name, _, address = rules.tagger.removesuffix(">").partition(" <")
    return name, address


def _prefix(rules: Rules) -> Iterator[str]:
    if rules.tag_prefix is not None:
        yield f"--tag-prefix={rules.tag_prefix}"


def _flags(rules: Rules) -> Iterator[str]:
    if rules.release_to_release:
        yield "--release-to-release"
    if rules.predecessor:
        yield "--predecessor"


def _files(rules: Rules) -> Iterator[str]:
    yield from (f"--no-snapshots={path}" for path in rules.no_snapshots)


def _linked(rules: Rules) -> Iterator[str]:
    yield from (f"--linked={path}" for path in rules.linked)


def _parents(rules: Rules) -> Iterator[str]:
    if rules.parents != "version":
        yield f"--parents={rules.parents}"
    if rules.parents != "any":
        yield from (f"--allowed-parent={image}" for image in rules.allowed_parents)
        yield from (f"--dockerfile={path}" for path in rules.dockerfiles)


def _image_tags(rules: Rules) -> Iterator[str]:
    yield from (f"--image-tag={template}" for template in rules.image_tags)


def _charts(rules: Rules) -> Iterator[str]:
    yield from (f"--chart={chart.path}" for chart in rules.charts)


def _repositories(rules: Rules) -> Iterator[str]:
    for chart in rules.charts:
        if chart.repository:
            yield from ("--repository", chart.path, chart.repository)


def _tagger(rules: Rules) -> Iterator[str]:
    if rules.tagger:
        yield f"--tagger={rules.tagger}"


_WORDS = {
    "prefix": _prefix,
    "flags": _flags,
    "linked": _linked,
    "files": _files,
    "parents": _parents,
    "image_tags": _image_tags,
    "charts": _charts,
    "repositories": _repositories,
    "tagger": _tagger,
}
USED_BY = {
    "check": ("prefix", "flags", "linked", "files", "parents"),
    "gate": ("prefix", "image_tags", "charts"),
    "tag": ("prefix", "tagger"),
    "next": ("linked",),
    "history": ("prefix",),
    "charts": ("charts", "repositories"),
}
"""Which rules each command of `jjbgen version` takes."""
