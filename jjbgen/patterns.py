"""Patterns that end up in Jenkins: comment expressions, and file patterns of the Gerrit trigger.

Facts (read in the plugins' sources, and field-study 1.3): Gerrit's comment expression is a Java regular
expression searched with DOTALL and MULTILINE in the whole comment, so a loose one also matches what Jenkins
itself posts; GHPRB matches the whole comment, ignoring case. A REG_EXP file pattern has to match the whole
path; an ANT pattern knows only `*`, `**` and `?`.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # it takes 20 ms to load, and most expressions are a word
    import regex

MAX_EXPRESSION = 200
_SECONDS = 1.0

# What Java and the `regex` package read in the same way, piece by piece; tried against java.util.regex.
_CLASS_CHAR = r"(?:[^\[\]\\&-]|&(?!&)|\\[^A-Za-z0-9\s])"
_SHARED = re.compile(
    rf"""
      \\ (?: [dDwWsSbBAzZnrtf] | [1-9] | [^A-Za-z0-9\s] | [pP] (?: [A-Z] | \{{ [A-Za-z]+ \}} ) )
    | \[ \^? -? (?: \\[dDwWsSnrtf] (?!-(?!\])) | {_CLASS_CHAR} (?: - {_CLASS_CHAR} )? )+ -? \]
    | \( (?: \? (?: : | = | ! | > | <= | <! | < [A-Za-z][A-Za-z0-9]* > | [imsx]+ (?: - [imsx]+ )? [:)] ) | (?![?*]) )
    | (?: [*+?] | \{{ [0-9]+ (?: , [0-9]* )? \}} ) [+?]?
    | [^\[\]{{}}(\\]
    """,
    re.VERBOSE,
)
# `go.*` is a fine file pattern, `docs/.*` is not what it looks like.
_REGEXP_SYNTAX = re.compile(r"\\|(?:^|/)\.\*|\.\+|\^|\$|\(|\)|\||\[|\]|\{|\}|\+")

_POSTED = (
    "Build Started {url}",
    "Build Successful \n\n{url} : SUCCESS",
    "Build Failed \n\n{url} : FAILURE",
    "Build Unstable \n\n{url} : UNSTABLE",
    "Build Aborted \n\n{url} : ABORTED",
    "No Builds Executed \n\n{url} : NOT_BUILT",
    "Test PASSed.\nRefer to this link for build results: {url}\n",
)
_POSSESSIVE = re.compile(r"[*+?}]\+")
_ALL_POSTED = "\n".join(_POSTED)


def check_expression(expression: str) -> str:
    """Raise ValueError unless `expression` is a regular expression that Java reads the same way."""
    if "\n" in expression or not expression.strip():
        raise ValueError("an expression is one line and not empty")
    if len(expression) > MAX_EXPRESSION:
        raise ValueError(f"an expression has at most {MAX_EXPRESSION} characters")
    if expression.isalnum():
        return expression
    import regex

    try:
        regex.compile(expression)
    except regex.error as error:
        raise ValueError(f"{expression!r} is not a regular expression: {error}") from None
    place = 0
    while place < len(expression):
        piece = _SHARED.match(expression, place)
        if not piece:
            odd = expression[place : place + 8]
            raise ValueError(f"Java does not read {odd!r} in the same way; write it more plainly")
        place = piece.end()
    return expression


def comment_line(expressions: tuple[str, ...]) -> str:
    """One expression that finds a line that is, as a whole, one of `expressions` (for MULTILINE, DOTALL)."""
    return rf"^\s*(?:{'|'.join(expressions)})\s*$"


def whole_comment(expressions: tuple[str, ...]) -> str:
    """The same for GHPRB, which matches the whole comment with DOTALL and CASE_INSENSITIVE."""
    return rf"(?m).*{comment_line(expressions)}.*"


def ant_as_regexp(pattern: str) -> str:
    """An ANT pattern as the Java expression of a whole path, for plugins that know only expressions."""
    escape = re.escape
    if not pattern.isascii():
        # It puts a backslash before every kind of blank.
        import regex

        escape = regex.escape
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.sub(r"\*\*/|\*\*|\*|\?|[^*?]+", lambda found: known.get(found[0]) or escape(found[0]), pattern)


@lru_cache(maxsize=256)
def _line_of(expression: str) -> regex.Pattern[str]:
    import regex

    return regex.compile(comment_line((expression,)), regex.MULTILINE | regex.DOTALL)


def _is_simple(expression: str) -> bool:
    """Whether it finds in a text what it finds in a longer one: it looks at nothing around, and gives back again."""
    return "\\" not in expression and "(?" not in expression and not _POSSESSIVE.search(expression)


def posted_by_jenkins(expression: str, job: str, url: str) -> str | None:
    """The first line that Jenkins posts about `job` and that would start a build again, or None.

    `url` is the controller's; `expression` is searched as Gerrit does, one line at a time as `comment_line` asks.
    Raises ValueError when the expression takes too long to decide.
    """
    job_url = f"{url}/job/{job.replace('/', '/job/')}/1/"
    posted = _ALL_POSTED.replace("{url}", job_url)
    if expression.isalnum() and expression not in posted:
        return None
    found = _line_of(expression)
    try:
        if _is_simple(expression):
            with suppress(TimeoutError):
                if not found.search(posted, timeout=_SECONDS):
                    return None
        for text in _POSTED:
            match = found.search(text.format(url=job_url), timeout=_SECONDS)
            if match:
                return match[0].strip().splitlines()[-1]
    except TimeoutError:
        raise ValueError(f"{expression!r} takes too long to match; make it simpler") from None
    return None


def check_ant(pattern: str) -> str:
    """Raise ValueError when an ANT pattern is empty, absolute, or written as a regular expression."""
    if not pattern or "\n" in pattern or pattern.startswith("/"):
        raise ValueError(f"{pattern!r} is not a file pattern; write it like docs/**")
    odd = _REGEXP_SYNTAX.search(pattern)
    if odd:
        raise ValueError(
            f"{pattern!r} is a file pattern written as a regular expression ({odd[0]!r}); "
            f"use *, ** and ?, or write it under 'regexp'"
        )
    return pattern


def check_file_regexp(pattern: str) -> str:
    """Raise ValueError when a file's regular expression does not compile or is written as a glob."""
    glob = re.search(r"\*\*|(?:^|/)\*|^\?", pattern)
    if glob:
        raise ValueError(
            f"{pattern!r} is a regular expression written as a file pattern ({glob[0]!r}); write it under 'ant'"
        )
    return check_expression(pattern)
