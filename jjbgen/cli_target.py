"""The options of commands that talk to a controller: which one, and what is allowed there."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Reach:
    """Which controller, and where its login is."""

    controller: str | None
    conf: Path | None


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a person allows, or wants to be looked at."""

    jobs: tuple[str, ...]
    drift: bool
    adopt: bool
    prune: bool
    prune_limit: int | None

    def given(self) -> list[str]:
        """The options that say something."""
        values = {f"--{each.name.replace('_', '-')}": getattr(self, each.name) for each in fields(self)}
        return [option for option, value in values.items() if value not in ((), False, None)]

    def check(self) -> None:
        """Refuse options that contradict each other."""
        if self.jobs and self.prune:
            raise click.UsageError("--jobs looks at a part, and --prune deletes: nothing is deleted under a filter")
        if self.prune_limit is not None and not self.prune:
            raise click.UsageError("--prune-limit goes with --prune")


_REACH = (
    click.option("--controller", metavar="NAME", help="The controller of jjbgen.yaml, if there are several."),
    click.option(
        "--conf",
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False),
        help="A jenkins_jobs.ini of JJB, with url, user, password.",
    ),
)
_ALLOWED = (
    click.option("--jobs", metavar="GLOB", multiple=True, help="Only jobs and views like this; deletes nothing."),
    click.option("--drift", is_flag=True, help="Find also what somebody has edited in Jenkins."),
    click.option("--adopt", is_flag=True, help="Take over what has our names and jjbgen did not make."),
    click.option("--prune", is_flag=True, help="Delete what is ours and no longer wanted."),
    click.option(
        "--prune-limit",
        metavar="N",
        type=click.IntRange(0),
        help="Delete at most so many.  [default: 10, and a fifth of ours]",
    ),
)

workers_option = click.option(
    "--workers", metavar="N", type=click.IntRange(1, 32), default=4, show_default=True, help="Requests at a time."
)


def _collected(name: str, made: type[Any], options: tuple[Any, ...]) -> Callable[[Command], Command]:
    """Add options, and hand them over as one argument."""

    def decorate(function: Command) -> Command:
        @functools.wraps(function)
        def with_one(*arguments: Any, **words: Any) -> Any:
            words[name] = made(**{each.name: words.pop(each.name) for each in fields(made)})
            return function(*arguments, **words)

        wrapped: Any = with_one
        for option in reversed(options):
            wrapped = option(wrapped)
        decorated: Command = wrapped
        return decorated

    return decorate


def reach_options(function: Command) -> Command:
    """Add the options that say which controller, as `reach`."""
    return _collected("reach", Reach, _REACH)(function)


def allowed_options(function: Command) -> Command:
    """Add the options that say what is allowed, as `allowed`."""
    return _collected("allowed", Allowed, _ALLOWED)(function)
