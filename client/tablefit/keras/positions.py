"""Batches by their position, over all epochs: read ahead for as long as they are asked for in order.

A stream can be opened at any step, so every position can be answered. Leaves reading ahead to `feed`.
"""

import itertools
from collections.abc import Callable

from tablefit.data import Batch
from tablefit.keras.feed import EpochStream, Feed


class Positions:
    """The batch at each position: position // `step_count` is its epoch, the rest its step. For one thread.

    `open_stream` opens an epoch's stream at a step.
    """

    def __init__(self, open_stream: Callable[[int, int], EpochStream], step_count: int) -> None:
        self._open_stream, self._step_count = open_stream, step_count
        self._feed: Feed | None = None
        self._next = 0

    def read(self, position: int) -> Batch:
        """The batch at a position (from 0). Raises what reading raises."""
        if self._feed is None or position != self._next:
            self._feed = self._read_from(position)
        batch = self._feed.take()
        if batch is None:
            raise RuntimeError("the batches were closed while they were read")
        self._next = position + 1
        return batch

    def close(self) -> None:
        """Ends the reading ahead."""
        if self._feed is not None:
            self._feed.close()
            self._feed = None

    @property
    def error(self) -> BaseException | None:
        """What ended the reading, if something did."""
        return None if self._feed is None else self._feed.error

    def _read_from(self, position: int) -> Feed:
        self.close()
        first, step = divmod(position, self._step_count)
        return Feed(lambda epoch: self._open_stream(epoch, step if epoch == first else 0), itertools.count(first))
