"""Opens streams of batches: from options and a table to a header and groups of batches, in order of step.

    options > snapshot, named or taken now > held while the stream lasts > its pinned rows > `stream_opening`

What a group holds follows from the options and the snapshot alone. A stream holds no database connection and a few
groups in memory; it is driven by whoever iterates over it, so a slow reader costs nothing. Leaves messages to
`convert.batches`.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Protocol

from tablefit.errors import InvalidInput, NotFound
from tablefit.imaging import pixels
from tablefit.rpc.settings import TARGET_MESSAGE_BYTES

from data_service.block_cache import BlockCache
from data_service.block_pixels import BlockPixels
from data_service.decoders import Decoders
from data_service.early_decoding import EarlyDecoding
from data_service.pinned_rows import PinnedRows
from data_service.pinning import Pinning, Reads, pinned_columns
from data_service.progress import caller_check
from data_service.rereading import RowReads
from data_service.schema import Column, ColumnType, Table
from data_service.snapshots import SnapshotRecord, Snapshots
from data_service.split_rules import TimeSplit, ValueSplit
from data_service.stored_formats import stated_format
from data_service.stream_columns import choose, is_image_table
from data_service.stream_opening import Opening, OpenStream, StreamMeans
from data_service.stream_options import StreamOptions, check_options
from data_service.working_sets import WorkingSets

# Snapshots that nobody reads at the moment, whose ids, classes and features are kept for the next epoch.
KEPT_SNAPSHOTS = 8


class Database(Reads, RowReads, Protocol):
    """What streams are made from."""


class Batches:
    """Opens streams. Keeps its files in `directory`, which no other process uses. For use by many threads."""

    def __init__(
        self,
        store: Database,
        snapshots: Snapshots,
        pinning: Pinning,
        directory: Path,
        *,
        cache_limit_bytes: int,
        limit_pixels: int = pixels.LIMIT_PIXELS,
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._store = store
        self._snapshots = snapshots
        self._pinning = pinning
        self._directory = directory
        self._decoders = Decoders(BlockCache(directory / "pixels", cache_limit_bytes), limit_pixels)
        self._means = StreamMeans(store, self._decoders, WorkingSets(), directory)
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, PinnedRows] = OrderedDict()

    @contextmanager
    def open(self, options: StreamOptions, is_wanted: Callable[[], bool] = lambda: True) -> Iterator[OpenStream]:
        """A stream, for as long as the context lasts; its snapshot is not deleted and does not expire until then.

        `is_wanted` says whether the caller is still there; it is asked between reads. Raises InvalidInput, NotFound,
        WrongState, OutOfOrder; so does iterating, and Cancelled once the caller has gone.
        """
        check = caller_check(is_wanted)
        check_options(options)
        snapshot_id = options.snapshot or self._take(options, check).snapshot_id
        with self._snapshots.hold(snapshot_id, options.reader) as record, ExitStack() as stack:
            self._check_table(options, record)
            rows = self._rows(snapshot_id)
            yield Opening(self._means, rows, record, options, check, stack).stream()

    def close(self) -> None:
        """Forgets what is kept for later streams and ends threads and processes."""
        with self._lock:
            self._kept.clear()
        self._decoders.close()

    def _take(self, options: StreamOptions, check: Callable[[], None]) -> SnapshotRecord:
        table = self._store.get_table(options.table)
        columns = _needed(table, options)
        wanted = stated_format(options.image)
        # Of fewer rows nothing is decoded but what the first message holds.
        is_large = wanted is not None and table.row_count * wanted.row_bytes > TARGET_MESSAGE_BYTES
        images = _images(columns, options) if is_large else []
        found = [BlockPixels(self._decoders, name, wanted) for name in images if wanted]
        with closing(EarlyDecoding(self._decoders, self._snapshots, found)) as early:
            return self._pinning.take(table, columns, check, on_block=early.offer)

    def _check_table(self, options: StreamOptions, record: SnapshotRecord) -> None:
        """Refuses a snapshot of another table than the one named, if that one is there; it may have been renamed."""
        if not options.snapshot or not options.table or options.table.casefold() == record.table.casefold():
            return
        try:
            table_id = self._store.get_table(options.table).table_id
        except NotFound:
            return
        if table_id != record.table_id:
            raise InvalidInput(
                f"expected a snapshot of table {options.table!r}, received {record.snapshot_id} of table "
                f"{record.table!r}",
                field="snapshot",
            )

    def _rows(self, snapshot_id: str) -> PinnedRows:
        with self._lock:
            kept = self._kept.get(snapshot_id)
            if kept is None:
                kept = PinnedRows(self._snapshots.open(snapshot_id), self._directory)
            kept = self._kept.setdefault(snapshot_id, kept)
            self._kept.move_to_end(snapshot_id)
            while len(self._kept) > KEPT_SNAPSHOTS:
                self._kept.popitem(last=False)
            return kept


def _images(columns: Sequence[Column], options: StreamOptions) -> list[str]:
    """The columns of images that a stream reads."""
    images = {column.name for column in columns if column.type is ColumnType.IMAGE}
    return [name for name in choose(options, columns).gathered if name in images]


def _needed(table: Table, options: StreamOptions) -> list[Column]:
    """The columns that a stream needs of a table: what a snapshot taken for it keeps."""
    columns = pinned_columns(table)
    chosen = choose(options, columns)
    names = {*chosen.gathered, chosen.target}
    if options.split and isinstance(options.split.rule, ValueSplit | TimeSplit):
        names.add(options.split.rule.column)
    if is_image_table(columns):
        # What makes the snapshot one of an image table, with its default target, and what tells the stored sizes and
        # modes. Most streams read it anyway: they share one snapshot.
        names |= {"label", "image", "width", "height", "channels"}
    return [column for column in columns if column.name in names]
