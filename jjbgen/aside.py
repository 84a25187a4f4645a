"""Work in another process while this one loads what it needs."""

from __future__ import annotations

import marshal
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

Answer = TypeVar("Answer")


def cores() -> int:
    """How many processes can run at a time."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def can_fork() -> bool:
    """Whether this process may be forked: one with other threads could leave their locks locked for ever."""
    return hasattr(os, "fork") and sys.platform != "darwin" and threading.active_count() == 1


@contextmanager
def aside(work: Callable[[], Answer]) -> Iterator[Callable[[], Answer]]:
    """Have some work done by another process; yields what waits for its answer, which is plain data.

    Whatever becomes of that process, the answer comes: then the work is done here.
    """
    ours, theirs = os.pipe()
    pid = os.fork()
    if not pid:
        _serve(work, theirs, ours)
    os.close(theirs)
    try:
        with os.fdopen(ours, "rb") as pipe:

            def answer() -> Answer:
                try:
                    found: tuple[Answer] = marshal.loads(pipe.read())  # noqa: S302 - from this very program
                except (EOFError, ValueError, TypeError):
                    return work()
                return found[0]

            yield answer
    finally:
        end(pid)


def _serve(work: Callable[[], Any], answers: int, other: int) -> None:
    """Do the work and end, whatever happens; what waits in buffers is the other one's to write."""
    try:
        os.close(other)
        with os.fdopen(answers, "wb") as pipe:
            pipe.write(marshal.dumps((work(),)))
    except BaseException:  # noqa: S110 - the other process does the work itself, and sees what is wrong
        pass
    finally:
        os._exit(0)


def end(pid: int) -> None:
    """End a process of ours that works for nobody any more, if it is there."""
    # Where whoever has started us ignores the ends of children, as some supervisors do, there is nothing to wait for.
    with suppress(ProcessLookupError, ChildProcessError):
        if os.waitpid(pid, os.WNOHANG) == (0, 0):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
