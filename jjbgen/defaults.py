"""What holds for a pipeline in the end: its own word, else its kind's default, else the general one."""

from __future__ import annotations

from functools import lru_cache

from jjbgen.component import Body
from jjbgen.kinds import Kind, Starts
from jjbgen.pipeline import Pipeline
from jjbgen.project import KindDefaults, Notifications, Project, Retention, Schedule
from jjbgen.rules import ChartPlace, Rules
from jjbgen.versioning import Versioning
from jjbgen.work import COMMAND, Build, Test, Work, category

_NOTHING = KindDefaults.model_construct()


def _of_kind(project: Project, kind: Kind) -> KindDefaults:
    return project.defaults.pipelines.get(kind.name, _NOTHING)


def agent(project: Project, kind: Kind, pipeline: Pipeline) -> str:
    """Purpose of the pipeline's agent."""
    return pipeline.agent or _of_kind(project, kind).agent or project.defaults.agent


def test_agent(project: Project, name: str, test: Test) -> str | None:
    """Purpose of a test's agent; None for that of its pipeline."""
    return test.agent or project.defaults.test_agents.get(category(name, test))


def tool(work: Work | Build, body: Body) -> str:
    """The tool that runs its targets."""
    return work.tool or (body.build.tool if body.build else COMMAND)


def timeout(project: Project, kind: Kind, pipeline: Pipeline) -> int:
    """Minutes until a build is aborted."""
    return pipeline.timeout or _of_kind(project, kind).timeout or project.defaults.timeout


def retention(project: Project, kind: Kind, pipeline: Pipeline) -> Retention:
    """How long builds are kept."""
    return pipeline.retention or _of_kind(project, kind).retention or project.defaults.retention


def schedule(project: Project, kind: Kind, pipeline: Pipeline) -> Schedule | None:
    """When it starts by the clock; a pipeline that follows other jobs does so only if it says so itself."""
    inherited = None if pipeline.upstream else _of_kind(project, kind).schedule
    return pipeline.schedule or inherited


def comments(project: Project, kind: Kind, pipeline: Pipeline) -> tuple[str, ...]:
    """The comment expressions that start it: those of its kind, then its own.

    A pipeline that only its own comments start does not start with all the others.
    """
    if pipeline.start == "on-comment" and pipeline.comments:
        return pipeline.comments
    inherited = _of_kind(project, kind).comments
    if inherited is None:
        inherited = project.defaults.comments if kind.starts is Starts.CHANGE else ()
    return _each_once((*inherited, *pipeline.comments))


@lru_cache(maxsize=256)
def _each_once(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def comments_key(project: Project, kind: Kind) -> tuple[str, ...]:
    """Where in the settings the inherited expressions of a kind are written."""
    own = _of_kind(project, kind).comments is not None
    return ("defaults", "pipelines", kind.name, "comments") if own else ("defaults", "comments")


def notifications(project: Project, component: Notifications | None, pipeline: Pipeline) -> Notifications:
    """Who is told; `component` is what the descriptor says for all its pipelines."""
    return pipeline.notifications or component or project.defaults.notifications


def wants_test(kind: Kind, pipeline: Pipeline, name: str, test: Test) -> bool:
    """Whether it runs a test; it can only run those whose stages its kind has."""
    wanted, of = pipeline.tests or kind.test_categories, category(name, test)
    return (of in wanted or name in wanted) and of in kind.sections


def wanted_tests(kind: Kind, pipeline: Pipeline, tests: dict[str, Test]) -> dict[str, Test]:
    """The tests that it runs, in the order of the descriptor."""
    return {name: test for name, test in tests.items() if wants_test(kind, pipeline, name, test)}


def versioning(project: Project, body: Body) -> Versioning:
    """The rules for versions, field by field: the component's, else those of the settings."""
    own = {name: value for name, value in vars(body.version).items() if value is not None}
    return project.defaults.version.model_copy(update=own) if own else project.defaults.version


def next_change(project: Project, body: Body) -> bool:
    """Whether a change to the next version follows each release."""
    return bool(versioning(project, body).next_change)


def rules(project: Project, body: Body) -> Rules:
    """The same, with what else `jjbgen version` has to know of a component."""
    chosen = versioning(project, body)
    charts = (
        ChartPlace(chart.path, project.chart_repositories[chart.repository].url) for chart in body.charts.values()
    )
    return Rules(
        tag_prefix=chosen.tag_prefix,
        release_to_release=bool(chosen.release_to_release),
        predecessor=bool(chosen.predecessor),
        linked=chosen.linked or (),
        no_snapshots=chosen.no_snapshots or (),
        # Dockerfiles of a component without images are tools of its tests.
        parents=(chosen.parents or "version") if body.images else "any",
        allowed_parents=chosen.allowed_parents or (),
        dockerfiles=tuple(dict.fromkeys(image.dockerfile for image in body.images.values())),
        image_tags=(chosen.image_tags or ()) if body.images else (),
        charts=tuple(charts),
        tagger=chosen.tagger,
    )
