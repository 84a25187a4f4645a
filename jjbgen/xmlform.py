"""Jenkins' XML in a canonical form: equal for equal meaning, whoever wrote it down.

Jenkins gives back what was posted until something makes it save the item; then it writes the item anew: `plugin`
attributes with versions, another XML declaration, another order of elements, defaults that were not there (points 4
and 5 of the recorded contract). None of that changes what the item is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from xml.etree import ElementTree

MAX_DEPTH = 200
"""Levels of elements; the deepest item seen has 14."""

_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_CONTROL = re.compile(r"&#(?:x0*(?:[0-8bcBCeEfF]|1[0-9a-fA-F])|0*(?:[0-8]|1[124-9]|2[0-9]|3[01]));")

IN_ORDER = frozenset(("buildWrappers", "builders", "columns", "parameterDefinitions", "publishers"))
"""Elements whose children are different things in an order that people see, or that decides what runs.

Of children with the same tag the order always counts.
"""

SETS = frozenset(("jobNames",))
"""Elements whose children are a set, which Jenkins keeps in an order of its own."""

DEFAULTS: dict[str, str] = {
    "actions": "",
    "blockBuildWhenDownstreamBuilding": "false",
    "blockBuildWhenUpstreamBuilding": "false",
    "disabled": "false",
    "filterExecutors": "false",
    "filterQueue": "false",
    "jobFilters": "",
    "keepDependencies": "false",
    "properties": "",
    "recurse": "false",
    "removeLastBuild": "false",
    "triggers": "",
}
"""Elements that mean nothing with this text: Jenkins adds them to items that do not have them."""

_OF_XSTREAM = frozenset({("class", "vector")})
"""Attributes that say how a list was kept; JJB writes them, and Jenkins does not write them again."""


@dataclass(frozen=True, slots=True)
class Element:
    """An element of a canonical form."""

    tag: str
    attributes: tuple[tuple[str, str], ...]
    """By name, in order; `plugin`, which says who wrote the element, is left out."""
    text: str
    """As it stands; empty for an element with children."""
    children: tuple[Element, ...]


class XmlError(ValueError):
    """Text that is not the XML of an item of Jenkins."""


class _Builder(ElementTree.TreeBuilder):
    """Refuses what no item of Jenkins has."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def doctype(self, *_: str | None) -> None:
        raise XmlError("it has a document type")

    def start(self, tag: Any, attrs: Any) -> Any:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise XmlError(f"it is nested deeper than {MAX_DEPTH} levels")
        return super().start(tag, attrs)

    def end(self, tag: Any) -> Any:
        self._depth -= 1
        return super().end(tag)


def parsed(text: str) -> ElementTree.Element:
    """The root of a `config.xml`; raises XmlError.

    Jenkins declares XML 1.1, which the parser does not know: its references to control characters become `?`.
    """
    parser = ElementTree.XMLParser(target=_Builder())  # noqa: S314 - the builder refuses document types
    try:
        parser.feed(_CONTROL.sub("?", _DECLARATION.sub("", text, count=1)))
        root: ElementTree.Element = parser.close()
    except ElementTree.ParseError as error:
        raise XmlError(str(error)) from None
    return root


_ROOT = re.compile(r"\s*(?:<\?xml[^>]*\?>)?\s*<([^\s<>/]+)")


def root_tag(text: str) -> str:
    """The tag of the root of a `config.xml`, without reading all of it."""
    found = _ROOT.match(text)
    return found[1] if found else ""


def canonical(root: ElementTree.Element) -> Element:
    """The canonical form of an element."""
    children = [canonical(child) for child in root]
    kept = [child for child in children if child.children or DEFAULTS.get(child.tag) != child.text.strip()]
    if root.tag in SETS:
        kept.sort(key=lambda child: (child.tag, child.text))
    elif root.tag not in IN_ORDER:
        kept.sort(key=lambda child: child.tag)
    attributes = tuple(sorted(each for each in root.attrib.items() if each[0] != "plugin" and each not in _OF_XSTREAM))
    return Element(root.tag, attributes, "" if children else root.text or "", tuple(kept))


def fingerprint(element: Element) -> str:
    """32 hexadecimal digits, the same for equal elements only."""
    return fingerprint_of(written(element))


def written(element: Element) -> str:
    """The element as it is fingerprinted: JSON in ASCII, in which texts stand as JSON has them."""
    return json.dumps(_values(element), ensure_ascii=True, separators=(",", ":"))


def fingerprint_of(text: str) -> str:
    """The fingerprint of an element that is written like that."""
    return sha256(text.encode("ascii")).hexdigest()[:32]


def _values(element: Element) -> list[object]:
    return [element.tag, element.attributes, element.text, [_values(child) for child in element.children]]


def lines(element: Element, depth: int = 0) -> Iterator[str]:
    """The element for people: a text of several lines, such as a pipeline, stands as it is."""
    indent = "  " * depth
    head = "".join([f"{indent}<{element.tag}", *(f' {name}="{value}"' for name, value in element.attributes)])
    if not element.children and "\n" not in element.text:
        yield f"{head}>{element.text}</{element.tag}>" if element.text else f"{head}/>"
        return
    yield f"{head}>"
    yield from element.text.splitlines()
    for child in element.children:
        yield from lines(child, depth + 1)
    yield f"{indent}</{element.tag}>"
