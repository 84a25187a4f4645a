"""A config repo as it is, beside what was noted of it at the last run: what goes in, and what came out.

Notes hold as long as everything is the same that goes into components, from the descriptor's bytes to the versions of
libraries. What is on disk is known by sizes, times and inodes, as git knows it. Little is imported here: for a run
without changes, this is all that it takes.
"""

from __future__ import annotations

import marshal
import os
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from jjbgen import __version__, disk, notebook
from jjbgen.disk import Listing, Stamp
from jjbgen.notebook import Notes, component, config_file, fingerprint
from jjbgen.places import COMPONENTS, HANDWRITTEN, SETTINGS, TEMPLATES

_FOLDERS = (TEMPLATES, HANDWRITTEN)
_LIBRARIES = (
    *("jinja2", "jenkins_jobs", "jenkins", "markupsafe", "packaging", "pydantic", "pydantic_core"),
    *("pkg_resources", "regex", "semver", "tzdata", "yaml"),
)


def base(root: Path, plugins: str) -> str | None:
    """The fingerprint of all that goes into every component; None if it cannot be told.

    The program and its libraries are known by their files, not only by their versions: whoever works on them has no new
    version each time.
    """
    general = general_files(root, plugins)
    if general is None:
        return None
    digest = blake2b(repr((__version__, sys.version)).encode(), digest_size=16)
    for each in program():
        digest.update(repr(each).encode("utf-8", "surrogateescape"))
    add_files(digest, general)
    return digest.hexdigest()


def add_files(digest: blake2b, files: Mapping[str, bytes]) -> None:
    """Add files by their names to what a fingerprint is of."""
    for name in sorted(files):
        digest.update(f"{name}\0{len(files[name])}\0".encode("utf-8", "surrogateescape"))
        digest.update(files[name])


def general_files(root: Path, plugins: str) -> dict[str, bytes] | None:
    """What goes into every component, by path; None if that is not all.

    `plugins` is the path of the plugin list. Of templates and hand-written files every one counts.
    """
    found: dict[str, bytes] = {}
    try:
        for name in {SETTINGS, plugins, *_files(root)}:
            data = disk.data_of_file(f"{root}/{name}")
            # Hand-written files may include any others.
            if data is None or (name.startswith(f"{HANDWRITTEN}/") and _INCLUDE.search(data)):
                return None
            found[name] = data
    except OSError:
        return None
    return found


_INCLUDE = re.compile(rb"!include|%TAG|![^\s]*%")
"""A tag that includes a file, and all by which it could be written otherwise."""


def _files(root: Path) -> Iterator[str]:
    for folder in _FOLDERS:
        if os.path.islink(root / folder):
            yield folder
        for here, folders, names in os.walk(root / folder):
            # A folder with the name of a file is one of the files, and a mistake.
            names += [name for name in folders if "." in name or os.path.islink(f"{here}/{name}")]
            yield from (os.path.relpath(f"{here}/{name}", root) for name in names)
    yield from (entry.name for entry in os.scandir(root) if entry.name.endswith(".groovy"))


def own_files() -> Iterator[str]:
    """The files of jjbgen itself, its templates among them."""
    package = os.path.dirname(__file__)
    templates = find_spec("jjbgen.templates")
    for folder in (package, *((templates and templates.submodule_search_locations) or ())):
        for here, folders, names in os.walk(folder):
            # What Python compiles comes and goes meanwhile.
            folders[:] = sorted(name for name in folders if name != "__pycache__")
            yield from (f"{here}/{name}" for name in sorted(names))


def program() -> Iterator[tuple[str, int, int]]:
    """What jjbgen and its libraries are known by: files, with sizes and times."""
    yield from map(_file, own_files())
    for name in _LIBRARIES:
        found = find_spec(name)
        if found and found.origin:
            yield _file(found.origin)


def _file(path: str) -> tuple[str, int, int]:
    stat = os.stat(path)
    return path, stat.st_size, stat.st_mtime_ns


def descriptors(root: Path) -> dict[str, bytes] | None:
    """What the descriptors hold, by path; None if there are folders or links among them."""
    found: dict[str, bytes] = {}
    if os.path.islink(root / COMPONENTS):
        return None
    try:
        with os.scandir(root / COMPONENTS) as entries:
            for entry in entries:
                if not entry.is_file(follow_symlinks=False):
                    return None
                if entry.name.lower().endswith((".yaml", ".yml")) and not entry.name.startswith("."):
                    found[f"{COMPONENTS}/{entry.name}"] = disk.data(entry.path) or b""
    except OSError:
        return None
    return found


