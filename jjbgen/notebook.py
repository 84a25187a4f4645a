"""What is noted of a config repo, so that the next run makes only what has changed.

Notes, no texts: of each descriptor what it says to others, and fingerprints of the files and XML that it became.
Whatever is unusual, missing or damaged is not believed, and costs time only. One file for each config repo, below
`$XDG_CACHE_HOME/jjbgen`.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

from jjbgen import disk

MOST = 32
"""How many config repos are remembered; a file has about 2 KB for each component."""


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


def signed(body: bytes, of: bytes = b"") -> bytes:
    """What a file is to hold: a fingerprint, by which damage is seen, and then the body; `of` is what it belongs to."""
    return fingerprint(of + body).encode("ascii") + b"\n" + body


def believed(data: bytes | None, of: bytes = b"") -> bytes | None:
    """The body of what a file holds; None if it is damaged, belongs to something else, or is not there."""
    known, _, body = (data or b"").partition(b"\n")
    return body if known == fingerprint(of + body).encode("ascii") else None


def load(root: Path) -> Notes | None:
    """The notes of a config repo; None if there are none that can be believed."""
    path = _path(root)
    body = believed(disk.data(path) if path else None)
    if body is None:
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
        disk.write(path, signed(body))
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
