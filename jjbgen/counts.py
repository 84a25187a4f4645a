"""How much there is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a config repo holds."""

    components: int
    jobs: int
    pipelines: int

    def as_dict(self) -> dict[str, int]:
        """The numbers by what is counted."""
        return {"components": self.components, "jobs": self.jobs, "pipelines": self.pipelines}
