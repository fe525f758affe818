"""Reads batches ahead of training: a thread of its own, a bounded buffer, one stream after the other without a gap.

Knows no tables: it is given a function that opens the stream of an epoch. Leaves to `waiting` the measuring.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from tablefit.data import Batch

# Ahead far enough to open the next epoch's stream while the last batches of this one are trained on.
LIMIT_BATCHES = 32
LIMIT_BYTES = 64 * 1024 * 1024
_CLOSE_TIMEOUT_S = 5.0


class EpochStream(Protocol):
    """The batches of one epoch. `close` may be called from any thread and ends the iteration."""

    def __iter__(self) -> Iterator[Batch]: ...

    def close(self) -> None: ...


class Feed:
    """The batches of the epochs in `epochs`, in order. Use it in a `with` block or close it.

    `open_stream` opens the stream of an epoch. What reading raises is raised by `take`, after the batches before it.
    """

    def __init__(
        self,
        open_stream: Callable[[int], EpochStream],
        epochs: Iterable[int],
        *,
        limit_batches: int = LIMIT_BATCHES,
        limit_bytes: int = LIMIT_BYTES,
    ) -> None:
        self._open_stream, self._epochs = open_stream, epochs
        self._limit_batches, self._limit_bytes = limit_batches, limit_bytes
        self._buffer: deque[Batch] = deque()
        self._buffered_bytes = 0
        self._changed = threading.Condition()
        self._stream: EpochStream | None = None
        self._closed = False
        self._over = False
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._read, name="feed", daemon=True)
        self._thread.start()

    def __enter__(self) -> "Feed":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def take(self) -> Batch | None:
        """The next batch; waits for it. None after the last one, or when the feed was closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._buffer or self._over or self._closed)
            if self._closed:
                return None
            if self._buffer:
                batch = self._buffer.popleft()
                self._buffered_bytes -= _size(batch)
                self._changed.notify_all()
                return batch
        if self.error is not None:
            raise self.error
        return None

    def close(self) -> None:
        """Ends the reading. A thread that waits for a lost service is left behind; it ends with the process."""
        with self._changed:
            self._closed = True
            stream = self._stream
            self._changed.notify_all()
        if stream is not None:
            stream.close()
        self._thread.join(_CLOSE_TIMEOUT_S)

    def _read(self) -> None:
        try:
            for epoch in self._epochs:
                if not self._read_epoch(epoch):
                    return
        except BaseException as error:  # noqa: BLE001 - handed to the consumer, which raises it
            self.error = error
        finally:
            with self._changed:
                self._over = True
                self._changed.notify_all()

    def _read_epoch(self, epoch: int) -> bool:
        """Whether to go on with the next epoch."""
        stream = self._open_stream(epoch)
        with self._changed:
            self._stream = stream
        try:
            return not self._closed and all(map(self._put, stream))
        finally:
            stream.close()

    def _put(self, batch: Batch) -> bool:
        """Adds a batch when there is room for it; False when the feed was closed meanwhile."""
        size = _size(batch)
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._has_room(size))
            self._buffer.append(batch)
            self._buffered_bytes += size
            self._changed.notify_all()
            return not self._closed

    def _has_room(self, size: int) -> bool:
        """Two batches always fit, so that one can be read while another is trained on."""
        if len(self._buffer) < 2:
            return True
        return len(self._buffer) < self._limit_batches and self._buffered_bytes + size <= self._limit_bytes


def _size(batch: Batch) -> int:
    return sum(column.nbytes for column in batch.columns.values())
