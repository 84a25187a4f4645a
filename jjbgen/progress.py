"""A progress bar, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def bars(*, wanted: bool) -> Iterator[Callable[[str, int], Callable[[], object]]]:
    """Show bars as long as the context lasts: begin one with what is done and how many parts it has.

    Nothing is shown where standard error is no terminal, or for what has less than ten parts.
    """
    if not (wanted and sys.stderr.isatty()):
        yield lambda _, __: lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    # Lines that are printed meanwhile go above the bar; to a file they go as ever.
    shared = sys.stdout.isatty()
    with Progress(console=Console(stderr=True), transient=True, redirect_stdout=shared) as progress:

        def begin(what: str, parts: int) -> Callable[[], object]:
            if parts < 10:
                return lambda: None
            task = progress.add_task(what, total=parts)
            return lambda: progress.advance(task)

        yield begin
