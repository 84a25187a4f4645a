"""init: a new config repo in which everything works at once, and nothing that was there before is lost."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from jjbgen import __version__, cli, cli_init, githooks, newrepo, reference
from jjbgen.errors import ExitCode
from tests.contract_jenkins import ADMIN, ContractJenkins
from tests.git_repo import GitRepo
from tests.helpers import COMPONENT, ROOT, read_tree, run, write_tree

BROKEN = {"tool: make": "tool: mak"}
CHANGED = {"targets: [build]": "targets: [all]"}
COMPLAINT = "components/hello.yaml:14:9: build.tool: unknown tool 'mak'; did you mean 'make'?\n"
WORKFLOW = ".github/workflows/config.yaml"


@pytest.fixture(autouse=True)
def _command(monkeypatch: pytest.MonkeyPatch, plain_git: None) -> None:
    """The command is there, and git is that of a fresh machine."""
    monkeypatch.setitem(cli.cli.commands, "init", cli_init.init)
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Dev")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "dev@example.org")
    # Scripts and hooks find this jjbgen, as in a checkout whose .venv is active.
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")


@pytest.fixture
def jenkins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ContractJenkins]:
    """A controller, reached by the environment."""
    with ContractJenkins() as running:
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        monkeypatch.setenv("JENKINS_URL", running.url)
        monkeypatch.setenv("JENKINS_USER", ADMIN.name)
        monkeypatch.setenv("JENKINS_API_TOKEN", ADMIN.token)
        monkeypatch.delenv("HUDSON_URL", raising=False)
        yield running


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new config repo, to be copied."""
    root = tmp_path_factory.mktemp("made") / "config"
    texts = newrepo.files()
    newrepo.write(root, texts, texts)
    newrepo.generated(root)
    return root


@pytest.fixture
def new(made: Path, tmp_path: Path) -> Path:
    """A new config repo."""
    return shutil.copytree(made, tmp_path / "config")


def edit(root: Path, changes: Mapping[str, str], path: str = "components/hello.yaml") -> None:
    """Replace texts of a file."""
    text = (root / path).read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    (root / path).write_text(text)


