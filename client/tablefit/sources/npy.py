"""One array of NumPy's own format, read row by row from a stream: no pickles, no more in memory than a block.

    93 "NUMPY", version, header length, header as text {'descr', 'fortran_order', 'shape'}, then the values

Leaves what the array means to `arrays`.
"""

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from tablefit.errors import InvalidInput
from tablefit.sources.archive_entries import LIMIT_IMAGE_BYTES
from tablefit.sources.equal_records import Records, read_records

_MAGIC_BYTES = 8
# Bytes of the length that follows the magic, and the reader, by version. Version 3 is for structured arrays only.
_VERSIONS = {
    (1, 0): (2, np.lib.format.read_array_header_1_0),
    (2, 0): (4, np.lib.format.read_array_header_2_0),
}
# As in NumPy, whose reader would first read a header of any length.
_LIMIT_HEADER_BYTES = 10_000


@dataclass(frozen=True)
class ArrayHeader:
    """What an array holds: rows along its first axis. `origin` names it in messages."""

    origin: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def row_count(self) -> int:
        """Rows along the first axis."""
        return self.shape[0]

    @property
    def row_bytes(self) -> int:
        """Bytes of one row."""
        return math.prod(self.shape[1:]) * self.dtype.itemsize


def read_header(file: IO[bytes], origin: str) -> ArrayHeader:
    """The header of the array that begins here; the stream stands before the first value then.

    Raises InvalidInput for what is no array, or one that cannot be read row by row.
    """
    magic = file.read(_MAGIC_BYTES)
    try:
        length_bytes, read = _VERSIONS[np.lib.format.read_magic(io.BytesIO(magic))]
        length = file.read(length_bytes)
        if int.from_bytes(length, "little") > _LIMIT_HEADER_BYTES:
            raise InvalidInput(f"{origin} has a header of more than {_LIMIT_HEADER_BYTES:,} bytes; expected an array.")
        header = length + file.read(int.from_bytes(length, "little"))
        shape, is_fortran, dtype = read(io.BytesIO(header))
    except (ValueError, KeyError, SyntaxError, TokenError) as error:
        raise InvalidInput(f"{origin} is no array in NumPy's format, or one that is broken ({error}).") from error
    _check_readable(origin, shape, is_fortran, dtype)
    return ArrayHeader(origin, shape, dtype)


def read_rows(file: IO[bytes], header: ArrayHeader, skip: int, path: Path) -> Iterator[bytes]:
    """The bytes of each row after the first `skip`, from a stream of `path` that stands before the first value."""
    return read_records(file, Records(path, header.origin, header.row_count, header.row_bytes), skip)


def read_whole(file: IO[bytes], origin: str) -> NDArray[Any]:
    """An array of one axis that fits into memory. Raises InvalidInput."""
    header = read_header(file, origin)
    size_bytes = header.row_bytes * header.row_count
    if len(header.shape) != 1 or size_bytes > LIMIT_IMAGE_BYTES:
        raise InvalidInput(
            f"{origin} has the shape {header.shape} and {size_bytes:,} bytes; expected one axis and "
            f"at most {LIMIT_IMAGE_BYTES:,} bytes."
        )
    values = file.read(size_bytes)
    if len(values) < size_bytes:
        raise InvalidInput(f"{origin} is cut off. Get it anew.")
    if header.dtype.itemsize == 0:
        return np.zeros(header.shape, header.dtype)
    return np.frombuffer(values, header.dtype)


def _check_readable(origin: str, shape: tuple[int, ...], is_fortran: bool, dtype: np.dtype[Any]) -> None:
    if dtype.hasobject:
        raise InvalidInput(
            f"{origin} holds Python objects, which are never loaded; save numbers as uint8 or int64 and texts by "
            "np.array(texts, dtype=np.str_)."
        )
    if not shape:
        raise InvalidInput(f"{origin} is a single value; expected an array with one entry for each row.")
    if min(shape) < 0:
        raise InvalidInput(f"{origin} has the shape {shape}, so it is broken. Get it anew.")
    if is_fortran and len(shape) > 1:
        raise InvalidInput(f"{origin} is in Fortran order, which has no rows; save np.ascontiguousarray of it.")
