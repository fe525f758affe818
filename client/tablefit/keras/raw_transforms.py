"""What each feature does, as operations of Keras: the arithmetic of the data service, float64 until it is rounded last.

A row that `log1p` cannot take (below 0) becomes NaN here, where a stream ends with an error. Leaves inputs to
`raw_columns` and the order of features to `raw_model`.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
from keras import ops

from tablefit.errors import InvalidInput
from tablefit.features import FittedFeature
from tablefit.keras.raw_columns import TEXT_TYPES, RawColumns

# Up to here a place is looked up in a table of all of them.
_LIMIT_TABLE = 2**22


@dataclass(frozen=True)
class Column:
    """A column of the table; `filled` is the word that takes the place of NULL."""

    name: str
    filled: str | None = None


@dataclass(frozen=True)
class Number:
    """(batch,) numbers, NaN for NULL."""

    tensor: Any


@dataclass(frozen=True)
class Place:
    """int64 (batch,), from 0 to below some size."""

    tensor: Any


@dataclass(frozen=True)
class Result:
    """What no feature reads: float32 vectors, or images."""

    tensor: Any


Value = Column | Number | Place | Result


def transform(fitted: FittedFeature, inputs: Sequence[Value], columns: RawColumns) -> Value:
    """What the feature makes of its inputs."""
    return _TRANSFORMS[fitted.feature.transform](fitted, inputs, columns)


def as_network_input(value: Value, columns: RawColumns) -> Any:
    """A feature's output as a stream has it."""
    match value:
        case Number():
            return ops.cast(value.tensor, "float32")
        case Column():
            raise InvalidInput(
                f"expected no texts as inputs of a network to save, received a feature of {value.name!r} that gives "
                "them; make it one_hot or ordinal",
                field="save",
            )
    return value.tensor


def _number(value: Value, columns: RawColumns) -> Any:
    match value:
        case Column():
            return columns.number(value.name)
        case Place():
            return ops.cast(value.tensor, columns.form.number_type)
    return value.tensor


def _numeric(function: Callable[[Any, FittedFeature], Any]) -> Callable[..., Value]:
    """A transform from numbers to numbers."""
    return lambda fitted, inputs, columns: Number(function(_number(inputs[0], columns), fitted))


def _of(fitted: FittedFeature, name: str) -> float:
    return float(fitted.numbers[name])


def _like(x: Any, number: float) -> Any:
    """A constant of x's own precision: Keras makes float32 of Python's numbers."""
    return np.array(number, dtype=x.dtype)


def _scaled(x: Any, scale: float) -> Any:
    """x / scale, and 0 where the scale is 0; NaN stays NaN."""
    return x * _like(x, 0.0) if scale == 0 else x / _like(x, scale)


def _standardize(x: Any, fitted: FittedFeature) -> Any:
    return _scaled(x - _like(x, _of(fitted, "mean")), _of(fitted, "standard_deviation"))


def _between(x: Any, origin: float, lower: float, upper: float) -> Any:
    """(x - origin) / (upper - lower), and 0 where that is 0; halves where the distance passes the largest float64."""
    unit = 1.0 if math.isfinite(upper - lower) else 0.5
    shifted = (x if unit == 1.0 else x * _like(x, unit)) - _like(x, origin * unit)
    return _scaled(shifted, upper * unit - lower * unit)


def _min_max(x: Any, fitted: FittedFeature) -> Any:
    bounds = fitted.feature.parameters
    lower, upper = bounds.get("lower", 0.0), bounds.get("upper", 1.0)
    minimum, maximum = _of(fitted, "minimum"), _of(fitted, "maximum")
    return _between(x, minimum, minimum, maximum) * _like(x, upper - lower) + _like(x, lower)


def _robust(x: Any, fitted: FittedFeature) -> Any:
    median, lower, upper = (_of(fitted, name) for name in ("median", "lower_quantile", "upper_quantile"))
    return _between(x, median, lower, upper)


def _log1p(x: Any, _fitted: FittedFeature) -> Any:
    """By a logarithm alone, which every format has; what 1 + x loses is made good again.

    Theorem 4 of D. Goldberg, "What Every Computer Scientist Should Know About Floating-Point Arithmetic", 1991.
    """
    one = _like(x, 1.0)
    u = x + one
    is_lost = ops.equal(u, one)
    return ops.where(is_lost, x, ops.log(u) * x / ops.where(is_lost, one, u - one))


def _clip(x: Any, fitted: FittedFeature) -> Any:
    """By comparisons, which leave NaN alone on every device."""
    lower, upper = (fitted.feature.parameters.get(name) for name in ("lower", "upper"))
    x = x if lower is None else ops.where(x < _like(x, lower), _like(x, lower), x)
    return x if upper is None else ops.where(x > _like(x, upper), _like(x, upper), x)


