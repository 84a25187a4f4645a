"""Which jobs a change of a config repo reaches, and why.

That a job is reached is no guess: what is generated before and after is compared. The reasons come from what planning
and rendering have used: descriptors, those that they name, templates. For settings, which everything may use, each
changed value is tried by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from jjbgen.difference import Difference, JobChange, Made
from jjbgen.errors import ConfigError
from jjbgen.explain import field_path
from jjbgen.generate import Checked
from jjbgen.jobs import GerritTrigger, Plan, UpstreamTrigger
from jjbgen.places import SETTINGS, TEMPLATES
from jjbgen.plan import plan
from jjbgen.project import Project
from jjbgen.settings import Settings

MOST_SETTINGS = 30
"""More changed settings are not tried one by one: each costs planning everything."""

Path = tuple[str, ...]
"""Where a value of the settings is."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A job that a change reaches."""

    job: JobChange
    reasons: tuple[str, ...]


def impact(before: Checked, after: Checked, found: Difference) -> tuple[Reached, ...]:
    """The reasons of all changes of jobs."""
    changed = _Changed(
        _changed_descriptors(before, after),
        _changed_templates(before, after),
        _by_settings(before, after) if found.jobs else {},
        {**_owners(before), **_owners(after)},
    )
    return tuple(
        Reached(change, tuple(dict.fromkeys(_reasons(change, changed))) or ("several changes together",))
        for change in found.jobs
    )


@dataclass(frozen=True, slots=True)
class _Changed:
    """What is different in the input."""

    descriptors: frozenset[str]
    templates: frozenset[str]
    settings: Mapping[str, list[str]]
    """By the key of a job, what of the settings changes it."""
    owners: Mapping[str, str]


def _reasons(change: JobChange, changed: _Changed) -> Iterator[str]:
    sides = [made for made in (change.before, change.after) if made]
    own = [made.component.source for made in sides]
    yield from (path for path in own if path in changed.descriptors)
    named = sorted({path for made in sides for path in _named(made, changed.owners)} & changed.descriptors - {*own})
    yield from (f"{path}, which it names" for path in named)
    used = frozenset[str]().union(*(made.templates for made in sides))
    yield from (f"{TEMPLATES}/{name}" for name in sorted(used & changed.templates))
    yield from (f"{SETTINGS}: {path}" for made in sides for path in changed.settings.get(made.key, ()))


def _named(made: Made, owners: Mapping[str, str]) -> Iterator[str]:
    """The descriptors of the jobs that a job names."""
    for trigger in made.job.triggers:
        names: tuple[str, ...] = ()
        if isinstance(trigger, UpstreamTrigger):
            names = trigger.jobs
        elif isinstance(trigger, GerritTrigger):
            names = trigger.dependencies
        yield from (owners[name] for name in names if name in owners)


def _owners(repo: Checked) -> dict[str, str]:
    """The descriptor of each job, by its name."""
    return {job.name: component.source for component in repo.plan.components for job in component.jobs}


def _changed_descriptors(before: Checked, after: Checked) -> frozenset[str]:
    old, new = ({each.path: each.document.value for each in repo.inputs.descriptors} for repo in (before, after))
    return frozenset(path for path in {*old, *new} if old.get(path) != new.get(path))


def _changed_templates(before: Checked, after: Checked) -> frozenset[str]:
    old, new = before.inputs.templates.texts, after.inputs.templates.texts
    return frozenset(name for name in {*old, *new} if old.get(name) != new.get(name))


def _by_settings(before: Checked, after: Checked) -> dict[str, list[str]]:
    """The changed settings that change a job by themselves, by the key of the job."""
    old, new = before.inputs.settings, after.inputs.settings
    paths = list(_paths(old.document.value, new.document.value))
    result: dict[str, list[str]] = {}
    base = _jobs(before.plan)
    for path in paths if len(paths) <= MOST_SETTINGS else ():
        try:
            project = Project.model_validate(_with(old.document.value, path, new.document.value))
            tried = _jobs(plan(replace(before.inputs, settings=Settings(project, old.document))))
        except (ConfigError, ValidationError, KeyError, ValueError):
            # It makes sense only together with other changes.
            continue
        for key in {*base, *tried}:
            if base.get(key) != tried.get(key):
                result.setdefault(key, []).append(field_path(path))
    if len(paths) > MOST_SETTINGS:
        return {key: ["many values"] for key in base}
    return result


def _jobs(made: Plan) -> dict[str, Any]:
    """Each job with all that it is rendered from."""
    return {
        f"{component.home.controller}:{component.home.full_name(job.name)}": (
            job,
            component.scripts[job.script],
            component.title,
        )
        for component in made.components
        for job in component.jobs
    }


def _paths(old: Any, new: Any, at: Path = ()) -> Iterator[Path]:
    """Where two trees of settings differ, as deep as both are mappings."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys((*old, *new)):
            yield from _paths(old.get(key), new.get(key), (*at, key))
    elif old != new:
        yield at


def _with(tree: Any, path: Path, other: Any) -> Any:
    """A tree with the value at `path` of another one; without it where that has none."""
    if not path:
        return other
    first, rest = path[0], path[1:]
    result = dict(tree) if isinstance(tree, dict) else {}
    if not isinstance(other, dict) or first not in other:
        result.pop(first, None)
    else:
        result[first] = _with(result.get(first), rest, other[first])
    return result
