"""What a job takes of Keras itself, in a specification and in its message."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from google.protobuf.struct_pb2 import Struct

from tablefit.errors import InvalidInput
from tablefit.training.own_models import OwnModel, read_own_model, write_own_model
from tablefit.v1 import training_service_pb2 as pb

if TYPE_CHECKING:
    from tablefit.training.records import TrainingSpec

BALANCED = "balanced"
_SINGLE = ("learning_rate_schedule", "loss")
_LISTS = ("metrics", "callbacks", "augmentation")
_TEXTS = ("dtype_policy", "backend")
_OPTIONAL = ("steps_per_execution", "jit_compile", "thread_count")


@dataclass(frozen=True)
class Component:
    """A class of Keras by its name, with keyword arguments: numbers, texts, truth values, None, lists and dicts."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class StartingWeights:
    """The job whose model a network starts with, and patterns of the names of layers not to train, such as "conv*"."""

    job_id: str
    frozen_layers: Sequence[str] = ()


@dataclass(frozen=True)
class Estimate:
    """What a job would take; the memory is that of its process, without what Keras and its backend take themselves."""

    parameter_count: int
    trainable_parameter_count: int
    steps_per_epoch: int
    step_count: int
    memory_bytes: int


class NativeOptions(TypedDict, total=False):
    """The fields of a TrainingSpec that name what Keras has; a component without arguments may be its name alone."""

    optimizer_arguments: Mapping[str, Any]
    learning_rate_schedule: Component | None
    loss: Component | str | None
    metrics: Sequence[Component | str]
    callbacks: Sequence[Component | str]
    class_weights: Mapping[str, float] | str | None
    augmentation: Sequence[Component | str]
    dtype_policy: str | None
    steps_per_execution: int | None
    jit_compile: bool | None
    backend: str | None
    thread_count: int | None
    starting_weights: StartingWeights | None
    own_model: str | Path | bytes | OwnModel | None


def write_native(message: pb.TrainingSpec, spec: "TrainingSpec") -> None:
    """Writes the fields of NativeOptions into a message. Raises InvalidInput for what no message can hold."""
    if spec.optimizer_arguments:
        message.optimizer_arguments.CopyFrom(_struct(spec.optimizer_arguments, "optimizer_arguments"))
    for name in _SINGLE:
        if getattr(spec, name) is not None:
            getattr(message, name).CopyFrom(_component(getattr(spec, name), name))
    for name in _LISTS:
        getattr(message, name).extend(_component(one, name) for one in getattr(spec, name))
    for name in (*_TEXTS, *_OPTIONAL):
        if getattr(spec, name) is not None:
            try:
                setattr(message, name, getattr(spec, name))
            except (TypeError, ValueError) as error:
                raise _misfit(name, getattr(spec, name), error) from error
    if spec.class_weights is not None:
        message.class_weights.CopyFrom(_class_weights(spec.class_weights))
    if spec.starting_weights is not None:
        message.starting_weights.job_id = spec.starting_weights.job_id
        message.starting_weights.frozen_layers.extend(spec.starting_weights.frozen_layers)
    if spec.own_model is not None:
        write_own_model(message.own_model, spec.own_model)


def read_native(message: pb.TrainingSpec) -> NativeOptions:
    """The fields of a message. Whole numbers in arguments are integers."""

    def given(name: str) -> Any:
        return getattr(message, name) if message.HasField(name) else None

    weights = message.class_weights
    starting = message.starting_weights
    return NativeOptions(
        optimizer_arguments=_values(message.optimizer_arguments),
        learning_rate_schedule=_read_component(given("learning_rate_schedule")),
        loss=_read_component(given("loss")),
        metrics=_read_components(message.metrics),
        callbacks=_read_components(message.callbacks),
        class_weights=(BALANCED if weights.balanced else dict(weights.by_class.weights))
        if given("class_weights")
        else None,
        augmentation=_read_components(message.augmentation),
        dtype_policy=message.dtype_policy or None,
        steps_per_execution=given("steps_per_execution"),
        jit_compile=given("jit_compile"),
        backend=message.backend or None,
        thread_count=given("thread_count"),
        starting_weights=StartingWeights(starting.job_id, tuple(starting.frozen_layers))
        if given("starting_weights")
        else None,
        own_model=read_own_model(message.own_model) if given("own_model") else None,
    )


def to_estimate(message: pb.Estimate) -> Estimate:
    """The record of an Estimate message."""
    return Estimate(
        parameter_count=message.parameter_count,
        trainable_parameter_count=message.trainable_parameter_count,
        steps_per_epoch=message.steps_per_epoch,
        step_count=message.step_count,
        memory_bytes=message.memory_bytes,
    )


def _struct(values: Mapping[str, Any], name: str) -> Struct:
    try:
        message: Struct = ParseDict(_plain(values), Struct())
    except (ParseError, TypeError, ValueError) as error:
        raise _misfit(name, values, error) from error
    return message


def _plain(value: Any) -> Any:
    """Mappings and sequences of any class as dicts and lists."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_plain(item) for item in value]
    return value


def _component(component: Component | str, name: str) -> pb.Component:
    found = Component(component) if isinstance(component, str) else component
    return pb.Component(name=found.name, arguments=_struct(found.arguments, name))


def _class_weights(weights: Mapping[str, float] | str) -> pb.ClassWeights:
    if isinstance(weights, str):
        if weights != BALANCED:
            raise _misfit("class_weights", weights, f"expected {BALANCED!r} or weights by class name")
        return pb.ClassWeights(balanced=True)
    try:
        return pb.ClassWeights(by_class=pb.ClassWeightMap(weights=dict(weights)))
    except (TypeError, ValueError) as error:
        raise _misfit("class_weights", weights, error) from error


def _read_components(messages: Sequence[pb.Component]) -> tuple[Component, ...]:
    return tuple(Component(message.name, _values(message.arguments)) for message in messages)


def _read_component(message: pb.Component | None) -> Component | None:
    return None if message is None else Component(message.name, _values(message.arguments))


def _values(message: Struct) -> dict[str, Any]:
    # MessageToDict gives whole numbers as floats, which would read as other values than were given.
    found: dict[str, Any] = _whole(MessageToDict(message))
    return found


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _misfit(name: str, value: object, reason: object) -> InvalidInput:
    return InvalidInput(f"{name} cannot be {value!r}: {reason}", field=f"spec.{name}")
