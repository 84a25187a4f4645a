"""Which images a Dockerfile builds on, and whether they are pinned.

Grammar: the Dockerfile reference of Docker (parser directives, continuation lines, comments in between,
here-documents, ARG before the first FROM, stages) and the image references of the OCI distribution
specification (registries with ports, tags, digests).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from jjbgen.rules import Policy

_NAME = re.compile(r"(?:docker|container)file(?:[._-].*)?|.*\.(?:docker|container)file")
_NO_DOCKERFILES = (".go", ".in", ".j2", ".java", ".md", ".py", ".rst", ".sh", ".tmpl", ".tpl", ".txt")
"""Endings of programs and texts about Dockerfiles, and of templates of them."""

_MAX_EXPANDED = 1_000
"""Characters of an image's name with its variables replaced: variables in variables double quickly."""

_DIRECTIVE = re.compile(r"#\s*([a-z]+)\s*=\s*(\S+)\s*", re.IGNORECASE)
_HEREDOC = re.compile(r"<<(-?)(['\"]?)([A-Za-z_][A-Za-z0-9_]*)\2")
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?:(:?[-+])((?:[^{}]|\$\{[^{}]*\})*))?\})")
_FROM_OPTION = re.compile(r"(?:--from=|(?<=[,=])from=)([^\s,]+)")
_DIGEST = re.compile(r"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-fA-F]{64,}")
_NUMBERS = re.compile(r"[0-9]+\.[0-9]+")
_UNFINISHED = re.compile(r"-(?:dev|snapshot)(?![a-z])|\A(?:latest|edge)\Z", re.IGNORECASE)

_PLATFORM = {
    f"{side}{part}": value
    for side in ("TARGET", "BUILD")
    for part, value in (("PLATFORM", "linux/amd64"), ("OS", "linux"), ("ARCH", "amd64"), ("VARIANT", ""))
}
"""Variables that exist without being declared; which platform does not matter here."""


@dataclass(frozen=True, slots=True)
class Parent:
    """An image that a Dockerfile builds on."""

    line: int
    written: str
    image: str | None
    """With its variables replaced; None when one has no default."""


@dataclass(frozen=True, slots=True)
class _Instruction:
    line: int
    word: str
    rest: str


def is_dockerfile(path: str) -> bool:
    """Whether a file is a Dockerfile by its name, and not one of somebody else's code that came along."""
    pure = PurePosixPath(path)
    if any(part in ("vendor", "node_modules", "third_party") for part in pure.parts[:-1]):
        return False
    name = pure.name.lower()
    if name.endswith("ignore"):
        return False
    return _NAME.fullmatch(name) is not None and not name.endswith(_NO_DOCKERFILES)


def parents(text: str) -> list[Parent]:
    """The images that the stages of a Dockerfile begin with or copy from, without its own stages and `scratch`."""
    found: list[Parent] = []
    arguments: dict[str, str | None] = {}
    stages: list[str] = []
    for each in _instructions(text):
        if each.word == "ARG" and not stages:
            for name, value in _arguments(each.rest, arguments):
                # Declared again without a default, it keeps the one it has.
                arguments[name] = arguments.get(name) if value is None else value
        elif each.word == "FROM":
            words = [word for word in each.rest.split() if not word.startswith("--")]
            found += _parent(each.line, words[0] if words else "", stages, arguments)
            stages.append(words[2].lower() if len(words) > 2 and words[1].lower() == "as" else "")
        elif each.word in ("COPY", "ADD", "RUN"):
            options = re.match(r"(?:--\S+\s+)*", f"{each.rest} ")
            for source in _FROM_OPTION.findall(options[0] if options else ""):
                if not source.isdigit():
                    found += _parent(each.line, source, stages, {})
    return found


def _parent(line: int, written: str, stages: Iterable[str], arguments: dict[str, str | None]) -> Iterator[Parent]:
    image = _substituted(written.strip("'\""), arguments)
    if image is None or (image.lower() not in stages and image != "scratch"):
        yield Parent(line, written, image)


def _arguments(rest: str, known: dict[str, str | None]) -> Iterator[tuple[str, str | None]]:
    for word in rest.split():
        name, equals, value = word.partition("=")
        yield name, _substituted(value.strip("'\""), known) if equals else None


def _substituted(text: str, arguments: dict[str, str | None]) -> str | None:
    """A text with its variables replaced; None when one of them has no value."""
    unknown = False

    def value(found: re.Match[str]) -> str:
        nonlocal unknown
        name = found[1] or found[2]
        known = arguments.get(name)
        if known is None:
            known = _PLATFORM.get(name)
        is_set = bool(known) if found[3] and found[3][0] == ":" else known is not None
        if found[3] and found[3].endswith("+"):
            return (_substituted(found[4], arguments) or "") if is_set else ""
        if not is_set and found[3]:
            known = _substituted(found[4], arguments)
        unknown = unknown or known is None
        return known or ""

    result = _VARIABLE.sub(value, text)
    return None if unknown or len(result) > _MAX_EXPANDED else result


def _instructions(text: str) -> Iterator[_Instruction]:
    """The instructions with the line each begins on; continuation lines are joined, here-documents left out."""
    lines = [line.removesuffix("\r") for line in text.removeprefix("\ufeff").split("\n")]
    escape = _escape(lines)
    # A here-document without an end is none. Knowing where each line stands last keeps this linear.
    last = {line.lstrip("\t"): number for number, line in enumerate(lines)}
    at = 0
    while at < len(lines):
        first = at
        joined, at = _joined(lines, at, escape)
        word, _, rest = joined.strip().partition(" ")
        if word:
            yield _Instruction(first + 1, word.upper(), rest.strip())
        if word.upper() in ("RUN", "COPY", "ADD"):
            for found in _HEREDOC.finditer(rest):
                if last.get(found[3], -1) >= at:
                    at = _after_heredoc(lines, at, found[3], tabs=bool(found[1]))


def _joined(lines: list[str], at: int, escape: str) -> tuple[str, int]:
    """One instruction, and the number of the line after it; empty for a comment or an empty line."""
    joined, begun = "", False
    while at < len(lines):
        line = lines[at].replace("\t", " ").rstrip()
        at += 1
        if line.lstrip().startswith("#") or (begun and not line):
            if not begun:
                break
            continue
        if not line.endswith(escape):
            return joined + line, at
        joined += line[: -len(escape)]
        begun = True
    return joined, at


def _after_heredoc(lines: list[str], at: int, end: str, *, tabs: bool) -> int:
    """The number of the line after a here-document; `at` itself when it has no end, for then it is none."""
    for number in range(at, len(lines)):
        if (lines[number].lstrip("\t") if tabs else lines[number]) == end:
            return number + 1
    return at


def _escape(lines: Iterable[str]) -> str:
    for line in lines:
        found = _DIRECTIVE.fullmatch(line.strip())
        if not found or found[1].lower() not in ("syntax", "escape", "check"):
            break
        if found[1].lower() == "escape" and found[2] in ("\\", "`"):
            return found[2]
    return "\\"


def unpinned(image: str, policy: Policy) -> str | None:
    """Why an image reference is not pinned, as the policy wants it; None when it is."""
    name, at, digest = image.partition("@")
    if policy == "any" or (at and _DIGEST.fullmatch(digest)):
        return None
    if policy == "digest":
        return "has no digest"
    _, colon, tag = name.rpartition("/")[2].partition(":")
    if not colon:
        return "has no tag, so it means latest"
    if _UNFINISHED.search(tag) or not _NUMBERS.search(tag):
        return f"has the tag {tag!r}, which moves"
    return None
