"""Work on all cores, by processes forked off this one: models and templates would be slow to send to others."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any, Generic, TypeVar

from jjbgen import aside
from jjbgen.errors import JjbgenError

W = TypeVar("W")
Task = TypeVar("Task")
Answer = TypeVar("Answer")


class Team(Generic[W]):
    """Copies of a worker, each in a process of its own that keeps what it makes; or the worker itself, in this one.

    What they are asked is a function of a module, or a method, with one argument; it and its answer are pickled.
    """

    def __init__(self, worker: W, size: int) -> None:
        """Start `size` processes; with less than two, all is done in this one."""
        self._here = worker if size < 2 else None
        self._ends: list[Connection[Any, Any]] = []
        self.pids: list[int] = []
        """The numbers of the processes."""
        sys.stdout.flush()
        sys.stderr.flush()
        for _ in range(size if self._here is None else 0):
            self._start(worker)

    def _start(self, worker: W) -> None:
        ours, theirs = Pipe()
        pid = os.fork()
        if pid:
            theirs.close()
            self._ends.append(ours)
            self.pids.append(pid)
            return
        # Without this they would not see each other's end.
        for end in (*self._ends, ours):
            end.close()
        _serve(worker, theirs)

    def __enter__(self) -> Team[W]:
        return self

    def __exit__(self, *_: object) -> None:
        for end in self._ends:
            end.close()
        for pid in self.pids:
            # What one writes that is still at work, it writes at once or not at all.
            aside.end(pid)

    def share(self, work: Callable[[W, Task], Answer], tasks: Sequence[Task]) -> list[Answer]:
        """The answers to tasks in their order; each is done by whoever is free. Raises what a worker raises."""
        if self._here is not None:
            return [work(self._here, task) for task in tasks]
        answers: dict[int, Answer] = {}
        left = iter(enumerate(tasks))
        busy: dict[Connection[Any, Any], int] = {}
        for end in self._ends:
            _hand_out(end, work, left, busy)
        while busy:
            for end in _ready(busy):
                answers[busy.pop(end)] = _answer(end)
                _hand_out(end, work, left, busy)
        return [answers[index] for index in range(len(tasks))]

    def each(self, work: Callable[[W, Task], Answer], task: Task) -> Iterator[Answer]:
        """The answer of every worker to the same task, as they come."""
        if self._here is not None:
            yield work(self._here, task)
            return
        for end in self._ends:
            end.send((work, task))
        left = list(self._ends)
        while left:
            for end in _ready(left):
                left.remove(end)
                yield _answer(end)


def _ready(ends: Iterable[Connection[Any, Any]]) -> list[Connection[Any, Any]]:
    """Those of which there is something to receive; waits for the first."""
    return [end for end in wait(list(ends)) if isinstance(end, Connection)]


def _hand_out(
    end: Connection[Any, Any],
    work: Callable[[Any, Task], Any],
    left: Iterator[tuple[int, Task]],
    busy: dict[Connection[Any, Any], int],
) -> None:
    for index, task in left:
        end.send((work, task))
        busy[end] = index
        return


class _ElsewhereError(Exception):
    """Where in another process something went wrong."""


def _answer(end: Connection[Any, Any]) -> Any:
    try:
        answer, error, where = end.recv()
    except EOFError:
        raise JjbgenError("a process of jjbgen has ended before its work: was it killed?") from None
    if error is not None:
        raise error from _ElsewhereError(f"\n{where}")
    return answer


def _serve(worker: Any, end: Connection[Any, Any]) -> None:
    """Answer until the other end is closed; never returns."""
    code = 1
    try:
        while True:
            work, task = end.recv()
            try:
                answer = work(worker, task)
            except Exception as error:
                end.send((None, error, traceback.format_exc()))
            else:
                end.send((answer, None, ""))
    except EOFError:
        code = 0
    except BaseException:  # noqa: S110 - interrupted, or nobody is there to be told
        pass
    finally:
        # Without the end of a usual process: what waits in buffers is the other one's to write.
        os._exit(code)
