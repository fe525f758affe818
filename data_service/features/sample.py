"""The rows that quantiles are taken from: all training rows, or LIMIT_ROWS of them when there are more.

Which ones follows from their ids alone: those with the smallest keys, where a key is a bijection of the id. Neither
order nor chunks matter, and all columns share one choice. Each column takes eight bytes a row.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from data_service.features.values import Ids
from data_service.order import mix_array

LIMIT_ROWS = 1_000_000
# More rows than are kept gather up to so many, then the surplus goes.
_SURPLUS_ROWS = 262_144


class RowSample:
    """Numbers of some rows, in as many columns as each `add` gives. `row_count` is how many rows there were."""

    def __init__(self, column_count: int, limit_rows: int = LIMIT_ROWS) -> None:
        self.row_count = 0
        self._limit_rows = limit_rows
        self._keys: list[NDArray[np.uint64]] = []
        self._columns: list[list[NDArray[np.float64]]] = [[] for _ in repeat(None, column_count)]
        self._kept_rows = 0
        self._largest_key = np.uint64(2**64 - 1)

    @property
    def is_partial(self) -> bool:
        """Whether rows were left out."""
        return self.row_count > self._limit_rows

    def add(self, ids: Ids, columns: Sequence[NDArray[np.float64]]) -> None:
        """Adds the rows with these ids; NaN is NULL."""
        if not self._columns:
            return
        self.row_count += len(ids)
        keys = mix_array(ids.astype(np.uint64))
        wanted = np.flatnonzero(keys <= self._largest_key)
        self._keys.append(keys[wanted])
        for kept, values in zip(self._columns, columns, strict=True):
            kept.append(values[wanted])
        self._kept_rows += len(wanted)
        if self._kept_rows > self._limit_rows + _SURPLUS_ROWS:
            self._drop_surplus()

    def sorted_values(self, column: int) -> NDArray[np.float64]:
        """The rising values of a column, NULL left out."""
        if self._kept_rows > self._limit_rows:
            self._drop_surplus()
        values = np.concatenate([np.empty(0), *self._columns[column]])
        return np.sort(values[~np.isnan(values)] + 0.0)

    def _drop_surplus(self) -> None:
        keys = np.concatenate(self._keys)
        kept = np.argpartition(keys, self._limit_rows - 1)[: self._limit_rows]
        self._keys = [keys[kept]]
        self._largest_key = self._keys[0].max()
        self._kept_rows = self._limit_rows
        for column, parts in enumerate(self._columns):
            self._columns[column] = [np.concatenate(parts)[kept]]


class SortedColumn:
    """One column of a sample."""

    def __init__(self, sample: RowSample, column: int) -> None:
        self.is_partial = sample.is_partial
        self._values = sample.sorted_values(column)

    @property
    def count(self) -> int:
        """How many values there are."""
        return len(self._values)

    def quantile(self, share: Fraction) -> float:
        """The value at a share of 0 to 1, by linear interpolation between the two that lie around it, rounded once.

        As numpy.quantile's "linear": type 7 of Hyndman and Fan, "Sample Quantiles in Statistical Packages", 1996.
        """
        place = share * (len(self._values) - 1)
        below = int(place)
        lower = Fraction(float(self._values[below]))
        upper = Fraction(float(self._values[min(below + 1, len(self._values) - 1)]))
        return float(lower + (upper - lower) * (place - below))
