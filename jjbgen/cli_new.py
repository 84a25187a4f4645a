"""The command that begins a component: `new`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from jjbgen.console import Context, format_option, quiet_option
from jjbgen.errors import ConfigError, Problem, RefusedError, what_and_hint

if TYPE_CHECKING:
    from jjbgen.newcomponent import New


@click.command()
@click.argument("name")
@click.option(
    "--from",
    "checkout",
    type=click.Path(path_type=Path),
    metavar="CHECKOUT",
    help="Begin with what this checkout of the component shows.",
)
@format_option
@quiet_option
@click.pass_obj
def new(context: Context, name: str, checkout: Path | None, format_: str) -> None:
    """Write the first descriptor of a component, components/NAME.yaml.

    A checkout shows where the component comes from, how it is built and
    tested, and what it delivers. It is read; nothing of it is run. What may
    be otherwise is called a guess, here and in the descriptor.

    \b
    Examples:
      jjbgen new amf
      jjbgen new amf --from ../amf
    """
    from jjbgen import outputs, report
    from jjbgen.places import COMPONENTS

    context.format = format_
    root = context.root.resolve()
    _check_name(name)
    _refuse_to_overwrite(root / COMPONENTS, name)
    made = _made(root, name, checkout)
    place = f"{COMPONENTS}/{name}.yaml"
    outputs.write(root / place, made.text)
    for line in _lines(made):
        context.say(line)
    context.say(f"create {place}")
    advice = _advice(root, place)
    if format_ == "json":
        said = [{"verb": each.verb, "what": each.what, "seen": each.seen} for each in made.said]
        click.echo(report.as_json({**report.problems(advice), "path": place, "said": said}))
    else:
        for problem in advice:
            click.echo(f"still to be done: {problem}", err=True)


def _check_name(name: str) -> None:
    from jjbgen.model import check_name
    from jjbgen.places import HANDWRITTEN

    try:
        check_name(name)
    except ValueError as error:
        raise click.BadParameter("; ".join(what_and_hint(error)), param_hint="NAME") from None
    if name == HANDWRITTEN:
        raise click.BadParameter(f"the name {HANDWRITTEN!r} is kept for hand-written jobs", param_hint="NAME")


def _made(root: Path, name: str, checkout: Path | None) -> New:
    from jjbgen import load, newcomponent
    from jjbgen.checkout import look
    from jjbgen.settings import load_settings

    settings = load_settings(root)
    findings = look(checkout) if checkout else None
    # What is wrong with other descriptors is told at the end; the others still show how images are called.
    inputs = load.load(root, [])
    siblings = [each.component for each in inputs.descriptors] if inputs else []
    return newcomponent.new(name, settings.project, findings, siblings)


def _refuse_to_overwrite(folder: Path, name: str) -> None:
    from jjbgen.source import SUFFIXES

    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise RefusedError(f"{folder.name} is not a folder of the config repo; jjbgen writes nowhere else")
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.stem.lower() == name and path.suffix.lower() in SUFFIXES:
            raise RefusedError(f"{folder.name}/{path.name} is there already; change it, or move it away first")


def _lines(made: New) -> list[str]:
    """What was found, as a person reads it: `found build tool make build (Makefile)`."""
    return [
        f"{each.verb} {each.what} ({each.seen})"
        if each.verb in ("found", "guessed")
        else f"{each.verb}: {each.seen}: {each.what}"
        for each in made.said
    ]


def _advice(root: Path, place: str) -> tuple[Problem, ...]:
    """What is still wrong with the new descriptor; raises ConfigError when something else of the config repo is wrong.

    A new descriptor may need what nobody but its team knows, so that is no failure.
    """
    from jjbgen import generate

    try:
        generate.checked(root)
    except ConfigError as error:
        if any(problem.pos.path != place for problem in error.problems):
            raise
        return error.problems
    return ()
