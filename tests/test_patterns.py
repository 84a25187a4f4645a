"""Expressions and file patterns mean in Jenkins what they mean here, and none starts builds for ever."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from jjbgen import patterns

URL = "https://jenkins.example.org"
SEGMENTS = st.text("ab.*?", min_size=1, max_size=4).filter(lambda text: "**" not in text)
PATTERNS = st.lists(SEGMENTS | st.just("**"), min_size=1, max_size=4).map("/".join)
PATHS = st.lists(st.text("ab.", min_size=1, max_size=3), min_size=1, max_size=4).map("/".join)


def reason(expression: str) -> str:
    """Why an expression is refused; empty when it passes."""
    try:
        patterns.check_expression(expression)
    except ValueError as error:
        return str(error)
    return ""


def reason_as_file(expression: str) -> str:
    """Why an expression for files is refused; empty when it passes."""
    try:
        patterns.check_file_regexp(expression)
    except ValueError as error:
        return str(error)
    return ""


def reason_as_ant(pattern: str) -> str:
    """Why a file pattern is refused; empty when it passes."""
    try:
        patterns.check_ant(pattern)
    except ValueError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    "expression",
    [
        "recheck",
        "(recheck|reverify)",
        "(?i)please (re)?build( all)?",
        r"Patch Set\s+\d+:\s+recheck",
        r"recheck: [0-9 ]+",
        r"run-\w{1,20}",
        "(?<word>again)",
        "(?>again)",
        "(?:once|twice)++",
        "(?<!do not )build",
        "(?=re)recheck(?!ed)",
        r"(?s-m:x.y)",
        r"(a)\1",
        r"\p{L}+ \p{Alpha}\pN",
        r"\{literal\}",
        r"[\]a]",
        "x" * patterns.MAX_EXPRESSION,
    ],
)
def test_what_java_reads_in_the_same_way_passes(expression: str) -> None:
    assert reason(expression) == ""


# Each was given to java.util.regex.Pattern, which refuses it, or reads it as something else (the last four).
@pytest.mark.parametrize(
    "expression",
    [
        "(?P<word>again)",
        "(?P<word>a)(?P=word)",
        "(?R)",
        "(?1)(a)",
        "(?&word)(?<word>a)",
        "(a)?(?(1)b|c)",
        "(?#again)recheck",
        "(?|(a)|(b))",
        "(?V1)again",
        "(?a)again",
        "(?b)again",
        "(?e)again",
        "(?f)again",
        "(?L)again",
        "(?p)again",
        "(?r)again",
        "(?w)again",
        "(*FAIL)again",
        "(?<my_word>again)",
        "(?:again){e<=1}",
        "a{,3}",
        "recheck {job}",
        r"\Kagain",
        r"\m\M",
        r"(?<a>b)\g<a>",
        "[[a]",
        r"[a-\d]",
        "[[:alpha:]]",
        "[a&&b]",
        "[a[bc]]",
        "[^a[bc]]",
    ],
)
def test_what_java_does_not_know_or_reads_differently_is_refused(expression: str) -> None:
    assert "Java" in reason(expression)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("", "an expression is one line and not empty"),
        (" \t", "an expression is one line and not empty"),
        ("a\nb", "an expression is one line and not empty"),
        ("x" * (patterns.MAX_EXPRESSION + 1), "an expression has at most 200 characters"),
        ("(", "'(' is not a regular expression: missing ) at position 1"),
        ("*", "'*' is not a regular expression: nothing to repeat at position 0"),
        ("[a", "'[a' is not a regular expression: unterminated character set at position 2"),
        ("(?P<x>a)", "Java does not read '(?P<x>a)' in the same way; write it more plainly"),
    ],
)
def test_what_is_no_expression_is_refused_with_the_reason(expression: str, expected: str) -> None:
    assert reason(expression) == expected


@given(st.text(max_size=30) | st.text("()[]{}?*+|^$\\.<>=!:-,PaKx1&# ", max_size=12))
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    assert reason(text) or patterns.comment_line((text,))


# As Gerrit searches: anywhere in the comment, dots and lines as these flags say.
GERRIT = re.DOTALL | re.MULTILINE


@pytest.mark.parametrize(
    ("comment", "found"),
    [
        ("recheck", True),
        ("Patch Set 3:\n\nrecheck", True),
        ("  recheck  \n", True),
        ("Nice.\nrecheck\nThanks", True),
        ("verify please", True),
        ("please recheck", False),
        ("recheck now", False),
        ("norecheck", False),
        ("> recheck", False),
    ],
)
def test_a_comment_starts_a_build_by_a_line_of_its_own(comment: str, found: bool) -> None:
    line = patterns.comment_line(("recheck", "verify( please)?"))
    assert bool(re.compile(line, GERRIT).search(comment)) == found
    # GHPRB matches the whole comment, whatever its case.
    whole = re.compile(patterns.whole_comment(("recheck", "verify( please)?")), re.DOTALL | re.IGNORECASE)
    assert bool(whole.fullmatch(comment)) == found
    assert bool(whole.fullmatch(comment.upper())) == found


def test_alternatives_of_one_expression_do_not_leak_into_another() -> None:
    line = re.compile(patterns.comment_line(("a|b", "c")), GERRIT)
    assert [bool(line.search(text)) for text in ("a", "b", "c", "ac", "bc", "a|b")] == [True, True, True] + [False] * 3


@pytest.mark.parametrize(
    ("expression", "posted"),
    [
        (".*", "Build Started https://jenkins.example.org/job/a-b/1/"),
        (".*job.*", "Build Started https://jenkins.example.org/job/a-b/1/"),
        (".*a-b.*", "Build Started https://jenkins.example.org/job/a-b/1/"),
        ("Build .*", "Build Started https://jenkins.example.org/job/a-b/1/"),
        ("(?i)build successful", "Build Successful"),
        (".*SUCCESS", "https://jenkins.example.org/job/a-b/1/ : SUCCESS"),
        (".*FAILURE", "https://jenkins.example.org/job/a-b/1/ : FAILURE"),
        (".*UNSTABLE", "https://jenkins.example.org/job/a-b/1/ : UNSTABLE"),
        (".*ABORTED", "https://jenkins.example.org/job/a-b/1/ : ABORTED"),
        (".*NOT_BUILT", "https://jenkins.example.org/job/a-b/1/ : NOT_BUILT"),
        ("Refer to .*", "Refer to this link for build results: https://jenkins.example.org/job/a-b/1/"),
    ],
)
def test_an_expression_for_what_jenkins_posts_is_found_with_the_line(expression: str, posted: str) -> None:
    assert patterns.posted_by_jenkins(expression, "a-b", URL) == posted


@pytest.mark.parametrize(
    "expression", ["recheck", "(recheck|reverify)", "job", "a-b", "build", "SUCCESS", r"jjb-deploy \S+", "(?i)started"]
)
def test_an_expression_that_needs_a_line_of_its_own_is_not_started_by_jenkins(expression: str) -> None:
    assert patterns.posted_by_jenkins(expression, "a-b", URL) is None


@pytest.mark.parametrize("expression", ["[^R]++", "[^R]*+", "(?:[^R]|x)++", "[^R]{3,}+"])
def test_an_expression_that_gives_nothing_back_is_tried_on_each_text(expression: str) -> None:
    assert patterns.posted_by_jenkins(expression, "a-b", URL) is not None


def test_the_link_of_a_job_in_folders_is_what_jenkins_posts() -> None:
    assert patterns.posted_by_jenkins(".*/job/ci/job/x/.*", "ci/x", URL)
    assert patterns.posted_by_jenkins(".*/ci/x/.*", "ci/x", URL) is None


def test_an_expression_that_takes_for_ever_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "_SECONDS", 0.05)
    with pytest.raises(ValueError, match="takes too long to match; make it simpler"):
        patterns.posted_by_jenkins(r"((.|\w)+)+ [aA]gain", "a-b", URL)


@pytest.mark.parametrize("pattern", ["docs/**", "**/*.md", "go.*", "*.y?ml", "VERSION", "a-b/c_d.e", "**", "src/*/x.c"])
def test_file_patterns_pass(pattern: str) -> None:
    assert reason_as_ant(pattern) == ""


@pytest.mark.parametrize(
    ("pattern", "odd"),
    [
        ("docs/.*", "/.*"),
        (".*", ".*"),
        (".+x", ".+"),
        ("^docs", "^"),
        ("docs$", "$"),
        ("(a|b)/**", "("),
        ("a|b", "|"),
        ("[ab]*", "["),
        ("*.{c,h}", "{"),
        ("c++/**", "+"),
        (r"a\.b", "\\"),
    ],
)
def test_a_file_pattern_written_as_an_expression_is_refused(pattern: str, odd: str) -> None:
    assert reason_as_ant(pattern) == (
        f"{pattern!r} is a file pattern written as a regular expression ({odd!r}); "
        "use *, ** and ?, or write it under 'regexp'"
    )


@pytest.mark.parametrize("pattern", ["", "/docs/**", "a\nb"])
def test_what_is_no_file_pattern_is_refused(pattern: str) -> None:
    assert reason_as_ant(pattern) == f"{pattern!r} is not a file pattern; write it like docs/**"


@pytest.mark.parametrize("expression", ["docs/.*", r"(?!docs/).*\.go", "a|b", "[^/]*", "x?"])
def test_expressions_for_files_pass(expression: str) -> None:
    assert reason_as_file(expression) == ""


@pytest.mark.parametrize("expression", ["docs/**", "**/x", "*.md", "docs/*", "?.md"])
def test_an_expression_written_as_a_file_pattern_is_refused(expression: str) -> None:
    assert reason_as_file(expression).startswith(f"{expression!r} is a regular expression written as a file pattern (")
    assert reason_as_file(expression).endswith("; write it under 'ant'")


def matches_ant(pattern: list[str], path: list[str]) -> bool:
    """Ant's rule, segment by segment: `**` is any number of folders, `*` and `?` stay inside of one name."""
    if not pattern:
        return not path
    if pattern[0] == "**":
        return matches_ant(pattern[1:], path) or (bool(path) and matches_ant(pattern, path[1:]))
    return bool(path) and matches_name(pattern[0], path[0]) and matches_ant(pattern[1:], path[1:])


