"""Looks at a controller, and does on it what a plan says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from xml.etree import ElementTree

from jjbgen import drift, marks, xmlform
from jjbgen.controller import Client
from jjbgen.errors import RefusedError
from jjbgen.pool import Pool
from jjbgen.session import ControllerError
from jjbgen.syncplan import Action, Key, Kind, Live, Phase, Step, SyncPlan, Wanted

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'

LiveXml = Mapping[Key, ElementTree.Element]
"""The XML of items as the controller has it."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a controller, with all that it takes: what a plan file holds."""

    action: Action
    kind: Kind
    full_name: str
    reason: str
    phase: Phase
    level: int
    xml: str | None
    """What is posted; None for what is deleted."""
    seen: Live | None
    """The item that the plan was made for; None for one that was not there."""
    seen_xml: str | None = None
    """Fingerprint of its XML, where the plan was made with it."""

    @property
    def key(self) -> Key:
        """Its kind and full name."""
        return self.kind, self.full_name


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a change."""

    change: Change
    error: str | None


def depth(names: Iterable[str]) -> int:
    """How many folders deep items are."""
    return max((name.count("/") for name in names), default=0)


def live_xml(pool: Pool, steps: Sequence[Step], progress: Callable[[], object]) -> dict[Key, ElementTree.Element]:
    """The XML of the items of steps, one request each; raises ControllerError naming all that cannot be had."""
    found: dict[Key, ElementTree.Element] = {}
    failed: list[str] = []
    for step, result in pool.run(lambda client, step: client.config(step.kind, step.full_name), steps):
        progress()
        if isinstance(result, ControllerError):
            failed.append(str(result))
            continue
        try:
            found[step.kind, step.full_name] = xmlform.parsed(result)
        except xmlform.XmlError as error:
            failed.append(f"{step.kind.value} {step.full_name}: the controller's XML cannot be read: {error}")
    if failed:
        raise ControllerError("\n".join(sorted(failed)))
    return found


def unchanged(plan: SyncPlan, owner: str) -> list[Step]:
    """The steps of items of ours that are as wanted as far as their marks tell."""
    return [step for step in plan.of(Action.UNCHANGED) if step.live and step.live.is_of(owner)]


def with_drift(plan: SyncPlan, live: LiveXml, installed: Collection[str] | None) -> SyncPlan:
    """The plan with updates of those items that are not as their marks say; `installed` are the plugins, if known."""
    return replace(
        plan, steps=tuple(_with_drift(step, live.get((step.kind, step.full_name)), installed) for step in plan.steps)
    )


def _with_drift(step: Step, live: ElementTree.Element | None, installed: Collection[str] | None) -> Step:
    if step.action is not Action.UNCHANGED or live is None or step.wanted is None:
        return step
    found = drift.compare(step.kind, step.wanted.root, live, installed)
    if found.edited:
        return replace(step, action=Action.UPDATE, reason="somebody has edited it in Jenkins")
    if found.dropped:
        lost = ", ".join(f"{each.class_name} (plugin {each.plugin})" for each in found.dropped)
        return replace(
            step, action=Action.INCOMPLETE, reason=f"Jenkins has dropped what no installed plugin knows: {lost}"
        )
    return step


def changes(plan: SyncPlan, live: LiveXml) -> tuple[Change, ...]:
    """The changes of a plan in their order; raises RefusedError when something stands in the way of all of them.

    `live` holds the XML of those items that was looked at, and that of every folder that is to be updated.
    """
    if plan.conflicts:
        listed = "\n".join(f"  {step.kind.value} {step.full_name}: {step.reason}" for step in plan.conflicts)
        raise RefusedError(f"these are in the way:\n{listed}\n--adopt takes over what a person or JJB has made.")
    return tuple(_change(step, live.get((step.kind, step.full_name))) for step in plan.changes)


def _change(step: Step, live: ElementTree.Element | None) -> Change:
    seen_xml = None if live is None else xmlform.fingerprint(xmlform.canonical(live))
    xml = None if step.wanted is None else _posted(step, step.wanted, live)
    return Change(step.action, step.kind, step.full_name, step.reason, step.phase, step.level, xml, step.live, seen_xml)


def _posted(step: Step, wanted: Wanted, live: ElementTree.Element | None) -> str:
    """The XML to post: the wanted one, with our mark, and disabled where a person wants that."""
    root = marks.marked(wanted.root, wanted.mark)
    if step.kind is Kind.FOLDER and live is not None:
        root = drift.overlaid(live, root)
    if step.stays_disabled:
        for element in root.findall("disabled"):
            root.remove(element)
        ElementTree.SubElement(root, "disabled").text = "true"
    return DECLARATION + ElementTree.tostring(root, encoding="unicode")


def needs_live(plan: SyncPlan) -> list[Step]:
    """The steps that cannot be taken without the live XML: a folder holds more than what is ours."""
    return [step for step in plan.of(Action.UPDATE, Action.ADOPT) if step.kind is Kind.FOLDER]


def still_to_do(planned: Sequence[Change], pool: Pool, owner: str) -> tuple[Change, ...]:
    """Those changes of a plan made earlier that nobody has made yet; raises RefusedError when others were made.

    So a plan whose run was cut short can be run again. One request, and one more for each item whose XML the plan was
    made with.
    """
    if not planned:
        return ()
    with pool.client() as client:
        found = {(item.kind, item.full_name): item for item in client.items(depth(each.full_name for each in planned))}
    left = [change for change in planned if not _is_done(change, found.get(change.key), owner)]
    moved = [change for change in left if found.get(change.key) != change.seen]
    looked_at = [change for change in left if change.seen_xml and change not in moved]
    prints = _fingerprints(pool, looked_at)
    done = {change.key for change in looked_at if prints[change.key] == _fingerprint(change.xml)}
    moved += [change for change in looked_at if prints[change.key] != change.seen_xml and change.key not in done]
    if moved:
        listed = "\n".join(f"  {change.kind.value} {change.full_name}" for change in moved)
        raise RefusedError(f"the controller has moved on since the plan was made:\n{listed}\nMake a new plan.")
    return tuple(change for change in left if change.key not in done)


def _is_done(change: Change, live: Live | None, owner: str) -> bool:
    if change.xml is None:
        return live is None
    wanted = marks.found(xmlform.parsed(change.xml).findtext("description"))
    return live is not None and live != change.seen and live.is_of(owner) and live.mark == wanted


def _fingerprints(pool: Pool, planned: Sequence[Change]) -> dict[Key, str]:
    """Those of the XML that items have now."""
    steps = [Step(each.action, each.kind, each.full_name, "") for each in planned]
    found = live_xml(pool, steps, lambda: None)
    return {key: xmlform.fingerprint(xmlform.canonical(root)) for key, root in found.items()}


def _fingerprint(xml: str | None) -> str | None:
    return None if xml is None else xmlform.fingerprint(xmlform.canonical(xmlform.parsed(xml)))


def apply(pool: Pool, planned: Sequence[Change]) -> Iterator[Outcome]:
    """Make changes, phase by phase and level by level; gives what became of each as it is done.

    A failure keeps nothing else from being done, but for what is in a folder that could not be made.
    """
    failed: set[str] = set()
    for _, group in groupby(planned, key=lambda change: (change.phase, change.level)):
        wave = list(group)
        blocked = {
            change.key: folder for change in wave for folder in failed if change.full_name.startswith(f"{folder}/")
        }
        for change in wave:
            if change.key in blocked:
                yield Outcome(change, f"the folder {blocked[change.key]} could not be made")
        for change, error in pool.run(_do, [change for change in wave if change.key not in blocked]):
            if error and change.action is Action.CREATE and change.kind is Kind.FOLDER:
                failed.add(change.full_name)
            yield Outcome(change, str(error) if error else None)


def _do(client: Client, change: Change) -> ControllerError | str:
    if change.xml is None:
        client.delete(change.kind, change.full_name)
    elif change.action is Action.CREATE:
        client.create(change.kind, change.full_name, change.xml)
    else:
        client.update(change.kind, change.full_name, change.xml)
    return ""
