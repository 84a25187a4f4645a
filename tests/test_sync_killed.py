"""An update that is killed at any of its requests: the next one brings the controller to where it would have been."""

from __future__ import annotations

import copy
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract_jenkins import ADMIN, ContractJenkins
from tests.helpers import COMPONENT, SETTINGS, config_repo, run
from tests.jenkins_faults import Fault
from tests.jenkins_state import Group

SMALL = COMPONENT.replace("  post-merge:\n  publish:\n", "")
BEFORE = {"widget": SMALL, "gadget": SMALL.replace("widget", "gadget")}
"""What was on the controller before the run: one job each will be updated, and deleted."""
AFTER = {"widget": SMALL.replace("[build]", "[all]"), "extra": SMALL.replace("widget", "extra")}
FOREIGN = "<flow-definition><description>by hand</description></flow-definition>"
REQUESTS = 9
"""Of the undisturbed run: two listings, the plugins, two jobs, two views, and a view and a job that are deleted."""


def config(root: Path, components: dict[str, str]) -> Path:
    """A config repo in which only these components are left, generated."""
    settings = SETTINGS.replace("owner: example}", "owner: example, folder: ci}")
    config_repo(
        root, {"jjbgen.yaml": settings, **{f"components/{name}.yaml": text for name, text in components.items()}}
    )
    for path in (root / "components").iterdir():
        if path.stem not in components:
            path.unlink()
    assert run(root, "generate").code == 0
    return root


@pytest.fixture
def before(tmp_path: Path) -> Path:
    return config(tmp_path / "before", BEFORE)


@pytest.fixture
def after(tmp_path: Path) -> Path:
    return config(tmp_path / "after", AFTER)


@pytest.fixture
def jenkins(monkeypatch: pytest.MonkeyPatch) -> Iterator[ContractJenkins]:
    with ContractJenkins() as running:
        monkeypatch.setenv("JENKINS_URL", running.url)
        monkeypatch.setenv("JENKINS_USER", ADMIN.name)
        monkeypatch.setenv("JENKINS_API_TOKEN", ADMIN.token)
        yield running


UPDATE = ("update", "--prune", "--prune-limit", "9", "--workers", "1")


def begun(jenkins: ContractJenkins, before: Path) -> Group:
    """The state that runs start from, with a job of somebody else."""
    jenkins.add_item("ci", "<com.cloudbees.hudson.plugins.folder.Folder/>")
    jenkins.add_item("ci/theirs", FOREIGN, saved=False)
    assert run(before, "update").code == 0
    return copy.deepcopy(jenkins.state.root)


def reset(jenkins: ContractJenkins, state: Group) -> None:
    """Put the controller back to a state."""
    with jenkins.lock:
        jenkins.state.root = copy.deepcopy(state)
        jenkins.faults.clear()
    jenkins.reset_log()


def state(jenkins: ContractJenkins) -> tuple[dict[str, str], dict[str, str]]:
    return jenkins.items(), jenkins.views("ci")


def killed(jenkins: ContractJenkins, root: Path, number: int, *, after: bool) -> None:
    """Run an update, and kill it while it waits for the answer to one of its requests."""
    jenkins.faults.append(Fault("hang", on=number, after=after))
    words = [sys.executable, "-m", "jjbgen", "-C", str(root), *UPDATE]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        assert jenkins.hanging.acquire(timeout=60), f"there is no request {number}"
        os.kill(child.pid, signal.SIGKILL)
    jenkins.faults.clear()


def test_wherever_a_run_is_killed_the_next_one_ends_where_it_would_have(
    jenkins: ContractJenkins, before: Path, after: Path
) -> None:
    beginning = begun(jenkins, before)
    reset(jenkins, beginning)
    assert run(after, *UPDATE).code == 0
    wanted, requests = state(jenkins), len(jenkins.requests)
    assert requests == REQUESTS
    assert set(wanted[0]) == {"ci", "ci/theirs", "ci/widget-pre-merge-main", "ci/extra-pre-merge-main"}
    theirs = wanted[0]["ci/theirs"]
    for number in range(1, requests + 1):
        for effect in (False, True):
            reset(jenkins, beginning)
            killed(jenkins, after, number, after=effect)
            assert run(after, *UPDATE).code == 0, (number, effect)
            assert state(jenkins) == wanted, (number, effect)
            assert jenkins.config("ci/theirs") == theirs
            jenkins.reset_log()
            assert run(after, *UPDATE).code == 0
            assert len(jenkins.requests) == 1, (number, effect)
