"""What all commands have in common: where they work, how they print, and the options that say so."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import click

from jjbgen.errors import what_and_hint

Command = TypeVar("Command", bound=Callable[..., Any])


def format_option(function: Command) -> Command:
    """Add `--format text|json`."""
    return click.option(
        "--format", "format_", type=click.Choice(["text", "json"]), default="text", help="For people, or for programs."
    )(function)


def cache_option(function: Command) -> Command:
    """Add `--no-cache`."""
    what = "Make everything anew, whatever the last run has noted; the result is the same."
    return click.option("--no-cache", "cached", is_flag=True, flag_value=False, default=True, help=what)(function)


def quiet_option(function: Command) -> Command:
    """Add `-q`."""

    def set_quiet(context: click.Context, _: click.Parameter, value: bool) -> None:
        if value and isinstance(context.obj, Context):
            context.obj.quiet = True

    return click.option(
        "-q", "--quiet", is_flag=True, expose_value=False, callback=set_quiet, help="Print nothing but problems."
    )(function)


def checked(check: Callable[[str], str]) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """A callback that checks the values of an option by a rule of the library."""

    def callback(_: click.Context, __: click.Parameter, value: str | Sequence[str] | None) -> Any:
        try:
            for each in (value,) if isinstance(value, str) else value or ():
                check(each)
        except ValueError as error:
            raise click.BadParameter("; ".join(part for part in what_and_hint(error) if part)) from None
        return value

    return callback


def verbose_option(function: Command) -> Command:
    """Add `-v`."""

    def set_verbose(context: click.Context, _: click.Parameter, value: bool) -> None:
        if value and isinstance(context.obj, Context):
            context.obj.verbose = True

    return click.option(
        "-v", "--verbose", is_flag=True, expose_value=False, callback=set_verbose, help="Print also what is fine."
    )(function)


def colours() -> bool | None:
    """Whether to print in colours: not where NO_COLOR says something, else where a terminal shows them (None)."""
    return False if os.environ.get("NO_COLOR") else None


_PATIENCE = 0.2
"""Seconds that a line may wait for others."""


class Context:
    """What every command knows."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.quiet = False
        self.verbose = False
        self.format = "text"

    def say(self, text: str) -> None:
        """Tell a person something; a program that reads JSON is not told."""
        if not self.quiet and self.format == "text":
            click.echo(text)

    @contextmanager
    def saying(self) -> Iterator[Callable[[str], None]]:
        """Tell many lines, some at a time: each time, Python's threads have to wait for this one."""
        waiting: list[str] = []
        told = 0.0

        def say(text: str) -> None:
            nonlocal told
            waiting.append(text)
            if monotonic() - told > _PATIENCE:
                tell()

        def tell() -> None:
            nonlocal told
            if waiting:
                self.say("\n".join(waiting))
                waiting.clear()
            told = monotonic()

        try:
            yield say
        finally:
            tell()
