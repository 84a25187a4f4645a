"""How a controller is reached, and a first look at it, which may show that there is nothing to be done.

Models of components, templates and JJB take a second to load: none of them is needed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from jjbgen import seal, sync
from jjbgen.connection import Connection, chosen, connection
from jjbgen.controller import Client
from jjbgen.homes import Home, homes
from jjbgen.marks import Seal
from jjbgen.pool import Pool
from jjbgen.session import ControllerError, Session
from jjbgen.settings import load_settings
from jjbgen.syncplan import Key, Kind, Live, SyncPlan


@dataclass(frozen=True, slots=True)
class Reached:
    """A controller of a config repo, of which only the settings were read."""

    root: Path
    connection: Connection
    home: Home
    plugins: str
    """The path of the plugin list."""

    @property
    def sealed(self) -> Key:
        """The item that bears the seal."""
        return Kind.VIEW, self.home.full_name(self.home.root_view)


@dataclass(frozen=True, slots=True)
class Glance:
    """What a first look has shown."""

    reached: Reached
    made_from: str | None
    """The fingerprint of all that the items are made from; None if it cannot be told."""
    listed: tuple[Live, ...] | ControllerError
    """What is on the controller, or why nobody knows."""

    def items(self) -> tuple[Live, ...]:
        """What is on the controller; raises ControllerError."""
        if isinstance(self.listed, ControllerError):
            raise self.listed
        return self.listed

    @property
    def in_step(self) -> int | None:
        """How many items are wanted, if all of them are there as they are wanted."""
        if self.made_from is None or isinstance(self.listed, ControllerError):
            return None
        return seal.found(self.made_from, self.reached.connection.owner, self.listed, self.reached.sealed)

    def seal_for(self, plan: SyncPlan) -> Seal | None:
        """The seal to leave when a plan for all items was carried out.

        None where there is none, or the same, or where the config repo has changed since this look.
        """
        if self.made_from is None or self.made_from != _made_from(self.reached):
            return None
        new = seal.of(self.made_from, self.reached.connection.owner, plan)
        marks = (item.mark for item in self.items() if item.key == self.reached.sealed)
        return None if any(mark and mark.seal == new for mark in marks) else new


def reach(root: Path, name: str | None, environment: Mapping[str, str], conf: Path | None) -> Reached:
    """How to reach a controller of the config repo at `root`; raises ConfigError."""
    root = root.resolve()
    project = load_settings(root).project
    controller = chosen(project, name)
    reached = connection(project, root, controller, environment, conf)
    return Reached(root, reached, homes(project)[controller], project.plugins)


def pool(reached: Connection, workers: int) -> Pool:
    """Clients of a controller."""
    stopped = Event()

    def connect() -> Client:
        session = Session(
            reached.url, reached.login, ca_bundle=reached.ca_bundle, proxy=reached.proxy, sleep=stopped.wait
        )
        return Client(session)

    return Pool(connect, workers, stopped)


def glance(reached: Reached, workers: Pool) -> Glance:
    """List what is on the controller: one request. What keeps it from being listed can wait until it is needed."""
    made_from = _made_from(reached)
    try:
        with workers.client() as client:
            return Glance(reached, made_from, client.items(sync.depth([reached.home.full_name("")])))
    except ControllerError as error:
        return Glance(reached, made_from, error)


def _made_from(reached: Reached) -> str | None:
    return seal.inputs(reached.root, reached.plugins, reached.connection.controller)


def put_seal(reached: Reached, workers: Pool, new: Seal) -> None:
    """Leave a seal; raises ControllerError.

    Only the mark of the root view is changed, whatever else somebody may have changed of it: two requests.
    """
    with workers.client() as client:
        text = sync.sealed(client.config(*reached.sealed), new)
        if text is not None:
            client.update(*reached.sealed, text)
