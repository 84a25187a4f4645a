"""A pipeline as a descriptor asks for it: what starts it, its parameters, axes and references."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from jjbgen import freeze, naming, patterns
from jjbgen.errors import nearest
from jjbgen.kinds import KINDS
from jjbgen.model import (
    AnyText,
    AxisName,
    AxisValue,
    BranchName,
    Cron,
    EachOnce,
    EmptyAsMapping,
    EnvName,
    Expression,
    Flag,
    Line,
    Minutes,
    Model,
    Name,
    OneOf,
    OneOrMany,
    TimeZone,
    no_entries,
    text_as,
)
from jjbgen.project import Notifications, Retention, Schedule

Window = Annotated[str, AfterValidator(freeze.check)]
KindName = Annotated[str, OneOf("kind", tuple(KINDS))]


class FilePattern(Model):
    """A pattern for file names; a plain text is an `ant` one."""

    ant: Annotated[str, AfterValidator(patterns.check_ant)] | None = None
    """`*`, `**` and `?`."""
    regexp: Annotated[str, AfterValidator(patterns.check_file_regexp)] | None = None
    """A Java regular expression for the whole path."""

    @model_validator(mode="after")
    def _exactly_one(self) -> FilePattern:
        if (self.ant is None) == (self.regexp is None):
            raise ValueError("needs either 'ant' or 'regexp'")
        return self


class Parameter(Model):
    """A build parameter."""

    type: Literal["string", "text", "boolean", "choice"] = "string"
    default: AnyText = ""
    choices: tuple[AnyText, ...] = ()
    """For `choice`; the first is the default."""
    description: AnyText = ""

    @model_validator(mode="after")
    def _fits_its_type(self) -> Parameter:
        if (self.type == "choice") != bool(self.choices):
            raise ValueError("'choices' go with the type 'choice', and only with it")
        if self.type == "choice" and self.default:
            raise ValueError("a choice has no 'default'; the first of 'choices' is it")
        if self.type == "boolean" and self.default not in ("", "true", "false"):
            raise ValueError("the default of a boolean is true or false")
        return self


class JobRef(Model):
    """Other jobs: a job's full name as plain text, or all jobs of a component's pipeline."""

    job: Line | None = None
    component: Name | None = None
    pipeline: Name | None = None
    branch: BranchName | None = None
    """By default the branch of the job that refers."""

    @model_validator(mode="after")
    def _job_or_pipeline(self) -> JobRef:
        if self.job is None and (self.component is None or self.pipeline is None):
            raise ValueError("needs 'component' and 'pipeline', or a job's name")
        if self.job is not None and (self.component or self.pipeline or self.branch):
            raise ValueError("'job' stands alone")
        return self


class Axes(Model):
    """Several jobs of one pipeline, one for each combination of values."""

    values: Annotated[
        dict[AxisName, Annotated[tuple[AxisValue, ...], OneOrMany, EachOnce, Field(min_length=1)]], Field(min_length=1)
    ]
    exclude: tuple[dict[AxisName, AxisValue], ...] = ()
    """Combinations that are left out; a partial one leaves out all that match it."""
    include: tuple[dict[AxisName, AxisValue], ...] = ()
    """Combinations added to the product; each names a value for every axis."""

    @field_validator("values")
    @classmethod
    def _own_names(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for axis in value:
            if naming.is_reserved(naming.parameter(axis)) or axis in naming.BUILT_IN:
                raise ValueError(f"the axis {axis!r} belongs to Jenkins or jjbgen; use another name")
        return value

    @model_validator(mode="after")
    def _points_fit(self) -> Axes:
        for point in (*self.exclude, *self.include):
            for axis in point:
                if axis not in self.values:
                    raise ValueError(f"unknown axis {axis!r}; {nearest(axis, self.values)}")
        for point in self.exclude:
            if not point:
                raise ValueError("an empty 'exclude' leaves out everything")
            if not any(point.items() <= each.items() for each in self._product()):
                raise ValueError(f"'exclude' matches nothing: {_point_text(point)}")
        for point in self.include:
            missing = [axis for axis in self.values if axis not in point]
            if missing:
                raise ValueError(f"'include' needs a value for {', '.join(missing)}")
        if not self.points():
            raise ValueError("'exclude' leaves nothing")
        return self

    def _product(self) -> Iterator[dict[str, str]]:
        points: list[dict[str, str]] = [{}]
        for axis, values in self.values.items():
            points = [{**point, axis: value} for point in points for value in values]
        return iter(points)

    def points(self) -> tuple[dict[str, str], ...]:
        """All combinations, in the order of the descriptor, without repetition."""
        kept = [point for point in self._product() if not any(out.items() <= point.items() for out in self.exclude)]
        for point in self.include:
            ordered = {axis: point[axis] for axis in self.values}
            if ordered not in kept:
                kept.append(ordered)
        return tuple(kept)


def _point_text(point: dict[str, str]) -> str:
    return ", ".join(f"{axis}={value}" for axis, value in point.items())


class Disabled(Model):
    """Why a pipeline is switched off."""

    reason: Line


class GerritOptions(Model):
    """Which patch sets start pre-merge, and how Jenkins answers."""

    exclude_drafts: Flag = True
    exclude_trivial_rebase: Flag = False
    exclude_no_code_change: Flag = False
    exclude_private: Flag = False
    exclude_wip: Flag = False
    silent_start: Flag | None = None


class GitHubOptions(Model):
    """Which pull requests start pre-merge, and how Jenkins answers."""

    skip_phrases: tuple[Expression, ...] | None = None
    """Expressions in title or text that keep a pull request from being built."""
    status_context: Line | None = None
    """The name of the check on the pull request; by default the job's name."""
    only_labels: tuple[Line, ...] = ()
    """Only pull requests with one of these labels."""
    not_labels: tuple[Line, ...] = ()
    """No pull requests with one of these labels."""


