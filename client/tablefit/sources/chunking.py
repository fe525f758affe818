"""Rows by column, cut to what one message may hold: slicing, joining, and the way back to single rows.

Leaves reading to the sources and sending to `tablefit.data`.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from tablefit.sources.columns import ColumnArray, ColumnChunk, SourceColumn, Value, to_datetime, value_bytes


class Digest(Protocol):
    """What takes bytes, as the hashes of `hashlib` do."""

    def update(self, data: Any, /) -> None:
        """Takes more bytes."""


def cut_chunks(chunks: Iterable[ColumnChunk], skip: int, limit_rows: int, limit_bytes: int) -> Iterator[ColumnChunk]:
    """The rows after the first `skip` in chunks as large as the limits allow; a row above the byte limit is alone."""
    kept: list[ColumnChunk] = []
    kept_rows = kept_bytes = 0
    for chunk in _without_first(chunks, skip):
        ends = np.cumsum(row_bytes(chunk))
        start = 0
        while start < chunk.row_count:
            done = int(ends[start - 1]) if start else 0
            fitting = int(np.searchsorted(ends, done + limit_bytes - kept_bytes, side="right")) - start
            count = min(max(fitting, 0), limit_rows - kept_rows, chunk.row_count - start)
            if not count and kept:
                yield join(kept)
                kept, kept_rows, kept_bytes = [], 0, 0
                continue
            count = max(count, 1)
            kept.append(part(chunk, start, start + count))
            start += count
            kept_rows += count
            kept_bytes += int(ends[start - 1]) - done
    if kept:
        yield join(kept)


def to_rows(chunk: ColumnChunk, columns: Sequence[SourceColumn]) -> Iterator[dict[str, Value]]:
    """The rows of a chunk as values by name."""
    lists = [_to_values(chunk.columns[column.name], column) for column in columns]
    names = [column.name for column in columns]
    for values in zip(*lists, strict=True):
        yield dict(zip(names, values, strict=True))


def part(chunk: ColumnChunk, start: int, stop: int) -> ColumnChunk:
    """The rows from `start` up to `stop`."""
    if start == 0 and stop >= chunk.row_count:
        return chunk
    rows = slice(start, stop)
    columns = {
        name: ColumnArray(array.values[rows], None if array.is_null is None else array.is_null[rows])
        for name, array in chunk.columns.items()
    }
    names = None if chunk.source_names is None else chunk.source_names[rows]
    return ColumnChunk(min(stop, chunk.row_count) - start, columns, names)


def join(chunks: Sequence[ColumnChunk]) -> ColumnChunk:
    """One chunk of all rows of chunks that share their columns."""
    if len(chunks) == 1:
        return chunks[0]
    columns = {name: _join_arrays([chunk.columns[name] for chunk in chunks]) for name in chunks[0].columns}
    names = None
    if all(chunk.source_names is not None for chunk in chunks):
        names = [name for chunk in chunks for name in chunk.source_names or ()]
    return ColumnChunk(sum(chunk.row_count for chunk in chunks), columns, names)


def row_bytes(chunk: ColumnChunk) -> NDArray[np.int64]:
    """Bytes of each row, counted as `columns.value_bytes` does, but with missing numbers in full."""
    sizes = np.zeros(chunk.row_count, np.int64)
    if chunk.source_names is not None:
        sizes += _text_bytes(list(chunk.source_names))
    for array in chunk.columns.values():
        values = array.values
        if isinstance(values, list):
            sizes += _text_bytes(values)
        else:
            sizes += 8 if values.ndim == 1 else values[:1].nbytes
    return sizes


def _text_bytes(values: list[str] | list[bytes]) -> NDArray[np.int64]:
    # Most texts are ASCII, whose length is known; one question for all of them takes a fraction of one for each.
    if values and isinstance(values[0], str) and not "".join(values).isascii():
        return np.fromiter(map(value_bytes, values), np.int64, len(values))
    return np.fromiter(map(len, values), np.int64, len(values))


def update_digest(digest: Digest, chunk: ColumnChunk) -> None:
    """Adds all values of a chunk to a digest, so that no two different chunks add the same bytes."""
    for name, array in chunk.columns.items():
        digest.update(f"{name}\0{chunk.row_count}\0".encode())
        if array.is_null is not None:
            digest.update(np.packbits(array.is_null))
        if not isinstance(array.values, list):
            digest.update(np.ascontiguousarray(array.values))
            continue
        values = [value.encode() if isinstance(value, str) else value for value in array.values]
        digest.update(np.fromiter(map(len, values), np.int64, len(values)))
        digest.update(b"".join(values))


def digest_of(*texts: str) -> str:
    """SHA-256 over some texts."""
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogateescape")).hexdigest()


def _without_first(chunks: Iterable[ColumnChunk], skip: int) -> Iterator[ColumnChunk]:
    for chunk in chunks:
        if skip < chunk.row_count:
            yield part(chunk, skip, chunk.row_count)
        skip = max(skip - chunk.row_count, 0)


def _join_arrays(arrays: Sequence[ColumnArray]) -> ColumnArray:
    is_null = None
    if any(array.is_null is not None for array in arrays):
        marks = [np.zeros(len(array.values), np.bool_) if array.is_null is None else array.is_null for array in arrays]
        is_null = np.concatenate(marks)
    if isinstance(arrays[0].values, list):
        values: Any = [value for array in arrays for value in array.values]
    else:
        values = np.concatenate([cast(NDArray[Any], array.values) for array in arrays])
    return ColumnArray(values, is_null)


def _to_values(array: ColumnArray, column: SourceColumn) -> list[Value]:
    if column.type == "tensor":
        values: list[Value] = list(cast(NDArray[Any], array.values))
    elif column.type == "timestamp":
        values = [to_datetime(value) for value in cast(NDArray[np.int64], array.values).tolist()]
    else:
        values = array.values if isinstance(array.values, list) else array.values.tolist()  # type: ignore[assignment]
    if array.is_null is None:
        return values
    return [None if missing else value for value, missing in zip(values, array.is_null.tolist(), strict=True)]
