"""Keeps the snapshots of jobs that have not ended from expiring and from being deleted.

Leaves placing a hold again after a restart of the data service to `tablefit.data`.
"""

import threading

from tablefit.data import DataClient
from tablefit.data.holds import Hold

READER = "a job of the training service"
# Each hold takes a thread of the data service, so the jobs that come first have one, and the others get one when it is
# their turn. Until then a snapshot is kept as long as the data service keeps it after its last use, which is days.
LIMIT_HOLDS = 16


class SnapshotHolds:
    """The snapshots that jobs need, each held once, in order of their first jobs. Usable from all threads."""

    def __init__(self, data: DataClient) -> None:
        self._data = data
        self._lock = threading.Lock()
        self._jobs: dict[str, set[str]] = {}
        self._holds: dict[str, Hold] = {}

    def add(self, job_id: str, snapshot_id: str) -> None:
        """Holds a job's snapshot from now on, or from when the data service is there. Returns at once."""
        with self._lock:
            self._jobs.setdefault(snapshot_id, set()).add(job_id)
            self._fill()

    def drop(self, job_id: str) -> None:
        """Forgets a job that has ended."""
        with self._lock:
            for snapshot_id, jobs in list(self._jobs.items()):
                jobs.discard(job_id)
                if not jobs:
                    self._release(snapshot_id)
            self._fill()

    def close(self) -> None:
        """Ends all holds."""
        with self._lock:
            for snapshot_id in list(self._jobs):
                self._release(snapshot_id)

    def _fill(self) -> None:
        """Begins holds as long as there is room."""
        for snapshot_id in self._jobs:
            if len(self._holds) == LIMIT_HOLDS:
                return
            if snapshot_id not in self._holds:
                self._holds[snapshot_id] = hold = self._data.hold_snapshot(snapshot_id, READER)
                hold.begin()

    def _release(self, snapshot_id: str) -> None:
        del self._jobs[snapshot_id]
        hold = self._holds.pop(snapshot_id, None)
        if hold is not None:
            hold.close()
