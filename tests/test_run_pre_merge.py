"""Pre-merge as it runs: patch sets and pull requests, good and bad, for components of every build tool."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.build_tools import EXAMPLES, PURPOSES, STAGES
from tests.git_repo import Files
from tests.helpers import SETTINGS
from tests.pipeline_runner.runner import POST
from tests.platform import Platform, Repository

if TYPE_CHECKING:
    from tests.pipeline_runner.runner import PipelineRunner, Run

pytest_plugins = ("tests.pipeline_runner.plugin",)

GITHUB = tuple(EXAMPLES)[::2]
"""The components that get pull requests on GitHub; all others get patch sets on Gerrit."""

STAGE_OF = dict(zip(PURPOSES, STAGES[2:], strict=True))
KEPT = {
    "lint": ["results/lint.log"],
    "build": [],
    "unit": ["results/unit.log", "results/unit.xml"],
    "smoke": ["results/smoke.log"],
}
"""What each stage archives."""

ENV = "env | sort > {0}.env"
TELLS = "tests: {unit: {commands: [sh unit.sh], timeout: 1, results: {junit: r.xml, may-be-empty: true}}}\n"
VERSIONED = """\
build: {tool: command, commands: ["true"]}
images: {server: {repository: example/server, registry: hub}}
version: {linked: package.json, no-snapshots: pom.xml, predecessor: true}
"""
SMALL = {
    "agents": """\
build: {tool: command, commands: [touch built, git rev-parse HEAD]}
tests:
  unit:
    agent: large
    commands: [git rev-parse HEAD, pwd > where.txt, test ! -e built, sh unit.sh]
    results: {archive: where.txt}
  smoke: {commands: [test -e built]}
""",
    "begun": VERSIONED,
    "charted": """\
build: {tool: command, commands: ["true"]}
checks:
  lint: {commands: [sh check.sh lint]}
  cla: {commands: [sh check.sh cla]}
  licence: {commands: [sh check.sh licence]}
charts: {server: {path: charts/server, repository: charts, values: [ours.yaml]}}
""",
    "folders": """\
build: {tool: make, targets: [build], directory: server}
checks: {lint: {targets: [lint], directory: server/src}}
tests: {unit: {commands: [pwd > where.txt], directory: server, results: {archive: server/where.txt}}}
stages:
  own:
    {commands: [pwd > own.txt], after: unit, pipelines: pre-merge, directory: server, results: {archive: '*/own.txt'}}
""",
    "own-stages": """\
build: {tool: command, commands: [touch built]}
tests: {unit: {commands: [test -e second]}}
stages:
  second: {title: And then, commands: [test -e first, touch second], after: first, pipelines: pre-merge}
  first:
    after: build
    pipelines: pre-merge
    commands: [test -e built, echo kept > first.log, test ! -e broken, touch first]
    results: {archive: first.log}
""",
    "released": VERSIONED,
    "surroundings": f"""\
environment: {{SHARED: "it's $HOME", OVERRIDDEN: general}}
build: {{tool: command, commands: [{ENV.format("build")}], environment: {{OF_BUILD: b, OVERRIDDEN: special}}}}
checks: {{lint: {{commands: [{ENV.format("lint")}]}}}}
tests: {{unit: {{commands: [{ENV.format("unit")}], environment: {{OF_UNIT: u}}}}}}
stages:
  own:
    after: unit
    pipelines: pre-merge
    commands: [{ENV.format("own")}]
    environment: {{OF_OWN: o}}
    results: {{archive: '*.env'}}
""",
    "tells": TELLS + "notifications: {email: [a@example.org, b@example.org], slack: '#team'}\n",
    "tells-always": TELLS + "notifications: {email: a@example.org, when: always}\n",
    "tells-nobody": TELLS,
    "timed": """\
tests:
  unit: {commands: [echo begun > unit.log, sleep 60], timeout: 1, results: {archive: unit.log}}
  smoke: {commands: ["true"]}
