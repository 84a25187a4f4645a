"""What a config repo wants on one controller: folders, jobs and views, as JJB makes them, each with its mark."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from xml.etree import ElementTree

from jjbgen import marks, xmlform
from jjbgen.drafts import Roster
from jjbgen.homes import Home
from jjbgen.marks import Mark
from jjbgen.moulds import Document
from jjbgen.plugintable import FOLDER
from jjbgen.syncplan import Kind, Wanted

_FIRST = ("upstreamProjects", "dependencyJobsNames")
"""Elements that name jobs which start, or end, before this one: of the reverse and the Gerrit trigger."""
_NEXT = ("childProjects",)
"""Elements that name jobs which this one starts."""


def wanted(
    documents: Iterable[Document], places: Iterable[Home], roster: Roster, home: Home, owner: str
) -> tuple[Wanted, ...]:
    """Those of the `documents` that belong on the controller `home`, one of `places`, marked as `owner`'s.

    A folder that something is in and that nothing defines is wanted as well: Jenkins makes none by itself.
    """
    belongs = _belongs(places, roster, home)
    chosen = [each for each in documents if belongs(each.name)]
    levels = _levels({each.name: each.text for each in chosen if not each.is_view})
    found = [Wanted(_kind(each), each.name, each.text, _mark(owner, each), levels.get(each.name, 0)) for each in chosen]
    return (*_around(found, owner), *found)


def _mark(owner: str, document: Document) -> Mark:
    if not document.fingerprint:
        return marks.of(owner, document.name, xmlform.parsed(document.text))
    # JJB prints a level with two blanks, and values cannot hold tags.
    off = "\n  <disabled>true</disabled>\n" in document.text
    return marks.of_fingerprint(owner, document.name, document.fingerprint, off=off)


def _kind(document: Document) -> Kind:
    if document.is_view:
        return Kind.VIEW
    return Kind.FOLDER if xmlform.root_tag(document.text) == FOLDER else Kind.JOB


def _belongs(places: Iterable[Home], roster: Roster, home: Home) -> Callable[[str], bool]:
    """Whether an item of a name is on the controller: what nothing generates is where all the rest is."""
    names: dict[str, list[Home]] = {}
    for each in places:
        for name in (*each.folders(), each.full_name(each.root_view)):
            names.setdefault(name, []).append(each)
    for component, member in roster.items():
        for name in (component, *(job.name for job in member.jobs)):
            names.setdefault(member.home.full_name(name), []).append(member.home)
    return lambda name: home in names[name] if name in names else home.takes_the_rest


def _around(found: Iterable[Wanted], owner: str) -> Iterator[Wanted]:
    """The folders around items that no document is of."""
    found = tuple(found)
    there = {each.full_name for each in found if each.kind is Kind.FOLDER}
    missing = {name for each in found for name in _parents(each.full_name)} - there
    for name in sorted(missing):
        root = ElementTree.Element(FOLDER, {"plugin": "cloudbees-folder"})
        ElementTree.SubElement(root, "description").text = marks.JJB
        yield Wanted(Kind.FOLDER, name, root, marks.of(owner, name, root))


def _parents(full_name: str) -> Iterator[str]:
    parts = full_name.split("/")[:-1]
    return ("/".join(parts[: end + 1]) for end in range(len(parts)))


def _levels(texts: Mapping[str, str]) -> dict[str, int]:
    """Of each job, one more than the highest level of those that have to be there first; 0 for most.

    Jobs that wait for each other in a circle, which hand-written ones can, have a level behind all others.
    """
    first: dict[str, set[str]] = {name: set() for name in texts}
    # An empty element names nothing, and ends at once.
    tags = [f"<{tag}{end}" for tag in (*_FIRST, *_NEXT) for end in "> "]
    for name, text in texts.items():
        if not any(tag in text for tag in tags):
            continue
        root = xmlform.parsed(text)
        for other in _named(root, _FIRST, name):
            first[name] |= {other} & texts.keys()
        for other in _named(root, _NEXT, name):
            if other in first:
                first[other].add(name)
    levels: dict[str, int] = {}
    left = {name: others - {name} for name, others in first.items()}
    while left:
        ready = [name for name, others in left.items() if others <= levels.keys()]
        for name in ready or left:
            levels[name] = max((levels[other] + 1 for other in left[name] if other in levels), default=0)
        left = {name: others for name, others in left.items() if name not in levels}
    return levels


def _named(root: ElementTree.Element, tags: Iterable[str], full_name: str) -> Iterator[str]:
    """The full names of the jobs that elements of a job name, relative to its folder unless they begin with /."""
    folder = full_name.rpartition("/")[0]
    for tag in tags:
        for element in root.iter(tag):
            for name in (part.strip() for part in (element.text or "").split(",")):
                if name:
                    yield name.removeprefix("/") if name.startswith("/") or not folder else f"{folder}/{name}"
