"""What stages run: builds, checks, tests, deployments and the stages of the team's own."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal

from pydantic import Field, model_validator

from jjbgen.kinds import TEST_CATEGORIES
from jjbgen.model import (
    AnyText,
    Commands,
    CredentialsId,
    EmptyAsMapping,
    EnvName,
    Flag,
    Glob,
    Line,
    Minutes,
    Model,
    Name,
    OneOf,
    OneOrMany,
    RelPath,
    no_entries,
)
from jjbgen.tools import FRAMEWORKS, TOOLS

COMMAND = "command"
"""The tool of those who write commands instead of targets."""

ToolName = Annotated[str, OneOf("tool", (*TOOLS, COMMAND))]
FrameworkName = Annotated[str, OneOf("framework", tuple(FRAMEWORKS))]
Category = Annotated[str, OneOf("category", TEST_CATEGORIES)]
Environment = Annotated[dict[EnvName, AnyText], EmptyAsMapping]


class Results(Model):
    """What a stage leaves behind (Ant globs, relative to the checkout)."""

    junit: Annotated[tuple[Glob, ...], OneOrMany] = ()
    """Test reports in JUnit's format."""
    archive: Annotated[tuple[Glob, ...], OneOrMany] = ()
    """Files kept with the build."""
    may_be_empty: Flag = False
    """Whether it is fine to find none; otherwise missing results fail the build."""


class Work(Model):
    """Something that a stage runs: targets of a build tool, or commands."""

    tool: ToolName | None = None
    """The tool of `targets`; by default that of `build`."""
    targets: Annotated[tuple[Line, ...], OneOrMany] = ()
    """Targets, goals, tasks, packages, scripts or environments, whatever the tool calls them."""
    commands: Commands = ()
    """Instead of `targets`: bash commands, run in one shell that stops at the first failure."""
    directory: RelPath | None = None
    """Where to run it; by default the top of the checkout."""
    agent: Name | None = None
    """Agent purpose, where it is not the pipeline's."""
    environment: Environment = no_entries()
    timeout: Minutes | None = None
    """Minutes for this stage alone."""
    results: Results | None = None

    @model_validator(mode="after")
    def _one_of_targets_and_commands(self) -> Work:
        if bool(self.targets) == bool(self.commands):
            raise ValueError("needs either 'targets' or 'commands'")
        if self.commands and self.tool not in (None, COMMAND):
            raise ValueError("'commands' take no tool; write 'targets', or leave 'tool' out")
        return self


class Build(Model):
    """How the component is built; `tool` also holds for checks and tests."""

    tool: ToolName
    targets: Annotated[tuple[Line, ...], OneOrMany] = ()
    commands: Commands = ()
    """With the tool `command`: bash commands."""
    directory: RelPath | None = None
    environment: Environment = no_entries()
    timeout: Minutes | None = None
    results: Results | None = None

    @model_validator(mode="after")
    def _commands_belong_to_the_tool_command(self) -> Build:
        if self.tool == COMMAND and (self.targets or not self.commands):
            raise ValueError("the tool 'command' needs 'commands' and takes no 'targets'")
        if self.tool != COMMAND and self.commands:
            raise ValueError(f"the tool '{self.tool}' takes 'targets', not 'commands'")
        return self


class Test(Work):
    """A test suite."""

    category: Category | None = None
    """By default the test's name, where that is a category."""
    framework: FrameworkName | None = None
    """Where results are found by default."""


class Deployment(Model):
    """The system under test of the nightly pipelines; it is always taken down again."""

    cluster: Literal["kind", "existing"] = "existing"
    """`kind`: a Kind cluster is made for the build and deleted after it."""
    up: Commands = ()
    """Bash commands that deploy."""
    down: Commands = ()
    """Bash commands that take it down, whatever has happened since the deployment began."""
    collect: Commands = ()
    """Bash commands that collect logs before that."""
    archive: Annotated[tuple[Glob, ...], OneOrMany] = ()
    """What they collected."""
    lock: Line | None = None
    """A lockable resource of Jenkins, for a system that one build has to have for itself."""
    credentials: Annotated[dict[EnvName, CredentialsId], EmptyAsMapping] = no_entries()
    """Credentials by variable, as in `stages`; the integration, performance and soak tests have them too."""


class CustomStage(Model):
    """A stage of the team's own."""

    title: Line | None = None
    commands: Annotated[Commands, Field(min_length=1)]
    """Bash commands, run in one shell that stops at the first failure."""
    after: Name
    """The stage it comes after, built-in or own."""
    pipelines: Annotated[tuple[Name, ...], OneOrMany, Field(min_length=1)]
    """The pipelines that have it."""
    directory: RelPath | None = None
    agent: Name | None = None
    credentials: Annotated[dict[EnvName, CredentialsId], EmptyAsMapping] = no_entries()
    """Credentials ids by variable. A username-password becomes `<VARIABLE>_USR` and `<VARIABLE>_PSW`."""
    environment: Environment = no_entries()
    timeout: Minutes | None = None
    results: Results | None = None


def category(name: str, test: Test) -> str:
    """The category of a test: the one it states, or its name."""
    return test.category or name


def results(test: Test) -> Results | None:
    """A test's results: the stated ones, or where its framework leaves them."""
    if test.results is not None or test.framework is None:
        return test.results
    return _results_of(test.framework)


@cache
def _results_of(framework: str) -> Results:
    found = FRAMEWORKS[framework]
    return Results.model_construct(junit=found.junit, archive=found.archive)
