"""NumPy arrays as `Tensor` messages and back: little-endian elements in C order.

    Tensor { data_type, shape = [n0, n1, …], data = the elements, last axis fastest }

Decoding does not copy: the array is a read-only view of the message's bytes.
"""

import math

import numpy as np
from numpy.typing import NDArray

from tablefit.errors import InvalidInput
from tablefit.v1 import data_service_pb2 as pb

DTYPES: dict[pb.DataType, np.dtype[np.generic]] = {
    pb.DATA_TYPE_UINT8: np.dtype("u1"),
    pb.DATA_TYPE_INT32: np.dtype("<i4"),
    pb.DATA_TYPE_INT64: np.dtype("<i8"),
    pb.DATA_TYPE_FLOAT32: np.dtype("<f4"),
}

_DATA_TYPES = {dtype: data_type for data_type, dtype in DTYPES.items()}


def data_type_of(dtype: np.dtype[np.generic]) -> pb.DataType:
    """The message's name for a NumPy element type of either byte order; InvalidInput when there is none."""
    found = _DATA_TYPES.get(dtype.newbyteorder("<"))
    if found is None:
        raise InvalidInput(f"expected elements of {_known_dtypes()}, received {dtype}")
    return found


def encode(array: NDArray[np.generic]) -> pb.Tensor:
    """The message that holds `array`."""
    data_type = data_type_of(array.dtype)
    data = np.ascontiguousarray(array, dtype=DTYPES[data_type]).tobytes()
    return pb.Tensor(data_type=data_type, shape=array.shape, data=data)


def decode(tensor: pb.Tensor) -> NDArray[np.generic]:
    """The array that `tensor` holds, read-only; InvalidInput when type, shape and bytes do not agree."""
    dtype = DTYPES.get(tensor.data_type)
    if dtype is None:
        raise InvalidInput(f"expected a tensor of {_known_dtypes()}, received data type {tensor.data_type}")
    shape = tuple(tensor.shape)
    expected = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or expected != len(tensor.data):
        raise InvalidInput(
            f"expected {expected} bytes for a {dtype} tensor of shape {shape}, received {len(tensor.data)}"
        )
    return np.frombuffer(tensor.data, dtype=dtype).reshape(shape)


def _known_dtypes() -> str:
    return ", ".join(str(dtype) for dtype in DTYPES.values())
