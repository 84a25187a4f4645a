"""Turns plain values into text of a language, so that no value can be taken for code.

Each function returns a text marked with its language; templates may print nothing else (see `render`).
A value that cannot be written in a language exactly is an error, never something similar.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from functools import lru_cache

from jjbgen.jobs import Binding
from jjbgen.naming import GROOVY_KEYWORDS
from jjbgen.work import Results


class Groovy(str):
    """Groovy source."""


class Shell(str):
    """Shell source."""


class Yaml(str):
    """YAML, as JJB reads it."""


Language = type[Groovy] | type[Shell] | type[Yaml]

# Marks of private use in the first column, until a text is finished: a line that must not be moved, and one
# that is to be indented like the line in which its literal began. They cannot come from a value.
_FIXED, _FOLLOWING = "\ue000", "\ue001"

_GROOVY_ESCAPES = (("\\", "\\\\"), ("'", "\\'"), ("\n", "\\n"), ("\t", "\\t"))
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def groovy(value: object) -> Groovy:
    """A Groovy literal: a single-quoted string (Groovy never interpolates it), a number or a boolean.

    A shell script of several lines becomes a ''' string, whose lines are indented with the code around it
    where that cannot change the script.
    """
    if isinstance(value, bool):
        return Groovy("true" if value else "false")
    if isinstance(value, int):
        return Groovy(str(value))
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} has no form in Groovy: {value}")
    _refuse_marks(value)
    if isinstance(value, Shell) and "\n" in value.rstrip("\n"):
        return _groovy_block(value.rstrip("\n"))
    return _groovy_string(value.rstrip("\n") if isinstance(value, Shell) else value)


@lru_cache(maxsize=4096)
def _groovy_string(text: str) -> Groovy:
    return Groovy(f"'{_escaped(text, _GROOVY_ESCAPES)}'")


def _escaped(text: str, escapes: tuple[tuple[str, str], ...]) -> str:
    """`text` with some characters written in another way, the backslash first; `translate` takes five times as long."""
    for char, written in escapes:
        text = text.replace(char, written)
    return text


def _groovy_block(script: str) -> Groovy:
    # In a ''' string a quote needs a backslash only before another quote and at the beginning.
    escaped = re.sub(r"\A'|'(?=')", r"\'", script.replace("\\", "\\\\"))
    first, *rest = escaped.split("\n")
    if _may_be_indented(script):
        if not first.startswith("#!"):
            first, rest = "", [first, *rest]
        lines = [f"{_FOLLOWING}  {line}" if line.strip() else _FOLLOWING for line in rest]
        return Groovy("\n".join((f"'''{first}", *lines, f"{_FOLLOWING}'''")))
    return Groovy("\n".join((f"'''{first}", *(_FIXED + line for line in rest), f"{_FIXED}'''")))


# A line that is complete in itself, whatever stands in front of it: plain characters, closed quotes without
# substitutions in double ones, a comment, and a backslash at its end only behind a blank. All else is in doubt.
_COMPLETE_LINE = re.compile(
    r"""
    (?: (?!<<) [^\\'"`\#$\t]            # plain, and no here-document
      | \$ (?!['"])
      | '[^']*'
      | "(?: [^"\\`$] | \$ (?![({'"]) | \$\{\w+\} )*"
    )*
    (?: (?<!\S) \#.* | (?<!\S) \\ )?
    """,
    re.VERBOSE,
)


def _may_be_indented(script: str) -> bool:
    """Whether blanks in front of every line are sure not to matter."""
    return all(map(_is_complete, script.split("\n")))


@lru_cache(maxsize=4096)
def _is_complete(line: str) -> bool:
    return _COMPLETE_LINE.fullmatch(line) is not None


def identifier(name: str) -> Groovy:
    """A Groovy identifier, as it stands."""
    if not _IDENTIFIER.fullmatch(name) or name in GROOVY_KEYWORDS:
        raise ValueError(f"{name!r} is not an identifier")
    return Groovy(name)


def globs(patterns: Iterable[str]) -> Groovy:
    """Ant globs as the one comma-separated string that Jenkins' steps take."""
    return groovy(", ".join(patterns))


def collect(results: Results) -> Groovy:
    """The steps that collect what a stage leaves behind; each is done whatever becomes of the other.

    `junit` fails where tests ended before they wrote results, and then the logs are wanted most.
    """
    empty = groovy(results.may_be_empty)
    junit = Groovy(f"junit(testResults: {globs(results.junit)}, allowEmptyResults: {empty})")
    archive = Groovy(f"archiveArtifacts(artifacts: {globs(results.archive)}, allowEmptyArchive: {empty})")
    if results.junit and results.archive:
        both = Groovy(f"try {{\n{at(junit, 2)}\n}} finally {{\n{at(archive, 2)}\n}}")
        return _block("script", both)
    return junit if results.junit else archive if results.archive else Groovy("")


def in_dir(steps: Groovy, directory: str | None) -> Groovy:
    """`steps` in a folder of the workspace."""
    return _block(f"dir({groovy(directory)})", steps) if directory else _only_groovy(steps)


def catching(steps: Groovy, *, interruptions: bool = True) -> Groovy:
    """`steps`, whose failure fails stage and build but lets the next step run.

    Without `interruptions`, a person who stops the build and the time limit of the whole build still end it. A limit
    inside of `steps` is caught; stage and build are then aborted, not failed (CatchErrorStep of workflow-basic-steps).
    """
    arguments = "buildResult: 'FAILURE', stageResult: 'FAILURE'" + (
        "" if interruptions else ", catchInterruptions: false"
    )
    return _block(f"catchError({arguments})", steps)


