"""The order of the rows of an epoch: a permutation that follows from (row count, seed, epoch) and nothing else.

    positions 0..n-1 > blocks of BLOCK_ROWS > blocks permuted > windows of WINDOW_BLOCKS > rows of a window permuted

A table that fits one window is thus shuffled globally; a larger one needs the rows of one window at hand at a time. The
bits are defined here, by splitmix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014),
because the streams of NumPy's generators may change between its versions. A permutation is the stable argsort of
keys: key i is the i-th output of splitmix64 started at a state made of seed, epoch and the permutation's number.

Positions count the rows of the part that is streamed. Leaves to `splits` which rows those are.
"""

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.int64]

BLOCK_ROWS = 1024
WINDOW_BLOCKS = 64

_MASK = (1 << 64) - 1
_GAMMA = 0x9E3779B97F4A7C15
_ARRAY_GAMMA = np.uint64(_GAMMA)
_MIX_STEPS = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))
_LAST_SHIFT = 31
# Of keys of more places too few bits are left: two would often be equal.
_LIMIT_PLACE_BITS = 24


def mix(value: int) -> int:
    """splitmix64's output function: a bijection of 64-bit integers."""
    for shift, factor in _MIX_STEPS:
        value = ((value ^ (value >> shift)) * factor) & _MASK
    return value ^ (value >> _LAST_SHIFT)


def mix_array(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """`mix` of each element."""
    for shift, factor in _MIX_STEPS:
        values = (values ^ (values >> np.uint64(shift))) * np.uint64(factor)
    return values ^ (values >> np.uint64(_LAST_SHIFT))


def permutation(count: int, seed: int, epoch: int, number: int) -> Positions:
    """The permutation of 0..count-1 that (seed, epoch, number) name, int64 (count,)."""
    state = mix((mix((mix((seed + _GAMMA) & _MASK) + epoch + _GAMMA) & _MASK) + number + _GAMMA) & _MASK)
    counter = np.arange(1, count + 1, dtype=np.uint64)
    return argsort_distinct(mix_array(counter * _ARRAY_GAMMA + np.uint64(state)))


def argsort_distinct(keys: NDArray[np.uint64]) -> Positions:
    """`np.argsort` of keys of which no two are equal, several times faster for up to 2^24 of them.

    NumPy sorts numbers much faster than places by numbers, so the places take the low bits of the keys. Where two keys
    differ in none but those, the keys themselves decide.
    """
    # All keys differ, since all that makes them is a bijection: every kind of sort gives the stable one's order.
    bits = max(1, (len(keys) - 1).bit_length())
    if bits > _LIMIT_PLACE_BITS:
        return np.argsort(keys).astype(np.int64, copy=False)
    low = np.uint64((1 << bits) - 1)
    marked = keys & ~low | np.arange(len(keys), dtype=np.uint64)
    marked.sort()
    high = marked >> np.uint64(bits)
    if bool((high[1:] == high[:-1]).any()):
        return np.argsort(keys).astype(np.int64, copy=False)
    return (marked & low).astype(np.int64)


class Order:
    """The order of one epoch of `row_count` rows. Not for use by two threads at once.

    Holds one window's permutation and one number for each block, never one for each row of the table.
    """

    def __init__(
        self, row_count: int, seed: int, epoch: int, *, block_rows: int = BLOCK_ROWS, window_blocks: int = WINDOW_BLOCKS
    ) -> None:
        self._row_count = row_count
        self._seed = seed
        self._epoch = epoch
        self._block_rows = block_rows
        self._window_blocks = window_blocks
        block_count = -(-row_count // block_rows)
        self._blocks = permutation(block_count, seed, epoch, 0)
        self._window_starts = self._starts()
        self._kept_window = (-1, np.empty(0, dtype=np.int64))

    def positions(self, start: int, stop: int) -> Positions:
        """The positions that the epoch visits at places start..stop-1, 0 <= start <= stop <= row count."""
        parts = [np.empty(0, dtype=np.int64)]
        while start < stop:
            window = int(np.searchsorted(self._window_starts, start, side="right")) - 1
            first = int(self._window_starts[window])
            end = min(stop, int(self._window_starts[window + 1]))
            parts.append(self._window(window)[start - first : end - first])
            start = end
        return np.concatenate(parts)

    def _starts(self) -> Positions:
        """Where in the epoch each window starts, and the row count last: all blocks are full but the table's last."""
        sizes = np.full(len(self._blocks), self._block_rows, dtype=np.int64)
        missing = -self._row_count % self._block_rows
        sizes[self._blocks == len(self._blocks) - 1] -= missing
        ends = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes)])
        return np.append(ends[: -1 : self._window_blocks], self._row_count)

    def _window(self, window: int) -> Positions:
        """All positions of a window in the order of the epoch; the last one asked for is kept."""
        if self._kept_window[0] != window:
            self._kept_window = (window, self._make_window(window))
        return self._kept_window[1]

    def _make_window(self, window: int) -> Positions:
        blocks = self._blocks[window * self._window_blocks : (window + 1) * self._window_blocks]
        rows = (blocks[:, None] * self._block_rows + np.arange(self._block_rows)).ravel()
        rows = rows[rows < self._row_count]
        return rows[permutation(len(rows), self._seed, self._epoch, window + 1)]


class Ascending:
    """The order without a shuffle: each place holds its own position."""

    def positions(self, start: int, stop: int) -> Positions:
        """The positions start..stop-1."""
        return np.arange(start, stop, dtype=np.int64)
