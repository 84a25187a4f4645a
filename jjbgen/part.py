"""A part of the components of a config repo, from their descriptors to their files and XML: what one process does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from jjbgen import drafts, outputs
from jjbgen.cache import Scan, Seen
from jjbgen.check import check_descriptor
from jjbgen.disk import Listing
from jjbgen.drafts import Draft, Member
from jjbgen.errors import ConfigError, Problem
from jjbgen.jobs import ComponentPlan
from jjbgen.links import Links
from jjbgen.load import Descriptor, Inputs, attempt, load_descriptor
from jjbgen.notebook import fingerprint
from jjbgen.outputs import Change
from jjbgen.places import OUTPUT
from jjbgen.plan import Planner

if TYPE_CHECKING:  # what only checks needs neither templates nor moulds
    from jjbgen.moulds import Document, Item, Mould
    from jjbgen.render import Files, Renderer


@dataclass(frozen=True, slots=True)
class Request:
    """What is wanted of a config repo."""

    only: frozenset[str] | None = None
    """The components whose files are wanted; all, if it is None."""
    files: bool = True
    """Whether files are made; else everything is only checked."""
    xml: Path | None = None
    """Where the XML will be written."""
    seen: Seen | None = None
    """A look at what was made at the last run, if that may be left as it is."""
    scan: Callable[[], Scan] | None = None
    """Gives what is on disk of that, if somebody else has looked."""
    processes: int | None = None
    """How many processes do it; by default, as many as seems best."""


@dataclass(frozen=True, slots=True)
class Read:
    """What became of some descriptors."""

    problems: tuple[Problem, ...]
    members: Mapping[str, Member]
    is_doubtful: bool
    """Whether something is wrong with names or pipelines, which is told after all other problems."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What there is to know of a component that was made."""

    text: str
    """Fingerprint of its descriptor."""
    pipelines: int
    files: Mapping[str, str] | None
    """Fingerprints by path; None if they were not made."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a part has made of its components."""

    components: Mapping[str, Facts]
    changes: tuple[Change, ...] = ()
    """Without their texts."""
    refused: tuple[str, ...] = ()
    shapes: frozenset[str] | None = frozenset()
    """Of jobs and views; None if only JJB can read one of the files."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made."""

    links: Mapping[str, Links]
    only: frozenset[str] | None
    """Components whose files are wanted; all, if it is None."""
    compare: bool
    """Whether they are compared with those on disk, and may be written."""


class Part:
    """The components that were given to one process."""

    def __init__(self, root: Path, general: Inputs, listed: Listing, *, is_sound: bool, makes_files: bool) -> None:
        """`is_sound` says that the settings have no problems, without which jobs cannot be named.

        Where no files will be made, a component is forgotten as soon as it is checked.
        """
        self._is_sound = is_sound
        self._makes_files = makes_files
        self._root = root
        self._general = general
        self._listed = listed
        self._found: dict[str, tuple[Descriptor, list[Draft]]] = {}
        self._facts: dict[str, Facts] = {}
        self._changes: list[Change] = []
        self._items: dict[str, list[Item]] = {}

    def read(self, paths: Iterable[Path]) -> Read:
        """Read, check and name; whoever reads a descriptor makes all that comes of it."""
        problems: list[Problem] = []
        later: list[Problem] = []
        members: dict[str, Member] = {}
        project = self._general.settings.project
        planner = Planner(self._general.settings, {}, later)
        for path in paths:
            mine: list[Problem] = []
            descriptor = attempt(partial(load_descriptor, self._root, path), mine)
            if descriptor:
                mine += check_descriptor(project, descriptor)
            if descriptor and self._is_sound and not mine:
                named = drafts.draft(project, descriptor, later)
                members[descriptor.name] = drafts.member(project, descriptor, named)
                if self._makes_files:
                    self._found[descriptor.name] = descriptor, named
                else:
                    self._facts[descriptor.name] = _facts(descriptor, planner.pipelines(descriptor, named))
            problems += mine
        return Read(tuple(problems), members, bool(later))

    def make(self, order: Order) -> Made | None:
        """Plan and render, and look what is different on disk; None if anything is wrong."""
        if not self._makes_files:
            return Made(self._facts)
        from jjbgen.compiled import renderer_of

        problems: list[Problem] = []
        planner = Planner(self._general.settings, order.links, problems)
        renderer = renderer_of(self._general.templates)
        refused: list[str] = []
        castable = True
        for name, (descriptor, named) in self._found.items():
            component = planner.component(descriptor, named)
            files = None if problems else _rendered(renderer, component)
            if files is None:
                return None
            if order.compare and (order.only is None or name in order.only):
                self._changes += outputs.differing(self._root / OUTPUT, files, self._listed, refused)
                castable = self._take_items(name, files) and castable
            self._facts[name] = _facts(descriptor, len(component.scripts), files)
        self._found.clear()
        shapes = frozenset(item.shape for items in self._items.values() for item in items) if castable else None
        changes = tuple(change.without_text() for change in self._changes)
        return Made(self._facts, changes, tuple(refused), shapes)

    def _take_items(self, name: str, files: Files) -> bool:
        from jjbgen import moulds

        found = moulds.of_files(files)
        self._items[name] = found or []
        return found is not None

    def write(self, _: None) -> None:
        """Write what is different."""
        outputs.carry_out(self._root / OUTPUT, self._changes)

    def cast(self, known: Mapping[str, Mould]) -> list[Document]:
        """The XML of the jobs and views, with fingerprints."""
        return [known[item.shape].cast_with_fingerprint(item) for items in self._items.values() for item in items]

    def cast_into(self, order: tuple[Mapping[str, Mould], Path]) -> dict[str, dict[str, str]]:
        """Write the XML to a folder; returns fingerprints by component and name."""
        known, folder = order
        return {
            name: outputs.write_xml(folder, (known[item.shape].cast(item) for item in items))
            for name, items in self._items.items()
        }


def _rendered(renderer: Renderer, component: ComponentPlan) -> Files | None:
    """The files of a component; None for a template that is wrong."""
    try:
        return renderer.component(component)
    except ConfigError:
        return None


def _facts(descriptor: Descriptor, pipelines: int, files: Files | None = None) -> Facts:
    known = None if files is None else {path: fingerprint(text.encode()) for path, text in files.items()}
    return Facts(fingerprint(descriptor.document.text.encode()), pipelines, known)
