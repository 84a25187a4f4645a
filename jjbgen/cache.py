"""What a config repo generated at the last run, so that the next run makes only what has changed.

Notes, no texts: of each descriptor what it says to others, and fingerprints of the files and XML that it became. They
hold as long as everything is the same that goes into them, from the descriptor's bytes to the versions of libraries.
Whatever is unusual, missing or damaged is not believed, and costs time only. What is on disk is known by sizes, times
and inodes, as git knows it.

One file for each config repo, below `$XDG_CACHE_HOME/jjbgen`. Little is imported here: for a run without changes, this
is all that it takes.
"""

from __future__ import annotations

import json
import marshal
import os
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from importlib.util import find_spec
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

from jjbgen import __version__, disk
from jjbgen.disk import Listing, Stamp
from jjbgen.places import COMPONENTS, HANDWRITTEN, SETTINGS, TEMPLATES

MOST = 32
"""How many config repos are remembered; a file has about 2 KB for each component."""

_FOLDERS = (TEMPLATES, HANDWRITTEN)
_LIBRARIES = (
    *("jinja2", "jenkins_jobs", "jenkins", "markupsafe", "packaging", "pydantic", "pydantic_core"),
    *("pkg_resources", "regex", "semver", "tzdata", "yaml"),
)


def component(path: str) -> str:
    """The name of the component of a descriptor."""
    return path.rpartition("/")[2].rpartition(".")[0]


def config_file(name: str) -> str:
    """The path of the XML of a folder, job or view, as JJB writes it."""
    return f"{name}/config.xml"


class Rest(NamedTuple):
    """What is known of a component beside what every run wants to know."""

    member: Any
    """What all others have to know of it."""
    links: dict[str, Any]
    """Of those of its jobs that refer to others."""
    files: dict[str, str] | None
    """Fingerprints by path below the output folder; None if nobody made them."""
    xml: dict[str, str] | None
    """Fingerprints by the names of jobs and views; None if nobody asked for it."""

    @property
    def config_files(self) -> dict[str, str] | None:
        """Fingerprints of the XML by path."""
        return None if self.xml is None else {config_file(name): known for name, known in self.xml.items()}

    def row(self) -> str:
        """All that it is, in JSON."""
        return json.dumps(self, separators=(",", ":"))


@dataclass(slots=True)
class Entry:
    """What is known of a component, whose descriptor is named by its path in the config repo."""

    text: str
    """Fingerprint of the descriptor."""
    pipelines: int
    names: list[str] | None
    """Of the jobs and views whose XML was made; None if nobody asked for it."""
    output: str | None
    """Fingerprint of sizes, times and inodes of its output; None if nobody made it, or it cannot be told."""
    documents: str | None
    """The same of its XML."""
    row: str = field(repr=False)
    """The rest, in JSON, which few runs read."""

    @property
    def rest(self) -> Rest:
        """What few runs want to know."""
        return Rest(*json.loads(self.row))


@dataclass(slots=True)
class General:
    """What is known of the output that belongs to no component."""

    names: list[str] | None = None
    """Of the folders, jobs and views whose XML was made; None if nobody asked for it."""
    output: str | None = None
    documents: str | None = None


@dataclass(slots=True)
class Notes:
    """What is known of a config repo."""

    base: str
    """Fingerprint of all that goes into every component."""
    plugins: str
    """The path of the plugin list."""
    jobs: int
    pipelines: int
    components: dict[str, Entry] = field(default_factory=dict)
    general: General = field(default_factory=General)
    output: str | None = None
    """The path of the output folder, if there is any."""
    xml: str | None = None
    """The path of the folder with the XML, if it was made."""
    moulds: dict[str, list[Any]] = field(default_factory=dict)
    """What JJB has made of the shapes of jobs and views."""

    @property
    def parts(self) -> list[Entry | General]:
        """Components and what belongs to none."""
        return [*self.components.values(), self.general]

    @property
    def config_files(self) -> list[str]:
        """The XML of folders, jobs and views, by path."""
        return [config_file(name) for each in self.parts for name in each.names or ()]


def fingerprint(data: bytes) -> str:
    """32 hexadecimal digits."""
    return blake2b(data, digest_size=16).hexdigest()


def load(root: Path) -> Notes | None:
    """The notes of a config repo; None if there are none that can be believed."""
    path = _path(root)
    data = disk.data(path) if path else None
    if data is None:
        return None
    known, _, body = data.partition(b"\n")
    if known.decode("ascii", "replace") != fingerprint(body):
        return None
    try:
        head, *lines = body.decode("ascii").split("\n")
        base_, plugins, jobs, pipelines, components, general, *others = json.loads(head)
        entries = {
            name: Entry(text, number, names, output, xml, row)
            for (name, text, number, names, output, xml), row in zip(components, lines, strict=True)
        }
        return Notes(base_, plugins, jobs, pipelines, entries, General(*general), *others)
    except (TypeError, ValueError, AttributeError, LookupError):
        return None


def save(root: Path, notes: Notes) -> None:
    """Keep notes for the next run; without a place for them, nothing happens.

    A line for all that every run wants to know, and one for the rest of each component.
    """
    path = _path(root)
    if path is None:
        return
    components = [(name, *_OF_ENTRY(entry)) for name, entry in notes.components.items()]
    head = (*_OF_NOTES(notes), components, _OF_GENERAL(notes.general), notes.output, notes.xml, notes.moulds)
    lines = (json.dumps(head, separators=(",", ":")), *(entry.row for entry in notes.components.values()))
    body = "\n".join(lines).encode("ascii")
    with suppress(OSError):
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        disk.write(path, fingerprint(body).encode("ascii") + b"\n" + body)
        _forget_the_oldest(os.path.dirname(path))


_OF_NOTES = attrgetter("base", "plugins", "jobs", "pipelines")
_OF_ENTRY = attrgetter("text", "pipelines", "names", "output", "documents")
_OF_GENERAL = attrgetter("names", "output", "documents")


def _forget_the_oldest(folder: str) -> None:
    with os.scandir(folder) as found:
        files = sorted((entry.stat().st_mtime_ns, entry.path) for entry in found if entry.is_file())
    for _, path in files[:-MOST]:
        os.unlink(path)


def _path(root: Path) -> str | None:
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if not os.path.isabs(home):
        return None
    return f"{home}/jjbgen/{fingerprint(os.fsencode(os.path.realpath(root)))}.json"


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


def outputs(listed: Listing, components: Collection[str]) -> dict[str, str | None]:
    """Fingerprints of the output, as far as it can be told without reading.

    By component, if there is anything of it, and under the empty name for all else; None for unusual things.
    """
    parts: dict[str, list[tuple[str, Stamp | None]]] = {"": []}
    for path, stamp in listed.files.items():
        name = path.partition("/")[0]
        parts.setdefault(name if name in components else "", []).append((path, stamp))
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
    notes = load(root) or Notes("", "plugins.yaml", 0, 0)
    texts = descriptors(root)
    if texts is None:
        return Seen(notes, None, None)
    return Seen(notes, {path: fingerprint(text) for path, text in texts.items()}, base(root, notes.plugins))
