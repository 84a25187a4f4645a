"""What is generated is Groovy that Jenkins compiles, and what it runs is shell that stands up to a check."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jjbgen import generate
from jjbgen.errors import ExitCode
from tests.helpers import COMPONENT, ROOT, config_repo, run

if TYPE_CHECKING:  # pytest has to import it itself, to rewrite its assertions
    from tests.groovy_vm import GroovyVm

pytest_plugins = ("tests.groovy_vm",)

WIDE = (
    COMPONENT.replace("tests:\n", "tests:\n  integration: {tool: tox, targets: [it], results: {junit: out/*.xml}}\n")
    + """\
  nightly: {notifications: {email: team@example.org, slack: "#builds"}}
environment: {MODE: "it's ${plain}"}
images:
  server: {repository: acme/widget, registry: hub, build-arguments: {FLAGS: "-a 'b c'"}, target: release}
charts:
  widget: {path: charts/widget, repository: charts, values: [ci/it's.yaml]}
packages:
  lib: {repository: pypi, prepare: make dist, directory: lib}
deployment:
  cluster: kind
  up:
    - |
      cat <<END | kubectl apply --filename -
        kind: "Namespace"
      END
  down: kubectl delete namespace 'it''s'
  collect: [kubectl logs widget > logs/widget.log]
  archive: logs/**
  credentials: {KUBE: lab}
checks:
  lint: {commands: ["awk '{\\n  print $1\\n}' README", "grep -c \\\\\\\\ README || true"]}
stages:
  scan: {commands: trivy fs ., after: build, pipelines: [post-merge], timeout: 5, environment: {A: "\\\\u0027"}}
"""
)
"""A descriptor that has every kind of stage."""

SHEBANG = "#!/usr/bin/env bash\n"
OUR_BASH = "# Log in for this step only"
"""What tells jjbgen's own bash scripts from those that hold a team's commands."""


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The Groovy files of a config repo that uses everything."""
    root = config_repo(tmp_path_factory.mktemp("repo"), {"components/widget.yaml": WIDE})
    found = {name: text for name, text in generate.files(generate.checked(root)).items() if name.endswith(".groovy")}
    assert len(found) == 4
    return found


@pytest.fixture(scope="module")
def committed() -> dict[str, str]:
    """The Groovy files of jobs-output/."""
    paths = sorted((ROOT / "jobs-output").rglob("*.groovy"))
    assert paths, "jobs-output/ holds no Groovy; run `make generate`"
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


@pytest.fixture(scope="module", params=["generated", "committed"])
def sources(request: pytest.FixtureRequest) -> dict[str, str]:
    """Groovy files by name: of a small config repo, and of this one."""
    found: dict[str, str] = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def scripts(sources: dict[str, str], groovy_vm: GroovyVm) -> dict[str, str]:
    """Every distinct script of a `sh` step, with the file it is in."""
    found: dict[str, str] = {}
    for name, text in sources.items():
        for script in groovy_vm.literals(text).scripts:
            assert script is not None, f"{name}: sh runs something else than a literal"
            found.setdefault(script, name)
    assert len(found) > 10
    return found


def test_every_generated_pipeline_compiles(sources: dict[str, str], groovy_vm: GroovyVm) -> None:
    errors = {name: groovy_vm.errors(text) for name, text in sources.items()}
    assert {name: found for name, found in errors.items() if found} == {}


def test_generated_groovy_never_interpolates(sources: dict[str, str], groovy_vm: GroovyVm) -> None:
    found = {name: groovy_vm.literals(text).gstrings for name, text in sources.items()}
    assert {name: strings for name, strings in found.items() if strings} == {}


def test_no_mark_of_the_layout_is_left_in_a_file(sources: dict[str, str]) -> None:
    assert [name for name, text in sources.items() if set(text) & set("\ue000\ue001")] == []


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("pipeline {\n", "2: unexpected token: "),
        ("pipeline { }\nsh 'a", "2: expecting '''"),
        ("sh 'it\\u0027s'\n", "1: "),
        ("sh '\\$(x) \\d'\n", "1: unexpected char: '\\'"),
        ("sh '''a''''\n", "1: "),
        ("def a = 1\ndef a = 2\n", "2: The current scope already contains a variable of the name a"),
        ("def f() { break }\n", "1: the break statement is only allowed inside loops or switches"),
    ],
)
def test_bad_groovy_is_refused_with_its_line(source: str, message: str, groovy_vm: GroovyVm) -> None:
    errors = groovy_vm.errors(source)
    assert len(errors) == 1
    assert errors[0].startswith(message)


@pytest.mark.parametrize(
    "key",
    ["environment: {A: '?'}", "stages: {own: {commands: ['?', '?'], after: build, pipelines: [pre-merge]}}"],
    ids=["value", "script"],
)
def test_what_is_too_long_for_a_literal_of_groovy_is_told_by_the_check(
    key: str, tmp_path: Path, groovy_vm: GroovyVm
) -> None:
    # A literal holds 65,535 bytes of UTF-8; with a longer one the job would fail at its first build.
    text = "é" * (33_000 // key.count("?"))
    assert groovy_vm.errors(f"x = '{text * key.count('?')}'") != ()
    outcome = run(config_repo(tmp_path, {"components/widget.yaml": f"{COMPONENT}{key.replace('?', text)}\n"}), "check")
    assert outcome.code == ExitCode.USAGE
    assert outcome.err.startswith("components/widget.yaml:")


def test_literals_are_read_in_the_order_of_the_source(groovy_vm: GroovyVm) -> None:
    source = (
        "pipeline {\n  sh 'a\\\\u0027' + x\n  sh(script: '''b\n''', returnStatus: true)\n"
        "  sh 'c'\n  env.D = 'é😀'\n}\ndef f() { return \"$x\" }\n"
    )
    found = groovy_vm.literals(source)
    assert found.strings == ("a\\u0027", "script", "b\n", "returnStatus", "c", "é😀", "", "")
    assert found.gstrings == ("$x",)
    assert found.scripts == (None, "b\n", "c")
    assert groovy_vm.tokens("f('a', '''\n\\\\b''') // c") == ("f", "(", "'…'", ",", "'…'", ")")


def test_every_script_is_one_that_its_shell_can_read(scripts: dict[str, str]) -> None:
    refused = {}
    for script, name in scripts.items():
        # Jenkins runs a script without a line of its own for the shell by sh, which is dash on many agents.
        shell = ["bash"] if script.startswith(SHEBANG) else ["sh"]
        told = subprocess.run([*shell, "-n"], input=script.encode(), capture_output=True, check=False)
        if told.returncode or told.stderr:
            refused[f"{name}: {script}"] = told.stderr.decode()
    assert refused == {}


def test_shellcheck_has_nothing_to_say(scripts: dict[str, str], tmp_path: Path) -> None:
    ours = [script for script in scripts if not is_of_a_team(script)]
    teams = [script for script in scripts if is_of_a_team(script)]
    # A team's style is its own; only what cannot work is jjbgen's business, as it may come from how it was printed.
    found = [
        *shellcheck(tmp_path / "sh", (each for each in ours if not each.startswith(SHEBANG)), "sh", "style"),
        *shellcheck(tmp_path / "bash", (each for each in ours if each.startswith(SHEBANG)), "bash", "style"),
        *shellcheck(tmp_path / "teams", teams, "bash", "error"),
    ]
    assert found == []


def test_shellcheck_would_say_something(tmp_path: Path) -> None:
    found = shellcheck(tmp_path / "style", ["true\n", "x=`date`\n"], "sh", "style")
    assert [each.partition(":")[0] for each in found] == ["SC2034", "SC2006"]
    assert "x=`date`" in found[0]
    assert len(shellcheck(tmp_path / "error", ["x=`date`\n", "[ 1 = 1 && 2 = 2 ]\n"], "bash", "error")) == 1


def is_of_a_team(script: str) -> bool:
    """Whether a script holds the commands of a descriptor."""
    return script.startswith(SHEBANG) and OUR_BASH not in script


def shellcheck(folder: Path, scripts: Iterable[str], shell: str, severity: str) -> list[str]:
    """What ShellCheck says about `scripts`, in one run: `<code>: <message>` and the script."""
    folder.mkdir()
    texts = {str(folder / f"{number}.sh"): text for number, text in enumerate(scripts)}
    for path, text in texts.items():
        Path(path).write_text(text, encoding="utf-8")
    words = ["shellcheck", "--norc", f"--shell={shell}", f"--severity={severity}", "--format=json1", *texts]
    told = subprocess.run(words, capture_output=True, text=True, check=False)
    assert told.returncode in (0, 1), told.stderr
    comments = json.loads(told.stdout)["comments"]
    return [f"SC{each['code']}: {each['message']}\n{texts[each['file']]}" for each in comments]
