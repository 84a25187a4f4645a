"""GitHub's REST API on loopback, as far as a pull request is proposed to it.

A test module says `pytest_plugins = ("tests.github_api",)` and takes the fixture `github_api`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest


class Api(HTTPServer):
    """The running server: it notes what it is asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.asked: list[tuple[str, str, Any]] = []
        """Path, who asked, and what."""
        self.pulls: list[dict[str, str]] = []
        """The open pull requests."""
        self.broken = False
        """Whether it has a bad day."""

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}"

    def reset(self) -> None:
        """Forget everything."""
        self.asked.clear()
        self.pulls.clear()
        self.broken = False


class _Answer(BaseHTTPRequestHandler):
    server: Api

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, self.headers["Authorization"], body))
        self.send_response(self._propose(body))
        self.end_headers()
        self.wfile.write(b"{}")

    def _propose(self, pull: dict[str, str]) -> int:
        if self.server.broken:
            return 500
        if pull in self.server.pulls:
            return 422
        self.server.pulls.append(pull)
        return 201

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        pass


@pytest.fixture(scope="session")
def github_api() -> Iterator[Api]:
    """The server, started once for all tests."""
    with Api() as api:
        thread = threading.Thread(target=api.serve_forever)
        thread.start()
        yield api
        api.shutdown()
        thread.join()
