"""A small component for each build tool: its repository, its descriptor, and what its agent needs.

Make and tox are the real programs, and Gradle is a script of the repository anyhow. Maven, npm, Go and Bazel are played
by a script that knows their command lines: it runs a file of the repository for each target, and refuses all others.
What is wrong with a component stands in its `flaws.txt`; whatever tool runs a target, the target fails by that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.git_repo import Files

if TYPE_CHECKING:
    from tests.platform import Platform, Repository

WORK = """\
set -eu
has() { grep -qx "$1" flaws.txt; }
mkdir -p results
echo "$1 of $(git rev-parse HEAD)" > "results/$1.log"
if has "$1 crashes"; then exit 3; fi
failure=
if has "$1 fails" || has "a case of $1 fails"; then failure='<failure message="wrong"/>'; fi
echo "<testsuite><testcase name='good'/><testcase name='other'>$failure</testcase></testsuite>" > "results/$1.xml"
if has "$1 writes no log"; then rm "results/$1.log"; fi
if has "$1 fails"; then exit 1; fi
"""
"""What a target comes to: a log, results of two test cases, and what flaws.txt says of both."""

STAND_IN = """\
set -eu
program=${0##*/}
refuse() { echo "$program: $1" >&2; exit 64; }
given=
while [ "${1#-}" != "${1-}" ]; do given="$given $1"; shift; done
options= verbs=
case $program in
  bazel) verbs='build test' ;;
  go) verbs='build test vet' ;;
  gradlew) options=' --no-daemon --console=plain' ;;
  mvn) options=' --batch-mode --no-transfer-progress' ;;
  npm) verbs=run ;;
  *) refuse 'who am I?' ;;
esac
[ "$given" = "$options" ] || refuse "unknown options:$given"
verb=
case " $verbs " in *" ${1-} "*) verb=$1-; shift ;; esac
[ $# -gt 0 ] || refuse 'nothing to do'
for target; do
  task=tasks/$verb${target##*[/:]}
  [ -f "$task" ] || refuse "unknown target: $target"
  sh -e "$task"
done
"""

STAGES = ("Checkout", "Version check", "Lint", "Build", "Unit tests", "Smoke tests")
"""What pre-merge runs for each of these components."""

WORK_FILES: Files = {"VERSION": "1.2.3-dev\n", "flaws.txt": "none\n", "work.sh": WORK}
"""What every repository has."""


@dataclass(frozen=True)
class Example:
    """A component that one tool builds; its targets are those for lint, build, unit and smoke."""

    tool: str
    targets: Sequence[str]
    files: Files
    program: str | None = None
    """What the agent needs a stand-in of."""
    executables: Sequence[str] = ()

    def descriptor(self, host: str) -> str:
        """The component's descriptor."""
        lint, build, unit, smoke = (self._work(target) for target in self.targets)
        return f"""\
title: Built by {self.tool}
owners: [{self.tool}]
repository: {{host: {host}, project: example/{self.tool}, branches: {{main: }}}}
build: {{tool: {self.tool}, {build}}}
checks:
  lint: {{{lint}, results: {{archive: results/lint.log}}}}
tests:
  unit: {{{unit}, results: {{junit: results/unit.xml, archive: results/unit.*}}}}
  smoke: {{{smoke}, results: {{junit: results/smoke.xml, archive: results/smoke.log}}}}
pipelines: {{pre-merge: , post-merge: , publish: }}
"""

    def _work(self, target: str) -> str:
        return f"commands: [{target}]" if self.tool == "command" else f"targets: [{target!r}]"

    def repository(self, platform: Platform, host: str) -> Repository:
        """The component's repository, and on the agent what builds it."""
        if self.program:
            platform.program(self.program, STAND_IN)
        repository = platform.repository(f"example/{self.tool}", {**WORK_FILES, **self.files}, host=host)
        for name in self.executables:
            (repository.clone.path / name).chmod(0o755)
        if self.executables:
            repository.merge(message="Make them executable")
        return repository


def _tasks(names: Mapping[str, str]) -> dict[str, str]:
    """Files that the stand-in finds, by what each is for."""
    return {f"tasks/{name}": f"sh work.sh {purpose}\n" for name, purpose in names.items()}


PURPOSES = ("lint", "build", "unit", "smoke")

_TOX = """\
[tox]
env_list = lint, build, unit, smoke
[testenv]
package = skip
allowlist_externals = sh
commands = sh work.sh {envname}
set_env = VIRTUALENV_NO_SEED = 1
list_dependencies_command = python --version
"""
"""Nothing is installed, so pip, which takes most of the time, is not needed either."""
_GRADLE_TASKS = dict(zip(("check", "assemble", "test", "smokeTest"), PURPOSES, strict=True))
_NPM = {f"tasks/run-{name}": f"test -d node_modules\nsh work.sh {name}\n" for name in PURPOSES}

EXAMPLES = {
    example.tool: example
    for example in (
        Example(
            "bazel",
            ("//:style", "//:server", "//:server_test", "//smoke:all"),
            _tasks({"build-style": "lint", "build-server": "build", "test-server_test": "unit", "test-all": "smoke"}),
            program="bazel",
        ),
        Example("command", tuple(f"sh work.sh {name}" for name in PURPOSES), {}),
        Example(
            "go",
            ("./server", "./server", "./server", "./smoke"),
            _tasks({"vet-server": "lint", "build-server": "build", "test-server": "unit", "test-smoke": "smoke"}),
            program="go",
        ),
        Example(
            "gradle",
            tuple(_GRADLE_TASKS),
            {"gradlew": f"#!/bin/sh\n{STAND_IN}", **_tasks(_GRADLE_TASKS)},
            executables=("gradlew",),
        ),
        Example("make", PURPOSES, {"Makefile": "".join(f"{name}:\n\tsh work.sh {name}\n" for name in PURPOSES)}),
        Example(
            "maven",
            ("checkstyle:check", "package", "surefire:test", "failsafe:verify"),
            _tasks({"check": "lint", "package": "build", "test": "unit", "verify": "smoke"}),
            program="mvn",
        ),
        Example("npm", PURPOSES, {"tasks/ci": "mkdir -p node_modules\n", **_NPM}, program="npm"),
        Example("tox", PURPOSES, {"tox.ini": _TOX}),
    )
}
"""By tool."""
