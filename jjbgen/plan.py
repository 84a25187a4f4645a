"""Decides which jobs exist. Everything later goes by the plan and by nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from jjbgen import defaults, naming, patterns
from jjbgen.drafts import Draft, draft_all
from jjbgen.errors import ConfigError, Problem, what_and_hint
from jjbgen.explain import field_path
from jjbgen.homes import home_of, homes
from jjbgen.jobs import ComponentPlan, Job, Plan, Script
from jjbgen.links import NONE, Links, link
from jjbgen.load import Descriptor, Inputs
from jjbgen.pipeline import Parameter, Pipeline
from jjbgen.project import GitHub, Project, Retention
from jjbgen.scope import Common
from jjbgen.scripts import files as files_of
from jjbgen.scripts import variants
from jjbgen.settings import Settings
from jjbgen.triggers import Event, triggers


def plan(inputs: Inputs) -> Plan:
    """The plan of checked inputs. Raises ConfigError for names that clash and jobs that do not exist."""
    problems: list[Problem] = []
    drafts = draft_all(inputs, problems)

    def tell(name: str, what: str, hint: str, key: str, index: int | None) -> None:
        draft = drafts.by_name.get(name)
        if draft is not None:
            problems.append(draft.problem(what, hint, key) if index is None else draft.problem(what, hint, key, index))

    planner = Planner(inputs.settings, link(drafts.roster, tell), problems)
    components = tuple(planner.component(each, drafts.by_component[each.name]) for each in inputs.descriptors)
    if problems:
        raise ConfigError(problems)
    project = inputs.settings.project
    return Plan(project.title, tuple(homes(project).values()), components)


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans components one by one; adds what is wrong to `problems`."""

    settings: Settings
    links: Mapping[str, Links]
    """Of the jobs that have any."""
    problems: list[Problem]

    @property
    def project(self) -> Project:
        return self.settings.project

    def component(self, descriptor: Descriptor, drafts: list[Draft]) -> ComponentPlan:
        """The plan of one component."""
        scripts, of_jobs = self._scripts(drafts)
        jobs = tuple(self._job(draft, file, scripts[file]) for draft, file in of_jobs)
        home = drafts[0].home if drafts else home_of(self.project, descriptor.component.labels)
        return ComponentPlan(descriptor.name, descriptor.component.title, descriptor.path, home, jobs, scripts)

    def pipelines(self, descriptor: Descriptor, drafts: list[Draft]) -> int:
        """How many pipelines a component has, where only its problems are wanted.

        Most have no stages of their own and the same on all branches, so that there is nothing to be found in them.
        """
        for each in drafts:
            self._check(each)
        body = descriptor.component
        by_pipeline = _by_pipeline(drafts)
        if all(each is body for each in descriptor.bodies.values()) and not body.stages:
            return len(by_pipeline)
        if not any(each.stages for each in descriptor.bodies.values()):
            common: dict[str, Common] = {}
            files = [files_of(self.project, of_pipeline, common) for of_pipeline in by_pipeline.values()]
            number = sum(map(len, files))
            if number == len(set().union(*files)):
                return number
        return len(self._scripts(drafts)[0])

    def _scripts(self, drafts: list[Draft]) -> tuple[dict[str, Script], list[tuple[Draft, str]]]:
        """The pipelines of a component by file, and the file of each job."""
        scripts: dict[str, Script] = {}
        of_jobs: list[tuple[Draft, str]] = []
        common: dict[str, Common] = {}
        for pipeline, of_pipeline in _by_pipeline(drafts).items():
            found = variants(self.project, of_pipeline, common, self.problems)
            for each in of_pipeline:
                file, script = found[each.id.branch]
                known = scripts.setdefault(file, script)
                if known is not script and known != script:
                    what = f"{pipeline} and another pipeline would both be written to {file}"
                    self.problems.append(each.problem(what, "rename one of them"))
                of_jobs.append((each, file))
        return scripts, of_jobs

    def _job(self, draft: Draft, file: str, script: Script) -> Job:
        project, links = self.project, self.links.get(draft.name, NONE)
        repository = draft.descriptor.component.repository
        host = project.code_hosts[repository.host]
        self._check(draft)
        event = Event(
            project,
            repository,
            draft.kind,
            draft.pipeline,
            draft.id.branch,
            draft.home.full_name(draft.name),
            upstream=links["upstream"],
            dependencies=links["dependencies"],
        )
        return Job(
            id=draft.id,
            name=draft.name,
            kind=draft.kind.name,
            script=file,
            description=_description(draft),
            triggers=triggers(event),
            parameters=self._parameters(draft, script),
            kept=_kept(defaults.retention(project, draft.kind, draft.pipeline)),
            concurrent=draft.kind.concurrent,
            disabled=draft.pipeline.disabled,
            project_url=f"{host.url}/{repository.project}/" if isinstance(host, GitHub) else None,
        )

    def _parameters(self, draft: Draft, script: Script) -> Mapping[str, Parameter]:
        agents = {"AGENT": defaults.agent(self.project, draft.kind, draft.pipeline), **script.stage_agents}
        found = {"BRANCH": _text_parameter(draft.id.branch, "The branch to build")}
        for name, purpose in agents.items():
            found[name] = _text_parameter(self.project.agents[purpose].label, f"Label of the {purpose} agent")
        if script.checkout.choosable:
            found["JJBGEN_REVISION"] = _text_parameter("", _REVISION)
        for axis, value in draft.id.point:
            found[naming.parameter(axis)] = _text_parameter(value, f"The axis {axis}")
        return found | draft.pipeline.parameters

    def _check(self, draft: Draft) -> None:
        """What can only be wrong with a job, and needs no pipeline to be seen."""
        full_name = draft.home.full_name(draft.name)
        for axis, _ in draft.id.point:
            name = naming.parameter(axis)
            # All other parameters of ours have names that a descriptor cannot use.
            if name in draft.pipeline.parameters:
                what = f"the parameter {name!r} is taken by an axis"
                self.problems.append(draft.problem(what, "rename it", "parameters", name))
        for expression in defaults.comments(self.project, draft.kind, draft.pipeline):
            try:
                posted = patterns.posted_by_jenkins(expression, full_name, draft.home.url)
            except ValueError as error:
                what, hint = what_and_hint(error)
            else:
                what = f"the expression {expression!r} matches what Jenkins itself posts: {posted!r}" if posted else ""
                hint = "make it narrower, or every build starts the next one"
            if what:
                self._tell_comment(draft, expression, what, hint)

    def _tell_comment(self, draft: Draft, expression: str, what: str, hint: str) -> None:
        """Tell it where the expression is written; what the settings say is told once, not for each job."""
        if expression in draft.pipeline.comments:
            self.problems.append(draft.problem(what, hint, "comments"))
            return
        document = self.settings.document
        loc = defaults.comments_key(self.project, draft.kind)
        index = defaults.comments(self.project, draft.kind, Pipeline()).index(expression)
        place = field_path((*loc, index))
        if not any(problem.field == place for problem in self.problems):
            self.problems.append(Problem(document.pos((*loc, index)), place, what, hint))


_REVISION = "The id of a commit to publish, when that of the event or the tip of the branch is not the one"


@lru_cache(maxsize=1024)
def _text_parameter(default: str, description: str) -> Parameter:
    return Parameter.model_construct(default=default, description=description)


def _by_pipeline(drafts: list[Draft]) -> dict[str, list[Draft]]:
    groups: dict[str, list[Draft]] = {}
    for draft in drafts:
        groups.setdefault(draft.id.pipeline, []).append(draft)
    return groups


def _kept(retention: Retention) -> dict[str, int]:
    limits = {
        "days-to-keep": retention.days,
        "num-to-keep": retention.builds,
        "artifact-days-to-keep": retention.artifact_days,
        "artifact-num-to-keep": retention.artifact_builds,
    }
    return {key: limit for key, limit in limits.items() if limit is not None}


def _description(draft: Draft) -> str:
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
