"""The pipeline runner as the tests see it; its fixture is in `plugin.py`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from tests.groovy_process import GroovyProcess, running

Credential = Mapping[str, str]
"""`username` and `password`, `secret`, `content` of a file, or `key`, which may have `username` and `passphrase`."""


@dataclass(frozen=True)
class Finding:
    """What the validator has to say about a place of the source."""

    line: int
    column: int
    message: str


@dataclass(frozen=True)
class Verdict:
    """What Jenkins refuses, and what it accepts although the pipeline would not do what it says."""

    errors: tuple[Finding, ...]
    oversights: tuple[Finding, ...]


class RefusedError(Exception):
    """Jenkins would not start this pipeline."""

    def __init__(self, errors: tuple[Finding, ...]) -> None:
        super().__init__("; ".join(f"{error.line}:{error.column}: {error.message}" for error in errors))
        self.errors = errors


@dataclass(frozen=True)
class Stop:
    """When a build is stopped: before a step, or when a line of the console matches."""

    step: int | None = None
    """The number of a step, as the trace of an undisturbed run has it."""
    line: str | None = None
    """A regular expression."""
    by: Literal["kill", "person", "limit", "inner limit"] = "kill"
    """The agent is gone, and nothing runs any more; or a person has stopped the build, or the outermost or innermost
    time limit has passed: then `post` still runs."""


@dataclass(frozen=True)
class Dry:
    """A run that records its steps and touches nothing."""

    statuses: Mapping[str, int] = field(default_factory=dict)
    """How scripts end, by label; all others end well."""
    files: Mapping[str, str] = field(default_factory=dict)
    """What readFile reads, by the end of the path."""


@dataclass(frozen=True)
class Build:
    """A build of a job, and the agent that it runs on."""

    folder: Path
    """Holds `workspace/NAME` and `builds/NUMBER`, where archived files go to `archive/`."""
    name: str = "job"
    number: int = 1
    parameters: Mapping[str, str | bool] = field(default_factory=dict)
    """Those that the job declares; steps see them as variables, too."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What the trigger adds."""
    agent: Mapping[str, str] = field(default_factory=lambda: {"PATH": "/usr/bin:/bin"})
    """The environment of the agent itself; a step gets nothing else of this machine's."""
    labels: tuple[str, ...] = ()
    credentials: Mapping[str, Credential] = field(default_factory=dict)
    previous: str | None = None
    """The result of the build before; None for the first one."""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """What people answer, by the message of `input`."""
    stop: Stop | None = None
    dry: Dry | None = None
    pace: float = 1.0
    """What time limits are multiplied with."""

    @property
    def workspace(self) -> Path:
        """Where the build's first agent works."""
        return self.folder / "workspace" / self.name

    @property
    def archive(self) -> Path:
        """Where archived files are kept."""
        return self.folder / "builds" / str(self.number) / "archive"

    def request(self) -> dict[str, Any]:
        """What the server wants to know."""
        values = asdict(self)
        for name in ("folder", "environment"):
            del values[name]
        return {
            **values,
            "workspace": str(self.workspace),
            "record": str(self.archive.parent),
            "variables": self._variables(),
        }

    def _variables(self) -> dict[str, str]:
        """What Jenkins tells every build (its list of environment variables)."""
        job = f"https://jenkins.example.org/job/{self.name.replace('/', '/job/')}/"
        parameters = {name: _text(value) for name, value in self.parameters.items()}
        return {
            **parameters,
            **self.environment,
            "BUILD_DISPLAY_NAME": f"#{self.number}",
            "BUILD_ID": str(self.number),
            "BUILD_NUMBER": str(self.number),
            "BUILD_TAG": f"jenkins-{self.name.replace('/', '-')}-{self.number}",
            "BUILD_URL": f"{job}{self.number}/",
            "CI": "true",
            "JENKINS_URL": "https://jenkins.example.org/",
            "HUDSON_URL": "https://jenkins.example.org/",
            "JOB_BASE_NAME": self.name.rpartition("/")[2],
            "JOB_NAME": self.name,
            "JOB_URL": job,
        }


