"""What the runner does around the steps: stages, conditions, agents, post; against small pipelines written by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.pipeline_runner.runner import POST, Build, RefusedError

if TYPE_CHECKING:
    from tests.pipeline_runner.runner import PipelineRunner, Run

pytest_plugins = ("tests.pipeline_runner.plugin",)


class Flow:
    """Runs what stands between the braces of `pipeline`."""

    def __init__(self, runner: PipelineRunner, folder: Path) -> None:
        self._runner = runner
        self._folder = folder

    def __call__(self, body: str, *, agent: str = "agent any", functions: str = "", **values: Any) -> Run:
        self.build = Build(self._folder, **values)
        return self._runner.run(f"pipeline {{\n{agent}\n{body}\n}}\n{functions}", self.build)


@pytest.fixture
def flow(pipeline_runner: PipelineRunner, tmp_path: Path) -> Flow:
    return Flow(pipeline_runner, tmp_path)


def stage(name: str, steps: str = "echo 'on'", sections: str = "", post: str = "") -> str:
    return f"stage('{name}') {{\n{sections}\nsteps {{\n{steps}\n}}\n{post}\n}}\n"


def stages(*each: str) -> str:
    return f"stages {{\n{''.join(each)}}}"


def printed(run: Run) -> list[str]:
    """What the steps themselves printed."""
    return [line for line in run.console if not line.startswith(("[", "+ ", "Finished"))]


CONDITIONS = (
    *("always", "changed", "fixed", "regression", "aborted", "success"),
    *("unsuccessful", "unstable", "failure", "notBuilt", "cleanup"),
)
EVERY_CONDITION = "post {\n" + "".join(f"{name} {{\necho '{name}'\n}}\n" for name in reversed(CONDITIONS)) + "}"


@pytest.mark.parametrize(
    ("steps", "previous", "told"),
    [
        ("echo ''", None, ["changed", "success"]),
        ("echo ''", "SUCCESS", ["success"]),
        ("echo ''", "FAILURE", ["changed", "fixed", "success"]),
        ("echo ''", "UNSTABLE", ["changed", "fixed", "success"]),
        ("echo ''", "ABORTED", ["changed", "success"]),
        ("unstable('')", None, ["changed", "unsuccessful", "unstable"]),
        ("unstable('')", "SUCCESS", ["changed", "regression", "unsuccessful", "unstable"]),
        ("unstable('')", "FAILURE", ["changed", "unsuccessful", "unstable"]),
        ("error('')", "FAILURE", ["unsuccessful", "failure"]),
        ("error('')", "UNSTABLE", ["changed", "regression", "unsuccessful", "failure"]),
        ("input('')", "SUCCESS", ["changed", "regression", "aborted", "unsuccessful"]),
    ],
)
def test_post_tells_what_has_become_of_the_build_and_the_one_before(
    flow: Flow, steps: str, previous: str | None, told: list[str]
) -> None:
    run = flow(f"{stages(stage('a', steps))}\n{EVERY_CONDITION}", previous=previous)
    assert [line for line in printed(run) if line] == ["always", *told, "cleanup"]


def test_post_of_a_stage_knows_the_stage_and_post_of_the_build_the_build(flow: Flow) -> None:
    tell = "post {\nsuccess {\necho 'good'\n}\nunsuccessful {\necho currentBuild.currentResult\n}\n}"
    caught = "catchError(buildResult: 'SUCCESS', stageResult: 'UNSTABLE') {\nerror('')\n}"
    run = flow(f"{stages(stage('a', caught, post=tell), stage('b', post=tell))}\n{tell}")
    assert printed(run) == ["UNSTABLE", "on", "good", "good"]
    assert (run.result, run.statuses()["a"]) == ("SUCCESS", "UNSTABLE")


def test_a_failing_condition_of_post_does_not_keep_the_next_from_running(flow: Flow) -> None:
    post = "post {\nalways {\nerror('x')\n}\nfailure {\necho 'failure'\n}\ncleanup {\necho 'cleanup'\n}\n}"
    run = flow(stages(stage("a", post=post), stage("b")))
    assert printed(run) == ["on", "failure", "cleanup"]
    assert [(each.name, each.status, each.skipped) for each in run.stages] == [
        ("a", "FAILED", None),
        ("b", "FAILED", "failure"),
    ]


@pytest.mark.parametrize(
    ("condition", "runs"),
    [
        ("expression { 1 + 1 == 2 }", True),
        ("expression { params.FLAG }", False),
        ("branch 'release/*'", True),
        ("branch 'main'", False),
        ("environment(name: 'E', value: 'e')", True),
        ("environment(name: 'E', value: 'f')", False),
        ("equals expected: 2, actual: 2", True),
        ("not { expression { true } }", False),
        ("anyOf {\nexpression { false }\nexpression { true }\n}", True),
        ("allOf {\nexpression { false }\nexpression { true }\n}", False),
        ("expression { true }\nexpression { false }", False),
        ("beforeAgent true\nbeforeOptions false\nexpression { true }", True),
    ],
)
def test_when_decides_about_a_stage(flow: Flow, condition: str, runs: bool) -> None:
    environment = {"BRANCH_NAME": "release/1.0", "E": "e"}
    run = flow(
        stages(stage("a", sections=f"when {{\n{condition}\n}}"), stage("b")),
        environment=environment,
        parameters={"FLAG": False},
    )
    assert run.ran() == (["a", "b"] if runs else ["b"])
    assert run.statuses()["a"] == ("SUCCESS" if runs else "NOT_EXECUTED")


def test_before_agent_asks_before_an_agent_is_taken(flow: Flow) -> None:
    away = "agent {\nlabel 'away'\n}\nwhen {\n%sexpression { false }\n}"
    assert flow(stages(stage("a", sections=away % "beforeAgent true\n"))).result == "SUCCESS"
    assert flow(stages(stage("a", sections=away % ""))).result == "FAILURE"


def test_what_is_in_a_stage_that_is_passed_over_is_passed_over(flow: Flow) -> None:
    post = "post {\nalways {\necho 'x'\n}\n}"
    outer = f"stage('a') {{\nwhen {{\nexpression {{ false }}\n}}\nstages {{\n{stage('b')}}}\n{post}\n}}\n"
    run = flow(stages(outer))
    assert [(each.path, each.skipped) for each in run.stages] == [(("a",), "when"), (("a", "b"), "when")]
    assert printed(run) == []


def test_nested_stages_fail_together(flow: Flow) -> None:
    inner = stage("b", "error('x')") + stage("c")
    outer = f"stage('a') {{\nstages {{\n{inner}}}\npost {{\nfailure {{\necho 'of a'\n}}\n}}\n}}\n"
    run = flow(stages(outer, stage("d")))
    assert [(each.name, each.status, each.skipped) for each in run.stages] == [
        ("a", "SUCCESS", None),
        ("b", "FAILED", None),
        ("c", "FAILED", "failure"),
        ("d", "FAILED", "failure"),
    ]
    assert printed(run) == ["of a"]


def test_an_unstable_build_goes_on_unless_it_says_otherwise(flow: Flow) -> None:
    both = stages(stage("a", "unstable('')"), stage("b"))
    assert flow(both).ran() == ["a", "b"]
    run = flow(f"options {{\nskipStagesAfterUnstable()\n}}\n{both}")
    assert (run.ran(), run.stages[1].skipped, run.result) == (["a"], "unstable", "UNSTABLE")


def test_parallel_branches_keep_their_surroundings_apart(flow: Flow) -> None:
    branches = "".join(
        stage(name, f"withEnv(['X={name}']) {{\ndir('{name}') {{\nsh 'sleep 0.1; basename $PWD; echo $X'\n}}\n}}")
        for name in ("p", "q")
    )
    run = flow(stages(f"stage('a') {{\nparallel {{\n{branches}}}\n}}\n", stage("b", "sh 'echo ${X:-none}'")))
    assert sorted(printed(run)) == ["none", "p", "p", "q", "q"]
    assert [(each.path, each.status) for each in run.stages][:3] == [
        (("a",), "SUCCESS"),
        (("a", "p"), "SUCCESS"),
        (("a", "q"), "SUCCESS"),
    ]


def test_a_matrix_leaves_out_what_is_excluded(flow: Flow) -> None:
    axes = "".join(f"axis {{\nname '{name}'\nvalues '1', '2'\n}}\n" for name in ("X", "Y"))
    exclude = "exclude {\naxis {\nname 'X'\nvalues '1'\n}\naxis {\nname 'Y'\nvalues '2'\n}\n}"
    inner = stage("m", "sh 'echo $X$Y'")
    matrix = f"matrix {{\naxes {{\n{axes}}}\nexcludes {{\n{exclude}\n}}\nstages {{\n{inner}}}\n}}\n"
    assert sorted(printed(flow(stages(f"stage('a') {{\n{matrix}}}\n")))) == ["11", "21", "22"]


def test_a_stage_on_another_agent_has_its_own_workspace(flow: Flow) -> None:
    sections = "agent {\nlabel 'large'\n}"
    run = flow(stages(stage("a", "sh 'pwd'", sections), stage("b", "sh 'pwd'")), labels=("large",))
    workspace = flow.build.workspace
    assert printed(run) == [f"{workspace}@2", str(workspace)]


def test_without_an_agent_there_is_no_shell(flow: Flow) -> None:
    assert flow(stages(stage("a", "sh 'true'")), agent="agent none").result == "FAILURE"
    assert flow(stages(stage("a", "sh 'true'", "agent any")), agent="agent none").result == "SUCCESS"


def test_an_agent_that_there_is_not_fails_the_build_and_post_is_told(flow: Flow) -> None:
    run = flow(f"{stages(stage('a'))}\npost {{\nfailure {{\necho 'told'\n}}\n}}", agent="agent {\nlabel 'away'\n}")
    assert (run.result, [each.name for each in run.stages], printed(run)) == ("FAILURE", [POST], ["told"])


TWO_TRIES = stage("a", 'sh "test -e x || { touch x; exit 1; }"')


def test_options_stand_around_the_stages_and_post(flow: Flow) -> None:
    run = flow(f"options {{\nretry(2)\ntimestamps()\n}}\n{stages(TWO_TRIES)}")
    assert (run.result, [each.status for each in run.stages]) == ("SUCCESS", ["FAILED", "SUCCESS"])
    order = [line for line in run.console if line in ("[Pipeline] retry", "[Pipeline] timestamps", "[Pipeline] stage")]
    assert order[:3] == ["[Pipeline] retry", "[Pipeline] timestamps", "[Pipeline] stage"]


def test_functions_behind_the_pipeline_call_steps(flow: Flow) -> None:
    functions = "def twice(String text) {\necho text\nsh 'echo $STAGE_NAME'\n}"
    assert printed(flow(stages(stage("a", "twice('x')")), functions=functions)) == ["x", "a"]


@pytest.mark.parametrize(
    ("pipeline", "line", "column", "message"),
    [
        ("agent any\nagent any\nstages {}", 3, 1, "agent stands here twice"),
        ("agent { label 'x'; label 'y' }\nstages {}", 2, 1, "not one kind of agent"),
        ("agent some\nstages {}", 2, 1, "neither any nor none"),
        ("agent any\nstages {\nsteps { echo 'x' }\n}", 4, 1, "not a stage"),
        ("agent any\nenvironment {\necho 'x'\n}\nstages {}", 4, 1, "not a variable"),
        ("agent any\noptions {\nx = 1\n}\nstages {}", 4, 1, "not an entry of options"),
        ("agent any\nparameters {\n}\nstages {}", 3, 1, "parameters is empty"),
        ("agent any\npost {\nalways { echo 'x' }\nalways { echo 'y' }\n}\nstages {}", 3, 1, "always stands here twice"),
        ("agent any\npost {\nsometimes { echo 'x' }\n}\nstages {}", 4, 1, "no condition of post: sometimes"),
        (
            "agent any\nstages {\nstage('a') {\nsteps {\necho('a', 'b')\n}\n}\n}",
            6,
            1,
            "the arguments of echo need names",
        ),
        ("agent any\nstages {\nstage('a') {\nsteps {\ncleanWs('a')\n}\n}\n}", 6, 1, "cleanWs takes names"),
        ("agent any\nstages {\nstage('a') {\nsteps {\necho 1\n}\n}\n}", 6, 6, "not a String"),
    ],
)
def test_what_jenkins_would_not_start_is_refused_with_its_place(
    flow: Flow, pipeline: str, line: int, column: int, message: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        flow(pipeline, agent="")
    found = {(each.line - 1, each.column, each.message) for each in refused.value.errors}
    assert (line, column, message) in found, found


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ("script { currentBuild.rawBuild.delete() }", "the sandbox does not give out currentBuild.rawBuild"),
        ("script { 'x'.execute() }", "the sandbox does not know execute"),
        ("script { nothing() }", "no step, symbol or function: nothing"),
        ("catchError(buildResult: 'FAILURE')", "catchError and blocks"),
        ("script { stash(includes: '**') }", "stash needs name"),
        ("checkout(scmGit(branch: 'x'))", "scmGit has no branch"),
    ],
)
def test_what_jenkins_would_only_fail_at_later_is_an_oversight(
    steps: str, message: str, pipeline_runner: PipelineRunner
) -> None:
    verdict = pipeline_runner.validate(f"pipeline {{\nagent any\n{stages(stage('a', steps))}\n}}")
    assert message in [found.message for found in verdict.oversights]
    assert not verdict.errors
