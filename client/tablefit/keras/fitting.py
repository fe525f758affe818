"""Fits a model to a table: the one call of a script, in a job and without one alike.

Leaves what is read to `table_data`, reading ahead to `feed`, and what is reported to `reporting`.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import keras

from tablefit.keras import job, saving
from tablefit.keras.datasets import as_dataset
from tablefit.keras.feed import Feed
from tablefit.keras.pace import Pace, Plan
from tablefit.keras.reporting import Reporting
from tablefit.keras.table_data import Arrays, TableData
from tablefit.keras.validation import ValidationBatches, validation_data
from tablefit.keras.waiting import WaitClock, now_s
from tablefit.rpc.calls import call_patiently


def fit(
    model: Any,
    data: TableData,
    *,
    epochs: int,
    save: str | os.PathLike[str] | None = None,
    callbacks: Sequence[Any] = (),
) -> Any:
    """Fits a compiled `model` to `data` and returns Keras's history.

    `save` is the file for the trained model, ending in ".keras". `callbacks` are Keras's. In a job progress goes to
    the training service, else Keras shows its bar. The snapshot that is read neither expires nor can it be deleted
    meanwhile. Raises what reading the data raises, and LossNotFiniteError when the loss or a weight becomes NaN or
    infinite.
    """
    if save is not None:
        saving.check_target(save)
    running = job.current()
    if running:
        running.send("model", parameter_count=model.count_params())
    plan = Plan(epochs, data.steps_per_epoch, data.training.row_count, data.validation_steps)
    clock = WaitClock()
    pace = Pace(plan)
    reporting = Reporting(running, pace, clock)
    with ExitStack() as stack:
        hold = data.client.hold_snapshot(data.training.pin.snapshot_id, data.reader)
        call_patiently(lambda: stack.enter_context(hold), data.patience_s)
        start = now_s()
        clock.resume(start)
        pace.start_epoch(start, 0.0)
        history = _run(model, data, plan, clock, [reporting, *callbacks], verbose=2 if running else "auto")
    saved = _save(model, data, save, running)
    if running:
        running.finish(reporting.step, saved)
    return history


def _run(model: Any, data: TableData, plan: Plan, clock: WaitClock, callbacks: list[Any], *, verbose: int | str) -> Any:
    """Calls `model.fit`. Keras wraps what its input raises beyond recognition, so the feed's own error is raised."""
    with ExitStack() as stack:
        feed = stack.enter_context(Feed(data.open_training, range(plan.epochs)))
        validation = ValidationBatches(data) if plan.validation_steps else None
        if validation is not None:
            stack.callback(validation.close)
        try:
            return model.fit(
                _training_data(_generate(feed, data, clock), data),
                epochs=plan.epochs,
                steps_per_epoch=plan.steps_per_epoch,
                validation_data=validation_data(validation, data),
                callbacks=callbacks,
                verbose=verbose,
                shuffle=False,
            )
        except Exception as error:
            cause = feed.error or (validation.error if validation is not None else None)
            if cause is not None:
                raise cause from error
            raise


def _training_data(training: Iterator[Arrays], data: TableData) -> Any:
    """The training batches in the form that suits the backend."""
    if keras.backend.backend() != "tensorflow":
        return training
    return as_dataset(lambda: training, data.arrangement.specs(data.batch_size))


def _generate(feed: Feed, data: TableData, clock: WaitClock) -> Iterator[Arrays]:
    """Every batch of every epoch, one after the other: Keras does not rewind a generator between epochs."""
    while True:
        blocked_since = now_s()
        batch = feed.take()
        if batch is None:
            return
        clock.give(blocked_since, now_s())
        yield data.training_arrays(batch)


def _save(
    model: Any, data: TableData, save: str | os.PathLike[str] | None, running: job.Job | None
) -> dict[str, Any] | None:
    """Writes the model, if wanted; returns what the job reports of it."""
    if save is None:
        return None
    job_id = running.job_id if running else None
    written = saving.save_model(model, save, saving.describe_model(data, model.name, job_id))
    return {"path": os.fspath(written.path), "sha256": written.sha256, "size_bytes": written.size_bytes}
