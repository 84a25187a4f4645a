"""The whole loop: a commit to the config repo, its jobs on Jenkins, and the controller in step with that commit.

Real git repositories, the generated jobs of the config repo run by the pipeline runner, a controller over HTTP.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jjbgen import drift, generate, marks
from jjbgen.homes import Home
from jjbgen.syncplan import Kind
from jjbgen.wanted import wanted
from jjbgen.xmlform import parsed
from tests.contract_jenkins import ADMIN, ContractJenkins
from tests.git_repo import GitRepo
from tests.helpers import COMPONENT, PLUGINS, SETTINGS, run, write_tree
from tests.platform import CREDENTIALS, Platform, Repository

if TYPE_CHECKING:
    from tests.pipeline_runner.runner import PipelineRunner, Run

pytest_plugins = ("tests.pipeline_runner.plugin",)

OF_ITSELF = """\
title: The config repo
owners: [ci]
repository: {host: review, project: ci-config, branches: {main: }}
pipelines:
  config-verify:
  config-deploy: {prune: true}
  config-audit: {schedule: H 6 * * *}
"""
GADGET = COMPONENT.replace("widget", "gadget")
PIPELINES = ("pre-merge", "post-merge", "publish")
BUILD = (Path(__file__).parent.parent / "templates/stages/build.groovy.j2").read_text()


@pytest.fixture
def jenkins() -> Iterator[ContractJenkins]:
    with ContractJenkins() as running:
        yield running


class Loop:
    """The config repo of teams, its jobs, and the controller that they are for."""

    def __init__(self, folder: Path, runner: PipelineRunner, jenkins: ContractJenkins) -> None:
        self.jenkins = jenkins
        self.settings = SETTINGS.replace(
            "  main: {url: https://jenkins.example.org, owner: example}",
            f"  main: {{url: '{jenkins.url}', owner: example, credentials: login}}",
        ).replace(
            "credentials:\n", "credentials:\n  login: {type: username-password, use: deploy, description: jobs}\n", 1
        )
        self.platform = Platform(folder / "platform", runner, {"ci": OF_ITSELF}, {"jjbgen.yaml": self.settings})
        self.folder = folder
        begin = {
            "jjbgen.yaml": self.settings,
            "plugins.yaml": PLUGINS,
            "components/ci.yaml": OF_ITSELF,
            "components/widget.yaml": COMPONENT,
            "components/gadget.yaml": GADGET,
        }
        write_tree(folder / "begin", begin)
        self.repository: Repository = self.platform.repository("ci-config", self.generated(folder / "begin"))

    @property
    def clone(self) -> GitRepo:
        """That of a team."""
        return self.repository.clone

    def generated(self, root: Path) -> dict[str, str | bytes | None]:
        """The files of a config repo, with its output."""
        assert run(root, "generate").code == 0
        return {
            path.relative_to(root).as_posix(): path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.is_file() and ".git" not in path.parts
        }

    def edited(self, files: dict[str, str | None]) -> None:
        """Change files of the team's clone, and generate."""
        self.clone.write(files)
        assert run(self.clone.path, "generate").code == 0

    def merge(self, files: dict[str, str | None], message: str = "Change") -> dict[str, str]:
        """Change files, generate and merge; returns the event."""
        self.edited(files)
        return self.repository.merge({}, message)

    def start(self, job: str, event: dict[str, str] | None = None) -> Run:
        credentials = {**CREDENTIALS, "login": {"username": ADMIN.name, "password": ADMIN.token}}
        # As Jenkins does, which says in both where the build runs: not where jobs go.
        here = {"JENKINS_URL": "https://ci.example.org/", "HUDSON_URL": "https://ci.example.org/"}
        values = {"environment": {**here, **(event or {})}, "credentials": credentials}
        return self.platform.start(f"ci-{job}-main", **values)

    def deploy(self, event: dict[str, str] | None = None) -> list[str]:
        """Run the deployment of a merge; returns what was changed on the controller."""
        self.jenkins.reset_log()
        done = self.start("config-deploy", event)
        assert done.result == "SUCCESS", "\n".join(done.console)
        assert ADMIN.token not in "\n".join(done.console)
        return [f"{request.method} {request.path}" for request in self.jenkins.writes()]

    def assert_in_step(self) -> None:
        """Assert that the controller holds what a fresh generation of the tip of the branch gives, and nothing more."""
        fresh = self.folder / "fresh"
        shutil.rmtree(fresh, ignore_errors=True)
        GitRepo.init(fresh).git("pull", "--quiet", str(self.repository.remote.path), "main")
        shutil.rmtree(fresh / "jobs-output")
        assert run(fresh, "generate").code == 0
        repo = generate.checked(fresh)
        home: Home = repo.plan.homes[0]
        items = wanted(generate.documents(repo), repo.plan.homes, generate.roster(repo.plan), home, "example")
        live = {(Kind.JOB, name): text for name, text in self.jenkins.items().items()}
        live |= {(Kind.VIEW, name): text for name, text in self.jenkins.views().items() if name != "all"}
        assert set(live) == {(each.kind, each.full_name) for each in items}
        for each in items:
            root = parsed(live[each.kind, each.full_name])
            assert not drift.compare(each.kind, each.root, root, self.jenkins.state.installed).edited, each.full_name
            assert marks.found(root.findtext("description")) == each.mark


