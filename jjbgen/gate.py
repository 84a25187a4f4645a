"""The VERSION gate: does a commit publish? The one place that decides, for a pipeline, a person and a report.

Rules: domain.md, "Versions". A release is a commit that changes the version to one without `-dev`; it is
published once, and never a lower one after a higher one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from jjbgen.errors import ExitCode, what_and_hint
from jjbgen.version import TagNames, Version, above, is_finalized, is_lower
from jjbgen.versionfiles import MISSING, Reading


class Decision(Enum):
    """What the gate says of a commit."""

    UNCHANGED = "unchanged"
    """The version is that of the commit before."""
    DEVELOPMENT = "development"
    """It changed, and is not finalized."""
    NEW = "finalized-new"
    """It became a finalized one: this commit publishes."""
    AGAIN = "finalized-again"
    """It is finalized, and this very commit has its tag: everything has been done."""
    REGRESSION = "regression"
    """It went down."""
    TAKEN = "taken"
    """It is finalized, and its tag is on another commit."""
    INVALID = "invalid"
    """It cannot be read."""
    MISSING = "missing"
    """There is none."""

    @property
    def exit_code(self) -> ExitCode:
        """What `jjbgen version gate` ends with."""
        if self is Decision.NEW:
            return ExitCode.PUBLISH
        return ExitCode.OK if self in _NOTHING_TO_DO else ExitCode.FAILED


_NOTHING_TO_DO = frozenset((Decision.UNCHANGED, Decision.DEVELOPMENT, Decision.AGAIN))


@dataclass(frozen=True, slots=True)
class Released:
    """What is known about releases when a commit is judged."""

    here: bool = False
    """Whether this commit has the tag of its version."""
    elsewhere: str | None = None
    """Another commit that has it, in words."""
    highest: Version | None = None
    """The highest release among the commits before."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision with its reason, and the way out when it is an error."""

    decision: Decision
    reason: str
    hint: str = ""


def judge(previous: Reading, current: Reading, released: Released) -> Verdict:
    """What the gate says of a commit with the version `current` after one with `previous`."""
    if current.version is None:
        decision = Decision.MISSING if current.source is None else Decision.INVALID
        return Verdict(decision, *what_and_hint(current.fault))
    version, before = current.version, previous.version
    finalized = is_finalized(version)
    if finalized and released.here:
        return Verdict(Decision.AGAIN, f"{version} is released: its tag is on this commit")
    if before == version:
        return Verdict(Decision.UNCHANGED, f"the version is still {version}")
    return _changed(version, previous, released, finalized=finalized)


def _changed(version: Version, previous: Reading, released: Released, *, finalized: bool) -> Verdict:
    if finalized and released.elsewhere:
        hint = f"choose a higher one, like {above(version, previous.version, released.highest)}"
        return Verdict(Decision.TAKEN, f"{version} is released already, by {released.elsewhere}", hint)
    lower = _lower(version, previous.version, released.highest)
    if lower:
        return lower
    unreadable = "a version that cannot be read"
    was = "is the first version" if previous.source is None else f"follows {previous.shown or unreadable}"
    if not finalized:
        return Verdict(Decision.DEVELOPMENT, f"{version} {was} and is in development")
    return Verdict(Decision.NEW, f"{version} {was} and is finalized")


def _lower(version: Version, before: Version | None, highest: Version | None) -> Verdict | None:
    for lowest, what in ((before, "the version before"), (highest, "the highest release so far")):
        if lowest is not None and is_lower(version, lowest):
            higher = above(lowest, before, highest, dev=not is_finalized(version))
            hint = f"versions only go up; choose one like {higher}"
            return Verdict(Decision.REGRESSION, f"{version} is lower than {lowest}, {what}", hint)
    return None


@dataclass(frozen=True, slots=True)
class Step:
    """A commit of a branch's history, as the gate saw it."""

    commit: str
    previous: Reading
    current: Reading
    verdict: Verdict
    tags: tuple[str, ...]

    def is_tagged(self, names: TagNames) -> bool:
        """Whether one of the commit's tags names its version, as the rules say or behind a path of any kind.

        The path: onos-config has a `tags/v0.10.34`, which somebody pushed with a word too many.
        """
        version = self.current.version
        return version is not None and any(
            names.release(tag) == version or TagNames("").release(tag.rpartition("/")[2]) == version
            for tag in self.tags
        )


def replay(commits: Iterable[tuple[str, Reading, tuple[str, ...]]]) -> Iterator[Step]:
    """Every commit (id, version, tags) of a first-parent line, oldest first, through the gate.

    What the line itself released so far stands in the place of the tags that a live gate looks at: the
    question is what would have been published.
    """
    previous = MISSING
    by: dict[Version, str] = {}
    highest: Version | None = None
    for commit, current, tags in commits:
        earlier = by.get(current.version) if current.version else None
        verdict = judge(previous, current, Released(elsewhere=earlier and earlier[:12], highest=highest))
        yield Step(commit, previous, current, verdict, tags)
        if verdict.decision is Decision.NEW and current.version is not None:
            by[current.version] = commit
            highest = max(highest, current.version) if highest else current.version
        previous = current


def tagged_without_publish(steps: Iterable[Step], names: TagNames) -> list[str]:
    """The commits that have the tag of a release without publishing one."""
    return [
        step.commit
        for step in steps
        if step.verdict.decision is not Decision.NEW and any(names.release(tag) for tag in step.tags)
    ]


def summary(steps: Sequence[Step], names: TagNames) -> dict[str, int]:
    """How far tags and decisions agree, as counts of commits."""
    publishing = [step for step in steps if step.verdict.decision is Decision.NEW]
    tagged = sum(step.is_tagged(names) for step in publishing)
    return {
        "publish": len(publishing),
        "publish_tagged": tagged,
        "publish_untagged": len(publishing) - tagged,
        "tagged_without_publish": len(tagged_without_publish(steps, names)),
    }
