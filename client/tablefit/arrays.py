"""A whole table in memory as NumPy arrays, read as one stream of batches in order of id.

    labelled images   x, y and class names, as Keras's examples have them
    any table         an array for each column, named as in an .npz file (see `tablefit.exports.npz`), and "id"

Leaves streams to `tablefit.data`, and files to `tablefit.exports`, for tables that are larger than memory.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tablefit.data import Batch, BatchColumn, DataClient, StreamHeader, StreamOptions
from tablefit.errors import InvalidInput

OnRows = Callable[[int, int], None]


@dataclass(frozen=True)
class Arrays:
    """A whole table of labelled images as arrays, in order of id.

    `x` uint8 (row, height, width, channel), `y` int32 (row,) indices into `class_names`, `id` int64 (row,).
    """

    x: NDArray[np.uint8]
    y: NDArray[np.int32]
    class_names: tuple[str, ...]
    id: NDArray[np.int64]


def read_images(data: DataClient, options: StreamOptions, on_progress: OnRows | None) -> Arrays:
    """The labelled images that `options` ask for. Raises InvalidInput for a table of other columns."""
    header, arrays = _read(data, options, on_progress, _check_images)
    return Arrays(arrays["image"], arrays["label"], header.class_names, arrays["id"])


def read_columns(data: DataClient, options: StreamOptions, on_progress: OnRows | None) -> dict[str, NDArray[Any]]:
    """The columns and features that `options` ask for. Raises InvalidInput where two arrays would have one name."""
    header, arrays = _read(data, options, on_progress, lambda header: None)
    for column in header.columns:
        if column.type == "timestamp":
            arrays[column.name] = arrays[column.name].view("<M8[us]")
        if column.type == "category":
            arrays[f"{column.name}_names"] = np.array(column.class_names, np.str_)
    return arrays


def _read(
    data: DataClient, options: StreamOptions, on_progress: OnRows | None, check: Callable[[StreamHeader], None]
) -> tuple[StreamHeader, dict[str, NDArray[Any]]]:
    with closing(data.stream_batches(options)) as stream:
        header = stream.header
        check(header)
        arrays = _empty_arrays(header)
        done = 0
        for batch in stream:
            rows = slice(done, done + len(batch.row_ids))
            _put(batch, arrays, rows)
            done = rows.stop
            if on_progress is not None:
                on_progress(done, header.row_count)
    return header, arrays


def _check_images(header: StreamHeader) -> None:
    if not header.image_shape[0] or {"image", "label"} - {column.name for column in header.columns}:
        raise InvalidInput(
            f"{header.table} has the columns {', '.join(column.name for column in header.columns)[:300]}; expected "
            "labelled images. Its columns as arrays are what to_arrays gives."
        )


def _empty_arrays(header: StreamHeader) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {}
    for column in header.columns:
        taken = [name for name in _names(column) if name in arrays]
        if taken:
            raise InvalidInput(f"Two columns of {header.table} would become the array {taken[0]!r}; name others.")
        arrays[column.name] = np.empty((header.row_count, *column.row_shape), _dtype(column))
        if column.type == "category":
            arrays[f"{column.name}_names"] = np.empty(0, np.str_)
        if column.nullable:
            arrays[f"{column.name}_is_null"] = np.zeros(header.row_count, np.bool_)
    arrays.setdefault("id", np.empty(header.row_count, np.int64))
    return arrays


def _put(batch: Batch, arrays: dict[str, NDArray[Any]], rows: slice) -> None:
    for name, values in batch.columns.items():
        arrays[name][rows] = values
    for name, is_null in batch.is_null.items():
        arrays[f"{name}_is_null"][rows] = is_null
    if "id" not in batch.columns:
        arrays["id"][rows] = batch.row_ids


def _names(column: BatchColumn) -> list[str]:
    names = [column.name]
    names += [f"{column.name}_names"] if column.type == "category" else []
    return names + ([f"{column.name}_is_null"] if column.nullable else [])


def _dtype(column: BatchColumn) -> np.dtype[Any]:
    return np.dtype(np.object_ if column.data_type in ("text", "bytes") else column.data_type)
