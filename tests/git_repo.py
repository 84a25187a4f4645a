"""Git repositories for tests: real ones in temporary folders, with dates and people that never change."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

Files = Mapping[str, str | bytes | None]
"""What a commit writes, by path; None removes a file."""

NO_SETTINGS = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
"""Keeps the settings of the person who runs the tests out of them."""

_SECOND_ZERO = 1_700_000_000


def forget_git(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without what it says to git."""
    return {name: value for name, value in environment.items() if not name.startswith("GIT_") and name != "EMAIL"}


class GitRepo:
    """A repository, and a checkout of it unless it is bare."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._second = _SECOND_ZERO

    @classmethod
    def init(cls, path: Path, *, bare: bool = False) -> GitRepo:
        """A new repository with the branch `main`."""
        path.mkdir(parents=True, exist_ok=True)
        repo = cls(path)
        repo.git("init", "--quiet", "--template=", "--initial-branch=main", *(["--bare"] if bare else []))
        return repo

    def git(self, *words: str, stdin: bytes | None = None) -> str:
        """What `git words…` prints, without the newline at the end."""
        self._second += 60
        date = f"{self._second} +0000"
        environment = {**forget_git(os.environ), **NO_SETTINGS, "LC_ALL": "C"}
        for who in ("AUTHOR", "COMMITTER"):
            environment |= {
                f"GIT_{who}_NAME": "Dev",
                f"GIT_{who}_EMAIL": "dev@example.org",
                f"GIT_{who}_DATE": date,
            }
        done = subprocess.run(
            ["git", "-c", "core.fsync=none", "-c", "gc.auto=0", *words],
            cwd=self.path,
            env=environment,
            input=stdin or b"",
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise AssertionError(f"git {' '.join(words)}: {done.stderr.decode()}")
        return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")

    def write(self, files: Files) -> None:
        """Change files of the checkout."""
        for path, text in files.items():
            target = self.path / path
            if text is None:
                target.unlink()
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))

    def commit(self, files: Files | None = None, message: str = "Change") -> str:
        """Commit the checkout with changed `files`; returns the commit."""
        self.write(files or {})
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--no-verify", f"--message={message}")
        return self.id()

    def versions(self, *values: str | None) -> list[str]:
        """A commit for each value of VERSION; None changes another file."""
        return [
            self.commit({"VERSION": f"{value}\n"} if value else {"work.txt": f"{number} {self._second}\n"})
            for number, value in enumerate(values)
        ]

    def history(self, steps: Sequence[tuple[str | None, Sequence[str]]]) -> list[str]:
        """More commits on `main` by one process: each the text of VERSION (None: unchanged), and its annotated tags."""
        stream: list[str] = []
        before = ["from refs/heads/main^0"] if self.git("for-each-ref", "refs/heads/main") else []
        for number, (text, tags) in enumerate(steps, 1):
            date = f"Dev <dev@example.org> {_SECOND_ZERO + number} +0000"
            stream += ["commit refs/heads/main", f"mark :{number}", f"committer {date}", "data 1", "x"]
            stream += before if number == 1 else []
            if text is not None:
                stream += ["M 100644 inline VERSION", f"data {len(text.encode())}", text]
            stream += [f"M 100644 inline work.txt\ndata {len(str(number))}\n{number}", ""]
            for tag in tags:
                stream += [f"tag {tag}", f"from :{number}", f"tagger {date}", "data 1", "x"]
        self.git("fast-import", "--quiet", stdin="\n".join([*stream, ""]).encode())
        self.git("reset", "--quiet", "--hard", "main")
        return self.git("rev-list", "--first-parent", "--reverse", "main").split()

    def id(self, revision: str = "HEAD") -> str:
        """The commit that a revision leads to."""
        return self.git("rev-parse", "--verify", f"{revision}^{{commit}}")

    def tag(self, name: str, revision: str = "HEAD", *, annotated: bool = True) -> None:
        """Tag a commit."""
        self.git("tag", *(["--annotate", "--message=x"] if annotated else []), name, revision)

    def tags(self) -> dict[str, str]:
        """The commits of all tags, by name."""
        listed = self.git("for-each-ref", "--format=%(refname:strip=2)", "refs/tags").split()
        return {name: self.id(f"refs/tags/{name}") for name in listed}

    def branch(self, name: str, start: str = "HEAD") -> None:
        """Create a branch and check it out."""
        self.git("checkout", "--quiet", "--no-track", "-b", name, start)

    def checkout(self, revision: str) -> None:
        """Check out a branch, or a commit with a detached HEAD."""
        self.git("checkout", "--quiet", revision)

    def merge(self, other: str, files: Files | None = None) -> str:
        """Merge another branch with a merge commit, which may change `files`; its side wins where both differ."""
        self.git("merge", "--quiet", "--no-ff", "--no-commit", "-X", "theirs", other)
        return self.commit(files, f"Merge {other}")

    def remote(self, path: Path) -> GitRepo:
        """A bare repository with all of this one, as its `origin`."""
        bare = GitRepo.init(path, bare=True)
        self.git("remote", "add", "origin", str(path))
        self.git("push", "--quiet", "origin", "--all")
        self.git("push", "--quiet", "origin", "--tags")
        self.git("fetch", "--quiet", "origin")
        return bare

    def clone(self, path: Path, *words: str, depth: int | None = None) -> GitRepo:
        """A clone; with `depth` a shallow one, for which git needs a URL."""
        shallow = [f"--depth={depth}"] if depth else []
        self.git("clone", "--quiet", "--template=", *shallow, *words, f"file://{self.path}", str(path))
        clone = GitRepo(path)
        clone._second = self._second + 7
        return clone

    def worktree(self, path: Path, revision: str = "HEAD") -> GitRepo:
        """One more checkout, with a detached HEAD."""
        self.git("worktree", "add", "--quiet", "--detach", str(path), revision)
        return GitRepo(path)

    def hook(self, name: str, script: str) -> None:
        """A hook of a bare repository."""
        target = self.path / "hooks" / name
        target.parent.mkdir(exist_ok=True)
        target.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        target.chmod(0o755)
