"""The values that features are computed from, and what lies between two features of a chain.

    Numbers      float64, NaN for NULL
    Integers     int64 and a null mask; as numbers they are float64, where integers beyond 2^53 lose digits
    Booleans     bool and a null mask; as numbers 0 and 1, as categories "false" and "true"
    Categories   int32 codes into names, -1 for NULL
    Times        int64 microseconds since 1970 UTC and a null mask
    Pixels       uint8 (row, height, width, channel) and a null mask
    Results      float32 (row, …): what no other feature reads

Integers are categories too: theirs are ordered as numbers and written in decimal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from data_service.columns import ColumnArray
from data_service.schema import ColumnType

Ids = NDArray[np.int64]
Mask = NDArray[np.bool_] | None


class Kind(Enum):
    """What a value is, in the words of a message."""

    # Any finite number, or NULL.
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CATEGORY = "category"
    TIME = "timestamp"
    IMAGE = "image"
    # The result of ordinal, bucketize or cross: an integer from 0 to below a size, never NULL.
    PLACE = "place"
    # What one_hot, timestamp_parts or bucketize give as float32, and image_normalization: nothing reads it further.
    VECTOR = "vector"
    NORMALIZED_IMAGE = "normalized image"


KINDS = {
    ColumnType.FLOAT: Kind.NUMBER,
    ColumnType.INTEGER: Kind.INTEGER,
    ColumnType.BOOLEAN: Kind.BOOLEAN,
    ColumnType.CATEGORY: Kind.CATEGORY,
    ColumnType.TEXT: Kind.CATEGORY,
    ColumnType.TIMESTAMP: Kind.TIME,
    ColumnType.IMAGE: Kind.IMAGE,
}


@dataclass(frozen=True)
class Numbers:
    """float64 (row,), NaN for NULL."""

    values: NDArray[np.float64]


@dataclass(frozen=True)
class Integers:
    """int64 (row,); what stands where `is_null` does not count."""

    values: NDArray[np.int64]
    is_null: Mask = None


@dataclass(frozen=True)
class Booleans:
    """bool (row,)."""

    values: NDArray[np.bool_]
    is_null: Mask = None


@dataclass(frozen=True)
class Categories:
    """int32 (row,) codes into `names`, -1 for NULL. Every name stands there once; not all need to occur."""

    codes: NDArray[np.int32]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Times:
    """int64 (row,) microseconds since 1970 UTC."""

    values: NDArray[np.int64]
    is_null: Mask = None


@dataclass(frozen=True)
class Pixels:
    """uint8 (row, height, width, channel); what stands where `is_null` does not count."""

    values: NDArray[np.uint8]
    is_null: Mask = None


@dataclass(frozen=True)
class Results:
    """float32: vectors (row, part), or normalized images (row, height, width, channel)."""

    values: NDArray[np.float32]


Value = Numbers | Integers | Booleans | Categories | Times | Pixels | Results


@dataclass(frozen=True)
class Batch:
    """Some rows: int64 (row,) ids, and the values of each column under its name."""

    ids: Ids
    values: Mapping[str, Value]


def from_column(column_type: ColumnType, column: ColumnArray) -> Value:
    """The values of a column as rows come in; for images see `Pixels`."""
    values: Any = column.values
    match KINDS[column_type]:
        case Kind.NUMBER:
            return Numbers(_with_nan(values, column.is_null))
        case Kind.INTEGER:
            return Integers(values, column.is_null)
        case Kind.BOOLEAN:
            return Booleans(values, column.is_null)
        case Kind.TIME:
            return Times(values, column.is_null)
        case _:
            return to_categories(values, column.is_null)


def to_categories(texts: list[str], is_null: Mask = None) -> Categories:
    """Texts by their codes, with names in order of code point."""
    names = tuple(sorted(set(texts)))
    places = {name: place for place, name in enumerate(names)}
    codes = np.fromiter(map(places.__getitem__, texts), dtype=np.int32, count=len(texts))
    if is_null is not None:
        codes[is_null] = -1
    return Categories(codes, names)


def as_numbers(value: Value) -> NDArray[np.float64]:
    """float64 (row,) of numbers, integers or booleans, NaN for NULL."""
    if isinstance(value, Numbers):
        return value.values
    whole = cast(Integers | Booleans, value)
    return _with_nan(whole.values, whole.is_null)


def as_categories(value: Value) -> Categories | Integers:
    """Categories, or integers, which are such by their value."""
    if isinstance(value, Booleans):
        codes = value.values.astype(np.int32)
        if value.is_null is not None:
            codes[value.is_null] = -1
        return Categories(codes, ("false", "true"))
    return cast(Categories | Integers, value)


def _with_nan(values: NDArray[Any], is_null: Mask) -> NDArray[np.float64]:
    if is_null is None:
        return values.astype(np.float64, copy=False)
    return np.where(is_null, np.nan, values)
