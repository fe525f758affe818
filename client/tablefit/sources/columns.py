"""Columns of any type: what a source says of them, and their values row by row and column by column.

    type        one value (`Value`)          many values (`ColumnArray.values`)
    integer     int                          int64
    float       float                        float64
    boolean     bool                         bool
    timestamp   datetime, aware, UTC         int64, microseconds since 1970 in UTC
    text        str                          list of str
    category    str                          list of str
    bytes       bytes                        list of bytes
    image       bytes, an encoded file       list of bytes
    tensor      array                        array (row, *shape)

A value that is missing is None in a row, and 0, "" or b"" beside a set mark in a `ColumnArray`. Knows nothing of where
values come from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from tablefit.errors import InvalidInput

ColumnTypeName = Literal["integer", "float", "boolean", "text", "category", "timestamp", "bytes", "image", "tensor"]
COLUMN_TYPE_NAMES: tuple[ColumnTypeName, ...] = get_args(ColumnTypeName)

# One cell. Times are aware, in UTC; bytes for image and bytes columns; tensors are arrays.
Value: TypeAlias = int | float | bool | str | bytes | datetime | NDArray[Any] | None

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# What `datetime` and databases can hold: the years 1 to 9999.
_FIRST_TIME_US = (datetime(1, 1, 1, tzinfo=UTC) - EPOCH) // _MICROSECOND
_LAST_TIME_US = (datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC) - EPOCH) // _MICROSECOND


@dataclass(frozen=True)
class SourceColumn:
    """A column of a source. Of tensors, `data_type` is numpy's name ("float32") and `shape` that of one row."""

    name: str
    type: ColumnTypeName
    nullable: bool = False
    data_type: str | None = None
    shape: tuple[int, ...] | None = None


# What every source of labelled images has.
IMAGE_COLUMNS = (SourceColumn("label", "category"), SourceColumn("image", "image"))


@dataclass(frozen=True)
class ColumnArray:
    """The values of one column in some rows; `is_null` marks those that are missing, None says that none is."""

    values: NDArray[Any] | list[str] | list[bytes]
    is_null: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class ColumnChunk:
    """Some rows by column, each column `row_count` long. Without `source_names` rows are known by their index."""

    row_count: int
    columns: dict[str, ColumnArray]
    source_names: Sequence[str] | None = None


def value_bytes(value: Value) -> int:
    """Bytes of one value: text counted as UTF-8, 8 for numbers and times, none for a missing value."""
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode())
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, np.ndarray):
        return value.nbytes
    return 0 if value is None else 8


def to_datetime(microseconds: int) -> datetime:
    """The time that lies so many microseconds after 1970 in UTC."""
    return EPOCH + timedelta(microseconds=microseconds)


def to_microseconds(time: datetime) -> int:
    """Microseconds since 1970 in UTC; a time without a zone counts as UTC."""
    aware = time.replace(tzinfo=UTC) if time.tzinfo is None else time
    return (aware - EPOCH) // _MICROSECOND


def check_types(types: Sequence[str]) -> None:
    """Raises InvalidInput for a name that is no type of column."""
    for name in types:
        if name not in COLUMN_TYPE_NAMES:
            raise InvalidInput(
                f"expected a type of column out of {', '.join(COLUMN_TYPE_NAMES)}, received {name!r}", field="types"
            )


def first_unfit(values: NDArray[Any], type_name: ColumnTypeName) -> int | None:
    """The index of the first number that no database holds in a column of this type; None when all fit.

    Infinities do not fit, nor do times outside the years 1 to 9999. (What is not a number must be marked as missing
    before.)
    """
    if type_name == "timestamp":
        fits = (values >= _FIRST_TIME_US) & (values <= _LAST_TIME_US)
    elif values.dtype.kind == "f":
        fits = np.isfinite(values)
    else:
        return None
    return None if fits.all() else int(np.argmin(fits.reshape(len(fits), -1).all(axis=1)))
