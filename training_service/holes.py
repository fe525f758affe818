"""Gives back the disk that a file's beginning takes while a process appends to it: no later byte moves or is lost.

Leaves to `output` how much is to stay, and what to do where this is impossible.
"""

import ctypes
import errno
import functools
import os
from collections.abc import Callable

# Of linux/falloc.h.
KEEP_SIZE = 0x01
PUNCH_HOLE = 0x02

Fallocate = Callable[[int, int, int, int], int]


def drop_beginning(descriptor: int, end: int) -> bool:
    """Makes a hole of the whole blocks before `end`. False where the system or the file system knows no holes."""
    fallocate = _find_fallocate()
    aligned = end - end % os.fstat(descriptor).st_blksize
    if fallocate is None:
        return False
    if aligned <= 0 or fallocate(descriptor, PUNCH_HOLE | KEEP_SIZE, 0, aligned) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL):
        return False
    raise OSError(number, os.strerror(number))


def first_byte(descriptor: int) -> int:
    """Where a file begins that may have a hole at its beginning; its end when there is nothing in it."""
    if not hasattr(os, "SEEK_DATA"):
        return 0
    try:
        return os.lseek(descriptor, 0, os.SEEK_DATA)
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        return os.fstat(descriptor).st_size


@functools.cache
def _find_fallocate() -> Fallocate | None:
    """The C library's function, which Python has only without holes; None where there is none."""
    function = getattr(ctypes.CDLL(None, use_errno=True), "fallocate", None)
    if function is not None:
        function.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]
    found: Fallocate | None = function
    return found
