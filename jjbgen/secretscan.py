"""Finds literals that look like secrets, so that none gets into a descriptor, a generated file or a log."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from jjbgen.errors import Problem
from jjbgen.explain import field_path
from jjbgen.quickyaml import Value
from jjbgen.source import Document, Loc


class _Shape(NamedTuple):
    """What a kind of secret looks like."""

    what: str
    pattern: re.Pattern[str]
    beginnings: tuple[str, ...]
    """One of these is in each of them; where there are none, the pattern itself is looked for in a whole file."""


_SHAPES = (
    _Shape("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"), ("-----BEGIN",)),
    _Shape("an AWS access key", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"), ("AKIA", "ASIA")),
    _Shape(
        "a GitHub token",
        re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22,})"),
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
    ),
    _Shape("a Slack token", re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}"), ("xox",)),
    _Shape("a GitLab token", re.compile(r"\bglpat-[A-Za-z0-9_-]{20}"), ("glpat-",)),
    _Shape("a PyPI token", re.compile(r"\bpypi-[A-Za-z0-9_-]{32,}"), ("pypi-",)),
    _Shape("a JSON web token", re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\."), ("eyJ",)),
    _Shape("a password in a URL", re.compile(r"://[^/\s:@$]+:[^/\s@$]+@"), ()),
)
_SECRET_NAME = re.compile(
    r"(?:^|[_-])(?:password|passwd|passphrase|secret|token|api[_-]?key|private[_-]?key|access[_-]?key)$", re.IGNORECASE
)
# References and paths are not secrets: $VAR, ${VAR}, a path, a file name, a flag, a plain short word.
_HARMLESS = re.compile(r"\$.*|.*/.*|true|false|[A-Za-z]{0,7}|\d{1,6}", re.DOTALL)


_NAMING = ("environment", "build-arguments", "parameters")
"""Keys below which names tell what a value is."""
_BY_BEGINNING = [(word, shape) for shape in _SHAPES for word in shape.beginnings or ("://",)]


def looks_like_secret(text: str, name: str = "", shapes: Sequence[_Shape] = _SHAPES) -> str | None:
    """What kind of secret `text` seems to be, or None; `name` is the variable or parameter that would hold it."""
    for shape in shapes:
        if shape.pattern.search(text):
            return shape.what
    if name and _SECRET_NAME.search(name) and not _HARMLESS.fullmatch(text):
        return f"the value of {name}"
    return None


def problems(document: Document) -> Iterator[Problem]:
    """Literals that look like secrets, in any value of a file."""
    shapes = _shapes_in(document.text)
    if not shapes and not any(key in document.text for key in _NAMING):
        return
    pending: list[tuple[tuple[str | int, ...], Value]] = [((), document.value)]
    while pending:
        loc, value = pending.pop()
        if isinstance(value, dict):
            pending += [((*loc, key), entry) for key, entry in value.items()]
        elif isinstance(value, tuple):
            pending += [((*loc, index), entry) for index, entry in enumerate(value)]
        elif value:
            found = looks_like_secret(value, _variable(loc), shapes)
            if found:
                hint = "keep it in Jenkins and name its credentials id"
                yield Problem(document.pos(loc), field_path(loc), f"looks like a secret: {found}", hint)


def _shapes_in(text: str) -> Sequence[_Shape]:
    """The shapes that are worth a look at each value of a file: for most files there are none.

    Without escapes, YAML holds values as they are, but for blanks where a value goes over several lines.
    """
    if "\\" in text:
        return _SHAPES
    found = dict.fromkeys(shape for word, shape in _BY_BEGINNING if word in text)
    return [shape for shape in found if shape.beginnings or shape.pattern.search(text)]


def _variable(loc: Loc) -> str:
    """The variable or parameter that a value is for; empty where it is for none."""
    if len(loc) >= 2 and loc[-2] in ("environment", "build-arguments"):
        return str(loc[-1])
    if len(loc) >= 3 and loc[-3] == "parameters" and loc[-1] == "default":
        return str(loc[-2])
    return ""
