"""Messages of the contract and the service's own values, each made of the other.

Nothing here decides anything: what fits is checked by `options` and `completion`.
"""

import math
from collections.abc import Iterable
from typing import Any

from google.protobuf.duration_pb2 import Duration
from tablefit.errors import InvalidInput
from tablefit.rpc.times import to_duration, to_seconds, to_timestamp
from tablefit.v1 import data_service_pb2 as data_pb
from tablefit.v1 import training_service_pb2 as pb

from training_service.changes import Change
from training_service.convert_architecture import from_settings, to_settings
from training_service.convert_native import add_native, to_native
from training_service.convert_reading import fill_reading, from_task, to_reading
from training_service.job import (
    Checkpoint,
    Event,
    EventKind,
    Job,
    JobData,
    JobState,
    ModelFile,
    Progress,
    Resumed,
    StateChange,
)
from training_service.job_filter import JobFilter
from training_service.options import Options
from training_service.specification import IMAGE_MODES, Specification

_MODES: dict[str, data_pb.ImageMode] = {"L": data_pb.IMAGE_MODE_L, "RGB": data_pb.IMAGE_MODE_RGB}
_MODE_NAMES: dict[int, str] = {number: name for name, number in _MODES.items()}
_MODES_BY_CHANNELS = {channels: _MODES[name] for name, channels in IMAGE_MODES.items()}

_STATES: dict[JobState, pb.JobState] = {
    JobState.QUEUED: pb.JOB_STATE_QUEUED,
    JobState.RUNNING: pb.JOB_STATE_RUNNING,
    JobState.SUCCEEDED: pb.JOB_STATE_SUCCEEDED,
    JobState.FAILED: pb.JOB_STATE_FAILED,
    JobState.CANCELLED: pb.JOB_STATE_CANCELLED,
}
_STATES_BY_NUMBER: dict[int, JobState] = {number: state for state, number in _STATES.items()}


def to_options(spec: pb.TrainingSpec) -> Options:
    """The options that a request asks for."""

    def given(name: str) -> Any:
        return getattr(spec, name) if spec.HasField(name) else None

    return Options(
        table=spec.table,
        architecture=spec.architecture,
        architecture_parameters=to_settings(spec.architecture_parameters),
        optimizer=spec.optimizer or None,
        learning_rate=given("learning_rate"),
        validation_split=given("validation_split"),
        epochs=given("epochs"),
        batch_size=given("batch_size"),
        image_mode=_to_mode(spec.image.mode),
        image_height=spec.image.height or None,
        image_width=spec.image.width or None,
        seed=given("seed"),
        save_model=given("save_model"),
        time_limit_s=to_seconds(spec.time_limit) if spec.HasField("time_limit") else None,
        priority=given("priority"),
        snapshot=spec.snapshot,
        reading=to_reading(spec),
        checkpoint_every_steps=spec.checkpoints.every_steps if spec.checkpoints.HasField("every_steps") else None,
        checkpoint_every_s=to_seconds(spec.checkpoints.every) if spec.checkpoints.HasField("every") else None,
        data_patience_s=to_seconds(spec.data_patience) if spec.HasField("data_patience") else None,
        report_gradient_norm=spec.report_gradient_norm,
        native=to_native(spec),
    )


def to_filter(request: pb.ListTrainingJobsRequest) -> JobFilter:
    """The jobs that a request lists. Raises InvalidInput for an unknown state."""
    return JobFilter(
        states=to_states(request.states),
        table=request.table,
        architecture=request.architecture,
        has_model=request.has_model if request.HasField("has_model") else None,
    )


def to_change(request: pb.RerunTrainingJobRequest) -> Change:
    """What a request changes of the job that it runs again."""
    given = [field.name for field, _ in request.spec.ListFields()]
    return Change(to_options(request.spec), tuple(request.update_mask.paths) or tuple(given))


def to_priority(request: pb.UpdateTrainingJobRequest) -> int:
    """The priority that a request sets. Raises InvalidInput when its mask names anything else."""
    for path in request.update_mask.paths:
        if path != "priority":
            raise InvalidInput(
                f"expected priority, the only field of a queued job that can be changed, received {path[:64]!r}",
                field="update_mask",
            )
    return request.spec.priority


def to_states(numbers: Iterable[int]) -> list[JobState]:
    """The states that a request names. Raises InvalidInput for an unknown one."""
    wanted = list(numbers)
    for number in wanted:
        if number not in _STATES_BY_NUMBER:
            names = ", ".join(pb.JobState.Name(known) for known in _STATES.values())
            raise InvalidInput(f"expected states out of {names}, received {number}", field="states")
    return [_STATES_BY_NUMBER[number] for number in wanted]


