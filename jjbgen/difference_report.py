"""What `diff` and `impact` print: for people, for programs, and as a comment on a change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from jjbgen.difference import Change, Difference, FileChange, JobChange
from jjbgen.errors import escaped, plain
from jjbgen.impact import Reached

LONGEST = 14_000
"""Characters of a comment; Gerrit takes 16,384 bytes, GitHub 65,536."""

_SIGNS = {Change.ADDED: "+", Change.REMOVED: "-", Change.RENAMED: ">", Change.CHANGED: "~"}


def summary(found: Difference) -> str:
    """`2 jobs added, 1 changed; 5 files differ`."""
    counts = [(len(found.of(change)), change.value) for change in Change]
    parts = [f"{number} {word}" for number, word in counts if number]
    jobs = f"jobs: {', '.join(parts)}" if parts else "no job differs"
    files = len(found.files)
    return f"{jobs}; {files or 'no'} file{' differs' if files == 1 else 's differ'}"


def text(found: Difference) -> Iterator[str]:
    """The difference for people: the summary, each job, and then pipelines and hand-written files as diffs."""
    yield summary(found)
    for change in found.jobs:
        yield job_line(change)
        yield from (f"    {line}" for line in aspect_lines(change))
    for file in (*found.scripts, *found.handwritten):
        yield ""
        yield from map(plain, file.lines())


def job_line(change: JobChange) -> str:
    """`~ changed amf-nightly-main`, `> renamed amf-old to amf-new`."""
    name = change.name
    if change.change is Change.RENAMED and change.before:
        name = f"{change.before.full_name} to {change.name}"
    return plain(f"{_SIGNS[change.change]} {change.change.value} {name}")


def aspect_lines(change: JobChange) -> Iterator[str]:
    """`schedule: H 3 * * * -> H 5 * * *`, one line each."""
    for what, before, after in change.aspects():
        yield plain(f"{what}: {_short(before)} -> {_short(after)}")
    if change.script_changed and change.after:
        yield plain(f"pipeline: {change.after.script}")


def _short(value: str) -> str:
    line = escaped(value).replace("\\\\", "\\") if not value.isprintable() else value
    return line if len(line) <= 120 else f"{line[:119]}…"


def markdown(found: Difference, longest: int = LONGEST) -> str:
    """The difference as a comment: what is too long for it is left out from the end, and named."""
    heads = [f"**jjbgen**: {summary(found)}", ""]
    heads += [f"- {_code(job_line(change))}" for change in found.jobs]
    blocks = [
        _block("\n".join((job_line(each), *aspect_lines(each)))) for each in found.jobs if list(aspect_lines(each))
    ]
    blocks += [_diff_block(file) for file in (*found.scripts, *found.handwritten)]
    lines, left_out = _fitting(heads, longest - 200)
    room = longest - 200 - len("\n".join(lines))
    kept: list[str] = []
    for block in blocks:
        if left_out or len(block) + 2 > room:
            break
        kept.append(block)
        room -= len(block) + 2
    hidden = len(blocks) - len(kept)
    if left_out:
        lines.append(f"- … and {left_out} more jobs")
    if hidden:
        kept.append(f"… and {hidden} more differences; `jjbgen diff` shows all of them.")
    return "\n\n".join(("\n".join(lines), *kept)) + "\n"


def _fitting(lines: Sequence[str], room: int) -> tuple[list[str], int]:
    """As many lines as there is room for, and how many are left."""
    for number, line in enumerate(lines):
        room -= len(line) + 1
        if room < 0:
            return list(lines[:number]), len(lines) - number
    return list(lines), 0


def _code(line: str) -> str:
    """A line as code, whatever backquotes are in it."""
    fence = "`" * (_longest_run(line) + 1)
    return f"{fence} {line} {fence}" if "`" in line else f"`{line}`"


def _block(content: str, language: str = "text") -> str:
    fence = "`" * max(3, _longest_run(content) + 1)
    return f"{fence}{language}\n{content}\n{fence}"


def _diff_block(file: FileChange) -> str:
    return _block("\n".join(map(plain, file.lines())), "diff")


def _longest_run(content: str) -> int:
    """Of backquotes."""
    longest = run = 0
    for char in content:
        run = run + 1 if char == "`" else 0
        longest = max(longest, run)
    return longest


def as_json(found: Difference) -> dict[str, Any]:
    """The difference as JSON-able values."""
    return {
        "jobs": [_job_json(change) for change in found.jobs],
        "pipelines": [{"path": file.path, "diff": list(file.lines())} for file in found.scripts],
        "handwritten": [{"path": file.path, "diff": list(file.lines())} for file in found.handwritten],
        "files": list(found.files),
    }


def _job_json(change: JobChange) -> dict[str, Any]:
    aspects = [{"what": what, "before": before, "after": after} for what, before, after in change.aspects()]
    return {
        "name": change.name,
        "change": change.change.value,
        "former_name": change.before.full_name if change.change is Change.RENAMED and change.before else None,
        "controller": change.made.controller,
        "component": change.made.component.name,
        "aspects": aspects,
        "pipeline_changed": change.script_changed,
    }


def impact_lines(reached: Iterable[Reached], found: Difference) -> Iterator[str]:
    """Each job with the reasons, and files that no job is of."""
    listed = list(reached)
    for each in listed:
        yield plain(f"{job_line(each.job)}: {'; '.join(each.reasons)}")
    for file in found.handwritten:
        yield plain(f"~ changed {file.path}")
    yield summary(found)


def impact_json(reached: Iterable[Reached], found: Difference) -> dict[str, Any]:
    """The same as JSON-able values."""
    jobs = [{**_job_json(each.job), "reasons": list(each.reasons)} for each in reached]
    components = sorted({job["component"] for job in jobs})
    return {"components": components, "jobs": jobs, "files": list(found.files)}
