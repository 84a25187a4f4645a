"""What starts a job, for each kind of pipeline, code host and wish."""

from __future__ import annotations

from pathlib import Path

import pytest

from jjbgen import generate
from jjbgen.jobs import Checkout, GerritTrigger, PullRequestTrigger, Trigger
from jjbgen.versionfiles import SOURCES
from tests.helpers import COMPONENT, config_repo

GITHUB = COMPONENT.replace("host: review\n  project: widgets", "host: github\n  project: example/widgets")
INTEGRATION = "tests:\n  integration: {targets: [it]}\n"


def jobs(root: Path, text: str) -> dict[str, tuple[Trigger, ...]]:
    plan = generate.checked(config_repo(root, {"components/widget.yaml": text})).plan
    return {job.id.pipeline: job.triggers for job in plan.components[0].jobs}


def pipelines(text: str, base: str = COMPONENT) -> str:
    tests = INTEGRATION if "nightly" in text else ""
    return base.partition("tests:\n")[0] + tests + "pipelines:\n" + text


def types(triggers: tuple[Trigger, ...]) -> list[str]:
    return [trigger.type for trigger in triggers]


@pytest.mark.parametrize(
    ("wish", "on_gerrit", "on_github"),
    [
        ("pre-merge: {}", ["gerrit"], ["github-pull-request"]),
        ("pre-merge: {start: on-comment}", ["gerrit"], ["github-pull-request"]),
        ("pre-merge: {start: manual}", [], []),
        ("post-merge: {}", ["gerrit"], ["github-push"]),
        ("post-merge: {comments: [again]}", ["gerrit"], ["github-push", "github-pull-request"]),
        ("post-merge: {poll: H/30 * * * *}", ["poll"], ["poll"]),
        ("publish: {}", ["gerrit"], ["github-push"]),
        ("publish: {start: manual}", [], []),
        ("nightly: {}", ["timed"], ["timed"]),
        ("nightly: {comments: [now]}", ["gerrit", "timed"], ["github-pull-request", "timed"]),
        ("nightly: {start: on-comment, comments: [now]}", ["gerrit"], ["github-pull-request"]),
    ],
)
def test_a_pipeline_starts_on_what_its_host_can_tell(
    wish: str, on_gerrit: list[str], on_github: list[str], tmp_path: Path
) -> None:
    name = wish.partition(":")[0]
    assert types(jobs(tmp_path / "gerrit", pipelines(f"  {wish}\n"))[name]) == on_gerrit
    assert types(jobs(tmp_path / "github", pipelines(f"  {wish}\n", GITHUB))[name]) == on_github


def gerrit(root: Path, wish: str) -> GerritTrigger:
    (found,) = next(iter(jobs(root, pipelines(f"  {wish}\n")).values()))
    assert isinstance(found, GerritTrigger)
    return found


def pull_request(root: Path, wish: str) -> PullRequestTrigger:
    (found,) = next(iter(jobs(root, pipelines(f"  {wish}\n", GITHUB)).values()))
    assert isinstance(found, PullRequestTrigger)
    return found


def test_only_changes_are_voted_on(tmp_path: Path) -> None:
    assert gerrit(tmp_path / "a", "pre-merge: {}").voting
    assert not gerrit(tmp_path / "b", "pre-merge: {non-voting: true}").voting
    assert not gerrit(tmp_path / "c", "post-merge: {}").voting


def test_on_comment_takes_the_event_away(tmp_path: Path) -> None:
    assert gerrit(tmp_path / "a", "pre-merge: {}").events == ("patchset-created", "draft-published")
    assert gerrit(tmp_path / "b", "pre-merge: {start: on-comment}").events == ()
    assert pull_request(tmp_path / "c", "pre-merge: {start: on-comment}").only_phrase


def test_comments_of_a_pipeline_are_added_to_the_default(tmp_path: Path) -> None:
    assert gerrit(tmp_path / "a", "pre-merge: {comments: [again]}").comment == r"^\s*(?:recheck|again)\s*$"
    phrase = pull_request(tmp_path / "b", "pre-merge: {comments: [again]}").phrase
    assert phrase == r"(?m).*^\s*(?:recheck|again)\s*$.*"


def test_publish_listens_to_the_files_a_version_can_be_in(tmp_path: Path) -> None:
    assert [(each.compare, each.pattern) for each in gerrit(tmp_path, "publish: {}").files] == [
        ("ANT", source) for source in SOURCES
    ]


def test_file_patterns_become_expressions_where_the_plugin_knows_no_other(tmp_path: Path) -> None:
    trigger = pull_request(tmp_path, 'pre-merge: {files: ["src/**/*.c", {regexp: "Make.*"}]}')
    assert trigger.regions == (r"src/(?:.*/)?[^/]*\.c", "Make.*")


def test_the_target_branch_is_matched_as_it_is(tmp_path: Path) -> None:
    text = GITHUB.replace("    main:\n", "    release-1.0:\n")
    (trigger,) = jobs(tmp_path, text)["pre-merge"]
    assert isinstance(trigger, PullRequestTrigger)
    assert trigger.branch == r"release\-1\.0"


@pytest.mark.parametrize(
    ("wish", "host", "expected"),
    [
        ("pre-merge: {}", COMPONENT, Checkout("gerrit", "https://review.example.org/widgets", "change", None)),
        ("post-merge: {}", COMPONENT, Checkout("gerrit", "https://review.example.org/widgets", "merge", None)),
        ("nightly: {}", COMPONENT, Checkout("gerrit", "https://review.example.org/widgets", "branch", None)),
        (
            "publish: {}",
            GITHUB,
            Checkout("github", "https://github.com/example/widgets.git", "merge", None, choosable=True),
        ),
    ],
)
def test_the_event_decides_what_is_checked_out(wish: str, host: str, expected: Checkout, tmp_path: Path) -> None:
    text = pipelines(f"  {wish}\n", host)
    plan = generate.checked(config_repo(tmp_path, {"components/widget.yaml": text})).plan
    (script,) = plan.components[0].scripts.values()
    assert script.checkout == expected


def test_a_pipeline_that_follows_others_does_not_inherit_a_clock(tmp_path: Path) -> None:
    text = pipelines("  nightly: {upstream: [widget-other-main]}\n  other: {kind: nightly}\n")
    assert types(jobs(tmp_path, text)["nightly"]) == ["upstream"]


def test_a_pipeline_with_comments_of_its_own_does_not_start_with_all_the_others(tmp_path: Path) -> None:
    assert gerrit(tmp_path, "pre-merge: {start: on-comment, comments: [browser]}").comment == r"^\s*(?:browser)\s*$"


def test_a_comment_does_not_end_a_publish_that_runs(tmp_path: Path) -> None:
    assert pull_request(tmp_path / "a", "pre-merge: {}").cancel_on_update
    assert not pull_request(tmp_path / "b", "publish: {start: on-comment, comments: [again]}").cancel_on_update
