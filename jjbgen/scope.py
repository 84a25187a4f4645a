"""What the stages of one pipeline are made from, and the small parts they share."""

from __future__ import annotations

from jjbgen.component import Body, Repository
from jjbgen.jobs import Binding, Stage, Step
from jjbgen.kinds import Kind
from jjbgen.pipeline import Pipeline
from jjbgen.project import Project
from jjbgen.records import record

Made = dict[tuple[str, ...], tuple[Stage, ...]]
"""Stages, by what they are made from."""


@record(frozen=True, slots=True)
class Scope:
    """What the stages of one pipeline are made from."""

    project: Project
    body: Body
    kind: Kind
    pipeline_name: str
    pipeline: Pipeline
    agent: str
    """Purpose of the pipeline's agent."""
    repository: Repository
    made: Made
    """Those that pipelines of the same branch have had so far."""


def bash(label: str, commands: tuple[str, ...], *, traced: bool = True) -> Step:
    """A step that runs a team's commands in one strict bash."""
    return Step(label, "commands", {"commands": commands, "traced": traced})


def bindings(project: Project, credentials: dict[str, str]) -> tuple[Binding, ...]:
    """Credentials ids by variable, as what binds them while a stage runs."""
    return tuple(Binding(variable, name, project.credentials[name].type) for variable, name in credentials.items())
