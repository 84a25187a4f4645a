"""Where each value of a component comes from, and which jobs use it.

`defaults` decides what holds. Here it is asked with copies of the models whose values know their place (`_Placed`): its
answers bring their places along, and none of its rules has to be written a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, TypeVar

from pydantic import BaseModel

from jjbgen import defaults
from jjbgen.component import Body, Identity
from jjbgen.errors import Pos
from jjbgen.explain import field_path
from jjbgen.jobs import (
    ComponentPlan,
)
from jjbgen.kinds import KINDS, Kind
from jjbgen.load import Descriptor
from jjbgen.pipeline import Pipeline, kind
from jjbgen.project import Project
from jjbgen.settings import Settings
from jjbgen.triggers import file_patterns
from jjbgen.uses import Path, Uses
from jjbgen.versioning import Versioning
from jjbgen.work import Test, Work, category, results

M = TypeVar("M", bound=BaseModel)
W = TypeVar("W", bound=Work)


class Origin(Enum):
    """Who says a value; an override is what the descriptor says for one branch."""

    BUILT_IN = "built-in"
    SETTINGS = "settings"
    DESCRIPTOR = "descriptor"
    OVERRIDE = "override"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value is written; a built-in one is nowhere."""

    origin: Origin = Origin.BUILT_IN
    pos: Pos | None = None
    key: str = ""
    """The way to it there, for example `defaults.pipelines.nightly.timeout`."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value that holds for a component."""

    loc: Path
    text: str | None
    """None for nothing."""
    meaning: str
    """What nothing means there, where it means something: `no limit`."""
    source: Source
    branches: tuple[str, ...]
    """The branches that it holds for."""
    jobs: tuple[str, ...]
    """Full names of the jobs that use it."""


def values(settings: Settings, descriptor: Descriptor, plan: ComponentPlan, branches: Iterable[str]) -> list[Value]:
    """What holds for a component on these of its branches: equal values once, those of one mapping together."""
    merged: dict[tuple[Path, str | None, Source], Value] = {}
    order: dict[Path, int] = {}
    for branch in branches:
        for new in _Branch(settings, descriptor, plan, branch).values():
            key = (new.loc, new.text, new.source)
            old = merged.get(key)
            merged[key] = replace(new, branches=old.branches + new.branches, jobs=old.jobs + new.jobs) if old else new
            for end in range(len(new.loc)):
                order.setdefault(new.loc[: end + 1], len(order))
    return sorted(merged.values(), key=lambda each: [order[each.loc[: end + 1]] for end in range(len(each.loc))])


@dataclass(frozen=True, slots=True)
class _Placed:
    """A value that knows its place: in the settings, or in what a descriptor says for a branch."""

    value: Any
    loc: Path = field(compare=False)
    in_settings: bool = field(default=False, compare=False)


def _placed(model: M, loc: Path, *fields: str, in_settings: bool = False) -> M:
    """A copy of a model in which these fields know their place where they say something; comments one by one."""
    known: dict[str, object] = {}
    for name in fields:
        value, here = getattr(model, name), (*loc, type(model).model_fields[name].alias or name)
        if name == "comments" and value is not None:
            known[name] = tuple(_Placed(each, (*here, index), in_settings) for index, each in enumerate(value))
        elif value is not None:
            known[name] = _Placed(value, here, in_settings)
    return model.model_copy(update=known)


_ASKED: Mapping[str, Callable[[Project, Kind, Pipeline], object]] = {
    "agent": defaults.agent,
    "timeout": defaults.timeout,
    "retention": defaults.retention,
    "schedule": defaults.schedule,
    "comments": defaults.comments,
}
"""What a pipeline and the defaults of its kind can say, and who decides between them."""


