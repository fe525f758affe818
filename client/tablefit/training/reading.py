"""What a job is to read, between a TrainingSpec and its message: columns, features, targets, task, split."""

from collections.abc import Sequence
from typing import Any, Protocol

from tablefit.data.features import to_feature, to_feature_message
from tablefit.data.stream_requests import BALANCES, Split, to_split, to_split_message
from tablefit.data.tasks import Task
from tablefit.errors import InvalidInput
from tablefit.features import Features, as_feature_set
from tablefit.training.architectures import to_task
from tablefit.v1 import training_service_pb2 as pb

_BALANCE_NAMES = {number: name for name, number in BALANCES.items()}


class Reading(Protocol):
    """The fields of a TrainingSpec that say what is read."""

    @property
    def columns(self) -> Sequence[str]: ...

    @property
    def features(self) -> Features: ...

    @property
    def targets(self) -> Sequence[str]: ...

    @property
    def task(self) -> str | None: ...

    @property
    def split(self) -> Split | None: ...

    @property
    def snapshot(self) -> str | None: ...

    @property
    def balance(self) -> str | None: ...


def fill_reading(message: pb.TrainingSpec, spec: Reading) -> None:
    """Puts what is read into the message. `features` may name columns and a target of their own.

    Raises InvalidInput for a word or a feature that there is not.
    """
    wanted = as_feature_set(spec.features)
    message.columns.extend(spec.columns or wanted.columns)
    message.features.extend(map(to_feature_message, wanted.features))
    message.targets.extend(spec.targets or tuple(filter(None, (wanted.target,))))
    if spec.task is not None:
        if spec.task not in [*Task]:
            raise InvalidInput(f"expected a task out of {', '.join(Task)}, received {spec.task!r}", field="spec.task")
        message.task = pb.Task.Value(f"TASK_{spec.task.upper()}")  # type: ignore[assignment]  # the stubs say int
    if spec.split is not None:
        message.split.CopyFrom(to_split_message(spec.split))
    message.snapshot = spec.snapshot or ""
    if spec.balance is not None:
        if spec.balance not in BALANCES:
            raise InvalidInput(
                f"expected a balance out of {', '.join(BALANCES)}, received {spec.balance!r}", field="spec.balance"
            )
        message.balance = BALANCES[spec.balance]


def read_reading(message: pb.TrainingSpec) -> dict[str, Any]:
    """The fields of a TrainingSpec that `fill_reading` has put into its message."""
    return {
        "columns": tuple(message.columns),
        "features": tuple(map(to_feature, message.features)),
        "targets": tuple(message.targets),
        "task": to_task(message.task) or None,
        "split": to_split(message.split),
        "snapshot": message.snapshot or None,
        "balance": _BALANCE_NAMES.get(message.balance),
    }
