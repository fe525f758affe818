"""What streams gave, in forms that tests compare: bytes of steps that do not depend on the messages they came in."""

import hashlib
import struct
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from tablefit.data import Batch, DataClient, StreamHeader, StreamOptions
from tablefit.rpc import tensors


def read(data: DataClient, options: StreamOptions, **changes: Any) -> tuple[StreamHeader, list[Batch]]:
    """Header and batches of a stream of `options` with some changed."""
    stream = data.stream_batches(replace(options, **changes))
    return stream.header, list(stream)


def step_bytes(batch: Batch) -> bytes:
    """All that a batch holds: step, ids, weights, and of each column its type, shape, NULLs and values."""
    found = [struct.pack("<q", batch.step), _array_bytes(batch.row_ids)]
    found.append(b"" if batch.weights is None else _array_bytes(batch.weights))
    for name, values in batch.columns.items():
        nulls = batch.is_null.get(name)
        found += [name.encode(), _array_bytes(values), b"" if nulls is None else _array_bytes(nulls)]
    return b"".join(struct.pack("<q", len(part)) + part for part in found)


def content(batches: Iterable[Batch]) -> list[bytes]:
    """The bytes of each step."""
    return list(map(step_bytes, batches))


def digest(batches: Iterable[Batch]) -> str:
    """SHA-256 over the bytes of all steps."""
    return hashlib.sha256(b"".join(content(batches))).hexdigest()


def row_ids(batches: Iterable[Batch], chosen: Callable[[Batch], Any] = lambda batch: slice(None)) -> list[int]:
    """The ids of all rows in order."""
    return [row_id for batch in batches for row_id in batch.row_ids[chosen(batch)].tolist()]


def weighted_ids(batches: Iterable[Batch]) -> list[int]:
    """The ids of all rows with weight 1, in order."""
    return row_ids(batches, lambda batch: slice(None) if batch.weights is None else batch.weights == 1)


def message_digest(batches: Iterable[Batch]) -> str:
    """SHA-256 over the batches as messages of their own, the form of the contract before batches shared messages:

    Batch { step = 1, part = 2, part_count = 3, row_ids = 4, weights = 5, columns = 6 [NamedTensor] }
    """
    return hashlib.sha256(b"".join(map(_message, batches))).hexdigest()


def _message(batch: Batch) -> bytes:
    fields = [b"\x08" + _varint(batch.step)] if batch.step else []
    fields += [b"\x18\x01", _nested(4, _tensor(batch.row_ids))]
    if batch.weights is not None:
        fields.append(_nested(5, _tensor(batch.weights)))
    for name, values in batch.columns.items():
        fields.append(_nested(6, _nested(1, name.encode()) + _nested(2, _tensor(values))))
    return b"".join(fields)


def _tensor(values: np.ndarray) -> bytes:
    return tensors.encode(values).SerializeToString(deterministic=True)


def _nested(number: int, message: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(message)) + message


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(found) + bytes([number])


def _array_bytes(values: np.ndarray) -> bytes:
    head = f"{values.dtype.str}{values.shape}".encode()
    if values.dtype != object:
        return head + np.ascontiguousarray(values).tobytes()
    parts = [value.encode() if isinstance(value, str) else value for value in values.tolist()]
    return head + b"".join(struct.pack("<q", len(part)) + part for part in parts)
