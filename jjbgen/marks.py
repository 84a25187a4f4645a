"""The mark by which a config repo knows its items on a controller, and which of them differ from what it wants.

It stands at the end of an item's description, before JJB's own mark, as a comment of HTML, which Jenkins does not show:

    Core of the network<!-- jjbgen example 2c1743a391305fbf 0f1e…9d8c --><!-- Managed by Jenkins Job Builder -->

Owner (the id of the config repo), fingerprint of the item's full name, fingerprint of the wanted XML. The name is in it
because a copy that somebody makes in Jenkins has the description of the original: it is not ours, and never deleted.
`off` at the end says that the item is disabled by its descriptor, not by a person. Before the mark of the root view
there may be the seal of all items (see `seal`), which versions that know only marks take for a part of the text:

    <!-- jjbgen-all 2527 5d41…c592 --><!-- jjbgen example 2c1743a391305fbf 0f1e…9d8c --><!-- Managed by … -->
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from hashlib import sha256
from xml.etree import ElementTree

from jjbgen import xmlform

JJB = "<!-- Managed by Jenkins Job Builder -->"
"""What JJB puts behind every description."""

_MARK = re.compile(
    r"(?:<!-- jjbgen-all (?P<number>[0-9]{1,9}) (?P<items>[0-9a-f]{32}) -->)?"
    r"<!-- jjbgen (?P<owner>[A-Za-z0-9._-]+) (?P<name>[0-9a-f]{16}) (?P<xml>[0-9a-f]{32})(?P<off> off)? -->"
    rf"(?:{re.escape(JJB)})?\s*\Z"
)


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;").replace(">", "&gt;")


_DESCRIPTION = re.compile(rf"\n  <description>([^<]*?){re.escape(_escaped(JJB))}</description>\n")
"""The description of an item, not of a part of it: JJB prints a level with two blanks, and texts hold no tags."""


@dataclass(frozen=True, slots=True)
class Seal:
    """What says that all items are as one state of the config repo wants them."""

    number: int
    """How many items are wanted."""
    items: str
    """Fingerprint of what the config repo holds, and of the marks of its items."""

    def __str__(self) -> str:
        return f"<!-- jjbgen-all {self.number} {self.items} -->"


@dataclass(frozen=True, slots=True)
class Mark:
    """What a mark says."""

    owner: str
    name: str
    """Fingerprint of the full name of the item that it was made for."""
    xml: str
    """Fingerprint of the canonical XML that was wanted, without the mark."""
    off: bool = False
    seal: Seal | None = field(default=None, compare=False)
    """Of the root view only; it says nothing of the item itself."""

    def __str__(self) -> str:
        return f"{self.seal or ''}<!-- jjbgen {self.owner} {self.name} {self.xml}{' off' if self.off else ''} -->"

    def is_of(self, owner: str, full_name: str) -> bool:
        """Whether an item of this name with this mark is that owner's own, and no copy of it."""
        return self.owner == owner and self.name == name_fingerprint(full_name)


def name_fingerprint(full_name: str) -> str:
    """16 hexadecimal digits for the full name of an item, `folder/job`."""
    return sha256(full_name.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def found(description: str | None) -> Mark | None:
    """The mark at the end of a description. One that stands anywhere else says nothing."""
    match = _MARK.search(description or "")
    if match is None:
        return None
    seal = Seal(int(match["number"]), match["items"]) if match["items"] else None
    return Mark(match["owner"], match["name"], match["xml"], bool(match["off"]), seal)


def is_of_jjb(description: str | None) -> bool:
    """Whether JJB made the item, with or without jjbgen."""
    return (description or "").rstrip().endswith(JJB)


def of(owner: str, full_name: str, root: ElementTree.Element) -> Mark:
    """The mark of an item that is to be pushed; `root` is its wanted XML."""
    wanted = xmlform.fingerprint(xmlform.canonical(root))
    return of_fingerprint(owner, full_name, wanted, off=root.findtext("disabled") == "true")


def of_fingerprint(owner: str, full_name: str, wanted: str, *, off: bool) -> Mark:
    """The same from the fingerprint of the wanted XML's canonical form, and whether it is disabled there."""
    return Mark(owner, name_fingerprint(full_name), wanted, off)


def marked(root: ElementTree.Element, mark: Mark) -> ElementTree.Element:
    """A copy of the wanted XML with the mark in its description; everything else is as it was."""
    text = root.findtext("description") or ""
    return _described(root, f"{text.removesuffix(JJB)}{mark}{JJB}")


def marked_text(text: str, mark: Mark) -> str | None:
    """The same with XML as JJB prints it; None if it is not like that."""
    found = _DESCRIPTION.search(text)
    if found is None:
        return None
    return f"{text[: found.end(1)]}{_escaped(str(mark))}{text[found.end(1) :]}"


def sealed(xml: str, seal: Seal) -> str | None:
    """The XML of a controller, with a seal before the mark of its item.

    None if there is that seal, or a mark that does not stand there once.
    """
    try:
        mark = found(xmlform.parsed(xml).findtext("description"))
    except xmlform.XmlError:
        return None
    if mark is None or mark.seal == seal or xml.count(before := _escaped(str(mark))) != 1:
        return None
    return xml.replace(before, _escaped(str(replace(mark, seal=seal))))


def unsealed(description: str | None) -> str | None:
    """A description without a seal."""
    mark = found(description)
    return description.replace(str(mark.seal), "") if description and mark and mark.seal else description


def unmarked(root: ElementTree.Element) -> ElementTree.Element:
    """A copy without a mark of ours, to be compared with wanted XML."""
    description = root.findtext("description")
    if description is None or not _MARK.search(description):
        return root
    return _described(root, _MARK.sub("", description) + JJB)


def without_seal(root: ElementTree.Element) -> ElementTree.Element:
    """A copy without a seal."""
    description = root.findtext("description")
    without = unsealed(description)
    return root if without == description else _described(root, without or "")


def _described(root: ElementTree.Element, text: str) -> ElementTree.Element:
    """A copy with another description."""
    copy = ElementTree.Element(root.tag, dict(root.attrib))
    copy.text = root.text
    copy.extend(child for child in root if child.tag != "description")
    ElementTree.SubElement(copy, "description").text = text
    return copy
