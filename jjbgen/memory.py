"""What the last run knew of components, in terms of this one; what is in doubt is forgotten."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jjbgen import cache, disk, notebook
from jjbgen.disk import Listing, Stamp
from jjbgen.drafts import Member, Named, Roster
from jjbgen.homes import Home, homes
from jjbgen.jobs import JobId
from jjbgen.links import Links
from jjbgen.notebook import Entry, General, Notes, Rest, component, config_file, fingerprint
from jjbgen.outputs import Action, Change
from jjbgen.part import Facts, Request
from jjbgen.pipeline import JobRef
from jjbgen.places import COMPONENTS, OUTPUT
from jjbgen.project import Project

if TYPE_CHECKING:
    from jjbgen.moulds import Mould


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run has made."""

    everyone: Everyone
    links: Mapping[str, Links]
    facts: Mapping[str, Facts]
    """Of the components that were made."""
    known: Mapping[str, Entry]
    """The others."""
    xml: Mapping[str, dict[str, str]]
    """Fingerprints of the XML that was written, by component and name."""
    general: list[str] | None
    """The names of folders, jobs and views of no component whose XML was written; None if none was."""
    changes: Sequence[Change]
    """What was done to the output."""
    moulds: Mapping[str, Mould]


class Memory:
    """The notes about a config repo, as far as a run may use and keep them."""

    def __init__(self, root: Path, request: Request) -> None:
        """Of everything that a run is about to make, `request` says what may be left as it is."""
        self._root = root
        self._output = root / OUTPUT if request.files else None
        self._xml = request.xml.resolve() if request.xml else None
        self._seen = request.seen if request.only is None else None
        self._scan = request.scan
        self._listed = Listing({}, set(), [])
        self.general: General | None = None
        """What was noted of the output that belongs to no component, while it is as it was."""
        self.places: Mapping[str, Home] = {}
        self._names: frozenset[str] = frozenset()
        self._untouched: frozenset[str] = frozenset()
        """The components whose output is as it was noted, to the last file; the empty name is for all else."""

    def known(self, project: Project, paths: Iterable[Path], output: Listing) -> dict[str, Entry]:
        """The components, by name, that need not be made again, unless they refer to others.

        `output` is what is in the output folder.
        """
        self._listed = output
        if self._seen is None or not self._seen.holds or self._seen.notes.plugins != project.plugins:
            return {}
        self.places = homes(project)
        notes, texts = self._seen.notes, self._seen.texts or {}
        found: dict[str, Entry] = {}
        for path in paths:
            relative = f"{COMPONENTS}/{path.name}"
            entry = notes.components.get(relative)
            if entry and texts.get(relative) == entry.text:
                found[path.stem] = entry
        self.general = notes.general
        if self._output:
            found = self._with_output(self._output, found, output)
        if self._xml:
            found = self._with_xml(self._xml, found)
        return found

    def _with_output(self, folder: Path, entries: Mapping[str, Entry], listed: Listing) -> dict[str, Entry]:
        """Those whose output is there."""
        notes = self._notes
        self._names = frozenset(map(component, notes.components))
        now = cache.outputs(listed, self._names)
        if notes.output == str(folder):
            before = {"": notes.general.output} | {name: entry.output for name, entry in entries.items()}
            self._untouched = frozenset(name for name, known in before.items() if known and known == now.get(name))
        if "" not in self._untouched:
            self.general = None
        return {
            name: entry if name in self._untouched else replace(entry, output=now.get(name))
            for name, entry in entries.items()
            # A link in the place of a folder may lead to the same files, and has to be told.
            if name in self._untouched or (name not in listed.files and _are_there(folder, entry.rest.files))
        }

    def _with_xml(self, folder: Path, entries: Mapping[str, Entry]) -> dict[str, Entry]:
        """Those whose XML is there."""
        notes = self._notes
        stamps = self._scan().stamps if self._scan else disk.stamps(str(folder), notes.config_files)
        found: dict[str, Entry] = {}
        for name, entry in entries.items():
            now = cache.documents(entry.names, stamps)
            if now and now == entry.documents and notes.xml == str(folder):
                found[name] = entry
            elif _are_there(folder, entry.rest.config_files):
                found[name] = replace(entry, documents=now)
        general = cache.documents(notes.general.names, stamps)
        if not general or general != notes.general.documents or notes.xml != str(folder):
            self.general = None
        return found

    def touched(self, paths: Iterable[str]) -> set[str]:
        """Of the files of the output, by path there, those that may not be what they are to be."""
        return {path for path in paths if cache.part_of(path, self._names) not in self._untouched}

    @property
    def _notes(self) -> Notes:
        return self._seen.notes if self._seen else Notes("", "", 0, 0)

    def links(self, known: Collection[str], found: Mapping[str, Member]) -> dict[str, Links] | None:
        """The links of the components in `found`, if all components, which are these, say of themselves what they said.

        Then all have the names and links that they had, and what belongs to no component is as it was. None if
        anything is said anew, or if that is not on disk.
        """
        notes = self._notes
        if self.general is None or len(known) + len(found) != len(notes.components):
            return None
        links: dict[str, Links] = {}
        for name, member in found.items():
            entry = notes.components.get(member.path)
            rest = entry.rest if entry else None
            if rest is None or rest.member != _said(name, member):
                return None
            links |= {job: {key: tuple(names) for key, names in each.items()} for job, each in rest.links.items()}
        return links

    @property
    def jobs(self) -> int:
        """How many there were at the last run."""
        return self._notes.jobs

    def moulds(self) -> dict[str, Mould]:
        """The moulds that JJB has made before."""
        if self._seen is None or not self._seen.holds or not self._seen.notes.moulds:
            return {}
        from jjbgen.moulds import Mould

        return {shape: Mould.recalled(row) for shape, row in self._seen.notes.moulds.items()}

    def keep(self, project: Project, made: Outcome) -> None:
        """Note what a run has made and written, and what it has left as it was."""
        if self._seen is None:
            return
        noted, base = self._seen.notes, self._seen.base
        if not (self._output or self._xml) and (noted.output or noted.xml) and self._seen.holds:
            # A run that only checks would know less than what is noted.
            return
        if noted.plugins != project.plugins:
            notebook.save(self._root, Notes("", project.plugins, 0, 0))
            return
        if base is None or base != cache.base(self._root, project.plugins):
            return
        paths = {component(path): path for path in noted.components}
        entries = {paths[name]: entry for name, entry in made.known.items()}
        output = self._output_now(made)
        stamps = self._stamps_now(made)
        for name, facts in made.facts.items():
            member = made.everyone.found[name]
            rest = _rest(name, member, made)
            names = None if rest.xml is None else list(rest.xml)
            entries[member.path] = Entry(
                facts.text, facts.pipelines, names, output.get(name), cache.documents(names, stamps), rest.row()
            )
        general = General(made.general, output.get(""), cache.documents(made.general, stamps))
        if made.everyone.is_as_noted:
            general = General(noted.general.names, output.get(""), noted.general.documents)
        notes = Notes(
            base,
            project.plugins,
            made.everyone.jobs,
            sum(entry.pipelines for entry in entries.values()),
            dict(sorted(entries.items())),
            general,
            str(self._output) if self._output else None,
            str(self._xml) if self._xml else noted.xml if self._seen.holds else None,
            {shape: made.moulds[shape].row() for shape in sorted(made.moulds)},
        )
        notebook.save(self._root, notes)

    def _output_now(self, made: Outcome) -> dict[str, str | None]:
        """Fingerprints of what was made; what others write meanwhile is found by the next run, which compares."""
        if self._output is None:
            return {}
        removed = {change.path for change in made.changes if change.action is Action.DELETE}
        written = [change.path for change in made.changes if change.action is not Action.DELETE]
        after = disk.after_writing(str(self._output), self._listed, written, removed)
        others = made.known.keys()
        files = {path: stamp for path, stamp in after.files.items() if not cache.part_of(path, others)}
        # What interrupted runs have left is gone as soon as anything is written.
        leftovers = [] if made.changes else after.leftovers
        return cache.outputs(Listing(files, set(), leftovers), made.facts.keys())

    def _stamps_now(self, made: Outcome) -> dict[str, Stamp]:
        """Those of the XML that was written."""
        if self._xml is None:
            return {}
        written = (name for names in (made.general or (), *made.xml.values()) for name in names)
        return disk.stamps(str(self._xml), map(config_file, written))


