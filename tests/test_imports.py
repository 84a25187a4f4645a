"""The direction of imports: each module imports only what stands before it, and few know a library or the machine."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache

import pytest

from tests.helpers import ROOT

PACKAGE = ROOT / "jjbgen"

ORDER = (
    # Words and rules without the models.
    "__init__",
    "errors",
    "counts",
    "naming",
    "kinds",
    "tools",
    "graph",
    "records",
    "places",
    "cron",
    "freeze",
    "patterns",
    "version",
    "rules",
    "dockerfile",
    # Files and models.
    "disk",
    "quickyaml",
    "source",
    "versionfiles",
    "gate",
    "charts",
    "verify",
    "explain",
    "model",
    "versioning",
    "project",
    "settings",
    "work",
    "pipeline",
    "component",
    "reference",
    "load",
    # What is wrong, and what exists.
    "secretscan",
    "handwritten",
    "defaults",
    "homes",
    "check_agents",
    "check_settings",
    "check_versions",
    "check",
    "jobs",
    "triggers",
    "scope",
    "publishing",
    "config_stages",
    "stages",
    "drafts",
    "links",
    "scripts",
    "plan",
    "uses",
    "provenance",
    # What is printed.
    "quoting",
    "pouring",
    "templating",
    "render",
    # The disk, and JJB.
    "xmlform",
    "moulds",
    "notebook",
    "cache",
    "compiled",
    "outputs",
    "jjb",
    "casting",
    "generate",
    "aside",
    "parallel",
    "part",
    "memory",
    "production",
    "shortcut",
    "newrepo",
    # Items of a controller.
    "plugintable",
    "marks",
    "syncplan",
    "drift",
    "wanted",
    "session",
    "controller",
    "connection",
    "pool",
    "sync",
    "seal",
    "glance",
    "planfile",
    "needs",
    "preflight",
    "survey",
    "difference",
    "impact",
    # Git, and what is decided about a clone.
    "gitrun",
    "githooks",
    "history",
    "releases",
    "remote",
    "release",
    "tagging",
    "published",
    "change",
    "nextversion",
    "snapshot",
    # What a person meets.
    "clone",
    "makefile",
    "buildtools",
    "checkout",
    "sketch",
    "newpipelines",
    "newcomponent",
    "described",
    "report",
    "version_report",
    "sync_report",
    "difference_report",
    "progress",
    "console",
    "cli_rules",
    "cli_target",
    "cli_version",
    "cli_sync",
    "cli_difference",
    "cli_explain",
    "cli_init",
    "cli_new",
    "cli",
    "__main__",
)

OWNERS = {
    "jenkins": {"jjb"},
    "jenkins_jobs": {"jjb"},
    "requests": {"published", "session", "connection", "jjb"},
    "semver": {"version"},
    "subprocess": {"gitrun"},
}
"""Libraries that few modules hide from all others; `gitrun` alone runs git, and nothing runs anything else."""

PURE = tuple(module for module in ORDER[: ORDER.index("render") + 1] if module != "disk")
"""From loading to rendering: the same inputs give the same values, anywhere and at any time."""

IMPURE = (
    "os",
    "time",
    "random",
    "secrets",
    "uuid",
    "subprocess",
    "socket",
    "platform",
    "getpass",
    "tempfile",
    "locale",
)

READERS = {"source", "settings", "load", "handwritten"}
"""The pure modules that may read files, of the config repo only."""

SLOW = ("pydantic", "jinja2", "jenkins_jobs", "regex", "rich", "yaml")
"""What `jjbgen --help` does not need, and would wait for."""


@cache
def tree(module: str) -> ast.Module:
    """The source of a module."""
    return ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))


def imported(module: str) -> Iterator[str]:
    """The full names that a module imports, also inside of functions: `json`, `os.path`, `jjbgen.errors.Pos`."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # A relative import would escape the rules below.
            assert node.level == 0
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_imports(module: str) -> set[str]:
    """The modules of the package that a module imports."""
    names = [name.split(".") for name in imported(module)]
    return {parts[1] if parts[1] in ORDER else "__init__" for parts in names if parts[0] == "jjbgen"}