def matches_name(pattern: str, name: str) -> bool:
    """The same for one name."""
    if not pattern:
        return not name
    if pattern[0] == "*":
        return matches_name(pattern[1:], name) or (bool(name) and matches_name(pattern, name[1:]))
    return bool(name) and pattern[0] in ("?", name[0]) and matches_name(pattern[1:], name[1:])


@given(PATTERNS, PATHS)
def test_a_file_pattern_and_its_expression_match_the_same_paths(pattern: str, path: str) -> None:
    # A pattern that ends in ** matches the folder itself in Ant; a changed file is never a folder.
    assume(not (pattern.endswith("/**") and matches_ant(pattern.split("/")[:-1], path.split("/"))))
    expression = patterns.ant_as_regexp(pattern)
    assert bool(re.fullmatch(expression, path)) == matches_ant(pattern.split("/"), path.split("/"))


@pytest.mark.parametrize(
    ("pattern", "expression"),
    [
        ("docs/**", "docs/.*"),
        ("**/*.md", r"(?:.*/)?[^/]*\.md"),
        ("a?c", "a[^/]c"),
        ("VERSION", "VERSION"),
        ("a+b (c)", r"a\+b\ \(c\)"),
    ],
)
def test_a_file_pattern_as_an_expression(pattern: str, expression: str) -> None:
    assert patterns.ant_as_regexp(pattern) == expression


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=10))
def test_a_name_without_wildcards_stands_for_itself(name: str) -> None:
    assume(not set(name) & set("*?"))
    assert re.fullmatch(patterns.ant_as_regexp(name), name)


def test_a_blank_of_any_kind_is_escaped_in_the_expression_of_a_path() -> None:
    assert patterns.ant_as_regexp("a\u00a0b/*") == "a\\\u00a0b/[^/]*"
    assert patterns.ant_as_regexp("a b") == "a\\ b"
