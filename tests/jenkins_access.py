"""Who asks, and may they: logins, sessions and crumbs, and the pages of a refusal.

Recorded (`tests/jenkins_contract/exchanges.json`): what is answered without a login, with a wrong one, and without a
valid crumb; that an API token needs no crumb, and that a crumb is good only in its session. From sources (Jenkins
2.516.2): a crumb is a hash of user and session (`DefaultCrumbIssuer`), a session begins where a crumb is issued or
checked and with each page (`layout.jelly`), `X-Error` is said only of what a header can say, the headers of a refusal
for want of a permission (`AccessDeniedException3`), and that `config.xml` is read in the character set of its
`Content-Type`, by the default of servlets where that says none (`CharacterEncodingFilter`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from tests import jenkins_pages, jenkins_state
from tests.jenkins_state import DeniedError, FailureError, MissingError, RefusalError, User

CRUMB_HEADER = "Jenkins-Crumb"
HTML = "text/html;charset=UTF-8"
JSON = "application/json;charset=UTF-8"
JETTY_HTML = "text/html;charset=iso-8859-1"


@dataclass
class Question:
    """A request that has arrived."""

    method: str
    target: str
    """Path and query, as sent."""
    headers: Mapping[str, str]
    """By name in lower case."""
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path, as sent."""
        return urlsplit(self.target).path

    def segments(self) -> list[str]:
        """The names in the path."""
        return [unquote(part) for part in self.path.split("/") if part]

    def parameters(self) -> dict[str, str]:
        """What query and form say; the first of each name counts."""
        pairs = parse_qsl(urlsplit(self.target).query, keep_blank_values=True)
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            pairs += parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)
        return dict(reversed(pairs))

    def text(self) -> str:
        """The body as the servlet container decodes it: XML without a character set is taken for ISO 8859-1."""
        kind = self.headers.get("content-type", "")
        found = re.search(r"charset\s*=\s*\"?([^\s;\"]+)", kind, re.IGNORECASE)
        default = "iso-8859-1" if kind.startswith(("application/xml", "text/xml")) else "utf-8"
        return self.body.decode(found.group(1) if found else default, "replace")


@dataclass
class Answer:
    """What the client gets."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    changed: bool = False
    """Whether the controller is no longer as it was."""


def html(status: int, text: str, kind: str = HTML, **headers: str) -> Answer:
    """A page; underscores stand for the hyphens in the names of headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, {**named, "Content-Type": kind}, text.encode(kind.rpartition("=")[2], "replace"))


class Access:
    """The logins of a controller."""

    def __init__(self, users: Mapping[str, User]) -> None:
        self._users = users
        self.start()

    def start(self) -> None:
        """Begin anew, as after a restart: nobody is logged in."""
        self.started = secrets.token_hex(4)
        self._cookie = f"JSESSIONID.{secrets.token_hex(4)}"
        self._salt = secrets.token_hex(16)
        self._sessions: set[str] = set()

    def expire_sessions(self) -> None:
        """Forget all sessions, and with them their crumbs."""
        self._sessions.clear()

    def session(self, question: Question) -> str | None:
        """The session that a request belongs to."""
        cookies = dict(
            part.strip().partition("=")[::2] for part in question.headers.get("cookie", "").split(";") if "=" in part
        )
        name = cookies.get(self._cookie, "")
        return name if name in self._sessions else None

    def login(self, question: Question) -> tuple[User | None, Answer | None]:
        """Who asks, or a refusal: a wrong login, or a POST by password without a valid crumb."""
        user, by_token, refusal = self._by_header(question)
        if refusal is None and question.method == "POST" and not by_token:
            refusal = self._without_crumb(question, user)
        return user, refusal

    def _by_header(self, question: Question) -> tuple[User | None, bool, Answer | None]:
        header = question.headers.get("authorization", "")
        if not header.lower().startswith("basic "):
            return None, False, None
        try:
            name, _, secret = base64.b64decode(header[6:], validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            name = secret = ""
        user = self._users.get(name)
        if user is None or secret not in (user.password, user.token):
            refused = _jetty(401, "Unauthorized", question)
            refused.headers["WWW-Authenticate"] = 'Basic realm="Jenkins"'
            return None, False, refused
        return user, secret == user.token, None

    def _without_crumb(self, question: Question, user: User | None) -> Answer | None:
        crumb = question.headers.get(CRUMB_HEADER.lower(), question.parameters().get(CRUMB_HEADER))
        session = self.session(question)
        if crumb and session and secrets.compare_digest(crumb.encode(), self.crumb(user, session).encode()):
            return None
        refused = _jetty(403, "No valid crumb was included in the request", question)
        return self.with_session(question, refused) if crumb else refused

    def crumb(self, user: User | None, session: str) -> str:
        """The crumb of a user in a session."""
        return hashlib.sha256(f"{user.name if user else 'anonymous'};{session};{self._salt}".encode()).hexdigest()

    def with_session(self, question: Question, answer: Answer) -> Answer:
        """The answer, which begins a session if there is none."""
        if self.session(question) is None:
            session = f"node0{secrets.token_hex(12)}.node0"
            self._sessions.add(session)
            answer.headers["Set-Cookie"] = f"{self._cookie}={session}; Path=/; HttpOnly"
        return answer

    def page(self, question: Question, status: int, text: str, **headers: str) -> Answer:
        """A page of Jenkins."""
        names = {"X_Hudson": "1.395", "X_Jenkins": jenkins_pages.VERSION, "X_Jenkins_Session": self.started}
        return self.with_session(question, html(status, text, **names, **headers))

    def refused(self, question: Question, user: User | None, error: RefusalError) -> Answer:
        """The page that says why somebody does not get what they have asked for."""
        if isinstance(error, FailureError):
            return self._failure(question, str(error))
        if isinstance(error, DeniedError):
            return self._denied(question, user, error.permission)
        if isinstance(error, MissingError):
            return self.page(question, 404, jenkins_pages.missing())
        return self.page(question, 500, jenkins_pages.broken())

    def _failure(self, question: Question, message: str) -> Answer:
        said = {"X_Error": message} if message.isascii() and message.isprintable() else {}
        return self.page(question, 400, jenkins_pages.failure(message), **said)

    def _denied(self, question: Question, user: User | None, permission: str) -> Answer:
        text = jenkins_pages.denied(user.name, permission) if user else jenkins_pages.login_required(question.target)
        answer = self.page(question, 403, text)
        answer.headers |= {
            "X-You-Are-Authenticated-As": user.name if user else "anonymous",
            "X-Required-Permission": permission,
            "X-Permission-Implied-By": jenkins_state.ADMINISTER,
        }
        return answer


def _jetty(status: int, message: str, question: Question) -> Answer:
    return html(status, jenkins_pages.jetty(status, message, question.path), JETTY_HTML)
