"""The command that says where the values of a component come from: `explain`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from jjbgen.console import Context, format_option
from jjbgen.errors import ConfigError, Pos, Problem, escaped, nearest

if TYPE_CHECKING:
    from jjbgen.generate import Checked
    from jjbgen.load import Descriptor
    from jjbgen.provenance import Source, Value
    from jjbgen.uses import Path

_WIDEST = 40
"""Characters of a value in a line for people."""

_FEW_JOBS = 4
"""Jobs in a line for people."""


@click.command()
@click.argument("component")
@click.argument("field", required=False)
@click.option("--branch", metavar="BRANCH", help="Only what holds on this branch.  [default: on all branches]")
@format_option
@click.pass_obj
def explain(context: Context, component: str, field: str | None, branch: str | None, format_: str) -> None:
    """Show the values of a component, where each comes from, and who uses it.

    A value is built in, or it is said by jjbgen.yaml, by the descriptor, or
    by the overrides of a branch. FIELD is the way to a value, or to all
    that stand below it.

    \b
    Examples:
      jjbgen explain amf
      jjbgen explain amf pipelines.nightly.timeout
      jjbgen explain bbsim tests --branch voltha-2.14
    """
    from jjbgen import generate, report

    context.format = format_
    everything, found = _found(generate.checked(context.root), component, field, branch)
    if format_ == "json":
        click.echo(report.as_json({"component": component, "values": [_as_json(each) for each in found]}))
    else:
        click.echo("\n".join(_lines(found, everything)))


def _found(repo: Checked, component: str, field: str | None, branch: str | None) -> tuple[list[Value], list[Value]]:
    """All values, and those that are asked for.

    Raises ConfigError for a component, branch or field that there is not.
    """
    from jjbgen.places import COMPONENTS
    from jjbgen.provenance import values

    descriptors = {each.name: each for each in repo.inputs.descriptors}
    if component not in descriptors:
        raise _error(Pos(f"{COMPONENTS}/{component}.yaml"), "no such component", nearest(component, descriptors))
    descriptor = descriptors[component]
    if branch is not None and branch not in descriptor.bodies:
        raise _unknown_branch(descriptor, branch)
    plan = next(each for each in repo.plan.components if each.name == component)
    everywhere = values(repo.inputs.settings, descriptor, plan, descriptor.bodies)
    everything = values(repo.inputs.settings, descriptor, plan, [branch]) if branch else everywhere
    below = [each for each in everything if field is None or _is_below(each.loc, field)]
    if field is not None and not below:
        raise _unknown_field(descriptor, field, everything, everywhere)
    return everything, [each for each in below if _matters(each)] or below


def _is_below(loc: Path, field: str) -> bool:
    from jjbgen.explain import field_path

    return any(field_path(loc[: end + 1]) == field for end in range(len(loc)))


def _matters(value: Value) -> bool:
    """Whether a value is worth telling unasked: the descriptor says it, or a job goes by it."""
    from jjbgen.provenance import Origin

    said = value.source.origin in (Origin.DESCRIPTOR, Origin.OVERRIDE)
    return said or (bool(value.jobs) and (value.text is not None or bool(value.meaning)))


def _error(pos: Pos, what: str, hint: str = "") -> ConfigError:
    return ConfigError([Problem(pos, "", what, hint)])


def _unknown_branch(descriptor: Descriptor, branch: str) -> ConfigError:
    tracked = descriptor.component.repository.branches
    if branch in tracked:
        pos = descriptor.document.pos(("repository", "branches", branch), key=True)
        return _error(pos, f"the branch {branch!r} is at its end of life")
    pos = descriptor.document.pos(("repository", "branches"), key=True)
    return _error(pos, f"unknown branch {branch!r}", nearest(branch, descriptor.bodies))


def _unknown_field(
    descriptor: Descriptor, field: str, found: Iterable[Value], everywhere: Iterable[Value]
) -> ConfigError:
    elsewhere = dict.fromkeys(name for each in everywhere if _is_below(each.loc, field) for name in each.branches)
    if elsewhere:
        return _error(Pos(descriptor.path), f"no {field!r} on this branch", f"it is on {', '.join(elsewhere)}")
    return _error(Pos(descriptor.path), f"unknown field {field!r}", _similar(field, (each.loc for each in found)))


def _similar(field: str, locs: Iterable[Path]) -> str:
    """A hint for an unknown field: what there is in the place of its first part that is not known."""
    from jjbgen.explain import field_path

    parents = {field_path(loc[: end + 1]): field_path(loc[:end]) for loc in locs for end in range(len(loc))}
    parts = field.split(".")
    begins = (".".join(parts[:end]) for end in range(len(parts), -1, -1))
    parent = next(begin for begin in begins if not begin or begin in parents)
    wanted = ".".join(parts[: parent.count(".") + bool(parent) + 1])
    return nearest(wanted, [name for name, above in parents.items() if above == parent])


def _lines(found: Sequence[Value], everything: Iterable[Value]) -> Iterator[str]:
    """A line for each value: which, what it is, where it comes from, who uses it."""
    branches = {name for each in everything for name in each.branches}
    jobs = {name for each in everything for name in each.jobs}
    rows = [(_field(each), _shown(each), _source(each), _users(each, branches, jobs)) for each in found]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for *cells, users in rows:
        yield "  ".join((*(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)), users))


def _shown(value: Value) -> str:
    """The value on one line, without anything that a terminal would obey, and not too long."""
    text = value.text
    if text is None:
        return value.meaning or "none"
    if not text.isprintable():
        text = "".join(char if char.isprintable() and char != "\\" else escaped(char) for char in text)
    return (text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…") or repr(text)


def _source(value: Value) -> str:
    """`jjbgen.yaml:84 (defaults.pipelines.nightly)`: what the key there has in common with the field is left out."""
    from jjbgen.explain import field_path
    from jjbgen.provenance import Origin

    source = value.source
    if source.pos is None:
        return source.origin.value
    where = f"{source.pos.path}:{source.pos.line}"
    if source.origin is Origin.OVERRIDE:
        return f"{where} (overrides of {', '.join(value.branches)})"
    below = field_path(value.loc[2:] if value.loc[0] == "pipelines" else value.loc[1:])
    return where if source.key == _field(value) else f"{where} ({source.key.removesuffix('.' + below)})"


def _users(value: Value, branches: set[str], jobs: set[str]) -> str:
    where = "" if set(value.branches) == branches else f"on {', '.join(value.branches)}, "
    names = list(value.jobs)
    if len(names) > 1 and set(names) == jobs:
        return f"{where}used by all {len(names)} jobs"
    if len(names) > _FEW_JOBS:
        names[_FEW_JOBS - 1 :] = [f"{len(names) - _FEW_JOBS + 1} more"]
    return f"{where}used by {', '.join(names) or 'no job'}"


def _field(value: Value) -> str:
    from jjbgen.explain import field_path

    return field_path(value.loc)


def _as_json(value: Value) -> dict[str, Any]:
    return {
        "field": _field(value),
        "value": value.text,
        "source": _source_json(value.source),
        "branches": list(value.branches),
        "jobs": list(value.jobs),
    }


def _source_json(source: Source) -> dict[str, Any]:
    pos = source.pos
    return {
        "origin": source.origin.value,
        "file": pos.path if pos else None,
        "line": pos.line if pos else None,
        "column": pos.column if pos else None,
        "key": source.key or None,
    }
