"""Rows by column: the form in which rows come in, are pinned, and go out.

    integer, timestamp   int64 (row,); times are microseconds since 1970 UTC
    float                float64 (row,)
    boolean              bool (row,)
    tensor               the column's element type (row, *shape)
    text, category       list of str
    image, bytes         list of bytes; decoded, uint8 (row, height, width, channel), or a list of the rows

Where a value is NULL, `is_null` says so, and what stands in `values` is 0, "" or b"" and does not count. Leaves
checking to `verification` and SQL to `store`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[Any] | list[str] | list[bytes]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_microseconds(time: datetime) -> int:
    """Microseconds since 1970 UTC; a time without a zone is in UTC."""
    return (time.replace(tzinfo=time.tzinfo or UTC) - _EPOCH) // _MICROSECOND


def to_datetime(microseconds: int) -> datetime:
    """The aware time, in UTC, that lies so many microseconds after 1970."""
    return _EPOCH + microseconds * _MICROSECOND


@dataclass(frozen=True)
class ColumnArray:
    """The values of one column; `is_null` bool (row,), None where no value is NULL."""

    values: Values
    is_null: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True)
class RowBatch:
    """Some rows in their order: `ids` int64 (row,), and each column's values under its name."""

    ids: NDArray[np.int64]
    columns: Mapping[str, ColumnArray]

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return len(self.ids)


def take(array: ColumnArray, kept: NDArray[np.int64]) -> ColumnArray:
    """The values at some places."""
    is_null = None if array.is_null is None else array.is_null[kept]
    if isinstance(array.values, list):
        values: Any = array.values
        return ColumnArray([values[place] for place in kept.tolist()], is_null)
    return ColumnArray(array.values[kept], is_null)
