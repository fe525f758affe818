"""Frames between the service and a model's process, over a socket: a few words and arrays, and never code.

    length of the header (4 bytes, little-endian) | header, JSON | the arrays, one after the other

    header   {"kind": "arrays", "values": {…}, "arrays": [{"name", "type", "shape", "size"}, …]}
    type     NumPy's name with its byte order ("<f4"), elements in C order; or "text" or "bytes": the lengths of the
             values (4 bytes each), then the values, shape (row,)

Nothing is pickled: what comes from a process that decodes the files of strangers is checked like any other input.
"""

import json
import math
import socket
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

LIMIT_HEADER_BYTES = 16 * 1024 * 1024
# All arrays of a frame together: a stream's message of inputs at its largest, decoded.
LIMIT_ARRAY_BYTES = 1024 * 1024 * 1024
_LENGTH = struct.Struct("<I")
_LENGTHS = np.dtype("<u4")
_KINDS = frozenset("biuf")

Arrays = Mapping[str, NDArray[Any]]


class BadFrame(Exception):
    """Bytes that are no frame; the text says why."""


class Refused(Exception):
    """A request that the model cannot take; the text says why, `field` names the input."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.field = field


@dataclass(frozen=True)
class Frame:
    """A message: what it is, JSON values, and arrays of numbers, texts (object arrays of str) or bytes."""

    kind: str
    values: Mapping[str, Any] = field(default_factory=dict)
    arrays: Arrays = field(default_factory=dict)


def send(connection: socket.socket, frame: Frame) -> None:
    """Writes a frame. Raises OSError when the other end is gone."""
    described = []
    contents: list[bytes | memoryview] = []
    for name, array in frame.arrays.items():
        type_name, packed = _pack(array)
        contents += packed
        described.append({"name": name, "type": type_name, "shape": array.shape, "size": sum(map(len, packed))})
    header = json.dumps({"kind": frame.kind, "values": frame.values, "arrays": described}).encode()
    connection.sendall(_LENGTH.pack(len(header)) + header)
    for content in contents:
        connection.sendall(content)


def receive(connection: socket.socket) -> Frame | None:
    """The next frame; None when the other end was closed. Raises BadFrame, OSError."""
    prefix = _read(connection, _LENGTH.size)
    if prefix is None:
        return None
    (size,) = _LENGTH.unpack(prefix)
    if size > LIMIT_HEADER_BYTES:
        raise BadFrame(f"expected a header of at most {LIMIT_HEADER_BYTES:,} bytes, received {size:,}")
    header = _read(connection, size)
    if header is None:
        return None
    return _read_arrays(connection, _parse(bytes(header)))


def _parse(text: bytes) -> Mapping[str, Any]:
    try:
        header = json.loads(text)
        sizes = [int(described["size"]) for described in header["arrays"]]
    except (ValueError, KeyError, TypeError) as error:
        raise BadFrame("expected a header in JSON with arrays, received another") from error
    if min(sizes, default=0) < 0 or sum(sizes) > LIMIT_ARRAY_BYTES:
        raise BadFrame(f"expected arrays of at most {LIMIT_ARRAY_BYTES:,} bytes, received {sum(sizes):,}")
    return dict(header)


def _read_arrays(connection: socket.socket, header: Mapping[str, Any]) -> Frame | None:
    arrays = {}
    for described in header["arrays"]:
        content = _read(connection, described["size"])
        if content is None:
            return None
        try:
            arrays[str(described["name"])] = _unpack(described["type"], tuple(described["shape"]), content)
        except (ValueError, TypeError, KeyError) as error:
            raise BadFrame(f"expected an array as its header says, received another: {error}") from error
    return Frame(str(header["kind"]), header["values"], arrays)


def _pack(array: NDArray[Any]) -> tuple[str, list[bytes | memoryview]]:
    if array.dtype != np.object_:
        # Not `ascontiguousarray`, which gives a single number an axis.
        plain = np.asarray(array, order="C")
        return plain.dtype.str, [plain.reshape(-1).view(np.uint8).data] if plain.size else []
    values: Sequence[Any] = array.tolist()
    is_text = not values or isinstance(values[0], str)
    encoded = [value.encode() for value in values] if is_text else [bytes(value) for value in values]
    lengths = np.fromiter(map(len, encoded), _LENGTHS, len(encoded))
    return "text" if is_text else "bytes", [lengths.tobytes(), b"".join(encoded)]


def _unpack(type_name: str, shape: tuple[int, ...], content: bytearray) -> NDArray[Any]:
    if type_name not in ("text", "bytes"):
        dtype = np.dtype(type_name)
        if dtype.kind not in _KINDS or math.prod(shape) * dtype.itemsize != len(content):
            raise ValueError(f"{len(content)} bytes of {type_name} in the shape {shape}")
        return np.frombuffer(content, dtype).reshape(shape)
    (count,) = shape
    head = count * _LENGTHS.itemsize
    ends = np.cumsum(np.frombuffer(content[:head], _LENGTHS), dtype=np.int64).tolist()
    if len(ends) != count or head + (ends[-1] if ends else 0) != len(content):
        raise ValueError(f"{len(content)} bytes of {count} values")
    values = [bytes(content[head + start : head + end]) for start, end in zip([0, *ends], ends, strict=False)]
    found = np.empty(count, np.object_)
    found[:] = [value.decode() for value in values] if type_name == "text" else values
    return found


def _read(connection: socket.socket, size: int) -> bytearray | None:
    """Exactly so many bytes; None when the other end is closed before."""
    content = bytearray(size)
    view = memoryview(content)
    while view:
        count = connection.recv_into(view)
        if count == 0:
            return None
        view = view[count:]
    return content
