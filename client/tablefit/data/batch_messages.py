"""Messages of a batch stream: read from their bytes, so that a batch's arrays are views into what was received."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import grpc
import numpy as np
from google.protobuf.message import DecodeError
from numpy.typing import NDArray

from tablefit.rpc import wire
from tablefit.rpc.tensor_fields import expect_bytes, expect_int, read_named_tensor, read_tensor
from tablefit.v1 import data_service_pb2 as pb

# The call of a stream: its messages as bytes.
StreamBatches = Callable[[pb.StreamBatchesRequest], Iterator[bytes]]

_METHOD = "/tablefit.v1.DataService/StreamBatches"
_HEADER = pb.StreamBatchesResponse.HEADER_FIELD_NUMBER
_BATCHES = pb.StreamBatchesResponse.BATCHES_FIELD_NUMBER
_FIRST_STEP, _PART = pb.BatchGroup.FIRST_STEP_FIELD_NUMBER, pb.BatchGroup.PART_FIELD_NUMBER
_PART_COUNT, _ROW_COUNTS = pb.BatchGroup.PART_COUNT_FIELD_NUMBER, pb.BatchGroup.ROW_COUNTS_FIELD_NUMBER
_ROW_IDS, _WEIGHTS = pb.BatchGroup.ROW_IDS_FIELD_NUMBER, pb.BatchGroup.WEIGHTS_FIELD_NUMBER
_COLUMNS = pb.BatchGroup.COLUMNS_FIELD_NUMBER
_NO_IDS: NDArray[np.int64] = np.empty(0, dtype=np.int64)


@dataclass
class Group:
    """A BatchGroup of the contract: arrays with the row as first axis, read-only views of the message."""

    first_step: int = 0
    row_counts: list[int] = field(default_factory=list)
    part: int = 0
    part_count: int = 0
    row_ids: NDArray[np.int64] = field(default_factory=lambda: _NO_IDS)
    weights: NDArray[np.float32] | None = None
    columns: dict[str, NDArray[Any]] = field(default_factory=dict)
    is_null: dict[str, NDArray[np.bool_]] = field(default_factory=dict)


def stream_call(channel: grpc.Channel) -> StreamBatches:
    """The call on a channel; what it returns is cancelled by its `cancel`."""
    serialize = pb.StreamBatchesRequest.SerializeToString
    call: StreamBatches = channel.unary_stream(_METHOD, request_serializer=serialize)
    return call


def read_response(data: bytes) -> pb.StreamHeader | Group:
    """What a StreamBatchesResponse holds. Raises DecodeError, InvalidInput when its bytes do not fit together."""
    for number, value in wire.read_fields(memoryview(data)):
        if number == _HEADER:
            return pb.StreamHeader.FromString(bytes(expect_bytes(value)))
        if number == _BATCHES:
            return _read_group(expect_bytes(value))
    raise DecodeError("expected a header or batches, received neither")


def _read_group(message: memoryview) -> Group:
    group = Group()
    for number, value in wire.read_fields(message):
        if number == _COLUMNS:
            column, array, is_null = read_named_tensor(expect_bytes(value))
            group.columns[column] = array
            if is_null is not None:
                group.is_null[column] = is_null
        elif number == _ROW_IDS:
            group.row_ids = read_tensor(expect_bytes(value))
        elif number == _WEIGHTS:
            group.weights = read_tensor(expect_bytes(value))
        elif number == _ROW_COUNTS:
            group.row_counts += [value] if isinstance(value, int) else wire.read_varints(value)
        elif number == _FIRST_STEP:
            group.first_step = expect_int(value)
        elif number == _PART:
            group.part = expect_int(value)
        elif number == _PART_COUNT:
            group.part_count = expect_int(value)
    _check_rows(group)
    return group


def _check_rows(group: Group) -> None:
    row_count = sum(group.row_counts)
    arrays = {"the row ids": group.row_ids, **group.columns, **group.is_null}
    for name, array in arrays.items():
        if array.shape[:1] != (row_count,):
            raise DecodeError(f"expected {row_count} rows of {name[:80]}, received an array of shape {array.shape}")
    if group.weights is not None and group.weights.shape != (row_count,):
        raise DecodeError(f"expected {row_count} weights, received an array of shape {group.weights.shape}")
