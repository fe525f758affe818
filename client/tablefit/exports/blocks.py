"""Rows on their way into a file: some at a time, by column.

integer int64   float float64   boolean bool   timestamp int64, microseconds since 1970 in UTC
tensor (row, *shape)            text, category object array of str    image, bytes object array of bytes
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tablefit.data import Column, Row
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
