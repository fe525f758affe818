"""Fitted features applied to rows: float64 from step to step, rounded to float32 last.

    numbers                          float32 (row,), NaN for NULL
    ordinal, bucketize, cross        int64 (row,)
    one_hot, timestamp_parts         float32 (row, part)
    image_normalization              float32 (row, height, width, channel)
    imputed categories               object (row,), texts

Numbers beyond the range of float32 become infinite. Leaves what each transform does to `computing`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from data_service.features.computing import Compute, place_count
from data_service.features.plan import Plan, Slot
from data_service.features.spec import Bucketize, FittedFeature, TimestampParts
from data_service.features.values import Batch, Categories, Kind, Value, as_numbers


@dataclass(frozen=True)
class Fitted:
    """A plan with what was learned for each of its steps. `fitting` makes it, from rows or from numbers."""

    plan: Plan
    features: tuple[FittedFeature, ...]
    computes: tuple[Compute, ...] = field(repr=False, compare=False)


@dataclass(frozen=True)
class OutputSchema:
    """A column of the batches: element type by NumPy's name, or "text", and one row's shape; None is not yet known."""

    name: str
    data_type: str
    row_shape: tuple[int | None, ...]


def apply(fitted: Fitted, batch: Batch) -> dict[str, NDArray[Any]]:
    """The computed columns of some rows, in order. Raises WrongState, naming the row, where one cannot be computed."""
    plan = fitted.plan
    values = evaluate(plan, fitted.computes, batch, range(len(plan.steps)))
    return {name: _result(values[number], plan.steps[number].kind) for name, number in plan.outputs.items()}


def evaluate(plan: Plan, computes: Sequence[Compute | None], batch: Batch, steps: Iterable[int]) -> dict[Slot, Value]:
    """The values of the table's columns and of these steps, whose inputs stand before them."""
    values: dict[Slot, Value] = dict(batch.values.items())
    with np.errstate(over="ignore", invalid="ignore"):
        for number in steps:
            inputs = [values[slot] for slot in plan.steps[number].inputs]
            values[number] = cast(Compute, computes[number])(inputs, batch.ids)
    return values


def output_schemas(plan: Plan, features: Sequence[FittedFeature] | None = None) -> tuple[OutputSchema, ...]:
    """The computed columns in order; with fitted features, all shapes are known but height and width of images."""
    return tuple(
        OutputSchema(name, _DATA_TYPES[plan.steps[number].kind], _row_shape(plan, features, number))
        for name, number in plan.outputs.items()
    )


def _row_shape(plan: Plan, features: Sequence[FittedFeature] | None, number: int) -> tuple[int | None, ...]:
    step, fitted = plan.steps[number], features[number] if features else None
    if step.kind is Kind.NORMALIZED_IMAGE:
        return None, None, len(fitted.numbers["mean"]) if fitted else None
    if step.kind is not Kind.VECTOR:
        return ()
    transform = step.feature.transform
    if isinstance(transform, TimestampParts):
        return (len(transform.parts),)
    if fitted is None:
        return (None,)
    # As a vector NULL has no place of its own.
    return (place_count(fitted) - 1,) if isinstance(transform, Bucketize) else (len(fitted.vocabulary),)


def _result(value: Value, kind: Kind) -> NDArray[Any]:
    if kind is Kind.NUMBER:
        with np.errstate(over="ignore"):
            return as_numbers(value).astype(np.float32)
    if isinstance(value, Categories):
        return np.array((*value.names, None), dtype=object)[value.codes]
    return cast(NDArray[Any], value.values)


_DATA_TYPES = {
    Kind.NUMBER: "float32",
    Kind.PLACE: "int64",
    Kind.VECTOR: "float32",
    Kind.NORMALIZED_IMAGE: "float32",
    Kind.CATEGORY: "text",
}