def child(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A program that runs in a folder."""
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)


def commit(root: Path, message: str = "Change") -> subprocess.CompletedProcess[str]:
    """Commit everything, as a person does: hooks run."""
    assert child(root, "git", "add", "--all").returncode == 0
    return child(root, "git", "commit", "--quiet", f"--message={message}")


def loaded(root: Path, path: str) -> Any:
    """A YAML file."""
    return yaml.safe_load((root / path).read_text())


def test_a_new_repo_is_checked_and_generated_from_an_empty_folder(tmp_path: Path) -> None:
    outcome = run(tmp_path, "init", "config")
    assert (outcome.code, outcome.err) == (0, "")
    root = tmp_path / "config"
    written = read_tree(root)
    *lines, last = outcome.out.splitlines()
    assert sorted(lines) == [f"create config/{path}" for path in sorted(written)]
    assert written.keys() > {*newrepo.SCAFFOLD, "jobs-output/hello/jobs.yaml", "schema/component.schema.json"}
    assert last.startswith("Next: run `jjbgen check` in config, and ")
    assert run(root, "check").out == "1 component, 3 jobs, 3 pipelines: no problems\n"
    assert run(root, "generate", "--check").out == "1 component, 3 jobs, 3 pipelines: no files differ\n"
    assert run(root, "xml", "-o", str(root / "xml")).code == 0
    assert len(list(root.glob("xml/*/config.xml"))) == 5


def test_a_new_repo_can_be_planned_and_pushed(new: Path, jenkins: ContractJenkins) -> None:
    planned = run(new, "plan")
    assert (planned.code, planned.err) == (ExitCode.DIFFERENCES, "")
    assert planned.out.endswith("5 to create, 0 to update, 0 unchanged\n")
    assert run(new, "update").code == 0
    assert run(new, "plan", "--drift").code == 0


def test_twice_is_fine_and_changes_nothing(new: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in new.rglob("*")}
    outcome = run(new.parent, "init", "config")
    assert (outcome.code, outcome.out, outcome.err) == (0, "everything is there already\n", "")
    assert {path: path.stat().st_mtime_ns for path in new.rglob("*")} == before


def test_what_is_missing_is_written_again(new: Path) -> None:
    (new / "README.md").unlink()
    (new / "jobs-output/root.yaml").unlink()
    outcome = run(new.parent, "init", "config", "--format", "json")
    assert outcome.json() == {
        "changes": [
            {"path": "config/README.md", "action": "create"},
            {"path": "config/jobs-output/root.yaml", "action": "create"},
        ]
    }


def test_what_is_not_in_the_way_stays(tmp_path: Path) -> None:
    mine = {"LICENSE": "mine\n", "components/widget.yaml": COMPONENT.replace("host: review", "host: gerrit")}
    outcome = run(write_tree(tmp_path, mine), "init", ".")
    assert outcome.code == 0
    assert "create jobs-output/widget/jobs.yaml\n" in outcome.out
    assert read_tree(tmp_path).items() >= mine.items()


def test_other_content_is_refused_by_name_and_nothing_changes(tmp_path: Path) -> None:
    write_tree(
        tmp_path, {"README.md": "mine\n", "ci": "a file\n", "jjbgen.yaml/x": "", ".gitignore": "/.venv/\n/xml/\n"}
    )
    (tmp_path / "plugins.yaml").symlink_to(ROOT / "jjbgen/scaffold/plugins.yaml")
    (tmp_path / "schema").symlink_to("nowhere")
    before = sorted(tmp_path.rglob("*"))
    outcome = run(tmp_path, "init", ".")
    assert (outcome.code, outcome.out) == (ExitCode.REFUSED, "")
    named = [line.strip() for line in outcome.err.splitlines()[1:-1]]
    assert named == [str(tmp_path / name) for name in ("README.md", "ci", "jjbgen.yaml", "plugins.yaml", "schema")]
    assert outcome.err.endswith("Nothing was written.\n")
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    "mine",
    [{"jobs-output/own.yaml": "- x\n"}, {"jobs-output/hello/hello-publish.groovy": "x\n"}, {"jobs-output": "x\n"}],
)
def test_an_output_of_others_is_refused_before_anything_is_written(tmp_path: Path, mine: dict[str, str]) -> None:
    outcome = run(write_tree(tmp_path, mine), "init", ".")
    assert outcome.code == ExitCode.REFUSED
    assert next(iter(mine)) in outcome.err
    assert read_tree(tmp_path) == mine


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    write_tree(tmp_path, {"config": "a file\n"})
    outcome = run(tmp_path, "init", "config")
    assert (outcome.code, outcome.err) == (ExitCode.REFUSED, f"{tmp_path / 'config'} is not a folder\n")


def test_a_wrong_descriptor_that_was_there_is_told_and_the_rest_is_written(tmp_path: Path) -> None:
    write_tree(tmp_path, {"components/widget.yaml": COMPONENT})
    outcome = run(tmp_path, "init", ".")
    assert outcome.code == ExitCode.USAGE
    assert "components/widget.yaml:4:9: repository.host: unknown code host 'review'" in outcome.err
    edit(tmp_path, {"host: review": "host: gerrit"}, "components/widget.yaml")
    assert run(tmp_path, "init", ".").code == 0


def test_the_list_of_files_is_what_lies_in_the_scaffold() -> None:
    assert tuple(read_tree(ROOT / "jjbgen/scaffold")) == newrepo.SCAFFOLD


def test_the_scaffold_is_part_of_the_installed_package(tmp_path: Path) -> None:
    build = [sys.executable, "-c", "import setuptools; setuptools.setup()", "build_py", "--build-lib", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    assert read_tree(tmp_path / "jjbgen/scaffold") == read_tree(ROOT / "jjbgen/scaffold")


def test_the_version_is_pinned_to_this_one(new: Path) -> None:
    assert (new / "requirements.txt").read_text() == f"jjbgen=={__version__}\n"
    assert "$" not in (new / ".pre-commit-config.yaml").read_text()


def test_the_schemas_are_those_of_the_models_and_the_editor_finds_them(new: Path) -> None:
    settings = json.loads((new / ".vscode/settings.json").read_text())
    assert [Path(path).as_posix() for path in settings["yaml.schemas"]] == [
        "schema/component.schema.json",
        "schema/settings.schema.json",
    ]
    for model in reference.MODELS:
        assert (new / f"schema/{model}.schema.json").read_text() == reference.json_schema(model)


def test_the_plugins_are_versions_that_are_known_to_work(new: Path) -> None:
    known = {plugin["shortName"]: plugin for plugin in loaded(ROOT, "plugins.yaml")}
    assert all(known[plugin["shortName"]] == plugin for plugin in loaded(new, "plugins.yaml"))


def test_the_readme_names_what_is_there_and_commands_that_exist(new: Path) -> None:
    readme = (new / "README.md").read_text()
    for path in re.findall(r"`((?:[\w.-]+/)+[\w.-]+|[\w.-]+\.(?:yaml|txt))`", readme.replace("NAME", "hello")):
        assert (new / path).exists(), path
    commands = set(re.findall(r"(?:^|`)jjbgen ([a-z]+)", readme, re.MULTILINE))
    assert {"check", "generate", "plan", "update", "diff", "init", "schema"} == commands <= set(cli.cli.commands)


def test_yamllint_accepts_the_files(new: Path) -> None:
    words = [sys.executable, "-m", "yamllint", "--strict", "--config-file", str(ROOT / ".yamllint"), "."]
    result = child(new, *words)
    assert result.returncode == 0, result.stdout
    assert child(ROOT, *words[:-1], ".pre-commit-hooks.yaml").returncode == 0


def test_the_shell_scripts_are_right(new: Path) -> None:
    scripts = sorted(new.glob("ci/*.sh"))
    assert len(scripts) == 2
    for script in scripts:
        assert os.access(script, os.X_OK)
        assert script.read_text().partition("set -euo pipefail")[1]
        assert child(new, "bash", "-n", str(script)).returncode == 0
        checked = child(new, "shellcheck", str(script))
        assert checked.returncode == 0, checked.stdout


def test_the_workflow_trusts_nothing_that_others_can_name(new: Path) -> None:
    text = (new / WORKFLOW).read_text()
    workflow = yaml.safe_load(text)
    # To YAML 1.1 the key `on` is a truth.
    assert workflow[True] == {"pull_request": None, "push": {"branches": ["main", "master"]}}
    assert workflow["permissions"] == {"contents": "read"}
    assert not any("permissions" in job for job in workflow["jobs"].values())
    steps = {name: job["steps"] for name, job in workflow["jobs"].items()}
    for step in [*steps["verify"], *steps["deploy"]]:
        assert "${{" not in step.get("run", "")
        if "uses" in step:
            assert re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"])
        if "checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False
    assert "secrets" not in str(workflow["jobs"]["verify"])
    assert [step["run"].split()[1] for step in steps["deploy"] if "secrets" in str(step.get("env"))] == [
        "plan",
        "update",
    ]


def test_nothing_is_deployed_without_the_secrets_or_from_another_branch(new: Path) -> None:
    job = loaded(new, WORKFLOW)["jobs"]["deploy"]
    assert job["if"] == "github.event_name == 'push' && github.ref_name == github.event.repository.default_branch"
    assert job["env"] == {"HAS_LOGIN": "${{ secrets.JENKINS_USER != '' && secrets.JENKINS_API_TOKEN != '' }}"}
    first, *others = job["steps"]
    assert first["if"] == "env.HAS_LOGIN != 'true'"
    assert {step["if"] for step in others} == {"env.HAS_LOGIN == 'true'"}


def workflow_run(root: Path, job: str, name: str) -> subprocess.CompletedProcess[str]:
    """Run the step of a job that begins with a command, as GitHub's runner does."""
    (script,) = [step["run"] for step in loaded(root, WORKFLOW)["jobs"][job]["steps"] if name in step.get("run", "")]
    return child(root, "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script)


def test_the_steps_of_the_workflow_work(
    new: Path, jenkins: ContractJenkins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    GitRepo.init(new).commit()
    edit(new, CHANGED)
    run(new, "generate")
    commit(new)
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    for step in ("jjbgen check", "generate --check", "jjbgen diff"):
        assert workflow_run(new, "verify", step).returncode == 0
    assert "make all" in summary.read_text()
    for step in ("generate --check", "jjbgen plan", "jjbgen update"):
        assert workflow_run(new, "deploy", step).returncode == 0
    assert "hello-publish-main" in jenkins.items()


def test_a_deployment_ends_where_a_job_of_others_is_in_the_way(new: Path, jenkins: ContractJenkins) -> None:
    jenkins.add_item("hello-publish-main", "<flow-definition/>")
    assert workflow_run(new, "deploy", "jjbgen plan").returncode == ExitCode.FAILED
    done = child(new, "ci/gerrit-deploy.sh")
    assert done.returncode == ExitCode.FAILED
    assert "conflict job hello-publish-main" in done.stdout
    assert jenkins.writes() == []


def test_what_is_outdated_is_not_deployed(new: Path) -> None:
    edit(new, CHANGED)
    done = child(new, "ci/gerrit-deploy.sh")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (
        ExitCode.DIFFERENCES,
        "1 component, 3 jobs, 3 pipelines: 3 files differ",
    )


def test_the_script_for_gerrit_accepts_a_good_change_and_shows_it(new: Path) -> None:
    GitRepo.init(new).commit()
    first = child(new, "ci/gerrit-verify.sh")
    assert (first.returncode, first.stdout.splitlines()[-1]) == (0, "What changes in the jobs cannot be shown.")
    edit(new, CHANGED)
    run(new, "generate")
    commit(new)
    second = child(new.parent, str(new / "ci/gerrit-verify.sh"))
    assert (second.returncode, second.stderr) == (0, "")
    assert "make all" in second.stdout


def test_the_script_for_gerrit_refuses_a_broken_or_outdated_change(new: Path) -> None:
    GitRepo.init(new).commit()
    edit(new, CHANGED)
    assert child(new, "ci/gerrit-verify.sh").returncode == ExitCode.DIFFERENCES
    edit(new, BROKEN)
    broken = child(new, "ci/gerrit-verify.sh")
    assert broken.returncode == ExitCode.USAGE
    assert COMPLAINT in broken.stderr


def test_the_script_for_gerrit_deploys_and_then_has_nothing_to_do(new: Path, jenkins: ContractJenkins) -> None:
    first = child(new, "ci/gerrit-deploy.sh")
    assert (first.returncode, first.stdout.splitlines()[-1]) == (0, "5 created, 0 updated, 0 unchanged")
    second = child(new, "ci/gerrit-deploy.sh")
    assert (second.returncode, second.stdout.splitlines()[-1]) == (0, "0 created, 0 updated, 5 unchanged")


@pytest.mark.parametrize("script", ["gerrit-verify.sh", "gerrit-deploy.sh"])
def test_scripts_install_the_version_that_is_pinned(
    new: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    pip = '#!/bin/sh\necho pip "$@"\nmv .venv/wanted .venv/bin/jjbgen\n'
    programs = {
        "bin/jjbgen": "#!/bin/sh\necho jjbgen 0.0.1\n",
        "bin/python3": f'#!/bin/sh\necho python3 "$@"\nmv {tmp_path}/venv .venv\n',
        "venv/bin/pip": pip,
        "venv/wanted": '#!/bin/sh\necho the wanted jjbgen: "$@"\n',
    }
    write_tree(tmp_path, programs)
    for name in programs:
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    done = child(new, f"ci/{script}")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[:2] == [
        "python3 -m venv .venv",
        "pip install --quiet --requirement requirements.txt",
    ]
    assert {line.partition(": ")[0] for line in done.stdout.splitlines()[2:]} == {"the wanted jjbgen"}


def test_the_hooks_of_pre_commit_are_real_commands(new: Path) -> None:
    offered = {hook["id"]: hook for hook in loaded(ROOT, ".pre-commit-hooks.yaml")}
    assert offered.keys() == {"jjbgen-check", "jjbgen-generate"}
    (local,) = loaded(new, ".pre-commit-config.yaml")["repos"]
    used = {hook["id"]: hook for hook in local["hooks"]}
    assert used.keys() == offered.keys()
    for name, hook in offered.items():
        assert (hook["language"], hook["pass_filenames"]) == ("python", False)
        shared = {key: hook[key] for key in hook if key != "description"}
        assert used[name] == {**shared, "additional_dependencies": [f"jjbgen=={__version__}"]}
        program, *words = hook["entry"].split()
        assert program == "jjbgen"
        assert run(new, *words).code == 0


def test_the_hooks_of_pre_commit_run_for_every_file_that_counts(new: Path) -> None:
    (pattern,) = {hook["files"] for hook in loaded(ROOT, ".pre-commit-hooks.yaml")}
    count = {"jjbgen.yaml", "plugins.yaml", "jjb/own.yaml", "templates/stages/build.groovy.j2"}
    count |= {path for path in read_tree(new) if path.startswith(("components/", "jobs-output/"))}
    assert all(re.search(pattern, path) for path in count)
    assert not any(re.search(pattern, path) for path in read_tree(new).keys() - count)


@pytest.fixture
def hooked(new: Path) -> Path:
    """A new config repo in a git repository with hooks, and one commit."""
    GitRepo.init(new).commit(message="First")
    githooks.write(githooks.missing(new))
    return new


def subject(root: Path) -> str:
    """What the newest commit is about."""
    return child(root, "git", "log", "-1", "--format=%s").stdout.strip()


def test_a_new_repo_gets_hooks_on_request_and_passes_them(tmp_path: Path) -> None:
    root = GitRepo.init(tmp_path / "config").path
    outcome = run(tmp_path, "init", "config", "--git-hooks")
    assert outcome.code == 0
    assert [line for line in outcome.out.splitlines() if ".git/" in line] == [
        f"create {root / '.git/hooks' / name}" for name in ("pre-commit", "pre-push")
    ]
    first = commit(root, "First")
    assert (first.returncode, subject(root)) == (0, "First"), first.stderr


def test_the_git_hooks_are_right(hooked: Path) -> None:
    for name in ("pre-commit", "pre-push"):
        hook = hooked / ".git/hooks" / name
        assert os.access(hook, os.X_OK)
        checked = child(hooked, "shellcheck", str(hook))
        assert checked.returncode == 0, checked.stdout


def test_a_commit_with_a_broken_descriptor_is_refused(hooked: Path) -> None:
    edit(hooked, BROKEN)
    refused = commit(hooked)
    assert refused.returncode != 0
    assert COMPLAINT in refused.stderr
    assert subject(hooked) == "First"


def test_a_commit_without_what_is_generated_is_refused(hooked: Path) -> None:
    edit(hooked, CHANGED)
    refused = commit(hooked)
    assert refused.returncode != 0
    assert "update jobs-output/hello/hello-publish.groovy" in refused.stderr
    run(hooked, "generate")
    assert commit(hooked, "Second").returncode == 0


def test_what_is_staged_counts_and_not_what_lies_in_the_checkout(hooked: Path) -> None:
    edit(hooked, BROKEN)
    child(hooked, "git", "add", "--all")
    edit(hooked, {new: old for old, new in BROKEN.items()})
    assert child(hooked, "git", "commit", "--quiet", "--message=Second").returncode != 0
    child(hooked, "git", "add", "--all")
    edit(hooked, BROKEN)
    assert child(hooked, "git", "commit", "--quiet", "--allow-empty", "--message=Second").returncode == 0


def test_a_push_of_a_broken_commit_is_refused_and_a_tag_or_a_deletion_is_not(hooked: Path, tmp_path: Path) -> None:
    GitRepo.init(tmp_path / "origin.git", bare=True)
    push = ("git", "push", "--quiet", str(tmp_path / "origin.git"))
    assert child(hooked, *push, "main:wanted").returncode == 0
    edit(hooked, BROKEN)
    child(hooked, "git", "commit", "--quiet", "--all", "--no-verify", "--message=Second")
    child(hooked, "git", "tag", "old")
    refused = child(hooked, *push, "HEAD:refs/for/main")
    assert refused.returncode != 0
    assert COMPLAINT in refused.stderr
    assert child(hooked, *push, "old").returncode == 0
    assert child(hooked, *push, "HEAD~1:refs/for/main", ":wanted").returncode == 0


def test_a_branch_without_a_config_repo_is_none_of_the_hooks_business(hooked: Path) -> None:
    child(hooked, "git", "checkout", "--quiet", "--orphan", "pages")
    child(hooked, "git", "rm", "--quiet", "-rf", ".")
    write_tree(hooked, {"index.html": "x\n"})
    assert commit(hooked, "Pages").returncode == 0


def test_a_venv_that_comes_with_a_commit_is_not_run(hooked: Path) -> None:
    fake = write_tree(hooked, {".venv/bin/jjbgen": "#!/bin/sh\ntouch ran\n"}) / ".venv/bin/jjbgen"
    fake.chmod(0o755)
    assert commit(hooked, "Nothing").returncode != 0
    child(hooked, "git", "commit", "--quiet", "--allow-empty", "--message=By the venv")
    assert (hooked / "ran").exists()
    (hooked / "ran").unlink()
    child(hooked, "git", "add", "--force", ".venv")
    assert child(hooked, "git", "commit", "--quiet", "--message=Second").returncode == 0
    assert not (hooked / "ran").exists()


def test_without_jjbgen_a_hook_says_what_to_do(hooked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("git", "sh"):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    refused = child(hooked, "git", "commit", "--quiet", "--allow-empty", "--message=Second")
    assert refused.returncode != 0
    assert refused.stderr == "jjbgen is not installed: see README.md, or skip this hook with --no-verify\n"


def test_a_config_repo_in_a_folder_of_a_repository_has_hooks_too(tmp_path: Path) -> None:
    GitRepo.init(tmp_path)
    assert run(tmp_path, "init", "it's/a $folder", "--git-hooks").code == 0
    root = tmp_path / "it's/a $folder"
    assert commit(root, "First").returncode == 0
    edit(root, BROKEN)
    assert COMPLAINT in commit(root).stderr
    assert run(tmp_path, "init", "other", "--git-hooks").code == ExitCode.REFUSED
    assert not (tmp_path / "other").exists()


def test_a_config_repo_that_is_in_use_gets_the_hooks_alone(new: Path) -> None:
    GitRepo.init(new).commit()
    edit(new, {"My platform": "Our platform"}, "jjbgen.yaml")
    before = read_tree(new / "components")
    assert run(new.parent, "init", "config").code == ExitCode.REFUSED
    outcome = run(new, "init", ".", "--git-hooks")
    assert outcome.out.splitlines() == [f"create {new / '.git/hooks' / name}" for name in ("pre-commit", "pre-push")]
    assert read_tree(new / "components") == before
    assert run(new, "init", ".", "--git-hooks").out == "everything is there already\n"


@pytest.mark.parametrize("text", ["#!/bin/sh\necho mine\n", "a link"])
def test_a_hook_of_others_is_not_overwritten(tmp_path: Path, text: str) -> None:
    GitRepo.init(tmp_path)
    hook = tmp_path / ".git/hooks/pre-push"
    hook.parent.mkdir()
    if text == "a link":
        hook.symlink_to("nowhere")
    else:
        hook.write_text(text)
    outcome = run(tmp_path, "init", "config", "--git-hooks")
    assert outcome.code == ExitCode.REFUSED
    assert str(hook) in outcome.err
    assert not (tmp_path / "config").exists()
    assert [path.name for path in hook.parent.iterdir()] == ["pre-push"]
    assert hook.is_symlink() or hook.read_text() == text


def test_a_hook_of_an_earlier_version_is_written_anew(hooked: Path) -> None:
    hook = hooked / ".git/hooks/pre-commit"
    text = hook.read_text()
    hook.write_text(f"{text}true\n")
    assert run(hooked, "init", ".", "--git-hooks").out == f"update {hook}\n"
    assert hook.read_text() == text == githooks.texts("")["pre-commit"]


def test_hooks_go_where_the_repository_has_them(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path)
    repo.git("config", "core.hooksPath", "my-hooks")
    assert run(tmp_path, "init", "config", "--git-hooks").code == 0
    assert sorted(path.name for path in (tmp_path / "my-hooks").iterdir()) == ["pre-commit", "pre-push"]
    repo.git("config", "core.hooksPath", os.devnull)
    assert run(tmp_path, "init", "other", "--git-hooks").code == ExitCode.REFUSED


def test_hooks_of_all_repositories_of_a_person_are_not_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(tmp_path, {"gitconfig": f"[core]\n\thooksPath = {tmp_path}/shared\n"})
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    GitRepo.init(tmp_path / "repo")
    outcome = run(tmp_path / "repo", "init", ".", "--git-hooks")
    assert outcome.code == ExitCode.REFUSED
    assert (
        outcome.err == f"core.hooksPath is {tmp_path}/shared for all repositories (global); set it for this one first\n"
    )
    assert sorted(path.name for path in (tmp_path / "repo").iterdir()) == [".git"]


@pytest.mark.parametrize("bare", [True, False])
def test_hooks_need_a_checkout(tmp_path: Path, *, bare: bool) -> None:
    if bare:
        GitRepo.init(tmp_path, bare=True)
    outcome = run(tmp_path, "init", "new", "--git-hooks")
    assert outcome.code == ExitCode.USAGE
    assert outcome.err.endswith("; --git-hooks needs a checkout, see `git init`\n")
    assert not (tmp_path / "new").exists()
