"""The events of a job, as frozen dataclasses. Leaves what they tell of it to `records`."""

from dataclasses import dataclass
from datetime import datetime

from tablefit.rpc.times import to_datetime
from tablefit.training.checkpoints import Checkpoint, to_checkpoint
from tablefit.training.records import (
    JobData,
    JobState,
    ModelFile,
    Progress,
    to_data,
    to_model,
    to_progress,
    to_state,
)
from tablefit.v1 import training_service_pb2 as pb


@dataclass(frozen=True)
class Event:
    """Something that happened to a job; `sequence` rises from event to event."""

    sequence: int
    time: datetime


@dataclass(frozen=True)
class StateEvent(Event):
    """The job entered a state. The last event of every job is one of these."""

    state: JobState
    failure: str
    model: ModelFile | None


@dataclass(frozen=True)
class DataEvent(Event):
    """The data is open and the model about to be built."""

    data: JobData


@dataclass(frozen=True)
class StepEvent(Event):
    """Progress within an epoch."""

    progress: Progress


@dataclass(frozen=True)
class EpochEvent(Event):
    """An epoch ended."""

    progress: Progress


@dataclass(frozen=True)
class ResumedEvent(Event):
    """The job goes on after `step`; what was told of steps beyond it is void. `attempt` counts from 1."""

    step: int
    reason: str
    attempt: int


@dataclass(frozen=True)
class CheckpointEvent(Event):
    """The job would go on after the checkpoint's step from now on."""

    checkpoint: Checkpoint


def to_event(message: pb.Event) -> Event:
    """The record of an Event message, of the class that fits its kind."""
    sequence, time = message.sequence, to_datetime(message.time)
    kind = message.WhichOneof("kind")
    if kind == "data":
        return DataEvent(sequence, time, to_data(message.data))
    if kind == "step":
        return StepEvent(sequence, time, to_progress(message.step))
    if kind == "epoch":
        return EpochEvent(sequence, time, to_progress(message.epoch))
    if kind == "resumed":
        return ResumedEvent(sequence, time, message.resumed.step, message.resumed.reason, message.resumed.attempt)
    if kind == "checkpoint":
        return CheckpointEvent(sequence, time, to_checkpoint(message.checkpoint))
    change = message.state
    return StateEvent(
        sequence, time, to_state(change.state), change.failure, to_model(change.model) if change.model.sha256 else None
    )
