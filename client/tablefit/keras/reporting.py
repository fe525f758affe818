"""What Keras calls back while it trains: reports progress to the job, and ends a training that has diverged.

Leaves the arithmetic to `pace`, the measuring of waits to `waiting` and the sending to `job`.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np

from tablefit.keras.failures import LossNotFiniteError
from tablefit.keras.job import Job
from tablefit.keras.measures import learning_rate, resident_bytes
from tablefit.keras.pace import Pace
from tablefit.keras.waiting import WaitClock, now_s

_STEP_INTERVAL_S = 0.1


class Reporting(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Follows one `model.fit`. Without a job it reports nothing, but still measures and still ends on a loss of NaN."""

    def __init__(
        self, job: Job | None, pace: Pace, clock: WaitClock, gradient_norm: Callable[[], float] | None = None
    ) -> None:
        super().__init__()
        self._job, self._pace, self._clock, self._gradient_norm = job, pace, clock, gradient_norm
        self._epoch = 0
        self._next_report = 0.0
        self._logs: dict[str, float] = {}
        # The first epoch begins with the wait for its first batch, which is measured from before Keras calls.
        self._is_first_epoch = True
        self.step = pace.start_step

    def get_state(self) -> dict[str, Any]:
        """Nothing: what it knows follows from the step, and times are those of a process."""
        return {}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Nothing."""

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Starts the times of epoch `epoch`, from 0."""
        self._epoch = epoch + 1
        now = now_s()
        if not self._is_first_epoch:
            self._clock.resume(now)
            self._pace.start_epoch(now, self._clock.waited_s)
        self._is_first_epoch = False

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        """Counts the steps of an execution, which ends with the epoch's step `batch`, from 0.

        Reports them when the last report is a tenth of a second old and the epoch goes on.
        """
        now = now_s()
        before, self.step = self.step, (self._epoch - 1) * self._pace.plan.steps_per_epoch + batch + 1
        self._clock.finish_step(now, self.step - before)
        self._pace.finish_step(self.step, now, self._clock.waited_s)
        self._logs = dict(logs or {})
        self._check(self._logs.get("loss", 0.0), "loss", "at")
        if self.step % self._pace.plan.steps_per_epoch == 0:
            # What follows is validation, if there is any.
            self._clock.pause()
        if self._job is None:
            return
        self._job.step = self.step
        if now >= self._next_report and self.step % self._pace.plan.steps_per_epoch:
            self._next_report = now + _STEP_INTERVAL_S
            self._job.send("step", **self._progress(self._logs, validated=False))

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Reports the epoch with its validation."""
        duration_s = self._pace.finish_epoch(now_s())
        validation = {
            name.removeprefix("val_"): float(value) for name, value in (logs or {}).items() if name.startswith("val_")
        }
        self._check(validation.get("loss", 0.0), "validation loss", "after")
        if self._job is not None:
            progress = self._progress(self._logs, validated=True)
            self._job.send("epoch", **progress, validation=_finite(validation), duration_s=duration_s)

    def on_train_end(self, logs: Mapping[str, float] | None = None) -> None:
        """Looks at what was learnt: no loss tells of the last step's update when nothing is validated after it."""
        if not all(np.isfinite(weights).all() for weights in self.model.get_weights()):
            raise LossNotFiniteError(
                f"The weights became NaN or infinite at step {self.step}; try a smaller learning rate."
            )

    def _progress(self, logs: Mapping[str, float], *, validated: bool) -> dict[str, Any]:
        measured = self._pace.measured
        figures = {"learning_rate": learning_rate(self.model.optimizer)}
        if self._gradient_norm is not None:
            figures["gradient_norm"] = self._gradient_norm()
        return {
            "step": self.step,
            "epoch": self._epoch,
            "loss": logs["loss"],
            "metrics": _finite({name: value for name, value in logs.items() if name != "loss"}),
            "rows_per_second": measured.rows_per_second,
            "input_wait_share": measured.input_wait_share,
            "remaining_s": self._pace.remaining_s(self.step, validated=validated),
            "memory_bytes": resident_bytes(),
            **_finite({name: value for name, value in figures.items() if value is not None}),
        }

    def _check(self, loss: float, name: str, when: str) -> None:
        if not math.isfinite(loss):
            value = "NaN" if math.isnan(loss) else "infinite"
            raise LossNotFiniteError(f"The {name} became {value} {when} step {self.step}; try a smaller learning rate.")


def _finite(values: Mapping[str, float]) -> dict[str, float]:
    """The values that JSON can hold: a metric that is undefined is left out, and no reason to stop."""
    return {name: value for name, value in values.items() if math.isfinite(value)}
