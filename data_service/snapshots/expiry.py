"""When a snapshot's time is over: it is kept for `keep_s` after its last use, and its tombstone some time more.

Both functions need the directory's lock. Leaves collecting blocks to `block_store`, and when to look to `catalogue`.
"""

import logging
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from tablefit.errors import TooBusy

from data_service.snapshots.manifest import Manifests, SnapshotRecord

TOMBSTONE_DAYS = 90
# A use is written down when it moves the end by so much, or by a hundredth of the time for which a snapshot is kept.
_LEAST_MOVE_S = 60.0

_log = logging.getLogger(__name__)


def used(manifests: Manifests, record: SnapshotRecord, now: datetime) -> SnapshotRecord:
    """The snapshot with its end moved by a use; small moves are not written, so that many uses cost little."""
    expire_time = now + timedelta(seconds=record.keep_s)
    moved_s = (expire_time - record.expire_time).total_seconds()
    if moved_s < min(_LEAST_MOVE_S, record.keep_s / 100):
        return record
    try:
        return manifests.write(replace(record, expire_time=expire_time))
    except TooBusy:
        _log.warning("the use of snapshot %s is not written down: the disk is full", record.snapshot_id)
        return record


def bury(
    manifests: Manifests, records: Iterable[SnapshotRecord], held: Collection[str], now: datetime
) -> list[SnapshotRecord]:
    """Makes overdue snapshots tombstones, unless they are held, and removes old tombstones; returns what is neither."""
    left = []
    for record in records:
        if record.expired:
            if now - record.expire_time > timedelta(days=TOMBSTONE_DAYS):
                manifests.remove(record.snapshot_id)
        elif record.snapshot_id in held:
            left.append(used(manifests, record, now))
        elif record.expire_time <= now:
            _bury_one(manifests, record)
        else:
            left.append(record)
    return left


def _bury_one(manifests: Manifests, record: SnapshotRecord) -> None:
    try:
        manifests.write(record.buried())
    except TooBusy:
        # A full disk has no room for tombstones, but its room comes back by removing snapshots.
        manifests.remove(record.snapshot_id)