""",
}
"""What is left of the descriptors of components that show one thing each."""

MINUTE = 0.2
"""Seconds that a minute has where time limits are tried."""

PUBLISHED = "0.1.5"
"""The chart's version that is in the registry."""

HELM = """\
case "$*" in
  'dependency update charts/server') ;;
  'lint --strict --values ours.yaml charts/server') ! grep -q wrong charts/server/Chart.yaml ;;
  *) exit 64 ;;
esac
"""


def descriptor(name: str) -> str:
    publish = "publish: " if name in ("begun", "charted", "released") else ""
    return f"""\
title: T
owners: [team]
repository: {{host: review, project: {name}, branches: {{main: }}}}
pipelines: {{pre-merge: {{timeout: 1000}}, {publish}}}
{SMALL[name]}"""


def pom(version: str) -> str:
    return f"<project><dependencies><dependency><version>{version}</version></dependency></dependencies></project>\n"


def release(version: str, **others: str) -> dict[str, str]:
    """The files that say a version, and others of the same change."""
    names = {"dockerfile": "Dockerfile", "pom": "pom.xml"}
    files = {names[name]: text for name, text in others.items()}
    return {"VERSION": f"{version}\n", "package.json": f'{{"version": "{version}"}}\n', **files}


def chart(version: str, more: str = "") -> dict[str, str]:
    return {"charts/server/Chart.yaml": f"apiVersion: v2\nname: server\nversion: {version}\n{more}"}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the library
        """Nothing: a test prints no log."""