def _are_there(folder: Path, files: Mapping[str, str] | None) -> bool:
    """Whether the files of a component are as they were when they were made."""
    return files is not None and all(_fingerprint(f"{folder}/{path}") == known for path, known in files.items())


def _fingerprint(path: str) -> str | None:
    data = disk.data_of_file(path)
    return None if data is None else fingerprint(data)


def _said(name: str, member: Member) -> list[Any]:
    """What all others have to know of a component, as JSON has it."""
    rows = [
        [
            each.id.pipeline,
            each.id.branch,
            [list(pair) for pair in each.id.point],
            each.name,
            _rows(each.upstream),
            _rows(each.dependencies),
        ]
        for each in member.jobs
    ]
    return [name, member.path, member.home.controller, rows]


def _rest(name: str, member: Member, made: Outcome) -> Rest:
    files = made.facts[name].files
    return Rest(
        _said(name, member), _links(member, made.links), None if files is None else dict(files), made.xml.get(name)
    )


def _rows(refs: Iterable[JobRef]) -> list[dict[str, Any]]:
    return [ref.model_dump() for ref in refs]


def _links(member: Member, links: Mapping[str, Links]) -> dict[str, Any]:
    return {
        job.name: {key: list(names) for key, names in links[job.name].items()}
        for job in member.jobs
        if job.name in links
    }


