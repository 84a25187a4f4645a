"""Which jobs exist, what they are called, and which pipeline files they share."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from jjbgen import generate
from jjbgen.drafts import draft
from jjbgen.errors import Problem
from jjbgen.jobs import ComponentPlan, GerritTrigger, Job, Plan
from jjbgen.load import Inputs, load
from jjbgen.plan import Planner
from tests.helpers import COMPONENT, ROOT, config_repo, run

BRANCHES = "  branches:\n    main:\n"


def planned(root: Path, files: Mapping[str, str]) -> Plan:
    return generate.checked(config_repo(root, files)).plan


def widget(root: Path, text: str) -> ComponentPlan:
    return planned(root, {"components/widget.yaml": text}).components[0]


def names(jobs: tuple[Job, ...]) -> list[str]:
    return [job.name for job in jobs]


def test_there_is_a_job_for_each_pipeline_and_branch_in_their_order(tmp_path: Path) -> None:
    text = COMPONENT.replace(BRANCHES, "  branches:\n    main:\n    stable/1.0:\n")
    assert names(widget(tmp_path, text).jobs) == [
        "widget-pre-merge-main",
        "widget-pre-merge-stable-1.0",
        "widget-post-merge-main",
        "widget-post-merge-stable-1.0",
        "widget-publish-main",
        "widget-publish-stable-1.0",
    ]


def test_branches_share_a_pipeline_that_no_override_changes(tmp_path: Path) -> None:
    text = COMPONENT.replace(BRANCHES, "  branches:\n    main:\n    stable:\n")
    plan = widget(tmp_path, text)
    assert sorted(plan.scripts) == ["widget-post-merge.groovy", "widget-pre-merge.groovy", "widget-publish.groovy"]


def test_an_override_of_stages_makes_a_second_file_for_that_branch_only(tmp_path: Path) -> None:
    branches = "  branches:\n    main:\n    old: {overrides: {tests: {unit: {targets: [check]}}}}\n    new:\n"
    plan = widget(tmp_path, COMPONENT.replace(BRANCHES, branches))
    files = {job.id.branch: job.script for job in plan.jobs if job.id.pipeline == "post-merge"}
    assert files == {
        "main": "widget-post-merge.groovy",
        "old": "widget-post-merge-old.groovy",
        "new": "widget-post-merge.groovy",
    }


def test_an_override_of_trigger_or_parameters_needs_no_second_file(tmp_path: Path) -> None:
    override = "{pipelines: {pre-merge: {comments: [again], parameters: {LEVEL: }, agent: large}}}"
    branches = f"  branches:\n    main:\n    old: {{overrides: {override}}}\n"
    plan = widget(tmp_path, COMPONENT.replace(BRANCHES, branches))
    old = next(job for job in plan.jobs if job.name == "widget-pre-merge-old")
    assert old.script == "widget-pre-merge.groovy"
    assert old.parameters["AGENT"].default == "ubuntu && large"
    assert "LEVEL" in old.parameters


def test_a_branch_at_its_end_of_life_has_no_jobs(tmp_path: Path) -> None:
    branches = "  branches:\n    main:\n    old: {end-of-life: 2024-12-31}\n"
    plan = widget(tmp_path, COMPONENT.replace(BRANCHES, branches))
    assert {job.id.branch for job in plan.jobs} == {"main"}


def test_axes_give_a_job_for_each_point_with_its_parameters(tmp_path: Path) -> None:
    axes = "  pre-merge:\n    axes: {values: {jdk: [11, 17], os: [a, b]}, exclude: [{jdk: 11, os: b}]}\n"
    plan = widget(tmp_path, COMPONENT.replace("  pre-merge:\n", axes))
    jobs = [job for job in plan.jobs if job.id.pipeline == "pre-merge"]
    assert names(tuple(jobs)) == [
        "widget-pre-merge-main-11-a",
        "widget-pre-merge-main-17-a",
        "widget-pre-merge-main-17-b",
    ]
    assert [(job.parameters["JDK"].default, job.parameters["OS"].default) for job in jobs] == [
        ("11", "a"),
        ("17", "a"),
        ("17", "b"),
    ]
    assert {job.script for job in jobs} == {"widget-pre-merge.groovy"}


def test_the_names_of_the_field_can_be_kept(tmp_path: Path) -> None:
    plan = generate.checked(ROOT).plan
    api = next(each for each in plan.components if each.name == "aether-roc-api-tests")
    assert "aether-api-2.1.0-tests-master" in names(api.jobs)
    assert "aether-api-4.0.0-tests-2.1" not in names(api.jobs)


def test_a_reference_to_a_pipeline_means_its_jobs_on_the_same_branch(tmp_path: Path) -> None:
    text = COMPONENT.replace(BRANCHES, "  branches:\n    main:\n    stable:\n").replace(
        "  publish:\n", "  publish:\n    dependencies: [{component: widget, pipeline: post-merge}]\n"
    )
    plan = widget(tmp_path, text)
    triggers = [(job.name, trigger) for job in plan.jobs for trigger in job.triggers if job.kind == "publish"]
    waits = {name: trigger.dependencies for name, trigger in triggers if isinstance(trigger, GerritTrigger)}
    assert waits == {
        "widget-publish-main": ("widget-post-merge-main",),
        "widget-publish-stable": ("widget-post-merge-stable",),
    }


def test_a_long_chain_of_jobs_is_no_cycle_and_needs_no_deep_stack(tmp_path: Path) -> None:
    pipelines = "".join(
        f"  p{n}: {{kind: post-merge, upstream: [{{component: widget, pipeline: p{n - 1}}}]}}\n" for n in range(1, 1200)
    )
    text = COMPONENT.partition("pipelines:\n")[0] + "pipelines:\n  p0: {kind: post-merge}\n" + pipelines
    assert len(widget(tmp_path, text).jobs) == 1200


OVERRIDES = (
    "{}",
    "{tests: {unit: {targets: [check]}}}",
    "{tests: {unit: {targets: [test]}}}",
    "{tests: {unit: }}",
    "{tests: {smoke: {targets: [smoke]}}}",
    "{tests: {long: {category: soak, targets: [long]}}}",
    "{environment: {A: b}}",
    "{build: {tool: make, targets: [all]}}",
    "{build: {tool: npm}, tests: {unit: {tool: make, targets: [test]}}}",
    "{checks: {lint: {targets: [lint]}}}",
    "{pipelines: {pre-merge: {agent: large}}}",
    "{pipelines: {pre-merge: {tests: [unit]}}}",
    "{pipelines: {pre-merge: {timeout: 7}}}",
    "{pipelines: {publish: }}",
    "{pipelines: {post-merge: }}",
    "{notifications: {email: [a@example.org]}}",
    "{version: {predecessor: true}}",
    "{stages: {own: {after: build, pipelines: [pre-merge], commands: [ls]}}}",
)


@pytest.mark.parametrize("first", OVERRIDES)
def test_pipelines_are_counted_and_shared_as_if_each_was_made(
    tmp_path: Path, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, second in enumerate(OVERRIDES):
        branches = f"  branches:\n    main:\n    old: {{overrides: {first}}}\n    older: {{overrides: {second}}}\n"
        text = COMPONENT.replace(BRANCHES, branches)
        problems: list[Problem] = []
        inputs = load(config_repo(tmp_path / str(number), {"components/widget.yaml": text}), problems)
        assert inputs is not None
        assert problems == []
        counted, plan = number_and_plan(inputs)
        with monkeypatch.context() as patch:
            patch.setattr("jjbgen.scripts._is_same", lambda *_: None)
            _, expected = number_and_plan(inputs)
        assert counted == len(expected.scripts)
        assert plan == expected


def test_two_pipelines_of_one_file_are_told_when_they_are_counted(tmp_path: Path) -> None:
    branches = "  branches:\n    main:\n    old: {overrides: {tests: {smoke: {targets: [x]}}}}\n"
    text = COMPONENT.replace(BRANCHES, branches) + "  pre-merge-old: {kind: pre-merge, branches: [main]}\n"
    root = config_repo(tmp_path, {"components/widget.yaml": text})
    outcome = run(root, "check")
    assert "pre-merge-old and another pipeline would both be written to widget-pre-merge-old.groovy" in outcome.err
    assert outcome == run(root, "generate")


def test_two_branches_of_one_file_are_told_when_they_are_counted(tmp_path: Path) -> None:
    override = "{overrides: {tests: {smoke: {targets: [x]}}}}"
    branches = f"  branches:\n    main:\n    a/b: {override}\n    a-b: {override.replace('[x]', '[y]')}\n"
    repo = load(config_repo(tmp_path, {"components/widget.yaml": COMPONENT.replace(BRANCHES, branches)}), [])
    assert repo is not None
    problems: list[Problem] = []
    number_and_plan(repo, problems)
    assert [problem.what for problem in problems[:3]] == [
        f"{pipeline} and another pipeline would both be written to widget-{pipeline}-a-b.groovy"
        for pipeline in ("pre-merge", "post-merge", "publish")
    ]
    assert len(problems) == 6


def test_a_stage_that_follows_nothing_is_told_for_each_branch(tmp_path: Path) -> None:
    text = COMPONENT.replace(BRANCHES, "  branches:\n    main:\n    old:\n")
    text += "stages: {own: {after: none, pipelines: [pre-merge], commands: [ls]}}\n"
    outcome = run(config_repo(tmp_path, {"components/widget.yaml": text}), "check")
    assert [branch for branch in ("main", "old") if f"pre-merge on {branch} has no stage 'none'" in outcome.err] == [
        "main",
        "old",
    ]


def number_and_plan(inputs: Inputs, problems: list[Problem] | None = None) -> tuple[int, ComponentPlan]:
    """How many pipelines there are of the only component, as `check` counts them, and its plan."""
    (descriptor,) = inputs.descriptors
    planner = Planner(inputs.settings, {}, [] if problems is None else problems)
    named = draft(inputs.settings.project, descriptor, [])
    return planner.pipelines(descriptor, named), planner.component(descriptor, named)
