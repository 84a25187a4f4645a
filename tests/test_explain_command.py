"""`jjbgen explain`: every value of a component, where it comes from, and which jobs use it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from jjbgen import generate, load, naming, patterns
from jjbgen.errors import ConfigError, ExitCode
from jjbgen.explain import field_path
from jjbgen.generate import Checked
from jjbgen.jobs import GerritTrigger, Job, Plan, PollTrigger, PullRequestTrigger, Script, TimedTrigger
from jjbgen.load import Inputs
from jjbgen.plan import plan
from jjbgen.project import Project
from jjbgen.provenance import Origin, Value, values
from jjbgen.settings import Settings
from jjbgen.versioning import Versioning
from tests.helpers import COMPONENT, ROOT, SETTINGS, Outcome, config_repo, run, write_tree
from tests.test_golden import NAMES as CASES
from tests.test_golden import repo_of

COMPONENTS = sorted(path.stem for path in (ROOT / "components").glob("*.yaml"))

WIDGET = "components/widget.yaml"

CHECKED = generate.checked


@cache
def committed() -> Checked:
    """The config repo that this repository is."""
    return CHECKED(ROOT)


@pytest.fixture(autouse=True)
def _explain(monkeypatch: pytest.MonkeyPatch) -> None:
    """The repository itself is read once."""
    monkeypatch.setattr(generate, "checked", lambda root: committed() if root == ROOT else CHECKED(root))


def explained(repo: Checked, component: str) -> list[Value]:
    """All values of a component on all its branches."""
    descriptor = next(each for each in repo.inputs.descriptors if each.name == component)
    planned = next(each for each in repo.plan.components if each.name == component)
    return values(repo.inputs.settings, descriptor, planned, descriptor.bodies)


def explain(root: Path, *words: str) -> Outcome:
    """Run `jjbgen explain`, which has to end well."""
    outcome = run(root, "explain", *words)
    assert (outcome.code, outcome.err) == (0, "")
    return outcome


def shown(root: Path, *words: str) -> list[str]:
    """The lines for people, with one blank between columns."""
    return [re.sub(" {2,}", " | ", line) for line in explain(root, *words).out.splitlines()]


def widget(root: Path, text: str = COMPONENT, settings: str = SETTINGS) -> Path:
    """A config repo with one component."""
    return config_repo(root, {WIDGET: text, "jjbgen.yaml": settings})


def line_of(root: Path, path: str, text: str) -> int:
    """The number of the one line that holds a text."""
    lines = (root / path).read_text(encoding="utf-8").splitlines()
    (found,) = [number for number, line in enumerate(lines, 1) if text in line]
    return found


# What people see.


def test_a_value_of_each_source_names_its_line(tmp_path: Path) -> None:
    text = COMPONENT.replace("    main:\n", "    main:\n    old:\n      overrides: {build: {targets: [old]}}\n")
    root = widget(tmp_path, text.replace("post-merge:\n", "post-merge: {timeout: 20}\n"))
    assert shown(root, "widget", "build") == [
        f"build.tool | make | {WIDGET}:{line_of(root, WIDGET, 'tool: make')} | used by all 6 jobs",
        f"build.targets | build | {WIDGET}:{line_of(root, WIDGET, 'targets: [build]')} | on main, used by "
        "widget-pre-merge-main, widget-post-merge-main, widget-publish-main",
        f"build.targets | old | {WIDGET}:{line_of(root, WIDGET, 'targets: [old]')} (overrides of old) | on old, "
        "used by widget-pre-merge-old, widget-post-merge-old, widget-publish-old",
    ]
    assert shown(root, "widget", "pipelines.post-merge.timeout") == [
        f"pipelines.post-merge.timeout | 20 | {WIDGET}:{line_of(root, WIDGET, 'timeout: 20')} | "
        "used by widget-post-merge-main, widget-post-merge-old"
    ]
    assert shown(root, "widget", "pipelines.pre-merge.timeout", "--branch", "old") == [
        "pipelines.pre-merge.timeout | 60 | built-in | used by widget-pre-merge-old"
    ]
    assert shown(root, "widget", "pipelines.pre-merge.agent", "--branch", "old") == [
        f"pipelines.pre-merge.agent | virtual | jjbgen.yaml:{line_of(root, 'jjbgen.yaml', '  agent: virtual')} "
        "(defaults) | used by widget-pre-merge-old"
    ]


def test_the_default_of_a_kind_is_told_with_its_kind() -> None:
    (line,) = shown(ROOT, "amf", "pipelines.nightly.timeout")
    number = line_of(ROOT, "jjbgen.yaml", "timeout: 240")
    where = f"jjbgen.yaml:{number} (defaults.pipelines.nightly)"
    assert line == f"pipelines.nightly.timeout | 240 | {where} | used by amf-nightly-main"


def test_columns_are_aligned() -> None:
    lines = explain(ROOT, "amf").out.splitlines()
    starts = {len(line.partition("  used by ")[0]) for line in lines}
    assert len(lines) > 60
    assert len(starts) == 1
    assert max(map(len, lines)) < 220


def test_a_field_is_what_stands_below_it_and_not_what_begins_like_it(tmp_path: Path) -> None:
    text = COMPONENT.replace(
        "  unit: {targets: [test]}", "  unit: {targets: [t]}\n  unit-2: {category: unit, targets: [t]}"
    )
    lines = shown(widget(tmp_path, text), "widget", "tests.unit")
    assert [line.partition(" | ")[0] for line in lines] == [
        *("tests.unit.tool", "tests.unit.targets", "tests.unit.agent", "tests.unit.category")
    ]


def test_a_test_on_the_agent_of_its_pipeline_says_so_where_it_is_written(tmp_path: Path) -> None:
    root = widget(tmp_path)
    (line,) = shown(root, "widget", "tests.unit.agent")
    where = f"{WIDGET}:{line_of(root, WIDGET, 'unit:')} (tests.unit)"
    assert line.startswith(f"tests.unit.agent | the pipeline's | {where} | used by all 3 jobs")


def test_the_agent_of_a_category_is_told_with_its_category() -> None:
    (line,) = shown(ROOT, "bbsim", "tests.scale.agent")
    where = f"jjbgen.yaml:{line_of(ROOT, 'jjbgen.yaml', 'performance: hardware')} (defaults.test-agents.performance)"
    assert line == f"tests.scale.agent | hardware | {where} | used by bbsim-nightly-master"


def test_what_is_nothing_is_told_when_it_is_asked_for(tmp_path: Path) -> None:
    root = widget(tmp_path)
    assert not [line for line in shown(root, "widget") if "none" in line]
    assert shown(root, "widget", "pipelines.post-merge.poll") == [
        "pipelines.post-merge.poll | none | built-in | used by no job"
    ]
    assert shown(root, "widget", "images") == ["images | none | built-in | used by no job"]


def test_a_retention_of_its_own_has_no_other_limits() -> None:
    lines = shown(ROOT, "amf", "pipelines.nightly.retention")
    where = f"jjbgen.yaml:{line_of(ROOT, 'jjbgen.yaml', 'retention: {days: 60')}"
    users = "used by amf-nightly-main"
    assert lines[0] == f"pipelines.nightly.retention.builds | no limit | {where} " + (
        f"(defaults.pipelines.nightly.retention) | {users}"
    )
    assert lines[1] == f"pipelines.nightly.retention.days | 60 | {where} (defaults.pipelines.nightly) | {users}"


def test_what_nobody_uses_is_told_where_the_descriptor_says_it_and_not_where_settings_do(tmp_path: Path) -> None:
    text = COMPONENT.replace("    main:\n", "    main:\n    old: {end-of-life: 2024-12-31}\n")
    root = widget(tmp_path, text.replace("  publish:\n", "  publish:\n  nightly: {start: manual, tests: unit}\n"))
    lines = shown(root, "widget")
    number = line_of(root, WIDGET, "end-of-life")
    assert f"repository.branches.old.end-of-life | 2024-12-31 | {WIDGET}:{number} | used by no job" in lines
    assert not [line for line in lines if line.startswith("pipelines.nightly.schedule")]
    assert shown(root, "widget", "pipelines.nightly.schedule.cron") == [
        f"pipelines.nightly.schedule.cron | H 3 * * * | jjbgen.yaml:{line_of(root, 'jjbgen.yaml', 'H 3')} "
        "(defaults.pipelines.nightly) | used by no job"
    ]


def test_many_jobs_are_counted(tmp_path: Path) -> None:
    axes = "pre-merge: {axes: {values: {os: [a, b, c, d, e]}}, timeout: 5}\n"
    (line,) = shown(widget(tmp_path, COMPONENT.replace("pre-merge:\n", axes)), "widget", "pipelines.pre-merge.timeout")
    names = ", ".join(f"widget-pre-merge-main-{each}" for each in "abc")
    assert line.endswith(f"used by {names}, 2 more")


def test_jobs_are_named_with_their_folder(tmp_path: Path) -> None:
    settings = SETTINGS.replace("owner: example}", "owner: example, folder: platform/ci}")
    (line,) = shown(widget(tmp_path, settings=settings), "widget", "pipelines.publish.timeout")
    assert line.endswith("used by platform/ci/widget-publish-main")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('"first\\nsecond"', r"first\nsecond"),
        ('"tab\\there"', r"tab\there"),
        (r"'a\nb'", r"a\nb"),
        ('"a\\\\nb\\nc"', r"a\\nb\nc"),
        ('"invisible\\u200B"', r"invisible\u200b"),
        ("Größe", "Größe"),
        ("''", "''"),
        ("x" * 40, "x" * 40),
        ("y" * 41, "y" * 39 + "…"),
    ],
)
def test_a_value_is_one_short_line_for_people_and_whole_for_programs(
    written: str, expected: str, tmp_path: Path
) -> None:
    root = widget(tmp_path, COMPONENT + f"environment: {{TEXT: {written}}}\n")
    assert shown(root, "widget", "environment")[0].startswith(f"environment.TEXT | {expected} | {WIDGET}:")
    (value,) = explain(root, "widget", "environment", "--format", "json").json()["values"]
    assert value["value"] == yaml.safe_load(written)


def test_items_that_hold_commas_are_parted_by_lines(tmp_path: Path) -> None:
    text = COMPONENT.replace("targets: [test]", "commands: ['a, b', c]").replace("[build]", "[one, two]")
    root = widget(tmp_path, text)
    assert " | one, two | " in shown(root, "widget", "build.targets")[0]
    assert r" | a, b\nc | " in shown(root, "widget", "tests.unit.commands")[0]


def test_lists_of_mappings_are_told_as_they_are_written(tmp_path: Path) -> None:
    pipelines = (
        "  pre-merge: {files: [src/**, {regexp: 'go[.].*'}]}\n"
        "  nightly: {upstream: [widget-publish-main, {component: widget, pipeline: post-merge}], tests: unit}\n"
        "  post-merge:"
    )
    root = widget(tmp_path, COMPONENT.replace("  pre-merge:\n  post-merge:", pipelines))
    found = {field_path(each.loc): each.text for each in explained(generate.checked(root), "widget")}
    assert found["pipelines.pre-merge.files"] == "src/**, {regexp: go[.].*}"
    assert found["pipelines.nightly.upstream"] == "widget-publish-main, {component: widget, pipeline: post-merge}"


def test_the_help_fits_a_terminal_and_shows_examples() -> None:
    lines = run(ROOT, "explain", "--help").out.splitlines()
    assert lines[0] == "Usage: jjbgen explain [OPTIONS] COMPONENT [FIELD]"
    assert "  Examples:" in lines
    assert all(len(line) <= 80 for line in lines)


# What programs see.


def test_json_has_the_same_keys_for_each_value() -> None:
    answer = explain(ROOT, "bbsim", "--format", "json").json()
    assert list(answer) == ["component", "values"]
    assert answer["component"] == "bbsim"
    assert {tuple(each) for each in answer["values"]} == {("field", "value", "source", "branches", "jobs")}
    sources = [each["source"] for each in answer["values"]]
    assert {tuple(each) for each in sources} == {("origin", "file", "line", "column", "key")}
    assert {each["origin"] for each in sources} == {"built-in", "settings", "descriptor"}


def test_json_of_an_override(tmp_path: Path) -> None:
    overrides = "    main:\n    old:\n      overrides:\n        build:\n          timeout: 5\n"
    root = widget(tmp_path, COMPONENT.replace("    main:\n", overrides))
    assert explain(root, "widget", "build.timeout", "--branch", "old", "--format", "json").json() == {
        "component": "widget",
        "values": [
            {
                "field": "build.timeout",
                "value": "5",
                "source": {
                    "origin": "override",
                    "file": WIDGET,
                    "line": 11,
                    "column": 11,
                    "key": "repository.branches.old.overrides.build.timeout",
                },
                "branches": ["old"],
                "jobs": ["widget-pre-merge-old", "widget-post-merge-old", "widget-publish-old"],
            }
        ],
    }


def test_json_of_a_built_in_value_has_no_place(tmp_path: Path) -> None:
    (value,) = explain(widget(tmp_path), "widget", "pipelines.publish.timeout", "--format", "json").json()["values"]
    assert value["source"] == {"origin": "built-in", "file": None, "line": None, "column": None, "key": None}
    assert value["value"] == "60"


# What does not exist.


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["am"], "components/am.yaml: no such component; did you mean 'amf'?"),
        (["bbsim", "buidl.tool"], "components/bbsim.yaml: unknown field 'buidl.tool'; did you mean 'build'?"),
        (
            ["bbsim", "pipelines.nightli.timeout"],
            "components/bbsim.yaml: unknown field 'pipelines.nightli.timeout'; did you mean 'pipelines.nightly'?",
        ),
        (
            ["amf", "pipelines.nightly.timout"],
            "components/amf.yaml: unknown field 'pipelines.nightly.timout'; did you mean 'pipelines.nightly.timeout'?",
        ),
        (
            ["bbsim", "xyzzy"],
            "components/bbsim.yaml: unknown field 'xyzzy'; known: build, charts, checks, defaults, deployment, "
            "environment, images, labels, notifications, owners, packages, pipelines, …",
        ),
        (
            ["bbsim", "pipelines.nightly.timeout", "--branch", "voltha-2.14"],
            "components/bbsim.yaml: no 'pipelines.nightly.timeout' on this branch; it is on master",
        ),
    ],
)
def test_what_does_not_exist_is_told_with_what_does(words: list[str], expected: str) -> None:
    outcome = run(ROOT, "explain", *words)
    assert (outcome.code, outcome.out, outcome.err) == (ExitCode.USAGE, "", f"{expected}\n1 problem\n")


@pytest.mark.parametrize(
    ("branch", "what"),
    [
        ("odl", "widget.yaml:6:3: unknown branch 'odl'; did you mean 'old'?"),
        ("ended", "widget.yaml:9:5: the branch 'ended' is at its end of life"),
    ],
)
def test_a_branch_without_jobs_is_told(branch: str, what: str, tmp_path: Path) -> None:
    branches = "    main:\n    old:\n    ended: {end-of-life: 2024-12-31}\n"
    outcome = run(widget(tmp_path, COMPONENT.replace("    main:\n", branches)), "explain", "widget", "--branch", branch)
    assert (outcome.code, outcome.err) == (ExitCode.USAGE, f"components/{what}\n1 problem\n")


def test_an_unknown_field_is_told_to_programs_too() -> None:
    outcome = run(ROOT, "explain", "amf", "nothing", "--format", "json")
    assert outcome.code == ExitCode.USAGE
    assert [each["what"] for each in outcome.json()["problems"]] == ["unknown field 'nothing'"]


def test_a_repo_with_mistakes_is_not_explained(tmp_path: Path) -> None:
    outcome = run(widget(tmp_path, COMPONENT.replace("tool: make", "tool: mak")), "explain", "widget")
    assert outcome.code == ExitCode.USAGE
    assert "unknown tool 'mak'; did you mean 'make'?" in outcome.err


# Where values come from.


@cache
def parsed(path: str) -> tuple[list[str], Any]:
    """The lines of a committed file, and the text in it as another parser finds it."""
    text = (ROOT / path).read_text(encoding="utf-8")
    return text.splitlines(), yaml.load(text, yaml.CBaseLoader)  # noqa: S506 - makes nothing but text


def found_at(tree: Any, key: str) -> Any:
    """The value of parsed YAML at a key like `a.b[0]`; names may hold dots."""
    if not key:
        return tree
    if isinstance(tree, list):
        index, _, rest = key.removeprefix("[").partition("]")
        return found_at(tree[int(index)], rest.removeprefix("."))
    name = max((name for name in tree if f"{key}.".startswith((f"{name}.", f"{name}["))), key=len)
    return found_at(tree[name], key.removeprefix(name).removeprefix("."))


@pytest.mark.parametrize("component", COMPONENTS)
def test_each_place_holds_the_key_and_the_value(component: str) -> None:
    equal = 0
    for value in explained(committed(), component):
        pos, key = value.source.pos, value.source.key
        if pos is None:
            assert (value.source.origin, key) == (Origin.BUILT_IN, "")
            continue
        lines, tree = parsed(pos.path)
        written, there = found_at(tree, key), lines[pos.line - 1][pos.column - 1 :].lstrip("'\"")
        if key.endswith("]"):
            assert there.startswith(str(value.text))
        else:
            assert f".{key}".endswith("." + re.split("['\"]?:", there)[0]), (key, pos)
        # Of the tests of a pipeline, the names are told, whatever chooses them.
        if isinstance(written, str) and written and value.loc[::2] != ("pipelines", "tests"):
            assert value.text == written
            equal += 1
    assert equal > 5


LEVELS: dict[str, tuple[str, str, str, str | None]] = {
    "agent": ("{agent: large}", "{agent: medium}", "{agent: virtual}", "virtual"),
    "timeout": ("{timeout: 11}", "{timeout: 12}", "{timeout: 13}", "60"),
    "retention.builds": ("{retention: {builds: 11}}", "{retention: {builds: 12}}", "{retention: {builds: 13}}", "30"),
    "schedule.cron": ("{schedule: {cron: 1 1 * * *}}", "{schedule: {cron: 2 2 * * *}}", "{}", None),
    "notifications.slack": ("{notifications: {slack: '#own'}}", "{}", "{notifications: {slack: '#all'}}", None),
}
"""By field: what the pipeline, the defaults of its kind and the general ones say, and what is built in."""


@pytest.mark.parametrize("said", list(product([True, False], repeat=3)), ids=str)
@pytest.mark.parametrize("field", LEVELS)
def test_the_nearest_word_counts(field: str, said: tuple[bool, bool, bool], tmp_path: Path) -> None:
    *levels, built_in = LEVELS[field]
    own, of_kind, general = (yaml.safe_load(str(text)) if use else {} for text, use in zip(levels, said, strict=True))
    settings, descriptor = yaml.safe_load(SETTINGS), yaml.safe_load(COMPONENT)
    settings["agents"]["medium"] = {"label": "m", "has": ["make"]}
    settings["defaults"] = {"agent": "virtual", **general, "pipelines": {"nightly": of_kind}}
    descriptor["pipelines"] = {"nightly": {"tests": "unit", "comments": ["run it"], **own}}
    repo = generate.checked(widget(tmp_path, json.dumps(descriptor), json.dumps(settings)))
    found = {field_path(each.loc): each for each in explained(repo, "widget")}
    key = f"pipelines.nightly.{field}"
    places = {key: own, f"defaults.{key}": of_kind, f"defaults.{field}": general}
    if field == "agent":
        places["defaults.agent"] = {"agent": "virtual"}
    expected = [(place, str(found_at(tree, field))) for place, tree in places.items() if tree]
    value = found.get(key)
    if expected:
        assert value is not None
        assert (value.source.key, value.text) == expected[0]
    elif value is not None:  # without a schedule there is nothing below it
        assert (value.source.origin, value.text) == (Origin.BUILT_IN, built_in)


@pytest.mark.parametrize("general", ["{slack: '#all'}", ""])
@pytest.mark.parametrize("of_all", ["{slack: '#component'}", ""])
@pytest.mark.parametrize("own", ["{slack: '#own'}", ""])
def test_notifications_of_the_component_come_between(own: str, of_all: str, general: str, tmp_path: Path) -> None:
    text = COMPONENT.replace("  publish:\n", f"  publish: {{notifications: {own}}}\n" if own else "  publish:\n")
    settings = SETTINGS + (f"  notifications: {general}\n" if general else "")
    root = widget(tmp_path, text + (f"notifications: {of_all}\n" if of_all else ""), settings)
    found = {field_path(each.loc): each for each in explained(generate.checked(root), "widget")}
    value = found["pipelines.publish.notifications.slack"]
    places = {"pipelines.publish.notifications": own, "notifications": of_all, "defaults.notifications": general}
    key = next((place for place, said in places.items() if said), None)
    assert value.source.key == (f"{key}.slack" if key else "")
    assert value.text == (yaml.safe_load(places[key])["slack"] if key else None)
    if of_all:
        users = ["pre-merge", "post-merge", *([] if own else ["publish"])]
        assert found["notifications.slack"].jobs == tuple(f"widget-{each}-main" for each in users)


@pytest.mark.parametrize("kinds", ["{comments: [please, recheck]}", "{comments: []}", "{}"])
@pytest.mark.parametrize("general", ["[recheck, again]", ""])
def test_each_comment_knows_its_place(general: str, kinds: str, tmp_path: Path) -> None:
    settings = SETTINGS + f"    pre-merge: {kinds}\n" + (f"  comments: {general}\n" if general else "")
    text = COMPONENT.replace("  pre-merge:\n", "  pre-merge: {comments: [recheck, mine]}\n")
    repo = generate.checked(widget(tmp_path, text, settings))
    found = [each for each in explained(repo, "widget") if each.loc[:3] == ("pipelines", "pre-merge", "comments")]
    inherited = yaml.safe_load(kinds).get("comments")
    place = "defaults.comments" if inherited is None else "defaults.pipelines.pre-merge.comments"
    inherited = inherited if inherited is not None else yaml.safe_load(general or "[recheck]")
    is_written = "comments" in kinds or general
    expected = [(text, f"{place}[{index}]" if is_written else "") for index, text in enumerate(inherited)]
    own = [("recheck", "pipelines.pre-merge.comments[0]"), ("mine", "pipelines.pre-merge.comments[1]")]
    expected += [each for each in own if each[0] not in inherited]
    assert [(each.text, each.source.key) for each in found] == expected
    assert [each.loc[3] for each in found] == list(range(len(expected)))


def test_a_pipeline_that_follows_others_has_no_schedule_of_its_kind(tmp_path: Path) -> None:
    text = COMPONENT + "  nightly: {tests: unit, upstream: [widget-publish-main]}\n"
    assert shown(widget(tmp_path, text), "widget", "pipelines.nightly.schedule") == [
        "pipelines.nightly.schedule | none | built-in | used by no job"
    ]


def test_rules_for_versions_come_field_by_field(tmp_path: Path) -> None:
    settings = SETTINGS + "  version: {tag-prefix: v, predecessor: true, parents: digest, release-to-release: true}\n"
    text = COMPONENT + "version: {tag-prefix: r, release-to-release: false}\n"
    repo = generate.checked(widget(tmp_path, text, settings))
    found = {each.loc[1]: each for each in explained(repo, "widget") if each.loc[0] == "version"}
    told = {key: (each.text, each.source.key) for key, each in found.items() if each.text is not None}
    assert told == {
        "tag-prefix": ("r", "version.tag-prefix"),
        "predecessor": ("true", "defaults.version.predecessor"),
        "release-to-release": ("false", "version.release-to-release"),
        # Without images nobody looks at parent images, whatever the settings say.
        "parents": ("any", ""),
        "next-change": ("false", ""),
    }
    assert {str(key) for key in found} == {info.alias or name for name, info in Versioning.model_fields.items()}


# Branches.

BRANCHES = """\
title: Widget server
owners: [widgets@example.org]
repository:
  host: review
  project: widgets
  branches:
    main:
    old:
      overrides: %s
