"""Jobs that have their names and nothing else yet: references between jobs need all names first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from jjbgen import naming
from jjbgen.component import Body
from jjbgen.errors import Problem, nearest, what_and_hint
from jjbgen.explain import field_path
from jjbgen.homes import Home, controllers_of, homes
from jjbgen.jobs import JobId
from jjbgen.kinds import KINDS, Kind
from jjbgen.load import Descriptor, Inputs
from jjbgen.pipeline import Pipeline, kind
from jjbgen.project import Project


@dataclass(frozen=True, slots=True)
class Draft:
    """A job with its name, and what it will be made from."""

    id: JobId
    name: str
    """Without the folder."""
    kind: Kind
    pipeline: Pipeline
    body: Body
    """What the descriptor says for the job's branch."""
    descriptor: Descriptor
    home: Home

    def problem(self, what: str, hint: str, *loc: str | int) -> Problem:
        """A problem of the job's pipeline, at `loc` below it."""
        return self.problem_at(what, hint, "pipelines", self.id.pipeline, *loc)

    def problem_at(self, what: str, hint: str, *loc: str | int) -> Problem:
        """A problem of the job's branch, at `loc` of what the descriptor says for it."""
        place, pos = self.descriptor.locate(self.id.branch, loc, key=isinstance(loc[-1], str))
        return Problem(pos, field_path(place), what, hint)


@dataclass(slots=True)
class Drafts:
    """All drafts of a config repo, in the order of components and pipelines, and where they will be."""

    homes: dict[str, Home] = field(default_factory=dict)
    """By component."""
    by_component: dict[str, list[Draft]] = field(default_factory=dict)
    by_name: dict[str, Draft] = field(default_factory=dict)


def draft_all(inputs: Inputs, problems: list[Problem]) -> Drafts:
    """Name every job of checked inputs; adds names that clash or are none to `problems`."""
    project = inputs.settings.project
    known = homes(project)
    taken = {home.root_view.lower(): "the root view" for home in known.values()}
    result = Drafts()
    for descriptor in inputs.descriptors:
        (controller,) = controllers_of(project, descriptor.component.labels)
        result.homes[descriptor.name] = known[controller]
        if descriptor.name in taken:
            what = f"the name {descriptor.name!r} is taken by {taken[descriptor.name]}"
            problems.append(Problem(descriptor.document.pos(), "", what))
        taken[descriptor.name] = f"the view of {descriptor.path}"
    for descriptor in inputs.descriptors:
        attempts = (
            _named(project, each, taken, problems) for each in _unnamed(descriptor, result.homes[descriptor.name])
        )
        named = [each for each in attempts if each]
        result.by_component[descriptor.name] = named
        result.by_name |= {each.name: each for each in named}
    return result


def _unnamed(descriptor: Descriptor, home: Home) -> Iterator[Draft]:
    pipelines = dict.fromkeys(name for body in descriptor.bodies.values() for name in body.pipelines)
    for name in pipelines:
        for branch, body in descriptor.bodies.items():
            pipeline = body.pipelines.get(name)
            if pipeline is None or (pipeline.branches is not None and branch not in pipeline.branches):
                continue
            for point in pipeline.axes.points() if pipeline.axes else ({},):
                id_ = JobId(descriptor.name, name, branch, tuple(point.items()))
                yield Draft(id_, "", KINDS[kind(name, pipeline)], pipeline, body, descriptor, home)


def _named(project: Project, nameless: Draft, taken: dict[str, str], problems: list[Problem]) -> Draft | None:
    id_, point = nameless.id, dict(nameless.id.point)
    pattern = nameless.pipeline.job_name or project.naming.job
    try:
        name = naming.job_name(pattern, id_.component, id_.pipeline, id_.branch, point)
    except KeyError as error:
        unknown = str(error.args[0])
        hint = nearest(unknown, (*naming.BUILT_IN, *point))
        problems.append(nameless.problem(f"unknown placeholder {unknown!r}", hint, "job-name"))
        return None
    except ValueError as error:
        what, hint = what_and_hint(error)
        problems.append(nameless.problem(what, hint, "job-name"))
        return None
    if name.lower() in taken:
        what = f"the job name {name!r} is taken by {taken[name.lower()]}"
        problems.append(nameless.problem(what, "give one of them another 'job-name'", "job-name"))
        return None
    taken[name.lower()] = f"{id_.pipeline} on {id_.branch} of {nameless.descriptor.path}"
    return replace(nameless, name=name)
