"""What `jjbgen version` prints: for people, as JSON, and as lines that a shell can read."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Any

from jjbgen.gate import Decision, Step, summary, tagged_without_publish
from jjbgen.release import Gated
from jjbgen.version import TagNames
from jjbgen.versionfiles import Reading

_NOTABLE = frozenset((Decision.NEW, Decision.INVALID, Decision.REGRESSION, Decision.TAKEN))


def reading(found: Reading) -> dict[str, Any]:
    """A version and where it comes from."""
    return {"version": found.shown, "source": found.source}


def gate(found: Gated) -> dict[str, Any]:
    """A verdict of the gate as JSON-able values."""
    problem = found.problem()
    return {
        "decision": found.verdict.decision.value,
        "publish": found.verdict.decision is Decision.NEW,
        "reason": found.verdict.reason,
        "commit": found.commit,
        "previous": found.previous.shown,
        **reading(found.current),
        "tag": found.tag,
        "image_tags": list(found.image_tags),
        "charts": dict(found.charts),
        "unpublished": [{"version": str(each.version), "commit": each.commit} for each in found.unpublished],
        "problems": [problem.as_dict()] if problem else [],
    }


def gate_environment(found: Gated) -> Iterator[str]:
    """The same as assignments that a shell can source; what there is none of is empty."""
    charts = tuple(found.charts.values())
    values = {
        "DECISION": found.verdict.decision.value,
        "COMMIT": found.commit,
        "PREVIOUS": found.previous.shown if found.previous.version else None,
        "VERSION": found.current.shown if found.current.version else None,
        "TAG": found.tag,
        "IMAGE_TAGS": " ".join(found.image_tags),
        "CHART_VERSION": charts[0] if len(charts) == 1 else None,
    }
    for name, value in values.items():
        yield f"JJBGEN_{name}={shlex.quote(value or '')}"


def gate_lines(found: Gated) -> Iterator[str]:
    """The same for people."""
    yield f"{'publish' if found.verdict.decision is Decision.NEW else 'nothing to publish'}: {found.verdict.reason}"
    yield from _line("previous version", found.previous.shown)
    yield from _line("version", found.current.shown)
    yield from _line("git tag", found.tag)
    yield from _line("image tags", ", ".join(found.image_tags))
    yield from _line("chart versions", ", ".join(f"{path} {version}" for path, version in found.charts.items()))


def unpublished_lines(found: Gated) -> Iterator[str]:
    """Releases that seem to be forgotten, for people."""
    for each in found.unpublished:
        yield f"not published: {each.version} of commit {each.commit}; build that commit again, or give it its tag"


def _line(what: str, value: str | None) -> Iterator[str]:
    if value:
        yield f"  {what}: {value}"


def history(steps: Sequence[Step], names: TagNames) -> dict[str, Any]:
    """A replayed history as JSON-able values."""
    return {
        "commits": [
            {
                "commit": step.commit,
                "previous": step.previous.shown,
                "version": step.current.shown,
                "decision": step.verdict.decision.value,
                "tags": list(step.tags),
            }
            for step in steps
        ],
        "summary": summary(steps, names),
    }


def history_lines(steps: Sequence[Step], names: TagNames) -> Iterator[str]:
    """The same for people: what was or would have been published, what the gate refuses, tags without a release."""
    without = set(tagged_without_publish(steps, names))
    counts = summary(steps, names)
    for step in steps:
        decision = step.verdict.decision
        if decision is Decision.NEW:
            tagged = ", ".join(step.tags) if step.is_tagged(names) else "not tagged"
            yield f"{step.commit[:12]} publish {step.current.shown} ({tagged})"
        elif decision in _NOTABLE:
            yield f"{step.commit[:12]} {decision.value} {step.current.shown}: {step.verdict.reason}"
        elif step.commit in without:
            yield f"{step.commit[:12]} tagged without a release: {', '.join(step.tags)} ({step.current.shown})"
    yield (
        f"{counts['publish']} releases: {counts['publish_tagged']} tagged, {counts['publish_untagged']} not tagged; "
        f"{counts['tagged_without_publish']} commits tagged without a release"
    )