class Freeze(Model):
    """When nothing is deployed."""

    windows: Annotated[tuple[Window, ...], OneOrMany, Field(min_length=1)]
    """Parts of the week, like `Fri 16:00-Mon 08:00`."""
    timezone: TimeZone = "UTC"


class Pipeline(Model):
    """A pipeline of the component; its name says its kind, or `kind` does."""

    kind: KindName | None = None
    start: Literal["automatic", "on-comment", "manual"] = "automatic"
    """What starts it: its event or clock, only a comment, or only a person."""
    schedule: Annotated[Schedule, text_as("cron")] | None = None
    """When it starts (nightly, config-audit), or starts as well (config-deploy)."""
    poll: Cron | None = None
    """Instead of events: how often to look for changes. A fallback for hosts that send none; frequent polling has
    brought code hosts down."""
    branches: Annotated[tuple[BranchName, ...], OneOrMany, Field(min_length=1)] | None = None
    """The tracked branches that have it; by default all."""
    files: Annotated[tuple[Annotated[FilePattern, text_as("ant")], ...], OneOrMany] = ()
    """Start only for a change to these files."""
    forbidden_files: Annotated[tuple[Annotated[FilePattern, text_as("ant")], ...], OneOrMany] = ()
    """Never start for a change that touches one of these (Gerrit)."""
    comments: tuple[Expression, ...] = ()
    """More expressions that start it; each has to match a whole line of the comment."""
    parameters: Annotated[dict[EnvName, Annotated[Parameter, EmptyAsMapping]], EmptyAsMapping] = no_entries()
    axes: Axes | None = None
    agent: Name | None = None
    """Agent purpose."""
    timeout: Minutes | None = None
    retention: Retention | None = None
    upstream: tuple[Annotated[JobRef, text_as("job")], ...] = ()
    """Start after these jobs have succeeded."""
    dependencies: tuple[Annotated[JobRef, text_as("job")], ...] = ()
    """Jobs of the same event that have to end first (Gerrit)."""
    tests: Annotated[tuple[Name, ...], OneOrMany, Field(min_length=1)] | None = None
    """Tests or categories to run; by default unit and smoke, and integration and performance in nightly."""
    job_name: Annotated[str, AfterValidator(naming.check_pattern)] | None = None
    """Pattern of the jobs' names; placeholders are component, pipeline, branch, axes and each axis."""
    disabled: Disabled | None = None
    prune: Flag = False
    """Delete jobs that are no longer wanted (config-deploy)."""
    freeze: Freeze | None = None
    """When nothing is deployed (config-deploy)."""
    non_voting: Flag = False
    """Do not vote on the change."""
    gerrit: GerritOptions | None = None
    """Which patch sets start it (pre-merge)."""
    github: GitHubOptions | None = None
    notifications: Notifications | None = None


def kind(name: str, pipeline: Pipeline) -> str:
    """The kind of a pipeline: the one it states, or its name."""
    return pipeline.kind or name
