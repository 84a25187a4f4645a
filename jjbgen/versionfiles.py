"""Where a version is written: VERSION, package.json, pom.xml, Chart.yaml, and what Python packages have.

Everything here is a function of texts. What a text holds is read by the parser of its format; where it stands
in the text is found by trying (see `replaced`), so that a change keeps every other character.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from typing import Protocol

from jjbgen import version as rules
from jjbgen.errors import ConfigError, escaped
from jjbgen.version import Version

VERSION = "VERSION"
CHART = "Chart.yaml"
SOURCES = (VERSION, "package.json", "pom.xml", CHART)
"""Where the version of a component is looked for, in this order."""

Read = Callable[[str], str | None]
"""The text of a file by its path, None when there is no such file; raises ValueError when it cannot be read."""


class Tree(Protocol):
    """The files of a component: those of a commit, or of a working tree."""

    def read(self, path: str) -> str | None:
        """The text of a file; None when there is none. Raises ValueError (`what; hint`) for what is no text."""

    @property
    def files(self) -> tuple[str, ...]:
        """The paths of all files, sorted."""


_SNAPSHOT = re.compile(r"-SNAPSHOT\Z")
_PYTHON_DEV = re.compile(r"\.dev[0-9]*\Z")

MAX_ATTEMPTS = 100
MAX_PARSED = 2_000_000
"""How many places of a file are tried, and characters parsed for it; one made to have very many would keep us long."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The version of a component as its files have it: right, wrong (`fault`), or missing."""

    source: str | None
    """The file that holds it."""
    text: str | None
    version: Version | None
    fault: str = ""
    """What is wrong with it: `what; hint`."""

    @property
    def shown(self) -> str | None:
        """The version for people and programs; what is no version is shown as it is written, in one short line."""
        if self.version is not None:
            return str(self.version)
        return None if self.text is None else escaped(self.text)[:60]

    def known(self) -> Version:
        """The version; raises ValueError (`what; hint`) when there is none."""
        if self.version is None:
            raise ValueError(self.fault)
        return self.version


MISSING = Reading(None, None, None, f"there is no version; write one like 0.1.0-dev into {VERSION}")


def reading(read: Read) -> Reading:
    """The version of a component: that of the first of SOURCES that has one."""
    for source in SOURCES:
        try:
            text = read(source)
            written = text if text is None or source == VERSION else _FORMATS[source](text)
        except ValueError as error:
            return Reading(source, None, None, str(error))
        if written is not None:
            return _understood(source, written)
    return MISSING


def _understood(source: str, written: str) -> Reading:
    try:
        version = rules.read(written) if source == VERSION else _of_tool(source, written)
    except ValueError as error:
        return Reading(source, written, None, str(error))
    return Reading(source, written, version)


def _of_tool(source: str, written: str) -> Version:
    """Maven's `-SNAPSHOT` is its way to say `-dev`; every other format has SemVer."""
    return rules.parse(_SNAPSHOT.sub(f"-{rules.DEV}", written) if source == "pom.xml" else written)


def package_json(text: str) -> str | None:
    """The `version` of a package.json; None when it has none. Raises ValueError (`what; hint`)."""
    import json

    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is not JSON: {error}") from None
    written = found.get("version") if isinstance(found, dict) else None
    if written is not None and not isinstance(written, str):
        raise ValueError("has a version that is not text; put it into quotes")
    return written


def pom_xml(text: str) -> str | None:
    """The top-level `<version>` of a pom.xml; None when it has none. Raises ValueError (`what; hint`)."""
    from xml.parsers import expat

    path: list[str] = []
    written: list[str] = []

    def start(name: str, _: dict[str, str]) -> None:
        path.append(name.rpartition(":")[2])

    def end(_: str) -> None:
        path.pop()

    def data(chunk: str) -> None:
        if path == ["project", "version"]:
            written.append(chunk)

    def doctype(*_: object) -> None:
        # Entities are the way to make a parser read other files, or grow a small file without end.
        raise ValueError("has a DOCTYPE, which a pom.xml does not need; remove it")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = data
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise ValueError(f"is not XML: {error}") from None
    return "".join(written).strip() or None


def chart_yaml(text: str, key: str = "version") -> str | None:
    """A top-level value of a Chart.yaml; None when it has none. Raises ValueError (`what; hint`)."""
    from jjbgen import source

    try:
        found = source.parse(text, CHART).value
    except ConfigError as error:
        problem = error.problems[0]
        raise ValueError(f"line {problem.pos.line}: {problem.what}" if problem.pos.line else problem.what) from None
    written = found.get(key) if isinstance(found, dict) else None
    if written is not None and not isinstance(written, str):
        raise ValueError(f"has a {key} that is not text; write one like 1.2.3")
    return written


def _app_version(text: str) -> str | None:
    return chart_yaml(text, "appVersion")


