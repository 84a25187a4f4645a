"""Who sees a credential: nobody in pre-merge, elsewhere the stage that needs it; the log and the disk never do."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jjbgen import generate, jjb
from jjbgen.errors import ExitCode
from jjbgen.places import OUTPUT
from tests.git_repo import Files
from tests.helpers import ROOT, SETTINGS
from tests.pipeline_runner.job import read_tree
from tests.pipeline_runner.runner import POST, Build, Credential, Dry
from tests.platform import Platform, Repository

if TYPE_CHECKING:
    from tests.pipeline_runner.runner import PipelineRunner, Run

pytest_plugins = ("tests.pipeline_runner.plugin",)

KNOWN: Mapping[str, Credential] = {
    "hub-push": {"username": "robot", "password": "secret-of-the-hub"},
    "lab": {"content": "secret-of-the-lab\n"},
    "lab-token": {"secret": "secret-token"},
    "lab-user": {"username": "tester", "password": "secret-of-the-tester"},
    "pusher": {"username": "pusher", "password": "secret-of-the-pusher"},
    "reader": {"username": "reader", "password": "secret-of-the-reader"},
}
"""All that Jenkins has. What nobody may see begins with `secret-`."""

HUB = KNOWN["hub-push"]
PLAIN = [field for each in KNOWN.values() for field in each.values() if field.startswith("secret-")]
LOGINS = [f"{each['username']}:{each['password']}" for each in KNOWN.values() if "username" in each]
HIDDEN = [*(each.strip() for each in PLAIN), *(base64.b64encode(each.encode()).decode() for each in LOGINS)]
"""Secrets, and what becomes of them on their way to a registry."""

OF_TESTS = {"CONFIG", "TOKEN", "WHO_PSW", "WHO_USR"}
OF_PUSHES = {"CHARTS_PSW", "CHARTS_USR", "PACKAGES_PSW", "PACKAGES_USR", "REGISTRY_PSW", "REGISTRY_USR"}
OF_GIT = {"GIT_ASKPASS", "GIT_PASSWORD", "GIT_TERMINAL_PROMPT", "GIT_USERNAME"}
VARIABLES = {*OF_TESTS, *OF_PUSHES, *OF_GIT, "HUB_PSW", "HUB_USR"}
"""All that credentials are bound to here."""

CREDENTIALS = """\
credentials:
  lab-token: {type: secret-text, use: test, description: of the lab's API}
  lab-user: {type: username-password, use: test, description: who tests}
  pusher: {type: username-password, use: publish, description: pushes tags}
  reader: {type: username-password, use: checkout, description: clones}
"""
HOST = "url: https://review.example.org\n"
MAVEN = "package-repositories:\n  maven: {type: maven, url: https://maven.example.org, credentials: hub-push}\n"

TELL = """'echo "token $TOKEN, again $TOKEN: $WHO_USR, $WHO_PSW"; env; test -s "$CONFIG"'"""
TOLD = "token ****, again ****: tester, ****"
OF_LAB = "{TOKEN: lab-token, WHO: lab-user, CONFIG: lab}"
VAULT = f"""\
title: Vault
owners: [vault]
repository: {{host: review, project: vault, branches: {{main: }}}}
build: {{tool: command, commands: [env > env.txt, sh spy.sh], results: {{archive: env.txt}}}}
tests:
  unit: {{commands: [env > env.txt, sh spy.sh], results: {{archive: env.txt}}}}
  integration: {{commands: [{TELL}, sh test.sh]}}
deployment: {{up: [{TELL}, sh up.sh], collect: [{TELL}], down: [{TELL}], credentials: {OF_LAB}}}
images: {{server: {{repository: example/vault, registry: hub}}}}
charts: {{server: {{path: chart, repository: charts}}}}
packages: {{page: {{repository: npm}}, tool: {{repository: pypi}}, jar: {{repository: maven}}}}
stages:
  look: {{commands: [sh spy.sh], after: unit, pipelines: [pre-merge, post-merge, nightly, publish]}}
  trial: {{commands: [{TELL}, sh test.sh], after: build, pipelines: [post-merge, publish], credentials: {OF_LAB}}}
  last: {{commands: ['echo "hub $HUB_USR, $HUB_PSW"'], after: tag, pipelines: publish, credentials: {{HUB: hub-push}}}}
pipelines: {{pre-merge: , post-merge: , nightly: {{tests: [unit, integration]}}, publish: }}
"""
"""A component with credentials of every use, wherever it may have them."""

SPY = """\
env
git config --list
find .. "$HOME" "$TMPDIR" -path '*/.git' -prune -o -type f -exec cat {} +
cat .git/config
! grep -rE 'secre[t]-' .. "$HOME" "$TMPDIR"
"""
"""What somebody may try who has only proposed a change."""

FILES: Files = {
    "VERSION": "1.2.3-dev\n",
    "spy.sh": SPY,
    "test.sh": "",
    "up.sh": "",
    "Dockerfile": "FROM alpine:3.20\n",
    "chart/Chart.yaml": "name: server\nversion: 0.1.0\n",
}


def is_it(text: str) -> str:
    """A test of the shell whether standard input is this text, without telling the text."""
    return f'[ "$(sha256sum)" = "{hashlib.sha256(text.encode()).hexdigest()}  -" ]'


NEWLINE = "\n"
AUTH = base64.b64encode(f"{HUB['username']}:{HUB['password']}".encode()).decode()
NOTE = 'echo "${0##*/} $*" >> "$HOME/commands"\n'
"""A command line is no place for a secret; here it would be found."""

PROGRAMS = {
    "docker": f"""\
case $1 in
  build | tag) ;;
  save) touch "$3" ;;
  login) {is_it(HUB["password"])} && echo logged-in > "$DOCKER_CONFIG/config.json" ;;
  push) grep logged-in "$DOCKER_CONFIG/config.json" ;;
  *) exit 64 ;;
