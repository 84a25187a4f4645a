"""How what goes wrong is told: places, lines, hints, and one exit code for each kind of end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jjbgen import cli, load
from jjbgen.errors import (
    ConfigError,
    ExitCode,
    JjbgenError,
    OutdatedError,
    Pos,
    Problem,
    RefusedError,
    nearest,
)
from jjbgen.load import Inputs
from tests.helpers import config_repo, read_tree, run

NAMES = st.sets(st.text("abcdefgh-", min_size=1, max_size=8), max_size=20)


def test_the_exit_codes_are_the_public_ones() -> None:
    assert {code.name: code.value for code in ExitCode} == {
        "OK": 0,
        "FAILED": 1,
        "USAGE": 2,
        "DIFFERENCES": 3,
        "REFUSED": 4,
        "PUBLISH": 10,
        "BUG": 70,
        "INTERRUPTED": 130,
    }


def test_the_help_lists_the_exit_codes_that_commands_end_with(tmp_path: Path) -> None:
    text = " ".join(run(tmp_path, "--help").out.split())
    assert "0 fine, 1 failed, 2 usage or configuration, 3 differences found, 4 refused" in text
    assert "70 a bug in jjbgen, 130 interrupted" in text


def test_0_when_all_is_fine(tmp_path: Path) -> None:
    assert run(config_repo(tmp_path), "generate").code == ExitCode.OK


def test_1_when_the_disk_says_no(tmp_path: Path) -> None:
    # A file where a folder has to be: no permission is needed for it, so it fails for the superuser too.
    root = config_repo(tmp_path, {"jobs-output": "a file\n"})
    outcome = run(root, "generate")
    assert outcome.code == ExitCode.FAILED
    assert outcome.err.startswith("jjbgen: ")
    assert len(outcome.err.splitlines()) == 1


def test_1_when_the_reader_has_gone() -> None:
    words = [sys.executable, "-m", "jjbgen", "schema", "component"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.close()
        assert child.wait() == ExitCode.FAILED


def test_2_for_a_word_that_is_no_command(tmp_path: Path) -> None:
    assert run(tmp_path, "generat").code == ExitCode.USAGE


def test_2_for_a_mistake_in_a_descriptor(tmp_path: Path) -> None:
    root = config_repo(tmp_path, {"components/widget.yaml": "title: x\n"})
    assert run(root, "generate").code == ExitCode.USAGE


def test_3_when_the_output_is_not_up_to_date(tmp_path: Path) -> None:
    assert run(config_repo(tmp_path), "generate", "--check").code == ExitCode.DIFFERENCES


def test_4_for_a_file_that_is_not_ours(tmp_path: Path) -> None:
    root = config_repo(tmp_path, {"jobs-output/widget/jobs.yaml": "- job: {name: mine}\n"})
    before = read_tree(root)
    assert run(root, "generate").code == ExitCode.REFUSED
    assert read_tree(root) == before


def test_70_for_a_bug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(root: Path, problems: list[Problem]) -> Inputs:
        raise LookupError("who?")

    monkeypatch.setattr(load, "load_general", fail)
    outcome = run(tmp_path, "generate")
    assert outcome.code == ExitCode.BUG
    assert outcome.err == (
        "jjbgen: this is a bug in jjbgen: LookupError: who?; run with --traceback to see where, and please report it\n"
    )


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, EOFError])
def test_130_when_a_person_stops_it(
    interrupt: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(root: Path, problems: list[Problem]) -> Inputs:
        raise interrupt

    monkeypatch.setattr(load, "load_general", stop)
    assert run(tmp_path, "generate").code == ExitCode.INTERRUPTED


def test_the_process_ends_with_the_code(tmp_path: Path) -> None:
    child = subprocess.run(
        [sys.executable, "-m", "jjbgen", "-C", str(tmp_path), "check"], capture_output=True, check=False
    )
    assert child.returncode == ExitCode.USAGE


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (JjbgenError("x"), ExitCode.FAILED),
        (ConfigError([]), ExitCode.USAGE),
        (OutdatedError("x"), ExitCode.DIFFERENCES),
        (RefusedError("x"), ExitCode.REFUSED),
    ],
)
def test_an_error_knows_its_exit_code(error: JjbgenError, code: ExitCode) -> None:
    assert error.exit_code is code


def test_problems_in_colours_are_the_same_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(click, "echo", lambda text="", **_: said.append(str(text)))
    root = config_repo(tmp_path, {"components/widget.yaml": "title: x\n"})
    cli.run(["-C", str(root), "check"])
    assert [click.unstyle(line) for line in said[:1]] == ["components/widget.yaml:1:1: the key 'owners' is missing"]
    assert said[0].startswith("\x1b[1mcomponents/widget.yaml:1:1\x1b[0m: ")


@pytest.mark.parametrize("words", [("--format", "json"), ("--format=json",)])
def test_json_is_told_where_it_is_asked_for(words: tuple[str, ...], tmp_path: Path) -> None:
    root = config_repo(tmp_path, {"components/widget.yaml": ""})
    outcome = run(root, "generate", *words)
    assert (outcome.json()["problems"][0]["what"], outcome.err) == ("is empty", "")


def test_a_component_named_json_does_not_ask_for_json(tmp_path: Path) -> None:
    root = config_repo(tmp_path, {"components/json.yaml": ""})
    outcome = run(root, "generate", "json")
    assert (outcome.out, outcome.err) == ("", "components/json.yaml: is empty\n1 problem\n")


@pytest.mark.parametrize(
    ("pos", "text"),
    [(Pos("a.yaml"), "a.yaml"), (Pos("a.yaml", 3, 7), "a.yaml:3:7"), (Pos("a.yaml", 3, 0), "a.yaml:3:0")],
)
def test_a_place_is_written_as_editors_read_it(pos: Pos, text: str) -> None:
    assert str(pos) == text


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem(Pos("a.yaml"), "", "is empty"), "a.yaml: is empty"),
        (Problem(Pos("a.yaml", 1, 2), "b.c", "is wrong"), "a.yaml:1:2: b.c: is wrong"),
        (Problem(Pos("a.yaml", 1, 2), "b", "is wrong", "write c"), "a.yaml:1:2: b: is wrong; write c"),
    ],
)
def test_a_problem_is_one_line(problem: Problem, text: str) -> None:
    assert str(problem) == text


def test_a_problem_is_flat_as_data() -> None:
    assert Problem(Pos("a.yaml", 1, 2), "b", "is wrong", "write c").as_dict() == {
        "file": "a.yaml",
        "line": 1,
        "column": 2,
        "field": "b",
        "what": "is wrong",
        "hint": "write c",
    }


def test_problems_are_sorted_by_place_and_told_once() -> None:
    late, early, other = (
        Problem(Pos("b", 10, 1), "", "x"),
        Problem(Pos("b", 9, 9), "", "x"),
        Problem(Pos("a"), "", "x"),
    )
    error = ConfigError([late, early, late, other])
    assert error.problems == (other, early, late)
    assert str(error) == "a: x\nb:9:9: x\nb:10:1: x"


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("robt", ["robot", "selenium"], "did you mean 'robot'?"),
        ("Robot", ["robot"], "did you mean 'robot'?"),
        ("x", ["robot", "selenium"], "known: robot, selenium"),
        ("x", [], "none is defined"),
        ("x", ["b", "a"], "known: a, b"),
        ("x", [f"name-{n:02}" for n in range(12)], "known: " + ", ".join(f"name-{n:02}" for n in range(12))),
        ("x", [f"name-{n:02}" for n in range(13)], "known: " + ", ".join(f"name-{n:02}" for n in range(12)) + ", …"),
    ],
)
def test_the_hint_for_an_unknown_name(name: str, known: list[str], hint: str) -> None:
    assert nearest(name, known) == hint


@given(st.text(max_size=8), NAMES)
def test_a_hint_names_only_what_is_known(name: str, known: set[str]) -> None:
    hint = nearest(name, known)
    if hint.startswith("did you mean "):
        assert hint.removeprefix("did you mean ").removesuffix("?").strip("'") in known
    else:
        assert set(hint.removeprefix("known: ").removesuffix(", …").split(", ")) <= (known or {"none is defined"})


@given(NAMES.filter(bool))
def test_a_slip_of_one_letter_is_seen(known: set[str]) -> None:
    longest = max(sorted(known), key=len)
    if len(longest) > 2:
        assert nearest(longest + "x", known).startswith("did you mean ")
