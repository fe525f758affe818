"""Arrays of any length on disk instead of on the heap, in files without a name.

A file has no name from the start, so nothing is left over however the service ends: the space is free again once the
last array that looks into it is gone. Space is claimed before it is written to through the map, because running out
of it in there would kill the process. Leaves what the arrays mean to those who make them.
"""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from tablefit.errors import TooBusy

# Elements that loops over such arrays take at a time: small beside the heap, large beside the cost of a step.
CHUNK_ROWS = 65_536


def allocate(directory: Path, dtype: DTypeLike, row_count: int) -> NDArray[Any]:
    """A writable array of `row_count` zeros in a file of its own in `directory`. Raises TooBusy on a full disk."""
    if row_count == 0:
        return np.empty(0, dtype=dtype)
    with full_disk_is_busy(), tempfile.TemporaryFile(dir=directory, buffering=0) as file:
        os.posix_fallocate(file.fileno(), 0, row_count * np.dtype(dtype).itemsize)
        return np.asarray(np.memmap(file, dtype=dtype, mode="r+", shape=(row_count,)))


def chunks(row_count: int) -> Iterator[slice]:
    """Slices of at most CHUNK_ROWS that cover 0..row_count-1 in order."""
    for start in range(0, row_count, CHUNK_ROWS):
        yield slice(start, min(start + CHUNK_ROWS, row_count))


class Appended:
    """An array that grows while it is made and is read afterwards."""

    def __init__(self, directory: Path, dtype: DTypeLike, row_shape: tuple[int, ...] = ()) -> None:
        self._dtype = np.dtype(dtype)
        self._row_shape = row_shape
        with full_disk_is_busy():
            self._file = tempfile.TemporaryFile(dir=directory)  # noqa: SIM115 - closed by finish or close

    def append(self, rows: NDArray[Any] | bytes) -> None:
        """Adds rows, given as an array or as its bytes. Raises TooBusy on a full disk."""
        with full_disk_is_busy():
            self._file.write(rows if isinstance(rows, bytes) else np.ascontiguousarray(rows, dtype=self._dtype).data)

    def finish(self) -> NDArray[Any]:
        """All rows, read-only, with a first axis for the row. Nothing can be added afterwards."""
        with full_disk_is_busy(), self._file as file:
            file.flush()
            if os.fstat(file.fileno()).st_size == 0:
                return np.empty((0, *self._row_shape), dtype=self._dtype)
            return np.asarray(np.memmap(file, dtype=self._dtype, mode="r")).reshape(-1, *self._row_shape)

    def close(self) -> None:
        """Gives the space back when there was no `finish`; the arrays that `finish` returned stay."""
        self._file.close()


@contextmanager
def full_disk_is_busy() -> Iterator[None]:
    """Raises TooBusy where the block runs out of space."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise TooBusy("The disk of the data service is full; free some space there, then try again.") from error
