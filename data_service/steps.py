"""The steps of an epoch: which places of its order each batch takes, and which batches share a message.

    places of the epoch   0 .. row_count-1, then, under pad, the first places once more (and again, if they are few)
    step s                places s * batch_size up to (s + 1) * batch_size, cut by the tail rule
    piece                 a batch, or one of the numbered parts of a large one
    group                 pieces that follow one another, of about one message

All of it is arithmetic. Leaves which rows stand at the places to `order` and `splits`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

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
class Piece:
    """Part `part` of `part_count` of the batch of `step`: the places start..stop-1."""

    step: int
    part: int
    part_count: int
    start: int
    stop: int


def group_pieces(epoch: Epoch, steps: range, limit_rows: int) -> Iterator[list[Piece]]:
    """The pieces of these steps in groups of at most `limit_rows` rows, each as large as that allows.

    The first group is one piece: whoever waits for the first batch shall not wait for those that follow.
    """
    group: list[Piece] = []
    for piece in _pieces(epoch, steps, limit_rows):
        if group and (group[0].step == steps.start or piece.stop - group[0].start > limit_rows):
            yield group
            group = []
        group.append(piece)
    if group:
        yield group


def _pieces(epoch: Epoch, steps: range, limit_rows: int) -> Iterator[Piece]:
    for step in steps:
        start = step * epoch.batch_size
        stop = min(start + epoch.batch_size, epoch.place_count)
        part_count = -(-(stop - start) // limit_rows)
        for part in range(part_count):
            first = start + part * limit_rows
            yield Piece(step, part, part_count, first, min(first + limit_rows, stop))