class Everyone:
    """All components of a config repo, as they see each other."""

    def __init__(
        self, paths: Sequence[Path], known: Mapping[str, Entry], found: Mapping[str, Member], memory: Memory
    ) -> None:
        """`known` are those that were made at the last run, `found` those that were read in this one."""
        self._paths = paths
        self._known = known
        self.found = dict(found)
        """Those that were read, by name."""
        self._memory = memory
        self.links = memory.links(known, found)
        """Of those that were read, if nobody says anything new; else None, and it has to be found out."""

    def add(self, members: Mapping[str, Member]) -> None:
        """Known ones that were read all the same."""
        self.found |= members

    @property
    def number(self) -> int:
        """How many components there are."""
        return len(self._paths)

    @property
    def is_as_noted(self) -> bool:
        """Whether nobody says anything new, so that what belongs to no component is as it was."""
        return self.links is not None

    @property
    def general_names(self) -> list[str]:
        """Those of the folders, jobs and views that were made at the last run and belong to no component."""
        general = self._memory.general
        return general.names or [] if general else []

    @property
    def jobs(self) -> int:
        """How many jobs there are."""
        return self._memory.jobs if self.is_as_noted else sum(len(member.jobs) for member in self.roster.values())

    @cached_property
    def roster(self) -> Roster:
        """All of them by name, in their order."""
        recalled = {name: _recalled(entry, self._memory.places) for name, entry in self._known.items()}
        return {path.stem: self.found.get(path.stem) or recalled[path.stem] for path in self._paths}

    def is_moved(self, name: str, links: Mapping[str, Links]) -> bool:
        """Whether jobs of a known component refer to others than they did when it was made."""
        return self._known[name].rest.links != _links(self.roster[name], links)


def _recalled(entry: Entry, places: Mapping[str, Home]) -> Member:
    """A component as all others see it."""
    name, path, controller, rows = entry.rest.member
    jobs = tuple(
        Named(
            JobId(name, pipeline, branch, tuple((axis, value) for axis, value in point)),
            job,
            tuple(map(JobRef.model_validate, upstream)),
            tuple(map(JobRef.model_validate, dependencies)),
        )
        for pipeline, branch, point, job, upstream, dependencies in rows
    )
    return Member(path, places[controller], jobs)
