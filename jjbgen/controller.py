"""A Jenkins controller over HTTP: what is on it, and one item changed at a time.

The protocol is that of the recorded contract. No request is made that is not needed: a create or an update is over with
its response. Nothing that is secret stands in a URL, a message or an exception.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests
from requests.auth import HTTPBasicAuth
from urllib3.exceptions import HTTPError

from jjbgen import xmlform
from jjbgen.errors import JjbgenError, escaped, without_secrets
from jjbgen.syncplan import Kind, Live

TIMEOUT = (10, 60)
"""Seconds to connect, and to wait for the next part of an answer."""

ATTEMPTS = 5
"""How often a request is made when the controller is busy or away; waits double from half a second."""

_LONGEST_WAIT = 60.0
_BUSY = frozenset((429, 500, 502, 503, 504))
_FOLDER = "com.cloudbees.hudson.plugins.folder.Folder"
_NOT_JENKINS = "does not answer as Jenkins; is the URL right, and the login?"
_XML = {"Content-Type": "text/xml; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Login:
    """Who asks. A password needs a crumb for what changes something, an API token does not."""

    user: str
    secret: str = field(repr=False)
    is_token: bool = True


class ControllerError(JjbgenError):
    """The controller cannot be asked, or refuses."""

    def __init__(self, what: str, status: int | None = None) -> None:
        super().__init__(what)
        self.status = status


class Client:
    """One HTTP session with a controller; to be used by one thread."""

    def __init__(
        self,
        url: str,
        login: Login | None,
        *,
        ca_bundle: Path | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._url = without_secrets(url).rstrip("/")
        self._login = login
        self._sleep = sleep
        self._crumb: dict[str, str] | None = None
        self._session = requests.Session()
        self._session.verify = str(ca_bundle) if ca_bundle else True
        if login:
            self._session.auth = HTTPBasicAuth(login.user.encode("utf-8"), login.secret.encode("utf-8"))

    def close(self) -> None:
        """End the session."""
        self._session.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def items(self, depth: int = 0) -> tuple[Live, ...]:
        """Every folder, job and view, in folders `depth` deep; deeper only when there are deeper ones.

        One request unless the folders are deeper than thought. What is in other containers than folders, such as the
        branches of a multibranch project, is theirs and not listed.
        """
        while True:
            listed = self._json(f"/api/json?tree={_tree(depth)}")
            try:
                found = list(_live(listed))
            except (AttributeError, KeyError, TypeError):
                raise ControllerError(f"{self._url}: {_NOT_JENKINS}") from None
            if not any(item is None for item in found):
                return tuple(item for item in found if item)
            depth += 2

    def user(self) -> str:
        """The id of who is logged in."""
        return str(self._json("/me/api/json?tree=id").get("id", ""))

    def plugins(self) -> dict[str, str]:
        """The versions of the active plugins by short name."""
        listed = self._json("/pluginManager/api/json?tree=plugins[shortName,version,active]")
        plugins = [each for each in listed.get("plugins", ()) if each.get("active")]
        return {str(each["shortName"]): str(each["version"]) for each in plugins}

    def config(self, kind: Kind, full_name: str) -> str:
        """The `config.xml` of an item."""
        return self._ask("GET", f"{_path(kind, full_name)}/config.xml").content.decode("utf-8", "replace")

    def create(self, kind: Kind, full_name: str, xml: str) -> None:
        """Make an item. One that is there already with this very XML was made by an attempt whose answer got lost."""
        parent, _, name = full_name.rpartition("/")
        verb = "createView" if kind is Kind.VIEW else "createItem"
        path = f"{_path(Kind.FOLDER, parent)}/{verb}?name={quote(name, safe='')}"
        answer, tries = self._tried("POST", path, xml)
        if answer.status_code == 400 and tries > 1 and _same(self.config(kind, full_name), xml):
            return
        self._expect(path, answer)

    def update(self, kind: Kind, full_name: str, xml: str) -> None:
        """Replace the configuration of an item."""
        self._ask("POST", f"{_path(kind, full_name)}/config.xml", xml)

    def delete(self, kind: Kind, full_name: str) -> None:
        """Remove an item. One that is gone after a lost answer was removed by it."""
        path = f"{_path(kind, full_name)}/doDelete"
        answer, tries = self._tried("POST", path)
        if answer.status_code != 404 or tries == 1:
            self._expect(path, answer)

    def _json(self, path: str) -> dict[str, Any]:
        answer = self._ask("GET", path)
        try:
            found = answer.json()
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise ControllerError(f"{self._url}: {_NOT_JENKINS}")
        return found

    def _ask(self, method: str, path: str, xml: str | None = None) -> requests.Response:
        answer, _ = self._tried(method, path, xml)
        self._expect(path, answer)
        return answer

    def _tried(self, method: str, path: str, xml: str | None = None) -> tuple[requests.Response, int]:
        """The answer to a request, and how often it was made; raises ControllerError when there never was one."""
        for number in range(1, ATTEMPTS + 1):
            wait = 0.5 * 2 ** (number - 1)
            try:
                answer = self._once(method, path, xml)
            except (requests.RequestException, HTTPError) as error:
                what = type(error).__name__
            else:
                if answer.status_code not in _BUSY or number == ATTEMPTS:
                    return answer, number
                wait = _retry_after(answer) or wait
                what = ""
            if number < ATTEMPTS:
                self._sleep(min(wait, _LONGEST_WAIT))
        raise ControllerError(f"{self._url}: cannot be reached: {what}")

    def _once(self, method: str, path: str, xml: str | None) -> requests.Response:
        answer = self._send(method, path, xml)
        if answer.status_code == 403 and method == "POST" and "crumb" in answer.text:
            # A crumb ends with its session.
            self._crumb = None
            answer = self._send(method, path, xml)
        return answer

    def _send(self, method: str, path: str, xml: str | None) -> requests.Response:
        headers = {} if xml is None else dict(_XML)
        if method == "POST" and self._login and not self._login.is_token:
            headers |= self._crumbs()
        return self._session.request(
            method,
            f"{self._url}{path}",
            data=None if xml is None else xml.encode("utf-8"),
            headers=headers,
            timeout=TIMEOUT,
            allow_redirects=False,
        )

    def _crumbs(self) -> dict[str, str]:
        if self._crumb is None:
            answer = self._session.get(f"{self._url}/crumbIssuer/api/json", timeout=TIMEOUT, allow_redirects=False)
            issued = answer.json() if answer.status_code == 200 else {}
            # A controller without protection against forged requests has no crumbs.
            self._crumb = {str(issued["crumbRequestField"]): str(issued["crumb"])} if "crumb" in issued else {}
        return self._crumb

    def _expect(self, path: str, answer: requests.Response) -> None:
        """Raise ControllerError unless the request was carried out."""
        status = answer.status_code
        is_done = status in (302, 303) and path.endswith("/doDelete")
        if status == 200 or is_done:
            return
        place = f"{self._url}{path.partition('?')[0]}"
        who = f"the user {self._login.user!r}" if self._login else "nobody in particular"
        what = {
            401: f"refuses the login of {who}",
            403: f"refuses {who}: {_said(answer)}",
            404: f"is not there, or {who} may not see it",
            302: "answers with a redirect; is the URL right, and the login?",
        }.get(status, f"answers {status}: {_said(answer)}")
        raise ControllerError(f"{place}: {what}", status)


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
        is_folder = type_ == _FOLDER
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


def _same(one: str, other: str) -> bool:
    try:
        return xmlform.canonical(xmlform.parsed(one)) == xmlform.canonical(xmlform.parsed(other))
    except xmlform.XmlError:
        return False


def _retry_after(answer: requests.Response) -> float | None:
    """Seconds that the controller wants to be left alone, from either form of the header."""
    text = answer.headers.get("Retry-After", "")
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(timezone.utc)).total_seconds())
    except (TypeError, ValueError):
        return None


def _said(answer: requests.Response) -> str:
    """What an answer says went wrong: Jenkins puts it into a header or into its page."""
    text = answer.headers.get("X-Error") or re.sub(
        r"<(script|style|head)\b.*?</\1>|<[^>]*>", " ", answer.text, flags=re.DOTALL
    )
    words = escaped(" ".join(unescape(text).split()))
    return words if len(words) <= 200 else f"{words[:200]}…"
