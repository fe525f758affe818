"""What the training client takes and returns, as frozen dataclasses, and their way from and to messages."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from tablefit.data.stream_requests import MODES, Split
from tablefit.data.streams import SnapshotPin
from tablefit.errors import InvalidInput
from tablefit.features import Features
from tablefit.rpc.times import to_datetime, to_duration, to_seconds
from tablefit.training.architectures import Setting, from_settings, to_settings, to_task
from tablefit.training.checkpoints import Checkpoint, checkpoint_fields, set_checkpoints, to_checkpoint
from tablefit.training.native import Component, StartingWeights, read_native, write_native
from tablefit.training.own_models import OwnModel
from tablefit.training.reading import fill_reading, read_reading
from tablefit.v1 import data_service_pb2
from tablefit.v1 import training_service_pb2 as pb

_MODE_NAMES = {number: name for name, number in MODES.items()}
# Fields of a specification that the message has under the same name and as the same type.
_PLAIN_FIELDS = (
    "table",
    "architecture",
    "optimizer",
    "learning_rate",
    "validation_split",
    "epochs",
    "batch_size",
    "seed",
    "save_model",
    "priority",
    "report_gradient_norm",
)


class JobState(StrEnum):
    """Where a job stands. The last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether the job has ended."""
        return self in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True)
class TrainingSpec:
    """What to train. None means the service's default, which the job's own specification then shows.

    `image_size` is (height, width) in pixels, `mode` "L" or "RGB"; both default to what the table stores. `seed` fixes
    weights, shuffle and split. `time_limit_s` bounds the wall time of training; the higher `priority` (-100 to 100) has
    its turn first. `columns` are taken as they are, `features` (in any form that `tablefit.features` knows) computed;
    without either, the columns that the architecture can take. `targets` are predicted, as `task` says or else their
    types (see `tablefit.data.tasks`); the default is "label" of an image table. `split` names the rows held out in
    place of `validation_split`, `snapshot` a state of the table to train on; `balance` "oversample" repeats rows of
    small classes.
    its turn first. Checkpoints are taken at the end of each epoch, when the last one is `checkpoint_every_s` old, and
    every `checkpoint_every_steps`; a lost data service is waited for `data_patience_s`.
    `own_model` is a Keras model in place of an architecture: a `.json` or `.keras` file, or its content.
    `class_weights` are "balanced" or numbers by class name; the other fields below name what Keras has:
    see the contract's TrainingSpec.
    """

    table: str
    architecture: str
    architecture_parameters: Mapping[str, Setting] = field(default_factory=dict)
    optimizer: str | None = None
    learning_rate: float | None = None
    validation_split: float | None = None
    epochs: int | None = None
    batch_size: int | None = None
    image_size: tuple[int, int] | None = None
    mode: str | None = None
    seed: int | None = None
    save_model: bool | None = None
    time_limit_s: float | None = None
    priority: int | None = None
    columns: Sequence[str] = ()
    features: Features = ()
    targets: Sequence[str] = ()
    task: str | None = None
    split: Split | None = None
    snapshot: str | None = None
    balance: str | None = None
    checkpoint_every_steps: int | None = None
    checkpoint_every_s: float | None = None
    data_patience_s: float | None = None
    report_gradient_norm: bool | None = None
    optimizer_arguments: Mapping[str, Any] = field(default_factory=dict)
    learning_rate_schedule: Component | None = None
    loss: Component | str | None = None
    metrics: Sequence[Component | str] = ()
    callbacks: Sequence[Component | str] = ()
    class_weights: Mapping[str, float] | str | None = None
    augmentation: Sequence[Component | str] = ()
    dtype_policy: str | None = None
    steps_per_execution: int | None = None
    jit_compile: bool | None = None
    backend: str | None = None
    thread_count: int | None = None
    starting_weights: StartingWeights | None = None
    own_model: str | Path | bytes | OwnModel | None = None


@dataclass(frozen=True)
class JobData:
    """What a job reads. `image_shape` is (height, width, channel), None without images; `columns` are its inputs."""

    class_names: tuple[str, ...]
    training_row_count: int
    validation_row_count: int
    steps_per_epoch: int
    pin: SnapshotPin
    image_shape: tuple[int, int, int] | None
    task: str = ""
    targets: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class ModelFile:
    """A trained model's file, as the service holds it."""

    file_name: str
    size_bytes: int
    sha256: str
    parameter_count: int


