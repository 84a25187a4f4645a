"""Golden trees: each folder of `cases/` is a config repo, with what has to be generated in `expected/`."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import jinja2
import pytest
import yaml

from jjbgen import generate
from jjbgen.places import OUTPUT
from jjbgen.render import Files, Renderer
from tests.helpers import COMPONENT, PLUGINS, ROOT, SETTINGS, config_repo, read_tree, run, write_tree

CASES = Path(__file__).with_name("cases")
NAMES = sorted(path.name for path in CASES.iterdir() if path.is_dir())


def repo_of(case: str, root: Path) -> Path:
    """A copy of a case without its expectation; settings and plugins are the usual ones unless it has its own."""
    write_tree(root, {"jjbgen.yaml": SETTINGS, "plugins.yaml": PLUGINS})
    shutil.copytree(CASES / case, root, ignore=shutil.ignore_patterns("expected"), dirs_exist_ok=True)
    return root


@pytest.mark.parametrize("case", NAMES)
def test_a_case_generates_its_expected_tree(case: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    root = repo_of(case, tmp_path)
    outcome = run(root, "generate")
    assert outcome.code == 0, outcome.err
    generated = read_tree(root / OUTPUT)
    expected = CASES / case / "expected"
    if request.config.getoption("--update-golden"):
        shutil.rmtree(expected, ignore_errors=True)
        write_tree(expected, generated)
    hint = f"expected/ of {case} is old or wrong; look at the difference, then run `make update`"
    assert generated == read_tree(expected), hint


def test_every_template_is_printed_by_some_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: set[str] = set()
    original = jinja2.FunctionLoader.get_source

    def record(self: jinja2.FunctionLoader, environment: jinja2.Environment, template: str) -> object:
        loaded.add(template)
        return original(self, environment, template)

    monkeypatch.setattr(jinja2.FunctionLoader, "get_source", record)
    for case in NAMES:
        generate.files(generate.checked(repo_of(case, tmp_path / case)))
    generate.files(generate.checked(ROOT))
    folder = ROOT / "templates"
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*.j2")} - loaded == set()


LOOKING_LIKE_HOLES = COMPONENT.replace(
    "tests:\n",
    "environment: {A: 'jjbgen hole url', B: \"'jjbgen hole 0'\"}\n"
    "stages:\n  own: {after: build, pipelines: [pre-merge], commands: 'echo jjbgen hole 1'}\n"
    "tests:\n",
)


def both_ways(root: Path) -> tuple[Files, Files]:
    """The files of a config repo: as they are made, and as if it had templates of pipelines and jobs of its own."""
    checked = generate.checked(root)
    templates = checked.inputs.templates
    own = replace(templates, own=templates.own | {"pipelines/_pipeline.groovy.j2", "jobs/job.yaml.j2"})
    return Renderer(templates).files(checked.plan), Renderer(own).files(checked.plan)


@pytest.mark.parametrize("case", NAMES)
def test_what_is_poured_around_values_is_what_its_template_prints(case: str, tmp_path: Path) -> None:
    poured, printed = both_ways(repo_of(case, tmp_path))
    assert poured == printed


def test_the_pipelines_and_jobs_of_this_repository_are_those_of_their_templates() -> None:
    poured, printed = both_ways(ROOT)
    assert poured == printed


def test_values_that_look_like_holes_of_a_pipeline_stay_what_they_are(tmp_path: Path) -> None:
    root = config_repo(tmp_path, {"components/widget.yaml": LOOKING_LIKE_HOLES, "components/gadget.yaml": COMPONENT})
    poured, printed = both_ways(root)
    assert poured == printed
    assert "A = 'jjbgen hole url'" in poured["widget/widget-pre-merge.groovy"]


@pytest.mark.parametrize("text", ["jjbgen hole name", "'jjbgen hole script'", "say jjbgen hole trigger0"])
@pytest.mark.parametrize("where", ["title: {}", "pipelines: {{pre-merge: {{parameters: {{P: {{default: {}}}}}}}}}"])
def test_values_that_look_like_holes_of_a_job_stay_what_they_are(text: str, where: str, tmp_path: Path) -> None:
    own = yaml.safe_load(COMPONENT) | yaml.safe_load(where.format(json.dumps(text)))
    files = {"components/widget.yaml": json.dumps(own), "components/gadget.yaml": COMPONENT}
    poured, printed = both_ways(config_repo(tmp_path, files))
    assert poured == printed
    assert text in poured["widget/jobs.yaml"]


def test_a_job_of_a_config_repo_sees_what_is_around_it(tmp_path: Path) -> None:
    job = (ROOT / "templates/jobs/job.yaml.j2").read_text()
    jobs = (ROOT / "templates/jobs/jobs.yaml.j2").read_text()
    expected = both_ways(config_repo(tmp_path / "plain"))[0]["widget/jobs.yaml"]
    own = {"templates/jobs/job.yaml.j2": f"# in {{{{ view|comment }}}}\n{job}"}
    (found, _) = both_ways(config_repo(tmp_path / "job", own))
    assert found["widget/jobs.yaml"] == expected.replace("- job:\n", "# in widget\n- job:\n")
    own = {
        "templates/jobs/job.yaml.j2": f"# of {{{{ team|comment }}}}\n{job}",
        "templates/jobs/jobs.yaml.j2": f"{{% set team = 'core' %}}\n{jobs}",
    }
    (found, _) = both_ways(config_repo(tmp_path / "both", own))
    assert found["widget/jobs.yaml"] == expected.replace("- job:\n", "# of core\n- job:\n")


@pytest.mark.parametrize("case", NAMES)
def test_jjb_makes_xml_of_a_case(case: str, tmp_path: Path) -> None:
    root = repo_of(case, tmp_path)
    assert run(root, "generate").code == 0
    documents = dict(generate.xml(generate.checked(root)))
    assert documents
    assert all(text.startswith("<?xml") for text in documents.values())
