"""What has to go with a version: linked files, nothing unfinished in a release, and pinned parent images."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from jjbgen.errors import Pos, Problem
from jjbgen.rules import Rules
from jjbgen.verify import disagreements, unfinished
from jjbgen.version import Version, parse

DIGEST = "sha256:" + "0123456789abcdef" * 4


@dataclass(frozen=True)
class DictTree:
    """Files in memory; an error in the place of a text is what reading this file comes to."""

    texts: dict[str, str | ValueError]

    def read(self, path: str) -> str | None:
        found = self.texts.get(path)
        if isinstance(found, ValueError):
            raise found
        return found

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(sorted(self.texts))


def found(rules: Rules, version: str, files: dict[str, str | ValueError]) -> list[str]:
    """The problems in words."""
    return list(map(str, problems(DictTree(files), rules, parse(version))))


def problems(tree: DictTree, rules: Rules, version: Version) -> list[Problem]:
    """Everything that has to go with a version."""
    return [*disagreements(tree, rules, version), *unfinished(tree, rules, version)]


def test_nothing_to_verify() -> None:
    assert found(Rules(), "1.0.0", {}) == []


@pytest.mark.parametrize(
    ("path", "text", "version", "expected"),
    [
        ("package.json", '{\n  "version": "1.0.0"\n}', "1.0.0", []),
        ("pom.xml", "<project><version>1.0.0-SNAPSHOT</version></project>", "1.0.0-dev", []),
        ("setup.cfg", "[metadata]\nversion = 1.0.0.dev3\n", "1.0.0-dev", []),
        (
            "web/package.json",
            '{\n  "dependencies": {"a": "1.0.0"},\n\t"version": "1.0.0"\n}',
            "1.1.0",
            ["web/package.json:3:14: version: '1.0.0' is not the version 1.1.0; write 1.1.0"],
        ),
        (
            "pom.xml",
            "<project>\n  <parent><version>1.0.0</version></parent>\n  <version>1.0.0</version>\n</project>",
            "1.0.0-dev",
            ["pom.xml:3:12: <version>: '1.0.0' is not the version 1.0.0-dev; write 1.0.0-SNAPSHOT"],
        ),
        (
            "pom.xml",
            "<project><version>1.0.0-SNAPSHOT</version></project>",
            "1.0.0",
            ["pom.xml:1:19: <version>: '1.0.0-SNAPSHOT' is not the version 1.0.0; write 1.0.0"],
        ),
        (
            "chart/Chart.yaml",
            "version: 1.1.0\nappVersion: v1.1.0\n",
            "1.1.0",
            ["chart/Chart.yaml:2:13: appVersion: 'v1.1.0' is not the version 1.1.0; write 1.1.0"],
        ),
        (
            "chart/Chart.yaml",
            "version: 1.1.0\n",
            "1.1.0",
            ["chart/Chart.yaml: appVersion: there is no version; write 1.1.0"],
        ),
        (
            "a/__init__.py",
            "\n__version__ = '1.0.0'\n",
            "1.1.0-dev",
            ["a/__init__.py:2:16: __version__: '1.0.0' is not the version 1.1.0-dev; write 1.1.0.dev0"],
        ),
        (
            "package.json",
            r'{"version": "1.0\u002e0"}',
            "1.1.0",
            ["package.json: version: '1.0.0' is not the version 1.1.0; write 1.1.0"],
        ),
        (
            "pyproject.toml",
            '[project]\ndynamic = ["version"]\n',
            "1.1.0-dev",
            ["pyproject.toml: project.version: there is no version; write 1.1.0.dev0"],
        ),
        (
            "setup.cfg",
            "[metadata]\nversion = attr: a.__version__\n",
            "1.1.0",
            ["setup.cfg: takes its version from another file; name that file instead"],
        ),
        (
            "pom.xml",
            "<!DOCTYPE x><project/>",
            "1.1.0",
            ["pom.xml: has a DOCTYPE, which a pom.xml does not need; remove it"],
        ),
    ],
)
def test_linked_files_say_the_same_version(path: str, text: str, version: str, expected: list[str]) -> None:
    assert found(Rules(linked=(path,)), version, {path: text}) == expected


def test_a_linked_file_that_is_missing_or_unreadable_is_told() -> None:
    rules = Rules(linked=("pom.xml", "package.json"))
    files: dict[str, str | ValueError] = {"package.json": ValueError("is not UTF-8; save the file in UTF-8")}
    assert found(rules, "1.0.0-dev", files) == [
        "pom.xml: no such file; the version rules name it",
        "package.json: is not UTF-8; save the file in UTF-8",
    ]


def test_a_problem_has_its_parts_apart() -> None:
    tree = DictTree({"pom.xml": "<project>\n<version>1.0.0</version></project>"})
    assert list(problems(tree, Rules(linked=("pom.xml",)), parse("1.1.0"))) == [
        Problem(Pos("pom.xml", 2, 10), "<version>", "'1.0.0' is not the version 1.1.0", "write 1.1.0")
    ]


def depends_on(place: str, what: str) -> str:
    """What is said of a release that depends on something unfinished."""
    return f"{place}: the release 1.0.0 depends on {what}, which is not finished; depend on a release"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<version>1.2.3-SNAPSHOT</version>", [(1, 10, "1.2.3-SNAPSHOT")]),
        ("<a>\r\n\t<version>2-SNAPSHOT</version>\r\n</a>", [(2, 11, "2-SNAPSHOT")]),
        ("a-1.0-SNAPSHOT.jar b-2.0-SNAPSHOT.jar", [(1, 3, "1.0-SNAPSHOT"), (1, 22, "2.0-SNAPSHOT")]),
        ("<version>1.0-beta-SNAPSHOT</version>", [(1, 10, "1.0-beta-SNAPSHOT")]),
        ("<version>1.0.0-rc1-SNAPSHOT</version>", [(1, 10, "1.0.0-rc1-SNAPSHOT")]),
        ("require example.org/a v1.2.3-dev", [(1, 23, "v1.2.3-dev")]),
        ('"a": "1.2.3-dev3"', [(1, 7, "1.2.3-dev3")]),
        ("image: a:1.2.3-dev # x", [(1, 10, "1.2.3-dev")]),
        ("python3.11-dev libssl1.1-dev", []),
        ("a 1.2.3-devel 1.2.3-develop", []),
        ("SNAPSHOT <snapshots> x-SNAPSHOTS 1.0-SNAPSHOTS", []),
        ("1.2.3 1.2.3-rc.1", []),
        ("", []),
    ],
)
def test_a_release_depends_on_releases(text: str, expected: list[tuple[int, int, str]]) -> None:
    files: dict[str, str | ValueError] = {"deps": text}
    rules = Rules(no_snapshots=("deps",))
    assert found(rules, "1.0.0", files) == [
        depends_on(f"deps:{line}:{column}", what) for line, column, what in expected
    ]
    assert found(rules, "1.0.0-dev", files) == []


def test_a_file_to_search_that_is_missing_is_told_for_a_release() -> None:
    rules = Rules(no_snapshots=("go.mod",))
    assert found(rules, "1.0.0", {}) == ["go.mod: no such file; the version rules name it"]
    assert found(rules, "1.0.0-rc.1", {}) == []


WANTED = "name it by a version, like alpine:3.19, or a digest"
DOCKERFILES: dict[str, str | ValueError] = {
    "Dockerfile": "ARG V\nFROM alpine:3.19 AS build\nFROM alpine:$V\nFROM build\nCOPY --from=busybox /a /b\n",
    "sub/Dockerfile.x": "# x\nfrom registry.example.org:5000/a:latest\n",
    "vendor/x/Dockerfile": "FROM alpine\n",
    "Dockerfile.dockerignore": "FROM alpine\n",
    "README": "FROM alpine\n",
}
VARIABLE = (
    "Dockerfile:3:1: the parent image 'alpine:$V' has a variable without a default; "
    "give its ARG one before the first FROM"
)
NO_TAG = f"Dockerfile:5:1: the parent image 'busybox' of the release 1.0.0 has no tag, so it means latest; {WANTED}"
LATEST = (
    "sub/Dockerfile.x:2:1: the parent image 'registry.example.org:5000/a:latest' of the release 1.0.0 "
    f"has the tag 'latest', which moves; {WANTED}"
)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        pytest.param(Rules(), [VARIABLE, NO_TAG, LATEST], id="all Dockerfiles"),
        pytest.param(Rules(dockerfiles=("sub/Dockerfile.x",)), [LATEST], id="those that are named"),
        pytest.param(Rules(allowed_parents=("busybox",)), [VARIABLE, LATEST], id="an image is allowed"),
        pytest.param(Rules(allowed_parents=("alpine:$V",)), [NO_TAG, LATEST], id="allowed as it is written"),
        pytest.param(Rules(allowed_parents=("alpine", "busybox:latest")), [VARIABLE, NO_TAG, LATEST], id="not alike"),
        pytest.param(Rules(parents="any"), [], id="any parent"),
        pytest.param(Rules(parents="any", dockerfiles=("none",)), [], id="any parent, wherever"),
        pytest.param(
            Rules(dockerfiles=("README", "none")),
            [
                f"README:1:1: the parent image 'alpine' of the release 1.0.0 has no tag, so it means latest; {WANTED}",
                "none: no such file; the version rules name it",
            ],
            id="a name is not asked for its form",
        ),
    ],
)
def test_a_release_has_pinned_parents(rules: Rules, expected: list[str]) -> None:
    assert found(rules, "1.0.0", DOCKERFILES) == expected
    assert found(rules, "1.0.0-dev", DOCKERFILES) == []


def test_parents_by_digest() -> None:
    files: dict[str, str | ValueError] = {"Dockerfile": f"FROM alpine:3.19@{DIGEST}\nFROM alpine:3.19\n"}
    assert found(Rules(parents="digest"), "1.0.0", files) == [
        "Dockerfile:2:1: the parent image 'alpine:3.19' of the release 1.0.0 has no digest; "
        "name it by a digest (image@sha256:\u2026)"
    ]


def test_an_allowed_parent_may_come_from_a_variable() -> None:
    files: dict[str, str | ValueError] = {"Dockerfile": "ARG T=nonroot\nFROM gcr.io/distroless/static:$T\n"}
    assert found(Rules(allowed_parents=("gcr.io/distroless/static:nonroot",)), "1.0.0", files) == []


def test_an_unreadable_dockerfile_is_told_and_the_others_are_looked_at() -> None:
    files: dict[str, str | ValueError] = {
        "Dockerfile": ValueError("is not UTF-8; save the file in UTF-8"),
        "b/Dockerfile": "FROM a:master\n",
    }
    assert found(Rules(), "1.0.0", files) == [
        "Dockerfile: is not UTF-8; save the file in UTF-8",
        "b/Dockerfile:1:1: the parent image 'a:master' of the release 1.0.0 has the tag 'master', which moves; "
        + WANTED,
    ]


def test_all_rules_are_told_at_once() -> None:
    files: dict[str, str | ValueError] = {
        "Dockerfile": "FROM a\n",
        "pom.xml": "<project><version>1.0.0</version><x>2-SNAPSHOT</x></project>",
    }
    rules = Rules(linked=("pom.xml",), no_snapshots=("pom.xml",))
    assert [each.rpartition(": ")[0] for each in found(rules, "1.1.0", files)] == [
        "pom.xml:1:19: <version>",
        "pom.xml:1:37",
        "Dockerfile:1:1",
    ]
