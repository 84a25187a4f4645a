"""What the stages of one pipeline are made from, and the small parts they share."""

from __future__ import annotations

from dataclasses import dataclass, field

from jjbgen.component import Body, Repository
from jjbgen.jobs import Binding, Stage, Step
from jjbgen.kinds import Kind
from jjbgen.pipeline import Pipeline
from jjbgen.project import Project
from jjbgen.records import record
from jjbgen.rules import Rules


@dataclass(slots=True)
class Common:
    """What the pipelines of a branch have in common, as far as one of them has needed it."""

    stages: dict[tuple[str, ...], tuple[Stage, ...]] = field(default_factory=dict)
    """By what they are made from."""
    rules: Rules | None = None
    same_as: dict[int, bool] = field(default_factory=dict)
    """Whether all that is not for some pipelines only is as in another body, by the `id` of that."""


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
    common: Common
    """With the other pipelines of the branch."""


def bash(label: str, commands: tuple[str, ...], *, traced: bool = True) -> Step:
    """A step that runs a team's commands in one strict bash."""
    return Step(label, "commands", {"commands": commands, "traced": traced})


def bindings(project: Project, credentials: dict[str, str]) -> tuple[Binding, ...]:
    """Credentials ids by variable, as what binds them while a stage runs."""
    return tuple(Binding(variable, name, project.credentials[name].type) for variable, name in credentials.items())
