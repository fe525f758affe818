"""What a job's process reports, made into events, and what has to be known of it when the process has ended.

Leaves the pipe to `runner` and the events to `events`.
"""

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from tablefit.errors import TooBusy

from training_service.events import EventLog
from training_service.job import Checkpoint, Content, EventKind, Job, JobData, Progress, Resumed, read_shape
from training_service.messages import LAST_KINDS, Message
from training_service.resumption import Attempt
from training_service.specification import Pin

_log = logging.getLogger(__name__)

# Step events come at most this often.
STEP_INTERVAL_S = 0.1


class Reports:
    """The reports of one job. `last` is the message that announced the end, None as long as none has come.

    What a process tells again that another one has told before it, since it went on from an earlier step, is left out.
    What cannot be kept when it comes, as on a full disk, waits here until it can; of steps nothing waits.
    """

    def __init__(self, job: Job, log: EventLog) -> None:
        self._job_id, self._specification, self._log = job.job_id, job.specification, log
        self._readers: dict[str, Callable[[Message], None]] = {
            "data": self._take_data,
            "model": self._take_model,
            "start": self._take_start,
            "checkpoint": self._take_checkpoint,
            "step": self._take_step,
            "epoch": self._take_epoch,
            **dict.fromkeys(LAST_KINDS, self._take_last),
        }
        self._data = job.data
        self._first_step: tuple[float, int] | None = None
        self._elapsed_before_s = job.progress.elapsed_s if job.progress else 0.0
        self._elapsed_s = self._elapsed_before_s
        self._next_step_s = 0.0
        self._told_epoch_step = log.last_epoch_step(job.job_id)
        self._checkpoint_step = job.checkpoint.step if job.checkpoint else 0
        self._attempt: Attempt | None = None
        # In order; at most a few for each epoch.
        self._waiting: deque[tuple[EventKind, Content]] = deque()
        self._is_behind = False
        self.step = job.progress.step if job.progress else 0
        self.parameter_count = 0
        self.last: Message | None = None

    def begin_again(self, attempt: Attempt) -> None:
        """What comes now is of another process, which goes on where the last one ended."""
        self._attempt = attempt
        self._first_step, self._elapsed_before_s, self._next_step_s = None, self._elapsed_s, 0.0

    def take(self, message: Message) -> None:
        """Takes the next message. One that lacks something is logged and left out: the training is worth more."""
        reader = self._readers.get(message["kind"])
        if reader is None:
            _log.warning("job %s: its process sent a message of unknown kind %r", self._job_id, message["kind"])
            return
        try:
            reader(message)
        except (KeyError, TypeError, ValueError) as error:
            _log.warning("job %s: its process sent %r, which cannot be read: %r", self._job_id, message["kind"], error)

    def keep_waiting(self) -> None:
        """Keeps the events that could not be kept when they came. Raises TooBusy as long as they cannot."""
        while self._waiting:
            self._log.add(self._job_id, *self._waiting[0])
            self._waiting.popleft()
        self._is_behind = False

    def _tell(self, kind: EventKind, content: Content) -> None:
        """Keeps an event, or lets it wait: the training is worth more than being told of at once."""
        self._waiting.append((kind, content))
        try:
            self.keep_waiting()
        except TooBusy as error:
            if not self._is_behind:
                _log.error("job %s goes on, but its events cannot be kept yet: %s", self._job_id, error)
            self._is_behind = True
            if kind is EventKind.STEP:
                self._waiting.pop()

    def _take_data(self, message: Message) -> None:
        data = JobData(
            class_names=tuple(map(str, message["class_names"])),
            training_rows=int(message["training_rows"]),
            validation_rows=int(message["validation_rows"]),
            steps_per_epoch=int(message["steps_per_epoch"]),
            input_shape=read_shape(message["input_shape"]),
            pin=_pin(message["pin"]),
            task=str(message.get("task") or ""),
            targets=tuple(map(str, message.get("targets", ()))),
            columns=tuple(map(str, message.get("columns", ()))),
        )
        if data != self._data:
            self._data = data
            self._tell(EventKind.DATA, data)

    def _take_model(self, message: Message) -> None:
        self.parameter_count = int(message["parameter_count"])

    def _take_start(self, message: Message) -> None:
        self._go_on_after(int(message["step"]))

    def _go_on_after(self, step: int) -> None:
        """Tells once, before anything else of a process that goes on, where that is."""
        attempt, self._attempt = self._attempt, None
        if attempt is not None:
            self.step = step
            self._tell(EventKind.RESUMED, Resumed(step, attempt.reason, attempt.number))

    def _take_checkpoint(self, message: Message) -> None:
        checkpoint = Checkpoint(
            step=int(message["step"]),
            epoch=int(message["epoch"]),
            size_bytes=int(message["size_bytes"]),
            duration_s=float(message["duration_s"]),
        )
        if checkpoint.step > self._checkpoint_step:
            self._checkpoint_step = checkpoint.step
            self._tell(EventKind.CHECKPOINT, checkpoint)

    def _take_step(self, message: Message) -> None:
        self._go_on_after(0)
        progress = self._progress(message)
        now = time.monotonic()
        if now >= self._next_step_s:
            self._next_step_s = now + STEP_INTERVAL_S
            self._tell(EventKind.STEP, progress)

    def _take_epoch(self, message: Message) -> None:
        self._go_on_after(0)
        progress = self._progress(message)
        if progress.step > self._told_epoch_step:
            self._told_epoch_step = progress.step
            self._tell(EventKind.EPOCH, progress)

    def _take_last(self, message: Message) -> None:
        self.last = message
        self.step = max(self.step, int(message.get("step", 0)))

    def _progress(self, message: Message) -> Progress:
        step, now = int(message["step"]), time.monotonic()
        self.step = step
        self._first_step = self._first_step or (now, step)
        first_time, first_step = self._first_step
        elapsed_s = now - first_time
        self._elapsed_s = self._elapsed_before_s + elapsed_s
        step_count = (self._data.steps_per_epoch if self._data else 0) * self._specification.epochs
        return Progress(
            step=step,
            step_count=step_count,
            epoch=int(message["epoch"]),
            epoch_count=self._specification.epochs,
            loss=_number(message["loss"]),
            metrics=_numbers(message.get("metrics")),
            validation_metrics=_numbers(message.get("validation")),
            rows_per_second=_number(message.get("rows_per_second", 0.0)),
            input_wait_share=_number(message.get("input_wait_share", 0.0)),
            elapsed_s=self._elapsed_s,
            time_left_s=_time_left_s(message.get("remaining_s"), step_count - step, elapsed_s, step - first_step),
            learning_rate=_optional(message.get("learning_rate")),
            gradient_norm=_optional(message.get("gradient_norm")),
            memory_bytes=int(message.get("memory_bytes", 0)),
        )


def _time_left_s(told: Any, steps_left: int, elapsed_s: float, steps_done: int) -> float | None:
    """What the process estimates, else the steps left at the speed so far; None as long as there is no speed."""
    if isinstance(told, int | float) and math.isfinite(told) and told >= 0:
        return float(told)
    return max(0, steps_left) * elapsed_s / steps_done if steps_done > 0 else None


def _optional(value: Any) -> float | None:
    return None if value is None else float(value)


def _pin(values: Mapping[str, Any]) -> Pin:
    return Pin(str(values["snapshot_id"]), int(values["row_count"]), str(values["digest"]))


def _numbers(values: Mapping[str, Any] | None) -> dict[str, float]:
    return {str(name): _number(value) for name, value in (values or {}).items()}


def _number(value: Any) -> float:
    """A number; None, which is how strict JSON writes them, stands for one that is not finite."""
    return math.nan if value is None else float(value)
