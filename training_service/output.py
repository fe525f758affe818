"""What a job's process prints: one file of bounded size, and its last lines for people.

The process writes the file itself, so that nothing it prints can wait for the service. What it prints is counted in
bytes from 0. Of a long file the beginning is made a hole, which leaves every later byte where it is. Where there are no
holes the file is rewritten, and then begins with a line that says how many bytes are gone:

    (12582944 bytes of older output were dropped)
"""

import fcntl
import os
import re
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import BinaryIO

from tablefit.errors import OutOfOrder

from training_service.holes import drop_beginning, first_byte

LIMIT_BYTES = 16 * 1024 * 1024
# What stays of a file that passed the limit, and what is looked at for its last lines.
_KEPT_BYTES = 4 * 1024 * 1024
_TAIL_BYTES = 16 * 1024
_LIMIT_LINE = 300
_DROPPED = re.compile(rb"\((\d{1,18}) bytes of older output were dropped\)\n")
_LIMIT_DROPPED_BYTES = 80
# The unit of st_blocks.
_BLOCK_BYTES = 512
# Inner lines of a traceback, and what TensorFlow notes at every start ("I0000 00:00:1795491584.346139 …").
_SILENT = re.compile(r"\s|Traceback \(most|I\d{4} \d\d:\d\d:|WARNING: All log messages before absl::InitializeLog")


@dataclass(frozen=True)
class Printed:
    """A part of what was printed: bytes from `offset` on."""

    offset: int
    data: bytes


def open_output(path: Path) -> BinaryIO:
    """The file for a process to write to. It appends, so shortening the file meanwhile leaves no hole."""
    return path.open("ab", buffering=0)


def read(path: Path, offset: int, limit_bytes: int) -> Printed:
    """What was printed from `offset` on, or from the oldest byte that is left when that is later.

    Nothing when a process has not begun to print. Raises OutOfOrder for an offset beyond the end.
    """
    try:
        file = path.open("rb", buffering=0)
    except FileNotFoundError:
        _check_offset(offset, 0)
        return Printed(0, b"")
    with file:
        fcntl.flock(file, fcntl.LOCK_SH)
        dropped, start = _read_dropped(file)
        _check_offset(offset, dropped + os.fstat(file.fileno()).st_size - start)
        position = max(offset, dropped)
        file.seek(start + position - dropped)
        return Printed(position, file.read(limit_bytes))


def shorten(path: Path) -> None:
    """Drops the older part of a file that takes more than LIMIT_BYTES of disk."""
    if path.stat().st_blocks * _BLOCK_BYTES <= LIMIT_BYTES:
        return
    with path.open("r+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        end = os.fstat(file.fileno()).st_size - _KEPT_BYTES
        if _read_rewritten(file) or not drop_beginning(file.fileno(), end):
            _rewrite(file)


def last_lines(path: Path, count: int = 3) -> list[str]:
    """The last lines that tell something: no blank ones, no notes, and none of a traceback but its message."""
    with path.open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL_BYTES))
        text = file.read().decode("utf-8", "replace")
    lines = [line.rstrip()[:_LIMIT_LINE] for line in text.splitlines()]
    return [line for line in lines if line and not _SILENT.match(line)][-count:]


def _rewrite(file: FileIO) -> None:
    """Moves the last lines to the beginning. Lines printed in that instant may be lost, and nothing tells of them."""
    dropped, start = _read_rewritten(file) or (0, 0)
    file.seek(max(start, os.fstat(file.fileno()).st_size - _KEPT_BYTES))
    tail = file.readall()
    kept = tail.partition(b"\n")[2] or tail
    dropped += file.tell() - start - len(kept)
    file.seek(0)
    file.write(b"(%d bytes of older output were dropped)\n" % dropped + kept)
    file.truncate()


def _read_dropped(file: FileIO) -> tuple[int, int]:
    """How many bytes are gone, and where in the file those that are left begin."""
    hole = first_byte(file.fileno())
    return _read_rewritten(file) or (hole, hole)


def _read_rewritten(file: FileIO) -> tuple[int, int] | None:
    """The same of a file that was rewritten; None for others."""
    file.seek(0)
    found = _DROPPED.match(file.read(_LIMIT_DROPPED_BYTES))
    return (int(found[1]), found.end()) if found else None


def _check_offset(offset: int, end: int) -> None:
    if not 0 <= offset <= end:
        raise OutOfOrder(f"expected an offset of 0 to {end}, received {offset}")
