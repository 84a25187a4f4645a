"""One Groovy compiler, of the version that Jenkins has, running beside the tests.

A test module asks for it with `pytest_plugins = ("tests.groovy_vm",)` and takes the fixture `groovy_vm`.
"""

from __future__ import annotations

import base64
import json
import select
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

JARS = Path("/usr/share/groovy/lib")
"""Where Debian's package `groovy` puts Groovy."""

VERSION = "2.4.21"
"""Jenkins' Groovy; a newer one accepts what Jenkins refuses."""

SECONDS = 60.0
"""How long an answer may take on a busy machine."""


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

    def __init__(self, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
        self._process = process
        self._log = log

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

    def _ask(self, command: str, source: str = "") -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{command} {base64.b64encode(source.encode()).decode()}\n".encode())
        self._process.stdin.flush()
        # One line for each question: nothing of an earlier answer waits in the buffer, where select() cannot see it.
        ready, _, _ = select.select([self._process.stdout], [], [], SECONDS)
        line = self._process.stdout.readline() if ready else b""
        assert line, f"no answer from Groovy: {self._told()}"
        answer: dict[str, Any] = json.loads(line)
        assert "failure" not in answer, answer["failure"]
        return answer

    def _told(self) -> str:
        self._log.seek(0)
        return self._log.read().decode(errors="replace") or "it said nothing"


@contextmanager
def running() -> Iterator[GroovyVm]:
    """The compiler, as long as the block runs; fails the test when Java or Groovy is missing."""
    if not shutil.which("java") or not list(JARS.glob("groovy-2.4.*.jar")):
        pytest.fail(f"needs java, and Groovy 2.4 in {JARS}; `make test` installs them", pytrace=False)
    script = Path(__file__).with_suffix(".groovy")
    # A short life: the quick compiler only. No Grape: a test never downloads.
    options = ["-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Dfile.encoding=UTF-8", "-Dgroovy.grape.enable=false"]
    words = ["java", *options, "-cp", f"{JARS}/*", "groovy.ui.GroovyMain", str(script)]
    pipe = subprocess.PIPE
    with tempfile.TemporaryFile() as log, subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=log) as process:
        try:
            yield GroovyVm(process, log)
        finally:
            process.kill()


@pytest.fixture(scope="session")
def groovy_vm() -> Iterator[GroovyVm]:
    """The compiler, started once for all tests."""
    with running() as vm:
        assert vm.version() == VERSION
        yield vm
