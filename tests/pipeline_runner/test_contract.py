"""The runner judges and runs pipelines as a real Jenkins did when the contract was recorded."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers import ROOT
from tests.pipeline_runner.runner import Build

if TYPE_CHECKING:
    from tests.pipeline_runner.runner import PipelineRunner

pytest_plugins = ("tests.pipeline_runner.plugin",)


def _recorded(name: str) -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in json.loads((ROOT / "tests/jenkins_contract" / name).read_text("utf-8"))}


VERDICTS = _recorded("declarative-validation.json")
RUNS = _recorded("declarative-runs.json")

STRICTER = {
    "lenient-option-missing-argument": "timeout needs time",
    "lenient-trigger-cron": "no schedule: 61 3 * * *",
    "lenient-trigger-cron-four-fields": "no schedule: H 3 * *",
    "lenient-environment-concat-method": "the sandbox does not know bar",
    "lenient-environment-number": "not a text",
    "lenient-same-name-nested": "a stage in the stage a has its name",
    "lenient-checkout-unknown-extension-symbol": "no step, symbol or function: nosuch",
    "lenient-statement-after-pipeline": "a statement behind the pipeline",
    "lenient-stage-name-variable": "the name of a stage is no literal",
    "lenient-pipeline-twice": "a second pipeline",
    "unknown-step": "no step: nosuchstep",
}
"""What the runner holds against pipelines that Jenkins accepts although they do not do what they seem to."""


def test_the_contract_is_the_whole_one() -> None:
    assert (len(VERDICTS), len(RUNS)) == (95, 25)


@pytest.mark.parametrize("name", VERDICTS)
def test_the_validator_refuses_what_jenkins_refuses_at_the_same_places(
    name: str, pipeline_runner: PipelineRunner
) -> None:
    recorded = VERDICTS[name]
    verdict = pipeline_runner.validate(recorded["pipeline"])
    told = re.findall(r"@ line (\d+), column (\d+)", "\n".join(recorded["messages"]))
    assert {(error.line, error.column) for error in verdict.errors} == {
        (int(line), int(column)) for line, column in told
    }
    assert (not verdict.errors) == recorded["valid"]


@pytest.mark.parametrize("name", VERDICTS)
def test_where_jenkins_is_lenient_the_runner_has_its_own_list(name: str, pipeline_runner: PipelineRunner) -> None:
    oversights = [found.message for found in pipeline_runner.validate(VERDICTS[name]["pipeline"]).oversights]
    assert oversights == [STRICTER[name]] if name in STRICTER else not oversights


JENKINS_SAYS = (
    "Started by",
    "\tat ",
    "[Checks API]",
    "[Pipeline] getContext",
    "Also: ",
    "Archiving",
    "Cancelling",
    "ERROR:",
    "Error when",
    "Failed in branch",
    "No test report",
    "Post stage",
    "Recording",
    "Sending",
    "Setting",
    'Stage "',
    "Timeout ",
    "WARNING:",
    "hudson.",
    "java.lang.",
    "org.jenkins",
    "script returned",
    "\u2018",
)
"""How lines begin that tell Jenkins' own view of things; the runner's own begin with `[runner]`."""

AT_ONCE = "parallel, one fails, the other finishes"
"""Two programs print at the same time here: which line comes first is chance, with Jenkins as here."""

BEFORE = {"retry succeeds on the second try": "t"}
"""What an earlier run had left in the workspace when the contract was recorded."""


@pytest.mark.parametrize("name", RUNS)
def test_a_run_has_the_recorded_result_stages_and_console(
    name: str, pipeline_runner: PipelineRunner, tmp_path: Path
) -> None:
    recorded = RUNS[name]
    build = Build(tmp_path, agent={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)})
    if name in BEFORE:
        build.workspace.mkdir(parents=True)
        (build.workspace / BEFORE[name]).touch()
    run = pipeline_runner.run(recorded["pipeline"], build)
    assert run.result == recorded["result"]
    assert [[stage.name, stage.status] for stage in run.stages] == recorded["stages"]
    theirs = [line for text in recorded["console"] if not text.startswith(JENKINS_SAYS) for line in text.split("\n")]
    ours = [line for line in run.console if not line.startswith("[runner]")]
    if name == AT_ONCE:
        assert _steps(ours) == _steps(theirs)
        assert sorted(ours) == sorted(theirs)
    else:
        assert ours == theirs


def _steps(console: list[str]) -> list[str]:
    return [line for line in console if line.startswith("[Pipeline]")]


def test_a_run_is_the_same_every_time(pipeline_runner: PipelineRunner, tmp_path: Path) -> None:
    source = RUNS["matrix cells"]["pipeline"]
    runs = [pipeline_runner.run(source, Build(tmp_path / str(number))) for number in range(10)]
    assert len({run.console for run in runs}) == 1
