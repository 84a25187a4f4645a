"""Which way a session takes to a controller, and whom it trusts on it."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from jjbgen.session import ControllerError, Login, Session
from tests.certificates import certify

TOKEN = "11" + "0f" * 16
NOWHERE = "http://jenkins.invalid"
"""A host that no name service knows: only a proxy can answer for it."""


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        body = b'{"id": "me"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Server(HTTPServer):
    """Answers everything, and notes what it was asked; as a proxy is asked, with the whole address."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.005,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def trusted(server: Server, tmp_path: Path) -> Path:
    """Makes the server speak TLS; returns its certificate."""
    certificate, key = certify(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return certificate


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


def asked(session: Session) -> object:
    try:
        return session.json("/api/json")["id"]
    finally:
        session.close()


def test_the_proxy_of_the_environment_is_taken(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://{server.address}")
    assert asked(Session(NOWHERE, None)) == "me"
    assert server.asked == [f"{NOWHERE}/api/json"]


def test_the_proxy_of_the_settings_is_stronger(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "*")
    assert asked(Session(NOWHERE, None, proxy=f"http://{server.address}")) == "me"


def test_a_host_that_needs_no_proxy_is_reached_without(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert asked(Session(f"http://{server.address}", None)) == "me"
    assert server.asked == ["/api/json"]


def test_a_certificate_of_nobody_is_not_trusted_and_not_tried_again(server: Server, trusted: Path) -> None:
    waits: list[float] = []
    url = f"https://{server.address}"
    with pytest.raises(ControllerError) as told:
        asked(Session(url, Login("me", TOKEN), sleep=waits.append))
    assert str(told.value) == (
        f"{url}: no TLS connection that can be trusted; is it https, and the ca-bundle of jjbgen.yaml right?"
    )
    assert (waits, server.asked) == ([], [])
    assert trusted.is_file()


def test_the_certificates_of_the_settings_are_trusted(server: Server, trusted: Path) -> None:
    assert asked(Session(f"https://{server.address}", None, ca_bundle=trusted)) == "me"


def test_the_certificates_of_the_environment_are_trusted(
    server: Server, trusted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted))
    assert asked(Session(f"https://{server.address}", None)) == "me"


def test_the_certificates_of_the_settings_are_stronger_than_those_of_the_environment(
    server: Server, trusted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    other, _ = certify(tmp_path / "other")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted))
    with pytest.raises(ControllerError, match="no TLS connection that can be trusted"):
        asked(Session(f"https://{server.address}", None, ca_bundle=other))


@pytest.mark.parametrize(
    ("word", "needs"), [(TOKEN, False), ("0f" * 16, False), ("a password", True), ("11" + "0F" * 16, True)]
)
def test_an_api_token_is_told_from_a_password(word: str, needs: bool) -> None:
    assert Login("me", word).needs_crumb is needs
