"""The repository itself: its documents and committed output are true, and it keeps its own rules."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import jsonschema
import pytest
import yaml

from jjbgen import reference
from tests.contract_jenkins import ContractJenkins
from tests.git_repo import NO_SETTINGS, GitRepo
from tests.helpers import ROOT, read_tree, run, write_tree


def tracked(*patterns: str) -> list[Path]:
    """The files that git knows, by glob."""
    words = ["git", "ls-files", "-z", "--", *patterns]
    listed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name]


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ("descriptor.md", reference.markdown("component")),
        ("settings.md", reference.markdown("settings")),
        ("component.schema.json", reference.json_schema("component")),
        ("settings.schema.json", reference.json_schema("settings")),
    ],
)
def test_the_reference_is_what_the_models_say(document: str, text: str) -> None:
    assert (ROOT / "docs" / document).read_text() == text, "run `make update` and commit"


def as_an_editor_reads(value: object) -> object:
    """YAML without the types that JSON does not have: what a language server checks is the text of a date."""
    if isinstance(value, dict):
        return {str(key): as_an_editor_reads(each) for key, each in value.items()}
    if isinstance(value, list):
        return [as_an_editor_reads(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


FILES = tracked("components/*.yaml", "jjbgen.yaml", "jjbgen/scaffold/components/*.yaml", "jjbgen/scaffold/jjbgen.yaml")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_editors_take_every_file_that_jjbgen_takes(path: Path) -> None:
    model = "settings" if path.name == "jjbgen.yaml" else "component"
    value = as_an_editor_reads(yaml.safe_load(path.read_text()))
    jsonschema.validate(value, json.loads(reference.json_schema(model)))


@pytest.mark.parametrize(
    ("model", "value"),
    [("component", {"title": "x"}), ("component", {"titel": "x"}), ("settings", {"agents": []}), ("settings", None)],
)
def test_editors_refuse_what_is_none(model: str, value: object) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(value, json.loads(reference.json_schema(model)))


def test_the_reference_explains_every_key() -> None:
    for model in reference.MODELS:
        schema = json.loads(reference.json_schema(model))
        page = reference.markdown(model)
        for definition in [schema, *schema["$defs"].values()]:
            for key in definition.get("properties", {}):
                assert f"| `{key}` |" in page


def test_yamllint_accepts_the_output_and_the_inputs() -> None:
    words = [
        sys.executable,
        "-m",
        "yamllint",
        "--strict",
        "jobs-output",
        "components",
        "jjb",
        "jjbgen.yaml",
        "plugins.yaml",
    ]
    result = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_the_readme_names_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text()
    assert "make generate" in readme
    assert "make test" in readme


def readme_blocks(heading: str) -> list[tuple[str, str]]:
    """(language, text) of the code blocks of a section of the README."""
    section = (ROOT / "README.md").read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^```(\w+)\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


def tour_files() -> dict[str, str]:
    """The files of the README's tour: each begins with its path."""
    texts = [text for language, text in readme_blocks("A tour in five minutes") if language == "yaml"]
    parts = [text.partition("\n") for text in texts if text.startswith("# ")]
    return {first.removeprefix("# "): rest for first, _, rest in parts}


def test_the_tour_of_the_readme_works_from_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = tour_files()
    shown = [text for language, text in readme_blocks("A tour in five minutes") if language == "console"]
    write_tree(tmp_path, files)
    assert sorted(files) == ["components/hello.yaml", "jjbgen.yaml", "plugins.yaml"]
    assert len(shown) == 3
    monkeypatch.chdir(tmp_path)
    for transcript in shown:
        command, _, expected = transcript.partition("\n")
        outcome = run(Path(), *command.removeprefix("$ jjbgen ").split())
        assert (outcome.code, outcome.out, outcome.err) == (0, expected, "")


def test_the_transcript_of_the_versions_page_is_what_a_person_sees(tmp_path: Path) -> None:
    GitRepo.init(tmp_path).git("commit", "--quiet", "--allow-empty", "--message=First")
    page = (ROOT / "docs/versions.md").read_text()
    (transcript,) = re.findall(r"^```console\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **NO_SETTINGS}
    identity = {f"GIT_{who}_{what}": "x@y" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    seen = ""
    for command in re.findall(r"^\$ (.*)$", transcript, re.MULTILINE):
        words = ["bash", "-c", command]
        done = subprocess.run(words, cwd=tmp_path, env={**environment, **identity}, capture_output=True, check=False)
        seen += f"$ {command}\n{done.stdout.decode()}{done.stderr.decode()}"
    assert seen == transcript


def test_the_transcript_of_the_controllers_page_is_what_a_person_sees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {name: text for name, text in tour_files().items() if name != "plugins.yaml"}
    write_tree(tmp_path, {**files, "plugins.yaml": (ROOT / "plugins.yaml").read_text()})
    assert run(tmp_path, "generate").code == 0
    page = (ROOT / "docs/controllers.md").read_text()
    (transcript,) = re.findall(r"^```console\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    seen = ""
    with ContractJenkins() as jenkins:
        for name, value in zip(("JENKINS_USER", "JENKINS_API_TOKEN"), jenkins.login, strict=True):
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("JENKINS_URL", jenkins.url)
        for command in re.findall(r"^\$ jjbgen (.*)$", transcript, re.MULTILINE):
            outcome = run(tmp_path, *command.split())
            seen += f"$ jjbgen {command}\n{outcome.out}{outcome.err}"
        seen = seen.replace(jenkins.url, "http://127.0.0.1:8080")
    assert seen == transcript


@pytest.mark.usefixtures("plain_git")
def test_the_transcript_of_the_changes_page_is_what_a_person_sees(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path)
    repo.commit(tour_files())
    repo.write({"components/hello.yaml": tour_files()["components/hello.yaml"].replace("[build]", "[all]")})
    page = (ROOT / "docs/changes.md").read_text()
    (transcript,) = re.findall(r"^```console\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    impact, shown = (run(tmp_path, command) for command in ("impact", "diff"))
    assert f"$ jjbgen impact\n{impact.out}$ jjbgen diff\n" in transcript
    # It shows the first of the three pipelines.
    assert shown.out.startswith(transcript.partition("$ jjbgen diff\n")[2])


def test_the_template_override_of_the_documents_works(tmp_path: Path) -> None:
    text = (ROOT / "docs/templates.md").read_text()
    name, template = re.findall(r"^`templates/([^`]+)`:\n\n```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[0]
    for path in ("jjbgen.yaml", "plugins.yaml", "components/amf.yaml"):
        write_tree(tmp_path, {path: (ROOT / path).read_text()})
    write_tree(tmp_path, {f"templates/{name}": template})
    assert run(tmp_path, "generate").code == 0
    assert "lock(resource: 'compiler')" in read_tree(tmp_path / "jobs-output")["amf/amf-post-merge.groovy"]


def test_links_of_the_documents_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_no_tracked_file_holds_a_path_of_a_machine() -> None:
    for path in tracked("*.py", "*.md", "*.j2", "*.yaml", "*.cfg", "*.toml", "Makefile", ".ci/run", "*.groovy"):
        assert not re.search(r"(?<![\w./-])/(?:work|home|root)/", path.read_text(encoding="utf-8")), path
