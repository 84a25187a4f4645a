"""One look at a controller: what is wanted there, what is there, and what it takes to bring them together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from xml.etree import ElementTree

from jjbgen import needs, preflight, sync, xmlform
from jjbgen.connection import Connection
from jjbgen.errors import ConfigError, Pos, Problem, RefusedError, nearest
from jjbgen.glance import reach_by
from jjbgen.homes import Home, homes
from jjbgen.load import Inputs
from jjbgen.marks import Seal
from jjbgen.pool import Pool
from jjbgen.preflight import Finding, Needs, State
from jjbgen.production import production
from jjbgen.sync import Change, LiveXml
from jjbgen.syncplan import Action, Choices, Key, Kind, Live, SyncPlan, Wanted, plan
from jjbgen.wanted import wanted

Progress = Callable[[str, int], Callable[[], object]]
"""Begins to show the progress of something with some parts; returns what is called for each of them."""


@dataclass(frozen=True, slots=True)
class Target:
    """A controller, and what a config repo wants on it."""

    root: Path
    inputs: Inputs
    """Without the descriptors."""
    places: int
    """How many controllers the config repo has."""
    connection: Connection
    home: Home
    wanted: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found on a controller."""

    plan: SyncPlan
    listed: tuple[Live, ...]
    """What is there."""
    live: LiveXml
    """The XML of the items that were looked at."""
    plugins: Mapping[str, str] | None = None
    """The controller's plugins, if they were looked at."""

    def sealed(self, key: Key, seal: Seal) -> Survey:
        """The same, with a seal for the item `key` if that is changed anyway."""
        steps = tuple(
            replace(step, wanted=replace(step.wanted, mark=replace(step.wanted.mark, seal=seal)))
            if step.wanted and step.key == key
            else step
            for step in self.plan.steps
        )
        return replace(self, plan=replace(self.plan, steps=steps))

    def changes(self) -> tuple[Change, ...]:
        """What is to be changed; raises RefusedError when it must not be."""
        return sync.changes(self.plan, self.live)


def target(root: Path, name: str | None, environment: Mapping[str, str], conf: Path | None) -> Target:
    """A controller and what is wanted on it; raises ConfigError, or OutdatedError where jobs-output/ is."""
    with production(root) as made:
        made.refuse_outdated()
        project = made.inputs.settings.project
        reached = reach_by(project, made.root, name, environment, conf)
        places, home, owner = homes(project), reached.home, reached.connection.owner
        found = wanted(made.documents(), places.values(), made.roster, home, owner)
    return Target(made.root, made.inputs, len(places), reached.connection, home, found)


def only(found: Target, globs: tuple[str, ...]) -> Callable[[str], bool] | None:
    """Which items globs name, with or without their folders; None without any globs.

    Raises ConfigError for a glob that names nothing.
    """
    names = [each.full_name for each in found.wanted if each.kind is not Kind.FOLDER]
    for glob in globs:
        if not any(_is_like(name, glob) for name in names):
            hint = nearest(glob, names)
            raise ConfigError([Problem(Pos("--jobs"), "", f"no job or view has a name like {glob!r}", hint)])
    return (lambda name: any(_is_like(name, glob) for glob in globs)) if globs else None


def _is_like(name: str, glob: str) -> bool:
    return fnmatchcase(name, glob) or fnmatchcase(name.rpartition("/")[2], glob)


def survey(
    found: Target, workers: Pool, choices: Choices, progress: Progress, *, edited: bool = False, exact: bool = False
) -> Survey:
    """Look at the controller: one request, unless more is asked for.

    With `edited`, also at the XML of all that should be as wanted, to find what somebody has edited; with `exact`, at
    that of all that is to be changed, to show the difference or to keep what the plan was made for.
    """
    with workers.client() as client:
        listed = client.items(sync.depth(each.full_name for each in found.wanted))
    made = plan(found.connection.owner, found.wanted, listed, choices)
    live: dict[Key, ElementTree.Element] = {}
    installed: Mapping[str, str] | None = None
    if edited:
        keys = [step.key for step in sync.unchanged(made, found.connection.owner)]
        read = sync.live_xml_or_reason(workers, keys, progress("Looking for edits", len(keys)))
        live = {key: root for key, root in read.items() if not isinstance(root, str)}
        with workers.client() as client:
            installed = client.plugins() if keys else None
        made = sync.with_drift(made, read, installed)
    steps = made.of(Action.UPDATE, Action.ADOPT, Action.DELETE) if exact else sync.needs_live(made)
    keys = [step.key for step in steps if step.key not in live]
    live |= sync.live_xml(workers, keys, progress("Comparing", len(keys)))
    return Survey(made, listed, live, installed)


def needed(found: Target) -> Needs:
    """What the items wanted on a controller need."""
    return needs.gathered((each.full_name, each.root) for each in found.wanted)


def examine(found: Target, workers: Pool, plugins: Mapping[str, str] | None = None) -> tuple[Finding, ...]:
    """Whether the controller has what is needed; its `plugins` are asked for unless they are known."""
    folders = sorted({each.full_name for each in found.wanted if each.kind is Kind.FOLDER})
    with workers.client() as client:
        return preflight.preflight(client, needed(found), found.inputs.plugins, folders, plugins)


def refuse_what_lacks_plugins(changed: Iterable[Change], workers: Pool) -> None:
    """Raise RefusedError when the controller lacks plugins for what is to be posted to it; one request.

    Jenkins takes such a job, and drops what it does not know when it saves it.
    """
    posted = [(each.full_name, each.xml) for each in changed if each.xml is not None]
    needs_any = needs.Suspicion(())
    if not any(needs_any.of(xml) for _, xml in posted):
        return
    with workers.client() as client:
        installed = client.plugins()
    needs_more = needs.Suspicion(installed or ())
    doubtful = [(name, xmlform.parsed(xml)) for name, xml in posted if installed is not None and needs_more.of(xml)]
    judged = preflight.plugins(needs.gathered(doubtful), installed, [])
    missing = [each for each in judged if each.state is State.MISSING]
    if missing:
        listed = "\n".join(f"  {each.name}: {each.needed_by}" for each in missing)
        why = "Jenkins would drop what needs them when it saves a job, without a word; --allow-missing pushes all."
        raise RefusedError(f"plugins are missing on the controller:\n{listed}\n{why}")