def after_checkout(steps: Groovy, agent: str | None) -> Groovy:
    """`steps`, on an agent of their own behind a checkout of their own."""
    return Groovy(f"fetchSource()\n{_only_groovy(steps)}") if agent else _only_groovy(steps)


def limited(steps: Groovy, minutes: int | None) -> Groovy:
    """`steps`, which are ended after so many minutes."""
    return _block(f"timeout(time: {groovy(minutes)}, unit: 'MINUTES')", steps) if minutes else _only_groovy(steps)


def with_credentials(steps: Groovy, bindings: tuple[Binding, ...]) -> Groovy:
    """`steps` with credentials in their environment, masked in the log."""
    if not bindings:
        return _only_groovy(steps)
    lines = ",\n".join(f"  {_binding(bound)}" for bound in bindings)
    return _block(f"withCredentials([\n{lines}\n])", steps)


def _binding(bound: Binding) -> str:
    name, variable = groovy(bound.credentials), bound.variable
    if bound.type == "username-password":
        user, password = groovy(f"{variable}_USR"), groovy(f"{variable}_PSW")
        return f"usernamePassword(credentialsId: {name}, usernameVariable: {user}, passwordVariable: {password})"
    step = {"secret-text": "string", "secret-file": "file"}[bound.type]
    return f"{step}(credentialsId: {name}, variable: {groovy(variable)})"


def _block(head: str, body: Groovy) -> Groovy:
    return Groovy(f"{head} {{\n{at(body, 2)}\n}}")


def at(text: Groovy, columns: int) -> Groovy:
    """`text` moved to the right, but for the lines of a literal that must not move."""
    return _moved(_only_groovy(text), columns)


@lru_cache(maxsize=1024)
def _moved(text: Groovy, columns: int) -> Groovy:
    blanks = " " * columns
    lines = settle(text).split("\n")
    return Groovy("\n".join(blanks + line if line and line[0] != _FIXED else line for line in lines))


def _only_groovy(text: Groovy) -> Groovy:
    """Refuse a plain text in a filter's hands, which would come out of it as if it were Groovy."""
    if type(text) is not Groovy:
        raise TypeError(f"prints {type(text).__name__} in Groovy; pass it through |groovy")
    return text


def settle(text: str) -> Groovy:
    """Give the lines that follow a literal's first line the indentation of that line."""
    if _FOLLOWING not in text:
        return Groovy(text)
    lines, blanks = [], ""
    for line in text.split("\n"):
        if line.startswith(_FOLLOWING):
            lines.append((blanks + line[1:]).rstrip(" ") if line.strip(_FOLLOWING + " ") == "" else blanks + line[1:])
        else:
            lines.append(line)
            if not line.startswith(_FIXED):
                blanks = line[: len(line) - len(line.lstrip(" "))]
    return Groovy("\n".join(lines))


def finished(text: Groovy) -> str:
    """The text of a whole file, without marks."""
    return settle(text).replace(f"\n{_FIXED}", "\n")


def shell(value: object) -> Shell:
    """One word of a POSIX shell."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise TypeError(f"{type(value).__name__} has no form in shell: {value}")
    return Shell(shlex.quote(str(value)))


def words(values: Iterable[str]) -> Shell:
    """A command line."""
    return Shell(shlex.join(values))


def code(value: str) -> Shell:
    """Shell source that a team wrote: the commands of its descriptor, as they stand."""
    return Shell(value.rstrip("\n"))


_YAML_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
_YAML_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
_YAML_ESCAPES = (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t"), ("{", "{{"), ("}", "}}"))


def yaml(value: object) -> Yaml:
    """A YAML scalar that JJB's loader and its formatter (which reads braces) turn back into `value`."""
    if isinstance(value, str):
        return _yaml_string(value)
    if isinstance(value, bool):
        return _TRUE if value else _FALSE
    if isinstance(value, int):
        return Yaml(str(value))
    raise TypeError(f"{type(value).__name__} has no form in YAML: {value}")


_TRUE, _FALSE = Yaml("true"), Yaml("false")


@lru_cache(maxsize=4096)
def _yaml_string(value: str) -> Yaml:
    _refuse_marks(value)
    if _YAML_PLAIN.fullmatch(value) and value.lower() not in _YAML_WORDS:
        return Yaml(value)
    escaped = _escaped(value, _YAML_ESCAPES)
    return Yaml(f'"{escaped}"' if escaped.isprintable() else f'"{"".join(map(_yaml_char, escaped))}"')


def _yaml_char(char: str) -> str:
    if char.isprintable():
        return char
    return f"\\U{ord(char):08X}" if ord(char) > 0xFFFF else f"\\u{ord(char):04X}"


def comment(value: str) -> str:
    """Text for a comment to the end of the line. Groovy reads Unicode escapes even there, so no backslash."""
    if "\\" in value or not value.isprintable():
        raise ValueError(f"{value!r} cannot stand in a comment")
    return value


def _refuse_marks(value: str) -> None:
    if _FIXED in value or _FOLLOWING in value:
        raise ValueError("a character that is not allowed: U+E000 or U+E001")
