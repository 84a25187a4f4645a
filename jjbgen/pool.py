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

MOST_AWAY = 8
"""After so many items in a row for which the controller could not be reached, it is not tried any more."""


class Pool:
    """Clients of one controller, made when they are wanted; no more than `workers` of them work at a time."""

    def __init__(self, connect: Callable[[], Client], workers: int, stopped: Event | None = None) -> None:
        """Prepare a pool; `stopped` is set when a caller stops in the middle, so that clients that wait give up."""
        self._connect = connect
        self._workers = workers
        self._idle: LifoQueue[Client] = LifoQueue()
        self._stopped = stopped or Event()
        self._away = 0

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

        What is under way when the caller stops is finished, and nothing more is begun. A controller that is away is
        given up after some items, and so are all others.
        """
        todo = list(items)
        if self._workers == 1 or len(todo) == 1:
            for item in todo:
                yield item, self._done(work, item)
            return

        def unless_stopped(item: Item) -> Result | ControllerError | None:
            return None if self._stopped.is_set() else self._done(work, item)

        with ThreadPoolExecutor(self._workers) as executor:
            running: dict[Future[Result | ControllerError | None], Item] = {
                executor.submit(unless_stopped, item): item for item in todo
            }
            try:
                for future in as_completed(running):
                    result = future.result()
                    if result is not None:
                        yield running[future], result
            except BaseException:
                self._stopped.set()
                raise

    def _done(self, work: Callable[[Client, Item], Result], item: Item) -> Result | ControllerError:
        if self._away >= MOST_AWAY:
            return ControllerError("not tried: the controller cannot be reached")
        with self.client() as client:
            try:
                result = work(client, item)
            except ControllerError as error:
                # Counting without a lock may miss one; it is given up a little later then.
                self._away = self._away + 1 if error.status is None else 0
                return error
        self._away = 0
        return result
