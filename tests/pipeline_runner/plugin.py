"""The fixture: a test module says `pytest_plugins = ("tests.pipeline_runner.plugin",)` and takes `pipeline_runner`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pipeline_runner import runner


@pytest.fixture(scope="session")
def pipeline_runner() -> Iterator[runner.PipelineRunner]:
    """The runner, started once for all tests."""
    with runner.started() as found:
        yield found
