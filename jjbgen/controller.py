"""A Jenkins controller over HTTP: what is on it, and one item changed at a time.

No request is made that is not needed: a create or an update is over with its response.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from jjbgen import xmlform
from jjbgen.plugintable import FOLDER
from jjbgen.session import ATTEMPTS, NOT_JENKINS, ControllerError, Session
from jjbgen.syncplan import Kind, Live

_GERRIT = "com.sonyericsson.hudson.plugins.gerrit.trigger.PluginImpl"

MORE_LEVELS = 12
"""How much deeper the second listing goes."""


class Client:
    """A controller, in one HTTP session; to be used by one thread."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def version(self) -> str:
        """That of the Jenkins that answered last; empty before, and where the answer does not say it."""
        return self._session.version

    def close(self) -> None:
        """End the session."""
        self._session.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def items(self, depth: int = 0, attempts: int = ATTEMPTS) -> tuple[Live, ...]:
        """Every folder, job and view, in folders `depth` deep; deeper only when there are deeper ones.

        One request, and a second one where folders are deeper, which then goes deep enough for any; what is still
        deeper is nobody's whom we know. What is in other containers than folders, such as the
        branches of a multibranch project, is theirs and not listed.
        """
        for levels in (depth, depth + MORE_LEVELS):
            listed = self._session.json(f"/api/json?tree={_tree(levels)}", attempts)
            try:
                found = list(_live(listed))
            except (AttributeError, KeyError, RecursionError, TypeError):
                raise ControllerError(f"{self._session.shown}: {NOT_JENKINS}") from None
            if not any(item is None for item in found):
                break
        return tuple(item for item in found if item)

    def user(self) -> str:
        """The id of who is logged in."""
        return str(self._session.json("/me/api/json?tree=id").get("id", ""))

    def plugins(self) -> dict[str, str] | None:
        """The versions of the active plugins by short name; None if the user may not see them."""
        listed = self._seen("/pluginManager/api/json?tree=plugins[shortName,version,active]", "plugins")
        if listed is None:
            return None
        return {str(each.get("shortName")): str(each.get("version")) for each in listed if each.get("active")}

    def label(self, expression: str) -> bool | None:
        """Whether an agent or a cloud satisfies a label expression; None if the controller does not tell."""
        shown = self._shown(f"/label/{quote(expression, safe='')}/api/json?tree=nodes[nodeName],clouds[name]")
        return None if shown is None or "nodes" not in shown else bool(shown["nodes"] or shown.get("clouds"))

    def credentials(self, folder: str) -> frozenset[str] | None:
        """The ids in the global domain of the system's store, or of a folder's; None if the user may not see them."""
        store = "folder" if folder else "system"
        path = f"{_path(Kind.FOLDER, folder)}/credentials/store/{store}/domain/_/api/json?tree=credentials[id]"
        listed = self._seen(path, "credentials")
        return None if listed is None else frozenset(str(each.get("id")) for each in listed)

    def gerrit_servers(self) -> frozenset[str] | None:
        """The names of the servers that the Gerrit Trigger plugin knows; None if it does not tell."""
        listed = self._seen(f"/descriptorByName/{_GERRIT}/api/json?tree=servers[name]", "servers")
        return None if listed is None else frozenset(str(each.get("name")) for each in listed)

    def may_create(self, folder: str) -> bool | None:
        """Whether the user may make items in a folder, or at the top: asks for one without a name, which is refused."""
        answer, _ = self._session.tried("POST", f"{_path(Kind.FOLDER, folder)}/createItem?name=", "")
        return {400: True, 403: False}.get(answer.status_code)

    def config(self, kind: Kind, full_name: str) -> str:
        """The `config.xml` of an item."""
        return self._session.ask("GET", f"{_path(kind, full_name)}/config.xml").content.decode("utf-8", "replace")

    def create(self, kind: Kind, full_name: str, xml: str) -> None:
        """Make an item. One that is there already as described was made by an attempt whose answer got lost."""
        parent, _, name = full_name.rpartition("/")
        verb = "createView" if kind is Kind.VIEW else "createItem"
        path = f"{_path(Kind.FOLDER, parent)}/{verb}?name={quote(name, safe='')}"
        answer, tries = self._session.tried("POST", path, xml)
        if answer.status_code == 400 and tries > 1 and _is_described_as(self.config(kind, full_name), xml):
            return
        self._session.expect(path, answer)

    def update(self, kind: Kind, full_name: str, xml: str) -> None:
        """Replace the configuration of an item."""
        self._session.ask("POST", f"{_path(kind, full_name)}/config.xml", xml)

    def delete(self, kind: Kind, full_name: str) -> None:
        """Remove an item. One that is gone after a lost answer was removed by it."""
        path = f"{_path(kind, full_name)}/doDelete"
        answer, tries = self._session.tried("POST", path)
        if answer.status_code != 404 or tries == 1:
            self._session.expect(path, answer)

    def _shown(self, path: str) -> dict[str, Any] | None:
        """An object that the controller may show; None where it refuses, or has no such thing."""
        try:
            return self._session.json(path)
        except ControllerError as error:
            if error.status in (400, 403, 404):
                return None
            raise

    def _seen(self, path: str, key: str) -> list[dict[str, Any]] | None:
        """The objects of a list in such an object."""
        listed = (self._shown(path) or {}).get(key)
        return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else None


def _path(kind: Kind, full_name: str) -> str:
    parts = [quote(part, safe="") for part in full_name.split("/") if part]
    words = ["view" if kind is Kind.VIEW and number == len(parts) - 1 else "job" for number in range(len(parts))]
    return "".join(f"/{word}/{part}" for word, part in zip(words, parts, strict=True))


def _tree(depth: int) -> str:
    inner = f",{_tree(depth - 1)}" if depth else ""
    return f"jobs[fullName,description,disabled{inner}],views[name,description]"


def _live(listed: dict[str, Any], folder: str = "") -> Iterator[Live | None]:
    """The items of a listing; None stands for a folder whose content was not asked for."""
    for view in listed.get("views", ()):
        if "description" in view:
            type_ = _text(view.get("_class", ""))
            yield Live(Kind.VIEW, folder + _text(view["name"]), _text(view["description"] or ""), type=type_)
    for job in listed.get("jobs", ()):
        type_ = _text(job.get("_class", ""))
        is_folder = type_ == FOLDER
        name, description = _text(job["fullName"]), _text(job.get("description") or "")
        yield Live(Kind.FOLDER if is_folder else Kind.JOB, name, description, job.get("disabled") is True, type_)
        if is_folder and "jobs" in job:
            yield from _live(job, f"{name}/")
        elif is_folder:
            yield None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _is_described_as(one: str, other: str) -> bool:
    """Whether two XMLs have one description: with a mark, it tells an item and what is wanted of it from all others.

    The rest may be written anew by then, or dropped.
    """
    try:
        return xmlform.parsed(one).findtext("description") == xmlform.parsed(other).findtext("description")
    except xmlform.XmlError:
        return False
