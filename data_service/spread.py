"""Where the rows of some positions lie in the blocks of a snapshot, worked out once for all columns read there.

    blocks [ . . a b . c ] [ . d . . ]   positions d a c   >   joined [ a b . c d ], index [4 0 3]

Values are copied twice: the stretch of each block in which its rows lie, then the rows out of all stretches in their
order. That is far quicker than picking the rows of each block and putting them to their places, as long as values are
small and the rows lie close together; else they are picked. Leaves what the values are to `gathering`.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_service.order import Positions
from data_service.pinned_rows import PinnedRows

# How much more than the rows the stretches may hold, and bytes of the values that are joined.
_LIMIT_WASTE = 4
_LIMIT_JOINED_BYTES = 64


class Spread:
    """The rows at some positions: `blocks`, and for each its rows and their `places` among the positions."""

    def __init__(self, rows: PinnedRows, positions: Positions) -> None:
        self.row_count = len(positions)
        numbers, self.places = rows.locate(positions)
        starts = rows.pinned.block_starts
        self.blocks = [rows.pinned.block(number) for number in numbers]
        self.inner = [positions[at] - starts[number] for number, at in zip(numbers, self.places, strict=True)]

    def take(self, arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
        """The values of all rows in their order; `arrays` are those of the blocks, with the row as first axis."""
        if not arrays:
            raise ValueError("expected at least one position")
        first = arrays[0]
        if self._is_close and first.dtype.itemsize * int(np.prod(first.shape[1:])) <= _LIMIT_JOINED_BYTES:
            joined = np.concatenate([array[stretch] for array, stretch in zip(arrays, self._stretches, strict=True)])
            return joined if self._index is None else joined.take(self._index, axis=0)
        found = np.empty((self.row_count, *first.shape[1:]), dtype=first.dtype)
        for array, at, rows in zip(arrays, self.places, self.inner, strict=True):
            found[at] = array[rows]
        return found

    @cached_property
    def _stretches(self) -> list[slice]:
        return [slice(int(rows.min()), int(rows.max()) + 1) for rows in self.inner]

    @cached_property
    def _is_close(self) -> bool:
        joined_rows: int = sum(stretch.stop - stretch.start for stretch in self._stretches)
        return joined_rows <= _LIMIT_WASTE * self.row_count

    @cached_property
    def _index(self) -> Positions | None:
        """Where each row stands in the joined stretches; None where that is where it stands anyway."""
        index = np.empty(self.row_count, dtype=np.int64)
        before = 0
        for at, rows, stretch in zip(self.places, self.inner, self._stretches, strict=True):
            index[at] = rows + (before - stretch.start)
            before += stretch.stop - stretch.start
        is_whole = before == self.row_count and bool((index == np.arange(self.row_count)).all())
        return None if is_whole else index