def from_job(job: Job) -> pb.TrainingJob:
    """The message of a job."""
    return pb.TrainingJob(
        job_id=job.job_id,
        state=_STATES[job.state],
        spec=from_specification(job.specification),
        failure=job.failure,
        create_time=to_timestamp(job.create_time),
        start_time=to_timestamp(job.start_time) if job.start_time else None,
        end_time=to_timestamp(job.end_time) if job.end_time else None,
        progress=from_progress(job.progress) if job.progress else None,
        data=from_data(job.data) if job.data else None,
        model=from_model(job.model) if job.model else None,
        script=job.script,
        last_sequence=job.last_sequence,
        cancel_requested=job.cancel_requested,
        rerun_of=job.rerun_of,
        model_id=job.job_id if job.model else "",
        resume_count=job.resume_count,
        checkpoint=_from_checkpoint(job.checkpoint) if job.checkpoint else None,
    )


def from_event(event: Event) -> pb.Event:
    """The message of an event."""
    message = pb.Event(sequence=event.sequence, time=to_timestamp(event.time))
    match event.content:
        case StateChange() as change:
            message.state.CopyFrom(_from_state_change(change))
        case JobData() as data:
            message.data.CopyFrom(from_data(data))
        case Progress() as progress:
            field = message.epoch if event.kind is EventKind.EPOCH else message.step
            field.CopyFrom(from_progress(progress))
        case Resumed(step, reason, attempt):
            message.resumed.CopyFrom(pb.Resumed(step=step, reason=reason, attempt=attempt))
        case Checkpoint() as checkpoint:
            message.checkpoint.CopyFrom(_from_checkpoint(checkpoint))
    return message


def from_model(model: ModelFile) -> pb.ModelFile:
    """The message of a model's file."""
    return pb.ModelFile(
        file_name=model.file_name,
        size_bytes=model.size_bytes,
        sha256=model.sha256,
        parameter_count=model.parameter_count,
    )


def _to_mode(number: int) -> str | None:
    if number == data_pb.IMAGE_MODE_UNSPECIFIED:
        return None
    return _MODE_NAMES.get(number, f"number {number}")


def from_specification(specification: Specification) -> pb.TrainingSpec:
    """The message of a specification."""
    message = pb.TrainingSpec(
        table=specification.table,
        architecture=specification.architecture,
        architecture_parameters=from_settings(specification.architecture_parameters),
        optimizer=specification.optimizer,
        learning_rate=specification.learning_rate,
        validation_split=specification.validation_split,
        epochs=specification.epochs,
        batch_size=specification.batch_size,
        image=_from_image(specification),
        seed=specification.seed,
        save_model=specification.save_model,
        time_limit=_from_seconds(specification.time_limit_s),
        priority=specification.priority,
        checkpoints=pb.CheckpointPolicy(
            every_steps=specification.checkpoint_every_steps, every=to_duration(specification.checkpoint_every_s)
        ),
        data_patience=to_duration(specification.data_patience_s),
        report_gradient_norm=specification.report_gradient_norm,
    )
    fill_reading(message, specification.reading)
    add_native(message, specification.native, specification.thread_count)
    return message


def _from_image(specification: Specification) -> data_pb.ImageOptions | None:
    if not specification.image_mode:
        return None
    mode = _MODES[specification.image_mode]
    return data_pb.ImageOptions(mode=mode, height=specification.image_height, width=specification.image_width)


def _from_state_change(change: StateChange) -> pb.StateChange:
    model = from_model(change.model) if change.model else None
    return pb.StateChange(state=_STATES[change.state], failure=change.failure, model=model)


def from_data(data: JobData) -> pb.JobData:
    """The message of what a job reads."""
    return pb.JobData(
        class_names=data.class_names,
        training_row_count=data.training_rows,
        validation_row_count=data.validation_rows,
        steps_per_epoch=data.steps_per_epoch,
        snapshot_id=data.pin.snapshot_id,
        snapshot_digest=data.pin.digest,
        snapshot_row_count=data.pin.row_count,
        image=_from_shape(data.input_shape),
        task=from_task(data.task),
        targets=data.targets,
        columns=data.columns,
    )


def _from_shape(shape: tuple[int, int, int] | None) -> data_pb.ImageOptions | None:
    if shape is None:
        return None
    height, width, channels = shape
    return data_pb.ImageOptions(mode=_MODES_BY_CHANNELS[channels], height=height, width=width)


def from_progress(progress: Progress) -> pb.Progress:
    """The message of how far a job is."""
    return pb.Progress(
        step=progress.step,
        step_count=progress.step_count,
        epoch=progress.epoch,
        epoch_count=progress.epoch_count,
        loss=progress.loss,
        metrics=progress.metrics,
        validation_metrics=progress.validation_metrics,
        rows_per_second=progress.rows_per_second,
        input_wait_share=progress.input_wait_share,
        time_left=_from_seconds(progress.time_left_s),
        elapsed=_from_seconds(progress.elapsed_s),
        learning_rate=progress.learning_rate,
        gradient_norm=progress.gradient_norm,
        memory_bytes=progress.memory_bytes,
    )


def _from_checkpoint(checkpoint: Checkpoint) -> pb.Checkpoint:
    return pb.Checkpoint(
        step=checkpoint.step,
        epoch=checkpoint.epoch,
        size_bytes=checkpoint.size_bytes,
        duration=to_duration(checkpoint.duration_s),
    )


def _from_seconds(seconds: float | None) -> Duration | None:
    if seconds is None or not math.isfinite(seconds):
        return None
    return to_duration(seconds)
