"""What starts a job: the events, clock, comments and jobs of a pipeline, for its code host."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from jjbgen import defaults, patterns
from jjbgen.component import Repository
from jjbgen.jobs import (
    Checkout,
    FileFilter,
    GerritTrigger,
    PollTrigger,
    PullRequestTrigger,
    PushTrigger,
    TimedTrigger,
    Trigger,
    UpstreamTrigger,
)
from jjbgen.kinds import Kind, Starts
from jjbgen.pipeline import FilePattern, GerritOptions, GitHubOptions, Pipeline
from jjbgen.project import Gerrit, GitHub, Project
from jjbgen.records import record


@record(frozen=True, slots=True)
class Event:
    """What the triggers of one job are made from."""

    project: Project
    repository: Repository
    kind: Kind
    pipeline: Pipeline
    branch: str
    job_name: str
    upstream: tuple[str, ...] = ()
    """Names of the jobs after which it starts."""
    dependencies: tuple[str, ...] = ()
    """Names of the jobs of the same event that end first."""


def triggers(event: Event) -> tuple[Trigger, ...]:
    """The triggers of a job; none for one that only a person starts."""
    return tuple(_triggers(event))


def checkout(project: Project, repository: Repository, kind: Kind) -> Checkout:
    """What a pipeline checks out."""
    host = project.code_hosts[repository.host]
    url = f"{host.url}/{repository.project}" + (".git" if isinstance(host, GitHub) else "")
    revision = "branch" if kind.tip else _REVISIONS[kind.starts]
    return Checkout(host.type, url, revision, host.checkout_credentials, choosable="gate" in kind.sections)


_REVISIONS = {Starts.CHANGE: "change", Starts.MERGE: "merge", Starts.CLOCK: "branch"}
_EVENTS: dict[Starts, tuple[str, ...]] = {
    Starts.CHANGE: ("patchset-created", "draft-published"),
    Starts.MERGE: ("change-merged",),
}
"""Of Gerrit."""
_GERRIT_OPTIONS, _GITHUB_OPTIONS = GerritOptions.model_construct(), GitHubOptions.model_construct()


def file_patterns(kind: Kind, pipeline: Pipeline) -> tuple[FilePattern, ...]:
    """The files whose change starts a pipeline; empty means any."""
    return _of_kind(kind.files) if kind.files else pipeline.files


@cache
def _of_kind(names: tuple[str, ...]) -> tuple[FilePattern, ...]:
    return tuple(FilePattern.model_construct(ant=name) for name in names)


def _triggers(event: Event) -> Iterator[Trigger]:
    if event.pipeline.start == "manual":
        return
    host = event.project.code_hosts[event.repository.host]
    automatic = event.pipeline.start == "automatic"
    phrases = defaults.comments(event.project, event.kind, event.pipeline)
    if automatic and event.pipeline.poll is not None:
        yield PollTrigger(event.pipeline.poll)
        automatic_event = False
    else:
        automatic_event = automatic and event.kind.starts is not Starts.CLOCK
    if isinstance(host, Gerrit):
        if automatic_event or phrases:
            yield _gerrit(event, host, phrases, automatic_event)
    else:
        if automatic_event and event.kind.starts is Starts.MERGE:
            yield PushTrigger()
        if phrases or (automatic_event and event.kind.starts is Starts.CHANGE):
            yield _pull_request(event, host, phrases, automatic_event and event.kind.starts is Starts.CHANGE)
    when = defaults.schedule(event.project, event.kind, event.pipeline)
    if automatic and "schedule" in event.kind.settings and when is not None:
        yield TimedTrigger(when.cron, when.timezone)
    if event.upstream:
        yield UpstreamTrigger(event.upstream)


def _gerrit(event: Event, host: Gerrit, phrases: tuple[str, ...], automatic: bool) -> GerritTrigger:
    options = event.pipeline.gerrit or _GERRIT_OPTIONS
    silent = options.silent_start
    return GerritTrigger(
        server=host.server,
        project=event.repository.project,
        branch=event.branch,
        events=_EVENTS[event.kind.starts] if automatic else (),
        exclude={
            "exclude-drafts": options.exclude_drafts,
            "exclude-trivial-rebase": options.exclude_trivial_rebase,
            "exclude-no-code-change": options.exclude_no_code_change,
            "exclude-private": options.exclude_private,
            "exclude-wip": options.exclude_wip,
        },
        comment=patterns.comment_line(phrases) if phrases else None,
        files=_filters(file_patterns(event.kind, event.pipeline)),
        forbidden_files=_filters(event.pipeline.forbidden_files),
        dependencies=event.dependencies,
        voting=event.kind.starts is Starts.CHANGE and not event.pipeline.non_voting,
        silent_start=event.project.defaults.silent_start if silent is None else silent,
    )


def _pull_request(event: Event, host: GitHub, phrases: tuple[str, ...], automatic: bool) -> PullRequestTrigger:
    options = event.pipeline.github or _GITHUB_OPTIONS
    skip = options.skip_phrases
    return PullRequestTrigger(
        organisations=host.organisations,
        api_credentials=host.api_credentials,
        branch=re.escape(event.branch),
        phrase=patterns.whole_comment(phrases) if phrases else None,
        only_phrase=not automatic,
        cancel_on_update=event.kind.starts is Starts.CHANGE,
        skip_phrases=event.project.defaults.skip_phrases if skip is None else skip,
        status_context=options.status_context or event.job_name,
        voting=event.kind.starts is Starts.CHANGE and not event.pipeline.non_voting,
        only_labels=options.only_labels,
        not_labels=options.not_labels,
        regions=_regions(file_patterns(event.kind, event.pipeline)),
    )


def _filters(found: tuple[FilePattern, ...]) -> tuple[FileFilter, ...]:
    return tuple(
        FileFilter("ANT", each.ant) if each.ant is not None else FileFilter("REG_EXP", each.regexp or "")
        for each in found
    )


def _regions(found: tuple[FilePattern, ...]) -> tuple[str, ...]:
    return tuple(patterns.ant_as_regexp(each.ant) if each.ant is not None else each.regexp or "" for each in found)
