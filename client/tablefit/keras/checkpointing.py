"""Takes checkpoints while Keras trains, and takes a training up again at one, within a single `model.fit`.

Keras knows only whole epochs. A training that goes on within one is given a feed that starts at the step, all state at
the start of that epoch, and an end of it after the steps that are left:

    epoch begins    every callback begins it, then variables and callbacks get their state back
    steps           their numbers go on where they stopped; the last one asks Keras to stop
    epoch ends      the request is taken back before the callbacks see the end, so that theirs are told from it

A training that goes on with a whole epoch gets its state before that begins, as its callbacks had when they ended the
epoch before. Leaves to `training_state` what is kept, to `checkpoint_schedule` when.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import keras

from tablefit.keras import callback_state, training_state
from tablefit.keras.checkpoint_files import Checkpoint, CheckpointFolder
from tablefit.keras.checkpoint_schedule import Schedule
from tablefit.keras.checkpoint_writer import CheckpointWriter, Written
from tablefit.keras.pace import Plan
from tablefit.keras.waiting import now_s


@dataclass(frozen=True)
class Start:
    """Where a training begins: after `step` steps, with the state of `checkpoint` if there is one.

    `is_over`: no step follows. `damaged` says which checkpoints could not be read.
    """

    step: int = 0
    checkpoint: Checkpoint | None = None
    is_over: bool = False
    damaged: tuple[str, ...] = ()


@dataclass
class Checkpoints:
    """The checkpoints of one training. Use it in a `with` block; `find_start` comes first.

    `training` tells this training from others; `on_written` hears of each checkpoint that is safe, in another thread.
    """

    folder: CheckpointFolder
    schedule: Schedule
    training: Mapping[str, Any]
    on_written: Callable[[Written], None]
    _writer: CheckpointWriter = field(init=False)
    _opened: ExitStack = field(default_factory=ExitStack, init=False)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self.folder)
            self._writer = CheckpointWriter(self.folder, self._charge)
            stack.callback(self._writer.close)
            self._opened = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._opened.close()

    def find_start(self) -> Start:
        """Where the training goes on. Raises InvalidInput when the checkpoints are another training's."""
        found = self.folder.find()
        if found.checkpoint is None:
            return Start(damaged=found.damaged)
        training_state.check_same(found.checkpoint, self.training, self.folder.path)
        return Start(found.checkpoint.step, found.checkpoint, found.checkpoint.state["is_over"], found.damaged)

    def keep_start(self, callbacks: Sequence[Any]) -> None:
        """Keeps what callbacks found before the first step, where they add to files."""
        if callback_state.writes_files(callbacks):
            self._writer.submit(training_state.capture_start(callbacks, self.training))
            self._writer.finish()

    def consider(self, model: Any, callbacks: Sequence[Any], step: int, *, ends_epoch: bool, is_last: bool) -> None:
        """Takes a checkpoint when one is due. The training waits while it is copied, not while it is written.

        `is_last`: nothing but its end is left of the training.
        """
        start = now_s()
        if is_last or self.schedule.is_due(step, start, ends_epoch=ends_epoch):
            self.schedule.take(step, start)
            is_over = ends_epoch and model.stop_training
            self._writer.submit(training_state.capture(model, callbacks, step, self.training, is_over=is_over))
            self.schedule.charge(now_s() - start)

    def clear(self) -> None:
        """Removes them all: the training has reached its end."""
        self._writer.finish()
        self.folder.clear()

    def _charge(self, written: Written) -> None:
        self.schedule.charge(written.processor_s)
        self.on_written(written)


class Course(keras.callbacks.CallbackList):  # type: ignore[misc]  # Keras has no types
    """The callbacks of one `model.fit`, which begins at `start`; takes `checkpoints`, when there are any."""

    def __init__(
        self,
        callbacks: Sequence[Any],
        model: Any,
        plan: Plan,
        start: Start,
        checkpoints: Checkpoints | None,
        *,
        verbose: int | str,
    ) -> None:
        super().__init__(
            list(callbacks),
            add_history=True,
            add_progbar=verbose != 0,
            model=model,
            verbose=verbose,
            epochs=plan.epochs,
            steps=plan.steps_per_epoch,
        )
        self._plan, self._start, self._checkpoints = plan, start, checkpoints
        self._first_epoch, self._offset = divmod(start.step, plan.steps_per_epoch)
        self._epoch = self._first_epoch
        self._asked_to_stop = False

    def on_train_begin(self, logs: Mapping[str, float] | None = None) -> None:
        """Begins, or goes on with a whole epoch."""
        super().on_train_begin(logs)
        if self._checkpoints is not None:
            self._checkpoints.schedule.start(self._start.step, now_s())
            if self._start.step == 0:
                self._checkpoints.keep_start(self.callbacks)
        if not self._offset:
            self._restore()

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Begins an epoch, or goes on within it."""
        super().on_epoch_begin(epoch, logs)
        self._epoch = epoch
        if epoch > self._first_epoch:
            self._offset = 0
        if self._offset:
            self._restore()

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        """A step of the epoch, from 0, begins."""
        super().on_train_batch_begin(batch + self._offset, logs)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        """A step has ended, the last one of an execution of several."""
        super().on_train_batch_end(batch + self._offset, logs)
        done = batch + self._offset + 1
        if done < self._plan.steps_per_epoch:
            self._consider(self._epoch * self._plan.steps_per_epoch + done, ends_epoch=False)
        elif self._offset and not self.model.stop_training:
            self._asked_to_stop = self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """An epoch has ended, its validation included."""
        if self._asked_to_stop:
            self._asked_to_stop = self.model.stop_training = False
        super().on_epoch_end(epoch, logs)
        self._consider((epoch + 1) * self._plan.steps_per_epoch, ends_epoch=True)

    def _consider(self, step: int, *, ends_epoch: bool) -> None:
        if self._checkpoints is None or (self.model.stop_training and not ends_epoch):
            return
        is_last = ends_epoch and (self.model.stop_training or self._epoch + 1 == self._plan.epochs)
        self._checkpoints.consider(self.model, self.callbacks, step, ends_epoch=ends_epoch, is_last=is_last)

    def _restore(self) -> None:
        if self._start.step and self._start.checkpoint is not None:
            training_state.restore(self.model, self.callbacks, self._start.checkpoint)
