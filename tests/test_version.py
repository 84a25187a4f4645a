"""Versions: every odd value that real histories hold has an answer, and what comes next is always higher."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jjbgen import version
from jjbgen.errors import what_and_hint
from jjbgen.version import TagNames, Version

NOT_A_VERSION = "is not a version; write MAJOR.MINOR.PATCH, like 1.2.3 or 1.2.3-dev"
LEADING_V = "begins with a 'v'; write 1.2.3; a git tag gets its prefix by itself"
BLANKS = "has blanks around the version; remove them"
EMPTY = "is empty; write a version like 0.1.0-dev"
CR_LF = "has the line ends of Windows (CR LF); save it with LF"
MORE_LINES = "has more than one line; a version is one line"
TOO_LONG = "is longer than 100 characters; write a version like 1.2.3"

NUMBERS = st.integers(0, 3) | st.integers(0, 10**6)
PRERELEASES = st.sampled_from([None, "dev", "dev3", "SNAPSHOT", "rc.1", "0", "alpha-1.2"])
VERSIONS = st.builds(Version, NUMBERS, NUMBERS, NUMBERS, PRERELEASES)
RELEASES = st.builds(Version, NUMBERS, NUMBERS, NUMBERS)
PARTS = st.none() | st.sampled_from(version.PARTS)
HOSTILE = st.text("vV012.+-; '\"\x00\x1b\x9b\r\n\u0663\u2028", max_size=30) | st.text(max_size=300)


def reason(text: str) -> str:
    """Why the text of a VERSION file is refused; empty when it passes."""
    try:
        version.read(text)
    except ValueError as error:
        return str(error)
    return ""


def of(*texts: str) -> list[Version]:
    """The versions that texts are."""
    return [version.parse(text) for text in texts]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.2.3\n", "1.2.3"),
        ("1.2.3", "1.2.3"),
        ("1.2.3\n\n\n", "1.2.3"),
        ("0.0.0\n", "0.0.0"),
        ("10.20.30\n", "10.20.30"),
        ("1.2.3-dev\n", "1.2.3-dev"),
        ("1.2.3-dev3\n", "1.2.3-dev3"),
        ("1.2.3-rc.1\n", "1.2.3-rc.1"),
        ("1.2.3-SNAPSHOT\n", "1.2.3-SNAPSHOT"),
        ("1.2.3-0\n", "1.2.3-0"),
        ("1.2.3-0a\n", "1.2.3-0a"),
        ("1.2.3--\n", "1.2.3--"),
        pytest.param(f"1.2.3-{'a' * 94}", f"1.2.3-{'a' * 94}", id="100 characters"),
    ],
)
def test_versions_are_read(text: str, expected: str) -> None:
    assert str(version.read(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1\n", "has one number instead of three; write 1.0.0"),
        ("1.2\n", "has two numbers instead of three; write 1.2.0"),
        ("1.2-dev\n", "has two numbers instead of three; write 1.2.0-dev"),
        ("1.2.3.4\n", "has more than three numbers; write MAJOR.MINOR.PATCH, like 1.2.3"),
        ("1.2.3.4.5-dev\n", "has more than three numbers; write MAJOR.MINOR.PATCH, like 1.2.3"),
        ("01.2.3\n", "has a number with a leading zero; write 1 for it"),
        ("1.02.3\n", "has a number with a leading zero; write 2 for it"),
        ("1.2.03\n", "has a number with a leading zero; write 3 for it"),
        ("1.2.00-dev\n", "has a number with a leading zero; write 0 for it"),
        ("v1.2.3\n", LEADING_V),
        ("V1.2.3\n", LEADING_V),
        ("1.2.3\r\n", CR_LF),
        ("1.2.3\r", CR_LF),
        ("1.2.3\r\n\r\n", CR_LF),
        ("1.2.3 \n", BLANKS),
        ("1.2.3\t\n", BLANKS),
        (" 1.2.3\n", BLANKS),
        ("1.2.3\u00a0\n", BLANKS),
        ("\n1.2.3\n", "begins with an empty line; write the version into the first line"),
        ("", EMPTY),
        ("\n", EMPTY),
        (" \t\r\n \n", EMPTY),
        ("1.2.3\n1.2.4\n", MORE_LINES),
        ("1.2.3\n\n# the version\n", MORE_LINES),
        ("1.2.3\n \n", MORE_LINES),
        ("\ufeff1.2.3\n", "begins with a byte order mark; save it as UTF-8 without one"),
        ("1.2.3+5\n", "has build metadata ('+'); write 1.2.3; an image tag cannot hold a '+'"),
        ("1.2.3-dev+5.a\n", "has build metadata ('+'); write 1.2.3-dev; an image tag cannot hold a '+'"),
        pytest.param(f"1.2.3-{'a' * 95}", TOO_LONG, id="101 characters"),
        pytest.param(f"1.2.{'9' * 5000}", TOO_LONG, id="a number without end"),
        ("garbage\n", f"'garbage' {NOT_A_VERSION}"),
        ("version 1.2.3\n", f"'version 1.2.3' {NOT_A_VERSION}"),
        ("1.2.x\n", f"'1.2.x' {NOT_A_VERSION}"),
        ("1..3\n", f"'1..3' {NOT_A_VERSION}"),
        ("-1.2.3\n", f"'-1.2.3' {NOT_A_VERSION}"),
        ("1.2.3.dev0\n", f"'1.2.3.dev0' {NOT_A_VERSION}"),
        ("1.2.3-\n", f"'1.2.3-' {NOT_A_VERSION}"),
        ("1.2.3-01\n", f"'1.2.3-01' {NOT_A_VERSION}"),
        ("1.2.3-a..b\n", f"'1.2.3-a..b' {NOT_A_VERSION}"),
        ("1.2.3_dev\n", f"'1.2.3_dev' {NOT_A_VERSION}"),
        ("1.2.3\x00\n", rf"'1.2.3\x00' {NOT_A_VERSION}"),
        ("\x1b[31m1.2.3\n", rf"'\x1b[31m1.2.3' {NOT_A_VERSION}"),
        ("1.2.\u0663\n", rf"'1.2.\u0663' {NOT_A_VERSION}"),
        ("1\u0663.2.3\n", rf"'1\u0663.2.3' {NOT_A_VERSION}"),
        ("1.2.3-1\u0663\n", rf"'1.2.3-1\u0663' {NOT_A_VERSION}"),
        ("1.2.3\u200b\n", rf"'1.2.3\u200b' {NOT_A_VERSION}"),
    ],
)
def test_odd_values_are_refused_with_the_way_out(text: str, expected: str) -> None:
    assert reason(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1.2.3\n", False), ("1.2.3", False), ("1.2.3\n\n", True), ("1.2.3\n\n\n", True), ("\n1.2.3\n", False)],
)
def test_empty_lines_at_the_end_are_told(text: str, expected: bool) -> None:
    assert version.blank_lines(text) is expected


@pytest.mark.parametrize("text", ["v1\x1b[31m", "\x1b[2J+1", "9" * 5000, f"v{'1' * 5000}", "1" * 5000 + "+1"])
def test_a_message_brings_neither_control_characters_nor_pages_of_text(text: str) -> None:
    assert reason(text).isprintable()
    assert 0 < len(reason(text)) <= 300


@given(HOSTILE)
def test_whatever_a_file_holds_the_answer_is_a_version_or_a_short_readable_message(text: str) -> None:
    message = reason(text)
    assert message.isprintable()
    assert len(message) <= 300 + 10 * version.MAX_LENGTH
    assert not message or what_and_hint(message)[1]


@pytest.mark.parametrize("text", ["it's; 1", "a; b", "'; '", '"; x'])
def test_a_semicolon_in_the_file_does_not_part_the_message(text: str) -> None:
    hint = NOT_A_VERSION.partition("; ")[2]
    assert what_and_hint(reason(text))[1] == hint


@given(VERSIONS)
def test_every_version_is_read_as_it_is_written(given: Version) -> None:
    assert version.parse(str(given)) == given
    assert str(version.read(f"{given}\n")) == str(given)


@given(HOSTILE)
def test_what_is_read_is_what_stands_there(text: str) -> None:
    assert reason(text) or str(version.read(text)) == text.rstrip("\n")


@pytest.mark.parametrize(
    ("text", "expected"), [("1.2.3", True), ("0.0.0", True), ("1.2.3-dev", False), ("1.2.3-rc.1", False)]
)
def test_finalized_is_what_has_no_prerelease(text: str, expected: bool) -> None:
    assert version.is_finalized(version.parse(text)) is expected


@pytest.mark.parametrize(
    ("text", "part", "release", "development"),
    [
        ("1.2.3", None, "1.2.4", "1.2.4-dev"),
        ("1.2.3", "patch", "1.2.4", "1.2.4-dev"),
        ("1.2.3", "minor", "1.3.0", "1.3.0-dev"),
        ("1.2.3", "major", "2.0.0", "2.0.0-dev"),
        ("1.2.3-dev", None, "1.2.3", "1.2.4-dev"),
        ("1.2.3-dev", "minor", "1.3.0", "1.3.0-dev"),
        ("1.2.3-dev", "major", "2.0.0", "2.0.0-dev"),
        ("1.3.0-dev", "minor", "1.3.0", "1.4.0-dev"),
        ("1.3.0-dev", "major", "2.0.0", "2.0.0-dev"),
        ("2.0.0-dev", "major", "2.0.0", "3.0.0-dev"),
        ("1.2.3-rc.1", None, "1.2.3", "1.2.4-dev"),
        ("1.2.3-dev3", None, "1.2.3", "1.2.4-dev"),
        ("1.2.3-SNAPSHOT", None, "1.2.3", "1.2.4-dev"),
        ("0.0.0", None, "0.0.1", "0.0.1-dev"),
        ("0.9.9", "major", "1.0.0", "1.0.0-dev"),
    ],
)
def test_what_follows(text: str, part: str | None, release: str, development: str) -> None:
    before = version.parse(text)
    assert str(version.following(before, part)) == release
    assert str(version.following(before, part, dev=True)) == development


@given(VERSIONS, PARTS)
def test_what_follows_is_higher(before: Version, part: str | None) -> None:
    release, development = version.following(before, part), version.following(before, part, dev=True)
    assert before < release
    assert before < development
    assert version.is_finalized(release)
    assert development.prerelease == "dev"
    # Nothing that may still be released as it is lies below the development after it.
    assert before.finalize_version() < development


@pytest.mark.parametrize(
    ("prefix", "tag", "expected"),
    [
        ("", "1.2.3", "1.2.3"),
        ("", "v1.2.3", "1.2.3"),
        ("v", "1.2.3", "1.2.3"),
        ("v", "v1.2.3", "1.2.3"),
        ("api/v", "api/v1.2.3", "1.2.3"),
        ("api/v", "api/1.2.3", None),
        ("api/v", "v1.2.3", None),
        ("api/v", "1.2.3", None),
        ("release-", "release-1.2.3", "1.2.3"),
        ("release-", "v1.2.3", None),
        ("", "api/v1.2.3", None),
        ("", "vv1.2.3", None),
        ("", "V1.2.3", None),
        ("", "1.2", None),
        ("", "1.2.3.4", None),
        ("", "01.2.3", None),
        ("", "1.2.3-dev", None),
        ("", "1.2.3-rc.1", None),
        ("", "1.2.3+5", None),
        ("", "1.2.3\n", None),
        ("", "1.2.\u0663", None),
        ("", "voltha-2.14", None),
        ("", "20240131T120000Z", None),
        pytest.param("", f"1.2.{'9' * 5000}", None, id="a number without end"),
    ],
)
def test_a_tag_names_a_release_only_in_the_project_s_own_form(prefix: str, tag: str, expected: str | None) -> None:
    found = TagNames(prefix).release(tag)
    assert (found and str(found)) == expected


@pytest.mark.parametrize(
    ("prefix", "name", "names"),
    [
        ("", "1.2.3", ("1.2.3", "v1.2.3")),
        ("v", "v1.2.3", ("1.2.3", "v1.2.3")),
        ("api/v", "api/v1.2.3", ("api/v1.2.3",)),
    ],
)
def test_the_tags_of_a_release(prefix: str, name: str, names: tuple[str, ...]) -> None:
    assert TagNames(prefix).name(Version(1, 2, 3)) == name
    assert TagNames(prefix).names(Version(1, 2, 3)) == names


@given(st.sampled_from(["", "v", "api/v", "release-", "1", "a.b/"]), RELEASES)
def test_the_tag_of_a_release_names_it(prefix: str, given: Version) -> None:
    names = TagNames(prefix)
    assert names.name(given) in names.names(given)
    assert {names.release(tag) for tag in names.names(given)} == {given}


@pytest.mark.parametrize("prefix", ["", "v", "component/v", "release-", "a.b_c-d/e/", "1"])
def test_prefixes_that_git_takes_pass(prefix: str) -> None:
    assert version.check_prefix(prefix) == prefix


@pytest.mark.parametrize(
    "prefix",
    [
        *("-v", "/v", ".v", "a..b", "a//b", "a/.b/", "a.lock/", "a b", "v~", "v^", "v:", "v?", "v*", "v[", "v\\"),
        *("v@{", "\u00e9", "v\n", "v\x7f", "$v", "'", "v;"),
    ],
)
def test_other_prefixes_are_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="is not a prefix of git tags") as caught:
        version.check_prefix(prefix)
    assert str(caught.value) == f"{prefix!r} is not a prefix of git tags; write one like v, or component/v"


@pytest.mark.parametrize("template", ["latest", "{major}", "{major}.{minor}", "{version}-alpine", "v{version}", "_x"])
def test_image_tags_that_registries_take_pass(template: str) -> None:
    assert version.check_image_tag(template) == template


@pytest.mark.parametrize(
    "template",
    ["", "-x", ".x", "a b", "a:b", "a/b", "{pre}", "{major", "{ major }", "a+b", "\u00e9", "a\n", "$x", "x" * 129],
)
def test_other_image_tags_are_refused(template: str) -> None:
    with pytest.raises(ValueError, match="is not an image tag") as caught:
        version.check_image_tag(template)
    assert str(caught.value) == (
        f"{template!r} is not an image tag; write it like {{major}}.{{minor}}, or {{version}}-alpine"
    )


MOVING = ("{major}.{minor}", "{major}", "latest", "{version}-alpine")


@pytest.mark.parametrize(
    ("text", "templates", "releases", "expected"),
    [
        pytest.param("1.2.3", (), (), ["1.2.3"], id="only the version by default"),
        pytest.param("1.2.3", MOVING, (), ["1.2.3", "1.2", "1", "latest", "1.2.3-alpine"], id="first release"),
        pytest.param("1.2.3", MOVING, ("1.2.2", "1.1.9"), ["1.2.3", "1.2", "1", "latest", "1.2.3-alpine"], id="newest"),
        pytest.param("1.2.4", MOVING, ("1.3.0", "1.2.3"), ["1.2.4", "1.2", "1.2.4-alpine"], id="patch of old minor"),
        pytest.param("1.9.0", MOVING, ("2.0.0", "1.8.0"), ["1.9.0", "1.9", "1", "1.9.0-alpine"], id="of old major"),
        pytest.param("1.2.3", MOVING, ("1.2.4",), ["1.2.3", "1.2.3-alpine"], id="everything has moved on"),
        pytest.param("1.2.3", MOVING[:1], ("1.2.3",), ["1.2.3", "1.2"], id="released itself, for a second run"),
        pytest.param("1.2.9", MOVING[:1], ("1.2.10",), ["1.2.9"], id="compared as numbers"),
        pytest.param("1.2.3", ("{version}", "{major}.{minor}.{patch}"), (), ["1.2.3"], id="each name once"),
    ],
)
def test_image_tags_move_to_the_highest_release_only(
    text: str, templates: tuple[str, ...], releases: tuple[str, ...], expected: list[str]
) -> None:
    assert list(version.image_tags(version.parse(text), templates, iter(of(*releases)))) == expected


@given(st.lists(RELEASES, unique=True, min_size=1))
def test_in_whatever_order_releases_come_a_moving_tag_ends_at_the_highest(releases: list[Version]) -> None:
    tags: dict[str, Version] = {}
    for number, release in enumerate(releases):
        tags.update(dict.fromkeys(version.image_tags(release, MOVING, releases[:number]), release))
    assert tags["latest"] == max(releases)
    for major in {release.major for release in releases}:
        assert tags[str(major)] == max(release for release in releases if release.major == major)


@pytest.mark.parametrize(
    ("text", "releases", "expected"),
    [
        pytest.param("1.0.0", (), None, id="the first version"),
        pytest.param("3.7.9", (), None, id="the first version, whatever it is"),
        pytest.param("1.0.0", ("1.0.0",), None, id="the first version, checked again when it is tagged"),
        pytest.param("3.7.9", ("3.7.9",), None, id="any first version, checked again when it is tagged"),
        pytest.param("1.2.3", ("1.2.2",), None, id="patch"),
        pytest.param("1.2.3", ("1.2.1",), "1.2.2", id="patch skipped"),
        pytest.param("1.2.3", ("2.2.2",), "1.2.2", id="patch of another major"),
        pytest.param("1.3.0", ("1.2.9",), None, id="minor"),
        pytest.param("1.3.0", ("1.1.0",), "1.2.*", id="minor skipped"),
        pytest.param("1.3.0", ("7.2.9",), "1.2.*", id="minor of another major"),
        pytest.param("2.0.0", ("1.9.3",), None, id="major"),
        pytest.param("3.0.0", ("1.9.3",), "2.*", id="major skipped"),
        pytest.param("1.0.0", ("0.1.0",), None, id="major after 0"),
        pytest.param("0.3.0", ("0.1.0",), "0.2.*", id="minor of major 0 skipped"),
        pytest.param("0.0.5", ("0.0.3",), "0.0.4", id="patch of major 0 skipped"),
        pytest.param("0.0.0", ("5.0.0",), None, id="the first of major 0"),
        pytest.param("1.2.3-dev", ("1.2.2",), None, id="development"),
        pytest.param("1.2.4-dev", ("1.2.2",), "1.2.3", id="development skipped"),
        pytest.param("1.0.0-dev0", (), None, id="development of the first version"),
        pytest.param("10.0.0", ("9.0.0",), None, id="numbers, not text"),
    ],
)
def test_a_version_follows_one_of_its_own_major(text: str, releases: tuple[str, ...], expected: str | None) -> None:
    assert version.missing_predecessor(version.parse(text), iter(of(*releases))) == expected


@given(st.lists(RELEASES, min_size=1), st.sampled_from(version.PARTS))
def test_what_follows_a_release_skips_no_step(releases: list[Version], part: str) -> None:
    following = version.following(max(releases), part)
    assert version.missing_predecessor(following, releases) is None
