"""Who reads which snapshot now, in all processes that share a directory.

This process's readers are counted here and written into one lease, which ends with the process. Leaves deciding to
`catalogue`, which holds the directory's lock where it says so.
"""

import json
import threading

from tablefit.errors import WrongState

from data_service.snapshots.folder import Lease, SnapshotFolder

_LIMIT_NAMED = 10


class Holds:
    """The readers of each snapshot."""

    def __init__(self, folder: SnapshotFolder) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._readers: dict[str, list[str]] = {}
        self._lease: Lease | None = None

    def add(self, snapshot_id: str, reader: str) -> None:
        """Names a reader. Under the directory's lock only."""
        if self._lease is None:
            self._lease = Lease(self._folder, "readers")
        with self._lock:
            self._readers.setdefault(snapshot_id, []).append(reader)
        try:
            self.write()
        except BaseException:
            self.drop(snapshot_id, reader)
            raise

    def drop(self, snapshot_id: str, reader: str) -> None:
        """Forgets a reader in this process; other processes see it with the next `write`."""
        with self._lock:
            readers = self._readers[snapshot_id]
            readers.remove(reader)
            if not readers:
                del self._readers[snapshot_id]

    def write(self) -> None:
        """Lets other processes see the readers of this one. Under the directory's lock only."""
        with self._lock:
            text = json.dumps(self._readers)
        if self._lease is not None:
            self._lease.replace(text)

    def of_all(self) -> dict[str, list[str]]:
        """The readers of each snapshot that has any, in all processes. Under the directory's lock only."""
        found: dict[str, list[str]] = {}
        for text in self._folder.living_leases("readers").values():
            for snapshot_id, readers in json.loads(text).items():
                found.setdefault(snapshot_id, []).extend(readers)
        return found

    def check_free(self, snapshot_id: str, table: str) -> None:
        """Raises WrongState, naming the readers, when there are any. Under the directory's lock only."""
        readers = list(dict.fromkeys(self.of_all().get(snapshot_id, ())))
        if readers:
            named = ", ".join(readers[:_LIMIT_NAMED]) + (", …" if len(readers) > _LIMIT_NAMED else "")
            raise WrongState(
                f"Snapshot {snapshot_id} of table {table!r} is being read by {named}; wait until that ends, or cancel "
                "it.",
                details={"readers": named, "snapshot": snapshot_id},
            )

    def close(self) -> None:
        """Ends all holds of this process."""
        if self._lease is not None:
            self._lease.close()
            self._lease = None
