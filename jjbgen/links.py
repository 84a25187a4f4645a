"""References between jobs: what a job starts after, and what it waits for."""

from __future__ import annotations

from jjbgen.drafts import Draft, Drafts
from jjbgen.errors import Problem, nearest
from jjbgen.graph import circles
from jjbgen.homes import Home
from jjbgen.pipeline import JobRef

Links = dict[str, tuple[str, ...]]
"""Names of the jobs that a job refers to, by the key that refers: `upstream` and `dependencies`."""


def link(drafts: Drafts, problems: list[Problem]) -> dict[str, Links]:
    """The links of every job by its name; adds references to nothing, and circles, to `problems`."""
    links: dict[str, Links] = {}
    for name, draft in drafts.by_name.items():
        links[name] = {
            "upstream": _resolved(drafts, draft, "upstream", draft.pipeline.upstream, problems),
            "dependencies": _resolved(drafts, draft, "dependencies", draft.pipeline.dependencies, problems),
        }
    for key in ("upstream", "dependencies"):
        targets = {name: found[key] for name, found in links.items()}
        for circle in circles(targets):
            what = f"these jobs wait for each other: {' -> '.join(circle)}"
            problems.append(drafts.by_name[circle[0]].problem(what, "", key))
    return links


def _resolved(
    drafts: Drafts, draft: Draft, key: str, refs: tuple[JobRef, ...], problems: list[Problem]
) -> tuple[str, ...]:
    names: list[str] = []
    for index, ref in enumerate(refs):
        try:
            names += _jobs_of(drafts, draft, ref)
        except LookupError as error:
            what, hint = error.args
            problems.append(draft.problem(what, hint, key, index))
    return tuple(dict.fromkeys(names))


def _jobs_of(drafts: Drafts, draft: Draft, ref: JobRef) -> list[str]:
    """The jobs that `ref` means when `draft` says it; raises LookupError with what is missing and a hint."""
    if ref.job is not None:
        if ref.job not in drafts.by_name:
            raise LookupError(f"there is no job {ref.job!r}", nearest(ref.job, drafts.by_name))
        _check_home(draft, drafts.by_name[ref.job].home, f"the job {ref.job!r}")
        return [ref.job]
    component, pipeline, branch = str(ref.component), str(ref.pipeline), ref.branch or draft.id.branch
    if component not in drafts.by_component:
        raise LookupError(f"there is no component {component!r}", nearest(component, drafts.by_component))
    _check_home(draft, drafts.homes[component], f"the component {component!r}")
    theirs = drafts.by_component[component]
    pipelines = {each.id.pipeline for each in theirs}
    if pipeline not in pipelines:
        raise LookupError(f"there is no pipeline {pipeline!r} of {component}", nearest(pipeline, pipelines))
    found = [each for each in theirs if each.id.pipeline == pipeline]
    branches = {each.id.branch for each in found}
    if branch not in branches:
        what = f"{pipeline} of {component} has no branch {branch!r}"
        raise LookupError(what, f"name one with 'branch': {', '.join(sorted(branches))}")
    return [each.name for each in found if each.id.branch == branch]


def _check_home(draft: Draft, other: Home, what: str) -> None:
    if other != draft.home:
        hint = f"this job is on {draft.home.controller!r}, and jobs see those of their own controller only"
        raise LookupError(f"{what} is on the controller {other.controller!r}", hint)
