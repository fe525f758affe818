"""Follows the event log and gives the epochs of jobs to mirrors, each once.

How far a mirror is with a job is known for as long as this process lives. Afterwards, and after a failure, the mirror
begins the job anew and gets all its epochs again: it is for the mirror to write none twice. Leaves writing to mirrors.
"""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from training_service.job import EventKind, Job, JobState, Progress, StateChange
from training_service.job_filter import JobFilter
from training_service.records import Records

_log = logging.getLogger(__name__)

# Jobs that are looked through at the start: what ended while nobody wrote it down is among them.
LIMIT_JOBS_AT_START = 100
_PAGE = 500
# Between two tries with a mirror that fails.
RETRY_S = 60.0
# How long the service waits for what is still to be written when it ends.
_END_LIMIT_S = 10.0


class Mirror(Protocol):
    """Where metrics are written. For one thread. Whatever it raises is logged, and the job begun anew later."""

    name: str

    def begin(self, job: Job) -> None:
        """Prepares for a job, of which all epochs follow; some may have been written before."""

    def write(self, job: Job, progress: Progress, time: datetime) -> None:
        """Writes an epoch, unless it was written before."""

    def end(self, job: Job, state: JobState, time: datetime) -> None:
        """Closes a job that has ended in a state."""


@dataclass
class _Position:
    """The last event that a mirror has of a job."""

    sequence: int = 0


class Mirroring:
    """Gives epochs to `mirrors`. `wake` is for any thread, and returns at once."""

    def __init__(self, records: Records, mirrors: Sequence[Mirror], retry_s: float = RETRY_S) -> None:
        self._records, self._mirrors, self._retry_s = records, mirrors, retry_s
        self._changed = threading.Condition()
        self._woken: set[str] = set()
        self._stopped = False
        self._positions: dict[tuple[str, str], _Position] = {}
        self._thread = threading.Thread(target=self._run, name="mirrors", daemon=True)

    def start(self) -> None:
        """Begins with the latest jobs; does nothing without mirrors."""
        if not self._mirrors:
            return
        for job in self._records.list_jobs(JobFilter(), None, LIMIT_JOBS_AT_START):
            self._woken.add(job.job_id)
        self._thread.start()

    def wake(self, job_id: str) -> None:
        """Says that a job has a new event."""
        with self._changed:
            self._woken.add(job_id)
            self._changed.notify_all()

    def close(self) -> None:
        """Writes what is known by now, unless that takes too long, and ends."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(_END_LIMIT_S)

    def _run(self) -> None:
        # When each job is tried again that failed, however many events it has until then.
        retries: dict[str, float] = {}
        while True:
            jobs, stopped = self._due(retries)
            for job_id in sorted(jobs):
                retries.pop(job_id, None)
                if not self._mirror(job_id):
                    retries[job_id] = time.monotonic() + self._retry_s
            if stopped:
                return

    def _due(self, retries: Mapping[str, float]) -> tuple[set[str], bool]:
        """Waits for jobs to mirror; says whether they are the last ones, which failures do not keep back."""
        patience_s = max(0.0, min(retries.values()) - time.monotonic()) if retries else None
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._woken - retries.keys(), patience_s)
            woken, self._woken = self._woken, set()
            now = time.monotonic()
            due = {job_id for job_id, at in retries.items() if at <= now}
            return (woken | retries.keys() if self._stopped else woken - retries.keys() | due), self._stopped

    def _mirror(self, job_id: str) -> bool:
        """Brings all mirrors up to a job's latest event; whether that worked."""
        done = [self._bring_up(mirror, job_id) for mirror in self._mirrors]
        return all(done)

    def _bring_up(self, mirror: Mirror, job_id: str) -> bool:
        key = (mirror.name, job_id)
        try:
            job = self._records.find_job(job_id)
            if job is not None:
                self._follow(mirror, job, key)
        except Exception:  # noqa: BLE001 - whatever a mirror meets, it must not reach the training
            _log.exception("the %s mirror of job %s failed; it is tried again", mirror.name, job_id)
            self._positions.pop(key, None)
            return False
        return True

    def _follow(self, mirror: Mirror, job: Job, key: tuple[str, str]) -> None:
        if key not in self._positions:
            mirror.begin(job)
            self._positions[key] = _Position()
        position = self._positions[key]
        while events := self._records.read_events(job.job_id, position.sequence, _PAGE):
            for event in events:
                if event.kind is EventKind.EPOCH and isinstance(event.content, Progress):
                    mirror.write(job, event.content, event.time)
                position.sequence = event.sequence
                if isinstance(event.content, StateChange) and event.content.state.ended:
                    mirror.end(job, event.content.state, event.time)
