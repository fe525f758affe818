"""The jobs: making them, their queue, their states, and what becomes of them when the service ends and starts again.

    queued <──> running ──> succeeded | failed | cancelled
       └─────────────────────────────────────> cancelled

A job that runs when the service stops or dies is queued again, before the others, and goes on where it was.

Leaves options to `options`, scripts to `script`, a running job to `supervision`, events to `events`, keeping what jobs
read to `holding`, and what an earlier service left to `recovery`.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tablefit.errors import InvalidInput, Unavailable, WrongState

from training_service.bringing import set_up_aside
from training_service.changes import Change, advising_fresh_data
from training_service.deletion import check_deletable, remove_folder, set_aside, take_back
from training_service.events import EventLog
from training_service.following import follow_output
from training_service.holding import SnapshotHolds
from training_service.job import EventKind, Job, JobState, StateChange
from training_service.job_filter import JobFilter
from training_service.options import Options, check_range
from training_service.output import Printed
from training_service.own_models import OwnModels
from training_service.queue import JobQueue
from training_service.records import Records
from training_service.recovery import Recovery, Render
from training_service.resumption import discard_checkpoints
from training_service.specification import Specification
from training_service.starting import OUTPUT_NAME, WarmProcesses
from training_service.starting_weights import EarlierModels
from training_service.supervision import Supervision
from training_service.taking_up import bring_progress, check_can_be_taken_up, check_same_training, takes_up

_log = logging.getLogger(__name__)

LIMIT_REQUEST_ID = 128
# From a failed start of a queued job to the next one.
_RETRY_S = 5.0

Complete = Callable[[Options], Specification]


class Jobs:
    """All jobs of one service. Usable from all threads.

    `complete` fills in and checks options, `render` writes scripts, `holds` keeps the snapshots of jobs that have not
    ended, `data_service` is where children read, `allow_own_code` lets jobs go on whose models run code of a caller's.
    Call `recover` before anything else, `start` when all else is ready, and `stop` at the end.
    """

    def __init__(
        self,
        records: Records,
        log: EventLog,
        complete: Complete,
        render: Render,
        holds: SnapshotHolds,
        *,
        directory: Path,
        data_service: str,
        concurrent_jobs: int = 1,
        warm: WarmProcesses | None = None,
        allow_own_code: bool = False,
    ) -> None:
        self._records, self._log = records, log
        self._complete, self._render, self._holds = complete, render, holds
        self._earlier, self.own_models = EarlierModels(records, directory), OwnModels(directory)
        self._recovery = Recovery(records, log, render, directory / "jobs", data_service, allow_own_code=allow_own_code)
        self._directory, self._concurrent_jobs, self._warm = directory, concurrent_jobs, warm
        self._lock = threading.RLock()
        self._queue = JobQueue()
        self._running: dict[str, Supervision] = {}
        # Why jobs were interrupted that go on when their turn comes.
        self._interruptions: dict[str, str] = {}
        self._stopped = False
        # What looks after jobs that could not be started.
        self._retry: threading.Timer | None = None

    def recover(self) -> None:
        """Takes up the jobs that were running when the service died or stopped, its queue, and tidies up."""
        self.own_models.drop_unnamed(self._records.list_own_models())
        for waiting in self._recovery.waiting_jobs():
            job = waiting.job
            self._holds.add(job.job_id, job.specification.pin.snapshot_id)
            if waiting.reason:
                self._interruptions[job.job_id] = waiting.reason
            self._queue.add(job, goes_on=waiting.goes_on)

    def start(self) -> None:
        """Begins to run what is queued."""
        with self._lock:
            self._fill()

    def stop(self) -> None:
        """Ends the processes of the running jobs, which are queued again; returns when all that is kept."""
        with self._lock:
            self._stopped = True
            if self._retry is not None:
                self._retry.cancel()
            running = list(self._running.values())
            for supervision in running:
                supervision.interrupt()
        for supervision in running:
            supervision.join()
        if self._warm is not None:
            self._warm.close()
        self._holds.close()

    def create(
        self,
        options: Options,
        request_id: str,
        *,
        validate_only: bool,
        rerun_of: str = "",
        taken_up: Job | None = None,
    ) -> Job:
        """Queues a job, or returns the one that this request made before.

        With `validate_only` the job as it would be, without an id. `rerun_of` is the job that it repeats, `taken_up`
        the one whose training goes on in it. Raises InvalidInput, NotFound, WrongState, TooBusy, Unavailable.
        """
        if len(request_id) > LIMIT_REQUEST_ID:
            raise InvalidInput(
                f"expected a request_id of at most {LIMIT_REQUEST_ID} characters, received {len(request_id)}",
                field="request_id",
            )
        if validate_only:
            return self._draft(options, "", "", rerun_of, taken_up)
        made = self._made_before(options, request_id)
        if made:
            return made
        return self._submit(self._draft(options, self._records.unused_id(), request_id, rerun_of, taken_up), taken_up)

    def rerun(
        self,
        job_id: str,
        change: Change,
        request_id: str,
        *,
        fresh_data: bool = False,
        resume: bool = False,
        validate_only: bool = False,
    ) -> Job:
        """Queues a job with the options that an earlier one was asked for, but for a change; otherwise as `create`.

        It reads the snapshot that the earlier one read, unless `fresh_data`, another table or a snapshot is asked for.
        With `resume` it goes on after the last checkpoint of the earlier one.
        """
        made = self._records.find_request(request_id) if request_id and not validate_only else None
        if made and made.rerun_of == job_id and not self._records.has_job(job_id):
            # The call is repeated after the earlier job was deleted, so there is nothing left to compare.
            return made
        earlier = self._records.get_job(job_id)
        options = change.options_of_rerun(earlier, fresh_data=fresh_data)
        if resume:
            check_can_be_taken_up(earlier, self.folder_of(job_id))
        taken_up = earlier if resume else None
        with advising_fresh_data():
            return self.create(options, request_id, validate_only=validate_only, rerun_of=job_id, taken_up=taken_up)

    def get(self, job_id: str) -> Job:
        """The job. Raises NotFound."""
        return self._records.get_job(job_id)

    def list(self, wanted: JobFilter, below_number: int | None, limit: int) -> list[Job]:
        """The jobs that a filter allows, newest first, those below a number; without scripts."""
        return self._records.list_jobs(wanted, below_number, limit)

    def cancel(self, job_id: str) -> Job:
        """Asks a job to stop and returns it as it is then. Raises NotFound; WrongState when it has ended otherwise."""
        with self._lock:
            job = self._records.get_job(job_id)
            if job.state.ended and job.state is not JobState.CANCELLED:
                raise WrongState(f"Job {job_id} has {job.state} already.", details={"job": job_id})
            if job_id in self._running:
                # The process first: it must end even when nothing can be kept.
                self._running[job_id].cancel()
                self._records.request_cancel(job_id)
            elif job.state is JobState.QUEUED:
                self._log.add(job_id, EventKind.STATE, StateChange(JobState.CANCELLED))
                self._queue.remove(job_id)
                self._holds.drop(job_id)
                discard_checkpoints(self.folder_of(job_id))
        return self._records.get_job(job_id)

    def delete(self, job_id: str) -> None:
        """Deletes an ended job with all that it left but its model. Raises NotFound, WrongState."""
        with self._lock:
            check_deletable(self._records.get_job(job_id))
            with set_aside(self.folder_of(job_id)) as aside:
                self._log.delete_job(job_id)
        remove_folder(aside)

    def prioritize(self, job_id: str, priority: int) -> Job:
        """Gives a queued job another priority. Raises NotFound, InvalidInput; WrongState when it waits no more."""
        check_range("priority", priority)
        with self._lock:
            job = self._records.get_job(job_id)
            if job.state is not JobState.QUEUED or job_id in self._running:
                raise WrongState(f"Job {job_id} waits no more, so its priority means nothing.", details={"job": job_id})
            job = replace(job, specification=replace(job.specification, priority=priority))
            self._records.rewrite_job(job_id, job.specification, job.script)
            self._queue.move(job)
        return job

    def follow_output(
        self, job_id: str, offset: int, is_active: Callable[[], bool], *, stop_at_end: bool
    ) -> Iterator[Printed]:
        """What a job's process prints; see `following`."""
        path = self.folder_of(job_id) / OUTPUT_NAME
        return follow_output(self._records, self._log, job_id, path, offset, is_active, stop_at_end=stop_at_end)

    def folder_of(self, job_id: str) -> Path:
        """The folder of a job's script, output and model."""
        return self._directory / "jobs" / job_id

    def _made_before(self, options: Options, request_id: str) -> Job | None:
        made = self._records.find_request(request_id) if request_id else None
        if made and Options.from_json(made.asked) != options:
            raise WrongState(
                f"The request {request_id!r} has made job {made.job_id} with other options; choose another request_id.",
                details={"job": made.job_id},
            )
        return made

    def _draft(self, options: Options, job_id: str, request_id: str, rerun_of: str, taken_up: Job | None) -> Job:
        specification = self._complete(options)
        if taken_up is not None:
            check_same_training(taken_up.specification, specification)
        return Job(
            number=0,
            job_id=job_id,
            state=JobState.QUEUED,
            specification=specification,
            script=self._render(job_id, specification),
            create_time=datetime.now(UTC),
            request_id=request_id,
            asked=options.to_json(),
            rerun_of=rerun_of,
        )

    def _submit(self, job: Job, taken_up: Job | None) -> Job:
        with set_up_aside(self.folder_of(job.job_id), lambda: self._records.has_job(job.job_id)) as aside:
            # Before the lock, since large models take long to copy.
            self._earlier.bring(job.specification, aside)
            self.own_models.bring(job.specification, aside)
            if taken_up is not None:
                bring_progress(self.folder_of(taken_up.job_id), aside)
            with self._lock:
                return self._enlist(job, taken_up)

    def _enlist(self, job: Job, taken_up: Job | None) -> Job:
        """Keeps a job and lets it wait for its turn. Called under the lock."""
        if self._stopped:
            raise Unavailable("The training service is stopping; ask again when it is back.")
        # The same request may have come in twice at once.
        made = self._made_before(Options.from_json(job.asked), job.request_id)
        if made:
            return made
        job = self._log.add_job(job)
        take_back(self.folder_of(job.job_id))
        if taken_up is not None:
            self._interruptions[job.job_id] = takes_up(taken_up.job_id)
        self._queue.add(job)
        self._holds.add(job.job_id, job.specification.pin.snapshot_id)
        self._fill()
        return job

    def _fill(self) -> None:
        """Starts queued jobs while there is room; without any, gets ready for the next. Called under the lock.

        A job that cannot be started waits on, and lets the others pass; it is tried again soon.
        """
        for job_id in self._queue.ids():
            if len(self._running) >= self._concurrent_jobs or self._stopped:
                break
            try:
                self._begin(job_id)
            except Exception:  # noqa: BLE001 - whatever it is, the others must have their turn, and this one later
                _log.exception("job %s waits on, since it cannot be started now", job_id)
                self._fill_again()
        # Not while a job trains: loading Keras would slow it down.
        if self._warm is not None and not self._running and not self._stopped:
            self._warm.prepare()

    def _begin(self, job_id: str) -> None:
        """Starts a queued job."""
        job, reason = self._records.get_job(job_id), self._interruptions.get(job_id)
        supervision = Supervision(job, self.folder_of(job_id), self._log, self._take_away, reason, self._warm)
        supervision.start()
        self._running[job_id] = supervision
        self._interruptions.pop(job_id, None)
        self._queue.remove(job_id)

    def _fill_again(self) -> None:
        """Tries again a little later to start what is queued."""
        if self._retry is not None:
            return

        def fill() -> None:
            with self._lock:
                self._retry = None
                self._fill()

        self._retry = threading.Timer(_RETRY_S, fill)
        self._retry.daemon = True
        self._retry.start()

    def _take_away(self, job_id: str) -> None:
        with self._lock:
            del self._running[job_id]
            self._holds.drop(job_id)
            self._fill()
