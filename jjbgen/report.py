"""What commands print: problems, changes and counts, for people or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from jjbgen.errors import JjbgenError, Problem

if TYPE_CHECKING:  # a failing `jjbgen version` prints problems too, and must not wait for models
    from jjbgen.counts import Counts
    from jjbgen.outputs import Change


def as_json(value: Mapping[str, Any]) -> str:
    """Stable JSON, one value a line."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def problems(found: Iterable[Problem], error: JjbgenError | None = None) -> dict[str, Any]:
    """What `--format json` prints when a command fails."""
    result: dict[str, Any] = {"problems": [problem.as_dict() for problem in found]}
    if error is not None and not result["problems"]:
        result["error"] = str(error)
    return result


def counted(counts: Counts) -> str:
    """How much a config repo holds: `14 components, 61 jobs, 52 pipelines`."""
    return ", ".join(
        f"{number} {what if number != 1 else what.removesuffix('s')}" for what, number in counts.as_dict().items()
    )


def change_line(change: Change) -> str:
    """One change for people: `update jobs-output/amf/jobs.yaml`."""
    return f"{change.action.value} {change.place}"


def changes(found: Iterable[Change]) -> list[dict[str, str]]:
    """The same as JSON-able values."""
    return [{"path": change.place, "action": change.action.value} for change in found]