def _pyproject(text: str) -> str | None:
    import tomli

    try:
        found = tomli.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is not TOML: {error}") from None
    poetry = found.get("tool", {}).get("poetry", {}) if isinstance(found.get("tool"), dict) else {}
    for table in (found.get("project"), poetry):
        written = table.get("version") if isinstance(table, dict) else None
        if isinstance(written, str):
            return written
    return None


def _setup_cfg(text: str) -> str | None:
    import configparser

    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise ValueError(f"is not an INI file: {str(error).splitlines()[0]}") from None
    written = parser.get("metadata", "version", fallback="").strip()
    if written.startswith(("attr:", "file:")):
        raise ValueError("takes its version from another file; name that file instead")
    return written or None


def _python(text: str) -> str | None:
    """The text that a module assigns to `__version__`, the last one as Python would have it."""
    import ast
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f"is not Python: {error.args[0] if error.args else type(error).__name__}") from None
    written = None
    for node in body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if any(isinstance(target, ast.Name) and target.id == "__version__" for target in targets):
            value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
            written = value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None
    return written


_FORMATS: dict[str, Callable[[str], str | None]] = {
    "package.json": package_json,
    "pom.xml": pom_xml,
    CHART: chart_yaml,
}
"""How the version of a component is read from the files of other tools."""

_LINKED: dict[str, tuple[str, Callable[[str], str | None]]] = {
    VERSION: ("version", lambda text: text.rstrip("\r\n")),
    "package.json": ("version", package_json),
    "pom.xml": ("<version>", pom_xml),
    CHART: ("appVersion", _app_version),
    "pyproject.toml": ("project.version", _pyproject),
    "setup.cfg": ("metadata.version", _setup_cfg),
    "*.py": ("__version__", _python),
}
"""Files that can be linked to the version, by name: what holds it there, and how it is read."""


def check_linked(path: str) -> str:
    """The path itself; raises ValueError (`what; hint`) when it is no file whose version can be read."""
    if _linked_name(path) not in _LINKED:
        raise ValueError(f"{path!r} is no file that jjbgen reads versions from; known: {', '.join(_LINKED)}")
    return path


def _linked_name(path: str) -> str:
    name = PurePosixPath(path).name
    return "*.py" if name.endswith(".py") else name


def linked(path: str, text: str) -> tuple[str, str | None]:
    """What holds the version in a linked file, and the version; raises ValueError (`what; hint`)."""
    field, read = _LINKED[_linked_name(path)]
    return field, read(text)


def in_words_of(path: str, version: Version) -> str:
    """A version as a linked file writes it: Maven says `-SNAPSHOT`, Python `.dev0` for `-dev`."""
    name = _linked_name(path)
    if version.prerelease == rules.DEV and name == "pom.xml":
        return f"{version.finalize_version()}-SNAPSHOT"
    dev = re.fullmatch("dev([0-9]*)", version.prerelease or "")
    if dev and name in ("pyproject.toml", "setup.cfg", "*.py"):
        return f"{version.finalize_version()}.dev{dev[1] or 0}"
    return str(version)


def agrees(path: str, version: Version, written: str) -> bool:
    """Whether a linked file says the same as the version, each in its own words."""
    if written in (str(version), in_words_of(path, version)):
        return True
    as_python = _linked_name(path) in ("pyproject.toml", "setup.cfg", "*.py") and version.prerelease == rules.DEV
    return as_python and _PYTHON_DEV.sub("", written) == str(version.finalize_version()) != written


def place(path: str, text: str, written: str) -> tuple[int, int]:
    """Line and column, from 1, of the version `written` in a linked file; (0, 0) when it does not show."""
    at = _found(_LINKED[_linked_name(path)][1], text, written, "0.0.0" if written != "0.0.0" else "0.0.1")
    return (0, 0) if at is None else (text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


def replaced(path: str, text: str, old: str, new: str, *, is_source: bool = False) -> str:
    """The text of a file with its version `old` replaced by `new`; everything else stays, character by character.

    Raises ValueError (`what; hint`) when it does not show where the version is.
    """
    read = _FORMATS[path] if is_source and path != VERSION else _LINKED[_linked_name(path)][1]
    at = _found(read, text, old, new)
    if at is None:
        raise ValueError(f"does not show where it holds the version {old}; change it by hand")
    return text[:at] + new + text[at + len(old) :]


def _found(read: Callable[[str], str | None], text: str, old: str, new: str) -> int | None:
    """Where `old` is the version in a text: that place of `old` with which the file's parser reads `new`."""
    attempts = max(1, min(MAX_ATTEMPTS, MAX_PARSED // len(text))) if text else 0
    for found in islice(re.finditer(re.escape(old), text), attempts):
        try:
            if read(text[: found.start()] + new + text[found.end() :]) == new:
                return found.start()
        except ValueError:
            continue
    return None
