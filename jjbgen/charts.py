"""The versions of Helm charts: when one has to change, judged by the files alone.

A chart is published under its version once, so whatever changes in it needs a higher one: a file, the
`appVersion`, an image tag it pins, the version of a chart it is made of. Charts nest; what changes in an
inner chart changes the outer one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from posixpath import normpath

from jjbgen import source
from jjbgen import version as rules
from jjbgen.errors import ConfigError, Pos, Problem, what_and_hint
from jjbgen.quickyaml import Value
from jjbgen.version import Version
from jjbgen.versionfiles import CHART, Tree

_DIALECT = source.Dialect(merge_keys=True)
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]*")
_IMAGE_KEYS = ("tag", "image", "digest")


@dataclass(frozen=True, slots=True)
class Dependency:
    """A chart that another one is made of."""

    name: str
    version: str
    folder: str | None
    """Where it is, when it is in the same checkout."""


@dataclass(frozen=True, slots=True)
class Chart:
    """What a Chart.yaml says."""

    folder: str
    document: source.Document
    name: str
    version: Version
    app_version: str | None
    dependencies: tuple[Dependency, ...]

    def problem(self, what: str, hint: str = "", *loc: str | int) -> Problem:
        """A problem of this chart, at the version or at what `loc` leads to."""
        return Problem(self.document.pos(loc or ("version",)), ".".join(map(str, loc or ("version",))), what, hint)


def folders(tree: Tree) -> tuple[str, ...]:
    """The folders of all charts of a tree, sorted."""
    return tuple(sorted(str(PurePosixPath(path).parent) for path in tree.files if PurePosixPath(path).name == CHART))


def load(tree: Tree, folder: str) -> Chart | None:
    """The chart in a folder, None when there is none; raises ConfigError with what is wrong with its Chart.yaml."""
    path = normpath(f"{folder}/{CHART}")
    try:
        text = tree.read(path)
    except ValueError as error:
        raise ConfigError([Problem(Pos(path), "", *what_and_hint(error))]) from None
    if text is None:
        return None
    document = source.parse(text, path, _DIALECT)
    values = document.value if isinstance(document.value, dict) else {}
    written, name = values.get("version"), values.get("name")
    if not isinstance(written, str) or not isinstance(name, str):
        missing = "name" if isinstance(written, str) else "version"
        raise ConfigError([Problem(document.pos(), missing, "is missing")])
    if not _NAME.fullmatch(name):
        hint = "use letters, digits, dots, underscores and dashes"
        raise ConfigError([Problem(document.pos(("name",)), "name", f"{name!r} is not the name of a chart", hint)])
    try:
        # What stands behind a '+' has no part in the order of versions; Helm takes it, git tags never see it.
        version = rules.parse(written.partition("+")[0])
    except ValueError as error:
        raise ConfigError([Problem(document.pos(("version",)), "version", *what_and_hint(error))]) from None
    app = values.get("appVersion")
    return Chart(
        folder, document, name, version, app if isinstance(app, str) else None, tuple(_dependencies(folder, values))
    )


def _dependencies(folder: str, values: dict[str, Value]) -> Iterator[Dependency]:
    listed = values.get("dependencies")
    for entry in listed if isinstance(listed, tuple) else ():
        if isinstance(entry, dict) and isinstance(entry.get("name"), str):
            repository = str(entry.get("repository") or "")
            inside = f"charts/{entry['name']}" if not repository else repository.removeprefix("file://")
            is_local = not repository or repository.startswith("file://")
            place = normpath(f"{folder}/{inside}") if is_local else None
            yield Dependency(str(entry["name"]), str(entry.get("version") or ""), place)


@dataclass(frozen=True, slots=True)
class Change:
    """A change to be judged: where it began, what it is to be merged into, and what it makes of it."""

    fork: Tree | None
    target: Tree | None
    tree: Tree
    paths: Sequence[str]
    """The files that differ between `fork` and `tree`."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What is wrong with the charts of a change, and which versions it makes."""

    problems: tuple[Problem, ...]
    new: tuple[Chart, ...]
    """The charts whose version is another one than before."""


