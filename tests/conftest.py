"""Guards for all tests: none may reach the network or leave something in the home folder."""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path
from typing import Any

import pytest

# Hypothesis keeps tables of its own beside its database; nothing is to be left in the checkout.
os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = tempfile.mkdtemp(prefix="hypothesis-")

from hypothesis import settings

from tests.git_repo import NO_SETTINGS, forget_git

# No deadline: the suite also runs on a busy CI machine.
settings.register_profile("jjbgen", deadline=None, database=None, derandomize=True)
settings.load_profile("jjbgen")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the one flag that refreshes the golden trees."""
    parser.addoption("--update-golden", action="store_true", help="write tests/cases/*/expected anew")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {address}")
        original(self, address)

    original = socket.socket.connect
    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(autouse=True, scope="session")
def _home_stays_clean(tmp_path_factory: pytest.TempPathFactory) -> Any:
    home = tmp_path_factory.mktemp("home")
    patch = pytest.MonkeyPatch()
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        patch.setenv(name, str(home))
    patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    yield
    patch.undo()
    left = [path.name for path in Path(home).iterdir() if path.name not in (".java", ".groovy")]
    assert not left, f"left in the home folder: {left}"


@pytest.fixture
def plain_environment() -> dict[str, str]:
    """The environment for a child process: nothing of this one but where programs are."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "XDG_CACHE_HOME") if name in os.environ}


@pytest.fixture
def plain_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Git as on a fresh agent: no settings, nobody known, nothing in the environment."""
    for name in set(os.environ) - set(forget_git(os.environ)):
        monkeypatch.delenv(name)
    for name, value in NO_SETTINGS.items():
        monkeypatch.setenv(name, value)
