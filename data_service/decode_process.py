"""What a worker process does.

    service > Job    worker > Done, BadAt or Failed      one after the other, until the service closes its end

Encoded images lie in one file, which is mapped; their pixels go to another, which is there when it is complete. The
end of the socket is looked for between parts of a job too, so that no worker goes on when its service has died. Loads
numpy and Pillow and nothing larger. Leaves starting and replacing processes to `decode_workers`.
"""

import errno
import mmap
import os
import signal
import sys
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tablefit.imaging import pixels
from tablefit.imaging.decoding import BadImageAt, decode_many
from tablefit.imaging.pixel_format import PixelFormat

# Pixels that are decoded, summed and written at a time, but for a single larger image.
_PART_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Job:
    """A file of encoded images at these (offset, length), and the file that their pixels go to.

    Pixels are uint8 (image, height, width, channel), nothing before, between or behind; zeros for an image of 0 bytes.
    """

    input_path: Path
    spans: Sequence[tuple[int, int]]
    wanted: PixelFormat
    output_path: Path
    limit_pixels: int = pixels.LIMIT_PIXELS


@dataclass(frozen=True)
class Done:
    """The file of pixels is there; the CRC-32 of its content."""

    check_sum: int


@dataclass(frozen=True)
class BadAt:
    """The first image that gives no pixels, and why; there is no file."""

    place: int
    reason: str


@dataclass(frozen=True)
class Failed:
    """A file could not be read or written; there is none of pixels."""

    number: int
    reason: str


Reply = Done | BadAt | Failed


def serve(connection: Connection) -> None:
    """Answers jobs until the other end is closed."""

    def check() -> None:
        # Nothing is sent while a job is being done: what can be read is the end.
        if connection.poll():
            raise EOFError

    try:
        while True:
            connection.send(_reply(connection.recv(), check))
    except (EOFError, ConnectionError):
        return


def _reply(job: Job, check: Callable[[], None]) -> Reply:
    try:
        return Done(decode_file(job, check))
    except BadImageAt as error:
        return BadAt(error.place, str(error))
    except ConnectionError:
        raise
    except OSError as error:
        return Failed(error.errno or errno.EIO, error.strerror or str(error))


def decode_file(job: Job, check: Callable[[], None]) -> int:
    """Writes the pixels of a job, and returns their CRC-32. `check` is called between parts and may raise.

    Raises BadImageAt, or OSError.
    """
    path = part_path(job, os.getpid())
    try:
        check_sum = _write(job, path, check)
        path.replace(job.output_path)
    finally:
        path.unlink(missing_ok=True)
    return check_sum


def part_path(job: Job, process_id: int) -> Path:
    """The file of pixels in the making; what a process leaves there when it is killed is worth nothing."""
    return job.output_path.with_name(f"{job.output_path.name}.{process_id}.part")


def _write(job: Job, path: Path, check: Callable[[], None]) -> int:
    part_rows = max(1, _PART_BYTES // job.wanted.row_bytes)
    part = np.empty((min(part_rows, len(job.spans)), *job.wanted.row_shape), dtype=np.uint8)
    check_sum = 0
    with path.open("wb", buffering=0) as file, _Encoded(job.input_path) as encoded:
        for start in range(0, len(job.spans), part_rows):
            check()
            images = [encoded.read(*span) for span in job.spans[start : start + part_rows]]
            content = part[: len(images)]
            _decode(images, job, content, start)
            check_sum = zlib.crc32(content.data, check_sum)
            write_all(file.fileno(), content.reshape(-1).data)
    return check_sum


def _decode(images: Sequence[bytes], job: Job, content: NDArray[np.uint8], start: int) -> None:
    """The pixels of images, of which the first is the job's image `start`; zeros where there is none."""
    there = [place for place, image in enumerate(images) if image]
    found = content if len(there) == len(images) else np.empty((len(there), *job.wanted.row_shape), dtype=np.uint8)
    try:
        decode_many([images[place] for place in there], job.wanted, found, job.limit_pixels)
    except BadImageAt as error:
        raise BadImageAt(start + there[error.place], str(error)) from error
    if found is not content:
        content[:] = 0
        content[there] = found


def write_all(descriptor: int, content: memoryview) -> None:
    """Writes all of it, however little one call takes."""
    while content:
        content = content[os.write(descriptor, content) :]


class _Encoded:
    """A file of encoded images."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            # An empty file cannot be mapped.
            is_empty = os.fstat(file.fileno()).st_size == 0
            self._mapped = None if is_empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def read(self, offset: int, length: int) -> bytes:
        """One image."""
        image = self._mapped[offset : offset + length] if self._mapped else b""
        if len(image) != length:
            raise OSError(errno.EIO, "a file of encoded images ends too early")
        return image

    def __enter__(self) -> "_Encoded":
        return self

    def __exit__(self, *_: object) -> None:
        if self._mapped:
            self._mapped.close()


def main() -> None:
    """Serves the socket whose descriptor is the only argument of this process."""
    # Ctrl-C goes to all processes of a terminal; the service decides when its workers end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pixels.silence_warnings()
    serve(Connection(int(sys.argv[1])))
