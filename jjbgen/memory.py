"""What the last run knew of components, in terms of this one; what is in doubt is forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jjbgen import cache, disk
from jjbgen.cache import Entry, Notes, fingerprint
from jjbgen.disk import Listing, Stamp
from jjbgen.drafts import Member, Named, Roster
from jjbgen.homes import Home
from jjbgen.jobs import JobId
from jjbgen.links import Links
from jjbgen.moulds import Mould
from jjbgen.part import Facts, Request
from jjbgen.pipeline import JobRef
from jjbgen.places import COMPONENTS, OUTPUT
from jjbgen.project import Project


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run has made."""

    roster: Roster
    links: Mapping[str, Links]
    facts: Mapping[str, Facts]
    """Of the components that were made."""
    known: Mapping[str, Entry]
    """The others."""
    xml: Mapping[str, dict[str, str]]
    """Fingerprints of the XML that was written, by component and name."""
    general: list[str] | None
    """The names of folders, jobs and views of no component whose XML was written; None if none was."""
    written: Iterable[str] | None
    """The files that were written to the output, by path there; None if others may have been too."""
    moulds: Mapping[str, Mould]


class Memory:
    """The notes about a config repo, as far as a run may use and keep them."""

    def __init__(self, root: Path, request: Request) -> None:
        """Of everything that a run is about to make, `request` says what may be left as it is."""
        self._root = root
        self._output = root / OUTPUT if request.files else None
        self._xml = request.xml.resolve() if request.xml else None
        self._seen = request.seen if request.only is None else None
        self._listed: Listing | None = None
        self._stamps: dict[str, Stamp] = {}

    def known(self, project: Project, paths: Iterable[Path], output: Listing) -> dict[str, Entry]:
        """The components, by name, that need not be made again, unless they refer to others.

        `output` is what is in the output folder.
        """
        if self._seen is None or not self._seen.holds or self._seen.notes.plugins != project.plugins:
            return {}
        notes, texts = self._seen.notes, self._seen.texts or {}
        found: dict[str, Entry] = {}
        for path in paths:
            relative = f"{COMPONENTS}/{path.name}"
            entry = notes.components.get(relative)
            if entry and texts.get(relative) == entry.text:
                found[path.stem] = entry
        self._listed = output
        if self._output and not notes.is_tree(self._output, cache.tree(output)):
            found = {name: entry for name, entry in found.items() if _are_there(self._output, entry.files)}
        elif self._output:
            found = {name: entry for name, entry in found.items() if entry.files is not None}
        if self._xml:
            self._stamps = disk.stamps(str(self._xml), notes.config_files)
        if self._xml and not notes.is_tree(self._xml, cache.xml(notes.documents, self._stamps)):
            found = {name: entry for name, entry in found.items() if _are_there(self._xml, entry.config_files)}
        return found

    def moulds(self) -> dict[str, Mould]:
        """The moulds that JJB has made before."""
        if self._seen is None or not self._seen.holds:
            return {}
        return {shape: Mould.recalled(row) for shape, row in self._seen.notes.moulds.items()}

    def keep(self, project: Project, made: Outcome) -> None:
        """Note what a run has made and written, and what it has left as it was."""
        if self._seen is None:
            return
        noted, base = self._seen.notes, self._seen.base
        if not (self._output or self._xml) and noted.trees and self._seen.holds:
            # A run that only checks would know less than what is noted.
            return
        if noted.plugins != project.plugins:
            cache.save(self._root, Notes("", project.plugins, 0, 0, {}))
            return
        if base is None or base != cache.base(self._root, project.plugins):
            return
        entries = {
            member.path: made.known[name] if name in made.known else _entry(name, member, made)
            for name, member in made.roster.items()
        }
        notes = Notes(
            base,
            project.plugins,
            sum(len(member.jobs) for member in made.roster.values()),
            sum(entry.pipelines for entry in entries.values()),
            entries,
            general=made.general,
            moulds={shape: made.moulds[shape].row() for shape in sorted(made.moulds)},
        )
        trees = {
            self._output: cache.tree(self._now(self._output, made)) if self._output else None,
            self._xml: cache.xml(notes.documents, self._stamps_now(self._xml, made)) if self._xml else None,
        }
        notes.trees |= {str(folder): tree for folder, tree in trees.items() if tree}
        cache.save(self._root, notes)

    def _now(self, output: Path, made: Outcome) -> Listing:
        """What is in the output now; what others write meanwhile is found by the next run, which compares."""
        if self._listed is None or made.written is None or self._listed.leftovers:
            return disk.listing(str(output))
        return disk.after_writing(str(output), self._listed, made.written)

    def _stamps_now(self, xml: Path, made: Outcome) -> dict[str, Stamp]:
        """Those of the XML that was written, and of all other as it was when it was found to be right."""
        written = (name for names in (made.general or (), *made.xml.values()) for name in names)
        return {**self._stamps, **disk.stamps(str(xml), map(cache.config_file, written))}


def _are_there(folder: Path, files: Mapping[str, str] | None) -> bool:
    """Whether the files of a component are as they were when they were made."""
    return files is not None and all(_fingerprint(f"{folder}/{path}") == known for path, known in files.items())


def _fingerprint(path: str) -> str | None:
    data = disk.data_of_file(path)
    return None if data is None else fingerprint(data)


def _entry(name: str, member: Member, made: Outcome) -> Entry:
    facts = made.facts[name]
    rows = [
        [each.id.pipeline, each.id.branch, each.id.point, each.name, _rows(each.upstream), _rows(each.dependencies)]
        for each in member.jobs
    ]
    row = [name, member.path, member.home.controller, rows]
    files = None if facts.files is None else dict(facts.files)
    return Entry(facts.text, row, _links(member, made.links), facts.pipelines, files, made.xml.get(name))


def _rows(refs: Iterable[JobRef]) -> list[dict[str, Any]]:
    return [ref.model_dump() for ref in refs]


def _links(member: Member, links: Mapping[str, Links]) -> dict[str, Any]:
    return {
        job.name: {key: list(names) for key, names in links[job.name].items()}
        for job in member.jobs
        if job.name in links
    }


def recalled(entry: Entry, places: Mapping[str, Home]) -> Member:
    """A component as all others see it."""
    name, path, controller, rows = entry.member
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


def is_moved(entry: Entry, member: Member, links: Mapping[str, Links]) -> bool:
    """Whether its jobs refer to others than they did when it was made."""
    return entry.links != _links(member, links)