@pytest.fixture
def loop(tmp_path: Path, pipeline_runner: PipelineRunner, jenkins: ContractJenkins, plain_git: None) -> Loop:
    return Loop(tmp_path, pipeline_runner, jenkins)


def jobs_of(written: list[str]) -> set[str]:
    """The jobs that requests have made, changed or deleted; not the views that follow from them."""
    created = {line.partition("?name=")[2] for line in written if "/createItem?" in line}
    return created | {line.split("/")[2] for line in written if line.startswith("POST /job/")}


def of(component: str, branch: str = "main") -> set[str]:
    """The jobs of a component on a branch."""
    return {f"{component}-{pipeline}-{branch}" for pipeline in PIPELINES}


STEPS: dict[str, tuple[dict[str, str | None], set[str]]] = {
    "a component more": ({"components/more.yaml": COMPONENT.replace("widget", "more")}, of("more")),
    "a time limit": (
        {"components/widget.yaml": COMPONENT.replace("  publish:\n", "  publish: {timeout: 7}\n")},
        {"widget-publish-main"},
    ),
    "a branch of another name": (
        {"components/gadget.yaml": GADGET.replace("    main:", "    trunk:")},
        of("gadget") | of("gadget", "trunk"),
    ),
    "a template": (
        {"templates/stages/build.groovy.j2": "// Ours\n" + BUILD},
        of("widget") | of("more") | of("gadget", "trunk"),
    ),
}
"""What is committed one after the other, and the jobs that it reaches."""


def test_after_each_commit_the_controller_is_what_that_commit_says(loop: Loop) -> None:
    loop.deploy()
    loop.assert_in_step()
    assert set(loop.jenkins.items()) >= of("widget") | of("gadget")
    for what, (files, reached) in STEPS.items():
        before = loop.clone.id()
        event = loop.merge(files, what)
        impact = run(loop.clone.path, "impact", f"{before}..HEAD", "--format", "json").json()["jobs"]
        assert {name for job in impact for name in (job["name"], job["former_name"]) if name} == reached, what
        assert jobs_of(loop.deploy(event)) == reached, what
        loop.assert_in_step()
    assert loop.deploy(event) == []


