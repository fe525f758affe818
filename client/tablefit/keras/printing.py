"""Lets a process print where the disk may be full: what cannot be written is left out, and a line says how much.

    (4096 bytes of output could not be written: No space left on device)

The line comes as soon as there is room again. Leaves to whoever started the process which file it prints to.
"""

import io
import os
import sys
from contextlib import suppress
from typing import Any, BinaryIO, TextIO, cast


class LeavingOut(io.RawIOBase):
    """Writes to a descriptor, which stays open when this is closed. No write raises."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lost_bytes = 0
        self._reason = ""

    def writable(self) -> bool:
        """It is."""
        return True

    def fileno(self) -> int:
        """The descriptor, which some libraries print to themselves."""
        return self._descriptor

    def isatty(self) -> bool:
        """Whether people look on."""
        return os.isatty(self._descriptor)

    def write(self, data: Any, /) -> int:
        """Writes what can be written, and says that it was all."""
        view = memoryview(data).cast("B")
        if self._lost_bytes and self._write_now(memoryview(self._note())) == 0:
            self._lost_bytes = 0
        self._lost_bytes += view.nbytes if self._lost_bytes else self._write_now(view)
        return view.nbytes

    def _note(self) -> bytes:
        return f"\n({self._lost_bytes} bytes of output could not be written: {self._reason})\n".encode()

    def _write_now(self, view: memoryview) -> int:
        """Writes; returns how many bytes of it could not be written."""
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError as error:
            self._reason = error.strerror or type(error).__name__
        return view.nbytes


def leave_out_what_cannot_be_written() -> None:
    """Lets print, logging and tracebacks write through these from now on."""
    sys.stdout, sys.stderr = _replaced(sys.stdout), _replaced(sys.stderr)


def _replaced(stream: TextIO) -> TextIO:
    """The stream over the same descriptor, as Python opens it for PYTHONUNBUFFERED; one without stays as it is."""
    try:
        descriptor = stream.fileno()
    except io.UnsupportedOperation:
        return stream
    with suppress(OSError):
        stream.flush()
    raw = cast(BinaryIO, LeavingOut(descriptor))
    return io.TextIOWrapper(raw, stream.encoding, stream.errors, newline="\n", line_buffering=True, write_through=True)
