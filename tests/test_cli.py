"""The command line as a person meets it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jjbgen import cli, cli_version, load
from jjbgen.errors import ExitCode, Problem
from jjbgen.load import Inputs
from tests.helpers import COMPONENT, config_repo, on_a_terminal, run

COMMANDS = (
    "check",
    "generate",
    "xml",
    "schema",
    "version",
    "init",
    "new",
    "explain",
    "impact",
    "diff",
    "plan",
    "update",
    "doctor",
)
OF_VERSION = ("show", "check", "gate", "tag", "next", "history", "charts")


@pytest.mark.parametrize(
    "words",
    [(), *((command,) for command in COMMANDS), *(("version", command) for command in OF_VERSION)],
    ids=["jjbgen", *COMMANDS, *(f"version {command}" for command in OF_VERSION)],
)
def test_help_tells_what_a_command_does_and_shows_examples(words: tuple[str, ...], tmp_path: Path) -> None:
    outcome = run(tmp_path, *words, "--help")
    assert outcome.code == ExitCode.OK
    assert outcome.out.startswith("Usage: jjbgen ")
    assert ("Example" in outcome.out) == bool(words)
    assert not set(outcome.out) & {"\b", "\\"}
    assert all(len(line) <= 80 for line in outcome.out.splitlines())


def test_every_command_is_tested_here() -> None:
    assert set(cli.cli.commands) == set(COMMANDS)
    assert set(cli_version.commands.commands) == set(OF_VERSION)


def test_a_good_repo_passes_the_check_with_its_counts(tmp_path: Path) -> None:
    outcome = run(config_repo(tmp_path), "check")
    assert (outcome.code, outcome.out, outcome.err) == (0, "1 component, 3 jobs, 3 pipelines: no problems\n", "")


def test_a_file_that_cannot_be_read_does_not_hide_what_is_wrong_in_another(tmp_path: Path) -> None:
    files = {
        "components/broken.yaml": "title: x\n\t- y\n",
        "components/widget.yaml": COMPONENT.replace("host: review", "host: reviw"),
        "jjb/own.yaml": "- job: &x !!python/none {name: y}\n",
    }
    outcome = run(config_repo(tmp_path, files), "check")
    assert [line.partition(":")[0] for line in outcome.err.splitlines()] == [
        "components/broken.yaml",
        "components/widget.yaml",
        "jjb/own.yaml",
        "3 problems",
    ]


def test_quiet_prints_nothing_when_all_is_well(tmp_path: Path) -> None:
    root = config_repo(tmp_path)
    for words in (["check", "-q"], ["generate", "-q"], ["xml", "-q", "-o", str(root / "xml")]):
        outcome = run(root, *words)
        assert (outcome.code, outcome.out, outcome.err) == (0, "", "")


def test_json_of_a_good_check_has_no_problems(tmp_path: Path) -> None:
    outcome = run(config_repo(tmp_path), "check", "--format", "json")
    assert outcome.json() == {"problems": [], "components": 1, "jobs": 3, "pipelines": 3}


def test_json_of_a_bad_check_holds_each_problem_as_data(tmp_path: Path) -> None:
    root = config_repo(tmp_path, {"components/widget.yaml": COMPONENT.replace("tool: make", "tool: mak")})
    outcome = run(root, "check", "--format", "json")
    assert outcome.code == ExitCode.USAGE
    assert outcome.json() == {
        "problems": [
            {
                "file": "components/widget.yaml",
                "line": 9,
                "column": 9,
                "field": "build.tool",
                "what": "unknown tool 'mak'",
                "hint": "did you mean 'make'?",
            }
        ]
    }


def test_json_of_generate_lists_the_changes(tmp_path: Path) -> None:
    changes = run(config_repo(tmp_path), "generate", "--format=json").json()["changes"]
    assert {"path": "jobs-output/root.yaml", "action": "create"} in changes
    assert len(changes) == 5


def test_a_component_named_json_is_not_taken_for_the_format(tmp_path: Path) -> None:
    outcome = run(config_repo(tmp_path), "generate", "json")
    assert outcome.code == ExitCode.USAGE
    assert outcome.out == ""
    assert "components/json.yaml: no such component" in outcome.err


def test_json_of_a_refusal_says_why(tmp_path: Path) -> None:
    root = config_repo(tmp_path, {"jobs-output/mine.yaml": "- x\n"})
    outcome = run(root, "generate", "--format", "json")
    assert outcome.code == ExitCode.REFUSED
    assert "jobs-output/mine.yaml" in outcome.json()["error"]


def test_xml_of_an_outdated_output_ends_with_3_and_the_way_out(tmp_path: Path) -> None:
    root = config_repo(tmp_path)
    outcome = run(root, "xml", "-o", str(root / "xml"))
    assert outcome.code == ExitCode.DIFFERENCES
    assert "Run `jjbgen generate` first." in outcome.err
    assert not (root / "xml").exists()


def test_an_output_folder_that_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    root = config_repo(tmp_path, {"taken": "a file\n"})
    run(root, "generate")
    outcome = run(root, "xml", "-o", str(root / "taken"))
    assert outcome.code == ExitCode.FAILED
    assert outcome.err.startswith("jjbgen: ")
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize("words", [["frobnicate"], ["generate", "--no-such-option"], ["xml"], ["schema", "everything"]])
def test_wrong_words_end_with_2_and_usage(words: list[str], tmp_path: Path) -> None:
    outcome = run(tmp_path, *words)
    assert outcome.code == ExitCode.USAGE
    assert outcome.err.startswith("Usage: jjbgen")


def test_a_folder_that_is_no_config_repo_is_told(tmp_path: Path) -> None:
    outcome = run(tmp_path, "check")
    assert outcome.code == ExitCode.USAGE
    assert "jjbgen.yaml: no such file; run jjbgen in a config repo, or name one with -C\n" in outcome.err


def test_a_bug_says_that_it_is_one_without_a_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(root: Path, problems: list[Problem]) -> Inputs:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(load, "load_general", fail)
    outcome = run(tmp_path, "check")
    assert outcome.code == ExitCode.BUG
    assert outcome.err.startswith("jjbgen: this is a bug in jjbgen: ZeroDivisionError: oops; ")
    assert "Traceback" not in outcome.err
    assert "Traceback" in run(tmp_path, "--traceback", "check").err


def test_no_color_keeps_the_terminal_plain(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "jjbgen", "-C", str(tmp_path), "check"]
    assert b"\x1b[31m2 problems" in on_a_terminal(words, NO_COLOR="")[1]
    _, plain = on_a_terminal(words, NO_COLOR="1")
    assert b"2 problems" in plain
    assert b"\x1b" not in plain


def test_completion_knows_the_commands(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("jjbgen")
    environment = {**os.environ, "_JJBGEN_COMPLETE": "bash_complete", "COMP_WORDS": "jjbgen up", "COMP_CWORD": "1"}
    child = subprocess.run([str(program)], env=environment, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert child.stdout == "plain,update\n"


def test_an_interrupt_ends_with_130(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(root: Path, problems: list[Problem]) -> Inputs:
        raise KeyboardInterrupt

    monkeypatch.setattr(load, "load_general", interrupt)
    outcome = run(tmp_path, "check")
    # click starts a new line first, because a terminal shows ^C on the current one.
    assert (outcome.code, outcome.err) == (130, "\njjbgen: interrupted\n")


def test_a_reader_that_goes_away_gets_no_traceback(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "jjbgen", "schema", "component"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        errors = child.stderr.read().decode()
    assert "Traceback" not in errors
    assert "Broken pipe" not in errors


def test_a_reader_that_goes_away_before_problems_are_told_gets_no_traceback(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "jjbgen", "-C", str(tmp_path), "check", "--format", "json"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with Path("/dev/full").open("w") as full:
        child = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=environment)
    assert child.returncode == ExitCode.FAILED
    assert child.stderr == "jjbgen: standard output: No space left on device\n"


def test_the_console_script_and_the_module_are_the_same_program() -> None:
    script = Path(sys.executable).with_name("jjbgen")
    by_script = subprocess.run([str(script), "--version"], capture_output=True, text=True, check=True)
    by_module = subprocess.run(
        [sys.executable, "-m", "jjbgen", "--version"], capture_output=True, text=True, check=True
    )
    assert by_script.stdout == by_module.stdout
    assert by_script.stdout.startswith("jjbgen ")
