"""The kinds of pipelines, as data: off-ramps of one stage sequence (see the table in docs/pipelines.md).

A new kind is an entry here and a template in `templates/pipelines/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Starts(Enum):
    """What starts a pipeline of a kind by itself."""

    CHANGE = "change"
    """A patch set or pull request."""
    MERGE = "merge"
    """A merge to a tracked branch."""
    CLOCK = "clock"
    """A schedule."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What the pipelines of one kind have in common."""

    name: str
    title: str
    starts: Starts
    sections: tuple[str, ...]
    """Which sections of the sequence it runs, see SEQUENCE."""
    credential_uses: frozenset[str]
    """What credentials it may bind for; the ones for checkout are used by the git plugin and never bound."""
    files: tuple[str, ...] = ()
    """The files (ANT patterns) whose change starts it, unless a descriptor says otherwise."""
    test_categories: tuple[str, ...] = ("unit", "smoke")
    """Which tests it runs."""
    concurrent: bool = False
    """Whether two builds of one job may run at the same time."""
    settings: frozenset[str] = frozenset()
    """Keys of a descriptor's pipeline that only some kinds know."""
    keep_going: bool = False
    """Whether the remaining tests run after a failed one."""
    tip: bool = False
    """Whether it is the tip of the branch that is built, and not the merge that has started it."""


SEQUENCE = (
    "checkout",
    "version-check",
    "lint",
    "licence",
    "cla",
    "chart-lint",
    "gate",
    "build",
    "deploy",
    "unit",
    "smoke",
    "integration",
    "performance",
    "soak",
    "image",
    "keep-images",
    "push-image",
    "push-chart",
    "push-package",
    "tag",
    "next-change",
    "config-verify",
    "config-deploy",
    "config-audit",
)
"""The one sequence. What is built for testing is built in the same way as what is published."""

TEST_CATEGORIES = ("unit", "smoke", "integration", "performance", "soak")
CHECKS = ("lint", "licence", "cla")

_EVENT = frozenset(("files", "forbidden-files", "dependencies", "non-voting", "gerrit", "github", "tests"))

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            name="pre-merge",
            title="pre-merge",
            starts=Starts.CHANGE,
            sections=("checkout", "version-check", "lint", "licence", "cla", "chart-lint", "build", "unit", "smoke"),
            credential_uses=frozenset(),
            concurrent=True,
            settings=_EVENT,
        ),
        Kind(
            name="post-merge",
            title="post-merge",
            starts=Starts.MERGE,
            sections=("checkout", "build", "unit", "smoke", "image", "keep-images"),
            credential_uses=frozenset(("test",)),
            settings=frozenset(("files", "forbidden-files", "dependencies", "poll", "tests")),
        ),
        Kind(
            name="nightly",
            title="integration",
            starts=Starts.CLOCK,
            sections=("checkout", "build", "deploy", "unit", "smoke", "integration", "performance", "soak"),
            credential_uses=frozenset(("test",)),
            test_categories=("integration", "performance"),
            settings=frozenset(("schedule", "tests")),
            keep_going=True,
        ),
        Kind(
            name="publish",
            title="publish",
            starts=Starts.MERGE,
            sections=(
                "checkout",
                "gate",
                "build",
                "unit",
                "smoke",
                "image",
                "push-image",
                "push-chart",
                "push-package",
                "tag",
                "next-change",
            ),
            credential_uses=frozenset(("test", "publish")),
            # Where a version can be; the gate decides what a change of them means.
            files=("VERSION", "package.json", "pom.xml", "Chart.yaml"),
            settings=frozenset(("dependencies", "poll")),
        ),
        Kind(
            name="config-verify",
            title="check of a change",
            starts=Starts.CHANGE,
            sections=("checkout", "config-verify"),
            credential_uses=frozenset(),
            test_categories=(),
            concurrent=True,
            settings=_EVENT - {"tests"},
        ),
        Kind(
            name="config-deploy",
            title="deployment",
            starts=Starts.MERGE,
            sections=("checkout", "config-deploy"),
            credential_uses=frozenset(("deploy",)),
            test_categories=(),
            settings=frozenset(("poll", "schedule", "prune", "freeze")),
            # Two merges in quick succession end with the newest, in whichever order their builds come.
            tip=True,
        ),
        Kind(
            name="config-audit",
            title="audit",
            starts=Starts.CLOCK,
            sections=("checkout", "config-audit"),
            credential_uses=frozenset(("deploy",)),
            test_categories=(),
            settings=frozenset(("schedule",)),
        ),
    )
}
