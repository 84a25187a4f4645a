"""A small platform for tests: a config repo, its components' repositories, a Jenkins that runs the generated jobs.

The jobs are those that JJB makes of the output, the repositories are real, and so are the shells; only what a program
of the outside world would do (Maven, npm, Kind, …) is done by a script of the test.
"""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jjbgen import generate, jjb, outputs
from jjbgen.places import OUTPUT
from tests.git_repo import Files, GitRepo
from tests.helpers import config_repo
from tests.pipeline_runner.job import Job, read_tree
from tests.pipeline_runner.runner import Build, Credential, PipelineRunner, Run

HOSTS = {"review": "https://review.example.org", "github": "https://github.com"}
"""The code hosts of `helpers.SETTINGS`; on the agent git finds their repositories in a folder."""

PASSWORD = "correct-horse-battery"  # noqa: S105 - of nobody
CREDENTIALS: Mapping[str, Credential] = {
    "hub-push": {"username": "robot", "password": PASSWORD},
    "lab": {"content": f"apiVersion: v1\ntoken: {PASSWORD}\n"},
}
"""What Jenkins has for the credentials ids of `helpers.SETTINGS`."""


class Platform:
    """All of it, in a folder of the test."""

    def __init__(
        self,
        folder: Path,
        runner: PipelineRunner,
        components: Mapping[str, str],
        files: Mapping[str, str] | None = None,
        hosts: Mapping[str, str] = HOSTS,
    ) -> None:
        self.folder = folder
        self._runner = runner
        descriptors = {f"components/{name}.yaml": text for name, text in components.items()}
        root = config_repo(folder / "config", {**descriptors, **(files or {})})
        if "widget" not in components:
            (root / "components/widget.yaml").unlink()
        checked = generate.checked(root)
        outputs.apply(root / OUTPUT, generate.changes(checked))
        self.jobs: dict[str, Job] = read_tree(root, checked.inputs.plugins, jjb.tree(root / OUTPUT))
        agents = checked.inputs.settings.project.agents.values()
        self._labels = tuple(agent.label for agent in agents)
        self._builds: dict[str, int] = {}
        self.bin = folder / "agent/bin"
        self.home = folder / "agent/home"
        for path in (self.bin, self.home):
            path.mkdir(parents=True)
        for name, url in hosts.items():
            GitRepo(self.home).git(
                "config",
                "--file",
                str(self.home / ".gitconfig"),
                f"url.file://{folder}/git/{name}/.insteadOf",
                f"{url}/",
            )

    def program(self, name: str, script: str) -> None:
        """A program of the agent."""
        target = self.bin / name
        target.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        target.chmod(0o755)

    def repository(self, project: str, files: Files, *, host: str = "review") -> Repository:
        """A component's repository with its first commit on `main`."""
        suffix = ".git" if host == "github" else ""
        remote = GitRepo.init(self.folder / f"git/{host}/{project}{suffix}", bare=True)
        clone = GitRepo.init(self.folder / f"clones/{project}")
        clone.git("remote", "add", "origin", str(remote.path))
        repository = Repository(project, clone, remote)
        repository.merge(files)
        return repository

    def build(self, job: str, **values: Any) -> Build:
        """The next build of a job, with the job's defaults for its parameters."""
        self._builds[job] = self._builds.get(job, 0) + 1
        environment = {
            "PATH": f"{self.bin}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "USER": "jenkins",
            **values.pop("agent", {}),
        }
        parameters = {**self.jobs[job].parameters, **values.pop("parameters", {})}
        plain = Build(
            folder=self.folder / "jenkins" / job,
            name=job,
            number=self._builds[job],
            parameters=parameters,
            agent=environment,
            labels=self._labels,
            credentials=CREDENTIALS,
        )
        return dataclasses.replace(plain, **values)

    def start(self, job: str, **values: Any) -> Run:
        """Build a job; `values` are fields of Build."""
        return self.run(self.build(job, **values))

    def run(self, build: Build) -> Run:
        """Run a build of one of the jobs."""
        return self._runner.run(self.jobs[build.name].script, build)

    def validate(self, job: str) -> None:
        """Assert that Jenkins takes the pipeline of a job, and that nothing in it is overlooked."""
        verdict = self._runner.validate(self.jobs[job].script)
        assert (verdict.errors, verdict.oversights) == ((), ())


class Repository:
    """A component's repository: a clone of the team's, and the code host's side."""

    def __init__(self, project: str, clone: GitRepo, remote: GitRepo) -> None:
        self.project = project
        self.clone = clone
        self.remote = remote
        self._changes = 0

    def merge(self, files: Files | None = None, message: str = "Change") -> dict[str, str]:
        """A commit on `main`; returns what Gerrit's trigger tells of its merge."""
        commit = self.clone.commit(files, message)
        self.clone.git("push", "--quiet", "origin", "main")
        return {**self._event("change-merged", commit, message), "GERRIT_NEWREV": commit}

    def propose(self, files: Files, message: str = "Change") -> dict[str, str]:
        """A patch set on top of `main`; returns what Gerrit's trigger tells of it."""
        self._changes += 1
        self.clone.git("checkout", "--quiet", "--detach", "origin/main")
        commit = self.clone.commit(files, message)
        reference = f"refs/changes/{self._changes:02}/{self._changes}/1"
        self.clone.git("push", "--quiet", "origin", f"HEAD:{reference}")
        self.clone.git("checkout", "--quiet", "main")
        event = self._event("patchset-created", commit, message)
        return {**event, "GERRIT_REFSPEC": reference, "GERRIT_PATCHSET_NUMBER": "1"}

    def pull_request(self, files: Files, title: str = "Change") -> dict[str, str]:
        """A pull request on top of `main`; returns what ghprb tells of it."""
        self._changes += 1
        self.clone.git("checkout", "--quiet", "--detach", "origin/main")
        commit = self.clone.commit(files, title)
        self.clone.git("push", "--quiet", "origin", f"HEAD:refs/pull/{self._changes}/head")
        self.clone.git("checkout", "--quiet", "main")
        return {
            "ghprbActualCommit": commit,
            "ghprbPullId": str(self._changes),
            "ghprbPullTitle": title,
            "ghprbSourceBranch": "topic",
            "ghprbTargetBranch": "main",
        }

    def _event(self, kind: str, commit: str, message: str) -> dict[str, str]:
        return {
            "GERRIT_BRANCH": "main",
            "GERRIT_CHANGE_SUBJECT": message,
            "GERRIT_EVENT_TYPE": kind,
            "GERRIT_PATCHSET_REVISION": commit,
            "GERRIT_PROJECT": self.project,
        }
