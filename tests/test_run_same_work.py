"""What is tested is what is published: pre-merge, post-merge and publish do the same work in the same surroundings.

They are run for one commit: as a proposed change, as what was merged, and as the release that it makes.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import pytest

from jjbgen.errors import ExitCode
from tests.build_tools import EXAMPLES, WORK_FILES
from tests.pipeline_runner.runner import Dry
from tests.platform import Platform, Repository

if TYPE_CHECKING:
    from tests.pipeline_runner.runner import PipelineRunner, Run

pytest_plugins = ("tests.pipeline_runner.plugin",)

WORK = ("Build", "Unit tests", "Smoke tests")
GITHUB = tuple(EXAMPLES)[::2]
"""The components on GitHub; all others are on Gerrit."""

FOR_REAL = ("command", "make", "npm")
"""Of the others the steps are compared without being done, which says the same in less time."""

# All that may differ: which build it is, which event has started it, and what the gate has said.
OF_THE_JOB = {"BUILD_TAG", "BUILD_URL", "JOB_BASE_NAME", "JOB_NAME", "JOB_URL", "WORKSPACE", "WORKSPACE_TMP"}
OF_THE_BUILD = {"BUILD_DISPLAY_NAME", "BUILD_ID", "BUILD_NUMBER"}
OF_GERRIT = {"GERRIT_EVENT_TYPE", "GERRIT_NEWREV", "GERRIT_PATCHSET_NUMBER", "GERRIT_REFSPEC"}
OF_GITHUB = {"ghprbActualCommit", "ghprbPullId", "ghprbPullTitle", "ghprbSourceBranch", "ghprbTargetBranch"}
OF_PUBLISH = {"JJBGEN_PUBLISH"}

WIDE = """\
title: Wide
owners: [wide]
repository:
  host: review
  project: wide
  branches:
    main:
    v1:
      overrides:
        environment: {LINE: one}
        build: {targets: [old], environment: {FLAGS: -O1}}
        tests: {unit: {commands: [sh work.sh unit, echo old], environment: {DEPTH: '1'}}}
environment: {LINE: main, TEXT: "it's $HOME"}
build: {tool: make, targets: [build], directory: server, environment: {FLAGS: -O2}, results: {archive: server/env.txt}}
tests:
  unit: {commands: [sh work.sh unit], environment: {DEPTH: '9'}, results: {junit: results/unit.xml}}
  smoke: {commands: [sh work.sh smoke], agent: large}
stages:
  own:
    after: build
    pipelines: [pre-merge, post-merge, publish]
    environment: {OF: own}
    commands:
      - |
        cat > lines.txt <<END
        $OF
          lines
        END
      - "echo 'two\\n   lines' >> lines.txt"
    results: {archive: lines.txt}
pipelines:
  pre-merge: {axes: {values: {flavour: [plain, sweet]}}}
  post-merge: {axes: {values: {flavour: [plain, sweet]}}}
  publish:
