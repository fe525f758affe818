"""Which jobs a list is to hold. Leaves finding them to `records`."""

from collections.abc import Collection
from dataclasses import dataclass

from training_service.job import JobState


@dataclass(frozen=True)
class JobFilter:
    """Jobs in one of `states`, of this table and architecture, that left a model or not; what is not set allows all."""

    states: Collection[JobState] = ()
    table: str = ""
    architecture: str = ""
    has_model: bool | None = None

    @property
    def list_name(self) -> list[str]:
        """What a page token of the list is bound to: equal for filters that mean the same."""
        return ["jobs", *sorted(set(self.states)), self.table, self.architecture, str(self.has_model)]
