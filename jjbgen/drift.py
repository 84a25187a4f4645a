"""How an item of a controller differs from what is wanted: by a person's hand, or because Jenkins cannot hold it.

What Jenkins rewrites by itself is no difference (see `xmlform`). Nor is what belongs to others: whether a person has
disabled a job, what plugins note down about it (`actions`), and all of a folder but its description: a folder's
credentials, permissions and views are in its XML too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import unified_diff
from xml.etree import ElementTree

from jjbgen import marks, plugintable, xmlform
from jjbgen.syncplan import Kind
from jjbgen.xmlform import Element

_OF_OTHERS = {
    Kind.JOB: frozenset(("actions", "disabled")),
    # A view is known by its place; Jenkins refuses to change its name by XML.
    Kind.VIEW: frozenset(("name",)),
}
_OF_FOLDERS = frozenset(("description",))


@dataclass(frozen=True, slots=True)
class Dropped:
    """Something that is wanted and that Jenkins has left out when it saved the item, for it knows no such class."""

    class_name: str
    plugin: str


@dataclass(frozen=True, slots=True)
class Drift:
    """What is different."""

    edited: bool
    """Whether there is more than what Jenkins has dropped."""
    dropped: tuple[Dropped, ...]


def compare(
    kind: Kind, wanted: ElementTree.Element, live: ElementTree.Element, installed: Collection[str] | None
) -> Drift:
    """How the `live` XML of an item differs from the wanted one.

    `installed` are the active plugins; where they cannot be seen, nothing is taken for dropped.
    """
    there = _form(kind, marks.unmarked(live))
    if installed is None or _form(kind, wanted) == there:
        return Drift(_form(kind, wanted) != there, ())
    classes = {plugintable.class_of(element) for element, _ in plugintable.objects(live)}
    dropped: list[Dropped] = []
    left = _without(wanted, installed, classes, dropped)
    return Drift(_form(kind, left) != there, tuple(dict.fromkeys(dropped)))


def _without(
    element: ElementTree.Element, installed: Collection[str], there: Collection[str | None], dropped: list[Dropped]
) -> ElementTree.Element:
    """A copy of the wanted XML without the objects that no installed plugin knows, and that are not there."""
    copy = ElementTree.Element(element.tag, dict(element.attrib))
    copy.text = element.text
    for child in element:
        name, plugin = plugintable.class_of(child), plugintable.plugin_of(child)
        if name and plugin and plugin not in installed and name not in there:
            dropped.append(Dropped(name, plugin))
        else:
            copy.append(_without(child, installed, there, dropped))
    if len(element) and not len(copy):
        copy.text = None
    return copy


def is_same(kind: Kind, one: ElementTree.Element, other: ElementTree.Element) -> bool:
    """Whether two items are the same to us, with or without their marks."""
    return _form(kind, marks.unmarked(one)) == _form(kind, marks.unmarked(other))


def diff(
    kind: Kind, wanted: ElementTree.Element, live: ElementTree.Element, *, stays_disabled: bool = False
) -> Iterator[str]:
    """The lines of a unified diff from what is there to what is wanted; a pipeline stands in it as it is.

    Whether a job is disabled is a part of it unless a person has decided that.
    """
    shown = frozenset() if stays_disabled else frozenset(("disabled",))
    before, after = (list(xmlform.lines(_form(kind, each, shown))) for each in (marks.unmarked(live), wanted))
    yield from unified_diff(before, after, "live", "wanted", lineterm="")


def _form(kind: Kind, root: ElementTree.Element, also: frozenset[str] = frozenset()) -> Element:
    """The part of an item that is ours, in its canonical form; `also` that of others, by tag."""
    form = xmlform.canonical(root)
    if kind is Kind.FOLDER:
        kept = tuple(child for child in form.children if child.tag in _OF_FOLDERS)
    else:
        kept = tuple(child for child in form.children if child.tag not in _OF_OTHERS[kind] - also)
    return Element(form.tag, form.attributes, form.text, kept)


def overlaid(live: ElementTree.Element, wanted: ElementTree.Element) -> ElementTree.Element:
    """A folder as it is there, with what is ours of the wanted one in its place."""
    copy = ElementTree.Element(live.tag, dict(live.attrib))
    copy.extend(child for child in live if child.tag not in _OF_FOLDERS)
    copy.extend(child for child in wanted if child.tag in _OF_FOLDERS)
    return copy
