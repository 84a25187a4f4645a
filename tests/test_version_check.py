"""`jjbgen version check`: every rule for a change, with what it says and the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.git_repo import Files, GitRepo
from tests.helpers import COMPONENT, SETTINGS, Outcome, config_repo, run

pytestmark = pytest.mark.usefixtures("plain_git")

FETCH = "run it again with --fetch, or clone with the whole history"
SHA = "sha256:" + "0123456789abcdef" * 4


def check(repo: GitRepo, *words: str) -> Outcome:
    return run(repo.path, "version", "check", *words)


def refusals(repo: GitRepo, *words: str) -> list[str]:
    """What a refused check says, without the count at the end."""
    outcome = check(repo, *words)
    *lines, count = outcome.err.splitlines()
    assert (outcome.code, outcome.out) == (1, "")
    assert count == f"{len(lines)} problem{'s' if len(lines) > 1 else ''}"
    return lines


def passes(repo: GitRepo, *words: str) -> str:
    """The version that passes."""
    outcome = check(repo, *words)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.endswith(" (VERSION): no problems\n")
    return outcome.out.partition(" ")[0]


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return GitRepo.init(tmp_path / "repo")


def topic(repo: GitRepo, *, on: str, change: Files | None = None, target: str | None = None) -> None:
    """A change on top of the version `on` (with its tag when it is a release); `main` may have moved to `target`."""
    first = repo.commit({"VERSION": f"{on}\n"})
    if "-" not in on:
        repo.tag(on)
    if target:
        repo.commit({"VERSION": f"{target}\n"})
    repo.branch("topic", first)
    repo.commit({"topic.txt": "x"} if change is None else change)


WRONG = {
    "": "is empty; write a version like 0.1.0-dev",
    "\n": "is empty; write a version like 0.1.0-dev",
    "1.2\n": "has two numbers instead of three; write 1.2.0",
    "1.2.3.4\n": "has more than three numbers; write MAJOR.MINOR.PATCH, like 1.2.3",
    "01.2.3\n": "has a number with a leading zero; write 1 for it",
    "v1.2.3\n": "begins with a 'v'; write 1.2.3; a git tag gets its prefix by itself",
    "1.2.3\r\n": "has the line ends of Windows (CR LF); save it with LF",
    "1.2.3 \n": "has blanks around the version; remove them",
    "1.2.3\n1.2.4\n": "has more than one line; a version is one line",
    "1.2.3\n\n": "has more than one line; remove the empty lines at the end",
    "\n1.2.3\n": "begins with an empty line; write the version into the first line",
    "1.2.3+4\n": "has build metadata ('+'); write 1.2.3; an image tag cannot hold a '+'",
    "1.2.x\n": "'1.2.x' is not a version; write MAJOR.MINOR.PATCH, like 1.2.3 or 1.2.3-dev",
    "\x1b[31m1\n": "'\\x1b[31m1' is not a version; write MAJOR.MINOR.PATCH, like 1.2.3 or 1.2.3-dev",
}


@pytest.mark.parametrize("text", WRONG, ids=map(repr, WRONG))
def test_what_is_not_semver_is_refused_with_the_way_out(repo: GitRepo, text: str) -> None:
    topic(repo, on="1.0.0-dev", change={"VERSION": text})
    assert refusals(repo, "--base=main") == [f"VERSION:1:1: version: {WRONG[text]}"]


@pytest.mark.parametrize(
    ("base", "version"),
    [
        ("1.0.0-dev", "1.0.0-dev"),
        ("1.0.0-dev", "1.0.0"),
        ("1.0.0-dev", "1.1.0"),
        ("1.0.0-dev", "1.0.0-rc.1"),
        ("1.0.0", "1.0.1-dev"),
        ("1.0.0", "1.0.1"),
        ("1.9.0", "1.10.0"),
        ("1.0.0", "3.7.5"),
    ],
)
def test_a_version_that_stays_in_development_or_goes_up_passes(repo: GitRepo, base: str, version: str) -> None:
    topic(repo, on=base, change={"VERSION": f"{version}\n", "work.txt": "x"})
    assert passes(repo, "--base=main") == version


@pytest.mark.parametrize(
    ("base", "version", "like"),
    [
        ("1.1.0", "1.0.9", "1.1.1"),
        ("1.1.0", "1.1.0-dev", "1.1.1-dev"),
        ("1.10.0-dev", "1.9.0", "1.10.0"),
        ("1.0.0-dev", "1.0.0-alpha", "1.0.1-dev"),
    ],
)
def test_a_version_below_that_of_the_branch_is_refused(repo: GitRepo, base: str, version: str, like: str) -> None:
    topic(repo, on=base, change={"VERSION": f"{version}\n"})
    told = f"{version} is lower than {base}, the version of the branch; versions only go up; choose one like {like}"
    assert refusals(repo, "--base=main") == [f"VERSION:1:1: version: {told}"]


def test_a_version_below_a_release_of_the_branch_is_refused(repo: GitRepo) -> None:
    repo.versions("2.0.0")
    repo.tag("v2.0.0")
    topic(repo, on="1.5.0-dev", change={"VERSION": "1.5.0\n"})
    told = "1.5.0 is lower than 2.0.0, the highest release of the branch; versions only go up; choose one like 2.0.1"
    assert refusals(repo, "--base=main") == [f"VERSION:1:1: version: {told}"]


def test_releases_of_another_branch_are_no_bound_for_a_maintenance_branch(repo: GitRepo) -> None:
    topic(repo, on="1.0.0", change={"VERSION": "1.0.1-dev\n"}, target="2.0.0")
    repo.tag("2.0.0", "main")
    repo.branch("fix")
    repo.versions("1.0.1")
    assert passes(repo, "--base=topic") == "1.0.1"


@pytest.mark.parametrize("tag", ["1.1.0", "v1.1.0"])
def test_a_release_whose_tag_is_on_another_branch_is_taken(repo: GitRepo, tag: str) -> None:
    topic(repo, on="1.0.0", change={"VERSION": "1.1.0\n"})
    repo.branch("elsewhere", "main")
    other = repo.commit({"VERSION": "1.1.0\n"})
    repo.tag(tag)
    repo.checkout("topic")
    told = f"1.1.0 is released already, by the tag {tag} on commit {other[:12]}; choose a higher one, like 1.1.1"
    assert refusals(repo, "--base=main") == [f"VERSION:1:1: version: {told}"]
    repo.versions("1.1.0-dev")
    assert passes(repo, "--base=main") == "1.1.0-dev"


def test_a_release_whose_tag_is_on_the_change_itself_passes(repo: GitRepo) -> None:
    topic(repo, on="1.0.0", change={"VERSION": "1.1.0\n"})
    repo.tag("1.1.0")
    assert passes(repo, "--base=main") == "1.1.0"


def test_a_prefix_of_the_project_decides_which_tags_count(repo: GitRepo) -> None:
    topic(repo, on="1.0.0", change={"VERSION": "1.1.0\n"})
    repo.tag("1.1.0", "main")
    assert passes(repo, "--base=main", "--tag-prefix=widget/v") == "1.1.0"
    repo.tag("widget/v1.1.0", "main")
    told = f"1.1.0 is released already, by the tag widget/v1.1.0 on commit {repo.id('main')[:12]}"
    assert refusals(repo, "--base=main", "--tag-prefix=widget/v") == [
        f"VERSION:1:1: version: {told}; choose a higher one, like 1.1.1"
    ]


@pytest.mark.parametrize(
    "change", [{"work.txt": "x"}, {"VERSION": None, "package.json": '{"version": "1.0.0"}\n'}], ids=["work", "moved"]
)
def test_a_change_on_top_of_a_release_has_to_move_on(repo: GitRepo, change: Files) -> None:
    topic(repo, on="1.0.0", change=change)
    place = "VERSION:1:1" if "work.txt" in change else "package.json"
    hint = "begin the next one with this change: `jjbgen version next --dev --write` makes it 1.0.1-dev"
    assert refusals(repo, "--base=main") == [f"{place}: version: 1.0.0 is released by an earlier commit; {hint}"]
    assert check(repo, "--base=main", "--release-to-release").code == 0


def test_two_changes_to_the_same_release_collide(repo: GitRepo) -> None:
    topic(repo, on="1.0.0-dev", change={"VERSION": "1.0.0\n", "work.txt": "x"}, target="1.0.0")
    hint = "begin the next one with this change: `jjbgen version next --dev --write` makes it 1.0.1-dev"
    assert refusals(repo, "--base=main") == [f"VERSION:1:1: version: 1.0.0 is released by an earlier commit; {hint}"]


def test_a_patch_that_leaves_version_alone_gets_that_of_the_branch(repo: GitRepo) -> None:
    topic(repo, on="1.0.0", target="1.0.1-dev")
    assert passes(repo, "--base=main") == "1.0.1-dev"
    repo.checkout("main")
    repo.versions("1.0.1")
    repo.checkout("topic")
    hint = "begin the next one with this change: `jjbgen version next --dev --write` makes it 1.0.2-dev"
    assert refusals(repo, "--base=main") == [f"VERSION:1:1: version: 1.0.1 is released by an earlier commit; {hint}"]


def test_rules_for_releases_do_not_hold_for_a_patch_that_will_be_in_development(repo: GitRepo) -> None:
    topic(repo, on="1.0.0", change={"Dockerfile": "FROM alpine:edge\n"}, target="1.0.1-dev")
    assert passes(repo, "--base=main") == "1.0.1-dev"


def test_a_branch_that_is_merged_already_passes(repo: GitRepo) -> None:
    repo.versions("1.0.0-dev", "1.0.0")
    repo.tag("1.0.0")
    assert passes(repo, "--base=main") == "1.0.0"
    repo.write({"untracked.log": "x"})
    assert passes(repo, "--base=main") == "1.0.0"
    repo.write({"work.txt": "x", "VERSION": "1.0.0\n"})
    repo.git("add", "work.txt")
    assert len(refusals(repo, "--base=main")) == 1


def test_the_files_on_disk_are_judged_also_before_they_are_committed(repo: GitRepo) -> None:
    topic(repo, on="1.0.0")
    repo.write({"VERSION": "1.0.1-dev\n"})
    assert passes(repo, "--base=main") == "1.0.1-dev"


@pytest.mark.parametrize(
    ("tags", "version", "missing"),
    [
        (["1.0.0"], "1.0.1", None),
        (["1.0.0"], "1.0.2", "1.0.1"),
        (["1.0.0"], "1.1.0", None),
        (["1.0.0"], "1.2.0", "1.1.*"),
        (["1.0.0"], "2.0.0", None),
        (["1.0.0"], "3.0.0", "2.*"),
        (["1.0.0", "7.2.9"], "1.3.0", "1.2.*"),
        (["v1.0.0", "v1.0.1"], "1.0.2", None),
        (["1.0.0"], "1.0.2-dev", "1.0.1"),
    ],
)
def test_a_predecessor_is_demanded_where_the_project_says_so(
    repo: GitRepo, tags: list[str], version: str, missing: str | None
) -> None:
    (first,) = repo.versions("1.0.0")
    repo.git("checkout", "--quiet", "--orphan", "others")
    for tag in tags:
        repo.tag(tag, first if tag.endswith("1.0.0") else repo.commit({"VERSION": tag.removeprefix("v") + "\n"}))
    repo.branch("topic", first)
    repo.versions(version)
    assert passes(repo, "--base=main") == version
    if missing is None:
        assert passes(repo, "--base=main", "--predecessor") == version
    else:
        told = f"{version} skips a step: there is no release {missing}; release that first, or take the next number"
        assert refusals(repo, "--base=main", "--predecessor") == [f"VERSION:1:1: version: {told}"]


@pytest.mark.parametrize("version", ["0.1.0", "1.0.0", "4.5.6", "1.0.0-dev"])
def test_the_first_version_needs_no_predecessor(repo: GitRepo, version: str) -> None:
    repo.commit({"work.txt": "x"})
    repo.branch("topic")
    repo.versions(version)
    assert passes(repo, "--base=main", "--predecessor") == version


def test_umbrella_tags_that_differ_from_version_do_not_count(repo: GitRepo) -> None:
    repo.versions("0.0.1-dev")
    repo.tag("v1.0.0")
    topic(repo, on="0.1.0-dev", change={"VERSION": "0.1.0\n"})
    assert passes(repo, "--base=main") == "0.1.0"
    assert passes(repo, "--base=main", "--predecessor") == "0.1.0"


LINKED = {
    "package.json": ('{\n  "version": "1.0.0"\n}\n', "2:15", "version", "1.1.0-dev"),
    "pom.xml": ("<project>\n<version>1.0.0</version></project>\n", "2:10", "<version>", "1.1.0-SNAPSHOT"),
    "deploy/Chart.yaml": ("name: x\nversion: 0.1.0\nappVersion: 1.0.0\n", "3:13", "appVersion", "1.1.0-dev"),
    "pyproject.toml": ('[project]\nversion = "1.0.0"\n', "2:12", "project.version", "1.1.0.dev0"),
    "setup.cfg": ("[metadata]\nversion = 1.0.0\n", "2:11", "metadata.version", "1.1.0.dev0"),
    "src/about.py": ('__version__ = "1.0.0"\n', "1:16", "__version__", "1.1.0.dev0"),
    "image/VERSION": ("1.0.0\n", "1:1", "version", "1.1.0-dev"),
}


@pytest.mark.parametrize("path", LINKED)
def test_a_linked_file_has_to_say_the_same(repo: GitRepo, path: str) -> None:
    text, place, field, wanted = LINKED[path]
    topic(repo, on="1.0.0", change={"VERSION": "1.1.0-dev\n", path: text})
    told = f"{path}:{place}: {field}: '1.0.0' is not the version 1.1.0-dev; write {wanted}"
    assert refusals(repo, "--base=main", f"--linked={path}") == [told]
    repo.commit({path: text.replace("1.0.0", wanted)})
    assert passes(repo, "--base=main", f"--linked={path}") == "1.1.0-dev"


def test_linked_files_that_are_missing_broken_or_without_a_version_are_told_together(repo: GitRepo) -> None:
    topic(repo, on="1.0.0", change={"VERSION": "1.0.1\n", "package.json": "{}", "pom.xml": "<project>"})
    (repo.path / "setup.cfg").symlink_to("VERSION")
    words = [f"--linked={path}" for path in ("package.json", "pom.xml", "setup.cfg", "a/VERSION", "../out/VERSION")]
    assert refusals(repo, "--base=main", *words) == [
        "../out/VERSION: is outside of the checkout",
        "a/VERSION: no such file; the version rules name it",
        "package.json: version: there is no version; write 1.0.1",
        "pom.xml: is not XML: no element found: line 1, column 9",
        "setup.cfg: is not an INI file: File contains no section headers.",
    ]
    outcome = check(repo, "--linked=README.md")
    known = "known: VERSION, package.json, pom.xml, Chart.yaml, pyproject.toml, setup.cfg, *.py"
    assert outcome.code == 2
    assert f"'README.md' is no file that jjbgen reads versions from; {known}" in outcome.err


DOCKERFILE = """\
# syntax=docker/dockerfile:1
ARG BASE=alpine:3.19
ARG NOTHING
FROM golang:1.22 AS build
FROM ${BASE}
from registry:5000/a/b:1.2.3
FROM --platform=$BUILDPLATFORM ubuntu
FROM alpine:3
FROM localhost:5000/x
FROM Build
FROM scratch
"""


def test_a_release_has_pinned_parents(repo: GitRepo) -> None:
    text = f"{DOCKERFILE}FROM alpine:edge@{SHA}\nFROM $NOTHING\nFROM gcr.io/distroless/static:nonroot\n"
    files = {"VERSION": "1.0.0\n", "Dockerfile": text, "vendor/Dockerfile": "FROM x\n"}
    topic(repo, on="1.0.0-dev", change=files)
    pin = "name it by a version, like alpine:3.19, or a digest"
    untagged = "of the release 1.0.0 has no tag, so it means latest"
    assert refusals(repo, "--base=main", "--allowed-parent=gcr.io/distroless/static:nonroot") == [
        f"Dockerfile:7:1: the parent image 'ubuntu' {untagged}; {pin}",
        f"Dockerfile:8:1: the parent image 'alpine:3' of the release 1.0.0 has the tag '3', which moves; {pin}",
        f"Dockerfile:9:1: the parent image 'localhost:5000/x' {untagged}; {pin}",
        "Dockerfile:13:1: the parent image '$NOTHING' has a variable without a default; "
        "give its ARG one before the first FROM",
    ]
    assert passes(repo, "--base=main", "--parents=any") == "1.0.0"
    repo.versions("1.0.0-rc.1")
    assert passes(repo, "--base=main") == "1.0.0-rc.1"


def test_named_dockerfiles_are_looked_at_and_no_others(repo: GitRepo) -> None:
    files = {"VERSION": "1.0.0\n", "test/Dockerfile": "FROM x\n", "image/build": "FROM alpine:3.19\n"}
    topic(repo, on="1.0.0-dev", change=files)
    assert passes(repo, "--base=main", "--dockerfile=image/build") == "1.0.0"
    assert refusals(repo, "--base=main", "--dockerfile=image/build", "--parents=digest") == [
        "image/build:1:1: the parent image 'alpine:3.19' of the release 1.0.0 has no digest; "
        "name it by a digest (image@sha256:…)"
    ]
    assert refusals(repo, "--base=main", "--dockerfile=gone") == ["gone: no such file; the version rules name it"]


def test_a_release_depends_on_nothing_unfinished(repo: GitRepo) -> None:
    go_mod = "module x\nrequire (\n\ta.org/b v1.2.3\n\ta.org/c v0.3.0-dev // python3.11-dev\n)\n"
    pom = "<project><parent><version>7-SNAPSHOT</version></parent></project>\n"
    topic(repo, on="1.0.0-dev", change={"VERSION": "1.0.0\n", "go.mod": go_mod, "pom.xml": pom})
    words = ("--base=main", "--no-snapshots=go.mod", "--no-snapshots=pom.xml", "--no-snapshots=gone")
    told = "which is not finished; depend on a release"
    assert refusals(repo, *words) == [
        f"go.mod:4:10: the release 1.0.0 depends on v0.3.0-dev, {told}",
        "gone: no such file; the version rules name it",
        f"pom.xml:1:27: the release 1.0.0 depends on 7-SNAPSHOT, {told}",
    ]
    repo.versions("1.0.0-rc.1")
    assert passes(repo, *words) == "1.0.0-rc.1"


def test_all_problems_are_told_at_once(repo: GitRepo) -> None:
    files = {
        "VERSION": "0.9.0\n",
        "package.json": '{"version": "1.0.0"}',
        "Dockerfile": "FROM x\n",
        "a.txt": "1-SNAPSHOT",
    }
    topic(repo, on="1.0.0", change=files)
    places = [
        line.partition(": ")[0]
        for line in refusals(repo, "--base=main", "--linked=package.json", "--no-snapshots=a.txt")
    ]
    assert places == ["Dockerfile:1:1", "VERSION:1:1", "a.txt:1:1", "package.json:1:14"]


def test_a_merge_commit_is_judged_by_what_it_merges_into(repo: GitRepo) -> None:
    topic(repo, on="1.0.0", change={"VERSION": "1.1.0-dev\n"}, target="1.0.1-dev")
    repo.git("checkout", "--quiet", "--detach", "main")
    repo.merge("topic")
    assert passes(repo, "--base=main") == "1.1.0-dev"
    assert passes(repo) == "1.1.0-dev"
    repo.commit({"VERSION": "1.0.0-dev\n"})
    told = "1.0.0-dev is lower than 1.0.1-dev, the version of the branch; versions only go up"
    assert refusals(repo, "--base=main") == [f"VERSION:1:1: version: {told}; choose one like 1.0.2-dev"]


def test_a_detached_head_is_compared_with_the_commit_before(repo: GitRepo) -> None:
    _, second = repo.versions("1.0.0-dev", "0.9.0-dev")
    repo.checkout(second)
    told = "0.9.0-dev is lower than 1.0.0-dev, the version of the branch; versions only go up"
    assert refusals(repo) == [f"VERSION:1:1: version: {told}; choose one like 1.0.1-dev"]


def test_the_first_commit_passes_with_a_version_and_not_without(repo: GitRepo) -> None:
    repo.write({"VERSION": "0.1.0-dev\n"})
    assert passes(repo) == "0.1.0-dev"
    repo.commit()
    assert passes(repo) == "0.1.0-dev"
    repo.commit({"VERSION": None})
    told = "VERSION: version: there is no version; write one like 0.1.0-dev into VERSION"
    assert refusals(repo) == [told]


def test_unrelated_histories_are_compared_by_their_versions(repo: GitRepo) -> None:
    repo.versions("1.0.0-dev")
    repo.git("checkout", "--quiet", "--orphan", "alone")
    repo.versions("0.9.0-dev")
    told = "0.9.0-dev is lower than 1.0.0-dev, the version of the branch; versions only go up"
    assert refusals(repo, "--base=main") == [f"VERSION:1:1: version: {told}; choose one like 1.0.1-dev"]


def test_a_base_that_does_not_exist_is_told(repo: GitRepo) -> None:
    repo.versions("1.0.0-dev")
    outcome = check(repo, "--base=origin/main")
    assert (outcome.code, outcome.out, outcome.err) == (2, "", "there is no commit 'origin/main' here\n")


def test_without_a_base_the_branch_it_tracks_is_the_target(repo: GitRepo, tmp_path: Path) -> None:
    repo.versions("1.0.0-dev")
    repo.remote(tmp_path / "bare")
    clone = repo.clone(tmp_path / "clone")
    clone.git("checkout", "--quiet", "-b", "topic", "--track", "origin/main")
    clone.versions("1.1.0-dev", "1.0.5-dev")
    assert passes(clone) == "1.0.5-dev"
    assert len(refusals(clone, "--base=HEAD^1")) == 1


def test_without_a_remote_nothing_can_be_fetched(repo: GitRepo) -> None:
    repo.versions("1.0.0-dev", "1.0.1-dev")
    assert passes(repo) == "1.0.1-dev"
    outcome = check(repo, "--fetch")
    assert (outcome.code, outcome.out, outcome.err) == (1, "", "this checkout has no remote\n")


def test_a_shallow_clone_says_what_it_lacks_and_gets_it(repo: GitRepo, tmp_path: Path) -> None:
    topic(repo, on="1.0.0-dev", change={"VERSION": "1.0.0\n"}, target="1.0.1-dev")
    clone = repo.clone(tmp_path / "clone", "--no-single-branch", depth=1)
    assert clone.id("origin/main") == repo.id("main")
    outcome = check(clone, "--base=origin/main")
    told = f"this shallow clone does not show where the change left origin/main; {FETCH}\n"
    assert (outcome.code, outcome.out, outcome.err) == (1, "", told)
    told = "1.0.0 is lower than 1.0.1-dev, the version of the branch; versions only go up; choose one like 1.0.1"
    assert refusals(clone, "--base=origin/main", "--fetch") == [f"VERSION:1:1: version: {told}"]


def test_a_shallow_clone_of_one_branch_fetches_the_base_too(repo: GitRepo, tmp_path: Path) -> None:
    topic(repo, on="1.0.0-dev", change={"VERSION": "1.0.0\n"})
    clone = repo.clone(tmp_path / "clone", depth=1)
    assert check(clone, "--base=origin/main").code == 2
    assert passes(clone, "--base=origin/main", "--fetch") == "1.0.0"


def test_a_shallow_clone_that_ends_with_head_lacks_the_commit_before(repo: GitRepo, tmp_path: Path) -> None:
    repo.versions("1.0.0-dev", "1.0.0")
    clone = repo.clone(tmp_path / "clone", depth=1)
    clone.git("remote", "set-head", "origin", "--delete")
    clone.git("checkout", "--quiet", "--detach")
    outcome = check(clone)
    told = f"this shallow clone ends with HEAD, and the commit before is needed; {FETCH}\n"
    assert (outcome.code, outcome.out, outcome.err) == (1, "", told)
    assert check(clone, "--fetch").code == 0


def test_fetch_brings_the_tags_of_releases(repo: GitRepo, tmp_path: Path) -> None:
    topic(repo, on="1.0.0", change={"VERSION": "1.1.0\n"})
    clone = repo.clone(tmp_path / "clone", "--no-tags")
    repo.tag("1.1.0", "main")
    assert passes(clone, "--base=origin/main") == "1.1.0"
    assert len(refusals(clone, "--base=origin/main", "--fetch")) == 1


def test_json_has_the_version_its_source_and_the_base(repo: GitRepo) -> None:
    topic(repo, on="1.0.0", change={"VERSION": "1.0.1-dev\n"})
    assert check(repo, "--base=main", "--format=json").json() == {
        "problems": [],
        "version": "1.0.1-dev",
        "source": "VERSION",
        "base": "1.0.0",
    }
    repo.versions("0.9.0")
    outcome = check(repo, "--base=main", "--format=json")
    problem = {"file": "VERSION", "line": 1, "column": 1, "field": "version"}
    what = "0.9.0 is lower than 1.0.0, the version of the branch"
    hint = "versions only go up; choose one like 1.0.1"
    assert (outcome.code, outcome.err) == (1, "")
    assert outcome.json() == {"problems": [{**problem, "what": what, "hint": hint}]}


def test_quiet_prints_nothing_when_all_is_well(repo: GitRepo) -> None:
    repo.versions("1.0.0-dev")
    outcome = check(repo, "-q")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")


@pytest.fixture
def descriptor(tmp_path: Path) -> str:
    """A descriptor whose rules differ on the branch `stable`."""
    branches = "    main:\n    stable: {overrides: {version: {release-to-release: true, linked: [package.json]}}}\n"
    text = COMPONENT.replace("    main:\n", branches) + "version: {tag-prefix: widget/v}\n"
    root = config_repo(tmp_path / "config", {"components/widget.yaml": text})
    return f"--rules={root / 'components/widget.yaml'}"


def test_rules_come_from_a_descriptor(repo: GitRepo, descriptor: str) -> None:
    topic(repo, on="1.0.0", change={"VERSION": "1.1.0\n", "Dockerfile": "FROM x\n"})
    repo.tag("1.1.0", "main")
    assert passes(repo, "--base=main", descriptor) == "1.1.0"
    repo.tag("widget/v1.1.0", "main")
    assert "by the tag widget/v1.1.0 on" in refusals(repo, "--base=main", descriptor)[0]


@pytest.mark.parametrize("base", ["stable", "origin/stable", None])
def test_rules_of_a_descriptor_are_those_of_the_branch_it_goes_to(
    repo: GitRepo, tmp_path: Path, descriptor: str, base: str | None
) -> None:
    repo.versions("1.0.0")
    repo.git("branch", "stable")
    repo.remote(tmp_path / "bare")
    repo.git("checkout", "--quiet", "-b", "topic", "--track", "origin/stable")
    repo.commit({"package.json": '{"version": "1.0.1"}'})
    told = "package.json:1:14: version: '1.0.1' is not the version 1.0.0; write 1.0.0"
    assert refusals(repo, *([f"--base={base}"] if base else []), descriptor) == [told]


def test_rules_of_the_checked_out_branch_hold_without_a_base(repo: GitRepo, descriptor: str) -> None:
    repo.versions("1.0.0", None)
    told = "1.0.0 is released by an earlier commit"
    assert told in refusals(repo, descriptor)[0]
    repo.branch("stable")
    repo.commit({"package.json": '{"version": "1.0.0"}'})
    assert passes(repo, descriptor) == "1.0.0"


@pytest.mark.parametrize("words", [("--tag-prefix=v",), ("--predecessor",), ("--linked=pom.xml",), ("--parents=any",)])
def test_rules_from_two_places_are_refused(repo: GitRepo, descriptor: str, words: tuple[str, ...]) -> None:
    repo.versions("1.0.0-dev")
    outcome = check(repo, descriptor, *words)
    assert outcome.code == 2
    assert "--rules takes all rules from the descriptor; leave out the others" in outcome.err


def test_a_file_that_is_no_descriptor_is_told(repo: GitRepo, tmp_path: Path) -> None:
    repo.versions("1.0.0-dev")
    hint = "name a file of a config repo, like ../ci/components/amf.yaml"
    for path in (repo.path / "VERSION", tmp_path / "components/gone.yaml"):
        outcome = check(repo, f"--rules={path}")
        assert (outcome.code, outcome.err) == (2, f"{path}: is not a descriptor; {hint}\n1 problem\n")


def test_a_broken_config_repo_is_told_as_one(repo: GitRepo, tmp_path: Path) -> None:
    repo.versions("1.0.0-dev")
    text = f"{SETTINGS}  version: {{parents: maybe}}\n"
    root = config_repo(tmp_path / "config", {"jjbgen.yaml": text})
    outcome = check(repo, f"--rules={root / 'components/widget.yaml'}")
    assert outcome.code == 2
    assert outcome.err.startswith("jjbgen.yaml:")
    assert "defaults.version.parents: " in outcome.err


def test_a_linked_dockerfile_is_followed_inside_of_the_checkout_only(repo: GitRepo, tmp_path: Path) -> None:
    repo.versions("1.0.0-dev")
    repo.branch("topic")
    repo.commit({"VERSION": "1.0.0\n", "docker/Dockerfile": "FROM alpine\n"})
    (repo.path / "Dockerfile").symlink_to("docker/Dockerfile")
    assert [line.partition(": ")[0] for line in refusals(repo, "--base=main")] == ["docker/Dockerfile:1:1"]
    assert [line.partition(": ")[0] for line in refusals(repo, "--base=main", "--dockerfile=Dockerfile")] == [
        "Dockerfile:1:1"
    ]
    (repo.path / "Dockerfile").unlink()
    (repo.path / "Dockerfile").symlink_to(".git/config")
    assert refusals(repo, "--base=main", "--dockerfile=Dockerfile") == [
        "Dockerfile: is a link out of the checkout; put the file itself here"
    ]


def test_line_ends_that_git_itself_writes_into_a_checkout_are_fine(repo: GitRepo) -> None:
    repo.versions("1.0.0-dev")
    repo.git("config", "core.autocrlf", "true")
    (repo.path / "VERSION").unlink()
    repo.git("checkout", "--", "VERSION")
    assert (repo.path / "VERSION").read_bytes() == b"1.0.0-dev\r\n"
    assert passes(repo) == "1.0.0-dev"


def test_line_ends_that_would_be_committed_are_not(repo: GitRepo) -> None:
    repo.versions("1.0.0-dev")
    repo.write({"VERSION": b"1.0.1-dev\r\n"})
    repo.git("add", "VERSION")
    assert refusals(repo) == ["VERSION:1:1: version: has the line ends of Windows (CR LF); save it with LF"]


def test_the_released_version_of_a_shallow_clone_is_not_taken_on_trust(repo: GitRepo, tmp_path: Path) -> None:
    repo.versions("1.0.0-dev", "1.0.0-dev", "1.0.0-dev")
    clone = repo.clone(tmp_path / "clone", "--depth=2", "--no-tags")
    clone.commit({"VERSION": "1.0.0\n"})
    outcome = run(clone.path, "version", "check", "--base=origin/main")
    assert (outcome.code, outcome.err) == (1, f"this shallow clone does not show whether 1.0.0 is released; {FETCH}\n")
    assert passes(clone, "--base=origin/main", "--fetch") == "1.0.0"


def test_rules_come_from_descriptors_only(repo: GitRepo, tmp_path: Path) -> None:
    repo.versions("1.0.0-dev")
    config_repo(tmp_path / "ci", {"components/notes.txt": "x"})
    outcome = run(repo.path, "version", "check", "--rules", str(tmp_path / "ci/components/notes.txt"))
    assert outcome.code == 2
    assert "is not a descriptor" in outcome.err


def test_a_file_name_that_looks_like_lines_is_told_in_one(repo: GitRepo) -> None:
    repo.versions("1.0.0-dev", "1.0.0")
    repo.write({"a\njjbgen: fine/Dockerfile": "FROM alpine\n"})
    (told,) = refusals(repo, "--base=HEAD^1")
    assert told.startswith("a\\njjbgen: fine/Dockerfile:1:1: ")
