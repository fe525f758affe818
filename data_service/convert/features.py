"""Features and fitted features between messages and records; defaults are filled in here."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from tablefit.errors import InvalidInput
from tablefit.rpc import tensors
from tablefit.v1 import data_service_pb2 as pb

from data_service.features.spec import (
    NAMES,
    Bucketize,
    Clip,
    Cross,
    FeatureSpec,
    FittedFeature,
    ImageNormalization,
    Impute,
    ImputeRule,
    Log1p,
    MinMax,
    OneHot,
    Ordinal,
    Robust,
    Standardize,
    TimestampPart,
    TimestampParts,
    Transform,
)

_PREFIX = "TIMESTAMP_PART_"
_PART_NUMBERS: dict[TimestampPart, Any] = {part: pb.TimestampPart.Value(_PREFIX + part.name) for part in TimestampPart}
_PARTS = {number: part for part, number in _PART_NUMBERS.items()}


def decode_features(messages: Sequence[pb.Feature], field: str = "features") -> tuple[FeatureSpec, ...]:
    """The features that messages mean. InvalidInput, naming the part of `field`, for what no feature has."""
    return tuple(_decode_feature(message, f"{field}[{number}]") for number, message in enumerate(messages))


def encode_feature(feature: FeatureSpec) -> pb.Feature:
    """The message of a feature, with nothing left out."""
    transform = feature.transform
    message = {NAMES[type(transform)]: _ENCODERS[type(transform)](transform)}
    return pb.Feature(output=feature.output, inputs=feature.inputs, **message)


def decode_fitted_features(messages: Sequence[pb.FittedFeature]) -> tuple[FittedFeature, ...]:
    """The fitted features that messages mean. InvalidInput for numbers that are not float64, or stand twice."""
    return tuple(_decode_fitted(message, f"fitted_features[{number}]") for number, message in enumerate(messages))


def encode_fitted_features(features: Iterable[FittedFeature]) -> list[pb.FittedFeature]:
    """The messages of fitted features."""
    return [
        pb.FittedFeature(
            feature=encode_feature(fitted.feature),
            numbers=[
                pb.NamedTensor(column=name, tensor=tensors.encode(number)) for name, number in fitted.numbers.items()
            ],
            vocabulary=fitted.vocabulary,
            row_count=fitted.row_count,
            sampled=fitted.sampled,
        )
        for fitted in features
    ]


def _decode_feature(message: pb.Feature, field: str) -> FeatureSpec:
    name = message.WhichOneof("transform")
    if name is None:
        raise InvalidInput(f"expected a transform out of {', '.join(NAMES.values())}, received none", field=field)
    transform = _DECODERS[name](getattr(message, name), f"{field}.{name}")
    return FeatureSpec(message.output, tuple(message.inputs), transform)


def _decode_fitted(message: pb.FittedFeature, field: str) -> FittedFeature:
    numbers = {named.column: tensors.decode(named.tensor) for named in message.numbers}
    if len(numbers) != len(message.numbers) or any(number.dtype != np.float64 for number in numbers.values()):
        raise InvalidInput("expected each number once, as float64, received others", field=f"{field}.numbers")
    return FittedFeature(
        feature=_decode_feature(message.feature, f"{field}.feature"),
        numbers=numbers,
        vocabulary=tuple(message.vocabulary),
        row_count=message.row_count,
        sampled=message.sampled,
    )


def _decode_min_max(message: pb.MinMax, _field: str) -> MinMax:
    return MinMax() if message.lower == message.upper == 0 else MinMax(message.lower, message.upper)


def _decode_robust(message: pb.Robust, _field: str) -> Robust:
    return Robust() if message.lower == message.upper == 0 else Robust(message.lower, message.upper)


def _decode_clip(message: pb.Clip, _field: str) -> Clip:
    lower = message.lower if message.HasField("lower") else None
    return Clip(lower, message.upper if message.HasField("upper") else None)


def _decode_impute(message: pb.Impute, field: str) -> Impute:
    name = message.WhichOneof("value")
    if name is None or getattr(message, name) is False:
        rules = ", ".join(rule.value for rule in ImputeRule)
        raise InvalidInput(f"expected what takes the place of NULL: one of {rules}; received none", field=field)
    return Impute(ImputeRule(name), message.number, message.category)


def _encode_impute(transform: Impute) -> pb.Impute:
    values = {ImputeRule.NUMBER: transform.number, ImputeRule.CATEGORY: transform.category}
    value: Any = values.get(transform.rule, True)
    return pb.Impute(**{transform.rule.value: value})


def _decode_timestamp_parts(message: pb.TimestampParts, field: str) -> TimestampParts:
    for number in message.parts:
        if number not in _PARTS:
            known = ", ".join(_PREFIX + part.name for part in TimestampPart)
            raise InvalidInput(f"expected parts out of {known}, received {number}", field=f"{field}.parts")
    return TimestampParts(tuple(_PARTS[number] for number in message.parts))


_DECODERS: dict[str, Callable[[Any, str], Transform]] = {
    "standardize": lambda _message, _field: Standardize(),
    "min_max": _decode_min_max,
    "robust": _decode_robust,
    "log1p": lambda _message, _field: Log1p(),
    "clip": _decode_clip,
    "impute": _decode_impute,
    "bucketize": lambda message, _field: Bucketize(tuple(message.edges), message.quantile_count, message.one_hot),
    "one_hot": lambda message, _field: OneHot(message.limit_categories or OneHot.limit_categories),
    "ordinal": lambda message, _field: Ordinal(message.limit_categories or Ordinal.limit_categories),
    "timestamp_parts": _decode_timestamp_parts,
    "cross": lambda message, _field: Cross(message.bucket_count),
    "image_normalization": lambda _message, _field: ImageNormalization(),
}
_ENCODERS: dict[type[Transform], Callable[[Any], Any]] = {
    Standardize: lambda _transform: pb.Standardize(),
    MinMax: lambda transform: pb.MinMax(lower=transform.lower, upper=transform.upper),
    Robust: lambda transform: pb.Robust(lower=transform.lower, upper=transform.upper),
    Log1p: lambda _transform: pb.Log1p(),
    Clip: lambda transform: pb.Clip(lower=transform.lower, upper=transform.upper),
    Impute: _encode_impute,
    Bucketize: lambda transform: pb.Bucketize(
        edges=transform.edges, quantile_count=transform.quantile_count, one_hot=transform.one_hot
    ),
    OneHot: lambda transform: pb.OneHot(limit_categories=transform.limit_categories),
    Ordinal: lambda transform: pb.Ordinal(limit_categories=transform.limit_categories),
    TimestampParts: lambda transform: pb.TimestampParts(parts=[_PART_NUMBERS[part] for part in transform.parts]),
    Cross: lambda transform: pb.Cross(bucket_count=transform.bucket_count),
    ImageNormalization: lambda _transform: pb.ImageNormalization(),
}
