"""What agents have to have; agents without what a build needs are among the field's most frequent mistakes."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from jjbgen import defaults
from jjbgen.component import Body
from jjbgen.kinds import Kind
from jjbgen.pipeline import Pipeline
from jjbgen.project import Project
from jjbgen.tools import TOOLS
from jjbgen.work import Build, Work

_PACKAGE_NEEDS = {"pypi": "python3", "npm": "npm", "maven": "mvn"}


def misfits(project: Project, body: Body, kind: Kind, pipeline: Pipeline) -> Iterator[tuple[str, str]]:
    """What does not fit between a pipeline and the agents it runs on: what is wrong, and a way out."""
    yield from _missing_tools(project, body, kind, pipeline)
    yield from _far_from_the_cluster(project, body, kind, pipeline)


def _missing_tools(project: Project, body: Body, kind: Kind, pipeline: Pipeline) -> Iterator[tuple[str, str]]:
    own = defaults.agent(project, kind, pipeline)
    wanted: dict[tuple[str, str], str] = {}
    for where, work, purpose in _works(project, body, kind, pipeline):
        tool = defaults.tool(work, body)
        if work.targets and tool in TOOLS:
            wanted.setdefault((purpose or own, TOOLS[tool].needs), where)
    for tool, where in _artifact_tools(project, body, kind.sections).items():
        wanted.setdefault((own, tool), where)
    for (purpose, tool), where in wanted.items():
        if purpose in project.agents and tool not in project.agents[purpose].has:
            what = f"the agent {purpose!r} has no {tool!r}, which {where} needs"
            yield what, "choose another agent, or add it to the agent's 'has'"


def _works(
    project: Project, body: Body, kind: Kind, pipeline: Pipeline
) -> Iterator[tuple[str, Work | Build, str | None]]:
    """What a pipeline runs with build tools: where it is written, what it is, and its own agent if any."""
    for name, check in body.checks.items():
        if name in kind.sections:
            yield f"checks.{name}", check, check.agent
    for name, test in defaults.wanted_tests(kind, pipeline, body.tests).items():
        yield f"tests.{name}", test, defaults.test_agent(project, name, test)
    if body.build and "build" in kind.sections:
        yield "build", body.build, None


def _artifact_tools(project: Project, body: Body, sections: Collection[str]) -> dict[str, str]:
    """The tools that images, charts, packages and the deployment need, each with what needs it."""
    wanted: dict[str, str] = {}
    if body.images and "image" in sections:
        wanted[project.defaults.container_tool] = "images"
    if body.charts and {"chart-lint", "push-chart"} & set(sections):
        wanted["helm"] = "charts"
    if body.deployment and body.deployment.cluster == "kind" and "deploy" in sections:
        wanted["kind"] = "deployment"
    for name, package in body.packages.items():
        repository = project.package_repositories.get(package.repository)
        if repository and "push-package" in sections:
            wanted[_PACKAGE_NEEDS[repository.type]] = f"packages.{name}"
    return wanted


def _far_from_the_cluster(project: Project, body: Body, kind: Kind, pipeline: Pipeline) -> Iterator[tuple[str, str]]:
    """A Kind cluster lives on the pipeline's agent: tests elsewhere would not find it."""
    if "deploy" not in kind.sections or body.deployment is None or body.deployment.cluster != "kind":
        return
    home = defaults.agent(project, kind, pipeline)
    for name, test in defaults.wanted_tests(kind, pipeline, body.tests).items():
        elsewhere = defaults.test_agent(project, name, test)
        if elsewhere not in (None, home):
            what = f"the test {name!r} runs on the agent {elsewhere!r}, but the Kind cluster is on {home!r}"
            yield what, f"give the pipeline 'agent: {elsewhere}', or the test 'agent: {home}'"
