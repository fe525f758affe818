"""Looks after one running job from the start of its process to its last event.

Leaves which job runs when to `jobs`, the process to `runner`.
"""

import logging
import os
import threading
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from tablefit.errors import TablefitError, TooBusy

from training_service import models
from training_service.events import EventLog
from training_service.exits import End, Exit, NotFollowed, NotStarted, cause_of, explain
from training_service.job import EventKind, Job, JobState, ModelFile, StateChange
from training_service.messages import Message
from training_service.reports import Reports
from training_service.resumption import (
    Attempt,
    discard_checkpoints,
    given_up,
    how_to_go_on,
    keeps_checkpoints,
    may_go_on,
    pause_s,
)
from training_service.runner import Child
from training_service.starting import OUTPUT_NAME, SCRIPT_NAME, Started, WarmProcesses, start_afresh
from training_service.time_limit import TimeLimit, sentence, twice

_log = logging.getLogger(__name__)

Value = TypeVar("Value")

# Between two tries to keep what became of a job.
_RETRY_S = 5.0


class Supervision:
    """One job from its turn on, in a thread of its own; `on_end` is called when its last event is kept.

    `reason` says why it was interrupted before, for a job that goes on. A process that ends without a word, by a signal
    or not, is followed by another one, which goes on where it ended. A stop of the service leaves the job queued, to go
    on at the next start.
    """

    def __init__(
        self,
        job: Job,
        folder: Path,
        log: EventLog,
        on_end: Callable[[str], None],
        reason: str | None = None,
        warm: WarmProcesses | None = None,
    ) -> None:
        self._job, self._folder, self._log, self._on_end, self._warm = job, folder, log, on_end, warm
        self._lock = threading.Lock()
        self._child = self._new_child()
        self._reports = Reports(job, log)
        self._attempts = job.resume_count
        if reason is not None:
            self._count_attempt(reason)
        self._time_limit = TimeLimit(folder, job.specification.time_limit_s)
        self._cancelled = False
        self._interrupted = threading.Event()
        # Set when the job is cancelled or interrupted, so that it waits for nothing any more.
        self._told_to_end = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"job-{job.job_id}")

    def start(self) -> None:
        """Starts the job's process."""
        self._thread.start()

    def cancel(self) -> None:
        """Asks the job to stop within one step."""
        with self._lock:
            self._cancelled = True
            self._told_to_end.set()
            self._child.cancel()

    def interrupt(self) -> None:
        """Ends the job's process at once because the service stops."""
        with self._lock:
            self._interrupted.set()
            self._told_to_end.set()
            self._child.kill()

    def join(self) -> None:
        """Waits until the job's last event is kept, or given up after `interrupt`."""
        self._thread.join()

    def _run(self) -> None:
        try:
            if self._keep(StateChange(JobState.RUNNING)):
                outcome = self._outcome()
                if outcome.model is None:
                    models.discard(self._folder)
                if self._keep(outcome) and not keeps_checkpoints(outcome.state):
                    discard_checkpoints(self._folder)
        finally:
            self._on_end(self._job.job_id)

    def _keep(self, change: StateChange) -> bool:
        """Keeps what became of the job, however long that is impossible: nobody else looks after it.

        False when the service stops meanwhile; its next start then finds the job as it was.
        """

        def keep() -> bool:
            self._reports.keep_waiting()
            self._log.add(self._job.job_id, EventKind.STATE, change)
            _log.info("job %s %s %s", self._job.job_id, change.state, change.failure)
            return True

        return self._insist(keep, f"is {change.state}") or False

    def _insist(self, keep: Callable[[], Value], news: str) -> Value | None:
        """What `keep` returns once it can; None when the service stops meanwhile."""
        while True:
            try:
                return keep()
            except TooBusy as error:
                _log.error("job %s %s, which cannot be kept yet: %s", self._job.job_id, news, error)
                if self._interrupted.wait(_RETRY_S):
                    return None

    def _outcome(self) -> StateChange:
        try:
            return self._train()
        except TablefitError as error:
            return StateChange(JobState.FAILED, error.message)
        except Exception:  # noqa: BLE001 - whatever it is, the job has to end and the next one to start
            log_id = uuid.uuid4().hex[:12]
            _log.exception("job %s failed by a fault of the service, log id %s", self._job.job_id, log_id)
            return StateChange(JobState.FAILED, f"The training service failed; its log says more under {log_id}.")

    def _train(self) -> StateChange:
        while True:
            with self._time_limit.measured(self._stop_child):
                ended = self._run_child()
            if self._reports.last is not None:
                return self._announced_end(self._reports.last)
            change = self._unannounced_end(ended)
            if change is not None:
                return change
            self._go_on(ended)

    def _run_child(self) -> End:
        """Trains in one process to its end."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._write_script()
            started = self._child.start()
        except OSError as error:
            _log.exception("job %s: its process could not be started", self._job.job_id)
            return NotStarted(_reason(error))
        try:
            return self._child.follow(started, self._reports.take)
        except OSError as error:
            _log.exception("job %s: its process could not be looked after", self._job.job_id)
            return NotFollowed(_reason(error))

    def _write_script(self) -> None:
        """Writes the script where it is not there yet: the disk may be full when a job goes on."""
        path, script = self._folder / SCRIPT_NAME, self._job.script.encode()
        if not path.is_file() or path.read_bytes() != script:
            path.write_bytes(script)

    def _announced_end(self, last: Message) -> StateChange:
        if last["kind"] == "cancelled":
            return self._stopped()
        if last["kind"] == "failed":
            return StateChange(JobState.FAILED, str(last.get("reason") or "The training process gave no reason."))
        if last.get("model") is None:
            return StateChange(JobState.SUCCEEDED)
        return self._end_with_model(last["model"])

    def _end_with_model(self, announced: Message) -> StateChange:
        """The end of a job that leaves a model, which is worth some waiting for a disk that refuses it."""
        tries = 0
        while True:
            try:
                return StateChange(JobState.SUCCEEDED, model=self._take_in_model(announced))
            except OSError as error:
                _log.warning("job %s: its model cannot be taken in: %s", self._job.job_id, error)
                tries += 1
                if not may_go_on(tries):
                    failure = f"The model cannot be kept: {_reason(error)}."
                    return StateChange(JobState.FAILED, failure + how_to_go_on(self._job.job_id, self._folder))
                if self._told_to_end.wait(pause_s(tries)):
                    return self._stopped() if self._cancelled else StateChange(JobState.QUEUED)

    def _unannounced_end(self, ended: End) -> StateChange | None:
        """What an end means that came without a word; None when the job goes on in another process."""
        if self._cancelled or self._time_limit.passed:
            return self._stopped()
        if self._interrupted.is_set():
            return StateChange(JobState.QUEUED)
        explanation = explain(ended, self._reports.step, self._folder / OUTPUT_NAME)
        breaks = self._insist(lambda: self._log.count_break(self._job.job_id), "has lost its process")
        if breaks is None:
            return StateChange(JobState.QUEUED)
        if may_go_on(breaks):
            if not isinstance(ended, Exit):
                self._told_to_end.wait(pause_s(breaks))
            return None
        return StateChange(JobState.FAILED, given_up(explanation) + how_to_go_on(self._job.job_id, self._folder))

    def _go_on(self, ended: End) -> None:
        """Prepares the process that goes on where the last one ended."""
        _log.warning("job %s: %s; it goes on", self._job.job_id, cause_of(ended))
        models.discard(self._folder)
        self._count_attempt(cause_of(ended))
        with self._lock:
            self._child = self._new_child()
            # The process that was told to stop may have been the last one.
            if self._told_to_end.is_set():
                self._child.kill()

    def _count_attempt(self, reason: str) -> None:
        self._attempts += 1
        self._reports.begin_again(Attempt(self._attempts, reason))

    def _new_child(self) -> Child:
        return Child(self._folder, self._job.job_id, self._job.specification.data_service, self._start_process)

    def _start_process(self, folder: Path, variables: Mapping[str, str]) -> Started:
        """A process that has loaded Keras already, where one waits."""
        if self._warm is None:
            return start_afresh(folder, variables)
        return self._warm.start(folder, variables, self._job.specification.native.backend)

    def _stop_child(self) -> None:
        with self._lock:
            self._child.cancel()

    def _stopped(self) -> StateChange:
        """The end of a process that was told to stop."""
        limit_s = self._job.specification.time_limit_s
        if self._cancelled or not self._time_limit.passed or limit_s is None:
            return StateChange(JobState.CANCELLED)
        advice = how_to_go_on(self._job.job_id, self._folder, "--time-limit", twice(limit_s))
        return StateChange(JobState.FAILED, sentence(limit_s, self._reports.step) + (advice and f".{advice}"))

    def _take_in_model(self, announced: Message) -> ModelFile:
        specification = self._job.specification
        return models.take_in(
            self._folder,
            int(announced["size_bytes"]),
            str(announced["sha256"]),
            f"{specification.table}-{specification.architecture}.keras",
            self._reports.parameter_count,
        )


def _reason(error: OSError) -> str:
    """What the system said, without the path, which is nobody's business."""
    return os.strerror(error.errno) if error.errno else type(error).__name__
