"""Which jobs use a value of a component: what the plan says, by the stages and triggers that the value is for."""

from __future__ import annotations

from collections.abc import Mapping

from jjbgen.component import Body
from jjbgen.jobs import (
    ComponentPlan,
    GerritTrigger,
    Job,
    PollTrigger,
    PullRequestTrigger,
    TimedTrigger,
    UpstreamTrigger,
)
from jjbgen.kinds import KINDS
from jjbgen.rules import USED_BY, Rules
from jjbgen.work import results

Path = tuple[str | int, ...]
"""The way to a value: keys, and places in lists."""


class Uses:
    """Which jobs use a value on one branch.

    The plan says which stages and triggers they have, the tables below say which of these a value is for.
    """

    def __init__(self, plan: ComponentPlan, branch: str, body: Body, effective: Body, rules: Rules) -> None:
        self.plan, self.body, self.effective, self.rules = plan, body, effective, rules
        self.jobs = [job for job in plan.jobs if job.id.branch == branch]

    def of(self, loc: Path) -> tuple[str, ...]:
        """Full names of the jobs."""
        return tuple(self.plan.home.full_name(job.name) for job in self.jobs if self._uses(job, loc))

    def _uses(self, job: Job, loc: Path) -> bool:
        section, pipeline = loc[0], job.id.pipeline
        if section == "pipelines":
            return pipeline == loc[1] and _is_heeded(job, str(loc[2]))
        if section == "notifications":
            return getattr(self.effective.pipelines[pipeline].notifications, "loc", None) == (section,)
        if section == "defaults":
            return self._uses_default(job, str(loc[1]))
        if section in ("build", "checks", "tests", "images", "charts", "packages", "deployment", "version", "stages"):
            return not self._stages(loc).isdisjoint(each.name for each in self.plan.scripts[job.script].stages)
        return loc[:2] != ("repository", "branches")

    def _uses_default(self, job: Job, key: str) -> bool:
        pipeline = self.body.pipelines[job.id.pipeline]
        if key == "silent-start":
            silent = pipeline.gerrit.silent_start if pipeline.gerrit else None
            return silent is None and any(isinstance(each, GerritTrigger) for each in job.triggers)
        if key == "skip-phrases":
            phrases = pipeline.github.skip_phrases if pipeline.github else None
            return phrases is None and any(isinstance(each, PullRequestTrigger) for each in job.triggers)
        if key == "keep-images":
            return bool(self.body.images) and key in KINDS[job.kind].sections
        return any(self._uses(job, ("images", name)) for name in self.body.images)

    def _stages(self, loc: Path) -> set[str]:
        """The names of the stages that a value is for."""
        if loc == ("build", "tool"):
            works = {**self.body.checks, **self.body.tests}
            return {"build", *(name for name, work in works.items() if work.targets and work.tool is None)}
        name, key = str(loc[1 % len(loc)]), str(loc[min(2, len(loc) - 1)])
        if (loc[0], key) == ("tests", "framework") and results(self.body.tests[name]) is self.body.tests[name].results:
            return set()
        found = {each.format(name) for each in _STAGES.get(f"{loc[0]}.{key}", _STAGES.get(str(loc[0]), ()))}
        # Parent images that may be anything are not looked at.
        unseen = key in ("dockerfile", "allowed-parents") and self.rules.parents == "any"
        return found - {"version-check"} if unseen else found


_TRIGGERS: Mapping[str, tuple[type, ...]] = {
    "schedule": (TimedTrigger,),
    "poll": (PollTrigger,),
    "upstream": (UpstreamTrigger,),
    **dict.fromkeys(("dependencies", "forbidden-files", "gerrit"), (GerritTrigger,)),
    "github": (PullRequestTrigger,),
    **dict.fromkeys(("comments", "files", "non-voting"), (GerritTrigger, PullRequestTrigger)),
}
"""The triggers that go by a key of a pipeline; by other keys, all of its jobs do."""

_OF_SOME_KINDS = frozenset[str]().union(*(each.settings for each in KINDS.values())) - {"files", "tests"}
"""Keys that have no effect on pipelines of other kinds; of files and tests, each kind has its own."""


def _is_heeded(job: Job, key: str) -> bool:
    """Whether a job goes by a key of its pipeline."""
    if key in _OF_SOME_KINDS and key not in KINDS[job.kind].settings:
        return False
    return key not in _TRIGGERS or any(isinstance(each, _TRIGGERS[key]) for each in job.triggers)


_COMMANDS = {"version-check": ("check", "charts"), "gate": ("gate",), "tag": ("tag",), "next-change": ("next",)}
"""The stages that run commands of `jjbgen version`."""


def _told(group: str) -> tuple[str, ...]:
    """The stages that are told a group of rules."""
    return tuple(stage for stage, commands in _COMMANDS.items() if any(group in USED_BY[each] for each in commands))


_IMAGE = ("image-{}", "keep-images-{}", "push-image-{}")
_STAGES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("checks", "tests", "stages"), ("{}",)),
    "build": ("build",),
    "deployment": ("deploy",),
    "images": _IMAGE,
    "images.registry": ("push-image-{}",),
    "images.dockerfile": (*_IMAGE, *_told("parents")),
    "charts.path": ("chart-lint-{}", "push-chart-{}", *_told("charts")),
    "charts.repository": ("push-chart-{}", *_told("repositories")),
    "charts.values": ("chart-lint-{}",),
    "packages": ("push-package-{}",),
    "version.tag-prefix": _told("prefix"),
    **dict.fromkeys(("version.release-to-release", "version.predecessor"), _told("flags")),
    "version.linked": _told("linked"),
    "version.no-snapshots": _told("files"),
    **dict.fromkeys(("version.parents", "version.allowed-parents"), _told("parents")),
    "version.image-tags": _told("image_tags"),
    "version.tagger": (*_told("tagger"), "next-change"),
    "version.next-change": ("gate",),
}
"""The stages that a value is for, by its section, or its section and key."""
