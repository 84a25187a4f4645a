"""Which tools build, check and test a checkout, and by which of their targets.

The tools' files are read and none of them is run. What has fixed names (Maven, Gradle, Bazel, Go) is known by its
files; make, npm and tox name their work as they like, and are asked for the usual names.
"""

from __future__ import annotations

import configparser
import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from jjbgen import makefile
from jjbgen.clone import Clone, Finding, is_own
from jjbgen.kinds import SEQUENCE
from jjbgen.makefile import Makefile
from jjbgen.naming import slug


@dataclass(frozen=True, slots=True, kw_only=True)
class Build(Finding):
    """How it is built: a tool and its targets, or commands."""

    tool: str
    targets: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Work(Finding):
    """A check or a test: targets of a tool, or commands."""

    name: str
    category: str = ""
    """Of a test; empty for a check."""
    tool: str | None = None
    targets: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    framework: str | None = None
    junit: str | None = None
    """Where its reports are (an Ant glob)."""


_WORDS = {
    "build": ("build", "all", "compile"),
    "lint": ("lint", "golint", "go-lint", "golangci-lint", "flake8", "pylint", "eslint"),
    "licence": ("check-reuse", "reuse", "licence", "license", "check-license", "license-check", "licenses"),
    "unit": ("test", "unit-test", "unit-tests", "test-unit", "unit", "tests", "py"),
    "smoke": ("smoke", "smoke-test", "smoke-tests", "sanity"),
    "integration": ("integration-test", "integration-tests", "test-integration", "integration", "itest"),
}
"""What targets, scripts and environments are called, the likeliest first."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A tool whose targets have the same names everywhere."""

    marks: tuple[str, ...]
    """Files at the top that it is known by."""
    build: tuple[str, ...]
    unit: tuple[str, ...]
    tests: str
    """An expression for the paths of its tests."""
    junit: str | None = None


FIXED = {
    "bazel": Fixed(
        marks=("MODULE.bazel", "WORKSPACE.bazel", "WORKSPACE", "BUILD.bazel", "BUILD"),
        build=("//...",),
        unit=("//...", "--test_output=errors"),
        tests=r"(?:^|/)BUILD(?:\.bazel)?$",
        junit="bazel-testlogs/**/test.xml",
    ),
    "maven": Fixed(
        marks=("pom.xml",),
        build=("clean", "package", "-DskipTests"),
        unit=("verify",),
        tests=r"(?:^|/)src/test/",
        junit="**/target/surefire-reports/*.xml",
    ),
    "gradle": Fixed(
        marks=("gradlew",),
        build=("assemble",),
        unit=("test",),
        tests=r"(?:^|/)src/test/",
        junit="**/build/test-results/**/*.xml",
    ),
    "go": Fixed(marks=("go.mod",), build=("./...",), unit=("./...",), tests=r"_test\.go$"),
}
_REUSE = ("REUSE.toml", ".reuse/dep5", "LICENSES/")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._-]{0,60}")


