"""What a Jenkins controller holds, and what its operations do to it; nothing here knows of HTTP.

Recorded (`tests/jenkins_contract/exchanges.json`): which creates and updates are refused and in which words, that a
refused one changes nothing, that what was posted is served until something saves the item, the order of a listing.

From sources (Jenkins 2.516.2, cloudbees-folder 6.1040, workflow-job 1546): the order of the checks of a create
(`ItemGroupMixIn`, `View.create`); names at the root ignore case, those in a folder do not; `disable` and `enable` save
only if they change something; posted XML decides about `disabled`, absent is enabled (`unmarshalNullingOut`); the views
of a folder are in its XML, so an update without them leaves the one called All; a job that is deleted leaves the list
views that name it; since 2.568 and 2.555.3 (SECURITY-3744) an update is saved at once and `config.xml` is always
written anew.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from tests import jenkins_xml
from tests.jenkins_classes import ALL_VIEW, FOLDER, KINDS, LIST_VIEW, NEW_ALL_VIEW, Kind
from tests.jenkins_xml import MalformedError, Posted

RECORDED = Path(__file__).parent / "jenkins_contract"
"""What a real Jenkins answered."""

ADMINISTER = "hudson.model.Hudson.Administer"
READ = "hudson.model.Hudson.Read"
SYSTEM_READ = "hudson.model.Hudson.SystemRead"
ITEM_READ = "hudson.model.Item.Read"
ITEM_EXTENDED_READ = "hudson.model.Item.ExtendedRead"
ITEM_CREATE = "hudson.model.Item.Create"
ITEM_CONFIGURE = "hudson.model.Item.Configure"
ITEM_DELETE = "hudson.model.Item.Delete"
ITEM_BUILD = "hudson.model.Item.Build"
VIEW_READ = "hudson.model.View.Read"
VIEW_CREATE = "hudson.model.View.Create"
VIEW_CONFIGURE = "hudson.model.View.Configure"
VIEW_DELETE = "hudson.model.View.Delete"
CREDENTIALS_VIEW = "com.cloudbees.plugins.credentials.CredentialsProvider.View"

_ALL = jenkins_xml.posted(NEW_ALL_VIEW)
_UNSAFE = frozenset("?*/\\%!@#$^&|<>[]:;")


class RefusalError(Exception):
    """A request does not get what it asks for."""


class FailureError(RefusalError):
    """A request that Jenkins refuses with a sentence: 400."""


class MissingError(RefusalError):
    """Nothing is there, or nothing that this user may see: 404."""


class BrokenError(RefusalError):
    """Jenkins fails, and shows a page with the id of its log entry: 500."""


class DeniedError(RefusalError):
    """The user lacks a permission: 403."""

    def __init__(self, permission: str) -> None:
        super().__init__(permission)
        self.permission = permission


@dataclass(frozen=True)
class User:
    """Somebody who may log in."""

    name: str
    password: str
    token: str
    permissions: frozenset[str] = frozenset({ADMINISTER})

    def may(self, permission: str) -> bool:
        """Whether the user has a permission; who may configure an item may read its XML too."""
        enough = {permission, ADMINISTER}
        if permission == ITEM_EXTENDED_READ:
            enough.add(ITEM_CONFIGURE)
        return not enough.isdisjoint(self.permissions)


@dataclass
class Plugin:
    """An installed plugin."""

    name: str
    version: str
    title: str
    active: bool = True
    enabled: bool = True


@dataclass
class Agent:
    """A computer that runs builds; the name of the built-in one is empty."""

    name: str
    labels: tuple[str, ...] = ()
    offline: bool = False
    executors: int = 2

    @property
    def all_labels(self) -> tuple[str, ...]:
        """Its labels, and its own name, which is one too."""
        return tuple(sorted({self.name or "built-in", *self.labels}))


@dataclass
class Cloud:
    """Starts agents with some labels when a build asks for them."""

    class_name: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Credential:
    """What may be seen of a credential."""

    id: str
    type_name: str = "Username with password"
    description: str = ""
    display_name: str = "somebody/******"


@dataclass(eq=False)
class View:
    """A view of a group."""

    name: str
    owner: Group
    posted: Posted

    def jobs(self) -> list[Item]:
        """The items that it shows."""
        if self.posted.root == ALL_VIEW:
            return self.owner.children()
        found = self.owner.descendants() if self.posted.recurse else self.owner.children()
        named = set(self.posted.names)
        pattern = self._pattern()
        return [
            item
            for item in found
            if (name := self.owner.relative(item)) in named or (pattern and pattern.fullmatch(name))
        ]

    def _pattern(self) -> re.Pattern[str] | None:
        try:
            return re.compile(self.posted.pattern) if self.posted.pattern else None
        except re.error:
            return None


class Group:
    """What holds items and views: the root, or a folder."""

    full_name = ""
    path = "/"
    """Below the controller's URL, as in links."""

    def __init__(self, first_view: str) -> None:
        self._items: dict[str, Item] = {}
        self.primary = View(first_view, self, _ALL)
        self.views: dict[str, View] = {first_view: self.primary}

    def key(self, name: str) -> str:
        """What a name is found by."""
        return jenkins_xml.folded(name)

    def get(self, name: str) -> Item | None:
        """The item of this name."""
        return self._items.get(self.key(name))

    def put(self, item: Item) -> None:
        """Add an item."""
        self._items[self.key(item.name)] = item

    def remove(self, item: Item) -> None:
        """Take an item away."""
        del self._items[self.key(item.name)]

    def children(self) -> list[Item]:
        """Its items in the order of a listing."""
        return [self._items[key] for key in sorted(self._items)]

    def relative(self, item: Item) -> str:
        """The name of an item below this group."""
        return item.full_name[len(self.full_name) :].removeprefix("/")

    def descendants(self) -> Iterator[Item]:
        """Its items and theirs."""
        for item in self.children():
            yield item
            yield from item.descendants()


