"""Reads batches: the rows at the places of an epoch, with their ids, weights, columns and features.

Rows of several groups are gathered at once, since each column of each block costs a step of its own, and given out one
group at a time. Leaves to `steps` which places belong together, to `order` and `splits` which rows stand there, to
`gathering` their values and to `features` what is computed of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tablefit.rpc.settings import TARGET_MESSAGE_BYTES

from data_service.columns import ColumnArray
from data_service.gathering import Gatherer
from data_service.lookahead import ahead
from data_service.order import Ascending, Order, Positions
from data_service.pinned_rows import PinnedRows
from data_service.splits import Part
from data_service.steps import Piece, Share, group_pieces
from data_service.stream_columns import StreamColumns

# Rows of a group, however small: their ids and places are worked on together.
LIMIT_GROUP_ROWS = 16_384
# About the bytes that are gathered at once; a stream holds twice as many, since it reads ahead.
_GATHERED_BYTES = 4 * 1024 * 1024
# Bytes of a row besides its columns: id, weight.
_ROW_OVERHEAD_BYTES = 12


@dataclass(frozen=True)
class BatchGroup:
    """Some whole batches, or one part of a batch: `row_ids` int64 (row,), `weights` float32 (row,) under pad."""

    first_step: int
    row_counts: tuple[int, ...]
    part: int
    part_count: int
    row_ids: NDArray[np.int64]
    weights: NDArray[np.float32] | None
    columns: Mapping[str, ColumnArray]


@dataclass(frozen=True)
class _Read:
    """The rows of several groups, from the place `first` on."""

    first: int
    row_ids: NDArray[np.int64]
    weights: NDArray[np.float32] | None
    columns: Mapping[str, ColumnArray]

    def group(self, pieces: list[Piece]) -> BatchGroup:
        """The group of these pieces."""
        rows = slice(pieces[0].start - self.first, pieces[-1].stop - self.first)
        return BatchGroup(
            first_step=pieces[0].step,
            row_counts=tuple(piece.stop - piece.start for piece in pieces),
            part=pieces[0].part,
            part_count=pieces[0].part_count,
            row_ids=self.row_ids[rows],
            weights=None if self.weights is None else self.weights[rows],
            columns={name: _cut(column, rows) for name, column in self.columns.items()},
        )


@dataclass(frozen=True)
class BatchSource:
    """What the batches of one stream are taken from. Not for use by two threads at once."""

    rows: PinnedRows
    part: Part
    order: Order | Ascending
    share: Share
    columns: StreamColumns
    gatherer: Gatherer

    def groups(self, steps: range) -> Iterator[BatchGroup]:
        """The batches of these steps, in groups of about one message; while some are sent the next are read."""
        for groups in ahead(self._reads(steps)):
            yield from groups

    def _reads(self, steps: range) -> Iterator[list[BatchGroup]]:
        row_bytes = self.columns.row_bytes + _ROW_OVERHEAD_BYTES
        limit_rows = min(TARGET_MESSAGE_BYTES // row_bytes, LIMIT_GROUP_ROWS, self.columns.limit_message_rows)
        waiting: list[list[Piece]] = []
        # The first group comes alone, for whoever waits for it, and the next ones with ever more at once.
        limit = 0
        for pieces in group_pieces(self.share, steps, max(1, limit_rows)):
            waiting.append(pieces)
            if (pieces[-1].stop - waiting[0][0].start) * row_bytes >= limit:
                yield self._read(waiting, at_once=limit == 0)
                waiting = []
                limit = min(max(2 * limit, TARGET_MESSAGE_BYTES), _GATHERED_BYTES)
        if waiting:
            yield self._read(waiting, at_once=limit == 0)

    def _read(self, groups: list[list[Piece]], *, at_once: bool) -> list[BatchGroup]:
        first, stop = groups[0][0].start, groups[-1][-1].stop
        places = self.share.epoch_places(first, stop)
        positions = self.part.table_positions(self._order_positions(places))
        row_ids = self.rows.ids[positions]
        columns = self.columns.finish(row_ids, self.gatherer.read(positions, at_once=at_once))
        weights = None
        if self.share.epoch.tail == "pad":
            weights = (places < self.share.epoch.row_count).astype(np.float32)
        whole = _Read(first, row_ids, weights, columns)
        return [whole.group(pieces) for pieces in groups]

    def _order_positions(self, places: Positions) -> Positions:
        """The positions in the part at rising places of the epoch; padding begins the epoch again."""
        row_count = self.share.epoch.row_count
        once = places[places < row_count]
        found = [np.empty(0, dtype=np.int64)]
        if len(once):
            first = int(once[0])
            found.append(self.order.positions(first, int(once[-1]) + 1)[once - first])
        again = places[len(once) :] % row_count
        if len(again):
            found.append(self.order.positions(0, int(again.max()) + 1)[again])
        return np.concatenate(found)


def _cut(column: ColumnArray, rows: slice) -> ColumnArray:
    return ColumnArray(column.values[rows], None if column.is_null is None else column.is_null[rows])
