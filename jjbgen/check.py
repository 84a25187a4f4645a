"""The rules that go beyond one field: every name refers to something, every setting has an effect."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cache

from jjbgen import check_versions, defaults, homes, secretscan
from jjbgen.check_agents import misfits
from jjbgen.check_settings import check_settings
from jjbgen.component import Body
from jjbgen.errors import Problem, nearest
from jjbgen.explain import field_path
from jjbgen.graph import circles
from jjbgen.kinds import KINDS, SEQUENCE, TEST_CATEGORIES, Kind, Starts
from jjbgen.load import Descriptor, Inputs
from jjbgen.pipeline import Pipeline, kind
from jjbgen.project import Gerrit, GitHub, Project
from jjbgen.settings import Settings
from jjbgen.source import Loc
from jjbgen.work import COMMAND, Test, Work, category


@cache
def _field(key: str) -> str:
    return key.replace("-", "_")


_SPECIAL = frozenset().union(*(each.settings for each in KINDS.values()))
_OF_OTHERS = {name: tuple(sorted(_SPECIAL - each.settings)) for name, each in KINDS.items()}
"""The settings that have no effect on pipelines of a kind."""
_FIELDS_OF_OTHERS = {name: frozenset(map(_field, keys)) for name, keys in _OF_OTHERS.items()}

_OF_GITHUB = ("github",)
_OF_GERRIT = ("gerrit", "forbidden-files", "dependencies")
"""The settings that have an effect for one code host only."""

_OF_TRIGGERS = (
    *("schedule", "poll", "comments", "upstream", "files", "forbidden-files"),
    *("dependencies", "gerrit", "github", "non-voting"),
)
_WITHOUT_EFFECT: dict[str, tuple[tuple[str, ...], str]] = {
    "automatic": ((), ""),
    "manual": (_OF_TRIGGERS, "only a person starts"),
    "on-comment": (("schedule", "poll"), "only a comment starts"),
}
"""The settings that have no effect on a pipeline, by what starts it, and what to say of it."""


def check(inputs: Inputs) -> list[Problem]:
    """All problems of loaded inputs that planning does not find by itself, in no particular order."""
    problems = check_general(inputs.settings)
    for descriptor in inputs.descriptors:
        problems += check_descriptor(inputs.settings.project, descriptor)
    return problems


def check_general(settings: Settings) -> list[Problem]:
    """Those of the settings."""
    return [*check_settings(settings), *secretscan.problems(settings.document)]


def check_descriptor(project: Project, descriptor: Descriptor) -> list[Problem]:
    """Those of one descriptor."""
    problems = [*secretscan.problems(descriptor.document)]
    problems += _repository(project, descriptor)
    problems += _controller(project, descriptor)
    if descriptor.component.repository.host in project.code_hosts:
        for branch, body in descriptor.bodies.items():
            checker = _Checker(project, descriptor, branch if body is not descriptor.component else None, body)
            problems += checker.problems()
    return problems


def _repository(project: Project, descriptor: Descriptor) -> Iterator[Problem]:
    repository = descriptor.component.repository
    host = project.code_hosts.get(repository.host)
    if host is None:
        place, pos = descriptor.locate(None, ("repository", "host"))
        what = f"unknown code host {repository.host!r}"
        yield Problem(pos, field_path(place), what, nearest(repository.host, project.code_hosts))
    elif isinstance(host, GitHub):
        organisation, _, name = repository.project.partition("/")
        what = hint = ""
        if not name or "/" in name:
            what, hint = f"{repository.project!r} is not a GitHub project", "write <organisation>/<name>"
        elif organisation not in host.organisations:
            what, hint = f"unknown organisation {organisation!r}", nearest(organisation, host.organisations)
        if what:
            place, pos = descriptor.locate(None, ("repository", "project"))
            yield Problem(pos, field_path(place), what, hint)


def _controller(project: Project, descriptor: Descriptor) -> Iterator[Problem]:
    named = homes.controllers_of(project, descriptor.component.labels)
    what = hint = ""
    if not named:
        what = "no controller has components like this"
        hint = f"add one of {', '.join(label for each in project.controllers.values() for label in each.labels)}"
    elif len(named) > 1 and any(project.controllers[name].labels for name in named):
        what, hint = f"assign it to several controllers: {', '.join(named)}", "a component is on one of them"
    if what:
        place, pos = descriptor.locate(None, ("labels",), key=True)
        yield Problem(pos, field_path(place), what, hint)


class _Checker:
    """Checks what holds on one branch; `branch` is None for the descriptor as it stands."""

    def __init__(self, project: Project, descriptor: Descriptor, branch: str | None, body: Body) -> None:
        self.project = project
        self.descriptor = descriptor
        self.branch = branch
        self.body = body
        self.host = project.code_hosts[descriptor.component.repository.host]

    def problems(self) -> Iterator[Problem]:
        for name, work in self.body.checks.items():
            yield from self._work(work, "checks", name)
        for name, test in self.body.tests.items():
            yield from self._test(name, test)
        yield from self._artifacts()
        yield from self._deployment()
        yield from self._versions()
        yield from self._unused()
        for name, pipeline in self.body.pipelines.items():
            yield from self._pipeline(name, pipeline)
        yield from self._stages()

    def _tell(self, loc: Loc, what: str, hint: str = "", *, key: bool = False) -> Problem:
        place, pos = self.descriptor.locate(self.branch, loc, key=key)
        return Problem(pos, field_path(place), what, hint)

    def _known(self, name: str | None, names: Collection[str], what: str, *loc: str | int) -> Iterable[Problem]:
        if name is None or name in names:
            return ()
        return (self._tell(loc, f"unknown {what} {name!r}", nearest(name, names)),)

    def _agent(self, purpose: str | None, *loc: str | int) -> Iterable[Problem]:
        return self._known(purpose, self.project.agents, "agent", *loc)

    def _work(self, work: Work, *loc: str) -> Iterator[Problem]:
        yield from self._agent(work.agent, *loc, "agent")
        if work.tool == COMMAND and work.targets:
            yield self._tell((*loc, "targets"), "the tool 'command' takes 'commands', not 'targets'", key=True)
        elif work.targets and defaults.tool(work, self.body) == COMMAND:
            hint = "write 'tool' here or under 'build', or write 'commands'"
            yield self._tell((*loc, "targets"), "there is no tool for them", hint, key=True)

    def _test(self, name: str, test: Test) -> Iterator[Problem]:
        loc = ("tests", name)
        yield from self._work(test, *loc)
        if name in TEST_CATEGORIES and test.category not in (None, name):
            yield self._tell((*loc, "category"), f"a test named {name!r} is of that category", "rename the test")
        elif category(name, test) not in TEST_CATEGORIES:
            yield self._tell(loc, "needs a 'category'", f"known: {', '.join(TEST_CATEGORIES)}", key=True)
        elif not self._is_run(name):
            hint = "add a pipeline that does, or remove it"
            yield self._tell(loc, f"no pipeline runs {category(name, test)} tests", hint, key=True)
        if name in SEQUENCE and name not in TEST_CATEGORIES:
            yield self._tell(loc, f"{name!r} is the name of a built-in stage", "rename the test", key=True)

    def _is_run(self, name: str) -> bool:
        """Whether a test is run on some branch; in doubt it is, when a pipeline names a test that does not exist."""
        return any(
            (name in body.tests and defaults.wants_test(of_kind, pipeline, name, body.tests[name]))
            or (pipeline.tests and not set(pipeline.tests) <= _names_of(body.tests))
            for body in self.descriptor.bodies.values()
            for of_kind, pipeline in _by_kind(body)
        )

    def _unused(self) -> Iterator[Problem]:
        """What a descriptor declares has to be in a pipeline of some branch: nothing is silently left out."""
        needs: dict[tuple[str, ...], tuple[str, ...]] = {("checks", name): (name,) for name in self.body.checks}
        needs |= {("images",): ("image",)} if self.body.images else {}
        needs |= {("charts",): ("chart-lint", "push-chart")} if self.body.charts else {}
        needs |= {("packages",): ("push-package",)} if self.body.packages else {}
        needs |= {("deployment",): ("deploy",)} if self.body.deployment else {}
        needs |= {("version",): ("gate",)} if check_versions.is_set(self.body.version) else {}
        if not needs:
            return
        bodies = self.descriptor.bodies.values()
        sections = frozenset().union(*(of_kind.sections for body in bodies for of_kind, _ in _by_kind(body)))
        for loc, wanted in needs.items():
            if not sections & set(wanted):
                kinds = ", ".join(each.name for each in KINDS.values() if set(wanted) & set(each.sections))
                yield self._tell(loc, "no pipeline has a stage for it", f"add one of {kinds}, or remove it", key=True)

    def _artifacts(self) -> Iterator[Problem]:
        for name, image in self.body.images.items():
            yield from self._known(image.registry, self.project.registries, "registry", "images", name, "registry")
        for name, chart in self.body.charts.items():
            names = self.project.chart_repositories
            yield from self._known(chart.repository, names, "chart repository", "charts", name, "repository")
        for name, package in self.body.packages.items():
            names_ = self.project.package_repositories
            yield from self._known(package.repository, names_, "package repository", "packages", name, "repository")

    def _deployment(self) -> Iterator[Problem]:
        deployment = self.body.deployment
        if deployment is None:
            return
        if not deployment.up and deployment.cluster == "existing":
            yield self._tell(("deployment",), "needs 'up', or the cluster 'kind'", key=True)
        yield from self._bound(deployment.credentials, ("deployment", "credentials"), ("test",), "a deployment")
        if deployment.cluster == "kind":
            yield from self._own_kubeconfig(deployment.credentials, "deployment", "credentials")
            yield from self._own_kubeconfig(self.body.environment, "environment")

    def _versions(self) -> Iterator[Problem]:
        for loc, what in check_versions.without_effect(self.project, self.body):
            yield self._tell(loc, what, key=True)
        if check_versions.lacks_credentials(self.project, self.body, self.host):
            what = f"the code host {self.descriptor.component.repository.host!r} has no 'push-credentials'"
            hint = "add them in jjbgen.yaml, or say 'next-change: false'"
            yield self._tell(("version", "next-change"), f"nobody can push it: {what}", hint)

    def _own_kubeconfig(self, names: Collection[str], *loc: str) -> Iterator[Problem]:
        if "KUBECONFIG" in names:
            yield self._tell((*loc, "KUBECONFIG"), "the Kind cluster has a KUBECONFIG of its own", key=True)

    def _bound(self, credentials: dict[str, str], loc: Loc, uses: Collection[str], what: str) -> Iterator[Problem]:
        for variable, name in credentials.items():
            here = (*loc, variable)
            found = self.project.credentials.get(name)
            if found is None:
                yield self._tell(here, f"unknown credentials {name!r}", nearest(name, self.project.credentials))
            elif found.use not in uses:
                allowed = " or ".join(sorted(uses)) or "no"
                yield self._tell(here, f"{what} may bind {allowed} credentials, and {name!r} is for {found.use}")

    def _pipeline(self, name: str, pipeline: Pipeline) -> Iterator[Problem]:
        loc = ("pipelines", name)
        if kind(name, pipeline) not in KINDS:
            yield self._tell(
                loc, f"{name!r} is no kind of pipeline", f"name one with 'kind': {', '.join(KINDS)}", key=True
            )
            return
        of_kind = KINDS[kind(name, pipeline)]
        if name in KINDS and name != of_kind.name:
            yield self._tell((*loc, "kind"), f"a pipeline named {name!r} is of that kind", "rename the pipeline")
        yield from self._agent(pipeline.agent, *loc, "agent")
        for index, branch in enumerate(pipeline.branches or ()):
            here = (*loc, "branches", index)
            yield from self._known(branch, self.descriptor.component.repository.branches, "branch", *here)
            if branch in self.descriptor.component.repository.branches.keys() - self.descriptor.bodies.keys():
                yield self._tell(here, f"the branch {branch!r} is at its end of life")
        yield from self._settings_of_kind(loc, pipeline, of_kind)
        yield from self._settings_of_host(loc, pipeline, of_kind)
        yield from self._starts(loc, pipeline, of_kind)
        yield from self._runs(loc, pipeline, of_kind)
        for what, hint in misfits(self.project, self.body, of_kind, pipeline):
            yield self._tell(loc, what, hint, key=True)

    def _settings_of_kind(self, loc: Loc, pipeline: Pipeline, of_kind: Kind) -> Iterator[Problem]:
        if not pipeline.model_fields_set.isdisjoint(_FIELDS_OF_OTHERS[of_kind.name]):
            for key in (key for key in _OF_OTHERS[of_kind.name] if _is_set(pipeline, key)):
                kinds = ", ".join(each.name for each in KINDS.values() if key in each.settings)
                yield self._tell(
                    (*loc, key), f"has no effect on a {of_kind.name} pipeline", f"it is for: {kinds}", key=True
                )
        if pipeline.axes and "gate" in of_kind.sections:
            yield self._tell((*loc, "axes"), "a version is published once, not once for each combination", key=True)

    def _settings_of_host(self, loc: Loc, pipeline: Pipeline, of_kind: Kind) -> Iterator[Problem]:
        other = _OF_GITHUB if isinstance(self.host, Gerrit) else _OF_GERRIT
        if of_kind.starts is Starts.MERGE and isinstance(self.host, GitHub):
            # The git plugin filters pushes in the workspace of the last build, which agents for one build do not keep.
            other = (*other, "files")
        for key in other:
            if _is_set(pipeline, key) and key in of_kind.settings:
                yield self._tell((*loc, key), f"has no effect on a {self.host.type} code host", key=True)

    def _starts(self, loc: Loc, pipeline: Pipeline, of_kind: Kind) -> Iterator[Problem]:
        keys, what = _WITHOUT_EFFECT[pipeline.start]
        if pipeline.poll is not None and pipeline.start == "automatic" and "poll" in of_kind.settings:
            keys, what = ("files", "forbidden-files", "dependencies"), "polls"
        for key in keys:
            if _is_set(pipeline, key):
                yield self._tell((*loc, key), f"has no effect on a pipeline that {what}", key=True)
        if pipeline.non_voting and pipeline.github and pipeline.github.status_context:
            what = "has no effect on a pipeline that does not vote"
            yield self._tell((*loc, "github", "status-context"), what, key=True)
        comments = defaults.comments(self.project, of_kind, pipeline)
        if pipeline.start == "on-comment" and not comments:
            yield self._tell((*loc, "start"), "no comment starts it", "add 'comments'")
        clock = defaults.schedule(self.project, of_kind, pipeline)
        by_clock = of_kind.starts is Starts.CLOCK and pipeline.start == "automatic"
        if by_clock and not (clock or pipeline.upstream or comments):
            yield self._tell(loc, "nothing starts it", "add 'schedule', or say 'start: manual'", key=True)

    def _runs(self, loc: Loc, pipeline: Pipeline, of_kind: Kind) -> Iterator[Problem]:
        known = _names_of(self.body.tests) if pipeline.tests else set()
        unknown = [(index, name) for index, name in enumerate(pipeline.tests or ()) if name not in known]
        for index, name in unknown:
            what = "there is no test of the category" if name in TEST_CATEGORIES else "unknown test or category"
            yield self._tell((*loc, "tests", index), f"{what} {name!r}", nearest(name, known))
        if (
            of_kind.starts is Starts.CLOCK
            and of_kind.test_categories
            and not unknown
            and not defaults.wanted_tests(of_kind, pipeline, self.body.tests)
        ):
            hint = f"add tests of {', '.join(of_kind.test_categories)}"
            yield self._tell(loc, "there is nothing to run", hint, key=True)

    def _stages(self) -> Iterator[Problem]:
        after = {name: (stage.after,) for name, stage in self.body.stages.items() if name not in SEQUENCE}
        for circle in circles(after):
            what = f"these stages come after each other: {' -> '.join(circle)}"
            yield self._tell(("stages", circle[0], "after"), what)
        for name, stage in self.body.stages.items():
            loc = ("stages", name)
            if name in SEQUENCE or name in self.body.tests:
                yield self._tell(loc, f"the name {name!r} is taken by a stage", "rename it", key=True)
            yield from self._agent(stage.agent, *loc, "agent")
            for index, pipeline in enumerate(stage.pipelines):
                yield from self._known(pipeline, self.body.pipelines, "pipeline", *loc, "pipelines", index)
                found = self.body.pipelines.get(pipeline)
                of_kind = KINDS.get(kind(pipeline, found)) if found else None
                if of_kind:
                    uses = of_kind.credential_uses
                    yield from self._bound(stage.credentials, (*loc, "credentials"), uses, f"a stage of {pipeline}")


def _by_kind(body: Body) -> Iterator[tuple[Kind, Pipeline]]:
    for name, pipeline in body.pipelines.items():
        of_kind = KINDS.get(kind(name, pipeline))
        if of_kind:
            yield of_kind, pipeline


def _names_of(tests: dict[str, Test]) -> set[str]:
    """What a pipeline may name: tests and their categories."""
    return {*tests, *(category(name, test) for name, test in tests.items())}


def _is_set(pipeline: Pipeline, key: str) -> bool:
    return _field(key) in pipeline.model_fields_set
