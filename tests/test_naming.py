"""Names that Jenkins and the disk see: made in one place, of safe characters only."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jjbgen import naming

BRANCHES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._/+-]{0,20}", fullmatch=True)
NAMES = st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,10}[a-z0-9])?", fullmatch=True)
VALUES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,8}", fullmatch=True)
POINTS = st.dictionaries(st.sampled_from(("os", "cpu", "helm-version")), VALUES)

DEFAULT = "{component}-{pipeline}-{branch}{axes}"


@pytest.mark.parametrize(
    ("branch", "name"),
    [
        ("main", "main"),
        ("voltha-2.14", "voltha-2.14"),
        ("release/1.0", "release-1.0"),
        ("a//b+c d", "a-b-c-d"),
        ("größe", "gr-e"),
    ],
)
def test_a_branch_as_part_of_a_name(branch: str, name: str) -> None:
    assert naming.slug(branch) == name


@pytest.mark.parametrize(
    ("pattern", "point", "name"),
    [
        (DEFAULT, {}, "amf-nightly-release-1.0"),
        (DEFAULT, {"os": "linux", "cpu": "arm64"}, "amf-nightly-release-1.0-linux-arm64"),
        ("verify_{component}_{os}", {"os": "linux"}, "verify_amf_linux"),
        ("{pipeline}{axes}.{component}", {"os": "linux"}, "nightly-linux.amf"),
        ("fixed", {}, "fixed"),
    ],
)
def test_a_job_is_named_by_its_pattern(pattern: str, point: dict[str, str], name: str) -> None:
    assert naming.job_name(pattern, "amf", "nightly", "release/1.0", point) == name


@given(NAMES, NAMES, BRANCHES, POINTS)
def test_a_job_name_holds_safe_characters_only(
    component: str, pipeline: str, branch: str, point: dict[str, str]
) -> None:
    name = naming.job_name(DEFAULT, component, pipeline, branch, point)
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name)
    assert name.startswith(f"{component}-{pipeline}-")
    assert name.endswith("".join(f"-{value}" for value in point.values()))


def test_an_unknown_placeholder_is_named() -> None:
    with pytest.raises(KeyError) as caught:
        naming.job_name("{component}-{so}", "amf", "nightly", "main", {"os": "linux"})
    assert caught.value.args == ("so",)


@pytest.mark.parametrize("pattern", ["-{component}", ".{component}", "_x"])
def test_a_job_name_starts_with_a_letter_or_digit(pattern: str) -> None:
    with pytest.raises(ValueError, match="is not a job name; start with a letter or digit"):
        naming.job_name(pattern, "amf", "nightly", "main", {})


def test_a_job_name_has_a_longest_length() -> None:
    fits = "x" * naming.MAX_LENGTH
    assert naming.job_name(fits, "amf", "nightly", "main", {}) == fits
    with pytest.raises(ValueError, match=r"^the job name 'x{40}…' has 111 characters; at most 110$"):
        naming.job_name(fits + "x", "amf", "nightly", "main", {})


@pytest.mark.parametrize("pattern", [DEFAULT, "x", "{a-b2}", "A_b.C-{component}", "{component}{pipeline}"])
def test_patterns_pass(pattern: str) -> None:
    assert naming.check_pattern(pattern) == pattern


@pytest.mark.parametrize(
    "pattern", ["", "a b", "{", "}", "{}", "{Component}", "{a_b}", "a/b", "{{component}}", "é", "x\n"]
)
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(
        ValueError, match=r"is not a job name pattern; use letters, digits, \._- and placeholders like \{component\}$"
    ):
        naming.check_pattern(pattern)


@given(st.lists(st.sampled_from(("{component}", "{os}", "{axes}", "a", "B_", "-", ".")), max_size=6).map("".join))
def test_every_placeholder_of_a_checked_pattern_is_replaced(rest: str) -> None:
    pattern = naming.check_pattern("x" + rest)
    name = naming.job_name(pattern, "amf", "nightly", "main", {"os": "linux"})
    assert name == pattern.replace("{component}", "amf").replace("{os}", "linux").replace("{axes}", "-linux")


def test_the_placeholders_of_a_pattern_in_their_order() -> None:
    assert naming.placeholders("{component}-{os}-{cpu}-{os}") == ("component", "os", "cpu", "os")


@pytest.mark.parametrize("folder", ["ci", "ci/jobs", "a.b/c_d/e-f", "CI"])
def test_folders_pass(folder: str) -> None:
    assert naming.check_folder(folder) == folder


@pytest.mark.parametrize("folder", ["", "/ci", "ci/", "a//b", "a/../b", "..", "my folder", "-x", "a\\b"])
def test_what_is_no_folder_is_refused(folder: str) -> None:
    with pytest.raises(
        ValueError, match=r"is not a Jenkins folder; use letters, digits and \._-, with / between folders$"
    ):
        naming.check_folder(folder)


@pytest.mark.parametrize(
    ("branch", "name"),
    [(None, "amf-nightly.groovy"), ("main", "amf-nightly-main.groovy"), ("rel/1", "amf-nightly-rel-1.groovy")],
)
def test_the_file_of_a_pipeline(branch: str | None, name: str) -> None:
    assert naming.script_name("amf", "nightly", branch) == name


@given(NAMES, NAMES, st.none() | BRANCHES)
def test_the_file_of_a_pipeline_stays_in_its_folder(component: str, pipeline: str, branch: str | None) -> None:
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*\.groovy", naming.script_name(component, pipeline, branch))


@pytest.mark.parametrize(("axis", "name"), [("os", "OS"), ("helm-version", "HELM_VERSION"), ("lab.1", "LAB_1")])
def test_the_parameter_of_an_axis(axis: str, name: str) -> None:
    assert naming.parameter(axis) == name


@pytest.mark.parametrize(("folder", "name"), [(None, "amf"), ("", "amf"), ("ci", "ci/amf"), ("ci/jobs", "ci/jobs/amf")])
def test_the_full_name_in_jenkins(folder: str | None, name: str) -> None:
    assert naming.in_folder(folder, "amf") == name


@pytest.mark.parametrize("word", ["class", "def", "in", "true", "null", "trait"])
def test_words_of_groovy_are_known(word: str) -> None:
    assert word in naming.GROOVY_KEYWORDS
