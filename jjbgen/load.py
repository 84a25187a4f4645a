"""From files to models: `jjbgen.yaml`, the descriptors, and what holds on each branch of a component."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from jjbgen import explain, source
from jjbgen.component import OVERRIDABLE, Body, Component
from jjbgen.errors import ConfigError, Pos, Problem, nearest, what_and_hint
from jjbgen.model import check_name
from jjbgen.places import COMPONENTS, HANDWRITTEN, TEMPLATES
from jjbgen.settings import Settings, load_settings, validated
from jjbgen.source import Document

Plugins = list[dict[str, str]]
"""What JJB wants to know of a plugin: `shortName`, `longName`, `version`."""

_PLUGIN_KEYS = {"shortName", "longName", "version"}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Templates:
    """The text of all templates by name, for example `stages/build.groovy.j2`."""

    texts: dict[str, str]
    own: frozenset[str]
    """Names of those that the config repo has changed or added."""


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A component as it was read: its name, its model, what holds on each living branch, and where it stands."""

    name: str
    component: Component
    bodies: dict[str, Body]
    """By branch; branches at their end of life are not in it."""
    document: Document

    @property
    def path(self) -> str:
        """The file, relative to the config repo."""
        return self.document.path

    def locate(self, branch: str | None, loc: source.Loc, *, key: bool = False) -> tuple[source.Loc, Pos]:
        """Where a value of a branch's body is written: in the branch's overrides, or in the descriptor itself."""
        if branch is not None:
            overridden = ("repository", "branches", branch, "overrides", *loc)
            if self.document.written(overridden):
                return overridden, self.document.pos(overridden, key=key)
        return loc, self.document.pos(loc, key=key)


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that generation starts from. Equal inputs give equal output, byte for byte."""

    settings: Settings
    descriptors: tuple[Descriptor, ...]
    templates: Templates
    plugins: Plugins


def load(root: Path, problems: list[Problem]) -> Inputs | None:
    """Read the config repo at `root`; adds every problem to `problems`.

    Returns what could be read, so that its problems can be told too; None without settings or templates.
    """
    general = load_general(root, problems)
    descriptors = load_descriptors(root, descriptor_files(root, problems), problems)
    return general and replace(general, descriptors=descriptors)


def load_general(root: Path, problems: list[Problem]) -> Inputs | None:
    """Read all but the descriptors; adds every problem to `problems`. None without settings or templates."""
    settings = attempt(lambda: load_settings(root), problems)
    plugins = attempt(partial(load_plugins, root, settings), problems) if settings else None
    templates = attempt(lambda: load_templates(root), problems)
    return Inputs(settings, (), templates, plugins or []) if settings and templates else None


def load_descriptors(root: Path, paths: Iterable[Path], problems: list[Problem]) -> tuple[Descriptor, ...]:
    """Read those descriptors that can be read; adds every problem to `problems`."""
    read = [attempt(partial(load_descriptor, root, path), problems) for path in paths]
    return tuple(descriptor for descriptor in read if descriptor)


def attempt(read: Callable[[], T], problems: list[Problem]) -> T | None:
    """What is read, or None, and its problems among the others."""
    try:
        return read()
    except ConfigError as error:
        problems += error.problems
        return None


def load_plugins(root: Path, settings: Settings) -> Plugins:
    """The pinned plugin list; raises ConfigError when it is not one."""
    path = root / settings.project.plugins
    if not path.is_file():
        what = f"there is no file {settings.project.plugins!r}"
        hint = "it lists the controller's plugins, see docs/settings.md"
        raise ConfigError([Problem(settings.document.pos(("plugins",)), "plugins", what, hint)])
    document = source.read(root, path)
    plugins: Plugins = []
    problems: list[Problem] = []
    entries = document.value if isinstance(document.value, tuple) else ()
    if not entries:
        problems.append(Problem(document.pos(), "", "has to be a list of plugins"))
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict) or not _PLUGIN_KEYS >= entry.keys() >= {"shortName", "version"}:
            hint = "a plugin has shortName, version and perhaps longName"
            problems.append(Problem(document.pos((index,)), f"[{index}]", "is not a plugin", hint))
        else:
            plugins.append({key: str(value) for key, value in entry.items()})
    if problems:
        raise ConfigError(problems)
    return plugins


def load_descriptor(root: Path, path: Path) -> Descriptor:
    """Read one descriptor and apply its branches' overrides; raises ConfigError."""
    document = source.read(root, path)
    component = validated(Component, document)
    problems: list[Problem] = []
    bodies: dict[str, Body] = {}
    for name, branch in component.repository.branches.items():
        if branch.end_of_life is None:
            try:
                bodies[name] = _body(document, component, name)
            except ConfigError as error:
                problems += error.problems
    if all(branch.end_of_life for branch in component.repository.branches.values()):
        loc = ("repository", "branches")
        what = "every branch is at its end of life"
        problems.append(Problem(document.pos(loc, key=True), explain.field_path(loc), what, "remove the descriptor"))
    if problems:
        raise ConfigError(problems)
    return Descriptor(path.stem, component, bodies, document)


