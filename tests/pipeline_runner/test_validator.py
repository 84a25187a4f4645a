"""The validator beyond the recorded contract: each kind of finding, at its place.

The places of what Jenkins refuses are those of its ModelParser and ModelValidatorImpl; in the sources here `§` marks
them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.pipeline_runner.pipelines import block, one, pipeline, stage, steps

if TYPE_CHECKING:
    from tests.pipeline_runner.runner import Finding, PipelineRunner

pytest_plugins = ("tests.pipeline_runner.plugin",)

WORK = steps("echo 'x'")
DONE = stage("a", WORK)
SMALL = pipeline(DONE)


def section(name: str, *lines: str) -> str:
    """A pipeline with this section."""
    return pipeline(DONE, head=block(name, *lines))


def staged(*sections: str) -> str:
    """A pipeline whose stage has these sections beside its steps."""
    return pipeline(stage("a", *sections, WORK))


def when(*lines: str) -> str:
    """A pipeline whose stage has these conditions."""
    return staged(block("when", *lines))


def matrix(*lines: str) -> str:
    """A pipeline with this matrix, which has stages."""
    return pipeline(stage("a", block("matrix", *lines, block("stages", stage("in", WORK)))))


def of_agent(agent: str) -> str:
    """A pipeline with this section, which names its agent."""
    return block("pipeline", agent, block("stages", DONE))


AXES = "axes { axis { name 'A'\nvalues 'x' } }"
NO_SECTION = "not a section; each goes on a line of its own"
NO_NESTING = "parallel or matrix inside of parallel or matrix"

REFUSED = {
    # The pipeline and its sections
    "no pipeline": ("§echo 'x'", ["no pipeline"]),
    "a statement among sections": (pipeline(DONE, head="§def x = 1"), [NO_SECTION]),
    "a call on an object among sections": (pipeline(DONE, head="§x.y()"), [NO_SECTION, "a call on something"]),
    "an unknown section": (pipeline(DONE, head="§notifications { }"), ["no section of pipeline: notifications"]),
    "a repeated section": (
        pipeline(DONE, head="options { timestamps() }\n§options { timestamps() }"),
        ["options stands here twice"],
    ),
    "a pipeline without sections": ("§pipeline { }", ["the pipeline has no agent", "the pipeline has no stages"]),
    "a tab before the place": ("pipeline {\n  agent any\n\t§stages { }\n}", ["no stages"]),
    # Agents
    "an agent of no kind": (of_agent("§agent some"), ["neither any nor none"]),
    "an empty agent": (of_agent("§agent { }"), ["not one kind of agent"]),
    "two kinds of agents": (of_agent("§agent { label 'a'\nlabel 'b' }"), ["not one kind of agent"]),
    "an unknown kind of agent": (of_agent("agent { §machine 'a' }"), ["no kind of agent"]),
    "an agent without a label": (of_agent("agent { §node { customWorkspace 'x' } }"), ["an agent has a label"]),
    "an agent with something unknown": (of_agent("agent { node { label 'x'\n§size 3 } }"), ["an agent has no size"]),
    "an agent of a stage": (staged("agent { §machine 'a' }"), ["no kind of agent"]),
    # Stages
    "no stages": ("pipeline {\nagent any\n§stages { }\n}", ["no stages"]),
    "something that is no stage": (pipeline("§steps { echo 'x' }"), ["not a stage"]),
    "two stages of a name": (f"pipeline {{\nagent any\n§stages {{\n{DONE}\n{DONE}\n}} }}", ["two stages named a"]),
    "two parallel stages of a name": (
        pipeline(stage("p", f"§parallel {{\n{DONE}\n{DONE}\n}}")),
        ["two stages named a"],
    ),
    "a stage with a name only": (pipeline("§stage('a')"), ["a stage has a name and a block"]),
    "a stage with a block only": (
        pipeline(f"§stage §{{\n{WORK}\n}}"),
        ["a stage has a name and a block", "the name of a stage is no literal"],
    ),
    "a stage whose name is put together": (
        pipeline('stage(§"a${1}") {\n' + WORK + "\n}"),
        ["the name of a stage is no literal"],
    ),
    "an empty stage": (pipeline("§stage('a') { }"), ["a stage has steps, stages, parallel or matrix"]),
    "a stage with two contents": (
        pipeline(f"§stage('a') {{\n{WORK}\n{block('stages', stage('b', WORK))}\n}}"),
        ["a stage has one of steps, stages"],
    ),
    "an unknown section of a stage": (
        pipeline(f"§stage('a') {{\n{WORK}\ntriggers {{ }}\n}}"),
        ["no section of stage: triggers"],
    ),
    "a repeated section of a stage": (pipeline(f"§stage('a') {{\n{WORK}\n{WORK}\n}}"), ["steps stands here twice"]),
    "a statement in a stage": (pipeline(f"§stage('a') {{\n{WORK}\nif (true) {{ }}\n}}"), [NO_SECTION]),
    "a call on an object in a stage": (
        pipeline(f"§stage('a') {{\n{WORK}\n§x.y()\n}}"),
        [NO_SECTION, "a call on something"],
    ),
    "parallel in parallel": (
        pipeline(stage("p", block("parallel", stage("q", f"§parallel {{\n{DONE}\n}}")))),
        [NO_NESTING],
    ),
    "a matrix in parallel": (
        pipeline(stage("p", block("parallel", stage("q", f"§matrix {{\n{AXES}\nstages {{\n{DONE}\n}} }}")))),
        [NO_NESTING],
    ),
    "tools beside parallel": (
        pipeline(stage("p", block("parallel", DONE), "§tools { maven 'x' }")),
        ["no tools beside parallel or matrix"],
    ),
    "failFast without an answer": (
        pipeline(stage("p", "§failFast 'yes'", block("parallel", DONE))),
        ["neither true nor false"],
    ),
    # Matrices
    "a matrix without stages": (pipeline(stage("a", f"§matrix {{\n{AXES}\n}}")), ["the matrix has no stages"]),
    "an unknown section of a matrix": (matrix(AXES, "§steps { }"), ["no section of matrix: steps"]),
    "no axes": (matrix("§axes { }"), ["no axes"]),
    "something that is no axis": (matrix("axes { §name 'A' }"), ["not an axis"]),
    "an axis without name and values": (
        matrix("axes { §axis { } }"),
        ["an axis has a name", "an axis has values"],
    ),
    "an axis with something unknown": (
        matrix("axes { axis { name 'A'\nvalues 'x'\n§notValues 'y' } }"),
        ["no section of axis: notValues"],
    ),
    "an axis that is no variable": (
        matrix("axes { axis { name §'1'\nvalues 'x' } }"),
        ["no name of a variable"],
    ),
    "two axes of a name": (
        matrix("axes { axis { name §'A'\nvalues 'x' }\naxis { name 'A'\nvalues 'y' } }"),
        ["two axes named A"],
    ),
    "a repeated value": (
        matrix("axes { axis { name 'A'\nvalues §'x', 'y', 'x' } }"),
        ["this value stands here twice"],
    ),
    "a value that is worked out": (matrix("axes { axis { name 'A'\nvalues §env.X } }"), ["not a literal"]),
    "nothing excluded": (matrix(AXES, "§excludes { }"), ["nothing is excluded"]),
    "something that is no exclude": (matrix(AXES, "excludes { §axis { } }"), ["not an exclude"]),
    "an empty exclude": (matrix(AXES, "excludes { §exclude { } }"), ["no axes"]),
    "a condition in a matrix": (matrix(AXES, "when { §never() }"), ["no condition: never"]),
    "an agent in a matrix": (matrix(AXES, "agent { §machine 'a' }"), ["no kind of agent"]),
    # Steps
    "no steps": (pipeline(stage("a", "steps §{ }")), ["no steps"]),
    "no steps in a block": (one("dir('x') §{ }"), ["no steps"]),
    "code among steps": (one("§def x = 1"), ["not a step; code goes into a script block"]),
    "a call on an object among steps": (one("§foo.bar()"), ["not a step; code goes into a script block"]),
    "a script without a block": (one("§script 'x'"), ["script has a block"]),
    "a stage among steps": (one("§stage('b') { echo 'x' }"), ["not in steps: stage"]),
    "properties among steps": (one("§properties([])"), ["not in steps: properties"]),
    "parallel among steps": (one("echo 'x'", "§parallel(a: { })"), ["not in steps: parallel"]),
    "a step without what it needs": (one("§sh(label: 'x')"), ["sh needs script"]),
    "a step without anything": (one("§error()"), ["error needs message"]),
    "an unknown argument of a step": (one("sh(§skript: 'x')"), ["sh has no skript"]),
    "two arguments without names": (one("§echo('x', 'y')"), ["the arguments of echo need names"]),
    "an argument for a step that takes none": (one("§deleteDir('x')"), ["deleteDir takes names"]),
    "a number for a text": (one("echo §1"), ["not a String"]),
    "a flag for a text": (one("sh(script: §true)"), ["not a String"]),
    "a text for a number": (one("retry(§'2') { echo 'x' }"), ["not a Integer"]),
    "nothing for a number": (one("retry(§null) { echo 'x' }"), ["not a Integer"]),
    "an unknown unit of time": (one("timeout(time: 1, unit: §'WEEKS') { echo 'x' }"), ["not a TimeUnit"]),
    "a text for a list": (one("withEnv(§'A=1') { echo 'x' }"), ["not a List"]),
    "a step in a block": (one("retry(2) { echo §1\n }"), ["not a String"]),
    # Environment
    "an empty environment": (pipeline(DONE, head="§environment { }"), ["no variables"]),
    "a call in an environment": (section("environment", "A = 'x'", "§echo 'x'"), ["not a variable"]),
    "a variable of another": (section("environment", "A = 'x'", "B = §A"), ["neither a text nor a call"]),
    "a difference": (section("environment", "A = 'x'", "B = 'a' §- 'b'"), ["neither a text nor a call"]),
    "a call in a sum": (section("environment", "A = 'x'", "B = 'a' + §word()"), ["neither a text nor a call"]),
    "a variable that is set twice": (section("environment", "A = 'x'", "§A = 'y'"), ["A is set twice"]),
    "an id that is worked out": (
        section("environment", "A = 'x'", "B = §credentials(params.ID)"),
        ["an id is a text"],
    ),
    # Options, parameters, triggers, tools
    "no options": (pipeline(DONE, head="§options { }"), ["options is empty"]),
    "an option that is no call": (section("options", "timestamps()", "§x = 1"), ["not an entry of options"]),
    "an option with a block": (section("options", "§retry(2) { echo 'x' }"), ["not an entry of options"]),
    "an unknown option": (section("options", "§buildDisarder()"), ["no option here: buildDisarder"]),
    "an option twice": (pipeline(DONE, head="§options { retry(1)\nretry(2) }"), ["two options named retry"]),
    "an option without what it needs": (section("options", "§retry()"), ["retry needs count"]),
    "an unknown argument of an option": (
        section("options", "timeout(time: 1, §units: 'HOURS')"),
        ["timeout has no units"],
    ),
    "an option of pipelines in a stage": (
        staged("options { §disableConcurrentBuilds() }"),
        ["no option here: disableConcurrentBuilds"],
    ),
    "no parameters": (pipeline(DONE, head="§parameters { }"), ["parameters is empty"]),
    "an unknown kind of parameter": (section("parameters", "§number(name: 'x')"), ["no kind of parameter: number"]),
    "a parameter of another type": (section("parameters", "string(name: 'x', defaultValue: §1)"), ["not a String"]),
    "no triggers": (pipeline(DONE, head="§triggers { }"), ["triggers is empty"]),
    "an unknown trigger": (section("triggers", "§timer('H * * * *')"), ["no trigger: timer"]),
    "a trigger twice": (
        pipeline(DONE, head="§triggers { cron 'H * * * *'\ncron '@daily' }"),
        ["two triggers named cron"],
    ),
    "a trigger without what it needs": (section("triggers", "§cron()"), ["cron needs spec"]),
    "no tools": (pipeline(DONE, head="§tools { }"), ["tools is empty"]),
    "an unknown tool": (section("tools", "§make '4'"), ["no tool: make"]),
    # when
    "no conditions": (staged("§when { }"), ["when is empty"]),
    "flags without a condition": (staged("§when { beforeAgent true }"), ["when has no condition"]),
    "a flag without an answer": (when("§beforeAgent 'yes'", "branch 'x'"), ["neither true nor false"]),
    "an unknown condition": (when("§brunch 'x'"), ["no condition: brunch"]),
    "a statement among conditions": (staged("§when { branch 'x'\nparams.A == 'x' }"), ["not a condition"]),
    "not with two conditions": (when("§not { branch 'x'\nbranch 'y' }"), ["not holds 1 conditions"]),
    "anyOf without conditions": (when("§anyOf { }"), ["anyOf holds no conditions"]),
    "anyOf with an argument": (when("§anyOf('x') { branch 'x' }"), ["anyOf holds no conditions"]),
    "a branch with conditions": (when("§branch { expression { true } }"), ["branch holds no conditions"]),
    "an expression without a block": (when("§expression 'x'"), ["an expression is a block"]),
    "a condition without what it needs": (when("§environment(name: 'X')"), ["environment needs value"]),
    "an unknown argument of a condition": (
        when("branch(pattern: 'x', §compare: 'y')"),
        ["branch has no compare"],
    ),
    "a nested unknown condition": (when("allOf { not { §brunch 'x' } }"), ["no condition: brunch"]),
    # input
    "an input without a message": (staged("§input { ok 'x' }"), ["an input without a message"]),
    "an unknown field of an input": (staged("input { message 'x'\n§cancel 'y' }"), ["an input has no cancel"]),
    "a field of an input twice": (staged("§input { message 'x'\nmessage 'y' }"), ["message stands here twice"]),
    "a statement in an input": (staged("§input { message 'x'\nok = 'y' }"), ["not a field of an input"]),
    "an unknown parameter of an input": (
        staged("input { message 'x'\nparameters { §number(name: 'y') } }"),
        ["no kind of parameter: number"],
    ),
    # post
    "an empty post": (pipeline(DONE, head="§post { }"), ["post is empty"]),
    "an unknown condition of post": (section("post", "§never { echo 'x' }"), ["no condition of post: never"]),
    "a condition of post without a block": (
        section("post", "always { echo 'x' }", "§success 'x'"),
        ["not a condition of post"],
    ),
    "a condition of post twice": (
        pipeline(DONE, head="§post { always { echo 'x' }\nalways { echo 'y' } }"),
        ["always stands here twice"],
    ),
    "a condition of post without steps": (section("post", "always §{ }"), ["no steps"]),
    "the post of a stage": (staged("post { always { echo §1 } }"), ["not a String"]),
    # Groovy; its messages are its own
    "a string without its end": ("pipeline {\n  agent 'any§\n}", None),
}


def found(findings: tuple[Finding, ...]) -> list[tuple[tuple[int, int], str]]:
    """Findings in the order of their places."""
    return sorted(((each.line, each.column), each.message) for each in findings)


def places(marked: str) -> list[tuple[int, int]]:
    """The marked places of a source, by line and column."""
    return [
        (number, match.start() - earlier + 1)
        for number, row in enumerate(marked.split("\n"), 1)
        for earlier, match in enumerate(re.finditer("§", row))
    ]


@pytest.mark.parametrize("name", REFUSED)
def test_the_validator_refuses(name: str, pipeline_runner: PipelineRunner) -> None:
    marked, messages = REFUSED[name]
    verdict = pipeline_runner.validate(marked.replace("§", ""))
    assert {place for place, _ in found(verdict.errors)} == set(places(marked))
    if messages is not None:
        assert sorted(each.message for each in verdict.errors) == sorted(messages)


UNKNOWN = "no step, symbol or function: nosuch"

OVERSIGHTS = {
    "a second pipeline": (f"{SMALL}\n§{SMALL}", "a second pipeline"),
    "a statement behind the pipeline": (f"{SMALL}\n§println 1", "a statement behind the pipeline"),
    "libraries": (pipeline(DONE, head="§libraries { lib 'x' }"), "no libraries here"),
    "a stage in a stage of its name": (
        pipeline(f"§stage('a') {{\n{block('stages', DONE)}\n}}"),
        "a stage in the stage a has its name",
    ),
    "a stage named by a variable": (pipeline(f"stage(§NAME) {{\n{WORK}\n}}"), "the name of a stage is no literal"),
    "an unknown step": (one("§nosuch 'x'"), "no step: nosuch"),
    "an unknown word in a script": (one("script { §nosuch 'x' }"), UNKNOWN),
    "an unknown word in a function": (f"{SMALL}\ndef help() {{ §nosuch() }}", UNKNOWN),
    "an unknown word in an argument": (one("echo §nosuch()"), UNKNOWN),
    "an unknown word in a condition": (when("expression { §nosuch() }"), UNKNOWN),
    "an unknown word in the label of an agent": (of_agent("agent { label §nosuch() }"), UNKNOWN),
    "an unknown argument in a script": (one("script { sh(§skript: 'x', script: 'y') }"), "sh has no skript"),
    "a step in a script without what it needs": (one("script { §sh(label: 'x') }"), "sh needs script"),
    "a binding without what it needs": (
        one("withCredentials([§string(credentialsId: 'x')]) { echo 'x' }"),
        "string needs variable",
    ),
    "a method that the sandbox refuses": (one("script { §'x'.execute() }"), "the sandbox does not know execute"),
    "what the sandbox keeps of the build": (
        one("echo §currentBuild.rawBuild"),
        "the sandbox does not give out currentBuild.rawBuild",
    ),
    "a step without its block": (one("§dir('x')"), "dir and blocks"),
    "a block for a step that has none": (one("§echo('x') { echo 'y' }"), "echo and blocks"),
    "parallel steps": (one("§parallel(a: { echo 'x' })"), "stages are parallel, not steps"),
    "a text for a flag": (one("sh(script: 'x', returnStatus: §'false')"), "not a Boolean"),
    "a number in an environment": (section("environment", "A = §1"), "not a text"),
    "an option with names that are not all": (section("options", "§timeout(unit: 'HOURS')"), "timeout needs time"),
    "a schedule with four fields": (section("triggers", "cron(§'H 3 * *')"), "no schedule: H 3 * *"),
    "a schedule at no minute": (section("triggers", "cron(§'61 3 * * *')"), "no schedule: 61 3 * * *"),
}


@pytest.mark.parametrize("name", OVERSIGHTS)
def test_the_validator_tells_of_what_jenkins_takes_although_it_cannot_be_meant(
    name: str, pipeline_runner: PipelineRunner
) -> None:
    marked, message = OVERSIGHTS[name]
    verdict = pipeline_runner.validate(marked.replace("§", ""))
    assert found(verdict.oversights) == [(place, message) for place in places(marked)]
    assert not verdict.errors


ACCEPTED = {
    "results that are not given": one("catchError(buildResult: null, stageResult: 'FAILURE') { error 'x' }"),
    "options that need nothing": section("options", "skipDefaultCheckout()", "quietPeriod(5)"),
    "a parameter with its name only": section("parameters", "string 'X'", "choice(name: 'Y', choices: 'a\\nb')"),
    "triggers": section("triggers", "cron '@daily'", "pollSCM ''", "upstream(upstreamProjects: 'x')"),
    "a schedule with a time zone": section("triggers", "cron 'TZ=Europe/Berlin\\n# at night\\nH 3 * * *'"),
    "conditions": when(
        "beforeAgent true", "environment(name: 'X', value: 'y')", "equals(expected: 1, actual: params.X)"
    ),
    "functions of the source": one("help 'x'", "script { def own = { it }; own(1); help(2) }")
    + "\ndef help(x) { echo x }",
    "steps with names of Groovy's methods": one("sleep 1", "script { println 'x' }"),
    "an input with parameters": staged(
        "input { message 'x'\nok 'y'\nsubmitter 'z'\nparameters { string(name: 'X') } }"
    ),
    "a matrix": matrix(
        AXES, "excludes { exclude { axis { name 'A'\nnotValues 'x' } } }", "agent any", "when { branch 'x' }"
    ),
    "an environment": section("environment", "A = 'x' + \"${B}\" + 'y'", "B = credentials('x')", "C = help()")
    + "\ndef help() { 1 }",
    "an agent with more than a label": of_agent("agent { node { label 'x'\ncustomWorkspace '/y' } }"),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_the_validator_accepts(name: str, pipeline_runner: PipelineRunner) -> None:
    verdict = pipeline_runner.validate(ACCEPTED[name])
    assert (verdict.errors, verdict.oversights) == ((), ())


def test_all_findings_are_told_at_once(pipeline_runner: PipelineRunner) -> None:
    bad = stage("a", steps("sh(§skript: 'x')", "§x = 1"))
    marked = pipeline(bad, head=block("options", "§nosuch()"), post="§never { echo §1 }")
    verdict = pipeline_runner.validate(marked.replace("§", ""))
    assert sorted(place for place, _ in found(verdict.errors)) == sorted(places(marked))
