"""The words that a pipeline hands to `jjbgen version` say the project's rules, no more and no less."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jjbgen import cli_rules, cli_version
from jjbgen.rules import POLICIES, USED_BY, ChartPlace, Rules, check_tagger, options, tagger

EVERYTHING = Rules(
    tag_prefix="v",
    release_to_release=True,
    predecessor=True,
    linked=("pom.xml", "a b/package.json"),
    no_snapshots=("pom.xml",),
    parents="digest",
    allowed_parents=("gcr.io/distroless/static:nonroot",),
    dockerfiles=("build/Dockerfile",),
    image_tags=("{major}.{minor}", "latest"),
    charts=(ChartPlace("chart"), ChartPlace("deploy/x", "registry.example.org/charts")),
    tagger="Jenkins <jenkins@example.org>",
)

FILES = st.lists(st.text("ab/ .-'$", min_size=1, max_size=8), max_size=2, unique=True).map(tuple)
LINKED = st.lists(st.sampled_from(["pom.xml", "a b/Chart.yaml", "src/x/__init__.py"]), max_size=2).map(tuple)
CHARTS = st.lists(
    st.builds(ChartPlace, st.text("ab/", min_size=1, max_size=4), st.none() | st.just("registry.example.org/c")),
    max_size=3,
    unique_by=lambda chart: chart.path,
).map(tuple)
RULES = st.builds(
    Rules,
    tag_prefix=st.sampled_from([None, "", "v", "api/v"]),
    release_to_release=st.booleans(),
    predecessor=st.booleans(),
    linked=LINKED,
    no_snapshots=FILES,
    parents=st.sampled_from(POLICIES),
    allowed_parents=FILES,
    dockerfiles=FILES,
    image_tags=st.lists(st.sampled_from(["latest", "{major}"]), max_size=2).map(tuple),
    charts=CHARTS,
    tagger=st.sampled_from([None, "Jenkins <jenkins@example.org>"]),
)


@pytest.mark.parametrize("command", sorted(USED_BY))
def test_defaults_need_no_words(command: str) -> None:
    assert options(Rules(), command) == ()


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (
            "check",
            (
                *("--tag-prefix=v", "--release-to-release", "--predecessor"),
                *("--linked=pom.xml", "--linked=a b/package.json", "--no-snapshots=pom.xml", "--parents=digest"),
                *("--allowed-parent=gcr.io/distroless/static:nonroot", "--dockerfile=build/Dockerfile"),
            ),
        ),
        (
            "gate",
            (
                *("--tag-prefix=v", "--image-tag={major}.{minor}", "--image-tag=latest"),
                *("--chart=chart", "--chart=deploy/x"),
            ),
        ),
        ("tag", ("--tag-prefix=v", "--tagger=Jenkins <jenkins@example.org>")),
        ("next", ("--linked=pom.xml", "--linked=a b/package.json")),
        ("history", ("--tag-prefix=v",)),
        (
            "charts",
            ("--chart=chart", "--chart=deploy/x", "--repository", "deploy/x", "registry.example.org/charts"),
        ),
    ],
)
def test_each_command_is_told_what_it_uses(command: str, expected: tuple[str, ...]) -> None:
    assert options(EVERYTHING, command) == expected


@pytest.mark.parametrize(
    ("rules", "command", "expected"),
    [
        pytest.param(Rules(tag_prefix=""), "tag", ("--tag-prefix=",), id="no prefix, also for a Go module"),
        pytest.param(Rules(parents="any"), "check", ("--parents=any",), id="any parent"),
        pytest.param(
            Rules(parents="any", allowed_parents=("a",), dockerfiles=("b",)),
            "check",
            ("--parents=any",),
            id="where any parent is fine, nothing more is said of them",
        ),
        pytest.param(Rules(allowed_parents=("a",)), "check", ("--allowed-parent=a",), id="the default policy"),
    ],
)
def test_settings_in_words(rules: Rules, command: str, expected: tuple[str, ...]) -> None:
    assert options(rules, command) == expected


@pytest.mark.parametrize("command", sorted(USED_BY))
@given(rules=RULES)
def test_the_command_reads_back_what_the_words_say(command: str, rules: Rules) -> None:
    words = options(rules, command)
    parsed = cli_version.commands.commands[command].make_context(command, list(words)).params
    assert options(cli_rules._rules(parsed), command) == words


@pytest.mark.parametrize(
    "text",
    [
        "Jenkins <jenkins@example.org>",
        "J <j@localhost>",
        "ONF Bot 2 <bot+ci@example.org>",
        "J\u00fcrgen <j@example.org>",
    ],
)
def test_names_with_an_address_make_tags(text: str) -> None:
    assert check_tagger(text) == text
    name, address = tagger(Rules(tagger=text)) or ("", "")
    assert name
    assert f"{name} <{address}>" == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "Jenkins", "<jenkins@example.org>", " <j@example.org>", "Jenkins jenkins@example.org", "J <j>"),
        *("J <j@example.org> ", " J <j@example.org>", "J <j@example.org>\n", "J\n <j@example.org>", "J <j@@b>"),
        *("J <K> <j@example.org>", "J <j @example.org>", "J <@example.org>", "J\x00K <j@example.org>", "J<j@b>"),
    ],
)
def test_others_do_not(text: str) -> None:
    expected = f"{text!r} is not who makes tags; write it like 'Jenkins <jenkins@example.org>'"
    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        check_tagger(text)


def test_a_tagger_has_a_name_and_an_address() -> None:
    assert tagger(EVERYTHING) == ("Jenkins", "jenkins@example.org")
    assert tagger(Rules()) is None
