"""XML through JJB as a library, against JJB's own command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers import ROOT, config_repo, read_tree, run, write_tree

JENKINS_JOBS = Path(sys.executable).with_name("jenkins-jobs")


def jenkins_jobs_test(root: Path, output: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the real `jenkins-jobs test` on a config repo's output."""
    words = [str(JENKINS_JOBS), "test", "-r", "jobs-output", *options, "-o", str(output), "--config-xml"]
    environment = {**os.environ, "XDG_CACHE_HOME": str(output.with_name("cache"))}
    return subprocess.run(words, cwd=root, capture_output=True, text=True, check=False, env=environment)


@pytest.mark.parametrize("options", [(), ("-p", "plugins.yaml")], ids=["without plugins", "with the pinned plugins"])
def test_xml_of_this_repository_is_byte_for_byte_that_of_jenkins_jobs(options: tuple[str, ...], tmp_path: Path) -> None:
    theirs = jenkins_jobs_test(ROOT, tmp_path / "theirs", *options)
    assert theirs.returncode == 0, theirs.stderr
    assert run(ROOT, "xml", "-o", str(tmp_path / "ours")).code == 0
    expected = read_tree(tmp_path / "theirs")
    assert read_tree(tmp_path / "ours") == expected
    assert len(expected) > 60


def test_xml_in_folders_is_byte_for_byte_that_of_jenkins_jobs(tmp_path: Path) -> None:
    case = ROOT / "tests/cases/folder"
    root = config_repo(tmp_path / "repo", {p.relative_to(case).as_posix(): p.read_text() for p in case.rglob("*.yaml")})
    (root / "components/widget.yaml").unlink()
    assert run(root, "generate").code == 0
    assert jenkins_jobs_test(root, tmp_path / "theirs").returncode == 0
    assert run(root, "xml", "-o", str(tmp_path / "ours")).code == 0
    assert read_tree(tmp_path / "ours") == read_tree(tmp_path / "theirs")
    assert (tmp_path / "ours/platform/ci/by-hand/config.xml").is_file()


def test_writing_xml_again_leaves_equal_files_alone(tmp_path: Path) -> None:
    root = config_repo(tmp_path)
    run(root, "generate")
    run(root, "xml", "-o", str(root / "xml"))
    before = {path: path.stat().st_mtime_ns for path in (root / "xml").rglob("config.xml")}
    run(root, "xml", "-o", str(root / "xml"))
    assert {path: path.stat().st_mtime_ns for path in (root / "xml").rglob("config.xml")} == before
    assert before


def test_a_file_of_the_same_name_in_the_current_folder_is_not_included(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = config_repo(tmp_path / "repo")
    run(root, "generate")
    elsewhere = write_tree(tmp_path / "cwd", {"widget-pre-merge.groovy": "evil()\n"})
    monkeypatch.chdir(elsewhere)
    assert run(root, "xml", "-o", str(tmp_path / "xml")).code == 0
    assert "evil" not in "".join(read_tree(tmp_path / "xml").values())


def test_settings_of_the_machine_do_not_change_the_xml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = config_repo(tmp_path / "repo")
    run(root, "generate")
    run(root, "xml", "-o", str(tmp_path / "plain"))
    ini = "[job_builder]\nkeep_descriptions=True\nallow_duplicates=True\n"
    monkeypatch.setenv("HOME", str(write_tree(tmp_path / "home", {".config/jenkins_jobs/jenkins_jobs.ini": ini})))
    run(root, "xml", "-o", str(tmp_path / "with-ini"))
    assert read_tree(tmp_path / "plain") == read_tree(tmp_path / "with-ini")