def part_of(path: str, components: Collection[str]) -> str:
    """The component that a file of the output belongs to; the empty name for one that belongs to none of these."""
    name = path.partition("/")[0]
    return name if name in components else ""


def outputs(listed: Listing, components: Collection[str]) -> dict[str, str | None]:
    """Fingerprints of the output, as far as it can be told without reading.

    By component, if there is anything of it, and under the empty name for all else; None for unusual things.
    """
    parts: dict[str, list[tuple[str, Stamp | None]]] = {"": []}
    for path, stamp in listed.files.items():
        parts.setdefault(part_of(path, components), []).append((path, stamp))
    found = {name: _fingerprint(sorted(stamps)) for name, stamps in parts.items()}
    return dict.fromkeys(found) if listed.leftovers else found


def documents(names: Iterable[str] | None, stamps: Mapping[str, Stamp]) -> str | None:
    """The fingerprint of the XML of jobs and views in the same way; None if one is not there."""
    return None if names is None else _fingerprint([(name, stamps.get(config_file(name))) for name in names])


def _fingerprint(stamps: list[tuple[str, Stamp | None]]) -> str | None:
    # The second version of the format has no references, so that equal values are equal bytes.
    return None if any(stamp is None for _, stamp in stamps) else fingerprint(marshal.dumps(stamps, 2))


@dataclass(frozen=True, slots=True)
class Seen:
    """A config repo as it is, beside what is noted about it."""

    notes: Notes
    texts: Mapping[str, str] | None
    """Fingerprints of its descriptors by path; None if there is anything unusual among them."""
    base: str | None
    """Fingerprint of all that goes into every component; None if it cannot be told."""

    @property
    def holds(self) -> bool:
        """Whether the notes can be believed: that which goes into every component is as it was."""
        return self.base is not None and self.base == self.notes.base

    def is_unchanged(self, output: Path | None = None, xml_folder: Path | None = None) -> bool:
        """Whether nothing at all has changed since the notes were made: neither what goes in, nor what came out."""
        # The program is among what goes in: notes of another one may mean other things.
        if not self.holds or self.texts != {path: entry.text for path, entry in self.notes.components.items()}:
            return False
        return (output is None or self._is_output(output)) and (xml_folder is None or self._is_xml(xml_folder))

    def _is_output(self, folder: Path) -> bool:
        known = {component(path): entry.output for path, entry in self.notes.components.items()}
        known[""] = self.notes.general.output
        if self.notes.output != str(folder) or None in known.values() or os.path.islink(folder):
            return False
        return outputs(disk.listing(str(folder)), known.keys()) == known

    def _is_xml(self, folder: Path) -> bool:
        if self.notes.xml != str(folder) or any(part.documents is None for part in self.notes.parts):
            return False
        stamps = disk.stamps(str(folder), self.notes.config_files)
        return all(documents(part.names, stamps) == part.documents for part in self.notes.parts)


class Scan(NamedTuple):
    """What is on disk of what was made at the last run."""

    listed: Listing
    """Of the output folder."""
    stamps: dict[str, Stamp]
    """Of the XML, by path below its folder."""

    @classmethod
    def of(cls, output: str, xml_folder: str | None, paths: Iterable[str]) -> Scan:
        """Look at the output, and at files of the XML."""
        return cls(disk.listing(output), disk.stamps(xml_folder, paths) if xml_folder else {})

    def plain(self) -> tuple[Any, ...]:
        """The same for other processes."""
        return self.listed.files, self.listed.folders, self.listed.leftovers, self.stamps

    @classmethod
    def received(cls, files: Any, folders: Any, leftovers: Any, stamps: Any) -> Scan:
        """The same from another process."""
        return cls(Listing(files, folders, leftovers), stamps)


def look(root: Path) -> Seen:
    """Look at a config repo, before anything else of it is read: what changes later is then not taken for known."""
    notes = notebook.load(root) or Notes("", "plugins.yaml", 0, 0)
    texts = descriptors(root)
    if texts is None:
        return Seen(notes, None, None)
    return Seen(notes, {path: fingerprint(text) for path, text in texts.items()}, base(root, notes.plugins))
