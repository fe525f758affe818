"""Features between the client's records and messages."""

from collections.abc import Iterable
from typing import Any

from tablefit.errors import InvalidInput
from tablefit.features import Feature, FittedFeature
from tablefit.rpc import tensors
from tablefit.v1 import data_service_pb2 as pb

_TRANSFORMS = tuple(field.name for field in pb.Feature.DESCRIPTOR.oneofs_by_name["transform"].fields)
_PART_PREFIX = "TIMESTAMP_PART_"


def to_feature_message(feature: Feature) -> pb.Feature:
    """The message that asks for a feature. InvalidInput for a transform or a parameter that there is not."""
    if feature.transform not in _TRANSFORMS:
        raise InvalidInput(
            f"expected a transform out of {', '.join(_TRANSFORMS)}, received {feature.transform!r}", field="features"
        )
    message = pb.Feature(output=feature.output, inputs=feature.inputs)
    transform = getattr(message, feature.transform)
    transform.SetInParent()
    for name, value in feature.parameters.items():
        _set_parameter(transform, name, value, feature)
    return message


def to_feature(message: pb.Feature) -> Feature:
    """The record of a feature's message, with the parameters that it names."""
    name = message.WhichOneof("transform") or ""
    parameters = _parameters(getattr(message, name)) if name else {}
    return Feature(message.output, tuple(message.inputs), name, parameters)


def to_fitted_feature(message: pb.FittedFeature) -> FittedFeature:
    """The record of a fitted feature's message."""
    return FittedFeature(
        feature=to_feature(message.feature),
        numbers={named.column: tensors.decode(named.tensor) for named in message.numbers},
        vocabulary=tuple(message.vocabulary),
        row_count=message.row_count,
        sampled=message.sampled,
    )


def to_fitted_messages(features: Iterable[FittedFeature]) -> list[pb.FittedFeature]:
    """The messages that ask to apply fitted features."""
    return [
        pb.FittedFeature(
            feature=to_feature_message(fitted.feature),
            numbers=[
                pb.NamedTensor(column=name, tensor=tensors.encode(number)) for name, number in fitted.numbers.items()
            ],
            vocabulary=fitted.vocabulary,
            row_count=fitted.row_count,
            sampled=fitted.sampled,
        )
        for fitted in features
    ]


def _set_parameter(transform: Any, name: str, value: Any, feature: Feature) -> None:
    known = transform.DESCRIPTOR.fields_by_name
    try:
        if name == "parts":
            transform.parts.extend(pb.TimestampPart.Value(_PART_PREFIX + part.upper()) for part in value)
        elif name in known and known[name].is_repeated:
            getattr(transform, name).extend(value)
        else:
            setattr(transform, name, value)
    except (AttributeError, TypeError, ValueError) as error:
        raise InvalidInput(
            f"expected parameters of {feature.transform} out of {', '.join(known) or 'none'}, "
            f"received {name}={value!r} for {feature.output!r}",
            field="features",
        ) from error


def _parameters(transform: Any) -> dict[str, Any]:
    """What the message of a transform says; a bound of 0 counts where the other one is given."""
    given = {field.name: value for field, value in transform.ListFields()}
    if given and isinstance(transform, pb.MinMax | pb.Robust):
        return {"lower": transform.lower, "upper": transform.upper}
    if isinstance(transform, pb.TimestampParts):
        return {"parts": _part_names(transform.parts)}
    if isinstance(transform, pb.Bucketize) and transform.edges:
        given["edges"] = tuple(transform.edges)
    return given


def _part_names(numbers: Iterable[Any]) -> tuple[str, ...]:
    return tuple(pb.TimestampPart.Name(number).removeprefix(_PART_PREFIX).lower() for number in numbers)
