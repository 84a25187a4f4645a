"""Texts that differ in a few printed values alone: printed once with holes in their places, and poured around them.

What stands in a hole is only printed by our own templates, never looked at; `tests/test_golden.py` prints every job and
pipeline in both ways.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from operator import attrgetter
from typing import Any

from jjbgen import quoting
from jjbgen.jobs import Checkout, ComponentPlan, GerritTrigger, Job, PullRequestTrigger, Script, Trigger
from jjbgen.quoting import Groovy

_HOLE = "jjbgen hole {}"
"""Stands where something is only printed; no name, URL or path holds a blank."""
_IN_HOLE = re.compile(r"( *)['\"]?jjbgen hole (\w+)['\"]?")
"""A hole with the blanks before it, and with the quotes around a text."""

Pieces = Sequence[str]
"""A text with holes: in turns what is between them, the blanks before a hole, and its name."""

_BESIDE_SCRIPT = attrgetter(
    *(each.name for each in fields(Script) if each.name not in ("stages", "checkout", "lock")),
    *(f"checkout.{each.name}" for each in fields(Checkout) if each.name != "url"),
)
_BESIDE_JOB = attrgetter("concurrent", "kept", "parameters")
_PRINTED = {GerritTrigger: "project", PullRequestTrigger: "status_context"}
"""The field of a trigger that stands in a hole."""
_BESIDE_TRIGGER = {
    each: attrgetter(*(field.name for field in fields(each) if field.name != name)) for each, name in _PRINTED.items()
}


def key_of_script(script: Script, names: tuple[str, ...]) -> str | None:
    """All of a pipeline that stands in no hole; `names` are those of its stages. None where that looks like a hole."""
    return _key((_BESIDE_SCRIPT(script), script.lock is None, names))


def key_of_job(job: Job, folder: str | None) -> str | None:
    """All of a job that stands in no hole and is printed. None where that looks like a hole."""
    triggers = [_beside(trigger) for trigger in job.triggers]
    return _key((folder, _BESIDE_JOB(job), job.disabled is None, job.project_url is None, triggers))


def _beside(trigger: Trigger) -> object:
    beside = _BESIDE_TRIGGER.get(type(trigger))
    return (trigger.type, *beside(trigger)) if beside else trigger


def _key(values: object) -> str | None:
    key = repr(values)
    return None if _HOLE.format("") in key else key


def script_with_holes(component: ComponentPlan, script: Script, names: tuple[str, ...]) -> dict[str, Any]:
    """What the template of a pipeline is printed with."""
    checkout = replace(script.checkout, url=_HOLE.format("url"))
    return {
        "component": replace(component, source=_HOLE.format("source")),
        "script": replace(script, stages=(), checkout=checkout, lock=script.lock and _HOLE.format("lock")),
        "stages": [(name, Groovy(_HOLE.format(number))) for number, name in enumerate(names)],
    }


def job_with_holes(job: Job) -> Job:
    """What the template of a job is printed with."""
    return replace(
        job,
        name=_HOLE.format("name"),
        description=_HOLE.format("description"),
        script=_HOLE.format("script"),
        project_url=job.project_url and _HOLE.format("url"),
        triggers=tuple(_with_hole(number, trigger) for number, trigger in enumerate(job.triggers)),
    )


def _with_hole(number: int, trigger: Trigger) -> Trigger:
    name = _PRINTED.get(type(trigger))
    changes: dict[str, Any] = {name: _HOLE.format(f"trigger{number}")} if name else {}
    return replace(trigger, **changes)


def in_script(component: ComponentPlan, script: Script) -> dict[str, str]:
    """What stands in the holes of a pipeline, but for its stages; raises ValueError as a template would."""
    return {
        "url": quoting.groovy(script.checkout.url),
        "lock": quoting.groovy(script.lock or ""),
        "source": quoting.comment(component.source),
    }


def in_job(job: Job) -> dict[str, str]:
    """What stands in the holes of a job; raises ValueError as a template would."""
    values: dict[str, str] = {
        "name": quoting.yaml(job.name),
        "description": quoting.yaml(job.description),
        "script": quoting.yaml(job.script),
        "url": quoting.yaml(job.project_url or ""),
    }
    for number, trigger in enumerate(job.triggers):
        if isinstance(trigger, GerritTrigger | PullRequestTrigger):
            printed = trigger.project if isinstance(trigger, GerritTrigger) else trigger.status_context
            values[f"trigger{number}"] = quoting.yaml(printed)
    return values


def pieces(text: str) -> Pieces:
    """A printed text, cut at its holes."""
    return _IN_HOLE.split(text)


def pour(found: Pieces, values: Mapping[str, str], blocks: Sequence[Groovy] = ()) -> str:
    """The text with `values` in its holes, and `blocks` in those that have numbers."""
    parts = [found[0]]
    for blanks, hole, text in zip(found[1::3], found[2::3], found[3::3], strict=True):
        parts.append(blanks + values[hole] if hole in values else quoting.at(blocks[int(hole)], len(blanks)))
        parts.append(text)
    return "".join(parts)
