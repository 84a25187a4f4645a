"""A descriptor in the making: plain values, what is said about them, and in the end its text.

The text has the form of the descriptors in components/: blocks, small mappings and lists on one line, comments behind
what they are about. The values come from files of anybody: those that the descriptor's models do not take are left
out, and the others get quotes where they need them, for every program that reads YAML.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from jjbgen.errors import escaped
from jjbgen.model import check_name
from jjbgen.secretscan import looks_like_secret

WIDTH = 110
MAX_SHOWN = 400
"""How wide a line and its comment get, and how many characters of a text are shown."""

_PLAIN = re.compile(r"-{0,2}[A-Za-z0-9_/.](?:[A-Za-z0-9_./+@=-]| (?=[A-Za-z0-9_./-]))*")
# Words, numbers and dates of YAML 1.1; 5gc-amf is none of them.
_NOT_TEXT = re.compile(r"(?i)y|n|yes|no|on|off|true|false|null|[-+.]*(?:inf|nan|[0-9][0-9a-fotxz_.:+-]*)|-+|\.+")
_ORDER = (
    *("title", "owners", "labels", "repository", "build", "checks", "tests"),
    *("images", "charts", "packages", "pipelines"),
)
"""The sections that a new descriptor may have, in their order."""
_ONE_LINE = frozenset(("checks", "tests", "charts", "packages"))
"""Sections whose entries fit on a line each."""

Path = tuple[str, ...]
"""The keys that lead to a value."""


@dataclass(frozen=True, slots=True)
class Said:
    """What is told about one thing, and where it was seen; `verb` is found, guessed, left out or note."""

    verb: str
    what: str
    seen: str


@dataclass(frozen=True, slots=True)
class Sketch:
    """A descriptor: values as YAML gives them, comments by the paths of what they stand behind, remarks by section."""

    values: dict[str, Any] = field(default_factory=dict)
    comments: dict[Path, str] = field(default_factory=dict)
    remarks: dict[str, list[str]] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)

    def guess(self, path: Path, why: str) -> None:
        """Mark a value as a guess."""
        self.comments[path] = f"a guess: {why}"

    def remark(self, section: str, text: str) -> None:
        """Put a comment above a section, or where it would stand; once."""
        remarks = self.remarks.setdefault(section, [])
        if text not in remarks:
            remarks.append(text)

    def tell(self, what: str, seen: str, *, guess: bool = False) -> None:
        """Tell what was found."""
        self.said.append(Said("guessed" if guess else "found", _shown(what), _shown(seen)))

    def leave_out(self, what: str, seen: str, section: str | None = None) -> None:
        """Tell what is left out; with `section`, also in the descriptor."""
        self.said.append(Said("left out", _shown(what), _shown(seen)))
        if section:
            self.remark(section, f"Left out: {what} ({seen})")

    def note(self, text: str, seen: str) -> None:
        """Tell what else there is to know."""
        self.said.append(Said("note", _shown(text), _shown(seen)))

    def entry(self, section: str, name: str, model: type[BaseModel], value: dict[str, Any], seen: str) -> str | None:
        """Add an entry to a section; returns the name that it got, or None when it cannot be."""
        why = refused(name, model, value)
        if why:
            self.leave_out(f"{section}: {why}", seen)
            return None
        taken = self.values.setdefault(section, {})
        own = next(each for each in (name, *(f"{name[:58]}-{n}" for n in range(2, 200))) if each not in taken)
        taken[own] = value
        return own

    def text(self) -> str:
        """The descriptor as YAML."""
        blocks: list[list[str]] = []
        for key in sorted({*self.values, *self.remarks}, key=_ORDER.index):
            lines = [line for remark in self.remarks.get(key, ()) for line in _comment_lines(remark, 0)]
            lines += _lines((key,), self.values[key], self.comments) if key in self.values else ()
            # What needs one line only stands together at the top.
            if blocks and not isinstance(self.values.get(key, {}), dict):
                blocks[-1] += lines
            else:
                blocks.append(lines)
        return "\n\n".join("\n".join(lines) for lines in blocks) + "\n"


def refused(name: str, model: type[BaseModel], value: dict[str, Any]) -> str:
    """Why an entry of a descriptor cannot be; empty when it can."""
    for text in _texts({name: value}):
        if not text.isprintable():
            return f"{text!r} has characters that a descriptor must not have"
        if secret := looks_like_secret(text):
            return f"looks like a secret: {secret}"
    try:
        check_name(name)
        model.model_validate(value)
    except ValidationError as error:
        return str(error.errors(include_url=False)[0]["msg"]).removeprefix("Value error, ")
    except ValueError as error:
        return str(error)
    return ""


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from (key, *_texts(entry))
    elif isinstance(value, tuple):
        for entry in value:
            yield from _texts(entry)
    elif value is not None:
        yield value


def takes(kind: Any, value: str) -> bool:
    """Whether a kind of values of the models takes a text."""
    with suppress(ValidationError):
        TypeAdapter(kind).validate_python(value)
        return value.isprintable() and not looks_like_secret(value)
    return False


def scalar(value: str | None) -> str:
    """A text as a YAML scalar on one line, which every YAML parser reads as that text; nothing for None."""
    if value is None:
        return ""
    if _PLAIN.fullmatch(value) and not _NOT_TEXT.fullmatch(value):
        return value
    # A JSON string is a double-quoted scalar too; what cannot be printed has to be an escape in that.
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(char if char.isprintable() else f"\\U{ord(char):08X}" for char in quoted)


def _lines(path: Path, value: Any, comments: Mapping[Path, str]) -> Iterator[str]:
    indent = 2 * (len(path) - 1)
    head = f"{' ' * indent}{scalar(path[-1])}:"
    comment = comments.get(path)
    if not isinstance(value, dict) or (value and _fits(path, value, comments)):
        yield from _with_comment(f"{head} {_flow(value)}".rstrip(), comment, indent)
        return
    yield from _with_comment(head, comment, indent)
    for key, entry in value.items():
        yield from _lines((*path, key), entry, comments)


def _fits(path: Path, value: Mapping[str, Any], comments: Mapping[Path, str]) -> bool:
    """Whether a mapping goes on one line: deep enough, short enough, and without a comment inside of it."""
    inside = any(other[: len(path)] == path != other for other in comments)
    deep = len(path) > 2 or (len(path) == 2 and path[0] in _ONE_LINE)
    return deep and not inside and len(_flow(value)) + 2 * len(path) + len(path[-1]) < WIDTH


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key)}: {_flow(entry)}".rstrip() for key, entry in value.items()) + "}"
    if isinstance(value, tuple):
        return "[" + ", ".join(_flow(entry) for entry in value) + "]"
    return scalar(value)


def _with_comment(line: str, comment: str | None, indent: int) -> Iterator[str]:
    """A line with its comment behind it, or above it where it is too long."""
    if not comment:
        yield line
    elif len(line) + len(_shown(comment)) + 4 <= WIDTH + 10:
        yield f"{line}  # {_shown(comment)}"
    else:
        yield from _comment_lines(comment, indent)
        yield line


def _comment_lines(text: str, indent: int) -> Iterator[str]:
    """A comment, on as many lines as it takes."""
    for line in textwrap.wrap(_shown(text), WIDTH - indent, break_long_words=False, break_on_hyphens=False):
        yield f"{' ' * indent}# {line}"


def _shown(text: str) -> str:
    """A text on one line, for a comment or a terminal, that cannot look like something else or give something away."""
    if looks_like_secret(text):
        return "something that looks like a secret"
    shown = text if text.isprintable() else escaped(text)
    return shown if len(shown) <= MAX_SHOWN else shown[: MAX_SHOWN - 1] + "…"
