"""Single values, and the values of a column, between messages and records."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tablefit.errors import InvalidInput
from tablefit.rpc import tensors
from tablefit.rpc.times import to_datetime, to_timestamp
from tablefit.v1 import data_service_pb2 as pb

from data_service.columns import ColumnArray
from data_service.schema import Cell

# Timestamps count nanoseconds, databases microseconds.
_NANOSECONDS = 1000


def encode_value(cell: Cell) -> pb.Value:
    """The message of a value; an empty one for NULL."""
    match cell:
        case bool():
            return pb.Value(boolean=cell)
        case int():
            return pb.Value(integer=cell)
        case float():
            return pb.Value(float=cell)
        case str():
            return pb.Value(text=cell)
        case bytes():
            return pb.Value(blob=cell)
        case datetime():
            return pb.Value(timestamp=to_timestamp(cell))
        case None:
            return pb.Value()


def decode_value(message: pb.Value, field: str) -> Cell:
    """The value of a message; None for an empty one. InvalidInput for a time that is none."""
    kind = message.WhichOneof("kind")
    if kind is None:
        return None
    if kind == "timestamp":
        return _decode_time(message, field)
    value: Cell = getattr(message, kind)
    return value


def decode_column(column: pb.ColumnValues, row_count: int) -> ColumnArray:
    """The values of a column, of which `is_null` says which are NULL."""
    is_null = np.frombuffer(column.is_null, np.uint8) != 0 if column.is_null else None
    if is_null is not None and len(is_null) != row_count:
        raise InvalidInput(
            f"expected a byte for each of {row_count} rows in is_null of {column.column!r}, received {len(is_null)}",
            field="chunk.columns",
        )
    is_null = is_null if is_null is not None and is_null.any() else None
    match column.WhichOneof("values"):
        case "tensor":
            return ColumnArray(_decode_tensor(column), is_null)
        case "blobs":
            return ColumnArray(list(column.blobs.values), is_null)
    return ColumnArray(list(column.texts.values), is_null)


def _decode_tensor(column: pb.ColumnValues) -> NDArray[Any]:
    values = tensors.decode(column.tensor)
    if not values.ndim:
        raise InvalidInput(
            "expected a tensor with the row as first axis, received a single value", field="chunk.columns"
        )
    # A byte of any value is true, but not equal to another such byte.
    return values.view(np.uint8) != 0 if values.dtype == np.bool_ else values


def _decode_time(message: pb.Value, field: str) -> datetime:
    try:
        time = to_datetime(message.timestamp)
    except (ValueError, OverflowError):
        raise InvalidInput("expected a time in the years 1 to 9999, received another", field=field) from None
    if message.timestamp.nanos % _NANOSECONDS:
        raise InvalidInput("expected a time in whole microseconds, received a finer one", field=field)
    return time.astimezone(UTC)
