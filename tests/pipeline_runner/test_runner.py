"""The runner's scripts: what `sh` sees, how it runs and how it ends."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.pipeline_runner.pipelines import Runs, block, one, pipeline, said, script, stage, steps, untraced

pytest_plugins = ("tests.pipeline_runner.plugin",)


# What a script sees


def test_a_script_sees_what_jenkins_and_the_agent_tell_it_and_nothing_of_the_test_machine(
    run: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEAK", "1")
    done = run(
        one("sh 'env'"),
        name="group/part/job",
        number=7,
        parameters={"BRANCH": "main", "FAST": True},
        environment={"GERRIT_BRANCH": "main"},
        agent={"PATH": "/usr/bin:/bin", "HOME": "/nowhere"},
    )
    seen = dict(line.split("=", 1) for line in said(done))
    expected = {
        "PATH": "/usr/bin:/bin",
        "HOME": "/nowhere",
        "BRANCH": "main",
        "FAST": "true",
        "GERRIT_BRANCH": "main",
        "BUILD_DISPLAY_NAME": "#7",
        "BUILD_ID": "7",
        "BUILD_NUMBER": "7",
        "BUILD_TAG": "jenkins-group-part-job-7",
        "BUILD_URL": "https://jenkins.example.org/job/group/job/part/job/job/7/",
        "CI": "true",
        "EXECUTOR_NUMBER": "0",
        "JENKINS_URL": "https://jenkins.example.org/",
        "HUDSON_URL": "https://jenkins.example.org/",
        "JOB_BASE_NAME": "job",
        "JOB_NAME": "group/part/job",
        "JOB_URL": "https://jenkins.example.org/job/group/job/part/job/job/",
        "NODE_LABELS": "any",
        "NODE_NAME": "agent-1",
        "STAGE_NAME": "a",
        "WORKSPACE": str(tmp_path / "workspace/group/part/job"),
        "WORKSPACE_TMP": str(tmp_path / "workspace/group/part/job@tmp"),
    }
    by_the_shell = {"PWD": expected["WORKSPACE"]}
    assert seen == expected | by_the_shell
    assert done.shells()[0].environment == expected


def test_without_an_agent_there_are_no_variables_of_one(run: Runs) -> None:
    names = ["PATH", "WORKSPACE", "NODE_NAME", "EXECUTOR_NUMBER"]
    done = run(one(*(f'echo "{name} ${{env.{name}}}"' for name in names), "echo env.BUILD_NUMBER", agent="none"))
    assert said(done) == [*(f"{name} null" for name in names), "1"]


def test_variables_of_blocks_end_with_them(run: Runs) -> None:
    show = "sh 'echo \"$A ${B-none}\"'"
    done = run(one(block("withEnv(['A=1', 'B=x=y'])", block("withEnv(['A=2'])", show), show), "sh 'echo ${A-none}'"))
    assert said(done) == ["2 x=y", "1 x=y", "none"]


def test_a_plus_in_the_name_of_a_variable_puts_a_folder_in_front(run: Runs) -> None:
    show = "sh 'echo \"$PATH $NEW\"'"
    blocks = block("withEnv(['PATH+X=/opt/x', 'PATH+Y=/opt/y', 'NEW+X=/opt/x'])", show)
    path, new = said(run(one(blocks), agent={"PATH": "/bin"}))[0].split(" ")
    assert sorted(path.split(":")) == ["/bin", "/opt/x", "/opt/y"]
    assert (path.rpartition(":")[2], new) == ("/bin", "/opt/x")


def test_the_same_name_in_other_letters_is_the_same_variable(run: Runs) -> None:
    show = "sh 'echo $BRANCH ${branch-none}'"
    done = run(one(block("withEnv(['branch=other'])", show)), parameters={"BRANCH": "x"})
    assert said(done) == ["other none"]


def test_a_variable_without_a_value_is_none_for_scripts(run: Runs) -> None:
    show = "sh 'echo ${EMPTY-unset} ${SET-unset} ${ASSIGNED-unset}'"
    done = run(
        script("env.ASSIGNED = ''", 'echo "[${env.EMPTY}]"', block("withEnv(['SET='])", show)),
        parameters={"EMPTY": "", "SET": "x"},
    )
    assert said(done) == ["[]", "unset unset unset"]
    assert "SET" not in done.shells()[0].environment


def test_what_is_assigned_reaches_later_stages_but_blocks_and_sections_shadow_it(run: Runs) -> None:
    show = "sh 'echo $A'"
    done = run(
        pipeline(
            stage("set", steps(block("script", "env.A = 1"))),
            stage("plain", steps(show)),
            stage("section", block("environment", "A = 'section'"), steps(block("script", "env.A = 2"), show)),
            stage("block", steps(block("withEnv(['A=block'])", block("script", "env.A = 3"), show), show)),
        ),
        parameters={"A": "parameter"},
    )
    assert said(done) == ["1", "section", "block", "3"]


def test_sections_of_a_stage_shadow_those_of_the_pipeline(run: Runs) -> None:
    head = block("environment", "A = 'pipeline'", "B = 'pipeline'")
    show = steps("sh 'echo $A $B'")
    done = run(pipeline(stage("a", block("environment", "A = 'stage'"), show), stage("b", show), head=head))
    assert said(done) == ["stage pipeline", "pipeline pipeline"]


def test_variables_of_a_section_see_each_other_in_any_order(run: Runs) -> None:
    head = block(
        "environment",
        'C = "${env.B}-c"',
        "B = \"${A}-b\" + '!'",
        "A = 'a'",
        'PATH = "/opt:${PATH}"',
        'NONE = "${MISSING}"',
        "WORD = word()",
    )
    done = run(one("sh 'echo $C $PATH $NONE $WORD'", head=head) + "\ndef word() { 'word' }", agent={"PATH": "/bin"})
    assert said(done) == ["a-b!-c /opt:/bin null word"]


def test_a_stage_tells_its_name_also_that_of_the_posts(run: Runs) -> None:
    done = run(one("sh 'echo $STAGE_NAME'", post=block("always", "sh 'echo $STAGE_NAME'")))
    assert said(done) == ["a", "Declarative: Post Actions"]


def test_parameters_of_the_pipeline_itself_are_no_variables_in_the_first_build(run: Runs) -> None:
    head = block(
        "parameters",
        "string(name: 'TEXT', defaultValue: 'x')",
        "string(name: 'EMPTY')",
        "booleanParam(name: 'FLAG', defaultValue: false)",
        "choice(name: 'ONE', choices: ['p', 'q'])",
        "choice(name: 'LINE', choices: 'r\\ns')",
    )
    tell = 'echo "${params.TEXT} [${params.EMPTY}] ${params.FLAG} ${params.ONE} ${params.LINE}"'
    show = [tell, "sh 'echo ${TEXT-none}'"]
    assert said(run(one(*show, head=head))) == ["x [] false p r", "none"]
    assert said(run(one(*show, head=head), parameters={"TEXT": "y"})) == ["y [] false p r", "y"]


def test_withenv_needs_values(run: Runs) -> None:
    done = run(one(block("withEnv(['A'])", "sh 'true'")))
    assert done.result == "FAILURE"
    assert not done.shells()


# How a script runs


def test_a_script_runs_in_the_workspace_and_ends_with_its_first_failure(run: Runs, tmp_path: Path) -> None:
    workspace = str(tmp_path / "workspace/job")
    done = run(one("sh 'pwd\\nfalse\\necho never'", "echo 'never'"))
    assert done.console[6:9] == ("+ pwd", workspace, "+ false")
    assert said(done) == [workspace]
    assert (done.result, done.statuses(), done.shells()[0].status) == ("FAILURE", {"a": "FAILED"}, 1)
    assert done.shells()[0].failure == "script returned exit code 1"


def test_a_script_with_an_interpreter_decides_for_itself(run: Runs) -> None:
    done = run(one("sh '''#!/bin/bash\necho ${BASH_VERSION:+bash}\nfalse\necho \"$-\" '''"))
    assert done.result == "SUCCESS"
    assert said(done)[0] == "bash"
    assert not {"e", "x"} & set(said(done)[1])


def test_a_missing_interpreter_is_a_failure(run: Runs) -> None:
    assert run(one("sh '#!/no/such'")).result == "FAILURE"


@pytest.mark.parametrize("status", [0, 1, 10, 255])
def test_the_status_of_a_script_can_be_asked_for(run: Runs, status: int) -> None:
    done = run(script(f"int got = sh(script: 'exit {status}', returnStatus: true)", 'echo "got ${got}"'))
    assert (done.result, said(done), done.shells()[0].status) == ("SUCCESS", [f"got {status}"], status)


@pytest.mark.parametrize(
    ("printed", "got"),
    [
        ("printf x", "x"),
        ("printf 'x\\\\n'", "x\n"),
        ("printf 'a\\\\r\\\\n\\\\n'", "a\r\n\n"),
        ("printf '\\\\377'", "\ufffd"),
        ("true", ""),
    ],
)
def test_the_output_of_a_script_is_returned_to_the_letter(run: Runs, printed: str, got: str) -> None:
    command = f'sh(script: "echo told >&2; {printed}", returnStdout: true)'
    done = run(script(f"writeFile(file: 'got', text: {command})"))
    assert said(done) == ["told"]
    assert done.calls("writeFile")[0].arguments["text"] == got


def test_the_output_of_a_script_that_fails_is_shown(run: Runs) -> None:
    done = run(one("sh(script: 'echo why; exit 3', returnStdout: true)"))
    assert (done.result, said(done)) == ("FAILURE", ["why", ""])


def test_the_status_counts_more_than_the_output(run: Runs) -> None:
    done = run(script("echo \"${sh(script: 'echo x; exit 3', returnStdout: true, returnStatus: true)}\""))
    assert said(done) == ["3"]


def test_a_label_says_what_a_script_is_for(run: Runs) -> None:
    done = run(one("sh(label: 'Build it', script: 'true')"))
    assert done.shells("a")[0].arguments == {"label": "Build it", "script": "true"}


def test_the_console_takes_any_output(run: Runs) -> None:
    done = run(one(untraced("printf '\\\\303\\\\274\\\\n\\\\377\\\\n\\\\n'\nseq 20000\nprintf end")))
    assert said(done) == ["ü", "\ufffd", "", *map(str, range(1, 20001)), "end"]


def test_one_long_line_is_one_line(run: Runs) -> None:
    done = run(one(untraced("head -c 3000000 /dev/zero | tr '\\\\0' x")))
    assert said(done) == ["x" * 3_000_000]


def test_errors_and_output_come_in_their_order(run: Runs) -> None:
    assert said(run(one(untraced("echo 1; echo 2 >&2; echo 3")))) == ["1", "2", "3"]


def test_a_script_has_nothing_to_read(run: Runs) -> None:
    assert said(run(one("sh 'cat; echo end'"))) == ["end"]


def test_a_program_left_behind_neither_holds_up_the_build_nor_outlives_it(run: Runs, tmp_path: Path) -> None:
    begun = time.monotonic()
    leave = "(sleep 50; echo late) & echo $! > pid"
    again = f"sh(script: '{leave}; setsid sleep 50 &', returnStdout: true)"
    done = run(one(untraced(leave), again, "sh 'kill -0 $(cat pid)'"))
    assert time.monotonic() - begun < 20
    assert (done.result, "late" in done.console) == ("SUCCESS", False)
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue  # it has just ended
        assert str(tmp_path).encode() not in environment, folder


def test_an_absent_script_is_an_empty_one(run: Runs) -> None:
    assert run(one("sh(script: null)")).result == "SUCCESS"


def test_a_script_needs_an_agent(run: Runs) -> None:
    done = run(one("sh 'true'", agent="none"))
    assert (done.result, done.shells()[0].failure) == ("FAILURE", "sh needs an agent")
