"""The steps of an epoch: which places of its order each batch takes, and which batches share a message.

    places of the epoch   0 .. row_count-1, then, under pad, the first places once more (and again, if they are few)
    step s                places s * batch_size up to (s + 1) * batch_size, cut by the tail rule
    piece                 a batch, or one of the numbered parts of a large one
    group                 whole batches that follow one another, of about one message, or one piece of a large batch

Several readers share each batch: the one of rank r gets every world_size-th place of it, from r on. All of it is
arithmetic. Leaves which rows stand at the places to `order` and `splits`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Tail = Literal["keep", "drop", "pad"]


@dataclass(frozen=True)
class Epoch:
    """`row_count` rows in batches of `batch_size`."""

    row_count: int
    batch_size: int
    tail: Tail

    @property
    def step_count(self) -> int:
        """Batches of the epoch."""
        full, rest = divmod(self.row_count, self.batch_size)
        return full + (rest > 0 and self.tail != "drop")

    @property
    def dropped_row_count(self) -> int:
        """Rows that no batch holds."""
        return self.row_count % self.batch_size if self.tail == "drop" else 0

    @property
    def padded_row_count(self) -> int:
        """Rows of the last batch that were in the epoch before."""
        return -self.row_count % self.batch_size if self.tail == "pad" else 0

    @property
    def place_count(self) -> int:
        """Places of all batches."""
        return self.row_count - self.dropped_row_count + self.padded_row_count


@dataclass(frozen=True)
class Share:
    """What one of `world_size` readers gets of each batch. Its places are counted from 0 by themselves."""

    epoch: Epoch
    rank: int = 0
    world_size: int = 1

    @property
    def batch_size(self) -> int:
        """Rows of a full batch for this reader."""
        return self.epoch.batch_size // self.world_size

    @property
    def place_count(self) -> int:
        """Places of this reader in all batches."""
        return self.epoch.place_count // self.world_size

    def epoch_places(self, start: int, stop: int) -> NDArray[np.int64]:
        """Where in the epoch the reader's places start..stop-1 lie."""
        steps, within = np.divmod(np.arange(start, stop, dtype=np.int64), self.batch_size)
        places: NDArray[np.int64] = steps * self.epoch.batch_size + within * self.world_size + self.rank
        return places


@dataclass(frozen=True)
class Piece:
    """Part `part` of `part_count` of the batch of `step`: the places start..stop-1 of a share."""

    step: int
    part: int
    part_count: int
    start: int
    stop: int


def group_pieces(share: Share, steps: range, limit_rows: int) -> Iterator[list[Piece]]:
    """The pieces of these steps in groups of at most `limit_rows` rows, each as large as that allows.

    The first group is one piece: whoever waits for the first batch shall not wait for those that follow.
    """
    group: list[Piece] = []
    for piece in _pieces(share, steps, limit_rows):
        is_full = group and piece.stop - group[0].start > limit_rows
        if group and (group[0].step == steps.start or is_full or piece.part_count > 1 or group[0].part_count > 1):
            yield group
            group = []
        group.append(piece)
    if group:
        yield group


def _pieces(share: Share, steps: range, limit_rows: int) -> Iterator[Piece]:
    for step in steps:
        start = step * share.batch_size
        stop = min(start + share.batch_size, share.place_count)
        part_count = -(-(stop - start) // limit_rows)
        for part in range(part_count):
            first = start + part * limit_rows
            yield Piece(step, part, part_count, first, min(first + limit_rows, stop))
