"""What interrupts a build: time limits, a person, an agent that dies. And dry runs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Literal

import pytest

from tests.pipeline_runner.pipelines import Runs, block, one, pipeline, said, script, stage, steps, untraced
from tests.pipeline_runner.runner import POST, Dry, Stop

pytest_plugins = ("tests.pipeline_runner.plugin",)

PACE = 0.02
"""Makes ten seconds of Jenkins 0.2, and the minute behind a limit 1.2 seconds."""

SLOW = "sh 'echo slow; sleep 60; echo never'"
QUICK = "sh 'echo quick'"

PASSES = Stop(line="^slow$", by="limit")
"""The outermost time limit passes while the slow script runs."""


def limited(seconds: int, *lines: str) -> str:
    """A block with a time limit."""
    return block(f"timeout(time: {seconds}, unit: 'SECONDS')", *lines)


def option(seconds: int) -> str:
    """The same as a section."""
    return f"options {{ timeout(time: {seconds}, unit: 'SECONDS') }}"


def ended(path: Path) -> bool:
    """Whether the program whose number is in a file has ended; it is given time."""
    state = Path(f"/proc/{path.read_text().strip()}/stat")
    for _ in range(500):
        try:
            if state.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.01)
    return False


# Time limits


def test_a_limit_ends_the_step_that_runs_and_aborts_the_build(run: Runs) -> None:
    tell = "aborted { echo currentBuild.currentResult }"
    done = run(one(limited(600, SLOW, QUICK), QUICK, post=tell), stop=PASSES)
    assert (done.result, done.statuses()["a"]) == ("ABORTED", "ABORTED")
    assert [line for line in said(done) if line != "Terminated"] == ["slow", "ABORTED"]
    assert done.shells()[0].failure == "interrupted"


@pytest.mark.parametrize(
    ("arguments", "seconds"), [("time: 60", 3600), ("time: 1, unit: 'HOURS'", 3600), ("time: 2, unit: 'SECONDS'", 2)]
)
def test_a_limit_has_a_unit(run: Runs, arguments: str, seconds: int) -> None:
    begun = time.monotonic()
    done = run(one(block(f"timeout({arguments})", SLOW)), pace=0.4 / seconds)
    assert done.result == "ABORTED"
    assert 0.4 <= time.monotonic() - begun < 20


def test_within_its_limit_a_block_is_as_without(run: Runs) -> None:
    done = run(one(limited(30, QUICK), "sh 'sleep 0.8; echo later'"), pace=PACE)
    assert (done.result, said(done)) == ("SUCCESS", ["quick", "later"])


def test_the_failure_of_a_limit_can_be_caught_around_it(run: Runs) -> None:
    done = run(one(block("catchError", limited(600, SLOW, "echo 'never'")), QUICK), stop=PASSES)
    assert (done.result, said(done)[-1], "never" in said(done)) == ("ABORTED", "quick", False)


def test_a_caught_interruption_aborts_the_build_whatever_results_are_given(run: Runs) -> None:
    catch = "catchError(buildResult: 'SUCCESS', stageResult: 'UNSTABLE')"
    done = run(one(limited(600, block(catch, SLOW), QUICK)), stop=PASSES)
    assert (done.result, done.statuses(), said(done)[-1]) == ("ABORTED", {"a": "ABORTED"}, "quick")


@pytest.mark.parametrize(
    "catch", ["catchError(catchInterruptions: false)", "warnError(message: 'x', catchInterruptions: false)"]
)
def test_interruptions_can_be_let_through_until_they_have_left_their_limit(run: Runs, catch: str) -> None:
    within = run(one(limited(600, block(catch, SLOW), QUICK)), stop=PASSES)
    assert (within.result, "quick" in said(within)) == ("ABORTED", False)
    around = run(one(block(catch, limited(600, SLOW)), QUICK), stop=PASSES)
    assert (around.result, "quick" in said(around)) == ("ABORTED", True)


def test_a_limit_is_tried_again_and_an_interruption_is_not(run: Runs) -> None:
    assert len(run(one(block("retry(2)", limited(10, SLOW))), pace=PACE).shells()) == 2
    assert len(run(one(limited(10, block("retry(2)", SLOW))), pace=PACE).shells()) == 1


def test_the_limit_of_a_stage_ends_before_the_next_one(run: Runs) -> None:
    first = stage("a", option(600), steps(SLOW), block("post", "always { sh 'echo post' }"))
    post = "aborted { sh 'sleep 1.5; echo end' }"
    done = run(pipeline(first, stage("b", steps(QUICK)), post=post), stop=PASSES, pace=PACE)
    assert done.statuses() == {"a": "ABORTED", "b": "ABORTED", POST: "SUCCESS"}
    assert [line for line in said(done) if line != "Terminated"] == ["slow", "post", "end"]


def test_the_limit_of_a_pipeline_leaves_its_post_a_minute(run: Runs) -> None:
    in_time = run(one(SLOW, head=option(600), post="cleanup { sh 'echo post' }"), stop=PASSES)
    assert (in_time.result, said(in_time)[-1]) == ("ABORTED", "post")
    slow = "always { sh 'sleep 60'\necho 'never' }\ncleanup { echo 'cleanup' }"
    too_slow = run(one(SLOW, head=option(600), post=slow), stop=PASSES, pace=PACE)
    assert [line for line in said(too_slow) if line != "Terminated"] == ["slow", "cleanup"]


def test_what_goes_on_after_its_limit_is_interrupted_once_more_after_a_minute_and_then_no_more(run: Runs) -> None:
    again = block("catchError", "sh 'sleep 60'")
    begun = time.monotonic()
    source = one(limited(600, block("catchError", SLOW), again, "sh 'sleep 0.3; echo unharmed'"))
    done = run(source, stop=PASSES, pace=PACE)
    assert said(done)[-1] == "unharmed"
    assert [step.failure for step in done.shells()] == ["interrupted", "interrupted", None]
    assert 1.2 <= time.monotonic() - begun < 30


def test_a_program_that_does_not_stop_is_left_behind(run: Runs, tmp_path: Path) -> None:
    loop = "for i in $(seq 600); do sleep 0.1; done"
    stubborn = f"sh '''#!/bin/bash\ntrap \"\" TERM\necho $$ > ../pid\necho slow\n{loop}'''"
    look = "always { sh 'kill -0 $(cat ../pid) && echo runs' }"
    begun = time.monotonic()
    done = run(one(limited(600, stubborn), post=look), stop=PASSES, pace=PACE)
    assert (done.result, said(done)[-1]) == ("ABORTED", "runs")
    assert time.monotonic() - begun < 20
    assert ended(tmp_path / "workspace/pid")


def test_a_script_may_clean_up_when_it_is_told_to_end(run: Runs) -> None:
    careful = "sh '''#!/bin/bash\ntrap \"echo cleaned\" EXIT\necho slow\nsleep 60'''"
    assert "cleaned" in said(run(one(limited(600, careful)), stop=PASSES))


def test_also_a_step_without_a_program_is_interrupted(run: Runs) -> None:
    begun = time.monotonic()
    assert run(one(limited(10, "sleep 60"), agent="none"), pace=PACE).result == "ABORTED"
    assert time.monotonic() - begun < 20


def test_a_limit_around_parallel_stages_ends_all_of_them(run: Runs) -> None:
    tell = block("post", "aborted { sh 'echo $STAGE_NAME' }")
    sides = block("parallel", *(stage(name, steps(SLOW, QUICK), tell) for name in ("x", "y")))
    done = run(pipeline(stage("p", option(600), sides, tell), stage("after", steps(QUICK))), stop=PASSES)
    assert done.statuses() == {"p": "SUCCESS", "x": "ABORTED", "y": "ABORTED", "after": "ABORTED"}
    assert sorted(line for line in said(done) if line not in ("Terminated", "slow")) == ["p", "x", "y"]


def test_limits_of_parallel_stages_are_their_own(run: Runs) -> None:
    longer = stage("y", steps("sh 'sleep 0.6; echo unharmed'"))
    done = run(pipeline(stage("p", block("parallel", stage("x", option(600), steps(SLOW)), longer))), stop=PASSES)
    assert done.statuses() == {"p": "SUCCESS", "x": "ABORTED", "y": "SUCCESS"}
    assert said(done)[-1] == "unharmed"


def test_a_checkout_is_interrupted_too(run: Runs, tmp_path: Path) -> None:
    slow = tmp_path / "bin/git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nsleep 60\n")
    slow.chmod(0o755)
    checkout = limited(10, "git(url: 'x', branch: 'main')")
    done = run(one(checkout), pace=PACE, agent={"PATH": f"{slow.parent}:/usr/bin:/bin"})
    assert (done.result, done.calls("git")[0].failure) == ("ABORTED", "interrupted")


@pytest.mark.parametrize(("by", "goes_on"), [("limit", False), ("inner limit", True)])
def test_a_test_can_say_which_limit_passes_and_when(
    run: Runs, by: Literal["limit", "inner limit"], goes_on: bool
) -> None:
    inner = block("catchError(catchInterruptions: false)", limited(600, SLOW, QUICK))
    done = run(one(limited(900, inner, "echo 'on'")), stop=Stop(line="^slow$", by=by))
    assert (done.result, done.stopped, "on" in said(done)) == ("ABORTED", True, goes_on)
    assert "quick" not in said(done)


# A person stops the build


def test_a_person_ends_the_step_and_post_still_runs(run: Runs) -> None:
    tell = "always { sh 'echo post' }\naborted { echo currentBuild.currentResult }"
    stages = [stage("a", steps(SLOW, QUICK), block("post", tell)), stage("b", steps(QUICK))]
    done = run(pipeline(*stages, post=tell), stop=Stop(line="^slow$", by="person"))
    assert (done.result, done.stopped) == ("ABORTED", True)
    assert [line for line in said(done) if line != "Terminated"] == ["slow", "post", "ABORTED", "post", "ABORTED"]
    assert done.statuses() == {"a": "ABORTED", "b": "ABORTED", POST: "SUCCESS"}


def test_a_person_is_obeyed_before_a_step(run: Runs) -> None:
    source = one("echo 'one'", "echo 'two'", "echo 'three'", post="always { echo 'post' }")
    undisturbed = run(source).steps
    done = run(source, stop=Stop(step=undisturbed[1].number, by="person"))
    assert (done.result, said(done)) == ("ABORTED", ["one", "post"])
    assert done.steps[1].failure == "interrupted"


@pytest.mark.parametrize(
    "caught",
    [
        block("catchError(buildResult: 'SUCCESS', stageResult: 'SUCCESS')", SLOW),
        block("script", "try {", SLOW, "} catch (e) { }"),
    ],
)
def test_a_build_that_a_person_has_stopped_is_aborted_although_it_goes_on(run: Runs, caught: str) -> None:
    source = one(caught, QUICK, post="aborted { echo 'aborted' }")
    done = run(source, stop=Stop(line="^slow$", by="person"))
    assert (done.result, said(done)[-2:]) == ("ABORTED", ["quick", "aborted"])


def test_a_person_stops_all_parallel_stages(run: Runs) -> None:
    wait = steps("sh 'touch $STAGE_NAME; until [ -e x ] && [ -e y ]; do sleep 0.01; done; echo ready; sleep 60'")
    source = pipeline(stage("p", block("parallel", stage("x", wait), stage("y", wait))))
    done = run(source, stop=Stop(line="^ready$", by="person"))
    assert done.statuses() == {"p": "SUCCESS", "x": "ABORTED", "y": "ABORTED"}


# The agent dies


def test_without_its_agent_nothing_of_a_build_runs_any_more(run: Runs, tmp_path: Path) -> None:
    slow = untraced("sleep 60 & echo $! > ../left; echo slow; sleep 60")
    first = stage("a", steps(block("catchError", slow), QUICK), block("post", "always { sh 'echo post' }"))
    begun = time.monotonic()
    done = run(pipeline(first, post="always { sh 'echo post' }"), stop=Stop(line="^slow$"))
    assert (done.result, done.stopped, said(done)) == (None, True, ["slow"])
    assert time.monotonic() - begun < 20
    assert ended(tmp_path / "workspace/left")


@pytest.mark.parametrize("number", [0, 1, 2])
def test_an_agent_can_die_before_each_step(run: Runs, number: int) -> None:
    source = script("echo 'one'", "try { echo 'two' } catch (Throwable e) { }", post="always { echo 'post' }")
    done = run(source, stop=Stop(step=number))
    assert (done.result, said(done)) == (None, ["one", "two"][: max(number - 1, 0)])
    assert {step.failure for step in done.steps[number:]} == {"the agent was killed"}


def test_an_agent_can_die_while_stages_are_parallel(run: Runs) -> None:
    dying = stage("y", steps("sh 'sleep 0.1; echo dead; sleep 60'", QUICK))
    sides = block("parallel", stage("x", steps("sh 'sleep 60'")), dying)
    done = run(pipeline(stage("p", sides), post="always { echo 'post' }"), stop=Stop(line="^dead$"))
    assert (done.result, said(done)) == (None, ["dead"])


def test_a_stop_that_never_comes_changes_nothing(run: Runs) -> None:
    done = run(one(QUICK), stop=Stop(line="never"))
    assert (done.result, done.stopped, said(done)) == ("SUCCESS", False, ["quick"])


# Dry runs


def test_a_dry_run_tells_its_steps_and_touches_nothing(run: Runs, tmp_path: Path) -> None:
    all_steps = steps(
        "checkout(scmGit(branches: [[name: 'main']], userRemoteConfigs: [[url: 'https://example.org/x.git']]))",
        "sh(label: 'Ask', script: 'exit 9')",
        "writeFile(file: 'a', text: 'b')",
        "stash 'x'",
        "unstash 'y'",
        "archiveArtifacts 'none'",
        "junit 'none'",
        "sleep 60",
        block("dir('sub')", "deleteDir()"),
        block("withCredentials([file(credentialsId: 'config', variable: 'F')])", "sh 'cat $F'"),
    )
    post = block("post", "always { mail(to: 'a', subject: 'b', body: 'c') }")
    source = pipeline(stage("a", all_steps, post), post="cleanup { cleanWs() }")
    done = run(source, dry=Dry(), credentials={"config": {"content": "x"}})
    assert (done.result, done.notified[0]["by"]) == ("SUCCESS", "mail")
    assert [step.status for step in done.shells()] == [0, 0]
    assert done.shells()[1].environment["F"] == "****"
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_is_told_what_scripts_and_files_say(run: Runs) -> None:
    source = script(
        "int status = sh(label: 'Ask', script: 'true', returnStatus: true)",
        "String printed = sh(script: 'date', returnStdout: true)",
        "echo \"${status} ${readFile('some/where/gate.env')} [${readFile('other')}] [${printed}]\"",
        "sh(label: 'Fail', script: 'true')",
    )
    done = run(source, dry=Dry(statuses={"Ask": 10, "Fail": 1}, files={"where/gate.env": "A=1"}))
    assert (done.result, said(done)) == ("FAILURE", ["10 A=1 [] []"])
    assert done.shells()[2].failure == "script returned exit code 1"
