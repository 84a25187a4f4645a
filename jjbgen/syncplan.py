"""What it takes to bring a controller in step with what is wanted: decided from one listing, done by nobody here.

Nothing is decided by what was pushed from this machine before: the items of the controller carry all that is needed
in their descriptions (see marks).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, IntEnum
from functools import cached_property
from xml.etree import ElementTree

from jjbgen import marks, plugintable, xmlform
from jjbgen.errors import RefusedError
from jjbgen.marks import Mark

PRUNE_LIMIT = 10
"""How many items are deleted at most unless a person names another number; and never more than a fifth of ours."""


class Kind(Enum):
    """What an item is, in the order in which items are made."""

    FOLDER = "folder"
    JOB = "job"
    VIEW = "view"


class Action(Enum):
    """What is to be done with an item, or why nothing is."""

    CREATE = "create"
    UPDATE = "update"
    ADOPT = "adopt"
    """Take over one of the same name that is not ours."""
    DELETE = "delete"
    LEFT = "left"
    """It is ours and no longer wanted; only with pruning it is deleted."""
    CONFLICT = "conflict"
    INCOMPLETE = "incomplete"
    """It is as wanted but for what Jenkins has dropped, for it lacks a plugin."""
    UNSEEN = "unseen"
    """Its XML cannot be read, so nobody knows."""
    UNCHANGED = "unchanged"


class Phase(IntEnum):
    """When a step is done; within a phase the steps of a lower level come first."""

    FOLDERS = 0
    REFRESH = 1
    """Views that have lost a job; behind folders, whose XML holds what their views were."""
    JOBS = 2
    VIEWS = 3
    DELETE_VIEWS = 4
    DELETE_JOBS = 5


Key = tuple[Kind, str]
"""A kind and a full name: jobs and views may have the same names."""


@dataclass(frozen=True)
class Wanted:
    """An item that the config repo wants."""

    kind: Kind
    full_name: str
    """With the folders it is in: `folder/job`."""
    xml: str | ElementTree.Element
    """As JJB makes it."""
    mark: Mark
    level: int = 0
    """Of a job: one more than that of the jobs that have to be there first."""

    @cached_property
    def root(self) -> ElementTree.Element:
        """Its XML; most items are never looked at."""
        return xmlform.parsed(self.xml) if isinstance(self.xml, str) else self.xml

    @property
    def tag(self) -> str:
        """The tag of its root."""
        return xmlform.root_tag(self.xml) if isinstance(self.xml, str) else self.xml.tag

    @property
    def key(self) -> Key:
        """Its kind and full name."""
        return self.kind, self.full_name


@dataclass(frozen=True, slots=True)
class Live:
    """An item of the controller, as a listing tells it."""

    kind: Kind
    full_name: str
    description: str | None
    disabled: bool = False
    type: str = ""
    """Its class in Jenkins; empty where that is not known."""

    @property
    def key(self) -> Key:
        """Its kind and full name."""
        return self.kind, self.full_name

    @property
    def mark(self) -> Mark | None:
        """The mark in its description, whoever made it."""
        return marks.found(self.description)

    def is_of(self, owner: str) -> bool:
        """Whether that owner made it, and it is no copy."""
        mark = self.mark
        return mark is not None and mark.is_of(owner, self.full_name)


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done with one item, and why."""

    action: Action
    kind: Kind
    full_name: str
    reason: str
    wanted: Wanted | None = None
    live: Live | None = None
    stays_disabled: bool = False
    """A person has disabled the job in Jenkins: an update leaves it so."""
    phase: Phase = Phase.JOBS
    level: int = 0

    @property
    def key(self) -> Key:
        """Its kind and full name."""
        return self.kind, self.full_name


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """All steps, in the order in which they are done: folders, jobs, views; what goes, goes last."""

    steps: tuple[Step, ...]
    ours: int = 0
    """How many items of the controller are ours."""

    def of(self, *actions: Action) -> tuple[Step, ...]:
        """The steps of some kinds of action."""
        return tuple(step for step in self.steps if step.action in actions)

    @property
    def conflicts(self) -> tuple[Step, ...]:
        """What keeps the plan from being carried out."""
        return self.of(Action.CONFLICT)

    @property
    def changes(self) -> tuple[Step, ...]:
        """What would change the controller."""
        return self.of(*CHANGES)

    @property
    def differs(self) -> bool:
        """Whether the controller is not as it is wanted."""
        return bool(self.of(*CHANGES, Action.CONFLICT, Action.INCOMPLETE, Action.UNSEEN))