esac
""",
    "helm": f"""\
config=$HELM_REGISTRY_CONFIG
case "$1 $2" in
  'dependency update' | 'lint --strict') ;;
  'registry login') {is_it(HUB["password"])} && echo logged-in > "$config" ;;
  'package --dependency-update') tar -czf "$4/server-0.1.0.tgz" chart ;;
  'show chart') cat chart/Chart.yaml ;;
  'pull '*) grep -q logged-in "$config" && echo 'not found' >&2; exit 1 ;;
  'push '*) grep logged-in "$config" ;;
  *) exit 64 ;;
esac
""",
    "mvn": f"""printf '%s' "$PACKAGES_PSW" | {is_it(HUB["password"])}""",
    "npm": f"""\
case $1 in
  pkg | view) ;;
  publish) cat "$NPM_CONFIG_USERCONFIG" | {is_it(f"//npm.example.org/:_auth={AUTH}{NEWLINE}")} ;;
  *) exit 64 ;;
esac
""",
    "python3": f"""\
case $2 in
  build) ;;
  twine) printf '%s' "$TWINE_PASSWORD" | {is_it(HUB["password"])} ;;
  *) exit 64 ;;
esac
""",
}
"""Programs that want to be logged in."""


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory, pipeline_runner: PipelineRunner) -> Platform:
    settings = SETTINGS.replace("credentials:\n  hub-push", f"{CREDENTIALS}  hub-push")
    settings = settings.replace("package-repositories:\n", MAVEN)
    settings = settings.replace(HOST, f"{HOST}    checkout-credentials: reader\n    push-credentials: pusher\n")
    folder = tmp_path_factory.mktemp("platform")
    platform = Platform(folder, pipeline_runner, {"vault": VAULT}, {"jjbgen.yaml": settings})
    for name, script in PROGRAMS.items():
        platform.program(name, NOTE + script)
    (platform.home / "tmp").mkdir()
    return platform


@pytest.fixture(scope="module")
def repository(platform: Platform) -> Repository:
    return platform.repository("vault", FILES)


@pytest.fixture(autouse=True)
def _nothing_is_left(platform: Platform) -> Iterator[None]:
    """Whatever became of the builds of a test: no secret is anywhere, and nothing at all where it could have been."""
    yield
    files = [path for path in platform.folder.rglob("*") if path.is_file()]
    assert [path for path in files if any(each.encode() in path.read_bytes() for each in HIDDEN)] == []
    places = [*platform.folder.glob("jenkins/*/workspace/*"), platform.home / "tmp"]
    left = {path.name for place in places for path in place.rglob("*") if not path.is_dir()}
    # What the gate has said, without which nothing could be published.
    assert left <= {"gate.env"}


def start(platform: Platform, kind: str, event: Mapping[str, str]) -> Run:
    agent = {"TMPDIR": str(platform.home / "tmp")}
    return platform.start(f"vault-{kind}-main", environment=event, credentials=KNOWN, agent=agent)


def seen(run: Run) -> dict[str, set[str]]:
    """The variables of credentials that scripts had, by stage."""
    found: dict[str, set[str]] = {}
    for step in run.shells():
        found.setdefault(step.stage[-1], set()).update(VARIABLES & step.environment.keys())
    return {stage: names for stage, names in found.items() if names}


def assert_hidden(run: Run) -> None:
    assert [each for each in HIDDEN if each in run.trace] == []


# Before a change is merged


@pytest.mark.parametrize(
    ("files", "result"),
    [({}, "SUCCESS"), ({"spy.sh": f"{SPY}\nfalse\n"}, "FAILURE"), ({"VERSION": "1\n"}, "FAILURE")],
    ids=["good", "failing", "refused"],
)
def test_pre_merge_binds_no_credentials(files: Files, result: str, platform: Platform, repository: Repository) -> None:
    event = repository.propose(files)
    run = start(platform, "pre-merge", event)
    assert run.result == result, "\n".join(run.console)
    assert run.calls("withCredentials") == []
    assert seen(run) == {}
    assert not [step for step in run.shells() if "****" in str(step.environment)]
    assert "****" not in run.trace
    assert_hidden(run)
    # Those for cloning go to the git plugin and nowhere else.
    (checkout,) = run.calls("checkout")
    assert "reader" in str(checkout.arguments)
    assert "reader" not in "".join(str(step.environment) for step in run.shells())


# Where credentials are bound


@pytest.mark.parametrize(
    ("kind", "version", "times", "bound"),
    [
        ("post-merge", "1.2.4-dev", 1, {"Trial": OF_TESTS}),
        ("nightly", "1.2.5-dev", 4, dict.fromkeys(["Deploy", "Integration tests", POST], OF_TESTS)),
        (
            "publish",
            "1.2.6",
            1,
            {
                "Trial": OF_TESTS,
                "Push image server": {"REGISTRY_PSW", "REGISTRY_USR"},
                "Push chart server": {"CHARTS_PSW", "CHARTS_USR"},
                **{f"Publish package {name}": {"PACKAGES_PSW", "PACKAGES_USR"} for name in ("page", "tool", "jar")},
                "Tag": OF_GIT,
                "Last": {"HUB_PSW", "HUB_USR"},
            },
        ),
    ],
)
def test_what_is_bound_is_seen_by_its_stage_only_and_masked_wherever_it_is_printed(
    kind: str, version: str, times: int, bound: Mapping[str, set[str]], platform: Platform, repository: Repository
) -> None:
    run = start(platform, kind, repository.merge({"VERSION": f"{version}\n"}))
    assert run.result == "SUCCESS", "\n".join(run.console)
    assert seen(run) == bound
    # That it was the right one, and that the log hides it wherever it stands in a line.
    assert run.console.count(TOLD) == times
    for line in ("TOKEN=****", "WHO_PSW=****"):
        assert run.console.count(line) == times
    assert run.console.count("hub robot, ****") == (1 if kind == "publish" else 0)
    assert_hidden(run)


@pytest.mark.parametrize(
    ("kind", "script", "last"), [("post-merge", "test.sh", "Trial"), ("nightly", "up.sh", "Deploy")]
)
def test_a_stage_that_fails_leaves_no_secret_either(
    kind: str, script: str, last: str, platform: Platform, repository: Repository
) -> None:
    event = repository.merge({script: 'set -x; test "$TOKEN" = "$WHO_PSW"\n'})
    run = start(platform, kind, event)
    repository.merge({script: ""})
    assert (run.result, [stage for stage in run.ran() if stage == last]) == ("FAILURE", [last])
    # The shell tells what it compares.
    assert "+ test **** = ****" in run.console
    assert_hidden(run)


# The jobs of this repository


def test_of_all_jobs_of_this_repository_those_of_changes_bind_nothing_and_the_others_hide_what_they_bind(
    pipeline_runner: PipelineRunner, tmp_path: Path
) -> None:
    checked = generate.checked(ROOT)
    project = checked.inputs.settings.project
    of_any_kind: Credential = {"username": "somebody", "password": "hidden", "secret": "hidden", "content": "hidden"}
    jobs = read_tree(ROOT, checked.inputs.plugins, jjb.tree(ROOT / OUTPUT))
    binding: Counter[str] = Counter()
    hiding: Counter[str] = Counter()
    for planned in (job for component in checked.plan.components for job in component.jobs):
        job = jobs[planned.name]
        build = Build(
            tmp_path,
            name=job.name,
            parameters=job.parameters,
            labels=tuple(agent.label for agent in project.agents.values()),
            credentials=dict.fromkeys(project.credentials, of_any_kind),
            dry=Dry({"jjbgen version gate": ExitCode.PUBLISH}, {"gate.env": "JJBGEN_DECISION=finalized-new\n"}),
        )
        run = pipeline_runner.run(job.script, build)
        assert (run.result, bool(run.shells())) == ("SUCCESS", True), job.name
        assert "hidden" not in run.trace, job.name
        binding[planned.kind] += len(run.calls("withCredentials"))
        hiding[planned.kind] += "****" in run.trace
    for untrusted in ("pre-merge", "config-verify"):
        assert (binding.pop(untrusted), hiding.pop(untrusted)) == (0, 0)
    # Elsewhere there would have been something to see.
    assert set(binding) == {"post-merge", "nightly", "publish", "config-deploy", "config-audit"}
    assert binding["nightly"]
    assert hiding["publish"]
