"""From a config repo to its output and its XML on all cores: what the commands do.

The same as `generate` does step by step in one process with everything in its hands, which tells what is wrong whenever
something is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Set
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from jjbgen import aside, generate, handwritten, load, outputs
from jjbgen.check import check_general
from jjbgen.counts import Counts
from jjbgen.disk import Listing
from jjbgen.drafts import Member, Named, Roster, clashes
from jjbgen.errors import ConfigError, OutdatedError, Problem
from jjbgen.homes import Home, homes
from jjbgen.links import Links, link
from jjbgen.load import Inputs
from jjbgen.memory import Everyone, Memory, Outcome
from jjbgen.notebook import Entry
from jjbgen.outputs import Change
from jjbgen.parallel import Team
from jjbgen.part import Facts, Made, Order, Part, Request
from jjbgen.places import OUTPUT

if TYPE_CHECKING:  # what only checks needs neither templates nor moulds
    from jjbgen.moulds import Document, Item, Mould
    from jjbgen.render import Files

_AT_A_TIME = 25
"""Descriptors that a process is given at a time: a tenth of a second of work."""

_WORTH_IT = 100
"""From so many descriptors on, other processes save more than it takes to start them."""


class Production:
    """What a config repo generates, not yet written; made by `production`."""

    def __init__(self, root: Path, general: Inputs, everyone: Everyone, team: Team[Part], made: list[Made]) -> None:
        self.root = root
        self.inputs = general
        self._everyone = everyone
        self._team = team
        self._made = made
        self._own: list[Change] = []
        self._own_items: list[Item] | None = []
        self._by_hand: tuple[str, ...] = ()
        self._general_xml: list[str] | None = None
        self._leftovers: tuple[str, ...] = ()
        self.known: Mapping[str, Entry] = {}
        """Components that need not be made again, by name."""
        self.changes: tuple[Change, ...] = ()
        """What it takes to bring the output up to date, without the texts."""
        self.is_current = True
        """Whether the output on disk is what is generated."""
        self.xml: dict[str, dict[str, str]] = {}
        """Fingerprints of the XML that was written, by component and name."""
        self.moulds: dict[str, Mould] = {}
        """Of the shapes that JJB has made moulds of, now or before."""

    @property
    def facts(self) -> dict[str, Facts]:
        """What there is to know of the components that were made."""
        return {name: facts for each in self._made for name, facts in each.components.items()}

    @property
    def counts(self) -> Counts:
        """How much there is."""
        pipelines = sum(each.pipelines for each in self.facts.values())
        known = sum(each.pipelines for each in self.known.values())
        return Counts(self._everyone.number, self._everyone.jobs, pipelines + known)

    @property
    def roster(self) -> Roster:
        """All components, as others see them."""
        return self._everyone.roster

    def outcome(self, links: Mapping[str, Links]) -> Outcome:
        """What the next run may want to know."""
        return Outcome(
            self._everyone, links, self.facts, self.known, self.xml, self._general_xml, self.changes, self.moulds
        )

    def compare(self, listed: Listing, touched: Set[str], copies: Files, only: Collection[str] | None) -> None:
        """Find out about all files; raises RefusedError for what is in the way.

        Of those on disk, which are `listed`, only those that are `touched` may not be what they are to be.
        """
        folder = self.root / OUTPUT
        self._leftovers = tuple(listed.leftovers)
        refused = [path for each in self._made for path in each.refused]
        changes = [change for each in self._made for change in each.changes]
        paths = {path for facts in self.facts.values() for path in facts.files or ()}
        if only is None and not self._everyone.is_as_noted:
            from jjbgen import moulds

            general = self.general_files()
            own = {**general, **copies}
            self._own = outputs.differing(folder, own, listed, refused)
            self._own_items = moulds.of_files(general)
            self._by_hand = tuple(copies)
            paths |= own.keys()
        rest = touched - paths
        if rest:
            rest -= {path for entry in self.known.values() for path in entry.rest.files or ()}
        superfluous = outputs.superfluous(folder, rest, only, refused)
        outputs.refuse(folder, refused)
        self._own += superfluous
        self.changes = tuple(sorted((*changes, *self._own), key=lambda change: change.path))
        self.is_current = not self.changes

    def general_files(self) -> Files:
        """The files that belong to no component; raises ConfigError for a template that is wrong."""
        project = self.inputs.settings.project

        def jobs(home: Home) -> tuple[Named, ...]:
            return tuple(job for member in self.roster.values() if member.home == home for job in member.jobs)

        from jjbgen.compiled import renderer_of

        return renderer_of(self.inputs.templates).general(project.title, tuple(homes(project).values()), jobs)

    def write(self) -> None:
        """Bring the output up to date. An interrupted run leaves whole files, and the next one finishes its work."""
        if self.changes:
            outputs.clean(self.root / OUTPUT, self._leftovers)
            list(self._team.each(Part.write, None))
            outputs.carry_out(self.root / OUTPUT, self._own)
        self.is_current = True

    def refuse_outdated(self) -> None:
        """Raise OutdatedError unless the output is up to date."""
        if self.changes:
            listed = "\n".join(f"  {change.place}" for change in self.changes)
            raise OutdatedError(f"not up to date:\n{listed}\nRun `jjbgen generate` first.")

    def documents(self) -> list[Document]:
        """The XML of every job and view of the output, which has to be up to date; raises ConfigError."""
        from jjbgen import casting

        known = self._moulds()
        general = self._general_documents(known)
        if known is None or general is None:
            return casting.made_by_jjb(self.root, self.inputs.plugins)
        parts = [document for part in self._team.each(Part.cast, known) for document in part]
        return casting.in_order([*parts, *general])

    def write_xml(self, folder: Path) -> int:
        """Write the same to `<folder>/<name>/config.xml`; returns how many there are."""
        from jjbgen import casting

        known = self._moulds()
        general = self._general_documents(known)
        if known is None or general is None:
            made = casting.made_by_jjb(self.root, self.inputs.plugins)
            return len(outputs.write_xml(folder, made))
        for part in self._team.each(Part.cast_into, (known, folder)):
            self.xml |= part
        if not self._everyone.is_as_noted:
            self._general_xml = list(outputs.write_xml(folder, general))
        names = self._everyone.general_names if self._general_xml is None else self._general_xml
        others = sum(len(each.names or ()) for each in self.known.values())
        return len(names) + sum(map(len, self.xml.values())) + others

    def _moulds(self) -> dict[str, Mould] | None:
        """The moulds of all shapes; None where it is not certain that JJB would make the same of the whole output."""
        from jjbgen import casting

        if self._own_items is None or not casting.can_cast(self.root, self.inputs.templates):
            return None
        shapes = {item.shape for item in self._own_items}
        for each in self._made:
            if each.shapes is None:
                return None
            shapes |= each.shapes
        made = casting.make_moulds(self.root, shapes - self.moulds.keys(), self.inputs.plugins)
        if made is None:
            return None
        self.moulds |= made
        return {shape: self.moulds[shape] for shape in shapes}

    def _general_documents(self, known: Mapping[str, Mould] | None) -> list[Document] | None:
        from jjbgen import casting

        by_hand = casting.written_by_hand(self.root, self._by_hand, self.inputs.plugins)
        if known is None or by_hand is None or self._own_items is None:
            return None
        return [*(known[item.shape].cast(item) for item in self._own_items), *by_hand]


@contextmanager
def production(root: Path, request: Request = Request()) -> Iterator[Production]:  # noqa: B008 - it is frozen
    """Load and check a config repo and make what it generates.

    Raises ConfigError with all problems of a stage, and RefusedError for what is not ours in the output.
    """
    root = root.resolve()
    memory = Memory(root, request)
    problems: list[Problem] = []
    copies = handwritten.load(root, problems)
    general = load.load_general(root, problems)
    paths = list(load.descriptor_files(root, problems))
    if general is None:
        # There is nothing to check the descriptors with, and what can be read of them is told.
        load.load_descriptors(root, paths, problems)
        raise ConfigError(problems)
    problems += check_general(general.settings)
    listed = _listed(root / OUTPUT, request) if request.files else Listing({}, set(), [])
    project = general.settings.project
    known = memory.known(project, paths, listed) if not problems else {}
    fresh = [path for path in paths if path.stem not in known]
    # Templates of the config repo's own are tried out, whatever is wanted.
    makes_files = request.files or bool(general.templates.own)
    part = Part(root, general, listed, is_sound=not problems, makes_files=makes_files)
    with Team(part, _processes(len(fresh)) if request.processes is None else request.processes) as team:
        found = _read(team, fresh, problems)
        if problems:
            raise ConfigError(problems)
        if len(known) + len(found) < len(paths):
            _told(root)
        everyone = Everyone(paths, known, found, memory)
        links = everyone.links
        if links is None:
            links = _linked(root, general, everyone.roster, copies, request)
            moved = [path for path in paths if path.stem in known and everyone.is_moved(path.stem, links)]
            everyone.add(_read(team, moved, problems))
            if problems:
                raise ConfigError(problems)
        order = Order(links, request.only, compare=request.files)
        made = [each or _told(root) for each in team.each(Part.make, order)]
        result = Production(root, general, everyone, team, made)
        result.moulds = memory.moulds()
        result.known = {name: entry for name, entry in known.items() if name not in result.facts}
        if request.files:
            result.compare(listed, memory.touched(listed.files), copies, request.only)
        elif makes_files:
            result.general_files()
        yield result
        if result.is_current:
            memory.keep(project, result.outcome(order.links))


def _listed(folder: Path, request: Request) -> Listing:
    """What is in the output folder; raises RefusedError if it is a link."""
    if request.scan is None:
        return outputs.listing(folder)
    outputs.refuse_link(folder)
    return request.scan().listed


def _processes(descriptors: int) -> int:
    return aside.cores() if descriptors >= _WORTH_IT and aside.can_fork() else 1


def _read(team: Team[Part], paths: list[Path], problems: list[Problem]) -> dict[str, Member]:
    """Have descriptors read; without those whose jobs cannot be named."""
    reads = team.share(Part.read, [paths[i : i + _AT_A_TIME] for i in range(0, len(paths), _AT_A_TIME)])
    problems += [problem for each in reads for problem in each.problems]
    return {name: member for each in reads if not each.is_doubtful for name, member in each.members.items()}


def _linked(root: Path, general: Inputs, roster: Roster, copies: Files, request: Request) -> dict[str, Links]:
    """What jobs refer to, if all names are right; else raises what is told of it."""
    if any(clashes(general.settings.project, roster)):
        _told(root)
    if copies:
        generate.check_handwritten(root, copies, general.settings, roster)
    generate.check_known(request.only or (), roster)

    def tell(*_: object) -> None:
        _told(root)

    return link(roster, tell)


def _told(root: Path) -> Made:
    """Raise what `generate` tells of something that is wrong, at its place."""
    generate.files(generate.checked(root))
    raise AssertionError("a part of the config repo is wrong, and the whole is not")