class Item(Group):
    """A job or a folder."""

    def __init__(self, name: str, parent: Group, posted: Posted) -> None:
        super().__init__("All")
        self.name = name
        self.parent = parent
        self.kind: Kind = KINDS[posted.root]
        self.full_name = f"{parent.full_name}/{name}" if parent.full_name else name
        self.path = f"{parent.path}job/{quote(name)}/"
        self.load(posted)

    def load(self, posted: Posted) -> None:
        """Take over what was posted."""
        self.body = posted.body
        self.description = posted.description
        self.disabled = posted.disabled
        self.is_saved = False
        """Whether Jenkins has written its XML, or serves what was posted."""
        if self.kind.folder:
            found = jenkins_xml.folder_views(posted.body)
            self.views = {name: View(name, self, jenkins_xml.posted(text)) for name, text in found.items()}
            self.primary = next(iter(self.views.values()))

    def key(self, name: str) -> str:
        """Folders compare names as they are."""
        return name


@dataclass
class State:
    """The controller."""

    users: dict[str, User]
    plugins: dict[str, Plugin]
    writes_anew: bool = False
    """Whether it saves at each update and writes `config.xml` for each reader, as Jenkins does since 2.568."""
    agents: list[Agent] = field(default_factory=lambda: [Agent("")])
    clouds: list[Cloud] = field(default_factory=list)
    credentials: dict[str, list[Credential]] = field(default_factory=lambda: {"": []})
    """What the stores hold: that of the system ("") and those of folders, by full name."""
    gerrit_servers: list[str] | None = None
    """The names that the Gerrit Trigger plugin tells; None where it tells nothing."""
    builds: list[str] = field(default_factory=list)
    """The jobs that were asked to build, in order."""
    root: Group = field(default_factory=lambda: Group("all"))

    @property
    def installed(self) -> dict[str, str]:
        """The versions of the active plugins."""
        return {plugin.name: plugin.version for plugin in self.plugins.values() if plugin.active}

    def find(self, full_name: str) -> Item:
        """The item of this full name."""
        folder, _, name = full_name.rpartition("/")
        item = (self.find(folder) if folder else self.root).get(name)
        if item is None:
            raise KeyError(full_name)
        return item

    def create(self, group: Group, name: str, content: bytes) -> Item:
        """Make an item of XML."""
        posted = _read(content)
        if not jenkins_xml.loadable(posted.root, self.installed):
            raise BrokenError(posted.root)
        item = Item(name, group, posted)
        group.put(item)
        return item

    def update(self, item: Item, text: str) -> None:
        """Replace the XML of an item, unless it is of another type."""
        posted = _read(text)
        if KINDS.get(posted.root) != item.kind:
            raise BrokenError(posted.root)
        item.load(posted)
        if self.writes_anew:
            self.save(item)

    def delete(self, item: Item) -> None:
        """Remove an item with what is in it; list views around it forget its name."""
        for gone in [*item.descendants(), item]:
            group = gone.parent
            self._forget(group, gone)
            while isinstance(group, Item):
                group = group.parent
                self._forget(group, gone)
        item.parent.remove(item)

    def _forget(self, group: Group, gone: Item) -> None:
        name = group.relative(gone)
        for view in group.views.values():
            if name in view.posted.names:
                view.posted = jenkins_xml.posted(jenkins_xml.without_name(view.posted.body, name))
                self._save_owner(group)

    def set_disabled(self, item: Item, disabled: bool) -> bool:
        """Disable or enable a job, which saves it if that is a change; returns whether it is."""
        if item.disabled == disabled:
            return False
        item.disabled = disabled
        self.save(item)
        return True

    def save(self, item: Item) -> None:
        """Write the item's XML as Jenkins does whenever something makes it."""
        item.body = jenkins_xml.saved(self._in_memory(item), self.installed)
        item.is_saved = True

    def config(self, item: Item) -> str:
        """The XML of an item, as it is served."""
        if self.writes_anew:
            return jenkins_xml.saved(self._in_memory(item), self.installed, jenkins_xml.VIEW_DECLARATION)
        return item.body if item.is_saved else jenkins_xml.copied(item.body)

    def _in_memory(self, item: Item) -> str:
        posted = jenkins_xml.posted(item.body)
        if item.kind == KINDS[FOLDER]:
            return jenkins_xml.with_views(posted.body, {view.name: view.posted.body for view in item.views.values()})
        if item.disabled != posted.disabled:
            return jenkins_xml.with_disabled(posted.body, item.disabled)
        return posted.body

    def create_view(self, group: Group, name: str, content: bytes) -> View:
        """Make a view of XML, which saves the folder that it is in."""
        group.views[name] = View(name, group, _read_view(content))
        self._save_owner(group)
        return group.views[name]

    def update_view(self, view: View, text: str) -> None:
        """Replace the XML of a view, unless it is of another type."""
        posted = _read_view(text)
        if posted.root != view.posted.root:
            raise BrokenError(posted.root)
        view.posted = posted
        self._save_owner(view.owner)

    def delete_view(self, view: View) -> None:
        """Remove a view that is not the last one."""
        if len(view.owner.views) == 1:
            raise BrokenError("Cannot delete last view")
        del view.owner.views[view.name]
        self._save_owner(view.owner)

    def view_config(self, view: View) -> str:
        """The XML of a view, as it is served."""
        return jenkins_xml.saved_view(view.posted.body, view.name, self.installed)

    def _save_owner(self, group: Group) -> None:
        if isinstance(group, Item):
            self.save(group)


