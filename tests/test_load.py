"""From files to models: what holds on each branch, which templates win, and where a value is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from jjbgen import load
from jjbgen.component import OVERRIDABLE, Body
from jjbgen.errors import ConfigError, ExitCode, Pos, Problem
from jjbgen.load import Descriptor
from jjbgen.pipeline import FilePattern, Parameter
from jjbgen.settings import load_settings
from tests.helpers import COMPONENT, ROOT, config_repo, run, write_tree

WIDGET = "components/widget.yaml"

BASE = """\
title: Widget server
owners: widgets@example.org
repository:
  host: review
  project: widgets
  branches:
    main:
    old:
      overrides: %s
environment: {MODE: fast, LEVEL: 1}
build: {tool: make, targets: [build, all], timeout: 10}
tests:
  unit: {targets: [test]}
  smoke: {targets: [smoke]}
pipelines:
  pre-merge: {files: [docs/**]}
  publish:
"""


def described(root: Path, overrides: str) -> Descriptor:
    """The descriptor whose branch `old` has `overrides`."""
    write_tree(root, {WIDGET: BASE % overrides})
    return load.load_descriptor(root, root / WIDGET)


def body(root: Path, overrides: str) -> Body:
    """What holds on the branch `old`."""
    return described(root, overrides).bodies["old"]


def told(root: Path, overrides: str) -> list[str]:
    """What is said about overrides."""
    with pytest.raises(ConfigError) as caught:
        described(root, overrides)
    return [str(problem) for problem in caught.value.problems]


def test_a_branch_without_overrides_has_the_descriptor_itself(tmp_path: Path) -> None:
    descriptor = described(tmp_path, "")
    assert descriptor.name == "widget"
    assert descriptor.path == WIDGET
    assert [each is descriptor.component for each in descriptor.bodies.values()] == [True, True]


def test_mappings_are_merged(tmp_path: Path) -> None:
    found = body(tmp_path, "{environment: {LEVEL: 2, MORE: x}, tests: {unit: {agent: large}}}")
    assert found.environment == {"MODE": "fast", "LEVEL": "2", "MORE": "x"}
    assert found.tests["unit"].targets == ("test",)
    assert found.tests["unit"].agent == "large"
    assert list(found.tests) == ["unit", "smoke"]


def test_lists_and_values_replace(tmp_path: Path) -> None:
    found = body(tmp_path, "{build: {tool: npm, targets: [all]}, pipelines: {pre-merge: {files: '**'}}}")
    assert found.build is not None
    assert (found.build.tool, found.build.targets, found.build.timeout) == ("npm", ("all",), 10)
    assert found.pipelines["pre-merge"].files == (FilePattern(ant="**"),)


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ("{tests: {smoke: }}", (["unit"], ["pre-merge", "publish"], 10)),
        ("{tests: {smoke: ~}}", (["unit"], ["pre-merge", "publish"], 10)),
        ("{pipelines: {publish: null}}", (["unit", "smoke"], ["pre-merge"], 10)),
        ("{tests: }", ([], ["pre-merge", "publish"], 10)),
        ("{build: {timeout: }}", (["unit", "smoke"], ["pre-merge", "publish"], None)),
        ("{tests: {smoke: {}}}", (["unit", "smoke"], ["pre-merge", "publish"], 10)),
        ("{pipelines: {nightly: {}}}", (["unit", "smoke"], ["pre-merge", "publish", "nightly"], 10)),
    ],
)
def test_nothing_removes_an_entry_and_an_empty_mapping_keeps_or_adds_one(
    overrides: str, expected: tuple[list[str], list[str], int | None], tmp_path: Path
) -> None:
    found = body(tmp_path, overrides)
    assert found.build is not None
    assert (list(found.tests), list(found.pipelines), found.build.timeout) == expected


def test_a_removed_section_is_gone(tmp_path: Path) -> None:
    assert body(tmp_path, "{build: }").build is None


def test_an_override_does_not_touch_other_branches(tmp_path: Path) -> None:
    descriptor = described(tmp_path, "{tests: {smoke: }}")
    assert descriptor.bodies["main"] is descriptor.component
    assert list(descriptor.component.tests) == ["unit", "smoke"]


def test_an_override_can_add_what_the_descriptor_has_nothing_of(tmp_path: Path) -> None:
    found = body(tmp_path, "{images: {server: {repository: widget, registry: hub}}}")
    assert found.images["server"].registry == "hub"


def test_a_list_in_the_place_of_a_mapping_is_told_where_the_branch_says_so(tmp_path: Path) -> None:
    assert told(tmp_path, "{tests: [unit]}") == [
        f"{WIDGET}:9:26: repository.branches.old.overrides.tests: has to be a mapping, not a list"
    ]


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ("{tests: {soak: }}", "9:27: repository.branches.old.overrides.tests.soak: there is nothing to remove"),
        ("{charts: }", "9:19: repository.branches.old.overrides.charts: there is nothing to remove"),
        ("{build: {commands: }}", "9:27: repository.branches.old.overrides.build.commands: there is nothing to remove"),
    ],
)
def test_removing_what_is_not_there_is_an_error(overrides: str, expected: str, tmp_path: Path) -> None:
    assert told(tmp_path, overrides) == [f"{WIDGET}:{expected}; write {{}} to add an entry with all defaults"]


@pytest.mark.parametrize("key", ["title", "owners", "labels", "repository"])
def test_what_holds_for_the_whole_component_cannot_differ_by_branch(key: str, tmp_path: Path) -> None:
    assert key not in OVERRIDABLE
    (line,) = told(tmp_path, f"{{{key}: x}}")
    known = ", ".join(sorted(OVERRIDABLE))
    assert line == f"{WIDGET}:9:19: repository.branches.old.overrides.{key}: cannot differ by branch; known: {known}"


def test_a_combination_that_only_the_branch_makes_wrong_is_told_there(tmp_path: Path) -> None:
    assert told(tmp_path, "{tests: {unit: {commands: [./test]}}}") == [
        f"{WIDGET}:9:33: repository.branches.old.overrides.tests.unit: needs either 'targets' or 'commands'"
    ]


def test_problems_of_several_branches_are_told_together(tmp_path: Path) -> None:
    text = (BASE % "{build: {tool: mkae}}").replace("    main:", "    main: {overrides: {build: {tool: nmp}}}")
    write_tree(tmp_path, {WIDGET: text})
    with pytest.raises(ConfigError) as caught:
        load.load_descriptor(tmp_path, tmp_path / WIDGET)
    assert [problem.what for problem in caught.value.problems] == ["unknown tool 'nmp'", "unknown tool 'mkae'"]


def test_a_branch_at_its_end_of_life_holds_nothing(tmp_path: Path) -> None:
    text = (BASE % "").replace("      overrides: ", "      end-of-life: 2025-12-31")
    write_tree(tmp_path, {WIDGET: text})
    descriptor = load.load_descriptor(tmp_path, tmp_path / WIDGET)
    assert list(descriptor.bodies) == ["main"]
    assert list(descriptor.component.repository.branches) == ["main", "old"]


@pytest.mark.parametrize(
    ("branch", "loc", "place"),
    [
        ("old", ("build", "tool"), ("repository", "branches", "old", "overrides", "build", "tool")),
        ("old", ("build", "targets"), ("build", "targets")),
        ("main", ("build", "tool"), ("build", "tool")),
        (None, ("build", "tool"), ("build", "tool")),
    ],
)
def test_a_value_is_located_where_it_is_written(
    branch: str | None, loc: tuple[str, ...], place: tuple[str, ...], tmp_path: Path
) -> None:
    descriptor = described(tmp_path, "{build: {tool: npm}}")
    assert descriptor.locate(branch, loc) == (place, descriptor.document.pos(place))


def test_plain_texts_stand_for_the_common_case(tmp_path: Path) -> None:
    extra = "  nightly: {schedule: '@daily', parameters: {A: , B: {default: 1.10}}, tests: unit}\n"
    write_tree(tmp_path, {WIDGET: BASE % "" + extra})
    pipeline = load.load_descriptor(tmp_path, tmp_path / WIDGET).component.pipelines["nightly"]
    assert pipeline.schedule is not None
    assert (pipeline.schedule.cron, pipeline.schedule.timezone) == ("@daily", None)
    assert pipeline.parameters == {"A": Parameter(), "B": Parameter(default="1.10")}
    assert pipeline.tests == ("unit",)


def test_the_whole_config_repo_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    root = config_repo(tmp_path, {"components/b.yml": COMPONENT, "components/a-2.yaml": COMPONENT})
    problems: list[Problem] = []
    inputs = load.load(root, problems)
    assert problems == []
    assert inputs is not None
    assert [descriptor.name for descriptor in inputs.descriptors] == ["a-2", "b", "widget"]
    assert inputs.settings.project.title == "Example platform"


def test_what_can_be_read_is_read_beside_what_cannot(tmp_path: Path) -> None:
    root = config_repo(tmp_path, {"components/broken.yaml": ""})
    problems: list[Problem] = []
    inputs = load.load(root, problems)
    assert inputs is not None
    assert [descriptor.name for descriptor in inputs.descriptors] == ["widget"]
    assert problems == [Problem(Pos("components/broken.yaml"), "", "is empty")]


@pytest.mark.parametrize("broken", ["jjbgen.yaml", "templates/stages/biuld.groovy.j2"])
def test_without_settings_or_templates_there_is_nothing_to_go_on_with(broken: str, tmp_path: Path) -> None:
    root = config_repo(tmp_path, {broken: "", "components/broken.yaml": ""})
    problems: list[Problem] = []
    assert load.load(root, problems) is None
    assert sorted(problem.pos.path for problem in problems) == sorted(["components/broken.yaml", broken])


def test_templates_of_the_config_repo_win_and_are_told_apart(tmp_path: Path) -> None:
    same = (ROOT / "templates/stages/tag.groovy.j2").read_text(encoding="utf-8")
    own = {
        "templates/stages/build.groovy.j2": "of our own",
        "templates/stages/tag.groovy.j2": same,
        "templates/stages/_part.groovy.j2": "a part",
        "templates/README.md": "x",
    }
    plain, found = load.load_templates(tmp_path / "other"), load.load_templates(write_tree(tmp_path / "repo", own))
    assert found.own == {"stages/build.groovy.j2", "stages/_part.groovy.j2"}
    assert found.texts == {**plain.texts, "stages/build.groovy.j2": "of our own", "stages/_part.groovy.j2": "a part"}
    assert plain.own == frozenset()


def test_every_packaged_template_is_found() -> None:
    folder = ROOT / "templates"
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*.j2")}
    assert set(load.load_templates(ROOT / "no-such-folder").texts) == names


def test_every_key_that_a_branch_can_override_is_one_of_the_descriptors(tmp_path: Path) -> None:
    empty = "{" + ", ".join(f"{key}: " for key in sorted(OVERRIDABLE)) + "}"
    removable = {"build", "environment", "pipelines", "tests"}
    lines = [line for line in told(tmp_path, empty) if "there is nothing to remove" in line]
    assert len(lines) == len(OVERRIDABLE - removable)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "plugins.yaml:1:1: has to be a list of plugins"),
        ("- ant", "plugins.yaml:1:3: [0]: is not a plugin; a plugin has shortName, version and perhaps longName"),
        ("- {shortName: ant}", "plugins.yaml:1:3: [0]: is not a plugin"),
        ("- {shortName: ant, version: 1, odd: 2}", "plugins.yaml:1:3: [0]: is not a plugin"),
    ],
)
def test_a_plugin_list_that_is_none_is_told_by_the_check(text: str, message: str, tmp_path: Path) -> None:
    outcome = run(config_repo(tmp_path, {"plugins.yaml": text}), "check")
    assert outcome.code == ExitCode.USAGE
    assert outcome.err.startswith(message)


def test_plugin_versions_stay_text(tmp_path: Path) -> None:
    root = config_repo(tmp_path, {"plugins.yaml": "- {shortName: ant, version: 1.10}\n"})
    assert load.load_plugins(root, load_settings(root)) == [{"shortName": "ant", "version": "1.10"}]


@pytest.mark.parametrize("name", ["yaml", "yml", ".yaml", "widget.yaml.orig", "README"])
def test_only_files_of_yaml_with_a_name_are_descriptors(name: str, tmp_path: Path) -> None:
    root = config_repo(tmp_path, {f"components/{name}": "x"})
    problems: list[Problem] = []
    assert [path.name for path in load.descriptor_files(root, problems)] == ["widget.yaml"]
    assert problems == []
