"""The messages of what a job takes of Keras, and the service's own values, each made of the other."""

from collections.abc import Mapping
from typing import Any

from google.protobuf.struct_pb2 import NULL_VALUE, ListValue, Struct, Value
from tablefit.errors import InvalidInput
from tablefit.v1 import training_service_pb2 as pb

from training_service.estimates import Estimate
from training_service.native import BALANCED, Component, Native, NativeOptions, StartingWeights
from training_service.own_models import named


def to_native(spec: pb.TrainingSpec) -> NativeOptions:
    """What a request asks for. Raises InvalidInput for a component without a name, and for balanced = false."""

    def given(name: str) -> Any:
        return getattr(spec, name) if spec.HasField(name) else None

    def single(name: str) -> Component | None:
        return _to_component(getattr(spec, name), name) if spec.HasField(name) else None

    return NativeOptions(
        optimizer_arguments=to_values(spec.optimizer_arguments),
        schedule=single("learning_rate_schedule"),
        loss=single("loss"),
        metrics=tuple(_to_component(message, "metrics") for message in spec.metrics),
        callbacks=tuple(_to_component(message, "callbacks") for message in spec.callbacks),
        class_weights=_to_class_weights(spec.class_weights) if spec.HasField("class_weights") else None,
        augmentation=tuple(_to_component(message, "augmentation") for message in spec.augmentation),
        dtype_policy=spec.dtype_policy or None,
        steps_per_execution=given("steps_per_execution"),
        jit_compile=given("jit_compile"),
        backend=spec.backend or None,
        thread_count=given("thread_count"),
        starting_weights=_to_starting_weights(spec),
        own_model=named(*to_own_content(spec)) if spec.HasField("own_model") else None,
    )


def add_native(spec: pb.TrainingSpec, native: Native, thread_count: int) -> None:
    """Writes what a job takes of Keras into its specification's message."""
    spec.optimizer_arguments.CopyFrom(from_values(native.optimizer_arguments))
    if native.schedule is not None:
        spec.learning_rate_schedule.CopyFrom(_from_component(native.schedule))
        spec.ClearField("learning_rate")
    if native.loss is not None:
        spec.loss.CopyFrom(_from_component(native.loss))
    for name in ("metrics", "callbacks", "augmentation"):
        getattr(spec, name).extend(map(_from_component, getattr(native, name)))
    if native.class_weights is not None:
        spec.class_weights.by_class.weights.update(native.class_weights)
    spec.dtype_policy, spec.backend = native.dtype_policy, native.backend
    spec.steps_per_execution, spec.jit_compile = native.steps_per_execution, native.jit_compile
    spec.thread_count = thread_count
    if native.starting_weights is not None:
        spec.starting_weights.job_id = native.starting_weights.job_id
        spec.starting_weights.frozen_layers.extend(native.starting_weights.frozen_layers)
    if native.own_model is not None:
        spec.own_model.sha256 = native.own_model.sha256


def to_own_content(spec: pb.TrainingSpec) -> tuple[str, bytes]:
    """Kind and content of a caller's own model. Raises InvalidInput for none of either."""
    message = spec.own_model
    content = message.config_json.encode() or message.keras_file
    if not content:
        reason = "expected the configuration or the file of a Keras model, received neither"
        raise InvalidInput(reason, field="spec.own_model")
    return ("json" if message.config_json else "keras"), content


def from_estimate(estimate: Estimate) -> pb.Estimate:
    """The message of an estimate."""
    return pb.Estimate(
        parameter_count=estimate.parameter_count,
        trainable_parameter_count=estimate.trainable_parameter_count,
        steps_per_epoch=estimate.steps_per_epoch,
        step_count=estimate.step_count,
        memory_bytes=estimate.memory_bytes,
    )


def to_values(message: Struct) -> dict[str, Any]:
    """JSON values by name. A Struct has one kind of number, so whole ones become integers, which count things."""
    return {name: _to_value(value) for name, value in message.fields.items()}


def from_values(values: Mapping[str, Any]) -> Struct:
    """The Struct of JSON values by name."""
    return Struct(fields={name: _from_value(value) for name, value in values.items()})


def _to_value(message: Value) -> Any:
    kind = message.WhichOneof("kind")
    if kind == "number_value":
        number = message.number_value
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    if kind == "struct_value":
        return to_values(message.struct_value)
    if kind == "list_value":
        return [_to_value(item) for item in message.list_value.values]
    return getattr(message, kind) if kind in ("string_value", "bool_value") else None


def _from_value(value: Any) -> Value:
    if isinstance(value, bool):
        return Value(bool_value=value)
    if isinstance(value, int | float):
        return Value(number_value=value)
    if isinstance(value, str):
        return Value(string_value=value)
    if isinstance(value, list):
        return Value(list_value=ListValue(values=map(_from_value, value)))
    if isinstance(value, dict):
        return Value(struct_value=from_values(value))
    return Value(null_value=NULL_VALUE)


def _to_component(message: pb.Component, field: str) -> Component:
    if not message.name:
        raise InvalidInput("expected the name of a class of Keras, received none", field=f"spec.{field}")
    return Component(message.name, to_values(message.arguments))


def _from_component(component: Component) -> pb.Component:
    return pb.Component(name=component.name, arguments=from_values(component.arguments))


def _to_class_weights(message: pb.ClassWeights) -> dict[str, float] | str:
    if message.WhichOneof("kind") == "by_class":
        return dict(message.by_class.weights)
    if not message.balanced:
        raise InvalidInput("expected balanced or weights by class, received neither", field="spec.class_weights")
    return BALANCED


def _to_starting_weights(spec: pb.TrainingSpec) -> StartingWeights | None:
    if not spec.HasField("starting_weights"):
        return None
    message = spec.starting_weights
    if not message.job_id:
        raise InvalidInput("expected the id of a job with a model, received none", field="spec.starting_weights")
    return StartingWeights(message.job_id, tuple(message.frozen_layers))
