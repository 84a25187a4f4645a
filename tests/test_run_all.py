"""Every job of this repository's jobs-output/ is run dry: its steps are recorded, and none of them touches anything."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jjbgen import generate, jjb
from jjbgen.errors import ExitCode
from jjbgen.places import OUTPUT
from tests.helpers import ROOT
from tests.pipeline_runner.job import Job, read_tree
from tests.pipeline_runner.runner import Build, Dry, Run

if TYPE_CHECKING:
    from tests.pipeline_runner.runner import PipelineRunner

pytest_plugins = ("tests.pipeline_runner.plugin",)

GATE = "jjbgen version gate"
EVERY_KIND = {"username": "somebody", "password": "p", "secret": "s", "content": "c"}


@pytest.fixture(scope="module")
def repo() -> generate.Checked:
    return generate.checked(ROOT)


@pytest.fixture(scope="module")
def jobs(repo: generate.Checked) -> dict[str, Job]:
    """The pipeline jobs of jobs-output/, as JJB makes them."""
    found = read_tree(ROOT, repo.inputs.plugins, jjb.tree(ROOT / OUTPUT))
    assert set(found) == {job.name for component in repo.plan.components for job in component.jobs}
    return found


def dry_run(runner: PipelineRunner, repo: generate.Checked, job: Job, gate: int, folder: Path) -> Run:
    """A run in which the gate ends with `gate` and everything else well."""
    project = repo.inputs.settings.project
    decision = "finalized-new" if gate else "unchanged"
    build = Build(
        folder,
        name=job.name,
        parameters=job.parameters,
        labels=tuple(agent.label for agent in project.agents.values()),
        credentials=dict.fromkeys(project.credentials, EVERY_KIND),
        dry=Dry({GATE: gate}, {"gate.env": f"JJBGEN_DECISION={decision}\n"}),
    )
    return runner.run(job.script, build)


def test_jenkins_takes_every_pipeline_and_overlooks_nothing(
    jobs: dict[str, Job], pipeline_runner: PipelineRunner
) -> None:
    verdicts = {name: pipeline_runner.validate(job.script) for name, job in jobs.items()}
    assert {name: verdict for name, verdict in verdicts.items() if verdict.errors or verdict.oversights} == {}


def test_every_job_runs_every_stage_in_its_order(
    repo: generate.Checked, jobs: dict[str, Job], pipeline_runner: PipelineRunner, tmp_path: Path
) -> None:
    for name, job in jobs.items():
        run = dry_run(pipeline_runner, repo, job, ExitCode.PUBLISH, tmp_path / name)
        assert run.result == "SUCCESS", "\n".join(run.console)
        written = re.findall(r"^ +stage\('(.*)'\) \{$", job.script, re.MULTILINE)
        assert [stage.name for stage in run.stages[:-1]] == written
        assert not [stage for stage in run.stages if stage.skipped]
        assert run.calls("cleanWs")
        assert not list(tmp_path.iterdir())


def test_behind_the_gate_nothing_runs_when_there_is_nothing_to_publish(
    repo: generate.Checked, jobs: dict[str, Job], pipeline_runner: PipelineRunner, tmp_path: Path
) -> None:
    gated = [job for job in jobs.values() if GATE in job.script]
    assert len(gated) > 10
    for job in gated:
        run = dry_run(pipeline_runner, repo, job, ExitCode.OK, tmp_path / job.name)
        assert run.result == "SUCCESS", "\n".join(run.console)
        assert run.ran() == ["Checkout", "Version gate"]
        assert run.statuses()["Publish"] == "NOT_EXECUTED"
        assert not run.calls("withCredentials")


def test_a_gate_that_refuses_fails_the_build_and_binds_nothing(
    repo: generate.Checked, jobs: dict[str, Job], pipeline_runner: PipelineRunner, tmp_path: Path
) -> None:
    for job in (job for job in jobs.values() if GATE in job.script):
        run = dry_run(pipeline_runner, repo, job, ExitCode.FAILED, tmp_path / job.name)
        assert (run.result, run.ran()) == ("FAILURE", ["Checkout", "Version gate"])
        assert not run.calls("withCredentials")
