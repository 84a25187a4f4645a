"""The XML of generated jobs without running JJB for each: it makes a mould of every shape, and jobs are cast from it.

The shape of a job or view is its YAML with holes in the place of those values that JJB writes into the XML as they are:
names, descriptions, the pipeline. Thousands of jobs have a few dozen shapes. JJB turns each shape into XML once, with
marks in its holes, and values fill the places where the marks come out. What a mould gives is byte for byte what JJB
gives (`tests/test_moulds.py`); whatever is in doubt is no hole, or is left to JJB as a whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

from jjbgen import xmlform
from jjbgen.source import SUFFIXES

_PLAIN = r"[A-Za-z][A-Za-z0-9_./-]*"
_BREAKS = r"\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff"
"""What YAML takes for the end of a line, and what it does not allow."""
_ORDINARY = rf'[^"\\{{}}{_BREAKS}]*'
_QUOTED = rf'"(?!"){_ORDINARY}(?:\\(?:[\\"nt]|u[0-9A-F]{{4}}|U[0-9A-F]{{8}}){_ORDINARY})*"'
_SCALAR = rf"(?:{_PLAIN}|{_QUOTED})"

_OF_PARTS = r"(?:branch-pattern|default|pattern|project-pattern|status-context|url)"
_KEYS = re.compile(rf" {{4}}(?:name|description)|(?: {{2}})+(?:- )?{_OF_PARTS}")
"""Where a value may be a hole: what JJB 6.5 copies into a text of the XML, whatever it is.

Sources: `general.py`, `parameters.py`, `triggers.py` (gerrit, github-pull-request), `properties.py` (github) and
`view_list.py` of its modules.
"""

_VALUE = re.compile(_SCALAR)
_INCLUDED = "    dsl: !include-raw-verbatim: "
_LIST = re.compile(rf"^ {{4}}job-name:\n(?P<items>(?: {{6}}- {_SCALAR}\n)+)", re.MULTILINE)
_ANY = rf'(?:\d+|{_PLAIN}|"(?:[^"\\{_BREAKS}]|\\[^{_BREAKS}])*")'
_LINE = re.compile(rf"(?: *(?:- )*{_PLAIN}:(?: {_ANY})?| *(?:- )+{_ANY})?")
"""What every line of a shape has to be like: then a value in a hole cannot be anything but a text."""

_JOB, _VIEW = "- job:\n", "- view:\n"
_HEADER = re.compile(r"(?:#.*\n|\n)*")
_ESCAPE = re.compile(r"\\(?:([\\\"nt])|u([0-9A-F]{4})|U([0-9A-F]{8}))")
_ESCAPED = {"\\": "\\", '"': '"', "n": "\n", "t": "\t"}
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What XML cannot hold, or reads as something else."""

_FINE = b"\t\n" + bytes(range(0x20, 0x7F))
"""Bytes of what is not."""

_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
"""Plain words that YAML may take for something else; JJB writes some of them in lower case."""

_MARK = "jjbgenhole"
_LIST_MARK = "jjbgenlist"
_MARKS = re.compile(rf"{_MARK}(\d{{6}})x(\d{{4}})x")
_MARKED_TAG = re.compile(rf"<([^\s<>/]+)[^<>]*>[^<>]*{_MARK}")
_LISTED = re.compile(rf"^ *<string>{_LIST_MARK}</string>\n", re.MULTILINE)


class Item(NamedTuple):
    """A job or view of a generated file: its shape, and what is in the holes."""

    shape: str
    values: tuple[str, ...]
    names: tuple[str, ...] = ()
    """The jobs of a view, as they are listed."""


class Document(NamedTuple):
    """The `config.xml` of a job, which may be a folder, or of a view, as `jenkins-jobs test` writes it."""

    name: str
    """With the folders."""
    text: str
    is_view: bool
    fingerprint: str = ""
    """Of its canonical form, if it is known."""


Pieces = tuple[tuple[str, ...], tuple[int, ...]]
"""Texts, and the numbers of the holes between them."""