@pytest.fixture(scope="module")
def charts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry with one chart in it; its host and port."""
    folder = tmp_path_factory.mktemp("registry")
    manifest = folder / f"v2/charts/server/manifests/{PUBLISHED}"
    manifest.parent.mkdir(parents=True)
    manifest.write_text("{}")
    with HTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


FILES: Mapping[str, Files] = {
    "charted": {"VERSION": "1.2.3-dev\n", "check.sh": '! grep -qx "$1" flaws.txt\n', "flaws.txt": "", **chart("0.1.0")},
    "folders": {"server/Makefile": "build:\n\tpwd\n", "server/src/Makefile": "lint:\n\tpwd\n"},
}


class Team:
    """Proposes changes to its components."""

    def __init__(self, platform: Platform, repositories: Mapping[str, Repository]) -> None:
        self.platform = platform
        self._repositories = repositories

    def propose(self, name: str, files: Files) -> dict[str, str]:
        """What the code host tells of a new change."""
        repository = self._repositories[name]
        return repository.pull_request(files) if name in GITHUB else repository.propose(files)

    def start(self, name: str, files: Files, **values: Any) -> Run:
        """The build of a new change."""
        return self.platform.start(f"{name}-pre-merge-main", environment=self.propose(name, files), **values)

    def kept(self, run: Run, path: str) -> str:
        """The text of an archived file."""
        of_build = run.shells()[0].environment
        folder = self.platform.folder / "jenkins" / of_build["JOB_NAME"] / "builds" / of_build["BUILD_NUMBER"]
        return (folder / "archive" / path).read_text("utf-8")

    def left(self) -> list[Path]:
        """The files that builds have left on agents."""
        return [path for path in self.platform.folder.glob("jenkins/*/workspace/**/*") if not path.is_dir()]


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory, pipeline_runner: PipelineRunner, charts: str) -> Team:
    hosts = {name: "github" if name in GITHUB else "review" for name in EXAMPLES}
    components = {name: example.descriptor(hosts[name]) for name, example in EXAMPLES.items()}
    components |= {name: descriptor(name) for name in SMALL}
    settings = {"jjbgen.yaml": SETTINGS.replace("registry.example.org", charts)}
    platform = Platform(tmp_path_factory.mktemp("platform"), pipeline_runner, components, settings)
    platform.program("helm", HELM)
    repositories = {name: example.repository(platform, hosts[name]) for name, example in EXAMPLES.items()}
    for name in set(SMALL) - {"begun", "released"}:
        repositories[name] = platform.repository(name, FILES.get(name, {"readme": "first\n"}))
    for name in ("begun", "released"):
        files = release("1.2.2", dockerfile="FROM alpine:3.20\n", pom=pom("1.0"))
        repositories[name] = repository = platform.repository(name, files)
        repository.clone.tag("1.2.2")
        repository.merge(release("1.2.3-dev"))
        if name == "released":
            repository.merge(release("1.2.3"))
            repository.clone.tag("1.2.3")
        repository.clone.git("push", "--quiet", "origin", "--tags")
    return Team(platform, repositories)


@pytest.fixture(autouse=True)
def _agents_are_left_clean(team: Team) -> Iterator[None]:
    """Whatever became of the builds of a test."""
    yield
    assert team.left() == []


def skipped(run: Run) -> dict[str, str]:
    """The stages that were passed over, and why."""
    return {stage.name: stage.skipped for stage in run.stages if stage.skipped}


def archived(run: Run) -> list[str]:
    return [file["path"] for file in run.archived]


def counted(run: Run) -> list[tuple[int | None, int | None]]:
    """All tests and failed ones, of each stage that counts them."""
    return [(step.total, step.failed) for step in run.calls("junit")]


def console(run: Run) -> str:
    return "\n".join(run.console)


# Every build tool


def test_jenkins_takes_the_pipelines_of_every_component(team: Team) -> None:
    for job in team.platform.jobs:
        team.platform.validate(job)


@pytest.mark.parametrize("tool", EXAMPLES)
def test_a_good_change_passes_every_stage_in_order(tool: str, team: Team) -> None:
    run = team.start(tool, {"readme": "better\n"})
    assert run.result == "SUCCESS", console(run)
    assert [stage.name for stage in run.stages] == [*STAGES, POST]
    assert run.ran() == list(STAGES)
    assert set(run.statuses().values()) == {"SUCCESS"}
    assert archived(run) == [path for purpose in PURPOSES for path in KEPT[purpose]]
    assert counted(run) == [(2, 0), (2, 0)]


FAILING = [
    *((tool, purpose) for tool in EXAMPLES for purpose in ("lint", "unit", "smoke")),
    *((tool, "build") for tool in ("command", "go", "make", "npm")),
]


@pytest.mark.parametrize(("tool", "purpose"), FAILING)
def test_a_failing_target_fails_its_stage_and_no_later_one_runs(tool: str, purpose: str, team: Team) -> None:
    run = team.start(tool, {"flaws.txt": f"{purpose} fails\n"})
    last = STAGES.index(STAGE_OF[purpose]) + 1
    assert run.result == "FAILURE"
    assert run.ran() == list(STAGES[:last])
    assert [name for name, status in run.statuses().items() if status == "FAILED"] == list(STAGES[last - 1 :])
    assert skipped(run) == dict.fromkeys(STAGES[last:], "failure")
    # Results are those of the stages so far, the one that failed among them.
    begun = PURPOSES[: PURPOSES.index(purpose) + 1]
    assert archived(run) == [path for each in begun for path in KEPT[each]]
    assert counted(run) == [(2, 1 if each == purpose else 0) for each in begun if each in ("unit", "smoke")]


@pytest.mark.parametrize("tool", [GITHUB[0], "make"])
def test_failing_cases_make_the_build_unstable_and_no_later_stage_runs(tool: str, team: Team) -> None:
    run = team.start(tool, {"flaws.txt": "a case of unit fails\n"})
    assert run.result == "UNSTABLE"
    assert run.ran() == list(STAGES[:-1])
    assert run.statuses()["Unit tests"] == "UNSTABLE"
    assert skipped(run) == {"Smoke tests": "unstable"}
    assert archived(run) == [path for purpose in ("lint", "unit") for path in KEPT[purpose]]
    assert counted(run) == [(2, 1)]


@pytest.mark.parametrize("tool", EXAMPLES)
def test_a_lower_version_fails_the_version_check_and_no_later_stage_runs(tool: str, team: Team) -> None:
    run = team.start(tool, {"VERSION": "1.2.2-dev\n"})
    assert run.result == "FAILURE"
    assert run.ran() == ["Checkout", "Version check"]
    assert skipped(run) == dict.fromkeys(STAGES[2:], "failure")
    assert "VERSION:1:1: version: 1.2.2-dev is lower than 1.2.3-dev" in console(run)
    assert (archived(run), counted(run)) == ([], [])


@pytest.mark.parametrize("tool", ["make", "npm"])
def test_logs_are_kept_of_tests_that_end_before_they_write_results(tool: str, team: Team) -> None:
    run = team.start(tool, {"flaws.txt": "unit crashes\n"})
    assert run.result == "FAILURE"
    assert run.ran() == list(STAGES[:-1])
    assert archived(run) == ["results/lint.log", "results/unit.log"]


@pytest.mark.parametrize("more", ["", "smoke fails\n"])
def test_results_are_counted_of_tests_that_write_no_logs(more: str, team: Team) -> None:
    run = team.start("make", {"flaws.txt": f"smoke writes no log\n{more}"})
    assert (run.result, run.statuses()["Smoke tests"]) == ("FAILURE", "FAILED")
    assert counted(run) == [(2, 0), (2, 1 if more else 0)]


def test_a_stand_in_refuses_targets_that_the_component_does_not_have(team: Team) -> None:
    run = team.start("maven", {"tasks/package": None})
    assert (run.result, run.ran()[-1]) == ("FAILURE", "Build")
    assert "mvn: unknown target: package" in run.console


@pytest.mark.parametrize("tool", [GITHUB[0], "make"])
def test_a_person_may_start_it_for_the_branch(tool: str, team: Team) -> None:
    run = team.platform.start(f"{tool}-pre-merge-main")
    assert (run.result, run.ran()) == ("SUCCESS", list(STAGES))


# Checks

REFUSED: Mapping[str, tuple[str, Files, str]] = {
    "a release is made twice": ("begun", release("1.2.2"), "VERSION:1:1: version: 1.2.2 is released already"),
    "a version is lowered": ("begun", release("1.1.9-dev"), "1.1.9-dev is lower than 1.2.3-dev"),
    "a version is none": ("begun", {"VERSION": "v1.2.3\n"}, "VERSION:1:1: version: begins with a 'v'"),
    "there is no version": (
        "begun",
        {"VERSION": None, "package.json": None, "pom.xml": None},
        "VERSION: version: there is no version",
    ),
    "a release is passed over": ("begun", release("1.4.0-dev"), "1.4.0-dev skips a step"),
    "another file says another version": (
        "begun",
        {"package.json": '{"version": "1.0.0"}\n'},
        "package.json:1:14: version: '1.0.0' is not the version 1.2.3-dev",
    ),
    "a release is built on an image that moves": (
        "begun",
        release("1.2.3", dockerfile="FROM alpine:latest\n"),
        "Dockerfile:1:1: the parent image 'alpine:latest'",
    ),
    "a release needs what is not finished": (
        "begun",
        release("1.2.3", pom=pom("2.0-SNAPSHOT")),
        "pom.xml:1:45: the release 1.2.3 depends on 2.0-SNAPSHOT",
    ),
    "a release is changed": ("released", {"readme": "more\n"}, "1.2.3 is released by an earlier commit"),
    "a chart is changed and keeps its version": (
        "charted",
        {"charts/server/values.yaml": "a: 1\n"},
        "charts/server/Chart.yaml:3:10: version: ",
    ),
    "a chart's version is published already": ("charted", chart(PUBLISHED), f"server {PUBLISHED} is in 127.0.0.1:"),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_the_version_check_refuses_a_change_and_says_why(reason: str, team: Team) -> None:
    name, files, message = REFUSED[reason]
    run = team.start(name, files)
    assert run.result == "FAILURE"
    assert run.ran() == ["Checkout", "Version check"]
    assert run.statuses()["Version check"] == "FAILED"
    assert set(skipped(run).values()) == {"failure"}
    assert message in console(run)
    # 1 is a verdict; a command line that is wrong ends with another.
    assert "[runner] failed: script returned exit code 1" in run.console


ACCEPTED: Mapping[str, tuple[str, Files]] = {
    "a release": ("begun", release("1.2.3")),
    "work, whatever it is built on": (
        "begun",
        {"Dockerfile": "FROM alpine:latest\n", "pom.xml": pom("2.0-SNAPSHOT")},
    ),
    "the beginning of the next version": ("released", release("1.2.4-dev")),
    "a chart's next version": ("charted", {**chart("0.1.1"), "charts/server/values.yaml": "a: 1\n"}),
}


@pytest.mark.parametrize("change", ACCEPTED)
def test_the_version_check_accepts(change: str, team: Team) -> None:
    name, files = ACCEPTED[change]
    run = team.start(name, files)
    assert (run.result, run.ran()[-1]) == ("SUCCESS", "Build"), console(run)


CHECKS = ["Checkout", "Version check", "Lint", "Licence check", "CLA check", "Lint chart server", "Build"]


@pytest.mark.parametrize(
    ("stage", "files"),
    [
        ("Lint", {"flaws.txt": "lint\n"}),
        ("Licence check", {"flaws.txt": "licence\n"}),
        ("CLA check", {"flaws.txt": "cla\n"}),
        ("Lint chart server", chart("0.1.1", "description: wrong\n")),
        ("Build", {"readme": "nothing is wrong\n"}),
    ],
)
def test_a_check_that_fails_is_the_last_stage(stage: str, files: Files, team: Team) -> None:
    run = team.start("charted", files)
    assert run.result == ("SUCCESS" if stage == "Build" else "FAILURE")
    assert run.ran() == CHECKS[: CHECKS.index(stage) + 1]


# What a descriptor chooses


def test_work_is_done_in_its_directory_and_results_are_found_from_the_top(team: Team) -> None:
    run = team.start("folders", {})
    workspace = run.shells()[0].environment["WORKSPACE"]
    assert run.result == "SUCCESS", console(run)
    printed = [line for line in run.console if line.startswith(workspace)]
    assert printed == [f"{workspace}/server/src", f"{workspace}/server"]
    assert team.kept(run, "server/where.txt") == f"{workspace}/server\n"
    assert team.kept(run, "server/own.txt") == f"{workspace}/server\n"


def test_a_stage_has_its_own_environment_and_that_of_the_component(team: Team) -> None:
    run = team.start("surroundings", {})
    assert run.result == "SUCCESS", console(run)
    kept = {stage: team.kept(run, f"{stage}.env").splitlines() for stage in ("lint", "build", "unit", "own")}
    shared = "SHARED=it's $HOME"
    assert {stage: [line for line in lines if re.match("OF_|SHARED|OVER", line)] for stage, lines in kept.items()} == {
        "lint": ["OVERRIDDEN=general", shared],
        "build": ["OF_BUILD=b", "OVERRIDDEN=special", shared],
        "unit": ["OF_UNIT=u", "OVERRIDDEN=general", shared],
        "own": ["OF_OWN=o", "OVERRIDDEN=general", shared],
    }


def test_a_test_that_takes_too_long_is_ended_and_what_it_left_is_kept(team: Team) -> None:
    run = team.start("timed", {}, pace=MINUTE / 60)
    assert run.result == "ABORTED"
    assert run.statuses()["Unit tests"] == "ABORTED"
    assert skipped(run) == {"Smoke tests": "failure"}
    assert archived(run) == ["unit.log"]


@pytest.mark.parametrize(
    ("script", "result", "last"), [("true\n", "SUCCESS", "Smoke tests"), ("false\n", "FAILURE", "Unit tests")]
)
def test_a_test_on_another_agent_checks_out_again_and_cleans_up(
    script: str, result: str, last: str, team: Team
) -> None:
    event = team.propose("agents", {"unit.sh": script})
    run = team.platform.start("agents-pre-merge-main", environment=event)
    assert (run.result, run.ran()[-1]) == (result, last), console(run)
    of_build, of_test = run.shells("Build")[0].environment, run.shells("Unit tests")[0].environment
    assert (of_build["NODE_LABELS"], of_test["NODE_LABELS"]) == ("ubuntu", "ubuntu && large")
    commits = [line for line in run.console if re.fullmatch("[0-9a-f]{40}", line)]
    assert commits == [event["GERRIT_PATCHSET_REVISION"]] * 2
    assert team.kept(run, "where.txt") == f"{of_test['WORKSPACE']}\n"
    assert of_test["WORKSPACE"] != of_build["WORKSPACE"]
    assert [step.stage[0] for step in run.calls("cleanWs")] == ["Unit tests", POST]
    assert not Path(of_build["WORKSPACE"]).exists()
    assert not Path(of_test["WORKSPACE"]).exists()


def test_stages_of_the_team_run_where_it_says(team: Team) -> None:
    run = team.start("own-stages", {})
    assert (run.result, run.ran()) == ("SUCCESS", ["Checkout", "Build", "First", "And then", "Unit tests"])
    assert archived(run) == ["first.log"]


def test_a_failing_stage_of_the_team_stops_the_build(team: Team) -> None:
    run = team.start("own-stages", {"broken": ""})
    assert (run.result, run.ran()) == ("FAILURE", ["Checkout", "Build", "First"])
    assert skipped(run) == {"And then": "failure", "Unit tests": "failure"}
    assert archived(run) == ["first.log"]


# Who is told

UNIT = {
    "SUCCESS": "true\n",
    "UNSTABLE": """echo "<testsuite><testcase name='a'><failure/></testcase></testsuite>" > r.xml\n""",
    "FAILURE": "false\n",
    "ABORTED": "exec sleep 60\n",
}
"""Scripts, by what they make of the build."""

BOTH = ["mail", "slackSend"]


@pytest.mark.parametrize(
    ("name", "result", "previous", "told"),
    [
        ("tells", "SUCCESS", None, []),
        ("tells", "SUCCESS", "SUCCESS", []),
        ("tells", "SUCCESS", "FAILURE", BOTH),
        ("tells", "SUCCESS", "UNSTABLE", BOTH),
        ("tells", "UNSTABLE", "SUCCESS", BOTH),
        ("tells", "FAILURE", None, BOTH),
        ("tells", "FAILURE", "FAILURE", BOTH),
        ("tells", "ABORTED", "SUCCESS", BOTH),
        ("tells-always", "SUCCESS", "SUCCESS", ["mail"]),
        ("tells-always", "FAILURE", "SUCCESS", ["mail"]),
        ("tells-nobody", "FAILURE", "SUCCESS", []),
    ],
)
def test_the_team_is_told_of_what_it_wants_to_know(
    name: str, result: str, previous: str | None, told: list[str], team: Team
) -> None:
    run = team.start(name, {"unit.sh": UNIT[result]}, previous=previous, pace=MINUTE / 60)
    assert run.result == result, console(run)
    assert [message["by"] for message in run.notified] == told
    build = f"{name}-pre-merge-main #{run.shells()[0].environment['BUILD_NUMBER']}: {result}"
    for message in run.notified:
        words = message["arguments"]
        if message["by"] == "mail":
            assert (words["to"][:13], words["subject"]) == ("a@example.org", build)
        else:
            assert (words["channel"], words["message"].partition(" https")[0]) == ("#team", build)
