"""Rows side by side in memory, for streams that take them in an order of their own.

    tile    TILE_ROWS rows that follow one another in the table
    row     its values of the columns of fixed size, then a byte for each that may be NULL

The files of a snapshot hold column after column: to take shuffled rows from them looks into memory once for each value.
Here it looks once for each row. A tile is made when a row of it is asked for, and its place given to another when none
is: since a shuffle moves rows about within a window only, each tile is made about once in an epoch, and a stream holds
a window of them. Leaves columns of other sizes, and rows too large for that, to `gathering`.
"""

import math
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_service.columns import ColumnArray
from data_service.order import BLOCK_ROWS, WINDOW_BLOCKS, Positions
from data_service.pinned_rows import PinnedRows
from data_service.schema import Column, ColumnType
from data_service.snapshots import Fixed, element_type

TILE_ROWS = BLOCK_ROWS
# Memory of one stream's tiles: a window of rows of 512 bytes.
LIMIT_BYTES = 512 * TILE_ROWS * WINDOW_BLOCKS
# Rows that are taken at once: they are looked into again for each column, and shall stay in the cache until then.
_TAKEN_BYTES = 512 * 1024
_NONE = -1
_FIXED_TYPES = (
    ColumnType.INTEGER,
    ColumnType.TIMESTAMP,
    ColumnType.FLOAT,
    ColumnType.BOOLEAN,
    ColumnType.TENSOR,
    ColumnType.CATEGORY,
)


