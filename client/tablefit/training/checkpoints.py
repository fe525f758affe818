"""What a job keeps so that it can go on: the records of its checkpoints, and when they are taken, as messages."""

from dataclasses import dataclass

from tablefit.rpc.times import to_duration, to_seconds
from tablefit.v1 import training_service_pb2 as pb


@dataclass(frozen=True)
class Checkpoint:
    """The state after `step`, of `epoch` (from 1), is safe on the service's disk; writing it took `duration_s`."""

    step: int
    epoch: int
    size_bytes: int
    duration_s: float


def to_checkpoint(message: pb.Checkpoint) -> Checkpoint:
    """The record of a Checkpoint message."""
    return Checkpoint(message.step, message.epoch, message.size_bytes, to_seconds(message.duration))


def set_checkpoints(message: pb.TrainingSpec, every_steps: int | None, every_s: float | None) -> None:
    """Says in a specification when checkpoints are to be taken. Raises TypeError and ValueError."""
    if every_steps is not None:
        message.checkpoints.every_steps = every_steps
    if every_s is not None:
        message.checkpoints.every.CopyFrom(to_duration(every_s))


def checkpoint_fields(message: pb.TrainingSpec) -> tuple[int | None, float | None]:
    """Steps and seconds between checkpoints that a specification says."""
    policy = message.checkpoints
    return (
        policy.every_steps if policy.HasField("every_steps") else None,
        to_seconds(policy.every) if policy.HasField("every") else None,
    )
