"""What becomes of a pipeline: results, `post` and `when`."""

from __future__ import annotations

import pytest

from tests.pipeline_runner.pipelines import Runs, block, one, pipeline, said, script, stage, steps
from tests.pipeline_runner.runner import POST

pytest_plugins = ("tests.pipeline_runner.plugin",)

CONDITIONS = (
    "always",
    "changed",
    "fixed",
    "regression",
    "aborted",
    "success",
    "unsuccessful",
    "unstable",
    "failure",
    "notBuilt",
    "cleanup",
)
"""All of `post`, in the order in which they run."""

TOLD = "\n".join(block(name, f"echo '{name}'") for name in reversed(CONDITIONS))


def caught(*lines: str, **results: str) -> str:
    """A step that catches the failure of others."""
    return block(f"catchError({', '.join(f'{name}: {value}' for name, value in results.items())})", *lines)


# Results


@pytest.mark.parametrize(
    ("step", "result", "status"),
    [
        ("echo 'x'", "SUCCESS", "SUCCESS"),
        ("error 'x'", "FAILURE", "FAILED"),
        ("unstable 'x'", "UNSTABLE", "UNSTABLE"),
        (block("warnError('x')", "error 'y'"), "UNSTABLE", "UNSTABLE"),
        (block("warnError('x')", "echo 'y'"), "SUCCESS", "SUCCESS"),
        (caught("error 'x'"), "FAILURE", "SUCCESS"),
        (caught("error 'x'", buildResult="'UNSTABLE'", stageResult="'FAILURE'"), "UNSTABLE", "FAILED"),
        (caught("error 'x'", buildResult="'SUCCESS'", stageResult="'UNSTABLE'"), "SUCCESS", "UNSTABLE"),
        (caught("error 'x'", buildResult="null", stageResult="null"), "SUCCESS", "SUCCESS"),
        (caught("error 'x'", buildResult="'unstable'", stageResult="'ABORTED'"), "UNSTABLE", "ABORTED"),
        (caught("unstable 'x'", buildResult="'SUCCESS'"), "UNSTABLE", "UNSTABLE"),
        (caught("echo 'x'", buildResult="'NO RESULT'"), "FAILURE", "FAILED"),
        (
            caught(caught("error 'x'", buildResult="'UNSTABLE'"), "error 'y'", buildResult="'SUCCESS'"),
            "UNSTABLE",
            "SUCCESS",
        ),
    ],
)
def test_a_step_makes_the_stage_and_the_build_what_they_are(run: Runs, step: str, result: str, status: str) -> None:
    done = run(one(step))
    assert (done.result, done.statuses()) == (result, {"a": status})


def test_what_follows_a_caught_failure_still_runs(run: Runs) -> None:
    first = stage("a", steps(caught("error 'x'", "echo 'never'"), "echo 'after'"))
    done = run(pipeline(first, stage("b", steps("echo 'b'"))))
    assert (done.result, said(done)) == ("FAILURE", ["after", "b"])


def test_a_failure_of_code_is_one_too(run: Runs) -> None:
    broken = caught(block("script", "null.length()"), buildResult="'UNSTABLE'")
    done = run(one(broken, block("script", "[].nosuch()")))
    assert (done.result, done.statuses()) == ("FAILURE", {"a": "FAILED"})
    assert run(script("try { error 'x' } catch (e) { echo e.message }")).result == "SUCCESS"


def test_the_result_of_the_build_gets_worse_only(run: Runs) -> None:
    words = ("UNSTABLE", "SUCCESS", "FAILURE", "nosuch")
    lines = [f"currentBuild.result = '{word}'; echo currentBuild.result" for word in words]
    show = (
        'echo "${currentBuild.result} ${currentBuild.currentResult} ${currentBuild.number} ${currentBuild.displayName}"'
    )
    done = run(script(show, *lines), number=4)
    assert said(done) == ["null SUCCESS 4 #4", "UNSTABLE", "UNSTABLE", "FAILURE", "FAILURE"]


