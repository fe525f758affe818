"""What a job reads, between messages and the service's own values."""

from collections.abc import Iterable
from typing import Any

from tablefit.data.features import to_feature, to_feature_message
from tablefit.data.stream_requests import BALANCES, to_split, to_split_message
from tablefit.data.tasks import Task
from tablefit.errors import InvalidInput
from tablefit.features import FeatureSet, to_form
from tablefit.v1 import data_service_pb2 as data_pb
from tablefit.v1 import training_service_pb2 as pb

from training_service.reading import Reading, write_split

_TASKS: dict[str, Any] = {task: pb.Task.Value(f"TASK_{task.name}") for task in Task}
_TASK_NAMES: dict[int, str] = {number: name for name, number in _TASKS.items()}
_BALANCE_NAMES: dict[int, str] = {number: name for name, number in BALANCES.items()}


def to_reading(spec: pb.TrainingSpec) -> Reading:
    """What a request wants to read. Raises InvalidInput for what cannot be meant."""
    for place, message in enumerate(spec.features):
        if not message.WhichOneof("transform") or not message.inputs:
            raise InvalidInput("expected a transform and its inputs, received none", field=f"spec.features[{place}]")
    features = tuple(map(to_feature, spec.features))
    split = to_split(spec.split)
    if spec.HasField("split") and split is None:
        raise InvalidInput("expected a rule of the split, received none", field="spec.split")
    return Reading(
        columns=tuple(spec.columns),
        features=tuple(to_form(FeatureSet(features))["features"]),
        targets=tuple(spec.targets),
        task=_to_task(spec.task),
        split=None if split is None else write_split(split),
        balance=_to_balance(spec.balance),
    )


def fill_reading(message: pb.TrainingSpec, reading: Reading) -> None:
    """Puts what a job reads into the message of its specification."""
    message.columns.extend(reading.columns)
    message.features.extend(map(to_feature_message, reading.feature_records))
    message.targets.extend(reading.targets)
    message.task = from_task(reading.task)
    split = reading.split_record
    if split is not None:
        message.split.CopyFrom(to_split_message(split))
    message.balance = BALANCES[reading.balance]


def from_task(task: str) -> pb.Task:
    """The message's number for a task; that of none for the empty text."""
    number: pb.Task = _TASKS.get(task, pb.TASK_UNSPECIFIED)
    return number


def from_tasks(tasks: Iterable[str]) -> list[pb.Task]:
    """The numbers of several."""
    return [_TASKS[task] for task in tasks]


def _to_task(number: int) -> str:
    return _TASK_NAMES.get(number, f"number {number}") if number else ""


def _to_balance(number: int) -> str:
    if number == data_pb.BALANCE_UNSPECIFIED:
        return "none"
    if number not in _BALANCE_NAMES:
        expected = f"a balance out of {', '.join(BALANCES)}"
        raise InvalidInput(f"expected {expected}, received number {number}", field="spec.balance")
    return _BALANCE_NAMES[number]
