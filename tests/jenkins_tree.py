"""How Jenkins' remote API chooses what it shows of an object: by a `tree` expression, or by depth.

Recorded (`tests/jenkins_contract/exchanges.json`): nested names, and that what an object does not have is left out.
From Stapler's sources (`NamedPathPruner`, `ByDepth`, `Property`): `*`, ranges, `depth`, that a malformed expression is
an error of the server, and that `_class` is left out where the declared type says it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.jenkins_state import BrokenError

Json = Any
"""What JSON can say."""


@dataclass(frozen=True)
class Property:
    """A name in the answer, and how its value is found."""

    name: str
    value: Callable[[Any], object]
    visibility: int = 1
    """Shown without `tree` as long as this is at least the depth."""
    inline: bool = False
    """Whether what it leads to counts as being no deeper."""
    plain: bool = False
    """Whether its declared type says the class of what it leads to."""


@dataclass(frozen=True)
class Bean:
    """An object as the API shows it."""

    class_name: str
    about: object
    properties: Sequence[Property]


class Pruner(Protocol):
    """Decides what is shown."""

    @property
    def part(self) -> slice:
        """Which of the objects in a list are shown."""

    def accept(self, shown: Property) -> Pruner | None:
        """What decides about the value of a property; None if it is not shown."""


@dataclass(frozen=True)
class ByDepth:
    """Shows what is near, as without `tree`."""

    depth: int
    part: slice = field(default_factory=lambda: slice(None))

    def accept(self, shown: Property) -> Pruner | None:
        """What is deep is shown only if it is important."""
        if shown.visibility < self.depth:
            return None
        return self if shown.inline else ByDepth(self.depth + 1)


@dataclass
class Tree:
    """Shows what an expression names."""

    children: dict[str, Tree] = field(default_factory=dict)
    part: slice = field(default_factory=lambda: slice(None))

    def accept(self, shown: Property) -> Pruner | None:
        """A name is shown if it is asked for."""
        return self.children.get(shown.name, self.children.get("*"))


def pruner(query: Mapping[str, str]) -> Pruner:
    """What the parameters of a request ask for."""
    if "tree" in query:
        return _Expression(query["tree"]).tree()
    depth = query.get("depth", "0")
    if not re.fullmatch(r"[+-]?[0-9]+", depth):
        raise BrokenError("Depth parameter must be a number")
    return ByDepth(1 - int(depth))


class _Expression:
    """Reads `tree`: names after each other, with those below in square and a range in curly brackets."""

    def __init__(self, text: str) -> None:
        self._tokens = re.findall(r"[\[\]{},]|[^\[\]{},]+", text)

    def tree(self) -> Tree:
        found = Tree(self._list())
        if self._tokens:
            raise BrokenError("Malformed tree expression")
        return found

    def _list(self) -> dict[str, Tree]:
        found = dict([self._node()])
        while self._take(","):
            found |= dict([self._node()])
        return found

    def _node(self) -> tuple[str, Tree]:
        node = Tree()
        name = self._word()
        if self._take("["):
            node.children = self._list()
            self._expect("]")
        if self._take("{"):
            node.part = self._range()
            self._expect("}")
        return name, node

    def _range(self) -> slice:
        if self._take(","):
            return slice(0, self._number())
        first = self._number()
        if not self._take(","):
            return slice(first, first + 1)
        return slice(first, None if self._tokens[:1] == ["}"] else self._number())

    def _number(self) -> int:
        word = self._word()
        if not word.isdecimal():
            raise BrokenError("Malformed tree expression")
        return int(word)

    def _word(self) -> str:
        if not self._tokens or self._tokens[0] in "[]{},":
            raise BrokenError("Malformed tree expression")
        return str(self._tokens.pop(0))

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise BrokenError("Malformed tree expression")

    def _take(self, token: str) -> bool:
        if self._tokens[:1] == [token]:
            self._tokens.pop(0)
            return True
        return False


def shown(bean: Bean, prune: Pruner, *, plain: bool = False) -> dict[str, Json]:
    """The object as JSON."""
    found: dict[str, Json] = {} if plain else {"_class": bean.class_name}
    for one in bean.properties:
        below = prune.accept(one)
        if below is not None:
            found[one.name] = _value(one.value(bean.about), below, one.plain)
    return found


def _value(value: object, prune: Pruner, plain: bool) -> Json:
    if isinstance(value, Bean):
        return shown(value, prune, plain=plain)
    if isinstance(value, list):
        return [_value(one, prune, plain) for one in value[prune.part]]
    return value


def text(bean: Bean, query: Mapping[str, str]) -> bytes:
    """The answer: Stapler leaves letters beyond ASCII as they are."""
    found = shown(bean, pruner(query))
    pretty = "pretty" in query
    separators = None if pretty else (",", ":")
    return json.dumps(found, ensure_ascii=False, separators=separators, indent=2 if pretty else None).encode()