def _text(value: str | bool) -> str:
    return value if isinstance(value, str) else str(value).lower()


@dataclass(frozen=True)
class StageRun:
    """A stage that was entered, in the order in which they were."""

    path: tuple[str, ...]
    """The names of the stages around it, and its own."""
    status: str
    """As Jenkins' stage view tells it."""
    skipped: str | None
    """`failure`, `unstable` or `when`; None for a stage that ran."""

    @property
    def name(self) -> str:
        """Its own name."""
        return self.path[-1]


@dataclass(frozen=True)
class StepRun:
    """A step that was called."""

    number: int
    stage: tuple[str, ...]
    step: str
    arguments: Mapping[str, Any]
    failure: str | None = None
    status: int | None = None
    """How the script of `sh` ended."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """All that the script of `sh` saw; secrets are masked."""
    total: int | None = None
    failed: int | None = None
    """The tests that `junit` counted."""


@dataclass(frozen=True)
class Run:
    """What became of a build."""

    result: str | None
    """None when the agent was killed."""
    stopped: bool
    stages: tuple[StageRun, ...]
    steps: tuple[StepRun, ...]
    console: tuple[str, ...]
    archived: tuple[Mapping[str, Any], ...]
    """`path` and `stage` of every archived file."""
    notified: tuple[Mapping[str, Any], ...]
    """`by` and `arguments` of every message to people."""
    trace: str
    """All of it, as the server told it."""

    def statuses(self) -> dict[str, str]:
        """The status of each stage by name."""
        return {stage.name: stage.status for stage in self.stages}

    def ran(self) -> list[str]:
        """The stages that were not passed over; not those that only hold others, nor the build's `post`."""
        holders = {stage.path[:-1] for stage in self.stages}
        ran = [stage for stage in self.stages if not stage.skipped and stage.path not in holders]
        return [stage.name for stage in ran if stage.name != POST]

    def shells(self, stage: str | None = None) -> list[StepRun]:
        """The scripts that were run, in a stage or in all."""
        return [step for step in self.steps if step.step == "sh" and (stage is None or stage in step.stage)]

    def calls(self, name: str) -> list[StepRun]:
        """The calls of a step."""
        return [step for step in self.steps if step.step == name]


POST = "Declarative: Post Actions"
"""The stage in which Jenkins runs the build's `post`."""


class PipelineRunner:
    """The running server."""

    def __init__(self, process: GroovyProcess) -> None:
        self._process = process

    def validate(self, source: str) -> Verdict:
        """Judge a pipeline without running it."""
        answer = self._process.ask("validate", json.dumps({"source": source}))
        return Verdict(_findings(answer["errors"]), _findings(answer["oversights"]))

    def run(self, source: str, build: Build, seconds: float = 120.0) -> Run:
        """Run a pipeline; raises RefusedError for one that Jenkins does not start."""
        request = json.dumps({"source": source, **build.request()})
        answer = self._process.ask("run", request, seconds)
        if "refused" in answer:
            raise RefusedError(_findings(answer["refused"]))
        return Run(
            answer["result"],
            answer["stopped"],
            tuple(StageRun(tuple(s["path"]), s["status"], s["skipped"]) for s in answer["stages"]),
            tuple(StepRun(**{**step, "stage": tuple(step["stage"])}) for step in answer["steps"]),
            tuple(answer["console"]),
            tuple(answer["archived"]),
            tuple(answer["notified"]),
            json.dumps(answer, ensure_ascii=False),
        )


def _findings(found: list[dict[str, Any]]) -> tuple[Finding, ...]:
    return tuple(Finding(each["line"], each["column"], each["message"]) for each in found)


@contextmanager
def started() -> Iterator[PipelineRunner]:
    """The server, as long as the block runs."""
    with running(Path(__file__).with_name("server.groovy")) as process:
        yield PipelineRunner(process)