@dataclass(frozen=True, slots=True)
class Tools:
    """The build tools of a checkout, and the names that those without fixed ones give to their work."""

    found: Clone
    make: Makefile | None
    named: Mapping[str, Mapping[str, str]]
    """By tool: targets, scripts or environments, each with the file that has it."""

    @classmethod
    def of(cls, found: Clone) -> Tools:
        """Read the tools' files; what is wrong with them is noted."""
        try:
            make = makefile.read(found)
        except ValueError as error:
            found.note("Makefile", str(error))
            make = None
        named = {"make": make.targets if make else {}, "npm": dict(_scripts(found)), "tox": dict(_environments(found))}
        return cls(found, make, named)

    def build(self) -> Build | None:
        """The tool that builds. What has a life cycle of its own goes before make, which then only calls it."""
        top = set(self.found.files)
        fixed = {tool: next((mark for mark in each.marks if mark in top), None) for tool, each in FIXED.items()}
        for tool in ("bazel", "maven", "gradle"):
            if seen := fixed[tool]:
                return Build(seen=seen, tool=tool, targets=FIXED[tool].build)
        if gradle := next((name for name in ("build.gradle", "build.gradle.kts") if name in top), None):
            return Build(seen=gradle, tool="command", commands=("gradle assemble",), guess=True)
        for tool in ("make", "npm") if fixed["go"] else ("npm", "make"):
            if named := self._pick("build", tool):
                return Build(seen=named.seen, tool=tool, targets=named.targets)
        if self.make and self.make.targets:
            return Build(seen=self.make.path, tool="make")
        if seen := fixed["go"]:
            return Build(seen=seen, tool="go", targets=FIXED["go"].build)
        unit = self._pick("unit", "npm", "tox")
        return Build(seen=unit.seen, tool=unit.tool) if unit and unit.tool else None

    def _pick(self, name: str, *tools: str) -> Work | None:
        """The work that the first of some tools has a name for."""
        for tool in tools:
            known = self.named.get(tool, {})
            for word in _WORDS[name]:
                if word in known:
                    # VOLTHA's static code analysis stands beside lint.
                    more = ("sca",) if name == "lint" and "sca" in known else ()
                    return Work(seen=known[word], name=name, tool=tool, targets=(word, *more))
        return None

    def checks(self, build: Build | None) -> Iterator[Work]:
        tools = (build.tool if build else "", "make", "npm", "tox")
        if lint := self._pick("lint", *tools):
            yield lint
        elif build and build.tool == "go":
            yield Work(seen=build.seen, name="lint", tool="go", targets=("./...",), guess=True)
        reuse = next((mark for mark in _REUSE for path in self.found.files if path.startswith(mark)), None)
        if licence := self._pick("licence", *tools):
            yield licence
        elif reuse:
            yield Work(seen=reuse, name="licence", commands=("reuse lint",), guess=True)

    def tests(self, build: Build | None) -> Iterator[Work]:
        tools = (build.tool if build else "", "make", "npm", "tox")
        fixed = FIXED.get(build.tool) if build else None
        if build and fixed:
            if any(re.search(fixed.tests, path) and is_own(path) for path in self.found.files):
                yield Work(
                    seen=build.seen,
                    name="unit",
                    category="unit",
                    tool=build.tool,
                    targets=fixed.unit,
                    junit=fixed.junit,
                )
        elif unit := self._pick("unit", *tools):
            yield replace(unit, category="unit")
        elif python := next((path for path in self.found.files if _is_pytest(path)), None):
            yield Work(seen=python, name="unit", category="unit", commands=("python3 -m pytest",), guess=True)
        for name in ("smoke", "integration"):
            if work := self._pick(name, *tools):
                yield replace(work, category=name)


def _is_pytest(path: str) -> bool:
    return re.search(r"(?:^|/)test_\w+\.py$", path) is not None and is_own(path)


def _scripts(found: Clone) -> Iterator[tuple[str, str]]:
    """The scripts of package.json; npm puts one for tests there that only says that there are none."""
    package = package_json(found)
    scripts = package.get("scripts")
    for name, command in scripts.items() if isinstance(scripts, dict) else ():
        if _NAME.fullmatch(name) and isinstance(command, str) and "no test specified" not in command:
            yield name, "package.json"


def package_json(found: Clone) -> dict[str, object]:
    """What package.json holds; nothing when it is missing or wrong."""
    text = found.text("package.json")
    try:
        value = json.loads(text) if text else {}
    except (ValueError, RecursionError) as error:
        found.note("package.json", f"is not JSON: {error}")
        return {}
    return value if isinstance(value, dict) else {}


def _environments(found: Clone) -> Iterator[tuple[str, str]]:
    """The environments of tox.ini; `py`, that of the Python at hand, is there wherever one for some Python is."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(found.text("tox.ini"))
    except configparser.Error as error:
        found.note("tox.ini", f"is not an INI file: {str(error).splitlines()[0]}")
        return
    sections = [section.partition(":")[2] for section in parser.sections() if section.startswith("testenv:")]
    listed = re.split(r"[,\s]+", parser.get("tox", "envlist", fallback=parser.get("tox", "env_list", fallback="")))
    for name in (*sections, *listed):
        if _NAME.fullmatch(name):
            yield name, "tox.ini"
            if re.match(r"py[0-9]*(?:$|-)", name):
                yield "py", "tox.ini"


def suites(found: Clone) -> Iterator[Work]:
    """Robot Framework's suites: files with test cases, and not those with keywords only."""
    names = set(SEQUENCE)
    robots = [path for path in found.files if path.endswith(".robot") and is_own(path)]
    for path in found.few(robots, "files of Robot Framework"):
        if not re.search(r"^\*+ ?(?:Test Cases?|Tasks?)\b", found.text(path), re.IGNORECASE | re.MULTILINE):
            continue
        name = slug(PurePosixPath(path).stem).lower().replace("_", "-").strip(".-")
        while name in names:
            name = f"robot-{name}"
        names.add(name)
        command = shlex.join(("robot", "--outputdir", f"results/{name}", path))
        yield Work(seen=path, name=name, category="integration", framework="robot", commands=(command,), guess=True)
