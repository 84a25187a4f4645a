"""Jenkins' validator of declarative pipelines, as far as the recorded exchanges go: it finds unknown sections.

The words are the recorded ones (`tests/jenkins_contract/exchanges.json`). The real one finds much more: what it says of
95 pipelines is in `declarative-validation.json`, and nothing here is a test of a pipeline.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_SECTIONS = frozenset(
    ["agent", "environment", "libraries", "options", "parameters", "post", "stages", "tools", "triggers", "when"]
)


def validated(jenkinsfile: str) -> str:
    """What the validator says."""
    found = "".join(_problems(jenkinsfile.splitlines()))
    return f"Errors encountered validating Jenkinsfile:\n{found}" if found else "Jenkinsfile successfully validated.\n"


def _problems(lines: list[str]) -> Iterator[str]:
    sections = list(_sections(lines))
    for number, name in sections:
        if name not in _SECTIONS:
            yield _problem(lines, number, f'Undefined section "{name}"')
    if sections and "stages" not in (name for _, name in sections):
        yield _problem(lines, 1, 'Missing required section "stages"')
    for number, line in enumerate(lines, 1):
        if re.match(r"\s*when \{.*\} steps \{", line):
            yield from _crowded(lines, number)


def _sections(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Number of the line and name of what is directly below `pipeline`."""
    depth = 0
    for number, line in enumerate(lines, 1):
        found = re.match(r"\s*(\w+)", line)
        if depth == 1 and found:
            yield number, found.group(1)
        depth += line.count("{") - line.count("}")


def _crowded(lines: list[str], number: int) -> Iterator[str]:
    """What it says of two sections on one line."""
    stage = max((at for at, line in enumerate(lines[:number], 1) if line.lstrip().startswith("stage(")), default=number)
    name = "".join(re.findall(r"[\"']([^\"']*)", lines[stage - 1])[:1])
    yield _problem(lines, number, "Expected a symbol")
    yield _problem(
        lines,
        stage,
        'Unknown stage section "error". Starting with version 0.5, steps in a stage must be in a'
        " \u2018steps\u2019 block.",
    )
    yield _problem(lines, stage, f'Expected one of "steps", "stages", or "parallel" for stage "{name}"')


def _problem(lines: list[str], number: int, text: str) -> str:
    line = lines[number - 1]
    margin = len(line) - len(line.lstrip())
    place = f"@ line {number}, column {margin + 1}."
    return f"WorkflowScript: {number}: {text} {place}\n   {line}\n   {' ' * margin}^\n\n"
