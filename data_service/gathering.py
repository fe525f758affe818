"""Values of a snapshot's rows at any positions, column by column, out of its blocks.

    integer, float, boolean, timestamp, tensor    copied from the maps, block by block
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

from data_service.columns import ColumnArray
from data_service.order import Positions
from data_service.pinned_rows import PinnedRows
from data_service.pixel_format import PixelFormat
from data_service.schema import Column, ColumnType
from data_service.snapshots import Coded, Digested, Fixed, Strings, View

_CODE_OF_NULL = -1


class PixelSource(Protocol):
    """Where the pixels of one image column come from."""

    pixel_format: PixelFormat

    def read(self, positions: Positions, *, at_once: bool = False) -> NDArray[np.uint8]:
        """uint8 (row, height, width, channel) of the rows at these positions."""
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

    @property
    def image_row_bytes(self) -> int:
        """Bytes of the pixels of one row, at least 1."""
        return max(1, sum(source.pixel_format.row_bytes for source in self._pixels.values()))

    def read(self, positions: Positions, *, at_once: bool = False) -> dict[str, ColumnArray]:
        """The columns of the rows at these positions, in their order; `at_once` makes nothing for later."""
        numbers, places = self._rows.locate(positions)
        blocks = [self._rows.pinned.block(number) for number in numbers]
        inner = [
            positions[at] - self._rows.pinned.block_starts[number] for number, at in zip(numbers, places, strict=True)
        ]
        found = {}
        for column in self._columns:
            views = [block.column(column.name) for block in blocks]
            if column.name in self._pixels:
                pixels = self._pixels[column.name].read(positions, at_once=at_once)
                found[column.name] = ColumnArray(pixels, _joined_nulls(len(positions), views, places, inner))
            elif any(isinstance(view, Digested) for view in views):
                found[column.name] = self._reread(column, positions, views, places, inner)
            else:
                found[column.name] = self._join(column, len(positions), numbers, views, places, inner)
        return found

    def _join(
        self,
        column: Column,
        row_count: int,
        numbers: Sequence[int],
        views: Sequence[View],
        places: Sequence[Positions],
        inner: Sequence[Positions],
    ) -> ColumnArray:
        codes = self._rows.classes(column.name).block_codes if column.type is ColumnType.CATEGORY else None
        values: NDArray[Any] | None = None
        for number, view, at, rows in zip(numbers, views, places, inner, strict=True):
            part = codes[number][_coded(view)[rows]] if codes is not None else _values(view, rows, column)
            if values is None:
                values = np.empty((row_count, *part.shape[1:]), dtype=part.dtype)
            values[at] = part
        if values is None:
            raise ValueError("expected at least one position")
        return ColumnArray(values, _joined_nulls(row_count, views, places, inner))

    def _reread(
        self,
        column: Column,
        positions: Positions,
        views: Sequence[View],
        places: Sequence[Positions],
        inner: Sequence[Positions],
    ) -> ColumnArray:
        nulls = _joined_nulls(len(positions), views, places, inner)
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


def _coded(view: View) -> NDArray[np.int32]:
    if not isinstance(view, Coded):
        raise TypeError(f"expected codes, received {type(view).__name__}")
    return view.codes


def _values(view: View, rows: Positions, column: Column) -> NDArray[Any]:
    if isinstance(view, Fixed):
        return view.values[rows]
    found = np.empty(len(rows), dtype=object)
    if isinstance(view, Coded):
        names = np.array([*view.names, ""], dtype=object)
        found[:] = names[view.codes[rows]]
    elif isinstance(view, Strings):
        is_text = column.type is ColumnType.TEXT
        for place, row in enumerate(rows.tolist()):
            value = view.value(row)
            found[place] = str(value, "utf-8") if is_text else bytes(value)
    return found


def _joined_nulls(
    row_count: int, views: Sequence[View], places: Sequence[Positions], inner: Sequence[Positions]
) -> NDArray[np.bool_] | None:
    """Where the rows are NULL, None where none is."""
    is_null: NDArray[np.bool_] | None = None
    for view, at, rows in zip(views, places, inner, strict=True):
        nulls = _nulls(view, rows)
        if nulls is not None and nulls.any():
            is_null = np.zeros(row_count, dtype=bool) if is_null is None else is_null
            is_null[at] = nulls
    return is_null


def _nulls(view: View, rows: Positions) -> NDArray[np.bool_] | None:
    if isinstance(view, Coded):
        missing: NDArray[np.bool_] = view.codes[rows] == _CODE_OF_NULL
        return missing
    return None if view.is_null is None else view.is_null[rows]