@dataclass(frozen=True)
class Progress:
    """How far a job is. Loss and metrics are means over the epoch so far; `input_wait_share` is 0 to 1.

    `learning_rate` is the next step's, `gradient_norm` the last one's where it was asked for, `memory_bytes` what the
    job's process holds.
    """

    step: int
    step_count: int
    epoch: int
    epoch_count: int
    loss: float
    metrics: dict[str, float]
    validation_metrics: dict[str, float]
    rows_per_second: float
    input_wait_share: float
    time_left_s: float | None
    elapsed_s: float
    learning_rate: float | None = None
    gradient_norm: float | None = None
    memory_bytes: int = 0


@dataclass(frozen=True)
class TrainingJob:
    """One run. `script` is empty in lists; times are None before they come; `rerun_of` is the job that it repeats."""

    job_id: str
    state: JobState
    spec: TrainingSpec
    failure: str
    create_time: datetime
    start_time: datetime | None
    end_time: datetime | None
    progress: Progress | None
    data: JobData | None
    model: ModelFile | None
    script: str
    last_sequence: int
    cancel_requested: bool
    rerun_of: str = ""
    model_id: str = ""
    resume_count: int = 0
    checkpoint: Checkpoint | None = None


def to_spec_message(spec: TrainingSpec) -> pb.TrainingSpec:
    """The message of a specification; what is None is left out. Raises InvalidInput for what no message can hold."""
    message = pb.TrainingSpec()
    for name in _PLAIN_FIELDS:
        value = getattr(spec, name)
        if value is not None:
            with _naming(name, value):
                setattr(message, name, value)
    with _naming("architecture_parameters", spec.architecture_parameters):
        message.architecture_parameters.update(from_settings(spec.architecture_parameters))
    if spec.image_size is not None:
        with _naming("image_size", spec.image_size):
            message.image.height, message.image.width = spec.image_size
    fill_reading(message, spec)
    if spec.time_limit_s is not None:
        with _naming("time_limit_s", spec.time_limit_s):
            message.time_limit.CopyFrom(to_duration(spec.time_limit_s))
    with _naming("checkpoints", (spec.checkpoint_every_steps, spec.checkpoint_every_s)):
        set_checkpoints(message, spec.checkpoint_every_steps, spec.checkpoint_every_s)
    if spec.data_patience_s is not None:
        with _naming("data_patience_s", spec.data_patience_s):
            message.data_patience.CopyFrom(to_duration(spec.data_patience_s))
    write_native(message, spec)
    if spec.mode is not None:
        if spec.mode not in MODES:
            raise InvalidInput(f"expected a mode out of {', '.join(MODES)}, received {spec.mode!r}", field="spec.image")
        message.image.mode = MODES[spec.mode]
    return message


