"""What planning decides and rendering prints: jobs, their triggers, and the pipelines they share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, ClassVar

from jjbgen.homes import Home
from jjbgen.pipeline import Disabled, Parameter
from jjbgen.project import Notifications
from jjbgen.records import record
from jjbgen.work import Results


@record(frozen=True, slots=True)
class Checkout:
    """What is checked out: the event's change or merge, or the tip of the branch."""

    code_host: str
    """`gerrit` or `github`."""
    url: str
    revision: str
    """`change`, `merge` or `branch`."""
    credentials: str | None
    choosable: bool = False
    """Whether a person can name another commit of the branch."""


@record(frozen=True, slots=True)
class Binding:
    """A credential bound to environment variables while a stage runs."""

    variable: str
    credentials: str
    type: str


@record(frozen=True, slots=True)
class Step:
    """A shell step: a template of `templates/shell/` and what it is rendered with."""

    label: str
    template: str
    values: Mapping[str, Any] = field(default_factory=dict)


@record(frozen=True, slots=True)
class Stage:
    """One stage of a pipeline: a template of `templates/stages/` and what it is rendered with."""

    name: str
    """Unique in a pipeline; what `after:` refers to."""
    title: str
    template: str
    steps: tuple[Step, ...] = ()
    agent: str | None = None
    """Parameter that holds the agent's label, where it is not the pipeline's agent. Such a stage checks out again."""
    directory: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout: int | None = None
    credentials: tuple[Binding, ...] = ()
    results: Results | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@record(frozen=True, slots=True)
class Teardown:
    """What a nightly pipeline does at its end, once its deployment has begun."""

    collect: tuple[Step, ...]
    archive: Results
    down: tuple[Step, ...]
    credentials: tuple[Binding, ...]
    timeout: int
    """Minutes for each of the steps."""


@record(frozen=True, slots=True)
class Script:
    """A Groovy pipeline, shared by the jobs of its branches and axis points."""

    kind: str
    checkout: Checkout
    stages: tuple[Stage, ...]
    stage_agents: Mapping[str, str]
    """Agent purposes of the stages that do not run on the pipeline's agent, by parameter."""
    environment: Mapping[str, str]
    timeout: int
    concurrent: bool
    keep_going: bool
    """Whether stages run after one that left the build unstable."""
    notifications: Notifications
    lock: str | None = None
    """A lockable resource that a build holds from its beginning to its end."""
    teardown: Teardown | None = None


@record(frozen=True, slots=True)
class FileFilter:
    """A file pattern of a Gerrit trigger, with the compare type that jjbgen chose for it."""

    compare: str
    pattern: str


@record(frozen=True, slots=True)
class GerritTrigger:
    """Starts a job on events of a Gerrit server."""

    type: ClassVar[str] = "gerrit"
    server: str
    project: str
    branch: str
    events: tuple[str, ...]
    """`patchset-created`, `draft-published`, `change-merged`."""
    exclude: Mapping[str, bool]
    """The patchset-created event's exclude flags."""
    comment: str | None
    files: tuple[FileFilter, ...]
    forbidden_files: tuple[FileFilter, ...]
    dependencies: tuple[str, ...]
    voting: bool
    silent_start: bool


@record(frozen=True, slots=True)
class PullRequestTrigger:
    """Starts a job on pull requests (GitHub Pull Request Builder)."""

    type: ClassVar[str] = "github-pull-request"
    organisations: tuple[str, ...]
    api_credentials: str | None
    branch: str
    """Java expression of the target branch."""
    phrase: str | None
    only_phrase: bool
    cancel_on_update: bool
    """Whether a new commit of the pull request ends the build of the one before."""
    skip_phrases: tuple[str, ...]
    status_context: str
    voting: bool
    only_labels: tuple[str, ...]
    not_labels: tuple[str, ...]
    regions: tuple[str, ...]


@record(frozen=True, slots=True)
class PushTrigger:
    """Starts a job on a push to GitHub."""

    type: ClassVar[str] = "github-push"


@record(frozen=True, slots=True)
class TimedTrigger:
    """Starts a job by the clock."""

    type: ClassVar[str] = "timed"
    cron: str
    timezone: str | None

    @property
    def spec(self) -> str:
        """The schedule as Jenkins reads it."""
        return f"TZ={self.timezone}\n{self.cron}" if self.timezone else self.cron


@record(frozen=True, slots=True)
class PollTrigger:
    """Starts a job when polling finds a change."""

    type: ClassVar[str] = "poll"
    cron: str


@record(frozen=True, slots=True)
class UpstreamTrigger:
    """Starts a job after other jobs have succeeded."""

    type: ClassVar[str] = "upstream"
    jobs: tuple[str, ...]


Trigger = GerritTrigger | PullRequestTrigger | PushTrigger | TimedTrigger | PollTrigger | UpstreamTrigger


@record(frozen=True, slots=True)
class JobId:
    """What a job is: a component's pipeline on a branch, at a point of its axes."""

    component: str
    pipeline: str
    branch: str
    point: tuple[tuple[str, str], ...] = ()


@record(frozen=True, slots=True)
class Job:
    """A Jenkins job: it links triggers and parameters to a pipeline."""

    id: JobId
    name: str
    """Without the folder."""
    kind: str
    script: str
    """Name of the Groovy file."""
    description: str
    triggers: tuple[Trigger, ...]
    parameters: Mapping[str, Parameter]
    kept: Mapping[str, int]
    """Limits of the build discarder, by JJB's keys."""
    concurrent: bool
    disabled: Disabled | None
    project_url: str | None
    """The project's page on GitHub, which its push trigger needs."""


@record(frozen=True, slots=True)
class ComponentPlan:
    """The jobs of a component, and the pipelines they share by file name."""

    name: str
    title: str
    source: str
    """The descriptor's path."""
    home: Home
    jobs: tuple[Job, ...]
    scripts: Mapping[str, Script]


@record(frozen=True, slots=True)
class Plan:
    """Everything that exists: the one value that listing, generating and pushing go by."""

    title: str
    homes: tuple[Home, ...]
    components: tuple[ComponentPlan, ...]

    def jobs(self, home: Home | None = None) -> tuple[Job, ...]:
        """All jobs, or those of a home, in the order of components and pipelines."""
        return tuple(job for component in self.components if home in (None, component.home) for job in component.jobs)
