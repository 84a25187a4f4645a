"""Which stages a pipeline has: a selection of the one sequence, and the team's own stages among them.

A stage depends on the component's branch only, never on the pipeline it stands in: what is built for
testing is built in the same way as what is published.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial

from jjbgen import config_stages, defaults, naming, publishing
from jjbgen.jobs import Stage, Step, Teardown
from jjbgen.scope import Scope, bash, bindings
from jjbgen.tools import TOOLS, Words
from jjbgen.work import Build, CustomStage, Results, Test, Work, category, results

_CHECK_TITLES = {"lint": "Lint", "licence": "Licence check", "cla": "CLA check"}
TEARDOWN_MINUTES = 15
"""For each step at the end of a pipeline that deploys: a cluster that hangs may not keep the agent for ever."""
_VERBS = {"build": "build", "check": "lint", "suite": "test", "test": "test"}
"""What a tool does for the stages of a template."""

_ON_CLUSTER = frozenset(("integration", "performance", "soak"))


def stages(scope: Scope) -> tuple[Stage, ...]:
    """The stages of a pipeline in their order."""
    built = [stage for section in scope.kind.sections for stage in _of_section(scope, section)]
    for after, made in _custom_stages(scope):
        names = [each.name for each in built]
        if after in names:
            built.insert(names.index(after) + 1, made)
    return tuple(built)


def _of_section(scope: Scope, section: str) -> Iterable[Stage]:
    made = _SECTIONS[section]
    return _shared(scope, lambda: made(scope), section) if section in _OF_BRANCH else made(scope)


def _shared(scope: Scope, make: Callable[[], Iterable[Stage]], *what: str) -> tuple[Stage, ...]:
    """Stages that all pipelines of the branch on the same agent have, made for the first of them."""
    key = (*what, scope.agent)
    known = scope.common.stages.get(key)
    if known is None:
        known = scope.common.stages[key] = tuple(make())
    return known


def stage_agents(scope: Scope, stages_: tuple[Stage, ...]) -> dict[str, str]:
    """The agent parameters of the stages that do not run on the pipeline's agent: name to purpose."""
    agents = [stage.agent for stage in stages_ if stage.agent]
    if not agents:
        return {}
    purposes = {naming.agent_parameter(purpose): purpose for purpose in scope.project.agents}
    return {agent: purposes[agent] for agent in agents}


def teardown(scope: Scope) -> Teardown | None:
    """What has to be done at the end of a pipeline that deploys."""
    deployment = scope.body.deployment
    if deployment is None or "deploy" not in scope.kind.sections:
        return None
    traced = not deployment.credentials
    collect = (bash("Collect logs", deployment.collect, traced=traced),) if deployment.collect else ()
    down = [bash("Take down", deployment.down, traced=traced)] if deployment.down else []
    if deployment.cluster == "kind":
        down.append(Step("Delete the Kind cluster", "kind-delete"))
    return Teardown(
        collect=collect,
        archive=Results.model_construct(archive=deployment.archive, may_be_empty=True),
        down=tuple(down),
        credentials=bindings(scope.project, deployment.credentials),
        timeout=TEARDOWN_MINUTES,
    )


def work_lines(tool: str, verb: str, targets: Words) -> tuple[Words, ...]:
    """The command lines of a tool's targets; `verb` is build, test or lint."""
    known = TOOLS[tool]
    by_verb = {"build": known.build, "test": known.test, "lint": known.lint}
    return (*known.prepare, *by_verb[verb](targets))


def _on_agent(scope: Scope, purpose: str | None) -> str | None:
    """The agent parameter of a stage that wants `purpose`; None where the pipeline's agent will do."""
    return None if purpose in (None, scope.agent) else naming.agent_parameter(str(purpose))


def _work_steps(scope: Scope, title: str, work: Work | Build, verb: str) -> tuple[Step, ...]:
    if work.commands:
        return (bash(title, work.commands),)
    tool = defaults.tool(work, scope.body)
    return tuple(Step(shlex.join(words), "run", {"words": words}) for words in work_lines(tool, verb, work.targets))


def _work_stage(
    scope: Scope, name: str, title: str, template: str, work: Work | Build, agent: str | None = None
) -> Stage:
    return Stage(
        name=name,
        title=title,
        template=template,
        steps=_work_steps(scope, title, work, _VERBS[template]),
        agent=_on_agent(scope, agent),
        directory=work.directory,
        environment=work.environment,
        timeout=work.timeout,
        results=results(work) if isinstance(work, Test) else work.results,
    )


def _checkout(_: Scope) -> Iterator[Stage]:
    yield Stage("checkout", "Checkout", "checkout")


