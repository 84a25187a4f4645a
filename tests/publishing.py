"""A platform that publishes: components on Gerrit and GitHub, images by buildah, a real registry.

A test module says `pytest_plugins = ("tests.publishing",)` and takes the fixture `on_gerrit`: a component that has
released 1.2.2 and goes on with 1.2.4-dev. With `merged_on_…` its release 1.2.4 is merged, with `released_on_…` it has
been published.
"""

from __future__ import annotations

import base64
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.git_repo import Files, GitRepo
from tests.helpers import write_tree
from tests.platform import CREDENTIALS, HOSTS, Platform, Repository

if TYPE_CHECKING:  # pytest has to import them itself, to rewrite their assertions
    from tests.github_api import Api
    from tests.pipeline_runner.runner import Build, PipelineRunner, Run
    from tests.registry import Registry

pytest_plugins = ("tests.pipeline_runner.plugin", "tests.registry", "tests.github_api")

_PUSHER = {"username": "jenkins", "password": "a-token-for-git"}
_LOGINS = (_PUSHER, CREDENTIALS["hub-push"])

SETTINGS = """\
title: Example
code-hosts:
  review: {{type: gerrit, server: review, url: 'https://review.example.org', push-credentials: pusher}}
  github: {{type: github, url: '{github}', organisations: [example], push-credentials: pusher}}
agents:
  virtual: {{label: any, has: [buildah, make]}}
registries:
  local: {{url: '{registry}', credentials: hub-push}}
credentials:
  hub-push: {{type: username-password, use: publish, description: pushes images}}
  pusher: {{type: username-password, use: publish, description: pushes tags}}
controllers:
  main: {{url: 'https://jenkins.example.org', owner: example}}
defaults:
  agent: virtual
  container-tool: buildah
  version: {{next-change: true}}
"""

COMPONENT = """\
title: {name}
owners: [greeters]
repository:
  host: {host}
  project: example/{name}
  branches:
    main:
    stable:
build: {{tool: make, targets: [build]}}
tests:
  unit: {{targets: [test], results: {{junit: report.xml}}}}
images: {{{images}}}
version:
  image-tags: ['{{major}}.{{minor}}']
pipelines:
  pre-merge:
  publish:
"""

SOURCES = {
    "Makefile": "build:\n\tcp source hello\ntest:\n\tsh test.sh > report.xml\n",
    "Dockerfile": "FROM scratch\nCOPY hello /hello\n",
    "test.sh": """echo '<testsuite><testcase name="greets"/></testsuite>'\n""",
}

HOLD = """\
# Stops here when the test has asked for it: tells the console of the step, past whoever catches the output, and waits.
[ "${HOLD-}" = "$1" ] || exit 0
read -r _ _ _ _ _ session _ < "/proc/$$/stat"
echo "held $1" > "/proc/$session/fd/1"
sleep 60
"""

HELD_PROGRAM = """\
[ "${{HOLD-}}${{BROKEN-}}" ] || exec {program} "$@"
case $1 in push) at="push ${{2##*/}}" ;; *) at="{name} ${{1-}}" ;; esac
hold "before $at"
[ "${{BROKEN-}}" != "$at" ] || exit 1
{program} "$@"
status=$?
hold "after $at"
exit $status
"""

UPDATE = """\
# Gerrit wants to know which change it is.
case $1 in refs/for/*) git log -1 --format=%B "$3" | grep -q '^Change-Id: I[0-9a-f]\\{{40\\}}$' || exit 1 ;; esac
{hold} "before $1"
"""

RECEIVED = """\
while read -r old new ref; do
  # Gerrit takes what is pushed for review as a patch set of a change.
  case $ref in
    refs/for/*)
      change=$(git log -1 --format='%(trailers:key=Change-Id,valueonly,separator=)' "$new")
      git update-ref "refs/proposed/$change" "$new"
      git update-ref -d "$ref"
      ;;
  esac
  {hold} "after $ref"
done
"""

_NOTED = {"FETCH_HEAD", "index", "logs", "objects"}
"""Files and folders of git that differ from build to build."""


@dataclass(frozen=True)
class World:
    """What everybody can see of a component."""

    refs: Mapping[str, str]
    """What the remote's refs lead to: a commit, or for what is proposed the version and the commit that it follows."""
    images: Mapping[str, str]
    """What the images of the registry say, by `name:tag`."""
    pulls: tuple[dict[str, str], ...]
    """The open pull requests."""


