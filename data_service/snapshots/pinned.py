"""A pinned table as its readers see it: blocks by number, mapped when looked at. Leaves the files to `block_store`."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tablefit.errors import WrongState

from data_service.snapshots.block_file import Block
from data_service.snapshots.block_store import BlockStore, DamagedBlock
from data_service.snapshots.manifest import SnapshotRecord


class PinnedTable:
    """The rows of one snapshot. For use by many threads; hold the snapshot meanwhile, or it may expire."""

    def __init__(self, record: SnapshotRecord, store: BlockStore, check: Callable[[], object]) -> None:
        """`check` raises when there is no such snapshot any more."""
        self.record = record
        self.row_count = record.row_count
        # Position of the first row of each block, and the row count last: int64 (block + 1,).
        self.block_starts: NDArray[np.int64] = np.zeros(len(record.blocks) + 1, dtype=np.int64)
        np.cumsum([block.row_count for block in record.blocks], out=self.block_starts[1:])
        self._store = store
        self._check = check

    @property
    def block_count(self) -> int:
        """How many blocks there are."""
        return len(self.record.blocks)

    def block(self, number: int) -> Block:
        """The block of a number from 0. Raises WrongState when its file is damaged or gone."""
        try:
            return self._store.open(self.record.blocks[number].digest)
        except DamagedBlock:
            self._check()
            raise self._damaged() from None

    def block_path(self, number: int) -> Path:
        """The file of a block that was opened before; it stays while the snapshot is held."""
        return self._store.path(self.record.blocks[number].digest)

    @property
    def blocks(self) -> Iterator[Block]:
        """All blocks in order."""
        return map(self.block, range(self.block_count))

    def _damaged(self) -> WrongState:
        record = self.record
        return WrongState(
            f"A file of snapshot {record.snapshot_id} of table {record.table!r} is damaged or missing; take a new "
            "snapshot of the table, which stores that file again.",
            details={"snapshot": record.snapshot_id, "table": record.table},
        )
