"""What a Makefile says without being run: its targets, and the images that it builds.

A reduced reading of GNU make's language: variables are replaced, functions and what only a run knows become
nothing, both sides of a conditional count. What comes out is a guess at names, never anything to execute.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from posixpath import normpath

from jjbgen.versionfiles import Tree

NAMES = ("GNUmakefile", "makefile", "Makefile")
"""Where make itself looks, in this order."""

MAX_FILES = 50
MAX_READ = 2_000_000
"""How many files are read, and characters of them."""
MAX_EXPANSIONS = 20_000
MAX_TEXT = 20_000
"""How many variables are replaced in all, and how long a text may get by that; a few lines can ask for gigabytes."""
_MAX_DEPTH = 12
_MAX_RECIPES = 200

_COMMENT = re.compile(r"(?:^|(?<=[\s)]))#.*")
_DIRECTIVE = re.compile(r"(?:ifn?eq|ifn?def|else|endif)\b")
_VARIABLE = re.compile(r"(?:(?:export|override)\s+)*([A-Za-z0-9_.-]+)\s*(\?|:{0,3}|\+|!)=\s*(.*)", re.DOTALL)
_INCLUDE = re.compile(r"[-s]?include\s+(.*)")
_RULE = re.compile(r"([A-Za-z0-9][^:=\t]*)::?(?!=)")
_TARGET = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_LOOP = re.compile(r"\bfor\s+(\w+)\s+in\s+([^;\n]{1,500});\s*do\b")

_BUILDERS = ("docker", "podman", "buildah", "nerdctl")
_OTHER_COMMANDS = frozenset(("compose", "cp", "create", "exec", "pull", "push", "rm", "rmi", "run", "save", "tag"))
_WITH_VALUE = frozenset(
    (
        *("-t", "--tag", "-f", "--file", "--target", "--build-arg", "--platform", "--label", "--network", "--progress"),
        *("--cache-from", "--cache-to", "-o", "--output", "--secret", "--ssh", "--iidfile", "--build-context"),
        *("--add-host", "--builder", "-m", "--memory", "--cpuset-cpus", "--isolation", "--ulimit", "--shm-size"),
    )
)
"""Options of `docker build` that the next word belongs to."""


@dataclass(frozen=True, slots=True)
class ImageBuild:
    """A `docker build` in a recipe, as far as it can be told without running it."""

    seen: str
    """The file it stands in."""
    name: str
    """The image without its tag; what is only known when make runs is missing in it."""
    dockerfile: str
    context: str
    target: str | None


@dataclass(frozen=True, slots=True)
class Makefile:
    """The targets of a Makefile and of what it includes, each with its file; and the images it builds."""

    path: str
    targets: dict[str, str]
    images: tuple[ImageBuild, ...]


def read(tree: Tree) -> Makefile | None:
    """The Makefile at the top of a tree; None when there is none. Raises ValueError (`what; hint`) for no text."""
    path = next((name for name in NAMES if name in tree.files), None)
    if path is None:
        return None
    reader = _Reader(tree, frozenset(tree.files))
    reader.file(path, tree.read(path) or "")
    return Makefile(path, reader.targets, tuple(reader.images()))


@dataclass(slots=True)
class _Reader:
    tree: Tree
    known: frozenset[str]
    targets: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    recipes: list[tuple[str, str]] = field(default_factory=list)
    """Lines of recipes that build images, with their files; variables may still change behind them."""
    files: set[str] = field(default_factory=set)
    length: int = 0
    expansions: int = 0

    def file(self, path: str, text: str) -> None:
        self.files.add(path)
        self.length += len(text)
        in_define = False
        for line in _logical_lines(text):
            word = line.strip().partition(" ")[0]
            if in_define or word == "define":
                in_define = word != "endef"
            elif line.startswith("\t"):
                self._recipe(path, line)
            else:
                self._statement(path, _COMMENT.sub("", line).strip())

    def _recipe(self, path: str, line: str) -> None:
        if (
            any(word in line for word in ("build", "bud"))
            and len(line) <= MAX_TEXT
            and len(self.recipes) < _MAX_RECIPES
        ):
            self.recipes.append((path, line))

    def _statement(self, path: str, line: str) -> None:
        if not line or _DIRECTIVE.match(line):
            return
        if found := _INCLUDE.fullmatch(line):
            self._include(found[1])
        elif found := _VARIABLE.fullmatch(line):
            self._assign(found[1], found[2], found[3])
        elif found := _RULE.match(line):
            for name in found[1].split():
                # What stands in the Makefile itself is nearer than what it includes.
                if _TARGET.fullmatch(name) and (name not in self.targets or path in NAMES):
                    self.targets[name] = path

    def _include(self, words: str) -> None:
        for word in self.expanded(words).split():
            # A path that begins with a folder make works out is taken from the top.
            path = normpath(word.lstrip("/") or ".")
            if path not in self.known or path in self.files or len(self.files) >= MAX_FILES:
                continue
            with suppress(ValueError):
                text = self.tree.read(path) or ""
                if self.length + len(text) <= MAX_READ:
                    self.file(path, text)

    def _assign(self, name: str, how: str, value: str) -> None:
        known = self.variables.get(name)
        if how == "?" and known:
            return
        if how == "+" and known:
            value = f"{known} {value}"
        elif how and how in ":::":
            # Taken as it stands now: a value may be made of the variable's own old one.
            value = self.expanded(value)
        self.variables[name] = value[:MAX_TEXT]

    def expanded(self, text: str, depth: int = 0) -> str:
        """The text with its variables replaced; functions and unknown variables become nothing."""
        parts: list[str] = []
        at, length = 0, 0
        while at < len(text) and length < MAX_TEXT:
            dollar = text.find("$", at)
            end = len(text) if dollar < 0 else dollar
            part, at = text[at:end], end
            if not part:
                part, at = self._reference(text, at + 1, depth)
            parts.append(part)
            length += len(part)
        return "".join(parts)[:MAX_TEXT]

    def _reference(self, text: str, at: int, depth: int) -> tuple[str, int]:
        """What the reference behind a dollar stands for, and where the text goes on."""
        if text[at : at + 1] == "$":
            return "$", at + 1
        if text[at : at + 1] not in ("(", "{"):
            return "", at + 1
        end = _closing(text, at)
        name = text[at + 1 : end].strip()
        self.expansions += 1
        known = self.variables.get(name) if _NAME.fullmatch(name) else None
        if known is None or depth >= _MAX_DEPTH or self.expansions > MAX_EXPANSIONS:
            return "", end + 1
        return self.expanded(known, depth + 1), end + 1

    def images(self) -> Iterator[ImageBuild]:
        for path, line in self.recipes:
            for command in _commands(self.expanded(line)):
                yield from _image_builds(path, command)


def _logical_lines(text: str) -> Iterator[str]:
    """The lines, each with those that a backslash continues it by."""
    joined: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if line.endswith("\\"):
            joined.append(line[:-1])
        else:
            yield " ".join([*joined, line])
            joined = []
    if joined:
        yield " ".join(joined)


def _closing(text: str, at: int) -> int:
    """The place of the bracket that closes the one at `at`; the end of the text when none does."""
    opening, closing = text[at], {"(": ")", "{": "}"}[text[at]]
    depth = 0
    for place in range(at, len(text)):
        depth += (text[place] == opening) - (text[place] == closing)
        if depth == 0:
            return place
    return len(text)


def _commands(script: str) -> Iterator[list[str]]:
    """The words of each command of a recipe; the body of a loop over words once for each of them."""
    for text in _unrolled(script):
        for command in re.split(r"&&|\|\||[;|\n]", text):
            try:
                words = shlex.split(command.strip().lstrip("@-+"))
            except ValueError:
                continue
            yield words


def _unrolled(script: str) -> Iterator[str]:
    at = 0
    for found in _LOOP.finditer(script):
        if found.start() < at:
            continue
        end = script.find("done", found.end())
        body = script[found.end() : len(script) if end < 0 else end]
        yield script[at : found.start()]
        for word in found[2].split()[:20]:
            yield re.sub(rf"\$\{{?{found[1]}\b\}}?", word.replace("\\", r"\\"), body)
        at = len(script) if end < 0 else end + len("done")
    yield script[at:]


def _build_at(words: list[str]) -> int | None:
    """Where `build` stands in a `docker build`, `docker --debug build` or `docker buildx build`."""
    programs = (index for index, word in enumerate(words) if word.rpartition("/")[2] in _BUILDERS)
    for index in range(next(programs, len(words)) + 1, len(words)):
        if words[index] in ("build", "bud"):
            return index
        if words[index] in _OTHER_COMMANDS:
            return None
    return None


def _image_builds(path: str, words: list[str]) -> Iterator[ImageBuild]:
    """The image that a command builds, if it builds one and names it."""
    start = _build_at(words)
    if start is None:
        return
    options: dict[str, str] = {}
    context = None
    rest = iter(words[start + 1 :])
    for word in rest:
        name, equals, value = word.partition("=")
        if name in _WITH_VALUE:
            options.setdefault(name, value if equals else next(rest, ""))
        elif context is None and word and word[0] not in "-$":
            context = normpath(word)
    tag = options.get("-t") or options.get("--tag")
    if tag:
        context = context or "."
        dockerfile = options.get("-f") or options.get("--file") or f"{context}/Dockerfile"
        yield ImageBuild(path, _without_tag(tag), normpath(dockerfile), context, options.get("--target") or None)


def _without_tag(image: str) -> str:
    """An image's name without tag and digest; a port of its registry stays."""
    name = image.partition("@")[0]
    folder, slash, last = name.rpartition("/")
    return folder + slash + last.partition(":")[0]
