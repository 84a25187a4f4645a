"""YAML as jjbgen reads it: safe, strict, with the place of every value.

A reduced YAML on purpose. Every scalar stays the text that was written, so `2.10` remains a version and
`on` a word; the models turn text into numbers and booleans where a field asks for them. Tags, merge keys
and duplicate keys are refused. libyaml scans and parses; the tree is built here without recursion,
because libyaml's own composer overflows the C stack on deep nesting (measured: 100,000 open brackets).
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import yaml

from jjbgen import disk
from jjbgen.errors import ConfigError, Pos, Problem, what_and_hint
from jjbgen.quickyaml import FORBIDDEN, MAX_DEPTH, MAX_VALUES, NULL, Value, forbidden, quickly

Loc = Sequence[str | int]
"""The way to a value: mapping keys and list positions, from the top."""

SUFFIXES = (".yaml", ".yml")
MAX_BYTES = 1024 * 1024
_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"

_LINK_CIRCLE = "cannot be read: it is a link to itself"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a file may use beyond plain YAML."""

    tags: frozenset[str] = frozenset()
    merge_keys: bool = False


PLAIN = Dialect()


@dataclass(slots=True)
class _Node:
    """A value with its place; `size` and `height` count what aliases expand to."""

    line: int
    column: int
    tag: str | None = None
    value: Value = None
    items: list[_Node] = field(default_factory=list)
    entries: dict[str, tuple[_Node, _Node]] = field(default_factory=dict)
    key: _Node | None = None
    is_mapping: bool = False
    anchor: str | None = None
    size: int = 1
    height: int = 1


@dataclass(frozen=True)
class Document:
    """A parsed file: its plain value, and the place of everything in it."""

    path: str
    value: Value
    text: str
    _dialect: Dialect = PLAIN
    tagged: tuple[tuple[str, Value, Pos], ...] = ()
    """The values with a tag that the dialect allows: tag, value, place."""

    @cached_property
    def _root(self) -> _Node:
        # Most files have no problem that needs a place.
        return _built(self.text, self.path, self._dialect)[0]

    def pos(self, loc: Loc = (), *, key: bool = False) -> Pos:
        """The place of the value at `loc` (of its key with `key=True`), or of the key of its nearest parent."""
        way = self._way(loc)
        found = way[-1][0 if key or len(way) <= len(loc) else 1]
        return Pos(self.path, found.line, found.column)

    def nearest(self, loc: Loc) -> Loc:
        """The longest beginning of `loc` that the file itself holds."""
        return loc[: len(self._way(loc)) - 1]

    def written(self, loc: Loc) -> bool:
        """Whether the file itself holds something at `loc`."""
        return len(self._way(loc)) > len(loc)

    def _way(self, loc: Loc) -> list[tuple[_Node, _Node]]:
        """Key and value from the top towards `loc`, as far as the file goes; an item of a list is its own key."""
        way = [(self._root, self._root)]
        for part in loc:
            node = way[-1][1]
            if isinstance(part, str) and part in node.entries:
                way.append(node.entries[part])
            elif isinstance(part, int) and part < len(node.items):
                way.append((node.items[part], node.items[part]))
            else:
                break
        return way


def overlooked(root: Path, folder: str) -> Iterator[Problem]:
    """YAML files below the folders of `folder`, where nothing is read."""
    for path in sorted((root / folder).glob("*/**/*")):
        if path.suffix.lower() in SUFFIXES:
            yield Problem(Pos(path.relative_to(root).as_posix()), "", "is not read", f"put it directly into {folder}/")


def read(root: Path, path: Path) -> Document:
    """Parse the file `path`, which has to lie below `root`; raises ConfigError with every problem found."""
    return parse(read_text(root, path), relative(root, path))


def read_text(root: Path, path: Path) -> str:
    """The text of an input file; refuses links out of the tree, big files and bytes that are not UTF-8."""

    def bad(what: str, hint: str = "") -> ConfigError:
        return ConfigError([Problem(Pos(relative(root, path)), "", what, hint)])

    try:
        data = disk.data_below(str(root), str(path), MAX_BYTES)
    except ValueError as error:
        raise bad(*what_and_hint(error)) from None
    except FileNotFoundError:
        raise bad("no such file") from None
    except OSError as error:
        raise bad(_LINK_CIRCLE if error.errno == errno.ELOOP else f"cannot be read: {error.strerror}") from None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        problem = Problem(Pos(relative(root, path), line, column), "", "is not UTF-8", "save the file in UTF-8")
        raise ConfigError([problem]) from None


def relative(root: Path, path: Path) -> str:
    """The name of a file below `root` in messages."""
    top, whole = f"{root}/", str(path)
    return whole[len(top) :] if whole.startswith(top) else path.relative_to(root).as_posix()


def parse(text: str, path: str, dialect: Dialect = PLAIN) -> Document:
    """Parse YAML `text`; `path` is the name used in messages. Raises ConfigError with every problem found."""
    unreadable = [Problem(Pos(path, *place), "", _not_allowed(char)) for char, place in _forbidden_characters(text)]
    if unreadable:
        raise ConfigError(unreadable)
    value = quickly(text) if dialect == PLAIN else None
    if value is not None:
        return Document(path, value, text)
    root, tagged = _built(text, path, dialect)
    if root.value is None:
        raise ConfigError([Problem(Pos(path), "", "is empty")])
    found = tuple((str(node.tag), _plain(node), Pos(path, node.line, node.column)) for node in tagged)
    return Document(path, _plain(root), text, dialect, found)


