"""`jjbgen version history`: a branch replayed, next to its tags. The shapes are those of real repositories."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jjbgen.version import Version, parse
from tests.git_repo import GitRepo
from tests.helpers import COMPONENT, Outcome, config_repo, run

pytestmark = pytest.mark.usefixtures("plain_git")

Step = tuple[str | None, Sequence[str]]


def history(repo: GitRepo, *words: str) -> Outcome:
    return run(repo.path, "version", "history", *words)


def report(repo: GitRepo, *words: str) -> Any:
    outcome = history(repo, "--format=json", *words)
    assert (outcome.code, outcome.err) == (0, "")
    return outcome.json()


def decisions(repo: GitRepo, *words: str) -> list[tuple[str | None, str]]:
    return [(step["version"], step["decision"]) for step in report(repo, *words)["commits"]]


def counts(publish: int, tagged: int, without: int = 0) -> dict[str, int]:
    untagged = publish - tagged
    return {
        "publish": publish,
        "publish_tagged": tagged,
        "publish_untagged": untagged,
        "tagged_without_publish": without,
    }


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return GitRepo.init(tmp_path / "repo")


def test_the_report_has_every_commit_and_the_sums(repo: GitRepo) -> None:
    steps: list[Step] = [
        *((None, ()), ("0.1.0-dev\n", ()), ("0.1.0\n", ("0.1.0", "stable")), (None, ()), ("0.2.0\n", ())),
        *(("0.2.1-dev\n", ("0.2.1",)), ("0.1.9\n", ()), ("v0.3\n", ()), ("0.3.0\n", ("v0.3.0",))),
    ]
    ids = repo.history(steps)
    rows: list[tuple[str | None, str | None, str, list[str]]] = [
        (None, None, "missing", []),
        (None, "0.1.0-dev", "development", []),
        ("0.1.0-dev", "0.1.0", "finalized-new", ["0.1.0", "stable"]),
        ("0.1.0", "0.1.0", "unchanged", []),
        ("0.1.0", "0.2.0", "finalized-new", []),
        ("0.2.0", "0.2.1-dev", "development", ["0.2.1"]),
        ("0.2.1-dev", "0.1.9", "regression", []),
        ("0.1.9", "v0.3\\n", "invalid", []),
        ("v0.3\\n", "0.3.0", "finalized-new", ["v0.3.0"]),
    ]
    names = ("commit", "previous", "version", "decision", "tags")
    assert report(repo) == {
        "commits": [dict(zip(names, (ids[at], *row), strict=True)) for at, row in enumerate(rows)],
        "summary": counts(3, 2, 1),
    }
    assert history(repo).out.splitlines() == [
        f"{ids[2][:12]} publish 0.1.0 (0.1.0, stable)",
        f"{ids[4][:12]} publish 0.2.0 (not tagged)",
        f"{ids[5][:12]} tagged without a release: 0.2.1 (0.2.1-dev)",
        f"{ids[6][:12]} regression 0.1.9: 0.1.9 is lower than 0.2.1-dev, the version before",
        f"{ids[7][:12]} invalid v0.3\\n: begins with a 'v'",
        f"{ids[8][:12]} publish 0.3.0 (v0.3.0)",
        "3 releases: 2 tagged, 1 not tagged; 1 commits tagged without a release",
    ]


def test_all_releases_of_amf_are_tagged_and_its_umbrella_tags_are_told_apart(repo: GitRepo) -> None:
    repo.commit({"go.mod": "module x\n"})
    # Its four umbrella tags are on commits in development.
    steps: list[Step] = [("0.0.1-dev\n", [f"v1.{number}.0"]) for number in range(4)]
    for patch in range(39):
        steps += [(f"1.5.{patch}-dev\n", ()), (None, ()), (f"1.5.{patch}\n", [f"v1.5.{patch}"]), (None, ())]
    repo.history(steps)
    assert report(repo)["summary"] == counts(39, 39, 4)


def test_releases_of_onos_config_are_found_however_they_were_written_and_tagged(repo: GitRepo) -> None:
    steps: list[Step] = [("0.10.9-dev\n", ())]
    for patch in range(9, 40):
        ending = "\n\n\n" if patch == 11 else "" if patch == 12 else "\n"
        tags = {34: ["tags/v0.10.34"], 20: [], 21: [], 22: []}.get(patch, [f"v0.10.{patch}"])
        steps += [(f"0.10.{patch}{ending}", tags), (f"0.10.{patch + 1}-dev\n", ())]
    ids = repo.history(steps)
    found = report(repo, "--tag-prefix=v")
    assert found["summary"] == counts(31, 28)
    by_version = {step["version"]: step for step in found["commits"]}
    for patch, tags in ((11, ["v0.10.11"]), (34, ["tags/v0.10.34"])):
        assert by_version[f"0.10.{patch}"] == {
            "commit": ids[1 + 2 * (patch - 9)],
            "previous": f"0.10.{patch}-dev",
            "version": f"0.10.{patch}",
            "decision": "finalized-new",
            "tags": tags,
        }
    assert history(repo, "--tag-prefix=v").out.endswith(
        "31 releases: 28 tagged, 3 not tagged; 0 commits tagged without a release\n"
    )


def test_odd_versions_of_the_past_do_not_end_the_run(repo: GitRepo) -> None:
    odd = ("v1.0.0\n", "1.0.0.0\n", "1.0\n", "01.0.0\n", "1.0.0\r\n", " 1.0.0\n", "\n", "1.0.0\n2.0.0\n", "\x1b[2J\n")
    repo.history([*((text, ()) for text in odd), ("1.0.0", ["1.0.0"]), ("1.0.0-x\n", ())])
    repo.commit({"VERSION": b"\xff\xfe"})
    repo.commit({"VERSION": b"1" * 2_000_000})
    repo.versions("1.0.1")
    shown = ["v1.0.0\\n", "1.0.0.0\\n", "1.0\\n", "01.0.0\\n", "1.0.0\\r\\n", " 1.0.0\\n", "\\n", "1.0.0\\n2.0.0\\n"]
    assert decisions(repo) == [
        *((text, "invalid") for text in [*shown, "\\x1b[2J\\n"]),
        ("1.0.0", "finalized-new"),
        ("1.0.0-x", "regression"),
        (None, "invalid"),
        (None, "invalid"),
        ("1.0.1", "finalized-new"),
    ]
    assert "\x1b" not in history(repo).out


def test_a_version_that_went_down_and_up_again_is_published_once(repo: GitRepo) -> None:
    repo.history([(f"{value}\n", ()) for value in ("1.0.0", "1.1.0", "1.0.0", "1.1.0", "1.1.1-dev", "1.1.1")])
    assert decisions(repo) == [
        ("1.0.0", "finalized-new"),
        ("1.1.0", "finalized-new"),
        ("1.0.0", "taken"),
        ("1.1.0", "taken"),
        ("1.1.1-dev", "development"),
        ("1.1.1", "finalized-new"),
    ]


def test_projects_that_go_from_release_to_release_are_understood(repo: GitRepo) -> None:
    repo.history([("1.0.0\n", ["1.0.0"]), (None, ()), (None, ()), ("1.0.1\n", ["1.0.1"]), (None, ["1.0.1-1"])])
    assert report(repo)["summary"] == counts(2, 2)


def test_merges_follow_the_first_parent(repo: GitRepo) -> None:
    (first,) = repo.versions("1.0.0-dev")
    repo.branch("topic")
    repo.versions("1.0.0-rc.1", "1.0.0")
    repo.checkout("main")
    second = repo.commit({"work.txt": "x"})
    merge = repo.merge("topic")
    repo.tag("1.0.0")
    found = report(repo)
    assert [step["commit"] for step in found["commits"]] == [first, second, merge]
    assert (found["commits"][2]["decision"], found["summary"]) == ("finalized-new", counts(1, 1))


@pytest.mark.parametrize("branch", ["stable-1.0", "origin/stable-1.0", "tag-of-it"])
def test_a_branch_is_replayed_without_being_checked_out(repo: GitRepo, tmp_path: Path, branch: str) -> None:
    repo.versions("1.0.0")
    repo.branch("stable-1.0")
    repo.versions("1.0.1-dev", "1.0.1")
    repo.tag("tag-of-it")
    repo.checkout("main")
    repo.versions("2.0.0")
    repo.remote(tmp_path / "bare")
    assert [version for version, _ in decisions(repo, f"--branch={branch}")] == ["1.0.0", "1.0.1-dev", "1.0.1"]
    assert [version for version, _ in decisions(repo)] == ["1.0.0", "2.0.0"]
    repo.checkout("stable-1.0")
    assert [version for version, _ in decisions(repo, "--branch", "main")] == ["1.0.0", "2.0.0"]


@pytest.mark.parametrize(
    ("branch", "told"),
    [
        ("nope", "there is no commit 'nope' here"),
        ("-x", "'-x' is not a revision"),
        ("HEAD", "there is no commit 'HEAD' here"),
    ],
)
def test_a_branch_that_does_not_exist_is_told(repo: GitRepo, branch: str, told: str) -> None:
    outcome = history(repo, f"--branch={branch}")
    assert (outcome.code, outcome.out, outcome.err) == (2, "", f"{told}\n")


@pytest.mark.parametrize("prefix", ["release-", "widget/v", "widget/"])
def test_tags_with_the_prefix_of_the_project_count(repo: GitRepo, prefix: str) -> None:
    repo.history([("1.0.0\n", [f"{prefix}1.0.0"]), ("1.0.1-dev\n", ["1.0.0", f"{prefix}3.0.0"]), ("1.0.1\n", ())])
    assert report(repo, f"--tag-prefix={prefix}")["summary"] == counts(2, 1, 1)


def test_the_version_may_move_to_another_file(repo: GitRepo) -> None:
    repo.commit({"package.json": '{"version": "0.1.0"}'})
    repo.commit({"VERSION": "0.1.0\n"})
    repo.commit({"package.json": '{"version": "0.9.0"}'})
    repo.commit({"VERSION": None, "package.json": '{"version": "0.2.0"}'})
    assert decisions(repo) == [
        ("0.1.0", "finalized-new"),
        ("0.1.0", "unchanged"),
        ("0.1.0", "unchanged"),
        ("0.2.0", "finalized-new"),
    ]


def test_replaying_twice_gives_the_same_and_changes_nothing(repo: GitRepo) -> None:
    repo.history([("1.0.0\n", ["1.0.0"]), ("1.1.0\n", ())])
    refs = repo.git("for-each-ref")
    assert history(repo).out == history(repo).out
    assert repo.git("for-each-ref") == refs
    assert repo.git("status", "--porcelain") == ""


def test_the_first_commit_of_a_shallow_clone_is_not_taken_for_the_first_of_all(repo: GitRepo, tmp_path: Path) -> None:
    repo.history([("1.0.0\n", ["1.0.0"]), (None, ()), (None, ())])
    outcome = history(repo.clone(tmp_path / "clone", depth=2))
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("this shallow clone ")


def test_the_rules_of_a_descriptor_give_the_prefix(repo: GitRepo, tmp_path: Path) -> None:
    repo.history([("1.0.0\n", ["widget/v1.0.0"]), ("1.0.1-dev\n", ["widget/v9.0.0"])])
    text = f"{COMPONENT}version: {{tag-prefix: widget/v}}\n"
    root = config_repo(tmp_path / "config", {"components/widget.yaml": text})
    assert report(repo, f"--rules={root / 'components/widget.yaml'}")["summary"] == counts(1, 1, 1)


CORES = ("0.9.0", "1.0.0", "1.0.1", "1.1.0")
TEXTS = st.one_of(
    st.builds("{}{}\n".format, st.sampled_from(CORES), st.sampled_from(("", "-dev", "-rc.1"))),
    st.sampled_from(("v1.0.0\n", "1.0\n", "1.0.0.1\n", "1.0.0 \n", "1.0.1\r\n", "1.0.0\n\n", "1.1.0", "")),
)


@settings(max_examples=12)
@given(st.lists(st.one_of(st.none(), TEXTS), min_size=1, max_size=9))
def test_the_live_gate_decides_as_the_replay_and_publishes_each_version_once_and_upwards(
    texts: list[str | None],
) -> None:
    # A folder for each example: hypothesis runs them all inside of one test.
    with tempfile.TemporaryDirectory() as folder:
        repo = GitRepo.init(Path(folder))
        live: list[str] = []
        published: list[Version] = []
        for number, text in enumerate(texts):
            exists = (repo.path / "VERSION").exists()
            repo.commit({"work.txt": str(number), **({"VERSION": text} if exists or text is not None else {})})
            found = run(repo.path, "version", "gate", "--format=json").json()
            live.append(found["decision"])
            if found["publish"]:
                published.append(parse(found["version"]))
                repo.tag(found["tag"])
        replayed = report(repo)
    assert [step["decision"] for step in replayed["commits"]] == live
    assert replayed["summary"]["publish_untagged"] == replayed["summary"]["tagged_without_publish"] == 0
    assert published == sorted(set(published))
    assert all(version.prerelease is None for version in published)
