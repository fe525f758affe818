"""Job: one training job as scripts and notebooks see it. Leaves the calls to `tablefit.training`."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tablefit.training import Event, JobState, ModelFile, Printed, TrainingClient, TrainingJob


class Job:
    """A training job. Iterating gives its events, from the first to the one that ends it, as often as you like."""

    def __init__(self, training: TrainingClient, record: TrainingJob) -> None:
        self._training = training
        self.record = record

    @property
    def job_id(self) -> str:
        """The id that the service gave."""
        return self.record.job_id

    @property
    def state(self) -> JobState:
        """Where the job stood when `record` was read last."""
        return self.record.state

    def __iter__(self) -> Iterator[Event]:
        return self.watch()

    def watch(self, after_sequence: int = 0) -> Iterator[Event]:
        """Events after `after_sequence`, then new ones as they come. Raises Unavailable."""
        yield from self._training.watch_job(self.job_id, after_sequence)
        self.refresh()

    def refresh(self) -> TrainingJob:
        """Reads the job anew."""
        self.record = self._training.get_job(self.job_id)
        return self.record

    def wait(self) -> TrainingJob:
        """Waits for the job's end and returns it; look at its state and failure."""
        for _ in self._training.watch_job(self.job_id, self.record.last_sequence):
            pass
        return self.refresh()

    def cancel(self) -> TrainingJob:
        """Asks the job to stop within one step. Raises WrongState when it has ended otherwise."""
        self.record = self._training.cancel_job(self.job_id)
        return self.record

    def log(self, offset: int = 0, *, follow: bool = True) -> Iterator[Printed]:
        """What the job's process printed from byte `offset` on, then what comes. Raises OutOfOrder, Unavailable."""
        return self._training.watch_log(self.job_id, offset, follow=follow)

    def rerun(
        self, changes: Mapping[str, Any] | None = None, *, fresh_data: bool = False, resume: bool = False
    ) -> "Job":
        """Queues a job like this one, but for `changes`; see `TrainingClient.rerun_job`."""
        made = self._training.rerun_job(self.job_id, changes, fresh_data=fresh_data, resume=resume)
        return Job(self._training, made)

    def delete(self, *, delete_model: bool = False) -> None:
        """Deletes the job when it has ended. Raises WrongState; see `TrainingClient.delete_job`."""
        self._training.delete_job(self.job_id, delete_model=delete_model)

    def download(self, path: str | Path) -> ModelFile:
        """Writes the trained model to `path`, checked. Raises WrongState before the job has succeeded."""
        return self._training.download_model(self.job_id, path)

    def __repr__(self) -> str:
        return f"Job({self.job_id!r}, {self.state}, table={self.record.spec.table!r})"
