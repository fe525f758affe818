"""Rows for snapshots, made from their ids, and snapshots taken of them."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from data_service.columns import ColumnArray, RowBatch
from data_service.schema import Column, ColumnType, Table, TableKind
from data_service.snapshots import Guarantee, PinnedTable, SnapshotRecord, Snapshots

GIB = 1024**3
DAY_S = 86_400.0
START = datetime(2026, 5, 4, 12, tzinfo=UTC)

LABEL = Column("label", ColumnType.CATEGORY, False)
IMAGE = Column("image", ColumnType.IMAGE, False)
WIDTH = Column("width", ColumnType.FLOAT, True)
COLUMNS = (LABEL, IMAGE, WIDTH)


class Clock:
    """A clock that goes when told."""

    def __init__(self, start: datetime = START) -> None:
        self.time = start

    def __call__(self) -> datetime:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


def table(name: str = "digits", table_id: str = "") -> Table:
    """A table whose id follows from its name unless one is given."""
    return Table(table_id or f"id of {name}", name, TableKind.GENERAL, "", COLUMNS, -1, None, None)


def rows(ids: Sequence[int], version: int = 0, image_bytes: int = 20) -> RowBatch:
    """Rows whose values follow from their ids and the version."""
    images = [f"{row_id}/{version}".encode().ljust(image_bytes, b".") for row_id in ids]
    return RowBatch(
        np.asarray(ids, dtype=np.int64),
        {
            "label": ColumnArray([f"class {row_id % 7}" for row_id in ids]),
            "image": ColumnArray(images),
            "width": ColumnArray(np.asarray(ids) / 3, np.asarray(ids) % 5 == 0),
        },
    )


def take(
    snapshots: Snapshots,
    *batches: RowBatch,
    name: str = "digits",
    table_id: str = "",
    guarantee: Guarantee = Guarantee.EXACT,
    keep_s: float = DAY_S,
    on_progress: Callable[[int], None] = lambda _: None,
    check: Callable[[], None] = lambda: None,
    columns: Sequence[Column] = COLUMNS,
) -> SnapshotRecord:
    """A snapshot of a table with the rows of `batches`."""

    def read() -> Iterator[RowBatch]:
        yield from batches

    return snapshots.take(
        table(name, table_id),
        read,
        columns=columns,
        numbered=False,
        guarantee=guarantee,
        keep_s=keep_s,
        on_progress=on_progress,
        check=check,
    )


def pin(
    snapshots: Snapshots, columns: Sequence[Column], batch: RowBatch, guarantee: Guarantee = Guarantee.EXACT
) -> PinnedTable:
    """The rows of `batch` with these columns, pinned."""
    record = snapshots.take(
        table(),
        lambda: iter([batch]),
        columns=columns,
        numbered=False,
        guarantee=guarantee,
        keep_s=DAY_S,
        on_progress=lambda _: None,
        check=lambda: None,
    )
    return snapshots.open(record.snapshot_id)


def images(pinned: PinnedTable) -> list[bytes]:
    """The images of all rows, in order."""
    found = []
    for block in pinned.blocks:
        view = block.column("image")
        found += [bytes(view.value(row)) for row in range(block.row_count)]
    return found
