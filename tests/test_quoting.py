"""Each way from a value to text of a language: the exact text, what is refused, and that a script stays what it was."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jjbgen import quoting
from jjbgen.jobs import Binding
from jjbgen.quoting import Groovy, Shell, Yaml

if TYPE_CHECKING:  # pytest has to import it itself, to rewrite its assertions
    from tests.groovy_vm import GroovyVm

pytest_plugins = ("tests.groovy_vm",)

MARKS = ("\ue000", "\ue001")


def step(script: str) -> Groovy:
    """A `sh` step, as it comes out of the filter `sh`."""
    return Groovy(f"sh {quoting.groovy(Shell(script))}")


def stage(script: str) -> str:
    """A `sh` step in the place where a template of a stage puts it, as it is written to the file."""
    return quoting.finished(quoting.settle(quoting.at(step(script), 4)))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("", "''"),
        ("make build", "'make build'"),
        ("it's", r"'it\'s'"),
        ("'''", r"'\'\'\''"),
        ('"""', '\'"""\''),
        ("${x} $y $(z) `z`", "'${x} $y $(z) `z`'"),
        ("\\u0027", r"'\\u0027'"),
        ("C:\\", r"'C:\\'"),
        ("a\nb\tc", r"'a\nb\tc'"),
        ("{{ x }} // */", "'{{ x }} // */'"),
        ("\u2028\x85\u200b😀", "'\u2028\x85\u200b😀'"),
        (True, "true"),
        (False, "false"),
        (30, "30"),
    ],
)
def test_groovy_is_a_single_quoted_literal(value: object, text: str) -> None:
    assert quoting.groovy(value) == text
    assert type(quoting.groovy(value)) is Groovy


def test_a_script_of_one_line_is_a_single_quoted_literal() -> None:
    assert quoting.groovy(Shell("make 'a b'\n")) == r"'make \'a b\''"


def test_a_text_of_several_lines_that_is_no_script_stays_on_one() -> None:
    assert quoting.groovy("one\ntwo\n") == r"'one\ntwo\n'"


def test_a_script_of_several_lines_is_indented_with_its_step() -> None:
    assert stage("#!/usr/bin/env bash\nset -e\n\nif true; then\n  make \\\n    all\nfi\n") == (
        "    sh '''#!/usr/bin/env bash\n"
        "      set -e\n"
        "\n"
        "      if true; then\n"
        "        make \\\\\n"
        "          all\n"
        "      fi\n"
        "    '''"
    )


def test_the_lines_of_a_script_follow_through_every_block_around_it() -> None:
    bound = (Binding("KEY", "lab", "secret-file"),)
    inner = quoting.with_credentials(quoting.catching(quoting.in_dir(step("a\nb\n"), "it's")), bound)
    assert quoting.finished(quoting.settle(quoting.at(inner, 4))) == (
        "    withCredentials([\n"
        "      file(credentialsId: 'lab', variable: 'KEY')\n"
        "    ]) {\n"
        "      catchError(buildResult: 'FAILURE', stageResult: 'FAILURE') {\n"
        "        dir('it\\'s') {\n"
        "          sh '''\n"
        "            a\n"
        "            b\n"
        "          '''\n"
        "        }\n"
        "      }\n"
        "    }"
    )


@pytest.mark.parametrize(
    "script",
    [
        "cat <<END\nit is\nEND",
        "cat <<-END\n\tit is\n\tEND",
        "echo 'one\ntwo'",
        'echo "one\ntwo"',
        "echo \\\n\tx",
    ],
    ids=["here-document", "here-document with tabs", "quote", "double quote", "tab"],
)
def test_a_script_whose_blanks_may_matter_stays_at_the_left_margin(script: str) -> None:
    first, *rest = script.replace("\\", "\\\\").split("\n")
    assert stage(script + "\n") == "\n".join((f"    sh '''{first}", *rest, "'''"))
    assert quoting.in_dir(step(script), "x").split("\n")[2].lstrip(MARKS[0]) == rest[0]


def test_quotes_in_a_script_of_several_lines_cannot_end_it(groovy_vm: GroovyVm) -> None:
    for script in ("'a'\n'''\n''b''\n'", "''\n''", "x\n\\'''", "x\n'''\\", "'\\''\n'"):
        (text,) = groovy_vm.literals(stage(script)).strings
        assert [line.strip() for line in text.strip().split("\n")] == script.split("\n")


