"""A Groovy script of the tests that answers questions, in a JVM that is started once and kept."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

JARS = Path("/usr/share/groovy/lib")
"""Where Debian's package `groovy` puts Groovy."""


class GroovyProcess:
    """The running script: it reads lines `<command> <base64 of UTF-8>` and answers each with a line of JSON."""

    def __init__(self, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
        self._process = process
        self._log = log

    def ask(self, command: str, text: str = "", seconds: float = 60.0) -> dict[str, Any]:
        """The answer to a question; the test fails when there is none after `seconds`, or when it tells a failure."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{command} {base64.b64encode(text.encode()).decode()}\n".encode())
        self._process.stdin.flush()
        # One line for each question: nothing of an earlier answer waits in the buffer, where select() cannot see it.
        ready, _, _ = select.select([self._process.stdout], [], [], seconds)
        line = self._process.stdout.readline() if ready else b""
        assert line, f"no answer from Groovy: {self._told()}"
        answer: dict[str, Any] = json.loads(line)
        assert "failure" not in answer, answer["failure"]
        return answer

    def _told(self) -> str:
        self._log.seek(0)
        return self._log.read().decode(errors="replace") or "it said nothing"


@contextmanager
def running(script: Path) -> Iterator[GroovyProcess]:
    """The script, as long as the block runs; classes beside it are found. Fails the test without Java or Groovy."""
    if not shutil.which("java") or not list(JARS.glob("groovy-2.4.*.jar")):
        pytest.fail(f"needs java, and Groovy 2.4 in {JARS}; `make test` installs them", pytrace=False)
    # A short life: the quick compiler only. No Grape: a test never downloads.
    options = ["-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Dfile.encoding=UTF-8", "-Dgroovy.grape.enable=false"]
    words = ["java", *options, "-cp", f"{JARS}/*:{script.parent}", "groovy.ui.GroovyMain", str(script)]
    pipe = subprocess.PIPE
    # Java takes its names of files in the encoding of the locale.
    utf8 = {**os.environ, "LC_ALL": "C.UTF-8"}
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=log, env=utf8) as process,
    ):
        try:
            yield GroovyProcess(process, log)
        finally:
            process.kill()
