"""Every name that Jenkins or the disk sees, made and checked in one place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

MAX_LENGTH = 110
"""Images are built under a tag with the job's name, folder and build number in it, and a tag has at most 128
characters. The longest name in the field study has 89."""

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9-]*)\}")
_FIXED = re.compile(r"[A-Za-z0-9._-]*")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# fmt: off - a word a line would hide the rest of the module
GROOVY_KEYWORDS = frozenset(
    (
        "abstract",
        "as",
        "assert",
        "boolean",
        "break",
        "byte",
        "case",
        "catch",
        "char",
        "class",
        "const",
        "continue",
        "def",
        "default",
        "do",
        "double",
        "else",
        "enum",
        "extends",
        "false",
        "final",
        "finally",
        "float",
        "for",
        "goto",
        "if",
        "implements",
        "import",
        "in",
        "instanceof",
        "int",
        "interface",
        "long",
        "native",
        "new",
        "null",
        "package",
        "private",
        "protected",
        "public",
        "return",
        "short",
        "static",
        "strictfp",
        "super",
        "switch",
        "synchronized",
        "this",
        "threadsafe",
        "throw",
        "throws",
        "trait",
        "transient",
        "true",
        "try",
        "void",
        "volatile",
        "while",
    )
)
"""Words that cannot name a variable of a declarative pipeline's `environment`."""
# fmt: on

_UNSAFE = frozenset("?*/\\%!@#$^&|<>[]:;")

_RESERVED = frozenset(("AGENT", "BRANCH", "EXECUTOR_NUMBER", "HUDSON_URL", "STAGE_NAME", "sha1")) | frozenset(
    f"BUILD_{name}" for name in ("CAUSE", "DISPLAY_NAME", "ID", "NUMBER", "TAG", "URL")
)
_RESERVED_PREFIXES = ("AGENT_", "GERRIT_", "JENKINS_", "JJBGEN_", "JOB_", "NODE_", "RUN_", "WORKSPACE", "ghprb")

BUILT_IN = ("component", "pipeline", "branch", "axes")


@lru_cache(maxsize=1024)
def slug(text: str) -> str:
    """`text` as part of a name: a branch like `release/1.0` becomes `release-1.0`."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text)


def placeholders(pattern: str) -> tuple[str, ...]:
    """The names in braces of a job name pattern."""
    return tuple(_PLACEHOLDER.findall(pattern))


def check_pattern(pattern: str) -> str:
    """Raise ValueError unless `pattern` holds only placeholders and characters that Jenkins allows in a name."""
    rest = _PLACEHOLDER.sub("", pattern)
    if not pattern or not _FIXED.fullmatch(rest):
        raise ValueError(
            f"{pattern!r} is not a job name pattern; use letters, digits, ._- and placeholders like {{component}}"
        )
    return pattern


def check_folder(folder: str) -> str:
    """Raise ValueError unless `folder` is one Jenkins folder or a path of them."""
    if not all(_NAME.fullmatch(part) for part in folder.split("/")):
        raise ValueError(f"{folder!r} is not a Jenkins folder; use letters, digits and ._-, with / between folders")
    return folder


def job_name(pattern: str, component: str, pipeline: str, branch: str, point: Mapping[str, str]) -> str:
    """The name of one job, without its folder.

    `point` holds the axis values in the order of the axes. Raises KeyError for an unknown placeholder and
    ValueError for a name that is too long or starts oddly.
    """
    values = {
        **point,
        "component": component,
        "pipeline": pipeline,
        "branch": slug(branch),
        "axes": "".join(f"-{value}" for value in point.values()),
    }
    pieces = _pieces(pattern)
    name = "".join([values[piece] if index % 2 else piece for index, piece in enumerate(pieces)])
    if len(name) > MAX_LENGTH:
        raise ValueError(f"the job name {name[:40] + '…'!r} has {len(name)} characters; at most {MAX_LENGTH}")
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not a job name; start with a letter or digit")
    return name


@lru_cache(maxsize=256)
def _pieces(pattern: str) -> tuple[str, ...]:
    """In turns what stands between placeholders, and their names."""
    return tuple(_PLACEHOLDER.split(pattern))


def script_name(component: str, pipeline: str, branch: str | None = None) -> str:
    """The Groovy file of a pipeline; with `branch`, that of a branch whose stages differ.

    The component's name is part of it because JJB looks for an included file in the current folder first.
    """
    middle = f"-{slug(branch)}" if branch else ""
    return f"{component}-{pipeline}{middle}.groovy"


def parameter(name: str) -> str:
    """The build parameter (and so the environment variable) of an axis or an agent purpose."""
    return re.sub(r"[^A-Za-z0-9]", "_", name).upper()


def agent_parameter(purpose: str) -> str:
    """The build parameter that holds the label of a stage's own agent."""
    return f"AGENT_{parameter(purpose)}"


def is_reserved(variable: str) -> bool:
    """Whether Jenkins, a plugin or jjbgen itself gives this variable its value."""
    return variable in _RESERVED or variable.startswith(_RESERVED_PREFIXES)


def in_folder(folder: str | None, name: str) -> str:
    """The full name of a job or view in Jenkins."""
    return f"{folder}/{name}" if folder else name


def check_view(name: str) -> str:
    """Raise ValueError unless Jenkins takes `name` for a view."""
    if not is_safe(name):
        raise ValueError(f"{name!r} is not a name that Jenkins allows")
    return name


def is_safe(name: str) -> bool:
    """Whether Jenkins takes `name` for a job or view (its own rule: no odd characters, no dots alone)."""
    return name.isprintable() and name.strip() == name and name not in ("", ".", "..") and not set(name) & _UNSAFE