build: {tool: make, targets: [build], timeout: 10}
tests:
  unit: {targets: [test]}
  smoke: {tool: make, targets: [smoke], agent: large, framework: selenium, results: {junit: x}}
version: {predecessor: true, tagger: a <b@c>}
pipelines:
  nightly: {tests: unit, schedule: {cron: 1 1 * * *, timezone: UTC}, retention: {builds: 5}}
  pre-merge:
  publish:
"""


def on_branches(root: Path, overrides: str, field: str) -> list[tuple[str | None, str, tuple[str, ...]]]:
    """Text, key of the source and branches of a field."""
    found = explained(generate.checked(widget(root, BRANCHES % overrides)), "widget")
    return [(each.text, each.source.key, each.branches) for each in found if field_path(each.loc) == field]


OLD = "repository.branches.old.overrides."
MAIN, BOTH = ("main",), ("main", "old")


@pytest.mark.parametrize(
    ("overrides", "field", "expected"),
    [
        (
            "{build: {timeout: 20}}",
            "build.timeout",
            [("10", "build.timeout", MAIN), ("20", f"{OLD}build.timeout", ("old",))],
        ),
        ("{build: {timeout: 20}}", "build.targets", [("build", "build.targets", BOTH)]),
        (
            "{build: {timeout: }}",
            "build.timeout",
            [("10", "build.timeout", MAIN), (None, f"{OLD}build.timeout", ("old",))],
        ),
        (
            "{build: {tool: tox}}",
            "tests.unit.tool",
            [("make", "build.tool", MAIN), ("tox", f"{OLD}build.tool", ("old",))],
        ),
        ("{tests: {smoke: }}", "tests.smoke.targets", [("smoke", "tests.smoke.targets", MAIN)]),
        (
            "{tests: {smoke: {agent: }}}",
            "tests.smoke.agent",
            [("large", "tests.smoke.agent", MAIN), (None, f"{OLD}tests.smoke.agent", ("old",))],
        ),
        # What is left is built in, whatever the descriptor says.
        (
            "{version: }",
            "version.predecessor",
            [("true", "version.predecessor", MAIN), ("false", "", ("old",))],
        ),
        ("{version: }", "version.tagger", [("a <b@c>", "version.tagger", MAIN), (None, "", ("old",))]),
        ("{version: {tagger: }}", "version.predecessor", [("true", "version.predecessor", BOTH)]),
        (
            "{tests: {smoke: {results: }}}",
            "tests.smoke.results.archive",
            [(None, "", MAIN), ("**/screenshots/**", "", ("old",))],
        ),
        (
            "{tests: {sanity: {category: smoke, targets: [s]}}}",
            "tests.sanity.category",
            [("smoke", f"{OLD}tests.sanity.category", ("old",))],
        ),
        (
            "{tests: {sanity: {category: smoke, targets: [s]}}}",
            "tests.sanity.agent",
            [(None, f"{OLD}tests.sanity", ("old",))],
        ),
        (
            "{pipelines: {pre-merge: {timeout: 60}}}",
            "pipelines.pre-merge.timeout",
            [("60", "", MAIN), ("60", f"{OLD}pipelines.pre-merge.timeout", ("old",))],
        ),
        (
            "{pipelines: {nightly: {schedule: {cron: 2 2 * * *}}}}",
            "pipelines.nightly.schedule.cron",
            [
                ("1 1 * * *", "pipelines.nightly.schedule.cron", MAIN),
                ("2 2 * * *", f"{OLD}pipelines.nightly.schedule.cron", ("old",)),
            ],
        ),
        (
            "{pipelines: {nightly: {schedule: {cron: 2 2 * * *}}}}",
            "pipelines.nightly.schedule.timezone",
            [("UTC", "pipelines.nightly.schedule.timezone", BOTH)],
        ),
        # A text in the place of a mapping replaces all of it.
        (
            "{pipelines: {nightly: {schedule: 2 2 * * *}}}",
            "pipelines.nightly.schedule.cron",
            [
                ("1 1 * * *", "pipelines.nightly.schedule.cron", MAIN),
                ("2 2 * * *", f"{OLD}pipelines.nightly.schedule", ("old",)),
            ],
        ),
        (
            "{pipelines: {nightly: {schedule: 2 2 * * *}}}",
            "pipelines.nightly.schedule.timezone",
            [("UTC", "pipelines.nightly.schedule.timezone", MAIN), (None, "", ("old",))],
        ),
        # What is taken away is as the settings say.
        (
            "{pipelines: {nightly: {schedule: }}}",
            "pipelines.nightly.schedule.cron",
            [
                ("1 1 * * *", "pipelines.nightly.schedule.cron", MAIN),
                ("H 3 * * *", "defaults.pipelines.nightly.schedule.cron", ("old",)),
            ],
        ),
        (
            "{pipelines: {nightly: {retention: {days: 3}}}}",
            "pipelines.nightly.retention.builds",
            [("5", "pipelines.nightly.retention.builds", BOTH)],
        ),
        (
            "{pipelines: {nightly: {retention: {days: 3}}}}",
            "pipelines.nightly.retention.artifact-days",
            [
                (None, "pipelines.nightly.retention", MAIN),
                (None, f"{OLD}pipelines.nightly.retention", ("old",)),
            ],
        ),
        (
            "{pipelines: {nightly: {branches: main}}}",
            "pipelines.nightly.tests",
            [("unit", "pipelines.nightly.tests", MAIN)],
        ),
    ],
)
def test_a_branch_has_what_it_overrides(
    overrides: str, field: str, expected: list[tuple[str | None, str, tuple[str, ...]]], tmp_path: Path
) -> None:
    assert on_branches(tmp_path, overrides, field) == expected


def test_one_branch_alone_has_its_own_values_and_jobs(tmp_path: Path) -> None:
    root = widget(tmp_path, BRANCHES % "{build: {timeout: 20}}")
    for branch, timeout in (("main", "10"), ("old", "20")):
        answer = explain(root, "widget", "--branch", branch, "--format", "json").json()["values"]
        assert [each["value"] for each in answer if each["field"] == "build.timeout"] == [timeout]
        assert {tuple(each["branches"]) for each in answer} == {(branch,)}
        jobs = {name for each in answer for name in each["jobs"]}
        assert jobs == {f"widget-{each}-{branch}" for each in ("nightly", "pre-merge", "publish")}


def test_a_pipeline_of_some_branches_holds_for_these() -> None:
    found = [each for each in explained(committed(), "bbsim") if each.loc[:2] == ("pipelines", "nightly")]
    assert {each.branches for each in found} == {("master",)}


# What explain says is what planning does.


def of_job(repo: Checked, component: str, job: str, values_: list[Value]) -> dict[str, Value]:
    """The values that a job uses, each once."""
    used = [each for each in values_ if job in each.jobs]
    result = {field_path(each.loc): each for each in used}
    assert len(result) == len(used)
    return result


def planned(repo: Checked) -> Iterator[tuple[Job, Script, dict[str, str | None]]]:
    """Each job with its pipeline, and with what explain says that it uses of its pipeline, by key."""
    for component in repo.plan.components:
        found = explained(repo, component.name)
        for job in component.jobs:
            used = [each for each in found if component.home.full_name(job.name) in each.jobs]
            fields = {field_path(each.loc): each.text for each in used}
            assert len(fields) == len(used)
            yield job, component.scripts[job.script], fields


def check_job(repo: Checked, job: Job, script: Script, used: dict[str, str | None]) -> None:
    """What a job uses by explain is what it is made from."""
    at = f"pipelines.{job.id.pipeline}"
    agents = repo.inputs.settings.project.agents
    assert agents[str(used[f"{at}.agent"])].label == job.parameters["AGENT"].default
    assert used[f"{at}.timeout"] == str(script.timeout)
    assert used[f"{at}.kind"] == job.kind
    limits = {
        "days-to-keep": used[f"{at}.retention.days"],
        "num-to-keep": used[f"{at}.retention.builds"],
        "artifact-days-to-keep": used[f"{at}.retention.artifact-days"],
        "artifact-num-to-keep": used[f"{at}.retention.artifact-builds"],
    }
    assert {key: int(limit) for key, limit in limits.items() if limit} == dict(job.kept)
    timed = [each for each in job.triggers if isinstance(each, TimedTrigger)]
    clock = [(used[f"{at}.schedule.cron"], used[f"{at}.schedule.timezone"])] if f"{at}.schedule.cron" in used else []
    assert clock == [(each.cron, each.timezone) for each in timed]
    polls = [each.cron for each in job.triggers if isinstance(each, PollTrigger)]
    assert [used[f"{at}.poll"]] == polls if polls else used.get(f"{at}.poll") is None
    notifications = script.notifications
    assert used[f"{at}.notifications.slack"] == notifications.slack
    assert used[f"{at}.notifications.when"] == ", ".join(notifications.when)
    assert used[f"{at}.notifications.email"] == (", ".join(notifications.email) or None)
    check_triggers(job, used)
    check_stages(job, script, used)


def check_triggers(job: Job, used: dict[str, str | None]) -> None:
    """Comments, files and votes of a job."""
    at = f"pipelines.{job.id.pipeline}"
    comments = tuple(str(text) for field, text in used.items() if field.startswith(f"{at}.comments["))
    for trigger in job.triggers:
        if isinstance(trigger, GerritTrigger):
            assert trigger.comment == (patterns.comment_line(comments) if comments else None)
            assert (used[f"{at}.files"] or "") == ", ".join(
                each.pattern if each.compare == "ANT" else f"{{regexp: {each.pattern}}}" for each in trigger.files
            )
            assert str(trigger.silent_start).lower() in (
                used.get("defaults.silent-start"),
                used.get(f"{at}.gerrit.silent-start"),
            )
        elif isinstance(trigger, PullRequestTrigger):
            assert trigger.phrase == (patterns.whole_comment(comments) if comments else None)
    if not any(isinstance(each, GerritTrigger | PullRequestTrigger) for each in job.triggers):
        assert not comments
    votes = [each.voting for each in job.triggers if isinstance(each, GerritTrigger | PullRequestTrigger)]
    if f"{at}.non-voting" in used:
        assert votes == [used[f"{at}.non-voting"] == "false"]
    else:
        assert not any(votes)


def check_stages(job: Job, script: Script, used: dict[str, str | None]) -> None:
    """Tests and images of a job."""
    stages = {each.name: each for each in script.stages}
    tests = [name for name, stage in stages.items() if stage.template in ("test", "suite")]
    assert (used[f"pipelines.{job.id.pipeline}.tests"] or "") == ", ".join(
        sorted(tests, key=str(used[f"pipelines.{job.id.pipeline}.tests"]).find)
    )
    for name in tests:
        purpose = used[f"tests.{name}.agent"]
        own = stages[name].agent
        assert own in (None, naming.agent_parameter(str(purpose)))
        assert own is not None or purpose in (None, used[f"pipelines.{job.id.pipeline}.agent"])
        assert used[f"tests.{name}.category"] == stages[name].title.partition(" ")[0].lower()
    assert {field.split(".")[1] for field in used if field.startswith("tests.")} == set(tests)
    tools = {step.values["tool"] for stage in script.stages for step in stage.steps if "tool" in step.values}
    assert tools == {used["defaults.container-tool"]} if tools else "defaults.container-tool" not in used


@pytest.mark.parametrize("case", ["", *CASES])
def test_what_a_job_uses_is_what_planning_has_put_into_it(case: str, tmp_path: Path) -> None:
    repo = generate.checked(repo_of(case, tmp_path)) if case else committed()
    jobs = list(planned(repo))
    assert len(jobs) == len(repo.plan.jobs())
    for job, script, used in jobs:
        check_job(repo, job, script, used)


def test_the_name_of_a_job_is_made_of_its_pattern() -> None:
    for job, _, used in planned(committed()):
        id_ = job.id
        pattern = str(used[f"pipelines.{id_.pipeline}.job-name"])
        assert job.name == naming.job_name(pattern, id_.component, id_.pipeline, id_.branch, dict(id_.point))


# The jobs that use a value are those that another value changes.

OTHERS = {
    "tool": ("tox", "make"),
    **dict.fromkeys(("agent", "integration", "performance", "soak"), ("large", "hardware")),
    "cluster": ("kind", "existing"),
    "framework": ("robot", "teston"),
    "cron": ("H 5 * * *",),
    "poll": ("H/5 * * * *",),
    "timezone": ("Europe/Berlin",),
    "when": ("always", "changed"),
    "start": ("manual", "automatic"),
    "parents": ("digest",),
    "windows": ("Sat 00:00-Mon 00:00",),
    "container-tool": ("podman",),
}
"""Other values, where a little more of the same would be none."""


def another(key: str, text: str) -> str:
    """A value of the same kind that is different."""
    flags = {"true": ("false",), "false": ("true",)}
    more = str(int(text) + 1) if text.isdigit() else f"{text}x"
    return next(each for each in OTHERS.get(key, flags.get(text, (more,))) if each != text)


def with_another(tree: Any, loc: tuple[str | int, ...], value: Value) -> Any:
    """A tree of plain values in which another value stands at `loc`."""
    key = str(value.loc[-1])
    if not loc:
        listed = tree if isinstance(tree, tuple) else (value.text,)
        others = tuple(another(key, str(each)) for each in listed)
        return others if isinstance(tree, tuple) or key == "skip-phrases" else others[0]
    if isinstance(loc[0], int):  # a comment: one more
        return (*(tree or ()), "another one")
    base = tree if isinstance(tree, dict) else {}
    return {**base, loc[0]: with_another(base.get(loc[0]), loc[1:], value)}


def changed(before: Plan, after: Plan) -> set[str]:
    """The jobs of a plan that another one does not have as they are, whatever their files are called."""

    def made(each: Plan) -> dict[str, Any]:
        return {
            component.home.full_name(job.name): (replace(job, script=""), component.scripts[job.script])
            for component in each.components
            for job in component.jobs
        }

    new = made(after)
    return {name for name, entry in made(before).items() if new.get(name) != entry}


NOT_TRIED = frozenset(
    (
        # They choose which jobs and tests there are, or name something else of the repo.
        *("kind", "category", "tests", "labels", "branches", "pipelines"),
        *("host", "registry", "repository", "upstream", "dependencies", "after"),
        # Other jobs say it too.
        "job-name",
        # The plan hands all of a chart to stages that go by a part of it.
        "values",
    )
)


def can_be_tried(value: Value) -> bool:
    """Whether a descriptor can say another value in the same place."""
    # What only a kind, or only settings, can say; or what has no effect without images.
    fixed = value.source.origin is Origin.BUILT_IN and (value.loc[-1] == "files" or value.text == "any")
    return value.text is not None and value.loc[-1] not in NOT_TRIED and value.loc[0] != "defaults" and not fixed


def attempts(inputs: Inputs, component: str, folder: Path) -> Iterator[tuple[Value, set[str]]]:
    """Values of a component, and the jobs that are different with another value in the same place."""
    descriptor = next(each for each in inputs.descriptors if each.name == component)
    named = tuple(each for each in inputs.descriptors if each.name == "amf" != component)
    before = plan(replace(inputs, descriptors=(descriptor, *named)))
    found = values(inputs.settings, descriptor, before.components[0], descriptor.bodies)
    for value in filter(can_be_tried, found):
        top = ("repository", "branches", value.branches[0], "overrides")
        loc = (*top, *value.loc) if value.source.origin is Origin.OVERRIDE else value.loc
        # JSON is YAML, and quicker to write.
        text = json.dumps(with_another(descriptor.document.value, loc, value))
        path = write_tree(folder, {f"components/{component}.yaml": text}) / "components" / f"{component}.yaml"
        try:
            other = load.load_descriptor(folder, path)
            yield value, changed(before, plan(replace(inputs, descriptors=(other, *named))))
        except (ConfigError, KeyError):
            continue


@pytest.mark.parametrize(
    ("case", "component"), [*(("", each) for each in COMPONENTS), ("gerrit", "core"), ("github", "api")]
)
def test_another_value_changes_exactly_the_jobs_that_use_it(case: str, component: str, tmp_path: Path) -> None:
    repo = generate.checked(repo_of(case, tmp_path / "repo")) if case else committed()
    tried = list(attempts(repo.inputs, component, tmp_path))
    assert len(tried) > 25
    wrong = {field_path(value.loc): (found, value.jobs) for value, found in tried if found != set(value.jobs)}
    assert wrong == {}


def from_settings(repo: Checked) -> dict[str, list[Value]]:
    """The values that are written in the settings, or can be written only there, by key."""
    result: dict[str, list[Value]] = {}
    for component in repo.plan.components:
        for value in explained(repo, component.name):
            key = field_path(value.loc) if value.loc[0] == "defaults" else value.source.key
            if value.text is not None and key.startswith("defaults."):
                result.setdefault(key, []).append(value)
    return result


def test_another_word_of_the_settings_changes_exactly_the_jobs_whose_values_come_from_it() -> None:
    inputs, before = committed().inputs, committed().plan
    document = inputs.settings.document
    found = from_settings(committed())
    assert {"defaults.timeout", "defaults.pipelines.nightly.schedule.cron", "defaults.container-tool"} <= found.keys()
    for key, values_ in found.items():
        tree = with_another(document.value, tuple(key.split(".")), values_[0])
        settings = Settings(Project.model_validate(tree), document)
        users = {job for value in values_ for job in value.jobs}
        assert (key, changed(before, plan(replace(inputs, settings=settings)))) == (key, users)
