"""Fits a model to a table: the one call of a script, in a job and without one alike.

Leaves what is read to `table_data`, reading ahead to `feed`, what is reported to `reporting`, and being taken up again
to `checkpointing`.
"""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from typing import Any

import keras

from tablefit.keras import callback_state, job, saving, training_state
from tablefit.keras.checkpoint_files import CheckpointFolder
from tablefit.keras.checkpoint_schedule import EVERY_S, Schedule
from tablefit.keras.checkpoint_writer import Written
from tablefit.keras.checkpointing import Checkpoints, Course, Start
from tablefit.keras.datasets import as_dataset
from tablefit.keras.feed import Feed
from tablefit.keras.measures import GradientNorm
from tablefit.keras.pace import Pace, Plan
from tablefit.keras.reporting import Reporting
from tablefit.keras.table_data import Arrays, TableData
from tablefit.keras.validation import ValidationBatches, validation_data
from tablefit.keras.waiting import WaitClock, make_clock, now_s
from tablefit.rpc.calls import call_patiently


def fit(
    model: Any,
    data: TableData,
    *,
    epochs: int,
    save: str | os.PathLike[str] | None = None,
    callbacks: Sequence[Any] = (),
    checkpoints: str | os.PathLike[str] | None = None,
    checkpoint_every_steps: int | None = None,
    checkpoint_every_s: float | None = EVERY_S,
    report_gradient_norm: bool = False,
) -> Any:
    """Fits a compiled `model` to `data` and returns Keras's history.

    `save` is the file for the trained model, ending in ".keras". `callbacks` are Keras's. In a job progress goes to
    the training service, else Keras shows its bar. The snapshot that is read neither expires nor can it be deleted
    meanwhile.

    `checkpoints` is a folder for checkpoints; in a job there is one anyway. They are taken at the end of each epoch,
    every `checkpoint_every_s` seconds (None: not by time) and every `checkpoint_every_steps` steps. A training that
    died is taken up by the same call with the same folder: it goes on after the step of its last checkpoint, to the
    same weights and the same history. When `fit` returns, the folder is empty again.

    Raises what reading the data raises, LossNotFiniteError when the loss or a weight becomes NaN or infinite,
    InvalidInput when the checkpoints are another training's, WrongState when another process writes them.
    """
    if save is not None:
        saving.check_target(save)
        saving.check_savable(data)
    running = job.current()
    plan = Plan(epochs, data.steps_per_epoch, data.training.row_count, data.validation_steps)
    schedule = Schedule(checkpoint_every_steps, checkpoint_every_s)
    with ExitStack() as stack:
        kept = _open_checkpoints(checkpoints, schedule, data, plan, running)
        if kept is not None:
            stack.enter_context(kept)
        hold = data.client.hold_snapshot(data.training.pin.snapshot_id, data.reader)
        call_patiently(lambda: stack.enter_context(hold), data.patience_s)
        norm = stack.enter_context(closing(GradientNorm(model.optimizer))) if report_gradient_norm else None
        fitting = Fitting(model, data, plan, running, kept, norm)
        history = fitting.run(callbacks)
        sys.stdout.write(f"Trained in {now_s() - data.opened_at:.3f} s, from the first request for data.\n")
        saved = _save(model, data, save, history.history)
        if kept is not None and running is None:
            # In a job the service removes them, once it knows that the job has ended.
            kept.clear()
    if running:
        running.finish(fitting.step, saved)
    return history


def _open_checkpoints(
    folder: str | os.PathLike[str] | None, schedule: Schedule, data: TableData, plan: Plan, running: job.Job | None
) -> Checkpoints | None:
    """The checkpoints of a job, or of a script that names a folder for them."""
    path = folder or (running.directory / job.CHECKPOINT_FOLDER if running else None)
    if path is None:
        return None

    def report(written: Written) -> None:
        if running:
            epoch = -(-written.step // plan.steps_per_epoch)
            facts = {"size_bytes": written.size_bytes, "duration_s": written.duration_s}
            running.send("checkpoint", step=written.step, epoch=epoch, **facts)

    return Checkpoints(CheckpointFolder(path), schedule, data.identity, report)


@dataclass
class Fitting:
    """One call of `model.fit`, from where its checkpoints say. `step` is the last step done."""

    model: Any
    data: TableData
    plan: Plan
    running: job.Job | None
    checkpoints: Checkpoints | None
    gradient_norm: GradientNorm | None
    step: int = field(default=0, init=False)
    _clock: WaitClock = field(init=False)

    def __post_init__(self) -> None:
        self._clock = make_clock(self.model.steps_per_execution)

    def run(self, callbacks: Sequence[Any]) -> Any:
        """Trains to the end of the plan and returns the history."""
        start = self.checkpoints.find_start() if self.checkpoints is not None else Start()
        for sentence in start.damaged:
            sys.stderr.write(f"{sentence}\n")
        if self.running:
            self.running.send("model", parameter_count=self.model.count_params())
            self.running.send("start", step=start.step)
        if start.step:
            self._build()
        pace = Pace(self.plan, start.step)
        reporting = Reporting(self.running, pace, self._clock, self.gradient_norm)
        everybody = [reporting, *callbacks]
        now = now_s()
        self._clock.resume(now)
        pace.start_epoch(now, 0.0)
        kept = start.checkpoint.state["callbacks"] if start.checkpoint is not None else []
        with callback_state.rewound(everybody, kept):
            verbose = 2 if self.running else "auto"
            course = Course(everybody, self.model, self.plan, start, self.checkpoints, verbose=verbose)
            history = self._fit(course, start)
        _part_averages(self.model)
        self.step = reporting.step
        return history

    def _build(self) -> None:
        with closing(self.data.open_training(0)) as stream:
            training_state.build(self.model, self.data.training_arrays(next(iter(stream))))

    def _fit(self, course: Course, start: Start) -> Any:
        """Calls `model.fit`. Keras wraps what its input raises beyond recognition, so the feed's error is raised."""
        first, offset = divmod(start.step, self.plan.steps_per_epoch)
        first = self.plan.epochs if start.is_over else first
        data = self.data
        with ExitStack() as stack:
            feed = Feed(
                lambda epoch: data.open_training(epoch, offset if epoch == first else 0), range(first, self.plan.epochs)
            )
            stack.enter_context(feed)
            validation = ValidationBatches(data) if self.plan.validation_steps else None
            if validation is not None:
                stack.callback(validation.close)
            try:
                return self.model.fit(
                    _training_data(_generate(feed, data, self._clock), data),
                    epochs=self.plan.epochs,
                    initial_epoch=first,
                    steps_per_epoch=self.plan.steps_per_epoch,
                    validation_data=validation_data(validation, data),
                    callbacks=course,
                    verbose=course.params["verbose"],
                    shuffle=False,
                )
            except Exception as error:
                cause = feed.error or data.error or (validation.error if validation is not None else None)
                if cause is not None:
                    raise cause from error
                raise


def _part_averages(model: Any) -> None:
    """Gives the optimizer's variables arrays of their own.

    With use_ema Keras ends by letting the weights share the arrays of their averages, and on JAX the next prediction
    takes the weights' arrays away: the averages could no longer be saved.
    """
    if keras.backend.backend() == "jax":
        for variable in model.optimizer.variables:
            variable.assign(keras.ops.copy(variable))


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
    model: Any, data: TableData, save: str | os.PathLike[str] | None, history: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Writes the model, if wanted; returns what the job reports of it."""
    if save is None:
        return None
    written = saving.save_trained(model, data, save, history)
    return {"path": os.fspath(written.path), "sha256": written.sha256, "size_bytes": written.size_bytes}
