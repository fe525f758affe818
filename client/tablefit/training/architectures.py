"""Architectures as the training client returns them, and what their parameters can be set to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf.struct_pb2 import Struct, Value

from tablefit.v1 import training_service_pb2 as pb

# What a parameter is set to: a number, a word, or several whole numbers.
Setting = float | str | Sequence[float]


@dataclass(frozen=True)
class ArchitectureParameter:
    """A setting of an architecture. `default` None: chosen for each job by the rule that the description names.

    `type` is "number", "integer", "choice" (one of `choices`) or "integers" (a list of them); `minimum` and `maximum`
    limit numbers.
    """

    name: str
    description: str
    minimum: float
    maximum: float
    default: Setting | None
    type: str = "number"
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Architecture:
    """A network before training. `source` is the text of its `build` function.

    `inputs` is what it takes: "image", "columns" or "image_and_columns"; `tasks` are names of `tablefit.data.tasks`.
    """

    name: str
    description: str
    parameters: tuple[ArchitectureParameter, ...]
    minimum_image_size: int
    source: str
    inputs: str = "image"
    tasks: tuple[str, ...] = ()


def to_architecture(message: pb.Architecture) -> Architecture:
    """The record of an Architecture message."""
    return Architecture(
        name=message.name,
        description=message.description,
        parameters=tuple(map(_to_parameter, message.parameters)),
        minimum_image_size=message.minimum_image_size,
        source=message.source,
        inputs=pb.InputKind.Name(message.input_kind).removeprefix("INPUT_KIND_").lower(),
        tasks=tuple(map(to_task, message.tasks)),
    )


def to_task(number: pb.Task) -> str:
    """The name of a task; empty for none."""
    name = pb.Task.Name(number).removeprefix("TASK_").lower()
    return "" if name == "unspecified" else name


def to_settings(message: Struct) -> dict[str, Any]:
    """Settings by name."""
    return {name: _to_setting(value) for name, value in message.fields.items()}


def from_settings(settings: Mapping[str, Setting]) -> dict[str, Any]:
    """Settings as a Struct is updated with them."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in settings.items()}


def _to_parameter(message: pb.ArchitectureParameter) -> ArchitectureParameter:
    default = _to_setting(message.default_setting) if message.HasField("default_setting") else None
    return ArchitectureParameter(
        name=message.name,
        description=message.description,
        minimum=message.minimum,
        maximum=message.maximum,
        default=default,
        type=pb.ParameterType.Name(message.type).removeprefix("PARAMETER_TYPE_").lower(),
        choices=tuple(message.choices),
    )


def _to_setting(value: Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "list_value":
        return tuple(map(_to_setting, value.list_value.values))
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    return None if kind is None or kind == "null_value" else getattr(value, kind)
