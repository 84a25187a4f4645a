"""One Groovy compiler, of the version that Jenkins has, running beside the tests.

A test module asks for it with `pytest_plugins = ("tests.groovy_vm",)` and takes the fixture `groovy_vm`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.groovy_process import GroovyProcess, running

VERSION = "2.4.21"
"""Jenkins' Groovy; a newer one accepts what Jenkins refuses."""


@dataclass(frozen=True)
class Literals:
    """What a Groovy file holds, in the order of the source."""

    strings: tuple[str, ...]
    """The values of its string literals, and the keys of its maps."""
    gstrings: tuple[str, ...]
    """Its interpolated strings."""
    scripts: tuple[str | None, ...]
    """What its `sh` steps run; None for one that is not a literal."""


class GroovyVm:
    """The running compiler."""

    def __init__(self, process: GroovyProcess) -> None:
        self._ask = process.ask

    def version(self) -> str:
        """The version of Groovy."""
        return str(self._ask("version")["version"])

    def errors(self, source: str) -> tuple[str, ...]:
        """Compile `source` as a script; the compiler's messages as `line: message`, none for a good one."""
        return tuple(self._ask("compile", source)["errors"])

    def literals(self, source: str) -> Literals:
        """The literals of `source`, read from its syntax tree."""
        answer = self._ask("literals", source)
        return Literals(tuple(answer["strings"]), tuple(answer["gstrings"]), tuple(answer["scripts"]))

    def tokens(self, source: str) -> tuple[str, ...]:
        """The tokens of `source` without comments and blanks; each string literal is `'…'`."""
        return tuple(self._ask("tokens", source)["tokens"])


@pytest.fixture(scope="session")
def groovy_vm() -> Iterator[GroovyVm]:
    """The compiler, started once for all tests."""
    with running(Path(__file__).with_suffix(".groovy")) as process:
        vm = GroovyVm(process)
        assert vm.version() == VERSION
        yield vm
