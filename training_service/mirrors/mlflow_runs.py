"""Runs of an MLflow tracking server: one for each job, in the experiment "tablefit", with a value for each epoch.

A run is found again by its tag `tablefit.job`. The settings that it has, and of each metric the epochs, are read when
the job is begun, and not written again.
"""

import importlib.util
import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from tablefit.errors import InvalidInput

from training_service.job import Job, JobState, Progress

EXPERIMENT = "tablefit"
JOB_TAG = "tablefit.job"
_STATUS: Mapping[JobState, str] = {
    JobState.SUCCEEDED: "FINISHED",
    JobState.FAILED: "FAILED",
    JobState.CANCELLED: "KILLED",
}
_LIMIT_PARAMETER_CHARACTERS = 500
# As many as a call may have.
_LIMIT_PARAMETERS = 100


class MlflowRuns:
    """The runs of a tracking server, or of a folder. Raises InvalidInput when mlflow is not installed."""

    name = "MLflow"

    def __init__(self, uri: str) -> None:
        if importlib.util.find_spec("mlflow") is None:
            raise InvalidInput('A mirror for MLflow needs mlflow-skinny: pip install "tablefit[mirrors]".')
        # Read while mlflow loads: folders still work, and nobody is told that it is used.
        os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        self._uri = uri
        self._opened: Any = None
        # By job: its run, and the epochs that are in it by metric.
        self._runs: dict[str, str] = {}
        self._written: dict[str, dict[str, set[int]]] = {}

    def begin(self, job: Job) -> None:
        """Finds or makes the run, gives it the settings that it lacks, and reads what else is in it."""
        run = self._find(job) or self._make(job)
        self._write_parameters(run, job)
        names = run.data.metrics
        self._runs[job.job_id] = run.info.run_id
        self._written[job.job_id] = {
            name: {point.step for point in self._client.get_metric_history(run.info.run_id, name)} for name in names
        }

    def write(self, job: Job, progress: Progress, time: datetime) -> None:
        """Writes the metrics of an epoch that the run does not have."""
        from mlflow.entities import Metric

        written, moment = self._written[job.job_id], int(time.timestamp() * 1000)
        values = {_name(name): value for name, value in _values(progress) if math.isfinite(value)}
        new = {name: value for name, value in values.items() if progress.epoch not in written.get(name, ())}
        if new:
            points = [Metric(name, value, moment, progress.epoch) for name, value in new.items()]
            self._client.log_batch(self._runs[job.job_id], metrics=points)
        for name in new:
            written.setdefault(name, set()).add(progress.epoch)

    def end(self, job: Job, state: JobState, time: datetime) -> None:
        """Gives the run the job's end."""
        self._client.set_terminated(self._runs.pop(job.job_id), _STATUS[state], int(time.timestamp() * 1000))
        del self._written[job.job_id]

    @property
    def _client(self) -> Any:
        if self._opened is None:
            from mlflow.tracking import MlflowClient

            self._opened = MlflowClient(tracking_uri=self._uri)
        return self._opened

    def _experiment(self) -> str:
        found = self._client.get_experiment_by_name(EXPERIMENT)
        return str(found.experiment_id if found else self._client.create_experiment(EXPERIMENT))

    def _find(self, job: Job) -> Any:
        found = self._client.search_runs([self._experiment()], f"tags.`{JOB_TAG}` = '{job.job_id}'", max_results=1)
        return found[0] if found else None

    def _make(self, job: Job) -> Any:
        specification = job.specification
        tags = {JOB_TAG: job.job_id, "tablefit.snapshot": specification.pin.snapshot_id}
        name = f"{specification.table}-{specification.architecture}-{job.job_id}"
        started = int(job.create_time.timestamp() * 1000)
        return self._client.create_run(self._experiment(), start_time=started, tags=tags, run_name=name)

    def _write_parameters(self, run: Any, job: Job) -> None:
        """Writes the settings that the run does not have: all, unless an earlier try broke off between two calls."""
        from mlflow.entities import Param

        settings = {_name(key): value for key, value in _parameters(asdict(job.specification))}
        missing = [Param(name, value) for name, value in settings.items() if name not in run.data.params]
        for start in range(0, len(missing), _LIMIT_PARAMETERS):
            self._client.log_batch(run.info.run_id, params=missing[start : start + _LIMIT_PARAMETERS])


def _values(progress: Progress) -> Iterator[tuple[str, float]]:
    yield "loss", progress.loss
    yield from progress.metrics.items()
    yield from ((f"val_{name}", value) for name, value in progress.validation_metrics.items())


def _parameters(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every setting by name, "architecture_parameters.momentum" for what stands in another."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _parameters(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", str(value)[:_LIMIT_PARAMETER_CHARACTERS]


def _name(name: str) -> str:
    """A name that MLflow takes."""
    return re.sub(r"[^\w./ -]", "_", name)
