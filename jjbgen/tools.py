"""Build tools and test frameworks, as data: what a target becomes on the command line.

The first-level tool belongs to the team; nothing here prefers one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

Words = tuple[str, ...]


def _together(*words: str) -> Callable[[Words], tuple[Words, ...]]:
    return lambda targets: ((*words, *targets),)


def _each(*words: str) -> Callable[[Words], tuple[Words, ...]]:
    return lambda targets: tuple((*words, target) for target in targets)


def _joined(*words: str) -> Callable[[Words], tuple[Words, ...]]:
    return lambda targets: ((*words, ",".join(targets)),)


@dataclass(frozen=True, slots=True)
class Tool:
    """A build tool: from targets to command lines (tuples of words), by what they are run for."""

    needs: str
    """The program an agent has to have."""
    build: Callable[[Words], tuple[Words, ...]]
    test: Callable[[Words], tuple[Words, ...]]
    lint: Callable[[Words], tuple[Words, ...]]
    prepare: tuple[Words, ...] = field(default=())
    """Commands that have to run once before the first target."""


TOOLS: dict[str, Tool] = {
    "make": Tool("make", _together("make"), _together("make"), _together("make")),
    "bazel": Tool("bazel", _together("bazel", "build"), _together("bazel", "test"), _together("bazel", "build")),
    "maven": Tool("mvn", *(_together("mvn", "--batch-mode", "--no-transfer-progress"),) * 3),
    "gradle": Tool("java", *(_together("./gradlew", "--no-daemon", "--console=plain"),) * 3),
    "go": Tool("go", _together("go", "build"), _together("go", "test"), _together("go", "vet")),
    "npm": Tool("npm", *(_each("npm", "run"),) * 3, prepare=(("npm", "ci"),)),
    "tox": Tool("tox", *(_joined("tox", "run", "-e"),) * 3),
}
"""Beside these there is `command`: no targets, the team writes its commands."""


@dataclass(frozen=True, slots=True)
class Framework:
    """Where a test framework leaves its results, unless a descriptor says otherwise (Ant globs)."""

    junit: tuple[str, ...] = ()
    archive: tuple[str, ...] = ()


FRAMEWORKS: dict[str, Framework] = {
    "robot": Framework(archive=("**/output.xml", "**/log.html", "**/report.html")),
    "selenium": Framework(archive=("**/screenshots/**",)),
    "testvectors": Framework(archive=("**/tv-runner/**/*.log",)),
    "teston": Framework(archive=("**/TestON/logs/**",)),
    "ng40": Framework(archive=("**/ng40/**/*.log",)),
}
"""The frameworks of the field (see domain.md); any other one is a plain command with results of its own."""
