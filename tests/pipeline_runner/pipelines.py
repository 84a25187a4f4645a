"""Small pipelines for the runner's own tests, and what they came to."""

from __future__ import annotations

from typing import Any, Protocol

from tests.pipeline_runner.runner import Run


class Runs(Protocol):
    """The fixture `run`: runs a pipeline; `fields` are those of the build."""

    def __call__(self, source: str, **fields: Any) -> Run:
        """What became of it."""


def block(name: str, *lines: str) -> str:
    """A section, or a step with a block."""
    return "\n".join([f"{name} {{", *lines, "}"])


def steps(*lines: str) -> str:
    """The steps of a stage."""
    return block("steps", *lines)


def stage(name: str, *sections: str) -> str:
    """A stage."""
    return block(f"stage('{name}')", *sections)


def pipeline(*stages: str, agent: str = "any", head: str = "", post: str = "") -> str:
    """A pipeline; `head` are further sections of it, and `post` are conditions."""
    return block("pipeline", f"agent {agent}", head, block("stages", *stages), block("post", post) if post else "")


def one(*lines: str, **sections: str) -> str:
    """A pipeline with the one stage `a`, which has these steps."""
    return pipeline(stage("a", steps(*lines)), **sections)


def script(*lines: str, **sections: str) -> str:
    """A pipeline with the one stage `a`, which runs this code."""
    return one(block("script", *lines), **sections)


def untraced(text: str) -> str:
    """A script that `sh` does not trace: programs that run at the same time would trace into each other's lines."""
    return f"sh '''#!/bin/sh\n{text}'''"


def said(run: Run) -> list[str]:
    """What the pipeline has printed, without the traces of its scripts, and what Jenkins or the runner have to say."""
    ours = ("[Pipeline]", "[runner]", "Finished: ", "+ ")
    return [line for line in run.console if not line.startswith(ours)]
