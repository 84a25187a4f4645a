"""No special cases: what is built for testing is built in the same way as what is published."""

from __future__ import annotations

from pathlib import Path

import pytest

from jjbgen import generate, quoting
from jjbgen.jobs import Plan, Script, Stage
from jjbgen.kinds import KINDS, SEQUENCE, TEST_CATEGORIES
from jjbgen.render import Renderer
from jjbgen.stages import _SECTIONS
from tests.helpers import COMPONENT, PLUGINS, ROOT, config_repo, read_tree, write_tree

SHARED = {"build", "test", "image"}


@pytest.fixture(scope="module")
def repo() -> generate.Checked:
    return generate.checked(ROOT)


def scripts(plan: Plan) -> list[tuple[str, str, Script]]:
    return [(each.name, file, script) for each in plan.components for file, script in each.scripts.items()]


def test_every_kind_is_a_selection_of_the_one_sequence_in_its_order() -> None:
    for kind in KINDS.values():
        assert list(kind.sections) == [section for section in SEQUENCE if section in kind.sections], kind.name
    assert set(_SECTIONS) == set(SEQUENCE)
    assert set(TEST_CATEGORIES) <= set(SEQUENCE)


def test_a_stage_of_two_pipelines_is_the_same_stage_on_a_branch(repo: generate.Checked) -> None:
    compared = 0
    for component in repo.plan.components:
        by_branch: dict[str, dict[str, Stage]] = {}
        for job in component.jobs:
            seen = by_branch.setdefault(job.id.branch, {})
            for stage in component.scripts[job.script].stages:
                if stage.template in SHARED and stage.agent is None and stage.name in seen:
                    assert seen[stage.name] == stage, f"{component.name}: {stage.name}"
                    compared += 1
                seen.setdefault(stage.name, stage)
    assert compared > 50


def test_a_stage_of_two_pipelines_is_the_same_text_in_both(repo: generate.Checked) -> None:
    files = generate.files(repo)
    renderer = Renderer(repo.inputs.templates)
    found = 0
    for component, file, script in scripts(repo.plan):
        text = "\n".join(line.strip() for line in files[f"{component}/{file}"].split("\n"))
        for stage in script.stages:
            printed = "\n".join(line.strip() for line in quoting.finished(renderer.stage(stage)).split("\n"))
            assert printed in text, f"{component}/{file}: {stage.name}"
            found += stage.template in SHARED
    assert found > 50


def test_pre_merge_binds_no_credential(repo: generate.Checked) -> None:
    for component, file, script in scripts(repo.plan):
        if script.kind == "pre-merge":
            text = generate.files(repo, [component])[f"{component}/{file}"]
            assert "withCredentials" not in text
            assert not any(stage.credentials for stage in script.stages)


def test_publish_runs_everything_but_checkout_and_gate_only_when_the_gate_says_so(repo: generate.Checked) -> None:
    publishing = [(c, f) for c, f, script in scripts(repo.plan) if script.kind == "publish"]
    assert len(publishing) > 8
    for component, file in publishing:
        text = generate.files(repo, [component])[f"{component}/{file}"]
        before, _, guarded = text.partition("    stage('Publish') {\n      when {\n")
        assert before.count("stage('") == 2
        assert guarded.startswith("        environment(name: 'JJBGEN_PUBLISH', value: 'true')\n      }\n")
        inside, _, follows = guarded.partition("    stage('Next version') {\n      when {\n")
        assert all(line.startswith("        ") for line in inside.split("\n") if line.lstrip().startswith("stage('"))
        assert "stage('" not in follows
        released = "        environment(name: 'JJBGEN_RELEASED', value: 'true')\n"
        assert follows.startswith(released) == ("JJBGEN_RELEASED" in text)


def test_the_tag_comes_last_but_for_the_change_that_follows_a_release(tmp_path: Path) -> None:
    case = read_tree(ROOT / "tests/cases/versions")
    versions = generate.checked(write_tree(tmp_path, {**case, "plugins.yaml": PLUGINS})).plan
    for plan in (generate.checked(ROOT).plan, versions):
        for _, _, script in scripts(plan):
            if script.kind == "publish":
                names = [stage.name for stage in script.stages if stage.name != "next-change"]
                assert names[-1] == "tag"
    assert [script.stages[-1].name for _, _, script in scripts(versions) if script.kind == "publish"] == [
        *("next-change", "tag", "next-change", "next-change")
    ]


def test_publishes_of_a_component_exclude_each_other_on_all_branches(repo: generate.Checked) -> None:
    locks = {component: set[str | None]() for component, _, _ in scripts(repo.plan)}
    for component, _, script in scripts(repo.plan):
        if script.kind == "publish":
            locks[component].add(script.lock)
    assert {component: lock for component, lock in locks.items() if lock} == {
        component: {f"publish-{component}"} for component, lock in locks.items() if lock
    }
    assert sum(map(bool, locks.values())) > 8


def test_own_stages_keep_the_order_of_the_descriptor(tmp_path: Path) -> None:
    own = (
        "stages:\n"
        "  one: {after: unit, pipelines: pre-merge, commands: a}\n"
        "  two: {after: unit, pipelines: pre-merge, commands: b}\n"
        "  three: {after: one, pipelines: pre-merge, commands: c}\n"
    )
    plan = generate.checked(config_repo(tmp_path, {"components/widget.yaml": COMPONENT + own})).plan
    names = [stage.name for stage in plan.components[0].scripts["widget-pre-merge.groovy"].stages]
    assert names == ["checkout", "version-check", "build", "unit", "one", "three", "two"]


def test_a_stage_on_another_agent_checks_out_there_and_cleans_up(tmp_path: Path) -> None:
    text = COMPONENT + "checks: {lint: {targets: [lint], agent: large}}\n"
    files = generate.files(generate.checked(config_repo(tmp_path, {"components/widget.yaml": text})))
    lint = files["widget/widget-pre-merge.groovy"].partition("stage('Lint')")[2].partition("stage('Build')")[0]
    assert "label params.AGENT_LARGE" in lint
    assert lint.index("fetchSource()") < lint.index("sh 'make lint'") < lint.index("cleanWs()")
