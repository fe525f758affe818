"""What each feature has to learn from the training rows, and what it makes of that: two tables.

Leaves adding up to `accumulators` and `sample`, and when it is done to `fitting`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from tablefit.errors import WrongState

from data_service.features.accumulators import (
    Extremes,
    IntegerCounts,
    Moments,
    NumberCounts,
    PixelMoments,
    TextCounts,
)
from data_service.features.computing import place_count
from data_service.features.sample import SortedColumn
from data_service.features.spec import (
    Bucketize,
    Cross,
    FittedFeature,
    ImageNormalization,
    Impute,
    ImputeRule,
    MinMax,
    OneHot,
    Ordinal,
    Robust,
    Standardize,
    Transform,
)
from data_service.features.values import Kind, Value
from data_service.features.vocabulary import INTEGER_KINDS


class Need(Enum):
    """What has to be known of the training rows of one value. Features that need the same share it."""

    MOMENTS = auto()
    EXTREMES = auto()
    SORTED = auto()
    NUMBER_COUNTS = auto()
    INTEGER_COUNTS = auto()
    TEXT_COUNTS = auto()
    PIXELS = auto()


class Accumulator(Protocol):
    """What a pass adds up of one value."""

    @property
    def count(self) -> int:
        """How many values there were."""

    def add(self, value: Value) -> None:
        """Adds a chunk."""


# Above all places of a cross: float64 holds such sizes, and int64 the places.
LIMIT_PLACES = 2**53

# All needs but SORTED, which `sample` fulfils for all columns together.
ACCUMULATORS: dict[Need, Callable[[str], Accumulator]] = {
    Need.MOMENTS: Moments,
    Need.EXTREMES: Extremes,
    Need.NUMBER_COUNTS: NumberCounts,
    Need.INTEGER_COUNTS: IntegerCounts,
    Need.TEXT_COUNTS: TextCounts,
    Need.PIXELS: PixelMoments,
}


@dataclass(frozen=True)
class Learned:
    """The numbers and the vocabulary of a feature."""

    numbers: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    vocabulary: tuple[str, ...] = ()


def need_of(transform: Transform, kind: Kind) -> Need | None:
    """What a feature has to learn of an input of this kind; None for nothing."""
    if isinstance(transform, Impute):
        return _need_of_impute(transform, kind)
    if isinstance(transform, Bucketize):
        return Need.SORTED if transform.quantile_count else None
    if isinstance(transform, OneHot | Ordinal):
        return Need.INTEGER_COUNTS if kind in INTEGER_KINDS else Need.TEXT_COUNTS
    return _NEEDS.get(type(transform))


def learn(transform: Transform, accumulator: Any) -> Learned:
    """What the feature makes of what was added up for its need."""
    return _LEARNERS[type(transform)](transform, accumulator)


def given(transform: Transform) -> Learned:
    """What a feature that learns nothing has from the start."""
    if isinstance(transform, Bucketize):
        return Learned({"edges": np.array(transform.edges, dtype=np.float64)})
    if isinstance(transform, Impute):
        if transform.rule is ImputeRule.CATEGORY:
            return Learned(vocabulary=(transform.category,))
        return Learned(scalars(value=transform.number))
    return Learned()


def crossed(transform: Cross, output: str, inputs: Sequence[FittedFeature]) -> Learned:
    """What a cross of these two features has. WrongState when there are too many pairs to number."""
    first, second = map(place_count, inputs)
    if not transform.bucket_count and first * second > LIMIT_PLACES:
        raise WrongState(
            f"Feature {output!r} would number {first:,} x {second:,} pairs; expected at most {LIMIT_PLACES:,}. "
            "Give the cross a bucket_count.",
            details={"feature": output},
        )
    return Learned(scalars(first_size=first, second_size=second))


def scalars(**numbers: float) -> dict[str, NDArray[np.float64]]:
    """Numbers by name, as arrays without axes."""
    return {name: np.array(number, dtype=np.float64) for name, number in numbers.items()}


def _need_of_impute(transform: Impute, kind: Kind) -> Need | None:
    if transform.rule is ImputeRule.MODE and kind is Kind.CATEGORY:
        return Need.TEXT_COUNTS
    return _IMPUTE_NEEDS.get(transform.rule)


def _standardize(_transform: Standardize, moments: Moments) -> Learned:
    return Learned(scalars(mean=moments.mean(), standard_deviation=moments.standard_deviation()))


def _min_max(_transform: MinMax, extremes: Extremes) -> Learned:
    return Learned(scalars(minimum=extremes.minimum, maximum=extremes.maximum))


def _robust(transform: Robust, column: SortedColumn) -> Learned:
    return Learned(
        scalars(
            median=column.quantile(Fraction(1, 2)),
            lower_quantile=column.quantile(_share(transform.lower)),
            upper_quantile=column.quantile(_share(transform.upper)),
        )
    )


def _impute(transform: Impute, accumulator: Any) -> Learned:
    if transform.rule is ImputeRule.MEAN:
        return Learned(scalars(value=accumulator.mean()))
    if transform.rule is ImputeRule.MEDIAN:
        return Learned(scalars(value=accumulator.quantile(Fraction(1, 2))))
    values, counts = accumulator.joined()
    mode = values[int(np.argmax(counts))]
    return Learned(vocabulary=(mode,)) if isinstance(mode, str) else Learned(scalars(value=float(mode)))


def _bucketize(transform: Bucketize, column: SortedColumn) -> Learned:
    count = transform.quantile_count
    edges = [column.quantile(Fraction(part, count)) for part in range(1, count)]
    return Learned({"edges": np.unique(np.array(edges, dtype=np.float64))})


def _vocabulary(transform: OneHot | Ordinal, accumulator: Any) -> Learned:
    """The most frequent categories, the first of several that are equally frequent; in their order."""
    values, counts = accumulator.joined()
    if len(values) > transform.limit_categories:
        chosen = np.sort(np.argsort(-counts, kind="stable")[: transform.limit_categories])
        values = [values[place] for place in chosen.tolist()]
    return Learned(vocabulary=tuple(map(str, values)))


def _image_normalization(_transform: ImageNormalization, pixels: PixelMoments) -> Learned:
    numbers = {"mean": pixels.means(), "standard_deviation": pixels.standard_deviations()}
    return Learned({name: np.array(values, dtype=np.float64) for name, values in numbers.items()})


def _share(number: float) -> Fraction:
    """The decimal that prints the number: 0.1 is a tenth."""
    return Fraction(repr(float(number)))


_NEEDS: dict[type[Transform], Need] = {
    Standardize: Need.MOMENTS,
    MinMax: Need.EXTREMES,
    Robust: Need.SORTED,
    ImageNormalization: Need.PIXELS,
}
_IMPUTE_NEEDS = {
    ImputeRule.MEAN: Need.MOMENTS,
    ImputeRule.MEDIAN: Need.SORTED,
    ImputeRule.MODE: Need.NUMBER_COUNTS,
}
_LEARNERS: dict[type[Transform], Callable[[Any, Any], Learned]] = {
    Standardize: _standardize,
    MinMax: _min_max,
    Robust: _robust,
    Impute: _impute,
    Bucketize: _bucketize,
    OneHot: _vocabulary,
    Ordinal: _vocabulary,
    ImageNormalization: _image_normalization,
}