@dataclass(frozen=True, slots=True)
class Mould:
    """What JJB makes of a shape."""

    name: Pieces
    text: Pieces
    is_view: bool
    listed: str = ""
    """The line of a job in the list of a view, with a mark in the place of its name; the list is the last hole."""
    canonical: Pieces | None = None
    """The canonical form as it is fingerprinted; None where it is not so simple."""

    def row(self) -> list[Any]:
        """All that it is, for JSON."""
        return [*self.name, *self.text, self.is_view, self.listed, self.canonical]

    @classmethod
    def recalled(cls, row: list[Any]) -> Mould:
        """The mould of a row."""
        names, in_name, texts, in_text, is_view, listed, canonical = row
        found = (tuple(canonical[0]), tuple(canonical[1])) if canonical else None
        return cls((tuple(names), tuple(in_name)), (tuple(texts), tuple(in_text)), is_view, listed, found)

    def cast(self, item: Item) -> Document:
        """The document of an item of this shape."""
        written = [escape(value) for value in item.values]
        if self.listed:
            # JJB sorts them like this.
            names = sorted(item.names, key=str.lower)
            written.append("".join([self.listed.replace(_LIST_MARK, escape(name)) for name in names]))
        return Document(_filled(self.name, item.values), _filled(self.text, written), self.is_view)

    def cast_with_fingerprint(self, item: Item) -> Document:
        """The same with the fingerprint of its canonical form."""
        document = self.cast(item)
        if self.canonical is None:
            return document._replace(fingerprint=xmlform.fingerprint(xmlform.canonical(xmlform.parsed(document.text))))
        quoted = [json.dumps(value)[1:-1] for value in item.values]
        return document._replace(fingerprint=xmlform.fingerprint_of(_filled(self.canonical, quoted)))


def _filled(pieces: Pieces, values: Sequence[str]) -> str:
    texts, holes = pieces
    if not holes:
        return texts[0]
    parts = [texts[0]]
    for hole, text in zip(holes, texts[1:], strict=True):
        parts.append(values[hole])
        parts.append(text)
    return "".join(parts)


def items(text: str, include: Callable[[str], str | None]) -> list[Item] | None:
    """The jobs and views of a generated file in their order; None for a file that only JJB can read.

    `include` gives the text of a pipeline by its name, or None.
    """
    header, *chunks = f"\n{text}".split("\n- ")
    if chunks:
        header += "\n"
    if not _HEADER.fullmatch(header) or _MARK in text or _LIST_MARK in text:
        return None
    found: list[Item] = []
    for chunk in map("- {}".format, chunks):
        item = _item(chunk.rstrip("\n") + "\n", include) if chunk.startswith((_JOB, _VIEW)) else None
        if item is None:
            return None
        found.append(item)
    return found


def of_files(files: Mapping[str, str]) -> list[Item] | None:
    """The jobs and views of generated files, by path, among them the pipelines that they include."""
    found: list[Item] = []
    for path, text in files.items():
        if path.endswith(SUFFIXES):
            made = items(text, partial(_beside, files, path.rpartition("/")[0]))
            if made is None:
                return None
            found += made
    return found


def _beside(files: Mapping[str, str], folder: str, name: str) -> str | None:
    return files.get(f"{folder}/{name}")


def _item(text: str, include: Callable[[str], str | None]) -> Item | None:
    names: tuple[str, ...] = ()
    listed = _LIST.search(text) if text.startswith(_VIEW) else None
    if listed:
        decoded = [_decoded(line[8:]) for line in listed["items"].rstrip("\n").split("\n")]
        names = tuple(name for name in decoded if name)
        if len(names) < len(decoded):
            return None
        text = f"{text[: listed.start('items')]}      - {_LIST_MARK}\n{text[listed.end('items') :]}"
    values: list[str] = []
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if _is_ordinary(line):
            continue
        key, _, scalar = line.partition(": ")
        if _VALUE.fullmatch(scalar):
            value = _decoded(scalar)
        elif line.startswith(_INCLUDED) and _VALUE.fullmatch(line, len(_INCLUDED)):
            name = _decoded(line[len(_INCLUDED) :])
            value = include(name) if name else None
            if value is None or not value.strip() or _is_unsafe(value):
                return None
        else:
            continue
        if value is not None:
            values.append(value)
            lines[number] = f"{key}: {_MARK}"
    return Item("\n".join(lines), tuple(values), names)