def _check(name: str) -> Callable[[Scope], Iterator[Stage]]:
    def section(scope: Scope) -> Iterator[Stage]:
        work = scope.body.checks.get(name)
        if work is not None:
            yield _work_stage(scope, name, _CHECK_TITLES[name], "check", work, work.agent)

    return section


def _chart_lint(scope: Scope) -> Iterator[Stage]:
    for name, chart in scope.body.charts.items():
        steps = (
            Step(f"helm dependency update {chart.path}", "chart-dependencies", {"chart": chart}),
            Step(f"helm lint {chart.path}", "chart-lint", {"chart": chart}),
        )
        yield Stage(f"chart-lint-{name}", f"Lint chart {name}", "chart-lint", steps)


def _build(scope: Scope) -> Iterator[Stage]:
    build = scope.body.build
    if build is not None and (build.targets or build.commands):
        yield _work_stage(scope, "build", "Build", "build", build)


def _deploy(scope: Scope) -> Iterator[Stage]:
    deployment = scope.body.deployment
    if deployment is None:
        return
    steps = [Step("Create the Kind cluster", "kind-create")] if deployment.cluster == "kind" else []
    if deployment.up:
        steps.append(bash("Deploy", deployment.up, traced=not deployment.credentials))
    yield Stage(
        "deploy",
        "Deploy",
        "deploy",
        tuple(steps),
        credentials=bindings(scope.project, deployment.credentials),
        values={"cluster": deployment.cluster},
    )


def _tests(wanted: str) -> Callable[[Scope], Iterator[Stage]]:
    def section(scope: Scope) -> Iterator[Stage]:
        for name, test in scope.body.tests.items():
            if category(name, test) == wanted and defaults.wants_test(scope.kind, scope.pipeline, name, test):
                yield from _shared(scope, partial(_test_stage, scope, name, test, wanted), wanted, name)

    return section


def _test_stage(scope: Scope, name: str, test: Test, wanted: str) -> Iterator[Stage]:
    title = f"{wanted.capitalize()} tests" + (f": {name}" if name != wanted else "")
    agent = defaults.test_agent(scope.project, name, test)
    if wanted not in _ON_CLUSTER:
        yield _work_stage(scope, name, title, "test", test, agent)
        return
    stage = _work_stage(scope, name, title, "suite", test, agent)
    deployment = scope.body.deployment
    yield replace(stage, credentials=bindings(scope.project, deployment.credentials)) if deployment else stage


def _custom_stages(scope: Scope) -> Iterator[tuple[str, Stage]]:
    """The team's stages of this pipeline, each with the name of the stage it follows, in an order that works."""
    waiting = {name: each for name, each in scope.body.stages.items() if scope.pipeline_name in each.pipelines}
    while waiting:
        ready = [name for name, each in waiting.items() if each.after not in waiting]
        if not ready:
            return
        # What is inserted later stands nearer to its predecessor: go backwards to keep the descriptor's order.
        for name in reversed(ready):
            custom = waiting.pop(name)
            yield custom.after, _custom_stage(scope, name, custom)


def _custom_stage(scope: Scope, name: str, custom: CustomStage) -> Stage:
    title = custom.title or name.replace("-", " ").capitalize()
    return Stage(
        name=name,
        title=title,
        template="custom",
        steps=(bash(title, custom.commands, traced=not custom.credentials),),
        agent=_on_agent(scope, custom.agent),
        directory=custom.directory,
        environment=custom.environment,
        timeout=custom.timeout,
        credentials=bindings(scope.project, custom.credentials),
        results=custom.results,
    )


_SECTIONS: dict[str, Callable[[Scope], Iterator[Stage]]] = {
    "checkout": _checkout,
    "version-check": publishing.version_check,
    "lint": _check("lint"),
    "licence": _check("licence"),
    "cla": _check("cla"),
    "chart-lint": _chart_lint,
    "gate": publishing.gate,
    "build": _build,
    "deploy": _deploy,
    "unit": _tests("unit"),
    "smoke": _tests("smoke"),
    "integration": _tests("integration"),
    "performance": _tests("performance"),
    "soak": _tests("soak"),
    "image": publishing.images,
    "keep-images": publishing.keep_images,
    "push-image": publishing.push_images,
    "push-chart": publishing.push_charts,
    "push-package": publishing.push_packages,
    "tag": publishing.tag,
    "next-change": publishing.next_change,
    "config-verify": config_stages.verify,
    "config-deploy": config_stages.deploy,
    "config-audit": config_stages.audit,
}
_OF_BRANCH = frozenset(
    (
        *("checkout", "version-check", "lint", "licence", "cla", "chart-lint", "gate", "build", "deploy", "image"),
        *("keep-images", "push-image", "push-chart", "push-package", "tag", "next-change"),
    )
)
"""Sections in which a pipeline has no say but by its agent; what is missing here is made for each pipeline."""
