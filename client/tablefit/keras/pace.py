"""How fast a training goes, and how long it will take: arithmetic on times, without Keras.

The first step of a run builds the network's functions, which takes seconds, so it is left out of speed and estimate.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Plan:
    """What a training has before it. `rows` are those of one epoch, each counted once."""

    epochs: int
    steps_per_epoch: int
    rows: int
    validation_steps: int


@dataclass(frozen=True)
class Measured:
    """Training rows a second, and the share of the time in which training waited for input, 0 to 1.

    Both are of the epoch so far, up to its last step.
    """

    rows_per_second: float
    input_wait_share: float


@dataclass
class Pace:
    """The times of a run. All times are seconds of one clock; `step` counts from 1 over all epochs.

    The run makes the steps after `start_step`.
    """

    plan: Plan
    start_step: int = 0
    measured: Measured = field(default_factory=lambda: Measured(0.0, 0.0))
    _epoch_start: float = 0.0
    _epoch_waited: float = 0.0
    # Since when speed is measured in this epoch, and how many steps were done since.
    _speed_start: float = 0.0
    _epoch_steps: int = 0
    _last_step: float = 0.0
    _last_number: int | None = None
    _timed_steps: int = 0
    _timed_s: float = 0.0
    _validation_s: float | None = None

    def start_epoch(self, now: float, waited_s: float) -> None:
        """An epoch begins; `waited_s` is the waiting of the run up to now."""
        self._epoch_start = self._speed_start = self._last_step = now
        self._epoch_steps = 0
        self._epoch_waited = waited_s

    def finish_step(self, step: int, now: float, waited_s: float) -> None:
        """Training step `step` is done; one execution may do several."""
        is_first = self._last_number is None
        count = step - (self.start_step if self._last_number is None else self._last_number)
        self._last_number = step
        if not is_first:
            self._timed_steps += count
            self._timed_s += now - self._last_step
        self._last_step = now
        self._epoch_steps += count
        rows = self.plan.rows / self.plan.steps_per_epoch * self._epoch_steps
        share = (waited_s - self._epoch_waited) / max(now - self._epoch_start, 1e-9)
        self.measured = Measured(rows / max(now - self._speed_start, 1e-9), min(1.0, max(0.0, share)))
        if is_first and step % self.plan.steps_per_epoch:
            self._speed_start, self._epoch_steps = now, 0

    def finish_epoch(self, now: float) -> float:
        """The epoch's validation is over; returns how long the epoch took with it."""
        taken = now - self._last_step
        # The first validation builds its function too, so the shortest one tells best.
        self._validation_s = taken if self._validation_s is None else min(self._validation_s, taken)
        return now - self._epoch_start

    def remaining_s(self, step: int, *, validated: bool) -> float | None:
        """Estimated time to the end after `step`; None until a second step has been timed.

        `validated` says whether the validation of the epoch that `step` belongs to is over.
        """
        if not self._timed_steps:
            return None
        step_s = self._timed_s / self._timed_steps
        # A validation step has no backward pass, which is about two thirds of a training step.
        validation_s = step_s * self.plan.validation_steps / 3 if self._validation_s is None else self._validation_s
        epochs_done = (step - 1) // self.plan.steps_per_epoch + (1 if validated else 0)
        steps_left = self.plan.epochs * self.plan.steps_per_epoch - step
        return steps_left * step_s + (self.plan.epochs - epochs_done) * validation_s
