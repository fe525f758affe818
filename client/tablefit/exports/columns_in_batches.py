"""A whole table as one stream of batches, on its way into a file: which columns, in which form, and the rows.

What has no key of its own, such as a view, gets a column of row numbers in front. Leaves files to `npz` and `parquet`.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace

from tablefit.data import Batch, Column, DataClient, StreamHeader, StreamOptions, Table
from tablefit.exports.blocks import LIMIT_BYTES, Block, blocks_of_batches

# Rows of a batch, by the columns whose values may be large: batches are whole in memory.
_BATCH_ROWS = 4096
_BATCH_ROWS_BY_TYPE = {"text": 1024, "bytes": 64, "image": 64}

OnRows = Callable[[int, int], None]


@dataclass(frozen=True)
class WholeTable:
    """A table that is read once: its columns as a file has them, images as tensors of pixels."""

    columns: tuple[Column, ...]
    class_names: Mapping[str, tuple[str, ...]]
    row_count: int
    batches: Iterator[Batch]
    id_column: str

    def blocks(self, report: OnRows) -> Iterator[Block]:
        """The rows in order of id; `report` gets rows read and rows in all."""
        done = 0
        for block in blocks_of_batches(self.batches, self.columns, self.id_column):
            yield block
            done += block.row_count
            report(done, self.row_count)


@contextmanager
def open_columns(
    data: DataClient, table: Table, image_size: tuple[int, int] | None, mode: str | None
) -> Iterator[WholeTable]:
    """All columns of a table, view or dataset. Raises WrongState where images share no size and none is given."""
    id_column = table.key_column or _free_name(table)
    columns = table.columns if table.key_column else (Column(id_column, "integer"), *table.columns)
    if not table.row_count:
        # There is nothing to make a stream of.
        empty = tuple(
            replace(c, type="tensor", data_type="uint8", shape=(0, 0, 0)) if c.type == "image" else c for c in columns
        )
        yield WholeTable(empty, {}, 0, iter(()), id_column)
        return
    height, width = image_size or (None, None)
    names = [column.name for column in columns if column.name != id_column] or [id_column]
    options = StreamOptions(
        table=table.name, columns=names, height=height, width=width, mode=mode, batch_size=_batch_rows(table.columns)
    )
    with closing(data.stream_batches(options)) as stream:
        header = stream.header
        class_names = {column.name: column.class_names for column in header.columns if column.type == "category"}
        in_file = tuple(_in_file(column, header) for column in columns)
        yield WholeTable(in_file, class_names, header.row_count, iter(stream), id_column)


def _in_file(column: Column, header: StreamHeader) -> Column:
    streamed = header.column(column.name)
    if column.type != "image" or streamed is None:
        return column
    return replace(column, type="tensor", data_type="uint8", shape=streamed.row_shape)


def _batch_rows(columns: Sequence[Column]) -> int:
    tensor_bytes = sum(8 * math.prod(column.shape) for column in columns if column.type == "tensor")
    limits = [_BATCH_ROWS_BY_TYPE.get(column.type, _BATCH_ROWS) for column in columns]
    return max(1, min(*limits, _BATCH_ROWS, LIMIT_BYTES // max(tensor_bytes, 1)))


def _free_name(table: Table) -> str:
    taken = {column.name.casefold() for column in table.columns}
    return next(name for name in ("id", "row_id", "tablefit_row_id") if name not in taken)
