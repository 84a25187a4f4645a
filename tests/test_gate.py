"""The gate decides each commit in one way, publishes a version once, and never goes back on a line."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jjbgen.errors import ExitCode
from jjbgen.gate import Decision, Released, Step, Verdict, judge, replay, summary, tagged_without_publish
from jjbgen.version import TagNames, Version, parse
from jjbgen.versionfiles import MISSING, VERSION, Reading, reading

NOTHING_KNOWN = Released()


def at(text: str | None) -> Reading:
    """The reading of a commit with this VERSION file; None when it has none."""
    return reading({VERSION: text}.get)


def known(here: bool = False, elsewhere: str | None = None, highest: str | None = None) -> Released:
    """What is known about releases."""
    return Released(here, elsewhere, parse(highest) if highest else None)


@pytest.mark.parametrize(
    ("decision", "code"),
    [
        (Decision.UNCHANGED, ExitCode.OK),
        (Decision.DEVELOPMENT, ExitCode.OK),
        (Decision.NEW, ExitCode.PUBLISH),
        (Decision.AGAIN, ExitCode.OK),
        (Decision.REGRESSION, ExitCode.FAILED),
        (Decision.TAKEN, ExitCode.FAILED),
        (Decision.INVALID, ExitCode.FAILED),
        (Decision.MISSING, ExitCode.FAILED),
    ],
)
def test_the_exit_code_of_each_decision(decision: Decision, code: ExitCode) -> None:
    assert decision.exit_code is code


def test_the_three_exit_codes_are_three_numbers() -> None:
    assert [int(code) for code in (ExitCode.PUBLISH, ExitCode.OK, ExitCode.FAILED)] == [10, 0, 1]
    assert {decision.exit_code for decision in Decision} == {ExitCode.PUBLISH, ExitCode.OK, ExitCode.FAILED}


@pytest.mark.parametrize(
    ("previous", "current", "released", "expected"),
    [
        pytest.param(
            None,
            "1.0.0",
            NOTHING_KNOWN,
            Verdict(Decision.NEW, "1.0.0 is the first version and is finalized"),
            id="first version, finalized",
        ),
        pytest.param(
            None,
            "0.1.0-dev",
            NOTHING_KNOWN,
            Verdict(Decision.DEVELOPMENT, "0.1.0-dev is the first version and is in development"),
            id="first version, in development",
        ),
        pytest.param(
            "1.0.0-dev",
            "1.0.0",
            known(highest="0.9.0"),
            Verdict(Decision.NEW, "1.0.0 follows 1.0.0-dev and is finalized"),
            id="finalized",
        ),
        pytest.param(
            "1.0.0",
            "1.0.1",
            known(highest="1.0.0"),
            Verdict(Decision.NEW, "1.0.1 follows 1.0.0 and is finalized"),
            id="release to release",
        ),
        pytest.param(
            "1.0.0",
            "1.0.1-dev",
            known(highest="1.0.0"),
            Verdict(Decision.DEVELOPMENT, "1.0.1-dev follows 1.0.0 and is in development"),
            id="development begins",
        ),
        pytest.param(
            "1.0.0-dev1",
            "1.0.0-dev2",
            NOTHING_KNOWN,
            Verdict(Decision.DEVELOPMENT, "1.0.0-dev2 follows 1.0.0-dev1 and is in development"),
            id="development goes on",
        ),
        pytest.param(
            "1.0.0-dev",
            "1.0.0-rc.1",
            NOTHING_KNOWN,
            Verdict(Decision.DEVELOPMENT, "1.0.0-rc.1 follows 1.0.0-dev and is in development"),
            id="a release candidate is no release",
        ),
        pytest.param(
            "1.2",
            "1.2.0",
            NOTHING_KNOWN,
            Verdict(Decision.NEW, "1.2.0 follows 1.2 and is finalized"),
            id="after an odd value",
        ),
        pytest.param(
            "1.0.0\n",
            "1.0.0",
            NOTHING_KNOWN,
            Verdict(Decision.UNCHANGED, "the version is still 1.0.0"),
            id="a newline is no change",
        ),
        pytest.param(
            "1.0.0-dev",
            "1.0.0-dev",
            known(here=True),
            Verdict(Decision.UNCHANGED, "the version is still 1.0.0-dev"),
            id="what is in development is never released, whatever tags say",
        ),
        pytest.param(
            "1.0.0",
            "1.0.0",
            known(elsewhere="a5d1e07", highest="2.0.0"),
            Verdict(Decision.UNCHANGED, "the version is still 1.0.0"),
            id="unchanged comes before taken and lower",
        ),
        pytest.param(
            "1.0.0-dev",
            "1.0.0",
            known(here=True),
            Verdict(Decision.AGAIN, "1.0.0 is released: its tag is on this commit"),
            id="a second run",
        ),
        pytest.param(
            "1.0.0",
            "1.0.0",
            known(here=True, elsewhere="a5d1e07", highest="2.0.0"),
            Verdict(Decision.AGAIN, "1.0.0 is released: its tag is on this commit"),
            id="again comes before unchanged, taken and lower",
        ),
        pytest.param(
            "0.9.0",
            "1.0.0",
            known(elsewhere="a5d1e07", highest="0.9.0"),
            Verdict(Decision.TAKEN, "1.0.0 is released already, by a5d1e07", "choose a higher one, like 1.0.1"),
            id="taken",
        ),
        pytest.param(
            "0.9.0",
            "1.0.0-dev",
            known(elsewhere="a5d1e07"),
            Verdict(Decision.DEVELOPMENT, "1.0.0-dev follows 0.9.0 and is in development"),
            id="what is in development takes no name",
        ),
        pytest.param(
            "1.1.0",
            "1.0.9",
            NOTHING_KNOWN,
            Verdict(
                Decision.REGRESSION,
                "1.0.9 is lower than 1.1.0, the version before",
                "versions only go up; choose one like 1.1.1",
            ),
            id="lower than before",
        ),
        pytest.param(
            "1.10.0",
            "1.9.0",
            NOTHING_KNOWN,
            Verdict(
                Decision.REGRESSION,
                "1.9.0 is lower than 1.10.0, the version before",
                "versions only go up; choose one like 1.10.1",
            ),
            id="compared as numbers",
        ),
        pytest.param(
            "1.0.0",
            "1.0.0-dev",
            NOTHING_KNOWN,
            Verdict(
                Decision.REGRESSION,
                "1.0.0-dev is lower than 1.0.0, the version before",
                "versions only go up; choose one like 1.0.1-dev",
            ),
            id="back into development",
        ),
        pytest.param(
            "1.1.0-dev",
            "1.0.0",
            NOTHING_KNOWN,
            Verdict(
                Decision.REGRESSION,
                "1.0.0 is lower than 1.1.0-dev, the version before",
                "versions only go up; choose one like 1.1.0",
            ),
            id="finalized, but lower than what was in development",
        ),
        pytest.param(
            "garbage",
            "1.9.0",
            known(highest="2.0.0"),
            Verdict(
                Decision.REGRESSION,
                "1.9.0 is lower than 2.0.0, the highest release so far",
                "versions only go up; choose one like 2.0.1",
            ),
            id="lower than a release further back",
        ),
        pytest.param(
            None,
            "2.0.0-dev",
            known(highest="2.0.0"),
            Verdict(
                Decision.REGRESSION,
                "2.0.0-dev is lower than 2.0.0, the highest release so far",
                "versions only go up; choose one like 2.0.1-dev",
            ),
            id="development of what is released",
        ),
        pytest.param(
            "1.0.0",
            "v1.0.1",
            known(here=True),
            Verdict(Decision.INVALID, "begins with a 'v'", "write 1.0.1; a git tag gets its prefix by itself"),
            id="invalid comes first",
        ),
        pytest.param(
            "1.0.0",
            "1.0.1\r\n",
            NOTHING_KNOWN,
            Verdict(Decision.INVALID, "has the line ends of Windows (CR LF)", "save it with LF"),
            id="CR LF is not a development version",
        ),
        pytest.param(
            "1.0.0",
            "",
            NOTHING_KNOWN,
            Verdict(Decision.INVALID, "is empty", "write a version like 0.1.0-dev"),
            id="an empty file",
        ),
        pytest.param(
            "v1.0.0",
            "v1.0.0",
            NOTHING_KNOWN,
            Verdict(Decision.INVALID, "begins with a 'v'", "write 1.0.0; a git tag gets its prefix by itself"),
            id="invalid, also when unchanged",
        ),
        pytest.param(
            "1.0.0",
            None,
            known(here=True),
            Verdict(Decision.MISSING, "there is no version", "write one like 0.1.0-dev into VERSION"),
            id="no file",
        ),
    ],
)
def test_what_the_gate_says(previous: str | None, current: str | None, released: Released, expected: Verdict) -> None:
    assert judge(at(previous), at(current), released) == expected


def test_a_commit_after_an_unreadable_file_is_not_called_the_first_version() -> None:
    broken = reading({"package.json": "{"}.get)
    verdict = judge(broken, at("1.0.0"), NOTHING_KNOWN)
    assert verdict.decision is Decision.NEW
    assert "first version" not in verdict.reason


NUMBERS = st.integers(0, 3)
VERSIONS = st.builds(Version, NUMBERS, NUMBERS, NUMBERS, st.sampled_from([None, None, "dev", "rc.1"]))
RELEASES = st.builds(Version, NUMBERS, NUMBERS, NUMBERS)


@given(VERSIONS.map(str) | st.none(), VERSIONS, RELEASES | st.none(), st.booleans())
def test_the_way_out_that_the_gate_shows_leads_out(
    previous: str | None, current: Version, highest: Version | None, taken: bool
) -> None:
    verdict = judge(at(previous), at(str(current)), Released(elsewhere="x" if taken else None, highest=highest))
    found = re.search(r"like (\S+)$", verdict.hint)
    if found:
        way_out = judge(at(previous), at(found[1]), Released(highest=highest))
        assert way_out.decision in (Decision.NEW, Decision.DEVELOPMENT), (verdict, way_out)


ODD = st.sampled_from([None, "", "garbage", "1.2", "v1.0.0", "1.0.0\r\n", "1.0.0 \n", "1.2.3.4", "01.0.0", "1.0.0+1"])
TEXTS = VERSIONS.map(lambda each: f"{each}\n") | ODD
LINES = st.lists(TEXTS, max_size=30)
NO_PREFIX = TagNames("")


def line(texts: list[str | None]) -> list[tuple[str, Reading, tuple[str, ...]]]:
    """A first-parent line of commits with these VERSION files and no tags."""
    return [(f"{number:040x}", at(text), ()) for number, text in enumerate(texts)]


def decisions(*texts: str | None) -> list[str]:
    """What the gate says of each commit of such a line."""
    return [step.verdict.decision.value for step in replay(line(list(texts)))]


def published(steps: list[Step]) -> list[Version]:
    """The versions that were published, in this order."""
    return [step.current.known() for step in steps if step.verdict.decision is Decision.NEW]


def expected_releases(texts: list[str | None]) -> list[Version]:
    """The same by the rules as they are written: changed, finalized, higher than before and than all releases."""
    releases: list[Version] = []
    before: Version | None = None
    for text in texts:
        now = at(text).version
        lowest = max((each for each in (before, *releases) if each is not None), default=None)
        if now is not None and now.prerelease is None and (lowest is None or now > lowest):
            releases.append(now)
        before = now
    return releases


@given(LINES)
def test_a_line_publishes_finalized_versions_only_each_once_and_each_higher_than_the_last(
    texts: list[str | None],
) -> None:
    found = published(list(replay(line(texts))))
    assert all(version.prerelease is None for version in found)
    assert all(one < next_ for one, next_ in pairwise(found))
    assert found == expected_releases(texts)


@given(LINES, st.integers(0, 30))
def test_replaying_again_or_only_a_beginning_says_the_same(texts: list[str | None], length: int) -> None:
    commits = line(texts)
    steps = list(replay(commits))
    assert list(replay(commits)) == steps
    assert list(replay(commits[:length])) == steps[:length]


@given(LINES)
def test_every_commit_is_in_the_report_with_the_one_before(texts: list[str | None]) -> None:
    commits = line(texts)
    steps = list(replay(commits))
    assert [(step.commit, step.current) for step in steps] == [(commit, read) for commit, read, _ in commits]
    assert [step.previous for step in steps] == [MISSING, *(read for _, read, _ in commits)][: len(steps)]
    for step in steps:
        refused = (Decision.MISSING,) if step.current == MISSING else (Decision.INVALID,)
        assert (step.verdict.decision in refused) == (step.current.version is None)


@given(st.lists(RELEASES, unique=True).map(sorted), st.lists(ODD, min_size=20, max_size=20))
def test_every_release_of_a_rising_line_is_published_whatever_lies_between(
    releases: list[Version], between: list[str | None]
) -> None:
    texts = [text for pair in zip(releases, between, strict=False) for text in (str(pair[0]), str(pair[0]), pair[1])]
    assert published(list(replay(line(texts)))) == releases[: len(between)]


@given(LINES, st.lists(st.sampled_from(["v", "", "not-"]), min_size=30, max_size=30))
def test_the_summary_counts_each_publishing_commit_once_and_every_tag_without_one(
    texts: list[str | None], marks: list[str]
) -> None:
    commits = [
        (commit, read, (f"{mark}{read.shown}",)) for (commit, read, _), mark in zip(line(texts), marks, strict=False)
    ]
    steps = list(replay(commits))
    counts = summary(steps, NO_PREFIX)
    assert counts["publish"] == len(published(steps))
    assert counts["publish"] == counts["publish_tagged"] + counts["publish_untagged"]
    # Here a commit has the tag of its own version, or none of a release.
    releases = [step for step in steps if NO_PREFIX.release(step.tags[0]) is not None]
    assert counts["publish_tagged"] + counts["tagged_without_publish"] == len(releases)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("1.0.0", "garbage", "1.0.0"), ["finalized-new", "invalid", "taken"]),
        (("1.0.0", None, "1.0.0"), ["finalized-new", "missing", "taken"]),
        (("1.0.0", "garbage", "0.9.0"), ["finalized-new", "invalid", "regression"]),
        (("1.0.0", "garbage", "1.0.0-dev"), ["finalized-new", "invalid", "regression"]),
        (("1.0.0", "1.1.0", "1.0.0", "1.1.0"), ["finalized-new", "finalized-new", "taken", "taken"]),
        (("1.0.0", "0.9.0", "0.9.1"), ["finalized-new", "regression", "regression"]),
        (("2.0.0-dev", "1.0.0", "1.0.1"), ["development", "regression", "finalized-new"]),
        (("1.0.0", "1.0.0", "1.0.0\n\n"), ["finalized-new", "unchanged", "unchanged"]),
        (("1.0.0-dev", "1.0.0", "1.0.1-dev"), ["development", "finalized-new", "development"]),
        (("1.0.0", "v1.0.1", "1.0.1"), ["finalized-new", "invalid", "finalized-new"]),
        ((), []),
    ],
)
def test_lines_of_commits(texts: tuple[str | None, ...], expected: list[str]) -> None:
    assert decisions(*texts) == expected


def test_a_version_that_comes_back_is_told_by_the_commit_that_released_it() -> None:
    *_, last = replay([("a" * 40, at("1.0.0"), ()), ("b" * 40, at("x"), ()), ("c" * 40, at("1.0.0"), ())])
    assert last.verdict.reason == "1.0.0 is released already, by aaaaaaaaaaaa"


@pytest.mark.parametrize(
    ("prefix", "tags", "expected"),
    [
        ("", ("1.0.0",), (1, 1, 0, 0)),
        ("", ("v1.0.0",), (1, 1, 0, 0)),
        ("v", ("1.0.0", "v1.0.0"), (1, 1, 0, 0)),
        ("api/v", ("api/v1.0.0",), (1, 1, 0, 0)),
        ("release-", ("release-1.0.0",), (1, 1, 0, 0)),
        ("", (), (1, 0, 1, 0)),
        ("", ("1.0.1", "voltha-2.14", "1.0.0-dev"), (1, 0, 1, 0)),
        ("release-", ("release-1.0.1",), (1, 0, 1, 0)),
        ("release-", ("unrelease-1.0.0",), (1, 0, 1, 0)),
    ],
)
def test_a_release_is_tagged_when_a_tag_in_the_project_s_form_names_it(
    prefix: str, tags: tuple[str, ...], expected: tuple[int, ...]
) -> None:
    steps = list(replay([("a" * 40, at("1.0.0"), tags)]))
    assert tuple(summary(steps, TagNames(prefix)).values()) == expected


@pytest.mark.parametrize(
    ("prefix", "tag", "expected"),
    [
        ("", "1.0.0", 1),
        ("", "v9.9.9", 1),
        ("api/v", "api/v1.0.0", 1),
        ("api/v", "v1.0.0", 0),
        ("", "voltha-2.14", 0),
        ("", "1.0.0-rc.1", 0),
    ],
)
def test_tags_of_releases_on_other_commits_are_told(prefix: str, tag: str, expected: int) -> None:
    steps = list(replay([("a" * 40, at("1.0.0-dev"), (tag,)), ("b" * 40, at("1.2"), (tag,))]))
    assert len(tagged_without_publish(steps, TagNames(prefix))) == 2 * expected
    assert summary(steps, TagNames(prefix)) == {
        "publish": 0,
        "publish_tagged": 0,
        "publish_untagged": 0,
        "tagged_without_publish": 2 * expected,
    }