def _built(text: str, path: str, dialect: Dialect) -> tuple[_Node, list[_Node]]:
    """The tree of a file, and its nodes with tags; raises ConfigError with every problem found."""
    builder = _Builder(path, dialect)
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            builder.feed(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        pos = Pos(path, mark.line + 1, mark.column + 1) if mark else Pos(path)
        builder.problems.append(_syntax_problem(text, pos, error.problem or "is not YAML"))
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        builder.problems.append(Problem(Pos(path), "", "is not YAML", str(error).splitlines()[0]))
    if builder.problems:
        raise ConfigError(builder.problems)
    return builder.root or _Node(0, 0), builder.tagged


def _forbidden_characters(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Characters that must not stand anywhere in a file, comments included, with their lines and columns."""
    for found in FORBIDDEN.finditer(text):
        # A file may have been saved with CR LF; as an escape in a value, CR is refused below.
        if found[0] != "\r":
            line = text.count("\n", 0, found.start()) + 1
            yield found[0], (line, found.start() - text.rfind("\n", 0, found.start()))


def _not_allowed(char: str) -> str:
    return f"a character that is not allowed: U+{ord(char):04X}"


def _syntax_problem(text: str, pos: Pos, what: str) -> Problem:
    lines = text.split("\n")
    line = lines[pos.line - 1] if 0 < pos.line <= len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return Problem(pos, "", "a tab in the indentation", "YAML is indented with spaces")
    if "maximum nesting depth" in what:
        # On one line libyaml looks ahead for a colon, and meets its own limit before ours.
        return Problem(pos, "", _TOO_DEEP)
    return Problem(pos, "", f"is not YAML: {what}")


def _plain(node: _Node) -> Value:
    if node.is_mapping:
        return {name: _plain(entry) for name, (_, entry) in node.entries.items()}
    if isinstance(node.value, tuple):
        return tuple(_plain(item) for item in node.items)
    return node.value


def _place(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (0, 0)


class _Builder:
    """Builds the tree from parser events; keeps going after a problem, so that all of them are told."""

    def __init__(self, path: str, dialect: Dialect) -> None:
        self.path = path
        self.dialect = dialect
        self.tagged: list[_Node] = []
        self.problems: list[Problem] = []
        self.root: _Node | None = None
        self._open: list[_Node] = []
        self._anchors: dict[str, _Node] = {}

    def feed(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._add(self._scalar(event))
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._start(event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._add(self._end())
        elif isinstance(event, yaml.AliasEvent):
            self._add(self._alias(event))
        elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            raise self._stopped(event, "a second document in one file", "one file holds one document")

    def _tell(self, event: yaml.Event, what: str, hint: str = "") -> None:
        self.problems.append(Problem(Pos(self.path, *_place(event)), "", what, hint))

    def _stopped(self, event: yaml.Event, what: str, hint: str = "") -> ConfigError:
        self._tell(event, what, hint)
        return ConfigError(self.problems)

    def _new(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> _Node:
        node = _Node(*_place(event), anchor=event.anchor)
        if event.tag in self.dialect.tags:
            node.tag = event.tag
            self.tagged.append(node)
        elif event.tag is not None and event.tag not in ("!", "tag:yaml.org,2002:str"):
            hint = f"allowed are {', '.join(sorted(self.dialect.tags))}" if self.dialect.tags else "write plain YAML"
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._tell(event, f"the tag {tag!r} is not allowed", hint)
        return node

    def _scalar(self, event: yaml.ScalarEvent) -> _Node:
        node = self._new(event)
        text: str = event.value
        is_null = event.implicit[0] and text in NULL
        node.value = None if is_null else text
        bad = forbidden(text)
        if bad:
            self._tell(event, _not_allowed(bad[0]))
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _start(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        node = self._new(event)
        node.is_mapping = isinstance(event, yaml.MappingStartEvent)
        node.value = {} if node.is_mapping else ()
        self._open.append(node)
        if len(self._open) > MAX_DEPTH:
            raise self._stopped(event, _TOO_DEEP)

    def _end(self) -> _Node:
        node = self._open.pop()
        if node.anchor:
            self._anchors[node.anchor] = node
        return node

    def _alias(self, event: yaml.AliasEvent) -> _Node:
        target = self._anchors.get(str(event.anchor))
        if target is not None:
            return target
        if any(node.anchor == event.anchor for node in self._open):
            raise self._stopped(event, f"the anchor {event.anchor!r} is used inside of itself")
        raise self._stopped(event, f"unknown anchor {event.anchor!r}", "an anchor stands before its aliases")

    def _add(self, node: _Node) -> None:
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        parent.size += node.size
        parent.height = max(parent.height, node.height + 1)
        if parent.size > MAX_VALUES or parent.height > MAX_DEPTH:
            what = f"expands to more than {MAX_VALUES} values or {MAX_DEPTH} levels"
            self.problems.append(
                Problem(Pos(self.path, node.line, node.column), "", what, "write it with fewer aliases")
            )
            raise ConfigError(self.problems)
        if not parent.is_mapping:
            parent.items.append(node)
        elif parent.key is None:
            parent.key = node
        else:
            self._entry(parent, parent.key, node)
            parent.key = None

    def _entry(self, parent: _Node, key: _Node, node: _Node) -> None:
        pos = Pos(self.path, key.line, key.column)
        if not isinstance(key.value, str):
            self.problems.append(Problem(pos, "", "a key has to be text"))
        elif key.value == "<<" and not self.dialect.merge_keys:
            self.problems.append(
                Problem(pos, "", "merge keys (<<) are not supported", "use an alias for the whole value")
            )
        elif key.value in parent.entries:
            first = parent.entries[key.value][0].line
            self.problems.append(Problem(pos, "", f"the key {key.value!r} stands here twice", f"first on line {first}"))
        else:
            parent.entries[key.value] = (key, node)
