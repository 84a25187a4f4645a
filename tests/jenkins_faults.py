"""What goes wrong between a client and a controller, to be injected by tests; faults add up.

None of this was recorded. The pages are those of Jenkins and of a proxy (`jenkins_pages.py`); that a controller which
restarts answers 503 with its own page and without `X-Jenkins`, and knows no session afterwards, is from the sources of
Jenkins 2.516.2 (`HudsonIsLoading`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, Literal

from tests import jenkins_pages
from tests.jenkins_access import HTML, JSON, Answer, html

Kind = Literal[
    "latency",  # the answer takes some seconds
    "hang",  # no answer comes until the client or the server gives up
    "429",
    "500",
    "502",
    "503",
    "restart",  # the controller restarts: "please wait", and nobody is logged in any more
    "sessions-expire",  # nobody is logged in any more, and no crumb is good
    "reset-before-reading",  # the connection is reset when the headers have been read
    "reset-in-request",  # … when half of the body has been read
    "reset-before-answer",  # … when the request has taken effect
    "reset-in-answer",  # … when half of the answer's body has been sent, or of its head if it has none
    "close-after",  # the connection is closed after the answer, which does not say so
    "no-json",  # a text that says of itself that it is JSON
    "truncated-json",  # the first half of the JSON, as if it were all
    "login-page",  # a page to log in, with 200
    "login-redirect",  # a redirect to such a page
    "hostile-names",  # jobs with names that no Jenkins allows, and names that are no texts
]

HOSTILE_NAMES: tuple[object, ...] = (
    "",
    " ",
    ".",
    "..",
    "../../etc/passwd",
    "/absolute",
    "a/../../b",
    "%2e%2e%2f",
    "job?x=1#y",
    "line\nbreak",
    "\r\nSet-Cookie: a=b",
    "\x00",
    "\x1b[31mred\x1b[0m",
    "\u202egnp.exe",
    "\ud800",
    "<script>alert(1)</script>",
    "[bold]markup[/bold]",
    "{0.__class__} %s {{7*7}} ${HOME}",
    "x" * 100_000,
    None,
    7,
    True,
    ["a"],
    {"name": "a"},
)


_JOB = {"_class": "org.jenkinsci.plugins.workflow.job.WorkflowJob", "disabled": False}


@dataclass
class Fault:
    """Something that goes wrong with some requests."""

    kind: Kind
    on: int = 1
    """The number of the first request that it may hit, since the log was reset."""
    when: Callable[[str, str], bool] | None = None
    """Which requests it may hit, by method and path with query."""
    times: int | None = 1
    """How many it hits; None is all."""
    after: bool = False
    """Whether the request takes effect before a hang or an error with a number."""
    seconds: float = 0.05
    """How long a latency is."""
    retry_after: str | None = None
    """The header of an error with a number."""
    location: str = "/login?from=%2F"
    """Where a redirect leads."""
    hits: int = field(default=0, init=False)

    def meets(self, number: int, method: str, path: str) -> bool:
        """Whether it hits a request; a hit counts."""
        left = self.times is None or self.hits < self.times
        if not left or number < self.on or (self.when and not self.when(method, path)):
            return False
        self.hits += 1
        return True

    def instead(self) -> Answer | None:
        """What is answered instead of Jenkins, for which the request does not arrive."""
        if self.kind == "restart":
            return html(503, jenkins_pages.wait())
        if self.kind == "login-page":
            return html(200, jenkins_pages.login())
        if self.kind == "login-redirect":
            return Answer(302, {"Location": self.location})
        return None if self.after else self._error()

    def instead_of(self, answer: Answer) -> Answer:
        """What becomes of Jenkins' answer on its way."""
        if self.kind == "no-json":
            return Answer(200, {"Content-Type": JSON}, b"It works!")
        if self.kind == "truncated-json":
            return Answer(answer.status, answer.headers, answer.body[: len(answer.body) // 2])
        if self.kind == "hostile-names":
            return Answer(answer.status, answer.headers, _with_hostile_names(answer.body))
        return (self._error() if self.after else None) or answer

    def _error(self) -> Answer | None:
        if self.kind not in ("429", "500", "502", "503"):
            return None
        status = int(self.kind)
        answer = html(status, jenkins_pages.broken() if status == 500 else jenkins_pages.proxy(status), HTML)
        if self.retry_after is not None:
            answer.headers["Retry-After"] = self.retry_after
        return answer


def http_date(seconds_from_now: float) -> str:
    """A moment, as `Retry-After` may say it."""
    return formatdate(time.time() + seconds_from_now, usegmt=True)


def posts(method: str, path: str) -> bool:
    """Meets every POST, for `Fault.when`."""
    return method == "POST"


def _with_hostile_names(body: bytes) -> bytes:
    shown: Any = json.loads(body)
    if isinstance(shown, dict):
        jobs = shown.setdefault("jobs", [])
        like = {**_JOB, **(jobs[0] if jobs else {})}
        like.pop("jobs", None)
        jobs += [{**like, "name": name, "fullName": name, "description": name} for name in HOSTILE_NAMES]
    return json.dumps(shown).encode()