def test_after_a_failure_the_other_stages_are_passed_over(run: Runs) -> None:
    inner = block("stages", stage("c1", steps("echo 'never'")))
    sides = block("parallel", stage("d1", steps("echo 'never'")), stage("d2", steps("echo 'never'")))
    first = [stage("a", steps("error 'x'")), stage("b", steps("echo 'never'"))]
    done = run(pipeline(*first, stage("c", inner), stage("d", sides)))
    assert said(done) == []
    over = dict.fromkeys(["b", "c", "c1", "d", "d1", "d2"], "failure")
    assert {each.name: each.skipped for each in done.stages} == {"a": None, **over}
    assert done.ran() == ["a"]
    # Jenkins' stage view tells nothing of what becomes of the stages in a stage.
    failed = dict.fromkeys(["a", "b", "c1", "d1", "d2"], "FAILED")
    assert done.statuses() == {**failed, "c": "SUCCESS", "d": "SUCCESS"}
    assert [each.path for each in done.stages][2:4] == [("c",), ("c", "c1")]


def test_a_stage_of_stages_ends_with_the_first_that_fails(run: Runs) -> None:
    inner = block("stages", stage("in", steps("error 'x'")), stage("next", steps("echo 'never'")))
    outer = stage("outer", inner, block("post", "failure { echo 'post' }"))
    done = run(pipeline(outer, stage("after", steps("echo 'never'"))))
    assert (done.result, said(done)) == ("FAILURE", ["post"])
    assert done.statuses() == {"outer": "SUCCESS", "in": "FAILED", "next": "FAILED", "after": "FAILED"}


def test_stages_after_an_unstable_one_are_passed_over_when_the_option_says_so(run: Runs) -> None:
    stages = [stage("a", steps("unstable 'x'", "echo 'a'")), stage("b", steps("echo 'b'"))]
    assert said(run(pipeline(*stages))) == ["a", "b"]
    done = run(pipeline(*stages, head="options { skipStagesAfterUnstable() }"))
    assert said(done) == ["a"]
    assert [(each.skipped, each.status) for each in done.stages] == [(None, "UNSTABLE"), ("unstable", "SUCCESS")]


# post


@pytest.mark.parametrize(
    ("step", "previous", "expected"),
    [
        ("echo 'x'", None, "always changed success cleanup"),
        ("echo 'x'", "SUCCESS", "always success cleanup"),
        ("echo 'x'", "FAILURE", "always changed fixed success cleanup"),
        ("echo 'x'", "UNSTABLE", "always changed fixed success cleanup"),
        ("echo 'x'", "ABORTED", "always changed success cleanup"),
        ("unstable 'x'", None, "always changed unsuccessful unstable cleanup"),
        ("unstable 'x'", "SUCCESS", "always changed regression unsuccessful unstable cleanup"),
        ("unstable 'x'", "UNSTABLE", "always unsuccessful unstable cleanup"),
        ("unstable 'x'", "FAILURE", "always changed unsuccessful unstable cleanup"),
        ("error 'x'", None, "always changed unsuccessful failure cleanup"),
        ("error 'x'", "SUCCESS", "always changed regression unsuccessful failure cleanup"),
        ("error 'x'", "UNSTABLE", "always changed regression unsuccessful failure cleanup"),
        ("error 'x'", "FAILURE", "always unsuccessful failure cleanup"),
        ("input 'nobody answers'", "FAILURE", "always changed regression aborted unsuccessful cleanup"),
        (
            "catchError(buildResult: 'NOT_BUILT') { error 'x' }",
            "SUCCESS",
            "always changed regression unsuccessful notBuilt cleanup",
        ),
    ],
)
@pytest.mark.parametrize("level", ["stage", "build"])
def test_conditions_go_by_this_result_and_the_one_before(
    run: Runs, level: str, step: str, previous: str | None, expected: str
) -> None:
    in_stage = [block("post", TOLD)] if level == "stage" else []
    source = pipeline(stage("a", steps(step), *in_stage), post=TOLD if level == "build" else "")
    assert [line for line in said(run(source, previous=previous)) if line != "x"] == expected.split()


