"""What `plan`, `update` and `doctor` print, for people or as JSON. What a controller says is printed as plain text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from jjbgen import drift
from jjbgen.connection import Connection
from jjbgen.errors import plain
from jjbgen.preflight import Finding, State
from jjbgen.sync import Outcome
from jjbgen.syncplan import Action, Kind, Step, SyncPlan

if TYPE_CHECKING:  # all that generates is behind it, and takes a second to load
    from jjbgen.survey import Survey, Target

_DONE = {
    Action.CREATE: "created",
    Action.UPDATE: "updated",
    Action.ADOPT: "adopted",
    Action.DELETE: "deleted",
}
_COUNTED = {
    Action.CREATE: "to create",
    Action.UPDATE: "to update",
    Action.ADOPT: "to adopt",
    Action.DELETE: "to delete",
    Action.CONFLICT: "in conflict",
    Action.INCOMPLETE: "incomplete",
    Action.UNSEEN: "unseen",
    Action.UNCHANGED: "unchanged",
}
_ALWAYS = (Action.CREATE, Action.UPDATE, Action.UNCHANGED)


def step_line(step: Step) -> str:
    """One step for people: `update job amf-nightly-main: it differs`."""
    still = "; it stays disabled, as somebody wants it" if step.stays_disabled else ""
    why = f"{step.reason}{still}".removeprefix("; ")
    return plain(f"{step.action.value} {step.kind.value} {step.full_name}{f': {why}' if why else ''}")


def plan_lines(reached: Connection, survey: Survey, *, diff: bool, everything: bool = False) -> Iterator[str]:
    """Who talks to whom, and every step that changes something or cannot, with its difference if wanted.

    With `everything`, also what stays as it is.
    """
    yield plain(reached.shown)
    hidden = (Action.LEFT,) if everything else (Action.LEFT, Action.UNCHANGED)
    for step in survey.plan.steps:
        if step.action not in hidden:
            yield step_line(step)
            yield from (f"    {line}".rstrip() for line in (diff_lines(step, survey) if diff else ()))
    left = survey.plan.of(Action.LEFT)
    folders = [step.full_name for step in left if step.kind is Kind.FOLDER]
    others = [step.full_name for step in left if step.kind is not Kind.FOLDER]
    if others:
        yield plain(f"no longer wanted, and left (--prune deletes them): {', '.join(others)}")
    if folders:
        yield plain(f"folders no longer wanted, and left, for there may be more in them: {', '.join(folders)}")


def diff_lines(step: Step, survey: Survey) -> Iterator[str]:
    """What an update changes; nothing for what is made or removed."""
    live = survey.live.get(step.key)
    if live is None or step.wanted is None:
        return
    lines = [plain(line) for line in drift.diff(step.kind, step.wanted.root, live, stays_disabled=step.stays_disabled)]
    yield from lines or ["(nothing but the mark in its description)"]


def counted(plan: SyncPlan) -> str:
    """`2 to create, 1 to update, 51 unchanged`."""
    numbers = {action: len(plan.of(action)) for action in _COUNTED}
    return ", ".join(f"{numbers[each]} {word}" for each, word in _COUNTED.items() if numbers[each] or each in _ALWAYS)


def warning_of_jjb(target: Target) -> str:
    """What to know before JJB does the work."""
    return (
        f"JJB writes all of jobs-output/, {len(target.wanted)} folders, jobs and views, to {target.connection.url},"
        " also over what others have made by these names. It enables jobs that somebody has disabled, and takes away"
        " the marks by which jjbgen knows its own: the next plan will want --adopt."
    )


def outcome_line(outcome: Outcome) -> str:
    """`created job amf-nightly-main`, or what it failed of."""
    change = outcome.change
    if outcome.error is None:
        return plain(f"{_DONE[change.action]} {change.kind.value} {change.full_name}")
    return plain(f"failed to {change.action.value} {change.kind.value} {change.full_name}: {outcome.error}")


def done(outcomes: Sequence[Outcome], unchanged: int | None) -> str:
    """`2 created, 1 updated, 51 unchanged`."""
    numbers = dict.fromkeys(_DONE.values(), 0)
    for outcome in outcomes:
        if outcome.error is None:
            numbers[_DONE[outcome.change.action]] += 1
    failed = sum(outcome.error is not None for outcome in outcomes)
    parts = [f"{number} {word}" for word, number in numbers.items() if number or word in ("created", "updated")]
    parts += [f"{failed} failed"] if failed else []
    return ", ".join([*parts, *([f"{unchanged} unchanged"] if unchanged is not None else [])])


def finding_lines(found: Iterable[Finding], *, fine: bool) -> Iterator[str]:
    """Findings for people; those that nobody can see come together, one line for each reason."""
    unseen: dict[tuple[str, str], list[str]] = {}
    for each in found:
        if each.state is State.UNSEEN:
            unseen.setdefault((each.what, each.why), []).append(each.name)
        elif fine or each.state is not State.FINE:
            why = f": {each.why}" if each.why else ""
            jobs = f" ({each.needed_by})" if each.jobs and each.state is not State.FINE else ""
            yield plain(f"{each.state.value:8} {each.what} {each.name}{why}{jobs}")
    for (what, why), names in unseen.items():
        yield plain(f"{State.UNSEEN.value:8} {what} {', '.join(names)}: {why}")


def plan_json(reached: Connection, survey: Survey, found: Iterable[Finding], *, diff: bool) -> dict[str, Any]:
    """A plan as JSON-able values."""
    steps = [
        {
            "action": step.action.value,
            "kind": step.kind.value,
            "name": step.full_name,
            "reason": step.reason,
            "stays_disabled": step.stays_disabled,
            **({"diff": list(diff_lines(step, survey))} if diff else {}),
        }
        for step in survey.plan.steps
        if step.action is not Action.UNCHANGED
    ]
    counts = {action.value: len(survey.plan.of(action)) for action in Action}
    return {**reached_json(reached), "steps": steps, "counts": counts, "findings": findings_json(found)}


def outcomes_json(reached: Connection, outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """What an update came to, as JSON-able values."""
    listed = [
        {
            "action": each.change.action.value,
            "kind": each.change.kind.value,
            "name": each.change.full_name,
            "error": each.error,
        }
        for each in outcomes
    ]
    return {**reached_json(reached), "changes": listed}


def reached_json(reached: Connection) -> dict[str, Any]:
    """Which controller, and who asks."""
    user = reached.login.user if reached.login else None
    return {"controller": reached.controller, "url": reached.url, "user": user}


def findings_json(found: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings as JSON-able values."""
    return [
        {"state": each.state.value, "what": each.what, "name": each.name, "why": each.why, "jobs": list(each.jobs)}
        for each in found
    ]
