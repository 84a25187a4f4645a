"""`jjbgen.yaml`: what the platform team decides once for all components of a config repo."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from jjbgen import naming
from jjbgen.kinds import KINDS, TEST_CATEGORIES
from jjbgen.model import (
    AgentLabel,
    Count,
    CredentialsId,
    Cron,
    EachOnce,
    Email,
    EmptyAsMapping,
    Expression,
    Flag,
    Line,
    Minutes,
    Model,
    Name,
    OneOf,
    OneOrMany,
    ProjectPath,
    RegistryUrl,
    RelPath,
    SlackChannel,
    Text,
    TimeZone,
    ToolVersion,
    Url,
    no_entries,
)
from jjbgen.versioning import Versioning

PostCondition = Literal["always", "changed", "failure", "fixed", "regression", "success", "unstable", "unsuccessful"]
"""When a notification is sent: the conditions of a declarative pipeline's `post` section."""


class Gerrit(Model):
    """A Gerrit server."""

    type: Literal["gerrit"]
    server: Line
    """The server's name as Jenkins' Gerrit Trigger plugin knows it."""
    url: Url
    """Where projects are cloned from: `<url>/<project>`."""
    checkout_credentials: CredentialsId | None = None
    """Credentials id for cloning; none for public projects."""
    push_credentials: CredentialsId | None = None
    """Credentials id (username-password) for pushing version tags, and changes if wanted."""


class GitHub(Model):
    """GitHub, or a GitHub Enterprise server."""

    type: Literal["github"]
    url: Url
    """For example https://github.com."""
    organisations: Annotated[tuple[ProjectPath, ...], Field(min_length=1)]
    """The organisations whose projects are built, and whose members' pull requests need no admission."""
    checkout_credentials: CredentialsId | None = None
    """Credentials id for cloning; none for public projects."""
    push_credentials: CredentialsId | None = None
    """Credentials id (username-password, the password a token) for pushing version tags, and changes if wanted."""
    api_credentials: Line | None = None
    """The id under which the pull request builder plugin keeps its GitHub credentials (its `auth-id`)."""

    @property
    def api(self) -> str:
        """Where its REST API is: a host of its own for github.com, a path of a GitHub Enterprise server."""
        return "https://api.github.com" if self.url == "https://github.com" else f"{self.url}/api/v3"


CodeHost = Annotated[Gerrit | GitHub, Field(discriminator="type")]


class Agent(Model):
    """A kind of build agent, named by its purpose."""

    label: AgentLabel
    """The label, or label expression, that Jenkins knows these agents by."""
    description: Text | None = None
    has: tuple[Name, ...]
    """The tools installed on it; a stage that needs another one is an error."""


class Registry(Model):
    """A container registry that images are pushed to."""

    url: RegistryUrl
    """For example docker.io, or registry.example.org:5000."""
    credentials: CredentialsId | None = None
    """Credentials id (username-password) for pushing."""


class ChartRepository(Model):
    """An OCI registry that Helm charts are pushed to."""

    url: RegistryUrl
    """Without the scheme, for example registry.example.org/charts."""
    credentials: CredentialsId | None = None
    """Credentials id (username-password) for pushing."""


class PackageRepository(Model):
    """A repository for language packages."""

    type: Literal["maven", "npm", "pypi"]
    url: Url
    credentials: CredentialsId | None = None
    """Credentials id (username-password) for uploading."""


class Credentials(Model):
    """What is known about a credentials id; the secret itself lives in Jenkins only."""

    type: Literal["username-password", "secret-text", "secret-file"]
    use: Literal["checkout", "test", "publish", "deploy"]
    """What it may be bound for. Those for publishing and deploying are never bound where untrusted changes run."""
    description: Text
    """What it is for, for the people who have to create it."""


class Controller(Model):
    """A Jenkins controller that jobs are pushed to."""

    url: Url
    owner: Name
    """The id of this config repo, by which its jobs are recognised on the controller."""
    folder: Annotated[str, AfterValidator(naming.check_folder)] | None = None
    """A Jenkins folder for all jobs and views."""
    credentials: CredentialsId | None = None
    """Credentials id (username-password: a user and its API token) for the jobs that deploy the config repo."""
    labels: Annotated[tuple[Name, ...], OneOrMany, EachOnce] = ()
    """Components with one of these labels are on this controller; the one controller without labels has all others."""
    ca_bundle: Line | None = None
    """File of the certificates to trust instead of the usual ones, absolute or relative to the config repo."""
    proxy: Url | None = None
    """HTTP proxy on the way to it; without one, that of the environment (`HTTPS_PROXY`, `NO_PROXY`)."""


