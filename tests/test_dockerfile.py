"""Dockerfiles are read by Docker's own grammar, and parent images are judged by what their reference says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jjbgen import dockerfile
from jjbgen.rules import POLICIES, Policy

DIGEST = "sha256:" + "0123456789abcdef" * 4


def images(text: str) -> list[tuple[int, str | None]]:
    """The parents of a Dockerfile: line and image."""
    return [(parent.line, parent.image) for parent in dockerfile.parents(text)]


def case(name: str, text: str, *expected: tuple[int, str | None]) -> object:
    """A row of a table: what it shows, a Dockerfile, and its parents."""
    return pytest.param(text, list(expected), id=name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        case("one parent", "FROM alpine:3.19\n", (1, "alpine:3.19")),
        case("no newline at the end", "FROM alpine:3.19", (1, "alpine:3.19")),
        case("lower case", "from alpine:3.19 as build\nfrom build\n", (1, "alpine:3.19")),
        case("tabs", "FROM\talpine:3.19\tAS\tx\nFROM x\n", (1, "alpine:3.19")),
        case("indented", "  FROM alpine:3.19\n", (1, "alpine:3.19")),
        case("CR LF", "FROM a:1.1 \\\r\n  AS b\r\nFROM b\r\nRUN x\r\n", (1, "a:1.1")),
        case("byte order mark", "\ufeffFROM a:1.1\n", (1, "a:1.1")),
        case("platform", "FROM --platform=$BUILDPLATFORM a:1.1 AS b\nFROM b\n", (1, "a:1.1")),
        case("scratch is no image", "FROM scratch\nCOPY a /a\n"),
        case("no FROM at all", "# nothing\nRUN true\n"),
        case("an empty file", ""),
        case("only comments", "# FROM a\n#FROM b\n   # FROM c\n"),
        case(
            "registry with a port and a digest",
            f"FROM registry.example.org:5000/a/b:1.2.3@{DIGEST}\n",
            (1, f"registry.example.org:5000/a/b:1.2.3@{DIGEST}"),
        ),
        case("a digest beside a tag", f"FROM alpine:edge@{DIGEST}\n", (1, f"alpine:edge@{DIGEST}")),
        case("a word that begins like an instruction", "FROMAGE a\nFROM a:1.1\n", (2, "a:1.1")),
    ],
)
def test_parents_are_found(text: str, expected: list[tuple[int, str | None]]) -> None:
    assert images(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        case("FROM an earlier stage", "FROM a:1.1 AS build\nFROM build\n", (1, "a:1.1")),
        case("stage names have no case", "FROM a:1.1 AS Build\nFROM bUILD AS x\nFROM X\n", (1, "a:1.1")),
        case("a stage that comes later is an image", "FROM b\nFROM a:1.1 AS b\n", (1, "b"), (2, "a:1.1")),
        case("a stage named like its image", "FROM golang AS golang\nFROM golang\n", (1, "golang")),
        case("COPY from a stage", "FROM a:1.1 AS b\nFROM scratch\nCOPY --from=B /a /b\n", (1, "a:1.1")),
        case("COPY from a stage's number", "FROM a:1.1\nFROM scratch\nCOPY --from=0 /a /b\n", (1, "a:1.1")),
        case("COPY from an image", "FROM scratch\nCOPY --from=busybox:1.36 /bin /bin\n", (2, "busybox:1.36")),
        case("COPY with other options", "FROM scratch\ncopy --chown=1:1 --from=x --link /a /b\n", (2, "x")),
        case("COPY of a file called so", "FROM scratch\nCOPY a--from=x --from=y /b\n"),
        case("COPY from a later stage", "FROM scratch\nCOPY --from=b / /\nFROM a:1.1 AS b\n", (2, "b"), (3, "a:1.1")),
        case("mount from an image", "FROM scratch\nRUN --mount=type=bind,from=go:1.22,target=/go x\n", (2, "go:1.22")),
        case("mount, from first", "FROM scratch\nRUN --mount=from=go:1.22,target=/go x\n", (2, "go:1.22")),
        case("mount from a stage", "FROM a:1.1 AS b\nRUN --mount=type=bind,from=b,target=/b x\n", (1, "a:1.1")),
        case("mount of a cache", "FROM a:1.1\nRUN --mount=type=cache,target=/from=x y\n", (1, "a:1.1")),
        case(
            "two mounts",
            "FROM scratch\nRUN --network=none --mount=from=a:1.1 --mount=type=bind,from=b:1.1 x\n",
            (2, "a:1.1"),
            (2, "b:1.1"),
        ),
        case("options of the command itself", "FROM a:1.1\nRUN pip --from=x --mount=from=y\n", (1, "a:1.1")),
        case("other instructions", "FROM a:1.1\nENV FROM=b\nLABEL from=c\nCMD --from=d\n", (1, "a:1.1")),
    ],
)
def test_stages_are_told_from_images(text: str, expected: list[tuple[int, str | None]]) -> None:
    assert images(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        case("with a default", "ARG V=3.19\nFROM alpine:$V\n", (2, "alpine:3.19")),
        case("in braces", "ARG V=3.19\nFROM alpine:${V}-x\n", (2, "alpine:3.19-x")),
        case("quoted", "ARG A=\"3.19\" B='alpine'\nFROM $B:$A\n", (2, "alpine:3.19")),
        case("from one another", "ARG A=3\nARG B=${A}.19\nFROM alpine:$B\n", (3, "alpine:3.19")),
        case("over several lines", "ARG A=3 \\\n    B=19\nFROM alpine:$A.$B\n", (3, "alpine:3.19")),
        case("without a default", "ARG V\nFROM alpine:$V\n", (2, None)),
        case("never declared", "FROM alpine:$V\n", (1, None)),
        case("declared too late", "FROM a:1.1\nARG V=3.19\nFROM alpine:$V\n", (1, "a:1.1"), (3, None)),
        case(
            "declared again in a stage",
            "ARG V=3.19\nFROM a:1.1\nARG V=edge\nFROM alpine:$V\n",
            (2, "a:1.1"),
            (4, "alpine:3.19"),
        ),
        case("the last one counts", "ARG V=edge\nARG V=3.19\nFROM alpine:$V\n", (3, "alpine:3.19")),
        case("a stage in a variable", "ARG S=b\nFROM a:1.1 AS b\nFROM $S\n", (2, "a:1.1")),
        case("scratch in a variable", "ARG S=scratch\nFROM $S\n"),
        case("of the platform", "FROM a-$TARGETARCH:1.1\n", (1, "a-amd64:1.1")),
        case("of the platform, empty", "FROM a:1.1$TARGETVARIANT\n", (1, "a:1.1")),
        case("an empty default", "ARG REGISTRY=\nFROM ${REGISTRY}alpine:3.19\n", (2, "alpine:3.19")),
        case("an empty default, quoted", 'ARG REGISTRY=""\nFROM ${REGISTRY}alpine:3.19\n', (2, "alpine:3.19")),
        case("without a value is not empty", "ARG REGISTRY\nFROM ${REGISTRY}alpine:3.19\n", (2, None)),
        case("${X:-d}, not declared", "FROM alpine:${V:-3.19}\n", (1, "alpine:3.19")),
        case("${X:-d}, without a default", "ARG V\nFROM alpine:${V:-3.19}\n", (2, "alpine:3.19")),
        case("${X:-d}, empty", "ARG V=\nFROM alpine:${V:-3.19}\n", (2, "alpine:3.19")),
        case("${X:-d}, set", "ARG V=3.18\nFROM alpine:${V:-3.19}\n", (2, "alpine:3.18")),
        case("${X-d}, not declared", "FROM alpine:3.19${V-x}\n", (1, "alpine:3.19x")),
        case("${X-d}, empty", "ARG V=\nFROM alpine:3.19${V-x}\n", (2, "alpine:3.19")),
        case("${X:+y}, not declared", "FROM alpine:3.19${V:+-x}\n", (1, "alpine:3.19")),
        case("${X:+y}, empty", "ARG V=\nFROM alpine:3.19${V:+-x}\n", (2, "alpine:3.19")),
        case("${X:+y}, set", "ARG V=1\nFROM alpine:3.19${V:+-x}\n", (2, "alpine:3.19-x")),
        case("${X+y}, empty", "ARG V=\nFROM alpine:3.19${V+-x}\n", (2, "alpine:3.19-x")),
        case("${X:-} of nothing", "FROM ${REGISTRY:-}alpine:3.19\n", (1, "alpine:3.19")),
        case("a variable as the default", "ARG D=3.19\nFROM alpine:${V:-$D}\n", (2, "alpine:3.19")),
        case("one in braces as the default", "ARG D=3.19\nFROM alpine:${V:-${D}}\n", (2, "alpine:3.19")),
        case("an unknown one as the default", "FROM alpine:${V:-${D}}\n", (1, None)),
    ],
)
def test_variables_have_the_value_of_their_argument(text: str, expected: list[tuple[int, str | None]]) -> None:
    assert images(text) == expected


def test_a_parent_is_also_known_as_it_is_written() -> None:
    found = dockerfile.parents("ARG V=3.19\nFROM alpine:${V}\nFROM $X\n")
    assert found == [
        dockerfile.Parent(2, "alpine:${V}", "alpine:3.19"),
        dockerfile.Parent(3, "$X", None),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        case("continued", "FROM a:1.1 \\\n  AS b\nFROM b\n", (1, "a:1.1")),
        case("blanks behind the backslash", "FROM a:1.1 \\ \t\n  AS b\nFROM b\n", (1, "a:1.1")),
        case("comments in between", "FROM a:1.1 \\\n# as c\n  # as d\n  AS b\nFROM b\n", (1, "a:1.1")),
        case("empty lines in between", "FROM a:1.1 \\\n\n   \n  AS b\nFROM b\n", (1, "a:1.1")),
        case("the image on the next line", "FROM \\\n  a:1.1\nRUN x\n", (1, "a:1.1")),
        case("in the middle of a word", "FROM registry.example.org/\\\na:1.1\n", (1, "registry.example.org/a:1.1")),
        case("FROM in a continued command", "FROM a:1.1\nRUN echo \\\nFROM b \\\n&& true\n", (1, "a:1.1")),
        case("lines are counted", "\n# x\nFROM a:1.1\nRUN x \\\n\n  y\n\nFROM b:1.1\n", (3, "a:1.1"), (8, "b:1.1")),
        case("a comment does not continue", "# x \\\nFROM a:1.1\n", (2, "a:1.1")),
        case("the end in a continuation", "FROM a:1.1\nRUN x \\\n", (1, "a:1.1")),
        case("only line feeds part lines", "# x\x0cFROM b\u2028FROM c\x85FROM d\nFROM a:1.1\n", (2, "a:1.1")),
        case("escape directive", "# escape=`\nFROM a:1.1 `\n  AS b\nFROM b\n", (2, "a:1.1")),
        case("with blanks, any case", "#  ESCAPE = ` \nFROM a:1.1 `\n  AS b\nFROM b\n", (2, "a:1.1")),
        case(
            "then a backslash ends nothing",
            "# escape=`\nFROM a:1.1\nRUN dir c:\\\nFROM b:1.1\n",
            (2, "a:1.1"),
            (4, "b:1.1"),
        ),
        case("after another directive", "# syntax=docker/dockerfile:1\n# escape=`\nFROM `\na:1.1\n", (3, "a:1.1")),
        case("too late after a comment", "# hello\n# escape=`\nFROM \\\na:1.1\n", (3, "a:1.1")),
        case("too late after an empty line", "\n# escape=`\nFROM \\\na:1.1\n", (3, "a:1.1")),
        case("too late after an instruction", "ARG A\n# escape=`\nFROM \\\na:1.1\n", (3, "a:1.1")),
        case("too late after an unknown directive", "# unknown=x\n# escape=`\nFROM \\\na:1.1\n", (3, "a:1.1")),
    ],
)
def test_lines_are_joined_as_docker_joins_them(text: str, expected: list[tuple[int, str | None]]) -> None:
    assert images(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        case("of RUN", "FROM a:1.1\nRUN <<EOF\nFROM b\nEOF\nFROM c:1.1\n", (1, "a:1.1"), (5, "c:1.1")),
        case("of a program", "FROM a:1.1\nRUN cat <<EOF > /x\nFROM b\nEOF\nFROM c:1.1\n", (1, "a:1.1"), (5, "c:1.1")),
        case("of COPY", "FROM a:1.1\nCOPY <<EOF /x\nFROM b\nEOF\nFROM c:1.1\n", (1, "a:1.1"), (5, "c:1.1")),
        case("quoted", "FROM a:1.1\nRUN <<'E' <<\"F\"\nFROM b\nE\nFROM c\nF\nFROM d:1.1\n", (1, "a:1.1"), (7, "d:1.1")),
        case("two", "FROM a:1.1\nCOPY <<E <<F /x/\nF\nFROM b\nE\nFROM c\nF\nFROM d:1.1\n", (1, "a:1.1"), (8, "d:1.1")),
        case(
            "its end may be indented", "FROM a:1.1\nRUN <<-E\n\tFROM b\n\tE\nFROM c:1.1\n", (1, "a:1.1"), (5, "c:1.1")
        ),
        case("else not", "FROM a:1.1\nRUN <<E\nFROM b\n\tE\nFROM c\nE\nFROM d:1.1\n", (1, "a:1.1"), (7, "d:1.1")),
        case("a backslash in it", "FROM a:1.1\nRUN <<E\nx \\\nE\nFROM c:1.1\n", (1, "a:1.1"), (5, "c:1.1")),
        case(
            "after a continuation",
            "FROM a:1.1\nRUN x && \\\n cat <<E\nFROM b\nE\nFROM c:1.1\n",
            (1, "a:1.1"),
            (6, "c:1.1"),
        ),
        case("with an image", "FROM a:1.1\nRUN --mount=from=b:1.1 <<E\nFROM c\nE\n", (1, "a:1.1"), (2, "b:1.1")),
        case("none without an end", "FROM a:1.1\nRUN echo $((1<<N))\nFROM b:1.1\n", (1, "a:1.1"), (3, "b:1.1")),
        case("none in other instructions", "FROM a:1.1\nCMD cat <<E\nFROM b:1.1\nE\n", (1, "a:1.1"), (3, "b:1.1")),
        case("CR LF", "FROM a:1.1\r\nRUN <<E\r\nFROM b\r\nE\r\nFROM c:1.1\r\n", (1, "a:1.1"), (5, "c:1.1")),
    ],
)
def test_here_documents_hold_no_instructions(text: str, expected: list[tuple[int, str | None]]) -> None:
    assert images(text) == expected


LINES = st.lists(
    st.sampled_from(
        [
            *("FROM a:1.1 AS x", "FROM x", "from \\", "FROM", "COPY --from=", "ARG", "ARG A=$B", "ARG B=${A:-}"),
            *("FROM ${", "FROM $A:$B", "# escape=`", "#", "", "`", "\\", "RUN <<E", "E", "RUN --mount=from="),
        ]
    )
    | st.text(max_size=10)
).map("\n".join)


@given(LINES)
def test_any_text_is_read_and_every_parent_has_a_line_of_it(text: str) -> None:
    lines = [parent.line for parent in dockerfile.parents(text)]
    assert lines == sorted(lines)
    assert all(1 <= line <= text.count("\n") + 1 for line in lines)


@st.composite
def dockerfiles(draw: st.DrawFn) -> tuple[str, list[tuple[int, str | None]]]:
    """A Dockerfile of some stages, each written in one of the ways that mean the same, and its parents."""
    gaps = st.sampled_from([" ", "\t", "  ", " \\\n", "\\  \n  ", " \\\n# FROM c\n\n  # d\n"])
    between = st.sampled_from(["", "\n", "# FROM c\n", "RUN a \\\nFROM c\n", "RUN <<E\nFROM c\nE\n", "COPY . .\n"])
    text = ""
    parents: list[tuple[int, str | None]] = []
    stages = ["scratch"]

    def add(before: str, image: str, after: str) -> str:
        if image not in stages:
            parents.append((text.count("\n") + 1, image))
        return f"{before}{image}{draw(gaps)}{after}\n"

    for number in range(draw(st.integers(0, 4))):
        sources = st.sampled_from([*stages, "a:1.1", "r:5000/b", f"c@{DIGEST}"])
        text += draw(between)
        text += add(draw(st.sampled_from(["FROM", "from"])) + draw(gaps), draw(sources), f"AS{draw(gaps)}Stage{number}")
        text += draw(between)
        text += add("COPY --from=", draw(sources), "/a /b")
        stages.append(f"stage{number}")
    return text, parents


@given(dockerfiles())
def test_however_stages_are_written_their_parents_are_the_same(
    written: tuple[str, list[tuple[int, str | None]]],
) -> None:
    text, parents = written
    assert images(text) == parents


@pytest.mark.parametrize(
    "path",
    [
        *("Dockerfile", "build/Dockerfile", "Dockerfile.arm64v8", "docker/Dockerfile.voltha", "dockerfile"),
        *("Dockerfile-dev", "Dockerfile_dev", "Containerfile", "build/Containerfile.test", "onos.Dockerfile"),
        *("vendors/Dockerfile", "my-vendor/Dockerfile", "a/vendor.d/Dockerfile"),
    ],
)
def test_dockerfiles_by_their_names(path: str) -> None:
    assert dockerfile.is_dockerfile(path)


@pytest.mark.parametrize(
    "path",
    [
        *("vendor/x/Dockerfile", "a/vendor/b/c/Dockerfile", "node_modules/x/Dockerfile", "third_party/x/Dockerfile"),
        *(".dockerignore", "Dockerfile.dockerignore", "build/Dockerfile.dockerignore", "Dockerfile/README"),
        *("", "MyDockerfile", "docker", "docker-compose.yaml", "Dockerfiles.txt", "doc/dockerfiles/x"),
    ],
)
def test_other_files(path: str) -> None:
    assert not dockerfile.is_dockerfile(path)


def moves(tag: str) -> str:
    """What is said of a tag that does not stay."""
    return f"has the tag {tag!r}, which moves"


NO_TAG = "has no tag, so it means latest"


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("alpine:3.19.1", None),
        ("alpine:3.19", None),
        ("ubuntu:16.04", None),
        ("openjdk:8-jre-alpine3.8", None),
        ("golang:1.22.1-alpine3.19", None),
        ("foo:v1.2.3", None),
        ("foo:1.2.3-rc.1", None),
        ("foo:1.2.3-alpine-devel", None),
        ("registry:5000/a:1.2.3", None),
        ("localhost:5000/a/b:1.2.3", None),
        (f"alpine@{DIGEST}", None),
        (f"alpine:edge@{DIGEST}", None),
        (f"registry.example.org:5000/a@{DIGEST}", None),
        ("alpine", NO_TAG),
        ("registry.example.org/a/b", NO_TAG),
        ("registry:5000/a", NO_TAG),
        ("127.0.0.1:5000/a", NO_TAG),
        ("alpine:latest", moves("latest")),
        ("alpine:edge", moves("edge")),
        ("alpine:3", moves("3")),
        ("openjdk:11-jre", moves("11-jre")),
        ("foo:master", moves("master")),
        ("foo:main", moves("main")),
        ("foo:1.2.3-dev", moves("1.2.3-dev")),
        ("foo:1.2.3-dev3", moves("1.2.3-dev3")),
        ("foo:1.2.3-SNAPSHOT", moves("1.2.3-SNAPSHOT")),
        ("foo:1.2.3-dev-alpine3.19", moves("1.2.3-dev-alpine3.19")),
        ("gcr.io/distroless/static:nonroot", moves("nonroot")),
        ("alpine:", moves("")),
        ("alpine@sha256:0123", NO_TAG),
        ("alpine@latest", NO_TAG),
        ("", NO_TAG),
    ],
)
def test_a_parent_is_named_by_a_version_or_a_digest(image: str, expected: str | None) -> None:
    assert dockerfile.unpinned(image, "version") == expected


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (f"alpine@{DIGEST}", None),
        (f"alpine:3.19@{DIGEST}", None),
        (f"registry:5000/a:edge@{DIGEST}", None),
        ("alpine:3.19.1", "has no digest"),
        ("alpine", "has no digest"),
        ("alpine@sha256:0123", "has no digest"),
        ("alpine:3.19@latest", "has no digest"),
    ],
)
def test_a_parent_is_named_by_a_digest_where_the_project_wants_that(image: str, expected: str | None) -> None:
    assert dockerfile.unpinned(image, "digest") == expected


@pytest.mark.parametrize("image", ["alpine", "alpine:latest", "foo:1.2.3-dev", "alpine:3.19", f"alpine@{DIGEST}"])
def test_any_parent_is_fine_where_the_project_says_so(image: str) -> None:
    assert dockerfile.unpinned(image, "any") is None


@given(st.sampled_from(POLICIES), st.text("a1.:/@-", max_size=12))
def test_a_digest_satisfies_every_policy(policy: Policy, name: str) -> None:
    assert dockerfile.unpinned(f"{name.replace('@', '')}@{DIGEST}", policy) is None


def test_variables_that_double_each_other_do_not_grow_without_end() -> None:
    doubling = "".join(f"ARG a{number + 1}=$a{number}$a{number}\n" for number in range(60))
    (parent,) = dockerfile.parents(f"ARG a0=x\n{doubling}FROM $a60\n")
    assert parent.image is None
