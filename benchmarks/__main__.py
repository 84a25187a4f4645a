"""Measure everything and write docs/benchmarks.md and its chart: `python -m benchmarks [JOBS]...`."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path

from benchmarks import chart, generate, update, versions
from benchmarks.generate import CHANGED, CHECK, CHECK_AGAIN, COLD, JJB, JOBS, ROOT, UNCHANGED, Row

PUSHED = 2_000
"""Jobs of the config repo that is pushed to a controller."""

TEXT = """\
# How fast it is

Written by `make benchmark`; {rounds}. {date}, {machine}, Python {python}, JJB {jjb}.

Everything is a whole process, and the programs took turns. The components have the shapes of those in `components/`,
each with names of its own. `jenkins-jobs test --config-xml` starts from the finished YAML in `jobs-output/`; jjbgen
starts from the descriptors, checks them, writes `jobs-output/` and the same XML, byte for byte; it ends when a
file differs. Memory is the peak of all processes of a program together (PSS).

![Seconds against jobs](benchmarks.svg)

## From descriptors to XML

{table}

`from nothing` is a first run: no output and nothing remembered. For `one descriptor changed` and `nothing changed`
jjbgen knows what it made at the last run (see [development.md](development.md)). A job of the largest repo takes
{growth:.2f} times as long as one of a repo of {small:,} jobs.

## A controller of {pushed:,} jobs and views

The controller is one of the tests', in a process of its own on the same machine. Agents are fresh: neither program
finds anything on the disk. What jjbgen knows of its last update stands on the controller (see
[controllers.md](controllers.md)).

One that answers at once, which no Jenkins does:

{at_once}

One that takes the time of the recorded Jenkins 2.516.2: 6 ms to answer, 13.5 ms to write, two creates and one update at
a time however many are asked for, and 0.6 ms for each job of a list:

{at_pace}

## Starting

{starts}
"""


def main() -> None:
    """Measure, and write the page."""
    sizes = [int(word) for word in sys.argv[1:]] or list(JOBS)
    # A developer's environment may keep Python from keeping what it compiles, which no installed program suffers from.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        for jobs in sizes:
            rows += generate.measure(Path(name) / str(jobs), jobs)
            for row in rows[-6:]:
                print(f"{row.jobs:>6} {row.seconds:8.2f} s {row.megabytes:6.0f} MB  {row.what}", flush=True)
    pushed, at_once, at_pace = update.tables(round(PUSHED / generate.PER_COMPONENT))
    print(at_once, at_pace, sep="\n\n")
    starts = versions.table()
    print(starts)
    small, large = min(sizes, key=lambda size: abs(size - 1_000)), max(sizes)
    per_job = {row.jobs: row.seconds / row.jobs for row in rows if row.what == COLD}
    text = TEXT.format(
        rounds=f"the median of up to {generate.ROUNDS} runs",
        date=datetime.now(tz=timezone.utc).date(),
        machine=f"{os.cpu_count()} cores, {_processor()}",
        python=platform.python_version(),
        jjb=version("jenkins-job-builder"),
        table=_table(rows, sizes),
        growth=per_job[large] / per_job[small],
        small=small,
        pushed=pushed,
        at_once=at_once,
        at_pace=at_pace,
        starts=starts,
    )
    (ROOT / "docs/benchmarks.md").write_text(text)
    lines = {
        what: [(row.jobs, row.seconds) for row in rows if row.what == what] for what in (JJB, COLD, CHANGED, UNCHANGED)
    }
    (ROOT / "docs/benchmarks.svg").write_text(chart.svg(lines))


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def _table(rows: Iterable[Row], sizes: Sequence[int]) -> str:
    found = {(row.jobs, row.what): row for row in rows}
    lines = [
        "| jobs | what | runs | time | JJB takes | memory | of JJB's |",
        "| ---: | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for jobs in sizes:
        theirs = found[jobs, JJB]
        for what in (JJB, COLD, CHANGED, UNCHANGED, CHECK, CHECK_AGAIN):
            row = found[jobs, what]
            compared = what in (COLD, CHANGED, UNCHANGED)
            times = f"{theirs.seconds / row.seconds:.0f} times as long" if compared else ""
            share = f"{row.megabytes / theirs.megabytes:.0%}" if what == COLD else ""
            lines.append(
                f"| {jobs:,} | {what} | {row.runs} | {row.seconds:.2f} s | {times} | {row.megabytes:.0f} MB | {share} |"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