def _read(document: str | bytes) -> Posted:
    try:
        return jenkins_xml.posted(jenkins_xml.decoded(document) if isinstance(document, bytes) else document)
    except MalformedError as error:
        raise BrokenError(str(error)) from None


def _read_view(document: str | bytes) -> Posted:
    posted = _read(document)
    if posted.root not in (LIST_VIEW, ALL_VIEW):
        raise BrokenError(posted.root)
    return posted


def check_name(name: str | None) -> None:
    """Refuse a name that Jenkins refuses (`Jenkins.checkGoodName`)."""
    if not name:
        raise FailureError("No name is specified")
    if name.strip() in (".", ".."):
        raise FailureError(f"\u201c{name.strip()}\u201d is not an allowed name")
    for letter in name:
        if unicodedata.category(letter) == "Cc":
            raise FailureError(f"No control code is allowed: {_printable(name)}")
        if letter in _UNSAFE:
            raise FailureError(f"\u2018{letter}\u2019 is an unsafe character")
    if name.strip().endswith("."):
        raise FailureError("A name cannot end with \u2018.\u2019")


def _printable(name: str) -> str:
    return "".join(f"\\u{ord(letter)};" if unicodedata.category(letter) == "Cc" else letter for letter in name)


def recorded_plugins() -> dict[str, Plugin]:
    """The plugins of the Jenkins that was recorded."""
    listed: list[Mapping[str, str]] = json.loads((RECORDED / "plugins.json").read_text(encoding="utf-8"))
    return {one["shortName"]: Plugin(one["shortName"], one["version"], one["longName"]) for one in listed}
