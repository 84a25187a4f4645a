"""How a controller is reached, and a first look at it, which may show that there is nothing to be done.

Models of components, templates and JJB take a second to load: none of them is needed here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from jjbgen import marks, seal, sync
from jjbgen.connection import Connection, chosen, connection
from jjbgen.controller import Client
from jjbgen.homes import Home, homes
from jjbgen.marks import Seal
from jjbgen.pool import Pool
from jjbgen.project import Project
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
    """What a controller's seal is compared with, and made of."""

    reached: Reached
    made_from: str
    """The fingerprint of all that the items are made from."""

    def in_step(self, workers: Pool) -> int | None:
        """How many items are wanted, if all of them are there as they are wanted: one request.

        None where anything is to be done, or cannot be seen; whoever looks closer is told why.
        """
        try:
            with workers.client() as client:
                listed = client.items(sync.depth([self.reached.home.full_name("")]), attempts=1)
        except ControllerError:
            return None
        return seal.found(self.made_from, self.reached.connection.owner, listed, self.reached.sealed)

    def seal_for(self, plan: SyncPlan, listed: Collection[Live]) -> Seal | None:
        """The seal to leave when a plan for all items, made for what was `listed`, was carried out.

        None where there is none, or the same, or where the config repo has changed since this look.
        """
        if look(self.reached) != self:
            return None
        new = seal.of(self.made_from, self.reached.connection.owner, plan, listed)
        there = (item.mark for item in listed if item.key == self.reached.sealed)
        return None if any(mark and mark.seal == new for mark in there) else new

    def put(self, workers: Pool, new: Seal) -> None:
        """Leave a seal; raises ControllerError.

        Only the mark of the root view is changed, whatever else somebody may have changed of it: two requests.
        """
        with workers.client() as client:
            text = marks.sealed(client.config(*self.reached.sealed), new)
            if text is not None:
                client.update(*self.reached.sealed, text)


def look(reached: Reached) -> Glance | None:
    """Look at the config repo; None where it cannot be told what the items are made from."""
    made_from = seal.inputs(reached.root, reached.plugins, reached.connection.controller)
    return Glance(reached, made_from) if made_from else None


def reach(root: Path, name: str | None, environment: Mapping[str, str], conf: Path | None) -> Reached:
    """How to reach a controller of the config repo at `root`; raises ConfigError."""
    root = root.resolve()
    return reach_by(load_settings(root).project, root, name, environment, conf)


def reach_by(
    project: Project, root: Path, name: str | None, environment: Mapping[str, str], conf: Path | None
) -> Reached:
    """The same by settings that were read already."""
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
