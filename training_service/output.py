"""What a job's process prints: one file of bounded size, and its last lines for people.

The process writes the file itself, so that nothing it prints can wait for the service.
"""

import os
import re
from pathlib import Path
from typing import BinaryIO

LIMIT_BYTES = 16 * 1024 * 1024
# What stays of a file that passed the limit, and what is looked at for its last lines.
_KEPT_BYTES = 4 * 1024 * 1024
_TAIL_BYTES = 16 * 1024
_LIMIT_LINE = 300
# Inner lines of a traceback, and what TensorFlow notes at every start ("I0000 00:00:1795491584.346139 …").
_SILENT = re.compile(r"\s|Traceback \(most|I\d{4} \d\d:\d\d:|WARNING: All log messages before absl::InitializeLog")


def open_output(path: Path) -> BinaryIO:
    """The file for a process to write to. It appends, so shortening the file meanwhile leaves no hole."""
    return path.open("ab", buffering=0)


def shorten(path: Path) -> None:
    """Drops the older part of a file that has passed LIMIT_BYTES; lines printed in that instant may be lost."""
    size = path.stat().st_size
    if size <= LIMIT_BYTES:
        return
    with path.open("r+b") as file:
        file.seek(size - _KEPT_BYTES)
        kept = file.read(_KEPT_BYTES)
        file.truncate(0)
    with open_output(path) as file:
        file.write(b"(older output was dropped)\n" + kept.partition(b"\n")[2])


def last_lines(path: Path, count: int = 3) -> list[str]:
    """The last lines that tell something: no blank ones, no notes, and none of a traceback but its message."""
    with path.open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL_BYTES))
        text = file.read().decode("utf-8", "replace")
    lines = [line.rstrip()[:_LIMIT_LINE] for line in text.splitlines()]
    return [line for line in lines if line and not _SILENT.match(line)][-count:]
