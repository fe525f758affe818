"""What callers may ask about snapshots: get, list, keep, delete, hold. Leaves taking them to `pinning`."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass

from tablefit.errors import InvalidInput

from data_service.pages import decode_position, encode_token, page_limit
from data_service.pinning import check_keep
from data_service.readers import Readers
from data_service.snapshots import SnapshotRecord, Snapshots

_LIMIT_READER = 128


@dataclass(frozen=True)
class SnapshotPage:
    """Snapshots, newest first, and the token of the next page, empty on the last."""

    snapshots: list[SnapshotRecord]
    next_page_token: str


class SnapshotPages:
    """The snapshots of a service, as callers see them."""

    def __init__(self, snapshots: Snapshots, readers: Readers) -> None:
        self._snapshots = snapshots
        self._readers = readers

    def get(self, snapshot_id: str) -> SnapshotRecord:
        """A snapshot, also an expired one. NotFound."""
        return self._snapshots.get(_required(snapshot_id))

    def list(self, table: str, page_size: int, page_token: str, *, include_expired: bool) -> SnapshotPage:
        """A page of the snapshots, newest first."""
        limit = page_limit(page_size)
        owner = ("snapshots", table, str(include_expired))
        after = str(decode_position(page_token, *owner) or "")
        found = self._snapshots.list(table or None, include_expired=include_expired, after=after, limit=limit + 1)
        token = encode_token(found[limit - 1].place, *owner) if len(found) > limit else ""
        return SnapshotPage(found[:limit], token)

    def keep(self, snapshot_id: str, keep_s: float) -> SnapshotRecord:
        """Keeps a snapshot so long from now. NotFound; WrongState when it has expired."""
        check_keep(keep_s)
        return self._snapshots.keep(_required(snapshot_id), keep_s)

    def delete(self, snapshot_id: str) -> None:
        """Deletes a snapshot that nobody reads. NotFound, WrongState."""
        self._snapshots.delete(_required(snapshot_id))

    def hold(self, snapshot_id: str, reader: str, gone: threading.Event) -> Iterator[SnapshotRecord]:
        """Yields the snapshot once it is held, and holds it until `gone` is set. Unavailable when the service stops."""
        if not 1 <= len(reader) <= _LIMIT_READER:
            raise InvalidInput(
                f"expected the name of the reader, 1 to {_LIMIT_READER} characters, received {len(reader)}",
                field="reader",
            )
        with self._snapshots.hold(snapshot_id, reader) as record:
            yield record
            self._readers.wait(gone)


def _required(snapshot_id: str) -> str:
    if not snapshot_id:
        raise InvalidInput("expected the id of a snapshot, received none", field="snapshot_id")
    return snapshot_id