@contextmanager
def _naming(name: str, value: object) -> Iterator[None]:
    """Says of which field a value was that the block could not put into a message."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"{name} cannot be {value!r}: {error}", field=f"spec.{name}") from error


def to_job(message: pb.TrainingJob) -> TrainingJob:
    """The record of a TrainingJob message."""
    return TrainingJob(
        job_id=message.job_id,
        state=to_state(message.state),
        spec=to_spec(message.spec),
        failure=message.failure,
        create_time=to_datetime(message.create_time),
        start_time=to_datetime(message.start_time) if message.HasField("start_time") else None,
        end_time=to_datetime(message.end_time) if message.HasField("end_time") else None,
        progress=to_progress(message.progress) if message.HasField("progress") else None,
        data=to_data(message.data) if message.HasField("data") else None,
        model=to_model(message.model) if message.HasField("model") else None,
        script=message.script,
        last_sequence=message.last_sequence,
        cancel_requested=message.cancel_requested,
        rerun_of=message.rerun_of,
        model_id=message.model_id,
        resume_count=message.resume_count,
        checkpoint=to_checkpoint(message.checkpoint) if message.HasField("checkpoint") else None,
    )


def to_state(number: pb.JobState) -> JobState:
    """The state of a message's number."""
    return JobState(pb.JobState.Name(number).removeprefix("JOB_STATE_").lower())


def to_state_number(state: JobState) -> pb.JobState:
    """The message's number for a state."""
    number: pb.JobState = getattr(pb, f"JOB_STATE_{state.name}")
    return number


def to_spec(message: pb.TrainingSpec) -> TrainingSpec:
    """The record of a TrainingSpec message."""

    def given(name: str) -> bool:
        return message.HasField(name)

    image = message.image
    every_steps, every_s = checkpoint_fields(message)
    return TrainingSpec(
        table=message.table,
        architecture=message.architecture,
        architecture_parameters=to_settings(message.architecture_parameters),
        optimizer=message.optimizer or None,
        learning_rate=message.learning_rate if given("learning_rate") else None,
        validation_split=message.validation_split if given("validation_split") else None,
        epochs=message.epochs if given("epochs") else None,
        batch_size=message.batch_size if given("batch_size") else None,
        image_size=(image.height, image.width) if image.height else None,
        mode=_MODE_NAMES.get(image.mode),
        seed=message.seed if given("seed") else None,
        save_model=message.save_model if given("save_model") else None,
        time_limit_s=to_seconds(message.time_limit) if given("time_limit") else None,
        priority=message.priority if given("priority") else None,
        **read_reading(message),
        checkpoint_every_steps=every_steps,
        checkpoint_every_s=every_s,
        data_patience_s=to_seconds(message.data_patience) if given("data_patience") else None,
        report_gradient_norm=message.report_gradient_norm,
        **read_native(message),
    )


def to_data(message: pb.JobData) -> JobData:
    """The record of a JobData message."""
    image = message.image
    channels = 1 if image.mode == data_service_pb2.IMAGE_MODE_L else 3
    return JobData(
        class_names=tuple(message.class_names),
        training_row_count=message.training_row_count,
        validation_row_count=message.validation_row_count,
        steps_per_epoch=message.steps_per_epoch,
        pin=SnapshotPin(message.snapshot_id, message.snapshot_row_count, message.snapshot_digest),
        image_shape=(image.height, image.width, channels) if image.height else None,
        task=to_task(message.task),
        targets=tuple(message.targets),
        columns=tuple(message.columns),
    )


def to_model(message: pb.ModelFile) -> ModelFile:
    """The record of a ModelFile message."""
    return ModelFile(message.file_name, message.size_bytes, message.sha256, message.parameter_count)


def to_progress(message: pb.Progress) -> Progress:
    """The record of a Progress message."""
    return Progress(
        step=message.step,
        step_count=message.step_count,
        epoch=message.epoch,
        epoch_count=message.epoch_count,
        loss=message.loss,
        metrics=dict(message.metrics),
        validation_metrics=dict(message.validation_metrics),
        rows_per_second=message.rows_per_second,
        input_wait_share=message.input_wait_share,
        time_left_s=message.time_left.ToTimedelta().total_seconds() if message.HasField("time_left") else None,
        elapsed_s=message.elapsed.ToTimedelta().total_seconds(),
        learning_rate=message.learning_rate if message.HasField("learning_rate") else None,
        gradient_norm=message.gradient_norm if message.HasField("gradient_norm") else None,
        memory_bytes=message.memory_bytes,
    )
