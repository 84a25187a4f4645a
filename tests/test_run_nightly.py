"""Nightly pipelines as they run: the environment comes up, suites run, results are kept, and it always goes down."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jjbgen.errors import ExitCode
from tests.helpers import config_repo, run
from tests.pipeline_runner.runner import POST, Stop
from tests.platform import PASSWORD, Platform

if TYPE_CHECKING:
    from tests.pipeline_runner.runner import PipelineRunner, Run

pytest_plugins = ("tests.pipeline_runner.plugin",)

ON_KIND = """\
title: System tests
owners: [qa]
repository: {host: review, project: system, branches: {main: }}
build: {tool: make, targets: [all]}
tests:
  login: {category: integration, commands: [./suite login], results: {junit: results/login.xml, archive: logs/login/**}}
  calls: {category: integration, commands: [./suite calls], results: {junit: results/calls.xml}, timeout: 10}
  load: {category: performance, commands: [./suite load], results: {archive: logs/load/**}}
deployment:
  cluster: kind
  up: [kubectl apply --filename system.yaml]
  collect: [mkdir -p collected, kubectl logs system > collected/system.log]
  archive: collected/**
  down: [kubectl delete --filename system.yaml]
pipelines:
  nightly: {timeout: 60}
notifications: {slack: "#qa", when: [unsuccessful]}
"""
IN_THE_LAB = """\
title: Lab tests
owners: [qa]
repository: {host: review, project: lab, branches: {main: }}
build: {tool: make, targets: [all]}
tests:
  login: {category: integration, commands: [./suite login]}
deployment:
  up: [./deploy "$LAB"]
  collect: [./collect "$LAB"]
  down: [./undeploy "$LAB"]
  lock: lab
  credentials: {LAB: lab}
pipelines:
  nightly:
"""

SUITE = """\
#!/bin/sh
mkdir -p results "logs/$1"
echo "ran $1" > "logs/$1/log"
cp "reports/$1.xml" results/
. "./behaviour/$1"
"""
PASSED = '<testsuite><testcase name="one"/><testcase name="two"/></testsuite>\n'
ONE_FAILED = '<testsuite><testcase name="one"/><testcase name="two"><failure/></testcase></testsuite>\n'
SYSTEM = {
    "Makefile": "all:\n\t./behaviour/build\n",
    "suite": SUITE,
    "system.yaml": "kind: Namespace\n",
    "behaviour/build": "#!/bin/sh\n",
    **{f"behaviour/{name}": "true\n" for name in ("login", "calls", "load")},
    **{f"reports/{name}.xml": PASSED for name in ("login", "calls", "load")},
}
LOGS = """\
echo "$(basename "$0") $*" >> "$HOME/calls"
. "$HOME/behaviour"
"""
"""A program that notes how it was called, and does what the test says."""

ALL = ["Checkout", "Build", "Deploy", "Integration tests: login", "Integration tests: calls", "Performance tests: load"]
UP = ["kind create", "kubectl apply"]
DOWN = ["kubectl logs", "kubectl delete", "kind delete"]


class Nightly:
    """The component on Kind, and what was done to the cluster."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        for name in ("kind", "kubectl"):
            platform.program(name, LOGS)
        (platform.home / "behaviour").write_text("")
        self.repository = platform.repository("system", SYSTEM)
        for path in ("suite", "behaviour/build"):
            self.repository.clone.git("update-index", "--chmod=+x", path)
            (self.repository.clone.path / path).chmod(0o755)
        self.repository.merge()

    def run(self, **values: Any) -> Run:
        """Build it."""
        self.build = self.platform.build("system-nightly-main", **values)
        return self.platform.run(self.build)

    def calls(self) -> list[str]:
        """What was done to the cluster: program and verb."""
        path = self.platform.home / "calls"
        return [" ".join(line.split()[:2]) for line in path.read_text().splitlines()] if path.exists() else []

    def cluster_programs(self, behaviour: str) -> None:
        """What kind and kubectl do beside noting their calls."""
        (self.platform.home / "behaviour").write_text(behaviour)


@pytest.fixture
def nightly(tmp_path: Path, pipeline_runner: PipelineRunner) -> Nightly:
    return Nightly(Platform(tmp_path, pipeline_runner, {"system": ON_KIND}))


def archived(run: Run) -> list[str]:
    return sorted(each["path"] for each in run.archived)


def test_a_good_night_deploys_tests_collects_and_takes_down(nightly: Nightly) -> None:
    run = nightly.run()
    assert (run.result, run.ran()) == ("SUCCESS", ALL)
    assert nightly.calls() == [*UP, *DOWN]
    assert archived(run) == ["collected/system.log", "logs/load/log", "logs/login/log"]
    assert [(step.total, step.failed) for step in run.calls("junit")] == [(2, 0), (2, 0)]
    assert not nightly.build.workspace.exists()
    assert not run.notified


def test_a_failing_suite_fails_the_night_and_the_others_still_run(nightly: Nightly) -> None:
    nightly.repository.merge({"behaviour/login": "exit 3\n", "reports/login.xml": ONE_FAILED})
    run = nightly.run()
    assert (run.result, run.ran()) == ("FAILURE", ALL)
    assert run.statuses()["Integration tests: login"] == "FAILED"
    assert run.statuses()["Integration tests: calls"] == "SUCCESS"
    assert "logs/login/log" in archived(run)
    assert [(step.total, step.failed) for step in run.calls("junit")] == [(2, 1), (2, 0)]
    assert nightly.calls() == [*UP, *DOWN]
    assert [note["arguments"]["channel"] for note in run.notified] == ["#qa"]


def test_a_failing_test_case_leaves_the_night_unstable_and_the_others_still_run(nightly: Nightly) -> None:
    nightly.repository.merge({"reports/login.xml": ONE_FAILED})
    run = nightly.run()
    assert (run.result, run.ran()) == ("UNSTABLE", ALL)
    assert nightly.calls() == [*UP, *DOWN]


def test_missing_results_fail_the_night_and_the_others_still_run(nightly: Nightly) -> None:
    nightly.repository.merge({"behaviour/login": "rm -r results\n"})
    run = nightly.run()
    assert (run.result, run.ran()) == ("FAILURE", ALL)
    assert "logs/login/log" in archived(run)
    assert nightly.calls() == [*UP, *DOWN]


def test_a_suite_that_hangs_is_ended_by_its_limit_and_the_others_still_run(nightly: Nightly) -> None:
    nightly.repository.merge({"behaviour/calls": "echo begun; sleep 60\n"})
    run = nightly.run(stop=Stop(line="^begun", by="inner limit"))
    assert (run.result, run.ran()) == ("ABORTED", ALL)
    assert run.statuses()["Integration tests: calls"] == "ABORTED"
    assert run.statuses()["Performance tests: load"] == "SUCCESS"
    assert nightly.calls() == [*UP, *DOWN]


@pytest.mark.parametrize("hanging", ["behaviour/login", "behaviour/build"])
def test_the_limit_of_the_night_ends_the_suites(nightly: Nightly, hanging: str) -> None:
    nightly.repository.merge({hanging: "#!/bin/sh\necho begun; sleep 60\n"})
    run = nightly.run(stop=Stop(line="^begun", by="limit"))
    assert run.result == "ABORTED"
    last = {"behaviour/login": "Integration tests: login", "behaviour/build": "Build"}[hanging]
    assert run.ran() == ALL[: ALL.index(last) + 1]
    assert nightly.calls() == ([*UP, *DOWN] if last != "Build" else [])


@pytest.mark.parametrize("hanging", ["create", "apply"])
def test_what_hangs_while_it_comes_up_is_taken_down(nightly: Nightly, hanging: str) -> None:
    nightly.cluster_programs(f'case "$1" in {hanging}) echo begun >&2; sleep 60 ;; esac')
    run = nightly.run(stop=Stop(line="^begun", by="limit"))
    assert (run.result, run.ran()) == ("ABORTED", ALL[:3])
    assert nightly.calls() == [*(UP if hanging == "apply" else UP[:1]), *DOWN]


def test_a_person_who_stops_the_night_while_results_are_collected_stops_the_suites(nightly: Nightly) -> None:
    collected = next(step for step in nightly.run().steps if step.step == "archiveArtifacts")
    (nightly.platform.home / "calls").unlink()
    run = nightly.run(stop=Stop(step=collected.number, by="person"))
    assert (run.result, run.ran()) == ("ABORTED", ALL[:4])
    assert nightly.calls() == [*UP, *DOWN]


def test_a_deploy_stage_of_ones_own_that_would_never_be_taken_down_is_refused(tmp_path: Path) -> None:
    stage = "stage({{ stage.title|groovy }}) {\n  steps {\n{{ stage.steps|sh|at(4) }}\n  }\n}\n"
    root = config_repo(tmp_path, {"components/system.yaml": ON_KIND, "templates/stages/deploy.groovy.j2": stage})
    outcome = run(root, "check")
    assert outcome.code == ExitCode.USAGE
    assert outcome.err.startswith("templates/stages/deploy.groovy.j2: the stage does not begin with script ")


def test_taking_down_has_its_own_time_after_the_limit_of_the_night(nightly: Nightly) -> None:
    # Behind the limit of a whole pipeline, Jenkins leaves a minute for `post`; here that is half a second.
    nightly.repository.merge({"behaviour/login": "echo begun; sleep 60\n"})
    nightly.cluster_programs('case "$1" in delete) sleep 0.8; echo "$(basename "$0") is done" >> "$HOME/calls" ;; esac')
    run = nightly.run(stop=Stop(line="^begun", by="limit"), pace=0.5 / 60)
    assert run.result == "ABORTED"
    taken_down = ["kubectl logs", "kubectl delete", "kubectl is", "kind delete", "kind is"]
    assert nightly.calls() == [*UP, *taken_down]


def test_a_cluster_that_hangs_does_not_keep_the_agent(nightly: Nightly) -> None:
    nightly.cluster_programs('case "$1" in logs) echo waiting >&2; sleep 60 ;; esac')
    run = nightly.run(stop=Stop(line="^waiting", by="inner limit"))
    assert run.result == "ABORTED"
    assert nightly.calls() == [*UP, *DOWN]


@pytest.mark.parametrize("failing", ["create", "apply"])
def test_what_came_up_half_is_taken_down(nightly: Nightly, failing: str) -> None:
    nightly.cluster_programs(f'case "$1" in {failing}) exit 1 ;; esac')
    run = nightly.run()
    assert (run.result, run.ran()) == ("FAILURE", ALL[:3])
    assert nightly.calls() == [*(UP if failing == "apply" else UP[:1]), *DOWN]


def test_what_never_came_up_is_not_taken_down(nightly: Nightly) -> None:
    # Without the cluster's own settings, kubectl would reach whatever this agent is connected to.
    nightly.repository.merge({"behaviour/build": "#!/bin/sh\nexit 1\n"})
    run = nightly.run()
    assert (run.result, run.ran()) == ("FAILURE", ALL[:2])
    assert nightly.calls() == []


@pytest.mark.parametrize("failing", ["logs", "delete"])
def test_each_step_of_taking_down_is_tried_whatever_became_of_the_others(nightly: Nightly, failing: str) -> None:
    nightly.cluster_programs(f'case "$1" in {failing}) exit 1 ;; esac')
    run = nightly.run()
    assert (run.result, run.ran()) == ("FAILURE", ALL)
    assert nightly.calls() == [*UP, *DOWN]
    assert run.statuses()[POST] == "FAILED"


@pytest.mark.parametrize(("begun", "ran"), [("apply", ALL[:3]), ("login", ALL[:4])])
def test_a_person_who_stops_the_night_stops_the_suites_and_it_is_taken_down(
    nightly: Nightly, begun: str, ran: list[str]
) -> None:
    nightly.cluster_programs('echo "$1 begun" >&2; sleep 0.2')
    nightly.repository.merge({"behaviour/login": "echo login begun; sleep 10\n"})
    run = nightly.run(stop=Stop(line=f"^{begun} begun", by="person"))
    assert run.result == "ABORTED"
    assert run.ran() == ran
    assert nightly.calls() == [*UP, *DOWN]


def test_a_person_who_stops_a_step_of_taking_down_does_not_stop_the_others(nightly: Nightly) -> None:
    nightly.cluster_programs('case "$1" in logs) echo waiting >&2; sleep 10 ;; esac')
    run = nightly.run(stop=Stop(line="^waiting", by="person"))
    assert (run.result, run.ran()) == ("ABORTED", ALL)
    assert nightly.calls() == [*UP, *DOWN]


def test_every_program_of_the_night_talks_to_its_own_cluster(nightly: Nightly) -> None:
    run = nightly.run()
    expected = f"{nightly.build.workspace}@tmp/kubeconfig"
    found = {step.environment.get("KUBECONFIG") for step in run.shells() if step.stage[-1] != "Build"}
    assert found == {expected}


def test_the_lab_is_locked_from_before_the_deployment_until_it_is_down(
    tmp_path: Path, pipeline_runner: PipelineRunner
) -> None:
    platform = Platform(tmp_path, pipeline_runner, {"lab": IN_THE_LAB})
    programs = {
        "deploy": 'grep -q token "$1"\n',
        "collect": "exit 1\n",
        "undeploy": 'echo "undeployed $1"\n',
        "suite": "exit 1\n",
    }
    repository = platform.repository("lab", {"Makefile": "all:\n"})
    for name, script in programs.items():
        target = repository.clone.path / name
        target.write_text(f"#!/bin/sh\n{script}")
        target.chmod(0o755)
    repository.merge()
    build = platform.build("lab-nightly-main")
    run = platform.run(build)
    assert (run.result, run.ran()) == ("FAILURE", ["Checkout", "Build", "Deploy", "Integration tests: login"])
    console = list(run.console)
    locked = console[console.index("[Pipeline] lock") : console.index("[Pipeline] // lock")]
    assert "[Pipeline] { (Deploy)" in locked
    assert "undeployed ****" in locked
    bound = [step.stage[-1] for step in run.calls("withCredentials")]
    assert bound == ["Deploy", "Integration tests: login", POST, POST]
    assert PASSWORD not in run.trace
    assert not [path for path in tmp_path.joinpath("jenkins").rglob("*") if path.is_file()]
