"""Tensors as fields of a message on the wire: arrays go into it and come out of it with one copy in all.

    Tensor       data_type, shape, data [, lengths]
    NamedTensor  column, Tensor [, is_null]

`data` stands at a multiple of 8 bytes of the whole message, as NumPy wants its numbers: the number before it,
`data_type`, takes as many bytes as that needs. Leaves other fields to `wire`, and arrays of values to `tensors`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from google.protobuf.message import DecodeError
from numpy.typing import NDArray

from tablefit.rpc import tensors, wire
from tablefit.v1 import data_service_pb2 as pb

Buffer: TypeAlias = bytes | memoryview

ALIGNMENT = 8
# Bytes that sizes take which are not known before what they are the size of: enough for any message.
SIZE_WIDTH = 5
_DATA_TYPE, _SHAPE = pb.Tensor.DATA_TYPE_FIELD_NUMBER, pb.Tensor.SHAPE_FIELD_NUMBER
_DATA, _LENGTHS = pb.Tensor.DATA_FIELD_NUMBER, pb.Tensor.LENGTHS_FIELD_NUMBER
_COLUMN, _TENSOR, _IS_NULL = (
    pb.NamedTensor.COLUMN_FIELD_NUMBER,
    pb.NamedTensor.TENSOR_FIELD_NUMBER,
    pb.NamedTensor.IS_NULL_FIELD_NUMBER,
)


class Layout(NamedTuple):
    """What a Tensor message says beside its values: bytes of `data`, and of the field of `lengths`, 0 for none."""

    data_type: int
    shape: tuple[int, ...]
    data_size: int
    lengths_size: int = 0


@dataclass(frozen=True)
class Content:
    """What a Tensor message holds, in the terms of the contract; `data` in parts that follow one another."""

    layout: Layout
    data: Sequence[Buffer]
    lengths: bytes = b""


class Parts:
    """The parts of a message in order; `size` counts its bytes, those before the first part too."""

    def __init__(self, size: int = 0) -> None:
        self.size = size
        self._parts: list[Buffer] = []

    def add(self, part: Buffer) -> None:
        """Adds bytes, which are copied by `join` and must not change until then."""
        self._parts.append(part)
        self.size += len(part)

    def add_tensor(self, number: int, content: Content) -> None:
        """Adds a Tensor as the field of that number."""
        self._add(content, _tensor_head(number, content.layout, self.size % ALIGNMENT))

    def add_named_tensor(self, number: int, column: str, content: Content, is_null: bytes = b"") -> None:
        """Adds a NamedTensor as the field of that number."""
        # Behind the tensor: what stands before it is the same in most messages, and kept.
        nulls = wire.bytes_field(_IS_NULL, is_null)
        self._add(content, _named_head(number, column, content.layout, len(nulls), self.size % ALIGNMENT))
        if nulls:
            self.add(nulls)

    def join(self, head: bytes) -> bytes:
        """`head` and all parts."""
        return b"".join([head, *self._parts])

    def _add(self, content: Content, head: bytes) -> None:
        self._parts.append(head)
        self._parts += content.data
        self.size += len(head) + content.layout.data_size
        if content.lengths:
            self.add(wire.bytes_field(_LENGTHS, content.lengths))


def to_content(array: NDArray[np.generic]) -> Content:
    """An array of numbers, whose memory is looked into where it is in C order and little-endian."""
    data_type = tensors.data_type_of(array.dtype)
    return Content(Layout(data_type, array.shape, array.nbytes), [_bytes_of(array, data_type)])


def to_rows_content(rows: Sequence[NDArray[np.generic]]) -> Content:
    """An array of numbers whose rows, at least one, lie anywhere."""
    first = rows[0]
    data_type = tensors.data_type_of(first.dtype)
    layout = Layout(data_type, (len(rows), *first.shape), len(rows) * first.nbytes)
    return Content(layout, [_bytes_of(row, data_type) for row in rows])


def to_string_content(values: list[str] | list[bytes], data_type: pb.DataType) -> Content:
    """Texts, or byte strings, as `data_type` says."""
    message = tensors.encode_strings(values, data_type)
    data, lengths = message.data, message.lengths
    layout = Layout(data_type, (len(values),), len(data), len(wire.bytes_field(_LENGTHS, lengths)))
    return Content(layout, [data], lengths)


def _bytes_of(array: NDArray[np.generic], data_type: pb.DataType) -> memoryview:
    values = np.ascontiguousarray(array, dtype=tensors.DTYPES[data_type])
    return values.reshape(-1).view(np.uint8).data


def read_tensor(message: memoryview) -> NDArray[Any]:
    """The array of a Tensor message, as a view where it has numbers. Raises DecodeError, InvalidInput."""
    data_type, shape = 0, []
    data = lengths = memoryview(b"")
    for number, value in wire.read_fields(message):
        if number == _DATA:
            data = expect_bytes(value)
        elif number == _SHAPE:
            shape += [value] if isinstance(value, int) else wire.read_varints(value)
        elif number == _DATA_TYPE:
            data_type = expect_int(value)
        elif number == _LENGTHS:
            lengths = expect_bytes(value)
    return tensors.to_array(data_type, tuple(shape), data, lengths)


def read_named_tensor(message: memoryview) -> tuple[str, NDArray[Any], NDArray[np.bool_] | None]:
    """Column, array and NULLs (None for none) of a NamedTensor message. Raises DecodeError, InvalidInput."""
    column, array, is_null = "", None, None
    for number, value in wire.read_fields(message):
        if number == _TENSOR:
            array = read_tensor(expect_bytes(value))
        elif number == _COLUMN:
            column = str(expect_bytes(value), "utf-8")
        elif number == _IS_NULL:
            is_null = np.frombuffer(expect_bytes(value), dtype=np.bool_)
    if array is None:
        raise DecodeError(f"expected the tensor of column {column[:80]!r}, received none")
    return column, array, is_null


def expect_bytes(value: int | memoryview) -> memoryview:
    """The value of a field that has bytes. Raises DecodeError."""
    if isinstance(value, int):
        raise DecodeError("expected a field of bytes, received a number")
    return value


def expect_int(value: int | memoryview) -> int:
    """The value of a field that has a number. Raises DecodeError."""
    if not isinstance(value, int):
        raise DecodeError("expected a field of a number, received bytes")
    return value


# The messages of a stream are much alike: nearly all heads are found.
@lru_cache(maxsize=4096)
def _named_head(number: int, column: str, layout: Layout, nulls_size: int, begin: int) -> bytes:
    """What stands before the bytes of a NamedTensor's data, when the field begins at `begin` modulo the alignment."""
    key, before = wire.key(number, wire.BYTES), wire.bytes_field(_COLUMN, column.encode())
    head = before + _tensor_head(_TENSOR, layout, (begin + len(key) + SIZE_WIDTH + len(before)) % ALIGNMENT)
    size = len(head) + layout.data_size + layout.lengths_size + nulls_size
    return key + wire.varint(size, SIZE_WIDTH) + head


@lru_cache(maxsize=4096)
def _tensor_head(number: int, layout: Layout, begin: int) -> bytes:
    """What stands before the bytes of a Tensor's data, when the field begins at `begin` modulo the alignment."""
    key = wire.key(number, wire.BYTES)
    sizes = b"".join(map(wire.varint, layout.shape))
    after = wire.bytes_field(_SHAPE, sizes) + wire.key(_DATA, wire.BYTES) + wire.varint(layout.data_size)
    before = wire.key(_DATA_TYPE, wire.VARINT)
    width = 1 + -(begin + len(key) + SIZE_WIDTH + len(before) + 1 + len(after)) % ALIGNMENT
    head = before + wire.varint(layout.data_type, width) + after
    return key + wire.varint(len(head) + layout.data_size + layout.lengths_size, SIZE_WIDTH) + head
