"""The shell steps of a generated publish pipeline, as they stand, with real git, buildah and a real registry."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from jjbgen import generate
from jjbgen.errors import ExitCode
from tests.git_repo import GitRepo
from tests.helpers import PLUGINS, write_tree

if TYPE_CHECKING:  # pytest has to import it itself, to rewrite its assertions
    from tests.groovy_vm import GroovyVm

pytest_plugins = ("tests.groovy_vm",)

SETTINGS = """\
title: Example
code-hosts:
  review: {{type: gerrit, server: review, url: https://review.example.org, push-credentials: pusher}}
  github: {{type: github, url: '{github}', organisations: [example], push-credentials: pusher}}
agents:
  virtual: {{label: any, has: [buildah]}}
registries:
  local: {{url: '{registry}'}}
credentials:
  pusher: {{type: username-password, use: publish, description: pushes tags}}
controllers:
  main: {{url: https://jenkins.example.org, owner: example}}
defaults:
  agent: virtual
  container-tool: buildah
  version: {{next-change: true}}
"""
COMPONENT = """\
title: Hello
owners: [hello]
repository:
  host: {host}
  project: example/hello
  branches:
    main:
images:
  hello: {{repository: example/hello, registry: local}}
version:
  image-tags: ['{{major}}.{{minor}}']
pipelines:
  pre-merge:
  publish:
"""


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    """Debian's docker-registry on loopback, empty; its host and port."""
    folder = tmp_path / "registry"
    folder.mkdir()
    port = _free_port()
    config = {
        "version": "0.1",
        "log": {"accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
        "http": {"addr": f"127.0.0.1:{port}"},
    }
    (folder / "config.yml").write_text(json.dumps(config))
    program = shutil.which("docker-registry")
    assert program, "make test installs Debian's docker-registry"
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen([program, "serve", str(folder / "config.yml")], stdout=log, stderr=log)
    try:
        _wait_for(f"http://127.0.0.1:{port}/v2/", running, folder / "log")
        yield f"127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait()


def _free_port() -> int:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        return int(server.server_address[1])


def _wait_for(url: str, running: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        try:
            requests.get(url, timeout=5).raise_for_status()
        except requests.ConnectionError:
            assert running.poll() is None, log.read_text()
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text())


class Api(HTTPServer):
    """GitHub, as far as a pull request is proposed to it: it notes what it is asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.asked: list[tuple[str, str, Any]] = []


class _Answer(BaseHTTPRequestHandler):
    server: Api

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        known = body in [asked for _, _, asked in self.server.asked]
        self.server.asked.append((self.path, self.headers["Authorization"], body))
        self.send_response(422 if known else 201)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        pass


@pytest.fixture
def github() -> Iterator[Api]:
    """A server that stands for GitHub's REST API."""
    with Api() as api:
        thread = threading.Thread(target=api.serve_forever)
        thread.start()
        yield api
        api.shutdown()
        thread.join()


@dataclass(frozen=True)
class Done:
    """How a script of the pipeline ended."""

    label: str
    code: int
    said: str


class Platform:
    """A component's repository with its remote, and Jenkins as far as it runs the publish pipeline's scripts."""

    def __init__(self, folder: Path, vm: GroovyVm, registry: str, github: Api, host: str) -> None:
        self.folder = folder
        self.registry = registry
        self.remote = GitRepo.init(folder / "remote.git", bare=True)
        self.component = GitRepo.init(folder / "component")
        self.component.git("remote", "add", "origin", str(self.remote.path))
        config = {
            "jjbgen.yaml": SETTINGS.format(registry=registry, github=f"http://127.0.0.1:{github.server_port}"),
            "plugins.yaml": PLUGINS,
            "components/hello.yaml": COMPONENT.format(host=host),
        }
        files = generate.files(generate.checked(write_tree(folder / "config", config)))
        scripts = vm.literals(files["hello/hello-publish.groovy"]).scripts
        labels = ("gate", "build", "push", "tag", "next", "revision")
        self.scripts = dict(zip(labels, (str(script) for script in scripts), strict=True))
        self.revision = self.scripts.pop("revision")
        self.check = str(vm.literals(files["hello/hello-pre-merge.groovy"]).scripts[0])
        self.environment = self._environment()
        self.builds = 0

    def _environment(self) -> dict[str, str]:
        storage = {"driver": "vfs", "graphroot": f"{self.folder}/graph", "runroot": f"{self.folder}/run"}
        configs = {
            "storage.conf": "\n".join(["[storage]", *(f'{key} = "{value}"' for key, value in storage.items()), ""]),
            "registries.conf": f'[[registry]]\nlocation = "{self.registry}"\ninsecure = true\n',
        }
        write_tree(self.folder / "agent", {**configs, "home/.keep": ""})
        # An agent that knows nobody: git makes tags and commits all the same.
        return {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.folder / "agent/home"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "BUILDAH_ISOLATION": "chroot",
            "STORAGE_DRIVER": "vfs",
            "CONTAINERS_STORAGE_CONF": str(self.folder / "agent/storage.conf"),
            "CONTAINERS_REGISTRIES_CONF": str(self.folder / "agent/registries.conf"),
            "BRANCH": "main",
            "PUSH_USR": "jenkins",
            "PUSH_PSW": "a-token",
        }

    def merge(self, version: str, **files: str) -> str:
        """A commit on main of the remote; returns its id."""
        content = {"VERSION": f"{version}\n", "Dockerfile": "FROM scratch\nCOPY hello /hello\n", **files}
        commit = self.component.commit(content)
        self.component.git("push", "--quiet", "origin", "main")
        return commit

    def checkout(self) -> Path:
        """A new workspace with the branch in it, as the git plugin makes one: a detached commit."""
        self.builds += 1
        workspace = self.folder / f"workspace-{self.builds}"
        (self.folder / f"workspace-{self.builds}@tmp").mkdir()
        clone = GitRepo.init(workspace)
        clone.git("remote", "add", "origin", str(self.remote.path))
        clone.git("fetch", "--quiet", "--tags", "origin", "+refs/heads/main:refs/remotes/origin/main")
        clone.git("checkout", "--quiet", "--detach", "origin/main")
        return workspace

    def run(self, script: str, workspace: Path, label: str, **variables: str) -> Done:
        """Run a script as Jenkins does: by its shebang, else by `sh -xe`."""
        file = workspace.with_name(f"{workspace.name}@tmp") / "script.sh"
        file.write_text(script)
        file.chmod(0o755)
        environment = {
            **self.environment,
            "WORKSPACE": str(workspace),
            "WORKSPACE_TMP": str(file.parent),
            "BUILD_TAG": f"jenkins-hello-publish-main-{self.builds}",
            **variables,
        }
        words = [str(file)] if script.startswith("#!") else ["sh", "-xe", str(file)]
        done = subprocess.run(
            words,
            cwd=workspace,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        return Done(label, done.returncode, done.stdout.decode())

    def build(self, *, killed_before: str = "", revision: str = "") -> list[Done]:
        """A build of the publish pipeline: the gate, and the rest when it says so, up to the first failure."""
        workspace = self.checkout()
        if revision:
            chosen = self.run(self.revision, workspace, "revision", JJBGEN_REVISION=revision)
            if chosen.code:
                return [chosen]
        done = [self.run(self.scripts["gate"], workspace, "gate")]
        if done[0].code != ExitCode.PUBLISH:
            gated = (workspace.with_name(f"{workspace.name}@tmp") / "gate.env").read_text()
            follows = "JJBGEN_DECISION=finalized-" in gated and killed_before != "next"
            return [*done, self.run(self.scripts["next"], workspace, "next")] if follows else done
        for label, script in self.scripts.items():
            if label == killed_before:
                break
            if label != "gate":
                done.append(self.run(script, workspace, label))
                if done[-1].code:
                    break
        return done

    def image_tags(self) -> list[str]:
        """The tags that the registry has."""
        answer = requests.get(f"http://{self.registry}/v2/example/hello/tags/list", timeout=5)
        assert answer.status_code in (200, 404)
        return sorted(answer.json().get("tags", ()))

    def digest(self, tag: str) -> str:
        """What an image tag leads to."""
        accept = "application/vnd.oci.image.manifest.v1+json"
        url = f"http://{self.registry}/v2/example/hello/manifests/{tag}"
        answer = requests.get(url, headers={"Accept": accept}, timeout=5)
        answer.raise_for_status()
        return answer.headers["Docker-Content-Digest"]

    def git_tags(self) -> dict[str, str]:
        """The tags of the remote, and the commits they lead to."""
        listed = self.remote.git("for-each-ref", "--format=%(refname:short) %(*objectname)", "refs/tags")
        return dict(line.split(" ") for line in listed.splitlines())


@pytest.fixture
def gerrit_platform(tmp_path: Path, groovy_vm: GroovyVm, registry: str, github: Api) -> Platform:
    return Platform(tmp_path, groovy_vm, registry, github, "review")


@pytest.fixture
def github_platform(tmp_path: Path, groovy_vm: GroovyVm, registry: str, github: Api) -> Platform:
    return Platform(tmp_path, groovy_vm, registry, github, "github")


def codes(done: list[Done]) -> dict[str, int]:
    """How each script of a build ended; with what it said where that was not well."""
    unexpected = [each for each in done if each.code not in (ExitCode.OK, ExitCode.PUBLISH)]
    print(*unexpected, sep="\n")  # noqa: T201 - for a person who looks for the reason
    return {each.label: each.code for each in done}


PUBLISHED = {"gate": 10, "build": 0, "push": 0, "tag": 0, "next": 0}


def test_a_release_is_pushed_tagged_and_published_once(gerrit_platform: Platform) -> None:
    platform = gerrit_platform
    platform.merge("1.2.3-dev", hello="hello")
    assert codes(platform.build()) == {"gate": 0}
    assert (platform.image_tags(), platform.git_tags()) == ([], {})
    release = platform.merge("1.2.3")
    assert codes(platform.build()) == PUBLISHED
    assert platform.image_tags() == ["1.2", "1.2.3"]
    assert platform.digest("1.2") == platform.digest("1.2.3")
    assert platform.git_tags() == {"1.2.3": release}
    again = platform.build(killed_before="next")
    assert codes(again) == {"gate": 0}
    platform.merge("1.2.4-dev")
    assert codes(platform.build()) == {"gate": 0}
    assert platform.git_tags() == {"1.2.3": release}


def test_a_run_killed_between_push_and_tag_is_completed_by_the_next(gerrit_platform: Platform) -> None:
    platform = gerrit_platform
    release = platform.merge("1.2.3", hello="hello")
    assert codes(platform.build(killed_before="tag")) == {"gate": 10, "build": 0, "push": 0}
    assert (platform.image_tags(), platform.git_tags()) == (["1.2", "1.2.3"], {})
    assert codes(platform.build()) == PUBLISHED
    assert platform.git_tags() == {"1.2.3": release}


def test_a_run_killed_before_the_push_leaves_nothing_and_is_completed_by_the_next(gerrit_platform: Platform) -> None:
    platform = gerrit_platform
    release = platform.merge("1.2.3", hello="hello")
    assert codes(platform.build(killed_before="push")) == {"gate": 10, "build": 0}
    assert (platform.image_tags(), platform.git_tags()) == ([], {})
    assert codes(platform.build()) == PUBLISHED
    assert (platform.image_tags(), platform.git_tags()) == (["1.2", "1.2.3"], {"1.2.3": release})


def test_the_gate_stops_a_version_that_went_down(gerrit_platform: Platform) -> None:
    platform = gerrit_platform
    platform.merge("1.2.3", hello="hello")
    platform.build()
    platform.merge("1.2.2")
    (gate,) = platform.build()
    assert gate.code == ExitCode.FAILED
    assert "1.2.2 is lower than 1.2.3" in gate.said
    assert platform.image_tags() == ["1.2", "1.2.3"]


def test_a_patch_of_an_old_line_does_not_take_the_moving_tag_away(gerrit_platform: Platform) -> None:
    platform = gerrit_platform
    first = platform.merge("1.2.3", hello="hello")
    platform.build(killed_before="next")
    platform.merge("1.2.5", hello="newer")
    platform.build(killed_before="next")
    newest = platform.digest("1.2")
    platform.component.git("reset", "--quiet", "--hard", first)
    platform.component.git("push", "--quiet", "--force", "origin", "main")
    platform.merge("1.2.4", hello="older")
    assert codes(platform.build(killed_before="next")) == {"gate": 10, "build": 0, "push": 0, "tag": 0}
    assert platform.image_tags() == ["1.2", "1.2.3", "1.2.4", "1.2.5"]
    assert platform.digest("1.2") == newest != platform.digest("1.2.4")


def test_a_release_is_followed_by_one_gerrit_change_to_the_next_version(gerrit_platform: Platform) -> None:
    platform = gerrit_platform
    release = platform.merge("1.2.3", hello="hello")
    assert codes(platform.build()) == PUBLISHED
    change = platform.remote.git("log", "-1", "--format=%an <%ae>%n%P%n%B", "refs/for/main")
    author, parent, *message = change.splitlines()
    assert author == "jjbgen <jjbgen@localhost>"
    assert parent == release
    assert message[:2] == ["Begin 1.2.4-dev", ""]
    assert message[2].startswith("Change-Id: I")
    assert len(message[2]) == len("Change-Id: I") + 40
    assert platform.remote.git("show", "refs/for/main:VERSION") == "1.2.4-dev"


def test_a_release_is_followed_by_one_pull_request_to_the_next_version(github_platform: Platform, github: Api) -> None:
    platform = github_platform
    platform.merge("1.2.3", hello="hello")
    done = platform.build()
    assert codes(done) == PUBLISHED
    body = {"title": "Begin 1.2.4-dev", "head": "begin-1.2.4-dev", "base": "main"}
    assert github.asked == [("/api/v3/repos/example/hello/pulls", "Bearer a-token", body)]
    assert platform.remote.git("show", "begin-1.2.4-dev:VERSION") == "1.2.4-dev"
    assert "a-token" not in "".join(each.said for each in done)
    # Another build of the same commit: GitHub says that it is proposed already.
    branch = platform.remote.id("begin-1.2.4-dev")
    assert codes(platform.build()) == {"gate": 0, "next": 0}
    assert github.asked[1:] == github.asked[:1]
    assert platform.remote.id("begin-1.2.4-dev") == branch


def test_nothing_follows_a_release_whose_branch_has_moved_on(gerrit_platform: Platform) -> None:
    platform = gerrit_platform
    platform.merge("1.2.3", hello="hello")
    platform.build(killed_before="next")
    platform.merge("1.3.0-dev")
    done = platform.run(platform.scripts["next"], platform.folder / "workspace-1", "next")
    assert (done.code, done.said) == (0, "main has moved on from 1.2.3 already\n")
    assert platform.remote.git("for-each-ref", "refs/for") == ""


def test_pre_merge_refuses_a_change_that_keeps_the_released_version(gerrit_platform: Platform) -> None:
    platform = gerrit_platform
    platform.merge("1.2.3", hello="hello")
    platform.build()
    workspace = platform.checkout()
    change = GitRepo(workspace)
    change.commit({"hello": "better"})
    kept = platform.run(platform.check, workspace, "check")
    assert kept.code == ExitCode.FAILED
    assert "jjbgen version next --dev --write" in kept.said
    change.commit({"VERSION": "1.2.4-dev\n"})
    assert platform.run(platform.check, workspace, "check").code == ExitCode.OK


def test_a_release_that_was_passed_over_is_published_by_its_commit(gerrit_platform: Platform) -> None:
    platform = gerrit_platform
    platform.merge("1.0.0", hello="hello")
    platform.build(killed_before="next")
    release = platform.merge("1.0.1", hello="better")
    platform.merge("1.0.2-dev")
    (gate,) = platform.build()
    assert f"not published: 1.0.1 of commit {release}" in gate.said
    assert codes(platform.build(revision=release))["tag"] == 0
    assert platform.git_tags()["1.0.1"] == release
    assert "1.0.1" in platform.image_tags()


@pytest.mark.parametrize("revision", ["main", "--force", "$(touch pwned)", "0123456789abcdef0123456789abcdef01234567"])
def test_only_a_commit_of_the_branch_can_be_chosen(gerrit_platform: Platform, revision: str) -> None:
    platform = gerrit_platform
    platform.merge("1.0.0", hello="hello")
    (chosen,) = platform.build(revision=revision)
    assert (chosen.label, chosen.code != 0) == ("revision", True)
    assert not list(platform.folder.rglob("pwned"))
