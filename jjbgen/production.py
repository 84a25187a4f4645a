"""From a config repo to its output and its XML on all cores: what the commands do.

The same as `generate` does step by step in one process with everything in its hands, which tells what is wrong whenever
something is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jjbgen import casting, generate, handwritten, load, moulds, outputs, parallel
from jjbgen.check import check_general
from jjbgen.drafts import Member, Named, Roster, clashes
from jjbgen.errors import ConfigError, OutdatedError, Problem
from jjbgen.homes import Home, homes
from jjbgen.links import link
from jjbgen.load import Inputs
from jjbgen.moulds import Document, Item, Mould
from jjbgen.outputs import OUTPUT, Change
from jjbgen.parallel import Team
from jjbgen.part import Made, Order, Part, Read
from jjbgen.render import Files, Renderer

_AT_A_TIME = 25
"""Descriptors that a process is given at a time: a tenth of a second of work."""

_WORTH_IT = 100
"""From so many descriptors on, other processes save more than it takes to start them."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a config repo holds."""

    components: int
    jobs: int
    pipelines: int

    def as_dict(self) -> dict[str, int]:
        """The numbers by what is counted."""
        return {"components": self.components, "jobs": self.jobs, "pipelines": self.pipelines}


class Production:
    """What a config repo generates, not yet written; made by `production`."""

    def __init__(self, root: Path, general: Inputs, roster: Roster, team: Team[Part], made: list[Made]) -> None:
        self._root = root
        self._general = general
        self._roster = roster
        self._team = team
        self._made = made
        self._own: list[Change] = []
        self._own_items: list[Item] = []
        self._by_hand: tuple[str, ...] = ()
        self.changes: tuple[Change, ...] = ()
        """What it takes to bring the output up to date, without the texts."""

    @property
    def counts(self) -> Counts:
        """How much there is."""
        jobs = sum(len(member.jobs) for member in self._roster.values())
        return Counts(len(self._roster), jobs, sum(each.pipelines for each in self._made))

    def compare(self, listed: outputs.Listing, copies: Files, only: Collection[str] | None) -> None:
        """Find out about all files; raises RefusedError for what is in the way."""
        folder = self._root / OUTPUT
        refused = [path for each in self._made for path in each.refused]
        changes = [change for each in self._made for change in each.changes]
        paths = {path for each in self._made for path in each.paths}
        if only is None:
            own = {**self._general_files(), **copies}
            self._own = outputs.differing(folder, own, listed, refused)
            self._own_items = moulds.of_files(self._general_files()) or []
            self._by_hand = tuple(copies)
            paths |= own.keys()
        superfluous = outputs.superfluous(folder, listed.files.keys() - paths, only, refused)
        outputs.refuse(folder, refused)
        self._own += superfluous
        self.changes = tuple(sorted((*changes, *self._own), key=lambda change: change.path))

    def _general_files(self) -> Files:
        project = self._general.settings.project

        def jobs(home: Home) -> Iterator[Named]:
            return (job for member in self._roster.values() if member.home == home for job in member.jobs)

        return Renderer(self._general.templates).general(project.title, tuple(homes(project).values()), jobs)

    def write(self) -> None:
        """Bring the output up to date. An interrupted run leaves whole files, and the next one finishes its work."""
        if self.changes:
            outputs.clean(self._root / OUTPUT)
            list(self._team.each(Part.write, None))
            outputs.carry_out(self._root / OUTPUT, self._own)

    def refuse_outdated(self) -> None:
        """Raise OutdatedError unless the output is up to date."""
        if self.changes:
            listed = "\n".join(f"  {change.place}" for change in self.changes)
            raise OutdatedError(f"not up to date:\n{listed}\nRun `jjbgen generate` first.")

    def documents(self) -> list[Document]:
        """The XML of every job and view of the output, which has to be up to date; raises ConfigError."""
        known = self._moulds()
        general = self._general_documents(known)
        if known is None or general is None:
            return self._all_documents()
        parts = [document for part in self._team.each(Part.cast, known) for document in part]
        return casting.in_order([*parts, *general])

    def write_xml(self, folder: Path) -> int:
        """Write the same to `<folder>/<name>/config.xml`; returns how many."""
        known = self._moulds()
        general = self._general_documents(known)
        if known is None or general is None:
            return outputs.write_xml(folder, self._all_documents())
        written = sum(self._team.each(Part.cast_into, (known, folder)))
        return written + outputs.write_xml(folder, general)

    def _moulds(self) -> dict[str, Mould] | None:
        """The moulds of all shapes; None where it is not certain that JJB would make the same of the whole output."""
        shapes = {item.shape for item in self._own_items}
        if any(name.startswith("jobs/") for name in self._general.templates.own) or not casting.can_cast(self._root):
            return None
        for each in self._made:
            if each.shapes is None:
                return None
            shapes |= each.shapes
        return casting.make_moulds(self._root, shapes, self._general.plugins)

    def _general_documents(self, known: Mapping[str, Mould] | None) -> list[Document] | None:
        by_hand = casting.written_by_hand(self._root, self._by_hand, self._general.plugins)
        if known is None or by_hand is None:
            return None
        return [*(known[item.shape].cast(item) for item in self._own_items), *by_hand]

    def _all_documents(self) -> list[Document]:
        repo = generate.checked(self._root)
        return casting.documents(repo.root, generate.files(repo), repo.inputs.plugins)


