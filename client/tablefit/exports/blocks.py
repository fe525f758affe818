"""Rows on their way into a file: some at a time, by column.

integer int64   float float64   boolean bool   timestamp int64, microseconds since 1970 in UTC
tensor (row, *shape)            text object array of str    image, bytes object array of bytes
category int32 indices into class names where they come from a stream, which knows them; else object array of str
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tablefit.data import Batch, Column, Row
from tablefit.data.values import to_array

# Bounds of a block. Large values make it short.
LIMIT_ROWS = 8192
LIMIT_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class Block:
    """Some rows. What stands in `values` where `is_null` is set does not count."""

    row_count: int
    values: dict[str, NDArray[Any]]
    is_null: dict[str, NDArray[np.bool_]]


def blocks_of_rows(rows: Iterable[Row], columns: Sequence[Column]) -> Iterator[Block]:
    """The rows by column, in order."""
    remaining = iter(rows)
    while part := list(_some_rows(remaining)):
        values, is_null = {}, {}
        for column in columns:
            cells = [row.values[column.name] for row in part]
            values[column.name] = to_array(column, cells)
            is_null[column.name] = np.fromiter((cell is None for cell in cells), np.bool_, len(cells))
        yield Block(len(part), values, is_null)


def blocks_of_batches(batches: Iterable[Batch], columns: Sequence[Column], id_column: str) -> Iterator[Block]:
    """The rows of a stream by column, in order; `id_column` is the column of row ids."""
    kept: list[Block] = []
    rows = total_bytes = 0
    for batch in batches:
        block = _block_of(batch, columns, id_column)
        kept.append(block)
        rows += block.row_count
        total_bytes += size_bytes(block)
        if rows >= LIMIT_ROWS or total_bytes >= LIMIT_BYTES:
            yield joined(kept)
            kept, rows, total_bytes = [], 0, 0
    if kept:
        yield joined(kept)


def joined(blocks: Sequence[Block]) -> Block:
    """Several blocks as one."""
    if len(blocks) == 1:
        return blocks[0]
    return Block(
        sum(block.row_count for block in blocks),
        {name: np.concatenate([block.values[name] for block in blocks]) for name in blocks[0].values},
        {name: np.concatenate([block.is_null[name] for block in blocks]) for name in blocks[0].is_null},
    )


def size_bytes(block: Block) -> int:
    """Bytes of a block's values, text counted by its characters."""
    return sum(sum(map(len, array)) if array.dtype == np.object_ else array.nbytes for array in block.values.values())


def _block_of(batch: Batch, columns: Sequence[Column], id_column: str) -> Block:
    count = len(batch.row_ids)
    values = {column.name: batch.columns.get(column.name) for column in columns}
    values[id_column] = batch.row_ids
    nothing_missing = np.zeros(count, np.bool_)
    return Block(
        count,
        {name: array for name, array in values.items() if array is not None},
        {name: batch.is_null.get(name, nothing_missing) for name in values},
    )


def _some_rows(rows: Iterator[Row]) -> Iterator[Row]:
    taken_bytes = 0
    for row in islice(rows, LIMIT_ROWS):
        yield row
        taken_bytes += sum(_cell_bytes(cell) for cell in row.values.values())
        if taken_bytes >= LIMIT_BYTES:
            return


def _cell_bytes(cell: Any) -> int:
    if isinstance(cell, str | bytes):
        return len(cell)
    return cell.nbytes if isinstance(cell, np.ndarray) else 8
