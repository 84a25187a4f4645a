"""What can go wrong, and how it is said: positions, problems, error classes, exit codes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

_HALVES = re.compile(r"""((?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^'"])*?)(?:; (.*))?""", re.DOTALL)

_CREDENTIALS = re.compile(r"://\S*@")


class ExitCode(IntEnum):
    """Exit codes of every command; they are part of the public interface."""

    OK = 0
    FAILED = 1
    USAGE = 2
    DIFFERENCES = 3
    REFUSED = 4
    PUBLISH = 10
    BUG = 70
    INTERRUPTED = 130


@dataclass(frozen=True, order=True, slots=True)
class Pos:
    """A place in a file; `line` and `column` count from 1, and 0 means the file as a whole."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        # A file name can hold anything, also what would look like another line.
        path = self.path if self.path.isprintable() else escaped(self.path)
        return f"{path}:{self.line}:{self.column}" if self.line else path


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """One mistake in the input: where, in which field, what is wrong, and a way out."""

    pos: Pos
    field: str
    what: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.pos}: {self.field}: " if self.field else f"{self.pos}: "
        return place + self.what + (f"; {self.hint}" if self.hint else "")

    def as_dict(self) -> dict[str, str | int]:
        """The problem as flat JSON-able values."""
        return {
            "file": self.pos.path,
            "line": self.pos.line,
            "column": self.pos.column,
            "field": self.field,
            "what": self.what,
            "hint": self.hint,
        }


class JjbgenError(Exception):
    """An error that is told to the user without a traceback."""

    exit_code = ExitCode.FAILED


class ProblemsError(JjbgenError):
    """Carries every problem that was found, sorted by place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type[ProblemsError], tuple[tuple[Problem, ...]]]:
        # So that one that was met in another process can be told in this one.
        return type(self), (self.problems,)


class ConfigError(ProblemsError):
    """Settings or descriptors are wrong."""

    exit_code = ExitCode.USAGE


class VersionError(ProblemsError):
    """The version of a component, or what has to go with it, is wrong."""


class RefusedError(JjbgenError):
    """jjbgen will not do this: it would touch something that is not its own."""

    exit_code = ExitCode.REFUSED


class OutdatedError(JjbgenError):
    """What is on disk is not what the input generates."""

    exit_code = ExitCode.DIFFERENCES


def escaped(text: str) -> str:
    """A text as printable ASCII on one line."""
    return text.encode("unicode_escape").decode("ascii")


def plain(line: str) -> str:
    """A line without anything that a terminal would obey."""
    return "".join(char if char.isprintable() or char == "\t" else escaped(char) for char in line)


def without_secrets(text: str) -> str:
    """The text with what stands between `://` and `@` left out: URLs may hold passwords."""
    return _CREDENTIALS.sub("://", text)


def what_and_hint(message: object) -> tuple[str, str]:
    """The two halves of a message of the form `what; hint`; a semicolon in a quoted value does not count."""
    text = str(message)
    halves = _HALVES.fullmatch(text)
    what, _, hint = text.partition("; ") if halves is None else (halves[1], "", halves[2] or "")
    return what, hint


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint for an unknown name: the most similar known one, or the list of all."""
    import difflib

    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    if not names:
        return "none is defined"
    shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"known: {shown}"
