"""What a change of a config repo does to the jobs: told exactly, with reasons, and shown to reviewers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from jjbgen import generate
from jjbgen.errors import ExitCode
from tests.git_repo import GitRepo
from tests.helpers import COMPONENT, PLUGINS, SETTINGS, Outcome, run

UPSTREAM = "upstream: [{component: widget, pipeline: post-merge}]"
GADGET = (
    COMPONENT.replace("widget", "gadget")
    .replace("  publish:\n", f"  nightly:\n  chained: {{kind: nightly, {UPSTREAM}}}\n")
    .replace("  unit: {targets: [test]}", "  unit: {targets: [test]}\n  integration: {commands: [./run]}")
)
TRUNK = GADGET.replace("    main:", "    trunk:").replace("post-merge}", "post-merge, branch: main}")
BASE = {
    "jjbgen.yaml": SETTINGS,
    "plugins.yaml": PLUGINS,
    "components/widget.yaml": COMPONENT,
    "components/gadget.yaml": GADGET,
    "templates/stages/test.groovy.j2": None,
}
WIDGET = {f"widget-{pipeline}-main" for pipeline in ("pre-merge", "post-merge", "publish")}
OF_GADGET = {f"gadget-{pipeline}-main" for pipeline in ("pre-merge", "post-merge", "nightly", "chained")}
BUILD = (Path(__file__).parent.parent / "templates/stages/build.groovy.j2").read_text()

pytestmark = pytest.mark.usefixtures("plain_git")


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    """A config repo with two components in git, in a folder of its repository."""
    made = GitRepo.init(tmp_path / "repo")
    made.commit({f"ci/{path}": text for path, text in BASE.items() if text is not None}, "Begin")
    return made


def changed(repo: GitRepo, files: Mapping[str, str | None]) -> None:
    repo.write({f"ci/{path}": text for path, text in files.items()})


def impact(repo: GitRepo, *words: str) -> dict[str, list[str]]:
    """The reasons that `jjbgen impact` gives, by job."""
    outcome = run(repo.path / "ci", "impact", *words, "--format", "json")
    assert outcome.code == 0, outcome.err
    return {job["name"]: job["reasons"] for job in outcome.json()["jobs"]}


def xml(root: Path) -> dict[str, str]:
    """All that Jenkins would get, made anew from the files as they are."""
    assert run(root, "generate").code == 0
    return dict(generate.xml(generate.checked(root)))


CHANGES: dict[str, dict[str, str | None]] = {
    "a schedule": {"jjbgen.yaml": SETTINGS.replace("H 3", "H 5")},
    "a time limit": {"jjbgen.yaml": SETTINGS.replace("  agent: virtual", "  agent: virtual\n  timeout: 33")},
    "an agent": {"jjbgen.yaml": SETTINGS.replace("label: ubuntu,", "label: debian,")},
    "an agent of nobody": {"jjbgen.yaml": SETTINGS.replace("ubuntu && large", "debian")},
    "targets": {"components/widget.yaml": COMPONENT.replace("[test]", "[check]")},
    "a comment in a descriptor": {"components/widget.yaml": "# hello\n" + COMPONENT},
    "a title": {"components/widget.yaml": COMPONENT.replace("Widget", "Gizmo")},
    "a component more": {"components/more.yaml": COMPONENT.replace("widget", "more")},
    "a component less": {"components/gadget.yaml": None},
    "a branch renamed": {"components/gadget.yaml": TRUNK},
    "a branch more": {"components/widget.yaml": COMPONENT.replace("    main:", "    main:\n    old:")},
    "a template": {"templates/stages/build.groovy.j2": BUILD + "\n"},
    "the text of a template": {"templates/stages/build.groovy.j2": "// Ours\n" + BUILD},
    "job names": {"jjbgen.yaml": SETTINGS + "naming: {job: '{branch}-{component}-{pipeline}{axes}'}\n"},
    "a folder": {"jjbgen.yaml": SETTINGS.replace("owner: example}", "owner: example, folder: ci}")},
    "a code host": {"jjbgen.yaml": SETTINGS.replace("server: review", "server: other")},
}


@pytest.mark.parametrize("what", CHANGES)
def test_the_jobs_that_are_named_are_exactly_those_whose_xml_differs(what: str, repo: GitRepo) -> None:
    root = repo.path / "ci"
    before = xml(root)
    changed(repo, CHANGES[what])
    outcome = run(root, "impact", "--format", "json")
    assert outcome.code == 0, outcome.err
    told = {name for job in outcome.json()["jobs"] for name in (job["name"], job["former_name"]) if name}
    after = xml(root)
    # Folders and views follow from the jobs, and are no jobs.
    jobs = {name for name in {*before, *after} if "<definition" in before.get(name, after.get(name, ""))}
    assert told == {name for name in jobs if before.get(name) != after.get(name)}


def of(names: set[str], reason: str) -> dict[str, list[str]]:
    """One reason for several jobs."""
    return {name: [reason] for name in names}


@pytest.mark.parametrize(
    ("files", "reasons"),
    [
        (
            CHANGES["a schedule"],
            {"gadget-nightly-main": ["jjbgen.yaml: defaults.pipelines.nightly.schedule.cron"]},
        ),
        (CHANGES["targets"], of(WIDGET, "components/widget.yaml")),
        (CHANGES["a comment in a descriptor"], {}),
        (CHANGES["an agent of nobody"], {}),
        (CHANGES["a template"], {}),
        (CHANGES["the text of a template"], of(WIDGET | OF_GADGET, "templates/stages/build.groovy.j2")),
        (
            {"components/widget.yaml": COMPONENT.replace("  post-merge:", "  post-merge: {job-name: '{component}-x'}")},
            {
                "widget-x": ["components/widget.yaml"],
                "gadget-chained-main": ["components/widget.yaml, which it names"],
            },
        ),
        (
            {**CHANGES["a schedule"], **CHANGES["targets"]},
            {
                **of(WIDGET, "components/widget.yaml"),
                "gadget-nightly-main": ["jjbgen.yaml: defaults.pipelines.nightly.schedule.cron"],
            },
        ),
    ],
)
def test_each_job_has_its_reasons(files: dict[str, str | None], reasons: dict[str, list[str]], repo: GitRepo) -> None:
    changed(repo, files)
    assert impact(repo) == reasons


def test_a_setting_that_makes_sense_only_with_another_change_is_told_with_it(repo: GitRepo) -> None:
    settings = SETTINGS.replace("  virtual: {label: ubuntu,", "  small: {label: ubuntu,").replace(
        "agent: virtual", "agent: small"
    )
    changed(repo, {"jjbgen.yaml": settings.replace("label: ubuntu,", "label: debian,")})
    assert set(map(tuple, impact(repo).values())) == {("several changes together",)}


def test_states_are_commits_what_is_staged_and_the_files_as_they_are(repo: GitRepo) -> None:
    first = repo.id()
    repo.commit({"ci/components/widget.yaml": COMPONENT.replace("[test]", "[check]")})
    changed(repo, CHANGES["a schedule"])
    repo.git("add", "--all")
    changed(repo, {"jjbgen.yaml": SETTINGS.replace("H 3", "H 6"), "components/gadget.yaml": None})
    assert set(impact(repo, f"{first}..HEAD")) == WIDGET
    assert set(impact(repo, "--staged")) == {"gadget-nightly-main"}
    assert set(impact(repo)) == OF_GADGET
    assert set(impact(repo, first)) == OF_GADGET | WIDGET
    assert impact(repo, "HEAD..HEAD") == {}


def test_three_dots_begin_where_two_branches_parted(repo: GitRepo) -> None:
    repo.git("branch", "topic")
    repo.commit({"ci/components/gadget.yaml": GADGET.replace("[test]", "[check]")})
    repo.git("checkout", "--quiet", "topic")
    repo.commit({"ci/components/widget.yaml": COMPONENT.replace("[test]", "[check]")})
    assert set(impact(repo, "main...topic")) == WIDGET
    assert set(impact(repo, "main..topic")) == {*WIDGET, "gadget-pre-merge-main", "gadget-post-merge-main"}


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("nowhere",), ExitCode.USAGE, "there is no commit 'nowhere' here"),
        (("--upload-pack=x",), ExitCode.USAGE, "No such option"),
        (("HEAD..HEAD", "--staged"), ExitCode.USAGE, "--staged compares with what is staged"),
        (("a b",), ExitCode.USAGE, "'a b' is not a revision"),
    ],
)
def test_what_is_no_state_is_told(words: tuple[str, ...], code: ExitCode, told: str, repo: GitRepo) -> None:
    for command in ("impact", "diff"):
        outcome = run(repo.path / "ci", command, *words)
        assert outcome.code == code
        assert told in outcome.err


def test_problems_of_a_former_state_are_told_with_its_revision(repo: GitRepo) -> None:
    repo.commit({"ci/components/widget.yaml": COMPONENT.replace("tool: make", "tool: mak")})
    changed(repo, {"components/widget.yaml": COMPONENT})
    outcome = run(repo.path / "ci", "diff", "HEAD")
    assert outcome.code == ExitCode.USAGE
    assert outcome.err.startswith("HEAD:components/widget.yaml:9:9: build.tool: unknown tool 'mak'")


def test_no_repository_is_told(tmp_path: Path) -> None:
    (tmp_path / "jjbgen.yaml").write_text(SETTINGS)
    outcome = run(tmp_path, "impact")
    assert outcome.code == ExitCode.FAILED
    assert "not a git repository" in outcome.err


def test_a_link_out_of_a_former_state_is_refused_as_on_disk(repo: GitRepo) -> None:
    (repo.path / "ci/components/evil.yaml").symlink_to("/etc/passwd")
    repo.commit()
    (repo.path / "ci/components/evil.yaml").unlink()
    assert "HEAD:components/evil.yaml: is a link out of the config repo" in run(repo.path / "ci", "diff").err


def test_nothing_is_left_behind_and_nothing_is_written(repo: GitRepo) -> None:
    changed(repo, CHANGES["a schedule"])
    before = repo.git("status", "--porcelain")
    run(repo.path / "ci", "diff")
    run(repo.path / "ci", "impact", "--staged")
    assert repo.git("status", "--porcelain") == before


def diff(repo: GitRepo, *words: str) -> Outcome:
    outcome = run(repo.path / "ci", "diff", *words)
    assert (outcome.code, outcome.err) == (0, "")
    return outcome


def test_reviewers_see_what_is_different_about_each_job(repo: GitRepo) -> None:
    descriptor = (
        COMPONENT.replace("  publish:\n", "")
        .replace("[build]", "[all]")
        .replace("  pre-merge:\n", "  pre-merge: {agent: large, comments: [again], disabled: {reason: broken}}\n")
    )
    changed(repo, {"components/widget.yaml": descriptor, "components/gadget.yaml": TRUNK, **CHANGES["a schedule"]})
    lines = diff(repo).out.splitlines()
    assert lines[0] == "jobs: 1 removed, 4 renamed, 2 changed; 6 files differ"
    assert "- removed widget-publish-main" in lines
    assert "> renamed gadget-nightly-main to gadget-nightly-trunk" in lines
    at = lines.index("~ changed widget-pre-merge-main")
    assert {
        "    parameter AGENT: ubuntu -> ubuntu && large",
        "    disabled: no -> broken",
        "    pipeline: widget/widget-pre-merge.groovy",
    } <= set(lines[at : at + 8])
    assert any(line.startswith("    gerrit trigger, comment: ") and "again" in line for line in lines)
    assert "    parameter BRANCH: main -> trunk" in lines
    assert "-        sh 'make build'" in lines
    assert "+        sh 'make all'" in lines


def test_a_pipeline_that_several_jobs_share_is_shown_once(repo: GitRepo) -> None:
    two = COMPONENT.replace("    main:", "    main:\n    old:")
    repo.commit({"ci/components/widget.yaml": two})
    changed(repo, {"components/widget.yaml": two.replace("[build]", "[all]")})
    assert diff(repo).out.count("--- a/widget/widget-post-merge.groovy") == 1


def test_hand_written_jobs_are_shown_as_they_are(repo: GitRepo) -> None:
    changed(repo, {"jjb/own.yaml": "- job:\n    name: own\n    project-type: freestyle\n    disabled: false\n"})
    out = diff(repo).out
    assert "+++ b/jjb/own.yaml" in out
    assert "+    name: own" in out


def test_nothing_is_said_in_one_line(repo: GitRepo) -> None:
    assert diff(repo).out == "no job differs; no files differ\n"


def test_the_difference_as_json(repo: GitRepo) -> None:
    changed(repo, CHANGES["a schedule"])
    found = json.loads(diff(repo, "--format", "json").out)
    (job,) = found["jobs"]
    assert (job["name"], job["change"], job["component"]) == ("gadget-nightly-main", "changed", "gadget")
    zone = "America/Los_Angeles"
    assert job["aspects"] == [{"what": "schedule", "before": f"H 3 * * * {zone}", "after": f"H 5 * * * {zone}"}]
    assert found["files"] == ["gadget/jobs.yaml"]


def test_a_comment_is_cut_where_it_gets_too_long_and_says_so(repo: GitRepo) -> None:
    many = {f"components/c{n}.yaml": COMPONENT.replace("widget", f"c{n}") for n in range(40)}
    changed(repo, {**many, "components/widget.yaml": COMPONENT.replace("[build]", "[all]")})
    for longest in (600, 2000, 14_000):
        text = diff(repo, "--format", "markdown", "--longest", str(longest)).out
        assert len(text) <= longest
        assert text.startswith("**jjbgen**: jobs: 120 added, 3 changed; ")
        assert text.count("```") % 2 == 0
        assert ("more jobs" in text) == (longest < 14_000)
    assert "more differences; `jjbgen diff` shows all of them" not in diff(repo, "--format", "markdown").out


def test_no_text_of_a_descriptor_ends_a_block_of_a_comment(repo: GitRepo) -> None:
    changed(repo, {"components/widget.yaml": COMPONENT.replace("[build]", '["a```b", "````"]')})
    text = diff(repo, "--format", "markdown").out
    assert "`````diff\n" in text
