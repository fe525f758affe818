"""Snapshots: tables as they were at one moment, which streams read no matter what becomes of the table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from google.protobuf.duration_pb2 import Duration

from tablefit.data.link import Link, OnProgress
from tablefit.data.tables import Column, number_of, to_columns, to_time
from tablefit.v1 import data_service_pb2 as pb

GUARANTEES = {"exact": pb.GUARANTEE_EXACT, "change-detecting": pb.GUARANTEE_CHANGE_DETECTING}
_GUARANTEE_NAMES = {number: name for name, number in GUARANTEES.items()}
_PAGE_SIZE = 500


@dataclass(frozen=True)
class Snapshot:
    """A table, view or dataset as it was at `create_time`; `expired` when its rows are gone.

    `guarantee` is "exact" when the rows are copied, "change-detecting" when a stream ends at a row that was changed.
    `digest` is equal for equal content, on every engine. Of `size_bytes` in `block_count` files, `new_bytes` in
    `new_block_count` files were in no earlier snapshot. `row_ids_are_numbers` when the table has no key.
    """

    snapshot_id: str
    table: str
    table_id: str
    row_count: int
    columns: tuple[Column, ...]
    digest: str
    guarantee: str
    row_ids_are_numbers: bool
    size_bytes: int
    new_bytes: int
    create_time: datetime | None
    expire_time: datetime | None
    expired: bool
    block_count: int
    new_block_count: int


class Snapshots:
    """The calls on snapshots."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def create_snapshot(
        self,
        table: str,
        *,
        guarantee: str = "exact",
        keep: timedelta | None = None,
        columns: Sequence[str] = (),
        on_progress: OnProgress | None = None,
    ) -> Snapshot:
        """Pins a table, view or dataset as it is now; one that has not changed gives its last snapshot again.

        It is kept for `keep` after its last use, by default as the service is set. `on_progress` gets rows done and in
        all, 0 while that is not known. Raises NotFound, WrongState without rows, TooBusy when it does not fit the disk.
        """
        number = number_of(GUARANTEES, guarantee, "a guarantee", "guarantee")
        request = pb.CreateSnapshotRequest(table=table, guarantee=number, columns=columns)
        if keep is not None:
            request.keep.CopyFrom(_to_duration(keep))
        return to_snapshot(self._link.follow("CreateSnapshot", request, on_progress).snapshot)

    def get_snapshot(self, snapshot_id: str) -> Snapshot:
        """A snapshot by its id, also one that has expired. Raises NotFound."""
        return to_snapshot(self._link.call("GetSnapshot", pb.GetSnapshotRequest(snapshot_id=snapshot_id)).snapshot)

    def list_snapshots(self, table: str = "", *, include_expired: bool = False) -> Iterator[Snapshot]:
        """Snapshots, of one table if it is named, newest first, fetched page by page."""
        request = pb.ListSnapshotsRequest(table=table, page_size=_PAGE_SIZE, include_expired=include_expired)
        while True:
            page = self._link.call("ListSnapshots", request)
            yield from map(to_snapshot, page.snapshots)
            request.page_token = page.next_page_token
            if not request.page_token:
                return

    def update_snapshot(self, snapshot_id: str, keep: timedelta) -> Snapshot:
        """Keeps a snapshot so long from now. Raises NotFound; WrongState when it has expired."""
        request = pb.UpdateSnapshotRequest(snapshot_id=snapshot_id, keep=_to_duration(keep))
        return to_snapshot(self._link.call("UpdateSnapshot", request).snapshot)

    def delete_snapshot(self, snapshot_id: str) -> None:
        """Deletes a snapshot. Raises NotFound; WrongState while a stream or a job reads it."""
        self._link.call("DeleteSnapshot", pb.DeleteSnapshotRequest(snapshot_id=snapshot_id))


def to_snapshot(message: pb.Snapshot) -> Snapshot:
    """The record of a Snapshot message."""
    return Snapshot(
        snapshot_id=message.snapshot_id,
        table=message.table,
        table_id=message.table_id,
        row_count=message.row_count,
        columns=to_columns(message.columns),
        digest=message.digest,
        guarantee=_GUARANTEE_NAMES.get(message.guarantee, "unknown"),
        row_ids_are_numbers=message.row_ids_are_numbers,
        size_bytes=message.size_bytes,
        new_bytes=message.new_bytes,
        create_time=to_time(message, "create_time"),
        expire_time=to_time(message, "expire_time"),
        expired=message.expired,
        block_count=message.block_count,
        new_block_count=message.new_block_count,
    )


def _to_duration(span: timedelta) -> Duration:
    message = Duration()
    message.FromTimedelta(span)
    return message
