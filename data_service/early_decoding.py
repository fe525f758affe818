"""Decodes the blocks of a snapshot while it is being taken, for the stream that is waiting for it.

    rows read > block stored > offered here > decoded by workers into the cache      while the next rows are read

A few blocks at a time; those that still wait when the snapshot is there are left to the stream, which decodes first
what it needs first. This only ever saves time: what fails here fails again, and is told, when the stream reads it.
Leaves taking snapshots to `pinning`.
"""

import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from tablefit.errors import Unavailable

from data_service.block_pixels import BlockPixels
from data_service.decoders import Decoders
from data_service.snapshots import BlockRecord, Snapshots

# Each keeps all workers busy; a second one begins when the first has its last parts decoded.
_BLOCKS_AT_A_TIME = 2
# What is decoded early at most, as a share of what the cache may hold: no other stream loses much by it.
_CACHE_SHARE = 4


class EarlyDecoding:
    """Decodes what is offered, until `close`. `wanted` are the pixels that the stream will read, of which there may be
    none."""

    def __init__(self, decoders: Decoders, snapshots: Snapshots, wanted: Sequence[BlockPixels]) -> None:
        self._decoders = decoders
        self._snapshots = snapshots
        self._wanted = wanted
        self._lock = threading.Lock()
        self._waiting: deque[BlockRecord] = deque()
        self._running = 0
        self._left_bytes = _allowed_bytes(decoders) // _CACHE_SHARE if wanted else -1
        if self._left_bytes > 0:
            # Whoever needs the workers will be told why there are none.
            with suppress(OSError, Unavailable):
                decoders.workers.start()

    def offer(self, record: BlockRecord) -> None:
        """Takes a block whose file is complete."""
        with self._lock:
            self._left_bytes -= sum(pixels.byte_count(record) for pixels in self._wanted)
            if self._left_bytes < 0:
                return
            self._waiting.append(record)
        self._go_on()

    def close(self) -> None:
        """Begins no block any more; those that are being decoded are finished, for whoever asks for them."""
        with self._lock:
            self._left_bytes = -1
            self._waiting.clear()

    def _go_on(self) -> None:
        with self._lock:
            if not self._waiting or self._running == _BLOCKS_AT_A_TIME:
                return
            try:
                decoding = self._decoders.threads.submit(self._decode, self._waiting.popleft())
            except RuntimeError:
                # The service is stopping.
                self._waiting.clear()
                return
            self._running += 1
        decoding.add_done_callback(self._ended)

    def _ended(self, _decoding: "Future[Any]") -> None:
        with self._lock:
            self._running -= 1
        self._go_on()

    def _decode(self, record: BlockRecord) -> None:
        for pixels in self._wanted:
            if pixels.kept(record) is None:
                block, path = self._snapshots.open_block(record)
                pixels.decode(record, block, path)


def _allowed_bytes(decoders: Decoders) -> int:
    """What the cache may hold; nothing where its folder cannot be looked at, which the stream will tell."""
    try:
        return decoders.cache.allowed_bytes()
    except OSError:
        return 0
