"""Versions: what `VERSION` may hold, what comes next, and what a release is called.

SemVer 2.0.0 (by the `semver` package), narrowed to what git tags, image tags and people agree on: no `v`,
no build metadata, nothing around it. Each odd value that real histories hold has an answer of its own
(field study, §3), because a version that is silently "not a release" is a release that is silently missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import semver

from jjbgen.errors import escaped

Version: TypeAlias = semver.Version

PARTS = ("major", "minor", "patch")
DEV = "dev"

MAX_LENGTH = 100
"""Characters. An image tag has at most 128 (OCI distribution specification); so a prefix still fits."""

_CORE = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){2}")
_NUMBERED = re.compile(r"dev([0-9]*)")
_IMAGE_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_PLACEHOLDER = re.compile(r"\{(version|major|minor|patch)\}")
_PREFIX = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9._/-]*)?")


def parse(text: str) -> Version:
    """The version that `text` is; raises ValueError (`what; hint`) for anything else."""
    for pattern, what, hint in _ODD:
        found = re.search(pattern, text)
        if found:
            raise ValueError(f"{what}; {escaped(found.expand(hint))}")
    try:
        return Version.parse(text)
    except ValueError:
        shown = escaped(text).replace("'", "\\'")
        raise ValueError(f"'{shown}' is not a version; write MAJOR.MINOR.PATCH, like 1.2.3 or 1.2.3-dev") from None


def read(text: str) -> Version:
    """The version in the text of a VERSION file; raises ValueError (`what; hint`).

    A newline at the end may be missing. Empty lines at the end are read over as `$(cat VERSION)` does
    (onos-config released its 0.10.11 so); `blank_lines` tells a change that adds some.
    """
    return parse(text.rstrip("\n"))


def blank_lines(text: str) -> bool:
    """Whether a VERSION file has empty lines at its end."""
    return text.endswith("\n\n")


_ODD: tuple[tuple[str, str, str], ...] = (
    (r"\A\s*\Z", "is empty", "write a version like 0.1.0-dev"),
    (r"\A\ufeff", "begins with a byte order mark", "save it as UTF-8 without one"),
    (r"\r", "has the line ends of Windows (CR LF)", "save it with LF"),
    (r"\A\n", "begins with an empty line", "write the version into the first line"),
    (r"\n", "has more than one line", "a version is one line"),
    (r"\A\s|\s\Z", "has blanks around the version", "remove them"),
    (rf"\A.{{{MAX_LENGTH + 1}}}", f"is longer than {MAX_LENGTH} characters", "write a version like 1.2.3"),
    (r"\A[vV]([0-9].*)\Z", "begins with a 'v'", r"write \1; a git tag gets its prefix by itself"),
    (r"\A([0-9]+)\Z", "has one number instead of three", r"write \1.0.0"),
    (r"\A([0-9]+\.[0-9]+)(-[^+]*)?(?=\Z|\+)", "has two numbers instead of three", r"write \1.0\2"),
    (
        r"\A([0-9]+\.[0-9]+\.[0-9]+)(?:\.[0-9]+)+(?=\Z|[-+])",
        "has more than three numbers",
        "write MAJOR.MINOR.PATCH, like \\1",
    ),
    (r"\A(?:[0-9]+\.){0,2}0+([0-9]+)(?=[.+-]|\Z)", "has a number with a leading zero", r"write \1 for it"),
    (r"\A([^+]+)\+", "has build metadata ('+')", r"write \1; an image tag cannot hold a '+'"),
)
"""What people write, what is wrong with it, and the way out."""


def is_finalized(version: Version) -> bool:
    """Whether it is released: it has no `-dev` or other pre-release part."""
    return version.prerelease is None


def is_lower(version: Version, other: Version) -> bool:
    """Whether a version comes before another one.

    SemVer orders `-dev9` after `-dev10`, letter by letter; those who number their development mean the numbers.
    """
    if version.to_tuple()[:3] == other.to_tuple()[:3]:
        one, two = (_NUMBERED.fullmatch(each.prerelease or "") for each in (version, other))
        if one and two:
            return int(one[1] or 0) < int(two[1] or 0)
    return version < other


def following(version: Version, part: str | None = None, *, dev: bool = False) -> Version:
    """The version that comes after `version`, always a higher one.

    Without `dev`, the release: of 1.2.3-dev it is 1.2.3, of 1.2.3 it is 1.2.4; `part` (one of PARTS) asks for
    more, but not for more than what a `-dev` already promises: minor of 1.3.0-dev is 1.3.0.
    With `dev`, the development after that release: of 1.2.3 and of 1.2.3-dev it is 1.2.4-dev.
    """
    part = part or "patch"
    if dev:
        return version.finalize_version().next_version(part).replace(prerelease=DEV)
    return version.next_version(part)


def above(version: Version, *others: Version | None, dev: bool = False) -> Version:
    """What comes after the highest of some versions: a proposal that none of them stands in the way of."""
    return following(max([version, *(other for other in others if other is not None)]), dev=dev)


@dataclass(frozen=True, slots=True)
class TagNames:
    """How git tags of releases are named: a prefix and the version."""

    prefix: str

    def name(self, version: Version) -> str:
        """The tag of a release."""
        return f"{self.prefix}{version}"

    def release(self, tag: str) -> Version | None:
        """The release that a tag names, or None.

        Where the prefix is `v` or none, tags of both forms count: a project that became a Go module later
        has both, and a version is released once.
        """
        rest = tag.removeprefix("v") if self.prefix in ("", "v") else tag.removeprefix(self.prefix)
        if rest == tag and self.prefix not in ("", "v"):
            return None
        return Version.parse(rest) if _CORE.fullmatch(rest) and len(rest) <= MAX_LENGTH else None

    def names(self, version: Version) -> tuple[str, ...]:
        """All tags that would name this release."""
        return (str(version), f"v{version}") if self.prefix in ("", "v") else (self.name(version),)


def check_prefix(prefix: str) -> str:
    """The prefix itself; raises ValueError (`what; hint`) where git would not take a tag that begins with it."""
    # The rules of git-check-ref-format(1), as far as they go beyond the characters.
    if not _PREFIX.fullmatch(prefix) or re.search(r"\.\.|//|/\.|\.lock/", prefix):
        raise ValueError(f"{prefix!r} is not a prefix of git tags; write one like v, or component/v")
    return prefix


def check_image_tag(template: str) -> str:
    """The template itself; raises ValueError (`what; hint`) when it cannot give image tags."""
    example = _filled(template, Version(1, 2, 3))
    if not _IMAGE_TAG.fullmatch(example):
        raise ValueError(f"{template!r} is not an image tag; write it like {{major}}.{{minor}}, or {{version}}-alpine")
    return template


def image_tags(version: Version, templates: Iterable[str], releases: Iterable[Version]) -> tuple[str, ...]:
    """The tags of a release's images: the version itself, then one for each of the templates.

    A tag that moves, like `{major}.{minor}` or `latest`, belongs to the highest of the `releases` that share
    it: a later patch of an old branch does not take it away.
    """
    known = tuple(releases)
    tags = [str(version)]
    for template in templates:
        tag = _filled(template, version)
        if not any(other > version and _filled(template, other) == tag for other in known):
            tags.append(tag)
    return tuple(dict.fromkeys(tags))


def _filled(template: str, version: Version) -> str:
    values = {"version": str(version), **{part: str(getattr(version, part)) for part in PARTS}}
    return _PLACEHOLDER.sub(lambda found: values[found[1]], template)


def missing_predecessor(version: Version, releases: Iterable[Version]) -> str | None:
    """The release that should come before `version` and does not exist, in words; None when all is well.

    Z of X.Y.Z follows X.Y.(Z-1), Y.0 any X.(Y-1).*, and a new major any release of the one before. The first
    version of all, and the first of major 0, follow nothing.
    """
    known = {release.to_tuple()[:3] for release in releases} - {version.to_tuple()[:3]}
    major, minor, patch = version.major, version.minor, version.patch
    if not known:
        return None
    if patch:
        wanted, exists = f"{major}.{minor}.{patch - 1}", (major, minor, patch - 1) in known
    elif minor:
        wanted, exists = f"{major}.{minor - 1}.*", any(each[:2] == (major, minor - 1) for each in known)
    else:
        wanted, exists = f"{major - 1}.*", major == 0 or any(each[0] == major - 1 for each in known)
    return None if exists else wanted
