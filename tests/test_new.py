"""`jjbgen new`: real checkouts in, a descriptor out that `jjbgen check` has nothing against."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from jjbgen import cli, cli_new, clone, makefile, sketch, source
from jjbgen.errors import ExitCode
from jjbgen.history import WorkingTree
from jjbgen.load import Descriptor, load_descriptor
from tests.git_repo import Files, GitRepo
from tests.helpers import PLUGINS, ROOT, SETTINGS, run, write_tree

pytestmark = pytest.mark.usefixtures("plain_git", "_new_is_a_command")


@pytest.fixture
def _new_is_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cli.cli.commands, "new", cli_new.new)


def platform(root: Path, *components: str) -> Path:
    """A config repo with the settings of this one, and some of its components."""
    (root / "components").mkdir(parents=True)
    for name in ("jjbgen.yaml", "plugins.yaml", *(f"components/{each}.yaml" for each in components)):
        shutil.copy(ROOT / name, root / name)
    return root


def settings(root: Path, text: str = SETTINGS) -> Path:
    """A config repo with these settings, and no components."""
    (root / "components").mkdir(parents=True)
    return write_tree(root, {"jjbgen.yaml": text, "plugins.yaml": PLUGINS})


def project(path: Path, files: Files, *, remote: str = "", branches: Sequence[str] = ("main",)) -> GitRepo:
    """A clone of a project: its remote `origin`, and the branches there, the main one first, the last changed last."""
    repo = GitRepo.init(path)
    repo.commit(files)
    if remote:
        repo.git("remote", "add", "origin", remote)
        for branch in branches:
            repo.git("update-ref", f"refs/remotes/origin/{branch}", repo.commit(message=branch))
        repo.git("symbolic-ref", "refs/remotes/origin/HEAD", f"refs/remotes/origin/{branches[0]}")
    return repo


def descriptor(root: Path, name: str) -> Descriptor:
    return load_descriptor(root, root / "components" / f"{name}.yaml")


def written(root: Path, name: str) -> Any:
    """The descriptor as any other program reads it."""
    return yaml.safe_load((root / "components" / f"{name}.yaml").read_text(encoding="utf-8"))


def made(root: Path, name: str, checkout: Path, *words: str) -> Any:
    """The new descriptor of a checkout, which nothing is wrong with."""
    outcome = run(root, "new", name, "--from", str(checkout), *words)
    assert (outcome.code, outcome.err) == (0, "")
    checked = run(root, "check")
    assert (checked.code, checked.err) == (0, "")
    return written(root, name)


GO_FUNCTION = """\
NAME := {name}
DOCKER_REGISTRY   ?=
DOCKER_REPOSITORY ?=
DOCKER_TAG        ?= $(shell cat VERSION)
DOCKER_TARGETS    ?= {targets}
GOFLAGS           ?= $(if $(RACE),-race)

.PHONY: all test golint check-reuse docker-build

all: $(NAME)

$(NAME): $(shell find . -name '*.go')
\tgo build $(GOFLAGS) -o bin/$@

docker-build: ## needs a vendor folder
\tgo mod vendor
\tfor target in $(DOCKER_TARGETS); do \\
\t  DOCKER_BUILDKIT=1 docker build --pull --target $$target \\
\t    --tag $(DOCKER_REGISTRY)$(DOCKER_REPOSITORY){prefix}$$target:$(DOCKER_TAG) \\
\t    --build-arg VERSION="$(DOCKER_TAG)" . || exit 1; \\
\tdone

{unit}:
\tgo test ./...

golint:
\tgolangci-lint run

check-reuse:
\treuse lint
"""
DOCKERFILE = "FROM golang:1.22.1 AS builder\nCOPY . .\nRUN make all\n{stages}"
GO = {"go.mod": "module example.org/x\n", "main.go": "package main\n", "main_test.go": "package main\n"}


def go_function(name: str, prefix: str, *targets: str, unit: str = "test") -> Files:
    stages = "".join(f"FROM alpine:3.20.1 AS {target}\nCOPY --from=builder /bin /bin\n" for target in targets)
    return {
        **GO,
        "Makefile": GO_FUNCTION.format(name=name, prefix=prefix, targets=" ".join(targets), unit=unit),
        "Dockerfile": DOCKERFILE.format(stages=stages),
        "VERSION": "1.4.3-dev\n",
        "LICENSES/Apache-2.0.txt": "…\n",
    }


def chart(name: str, more: str = "") -> str:
    return f"apiVersion: v2\nname: {name}\nversion: 1.2.3\nappVersion: '4'\n{more}"


def gitreview(project: str) -> str:
    return f"[gerrit]\nhost=gerrit.opencord.org\nport=29418\nproject={project}.git\ndefaultremote=origin\n"


def robot(*cases: str) -> str:
    return "*** Settings ***\nResource  common.resource\n\n*** Test Cases ***\n" + "".join(
        f"{case}\n    No Operation\n" for case in cases
    )


API_SUITES = (
    *("access-point", "application", "device-group", "enterprise", "ip-domain", "site", "template"),
    *("traffic-class", "upf"),
)

VOLTHA_MAKEFILE = """\
ifdef USE_SHARED
  include shared/include.mk
else
  include $(dir $(MAKEFILE_LIST))/makefiles/docker.mk