def _placed_settings(project: Project) -> Project:
    at, said = ("defaults",), project.defaults
    kinds = {
        name: _placed(each, (*at, "pipelines", name), *_ASKED, in_settings=True)
        for name, each in said.pipelines.items()
    }
    agents = {name: _Placed(each, (*at, "test-agents", name), True) for name, each in said.test_agents.items()}
    version = _placed(said.version, (*at, "version"), *Versioning.model_fields, in_settings=True)
    general = _placed(said, at, "agent", "timeout", "retention", "comments", "notifications", in_settings=True)
    placed = general.model_copy(update={"pipelines": kinds, "test_agents": agents, "version": version})
    naming = _placed(project.naming, ("naming",), "job", in_settings=True)
    return project.model_copy(update={"defaults": placed, "naming": naming})


class _Branch:
    """What holds on one branch of a component."""

    def __init__(self, settings: Settings, descriptor: Descriptor, plan: ComponentPlan, branch: str) -> None:
        self.settings = settings
        self.project, self.placed = settings.project, _placed_settings(settings.project)
        self.descriptor, self.branch = descriptor, branch
        self.body = descriptor.bodies[branch]
        self.overrides = descriptor.component.repository.branches[branch].overrides
        self.pipelines = {job.id.pipeline for job in plan.jobs if job.id.branch == branch}
        self.effective = self._effective()
        self.uses = Uses(plan, branch, self.body, self.effective, defaults.rules(self.project, self.body))

    def values(self) -> Iterator[Value]:
        """All values, in the order of the reference."""
        component = self.descriptor.component
        said: dict[str, object] = {name: getattr(component, name) for name in Identity.model_fields}
        said |= {name: getattr(self.effective, name) for name in Body.model_fields}
        for name, value in said.items():
            yield from self._values((name,), _Placed(value, (name,)))
        for name in ("container_tool", "keep_images", "silent_start", "skip_phrases"):
            loc = ("defaults", name.replace("_", "-"))
            yield from self._values(loc, _Placed(getattr(self.project.defaults, name), loc, True))

    def _values(self, loc: Path, found: _Placed) -> Iterator[Value]:
        """`found`, which holds at `loc`, or what is in it."""
        while isinstance(found.value, _Placed):
            found = found.value
        inner = list(_inside(found.value))
        for key, value in inner:
            yield from self._values((*loc, key), _Placed(value, (*found.loc, key), found.in_settings))
        if not inner:
            text, meaning = _text(found.value), _meaning(loc)
            source = self._source(found, exactly=text is None)
            if text is None and meaning and source.origin is Origin.BUILT_IN:
                # What is left out is left out where the rest is written.
                source = self._source(replace(found, loc=found.loc[:-1]), exactly=True)
            yield Value(loc, text, meaning, source, (self.branch,), self.uses.of(loc))

    def _source(self, found: _Placed, *, exactly: bool) -> Source:
        """Where a value is written; `exactly`: by a key of its own."""
        document = self.settings.document if found.in_settings else self.descriptor.document
        said: dict[Origin, tuple[Path, object]] = {Origin.SETTINGS: ((), document.value)}
        if not found.in_settings:
            top = ("repository", "branches", self.branch, "overrides")
            said = {Origin.OVERRIDE: (top, self.overrides), Origin.DESCRIPTOR: ((), document.value)}
        for origin, (begin, value) in said.items():
            depth = _written(value, found.loc)
            if depth is not None:
                loc = (*begin, *found.loc[:depth])
                by_it = depth == len(found.loc) or (depth > 0 and not exactly)
                return Source(origin, document.pos(loc, key=True), field_path(loc)) if by_it else Source()
        return Source()

    def _effective(self) -> Body:
        """The body with what `defaults` decides; what comes from elsewhere knows its place."""
        decided = {
            "checks": {name: self._work(("checks", name), work) for name, work in self.body.checks.items()},
            "tests": {name: self._test(name, test) for name, test in self.body.tests.items()},
            "pipelines": {
                name: self._pipeline(name, each) for name, each in self.body.pipelines.items() if name in self.pipelines
            },
            "version": self._version(),
        }
        return self.body.model_copy(update=decided)

    def _work(self, loc: Path, work: W) -> W:
        if not work.targets:  # commands need no tool
            return work
        build = self.body.build and _placed(self.body.build, ("build",), "tool")
        body = self.body.model_copy(update={"build": build})
        return work.model_copy(update={"tool": defaults.tool(_placed(work, loc, "tool"), body)})

    def _test(self, name: str, test: Test) -> Test:
        loc = ("tests", name)
        decided = {
            "category": _Placed(category(name, _placed(test, loc, "category")), loc),
            "agent": defaults.test_agent(self.placed, name, _placed(test, loc, "agent")),
            "results": results(test),
        }
        return self._work(loc, test).model_copy(update=decided)

    def _pipeline(self, name: str, pipeline: Pipeline) -> Pipeline:
        loc, of_kind = ("pipelines", name), KINDS[kind(name, pipeline)]
        placed = _placed(pipeline, loc, *_ASKED, "kind", "notifications", "job_name")
        of_all = _placed(self.body, (), "notifications").notifications
        decided: dict[str, object] = {key: ask(self.placed, of_kind, placed) for key, ask in _ASKED.items()}
        decided["kind"] = _Placed(kind(name, placed), loc)
        decided["notifications"] = defaults.notifications(self.placed, of_all, placed)
        decided["job_name"] = placed.job_name or self.placed.naming.job
        decided["files"] = file_patterns(of_kind, pipeline)
        decided["tests"] = tuple(defaults.wanted_tests(of_kind, pipeline, self.body.tests))
        return pipeline.model_copy(update=decided)

    def _version(self) -> Versioning:
        own = _placed(self.body.version, ("version",), *Versioning.model_fields)
        body = self.body.model_copy(update={"version": own})
        chosen, rules = defaults.versioning(self.placed, body), defaults.rules(self.placed, body)
        decided: dict[str, object] = {"next_change": defaults.next_change(self.placed, body)}
        decided |= {name: getattr(rules, name) for name in Versioning.model_fields if name not in decided}
        for name in [name for name, answer in decided.items() if answer is True]:
            # A flag has been made of what somebody says, and has lost its place.
            decided[name] = getattr(chosen, name)
        return own.model_copy(update=decided)


