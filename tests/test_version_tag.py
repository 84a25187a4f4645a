"""`jjbgen version tag`: the tag binds a version to a commit once, whoever else builds at the same time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.git_repo import Files, GitRepo
from tests.helpers import COMPONENT, Outcome, config_repo, run

pytestmark = pytest.mark.usefixtures("plain_git")


def tag(repo: GitRepo, *words: str) -> Outcome:
    return run(repo.path, "version", "tag", *words)


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    """A release that is not tagged yet."""
    repo = GitRepo.init(tmp_path / "repo")
    repo.versions("1.0.0-dev", "1.0.0")
    return repo


@pytest.fixture
def bare(repo: GitRepo, tmp_path: Path) -> GitRepo:
    """The `origin` of `repo`."""
    return repo.remote(tmp_path / "bare")


def test_a_release_gets_an_annotated_tag(repo: GitRepo) -> None:
    outcome = tag(repo)
    head = repo.id()
    assert (outcome.code, outcome.out, outcome.err) == (0, f"1.0.0 on {head[:12]}: created\n", "")
    assert repo.tags() == {"1.0.0": head}
    assert repo.git("for-each-ref", "--format=%(objecttype) %(contents)", "refs/tags").strip() == "tag Release 1.0.0"


@pytest.mark.parametrize(
    ("files", "words", "name"),
    [
        ({"go.mod": "module x\n"}, (), "v1.0.0"),
        ({"Gopkg.toml": ""}, (), "v1.0.0"),
        ({"go.mod": "module x\n"}, ("--tag-prefix=",), "1.0.0"),
        ({}, ("--tag-prefix=v",), "v1.0.0"),
        ({}, ("--tag-prefix=widget/v",), "widget/v1.0.0"),
    ],
)
def test_the_name_has_the_prefix_of_the_project(repo: GitRepo, files: Files, words: tuple[str, ...], name: str) -> None:
    repo.commit(files)
    assert tag(repo, *words).code == 0
    assert repo.tags() == {name: repo.id()}


def test_the_same_tag_on_the_same_commit_is_fine(repo: GitRepo, bare: GitRepo) -> None:
    head = repo.id()
    assert tag(repo, "--push").out == f"1.0.0 on {head[:12]}: created, pushed\n"
    made = bare.git("rev-parse", "refs/tags/1.0.0")
    assert tag(repo).out == f"1.0.0 on {head[:12]}: is there already\n"
    assert tag(repo, "--push").out == f"1.0.0 on {head[:12]}: is there already, pushed\n"
    assert bare.git("rev-parse", "refs/tags/1.0.0") == repo.git("rev-parse", "refs/tags/1.0.0") == made


@pytest.mark.parametrize("annotated", [True, False])
@pytest.mark.parametrize("name", ["1.0.0", "v1.0.0"])
def test_a_tag_on_another_commit_is_an_error_and_nothing_changes(
    repo: GitRepo, bare: GitRepo, name: str, *, annotated: bool
) -> None:
    other = repo.id()
    repo.commit({"work.txt": "more"})
    repo.tag(name, other, annotated=annotated)
    before = repo.tags()
    outcome = tag(repo, "--push")
    what = f"1.0.0 is released already, by the tag {name} on commit {other[:12]}"
    told = f"VERSION:1:1: version: {what}; choose a higher one, like 1.0.1\n1 problem\n"
    assert (outcome.code, outcome.out, outcome.err) == (1, "", told)
    assert (repo.tags(), bare.tags()) == (before, {})


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("1.0.1-dev", "1.0.1-dev is not finalized; only a release gets a tag; the next one is 1.0.1"),
        ("1.1.0-rc.1", "1.1.0-rc.1 is not finalized; only a release gets a tag; the next one is 1.1.0"),
        ("v1.2.3", "begins with a 'v'; write 1.2.3; a git tag gets its prefix by itself"),
    ],
)
def test_what_is_no_release_gets_no_tag(repo: GitRepo, version: str, told: str) -> None:
    repo.versions(version)
    outcome = tag(repo)
    assert (outcome.code, outcome.out, outcome.err) == (1, "", f"VERSION:1:1: version: {told}\n1 problem\n")
    assert repo.tags() == {}


def test_without_a_version_there_is_no_tag(repo: GitRepo) -> None:
    repo.commit({"VERSION": None})
    told = "VERSION: version: there is no version; write one like 0.1.0-dev into VERSION\n1 problem\n"
    assert (tag(repo).code, tag(repo).err) == (1, told)


def test_the_version_of_the_commit_counts_and_not_that_of_the_checkout(repo: GitRepo) -> None:
    repo.write({"VERSION": "2.0.0\n"})
    assert tag(repo).code == 0
    assert repo.tags() == {"1.0.0": repo.id()}


def test_a_detached_worktree_can_be_tagged_and_pushed(repo: GitRepo, bare: GitRepo, tmp_path: Path) -> None:
    head = repo.id()
    repo.versions("1.0.1-dev")
    assert tag(repo.worktree(tmp_path / "tree", head), "--push").code == 0
    assert bare.tags() == {"1.0.0": head}


def test_json_tells_what_was_done(repo: GitRepo, bare: GitRepo) -> None:
    found = {"tag": "1.0.0", "commit": repo.id(), "created": True, "pushed": True}
    assert tag(repo, "--push", "--format=json").json() == found
    assert tag(repo, "--format=json").json() == {**found, "created": False, "pushed": False}
    assert tag(repo, "-q").out == ""


def test_the_remote_gets_this_tag_and_nothing_else(repo: GitRepo, bare: GitRepo) -> None:
    repo.tag("mine")
    before = bare.git("for-each-ref", "refs/heads")
    repo.commit({"work.txt": "x"})
    repo.git("config", "push.followTags", "true")
    assert tag(repo, "--push").code == 0
    assert bare.tags() == {"1.0.0": repo.id()}
    assert bare.git("for-each-ref", "refs/heads") == before


def tagger(repo: GitRepo) -> str:
    return repo.git("for-each-ref", "--format=%(taggername) %(taggeremail)", "refs/tags/1.0.0")


def test_a_tag_needs_no_identity(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    # What git would make up from the machine's names is switched off.
    repo.git("config", "user.useConfigOnly", "true")
    assert tag(repo).code == 0
    assert tagger(repo) == "jjbgen <jjbgen@localhost>"


def test_the_tagger_is_whom_git_knows(repo: GitRepo) -> None:
    repo.git("config", "user.name", "Ada")
    repo.git("config", "user.email", "ada@example.org")
    assert tag(repo).code == 0
    assert tagger(repo) == "Ada <ada@example.org>"


@pytest.mark.parametrize("known", [{}, {"GIT_COMMITTER_NAME": "Agent", "GIT_COMMITTER_EMAIL": "agent@example.org"}])
def test_the_tagger_of_the_rules_comes_before_whom_git_knows(
    repo: GitRepo, known: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.git("config", "user.name", "Ada")
    repo.git("config", "user.email", "ada@example.org")
    for name, value in known.items():
        monkeypatch.setenv(name, value)
    assert tag(repo, "--tagger=Jenkins CI <ci@example.org>").code == 0
    assert tagger(repo) == "Jenkins CI <ci@example.org>"


@pytest.mark.parametrize("value", ["Jenkins", "<ci@example.org>", "J <ci>", "J\n <a@b>", "J <a@b> x"])
def test_a_tagger_that_is_none_is_refused(repo: GitRepo, value: str) -> None:
    outcome = tag(repo, f"--tagger={value}")
    assert outcome.code == 2
    assert "write it like 'Jenkins <jenkins@example.org>'" in outcome.err
    assert repo.tags() == {}


def test_the_rules_of_a_descriptor_name_the_tag_and_its_maker(repo: GitRepo, tmp_path: Path) -> None:
    text = f"{COMPONENT}version: {{tag-prefix: widget/v, tagger: CI <ci@example.org>}}\n"
    root = config_repo(tmp_path / "config", {"components/widget.yaml": text})
    assert tag(repo, f"--rules={root / 'components/widget.yaml'}").code == 0
    assert repo.tags() == {"widget/v1.0.0": repo.id()}


def test_two_builds_of_one_commit_end_with_one_tag(repo: GitRepo, bare: GitRepo, tmp_path: Path) -> None:
    one, other = bare.clone(tmp_path / "one"), bare.clone(tmp_path / "other")
    # Different objects, as two agents make them.
    assert tag(one, "--push", "--tagger=One <one@example.org>").code == 0
    outcome = tag(other, "--push", "--tagger=Other <other@example.org>")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == f"1.0.0 on {repo.id()[:12]}: created, pushed\n"
    assert tagger(other) == tagger(bare) == "One <one@example.org>"


def test_of_two_commits_with_one_version_the_first_gets_the_tag(repo: GitRepo, bare: GitRepo, tmp_path: Path) -> None:
    one, other = bare.clone(tmp_path / "one"), bare.clone(tmp_path / "other")
    head = one.id()
    other.commit({"work.txt": "x"})
    assert tag(one, "--push").code == 0
    outcome = tag(other, "--push")
    what = f"1.0.0 is released already, by the tag 1.0.0 on commit {head[:12]} of origin"
    told = f"VERSION:1:1: version: {what}; choose a higher one, like 1.0.1\n1 problem\n"
    assert (outcome.code, outcome.out, outcome.err) == (1, "", told)
    assert (bare.tags(), other.tags()) == ({"1.0.0": head}, {})


@pytest.mark.parametrize(("same", "code"), [(True, 0), (False, 1)])
def test_a_tag_that_arrives_while_this_one_is_pushed_decides(
    repo: GitRepo, bare: GitRepo, *, same: bool, code: int
) -> None:
    first = repo.id() if same else repo.id("HEAD^1")
    # The other build wins between the moment this push is allowed and the moment it is done.
    bare.hook("update", f'unset GIT_QUARANTINE_PATH\ngit update-ref "$1" {first}')
    outcome = tag(repo, "--push")
    assert outcome.code == code
    assert bare.tags() == repo.tags() == {"1.0.0": first}
    assert ("is released already, by the tag 1.0.0 on commit" in outcome.err) == (not same)


def test_a_tag_left_by_a_killed_build_is_pushed_by_the_next(repo: GitRepo, bare: GitRepo) -> None:
    assert tag(repo).code == 0
    assert bare.tags() == {}
    assert tag(repo, "--push").out == f"1.0.0 on {repo.id()[:12]}: is there already, pushed\n"
    assert bare.tags() == {"1.0.0": repo.id()}


@pytest.mark.parametrize("hook", ["pre-receive", "update"])
def test_a_remote_that_refuses_is_an_error_and_leaves_no_tag_behind(repo: GitRepo, bare: GitRepo, hook: str) -> None:
    bare.hook(hook, "echo no tags on Fridays >&2; exit 1")
    outcome = tag(repo, "--push")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("git push: ")
    assert "no tags on Fridays" in outcome.err
    assert bare.tags() == {}
    # A tag that only this clone has would make the gate think that the release is done.
    assert repo.tags() == {}


def test_a_remote_that_loses_the_tag_is_an_error(repo: GitRepo, bare: GitRepo) -> None:
    bare.hook("post-receive", "git update-ref -d refs/tags/1.0.0")
    outcome = tag(repo, "--push")
    told = "the remote origin does not show the tag 1.0.0 that was pushed\n"
    assert (outcome.code, outcome.out, outcome.err) == (1, "", told)


@pytest.mark.parametrize("words", [(), ("/nowhere/x.git",)])
def test_without_a_remote_that_answers_nothing_is_tagged(repo: GitRepo, words: tuple[str, ...]) -> None:
    if words:
        repo.git("remote", "add", "origin", *words)
    outcome = tag(repo, "--push")
    assert (outcome.code, outcome.out) == (1, "")
    assert (
        "'/nowhere/x.git' does not appear to be a git repository" if words else "this checkout has no remote\n"
    ) in (outcome.err)
    assert repo.tags() == {}


def test_a_shallow_clone_can_tag_its_commit(repo: GitRepo, bare: GitRepo, tmp_path: Path) -> None:
    clone = bare.clone(tmp_path / "clone", depth=1)
    assert tag(clone, "--push").code == 0
    assert bare.tags() == {"1.0.0": repo.id()}


def test_an_umbrella_tag_of_the_other_form_is_not_in_the_way(repo: GitRepo, bare: GitRepo) -> None:
    umbrella = repo.commit({"VERSION": "0.1.0-dev\n"})
    repo.tag("v1.0.0", umbrella)
    repo.git("push", "--quiet", "origin", "v1.0.0")
    release = repo.commit({"VERSION": "1.0.0\n"})
    assert tag(repo, "--push").code == 0
    assert bare.tags() == {"1.0.0": release, "v1.0.0": umbrella}


def test_the_tag_of_the_other_form_on_the_remote_is_seen_before_anything_is_pushed(
    repo: GitRepo, bare: GitRepo
) -> None:
    other = repo.id()
    repo.git("push", "--quiet", "origin", f"{other}:refs/tags/v1.0.0")
    repo.commit({"work.txt": "more"})
    outcome = tag(repo, "--push")
    assert outcome.code == 1
    assert f"1.0.0 is released already, by the tag v1.0.0 on commit {other[:12]} of origin" in outcome.err
    assert (repo.tags(), bare.tags()) == ({}, {"v1.0.0": other})


def test_the_commit_that_was_gated_is_tagged_whatever_a_build_has_committed_since(repo: GitRepo, bare: GitRepo) -> None:
    gated = repo.id()
    repo.commit({"generated.txt": "by a build"})
    assert tag(repo, "--push", f"--commit={gated}").code == 0
    assert bare.tags() == {"1.0.0": gated}


def test_a_lightweight_tag_of_this_clone_is_pushed_as_an_annotated_one(repo: GitRepo, bare: GitRepo) -> None:
    repo.tag("1.0.0", annotated=False)
    assert tag(repo, "--push").code == 0
    assert bare.git("cat-file", "-t", "refs/tags/1.0.0") == "tag"
