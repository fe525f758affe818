"""What becomes of the jobs that a service left when it ended: those that were queued, and those that were running.

    running    queued again, to go on where they were; cancelled or failed where they may not
    queued     as they were, but for where the data service is now; failed where they may not run any more

Leaves waiting and running to `jobs`.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from training_service import models
from training_service.deletion import settle_leftovers
from training_service.environment import LEAVE
from training_service.events import EventLog
from training_service.job import EventKind, Job, JobState, StateChange
from training_service.records import Records
from training_service.resumption import (
    SERVICE_DIED,
    SERVICE_STOPPED,
    discard_checkpoints,
    discard_left_checkpoints,
    given_up,
    has_checkpoint,
    how_to_go_on,
    keeps_checkpoints,
    may_go_on,
)
from training_service.specification import Specification
from training_service.taking_up import takes_up

_log = logging.getLogger(__name__)

Render = Callable[[str, Specification], str]


@dataclass(frozen=True)
class WaitingJob:
    """A job that waits for its turn. `goes_on` when it had one before; `reason` is why it begins after a checkpoint."""

    job: Job
    goes_on: bool = False
    reason: str = ""


class Recovery:
    """Settles what an earlier service left in `records` and in `folder`, which has a folder for each job.

    `render` writes scripts, `data_service` is where children read now, `allow_own_code` lets jobs go on whose models
    run code of a caller's.
    """

    def __init__(
        self,
        records: Records,
        log: EventLog,
        render: Render,
        folder: Path,
        data_service: str,
        *,
        allow_own_code: bool,
    ) -> None:
        self._records, self._log, self._render = records, log, render
        self._folder, self._data_service, self._allow_own_code = folder, data_service, allow_own_code

    def waiting_jobs(self) -> Iterator[WaitingJob]:
        """Tidies up, then gives the jobs that wait from now on, in the order in which they were made."""
        settle_leftovers(self._folder, self._records.list_ids(*JobState))
        ended = self._records.list_ids(*(state for state in JobState if not keeps_checkpoints(state)))
        discard_left_checkpoints(self._folder, ended)
        died = {
            job_id
            for job_id in self._records.list_ids(JobState.RUNNING)
            if self._queue_again(self._records.get_job(job_id))
        }
        for job_id in self._records.list_ids(JobState.QUEUED):
            job = self._records.get_job(job_id)
            failure = self._obstacle(job) or self._readdress(job)
            if failure:
                self._log.add(job_id, EventKind.STATE, StateChange(JobState.FAILED, failure))
            else:
                yield self._waiting(self._records.get_job(job_id), has_died=job_id in died)

    def _waiting(self, job: Job, *, has_died: bool) -> WaitingJob:
        if job.start_time is not None:
            return WaitingJob(job, goes_on=True, reason=SERVICE_DIED if has_died else SERVICE_STOPPED)
        # It has not had its turn, so that it was given the checkpoint.
        return WaitingJob(job, reason=takes_up(job.rerun_of) if has_checkpoint(self._folder / job.job_id) else "")

    def _obstacle(self, job: Job) -> str:
        """Why a job may not run that was queued when the service ran otherwise; empty when it may."""
        if not job.specification.pin.snapshot_id:
            return "The job was queued by an earlier release, whose jobs read no snapshots; start it again."
        if job.specification.native.runs_code and not self._allow_own_code:
            failure = f"The job's model runs code of its own, and the training service was started without {LEAVE}."
            return failure + how_to_go_on(job.job_id, self._folder / job.job_id)
        return ""

    def _readdress(self, job: Job) -> str:
        """Makes a queued job read from where the data service is now, if it has moved; says why that cannot be."""
        if job.specification.data_service == self._data_service:
            return ""
        specification = replace(job.specification, data_service=self._data_service)
        try:
            script = self._render(job.job_id, specification)
        except (LookupError, TypeError, ValueError):
            # One job must not keep the service from starting.
            _log.exception("the script of job %s cannot be written anew", job.job_id)
            name = job.specification.architecture
            return f"The data service has moved, and {name} is not installed as it was; start the job again."
        self._records.rewrite_job(job.job_id, specification, script)
        return ""

    def _queue_again(self, job: Job) -> bool:
        """Records that a job waits which lost its process with the service; or its end, if it cannot go on: False."""
        folder, change = self._folder / job.job_id, StateChange(JobState.QUEUED)
        models.discard(folder)
        if job.cancel_requested:
            change = StateChange(JobState.CANCELLED)
        elif not may_go_on(self._records.count_break(job.job_id)):
            step = job.progress.step if job.progress else 0
            failure = given_up(f"The training service died with it at step {step}.")
            change = StateChange(JobState.FAILED, failure + how_to_go_on(job.job_id, folder))
        self._log.add(job.job_id, EventKind.STATE, change)
        _log.info("job %s %s %s", job.job_id, change.state, change.failure)
        if not keeps_checkpoints(change.state):
            discard_checkpoints(folder)
        return not change.state.ended
