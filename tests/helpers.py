"""What tests share: config repos written in a few lines, and the command line run in this process."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from jjbgen import cli

ROOT = Path(__file__).resolve().parent.parent
"""The repository, which is a config repo too."""

SETTINGS = """\
title: Example platform
code-hosts:
  review:
    type: gerrit
    server: review
    url: https://review.example.org
  github:
    type: github
    url: https://github.com
    organisations: [example]
agents:
  virtual: {label: ubuntu, has: [make, docker, helm, mvn, npm, tox, go, bazel, java, kind, python3]}
  large: {label: ubuntu && large, has: [make]}
registries:
  hub: {url: docker.io, credentials: hub-push}
chart-repositories:
  charts: {url: registry.example.org/charts, credentials: hub-push}
package-repositories:
  pypi: {type: pypi, url: https://pypi.example.org/legacy, credentials: hub-push}
  npm: {type: npm, url: https://npm.example.org, credentials: hub-push}
credentials:
  hub-push: {type: username-password, use: publish, description: pushes images}
  lab: {type: secret-file, use: test, description: kubeconfig of the lab}
controllers:
  main: {url: https://jenkins.example.org, owner: example}
defaults:
  agent: virtual
  pipelines:
    nightly: {schedule: {cron: H 3 * * *, timezone: America/Los_Angeles}}
"""

PLUGINS = "- {shortName: gerrit-trigger, longName: Gerrit Trigger, version: 3.1969.v65d614ec771a_}\n"

COMPONENT = """\
title: Widget server
owners: [widgets@example.org]
repository:
  host: review
  project: widgets
  branches:
    main:
build:
  tool: make
  targets: [build]
tests:
  unit: {targets: [test]}
pipelines:
  pre-merge:
  post-merge:
  publish:
"""


def write_tree(root: Path, files: Mapping[str, str]) -> Path:
    """Write `files` (text by relative path) below `root` and return it."""
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return root


def config_repo(root: Path, files: Mapping[str, str] | None = None) -> Path:
    """A config repo with the component `widget`; `files` are added or put in the place of what it has."""
    base = {"jjbgen.yaml": SETTINGS, "plugins.yaml": PLUGINS, "components/widget.yaml": COMPONENT}
    return write_tree(root, {**base, **(files or {})})


def read_tree(root: Path) -> dict[str, str]:
    """Text of every file below `root`, by relative path."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes().decode("utf-8")
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@dataclass(frozen=True)
class Outcome:
    """What a run of the command line came to."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)


def run(root: Path, *words: str) -> Outcome:
    """Run `jjbgen -C root words…` in this process, through the same door as the console script."""
    runner = CliRunner()
    with runner.isolation() as (out, err, _):
        code = cli.run(["-C", str(root), *words])
        return Outcome(int(code), out.getvalue().decode(), err.getvalue().decode())


def on_a_terminal(words: Sequence[str], **variables: str) -> tuple[bytes, bytes]:
    """What a command writes to a pipe as its output, and to a terminal as its errors."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=theirs, env={**os.environ, **variables}) as child:
        os.close(theirs)
        assert child.stdout is not None
        out = child.stdout.read()
    seen = b""
    # The end of a terminal whose other side is closed is an error.
    with contextlib.suppress(OSError):
        while part := os.read(ours, 4096):
            seen += part
    os.close(ours)
    return out, seen
