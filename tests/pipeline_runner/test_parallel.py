"""Stages at the same time and on several agents, and what is around stages: options, retries, input."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.pipeline_runner.pipelines import Runs, block, one, pipeline, said, stage, steps
from tests.pipeline_runner.runner import Build, RefusedError

if TYPE_CHECKING:
    from tests.pipeline_runner.runner import PipelineRunner

pytest_plugins = ("tests.pipeline_runner.plugin",)


# Parallel stages


def test_parallel_stages_have_their_own_variables_and_folders(run: Runs) -> None:
    def side(name: str) -> str:
        inner = block(f"dir('{name}')", "sh 'sleep 0.1'", "sh 'echo \"$SIDE ${PWD##*/} $STAGE_NAME\"'")
        return stage(name, steps(block(f"withEnv(['SIDE={name}'])", inner), "sh 'echo ${SIDE-none}'"))

    after = stage("after", steps("sh 'echo ${SIDE-none}'"))
    done = run(pipeline(stage("p", block("parallel", side("x"), side("y"))), after))
    assert sorted(said(done)) == ["none", "none", "none", "x x x", "y y y"]
    assert done.shells("x")[1].stage == ("p", "x")


def test_parallel_stages_run_at_the_same_time(run: Runs) -> None:
    wait = "sh 'until [ -e {other} ]; do sleep 0.01; done; touch {own}'"
    x = steps("sh 'touch x1'", wait.format(other="y1", own="x2"))
    y = steps(wait.format(other="x1", own="y1"), wait.format(other="x2", own="y2"))
    assert run(pipeline(stage("p", block("parallel", stage("x", x), stage("y", y))))).result == "SUCCESS"


def test_a_failure_in_one_stage_leaves_the_others_to_their_ends(run: Runs) -> None:
    sides = [stage("x", steps("error 'x'")), stage("y", steps("sh 'sleep 0.1; echo y'"))]
    post = block("post", "failure { echo 'post' }")
    done = run(pipeline(stage("p", block("parallel", *sides), post), stage("after", steps("echo 'never'"))))
    assert (done.result, said(done)) == ("FAILURE", ["y", "post"])
    assert done.statuses() == {"p": "SUCCESS", "x": "FAILED", "y": "SUCCESS", "after": "FAILED"}


@pytest.mark.parametrize(("section", "head"), [("failFast true", ""), ("", "options { parallelsAlwaysFailFast() }")])
def test_a_failure_can_end_the_others(run: Runs, section: str, head: str) -> None:
    slow = stage("y", steps("sh 'sleep 60'"), block("post", "aborted { echo 'aborted' }"))
    sides = block("parallel", stage("x", steps("sh 'exit 3'")), slow)
    done = run(pipeline(stage("p", section, sides), head=head))
    assert (done.result, done.statuses()) == ("FAILURE", {"p": "SUCCESS", "x": "FAILED", "y": "ABORTED"})
    assert said(done)[-1] == "aborted"


@pytest.mark.parametrize(
    ("sides", "failure"),
    [
        (("sh 'sleep 0.2; exit 3'", "sh 'exit 4'"), "script returned exit code 4"),
        (("input 'nobody'", "sh 'sleep 0.1; exit 4'"), "script returned exit code 4"),
        (("input 'nobody'", "echo 'x'"), "nobody answers: nobody"),
    ],
)
def test_of_several_failures_the_worst_counts_and_then_the_first(
    run: Runs, sides: tuple[str, str], failure: str
) -> None:
    both = [stage(name, steps(side)) for name, side in zip("xy", sides, strict=True)]
    assert run(pipeline(stage("p", block("parallel", *both)))).console[-2] == f"[runner] failed: {failure}"


def test_a_matrix_runs_its_stages_in_each_cell_that_is_not_excluded(run: Runs) -> None:
    axes = block("axes", "axis { name 'OS'\nvalues 'a', 'b', 'c' }", "axis { name 'N'\nvalues '1', '2' }")
    excludes = block(
        "excludes",
        "exclude { axis { name 'OS'\nvalues 'a', 'b' }\naxis { name 'N'\nvalues '2' } }",
        "exclude { axis { name 'OS'\nnotValues 'a', 'b' }\naxis { name 'N'\nvalues '1' } }",
    )
    stages = block("stages", stage("cell", steps("sh 'echo $OS$N $SHARED'")))
    shared = block("environment", 'SHARED = "${OS}!"')
    after = stage("b", steps("sh 'echo ${OS-none}'"))
    done = run(pipeline(stage("m", block("matrix", axes, excludes, shared, stages)), after))
    assert sorted(said(done)) == ["a1 a!", "b1 b!", "c2 c!", "none"]
    cells = [each.name for each in done.stages if each.name.startswith("Matrix")]
    assert cells == [f"Matrix - OS = '{os}', N = '{n}'" for os, n in (("a", 1), ("b", 1), ("c", 2))]


def test_each_cell_of_a_matrix_has_its_own_condition_agent_and_post(run: Runs) -> None:
    axes = block("axes", "axis { name 'N'\nvalues '1', '2' }")
    ask = block("when", "beforeAgent true", "environment(name: 'N', value: '2')")
    stages = block("stages", stage("cell", steps("sh 'echo ${WORKSPACE##*/}'")))
    post = block("post", 'always { echo "post ${N}" }')
    done = run(pipeline(stage("m", block("matrix", axes, "agent any", ask, stages, post))))
    assert said(done) == ["job@2", "post 2"]
    assert done.statuses()["Matrix - N = '1'"] == "NOT_EXECUTED"


# Agents


def test_a_stage_with_an_agent_of_its_own_gets_another_workspace(run: Runs, tmp_path: Path) -> None:
    show = steps("sh 'echo ${WORKSPACE##*/}; touch here; ls'")
    big = stage("b", "agent { label 'big' }", show)
    done = run(pipeline(stage("a", "agent any", show), big, stage("c", show)), labels=("big",))
    assert said(done) == ["job@2", "here", "job@2", "here", "job", "here"]
    assert (tmp_path / "workspace/job@2/here").exists()


def test_each_agent_that_works_at_the_same_time_has_a_workspace_of_its_own(run: Runs) -> None:
    show = "sh 'echo \"$STAGE_NAME ${WORKSPACE##*/}\"'"
    short = stage("x1", "agent any", steps("sh 'sleep 0.1'"))
    first = stage("x", block("stages", short, stage("x2", "agent any", steps(show))))
    second = stage("y", "agent any", steps("sh 'sleep 0.5'", show))
    done = run(pipeline(stage("p", block("parallel", first, second)), agent="none"))
    seen = dict(line.split() for line in said(done))
    assert seen in ({"x2": "job", "y": "job@2"}, {"x2": "job@2", "y": "job"})


@pytest.mark.parametrize("agent", ["{ label 'nosuch' }", "{ node { label 'nosuch' } }", "{ label params.WHERE }"])
def test_an_agent_that_nobody_has_is_a_failure(run: Runs, agent: str) -> None:
    done = run(one("echo 'never'", agent=agent), labels=("big",), parameters={"WHERE": "small"})
    assert (done.result, said(done)) == ("FAILURE", [])
    assert any("no agent has the label" in line for line in done.console)


@pytest.mark.parametrize(
    "agent", ["{ label 'big' }", "{ node { label 'big' } }", "{ label params.WHERE }", "{ label '' }"]
)
def test_an_agent_is_found_by_its_label(run: Runs, agent: str) -> None:
    done = run(one("sh 'echo here'", agent=agent), labels=("big",), parameters={"WHERE": "big"})
    assert said(done) == ["here"]


# Options, retries, input


def test_options_are_around_the_stages_in_their_order(run: Runs) -> None:
    head = block("options", "timestamps()", "disableConcurrentBuilds()", "lock(resource: 'x')", "retry(2)")
    done = run(one("echo 'a'", head=head, post="always { echo 'post' }"))
    assert [step.step for step in done.steps] == ["timestamps", "lock", "retry", "echo", "echo"]


def test_a_block_is_tried_again_until_it_succeeds(run: Runs) -> None:
    attempt = "sh 'echo try >> tries; test $(wc -l < tries) = 3'"
    done = run(one(block("retry(5)", attempt), "sh 'cat tries'"))
    assert (done.result, len(done.shells()), said(done)) == ("SUCCESS", 4, ["try"] * 3)
    # Jenkins prints one end for all tries.
    assert done.console.count("[Pipeline] // retry") == 1


def test_the_last_failure_of_all_tries_counts(run: Runs) -> None:
    done = run(one(block("retry(2)", "sh 'echo x >> tries; exit $(wc -l < tries)'")))
    assert (done.result, [step.status for step in done.shells()]) == ("FAILURE", [1, 2])
    assert "[runner] failed: script returned exit code 2" in done.console


def test_a_pipeline_and_a_stage_are_tried_again_with_their_posts(run: Runs) -> None:
    attempt = steps("sh 'echo x >> tries; test $(wc -l < tries) = 2'")
    post = "always { echo 'post' }"
    of_stage = run(pipeline(stage("a", "options { retry(2) }", attempt, block("post", post))))
    assert (of_stage.result, said(of_stage)) == ("SUCCESS", ["post", "post"])
    run(one("deleteDir()"))
    of_build = run(pipeline(stage("a", attempt), head="options { retry(2) }", post=post))
    assert (of_build.result, said(of_build)) == ("SUCCESS", ["post", "post"])


def test_people_answer_an_input(run: Runs) -> None:
    ask = block("script", "echo \"${input('which?')}\"")
    source = pipeline(stage("a", "input { message 'on?' }", steps(ask)))
    done = run(source, inputs={"on?": "yes", "which?": "this"})
    assert (done.result, said(done)) == ("SUCCESS", ["this"])
    refused = run(source, inputs={"which?": "this"})
    assert (refused.result, refused.statuses(), said(refused)) == ("ABORTED", {"a": "ABORTED"}, [])


def test_an_input_that_asks_for_parameters_is_refused(run: Runs) -> None:
    ask = "input { message 'on?'\nparameters { string(name: 'X') } }"
    done = run(pipeline(stage("a", ask, steps("echo 'never'"))), inputs={"on?": "x"})
    assert (done.result, said(done)) == ("FAILURE", [])


def test_a_pipeline_that_jenkins_refuses_does_not_run(pipeline_runner: PipelineRunner, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="1:1: no pipeline"):
        pipeline_runner.run("echo 'x'", Build(tmp_path))
    assert list(tmp_path.iterdir()) == []
