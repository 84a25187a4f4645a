"""An HTTP session with a Jenkins controller: logins, crumbs, refusals, and what to do when it is busy or away.

The protocol is that of the recorded contract. Nothing that is secret stands in a URL, a message or an exception.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.auth import HTTPBasicAuth
from requests.utils import get_environ_proxies
from urllib3.exceptions import HTTPError

from jjbgen.errors import JjbgenError, escaped, without_secrets

TIMEOUT = (10, 60)
"""Seconds to connect, and to wait for the next part of an answer."""

ATTEMPTS = 5
"""How often a request is made when the controller is busy or away; waits double from half a second."""

NOT_JENKINS = "does not answer as Jenkins; is the URL right, and the login?"
"""What is wrong with an answer that cannot be read."""

_NO_TRUST = "no TLS connection that can be trusted; is it https, and the ca-bundle of jjbgen.yaml right?"
_LONGEST_WAIT = 60.0
_BUSY = frozenset((429, 500, 502, 503, 504))
_HEADER = re.compile(r"[!-~]{1,200}")
_MOST_OF_A_PAGE = 200_000
"""Bytes of a page in which the reason of a refusal is looked for."""
_TAG = re.compile(r"<(/?[A-Za-z]*)[^<>]*>")
_HIDDEN = frozenset(("head", "script", "style"))
_XML = {"Content-Type": "text/xml; charset=utf-8"}

_TOKEN = re.compile(r"(?:11)?[0-9a-f]{32}")
"""What Jenkins' API tokens look like."""


@dataclass(frozen=True, slots=True)
class Login:
    """Who asks, with an API token or a password."""

    user: str
    secret: str = field(repr=False)

    @property
    def needs_crumb(self) -> bool:
        """Whether what changes something needs a crumb: with a password it does, with an API token it does not."""
        return not _TOKEN.fullmatch(self.secret)


class ControllerError(JjbgenError):
    """The controller cannot be asked, or refuses."""

    def __init__(self, what: str, status: int | None = None) -> None:
        super().__init__(what)
        self.status = status


