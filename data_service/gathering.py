"""Values of a snapshot's rows at any positions, column by column, out of its blocks.

    integer, float, boolean, timestamp, tensor    copied from the maps, block by block, or from `tiles`
    category                                      codes of the whole snapshot, -1 for NULL
    text, bytes                                   object arrays
    image                                         pixels, from `decoded_blocks`

Images and byte strings of a change-detecting snapshot are read again by `rereading`. Leaves which positions to `splits`
and `order`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from tablefit.imaging.pixel_format import PixelFormat

from data_service import tiles
from data_service.columns import ColumnArray
from data_service.order import Positions
from data_service.pinned_rows import PinnedRows
from data_service.schema import Column, ColumnType
from data_service.snapshots import Coded, Digested, Fixed, Strings, View
from data_service.spread import Spread
from data_service.tiles import Tiles

_CODE_OF_NULL = -1


class PixelSource(Protocol):
    """Where the pixels of one image column come from."""

    pixel_format: PixelFormat

    def read(self, positions: Positions, *, at_once: bool = False) -> NDArray[np.uint8] | list[NDArray[np.uint8]]:
        """uint8 (row, height, width, channel) of the rows at these positions, or a list of the rows."""
        ...


class Rereader(Protocol):
    """Where values come from of which a snapshot keeps digests only."""

    def read(self, column: Column, positions: Positions) -> list[bytes]:
        """The values of the rows at these positions, as they were."""
        ...


class Gatherer:
    """Reads the named columns. Not for use by two threads at once."""

    def __init__(
        self, rows: PinnedRows, columns: Sequence[str], pixels: Mapping[str, PixelSource], rereader: Rereader
    ) -> None:
        self._rows = rows
        self._columns = [rows.columns[name] for name in columns]
        self._pixels = pixels
        self._rereader = rereader
        in_tiles = tiles.find_columns(rows, self._columns)
        self._tiles = Tiles(rows, in_tiles) if in_tiles else None

    @property
    def image_row_bytes(self) -> int:
        """Bytes of the pixels of one row, at least 1."""
        return max(1, sum(source.pixel_format.row_bytes for source in self._pixels.values()))

    def read(self, positions: Positions, *, at_once: bool = False) -> dict[str, ColumnArray]:
        """The columns of the rows at these positions, in their order; `at_once` makes nothing for later."""
        spread: Spread | None = None
        found = {}
        tiled = {} if at_once else self._read_tiles(positions)
        for column in self._columns:
            if column.name in tiled:
                found[column.name] = tiled[column.name]
            elif column.name in self._pixels:
                pixels: Any = self._pixels[column.name].read(positions, at_once=at_once)
                # Most images are never NULL: then nothing is looked up.
                spread = spread or (Spread(self._rows, positions) if column.nullable else None)
                nulls = _joined_nulls(column, spread) if spread and column.nullable else None
                found[column.name] = ColumnArray(pixels, nulls)
            elif column.type is ColumnType.CATEGORY:
                codes = self._rows.classes(column.name).codes[positions]
                found[column.name] = _with_nulls(codes, codes == _CODE_OF_NULL)
            else:
                spread = spread or Spread(self._rows, positions)
                found[column.name] = self._read_column(column, positions, spread)
        return found

    def _read_tiles(self, positions: Positions) -> dict[str, ColumnArray]:
        """The columns that tiles hold; none where the rows are better read from the blocks."""
        # A tile costs more than the few rows of a read of large ones. Rows in the order of the table lie side by side
        # in the blocks, too: those of each column.
        if self._tiles is None or len(positions) < tiles.TILE_ROWS or bool((positions[1:] > positions[:-1]).all()):
            return {}
        return self._tiles.take(positions) or {}

    def _read_column(self, column: Column, positions: Positions, spread: Spread) -> ColumnArray:
        views = [block.column(column.name) for block in spread.blocks]
        fixed = [view for view in views if isinstance(view, Fixed)]
        if len(fixed) == len(views):
            return _take(fixed, spread)
        if any(isinstance(view, Digested) for view in views):
            return self._reread(column, positions, spread)
        return _join(column, views, spread)

    def _reread(self, column: Column, positions: Positions, spread: Spread) -> ColumnArray:
        nulls = _joined_nulls(column, spread)
        present = np.arange(len(positions)) if nulls is None else np.flatnonzero(~nulls)
        read = self._rereader.read(column, positions[present])
        if column.type is ColumnType.TENSOR:
            tensors = np.zeros((len(positions), *column.shape), dtype=np.dtype(column.data_type).newbyteorder("<"))
            for place, value in zip(present.tolist(), read, strict=True):
                tensors[place] = np.frombuffer(value, dtype=tensors.dtype).reshape(column.shape)
            return ColumnArray(tensors, nulls)
        values = np.full(len(positions), b"", dtype=object)
        for place, value in zip(present.tolist(), read, strict=True):
            values[place] = value
        return ColumnArray(values, nulls)


def _take(views: Sequence[Fixed], spread: Spread) -> ColumnArray:
    values = spread.take([view.values for view in views])
    if all(view.is_null is None for view in views):
        return ColumnArray(values)
    nulls = [np.zeros(len(view.values), dtype=bool) if view.is_null is None else view.is_null for view in views]
    return _with_nulls(values, spread.take(nulls))


def _join(column: Column, views: Sequence[View], spread: Spread) -> ColumnArray:
    """Texts, or byte strings."""
    values = np.empty(spread.row_count, dtype=object)
    for view, at, rows in zip(views, spread.places, spread.inner, strict=True):
        values[at] = _strings(view, rows, column)
    return ColumnArray(values, _joined_nulls(column, spread))


def _with_nulls(values: NDArray[Any], is_null: NDArray[np.bool_]) -> ColumnArray:
    return ColumnArray(values, is_null if is_null.any() else None)


def _strings(view: View, rows: Positions, column: Column) -> NDArray[Any]:
    found = np.empty(len(rows), dtype=object)
    if isinstance(view, Coded):
        names = np.array([*view.names, ""], dtype=object)
        found[:] = names[view.codes[rows]]
    elif isinstance(view, Strings):
        values = view.take(rows)
        found[:] = [value.decode() for value in values] if column.type is ColumnType.TEXT else values
    return found


def _joined_nulls(column: Column, spread: Spread) -> NDArray[np.bool_] | None:
    """Where the column's rows are NULL, None where none is."""
    is_null: NDArray[np.bool_] | None = None
    for block, at, rows in zip(spread.blocks, spread.places, spread.inner, strict=True):
        nulls = _nulls(block.column(column.name), rows)
        if nulls is not None and nulls.any():
            is_null = np.zeros(spread.row_count, dtype=bool) if is_null is None else is_null
            is_null[at] = nulls
    return is_null


def _nulls(view: View, rows: Positions) -> NDArray[np.bool_] | None:
    if isinstance(view, Coded):
        missing: NDArray[np.bool_] = view.codes[rows] == _CODE_OF_NULL
        return missing
    return None if view.is_null is None else view.is_null[rows]
