"""The runner's checkouts, of real repositories."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.git_repo import GitRepo
from tests.pipeline_runner.pipelines import Runs, one, said, untraced

pytest_plugins = ("tests.pipeline_runner.plugin",)


@pytest.fixture
def repository(tmp_path: Path) -> GitRepo:
    repo = GitRepo.init(tmp_path / "origin")
    repo.commit({"VERSION": "1\n", ".gitignore": "ignored\n"})
    repo.tag("v1")
    repo.branch("feature/x")
    repo.commit({"VERSION": "2\n"})
    repo.checkout("main")
    repo.commit({"VERSION": "3\n"})
    return repo


def _checkout(repository: GitRepo, branch: str, refspec: str = "", extensions: str = "") -> str:
    remote = f"url: '{repository.path}'" + (f", refspec: '{refspec}'" if refspec else "")
    return (
        f"checkout(scmGit(branches: [[name: '{branch}']], userRemoteConfigs: [[{remote}]], extensions: [{extensions}]))"
    )


@pytest.mark.parametrize(
    ("branch", "version"),
    [
        ("main", 3),
        ("*/main", 3),
        ("origin/main", 3),
        ("refs/heads/main", 3),
        ("refs/remotes/origin/main", 3),
        ("remotes/origin/main", 3),
        ("feature/x", 2),
        ("origin/feature/x", 2),
        ("refs/tags/v1", 1),
        ("v1", 1),
    ],
)
def test_a_branch_specifier_is_read_as_the_git_plugin_does(
    run: Runs, repository: GitRepo, branch: str, version: int
) -> None:
    show = untraced("cat VERSION; git symbolic-ref -q HEAD || echo detached")
    assert said(run(one(_checkout(repository, branch), show))) == [str(version), "detached"]


def test_a_branch_is_preferred_to_a_tag_of_its_name(run: Runs, repository: GitRepo) -> None:
    repository.tag("main", "v1")
    assert said(run(one(_checkout(repository, "main"), "sh 'cat VERSION'"))) == ["3"]


@pytest.mark.parametrize("length", [40, 7])
def test_a_commit_is_checked_out(run: Runs, repository: GitRepo, length: int) -> None:
    commit = repository.id("v1")
    done = run(one(_checkout(repository, commit[:length]), "sh 'git rev-parse HEAD'"))
    assert said(done) == [commit]


def test_only_what_the_refspec_names_is_fetched(run: Runs, repository: GitRepo) -> None:
    refspec = "+refs/heads/main:refs/remotes/origin/main"
    show = "sh 'git for-each-ref --format \"%(refname)\"'"
    narrow = "cloneOption(honorRefspec: true, noTags: true, shallow: false, reference: '')"
    done = run(one(_checkout(repository, "refs/remotes/origin/main", refspec, narrow), show))
    assert said(done) == ["refs/remotes/origin/main"]
    # Unless it is told to honour the refspec, the first fetch of a clone takes all branches.
    wide = "cloneOption(shallow: true)"
    done = run(one("deleteDir()", _checkout(repository, "main", refspec, wide), show, "sh 'git rev-list --count HEAD'"))
    assert said(done) == ["refs/remotes/origin/feature/x", "refs/remotes/origin/main", "refs/tags/v1", "1"]


def test_a_second_refspec_brings_a_change_under_review(run: Runs, repository: GitRepo) -> None:
    repository.git("update-ref", "refs/changes/01/1/2", "feature/x")
    refspec = "+refs/heads/main:refs/remotes/origin/main refs/changes/01/1/2"
    honour = "cloneOption(honorRefspec: true)"
    done = run(one(_checkout(repository, repository.id("feature/x"), refspec, honour), "sh 'cat VERSION'"))
    assert said(done) == ["2"]


def test_a_tag_that_moved_moves_here_too(run: Runs, repository: GitRepo) -> None:
    run(one(_checkout(repository, "main")))
    repository.git("tag", "--force", "v1", "main")
    assert said(run(one(_checkout(repository, "refs/tags/v1"), "sh 'cat VERSION'"))) == ["3"]


def test_a_first_checkout_begins_with_an_empty_folder(run: Runs, repository: GitRepo) -> None:
    done = run(one("sh 'touch before'", _checkout(repository, "main"), "sh 'ls'"))
    assert said(done) == ["VERSION"]


def test_cleaning_removes_all_but_nested_repositories(run: Runs, repository: GitRepo) -> None:
    dirty = "sh 'echo x > VERSION; touch new ignored; git init -q nested; touch nested/file'"
    show = "sh 'cat VERSION; ls'"
    clean = _checkout(repository, "main", "", "cleanBeforeCheckout()")
    assert said(run(one(_checkout(repository, "main"), dirty, clean, show))) == ["3", "VERSION", "nested"]
    deep = "cleanBeforeCheckout(deleteUntrackedNestedRepositories: true)"
    assert said(run(one(_checkout(repository, "main", "", deep), show))) == ["3", "VERSION"]


def test_without_cleaning_new_files_stay(run: Runs, repository: GitRepo) -> None:
    again = _checkout(repository, "main")
    done = run(one(again, "sh 'echo x > VERSION; touch new'", again, "sh 'cat VERSION; ls'"))
    assert said(done) == ["3", "VERSION", "new"]


@pytest.mark.parametrize("branch", ["nosuch", "refs/heads/nosuch", "0" * 40, "refs/tags/nosuch"])
def test_an_unknown_revision_is_a_failure(run: Runs, repository: GitRepo, branch: str) -> None:
    done = run(one(_checkout(repository, branch)))
    assert done.result == "FAILURE"
    assert f"[runner] failed: no revision {branch}" in done.console


def test_a_refspec_or_repository_that_is_not_there_is_a_failure(run: Runs, repository: GitRepo, tmp_path: Path) -> None:
    assert run(one(_checkout(repository, "main", "refs/heads/nosuch"))).result == "FAILURE"
    assert run(one(_checkout(GitRepo(tmp_path / "nosuch"), "main"))).result == "FAILURE"


@pytest.mark.parametrize(
    "branch", ["--upload-pack=touch pwned", "--help", "$(touch pwned)", "; touch pwned", "-f", "main..", "@{u}"]
)
def test_a_hostile_name_of_a_branch_is_never_more_than_a_name(
    run: Runs, repository: GitRepo, tmp_path: Path, branch: str
) -> None:
    checkout = "checkout(scmGit(branches: [[name: params.B]], userRemoteConfigs: [[url: params.U]], extensions: []))"
    done = run(one(checkout), parameters={"B": branch, "U": str(repository.path)})
    assert done.result == "FAILURE"
    assert [path.name for path in (tmp_path / "workspace/job").iterdir()] == [".git"]


def test_a_word_of_a_refspec_can_be_an_option_to_git_as_with_the_git_plugin(
    run: Runs, repository: GitRepo, tmp_path: Path
) -> None:
    refspec = "+refs/heads/main:refs/remotes/origin/main --upload-pack=touch${IFS}pwned;git-upload-pack"
    run(one(_checkout(repository, "main", refspec)))
    assert (tmp_path / "workspace/job/pwned").exists()


def test_extensions_are_known_by_class_too_and_others_are_refused(run: Runs, repository: GitRepo) -> None:
    clean = _checkout(repository, "main", "", "[$class: 'CleanBeforeCheckout']")
    assert said(run(one(_checkout(repository, "main"), "sh 'touch new'", clean, "sh 'ls'"))) == ["VERSION"]
    assert run(one(_checkout(repository, "main", "", "[$class: 'LocalBranch']"))).result == "FAILURE"


def test_the_git_step_checks_out_a_branch(run: Runs, repository: GitRepo) -> None:
    assert said(run(one(f"git(url: '{repository.path}', branch: 'feature/x')", "sh 'cat VERSION'"))) == ["2"]
    assert run(one(f"git('{repository.path}')")).result == "FAILURE"


def test_a_checkout_needs_the_credentials_that_it_names(run: Runs, repository: GitRepo) -> None:
    source = one(f"git(url: '{repository.path}', branch: 'main', credentialsId: 'login')")
    assert run(source).result == "FAILURE"
    assert run(source, credentials={"login": {"username": "robot", "password": "secret"}}).result == "SUCCESS"
