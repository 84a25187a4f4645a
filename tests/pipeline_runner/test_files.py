"""The runner's steps that deal with files and with what a build keeps; and steps that it does not know."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline_runner.pipelines import Runs, block, one, pipeline, said, script, stage, steps, untraced

pytest_plugins = ("tests.pipeline_runner.plugin",)


# Folders and files


def test_dir_changes_the_folder_for_its_block(run: Runs, tmp_path: Path) -> None:
    workspace = tmp_path / "workspace/job"
    absolute = block(f"dir('{tmp_path}')", "echo pwd()")
    inner = block("dir('sub')", "sh 'pwd'", block("dir('deep')", "echo pwd()"), absolute)
    done = run(one(inner, "echo pwd()", "echo env.WORKSPACE"))
    folders = [workspace / "sub", workspace / "sub/deep", tmp_path, workspace, workspace]
    assert said(done) == [str(folder) for folder in folders]


def test_the_temporary_folder_is_beside_the_one_that_the_build_is_in(run: Runs, tmp_path: Path) -> None:
    workspace = tmp_path / "workspace/job"
    inner = block("dir('sub')", "echo pwd(tmp: true)", "sh 'ls ..'")
    done = run(one("echo pwd(tmp: true)", inner, "echo env.WORKSPACE_TMP"))
    assert said(done) == [f"{workspace}@tmp", f"{workspace}/sub@tmp", "sub", "sub@tmp", f"{workspace}@tmp"]


def test_files_are_written_read_and_found(run: Runs) -> None:
    done = run(
        script(
            "writeFile(file: 'new/folder/a.txt', text: 'ü\\n')",
            "echo readFile('new/folder/a.txt').trim()",
            "echo \"${fileExists('new')} ${fileExists('new/folder/a.txt')} ${fileExists('b.txt')}\"",
            "writeFile(file: 'b.txt', text: 'eA==', encoding: 'Base64')",
            "echo readFile(file: 'b.txt', encoding: 'Base64') + readFile('b.txt')",
            "sh 'od -An -tx1 new/folder/a.txt'",
        )
    )
    assert said(done) == ["ü", "true true false", "eA==x", " c3 bc 0a"]


def test_a_file_that_is_not_there_cannot_be_read(run: Runs) -> None:
    done = run(one("readFile('a.txt')", "echo 'never'"))
    assert (done.result, said(done)) == ("FAILURE", [])


@pytest.mark.parametrize("step", ["deleteDir()", "cleanWs()"])
def test_a_folder_is_deleted_and_what_its_links_lead_to_is_not(run: Runs, tmp_path: Path, step: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    make = f"sh 'mkdir -p sub/deep; chmod 0 sub/deep; ln -s {outside} sub/link; touch other'"
    done = run(one(make, block("dir('sub')", step), "sh 'ls'", step, "echo \"${fileExists('.')}\"", "sh 'pwd'"))
    assert said(done) == ["other", "false", str(tmp_path / "workspace/job")]
    assert list(outside.iterdir()) == [outside / "kept"]


def test_cleanws_goes_by_the_result_of_the_build(run: Runs, tmp_path: Path) -> None:
    workspace = tmp_path / "workspace/job"
    clean = block("cleanup", "cleanWs(cleanWhenFailure: false)")
    run(one("sh 'touch a; exit 1'", post=clean))
    assert (workspace / "a").exists()
    run(one("unstable 'x'", post=clean))
    assert not workspace.exists()


def test_what_is_stashed_comes_back_in_another_place(run: Runs) -> None:
    make = "sh 'mkdir -p d/e .git; echo 1 > d/e/run.sh; chmod +x d/e/run.sh; touch d/no.log b .git/c'"
    show = untraced("find . -type f | sort; test -x d/e/run.sh")
    done = run(
        pipeline(
            stage(
                "a",
                "agent any",
                steps(
                    make,
                    "stash(name: 'some', includes: 'd/**, b', excludes: '**/*.log')",
                    "stash(name: 'all', useDefaultExcludes: false)",
                    "stash(name: 'nothing', includes: 'x', allowEmpty: true)",
                    "deleteDir()",
                ),
            ),
            stage("b", steps("unstash 'some'", "unstash 'nothing'", show, "unstash 'all'", show)),
        )
    )
    assert (done.result, said(done)) == (
        "SUCCESS",
        ["./b", "./d/e/run.sh", "./.git/c", "./b", "./d/e/run.sh", "./d/no.log"],
    )


@pytest.mark.parametrize("step", ["stash(name: 'a', includes: '*.none')", "unstash 'never'"])
def test_an_empty_or_unknown_stash_is_a_failure(run: Runs, step: str) -> None:
    assert run(one("sh 'touch a'", step)).result == "FAILURE"


# What a build keeps


def test_archived_files_are_copied_with_their_folders(run: Runs, tmp_path: Path) -> None:
    done = run(
        one(
            "sh 'mkdir -p d/e; echo 1 > d/e/a.log; echo 2 > b.txt; touch c.txt~'",
            "archiveArtifacts(artifacts: 'd/**, *.txt*', excludes: 'x')",
            block("dir('d')", "archiveArtifacts 'e/*'"),
            block("catchError(buildResult: 'UNSTABLE')", "archiveArtifacts('c.txt~')"),
            "archiveArtifacts(artifacts: 'c.txt~', defaultExcludes: false)",
        ),
        number=3,
    )
    assert done.result == "UNSTABLE"
    assert [each["path"] for each in done.archived] == ["b.txt", "d/e/a.log", "e/a.log", "c.txt~"]
    assert done.archived[0]["stage"] == ["a"]
    assert (tmp_path / "builds/3/archive/d/e/a.log").read_text() == "1\n"


def test_nothing_to_archive_is_a_failure_unless_allowed_or_the_build_has_failed(run: Runs) -> None:
    nothing = "archiveArtifacts 'none/*'"
    assert run(one(nothing)).result == "FAILURE"
    assert run(one("unstable 'x'", nothing)).result == "FAILURE"
    assert run(one("archiveArtifacts(artifacts: 'none/*', allowEmptyArchive: true)")).result == "SUCCESS"
    late = pipeline(stage("a", steps("error 'first'"), block("post", block("always", nothing))))
    assert run(late).calls("archiveArtifacts")[0].failure is None


def test_archiving_can_be_left_to_successful_builds(run: Runs) -> None:
    keep = block("always", "archiveArtifacts(artifacts: 'a', onlyIfSuccessful: true)")
    assert not run(one("sh 'touch a; exit 1'", post=keep)).archived
    assert run(one("sh 'touch a'", "unstable 'x'", post=keep)).archived


GOOD = "<testcase name='a'/>"
BAD = "<testcase name='b'><failure message='m'/></testcase>"


def _results(*files: str, step: str = "junit('*.xml')") -> str:
    write = [f'writeFile(file: "{number}.xml", text: """{text}""")' for number, text in enumerate(files)]
    return one(*write, step)


@pytest.mark.parametrize(
    ("files", "total", "failed", "result"),
    [
        ([f"<testsuite>{GOOD}{GOOD}</testsuite>"], 2, 0, "SUCCESS"),
        ([f"<testsuites><testsuite>{GOOD}</testsuite><testsuite>{BAD}</testsuite></testsuites>"], 2, 1, "UNSTABLE"),
        ([f"<testsuite>{GOOD}<testcase name='c'><skipped/></testcase></testsuite>"], 2, 0, "SUCCESS"),
        (["<testsuite><testcase name='c'><error/></testcase></testsuite>"], 1, 1, "UNSTABLE"),
        (["<testsuite>broken", f"<testsuite>{GOOD}</testsuite>"], 2, 1, "UNSTABLE"),
        ([""], 1, 1, "UNSTABLE"),
        (["<testsuite/>"], 0, 0, "FAILURE"),
        ([], 0, 0, "FAILURE"),
    ],
)
def test_tests_are_counted(run: Runs, files: list[str], total: int, failed: int, result: str) -> None:
    done = run(_results(*files))
    counted = done.calls("junit")[0]
    assert (counted.total, counted.failed, done.result) == (total, failed, result)
    assert done.statuses() == {"a": result.replace("FAILURE", "FAILED")}


def test_no_results_and_failed_tests_can_be_allowed(run: Runs) -> None:
    assert run(_results(step="junit(testResults: '*.xml', allowEmptyResults: true)")).result == "SUCCESS"
    lenient = "junit(testResults: '*.xml', skipMarkingBuildUnstable: true)"
    done = run(_results(f"<testsuite>{BAD}</testsuite>", step=lenient))
    assert (done.result, done.statuses()) == ("SUCCESS", {"a": "UNSTABLE"})


# Other steps


def test_sleep_waits_without_an_agent(run: Runs) -> None:
    sleep = "sleep(time: 300, unit: 'MILLISECONDS')"
    tell = 'echo "${System.currentTimeMillis() - before >= 300}"'
    done = run(script("long before = System.currentTimeMillis()", sleep, tell, agent="none"))
    assert said(done) == ["true"]
    assert len(done.calls("sleep")) == 1


def test_steps_with_names_of_groovys_own_methods_are_steps(run: Runs) -> None:
    code = block("script", "println 'a'", "print 2", "sleep 0", "help()")
    done = run(one(code, "sleep 0") + "\ndef help() { println([3]) }")
    assert said(done) == ["a", "2", "[3]"]
    assert [step.step for step in done.steps] == ["script", "echo", "echo", "sleep", "echo", "sleep"]


def test_messages_to_people_are_kept(run: Runs) -> None:
    mail = "mail(to: 'a@example.org', subject: env.JOB_NAME, body: 'b')"
    done = run(one(mail, "slackSend(channel: '#ci', message: 'c')"))
    assert [dict(each) for each in done.notified] == [
        {"by": "mail", "arguments": {"to": "a@example.org", "subject": "job", "body": "b"}},
        {"by": "slackSend", "arguments": {"channel": "#ci", "message": "c"}},
    ]


@pytest.mark.parametrize(
    ("step", "failure"),
    [
        ("nosuch 'x'", "no such step: nosuch"),
        ("script { nosuch() }", "no such step: nosuch"),
        ("build 'other'", "the runner does not run build"),
        ("script { sh(skript: 'true') }", "sh does not take skript"),
        ("script { sh() }", "sh needs script"),
        ("script { echo('a', 'b') }", "echo does not take these arguments"),
        ("script { withCredentials([string(credentialsId: 'a')]) { } }", "string needs variable"),
        ("script { withCredentials([string(id: 'a')]) { } }", "string does not take id"),
        ("timeout(time: 1, activity: true) { echo 'x' }", "the runner does not watch activity"),
        ("cleanWs(patterns: [])\ncleanWs(patterns: [[pattern: 'x']])", "the runner cleans no patterns"),
    ],
)
def test_a_step_that_is_not_known_or_not_called_so_is_a_failure(run: Runs, step: str, failure: str) -> None:
    done = run(one(step, "echo 'never'"))
    assert (done.result, said(done)) == ("FAILURE", [])
    assert f"[runner] failed: {failure}" in done.console
