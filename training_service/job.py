"""What the service knows of one job: its state, its data, its progress, its model, and the events of its life.

Plain values and how they are written as JSON. Leaves their order and queue to `jobs`, their keeping to `records`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from training_service.specification import Pin, Specification


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing comes after it."""
        return self in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True)
class JobData:
    """What a job reads. Row counts are of the two parts; `input_shape` is (height, width, channel) of its images.

    `task` is empty in what was kept by an earlier release.
    """

    class_names: tuple[str, ...]
    training_rows: int
    validation_rows: int
    steps_per_epoch: int
    input_shape: tuple[int, int, int] | None
    pin: Pin
    task: str = ""
    targets: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Progress:
    """How far a job is. Steps and epochs count from 1; loss and metrics are means over the epoch so far."""

    step: int
    step_count: int
    epoch: int
    epoch_count: int
    loss: float
    metrics: dict[str, float] = field(default_factory=dict)
    validation_metrics: dict[str, float] = field(default_factory=dict)
    rows_per_second: float = 0.0
    input_wait_share: float = 0.0
    elapsed_s: float = 0.0
    time_left_s: float | None = None
    learning_rate: float | None = None
    gradient_norm: float | None = None
    memory_bytes: int = 0


@dataclass(frozen=True)
class ModelFile:
    """A trained model's file; `sha256` is 64 hexadecimal digits."""

    file_name: str
    size_bytes: int
    sha256: str
    parameter_count: int


@dataclass(frozen=True)
class StateChange:
    """A job entered a state; `failure` says why when it failed."""

    state: JobState
    failure: str = ""
    model: ModelFile | None = None


@dataclass(frozen=True)
class Resumed:
    """A job goes on after `step`, which voids what was told of the steps beyond; `attempt` counts from 1."""

    step: int
    reason: str
    attempt: int


@dataclass(frozen=True)
class Checkpoint:
    """A job would go on after `step` from now on; `epoch`, from 1, is that of the step."""

    step: int
    epoch: int
    size_bytes: int
    duration_s: float


class EventKind(StrEnum):
    """What an event tells."""

    STATE = "state"
    DATA = "data"
    STEP = "step"
    EPOCH = "epoch"
    RESUMED = "resumed"
    CHECKPOINT = "checkpoint"


Content = StateChange | JobData | Progress | Resumed | Checkpoint


@dataclass(frozen=True)
class Event:
    """Something that happened to a job. `content` is what its kind is called, or Progress for step and epoch."""

    sequence: int
    time: datetime
    kind: EventKind
    content: Content

    @property
    def ends_job(self) -> bool:
        """Whether it is the last event of its job."""
        return isinstance(self.content, StateChange) and self.content.state.ended


@dataclass(frozen=True)
class Job:
    """One run of a training script. `number` orders jobs by creation; `asked` is what the caller gave, as JSON.

    `rerun_of` is the id of the job that it repeats, empty for others.
    """

    number: int
    job_id: str
    state: JobState
    specification: Specification
    script: str
    create_time: datetime
    request_id: str = ""
    asked: str = ""
    failure: str = ""
    start_time: datetime | None = None
    end_time: datetime | None = None
    cancel_requested: bool = False
    progress: Progress | None = None
    data: JobData | None = None
    model: ModelFile | None = None
    last_sequence: int = 0
    rerun_of: str = ""
    resume_count: int = 0
    checkpoint: Checkpoint | None = None


def to_json(content: Content | ModelFile) -> str:
    """The text that the functions below read. Losses that are no numbers are kept as NaN and Infinity."""
    return json.dumps(asdict(content))


def read_content(kind: EventKind, text: str) -> Content:
    """The content of an event of this kind."""
    return _READERS[kind](json.loads(text))


def read_progress(values: Mapping[str, Any]) -> Progress:
    """Progress from its fields."""
    return Progress(**values)


def read_data(values: Mapping[str, Any]) -> JobData:
    """JobData from its fields."""
    lists = {name: tuple(values.get(name, ())) for name in ("class_names", "targets", "columns")}
    shape = read_shape(values["input_shape"])
    return JobData(**{**values, **lists, "input_shape": shape, "pin": Pin.read(values["pin"])})


def read_shape(values: Sequence[Any] | None) -> tuple[int, int, int] | None:
    """The shape of an image from its three numbers; None where there is none."""
    if values is None:
        return None
    height, width, channels = values
    return int(height), int(width), int(channels)


def read_model(values: Mapping[str, Any]) -> ModelFile:
    """ModelFile from its fields."""
    return ModelFile(**values)


def read_checkpoint(values: Mapping[str, Any]) -> Checkpoint:
    """Checkpoint from its fields."""
    return Checkpoint(**values)


def _read_state(values: Mapping[str, Any]) -> StateChange:
    model = values["model"]
    return StateChange(JobState(values["state"]), values["failure"], read_model(model) if model else None)


_READERS: Mapping[EventKind, Callable[[Mapping[str, Any]], Content]] = {
    EventKind.STATE: _read_state,
    EventKind.DATA: read_data,
    EventKind.STEP: read_progress,
    EventKind.EPOCH: read_progress,
    EventKind.RESUMED: lambda values: Resumed(**values),
    EventKind.CHECKPOINT: read_checkpoint,
}