@lru_cache(maxsize=4096)
def _is_ordinary(line: str) -> bool:
    """Whether there can be no hole in a line."""
    return not line.startswith(_INCLUDED) and not _KEYS.fullmatch(line.partition(": ")[0])


@lru_cache(maxsize=4096)
def _decoded(scalar: str) -> str | None:
    """The text that a YAML scalar stands for; None for one that must not be in a hole."""
    if scalar[0] != '"':
        return None if scalar.lower() in _WORDS else scalar
    text = scalar[1:-1]
    if "\\" in text:
        text = _ESCAPE.sub(lambda match: _ESCAPED.get(match[1]) or chr(int(match[2] or match[3], 16)), text)
    # JJB formats texts, and so reads braces.
    unsafe = "{" in text or "}" in text or _is_unsafe(text) or not text.strip() or text.lower() in _WORDS
    return None if unsafe else text


def _is_unsafe(text: str) -> bool:
    """Whether a text holds what is unsafe; most are plain ASCII, which takes a fifth of the time to see."""
    odd = text.encode("utf-8", "surrogatepass").translate(None, _FINE)
    return bool(odd) and _UNSAFE.search(text) is not None


def is_plain(shape: str) -> bool:
    """Whether a shape is made of lines that can only be read in one way, so that a mould can be made of it."""
    return all(_LINE.fullmatch(line) for line in shape.split("\n"))


def is_of_view(shape: str) -> bool:
    """Whether a shape is one of views; all others are of jobs."""
    return shape.startswith(_VIEW)


def marked(shape: str, number: int) -> str:
    """The YAML of a shape with marks in its holes, which name the shape by its number and the holes in their order."""
    head, *tail = shape.split(_MARK)
    return head + "".join(f"{_MARK}{number:06}x{hole:04}x{text}" for hole, text in enumerate(tail))


def mould(shape: str, document: Document) -> Mould | None:
    """The mould of a shape, from what JJB made of it with marks; None where a value does not come out as a text."""
    text, listed = document.text, ""
    if _LIST_MARK in shape:
        found = _LISTED.search(text)
        if not found or text.count(_LIST_MARK) > 1:
            return None
        listed = found[0]
        text = f"{text[: found.start()]}{_MARK}{0:06}x{shape.count(_MARK):04}x{text[found.end() :]}"
    # Values of attributes are written in another way.
    if any(text.rfind("<", 0, match.start()) > text.rfind(">", 0, match.start()) for match in _MARKS.finditer(text)):
        return None
    return Mould(_pieces(document.name), _pieces(text), document.is_view, listed, _canonical(text, listed))


def _canonical(text: str, listed: str) -> Pieces | None:
    """The canonical form of XML with marks; None where it depends on what takes their place."""
    tags = {match[1] for match in _MARKED_TAG.finditer(text)}
    # The jobs of a view are sorted by their names, and some elements are left out for what they hold.
    if listed or tags & xmlform.DEFAULTS.keys():
        return None
    found = _pieces(xmlform.written(xmlform.canonical(xmlform.parsed(text))))
    return found if sorted(found[1]) == sorted(_pieces(text)[1]) else None


def _pieces(text: str) -> Pieces:
    parts = _MARKS.split(text)
    return tuple(parts[::3]), tuple(int(number) for number in parts[2::3])


def escape(text: str) -> str:
    """A text as JJB's printer, minidom, writes it into XML; versions of Python differ in what they escape."""
    for char, written in _escapes():
        text = text.replace(char, written)
    return text


@lru_cache(maxsize=1)
def _escapes() -> tuple[tuple[str, str], ...]:
    """The characters that are written in another way; the ampersand, which the others hold, is the first."""
    from xml.dom import minidom

    printed = {char: minidom.Document().createTextNode(char).toxml() for char in "&<>\"'\t\n"}
    return tuple((char, written) for char, written in printed.items() if written != char)
