"""What YAML may hold here, and a quick reader of files in which nothing is unusual; `source` reads all others."""

from __future__ import annotations

import re

import yaml
from yaml._yaml import CParser

Value = str | None | tuple["Value", ...] | dict[str, "Value"]
"""What a document holds: text, nothing, a list (as a tuple) or a mapping."""

MAX_DEPTH = 40
MAX_VALUES = 20_000
NULL = frozenset(("", "~", "null", "Null", "NULL"))
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ue000\ue001\ufffe\uffff]"
)
"""XML 1.0 cannot carry control characters and turns CR into LF; bidirectional controls let a text look different from
what it is. Neither has a use in a descriptor."""

_MARKS = ("\r", "\t", "\ufeff", "<<", "? ", "?\n", "- " * 10, " " * 100)
"""What only the careful reader looks at: among it keys in two lines, and what may be deep."""

_PROPERTY = re.compile(r"[&*!](?<![^\s,\[{:?-].)(?=\S)")
"""Perhaps an anchor, an alias or a tag."""


class _PlainLoader(CParser):
    """libyaml's composer, which asks for no tags."""

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)

    # Asked for every value, and answered without a call of Python: `"".format` takes anything and gives "".
    resolve = descend_resolver = ascend_resolver = "".format


def forbidden(text: str) -> re.Match[str] | None:
    """The first character of a value that is not allowed."""
    return None if text.isascii() and text.isprintable() else FORBIDDEN.search(text)


def quickly(text: str) -> Value:
    """The value of a file without anything unusual or wrong in it; None for any other.

    libyaml's composer takes 0.6 of the time that its events take, and knows no places; it needs an eye on the depth.
    """
    if len(text) > MAX_VALUES or text.count("[") + text.count("{") > 200:
        return None
    if any(mark in text for mark in _MARKS) or _PROPERTY.search(text):
        return None
    try:
        root = _PlainLoader(text).get_single_node()
        # Whoever reads a text has looked at what stands in it; an escape may stand for anything.
        return _value(root, 0, looks="\\" in text) if root else None
    except (_UnusualError, yaml.YAMLError, UnicodeEncodeError):
        return None


class _UnusualError(Exception):
    """Something that the careful reader has to look at."""


def _value(node: yaml.Node, depth: int, *, looks: bool) -> Value:
    if isinstance(node, yaml.ScalarNode):
        return _text(node, looks)
    if depth > MAX_DEPTH - 2:
        raise _UnusualError
    if isinstance(node, yaml.SequenceNode):
        return tuple([_value(item, depth + 1, looks=looks) for item in node.value])
    found: dict[str, Value] = {}
    for key, entry in node.value:
        name = _text(key, looks) if isinstance(key, yaml.ScalarNode) else None
        if name is None:
            raise _UnusualError
        found[name] = (
            _text(entry, looks) if isinstance(entry, yaml.ScalarNode) else _value(entry, depth + 1, looks=looks)
        )
    if len(found) < len(node.value):
        raise _UnusualError
    return found


def _text(node: yaml.ScalarNode, looks: bool) -> str | None:
    text: str = node.value
    if looks and forbidden(text):
        raise _UnusualError
    return None if not node.style and text in NULL else text