def test_the_post_of_a_stage_comes_before_the_next_stage_and_that_of_the_build_last(run: Runs) -> None:
    first = stage("a", steps("echo 'a'"), block("post", "cleanup { echo 'post a' }"))
    done = run(pipeline(first, stage("b", steps("echo 'b'")), post="always { echo 'post' }"))
    assert said(done) == ["a", "post a", "b", "post"]
    assert [each.stage for each in done.steps] == [("a",), ("a",), ("b",), (POST,)]
    assert done.ran() == ["a", "b"]


def test_a_build_without_a_condition_that_is_met_has_no_stage_for_post(run: Runs) -> None:
    assert list(run(one("echo 'x'", post="failure { echo 'y' }")).statuses()) == ["a"]


def test_in_post_the_build_has_the_result_that_it_will_have(run: Runs) -> None:
    tell = 'always { echo currentBuild.currentResult }\ncleanup { echo "${currentBuild.result}" }'
    for step, result in (("echo 'x'", "SUCCESS"), ("error 'x'", "FAILURE"), ("unstable 'x'", "UNSTABLE")):
        assert said(run(pipeline(stage("a", steps(step), block("post", tell)), post=tell)))[-4:] == [result] * 4


def test_a_failing_post_is_a_failure_and_the_other_conditions_still_run(run: Runs) -> None:
    post = "always { error 'x' }\nsuccess { echo 'success' }\nfailure { echo 'failure' }\ncleanup { echo 'cleanup' }"
    of_stage = run(pipeline(stage("a", steps("echo 'a'"), block("post", post)), stage("b", steps("echo 'never'"))))
    assert (of_stage.result, said(of_stage)) == ("FAILURE", ["a", "failure", "cleanup"])
    assert of_stage.statuses() == {"a": "FAILED", "b": "FAILED"}
    of_build = run(one("echo 'a'", post=post))
    assert (of_build.result, said(of_build)) == ("FAILURE", ["a", "failure", "cleanup"])
    assert of_build.statuses() == {"a": "SUCCESS", POST: "SUCCESS"}


def test_post_can_make_the_build_worse(run: Runs) -> None:
    post = "always { unstable 'x' }\nunstable { echo 'unstable' }\nsuccess { echo 'success' }"
    done = run(one("echo 'a'", post=post))
    assert (done.result, said(done)) == ("UNSTABLE", ["a", "unstable"])


def test_post_runs_although_the_build_has_no_agent_and_fails_without_one(run: Runs) -> None:
    post = "always { echo 'post' }\nfailure { sh 'true' }"
    done = run(one("echo 'never'", agent="{ label 'nosuch' }", post=post))
    assert (done.result, said(done)) == ("FAILURE", ["post"])
    assert done.shells()[0].failure == "sh needs an agent"


def test_a_warning_of_a_stage_counts_for_its_post_once_another_condition_is_met(run: Runs) -> None:
    warned = steps(caught("error 'x'", buildResult="'SUCCESS'", stageResult="'UNSTABLE'"))
    tell = "unstable { echo 'unstable' }\nsuccess { echo 'success' }"
    assert said(run(pipeline(stage("a", warned, block("post", tell))))) == ["unstable"]
    # Jenkins asks without the warning whether there is anything to do at all.
    assert said(run(pipeline(stage("a", warned, block("post", "unstable { echo 'unstable' }"))))) == []
    outer = run(pipeline(stage("outer", block("stages", stage("in", warned)), block("post", tell))))
    assert (said(outer), outer.result) == (["unstable"], "SUCCESS")


# when

RIGHT = "expression { true }"
WRONG = "expression { false }"


