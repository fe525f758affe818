"""The rows of a source as the messages of an upload, cut to what the service takes.

    rows by column   ColumnChunk     numbers and times as they lie in memory, texts and byte strings as lists
    rows one by one  SourceRow       each with the name that says where it comes from

A row may be larger than a message. Its large values are cut then, to a length that the service refuses as too large,
too, so that the row is refused by name and the rest of the source goes on. Leaves numbering, resuming and sending to
`uploads`.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from tablefit.errors import InvalidInput
from tablefit.rpc import tensors
from tablefit.rpc.settings import LIMIT_MESSAGE_BYTES
from tablefit.sources import ColumnarSource, Source, SourceRow, is_columnar
from tablefit.sources.columns import ColumnArray, ColumnChunk
from tablefit.v1 import data_service_pb2 as pb

# One more than the service takes of any text (characters) and of any byte string.
_CUT_CHARACTERS = 1_000_001
_CUT_BYTES = 16 * 1024 * 1024 + 1
# The frame of a message, names of columns and the like.
_FRAME_BYTES = 1024 * 1024


def chunks_of(source: Source, skip: int, limit_rows: int, limit_bytes: int) -> Iterator[pb.RowChunk]:
    """The rows after the first `skip` in chunks within the limits; a row above the byte limit is alone in its chunk.

    The numbers of the chunks are set by the caller. Raises InvalidInput for a source that cannot be read.
    """
    if is_columnar(source):
        yield from _columnar_chunks(source, skip, limit_rows, limit_bytes)
    else:
        yield from cut_chunks(source.rows(skip), limit_rows, limit_bytes)


def row_name(source: Source, index: int) -> str:
    """What a row without a name of its own is called, by its place in the source from 0."""
    return f"{getattr(source, 'origin', 'row')}#{index}"


def cut_chunks(rows: Iterator[SourceRow], limit_rows: int, limit_bytes: int) -> Iterator[pb.RowChunk]:
    """Chunks of `rows` within the limits; a row above the byte limit is alone in its chunk."""
    kept: list[SourceRow] = []
    size_bytes = 0
    for row in rows:
        row_bytes = row.size_bytes
        if kept and (len(kept) >= limit_rows or size_bytes + row_bytes > limit_bytes):
            yield to_chunk(kept)
            kept, size_bytes = [], 0
        kept.append(row)
        size_bytes += row_bytes
    if kept:
        yield to_chunk(kept)


def to_chunk(rows: list[SourceRow]) -> pb.RowChunk:
    """The message of labelled images, which share their columns."""
    chunk = pb.RowChunk(row_count=len(rows), source_names=[row.source_name for row in rows])
    for name, first in rows[0].values.items():
        column = chunk.columns.add(column=name)
        values: Any = column.texts.values if isinstance(first, str) else column.blobs.values
        values.extend(row.values[name] for row in rows)
    return chunk


def to_message(chunk: ColumnChunk) -> pb.RowChunk:
    """The message of rows by column."""
    message = pb.RowChunk(row_count=chunk.row_count, source_names=chunk.source_names or ())
    for name, array in chunk.columns.items():
        _add_column(message.columns.add(column=name), array)
    return message


def _columnar_chunks(source: ColumnarSource, skip: int, limit_rows: int, limit_bytes: int) -> Iterator[pb.RowChunk]:
    index = skip
    for chunk in source.chunks(skip, limit_rows, limit_bytes):
        message = to_message(_cut_to_fit(chunk) if chunk.row_count == 1 else chunk)
        if message.ByteSize() > LIMIT_MESSAGE_BYTES - _FRAME_BYTES:
            raise InvalidInput(
                f"{row_name(source, index)} has {message.ByteSize():,} bytes; expected at most "
                f"{LIMIT_MESSAGE_BYTES - _FRAME_BYTES:,} in one row. Leave large columns out, or split the row."
            )
        yield message
        index += chunk.row_count


def _add_column(message: pb.ColumnValues, array: ColumnArray) -> None:
    if array.is_null is not None and array.is_null.any():
        message.is_null = array.is_null.astype(np.uint8).tobytes()
    if not isinstance(array.values, list):
        message.tensor.CopyFrom(tensors.encode(array.values))
    elif isinstance(array.values[0], str):
        message.texts.values.extend(array.values)
    else:
        message.blobs.values.extend(array.values)


def _cut_to_fit(chunk: ColumnChunk) -> ColumnChunk:
    """The only row of a chunk without what the service would refuse anyway for its length."""
    return ColumnChunk(1, {name: _cut_value(array) for name, array in chunk.columns.items()}, chunk.source_names)


def _cut_value(array: ColumnArray) -> ColumnArray:
    if not isinstance(array.values, list):
        return array
    value = array.values[0]
    if isinstance(value, str):
        return ColumnArray([value[:_CUT_CHARACTERS]], array.is_null)
    return ColumnArray([value[:_CUT_BYTES]], array.is_null)