def _impute(fitted: FittedFeature, inputs: Sequence[Value], columns: RawColumns) -> Value:
    value = inputs[0]
    if isinstance(value, Column) and columns.type_of(value.name) in TEXT_TYPES:
        # What was filled in first is no longer NULL.
        return value if value.filled is not None else replace(value, filled=fitted.vocabulary[0])
    x = _number(value, columns)
    return Number(ops.where(ops.isnan(x), _like(x, _of(fitted, "value")), x))


def _bucketize(fitted: FittedFeature, inputs: Sequence[Value], columns: RawColumns) -> Value:
    """The number of edges at or below x: keras.layers.Discretization would round them to float32."""
    x, edges = _number(inputs[0], columns), fitted.numbers["edges"].astype(columns.form.number_type)
    passed = ops.cast(ops.expand_dims(x, -1) >= edges[np.newaxis], "int64")
    places = ops.where(ops.isnan(x), len(edges) + 1, ops.sum(passed, axis=-1))
    if fitted.feature.parameters.get("one_hot"):
        return Result(_vectors(places, range(len(edges) + 1)))
    return Place(places)


def _places(fitted: FittedFeature, value: Value, columns: RawColumns) -> Any:
    """Places in the vocabulary from 1; 0 for others and NULL."""
    places = {word: place for place, word in enumerate(fitted.vocabulary, start=1)}
    if isinstance(value, Column):
        null = places.get(value.filled, 0) if value.filled is not None else 0
        return columns.places(value.name, places, null)
    return _places_of_places(value.tensor, {int(word): place for word, place in places.items()})


def _places_of_places(tensor: Any, places: Mapping[int, int]) -> Any:
    largest = max(places)
    if largest > _LIMIT_TABLE:
        return keras.layers.IntegerLookup(vocabulary=list(places), oov_token=-1)(tensor)
    table = np.zeros(largest + 2, dtype=np.int64)
    table[list(places)] = list(places.values())
    return ops.take(table, ops.where(tensor > largest, largest + 1, tensor))


def _one_hot(fitted: FittedFeature, inputs: Sequence[Value], columns: RawColumns) -> Value:
    places = _places(fitted, inputs[0], columns)
    return Result(_vectors(places, range(1, len(fitted.vocabulary) + 1)))


def _vectors(places: Any, known: range) -> Any:
    """A 1 at each known place, zeros alone for others: by comparisons, since ONNX's OneHot takes -1 for the last."""
    return ops.cast(ops.equal(ops.expand_dims(places, -1), np.array(known, dtype=np.int64)[np.newaxis]), "float32")


def _ordinal(fitted: FittedFeature, inputs: Sequence[Value], columns: RawColumns) -> Value:
    return Place(_places(fitted, inputs[0], columns))


def _timestamp_parts(fitted: FittedFeature, inputs: Sequence[Value], columns: RawColumns) -> Value:
    (value,) = inputs
    assert isinstance(value, Column)
    return Result(columns.time_parts(value.name, tuple(fitted.feature.parameters["parts"]), fitted.feature.output))


def _cross(fitted: FittedFeature, inputs: Sequence[Value], _columns: RawColumns) -> Value:
    first, second = (value.tensor for value in inputs if isinstance(value, Place))
    size, buckets = int(_of(fitted, "second_size")), fitted.feature.parameters.get("bucket_count", 0)
    if not buckets:
        return Place(first * size + second)
    # Each factor is reduced first, so that no product passes 64 bits.
    return Place(((first % buckets) * (size % buckets) + second % buckets) % buckets)


def _image_normalization(fitted: FittedFeature, inputs: Sequence[Value], columns: RawColumns) -> Value:
    (value,) = inputs
    assert isinstance(value, Column)
    kind = columns.form.number_type
    pixels = ops.cast(columns.image(value.name), kind)
    mean, deviation = (fitted.numbers[name].astype(kind) for name in ("mean", "standard_deviation"))
    scale = np.where(deviation == 0, 0.0, 1.0 / np.where(deviation == 0, 1.0, deviation)).astype(kind)
    return Result(ops.cast((pixels - mean) * scale, "float32"))


_TRANSFORMS: Mapping[str, Callable[[FittedFeature, Sequence[Value], RawColumns], Value]] = {
    "standardize": _numeric(_standardize),
    "min_max": _numeric(_min_max),
    "robust": _numeric(_robust),
    "log1p": _numeric(_log1p),
    "clip": _numeric(_clip),
    "impute": _impute,
    "bucketize": _bucketize,
    "one_hot": _one_hot,
    "ordinal": _ordinal,
    "timestamp_parts": _timestamp_parts,
    "cross": _cross,
    "image_normalization": _image_normalization,
}