CHANGES = (Action.CREATE, Action.UPDATE, Action.ADOPT, Action.DELETE)
"""What changes a controller."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person has allowed."""

    adopt: bool = False
    prune: bool = False
    prune_limit: int | None = None
    only: Callable[[str], bool] | None = None
    """Which jobs and views are created and updated, by their full names, with the folders around them; with it
    nothing is deleted."""


def plan(owner: str, wanted: Sequence[Wanted], live: Iterable[Live], choices: Choices) -> SyncPlan:
    """What brings the controller in step; `wanted` is everything that is wanted, in the order of its dependencies.

    Raises RefusedError when more than the limit would be deleted.
    """
    found = {item.key: item for item in live}
    of_any_case = {_of_any_case(*key): key[1] for key in found}
    chosen = [each for each in wanted if _is_chosen(each, wanted, choices.only)]
    steps = [_step(owner, each, found, of_any_case, choices) for each in chosen]
    refreshed = _refreshed(owner, steps, wanted, found)
    steps = [step for step in steps if step.key not in refreshed] + list(refreshed.values())
    ours = {key: item for key, item in found.items() if item.is_of(owner)}
    gone = _gone(wanted, ours, prune=choices.prune and choices.only is None)
    _check_limit(gone, len(ours), choices.prune_limit)
    return SyncPlan(tuple(sorted((*steps, *gone), key=lambda step: (step.phase, step.level))), len(ours))


def _is_chosen(item: Wanted, wanted: Iterable[Wanted], only: Callable[[str], bool] | None) -> bool:
    """Whether a filter lets an item through: by its name, or because a chosen one is in it."""
    if only is None or only(item.full_name):
        return True
    inside = f"{item.full_name}/"
    return item.kind is Kind.FOLDER and any(
        each.full_name.startswith(inside) and only(each.full_name) for each in wanted
    )


def _of_any_case(kind: Kind, full_name: str) -> tuple[bool, str]:
    """What Jenkins does not tell apart at its root: names of jobs and folders in other case, and so those of views."""
    return kind is Kind.VIEW, full_name.lower()


_PHASES = {Kind.FOLDER: Phase.FOLDERS, Kind.JOB: Phase.JOBS, Kind.VIEW: Phase.VIEWS}


def _step(
    owner: str, wanted: Wanted, found: Mapping[Key, Live], of_any_case: Mapping[tuple[bool, str], str], choices: Choices
) -> Step:
    live = found.get(wanted.key)
    if live is None:
        action, reason = _new(wanted, found, of_any_case)
        return _of(wanted, action, reason)
    mark = live.mark
    if mark is None or not mark.is_of(owner, wanted.full_name):
        return _foreign(wanted, live, owner, adopt=choices.adopt)
    # The mark says whether it was us who disabled the job; else it was a person, unless the descriptor does it now.
    stays = live.disabled and not mark.off and not wanted.mark.off
    enabled = wanted.mark.off and not live.disabled
    if mark.xml != wanted.mark.xml:
        if other := _other_type(wanted, live):
            return _of(wanted, Action.CONFLICT, other, live)
        return _of(wanted, Action.UPDATE, "it differs", live, stays_disabled=stays)
    if enabled:
        return _of(wanted, Action.UPDATE, "it is enabled, and its descriptor disables it", live)
    return _of(wanted, Action.UNCHANGED, "", live, stays_disabled=stays)


def _of(wanted: Wanted, action: Action, reason: str, live: Live | None = None, *, stays_disabled: bool = False) -> Step:
    """A step of a wanted item, in its phase and on its level."""
    phase = _PHASES[wanted.kind]
    level = wanted.full_name.count("/") if wanted.kind is Kind.FOLDER else wanted.level
    return Step(action, wanted.kind, wanted.full_name, reason, wanted, live, stays_disabled, phase, level)


def _new(wanted: Wanted, found: Mapping[Key, Live], of_any_case: Mapping[tuple[bool, str], str]) -> tuple[Action, str]:
    same = of_any_case.get(_of_any_case(*wanted.key))
    other = {Kind.JOB: Kind.FOLDER, Kind.FOLDER: Kind.JOB}.get(wanted.kind)
    if other and (other, wanted.full_name) in found:
        return Action.CONFLICT, f"a {other.value} has this name"
    if same is not None:
        # Jenkins does not tell them apart at its root.
        return Action.CONFLICT, f"there is {same!r} already"
    return Action.CREATE, "it is not there"