class Retention(Model):
    """How long builds and their artifacts are kept; what is not given has no limit."""

    builds: Count | None = None
    """How many builds."""
    days: Count | None = None
    """How many days."""
    artifact_builds: Count | None = None
    """How many builds keep their artifacts."""
    artifact_days: Count | None = None
    """How many days artifacts are kept."""


class Schedule(Model):
    """When a pipeline starts by the clock."""

    cron: Cron
    """Jenkins' syntax: five fields, `H` spreads the load, or `@daily` and the like."""
    timezone: TimeZone | None = None
    """For example America/Los_Angeles; without it the controller's."""


class Notifications(Model):
    """Who is told about the end of a build."""

    email: Annotated[tuple[Email, ...], OneOrMany] = ()
    slack: SlackChannel | None = None
    when: Annotated[tuple[PostCondition, ...], OneOrMany, EachOnce] = ("unsuccessful", "fixed")


class KindDefaults(Model):
    """Defaults for the pipelines of one kind."""

    agent: Name | None = None
    """Agent purpose."""
    timeout: Minutes | None = None
    retention: Retention | None = None
    schedule: Schedule | None = None
    comments: tuple[Expression, ...] | None = None
    """Comment expressions that start the pipeline."""


class Defaults(Model):
    """What holds where a descriptor says nothing."""

    agent: Name
    """Agent purpose of every pipeline that names none."""
    test_agents: dict[Annotated[str, OneOf("category", TEST_CATEGORIES)], Name] = no_entries()
    """Agent purpose by test category, for example `performance: hardware`."""
    timeout: Minutes = 60
    """Minutes until a build is aborted."""
    retention: Retention = Retention.model_construct(builds=30, artifact_builds=5)
    notifications: Notifications = Notifications.model_construct()
    comments: tuple[Expression, ...] = ("recheck",)
    """Comment expressions that start pre-merge again, each a whole line of the comment."""
    skip_phrases: tuple[Expression, ...] = (r".*\[skip ci\].*",)
    """Expressions in a pull request's title or text that keep it from being built (GitHub)."""
    silent_start: Flag = True
    """Whether Jenkins keeps quiet on a Gerrit change until the build has ended."""
    container_tool: Literal["docker", "podman", "buildah"] = "docker"
    keep_images: Flag = True
    """Whether post-merge archives the images it built."""
    version: Annotated[Versioning, EmptyAsMapping] = Versioning.model_construct()
    """Rules for the versions of all components."""
    pipelines: dict[Annotated[str, OneOf("kind", tuple(KINDS))], KindDefaults] = no_entries()
    """Defaults by kind of pipeline; they win over the general ones."""


class Naming(Model):
    """How jobs and views are named."""

    job: Annotated[str, AfterValidator(naming.check_pattern)] = "{component}-{pipeline}-{branch}{axes}"
    """Pattern of job names; `{axes}` is a dash and the values of the axes, or nothing."""
    root_view: Annotated[str, AfterValidator(naming.check_view)] = "All components"
    """Name of the view that lists every generated job; a controller with labels puts its name behind it."""


class Project(Model):
    """The settings of a config repo, read from `jjbgen.yaml`."""

    title: Line
    code_hosts: Annotated[dict[Name, CodeHost], Field(min_length=1)]
    agents: Annotated[dict[Name, Agent], Field(min_length=1)]
    """Agents by purpose: `virtual`, `qa`, `hardware`, …"""
    registries: Annotated[dict[Name, Registry], EmptyAsMapping] = no_entries()
    chart_repositories: Annotated[dict[Name, ChartRepository], EmptyAsMapping] = no_entries()
    package_repositories: Annotated[dict[Name, PackageRepository], EmptyAsMapping] = no_entries()
    credentials: Annotated[dict[CredentialsId, Credentials], EmptyAsMapping] = no_entries()
    """Every credentials id that may be named in settings or descriptors."""
    controllers: Annotated[dict[Name, Controller], Field(min_length=1)]
    """Controllers by name."""
    defaults: Defaults
    naming: Annotated[Naming, EmptyAsMapping] = Naming.model_construct()
    jjbgen: ToolVersion | None = None
    """The version of jjbgen that everybody is to use; any other one refuses to work."""
    plugins: RelPath = "plugins.yaml"
    """List of the controller's plugins (`shortName`, `longName`, `version`), which the XML depends on."""
