"""The runner's steps, against small pipelines written by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.git_repo import GitRepo
from tests.pipeline_runner.runner import Build, Dry, Stop

if TYPE_CHECKING:
    from tests.pipeline_runner.runner import PipelineRunner, Run

pytest_plugins = ("tests.pipeline_runner.plugin",)

AGENT = {"PATH": "/usr/bin:/bin", "HOME": "/nowhere", "GIT_CONFIG_NOSYSTEM": "1"}


class Small:
    """Runs pipelines of one stage."""

    def __init__(self, runner: PipelineRunner, folder: Path) -> None:
        self._runner = runner
        self.folder = folder

    def __call__(self, steps: str, *, sections: str = "", stage: str = "", post: str = "", **values: Any) -> Run:
        self.build = Build(self.folder, **{"agent": AGENT, **values})
        inside = f"{stage}\nsteps {{\n{steps}\n}}\n{post}"
        source = f"pipeline {{\nagent any\n{sections}\nstages {{\nstage('a') {{\n{inside}\n}}\n}}\n}}"
        return self._runner.run(source, self.build)

    def file(self, name: str) -> Path:
        """A file of the workspace."""
        return self.build.workspace / name


@pytest.fixture
def small(pipeline_runner: PipelineRunner, tmp_path: Path) -> Small:
    return Small(pipeline_runner, tmp_path)


def printed(run: Run) -> list[str]:
    """What the steps themselves printed."""
    return [line for line in run.console if not line.startswith(("[", "+ ", "Finished"))]


def test_a_script_sees_the_agent_the_build_and_nothing_of_this_process(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THE_TESTS", "x")
    run = small(
        "sh 'env > seen'",
        sections="environment {\nA = 'a'\nB = \"${A}-b\"\n}",
        stage='environment {\nC = "${B}-c"\n}',
        name="team/job",
        number=7,
        parameters={"WORD": "w", "FLAG": True},
        environment={"EVENT": "e"},
    )
    seen = dict(line.split("=", 1) for line in small.file("seen").read_text().splitlines())
    workspace = str(small.build.workspace)
    told = {"A": "a", "B": "a-b", "C": "a-b-c", "EVENT": "e", "FLAG": "true", "STAGE_NAME": "a", "WORD": "w"}
    of_jenkins = {
        "BUILD_ID": "7",
        "BUILD_NUMBER": "7",
        "BUILD_TAG": "jenkins-team-job-7",
        "CI": "true",
        "JOB_BASE_NAME": "job",
        "JOB_NAME": "team/job",
        "WORKSPACE": workspace,
        "WORKSPACE_TMP": f"{workspace}@tmp",
    }
    expected = {**AGENT, **told, **of_jenkins}
    assert {name: seen[name] for name in expected} == expected
    of_the_shell = {"PWD", "OLDPWD", "_", "SHLVL"}
    assert set(seen) - of_the_shell == set(run.shells()[0].environment)
    assert "OF_THE_TESTS" not in seen


def test_blocks_set_variables_over_what_was_assigned(small: Small) -> None:
    run = small(
        "script { env.X = 'assigned' }\necho env.X\nwithEnv(['X=inner', 'PATH+A=/a']) {\nscript { env.X = 'later' }\n"
        "echo env.X + ' ' + env.PATH\n}\necho env.X\nsh 'echo \"$X\"'"
    )
    assert printed(run) == ["assigned", f"inner /a:{AGENT['PATH']}", "later", "later"]


@pytest.mark.parametrize(
    ("script", "status", "output"),
    [
        ("echo one; false; echo two", 1, ["one"]),
        ("echo one\\nfalse\\necho two", 1, ["one"]),
        ("#!/bin/bash\\nfalse\\necho two", 0, ["two"]),
        ("#!/bin/sh\\nexit 42", 42, []),
        ("echo to-stderr >&2", 0, ["to-stderr"]),
        ('printf "no end of line"', 0, ["no end of line"]),
        ('printf "a\\\\377b\\\\n" ; exit 3', 3, ["a\ufffdb"]),
    ],
)
def test_a_script_ends_with_its_status(small: Small, script: str, status: int, output: list[str]) -> None:
    run = small(f"sh '{script}'")
    assert run.shells()[0].status == status
    assert printed(run) == output
    assert run.result == ("FAILURE" if status else "SUCCESS")


def test_the_status_or_the_output_of_a_script_can_be_asked_for(small: Small) -> None:
    run = small(
        "script {\ndef status = sh(script: 'exit 9', returnStatus: true)\n"
        "def said = sh(script: 'echo out; echo err >&2', returnStdout: true)\necho status + ' ' + said.trim()\n}"
    )
    assert printed(run) == ["err", "9 out"]


def test_a_program_left_behind_does_not_hold_the_build(small: Small) -> None:
    assert small("sh 'sleep 20 & echo on'").result == "SUCCESS"


def test_folders_and_files(small: Small) -> None:
    run = small(
        "dir('sub') {\nwriteFile(file: 'a/b', text: 'content')\nsh 'pwd; cat a/b'\n}\n"
        "script { echo readFile('sub/a/b') + fileExists('sub') + fileExists('nothing') }\n"
        "dir('sub') {\ndeleteDir()\n}\nscript { echo '' + fileExists('sub') }\nreadFile('sub/a/b')"
    )
    assert printed(run) == [f"{small.build.workspace}/sub", "content", "contenttruefalse", "false"]
    assert (run.result, run.steps[-1].failure) == ("FAILURE", "no file sub/a/b")


def test_the_workspace_is_cleaned(small: Small) -> None:
    small("sh 'touch a'", post="post {\ncleanup {\ncleanWs()\n}\n}")
    assert not small.build.workspace.exists()


def test_what_is_stashed_comes_back(small: Small) -> None:
    run = small(
        "sh 'mkdir d; echo x > d/a; chmod +x d/a; echo y > b'\nstash(name: 's', includes: 'd/**')\nsh 'rm -r d b'\n"
        "unstash('s')\nsh 'test -x d/a -a ! -e b; cat d/a'\nunstash('other')"
    )
    assert printed(run) == ["x"]
    assert run.steps[-1].failure == "no stash other"


@pytest.mark.parametrize(
    ("steps", "result", "stage"),
    [
        ("error('stop')", "FAILURE", "FAILED"),
        ("unstable('hm')", "UNSTABLE", "UNSTABLE"),
        ("catchError {\nerror('x')\n}", "FAILURE", "SUCCESS"),
        ("catchError(buildResult: 'SUCCESS', stageResult: 'UNSTABLE') {\nerror('x')\n}", "SUCCESS", "UNSTABLE"),
        ("warnError('w') {\nerror('x')\n}", "UNSTABLE", "UNSTABLE"),
        ("retry(3) {\nsh 'echo x >> tries; test $(wc -l < tries) = 3'\n}", "SUCCESS", "SUCCESS"),
        ("retry(2) {\nsh 'echo x >> tries; test $(wc -l < tries) = 3'\n}", "FAILURE", "FAILED"),
        ("script { currentBuild.result = 'UNSTABLE' }", "UNSTABLE", "SUCCESS"),
        ("lock('r') {\ntimestamps {\necho 'x'\n}\n}", "SUCCESS", "SUCCESS"),
        ("nosuch('x')", "FAILURE", "FAILED"),
        ("script { nothing() }", "FAILURE", "FAILED"),
        ("echo nothing", "FAILURE", "FAILED"),
        ("input('go?')", "ABORTED", "ABORTED"),
    ],
)
def test_steps_make_results(small: Small, steps: str, result: str, stage: str) -> None:
    run = small(steps)
    assert (run.result, run.statuses()["a"]) == (result, stage)


def test_an_answer_lets_the_build_go_on(small: Small) -> None:
    assert small("input('go?')", inputs={"go?": "yes"}).result == "SUCCESS"


@pytest.mark.parametrize(
    ("steps", "result", "said"),
    [
        ("timeout(1) {\nsh 'sleep 20'\n}\necho 'on'", "ABORTED", []),
        ("catchError {\ntimeout(1) {\nsh 'sleep 20'\n}\n}\necho 'on'", "ABORTED", ["on"]),
        ("catchError(catchInterruptions: false) {\ntimeout(1) {\nsh 'sleep 20'\n}\n}\necho 'on'", "ABORTED", ["on"]),
        ("timeout(1) {\ncatchError {\nsh 'sleep 20'\n}\necho 'on'\n}", "ABORTED", ["on"]),
        ("timeout(1) {\ncatchError(catchInterruptions: false) {\nsh 'sleep 20'\n}\necho 'on'\n}", "ABORTED", []),
        ("timeout(1) {\nretry(3) {\nsh 'echo try; sleep 20'\n}\n}", "ABORTED", ["try"]),
        # A program that does not stop is left behind after a while.
        ("timeout(1) {\nsh 'trap \"\" TERM; sleep 20; echo on'\n}", "ABORTED", []),
        ("timeout(20) {\necho 'on'\n}", "SUCCESS", ["on"]),
    ],
)
def test_a_time_limit_interrupts_once_and_then_for_good(small: Small, steps: str, result: str, said: list[str]) -> None:
    run = small(steps, pace=0.2 / 60)
    assert run.result == result
    assert [line for line in printed(run) if line in ("on", "try")] == said


def test_a_person_stops_the_build_and_post_still_runs(small: Small) -> None:
    stop = Stop(line="^begun", by="person")
    run = small(
        "catchError(catchInterruptions: false) {\nsh 'echo begun; sleep 20'\n}\necho 'on'",
        post="post {\naborted {\necho 'told'\n}\n}",
        stop=stop,
    )
    assert (run.result, run.stopped, printed(run)[0], printed(run)[-1]) == ("ABORTED", True, "begun", "told")


@pytest.mark.parametrize("stop", [Stop(line="^begun"), Stop(step=1)])
def test_on_a_killed_agent_nothing_runs_any_more(small: Small, stop: Stop) -> None:
    steps = "echo 'first'\nsh 'echo begun; sleep 1; touch late'\ncatchError {\necho 'on'\n}"
    run = small(steps, post="post {\nalways {\necho 'post'\n}\n}", stop=stop)
    assert (run.result, run.stopped) == (None, True)
    assert "on" not in run.console
    assert "post" not in run.console
    assert ("begun" in run.console) == (stop.step is None)
    assert not small.file("late").exists()


SECRETS = {
    "pair": {"username": "robot", "password": "p4ss"},
    "text": {"secret": "s3cr3t"},
    "file": {"content": "t0ken"},
    "ssh": {"key": "k3y"},
}


@pytest.mark.parametrize(
    ("binding", "script", "said"),
    [
        (
            "usernamePassword(credentialsId: 'pair', usernameVariable: 'U', passwordVariable: 'P')",
            "echo $U:$P",
            "robot:****",
        ),
        ("string(credentialsId: 'text', variable: 'S')", "echo x${S}x", "x****x"),
        ("file(credentialsId: 'file', variable: 'F')", "tr 0 o < $F", "token"),
        ("sshUserPrivateKey(credentialsId: 'ssh', keyFileVariable: 'K')", "tr 3 e < $K", "key"),
        ("gitUsernamePassword(credentialsId: 'pair')", "$GIT_ASKPASS Username; $GIT_ASKPASS Password", "robot"),
    ],
)
def test_credentials_are_bound_for_a_block_and_masked(small: Small, binding: str, script: str, said: str) -> None:
    run = small(f"withCredentials([{binding}]) {{\nsh '{script}'\n}}\nsh 'env > after'", credentials=SECRETS)
    assert run.result == "SUCCESS", run.console
    assert said in printed(run)
    after = small.file("after").read_text()
    secrets = [value for each in SECRETS.values() for name, value in each.items() if name != "username"]
    for secret in secrets:
        assert secret not in run.trace
        assert secret not in after
        assert not [path for path in small.folder.rglob("*") if path.is_file() and secret in path.read_text()]


@pytest.mark.parametrize(
    "binding", ["string(credentialsId: 'nothing', variable: 'S')", "string(credentialsId: 'pair', variable: 'S')"]
)
def test_credentials_that_there_are_not_fail_the_build(small: Small, binding: str) -> None:
    assert small(f"withCredentials([{binding}]) {{\necho 'on'\n}}", credentials=SECRETS).result == "FAILURE"


def test_credentials_of_an_environment_section(small: Small) -> None:
    run = small(
        "sh 'echo $C_USR; echo $C_PSW; echo $T'",
        sections="environment {\nC = credentials('pair')\nT = credentials('text')\n}",
        credentials=SECRETS,
    )
    assert printed(run) == ["robot", "****", "****"]


@pytest.fixture
def repository(tmp_path: Path) -> GitRepo:
    """Two branches, a tag, and the remote that they are in."""
    clone = GitRepo.init(tmp_path / "clone")
    clone.commit({"a": "1\n"})
    clone.tag("v1")
    clone.branch("other")
    clone.commit({"a": "2\n"})
    clone.remote(tmp_path / "remote.git")
    return clone


def scm(repository: GitRepo, branch: str, extra: str = "", refspec: str = "+refs/heads/*:refs/remotes/origin/*") -> str:
    remote = f"[url: 'file://{repository.path.parent}/remote.git', refspec: '{refspec}']"
    return f"checkout(scmGit(branches: [[name: '{branch}']], userRemoteConfigs: [{remote}], extensions: [{extra}]))"


NARROW = "cloneOption(honorRefspec: true, noTags: true)"


@pytest.mark.parametrize(("branch", "content"), [("refs/remotes/origin/main", "1"), ("*/other", "2"), ("v1", "1")])
def test_a_branch_or_tag_is_checked_out_detached(small: Small, repository: GitRepo, branch: str, content: str) -> None:
    run = small(f"{scm(repository, branch)}\nsh 'cat a; git rev-parse --abbrev-ref HEAD'")
    assert printed(run) == [content, "HEAD"]


def test_a_commit_is_checked_out(small: Small, repository: GitRepo) -> None:
    run = small(f"{scm(repository, repository.id('main'))}\nsh 'cat a; git tag'")
    assert printed(run) == ["1", "v1"]


def test_only_what_the_refspec_names_is_fetched(small: Small, repository: GitRepo) -> None:
    steps = scm(repository, "origin/main", NARROW, "+refs/heads/main:refs/remotes/origin/main")
    run = small(f"{steps}\nsh 'git for-each-ref --format=\"%(refname)\"'")
    assert printed(run) == ["refs/remotes/origin/main"]


def test_a_checkout_into_a_used_workspace_cleans_it_when_asked(small: Small, repository: GitRepo) -> None:
    steps = f"{scm(repository, 'origin/main')}\nsh 'touch left; echo x > a'\n"
    kept = small(f"{steps}{scm(repository, 'origin/main')}\nsh 'ls'")
    assert "left" in printed(kept)
    cleaned = small(f"{steps}{scm(repository, 'origin/main', 'cleanBeforeCheckout()')}\nsh 'ls; cat a'")
    assert printed(cleaned) == ["a", "1"]


@pytest.mark.parametrize("branch", ["nothing", "--upload-pack=touch pwned", "refs/heads/--exec=x"])
def test_a_revision_that_there_is_not_fails_the_checkout(small: Small, repository: GitRepo, branch: str) -> None:
    run = small(scm(repository, branch))
    assert (run.result, run.steps[-1].failure) == ("FAILURE", f"no revision {branch}")
    assert not list(small.folder.rglob("pwned"))


REPORT = '<testsuite><testcase name="a"/><testcase name="b">{}</testcase></testsuite>'


@pytest.mark.parametrize(("inside", "result"), [("", "SUCCESS"), ("<failure/>", "UNSTABLE"), ("<error/>", "UNSTABLE")])
def test_results_of_tests_are_counted(small: Small, inside: str, result: str) -> None:
    run = small(f"writeFile(file: 'out/r.xml', text: '{REPORT.format(inside)}')\njunit('**/*.xml')")
    assert (run.result, run.statuses()["a"]) == (result, result)
    assert (run.calls("junit")[0].total, run.calls("junit")[0].failed) == (2, 1 if inside else 0)


def test_artifacts_are_kept_with_their_folders(small: Small) -> None:
    run = small("sh 'mkdir -p d/e; echo 1 > d/e/a.log; echo 2 > b.txt'\narchiveArtifacts(artifacts: '**/*.log, *.txt')")
    assert [each["path"] for each in run.archived] == ["b.txt", "d/e/a.log"]
    assert (small.build.archive / "d/e/a.log").read_text() == "1\n"


def test_a_dry_run_records_and_touches_nothing(small: Small) -> None:
    dry = Dry({"gate": 10}, {"gate.env": "PUBLISH"})
    run = small(
        "script {\necho '' + sh(label: 'gate', script: 'touch a', returnStatus: true)\necho readFile('x/gate.env')\n}\n"
        "archiveArtifacts('none')\njunit('none')\ncleanWs()\nsh 'exit 1'",
        dry=dry,
    )
    assert (run.result, printed(run)) == ("SUCCESS", ["10", "PUBLISH"])
    assert [step.step for step in run.steps][-4:] == ["archiveArtifacts", "junit", "cleanWs", "sh"]
    assert list(small.folder.iterdir()) == []
