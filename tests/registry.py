"""One container registry, Debian's docker-registry on loopback, running beside the tests; it asks who pushes.

A test module says `pytest_plugins = ("tests.registry",)` and takes the fixture `registry`.
"""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.certificates import certify
from tests.platform import CREDENTIALS

LOGIN = (CREDENTIALS["hub-push"]["username"], CREDENTIALS["hub-push"]["password"])
"""Who may push and pull."""

_HASHED = "$2b$04$abcdefghijklmnopqrstuupOWRSKKNe562z1DsLEArFuJDHVyRIMa"
"""The password above by bcrypt, the only kind that the registry takes."""

_DIGEST = "Docker-Content-Digest"


class Registry:
    """The running registry."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = f"127.0.0.1:{_free_port()}"
        """Host and port, as an image's name begins."""
        self.certificate = folder / "certificate.pem"
        """Whom to trust: `SSL_CERT_FILE` of an agent."""
        self.session = requests.Session()
        self._known: dict[str, dict[str, str]] = {}

    def tags(self, repository: str) -> list[str]:
        """The tags of an image, in order."""
        answer = self.ask(f"{repository}/tags/list")
        assert answer.status_code in (200, 404), answer.text
        return sorted(answer.json().get("tags") or ())

    def digests(self, repository: str) -> dict[str, str]:
        """What the tags of an image lead to."""
        return {tag: self._manifest(repository, tag).headers[_DIGEST] for tag in self.tags(repository)}

    def files(self, repository: str, tag: str) -> dict[str, str]:
        """The files of an image."""
        manifest = self._manifest(repository, tag)
        digest = manifest.headers[_DIGEST]
        if digest not in self._known:
            blobs = [self.ask(f"{repository}/blobs/{layer['digest']}").content for layer in manifest.json()["layers"]]
            self._known[digest] = {name: text for blob in blobs for name, text in _unpacked(blob)}
        return self._known[digest]

    def images(self, owner: str) -> Path:
        """What it keeps of the images whose names begin with `owner/`; the folder may be put back while it runs."""
        return self.folder / "data/docker/registry/v2/repositories" / owner

    def ask(self, path: str = "") -> requests.Response:
        """Its answer to a question of its API."""
        url = f"https://{self.address}/v2/{path}"
        accept = "application/vnd.oci.image.manifest.v1+json"
        return self.session.get(url, headers={"Accept": accept}, auth=LOGIN, verify=str(self.certificate), timeout=5)

    def _manifest(self, repository: str, tag: str) -> requests.Response:
        answer = self.ask(f"{repository}/manifests/{tag}")
        answer.raise_for_status()
        return answer


def _unpacked(layer: bytes) -> Iterator[tuple[str, str]]:
    with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
        for member in archive:
            content = archive.extractfile(member)
            if content:
                yield member.name, content.read().decode()


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """The registry, started once for all tests."""
    found = Registry(tmp_path_factory.mktemp("registry"))
    # `buildah login` insists on TLS, on loopback too.
    certify(found.folder)
    config = found.folder / "config.yml"
    config.write_text(json.dumps(_config(found)), encoding="utf-8")
    program = shutil.which("docker-registry")
    assert program, "make test installs Debian's docker-registry"
    with (found.folder / "log").open("wb") as log:
        running = subprocess.Popen([program, "serve", str(config)], stdout=log, stderr=log)
    try:
        _wait_for(found, running)
        yield found
    finally:
        found.session.close()
        running.terminate()
        running.wait()


def _free_port() -> int:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        return int(server.server_address[1])


def _config(registry: Registry) -> dict[str, Any]:
    people = registry.folder / "people"
    people.write_text(f"{LOGIN[0]}:{_HASHED}\n", encoding="utf-8")
    return {
        "version": "0.1",
        "log": {"accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": f"{registry.folder}/data"}},
        "http": {
            "addr": registry.address,
            "tls": {"certificate": str(registry.certificate), "key": f"{registry.folder}/key.pem"},
        },
        "auth": {"htpasswd": {"realm": "tests", "path": str(people)}},
    }


def _wait_for(registry: Registry, running: subprocess.Popen[bytes]) -> None:
    log = registry.folder / "log"
    for _ in range(300):
        try:
            registry.ask().raise_for_status()
        except requests.ConnectionError:
            assert running.poll() is None, log.read_text(encoding="utf-8")
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text(encoding="utf-8"))