def judge(change: Change, wanted: Sequence[str] = ()) -> Judged:
    """Judge the charts in the folders `wanted`, by default all of them."""
    problems: list[Problem] = []
    found: dict[str, Chart] = {}
    for folder in wanted or folders(change.tree):
        try:
            chart = load(change.tree, normpath(folder))
        except ConfigError as error:
            # What was broken before, a fixture of a test perhaps, is not this change's to mend.
            if wanted or any(_is_below(path, normpath(folder)) for path in change.paths):
                problems += error.problems
            continue
        if chart is not None:
            found[chart.folder] = chart
        elif wanted:
            problems.append(Problem(Pos(normpath(f"{folder}/{CHART}")), "", "no such file"))
    new = []
    for chart in found.values():
        before = _then(change.fork, chart.folder) or _moved(change, chart)
        if before is None or before.version != chart.version:
            new.append(chart)
        problems += _of_chart(change, chart, before)
        problems += _of_dependencies(change, chart, before)
    return Judged(tuple(sorted(problems)), tuple(new))


def _then(tree: Tree | None, folder: str) -> Chart | None:
    """The chart as it was; None also when it could not be read then, for that is nobody's fault now."""
    try:
        return load(tree, folder) if tree else None
    except ConfigError:
        return None


def _moved(change: Change, chart: Chart) -> Chart | None:
    """The chart where it was before its folder was moved."""
    if change.fork is None:
        return None
    left = set(folders(change.fork)) - set(folders(change.tree))
    return next(
        (old for folder in sorted(left) if (old := _then(change.fork, folder)) and old.name == chart.name), None
    )


def _of_chart(change: Change, chart: Chart, before: Chart | None) -> Iterator[Problem]:
    changed = [path for path in change.paths if _is_below(path, chart.folder)]
    if before is None or not changed:
        return
    target = _then(change.target, before.folder) or before
    lowest = max(before.version, target.version)
    if chart.version > lowest:
        return
    hint = f"choose a higher one, like {rules.following(lowest)}"
    if chart.version == before.version:
        yield chart.problem(f"has to go up from {chart.version}: {_reason(change, chart, before, changed)}", hint)
    elif chart.version == lowest:
        yield chart.problem(f"{chart.version} was taken by another change in the meantime", hint)
    else:
        yield chart.problem(f"{chart.version} is lower than {lowest}, the version before", hint)


def _is_below(path: str, folder: str) -> bool:
    return folder == "." or PurePosixPath(path).is_relative_to(folder)


def _reason(change: Change, chart: Chart, before: Chart, changed: Sequence[str]) -> str:
    """Why the version has to change, the most telling reason first."""
    if chart.app_version != before.app_version:
        return f"appVersion went from {before.app_version or 'nothing'} to {chart.app_version or 'nothing'}"
    was = {each.name: each.version for each in before.dependencies}
    for each in chart.dependencies:
        if was.get(each.name, each.version) != each.version:
            return f"its dependency {each.name} went from {was[each.name]} to {each.version}"
    values = normpath(f"{chart.folder}/values.yaml")
    if values in changed and change.fork is not None:
        then, now = _pinned(change.fork, values), _pinned(change.tree, values)
        for key, pin in now.items():
            if then.get(key, pin) != pin:
                return f"{key} in values.yaml went from {then[key]} to {pin}"
    others = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
    return f"{changed[0]}{others} changed"


def _pinned(tree: Tree, path: str) -> dict[str, str]:
    """The image tags of a values file, by the way to them."""
    try:
        document = source.parse(tree.read(path) or "", path, _DIALECT)
    except (ConfigError, ValueError):
        return {}
    return dict(_image_tags(document.value, ""))


def _image_tags(value: Value, way: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, each in value.items():
            here = f"{way}.{key}" if way else key
            if isinstance(each, str) and (key.lower().endswith(_IMAGE_KEYS) or _inside_images(way)):
                yield here, each
            else:
                yield from _image_tags(each, here)


def _inside_images(way: str) -> bool:
    """SD-Core's charts list their images under `images.tags`."""
    return way.rpartition(".")[2].lower() in ("images", "tags")


def _of_dependencies(change: Change, chart: Chart, before: Chart | None) -> Iterator[Problem]:
    for index, each in enumerate(chart.dependencies):
        if each.folder is None:
            continue
        inner = _then(change.tree, each.folder)
        if inner is None:
            continue
        loc = ("dependencies", index, "version")
        if Version.is_valid(each.version) and Version.parse(each.version) != inner.version:
            what = f"{each.version} is asked for, and {each.name} here is {inner.version}"
            yield chart.problem(what, f"write {inner.version}", *loc)
        was = _then(change.fork, each.folder)
        if before and was and was.version != inner.version and chart.version == before.version:
            what = f"has to go up from {chart.version}: its dependency {each.name} went from {was.version}"
            hint = f"choose a higher one, like {rules.following(chart.version)}"
            if not any(_is_below(path, chart.folder) for path in change.paths):
                yield chart.problem(f"{what} to {inner.version}", hint)
