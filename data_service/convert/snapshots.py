"""Snapshots, and requests about them, between messages and records."""

from google.protobuf.duration_pb2 import Duration
from tablefit.errors import InvalidInput
from tablefit.rpc.times import to_timestamp
from tablefit.v1 import data_service_pb2 as pb

from data_service.convert.tables import encode_column
from data_service.pinning import PinRequest, Taking
from data_service.snapshot_pages import SnapshotPage
from data_service.snapshots import Guarantee, SnapshotRecord

_GUARANTEES = {
    pb.GUARANTEE_UNSPECIFIED: Guarantee.EXACT,
    pb.GUARANTEE_EXACT: Guarantee.EXACT,
    pb.GUARANTEE_CHANGE_DETECTING: Guarantee.CHANGE_DETECTING,
}
_GUARANTEE_VALUES = {guarantee: number for number, guarantee in _GUARANTEES.items()}


def decode_pin_request(request: pb.CreateSnapshotRequest) -> PinRequest:
    """What is to be pinned."""
    if request.guarantee not in _GUARANTEES:
        raise InvalidInput(
            f"expected a guarantee of this service's contract, received {request.guarantee}", field="guarantee"
        )
    keep_s = decode_duration(request.keep) if request.HasField("keep") else None
    return PinRequest(request.table, _GUARANTEES[request.guarantee], keep_s, tuple(request.columns))


def decode_duration(message: Duration) -> float:
    """A length of time in seconds."""
    return message.seconds + message.nanos / 1e9


def encode_taking(taking: Taking) -> pb.CreateSnapshotResponse:
    """The message of how far a snapshot is."""
    progress = pb.RowProgress(done_rows=taking.done_rows, total_rows=taking.total_rows)
    snapshot = None if taking.snapshot is None else encode_snapshot(taking.snapshot)
    return pb.CreateSnapshotResponse(progress=progress, snapshot=snapshot)


def encode_page(page: SnapshotPage) -> pb.ListSnapshotsResponse:
    """The message of a page of snapshots."""
    return pb.ListSnapshotsResponse(
        snapshots=map(encode_snapshot, page.snapshots), next_page_token=page.next_page_token
    )


def encode_snapshot(record: SnapshotRecord) -> pb.Snapshot:
    """The message of a snapshot."""
    return pb.Snapshot(
        snapshot_id=record.snapshot_id,
        table=record.table,
        table_id=record.table_id,
        row_count=record.row_count,
        columns=map(encode_column, record.columns),
        digest=record.digest,
        guarantee=_GUARANTEE_VALUES[record.guarantee],
        row_ids_are_numbers=record.numbered,
        size_bytes=record.size_bytes,
        new_bytes=record.new_bytes,
        create_time=to_timestamp(record.create_time),
        expire_time=to_timestamp(record.expire_time),
        expired=record.expired,
        block_count=record.block_count,
        new_block_count=record.new_block_count,
    )