@pytest.mark.parametrize("function", [quoting.groovy, quoting.shell, quoting.yaml])
@pytest.mark.parametrize("value", [None, 1.5, b"x", ["x"], {"x": "y"}, ("x",)])
def test_what_has_no_form_in_a_language_is_refused(function: Callable[[object], str], value: object) -> None:
    with pytest.raises(TypeError, match="has no form in"):
        function(value)


@pytest.mark.parametrize("function", [quoting.groovy, quoting.yaml])
@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_of_the_layout_in_a_value_is_refused(function: Callable[[object], str], mark: str) -> None:
    with pytest.raises(ValueError, match=r"not allowed: U\+E000 or U\+E001"):
        function(f"a{mark}b")
    with pytest.raises(ValueError, match="not allowed"):
        quoting.groovy(Shell(f"a\n{mark}b"))


@pytest.mark.parametrize("name", ["A", "_x1", "BUILD_TAG"])
def test_an_identifier_stands_as_it_is(name: str) -> None:
    assert quoting.identifier(name) == name
    assert type(quoting.identifier(name)) is Groovy


@pytest.mark.parametrize("name", ["", "1a", "a-b", "a b", "a\n", "a.b", "é", "${x}", "a'"])
def test_what_is_no_identifier_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not an identifier"):
        quoting.identifier(name)


def test_globs_are_one_literal() -> None:
    assert quoting.globs(["**/*.xml", "it's/*"]) == r"'**/*.xml, it\'s/*'"
    assert quoting.globs([]) == "''"


def test_a_folder_is_only_entered_where_there_is_one() -> None:
    assert quoting.in_dir(Groovy("sh 'x'"), None) == "sh 'x'"
    assert quoting.in_dir(Groovy("sh 'x'"), "it's") == "dir('it\\'s') {\n  sh 'x'\n}"


def test_a_caught_failure_fails_stage_and_build() -> None:
    assert quoting.catching(Groovy("sh 'x'\nsh 'y'")) == (
        "catchError(buildResult: 'FAILURE', stageResult: 'FAILURE') {\n  sh 'x'\n  sh 'y'\n}"
    )


def test_credentials_are_bound_by_their_type() -> None:
    bound = (
        Binding("HUB", "hub-push", "username-password"),
        Binding("TOKEN", "api", "secret-text"),
        Binding("KUBE", "lab", "secret-file"),
    )
    assert quoting.with_credentials(Groovy("sh 'x'"), bound) == (
        "withCredentials([\n"
        "  usernamePassword(credentialsId: 'hub-push', usernameVariable: 'HUB_USR', passwordVariable: 'HUB_PSW'),\n"
        "  string(credentialsId: 'api', variable: 'TOKEN'),\n"
        "  file(credentialsId: 'lab', variable: 'KUBE')\n"
        "]) {\n"
        "  sh 'x'\n"
        "}"
    )
    assert quoting.with_credentials(Groovy("sh 'x'"), ()) == "sh 'x'"


def test_text_is_moved_to_the_right_without_trailing_blanks() -> None:
    assert quoting.at(Groovy("a {\n\n  b\n}"), 2) == "  a {\n\n    b\n  }"
    assert quoting.at(Groovy("a\nb"), 0) == "a\nb"


def test_what_is_moved_twice_keeps_the_lines_of_its_scripts_in_their_places() -> None:
    steps = Groovy("\n".join((step("a\nb"), step("cat <<E\nE"))))
    moved = quoting.at(quoting.settle(quoting.at(steps, 2)), 2)
    assert quoting.finished(moved) == "    sh '''\n      a\n      b\n    '''\n    sh '''cat <<E\nE\n'''"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("build", "build"),
        ("", "''"),
        ("a b", "'a b'"),
        ("it's", "'it'\"'\"'s'"),
        ("$(x) `x` $X", "'$(x) `x` $X'"),
        ("a\nb", "'a\nb'"),
        ("-x", "-x"),
        (5, "5"),
    ],
)
def test_shell_is_one_word(value: object, text: str) -> None:
    assert quoting.shell(value) == text
    assert type(quoting.shell(value)) is Shell


def test_words_are_a_command_line() -> None:
    assert quoting.words(("make", "a b", "it's")) == "make 'a b' 'it'\"'\"'s'"
    assert type(quoting.words(())) is Shell