@pytest.mark.parametrize(
    ("condition", "met"),
    [
        (RIGHT, True),
        (WRONG, False),
        ("expression { '' }", False),
        ("expression { 'false' }", True),
        ("expression { return params.B == 'main' }", True),
        ("expression { sh(script: 'exit 3', returnStatus: true) == 3 }", True),
        ("branch 'main'", True),
        ("branch 'ma*'", True),
        ("branch 'MAIN'", True),
        ("branch 'other'", False),
        ("branch(pattern: 'm.+', comparator: 'REGEXP')", True),
        ("branch(pattern: 'MAIN', comparator: 'EQUALS')", False),
        ("environment(name: 'B', value: 'main')", True),
        ("environment(name: 'B', value: 'MAIN')", False),
        ("environment(name: 'B', value: 'MAIN', ignoreCase: true)", True),
        ("environment(name: 'STAGE_ONLY', value: 'x')", False),
        ("environment(name: 'NONE', value: '')", True),
        ("equals(expected: 2, actual: currentBuild.number)", False),
        ("equals(expected: 1, actual: currentBuild.number)", True),
        (f"{RIGHT}\n{WRONG}", False),
        (block("allOf", RIGHT, RIGHT), True),
        (block("allOf", RIGHT, WRONG), False),
        (block("anyOf", RIGHT, WRONG), True),
        (block("anyOf", WRONG, WRONG), False),
        (block("not", WRONG), True),
        (block("not", block("anyOf", WRONG, block("allOf", RIGHT, RIGHT))), False),
        ("triggeredBy 'TimerTrigger'", None),
    ],
)
def test_a_stage_runs_when_its_conditions_are_met(run: Runs, condition: str, met: bool | None) -> None:
    section = block("environment", "STAGE_ONLY = 'x'")
    post = block("post", "success { echo 'post' }")
    first = stage("a", block("when", condition), section, steps("echo 'a'"), post)
    source = pipeline(first, stage("b", steps("echo 'b'")))
    done = run(source, parameters={"B": "main"}, environment={"BRANCH_NAME": "main"})
    expected = {True: ["a", "post", "b"], False: ["b"], None: []}
    status = {True: "SUCCESS", False: "NOT_EXECUTED", None: "FAILED"}
    assert (said(done), done.statuses()["a"]) == (expected[met], status[met])
    assert done.stages[0].skipped == ("when" if met is False else None)


def test_a_build_without_a_branch_is_on_none(run: Runs) -> None:
    assert said(run(pipeline(stage("a", "when { branch '*' }", steps("echo 'a'"))))) == []


def test_with_a_stage_all_that_it_holds_is_passed_over(run: Runs) -> None:
    inner = block("stages", stage("in", block("when", RIGHT), steps("echo 'never'")))
    sides = block("parallel", stage("x", steps("echo 'never'")), stage("y", steps("echo 'never'")))
    post = block("post", "always { echo 'never' }")
    done = run(pipeline(stage("a", block("when", WRONG), inner, post), stage("b", block("when", WRONG), sides, post)))
    assert (done.result, said(done)) == ("SUCCESS", [])
    assert set(done.statuses().values()) == {"NOT_EXECUTED"}
    assert list(done.statuses()) == ["a", "in", "b", "x", "y"]


@pytest.mark.parametrize(
    ("flag", "before"),
    [("beforeAgent", ["timestamps", "input"]), ("beforeInput", ["timestamps"]), ("beforeOptions", [])],
)
def test_conditions_can_be_asked_earlier(run: Runs, flag: str, before: list[str]) -> None:
    ask = block("when", f"{flag} true", "expression { echo 'asked'; false }")
    more = ["agent any", "options { timestamps() }", "input { message 'on?' }"]
    done = run(pipeline(stage("a", *more, ask, steps("echo 'never'")), agent="none"), inputs={"on?": "yes"})
    assert [step.step for step in done.steps] == [*before, "echo"]
    assert "[Pipeline] node" not in done.console


def test_conditions_are_asked_on_the_agent_and_only_once(run: Runs) -> None:
    ask = block("when", "expression { echo env.WORKSPACE_TMP; true }")
    assert len(said(run(pipeline(stage("a", "agent any", ask, steps("sh 'true'")), agent="none")))) == 1
    early = block("when", "beforeOptions true\nbeforeAgent true", "expression { echo 'asked'; true }")
    assert said(run(pipeline(stage("a", early, steps("echo 'a'"))))) == ["asked", "a"]
