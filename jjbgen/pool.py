"""Work on a controller by several workers at a time, each with an HTTP session of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from queue import Empty, LifoQueue
from threading import Event
from typing import TypeVar

from jjbgen.controller import Client
from jjbgen.session import ControllerError

Item = TypeVar("Item")
Result = TypeVar("Result")


class Pool:
    """Clients of one controller, made when they are wanted; no more than `workers` of them work at a time."""

    def __init__(self, connect: Callable[[], Client], workers: int) -> None:
        self._connect = connect
        self._workers = workers
        self._idle: LifoQueue[Client] = LifoQueue()

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        while not self._idle.empty():
            self._idle.get_nowait().close()

    @contextmanager
    def client(self) -> Iterator[Client]:
        """A client that nobody else uses meanwhile."""
        try:
            client = self._idle.get_nowait()
        except Empty:
            client = self._connect()
        try:
            yield client
        finally:
            self._idle.put(client)

    def run(
        self, work: Callable[[Client, Item], Result], items: Iterable[Item]
    ) -> Iterator[tuple[Item, Result | ControllerError]]:
        """Do `work` on all items; gives each with its result, or with the error it ended in, as they are done.

        What is under way when the caller stops is finished, and nothing more is begun.
        """
        todo = list(items)
        if self._workers == 1 or len(todo) == 1:
            for item in todo:
                yield item, self._done(work, item)
            return
        stopped = Event()

        def unless_stopped(item: Item) -> Result | ControllerError | None:
            return None if stopped.is_set() else self._done(work, item)

        with ThreadPoolExecutor(self._workers) as executor:
            running: dict[Future[Result | ControllerError | None], Item] = {
                executor.submit(unless_stopped, item): item for item in todo
            }
            try:
                for future in as_completed(running):
                    result = future.result()
                    if result is not None:
                        yield running[future], result
            finally:
                stopped.set()

    def _done(self, work: Callable[[Client, Item], Result], item: Item) -> Result | ControllerError:
        with self.client() as client:
            try:
                return work(client, item)
            except ControllerError as error:
                return error
