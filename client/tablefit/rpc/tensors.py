"""NumPy arrays as `Tensor` messages and back: little-endian elements in C order.

    Tensor { data_type, shape = [n0, n1, …], data = the elements, last axis fastest }
    Tensor { BYTES or TEXT, shape = [n], data = the values one after the other, lengths = uint32 each }

Decoding of numbers does not copy: the array is a read-only view of the message's bytes. Byte strings and texts become
object arrays.
"""

import math
from collections.abc import Sequence
from typing import Any, AnyStr, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tablefit.errors import InvalidInput
from tablefit.v1 import data_service_pb2 as pb

DTYPES: dict[pb.DataType, np.dtype[np.generic]] = {
    pb.DATA_TYPE_UINT8: np.dtype("u1"),
    pb.DATA_TYPE_INT32: np.dtype("<i4"),
    pb.DATA_TYPE_INT64: np.dtype("<i8"),
    pb.DATA_TYPE_FLOAT32: np.dtype("<f4"),
    pb.DATA_TYPE_FLOAT64: np.dtype("<f8"),
    pb.DATA_TYPE_BOOL: np.dtype("?"),
    pb.DATA_TYPE_INT8: np.dtype("i1"),
    pb.DATA_TYPE_INT16: np.dtype("<i2"),
    pb.DATA_TYPE_UINT16: np.dtype("<u2"),
    pb.DATA_TYPE_FLOAT16: np.dtype("<f2"),
}

Bytes: TypeAlias = bytes | memoryview

_DATA_TYPES = {dtype: data_type for data_type, dtype in DTYPES.items()}
_LENGTH = np.dtype("<u4")
_STRING_TYPES = (pb.DATA_TYPE_BYTES, pb.DATA_TYPE_TEXT)


def data_type_of(dtype: np.dtype[np.generic]) -> pb.DataType:
    """The message's name for a NumPy element type of either byte order; InvalidInput when there is none."""
    found = _DATA_TYPES.get(dtype.newbyteorder("<"))
    if found is None:
        raise InvalidInput(f"expected elements of {_known_dtypes()}, received {dtype}")
    return found


def encode(array: NDArray[np.generic]) -> pb.Tensor:
    """The message that holds `array`."""
    tensor = pb.Tensor()
    encode_into(tensor, array)
    return tensor


def encode_into(tensor: pb.Tensor, array: NDArray[np.generic]) -> None:
    """Makes `tensor`, which is empty, the message that holds `array`."""
    tensor.data_type = data_type_of(array.dtype)
    tensor.shape.extend(array.shape)
    tensor.data = np.asarray(array, dtype=DTYPES[tensor.data_type]).tobytes()


def encode_strings(values: Sequence[str] | Sequence[bytes], data_type: pb.DataType) -> pb.Tensor:
    """The message that holds texts, or byte strings, as `data_type` says."""
    encoded = [value.encode() if isinstance(value, str) else value for value in values]
    return pb.Tensor(
        data_type=data_type,
        shape=[len(encoded)],
        data=b"".join(encoded),
        lengths=np.fromiter(map(len, encoded), dtype=_LENGTH, count=len(encoded)).tobytes(),
    )


def numpy_name(data_type: pb.DataType) -> str:
    """What NumPy calls an element type of numbers, such as "float32"; InvalidInput for others."""
    dtype = DTYPES.get(data_type)
    if dtype is None:
        raise InvalidInput(f"expected an element type of {_known_dtypes()}, received data type {data_type}")
    return dtype.name


def data_type_number(name: str) -> pb.DataType:
    """The message's number for an element type by its NumPy name; InvalidInput when there is none."""
    try:
        dtype = np.dtype(name)
    except TypeError:
        raise InvalidInput(f"expected an element type of {_known_dtypes()}, received {name!r}") from None
    return data_type_of(dtype)


def decode(tensor: pb.Tensor) -> NDArray[Any]:
    """The array that `tensor` holds, read-only; InvalidInput when type, shape and bytes do not agree."""
    # Each look at a field of bytes copies it.
    return to_array(tensor.data_type, tuple(tensor.shape), tensor.data, tensor.lengths)


def to_array(data_type: int, shape: tuple[int, ...], data: Bytes, lengths: Bytes) -> NDArray[Any]:
    """The array of the fields of a tensor, read-only, a view of `data` where it has numbers. Raises InvalidInput."""
    if data_type in _STRING_TYPES:
        return _to_strings(data_type, shape, data, lengths)
    dtype = DTYPES.get(data_type)  # type: ignore[call-overload]  # any number that was received
    if dtype is None:
        raise InvalidInput(f"expected a tensor of {_known_dtypes()}, received data type {data_type}")
    expected = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or expected != len(data):
        raise InvalidInput(f"expected {expected} bytes for a {dtype} tensor of shape {shape}, received {len(data)}")
    return np.frombuffer(data, dtype=dtype).reshape(shape)


def _to_strings(data_type: int, shape: tuple[int, ...], data: Bytes, packed: Bytes) -> NDArray[np.object_]:
    lengths = np.frombuffer(packed, dtype=_LENGTH) if len(packed) % _LENGTH.itemsize == 0 else None
    if lengths is None or shape != (len(lengths),) or int(lengths.sum(dtype=np.int64)) != len(data):
        raise InvalidInput("expected as many lengths as values, which sum up to the bytes of a tensor; received others")
    ends = np.cumsum(lengths, dtype=np.int64).tolist()
    found = np.empty(len(ends), dtype=object)
    content = bytes(data)
    if data_type == pb.DATA_TYPE_TEXT and content.isascii():
        found[:] = _cut(content.decode("ascii"), ends)
    else:
        values = _cut(content, ends)
        found[:] = [value.decode() for value in values] if data_type == pb.DATA_TYPE_TEXT else values
    found.flags.writeable = False
    return found


def _cut(data: AnyStr, ends: Sequence[int]) -> list[AnyStr]:
    """The pieces that stand one after the other up to each of the ends."""
    return [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def _known_dtypes() -> str:
    return ", ".join(dtype.name for dtype in DTYPES.values())
