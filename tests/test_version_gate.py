"""`jjbgen version gate` and `version show`: each decision, with its exit code and under which names it publishes."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.git_repo import Files, GitRepo
from tests.helpers import Outcome, run

pytestmark = pytest.mark.usefixtures("plain_git")

FETCH = "run it again with --fetch, or clone with the whole history"
NAMES = ("DECISION", "COMMIT", "PREVIOUS", "VERSION", "TAG", "IMAGE_TAGS", "CHART_VERSION")


def gate(repo: GitRepo, *words: str) -> Outcome:
    return run(repo.path, "version", "gate", *words)


def decision(repo: GitRepo, *words: str) -> tuple[int, str]:
    """The exit code, and what the gate decided."""
    outcome = gate(repo, "--format=json", *words)
    assert outcome.err == ""
    return outcome.code, outcome.json()["decision"]


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return GitRepo.init(tmp_path / "repo")


def _again(repo: GitRepo) -> None:
    repo.versions("1.0.0-dev", "1.0.0")
    repo.tag("1.0.0")


def _taken(repo: GitRepo) -> None:
    repo.versions("1.1.0-dev", "1.1.0", "1.0.9-dev")
    repo.tag("1.1.0", "HEAD^1")
    repo.versions("1.1.0")


def _below_release(repo: GitRepo) -> None:
    repo.versions("2.0.0")
    repo.tag("2.0.0")
    repo.versions("1.0.0-dev", "1.0.0")


DECISIONS: dict[str, tuple[Callable[[GitRepo], object], str, int, str, str]] = {
    "the same development version": (
        *(lambda repo: repo.versions("1.0.0-dev", None), "unchanged", 0, "the version is still 1.0.0-dev", ""),
    ),
    "a kept release": (*(lambda repo: repo.versions("1.0.0", None), "unchanged", 0, "the version is still 1.0.0", ""),),
    "the next development version": (
        *(lambda repo: repo.versions("1.0.0", "1.0.1-dev"), "development", 0),
        *("1.0.1-dev follows 1.0.0 and is in development", ""),
    ),
    "another pre-release": (
        *(lambda repo: repo.versions("1.0.0-dev", "1.0.0-rc.1"), "development", 0),
        *("1.0.0-rc.1 follows 1.0.0-dev and is in development", ""),
    ),
    "a release": (
        *(lambda repo: repo.versions("1.0.0-dev", "1.0.0"), "finalized-new", 10),
        *("1.0.0 follows 1.0.0-dev and is finalized", ""),
    ),
    "a release after a release": (
        *(lambda repo: repo.versions("1.9.0", "1.10.0"), "finalized-new", 10),
        *("1.10.0 follows 1.9.0 and is finalized", ""),
    ),
    "a release in the first commit": (
        *(lambda repo: repo.versions("0.1.0"), "finalized-new", 10, "0.1.0 is the first version and is finalized", ""),
    ),
    "development in the first commit": (
        *(lambda repo: repo.versions("0.1.0-dev"), "development", 0),
        *("0.1.0-dev is the first version and is in development", ""),
    ),
    "a release after an odd version": (
        *(lambda repo: repo.versions("v1.0", "1.0.0"), "finalized-new", 10),
        *("1.0.0 follows v1.0\\n and is finalized", ""),
    ),
    "a release that is tagged here": (_again, "finalized-again", 0, "1.0.0 is released: its tag is on this commit", ""),
    "a release that is tagged elsewhere": (
        *(_taken, "taken", 1, "1.1.0 is released already, by the tag 1.1.0 on commit {tag}"),
        "choose a higher one, like 1.1.1",
    ),
    "a lower version": (
        *(lambda repo: repo.versions("1.10.0", "1.9.0"), "regression", 1),
        *("1.9.0 is lower than 1.10.0, the version before", "versions only go up; choose one like 1.10.1"),
    ),
    "development of what is released": (
        *(lambda repo: repo.versions("1.0.0", "1.0.0-dev"), "regression", 1),
        *("1.0.0-dev is lower than 1.0.0, the version before", "versions only go up; choose one like 1.0.1-dev"),
    ),
    "a version below a release of the branch": (
        *(_below_release, "regression", 1, "1.0.0 is lower than 2.0.0, the highest release so far"),
        "versions only go up; choose one like 2.0.1",
    ),
    "an odd version": (
        *(lambda repo: repo.versions("1.0.0-dev", "1.2"), "invalid", 1),
        *("has two numbers instead of three", "write 1.2.0"),
    ),
    "no version": (
        *(lambda repo: repo.commit({"work.txt": "x"}), "missing", 1),
        *("there is no version", "write one like 0.1.0-dev into VERSION"),
    ),
}


@pytest.mark.parametrize("name", DECISIONS)
def test_each_decision_has_its_exit_code_and_reason_in_every_format(repo: GitRepo, name: str) -> None:
    make, wanted, code, reason, hint = DECISIONS[name]
    make(repo)
    reason = reason.format(tag=(repo.tags() or {"": ""}).popitem()[1][:12])
    text, found, env = gate(repo), gate(repo, "--format=json"), gate(repo, "--format", "env")
    assert (text.code, found.code, env.code) == (code, code, code)
    values = found.json()
    assert (values["decision"], values["publish"], values["reason"]) == (wanted, code == 10, reason)
    assert values["commit"] == repo.id()
    if code == 1:
        place = {"file": "VERSION", "line": int(wanted != "missing"), "column": int(wanted != "missing")}
        assert values["problems"] == [{**place, "field": "version", "what": reason, "hint": hint}]
        told = f"VERSION{':1:1' * (wanted != 'missing')}: version: {reason}; {hint}\n1 problem\n"
        assert (text.out, text.err, env.out, env.err) == ("", told, "", told)
    else:
        assert values["problems"] == []
        assert (text.err, env.err) == ("", "")
        assert text.out.splitlines()[0] == f"{'publish' if code else 'nothing to publish'}: {reason}"
        assert env.out.splitlines()[0] == f"JJBGEN_DECISION={wanted}"


def test_a_release_is_told_with_all_its_names(repo: GitRepo) -> None:
    _, second = (
        repo.commit({"charts/a b/Chart.yaml": "name: x\nversion: 0.3.0\n"}),
        repo.versions("1.2.3-dev", "1.2.3")[1],
    )
    words = ("--tag-prefix=widget/v", "--image-tag={major}.{minor}", "--image-tag=latest", "--chart=charts/a b")
    assert gate(repo, *words).out == (
        "publish: 1.2.3 follows 1.2.3-dev and is finalized\n"
        "  previous version: 1.2.3-dev\n"
        "  version: 1.2.3\n"
        "  git tag: widget/v1.2.3\n"
        "  image tags: 1.2.3, 1.2, latest\n"
        "  chart versions: charts/a b 0.3.0\n"
    )
    assert gate(repo, *words, "--format=json").json() == {
        "decision": "finalized-new",
        "publish": True,
        "reason": "1.2.3 follows 1.2.3-dev and is finalized",
        "commit": second,
        "previous": "1.2.3-dev",
        "version": "1.2.3",
        "source": "VERSION",
        "tag": "widget/v1.2.3",
        "image_tags": ["1.2.3", "1.2", "latest"],
        "charts": {"charts/a b": "0.3.0"},
        "unpublished": [],
        "problems": [],
    }


def test_development_has_no_names(repo: GitRepo) -> None:
    repo.versions("1.2.3", "1.2.4-dev")
    values = gate(repo, "--image-tag=latest", "--format=json").json()
    assert (values["tag"], values["image_tags"], values["charts"]) == (None, [], {})


def sourced(text: str) -> dict[str, str]:
    """The variables that a shell has after sourcing the text; it may do nothing else."""
    script = "".join(f'printf "%s\\n" "$JJBGEN_{name}"\n' for name in NAMES)
    done = subprocess.run(
        ["/bin/sh", "-euc", f"{text}\n{script}"], capture_output=True, text=True, check=True, env={"PATH": "/nowhere"}
    )
    assert done.stderr == ""
    return dict(zip(NAMES, done.stdout.splitlines(), strict=True))


@pytest.mark.parametrize("prefix", ["", "v", "a/b.c_d-e/v", "0"])
def test_a_shell_can_source_the_names_of_a_release(repo: GitRepo, prefix: str) -> None:
    repo.commit({"chart/Chart.yaml": "name: x\nversion: 0.3.0\n"})
    commit = repo.versions("1.2.3-dev", "1.2.3")[1]
    words = (f"--tag-prefix={prefix}", "--image-tag={version}-alpine", "--chart=chart")
    assert sourced(gate(repo, *words, "--format=env").out) == {
        "DECISION": "finalized-new",
        "COMMIT": commit,
        "PREVIOUS": "1.2.3-dev",
        "VERSION": "1.2.3",
        "TAG": f"{prefix}1.2.3",
        "IMAGE_TAGS": "1.2.3 1.2.3-alpine",
        "CHART_VERSION": "0.3.0",
    }


def test_what_there_is_none_of_is_empty_in_a_shell(repo: GitRepo) -> None:
    (commit,) = repo.versions("1.2.3-dev")
    empty = dict.fromkeys(NAMES, "")
    known = {"DECISION": "development", "COMMIT": commit, "VERSION": "1.2.3-dev"}
    assert sourced(gate(repo, "--format=env").out) == {**empty, **known}


def test_a_hostile_version_before_does_not_reach_the_shell(repo: GitRepo) -> None:
    repo.versions("$(touch pwned)'; touch pwned; '", "1.0.0")
    outcome = gate(repo, "--format=env")
    assert outcome.code == 10
    assert sourced(outcome.out)["PREVIOUS"] == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--tag-prefix=-x", "'-x' is not a prefix of git tags"),
        ("--tag-prefix=a b", "'a b' is not a prefix of git tags"),
        ("--tag-prefix=$(x)", "'$(x)' is not a prefix of git tags"),
        ("--tag-prefix=a..b", "'a..b' is not a prefix of git tags"),
        ("--image-tag={nothing}", "'{nothing}' is not an image tag"),
        ("--image-tag=a b", "'a b' is not an image tag"),
        ("--image-tag=$x", "'$x' is not an image tag"),
    ],
)
def test_names_that_git_or_a_registry_would_not_take_are_refused(repo: GitRepo, words: str, told: str) -> None:
    repo.versions("1.0.0")
    outcome = gate(repo, words)
    assert (outcome.code, outcome.out) == (2, "")
    assert told in outcome.err


@pytest.mark.parametrize(
    ("files", "tag"),
    [({}, "1.0.0"), ({"go.mod": "module x\n"}, "v1.0.0"), ({"Gopkg.toml": ""}, "v1.0.0"), ({"a/go.mod": "x"}, "1.0.0")],
)
def test_tags_of_go_modules_begin_with_v(repo: GitRepo, files: Files, tag: str) -> None:
    repo.commit(files)
    repo.versions("1.0.0")
    assert gate(repo, "--format=json").json()["tag"] == tag
    assert gate(repo, "--tag-prefix=", "--format=json").json()["tag"] == "1.0.0"


@pytest.mark.parametrize(("files", "tag"), [({}, "v1.0.0"), ({"go.mod": "module x\n"}, "1.0.0")])
def test_a_release_is_published_once_whichever_form_its_tag_has(repo: GitRepo, files: Files, tag: str) -> None:
    repo.commit(files)
    repo.versions("1.0.0-dev", "1.0.0")
    repo.tag(tag)
    assert decision(repo) == (0, "finalized-again")


def test_a_merge_commit_is_compared_with_its_first_parent(repo: GitRepo) -> None:
    repo.versions("1.0.0-dev")
    repo.branch("topic")
    repo.versions("1.0.0")
    repo.checkout("main")
    repo.commit({"work.txt": "x"})
    repo.merge("topic")
    assert decision(repo) == (10, "finalized-new")
    assert decision(repo, "--base=HEAD^2") == (0, "unchanged")
    repo.tag("1.0.0")
    assert decision(repo) == (0, "finalized-again")


def test_a_merge_of_a_release_that_was_published_on_its_branch_is_taken(repo: GitRepo) -> None:
    repo.versions("1.0.0-dev")
    repo.branch("topic")
    repo.versions("1.0.0")
    repo.tag("1.0.0")
    repo.checkout("main")
    repo.merge("topic")
    assert decision(repo) == (1, "taken")


def test_a_base_takes_the_place_of_the_first_parent(repo: GitRepo) -> None:
    first, second, third = repo.versions("1.0.0-dev", "1.0.0", None)
    assert decision(repo) == (0, "unchanged")
    assert decision(repo, f"--base={first}") == (10, "finalized-new")
    assert decision(repo, "--base", second) == (0, "unchanged")
    outcome = gate(repo, "--base=nope")
    assert (outcome.code, outcome.out, outcome.err) == (2, "", "there is no commit 'nope' here\n")
    repo.checkout(third)
    assert decision(repo) == (0, "unchanged")


def test_umbrella_tags_that_differ_from_version_do_not_count(repo: GitRepo) -> None:
    repo.commit({"go.mod": "module x\n"})
    for tag, version in (("v1.0.0", "0.0.1-dev"), ("v1.1.0", "0.0.2-dev")):
        repo.versions(version)
        repo.tag(tag)
    repo.versions("0.1.0")
    values = gate(repo, "--image-tag=latest", "--format=json").json()
    assert (values["decision"], values["image_tags"]) == ("finalized-new", ["0.1.0", "latest"])
    repo.tag("v2.0.0")
    assert decision(repo) == (10, "finalized-new")


def test_a_real_release_counts_beside_umbrella_tags(repo: GitRepo) -> None:
    repo.versions("0.2.0")
    repo.tag("v0.2.0")
    repo.versions("0.0.1-dev")
    repo.tag("v1.0.0")
    repo.versions("0.1.0")
    assert gate(repo, "--format=json").json()["reason"] == "0.1.0 is lower than 0.2.0, the highest release so far"


def test_a_maintenance_branch_goes_on_below_the_releases_of_main(repo: GitRepo) -> None:
    (old,) = repo.versions("1.2.0")
    repo.tag("1.2.0")
    repo.versions("1.3.0", "2.0.0")
    repo.tag("1.3.0", "HEAD^1")
    repo.tag("2.0.0")
    repo.branch("stable-1.2", old)
    repo.versions("1.2.1-dev", "1.2.1")
    words = [f"--image-tag={template}" for template in ("{major}.{minor}", "{major}", "latest")]
    values = gate(repo, *words, "--format=json").json()
    assert (values["decision"], values["image_tags"]) == ("finalized-new", ["1.2.1", "1.2"])
    assert decision(repo, "--base=main") == (1, "regression")


SOURCES: dict[str, tuple[Callable[[str], str], str]] = {
    "VERSION": (lambda value: f"{value}\n", "1.0.0-dev"),
    "package.json": (lambda value: f'{{"version": "{value}"}}', "1.0.0-dev"),
    "pom.xml": (
        lambda value: (
            '<project xmlns="http://maven.apache.org/POM/4.0.0"><parent><version>9</version></parent>'
            f"<version>{value}</version></project>"
        ),
        "1.0.0-SNAPSHOT",
    ),
    "Chart.yaml": (lambda value: f"name: x\nversion: {value}\n", "1.0.0-dev"),
}


@pytest.mark.parametrize("source", SOURCES)
def test_the_version_is_that_of_the_first_source(repo: GitRepo, source: str) -> None:
    written, development = SOURCES[source]
    later = list(SOURCES)[list(SOURCES).index(source) + 1 :]
    others: dict[str, str | bytes | None] = {path: SOURCES[path][0]("7.7.7") for path in later}
    repo.commit({**others, source: written(development)})
    shown = run(repo.path, "version", "show", "--format=json").json()
    assert shown == {"version": "1.0.0-dev", "source": source}
    repo.commit({source: written("1.0.0")})
    values = gate(repo, "--format=json").json()
    assert [values[name] for name in ("decision", "previous", "version", "source", "tag")] == [
        *("finalized-new", "1.0.0-dev", "1.0.0", source, "1.0.0")
    ]
    assert run(repo.path, "version", "show").out == f"1.0.0 ({source})\n"
    assert run(repo.path, "version", "show", "--format=env").out == "JJBGEN_VERSION=1.0.0\n"


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (
            {"package.json": "{"},
            "package.json: version: is not JSON: Expecting property name enclosed in double quotes",
        ),
        ({"package.json": '{"version": "1"}'}, "package.json: version: has one number instead of three; write 1.0.0"),
        ({"pom.xml": "<!DOCTYPE x><project/>"}, "pom.xml: version: has a DOCTYPE, which a pom.xml does not need"),
        ({"Chart.yaml": "version: [\n"}, "Chart.yaml: version: line "),
        (
            {"package.json": "{}", "pom.xml": "<project/>"},
            "VERSION: version: there is no version; write one like 0.1.0",
        ),
    ],
)
def test_a_source_that_cannot_be_read_is_told(repo: GitRepo, files: Files, told: str) -> None:
    repo.commit(files)
    for command in ("gate", "show"):
        outcome = run(repo.path, "version", command)
        assert (outcome.code, outcome.out) == (1, "")
        assert outcome.err.startswith(told)


def test_charts_of_the_commit_are_named_by_their_folders(repo: GitRepo) -> None:
    repo.commit({"a/Chart.yaml": "name: a\nversion: 0.1.0\n", "b/Chart.yaml": "name: b\nversion: 2.0.0-rc.1\n"})
    repo.versions("1.0.0")
    repo.write({"a/Chart.yaml": "not committed"})
    words = ("--chart=a", "--chart=b")
    assert gate(repo, *words, "--format=json").json()["charts"] == {"a": "0.1.0", "b": "2.0.0-rc.1"}
    assert sourced(gate(repo, *words, "--format=env").out)["CHART_VERSION"] == ""


@pytest.mark.parametrize(
    ("chart", "told"),
    [
        (None, "chart/Chart.yaml: no such file\n1 problem\n"),
        ("name: x\nversion: 1.0\n", "chart/Chart.yaml:2:10: version: has two numbers instead of three; write 1.0.0\n"),
        ("name: x\n", "chart/Chart.yaml:1:1: version: is missing\n"),
    ],
)
def test_a_chart_without_a_version_is_refused(repo: GitRepo, chart: str | None, told: str) -> None:
    repo.commit({"chart/Chart.yaml": chart} if chart else {})
    repo.versions("1.0.0")
    outcome = gate(repo, "--chart=chart")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(told)


def test_a_repository_without_commits_is_told(repo: GitRepo) -> None:
    outcome = gate(repo)
    assert (outcome.code, outcome.out, outcome.err) == (2, "", "there is no commit here yet\n")


def test_a_shallow_clone_of_one_commit_says_what_it_lacks_and_gets_it(repo: GitRepo, tmp_path: Path) -> None:
    repo.versions("0.9.0", "1.0.0-dev", "1.0.0")
    repo.tag("0.9.0", "HEAD^1^")
    clone = repo.clone(tmp_path / "clone", depth=1)
    outcome = gate(clone)
    told = f"this shallow clone ends with HEAD, and the commit before is needed; {FETCH}"
    assert (outcome.code, outcome.out, outcome.err) == (1, "", f"{told}\n")
    assert gate(clone, "--format=json").json() == {"problems": [], "error": told}
    assert decision(clone, "--fetch") == (10, "finalized-new")
    assert decision(clone) == (10, "finalized-new")
    assert clone.tags() == repo.tags()


def test_a_shallow_clone_that_may_hide_a_higher_release_says_so(repo: GitRepo, tmp_path: Path) -> None:
    repo.versions("2.0.0", "1.0.0-dev", "1.0.0-rc.1", "1.0.0")
    repo.tag("2.0.0", "HEAD~3")
    clone = repo.clone(tmp_path / "clone", depth=2)
    clone.git("fetch", "--quiet", "--depth=1", "origin", "refs/tags/2.0.0:refs/tags/2.0.0")
    outcome = gate(clone)
    told = f"this shallow clone does not show which releases came before; {FETCH}\n"
    assert (outcome.code, outcome.err) == (1, told)
    assert decision(clone, "--fetch") == (1, "regression")


def test_an_umbrella_tag_in_sight_does_not_hide_the_end_of_a_shallow_clone(repo: GitRepo, tmp_path: Path) -> None:
    repo.versions("2.0.0", "1.0.0-dev", "1.0.0-rc.1", "1.0.0")
    repo.tag("2.0.0", "HEAD~3")
    repo.tag("3.0.0", "HEAD~1")
    clone = repo.clone(tmp_path / "clone", depth=2)
    clone.git("fetch", "--quiet", "--depth=1", "origin", "refs/tags/2.0.0:refs/tags/2.0.0")
    outcome = gate(clone)
    told = f"this shallow clone does not show which releases came before; {FETCH}\n"
    assert (outcome.code, outcome.err) == (1, told)


def test_fetch_brings_a_tag_that_another_build_made(repo: GitRepo, tmp_path: Path) -> None:
    repo.versions("1.0.0-dev", "1.0.0")
    repo.remote(tmp_path / "bare")
    assert decision(repo) == (10, "finalized-new")
    GitRepo(tmp_path / "bare").tag("1.0.0", "main")
    assert decision(repo) == (10, "finalized-new")
    assert decision(repo, "--fetch") == (0, "finalized-again")


def test_fetch_without_a_remote_is_told(repo: GitRepo) -> None:
    repo.versions("1.0.0-dev", "1.0.0")
    outcome = gate(repo, "--fetch")
    assert (outcome.code, outcome.out, outcome.err) == (1, "", "this checkout has no remote\n")


def test_fetch_believes_the_remote_and_not_a_tag_left_here(repo: GitRepo, tmp_path: Path) -> None:
    first, _ = repo.versions("1.0.0-rc.1", "1.0.0")
    bare = repo.remote(tmp_path / "bare")
    bare.tag("1.0.0", "main")
    repo.tag("1.0.0", first)
    assert decision(repo, "--fetch") == (0, "finalized-again")
    assert repo.tags() == bare.tags()


def test_fetch_does_not_take_a_tag_that_never_reached_the_remote_for_a_release(repo: GitRepo, tmp_path: Path) -> None:
    repo.versions("1.0.0-dev", "1.0.0")
    repo.remote(tmp_path / "bare")
    repo.tag("1.0.0")
    assert decision(repo, "--fetch") == (10, "finalized-new")


def test_a_release_that_no_build_has_seen_is_named(repo: GitRepo) -> None:
    repo.versions("1.0.0-dev", "1.0.0")
    repo.tag("1.0.0")
    _, first, _, second, _ = repo.versions("1.0.1-dev", "1.0.1", None, "1.0.2", "1.0.3-dev")
    outcome = gate(repo, "--format=env")
    assert outcome.code == 0
    advice = "build that commit again, or give it its tag"
    assert outcome.err.splitlines() == [
        f"not published: 1.0.2 of commit {second}; {advice}",
        f"not published: 1.0.1 of commit {first}; {advice}",
    ]
    assert "not published" not in outcome.out
    assert gate(repo, "--format=json").json()["unpublished"] == [
        {"version": "1.0.2", "commit": second},
        {"version": "1.0.1", "commit": first},
    ]


def test_a_release_that_was_overtaken_by_the_next_is_named(repo: GitRepo) -> None:
    repo.versions("1.0.0")
    repo.tag("1.0.0")
    overtaken, _ = repo.versions("1.0.1", "1.0.2")
    outcome = gate(repo)
    assert (outcome.code, outcome.out.splitlines()[0]) == (10, "publish: 1.0.2 follows 1.0.1 and is finalized")
    assert [line.partition(";")[0] for line in outcome.err.splitlines()] == [
        f"not published: 1.0.1 of commit {overtaken}"
    ]


def test_a_release_that_several_commits_were_pushed_with_is_named(repo: GitRepo) -> None:
    repo.versions("1.0.0")
    repo.tag("1.0.0")
    _, bump, _ = repo.versions("1.0.1-dev", "1.0.1", None)
    outcome = gate(repo)
    assert (outcome.code, outcome.out.splitlines()[0]) == (0, "nothing to publish: the version is still 1.0.1")
    assert outcome.err.startswith(f"not published: 1.0.1 of commit {bump}; ")


@pytest.mark.parametrize("tags", [(), ("1.0.0", "1.0.1")])
def test_no_release_is_missed_where_all_have_tags_or_none_has_one(repo: GitRepo, tags: tuple[str, ...]) -> None:
    first, _, second, _ = repo.versions("1.0.0", "1.0.1-dev", "1.0.1", "1.0.2-dev")
    for tag in tags:
        repo.tag(tag, {"1.0.0": first, "1.0.1": second}[tag])
    assert gate(repo).err == ""


def test_a_shallow_clone_without_tags_does_not_publish_what_may_be_released(repo: GitRepo, tmp_path: Path) -> None:
    repo.versions("1.0.0-dev", "1.0.0-dev")
    repo.branch("rel")
    release = repo.commit({"VERSION": "1.0.0\n"})
    repo.tag("1.0.0")
    repo.checkout("main")
    repo.versions(None, "1.0.0")
    clone = repo.clone(tmp_path / "clone", "--depth=2", "--no-tags", "--branch=main")
    outcome = gate(clone)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == f"this shallow clone does not show whether 1.0.0 is released; {FETCH}\n"
    outcome = gate(clone, "--fetch")
    assert outcome.code == 1
    assert f"1.0.0 is released already, by the tag 1.0.0 on commit {release[:12]}" in outcome.err


def test_numbered_development_goes_up_by_its_number(repo: GitRepo) -> None:
    repo.versions("1.0.0-dev9", "1.0.0-dev10")
    assert decision(repo) == (0, "development")
    repo.versions("1.0.0-dev9")
    assert decision(repo) == (1, "regression")


def test_an_umbrella_tag_of_the_other_form_does_not_take_a_version(repo: GitRepo) -> None:
    repo.versions("0.1.0-dev")
    repo.tag("v1.0.0")
    repo.versions("1.0.0")
    assert decision(repo) == (10, "finalized-new")


def test_a_release_is_not_called_forgotten_when_its_version_has_a_tag_anywhere(repo: GitRepo) -> None:
    first, *_ = repo.versions("0.9.0", "1.0.0-dev", "1.0.0", "1.0.1-dev", "1.0.0", "1.0.1-dev", "1.0.2-dev")
    repo.tag("0.9.0", first)
    repo.tag("1.0.0", "HEAD~4")
    assert gate(repo).err == ""


def test_an_empty_base_is_a_mistake_and_not_the_default(repo: GitRepo) -> None:
    repo.versions("1.0.0", "1.0.1")
    outcome = gate(repo, "--base=")
    assert (outcome.code, outcome.out) == (2, "")
    assert "is empty" in outcome.err


def test_fetching_takes_no_branch_or_tag_away(repo: GitRepo, tmp_path: Path) -> None:
    repo.versions("1.0.0-dev", "1.0.0")
    bare = repo.remote(tmp_path / "bare")
    clone = bare.clone(tmp_path / "clone")
    clone.git("config", "fetch.prune", "true")
    clone.git("config", "fetch.pruneTags", "true")
    clone.tag("local-only")
    clone.git("update-ref", "refs/remotes/origin/pr/7", "HEAD")
    assert gate(clone, "--fetch").code == 10
    assert clone.git("for-each-ref", "--format=%(refname)", "refs/tags", "refs/remotes/origin/pr") == (
        "refs/remotes/origin/pr/7\nrefs/tags/local-only"
    )
