"""What the runner's own tests share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.pipeline_runner.runner import Build, Run

if TYPE_CHECKING:
    from tests.pipeline_runner.pipelines import Runs
    from tests.pipeline_runner.runner import PipelineRunner


@pytest.fixture
def run(pipeline_runner: PipelineRunner, tmp_path: Path) -> Runs:
    """Runs pipelines as builds in the folder of the test."""

    def started(source: str, **fields: Any) -> Run:
        return pipeline_runner.run(source, Build(tmp_path, **fields))

    return started