def _foreign(wanted: Wanted, live: Live, owner: str, *, adopt: bool) -> Step:
    mark = live.mark
    if wanted.kind is Kind.FOLDER:
        # A folder may well be everybody's: what is in it decides about itself.
        return _of(wanted, Action.UNCHANGED, "it is there, and not ours", live)
    if mark is not None and mark.owner != owner and mark.is_of(mark.owner, wanted.full_name):
        return _of(wanted, Action.CONFLICT, f"it belongs to the config repo {mark.owner!r}", live)
    if other := _other_type(wanted, live):
        return _of(wanted, Action.CONFLICT, other, live)
    maker = "JJB" if marks.is_of_jjb(live.description) and mark is None else "a person"
    if adopt:
        stays = live.disabled and not wanted.mark.off
        return _of(wanted, Action.ADOPT, f"{maker} made it", live, stays_disabled=stays)
    return _of(wanted, Action.CONFLICT, f"{maker} made it, not jjbgen", live)


_TYPES = {
    "flow-definition": "org.jenkinsci.plugins.workflow.job.WorkflowJob",
    "matrix-project": "hudson.matrix.MatrixProject",
    "maven2-moduleset": "hudson.maven.MavenModuleSet",
    "project": "hudson.model.FreeStyleProject",
}
"""Classes of items by root element, where they differ."""


def _other_type(wanted: Wanted, live: Live) -> str:
    """Why an update is impossible: Jenkins refuses XML of another type. Empty if it is possible."""
    type_ = _TYPES.get(wanted.tag) or plugintable.class_of(wanted.root) or live.type
    if live.type in ("", type_):
        return ""
    there, here = (name.rpartition(".")[2] for name in (live.type, type_))
    return f"it is a {there}, which Jenkins cannot turn into a {here}; delete it by hand first"


def _refreshed(
    owner: str, steps: Iterable[Step], wanted: Iterable[Wanted], found: Mapping[Key, Live]
) -> dict[Key, Step]:
    """Updates of views that are as wanted by their marks, and name a job that is to be made.

    Jenkins takes a job that somebody deletes off the views that name it, and their descriptions do not tell. They are
    updated before the job is there, which Jenkins allows: a run that ends in between does not forget them.
    """
    result: dict[Key, Step] = {}
    # A job that is to be adopted may be another one than that which the view has lost.
    made = (Action.CREATE, Action.ADOPT)
    created = {step.full_name for step in steps if step.action in made and step.kind is Kind.JOB}
    for view in wanted if created else ():
        live = found.get(view.key)
        if view.kind is Kind.VIEW and live and live.is_of(owner) and live.mark and live.mark.xml == view.mark.xml:
            back = next((name for name in jobs_of(view.full_name, view.root) if name in created), None)
            if back is not None:
                reason = f"it may have lost {back!r}, which is made anew"
                step = _of(view, Action.UPDATE, reason, live)
                result[view.key] = replace(step, phase=Phase.REFRESH)
    return result


def jobs_of(view: str, root: ElementTree.Element) -> list[str]:
    """The full names of the jobs that a view names."""
    folder = view.rpartition("/")[0]
    return [f"{folder}/{each.text}" if folder else str(each.text) for each in root.iterfind("jobNames/string")]


def _gone(wanted: Sequence[Wanted], ours: Mapping[Key, Live], *, prune: bool) -> list[Step]:
    """Ours that are not wanted. Folders stay: there may be more in them than a listing shows."""
    kept = {each.key for each in wanted}
    steps = []
    for item in (item for key, item in ours.items() if key not in kept):
        action = Action.DELETE if prune and item.kind is not Kind.FOLDER else Action.LEFT
        phase = Phase.DELETE_VIEWS if item.kind is Kind.VIEW else Phase.DELETE_JOBS
        steps.append(Step(action, item.kind, item.full_name, "no longer wanted", live=item, phase=phase))
    return sorted(steps, key=lambda step: step.full_name)


def _check_limit(gone: Sequence[Step], ours: int, chosen: int | None) -> None:
    deleted = [step.full_name for step in gone if step.action is Action.DELETE]
    limit = min(PRUNE_LIMIT, max(1, ours // 5)) if chosen is None else chosen
    if len(deleted) > limit:
        listed = "\n".join(f"  {name}" for name in deleted)
        what = f"{len(deleted)} of {ours} items would be deleted, and {limit} may be:\n{listed}\n"
        raise RefusedError(f"{what}Look whether they are to go, then say so with --prune-limit {len(deleted)}.")