"""
LINES = "own\n  lines\ntwo\n   lines\n"
"""What the stage `own` writes."""

OF_WIDE = ("Build", "Own", "Unit tests", "Smoke tests")
MAKEFILE = "build old:\n\tenv > env.txt\n"


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory, pipeline_runner: PipelineRunner) -> Platform:
    components = {tool: each.descriptor("github" if tool in GITHUB else "review") for tool, each in EXAMPLES.items()}
    return Platform(tmp_path_factory.mktemp("platform"), pipeline_runner, {**components, "wide": WIDE})


@pytest.fixture(scope="module")
def wide(platform: Platform) -> Repository:
    """A component with everything that could make a difference; its branches begin at the same commit."""
    repository = platform.repository("wide", {**WORK_FILES, "server/Makefile": MAKEFILE})
    repository.clone.git("push", "--quiet", "origin", "main:v1")
    return repository


def runs_of_one_commit(
    platform: Platform, repository: Repository, jobs: Sequence[str], version: str = "1.2.3", dry: Dry | None = None
) -> list[Run]:
    """Propose a release, run pre-merge for it, merge it, and run the other jobs."""
    release = {"VERSION": f"{version}\n"}
    branch = platform.jobs[jobs[0]].parameters["BRANCH"]
    on_github = "/github/" in str(repository.remote.path)
    event = repository.pull_request(release) if on_github else repository.propose(release)
    commit = event["ghprbActualCommit"] if on_github else event["GERRIT_PATCHSET_REVISION"]
    first = platform.start(jobs[0], environment=event, dry=dry)
    repository.clone.git("push", "--quiet", "origin", f"{commit}:refs/heads/{branch}")
    if not on_github:
        # Before its builds begin, another change is merged.
        repository.clone.checkout(commit)
        repository.clone.commit({"VERSION": "9.9.9-dev\n"})
        repository.clone.git("push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
        repository.clone.checkout("main")
    # GitHub's push says nothing.
    kept = {name: value for name, value in event.items() if name not in OF_GERRIT | OF_GITHUB}
    of_merge = {} if on_github else {**kept, "GERRIT_EVENT_TYPE": "change-merged", "GERRIT_NEWREV": commit}
    runs = [first, *(platform.start(job, environment=of_merge, dry=dry) for job in jobs[1:])]
    for run in runs:
        assert run.result == "SUCCESS", "\n".join(run.console)
    return runs


def differences(runs: Sequence[Run], stages: Iterable[str] = WORK) -> set[str]:
    """The variables that the scripts of some stages do not find the same in all runs; all else has to be equal."""
    found: set[str] = set()
    for stage in stages:
        shells = [run.shells(stage) for run in runs]
        written = [[source(step.arguments) for step in each] for each in shells]
        assert written[0], f"{stage} runs no script"
        assert written == [written[0]] * len(runs)
        for steps in zip(*shells, strict=True):
            found |= differing([step.environment for step in steps])
    return found


def source(arguments: Mapping[str, str]) -> tuple[str, str | None]:
    """Script and label of an `sh` step. A script is indented like the pipeline around it, which does not matter."""
    first, newline, rest = arguments["script"].partition("\n")
    return first + newline + textwrap.dedent(rest), arguments.get("label")


def differing(environments: Sequence[Mapping[str, str]]) -> set[str]:
    """The variables that one has and another has not, or not with the same value."""
    names = {name for each in environments for name in each}
    return {name for name in names if len({each.get(name) for each in environments}) > 1}


def archived(platform: Platform, run: Run) -> dict[str, str]:
    """The text of every archived file."""
    of_build = run.shells()[0].environment
    folder = platform.folder / "jenkins" / of_build["JOB_NAME"] / "builds" / of_build["BUILD_NUMBER"] / "archive"
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("tool", EXAMPLES)
def test_a_component_is_built_and_tested_in_one_way(tool: str, platform: Platform) -> None:
    repository = EXAMPLES[tool].repository(platform, "github" if tool in GITHUB else "review")
    jobs = [f"{tool}-{kind}-main" for kind in ("pre-merge", "post-merge", "publish")]
    dry = None if tool in FOR_REAL else Dry({"jjbgen version gate": ExitCode.PUBLISH})
    runs = runs_of_one_commit(platform, repository, jobs, dry=dry)
    of_event = OF_GITHUB if tool in GITHUB else OF_GERRIT
    assert differences(runs) == OF_THE_JOB | of_event | OF_PUBLISH
    if not dry:
        # Among them a log that names the commit.
        before, *after = (archived(platform, run) for run in runs)
        del before["results/lint.log"]
        assert before
        assert after == [before, before]


def test_a_branch_with_overrides_is_built_and_tested_in_one_way_of_its_own(
    platform: Platform, wide: Repository
) -> None:
    jobs = ["wide-pre-merge-v1-plain", "wide-post-merge-v1-plain", "wide-publish-v1"]
    runs = runs_of_one_commit(platform, wide, jobs)
    assert differences(runs, OF_WIDE) == OF_THE_JOB | OF_GERRIT | OF_PUBLISH | {"FLAVOUR"}
    (build,) = runs[0].shells("Build")
    assert (build.environment["LINE"], build.environment["FLAGS"]) == ("one", "-O1")
    assert build.arguments == {"script": "make old"}
    # On main other things are done.
    main = platform.start("wide-pre-merge-main-plain", dry=Dry())
    assert differences([main, runs[0]], ["Own"]) > {"LINE", "BRANCH"}
    for stage in ("Build", "Unit tests"):
        assert main.shells(stage)[0].arguments != runs[0].shells(stage)[0].arguments


def test_an_axis_is_one_more_variable_and_nothing_else(platform: Platform, wide: Repository) -> None:
    jobs = ["pre-merge-main-sweet", "post-merge-main-sweet", "post-merge-main-plain", "publish-main"]
    runs = runs_of_one_commit(platform, wide, [f"wide-{job}" for job in jobs], "1.3.0")
    proposed, merged, plain, published = runs
    assert differences([proposed, merged], OF_WIDE) == OF_THE_JOB | OF_GERRIT
    assert differences([merged, plain], OF_WIDE) == OF_THE_JOB | {"FLAVOUR"}
    assert differences([plain, published], OF_WIDE) == OF_THE_JOB | OF_PUBLISH | {"FLAVOUR"}
    flavours = [run.shells("Own")[0].environment.get("FLAVOUR") for run in runs]
    assert flavours == ["sweet", "sweet", "plain", None]
    # What the scripts have seen with their own eyes.
    files = [archived(platform, run) for run in (proposed, merged, published)]
    assert [each["lines.txt"] for each in files] == [LINES] * 3
    seen = [dict(line.split("=", 1) for line in each["server/env.txt"].splitlines()) for each in files]
    assert differing(seen) == OF_THE_JOB | OF_GERRIT | OF_PUBLISH | {"FLAVOUR", "PWD"}
    assert seen[0]["TEXT"] == "it's $HOME"


def test_a_second_build_differs_by_its_number(platform: Platform, wide: Repository) -> None:
    first, second = (platform.start("wide-pre-merge-main-plain", dry=Dry()) for _ in range(2))
    assert differences([first, second], OF_WIDE) == {*OF_THE_BUILD, "BUILD_TAG", "BUILD_URL"}
