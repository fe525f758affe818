"""Jobs side by side: in what they differ, and what came of them. Leaves asking for jobs and epochs to the client."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from tablefit.training.records import JobState, Progress, TrainingJob


@dataclass(frozen=True)
class JobResult:
    """What came of one job.

    `last` and `best` hold losses and metrics by name, those of the held-out rows with "val_" before it, after the last
    and after the best epoch: the one with the lowest validation loss, or training loss where nothing is held out. Both
    are empty, and `best_epoch` is None, before an epoch has ended. Times are in seconds, None before they are known.
    """

    job_id: str
    state: JobState
    epoch: int
    epoch_count: int
    best_epoch: int | None
    best: dict[str, float]
    last: dict[str, float]
    queued_s: float | None
    training_s: float | None
    rows_per_second: float | None
    parameter_count: int | None
    failure: str


@dataclass(frozen=True)
class Comparison:
    """Several jobs. `differences` holds what is not the same in all their specifications: values by field, in the order
    of the jobs; one parameter of several is "architecture_parameters.momentum", and "snapshot" is what they read."""

    jobs: tuple[JobResult, ...]
    differences: dict[str, tuple[Any, ...]]


def compare(jobs: Sequence[TrainingJob], epochs: Sequence[Sequence[Progress]]) -> Comparison:
    """Compares jobs of which the epochs are given in the same order."""
    results = tuple(_result(job, of_job) for job, of_job in zip(jobs, epochs, strict=True))
    flat = [dict(_settings(job)) for job in jobs]
    names = dict.fromkeys(name for settings in flat for name in settings)
    rows = {name: tuple(settings.get(name) for settings in flat) for name in names}
    return Comparison(results, {name: values for name, values in rows.items() if any(v != values[0] for v in values)})


def _settings(job: TrainingJob) -> Iterator[tuple[str, Any]]:
    """Every setting of a specification by name, in the order of its fields."""
    for field in fields(job.spec):
        value = getattr(job.spec, field.name)
        if isinstance(value, Mapping):
            yield from ((f"{field.name}.{name}", value[name]) for name in sorted(value))
        else:
            yield field.name, value
    if job.data is not None:
        yield "snapshot", job.data.pin.snapshot_id


def _result(job: TrainingJob, epochs: Sequence[Progress]) -> JobResult:
    best = min(epochs, key=_rank, default=None)
    return JobResult(
        job_id=job.job_id,
        state=job.state,
        epoch=len(epochs),
        epoch_count=job.spec.epochs or 0,
        best_epoch=best.epoch if best else None,
        best=_figures(best) if best else {},
        last=_figures(epochs[-1]) if epochs else {},
        queued_s=_span(job.create_time, job.start_time),
        training_s=_span(job.start_time, job.end_time),
        rows_per_second=epochs[-1].rows_per_second if epochs else None,
        parameter_count=job.model.parameter_count if job.model else None,
        failure=job.failure,
    )


def _rank(progress: Progress) -> float:
    """What is lowest in the best epoch."""
    loss = progress.validation_metrics.get("loss", progress.loss)
    return loss if math.isfinite(loss) else math.inf


def _figures(progress: Progress) -> dict[str, float]:
    held_out = {f"val_{name}": value for name, value in sorted(progress.validation_metrics.items())}
    return {"loss": progress.loss, **dict(sorted(progress.metrics.items())), **held_out}


def _span(start: datetime | None, end: datetime | None) -> float | None:
    return (end - start).total_seconds() if start and end else None
