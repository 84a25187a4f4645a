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
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from hashlib import blake2b
from importlib.util import find_spec
from operator import attrgetter
from pathlib import Path
from typing import Any

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


def config_file(name: str) -> str:
    """The path of the XML of a folder, job or view, as JJB writes it."""
    return f"{name}/config.xml"


@dataclass(slots=True)
class Entry:
    """What is known of a component, whose descriptor is named by its path in the config repo."""

    text: str
    """Fingerprint of the descriptor."""
    member: list[Any]
    """What all others have to know of it."""
    links: dict[str, Any]
    """Of those of its jobs that refer to others."""
    pipelines: int
    files: dict[str, str] | None = None
    """Fingerprints by path below the output folder; None if nobody made them."""
    xml: dict[str, str] | None = None
    """Fingerprints by the names of jobs and views; None if nobody asked for it."""

    @property
    def config_files(self) -> dict[str, str] | None:
        """Fingerprints of the XML by path."""
        return None if self.xml is None else {config_file(name): known for name, known in self.xml.items()}


@dataclass(slots=True)
class Notes:
    """What is known of a config repo."""

    base: str
    """Fingerprint of all that goes into every component."""
    plugins: str
    """The path of the plugin list."""
    jobs: int
    pipelines: int
    components: dict[str, Entry]
    trees: dict[str, str] = field(default_factory=dict)
    """Fingerprints of sizes, times and inodes of the output folder and of the XML in another, by path."""
    general: list[str] | None = None
    """The names of folders, jobs and views that belong to no component; None if nobody made XML of them."""
    moulds: dict[str, list[Any]] = field(default_factory=dict)
    """What JJB has made of the shapes of jobs and views."""

    def is_tree(self, folder: Path, tree: str | None) -> bool:
        """Whether a folder is as it was noted."""
        return tree is not None and self.trees.get(str(folder)) == tree

    @property
    def written(self) -> int:
        """How many files of XML there are."""
        return sum(len(each.xml or ()) for each in self.components.values()) + len(self.general or ())

    @property
    def config_files(self) -> list[str]:
        """The XML of folders, jobs and views, by path."""
        of_components = (path for each in self.components.values() for path in each.config_files or ())
        return [*of_components, *map(config_file, self.general or ())]

    @property
    def documents(self) -> list[str] | None:
        """The same; None if there is not of all."""
        is_whole = self.general is not None and all(each.xml is not None for each in self.components.values())
        return self.config_files if is_whole else None


def fingerprint(data: bytes) -> str:
    """32 hexadecimal digits."""
    return blake2b(data, digest_size=16).hexdigest()


def load(root: Path) -> Notes | None:
    """The notes of a config repo; None if there are none that can be believed."""
    path = _path(root)
    data = disk.data(path) if path else None
    if data is None:
        return None
    head, _, body = data.partition(b"\n")
    if head.decode("ascii", "replace") != fingerprint(body):
        return None
    try:
        base_, plugins, jobs, pipelines, rows, *others = json.loads(body)
        entries = {path: Entry(*row) for path, row in rows.items()}
        notes = Notes(base_, plugins, jobs, pipelines, entries, *others)
    except (TypeError, ValueError, AttributeError, LookupError):
        return None
    return notes


def save(root: Path, notes: Notes) -> None:
    """Keep notes for the next run; without a place for them, nothing happens."""
    path = _path(root)
    if path is None:
        return
    body = json.dumps(notes, default=_row, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    with suppress(OSError):
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        disk.write(path, fingerprint(body).encode("ascii") + b"\n" + body)
        _forget_the_oldest(os.path.dirname(path))


_FIELDS = {each: attrgetter(*(field.name for field in fields(each))) for each in (Notes, Entry)}


def _row(value: Notes | Entry) -> Sequence[Any]:
    row: Sequence[Any] = _FIELDS[type(value)](value)
    return row


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


def tree(listed: Listing) -> str | None:
    """The fingerprint of what is in a folder, as far as it can be told without reading; None for unusual things."""
    if listed.leftovers or None in listed.files.values():
        return None
    return fingerprint(repr((sorted(listed.files.items()), sorted(listed.folders))).encode("utf-8", "surrogateescape"))


def xml(paths: Iterable[str] | None, stamps: Mapping[str, Stamp]) -> str | None:
    """The same of the XML of jobs and views in a folder, whatever else is in it; None if one is not there."""
    known = None if paths is None else [stamps.get(path) for path in paths]
    return None if known is None or None in known else fingerprint(repr(known).encode())


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
        return (output is None or self.notes.is_tree(output, _tree_there(output))) and (
            xml_folder is None or self.notes.is_tree(xml_folder, self._xml_there(xml_folder))
        )

    def _xml_there(self, folder: Path) -> str | None:
        paths = self.notes.documents
        return xml(paths, disk.stamps(str(folder), paths or ()))


def look(root: Path) -> Seen:
    """Look at a config repo, before anything else of it is read: what changes later is then not taken for known."""
    notes = load(root) or Notes("", "plugins.yaml", 0, 0, {})
    texts = descriptors(root)
    if texts is None:
        return Seen(notes, None, None)
    return Seen(notes, {path: fingerprint(text) for path, text in texts.items()}, base(root, notes.plugins))


def _tree_there(folder: Path) -> str | None:
    return None if os.path.islink(folder) else tree(disk.listing(str(folder)))
