"""Git through the library: what revisions lead to, odd repositories, and the remote."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from jjbgen.gitrun import MAX_BYTES, GitError, NoCommitError
from jjbgen.history import Repository, Tag
from jjbgen.remote import Remote
from jjbgen.versionfiles import Tree
from tests.git_repo import GitRepo
from tests.helpers import run

pytestmark = pytest.mark.usefixtures("plain_git")

LARGE = f"is larger than {MAX_BYTES // 1024} KiB"
HOSTILE = [
    *("--upload-pack=touch pwned", "-x", "--", "-", "", " ", "HEAD\nHEAD", "HEAD\r", "a b", "HEAD:VERSION", ":/Change"),
    *("^HEAD", "~1", "*", "[a]", "HEAD\\x", "HEAD\x7f", "HEAD\x1b[31m", "HEAD\u2028", "x" * 300),
]


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return GitRepo.init(tmp_path / "repo")


@pytest.mark.parametrize("revision", HOSTILE)
def test_a_hostile_revision_never_reaches_git(repo: GitRepo, revision: str, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.versions("1.0.0")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NoCommitError) as caught:
        Repository(repo.path).commit(revision)
    assert str(caught.value) == f"{revision!r} is not a revision"


@pytest.mark.parametrize(
    "words", [("check", "--base"), ("gate", "--base"), ("charts", "--base"), ("history", "--branch")]
)
@pytest.mark.parametrize("revision", ["--upload-pack=touch pwned", "-x", "HEAD\nHEAD"])
def test_a_hostile_revision_on_the_command_line_is_refused_as_one(
    repo: GitRepo, words: tuple[str, str], revision: str
) -> None:
    repo.versions("1.0.0-dev", "1.0.0")
    outcome = run(repo.path, "version", words[0], f"{words[1]}={revision}")
    assert (outcome.code, outcome.out, outcome.err) == (2, "", f"{revision!r} is not a revision\n")
    assert not list(repo.path.glob("**/*pwned*"))


@pytest.mark.parametrize("revision", ["nope", "refs/heads/nope", "0" * 40, "HEAD^{tree}", "HEAD~5", "a..b", "blob"])
def test_a_revision_that_leads_to_no_commit_is_told(repo: GitRepo, revision: str) -> None:
    repo.versions("1.0.0")
    repo.git("tag", "blob", repo.git("rev-parse", "HEAD:VERSION"))
    with pytest.raises(NoCommitError) as caught:
        Repository(repo.path).commit(revision)
    assert str(caught.value) == f"there is no commit {revision!r} here"


def test_many_commits_are_read_in_the_order_they_were_asked_for(repo: GitRepo) -> None:
    first, second = repo.versions("1.0.0-dev", "1.0.0")
    repo.tag("annotated", first)
    found = Repository(repo.path).commits(["HEAD", "nope", "annotated"], ["VERSION", "no such file", "VERSION"])
    assert [commit and (commit.id, commit.parents, commit.read("VERSION")) for commit in found] == [
        (second, (first,), "1.0.0\n"),
        None,
        (first, (), "1.0.0-dev\n"),
    ]
    assert found[0] is not None
    assert found[0].read("no such file") is None


def test_a_commit_reads_files_it_was_not_asked_for_and_lists_no_links_or_submodules(repo: GitRepo) -> None:
    (repo.path / "link").symlink_to("VERSION")
    first = repo.commit({"VERSION": "1.0.0\n", 'a dir/ü "x"': "text", "new\nline": "x"})
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{first},module")
    repo.git("commit", "--quiet", "--message=module")
    commit = Repository(repo.path).commit("HEAD")
    assert commit.files == ("VERSION", 'a dir/ü "x"')
    assert commit.read('a dir/ü "x"') == "text"
    assert commit.read("a dir") is None
    assert commit.read("module") is None


@pytest.mark.parametrize(
    ("size", "fault"), [(MAX_BYTES - 1, ""), (MAX_BYTES, ""), (MAX_BYTES + 1, LARGE), (5 * MAX_BYTES + 3, LARGE)]
)
def test_a_big_file_is_not_read_and_what_comes_after_it_is(repo: GitRepo, size: int, fault: str) -> None:
    repo.commit({"VERSION": b"x" * size, "package.json": "{}\n"})
    found = Repository(repo.path).commit("HEAD", ["VERSION", "package.json"])
    trees: list[Tree] = [found, Repository(repo.path).working_tree()]
    assert found.read("package.json") == "{}\n"
    for tree in trees:
        try:
            text, told = tree.read("VERSION"), ""
        except ValueError as error:
            text, told = None, str(error)
        assert (text and len(text), told) == (None if fault else size, fault)


@pytest.mark.parametrize("command", ["show", "gate"])
def test_a_version_that_is_no_utf_8_is_told(repo: GitRepo, command: str) -> None:
    repo.commit({"VERSION": b"1.0.0\xff\n"})
    outcome = run(repo.path, "version", command)
    told = "VERSION:1:1: version: is not UTF-8; save it in UTF-8\n1 problem\n"
    assert (outcome.code, outcome.out, outcome.err) == (1, "", told)


@pytest.mark.parametrize("command", ["show", "check", "gate", "tag", "next"])
@pytest.mark.parametrize("target", ["1.2.3", "/etc/hostname"])
def test_a_version_that_is_a_link_is_refused_by_every_command(repo: GitRepo, command: str, target: str) -> None:
    (repo.path / "VERSION").symlink_to(target)
    repo.commit()
    outcome = run(repo.path, "version", command)
    told = "VERSION:1:1: version: is a link; put the file itself here\n1 problem\n"
    assert (outcome.code, outcome.out, outcome.err) == (1, "", told)
    assert repo.tags() == {}


def test_a_version_that_is_a_folder_is_none(repo: GitRepo) -> None:
    repo.commit({"VERSION/x": "1.0.0\n", "package.json": '{"version": "1.2.3"}'})
    assert run(repo.path, "version", "show").out == "1.2.3 (package.json)\n"
    assert run(repo.path, "version", "gate").code == 10


def test_a_bare_repository_has_a_gate_and_a_history_but_no_checkout(repo: GitRepo, tmp_path: Path) -> None:
    repo.versions("1.0.0-dev", "1.0.0")
    bare = repo.remote(tmp_path / "bare").path
    assert run(bare, "version", "gate").code == 10
    assert run(bare, "version", "history").out.endswith(
        "1 releases: 0 tagged, 1 not tagged; 0 commits tagged without a release\n"
    )
    for command in ("show", "check", "charts", "next"):
        outcome = run(bare, "version", command)
        told = "git rev-parse: this operation must be run in a work tree\n"
        assert (outcome.code, outcome.out, outcome.err) == (1, "", told)


def test_a_worktree_and_a_subfolder_have_the_version_of_their_commit(repo: GitRepo, tmp_path: Path) -> None:
    first, second = repo.versions("1.0.0-dev", "1.0.0")
    repo.commit({"deep/down.txt": "x", "deep/VERSION": "9.9.9\n"})
    other = repo.worktree(tmp_path / "other tree", second)
    assert run(other.path, "version", "gate", "--format=json").json()["commit"] == second
    assert run(other.path, "version", "show").out == "1.0.0 (VERSION)\n"
    assert run(repo.path / "deep", "version", "show").out == "1.0.0 (VERSION)\n"
    inside = run(repo.path / "deep", "version", "check", f"--base={first}")
    assert (inside.code, inside.out) == (0, "1.0.0 (VERSION): no problems\n")


@pytest.mark.parametrize("command", ["show", "check", "gate", "tag", "next", "history", "charts"])
def test_a_folder_that_is_no_repository_is_told_in_one_line(tmp_path: Path, command: str) -> None:
    plain, missing = run(tmp_path, "version", command), run(tmp_path / "missing", "version", command)
    assert (plain.code, plain.out) == (1, "")
    assert plain.err.startswith("git ")
    assert plain.err.endswith(": not a git repository (or any of the parent directories): .git\n")
    assert (missing.code, missing.out, missing.err) == (1, "", f"{tmp_path / 'missing'}: no such folder\n")


@pytest.mark.parametrize("command", ["show", "gate", "history"])
def test_a_machine_without_git_is_told(repo: GitRepo, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.versions("1.0.0")
    monkeypatch.setenv("PATH", "/nowhere")
    outcome = run(repo.path, "version", command)
    assert (outcome.code, outcome.out, outcome.err) == (1, "", "git: No such file or directory\n")


def test_a_path_with_a_newline_is_no_bug(repo: GitRepo) -> None:
    repo.versions("1.0.0-dev", "1.0.0")
    outcome = run(repo.path, "version", "gate", "--chart=a\nHEAD")
    assert outcome.code == 2
    assert "a bug" not in outcome.err


def test_tags_lead_to_commits_however_they_were_made(repo: GitRepo) -> None:
    first, second = repo.versions("1.0.0-dev", "1.0.0")
    repo.tag("light", first, annotated=False)
    repo.tag("annotated", first)
    repo.tag("nested", "annotated")
    repo.tag("team/late", second)
    repo.tag("tree", "HEAD^{tree}")
    expected = [Tag("annotated", first), Tag("light", first, annotated=False), Tag("nested", first)]
    assert Repository(repo.path).tags() == [*expected, Tag("team/late", second)]
    assert Repository(repo.path).tags(merged=first) == expected


def test_a_line_follows_first_parents_oldest_first(repo: GitRepo) -> None:
    first, second = repo.versions("1.0.0-dev", None)
    repo.branch("topic", first)
    side = repo.commit({"topic.txt": "x"})
    repo.checkout("main")
    merge = repo.merge("topic")
    repository = Repository(repo.path)
    assert repository.line(merge) == [first, second, merge]
    assert repository.fork(second, side) == first
    repo.git("checkout", "--quiet", "--orphan", "alone")
    assert repository.fork(second, repo.commit({"alone.txt": "x"})) is None


@pytest.mark.parametrize("setting", ["diff.relative=true", "diff.renames=copies", "core.quotePath=true"])
def test_changed_lists_all_that_differs_from_the_top_whatever_the_settings(repo: GitRepo, setting: str) -> None:
    repo.git("config", *setting.split("="))
    first = repo.commit({"a": "x", "old": "same text", "kept": "x", ".gitignore": "*.log\n"})
    repo.commit({"old": None, "deep/ne w": "same text"})
    repo.write({"a": "y", "x.log": "x", 'odd "ü"\n': "x"})
    for folder in (repo.path, repo.path / "deep"):
        repository = Repository(folder)
        assert repository.changed(first) == ["a", "deep/ne w", 'odd "ü"\n', "old"]
        assert repository.changed(first, added=False) == ["a", "deep/ne w", "old"]


def test_a_detached_head_has_neither_branch_nor_upstream(repo: GitRepo, tmp_path: Path) -> None:
    (first,) = repo.versions("1.0.0")
    assert (Repository(repo.path).branch(), Repository(repo.path).upstream()) == ("main", None)
    repo.remote(tmp_path / "bare")
    repo.git("branch", "--quiet", "--set-upstream-to=origin/main")
    assert Repository(repo.path).upstream() == "refs/remotes/origin/main"
    repo.checkout(first)
    assert (Repository(repo.path).branch(), Repository(repo.path).upstream()) == (None, None)


def test_origin_is_taken_else_the_only_remote(repo: GitRepo) -> None:
    repository = Repository(repo.path)
    with pytest.raises(GitError, match=r"\Athis checkout has no remote\Z"):
        Remote(repository)
    repo.git("remote", "add", "gerrit", "/x")
    assert Remote(repository).name == "gerrit"
    repo.git("remote", "add", "github", "/y")
    with pytest.raises(GitError, match=r"\Athere are several remotes, and none is called origin\Z"):
        Remote(repository)
    repo.git("remote", "add", "origin", "/z")
    assert Remote(repository).name == "origin"


def test_a_shallow_clone_is_deepened_only_as_far_as_is_needed(repo: GitRepo, tmp_path: Path) -> None:
    commits = repo.history([("1.0.0-dev\n", ()), *[(None, ())] * 698, ("1.0.0\n", ())])
    clone = repo.clone(tmp_path / "clone", depth=1)
    repository = Repository(clone.path)
    lacking: list[bool] = []

    def enough() -> bool:
        lacking.append(repository.commits([commits[-100]]) == [None])
        return not lacking[-1]

    Remote(repository).fetch(enough)
    assert lacking == [True, True, False]
    assert len(repository.line(repository.commit("HEAD").id)) == 551
    Remote(repository).fetch(lambda: False)
    assert not repository.is_shallow()
    assert len(repository.line(commits[-1])) == 700


def test_a_gerrit_change_fetched_alone_can_be_deepened(repo: GitRepo, tmp_path: Path) -> None:
    repo.versions("1.0.0-dev", None, None)
    repo.branch("change")
    change = repo.commit({"VERSION": "1.0.0\n"})
    repo.git("update-ref", "refs/changes/34/1234/5", change)
    repo.checkout("main")
    repo.git("branch", "--quiet", "-D", "change")
    clone = GitRepo.init(tmp_path / "clone")
    clone.git("remote", "add", "origin", f"file://{repo.path}")
    clone.git("fetch", "--quiet", "--depth=1", "origin", "refs/changes/34/1234/5")
    clone.checkout("FETCH_HEAD")
    outcome = run(clone.path, "version", "gate")
    told = "this shallow clone ends with HEAD, and the commit before is needed; "
    assert (outcome.code, outcome.err) == (1, f"{told}run it again with --fetch, or clone with the whole history\n")
    assert run(clone.path, "version", "gate", "--fetch").code == 10
    checked = run(clone.path, "version", "check", "--base=origin/main")
    assert (checked.code, checked.out) == (0, "1.0.0 (VERSION): no problems\n")


@pytest.mark.parametrize("password", ["s3cret", "s3c@ret", "s3c:ret", "s3c/ret"])
@pytest.mark.parametrize("words", [("gate", "--fetch"), ("tag", "--push")])
def test_the_password_of_a_remote_is_never_shown(repo: GitRepo, words: tuple[str, ...], password: str) -> None:
    repo.versions("1.0.0-dev", "1.0.0")
    repo.git("remote", "add", "origin", f"http://builder:{password}@127.0.0.1:1/widget.git")
    outcome = run(repo.path, "version", *words)
    assert outcome.code == 1
    assert outcome.err.startswith("git ")
    assert "127.0.0.1" in outcome.err
    assert not [part for part in ("builder", "s3c", "ret") if part in outcome.out + outcome.err]


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that gets a line for each run of git by jjbgen."""
    log, real = tmp_path / "calls", shutil.which("git")
    wrapper = tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    named = f'for word; do case "$word" in -c|*=*) ;; *) echo "$word" >> {log}; break ;; esac; done'
    wrapper.write_text(f'#!/bin/sh\n{named}\nexec {real} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}")
    return log


@pytest.mark.parametrize("length", [2, 300])
def test_the_number_of_processes_does_not_grow_with_the_history(repo: GitRepo, calls: Path, length: int) -> None:
    repo.history([(f"0.{number}.0\n", [f"0.{number}.0"]) for number in range(length)])
    calls.unlink()
    assert run(repo.path, "version", "history").code == 0
    assert calls.read_text().split() == [*("cat-file", "rev-parse", "for-each-ref", "cat-file", "rev-list", "cat-file")]
    calls.unlink()
    assert run(repo.path, "version", "gate").code == 0
    assert calls.read_text().split() == ["cat-file", "for-each-ref"]


def test_no_program_that_a_checkout_names_is_started(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "repo")
    repo.commit({"VERSION": "1.0.0\n"})
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    repo.git("config", "core.fsmonitor", str(trap))
    repository = Repository(repo.path)
    assert repository.working_tree().files == ("VERSION",)
    assert repository.changed("HEAD") == []
    assert not (tmp_path / "sprung").exists()