def _inside(value: object) -> Iterable[tuple[str | int, object]]:
    """What a value is made of, where its parts can have places of their own."""
    if isinstance(value, BaseModel):
        fields = type(value).model_fields.items()
        # What a branch overrides is told as values of that branch.
        return [(info.alias or name, getattr(value, name)) for name, info in fields if name != "overrides"]
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, tuple) and any(isinstance(each, _Placed) for each in value) else ()


def _written(value: Any, loc: Path) -> int | None:
    """How far along `loc` something is said: to the end, or to a text or list that stands for all below it.

    None where nothing is said, and 0 where nothing is left: an empty value, which in an override takes away what the
    descriptor says.
    """
    for depth, part in enumerate(loc):
        if value is None:
            return 0
        if isinstance(value, dict) and part not in value:
            return None
        if isinstance(value, str) or (isinstance(value, tuple) and isinstance(part, str)):
            return depth
        value = value[part]
    return len(loc)


def _text(value: object) -> str | None:
    """A value in one text; items are parted by commas, or by lines where they hold commas or lines themselves."""
    if value is None or value in ((), {}):
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        items = [str(_text(each)) for each in value]
        plain = not any(char in each for each in value if isinstance(each, str) for char in ",\n")
        return (", " if plain else "\n").join(items)
    if isinstance(value, BaseModel):
        value = value.model_dump(by_alias=True, exclude_none=True)
        if len(value) == 1 and not value.keys().isdisjoint(("ant", "job")):
            return str(*value.values())
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {each}" for key, each in value.items()) + "}"
    return str(value)


def _meaning(loc: Path) -> str:
    """What it means that there is nothing."""
    if loc[-1] == "agent":
        return "the pipeline's"
    return "no limit" if loc[-2:-1] == ("retention",) else ""
