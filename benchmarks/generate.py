"""Time and memory from descriptors to XML, against `jenkins-jobs test` on the same output, for several sizes.

Each run is a whole process; both programs take turns. JJB starts from the finished YAML, jjbgen from the descriptors.
"""

from __future__ import annotations

import filecmp
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

JOBS = (250, 1_000, 4_000, 10_000)
PER_COMPONENT = 3.82
"""Jobs of the committed components, on average."""

ROUNDS = 3
"""How often everything is run; the median counts."""

ENOUGH = 240
"""Seconds after which nothing is run once more."""

COLD, UNCHANGED, CHANGED = "everything from nothing", "nothing changed", "one descriptor changed"
CHECK, CHECK_AGAIN, JJB = "check, from nothing", "check, nothing changed", "jenkins-jobs test"


class Run(NamedTuple):
    """What a process took."""

    seconds: float
    megabytes: float
    """At its peak, with all its processes; what they share counts once."""


class Row(NamedTuple):
    """The medians of several runs of a program on a config repo."""

    what: str
    jobs: int
    runs: int
    seconds: float
    megabytes: float


def config_repo(folder: Path, number: int) -> None:
    """A config repo with `number` components in the shape of the committed ones, each of its own."""
    for name in ("jjbgen.yaml", "plugins.yaml"):
        (folder / name).write_text((ROOT / name).read_text())
    components = folder / "components"
    components.mkdir()
    # Left out: what sets its jobs' names itself or names other components would clash or dangle in a copy.
    originals = [
        path
        for path in sorted((ROOT / "components").glob("*.yaml"))
        if "job-name" not in path.read_text() and "component:" not in path.read_text()
    ]
    for index in range(number):
        original = originals[index % len(originals)]
        name = f"{original.stem}-{index}"
        text = re.sub(rf"\b{re.escape(original.stem)}\b(?!/)", name, original.read_text())
        (components / f"{name}.yaml").write_text(text)


def measured(words: Sequence[str], folder: Path) -> Run:
    """Run a program that has to succeed."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
    start = time.perf_counter()
    process = subprocess.Popen(
        [str(BIN / words[0]), *words[1:]],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with ThreadPoolExecutor(1) as pool:
        peak = pool.submit(_peak, process)
        code = process.wait()
        took = time.perf_counter() - start
    if code:
        raise SystemExit(f"{' '.join(words)} ended with {code}")
    return Run(took, peak.result())


def _peak(process: subprocess.Popen[bytes]) -> float:
    """The most memory that a process is seen to have with all its own, until it ends; a look takes some of its time."""
    peak = 0.0
    while process.returncode is None:
        peak = max(peak, sum(_megabytes(pid) for pid in _with_children(process.pid)))
        time.sleep(0.02 if peak < 50 else 0.2)
    return peak


def _with_children(pid: int) -> Iterator[int]:
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return
    for child in children.split():
        yield from _with_children(int(child))


def _megabytes(pid: int) -> float:
    """The proportional set size of a process."""
    try:
        found = re.search(r"^Pss: +(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) / 1024 if found else 0


def _touch(folder: Path, number: int) -> None:
    """Change a descriptor, as a team does that gives its component another title."""
    path = sorted((folder / "components").iterdir())[number]
    path.write_text(re.sub("^title: .*$", f"title: Changed {number}", path.read_text(), count=1, flags=re.MULTILINE))


def _differences(first: Path, second: Path) -> list[str]:
    """The files of XML that are not the same in both folders."""
    names = {path.relative_to(top).as_posix() for top in (first, second) for path in top.rglob("config.xml")}
    equal, _, _ = filecmp.cmpfiles(first, second, names, shallow=False)
    return sorted(names - set(equal))


def one_round(folder: Path, number: int) -> dict[str, Run]:
    """Everything once; ends the program if JJB makes other XML than jjbgen."""
    generate = ("jjbgen", "generate", "-q", "--xml", "xml")
    runs = {COLD: measured(generate, folder), UNCHANGED: measured(generate, folder)}
    runs[CHECK_AGAIN] = measured(("jjbgen", "check", "-q"), folder)
    _touch(folder, number)
    runs[CHANGED] = measured(generate, folder)
    runs[CHECK] = measured(("jjbgen", "check", "-q", "--no-cache"), folder)
    jjb = ("jenkins-jobs", "test", "-r", "jobs-output", "-p", "plugins.yaml", "-o", "jjb-xml", "--config-xml")
    runs[JJB] = measured(jjb, folder)
    different = _differences(folder / "xml", folder / "jjb-xml")
    if different:
        raise SystemExit(f"JJB makes other XML: {', '.join(different[:5])}")
    return runs


def measure(folder: Path, jobs: int) -> list[Row]:
    """The medians for a config repo of about so many jobs.

    Each round has a folder of its own, and nothing is removed before the end: a file system without a journal, ext4 for
    one, takes ten times as long to make a folder where others were removed a minute ago.
    """
    start = time.perf_counter()
    rounds: list[dict[str, Run]] = []
    while len(rounds) < ROUNDS and time.perf_counter() - start < ENOUGH:
        here = folder / str(len(rounds))
        here.mkdir(parents=True)
        config_repo(here, round(jobs / PER_COMPONENT))
        rounds.append(one_round(here, len(rounds)))
    return [
        Row(
            what,
            jobs,
            len(rounds),
            statistics.median(each[what].seconds for each in rounds),
            statistics.median(each[what].megabytes for each in rounds),
        )
        for what in rounds[0]
    ]