@contextmanager
def production(
    root: Path, *, only: Collection[str] | None = None, files: bool = True, processes: int | None = None
) -> Iterator[Production]:
    """Load and check a config repo and make what it generates, or with `only` what these components do.

    Without `files`, everything is checked and nothing is made. Raises ConfigError with all problems of a stage, and
    RefusedError for what is not ours in the output. `processes` says how many make it, instead of what seems best.
    """
    root = root.resolve()
    problems: list[Problem] = []
    copies = handwritten.load(root, problems)
    general = load.load_general(root, problems)
    paths = list(load.descriptor_files(root, problems))
    if general is None:
        # There is nothing to check the descriptors with, and what can be read of them is told.
        load.load_descriptors(root, paths, problems)
        raise ConfigError(problems)
    problems += check_general(general.settings)
    listed = outputs.listing(root / OUTPUT) if files else outputs.Listing({}, set(), [])
    part = Part(root, general, listed, is_sound=not problems)
    with Team(part, _processes(len(paths)) if processes is None else processes) as team:
        reads = team.share(Part.read, [paths[i : i + _AT_A_TIME] for i in range(0, len(paths), _AT_A_TIME)])
        problems += [problem for each in reads for problem in each.problems]
        if problems:
            raise ConfigError(problems)
        roster = _roster(root, general, reads)
        if copies:
            generate.check_handwritten(root, copies, general.settings, roster)
        if only is not None:
            generate.check_known(only, roster)
        order = _order(root, general, roster, frozenset(only) if only is not None else None, files=files)
        made = [each or _told(root) for each in team.each(Part.make, order)]
        result = Production(root, general, roster, team, made)
        if files:
            result.compare(listed, copies, only)
        yield result


def _processes(descriptors: int) -> int:
    return parallel.cores() if descriptors >= _WORTH_IT and parallel.can_fork() else 1


def _roster(root: Path, general: Inputs, reads: list[Read]) -> Roster:
    members: dict[str, Member] = {name: member for each in reads for name, member in each.members.items()}
    if any(each.is_doubtful for each in reads) or any(clashes(general.settings.project, members)):
        _told(root)
    return members


def _order(root: Path, general: Inputs, roster: Roster, only: frozenset[str] | None, *, files: bool) -> Order:
    def tell(*_: object) -> None:
        _told(root)

    links = link(roster, tell)
    # Templates of the config repo's own are tried out, whatever is wanted.
    return Order(links, only, files=files or bool(general.templates.own), compare=files)


def _told(root: Path) -> Made:
    """Raise what `generate` tells of something that is wrong, at its place."""
    generate.files(generate.checked(root))
    raise AssertionError("a part of the config repo is wrong, and the whole is not")
