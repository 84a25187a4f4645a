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
from jjbgen.syncplan import Action, Key, Kind, Live, Phase, Step, SyncPlan, Wanted, jobs_of

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


Read = Mapping[Key, ElementTree.Element | str]
"""The XML of items, or what keeps it from being read."""


def live_xml(
    pool: Pool, keys: Iterable[Key], progress: Callable[[], object] = lambda: None
) -> dict[Key, ElementTree.Element]:
    """The XML of items, one request each; raises ControllerError naming all that cannot be read."""
    read = live_xml_or_reason(pool, keys, progress)
    failed = sorted(reason for reason in read.values() if isinstance(reason, str))
    if failed:
        raise ControllerError("\n".join(failed))
    return {key: root for key, root in read.items() if not isinstance(root, str)}


def live_xml_or_reason(
    pool: Pool, keys: Iterable[Key], progress: Callable[[], object]
) -> dict[Key, ElementTree.Element | str]:
    """The XML of items, one request each, or what keeps it from being read."""
    found: dict[Key, ElementTree.Element | str] = {}
    for key, result in pool.run(lambda client, key: client.config(*key), keys):
        progress()
        if isinstance(result, ControllerError):
            found[key] = str(result)
            continue
        try:
            found[key] = xmlform.parsed(result)
        except xmlform.XmlError as error:
            found[key] = f"{key[0].value} {key[1]}: the controller's XML cannot be read: {error}"
    return found


def unchanged(plan: SyncPlan, owner: str) -> list[Step]:
    """The steps of items of ours that are as wanted as far as their marks tell."""
    return [step for step in plan.of(Action.UNCHANGED) if step.live and step.live.is_of(owner)]


def with_drift(plan: SyncPlan, read: Read, installed: Collection[str] | None) -> SyncPlan:
    """The plan with updates of those items that are not as their marks say; `installed` are the plugins, if known."""
    return replace(plan, steps=tuple(_with_drift(step, read.get(step.key), installed) for step in plan.steps))


def _with_drift(step: Step, live: ElementTree.Element | str | None, installed: Collection[str] | None) -> Step:
    if step.action is not Action.UNCHANGED or live is None or step.wanted is None:
        return step
    if isinstance(live, str):
        return replace(step, action=Action.UNSEEN, reason=live)
    found = drift.compare(step.kind, step.wanted.root, live, installed)
    lost = ", ".join(f"{each.class_name} (plugin {each.plugin})" for each in found.dropped)
    dropped = f"Jenkins has dropped what no installed plugin knows: {lost}" if lost else ""
    if found.edited:
        reason = "; and ".join(part for part in ("somebody has edited it in Jenkins", dropped) if part)
        return replace(step, action=Action.UPDATE, reason=reason)
    return replace(step, action=Action.INCOMPLETE, reason=dropped) if dropped else step


def changes(plan: SyncPlan, live: LiveXml) -> tuple[Change, ...]:
    """The changes of a plan in their order; raises RefusedError when something stands in the way of all of them.

    `live` holds the XML of those items that was looked at, and that of every folder that is to be updated.
    """
    if plan.conflicts:
        listed = "\n".join(f"  {step.kind.value} {step.full_name}: {step.reason}" for step in plan.conflicts)
        raise RefusedError(f"these are in the way:\n{listed}\n--adopt takes over what a person or JJB has made.")
    return tuple(_change(step, live.get(step.key)) for step in plan.changes)


def _change(step: Step, live: ElementTree.Element | None) -> Change:
    seen_xml = None if live is None else _fingerprint(live)
    xml = None if step.wanted is None else _posted(step, step.wanted, live)
    return Change(step.action, step.kind, step.full_name, step.reason, step.phase, step.level, xml, step.live, seen_xml)


def _posted(step: Step, wanted: Wanted, live: ElementTree.Element | None) -> str:
    """The XML to post: the wanted one, with our mark, and disabled where a person wants that."""
    is_part = step.kind is Kind.FOLDER and live is not None
    if isinstance(wanted.xml, str) and not is_part and not step.stays_disabled:
        text = marks.marked_text(wanted.xml, wanted.mark)
        if text is not None:
            return text
    root = marks.marked(wanted.root, wanted.mark)
    if is_part and live is not None:
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
        found = {item.key: item for item in client.items(depth(each.full_name for each in planned))}
    left = [change for change in planned if not _is_done(change, found.get(change.key), owner)]
    moved = [change for change in left if not _is_same(found.get(change.key), change.seen)]
    looked_at = [change for change in left if change.seen_xml and change not in moved]
    live = live_xml(pool, [change.key for change in looked_at])
    done = {each.key for each in looked_at if each.xml and drift.is_same(each.kind, _xml(each), live[each.key])}
    moved += [each for each in looked_at if _fingerprint(live[each.key]) != each.seen_xml and each.key not in done]
    if moved:
        listed = "\n".join(f"  {change.kind.value} {change.full_name}" for change in moved)
        raise RefusedError(f"the controller has moved on since the plan was made:\n{listed}\nMake a new plan.")
    return tuple(change for change in left if change.key not in done)


def _is_done(change: Change, live: Live | None, owner: str) -> bool:
    if change.xml is None:
        return live is None
    wanted = marks.found(xmlform.parsed(change.xml).findtext("description"))
    return live is not None and not _is_same(live, change.seen) and live.is_of(owner) and live.mark == wanted


def _is_same(one: Live | None, other: Live | None) -> bool:
    """Whether an item is as it was; a seal says nothing of it."""
    if one is None or other is None:
        return one is other
    return _unsealed(one) == _unsealed(other)


def _unsealed(item: Live) -> Live:
    return replace(item, description=marks.unsealed(item.description))


def _fingerprint(root: ElementTree.Element) -> str:
    """The fingerprint of an item's XML, without a seal."""
    return xmlform.fingerprint(xmlform.canonical(marks.without_seal(root)))


def apply(pool: Pool, planned: Sequence[Change]) -> Iterator[Outcome]:
    """Make changes, phase by phase and level by level; gives what became of each as it is done.

    A failure keeps nothing else from being done but what needs it: what is in a folder that could not be made, and jobs
    of a view that could not be refreshed, which else would never be in it again.
    """
    failed: list[Change] = []
    for _, group in groupby(planned, key=lambda change: (change.phase, change.level)):
        wave = list(group)
        blocked = {change.key: why for change in wave if (why := _blocked(change, failed))}
        yield from (Outcome(change, blocked[change.key]) for change in wave if change.key in blocked)
        for change, error in pool.run(_do, [change for change in wave if change.key not in blocked]):
            if error:
                failed.append(change)
            yield Outcome(change, str(error) if error else None)


def _blocked(change: Change, failed: Iterable[Change]) -> str:
    """Why a change must not be tried after others have failed; empty if it may be."""
    for each in failed if change.action is Action.CREATE else ():
        if each.action is Action.CREATE and each.kind is Kind.FOLDER:
            if change.full_name.startswith(f"{each.full_name}/"):
                return f"the folder {each.full_name} could not be made"
        elif each.phase is Phase.REFRESH and change.full_name in jobs_of(each.full_name, _xml(each)):
            return f"the view {each.full_name}, which it is in, could not be updated"
    return ""


def _xml(change: Change) -> ElementTree.Element:
    return xmlform.parsed(change.xml or "")


def _do(client: Client, change: Change) -> ControllerError | str:
    if change.xml is None:
        client.delete(change.kind, change.full_name)
    elif change.action is Action.CREATE:
        client.create(change.kind, change.full_name, change.xml)
    else:
        client.update(change.kind, change.full_name, change.xml)
    return ""
