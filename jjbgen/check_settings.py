"""The rules of `jjbgen.yaml` that go beyond one field: every name refers to something it is meant for."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from jjbgen import __version__, naming
from jjbgen.errors import Problem, nearest
from jjbgen.explain import field_path
from jjbgen.kinds import KINDS
from jjbgen.settings import Settings

_LOGIN = "username-password"


def check_settings(settings: Settings) -> Iterator[Problem]:
    """All problems of loaded settings."""
    checker = _Checker(settings)
    yield from checker.tool()
    yield from checker.names()
    yield from checker.defaults()
    yield from checker.code_hosts()
    yield from checker.repositories()
    yield from checker.controllers()


class _Checker:
    def __init__(self, settings: Settings) -> None:
        self.project = settings.project
        self.document = settings.document

    def tool(self) -> Iterator[Problem]:
        if self.project.jjbgen not in (None, __version__):
            hint = f"install {self.project.jjbgen}, or change it here and look at `jjbgen plan`"
            yield self._problem(f"this is jjbgen {__version__}", "jjbgen", hint=hint)

    def names(self) -> Iterator[Problem]:
        for unknown in set(naming.placeholders(self.project.naming.job)) - set(naming.BUILT_IN):
            hint = nearest(unknown, naming.BUILT_IN)
            yield self._problem(f"unknown placeholder {unknown!r}", "naming", "job", hint=hint)
        parameters: dict[str, str] = {}
        for purpose in self.project.agents:
            parameter = naming.agent_parameter(purpose)
            if parameters.setdefault(parameter, purpose) != purpose:
                what = f"the parameter {parameter!r} is taken by the agent {parameters[parameter]!r}"
                loc = ("agents", purpose)
                yield Problem(self.document.pos(loc, key=True), field_path(loc), what, "rename one")

    def defaults(self) -> Iterator[Problem]:
        defaults = self.project.defaults
        yield from self._known(defaults.agent, self.project.agents, "agent", "defaults", "agent")
        for test, purpose in defaults.test_agents.items():
            yield from self._known(purpose, self.project.agents, "agent", "defaults", "test-agents", test)
        for name, options in defaults.pipelines.items():
            yield from self._known(options.agent, self.project.agents, "agent", "defaults", "pipelines", name, "agent")
            if options.schedule and "schedule" not in KINDS[name].settings:
                yield self._problem(f"{name} does not start by the clock", "defaults", "pipelines", name, "schedule")

    def code_hosts(self) -> Iterator[Problem]:
        for name, host in self.project.code_hosts.items():
            loc = ("code-hosts", name)
            yield from self._credentials(host.checkout_credentials, "checkout", None, *loc, "checkout-credentials")
            yield from self._credentials(host.push_credentials, "publish", _LOGIN, *loc, "push-credentials")

    def repositories(self) -> Iterator[Problem]:
        for key, entries in (
            ("registries", self.project.registries),
            ("chart-repositories", self.project.chart_repositories),
            ("package-repositories", self.project.package_repositories),
        ):
            for name, entry in entries.items():
                yield from self._credentials(entry.credentials, "publish", _LOGIN, key, name, "credentials")

    def controllers(self) -> Iterator[Problem]:
        by_label: dict[str, str] = {}
        by_owner: dict[tuple[str, str], str] = {}
        rest: list[str] = []
        for name, each in self.project.controllers.items():
            loc = ("controllers", name)
            if not each.url.startswith(("http://", "https://")):
                yield self._problem("a controller is reached by http or https", *loc, "url")
            yield from self._credentials(each.credentials, "deploy", _LOGIN, *loc, "credentials")
            for index, label in enumerate(each.labels):
                if by_label.setdefault(label, name) != name:
                    what = f"the label {label!r} belongs to the controller {by_label[label]!r}"
                    yield self._problem(what, *loc, "labels", index)
            place = each.url.lower().removesuffix(":443").removesuffix(":80")
            if by_owner.setdefault((place, each.owner), name) != name:
                # The jobs of one would be left-overs to the other.
                what = f"the controller {by_owner[place, each.owner]!r} has this URL and owner"
                yield self._problem(what, *loc, "owner", hint="give one of them another owner")
            if not each.labels:
                rest.append(name)
        for name in rest[1:]:
            what = f"the controller {rest[0]!r} has no labels either"
            hint = "say with 'labels' which components are on it"
            yield Problem(
                self.document.pos(("controllers", name), key=True), field_path(("controllers", name)), what, hint
            )

    def _problem(self, what: str, *loc: str | int, hint: str = "") -> Problem:
        return Problem(self.document.pos(loc), field_path(loc), what, hint)

    def _known(self, name: str | None, names: Collection[str], what: str, *loc: str) -> Iterator[Problem]:
        if name is not None and name not in names:
            yield self._problem(f"unknown {what} {name!r}", *loc, hint=nearest(name, names))

    def _credentials(self, name: str | None, use: str, type_: str | None, *loc: str) -> Iterator[Problem]:
        yield from self._known(name, self.project.credentials, "credentials", *loc)
        found = self.project.credentials.get(name or "")
        if found and found.use != use:
            yield self._problem(f"the credentials {name!r} are for {found.use}, not for {use}", *loc)
        elif found and type_ and found.type != type_:
            yield self._problem(f"the credentials {name!r} are a {found.type}, not a {type_}", *loc)
