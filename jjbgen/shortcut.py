"""What the commands do, and the short way for a run without changes, which needs no model, template or library."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache as once
from pathlib import Path
from typing import TYPE_CHECKING

from jjbgen import cache
from jjbgen.aside import aside, can_fork, cores
from jjbgen.cache import Scan, Seen
from jjbgen.counts import Counts
from jjbgen.places import OUTPUT

if TYPE_CHECKING:  # models and templates take a third of a second to load
    from jjbgen.outputs import Change

_MANY = 300
"""From so many components on, looking at what they became takes longer than starting a process."""


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a config repo."""

    counts: Counts
    changes: tuple[Change, ...] = ()
    """Of the output, in the order of their paths."""
    written: int = 0
    """How many files of XML there are, if they were wanted."""


def check(root: Path, *, remember: bool) -> Counts:
    """Check everything; raises ConfigError."""
    seen = cache.look(root.resolve()) if remember else None
    if seen and seen.is_unchanged():
        return _noted(seen).counts
    from jjbgen.part import Request
    from jjbgen.production import production

    with production(root, Request(files=False, seen=seen)) as made:
        return made.counts


def generate(root: Path, only: Collection[str], xml: Path | None, *, write: bool, remember: bool) -> Done:
    """Bring the output up to date, or that of some components, or look what that takes; then write the XML, if wanted.

    Raises ConfigError, and RefusedError for what is not ours in the output.
    """
    seen = cache.look(root.resolve()) if remember and not only else None
    if seen and seen.is_unchanged(root.resolve() / OUTPUT, xml.resolve() if xml else None):
        return _noted(seen)
    with _scanning(seen, root, xml) as scan:
        from jjbgen.part import Request
        from jjbgen.production import production

        request = Request(only=frozenset(only) or None, xml=xml, seen=seen, scan=scan)
        with production(root, request) as made:
            if write:
                made.write()
            return Done(made.counts, made.changes, made.write_xml(xml) if write and xml else 0)


def xml(root: Path, folder: Path, *, remember: bool) -> int:
    """Write the XML of every job and view of the output; raises ConfigError, and OutdatedError."""
    seen = cache.look(root.resolve()) if remember else None
    if seen and seen.is_unchanged(root.resolve() / OUTPUT, folder.resolve()):
        return _noted(seen).written
    from jjbgen.part import Request
    from jjbgen.production import production

    with production(root, Request(xml=folder, seen=seen)) as made:
        made.refuse_outdated()
        return made.write_xml(folder)


@contextmanager
def _scanning(seen: Seen | None, root: Path, xml: Path | None) -> Iterator[Callable[[], Scan] | None]:
    """Have another process look at what the last run has made, while this one loads models."""
    if seen is None or not seen.holds or len(seen.notes.components) < _MANY or not can_fork() or cores() == 1:
        yield None
        return
    folder, paths = (str(xml.resolve()), seen.notes.config_files) if xml else (None, [])
    output = str(root.resolve() / OUTPUT)
    with aside(lambda: Scan.of(output, folder, paths).plain()) as answer:
        yield once(lambda: Scan.received(*answer()))


def _noted(seen: Seen) -> Done:
    """What the last run has found."""
    notes = seen.notes
    return Done(Counts(len(notes.components), notes.jobs, notes.pipelines), (), len(notes.config_files))
