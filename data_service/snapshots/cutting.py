"""Where the blocks of a pinned table begin and end: by the rows themselves, so that equal rows give equal blocks.

A row begins a new block when one of these holds, the least row id's always does:

    the low bits of mix(id) are zero: 12 of them; but 10 in a block that has 8,192 rows already, 6 where it has 4 MiB of
                                      values, 3 where it has 8 MiB
    the block before it has 16,384 rows
    the block before it would have more than 16 MiB of values with it (a larger row is alone in its block)

So a block has some 4,000 rows on average where rows are small, and one row that is inserted, changed or deleted changes
its own block: where blocks end by rows or bytes, the fewer bits bring the cuts behind it soon back to where they were.
Values count 8 bytes each, of booleans 1, of tensors, texts and byte strings as many as they have, and none where they
are NULL.

What comes in may be cut in any way; it makes no difference. Leaves the files to `block_file`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_service.columns import ColumnArray, RowBatch
from data_service.order import mix_array
from data_service.schema import Column
from data_service.snapshots.coded_texts import CodedTexts, code_texts, join_texts, text_lengths
from data_service.snapshots.column_buffers import BYTE_STRINGS, TEXTS, byte_lengths, element_type

LIMIT_ROWS = 16_384
LIMIT_BYTES = 16 * 1024 * 1024
CUT_BITS = 12
# From so many rows or bytes on, so many bits.
ROW_BITS = ((8_192, 10),)
BYTE_BITS = ((4 * 1024 * 1024, 6), (8 * 1024 * 1024, 3))

_ID_BYTES = 8


def cut(columns: Sequence[Column], batches: Iterable[RowBatch]) -> Iterator[RowBatch]:
    """The rows of `batches` in their order, one block after the other; texts come coded."""
    begun = _Begun()
    for batch in (_coded(columns, batch) for batch in batches):
        ends = _Ends(columns, batch)
        start = 0
        while start < batch.row_count:
            stop = ends.next_cut(start, begun.row_count, begun.size_bytes)
            begun.add(slice_rows(batch, start, stop), ends.bytes_between(start, stop))
            start = stop
            if start < batch.row_count:
                yield begun.finish()
                begun = _Begun()
            # Otherwise the next batch decides: the row that would begin the next block is in it.
    if begun.row_count:
        yield begun.finish()


def slice_rows(batch: RowBatch, start: int, stop: int) -> RowBatch:
    """The rows start..stop-1; arrays are views."""
    rows = slice(start, stop)
    if start == 0 and stop == batch.row_count:
        return batch
    columns = {
        name: replace(array, values=array.values[rows], is_null=None if array.is_null is None else array.is_null[rows])
        for name, array in batch.columns.items()
    }
    return RowBatch(batch.ids[rows], columns)


def join_rows(batches: Sequence[RowBatch]) -> RowBatch:
    """The rows of all batches, of which there is at least one, in their order."""
    if len(batches) == 1:
        return batches[0]
    names = batches[0].columns
    columns = {name: _join([batch.columns[name] for batch in batches]) for name in names}
    return RowBatch(np.concatenate([batch.ids for batch in batches]), columns)


def _join(arrays: Sequence[ColumnArray]) -> ColumnArray:
    is_null = _join_flags(arrays)
    texts = [array for array in arrays if isinstance(array, CodedTexts)]
    if texts:
        return join_texts(texts, is_null)
    values: Any
    if isinstance(arrays[0].values, list):
        values = [value for array in arrays for value in array.values]
    else:
        values = np.concatenate([array.values for array in arrays])
    return ColumnArray(values, is_null)


def _join_flags(arrays: Sequence[ColumnArray]) -> NDArray[np.bool_] | None:
    if all(array.is_null is None for array in arrays):
        return None
    return np.concatenate(
        [np.zeros(len(array), np.bool_) if array.is_null is None else array.is_null for array in arrays]
    )


def _coded(columns: Sequence[Column], batch: RowBatch) -> RowBatch:
    """The same rows, with only these columns and their texts coded."""
    arrays = {column.name: batch.columns[column.name] for column in columns}
    texts = {column.name: code_texts(arrays[column.name]) for column in columns if column.type in TEXTS}
    return RowBatch(batch.ids, {**arrays, **texts})


class _Begun:
    """A block that may go on with the next batch."""

    def __init__(self) -> None:
        self._batches: list[RowBatch] = []
        self.row_count = 0
        self.size_bytes = 0

    def add(self, batch: RowBatch, size_bytes: int) -> None:
        if batch.row_count:
            self._batches.append(batch)
            self.row_count += batch.row_count
            self.size_bytes += size_bytes

    def finish(self) -> RowBatch:
        return join_rows(self._batches)


class _Ends:
    """Where blocks may end within one batch."""

    def __init__(self, columns: Sequence[Column], batch: RowBatch) -> None:
        self._row_count = batch.row_count
        # Bytes of the rows before each row, and of all at last.
        self._before = np.zeros(batch.row_count + 1, dtype=np.int64)
        np.cumsum(_row_bytes(columns, batch), out=self._before[1:])
        mixed = mix_array(np.asarray(batch.ids, dtype=np.int64).view(np.uint64))
        self._rows_with_zeros = {
            bits: np.flatnonzero((mixed & np.uint64((1 << bits) - 1)) == 0)
            for bits in (CUT_BITS, *(bits for _, bits in (*ROW_BITS, *BYTE_BITS)))
        }

    def bytes_between(self, start: int, stop: int) -> int:
        """Bytes of the values of rows start..stop-1."""
        return int(self._before[stop] - self._before[start])

    def next_cut(self, start: int, row_count: int, size_bytes: int) -> int:
        """The row before which a block ends that had `row_count` rows before `start`; the batch's end if none does."""
        # A block has a row, whatever its size and its id.
        first = start if row_count else start + 1
        bytes_from = int(self._before[start]) - size_bytes
        too_large = int(np.searchsorted(self._before[1:], bytes_from + LIMIT_BYTES, side="right"))
        cuts = [self._row_count, start + LIMIT_ROWS - row_count, max(first, too_large), self._zeros(CUT_BITS, first)]
        cuts += [self._zeros(bits, max(first, start + rows - row_count)) for rows, bits in ROW_BITS]
        for size, bits in BYTE_BITS:
            cuts.append(self._zeros(bits, max(first, int(np.searchsorted(self._before, bytes_from + size)))))
        return int(min(cuts))

    def _zeros(self, bits: int, first: int) -> int:
        """The first row from `first` on whose mixed id ends in so many zeros."""
        rows = self._rows_with_zeros[bits]
        place = int(np.searchsorted(rows, first))
        return int(rows[place]) if place < len(rows) else self._row_count


def _row_bytes(columns: Sequence[Column], batch: RowBatch) -> NDArray[np.int64]:
    """Bytes of the values of each row, int64 (row,)."""
    total = np.full(batch.row_count, _ID_BYTES, dtype=np.int64)
    for column in columns:
        array = batch.columns[column.name]
        sizes = _value_bytes(column, array)
        total += sizes if array.is_null is None else np.where(array.is_null, 0, sizes)
    return total


def _value_bytes(column: Column, array: ColumnArray) -> NDArray[np.int64] | int:
    values: Any = array.values
    if column.type in TEXTS:
        texts = code_texts(array)
        return np.asarray(text_lengths(texts.names)[texts.codes])
    if column.type in BYTE_STRINGS:
        return byte_lengths(values)
    return element_type(column).itemsize * int(np.prod(column.shape, dtype=np.int64))
