"""Which Groovy files a component has: one for each pipeline, and one more where an override changes the stages."""

from __future__ import annotations

from collections import Counter

from jjbgen import defaults, naming
from jjbgen.component import Body
from jjbgen.drafts import Draft
from jjbgen.errors import Problem, nearest
from jjbgen.explain import field_path
from jjbgen.jobs import Script, Stage
from jjbgen.project import Project
from jjbgen.scope import Common, Scope
from jjbgen.stages import stage_agents, stages, teardown
from jjbgen.triggers import checkout
from jjbgen.work import Test

Variants = dict[str, tuple[str, Script]]
"""File name and script by branch; equal scripts share a file."""


def variants(project: Project, drafts: list[Draft], common: dict[str, Common], problems: list[Problem]) -> Variants:
    """The scripts of one pipeline's jobs; adds what is wrong with the stages to `problems`.

    `common` is what the component's pipelines have in common, by branch.
    """
    result: Variants = {}
    firsts: list[tuple[Draft, tuple[str, Script]]] = []
    for draft in drafts:
        if draft.id.branch in result:
            continue
        of_branch = common.setdefault(draft.id.branch, Common())
        same = next((entry for first, entry in firsts if _is_same(first, draft, of_branch)), None)
        if same is None:
            script = _script(project, draft, of_branch, problems)
            same = next((entry for _, entry in firsts if entry[1] == script), None)
            if same is None:
                branch = draft.id.branch if firsts else None
                same = (naming.script_name(draft.id.component, draft.id.pipeline, branch), script)
            firsts.append((draft, same))
        result[draft.id.branch] = same
    return result


def files(project: Project, drafts: list[Draft], common: dict[str, Common]) -> list[str]:
    """The files of one pipeline's jobs, for a component without stages of its own; made only where that is in doubt.

    One for each script: names may be the same.
    """
    firsts: list[Draft] = []
    for draft in drafts:
        of_branch = common.setdefault(draft.id.branch, Common())
        same = [_is_same(first, draft, of_branch) for first in firsts]
        if True not in same and None in same:
            made = {id(each): each for each in variants(project, drafts, common, []).values()}
            return [file for file, _ in made.values()]
        if True not in same:
            firsts.append(draft)
    component, pipeline = drafts[0].id.component, drafts[0].id.pipeline
    others = (naming.script_name(component, pipeline, each.id.branch) for each in firsts[1:])
    return [naming.script_name(component, pipeline), *others]


def _is_same(first: Draft, draft: Draft, common: Common) -> bool | None:
    """Whether two jobs of a pipeline, on other branches, have the same script; None where that is not plain to see."""
    if draft.body.stages:
        # What is wrong with a team's own stages is told for each branch.
        return None
    if first.body is draft.body:
        return True
    before, now = _tests(first), _tests(draft)
    if before.keys() != now.keys():
        return False
    key = id(first.body)
    if key not in common.same_as:
        common.same_as[key] = _of_all_pipelines(first.body) == _of_all_pipelines(draft.body)
    is_same = common.same_as[key] and first.pipeline == draft.pipeline and [*before.items()] == [*now.items()]
    return is_same or None


def _of_all_pipelines(body: Body) -> list[object]:
    """What a body says that is not for one of the pipelines only."""
    # Whether a version is published at all is seen by the kinds of the others.
    kinds = {name: each.kind for name, each in body.pipelines.items()}
    return [kinds, *(value for name, value in vars(body).items() if name in _OF_ALL)]


_OF_ALL = Body.model_fields.keys() - {"pipelines", "tests"}


def _tests(draft: Draft) -> dict[str, Test]:
    """The tests that a job runs, each in a stage with its name."""
    return defaults.wanted_tests(draft.kind, draft.pipeline, draft.body.tests)


def _script(project: Project, draft: Draft, common: Common, problems: list[Problem]) -> Script:
    pipeline = draft.pipeline
    repository = draft.descriptor.component.repository
    scope = Scope(
        project=project,
        body=draft.body,
        kind=draft.kind,
        pipeline_name=draft.id.pipeline,
        pipeline=pipeline,
        agent=defaults.agent(project, draft.kind, pipeline),
        repository=repository,
        common=common,
    )
    found = stages(scope)
    _check_own_stages(draft, found, problems)
    return Script(
        kind=draft.kind.name,
        checkout=checkout(project, repository, draft.kind),
        stages=found,
        stage_agents=stage_agents(scope, found),
        environment=draft.body.environment,
        timeout=defaults.timeout(project, draft.kind, pipeline),
        concurrent=draft.kind.concurrent,
        keep_going=draft.kind.keep_going,
        notifications=defaults.notifications(project, draft.body.notifications, pipeline),
        lock=_lock(draft),
        teardown=teardown(scope),
    )


def _lock(draft: Draft) -> str | None:
    """What a build has for itself: a system it deploys to, or the right to publish the component, on any branch."""
    if "gate" in draft.kind.sections:
        return f"publish-{draft.id.component}"
    return draft.body.deployment.lock if draft.body.deployment and "deploy" in draft.kind.sections else None


def _check_own_stages(draft: Draft, found: tuple[Stage, ...], problems: list[Problem]) -> None:
    if not draft.body.stages:
        return
    names = Counter(stage.name for stage in found)
    # Jenkins refuses a pipeline with two stages of one title; some stages hold others.
    titles = Counter([stage.title for stage in found] + ["Publish", "Deploy and test"])
    for stage in found:
        if stage.name in draft.body.stages and names[stage.name] > 1:
            place, pos = draft.descriptor.locate(draft.id.branch, ("stages", stage.name), key=True)
            what = f"the name {stage.name!r} is taken by a stage"
            problems.append(Problem(pos, field_path(place), what, "rename it"))
        elif stage.name in draft.body.stages and titles[stage.title] > 1:
            what = f"{draft.id.pipeline} has another stage with the title {stage.title!r}"
            problems.append(draft.problem_at(what, "give it another 'title'", "stages", stage.name, "title"))
    for name, custom in draft.body.stages.items():
        if draft.id.pipeline in custom.pipelines and name not in names:
            place, pos = draft.descriptor.locate(draft.id.branch, ("stages", name, "after"))
            what = f"{draft.id.pipeline} on {draft.id.branch} has no stage {custom.after!r} to come after"
            problems.append(Problem(pos, field_path(place), what, nearest(custom.after, names)))
