"""A part of the components of a config repo, from their descriptors to their files and XML: what one process does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from jjbgen import drafts, moulds, outputs
from jjbgen.check import check_descriptor
from jjbgen.drafts import Draft, Member
from jjbgen.errors import ConfigError, Problem
from jjbgen.links import Links
from jjbgen.load import Descriptor, Inputs, attempt, load_descriptor
from jjbgen.moulds import Document, Item, Mould
from jjbgen.outputs import OUTPUT, Change, Listing
from jjbgen.plan import Planner
from jjbgen.render import Files, Renderer


@dataclass(frozen=True, slots=True)
class Read:
    """What became of some descriptors."""

    problems: tuple[Problem, ...]
    members: Mapping[str, Member]
    is_doubtful: bool
    """Whether jobs could not be named; what is wrong with names is told after all other problems."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a part has made of its components."""

    pipelines: int
    changes: tuple[Change, ...] = ()
    """Without their texts."""
    refused: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    """Of all files."""
    shapes: frozenset[str] | None = frozenset()
    """Of jobs and views; None if only JJB can read one of the files."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made."""

    links: Mapping[str, Links]
    only: frozenset[str] | None
    """Components whose files are wanted; all, if it is None."""
    files: bool
    """Whether files are made, or only what they would be made from."""
    compare: bool
    """Whether they are compared with those on disk, and may be written."""


class Part:
    """The components that were given to one process."""

    def __init__(self, root: Path, general: Inputs, listed: Listing, *, is_sound: bool) -> None:
        """`is_sound` says that the settings have no problems, without which jobs cannot be named."""
        self._is_sound = is_sound
        self._root = root
        self._general = general
        self._listed = listed
        self._found: dict[str, tuple[Descriptor, list[Draft]]] = {}
        self._changes: list[Change] = []
        self._items: list[Item] = []

    def read(self, paths: Iterable[Path]) -> Read:
        """Read, check and name; whoever reads a descriptor makes all that comes of it."""
        problems: list[Problem] = []
        unnamed: list[Problem] = []
        members: dict[str, Member] = {}
        project = self._general.settings.project
        for path in paths:
            mine: list[Problem] = []
            descriptor = attempt(lambda path=path: load_descriptor(self._root, path), mine)  # type: ignore[misc]
            if descriptor:
                mine += check_descriptor(project, descriptor)
            if descriptor and self._is_sound and not mine:
                named = drafts.draft(project, descriptor, unnamed)
                self._found[descriptor.name] = descriptor, named
                members[descriptor.name] = drafts.member(project, descriptor, named)
            problems += mine
        return Read(tuple(problems), members, bool(unnamed))

    def make(self, order: Order) -> Made | None:
        """Plan and render, and look what is different on disk; None if anything is wrong."""
        problems: list[Problem] = []
        planner = Planner(self._general.settings, order.links, problems)
        renderer = Renderer(self._general.templates)
        pipelines = 0
        refused: list[str] = []
        paths: list[str] = []
        castable = True
        for name, (descriptor, named) in self._found.items():
            component = planner.component(descriptor, named)
            pipelines += len(component.scripts)
            if problems:
                return None
            if not order.files:
                continue
            try:
                files = renderer.component(component)
            except ConfigError:
                return None
            if order.compare and (order.only is None or name in order.only):
                self._changes += outputs.differing(self._root / OUTPUT, files, self._listed, refused)
                paths += files
                castable = self._take_items(files) and castable
        self._found.clear()
        shapes = frozenset(item.shape for item in self._items) if castable else None
        changes = tuple(change.without_text() for change in self._changes)
        return Made(pipelines, changes, tuple(refused), tuple(paths), shapes)

    def _take_items(self, files: Files) -> bool:
        found = moulds.of_files(files)
        self._items += found or ()
        return found is not None

    def write(self, _: None) -> None:
        """Write what is different."""
        outputs.carry_out(self._root / OUTPUT, self._changes)

    def cast(self, known: Mapping[str, Mould]) -> list[Document]:
        """The XML of the jobs and views."""
        return [known[item.shape].cast(item) for item in self._items]

    def cast_into(self, order: tuple[Mapping[str, Mould], Path]) -> int:
        """Write the XML to a folder; returns how many files it should hold."""
        known, folder = order
        return outputs.write_xml(folder, (known[item.shape].cast(item) for item in self._items))