def test_code_of_a_team_stands_as_it_is() -> None:
    assert quoting.code("a | b\nit's 'c'\n") == "a | b\nit's 'c'"
    assert type(quoting.code("")) is Shell


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("main", "main"),
        ("acme/widget-1.x", "acme/widget-1.x"),
        ("", '""'),
        ("yes", '"yes"'),
        ("Null", '"Null"'),
        ("1.10", '"1.10"'),
        ("- a", '"- a"'),
        ("a: b #c", '"a: b #c"'),
        ("!!python/object", '"!!python/object"'),
        ("{{ x }}", '"{{{{ x }}}}"'),
        ("{obj:x}", '"{{obj:x}}"'),
        ('"\\', r'"\"\\"'),
        ("a\nb\tc", r'"a\nb\tc"'),
        ("it's ${x}", '"it\'s ${{x}}"'),
        ("\x85\u2028\u200b\ufeff", r'"\u0085\u2028\u200B\uFEFF"'),
        ("é😀\U000e0001", r'"é😀\U000E0001"'),
        (True, "true"),
        (False, "false"),
        (30, "30"),
    ],
)
def test_yaml_is_a_scalar_that_jjb_reads_back(value: object, text: str) -> None:
    assert quoting.yaml(value) == text
    assert type(quoting.yaml(value)) is Yaml


def test_a_comment_stands_as_it_is() -> None:
    assert quoting.comment("components/amf.yaml */ ${x}") == "components/amf.yaml */ ${x}"


@pytest.mark.parametrize("value", ["a\nb", "\\u000a", "a\\", "\u2028", "\x85", "\r", "\u200b"])
def test_what_could_end_a_comment_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="cannot stand in a comment"):
        quoting.comment(value)


PRINT = "p() { printf '[%s]' \"$@\"; echo; }\n"

LINES = st.sampled_from(
    [
        *("p a b", "p 'a b'  c", 'p "a  b"', "p a \\", "  p b", "p a\\", "b", "p a\\\\", "p a\\ \\", "p a;p b"),
        *("p 'a", "b'", 'p "a', 'b"', "p 'a' 'b", "c' d", "p a'b\"c'", "p \"it's", '" x', "p it\\'s", "p \\", "'"),
        *("# it's", "p a # it's", "p a#'b", "c#'", "p $#", 'p "${#x}" #', "p '#", "#'", "", "  ", "p a #\\"),
        *("cat <<E", "cat <<'E'", "  a", "E", "p $((1<<2))", "cat <<<a", "x=$(p a", ")", 'p "$x"', "p $x"),
        *('p "$(p "a', 'b")"', 'p "${x:-"a', 'b"}"', "p `p 'a", "b'`", "p $'a\\'b", "c'\\'", "{", "}", "if :; then"),
        *("fi", "p \\\\\\", "p a\t'b", "p 'a\\", 'p "a\\', "p '''", "'''", "p ''\\''", "case a in", "a) p b;;", "esac"),
    ]
)
"""Lines of shell that stand well or badly beside each other; `p` prints each of its words in brackets."""


@settings(max_examples=150)
@given(scripts=st.lists(st.lists(LINES, min_size=2, max_size=5).map("\n".join), min_size=4, max_size=4))
def test_a_script_does_the_same_as_before_it_was_printed(scripts: list[str], groovy_vm: GroovyVm) -> None:
    for script in scripts:
        (printed,) = groovy_vm.literals(stage(PRINT + script)).strings
        # Empty lines at the end are left out; a here-document without an end would print them.
        assert ran(printed) == ran(PRINT + script.rstrip("\n") + "\n")


@pytest.mark.parametrize(
    "script",
    ["p one\\\ntwo", "p a#'b\nc#'", "p $'a\\'b\nc'\\'", 'p "$(p "a\nb")"', "p a\\ \\\nb"],
    ids=["word that goes on", "hash in a word", "quote of bash", "quote in a quote", "blank that is quoted"],
)
def test_quoting_that_is_hard_to_follow_does_the_same_as_before(script: str, groovy_vm: GroovyVm) -> None:
    (printed,) = groovy_vm.literals(stage(PRINT + script)).strings
    assert ran(printed) == ran(f"{PRINT}{script}\n")


def ran(script: str) -> tuple[int, str]:
    """The exit code and output of a bash script."""
    words = ["bash", "-c", script]
    told = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=20)
    return told.returncode, told.stdout