class Session:
    """One session; to be used by one thread."""

    def __init__(
        self,
        url: str,
        login: Login | None,
        *,
        ca_bundle: Path | None = None,
        proxy: str | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        """Prepare a session; `sleep` waits for some seconds, and says true when there is no use in waiting longer."""
        self.version = ""
        """That of the Jenkins that answered last; empty before, and where the answer does not say it."""
        self.url = url.rstrip("/")
        self.shown = without_secrets(self.url)
        """Where it is, for messages."""
        self._login = login
        self._sleep = sleep
        self._needs_crumb = login is None or login.needs_crumb
        self._crumb: dict[str, str] | None = None
        self._session = requests.Session()
        # Read once and not for each request; and requests would let the environment win over the settings.
        self._session.trust_env = False
        self._session.proxies.update({"http": proxy, "https": proxy} if proxy else get_environ_proxies(self.url))
        self._session.verify = str(ca_bundle) if ca_bundle else _certificates()
        if login:
            self._session.auth = HTTPBasicAuth(login.user.encode("utf-8"), login.secret.encode("utf-8"))

    def close(self) -> None:
        """End the session."""
        self._session.close()

    def json(self, path: str, attempts: int = ATTEMPTS) -> dict[str, Any]:
        """The object that a GET is answered with; raises ControllerError."""
        return self._object(self.ask("GET", path, attempts=attempts))

    def _object(self, answer: requests.Response) -> dict[str, Any]:
        try:
            found = answer.json()
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise ControllerError(f"{self.shown}: {NOT_JENKINS}", answer.status_code)
        return found

    def ask(self, method: str, path: str, xml: str | None = None, attempts: int = ATTEMPTS) -> requests.Response:
        """The answer to a request that was carried out; raises ControllerError."""
        answer, _ = self.tried(method, path, xml, attempts)
        self.expect(path, answer)
        return answer

    def tried(
        self, method: str, path: str, xml: str | None = None, attempts: int = ATTEMPTS
    ) -> tuple[requests.Response, int]:
        """The answer to a request, and how often it was made; raises ControllerError when there never was one."""
        for number in range(1, attempts + 1):
            wait = 0.5 * 2 ** (number - 1)
            try:
                answer = self._once(method, path, xml)
            except requests.exceptions.SSLError:
                # Nothing that time mends; the library's words hold the whole address.
                raise ControllerError(f"{self.shown}: {_NO_TRUST}") from None
            except (requests.RequestException, HTTPError) as error:
                what = type(error).__name__
            else:
                if answer.status_code not in _BUSY or number == attempts:
                    return answer, number
                wait = _retry_after(answer) or wait
                what = ""
            if number < attempts and self._sleep(min(wait, _LONGEST_WAIT)):
                what = "interrupted"
                break
        raise ControllerError(f"{self.shown}: cannot be reached: {what}")

    def _once(self, method: str, path: str, xml: str | None) -> requests.Response:
        answer = self._send(method, path, xml)
        if answer.status_code == 403 and method == "POST" and b"crumb" in answer.content:
            # A crumb ends with its session; and what looked like a token may be a password.
            self._crumb, self._needs_crumb = None, True
            answer = self._send(method, path, xml)
        return answer

    def _send(self, method: str, path: str, xml: str | None) -> requests.Response:
        headers = {} if xml is None else dict(_XML)
        if method == "POST" and self._needs_crumb and self._crumb is None:
            answer = self._request("GET", "/crumbIssuer/api/json", None, {})
            if answer.status_code not in (200, 404):
                return answer
            self._crumb = self._issued(answer)
        return self._request(method, path, xml, {**headers, **(self._crumb or {})})

    def _request(self, method: str, path: str, xml: str | None, headers: dict[str, str]) -> requests.Response:
        data = None if xml is None else xml.encode("utf-8")
        url = f"{self.url}{path}"
        answer = self._session.request(method, url, data=data, headers=headers, timeout=TIMEOUT, allow_redirects=False)
        self.version = answer.headers.get("X-Jenkins", self.version)
        return answer

    def _issued(self, answer: requests.Response) -> dict[str, str]:
        """The header with the crumb; none where the controller does not protect itself against forged requests."""
        if answer.status_code == 404:
            return {}
        issued = self._object(answer)
        field, crumb = str(issued.get("crumbRequestField", "")), str(issued.get("crumb", ""))
        if not (_HEADER.fullmatch(field) and _HEADER.fullmatch(crumb)):
            raise ControllerError(f"{self.shown}: {NOT_JENKINS}", answer.status_code)
        return {field: crumb}

    def expect(self, path: str, answer: requests.Response) -> None:
        """Raise ControllerError unless the request was carried out."""
        status = answer.status_code
        is_deletion = path.endswith("/doDelete")
        if status == 200 and not is_deletion and not (answer.request.method == "POST" and answer.content):
            return
        if status in (302, 303) and is_deletion and self._is_own(answer):
            return
        place = f"{self.shown}{path.partition('?')[0]}"
        who = f"the user {self._login.user!r}" if self._login else "nobody in particular"
        login = "" if self._login else "; JENKINS_USER and JENKINS_API_TOKEN can say who asks"
        what = {
            # To log in, for example: Jenkins says nothing where all is well.
            200: f"answers with a page: {said(answer)}",
            401: f"refuses the login of {who}",
            403: f"refuses {who}: {said(answer)}{login}",
            404: f"is not there, or {who} may not see it",
            302: "answers with a redirect; is the URL right, and the login?",
        }.get(status, f"answers {status}: {said(answer)}")
        raise ControllerError(f"{place}: {what}", status)

    def _is_own(self, answer: requests.Response) -> bool:
        """Whether a redirect stays on the controller, and does not lead to a page to log in."""
        target = urlsplit(urljoin(f"{self.url}/", answer.headers.get("Location", "")))
        here = urlsplit(self.url)
        return (target.scheme, target.netloc) == (here.scheme, here.netloc) and "login" not in target.path.lower()


def _certificates() -> str | bool:
    """The certificates to trust: those that the environment names to all that use requests, else the usual ones."""
    named = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    if named and not Path(named).exists():
        raise ControllerError(f"{named}: no such file of certificates; REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names it")
    return named or True


def _retry_after(answer: requests.Response) -> float | None:
    """Seconds that the controller wants to be left alone, from either form of the header."""
    text = answer.headers.get("Retry-After", "")
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(timezone.utc)).total_seconds())
    except (OverflowError, TypeError, ValueError):
        return None


def said(answer: requests.Response) -> str:
    """What an answer says went wrong: Jenkins puts it into a header or into its page."""
    text = answer.headers.get("X-Error") or _text_of(answer.content[:_MOST_OF_A_PAGE].decode("utf-8", "replace"))
    words = escaped(" ".join(unescape(text).split()))
    return words if len(words) <= 200 else f"{words[:200]}…"


def _text_of(page: str) -> str:
    """What a page shows, in one pass: it may be made to keep a cleverer expression busy for ever."""
    parts: list[str] = []
    end, at = "", 0
    for tag in _TAG.finditer(page):
        name = tag[1].lower()
        if not end:
            parts.append(page[at : tag.start()])
            end = f"/{name}" if name in _HIDDEN else ""
        elif name == end:
            end = ""
        at = tag.end()
    return " ".join([*parts, "" if end else page[at:]])
