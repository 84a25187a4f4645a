"""References between jobs: what a job starts after, and what it waits for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from jjbgen.drafts import Member, Named, Roster
from jjbgen.errors import nearest
from jjbgen.graph import circles
from jjbgen.homes import Home
from jjbgen.pipeline import JobRef

Links = Mapping[str, tuple[str, ...]]
"""Names of the jobs that a job refers to, by the key that refers: `upstream` and `dependencies`."""

NONE: Links = {"upstream": (), "dependencies": ()}
"""Of a job that refers to no other."""

Tell = Callable[[str, str, str, str, int | None], None]
"""Takes a problem: of which job, what, a hint, the key, and the index of the reference, if it is one."""


def link(roster: Roster, tell: Tell) -> dict[str, Links]:
    """The links of the jobs that have any, by their names; tells references to nothing, and circles."""
    resolver = _Resolver(roster)
    links: dict[str, Links] = {}
    for member in roster.values():
        for job in member.jobs:
            if job.upstream or job.dependencies:
                links[job.name] = {
                    "upstream": resolver.resolved(member, job, "upstream", job.upstream, tell),
                    "dependencies": resolver.resolved(member, job, "dependencies", job.dependencies, tell),
                }
    for key in ("upstream", "dependencies"):
        for circle in circles({name: found[key] for name, found in links.items()}):
            tell(circle[0], f"these jobs wait for each other: {' -> '.join(circle)}", "", key, None)
    return links


class _Resolver:
    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._homes = {job.name: member.home for member in roster.values() for job in member.jobs}

    def resolved(self, member: Member, job: Named, key: str, refs: tuple[JobRef, ...], tell: Tell) -> tuple[str, ...]:
        names: list[str] = []
        for index, ref in enumerate(refs):
            try:
                names += self._jobs_of(member, job, ref)
            except LookupError as error:
                what, hint = error.args
                tell(job.name, what, hint, key, index)
        return tuple(dict.fromkeys(names))

    def _jobs_of(self, member: Member, job: Named, ref: JobRef) -> list[str]:
        """The jobs that `ref` means when `job` says it; raises LookupError with what is missing and a hint."""
        if ref.job is not None:
            if ref.job not in self._homes:
                raise LookupError(f"there is no job {ref.job!r}", nearest(ref.job, self._homes))
            _check_home(member, self._homes[ref.job], f"the job {ref.job!r}")
            return [ref.job]
        component, pipeline, branch = str(ref.component), str(ref.pipeline), ref.branch or job.id.branch
        if component not in self._roster:
            raise LookupError(f"there is no component {component!r}", nearest(component, self._roster))
        _check_home(member, self._roster[component].home, f"the component {component!r}")
        theirs = self._roster[component].jobs
        pipelines = {each.id.pipeline for each in theirs}
        if pipeline not in pipelines:
            raise LookupError(f"there is no pipeline {pipeline!r} of {component}", nearest(pipeline, pipelines))
        found = [each for each in theirs if each.id.pipeline == pipeline]
        branches = {each.id.branch for each in found}
        if branch not in branches:
            what = f"{pipeline} of {component} has no branch {branch!r}"
            raise LookupError(what, f"name one with 'branch': {', '.join(sorted(branches))}")
        return [each.name for each in found if each.id.branch == branch]


def _check_home(member: Member, other: Home, what: str) -> None:
    if other != member.home:
        hint = f"this job is on {member.home.controller!r}, and jobs see those of their own controller only"
        raise LookupError(f"{what} is on the controller {other.controller!r}", hint)
