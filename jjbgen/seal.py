"""What shows with one request that nothing is to be done: the seal that an update leaves on a controller.

It stands in the mark of the root view, and is a fingerprint of two things: of all that the wanted items are made from,
down to the versions of libraries, and of the marks of all items when the update was over. Whoever has the same config
repo and finds the same marks needs to make nothing: also an agent that has never seen the controller.

A seal cannot hide anything. It is left when everything was done, and it fits no more as soon as the config repo, the
program or the mark of any item is another one. Whoever can forge it can forge the marks as well.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path

from jjbgen import __version__, cache, disk
from jjbgen.marks import Seal
from jjbgen.places import OUTPUT
from jjbgen.syncplan import CHANGES, Action, Key, Kind, Live, SyncPlan

Entry = tuple[str, str, str, bool]
"""Kind, full name, fingerprint of the wanted XML, and whether the item is to be disabled."""


def inputs(root: Path, plugins: str, controller: str) -> str | None:
    """The fingerprint of all that a controller's items are made from; None if it cannot be told.

    `plugins` is the path of the plugin list. It is the same on every machine with the same libraries: files are known
    by what they hold, libraries by the names of their distributions.
    """
    general, descriptors = cache.general_files(root, plugins), cache.descriptors(root)
    output, installed = _below(f"{root}/{OUTPUT}"), _distributions()
    if general is None or descriptors is None or output is None or installed is None:
        return None
    others = repr((controller, __version__, sys.version_info[:2], installed))
    digest = blake2b(others.encode("utf-8", "surrogateescape"), digest_size=16)
    for path in cache.own_files():
        cache.add_files(digest, {os.path.basename(path): disk.data(path) or b""})
    for files in (general, descriptors, output):
        cache.add_files(digest, files)
    return digest.hexdigest()


def _below(folder: str) -> dict[str, bytes] | None:
    if os.path.islink(folder):
        return None
    try:
        listed = disk.listing(folder)
        if listed.leftovers or None in listed.files.values():
            return None
        return {name: disk.data(f"{folder}/{name}") or b"" for name in listed.files}
    except OSError:
        return None


def _distributions() -> list[tuple[str, bytes]] | None:
    """The names and versions of all that is installed, and where it is from unless that is an index.

    JJB looks for modules everywhere. None if one is installed so that it can be edited; jjbgen is known by its files.
    """
    found: list[tuple[str, bytes]] = []
    for folder in filter(os.path.isdir, sys.path):
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.name.endswith((".dist-info", ".egg-info"))]
        for name in names:
            origin = disk.data(f"{folder}/{name}/direct_url.json") if name.endswith(".dist-info") else None
            if origin and _IS_OURS.match(name):
                origin = None
            if origin and b'"editable"' in origin:
                return None
            found.append((name, origin or b""))
    return sorted(found)


_IS_OURS = re.compile(r"jjbgen-[^-]+\.dist-info")


def found(made_from: str, owner: str, listed: Iterable[Live], root_view: Key) -> int | None:
    """How many items are wanted, if all of them are there as they are wanted; else None.

    `listed` is what is on the controller, and `made_from` the fingerprint of all that its items are made from.
    """
    listed = list(listed)
    ours = [(item, mark) for item in listed if (mark := item.mark) and mark.is_of(owner, item.full_name)]
    seal = next((mark.seal for item, mark in ours if item.key == root_view), None)
    if seal is None:
        return None
    entries = [
        (item.kind.value, item.full_name, mark.xml, mark.off)
        for item, mark in ours
        # One that its descriptor disables, and somebody has enabled, is to be disabled again.
        if item.disabled or not mark.off
    ]
    return seal.number if seal == _seal(made_from, seal.number, [*entries, *_folders(owner, listed)]) else None


def of(made_from: str, owner: str, plan: SyncPlan, listed: Iterable[Live]) -> Seal | None:
    """The seal that a controller deserves when a plan for all of it was carried out; None if it left anything.

    `listed` is what the plan was made for.
    """
    kept = (Action.UNCHANGED, *(action for action in CHANGES if action is not Action.DELETE))
    if len(plan.of(*kept, Action.DELETE)) < len(plan.steps):
        return None
    steps = plan.of(*kept)
    entries = [
        (step.kind.value, step.full_name, step.wanted.mark.xml, step.wanted.mark.off)
        for step in steps
        # A folder that others have made is used as it is.
        if step.wanted and (step.action is not Action.UNCHANGED or (step.live and step.live.is_of(owner)))
    ]
    return _seal(made_from, len(steps), [*entries, *_folders(owner, listed)])


def _folders(owner: str, listed: Iterable[Live]) -> Iterator[Entry]:
    """The folders that are not ours: one that is used may go, or become ours."""
    for item in listed:
        if item.kind is Kind.FOLDER and not item.is_of(owner):
            yield item.kind.value, item.full_name, "", False


def _seal(made_from: str, number: int, entries: Iterable[Entry]) -> Seal:
    marks = repr(sorted(entries)).encode("utf-8", "surrogatepass")
    return Seal(number, blake2b(made_from.encode() + marks, digest_size=16).hexdigest())
