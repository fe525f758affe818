"""Which tables hold predictions: of what, and of which snapshot, so that a call that broke off goes on with the same.

One row for each target table, by the id that the data service gave it.
"""

import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path

from training_service.record_failures import failures_told

_SCHEMA = """
CREATE TABLE IF NOT EXISTS predictions (
    table_id TEXT PRIMARY KEY,
    request TEXT NOT NULL,
    snapshot_id TEXT NOT NULL
)
"""
# How long a statement waits for another that writes.
_BUSY_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class PredictionRecord:
    """What is written into a table: the digest of the request, and the snapshot that it reads."""

    request: str
    snapshot_id: str


class PredictionRecords:
    """The records, in the file of jobs and events. Usable from all threads; close it at the end.

    Whatever reads or writes raises TooBusy when the file cannot be used for a reason that may pass, WrongState when it
    is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=_BUSY_TIMEOUT_S)
        with failures_told():
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute(_SCHEMA)

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._connection.close()

    def find(self, table_id: str) -> PredictionRecord | None:
        """What is written into the table, if it is one of predictions."""
        with self._lock, failures_told():
            row = self._connection.execute(
                "SELECT request, snapshot_id FROM predictions WHERE table_id = ?", (table_id,)
            ).fetchone()
        return PredictionRecord(*row) if row else None

    def add(self, table_id: str, record: PredictionRecord) -> None:
        """Notes what is written into a table from now on."""
        with self._lock, failures_told():
            self._connection.execute(
                "INSERT OR REPLACE INTO predictions (table_id, request, snapshot_id) VALUES (?, ?, ?)",
                (table_id, record.request, record.snapshot_id),
            )
