"""The runner's credentials: what they are bound to, and what the console hides."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tests.pipeline_runner.pipelines import Runs, block, one, pipeline, said, script, stage, steps, untraced

pytest_plugins = ("tests.pipeline_runner.plugin",)

CREDENTIALS = {
    "login": {"username": "robot", "password": "s3cr't"},
    "token": {"secret": "t0ken"},
    "config": {"content": "c0ntent\n"},
    "key": {"key": "k3y", "username": "robot", "passphrase": "p4ss"},
}

BINDINGS = {
    "usernamePassword(credentialsId: 'login', usernameVariable: 'U', passwordVariable: 'P')": ("$U-$P", "robot-s3cr't"),
    "usernameColonPassword(credentialsId: 'login', variable: 'P')": ("$P", "robot:s3cr't"),
    "string(credentialsId: 'token', variable: 'T')": ("$T", "t0ken"),
    "file(credentialsId: 'config', variable: 'F')": ("$(cat $F)", "c0ntent"),
    "sshUserPrivateKey(credentialsId: 'key', keyFileVariable: 'F')": ("$(cat $F)", "k3y"),
    "sshUserPrivateKey(credentialsId: 'key', keyFileVariable: 'F', usernameVariable: 'U', passphraseVariable: 'P')": (
        "$U-$P",
        "robot-p4ss",
    ),
    "gitUsernamePassword(credentialsId: 'login', gitToolName: 'Default')": (
        "$GIT_USERNAME $($GIT_ASKPASS Username:)/$($GIT_ASKPASS Password:) $GIT_TERMINAL_PROMPT",
        "robot robot/s3cr't false",
    ),
}


@pytest.mark.parametrize("binding", BINDINGS)
def test_credentials_are_bound_to_variables_for_the_block_only(run: Runs, tmp_path: Path, binding: str) -> None:
    shown, expected = BINDINGS[binding]
    modes = 'find ../*@tmp -type f -path "*secret*" -printf "%m\\\\n" > ../modes'
    save = untraced(f'echo "{shown}" > ../got; {modes}')
    done = run(one(block(f"withCredentials([{binding}])", save), "sh 'env'"), credentials=CREDENTIALS)
    assert done.result == "SUCCESS"
    assert (tmp_path / "workspace/got").read_text() == f"{expected}\n"
    assert set((tmp_path / "workspace/modes").read_text().split()) <= {"400", "500"}
    after = dict(line.split("=", 1) for line in said(done))
    assert not {"U", "P", "T", "F", "GIT_USERNAME", "GIT_PASSWORD", "GIT_ASKPASS"} & set(after)
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and "secret" in str(path)]


@pytest.mark.parametrize(
    ("credential", "shown", "expected"),
    [
        ("login", "$C $C_USR $C_PSW", "robot:s3cr't robot s3cr't"),
        ("token", "$C ${C_USR-none}", "t0ken none"),
        ("config", "$(cat $C)", "c0ntent"),
        ("key", "$(cat $C) $C_USR $C_PSW", "k3y robot p4ss"),
    ],
)
def test_sections_bind_credentials_by_their_kind(
    run: Runs, tmp_path: Path, credential: str, shown: str, expected: str
) -> None:
    section = block("environment", 'AFTER = "${C}"', f"C = credentials('{credential}')")
    show = untraced(f'echo "{shown}" > ../got; test "$AFTER" = "$C"')
    later = stage("b", steps("sh 'echo ${C-none}'"))
    done = run(pipeline(stage("a", section, steps(show)), later), credentials=CREDENTIALS)
    assert (done.result, said(done)) == ("SUCCESS", ["none"])
    assert (tmp_path / "workspace/got").read_text() == f"{expected}\n"


def test_secrets_are_hidden_in_the_console_and_in_the_trace(run: Runs) -> None:
    binding = "usernamePassword(credentialsId: 'login', usernameVariable: 'U', passwordVariable: 'P')"
    encoded = base64.b64encode(b"s3cr't").decode()
    inner = [
        untraced('echo "$U $P"; printf %s "$P" | base64'),
        "sh '''#!/bin/bash\nset -x\n: \"$P\"'''",
        'echo "${env.P}"',
        'sh "true \\"${env.P}\\""',
        'error "no ${env.P}"',
    ]
    done = run(one(block(f"withCredentials([{binding}])", *inner)), credentials=CREDENTIALS)
    assert (done.result, said(done)) == ("FAILURE", ["robot ****", "****", "****"])
    assert done.shells()[0].environment["P"] == "****"
    assert "[runner] failed: no ****" in done.console
    assert not [secret for secret in ("s3cr", encoded) if secret in done.trace]


def test_behind_the_block_a_secret_is_not_hidden_any_more(run: Runs) -> None:
    bind = block("withCredentials([string(credentialsId: 'token', variable: 'T')])", "env.KEPT = env.T")
    assert said(run(script(bind, "echo env.KEPT"), credentials=CREDENTIALS)) == ["t0ken"]


def test_of_a_secret_file_the_path_is_hidden_and_not_what_is_in_it(run: Runs) -> None:
    bind = block("withCredentials([file(credentialsId: 'config', variable: 'F')])", "sh 'echo $F; cat $F'")
    assert said(run(one(bind), credentials=CREDENTIALS)) == ["****", "c0ntent"]


def test_two_letters_are_too_short_to_be_hidden(run: Runs) -> None:
    bind = block("withCredentials([string(credentialsId: 'short', variable: 'T')])", "sh 'echo $T'")
    assert said(run(one(bind), credentials={"short": {"secret": "ab"}})) == ["ab"]


@pytest.mark.parametrize(
    "binding",
    [
        "string(credentialsId: 'nosuch', variable: 'T')",
        "string(credentialsId: 'login', variable: 'T')",
        "file(credentialsId: 'token', variable: 'T')",
        "usernamePassword(credentialsId: 'token', usernameVariable: 'U', passwordVariable: 'P')",
        "gitUsernamePassword(credentialsId: 'token', gitToolName: 'Default')",
        "sshUserPrivateKey(credentialsId: 'token', keyFileVariable: 'F')",
    ],
)
def test_credentials_that_are_unknown_or_of_another_kind_are_a_failure(run: Runs, binding: str) -> None:
    done = run(one(block(f"withCredentials([{binding}])", "echo 'never'")), credentials=CREDENTIALS)
    assert (done.result, said(done)) == ("FAILURE", [])


def test_an_unknown_id_in_a_section_fails_the_stage_before_its_steps(run: Runs) -> None:
    section = block("environment", "C = credentials('nosuch')")
    done = run(pipeline(stage("a", section, steps("echo 'never'"))))
    assert (done.statuses(), said(done)) == ({"a": "FAILED"}, [])


def test_only_secret_files_need_an_agent(run: Runs) -> None:
    def bind(binding: str) -> str:
        return one(block(f"withCredentials([{binding}])", "echo 'in'"), agent="none")

    assert said(run(bind("string(credentialsId: 'token', variable: 'T')"), credentials=CREDENTIALS)) == ["in"]
    assert said(run(bind("file(credentialsId: 'config', variable: 'F')"), credentials=CREDENTIALS)) == []
