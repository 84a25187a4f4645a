"""What the controller answers; nothing here knows of connections.

Recorded (`tests/jenkins_contract/exchanges.json`): all that an administrator is answered. From sources (Jenkins
2.516.2): the permissions that each request needs and when they are checked, and a GET of what needs a POST. Where else
facts come from is said where they are: logins and refusals in `jenkins_access.py`, items and views in
`jenkins_state.py`, their XML in `jenkins_xml.py`, JSON in `jenkins_json.py`.

Not modelled: parameters of builds, forms, and all that no client of ours asks; `/gerrit-trigger/` has no API.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests import jenkins_pages, jenkins_state, jenkins_tree, jenkins_validator
from tests.jenkins_access import CRUMB_HEADER, JSON, Access, Answer, Question
from tests.jenkins_json import GERRIT_PLUGIN, Api
from tests.jenkins_state import (
    DeniedError,
    FailureError,
    Group,
    Item,
    MissingError,
    RefusalError,
    State,
    User,
    View,
    check_name,
)
from tests.jenkins_tree import Bean, Property


@dataclass
class Asked:
    """A question of somebody, about something."""

    question: Question
    user: User
    group: Group
    rest: tuple[str, ...]
    """What of the path is below the group or the view."""
    view: View | None = None


class Answers:
    """The answers of a controller at `url`, which may have a path."""

    def __init__(self, state: State, access: Access, url: str) -> None:
        self.state = state
        self.access = access
        self._url = url.rstrip("/")
        self._context = urlsplit(self._url).path

    def answer(self, question: Question) -> tuple[Answer, User | None]:
        """The answer, and who it is for."""
        user, refusal = self.access.login(question)
        if refusal:
            return refusal, user
        try:
            return self._routed(question, user), user
        except RefusalError as error:
            return self.access.refused(question, user, error), user

    def _routed(self, question: Question, user: User | None) -> Answer:
        if question.segments() == ["login"]:
            return self.access.page(question, 200, jenkins_pages.login())
        if user is None or not user.may(jenkins_state.READ):
            raise DeniedError(jenkins_state.READ)
        asked = self._found(question, user)
        action = _ACTIONS.get(self._route(asked))
        if action is None:
            raise MissingError
        if action.changes and question.method != "POST":
            return self.access.page(question, 405, jenkins_pages.post_required(question.target))
        if action.permission:
            _need(user, action.permission)
        return action.run(self, asked)

    def _found(self, question: Question, user: User) -> Asked:
        group, view, rest = self.state.root, None, question.segments()
        while len(rest) > 1 and rest[0] in ("job", "view"):
            kind, name, *rest = rest
            if kind == "job":
                found = group.get(name)
                if found is None or not user.may(jenkins_state.ITEM_READ):
                    raise MissingError
                group, view = found, None
            elif name in group.views and _holds(group):
                view = group.views[name]
            else:
                raise MissingError
        return Asked(question, user, group, tuple(rest), view)

    def _route(self, asked: Asked) -> str:
        """What a request is for: the kind of the object, and what of it."""
        below = "/".join(asked.rest)
        if asked.view:
            return f"view:{below}"
        if isinstance(asked.group, Item):
            return f"{'folder' if _holds(asked.group) else 'job'}:{below}"
        variable = {"label": 1, "credentials": 2}.get(asked.rest[0] if asked.rest else "")
        if variable and len(asked.rest) > variable + 2:
            below = "/".join("*" if at == variable else name for at, name in enumerate(asked.rest))
        return f"root:{below}"

    def _api(self, asked: Asked) -> Api:
        return Api(self.state, self._url, asked.user)

    def _json(self, asked: Asked, bean: Bean) -> Answer:
        headers = {
            "X-Jenkins": jenkins_pages.VERSION,
            "X-Jenkins-Session": self.access.started,
            "X-Content-Type-Options": "nosniff",
            "Content-Type": JSON,
        }
        return Answer(200, headers, jenkins_tree.text(bean, asked.question.parameters()))

    def crumb(self, asked: Asked) -> Answer:
        """The crumb of the session, which begins now if there is none."""
        answer = self.access.with_session(asked.question, Answer())
        session = (
            self.access.session(asked.question) or answer.headers["Set-Cookie"].partition("=")[2].partition(";")[0]
        )
        issuer = [
            Property("crumb", lambda _: self.access.crumb(asked.user, session)),
            Property("crumbRequestField", lambda _: CRUMB_HEADER),
        ]
        shown = self._json(asked, Bean("hudson.security.csrf.DefaultCrumbIssuer", None, issuer))
        shown.headers |= answer.headers
        return shown

    def group_json(self, asked: Asked) -> Answer:
        """A job, a folder or the controller."""
        group = asked.group
        return self._json(asked, self._api(asked).item(group) if isinstance(group, Item) else self._api(asked).root())

    def view_json(self, asked: Asked) -> Answer:
        """A view."""
        assert asked.view
        return self._json(asked, self._api(asked).view(asked.view))

    def who_json(self, asked: Asked) -> Answer:
        """Who asks."""
        return self._json(asked, self._api(asked).user() if asked.rest[0] == "me" else self._api(asked).who())

    def plugins_json(self, asked: Asked) -> Answer:
        """The installed plugins."""
        return self._json(asked, self._api(asked).plugins())

    def computers_json(self, asked: Asked) -> Answer:
        """The agents."""
        return self._json(asked, self._api(asked).computers())

    def label_json(self, asked: Asked) -> Answer:
        """A label, or a label expression."""
        return self._json(asked, self._api(asked).label(asked.rest[1]))

    def credentials_json(self, asked: Asked) -> Answer:
        """A store of credentials, which is not there for those who may not see into it."""
        store = "folder" if isinstance(asked.group, Item) else "system"
        if asked.rest[2] != store or not asked.user.may(jenkins_state.CREDENTIALS_VIEW):
            raise MissingError
        return self._json(asked, self._api(asked).credentials(store, asked.group.full_name))

    def gerrit_json(self, asked: Asked) -> Answer:
        """The servers that the Gerrit Trigger plugin knows, if it tells them."""
        if self.state.gerrit_servers is None:
            raise MissingError
        return self._json(asked, self._api(asked).gerrit_servers())

    def show(self, asked: Asked) -> Answer:
        """A page for people."""
        return self.access.page(asked.question, 200, jenkins_pages.page("<h1>Jenkins</h1>"))

    def create_item(self, asked: Asked) -> Answer:
        """Make an item of posted XML."""
        name = self._new_name(asked, "No mode given")
        self.state.create(asked.group, name, asked.question.body)
        return Answer(changed=True)

    def create_view(self, asked: Asked) -> Answer:
        """Make a view of posted XML."""
        name = self._new_name(asked, "No view type is specified")
        self.state.create_view(asked.group, name, asked.question.body)
        return Answer(changed=True)

    def _new_name(self, asked: Asked, no_xml: str) -> str:
        """The name of what is to be created, once nothing speaks against it."""
        kind = asked.question.headers.get("content-type")
        if kind is None:
            raise FailureError("No Content-Type header set")
        name = asked.question.parameters().get("name")
        is_view = asked.rest == ("createView",)
        if name is None and not is_view:
            raise FailureError("Query parameter 'name' is required")
        check_name(name)
        assert name
        if is_view and name in asked.group.views:
            raise FailureError(f'A view already exists with the name "{name}"')
        if not is_view and asked.group.get(name.strip()):
            raise FailureError(f"A job already exists with the name \u2018{name.strip()}\u2019")
        if not kind.startswith(("application/xml", "text/xml")):
            raise FailureError(no_xml)
        return name if is_view else name.strip()

    def item_config(self, asked: Asked) -> Answer:
        """The XML of an item: served, or replaced."""
        item = _item(asked)
        if asked.question.method == "POST":
            _need(asked.user, jenkins_state.ITEM_CONFIGURE)
            self.state.update(item, asked.question.text())
            return Answer(changed=True)
        _need(asked.user, jenkins_state.ITEM_EXTENDED_READ)
        return _xml(self.state.config(item))

    def view_config(self, asked: Asked) -> Answer:
        """The XML of a view: served, or replaced."""
        assert asked.view
        if asked.question.method == "POST":
            _need(asked.user, jenkins_state.VIEW_CONFIGURE)
            self.state.update_view(asked.view, asked.question.text())
            return Answer(changed=True)
        _need(asked.user, jenkins_state.VIEW_READ)
        return _xml(self.state.view_config(asked.view))

    def delete_item(self, asked: Asked) -> Answer:
        """Remove an item."""
        item = _item(asked)
        self.state.delete(item)
        return self._redirect(item.parent.path)

    def delete_view(self, asked: Asked) -> Answer:
        """Remove a view."""
        assert asked.view
        self.state.delete_view(asked.view)
        return self._redirect(asked.group.path)

    def disable(self, asked: Asked) -> Answer:
        """Disable or enable a job."""
        changed = self.state.set_disabled(_item(asked), asked.rest == ("disable",))
        return self._redirect(asked.question.path.rpartition("/")[0] + "/", changed=changed)

    def _redirect(self, place: str, *, changed: bool = True) -> Answer:
        return Answer(302, {"Location": self._context + place}, changed=changed)

    def build(self, asked: Asked) -> Answer:
        """Ask for a build."""
        item = _item(asked)
        if item.disabled:
            return self.access.page(asked.question, 409, jenkins_pages.page(f"{item.full_name} is not buildable"))
        self.state.builds.append(item.full_name)
        place = f"{self._url}/queue/item/{len(self.state.builds)}/"
        return Answer(201, {"Location": place}, changed=True)

    def validate(self, asked: Asked) -> Answer:
        """Check a declarative pipeline."""
        text = jenkins_validator.validated(asked.question.parameters().get("jenkinsfile", ""))
        return Answer(200, {"Content-Type": "text/plain;charset=UTF-8"}, text.encode())


def _need(user: User, permission: str) -> None:
    if not user.may(permission):
        raise DeniedError(permission)


def _holds(group: Group) -> bool:
    return not isinstance(group, Item) or group.kind.folder


def _item(asked: Asked) -> Item:
    assert isinstance(asked.group, Item)
    return asked.group


def _xml(text: str) -> Answer:
    return Answer(200, {"Content-Type": "application/xml"}, text.encode())


@dataclass(frozen=True)
class _Action:
    run: Callable[[Answers, Asked], Answer]
    permission: str | None = None
    changes: bool = False
    """Whether it wants a POST."""


_OF_GROUPS = {
    "": _Action(Answers.show),
    "api/json": _Action(Answers.group_json),
    "createItem": _Action(Answers.create_item, jenkins_state.ITEM_CREATE, changes=True),
    "createView": _Action(Answers.create_view, jenkins_state.VIEW_CREATE, changes=True),
}
_OF_ITEMS = {
    "": _Action(Answers.show),
    "api/json": _Action(Answers.group_json),
    "config.xml": _Action(Answers.item_config),
    "doDelete": _Action(Answers.delete_item, jenkins_state.ITEM_DELETE, changes=True),
}
_OF_JOBS = {
    "disable": _Action(Answers.disable, jenkins_state.ITEM_CONFIGURE, changes=True),
    "enable": _Action(Answers.disable, jenkins_state.ITEM_CONFIGURE, changes=True),
    "build": _Action(Answers.build, jenkins_state.ITEM_BUILD, changes=True),
    "buildWithParameters": _Action(Answers.build, jenkins_state.ITEM_BUILD, changes=True),
}
_OF_VIEWS = {
    "": _Action(Answers.show),
    "api/json": _Action(Answers.view_json, jenkins_state.VIEW_READ),
    "config.xml": _Action(Answers.view_config),
    "doDelete": _Action(Answers.delete_view, jenkins_state.VIEW_DELETE, changes=True),
}
_OF_ROOT = {
    "crumbIssuer/api/json": _Action(Answers.crumb),
    "me/api/json": _Action(Answers.who_json),
    "whoAmI/api/json": _Action(Answers.who_json),
    "pluginManager/api/json": _Action(Answers.plugins_json, jenkins_state.SYSTEM_READ),
    "computer/api/json": _Action(Answers.computers_json),
    "label/*/api/json": _Action(Answers.label_json),
    "credentials/store/*/domain/_/api/json": _Action(Answers.credentials_json),
    f"descriptorByName/{GERRIT_PLUGIN}/api/json": _Action(Answers.gerrit_json),
    "pipeline-model-converter/validate": _Action(Answers.validate, changes=True),
}
_OF_FOLDERS = {"credentials/store/folder/domain/_/api/json": _Action(Answers.credentials_json)}
_ACTIONS: dict[str, _Action] = {
    f"{kind}:{below}": action
    for kind, actions in {
        "root": {**_OF_GROUPS, **_OF_ROOT},
        "folder": {**_OF_GROUPS, **_OF_ITEMS, **_OF_FOLDERS},
        "job": {**_OF_ITEMS, **_OF_JOBS},
        "view": _OF_VIEWS,
    }.items()
    for below, action in actions.items()
}
"""What there is, by the kind of an object and the path below it."""
