"""Decides which jobs exist. Everything later goes by the plan and by nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from jjbgen import naming, patterns
from jjbgen.component import Body
from jjbgen.errors import ConfigError, Problem, nearest
from jjbgen.explain import field_path
from jjbgen.jobs import ComponentPlan, Job, JobId, Plan, Script, Stage, points
from jjbgen.kinds import KINDS, Kind
from jjbgen.load import Descriptor, Inputs
from jjbgen.pipeline import JobRef, Parameter, Pipeline, kind
from jjbgen.project import GitHub, Project, Retention
from jjbgen.source import Loc
from jjbgen.stages import Scope, stage_agents, stages, teardown
from jjbgen.triggers import Event, checkout, comments, triggers


@dataclass(frozen=True, slots=True)
class _Draft:
    """A job that has its name; references between jobs need all names first."""

    id: JobId
    name: str
    kind: Kind
    pipeline: Pipeline
    body: Body
    descriptor: Descriptor

    def problem(self, key: str, what: str, hint: str = "", *, index: int | None = None) -> Problem:
        loc: Loc = (
            ("pipelines", self.id.pipeline, key) if index is None else ("pipelines", self.id.pipeline, key, index)
        )
        place, pos = self.descriptor.locate(self.id.branch, loc, key=index is None)
        return Problem(pos, field_path(place), what, hint)


def plan(inputs: Inputs) -> Plan:
    """The plan of checked inputs. Raises ConfigError for names that clash and jobs that do not exist."""
    planner = _Planner(inputs)
    components = tuple(planner.component(descriptor) for descriptor in inputs.descriptors)
    if planner.problems:
        raise ConfigError(planner.problems)
    project = inputs.settings.project
    return Plan(project.title, project.controller().folder, project.naming.root_view, components)


class _Planner:
    """Holds the names of all jobs while the plan is made."""

    def __init__(self, inputs: Inputs) -> None:
        self.project = inputs.settings.project
        self.problems: list[Problem] = []
        self.drafts: dict[str, list[_Draft]] = {}
        self.by_name: dict[str, _Draft] = {}
        self._taken: dict[str, str] = {}
        for descriptor in inputs.descriptors:
            self._claim_views(descriptor)
            self.drafts[descriptor.name] = list(self._named(descriptor))
        self.links = {name: self._links(draft) for name, draft in self.by_name.items()}
        self.problems += _cycles(self.by_name, self.links)

    def component(self, descriptor: Descriptor) -> ComponentPlan:
        """The plan of one component."""
        scripts: dict[str, Script] = {}
        jobs: list[Job] = []
        for pipeline, drafts in _grouped(self.drafts[descriptor.name]).items():
            variants = self._variants(descriptor, pipeline, drafts)
            for draft in drafts:
                file, script = variants[draft.id.branch]
                if scripts.setdefault(file, script) is not script and scripts[file] != script:
                    self.problems.append(
                        draft.problem("kind", f"two pipelines would be written to {file}", "rename one")
                    )
                jobs.append(self._job(draft, file, script))
        component = descriptor.component
        return ComponentPlan(descriptor.name, component.title, descriptor.path, tuple(jobs), scripts)

    def _claim_views(self, descriptor: Descriptor) -> None:
        if descriptor.name.lower() == self.project.naming.root_view.lower():
            what = f"the name {descriptor.name!r} is taken by the root view"
            self.problems.append(Problem(descriptor.document.pos(), "", what))
        self._taken[descriptor.name.lower()] = f"the view of {descriptor.path}"

    def _named(self, descriptor: Descriptor) -> Iterator[_Draft]:
        names = list(dict.fromkeys(name for body in descriptor.bodies.values() for name in body.pipelines))
        for pipeline_name in names:
            for branch, body in descriptor.bodies.items():
                pipeline = body.pipelines.get(pipeline_name)
                if pipeline is None or (pipeline.branches is not None and branch not in pipeline.branches):
                    continue
                for point in points(pipeline.axes):
                    id_ = JobId(descriptor.name, pipeline_name, branch, tuple(point.items()))
                    draft = _Draft(id_, "", KINDS[kind(pipeline_name, pipeline)], pipeline, body, descriptor)
                    named = self._with_name(draft)
                    if named:
                        yield named

    def _with_name(self, draft: _Draft) -> _Draft | None:
        pattern = draft.pipeline.job_name or self.project.naming.job
        try:
            name = naming.job_name(
                pattern, draft.id.component, draft.id.pipeline, draft.id.branch, dict(draft.id.point)
            )
        except KeyError as error:
            known = (*naming.BUILT_IN, *dict(draft.id.point))
            what = f"unknown placeholder {error.args[0]!r}"
            self.problems.append(draft.problem("job-name", what, nearest(str(error.args[0]), known)))
            return None
        except ValueError as error:
            what, _, hint = str(error).partition("; ")
            self.problems.append(draft.problem("job-name", what, hint))
            return None
        draft = replace(draft, name=name)
        if name.lower() in self._taken:
            what = f"the job name {name!r} is taken by {self._taken[name.lower()]}"
            self.problems.append(draft.problem("job-name", what, "give one of them another 'job-name'"))
            return None
        self._taken[name.lower()] = f"{draft.id.pipeline} on {draft.id.branch} of {draft.descriptor.path}"
        self.by_name[name] = draft
        return draft

    def _links(self, draft: _Draft) -> dict[str, tuple[str, ...]]:
        return {
            "upstream": self._resolved(draft, "upstream", draft.pipeline.upstream),
            "dependencies": self._resolved(draft, "dependencies", draft.pipeline.dependencies),
        }

    def _resolved(self, draft: _Draft, key: str, refs: tuple[JobRef, ...]) -> tuple[str, ...]:
        names: list[str] = []
        for index, ref in enumerate(refs):
            if ref.job is not None:
                found = [ref.job] if ref.job in self.by_name else []
                if not found:
                    what = f"there is no job {ref.job!r}"
                    self.problems.append(draft.problem(key, what, nearest(ref.job, self.by_name), index=index))
            else:
                found = self._jobs_of(draft, key, index, ref)
            names += found
        return tuple(dict.fromkeys(names))

    def _jobs_of(self, draft: _Draft, key: str, index: int, ref: JobRef) -> list[str]:
        component, pipeline, branch = str(ref.component), str(ref.pipeline), ref.branch or draft.id.branch
        drafts = self.drafts_of(component)
        steps = (
            (component, "component", {each.id.component for each in self.by_name.values()}),
            (pipeline, "pipeline", {each.id.pipeline for each in drafts}),
            (branch, "branch", {each.id.branch for each in drafts if each.id.pipeline == pipeline}),
        )
        for wanted, what, known in steps:
            if wanted not in known:
                of = "" if what == "component" else f" of {component}"
                self.problems.append(
                    draft.problem(key, f"there is no {what} {wanted!r}{of}", nearest(wanted, known), index=index)
                )
                return []
        return [each.name for each in drafts if (each.id.pipeline, each.id.branch) == (pipeline, branch)]

    def drafts_of(self, component: str) -> list[_Draft]:
        return self.drafts.get(component, [])

    def _variants(self, descriptor: Descriptor, pipeline: str, drafts: list[_Draft]) -> dict[str, tuple[str, Script]]:
        """By branch the file and the script; branches share a file unless an override changes the pipeline itself."""
        result: dict[str, tuple[str, Script]] = {}
        made: list[tuple[str, Script]] = []
        for draft in drafts:
            if draft.id.branch in result:
                continue
            script = self._script(draft)
            same = next((entry for entry in made if entry[1] == script), None)
            if same is None:
                branch = draft.id.branch if made else None
                same = (naming.script_name(descriptor.name, pipeline, branch), script)
                made.append(same)
            result[draft.id.branch] = same
        return result

    def _scope(self, draft: _Draft) -> Scope:
        repository = draft.descriptor.component.repository
        return Scope(
            project=self.project,
            body=draft.body,
            kind=draft.kind,
            pipeline_name=draft.id.pipeline,
            pipeline=draft.pipeline,
            agent=_agent(self.project, draft),
            push_credentials=self.project.code_hosts[repository.host].push_credentials,
        )

    def _script(self, draft: _Draft) -> Script:
        scope = self._scope(draft)
        found = stages(scope)
        self._check_custom_stages(draft, found)
        pipeline, defaults = draft.pipeline, self.project.defaults
        of_kind = defaults.pipelines.get(draft.kind.name)
        return Script(
            kind=draft.kind.name,
            title=f"{draft.descriptor.component.title}: {draft.id.pipeline}",
            checkout=checkout(self.project, draft.descriptor.component.repository, draft.kind, pipeline),
            stages=found,
            stage_agents=stage_agents(scope, found),
            environment=draft.body.environment,
            timeout=pipeline.timeout or (of_kind and of_kind.timeout) or defaults.timeout,
            concurrent=draft.kind.concurrent,
            keep_going=draft.kind.keep_going,
            notifications=pipeline.notifications or draft.body.notifications or defaults.notifications,
            teardown=teardown(scope),
        )

    def _check_custom_stages(self, draft: _Draft, stages_: tuple[Stage, ...]) -> None:
        found = {stage.name for stage in stages_}
        # Jenkins refuses a pipeline with two stages of one title; `Publish` holds the stages behind the gate.
        titles = Counter([stage.title for stage in stages_] + ["Publish"])
        for stage in stages_:
            if stage.name in draft.body.stages and titles[stage.title] > 1:
                loc = ("stages", stage.name, "title")
                place, pos = draft.descriptor.locate(draft.id.branch, loc, key=True)
                what = f"{draft.id.pipeline} has another stage with the title {stage.title!r}"
                self.problems.append(Problem(pos, field_path(place), what, "give it another 'title'"))
        for name, custom in draft.body.stages.items():
            if draft.id.pipeline in custom.pipelines and name not in found:
                place, pos = draft.descriptor.locate(draft.id.branch, ("stages", name, "after"))
                what = f"{draft.id.pipeline} on {draft.id.branch} has no stage {custom.after!r} to come after"
                self.problems.append(Problem(pos, field_path(place), what, nearest(custom.after, found)))

    def _job(self, draft: _Draft, file: str, script: Script) -> Job:
        project, links = self.project, self.links[draft.name]
        repository = draft.descriptor.component.repository
        host = project.code_hosts[repository.host]
        full_name = naming.in_folder(project.controller().folder, draft.name)
        event = Event(project, repository, draft.kind, draft.pipeline, draft.id.branch, full_name, *links.values())
        place = draft.descriptor.locate(draft.id.branch, ("pipelines", draft.id.pipeline), key=True)
        self._check_comments(draft)
        return Job(
            id=draft.id,
            name=draft.name,
            kind=draft.kind.name,
            script=file,
            description=_description(draft),
            triggers=triggers(event),
            parameters=self._parameters(draft, script),
            kept=_kept(_retention(project, draft)),
            concurrent=draft.kind.concurrent,
            disabled=draft.pipeline.disabled,
            project_url=f"{host.url}/{repository.project}/" if isinstance(host, GitHub) else None,
            pos=place[1],
        )

    def _parameters(self, draft: _Draft, script: Script) -> Mapping[str, Parameter]:
        def text(value: str, description: str) -> Parameter:
            return Parameter.model_construct(type="string", default=value, choices=(), description=description)

        found = {"BRANCH": text(draft.id.branch, "The branch to build")}
        for name, purpose in {"AGENT": _agent(self.project, draft), **script.stage_agents}.items():
            found[name] = text(self.project.agents[purpose].label, f"Label of the {purpose} agent")
        for axis, value in draft.id.point:
            found[naming.parameter(axis)] = text(value, f"The axis {axis}")
        for name, parameter in draft.pipeline.parameters.items():
            if name in found:
                self.problems.append(
                    draft.problem("parameters", f"the parameter {name!r} is taken by an axis", "rename it")
                )
            found[name] = parameter
        return found

    def _check_comments(self, draft: _Draft) -> None:
        url = self.project.controller().url
        name = naming.in_folder(self.project.controller().folder, draft.name)
        for expression in comments(self.project, draft.kind, draft.pipeline):
            try:
                posted = patterns.posted_by_jenkins(expression, (name,), url)
            except ValueError as error:
                what, _, hint = str(error).partition("; ")
                self.problems.append(draft.problem("comments", what, hint))
                continue
            if posted:
                line = posted.splitlines()[0].strip()
                what = f"the expression {expression!r} matches what Jenkins itself posts: {line!r}"
                self.problems.append(
                    draft.problem("comments", what, "make it narrower, or every build starts the next one")
                )


def _grouped(drafts: list[_Draft]) -> dict[str, list[_Draft]]:
    groups: dict[str, list[_Draft]] = {}
    for draft in drafts:
        groups.setdefault(draft.id.pipeline, []).append(draft)
    return groups


def _agent(project: Project, draft: _Draft) -> str:
    of_kind = project.defaults.pipelines.get(draft.kind.name)
    return draft.pipeline.agent or (of_kind.agent if of_kind else None) or project.defaults.agent


def _retention(project: Project, draft: _Draft) -> Retention:
    of_kind = project.defaults.pipelines.get(draft.kind.name)
    return draft.pipeline.retention or (of_kind.retention if of_kind else None) or project.defaults.retention


def _kept(retention: Retention) -> dict[str, int]:
    limits = {
        "days-to-keep": retention.days,
        "num-to-keep": retention.builds,
        "artifact-days-to-keep": retention.artifact_days,
        "artifact-num-to-keep": retention.artifact_builds,
    }
    return {key: limit for key, limit in limits.items() if limit is not None}


def _description(draft: _Draft) -> str:
    component = draft.descriptor.component
    lines = [
        f"{component.title}: {draft.kind.title} of {component.repository.project}, branch {draft.id.branch}"
        + "".join(f", {axis} {value}" for axis, value in draft.id.point),
        f"Owners: {', '.join(component.owners)}",
    ]
    if draft.pipeline.disabled:
        lines.append(f"Disabled: {draft.pipeline.disabled.reason}")
    lines.append(f"Generated from {draft.descriptor.path}; change it there.")
    return "\n".join(lines)


def _cycles(drafts: Mapping[str, _Draft], links: Mapping[str, Mapping[str, tuple[str, ...]]]) -> Iterator[Problem]:
    """A problem for every job that waits for itself in the end, said once for each circle."""
    for key in ("upstream", "dependencies"):
        done: set[str] = set()
        for start in drafts:
            path: list[str] = []
            on_path: set[str] = set()
            pending: list[tuple[str, bool]] = [(start, False)]
            while pending:
                name, leaving = pending.pop()
                if leaving:
                    on_path.discard(path.pop())
                    done.add(name)
                elif name in on_path:
                    circle = [*path[path.index(name) :], name]
                    yield drafts[name].problem(key, f"these jobs wait for each other: {' -> '.join(circle)}")
                elif name not in done:
                    path.append(name)
                    on_path.add(name)
                    pending.append((name, True))
                    pending += [(target, False) for target in links[name][key]]
