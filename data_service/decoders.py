"""What decodes, for all streams together: processes for whole blocks, threads for single rows.

    job > parts of about a megabyte each > all workers > one file of pixels

A block of large images takes a worker a second: it is divided, so that no worker waits for another's last block.
Leaves processes to `decode_workers`, and which blocks are wanted to `decoded_blocks`.
"""

from bisect import bisect_left
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from itertools import accumulate, pairwise
from pathlib import Path
from zlib import crc32

from tablefit.errors import Unavailable
from tablefit.imaging.decoding import BadImageAt, Decoder

from data_service.block_cache import BlockCache
from data_service.decode_process import Job, write_all
from data_service.decode_workers import LIMIT_WORKERS, DecodeWorkers

# Encoded bytes that a worker decodes at a time, but for a larger image: 10 to 200 ms.
PART_BYTES = 1024 * 1024
_COPIED_BYTES = 1024 * 1024
_TRIES = 3


class Decoders:
    """For use by many threads."""

    def __init__(self, cache: BlockCache, limit_pixels: int, part_bytes: int = PART_BYTES) -> None:
        self.cache = cache
        self.limit_pixels = limit_pixels
        self._part_bytes = part_bytes
        self.alone = Decoder(limit_pixels)
        self.workers = DecodeWorkers()
        self.threads = ThreadPoolExecutor(LIMIT_WORKERS, thread_name_prefix="decoded-block")

    def decode_file(self, job: Job) -> int:
        """The check sum of the file of pixels. A worker that dies is replaced and asked again, a few times.

        Raises what `DecodeWorkers` does.
        """
        parts = divided(job, self._part_bytes)
        if len(parts) == 1:
            return self._finish(job, self.workers.decode_file(job))
        begun: list[Future[int]] = []
        try:
            begun.extend(map(self.workers.decode_file, parts))
            self._finish_all(parts, begun)
            return _join([part.output_path for part in parts], job.output_path)
        finally:
            # Only then nobody makes a file of a part any more.
            wait(begun)
            for part in parts:
                part.output_path.unlink(missing_ok=True)

    def close(self) -> None:
        """Ends threads and processes; what they decode just now is not waited for."""
        self.threads.shutdown(wait=False, cancel_futures=True)
        self.workers.close()
        self.alone.close()

    def _finish_all(self, parts: Sequence[Job], begun: Sequence["Future[int]"]) -> None:
        first = 0
        for part, future in zip(parts, begun, strict=True):
            try:
                self._finish(part, future)
            except BadImageAt as error:
                raise BadImageAt(first + error.place, str(error)) from error
            first += len(part.spans)

    def _finish(self, part: Job, begun: "Future[int]") -> int:
        for _ in range(_TRIES - 1):
            try:
                return begun.result()
            except Unavailable:
                begun = self.workers.decode_file(part)
        return begun.result()


def divided(job: Job, part_bytes: int) -> list[Job]:
    """Jobs for consecutive images of a job, each of about so many encoded bytes, with a file of its own each."""
    ends = list(accumulate(length for _, length in job.spans))
    count = max(1, ends[-1] // part_bytes) if ends else 1
    if count == 1:
        return [job]
    # The first image of each part that there is a part for.
    firsts = sorted({bisect_left(ends, number * ends[-1] // count) for number in range(1, count)} - {0, len(ends)})
    return [
        replace(job, spans=job.spans[first:stop], output_path=_part_path(job.output_path, first))
        for first, stop in pairwise([0, *firsts, len(ends)])
    ]


def _part_path(path: Path, first: int) -> Path:
    # As of a file in the making, which is removed when a service starts.
    return path.with_name(f"{path.name}.{first}.part")


def _join(paths: Sequence[Path], target: Path) -> int:
    """Makes one file of several; returns its CRC-32."""
    check_sum = 0
    with target.open("wb", buffering=0) as whole:
        for path in paths:
            with path.open("rb", buffering=0) as part:
                while content := part.read(_COPIED_BYTES):
                    check_sum = crc32(content, check_sum)
                    write_all(whole.fileno(), memoryview(content))
            # The room for the whole was claimed once.
            path.unlink()
    return check_sum
