"""Reads the rows of a table once and stores them as blocks: one is encoded and written while the next is read.

At most two blocks are in memory, one being written and one being read. Leaves where the rows come from to the caller,
and what becomes of the blocks to `catalogue`.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from data_service.columns import RowBatch
from data_service.schema import Column
from data_service.snapshots.block_file import encode_block
from data_service.snapshots.block_store import BlockWriter, StoredBlock
from data_service.snapshots.column_buffers import LARGE
from data_service.snapshots.cutting import cut
from data_service.snapshots.manifest import BlockRecord, Guarantee

Stored = tuple[BlockRecord, StoredBlock]


def store_rows(
    batches: Iterator[RowBatch],
    columns: Sequence[Column],
    guarantee: Guarantee,
    writer: BlockWriter,
    on_progress: Callable[[int], None],
    check: Callable[[], None],
    on_block: Callable[[BlockRecord], None],
) -> list[Stored]:
    """The blocks of all rows, in order. `on_progress` gets the rows read so far; `check` is called often, may raise.

    `on_block` gets each block when its file is complete, from any thread.
    """
    is_copy = guarantee is Guarantee.EXACT
    digested = [] if is_copy else [column.name for column in columns if column.type in LARGE]

    def store(rows: RowBatch) -> Stored:
        stored = writer.put(
            encode_block(columns, rows, digested=digested), lambda stored: on_block(_record(rows, stored))
        )
        return _record(rows, stored), stored

    found: list[Stored] = []
    following: Future[Stored] | None = None
    with ThreadPoolExecutor(1, thread_name_prefix="snapshot") as thread:
        for rows in cut(columns, _watched(batches, on_progress, check)):
            if following:
                found.append(following.result())
            check()
            following = thread.submit(store, rows)
        if following:
            found.append(following.result())
    return found


def _watched(
    batches: Iterator[RowBatch], on_progress: Callable[[int], None], check: Callable[[], None]
) -> Iterator[RowBatch]:
    row_count = 0
    for batch in batches:
        check()
        row_count += batch.row_count
        on_progress(row_count)
        yield batch


def _record(rows: RowBatch, stored: StoredBlock) -> BlockRecord:
    return BlockRecord(stored.digest, rows.row_count, int(rows.ids[0]), int(rows.ids[-1]), stored.size_bytes)
