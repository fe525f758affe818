"""What a job's process reports, made into events, and what has to be known of it when the process has ended.

Leaves the pipe to `runner` and the events to `events`.
"""

import logging
import math
import time
from collections.abc import Callable, Mapping
from typing import Any

from training_service.events import EventLog
from training_service.job import EventKind, JobData, Progress, read_shape
from training_service.messages import LAST_KINDS, Message
from training_service.specification import Pin, Specification

_log = logging.getLogger(__name__)

# Step events come at most this often.
STEP_INTERVAL_S = 0.1


class Reports:
    """The reports of one job. `last` is the message that announced the end, None as long as none has come."""

    def __init__(self, job_id: str, specification: Specification, log: EventLog) -> None:
        self._job_id, self._specification, self._log = job_id, specification, log
        self._readers: dict[str, Callable[[Message], None]] = {
            "data": self._take_data,
            "model": self._take_model,
            "step": self._take_step,
            "epoch": self._take_epoch,
            **dict.fromkeys(LAST_KINDS, self._take_last),
        }
        self._steps_per_epoch = 0
        self._first_step: tuple[float, int] | None = None
        self._next_step_s = 0.0
        self.step = 0
        self.parameter_count = 0
        self.last: Message | None = None

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
        self._steps_per_epoch = data.steps_per_epoch
        self._log.add(self._job_id, EventKind.DATA, data)

    def _take_model(self, message: Message) -> None:
        self.parameter_count = int(message["parameter_count"])

    def _take_step(self, message: Message) -> None:
        progress = self._progress(message)
        now = time.monotonic()
        if now >= self._next_step_s:
            self._next_step_s = now + STEP_INTERVAL_S
            self._log.add(self._job_id, EventKind.STEP, progress)

    def _take_epoch(self, message: Message) -> None:
        self._log.add(self._job_id, EventKind.EPOCH, self._progress(message))

    def _take_last(self, message: Message) -> None:
        self.last = message
        self.step = max(self.step, int(message.get("step", 0)))

    def _progress(self, message: Message) -> Progress:
        step, now = int(message["step"]), time.monotonic()
        self.step = step
        self._first_step = self._first_step or (now, step)
        first_time, first_step = self._first_step
        elapsed_s = now - first_time
        step_count = self._steps_per_epoch * self._specification.epochs
        return Progress(
            step=step,
            step_count=step_count,
            epoch=int(message["epoch"]),
            epoch_count=self._specification.epochs,
            loss=_number(message["loss"]),
            metrics=_numbers(message.get("metrics")),
            validation_metrics=_numbers(message.get("validation")),
            images_per_second=_number(message.get("images_per_second", 0.0)),
            input_wait_share=_number(message.get("input_wait_share", 0.0)),
            elapsed_s=elapsed_s,
            time_left_s=_time_left_s(message.get("remaining_s"), step_count - step, elapsed_s, step - first_step),
        )


def _time_left_s(told: Any, steps_left: int, elapsed_s: float, steps_done: int) -> float | None:
    """What the process estimates, else the steps left at the speed so far; None as long as there is no speed."""
    if isinstance(told, int | float) and math.isfinite(told) and told >= 0:
        return float(told)
    return max(0, steps_left) * elapsed_s / steps_done if steps_done > 0 else None


def _pin(values: Mapping[str, Any]) -> Pin:
    return Pin(str(values["snapshot_id"]), int(values["row_count"]), str(values["digest"]))


def _numbers(values: Mapping[str, Any] | None) -> dict[str, float]:
    return {str(name): _number(value) for name, value in (values or {}).items()}


def _number(value: Any) -> float:
    """A number; None, which is how strict JSON writes them, stands for one that is not finite."""
    return math.nan if value is None else float(value)
