"""All snapshots of a directory: taken, found, read, kept and given up, by several processes at once.

`expire` makes snapshots whose time is over into tombstones and removes the blocks that no snapshot names; one that is
held, by any process, does not expire and is not deleted. What changes a manifest or a hold is decided under the
directory's lock. Leaves when time is over to `expiry`, reading tables to the caller, who gives the rows, and making
batches to whoever opens a snapshot.
"""

import logging
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tablefit.errors import NotFound, TooBusy, WrongState

from data_service.columns import RowBatch
from data_service.schema import Column, Table
from data_service.snapshots.block_file import Block
from data_service.snapshots.block_store import BlockStore, BlockWriter
from data_service.snapshots.expiry import bury, used
from data_service.snapshots.folder import LOCK_WAIT_S, SnapshotFolder
from data_service.snapshots.holds import Holds
from data_service.snapshots.manifest import BlockRecord, Guarantee, Manifests, SnapshotRecord, content_digest
from data_service.snapshots.pinned import PinnedTable
from data_service.snapshots.taking import Stored, store_rows

# Whoever collects does not wait long for others: they collect, too.
COLLECT_WAIT_S = 1.0

_log = logging.getLogger(__name__)


class Snapshots:
    """The snapshots in one directory. For use by many threads; other processes may use the directory, too."""

    def __init__(
        self, directory: Path, limit_bytes: int, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._folder = SnapshotFolder(directory)
        self._limit_bytes = limit_bytes
        self._now = now
        self._lock = threading.Lock()
        self._store = BlockStore(self._folder)
        self._manifests = Manifests(self._folder)
        self._holds = Holds(self._folder)
        self.expire()

    def take(
        self,
        table: Table,
        batches: Callable[[], Iterator[RowBatch]],
        *,
        columns: Sequence[Column],
        numbered: bool,
        guarantee: Guarantee,
        keep_s: float,
        on_progress: Callable[[int], None],
        check: Callable[[], None],
        on_block: Callable[[BlockRecord], None] = lambda _: None,
    ) -> SnapshotRecord:
        """Pins the rows that `batches` gives, in rising order of id; `columns` are those kept, without the row ids.

        Gives the newest snapshot of the table again when it has the same content. `on_progress` gets the rows read so
        far, `on_block` each block that is stored, from any thread; `check` is called often and may raise. Raises
        WrongState for a table without rows, TooBusy when they do not fit.
        """
        self.expire()
        with closing(BlockWriter(self._folder, self._limit_bytes, self.expire)) as writer:
            with _closed_early(batches()) as rows:
                stored = store_rows(rows, columns, guarantee, writer, on_progress, check, on_block)
            if not stored:
                raise WrongState(f"Table {table.name!r} has no rows; ingest some first.", details={"table": table.name})
            writer.settle()
            record = self._describe(table, stored, tuple(columns), numbered, guarantee, keep_s)
            with self._changing():
                return self._manifests.write(self._same(record) or record)

    def get(self, snapshot_id: str) -> SnapshotRecord:
        """A snapshot, also an expired one. Raises NotFound."""
        record = self._manifests.read(snapshot_id)
        if record is None:
            raise NotFound(f"There is no snapshot {snapshot_id!r}.", details={"snapshot": snapshot_id})
        return record

    def list(
        self, table_name: str | None = None, *, include_expired: bool = False, after: str = "", limit: int = 100
    ) -> list[SnapshotRecord]:
        """Up to `limit` snapshots, newest first, of one table or all; `after` is the `place` of the last one known."""
        records, _ = self._manifests.read_all()
        wanted = [
            record
            for record in records
            if (table_name is None or record.table.casefold() == table_name.casefold())
            and (include_expired or not record.expired)
            and (not after or record.place < after)
        ]
        return wanted[:limit]

    def open(self, snapshot_id: str) -> PinnedTable:
        """The rows of a snapshot. Raises NotFound, and WrongState for one that has expired."""
        return PinnedTable(self._unexpired(snapshot_id), self._store, lambda: self._unexpired(snapshot_id))

    def open_block(self, record: BlockRecord) -> tuple[Block, Path]:
        """A block that was stored, and its file. Raises DamagedBlock."""
        return self._store.open(record.digest), self._store.path(record.digest)

    @contextmanager
    def hold(self, snapshot_id: str, reader: str) -> Iterator[SnapshotRecord]:
        """Names a reader for the time of the block: the snapshot stays. NotFound; WrongState if it expired."""
        with self._changing():
            record = used(self._manifests, self._unexpired(snapshot_id), self._now())
            self._holds.add(snapshot_id, reader)
        try:
            yield record
        finally:
            self._release(snapshot_id, reader)

    def keep(self, snapshot_id: str, keep_s: float) -> SnapshotRecord:
        """Keeps a snapshot so long from now, and after each use. Raises NotFound, and WrongState if it expired."""
        with self._changing():
            record = self._unexpired(snapshot_id)
            expire_time = self._now() + timedelta(seconds=keep_s)
            return self._manifests.write(replace(record, keep_s=keep_s, expire_time=expire_time))

    def delete(self, snapshot_id: str) -> None:
        """Removes a snapshot and the blocks that no other has. Raises NotFound, and WrongState while it is held."""
        with self._changing():
            record = self.get(snapshot_id)
            self._holds.check_free(snapshot_id, record.table)
            self._manifests.remove(snapshot_id)
        self.expire()

    def expire(self) -> None:
        """Gives up the snapshots whose time is over, and all files that none needs. Skipped while others are busy."""
        try:
            with self._changing(COLLECT_WAIT_S):
                records, sound = self._manifests.read_all()
                left = bury(self._manifests, records, self._holds.of_all(), self._now())
                self._manifests.remove_parts()
                if sound:
                    self._store.collect({block.digest for record in left for block in record.blocks})
        except TooBusy:
            _log.info("expired snapshots are collected later: another data service is busy with them")

    def run_expiry(self, stop: threading.Event, every_s: float) -> None:
        """Calls `expire` at intervals until `stop` is set."""
        while not stop.wait(every_s):
            try:
                self.expire()
            except Exception:  # noqa: BLE001 - logged, and tried again
                # Whatever went wrong, the next time may go right, and nobody else frees the disk.
                _log.exception("expired snapshots could not be collected")

    def close(self) -> None:
        """Ends all holds of this process and forgets its maps."""
        self._holds.close()
        self._store.close()

    @contextmanager
    def _changing(self, wait_s: float = LOCK_WAIT_S) -> Iterator[None]:
        # Threads of one process queue here rather than at the file.
        with self._lock, self._folder.locked(wait_s=wait_s):
            yield

    def _unexpired(self, snapshot_id: str) -> SnapshotRecord:
        record = self.get(snapshot_id)
        if record.expired:
            raise WrongState(
                f"Snapshot {snapshot_id} of table {record.table!r} expired on "
                f"{record.expire_time:%Y-%m-%d at %H:%M:%S} UTC; take a new one.",
                details={
                    "snapshot": snapshot_id,
                    "table": record.table,
                    "expire_time": record.expire_time.isoformat(),
                },
            )
        return record

    def _release(self, snapshot_id: str, reader: str) -> None:
        self._holds.drop(snapshot_id, reader)
        try:
            with self._changing():
                self._holds.write()
                record = self._manifests.read(snapshot_id)
                if record is not None and not record.expired:
                    used(self._manifests, record, self._now())
        except TooBusy:
            _log.warning("snapshot %s stays held: another data service is busy with the snapshots", snapshot_id)

    def _same(self, record: SnapshotRecord) -> SnapshotRecord | None:
        """The newest snapshot of the table, kept longer and under its name of now, if it has the same content."""
        records, _ = self._manifests.read_all()
        # Streams pin the columns that they read, so the newest one of other columns says nothing.
        alike = (known for known in records if known.table_id == record.table_id and _kept(known) == _kept(record))
        newest = next((known for known in alike if not known.expired), None)
        if newest is None or newest.digest != record.digest:
            return None
        return replace(
            newest,
            table=record.table,
            keep_s=max(newest.keep_s, record.keep_s),
            expire_time=max(newest.expire_time, record.expire_time),
        )

    def _describe(
        self,
        table: Table,
        stored: Sequence[Stored],
        columns: tuple[Column, ...],
        numbered: bool,
        guarantee: Guarantee,
        keep_s: float,
    ) -> SnapshotRecord:
        blocks = tuple(block for block, _ in stored)
        new = [block.size_bytes for block, file in stored if file.is_new]
        now = self._now()
        return SnapshotRecord(
            snapshot_id=secrets.token_hex(8),
            table=table.name,
            table_id=table.table_id,
            row_count=sum(block.row_count for block in blocks),
            columns=columns,
            digest=content_digest(columns, blocks),
            guarantee=guarantee,
            numbered=numbered,
            size_bytes=sum(block.size_bytes for block in blocks),
            new_bytes=sum(new),
            create_time=now,
            expire_time=now + timedelta(seconds=keep_s),
            keep_s=keep_s,
            expired=False,
            blocks=blocks,
            block_count=len(blocks),
            new_block_count=len(new),
            key_column=table.key_column,
            query=table.query,
        )


def _kept(record: SnapshotRecord) -> tuple[object, ...]:
    """What a snapshot keeps of its table, and how."""
    names = tuple(column.name for column in record.columns)
    return names, record.guarantee, record.numbered, record.key_column


@contextmanager
def _closed_early(rows: Iterator[RowBatch]) -> Iterator[Iterator[RowBatch]]:
    """Closes a generator when its reader fails, so that it gives its connection back at once."""
    try:
        yield rows
    finally:
        close = getattr(rows, "close", None)
        if close is not None:
            close()