def load_templates(root: Path) -> Templates:
    """The packaged templates, and those of the config repo at `root` in their place; raises ConfigError."""
    packaged = _packaged_templates()
    folder = root / TEMPLATES
    own: dict[str, str] = {}
    problems: list[Problem] = []
    for path in sorted(folder.rglob("*.j2")):
        name = path.relative_to(folder).as_posix()
        # A part of a template's own may have any name with an underscore; any other name is a slip of the pen.
        if name not in packaged and not path.name.startswith("_"):
            problems.append(Problem(Pos(f"{TEMPLATES}/{name}"), "", "overrides no template", nearest(name, packaged)))
        try:
            own[name] = source.read_text(root, path)
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    changed = frozenset(name for name, text in own.items() if packaged.get(name) != text)
    return Templates({**packaged, **own}, changed)


def _packaged_templates() -> dict[str, str]:
    folder = resources.files("jjbgen.templates")
    with resources.as_file(folder) as top:
        return {
            path.relative_to(top).as_posix(): path.read_text(encoding="utf-8") for path in sorted(top.rglob("*.j2"))
        }


def descriptor_files(root: Path, problems: list[Problem]) -> Iterator[Path]:
    """The descriptors in the order of their names; tells what is wrong with names."""
    folder = root / COMPONENTS
    if not folder.is_dir() or not folder.resolve().is_relative_to(root.resolve()):
        problems.append(Problem(Pos(COMPONENTS), "", "no such folder in the config repo", "put the descriptors there"))
        return
    problems += source.overlooked(root, COMPONENTS)
    seen: dict[str, str] = {}
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        file = path.name
        name, _, suffix = file.rpartition(".")
        if not name or file.startswith(".") or f".{suffix.lower()}" not in source.SUFFIXES:
            continue
        first = seen.setdefault(name.lower(), file)
        relative = f"{COMPONENTS}/{file}"
        if first is not file:
            problems.append(Problem(Pos(relative), "", f"the name {name!r} is taken by {first}"))
        elif name == HANDWRITTEN:
            problems.append(Problem(Pos(relative), "", f"the name {HANDWRITTEN!r} is kept for hand-written jobs"))
        elif problem := _name_problem(name, relative):
            problems.append(problem)
        else:
            yield path


def _name_problem(name: str, path: str) -> Problem | None:
    try:
        check_name(name)
    except ValueError as error:
        return Problem(Pos(path), "", *what_and_hint(error))
    return None


def _body(document: Document, component: Component, branch: str) -> Body:
    overrides = component.repository.branches[branch].overrides
    if not overrides:
        return component
    where: tuple[str | int, ...] = ("repository", "branches", branch, "overrides")
    problems = list(_override_problems(document, where, overrides))
    written = document.value if isinstance(document.value, dict) else {}
    base = {key: value for key, value in written.items() if key in OVERRIDABLE}
    merged = _merged(base, overrides, where, document, problems)
    if problems:
        raise ConfigError(problems)

    def locate(loc: source.Loc, key: bool) -> tuple[source.Loc, Pos]:
        # What the branch did not write is as in the descriptor, or it is missing where the branch wrote its parent.
        overridden = document.nearest((*where, *loc))
        base = document.nearest(loc)
        place = overridden if len(overridden) - len(where) >= len(base) else base
        return place, document.pos(place, key=key)

    try:
        return Body.model_validate(merged)
    except ValidationError as error:
        raise ConfigError(explain.problems(error, Body, locate)) from None


def _override_problems(document: Document, where: source.Loc, overrides: Iterable[str]) -> Iterator[Problem]:
    for key in overrides:
        if key in Component.model_fields.keys() - Body.model_fields.keys():
            loc = (*where, key)
            hint = f"known: {', '.join(sorted(OVERRIDABLE))}"
            yield Problem(document.pos(loc, key=True), explain.field_path(loc), "cannot differ by branch", hint)


def _merged(base: Any, change: Any, loc: source.Loc, document: Document, problems: list[Problem]) -> Any:
    """`change` applied to `base`: mappings are merged, None removes an entry, everything else replaces."""
    if not isinstance(base, dict) or not isinstance(change, dict):
        return change
    result = dict(base)
    for key, value in change.items():
        here = (*loc, key)
        if value is None:
            if key not in base:
                hint = "write {} to add an entry with all defaults"
                problems.append(
                    Problem(document.pos(here, key=True), explain.field_path(here), "there is nothing to remove", hint)
                )
            result.pop(key, None)
        else:
            result[key] = _merged(base.get(key), value, here, document, problems)
    return result