class Tiles:
    """The values of some columns of a snapshot, as `find_columns` gives them. Not for use by two threads at once."""

    def __init__(self, rows: PinnedRows, columns: Sequence[Column]) -> None:
        self._rows = rows
        self._columns = columns
        self._row_type, self._null_fields = _row_type(columns)
        self._limit = min(-(-rows.row_count // TILE_ROWS), max(1, LIMIT_BYTES // (self._row_type.itemsize * TILE_ROWS)))
        # Memory that is not written to is not taken.
        self._packed: NDArray[Any] = np.empty(0, dtype=self._row_type)
        self._fields: dict[str, NDArray[Any]] = {}
        # From a position in the table to one in `_packed`, for each tile, and which tiles are there, the first made
        # first.
        self._shifts = np.full(-(-rows.row_count // TILE_ROWS), _NONE, dtype=np.int64)
        self._is_made = np.zeros(len(self._shifts), dtype=bool)
        self._places: OrderedDict[int, int] = OrderedDict()
        # Columns that were NULL somewhere: most never are.
        self._with_nulls: set[str] = set()

    def take(self, positions: Positions) -> dict[str, ColumnArray] | None:
        """The columns of the rows at these positions, in their order; None when they lie in too many tiles."""
        tiles = positions // TILE_ROWS
        is_wanted = np.zeros(len(self._shifts), dtype=bool)
        is_wanted[tiles] = True
        if np.count_nonzero(is_wanted) > self._limit:
            return None
        self._make(np.flatnonzero(is_wanted & ~self._is_made).tolist(), is_wanted)
        index = positions + self._shifts[tiles]
        found = {column.name: self._empty(column, len(positions)) for column in self._columns}
        nulls = {name: np.empty(len(positions), dtype=bool) for name in self._with_nulls}
        step = max(1, _TAKEN_BYTES // self._row_type.itemsize)
        packed = self._packed.view(np.uint8).reshape(len(self._packed), -1)
        for start in range(0, len(index), step):
            part = slice(start, start + step)
            taken = packed.take(index[part], axis=0).view(self._row_type)[:, 0]
            for column in self._columns:
                found[column.name][part] = taken[column.name]
            for name, is_null in nulls.items():
                is_null[part] = taken[self._null_fields[name]]
        return {column.name: _column_array(column, found[column.name], nulls) for column in self._columns}

    def _make(self, missing: Sequence[int], is_wanted: NDArray[np.bool_]) -> None:
        if not len(self._packed):
            self._packed = np.empty(self._limit * TILE_ROWS, dtype=self._row_type)
            self._fields = {name: self._packed[name] for name in self._row_type.names or ()}
        for tile in missing:
            place = self._free_place(is_wanted)
            self._fill(tile, place * TILE_ROWS)
            self._places[tile] = place
            self._shifts[tile] = (place - tile) * TILE_ROWS
            self._is_made[tile] = True

    def _free_place(self, is_wanted: NDArray[np.bool_]) -> int:
        """A place for another tile: one that a window of tiles leaves, else that of one which is not wanted now."""
        if len(self._places) < min(self._limit, WINDOW_BLOCKS):
            return len(self._places)
        for tile in self._places:
            if not is_wanted[tile]:
                self._is_made[tile] = False
                return self._places.pop(tile)
        return len(self._places)

    def _fill(self, tile: int, first: int) -> None:
        """Writes the rows of a tile, from `first` on."""
        starts = self._rows.pinned.block_starts
        position, stop = tile * TILE_ROWS, min((tile + 1) * TILE_ROWS, self._rows.row_count)
        to_place = first - position
        while position < stop:
            number = int(np.searchsorted(starts, position, side="right")) - 1
            end = min(stop, int(starts[number + 1]))
            here = slice(position + to_place, end + to_place)
            self._fill_from_block(number, slice(position, end), here)
            position = end

    def _fill_from_block(self, number: int, table_rows: slice, here: slice) -> None:
        block = self._rows.pinned.block(number)
        start = int(self._rows.pinned.block_starts[number])
        rows = slice(table_rows.start - start, table_rows.stop - start)
        for column in self._columns:
            if column.type is ColumnType.CATEGORY:
                self._fields[column.name][here] = self._rows.classes(column.name).codes[table_rows]
                continue
            view = block.column(column.name)
            if not isinstance(view, Fixed):
                raise TypeError(f"expected values of one size of {column.name}, received {type(view).__name__}")
            self._fields[column.name][here] = view.values[rows]
            if view.is_null is not None or column.name in self._with_nulls:
                self._fill_nulls(column.name, False if view.is_null is None else view.is_null[rows], here)

    def _fill_nulls(self, name: str, is_null: NDArray[np.bool_] | bool, here: slice) -> None:
        field = self._fields[self._null_fields[name]]
        if name not in self._with_nulls:
            field[:] = False
            self._with_nulls.add(name)
        field[here] = is_null

    def _empty(self, column: Column, row_count: int) -> NDArray[Any]:
        return np.empty((row_count, *column.shape), dtype=_element_type(column))


def find_columns(rows: PinnedRows, columns: Sequence[Column]) -> list[Column]:
    """Those of the columns that tiles can hold; none where a window of such rows takes too much memory."""
    found = [column for column in columns if column.type in _FIXED_TYPES and _has_values(rows, column)]
    if not found or _row_type(found)[0].itemsize * TILE_ROWS * WINDOW_BLOCKS > LIMIT_BYTES:
        return []
    return found


def _has_values(rows: PinnedRows, column: Column) -> bool:
    """False where the snapshot keeps digests only."""
    if column.type is not ColumnType.TENSOR:
        return True
    return bool(rows.pinned.block_count) and isinstance(rows.pinned.block(0).column(column.name), Fixed)


def _element_type(column: Column) -> np.dtype[Any]:
    return np.dtype(np.int32) if column.type is ColumnType.CATEGORY else element_type(column)


def _row_type(columns: Sequence[Column]) -> tuple[np.dtype[Any], dict[str, str]]:
    """The type of a row, and the names of the fields that say where columns are NULL."""
    fields: list[tuple[str, Any, tuple[int, ...]]] = [
        (column.name, _element_type(column), column.shape) for column in columns
    ]
    # Codes say NULL themselves. No column has a name with a NUL in it.
    nulls = {column.name: f"{column.name}\0" for column in columns if column.type is not ColumnType.CATEGORY}
    # The largest elements first: then each stands at a multiple of its size.
    fields.sort(key=lambda field: -field[1].itemsize)
    described = [*fields, *((field, np.dtype(bool), ()) for field in nulls.values())]
    names = [name for name, _, _ in described]
    sizes = [dtype.itemsize * math.prod(shape) for _, dtype, shape in described]
    offsets = [sum(sizes[:place]) for place in range(len(sizes))]
    row_bytes = max(8, -(-sum(sizes) // 8) * 8)
    formats = [(dtype, shape) if shape else dtype for _, dtype, shape in described]
    return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": row_bytes}), nulls


def _column_array(column: Column, values: NDArray[Any], nulls: dict[str, NDArray[np.bool_]]) -> ColumnArray:
    is_null = values == _NONE if column.type is ColumnType.CATEGORY else nulls.get(column.name)
    return ColumnArray(values, None if is_null is None or not is_null.any() else is_null)
