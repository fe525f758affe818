"""Values of rows between Python and messages, each in the form that its column's type wants.

    integer int    float float     boolean bool      timestamp datetime, aware, UTC
    text, category str             image, bytes bytes          tensor array of the column's type and shape

Going in, numpy's numbers, times as texts in ISO 8601, and lists for tensors are taken too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tablefit import filters
from tablefit.data.tables import Column, to_columns
from tablefit.errors import InvalidInput
from tablefit.rpc import tensors
from tablefit.rpc.times import to_datetime, to_timestamp
from tablefit.v1 import data_service_pb2 as pb

CellValue: TypeAlias = int | float | bool | str | bytes | datetime | NDArray[Any] | None

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BLOB_TYPES = ("image", "bytes")
# Element types of the columns that travel as tensors, and what stands where a value is NULL.
_DTYPES = {"integer": np.dtype("<i8"), "float": np.dtype("<f8"), "boolean": np.dtype("?"), "timestamp": np.dtype("<i8")}


@dataclass(frozen=True)
class Row:
    """A row: its id and its values by column name."""

    id: int
    values: dict[str, CellValue]


def to_rows(messages: Sequence[pb.Row], columns: Sequence[pb.Column]) -> list[Row]:
    """The records of Row messages, whose values stand in the order of `columns`."""
    records = to_columns(columns)
    return [
        Row(message.id, {c.name: to_cell(value, c) for c, value in zip(records, message.values, strict=True)})
        for message in messages
    ]


def to_cell(value: pb.Value, column: Column) -> CellValue:
    """The value of a message; None for NULL."""
    kind = value.WhichOneof("kind")
    if kind is None:
        return None
    if kind == "timestamp":
        return to_datetime(value.timestamp)
    cell: CellValue = getattr(value, kind)
    if column.type == "tensor" and isinstance(cell, bytes):
        return np.frombuffer(cell, np.dtype(column.data_type).newbyteorder("<")).reshape(column.shape)
    return cell


def to_value(cell: Any, column: Column) -> pb.Value:
    """The message of a value for a column. Raises InvalidInput when it is none of the column's type."""
    if cell is None:
        return pb.Value()
    if column.type == "tensor":
        return pb.Value(blob=_to_tensor(cell, column).tobytes())
    return literal_value(_to_scalar(cell, column))


def literal_value(value: filters.Literal) -> pb.Value:
    """The message of a value by its own type."""
    match value:
        case bool():
            return pb.Value(boolean=value)
        case int():
            return pb.Value(integer=value)
        case float():
            return pb.Value(float=value)
        case bytes():
            return pb.Value(blob=value)
        case datetime():
            return pb.Value(timestamp=to_timestamp(value))
    return pb.Value(text=value)


def to_chunk(rows: Sequence[Mapping[str, Any]], columns: Sequence[Column], source_name: str = "") -> pb.RowChunk:
    """The message of rows given by column name; what a row does not name is NULL.

    `source_name` is the column that says where a row comes from, if there is one. Raises InvalidInput that names
    row and column of a value which does not fit.
    """
    known = {column.name: column for column in columns}
    named = dict.fromkeys(name for row in rows for name in row)
    unknown = [name for name in named if name not in known]
    if unknown:
        raise InvalidInput(f"There is no column {unknown[0]!r} to set; expected {', '.join(known)[:300]}.")
    chunk = pb.RowChunk(row_count=len(rows))
    if source_name in named:
        chunk.source_names.extend(str(row.get(source_name) or "") for row in rows)
    for name in named:
        if name != source_name:
            chunk.columns.append(_to_column_values(known[name], [row.get(name) for row in rows]))
    return chunk


def to_array(column: Column, cells: Sequence[Any]) -> NDArray[Any]:
    """Values of a column as an array, with times as microseconds since 1970 in UTC, texts and byte strings as objects.

    Where a cell is None, anything stands. Raises InvalidInput that names the row of a value which does not fit.
    """
    values = [_fit(cell, column, row) for row, cell in enumerate(cells)]
    if column.type == "tensor":
        return np.stack(values)
    if column.type in _DTYPES:
        return np.array(values, _DTYPES[column.type])
    array = np.empty(len(values), np.object_)
    array[:] = values
    return array


def _to_column_values(column: Column, cells: Sequence[Any]) -> pb.ColumnValues:
    message = pb.ColumnValues(column=column.name)
    is_null = [cell is None for cell in cells]
    if any(is_null):
        message.is_null = bytes(is_null)
    values = to_array(column, cells)
    if column.type in _BLOB_TYPES:
        message.blobs.values.extend(values)
    elif values.dtype == np.object_:
        message.texts.values.extend(values)
    else:
        message.tensor.CopyFrom(tensors.encode(values))
    return message


def _fit(cell: Any, column: Column, row: int) -> Any:
    """The value as a chunk holds it. What stands for NULL there does not count."""
    if cell is None:
        return _placeholder(column)
    try:
        if column.type == "tensor":
            return _to_tensor(cell, column)
        fitted = _to_scalar(cell, column)
    except InvalidInput as error:
        raise InvalidInput(f"Row {row}: {error.message}", field=error.field) from None
    return (fitted - _EPOCH) // timedelta(microseconds=1) if isinstance(fitted, datetime) else fitted


def _placeholder(column: Column) -> Any:
    if column.type == "tensor":
        return np.zeros(column.shape, column.data_type)
    if column.type in _BLOB_TYPES:
        return b""
    return 0 if column.type in _DTYPES else ""


def _to_scalar(cell: Any, column: Column) -> filters.Literal:
    plain = cell.item() if isinstance(cell, np.generic) else cell
    if column.type in _BLOB_TYPES:
        if isinstance(plain, bytes | bytearray | memoryview):
            return bytes(plain)
        raise InvalidInput(f"expected bytes for the column {column.name!r}, received {plain!r:.80}")
    return filters.fit_value(plain, column.type, column.name)


def _to_tensor(cell: Any, column: Column) -> NDArray[Any]:
    """The array in the column's element type and shape, which no value may be changed for."""
    wanted = np.dtype(column.data_type).newbyteorder("<")
    try:
        given = np.asarray(cell)
        array = given.astype(wanted)
    except (ValueError, TypeError, OverflowError):
        given, array = np.asarray(None), np.zeros(0)
    is_float = wanted.kind == "f" and given.dtype.kind in "fiu"
    if array.shape != column.shape or not (is_float or np.array_equal(array, given)):
        raise InvalidInput(
            f"expected {column.data_type} values of shape {list(column.shape)} for the column {column.name!r}, "
            f"received {cell!r:.80}"
        )
    return array