endif
.DEFAULT_GOAL := help
help:
\t@grep ':.*##' $(MAKEFILE_LIST)
build: docker-build ## the same
docker-build: local-protos
\tdocker $(args) build $(ARGS) --platform=linux/amd64 -t ${{IMAGENAME}}:${{DOCKER_TAG}} {options} .
ifdef BUILD_PROFILED
\tdocker build --target dev -t ${{IMAGENAME}}:${{DOCKER_TAG}}-profile {options} .
endif
lint: lint-mod
sca:
\tgolangci-lint run --out-format junit-xml
test:: lint
\tgo test ./...
"""
VOLTHA_DOCKER = """\
DOCKER_REGISTRY   ?=
DOCKER_REPOSITORY ?=
DOCKER_TAG        ?= ${{VERSION}}$(shell test -n "$(DIRTY)" && echo -dirty)
IMAGENAME         := ${{DOCKER_REGISTRY}}${{DOCKER_REPOSITORY}}{name}
"""


def voltha(name: str, image: str, dockerfile: str) -> Files:
    return {
        **GO,
        "Makefile": VOLTHA_MAKEFILE.format(options=f"-f {dockerfile}"),
        "makefiles/docker.mk": VOLTHA_DOCKER.format(name=image),
        dockerfile: DOCKERFILE.format(stages="FROM gcr.io/distroless/static:nonroot\nCOPY --from=builder /bin /bin\n"),
        "VERSION": "3.6.1\n",
        ".gitreview": gitreview(name),
        "vendor/example.org/y/Dockerfile": "FROM scratch\nCOPY y /\n",
    }


@dataclass(frozen=True)
class Shape:
    """What the project of a component looks like, and what its checkout cannot tell."""

    files: Files
    remote: str
    branches: tuple[str, ...] = ("main",)
    version: str | None = "VERSION"
    """The file that holds the version."""
    siblings: tuple[str, ...] = ()
    """Components that show how images are called, where the checkout alone does not."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """Further values that have to be in the descriptor."""


SHAPES = {
    "aaa": Shape(
        {
            "pom.xml": "<project><artifactId>aaa</artifactId><version>2.11.3-SNAPSHOT</version>"
            "<modules><module>app</module></modules></project>",
            "app/pom.xml": "<project><version>2.11.3-SNAPSHOT</version></project>",
            "app/src/test/java/AaaTest.java": "class AaaTest {}\n",
            ".gitreview": gitreview("aaa"),
        },
        "ssh://ada@gerrit.opencord.org:29418/aaa.git",
        ("master", "aaa-rework"),
        version="pom.xml",
        more={"packages": {"maven": {"repository": "maven"}}},
    ),
    "aether-roc-api-tests": Shape(
        {
            **{f"tests/{name.replace('-', '_')}.robot": robot("Works") for name in API_SUITES},
            "tests/keywords.robot": "*** Keywords ***\nDo\n    No Operation\n",
            "tests/common.resource": "*** Keywords ***\n",
            "tests/run.sh": '#!/bin/sh\nexec robot "tests/$1.robot"\n',
            "VERSION": "0.3.1-dev\n",
        },
        "https://github.com/onosproject/aether-roc-api",
        ("master", "test-ci"),
    ),
    "amf": Shape(
        go_function("amf", "5gc-", "amf"),
        "git@github.com:omec-project/amf.git",
        ("main", "dependabot/docker/alpine-3.20"),
        more={
            "build": {"tool": "make", "targets": ["all"]},
            "checks": {"lint": {"targets": ["golint"]}, "licence": {"targets": ["check-reuse"]}},
            "tests": {"unit": {"targets": ["test"]}},
        },
    ),
    "bbsim": Shape(
        voltha("bbsim", "bbsim", "build/package/Dockerfile"),
        "https://gerrit.opencord.org/bbsim",
        ("master", "voltha-2.13", "voltha-2.14"),
        siblings=("voltha-go",),
        more={"checks": {"lint": {"targets": ["lint", "sca"]}}},
    ),
    "onos-config": Shape(
        {
            **GO,
            "Makefile": "DOCKER_REPOSITORY ?= onosproject/\nVERSION ?= latest\n"
            "IMAGE := ${DOCKER_REGISTRY}${DOCKER_REPOSITORY}onos-config:${VERSION}\nall: build images\n"
            "build:\n\tgo build ./...\ntest: build lint license\n\tgo test ./...\nlint:\n\tgolangci-lint run\n"
            "license:\n\treuse lint\nimages:\n"
            "\tdocker build --platform linux/amd64 . -f build/onos-config/Dockerfile \\\n\t\t-t ${IMAGE}\n",
            "build/onos-config/Dockerfile": DOCKERFILE.format(stages="FROM alpine:3.20.1\nCOPY --from=builder /x /x\n"),
            "VERSION": "1.1.7-dev\n",
            "test/go.mod": "module example.org/x/test\n",
        },
        "https://github.com/onosproject/onos-config.git",
        ("master", "leaf-selection"),
        more={"checks": {"lint": {"targets": ["lint"]}, "licence": {"targets": ["license"]}}},
    ),
    "sdcore-helm-charts": Shape(
        {
            **{f"{name}/Chart.yaml": chart(name) for name in ("5g-control-plane", "5g-ran-sim", "omec-sub-provision")},
            "sdcore-helm-charts/Chart.yaml": chart(
                "sd-core", "dependencies:\n  - {name: 5g-ran-sim, version: 1.2.3, repository: 'file://../5g-ran-sim'}\n"
            ),
            "sdcore-helm-charts/charts/mongodb/Chart.yaml": chart("mongodb"),
            "tox.ini": "[testenv:reuse]\ndeps = reuse\ncommands = reuse lint\n",
            "VERSION": "1.6.2-dev\n",
            "LICENSES/Apache-2.0.txt": "…\n",
        },
        "https://github.com/omec-project/sdcore-helm-charts",
        more={"checks": {"licence": {"tool": "tox", "targets": ["reuse"]}}},
    ),
    "smf": Shape(go_function("smf", "5gc-", "smf"), "https://github.com/omec-project/smf", ("main",)),
    "stratum": Shape(
        {
            "WORKSPACE": "workspace(name = 'x')\n",
            "BUILD": "exports_files(['LICENSE'])\n",
            ".bazelversion": "5.4.0\n",
            "stratum/hal/bin/BUILD": "cc_test(name = 'x')\n",
            "Dockerfile": "FROM stratumproject/build:build\nRUN useradd dev\n",
            "Dockerfile.build": "FROM debian:11.9\nCOPY tools /tools\n",
            "stratum/hal/bin/bmv2/docker/Dockerfile": "FROM debian:11.9\nCOPY x /\n",
            "tools/mininet/Dockerfile": "FROM debian:11.9\nCOPY x /\n",
        },
        "git@github.com:stratum/stratum.git",
        ("main", "grpc-1.32", "p4-dev"),
        version=None,
        more={"pipelines": {name: {"agent": "large"} for name in ("pre-merge", "post-merge")}},
    ),
    "upf": Shape(
        {
            **go_function("upf", "upf-epc-", "bess", "pfcpiface", unit="test-up4-integration"),
            "ptf/Dockerfile": "FROM python:3.12.3\nCOPY ptf /\nRUN pip install .\n",
        },
        "https://github.com/omec-project/upf",
    ),
    "voltha-go": Shape(
        voltha("voltha-go", "voltha-rw-core", "docker/Dockerfile.rw_core"),
        "https://gerrit.opencord.org/a/voltha-go",
        ("master", "voltha-2.12", "voltha-2.14"),
        siblings=("bbsim",),
    ),
    "voltha-helm-charts": Shape(
        {
            **{f"{name}/Chart.yaml": chart(name) for name in ("voltha", "voltha-infra", "voltha-stack")},
            "voltha-stack/charts/voltha/Chart.yaml": chart("voltha"),
            "VERSION": "3.8.4-dev\n",
            ".gitreview": gitreview("voltha-helm-charts"),
        },
        "https://github.com/opencord/voltha-helm-charts",
        ("master", "voltha-2.13", "voltha-2.14"),
    ),
    "voltha-protos": Shape(
        {
            "Makefile": "protos: python-protos go-protos\nbuild: protos\ntest: python-test go-test\n",
            "go.mod": "module example.org/voltha-protos\n",
            "setup.py": "from setuptools import setup\nsetup()\n",
            "tox.ini": "[tox]\nenvlist = py310,py311\n[testenv]\ncommands = nose2\n",
            "VERSION": "5.7.9\n",
        },
        "https://gerrit.opencord.org/voltha-protos",
        ("master",),
        more={"packages": {"pypi": {"repository": "pypi"}}},
    ),
    "webui": Shape(
        {
            "package.json": json.dumps(
                {
                    "name": "roc-gui",
                    "version": "0.0.0",
                    "private": True,
                    "scripts": {"start": "ng serve", "build": "ng build", "test": "ng test", "lint": "ng lint"},
                }
            ),
            "package-lock.json": "{}\n",
            "Makefile": "DOCKER_REPOSITORY ?= onosproject/\nbuild:\n\tnpm run build\n"
            "image:\n\tdocker build -t ${DOCKER_REGISTRY}${DOCKER_REPOSITORY}aether-roc-gui:latest .\n",
            "Dockerfile": "FROM node:20.11.1 AS builder\nCOPY . .\nFROM nginx:1.25.4\nCOPY --from=builder /dist /www\n",
            "VERSION": "0.10.5-dev\n",
        },
        "https://github.com/onosproject/aether-roc-gui",
        ("master", "feature/vcs-burst-rate"),
        more={"tests": {"unit": {"targets": ["test"]}}, "checks": {"lint": {"targets": ["lint"]}}},
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_the_descriptor_of_a_checkout_agrees_with_the_one_that_people_wrote(name: str, tmp_path: Path) -> None:
    shape = SHAPES[name]
    root = platform(tmp_path / "config", *shape.siblings)
    checkout = project(tmp_path / "checkout", shape.files, remote=shape.remote, branches=shape.branches)
    outcome = run(root, "new", name, "--from", str(checkout.path), "--format", "json")
    assert (outcome.code, outcome.err) == (0, "")
    assert (run(root, "check").code, outcome.json()["problems"]) == (0, [])
    ours, theirs = descriptor(root, name), descriptor(ROOT, name)
    for what in (
        lambda each: (each.component.repository.host, each.component.repository.project, set(each.bodies)),
        lambda each: each.component.build and each.component.build.tool,
        lambda each: {image.repository: image.dockerfile for image in each.component.images.values()},
        lambda each: {chart.path for chart in each.component.charts.values()},
        lambda each: {package.repository for package in each.component.packages.values()},
    ):
        assert what(ours) == what(theirs)
    sources = [each["seen"] for each in outcome.json()["said"] if each["what"].startswith("version ")]
    assert sources == ([shape.version] if shape.version else [])
    values = written(root, name)
    assert {key: values.get(key) for key in shape.more} == shape.more


def test_suites_of_robot_framework_are_tests_by_their_names(tmp_path: Path) -> None:
    shape = SHAPES["aether-roc-api-tests"]
    root = platform(tmp_path / "config")
    values = made(root, "api-tests", project(tmp_path / "checkout", shape.files, remote=shape.remote).path)
    assert values["tests"] == {
        name: {
            "category": "integration",
            "framework": "robot",
            "commands": [f"robot --outputdir results/{name} tests/{name.replace('-', '_')}.robot"],
        }
        for name in descriptor(ROOT, "aether-roc-api-tests").component.tests
    }
    assert list(values["pipelines"]) == ["nightly"]


def test_what_was_found_is_told_with_its_file_and_what_is_guessed_is_called_so(tmp_path: Path) -> None:
    shape = SHAPES["amf"]
    root = platform(tmp_path / "config")
    branches = ("main", "rel-1.3", "rel-1.10")
    checkout = project(tmp_path / "checkout", shape.files, remote=shape.remote, branches=branches)
    outcome = run(root, "new", "amf", "--from", str(checkout.path))
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.splitlines() == [
        "found project omec-project/amf on github (git remote origin)",
        "found branch main (git remote origin)",
        "guessed branch rel-1.10 (git remote origin)",
        "found version 1.4.3-dev (VERSION)",
        "found build tool make all (Makefile)",
        "found check lint: make golint (Makefile)",
        "found check licence: make check-reuse (Makefile)",
        "found unit tests: make test (Makefile)",
        "guessed image omecproject/5gc-amf of Dockerfile (Makefile)",
        "create components/amf.yaml",
    ]
    assert (root / "components/amf.yaml").read_text(encoding="utf-8") == (
        "# Written by `jjbgen new`. What is called a guess wants a look; docs/descriptor.md has every key.\n"
        "title: Amf  # a guess: what it is, in a few words\n"
        "owners: [amf-maintainers]  # a guess: who to ask\n"
        "\n"
        "repository:\n"
        "  host: github\n"
        "  project: omec-project/amf\n"
        "  branches:\n"
        "    main:\n"
        "    rel-1.10:  # a guess: called like a release, and changed last; also there: rel-1.3\n"
        "\n"
        "build:\n"
        "  tool: make\n"
        "  targets: [all]\n"
        "\n"
        "checks:\n"
        "  lint: {targets: [golint]}\n"
        "  licence: {targets: [check-reuse]}\n"
        "\n"
        "tests:\n"
        "  unit: {targets: [test]}\n"
        "\n"
        "images:\n"
        "  5gc-amf:\n"
        "    registry: docker-hub\n"
        "    repository: omecproject/5gc-amf  # a guess: in front is the organisation\n"
        "    target: amf\n"
        "\n"
        "pipelines:\n"
        "  pre-merge:\n"
        "  post-merge:\n"
        "  publish:\n"
    )


def test_json_has_the_path_what_was_found_and_what_is_left_to_do(tmp_path: Path) -> None:
    outcome = run(platform(tmp_path / "config"), "new", "hello", "--format", "json")
    assert outcome.json() == {
        "problems": [],
        "path": "components/hello.yaml",
        "said": [{"verb": "guessed", "what": "project hello on opencord", "seen": "jjbgen.yaml"}],
    }


def test_quiet_prints_nothing(tmp_path: Path) -> None:
    outcome = run(platform(tmp_path / "config"), "new", "hello", "-q")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")


# Without a checkout.


@pytest.mark.parametrize(
    "text",
    [
        pytest.param((ROOT / "jjbgen.yaml").read_text(encoding="utf-8"), id="this repository"),
        pytest.param(SETTINGS, id="example"),
        pytest.param(SETTINGS.replace("    nightly: {schedule", "    publish: {timeout: 9}\n    #"), id="no schedule"),
        pytest.param(SETTINGS.replace("has: [make, docker, helm, mvn,", "has: [docker, mvn,"), id="make elsewhere"),
        pytest.param(
            SETTINGS.replace("has: [make", "has: [git").replace("large: {label: ubuntu && large, has: [make]}", "")
        ),
        pytest.param(SETTINGS.replace("owner: example}", "owner: example, labels: [sd-core]}"), id="labels"),
    ],
)
def test_without_a_checkout_there_are_the_four_usual_pipelines(text: str, tmp_path: Path) -> None:
    root = settings(tmp_path / "config", text)
    outcome = run(root, "new", "hello")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.splitlines()[-1] == "create components/hello.yaml"
    assert list(written(root, "hello")["pipelines"]) == ["pre-merge", "post-merge", "nightly", "publish"]
    assert run(root, "check").out == "1 component, 4 jobs, 4 pipelines: no problems\n"


def test_without_a_checkout_the_project_is_called_like_the_component_on_the_first_code_host(tmp_path: Path) -> None:
    github_first = SETTINGS.replace(
        "  review:\n",
        "  other:\n    type: github\n    url: https://github.example.org\n"
        "    organisations: [first, second]\n  review:\n",
    )
    root = settings(tmp_path / "config", github_first)
    run(root, "new", "hello")
    assert written(root, "hello")["repository"] == {
        "host": "other",
        "project": "first/hello",
        "branches": {"main": None},
    }


def test_a_platform_without_any_build_tool_gets_commands(tmp_path: Path) -> None:
    bare = SETTINGS.replace("has: [make, docker, helm, mvn, npm, tox, go, bazel, java, kind, python3]", "has: [docker]")
    root = settings(tmp_path / "config", bare.replace("has: [make]", "has: [docker]"))
    assert run(root, "new", "hello").code == ExitCode.OK
    assert written(root, "hello")["build"] == {"tool": "command", "commands": ["./build.sh"]}
    assert run(root, "check").code == ExitCode.OK


# Where it comes from.


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://github.com/omec-project/amf", ("github.com", "omec-project/amf")),
        ("https://github.com/omec-project/amf.git/", ("github.com", "omec-project/amf")),
        ("https://ada:secret@GitHub.com:443/omec-project/amf.git", ("github.com", "omec-project/amf")),
        ("ssh://git@github.com/omec-project/amf.git", ("github.com", "omec-project/amf")),
        ("ssh://ada@gerrit.opencord.org:29418/voltha-go", ("gerrit.opencord.org", "voltha-go")),
        ("git@github.com:omec-project/amf.git", ("github.com", "omec-project/amf")),
        ("github.com:omec-project/amf", ("github.com", "omec-project/amf")),
        ("git@github.com:/omec-project/amf", ("github.com", "omec-project/amf")),
        ("git://github.com/omec-project/amf", ("github.com", "omec-project/amf")),
        ("/srv/git/amf.git", None),
        ("../amf", None),
        ("file:///srv/git/amf.git", None),
        ("C:\\git\\amf", None),
        ("ext::sh -c touch% /tmp/x", None),
        ("https://[", None),
        ("https://github.com", None),
        ("", None),
    ],
)
def test_a_remote_is_a_host_and_a_path(url: str, place: tuple[str, str] | None) -> None:
    assert clone.located(url) == place


@pytest.mark.parametrize(
    ("remotes", "repository"),
    [
        (
            {"origin": "git@github.com:ada/amf.git", "upstream": "https://github.com/omec-project/amf"},
            "omec-project/amf",
        ),
        (
            {"origin": "https://github.com/OMEC-Project/amf", "zzz": "https://github.com/stratum/amf"},
            "omec-project/amf",
        ),
        (
            {"backup": "https://git.example.org/x/y", "fork/ada": "ssh://git@ssh.github.com:443/stratum/z.git"},
            "stratum/z",
        ),
        ({"origin": "https://gerrit.opencord.org/a/deep/er"}, "deep/er"),
    ],
)
def test_the_remote_that_the_settings_know_is_the_project(
    remotes: Mapping[str, str], repository: str, tmp_path: Path
) -> None:
    repo = project(tmp_path / "checkout", go_function("amf", "5gc-", "amf"))
    for name, url in remotes.items():
        repo.git("remote", "add", name, url)
    values = made(platform(tmp_path / "config"), "amf", repo.path)
    assert values["repository"]["project"] == repository


@pytest.mark.parametrize(
    ("remote", "repository", "why"),
    [
        ("https://github.com/ada/thing", "omec-project/thing", "'ada' is no organisation of jjbgen.yaml"),
        ("https://ada:pa55word@git.example.org/x/thing", "thing", "no code host of jjbgen.yaml is git.example.org"),
        ("https://gerrit.opencord.org/a b", "amf", "called like the component"),
        ("/srv/git/thing", "amf", "called like the component"),
    ],
)
def test_a_project_that_the_settings_do_not_know_is_a_guess(
    remote: str, repository: str, why: str, tmp_path: Path
) -> None:
    root = platform(tmp_path / "config")
    checkout = project(tmp_path / "checkout", go_function("amf", "5gc-", "amf"), remote=remote)
    assert made(root, "amf", checkout.path)["repository"]["project"] == repository
    text = (root / "components/amf.yaml").read_text(encoding="utf-8")
    assert f"  project: {repository}  # a guess: {why}\n" in text
    assert "pa55word" not in text


def test_the_main_branch_is_the_head_of_the_remote_and_not_what_somebody_works_on(tmp_path: Path) -> None:
    remote = "https://github.com/omec-project/amf"
    checkout = project(tmp_path / "checkout", {"go.mod": "module x\n"}, remote=remote, branches=("trunk", "main"))
    checkout.branch("fix-it")
    assert list(made(platform(tmp_path / "config"), "amf", checkout.path)["repository"]["branches"]) == ["trunk"]


def test_without_a_remote_the_branches_of_the_clone_count(tmp_path: Path) -> None:
    checkout = project(tmp_path / "checkout", {"go.mod": "module x\n"})
    checkout.branch("release/1.0")
    checkout.branch("fix-it")
    checkout.commit()
    branches = made(platform(tmp_path / "config"), "amf", checkout.path)["repository"]["branches"]
    assert list(branches) == ["main", "release/1.0"]


def test_branches_that_would_get_the_same_jobs_or_too_long_names_are_not_both_tracked(tmp_path: Path) -> None:
    odd = ("main", f"release/{'1.' * 60}0", "rel$(id)-1.0", "rel-1.0", "release/1.0", "MAIN-1.0")
    remote = "https://github.com/omec-project/amf"
    checkout = project(tmp_path / "checkout", {"go.mod": "module x\n"}, remote=remote, branches=odd)
    branches = made(platform(tmp_path / "config"), "amf", checkout.path)["repository"]["branches"]
    assert list(branches) == ["main", "release/1.0"]


def test_a_folder_without_git_is_looked_at_all_the_same(tmp_path: Path) -> None:
    root = platform(tmp_path / "config")
    write_tree(tmp_path / "checkout", {path: str(text) for path, text in go_function("amf", "5gc-", "amf").items()})
    outcome = run(root, "new", "amf", "--from", str(tmp_path / "checkout"))
    assert (outcome.code, outcome.err) == (0, "")
    assert "note: .git: is not here, or git does not read it: remotes and branches are unknown\n" in outcome.out
    assert run(root, "check").code == ExitCode.OK
    values = written(root, "amf")
    assert values["build"] == {"tool": "make", "targets": ["all"]}
    assert values["images"]["5gc-amf"]["repository"] == "5gc-amf"


def test_a_folder_inside_of_another_checkout_has_nothing_of_its_remotes(tmp_path: Path) -> None:
    outer = project(tmp_path / "outer", {"inner/go.mod": "module x\n"}, remote="https://github.com/stratum/stratum")
    values = made(platform(tmp_path / "config"), "amf", outer.path / "inner")
    assert values["repository"] == {"host": "opencord", "project": "amf", "branches": {"main": None}}
    assert values["build"]["tool"] == "go"


def test_a_checkout_that_shows_nothing_gets_work_to_start_from(tmp_path: Path) -> None:
    checkout = project(tmp_path / "checkout", {"notes.txt": "x\n"}, remote="https://github.com/omec-project/amf")
    values = made(platform(tmp_path / "config"), "amf", checkout.path)
    assert values["build"] == {"tool": "make", "targets": ["build"]}
    assert list(values["pipelines"]) == ["pre-merge", "post-merge"]
    assert values["repository"]["project"] == "omec-project/amf"


# How it is built and tested.


@pytest.mark.parametrize(
    ("files", "build", "unit"),
    [
        ({"gradlew": "", "build.gradle.kts": "", "src/test/X.java": ""}, ("gradle", ["assemble"]), ["test"]),
        ({"MODULE.bazel": "", "Makefile": "all:\n"}, ("bazel", ["//..."]), None),
        ({"pom.xml": "<project/>", "Makefile": "all:\ntest:\n"}, ("maven", ["clean", "package", "-DskipTests"]), None),
        ({**GO, "package.json": '{"scripts": {"build": "x"}}', "Makefile": "build:\n"}, ("make", ["build"]), None),
        (GO, ("go", ["./..."]), ["./..."]),
        ({"package.json": '{"scripts": {"test": "jest"}}'}, ("npm", None), ["test"]),
        (
            {"package.json": '{"scripts": {"build": "x", "test": "echo \\"no test specified\\""}}'},
            ("npm", ["build"]),
            None,
        ),
        ({"tox.ini": "[tox]\nenv_list = py39, lint\n[testenv]\n"}, ("tox", None), ["py"]),
        ({"GNUmakefile": "build: x\nunit-tests:\n", "Makefile": "all:\n"}, ("make", ["build"]), ["unit-tests"]),
        ({"Makefile": "install:\n"}, ("make", None), None),
    ],
)
def test_the_build_tool_is_known_by_its_files(
    files: Files, build: tuple[str, list[str] | None], unit: list[str] | None, tmp_path: Path
) -> None:
    root = settings(tmp_path / "config")
    values = made(root, "thing", project(tmp_path / "checkout", {**files, "VERSION": "0.1.0\n"}).path)
    assert (values["build"]["tool"], values["build"].get("targets")) == build
    assert values.get("tests", {}).get("unit", {}).get("targets") == unit


@pytest.mark.parametrize(
    ("files", "tests"),
    [
        ({"build.gradle": ""}, None),
        ({"setup.py": "", "tests/test_x.py": ""}, {"unit": {"commands": ["python3 -m pytest"]}}),
        (
            {"Makefile": "test:\nsanity:\ntest-integration:\n"},
            {
                "unit": {"targets": ["test"]},
                "smoke": {"targets": ["sanity"]},
                "integration": {"targets": ["test-integration"]},
            },
        ),
        (
            {"smoke.robot": robot("A"), "build.robot": robot("B"), "node_modules/x.robot": robot("C")},
            {
                f"robot-{name}": {
                    "category": "integration",
                    "framework": "robot",
                    "commands": [f"robot --outputdir results/robot-{name} {name}.robot"],
                }
                for name in ("build", "smoke")
            },
        ),
    ],
)
def test_tests_are_known_by_their_names(files: Files, tests: Any, tmp_path: Path) -> None:
    values = made(settings(tmp_path / "config"), "thing", project(tmp_path / "checkout", files).path)
    assert values.get("tests") == tests


def test_included_makefiles_count_and_the_makefile_itself_counts_more(tmp_path: Path) -> None:
    files = {
        "Makefile": "D ?= mk\ninclude $(D)/more.mk $(D)/missing.mk\n-include $(shell pwd)/mk/more.mk\nlint:\n",
        "mk/more.mk": "include Makefile mk/more.mk\nlint build:\n",
    }
    tree = WorkingTree(write_tree(tmp_path, files))
    assert GitRepo.init(tmp_path)
    found = makefile.read(tree)
    assert found is not None
    assert found.targets == {"lint": "Makefile", "build": "mk/more.mk"}


@pytest.mark.parametrize(
    ("recipe", "images"),
    [
        ("docker build -t a/b .", [("a/b", "Dockerfile", ".", None)]),
        (
            "@podman build --tag=r.example.org:5000/a/b:1 -f x/Dockerfile x",
            [("r.example.org:5000/a/b", "x/Dockerfile", "x", None)],
        ),
        ("cd x && buildah bud -t 'a' --build-arg V=1 --no-cache x || exit 1", [("a", "x/Dockerfile", "x", None)]),
        ("docker buildx build --push -t $(NAME):$(TAG) --target $(T) .", [("org/name", "Dockerfile", ".", "prod")]),
        (
            "for i in a $(T); do docker build -t x-$$i --target $${i} . ; done; echo done",
            [("x-a", "Dockerfile", ".", "a"), ("x-prod", "Dockerfile", ".", "prod")],
        ),
        ("docker build --target pb --output out .", []),
        ("docker run x build -t y .", []),
        ("echo docker; go build -o x .", []),
        ("docker build -t 'a .", []),
        ("docker build -t", []),
    ],
)
def test_images_are_known_by_the_commands_that_build_them(
    recipe: str, images: list[tuple[str, str, str, str | None]], tmp_path: Path
) -> None:
    text = f"ORG = org\nNAME = $(ORG)/name\nTAG := 1\nT ?= prod\nT ?= other\nx:\n\t{recipe}\n"
    GitRepo.init(tmp_path).write({"Makefile": text})
    found = makefile.read(WorkingTree(tmp_path))
    assert found is not None
    assert [(each.name, each.dockerfile, each.context, each.target) for each in found.images] == images


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("A = 1\nA += 2\nB := $(A) 3\nA = 4\n", {"A": "4", "B": "1 2 3"}),
        ("A := x$(A)\nA := y$(A)\n", {"A": "yx"}),
        ("export A ?= 1 # one\noverride B=$$HOME#x\nC = a#b\n", {"A": "1", "B": "$$HOME#x", "C": "a#b"}),
        ("define A\nB = 1\nendef\nC = \\\n  1 \\\n  2\n", {"C": "1    2"}),
        ("A = $(call f,$(X),(y))z\n", {"A": "$(call f,$(X),(y))z"}),
    ],
)
def test_variables_are_those_of_make(text: str, values: Mapping[str, str], tmp_path: Path) -> None:
    reader = makefile._Reader(WorkingTree(tmp_path), frozenset())
    reader.file("Makefile", text)
    assert reader.variables == values


# What it delivers.


def image_checkout(path: Path, files: Files) -> Path:
    return project(path, {"VERSION": "0.1.0\n", **files}, remote="https://github.com/example/thing").path


COPIES = "FROM alpine:3.20.1\nCOPY . /\n"


@pytest.mark.parametrize(
    ("files", "images"),
    [
        ({"Dockerfile": COPIES}, {"thing": "Dockerfile"}),
        (
            {"build/agent/Dockerfile": COPIES, "build/package/Dockerfile": COPIES},
            {"agent": "build/agent/Dockerfile", "thing": "build/package/Dockerfile"},
        ),
        ({"docker/Dockerfile.rw_core": COPIES}, {"rw-core": "docker/Dockerfile.rw_core"}),
        ({"ui.Dockerfile": COPIES, "Dockerfile.dev": COPIES}, {"ui": "ui.Dockerfile"}),
        ({"test/Dockerfile": COPIES, ".devcontainer/Dockerfile": COPIES, "a/b/c/Dockerfile": COPIES}, {}),
        ({"Dockerfile": "FROM alpine:3.20.1\nRUN true\n"}, {}),
    ],
)
def test_dockerfiles_without_a_command_are_a_guess(files: Files, images: Mapping[str, str], tmp_path: Path) -> None:
    root = settings(tmp_path / "config")
    values = made(root, "thing", image_checkout(tmp_path / "checkout", {"Makefile": "build:\n", **files}))
    found = {name: image.get("dockerfile", "Dockerfile") for name, image in values.get("images", {}).items()}
    assert found == images
    assert all(image["repository"] == f"example/{name}" for name, image in values.get("images", {}).items())


TWO_REGISTRIES = SETTINGS.replace(
    "  hub: {url: docker.io, credentials: hub-push}\n",
    "  own: {url: 'registry.example.org:5000/team'}\n  hub: {url: docker.io, credentials: hub-push}\n",
)


@pytest.mark.parametrize(
    ("text", "tag", "image"),
    [
        (TWO_REGISTRIES, "registry.example.org:5000/team/x:1", ("own", "x")),
        (TWO_REGISTRIES, "a/x", ("hub", "a/x")),
        (TWO_REGISTRIES, "x", ("hub", "example/x")),
        (TWO_REGISTRIES, "quay.io/a/x", "no registry of jjbgen.yaml is quay.io"),
        (TWO_REGISTRIES.replace("docker.io", "ghcr.io"), "a/x", "choose one of the registries own, hub"),
        (
            SETTINGS.replace("  hub: {url: docker.io, credentials: hub-push}\n", ""),
            "a/x",
            "jjbgen.yaml has no registry",
        ),
        (SETTINGS.replace("docker.io", "ghcr.io"), "x", ("hub", "example/x")),
    ],
)
def test_an_image_goes_to_the_one_registry_that_fits(text: str, tag: str, image: Any, tmp_path: Path) -> None:
    root = settings(tmp_path / "config", text)
    files = {"Makefile": f"build:\n\tdocker build -t {tag} .\n", "Dockerfile": COPIES}
    values = made(root, "thing", image_checkout(tmp_path / "checkout", files))
    if isinstance(image, tuple):
        assert (values["images"]["x"]["registry"], values["images"]["x"]["repository"]) == image
    else:
        assert "images" not in values
        assert image in (root / "components/thing.yaml").read_text(encoding="utf-8")


def test_an_organisation_that_nothing_shows_is_asked_for(tmp_path: Path) -> None:
    shape = SHAPES["bbsim"]
    root = platform(tmp_path / "config")
    values = made(root, "bbsim", project(tmp_path / "checkout", shape.files, remote=shape.remote).path)
    assert values["images"]["bbsim"]["repository"] == "bbsim"
    line = "    repository: bbsim  # a guess: perhaps an organisation has to stand in front\n"
    assert line in (root / "components/bbsim.yaml").read_text(encoding="utf-8")


def test_charts_and_packages_need_a_repository_of_their_own_and_a_version(tmp_path: Path) -> None:
    files = {"a/Chart.yaml": chart("a"), "setup.py": "", "VERSION": "0.1.0\n"}
    checkout = project(tmp_path / "checkout", files).path
    two = SETTINGS.replace("  pypi: {", "  more: {type: pypi, url: https://x.example.org}\n  pypi: {")
    root = settings(tmp_path / "two", two)
    assert "packages" not in made(root, "thing", checkout)
    assert "choose one of the repositories more, pypi" in (root / "components/thing.yaml").read_text(encoding="utf-8")
    none = SETTINGS.replace("  charts: {url: registry.example.org/charts, credentials: hub-push}\n", "")
    values = made(settings(tmp_path / "none", none), "thing", checkout)
    assert ("charts" in values, values["packages"]) == (False, {"pypi": {"repository": "pypi"}})
    (checkout / "VERSION").unlink()
    values = made(settings(tmp_path / "unversioned"), "thing", checkout)
    assert ("packages" in values, list(values["pipelines"])) == (False, ["pre-merge"])


@pytest.mark.parametrize(
    ("files", "packages"),
    [
        (
            {"package.json": '{"name": "x", "version": "1.0.0", "scripts": {"build": "x"}}'},
            {"npm": {"repository": "npm"}},
        ),
        ({"package.json": '{"name": "x", "version": "1.0.0", "private": true}'}, None),
        ({"package.json": '{"name": "x", "version": "1.0.0"}', "Dockerfile": COPIES}, None),
        ({"pyproject.toml": "[project]\nname = 'x'\n"}, {"pypi": {"repository": "pypi"}}),
        ({"pyproject.toml": "[tool.ruff]\n"}, None),
    ],
)
def test_packages_are_what_the_tools_at_the_top_make(files: Files, packages: Any, tmp_path: Path) -> None:
    values = made(settings(tmp_path / "config"), "thing", image_checkout(tmp_path / "checkout", files))
    assert values.get("packages") == packages


def test_a_parent_image_without_a_version_is_told(tmp_path: Path) -> None:
    root = settings(tmp_path / "config")
    checkout = image_checkout(tmp_path / "checkout", {"Dockerfile": "FROM alpine\nCOPY . /\n"})
    made(root, "thing", checkout)
    remark = (
        "# A release will want another parent image in Dockerfile: alpine has no tag, so it means latest.\nimages:\n"
    )
    assert remark in (root / "components/thing.yaml").read_text(encoding="utf-8")


# Agents.


def test_an_agent_that_has_the_tool_is_chosen_and_what_none_has_is_left_out(tmp_path: Path) -> None:
    files = {**SHAPES["stratum"].files, "Chart.yaml": chart("stratum"), "Makefile": "lint:\n", "VERSION": "0.1.0\n"}
    checkout = project(tmp_path / "checkout", files).path
    # The one agent with Bazel has no Helm, and lint by make is possible on it.
    values = made(platform(tmp_path / "config"), "stratum", checkout)
    assert {name: each["agent"] for name, each in values["pipelines"].items()} == dict.fromkeys(
        ("pre-merge", "post-merge", "publish"), "large"
    )
    assert ("charts" in values, values["checks"]) == (False, {"lint": {"tool": "make", "targets": ["lint"]}})
    # Nobody has Bazel: build and tests go, the chart stays.
    no_bazel = (ROOT / "jjbgen.yaml").read_text(encoding="utf-8").replace("has: [bazel, docker", "has: [docker")
    values = made(settings(tmp_path / "other", no_bazel), "stratum", checkout)
    assert ("build" in values, "tests" in values, "charts" in values) == (False, False, True)


def test_what_matters_least_is_left_out_first(tmp_path: Path) -> None:
    one_each = SETTINGS.replace(
        "has: [make, docker, helm, mvn, npm, tox, go, bazel, java, kind, python3]", "has: [docker]"
    )
    one_each = one_each.replace(
        "large: {label: ubuntu && large, has: [make]}", "large: {label: x, has: [make]}\n  z: {label: z, has: [helm]}"
    )
    files = {"Makefile": "build:\n", "a/Chart.yaml": chart("a"), "Dockerfile": COPIES, "setup.py": ""}
    root = settings(tmp_path / "config", one_each)
    values = made(root, "thing", image_checkout(tmp_path / "checkout", files))
    assert [key for key in values if key in ("build", "images", "charts", "packages")] == ["build"]
    text = (root / "components/thing.yaml").read_text(encoding="utf-8")
    assert "# Left out: charts a: no agent has the tools for it beside the rest (jjbgen.yaml)\n" in text


def test_work_gets_an_agent_of_its_own_before_anything_is_left_out(tmp_path: Path) -> None:
    apart = SETTINGS.replace("has: [make, docker, helm, mvn, npm, tox,", "has: [make, docker, helm, mvn, npm,").replace(
        "large: {label: ubuntu && large, has: [make]}", "large: {label: ubuntu && large, has: [tox]}"
    )
    files = {"Makefile": "build:\ntest:\n", "tox.ini": "[testenv:lint]\n"}
    values = made(settings(tmp_path / "config", apart), "thing", project(tmp_path / "checkout", files).path)
    assert values["checks"] == {"lint": {"tool": "tox", "targets": ["lint"], "agent": "large"}}


# Refusals.


@pytest.mark.parametrize("taken", ["hello.yaml", "hello.yml", "Hello.YAML"])
def test_a_descriptor_that_is_there_is_not_overwritten(taken: str, tmp_path: Path) -> None:
    root = platform(tmp_path / "config")
    (root / "components" / taken).write_text("mine\n", encoding="utf-8")
    outcome = run(root, "new", "hello")
    assert (outcome.code, outcome.out) == (ExitCode.REFUSED, "")
    assert outcome.err == f"components/{taken} is there already; change it, or move it away first\n"
    assert (root / "components" / taken).read_text(encoding="utf-8") == "mine\n"
    assert [path.name for path in (root / "components").iterdir()] == [taken]


def test_a_link_that_leads_nowhere_is_there_too(tmp_path: Path) -> None:
    root = platform(tmp_path / "config")
    (root / "components/hello.yaml").symlink_to(tmp_path / "outside.yaml")
    assert run(root, "new", "hello").code == ExitCode.REFUSED
    assert not (tmp_path / "outside.yaml").exists()


def test_nothing_is_written_outside_of_the_config_repo(tmp_path: Path) -> None:
    root = platform(tmp_path / "config")
    (root / "components").rmdir()
    (tmp_path / "outside").mkdir()
    (root / "components").symlink_to(tmp_path / "outside")
    outcome = run(root, "new", "hello")
    assert outcome.code == ExitCode.REFUSED
    assert outcome.err == "components is not a folder of the config repo; jjbgen writes nowhere else\n"
    assert not list((tmp_path / "outside").iterdir())


@pytest.mark.parametrize("name", ["Hello", "../hello", "a/b", "", ".", "jjb", "x" * 63, "a b", "-x-", "ä"])
def test_a_name_that_is_none_ends_with_2(name: str, tmp_path: Path) -> None:
    root = platform(tmp_path / "config")
    outcome = run(root, "new", "--", name)
    assert outcome.code == ExitCode.USAGE
    assert "Invalid value for NAME" in outcome.err
    assert not list((root / "components").iterdir())


def test_a_checkout_that_is_none_ends_with_2_and_one_line(tmp_path: Path) -> None:
    root = platform(tmp_path / "config")
    for path in (tmp_path / "nowhere", root / "jjbgen.yaml"):
        outcome = run(root, "new", "hello", "--from", str(path))
        assert (outcome.code, outcome.out) == (ExitCode.USAGE, "")
        assert outcome.err == f"{path}: no such folder; name a checkout of the component\n"
    assert not list((root / "components").iterdir())


def test_a_folder_that_is_no_config_repo_is_told(tmp_path: Path) -> None:
    outcome = run(tmp_path, "new", "hello")
    assert outcome.code == ExitCode.USAGE
    assert "jjbgen.yaml: no such file" in outcome.err
    assert not list(tmp_path.iterdir())


def test_the_first_component_makes_the_folder(tmp_path: Path) -> None:
    root = settings(tmp_path / "config")
    (root / "components").rmdir()
    assert run(root, "new", "hello").code == ExitCode.OK
    assert run(root, "check").code == ExitCode.OK


# What is still wrong.


def test_what_is_wrong_with_the_new_descriptor_alone_is_advice(tmp_path: Path) -> None:
    root = settings(tmp_path / "config", SETTINGS + "naming: {job: '{component}-{branch}'}\n")
    outcome = run(root, "new", "hello")
    assert outcome.code == ExitCode.OK
    assert outcome.out.splitlines()[-1] == "create components/hello.yaml"
    assert all(line.startswith("still to be done: components/hello.yaml:") for line in outcome.err.splitlines())
    assert "the job name" in outcome.err
    as_json = run(
        settings(tmp_path / "json", SETTINGS + "naming: {job: '{component}-{branch}'}\n"),
        "new",
        "hello",
        "--format=json",
    )
    assert (as_json.code, len(as_json.json()["problems"])) == (0, len(outcome.err.splitlines()))


def test_what_is_wrong_elsewhere_ends_with_2_and_the_descriptor_is_written(tmp_path: Path) -> None:
    root = platform(tmp_path / "config", "amf")
    (root / "components/broken.yaml").write_text("title: x\n", encoding="utf-8")
    outcome = run(root, "new", "hello")
    assert outcome.code == ExitCode.USAGE
    assert outcome.out.splitlines()[-1] == "create components/hello.yaml"
    assert "components/broken.yaml" in outcome.err
    assert "hello" not in outcome.err
    assert descriptor(root, "hello").component.title == "Hello"
    (root / "components/broken.yaml").unlink()
    assert run(root, "check").code == ExitCode.OK


# A checkout comes from anyone.

ODD_NAMES = (
    *(
        "$(touch pwned)",
        "`touch pwned`",
        "a: b # c",
        "- x",
        "{y}",
        "&z",
        "*z",
        "!!python/none",
        "'q\"",
        "a\\b",
        "%s",
        "#",
    ),
    *("line\nbreak: 1", "\x1b[31mred", "\u202edeifitnedi", "\u2028", "\x85", "tab\there", "-rf", "~", "null", "ä 🙂"),
)


def test_odd_names_of_files_are_quoted_or_left_out(tmp_path: Path) -> None:
    root = settings(tmp_path / "config")
    files: dict[str, str | bytes | None] = {"VERSION": "0.1.0\n", "Makefile": "build:\n"}
    for name in ODD_NAMES:
        files |= {f"{name}/Dockerfile": COPIES, f"{name}/Chart.yaml": chart("x"), f"{name}/{name}.robot": robot("A")}
    repo = project(tmp_path / "checkout", files)
    outcome = run(root, "new", "thing", "--from", str(repo.path))
    assert (outcome.code, outcome.err) == (0, "")
    assert run(root, "check").code == ExitCode.OK
    values = written(root, "thing")
    paths = [image["dockerfile"].rpartition("/")[0] for image in values["images"].values()]
    paths += [each["path"] for each in values["charts"].values()]
    assert "$(touch pwned)" in paths
    assert set(paths) <= {name for name in ODD_NAMES if name.isprintable() and not name.startswith("-")}
    plain = source.parse((root / "components/thing.yaml").read_text(encoding="utf-8"), "x").value
    assert isinstance(plain, dict)
    assert (plain["charts"], plain["images"]) == (values["charts"], values["images"])
    told = [line for line in outcome.out.splitlines() if line.startswith("left out: ")]
    assert any("\\x1b[31mred" in line for line in told)
    assert all(line.isprintable() for line in outcome.out.splitlines())
    assert run(root, "generate").code == ExitCode.OK


def test_names_that_are_no_text_are_passed_over(tmp_path: Path) -> None:
    repo = project(tmp_path / "checkout", {"Makefile": "build:\n"})
    for name in (b"\xff.robot", b"Dockerfile.\xfe"):
        with (repo.path / os.fsdecode(name)).open("w", encoding="utf-8") as file:
            file.write(robot("A") + COPIES)
    values = made(settings(tmp_path / "config"), "thing", repo.path)
    assert "images" not in values


HOSTILE: dict[str, Files] = {
    "values in a Makefile": {
        "Makefile": "build:\n\tdocker build -t '$$(touch pwned)' .\n\tdocker build -t 'a: {b}' -f x/../../y .\n"
        "\tdocker build -t ok/ok --target '$$(id)' .\n\tdocker build -t ok/fine -f ../Dockerfile .\n"
        "test: && touch pwned\n$$(touch pwned):\n--flag lint:\n",
        "Dockerfile": COPIES,
    },
    "scripts of npm": {
        "package.json": json.dumps({"scripts": {"build": ["x"], "test; rm -rf /": "x", "lint": None, "--help": "x"}}),
    },
    "JSON that is none": {"package.json": "{'scripts'", "Makefile": "build:\n"},
    "deep JSON": {"package.json": "[" * 100_000, "Makefile": "build:\n"},
    "JSON of another kind": {"package.json": "[]", "Makefile": "build:\n"},
    "INI that is none": {"tox.ini": "x\n[", ".gitreview": "%\n", "setup.cfg": "[", "pyproject.toml": "["},
    "environments": {"tox.ini": "[tox]\nenvlist = {py39,py310}-{a,b}, $(id), -x\n[testenv:lint; id]\n"},
    "a tag of YAML": {"a/Chart.yaml": "!!python/object/apply:os.system ['touch pwned']\n", "Makefile": "build:\n"},
    "charts that are none": {
        **{f"{n}/Chart.yaml": text for n, text in enumerate(("", "- x", "name: x", "version: 1", "a: &a [*a]"))},
        "evil/Chart.yaml": "name: $(touch pwned)\nversion: 1.0.0\n",
        "Makefile": "build:\n",
    },
    "XML that asks for more": {
        "pom.xml": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><project><version>&a;</version></project>'
    },
    "odd versions": {"VERSION": "v1.2.3; touch pwned\x1b[0m\n", "Makefile": "build:\n"},
    "Latin-1": {"Makefile": "build:\n# caf\u00e9\n".encode("latin-1"), "VERSION": b"\xff", "go.mod": "module x\n"},
    "bytes": {"Makefile": bytes(range(256)) * 40, "Dockerfile": b"\0COPY . /\0", "x.robot": b"\0\xff"},
    "large files": {"Makefile": "build:\n" + "#" * 1_100_000, "package.json": " " * 1_100_000, "go.mod": "module x\n"},
    "a secret": {
        "Makefile": "build:\n\tdocker build -t ghp_abcdefghijklmnopqrstuvwxyz0123456789/x .\n",
        "Dockerfile": COPIES,
        "glpat-aaaaaaaaaaaaaaaaaaaa/Dockerfile": COPIES,
    },
    "a host in an image": {"Makefile": "build:\n\tdocker build -t localhost:1/$(X)/y:1 .\n", "Dockerfile": COPIES},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_do_no_harm(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    root = settings(tmp_path / "config")
    repo = project(tmp_path / "checkout", HOSTILE[name])
    outcome = run(root, "new", "thing", "--from", str(repo.path))
    assert (outcome.code, outcome.err) == (0, "")
    checked = run(root, "check")
    assert (checked.code, checked.err) == (0, "")
    text = (root / "components/thing.yaml").read_text(encoding="utf-8")
    assert "touch pwned" not in "".join(line.partition("  # ")[0] for line in text.splitlines() if line[:1] != "#")
    assert "ghp_" not in text + outcome.out
    assert all(line.isprintable() for line in outcome.out.splitlines())
    assert not list(tmp_path.rglob("pwned"))


def test_links_and_pipes_are_not_followed(tmp_path: Path) -> None:
    outside = write_tree(tmp_path / "outside", {"Makefile": "build:\n", "x/Dockerfile": COPIES, "VERSION": "1.0.0\n"})
    repo = GitRepo.init(tmp_path / "checkout")
    for name in ("Makefile", "VERSION", "x"):
        (repo.path / name).symlink_to(outside / name)
    (repo.path / "loop").symlink_to("loop")
    (repo.path / "pom.xml").symlink_to("pom.xml")
    os.mkfifo(repo.path / "package.json")
    os.mkfifo(repo.path / "Dockerfile")
    for path in (repo.path, Path(shutil.copytree(repo.path, tmp_path / "plain", symlinks=True, ignore=_no_pipes))):
        shutil.rmtree(tmp_path / "config", ignore_errors=True)
        outcome = run(settings(tmp_path / "config"), "new", "thing", "--from", str(path))
        assert (outcome.code, outcome.err) == (0, "")
        assert "found version that cannot be read (VERSION)\n" in outcome.out
        values = written(tmp_path / "config", "thing")
        assert ("images" in values, values["build"]) == (False, {"tool": "make", "targets": ["build"]})


def _no_pipes(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if (Path(folder) / name).is_fifo() or name == ".git"]


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    repo = project(tmp_path / "checkout", {"Makefile": "build:\n", "go.mod": "module x\n"})
    unread = WorkingTree.as_is

    def refuse(tree: WorkingTree, path: str) -> str | None:
        if path == "Makefile":
            raise PermissionError(13, "Permission denied")
        return unread(tree, path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WorkingTree, "as_is", refuse)
        outcome = run(settings(tmp_path / "config"), "new", "thing", "--from", str(repo.path))
    assert "note: Makefile: cannot be read: Permission denied\n" in outcome.out
    assert written(tmp_path / "config", "thing")["build"]["tool"] == "go"


@pytest.mark.parametrize(
    "config",
    [
        "[core]\n\tfsmonitor = touch pwned\n",
        "[core]\n\tworktree = /\n",
        "[core]\n\tbare = true\n",
        "[core]\n\trepositoryformatversion = 9\n",
        '[extensions]\n\tpartialClone = origin\n[protocol "ext"]\n\tallow = always\n'
        '[remote "origin"]\n\tpromisor = true\n\turl = ext::touch pwned\n',
        "no settings at all\n",
    ],
)
def test_settings_of_a_clone_start_nothing(config: str, tmp_path: Path) -> None:
    repo = project(tmp_path / "checkout", {"go.mod": "module x\n"})
    with (repo.path / ".git/config").open("a", encoding="utf-8") as file:
        file.write(config)
    (repo.path / ".git/refs/heads/lost").write_text(f"{'1' * 40}\n", encoding="utf-8")
    values = made(settings(tmp_path / "config"), "thing", repo.path)
    assert values["build"]["tool"] == "go"
    assert not list(tmp_path.rglob("pwned"))


def test_branches_and_remotes_with_odd_names_are_left_out(tmp_path: Path) -> None:
    repo = project(tmp_path / "checkout", {"go.mod": "module x\n"}, remote="https://github.com/example/thing")
    for branch in ("release/$(id)-1.0", "release/1.0;id", 'release/1.0"', "release/1.0\u2028x", "release/ä-1.0"):
        repo.git("update-ref", f"refs/remotes/origin/{branch}", "HEAD")
    repo.git("config", "remote.$(id).url", "https://github.com/example/$(id)")
    repo.git("config", "remote.odd.url", "https://github.com/\n\x1b[0m")
    values = made(settings(tmp_path / "config"), "thing", repo.path)
    assert values["repository"] == {"host": "github", "project": "example/thing", "branches": {"main": None}}


BOMBS = {
    "variables": "".join(f"v{n} = {f'$(v{n + 1})' * 50}\n" for n in range(40)) + "x:\n\tdocker build -t $(v0) .\n",
    "appended": "A := x\n" + "A += $(A) $(A)\n" * 20_000 + "x:\n\tdocker build -t $(A) .\n",
    "itself": "A = $(B)\nB = $(A)\nA := $(A)$(A)\nx:\n\tdocker build -t $(A)$(B) .\n",
    "brackets": "A := " + "$(" * 300_000 + "\n",
    "loops": "x:\n\t" + "for i in a b c d e f g h; do docker build -t $$i " * 400 + "\n",
    "words": "x " * 250_000 + ":\n" + "include " + "x.mk " * 100_000 + "\n",
    "continued": "A = \\\n" * 150_000,
    "recipes": "x:\n" + "\tdocker build -t $(A) .\n" * 30_000,
    "dashes": "A" * 500_000 + "\n" + "-" * 400_000 + "\n",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_makefile_cannot_keep_us_long(name: str, tmp_path: Path) -> None:
    GitRepo.init(tmp_path).write({"Makefile": BOMBS[name], "x.mk": "include x.mk Makefile\n"})
    begun = time.perf_counter()
    makefile.read(WorkingTree(tmp_path))
    assert time.perf_counter() - begun < 5


def test_very_many_files_are_not_all_told(tmp_path: Path) -> None:
    files = {
        f"{n}/{name}": text
        for n in range(400)
        for name, text in (("Chart.yaml", chart(f"c{n}")), ("a.robot", robot("A")))
    }
    checkout = write_tree(tmp_path / "checkout", {**files, "Makefile": "build:\n"})
    root = settings(tmp_path / "config")
    outcome = run(root, "new", "thing", "--from", str(checkout))
    assert (outcome.code, outcome.err) == (0, "")
    assert len(written(root, "thing")["charts"]) == clone.MAX_FOUND
    assert "is one of 400 charts, and only the first 30 are looked at" in outcome.out
    assert len(outcome.out.splitlines()) < 100


def test_a_checkout_without_end_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clone, "MAX_FILES", 10)
    checkout = write_tree(tmp_path / "checkout", {"Makefile": "build:\n", **{f"z{n:02}/x": "" for n in range(30)}})
    found = clone.read(checkout)
    assert (len(found.files), [note.seen for note in found.notes]) == (10, [".git", "."])


# The text.

ODD_CHARACTERS = "aZ09 .,:;-_/\\#&*!|>'\"%@`$(){}[]?~=<\u00a0\u00e4\u4e2d\U0001f642\U0001000c"


@given(st.text(ODD_CHARACTERS))
def test_a_scalar_is_the_same_text_for_every_reader(text: str) -> None:
    for line in (f"a: {sketch.scalar(text)}\n", f"a: [{sketch.scalar(text)}, {sketch.scalar(text)}]\n"):
        value = yaml.safe_load(line)["a"]
        ours = source.parse(line, "x").value
        assert isinstance(ours, dict)
        assert value in (text, [text, text])
        assert ours["a"] in (text, (text, text))


@pytest.mark.parametrize(
    "text", ["5gc-amf", "1.0", "0x1F", "1e5", "12:30:45", "2024-01-01", "yes", "Null", "~", "-", "", "- x"]
)
@pytest.mark.parametrize("place", ["{}: x\n", "{{{}: x}}\n"])
def test_a_key_is_the_same_text_for_every_reader(text: str, place: str) -> None:
    assert yaml.safe_load(place.format(sketch.scalar(text))) == {text: "x"}
    assert source.parse(place.format(sketch.scalar(text)), "x").value == {text: "x"}


@given(st.text(ODD_CHARACTERS + "\n\r\t\0\x1b\x85\u2028\u202e"))
def test_a_comment_ends_with_its_line(text: str) -> None:
    made = sketch.Sketch(values={"title": "x", "build": {"tool": "make"}})
    made.guess(("title",), text)
    made.guess(("build", "tool"), text)
    made.remark("pipelines", text)
    assert yaml.safe_load(made.text()) == {"title": "x", "build": {"tool": "make"}}
    assert all(line.isprintable() for line in made.text().split("\n"))
