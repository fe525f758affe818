"""What each transform does to values, in float64, once its numbers are known.

    transform             numbers                                   vocabulary
    standardize           mean, standard_deviation
    min_max               minimum, maximum
    robust                median, lower_quantile, upper_quantile
    impute                value: what takes the place of NULL       or the category that does
    bucketize             edges (edge,)
    one_hot, ordinal                                                the categories known
    cross                 first_size, second_size: places from 0 to below
    image_normalization   mean, standard_deviation (channel,)

Leaves to `applying` in which order features are computed and how results are rounded.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from tablefit.errors import WrongState

from data_service.features.civil import CivilTimes
from data_service.features.logarithm import log1p
from data_service.features.spec import (
    Bucketize,
    Clip,
    Cross,
    FittedFeature,
    ImageNormalization,
    Impute,
    Log1p,
    MinMax,
    OneHot,
    Ordinal,
    Robust,
    Standardize,
    TimestampParts,
    Transform,
)
from data_service.features.values import (
    Categories,
    Ids,
    Integers,
    Kind,
    Numbers,
    Pixels,
    Results,
    Times,
    Value,
    as_numbers,
)
from data_service.features.vocabulary import finder

Floats = NDArray[np.float64]
# Makes a feature's values from those of its inputs; ids name the row in an error.
Compute = Callable[[Sequence[Value], Ids], Value]


def compute_of(fitted: FittedFeature, kinds: Sequence[Kind]) -> Compute:
    """What computes a fitted feature from inputs of these kinds."""
    return _MAKERS[type(fitted.feature.transform)](fitted.feature.transform, fitted, kinds)


def place_count(fitted: FittedFeature) -> int:
    """Above all places that an ordinal, bucketize or cross gives."""
    transform = fitted.feature.transform
    if isinstance(transform, Ordinal):
        return len(fitted.vocabulary) + 1
    if isinstance(transform, Bucketize):
        return len(fitted.numbers["edges"]) + 2
    pairs = int(fitted.numbers["first_size"]) * int(fitted.numbers["second_size"])
    return cast(Cross, transform).bucket_count or pairs


def _numeric(function: Callable[[Floats], Floats]) -> Compute:
    """What computes numbers from one input of numbers."""
    return lambda inputs, _ids: Numbers(function(as_numbers(inputs[0])))


def _scaled(x: Floats, scale: float, if_constant: float) -> Floats:
    """x / scale, or a constant where the scale is 0; NaN stays NaN."""
    return np.where(np.isnan(x), x, if_constant) if scale == 0 else x / scale


def _between(x: Floats, origin: float, lower: float, upper: float) -> Floats:
    """(x - origin) / (upper - lower), and 0 where that is 0; halves where the distance passes the largest float64."""
    unit = 1.0 if math.isfinite(upper - lower) else 0.5
    return _scaled(x * unit - origin * unit, upper * unit - lower * unit, 0.0)


def _standardize(_transform: Standardize, fitted: FittedFeature, _kinds: Sequence[Kind]) -> Compute:
    mean, deviation = float(fitted.numbers["mean"]), float(fitted.numbers["standard_deviation"])
    return _numeric(lambda x: _scaled(x - mean, deviation, 0.0))


def _min_max(transform: MinMax, fitted: FittedFeature, _kinds: Sequence[Kind]) -> Compute:
    minimum, maximum = float(fitted.numbers["minimum"]), float(fitted.numbers["maximum"])
    width = transform.upper - transform.lower
    return _numeric(lambda x: _between(x, minimum, minimum, maximum) * width + transform.lower)


def _robust(_transform: Robust, fitted: FittedFeature, _kinds: Sequence[Kind]) -> Compute:
    median = float(fitted.numbers["median"])
    lower, upper = float(fitted.numbers["lower_quantile"]), float(fitted.numbers["upper_quantile"])
    return _numeric(lambda x: _between(x, median, lower, upper))


def _log1p(_transform: Log1p, fitted: FittedFeature, _kinds: Sequence[Kind]) -> Compute:
    name = fitted.feature.inputs[0]

    def compute(inputs: Sequence[Value], ids: Ids) -> Value:
        x = as_numbers(inputs[0])
        below = np.flatnonzero(x < 0)
        if len(below):
            row_id = int(ids[below[0]])
            raise WrongState(
                f"Row {row_id} has {float(x[below[0]])} in {name!r}, of which log1p takes no logarithm; expected 0 and "
                "above. Clip the column first, or leave such rows out.",
                details={"row_id": str(row_id), "column": name},
            )
        return Numbers(log1p(x))

    return compute


def _clip(transform: Clip, _fitted: FittedFeature, _kinds: Sequence[Kind]) -> Compute:
    return _numeric(lambda x: np.clip(x, transform.lower, transform.upper))


def _impute(_transform: Impute, fitted: FittedFeature, kinds: Sequence[Kind]) -> Compute:
    if kinds[0] is Kind.CATEGORY:
        category = fitted.vocabulary[0]
        return lambda inputs, _ids: _filled(cast(Categories, inputs[0]), category)
    number = float(fitted.numbers["value"])
    return _numeric(lambda x: np.where(np.isnan(x), number, x))


def _filled(value: Categories, category: str) -> Categories:
    is_null = value.codes < 0
    if not is_null.any():
        return value
    names = value.names if category in value.names else (*value.names, category)
    return Categories(np.where(is_null, np.int32(names.index(category)), value.codes), names)


def _bucketize(transform: Bucketize, fitted: FittedFeature, _kinds: Sequence[Kind]) -> Compute:
    edges = fitted.numbers["edges"]
    null = len(edges) + 1

    def compute(inputs: Sequence[Value], _ids: Ids) -> Value:
        x = as_numbers(inputs[0])
        places = np.where(np.isnan(x), null, np.searchsorted(edges, x, side="right")).astype(np.int64, copy=False)
        return _one_hot_vectors(places, null) if transform.one_hot else Integers(places)

    return compute


def _one_hot(_transform: OneHot, fitted: FittedFeature, kinds: Sequence[Kind]) -> Compute:
    find, size = finder(fitted.vocabulary, kinds[0]), len(fitted.vocabulary)
    return lambda inputs, _ids: _one_hot_vectors(find(inputs[0]) - 1, size)


def _one_hot_vectors(places: NDArray[np.int64], size: int) -> Results:
    """A 1 at each place from 0 to below `size`; zeros alone for others."""
    vectors = np.zeros((len(places), size), dtype=np.float32)
    rows = np.flatnonzero((places >= 0) & (places < size))
    vectors[rows, places[rows]] = 1.0
    return Results(vectors)


def _ordinal(_transform: Ordinal, fitted: FittedFeature, kinds: Sequence[Kind]) -> Compute:
    find = finder(fitted.vocabulary, kinds[0])
    return lambda inputs, _ids: Integers(find(inputs[0]))


def _timestamp_parts(transform: TimestampParts, _fitted: FittedFeature, _kinds: Sequence[Kind]) -> Compute:
    def compute(inputs: Sequence[Value], _ids: Ids) -> Value:
        times = cast(Times, inputs[0])
        civil = CivilTimes(times.values)
        vectors = np.stack([civil.part(part).astype(np.float32) for part in transform.parts], axis=1)
        if times.is_null is not None:
            vectors[times.is_null] = np.nan
        return Results(vectors)

    return compute


def _cross(transform: Cross, fitted: FittedFeature, _kinds: Sequence[Kind]) -> Compute:
    size, buckets = int(fitted.numbers["second_size"]), transform.bucket_count

    def compute(inputs: Sequence[Value], _ids: Ids) -> Value:
        first, second = (cast(Integers, value).values for value in inputs)
        if not buckets:
            return Integers(first * size + second)
        # Each factor is reduced first, so that no product passes 64 bits.
        return Integers(((first % buckets) * (size % buckets) + second % buckets) % buckets)

    return compute


def _image_normalization(_transform: ImageNormalization, fitted: FittedFeature, _kinds: Sequence[Kind]) -> Compute:
    """By a table: a channel has 256 values."""
    levels = np.arange(256, dtype=np.float64)
    pairs = zip(fitted.numbers["mean"].tolist(), fitted.numbers["standard_deviation"].tolist(), strict=True)
    tables = [_scaled(levels - mean, deviation, 0.0).astype(np.float32) for mean, deviation in pairs]

    def compute(inputs: Sequence[Value], _ids: Ids) -> Value:
        images = cast(Pixels, inputs[0])
        normalized = np.empty(images.values.shape, dtype=np.float32)
        for channel, table in enumerate(tables):
            normalized[..., channel] = table[images.values[..., channel]]
        if images.is_null is not None:
            normalized[images.is_null] = np.nan
        return Results(normalized)

    return compute


_MAKERS: dict[type[Transform], Callable[[Any, FittedFeature, Sequence[Kind]], Compute]] = {
    Standardize: _standardize,
    MinMax: _min_max,
    Robust: _robust,
    Log1p: _log1p,
    Clip: _clip,
    Impute: _impute,
    Bucketize: _bucketize,
    OneHot: _one_hot,
    Ordinal: _ordinal,
    TimestampParts: _timestamp_parts,
    Cross: _cross,
    ImageNormalization: _image_normalization,
}
