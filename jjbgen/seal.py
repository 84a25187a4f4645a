"""What shows with one request that nothing is to be done: the seal that an update leaves on a controller.

It stands in the mark of the root view, and is a fingerprint of two things: of all that the wanted items are made from,
down to the versions of libraries, and of the marks of all items when the update was over. Whoever has the same config
repo and finds the same marks needs to make nothing: also an agent that has never seen the controller.

A seal cannot hide anything. It is left when everything was done, and it fits no more as soon as the config repo, the
program or the mark of any item is another one. Whoever can forge it can forge the marks as well.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path

from jjbgen import __version__, cache, disk
from jjbgen.marks import Seal
from jjbgen.places import OUTPUT
from jjbgen.syncplan import CHANGES, Action, Key, Live, SyncPlan

Entry = tuple[str, str, str, bool]
"""Kind, full name, fingerprint of the wanted XML, and whether the item is to be disabled."""


def inputs(root: Path, plugins: str, controller: str) -> str | None:
    """The fingerprint of all that a controller's items are made from; None if it cannot be told.

    `plugins` is the path of the plugin list. It is the same on every machine with the same libraries: files are known
    by what they hold, libraries by the names of their distributions.
    """
    general, descriptors = cache.general_files(root, plugins), cache.descriptors(root)
    output = _below(f"{root}/{OUTPUT}")
    if general is None or descriptors is None or output is None or os.path.islink(f"{root}/{OUTPUT}"):
        return None
    digest = blake2b(digest_size=16)
    _add(digest, "program", repr((__version__, sys.version_info[:2], sorted(_distributions()))).encode())
    for path in cache.own_files():
        _add(digest, os.path.basename(path), disk.data(path) or b"")
    for part in (general, descriptors, output):
        for name in sorted(part):
            _add(digest, name, part[name])
    _add(digest, "controller", controller.encode())
    return digest.hexdigest()


def _add(digest: blake2b, name: str, data: bytes) -> None:
    digest.update(f"{name}\0{len(data)}\0".encode("utf-8", "surrogateescape"))
    digest.update(data)


def _below(folder: str) -> dict[str, bytes] | None:
    listed = disk.listing(folder)
    if listed.leftovers or None in listed.files.values():
        return None
    return {name: disk.data(f"{folder}/{name}") or b"" for name in listed.files}


def _distributions() -> Iterator[str]:
    """The names and versions of all that is installed: JJB looks for modules everywhere."""
    for folder in sys.path:
        if os.path.isdir(folder):
            with os.scandir(folder) as found:
                yield from (entry.name for entry in found if entry.name.endswith((".dist-info", ".egg-info")))


def found(made_from: str, owner: str, listed: Iterable[Live], root_view: Key) -> int | None:
    """How many items are wanted, if all of them are there as they are wanted; else None.

    `listed` is what is on the controller, and `made_from` the fingerprint of all that its items are made from.
    """
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
    return seal.number if seal == _seal(made_from, seal.number, entries) else None


def of(made_from: str, owner: str, plan: SyncPlan) -> Seal | None:
    """The seal that a controller deserves when a plan for all of it was carried out; None if it left anything."""
    kept = (Action.UNCHANGED, *(action for action in CHANGES if action is not Action.DELETE))
    if len(plan.of(*kept, Action.DELETE)) < len(plan.steps):
        return None
    steps = plan.of(*kept)
    entries = [
        (step.kind.value, step.full_name, step.wanted.mark.xml, step.wanted.mark.off)
        for step in steps
        # A folder that others have made has no mark of ours.
        if step.wanted and (step.action is not Action.UNCHANGED or (step.live and step.live.is_of(owner)))
    ]
    return _seal(made_from, len(steps), entries)


def _seal(made_from: str, number: int, entries: Iterable[Entry]) -> Seal:
    marks = repr(sorted(entries)).encode("utf-8", "surrogatepass")
    return Seal(number, blake2b(made_from.encode() + marks, digest_size=16).hexdigest())
