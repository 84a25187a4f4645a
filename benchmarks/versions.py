"""Time `jjbgen --help`, and `jjbgen version gate` and `history` on made repositories.

The gate runs in every publish pipeline; its target is a whole process in under 150 ms on 1,000 commits.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROUNDS = 11
RELEASE_EVERY = 10
"""Every tenth commit is a release with a tag; the one after it begins the next version."""


def stream(commits: int) -> Iterator[str]:
    """A history for `git fast-import`: one file changes in each commit, VERSION around each release."""
    for number in range(commits):
        patch, step = divmod(number, RELEASE_EVERY)
        version = f"1.0.{patch}" + ("" if step == RELEASE_EVERY - 1 else "-dev")
        files = {"VERSION": f"{version}\n", "go.mod": "module example.org/x\n", f"src/{number % 50}.txt": f"{number}\n"}
        yield f"commit refs/heads/main\nmark :{number + 1}\n"
        yield f"committer Dev <dev@example.org> {1_600_000_000 + number} +0000\ndata 6\nChange\n"
        for path, text in files.items():
            yield f"M 100644 inline {path}\ndata {len(text)}\n{text}\n"
        if step == RELEASE_EVERY - 1:
            yield f"tag v{version}\nfrom :{number + 1}\n"
            yield "tagger Dev <dev@example.org> 1600000000 +0000\ndata 7\nRelease\n"


def repository(folder: Path, commits: int) -> Path:
    """A clone with a history of that length."""
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", str(folder)], check=True)
    subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, input="".join(stream(commits)).encode(), check=True)
    subprocess.run(["git", "reset", "--quiet", "--hard", "main"], cwd=folder, check=True)
    return folder


def median(words: list[str], folder: Path) -> float:
    """Milliseconds that a command takes as a whole process, after one run that is not counted."""
    times = []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        subprocess.run(words, cwd=folder, stdout=subprocess.DEVNULL, check=False)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times[1:])


def table() -> str:
    """What starting takes, as a table in Markdown."""
    jjbgen = str(Path(sys.executable).with_name("jjbgen"))
    click = [sys.executable, "-c", "import click"]
    with tempfile.TemporaryDirectory() as scratch:
        repositories = {commits: repository(Path(scratch) / str(commits), commits) for commits in (1_000, 10_000)}
        rows = {'`python -c "import click"`': median(click, Path(scratch))}
        rows["`jjbgen --help`"] = median([jjbgen, "--help"], Path(scratch))
        for commits, folder in repositories.items():
            rows[f"`jjbgen version gate`, {commits:,} commits"] = median([jjbgen, "version", "gate"], folder)
            rows[f"`jjbgen version history`, {commits:,} commits"] = median([jjbgen, "version", "history"], folder)
    least = next(iter(rows.values()))
    lines = ["| what | time | of the first |", "| --- | ---: | ---: |"]
    lines += [f"| {what} | {took:.0f} ms | {took / least:.1f} times |" for what, took in rows.items()]
    return "\n".join(lines)
