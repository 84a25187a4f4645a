"""What it takes to bring a controller in step with what is wanted: decided from one listing, done by nobody here.

Nothing is decided by what was pushed from this machine before: the items of the controller carry all that is needed
in their descriptions (see marks).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from xml.etree import ElementTree

from jjbgen import marks
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
    """What is to be done with an item."""

    CREATE = "create"
    UPDATE = "update"
    ADOPT = "adopt"
    """Take over one of the same name that is not ours."""
    DELETE = "delete"
    LEFT = "left"
    """It is ours and no longer wanted; only with pruning it is deleted."""
    CONFLICT = "conflict"
    UNCHANGED = "unchanged"


Key = tuple[Kind, str]
"""A kind and a full name: jobs and views may have the same names."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An item that the config repo wants."""

    kind: Kind
    full_name: str
    """With the folders it is in: `folder/job`."""
    root: ElementTree.Element
    """Its XML, as JJB makes it."""
    mark: Mark


@dataclass(frozen=True, slots=True)
class Live:
    """An item of the controller, as a listing tells it."""

    kind: Kind
    full_name: str
    description: str | None
    disabled: bool = False

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


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """All steps, in the order in which they are done: folders, jobs, views; what goes, goes last."""

    steps: tuple[Step, ...]

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
        return self.of(Action.CREATE, Action.UPDATE, Action.ADOPT, Action.DELETE)


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person has allowed."""

    adopt: bool = False
    prune: bool = False
    prune_limit: int | None = None
    only: Callable[[str], bool] | None = None
    """Which jobs are created and updated, by their full names; with it nothing is deleted."""


def plan(owner: str, wanted: Sequence[Wanted], live: Iterable[Live], choices: Choices) -> SyncPlan:
    """What brings the controller in step; `wanted` is everything that is wanted, in the order of its dependencies.

    Raises RefusedError when more than the limit would be deleted.
    """
    found = {(item.kind, item.full_name): item for item in live}
    of_any_case = {(kind.value, name.lower()): name for kind, name in found}
    steps = [_step(owner, each, found, of_any_case, choices) for each in wanted]
    if choices.only:
        steps = [step for step in steps if step.kind is Kind.FOLDER or choices.only(step.full_name)]
    order = list(Kind)
    steps.sort(key=lambda step: (order.index(step.kind), step.full_name.count("/") if step.kind is Kind.FOLDER else 0))
    ours = {key: item for key, item in found.items() if item.is_of(owner)}
    gone = _gone(wanted, ours, prune=choices.prune and choices.only is None)
    _check_limit(gone, len(ours), choices.prune_limit)
    return SyncPlan((*steps, *gone))


def _step(
    owner: str, wanted: Wanted, found: Mapping[Key, Live], of_any_case: Mapping[tuple[str, str], str], choices: Choices
) -> Step:
    live = found.get((wanted.kind, wanted.full_name))
    if live is None:
        return _new(wanted, found, of_any_case)
    mark = live.mark
    if mark is None or not mark.is_of(owner, wanted.full_name):
        return _foreign(wanted, live, owner, adopt=choices.adopt)
    # The mark says whether it was us who disabled the job; else it was a person, unless the descriptor does it now.
    stays_disabled = live.disabled and not mark.off and not wanted.mark.off
    reason = "it differs"
    if mark.xml == wanted.mark.xml:
        if live.disabled or not wanted.mark.off:
            return Step(Action.UNCHANGED, wanted.kind, wanted.full_name, "", wanted, live, stays_disabled)
        reason = "it is enabled, and its descriptor disables it"
    return Step(Action.UPDATE, wanted.kind, wanted.full_name, reason, wanted, live, stays_disabled)


def _new(wanted: Wanted, found: Mapping[Key, Live], of_any_case: Mapping[tuple[str, str], str]) -> Step:
    same = of_any_case.get((wanted.kind.value, wanted.full_name.lower()))
    other = {Kind.JOB: Kind.FOLDER, Kind.FOLDER: Kind.JOB}.get(wanted.kind)
    if other and (other, wanted.full_name) in found:
        return Step(Action.CONFLICT, wanted.kind, wanted.full_name, f"a {other.value} has this name", wanted)
    if same is not None:
        # Jenkins does not tell them apart at its root.
        return Step(Action.CONFLICT, wanted.kind, wanted.full_name, f"there is {same!r} already", wanted)
    return Step(Action.CREATE, wanted.kind, wanted.full_name, "it is not there", wanted)


def _foreign(wanted: Wanted, live: Live, owner: str, *, adopt: bool) -> Step:
    mark = live.mark
    if mark is not None and mark.owner != owner and mark.is_of(mark.owner, wanted.full_name):
        what = f"it belongs to the config repo {mark.owner!r}"
        return Step(Action.CONFLICT, wanted.kind, wanted.full_name, what, wanted, live)
    maker = "JJB" if marks.is_of_jjb(live.description) and mark is None else "a person"
    stays = live.disabled and not wanted.mark.off
    if wanted.kind is Kind.FOLDER:
        # A folder may well be everybody's: what is in it decides about itself.
        return Step(Action.UNCHANGED, wanted.kind, wanted.full_name, "it is there, and not ours", wanted, live)
    if adopt:
        return Step(Action.ADOPT, wanted.kind, wanted.full_name, f"{maker} made it", wanted, live, stays)
    return Step(Action.CONFLICT, wanted.kind, wanted.full_name, f"{maker} made it, not jjbgen", wanted, live)


def _gone(wanted: Sequence[Wanted], ours: Mapping[Key, Live], *, prune: bool) -> list[Step]:
    """Ours that are not wanted, views first. Folders stay: there may be more in them than a listing shows."""
    kept = {(each.kind, each.full_name) for each in wanted}
    steps = []
    for item in (item for key, item in ours.items() if key not in kept):
        action = Action.DELETE if prune and item.kind is not Kind.FOLDER else Action.LEFT
        steps.append(Step(action, item.kind, item.full_name, "no longer wanted", live=item))
    return sorted(steps, key=lambda step: (step.kind is not Kind.VIEW, step.full_name))


def _check_limit(gone: Sequence[Step], ours: int, chosen: int | None) -> None:
    deleted = [step.full_name for step in gone if step.action is Action.DELETE]
    limit = min(PRUNE_LIMIT, max(1, ours // 5)) if chosen is None else chosen
    if len(deleted) > limit:
        listed = "\n".join(f"  {name}" for name in deleted)
        what = f"{len(deleted)} of {ours} items would be deleted, and {limit} may be:\n{listed}\n"
        raise RefusedError(f"{what}Look whether they are to go, then say so with --prune-limit {len(deleted)}.")