class Publishing(Platform):
    """The platform with its registry and its code hosts."""

    def __init__(self, folder: Path, runner: PipelineRunner, registry: Registry, api: Api) -> None:
        components = {
            "hello": COMPONENT.format(name="hello", host="review", images=_images("hello")),
            "world": COMPONENT.format(name="world", host="github", images=_images("world", "moon")),
        }
        settings = SETTINGS.format(registry=registry.address, github=api.url)
        hosts = {**HOSTS, "github": api.url}
        super().__init__(folder, runner, components, {"jjbgen.yaml": settings}, hosts)
        self.registry = registry
        self.api = api
        self.temporary = folder / "agent/tmp"
        """Where programs of the agent put their short-lived files."""
        self._install()

    def _install(self) -> None:
        """What the agent has."""
        storage = {"driver": "vfs", "graphroot": f"{self.folder}/containers", "runroot": f"{self.folder}/run"}
        lines = ["[storage]", *(f'{key} = "{value}"' for key, value in storage.items()), ""]
        write_tree(self.folder / "agent", {"storage.conf": "\n".join(lines)})
        self.temporary.mkdir()
        self.program("hold", HOLD)
        for name in ("buildah", "curl", "make"):
            self.program(name, HELD_PROGRAM.format(name=name, program=shutil.which(name)))
        # An agent that knows nobody: git makes tags and commits all the same.
        self._agent = {
            "BUILDAH_ISOLATION": "chroot",
            "CONTAINERS_STORAGE_CONF": f"{self.folder}/agent/storage.conf",
            "GIT_CONFIG_NOSYSTEM": "1",
            "SSL_CERT_FILE": str(self.registry.certificate),
            "STORAGE_DRIVER": "vfs",
            "TMPDIR": str(self.temporary),
            "XDG_RUNTIME_DIR": f"{self.folder}/agent/runtime",
        }

    def repository(self, project: str, files: Files, *, host: str = "review") -> Repository:
        """A component's repository, whose remote does what its code host does."""
        repository = super().repository(project, files, host=host)
        hold = self.bin / "hold"
        repository.remote.hook("update", UPDATE.format(hold=hold))
        repository.remote.hook("post-receive", RECEIVED.format(hold=hold))
        return repository

    def build(self, job: str, **values: Any) -> Build:
        """The next build of a job."""
        agent = {**self._agent, **values.pop("agent", {})}
        return super().build(job, agent=agent, **{"credentials": {**CREDENTIALS, "pusher": _PUSHER}, **values})

    def keep(self, name: str) -> None:
        """Remember the repositories and the registry as they are."""
        for repository in (self.folder / "git").glob("*/example/*"):
            GitRepo(repository).git("gc", "--quiet")
        (self.folder / "kept" / name).mkdir(parents=True)
        for number, path in enumerate(self._outside()):
            _copy(path, self.folder / f"kept/{name}/{number}")

    def restore(self, name: str) -> None:
        """Put all of that back, as if no build had run since."""
        for number, path in enumerate(self._outside()):
            shutil.rmtree(path)
            _copy(self.folder / f"kept/{name}/{number}", path)
        self.new_agent()
        self.api.reset()

    def new_agent(self) -> None:
        """Forget what builds have left on the agent."""
        for path in (self.folder / "jenkins", self.temporary):
            shutil.rmtree(path)
            path.mkdir()

    def _outside(self) -> tuple[Path, ...]:
        return self.folder / "git", self.folder / "clones", self.registry.images("example")

    def with_passwords(self, files: Mapping[str, bytes]) -> list[str]:
        """The files in which a password stands, plain or as programs write it for the web."""
        plain = [text for who in _LOGINS for text in (who["password"], f"{who['username']}:{who['password']}")]
        secrets = [each.encode() for each in plain] + [base64.b64encode(each.encode()) for each in plain]
        return [path for path, text in files.items() if any(secret in text for secret in secrets)]

    def on_the_agent(self) -> dict[str, bytes]:
        """What builds have left there, by path; but for what git notes with the time."""
        paths = [path for name in ("agent", "jenkins") for path in (self.folder / name).rglob("*")]
        kept = [path for path in paths if path.is_file() and not (".git" in path.parts and _NOTED & set(path.parts))]
        return {str(path.relative_to(self.folder)): _content(path) for path in kept}


def _content(path: Path) -> bytes:
    # A tag tells when it was made, too; the commit that it leads to is the remote's.
    return b"" if path.parent.parts[-3:] == (".git", "refs", "tags") else path.read_bytes()


def _copy(path: Path, target: Path) -> None:
    # Much faster than shutil: this is done for each test.
    subprocess.run(["cp", "-a", str(path), str(target)], check=True)


def _images(*names: str) -> str:
    return ", ".join(f"{name}: {{repository: example/{name}, registry: local}}" for name in names)


