"""Fitted features from their numbers alone: what a trained model carries is checked and can be applied again.

Leaves fitting to `fitting`.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from tablefit.errors import InvalidInput

from data_service.features.applying import Fitted
from data_service.features.computing import compute_of, place_count
from data_service.features.plan import Step, check_features
from data_service.features.spec import (
    NAMES,
    Bucketize,
    Cross,
    FittedFeature,
    ImageNormalization,
    Impute,
    MinMax,
    OneHot,
    Ordinal,
    Robust,
    Standardize,
    Transform,
)
from data_service.features.values import Kind
from data_service.features.vocabulary import INTEGER_KINDS
from data_service.schema import Column

# The numbers that each transform has; impute has `value` unless it fills in a category.
_NUMBERS: dict[type[Transform], tuple[str, ...]] = {
    Standardize: ("mean", "standard_deviation"),
    MinMax: ("minimum", "maximum"),
    Robust: ("median", "lower_quantile", "upper_quantile"),
    Impute: ("value",),
    Bucketize: ("edges",),
    Cross: ("first_size", "second_size"),
    ImageNormalization: ("mean", "standard_deviation"),
}
_LISTS = (Bucketize, ImageNormalization)


def from_fitted(features: Sequence[FittedFeature], columns: Sequence[Column]) -> Fitted:
    """Features of a table with these columns, ready to be applied. InvalidInput when the numbers are not theirs."""
    plan = check_features([fitted.feature for fitted in features], columns)
    for number, (fitted, step) in enumerate(zip(features, plan.steps, strict=True)):
        field = f"fitted_features[{number}]"
        _check_numbers(fitted, step, f"{field}.numbers")
        _check_vocabulary(fitted, step, f"{field}.vocabulary")
        if isinstance(fitted.feature.transform, Cross):
            _check_sizes(fitted, [features[slot] for slot in step.inputs if isinstance(slot, int)], f"{field}.numbers")
    computes = [compute_of(fitted, step.input_kinds) for fitted, step in zip(features, plan.steps, strict=True)]
    return Fitted(plan, tuple(features), tuple(computes))


def _check_numbers(fitted: FittedFeature, step: Step, field: str) -> None:
    transform = fitted.feature.transform
    names = () if _fills_a_category(step) else _NUMBERS.get(type(transform), ())
    if set(fitted.numbers) != set(names):
        raise InvalidInput(
            f"expected the numbers {', '.join(names) or 'none'} of {NAMES[type(transform)]}, "
            f"received {', '.join(sorted(fitted.numbers)) or 'none'}",
            field=field,
        )
    axes = int(isinstance(transform, _LISTS))
    for name, number in fitted.numbers.items():
        if number.ndim != axes or not np.isfinite(number).all():
            raise InvalidInput(
                f"expected {name} to be {'a list of finite numbers' if axes else 'one finite number'}, "
                f"received shape {number.shape}" + ("" if np.isfinite(number).all() else " with NaN or an infinity"),
                field=field,
            )
    if isinstance(transform, Bucketize) and not (np.diff(fitted.numbers["edges"]) > 0).all():
        raise InvalidInput("expected rising edges, received others", field=field)
    if isinstance(transform, ImageNormalization) and len({len(number) for number in fitted.numbers.values()}) != 1:
        raise InvalidInput("expected a mean and a standard_deviation for each channel, received others", field=field)


def _check_vocabulary(fitted: FittedFeature, step: Step, field: str) -> None:
    vocabulary = fitted.vocabulary
    if _fills_a_category(step):
        if len(vocabulary) != 1:
            raise InvalidInput(f"expected the one category to fill in, received {len(vocabulary):,}", field=field)
    elif not isinstance(fitted.feature.transform, OneHot | Ordinal):
        if vocabulary:
            name = NAMES[type(fitted.feature.transform)]
            raise InvalidInput(
                f"expected no vocabulary of {name}, received {len(vocabulary):,} words",
                field=field,
            )
    elif not vocabulary or not _is_rising(vocabulary, step.input_kinds[0]):
        raise InvalidInput(
            "expected at least one category, all in rising order: integers as numbers, others by code point; "
            "received others",
            field=field,
        )


def _is_rising(vocabulary: Sequence[str], kind: Kind) -> bool:
    if kind not in INTEGER_KINDS:
        return all(below < above for below, above in pairwise(vocabulary))
    try:
        whole = np.array([int(word) for word in vocabulary], dtype=np.int64)
    except (ValueError, OverflowError):
        return False
    return bool((np.diff(whole) > 0).all()) and tuple(map(str, whole.tolist())) == tuple(vocabulary)


def _check_sizes(fitted: FittedFeature, inputs: Sequence[FittedFeature], field: str) -> None:
    expected = tuple(map(place_count, inputs))
    received = float(fitted.numbers["first_size"]), float(fitted.numbers["second_size"])
    if received != expected:
        raise InvalidInput(
            f"expected the sizes {expected[0]:,} and {expected[1]:,} of the two inputs, "
            f"received {received[0]:,} and {received[1]:,}",
            field=field,
        )


def _fills_a_category(step: Step) -> bool:
    return isinstance(step.feature.transform, Impute) and step.kind is Kind.CATEGORY
