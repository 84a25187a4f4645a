"""Jobs that have their names and nothing else yet: references between jobs need all names first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from jjbgen import naming
from jjbgen.component import Body
from jjbgen.errors import Problem, nearest, what_and_hint
from jjbgen.explain import field_path
from jjbgen.homes import Home, home_of, homes
from jjbgen.jobs import JobId
from jjbgen.kinds import KINDS, Kind
from jjbgen.load import Descriptor, Inputs
from jjbgen.pipeline import JobRef, Pipeline, kind
from jjbgen.project import Project
from jjbgen.records import record


@record(frozen=True, slots=True)
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


@record(frozen=True, slots=True)
class Named:
    """What all have to know of a job: its name, and what it refers to."""

    id: JobId
    name: str
    """Without the folder."""
    upstream: tuple[JobRef, ...] = ()
    dependencies: tuple[JobRef, ...] = ()


@record(frozen=True, slots=True)
class Member:
    """A component as all others see it."""

    path: str
    """Of its descriptor."""
    home: Home
    jobs: tuple[Named, ...]


Roster = Mapping[str, Member]
"""All components by name, in their order."""


@dataclass(frozen=True, slots=True)
class Clash:
    """A name that stands twice."""

    component: str
    job: Named | None
    """None for the component's view."""
    what: str


@dataclass(frozen=True, slots=True)
class Drafts:
    """All drafts of a config repo, in the order of components and pipelines."""

    roster: Roster
    by_component: Mapping[str, list[Draft]]
    by_name: Mapping[str, Draft]


def draft_all(inputs: Inputs, problems: list[Problem]) -> Drafts:
    """Name every job of checked inputs; adds names that clash or are none to `problems`."""
    project = inputs.settings.project
    drafts = {each.name: draft(project, each, problems) for each in inputs.descriptors}
    roster = {each.name: member(project, each, drafts[each.name]) for each in inputs.descriptors}
    by_id = {each.id: each for found in drafts.values() for each in found}
    twice: set[JobId] = set()
    for clash in clashes(project, roster):
        if clash.job is None:
            descriptor = next(each for each in inputs.descriptors if each.name == clash.component)
            problems.append(Problem(descriptor.document.pos(), "", clash.what))
        else:
            twice.add(clash.job.id)
            hint = "give one of them another 'job-name'"
            problems.append(by_id[clash.job.id].problem(clash.what, hint, "job-name"))
    by_name = {each.name: each for each in by_id.values() if each.id not in twice}
    return Drafts(roster, drafts, by_name)


def draft(project: Project, descriptor: Descriptor, problems: list[Problem]) -> list[Draft]:
    """Name the jobs of one component; adds names that are none to `problems`."""
    home = home_of(project, descriptor.component.labels)
    found: list[Draft] = []
    for id_, pipeline, body in _unnamed(descriptor):
        name, wrong = _name(project, id_, pipeline)
        made = Draft(id_, name, KINDS[kind(id_.pipeline, pipeline)], pipeline, body, descriptor, home)
        if wrong:
            problems.append(made.problem(*wrong, "job-name"))
        else:
            found.append(made)
    return found


def member(project: Project, descriptor: Descriptor, drafts: Sequence[Draft]) -> Member:
    """What all others have to know of a component."""
    jobs = tuple(Named(each.id, each.name, each.pipeline.upstream, each.pipeline.dependencies) for each in drafts)
    home = drafts[0].home if drafts else home_of(project, descriptor.component.labels)
    return Member(descriptor.path, home, jobs)


def clashes(project: Project, roster: Roster) -> Iterator[Clash]:
    """Views and jobs whose names are taken, upper and lower case being the same."""
    taken = {home.root_view.lower(): "the root view" for home in homes(project).values()}
    for name, each in roster.items():
        if name in taken:
            yield Clash(name, None, f"the name {name!r} is taken by {taken[name]}")
        taken[name] = f"the view of {each.path}"
    owners: dict[str, tuple[Named, Member]] = {}
    for name, each in roster.items():
        for job in each.jobs:
            key = job.name.lower()
            if key in owners:
                first, member_ = owners[key]
                by = f"{first.id.pipeline} on {first.id.branch} of {member_.path}"
            elif key in taken:
                by = taken[key]
            else:
                owners[key] = job, each
                continue
            yield Clash(name, job, f"the job name {job.name!r} is taken by {by}")


def _unnamed(descriptor: Descriptor) -> Iterator[tuple[JobId, Pipeline, Body]]:
    pipelines = dict.fromkeys(name for body in descriptor.bodies.values() for name in body.pipelines)
    for name in pipelines:
        for branch, body in descriptor.bodies.items():
            pipeline = body.pipelines.get(name)
            if pipeline is None or (pipeline.branches is not None and branch not in pipeline.branches):
                continue
            for point in pipeline.axes.points() if pipeline.axes else ({},):
                id_ = JobId(descriptor.name, name, branch, tuple(point.items()))
                yield id_, pipeline, body


def _name(project: Project, id_: JobId, pipeline: Pipeline) -> tuple[str, tuple[str, str] | None]:
    """The name of a job, and what is wrong with it, with a hint."""
    point = dict(id_.point)
    try:
        pattern = pipeline.job_name or project.naming.job
        return naming.job_name(pattern, id_.component, id_.pipeline, id_.branch, point), None
    except KeyError as error:
        unknown = str(error.args[0])
        return "", (f"unknown placeholder {unknown!r}", nearest(unknown, (*naming.BUILT_IN, *point)))
    except ValueError as error:
        return "", what_and_hint(error)