class Component:
    """A component of the platform."""

    def __init__(self, publishing: Publishing, name: str, host: str, images: tuple[str, ...]) -> None:
        self.publishing = publishing
        self.name = name
        self.images = images
        self.on_gerrit = host == "review"
        self.repository = publishing.repository(f"example/{name}", SOURCES, host=host)

    def event(self) -> dict[str, str]:
        """What the trigger tells of the last merge. GitHub's push tells nothing."""
        commit = self.repository.clone.id("main")
        return {"GERRIT_BRANCH": "main", "GERRIT_NEWREV": commit} if self.on_gerrit else {}

    def merge(self, files: Files) -> str:
        """A commit on main; returns its id."""
        return self.repository.merge(files)["GERRIT_NEWREV"]

    def version(self, version: str, files: Files | None = None) -> str:
        """A commit on main with this version; what it builds says so."""
        return self.merge({"VERSION": f"{version}\n", "source": f"hello of {version}\n", **(files or {})})

    def publish(self, branch: str = "main", **values: Any) -> Run:
        """The publish job, as the last merge starts it, however often it is called."""
        return self.publishing.start(f"{self.name}-publish-{branch}", **{"environment": self.event(), **values})

    def world(self) -> World:
        """What everybody can see of it."""
        images = {
            f"{image}:{tag}": self.publishing.registry.files(f"example/{image}", tag)["hello"].strip()
            for image in self.images
            for tag in self.publishing.registry.tags(f"example/{image}")
        }
        pulls = [] if self.on_gerrit else self.publishing.api.pulls
        return World(self._refs(), images, tuple(pulls))

    def digests(self) -> dict[str, str]:
        """What the tags of its images lead to, by `name:tag`."""
        found = {image: self.publishing.registry.digests(f"example/{image}") for image in self.images}
        return {f"{image}:{tag}": digest for image, tags in found.items() for tag, digest in tags.items()}

    def tag_objects(self) -> str:
        """The tags of the remote themselves, with who made them and when."""
        return self.repository.remote.git("for-each-ref", "refs/tags")

    def _refs(self) -> dict[str, str]:
        listed = self.repository.remote.git("for-each-ref", "--format=%(refname) %(objectname) %(*objectname)")
        refs = (line.split() for line in listed.splitlines())
        return {name: self._leads_to(name, commit) for name, *_, commit in refs}

    def _leads_to(self, name: str, commit: str) -> str:
        if name.startswith(("refs/proposed/", "refs/heads/begin-")):
            remote = self.repository.remote
            return f"{remote.git('show', f'{commit}:VERSION')} after {remote.id(f'{commit}^')}"
        return commit


@dataclass(frozen=True)
class Release:
    """A release that was published without disturbance."""

    component: Component
    commit: str
    workspace: Path
    before: World
    run: Run
    after: World
    digests: Mapping[str, str]
    tags: str
    left: Mapping[str, bytes]
    """What was on the agent afterwards."""

    @classmethod
    def of(cls, component: Component) -> Release:
        """Publish what was merged last."""
        before = component.world()
        build = component.publishing.build(f"{component.name}-publish-main", environment=component.event())
        run = component.publishing.run(build)
        return cls(
            component,
            component.repository.clone.id("main"),
            build.workspace,
            before,
            run,
            component.world(),
            component.digests(),
            component.tag_objects(),
            component.publishing.on_the_agent(),
        )


@dataclass(frozen=True)
class _Prepared:
    publishing: Publishing
    on_gerrit: Release
    on_github: Release


@pytest.fixture(scope="session")
def _prepared(
    pipeline_runner: PipelineRunner, registry: Registry, github_api: Api, tmp_path_factory: pytest.TempPathFactory
) -> _Prepared:
    publishing = Publishing(tmp_path_factory.mktemp("publishing"), pipeline_runner, registry, github_api)
    components = (
        Component(publishing, "hello", "review", ("hello",)),
        Component(publishing, "world", "github", ("world", "moon")),
    )
    for component in components:
        component.version("1.2.2")
        run = component.publish()
        assert run.result == "SUCCESS", "\n".join(run.console)
        component.version("1.2.4-dev")
    publishing.keep("in development")
    github_api.reset()
    for component in components:
        component.version("1.2.4")
    publishing.keep("merged")
    releases = [Release.of(component) for component in components]
    publishing.keep("released")
    return _Prepared(publishing, *releases)


@pytest.fixture
def on_gerrit(_prepared: _Prepared) -> Component:
    """A component on Gerrit with one image; it has released 1.2.2 and goes on with 1.2.4-dev."""
    _prepared.publishing.restore("in development")
    return _prepared.on_gerrit.component


@pytest.fixture
def merged_on_gerrit(_prepared: _Prepared) -> Release:
    """A release 1.2.4 that is going to be published."""
    _prepared.publishing.restore("merged")
    return _prepared.on_gerrit


@pytest.fixture
def merged_on_github(_prepared: _Prepared) -> Release:
    """A release 1.2.4 that is going to be published."""
    _prepared.publishing.restore("merged")
    return _prepared.on_github


@pytest.fixture
def released_on_gerrit(_prepared: _Prepared) -> Release:
    """A release 1.2.4 that has been published."""
    _prepared.publishing.restore("released")
    return _prepared.on_gerrit


@pytest.fixture
def released_on_github(_prepared: _Prepared) -> Release:
    """A release 1.2.4 that has been published, with its pull request."""
    _prepared.publishing.restore("released")
    _prepared.publishing.api.pulls.extend(_prepared.on_github.after.pulls)
    return _prepared.on_github
