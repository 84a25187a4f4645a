"""`components/<name>.yaml`: what a component team says about its component."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from jjbgen.kinds import CHECKS
from jjbgen.model import (
    AnyText,
    BranchName,
    BuildArgument,
    Commands,
    Date,
    EmptyAsMapping,
    ImageRepository,
    Line,
    Model,
    Name,
    OneOf,
    OneOrMany,
    ProjectPath,
    RelPath,
    no_entries,
)
from jjbgen.pipeline import Pipeline
from jjbgen.project import Notifications
from jjbgen.versioning import Versioning
from jjbgen.work import Build, CustomStage, Deployment, Environment, Test, Work

CheckName = Annotated[str, OneOf("check", CHECKS)]


class Branch(Model):
    """A tracked branch."""

    end_of_life: Date | None = None
    """The day on which support ended. The branch then has no jobs any more; its entry says why."""
    overrides: Annotated[dict[str, Any], EmptyAsMapping, WithJsonSchema({"type": "object"})] = no_entries()
    """What differs on this branch: any keys of the descriptor but `title`, `owners`, `labels` and `repository`.
    Mappings are merged, lists and values replace, nothing (`key:`) removes an entry of a mapping."""


class Repository(Model):
    """Where the component's source is."""

    host: Name
    """A code host of `jjbgen.yaml`."""
    project: ProjectPath
    """The project on that host, for example voltha-go or omec-project/amf."""
    branches: Annotated[dict[BranchName, Annotated[Branch, EmptyAsMapping]], Field(min_length=1)]
    """The tracked branches; `main:` is enough for one without overrides."""


class Image(Model):
    """A container image."""

    repository: ImageRepository
    """Its name in the registry, for example voltha/voltha-rw-core."""
    registry: Name
    """A registry of `jjbgen.yaml`."""
    dockerfile: RelPath = "Dockerfile"
    context: RelPath = "."
    build_arguments: Annotated[dict[BuildArgument, AnyText], EmptyAsMapping] = no_entries()
    target: Name | None = None
    """The stage of the Dockerfile to build."""


class Chart(Model):
    """A Helm chart."""

    path: RelPath
    """The folder with Chart.yaml."""
    repository: Name
    """A chart repository of `jjbgen.yaml`."""
    values: tuple[RelPath, ...] = ()
    """Values files to lint with."""


class Package(Model):
    """A language package."""

    repository: Name
    """A package repository of `jjbgen.yaml`; its type decides how packages are made and uploaded."""
    prepare: Commands = ()
    """Bash commands that run first."""
    directory: RelPath | None = None


class Body(Model):
    """The part of a descriptor that a branch can override."""

    environment: Environment = no_entries()
    """Environment variables of every stage."""
    build: Build | None = None
    checks: Annotated[dict[CheckName, Work], EmptyAsMapping] = no_entries()
    """Static checks: lint, licence, cla."""
    tests: Annotated[dict[Name, Test], EmptyAsMapping] = no_entries()
    """Test suites by name."""
    images: Annotated[dict[Name, Image], EmptyAsMapping] = no_entries()
    charts: Annotated[dict[Name, Chart], EmptyAsMapping] = no_entries()
    packages: Annotated[dict[Name, Package], EmptyAsMapping] = no_entries()
    deployment: Deployment | None = None
    pipelines: Annotated[dict[Name, Annotated[Pipeline, EmptyAsMapping]], Field(min_length=1)]
    """Which pipelines there are; `pre-merge:` is enough for one with all defaults."""
    version: Annotated[Versioning, EmptyAsMapping] = Versioning.model_construct()
    """Rules for its versions."""
    stages: Annotated[dict[Name, CustomStage], EmptyAsMapping] = no_entries()
    """Stages of the team's own."""
    notifications: Notifications | None = None


class Identity(Model):
    """The part of a descriptor that holds on all branches."""

    title: Line
    """What it is, in a few words."""
    owners: Annotated[tuple[Line, ...], OneOrMany, Field(min_length=1)]
    """Who to ask: people, teams or addresses."""
    labels: tuple[Name, ...] = ()
    """Words to select components by."""
    repository: Repository


class Component(Body, Identity):
    """A descriptor, `components/<name>.yaml`; the file's name is the component's."""


OVERRIDABLE = frozenset(info.alias or name for name, info in Body.model_fields.items())