def test_a_component_that_goes_is_deleted_unless_it_is_too_much_at_once(loop: Loop) -> None:
    loop.deploy()
    before = loop.jenkins.items()
    event = loop.merge({"components/gadget.yaml": None})
    done = loop.start("config-deploy", event)
    assert done.result == "FAILURE"
    assert "4 of 13 items would be deleted, and 2 may be" in "\n".join(done.console)
    assert loop.jenkins.items() == before
    limit = loop.merge(
        {"components/widget.yaml": COMPONENT.replace("[build]", "[all]"), "components/gadget.yaml": GADGET}
    )
    assert jobs_of(loop.deploy(limit)) == of("widget")
    descriptor = GADGET.replace("  post-merge:\n  publish:\n", "")
    # Without publish there is no version to check before a merge: that pipeline changes, two go.
    assert jobs_of(loop.deploy(loop.merge({"components/gadget.yaml": descriptor}))) == of("gadget")
    loop.assert_in_step()


def test_a_broken_commit_changes_nothing(loop: Loop) -> None:
    loop.deploy()
    before = loop.jenkins.items()
    event = loop.repository.merge({"components/widget.yaml": COMPONENT.replace("tool: make", "tool: mak")})
    done = loop.start("config-deploy", event)
    assert done.result == "FAILURE"
    assert "components/widget.yaml:9:9: build.tool: unknown tool 'mak'; did you mean 'make'?" in "\n".join(done.console)
    event = loop.repository.merge({"components/widget.yaml": COMPONENT.replace("[build]", "[all]")})
    assert loop.start("config-deploy", event).result == "FAILURE", "jobs-output/ was not generated"
    assert loop.jenkins.items() == before


def test_two_merges_at_once_end_with_the_newest_in_whichever_order_their_builds_come(loop: Loop) -> None:
    loop.deploy()
    first = loop.merge({"components/widget.yaml": COMPONENT.replace("[build]", "[one]")})
    second = loop.merge({"components/widget.yaml": COMPONENT.replace("[build]", "[two]")})
    loop.deploy(second)
    loop.assert_in_step()
    assert loop.deploy(first) == []
    loop.assert_in_step()
    assert "make two" in loop.jenkins.config("widget-publish-main")


def test_reviewers_are_shown_what_a_change_does(loop: Loop) -> None:
    loop.deploy()
    loop.edited({"components/widget.yaml": COMPONENT.replace("[build]", "[all]")})
    before = loop.jenkins.items()
    done = loop.start("config-verify", loop.repository.propose({}))
    assert done.result == "SUCCESS", "\n".join(done.console)
    (archived,) = done.archived
    assert archived["path"] == "jjbgen-diff.md"
    text = next((loop.platform.folder / "jenkins").rglob("archive/jjbgen-diff.md")).read_text()
    assert "`~ changed widget-post-merge-main`" in text
    assert "+        sh 'make all'" in text
    assert "gadget" not in text
    assert not done.calls("withCredentials")
    assert loop.jenkins.items() == before


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"components/widget.yaml": COMPONENT.replace("tool: make", "tool: mak")}, "unknown tool 'mak'"),
        ({"components/widget.yaml": COMPONENT.replace("[build]", "[all]")}, "update jobs-output/widget/"),
    ],
)
def test_a_change_that_is_broken_or_not_generated_is_refused(files: dict[str, str], told: str, loop: Loop) -> None:
    done = loop.start("config-verify", loop.repository.propose(files))
    assert done.result == "FAILURE"
    assert told in "\n".join(done.console)


def test_the_audit_finds_what_somebody_has_edited(loop: Loop) -> None:
    loop.deploy()
    assert loop.start("config-audit").result == "SUCCESS"
    name = "widget-post-merge-main"
    loop.jenkins.edit(name, loop.jenkins.config(name).replace("make build", "make mischief"))
    done = loop.start("config-audit")
    assert done.result == "FAILURE"
    assert f"update job {name}: somebody has edited it in Jenkins" in "\n".join(done.console)
    assert "-        sh 'make mischief'" in "\n".join(done.console)


def test_jenkins_takes_the_pipelines(loop: Loop) -> None:
    for job in ("config-verify", "config-deploy", "config-audit"):
        loop.platform.validate(f"ci-{job}-main")