def libraries(module: str) -> set[str]:
    """The top-level packages that a module imports, without its own."""
    return {name.partition(".")[0] for name in imported(module)} - {"jjbgen"}


def test_every_module_has_its_place() -> None:
    assert sorted(path.stem for path in PACKAGE.glob("*.py")) == sorted(ORDER)


@pytest.mark.parametrize("module", ORDER)
def test_a_module_imports_only_what_stands_before_it(module: str) -> None:
    assert own_imports(module) <= set(ORDER[: ORDER.index(module)])


def test_own_names_are_those_of_modules() -> None:
    # Otherwise the rule above would take `from jjbgen import plan_of_old` for an import of the package itself.
    names = {name for module in ORDER for name in imported(module) if name.startswith("jjbgen.")}
    assert {name.split(".")[1] for name in names} - set(ORDER) == {"__version__"}


@pytest.mark.parametrize("module", ORDER)
def test_a_library_is_known_to_its_owners_only(module: str) -> None:
    known = {library for library, owners in OWNERS.items() if module in owners}
    assert libraries(module) & OWNERS.keys() <= known


@pytest.mark.parametrize("module", PURE)
def test_a_pure_module_knows_no_clock_no_chance_and_no_machine(module: str) -> None:
    assert not libraries(module) & set(IMPURE)
    from_datetime = {name for name in imported(module) if name.partition(".")[0] == "datetime"}
    assert from_datetime <= {"datetime.date", "datetime.datetime"}
    called = {node.attr for node in ast.walk(tree(module)) if isinstance(node, ast.Attribute)}
    assert not called & {"now", "utcnow", "today", "fromtimestamp", "getenv", "environ", "urandom"}


@pytest.mark.parametrize("module", [module for module in PURE if module not in READERS])
def test_only_readers_know_the_disk(module: str) -> None:
    # A PurePosixPath is a text with parts.
    assert {name for name in imported(module) if name.startswith("pathlib")} <= {"pathlib.PurePosixPath"}
    builtins = {node.id for node in ast.walk(tree(module)) if isinstance(node, ast.Name)}
    assert "open" not in builtins
    assert "disk" not in own_imports(module)


@pytest.mark.parametrize("module", PURE)
def test_a_pure_module_writes_nothing(module: str) -> None:
    attributes = {node.attr for node in ast.walk(tree(module)) if isinstance(node, ast.Attribute)}
    assert not attributes & {
        "write",
        "write_text",
        "write_bytes",
        "mkdir",
        "unlink",
        "rename",
        "rmdir",
        "touch",
        "chmod",
    }


def loaded_by(statement: str) -> set[str]:
    """The top-level packages that a new Python has loaded after a statement."""
    code = f"{statement}; import json, sys; print(json.dumps(sorted(sys.modules)))"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return {name.partition(".")[0] for name in json.loads(child.stdout)}


def test_the_command_line_starts_without_what_only_commands_need() -> None:
    loaded = loaded_by("import jjbgen.cli")
    assert "click" in loaded
    assert not loaded & set(SLOW)


def test_planning_and_rendering_do_not_load_jjb() -> None:
    loaded = loaded_by("import jjbgen.generate, jjbgen.render")
    assert "jinja2" in loaded
    assert not loaded & {"jenkins_jobs", "jenkins", "requests"}


def test_the_gate_loads_no_more_than_it_needs() -> None:
    loaded = loaded_by("import jjbgen.cli, jjbgen.cli_version, jjbgen.release, jjbgen.version_report")
    assert "semver" in loaded
    assert not loaded & {*SLOW, "difflib", "requests", "tempfile", "xml"}
