"""Reads batches: the rows at the places of an epoch, with their ids, labels, weights and pixels.

Leaves to `steps` which places belong together, and to `order`, `splits`, `index` and `blocks` what stands there.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tablefit.rpc.settings import TARGET_MESSAGE_BYTES

from data_service.blocks import PixelReader
from data_service.index import Index
from data_service.order import Ascending, Order, Positions
from data_service.splits import Part
from data_service.steps import Epoch, Piece, group_pieces

# Rows of a group, however small: their ids, labels and places are worked on together.
LIMIT_GROUP_ROWS = 4_096
# Bytes of a row besides its pixels: id, label, weight.
_ROW_OVERHEAD_BYTES = 16


@dataclass(frozen=True)
class BatchPart:
    """One batch, or one part of it: row_ids int64 (row,), labels int32 (row,), images uint8 (row, height, width,
    channel), weights float32 (row,) where the tail is padded."""

    step: int
    part: int
    part_count: int
    row_ids: NDArray[np.int64]
    labels: NDArray[np.int32]
    images: NDArray[np.uint8]
    weights: NDArray[np.float32] | None


@dataclass(frozen=True)
class BatchSource:
    """What the batches of one stream are taken from. Not for use by two threads at once."""

    index: Index
    part: Part
    order: Order | Ascending
    epoch: Epoch
    reader: PixelReader

    def groups(self, steps: range) -> Iterator[list[BatchPart]]:
        """The batches of these steps, in groups of about one message."""
        row_bytes = self.reader.pixel_format.row_bytes + _ROW_OVERHEAD_BYTES
        limit_rows = max(1, min(TARGET_MESSAGE_BYTES // row_bytes, LIMIT_GROUP_ROWS))
        at_once = True
        for pieces in group_pieces(self.epoch, steps, limit_rows):
            yield self._read(pieces, at_once)
            at_once = False

    def _read(self, pieces: list[Piece], at_once: bool) -> list[BatchPart]:
        first, stop = pieces[0].start, pieces[-1].stop
        positions = self.part.table_positions(self._order_positions(first, stop))
        row_ids, labels = self.index.ids[positions], self.index.codes[positions]
        images = self.reader.read(positions, at_once=at_once)
        weights = None
        if self.epoch.tail == "pad":
            weights = (np.arange(first, stop) < self.epoch.row_count).astype(np.float32)
        parts = []
        for piece in pieces:
            rows = slice(piece.start - first, piece.stop - first)
            parts.append(
                BatchPart(
                    step=piece.step,
                    part=piece.part,
                    part_count=piece.part_count,
                    row_ids=row_ids[rows],
                    labels=labels[rows],
                    images=images[rows],
                    weights=None if weights is None else weights[rows],
                )
            )
        return parts

    def _order_positions(self, first: int, stop: int) -> Positions:
        """The positions in the part at places first..stop-1; padding begins the epoch again."""
        row_count = self.epoch.row_count
        once = self.order.positions(min(first, row_count), min(stop, row_count))
        again = np.arange(max(first, row_count), max(stop, row_count)) % row_count
        if len(again) == 0:
            return once
        beginning = self.order.positions(0, int(again.max()) + 1)
        return np.concatenate([once, beginning[again]])
