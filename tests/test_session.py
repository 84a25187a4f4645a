"""Which way a session takes to a controller, and whom it trusts on it."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import requests

from jjbgen.session import ControllerError, Login, Session, said
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


def test_a_file_of_certificates_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "gone.pem"))
    with pytest.raises(ControllerError, match=r"gone\.pem: no such file of certificates; REQUESTS_CA_BUNDLE or"):
        Session("https://jenkins.example.org", None)


def test_who_is_told_to_stop_waits_no_longer(server: Server) -> None:
    waits: list[float] = []

    def stopped(seconds: float) -> bool:
        waits.append(seconds)
        return len(waits) == 2

    with pytest.raises(ControllerError, match="cannot be reached: interrupted"):
        Session("http://127.0.0.1:9", None, sleep=stopped).json("/api/json")
    assert waits == [0.5, 1.0]


PAGES = {
    "a script without end": ("<script " * 30_000, ""),
    "brackets": ("<" * 200_000, ""),
    "a script": ("<script>if (a < b) { alert('no') }</script><p>Only&nbsp;this</p>", "Only this"),
    "a head": ("<head><title>no</title></head><body>this <b>and</b> that", "this and that"),
    "bytes": ("\udcff\udcfe reason", "reason"),
}


@pytest.mark.parametrize("what", PAGES)
def test_the_reason_in_a_page_is_found_in_one_pass(what: str) -> None:
    page, told = PAGES[what]
    answer = requests.Response()
    answer._content = page.encode("utf-8", "surrogateescape")
    # A page that is made to keep an expression busy takes minutes where this takes none of a second.
    assert said(answer).replace("\\xa0", " ").strip().endswith(told)
