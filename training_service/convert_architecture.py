"""Architectures and the settings of their parameters, between messages and the service's own values."""

from collections.abc import Mapping
from typing import Any

from google.protobuf.struct_pb2 import ListValue, Struct, Value
from tablefit.data.stream_requests import MODE_NAMES
from tablefit.errors import InvalidInput
from tablefit.v1 import training_service_pb2 as pb

from training_service.architecture import Architecture, InputKind, Parameter, ParameterKind, Setting
from training_service.convert_reading import from_tasks
from training_service.counting import WantedNetwork

_INPUT_KINDS: dict[InputKind, Any] = {kind: pb.InputKind.Value(f"INPUT_KIND_{kind.name}") for kind in InputKind}
_PARAMETER_TYPES: dict[ParameterKind, Any] = {
    kind: pb.ParameterType.Value(f"PARAMETER_TYPE_{kind.name}") for kind in ParameterKind
}


def from_architecture(architecture: Architecture) -> pb.Architecture:
    """The message of an architecture."""
    return pb.Architecture(
        name=architecture.name,
        description=architecture.description,
        parameters=map(_from_parameter, architecture.parameters),
        minimum_image_size=architecture.minimum_image_size,
        source=architecture.source,
        tasks=from_tasks(architecture.tasks),
        input_kind=_INPUT_KINDS[architecture.inputs],
    )


def to_wanted_network(request: pb.CountParametersRequest) -> WantedNetwork:
    """The network that a request wants counted. Raises InvalidInput when an input has the name of another."""
    inputs = {found.name: (tuple(found.shape) or (1,), found.category_count) for found in request.inputs}
    if len(inputs) < len(request.inputs):
        raise InvalidInput("expected each input once, received one twice", field="inputs")
    return WantedNetwork(
        architecture=request.architecture,
        parameters=to_settings(request.architecture_parameters),
        mode=MODE_NAMES.get(request.image.mode),
        height=request.image.height,
        width=request.image.width,
        inputs=inputs,
        output_count=request.output_count,
    )


def to_settings(message: Struct) -> dict[str, Any]:
    """Settings by name as plain values; of what cannot be one, its kind."""
    return {name: _to_setting(value) for name, value in message.fields.items()}


def from_settings(settings: Mapping[str, Setting]) -> Struct:
    """The message of settings."""
    return Struct(fields={name: _from_setting(value) for name, value in settings.items()})


def _from_parameter(parameter: Parameter) -> pb.ArchitectureParameter:
    default = parameter.default
    return pb.ArchitectureParameter(
        name=parameter.name,
        description=parameter.description,
        minimum=parameter.minimum,
        maximum=parameter.maximum,
        default_value=default if isinstance(default, int | float) else None,
        type=_PARAMETER_TYPES[parameter.kind],
        choices=parameter.choices,
        default_setting=None if default is None else _from_setting(default),
    )


def _from_setting(value: Setting) -> Value:
    if isinstance(value, list):
        return Value(list_value=ListValue(values=map(_from_setting, value)))
    if isinstance(value, str):
        return Value(string_value=value)
    return Value(number_value=value)


def _to_setting(value: Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "list_value":
        return [_to_setting(one) for one in value.list_value.values]
    if kind in ("number_value", "string_value", "bool_value"):
        return getattr(value, kind)
    return None if kind in (None, "null_value") else kind.removesuffix("_value")
