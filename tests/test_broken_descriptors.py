"""Every kind of mistake is told in the user's terms and at its place, and nothing is written.

The mistakes stand in `tests/broken/`. Beside them, here, is what looks like one of them and is none.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from jjbgen.errors import ExitCode
from tests.broken import (
    GOOD,
    SETTINGS,
    WIDGET,
    Case,
    Files,
    J,
    S,
    W,
    added,
    by_hand,
    case,
    documents,
    handwritten,
    jobs,
    more_settings,
    nightly,
    platform,
    references,
    schedules,
    settings,
    shapes,
    templates,
    versions,
    widget,
)
from tests.helpers import PLUGINS, run

CASES = (
    *documents.CASES,
    *shapes.CASES,
    *schedules.CASES,
    *references.CASES,
    *jobs.CASES,
    *platform.CASES,
    *handwritten.CASES,
    *templates.CASES,
    *versions.CASES,
)

SEVERAL = case(
    "several mistakes in several files",
    {
        **widget("tool: make", "tool: mkae", "host: review", "hots: review", "  publish:", "  publish: {timeout: ten}"),
        **settings("use: test", "use: tests"),
        "components/a.yaml": "a: [\n",
        "components/b.yaml": "",
        J: "- job: !x extra\n",
        "templates/stages/biuld.groovy.j2": "x",
    },
    "components/a.yaml:2:1: is not YAML: did not find expected node content",
    "components/b.yaml: is empty",
    f"{W}:3:1: repository: the key 'host' is missing",
    f"{W}:4:3: repository.hots: unknown key 'hots'; did you mean 'host'?",
    f"{W}:9:9: build.tool: unknown tool 'mkae'; did you mean 'make'?",
    f"{W}:17:22: pipelines.publish.timeout: has to be a whole number, not 'ten'",
    f"{J}:1:8: the tag '!x' is not allowed; "
    "allowed are !include-raw-expand:, !include-raw-verbatim:, !include:, !join:",
    f"{S}:16:33: credentials.lab.use: unknown use 'tests'; did you mean 'test'?",
    "templates/stages/biuld.groovy.j2: overrides no template; did you mean 'stages/build.groovy.j2'?",
)

FINE: tuple[tuple[str, Files], ...] = (
    ("the good config repo itself", {}),
    (
        "a descriptor in JSON",
        {
            W: '{"title": "W", "owners": "me", "repository": {"host": "review", "project": "w",'
            ' "branches": {"main": {}}}, "pipelines": {"publish": {}}}'
        },
    ),
    ("a byte order mark", {W: b"\xef\xbb\xbf" + WIDGET.encode()}),
    ("line ends of Windows", {W: WIDGET.replace("\n", "\r\n")}),
    ("tabs behind a value", widget("title: Widget server", "title: Widget server\t# the server")),
    ("letters of any language", widget("Widget server", "Gerät für alle, 部品")),
    ("an alias for a whole value", widget("[build]", "&it [all]", "{targets: [test]}", "{targets: *it}")),
    ("sections with nothing in them", added("images:\ncharts:\nenvironment:\n")),
    ("files that are no descriptors", {"components/README.md": "x", "components/.hidden.yaml": "x: ["}),
    ("a branch like a number", widget("    main:", "    2.10:")),
    ("a title like a number", widget("Widget server", "5.10")),
    ("a project like yes", widget("project: widgets", "project: yes")),
    ("29 February", nightly("{schedule: 0 0 29 2 *}")),
    ("the 31st of some months", nightly("{schedule: '0 0 31 1,2 *'}")),
    ("lists, ranges and steps of cron", nightly("{schedule: 'H(0-29)/10 */2,23 1-7 1-12/3 1-5'}")),
    ("a shorthand of cron", nightly("{schedule: '@midnight'}")),
    ("an expression that ignores case", widget("  post-merge:", "  post-merge: {comments: ['(?i)please (re)?build']}")),
    ("an expression for numbers", widget("  post-merge:", r"  post-merge: {comments: ['build #\d{1,5}']}")),
    ("a file pattern with a dot and a star", widget("  pre-merge:", "  pre-merge: {files: [go.*, '**/*.md']}")),
    ("an expression for files", widget("  pre-merge:", "  pre-merge: {files: [{regexp: '(docs|test)/.*'}]}")),
    ("a password that is a reference", added("environment: {DB_PASSWORD: $FROM_JENKINS, TOKEN_FILE: abc-def-012}\n")),
    (
        "axes with a point more and a point less",
        nightly("{axes: {values: {os: [a, b], cpu: [x, y]}, exclude: [{os: a, cpu: x}], include: [{os: c, cpu: x}]}}"),
    ),
    (
        "an agent without the tool of a test that it does not run",
        nightly("{agent: large}", "{targets: [test]}", "{tool: tox, targets: [py3]}"),
    ),
    (
        "a section removed on a branch",
        widget("    main:", "    main:\n    old: {overrides: {tests: {unit: }, build: {targets: [all]}}}"),
    ),
    ("a branch past its end of life", widget("    main:", "    main:\n    old: {end-of-life: 2025-12-31}")),
    ("a part of a template of one's own", {"templates/stages/_own.groovy.j2": "x"}),
    (
        "a hand-written job with an include",
        {
            **by_hand("- job:\n    name: extra\n    description: !include-raw-verbatim: docs/extra.txt\n"),
            "docs/extra.txt": "x",
        },
    ),
    (
        "a pipeline on one branch of two",
        widget("  post-merge:", "  post-merge: {branches: [main]}", "    main:", "    main:\n    old:"),
    ),
    (
        "names of hand-written jobs in an anchor",
        by_hand("- _n: &n [a, b]\n- job-template: {name: 'x-{n}'}\n- project: {name: p, n: *n, jobs: ['x-{n}']}\n"),
    ),
    ("a macro of another name", by_hand("- trigger: {name: gerrit-of-ours, triggers: []}\n")),
    ("a folder of Jenkins in a folder", settings("owner: example", "owner: example, folder: ci/jobs")),
    (
        "a controller more",
        {
            S: SETTINGS.replace("  main:", "  main:", 1).replace(
                "owner: example}",
                "owner: example}\n  test: {url: https://test.example.org, owner: example, labels: [test]}",
            )
        },
    ),
    ("a pattern in another order", more_settings("naming: {job: 'ci_{pipeline}_{component}_{branch}{axes}'}\n")),
)


def write(root: Path, broken: Case) -> None:
    """Write the config repo of a case."""
    for name, content in {**GOOD, "plugins.yaml": PLUGINS, **broken.files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    if broken.prepare:
        broken.prepare(root)


def on_disk(root: Path) -> dict[str, bytes | str]:
    """What stands below `root`, by path: bytes of files, targets of links, and what is neither by its kind."""
    found: dict[str, bytes | str] = {}
    for path in root.rglob("*"):
        if path.is_symlink():
            content: bytes | str = f"a link to {path.readlink()}"
        elif path.is_file():
            content = path.read_bytes()
        else:
            content = "a folder" if path.is_dir() else "something else"
        found[path.relative_to(root).as_posix()] = content
    return found


@pytest.mark.parametrize("broken", [*CASES, SEVERAL], ids=lambda each: each.what)
def test_a_mistake_is_told_and_nothing_is_written(broken: Case, tmp_path: Path) -> None:
    root = tmp_path / "repo"
    write(root, broken)
    before = on_disk(root)
    outcome = run(root, "generate")
    checked = run(root, "check")
    count = f"{len(broken.told)} problem{'' if len(broken.told) == 1 else 's'}"
    assert outcome.err.splitlines() == [*broken.told, count]
    assert (outcome.code, outcome.out) == (ExitCode.USAGE, "")
    assert checked == outcome
    assert on_disk(root) == before


@pytest.mark.parametrize(("what", "files"), FINE, ids=[what for what, _ in FINE])
def test_what_only_looks_like_a_mistake_is_none(what: str, files: Files, tmp_path: Path) -> None:
    write(tmp_path, case(what, files))
    for command in ("generate", "check"):
        outcome = run(tmp_path, command)
        assert (outcome.code, outcome.err) == (ExitCode.OK, "")


def test_json_holds_what_the_lines_say(tmp_path: Path) -> None:
    write(tmp_path, SEVERAL)
    outcome = run(tmp_path, "generate", "--format", "json")
    assert (outcome.code, outcome.err) == (ExitCode.USAGE, "")
    found = outcome.json()["problems"]
    assert [line_of(problem) for problem in found] == list(SEVERAL.told)
    assert found[3] == {
        "file": W,
        "line": 4,
        "column": 3,
        "field": "repository.hots",
        "what": "unknown key 'hots'",
        "hint": "did you mean 'host'?",
    }


def line_of(problem: dict[str, str | int]) -> str:
    """The line that tells a problem to a person."""
    place = f"{problem['file']}:{problem['line']}:{problem['column']}" if problem["line"] else str(problem["file"])
    text = "; ".join(str(part) for part in (problem["what"], problem["hint"]) if part)
    return ": ".join(part for part in (place, str(problem["field"]), text) if part)


def test_every_mistake_stands_here_once() -> None:
    names = [broken.what for broken in CASES]
    assert sorted(set(names)) == sorted(names)
